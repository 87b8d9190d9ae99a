/* SPDX-License-Identifier: Apache-2.0 */
/** A control server on a socket in a fresh folder, driven by the test's own thread. */
#ifndef PROVD_TEST_CONTROL_FIXTURE_H
#define PROVD_TEST_CONTROL_FIXTURE_H

#include "control/control_internal.h"

/** How long a test waits for an event before it fails. */
#define FIXTURE_DEADLINE_MS 20000

struct fixture {
	char dir[64];
	char path[128];
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_control *control;
	struct provd_control_call *waiting; /* of "Wait" and "Watch" */
	int gone;			    /* calls of `gone` */
	int handled;			    /* calls of any handler */
	int logged;			    /* lines */
	char last_line[512];
	struct provd_control_peer fake;
};

/** What the handlers do: Echo answers with its parameters, Wait and Watch keep the call in
 *  `waiting`, Steer needs rights, Big answers with `bytes` letters. */
void fixture_init(struct fixture *f);
struct provd_control_config fixture_config(struct fixture *f);
void fixture_start(struct fixture *f, const struct provd_control_config *config);
/** Closes all; fails the test when the loop still holds something. */
void fixture_finish(struct fixture *f);

/** From now on all peers are what `f->fake` says. */
void fixture_fake_peer(struct fixture *f, uid_t uid, int in_group);

/** One turn of the loop after something happened, or the test fails. */
void fixture_turn(struct fixture *f);
/** Turns of the loop that need no event. */
void fixture_settle(struct fixture *f);

int fixture_connect(struct fixture *f);
void fixture_send(int fd, const void *bytes, size_t len);
/** Sends text with its NUL. */
void fixture_call(int fd, const char *text);
/** Runs the loop until one message has come. @return its text, borrowed until the next call, or
 *  NULL at the end of the connection */
const char *fixture_receive(struct fixture *f, int fd, char *buf, size_t size);
/** Expects exactly this message. */
void fixture_expect(struct fixture *f, int fd, const char *text);
/** Expects that the connection is closed. */
void fixture_expect_end(struct fixture *f, int fd);

#endif
