/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <string.h>

/* Each line of a result's text, after a prefix. */
static void print_lines(FILE *out, const char *prefix, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		fprintf(out, "%s%.*s\n", prefix, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void print_xml(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			/* XML 1.0 has no other control characters, escaped or not. */
			fputc(*text >= ' ' || *text == '\n' || *text < 0 ? *text : '?', out);
			break;
		}
	}
}

void conf_report_begin(struct conf_report *report)
{
	if (report->tap)
		fputs("TAP version 13\n", report->out);
	if (report->junit) {
		fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"",
		      report->junit);
		print_xml(report->junit, report->plugin);
		fputs("\">\n", report->junit);
	}
}

static void add_tap(struct conf_report *report, const struct conf_case *test,
		    const struct conf_result *result)
{
	size_t number = report->passed + report->failed + report->skipped;

	fprintf(report->out, "%s %zu - %s", result->verdict == CONF_FAIL ? "not ok" : "ok", number,
		test->name);
	if (result->verdict == CONF_SKIP)
		fprintf(report->out, " # SKIP %.*s", (int)strcspn(result->text, "\n"),
			result->text);
	fputc('\n', report->out);
	if (result->verdict == CONF_FAIL) {
		fprintf(report->out, "# rule: %s\n", test->about);
		print_lines(report->out, "# ", result->text);
	}
}

static void add_text(struct conf_report *report, const struct conf_case *test,
		     const struct conf_result *result)
{
	static const char *const words[] = {"", "ok  ", "FAIL", "skip"};

	fprintf(report->out, "%s  %-24s %s\n", words[result->verdict], test->name, test->about);
	if (result->verdict != CONF_PASS)
		print_lines(report->out, "        ", result->text);
}

static void add_junit(struct conf_report *report, const struct conf_case *test,
		      const struct conf_result *result)
{
	const char *tag = result->verdict == CONF_FAIL ? "failure" : "skipped";

	fprintf(report->junit, "  <testcase classname=\"conformance\" name=\"%s\" time=\"%u.%03u\"",
		test->name, result->ms / 1000, result->ms % 1000);
	if (result->verdict == CONF_PASS) {
		fputs("/>\n", report->junit);
		return;
	}
	fprintf(report->junit, "><%s message=\"", tag);
	print_xml(report->junit, result->text);
	fputs("\"/></testcase>\n", report->junit);
}

void conf_report_add(struct conf_report *report, const struct conf_case *test,
		     const struct conf_result *result)
{
	switch (result->verdict) {
	case CONF_PASS:
		report->passed++;
		break;
	case CONF_FAIL:
		report->failed++;
		break;
	case CONF_SKIP:
		report->skipped++;
		break;
	}
	if (report->tap)
		add_tap(report, test, result);
	else
		add_text(report, test, result);
	if (report->junit)
		add_junit(report, test, result);
	fflush(report->out);
}

void conf_report_end(struct conf_report *report)
{
	size_t all = report->passed + report->failed + report->skipped;

	if (report->tap)
		fprintf(report->out, "1..%zu\n# ", all);
	fprintf(report->out, "%s: %zu passed, %zu failed, %zu skipped\n", report->plugin,
		report->passed, report->failed, report->skipped);
	if (report->junit)
		fputs("</testsuite>\n", report->junit);
}
