/* SPDX-License-Identifier: Apache-2.0 */
#include "e2e.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

static int connect_to(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval limit = {.tv_sec = 15};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Only a closed connection ends the read before the time limit of the socket. */
static bool wait_closed(int fd)
{
	char byte;
	ssize_t n = read(fd, &byte, 1);

	close(fd);
	return n == 0 || (n < 0 && errno == ECONNRESET);
}

Test(life, the_broker_does_not_outlive_a_killed_provsim, .timeout = 60)
{
	char dir[] = "/tmp/provsim-test-XXXXXX";
	char command[64];
	struct e2e_child child;
	json_t *ready;
	int fd;

	cr_assert_not_null(mkdtemp(dir));
	e2e_start(&child, (const char *const[]){"cloud", "tencent", "--dir", dir, NULL});
	ready = e2e_event(&child, "ready");
	fd = connect_to(e2e_number(ready, "mqtt_psk_port"));
	cr_assert_geq(fd, 0);
	kill(child.pid, SIGKILL);
	cr_assert(wait_closed(fd), "the broker lives on");
	cr_assert_eq(e2e_wait(&child), -1);
	json_decref(ready);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_assert_eq(system(command), 0);
}

Test(life, signals_end_it_cleanly, .timeout = 60)
{
	static const int signals[] = {SIGTERM, SIGINT};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct e2e_child child;
		struct stat info;
		json_t *event;
		json_t *ready;

		e2e_start(&child, (const char *const[]){"cloud", "tencent", NULL});
		ready = e2e_event(&child, "ready");
		kill(child.pid, signals[i]);
		event = e2e_event(&child, "exit");
		cr_assert_eq(e2e_number(event, "status"), 0);
		json_decref(event);
		cr_assert_eq(e2e_wait(&child), 0);
		cr_assert_neq(stat(e2e_text(ready, "dir"), &info), 0);
		json_decref(ready);
	}
}

Test(life, the_broker_comes_back_by_itself, .timeout = 60)
{
	static const char *const ports[] = {"mqtt_psk_port", "mqtt_cert_port", "mqtt_plain_port"};
	struct e2e_child child;
	json_t *ready;

	e2e_start(&child,
		  (const char *const[]){"cloud", "tencent", "--fault", "broker-down=300", NULL});
	ready = e2e_event(&child, "ready");
	json_decref(e2e_event(&child, "fault_applied"));
	json_decref(e2e_event(&child, "broker_up"));
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		int fd = connect_to(e2e_number(ready, ports[i]));

		cr_assert_geq(fd, 0, "%s", ports[i]);
		close(fd);
	}
	json_decref(ready);
	e2e_send(&child, "{\"quit\":true}");
	cr_assert_eq(e2e_wait(&child), 0);
}

Test(life, no_broker_program, .timeout = 60)
{
	struct e2e_child child;

	e2e_start(&child,
		  (const char *const[]){"cloud", "tencent", "--mosquitto", "/bin/false", NULL});
	cr_assert_eq(e2e_wait(&child), 1);
}
