/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/payload.h"

#include <stdlib.h>
#include <string.h>

#include "session/words.h"

/* How an entry is made smaller, step by step: longest text in bytes, and which details. */
struct shrink {
	size_t text_max;
	const char *const *keys; /* NULL: all */
};

static const char *const telling[] = {"during",	 "reason",  "method", "app_id",
				      "app_sub", "attempt", "text",   NULL};
static const char *const least[] = {"during", "reason", "method", "app_id", "app_sub", NULL};
static const char *const none[] = {NULL};

#define LONGEST_TEXT 1024

static const struct shrink shrinks[] = {{LONGEST_TEXT - 1, NULL},
					{256, NULL},
					{96, NULL},
					{160, telling},
					{96, telling},
					{31, least},
					{24, none}};

static int is_among(const char *const *keys, const char *key)
{
	for (; *keys; keys++)
		if (strcmp(*keys, key) == 0)
			return 1;
	return 0;
}

static json_t *short_text(const char *text, size_t max)
{
	char copy[LONGEST_TEXT];

	provd_text_copy(copy, max + 1, text);
	return json_string(copy);
}

static json_t *short_detail(json_t *detail, const struct shrink *how)
{
	json_t *out = json_object();
	const char *key;
	json_t *value;

	/* Jansson is asked for objects by a loop that also fits NULL and other types. */
	json_object_foreach(detail, key, value)
	{
		const char *text = json_string_value(value);

		if (out && text && (!how->keys || is_among(how->keys, key)))
			(void)json_object_set_new(out, key, short_text(text, how->text_max));
	}
	return out;
}

static char *dump(json_t *root)
{
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	return text;
}

static char *write_with(const struct provd_timeline_entry *entry, const struct shrink *how)
{
	return dump(json_pack("{s:I, s:I, s:I, s:I, s:o, s:o}", "t", (json_int_t)entry->t_us, "u",
			      (json_int_t)entry->unix_ms, "s", (json_int_t)entry->state, "f",
			      (json_int_t)entry->flow, "e",
			      short_text(entry->event ? entry->event : "", how->text_max), "d",
			      short_detail(entry->detail, how)));
}

char *provd_journal_entry_write(const struct provd_timeline_entry *entry, size_t max)
{
	char *text = NULL;

	for (size_t i = 0; i < sizeof(shrinks) / sizeof(shrinks[0]); i++) {
		text = write_with(entry, &shrinks[i]);
		if (!text || strlen(text) <= max)
			return text;
		free(text);
	}
	return NULL;
}

static json_t *parse(const uint8_t *payload, size_t len)
{
	json_t *root = json_loadb((const char *)payload, len, JSON_REJECT_DUPLICATES, NULL);

	if (root && !json_is_object(root)) {
		json_decref(root);
		root = NULL;
	}
	return root;
}

/* @return 1 when the member is an integer from 0 to `max` */
static int get_number(const json_t *root, const char *key, json_int_t max, uint64_t *out)
{
	const json_t *value = json_object_get(root, key);
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0 || number > max)
		return 0;
	*out = (uint64_t)number;
	return 1;
}

static int is_detail(json_t *detail)
{
	const char *key;
	json_t *value;

	if (!json_is_object(detail))
		return 0;
	json_object_foreach(detail, key, value)
	{
		if (!json_is_string(value))
			return 0;
	}
	return 1;
}

int provd_journal_entry_read(const uint8_t *payload, size_t len, uint64_t session,
			     struct provd_journal_entry *out_entry)
{
	struct provd_journal_entry read = {.entry.session = session};
	json_t *root = parse(payload, len);
	uint64_t state;
	uint64_t flow;

	if (!root)
		return PROVD_E_CORRUPT;
	read.root = root;
	read.entry.event = json_string_value(json_object_get(root, "e"));
	read.entry.detail = json_object_get(root, "d");
	if (!read.entry.event || !is_detail(read.entry.detail) ||
	    !get_number(root, "t", INT64_MAX, &read.entry.t_us) ||
	    !get_number(root, "u", INT64_MAX, &read.entry.unix_ms) ||
	    !get_number(root, "s", UINT32_MAX, &state) ||
	    !get_number(root, "f", UINT32_MAX, &flow)) {
		json_decref(root);
		return PROVD_E_CORRUPT;
	}
	read.entry.state = (uint32_t)state;
	read.entry.flow = (uint32_t)flow;
	*out_entry = read;
	return 0;
}

void provd_journal_entry_finish(struct provd_journal_entry *entry)
{
	json_decref(entry->root);
	entry->root = NULL;
}

char *provd_journal_mark_write(uint32_t marks)
{
	return dump(json_pack("{s:I}", "m", (json_int_t)marks));
}

int provd_journal_mark_read(const uint8_t *payload, size_t len, uint32_t *out_marks)
{
	json_t *root = parse(payload, len);
	uint64_t marks = 0;
	int valid = root && get_number(root, "m", UINT32_MAX, &marks);

	json_decref(root);
	if (!valid)
		return PROVD_E_CORRUPT;
	*out_marks = (uint32_t)marks;
	return 0;
}

char *provd_journal_import_write(const struct provd_failure *failure)
{
	return dump(json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "c", provd_err_name(failure->code), "t",
		(json_int_t)(failure->t_us & INT64_MAX), "u",
		(json_int_t)(failure->unix_ms & INT64_MAX), "s", (json_int_t)failure->state, "a",
		(json_int_t)failure->app_id, "b", (json_int_t)failure->app_sub, "m",
		short_text(failure->method ? failure->method : "", PROVD_JOURNAL_METHOD_MAX - 1),
		"x", short_text(failure->text ? failure->text : "", PROVD_JOURNAL_TEXT_MAX - 1)));
}

/* @return 1 when the member is an integer of 32 bits with a sign */
static int get_signed(const json_t *root, const char *key, int32_t *out)
{
	const json_t *value = json_object_get(root, key);
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < INT32_MIN || number > INT32_MAX)
		return 0;
	*out = (int32_t)number;
	return 1;
}

int provd_journal_import_read(const uint8_t *payload, size_t len, struct provd_failure *out_failure,
			      json_t **out_root)
{
	struct provd_failure read = {.size = sizeof(read), .flags = PROVD_FAILURE_IMPORTED};
	json_t *root = parse(payload, len);
	const char *name;
	uint64_t state;

	if (!root)
		return PROVD_E_CORRUPT;
	name = json_string_value(json_object_get(root, "c"));
	read.method = json_string_value(json_object_get(root, "m"));
	read.text = json_string_value(json_object_get(root, "x"));
	if (!name || !read.method || !read.text || !get_number(root, "t", INT64_MAX, &read.t_us) ||
	    !get_number(root, "u", INT64_MAX, &read.unix_ms) ||
	    !get_number(root, "s", UINT32_MAX, &state) || !get_signed(root, "a", &read.app_id) ||
	    !get_signed(root, "b", &read.app_sub)) {
		json_decref(root);
		return PROVD_E_CORRUPT;
	}
	read.code = provd_err_by_name(name);
	/* A name of a newer provd is a failure all the same. */
	if (read.code > 0)
		read.code = PROVD_E_UNKNOWN;
	read.state = (uint32_t)state;
	*out_failure = read;
	*out_root = root;
	return 0;
}
