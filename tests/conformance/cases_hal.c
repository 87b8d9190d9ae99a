/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of <provd/hal.h>, of its `store` and of its `station`. */
#include "cases.h"

#include <provd/hal_ble.h>
#include <provd/hal_monitor.h>
#include <provd/hal_offload.h>
#include <provd/hal_softap.h>
#include <provd/hal_station.h>
#include <provd/hal_store.h>

#include <stddef.h>
#include <string.h>

static const struct provd_hal_ops *ops_of(const struct conf_subject *subject)
{
	return &subject->plugin->ops.hal;
}

int conf_hal_open(struct conf_subject *subject)
{
	const struct provd_event *event;
	uint64_t begun = conf_op_begin();
	int ret = ops_of(subject)->open(subject->instance->inst);

	conf_op_end(subject, "open", begun);
	if (ret < 0) {
		conf_settle(subject, CONF_QUIET_MS);
		if (subject->event_count)
			conf_fail(subject->child, "open refused (%s), but an event came",
				  provd_err_name(ret));
		conf_fail(subject->child, "open refused: %s", provd_err_name(ret));
		return -1;
	}
	event = conf_wait(subject, PROVD_EV_HAL_OPENED, PROVD_EV_FAILED, 0, CONF_START_MS);
	if (!event)
		conf_fail(subject->child, "neither HAL_OPENED nor FAILED within %d ms",
			  CONF_START_MS);
	else if (event->type == PROVD_EV_FAILED)
		conf_fail(subject->child, "FAILED after open: %s: %s",
			  provd_err_name(event->status), event->text ? event->text : "no words");
	return event && event->type == PROVD_EV_HAL_OPENED ? 0 : -1;
}

/* No operation ends twice. */
static void expect_single_ends(struct conf_subject *subject)
{
	for (size_t i = 0; i < subject->event_count; i++) {
		const struct provd_event *event = subject->events[i];

		if (event->type == PROVD_EV_OP_DONE &&
		    conf_find(subject, PROVD_EV_OP_DONE, event->op) == event &&
		    conf_count(subject, PROVD_EV_OP_DONE, event->op) > 1)
			conf_fail(subject->child, "an operation ended %zu times",
				  conf_count(subject, PROVD_EV_OP_DONE, event->op));
	}
}

void conf_hal_close(struct conf_subject *subject)
{
	uint64_t begun = conf_op_begin();

	ops_of(subject)->close(subject->instance->inst);
	conf_op_end(subject, "close", begun);
	if (!conf_wait(subject, PROVD_EV_HAL_CLOSED, 0, 0, CONF_STOP_MS)) {
		conf_fail(subject->child, "no HAL_CLOSED within %d ms after close", CONF_STOP_MS);
		return;
	}
	conf_expect_nothing_held(subject, "after HAL_CLOSED");
	conf_settle(subject, CONF_QUIET_MS);
	if (conf_count(subject, PROVD_EV_HAL_CLOSED, 0) > 1)
		conf_fail(subject->child, "HAL_CLOSED came %zu times",
			  conf_count(subject, PROVD_EV_HAL_CLOSED, 0));
	else if (subject->events[subject->event_count - 1]->type != PROVD_EV_HAL_CLOSED)
		conf_fail(subject->child, "an event of type %u came after HAL_CLOSED",
			  (unsigned)subject->events[subject->event_count - 1]->type);
	expect_single_ends(subject);
}

/* Made and, where this machine is the board, opened. @return 0, or -1 with finding or skip */
static int opened(struct conf_subject *subject, struct conf_child *child)
{
	struct provd_error err = {.size = sizeof(err)};
	int score;

	if (conf_ready(subject, child) < 0)
		return -1;
	score = ops_of(subject)->probe(subject->instance->inst, &err);
	if (score <= 0) {
		conf_skip(child, "probe says that this board is not its own: %d %s", score,
			  err.text);
		return -1;
	}
	return conf_hal_open(subject);
}

static void closed(struct conf_subject *subject)
{
	conf_hal_close(subject);
	conf_destroy(subject);
}

static void probe(struct conf_child *child)
{
	struct conf_subject subject;
	struct provd_error err = {.size = sizeof(err)};

	if (conf_ready(&subject, child) == 0) {
		int score = ops_of(&subject)->probe(subject.instance->inst, &err);

		if (score > 100)
			conf_fail(child, "probe scored %d, the best is 100", score);
		if (score < 0 && err.text[0] == '\0')
			conf_fail(child, "probe failed with %s and no words",
				  provd_err_name(score));
		conf_settle(&subject, 20);
		conf_expect_nothing_held(&subject, "after probe");
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

static void open_close(struct conf_child *child)
{
	struct conf_subject subject;

	if (opened(&subject, child) == 0) {
		conf_hal_close(&subject);
		conf_forget(&subject);
		if (child->findings == 0 && conf_hal_open(&subject) == 0)
			conf_hal_close(&subject);
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

/* Up to the last function that is needed; what follows is optional. */
#define UP_TO(type, member) (offsetof(struct type, member) + sizeof(((struct type *)0)->member))

struct table {
	const char *name;
	size_t size;
};

static const struct table tables[] = {{PROVD_HAL_STATION, UP_TO(provd_hal_station, get_link)},
				      {PROVD_HAL_SOFTAP, UP_TO(provd_hal_softap, kick)},
				      {PROVD_HAL_MONITOR, UP_TO(provd_hal_monitor, get_stats)},
				      {PROVD_HAL_OFFLOAD, UP_TO(provd_hal_offload, stop)},
				      {PROVD_HAL_BLE, UP_TO(provd_hal_ble, disconnect)},
				      {PROVD_HAL_STORE, UP_TO(provd_hal_store, erase)}};

/* A capability's table holds 8 bytes and then function pointers only. */
static void check_table(struct conf_child *child, const char *name, const void *table)
{
	static const unsigned char none[sizeof(void (*)(void))];
	uint32_t size;

	memcpy(&size, table, sizeof(size));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(tables[i].name, name) != 0)
			continue;
		if (size < tables[i].size)
			conf_fail(child, "%s: table of %u bytes, wanted %zu", name, (unsigned)size,
				  tables[i].size);
		for (size_t at = 8; at + sizeof(none) <= tables[i].size && at < size;
		     at += sizeof(none)) {
			if (memcmp((const char *)table + at, none, sizeof(none)) == 0)
				conf_fail(child, "%s: function %zu is NULL", name,
					  (at - 8) / sizeof(none) + 1);
		}
		return;
	}
}

static void check_capability(struct conf_subject *subject, const struct provd_capability *cap)
{
	struct conf_child *child = subject->child;
	const void *table;

	if (!cap->name) {
		conf_fail(child, "a capability without a name");
		return;
	}
	table = ops_of(subject)->get_interface(subject->instance->inst, cap->name, 4096);
	if (!cap->available) {
		if (!cap->reason || !cap->reason[0])
			conf_fail(child, "%s is missing and no reason is given", cap->name);
		if (table)
			conf_fail(child, "%s is missing, yet it has a table", cap->name);
	} else if (!table) {
		conf_fail(child, "%s is offered, but has no table", cap->name);
	} else {
		check_table(child, cap->name, table);
	}
}

static void capabilities(struct conf_child *child)
{
	struct conf_subject subject;

	if (opened(&subject, child) == 0) {
		struct provd_hal_caps caps = {.size = sizeof(caps)};
		int ret = ops_of(&subject)->get_caps(subject.instance->inst, &caps);

		if (ret < 0)
			conf_fail(child, "get_caps: %s", provd_err_name(ret));
		else if (caps.capability_count > 64 || !caps.capabilities)
			conf_fail(child, "get_caps: %zu capabilities at %p", caps.capability_count,
				  (const void *)caps.capabilities);
		for (size_t i = 0; ret >= 0 && child->findings == 0 && i < caps.capability_count;
		     i++)
			check_capability(&subject, &caps.capabilities[i]);
		if (ops_of(&subject)->get_interface(subject.instance->inst, "provd.nothing/1", 64))
			conf_fail(child, "a table for 'provd.nothing/1'");
		closed(&subject);
	}
	conf_subject_finish(&subject);
}

/* @return the table of a capability that the HAL offers, else NULL after a skip */
static const void *offered(struct conf_subject *subject, const char *name)
{
	struct provd_hal_caps caps = {.size = sizeof(caps)};
	struct provd_instance *instance = subject->instance;

	if (ops_of(subject)->get_caps(instance->inst, &caps) >= 0) {
		for (size_t i = 0; i < caps.capability_count; i++) {
			const struct provd_capability *cap = &caps.capabilities[i];

			if (cap->available && cap->name && strcmp(cap->name, name) == 0)
				return ops_of(subject)->get_interface(instance->inst, name, 4096);
		}
	}
	conf_skip(subject->child, "%s is not offered", name);
	return NULL;
}

/* Waits for the one end of an operation. @return its event or NULL after a finding */
static const struct provd_event *ended(struct conf_subject *subject, const char *what, int ret,
				       uint64_t op)
{
	const struct provd_event *event;

	if (ret < 0) {
		conf_fail(subject->child, "%s refused: %s", what, provd_err_name(ret));
		return NULL;
	}
	event = conf_wait(subject, PROVD_EV_OP_DONE, 0, op, CONF_OP_WAIT_MS);
	if (!event)
		conf_fail(subject->child, "%s: no OP_DONE within %d ms", what, CONF_OP_WAIT_MS);
	return event;
}

static void expect_status(struct conf_subject *subject, const char *what, int ret, uint64_t op,
			  int status)
{
	const struct provd_event *event = ended(subject, what, ret, op);

	if (event && event->status != status)
		conf_fail(subject->child, "%s ended with %s, wanted %s", what,
			  provd_err_name(event->status), provd_err_name(status));
}

static void save_and_load(struct conf_subject *subject, const struct provd_hal_store *store,
			  const uint8_t *bytes, size_t len)
{
	void *inst = subject->instance->inst;
	const struct provd_event *event;
	uint64_t op = provd_loop_new_id(subject->loop);

	expect_status(subject, "save", store->save(inst, op, "conformance.test", bytes, len), op,
		      0);
	op = provd_loop_new_id(subject->loop);
	event = ended(subject, "load", store->load(inst, op, "conformance.test"), op);
	if (event && (event->status != 0 || event->data_size != len ||
		      (len && memcmp(event->data, bytes, len) != 0)))
		conf_fail(subject->child, "load gave %s and %zu bytes, wanted the %zu saved ones",
			  provd_err_name(event->status), event->data_size, len);
}

static void store_roundtrip(struct conf_child *child)
{
	struct conf_subject subject;
	const struct provd_hal_store *store;
	uint8_t bytes[300];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	if (opened(&subject, child) == 0) {
		store = offered(&subject, PROVD_HAL_STORE);
		if (store) {
			void *inst = subject.instance->inst;
			uint64_t op = provd_loop_new_id(subject.loop);

			save_and_load(&subject, store, bytes, sizeof(bytes));
			save_and_load(&subject, store, bytes, 3);
			expect_status(&subject, "erase", store->erase(inst, op, "conformance.test"),
				      op, 0);
			op = provd_loop_new_id(subject.loop);
			expect_status(&subject, "erase of nothing",
				      store->erase(inst, op, "conformance.test"), op, 0);
			op = provd_loop_new_id(subject.loop);
			expect_status(&subject, "load after erase",
				      store->load(inst, op, "conformance.test"), op,
				      PROVD_E_NOT_FOUND);
		}
		closed(&subject);
	}
	conf_subject_finish(&subject);
}

static struct provd_credentials network(const void *ssid, size_t len)
{
	struct provd_credentials credentials = {.size = sizeof(credentials),
						.ssid_len = (uint32_t)len};

	if (len)
		memcpy(credentials.ssid, ssid, len);
	return credentials;
}

static void station_unknown(struct conf_child *child)
{
	static const char ssid[] = "provd-conformance-no-such-net";
	struct provd_credentials credentials = network(ssid, sizeof(ssid) - 1);
	struct conf_subject subject;
	const struct provd_hal_station *station;

	if (opened(&subject, child) == 0) {
		station = offered(&subject, PROVD_HAL_STATION);
		if (station) {
			uint64_t op = provd_loop_new_id(subject.loop);

			expect_status(&subject, "connect to an unknown network",
				      station->connect(subject.instance->inst, op, &credentials),
				      op, PROVD_E_WIFI_NO_AP);
		}
		closed(&subject);
	}
	conf_subject_finish(&subject);
}

static void station_cancel(struct conf_child *child)
{
	static const char ssid[] = "provd-conformance-no-such-net";
	struct provd_credentials credentials = network(ssid, sizeof(ssid) - 1);
	struct conf_subject subject;
	const struct provd_hal_station *station;

	if (opened(&subject, child) == 0) {
		station = offered(&subject, PROVD_HAL_STATION);
		if (station) {
			void *inst = subject.instance->inst;
			uint64_t op = provd_loop_new_id(subject.loop);
			int ret;

			station->cancel(inst, 0);
			station->cancel(inst, UINT64_MAX);
			ret = station->connect(inst, op, &credentials);
			station->cancel(inst, op);
			(void)ended(&subject, "connect that was canceled", ret, op);
			station->cancel(inst, op);
			station->disconnect(inst);
		}
		closed(&subject);
	}
	conf_subject_finish(&subject);
}

/* Names are bytes: none at all, NUL inside, no UTF-8, all 32 of them. */
static void station_odd_names(struct conf_child *child)
{
	static const uint8_t odd[PROVD_SSID_MAX] = {0,	  0xff, 0xfe, '"', '\\', '\n', 0xc3, 0x28,
						    0xed, 0xa0, 0x80, 0,   '%',	 's',  1,    0x7f};
	static const size_t lengths[] = {0, 1, 16, PROVD_SSID_MAX};
	struct conf_subject subject;
	const struct provd_hal_station *station;

	if (opened(&subject, child) == 0) {
		station = offered(&subject, PROVD_HAL_STATION);
		for (size_t i = 0; station && i < sizeof(lengths) / sizeof(lengths[0]); i++) {
			struct provd_credentials credentials = network(odd, lengths[i]);
			uint64_t op = provd_loop_new_id(subject.loop);
			int ret = station->connect(subject.instance->inst, op, &credentials);
			const struct provd_event *event;

			if (ret < 0 && lengths[i] == 0)
				continue; /* no name to look for: a refusal is as good */
			event = ended(&subject, "connect to an odd name", ret, op);
			if (event && event->status == 0)
				conf_fail(child,
					  "connect to a network that is not there succeeded");
		}
		closed(&subject);
	}
	conf_subject_finish(&subject);
}

static void close_while_busy(struct conf_child *child)
{
	static const char ssid[] = "provd-conformance-no-such-net";
	struct provd_credentials credentials = network(ssid, sizeof(ssid) - 1);
	struct conf_subject subject;
	const struct provd_hal_station *station;

	if (opened(&subject, child) == 0) {
		uint64_t op = provd_loop_new_id(subject.loop);
		int ret = PROVD_E_NOT_SUPPORTED;

		station = offered(&subject, PROVD_HAL_STATION);
		if (station)
			ret = station->connect(subject.instance->inst, op, &credentials);
		conf_hal_close(&subject);
		if (ret >= 0)
			expect_status(&subject, "connect during close", ret, op, PROVD_E_CANCELED);
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

#define HAL PROVD_PLUGIN_HAL
const struct conf_case conf_hal_cases[] = {
	{"probe", HAL, probe, "probe only looks"},
	{"open-close", HAL, open_close, "one HAL_OPENED, one HAL_CLOSED, nothing afterwards"},
	{"capabilities", HAL, capabilities,
	 "what is offered is complete, what is not has a reason"},
	{"store-roundtrip", HAL, store_roundtrip,
	 "what was saved is loaded, what was erased is not"},
	{"station-unknown-network", HAL, station_unknown, "an unknown network is WIFI_NO_AP, once"},
	{"station-cancel", HAL, station_cancel,
	 "a canceled connect ends once; old numbers are allowed"},
	{"station-odd-names", HAL, station_odd_names, "SSIDs are 0 to 32 raw bytes"},
	{"close-while-busy", HAL, close_while_busy, "close ends a running connect by CANCELED"},
};
const size_t conf_hal_count = sizeof(conf_hal_cases) / sizeof(conf_hal_cases[0]);
