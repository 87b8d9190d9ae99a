/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration read anew would change, and taking that over. */
#include "config/compare.h"
#include "config_files.h"
#include "secret/secret.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(compare, .timeout = 20);

/* Two configurations and what differs, as "a b c". */
struct pair {
	struct provd_config *running;
	struct provd_config *fresh;
	json_t *changed;
	json_t *needs_restart;
	char text[2][1024];
};

/* Rows of an invented plugin, some of which may change. */
static const struct provd_option rows[] = {
	{PROVD_OPTION_TEXT, PROVD_OPTION_RELOAD, 0, 0, 0, 0, "label", "\"x\"", NULL, "A label."},
	{PROVD_OPTION_TEXT, 0, 0, 0, 0, 0, "interface", NULL, NULL, "An interface."},
	{PROVD_OPTION_TEXT, PROVD_OPTION_SECRET | PROVD_OPTION_RELOAD, 0, 0, 0, 0, "key", NULL,
	 NULL, "A key."},
	{PROVD_OPTION_TEXT, PROVD_OPTION_SECRET, 0, 0, 0, 0, "pin", NULL, NULL, "A fixed key."},
	{PROVD_OPTION_OBJECT_LIST, PROVD_OPTION_RELOAD, 0, 0, 0, 0, "networks", NULL, NULL,
	 "Networks."},
	{PROVD_OPTION_TEXT_LIST, PROVD_OPTION_RELOAD, 0, 0, 0, 0, "names", "[]", NULL, "Names."},
	{PROVD_OPTION_BOOL, PROVD_OPTION_RELOAD, 0, 0, 0, 0, "fast", "false", NULL, "Whether."},
};

static void read_plugins(struct provd_config *config, struct provd_config_plugin *entries,
			 size_t count)
{
	struct provd_config_errors errors = {0};

	for (size_t i = 0; i < count; i++)
		cr_assert_eq(provd_config_plugin_options(config, &entries[i], rows,
							 sizeof(rows) / sizeof(rows[0]),
							 sizeof(rows[0]), &errors),
			     0, "%s", errors.count ? errors.lines[0] : "");
}

static struct provd_config *load(const char *text)
{
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;

	cr_assert_eq(config_load_text(text, strlen(text), &config, &errors), 0, "%s",
		     errors.count ? errors.lines[0] : "");
	read_plugins(config, config->hals, config->hal_count);
	read_plugins(config, config->methods, config->method_count);
	read_plugins(config, config->cloud, config->cloud ? 1 : 0);
	provd_config_forget_source(config);
	return config;
}

static void join(const json_t *list, char *out, size_t size)
{
	const json_t *text;
	size_t len = 0;
	size_t i;

	out[0] = '\0';
	json_array_foreach(list, i, text)
	{
		int more = snprintf(out + len, size - len, "%s%s", i ? " " : "",
				    json_string_value(text));

		cr_assert(more > 0 && (size_t)more < size - len);
		len += (size_t)more;
	}
}

static void compare(struct pair *pair)
{
	struct provd_config_changes changes;

	pair->changed = json_array();
	pair->needs_restart = json_array();
	changes.changed = pair->changed;
	changes.needs_restart = pair->needs_restart;
	cr_assert_eq(provd_config_compare(pair->running, pair->fresh, &changes), 0);
	join(pair->changed, pair->text[0], sizeof(pair->text[0]));
	join(pair->needs_restart, pair->text[1], sizeof(pair->text[1]));
	json_decref(pair->changed);
	json_decref(pair->needs_restart);
}

static void finish(struct pair *pair)
{
	provd_config_destroy(pair->running);
	provd_config_destroy(pair->fresh);
}

static void expect(const char *running, const char *fresh, const char *changed,
		   const char *needs_restart)
{
	struct pair pair = {.running = load(running), .fresh = load(fresh)};

	compare(&pair);
	cr_expect_str_eq(pair.text[0], changed);
	cr_expect_str_eq(pair.text[1], needs_restart);
	finish(&pair);
}

#define PLUGIN(name_, options_) "{\"plugin\":\"" name_ "\",\"options\":{" options_ "}}"

Test(compare, the_same)
{
	static const char text[] = "{\"hal\":[" PLUGIN(
		"a",
		"\"key\":\"k\",\"networks\":[{\"p\":1}]") "],"
							  "\"methods\":[" PLUGIN("b", "") "],\"cloud\":" PLUGIN(
								  "c",
								  "\"pin\":\"1\"") ","
										   "\"hooks\":[{\"on\":[\"any\"],\"run\":[\"/bin/true\"]}],\"led\":{\"name\":\"l\"},"
										   "\"plan\":[{\"methods\":[\"b\"]}],\"daemon\":{\"log\":{\"topics\":[\"a=info\"]}}}";

	expect(text, text, "", "");
	expect("{}", "{}", "", "");
}

Test(compare, a_default_that_is_written_down_is_no_difference)
{
	expect("{}",
	       "{\"daemon\":{\"state_dir\":\"/var/lib/provd\",\"stop_timeout\":\"900ms\"},"
	       "\"session\":{\"join_timeout\":\"30000ms\"},\"start\":{\"presence\":false}}",
	       "", "");
	expect("{\"methods\":[" PLUGIN("b", "") "]}",
	       "{\"methods\":[" PLUGIN("b", "\"names\":[]") "],\"plan\":[{\"methods\":[\"b\"]}]}",
	       "", "");
}

Test(compare, rows_that_may_change)
{
	expect("{}",
	       "{\"daemon\":{\"stop_timeout\":\"1s\",\"log\":{\"level\":\"debug\",\"burst\":1,"
	       "\"topics\":[\"a=warn\"],\"personal\":true}},\"start\":{\"policy\":\"always\"},"
	       "\"session\":{\"bind_timeout\":\"5s\"},\"networks\":{\"retry\":\"1s\"}}",
	       "daemon.stop_timeout daemon.log.level daemon.log.personal daemon.log.topics "
	       "daemon.log.burst session.bind_timeout start.policy networks.retry",
	       "");
}

Test(compare, rows_that_need_a_restart)
{
	expect("{}",
	       "{\"daemon\":{\"run_dir\":\"/run/x\",\"log\":{\"format\":\"json\","
	       "\"level\":\"warn\"}},\"app_channel\":{\"port\":1},\"session\":{\"history\":9},"
	       "\"store\":{\"backend\":\"hal\"},\"button\":{\"input\":\"/dev/x\"},"
	       "\"led\":{\"name\":\"l\"}}",
	       "daemon.log.level",
	       "daemon.run_dir daemon.control_socket daemon.log.format session.history "
	       "app_channel.port store.backend button led");
	expect("{\"led\":{\"name\":\"l\"}}", "{\"led\":{\"name\":\"m\"}}", "", "led.name");
	expect("{\"led\":{\"name\":\"l\"}}", "{}", "", "led");
}

Test(compare, plugins)
{
	expect("{\"hal\":[" PLUGIN("a", "") "]}",
	       "{\"hal\":[" PLUGIN("a", "\"interface\":\"w\",\"label\":\"y\"") "]}",
	       "hal[0].options.label", "hal[0].options.interface");
	expect("{\"hal\":[" PLUGIN("a", "") "," PLUGIN("b", "") "]}",
	       "{\"hal\":[" PLUGIN("b", "") "," PLUGIN("a", "") "]}", "",
	       "hal[0].plugin hal[1].plugin");
	expect("{\"methods\":[" PLUGIN("a", "") "]}",
	       "{\"methods\":[" PLUGIN("a", "\"fast\":true") "," PLUGIN("b", "") "]}",
	       "methods[0].options.fast", "methods[1]");
	expect("{\"methods\":[" PLUGIN("a", "") "]}", "{}", "", "methods[0]");
	expect("{\"cloud\":" PLUGIN("a", "") "}", "{}", "", "cloud");
	expect("{}", "{\"cloud\":" PLUGIN("a", "") "}", "", "cloud");
	expect("{\"cloud\":" PLUGIN("a", "") "}", "{\"cloud\":" PLUGIN("b", "\"fast\":true") "}",
	       "", "cloud.plugin");
	expect("{\"cloud\":{\"plugin\":\"a\"}}",
	       "{\"cloud\":{\"plugin\":\"a\",\"required\":false}}", "", "cloud.required");
}

Test(compare, plugins_that_do_not_run_are_compared_by_name)
{
	static const char text[] = "{\"hal\":[" PLUGIN("a", "") "]}";
	struct pair pair = {.running = load(text), .fresh = load(text)};

	provd_options_destroy(pair.running->hals[0].options);
	pair.running->hals[0].options = NULL;
	provd_options_destroy(pair.fresh->hals[0].options);
	pair.fresh->hals[0].options = NULL;
	compare(&pair);
	cr_assert_str_eq(pair.text[1], "");
	provd_config_adopt(pair.running, pair.fresh);
	finish(&pair);
}

Test(compare, plan_and_hooks)
{
	static const char methods[] = "{\"methods\":[" PLUGIN("a", "") "," PLUGIN("b", "") "]";
	char before[512];
	char after[512];

	(void)snprintf(before, sizeof(before), "%s}", methods);
	(void)snprintf(after, sizeof(after), "%s,\"plan\":[{\"methods\":[\"a\"]}]}", methods);
	expect(before, after, "", "plan[0].methods");
	expect(after, before, "", "plan[0].methods");
	(void)snprintf(before, sizeof(before),
		       "%s,\"plan\":[{\"methods\":[\"a\"],\"for\":\"1m\"},"
		       "{\"methods\":[\"b\"]}]}",
		       methods);
	expect(after, before, "", "plan[0].for plan[1]");
	expect("{\"hooks\":[{\"on\":[\"any\"],\"run\":[\"/bin/true\"]}]}",
	       "{\"hooks\":[{\"on\":[\"any\"],\"run\":[\"/bin/true\",\"x\"]},"
	       "{\"on\":[\"any\"],\"run\":[\"/bin/false\"]}]}",
	       "", "hooks[0].run hooks[1]");
}

Test(compare, secrets)
{
	expect("{\"hal\":[" PLUGIN("a", "\"key\":\"old\",\"pin\":\"1\"") "]}",
	       "{\"hal\":[" PLUGIN("a", "\"key\":\"new\",\"pin\":\"2\"") "]}", "hal[0].options.key",
	       "hal[0].options.pin");
	expect("{\"hal\":[" PLUGIN("a", "\"key\":\"\"") "]}", "{\"hal\":[" PLUGIN("a", "") "]}",
	       "hal[0].options.key", "");
	expect("{\"hal\":[" PLUGIN("a", "\"networks\":[{\"p\":\"one\"}]") "]}",
	       "{\"hal\":[" PLUGIN("a", "\"networks\":[{\"p\":\"two\"}]") "]}",
	       "hal[0].options.networks", "");
	expect("{\"hal\":[" PLUGIN("a", "\"names\":[\"a\",\"b\"]") "]}",
	       "{\"hal\":[" PLUGIN("a", "\"names\":[\"a\"]") "]}", "hal[0].options.names", "");
}

/* Taking over */

static const char old_text[] =
	"{\"daemon\":{\"stop_timeout\":\"1s\",\"log\":{\"level\":\"warn\",\"topics\":[\"a=info\"]}},"
	"\"hal\":[" PLUGIN("a", "\"label\":\"old\",\"interface\":\"w0\",\"key\":\"old key\","
				"\"names\":[\"1\",\"2\"]") "]}";
static const char new_text[] =
	"{\"daemon\":{\"stop_timeout\":\"2s\",\"state_dir\":\"/x\",\"log\":{\"level\":\"debug\"}},"
	"\"hal\":[" PLUGIN("a", "\"label\":\"new\",\"interface\":\"w1\",\"key\":\"new key\","
				"\"fast\":true") "]}";

Test(compare, adopt_swaps_the_values_that_may_change)
{
	struct pair pair = {.running = load(old_text), .fresh = load(new_text)};
	struct provd_options *options = pair.running->hals[0].options;
	const struct provd_options *log = pair.running->log;
	struct provd_bytes key;

	provd_config_adopt(pair.running, pair.fresh);
	provd_config_destroy(pair.fresh);
	pair.fresh = NULL;
	cr_assert_eq(pair.running->hals[0].options, options, "pointers to the options stay");
	cr_assert_eq(pair.running->log, log);
	cr_assert_str_eq(provd_options_text(log, "level"), "debug");
	cr_assert_eq(provd_options_count(log, "topics"), 0);
	cr_assert_eq(provd_options_int(pair.running->daemon, "stop_timeout"), 2000);
	cr_assert_str_eq(provd_options_text(pair.running->daemon, "state_dir"), "/var/lib/provd");
	cr_assert_str_eq(provd_options_text(options, "label"), "new");
	cr_assert_str_eq(provd_options_text(options, "interface"), "w0");
	key = provd_secret_view(provd_options_secret(options, "key"));
	cr_assert_eq(key.len, 7);
	cr_assert_eq(memcmp(key.data, "new key", 7), 0);
	cr_assert_eq(provd_options_count(options, "names"), 0);
	cr_assert_eq(provd_options_int(options, "fast"), 1);
	cr_assert(provd_options_given(options, "fast"));
	finish(&pair);
}

Test(compare, adopt_gives_the_old_values_to_the_other)
{
	struct pair pair = {.running = load(old_text), .fresh = load(new_text)};

	provd_config_adopt(pair.running, pair.fresh);
	cr_assert_str_eq(provd_options_text(pair.fresh->log, "level"), "warn");
	compare(&pair);
	cr_assert_str_eq(pair.text[0], "daemon.stop_timeout daemon.log.level daemon.log.topics "
				       "hal[0].options.label hal[0].options.key "
				       "hal[0].options.names hal[0].options.fast");
	cr_assert_str_eq(pair.text[1], "daemon.state_dir hal[0].options.interface");
	provd_config_adopt(pair.running, pair.fresh);
	cr_assert_str_eq(provd_options_text(pair.running->log, "level"), "warn");
	provd_options_adopt(NULL, pair.fresh->log);
	provd_options_adopt(pair.running->log, NULL);
	finish(&pair);
}

Test(compare, the_path_is_kept)
{
	static const char text[] = "{}";
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;
	struct config_file file;

	config_file_write(&file, text, 2, 0600);
	cr_assert_eq(provd_config_load(file.path, &config, &errors), 0);
	provd_config_forget_source(config);
	cr_assert_str_eq(config->path, file.path);
	provd_config_destroy(config);
	config_file_remove(&file);
}

Test(compare, a_topic_that_is_too_long_is_refused)
{
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;
	char text[256];

	for (int len = 63; len <= 64; len++) {
		(void)snprintf(text, sizeof(text),
			       "{\"daemon\":{\"log\":{\"topics\":[\"%0*d=info\"]}}}", len, 1);
		cr_assert_eq(config_load_text(text, strlen(text), &config, &errors),
			     len == 63 ? 0 : PROVD_E_CONFIG);
		provd_config_destroy(config);
		config = NULL;
	}
	provd_config_errors_finish(&errors);
}
