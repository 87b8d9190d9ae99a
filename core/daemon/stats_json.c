/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/stats.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define X(name, number, text, advice, retry) #name,
static const char *const names[PROVD_STATS_CODES] = {PROVD_ERROR_TABLE(X)};
#undef X

static const char *const step_names[PROVD_STATS_STEPS] = {
	[PROVD_STATS_JOINING] = "joining",
	[PROVD_STATS_ONLINE] = "online",
	[PROVD_STATS_REGISTERING] = "registering",
	[PROVD_STATS_BINDING] = "binding",
	[PROVD_STATS_TOTAL] = "total",
};

static json_int_t resident_kib(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long page = sysconf(_SC_PAGESIZE);
	char line[128] = "";
	char *end = line;
	unsigned long pages = 0;

	if (!file)
		return 0;
	/* "SIZE RESIDENT ...", in pages */
	if (fgets(line, sizeof(line), file)) {
		(void)strtoul(line, &end, 10);
		pages = strtoul(end, NULL, 10);
	}
	(void)fclose(file);
	return (json_int_t)pages * (page > 0 ? page / 1024 : 4);
}

static int is_number(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static json_int_t descriptors(void)
{
	struct dirent **entries = NULL;
	int count = scandir("/proc/self/fd", &entries, is_number, alphasort);

	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	/* the folder itself was among them */
	return count > 0 ? count - 1 : 0;
}

/* Only what has happened. */
static json_t *failures_json(const uint64_t *failures)
{
	json_t *object = json_object();

	for (size_t i = 0; i < PROVD_STATS_CODES; i++)
		if (failures[i])
			json_object_set_new(object, names[i],
					    json_integer((json_int_t)failures[i]));
	return object;
}

/* StepTimes */
static json_t *times_json(const struct provd_times *times)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "count", (json_int_t)times->count, "sum_ms",
			 (json_int_t)times->sum_ms, "p50_ms",
			 (json_int_t)provd__times_quantile(times, 50), "p95_ms",
			 (json_int_t)provd__times_quantile(times, 95), "max_ms",
			 (json_int_t)times->max_ms);
}

/* MethodCounters */
static json_t *method_json(const struct provd_stats_method *method)
{
	json_t *steps = json_object();

	for (size_t i = 0; i < PROVD_STATS_STEPS; i++)
		if (method->steps[i].count)
			json_object_set_new(steps, step_names[i], times_json(&method->steps[i]));
	return json_pack("{s:I, s:I, s:o, s:o}", "attempts", (json_int_t)method->attempts,
			 "successes", (json_int_t)method->successes, "failures",
			 failures_json(method->failures), "steps", steps);
}

json_t *provd__stats_json(const struct provd_stats *stats, uint64_t now_us)
{
	json_t *methods = json_object();

	for (size_t i = 0; i < stats->method_count; i++)
		json_object_set_new(methods, stats->methods[i].name,
				    method_json(&stats->methods[i]));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:I}", "uptime_ms",
			 (json_int_t)((now_us - stats->started_us) / 1000u), "sessions_started",
			 (json_int_t)stats->sessions_started, "sessions_bound",
			 (json_int_t)stats->sessions_bound, "sessions_failed",
			 (json_int_t)stats->sessions_failed, "sessions_stopped",
			 (json_int_t)stats->sessions_stopped, "attempts",
			 (json_int_t)stats->attempts, "failures", failures_json(stats->failures),
			 "methods", methods, "last_bound_ms", (json_int_t)stats->last_bound_ms,
			 "resident_kib", resident_kib(), "descriptors", descriptors());
}
