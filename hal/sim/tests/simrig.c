/* SPDX-License-Identifier: Apache-2.0 */
#include "simrig.h"

#include "secret/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Replaces each "@" by the rig's folder. */
static void fill_in(const struct rig *rig, const char *json, char *out, size_t size)
{
	size_t n = 0;

	for (const char *p = json; *p && n + sizeof(rig->dir) < size; p++) {
		if (*p == '@') {
			memcpy(out + n, rig->dir, strlen(rig->dir));
			n += strlen(rig->dir);
		} else {
			out[n++] = *p;
		}
	}
	out[n] = '\0';
}

void simrig_open(struct simrig *s, const char *json)
{
	struct provd_error err = {.size = sizeof(err)};
	const struct provd_hal_ops *ops;
	char text[4096];

	memset(s, 0, sizeof(*s));
	rig_init(&s->rig);
	fill_in(&s->rig, json, text, sizeof(text));
	if (rig_load(&s->rig, &s->hal, "sim", text, &err)) {
		(void)fprintf(stderr, "sim: %s\n", err.text);
		abort();
	}
	ops = &s->hal.plugin->ops.hal;
	s->inst = s->hal.instance->inst;
	if (ops->open(s->inst) || !rig_wait(&s->hal, PROVD_EV_HAL_OPENED, 0))
		abort();
	s->station = ops->get_interface(s->inst, PROVD_HAL_STATION, sizeof(*s->station));
	s->softap = ops->get_interface(s->inst, PROVD_HAL_SOFTAP, sizeof(*s->softap));
	s->monitor = ops->get_interface(s->inst, PROVD_HAL_MONITOR, sizeof(*s->monitor));
	s->offload = ops->get_interface(s->inst, PROVD_HAL_OFFLOAD, sizeof(*s->offload));
	s->ble = ops->get_interface(s->inst, PROVD_HAL_BLE, sizeof(*s->ble));
	s->store = ops->get_interface(s->inst, PROVD_HAL_STORE, sizeof(*s->store));
}

static int twice(const struct rig_plugin *p)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct provd_event *e = p->events[i];

		if (e->type == PROVD_EV_OP_DONE && rig_count(p, PROVD_EV_OP_DONE, e->op) != 1)
			return 1;
	}
	return 0;
}

int simrig_unload(struct simrig *s)
{
	int bad = twice(&s->hal);

	rig_unload(&s->hal);
	bad |= !rig_clean(&s->hal);
	return rig_finish(&s->rig) || bad;
}

int simrig_close(struct simrig *s)
{
	int bad = 0;

	s->hal.plugin->ops.hal.close(s->inst);
	bad |= !rig_wait(&s->hal, PROVD_EV_HAL_CLOSED, 0);
	rig_run(&s->rig, 5);
	/* The closing was the last thing. */
	bad |= s->hal.events[s->hal.count - 1]->type != PROVD_EV_HAL_CLOSED;
	return simrig_unload(s) || bad;
}

struct answer {
	int fd;
	int got;
	char text[512];
};

static void on_answer(void *user, uint32_t events)
{
	struct answer *a = user;
	ssize_t n = recv(a->fd, a->text, sizeof(a->text) - 1, MSG_DONTWAIT);

	(void)events;
	if (n < 0)
		return;
	a->text[n] = '\0';
	a->got = 1;
}

int simrig_command(struct simrig *s, const char *json)
{
	struct sockaddr_un me = {.sun_family = AF_UNIX};
	struct sockaddr_un hal = {.sun_family = AF_UNIX};
	struct answer a = {0};
	uint64_t watch = 0;

	rig_path(&s->rig, "me", me.sun_path, sizeof(me.sun_path));
	rig_path(&s->rig, "control", hal.sun_path, sizeof(hal.sun_path));
	a.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(a.fd, (struct sockaddr *)&me, sizeof(me)) ||
	    sendto(a.fd, json, strlen(json), 0, (struct sockaddr *)&hal, sizeof(hal)) < 0 ||
	    provd_watch_start(s->rig.owner, a.fd, PROVD_FD_READ, on_answer, &a, &watch))
		abort();
	while (!a.got)
		provd_loop_turn(s->rig.loop, 1);
	provd_watch_stop(s->rig.owner, watch);
	close(a.fd);
	(void)unlink(me.sun_path);
	return strcmp(a.text, "{\"ok\":true}") == 0;
}

int simrig_done(struct simrig *s, uint64_t op)
{
	const struct provd_event *e = rig_wait(&s->hal, PROVD_EV_OP_DONE, op);

	return e ? e->status : 1;
}

struct provd_credentials simrig_creds(const char *ssid, const char *passphrase)
{
	struct provd_credentials c = {.size = sizeof(c), .ssid_len = (uint32_t)strlen(ssid)};

	memcpy(c.ssid, ssid, c.ssid_len);
	c.passphrase = passphrase ? provd_secret_create(passphrase, strlen(passphrase)) : NULL;
	return c;
}
