/* SPDX-License-Identifier: Apache-2.0 */
/* What a record holds, and which entries are failures. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/derive.h"
#include "journal/payload.h"

TestSuite(journal_payload, .timeout = 30);

static struct provd_timeline_entry make(json_t *detail)
{
	return (struct provd_timeline_entry){.session = 7,
					     .t_us = 123456789012,
					     .unix_ms = 1700000000000,
					     .state = PROVD_STATE_LISTENING,
					     .flow = 2,
					     .event = "attempt failed, \"listening\" \xc3\xa4",
					     .detail = detail};
}

static json_t *long_detail(size_t texts, size_t len)
{
	json_t *detail =
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "during", "joining", "reason",
			  "WIFI_PASSPHRASE", "app_id", "5", "app_sub", "-203", "method", "softap");
	char *text = malloc(len);
	char key[32];

	memset(text, 'x', len);
	for (size_t i = 0; i < texts; i++) {
		(void)snprintf(key, sizeof(key), "more%zu", i);
		json_object_set_new(detail, key, json_stringn(text, len));
	}
	json_object_set_new(detail, "text", json_stringn(text, len));
	free(text);
	return detail;
}

static int read_text(const char *text, struct provd_journal_entry *out)
{
	return provd_journal_entry_read((const uint8_t *)text, strlen(text), 7, out);
}

Test(journal_payload, an_entry_comes_back_as_it_was)
{
	struct provd_timeline_entry entry = make(json_pack("{s:s, s:s}", "a", "1 \n\"", "b", ""));
	char *text = provd_journal_entry_write(&entry, 4096);
	struct provd_journal_entry back;

	cr_assert_not_null(text);
	cr_assert_eq(read_text(text, &back), 0);
	cr_assert_eq(back.entry.session, 7);
	cr_assert_eq(back.entry.t_us, entry.t_us);
	cr_assert_eq(back.entry.unix_ms, entry.unix_ms);
	cr_assert_eq(back.entry.state, entry.state);
	cr_assert_eq(back.entry.flow, entry.flow);
	cr_assert_str_eq(back.entry.event, entry.event);
	cr_assert(json_equal(back.entry.detail, entry.detail));
	provd_journal_entry_finish(&back);
	free(text);
	json_decref(entry.detail);
}

Test(journal_payload, what_tells_a_failure_goes_last)
{
	static const size_t maxima[] = {4096, 2048, 1024, PROVD_JOURNAL_PAYLOAD_MIN};

	for (size_t i = 0; i < sizeof(maxima) / sizeof(maxima[0]); i++) {
		struct provd_timeline_entry entry = make(long_detail(60, 400));
		char *text = provd_journal_entry_write(&entry, maxima[i]);
		struct provd_journal_derive derive = {0};
		struct provd_journal_entry back;
		struct provd_failure failure;

		cr_assert_not_null(text, "%zu", maxima[i]);
		cr_assert_leq(strlen(text), maxima[i]);
		cr_assert_eq(read_text(text, &back), 0);
		cr_assert_eq(provd_journal_derive(&derive, &back.entry, &failure), 1);
		cr_assert_eq(failure.code, PROVD_E_WIFI_PASSPHRASE);
		cr_assert_eq(failure.state, PROVD_STATE_JOINING);
		cr_assert_eq(failure.app_id, 5);
		cr_assert_eq(failure.app_sub, -203);
		provd_journal_entry_finish(&back);
		free(text);
		json_decref(entry.detail);
	}
}

Test(journal_payload, what_is_no_entry_is_refused)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"7",
		"{\"t\":1,\"u\":1,\"s\":1,\"f\":0,\"e\":\"x\"}",
		"{\"t\":-1,\"u\":1,\"s\":1,\"f\":0,\"e\":\"x\",\"d\":{}}",
		"{\"t\":1.5,\"u\":1,\"s\":1,\"f\":0,\"e\":\"x\",\"d\":{}}",
		"{\"t\":1,\"u\":1,\"s\":4294967296,\"f\":0,\"e\":\"x\",\"d\":{}}",
		"{\"t\":1,\"u\":1,\"s\":1,\"f\":0,\"e\":7,\"d\":{}}",
		"{\"t\":1,\"u\":1,\"s\":1,\"f\":0,\"e\":\"x\",\"d\":{\"a\":1}}",
		"{\"t\":1,\"u\":1,\"s\":1,\"f\":0,\"e\":\"x\",\"d\":{\"a\":{}}}",
		"{\"t\":1,\"t\":1,\"u\":1,\"s\":1,\"f\":0,\"e\":\"x\",\"d\":{}}",
		"{\"t\":1,\"u\":1,\"s\":1,\"f\":0,\"e\":\"x\\u0000y\",\"d\":{}}",
		"{\"t\":1,\"u\":1,\"s\":1,\"f\":0,\"e\":\"x\",\"d\":{}} {}",
		"{\"t\":1,\"u\":1,\"s\":1,\"f\":0,\"e\":\"\xff\",\"d\":{}}",
	};
	struct provd_journal_entry back;
	uint32_t marks;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_eq(read_text(bad[i], &back), PROVD_E_CORRUPT, "%s", bad[i]);
	cr_assert_eq(provd_journal_mark_read((const uint8_t *)"{\"m\":-1}", 8, &marks),
		     PROVD_E_CORRUPT);
	cr_assert_eq(provd_journal_mark_read((const uint8_t *)"{\"m\":3}", 7, &marks), 0);
	cr_assert_eq(marks, 3);
}

Test(journal_payload, an_import_comes_back_with_texts_made_fit)
{
	char text[400];
	struct provd_failure failure = {.size = sizeof(failure),
					.t_us = 9,
					.unix_ms = 10,
					.code = PROVD_E_CLOUD_TOKEN,
					.state = PROVD_STATE_BINDING,
					.app_id = INT32_MIN,
					.app_sub = INT32_MAX,
					.method = "\xff-ap",
					.text = text};
	struct provd_failure back;
	json_t *root = NULL;
	char *payload;

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	payload = provd_journal_import_write(&failure);
	cr_assert_not_null(payload);
	cr_assert_eq(
		provd_journal_import_read((const uint8_t *)payload, strlen(payload), &back, &root),
		0);
	cr_assert_eq(back.code, failure.code);
	cr_assert_eq(back.flags, PROVD_FAILURE_IMPORTED);
	cr_assert_eq(back.session, 0);
	cr_assert_eq(back.app_id, INT32_MIN);
	cr_assert_eq(back.app_sub, INT32_MAX);
	cr_assert_str_eq(back.method, "?-ap");
	cr_assert_eq(strlen(back.text), PROVD_JOURNAL_TEXT_MAX - 1);
	json_decref(root);
	free(payload);
}

Test(journal_payload, a_code_of_a_newer_provd_is_unknown)
{
	static const char text[] = "{\"c\":\"NEW\",\"t\":1,\"u\":1,\"s\":2,\"a\":0,\"b\":0,"
				   "\"m\":\"\",\"x\":\"\"}";
	struct provd_failure back;
	json_t *root = NULL;

	cr_assert_eq(provd_journal_import_read((const uint8_t *)text, strlen(text), &back, &root),
		     0);
	cr_assert_eq(back.code, PROVD_E_UNKNOWN);
	json_decref(root);
}

/* One step of a session. */
struct step {
	const char *detail;
	uint32_t state;
	int code; /* 0: no failure */
	uint32_t during;
	const char *method;
};

Test(journal_payload, which_entries_are_failures)
{
	static const struct step steps[] = {
		{"{}", PROVD_STATE_LISTENING, 0, 0, ""},
		{"{\"reason\":\"IO\",\"method\":\"airkiss\"}", PROVD_STATE_LISTENING, 0, 0, ""},
		{"{\"method\":\"softap\",\"attempt\":\"1\"}", PROVD_STATE_JOINING, 0, 0, ""},
		{"{\"reason\":\"WIFI_NO_AP\",\"during\":\"joining\"}", PROVD_STATE_LISTENING,
		 PROVD_E_WIFI_NO_AP, PROVD_STATE_JOINING, "softap"},
		{"{\"reason\":\"nonsense\",\"during\":\"joining\"}", PROVD_STATE_LISTENING, 0, 0,
		 ""},
		{"{\"reason\":\"OK\",\"during\":\"joining\"}", PROVD_STATE_LISTENING, 0, 0, ""},
		{"{\"reason\":\"WIFI_NO_AP\",\"during\":\"nowhere\"}", PROVD_STATE_LISTENING, 0, 0,
		 ""},
		{"{\"method\":\"airkiss\",\"attempt\":\"2\"}", PROVD_STATE_JOINING, 0, 0, ""},
		{"{\"reason\":\"WIFI_NO_AP\",\"during\":\"joining\"}", PROVD_STATE_LISTENING,
		 PROVD_E_WIFI_NO_AP, PROVD_STATE_JOINING, "airkiss"},
		{"{\"reason\":\"WIFI_NO_AP\"}", PROVD_STATE_FAILED, 0, 0, ""},
		{"{\"reason\":\"TIMEOUT\"}", PROVD_STATE_STOPPED, 0, 0, ""},
		{"{\"reason\":\"TIMEOUT\"}", PROVD_STATE_FAILED, PROVD_E_TIMEOUT,
		 PROVD_STATE_LISTENING, "airkiss"},
		{"{\"reason\":\"OK\"}", PROVD_STATE_FAILED, 0, 0, ""},
	};
	struct provd_journal_derive derive = {0};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct provd_timeline_entry entry = make(json_loads(steps[i].detail, 0, NULL));
		struct provd_failure failure = {0};
		int is;

		entry.state = steps[i].state;
		is = provd_journal_derive(&derive, &entry, &failure);
		json_decref(entry.detail);
		cr_assert_eq(is, steps[i].code != 0, "step %zu", i);
		cr_assert_eq(failure.code, steps[i].code);
		cr_assert_eq(failure.state, steps[i].during, "step %zu", i);
		if (is)
			cr_assert_str_eq(failure.method, steps[i].method);
	}
}
