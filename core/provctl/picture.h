/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provctl/picture.h
 * @brief A timeline as the rows of a sequence diagram, whatever it is drawn with. One thread.
 */
#ifndef PROVD_PROVCTL_PICTURE_H
#define PROVD_PROVCTL_PICTURE_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/** Lifelines from left to right. */
enum picture_side {
	SIDE_PHONE,
	SIDE_DEVICE,
	SIDE_AP,
	SIDE_CLOUD,
	SIDE_COUNT
};

/** States of a session with its three ends; the last one is for any that is not known. */
#define PICTURE_STATES 10

/** Longest text of a row, in bytes. */
#define PICTURE_TEXT 1024

/** Longest text of an event with its details, in bytes. */
#define PICTURE_WORDS (2 * PICTURE_TEXT)

/** One entry. Texts are borrowed from the entries unless they are arrays. */
struct picture_row {
	int from;	      /**< enum picture_side */
	int to;		      /**< the same: nothing was sent */
	int refused_by;	      /**< side that let us down, -1 nobody */
	int state;	      /**< after it */
	int begins;	      /**< 1: a span of this state begins here */
	json_int_t span_us;   /**< how long that span is; -1: it has no end */
	json_int_t offset_us; /**< since the first entry */
	json_int_t gap_us;    /**< time before it without an entry, 0 when it is short */
	const char *event;
	const char *code;	    /**< of the failure, "" none */
	const char *text;	    /**< its sentence */
	const char *advice;	    /**< "" when the code is not known */
	char details[PICTURE_TEXT]; /**< "key=value, key=value" */
};

/** A session. */
struct picture {
	json_int_t session;
	json_int_t unix_ms; /**< of the first entry, 0 not known */
	json_int_t total_us;
	json_int_t state_us[PICTURE_STATES];
	int visited[PICTURE_STATES];
	int has_side[SIDE_COUNT]; /**< the device's is always 1 */
	const char *state;	  /**< the last one, "" when there are no entries */
	const char *code;	  /**< why it has failed, "" */
	int has_ended;
	long attempts; /**< 0: not known */
	const char *method;
	struct picture_row *rows;
	size_t count;
};

/**
 * Reads an answer to Timeline, or anything of that shape.
 * @param timeline    borrowed as long as the picture is used
 * @param out_picture provctl_picture_finish()
 * @return 0, or -1: out of memory
 */
int provctl_picture_init(const json_t *timeline, struct picture *out_picture);
void provctl_picture_finish(struct picture *picture);

/** "phone", "device", "access point", "cloud". */
const char *provctl_picture_side_name(int side);

/** "idle" to "stopped", "unknown". */
const char *provctl_picture_state_name(int state);

/** Whether time is counted in it: not at the end of a session. */
int provctl_picture_state_lasts(int state);

/** "0.123 s", "2 min 3.000 s". */
void provctl_picture_duration(json_int_t us, char *out, size_t size);

/** "session 3: bound after 4.123 s" */
void provctl_picture_title(const struct picture *picture, char *out, size_t size);

/** "2026-11-20 15:19:40 UTC, by softap, 2 attempts"; "" when nothing of it is known */
void provctl_picture_subtitle(const struct picture *picture, char *out, size_t size);

/** "event: key=value, key=value". @param details 0: the event alone */
void provctl_picture_words(const struct picture_row *row, int details, char out[PICTURE_WORDS]);

/** "CODE: sentence" and "advice: what to do"; each "" when there is none. */
void provctl_picture_failure(const struct picture_row *row, char out_why[PICTURE_TEXT],
			     char out_advice[PICTURE_TEXT]);

/** Words in a state's mark: "joining 1.204 s". */
void provctl_picture_span(const struct picture_row *row, char *out, size_t size);

/** Draws it as SVG 1.1. @return 0, or -1 with errno */
int provctl_picture_svg(FILE *out, const struct picture *picture);

/**
 * Draws it for a terminal.
 * @param columns    at least 80; fewer are taken as 80
 * @param is_unicode 0: arrows and lines are of ASCII
 * @param colour     1: failures are red
 */
void provctl_picture_text(FILE *out, const struct picture *picture, size_t columns, int is_unicode,
			  int colour);

#endif /* PROVD_PROVCTL_PICTURE_H */
