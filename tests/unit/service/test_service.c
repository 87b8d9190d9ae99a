/* SPDX-License-Identifier: Apache-2.0 */
/* What a supervisor is told and gives. Each test is a process of its own, so that it may change its
 * environment and descriptors. */
#include "service/service.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Criterion's comparing macros convert int to a bit-field. */
#pragma GCC diagnostic ignored "-Wconversion"

#define DEADLINE_MS 20000

static const char *const variables[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
					"LISTEN_FDS",	 "LISTEN_PID",	  "LISTEN_FDNAMES"};

static char dir[] = "/tmp/provd-service-XXXXXX";
static char path[64];
static int supervisor = -1;
static struct provd_service *service;

static void setup(void)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	cr_assert_not_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/notify", dir);
}

static void cleanup(void)
{
	(void)unlink(path);
	(void)rmdir(dir);
}

TestSuite(service, .init = setup, .fini = cleanup, .timeout = 40);

/* Opens the supervisor's end at a path, or at an abstract name that begins with '@'. */
static void supervise(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));

	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	else
		len++;
	supervisor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_geq(supervisor, 0);
	cr_assert_eq(bind(supervisor, (struct sockaddr *)&address, len), 0);
	cr_assert_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
}

static void create(void)
{
	cr_assert_eq(provd_service_create(&service), 0);
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		cr_assert_null(getenv(variables[i]), "%s is left", variables[i]);
}

static void finish(void)
{
	provd_service_destroy(service);
	if (supervisor >= 0)
		close(supervisor);
}

static void expect(const char *message)
{
	struct pollfd wait = {.fd = supervisor, .events = POLLIN};
	char text[1024];
	ssize_t len;

	cr_assert_eq(poll(&wait, 1, DEADLINE_MS), 1, "nothing came instead of: %s", message);
	len = recv(supervisor, text, sizeof(text) - 1, 0);
	cr_assert_geq(len, 0);
	text[len] = '\0';
	cr_assert_str_eq(text, message);
}

static void expect_nothing(void)
{
	char text[16];

	cr_assert_eq(recv(supervisor, text, sizeof(text), MSG_DONTWAIT), -1);
	cr_assert_eq(errno, EAGAIN);
}

/* Messages */

Test(service, tells_a_supervisor_at_a_path)
{
	supervise(path);
	create();
	provd_service_ready(service, "waiting for a phone");
	expect("READY=1\nSTATUS=waiting for a phone");
	provd_service_status(service, "bound");
	expect("STATUS=bound");
	provd_service_stopping(service);
	expect("STOPPING=1\nSTATUS=stopping");
	expect_nothing();
	finish();
}

Test(service, tells_a_supervisor_at_an_abstract_name)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "@provd-test-%d", (int)getpid());
	supervise(name);
	create();
	provd_service_ready(service, NULL);
	expect("READY=1");
	finish();
}

Test(service, a_reload_has_a_time_and_ends_with_the_status_of_before)
{
	struct timespec now;
	unsigned long long told = 0;
	char text[256];
	ssize_t len;

	supervise(path);
	create();
	provd_service_reloading(service);
	provd_service_reloaded(service);
	expect_nothing();
	provd_service_ready(service, "bound");
	expect("READY=1\nSTATUS=bound");
	provd_service_reloading(service);
	len = recv(supervisor, text, sizeof(text) - 1, 0);
	cr_assert_gt(len, 0);
	text[len] = '\0';
	cr_assert_eq(sscanf(text, "RELOADING=1\nMONOTONIC_USEC=%llu\nSTATUS=", &told), 1, "%s",
		     text);
	clock_gettime(CLOCK_MONOTONIC, &now);
	cr_assert_leq(told, (unsigned long long)now.tv_sec * 1000000 +
				    (unsigned long long)now.tv_nsec / 1000);
	cr_assert_geq(told + 60000000ULL, (unsigned long long)now.tv_sec * 1000000);
	provd_service_reloaded(service);
	expect("READY=1\nSTATUS=bound");
	provd_service_reloaded(service);
	expect_nothing();
	finish();
}

Test(service, a_status_is_one_line_and_is_cut_between_characters)
{
	char text[600];
	char message[700];

	supervise(path);
	create();
	provd_service_status(service, "two\nERRNO=5\r\x01");
	expect("STATUS=two ERRNO=5  ");
	memset(text, 'a', sizeof(text));
	memcpy(text + 254, "\xc3\xa9", 2);
	text[599] = '\0';
	provd_service_status(service, text);
	(void)snprintf(message, sizeof(message), "STATUS=%.254s", text);
	expect(message);
	finish();
}

Test(service, nobody_to_tell)
{
	create();
	provd_service_ready(service, "x");
	provd_service_reloading(service);
	provd_service_reloaded(service);
	provd_service_status(service, NULL);
	provd_service_stopping(service);
	cr_assert_eq(provd_service_take_socket(service), -1);
	cr_assert_null(provd_service_fault(service));
	finish();
	provd_service_destroy(NULL);
	provd_service_ready(NULL, "x");
	provd_service_reloading(NULL);
	provd_service_reloaded(NULL);
	provd_service_stopping(NULL);
	provd_service_status(NULL, "x");
	cr_assert_eq(provd_service_take_socket(NULL), -1);
	cr_assert_eq(provd_service_watchdog(NULL, NULL), 0);
}

Test(service, a_supervisor_that_is_gone_or_full_holds_nobody_up)
{
	supervise(path);
	create();
	for (int i = 0; i < 2000; i++)
		provd_service_status(service, "again");
	provd_service_ready(service, "still here");
	close(supervisor);
	supervisor = -1;
	provd_service_status(service, "gone");
	provd_service_stopping(service);
	finish();
}

Test(service, wrong_addresses_are_told)
{
	static const char *const wrong[] = {"relative", "@", "/", "vsock:2:1234"};
	char longest[200];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		setenv("NOTIFY_SOCKET", wrong[i], 1);
		create();
		cr_assert_not_null(provd_service_fault(service), "%s", wrong[i]);
		provd_service_ready(service, NULL);
		provd_service_destroy(service);
	}
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[108] = '\0';
	setenv("NOTIFY_SOCKET", longest, 1);
	create();
	cr_assert_not_null(provd_service_fault(service));
	provd_service_destroy(service);
	/* An empty one is as none. */
	setenv("NOTIFY_SOCKET", "", 1);
	create();
	cr_assert_null(provd_service_fault(service));
	finish();
}

/* Watchdog */

static void set_number(const char *name, long long value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%lld", value);
	setenv(name, text, 1);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void turn(void *user)
{
	(void)user;
}

static void watchdog(int expected)
{
	struct provd_loop *loop = NULL;
	struct provd_owner *owner = NULL;
	int64_t begin = now_ms();
	int fed = 0;

	cr_assert_eq(provd_loop_create(1, &loop), 0);
	cr_assert_eq(provd_owner_create(loop, "test", &owner), 0);
	cr_assert_eq(provd_service_watchdog(service, loop), 0);
	cr_assert_eq(provd_service_watchdog(service, loop), 0, "twice does no harm");
	if (expected) {
		while (fed < 3) {
			struct pollfd wait = {.fd = supervisor, .events = POLLIN};

			if (poll(&wait, 1, 0) == 1) {
				expect("WATCHDOG=1");
				fed++;
				continue;
			}
			cr_assert_lt(now_ms(), begin + DEADLINE_MS);
			provd_loop_turn(loop, 1);
		}
		/* One at once, the others 100 ms apart. */
		cr_assert_geq(now_ms(), begin + 195);
	} else {
		cr_assert_eq(provd_defer(owner, turn, NULL), 0);
		provd_loop_turn(loop, 1);
		expect_nothing();
	}
	provd_owner_destroy(owner);
	finish();
	cr_assert_eq(provd_loop_destroy(loop), 0);
}

Test(service, the_watchdog_is_fed_at_half_its_time)
{
	supervise(path);
	set_number("WATCHDOG_USEC", 200000);
	set_number("WATCHDOG_PID", getpid());
	create();
	watchdog(1);
}

Test(service, the_watchdog_of_another_process_is_not_fed)
{
	supervise(path);
	set_number("WATCHDOG_USEC", 200000);
	set_number("WATCHDOG_PID", getpid() + 1);
	create();
	watchdog(0);
}

Test(service, without_a_watchdog_nothing_wakes_up)
{
	supervise(path);
	create();
	watchdog(0);
}

Test(service, numbers_that_are_none_are_as_nothing)
{
	static const char *const wrong[] = {"", "-1", " 7", "7x", "0x7", "99999999999999999999999"};

	supervise(path);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		setenv("WATCHDOG_USEC", wrong[i], 1);
		setenv("LISTEN_FDS", wrong[i], 1);
		set_number("LISTEN_PID", getpid());
		create();
		cr_assert_eq(provd_service_take_socket(service), -1);
		cr_assert_null(provd_service_fault(service));
		provd_service_destroy(service);
	}
	set_number("WATCHDOG_USEC", 200000);
	setenv("WATCHDOG_PID", "me", 1);
	create();
	watchdog(0);
}
