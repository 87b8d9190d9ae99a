/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "codec/bind.h"
#include "util.h"

static struct tencent_bind_message parse(const char *text, size_t len, const char *client_token)
{
	struct tencent_bind_message message;
	char *copy = exact_copy(text, len);

	memset(&message, 0xa5, sizeof(message));
	tencent_bind_parse(copy, len, client_token, &message);
	free(copy);
	return message;
}

static struct tencent_bind_message parse_text(const char *text, const char *client_token)
{
	return parse(text, strlen(text), client_token);
}

static const char *reply_payload(json_t *vector)
{
	return text_of(json_object_get(vector, "reply"), "payload");
}

static const char *publish_payload(json_t *vector)
{
	return text_of(json_object_get(vector, "publish"), "payload");
}

Test(tencent_bind, vectors, .timeout = 10)
{
	static const struct tencent_pair_time times = {
		TENCENT_PAIR_SOFTAP, 1000, 2000, 6000, 2000, 6500, 7400, 7600};
	json_t *root = load_vectors("tencent_bind.json");
	json_t *all = json_object_get(root, "vectors");
	json_t *seed = entry_of(all, "name", "seed");
	char text[TENCENT_BIND_PAYLOAD_SIZE];
	struct tencent_bind_message message;

	cr_assert_gt(tencent_bind_topic_up("L4WG9V9M2M", "TEST2", text, sizeof(text)), 0);
	cr_expect_str_eq(text, text_of(json_object_get(seed, "publish"), "topic"));
	cr_assert_gt(tencent_bind_topic_down("L4WG9V9M2M", "TEST2", text, sizeof(text)), 0);
	cr_expect_str_eq(text, text_of(json_object_get(seed, "subscribe"), "topic"));
	cr_assert_gt(
		tencent_bind_client_token("TEST2", (uint32_t)1611299968230, text, sizeof(text)), 0);
	cr_expect_str_eq(text, "TEST2-687232230");
	cr_assert_gt(tencent_bind_payload("TEST2-687232230", "69f978dfbb48ec40cadb6d9af470d0f6",
					  NULL, text, sizeof(text)),
		     0);
	cr_expect_str_eq(text, publish_payload(seed));
	cr_assert_gt(tencent_bind_payload("TEST2-687232230", "69f978dfbb48ec40cadb6d9af470d0f6",
					  &times, text, sizeof(text)),
		     0);
	cr_expect_str_eq(text, publish_payload(entry_of(all, "name", "pairTime-3.0")));
	cr_assert_gt(tencent_bind_payload("client-1234", "6ab82618a9d529a2ee777bf6e528a0fd", NULL,
					  text, sizeof(text)),
		     0);
	cr_expect_str_eq(text, publish_payload(entry_of(all, "name", "official-page")));

	message = parse_text(reply_payload(seed), "TEST2-687232230");
	cr_expect_eq(message.kind, TENCENT_BIND_REPLY);
	cr_expect_eq(message.code, 0);
	cr_expect_eq(message.error.id, 0);
	message = parse_text(reply_payload(entry_of(all, "name", "esp32-unsynced-clock")),
			     "ESP32_D1-983694");
	cr_expect_eq(message.kind, TENCENT_BIND_REPLY);
	message = parse_text(reply_payload(entry_of(all, "name", "legacy-bind_device")), "x");
	cr_expect_eq(message.kind, TENCENT_BIND_DEVICE);
	message = parse_text(reply_payload(entry_of(all, "name", "unbind")), NULL);
	cr_expect_eq(message.kind, TENCENT_BIND_UNBIND_DEVICE);
	json_decref(root);
	expect_no_leaks();
}

#define REPLY(rest) "{\"method\":\"app_bind_token_reply\"" rest "}"

Test(tencent_bind, replies_are_matched, .timeout = 10)
{
	static const struct {
		const char *text;
		enum tencent_bind_kind kind;
		int32_t code;
		int32_t sub;
	} rows[] = {
		{REPLY(",\"clientToken\":\"T-1\",\"code\":0"), TENCENT_BIND_REPLY, 0, 0},
		{REPLY(",\"clientToken\":\"T-1\",\"code\":406"), TENCENT_BIND_REPLY, 406, 406},
		{REPLY(",\"clientToken\":\"T-1\",\"code\":-5"), TENCENT_BIND_REPLY, -5, -5},
		{REPLY(",\"clientToken\":\"T-2\",\"code\":0"), TENCENT_BIND_OTHER, 0, 0},
		{REPLY(",\"clientToken\":\"T-11\",\"code\":0"), TENCENT_BIND_OTHER, 0, 0},
		{REPLY(",\"clientToken\":\"T-1\\u0000\",\"code\":0"), TENCENT_BIND_OTHER, 0, 0},
		{REPLY(",\"clientToken\":1,\"code\":0"), TENCENT_BIND_OTHER, 0, 0},
		{REPLY(",\"code\":0"), TENCENT_BIND_OTHER, 0, 0},
		{REPLY(",\"clientToken\":\"T-1\""), TENCENT_BIND_INVALID, 0, 201},
		{REPLY(",\"clientToken\":\"T-1\",\"code\":\"0\""), TENCENT_BIND_INVALID, 0, 201},
		{REPLY(",\"clientToken\":\"T-1\",\"code\":1.5"), TENCENT_BIND_INVALID, 0, 201},
		{REPLY(",\"clientToken\":\"T-1\",\"code\":null"), TENCENT_BIND_INVALID, 0, 201},
		{REPLY(",\"clientToken\":\"T-1\",\"code\":2147483648"), TENCENT_BIND_INVALID, 0,
		 201},
		{REPLY(",\"clientToken\":\"T-1\",\"code\":99999999999999999999"),
		 TENCENT_BIND_INVALID, 0, 201},
		{REPLY(",\"clientToken\":\"T-1\",\"code\":0,\"code\":1"), TENCENT_BIND_INVALID, 0,
		 201},
		{"{\"clientToken\":\"T-1\",\"code\":0}", TENCENT_BIND_OTHER, 0, 0},
		{"{\"method\":\"report_reply\",\"clientToken\":\"T-1\",\"code\":0}",
		 TENCENT_BIND_OTHER, 0, 0},
		{"{\"method\":7}", TENCENT_BIND_OTHER, 0, 0},
		{"{}", TENCENT_BIND_OTHER, 0, 0},
		{"[]", TENCENT_BIND_INVALID, 0, 201},
		{"0", TENCENT_BIND_INVALID, 0, 201},
		{"", TENCENT_BIND_INVALID, 0, 201},
		{"{\"method\":\"\xff\"}", TENCENT_BIND_INVALID, 0, 201},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tencent_bind_message got = parse_text(rows[i].text, "T-1");

		cr_expect_eq(got.kind, rows[i].kind, "%s: kind %d", rows[i].text, got.kind);
		cr_expect_eq(got.code, rows[i].code, "%s: code %d", rows[i].text, got.code);
		cr_expect_eq(got.error.sub, rows[i].sub, "%s: sub %d", rows[i].text, got.error.sub);
		cr_expect_eq(got.error.id, rows[i].sub != 0 ? 24 : 0);
	}
	cr_expect_eq(parse_text(rows[0].text, NULL).kind, TENCENT_BIND_OTHER);
	expect_no_leaks();
}

Test(tencent_bind, expired_tokens_are_known_by_their_words, .timeout = 10)
{
	static const struct {
		const char *status;
		bool is_expired;
	} rows[] = {
		{"TokenIsExpire", true},
		{"token EXPIRED", true},
		{"expire", true},
		{"the token expir", false},
		{"", false},
		{"success", false},
	};
	char text[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *exact = exact_copy(rows[i].status, strlen(rows[i].status));

		cr_expect_eq(tencent_bind_says_expired(exact, strlen(rows[i].status)),
			     rows[i].is_expired, "'%s'", rows[i].status);
		free(exact);
		(void)snprintf(text, sizeof(text),
			       REPLY(",\"clientToken\":\"T-1\",\"code\":7,\"status\":\"%s\""),
			       rows[i].status);
		cr_expect_eq(parse_text(text, "T-1").is_expired, rows[i].is_expired);
	}
	cr_expect_not(tencent_bind_says_expired(NULL, 0));
	/* Of a success the words say nothing. */
	cr_expect_not(parse_text(REPLY(",\"clientToken\":\"T-1\",\"code\":0,"
				       "\"status\":\"expires later\""),
				 "T-1")
			      .is_expired);
	expect_no_leaks();
}

Test(tencent_bind, truncation_is_never_a_reply, .timeout = 10)
{
	static const char reply[] = REPLY(",\"clientToken\":\"T-1\",\"code\":0");

	for (size_t len = 0; len < sizeof(reply) - 1; len++)
		cr_expect_eq(parse(reply, len, "T-1").kind, TENCENT_BIND_INVALID, "at %zu", len);
	expect_no_leaks();
}

Test(tencent_bind, size_and_depth_are_bounded, .timeout = 10)
{
	size_t len = TENCENT_BIND_DOWN_MAX + 1;
	char *big = malloc(len);

	cr_assert(big != NULL);
	memset(big, '[', len);
	cr_expect_eq(parse(big, len, "T-1").kind, TENCENT_BIND_OTHER);
	cr_expect_eq(parse(big, len - 1, "T-1").kind, TENCENT_BIND_INVALID);
	memset(big, ' ', len);
	cr_expect_eq(parse(big, len - 1, "T-1").kind, TENCENT_BIND_INVALID);
	free(big);
	expect_no_leaks();
}

Test(tencent_bind, writers_check_their_input, .timeout = 10)
{
	char text[TENCENT_BIND_PAYLOAD_SIZE];

	cr_expect_eq(tencent_bind_topic_up("P", "a/b", text, sizeof(text)), PROVD_E_INVALID);
	cr_expect_eq(tencent_bind_topic_up("P", "+", text, sizeof(text)), PROVD_E_INVALID);
	cr_expect_eq(tencent_bind_topic_down("#", "d", text, sizeof(text)), PROVD_E_INVALID);
	cr_expect_eq(tencent_bind_topic_down("", "d", text, sizeof(text)), PROVD_E_INVALID);
	cr_expect_eq(tencent_bind_topic_down("P", "d", text, 10), PROVD_E_NO_SPACE);
	cr_expect_eq(tencent_bind_payload("c", "\xff", NULL, text, sizeof(text)), PROVD_E_INVALID);
	cr_assert_gt(tencent_bind_payload("c", "a\"b", NULL, text, sizeof(text)), 0);
	cr_expect(strstr(text, "{\"token\":\"a\\\"b\"}") != NULL);
	memset(text, 'x', sizeof(text));
	cr_expect_eq(tencent_bind_payload("client", "secret-token", NULL, text, 70),
		     PROVD_E_NO_SPACE);
	for (size_t i = 0; i < 70; i++)
		cr_expect_eq(text[i], 0);
	expect_no_leaks();
}
