/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: values, defaults, paths, who may read them. */
#include "config_files.h"
#include "config/sections.h"
#include "secret/secret.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MUTATIONS 2000

static const char full[] =
	"{\"//\": \"all sections\",\n"
	" \"daemon\": {\"state_dir\": \"state\", \"run_dir\": \"/run/x\", \"plugin_dirs\": "
	"[\"plugins\", \"/usr/lib/p\"], \"log\": {\"level\": \"debug\", \"topics\": "
	"[\"softap=warn\"]}},\n"
	" \"hal\": [{\"plugin\": \"sim\", \"required\": false}],\n"
	" \"methods\": [{\"plugin\": \"softap\", \"options\": {\"slot\": 4, \"state\": \"s.bin\", "
	"\"password\": \"hunter222\"}}, {\"plugin\": \"airkiss\"}],\n"
	" \"cloud\": {\"plugin\": \"tencent\", \"options\": {}},\n"
	" \"plan\": [{\"methods\": [\"softap\"], \"for\": \"4m\"}, {\"methods\": [\"airkiss\"]}],\n"
	" \"start\": {\"window\": \"0s\"},\n"
	" \"session\": {\"join_timeout\": \"250ms\"},\n"
	" \"app_channel\": {\"bind\": \"::1\", \"port\": 8266}}\n";

static char *text(const struct provd_options *options, const char *name)
{
	return (char *)(uintptr_t)provd_options_text(options, name);
}

static int plugin_options(struct provd_config *config, struct provd_config_plugin *plugin,
			  struct provd_config_errors *errors)
{
	return provd_config_plugin_options(config, plugin, config_test_rows, config_test_row_count,
					   sizeof(config_test_rows[0]), errors);
}

Test(config, all_sections, .timeout = 10)
{
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;

	cr_assert(eq(int, config_load_text(full, strlen(full), &config, &errors), 0), "%s",
		  errors.count > 0 ? errors.lines[0] : "");
	cr_expect(eq(str, text(config->log, "level"), "debug"));
	cr_expect(eq(str, text(config->daemon, "control_socket"), "/run/x/control.sock"));
	cr_expect(eq(int, provd_options_given(config->daemon, "control_socket"), 0));
	cr_expect(eq(i64, provd_options_int(config->session, "join_timeout"), 250));
	cr_expect(eq(i64, provd_options_int(config->start, "window"), 0));
	cr_expect(eq(i64, provd_options_int(config->app_channel, "port"), 8266));
	cr_assert(eq(sz, config->hal_count, 1));
	cr_expect(eq(str, config->hals[0].plugin, "sim"));
	cr_expect(eq(str, config->hals[0].path, "hal[0]"));
	cr_expect(eq(int, config->hals[0].required, 0));
	cr_assert(eq(sz, config->method_count, 2));
	cr_expect(eq(str, config->methods[1].path, "methods[1]"));
	cr_expect(eq(int, config->methods[1].required, 1));
	cr_expect(eq(str, config->cloud->path, "cloud"));
	cr_assert(eq(sz, config->plan_count, 2));
	cr_expect(eq(u64, config->plan[0].for_ms, 240000));
	cr_expect(eq(u64, config->plan[1].for_ms, 0));
	cr_expect(eq(str, (char *)config->plan[1].methods[0], "airkiss"));
	provd_config_destroy(config);
	provd_config_destroy(NULL);
}

Test(config, defaults_of_an_empty_file, .timeout = 10)
{
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;

	cr_assert(eq(int, config_load_text("{}", 2, &config, &errors), 0));
	cr_expect(eq(str, text(config->daemon, "state_dir"), "/var/lib/provd"));
	cr_expect(eq(str, text(config->daemon, "control_socket"), "/run/provd/control.sock"));
	cr_expect(text(config->daemon, "control_group") == NULL);
	cr_expect(eq(i64, provd_options_int(config->daemon, "control_max_clients"), 32));
	cr_expect(eq(str, text(config->log, "level"), "info"));
	cr_expect(eq(str, text(config->start, "policy"), "if-unprovisioned"));
	cr_expect(eq(i64, provd_options_int(config->start, "window"), 300000));
	cr_expect(eq(i64, provd_options_int(config->session, "method_cancel_timeout"), 3000));
	cr_expect(eq(i64, provd_options_int(config->session, "timeline_max"), 512));
	cr_expect(eq(i64, provd_options_int(config->app_channel, "enabled"), 1));
	cr_expect(eq(i64, provd_options_int(config->app_channel, "max_peers"), 32));
	cr_expect(eq(sz, config->hal_count, 0));
	cr_expect(config->cloud == NULL);
	cr_assert(eq(sz, config->plan_count, 1));
	cr_expect(eq(sz, config->plan[0].method_count, 0));
	provd_config_destroy(config);
}

Test(config, the_default_plan_has_all_methods, .timeout = 10)
{
	static const char json[] = "{\"methods\": [{\"plugin\": \"b\"}, {\"plugin\": \"a\"}]}";
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;

	cr_assert(eq(int, config_load_text(json, strlen(json), &config, &errors), 0));
	cr_assert(eq(sz, config->plan_count, 1));
	cr_assert(eq(sz, config->plan[0].method_count, 2));
	cr_expect(eq(str, (char *)config->plan[0].methods[0], "b"));
	cr_expect(eq(str, (char *)config->plan[0].methods[1], "a"));
	cr_expect(eq(u64, config->plan[0].for_ms, 0));
	provd_config_destroy(config);
}

Test(config, relative_paths_start_at_the_file, .timeout = 10)
{
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;
	struct config_file file;
	char expected[160];

	config_file_write(&file, full, strlen(full), 0600);
	cr_assert(eq(int, provd_config_load(file.path, &config, &errors), 0));
	cr_assert(eq(int, plugin_options(config, &config->methods[0], &errors), 0));
	(void)snprintf(expected, sizeof(expected), "%s/state", file.dir);
	cr_expect(eq(str, text(config->daemon, "state_dir"), expected));
	(void)snprintf(expected, sizeof(expected), "%s/plugins", file.dir);
	cr_expect(eq(str, (char *)provd_options_item(config->daemon, "plugin_dirs", 0), expected));
	cr_expect(eq(str, (char *)provd_options_item(config->daemon, "plugin_dirs", 1),
		     "/usr/lib/p"));
	(void)snprintf(expected, sizeof(expected), "%s/s.bin", file.dir);
	cr_expect(eq(str, text(config->methods[0].options, "state"), expected));
	provd_config_destroy(config);
	config_file_remove(&file);
}

Test(config, plugin_options_until_the_source_is_forgotten, .timeout = 10)
{
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;
	struct provd_config_plugin stranger = {0};
	struct provd_bytes view;

	cr_assert(eq(int, config_load_text(full, strlen(full), &config, &errors), 0));
	cr_assert(eq(int, plugin_options(config, &config->methods[0], &errors), 0));
	cr_assert(eq(int, plugin_options(config, &config->methods[0], &errors), 0), "again");
	cr_expect(eq(int, plugin_options(config, &stranger, &errors), PROVD_E_INVALID));
	cr_expect(eq(int, plugin_options(config, config->cloud, &errors), PROVD_E_CONFIG));
	cr_assert(eq(sz, errors.count, 1));
	cr_expect(eq(str, (char *)config_line_rest(errors.lines[0]),
		     "5:44: cloud.options.slot: missing; expected integer"));
	provd_config_forget_source(config);
	cr_expect(eq(int, plugin_options(config, &config->methods[0], &errors), PROVD_E_STATE));
	view = provd_secret_view(provd_options_secret(config->methods[0].options, "password"));
	cr_assert(eq(sz, view.len, 9));
	cr_expect(eq(int, memcmp(view.data, "hunter222", 9), 0));
	provd_config_errors_finish(&errors);
	provd_config_destroy(config);
}

Test(config, secrets_need_a_private_file, .timeout = 10)
{
	static const unsigned int modes[] = {0644, 0640, 0604, 0601};
	char expected[512];

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct provd_config_errors errors = {0};
		struct provd_config *config = NULL;
		struct config_file file;

		config_file_write(&file, full, strlen(full), modes[i]);
		cr_assert(eq(int, provd_config_load(file.path, &config, &errors), 0));
		cr_expect(eq(int, plugin_options(config, &config->methods[0], &errors),
			     PROVD_E_CONFIG_ACCESS));
		cr_expect(config->methods[0].options == NULL);
		(void)snprintf(expected, sizeof(expected),
			       "%s:4:88: methods[0].options.password: a secret, but group or "
			       "others can use the file (mode %04o); run: chmod 600 %s",
			       file.path, modes[i], file.path);
		cr_assert(eq(sz, errors.count, 1));
		cr_expect(eq(str, errors.lines[0], expected));
		provd_config_errors_finish(&errors);
		provd_config_destroy(config);
		config_file_remove(&file);
	}
}

Test(config, a_public_file_without_secrets_is_fine, .timeout = 10)
{
	static const char json[] =
		"{\"methods\": [{\"plugin\": \"a\", \"options\": {\"slot\": 1}}]}";
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;
	struct config_file file;

	config_file_write(&file, json, strlen(json), 0644);
	cr_assert(eq(int, provd_config_load(file.path, &config, &errors), 0));
	cr_expect(eq(int, plugin_options(config, &config->methods[0], &errors), 0));
	provd_config_destroy(config);
	config_file_remove(&file);
}

Test(config, files_that_others_can_write_are_refused, .timeout = 10)
{
	static const unsigned int modes[] = {0620, 0602, 0666};
	char expected[256];

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct provd_config_errors errors = {0};
		struct provd_config *config = NULL;
		struct config_file file;

		config_file_write(&file, "{}", 2, modes[i]);
		cr_expect(eq(int, provd_config_load(file.path, &config, &errors),
			     PROVD_E_CONFIG_ACCESS));
		(void)snprintf(expected, sizeof(expected),
			       "%s: group or others can write to it; run: chmod go-w %s", file.path,
			       file.path);
		cr_assert(eq(sz, errors.count, 1));
		cr_expect(eq(str, errors.lines[0], expected));
		provd_config_errors_finish(&errors);
		config_file_remove(&file);
	}
}

static void expect_refused(const char *path, int code, const char *words)
{
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;

	cr_expect(eq(int, provd_config_load(path, &config, &errors), code), "%s", path);
	cr_expect(config == NULL);
	cr_assert(eq(sz, errors.count, 1), "%s", path);
	cr_expect(strstr(errors.lines[0], words) != NULL, "%s", errors.lines[0]);
	cr_expect(strchr(errors.lines[0], '\n') == NULL);
	provd_config_errors_finish(&errors);
}

Test(config, things_that_are_no_file, .timeout = 10)
{
	struct config_file file;
	char pipe_path[160];

	config_file_write(&file, "{}", 2, 0600);
	(void)snprintf(pipe_path, sizeof(pipe_path), "%s/pipe", file.dir);
	cr_assert(eq(int, mkfifo(pipe_path, 0600), 0));
	expect_refused(file.dir, PROVD_E_CONFIG_ACCESS, "not a regular file");
	expect_refused(pipe_path, PROVD_E_CONFIG_ACCESS, "not a regular file");
	(void)unlink(pipe_path);
	config_file_remove(&file);
	expect_refused(file.path, PROVD_E_NOT_FOUND, "cannot be opened: No such file");
}

Test(config, too_large, .timeout = 20)
{
	size_t len = 1024 * 1024 + 1;
	char *json = malloc(len);
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;

	cr_assert(json != NULL);
	memset(json, ' ', len);
	memcpy(json, "{}", 2);
	cr_expect(eq(int, config_load_text(json, len, &config, &errors), PROVD_E_CONFIG));
	cr_assert(eq(sz, errors.count, 1));
	cr_expect(eq(str, (char *)config_line_rest(errors.lines[0]), " larger than 1048576 bytes"));
	provd_config_errors_finish(&errors);
	cr_expect(eq(int, config_load_text(json, len - 1, &config, &errors), 0));
	provd_config_destroy(config);
	free(json);
}

Test(config, a_nul_in_the_file, .timeout = 10)
{
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;

	cr_expect(eq(int, config_load_text("{}\0{}", 5, &config, &errors), PROVD_E_CONFIG));
	cr_expect(eq(sz, errors.count, 1));
	provd_config_errors_finish(&errors);
}

static int load_partly(const char *json, struct provd_config **out_config,
		       struct provd_config_errors *errors)
{
	struct config_file file;
	int result;

	config_file_write(&file, json, strlen(json), 0600);
	result = provd_config_load_partly(file.path, out_config, errors);
	config_file_remove(&file);
	return result;
}

Test(config, faults_leave_defaults_and_the_plugin_folders, .timeout = 10)
{
	static const char json[] = "{\"methods\": [{\"plugin\": \"softap\"}, {\"plugin\": 1}],\n"
				   "\"app_channel\": {\"bind\": \"x\"}, \"start\": 1,\n"
				   "\"daemon\": {\"run_dri\": \"/r\", \"plugin_dirs\": [\"/p\"]}}";
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;

	cr_assert(eq(int, load_partly(json, &config, &errors), PROVD_E_CONFIG));
	cr_assert(config != NULL);
	cr_expect(eq(sz, errors.count, 4));
	cr_expect(eq(str, (char *)provd_options_item(config->daemon, "plugin_dirs", 0), "/p"));
	cr_expect(eq(str, (char *)provd_options_text(config->app_channel, "bind"), "0.0.0.0"));
	cr_expect(eq(str, (char *)provd_options_text(config->start, "policy"), "if-unprovisioned"));
	cr_assert(eq(sz, config->method_count, 2));
	cr_expect(eq(str, config->methods[0].plugin, "softap"));
	cr_expect(config->methods[1].plugin == NULL);

	/* The same refusal twice is one line, and all are in the order of the file. */
	for (int i = 0; i < 2; i++)
		cr_expect(eq(
			int,
			provd_config_plugin_refuse(config, &config->methods[0], "no\nway", &errors),
			0));
	provd_config_errors_sort(&errors);
	cr_assert(eq(sz, errors.count, 5));
	cr_expect(eq(str, (char *)config_line_rest(errors.lines[0]),
		     "1:14: methods[0].options: no way"));
	for (size_t i = 1; i < errors.count; i++)
		cr_expect(le(sz, errors.places[i - 1].line, errors.places[i].line));
	provd_config_errors_finish(&errors);

	provd_config_forget_source(config);
	cr_expect(eq(int, provd_config_plugin_refuse(config, &config->methods[0], "x", &errors),
		     PROVD_E_STATE));
	provd_config_destroy(config);
}

Test(config, without_good_plugin_folders_there_is_no_daemon_section, .timeout = 10)
{
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;

	cr_assert(eq(int, load_partly("{\"daemon\": {\"plugin_dirs\": 1}}", &config, &errors),
		     PROVD_E_CONFIG));
	cr_assert(config != NULL);
	cr_expect(config->daemon == NULL);
	provd_config_destroy(config);
	config = NULL;
	provd_config_errors_finish(&errors);
	cr_expect(eq(int, load_partly("{", &config, &errors), PROVD_E_CONFIG));
	cr_expect(config == NULL);
	provd_config_errors_finish(&errors);
}

Test(config, own_tables_are_valid, .timeout = 10)
{
	for (int i = 0; i < PROVD_SECTION_COUNT; i++) {
		const struct provd_section_info *info = provd_section_get((enum provd_section)i);
		struct provd_error err = {.size = sizeof(err)};

		cr_expect(eq(int,
			     provd_schema_check(info->rows.rows, info->rows.count,
						info->rows.row_size, &err),
			     0),
			  "%s: %s", info->title, err.text);
	}
}

Test(config, mutated_files_give_a_config_or_lines, .timeout = 60)
{
	static const char spice[] = "{}[]\",:\\09.-eatn \n\xff";
	char json[sizeof(full)];
	uint32_t state = 77;
	struct config_file file;

	config_file_write(&file, "{}", 2, 0600);
	for (int i = 0; i < MUTATIONS; i++) {
		struct provd_config_errors errors = {0};
		struct provd_config *config = NULL;
		FILE *out = fopen(file.path, "w");
		int result;

		memcpy(json, full, sizeof(full));
		for (int k = 0; k < 2; k++) {
			state = state * 1664525u + 1013904223u;
			json[(state >> 8) % (sizeof(full) - 1)] =
				spice[(state >> 3) % (sizeof(spice) - 1)];
		}
		cr_assert(out != NULL);
		fwrite(json, 1, sizeof(full) - 1, out);
		fclose(out);
		result = provd_config_load(file.path, &config, &errors);
		cr_assert(result == 0 ? config != NULL && errors.count == 0
				      : config == NULL && errors.count > 0,
			  "%s", json);
		provd_config_destroy(config);
		provd_config_errors_finish(&errors);
	}
	config_file_remove(&file);
}
