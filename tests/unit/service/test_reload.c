/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the configuration anew, with a plugin some of whose options may change. */
#include "daemon/reload.h"

#include "daemon/daemon_internal.h"
#include "plugin/plugin.h"
#include "secret/secret.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Criterion's comparing macros convert int to a bit-field. */
#pragma GCC diagnostic ignored "-Wconversion"

#define CANARY "canary-of-91b3"

static const struct provd_option rows[] = {
	{PROVD_OPTION_TEXT, PROVD_OPTION_RELOAD, 0, 0, 0, 0, "label", "\"x\"", NULL, "A label."},
	{PROVD_OPTION_INT, 0, 1, 9, 0, 0, "slot", "1", NULL, "A number."},
	{PROVD_OPTION_TEXT, PROVD_OPTION_SECRET | PROVD_OPTION_RELOAD, 4, 64, 0, 0, "key", NULL,
	 NULL, "A key."},
};

static char dir[] = "/tmp/provd-reload-XXXXXX";
/* Not UTF-8: it is in every line that tells a fault. */
static char path[64];
static struct provd_plugin plugin;
static struct loaded loaded;
static struct provd_daemon provd;
static struct provd_reload_result result;
static char log_text[8192];

static void take_line(void *user, const char *line, size_t len)
{
	size_t used = strlen(log_text);

	(void)user;
	if (len < sizeof(log_text) - used) {
		memcpy(log_text + used, line, len);
		log_text[used + len] = '\0';
	}
}

static void setup(void)
{
	cr_assert_not_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/\xff.json", dir);
}

static void cleanup(void)
{
	(void)unlink(path);
	(void)rmdir(dir);
}

TestSuite(reload, .init = setup, .fini = cleanup, .timeout = 20);

static void config(const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
	cr_assert_eq(chmod(path, 0600), 0);
}

/* A daemon that runs with this configuration, as far as a reload is concerned. */
static void begin(const char *text)
{
	struct provd_config_errors errors = {0};
	struct provd_log_config log = {.format = PROVD_LOG_TEXT,
				       .level = PROVD_LOG_INFO,
				       .write = take_line,
				       .burst = 20,
				       .window_ms = 10000};

	config(text);
	cr_assert_eq(provd_config_load(path, &provd.config, &errors), 0);
	cr_assert_eq(provd_config_plugin_options(provd.config, &provd.config->hals[0], rows,
						 sizeof(rows) / sizeof(rows[0]), sizeof(rows[0]),
						 &errors),
		     0);
	provd_config_forget_source(provd.config);
	cr_assert_eq(provd_log_create(&log, &provd.log), 0);
	plugin.descriptor.options = rows;
	plugin.descriptor.option_count = sizeof(rows) / sizeof(rows[0]);
	plugin.descriptor.option_size = sizeof(rows[0]);
	loaded.entry = &provd.config->hals[0];
	loaded.plugin = &plugin;
	loaded.kind = PROVD_PLUGIN_HAL;
	provd.loaded = &loaded;
	provd.loaded_count = 1;
	provd.signal_fd = -1;
}

static void end(void)
{
	provd_reload_result_finish(&result);
	provd_log_destroy(provd.log);
	provd_config_destroy(provd.config);
	cr_assert_null(strstr(log_text, CANARY));
}

static void reload(const char *text, int code)
{
	if (text)
		config(text);
	provd_reload_result_finish(&result);
	provd__daemon_reload(&provd, &result);
	cr_assert_eq(result.code, code, "%d", result.code);
	cr_assert_eq(json_array_size(result.faults) > 0, code == PROVD_E_CONFIG);
	cr_assert_eq(json_array_size(result.needs_restart) > 0, code == PROVD_E_STATE);
	cr_assert(code == 0 || json_array_size(result.changed) == 0);
}

static const char *item(const json_t *list, size_t index)
{
	const char *text = json_string_value(json_array_get(list, index));

	return text ? text : "";
}

#define HAL(options_) "\"hal\":[{\"plugin\":\"a\",\"options\":{" options_ "}}]"

Test(reload, options_of_plugins)
{
	const struct provd_options *options;

	begin("{" HAL("\"label\":\"old\",\"key\":\"" CANARY "\"") "}");
	options = provd.config->hals[0].options;
	reload("{" HAL("\"label\":\"new\",\"key\":\"" CANARY "\"") "}", 0);
	cr_assert_eq(json_array_size(result.changed), 1);
	cr_assert_str_eq(item(result.changed, 0), "hal[0].options.label");
	cr_assert_eq(provd.config->hals[0].options, options);
	cr_assert_str_eq(provd_options_text(options, "label"), "new");
	reload("{" HAL("\"label\":\"third\",\"slot\":2,\"key\":\"" CANARY "2\"") "}",
	       PROVD_E_STATE);
	cr_assert_eq(json_array_size(result.needs_restart), 1);
	cr_assert_str_eq(item(result.needs_restart, 0), "hal[0].options.slot");
	cr_assert_str_eq(provd_options_text(options, "label"), "new");
	reload("{" HAL("\"label\":\"new\",\"key\":\"" CANARY "2\"") "}", 0);
	cr_assert_str_eq(item(result.changed, 0), "hal[0].options.key");
	cr_assert_eq(provd_secret_view(provd_options_secret(options, "key")).len,
		     strlen(CANARY) + 1);
	end();
}

Test(reload, all_faults_together)
{
	begin("{" HAL("") "}");
	reload("{\"daemon\":{\"log\":{\"level\":\"loud\"}},\n" HAL(
		       "\"slot\":77,\"key\":\"abc\"") ",\n\"sesion\":{}}",
	       PROVD_E_CONFIG);
	cr_assert_eq(json_array_size(result.faults), 4);
	cr_assert_not_null(strstr(item(result.faults, 0), "?.json:1:27: daemon.log.level: "));
	cr_assert_not_null(strstr(item(result.faults, 1), "?.json:2:"));
	cr_assert_not_null(strstr(item(result.faults, 1), "hal[0].options.slot: "));
	cr_assert_not_null(strstr(item(result.faults, 2), "hal[0].options.key: "));
	cr_assert_not_null(strstr(item(result.faults, 3), "unknown key \"sesion\""));
	reload("{", PROVD_E_CONFIG);
	reload("", PROVD_E_CONFIG);
	reload("{" HAL("") "}", 0);
	end();
}

Test(reload, more_faults_than_lines)
{
	static char text[8192];
	size_t len = 0;

	begin("{" HAL("") "}");
	for (int i = 0; i < 70; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\"k%d\":1",
					i ? "," : "{", i);
	(void)snprintf(text + len, sizeof(text) - len, "}");
	reload(text, PROVD_E_CONFIG);
	cr_assert_eq(json_array_size(result.faults), PROVD_CONFIG_ERRORS_MAX + 1);
	cr_assert_str_eq(item(result.faults, PROVD_CONFIG_ERRORS_MAX), "and 20 more");
	end();
}

Test(reload, a_plugin_that_is_not_loaded_is_not_checked)
{
	begin("{" HAL("") "}");
	reload("{\"hal\":[{\"plugin\":\"a\"},{\"plugin\":\"b\",\"options\":{\"any\":1}}]}",
	       PROVD_E_STATE);
	cr_assert_str_eq(item(result.needs_restart, 0), "hal[1]");
	reload("{\"hal\":[{\"plugin\":\"b\"},{\"plugin\":\"a\",\"options\":{\"slot\":0}}]}",
	       PROVD_E_CONFIG);
	cr_assert_not_null(strstr(item(result.faults, 0), "hal[1].options.slot"));
	end();
}

Test(reload, a_file_that_vanished)
{
	begin("{" HAL("") "}");
	cr_assert_eq(unlink(path), 0);
	reload(NULL, PROVD_E_CONFIG);
	cr_assert_not_null(strstr(item(result.faults, 0), "cannot be opened"));
	end();
}

Test(reload, levels_go_back_to_the_configuration)
{
	begin("{" HAL("") "}");
	cr_assert_eq(provd_log_set_level(provd.log, NULL, PROVD_LOG_ERROR), 0);
	cr_assert_eq(provd_log_set_level(provd.log, "daemon", PROVD_LOG_ERROR), 0);
	provd__daemon_reload_and_log(&provd);
	cr_assert_not_null(strstr(log_text, "\"configuration read anew\" changed=0"));
	log_text[0] = '\0';
	config("{\"daemon\":{\"log\":{\"topics\":[\"daemon=error\"]}}," HAL("") "}");
	provd__daemon_reload_and_log(&provd);
	cr_assert_str_eq(log_text, "");
	config("{\"daemon\":{\"log\":{\"topics\":[\"daemon=error\"]}}," HAL("\"slot\":5") "}");
	provd.stopping = 1;
	provd__daemon_reload_and_log(&provd);
	cr_assert_str_eq(log_text, "", "nothing is read when stopping");
	provd.stopping = 0;
	provd__daemon_reload_and_log(&provd);
	cr_assert_not_null(strstr(log_text, "the old one stays\" reason=STATE"));
	end();
}
