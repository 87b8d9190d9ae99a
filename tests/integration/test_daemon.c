/* SPDX-License-Identifier: Apache-2.0 */
/* The program provd itself: arguments, refusals, exit statuses. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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

Test(daemon, errors_of_sections_and_of_options_together_in_the_order_of_the_file)
{
	const char *places[4];

	config(0600, "{\"methods\":[{\"plugin\":\"softap\",\"options\":{\n\"channel\":\"six\"}}],\n"
		     "\"hal\":[{\"plugin\":\"sim\",\"options\":[]}],\n"
		     "\"app_channel\":{\"broadcast\":\"wherever\"},\n"
		     "\"daemon\":{\"run_dri\":\"%D/run\",\"plugin_dirs\":[\"%P\"]}}");
	cr_assert_eq(provd("--check-config --config provd.json"), 2);
	places[0] = strstr(output, "provd.json:2:11: methods[0].options.channel: ");
	places[1] = strstr(output, "provd.json:3:34: hal[0].options: expected object");
	places[2] = strstr(output, "provd.json:4:28: app_channel.broadcast: expected IPv4");
	places[3] = strstr(output, "provd.json:5:11: daemon: unknown key \"run_dri\"");
	for (int i = 0; i < 4; i++)
		cr_assert(places[i] && (i == 0 || places[i - 1] < places[i]), "%d in:\n%s", i,
			  output);
	cr_assert(strstr(places[2], "hal[0]") == NULL, "told twice:\n%s", output);
}

Test(daemon, plugins_are_not_looked_for_in_folders_that_are_wrong)
{
	config(0600, "{\"daemon\":{\"plugin_dirs\":\"%P\"},\"hal\":[{\"plugin\":\"nosuch\"}]}");
	cr_assert_eq(provd("--check-config --config provd.json"), 2);
	expect_output("provd.json:1:26: daemon.plugin_dirs: expected list");
	cr_assert(strstr(output, "nosuch") == NULL, "%s", output);
}

/* What only the plugins themselves know to be wrong. */
static void expect_refusals(const char *arguments)
{
	config(0600, "{" FOLDERS ",\n\"hal\":[{\"plugin\":\"sim\",\"options\":{\n"
		     "\"access_points\":[{\"sid\":\"x\"}]}}],\n"
		     "\"methods\":[{\"plugin\":\"softap\"}],\n"
		     "\"cloud\":{\"plugin\":\"tencent\",\"options\":{\n\"device_info\":\"d.json\","
		     "\"register_url\":\"ftp://x\"}}}");
	cr_assert_eq(provd(arguments), 2, "%s", output);
	expect_output("provd.json:2:34: hal[0].options: ");
	expect_output("access_points[0]");
	expect_output("\nprovd.json:4:12: methods[0].options: ");
	expect_output("\nprovd.json:5:39: cloud.options: ");
	cr_assert(strstr(strstr(output, "passphrase_key") + 1, "no passphrase") == NULL,
		  "told twice:\n%s", output);
	cr_assert_eq(strncmp(output, "provd.json:2:", 13), 0, "%s", output);
}

Test(daemon, what_plugins_refuse_is_told_by_place)
{
	expect_refusals("--check-config --config provd.json");
}

Test(daemon, what_plugins_refuse_is_told_the_same_way_when_run)
{
	expect_refusals("--config provd.json");
}

Test(daemon, each_option_that_softap_refuses_fails_the_check)
{
	static const char *const options[] = {
		"{\"open\":true,\"passphrase\":\"12345678\"}",
		"{\"open\":true,\"ssid\":\"lamp-{mac5}\"}",
		"{\"open\":true,\"address\":\"192.168.4.1/44\"}",
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		char text[512];

		(void)snprintf(text, sizeof(text), "%s%s}]}",
			       "{" FOLDERS ",\n\"methods\":[{\"plugin\":\"softap\",\"options\":",
			       options[i]);
		config(0600, text);
		cr_assert_eq(provd("--check-config --config provd.json"), 2, "%s", output);
		expect_output("provd.json:2:41: methods[0].options: ");
	}
}

Test(daemon, an_optional_plugin_that_refuses_its_options_is_a_warning)
{
	config(0600, "{" FOLDERS ",\"hal\":[{\"plugin\":\"sim\"}],\n"
		     "\"methods\":[{\"plugin\":\"softap\",\"required\":false}]}");
	cr_assert_eq(provd("--check-config --config provd.json"), 0, "%s", output);
	expect_output("provd: warning: provd.json:2:12: methods[0].options: ");
	expect_output("provd.json: fine");
}

Test(daemon, a_wrong_config_counts_more_than_a_missing_plugin)
{
	config(0600, "{" FOLDERS ",\"hal\":[{\"plugin\":\"nosuch\"}],\n"
		     "\"methods\":[{\"plugin\":\"softap\"}]}");
	cr_assert_eq(provd("--check-config --config provd.json"), 2);
	expect_output("nosuch.so");
	expect_output("provd.json:2:12: methods[0].options: ");
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

Test(daemon, without_a_plugin_folder_the_options_of_the_core_are_printed)
{
	if (access("/usr/lib/provd", F_OK) == 0)
		cr_skip_test("plugins are installed");
	cr_assert_eq(provd("--print-options"), 0);
	expect_output("join_timeout");
	expect_output("warning: cannot read the folder");
	cr_assert_eq(provd("--print-reference 2>/dev/null"), 0);
	expect_output("join_timeout");
	cr_assert_eq(provd("--print-schema 2>/dev/null"), 0);
	expect_output("join_timeout");
	cr_assert_eq(provd("--print-failures 2>/dev/null"), 0);
	expect_output("WIFI_PASSPHRASE");
	cr_assert_eq(provd("--print-options --plugin-dir nowhere"), 1);
	expect_output("cannot read the folder nowhere");
}

/* What is kept in conf/ and docs/ is what the program prints. */
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

Test(daemon, the_kept_page_of_failures_is_up_to_date)
{
	expect_generated("--print-failures", "../docs/failures.md");
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

Test(daemon, a_state_folder_that_another_daemon_uses_is_refused)
{
	char path[64];
	int fd;

	config(0600, "{" FOLDERS ",\"hal\":[{\"plugin\":\"sim\"}]}");
	(void)snprintf(path, sizeof(path), "%s/state", dir);
	cr_assert_eq(mkdir(path, 0700), 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(flock(fd, LOCK_EX), 0);
	cr_assert_eq(provd("--config provd.json"), 1);
	expect_output("another daemon uses the state folder");
	expect_output("/state; stop it, or set daemon.state_dir to another folder");
	close(fd);
}

Test(daemon, a_run_dir_without_a_parent_is_named)
{
	config(0600, "{\"daemon\":{\"run_dir\":\"%D/a/b\",\"plugin_dirs\":[\"%P\"]},"
		     "\"hal\":[{\"plugin\":\"sim\"}]}");
	cr_assert_eq(provd("--config provd.json"), 1);
	expect_output("cannot make folder");
	expect_output("/a/b");
	expect_output("make its parent folder first");
}

Test(daemon, a_run_dir_that_is_a_file_is_named)
{
	config(0600, "{\"daemon\":{\"run_dir\":\"%D/provd.json\",\"plugin_dirs\":[\"%P\"]},"
		     "\"hal\":[{\"plugin\":\"sim\"}]}");
	cr_assert_eq(provd("--config provd.json"), 1);
	expect_output("/provd.json");
}

/* Starts the daemon for signals; out_log is what it logs. */
static pid_t start(int *out_log)
{
	char path[256];
	int ends[2];
	pid_t pid;

	config(0600, "{" FOLDERS ",\"hal\":[{\"plugin\":\"sim\"}],"
		     "\"start\":{\"policy\":\"on-demand\"}}");
	(void)snprintf(path, sizeof(path), "%s/provd", bin_dir());
	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		if (chdir(dir) != 0 || dup2(ends[1], 2) < 0)
			_exit(126);
		close(ends[0]);
		close(ends[1]);
		execl(path, "provd", "--config", "provd.json", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	*out_log = ends[0];
	return pid;
}

/* Reads the log until it has this part. */
static void expect_logged(int log, const char *part)
{
	size_t len = 0;

	output[0] = '\0';
	while (strstr(output, part) == NULL) {
		struct pollfd ready = {.fd = log, .events = POLLIN};
		ssize_t got;

		cr_assert_eq(poll(&ready, 1, 20000), 1, "expected \"%s\" in:\n%s", part, output);
		got = read(log, output + len, sizeof(output) - 1 - len);
		cr_assert_gt(got, 0, "expected \"%s\" in:\n%s", part, output);
		len += (size_t)got;
		output[len] = '\0';
	}
}

Test(daemon, sighup_reads_the_configuration_anew)
{
	int status = -1;
	int log;
	pid_t pid = start(&log);

	expect_logged(log, "waiting for a start command");
	cr_assert_eq(kill(pid, SIGHUP), 0);
	expect_logged(log, "configuration read anew");
	cr_assert_eq(kill(pid, SIGTERM), 0);
	expect_logged(log, "stopping");
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
	close(log);
}

Test(daemon, signals_that_come_again_do_not_cut_its_end_short)
{
	static const int again[] = {SIGTERM, SIGHUP, SIGINT};
	int status = -1;
	size_t count = 0;
	int log;
	pid_t pid = start(&log);

	expect_logged(log, "waiting for a start command");
	while (waitpid(pid, &status, WNOHANG) == 0)
		(void)kill(pid, again[count++ % 3]);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
	close(log);
}
