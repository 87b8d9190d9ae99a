/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon_internal.h"

#include <stdlib.h>
#include <string.h>

/* Parts */

static void on_link_lost(void *user, int status)
{
	struct provd_daemon *daemon = user;

	provd_engine_link_lost(daemon->engine, status);
	provd_supervisor_link_lost(daemon->supervisor, status);
}

static void on_progress(void *user, const struct provd_event *event)
{
	struct provd_daemon *daemon = user;

	provd_engine_join_progress(daemon->engine, event);
}

static void on_radio_changed(void *user)
{
	struct provd_daemon *daemon = user;

	provd_engine_radio_changed(daemon->engine);
}

static void on_entry(void *user, const struct provd_timeline_entry *entry)
{
	struct provd_daemon *daemon = user;

	if (daemon->journal)
		provd_journal_service_add(daemon->journal, entry);
	provd__stats_entry(daemon, entry);
	provd__daemon_publish(daemon, entry);
	provd__notice_entry(daemon, entry);
	provd_supervisor_entry(daemon->supervisor, entry);
}

static void on_end(void *user, uint64_t session, uint32_t final_state)
{
	struct provd_daemon *daemon = user;

	PROVD_CLOG(daemon->log, "daemon", session, PROVD_LOG_INFO, "session is over",
		   provd_f_text("result", provd_state_name(final_state)));
	provd__starts_wake(daemon);
	provd_supervisor_session_ended(daemon->supervisor, final_state);
}

static int create_parts(struct provd_daemon *daemon)
{
	struct provd_radio_config radio = {
		.loop = daemon->loop,
		.log = daemon->log,
		.on_link_lost = on_link_lost,
		.on_progress = on_progress,
		.on_changed = on_radio_changed,
		.user = daemon,
	};
	struct provd_engine_config engine = {
		.loop = daemon->loop,
		.log = daemon->log,
		.config = daemon->config,
		.on_entry = on_entry,
		.on_end = on_end,
		.user = daemon,
	};
	int code = provd_radio_create(&radio, &daemon->radio);

	engine.radio = daemon->radio;
	if (code == 0)
		code = provd_engine_create(&engine, &daemon->engine);
	return code;
}

/* Life */

/* All that plugins get when they are created, which starts nothing. */
static int create_all(struct provd_daemon *daemon, struct telling *telling)
{
	int code = provd__log_open(daemon);

	if (code == 0)
		code = provd_loop_create(4 + (unsigned)provd__plugin_entries(daemon->config),
					 &daemon->loop);
	if (code == 0)
		code = provd_owner_create(daemon->loop, "daemon", &daemon->owner);
	if (code == 0)
		code = create_parts(daemon);
	if (code)
		return code;
	provd__state_check(daemon, telling);
	provd__surroundings_check(daemon, telling);
	provd__plugins_create(daemon, telling);
	return 0;
}

int provd_daemon_create(struct provd_config *config, struct provd_config_errors *errors,
			FILE *messages, struct provd_service *service,
			struct provd_daemon **out_daemon, int *out_exit)
{
	struct provd_daemon *daemon = calloc(1, sizeof(*daemon));
	struct telling telling = {errors, messages, 0, PROVD_EXIT_FAILURE};
	int code;

	*out_exit = PROVD_EXIT_FAILURE;
	if (!daemon) {
		provd_config_destroy(config);
		provd_service_destroy(service);
		return PROVD_E_NOMEM;
	}
	daemon->service = service;
	daemon->signal_fd = -1;
	daemon->state_lock = -1;
	daemon->config = config;
	if (errors->count > 0)
		provd__note_fault(&telling, PROVD_E_CONFIG, PROVD_EXIT_CONFIG);
	provd__plugins_load(daemon, &telling);
	code = create_all(daemon, &telling);
	provd_config_forget_source(config);
	if (code)
		provd__note_fault(&telling, code, PROVD_EXIT_FAILURE);
	if (telling.code) {
		*out_exit = telling.exit_status;
		provd_daemon_destroy(daemon);
		return telling.code;
	}
	*out_daemon = daemon;
	return 0;
}

void provd_daemon_destroy(struct provd_daemon *daemon)
{
	if (!daemon)
		return;
	provd_control_destroy(daemon->control);
	provd_button_destroy(daemon->button);
	provd_led_destroy(daemon->led);
	provd_hooks_destroy(daemon->hooks);
	provd_supervisor_destroy(daemon->supervisor);
	provd_engine_destroy(daemon->engine);
	provd__state_close(daemon);
	provd__calls_finish(daemon);
	provd_radio_destroy(daemon->radio);
	provd_service_destroy(daemon->service);
	provd__signals_end(daemon);
	provd_owner_destroy(daemon->owner);
	if (daemon->loop && provd_loop_destroy(daemon->loop) != 0)
		PROVD_CLOG(daemon->log, "daemon", 0, PROVD_LOG_ERROR,
			   "the loop still holds handles at the end",
			   provd_f_text("module", "core"));
	provd_log_destroy(daemon->log);
	for (size_t i = daemon->loaded_count; i > 0; i--)
		provd_plugin_unload(daemon->loaded[i - 1].plugin, 0);
	free(daemon->loaded);
	provd_config_destroy(daemon->config);
	free(daemon);
}
