/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "codec/app.h"
#include "util.h"

#define TOKEN32	      "69f978dfbb48ec40cadb6d9af470d0f6"
#define CHARS8	      "12345678"
#define CHARS32	      CHARS8 CHARS8 CHARS8 CHARS8
#define CMD1(s, p, t) "{\"cmdType\":1,\"ssid\":" s ",\"password\":" p ",\"token\":" t "}"

/* A row with its own length, since datagrams may hold NULs. */
#define ROW(text, kind, sub)                                                                       \
	{                                                                                          \
		text, sizeof(text) - 1, kind, sub                                                  \
	}

struct datagram {
	const char *bytes;
	size_t len;
	enum tencent_app_kind kind;
	int32_t sub;
};

static void expect_rows(const struct datagram *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct tencent_app_command command;
		char *copy = exact_copy(rows[i].bytes, rows[i].len);

		tencent_app_parse(copy, rows[i].len, &command);
		cr_expect_eq(command.kind, rows[i].kind, "row %zu: %s: kind %d", i, rows[i].bytes,
			     command.kind);
		cr_expect_eq(command.error.sub, rows[i].sub, "row %zu: %s: sub %d", i,
			     rows[i].bytes, command.error.sub);
		cr_expect_eq(command.error.id, rows[i].sub != 0 ? 2 : 0);
		/* Nothing of a refused command may stay. */
		if (rows[i].kind == TENCENT_APP_BAD)
			cr_expect(command.password[0] == '\0' && command.token[0] == '\0' &&
				  command.ssid_len == 0);
		tencent_app_command_finish(&command);
		free(copy);
	}
	expect_no_leaks();
}

#define EXPECT_ROWS(rows) expect_rows(rows, sizeof(rows) / sizeof((rows)[0]))

Test(tencent_app, tolerated, .timeout = 10)
{
	static const struct datagram rows[] = {
		ROW("", TENCENT_APP_IGNORE, 0),
		ROW("{\"cmdType\":0,\"token\":\"abcdef\"}\r\n", TENCENT_APP_TOKEN, 0),
		ROW("{\"cmdType\":0,\"token\":\"abcdef\"}\0\0\0", TENCENT_APP_TOKEN, 0),
		ROW("{\"cmdType\":0,\"token\":\"abcdef\"}oken\":\"stale\"}", TENCENT_APP_TOKEN, 0),
		ROW("{\"cmdType\":0,\"token\":\"abcdef\"}{{{\xff", TENCENT_APP_TOKEN, 0),
		ROW("\r\n {\n\t\"cmdType\" :\t0,\n\t\"token\" : \"abcdef\"\n}\n", TENCENT_APP_TOKEN,
		    0),
		ROW("{\"token\":\"" TOKEN32 "\",\"x\":[1,{}],\"cmdType\":0,\"region\":7}",
		    TENCENT_APP_TOKEN, 0),
		ROW("{\"cmdType\":1,\"ssid\":\"a\",\"bssid\":\"\",\"pwd\":\"\",\"token\":\"abcdef\"}",
		    TENCENT_APP_CREDENTIALS, 0),
		ROW(CMD1("\"" CHARS32 "\"", "\"" CHARS32 CHARS32 "\"", "\"" CHARS32 "\""),
		    TENCENT_APP_CREDENTIALS, 0),
		ROW(CMD1("\"\\u5bb6\\u5ead\"", "\"\"", "\"abcdef\""), TENCENT_APP_CREDENTIALS, 0),
		ROW(CMD1("\"a\\u0000b\"", "\"\"", "\"abcdef\""), TENCENT_APP_CREDENTIALS, 0),
		ROW("{\"cmdType\":2,\"productId\":\"x\"}", TENCENT_APP_IGNORE, 0),
		ROW("{\"cmdType\":5}", TENCENT_APP_IGNORE, 0),
		ROW("{\"cmdType\":6}", TENCENT_APP_IGNORE, 0),
		ROW("{\"cmdType\":7,\"wifiConfigState\":1}", TENCENT_APP_IGNORE, 0),
		ROW("{\"cmdType\":4}", TENCENT_APP_AUTH_QUERY, 0),
		ROW("{\"cmdType\":3}\0", TENCENT_APP_LOG_QUERY, 0),
	};

	EXPECT_ROWS(rows);
}

Test(tencent_app, not_a_command, .timeout = 10)
{
	static const struct datagram rows[] = {
		ROW("\0", TENCENT_APP_BAD, 201),
		ROW("hello", TENCENT_APP_BAD, 201),
		ROW("[]", TENCENT_APP_BAD, 201),
		ROW("[{\"cmdType\":3}]", TENCENT_APP_BAD, 201),
		ROW("{}", TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":\"1\"}", TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":null}", TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":1.0}", TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":[1]}", TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":-1}", TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":8}", TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":4294967299}", TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":99999999999999999999999}", TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":1e999}", TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":3,\"cmdType\":1}", TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":0,\"token\":\"abc\xff\xfe"
		    "def\"}",
		    TENCENT_APP_BAD, 201),
		ROW("{\"cmdType\":0,\"token\":\"abc\0def\"}", TENCENT_APP_BAD, 201),
		ROW("\xef\xbb\xbf{\"cmdType\":3}", TENCENT_APP_BAD, 201),
	};

	EXPECT_ROWS(rows);
}

Test(tencent_app, members_out_of_range, .timeout = 10)
{
	static const struct datagram rows[] = {
		ROW("{\"cmdType\":0,\"token\":\"\"}", TENCENT_APP_BAD, 204),
		ROW("{\"cmdType\":0,\"token\":\"abcde\"}", TENCENT_APP_BAD, 204),
		ROW("{\"cmdType\":0,\"token\":\"" CHARS32 "9\"}", TENCENT_APP_BAD, 204),
		ROW("{\"cmdType\":0,\"token\":123456}", TENCENT_APP_BAD, 204),
		ROW("{\"cmdType\":0,\"token\":null}", TENCENT_APP_BAD, 204),
		ROW("{\"cmdType\":0,\"token\":{\"a\":\"abcdef\"}}", TENCENT_APP_BAD, 204),
		ROW("{\"cmdType\":0,\"token\":\"abc def\"}", TENCENT_APP_BAD, 204),
		ROW("{\"cmdType\":0,\"token\":\"abc\\ndef\"}", TENCENT_APP_BAD, 204),
		ROW("{\"cmdType\":0,\"token\":\"abcdef\\u0000\"}", TENCENT_APP_BAD, 204),
		ROW("{\"cmdType\":0,\"token\":\"\\u5bb6\\u5bb6\\u5bb6\"}", TENCENT_APP_BAD, 204),
		ROW(CMD1("\"\"", "\"\"", "\"abcdef\""), TENCENT_APP_BAD, 204),
		ROW(CMD1("\"" CHARS32 "9\"", "\"\"", "\"abcdef\""), TENCENT_APP_BAD, 204),
		ROW(CMD1("5", "\"\"", "\"abcdef\""), TENCENT_APP_BAD, 204),
		ROW(CMD1("\"a\"", "12345678", "\"abcdef\""), TENCENT_APP_BAD, 204),
		ROW(CMD1("\"a\"", "null", "\"abcdef\""), TENCENT_APP_BAD, 204),
		ROW(CMD1("\"a\"", "\"" CHARS32 CHARS32 "9\"", "\"abcdef\""), TENCENT_APP_BAD, 204),
		ROW(CMD1("\"a\"", "\"pass\\u0000word\"", "\"abcdef\""), TENCENT_APP_BAD, 204),
		ROW(CMD1("\"a\"", "\"password\"", "\"\""), TENCENT_APP_BAD, 204),
		ROW("{\"cmdType\":1}", TENCENT_APP_BAD, 204),
	};

	EXPECT_ROWS(rows);
}

Test(tencent_app, raw_ssid_bytes_are_kept, .timeout = 10)
{
	static const char text[] = CMD1("\"a\\u0000\xe5\xae\xb6\"", "\"\"", "\"abcdef\"");
	struct tencent_app_command command;

	tencent_app_parse(text, sizeof(text) - 1, &command);
	cr_assert_eq(command.kind, TENCENT_APP_CREDENTIALS);
	cr_expect_eq(command.ssid_len, 5);
	cr_expect_eq(memcmp(command.ssid, "a\0\xe5\xae\xb6", 5), 0);
	tencent_app_command_finish(&command);
	expect_no_leaks();
}

Test(tencent_app, truncation_is_always_refused, .timeout = 10)
{
	json_t *root = load_vectors("tencent_udp_exchanges.json");
	json_t *exchange;
	size_t i;

	json_array_foreach(json_object_get(root, "exchanges"), i, exchange)
	{
		const char *phone = json_string_value(json_object_get(exchange, "phone"));

		for (size_t len = 1; phone != NULL && len < strlen(phone); len++) {
			struct tencent_app_command command;
			char *copy = exact_copy(phone, len);

			tencent_app_parse(copy, len, &command);
			cr_expect_eq(command.kind, TENCENT_APP_BAD, "%.*s", (int)len, phone);
			cr_expect_eq(command.error.sub, TENCENT_SUB_JSON_FORMAT);
			tencent_app_command_finish(&command);
			free(copy);
		}
	}
	json_decref(root);
	expect_no_leaks();
}

Test(tencent_app, length_and_depth_are_bounded, .timeout = 10)
{
	static const char object[] = "{\"cmdType\":3}";
	char datagram[TENCENT_APP_DATAGRAM_MAX + 1];
	struct tencent_app_command command;

	memset(datagram, ' ', sizeof(datagram));
	memcpy(datagram, object, sizeof(object) - 1);
	tencent_app_parse(datagram, sizeof(datagram) - 1, &command);
	cr_expect_eq(command.kind, TENCENT_APP_LOG_QUERY);
	tencent_app_parse(datagram, sizeof(datagram), &command);
	cr_expect_eq(command.kind, TENCENT_APP_BAD);
	memset(datagram, '[', sizeof(datagram));
	memcpy(datagram, "{\"x\":", 5);
	tencent_app_parse(datagram, sizeof(datagram) - 1, &command);
	cr_expect_eq(command.kind, TENCENT_APP_BAD);
	/* Deep but well-formed: 400 levels, then the command. */
	memset(datagram + 5, '[', 400);
	memset(datagram + 405, ']', 400);
	memcpy(datagram + 805, ",\"cmdType\":3}", 13);
	tencent_app_parse(datagram, 818, &command);
	cr_expect_eq(command.kind, TENCENT_APP_LOG_QUERY);
	expect_no_leaks();
}
