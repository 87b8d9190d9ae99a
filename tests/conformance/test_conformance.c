/* SPDX-License-Identifier: Apache-2.0 */
/* Each broken plugin must fail, in the case and with the words that name its fault. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM PROVD_BIN_DIR "/provd-conformance"

struct output {
	int status;
	char text[16384];
};

/* `arguments` are the test's own constants. */
static struct output run(const char *arguments)
{
	struct output out = {.status = -1};
	char command[4096];
	FILE *pipe;
	size_t len;
	int n = snprintf(command, sizeof(command), PROGRAM " %s 2>&1", arguments);

	cr_assert(n > 0 && (size_t)n < sizeof(command));
	pipe = popen(command, "r");
	cr_assert_not_null(pipe);
	len = fread(out.text, 1, sizeof(out.text) - 1, pipe);
	out.text[len] = '\0';
	n = pclose(pipe);
	if (WIFEXITED(n))
		out.status = WEXITSTATUS(n);
	return out;
}

/* The case fails and its findings have these words. */
static void expect_fault(const char *fixture, const char *name, const char *words)
{
	char arguments[512];
	char line[128];
	struct output out;

	snprintf(arguments, sizeof(arguments), "--tap --deadline 8 --case %s %s/%s.so", name,
		 PROVD_FIXTURE_DIR, fixture);
	out = run(arguments);
	snprintf(line, sizeof(line), "\nnot ok 1 - %s\n", name);
	cr_expect_eq(out.status, 1, "status %d:\n%s", out.status, out.text);
	cr_expect_not_null(strstr(out.text, line), "%s", out.text);
	cr_expect_not_null(strstr(out.text, words), "wanted '%s':\n%s", words, out.text);
}

static void expect_conforms(const char *fixture)
{
	char arguments[512];
	struct output out;

	snprintf(arguments, sizeof(arguments), "--tap %s/%s.so", PROVD_FIXTURE_DIR, fixture);
	out = run(arguments);
	cr_expect_eq(out.status, 0, "status %d:\n%s", out.status, out.text);
	cr_expect_null(strstr(out.text, "not ok"), "%s", out.text);
}

TestSuite(conformance, .timeout = 60);

Test(conformance, good_method)
{
	expect_conforms("good-method");
}

Test(conformance, good_hal)
{
	expect_conforms("good-hal");
}

Test(conformance, good_cloud)
{
	expect_conforms("good-cloud");
}

Test(conformance, cloud_binds_without_identity)
{
	expect_fault("cloud-binds-blindly", "without-identity",
		     "bind was accepted without an identity");
}

Test(conformance, cloud_trusts_a_length)
{
	expect_fault("cloud-trusts-length", "dialect-hostile", "died of signal 6");
}

Test(conformance, event_in_start_is_allowed)
{
	expect_conforms("event-in-start");
}

Test(conformance, newer_minor)
{
	expect_conforms("newer-minor");
}

Test(conformance, refused_by_the_loader)
{
	expect_fault("bad-magic", "descriptor", "refused: magic is 0x12345678, wanted 0x44565250");
}

Test(conformance, create_fails)
{
	expect_fault("create-fails", "create-destroy",
		     "create 1 of 100 failed: CONFIG: option \"ssid\" is missing; set it");
}

Test(conformance, create_exits_with_success)
{
	expect_fault("create-exits", "create-destroy", "ended the process with status 0");
}

Test(conformance, create_aborts)
{
	expect_fault("create-aborts", "create-destroy", "died of signal 6");
}

Test(conformance, create_hangs)
{
	expect_fault("create-hangs", "create-destroy", "hung: not over after 8000 ms");
}

Test(conformance, leaked_timer)
{
	expect_fault("leaked-timer", "start-stop",
		     "after STOPPED the instance still holds 1 timers, 0 watches, 0 jobs, 0 posts");
}

Test(conformance, leaked_watch)
{
	expect_fault("leaked-watch", "start-stop",
		     "after STOPPED the instance still holds 0 timers, 1 watches, 0 jobs, 0 posts");
}

Test(conformance, event_after_stopped)
{
	expect_fault("event-after-stop", "start-stop", "an event of type 2 came after STOPPED");
}

Test(conformance, stopped_twice)
{
	expect_fault("stopped-twice", "start-stop", "STOPPED came 2 times");
}

Test(conformance, stop_is_never_answered)
{
	expect_fault("silent-stop", "start-stop", "no STOPPED within 5000 ms after stop");
}

Test(conformance, refused_start_raises_an_event)
{
	expect_fault("refuses-and-emits", "start-stop",
		     "start refused (STATE), but an event of type 3 came");
}

Test(conformance, slow_start)
{
	expect_fault("slow-start", "start-stop", "start kept the loop busy for ");
}

Test(conformance, secret_in_the_log)
{
	expect_fault("logs-secret", "canary-secrets", "a secret option is in the log");
}

Test(conformance, hal_gives_no_reason)
{
	expect_fault("hal-no-reason", "capabilities",
		     "provd.hal.station/1 is missing and no reason is given");
}

Test(conformance, hal_table_has_a_hole)
{
	expect_fault("hal-null-function", "capabilities", "provd.hal.store/1: function 3 is NULL");
}

Test(conformance, hal_operation_ends_twice)
{
	expect_fault("hal-done-twice", "store-roundtrip", "an operation ended 2 times");
}

Test(conformance, wrong_use)
{
	struct output out = run("");

	cr_expect_eq(out.status, 2);
	out = run("/nonexistent.so");
	cr_expect_eq(out.status, 2);
	cr_expect_not_null(strstr(out.text, "No such file"), "%s", out.text);
	out = run("--case nothing " PROVD_FIXTURE_DIR "/good-method.so");
	cr_expect_eq(out.status, 2);
	cr_expect_not_null(strstr(out.text, "no case 'nothing'"), "%s", out.text);
	out = run("--config '{\"nothing\": 1}' --case create-destroy " PROVD_FIXTURE_DIR
		  "/good-method.so");
	cr_expect_eq(out.status, 1);
	cr_expect_not_null(strstr(out.text, "give them with --config"), "%s", out.text);
}

Test(conformance, junit)
{
	char path[] = "/tmp/provd-junit-XXXXXX";
	char arguments[512];
	char text[8192];
	struct output out;
	FILE *in;
	size_t len;
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	close(fd);
	snprintf(arguments, sizeof(arguments), "--junit %s --case capabilities %s/hal-no-reason.so",
		 path, PROVD_FIXTURE_DIR);
	out = run(arguments);
	cr_expect_eq(out.status, 1, "%s", out.text);
	cr_expect_not_null(strstr(out.text, "0 passed, 1 failed, 0 skipped"), "%s", out.text);
	in = fopen(path, "r");
	cr_assert_not_null(in);
	len = fread(text, 1, sizeof(text) - 1, in);
	text[len] = '\0';
	fclose(in);
	unlink(path);
	cr_expect_not_null(strstr(text, "name=\"capabilities\""), "%s", text);
	cr_expect_not_null(strstr(text, "<failure message=\"provd.hal.station/1 is missing"), "%s",
			   text);
}
