/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/catalog.h"

#include "plugin/plugin.h"

#include <provd/wifi_codes.h>

static const char intro[] =
	"# Failures\n\n"
	"Made by `provd --print-failures`; do not edit, a test compares it.\n\n"
	"What can go wrong, in one vocabulary: the names and numbers are the same in logs, events, the\n"
	"control interface, statistics and the journal. Numbers are negative in code (`PROVD_E_BUSY`\n"
	"is -4) and never change. *Retry* says whether trying again is of use: `again`: the same may\n"
	"work; `changed`: once somebody has done what the advice says; `never`: not before the device\n"
	"or its configuration is repaired.\n\n"
	"| name | number | sentence | advice | retry |\n"
	"|---|---|---|---|---|\n";

static const char reasons_intro[] =
	"\n## Reason codes of IEEE 802.11\n\n"
	"Why an access point ends an association while the device joins (IEEE 802.11-2020, 9.4.1.7);\n"
	"codes that are not listed are `WIFI_REJECTED`. A HAL that knows the cause better says so.\n\n"
	"| code | name | failure |\n"
	"|---|---|---|\n";

static const char statuses_intro[] =
	"\n## Status codes of IEEE 802.11\n\n"
	"Why a request to authenticate or associate was not granted (IEEE 802.11-2020, 9.4.1.9); codes\n"
	"that are not listed are `WIFI_REJECTED`.\n\n"
	"| code | name | failure |\n"
	"|---|---|---|\n";

struct vocabulary_row {
	const char *name;
	int number;
	const char *text;
	const char *advice;
	int retry;
};

struct wifi_row {
	unsigned number;
	const char *failure;
	const char *name;
};

static void print_vocabulary(FILE *out)
{
	static const struct vocabulary_row rows[] = {
#define ROW(name, number, text, advice, retry) {#name, number, text, advice, PROVD_RETRY_##retry},
		PROVD_ERROR_TABLE(ROW)
#undef ROW
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		(void)fprintf(out, "| `%s` | %d | %s | %s | %s |\n", rows[i].name, rows[i].number,
			      rows[i].text, rows[i].advice, provd_retry_name(rows[i].retry));
}

static void print_wifi(FILE *out, const struct wifi_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)fprintf(out, "| %u | %s | `%s` |\n", rows[i].number, rows[i].name,
			      rows[i].failure);
}

static void print_wifi_codes(FILE *out)
{
#define ROW(number, error, name) {number, #error, name},
	static const struct wifi_row reasons[] = {PROVD_WIFI_REASON_TABLE(ROW)};
	static const struct wifi_row statuses[] = {PROVD_WIFI_STATUS_TABLE(ROW)};
#undef ROW

	(void)fputs(reasons_intro, out);
	print_wifi(out, reasons, sizeof(reasons) / sizeof(reasons[0]));
	(void)fputs(statuses_intro, out);
	print_wifi(out, statuses, sizeof(statuses) / sizeof(statuses[0]));
}

/* As code, so that spaces and stars stay; what would end the cell or is not ASCII as \xNN. */
static void print_exact(FILE *out, const char *text)
{
	if (!text) {
		(void)fputs("-", out);
		return;
	}
	(void)fputc('`', out);
	for (const char *at = text; *at; at++) {
		unsigned char c = (unsigned char)*at;

		if (c < 0x20 || c >= 0x7f || c == '|' || c == '`' || c == '\\')
			(void)fprintf(out, "\\x%02x", (unsigned)c);
		else
			(void)fputc(c, out);
	}
	(void)fputc('`', out);
}

static void print_plugin(FILE *out, const struct provd_plugin_descriptor *d)
{
	(void)fprintf(out,
		      "\n## Plugin `%s`\n\n"
		      "| while | failure | id | sub | text |\n"
		      "|---|---|---|---|---|\n",
		      d->name);
	for (uint32_t i = 0; i < d->failure_count; i++) {
		const struct provd_failure_word *row = provd_plugin_failure(d, i);

		(void)fprintf(out, "| %s | ", row->stage);
		if (row->code)
			(void)fprintf(out, "`%s`", provd_err_name(row->code));
		else
			(void)fputs("any other", out);
		(void)fprintf(out, " | %d | %d | ", (int)row->id, (int)row->sub);
		print_exact(out, row->text);
		(void)fputs(" |\n", out);
	}
}

void provd_catalog_print_failures(FILE *out, struct provd_plugin *const *plugins, size_t count)
{
	(void)fputs(intro, out);
	print_vocabulary(out);
	print_wifi_codes(out);
	for (size_t i = 0; i < count; i++) {
		if (plugins[i]->descriptor.failure_count)
			print_plugin(out, &plugins[i]->descriptor);
	}
}
