/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/pending.h"

#include <stdlib.h>

static void unlink_waiting(struct waiting_call *waiting)
{
	struct waiting_call **at = waiting->list;

	while (*at && *at != waiting)
		at = &(*at)->next;
	if (*at)
		*at = waiting->next;
}

static void client_gone(void *user)
{
	struct waiting_call *waiting = user;

	waiting->call = NULL;
	if (waiting->stays)
		return;
	unlink_waiting(waiting);
	free(waiting);
}

static struct waiting_call *append(struct waiting_call **list, struct provd_daemon *daemon,
				   struct provd_control_call *call)
{
	struct waiting_call **at = list;
	struct waiting_call *waiting;
	size_t count = 0;

	for (; *at; at = &(*at)->next)
		count++;
	waiting = count < PROVD_PENDING_MAX ? calloc(1, sizeof(*waiting)) : NULL;
	if (!waiting) {
		provd__answer_unavailable(call, "too many calls wait for an answer");
		return NULL;
	}
	waiting->list = list;
	waiting->daemon = daemon;
	waiting->call = call;
	*at = waiting;
	provd_control_on_gone(call, client_gone, waiting);
	return waiting;
}

void provd__wait(struct waiting_call **list, struct provd_daemon *daemon,
		 struct provd_control_call *call, const json_t *parameters,
		 provd__handler_fn *handler)
{
	struct waiting_call *waiting = append(list, daemon, call);

	if (!waiting)
		return;
	waiting->parameters = parameters;
	waiting->handler = handler;
}

struct waiting_call *provd__wait_take(struct waiting_call **list)
{
	struct waiting_call *waiting = *list;

	if (!waiting)
		return NULL;
	*list = waiting->next;
	provd_control_on_gone(waiting->call, NULL, NULL);
	return waiting;
}

void provd__wait_run(struct waiting_call **list)
{
	size_t count = 0;

	/* A handler may put its call back into the list: that one waits for the next time. */
	for (const struct waiting_call *at = *list; at; at = at->next)
		count++;
	for (; count > 0; count--) {
		struct waiting_call *waiting = provd__wait_take(list);

		/* One client fewer than there were: an answer may have found it gone. */
		if (!waiting)
			return;
		waiting->handler(waiting->daemon, waiting->call, waiting->parameters, 0);
		free(waiting);
	}
}

void provd__wait_refuse(struct waiting_call **list, const char *reason)
{
	struct waiting_call *waiting = provd__wait_take(list);

	for (; waiting; waiting = provd__wait_take(list)) {
		provd__answer_unavailable(waiting->call, reason);
		free(waiting);
	}
}

struct waiting_call *provd__pending_begin(struct waiting_call **list, struct provd_daemon *daemon,
					  struct provd_control_call *call)
{
	struct waiting_call *pending = append(list, daemon, call);

	if (pending)
		pending->stays = 1;
	return pending;
}

struct provd_control_call *provd__pending_end(struct waiting_call *pending)
{
	struct provd_control_call *call = pending->call;

	if (call)
		provd_control_on_gone(call, NULL, NULL);
	unlink_waiting(pending);
	free(pending);
	return call;
}

void provd__pending_drop(struct waiting_call **list)
{
	while (*list) {
		struct waiting_call *pending = *list;

		*list = pending->next;
		free(pending);
	}
}
