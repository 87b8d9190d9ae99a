/* SPDX-License-Identifier: Apache-2.0 */
/* How a plugin words failures: the rows are checked when it is loaded, and printed as they are. */
#include "plugin/loader_internal.h"

#include "daemon/catalog.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(plugin_failures, .timeout = 20);

/* A row of headers that are newer than ours. */
struct longer_row {
	struct provd_failure_word word;
	uint64_t more;
};

static int create(const struct provd_host *host, void **out_inst, struct provd_error *err)
{
	(void)host;
	(void)out_inst;
	(void)err;
	return PROVD_E_NOT_SUPPORTED;
}

static void gone(void *inst)
{
	(void)inst;
}

static int start(void *inst, const struct provd_method_request *request)
{
	(void)inst;
	(void)request;
	return PROVD_E_NOT_SUPPORTED;
}

static void cancel(void *inst, uint64_t session)
{
	(void)inst;
	(void)session;
}

static void on_result(void *inst, const struct provd_session_status *status)
{
	(void)inst;
	(void)status;
}

static void on_event(void *inst, const struct provd_event *event)
{
	(void)inst;
	(void)event;
}

static const struct provd_method_ops ops = {.size = sizeof(ops),
					    .create = create,
					    .destroy = gone,
					    .start = start,
					    .stop = gone,
					    .cancel = cancel,
					    .on_result = on_result,
					    .on_event = on_event};

static struct provd_plugin_descriptor descriptor(const void *rows, uint32_t count, size_t size)
{
	struct provd_plugin_descriptor d = {.magic = PROVD_ABI_MAGIC,
					    .abi_major = PROVD_ABI_MAJOR,
					    .abi_minor = PROVD_ABI_MINOR,
					    .size = sizeof(d),
					    .kind = PROVD_PLUGIN_METHOD,
					    .name = "words",
					    .version = "1.0.0",
					    .summary = "words",
					    .ops = &ops,
					    .failures = rows,
					    .failure_size = (uint32_t)size,
					    .failure_count = count};

	return d;
}

static int check(const struct provd_plugin_descriptor *d, struct provd_plugin *plugin,
		 struct provd_error *err)
{
	const struct provd_loader_host host = {.major = PROVD_ABI_MAJOR, .minor = PROVD_ABI_MINOR};

	memset(plugin, 0, sizeof(*plugin));
	return provd_loader_check(d, sizeof(*d), "words.so", 0, &host, plugin, err);
}

static void expect_refused(const struct provd_plugin_descriptor *d, const char *why)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin plugin;
	char line[PROVD_ERROR_TEXT_MAX];

	(void)snprintf(line, sizeof(line), "plugin 'words.so' refused: %s", why);
	cr_expect_eq(check(d, &plugin, &err), PROVD_E_PLUGIN_DESCRIPTOR, "%s", why);
	cr_expect_str_eq(err.text, line);
}

Test(plugin_failures, rows_that_are_refused)
{
	static const struct provd_failure_word good = {.code = PROVD_E_WIFI_FULL,
						       .stage = "joining"};
	static const struct provd_failure_word no_stage[] = {{.code = PROVD_E_BUSY, .stage = "a"},
							     {.code = PROVD_E_BUSY}};
	static const struct provd_failure_word empty_stage = {.stage = ""};
	static const struct provd_failure_word no_code = {.code = -99, .stage = "joining"};
	static const struct provd_failure_word positive = {.code = 4, .stage = "joining"};
	const size_t size = sizeof(good);
	struct provd_plugin_descriptor d = descriptor(NULL, 3, size);
	char why[128];

	expect_refused(&d, "3 failure rows but no table, wanted at most 1024 in a table; correct "
			   "the descriptor");
	d = descriptor(&good, 1025, size);
	expect_refused(&d,
		       "1025 failure rows are too many, wanted at most 1024 in a table; correct "
		       "the descriptor");
	(void)snprintf(why, sizeof(why),
		       "failure rows have 8 bytes, wanted at least %zu; set failure_size to "
		       "sizeof(struct provd_failure_word)",
		       size);
	d = descriptor(&good, 1, 8);
	expect_refused(&d, why);
	d = descriptor(&good, 1, 0);
	why[strlen("failure rows have ")] = '0';
	expect_refused(&d, why);
	d = descriptor(no_stage, 2, size);
	expect_refused(&d, "failure row 1 has no stage, wanted a text; complete its failure table");
	d = descriptor(&empty_stage, 1, size);
	expect_refused(&d, "failure row 0 has no stage, wanted a text; complete its failure table");
	d = descriptor(&no_code, 1, size);
	expect_refused(&d,
		       "failure row 0 has code -99, wanted 0 or a PROVD_E_*; correct its failure "
		       "table");
	d = descriptor(&positive, 1, size);
	expect_refused(&d, "failure row 0 has code 4, wanted 0 or a PROVD_E_*; correct its failure "
			   "table");
}

Test(plugin_failures, every_code_of_the_table_is_taken)
{
#define ROW(name, number, text, advice, retry) {.code = PROVD_E_##name, .stage = "x"},
	static const struct provd_failure_word rows[] = {PROVD_ERROR_TABLE(ROW){.stage = "x"}};
#undef ROW
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin plugin;
	struct provd_plugin_descriptor d =
		descriptor(rows, sizeof(rows) / sizeof(rows[0]), sizeof(rows[0]));

	cr_expect_eq(check(&d, &plugin, &err), 0, "%s", err.text);
	d = descriptor(NULL, 0, 0);
	cr_expect_eq(check(&d, &plugin, &err), 0, "%s", err.text);
}

Test(plugin_failures, the_page_has_longer_rows_and_exact_texts)
{
	static const struct longer_row rows[] = {
		{{.code = PROVD_E_WIFI_FULL,
		  .id = 7,
		  .sub = -3,
		  .stage = "joining",
		  .text = "AP full! (7, -3)"},
		 1},
		{{.code = 0, .id = 8, .stage = "binding", .text = "a|b`c\\d\r\n\xff"}, 2},
		{{.code = PROVD_E_CLOCK, .id = 9, .stage = "binding"}, 3},
	};
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin plugin;
	struct provd_plugin bare;
	struct provd_plugin *const plugins[] = {&bare, &plugin};
	struct provd_plugin_descriptor none = descriptor(NULL, 0, 0);
	struct provd_plugin_descriptor d = descriptor(rows, 3, sizeof(rows[0]));
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	cr_assert_not_null(out);
	cr_assert_eq(check(&none, &bare, &err), 0, "%s", err.text);
	bare.descriptor.name = "bare";
	cr_assert_eq(check(&d, &plugin, &err), 0, "%s", err.text);
	provd_catalog_print_failures(out, plugins, 2);
	cr_assert_eq(fclose(out), 0);
	cr_expect_null(strstr(text, "`bare`"), "a plugin without rows has no section");
	cr_expect_not_null(strstr(text,
				  "\n| `WIFI_PASSPHRASE` | 101 | the access point did not accept "
				  "the passphrase | type the passphrase again | changed |\n"));
	cr_expect_not_null(
		strstr(text, "\n| 15 | four-way handshake timeout | `WIFI_PASSPHRASE` |\n"));
	cr_expect_not_null(strstr(text, "\n| 17 | denied, no more stations | `WIFI_FULL` |\n"));
	cr_expect_not_null(strstr(text, "\n## Plugin `words`\n\n"
					"| while | failure | id | sub | text |\n"
					"|---|---|---|---|---|\n"
					"| joining | `WIFI_FULL` | 7 | -3 | `AP full! (7, -3)` |\n"
					"| binding | any other | 8 | 0 | "
					"`a\\x7cb\\x60c\\x5cd\\x0d\\x0a\\xff` |\n"
					"| binding | `CLOCK` | 9 | 0 | - |\n"),
			   "%s", text);
	free(text);
}
