/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifndef PROVD_VERSION
#define PROVD_VERSION "unknown"
#endif

/* Parts */

static void on_link_lost(void *user, int status)
{
	struct provd_daemon *daemon = user;

	provd_engine_link_lost(daemon->engine, status);
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

	if (entry->state == PROVD_STATE_BOUND && daemon->marked != entry->session) {
		daemon->marked = entry->session;
		provd__provisioned_set(daemon);
	}
	provd__daemon_publish(daemon, entry);
}

static void on_end(void *user, uint64_t session, uint32_t final_state)
{
	struct provd_daemon *daemon = user;

	PROVD_CLOG(daemon->log, "daemon", session, PROVD_LOG_INFO, "session is over",
		   provd_f_text("result", provd_state_name(final_state)));
	provd__starts_wake(daemon);
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
	if (code == 0)
		provd__plugins_create(daemon, telling);
	return code;
}

int provd_daemon_create(struct provd_config *config, struct provd_config_errors *errors,
			FILE *messages, struct provd_daemon **out_daemon, int *out_exit)
{
	struct provd_daemon *daemon = calloc(1, sizeof(*daemon));
	struct telling telling = {errors, messages, 0, PROVD_EXIT_FAILURE};
	int code;

	*out_exit = PROVD_EXIT_FAILURE;
	if (!daemon) {
		provd_config_destroy(config);
		return PROVD_E_NOMEM;
	}
	daemon->signal_fd = -1;
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
	provd_engine_destroy(daemon->engine);
	provd_radio_destroy(daemon->radio);
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

/* Running */

static void radio_closed(void *user)
{
	struct provd_daemon *daemon = user;

	provd_loop_stop(daemon->loop);
}

static uint64_t hal_timeout(const struct provd_daemon *daemon)
{
	return (uint64_t)provd_options_int(daemon->config->session, "op_timeout");
}

static void engine_at_rest(void *user)
{
	struct provd_daemon *daemon = user;

	provd_radio_close(daemon->radio, hal_timeout(daemon), radio_closed, daemon);
}

void provd__daemon_stop(struct provd_daemon *daemon, int exit_status)
{
	if (daemon->stopping)
		return;
	daemon->stopping = 1;
	provd__starts_refuse(daemon);
	daemon->exit_status = exit_status;
	PROVD_CLOG(daemon->log, "daemon", 0, PROVD_LOG_INFO, "stopping",
		   provd_f_int("status", exit_status));
	provd_engine_shutdown(daemon->engine, engine_at_rest, daemon);
}

static void start_by_policy(struct provd_daemon *daemon)
{
	const char *policy = provd_options_text(daemon->config->start, "policy");
	struct provd_engine_request request = {0};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t session;
	int code;

	if (strcmp(policy, "always") != 0 &&
	    (strcmp(policy, "if-unprovisioned") != 0 || provd__provisioned_get(daemon))) {
		PROVD_CLOG(daemon->log, "daemon", 0, PROVD_LOG_INFO, "waiting for a start command",
			   provd_f_text("policy", policy));
		return;
	}
	code = provd_engine_start(daemon->engine, &request, &session, &err);
	if (code)
		PROVD_CLOG(daemon->log, "daemon", 0, PROVD_LOG_ERROR, "cannot start provisioning",
			   provd_f_code("reason", code), provd_f_text("text", err.text));
}

static void radio_opened(void *user, int code, const char *text)
{
	struct provd_daemon *daemon = user;
	struct provd_error err = {.size = sizeof(err)};

	if (daemon->stopping)
		return;
	if (code == 0) {
		code = provd_engine_prepare(daemon->engine, &err);
		text = err.text;
	}
	if (code) {
		(void)fprintf(stderr, "provd: error: %s\n", text);
		provd__daemon_stop(daemon, PROVD_EXIT_PLUGIN);
		return;
	}
	start_by_policy(daemon);
}

static int open_control(struct provd_daemon *daemon)
{
	const struct provd_options *options = daemon->config->daemon;
	const char *run_dir = provd_options_text(options, "run_dir");
	struct provd_error err = {.size = sizeof(err)};
	char path[4096];
	struct provd_control_config config = {
		.path = provd_options_text(options, "control_socket"),
		.interface = "io.provd.Provisioning",
		.description = provd_control_interface_text(),
		.version = PROVD_VERSION,
		.methods = provd__daemon_methods,
		.method_count = provd__daemon_method_count,
		.mode = 0660,
		.group = provd_options_text(options, "control_group"),
		.max_clients = (size_t)provd_options_int(options, "control_max_clients"),
		.max_message = 65536,
		.max_backlog = 1048576,
		.user = daemon,
	};
	int code;

	if (!config.path) {
		(void)snprintf(path, sizeof(path), "%s/control.sock", run_dir);
		config.path = path;
	}
	if (mkdir(run_dir, 0755) != 0 && errno != EEXIST) {
		const char *remedy = errno == ENOENT ? "; make its parent folder first, or set "
						       "daemon.run_dir to another folder"
						     : "";

		(void)fprintf(stderr, "provd: error: cannot make folder %s: %s%s\n", run_dir,
			      strerror(errno), remedy);
		return PROVD_E_IO;
	}
	code = provd_control_create(daemon->loop, daemon->log, &config, &daemon->control, &err);
	if (code)
		(void)fprintf(stderr, "provd: error: %s\n", err.text);
	return code;
}

int provd_daemon_run(struct provd_daemon *daemon)
{
	int code = provd__signals_watch(daemon);

	if (code == 0)
		code = open_control(daemon);
	if (code)
		return PROVD_EXIT_FAILURE;
	provd_radio_open(daemon->radio, hal_timeout(daemon), radio_opened, daemon);
	provd_loop_run(daemon->loop);
	return daemon->exit_status;
}
