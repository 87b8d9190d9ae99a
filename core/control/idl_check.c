/* SPDX-License-Identifier: Apache-2.0 */
/* Checks JSON values against the types of an interface. */
#include "control/idl.h"

#include <stdio.h>
#include <string.h>

/** Longest name of a stranger in a path, in bytes. */
#define NAME_MAX_SHOWN 48u
/** Deepest value. The text's types may hold themselves, so they bound nothing. */
#define DEPTH_MAX 32u

/** Where the check is, from the outside in. */
struct place {
	const struct place *outer; /**< NULL: the value itself */
	const char *name;	   /**< of a member; NULL: an element */
	size_t index;
	size_t depth;
};

/** Bytes of the name to be shown: whole characters alone. */
static size_t shown_len(const char *name)
{
	size_t len = strlen(name);

	if (len <= NAME_MAX_SHOWN)
		return len;
	len = NAME_MAX_SHOWN;
	while (len > 0 && ((unsigned char)name[len] & 0xc0u) == 0x80u)
		len--;
	return len;
}

/** Appends a step. One that does not fit, and all behind it, are left out. */
static void append(char *path, size_t *at, const struct place *place)
{
	char step[NAME_MAX_SHOWN + 32];
	size_t shown = place->name ? shown_len(place->name) : 0;
	int len;

	if (!place->name)
		len = snprintf(step, sizeof(step), "[%zu]", place->index);
	else
		len = snprintf(step, sizeof(step), "%s%.*s%s", *at ? "." : "", (int)shown,
			       place->name, place->name[shown] ? "..." : "");
	if (len < 0 || *at + (size_t)len >= PROVD_IDL_PATH_MAX) {
		*at = PROVD_IDL_PATH_MAX;
		return;
	}
	memcpy(path + *at, step, (size_t)len + 1);
	*at += (size_t)len;
}

/** Writes the path of a fault. @return PROVD_E_INVALID */
static int fault(const struct place *place, char *out_path)
{
	const struct place *steps[DEPTH_MAX + 2];
	size_t count = 0;
	size_t at = 0;

	for (; place->outer && count < sizeof(steps) / sizeof(steps[0]); place = place->outer)
		steps[count++] = place;
	out_path[0] = '\0';
	while (count > 0)
		append(out_path, &at, steps[--count]);
	return PROVD_E_INVALID;
}

static int check(const struct provd_idl_type *type, const json_t *value, const struct place *place,
		 char *out_path);

static int check_word(const struct provd_idl_type *type, const json_t *value,
		      const struct place *place, char *out_path)
{
	const char *word = json_string_value(value);

	for (const struct provd_idl_field *field = type->fields; field && word; field = field->next)
		if (strcmp(field->name, word) == 0)
			return 0;
	return fault(place, out_path);
}

static const struct provd_idl_field *find_field(const struct provd_idl_type *type, const char *name)
{
	const struct provd_idl_field *field = type->fields;

	while (field && strcmp(field->name, name) != 0)
		field = field->next;
	return field;
}

static int check_struct(const struct provd_idl_type *type, const json_t *value,
			const struct place *place, char *out_path)
{
	struct place inner = {place, NULL, 0, place->depth + 1};
	const char *name;
	json_t *member;
	int code = 0;

	if (!json_is_object(value))
		return fault(place, out_path);
	/* a misspelt name tells more than the one that is missing for it */
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		inner.name = name;
		if (!find_field(type, name))
			return fault(&inner, out_path);
	}
	for (const struct provd_idl_field *field = type->fields; field && code == 0;
	     field = field->next) {
		inner.name = field->name;
		code = check(field->type, json_object_get(value, field->name), &inner, out_path);
	}
	return code;
}

static int check_array(const struct provd_idl_type *type, const json_t *value,
		       const struct place *place, char *out_path)
{
	struct place inner = {place, NULL, 0, place->depth + 1};
	int code = 0;

	if (!json_is_array(value))
		return fault(place, out_path);
	for (; inner.index < json_array_size(value) && code == 0; inner.index++)
		code = check(type->element, json_array_get(value, inner.index), &inner, out_path);
	return code;
}

static int check_map(const struct provd_idl_type *type, const json_t *value,
		     const struct place *place, char *out_path)
{
	struct place inner = {place, NULL, 0, place->depth + 1};
	const char *name;
	json_t *member;
	int code = 0;

	if (!json_is_object(value))
		return fault(place, out_path);
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		inner.name = name;
		code = check(type->element, member, &inner, out_path);
		if (code)
			break;
	}
	return code;
}

/* Calls itself for what is inside, at most DEPTH_MAX deep. */
static int check(const struct provd_idl_type *type, const json_t *value, const struct place *place,
		 char *out_path)
{
	int fits = 0;

	if (type->kind == PROVD_IDL_MAYBE) {
		if (!value || json_is_null(value))
			return 0;
		type = type->element;
	}
	/* a name stands for a structure or enumeration, never for another name */
	if (type->kind == PROVD_IDL_NAMED)
		type = type->element;
	if (!value || place->depth >= DEPTH_MAX)
		return fault(place, out_path);
	switch (type->kind) {
	case PROVD_IDL_BOOL:
		fits = json_is_boolean(value);
		break;
	case PROVD_IDL_INT:
		fits = json_is_integer(value);
		break;
	case PROVD_IDL_FLOAT:
		fits = json_is_number(value);
		break;
	case PROVD_IDL_STRING:
		fits = json_is_string(value);
		break;
	case PROVD_IDL_OBJECT:
		fits = 1;
		break;
	case PROVD_IDL_ENUM:
		return check_word(type, value, place, out_path);
	case PROVD_IDL_STRUCT:
		return check_struct(type, value, place, out_path);
	case PROVD_IDL_ARRAY:
		return check_array(type, value, place, out_path);
	case PROVD_IDL_MAP:
		return check_map(type, value, place, out_path);
	case PROVD_IDL_MAYBE:
	case PROVD_IDL_NAMED:
		break;
	}
	return fits ? 0 : fault(place, out_path);
}

int provd_idl_check(const struct provd_idl_type *type, const json_t *value, char *out_path)
{
	const struct place outside = {0};

	return check(type, value, &outside, out_path);
}
