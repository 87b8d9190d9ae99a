/* SPDX-License-Identifier: Apache-2.0 */
#include "config_files.h"
#include "config/locate.h"

#include <provd/error.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void expect_at(const char *text, const struct provd_path *path, enum provd_locate_what what,
		      size_t line, size_t column)
{
	struct provd_position position = {0, 0};

	cr_expect(eq(int, provd_locate(text, strlen(text), path, what, &position), 0), "%s", text);
	cr_expect(eq(sz, position.line, line), "%s", text);
	cr_expect(eq(sz, position.column, column), "%s", text);
}

static void expect_key(const char *text, const char *key, size_t key_column, size_t value_column)
{
	struct provd_path path = {NULL, key, 0};

	expect_at(text, &path, PROVD_LOCATE_KEY, 1, key_column);
	expect_at(text, &path, PROVD_LOCATE_VALUE, 1, value_column);
}

Test(locate, plain_and_odd_spacing, .timeout = 10)
{
	struct provd_path a = {NULL, "a", 0};

	expect_at("  {}", NULL, PROVD_LOCATE_VALUE, 1, 3);
	expect_at("\n\n\t{}", NULL, PROVD_LOCATE_VALUE, 3, 2);
	expect_key("{\"a\":1}", "a", 2, 6);
	expect_key("{\t\"a\"\t:\t1}", "a", 3, 9);
	expect_at("{\r\n\"a\"\r\n:\r\n  1\r\n}", &a, PROVD_LOCATE_KEY, 2, 1);
	expect_at("{\r\n\"a\"\r\n:\r\n  1\r\n}", &a, PROVD_LOCATE_VALUE, 4, 3);
	expect_key("{\"b\":{\"a\":[1,{}]},\"a\":2}", "a", 19, 23);
	expect_key("{\"b\":\"}\\\"{\\\\\",\"a\":2}", "a", 15, 19);
	expect_key("{\"b\":-1.5e+3,\"c\":null,\"a\":true}", "a", 23, 27);
}

Test(locate, characters_are_counted_not_bytes, .timeout = 10)
{
	expect_key("{\"\xe7\xba\xa2\":\"\xc3\xa9\xf0\x9f\x98\x80\",\"a\":1}", "a", 11, 15);
	expect_key("{\"\xe7\xba\xa2\":1}", "\xe7\xba\xa2", 2, 6);
}

Test(locate, escaped_keys, .timeout = 10)
{
	expect_key("{\"x\\\"y\":0,\"a\":1}", "a", 11, 15);
	expect_key("{\"x\\\"y\":7}", "x\"y", 2, 9);
	expect_key("{\"\\u0061\":7}", "a", 2, 11);
	expect_key("{\"\\u7ea2\":7}", "\xe7\xba\xa2", 2, 11);
	expect_key("{\"\\uD83D\\uDE00\":7}", "\xf0\x9f\x98\x80", 2, 17);
	expect_key("{\"\\/\\/\":7}", "//", 2, 9);
	expect_key("{\"\\n\\t\\b\\f\\r\\\\\":7}", "\n\t\b\f\r\\", 2, 17);
	expect_key("{\"ab\":1,\"abc\":2,\"a\":3}", "a", 17, 21);
}

Test(locate, nested_lists, .timeout = 10)
{
	struct provd_path m = {NULL, "m", 0};
	struct provd_path second = {&m, NULL, 1};
	struct provd_path inner = {&second, NULL, 2};
	struct provd_path key = {&inner, "k", 0};
	static const char text[] = "{\"m\": [[1, 2],\n [3, [4],\n  {\"j\": 0, \"k\":\n  [5]}]]}";

	expect_at(text, &second, PROVD_LOCATE_VALUE, 2, 2);
	expect_at(text, &inner, PROVD_LOCATE_VALUE, 3, 3);
	expect_at(text, &inner, PROVD_LOCATE_KEY, 3, 3);
	expect_at(text, &key, PROVD_LOCATE_KEY, 3, 12);
	expect_at(text, &key, PROVD_LOCATE_VALUE, 4, 3);
}

Test(locate, what_is_not_there_is_not_found, .timeout = 10)
{
	static const char *const texts[] = {"",
					    "{",
					    "{}",
					    "[]",
					    "{\"b\":1}",
					    "{\"a\"",
					    "{\"a",
					    "{\"a\":",
					    "{\"b\":[1}",
					    "{\"b\" 1}",
					    "{\"b\":1,}",
					    "{\"b\":]}",
					    "{\"\\u12\":1}",
					    "\"a\"",
					    "3",
					    "{\"b\":,\"a\":1}",
					    "{\"b\":{{{{",
					    "{\"\\",
					    "{\"\\ud800\\u"};
	struct provd_path a = {NULL, "a", 0};
	struct provd_path entry = {&a, NULL, 3};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct provd_position position = {77, 77};

		cr_expect(eq(int,
			     provd_locate(texts[i], strlen(texts[i]), &a, PROVD_LOCATE_VALUE,
					  &position),
			     PROVD_E_NOT_FOUND),
			  "%s", texts[i]);
		cr_expect(eq(int,
			     provd_locate(texts[i], strlen(texts[i]), &entry, PROVD_LOCATE_KEY,
					  &position),
			     PROVD_E_NOT_FOUND),
			  "%s", texts[i]);
		cr_expect(eq(sz, position.line, 77), "%s: touched", texts[i]);
	}
}

Test(locate, depth, .timeout = 10)
{
	size_t offset = 99;

	cr_expect(eq(int, provd_locate_depth("[[]]", 4, 2, &offset), 0));
	cr_expect(eq(sz, offset, 99));
	cr_expect(eq(int, provd_locate_depth("[\"[[[\", [{", 10, 2, &offset), PROVD_E_LIMIT));
	cr_expect(eq(sz, offset, 9));
	cr_expect(eq(int, provd_locate_depth("]]]][[", 6, 2, &offset), 0));
}
