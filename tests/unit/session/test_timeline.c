/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline: bounds, what is kept, what an entry shows. */
#include "session/timeline.h"
#include "session/words.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

TestSuite(timeline, .timeout = 10);

static struct provd_timeline *timeline;

static void create(size_t entries, size_t sessions, int personal)
{
	cr_assert_eq(provd_timeline_create(entries, sessions, personal, &timeline), 0);
}

static void add(uint64_t session, uint64_t t_us, const char *event)
{
	cr_assert_not_null(provd_timeline_add(timeline, session, t_us, 7, PROVD_STATE_LISTENING,
					      PROVD_FLOW_NOTE, event, NULL, 0));
}

/* The list of a session, 0 the newest. */
static json_t *list(uint64_t session, uint64_t *out_found)
{
	json_t *entries = provd_timeline_json(timeline, &session, NULL);

	if (out_found)
		*out_found = session;
	return entries;
}

static void expect_event(const json_t *entries, size_t i, const char *event)
{
	cr_assert_str_eq(json_string_value(json_object_get(json_array_get(entries, i), "event")),
			 event);
}

Test(timeline, the_first_entry_stays_and_the_oldest_others_go)
{
	char name[16];
	json_t *entries;

	create(4, 1, 0);
	for (unsigned i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "e%u", i);
		add(1, i, name);
	}
	entries = list(1, NULL);
	cr_assert_eq(json_array_size(entries), 4);
	expect_event(entries, 0, "e0");
	expect_event(entries, 1, "e7");
	expect_event(entries, 3, "e9");
	json_decref(entries);
	provd_timeline_destroy(timeline);
}

Test(timeline, old_sessions_make_room)
{
	uint64_t found = 0;
	json_t *entries;

	create(4, 2, 0);
	add(1, 1, "one");
	add(2, 2, "two");
	add(3, 3, "three");
	cr_assert_null(list(1, NULL));
	entries = list(0, &found);
	cr_assert_eq(found, 3);
	expect_event(entries, 0, "three");
	json_decref(entries);
	entries = list(2, NULL);
	expect_event(entries, 0, "two");
	json_decref(entries);
	provd_timeline_destroy(timeline);
}

Test(timeline, what_is_forgotten_is_not_known)
{
	create(4, 2, 0);
	add(1, 1, "one");
	add(2, 2, "two");
	provd_timeline_forget(timeline);
	cr_assert_null(list(0, NULL));
	cr_assert_null(list(2, NULL));
	provd_timeline_forget(timeline);
	add(3, 3, "three");
	json_decref(list(3, NULL));
	provd_timeline_destroy(timeline);
}

Test(timeline, nothing_known_gives_nothing)
{
	create(4, 2, 0);
	cr_assert_null(list(0, NULL));
	cr_assert_null(list(7, NULL));
	provd_timeline_destroy(timeline);
	provd_timeline_destroy(NULL);
}

static json_t *detail_of(int personal, const char *key)
{
	static const uint8_t ip[] = {192, 168, 4, 66};
	struct provd_field fields[] = {
		provd_f_ssid("ssid", (const uint8_t *)"Attic Network", 13),
		provd_f_ip("ip", ip, 4),
		provd_f_secret("passphrase", 12),
		provd_f_text("text", "say \"hello\""),
		provd_f_textn("bad", "\xff\xfe", 2),
	};
	const struct provd_timeline_entry *entry;
	json_t *value;

	create(4, 1, personal);
	entry = provd_timeline_add(timeline, 1, 5, 7, PROVD_STATE_JOINING, PROVD_FLOW_TO_AP, "x",
				   fields, 5);
	cr_assert_not_null(entry);
	value = json_incref(json_object_get(entry->detail, key));
	provd_timeline_destroy(timeline);
	return value;
}

static void expect_detail(int personal, const char *key, const char *text)
{
	json_t *value = detail_of(personal, key);

	cr_assert_str_eq(json_string_value(value), text);
	json_decref(value);
}

Test(timeline, details_show_what_their_type_allows)
{
	expect_detail(1, "ssid", "Attic Network");
	expect_detail(1, "ip", "192.168.4.66");
	expect_detail(0, "ip", "192.168.*.*");
	expect_detail(0, "text", "say \"hello\"");
	expect_detail(1, "passphrase", "<secret 12 bytes>");
	cr_assert_null(detail_of(0, "bad"), "what is not text is left out");
}

Test(timeline, an_event_that_is_not_utf8_can_still_be_sent)
{
	const struct provd_timeline_entry *entry;
	json_t *json;

	create(4, 1, 0);
	entry = provd_timeline_add(timeline, 1, 5, 7, PROVD_STATE_JOINING, PROVD_FLOW_TO_AP,
				   "assoc\xff", NULL, 0);
	cr_assert_str_eq(entry->event, "assoc?");
	json = provd_timeline_entry_json(entry);
	cr_assert_not_null(json);
	json_decref(json);
	provd_timeline_destroy(timeline);
}

Test(timeline, words_are_cut_between_characters)
{
	char text[8];

	provd_text_copy(text, sizeof(text), "abcdef\xc3\xa9");
	cr_assert_str_eq(text, "abcdef", "half a character is none");
	provd_text_copy(text, sizeof(text), "abcde\xc3\xa9z");
	cr_assert_str_eq(text, "abcde\xc3\xa9");
	provd_text_copy(text, sizeof(text),
			"a\xff\xff\xff\xff"
			"b");
	cr_assert_str_eq(text, "a????b");
	provd_text_copy(text, 1, "abc");
	cr_assert_str_eq(text, "");
}

Test(timeline, states_have_names)
{
	cr_assert_str_eq(provd_state_name(PROVD_STATE_IDLE), "idle");
	cr_assert_str_eq(provd_state_name(PROVD_STATE_STOPPED), "stopped");
	cr_assert_str_eq(provd_state_name(99), "unknown");
}
