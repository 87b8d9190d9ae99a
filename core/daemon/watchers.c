/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that watch: lists of calls which are answered again and again. */
#include "daemon/daemon_internal.h"
#include "daemon/handlers.h"

#include <stdlib.h>

static void watcher_gone(void *user)
{
	struct watcher *watcher = user;

	for (struct watcher **at = watcher->list; *at; at = &(*at)->next) {
		if (*at == watcher) {
			*at = watcher->next;
			break;
		}
	}
	free(watcher);
}

int provd__watcher_add(struct watcher **list, struct provd_control_call *call, uint64_t session)
{
	struct watcher *watcher = calloc(1, sizeof(*watcher));

	if (!watcher)
		return PROVD_E_NOMEM;
	watcher->list = list;
	watcher->call = call;
	watcher->session = session;
	watcher->next = *list;
	*list = watcher;
	provd_control_on_gone(call, watcher_gone, watcher);
	return 0;
}

void provd__watcher_end(struct watcher *watcher)
{
	provd_control_on_gone(watcher->call, NULL, NULL);
	watcher_gone(watcher);
}
