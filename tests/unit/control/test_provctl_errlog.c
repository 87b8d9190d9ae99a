/* SPDX-License-Identifier: Apache-2.0 */
/** provctl errlog: the failures in the journal. */
#include "provctl_run.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CALL(method, parameters)                                                                   \
	"{\"method\":\"io.provd.Provisioning." method "\",\"parameters\":" parameters "}"

#define RECORD                                                                                     \
	"{\"session\":3,\"t_us\":5000000,\"unix_ms\":1763652000123,\"code\":\"WIFI_PASSPHRASE\","  \
	"\"state\":\"joining\",\"text\":\"4-way handshake timed out\",\"advice\":"                 \
	"\"type it again\",\"retry\":\"changed\",\"method\":\"softap\",\"app_id\":2,"              \
	"\"app_sub\":5,\"told\":true,\"delivered\":false,\"imported\":false}"
#define IMPORTED                                                                                   \
	"{\"session\":0,\"t_us\":1234567,\"unix_ms\":0,\"code\":\"TIMEOUT\",\"state\":\"\","       \
	"\"text\":\"\",\"advice\":\"\",\"retry\":\"again\",\"method\":\"\",\"app_id\":0,"          \
	"\"app_sub\":0,\"told\":false,\"delivered\":true,\"imported\":true}"
#define ERRORS "{\"parameters\":{\"failures\":[" RECORD "," IMPORTED "]}}"

TestSuite(provctl_errlog, .timeout = 60);

Test(provctl_errlog, show)
{
	static const char expected[] =
		"WHEN (UTC)           SESSION   DURING       CODE                APP    FATE       "
		"SENTENCE\n"
		"2025-11-20 15:20:00  3         joining      WIFI_PASSPHRASE     2/5    told       "
		"4-way handshake timed out\n"
		"    advice: type it again\n"
		"boot +1.234 s        imported               TIMEOUT             -      delivered  "
		"the time allowed for it ran out\n"
		"    advice: try again, closer to the router\n";
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(ERRORS), "errlog", "show", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.request, CALL("Errors", "{}"));
	cr_assert_str_eq(run.out, expected);
	run_provctl(&run, SAYS(ERRORS), "errlog", NULL);
	cr_assert_str_eq(run.out, expected);
	run_provctl(&run, SAYS(ERRORS), "errlog", "show", "--session", "3", "--undelivered", NULL);
	cr_assert_str_eq(run.request, CALL("Errors", "{\"session\":3,\"undelivered\":true}"));
	run_provctl(&run, SAYS(ERRORS), "errlog", "--json", NULL);
	cr_assert_str_eq(run.out, "{\"failures\":[" RECORD "," IMPORTED "]}\n");
	run_provctl(&run, SAYS("{\"parameters\":{\"failures\":[]}}"), "errlog", NULL);
	cr_assert_str_eq(run.out, "no failures\n");
	run_provctl(&run, SAYS(ERR("UnknownSession", "{\"session\":3}")), "errlog", NULL);
	cr_assert_eq(run.code, 1);
	run_finish(&run);
}

Test(provctl_errlog, answers_that_are_not_understood)
{
	static const char *const replies[] = {
		"{\"parameters\":{}}",
		"{\"parameters\":{\"failures\":{}}}",
		"{\"parameters\":{\"failures\":[{\"session\":1}]}}",
		"{\"parameters\":{\"failures\":[{\"session\":1,\"code\":\"A\",\"told\":1}]}}",
		"{\"parameters\":{\"failures\":[{\"session\":-1,\"code\":\"A\"}]}}",
	};
	struct run run;
	size_t i;

	run_init(&run);
	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		run_provctl(&run, SAYS(replies[i]), "errlog", NULL);
		cr_assert_eq(run.code, 3, "case %zu: %d", i, run.code);
		cr_assert_str_eq(run.out, "");
	}
	run_provctl(&run, SAYS("{\"parameters\":{\"data\":\"no base64\"}}"), "errlog", "export",
		    "--format", "acme", NULL);
	cr_assert_eq(run.code, 3);
	run_provctl(&run, SAYS("{\"parameters\":{\"data\":\"AAA*\"}}"), "errlog", "export",
		    "--format", "acme", NULL);
	cr_assert_eq(run.code, 3);
	run_provctl(&run, SAYS("{\"parameters\":{\"count\":\"1\"}}"), "errlog", "clear", "--yes",
		    NULL);
	cr_assert_eq(run.code, 3);
	run_finish(&run);
}

#define NEWS(record) "{\"parameters\":{\"failure\":" record "},\"continues\":true}"
#define EVIL                                                                                       \
	"{\"session\":4,\"unix_ms\":1763652000123,\"code\":\"A\\u001b[2J\",\"state\":\"\\u0007\"," \
	"\"text\":\"\\n\",\"told\":false,\"delivered\":false}"

Test(provctl_errlog, follow)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS(NEWS(RECORD), NEWS(IMPORTED), NEWS(EVIL)), "errlog", "follow", NULL);
	cr_assert_str_eq(run.request,
			 "{\"method\":\"io.provd.Provisioning.WatchErrors\",\"more\":true}");
	cr_assert_eq(run.code, 3, "the daemon left");
	cr_assert_str_eq(
		run.out,
		"2025-11-20 15:20:00 session 3 joining: WIFI_PASSPHRASE: 4-way handshake timed "
		"out; advice: type it again (told)\n"
		"boot +1.234 s imported: TIMEOUT: the time allowed for it ran out; advice: try "
		"again, closer to the router (delivered)\n"
		"2025-11-20 15:20:00 session 4 \\x07: A\\x1b[2J: \\x0a (waiting)\n");
	run_provctl(&run, SAYS(NEWS(RECORD), NEWS(IMPORTED)), "errlog", "follow", "--json", NULL);
	cr_assert_str_eq(run.out, "{\"failure\":" RECORD "}\n{\"failure\":" IMPORTED "}\n");
	run_provctl(&run, SAYS(NEWS("{\"session\":1}")), "errlog", "follow", NULL);
	cr_assert_eq(run.code, 3);
	expect_in(run.err, "not understood");
	run_provctl(&run, SAYS("{\"parameters\":{\"failure\":" RECORD "}}"), "errlog", "follow",
		    NULL);
	cr_assert_eq(run.code, 0, "the last one");
	run_provctl(&run, SAYS(ERR("Unavailable", "{\"reason\":\"too many\"}")), "errlog", "follow",
		    NULL);
	cr_assert_eq(run.code, 1);
	run.out_path = "/dev/full";
	run_provctl(&run, SAYS(NEWS(RECORD)), "errlog", "follow", NULL);
	cr_assert_eq(run.code, 1);
	run_finish(&run);
}

/** Reads a file of the run's folder. @return its length */
static size_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	cr_assert(fd >= 0, "%s", path);
	got = read(fd, buf, size - 1);
	cr_assert(got >= 0);
	close(fd);
	buf[got] = 0;
	return (size_t)got;
}

Test(provctl_errlog, export_lines)
{
	struct run run;
	char path[128];
	char text[4096];

	run_init(&run);
	snprintf(path, sizeof(path), "%s/errors", run.dir);
	run_provctl(&run, SAYS(ERRORS), "errlog", "export", "--undelivered", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.request, CALL("Errors", "{\"undelivered\":true}"));
	cr_assert_str_eq(run.out, RECORD "\n" IMPORTED "\n");
	run_provctl(&run, SAYS(ERRORS), "errlog", "export", "--json", "-o", path, NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.out, "");
	(void)read_file(path, text, sizeof(text));
	cr_assert_str_eq(text, RECORD "\n" IMPORTED "\n");
	run_provctl(&run, SAYS(ERRORS), "errlog", "export", "-o", "/nonexistent/x", NULL);
	cr_assert_eq(run.code, 1);
	cr_assert_str_eq(run.err, "provctl: cannot write the failures: /nonexistent/x: No such "
				  "file or directory\n");
	run_provctl(&run, SAYS(ERRORS), "errlog", "export", "-o", "/dev/full", NULL);
	cr_assert_eq(run.code, 1);
	unlink(path);
	run_finish(&run);
}

#define DATA "{\"parameters\":{\"data\":\"776t8AD/Cg==\"}}"

Test(provctl_errlog, export_of_a_foreign_form)
{
	static const char bytes[] = "\xef\xbe\xad\xf0\x00\xff\n";
	struct run run;
	char path[128];
	char text[64];

	run_init(&run);
	snprintf(path, sizeof(path), "%s/blob", run.dir);
	run_provctl(&run, SAYS(DATA), "errlog", "export", "--format", "acme", "--output", path,
		    NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.request, CALL("ExportErrors", "{\"format\":\"acme\"}"));
	cr_assert_eq(read_file(path, text, sizeof(text)), sizeof(bytes) - 1);
	cr_assert_arr_eq(text, bytes, sizeof(bytes) - 1);
	run_provctl(&run, SAYS(DATA), "errlog", "export", "--format", "acme", NULL);
	cr_assert_arr_eq(run.out, bytes, sizeof(bytes) - 1, "into a pipe");
	run_provctl(&run, SAYS(DATA), "errlog", "export", "--format", "acme", "--json", NULL);
	cr_assert_str_eq(run.out, "{\"data\":\"776t8AD/Cg==\"}\n");
	run_provctl(&run, SAYS("{\"parameters\":{\"data\":\"\"}}"), "errlog", "export", "--format",
		    "acme", "-o", path, NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_eq(read_file(path, text, sizeof(text)), 0);
	run_provctl(&run,
		    SAYS(ERR("UnknownFormat", "{\"format\":\"x\",\"formats\":[\"acme\",\"b\"]}")),
		    "errlog", "export", "--format", "x", "-o", path, NULL);
	cr_assert_eq(run.code, 1);
	expect_in(run.err, "has a format of this name; there are:\n  acme\n  b\n");
	run.pty = 1;
	run_provctl(&run, NULL, "errlog", "export", "--format", "acme", NULL);
	cr_assert_eq(run.code, 2, "a terminal gets no bytes");
	expect_in(run.err, "-o FILE");
	unlink(path);
	run_finish(&run);
}

Test(provctl_errlog, import)
{
	static const char bytes[] = "\xef\xbe\xad\xf0";
	char path[128];
	char big[50000];
	struct run run;
	int fd;

	run_init(&run);
	snprintf(path, sizeof(path), "%s/blob", run.dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	cr_assert_eq(write(fd, bytes, 4), 4);
	close(fd);
	run_provctl(&run, SAYS("{\"parameters\":{\"count\":1}}"), "errlog", "import", "--format",
		    "acme", path, NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.request,
			 CALL("ImportErrors", "{\"format\":\"acme\",\"data\":\"776t8A==\"}"));
	cr_assert_str_eq(run.out, "1 failure imported\n");
	run.input = "abc";
	run_provctl(&run, SAYS("{\"parameters\":{\"count\":2}}"), "errlog", "import", "-",
		    "--format", "acme", "--json", NULL);
	cr_assert_str_eq(run.request,
			 CALL("ImportErrors", "{\"format\":\"acme\",\"data\":\"YWJj\"}"));
	cr_assert_str_eq(run.out, "{\"count\":2}\n");
	run_provctl(&run, SAYS(ERR("BadData", "{\"reason\":\"no magic\"}")), "errlog", "import",
		    "-", "--format", "acme", NULL);
	cr_assert_eq(run.code, 1);
	expect_in(run.err, "provctl: the data is not of this format: no magic\n");
	run_provctl(&run, NULL, "errlog", "import", "--format", "acme", "/nonexistent", NULL);
	cr_assert_eq(run.code, 1);
	expect_in(run.err, "cannot read: /nonexistent: No such file");
	run_provctl(&run, NULL, "errlog", "import", "--format", "acme", "/", NULL);
	cr_assert_eq(run.code, 1);
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	run.input = big;
	run_provctl(&run, NULL, "errlog", "import", "--format", "acme", "-", NULL);
	cr_assert_eq(run.code, 1);
	expect_in(run.err, "File too large");
	unlink(path);
	run_finish(&run);
}

Test(provctl_errlog, clear_asks)
{
	struct run run;

	run_init(&run);
	run_provctl(&run, SAYS("{\"parameters\":{\"count\":3}}"), "errlog", "clear", "--yes", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.request, "{\"method\":\"io.provd.Provisioning.ClearErrors\"}");
	cr_assert_str_eq(run.out, "3 failures cleared\n");
	run_provctl(&run, NULL, "errlog", "clear", NULL);
	cr_assert_eq(run.code, 2, "there is nobody to ask");
	run.typed = "n\n";
	run_provctl(&run, NULL, "errlog", "clear", NULL);
	cr_assert_eq(run.code, 1);
	expect_in(run.err, "any more? [y/N] ");
	run.typed = "y\n";
	run_provctl(&run, SAYS("{\"parameters\":{\"count\":0}}"), "errlog", "clear", NULL);
	cr_assert_eq(run.code, 0, "%s", run.err);
	cr_assert_str_eq(run.out, "0 failures cleared\n");
	run_finish(&run);
}

Test(provctl_errlog, the_command_line)
{
	static const char *const words[][4] = {
		{"dance"},
		{"show", "--format", "x"},
		{"show", "--yes"},
		{"show", "more"},
		{"follow", "--session", "3"},
		{"follow", "-o", "x"},
		{"import", "--format", "x"},
		{"import", "file"},
		{"import", "--format", "x", "--undelivered"},
		{"export", "--format"},
		{"export", "--yes"},
		{"clear", "--undelivered"},
		{"clear", "--yes", "now"},
	};
	struct run run;
	size_t i;

	run_init(&run);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		run_provctl(&run, NULL, "errlog", words[i][0], words[i][1], words[i][2],
			    words[i][3], NULL);
		cr_assert_eq(run.code, 2, "case %zu: %d", i, run.code);
		cr_assert_str_eq(run.out, "");
	}
	run_provctl(&run, NULL, "errlog", "export", "--format", "x", "--session", "1", NULL);
	cr_assert_eq(run.code, 2);
	run_provctl(&run, NULL, "errlog", "--help", NULL);
	cr_assert_eq(run.code, 0);
	expect_in(run.out, "usage: provctl errlog [show | follow");
	run_finish(&run);
}
