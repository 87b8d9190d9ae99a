/* SPDX-License-Identifier: Apache-2.0 */
/* A server that gives every connection the same answer, whatever it is asked. */
#ifndef STUB_SERVER_H
#define STUB_SERVER_H

#include <stddef.h>
#include <sys/types.h>

struct stub_server {
	pid_t pid;
	int port; /* on 127.0.0.1 */
};

/* Waits for the first bytes of each connection, sends the answer, and closes when the client does.
 * It ends with the test at the latest. */
void stub_server_start(struct stub_server *server, const void *answer, size_t len);
void stub_server_stop(struct stub_server *server);

#endif /* STUB_SERVER_H */
