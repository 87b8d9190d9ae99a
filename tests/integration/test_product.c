/* SPDX-License-Identifier: Apache-2.0 */
/* The example of a device's application: its button, and its own connection to the cloud. */
#include "e2e.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often a file is looked at, every 10 ms, before the test fails. */
#define LOOKS 3000

static struct e2e e2e;

TestSuite(product, .timeout = 90);

/* The program, and the writing end of its button. */
struct product {
	pid_t pid;
	int button;
};

static struct product start_product(void)
{
	struct product product;
	char out[128];
	char port[16];
	int button[2];
	int fd;

	(void)snprintf(out, sizeof(out), "%s/product.out", e2e.dir);
	(void)snprintf(port, sizeof(port), "%d",
		       (int)json_integer_value(json_object_get(e2e.ready, "mqtt_psk_port")));
	cr_assert_eq(pipe2(button, O_CLOEXEC), 0);
	fd = open(out, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	cr_assert_geq(fd, 0);
	product.pid = fork();
	cr_assert_geq(product.pid, 0);
	if (product.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(button[0], 0);
		dup2(fd, 1);
		dup2(fd, 2);
		execl(PROVD_PRODUCT, "product", "-s", e2e.socket, "-1", "127.0.0.1", port,
		      (char *)NULL);
		_exit(127);
	}
	close(fd);
	close(button[0]);
	product.button = button[1];
	return product;
}

static void expect_said(const char *name, const char *part, size_t times)
{
	size_t found = 0;
	char *said = NULL;

	for (int i = 0; i < LOOKS && found < times; i++) {
		free(said);
		said = e2e_read(&e2e, name);
		found = 0;
		for (const char *at = said; (at = strstr(at, part)); at++)
			found++;
		if (found < times)
			poll(NULL, 0, 10);
	}
	cr_assert_geq(found, times, "<%s> is not in %s: <%s>", part, name, said);
	free(said);
}

static void expect_success(struct product *product)
{
	int status = 0;
	pid_t done = 0;
	char *said;

	for (int i = 0; i < LOOKS && done == 0; i++) {
		done = waitpid(product->pid, &status, WNOHANG);
		if (done == 0)
			poll(NULL, 0, 10);
	}
	cr_assert_eq(done, product->pid, "the product does not end");
	expect_said("product.out", "product online\n", 1);
	said = e2e_read(&e2e, "product.out");
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x: %s", (unsigned)status,
		  said);
	free(said);
	close(product->button);
}

Test(product, from_the_button_to_the_cloud)
{
	struct product product;

	e2e_init(&e2e, &(struct e2e_setup){.policy = "button"});
	product = start_product();
	expect_said("product.out", "idle, not bound\n", 1);
	cr_assert_eq(write(product.button, "\n", 1), 1);
	expect_said("product.out", "button: pressed\n", 1);
	expect_said("product.out", "method listens", 1);
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app android"), 0);
	expect_success(&product);
	expect_said("product.out", "led: blinks slowly\n", 1);
	expect_said("product.out", "bound: ", 1);
	expect_said("product.out", "taking over PROVSIM001/", 1);
	/* the daemon, which bound the device, and then the product */
	expect_said("cloud.out", "\"connected\"", 2);
	e2e_finish(&e2e);
}

Test(product, a_device_that_is_bound_is_taken_over_at_once)
{
	struct product product;

	e2e_init(&e2e, &(struct e2e_setup){0});
	e2e_start(&e2e);
	e2e_expect(&e2e, "listening", "method listens");
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app ios"), 0);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	product = start_product();
	expect_success(&product);
	expect_said("product.out", "bound, bound\n", 1);
	e2e_finish(&e2e);
}
