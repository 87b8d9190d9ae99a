/* SPDX-License-Identifier: Apache-2.0 */
/* Each method of the control socket with the real daemon; answers are what the interface says. */
#include "control/control.h"
#include "control/idl.h"
#include "e2e.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERFACE "io.provd.Provisioning."
/* E2E_PASSPHRASE in JSON */
#define PASSPHRASE "\"passphrase\":\"can\\\"ary-pass-9c41\""
#define TOKEN	   "\"token\":\"" E2E_TOKEN "\""

static struct e2e e2e;
static struct provd_idl *idl;

TestSuite(control_api, .timeout = 120);

static void begin(const struct e2e_setup *setup)
{
	const char *text = provd_control_interface_text();

	cr_assert_eq(provd_idl_parse(text, strlen(text), &idl, NULL), 0);
	e2e_init(&e2e, setup);
}

static void finish(void)
{
	e2e_finish(&e2e);
	provd_idl_destroy(idl);
}

/* One call, checked against the interface. A new reference. */
static json_t *call(const char *method, const char *parameters)
{
	json_t *answer = e2e_call_with(&e2e, method, parameters);
	const char *error = json_string_value(json_object_get(answer, "error"));
	const json_t *given = json_object_get(answer, "parameters");
	const struct provd_idl_member *member;
	char path[PROVD_IDL_PATH_MAX] = "";
	char *text = json_dumps(answer, 0);

	if (error && strncmp(error, INTERFACE, strlen(INTERFACE)) != 0) {
		free(text);
		return answer;
	}
	member = error ? provd_idl_find(idl, PROVD_IDL_ERROR, error + strlen(INTERFACE))
		       : provd_idl_find(idl, PROVD_IDL_METHOD, method);
	cr_assert_not_null(member, "%s", text);
	cr_assert_eq(provd_idl_check(error ? member->in : member->out, given, path), 0,
		     "%s: '%s' is wrong in %s", method, path, text);
	free(text);
	return answer;
}

/* The parameters of the answer to a call that works. A new reference. */
static json_t *good(const char *method, const char *parameters)
{
	json_t *answer = call(method, parameters);
	json_t *given = json_incref(json_object_get(answer, "parameters"));
	char *text = json_dumps(answer, 0);

	cr_assert_null(json_object_get(answer, "error"), "%s: %s", method, text);
	free(text);
	json_decref(answer);
	return given;
}

static void done(const char *method, const char *parameters)
{
	json_decref(good(method, parameters));
}

/* @param key a text of the error's parameters, or NULL */
static void refused(const char *method, const char *parameters, const char *error, const char *key,
		    const char *value)
{
	json_t *answer = call(method, parameters);
	const char *got = json_string_value(json_object_get(answer, "error"));
	const json_t *given = json_object_get(answer, "parameters");
	const char *member = key ? json_string_value(json_object_get(given, key)) : NULL;
	char *text = json_dumps(answer, 0);
	char name[128];

	(void)snprintf(name, sizeof(name), "%s%s", strchr(error, '.') ? "" : INTERFACE, error);
	cr_assert(got && strcmp(got, name) == 0, "%s: %s instead of %s", method, text, name);
	cr_assert(!key || (member && strcmp(member, value) == 0), "%s: %s", method, text);
	free(text);
	json_decref(answer);
}

static void provide_and_bind(void)
{
	e2e_watch(&e2e);
	done("Provide", "{\"ssid\":\"Home\"," PASSPHRASE "," TOKEN "}");
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	close(e2e.watch);
	e2e.watch = -1;
	e2e_wait_status(&e2e, "bound", "true");
}

static size_t network_count(void)
{
	json_t *networks = good("Networks", NULL);
	size_t count = json_array_size(json_object_get(networks, "networks"));

	json_decref(networks);
	return count;
}

Test(control_api, provide_binds_without_a_phone)
{
	json_t *status;
	json_t *answer;
	const json_t *stats;
	json_t *who;

	begin(&(struct e2e_setup){0});
	provide_and_bind();
	status = good("Status", NULL);
	cr_assert_eq(json_integer_value(json_object_get(status, "networks")), 1);
	json_decref(status);
	who = good("TakeOver", NULL);
	cr_assert_str_eq(json_string_value(json_object_get(who, "cloud")), "tencent");
	cr_assert_neq(json_string_length(json_object_get(who, "product")), 0);
	cr_assert_neq(json_string_length(json_object_get(who, "device")), 0);
	cr_assert_eq(access(json_string_value(json_object_get(who, "file")), R_OK), 0);
	json_decref(who);
	answer = good("Stats", NULL);
	stats = json_object_get(answer, "stats");
	cr_assert_eq(json_integer_value(json_object_get(stats, "sessions_started")), 1);
	cr_assert_eq(json_integer_value(json_object_get(stats, "sessions_bound")), 1);
	cr_assert_eq(json_integer_value(json_object_get(stats, "attempts")), 1);
	cr_assert_gt(json_integer_value(json_object_get(stats, "last_bound_ms")), 0);
	cr_assert_gt(json_integer_value(json_object_get(stats, "store_saves")), 0);
	cr_assert_eq(json_integer_value(json_object_get(stats, "store_failures")), 0);
	json_decref(answer);
	finish();
}

Test(control_api, provide_with_a_wrong_passphrase)
{
	json_t *answer;
	const json_t *stats;
	const json_t *failures;

	begin(&(struct e2e_setup){0});
	e2e_watch(&e2e);
	done("Provide", "{\"ssid\":\"Home\",\"passphrase\":\"not the right one\"," TOKEN "}");
	cr_assert_str_eq(e2e_end(&e2e), "failed");
	answer = good("Stats", NULL);
	stats = json_object_get(answer, "stats");
	failures = json_object_get(stats, "failures");
	cr_assert_eq(json_integer_value(json_object_get(failures, "WIFI_PASSPHRASE")), 1);
	json_decref(answer);
	cr_assert_eq(network_count(), 0);
	finish();
}

Test(control_api, saved_networks_are_changed_for_good)
{
	json_t *networks;
	const json_t *first;

	begin(&(struct e2e_setup){0});
	provide_and_bind();
	done("SetNetworkPriority", "{\"ssid\":\"Home\",\"priority\":77}");
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	networks = good("Networks", NULL);
	first = json_array_get(json_object_get(networks, "networks"), 0);
	cr_assert_str_eq(json_string_value(json_object_get(first, "ssid_hex")), "486f6d65");
	cr_assert_eq(json_integer_value(json_object_get(first, "priority")), 77);
	cr_assert(json_is_true(json_object_get(first, "secured")));
	json_decref(networks);
	refused("ForgetNetwork", "{\"ssid\":\"Shop\"}", "UnknownNetwork", "ssid_hex", "53686f70");
	done("ForgetNetwork", "{\"ssid_hex\":\"486f6d65\"}");
	cr_assert_eq(network_count(), 0);
	refused("ForgetNetwork", "{\"ssid\":\"Home\"}", "UnknownNetwork", "ssid_hex", "486f6d65");
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	cr_assert_eq(network_count(), 0);
	finish();
}

/* A file stands where the folder of the records was. */
static void break_state(int broken)
{
	char state[128];
	char away[128];
	FILE *file;

	(void)snprintf(state, sizeof(state), "%s/state", e2e.dir);
	(void)snprintf(away, sizeof(away), "%s/state.away", e2e.dir);
	if (!broken) {
		cr_assert_eq(unlink(state), 0);
		cr_assert_eq(rename(away, state), 0);
		return;
	}
	cr_assert_eq(rename(state, away), 0);
	file = fopen(state, "w");
	cr_assert_not_null(file);
	fclose(file);
}

Test(control_api, a_change_that_cannot_be_saved)
{
	json_t *answer;
	const json_t *stats;

	begin(&(struct e2e_setup){0});
	provide_and_bind();
	break_state(1);
	refused("ForgetNetwork", "{\"ssid\":\"Home\"}", "NotSaved", NULL, NULL);
	refused("SetNetworkPriority", "{\"ssid\":\"Home\",\"priority\":3}", "NotSaved", NULL, NULL);
	refused("Reset", "{\"what\":\"factory\"}", "NotSaved", NULL, NULL);
	cr_assert_eq(network_count(), 1, "the old state stays");
	answer = good("Stats", NULL);
	stats = json_object_get(answer, "stats");
	cr_assert_gt(json_integer_value(json_object_get(stats, "store_failures")), 0);
	json_decref(answer);
	break_state(0);
	done("ForgetNetwork", "{\"ssid\":\"Home\"}");
	cr_assert_eq(network_count(), 0);
	finish();
}

Test(control_api, reset_forgets)
{
	json_t *status;

	begin(&(struct e2e_setup){0});
	provide_and_bind();
	done("Reset", "{\"what\":\"network\"}");
	status = good("Status", NULL);
	cr_assert_eq(json_integer_value(json_object_get(status, "networks")), 0);
	cr_assert(json_is_true(json_object_get(status, "bound")));
	json_decref(status);
	done("Reset", "{\"what\":\"factory\"}");
	e2e_wait_status(&e2e, "bound", "false");
	/* the running session ends first */
	e2e_start(&e2e);
	e2e_expect(&e2e, "listening", NULL);
	done("Reset", "{\"what\":\"cloud\"}");
	cr_assert_str_eq(e2e_end(&e2e), "stopped");
	finish();
}

Test(control_api, presence_is_shown_by_the_button)
{
	begin(&(struct e2e_setup){.start = ",\"presence\":true"});
	refused("Start", NULL, "PresenceRequired", NULL, NULL);
	refused("Provide", "{\"ssid\":\"Home\"}", "PresenceRequired", NULL, NULL);
	done("PressButton", "{\"held_ms\":120}");
	done("Start", NULL);
	refused("Start", NULL, "AlreadyRunning", NULL, NULL);
	done("Stop", NULL);
	finish();
}

Test(control_api, take_over_waits_for_the_end_of_the_session)
{
	json_t *who;

	begin(&(struct e2e_setup){0});
	e2e_watch(&e2e);
	done("Start", "{\"deadline_ms\":300}");
	who = good("TakeOver", NULL);
	json_decref(who);
	cr_assert_str_eq(e2e_end(&e2e), "failed");
	finish();
}

Test(control_api, reload_is_all_or_nothing)
{
	json_t *answer;
	char *text;

	begin(&(struct e2e_setup){0});
	done("Reload", NULL);
	e2e_set_config(&e2e, "\"level\":\"debug\"", "\"level\":\"info\"");
	answer = good("Reload", NULL);
	text = json_dumps(answer, 0);
	cr_assert_str_eq(text, "{\"changed\": [\"daemon.log.level\"]}");
	free(text);
	json_decref(answer);
	answer = good("LogLevels", NULL);
	cr_assert_str_eq(json_string_value(json_object_get(answer, "level")), "info");
	json_decref(answer);
	e2e_set_config(&e2e, "\"level\":\"info\"", "\"level\":\"loud\"");
	refused("Reload", NULL, "BadConfig", NULL, NULL);
	e2e_set_config(&e2e, "\"level\":\"loud\"", "\"level\":\"warn\",\"format\":\"json\"");
	refused("Reload", NULL, "NeedsRestart", NULL, NULL);
	answer = good("LogLevels", NULL);
	cr_assert_str_eq(json_string_value(json_object_get(answer, "level")), "info");
	json_decref(answer);
	finish();
}

Test(control_api, log_levels_are_set_at_run_time)
{
	json_t *answer;
	char *log;

	begin(&(struct e2e_setup){0});
	done("SetLogLevel", "{\"level\":\"error\"}");
	done("SetLogLevel", "{\"level\":\"debug\",\"topic\":\"control\"}");
	answer = good("LogLevels", NULL);
	cr_assert_str_eq(json_string_value(json_object_get(answer, "level")), "error");
	cr_assert_str_eq(
		json_string_value(json_object_get(json_object_get(answer, "topics"), "control")),
		"debug");
	json_decref(answer);
	log = e2e_read(&e2e, e2e.daemon.err);
	cr_assert_not_null(strstr(log, "client connected"));
	free(log);
	finish();
}

Test(control_api, wrong_input_is_named)
{
#define INVALID "org.varlink.service.InvalidParameter", "parameter"
	begin(&(struct e2e_setup){0});
	refused("Status", "{\"x\":1}", INVALID, "x");
	refused("Start", "{\"methods\":[\"softap\",1]}", INVALID, "methods[1]");
	refused("Start", "{\"methods\":[\"no-such\"]}", "UnknownMethod", "method", "no-such");
	refused("Provide", "{}", INVALID, "ssid");
	refused("Provide", "{\"ssid\":\"Home\",\"passphrase\":\"short\"}", INVALID, "passphrase");
	refused("Provide", "{\"ssid\":\"Home\",\"channel\":\"6\"}", INVALID, "channel");
	refused("ForgetNetwork", "{\"ssid_hex\":\"zz\"}", INVALID, "ssid_hex");
	refused("SetNetworkPriority", "{\"ssid\":\"Home\"}", INVALID, "priority");
	refused("PressButton", "{\"held_ms\":1.5}", INVALID, "held_ms");
	refused("Reset", "{}", INVALID, "what");
	refused("Reset", "{\"what\":\"all\"}", INVALID, "what");
	refused("SetLogLevel", "{\"level\":\"info\",\"topic\":\"a=b\"}", INVALID, "topic");
	refused("TakeOver", "{\"now\":true}", INVALID, "now");
	refused("Timeline", "{\"session\":99}", "UnknownSession", NULL, NULL);
	refused("NoSuch", NULL, "org.varlink.service.MethodNotFound", "method", INTERFACE "NoSuch");
	finish();
}
