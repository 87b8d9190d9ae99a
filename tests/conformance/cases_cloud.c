/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of <provd/cloud.h> and of the dialect that a cloud may bring. */
#include "cases.h"

#include <stdlib.h>
#include <string.h>

static const struct provd_cloud_ops *ops_of(const struct conf_subject *subject)
{
	return &subject->plugin->ops.cloud;
}

void conf_cloud_stop(struct conf_subject *subject)
{
	uint64_t begun = conf_op_begin();

	ops_of(subject)->stop(subject->instance->inst);
	conf_op_end(subject, "stop", begun);
	if (!conf_wait(subject, PROVD_EV_STOPPED, 0, 0, CONF_STOP_MS)) {
		conf_fail(subject->child, "no STOPPED within %d ms after stop", CONF_STOP_MS);
		return;
	}
	conf_expect_nothing_held(subject, "after STOPPED");
	conf_settle(subject, CONF_QUIET_MS);
	if (conf_count(subject, PROVD_EV_STOPPED, 0) > 1)
		conf_fail(subject->child, "STOPPED came %zu times",
			  conf_count(subject, PROVD_EV_STOPPED, 0));
	else if (subject->events[subject->event_count - 1]->type != PROVD_EV_STOPPED)
		conf_fail(subject->child, "an event of type %u came after STOPPED",
			  (unsigned)subject->events[subject->event_count - 1]->type);
}

static void stop(struct conf_child *child)
{
	struct conf_subject subject;

	if (conf_ready(&subject, child) == 0) {
		conf_cloud_stop(&subject);
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

/* @return 1 when the device has an identity */
static int get_identity(struct conf_subject *subject)
{
	struct provd_identity identity = {.size = sizeof(identity)};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t begun = conf_op_begin();
	int ret = ops_of(subject)->get_identity(subject->instance->inst, &identity, &err);

	conf_op_end(subject, "get_identity", begun);
	if (ret < 0 && err.text[0] == '\0')
		conf_fail(subject->child, "get_identity failed with %s and no words",
			  provd_err_name(ret));
	if (ret >= 0 && (!identity.product || !identity.device))
		conf_fail(subject->child, "an identity with NULL for product or device");
	return ret >= 0 && (identity.flags & PROVD_IDENTITY_LOADED);
}

static void identity_answers(struct conf_child *child)
{
	struct conf_subject subject;

	if (conf_ready(&subject, child) == 0) {
		(void)get_identity(&subject);
		(void)get_identity(&subject);
		conf_cloud_stop(&subject);
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

static void without_identity(struct conf_child *child)
{
	struct conf_subject subject;

	if (conf_ready(&subject, child) == 0 && get_identity(&subject)) {
		conf_skip(child, "the device has an identity");
	} else if (child->findings == 0) {
		struct provd_secret *token =
			subject.real.secret_create(&subject.instance->host, "token", 5);
		struct provd_bind_request request = {
			.size = sizeof(request), .session = 1, .token = token, .method = "test"};
		int ret = ops_of(&subject)->register_device(subject.instance->inst,
							    provd_loop_new_id(subject.loop));

		if (ret >= 0)
			conf_fail(child, "register_device was accepted without an identity");
		ret = ops_of(&subject)->bind(subject.instance->inst,
					     provd_loop_new_id(subject.loop), &request);
		if (ret >= 0)
			conf_fail(child, "bind was accepted without an identity");
		subject.real.secret_unref(&subject.instance->host, token);
		conf_settle(&subject, CONF_QUIET_MS);
		if (conf_count(&subject, PROVD_EV_OP_DONE, 0) && child->findings == 0)
			conf_fail(child, "OP_DONE of an operation that was refused");
	}
	if (subject.instance) {
		conf_cloud_stop(&subject);
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

static void cancel_stale(struct conf_child *child)
{
	struct conf_subject subject;

	if (conf_ready(&subject, child) == 0) {
		ops_of(&subject)->cancel(subject.instance->inst, 0);
		ops_of(&subject)->cancel(subject.instance->inst, UINT64_MAX);
		conf_settle(&subject, CONF_QUIET_MS);
		if (conf_count(&subject, PROVD_EV_OP_DONE, 0))
			conf_fail(child, "OP_DONE of an operation that never was");
		conf_cloud_stop(&subject);
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

/* Numbers that are the same on every run: xorshift (Marsaglia 2003). */
static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* From a block of exactly `len` bytes, so that a memory checker sees one byte too far. */
static void datagram(struct conf_subject *subject, const struct provd_dialect *dialect,
		     const uint8_t *bytes, size_t len)
{
	struct provd_addr from = {
		.size = sizeof(from), .family = 4, .port = 40000, .ip = {192, 168, 4, 2}};
	uint8_t *copy = malloc(len);
	uint64_t begun;
	int ret;

	if (!copy)
		return;
	memcpy(copy, bytes, len);
	begun = conf_op_begin();
	ret = dialect->datagram(subject->instance->inst, 7, &from, copy, len);
	conf_op_end(subject, "datagram", begun);
	free(copy);
	if (ret > 0)
		conf_fail(subject->child, "datagram returned %d, wanted 0 or an error", ret);
}

static void feed(struct conf_subject *subject, const struct provd_dialect *dialect)
{
	static const char json[] =
		"{\"cmdType\":1,\"ssid\":\"Caf\\u00e9\",\"password\":\"12345678\","
		"\"token\":\"0123456789abcdef\",\"list\":[1,{\"a\":null}]}";
	uint8_t bytes[2048];
	uint32_t seed = 20240229;

	for (size_t len = 1; len < sizeof(json); len++)
		datagram(subject, dialect, (const uint8_t *)json, len);
	for (int i = 0; i < 2000 && subject->child->findings == 0; i++) {
		size_t len = 1 + next(&seed) % (i % 2 ? sizeof(bytes) : 64);

		for (size_t k = 0; k < len; k++)
			bytes[k] = (uint8_t)next(&seed);
		if (i % 4 == 0)
			bytes[0] = '{';
		datagram(subject, dialect, bytes, len);
		if (i % 100 == 0)
			conf_settle(subject, 1);
		conf_forget(subject);
	}
	for (size_t depth = 1; depth <= sizeof(bytes); depth *= 2) {
		memset(bytes, '[', depth);
		datagram(subject, dialect, bytes, depth);
	}
}

static void dialect_hostile(struct conf_child *child)
{
	const struct provd_dialect *dialect = NULL;
	struct conf_subject subject;

	if (conf_ready(&subject, child) == 0) {
		if (ops_of(&subject)->get_interface)
			dialect = ops_of(&subject)->get_interface(subject.instance->inst,
								  PROVD_DIALECT, sizeof(*dialect));
		if (!dialect) {
			conf_skip(child, "no dialect");
		} else {
			feed(&subject, dialect);
			dialect->peer_gone(subject.instance->inst, 7);
			dialect->peer_gone(subject.instance->inst, UINT64_MAX);
			for (uint32_t i = PROVD_STATE_IDLE; i <= PROVD_STATE_STOPPED; i++) {
				struct provd_session_status status = {
					.size = sizeof(status), .state = i, .session = 1};

				dialect->on_state(subject.instance->inst, &status);
			}
		}
		conf_settle(&subject, CONF_QUIET_MS);
		conf_forget(&subject);
		conf_cloud_stop(&subject);
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

#define CLOUD PROVD_PLUGIN_CLOUD
const struct conf_case conf_cloud_cases[] = {
	{"identity", CLOUD, identity_answers, "get_identity answers, or says why not"},
	{"without-identity", CLOUD, without_identity, "without an identity nothing is accepted"},
	{"cancel-stale", CLOUD, cancel_stale, "cancel takes old operation numbers"},
	{"stop", CLOUD, stop, "one STOPPED, nothing afterwards, nothing held"},
	{"dialect-hostile", CLOUD, dialect_hostile, "the dialect survives any datagram"},
};
const size_t conf_cloud_count = sizeof(conf_cloud_cases) / sizeof(conf_cloud_cases[0]);
