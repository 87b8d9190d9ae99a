/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file control/varlink.h
 * @brief The Varlink codec: bytes in, calls out; replies in, bytes out. No input or output here.
 *
 * A message is one JSON object followed by one NUL byte (varlink.org, "Method call").
 */
#ifndef PROVD_CORE_CONTROL_VARLINK_H
#define PROVD_CORE_CONTROL_VARLINK_H

#include <jansson.h>
#include <stddef.h>

/** Nested objects and arrays that a message may have. */
#define PROVD_VARLINK_DEPTH 16

/** Values and brackets of a message, about: a tree takes far more memory than its text. */
#define PROVD_VARLINK_VALUES 1024

/** Collects bytes of one peer; memory is bounded by `max` + 1 bytes. What was taken is wiped. */
struct provd_varlink_reader {
	char *buf;
	size_t cap;	/**< bytes at `buf` */
	size_t start;	/**< where the first message that was not taken begins */
	size_t len;	/**< end of what was received */
	size_t scanned; /**< no NUL in [start, scanned) */
	size_t max;	/**< bytes of one message without its NUL */
};

/** One call. */
struct provd_varlink_call {
	json_t *root;
	const char *method;	  /**< borrowed from root */
	const json_t *parameters; /**< borrowed from root, an object, never NULL */
	int oneway;
	int more;
	int upgrade;
};

/** Makes an empty reader in the caller's memory. @param max bytes of one message, at least 1 */
void provd_varlink_reader_init(struct provd_varlink_reader *reader, size_t max);

/** Wipes and frees what it collected. */
void provd_varlink_reader_finish(struct provd_varlink_reader *reader);

/**
 * Where the next received bytes go.
 * @param out_room bytes that may be written there, 0: full or no memory
 * @return borrowed until the next call with this reader; NULL when there is no room
 */
char *provd_varlink_reader_room(struct provd_varlink_reader *reader, size_t *out_room);

/** Tells that `len` bytes were written to the room. */
void provd_varlink_reader_filled(struct provd_varlink_reader *reader, size_t len);

/** @return 1 when nothing more fits before a message is taken */
int provd_varlink_reader_full(const struct provd_varlink_reader *reader);

/** @return bytes received and not yet taken */
size_t provd_varlink_reader_pending(const struct provd_varlink_reader *reader);

/**
 * Takes the next message.
 * @param out_call to be given to provd_varlink_call_finish; only set when 1 is returned
 * @return 1 a call; 0 more bytes are needed; PROVD_E_LIMIT the message is longer than `max`;
 *         PROVD_E_PEER_FORMAT not a call; PROVD_E_NOMEM
 */
int provd_varlink_reader_next(struct provd_varlink_reader *reader,
			      struct provd_varlink_call *out_call);

/**
 * Understands one message without its NUL. A pure function.
 * @return 0, PROVD_E_PEER_FORMAT (not JSON, too deep, too many values, a
 *         member of a wrong type), PROVD_E_NOMEM
 */
int provd_varlink_parse(const char *bytes, size_t len, struct provd_varlink_call *out_call);

/** Frees a call. */
void provd_varlink_call_finish(struct provd_varlink_call *call);

/**
 * Makes the bytes of a reply, with their NUL.
 * @param parameters taken even on failure; NULL: an empty object
 * @param continues  1: more replies follow
 * @param out_bytes  given: free()
 * @return 0 or PROVD_E_NOMEM
 */
int provd_varlink_reply(json_t *parameters, int continues, char **out_bytes, size_t *out_len);

/** The same for an error, by its full name ("org.varlink.service.MethodNotFound"). */
int provd_varlink_error(const char *name, json_t *parameters, char **out_bytes, size_t *out_len);

#endif /* PROVD_CORE_CONTROL_VARLINK_H */
