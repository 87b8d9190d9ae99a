/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl's multi-socket interface on the loop. libcurl tells which descriptors and what time to
 * wait for; both become watches and timers of the service's owner. User code runs only from
 * report(), when libcurl is not on the stack, so it may start, cancel and destroy as it likes.
 */
#include "net/net.h"

#include <stdlib.h>

#include "net/http_internal.h"

/** Idle connections kept for the next request, and how long: a TLS session is some 60 KiB. */
#define KEPT_CONNECTIONS 2L
#define KEPT_MS		 5000

/** Requests of one service at a time. */
#define REQUESTS_MAX 256

/** A descriptor that libcurl waits for. */
struct http_socket {
	struct http_socket *next;
	struct provd_http_service *service;
	CURL *easy; /* that uses it now */
	curl_socket_t fd;
	uint64_t watch;
};

struct provd_http_service {
	struct provd_loop *loop;
	struct provd_owner *owner;
	CURLM *multi;		      /**< NULL until the first request, and after idling */
	struct provd__http *running;  /**< in the multi handle */
	struct provd__http *asking;   /**< finished; why its name was not resolved is asked */
	struct provd__http *finished; /**< to be reported, in order */
	struct http_socket *sockets;
	uint64_t timer;
	uint64_t idle_timer;
	size_t active;
	int global;    /**< curl_global_init was done */
	int reporting; /**< depth of report() */
	int destroyed; /**< free it when report() comes back */
};

static void report(struct provd_http_service *service);

static void unlink_from(struct provd__http **list, struct provd__http *http)
{
	while (*list != http)
		list = &(*list)->next;
	*list = http->next;
	http->next = NULL;
}

static void finished_append(struct provd_http_service *service, struct provd__http *http)
{
	struct provd__http **link = &service->finished;

	while (*link)
		link = &(*link)->next;
	*link = http;
}

/* libcurl 7.88 closes a socket that is still connecting before it says REMOVE. By then the number
 * may be another thread's file. */
static void unwatch(struct provd_http_service *service, const CURL *easy)
{
	for (struct http_socket *sock = service->sockets; sock; sock = sock->next) {
		if (sock->easy != easy)
			continue;
		provd_watch_stop(service->owner, sock->watch);
		sock->watch = 0;
	}
}

static void on_asked(struct provd__http *http)
{
	struct provd_http_service *service = http->service;

	unlink_from(&service->asking, http);
	finished_append(service, http);
	report(service);
}

static void settle(struct provd_http_service *service, struct provd__http *http)
{
	unlink_from(&service->running, http);
	if (http->code != PROVD_E_NET_DNS || http->worded ||
	    provd__http_ask_start(http, service->owner, on_asked)) {
		finished_append(service, http);
		return;
	}
	http->next = service->asking;
	service->asking = http;
}

static void collect(struct provd_http_service *service)
{
	struct provd__http *http;
	CURLMsg *message;
	CURLcode result;
	char *private;
	int left;

	while ((message = curl_multi_info_read(service->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		result = message->data.result;
		private = NULL;
		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
		http = (void *)private;
		/* A connection that failed is closed in the same way. */
		if (result != CURLE_OK)
			unwatch(service, http->easy);
		(void)curl_multi_remove_handle(service->multi, http->easy);
		provd__http_finish(http, result);
		settle(service, http);
	}
}

static void act(struct provd_http_service *service, curl_socket_t fd, int events)
{
	int running;

	(void)curl_multi_socket_action(service->multi, fd, events, &running);
	collect(service);
	report(service);
}

static void on_ready(void *user, uint32_t events)
{
	struct http_socket *sock = user;
	int what = 0;

	if (events & PROVD_FD_READ)
		what |= CURL_CSELECT_IN;
	if (events & PROVD_FD_WRITE)
		what |= CURL_CSELECT_OUT;
	if (events & PROVD_FD_ERROR)
		what |= CURL_CSELECT_ERR;
	act(sock->service, sock->fd, what);
}

static void on_time(void *user)
{
	struct provd_http_service *service = user;

	service->timer = 0;
	act(service, CURL_SOCKET_TIMEOUT, 0);
}

static void socket_forget(struct provd_http_service *service, struct http_socket *sock)
{
	struct http_socket **link = &service->sockets;

	while (*link != sock)
		link = &(*link)->next;
	*link = sock->next;
	provd_watch_stop(service->owner, sock->watch);
	free(sock);
}

static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *user, void *socket)
{
	struct provd_http_service *service = user;
	struct http_socket *sock = socket;
	uint32_t events = 0;

	if (what == CURL_POLL_REMOVE) {
		if (sock)
			socket_forget(service, sock);
		(void)curl_multi_assign(service->multi, fd, NULL);
		return 0;
	}
	if (!sock) {
		sock = calloc(1, sizeof(*sock));
		if (!sock)
			return -1;
		sock->service = service;
		sock->fd = fd;
		sock->next = service->sockets;
		service->sockets = sock;
		(void)curl_multi_assign(service->multi, fd, sock);
	}
	if (what & CURL_POLL_IN)
		events |= PROVD_FD_READ;
	if (what & CURL_POLL_OUT)
		events |= PROVD_FD_WRITE;
	sock->easy = easy;
	provd_watch_stop(service->owner, sock->watch);
	sock->watch = 0;
	return provd_watch_start(service->owner, fd, events, on_ready, sock, &sock->watch) ? -1 : 0;
}

/* A time of 0 means the next turn: libcurl must not be entered from its own callback. */
static int time_changed(CURLM *multi, long timeout_ms, void *user)
{
	struct provd_http_service *service = user;

	(void)multi;
	provd_timer_stop(service->owner, service->timer);
	service->timer = 0;
	if (timeout_ms < 0)
		return 0;
	return provd_timer_start(service->owner, (uint64_t)timeout_ms, on_time, service,
				 &service->timer)
		       ? -1
		       : 0;
}

static void multi_close(struct provd_http_service *service)
{
	struct http_socket *sock;

	if (service->multi)
		(void)curl_multi_cleanup(service->multi);
	service->multi = NULL;
	provd_timer_stop(service->owner, service->timer);
	service->timer = 0;
	while ((sock = service->sockets))
		socket_forget(service, sock);
}

static void on_idle(void *user)
{
	struct provd_http_service *service = user;

	service->idle_timer = 0;
	if (!service->active)
		multi_close(service);
}

static void idle_begin(struct provd_http_service *service)
{
	if (service->idle_timer || !service->multi)
		return;
	/* Without the timer the connections just stay open longer. */
	(void)provd_timer_start(service->owner, KEPT_MS, on_idle, service, &service->idle_timer);
}

static void service_free(struct provd_http_service *service)
{
	if (service->global)
		curl_global_cleanup();
	free(service);
}

static void report(struct provd_http_service *service)
{
	struct provd__http *http;

	service->reporting++;
	while ((http = service->finished)) {
		service->finished = http->next;
		service->active--;
		provd__http_report(http);
		provd__http_free(http);
	}
	service->reporting--;
	if (service->reporting)
		return;
	if (service->destroyed)
		service_free(service);
	else if (!service->active)
		idle_begin(service);
}

/* The first request pays for libcurl, not the start of the daemon. */
static int multi_open(struct provd_http_service *service)
{
	CURLMcode failed = CURLM_OK;

	if (service->multi)
		return 0;
	if (!service->global && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return PROVD_E_NOMEM;
	service->global = 1;
	service->multi = curl_multi_init();
	if (!service->multi)
		return PROVD_E_NOMEM;
	failed |= curl_multi_setopt(service->multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
	failed |= curl_multi_setopt(service->multi, CURLMOPT_SOCKETDATA, service);
	failed |= curl_multi_setopt(service->multi, CURLMOPT_TIMERFUNCTION, time_changed);
	failed |= curl_multi_setopt(service->multi, CURLMOPT_TIMERDATA, service);
	failed |= curl_multi_setopt(service->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
	if (failed != CURLM_OK) {
		multi_close(service);
		return PROVD_E_NOT_SUPPORTED;
	}
	return 0;
}

static int request_start(void *self, const struct provd_http_request *request,
			 void (*done)(void *user, int code,
				      const struct provd_http_response *response),
			 void *user, uint64_t *out_id)
{
	struct provd_http_service *service = self;
	struct provd__http *http;
	int rc;

	if (!done)
		return PROVD_E_INVALID;
	if (service->destroyed)
		return PROVD_E_STATE;
	if (service->active >= REQUESTS_MAX)
		return PROVD_E_LIMIT;
	rc = multi_open(service);
	if (rc)
		return rc;
	rc = provd__http_create(request, &http);
	if (rc)
		return rc;
	http->service = service;
	http->done = done;
	http->user = user;
	http->id = provd_loop_new_id(service->loop);
	if (curl_multi_add_handle(service->multi, http->easy) != CURLM_OK) {
		provd__http_free(http);
		return PROVD_E_NOMEM;
	}
	provd_timer_stop(service->owner, service->idle_timer);
	service->idle_timer = 0;
	http->next = service->running;
	service->running = http;
	service->active++;
	if (out_id)
		*out_id = http->id;
	return 0;
}

static struct provd__http *find(struct provd__http *list, uint64_t id)
{
	while (list && list->id != id)
		list = list->next;
	return list;
}

static void drop(struct provd_http_service *service, struct provd__http *http)
{
	service->active--;
	provd__http_free(http);
}

static void drop_running(struct provd_http_service *service, struct provd__http *http)
{
	unwatch(service, http->easy);
	(void)curl_multi_remove_handle(service->multi, http->easy);
	unlink_from(&service->running, http);
	drop(service, http);
}

static void drop_asking(struct provd_http_service *service, struct provd__http *http)
{
	provd__http_ask_stop(http, service->owner);
	unlink_from(&service->asking, http);
	drop(service, http);
}

static void request_cancel(void *self, uint64_t id)
{
	struct provd_http_service *service = self;
	struct provd__http *running = find(service->running, id);
	struct provd__http *asking = find(service->asking, id);
	struct provd__http *finished = find(service->finished, id);

	if (running) {
		drop_running(service, running);
	} else if (asking) {
		drop_asking(service, asking);
	} else if (finished) {
		unlink_from(&service->finished, finished);
		drop(service, finished);
	} else {
		return;
	}
	if (!service->active && !service->reporting && !service->destroyed)
		idle_begin(service);
}

int provd_http_service_create(struct provd_loop *loop, struct provd_log *log,
			      struct provd_http_service **out_service)
{
	struct provd_http_service *service = calloc(1, sizeof(*service));
	int rc;

	(void)log;
	if (!service)
		return PROVD_E_NOMEM;
	rc = provd_owner_create(loop, "http", &service->owner);
	if (rc) {
		free(service);
		return rc;
	}
	service->loop = loop;
	*out_service = service;
	return 0;
}

void provd_http_service_destroy(struct provd_http_service *service)
{
	struct provd__http *http;

	if (!service || service->destroyed)
		return;
	service->destroyed = 1;
	while ((http = service->running))
		drop_running(service, http);
	while ((http = service->asking))
		drop_asking(service, http);
	while ((http = service->finished)) {
		service->finished = http->next;
		drop(service, http);
	}
	multi_close(service);
	(void)provd_owner_destroy(service->owner);
	service->owner = NULL;
	if (!service->reporting)
		service_free(service);
}

size_t provd_http_service_active(const struct provd_http_service *service)
{
	return service->active;
}

const struct provd_http provd_http_table = {
	.size = sizeof(struct provd_http),
	.request = request_start,
	.cancel = request_cancel,
};
