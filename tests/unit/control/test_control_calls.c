/* SPDX-License-Identifier: Apache-2.0 */
/** What the methods do, and the calls that are answered later. */
#include "handlers_world.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct world w;
static int fd;

static void start(void)
{
	world_init(&w);
	fd = fixture_connect(&w.f);
}

static void finish(void)
{
	close(fd);
	world_finish(&w);
}

TestSuite(control_calls, .timeout = 60);

/* Start and Stop */

Test(control_calls, start_and_its_errors)
{
	start();
	world_expect(&w, fd, "Start", "{\"methods\":[\"a\",\"b\"],\"deadline_ms\":604800000}",
		     "{\"session\":7}");
	cr_assert_eq(w.start_methods, 2);
	cr_assert_eq(w.start_deadline, 604800000);
	world_expect_error(&w, fd, "Start", NULL, "AlreadyRunning", "", NULL);
	w.session = 0;
	world_expect(&w, fd, "Start",
		     "{\"plan\":[{\"methods\":[\"a\",\"b\"],\"for_ms\":5},"
		     "{\"methods\":[\"c\"],\"for_ms\":0}]}",
		     "{\"session\":7}");
	cr_assert_eq(w.start_methods, 0);
	cr_assert_eq(w.start_steps, 2);
	cr_assert_eq(w.start_of_step, 2);
	cr_assert_eq(w.start_for, 5);
	w.session = 0;
	w.start_code = PROVD_E_NOT_FOUND;
	w.start_words = "none";
	world_expect_error(&w, fd, "Start", NULL, "UnknownMethod", "method", "none");
	w.start_words = "cut inside a character: \xc3";
	world_expect_error(&w, fd, "Start", NULL, "UnknownMethod", "method",
			   "cut inside a character: ?");
	w.start_code = PROVD_E_STATE;
	world_expect_error(&w, fd, "Start", NULL, "Unavailable", "reason",
			   "cut inside a character: ?");
	w.start_code = PROVD_E_NO_CAPABILITY;
	w.start_words = "no method can run";
	world_expect_error(&w, fd, "Start", "{\"methods\":null}", "Unavailable", "reason",
			   "no method can run");
	w.start_code = 0;
	w.may_start = 0;
	w.starts = 0;
	world_expect_error(&w, fd, "Start", NULL, "PresenceRequired", "", NULL);
	cr_assert_eq(w.starts, 0);
	finish();
}

Test(control_calls, start_waits_for_the_release)
{
	int other;
	int gone;

	start();
	other = fixture_connect(&w.f);
	gone = fixture_connect(&w.f);
	w.session = 4;
	w.releasing = 1;
	world_send(gone, "Start", NULL, 0);
	fixture_settle(&w.f);
	world_send(fd, "Start", "{\"deadline_ms\":9}", 0);
	fixture_settle(&w.f);
	world_send(other, "Provide", "{\"ssid\":\"Home\",\"deadline_ms\":10}", 0);
	fixture_settle(&w.f);
	close(gone);
	fixture_settle(&w.f);
	cr_assert_eq(w.starts + w.offers, 0);
	w.session = 0;
	w.releasing = 0;
	provd__starts_wake(&w.daemon);
	cr_assert_eq(w.starts, 0, "not inside the engine's call");
	json_decref(world_receive(&w, fd, "Start"));
	json_decref(world_receive(&w, other, "Provide"));
	cr_assert_eq(w.starts, 1);
	cr_assert_eq(w.offers, 1);
	cr_assert_eq(w.start_deadline, 10);
	close(other);
	finish();
}

Test(control_calls, too_many_wait)
{
	int fds[17];

	start();
	w.session = 4;
	w.releasing = 1;
	for (int i = 0; i < 17; i++) {
		fds[i] = fixture_connect(&w.f);
		world_send(fds[i], "Start", NULL, 0);
		fixture_settle(&w.f);
	}
	world_answered(&w, fds[16], "Start", "Unavailable");
	w.daemon.stopping = 1;
	provd__starts_refuse(&w.daemon);
	for (int i = 0; i < 16; i++)
		world_answered(&w, fds[i], "Start", "Unavailable");
	for (int i = 0; i < 17; i++)
		close(fds[i]);
	finish();
}

Test(control_calls, what_comes_before_the_daemon_is_ready)
{
	static const char *const calls[][2] = {
		{"Start", "{}"},
		{"Provide", "{\"ssid\":\"Home\"}"},
		{"Networks", "{}"},
		{"ForgetNetwork", "{\"ssid\":\"none\"}"},
		{"SetNetworkPriority", "{\"ssid\":\"none\",\"priority\":0}"},
		{"PressButton", "{}"},
		{"TakeOver", "{}"},
		{"Status", "{}"},
		{"Timeline", "{}"},
		{"Sessions", "{}"},
		{"Errors", "{}"},
		{"ExportErrors", "{\"format\":\"codes\"}"},
		{"ImportErrors", "{\"format\":\"codes\",\"data\":\"\"}"},
		{"ClearErrors", "{}"},
	};
	int fds[14];
	size_t count = sizeof(calls) / sizeof(calls[0]);

	start();
	w.daemon.ready = 0;
	w.start_code = PROVD_E_BUSY;
	for (size_t i = 0; i < count; i++) {
		fds[i] = fixture_connect(&w.f);
		world_send(fds[i], calls[i][0], calls[i][1], 0);
		fixture_settle(&w.f);
	}
	cr_assert_eq(w.starts + w.offers + w.forgets + w.pressed, 0);
	world_expect_error(&w, fd, "PressButton", "{\"held_ms\":-1}",
			   "org.varlink.service.InvalidParameter", "parameter", "held_ms");
	w.daemon.ready = 1;
	provd__starts_wake(&w.daemon);
	for (size_t i = 0; i < count; i++) {
		json_decref(world_receive(&w, fds[i], calls[i][0]));
		close(fds[i]);
	}
	cr_assert_eq(w.starts, 1);
	cr_assert_eq(w.pressed, 1);
	w.daemon.ready = 0;
	w.daemon.stopping = 1;
	world_expect_error(&w, fd, "Start", NULL, "Unavailable", "reason", "the daemon stops");
	finish();
}

Test(control_calls, stop_is_answered_at_the_end)
{
	start();
	world_expect_error(&w, fd, "Stop", NULL, "NotRunning", "", NULL);
	/* what follows a failed session is closed by it too */
	w.offers_logs = 1;
	json_decref(world_call(&w, fd, "Stop", NULL));
	cr_expect_eq(w.offers_logs, 0);
	w.session = 3;
	world_send(fd, "Stop", NULL, 0);
	fixture_settle(&w.f);
	cr_assert_eq(w.daemon.stop_asked, 1);
	w.session = 0;
	provd__starts_wake(&w.daemon);
	json_decref(world_receive(&w, fd, "Stop"));
	cr_assert_eq(w.daemon.stop_asked, 0);
	finish();
}

/* Provide */

Test(control_calls, provide_hands_over_what_it_was_given)
{
	static const char *const tokens[] = {"t", "0123456789"};
	char text[700];

	start();
	world_expect(&w, fd, "Provide",
		     "{\"ssid_hex\":\"FF00c3\",\"passphrase_hex\":\"ff00000000000000\","
		     "\"token\":\"tok\",\"bssid\":\"0a:1B:2c:3d:4e:5f\",\"channel\":233,"
		     "\"hidden\":true,\"deadline_ms\":1}",
		     "{\"session\":7}");
	cr_assert_eq(w.offered.size, sizeof(w.offered));
	cr_assert_eq(w.offered.ssid_len, 3);
	cr_assert_eq(memcmp(w.offered.ssid, "\xff\0\xc3", 3), 0);
	cr_assert_eq(memcmp(w.offered_passphrase, "\xff\0\0\0\0\0\0\0", 9), 0);
	cr_assert_eq(w.offered_token_len, 3);
	cr_assert_eq(memcmp(w.offered.bssid, "\x0a\x1b\x2c\x3d\x4e\x5f", 6), 0);
	cr_assert_eq(w.offered.channel, 233);
	cr_assert_eq(w.offered.flags, PROVD_CREDENTIALS_BSSID | PROVD_CREDENTIALS_HIDDEN);
	cr_assert_eq(w.start_deadline, 1);
	/* the other ends of the ranges */
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		snprintf(text, sizeof(text),
			 "{\"ssid\":\"%s\",\"passphrase\":\"%s\",\"token\":\"%0*d\"}",
			 i ? "12345678901234567890123456789012" : "a",
			 i ? "0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789"
			   : "12345678",
			 i ? 512 : 1, 0);
		world_expect(&w, fd, "Provide", text, "{\"session\":7}");
		cr_assert_eq(w.offered.ssid_len, i ? 32 : 1);
		cr_assert_eq(strlen(w.offered_passphrase), i ? 64 : 8);
		cr_assert_eq(w.offered_token_len, i ? 512 : 1);
	}
	world_expect(&w, fd, "Provide",
		     "{\"ssid\":\"a\",\"passphrase\":\"\",\"token\":null,\"hidden\":false}",
		     "{\"session\":7}");
	cr_assert_eq(w.offered_token_len, 0);
	cr_assert_eq(w.offered_passphrase[0], 0);
	cr_assert_eq(w.offered.flags, 0);
	finish();
}

Test(control_calls, provide_and_its_errors)
{
	start();
	w.session = 5;
	w.start_code = PROVD_E_BUSY;
	world_expect_error(&w, fd, "Provide", "{\"ssid\":\"a\"}", "AlreadyRunning", "", NULL);
	w.start_code = PROVD_E_NO_CAPABILITY;
	w.start_words = "no HAL offers station";
	world_expect_error(&w, fd, "Provide", "{\"ssid\":\"a\"}", "Unavailable", "reason",
			   "no HAL offers station");
	/* a session that runs was started with somebody there */
	w.may_start = 0;
	w.start_code = 0;
	world_expect(&w, fd, "Provide", "{\"ssid\":\"a\"}", "{\"session\":5}");
	w.session = 0;
	world_expect_error(&w, fd, "Provide", "{\"ssid\":\"a\"}", "PresenceRequired", "", NULL);
	finish();
}

/* Saved networks */

Test(control_calls, networks_as_they_are_saved)
{
	start();
	w.link.flags = PROVD_LINK_ASSOCIATED | PROVD_LINK_ADDRESS;
	w.link.ssid_len = 3;
	memcpy(w.link.ssid, "\xff\0\x01", 3);
	world_expect(&w, fd, "Networks", NULL,
		     "{\"networks\":[{\"ssid\":\"Home\",\"ssid_hex\":\"486f6d65\",\"priority\":5,"
		     "\"secured\":true,\"hidden\":false,\"current\":false},"
		     "{\"ssid\":\"\",\"ssid_hex\":\"ff0001\",\"priority\":0,"
		     "\"secured\":false,\"hidden\":true,\"current\":true}]}");
	finish();
}

Test(control_calls, a_change_is_answered_when_it_is_durable)
{
	start();
	world_expect_error(&w, fd, "ForgetNetwork", "{\"ssid\":\"x\"}", "UnknownNetwork",
			   "ssid_hex", "78");
	world_expect_error(&w, fd, "SetNetworkPriority", "{\"ssid_hex\":\"00\",\"priority\":1}",
			   "UnknownNetwork", "ssid_hex", "00");
	world_send(fd, "ForgetNetwork", "{\"ssid\":\"Home\"}", 0);
	fixture_settle(&w.f);
	cr_assert_eq(w.networks_changed, 0);
	world_done(&w, 0, "");
	json_decref(world_receive(&w, fd, "ForgetNetwork"));
	cr_assert_eq(w.networks_changed, 1);
	world_send(fd, "SetNetworkPriority", "{\"ssid_hex\":\"ff0001\",\"priority\":-1000}", 0);
	world_done(&w, 0, "");
	json_decref(world_receive(&w, fd, "SetNetworkPriority"));
	cr_assert_eq(w.priority, -1000);
	cr_assert_eq(w.networks_changed, 2);
	finish();
}

Test(control_calls, a_change_that_fails)
{
	json_t *answer;
	const json_t *words;

	start();
	w.change_code = PROVD_E_LIMIT;
	world_expect_error(&w, fd, "ForgetNetwork", "{\"ssid\":\"Home\"}", "NotSaved", "code",
			   "LIMIT");
	w.change_code = 0;
	world_send(fd, "ForgetNetwork", "{\"ssid\":\"Home\"}", 0);
	world_done(&w, PROVD_E_IO, "saving networks: no space left on device");
	answer = world_receive(&w, fd, "ForgetNetwork");
	words = json_object_get(answer, "parameters");
	cr_assert_str_eq(json_string_value(json_object_get(words, "code")), "IO");
	cr_assert_str_eq(json_string_value(json_object_get(words, "reason")),
			 "saving networks: no space left on device");
	json_decref(answer);
	cr_assert_eq(w.networks_changed, 0);
	finish();
}

Test(control_calls, a_client_that_leaves_does_not_stop_the_change)
{
	int other;

	start();
	other = fixture_connect(&w.f);
	world_send(other, "ForgetNetwork", "{\"ssid\":\"Home\"}", 0);
	while (!w.done)
		fixture_turn(&w.f);
	close(other);
	fixture_settle(&w.f);
	cr_assert_not_null(w.daemon.pending);
	world_done(&w, 0, "");
	cr_assert_eq(w.networks_changed, 1);
	cr_assert_null(w.daemon.pending);
	/* one whose end never comes is freed with the daemon */
	world_send(fd, "Reset", "{\"what\":\"factory\"}", 0);
	while (!w.done)
		fixture_turn(&w.f);
	finish();
}

/* Device */

Test(control_calls, button_and_reset)
{
	start();
	world_expect(&w, fd, "PressButton", "{\"held_ms\":600000}", "{}");
	cr_assert_eq(w.held_ms, 600000);
	world_expect(&w, fd, "PressButton", "{}", "{}");
	cr_assert_eq(w.pressed, 2);
	cr_assert_eq(w.held_ms, 0);
	world_send(fd, "Reset", "{\"what\":\"network\"}", 0);
	world_done(&w, 0, "");
	json_decref(world_receive(&w, fd, "Reset"));
	cr_assert_eq(w.reset, PROVD_RESET_NETWORK);
	world_send(fd, "Reset", "{\"what\":\"cloud\"}", 0);
	world_done(&w, PROVD_E_ACCESS, "");
	world_answered(&w, fd, "Reset", "NotSaved");
	cr_assert_eq(w.reset, PROVD_RESET_CLOUD);
	w.reset_code = PROVD_E_BUSY;
	world_expect_error(&w, fd, "Reset", "{\"what\":\"factory\"}", "Unavailable", "reason",
			   "a reset is under way already");
	cr_assert_eq(w.reset, PROVD_RESET_FACTORY);
	finish();
}

Test(control_calls, take_over)
{
	static const char said[] = "{\"cloud\":\"tencent\",\"product\":\"PRODUCT\","
				   "\"device\":\"dev-1\",\"file\":\"%s\"}";
	char text[200];

	start();
	snprintf(text, sizeof(text), said, "/etc/device_info.json");
	world_expect(&w, fd, "TakeOver", NULL, text);
	w.identity.file = NULL;
	snprintf(text, sizeof(text), said, "");
	world_expect(&w, fd, "TakeOver", NULL, text);
	w.identity.flags = 0;
	world_expect_error(&w, fd, "TakeOver", NULL, "Unavailable", "reason",
			   "the device has no identity yet");
	w.identity_code = PROVD_E_NOT_FOUND;
	world_expect_error(&w, fd, "TakeOver", NULL, "Unavailable", "reason", "there is no cloud");
	w.identity_code = PROVD_E_CLOUD_IDENTITY;
	world_expect_error(&w, fd, "TakeOver", NULL, "Unavailable", "", NULL);
	finish();
}

Test(control_calls, take_over_waits_until_no_session_runs)
{
	int other;

	start();
	other = fixture_connect(&w.f);
	w.session = 2;
	world_send(fd, "TakeOver", NULL, 0);
	world_send(other, "TakeOver", NULL, 0);
	fixture_settle(&w.f);
	/* another one has begun at once: still none */
	provd__starts_wake(&w.daemon);
	fixture_settle(&w.f);
	cr_assert_not_null(w.daemon.take_overs);
	close(other);
	w.session = 0;
	provd__starts_wake(&w.daemon);
	json_decref(world_receive(&w, fd, "TakeOver"));
	fixture_settle(&w.f);
	w.session = 3;
	world_send(fd, "TakeOver", NULL, 0);
	fixture_settle(&w.f);
	w.daemon.stopping = 1;
	provd__starts_refuse(&w.daemon);
	world_answered(&w, fd, "TakeOver", "Unavailable");
	finish();
}

/* Status */

static const json_t *status_member(const json_t *answer, const char *name)
{
	return json_object_get(json_object_get(answer, "parameters"), name);
}

Test(control_calls, status_tells_what_a_person_must_know)
{
	static const char *const warnings[] = {"the record networks is damaged", NULL};
	struct loaded loaded = {.kind = PROVD_PLUGIN_CLOUD, .reason = "plugin 'x' refused: bad"};
	json_t *answer;
	char *text;

	start();
	w.daemon.loaded = &loaded;
	w.daemon.loaded_count = 1;
	loaded.entry = w.daemon.config->cloud;
	w.warnings = warnings;
	w.bound = 1;
	w.waiting = "presence";
	w.cloud_state = "failed";
	answer = world_call(&w, fd, "Status", NULL);
	text = json_dumps(status_member(answer, "warnings"), 0);
	cr_assert_str_eq(text, "[\"the record networks is damaged\", \"plugin 'x' refused: bad\", "
			       "\"the HAL 'bad' has failed: no such device\", "
			       "\"the cloud 'cloud' has failed\"]");
	free(text);
	cr_assert(json_is_true(status_member(answer, "bound")));
	cr_assert_eq(json_integer_value(status_member(answer, "networks")), 2);
	cr_assert_str_eq(json_string_value(status_member(answer, "waiting")), "presence");
	cr_assert(json_is_null(status_member(answer, "link")));
	json_decref(answer);
	w.link.flags = PROVD_LINK_ASSOCIATED | PROVD_LINK_ADDRESS;
	w.link.ssid_len = 4;
	memcpy(w.link.ssid, "Home", 4);
	w.link.addr.family = 4;
	memcpy(w.link.addr.ip, "\x0a\0\0\x07", 4);
	answer = world_call(&w, fd, "Status", NULL);
	text = json_dumps(status_member(answer, "link"), JSON_SORT_KEYS);
	cr_assert_str_eq(text, "{\"address\": \"10.0.0.7\", \"ssid\": \"Home\", "
			       "\"ssid_hex\": \"486f6d65\"}");
	free(text);
	json_decref(answer);
	finish();
}

/* Watch */

static void expect_entry(int watcher, const char *state, int continues)
{
	json_t *answer = world_receive(&w, watcher, "Watch");
	const json_t *entry = json_object_get(json_object_get(answer, "parameters"), "entry");

	cr_assert_str_eq(json_string_value(json_object_get(entry, "state")), state);
	cr_assert_eq(json_is_true(json_object_get(answer, "continues")), continues);
	json_decref(answer);
}

Test(control_calls, an_entry_ends_some_watches_and_not_others)
{
	struct provd_timeline_entry entry = {.session = 2, .event = "something"};
	int fds[6];

	start();
	w.session = 2;
	entry.detail = json_object();
	for (int i = 0; i < 6; i++) {
		fds[i] = fixture_connect(&w.f);
		world_send(fds[i], "Watch", i % 2 ? "{\"session\":2}" : NULL, 1);
	}
	fixture_settle(&w.f);
	entry.state = PROVD_STATE_JOINING;
	provd__daemon_publish(&w.daemon, &entry);
	entry.state = PROVD_STATE_FAILED;
	provd__daemon_publish(&w.daemon, &entry);
	for (int i = 0; i < 6; i++) {
		expect_entry(fds[i], "joining", 1);
		expect_entry(fds[i], "failed", i % 2 == 0);
	}
	entry.session = 3;
	entry.state = PROVD_STATE_JOINING;
	provd__daemon_publish(&w.daemon, &entry);
	for (int i = 0; i < 6; i++) {
		if (i % 2)
			json_decref(world_call(&w, fds[i], "Status", NULL));
		else
			expect_entry(fds[i], "joining", 1);
		close(fds[i]);
	}
	json_decref(entry.detail);
	finish();
}
