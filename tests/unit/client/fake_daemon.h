/* SPDX-License-Identifier: Apache-2.0 */
/** A daemon that does what the test says, one connection at a time or several, never by itself. */
#ifndef PROVD_TEST_FAKE_DAEMON_H
#define PROVD_TEST_FAKE_DAEMON_H

#include <provd/client.h>

#include <sys/types.h>

/* How long a test waits for an event before it fails. */
#define DEADLINE_MS 20000

#define ERR(name, parameters)                                                                      \
	"{\"error\":\"io.provd.Provisioning." name "\",\"parameters\":" parameters "}"

struct fake {
	char dir[64];
	char path[128];
	int listener;
	struct provd_client *client;
};

/** What a callback was told; texts are copied. */
struct told {
	int replies; /* calls of the callback */
	int last;    /* of them with `continues` 0 */
	int status;
	char error[128];
	char parameters[512];
	char text[256];
	int entries;
	char states[512];		 /* "session:state " of each entry */
	struct provd_client_entry entry; /* the last one; its texts are gone */
	int ups;
	int downs;
};

void fake_init(struct fake *fake);
void fake_finish(struct fake *fake);
void fake_listen(struct fake *fake);
void fake_unlisten(struct fake *fake);

/** Takes a connection, within DEADLINE_MS. */
int fake_accept(struct fake *fake);
/** Takes a connection and expects exactly this call. */
int fake_expect(struct fake *fake, const char *call);
/** Reads one message from a connection. */
void fake_read(int fd, char *buf, size_t size);
/** Sends bytes as they are. */
void fake_send(int fd, const void *bytes, size_t len);
/** Sends a message with its NUL. */
void fake_say(int fd, const char *text);
/** Expects that the client has closed. */
void fake_expect_closed(int fd);

/**
 * Runs a daemon in a child process for calls that wait: it takes one connection, reads one call,
 * sends these bytes, then closes, or stays until it is killed.
 */
pid_t fake_child(struct fake *fake, const char *expected_call, const void *bytes, size_t len,
		 int stays);
/** Its exit status must be 0. */
void fake_child_end(pid_t child);
void fake_child_kill(pid_t child);

void on_reply(void *user, const struct provd_client_reply *reply);
void on_entry(void *user, const struct provd_client_entry *entry);
void on_link(void *user, int is_up);

/** Processes until a counter has this value, or fails. */
void fake_until(struct fake *fake, const int *counter, int value);

#endif
