/* SPDX-License-Identifier: Apache-2.0 */
/* Which HAL offers what, and whether a need can be met. */
#include "session/radio_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stddef.h>
#include <string.h>

const struct capability_row provd__capabilities[CAP_COUNT] = {
	[CAP_STATION] = {PROVD_HAL_STATION, PROVD_RADIO_STATION},
	[CAP_SOFTAP] = {PROVD_HAL_SOFTAP, PROVD_RADIO_SOFTAP},
	[CAP_MONITOR] = {PROVD_HAL_MONITOR, PROVD_RADIO_MONITOR},
	[CAP_OFFLOAD] = {PROVD_HAL_OFFLOAD, PROVD_RADIO_OFFLOAD},
	[CAP_BLE] = {PROVD_HAL_BLE, PROVD_RADIO_BLE},
	[CAP_STORE] = {PROVD_HAL_STORE, 0},
};

/* Where the copy of a table lives and how long it is. */
static void *table_of(struct hal *hal, enum capability_index index, size_t *out_size)
{
	switch (index) {
	case CAP_STATION:
		*out_size = sizeof(hal->station);
		return &hal->station;
	case CAP_SOFTAP:
		*out_size = sizeof(hal->softap);
		return &hal->softap;
	case CAP_MONITOR:
		*out_size = sizeof(hal->monitor);
		return &hal->monitor;
	case CAP_OFFLOAD:
		*out_size = sizeof(hal->offload);
		return &hal->offload;
	case CAP_BLE:
		*out_size = sizeof(hal->ble);
		return &hal->ble;
	case CAP_STORE:
		*out_size = sizeof(hal->store);
		return &hal->store;
	case CAP_COUNT:
		break;
	}
	return NULL;
}

#define UP_TO(type, member) (offsetof(struct type, member) + sizeof(((struct type *)0)->member))

/* Bytes of each table up to its last function that is needed; what follows is optional. */
static const size_t needed[CAP_COUNT] = {
	[CAP_STATION] = UP_TO(provd_hal_station, get_link),
	[CAP_SOFTAP] = UP_TO(provd_hal_softap, kick),
	[CAP_MONITOR] = UP_TO(provd_hal_monitor, get_stats),
	[CAP_OFFLOAD] = UP_TO(provd_hal_offload, stop),
	[CAP_BLE] = UP_TO(provd_hal_ble, disconnect),
	[CAP_STORE] = UP_TO(provd_hal_store, erase),
};

/* The functions follow the two leading numbers. */
static int table_complete(const void *table, size_t size)
{
	void (*function)(void);

	for (size_t at = 2 * sizeof(uint32_t); at + sizeof(function) <= size;
	     at += sizeof(function)) {
		memcpy(&function, (const char *)table + at, sizeof(function));
		if (!function)
			return 0;
	}
	return 1;
}

static void take_table(struct hal *hal, enum capability_index index)
{
	const char *name = provd__capabilities[index].name;
	size_t size = 0;
	void *copy = table_of(hal, index, &size);
	const void *table =
		hal->plugin->ops.hal.get_interface(hal->instance->inst, name, (uint32_t)size);

	if (table && provd_table_copy(copy, size, table) == 0 &&
	    table_complete(copy, needed[index])) {
		hal->offered |= 1u << index;
		return;
	}
	PROVD_CLOG(hal->radio->config.log, "radio", 0, PROVD_LOG_ERROR,
		   "hal says it offers a capability but gives no complete table, ignoring it",
		   provd_f_text("hal", hal->instance->name), provd_f_text("capability", name));
}

void provd__radio_refresh_caps(struct hal *hal)
{
	struct provd_hal_caps caps = {.size = sizeof(caps)};
	int code = hal->plugin->ops.hal.get_caps(hal->instance->inst, &caps);

	hal->offered = 0;
	if (code) {
		provd__hal_failed(hal, code, "it could not tell its capabilities");
		return;
	}
	hal->caps = caps;
	for (size_t i = 0; i < caps.capability_count; i++)
		for (int index = 0; index < CAP_COUNT; index++)
			if (caps.capabilities[i].available &&
			    strcmp(caps.capabilities[i].name, provd__capabilities[index].name) == 0)
				take_table(hal, (enum capability_index)index);
}

struct hal *provd__radio_find(const struct provd_radio *radio, enum capability_index index)
{
	for (size_t i = 0; i < radio->hal_count; i++)
		if (radio->hals[i]->state == HAL_OPEN && radio->hals[i]->offered & (1u << index))
			return radio->hals[i];
	return NULL;
}

static const struct provd_capability *find_row(const struct hal *hal, const char *name, size_t len)
{
	for (size_t i = 0; i < hal->caps.capability_count; i++) {
		const struct provd_capability *row = &hal->caps.capabilities[i];

		if (strlen(row->name) == len && strncmp(row->name, name, len) == 0)
			return row;
	}
	return NULL;
}

/* Is `variant` in the comma-separated list? */
static int list_has(const char *list, const char *variant, size_t len)
{
	while (list && *list) {
		size_t item = strcspn(list, ",");

		if (item == len && strncmp(list, variant, len) == 0)
			return 1;
		list += item + (list[item] == ',');
	}
	return 0;
}

/* One alternative of a need: "provd.hal.offload/1:VARIANT". */
static int alternative_met(const struct provd_radio *radio, const char *need, size_t len,
			   int has_dialect, uint32_t *uses)
{
	size_t name_len = 0;

	while (name_len < len && need[name_len] != ':')
		name_len++;
	if (name_len == strlen(PROVD_NEED_APPCHANNEL) &&
	    strncmp(need, PROVD_NEED_APPCHANNEL, name_len) == 0)
		return has_dialect;
	if (name_len == strlen(PROVD_NEED_FAILED_SESSION) &&
	    strncmp(need, PROVD_NEED_FAILED_SESSION, name_len) == 0)
		return 1;
	for (int i = 0; i < CAP_COUNT; i++) {
		const char *name = provd__capabilities[i].name;
		const struct provd_capability *row;
		struct hal *hal;

		if (strlen(name) != name_len || strncmp(name, need, name_len) != 0)
			continue;
		hal = provd__radio_find(radio, (enum capability_index)i);
		row = hal ? find_row(hal, need, name_len) : NULL;
		if (!row || (name_len < len &&
			     !list_has(row->variants, need + name_len + 1, len - name_len - 1)))
			return 0;
		*uses |= provd__capabilities[i].use;
		return 1;
	}
	return 0;
}

/* A sentence that grows; what does not fit is left out. */
struct sentence {
	char *text;
	size_t used;
};

static void say(struct sentence *sentence, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct sentence *sentence, const char *format, ...)
{
	size_t room = PROVD_REASON_MAX - sentence->used;
	va_list list;
	int len;

	va_start(list, format);
	len = vsnprintf(sentence->text + sentence->used, room, format, list);
	va_end(list);
	if (len > 0)
		sentence->used += (size_t)len < room ? (size_t)len : room - 1;
}

/* What a HAL answers to one alternative. */
static void say_answer(struct sentence *sentence, const struct hal *hal, const char *need,
		       size_t len)
{
	size_t name_len = strcspn(need, "|:");
	const struct provd_capability *row = find_row(hal, need, name_len);
	const char *name = hal->instance->name;

	if (hal->state != HAL_OPEN)
		say(sentence, "%s", hal->reason[0] ? hal->reason : "a hal is not open");
	else if (!row)
		say(sentence, "hal '%s' does not offer it", name);
	else if (!row->available)
		say(sentence, "hal '%s': %s", name, row->reason ? row->reason : "not available");
	else if (name_len < len)
		say(sentence, "hal '%s' has it only for %s", name,
		    row->variants && *row->variants ? row->variants : "nothing");
	else
		say(sentence, "hal '%s' gives no complete table for it", name);
}

/* Says what is missing and, for each alternative, what each HAL answers to that. */
static void explain(const struct provd_radio *radio, const char *need, char *reason)
{
	struct sentence sentence = {reason, 0};
	const char *at = need;

	if (strcmp(need, PROVD_NEED_APPCHANNEL) == 0) {
		say(&sentence, "needs %s; the configured cloud brings no app-channel dialect",
		    need);
		return;
	}
	if (radio->hal_count == 0) {
		say(&sentence, "needs %s; no hal is configured", need);
		return;
	}
	while (*at) {
		size_t len = strcspn(at, "|");

		say(&sentence, "%s%.*s (", at == need ? "needs " : " or ", (int)len, at);
		for (size_t i = 0; i < radio->hal_count; i++) {
			say(&sentence, "%s", i ? "; " : "");
			say_answer(&sentence, radio->hals[i], at, len);
		}
		say(&sentence, ")");
		at += len + (at[len] == '|');
	}
}

int provd_radio_check_needs(const struct provd_radio *radio, const char *const *needs,
			    int has_dialect, uint32_t *out_uses, char *reason)
{
	uint32_t uses = 0;

	for (size_t i = 0; needs && needs[i]; i++) {
		const char *at = needs[i];
		int met = 0;

		while (!met && *at) {
			size_t len = strcspn(at, "|");

			met = alternative_met(radio, at, len, has_dialect, &uses);
			at += len + (at[len] == '|');
		}
		if (!met) {
			explain(radio, needs[i], reason);
			return PROVD_E_NO_CAPABILITY;
		}
	}
	*out_uses = uses;
	return 0;
}

static int hal_can_combine(const struct hal *hal, uint32_t uses)
{
	if ((uses & (uses - 1)) == 0)
		return 1; /* none or a single use */
	for (size_t i = 0; i < hal->caps.combination_count; i++)
		if ((hal->caps.combinations[i].uses & uses) == uses)
			return 1;
	return 0;
}

/* The part of `uses` that this HAL would serve. */
static uint32_t own_uses(const struct provd_radio *radio, const struct hal *hal, uint32_t uses)
{
	uint32_t own = 0;

	for (int i = 0; i < CAP_COUNT; i++)
		if (uses & provd__capabilities[i].use &&
		    provd__radio_find(radio, (enum capability_index)i) == hal)
			own |= provd__capabilities[i].use;
	return own;
}

int provd_radio_can_combine(const struct provd_radio *radio, uint32_t uses)
{
	for (size_t h = 0; h < radio->hal_count; h++)
		if (!hal_can_combine(radio->hals[h], own_uses(radio, radio->hals[h], uses)))
			return 0;
	return 1;
}

/* "softap and monitor" */
static void say_uses(struct sentence *sentence, uint32_t uses)
{
	static const char *const names[] = {"station", "softap", "monitor", "offload", "ble"};
	const char *glue = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(uses & (1u << i)))
			continue;
		say(sentence, "%s%s", glue, names[i]);
		glue = " and ";
	}
}

void provd_radio_explain_conflict(const struct provd_radio *radio, uint32_t uses, uint32_t others,
				  char *reason)
{
	struct sentence sentence = {reason, 0};

	reason[0] = '\0';
	if (uses & others) {
		say(&sentence, "both need ");
		say_uses(&sentence, uses & others);
		return;
	}
	for (size_t h = 0; h < radio->hal_count; h++) {
		uint32_t own = own_uses(radio, radio->hals[h], uses | others);

		if (hal_can_combine(radio->hals[h], own))
			continue;
		say(&sentence, "hal '%s' cannot do ", radio->hals[h]->instance->name);
		say_uses(&sentence, own);
		say(&sentence, " at once");
		return;
	}
	say(&sentence, "a third method of the step is in the way");
}
