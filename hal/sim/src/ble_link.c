/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_phone(void *user, uint32_t events);

static void hang_up(struct sim *sim)
{
	struct sim_ble *ble = &sim->ble;

	sim->host->fd_unwatch(sim->host, ble->watch);
	ble->watch = 0;
	if (ble->fd >= 0)
		close(ble->fd);
	ble->fd = -1;
	ble->in_len = 0;
	ble->out_len = 0;
	ble->watching_write = 0;
	sim_ble_drop(sim, PROVD_E_PEER_GONE);
}

static int watch(struct sim *sim, uint32_t write)
{
	struct sim_ble *ble = &sim->ble;

	if (ble->watch && ble->watching_write == write)
		return 0;
	sim->host->fd_unwatch(sim->host, ble->watch);
	ble->watch = 0;
	ble->watching_write = write;
	return sim->host->fd_watch(sim->host, ble->fd,
				   PROVD_FD_READ | (write ? (uint32_t)PROVD_FD_WRITE : 0u),
				   on_phone, sim, &ble->watch);
}

/* Writes what the socket takes. @return 0 or PROVD_E_PEER_GONE */
static int flush(struct sim *sim)
{
	struct sim_ble *ble = &sim->ble;

	while (ble->out_len) {
		ssize_t n = send(ble->fd, ble->out, ble->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n < 0)
			return PROVD_E_PEER_GONE;
		ble->out_len -= (size_t)n;
		memmove(ble->out, ble->out + n, ble->out_len);
	}
	return watch(sim, ble->out_len ? 1 : 0);
}

int sim_ble_link_send(struct sim *sim, json_t *line)
{
	struct sim_ble *ble = &sim->ble;
	size_t room = SIM_BLE_QUEUE - ble->out_len;
	size_t len;

	if (!line)
		return PROVD_E_NOMEM;
	if (ble->fd < 0) {
		json_decref(line);
		return PROVD_E_PEER_GONE;
	}
	len = json_dumpb(line, (char *)ble->out + ble->out_len, room, JSON_COMPACT);
	json_decref(line);
	if (len == 0 || len + 1 > room)
		return PROVD_E_BUSY;
	ble->out[ble->out_len + len] = '\n';
	ble->out_len += len + 1;
	ble->queued += len + 1;
	/* A broken socket shows itself by its next event, which hangs up. */
	return flush(sim);
}

static void serve_line(struct sim *sim, const char *line, size_t len)
{
	struct provd_error err = {.size = sizeof(err)};
	struct sim_ble_request request;
	int rc = sim_ble_line_decode(line, len, &request, &err);

	if (rc == 0) {
		sim_ble_request(sim, &request);
		explicit_bzero(&request, sizeof(request));
		return;
	}
	(void)sim_ble_link_send(sim, json_pack("{s:s, s:s, s:s}", "op", "error", "status",
					       provd_err_name(rc), "text", err.text));
}

static void serve_lines(struct sim *sim)
{
	struct sim_ble *ble = &sim->ble;
	uint8_t *end;

	while (ble->fd >= 0 && (end = memchr(ble->in, '\n', ble->in_len)) != NULL) {
		size_t len = (size_t)(end - ble->in);

		serve_line(sim, (const char *)ble->in, len);
		if (ble->fd < 0)
			return;
		ble->in_len -= len + 1;
		memmove(ble->in, end + 1, ble->in_len);
	}
	if (ble->in_len == sizeof(ble->in))
		hang_up(sim);
}

static void on_phone(void *user, uint32_t events)
{
	struct sim *sim = user;
	struct sim_ble *ble = &sim->ble;
	ssize_t n;

	if (events & PROVD_FD_WRITE) {
		if (flush(sim)) {
			hang_up(sim);
			return;
		}
		sim_ble_flushed(sim);
	}
	if (!(events & (PROVD_FD_READ | PROVD_FD_ERROR)))
		return;
	n = recv(ble->fd, ble->in + ble->in_len, sizeof(ble->in) - ble->in_len, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(sim);
		return;
	}
	ble->in_len += (size_t)n;
	serve_lines(sim);
}

static void on_listen(void *user, uint32_t events)
{
	static const char busy[] = "{\"op\":\"connect\",\"status\":\"BUSY\"}\n";
	struct sim *sim = user;
	struct sim_ble *ble = &sim->ble;
	int fd = accept4(ble->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	if (ble->fd >= 0) {
		(void)!send(fd, busy, sizeof(busy) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		return;
	}
	ble->fd = fd;
	ble->in_len = 0;
	ble->out_len = 0;
	ble->queued = 0;
	if (watch(sim, 0)) {
		hang_up(sim);
		return;
	}
	sim_ble_tell_advertisement(sim);
}

int sim_ble_link_open(struct sim *sim)
{
	struct sim_ble *ble = &sim->ble;
	const char *path = sim->host->option_text(sim->host, "ble_socket");

	if (!path)
		return 0;
	if (!ble->out)
		ble->out = malloc(SIM_BLE_QUEUE);
	if (!ble->out)
		return PROVD_E_NOMEM;
	ble->listen_fd = sim_socket_bind(sim, path, SOCK_STREAM);
	if (ble->listen_fd < 0)
		return ble->listen_fd;
	if (listen(ble->listen_fd, 4))
		return PROVD_E_IO;
	return sim->host->fd_watch(sim->host, ble->listen_fd, PROVD_FD_READ, on_listen, sim,
				   &ble->listen_watch);
}

void sim_ble_link_close(struct sim *sim)
{
	struct sim_ble *ble = &sim->ble;

	hang_up(sim);
	sim->host->fd_unwatch(sim->host, ble->listen_watch);
	ble->listen_watch = 0;
	sim_socket_close(&ble->listen_fd, sim->host->option_text(sim->host, "ble_socket"));
}
