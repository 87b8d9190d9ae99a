/* SPDX-License-Identifier: Apache-2.0 */
/* The log as the config wants it. */
#include "daemon/daemon_internal.h"

#include <string.h>

static uint32_t level_number(const char *name)
{
	static const char *const names[] = {"", "error", "warn", "info", "debug"};

	for (uint32_t i = PROVD_LOG_ERROR; i <= PROVD_LOG_DEBUG; i++)
		if (name && strcmp(name, names[i]) == 0)
			return i;
	return 0;
}

int provd__log_open(struct provd_daemon *daemon)
{
	const struct provd_options *options = daemon->config->log;
	const char *format = provd_options_text(options, "format");
	struct provd_log_config config = {
		.format = format && strcmp(format, "json") == 0 ? PROVD_LOG_JSON : PROVD_LOG_TEXT,
		.level = level_number(provd_options_text(options, "level")),
		.personal = (int)provd_options_int(options, "personal"),
		.burst = (uint32_t)provd_options_int(options, "burst"),
		.window_ms = (uint64_t)provd_options_int(options, "window"),
	};
	int code = provd_log_create(&config, &daemon->log);

	for (size_t i = 0; code == 0 && i < provd_options_count(options, "topics"); i++) {
		const char *item = provd_options_item(options, "topics", i);
		const char *equals = strchr(item, '=');
		char topic[64];

		/* The config check has seen that each is "topic=level". */
		if (!equals || (size_t)(equals - item) >= sizeof(topic))
			continue;
		memcpy(topic, item, (size_t)(equals - item));
		topic[equals - item] = '\0';
		(void)provd_log_set_level(daemon->log, topic, level_number(equals + 1));
	}
	return code;
}
