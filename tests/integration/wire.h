/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to a control socket that shows its bytes. Nothing here fails a test by itself:
 * what a daemon does that is killed, or a client that is wrong, is for the test to judge.
 */
#ifndef WIRE_H
#define WIRE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct wire {
	int fd; /* -1: closed */
	char *bytes;
	size_t len;
	size_t used; /* of the message that was given last */
	size_t size;
};

/* Monotonic milliseconds. */
int64_t wire_now_ms(void);

/* @return 0, or -1 when nobody listens at the path */
int wire_open(struct wire *wire, const char *path);
void wire_close(struct wire *wire);

/* @return 0, or -1 when the other side has gone */
int wire_send(struct wire *wire, const void *bytes, size_t len);
/* A text and its NUL. */
int wire_send_text(struct wire *wire, const char *text);

/* The next message without its NUL, borrowed until the next call; NULL when none came in time or
 * the other side has closed: then `fd` is -1. */
const char *wire_next(struct wire *wire, int wait_ms);

/* The next message as JSON; NULL as above, or when it is none. */
json_t *wire_next_json(struct wire *wire, int wait_ms);

/* One call on a connection of its own: the whole answer, or NULL. `parameters`: JSON, or NULL. */
json_t *wire_call(const char *path, const char *method, const char *parameters, int wait_ms);

#endif /* WIRE_H */
