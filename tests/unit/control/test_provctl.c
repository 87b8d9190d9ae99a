/* SPDX-License-Identifier: Apache-2.0 */
/** The program provctl: what its verbs ask, print and return. */
#include "provctl_run.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STATUS                                                                                     \
	"{\"parameters\":{\"state\":\"joining\",\"session\":3,\"methods\":["                       \
	"{\"name\":\"softap\",\"state\":\"listening\",\"reason\":\"\"},"                           \
	"{\"name\":\"airkiss\",\"state\":\"unavailable\",\"reason\":\"no monitor\"}],"             \
	"\"method\":\"softap\",\"attempt\":2,\"elapsed_ms\":1234,"                                 \
	"\"last_error\":{\"code\":\"WIFI_PASSPHRASE\",\"text\":\"\",\"state\":\"joining\"},"       \
	"\"identity\":{\"product\":\"P1\",\"device\":\"dev\",\"registered\":true},"                \
	"\"link\":{\"ssid\":\"ho\\u001bme\",\"ssid_hex\":\"00\",\"address\":\"10.0.0.2\"}}}"

/* A status up to its methods. */
#define START "{\"parameters\":{\"state\":\"idle\",\"session\":0,\"elapsed_ms\":0,\"methods\":"

#define TIMELINE                                                                                   \
	"{\"parameters\":{\"session\":3,\"entries\":["                                             \
	"{\"session\":3,\"t_us\":1000000,\"state\":\"listening\",\"event\":\"session started\","   \
	"\"detail\":{}},"                                                                          \
	"{\"session\":3,\"t_us\":3500000,\"state\":\"joining\",\"event\":\"a<b>&\\\"c\\u0001\","   \
	"\"detail\":{\"ssid\":\"x\"}},"                                                            \
	"{\"session\":3,\"t_us\":4000000,\"state\":\"failed\",\"event\":\"failed\","               \
	"\"detail\":{}}]}}"

Test(provctl, status, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(STATUS), "status", NULL);
	cr_assert_str_eq(run.request, "{\"method\":\"io.provd.Provisioning.Status\"}");
	cr_assert_eq(run.code, 0);
	cr_assert_str_eq(run.out, "state     joining for 1.234 s\n"
				  "session   3, attempt 2\n"
				  "method    softap\n"
				  "network   ho\\x1bme, address 10.0.0.2\n"
				  "failure   the access point did not accept the passphrase "
				  "(WIFI_PASSPHRASE, while joining)\n"
				  "advice    type the passphrase again\n"
				  "identity  P1/dev, registered\n"
				  "methods\n"
				  "  softap        listening    \n"
				  "  airkiss       unavailable  no monitor\n");
	cr_assert_str_eq(run.err, "");
	run_finish(&run);
}

Test(provctl, status_tells_what_to_do, .timeout = 60)
{
	static const struct {
		const char *retry;
		const char *text;
	} cases[] = {
		{"again", "retry     of use as it is\n"},
		{"changed", "retry     of use once the advice was followed\n"},
		{"never", "retry     of no use before the device or its configuration is "
			  "repaired\n"},
	};
	char reply[512];
	struct run run;
	size_t i;

	run_init(&run);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(reply, sizeof(reply),
			 START "[],\"last_error\":{\"code\":\"NOVELTY\",\"text\":\"odd\","
			       "\"state\":\"joining\",\"advice\":\"look\\u0007 up\",\"retry\":"
			       "\"%s\"}}}",
			 cases[i].retry);
		run_provctl(&run, SAYS(reply), "status", NULL);
		cr_assert_eq(run.code, 0, "%s", run.err);
		expect_in(run.out, "failure   odd (NOVELTY, while joining)\n"
				   "advice    look\\x07 up\n");
		expect_in(run.out, cases[i].text);
	}
	run_finish(&run);
}

Test(provctl, json_prints_the_parameters, .timeout = 60)
{
	struct run run;
	json_t *printed;
	json_t *sent;

	run_init(&run);
	run_provctl(&run, SAYS(STATUS), "--json", "status", NULL);
	cr_assert_eq(run.code, 0);
	cr_assert_eq(strchr(run.out, '\n'), run.out + strlen(run.out) - 1, "one line");
	printed = json_loads(run.out, 0, NULL);
	sent = json_loads(STATUS, 0, NULL);
	cr_assert(json_equal(printed, json_object_get(sent, "parameters")));
	json_decref(printed);
	json_decref(sent);
	run_finish(&run);
}

Test(provctl, start_and_stop, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS("{\"parameters\":{\"session\":7}}"), "start", "softap", "--deadline",
		    "5m", "airkiss", NULL);
	cr_assert_str_eq(run.request,
			 "{\"method\":\"io.provd.Provisioning.Start\",\"parameters\":"
			 "{\"methods\":[\"softap\",\"airkiss\"],\"deadline_ms\":300000}}");
	cr_assert_eq(run.code, 0);
	expect_in(run.out, "session 7 started");
	run_provctl(&run, SAYS("{\"parameters\":{\"session\":8}}"), "start", "--json", NULL);
	cr_assert_str_eq(run.request, "{\"method\":\"io.provd.Provisioning.Start\","
				      "\"parameters\":{}}");
	cr_assert_str_eq(run.out, "{\"session\":8}\n");
	run_provctl(&run, SAYS("{\"parameters\":{}}"), "stop", NULL);
	cr_assert_str_eq(run.request, "{\"method\":\"io.provd.Provisioning.Stop\"}");
	cr_assert_eq(run.code, 0);
	cr_assert_str_eq(run.out, "stopped\n");
	run_finish(&run);
}

Test(provctl, errors_are_sentences, .timeout = 60)
{
	static const struct {
		const char *reply;
		const char *text;
	} cases[] = {
		{ERR("AlreadyRunning", "{\"session\":4}"), "session 4 is running already"},
		{ERR("NotRunning", "{}"), "no session is running"},
		{ERR("UnknownMethod", "{\"method\":\"x\"}"), "(see 'provctl status'): x\n"},
		{ERR("Unavailable", "{\"reason\":\"no radio\"}"), "not available: no radio"},
		{ERR("PermissionDenied", "{\"method\":\"Start\"}"), "may Start\n"},
		{ERR("UnknownSession", "{\"session\":9}"), "session 9 is not known"},
		{ERR("UnknownSession", "{\"session\":0}"), "there was no session yet"},
		{"{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":"
		 "\"\\u0007\"}}",
		 "this daemon does not know the method '\\x07'\n"},
		{"{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":"
		 "\"passphrase\"}}",
		 "provctl: the daemon does not accept the value of 'passphrase'\n"},
		{"{\"error\":\"org.varlink.service.InvalidParameter\"}",
		 "provctl: the daemon does not accept the value of a parameter\n"},
		{"{\"error\":\"org.varlink.service.ExpectedMore\"}",
		 "provctl: the daemon only answers this call with several replies\n"},
		{"{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":"
		 "{\"interface\":\"io.provd.Provisioning\"}}",
		 "provctl: this is not the daemon's socket: it does not know the interface "
		 "'io.provd.Provisioning'\n"},
		{ERR("Strange", "{}"), "io.provd.Provisioning.Strange {}"},
	};
	struct run run;
	size_t i;

	run_init(&run);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run_provctl(&run, SAYS(cases[i].reply), "start", NULL);
		cr_assert_eq(run.code, 1);
		expect_in(run.err, cases[i].text);
		cr_assert_str_eq(run.out, "");
	}
	run_finish(&run);
}

Test(provctl, plugins_and_capabilities, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run_provctl(&run,
		    SAYS("{\"parameters\":{\"plugins\":[{\"name\":\"softap\",\"kind\":\"method\","
			 "\"version\":\"1.0\",\"file\":\"/p/softap.so\",\"state\":\"loaded\","
			 "\"reason\":\"\"},{\"name\":\"bad\",\"kind\":\"hal\",\"version\":\"2\","
			 "\"file\":\"/p/bad.so\",\"state\":\"refused\",\"reason\":\"ABI 2\"}]}}"),
		    "plugins", NULL);
	cr_assert_eq(run.code, 0);
	cr_assert_str_eq(run.out, "NAME          KIND    VERSION   STATE        FILE\n"
				  "softap        method  1.0       loaded       /p/softap.so\n"
				  "bad           hal     2         refused      /p/bad.so\n"
				  "    ABI 2\n");
	run_provctl(&run,
		    SAYS("{\"parameters\":{\"capabilities\":[{\"name\":\"station\",\"hal\":\"sim\","
			 "\"available\":true,\"reason\":\"\"},{\"name\":\"ble\",\"hal\":\"\","
			 "\"available\":false,\"reason\":\"no HAL offers it\"}]}}"),
		    "capabilities", NULL);
	cr_assert_eq(run.code, 0);
	cr_assert_str_eq(run.out, "CAPABILITY          HAL           AVAILABLE\n"
				  "station             sim           yes\n"
				  "ble                               no   no HAL offers it\n");
	run_finish(&run);
}

Test(provctl, usage_errors, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, NULL, NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "dance", NULL);
	cr_assert_eq(run.code, 2);
	expect_in(run.err, "no verb 'dance'");
	run_provctl(&run, NULL, "status", "--deadline", "5m", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "status", "more", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "start", "--deadline", "5", NULL);
	cr_assert_eq(run.code, 2);
	expect_in(run.err, "not 5");
	run_provctl(&run, NULL, "start", "--deadline", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "timeline", "--session", "-1", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "timeline", "--json", "--svg", "x", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "help", "dance", NULL);
	cr_assert_eq(run.code, 2);
	run_finish(&run);
}

Test(provctl, help, .timeout = 60)
{
	static const char *const verbs[] = {"status",  "watch",	   "start",	  "stop",
					    "plugins", "timeline", "capabilities"};
	struct run run;
	size_t i;

	run_init(&run);
	run_provctl(&run, NULL, "help", NULL);
	cr_assert_eq(run.code, 0);
	expect_in(run.out, "exit codes:");
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		expect_in(run.out, verbs[i]);
	}
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		char expected[64];

		run_provctl(&run, NULL, verbs[i], "--help", NULL);
		cr_assert_eq(run.code, 0);
		snprintf(expected, sizeof(expected), "usage: provctl %s", verbs[i]);
		expect_in(run.out, expected);
	}
	run_finish(&run);
}

Test(provctl, no_daemon, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, NULL, "status", "--socket", "/nonexistent/sock", NULL);
	cr_assert_eq(run.code, 3);
	expect_in(run.err, "cannot reach the daemon at /nonexistent/sock");
	expect_in(run.err, "is provd running?");
	run_provctl(&run, (const char *const[]){NULL}, "status", NULL);
	cr_assert_eq(run.code, 3);
	expect_in(run.err, "closed the connection");
	run_provctl(&run, SAYS("nonsense"), "status", NULL);
	cr_assert_eq(run.code, 3);
	expect_in(run.err, "not understood");
	run_finish(&run);
}

Test(provctl, answers_that_are_not_understood, .timeout = 60)
{
	static const struct {
		const char *verb;
		const char *reply;
	} cases[] = {
		{"status", "{\"parameters\":{}}"},
		{"status", "{}"},
		{"status", START "7}}"},
		{"status", START "[7]}}"},
		{"status", START "[{\"state\":\"idle\"}]}}"},
		{"status", START "[],\"link\":\"x\"}}"},
		{"status", START "[],\"link\":{\"ssid\":5}}}"},
		{"status", START "[],\"bound\":\"yes\"}}"},
		{"status", START "[],\"networks\":-1}}"},
		{"status", START "[],\"warnings\":[1]}}"},
		{"start", "{\"parameters\":{}}"},
		{"networks", "{\"parameters\":{\"networks\":{}}}"},
		{"timeline", "{\"parameters\":{\"session\":1,\"entries\":[{\"session\":1}]}}"},
		{"timeline",
		 "{\"parameters\":{\"session\":1,\"entries\":[{\"session\":1,\"t_us\":1,"
		 "\"state\":\"idle\",\"event\":\"\",\"detail\":{\"a\":1}}]}}"},
		{"plugins", "{\"parameters\":{}}"},
		{"capabilities", "{\"parameters\":{\"capabilities\":[{}]}}"},
		{"log", "{\"parameters\":{\"level\":\"info\",\"topics\":[]}}"},
		{"stats", "{\"parameters\":{\"stats\":{\"uptime_ms\":\"5\"}}}"},
		{"take-over", "{\"parameters\":{}}"},
		{"reload", "{\"parameters\":{\"changed\":[5]}}"},
	};
	struct run run;
	size_t i;

	run_init(&run);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run_provctl(&run, SAYS(cases[i].reply), cases[i].verb, NULL);
		cr_assert_eq(run.code, 3, "case %zu: %d", i, run.code);
		cr_assert_str_eq(run.err, "provctl: the daemon's answer is not understood\n");
		cr_assert_str_eq(run.out, "");
	}
	/* what may be missing, and what a newer daemon says */
	run_provctl(&run, SAYS(START "[],\"link\":null,\"novelty\":7}}"), "status", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	run_provctl(&run, SAYS("{\"parameters\":{}}"), "provide", "--ssid", "x", "--open", NULL);
	cr_assert_eq(run.code, 3);
	expect_in(run.err, "not understood");
	run_finish(&run);
}

Test(provctl, status_shows_a_network_that_is_no_text, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run_provctl(&run,
		    SAYS(START "[],\"link\":{\"ssid\":\"\",\"ssid_hex\":\"00ff\","
			       "\"address\":\"10.0.0.2\"}}}"),
		    "status", NULL);
	cr_assert_str_eq(run.out, "state     idle\nnetwork   hex:00ff, address 10.0.0.2\n");
	run_provctl(&run, SAYS(START "[],\"link\":{\"ssid\":\"\",\"ssid_hex\":\"\"}}}"), "status",
		    NULL);
	cr_assert_str_eq(run.out, "state     idle\nnetwork   (name not shown)\n");
	run_finish(&run);
}

Test(provctl, output_that_cannot_be_written, .timeout = 60)
{
	static const char text[] = "provctl: cannot write the output: No space left on device\n";
	static const char networks[] = "{\"parameters\":{\"networks\":[]}}";
	struct run run;

	run_init(&run);
	run.out_path = "/dev/full";
	run_provctl(&run, SAYS(STATUS), "status", NULL);
	cr_assert_eq(run.code, 1);
	cr_assert_str_eq(run.err, text);
	run_provctl(&run, SAYS(STATUS), "status", "--json", NULL);
	cr_assert_eq(run.code, 1);
	cr_assert_str_eq(run.err, text);
	run_provctl(&run, SAYS(networks), "networks", NULL);
	cr_assert_eq(run.code, 1);
	cr_assert_str_eq(run.err, text);
	run_provctl(&run, NULL, "help", NULL);
	cr_assert_eq(run.code, 1);
	cr_assert_str_eq(run.err, text);
	run_provctl(&run, SAYS(TIMELINE), "timeline", "--svg", "-", NULL);
	cr_assert_eq(run.code, 1);
	/* written in parts: the reason may be gone */
	cr_assert_eq(strncmp(run.err, text, 32), 0, "%s", run.err);
	cr_assert_eq(strchr(run.err, '\n'), run.err + strlen(run.err) - 1, "one line");
	run_finish(&run);
}

Test(provctl, help_and_version_anywhere, .timeout = 60)
{
	static const char *const words[][3] = {{"--version"},
					       {"status", "--version"},
					       {"--socket", "/x", "--version"},
					       {"--json", "--version", "status"}};
	struct run run;
	size_t i;

	run_init(&run);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		run_provctl(&run, NULL, words[i][0], words[i][1], words[i][2], NULL);
		cr_assert_eq(run.code, 0, "case %zu: %s", i, run.err);
		cr_assert_eq(strncmp(run.out, "provctl ", 8), 0, "%s", run.out);
	}
	run_provctl(&run, NULL, "--socket", "/x", "--help", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	expect_in(run.out, "usage: provctl VERB");
	expect_in(run.out, "  130  ");
	run_provctl(&run, NULL, "--socket", "--help", NULL);
	cr_assert_eq(run.code, 2);
	run_finish(&run);
}

Test(provctl, timeline_table, .timeout = 60)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(TIMELINE), "timeline", "--session", "3", NULL);
	cr_assert_str_eq(run.request, "{\"method\":\"io.provd.Provisioning.Timeline\","
				      "\"parameters\":{\"session\":3}}");
	cr_assert_eq(run.code, 0);
	cr_assert_str_eq(run.out, "session 3\n"
				  "    OFFSET   DURATION  STATE        EVENT\n"
				  "     0.000 s     2.500 s  listening    session started\n"
				  "     2.500 s     0.500 s  joining      a<b>&\"c\\x01 ssid=x\n"
				  "     3.000 s           -  failed       failed\n");
	run_finish(&run);
}

/** Goes over the elements of an XML text: each opened one is closed, in order. */
static void expect_well_formed(const char *text)
{
	char stack[16][32];
	size_t depth = 0;
	size_t len;
	const char *at = text;

	while ((at = strchr(at, '<'))) {
		const char *end = strchr(at, '>');

		cr_assert(end != NULL);
		cr_assert(memchr(at + 1, '<', (size_t)(end - at - 1)) == NULL);
		len = strcspn(at + 1, " />");
		if (at[1] == '/') {
			cr_assert(depth > 0);
			depth--;
			len = strlen(stack[depth]);
			cr_assert(!strncmp(at + 2, stack[depth], len) && at[2 + len] == '>');
		} else if (at[1] != '?' && end[-1] != '/') {
			cr_assert(depth < 16 && len < 32);
			memcpy(stack[depth], at + 1, len);
			stack[depth++][len] = 0;
		}
		at = end;
	}
	cr_assert_eq(depth, 0);
	for (at = text; (at = strchr(at, '&')); at++)
		cr_assert(!strncmp(at, "&lt;", 4) || !strncmp(at, "&gt;", 4) ||
			  !strncmp(at, "&amp;", 5) || !strncmp(at, "&quot;", 6));
}

Test(provctl, timeline_picture, .timeout = 60)
{
	struct run run;
	char path[128];
	char svg[32768];
	int fd;

	run_init(&run);
	snprintf(path, sizeof(path), "%s/t.svg", run.dir);
	run_provctl(&run, SAYS(TIMELINE), "timeline", "--svg", path, NULL);
	cr_assert_str_eq(run.request,
			 "{\"method\":\"io.provd.Provisioning.Timeline\",\"parameters\":{}}");
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.out, "");
	fd = open(path, O_RDONLY);
	cr_assert(fd >= 0);
	read_all(fd, svg, sizeof(svg));
	expect_in(svg, "<title>listening 2.500 s</title>");
	expect_in(svg, "<title>joining 0.500 s</title>");
	expect_in(svg, "+2.500 s, device: a&lt;b&gt;&amp;&quot;c\xef\xbf\xbd; ssid=x</title>");
	expect_in(svg, "</svg>\n");
	expect_well_formed(svg);
	unlink(path);
	run_provctl(&run, SAYS(TIMELINE), "timeline", "--svg", "-", NULL);
	cr_assert_str_eq(run.out, svg);
	run_provctl(&run, SAYS(TIMELINE), "timeline", "--svg", "/nonexistent/x.svg", NULL);
	cr_assert_eq(run.code, 1);
	expect_in(run.err, "cannot write the picture");
	run_finish(&run);
}
