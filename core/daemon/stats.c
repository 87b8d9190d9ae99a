/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon_internal.h"
#include "session/words.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void provd__stats_init(struct provd_stats *stats, uint64_t now_us)
{
	memset(stats, 0, sizeof(*stats));
	stats->started_us = now_us;
}

static void count_failure(struct provd_stats *stats, const char *code)
{
	size_t i = 0;

	while (i < stats->code_count && strcmp(stats->codes[i].code, code) != 0)
		i++;
	/* the last row takes all that have none */
	if (i == PROVD_STATS_CODES_MAX)
		i = PROVD_STATS_CODES_MAX - 1;
	else if (i == stats->code_count && i == PROVD_STATS_CODES_MAX - 1)
		code = "OTHER";
	if (i == stats->code_count) {
		provd_text_copy(stats->codes[i].code, sizeof(stats->codes[i].code), code);
		stats->code_count++;
	}
	stats->codes[i].count++;
}

static void count_end(struct provd_stats *stats, const struct provd_timeline_entry *entry)
{
	stats->session_over = 1;
	stats->sessions_bound += entry->state == PROVD_STATE_BOUND;
	stats->sessions_failed += entry->state == PROVD_STATE_FAILED;
	stats->sessions_stopped += entry->state == PROVD_STATE_STOPPED;
	if (entry->state == PROVD_STATE_BOUND)
		stats->last_bound_ms = (entry->t_us - stats->session_us) / 1000u;
}

void provd__stats_count(struct provd_stats *stats, const struct provd_timeline_entry *entry)
{
	const char *reason = json_string_value(json_object_get(entry->detail, "reason"));

	if (entry->session != stats->session) {
		stats->session = entry->session;
		stats->session_us = entry->t_us;
		stats->session_over = 0;
		stats->sessions_started++;
	}
	if (entry->state == PROVD_STATE_JOINING && json_object_get(entry->detail, "attempt"))
		stats->attempts++;
	/* "during" is what only the end of an attempt tells */
	if (reason && json_object_get(entry->detail, "during"))
		count_failure(stats, reason);
	/* a phone may still be heard while the session gives back what it holds */
	if (entry->state >= PROVD_STATE_BOUND && !stats->session_over)
		count_end(stats, entry);
}

void provd__stats_begin(struct provd_daemon *daemon)
{
	provd__stats_init(&daemon->stats, provd_loop_now_us(daemon->loop));
}

void provd__stats_entry(struct provd_daemon *daemon, const struct provd_timeline_entry *entry)
{
	provd__stats_count(&daemon->stats, entry);
}

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

json_t *provd__stats_json(const struct provd_stats *stats, uint64_t now_us)
{
	json_t *failures = json_object();

	for (size_t i = 0; i < stats->code_count; i++)
		json_object_set_new(failures, stats->codes[i].code,
				    json_integer((json_int_t)stats->codes[i].count));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I}", "uptime_ms",
			 (json_int_t)((now_us - stats->started_us) / 1000u), "sessions_started",
			 (json_int_t)stats->sessions_started, "sessions_bound",
			 (json_int_t)stats->sessions_bound, "sessions_failed",
			 (json_int_t)stats->sessions_failed, "sessions_stopped",
			 (json_int_t)stats->sessions_stopped, "attempts",
			 (json_int_t)stats->attempts, "failures", failures, "last_bound_ms",
			 (json_int_t)stats->last_bound_ms, "resident_kib", resident_kib(),
			 "descriptors", descriptors());
}
