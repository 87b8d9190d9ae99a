/* SPDX-License-Identifier: Apache-2.0 */
/* The method on the simulated board with real sockets: a phone on the loopback fetches the log. */
#include "simrig.h"

#include "net/net.h"

#include <provd/journal.h>

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAILED_SESSION 9u
#define OP	       5u

struct scene {
	struct simrig s;
	struct rig_plugin method;
	struct provd_udp_service *udp;
	uint32_t marks;
	int phone;
	struct sockaddr_in device;
};

static int lines(void *self, uint64_t session, uint64_t *out_session,
		 void (*fn)(void *user, const struct provd_journal_line *line), void *user)
{
	struct scene *scene = self;
	struct provd_journal_line line = {.size = sizeof(line),
					  .number = 3,
					  .session = FAILED_SESSION,
					  .t_us = 1234567,
					  .state = PROVD_STATE_JOINING,
					  .code = PROVD_E_WIFI_NO_AP,
					  .app_id = 12,
					  .app_sub = -2,
					  .event = "joining failed",
					  .detail = ""};

	if (!session && scene->marks)
		return PROVD_E_NOT_FOUND;
	*out_session = FAILED_SESSION;
	fn(user, &line);
	return 0;
}

static void mark(void *self, uint64_t session, uint32_t marks)
{
	struct scene *scene = self;

	cr_expect_eq(session, FAILED_SESSION);
	scene->marks |= marks;
}

static const struct provd_journal journal = {.size = sizeof(journal), .lines = lines, .mark = mark};

static const void *get_interface(void *user, const char *name, void **out_self)
{
	struct scene *scene = user;

	*out_self = scene;
	if (strcmp(name, PROVD_JOURNAL) == 0)
		return &journal;
	*out_self = scene->udp;
	if (strcmp(name, PROVD_UDP) == 0)
		return &provd_udp_table;
	*out_self = scene->s.inst;
	return strcmp(name, PROVD_HAL_SOFTAP) == 0 ? scene->s.softap : NULL;
}

static void forward(void *user, const struct provd_event *event)
{
	struct scene *scene = user;

	scene->method.plugin->ops.method.on_event(scene->method.instance->inst, event);
}

/* A socket on the loopback. @return its port */
static uint16_t open_phone(int *out_fd)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);

	*out_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	cr_assert_geq(*out_fd, 0);
	cr_assert_eq(bind(*out_fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	cr_assert_eq(getsockname(*out_fd, (struct sockaddr *)&sa, &len), 0);
	return ntohs(sa.sin_port);
}

static void scene_start(struct scene *scene, const char *address)
{
	struct provd_method_request request = {
		.size = sizeof(request), .purpose = PROVD_PURPOSE_LOG, .session = OP};
	struct provd_error err = {.size = sizeof(err)};
	char options[256];
	uint16_t port;
	int fd;

	memset(scene, 0, sizeof(*scene));
	/* A port that is free now; the log port of the field may be in use on this machine. */
	port = open_phone(&fd);
	cr_assert_eq(close(fd), 0);
	(void)open_phone(&scene->phone);
	scene->device.sin_family = AF_INET;
	scene->device.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	scene->device.sin_port = htons(port);
	simrig_open(&scene->s, "{}");
	cr_assert_eq(provd_udp_service_create(scene->s.rig.loop, scene->s.rig.log, &scene->udp), 0);
	scene->method.get_interface = get_interface;
	scene->method.user = scene;
	(void)snprintf(options, sizeof(options),
		       "{\"ssid\": \"Log\", \"passphrase\": \"canary pass\", \"port\": %u, "
		       "\"settle\": \"1s\", \"repeat_interval\": \"20ms\", \"address\": \"%s\"}",
		       (unsigned)port, address);
	cr_assert_eq(rig_load(&scene->s.rig, &scene->method, "errlog", options, &err), 0, "%s",
		     err.text);
	scene->s.hal.on_event = forward;
	scene->s.hal.user = scene;
	cr_assert_eq(scene->method.plugin->ops.method.start(scene->method.instance->inst, &request),
		     0);
	cr_assert_not_null(rig_wait(&scene->method, PROVD_EV_STARTED, 0));
}

static void scene_finish(struct scene *scene)
{
	scene->method.plugin->ops.method.stop(scene->method.instance->inst);
	cr_assert_not_null(rig_wait(&scene->method, PROVD_EV_STOPPED, 0));
	cr_expect_null(strstr(scene->s.rig.lines, "canary"));
	scene->s.hal.on_event = NULL;
	rig_unload(&scene->method);
	cr_expect(rig_clean(&scene->method));
	cr_expect_eq(provd_udp_service_active(scene->udp), 0);
	provd_udp_service_destroy(scene->udp);
	cr_expect_eq(simrig_close(&scene->s), 0);
	(void)close(scene->phone);
}

static void query_and_done(struct scene *scene)
{
	static const char query[] = "{\"cmdType\":3}";
	static const char want[] = "1234|joining(3): no access point with this name was found, "
				   "WIFI_NO_AP (12, -2)\r\n";
	struct sockaddr_in from = {0};
	socklen_t from_len = sizeof(from);
	char got[2000];

	cr_assert_eq(sendto(scene->phone, query, sizeof(query) - 1, 0,
			    (const struct sockaddr *)&scene->device, sizeof(scene->device)),
		     (ssize_t)(sizeof(query) - 1));
	cr_assert_not_null(rig_wait(&scene->method, PROVD_EV_SESSION_DONE, OP));
	cr_expect_eq(scene->marks, PROVD_JOURNAL_DELIVERED);
	/* From the address and port that were asked, as phones want it. */
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(recvfrom(scene->phone, got, sizeof(got), 0, (struct sockaddr *)&from,
				      &from_len),
			     (ssize_t)strlen(want));
		cr_expect_eq(memcmp(got, want, strlen(want)), 0);
		cr_expect_eq(from.sin_port, scene->device.sin_port);
		cr_expect_eq(from.sin_addr.s_addr, scene->device.sin_addr.s_addr);
	}
	cr_expect_lt(recv(scene->phone, got, sizeof(got), 0), 0);
}

Test(errlog_sim, a_phone_fetches_the_log, .timeout = 30)
{
	struct scene scene;

	scene_start(&scene, "127.0.0.1/8");
	query_and_done(&scene);
	scene_finish(&scene);
}

/* The hotspot's address is not on this machine. */
Test(errlog_sim, a_board_without_the_address, .timeout = 30)
{
	struct scene scene;

	scene_start(&scene, "192.0.2.1/24");
	query_and_done(&scene);
	scene_finish(&scene);
}
