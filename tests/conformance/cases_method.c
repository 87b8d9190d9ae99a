/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of <provd/method.h>. */
#include "cases.h"

#include <string.h>

static const struct provd_method_ops *ops_of(const struct conf_subject *subject)
{
	return &subject->plugin->ops.method;
}

/* A method that hands over logs takes no credentials; the fake journal has a failed session. */
static uint32_t purpose_of(const struct conf_subject *subject)
{
	const char *const *need = subject->plugin->descriptor.needs;

	for (; need && *need; need++) {
		if (strcmp(*need, PROVD_NEED_FAILED_SESSION) == 0)
			return PROVD_PURPOSE_LOG;
	}
	return PROVD_PURPOSE_PROVISION;
}

static int call_start(struct conf_subject *subject)
{
	struct provd_method_request request = {.size = sizeof(request),
					       .purpose = purpose_of(subject),
					       .session = provd_loop_new_id(subject->loop)};
	uint64_t begun = conf_op_begin();
	int ret = ops_of(subject)->start(subject->instance->inst, &request);

	conf_op_end(subject, "start", begun);
	return ret;
}

static void call_stop(struct conf_subject *subject)
{
	uint64_t begun = conf_op_begin();

	ops_of(subject)->stop(subject->instance->inst);
	conf_op_end(subject, "stop", begun);
}

/* After a refusal there is silence. */
static void expect_silence(struct conf_subject *subject, int refusal)
{
	conf_settle(subject, CONF_QUIET_MS);
	if (subject->event_count)
		conf_fail(subject->child, "start refused (%s), but an event of type %u came",
			  provd_err_name(refusal), (unsigned)subject->events[0]->type);
}

int conf_method_start(struct conf_subject *subject)
{
	const struct provd_event *event;
	int ret = call_start(subject);

	if (ret < 0) {
		expect_silence(subject, ret);
		if (ret == PROVD_E_NO_CAPABILITY || ret == PROVD_E_NOT_SUPPORTED)
			conf_skip(subject->child, "start: %s", provd_err_text(ret));
		else
			conf_fail(subject->child, "start refused: %s", provd_err_name(ret));
		return -1;
	}
	event = conf_wait(subject, PROVD_EV_STARTED, PROVD_EV_FAILED, 0, CONF_START_MS);
	if (!event)
		conf_fail(subject->child, "neither STARTED nor FAILED within %d ms", CONF_START_MS);
	else if (event->type == PROVD_EV_FAILED)
		conf_fail(subject->child, "FAILED after start: %s: %s",
			  provd_err_name(event->status), event->text ? event->text : "no words");
	return event && event->type == PROVD_EV_STARTED ? 0 : -1;
}

static void expect_order(struct conf_subject *subject)
{
	size_t stopped = conf_count(subject, PROVD_EV_STOPPED, 0);
	size_t started = conf_count(subject, PROVD_EV_STARTED, 0);
	const struct provd_event *last = subject->events[subject->event_count - 1];

	if (started > 1)
		conf_fail(subject->child, "STARTED came %zu times", started);
	if (stopped > 1)
		conf_fail(subject->child, "STOPPED came %zu times", stopped);
	else if (last->type != PROVD_EV_STOPPED)
		conf_fail(subject->child, "an event of type %u came after STOPPED",
			  (unsigned)last->type);
}

static void expect_stopped(struct conf_subject *subject)
{
	if (!conf_wait(subject, PROVD_EV_STOPPED, 0, 0, CONF_STOP_MS)) {
		conf_fail(subject->child, "no STOPPED within %d ms after stop", CONF_STOP_MS);
		return;
	}
	conf_expect_nothing_held(subject, "after STOPPED");
	conf_settle(subject, CONF_QUIET_MS);
	expect_order(subject);
}

void conf_method_stop(struct conf_subject *subject)
{
	call_stop(subject);
	expect_stopped(subject);
}

static void start_stop(struct conf_child *child)
{
	struct conf_subject subject;

	if (conf_ready(&subject, child) == 0 && conf_method_start(&subject) == 0) {
		conf_method_stop(&subject);
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

static void restart(struct conf_child *child)
{
	struct conf_subject subject;

	if (conf_ready(&subject, child) == 0) {
		for (int i = 0; i < 3 && conf_method_start(&subject) == 0; i++) {
			conf_method_stop(&subject);
			if (child->findings)
				break;
			conf_forget(&subject);
		}
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

static void stop_while_starting(struct conf_child *child)
{
	struct conf_subject subject;
	int ret;

	if (conf_ready(&subject, child) == 0) {
		ret = call_start(&subject);
		if (ret < 0) {
			expect_silence(&subject, ret);
			conf_skip(child, "start refused: %s", provd_err_name(ret));
		} else {
			conf_method_stop(&subject);
		}
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

static void stop_twice(struct conf_child *child)
{
	struct conf_subject subject;

	if (conf_ready(&subject, child) == 0 && conf_method_start(&subject) == 0) {
		call_stop(&subject);
		call_stop(&subject);
		expect_stopped(&subject);
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

static void cancel_all(struct conf_subject *subject, const uint64_t *sessions, size_t count)
{
	for (size_t i = 0; i < 2 * count; i++) {
		uint64_t begun = conf_op_begin();

		ops_of(subject)->cancel(subject->instance->inst, sessions[i / 2]);
		conf_op_end(subject, "cancel", begun);
	}
}

static void cancel_stale(struct conf_child *child)
{
	uint64_t old[] = {0, 0, UINT64_MAX};
	const size_t count = sizeof(old) / sizeof(old[0]);
	struct conf_subject subject;

	if (conf_ready(&subject, child) == 0) {
		/* A number that was given, but to nobody. */
		old[1] = provd_loop_new_id(subject.loop);
		cancel_all(&subject, old, count);
		if (conf_method_start(&subject) == 0) {
			cancel_all(&subject, old, count);
			conf_settle(&subject, CONF_QUIET_MS);
			if (conf_count(&subject, PROVD_EV_SESSION_CANCELED, 0))
				conf_fail(child, "SESSION_CANCELED for a session that never was");
			conf_method_stop(&subject);
			cancel_all(&subject, old, count);
		}
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

/* A session that the method never opened goes through every state. */
static void results(struct conf_child *child)
{
	struct conf_subject subject;

	if (conf_ready(&subject, child) == 0 && conf_method_start(&subject) == 0) {
		for (uint32_t state = PROVD_STATE_IDLE; state <= PROVD_STATE_STOPPED; state++) {
			struct provd_session_status status = {
				.size = sizeof(status), .state = state, .session = UINT64_MAX - 1};
			uint64_t begun;

			if (state == PROVD_STATE_LISTENING || state == PROVD_STATE_FAILED) {
				status.status = PROVD_E_WIFI_PASSPHRASE;
				status.text = "the access point did not accept the passphrase";
			}
			begun = conf_op_begin();
			ops_of(&subject)->on_result(subject.instance->inst, &status);
			conf_op_end(&subject, "on_result", begun);
		}
		conf_settle(&subject, CONF_QUIET_MS);
		conf_method_stop(&subject);
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

/* Results of operations that are not the method's: late, foreign, of unknown type. */
static void foreign_events(struct conf_child *child)
{
	static const uint32_t types[] = {PROVD_EV_OP_DONE, PROVD_EV_BLE_DISCONNECTED,
					 PROVD_EV_BLE_SENT, PROVD_EV_LINK_LOST, 60000};
	struct conf_subject subject;

	if (conf_ready(&subject, child) == 0 && conf_method_start(&subject) == 0) {
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			struct provd_event event = {.size = sizeof(event),
						    .type = types[i],
						    .op = UINT64_MAX - i,
						    .status = PROVD_E_CANCELED};

			ops_of(&subject)->on_event(subject.instance->inst, &event);
		}
		conf_settle(&subject, CONF_QUIET_MS);
		conf_method_stop(&subject);
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
}

/* One life in which the n-th host call after create fails. @return 1 while n was reached */
static int life_with_failure(struct conf_child *child, size_t n)
{
	struct conf_subject subject;
	size_t before = 0;
	size_t calls = 0;

	if (conf_ready(&subject, child) == 0) {
		int ret;

		before = subject.calls;
		subject.fail_at = before + n;
		ret = call_start(&subject);
		if (ret < 0) {
			expect_silence(&subject, ret);
			conf_expect_nothing_held(&subject, "after a refused start");
		} else if (!conf_wait(&subject, PROVD_EV_STARTED, PROVD_EV_FAILED, 0,
				      CONF_START_MS)) {
			conf_fail(child, "host call %zu failed: neither STARTED nor FAILED came",
				  n);
		} else if (!conf_find(&subject, PROVD_EV_FAILED, 0)) {
			call_stop(&subject);
			(void)conf_wait(&subject, PROVD_EV_STOPPED, PROVD_EV_FAILED, 0,
					CONF_STOP_MS);
			if (!conf_find(&subject, PROVD_EV_STOPPED, 0) &&
			    !conf_find(&subject, PROVD_EV_FAILED, 0))
				conf_fail(child, "host call %zu failed: no STOPPED came", n);
		}
		calls = subject.calls;
		conf_destroy(&subject);
	}
	conf_subject_finish(&subject);
	return calls >= before + n;
}

static void start_host_failures(struct conf_child *child)
{
	for (size_t n = 1; n <= 100 && child->findings == 0; n++) {
		if (!life_with_failure(child, n))
			break;
	}
}

#define METHOD PROVD_PLUGIN_METHOD
const struct conf_case conf_method_cases[] = {
	{"start-stop", METHOD, start_stop, "one STARTED, one STOPPED, nothing afterwards or held"},
	{"restart", METHOD, restart, "start and stop may be repeated"},
	{"stop-while-starting", METHOD, stop_while_starting, "stop is allowed during start"},
	{"stop-twice", METHOD, stop_twice, "a second stop brings no second STOPPED"},
	{"cancel-stale", METHOD, cancel_stale, "cancel takes old session numbers"},
	{"results", METHOD, results, "on_result takes every state"},
	{"foreign-events", METHOD, foreign_events, "on_event passes over what is not its own"},
	{"start-host-failures", METHOD, start_host_failures,
	 "start survives any failing host call"},
};
const size_t conf_method_count = sizeof(conf_method_cases) / sizeof(conf_method_cases[0]);
