/* SPDX-License-Identifier: Apache-2.0 */
/* The program provd itself: arguments, refusals, exit statuses. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

/* As in the end-to-end tests, another build can be tested. */
static const char *bin_dir(void)
{
	return setting("PROVD_TEST_BIN_DIR", PROVD_BIN_DIR);
}

static const char *plugin_dir(void)
{
	return setting("PROVD_TEST_PLUGIN_DIR", PROVD_PLUGIN_DIR);
}

static char dir[] = "/tmp/provd-daemon-XXXXXX";
static char output[65536];

static void setup(void)
{
	cr_assert_not_null(mkdtemp(dir));
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void cleanup(void)
{
	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(daemon, .init = setup, .fini = cleanup, .timeout = 30);

/* Writes provd.json with %D replaced by the test's folder and %P by the plugin folder. */
static void config(int mode, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/provd.json", dir);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	for (const char *at = text; *at; at++) {
		if (at[0] == '%' && (at[1] == 'D' || at[1] == 'P'))
			fputs(*++at == 'D' ? dir : plugin_dir(), file);
		else
			fputc(*at, file);
	}
	fclose(file);
	cr_assert_eq(chmod(path, (mode_t)mode), 0);
}

/* Runs provd in the test's folder; gives the exit status, output has what it printed. */
static int provd(const char *arguments)
{
	char command[512];
	FILE *pipe;
	size_t len;
	int status;

	(void)snprintf(command, sizeof(command), "cd %s && exec timeout 60 %s '%s/provd' %s 2>&1",
		       dir, setting("PROVD_TEST_WRAPPER", ""), bin_dir(), arguments);
	pipe = popen(command, "r");
	cr_assert_not_null(pipe);
	len = fread(output, 1, sizeof(output) - 1, pipe);
	output[len] = '\0';
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_output(const char *part)
{
	cr_assert(strstr(output, part) != NULL, "expected \"%s\" in:\n%s", part, output);
}

#define FOLDERS                                                                                    \
	"\"daemon\":{\"state_dir\":\"%D/state\",\"run_dir\":\"%D/run\",\"plugin_dirs\":[\"%P\"]}"

Test(daemon, help_and_version)
{
	cr_assert_eq(provd("--help"), 0);
	expect_output("--check-config");
	cr_assert_eq(provd("--version"), 0);
	expect_output("plugin ABI 1.0");
}

Test(daemon, unknown_arguments)
{
	cr_assert_eq(provd("--conifg x"), 2);
	expect_output("Usage: provd");
	cr_assert_eq(provd("x"), 2);
	expect_output("unexpected argument 'x'");
}

Test(daemon, a_missing_config_is_named)
{
	cr_assert_eq(provd("--config nowhere.json"), 2);
	expect_output("nowhere.json");
}

Test(daemon, all_errors_of_a_config_at_once)
{
	config(0600, "{" FOLDERS ",\n"
		     "\"hal\":[{\"plugin\":\"sim\",\"options\":{\"acess_points\":[]}}],\n"
		     "\"methods\":[{\"plugin\":\"softap\",\"options\":{\"channel\":\"six\"}}]}");
	cr_assert_eq(provd("--check-config --config provd.json"), 2);
	expect_output("provd.json:2:");
	expect_output("did you mean \"access_points\"?");
	expect_output("provd.json:3:");
	expect_output("methods[0].options.channel: expected integer");
}

Test(daemon, a_fine_config)
{
	config(0600, "{" FOLDERS ",\"hal\":[{\"plugin\":\"sim\"}]}");
	cr_assert_eq(provd("--check-config --config provd.json"), 0, "%s", output);
	expect_output("provd.json: fine");
}

Test(daemon, a_config_with_secrets_that_others_can_read_is_refused)
{
	config(0644, "{" FOLDERS ",\"hal\":[{\"plugin\":\"sim\"}],"
		     "\"methods\":[{\"plugin\":\"softap\",\"options\":"
		     "{\"passphrase\":\"not for everyone\"}}]}");
	cr_assert_eq(provd("--check-config --config provd.json"), 2);
	expect_output("chmod 600");
	cr_assert(strstr(output, "not for everyone") == NULL);
}

Test(daemon, a_missing_required_plugin_ends_it)
{
	config(0600, "{" FOLDERS ",\"hal\":[{\"plugin\":\"sim\"},{\"plugin\":\"nosuch\"}]}");
	cr_assert_eq(provd("--config provd.json"), 3);
	expect_output("nosuch.so");
	expect_output(plugin_dir());
}

Test(daemon, a_missing_optional_plugin_is_a_warning)
{
	config(0600, "{" FOLDERS ",\"hal\":[{\"plugin\":\"sim\"},"
		     "{\"plugin\":\"nosuch\",\"required\":false}]}");
	cr_assert_eq(provd("--check-config --config provd.json"), 0, "%s", output);
	expect_output("warning: ");
	expect_output("nosuch.so");
}

Test(daemon, a_plugin_of_the_wrong_kind_is_refused)
{
	config(0600, "{" FOLDERS ",\"hal\":[{\"plugin\":\"softap\"}]}");
	cr_assert_eq(provd("--config provd.json"), 3);
	expect_output("plugin 'softap.so' refused");
}

Test(daemon, a_required_method_without_its_capability_ends_it)
{
	config(0600, "{" FOLDERS ",\"hal\":[{\"plugin\":\"sim\",\"options\":"
		     "{\"without\":[\"softap\"]}}],"
		     "\"methods\":[{\"plugin\":\"softap\",\"options\":{\"open\":true}}]}");
	cr_assert_eq(provd("--config provd.json"), 3);
	expect_output("method 'softap' cannot run: needs provd.hal.softap/1");
	expect_output("withheld");
}

Test(daemon, inspects_plugins)
{
	char arguments[256];

	(void)snprintf(arguments, sizeof(arguments), "--inspect '%s/softap.so'", plugin_dir());
	cr_assert_eq(provd(arguments), 0);
	expect_output("softap");
	expect_output("method");
	cr_assert_eq(provd("--inspect /bin/true"), 3);
	expect_output("refused");
}

Test(daemon, prints_every_option)
{
	char arguments[256];

	(void)snprintf(arguments, sizeof(arguments), "--print-options --plugin-dir '%s'",
		       plugin_dir());
	cr_assert_eq(provd(arguments), 0);
	expect_output("join_timeout");
	expect_output("passphrase_key");
	(void)snprintf(arguments, sizeof(arguments), "--print-schema --plugin-dir '%s'",
		       plugin_dir());
	cr_assert_eq(provd(arguments), 0);
	expect_output("json-schema.org/draft/2020-12");
}

/* The reference and the schema that are kept in conf/ are what the program prints. */
static void expect_generated(const char *flag, const char *file)
{
	char arguments[256];
	char path[256];
	char *kept = calloc(1, sizeof(output));
	FILE *stream;
	int same;

	(void)snprintf(arguments, sizeof(arguments), "%s --plugin-dir '%s'", flag, plugin_dir());
	cr_assert_eq(provd(arguments), 0);
	(void)snprintf(path, sizeof(path), "%s/%s", PROVD_CONF_DIR, file);
	stream = fopen(path, "r");
	cr_assert_not_null(stream, "%s", path);
	cr_assert_gt(fread(kept, 1, sizeof(output) - 1, stream), 0);
	fclose(stream);
	same = strcmp(kept, output) == 0;
	free(kept);
	cr_assert(same, "conf/%s is old; write it anew: provd %s --plugin-dir build/dev/plugins",
		  file, flag);
}

Test(daemon, the_kept_reference_is_up_to_date)
{
	expect_generated("--print-reference", "reference.md");
}

Test(daemon, the_kept_schema_is_up_to_date)
{
	expect_generated("--print-schema", "provd.schema.json");
}

Test(daemon, a_run_dir_that_cannot_be_made_is_named)
{
	config(0600, "{\"daemon\":{\"run_dir\":\"%D/provd.json/run\",\"plugin_dirs\":[\"%P\"]},"
		     "\"hal\":[{\"plugin\":\"sim\"}]}");
	cr_assert_eq(provd("--config provd.json"), 1);
	expect_output("cannot make folder");
	expect_output("/provd.json/run");
}

Test(daemon, a_run_dir_without_a_parent_is_named)
{
	config(0600, "{\"daemon\":{\"run_dir\":\"%D/a/b\",\"plugin_dirs\":[\"%P\"]},"
		     "\"hal\":[{\"plugin\":\"sim\"}]}");
	cr_assert_eq(provd("--config provd.json"), 1);
	expect_output("cannot make folder");
	expect_output("/a/b");
}

Test(daemon, a_run_dir_that_is_a_file_is_named)
{
	config(0600, "{\"daemon\":{\"run_dir\":\"%D/provd.json\",\"plugin_dirs\":[\"%P\"]},"
		     "\"hal\":[{\"plugin\":\"sim\"}]}");
	cr_assert_eq(provd("--config provd.json"), 1);
	expect_output("/provd.json");
}
