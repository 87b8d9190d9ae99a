/* SPDX-License-Identifier: Apache-2.0 */
#include "log/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log/log_internal.h"

/** Kept free in a line for what ends it: the cut mark, brackets, newline. */
#define TAIL_SIZE 24

/** Stands for a line without a time. */
#define NO_TIME UINT64_MAX

struct topic_level {
	char topic[PROVD_LOG_TOPIC_SIZE];
	uint32_t level;
};

/** All under `lock`; the line is built in place, so that writing takes no memory. */
struct provd_log {
	pthread_mutex_t lock;
	struct provd_log_config config;
	struct topic_level topics[PROVD_LOG_TOPICS_MAX];
	size_t topic_count;
	struct provd__limit limit;
	struct provd__target target;
	char line[PROVD_LOG_LINE_MAX];
};

/** What one line says. */
struct entry {
	const char *topic;
	const char *event;
	uint32_t level;
	uint64_t session;
	const struct provd_field *fields;
	size_t field_count;
};

static uint64_t clock_ms(const struct provd_log *log, clockid_t clock)
{
	struct timespec now = {0, 0};

	if (log->config.now_ms)
		return log->config.now_ms(log->config.user);
	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static const char *level_name(uint32_t level)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};

	return level >= PROVD_LOG_ERROR && level <= PROVD_LOG_DEBUG ? names[level - 1] : "debug";
}

static void write_stamp(struct provd__line *line, uint64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	if (!gmtime_r(&seconds, &tm))
		memset(&tm, 0, sizeof(tm));
	provd__line_printf(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", tm.tm_year + 1900,
			   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			   (unsigned)(ms % 1000));
}

/* @param ms NO_TIME: the target adds its own */
static void write_text(struct provd__line *line, const struct entry *entry, uint64_t ms,
		       int personal)
{
	if (ms != NO_TIME) {
		write_stamp(line, ms);
		provd__line_bytes(line, " ", 1);
	}
	provd__line_printf(line, "%-5s ", level_name(entry->level));
	provd__line_name(line, entry->topic);
	if (entry->session)
		provd__line_printf(line, " session=%" PRIu64, entry->session);
	provd__line_bytes(line, " ", 1);
	provd__line_quoted(line, entry->event, strlen(entry->event), PROVD_LOG_VALUE_MAX);
	provd__fields_write(line, entry->fields, entry->field_count, personal);
	line->size += TAIL_SIZE;
	if (line->overflow) {
		line->overflow = 0;
		provd__line_text(line, " cut=true");
	}
	provd__line_bytes(line, "\n", 1);
}

static void write_json(struct provd__line *line, const struct entry *entry, uint64_t ms,
		       int personal)
{
	provd__line_text(line, "{");
	if (ms != NO_TIME) {
		provd__line_text(line, "\"time\":\"");
		write_stamp(line, ms);
		provd__line_text(line, "\",");
	}
	provd__line_printf(line, "\"level\":\"%s\",\"topic\":\"", level_name(entry->level));
	provd__line_name(line, entry->topic);
	provd__line_text(line, "\"");
	if (entry->session)
		provd__line_printf(line, ",\"session\":%" PRIu64, entry->session);
	provd__line_text(line, ",\"event\":");
	provd__line_quoted(line, entry->event, strlen(entry->event), PROVD_LOG_VALUE_MAX);
	/* In an object of their own, so that a pair cannot stand for the line's own members. */
	provd__line_text(line, ",\"fields\":{");
	provd__fields_write(line, entry->fields, entry->field_count, personal);
	line->size += TAIL_SIZE;
	if (line->overflow) {
		line->overflow = 0;
		provd__line_text(line, "},\"cut\":true}\n");
	} else {
		provd__line_text(line, "}}\n");
	}
}

static void emit_line(struct provd_log *log, const struct entry *entry)
{
	struct provd__line line = {log->line, 0, sizeof(log->line) - TAIL_SIZE, 0, 0};
	int has_own_time =
		log->target.kind == PROVD_LOG_TO_JOURNAL || log->target.kind == PROVD_LOG_TO_SYSLOG;
	uint64_t ms = has_own_time ? NO_TIME : clock_ms(log, CLOCK_REALTIME);

	if (log->target.kind == PROVD_LOG_TO_JOURNAL)
		provd__line_printf(&line, "<%d>", provd__target_priority(entry->level));
	line.json = log->config.format == PROVD_LOG_JSON;
	if (line.json)
		write_json(&line, entry, ms, log->config.personal);
	else
		write_text(&line, entry, ms, log->config.personal);
	if (log->config.write)
		log->config.write(log->config.user, log->line, line.len);
	else
		provd__target_write(&log->target, entry->level, log->line, line.len);
}

static void emit_suppressed(struct provd_log *log, const struct provd__site *site)
{
	struct provd_field field = provd_f_int("suppressed", (int64_t)site->suppressed);
	struct entry entry = {site->topic, site->event, site->level, 0, &field, 1};

	if (site->suppressed)
		emit_line(log, &entry);
}

int provd_log_create(const struct provd_log_config *config, struct provd_log **out_log)
{
	struct provd_log *log = calloc(1, sizeof(*log));

	if (!log)
		return PROVD_E_NOMEM;
	if (pthread_mutex_init(&log->lock, NULL)) {
		free(log);
		return PROVD_E_NOMEM;
	}
	log->config = *config;
	log->limit.burst = config->burst;
	log->limit.window_ms = config->window_ms;
	provd__target_open(&log->target, config->target);
	*out_log = log;
	return 0;
}

void provd_log_destroy(struct provd_log *log)
{
	struct provd__site site;

	if (!log)
		return;
	while (provd__limit_take(&log->limit, 0, 1, &site))
		emit_suppressed(log, &site);
	provd__target_close(&log->target);
	(void)pthread_mutex_destroy(&log->lock);
	free(log);
}

/* "softap" covers "softap" and "softap.ap", not "softapx". Returns the match's length. */
static size_t topic_match(const char *entry, const char *topic)
{
	size_t len = strlen(entry);

	if (strncmp(entry, topic, len) != 0)
		return 0;
	return topic[len] == '\0' || topic[len] == '.' ? len : 0;
}

static uint32_t level_of(const struct provd_log *log, const char *topic)
{
	uint32_t level = log->config.level;
	size_t best = 0;
	size_t i;

	for (i = 0; i < log->topic_count; i++) {
		size_t len = topic_match(log->topics[i].topic, topic);

		if (len > best) {
			best = len;
			level = log->topics[i].level;
		}
	}
	return level;
}

/* The topic of a line; a long one is cut. */
static void topic_build(char out[PROVD_LOG_TOPIC_SIZE], const char *source, const char *topic)
{
	struct provd__line line = {out, 0, PROVD_LOG_TOPIC_SIZE - 1, 0, 0};

	if (!source || !*source)
		source = topic ? topic : "provd";
	if (!topic || topic_match(source, topic)) {
		provd__line_name(&line, topic ? topic : source);
	} else {
		provd__line_name(&line, source);
		provd__line_text(&line, ".");
		provd__line_name(&line, topic);
	}
	out[line.len] = '\0';
}

static void write_locked(struct provd_log *log, const struct provd_log_site *site,
			 const struct entry *entry)
{
	uint64_t now = clock_ms(log, CLOCK_MONOTONIC);
	struct provd__site held;
	int pass;

	if (entry->level > level_of(log, entry->topic))
		return;
	while (provd__limit_take(&log->limit, now, 0, &held))
		emit_suppressed(log, &held);
	pass = provd__limit_pass(&log->limit, site, entry->topic, now, &held);
	emit_suppressed(log, &held);
	if (pass)
		emit_line(log, entry);
}

void provd_log_write_event(struct provd_log *log, const char *source, uint64_t session,
			   const struct provd_log_site *site, uint32_t level, const char *event,
			   const struct provd_field *fields, size_t field_count)
{
	char topic[PROVD_LOG_TOPIC_SIZE];
	struct entry entry = {topic, event ? event : "", level, session, fields, field_count};

	if (!log || !site)
		return;
	topic_build(topic, source, site->topic);
	(void)pthread_mutex_lock(&log->lock);
	write_locked(log, site, &entry);
	(void)pthread_mutex_unlock(&log->lock);
}

void provd_log_write(struct provd_log *log, const char *source, uint64_t session,
		     const struct provd_log_site *site, const struct provd_field *fields,
		     size_t field_count)
{
	if (site)
		provd_log_write_event(log, source, session, site, site->level, site->event, fields,
				      field_count);
}

static int set_level_locked(struct provd_log *log, const char *topic, uint32_t level)
{
	size_t i;

	if (!topic) {
		log->config.level = level;
		return 0;
	}
	for (i = 0; i < log->topic_count && strcmp(log->topics[i].topic, topic) != 0; i++) {
	}
	if (i == PROVD_LOG_TOPICS_MAX)
		return PROVD_E_LIMIT;
	memcpy(log->topics[i].topic, topic, strlen(topic) + 1);
	log->topics[i].level = level;
	if (i == log->topic_count)
		log->topic_count++;
	return 0;
}

static int is_level(uint32_t level)
{
	return level >= PROVD_LOG_ERROR && level <= PROVD_LOG_DEBUG;
}

static int is_topic(const char *topic)
{
	return *topic && strlen(topic) < PROVD_LOG_TOPIC_SIZE;
}

int provd_log_set_level(struct provd_log *log, const char *topic, uint32_t level)
{
	int rc;

	if (!is_level(level) || (topic && !is_topic(topic)))
		return PROVD_E_INVALID;
	(void)pthread_mutex_lock(&log->lock);
	rc = set_level_locked(log, topic, level);
	(void)pthread_mutex_unlock(&log->lock);
	return rc;
}

void provd_log_each_level(struct provd_log *log,
			  void (*fn)(void *user, const char *topic, uint32_t level), void *user)
{
	size_t i;

	(void)pthread_mutex_lock(&log->lock);
	fn(user, NULL, log->config.level);
	for (i = 0; i < log->topic_count; i++)
		fn(user, log->topics[i].topic, log->topics[i].level);
	(void)pthread_mutex_unlock(&log->lock);
}

int provd_log_reconfigure(struct provd_log *log, const struct provd_log_settings *settings)
{
	struct provd__site held;
	size_t i;

	if (settings->topic_count > PROVD_LOG_TOPICS_MAX)
		return PROVD_E_LIMIT;
	for (i = 0; i < settings->topic_count; i++)
		if (!is_level(settings->topics[i].level) || !is_topic(settings->topics[i].topic))
			return PROVD_E_INVALID;
	if (!is_level(settings->level))
		return PROVD_E_INVALID;
	(void)pthread_mutex_lock(&log->lock);
	log->config.level = settings->level;
	log->config.personal = settings->personal;
	log->topic_count = 0;
	for (i = 0; i < settings->topic_count; i++)
		(void)set_level_locked(log, settings->topics[i].topic, settings->topics[i].level);
	/* What was held back by the old limit would wait for the new window, or for ever. */
	if (log->limit.burst != settings->burst || log->limit.window_ms != settings->window_ms)
		while (provd__limit_take(&log->limit, 0, 1, &held))
			emit_suppressed(log, &held);
	log->limit.burst = settings->burst;
	log->limit.window_ms = settings->window_ms;
	(void)pthread_mutex_unlock(&log->lock);
	return 0;
}

struct provd__target *provd__log_target(struct provd_log *log)
{
	return &log->target;
}

void provd_log_forget(struct provd_log *log, const void *start, size_t len)
{
	uintptr_t from = (uintptr_t)start;
	size_t i;

	(void)pthread_mutex_lock(&log->lock);
	for (i = 0; i < PROVD_LOG_SITES_MAX; i++) {
		struct provd__site *site = &log->limit.sites[i];

		if ((uintptr_t)site->site < from || (uintptr_t)site->site - from >= len)
			continue;
		emit_suppressed(log, site);
		if (site->suppressed)
			log->limit.holding--;
		memset(site, 0, sizeof(*site));
	}
	(void)pthread_mutex_unlock(&log->lock);
}
