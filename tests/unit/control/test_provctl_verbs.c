/* SPDX-License-Identifier: Apache-2.0 */
/** The program provctl: networks, credentials, the device. */
#include "provctl_run.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CALL(method, parameters)                                                                   \
	"{\"method\":\"io.provd.Provisioning." method "\",\"parameters\":" parameters "}"
#define NOTHING "{\"parameters\":{}}"
#define SESSION "{\"parameters\":{\"session\":7}}"

TestSuite(provctl_verbs, .timeout = 60);

/** Makes a file in the run's folder. */
static void make_file(const struct run *run, const char *name, const char *text, char *path,
		      size_t size)
{
	int fd;

	snprintf(path, size, "%s/%s", run->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

Test(provctl_verbs, provide_asks_without_echo)
{
	struct run run;

	run_init(&run);
	run.typed = "geheim \"1\"\n";
	run.typed_after = "Passphrase: ";
	run_provctl(&run, SAYS(SESSION), "provide", "--ssid", "Home", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.request, CALL("Provide", "{\"ssid\":\"Home\",\"passphrase\":"
						      "\"geheim \\\"1\\\"\"}"));
	cr_assert_str_eq(run.out, "session 7 started; see it with 'provctl watch'\n");
	expect_in(run.terminal, "Passphrase: ");
	cr_assert(strstr(run.terminal, "geheim") == NULL, "%s", run.terminal);
	run_finish(&run);
}

Test(provctl_verbs, start_takes_a_plan)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(SESSION), "start", "--plan", "one+two:4m,three:90s,four", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.request,
			 CALL("Start",
			      "{\"plan\":[{\"methods\":[\"one\",\"two\"],\"for_ms\":240000},"
			      "{\"methods\":[\"three\"],\"for_ms\":90000},"
			      "{\"methods\":[\"four\"],\"for_ms\":0}]}"));
	run_provctl(&run, NULL, "start", "--plan", "one+:4m", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "start", "--plan", "one:soon", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "start", "--plan", "", NULL);
	cr_assert_eq(run.code, 2);
	run_finish(&run);
}

Test(provctl_verbs, provide_reads_files)
{
	struct run run;
	char passphrase[96];
	char token[96];

	run_init(&run);
	make_file(&run, "pass", "from-file\nsecond line\n", passphrase, sizeof(passphrase));
	make_file(&run, "token", "0123abcd", token, sizeof(token));
	run_provctl(&run, SAYS(SESSION), "provide", "--ssid-hex", "00fF", "--passphrase-file",
		    passphrase, "--token-file", token, "--bssid", "02:00:00:00:00:01", "--channel",
		    "6", "--hidden", "--json", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.request,
			 CALL("Provide", "{\"ssid_hex\":\"00ff\",\"passphrase\":\"from-file\","
					 "\"token\":\"0123abcd\",\"bssid\":\"02:00:00:00:00:01\","
					 "\"channel\":6,\"hidden\":true}"));
	cr_assert_str_eq(run.out, "{\"session\":7}\n");
	run.input = "from-stdin\n";
	run_provctl(&run, SAYS(SESSION), "provide", "--ssid", "x", "--passphrase-file", "-",
		    "--deadline", "2m", NULL);
	cr_assert_str_eq(run.request,
			 CALL("Provide", "{\"ssid\":\"x\",\"passphrase\":\"from-stdin\","
					 "\"deadline_ms\":120000}"));
	run_provctl(&run, SAYS(SESSION), "provide", "--ssid", "x", "--open", NULL);
	cr_assert_str_eq(run.request, CALL("Provide", "{\"ssid\":\"x\"}"));
	unlink(passphrase);
	unlink(token);
	run_finish(&run);
}

Test(provctl_verbs, provide_takes_what_the_daemon_takes)
{
	static const char raw_key[] =
		"0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789";
	static const char longest[] =
		"123456789012345678901234567890123456789012345678901234567890123";
	struct run run;

	run_init(&run);
	run.input = raw_key;
	run_provctl(&run, SAYS(SESSION), "provide", "--ssid", "x", "--passphrase-file", "-", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	expect_in(run.request, raw_key);
	run.input = longest;
	run_provctl(&run, SAYS(SESSION), "provide", "--ssid", "x", "--passphrase-file", "-", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	run.input = "12345678";
	run_provctl(&run, SAYS(SESSION), "provide", "--ssid", "x", "--passphrase-file", "-", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	/* ^D at the prompt */
	run.typed = "\x04";
	run.typed_after = "Passphrase: ";
	run_provctl(&run, NULL, "provide", "--ssid", "x", NULL);
	cr_assert_eq(run.code, 2);
	expect_in(run.err, "--open");
	run_finish(&run);
}

Test(provctl_verbs, provide_and_watch)
{
	static const char last[] =
		"{\"parameters\":{\"entry\":{\"session\":7,\"t_us\":3000000,\"state\":\"failed\","
		"\"event\":\"failed\",\"detail\":{\"reason\":\"WIFI_PASSPHRASE\"}}}}";
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(SESSION, NEXT_CALL, last), "provide", "--ssid", "x", "--open",
		    "--watch", NULL);
	cr_assert_eq(run.code, 4, "%s", run.err);
	cr_assert_str_eq(run.request, "{\"method\":\"io.provd.Provisioning.Watch\",\"parameters\":"
				      "{\"session\":7},\"more\":true}");
	expect_in(run.out, "did not accept the passphrase (WIFI_PASSPHRASE)");
	run_finish(&run);
}

Test(provctl_verbs, provide_refuses)
{
	static const struct {
		const char *words[6];
		const char *input;
		int code;
		const char *text;
	} cases[] = {
		{{NULL}, "", 2, "a network's name"},
		{{"--ssid", ""}, "", 2, "a network's name"},
		{{"--ssid", "123456789012345678901234567890123"}, "", 2, "a network's name"},
		{{"--ssid-hex", "0g"}, "", 2, "a network's name"},
		{{"--ssid-hex", "123"}, "", 2, "a network's name"},
		{{"--ssid", "x", "secret"}, "", 2, "too much: secret"},
		{{"--ssid", "x", "--passphrase", "y"}, "", 2, "not known here: --passphrase"},
		{{"--ssid", "x"}, "", 1, "there is no terminal"},
		{{"--ssid", "x"}, "", 1, "cannot read the passphrase: "},
		{{"--ssid", "x", "--passphrase-file", "/nonexistent"},
		 "",
		 1,
		 "cannot read /nonexistent: No such file"},
		{{"--ssid", "x", "--passphrase-file", "-"}, "", 2, "--open"},
		{{"--ssid", "x", "--passphrase-file", "-"}, "\r\nlater-line\n", 2, "--open"},
		{{"--ssid", "x", "--passphrase-file", "/dev/null"}, "", 2, "--open"},
		{{"--ssid", "x", "--passphrase-file", "-"}, "1234567", 2, "8 to 63"},
		{{"--ssid", "x", "--passphrase-file", "-"},
		 "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		 2,
		 "or 64 hex digits"},
		{{"--ssid", "x", "--passphrase-file", "-", "--open"}, "", 2, "exclude"},
		{{"--ssid", "x", "--passphrase-file", "-"},
		 "12345678901234567890123456789012345678901234567890123456789012345",
		 2,
		 "8 to 63 characters"},
		{{"--ssid", "x", "--open", "--token-file", "-"}, "\n", 2, "token is empty"},
	};
	struct run run;
	size_t i;

	run_init(&run);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const *w = cases[i].words;

		run.input = cases[i].input;
		run_provctl(&run, NULL, "provide", w[0], w[1], w[2], w[3], w[4], w[5], NULL);
		cr_assert_eq(run.code, cases[i].code, "case %zu: %s", i, run.err);
		expect_in(run.err, cases[i].text);
	}
	run_finish(&run);
}

Test(provctl_verbs, networks)
{
	struct run run;

	run_init(&run);
	run_provctl(
		&run,
		SAYS("{\"parameters\":{\"networks\":[{\"ssid\":\"Ho\\u001bme\",\"ssid_hex\":"
		     "\"00\",\"priority\":5,\"secured\":true,\"hidden\":false,\"current\":true},"
		     "{\"ssid\":\"\",\"ssid_hex\":\"00ff\",\"priority\":-3,\"secured\":false,"
		     "\"hidden\":true,\"current\":false}]}}"),
		"networks", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.out, "  PRIORITY  SECURITY  NETWORK\n"
				  "*        5  secured   Ho\\x1bme\n"
				  "        -3  open      hex:00ff  (hidden)\n");
	run_provctl(&run, SAYS(NOTHING), "forget", "Home", NULL);
	cr_assert_str_eq(run.request, CALL("ForgetNetwork", "{\"ssid\":\"Home\"}"));
	cr_assert_str_eq(run.out, "forgotten\n");
	run_provctl(&run, SAYS(NOTHING), "forget", "--ssid-hex", "00ff", "--json", NULL);
	cr_assert_str_eq(run.request, CALL("ForgetNetwork", "{\"ssid_hex\":\"00ff\"}"));
	cr_assert_str_eq(run.out, "{}\n");
	run_provctl(&run, SAYS(NOTHING), "priority", "--", "--odd", "-12", NULL);
	cr_assert_str_eq(run.request,
			 CALL("SetNetworkPriority", "{\"ssid\":\"--odd\",\"priority\":-12}"));
	run_provctl(&run, SAYS(NOTHING), "priority", "--ssid-hex", "00", "1000", NULL);
	cr_assert_str_eq(run.request,
			 CALL("SetNetworkPriority", "{\"ssid_hex\":\"00\",\"priority\":1000}"));
	run_provctl(&run, SAYS(ERR("UnknownNetwork", "{\"ssid_hex\":\"00\"}")), "forget", "x",
		    NULL);
	cr_assert_eq(run.code, 1);
	expect_in(run.err, "this network is not saved");
	run_provctl(&run, NULL, "priority", "Home", "1001", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "priority", "5", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "forget", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "forget", "a", "--ssid-hex", "00", NULL);
	cr_assert_eq(run.code, 2);
	run_finish(&run);
}

Test(provctl_verbs, press)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(NOTHING), "press", NULL);
	cr_assert_str_eq(run.request, CALL("PressButton", "{}"));
	cr_assert_str_eq(run.out, "pressed\n");
	run_provctl(&run, SAYS(NOTHING), "press", "--held", "8s", NULL);
	cr_assert_str_eq(run.request, CALL("PressButton", "{\"held_ms\":8000}"));
	run_provctl(&run, SAYS(ERR("PresenceRequired", "{}")), "start", NULL);
	cr_assert_eq(run.code, 1);
	expect_in(run.err, "'provctl press'");
	run_finish(&run);
}

Test(provctl_verbs, reset_asks)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(NOTHING), "reset", "factory", "--yes", NULL);
	cr_assert_str_eq(run.request, CALL("Reset", "{\"what\":\"factory\"}"));
	cr_assert_str_eq(run.out, "reset\n");
	run_provctl(&run, NULL, "reset", "cloud", NULL);
	cr_assert_eq(run.code, 2, "there is nobody to ask");
	expect_in(run.err, "needs --yes");
	run_provctl(&run, NULL, "reset", "everything", "--yes", NULL);
	cr_assert_eq(run.code, 2);
	run.typed = "n\n";
	run_provctl(&run, NULL, "reset", "network", NULL);
	cr_assert_eq(run.code, 1);
	expect_in(run.err, "Forget all saved networks? [y/N] ");
	run.typed = "\n";
	run_provctl(&run, NULL, "reset", "network", NULL);
	cr_assert_eq(run.code, 1);
	run.typed = "y\n";
	run_provctl(&run, SAYS(NOTHING), "reset", "network", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.request, CALL("Reset", "{\"what\":\"network\"}"));
	run_finish(&run);
}

Test(provctl_verbs, take_over_and_reload)
{
	struct run run;

	run_init(&run);
	run_provctl(&run,
		    SAYS("{\"parameters\":{\"cloud\":\"acme\",\"product\":\"P\",\"device\":\"d\","
			 "\"file\":\"/var/lib/x.json\"}}"),
		    "take-over", NULL);
	cr_assert_str_eq(run.out, "cloud     acme\nproduct   P\ndevice    d\n"
				  "file      /var/lib/x.json\n");
	run_provctl(&run, SAYS("{\"parameters\":{\"changed\":[\"daemon.log.level\"]}}"), "reload",
		    NULL);
	cr_assert_str_eq(run.out, "changed   daemon.log.level\n");
	run_provctl(&run, SAYS("{\"parameters\":{\"changed\":[]}}"), "reload", NULL);
	cr_assert_str_eq(run.out, "nothing has changed\n");
	run_provctl(&run, SAYS(ERR("BadConfig", "{\"faults\":[\"a:1: bad\",\"b\\u0007\"]}")),
		    "reload", NULL);
	cr_assert_eq(run.code, 1);
	cr_assert_str_eq(run.err, "provctl: the new configuration has faults, the old one stays:\n"
				  "  a:1: bad\n  b\\x07\n");
	run_provctl(&run, SAYS(ERR("NeedsRestart", "{\"options\":[\"hal\"]}")), "reload", NULL);
	expect_in(run.err, "nothing was changed:\n  hal\n");
	run_finish(&run);
}

Test(provctl_verbs, log_levels)
{
	struct run run;

	run_init(&run);
	run_provctl(&run,
		    SAYS("{\"parameters\":{\"level\":\"info\",\"topics\":{\"softap\":\"debug\"}}}"),
		    "log", NULL);
	cr_assert_str_eq(run.out, "TOPIC               LEVEL\n"
				  "(all others)        info\n"
				  "softap              debug\n");
	run_provctl(&run, SAYS(NOTHING), "log", "warn", NULL);
	cr_assert_str_eq(run.request, CALL("SetLogLevel", "{\"level\":\"warn\"}"));
	run_provctl(&run, SAYS(NOTHING), "log", "softap", "debug", NULL);
	cr_assert_str_eq(run.request,
			 CALL("SetLogLevel", "{\"topic\":\"softap\",\"level\":\"debug\"}"));
	run_provctl(&run, NULL, "log", "loud", NULL);
	cr_assert_eq(run.code, 2);
	run_finish(&run);
}

Test(provctl_verbs, status_tells_what_is_waited_for)
{
	struct run run;

	run_init(&run);
	run_provctl(&run,
		    SAYS("{\"parameters\":{\"state\":\"idle\",\"session\":0,\"methods\":[],"
			 "\"elapsed_ms\":1000,\"bound\":false,\"networks\":1,\"waiting\":"
			 "\"presence\",\"warnings\":[\"the store is full\"]}}"),
		    "status", NULL);
	cr_assert_str_eq(run.out, "state     idle\n"
				  "bound     no\n"
				  "saved     1 network; see 'provctl networks'\n"
				  "waiting   for somebody: press the device's button\n"
				  "warning   the store is full\n");
	run_finish(&run);
}

Test(provctl_verbs, help)
{
	static const char *const verbs[] = {"provide", "networks",  "forget", "priority", "press",
					    "reset",   "take-over", "reload", "log",	  "stats"};
	char expected[64];
	struct run run;
	size_t i;

	run_init(&run);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		run_provctl(&run, NULL, verbs[i], "--help", NULL);
		cr_assert_eq(run.code, 0);
		snprintf(expected, sizeof(expected), "usage: provctl %s", verbs[i]);
		expect_in(run.out, expected);
	}
	run_finish(&run);
}
