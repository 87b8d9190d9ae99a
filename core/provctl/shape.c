/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon's answers have to look like before anything of them is shown. */
#include "provctl.h"

#include <string.h>

enum shape {
	SHAPE_TEXT,
	SHAPE_COUNT, /**< a whole number from 0 */
	SHAPE_INT,
	SHAPE_BOOL,
	SHAPE_TEXTS,	/**< a list of texts */
	SHAPE_TEXT_MAP, /**< an object of texts */
	SHAPE_COUNT_MAP,
	SHAPE_OBJECT,	 /**< of the kind `of` */
	SHAPE_OBJECTS,	 /**< a list of them */
	SHAPE_OBJECT_MAP /**< an object of them */
};

/** One member of an answer. */
struct member {
	const char *owner; /**< a method, or a type of the interface */
	const char *name;
	enum shape shape;
	int must_be; /**< what other daemons may leave out is only looked at when it is there */
	const char *of;
};

/* io.provd.Provisioning; members that are not shown are not in here */
static const struct member members[] = {
	{"Status", "state", SHAPE_TEXT, 1, NULL},
	{"Status", "session", SHAPE_COUNT, 1, NULL},
	{"Status", "methods", SHAPE_OBJECTS, 1, "MethodStatus"},
	{"Status", "elapsed_ms", SHAPE_COUNT, 1, NULL},
	{"Status", "method", SHAPE_TEXT, 0, NULL},
	{"Status", "attempt", SHAPE_COUNT, 0, NULL},
	{"Status", "last_error", SHAPE_OBJECT, 0, "Failure"},
	{"Status", "identity", SHAPE_OBJECT, 0, "Identity"},
	{"Status", "link", SHAPE_OBJECT, 0, "Link"},
	{"Status", "bound", SHAPE_BOOL, 0, NULL},
	{"Status", "networks", SHAPE_COUNT, 0, NULL},
	{"Status", "waiting", SHAPE_TEXT, 0, NULL},
	{"Status", "warnings", SHAPE_TEXTS, 0, NULL},
	{"MethodStatus", "name", SHAPE_TEXT, 1, NULL},
	{"MethodStatus", "state", SHAPE_TEXT, 1, NULL},
	{"MethodStatus", "reason", SHAPE_TEXT, 0, NULL},
	{"Failure", "code", SHAPE_TEXT, 1, NULL},
	{"Failure", "text", SHAPE_TEXT, 0, NULL},
	{"Failure", "state", SHAPE_TEXT, 0, NULL},
	{"Failure", "advice", SHAPE_TEXT, 0, NULL},
	{"Failure", "retry", SHAPE_TEXT, 0, NULL},
	{"Identity", "product", SHAPE_TEXT, 0, NULL},
	{"Identity", "device", SHAPE_TEXT, 0, NULL},
	{"Identity", "registered", SHAPE_BOOL, 0, NULL},
	{"Link", "ssid", SHAPE_TEXT, 0, NULL},
	{"Link", "ssid_hex", SHAPE_TEXT, 0, NULL},
	{"Link", "address", SHAPE_TEXT, 0, NULL},
	{"Start", "session", SHAPE_COUNT, 1, NULL},
	{"Timeline", "session", SHAPE_COUNT, 1, NULL},
	{"Timeline", "unix_ms", SHAPE_COUNT, 0, NULL},
	{"Timeline", "entries", SHAPE_OBJECTS, 1, "Entry"},
	{"Entry", "session", SHAPE_COUNT, 1, NULL},
	{"Entry", "t_us", SHAPE_COUNT, 1, NULL},
	{"Entry", "state", SHAPE_TEXT, 1, NULL},
	{"Entry", "event", SHAPE_TEXT, 1, NULL},
	{"Entry", "from", SHAPE_TEXT, 0, NULL},
	{"Entry", "to", SHAPE_TEXT, 0, NULL},
	{"Entry", "detail", SHAPE_TEXT_MAP, 0, NULL},
	{"Sessions", "sessions", SHAPE_OBJECTS, 1, "SessionRecord"},
	{"SessionRecord", "session", SHAPE_COUNT, 1, NULL},
	{"SessionRecord", "unix_ms", SHAPE_COUNT, 0, NULL},
	{"SessionRecord", "state", SHAPE_TEXT, 1, NULL},
	{"SessionRecord", "reason", SHAPE_TEXT, 0, NULL},
	{"SessionRecord", "method", SHAPE_TEXT, 0, NULL},
	{"SessionRecord", "entries", SHAPE_COUNT, 0, NULL},
	{"SessionRecord", "told", SHAPE_BOOL, 0, NULL},
	{"SessionRecord", "delivered", SHAPE_BOOL, 0, NULL},
	{"Errors", "failures", SHAPE_OBJECTS, 1, "FailureRecord"},
	{"WatchErrors", "failure", SHAPE_OBJECT, 1, "FailureRecord"},
	{"FailureRecord", "session", SHAPE_COUNT, 1, NULL},
	{"FailureRecord", "t_us", SHAPE_COUNT, 0, NULL},
	{"FailureRecord", "unix_ms", SHAPE_COUNT, 0, NULL},
	{"FailureRecord", "code", SHAPE_TEXT, 1, NULL},
	{"FailureRecord", "state", SHAPE_TEXT, 0, NULL},
	{"FailureRecord", "text", SHAPE_TEXT, 0, NULL},
	{"FailureRecord", "advice", SHAPE_TEXT, 0, NULL},
	{"FailureRecord", "retry", SHAPE_TEXT, 0, NULL},
	{"FailureRecord", "method", SHAPE_TEXT, 0, NULL},
	{"FailureRecord", "app_id", SHAPE_INT, 0, NULL},
	{"FailureRecord", "app_sub", SHAPE_INT, 0, NULL},
	{"FailureRecord", "told", SHAPE_BOOL, 0, NULL},
	{"FailureRecord", "delivered", SHAPE_BOOL, 0, NULL},
	{"FailureRecord", "imported", SHAPE_BOOL, 0, NULL},
	{"ExportErrors", "data", SHAPE_TEXT, 1, NULL},
	{"ImportErrors", "count", SHAPE_COUNT, 1, NULL},
	{"ClearErrors", "count", SHAPE_COUNT, 1, NULL},
	{"Plugins", "plugins", SHAPE_OBJECTS, 1, "Plugin"},
	{"Plugin", "name", SHAPE_TEXT, 1, NULL},
	{"Plugin", "kind", SHAPE_TEXT, 0, NULL},
	{"Plugin", "version", SHAPE_TEXT, 0, NULL},
	{"Plugin", "file", SHAPE_TEXT, 0, NULL},
	{"Plugin", "state", SHAPE_TEXT, 1, NULL},
	{"Plugin", "reason", SHAPE_TEXT, 0, NULL},
	{"Capabilities", "capabilities", SHAPE_OBJECTS, 1, "Capability"},
	{"Capability", "name", SHAPE_TEXT, 1, NULL},
	{"Capability", "hal", SHAPE_TEXT, 0, NULL},
	{"Capability", "available", SHAPE_BOOL, 1, NULL},
	{"Capability", "reason", SHAPE_TEXT, 0, NULL},
	{"Networks", "networks", SHAPE_OBJECTS, 1, "Network"},
	{"Network", "ssid", SHAPE_TEXT, 0, NULL},
	{"Network", "ssid_hex", SHAPE_TEXT, 1, NULL},
	{"Network", "priority", SHAPE_INT, 1, NULL},
	{"Network", "secured", SHAPE_BOOL, 0, NULL},
	{"Network", "hidden", SHAPE_BOOL, 0, NULL},
	{"Network", "current", SHAPE_BOOL, 0, NULL},
	{"TakeOver", "cloud", SHAPE_TEXT, 1, NULL},
	{"TakeOver", "product", SHAPE_TEXT, 1, NULL},
	{"TakeOver", "device", SHAPE_TEXT, 1, NULL},
	{"TakeOver", "file", SHAPE_TEXT, 1, NULL},
	{"Reload", "changed", SHAPE_TEXTS, 1, NULL},
	{"LogLevels", "level", SHAPE_TEXT, 1, NULL},
	{"LogLevels", "topics", SHAPE_TEXT_MAP, 1, NULL},
	{"Stats", "stats", SHAPE_OBJECT, 1, "Counters"},
	{"Counters", "uptime_ms", SHAPE_COUNT, 0, NULL},
	{"Counters", "sessions_started", SHAPE_COUNT, 0, NULL},
	{"Counters", "sessions_bound", SHAPE_COUNT, 0, NULL},
	{"Counters", "sessions_failed", SHAPE_COUNT, 0, NULL},
	{"Counters", "sessions_stopped", SHAPE_COUNT, 0, NULL},
	{"Counters", "attempts", SHAPE_COUNT, 0, NULL},
	{"Counters", "last_bound_ms", SHAPE_COUNT, 0, NULL},
	{"Counters", "clients", SHAPE_COUNT, 0, NULL},
	{"Counters", "clients_dropped", SHAPE_COUNT, 0, NULL},
	{"Counters", "hooks_run", SHAPE_COUNT, 0, NULL},
	{"Counters", "hooks_failed", SHAPE_COUNT, 0, NULL},
	{"Counters", "store_saves", SHAPE_COUNT, 0, NULL},
	{"Counters", "store_failures", SHAPE_COUNT, 0, NULL},
	{"Counters", "journal_bytes", SHAPE_COUNT, 0, NULL},
	{"Counters", "journal_sessions", SHAPE_COUNT, 0, NULL},
	{"Counters", "journal_lost", SHAPE_COUNT, 0, NULL},
	{"Counters", "resident_kib", SHAPE_COUNT, 0, NULL},
	{"Counters", "descriptors", SHAPE_COUNT, 0, NULL},
	{"Counters", "failures", SHAPE_COUNT_MAP, 0, NULL},
	{"Counters", "methods", SHAPE_OBJECT_MAP, 0, "MethodCounters"},
	{"MethodCounters", "attempts", SHAPE_COUNT, 1, NULL},
	{"MethodCounters", "successes", SHAPE_COUNT, 1, NULL},
	{"MethodCounters", "failures", SHAPE_COUNT_MAP, 0, NULL},
	{"MethodCounters", "steps", SHAPE_OBJECT_MAP, 0, "StepTimes"},
	{"StepTimes", "count", SHAPE_COUNT, 1, NULL},
	{"StepTimes", "sum_ms", SHAPE_COUNT, 1, NULL},
	{"StepTimes", "p50_ms", SHAPE_COUNT, 1, NULL},
	{"StepTimes", "p95_ms", SHAPE_COUNT, 1, NULL},
	{"StepTimes", "max_ms", SHAPE_COUNT, 1, NULL},
};

static int is_count(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

static int are_texts(const json_t *list)
{
	const json_t *text;
	size_t i;

	json_array_foreach(list, i, text)
	{
		if (!json_is_string(text))
			return 0;
	}
	return json_is_array(list);
}

static int is_text_map(json_t *map)
{
	const char *key;
	const json_t *value;

	json_object_foreach(map, key, value)
	{
		if (!json_is_string(value))
			return 0;
	}
	return json_is_object(map);
}

static int is_count_map(json_t *map)
{
	const char *key;
	const json_t *value;

	json_object_foreach(map, key, value)
	{
		if (!is_count(value))
			return 0;
	}
	return json_is_object(map);
}

/** Looks at one value, but not into objects of a kind. */
static int fits(json_t *value, enum shape shape)
{
	switch (shape) {
	case SHAPE_TEXT:
		return json_is_string(value);
	case SHAPE_COUNT:
		return is_count(value);
	case SHAPE_INT:
		return json_is_integer(value);
	case SHAPE_BOOL:
		return json_is_boolean(value);
	case SHAPE_TEXTS:
		return are_texts(value);
	case SHAPE_TEXT_MAP:
		return is_text_map(value);
	case SHAPE_COUNT_MAP:
		return is_count_map(value);
	case SHAPE_OBJECT:
	case SHAPE_OBJECT_MAP:
		return json_is_object(value);
	case SHAPE_OBJECTS:
		return json_is_array(value);
	}
	return 0;
}

/** @return the member's value, or NULL: it may be missing and is */
static json_t *value_of(const json_t *object, const struct member *member)
{
	json_t *value = json_object_get(object, member->name);

	return !member->must_be && json_is_null(value) ? NULL : value;
}

/** Looks at the members of an object, but not into objects in them. */
static int fits_flat(const json_t *object, const char *kind)
{
	json_t *value;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].owner, kind) != 0)
			continue;
		value = value_of(object, &members[i]);
		if (value ? !fits(value, members[i].shape) : members[i].must_be)
			return 0;
	}
	return json_is_object(object);
}

/** Looks into an object, or into each one of many. */
static int fits_inside(json_t *value, const struct member *member)
{
	const json_t *one;
	const char *key;
	size_t i;

	if (member->shape == SHAPE_OBJECT)
		return !value || fits_flat(value, member->of);
	json_array_foreach(value, i, one)
	{
		if (!fits_flat(one, member->of))
			return 0;
	}
	/* nothing for a list */
	json_object_foreach(value, key, one)
	{
		if (!fits_flat(one, member->of))
			return 0;
	}
	return 1;
}

int provctl_understands(const json_t *answer, const char *kind)
{
	size_t i;

	if (!fits_flat(answer, kind))
		return 0;
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (members[i].of && !strcmp(members[i].owner, kind) &&
		    !fits_inside(value_of(answer, &members[i]), &members[i]))
			return 0;
	}
	return 1;
}
