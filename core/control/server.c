/* SPDX-License-Identifier: Apache-2.0 */
#include "control/control_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Connections that the kernel keeps until they are accepted. */
#define LISTEN_QUEUE 32

static void free_control(struct provd_control *control)
{
	if (!control)
		return;
	free(control->path);
	free(control->interface);
	free(control->description);
	free(control->version);
	provd_idl_destroy(control->idl);
	provd_idl_destroy(control->service_idl);
	free(control);
}

/** The last of the two handles frees the server. */
static void on_handle_closed(uv_handle_t *handle)
{
	struct provd_control *control = handle->data;

	if (--control->open_handles == 0)
		free_control(control);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct provd_control *control = listener->data;

	if (status) {
		PROVD_CLOG(control->log, "control", 0, PROVD_LOG_WARN,
			   "cannot accept a client, ignoring",
			   provd_f_text("reason", uv_strerror(status)));
		return;
	}
	provd_control_client_accept(control);
}

/** One turn later: handlers of waiting messages must not run inside a reply to the former one. */
static void on_kick(uv_idle_t *kick)
{
	struct provd_control *control = kick->data;
	struct provd_control_client *client;

	uv_idle_stop(kick);
	/* clients leave the list only in their close callbacks, not while it is walked */
	for (client = control->clients; client; client = client->next) {
		if (client->ready)
			provd_control_client_process(client);
	}
}

void provd_control_kick(struct provd_control *control)
{
	uv_idle_start(&control->kick, on_kick);
}

static char *copy_text(const char *text)
{
	return strdup(text ? text : "");
}

/** Copies the configuration. @return the server without handles, or NULL */
static struct provd_control *make_control(const struct provd_control_config *config)
{
	struct provd_control *control = calloc(1, sizeof(*control));

	if (!control)
		return NULL;
	control->path = copy_text(config->path);
	control->interface = copy_text(config->interface);
	control->description = copy_text(config->description);
	control->version = copy_text(config->version);
	if (!control->path || !control->interface || !control->description || !control->version) {
		free_control(control);
		return NULL;
	}
	control->methods = config->methods;
	control->method_count = config->method_count;
	control->max_clients = config->max_clients ? config->max_clients : 1;
	control->max_message = config->max_message ? config->max_message : 1;
	control->max_backlog = config->max_backlog;
	control->user = config->user;
	control->gid = (gid_t)-1;
	control->peer = provd_control_peer_ask;
	return control;
}

/** Understands both interfaces; every handler must have its method there. */
static int read_texts(struct provd_control *control, struct provd_error *err)
{
	const char *service = provd_control_service_text();
	int status = provd_idl_parse(service, strlen(service), &control->service_idl, err);

	if (!status)
		status = provd_idl_parse(control->description, strlen(control->description),
					 &control->idl, err);
	for (size_t i = 0; !status && i < control->method_count; i++)
		if (!provd_idl_find(control->idl, PROVD_IDL_METHOD, control->methods[i].name))
			status = provd_net_fail(err, PROVD_E_INVALID, 0,
						"control socket: the interface text has no "
						"method %s",
						control->methods[i].name);
	return status;
}

/** Starts to listen on `fd` (taken when the pipe got it). @return 0 or a libuv error */
static int listen_on(struct provd_control *control, int fd)
{
	int status = uv_pipe_open(&control->listener, fd);

	if (status) {
		(void)close(fd);
		return status;
	}
	return uv_listen((uv_stream_t *)&control->listener, LISTEN_QUEUE, on_connection);
}

/** Both handles; after this only provd_control_destroy frees. */
static void init_handles(struct provd_control *control)
{
	/* on Linux neither of the two can fail: they only fill memory in */
	(void)uv_pipe_init(control->uv, &control->listener, 0);
	(void)uv_idle_init(control->uv, &control->kick);
	control->listener.data = control;
	control->kick.data = control;
	control->open_handles = 2;
}

int provd_control_create(struct provd_loop *loop, struct provd_log *log,
			 const struct provd_control_config *config,
			 struct provd_control **out_control, struct provd_error *err)
{
	struct provd_control *control = make_control(config);
	int fd = config->handed_fd > 0 ? config->handed_fd : -1;
	int status;

	if (!control) {
		if (fd >= 0)
			(void)close(fd);
		return provd_net_fail(err, PROVD_E_NOMEM, 0, "control socket: out of memory");
	}
	control->log = log;
	control->uv = provd_loop_uv(loop);
	status = read_texts(control, err);
	if (status)
		goto out;
	if (config->group && config->group[0]) {
		status = provd_control_group_find(config->group, &control->gid);
		if (status) {
			provd_net_fail(err, status, 0,
				       "control socket: there is no group '%s'; make it or "
				       "name another one",
				       config->group);
			goto out;
		}
	}
	if (fd < 0)
		status = provd_control_socket_open(control, (mode_t)config->mode & 0777, &fd, err);
	if (status)
		goto out;
	init_handles(control);
	status = listen_on(control, fd);
	if (status) {
		provd_net_fail(err, PROVD_E_IO, -status, "control socket %s: cannot listen: %s",
			       control->path, uv_strerror(status));
		provd_control_destroy(control);
		return PROVD_E_IO;
	}
	*out_control = control;
	return 0;
out:
	if (fd >= 0)
		(void)close(fd);
	free_control(control);
	return status;
}

struct provd_control_stats provd_control_get_stats(const struct provd_control *control)
{
	const struct provd_control_stats stats = {control->client_count, control->dropped};

	return stats;
}

void provd_control_destroy(struct provd_control *control)
{
	struct provd_control_client *client;
	struct provd_control_client *next;

	if (!control)
		return;
	provd_control_socket_remove(control);
	for (client = control->clients; client; client = next) {
		next = client->next;
		provd_control_client_detach(client);
	}
	control->clients = NULL;
	control->log = NULL;
	uv_close((uv_handle_t *)&control->listener, on_handle_closed);
	uv_close((uv_handle_t *)&control->kick, on_handle_closed);
}
