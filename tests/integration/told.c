/* SPDX-License-Identifier: Apache-2.0 */
#include "told.h"

#include <criterion/criterion.h>

#include <poll.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *told_errlog(const char *settle)
{
	static char methods[512];
	char address[32];

	e2e_own_address(address, sizeof(address));
	(void)snprintf(methods, sizeof(methods),
		       ",{\"plugin\":\"errlog\",\"options\":{\"passphrase_key\":"
		       "\"a key of the factory\",\"address\":\"%s/8\",\"settle\":\"%s\","
		       "\"repeat_interval\":\"50ms\"}}",
		       address, settle);
	return methods;
}

void told_start(struct e2e *e2e, const char *parameters)
{
	json_t *reply = e2e_call_with(e2e, "Start", parameters);

	cr_assert_null(json_object_get(reply, "error"), "%s",
		       json_string_value(json_object_get(reply, "error")));
	json_decref(reply);
	e2e_expect(e2e, "listening", "method listens");
}

void told_fail(struct e2e *e2e, struct udp_phone *phone)
{
	const char *got;

	e2e_watch(e2e);
	told_start(e2e, "{\"deadline_ms\":1500}");
	udp_phone_open(phone, e2e->address, 8266);
	udp_phone_credentials(phone, "Home", TOLD_WRONG);
	e2e_expect(e2e, "listening", "attempt failed, listening again");
	/* that of an earlier session may come first */
	got = udp_phone_next_but_identity(phone);
	if (strstr(got, "Previous_Error"))
		got = udp_phone_next_but_identity(phone);
	cr_assert_str_eq(got, TOLD_REPLY("Current_Error", TOLD_PASSPHRASE));
	cr_assert_str_eq(e2e_end(e2e), "failed");
	udp_phone_close(phone);
}

json_t *told_failures(struct e2e *e2e, const char *parameters)
{
	json_t *reply = e2e_call_with(e2e, "Errors", parameters);
	json_t *list =
		json_incref(json_object_get(json_object_get(reply, "parameters"), "failures"));

	cr_assert(json_is_array(list));
	json_decref(reply);
	return list;
}

void told_wait_undelivered(struct e2e *e2e, size_t count)
{
	for (int i = 0; i < 400; i++) {
		json_t *list = told_failures(e2e, "{\"undelivered\":true}");
		size_t now = json_array_size(list);

		json_decref(list);
		if (now == count)
			return;
		poll(NULL, 0, 50);
	}
	cr_assert_fail("not %zu undelivered failures", count);
}

void told_check_log(const char *text)
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
	cr_assert_not_null(strstr(text, "passphrase=<secret>"), "its length is no one's: %s", text);
}

static void keep(const struct e2e *e2e, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/log-of-phone.txt", e2e->dir);
	file = fopen(path, "ae");
	cr_assert_not_null(file);
	cr_assert_geq(fputs(text, file), 0);
	cr_assert_eq(fclose(file), 0);
}

char *told_ask_for_log(struct e2e *e2e, struct udp_phone *phone)
{
	char *first = NULL;

	for (int i = 0; i < 200 && !first; i++) {
		udp_phone_send(phone, TOLD_QUERY);
		if (!udp_phone_is_quiet(phone, 100))
			first = strdup(udp_phone_next(phone));
	}
	cr_assert_not_null(first, "the log was not sent");
	keep(e2e, first);
	return first;
}

void told_wait_file(struct e2e *e2e, const char *name, const char *text)
{
	for (int i = 0; i < 2000; i++) {
		char *content = e2e_read(e2e, name);
		int found = strstr(content, text) != NULL;

		free(content);
		if (found)
			return;
		poll(NULL, 0, 10);
	}
	cr_assert_fail("%s never had %s", name, text);
}

int told_provctl(struct e2e *e2e, const char *arguments, const char *out)
{
	char command[512];

	(void)snprintf(command, sizeof(command), "'%s/provctl' --socket '%s' %s >'%s/%s' 2>&1",
		       e2e_bin_dir(), e2e->socket, arguments, e2e->dir, out);
	return system(command);
}
