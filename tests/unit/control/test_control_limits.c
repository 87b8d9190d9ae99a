/* SPDX-License-Identifier: Apache-2.0 */
/** Limits, hostile clients, and the socket file. */
#include "control_fixture.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ECHO_CALL(n) "{\"method\":\"io.test.Control.Echo\",\"parameters\":{\"n\":" #n "}}"

static void start(struct fixture *f)
{
	struct provd_control_config config;

	fixture_init(f);
	config = fixture_config(f);
	fixture_start(f, &config);
}

Test(control_limits, oversized_message, .timeout = 60)
{
	struct fixture f;
	char big[4097];
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	memset(big, ' ', sizeof(big));
	fixture_send(fd, big, sizeof(big));
	fixture_expect(&f, fd,
		       "{\"error\":\"org.varlink.service.InvalidParameter\","
		       "\"parameters\":{\"parameter\":\"message\"}}");
	fixture_expect_end(&f, fd);
	cr_assert(strstr(f.last_line, "too long") != NULL, "%s", f.last_line);
	close(fd);
	fixture_finish(&f);
}

Test(control_limits, longest_message, .timeout = 60)
{
	struct fixture f;
	char big[4097];
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	memset(big, ' ', sizeof(big));
	memcpy(big, ECHO_CALL(1), strlen(ECHO_CALL(1)));
	big[4096] = 0;
	fixture_send(fd, big, sizeof(big));
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":1}}");
	close(fd);
	fixture_finish(&f);
}

Test(control_limits, garbage_closes, .timeout = 60)
{
	static const char *const hostile[] = {
		"",
		"garbage",
		"[]",
		"{\"method\":5}",
		"{\"method\":\"a.b\",\"parameters\":[]}",
		"{\"method\":\"a.b\",\"more\":1}",
		"{\"method\":\"a.b\",\"more\":true,\"oneway\":true}",
		"{\"method\":\"a.b\",\"method\":\"a.c\"}",
		"{\"method\":\"\xff\"}",
		"{\"method\":\"a.b\",\"parameters\":{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}}",
	};
	struct fixture f;
	size_t i;
	int other;
	int fd;

	start(&f);
	other = fixture_connect(&f);
	for (i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		f.last_line[0] = 0;
		fd = fixture_connect(&f);
		fixture_call(fd, hostile[i]);
		fixture_expect_end(&f, fd);
		cr_assert(strstr(f.last_line, "not a Varlink call") != NULL, "%zu: %s", i,
			  f.last_line);
		close(fd);
	}
	cr_assert_eq(f.handled, 0);
	fixture_call(other, ECHO_CALL(1));
	fixture_expect(&f, other, "{\"parameters\":{\"n\":1}}");
	close(other);
	fixture_finish(&f);
}

Test(control_limits, slow_client_is_dropped, .timeout = 60)
{
	struct fixture f;
	char text[2048];
	int other;
	int slow;
	int sent;

	start(&f);
	other = fixture_connect(&f);
	slow = fixture_connect(&f);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	fixture_call(slow, "{\"method\":\"io.test.Control.Watch\",\"more\":true}");
	while (!f.waiting)
		fixture_turn(&f);
	for (sent = 0; !f.gone && sent < 4096; sent++) {
		provd_control_reply(f.waiting, json_pack("{s:s}", "text", text), 1);
		provd_loop_turn(f.loop, 0);
	}
	cr_assert_eq(f.gone, 1);
	cr_assert_gt(sent, 32, "the backlog and the kernel take some");
	cr_assert(strstr(f.last_line, "does not read") != NULL, "%s", f.last_line);
	fixture_call(other, ECHO_CALL(1));
	fixture_expect(&f, other, "{\"parameters\":{\"n\":1}}");
	cr_assert_eq(f.control->client_count, 1);
	cr_assert_eq(provd_control_get_stats(f.control).clients, 1);
	cr_assert_eq(provd_control_get_stats(f.control).dropped, 1);
	close(slow);
	close(other);
	fixture_finish(&f);
}

Test(control_limits, one_long_answer_may_pass_the_backlog, .timeout = 60)
{
	struct fixture f;
	char *buf = malloc(2000000);
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.Big\",\"parameters\":{\"bytes\":1000000}}");
	shutdown(fd, SHUT_WR);
	cr_assert(fixture_receive(&f, fd, buf, 2000000) != NULL);
	cr_assert_gt(strlen(buf), 1000000);
	fixture_expect_end(&f, fd);
	close(fd);
	free(buf);
	fixture_finish(&f);
}

Test(control_limits, full_queue_stops_reading, .timeout = 60)
{
	struct fixture f;
	size_t sent = 0;
	ssize_t now;
	int answers;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.Wait\"}");
	while (!f.waiting)
		fixture_turn(&f);
	do {
		now = send(fd, ECHO_CALL(1), sizeof(ECHO_CALL(1)), MSG_DONTWAIT | MSG_NOSIGNAL);
		sent += now > 0;
		provd_loop_turn(f.loop, 0);
		/* a blocking stream socket takes a short message in whole or not at all */
		cr_assert(now < 0 || now == (ssize_t)sizeof(ECHO_CALL(1)));
	} while (now > 0 && sent < 1000000);
	cr_assert(now < 0, "the client had to wait");
	cr_assert_eq(f.handled, 1);
	provd_control_reply(f.waiting, NULL, 0);
	fixture_expect(&f, fd, "{\"parameters\":{}}");
	for (answers = 0; (size_t)answers < sent; answers++)
		fixture_expect(&f, fd, "{\"parameters\":{\"n\":1}}");
	close(fd);
	fixture_finish(&f);
}

Test(control_limits, many_clients, .timeout = 60)
{
	struct fixture f;
	int fds[64];
	int extra;
	int i;

	start(&f);
	for (i = 0; i < 64; i++) {
		fds[i] = fixture_connect(&f);
		fixture_settle(&f);
	}
	for (i = 0; i < 64; i++)
		fixture_call(fds[i], ECHO_CALL(8));
	for (i = 0; i < 64; i++)
		fixture_expect(&f, fds[i], "{\"parameters\":{\"n\":8}}");
	extra = fixture_connect(&f);
	fixture_expect(&f, extra,
		       "{\"error\":\"io.test.Control.Unavailable\","
		       "\"parameters\":{\"reason\":\"too many clients\"}}");
	fixture_expect_end(&f, extra);
	close(extra);
	close(fds[0]);
	while (f.control->client_count == 64)
		fixture_turn(&f);
	extra = fixture_connect(&f);
	fixture_call(extra, ECHO_CALL(9));
	fixture_expect(&f, extra, "{\"parameters\":{\"n\":9}}");
	close(extra);
	for (i = 1; i < 64; i++)
		close(fds[i]);
	fixture_finish(&f);
}

Test(control_limits, mode_of_the_file, .timeout = 60)
{
	struct fixture f;
	struct stat info;
	char run[128];

	start(&f);
	cr_assert_eq(stat(f.path, &info), 0);
	cr_assert(S_ISSOCK(info.st_mode));
	cr_assert_eq(info.st_mode & 0777, 0660);
	snprintf(run, sizeof(run), "%s/run", f.dir);
	cr_assert_eq(stat(run, &info), 0);
	cr_assert_eq(info.st_mode & 0777 & ~0755u, 0);
	fixture_finish(&f);
}

Test(control_limits, second_daemon_is_refused, .timeout = 60)
{
	struct provd_control *second = NULL;
	struct provd_error err = {.size = sizeof(err)};
	struct provd_control_config config;
	struct fixture f;
	int fd;

	start(&f);
	config = fixture_config(&f);
	cr_assert_eq(provd_control_create(f.loop, f.log, &config, &second, &err), PROVD_E_BUSY);
	cr_assert(second == NULL);
	cr_assert(strstr(err.text, "another daemon answers") != NULL, "%s", err.text);
	fd = fixture_connect(&f);
	fixture_call(fd, ECHO_CALL(1));
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":1}}");
	close(fd);
	fixture_finish(&f);
}

Test(control_limits, stale_socket_is_replaced, .timeout = 60)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct provd_control_config config;
	struct fixture f;
	char run[128];
	int fd;

	fixture_init(&f);
	snprintf(run, sizeof(run), "%s/run", f.dir);
	cr_assert_eq(mkdir(run, 0755), 0);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.107s", f.path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	config = fixture_config(&f);
	fixture_start(&f, &config);
	fd = fixture_connect(&f);
	fixture_call(fd, ECHO_CALL(1));
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":1}}");
	close(fd);
	fixture_finish(&f);
}

Test(control_limits, other_files_are_kept, .timeout = 60)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_control_config config;
	struct fixture f;
	int fd;

	fixture_init(&f);
	snprintf(f.path, sizeof(f.path), "%s/file", f.dir);
	fd = open(f.path, O_CREAT | O_WRONLY, 0600);
	cr_assert(fd >= 0);
	close(fd);
	config = fixture_config(&f);
	cr_assert_eq(provd_control_create(f.loop, f.log, &config, &f.control, &err),
		     PROVD_E_EXISTS);
	cr_assert(strstr(err.text, "no socket") != NULL, "%s", err.text);
	cr_assert_eq(unlink(f.path), 0);
	fixture_finish(&f);
}

Test(control_limits, bad_configurations, .timeout = 60)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_control_config config;
	struct fixture f;
	char path[256];

	fixture_init(&f);
	config = fixture_config(&f);
	config.group = "no-such-group-here";
	cr_assert_eq(provd_control_create(f.loop, f.log, &config, &f.control, &err),
		     PROVD_E_NOT_FOUND);
	cr_assert(strstr(err.text, "no-such-group-here") != NULL, "%s", err.text);
	config = fixture_config(&f);
	config.description = "interface io.test.Control\nmethod Echo() -> ()\n";
	cr_assert_eq(provd_control_create(f.loop, f.log, &config, &f.control, &err),
		     PROVD_E_INVALID);
	cr_assert(strstr(err.text, "no method Wait") != NULL, "%s", err.text);
	config.description = "interface io.test.Control\nmethod Echo(\n";
	cr_assert_eq(provd_control_create(f.loop, f.log, &config, &f.control, &err),
		     PROVD_E_INVALID);
	cr_assert(strstr(err.text, "line 3") != NULL, "%s", err.text);
	config = fixture_config(&f);
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = 0;
	config.path = path;
	cr_assert_eq(provd_control_create(f.loop, f.log, &config, &f.control, &err),
		     PROVD_E_INVALID);
	config.path = "/proc/no-such-folder/a/control.sock";
	cr_assert_lt(provd_control_create(f.loop, f.log, &config, &f.control, &err), 0);
	cr_assert(strstr(err.text, "cannot make its folder") != NULL, "%s", err.text);
	fixture_finish(&f);
}
