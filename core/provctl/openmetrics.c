/* SPDX-License-Identifier: Apache-2.0 */
/* Counters in the text format of OpenMetrics 1.0 (openmetrics.io, specification, section "Text
 * format"), which Prometheus and others read. */
#include "glyph.h"
#include "stats.h"

#include <string.h>

/** A family of metrics with one number. */
struct family {
	const char *key; /**< in type Counters */
	const char *name;
	const char *type;
	const char *unit; /**< "" none; the name ends with it */
	const char *help;
	int per_mille;	   /**< 1: the number is in thousandths */
	json_int_t factor; /**< what it is to be multiplied with */
};

static const struct family families[] = {
	{"uptime_ms", "provd_uptime_seconds", "gauge", "seconds", "Time since the daemon started.",
	 1, 1},
	{"sessions_started", "provd_sessions_started", "counter", "", "Sessions that began.", 0, 1},
	{"attempts", "provd_attempts", "counter", "", "Joins that were tried with credentials.", 0,
	 1},
	{"last_bound_ms", "provd_last_bound_seconds", "gauge", "seconds",
	 "How long the last session took that ended bound; 0 when there was none.", 1, 1},
	{"clients", "provd_clients", "gauge", "", "Clients of the control socket.", 0, 1},
	{"clients_dropped", "provd_clients_dropped", "counter", "",
	 "Clients that were cut off: too slow, or against the rules.", 0, 1},
	{"hooks_run", "provd_hooks_run", "counter", "", "Hooks that were run.", 0, 1},
	{"hooks_failed", "provd_hooks_failed", "counter", "", "Hooks that failed.", 0, 1},
	{"store_saves", "provd_store_saves", "counter", "", "Records that were saved.", 0, 1},
	{"store_failures", "provd_store_failures", "counter", "",
	 "Records that could not be saved.", 0, 1},
	{"journal_bytes", "provd_journal_bytes", "gauge", "bytes", "What the journal holds.", 0, 1},
	{"journal_sessions", "provd_journal_sessions", "gauge", "", "Sessions in the journal.", 0,
	 1},
	{"journal_lost", "provd_journal_lost_sessions", "counter", "",
	 "Failed sessions that made room in the journal before somebody took them.", 0, 1},
	{"resident_kib", "provd_process_resident_bytes", "gauge", "bytes",
	 "Memory of the daemon that is resident.", 0, 1024},
	{"descriptors", "provd_process_descriptors", "gauge", "",
	 "Descriptors that the daemon has open.", 0, 1},
};

static void put_head(FILE *out, const char *name, const char *type, const char *unit,
		     const char *help)
{
	fprintf(out, "# TYPE %s %s\n", name, type);
	if (*unit)
		fprintf(out, "# UNIT %s %s\n", name, unit);
	fprintf(out, "# HELP %s %s\n", name, help);
}

/** The value of a label: UTF-8, with the three escapes that there are. */
static void put_label(FILE *out, const char *name, const char *text)
{
	uint32_t code;
	char bytes[5];

	fprintf(out, "%s=\"", name);
	while (*text) {
		if (*text == '\\' || *text == '"') {
			fprintf(out, "\\%c", *text++);
		} else if (*text == '\n') {
			fputs("\\n", out);
			text++;
		} else {
			text += provctl_char(text, &code);
			(void)provctl_char_put(code, bytes);
			fputs(bytes, out);
		}
	}
	fputc('"', out);
}

static void put_seconds(FILE *out, json_int_t ms)
{
	fprintf(out, "%" JSON_INTEGER_FORMAT ".%03d\n", ms / 1000, (int)(ms % 1000));
}

static void put_count(FILE *out, json_int_t count)
{
	fprintf(out, "%" JSON_INTEGER_FORMAT "\n", count);
}

static void print_family(FILE *out, const struct family *family, const json_t *stats)
{
	const json_int_t value = provctl_int(stats, family->key) * family->factor;

	if (!json_object_get(stats, family->key))
		return;
	put_head(out, family->name, family->type, family->unit, family->help);
	fprintf(out, "%s%s ", family->name, strcmp(family->type, "counter") ? "" : "_total");
	if (family->per_mille)
		put_seconds(out, value);
	else
		put_count(out, value);
}

static void print_ends(FILE *out, const json_t *stats)
{
	static const char *const ends[] = {"bound", "failed", "stopped"};
	char key[32];
	size_t i;

	put_head(out, "provd_sessions_ended", "counter", "", "Sessions by how they ended.");
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)snprintf(key, sizeof(key), "sessions_%s", ends[i]);
		fprintf(out, "provd_sessions_ended_total{result=\"%s\"} ", ends[i]);
		put_count(out, provctl_int(stats, key));
	}
}

/** @param method NULL: of all */
static void print_codes(FILE *out, const char *name, const char *method, const json_t *failures)
{
	const json_t *count;
	const char *code;

	json_object_foreach((json_t *)(uintptr_t)failures, code, count)
	{
		fprintf(out, "%s_total{", name);
		if (method) {
			put_label(out, "method", method);
			fputc(',', out);
		}
		put_label(out, "code", code);
		fputs("} ", out);
		put_count(out, json_integer_value(count));
	}
}

/** A counter of each method. */
static void print_methods(FILE *out, json_t *methods, const char *key, const char *name,
			  const char *help)
{
	const json_t *method;
	const char *label;

	put_head(out, name, "counter", "", help);
	json_object_foreach(methods, label, method)
	{
		fprintf(out, "%s_total{", name);
		put_label(out, "method", label);
		fputs("} ", out);
		put_count(out, provctl_int(method, key));
	}
}

/** "name_suffix{method="m",step="s"} ", with a quantile where there is one. */
static void put_step(FILE *out, const char *name, const char *method, const char *step,
		     const char *quantile)
{
	fprintf(out, "%s{", name);
	put_label(out, "method", method);
	fputc(',', out);
	put_label(out, "step", step);
	if (*quantile) {
		fputc(',', out);
		put_label(out, "quantile", quantile);
	}
	fputs("} ", out);
}

static void print_summary(FILE *out, const char *method, const char *step, const json_t *times)
{
	put_step(out, "provd_step_duration_seconds", method, step, "0.5");
	put_seconds(out, provctl_int(times, "p50_ms"));
	put_step(out, "provd_step_duration_seconds", method, step, "0.95");
	put_seconds(out, provctl_int(times, "p95_ms"));
	put_step(out, "provd_step_duration_seconds_sum", method, step, "");
	put_seconds(out, provctl_int(times, "sum_ms"));
	put_step(out, "provd_step_duration_seconds_count", method, step, "");
	put_count(out, provctl_int(times, "count"));
}

static void print_longest(FILE *out, const char *method, const char *step, const json_t *times)
{
	put_step(out, "provd_step_longest_seconds", method, step, "");
	put_seconds(out, provctl_int(times, "max_ms"));
}

/** Something for each step of each method. */
static void print_steps(FILE *out, json_t *methods,
			void (*print)(FILE *out, const char *method, const char *step,
				      const json_t *times))
{
	const json_t *method;
	const json_t *times;
	const char *name;
	const char *step;

	json_object_foreach(methods, name, method)
	{
		json_object_foreach(json_object_get(method, "steps"), step, times)
		{
			print(out, name, step, times);
		}
	}
}

void provctl_print_openmetrics(FILE *out, const json_t *stats)
{
	json_t *methods = json_object_get(stats, "methods");
	const json_t *method;
	const char *name;
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		print_family(out, &families[i], stats);
	print_ends(out, stats);
	put_head(out, "provd_failures", "counter", "",
		 "Attempts that failed, and sessions that failed without one, by code.");
	print_codes(out, "provd_failures", NULL, json_object_get(stats, "failures"));
	print_methods(out, methods, "attempts", "provd_method_attempts",
		      "Joins that were tried with credentials, by who brought them.");
	print_methods(out, methods, "successes", "provd_method_successes",
		      "Attempts that ended bound, by who brought the credentials.");
	put_head(out, "provd_method_failures", "counter", "",
		 "Attempts that failed, by who brought the credentials and by code.");
	json_object_foreach(methods, name, method)
	{
		print_codes(out, "provd_method_failures", name,
			    json_object_get(method, "failures"));
	}
	put_head(out, "provd_step_duration_seconds", "summary", "seconds",
		 "How long steps took that were gone through to their end.");
	print_steps(out, methods, print_summary);
	put_head(out, "provd_step_longest_seconds", "gauge", "seconds",
		 "The longest time that such a step took.");
	print_steps(out, methods, print_longest);
	fputs("# EOF\n", out);
}
