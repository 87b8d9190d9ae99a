/* SPDX-License-Identifier: Apache-2.0 */
/* Counting; stats_json.c tells the counters. */
#include "daemon/daemon_internal.h"
#include "session/words.h"

#include <string.h>

#define X(name, number, text, advice, retry) -(number),
static const int codes[PROVD_STATS_CODES] = {PROVD_ERROR_TABLE(X)};
#undef X

void provd__stats_init(struct provd_stats *stats, uint64_t now_us)
{
	memset(stats, 0, offsetof(struct provd_stats, methods));
	stats->started_us = now_us;
}

/* What no code is named after counts as UNKNOWN. */
static size_t code_index(const char *name)
{
	int code = provd_err_by_name(name);

	for (size_t i = 0; i < PROVD_STATS_CODES; i++)
		if (codes[i] == code)
			return i;
	return PROVD_STATS_CODE_UNKNOWN;
}

static const char *detail(const struct provd_timeline_entry *entry, const char *key)
{
	return json_string_value(json_object_get(entry->detail, key));
}

static uint64_t ms_between(uint64_t from_us, uint64_t to_us)
{
	return to_us > from_us ? (to_us - from_us) / 1000u : 0;
}

static struct provd_stats_method *method_get(struct provd_stats *stats, const char *name)
{
	struct provd_stats_method *method = stats->methods;
	char key[sizeof(method->name)];

	provd_text_copy(key, sizeof(key), name && *name ? name : "OTHER");
	for (; method < stats->methods + stats->method_count; method++)
		if (strcmp(method->name, key) == 0)
			return method;
	if (stats->method_count > PROVD_STATS_METHODS_MAX)
		return &stats->methods[PROVD_STATS_METHODS_MAX];
	memset(method, 0, sizeof(*method));
	provd_text_copy(method->name, sizeof(method->name),
			stats->method_count < PROVD_STATS_METHODS_MAX ? key : "OTHER");
	stats->method_count++;
	return method;
}

/* Attempts */

static void attempt_begin(struct provd_stats *stats, const struct provd_timeline_entry *entry)
{
	stats->attempts++;
	stats->session_tried = 1;
	stats->attempt.method = method_get(stats, detail(entry, "method"));
	stats->attempt.method->attempts++;
	stats->attempt.state = entry->state;
	stats->attempt.state_us = stats->attempt.started_us = entry->t_us;
}

static void attempt_failed(struct provd_stats *stats, const char *reason)
{
	size_t code = code_index(reason);

	stats->failures[code]++;
	if (stats->attempt.method)
		stats->attempt.method->failures[code]++;
	stats->attempt.method = NULL;
}

/* The state that the attempt was in has led to the next one. */
static void step_done(struct provd_stats *stats, const struct provd_timeline_entry *entry)
{
	struct provd_stats_method *method = stats->attempt.method;

	provd__times_add(&method->steps[stats->attempt.state - PROVD_STATE_JOINING],
			 ms_between(stats->attempt.state_us, entry->t_us));
	stats->attempt.state = entry->state;
	stats->attempt.state_us = entry->t_us;
	if (entry->state != PROVD_STATE_BOUND)
		return;
	method->successes++;
	provd__times_add(&method->steps[PROVD_STATS_TOTAL],
			 ms_between(stats->attempt.started_us, entry->t_us));
	stats->attempt.method = NULL;
}

static void attempt_follow(struct provd_stats *stats, const struct provd_timeline_entry *entry)
{
	if (entry->state == stats->attempt.state)
		return;
	if (entry->state >= PROVD_STATE_JOINING && entry->state <= PROVD_STATE_BOUND)
		step_done(stats, entry);
	else if (entry->state == PROVD_STATE_FAILED)
		attempt_failed(stats, detail(entry, "reason"));
	else
		stats->attempt.method = NULL;
}

/* Sessions */

static void session_begin(struct provd_stats *stats, const struct provd_timeline_entry *entry)
{
	stats->session = entry->session;
	stats->session_us = entry->t_us;
	stats->session_over = 0;
	stats->session_tried = 0;
	stats->attempt.method = NULL;
	stats->sessions_started++;
}

static void session_end(struct provd_stats *stats, const struct provd_timeline_entry *entry)
{
	stats->session_over = 1;
	stats->sessions_bound += entry->state == PROVD_STATE_BOUND;
	stats->sessions_failed += entry->state == PROVD_STATE_FAILED;
	stats->sessions_stopped += entry->state == PROVD_STATE_STOPPED;
	if (entry->state == PROVD_STATE_BOUND)
		stats->last_bound_ms = ms_between(stats->session_us, entry->t_us);
	/* That nobody came is no failure. */
	if (entry->state == PROVD_STATE_FAILED && !stats->session_tried &&
	    provd_err_by_name(detail(entry, "reason")) != PROVD_E_PEER_NONE)
		attempt_failed(stats, detail(entry, "reason"));
}

void provd__stats_count(struct provd_stats *stats, const struct provd_timeline_entry *entry)
{
	if (entry->session != stats->session)
		session_begin(stats, entry);
	/* a phone may still be heard while the session gives back what it holds */
	if (stats->session_over)
		return;
	if (provd_timeline_begins_attempt(entry))
		attempt_begin(stats, entry);
	else if (detail(entry, "reason") && detail(entry, "during"))
		attempt_failed(stats, detail(entry, "reason"));
	else if (stats->attempt.method)
		attempt_follow(stats, entry);
	if (entry->state >= PROVD_STATE_BOUND)
		session_end(stats, entry);
}

void provd__stats_begin(struct provd_daemon *daemon)
{
	provd__stats_init(&daemon->stats, provd_loop_now_us(daemon->loop));
}

void provd__stats_entry(struct provd_daemon *daemon, const struct provd_timeline_entry *entry)
{
	provd__stats_count(&daemon->stats, entry);
}
