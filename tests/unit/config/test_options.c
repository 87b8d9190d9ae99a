/* SPDX-License-Identifier: Apache-2.0 */
/* Options from JSON text: every type, defaults, given-ness, secrets, and robustness. */
#include "config_files.h"
#include "secret/secret.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define MUTATIONS 20000

static int parse(const char *json, struct provd_options **out, struct provd_error *err)
{
	return provd_options_parse(json, config_test_rows, config_test_row_count,
				   sizeof(config_test_rows[0]), out, err);
}

static const char *text(const struct provd_options *options, const char *name)
{
	const char *value = provd_options_text(options, name);

	return value != NULL ? value : "(null)";
}

Test(options, defaults, .timeout = 10)
{
	struct provd_options *options = NULL;
	struct provd_error err = {.size = sizeof(err)};

	cr_assert(eq(int, parse("{\"slot\": -5}", &options, &err), 0));
	cr_expect(eq(str, (char *)text(options, "ssid"), "Lamp"));
	cr_expect(eq(i64, provd_options_int(options, "channel"), 6));
	cr_expect(eq(i64, provd_options_int(options, "hidden"), 0));
	cr_expect(eq(str, (char *)text(options, "security"), "open"));
	cr_expect(eq(i64, provd_options_int(options, "idle"), 300000));
	cr_expect(eq(i64, provd_options_int(options, "slot"), -5));
	cr_expect(provd_options_text(options, "state") == NULL);
	cr_expect(provd_options_secret(options, "password") == NULL);
	cr_expect(eq(sz, provd_options_count(options, "names"), 1));
	cr_expect(eq(str, (char *)provd_options_item(options, "names", 0), "a"));
	cr_expect(eq(sz, provd_options_count(options, "networks"), 0));
	cr_expect(eq(int, provd_options_given(options, "slot"), 1));
	cr_expect(eq(int, provd_options_given(options, "channel"), 0));
	provd_options_destroy(options);
}

Test(options, given_values, .timeout = 10)
{
	struct provd_options *options = NULL;
	struct provd_error err = {.size = sizeof(err)};
	struct provd_bytes view;

	cr_assert(
		eq(int,
		   parse("{\"//\": [1, {\"x\": 2}], \"slot\": 9007199254740993, \"ssid\": "
			 "\"\\u7ea2\", \"channel\": 13, \"hidden\": true, \"security\": \"wpa3\", "
			 "\"idle\": \"1m30s\", \"state\": \"a/b\", \"password\": \"hunter222\", "
			 "\"names\": [], \"networks\": [{\"ssid\": \"x\", \"//\": 1, \"a\": "
			 "[{\"//\": 2, \"b\": 3}]}, {}]}",
			 &options, &err),
		   0),
		"%s", err.text);
	cr_expect(eq(str, (char *)text(options, "ssid"), "\xe7\xba\xa2"));
	cr_expect(eq(i64, provd_options_int(options, "channel"), 13));
	cr_expect(eq(i64, provd_options_int(options, "hidden"), 1));
	cr_expect(eq(str, (char *)text(options, "security"), "wpa3"));
	cr_expect(eq(i64, provd_options_int(options, "idle"), 90000));
	cr_expect(eq(str, (char *)text(options, "state"), "a/b"));
	cr_expect(eq(i64, provd_options_int(options, "slot"), INT64_C(9007199254740993)));
	cr_expect(eq(sz, provd_options_count(options, "names"), 0));
	cr_expect(eq(int, provd_options_given(options, "names"), 1));
	cr_assert(eq(sz, provd_options_count(options, "networks"), 2));
	cr_expect(eq(str, (char *)provd_options_item(options, "networks", 0),
		     "{\"ssid\":\"x\",\"a\":[{\"b\":3}]}"));
	cr_expect(eq(str, (char *)provd_options_item(options, "networks", 1), "{}"));
	cr_expect(provd_options_item(options, "networks", 2) == NULL);
	cr_expect(provd_options_text(options, "password") == NULL, "a secret is no text");
	view = provd_secret_view(provd_options_secret(options, "password"));
	cr_assert(eq(sz, view.len, 9));
	cr_expect(eq(int, memcmp(view.data, "hunter222", 9), 0));
	provd_options_destroy(options);
}

Test(options, unknown_names_and_null, .timeout = 10)
{
	struct provd_options *options = NULL;

	cr_assert(eq(int, parse("{\"slot\": 1}", &options, NULL), 0));
	cr_expect(provd_options_text(options, "nothing") == NULL);
	cr_expect(eq(i64, provd_options_int(options, "nothing"), 0));
	cr_expect(eq(sz, provd_options_count(options, "nothing"), 0));
	cr_expect(provd_options_item(options, "nothing", 0) == NULL);
	cr_expect(provd_options_secret(options, "nothing") == NULL);
	cr_expect(eq(int, provd_options_given(options, "nothing"), 0));
	provd_options_destroy(options);
	provd_options_destroy(NULL);
	cr_expect(provd_options_text(NULL, "ssid") == NULL);
	cr_expect(eq(i64, provd_options_int(NULL, "channel"), 0));
}

Test(options, errors_carry_words, .timeout = 10)
{
	struct provd_options *options = NULL;
	struct provd_error err = {.size = sizeof(err)};

	cr_assert(eq(int, parse("{\"slot\": 1, \"channel\": 0}", &options, &err), PROVD_E_CONFIG));
	cr_expect(eq(int, err.code, PROVD_E_CONFIG));
	cr_expect(eq(str, err.text, "1:24: channel: expected integer 1 to 13, got 0"));
	cr_expect(options == NULL, "touched on failure");
	cr_assert(eq(int, parse("{\"channel\": 0, \"x\": 1}", &options, &err), PROVD_E_CONFIG));
	cr_expect(strstr(err.text, " (and 2 more)") != NULL, "%s", err.text);
	cr_assert(eq(int, parse("{", &options, &err), PROVD_E_CONFIG));
	cr_expect(strncmp(err.text, "1:1: the text ends", 18) == 0, "%s", err.text);
	cr_assert(eq(int, parse("{", &options, NULL), PROVD_E_CONFIG));
}

Test(options, a_table_without_rows, .timeout = 10)
{
	struct provd_options *options = NULL;
	struct provd_error err = {.size = sizeof(err)};

	cr_assert(eq(int, provd_options_parse("{}", NULL, 0, 0, &options, &err), 0));
	provd_options_destroy(options);
	cr_assert(eq(int, provd_options_parse("{\"x\": 1}", NULL, 0, 0, &options, &err),
		     PROVD_E_CONFIG));
	cr_expect(eq(str, err.text, "1:2: unknown key \"x\"; there are no options here"));
}

Test(options, rows_of_a_newer_daemon_are_longer, .timeout = 10)
{
	struct {
		struct provd_option row;
		uint64_t more;
	} rows[2] = {{config_test_rows[1], 1}, {config_test_rows[2], 2}};
	struct provd_options *options = NULL;

	cr_assert(eq(int,
		     provd_options_parse("{\"channel\": 3, \"hidden\": true}", &rows[0].row, 2,
					 sizeof(rows[0]), &options, NULL),
		     0));
	cr_expect(eq(i64, provd_options_int(options, "channel"), 3));
	cr_expect(eq(i64, provd_options_int(options, "hidden"), 1));
	provd_options_destroy(options);
}

/* Marsaglia's xorshift32: the same mutations in every run. */
static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void mutate(char *json, size_t len, uint32_t *state)
{
	static const char spice[] = "{}[]\",:\\0159.-eutrfn \n\x01\xff\xe7";
	uint32_t times = 1 + next_random(state) % 3;

	while (times-- > 0) {
		size_t at = next_random(state) % len;

		if (next_random(state) % 4 == 0)
			json[at] = json[next_random(state) % len];
		else
			json[at] = spice[next_random(state) % (sizeof(spice) - 1)];
	}
}

Test(options, mutated_text_gives_options_or_an_error, .timeout = 60)
{
	static const char seed[] =
		"{\"slot\": 1, \"ssid\": \"x\\u7ea2\", \"channel\": 13, \"names\": [\"a\", \"b\"],"
		"\"idle\": \"1m\", \"networks\": [{\"a\": [1, {\"//\": null}]}], \"//\": {}}";
	uint32_t state = 0x1234567;
	size_t good = 0;

	for (int i = 0; i < MUTATIONS; i++) {
		struct provd_error err = {.size = sizeof(err)};
		struct provd_options *options = NULL;
		char json[sizeof(seed)];
		int result;

		memcpy(json, seed, sizeof(seed));
		mutate(json, sizeof(seed) - 1, &state);
		result = parse(json, &options, &err);
		cr_assert(result == 0 ? options != NULL && err.text[0] == '\0'
				      : options == NULL && err.text[0] != '\0',
			  "%s", json);
		good += result == 0;
		provd_options_destroy(options);
	}
	cr_expect(gt(sz, good, 100), "nearly all mutations were refused");
	cr_expect(lt(sz, good, MUTATIONS - 100), "nearly no mutation was refused");
}
