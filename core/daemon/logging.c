/* SPDX-License-Identifier: Apache-2.0 */
/* The log as the config wants it. */
#include "daemon/daemon_internal.h"
#include "daemon/reload.h"

#include <string.h>

/* What provd_log_settings borrows. */
struct settings {
	struct provd_log_settings log;
	struct provd_log_topic topics[PROVD_LOG_TOPICS_MAX];
	char names[PROVD_LOG_TOPICS_MAX][PROVD_LOG_TOPIC_SIZE];
};

/* @return the number of `name` in the list, or 0 */
static uint32_t number_of(const char *name, const char *const *names, uint32_t count)
{
	for (uint32_t i = 0; name && i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return 0;
}

static uint32_t level_number(const char *name)
{
	static const char *const names[] = {"", "error", "warn", "info", "debug"};

	return number_of(name, names, PROVD_LOG_DEBUG + 1);
}

static enum provd_log_target target_of(const char *name)
{
	static const char *const names[] = {"stderr", "auto", "journal", "syslog"};

	return (enum provd_log_target)number_of(name, names, 4);
}

static void read_settings(const struct provd_options *options, struct settings *out)
{
	memset(out, 0, sizeof(*out));
	out->log.level = level_number(provd_options_text(options, "level"));
	out->log.personal = (int)provd_options_int(options, "personal");
	out->log.burst = (uint32_t)provd_options_int(options, "burst");
	out->log.window_ms = (uint64_t)provd_options_int(options, "window");
	out->log.topics = out->topics;
	for (size_t i = 0; i < provd_options_count(options, "topics"); i++) {
		const char *item = provd_options_item(options, "topics", i);
		const char *equals = strchr(item, '=');
		size_t at = out->log.topic_count;

		/* The config check has seen that each is "topic=level", and how many there are. */
		if (!equals || equals - item >= PROVD_LOG_TOPIC_SIZE || at == PROVD_LOG_TOPICS_MAX)
			continue;
		memcpy(out->names[at], item, (size_t)(equals - item));
		out->topics[at].topic = out->names[at];
		out->topics[at].level = level_number(equals + 1);
		out->log.topic_count++;
	}
}

int provd__log_open(struct provd_daemon *daemon)
{
	const struct provd_options *options = daemon->config->log;
	const char *format = provd_options_text(options, "format");
	struct settings settings;
	struct provd_log_config config = {
		.format = format && strcmp(format, "json") == 0 ? PROVD_LOG_JSON : PROVD_LOG_TEXT,
		.target = target_of(provd_options_text(options, "target")),
	};
	int code;

	read_settings(options, &settings);
	config.level = settings.log.level;
	config.personal = settings.log.personal;
	config.burst = settings.log.burst;
	config.window_ms = settings.log.window_ms;
	code = provd_log_create(&config, &daemon->log);
	if (code == 0)
		(void)provd_log_reconfigure(daemon->log, &settings.log);
	return code;
}

void provd__log_apply(struct provd_daemon *daemon)
{
	struct settings settings;

	read_settings(daemon->config->log, &settings);
	(void)provd_log_reconfigure(daemon->log, &settings.log);
}
