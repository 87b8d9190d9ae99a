/* SPDX-License-Identifier: Apache-2.0 */
#include "control_fixture.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void on_line(void *user, const char *line, size_t len)
{
	struct fixture *f = user;

	f->logged++;
	if (len >= sizeof(f->last_line))
		len = sizeof(f->last_line) - 1;
	memcpy(f->last_line, line, len);
	f->last_line[len] = 0;
}

static void on_gone(void *user)
{
	struct fixture *f = user;

	f->gone++;
	f->waiting = NULL;
}

static void handle_echo(void *user, struct provd_control_call *call, const json_t *parameters,
			int more)
{
	struct fixture *f = user;

	(void)more;
	f->handled++;
	provd_control_reply(call, json_deep_copy(parameters), 0);
}

static void handle_wait(void *user, struct provd_control_call *call, const json_t *parameters,
			int more)
{
	struct fixture *f = user;

	(void)parameters;
	(void)more;
	f->handled++;
	f->waiting = call;
	provd_control_on_gone(call, on_gone, f);
}

static void handle_big(void *user, struct provd_control_call *call, const json_t *parameters,
		       int more)
{
	struct fixture *f = user;
	size_t len = (size_t)json_integer_value(json_object_get(parameters, "bytes"));
	char *text = malloc(len + 1);

	(void)more;
	f->handled++;
	memset(text, 'x', len);
	provd_control_reply(call, json_pack("{s:s%}", "text", text, len), 0);
	free(text);
}

static void handle_refuse(void *user, struct provd_control_call *call, const json_t *parameters,
			  int more)
{
	struct fixture *f = user;

	(void)more;
	f->handled++;
	if (json_object_get(parameters, "invalid"))
		provd_control_invalid(call, "invalid");
	else
		provd_control_error(call, "io.test.Control.Refused", NULL);
}

static const struct provd_control_method methods[] = {
	{"Echo", PROVD_CONTROL_READ, handle_echo},     {"Wait", PROVD_CONTROL_READ, handle_wait},
	{"Watch", PROVD_CONTROL_READ, handle_wait},    {"Big", PROVD_CONTROL_READ, handle_big},
	{"Refuse", PROVD_CONTROL_READ, handle_refuse}, {"Steer", PROVD_CONTROL_STEER, handle_echo},
};

static const char description[] =
	"interface io.test.Control\n"
	"method Echo(n: ?int, list: ?[](word: (one, two), map: ?[string]bool)) -> (n: ?int)\n"
	"method Wait() -> ()\n"
	"method Watch() -> (n: int)\n"
	"method Big(bytes: int) -> (text: string)\n"
	"method Refuse(invalid: ?int) -> ()\n"
	"method Steer() -> ()\n"
	"method Unmade() -> ()\n"
	"error Refused ()\n";

void fixture_init(struct fixture *f)
{
	struct provd_log_config log = {
		.format = PROVD_LOG_TEXT, .level = PROVD_LOG_INFO, .write = on_line, .user = f};

	memset(f, 0, sizeof(*f));
	signal(SIGPIPE, SIG_IGN);
	snprintf(f->dir, sizeof(f->dir), "/tmp/provd-control-XXXXXX");
	cr_assert(mkdtemp(f->dir) != NULL);
	snprintf(f->path, sizeof(f->path), "%s/run/control.sock", f->dir);
	cr_assert_eq(provd_loop_create(4, &f->loop), 0);
	cr_assert_eq(provd_log_create(&log, &f->log), 0);
}

struct provd_control_config fixture_config(struct fixture *f)
{
	struct provd_control_config config = {
		.path = f->path,
		.interface = "io.test.Control",
		.description = description,
		.version = "1.2.3",
		.methods = methods,
		.method_count = sizeof(methods) / sizeof(methods[0]),
		.mode = 0660,
		.max_clients = 64,
		.max_message = 4096,
		.max_backlog = 65536,
		.user = f,
	};

	return config;
}

void fixture_start(struct fixture *f, const struct provd_control_config *config)
{
	struct provd_error err = {.size = sizeof(err)};
	int status = provd_control_create(f->loop, f->log, config, &f->control, &err);

	cr_assert_eq(status, 0, "%s", err.text);
}

void fixture_finish(struct fixture *f)
{
	char run[128];

	provd_control_destroy(f->control);
	cr_assert_eq(provd_loop_destroy(f->loop), 0);
	provd_log_destroy(f->log);
	cr_assert(access(f->path, F_OK) != 0);
	snprintf(run, sizeof(run), "%s/run", f->dir);
	rmdir(run);
	cr_assert_eq(rmdir(f->dir), 0);
}

static int fake_peer(void *user, int fd, gid_t gid, struct provd_control_peer *out_peer)
{
	struct fixture *f = user;

	(void)fd;
	(void)gid;
	*out_peer = f->fake;
	return 0;
}

void fixture_fake_peer(struct fixture *f, uid_t uid, int in_group)
{
	f->fake.uid = uid;
	f->fake.in_group = in_group;
	f->control->peer = fake_peer;
	f->control->peer_user = f;
}

void fixture_turn(struct fixture *f)
{
	uv_loop_t *uv = provd_loop_uv(f->loop);
	struct pollfd state = {.fd = uv_backend_fd(uv), .events = POLLIN};
	int timeout = uv_backend_timeout(uv);

	uv_update_time(uv);
	if (timeout < 0 || timeout > FIXTURE_DEADLINE_MS)
		timeout = FIXTURE_DEADLINE_MS;
	cr_assert(poll(&state, 1, timeout) > 0 || timeout < FIXTURE_DEADLINE_MS,
		  "nothing happened in the loop");
	provd_loop_turn(f->loop, 0);
}

void fixture_settle(struct fixture *f)
{
	int i;

	/* what the kernel has ready, and what closes or waits for the turn after */
	for (i = 0; i < 8; i++)
		provd_loop_turn(f->loop, 0);
}

int fixture_connect(struct fixture *f)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.107s", f->path);
	cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

void fixture_send(int fd, const void *bytes, size_t len)
{
	cr_assert_eq((long)send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT), (long)len);
}

void fixture_call(int fd, const char *text)
{
	fixture_send(fd, text, strlen(text) + 1);
}

/** Reads one byte, running the loop while there is none. @return 1, or 0 at the end */
static int read_byte(struct fixture *f, int fd, char *out)
{
	ssize_t got = recv(fd, out, 1, MSG_DONTWAIT);
	uv_loop_t *uv = provd_loop_uv(f->loop);
	int turns;

	for (turns = 0; got < 0 && errno == EAGAIN; turns++) {
		struct pollfd state[2] = {{.fd = fd, .events = POLLIN},
					  {.fd = uv_backend_fd(uv), .events = POLLIN}};
		int timeout = uv_backend_timeout(uv) == 0 ? 0 : FIXTURE_DEADLINE_MS;

		cr_assert(poll(state, 2, timeout) > 0 || !timeout, "no answer came");
		cr_assert(turns < 100000, "no answer came");
		provd_loop_turn(f->loop, 0);
		got = recv(fd, out, 1, MSG_DONTWAIT);
	}
	return got == 1;
}

const char *fixture_receive(struct fixture *f, int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		if (!read_byte(f, fd, buf + len)) {
			cr_assert_eq(len, 0, "the connection ended inside a message");
			return NULL;
		}
		if (!buf[len++])
			return buf;
	}
	cr_assert_fail("the answer is too long");
	return NULL;
}

void fixture_expect(struct fixture *f, int fd, const char *text)
{
	char buf[8192];
	const char *got = fixture_receive(f, fd, buf, sizeof(buf));

	cr_assert(got != NULL, "the connection ended instead of %s", text);
	cr_assert_str_eq(got, text);
}

void fixture_expect_end(struct fixture *f, int fd)
{
	char buf[8192];

	cr_assert(fixture_receive(f, fd, buf, sizeof(buf)) == NULL, "unexpected: %s", buf);
}
