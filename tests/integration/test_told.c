/* SPDX-License-Identifier: Apache-2.0 */
/* A failure reaches whoever has to know, also when the phone was away: byte by byte. */
#include "told.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct e2e e2e;
static struct udp_phone phone;

TestSuite(told, .timeout = 120);

#define BEGIN(...) e2e_init(&e2e, &(struct e2e_setup){__VA_ARGS__})

Test(told, the_log_is_fetched_from_its_hotspot_as_often_as_needed)
{
	char *first;

	BEGIN(.methods = told_errlog("4s"));
	told_fail(&e2e, &phone);
	udp_phone_open(&phone, e2e.address, 9876);
	first = told_ask_for_log(&e2e, &phone);
	told_check_log(first);
	cr_assert_str_eq(udp_phone_next(&phone), first, "it is sent twice");
	/* it was lost: the phone asks again, before the device takes it for delivered */
	cr_assert(udp_phone_is_quiet(&phone, 300));
	udp_phone_send(&phone, TOLD_QUERY);
	cr_assert_str_eq(udp_phone_next(&phone), first);
	cr_assert_str_eq(udp_phone_next(&phone), first);
	told_wait_undelivered(&e2e, 0);
	udp_phone_send(&phone, TOLD_QUERY);
	cr_assert(udp_phone_is_quiet(&phone, 300), "it was handed over");
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told, what_is_no_query_is_not_answered)
{
	char *first;

	BEGIN(.methods = told_errlog("4s"));
	told_fail(&e2e, &phone);
	udp_phone_open(&phone, e2e.address, 9876);
	first = told_ask_for_log(&e2e, &phone);
	cr_assert_str_eq(udp_phone_next(&phone), first);
	cr_assert(udp_phone_is_quiet(&phone, 300));
	udp_phone_send(&phone, "{\"cmdType\":1}");
	udp_phone_send(&phone, "hello");
	cr_assert(udp_phone_is_quiet(&phone, 300));
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told, a_new_session_ends_the_hotspot_and_the_log_stays)
{
	char *first;

	BEGIN(.methods = told_errlog("60s"), .hal = ",\"ap_station_together\":false");
	told_fail(&e2e, &phone);
	udp_phone_open(&phone, e2e.address, 9876);
	first = told_ask_for_log(&e2e, &phone);
	told_start(&e2e, "{}");
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app mini-program"), 0);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	told_wait_undelivered(&e2e, 1);
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told, the_log_survives_a_power_cut_and_is_offered_after_the_next_failure)
{
	char *first;

	BEGIN(.methods = told_errlog("1s"));
	told_fail(&e2e, &phone);
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	told_wait_undelivered(&e2e, 1);
	told_fail(&e2e, &phone);
	told_wait_undelivered(&e2e, 2);
	udp_phone_open(&phone, e2e.address, 9876);
	first = told_ask_for_log(&e2e, &phone);
	told_check_log(first);
	/* the newest first; once it is delivered, the one before */
	told_wait_undelivered(&e2e, 1);
	free(first);
	first = told_ask_for_log(&e2e, &phone);
	told_check_log(first);
	told_wait_undelivered(&e2e, 0);
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told, previous_errors_follow_the_identity_also_after_a_restart)
{
	const char *got;

	BEGIN(0);
	told_fail(&e2e, &phone);
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	e2e_watch(&e2e);
	told_start(&e2e, "{}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Home", E2E_PASSPHRASE);
	/* iOS takes the first reply for the identity */
	got = udp_phone_next(&phone);
	cr_assert_not_null(strstr(got, "\"productId\""), "%s", got);
	cr_assert_str_eq(udp_phone_next_but_identity(&phone),
			 TOLD_REPLY("Previous_Error", TOLD_PASSPHRASE));
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	udp_phone_close(&phone);
	/* told once */
	told_start(&e2e, "{}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Home", E2E_PASSPHRASE);
	for (int i = 0; i < 3 && !udp_phone_is_quiet(&phone, 500); i++)
		cr_assert_not_null(strstr(udp_phone_next(&phone), "\"productId\""));
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told, a_query_on_the_app_channel_does_not_end_the_session)
{
	char *first;

	BEGIN(0);
	told_fail(&e2e, &phone);
	told_start(&e2e, "{}");
	udp_phone_open(&phone, e2e.address, 8266);
	first = told_ask_for_log(&e2e, &phone);
	told_check_log(first);
	cr_assert_str_eq(udp_phone_next(&phone), first, "it is sent twice");
	udp_phone_credentials(&phone, "Home", E2E_PASSPHRASE);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told, a_phone_in_the_network_is_told_when_it_was_joined_again)
{
	const char *got;

	BEGIN(.hal = ",\"ap_station_together\":false",
	      .sections = ",\"networks\":{\"retry\":\"200ms\"}");
	e2e_watch(&e2e);
	told_start(&e2e, "{}");
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app mini-program"), 0);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	/* the owner tries another network, which is not there */
	told_start(&e2e, "{\"deadline_ms\":1500}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Elsewhere", TOLD_WRONG);
	e2e_expect(&e2e, "listening", "attempt failed, listening again");
	cr_assert_str_eq(udp_phone_next_but_identity(&phone),
			 TOLD_REPLY("Current_Error", "WIFI AP STA error! (12, -2)"));
	udp_phone_close(&phone);
	cr_assert_str_eq(e2e_end(&e2e), "failed");
	udp_phone_open(&phone, e2e.address, 8266);
	for (int i = 0; i < 100 && udp_phone_is_quiet(&phone, 100); i++)
		udp_phone_credentials(&phone, "Elsewhere", TOLD_WRONG);
	got = udp_phone_next(&phone);
	cr_assert_str_eq(got, TOLD_REPLY("Current_Error", "WIFI AP STA error! (12, -2)"),
			 "no identity, which would look like success: %s", got);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

/* What people and programs get */

Test(told, provctl_shows_exports_imports_and_clears)
{
	static const unsigned char magic[] = {0xef, 0xbe, 0x0d, 0xf0, 1, 0, 0, 0};
	char command[512];
	char path[128];
	char *text;
	json_t *list;
	int imported = 0;

	BEGIN(.methods = told_errlog("1s"));
	told_fail(&e2e, &phone);
	cr_assert_eq(told_provctl(&e2e, "errlog show", "show.txt"), 0);
	text = e2e_read(&e2e, "show.txt");
	cr_assert(strstr(text, "WIFI_PASSPHRASE") && strstr(text, "type the passphrase again"),
		  "%s", text);
	free(text);
	(void)snprintf(command, sizeof(command), "errlog export --format tencent -o '%s/err.bin'",
		       e2e.dir);
	cr_assert_eq(told_provctl(&e2e, command, "export.txt"), 0);
	text = e2e_read(&e2e, "err.bin");
	cr_assert_eq(memcmp(text, magic, sizeof(magic)), 0);
	cr_assert_eq(text[8 + 2], 12, "err_id");
	cr_assert_eq((signed char)text[8 + 4], -3, "err_sub_id");
	free(text);
	cr_assert_eq(told_provctl(&e2e, "errlog clear --yes", "clear.txt"), 0);
	told_wait_undelivered(&e2e, 0);
	(void)snprintf(command, sizeof(command), "errlog import --format tencent '%s/err.bin'",
		       e2e.dir);
	cr_assert_eq(told_provctl(&e2e, command, "import.txt"), 0);
	list = told_failures(&e2e, "{}");
	cr_assert_eq(json_array_size(list), 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *row = json_array_get(list, i);

		imported += json_is_true(json_object_get(row, "imported"));
		cr_assert_str_eq(json_string_value(json_object_get(row, "code")),
				 "WIFI_PASSPHRASE");
	}
	cr_assert_eq(imported, 1);
	json_decref(list);
	/* no form that is known, and no file of this form */
	cr_assert_neq(told_provctl(&e2e, "errlog export --format nothing", "nothing.txt"), 0);
	text = e2e_read(&e2e, "nothing.txt");
	cr_assert(strstr(text, "tencent"), "%s", text);
	free(text);
	(void)snprintf(path, sizeof(path), "errlog import --format tencent '%s/provd.err'",
		       e2e.dir);
	cr_assert_neq(told_provctl(&e2e, path, "bad.txt"), 0);
	e2e_finish(&e2e);
}

/* As many as the vendor's store holds, from the software that was on the device before. */
Test(told, all_sixteen_failures_of_the_vendor_follow_the_identity)
{
	unsigned char blob[8 + 16 * 8] = {0xef, 0xbe, 0x0d, 0xf0, 16};
	char path[128];
	char command[256];
	char want[128];
	FILE *file;

	for (unsigned i = 0; i < 16; i++) {
		blob[8 + 8 * i + 2] = 1;
		blob[8 + 8 * i + 4] = (unsigned char)(100 + i);
	}
	BEGIN(.methods = told_errlog("1s"));
	(void)snprintf(path, sizeof(path), "%s/vendor.bin", e2e.dir);
	file = fopen(path, "we");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(blob, 1, sizeof(blob), file), sizeof(blob));
	cr_assert_eq(fclose(file), 0);
	(void)snprintf(command, sizeof(command), "errlog import --format tencent '%s'", path);
	cr_assert_eq(told_provctl(&e2e, command, "import.txt"), 0);
	e2e_watch(&e2e);
	told_start(&e2e, "{}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Home", E2E_PASSPHRASE);
	cr_assert_not_null(strstr(udp_phone_next(&phone), "\"productId\""));
	for (unsigned i = 0; i < 16; i++) {
		(void)snprintf(want, sizeof(want),
			       TOLD_REPLY("Previous_Error", "MQTT connect error! (1, %u)"),
			       100 + i);
		cr_assert_str_eq(udp_phone_next_but_identity(&phone), want);
	}
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

/* Who a step was between, in the session's picture. */
static void expect_flow(const json_t *timeline, const char *event, const char *from, const char *to)
{
	const json_t *entries = json_object_get(json_object_get(timeline, "parameters"), "entries");
	const json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		if (strcmp(json_string_value(json_object_get(entry, "event")), event) != 0)
			continue;
		cr_expect_str_eq(json_string_value(json_object_get(entry, "from")), from, "%s",
				 event);
		cr_expect_str_eq(json_string_value(json_object_get(entry, "to")), to, "%s", event);
		return;
	}
	cr_assert_fail("nothing is told of '%s'", event);
}

Test(told, pictures_tell_who_spoke_with_whom)
{
	static const char *const steps[][3] = {{"a phone is there", "phone", "device"},
					       {"phone app connected", "phone", "device"},
					       {"identity told", "device", "phone"},
					       {"credentials received", "phone", "device"},
					       {"associating", "device", "ap"},
					       {"joined the network", "ap", "device"},
					       {"asking for registration", "device", "cloud"},
					       {"saving identity", "device", "device"},
					       {"registered", "cloud", "device"},
					       {"connecting to the cloud", "device", "cloud"},
					       {"connected", "cloud", "device"},
					       {"token published", "device", "cloud"},
					       {"cloud answered", "cloud", "device"},
					       {"bound", "cloud", "device"}};
	json_t *timeline;

	BEGIN(0);
	e2e_watch(&e2e);
	told_start(&e2e, "{}");
	e2e_expect(&e2e, "listening", "a phone is there");
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app mini-program"), 0);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	timeline = e2e_call(&e2e, "Timeline");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		expect_flow(timeline, steps[i][0], steps[i][1], steps[i][2]);
	json_decref(timeline);
	e2e_finish(&e2e);
}

/* Everything that can be printed lies in the folder that is searched for the canaries at the end. */
Test(told, pictures_and_statistics_hold_no_secrets)
{
	char command[512];
	char *text;

	BEGIN(.methods = told_errlog("1s"), .sections = ",\"journal\":{\"max_kib\":64}");
	told_fail(&e2e, &phone);
	told_start(&e2e, "{}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Home", E2E_PASSPHRASE);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	udp_phone_close(&phone);
	for (int i = 1; i <= 2; i++) {
		(void)snprintf(command, sizeof(command),
			       "timeline --session %d --svg '%s/session-%d.svg'", i, e2e.dir, i);
		cr_assert_eq(told_provctl(&e2e, command, "svg.txt"), 0);
		(void)snprintf(command, sizeof(command), "timeline --session %d --text", i);
		cr_assert_eq(told_provctl(&e2e, command, i == 1 ? "text-1.txt" : "text-2.txt"), 0);
	}
	text = e2e_read(&e2e, "session-1.svg");
	cr_assert(strstr(text, "WIFI_PASSPHRASE") && strstr(text, "</svg>"), "%s", text);
	free(text);
	cr_assert_eq(told_provctl(&e2e, "stats", "stats.txt"), 0);
	cr_assert_eq(told_provctl(&e2e, "stats --json", "stats.json"), 0);
	cr_assert_eq(told_provctl(&e2e, "stats --openmetrics", "stats.om"), 0);
	text = e2e_read(&e2e, "stats.om");
	cr_assert(strstr(text, "# EOF"), "%s", text);
	free(text);
	cr_assert_eq(told_provctl(&e2e, "errlog export", "errors.jsonl"), 0);
	cr_assert_eq(told_provctl(&e2e, "timeline --list", "list.txt"), 0);
	e2e_finish(&e2e);
}
