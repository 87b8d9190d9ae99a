/* SPDX-License-Identifier: Apache-2.0 */
/* Bad configs, each with the exact lines it must yield; the path before the position is cut off. */
#include "config_files.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define LINES_MAX 8
#define DURATIONS " like \"250ms\", \"30s\" or \"5m\""
#define OPEN	  "{\"methods\":[{\"plugin\":\"softap\",\"options\":{\"slot\":1,\n"
#define CLOSE	  "}}]}"
#define O	  "methods[0].options"

struct bad {
	const char *json;
	const char *lines[LINES_MAX];
};

static const struct bad cases[] = {
	/* syntax: the daemon's own words, nothing of the text */
	{"", {"1:1: the text ends too early; is a bracket or quote missing?"}},
	{"{\"start\": {}", {"1:12: the text ends too early; is a bracket or quote missing?"}},
	{"{\"start\" {}}",
	 {"1:10: not valid JSON; look at commas, quotes and brackets up to here"}},
	{"{\n \"a\": 1,\n}",
	 {"3:1: not valid JSON; look at commas, quotes and brackets up to here"}},
	{"{\"start\": {}, \"start\": {}}", {"1:21: this key is there twice"}},
	{"{\"//\": 99999999999999999999}", {"1:27: this number is too large"}},
	{"{\"//\": \"a\\u0000b\"}", {"1:17: a NUL character is not allowed"}},
	{"{} {}", {"1:4: something follows after the end of the object"}},
	{"[]", {"1:1: expected object, got a list"}},
	{" \"hello\"", {"1:2: expected object, got a text"}},
	/* sections */
	{"{\"demon\": {}}", {"1:2: unknown key \"demon\"; did you mean \"daemon\"?"}},
	{"{\"wifi\": {}}",
	 {"1:2: unknown key \"wifi\"; known keys: \"daemon\", \"hal\", \"methods\", \"cloud\", "
	  "\"plan\", \"start\", \"session\", \"app_channel\", \"networks\", \"store\", \"journal\", \"hooks\", \"button\", \"led\""}},
	{"{\"daemon\": []}", {"1:12: daemon: expected object, got a list"}},
	{"{\"daemon\": {\"log\": \"debug\"}}", {"1:20: daemon.log: expected object, got a text"}},
	{"{\"daemon\": {\"log\": {\"level\": \"inof\"}}}",
	 {"1:30: daemon.log.level: expected one of \"error\", \"warn\", \"info\", \"debug\", "
	  "got \"inof\""}},
	{"{\"daemon\": {\"log\": {\"topics\": [\"a=info\", \"b=loud\"]}}}",
	 {"1:42: daemon.log.topics[1]: expected \"topic=level\" with a level of error, warn, info "
	  "or debug, got \"b=loud\""}},
	{"{\"daemon\": {\"plugin_dirs\": []}}",
	 {"1:28: daemon.plugin_dirs: expected list of 1 to 16 texts, got 0"}},
	{"{\"daemon\": {\"state_dir\": \"\"}}",
	 {"1:26: daemon.state_dir: expected path, got \"\""}},
	{"{\"app_channel\": {\"bind\": \"localhost\"}}",
	 {"1:26: app_channel.bind: expected IPv4 or IPv6 address, got \"localhost\""}},
	{"{\"app_channel\": {\"bind\": \"x\", \"broadcast\": \"ff02::1\"}}",
	 {"1:26: app_channel.bind: expected IPv4 or IPv6 address, got \"x\"",
	  "1:44: app_channel.broadcast: expected IPv4 address, got \"ff02::1\""}},
	{"{\"app_channel\": {\"port\": 65536, \"enabled\": 1}}",
	 {"1:44: app_channel.enabled: expected true or false, got 1",
	  "1:26: app_channel.port: expected integer 0 to 65535, got 65536"}},
	{"{\"app_channel\": {\"max_peers\": 1.0}}",
	 {"1:31: app_channel.max_peers: expected integer 1 to 1024, got 1.0"}},
	{"{\"start\": {\"policy\": null}}",
	 {"1:22: start.policy: expected one of \"if-unprovisioned\", \"on-demand\", \"always\", \"button\", "
	  "got null"}},
	{"{\"session\": {\"op_timeout\": 15}}",
	 {"1:28: session.op_timeout: expected duration 1ms to 1h" DURATIONS ", got 15"}},
	{"{\"session\": {\"op_timeout\": \"2h\"}}",
	 {"1:28: session.op_timeout: expected duration 1ms to 1h" DURATIONS ", got \"2h\""}},
	{"{\"session\": {\"internet_check\": [\"192.0.2.1:53\", \"dns.example:53\", \"::1:0\"]}}",
	 {"1:49: session.internet_check[1]: expected ip:port, got \"dns.example:53\"",
	  "1:67: session.internet_check[2]: expected ip:port, got \"::1:0\""}},
	/* networks, store, hooks, button, LED */
	{"{\"networks\": {\"max\": 33, \"commit\": \"now\"}}",
	 {"1:22: networks.max: expected integer 1 to 32, got 33",
	  "1:36: networks.commit: expected one of \"online\", \"bound\", got \"now\""}},
	{"{\"store\": {\"key\": \"file\"}}",
	 {"1:11: store.key_file: missing; \"key\" is \"file\""}},
	{"{\"hooks\": [{\"on\": [\"bounds\"], \"run\": [\"true\"]}]}",
	 {"1:20: hooks[0].on[0]: \"bounds\" is no state; expected listening, joining, online, "
	  "registering, binding, bound, failed, stopped, link-up, link-down or any",
	  "1:39: hooks[0].run[0]: expected an absolute path, got \"true\""}},
	{"{\"hooks\": [{\"on\": []}]}",
	 {"1:19: hooks[0].on: expected list of 1 to 16 texts, got 0",
	  "1:12: hooks[0].run: missing; expected list of 1 to 32 texts"}},
	{"{\"button\": {}}", {"1:12: button: expected either \"gpio_chip\" or \"input\""}},
	{"{\"led\": {\"name\": \"../x\"}}",
	 {"1:18: led.name: expected a name without a path, got \"../x\""}},
	/* entries */
	{"{\"hal\": {}}", {"1:9: hal: expected list, got an object"}},
	{"{\"hal\": [3]}", {"1:10: hal[0]: expected object, got a number"}},
	{"{\"hal\": [{}]}", {"1:10: hal[0].plugin: missing; expected text of 1 to 32 bytes"}},
	{"{\"hal\": [{\"plugin\": \"../sim\"}]}",
	 {"1:21: hal[0].plugin: expected plugin name of a to z, 0 to 9 and -, got \"../sim\""}},
	{"{\"hal\": [{\"plugin\": \"sim\"},\n{\"plugin\": \"sim\"}]}",
	 {"2:12: hal[1].plugin: \"sim\" is already configured at hal[0]"}},
	{"{\"methods\": [{\"plugin\": \"softap\", \"requird\": true}]}",
	 {"1:35: methods[0]: unknown key \"requird\"; did you mean \"required\"?"}},
	{"{\"methods\": [{\"plugin\": \"softap\", \"options\": [1]}]}",
	 {"1:46: methods[0].options: expected object, got a list"}},
	{"{\"cloud\": \"tencent\"}", {"1:11: cloud: expected object, got a text"}},
	{"{\"cloud\": {\"plugin\": 5, \"required\": \"yes\"}}",
	 {"1:22: cloud.plugin: expected text of 1 to 32 bytes, got 5",
	  "1:37: cloud.required: expected true or false, got \"yes\""}},
	/* plan */
	{"{\"plan\": []}", {"1:10: plan: expected at least one step"}},
	{"{\"plan\": [{\"methods\": []}]}",
	 {"1:23: plan[0].methods: expected list of 1 to 32 texts, got 0"}},
	{"{\"methods\": [{\"plugin\": \"softap\"}],\n\"plan\": [{\"methods\": [\"softp\"]}]}",
	 {"2:23: plan[0].methods[0]: \"softp\" is not in \"methods\"; did you mean \"softap\"?"}},
	{"{\"methods\": [{\"plugin\": \"softap\"}],\n\"plan\": [{\"methods\": [\"bluetooth\"]}]}",
	 {"2:23: plan[0].methods[0]: \"bluetooth\" is not in \"methods\""}},
	{"{\"methods\": [{\"plugin\": \"a\"}],\n\"plan\": [{\"methods\": [\"a\", \"a\"]}]}",
	 {"2:28: plan[0].methods[1]: \"a\" is in this step already"}},
	{"{\"methods\": [{\"plugin\": \"a\"}],\n\"plan\": [{\"methods\": [\"a\"]},\n"
	 "{\"methods\": [\"a\"], \"for\": \"1m\"}]}",
	 {"2:10: plan[0].for: missing; only the last step may go on for ever"}},
	{"{\"methods\": [{\"plugin\": \"a\"}], \"plan\": [{\"for\": \"0s\", \"methods\": [1]}]}",
	 {"1:67: plan[0].methods[0]: expected text, got 1",
	  "1:49: plan[0].for: expected duration 1ms to 168h" DURATIONS ", got \"0s\""}},
	/* options of a plugin */
	{OPEN "\t\"chanel\": 3" CLOSE,
	 {"2:2: " O ": unknown key \"chanel\"; did you mean \"channel\"?"}},
	{OPEN "\t\"channel\": \"six\"" CLOSE,
	 {"2:13: " O ".channel: expected integer 1 to 13, got \"six\""}},
	{OPEN "\"channel\": 14, \"hidden\": \"no\",\n\"ssid\": \"\", \"idle\": \"5 m\"" CLOSE,
	 {"3:9: " O ".ssid: expected text of 1 to 32 bytes, got \"\" (0 bytes)",
	  "2:12: " O ".channel: expected integer 1 to 13, got 14",
	  "2:26: " O ".hidden: expected true or false, got \"no\"",
	  "3:21: " O ".idle: expected duration 100ms to 1h" DURATIONS ", got \"5 m\""}},
	{OPEN "\"ssid\": \"\xe7\xba\xa2\\n\", \"channel\": [\"" CLOSE,
	 {"2:32: the text ends too early; is a bracket or quote missing?"}},
	{OPEN "\"//\": \"\xe7\xba\xa2\xe7\xba\xa2\", \"channel\": false" CLOSE,
	 {"2:24: " O ".channel: expected integer 1 to 13, got false"}},
	{OPEN "\"security\": \"wep\"" CLOSE,
	 {"2:13: " O ".security: expected one of \"open\", \"wpa2\", \"wpa3\", got \"wep\""}},
	{OPEN "\"names\": [\"a\", [], \"c\", \"d\"]" CLOSE,
	 {"2:10: " O ".names: expected list of at most 3 texts, got 4"}},
	{OPEN "\"names\": [\"a\", []]" CLOSE, {"2:16: " O ".names[1]: expected text, got a list"}},
	{OPEN "\"networks\": [{}, \"hunter22\"]" CLOSE,
	 {"2:18: " O ".networks[1]: expected object, got a text"}},
	{OPEN "\"password\": \"hunter2\"" CLOSE,
	 {"2:13: " O ".password: expected text of 8 to 63 bytes, got a text of 7 bytes"}},
	{OPEN "\"password\": 12345678" CLOSE,
	 {"2:13: " O ".password: expected text of 8 to 63 bytes, got a number"}},
	{OPEN "\"state\": 7" CLOSE, {"2:10: " O ".state: expected path, got 7"}},
	{"{\"methods\":[{\"plugin\":\"softap\",\n\"options\":{\"channel\":3}}]}",
	 {"2:11: " O ".slot: missing; expected integer"}},
	{"{\"methods\":[{\"plugin\":\"softap\"}]}",
	 {"1:13: " O ".slot: missing; expected integer"}},
};

static int load(const char *json, struct provd_config_errors *errors)
{
	struct provd_config *config = NULL;
	int result = config_load_text(json, strlen(json), &config, errors);

	if (result == 0 && config->method_count > 0)
		result = provd_config_plugin_options(config, &config->methods[0], config_test_rows,
						     config_test_row_count,
						     sizeof(config_test_rows[0]), errors);
	provd_config_destroy(config);
	return result;
}

Test(bad_configs, each_yields_its_lines, .timeout = 30)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct provd_config_errors errors = {0};
		size_t wanted = 0;

		cr_expect(eq(int, load(cases[i].json, &errors), PROVD_E_CONFIG), "case %zu: %s", i,
			  cases[i].json);
		while (wanted < LINES_MAX && cases[i].lines[wanted] != NULL)
			wanted++;
		cr_expect(eq(sz, errors.count, wanted), "case %zu: %s", i, cases[i].json);
		for (size_t k = 0; k < wanted && k < errors.count; k++) {
			const char *rest = config_line_rest(errors.lines[k]);

			cr_expect(rest != NULL, "case %zu: %s", i, errors.lines[k]);
			if (rest != NULL)
				cr_expect(eq(str, (char *)rest, (char *)cases[i].lines[k]),
					  "case %zu", i);
		}
		provd_config_errors_finish(&errors);
	}
}

Test(bad_configs, there_are_enough_of_them, .timeout = 10)
{
	cr_assert(ge(sz, sizeof(cases) / sizeof(cases[0]), 30));
}

Test(bad_configs, at_most_50_lines_then_a_count, .timeout = 10)
{
	char json[4096] = "{";
	struct provd_config_errors errors = {0};
	char *printed = NULL;
	size_t size = 0;
	size_t len = 1;
	FILE *out;

	for (int i = 0; i < 63; i++)
		len += (size_t)snprintf(json + len, sizeof(json) - len, "\"zz%02d\": 1,\n", i);
	(void)snprintf(json + len, sizeof(json) - len, "\"//\": 0}");
	cr_assert(eq(int, load(json, &errors), PROVD_E_CONFIG));
	cr_assert(eq(sz, errors.count, PROVD_CONFIG_ERRORS_MAX));
	cr_assert(eq(sz, errors.dropped, 13));
	out = open_memstream(&printed, &size);
	provd_config_errors_print(out, &errors);
	fclose(out);
	cr_assert(strstr(printed, "\nand 13 more\n") != NULL);
	free(printed);
	provd_config_errors_finish(&errors);
	cr_assert(eq(sz, errors.count, 0));
}

Test(bad_configs, deep_nesting_is_refused_with_a_place, .timeout = 10)
{
	char json[256] = "{\"//\":\n";
	struct provd_config_errors errors = {0};

	memset(json + strlen(json), '[', 40);
	cr_assert(eq(int, load(json, &errors), PROVD_E_CONFIG));
	cr_assert(eq(sz, errors.count, 1));
	cr_assert(eq(str, (char *)config_line_rest(errors.lines[0]),
		     "2:32: nested deeper than 32 levels"));
	provd_config_errors_finish(&errors);
}

Test(bad_configs, no_line_shows_a_secret, .timeout = 20)
{
	static const char *const texts[] = {
		OPEN "\"password\": \"CANARY7" CLOSE,
		OPEN "\"password\": \"CANARY7\" \"x\"" CLOSE,
		OPEN "\"password\": \"CANARY7"
		     "\n" CLOSE,
		OPEN "\"password\": [\"CANARY7\"]" CLOSE,
		OPEN "\"password\": {\"CANARY7\": 1}" CLOSE,
		OPEN "\"password\": \"CANARY7\"" CLOSE,
		OPEN "\"password\": \"CANARY7\\ud800\"" CLOSE,
		OPEN "\"networks\": [{\"p\": \"CANARY7\"}, \"CANARY7\"]" CLOSE,
		OPEN "\"password\": CANARY7" CLOSE,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct provd_config_errors errors = {0};

		cr_expect(eq(int, load(texts[i], &errors), PROVD_E_CONFIG), "%s", texts[i]);
		cr_expect(gt(sz, errors.count, 0), "%s", texts[i]);
		for (size_t k = 0; k < errors.count; k++)
			cr_expect(strstr(errors.lines[k], "CANARY") == NULL, "%s", errors.lines[k]);
		provd_config_errors_finish(&errors);
	}
}
