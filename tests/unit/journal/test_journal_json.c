/* SPDX-License-Identifier: Apache-2.0 */
/* What goes over the control socket, held against the interface text. */
#include "journal_world.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/idl.h"

TestSuite(journal_json, .timeout = 30);

static struct provd_idl *interface_read(void)
{
	FILE *file = fopen(PROVD_INTERFACE, "rb");
	char *text = malloc(PROVD_IDL_TEXT_MAX);
	struct provd_idl *idl = NULL;
	size_t len;

	cr_assert(file && text);
	len = fread(text, 1, PROVD_IDL_TEXT_MAX, file);
	(void)fclose(file);
	cr_assert_eq(provd_idl_parse(text, len, &idl, NULL), 0);
	free(text);
	return idl;
}

static void check(const struct provd_idl *idl, const char *type, json_t *value)
{
	const struct provd_idl_member *member = provd_idl_find(idl, PROVD_IDL_TYPEDEF, type);
	char path[PROVD_IDL_PATH_MAX] = "";

	cr_assert_not_null(member);
	cr_assert_not_null(value);
	cr_assert_eq(provd_idl_check(member->in, value, path), 0, "%s: '%s' is wrong", type, path);
}

struct list {
	const struct provd_idl *idl;
	int count;
};

static void check_failure(void *user, const struct provd_failure *failure)
{
	struct list *list = user;
	json_t *json = provd_journal_failure_json(failure);

	check(list->idl, "FailureRecord", json);
	list->count++;
	json_decref(json);
}

static void all_kinds(struct world *w)
{
	const struct provd_failure import = {.size = sizeof(import),
					     .code = PROVD_E_NET_DNS,
					     .unix_ms = 5,
					     .method = "softap",
					     .text = "imported"};

	world_failed_session(w, 1, PROVD_E_WIFI_PASSPHRASE);
	world_good_session(w, 2);
	world_fail(w, 3, PROVD_E_CLOUD_TOKEN);
	cr_assert_eq(provd_journal_service_import(w->service, &import, 1), 0);
	world_mark(w, 1, PROVD_JOURNAL_TOLD);
}

Test(journal_json, every_type_is_as_the_interface_says)
{
	struct provd_idl *idl = interface_read();
	struct list list = {.idl = idl};
	static struct world w;
	uint64_t session = 0;
	uint64_t unix_ms = 0;
	json_t *json;
	json_t *one;
	size_t i;

	world_begin(&w);
	world_open(&w);
	all_kinds(&w);
	json = provd_journal_service_sessions(w.service);
	cr_assert_eq(json_array_size(json), 3);
	json_array_foreach(json, i, one) check(idl, "SessionRecord", one);
	json_decref(json);
	world_again(&w);
	cr_assert_eq(provd_journal_table.failures(w.service, 0, check_failure, &list), 4);
	cr_assert_eq(list.count, 4);
	json = provd_journal_service_entries(w.service, &session, &unix_ms);
	cr_assert_eq(session, 3);
	cr_assert_eq(json_array_size(json), 1);
	json_decref(json);
	session = 1;
	json = provd_journal_service_entries(w.service, &session, &unix_ms);
	cr_assert_eq(json_array_size(json), 4);
	cr_assert_eq(unix_ms, 1005);
	json_array_foreach(json, i, one) check(idl, "Entry", one);
	json_decref(json);
	session = 77;
	cr_assert_null(provd_journal_service_entries(w.service, &session, &unix_ms));
	provd_idl_destroy(idl);
	world_end(&w);
}

Test(journal_json, an_entry_is_the_same_as_from_the_timeline)
{
	static struct world w;
	uint64_t session = 1;
	json_t *journal;
	json_t *timeline;

	world_begin(&w);
	world_open(&w);
	world_failed_session(&w, 1, PROVD_E_WIFI_PASSPHRASE);
	world_again(&w);
	timeline = provd_timeline_json(w.timeline, &session, NULL);
	journal = provd_journal_service_entries(w.service, &session, NULL);
	cr_assert(json_equal(journal, timeline));
	json_decref(timeline);
	json_decref(journal);
	world_end(&w);
}

Test(journal_json, members_say_what_they_mean)
{
	const struct provd_failure failure = {.size = sizeof(failure),
					      .flags = PROVD_FAILURE_IMPORTED,
					      .code = PROVD_E_WIFI_PASSPHRASE,
					      .state = PROVD_STATE_JOINING,
					      .app_id = -1,
					      .marks = PROVD_JOURNAL_DELIVERED,
					      .text = "bytes \xff of others"};
	json_t *json = provd_journal_failure_json(&failure);
	json_t *expected = json_pack(
		"{s:i, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:b, s:b, s:b}", "session",
		0, "t_us", 0, "unix_ms", 0, "code", "WIFI_PASSPHRASE", "state", "joining", "text",
		"bytes ? of others", "advice", "type the passphrase again", "retry", "changed",
		"method", "", "app_id", -1, "app_sub", 0, "told", 0, "delivered", 1, "imported", 1);

	cr_assert(json_equal(json, expected));
	json_decref(json);
	json_decref(expected);
}

Test(journal_json, a_session_is_told_in_short)
{
	static struct world w;
	json_t *json;
	json_t *expected;

	world_begin(&w);
	world_open(&w);
	world_failed_session(&w, 6, PROVD_E_WIFI_PASSPHRASE);
	world_mark(&w, 6, PROVD_JOURNAL_TOLD);
	world_again(&w);
	json = provd_journal_service_sessions(w.service);
	expected = json_pack("[{s:i, s:i, s:s, s:s, s:s, s:i, s:b, s:b}]", "session", 6, "unix_ms",
			     1005, "state", "failed", "reason", "TIMEOUT", "method", "softap",
			     "entries", 4, "told", 1, "delivered", 0);
	cr_assert(json_equal(json, expected));
	json_decref(json);
	json_decref(expected);
	world_end(&w);
}
