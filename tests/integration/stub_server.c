/* SPDX-License-Identifier: Apache-2.0 */
#include "stub_server.h"

#include <criterion/criterion.h>

#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void answer_one(int fd, const void *answer, size_t len)
{
	char bytes[4096];

	if (recv(fd, bytes, sizeof(bytes), 0) > 0 &&
	    send(fd, answer, len, MSG_NOSIGNAL) == (ssize_t)len)
		(void)shutdown(fd, SHUT_WR);
	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		continue;
	close(fd);
}

void stub_server_start(struct stub_server *server, const void *answer, size_t len)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 16), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	server->port = ntohs(address.sin_port);
	server->pid = fork();
	cr_assert_geq(server->pid, 0);
	if (server->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			int client = accept(fd, NULL, NULL);

			if (client >= 0)
				answer_one(client, answer, len);
		}
	}
	close(fd);
}

void stub_server_stop(struct stub_server *server)
{
	if (server->pid > 0) {
		kill(server->pid, SIGKILL);
		waitpid(server->pid, NULL, 0);
	}
	server->pid = 0;
}
