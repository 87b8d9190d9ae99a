/* SPDX-License-Identifier: Apache-2.0 */
/**
 * An interface text, a NUL byte, and a JSON value: the text is understood or refused with a
 * sentence, and the value fits each type of it or is refused with a path that JSON can carry.
 */
#include "control/idl.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

/** NULL fits what may be missing; a value fits what it fits each time. */
static void check_value(const struct provd_idl_type *type, const json_t *value)
{
	static const char untouched[PROVD_IDL_PATH_MAX] = "untouched";
	char path[PROVD_IDL_PATH_MAX];
	char again[PROVD_IDL_PATH_MAX];
	json_t *text;
	int code;

	memcpy(path, untouched, sizeof(path));
	code = provd_idl_check(type, value, path);
	if (code == 0) {
		must(memcmp(path, untouched, sizeof(path)) == 0);
		must(value || type->kind == PROVD_IDL_MAYBE);
		return;
	}
	must(code == PROVD_E_INVALID);
	must(memchr(path, 0, sizeof(path)) != NULL);
	text = json_string(path);
	must(text != NULL);
	json_decref(text);
	must(provd_idl_check(type, value, again) == code && strcmp(path, again) == 0);
}

static void check_members(const struct provd_idl *idl, const json_t *value)
{
	for (const struct provd_idl_member *member = idl->members; member; member = member->next) {
		must(member->name && member->name[0] && member->in);
		must((member->kind == PROVD_IDL_METHOD) == (member->out != NULL));
		must(provd_idl_find(idl, member->kind, member->name) == member);
		check_value(member->in, value);
		check_value(member->in, NULL);
		if (member->out)
			check_value(member->out, value);
		/* without members nothing but the empty object fits */
		if (member->in->kind == PROVD_IDL_STRUCT && !member->in->fields &&
		    json_object_size(value) > 0) {
			char path[PROVD_IDL_PATH_MAX];

			must(provd_idl_check(member->in, value, path) == PROVD_E_INVALID);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	const size_t len = end ? (size_t)(end - data) : size;
	const char *rest = (const char *)data + len + (end ? 1 : 0);
	struct provd_error err = {.size = sizeof(err)};
	struct provd_idl *idl = NULL;
	char *text = malloc(len ? len : 1);
	json_t *value;
	int code;

	if (!text)
		return 0;
	/* in memory of its own size: the text has no NUL at its end */
	if (len)
		memcpy(text, data, len);
	code = provd_idl_parse(text, len, &idl, &err);
	must((code == 0) == (idl != NULL));
	must(code == 0 || code == PROVD_E_INVALID || code == PROVD_E_LIMIT);
	must((code == 0) == (err.text[0] == '\0'));
	free(text);
	if (idl) {
		must(idl->name && idl->name[0]);
		value = json_loadb(rest, size - (size_t)(rest - (const char *)data),
				   JSON_DECODE_ANY, NULL);
		check_members(idl, value);
		json_decref(value);
	}
	provd_idl_destroy(idl);
	return 0;
}
