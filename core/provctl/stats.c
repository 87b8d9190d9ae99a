/* SPDX-License-Identifier: Apache-2.0 */
/* Counters, for people. */
#include "stats.h"

#include <string.h>

/** Steps of a session in their order. */
static const char *const steps_known[] = {"joining", "online", "registering", "binding", "total"};

#define STEPS (sizeof(steps_known) / sizeof(steps_known[0]))

json_int_t provctl_stats_successes(const json_t *stats)
{
	json_int_t successes = 0;
	const json_t *method;
	const char *name;

	json_object_foreach(json_object_get(stats, "methods"), name, method)
	{
		successes += provctl_int(method, "successes");
	}
	return successes;
}

static void put_number(const json_t *object, const char *key, const char *behind)
{
	printf("%" JSON_INTEGER_FORMAT "%s", provctl_int(object, key), behind);
}

/** "66.7 %", "-" when there was nothing. */
static void put_rate(json_int_t part, json_int_t whole, int width)
{
	char text[48] = "-";
	/* a rate in thousandths, rounded */
	const json_int_t rate = whole > 0 ? (part * 1000 + whole / 2) / whole : 0;

	if (whole > 0)
		(void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT ".%d %%", rate / 10,
			       (int)(rate % 10));
	printf("%*s", width, text);
}

/** "1.204 s", right-aligned. */
static void put_ms(const json_t *object, const char *key, int width)
{
	const json_int_t ms = provctl_int(object, key);
	char text[48];

	(void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT ".%03d s", ms / 1000,
		       (int)(ms % 1000));
	printf("%*s", width, text);
}

static void print_uptime(const json_t *stats)
{
	const json_int_t seconds = provctl_int(stats, "uptime_ms") / 1000;

	printf("%-10s", "running");
	if (seconds >= 86400)
		printf("%" JSON_INTEGER_FORMAT " d ", seconds / 86400);
	if (seconds >= 3600)
		printf("%d h ", (int)(seconds / 3600 % 24));
	if (seconds >= 60)
		printf("%d min ", (int)(seconds / 60 % 60));
	printf("%d s\n", (int)(seconds % 60));
}

static void print_sessions(const json_t *stats)
{
	const json_int_t attempts = provctl_int(stats, "attempts");

	print_uptime(stats);
	printf("%-10s", "sessions");
	put_number(stats, "sessions_started", " started, ");
	put_number(stats, "sessions_bound", " bound, ");
	put_number(stats, "sessions_failed", " failed, ");
	put_number(stats, "sessions_stopped", " stopped\n");
	printf("%-10s", "attempts");
	put_number(stats, "attempts", "");
	if (attempts) {
		printf(", %" JSON_INTEGER_FORMAT " bound (", provctl_stats_successes(stats));
		put_rate(provctl_stats_successes(stats), attempts, 0);
		putchar(')');
	}
	putchar('\n');
	if (!provctl_int(stats, "last_bound_ms"))
		return;
	printf("%-10stook ", "last one");
	put_ms(stats, "last_bound_ms", 0);
	putchar('\n');
}

static void print_process(const json_t *stats)
{
	printf("%-10s", "clients");
	put_number(stats, "clients", ", ");
	put_number(stats, "clients_dropped", " dropped\n");
	printf("%-10s", "hooks");
	put_number(stats, "hooks_run", " run, ");
	put_number(stats, "hooks_failed", " failed\n");
	printf("%-10s", "store");
	put_number(stats, "store_saves", " saves, ");
	put_number(stats, "store_failures", " failed\n");
	printf("%-10s", "journal");
	put_number(stats, "journal_sessions",
		   provctl_int(stats, "journal_sessions") == 1 ? " session, " : " sessions, ");
	put_number(stats, "journal_bytes", " bytes, ");
	put_number(stats, "journal_lost", " lost before they were delivered\n");
	printf("%-10s", "process");
	put_number(stats, "resident_kib", " KiB resident, ");
	put_number(stats, "descriptors", " descriptors\n");
}

/** Reasons with their sentences. @param indent columns before them */
static void print_failures(const json_t *failures, int indent)
{
	const json_t *count;
	const char *code;
	const char *text;

	json_object_foreach((json_t *)(uintptr_t)failures, code, count)
	{
		printf("%*s%7" JSON_INTEGER_FORMAT "  ", indent, "", json_integer_value(count));
		text = provctl_reason(code);
		provctl_cell(code, text ? 20 : 0);
		provctl_put(stdout, text ? text : "");
		putchar('\n');
	}
}

static void print_step(const char *name, const json_t *times)
{
	fputs("  ", stdout);
	provctl_cell(name, 15);
	printf("%8" JSON_INTEGER_FORMAT, provctl_int(times, "count"));
	put_ms(times, "p50_ms", 13);
	put_ms(times, "p95_ms", 13);
	put_ms(times, "max_ms", 13);
	putchar('\n');
}

static void print_method(const char *name, const json_t *method)
{
	const json_t *steps = json_object_get(method, "steps");
	const json_t *times;
	const json_int_t attempts = provctl_int(method, "attempts");
	const char *step;
	size_t i;

	printf("\nmethod ");
	provctl_put(stdout, name);
	printf(": %" JSON_INTEGER_FORMAT " attempt%s, %" JSON_INTEGER_FORMAT " bound (", attempts,
	       attempts == 1 ? "" : "s", provctl_int(method, "successes"));
	put_rate(provctl_int(method, "successes"), attempts, 0);
	puts(")");
	print_failures(json_object_get(method, "failures"), 0);
	if (json_object_size(steps))
		printf("  %-15s%8s%13s%13s%13s\n", "STEP", "COUNT", "P50", "P95", "MAX");
	for (i = 0; i < STEPS; i++) {
		times = json_object_get(steps, steps_known[i]);
		if (times)
			print_step(steps_known[i], times);
	}
	/* those of a newer daemon */
	json_object_foreach((json_t *)(uintptr_t)steps, step, times)
	{
		for (i = 0; i < STEPS && strcmp(steps_known[i], step) != 0;)
			i++;
		if (i == STEPS)
			print_step(step, times);
	}
}

static void print_table(const json_t *stats)
{
	const json_t *failures = json_object_get(stats, "failures");
	const json_t *method;
	const char *name;

	print_sessions(stats);
	print_process(stats);
	if (json_object_size(failures))
		puts("\nfailed attempts");
	print_failures(failures, 0);
	json_object_foreach(json_object_get(stats, "methods"), name, method)
	{
		print_method(name, method);
	}
}

/** Looks at what is two and three levels deep as well. */
static int is_understood(const json_t *stats)
{
	const json_t *method;
	const char *name;

	json_object_foreach(json_object_get(stats, "methods"), name, method)
	{
		if (!provctl_understands(method, "MethodCounters"))
			return 0;
	}
	return provctl_understands(stats, "Counters");
}

int provctl_stats(const struct provctl_options *options)
{
	const json_t *stats;
	json_t *reply;
	int result;

	if (options->json && options->openmetrics)
		return provctl_usage("--json and --openmetrics exclude each other", "");
	result = provctl_call(options, "Stats", NULL, &reply);
	if (result)
		return result;
	stats = json_object_get(reply, "stats");
	if (options->json)
		result = EXIT_DONE;
	else if (!is_understood(stats))
		result = provctl_not_understood();
	else if (options->openmetrics)
		provctl_print_openmetrics(stdout, stats);
	else
		print_table(stats);
	json_decref(reply);
	return result;
}
