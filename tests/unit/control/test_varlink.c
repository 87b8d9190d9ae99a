/* SPDX-License-Identifier: Apache-2.0 */
/** The codec alone. */
#include "control/varlink.h"

#include <provd/error.h>

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static int parse(const char *text, struct provd_varlink_call *call)
{
	return provd_varlink_parse(text, strlen(text), call);
}

Test(varlink, parse_call, .timeout = 20)
{
	struct provd_varlink_call call;

	cr_assert_eq(parse("{\"method\":\"a.b.C\",\"parameters\":{\"x\":1},\"more\":true,"
			   "\"oneway\":false,\"upgrade\":null,\"unknown\":[1]}",
			   &call),
		     0);
	cr_assert_str_eq(call.method, "a.b.C");
	cr_assert_eq((int)json_integer_value(json_object_get(call.parameters, "x")), 1);
	cr_assert_eq(call.more, 1);
	cr_assert_eq(call.oneway, 0);
	cr_assert_eq(call.upgrade, 0);
	provd_varlink_call_finish(&call);
	cr_assert_eq(parse("{\"method\":\"a.b.C\",\"parameters\":null}", &call), 0);
	cr_assert(json_is_object(call.parameters));
	provd_varlink_call_finish(&call);
}

Test(varlink, parse_hostile, .timeout = 20)
{
	static const char *const hostile[] = {
		"",
		" ",
		"{",
		"}",
		"null",
		"5",
		"\"a\"",
		"[{}]",
		"{}",
		"{\"method\":null}",
		"{\"method\":{}}",
		"{\"method\":\"a\",\"parameters\":1}",
		"{\"method\":\"a\",\"parameters\":\"\"}",
		"{\"method\":\"a\",\"oneway\":\"yes\"}",
		"{\"method\":\"a\",\"upgrade\":0}",
		"{\"method\":\"a\"}x",
		"{\"method\":\"a\"}{}",
		"{\"method\":\"a\\u0000b\"}",
		"{\"method\":\"\xc3\x28\"}",
		"{\"method\":\"a\\",
		"{\"method\":\"a\",\"oneway\":true,\"upgrade\":true}"};
	struct provd_varlink_call call;
	size_t i;

	for (i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		cr_assert_eq(parse(hostile[i], &call), PROVD_E_PEER_FORMAT, "%zu: %s", i,
			     hostile[i]);
}

/** A call with `depth` arrays inside its parameters. */
static int parse_depth(size_t depth, int closed)
{
	static const char head[] = "{\"method\":\"a\",\"parameters\":{\"]}\\\"[{\":";
	struct provd_varlink_call call;
	size_t len = strlen(head);
	char *text = malloc(len + 2 * depth + 3);
	int status;

	memcpy(text, head, len);
	memset(text + len, '[', depth);
	len += depth;
	memset(text + len, ']', closed ? depth : 0);
	len += closed ? depth : 0;
	memcpy(text + len, "}}", 2);
	status = provd_varlink_parse(text, len + 2, &call);
	if (!status)
		provd_varlink_call_finish(&call);
	free(text);
	return status;
}

Test(varlink, depth_is_bounded, .timeout = 20)
{
	cr_assert_eq(parse_depth(PROVD_VARLINK_DEPTH - 2, 1), 0);
	cr_assert_eq(parse_depth(PROVD_VARLINK_DEPTH - 1, 1), PROVD_E_PEER_FORMAT);
	cr_assert_eq(parse_depth(1000000, 1), PROVD_E_PEER_FORMAT);
	cr_assert_eq(parse_depth(1000000, 0), PROVD_E_PEER_FORMAT);
}

/** Gives bytes to a reader, as many as it takes. */
static size_t push(struct provd_varlink_reader *reader, const char *bytes, size_t len)
{
	size_t used = 0;
	size_t room;
	char *to;

	while (used < len && (to = provd_varlink_reader_room(reader, &room))) {
		if (room > len - used)
			room = len - used;
		memcpy(to, bytes + used, room);
		provd_varlink_reader_filled(reader, room);
		used += room;
	}
	return used;
}

Test(varlink, reader_takes_messages_apart, .timeout = 20)
{
	static const char bytes[] = "{\"method\":\"a\"}\0{\"method\":\"b\"}\0{\"method\":";
	struct provd_varlink_reader reader;
	struct provd_varlink_call call;

	provd_varlink_reader_init(&reader, 64);
	cr_assert_eq(provd_varlink_reader_next(&reader, &call), 0);
	cr_assert_eq(push(&reader, bytes, sizeof(bytes) - 1), sizeof(bytes) - 1);
	cr_assert_eq(provd_varlink_reader_next(&reader, &call), 1);
	cr_assert_str_eq(call.method, "a");
	provd_varlink_call_finish(&call);
	cr_assert_eq(provd_varlink_reader_next(&reader, &call), 1);
	cr_assert_str_eq(call.method, "b");
	provd_varlink_call_finish(&call);
	cr_assert_eq(provd_varlink_reader_next(&reader, &call), 0);
	cr_assert_eq(provd_varlink_reader_pending(&reader), 10);
	cr_assert_eq(push(&reader, "\"c\"}", 5), 5);
	cr_assert_eq(provd_varlink_reader_next(&reader, &call), 1);
	cr_assert_str_eq(call.method, "c");
	provd_varlink_call_finish(&call);
	provd_varlink_reader_finish(&reader);
}

/* What a call brought must not stay behind in the buffer: there are passphrases in it. */
Test(varlink, reader_wipes_what_was_taken, .timeout = 20)
{
	static const char bytes[] = "{\"method\":\"a\",\"parameters\":{\"p\":\"canary-one\"}}\0"
				    "{\"method\":\"canary-two\"}\0{\"method\":";
	struct provd_varlink_reader reader;
	struct provd_varlink_call call;
	size_t room;

	provd_varlink_reader_init(&reader, 256);
	cr_assert_eq(push(&reader, bytes, sizeof(bytes) - 1), sizeof(bytes) - 1);
	cr_assert_not_null(memmem(reader.buf, reader.len, "canary-one", 10));
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(provd_varlink_reader_next(&reader, &call), 1);
		provd_varlink_call_finish(&call);
	}
	cr_assert_null(memmem(reader.buf, reader.len, "canary", 6));
	/* moved to the front: behind the end there is no copy of what is still to come */
	cr_assert_not_null(provd_varlink_reader_room(&reader, &room));
	cr_assert_eq(reader.len, 10);
	cr_assert_null(
		memmem(reader.buf + reader.len, sizeof(bytes) - 1 - reader.len, "method", 6));
	provd_varlink_reader_finish(&reader);
}

Test(varlink, reader_is_bounded, .timeout = 20)
{
	struct provd_varlink_reader reader;
	struct provd_varlink_call call;
	char bytes[2000];

	memset(bytes, ' ', sizeof(bytes));
	provd_varlink_reader_init(&reader, 1000);
	cr_assert_eq(push(&reader, bytes, 1000), 1000);
	cr_assert_eq(provd_varlink_reader_next(&reader, &call), 0);
	cr_assert_eq(provd_varlink_reader_full(&reader), 0);
	cr_assert_eq(push(&reader, bytes, sizeof(bytes)), 1);
	cr_assert_eq(provd_varlink_reader_full(&reader), 1);
	cr_assert_eq(provd_varlink_reader_next(&reader, &call), PROVD_E_LIMIT);
	cr_assert_leq(reader.cap, 1001);
	provd_varlink_reader_finish(&reader);
}

Test(varlink, replies, .timeout = 20)
{
	char *bytes;
	size_t len;

	cr_assert_eq(provd_varlink_reply(NULL, 0, &bytes, &len), 0);
	cr_assert_str_eq(bytes, "{\"parameters\":{}}");
	cr_assert_eq(len, strlen(bytes) + 1);
	free(bytes);
	cr_assert_eq(
		provd_varlink_reply(json_pack("{s:s%}", "a", "x\0y", (size_t)3), 1, &bytes, &len),
		0);
	cr_assert_str_eq(bytes, "{\"parameters\":{\"a\":\"x\\u0000y\"},\"continues\":true}");
	cr_assert_eq(len, strlen(bytes) + 1);
	free(bytes);
	cr_assert_eq(provd_varlink_error("a.B", NULL, &bytes, &len), 0);
	cr_assert_str_eq(bytes, "{\"error\":\"a.B\",\"parameters\":{}}");
	free(bytes);
}
