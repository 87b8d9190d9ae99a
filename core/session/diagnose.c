/* SPDX-License-Identifier: Apache-2.0 */
#include "session/diagnose.h"

#include "config/endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <provd/error.h>

struct target {
	struct provd_probe *probe;
	int fd; /* -1: it has failed */
	uint64_t watch;
};

struct provd_probe {
	struct provd_owner *owner;
	struct target targets[PROVD_PROBE_TARGETS_MAX];
	size_t count;
	size_t waiting;
	enum provd_probe_result result;
	uint64_t timer;
	void (*done)(void *user, enum provd_probe_result result);
	void *user;
};

int provd_diagnose_wanted(int code)
{
	return code == PROVD_E_NET_DNS || code == PROVD_E_NET_UNREACHABLE ||
	       code == PROVD_E_TIMEOUT || code == PROVD_E_CLOUD_NO_REPLY;
}

static int is_loopback(const struct provd_addr *addr)
{
	static const uint8_t v6[16] = {[15] = 1};

	return addr->family == 4 ? addr->ip[0] == 127 : memcmp(addr->ip, v6, sizeof(v6)) == 0;
}

static int lacks_gateway(const struct provd_link *link)
{
	return link && PROVD_HAS(link, gateway) && (link->flags & PROVD_LINK_ADDRESS) &&
	       link->addr.family != 0 && !is_loopback(&link->addr) && link->gateway.family == 0;
}

int provd_diagnose(int code, const struct provd_link *link, enum provd_probe_result probe)
{
	if (!provd_diagnose_wanted(code) || probe == PROVD_PROBE_REACHABLE)
		return code;
	/* Without a way out a connection is refused at once. Silence has other reasons: somebody may
	 * be there who does not answer. */
	if (lacks_gateway(link) && (probe == PROVD_PROBE_UNREACHABLE || code == PROVD_E_NET_DNS ||
				    code == PROVD_E_NET_UNREACHABLE))
		return PROVD_E_NET_NO_GATEWAY;
	return probe == PROVD_PROBE_UNREACHABLE ? PROVD_E_NET_NO_INTERNET : code;
}

static void target_close(struct target *target)
{
	if (target->fd < 0)
		return;
	provd_watch_stop(target->probe->owner, target->watch);
	(void)close(target->fd);
	target->fd = -1;
}

void provd_probe_cancel(struct provd_probe *probe)
{
	if (!probe)
		return;
	for (size_t i = 0; i < probe->count; i++)
		target_close(&probe->targets[i]);
	provd_timer_stop(probe->owner, probe->timer);
	free(probe);
}

static void finish(struct provd_probe *probe)
{
	void (*done)(void *user, enum provd_probe_result result) = probe->done;
	enum provd_probe_result result = probe->result;
	void *user = probe->user;

	provd_probe_cancel(probe);
	done(user, result);
}

static void on_late(void *user)
{
	struct provd_probe *probe = user;

	probe->timer = 0;
	finish(probe);
}

static void on_answer(void *user, uint32_t events)
{
	struct target *target = user;
	struct provd_probe *probe = target->probe;
	socklen_t len = sizeof(int);
	int failed = 0;

	(void)events;
	if (getsockopt(target->fd, SOL_SOCKET, SO_ERROR, &failed, &len))
		failed = errno;
	target_close(target);
	probe->waiting--;
	if (failed == 0 || failed == ECONNREFUSED || failed == ECONNRESET)
		probe->result = PROVD_PROBE_REACHABLE;
	if (probe->waiting == 0 || probe->result == PROVD_PROBE_REACHABLE)
		finish(probe);
}

/* One that cannot even begin has failed; that the others tell more is the probe's matter. */
static void target_connect(struct target *target, const struct provd_endpoint *endpoint)
{
	struct provd_probe *probe = target->probe;
	int fd = socket(endpoint->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	if ((connect(fd, (const struct sockaddr *)&endpoint->addr, endpoint->len) &&
	     errno != EINPROGRESS && errno != ECONNREFUSED) ||
	    provd_watch_start(probe->owner, fd, PROVD_FD_WRITE, on_answer, target,
			      &target->watch)) {
		(void)close(fd);
		return;
	}
	target->fd = fd;
	probe->waiting++;
}

int provd_probe_start(struct provd_owner *owner, const char *const *targets, size_t count,
		      void (*done)(void *user, enum provd_probe_result result), void *user,
		      struct provd_probe **out_probe)
{
	struct provd_endpoint endpoints[PROVD_PROBE_TARGETS_MAX];
	struct provd_probe *probe;
	int rc;

	if (count > PROVD_PROBE_TARGETS_MAX)
		return PROVD_E_LIMIT;
	for (size_t i = 0; i < count; i++) {
		if (provd_endpoint_parse(targets[i], &endpoints[i]))
			return PROVD_E_INVALID;
	}
	probe = calloc(1, sizeof(*probe));
	if (!probe)
		return PROVD_E_NOMEM;
	probe->owner = owner;
	probe->done = done;
	probe->user = user;
	probe->count = count;
	probe->result = count ? PROVD_PROBE_UNREACHABLE : PROVD_PROBE_NONE;
	for (size_t i = 0; i < count; i++) {
		probe->targets[i].probe = probe;
		probe->targets[i].fd = -1;
	}
	for (size_t i = 0; i < count; i++)
		target_connect(&probe->targets[i], &endpoints[i]);
	rc = provd_timer_start(owner, probe->waiting ? PROVD_PROBE_MS : 0, on_late, probe,
			       &probe->timer);
	if (rc) {
		provd_probe_cancel(probe);
		return rc;
	}
	*out_probe = probe;
	return 0;
}
