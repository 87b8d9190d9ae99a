/* SPDX-License-Identifier: Apache-2.0 */
/* A failure reaches whoever has to know, also when the phone was away: byte by byte. */
#include "e2e.h"
#include "udp_phone.h"

#include <criterion/criterion.h>

#include <poll.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUERY		 "{\"cmdType\":3}"
#define WRONG		 "wrong-passphrase"
#define PASSPHRASE	 "WIFI AP STA error! (12, -3)"
#define REPLY(kind, log) "{\"cmdType\":2,\"deviceReply\":\"" kind "\",\"log\":\"" log "\"}\r\n"

static struct e2e e2e;
static struct udp_phone phone;

TestSuite(told, .timeout = 120);

/* The method errlog on the test's own address, with `more` options. */
static const char *errlog(const char *more)
{
	static char methods[512];
	char address[32];

	e2e_own_address(address, sizeof(address));
	(void)snprintf(methods, sizeof(methods),
		       ",{\"plugin\":\"errlog\",\"options\":{\"passphrase_key\":"
		       "\"a key of the factory\",\"address\":\"%s/8\",\"settle\":\"1s\","
		       "\"repeat_interval\":\"50ms\"%s}}",
		       address, more);
	return methods;
}

#define BEGIN(...) e2e_init(&e2e, &(struct e2e_setup){__VA_ARGS__})

static void start(const char *parameters)
{
	json_t *reply = e2e_call_with(&e2e, "Start", parameters);

	cr_assert_null(json_object_get(reply, "error"), "%s",
		       json_string_value(json_object_get(reply, "error")));
	json_decref(reply);
	e2e_expect(&e2e, "listening", "method listens");
}

/* A session that fails: its only phone has the wrong passphrase. */
static void fail(void)
{
	const char *got;

	e2e_watch(&e2e);
	start("{\"deadline_ms\":1500}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Home", WRONG);
	e2e_expect(&e2e, "listening", "attempt failed, listening again");
	/* that of an earlier session may come first */
	got = udp_phone_next_but_identity(&phone);
	if (strstr(got, "Previous_Error"))
		got = udp_phone_next_but_identity(&phone);
	cr_assert_str_eq(got, REPLY("Current_Error", PASSPHRASE));
	cr_assert_str_eq(e2e_end(&e2e), "failed");
	udp_phone_close(&phone);
}

static json_t *failures(const char *parameters)
{
	json_t *reply = e2e_call_with(&e2e, "Errors", parameters);
	json_t *list =
		json_incref(json_object_get(json_object_get(reply, "parameters"), "failures"));

	cr_assert(json_is_array(list));
	json_decref(reply);
	return list;
}

/* Waits until this many failures are not delivered. */
static void wait_undelivered(size_t count)
{
	for (int i = 0; i < 400; i++) {
		json_t *list = failures("{\"undelivered\":true}");
		size_t now = json_array_size(list);

		json_decref(list);
		if (now == count)
			return;
		poll(NULL, 0, 50);
	}
	cr_assert_fail("not %zu undelivered failures", count);
}

/* The vendor's form: milliseconds, function, line, text; 127 bytes at most. */
static void check_log(const char *text)
{
	regex_t line;
	regmatch_t match;
	size_t lines = 0;

	cr_assert_eq(regcomp(&line, "^[0-9]+\\|[a-z]+\\([0-9]+\\): [^\r\n]+\r\n", REG_EXTENDED), 0);
	for (const char *at = text; *at; at += match.rm_eo, lines++) {
		cr_assert_eq(regexec(&line, at, 1, &match, 0), 0, "not a line of the log: %s", at);
		cr_assert_leq(match.rm_eo, 127);
	}
	regfree(&line);
	cr_assert_leq(lines, 10);
	cr_assert_not_null(strstr(text, "WIFI_PASSPHRASE"), "%s", text);
	cr_assert_not_null(strstr(text, "(12, -3)"), "%s", text);
}

/* Asks until the device answers, as the mini program does. */
static char *ask_for_log(void)
{
	char *first = NULL;

	for (int i = 0; i < 200 && !first; i++) {
		udp_phone_send(&phone, QUERY);
		if (!udp_phone_is_quiet(&phone, 100))
			first = strdup(udp_phone_next(&phone));
	}
	cr_assert_not_null(first, "the log was not sent");
	return first;
}

Test(told, the_log_is_fetched_from_its_hotspot_as_often_as_needed)
{
	char *first;

	BEGIN(.methods = errlog(""));
	fail();
	udp_phone_open(&phone, e2e.address, 9876);
	first = ask_for_log();
	check_log(first);
	cr_assert_str_eq(udp_phone_next(&phone), first, "it is sent twice");
	/* it was lost: the phone asks again, before the device takes it for delivered */
	cr_assert(udp_phone_is_quiet(&phone, 300));
	udp_phone_send(&phone, QUERY);
	cr_assert_str_eq(udp_phone_next(&phone), first);
	cr_assert_str_eq(udp_phone_next(&phone), first);
	wait_undelivered(0);
	udp_phone_send(&phone, QUERY);
	cr_assert(udp_phone_is_quiet(&phone, 300), "it was handed over");
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told, what_is_no_query_is_not_answered)
{
	char *first;

	BEGIN(.methods = errlog(""));
	fail();
	udp_phone_open(&phone, e2e.address, 9876);
	first = ask_for_log();
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

	BEGIN(.methods = errlog(""), .hal = ",\"ap_station_together\":false");
	fail();
	udp_phone_open(&phone, e2e.address, 9876);
	first = ask_for_log();
	start("{}");
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app mini-program"), 0);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	wait_undelivered(1);
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told, the_log_survives_a_power_cut_and_is_offered_after_the_next_failure)
{
	char *first;

	BEGIN(.methods = errlog(""));
	fail();
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	wait_undelivered(1);
	fail();
	wait_undelivered(2);
	udp_phone_open(&phone, e2e.address, 9876);
	first = ask_for_log();
	check_log(first);
	/* the newest first; once it is delivered, the one before */
	wait_undelivered(1);
	free(first);
	first = ask_for_log();
	check_log(first);
	wait_undelivered(0);
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told, previous_errors_follow_the_identity_also_after_a_restart)
{
	const char *got;

	BEGIN(0);
	fail();
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	e2e_watch(&e2e);
	start("{}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Home", E2E_PASSPHRASE);
	/* iOS takes the first reply for the identity */
	got = udp_phone_next(&phone);
	cr_assert_not_null(strstr(got, "\"productId\""), "%s", got);
	cr_assert_str_eq(udp_phone_next_but_identity(&phone), REPLY("Previous_Error", PASSPHRASE));
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	udp_phone_close(&phone);
	/* told once */
	start("{}");
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
	fail();
	start("{}");
	udp_phone_open(&phone, e2e.address, 8266);
	first = ask_for_log();
	check_log(first);
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
	start("{}");
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app mini-program"), 0);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	/* the owner tries another network, which is not there */
	start("{\"deadline_ms\":1500}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Elsewhere", WRONG);
	e2e_expect(&e2e, "listening", "attempt failed, listening again");
	cr_assert_str_eq(udp_phone_next_but_identity(&phone),
			 REPLY("Current_Error", "WIFI AP STA error! (12, -2)"));
	udp_phone_close(&phone);
	if (strcmp(e2e_end(&e2e), "failed") != 0)
		goto out; /* the saved network was joined in the background: nothing has failed */
	udp_phone_open(&phone, e2e.address, 8266);
	for (int i = 0; i < 100 && udp_phone_is_quiet(&phone, 100); i++)
		udp_phone_credentials(&phone, "Elsewhere", WRONG);
	got = udp_phone_next(&phone);
	cr_assert_str_eq(got, REPLY("Current_Error", "WIFI AP STA error! (12, -2)"),
			 "no identity, which would look like success: %s", got);
	udp_phone_close(&phone);
out:
	e2e_finish(&e2e);
}

/* What people and programs get */

static int provctl(const char *arguments, const char *out)
{
	char command[512];

	(void)snprintf(command, sizeof(command), "'%s/provctl' --socket '%s' %s >'%s/%s' 2>&1",
		       e2e_bin_dir(), e2e.socket, arguments, e2e.dir, out);
	return system(command);
}

Test(told, provctl_shows_exports_imports_and_clears)
{
	static const unsigned char magic[] = {0xef, 0xbe, 0x0d, 0xf0, 1, 0, 0, 0};
	char command[512];
	char path[128];
	char *text;
	json_t *list;
	int imported = 0;

	BEGIN(.methods = errlog(""));
	fail();
	cr_assert_eq(provctl("errlog show", "show.txt"), 0);
	text = e2e_read(&e2e, "show.txt");
	cr_assert(strstr(text, "WIFI_PASSPHRASE") && strstr(text, "type the passphrase again"),
		  "%s", text);
	free(text);
	(void)snprintf(command, sizeof(command), "errlog export --format tencent -o '%s/err.bin'",
		       e2e.dir);
	cr_assert_eq(provctl(command, "export.txt"), 0);
	text = e2e_read(&e2e, "err.bin");
	cr_assert_eq(memcmp(text, magic, sizeof(magic)), 0);
	cr_assert_eq(text[8 + 2], 12, "err_id");
	cr_assert_eq((signed char)text[8 + 4], -3, "err_sub_id");
	free(text);
	cr_assert_eq(provctl("errlog clear --yes", "clear.txt"), 0);
	wait_undelivered(0);
	(void)snprintf(command, sizeof(command), "errlog import --format tencent '%s/err.bin'",
		       e2e.dir);
	cr_assert_eq(provctl(command, "import.txt"), 0);
	list = failures("{}");
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
	cr_assert_neq(provctl("errlog export --format nothing", "nothing.txt"), 0);
	text = e2e_read(&e2e, "nothing.txt");
	cr_assert(strstr(text, "tencent"), "%s", text);
	free(text);
	(void)snprintf(path, sizeof(path), "errlog import --format tencent '%s/provd.err'",
		       e2e.dir);
	cr_assert_neq(provctl(path, "bad.txt"), 0);
	e2e_finish(&e2e);
}

/* Everything that can be printed lies in the folder that is searched for the canaries at the end. */
Test(told, pictures_and_statistics_hold_no_secrets)
{
	char command[512];
	char *text;

	BEGIN(.methods = errlog(""), .sections = ",\"journal\":{\"max_kib\":64}");
	fail();
	start("{}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Home", E2E_PASSPHRASE);
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	udp_phone_close(&phone);
	for (int i = 1; i <= 2; i++) {
		(void)snprintf(command, sizeof(command),
			       "timeline --session %d --svg '%s/session-%d.svg'", i, e2e.dir, i);
		cr_assert_eq(provctl(command, "svg.txt"), 0);
		(void)snprintf(command, sizeof(command), "timeline --session %d --text", i);
		cr_assert_eq(provctl(command, i == 1 ? "text-1.txt" : "text-2.txt"), 0);
	}
	text = e2e_read(&e2e, "session-1.svg");
	cr_assert(strstr(text, "WIFI_PASSPHRASE") && strstr(text, "</svg>"), "%s", text);
	free(text);
	cr_assert_eq(provctl("stats", "stats.txt"), 0);
	cr_assert_eq(provctl("stats --json", "stats.json"), 0);
	cr_assert_eq(provctl("stats --openmetrics", "stats.om"), 0);
	text = e2e_read(&e2e, "stats.om");
	cr_assert(strstr(text, "# EOF"), "%s", text);
	free(text);
	cr_assert_eq(provctl("errlog export", "errors.jsonl"), 0);
	cr_assert_eq(provctl("timeline --list", "list.txt"), 0);
	e2e_finish(&e2e);
}
