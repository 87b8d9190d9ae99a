/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define COMMAND_MAX 4096

/* Tells a sender that has a name how it went; one without reads the log. */
static void answer(struct sim *sim, const struct sockaddr_un *peer, socklen_t peer_len, int rc,
		   const char *text)
{
	char line[512];
	json_t *object;
	size_t len;

	if (rc)
		PROVD_LOG(sim->host, PROVD_LOG_WARN, NULL, "command refused",
			  provd_f_code("code", rc), provd_f_text("reason", text));
	if (peer_len <= sizeof(sa_family_t))
		return;
	object = rc ? json_pack("{s:b, s:s, s:s}", "ok", 0, "status", provd_err_name(rc), "text",
				text)
		    : json_pack("{s:b}", "ok", 1);
	len = object ? json_dumpb(object, line, sizeof(line), JSON_COMPACT) : 0;
	json_decref(object);
	if (len == 0 || len > sizeof(line) || sim->control.fd < 0)
		return;
	(void)!sendto(sim->control.fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL,
		      (const struct sockaddr *)peer, peer_len);
}

static void on_command(void *user, uint32_t events)
{
	struct sim *sim = user;
	char text[COMMAND_MAX];
	struct sockaddr_un peer;
	socklen_t peer_len = sizeof(peer);
	struct provd_error err = {.size = sizeof(err), .text = "not a JSON object"};
	json_t *command = NULL;
	ssize_t n;
	int rc = PROVD_E_INVALID;

	(void)events;
	n = recvfrom(sim->control.fd, text, sizeof(text), MSG_DONTWAIT | MSG_TRUNC,
		     (struct sockaddr *)&peer, &peer_len);
	if (n < 0)
		return;
	if (n <= COMMAND_MAX)
		command = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	/* Commands carry the passphrases of simulated networks. */
	explicit_bzero(text, sizeof(text));
	if (json_is_object(command))
		rc = sim_command_run(sim, command, &err);
	json_decref(command);
	answer(sim, &peer, peer_len, rc, err.text);
}

int sim_control_open(struct sim *sim)
{
	const char *path = sim->host->option_text(sim->host, "control_socket");

	if (!path)
		return 0;
	sim->control.fd = sim_socket_bind(sim, path, SOCK_DGRAM);
	if (sim->control.fd < 0)
		return sim->control.fd;
	return sim->host->fd_watch(sim->host, sim->control.fd, PROVD_FD_READ, on_command, sim,
				   &sim->control.watch);
}

void sim_control_close(struct sim *sim)
{
	sim->host->fd_unwatch(sim->host, sim->control.watch);
	sim->control.watch = 0;
	sim_socket_close(&sim->control.fd, sim->host->option_text(sim->host, "control_socket"));
}
