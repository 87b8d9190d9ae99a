/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon at work: how its parts come up one after another, and go down again. */
#include "daemon/daemon_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PROVD_VERSION
#define PROVD_VERSION "unknown"
#endif

/* Going down */

static void radio_closed(void *user)
{
	struct provd_daemon *daemon = user;

	provd_loop_stop(daemon->loop);
}

static uint64_t hal_timeout(const struct provd_daemon *daemon)
{
	return (uint64_t)provd_options_int(daemon->config->session, "op_timeout");
}

static void state_flushed(void *user)
{
	struct provd_daemon *daemon = user;

	provd_radio_close(daemon->radio, hal_timeout(daemon), radio_closed, daemon);
}

/* Before the HALs close: one of them may hold the journal. */
static void engine_at_rest(void *user)
{
	provd__state_flush(user, state_flushed);
}

static void supervisor_at_rest(void *user)
{
	struct provd_daemon *daemon = user;

	provd_engine_shutdown(daemon->engine, engine_at_rest, daemon);
}

/* Somebody does not answer. Whoever stops us has a deadline too, and a killed daemon would leave its
 * socket; what a plugin has left open is closed when its HAL opens again. */
static void stop_overdue(void *user)
{
	struct provd_daemon *daemon = user;
	const char *pending =
		provd_engine_session(daemon->engine) ? "the session" : "a plugin or HAL";

	PROVD_CLOG(daemon->log, "daemon", 0, PROVD_LOG_ERROR, "stopped without a clean end",
		   provd_f_text("pending", pending));
	provd_hooks_destroy(daemon->hooks);
	provd_led_destroy(daemon->led); /* or the kernel's timer blinks on */
	provd_control_destroy(daemon->control);
	_exit(daemon->exit_status ? daemon->exit_status : PROVD_EXIT_FAILURE);
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
	provd_service_stopping(daemon->service);
	(void)provd_timer_start(daemon->owner,
				(uint64_t)provd_options_int(daemon->config->daemon, "stop_timeout"),
				stop_overdue, daemon, &daemon->stop_timer);
	provd_supervisor_stop(daemon->supervisor, supervisor_at_rest, daemon);
}

/* Coming up */

static void begun(void *user)
{
	struct provd_daemon *daemon = user;

	daemon->ready = 1;
	provd__starts_wake(daemon); /* who asked too early */
	if (!daemon->stopping)
		provd_engine_offer_logs(daemon->engine);
}

static void state_opened(void *user)
{
	struct provd_daemon *daemon = user;

	if (daemon->stopping)
		return;
	provd__notice_begin(daemon);
	provd_service_ready(daemon->service, "idle");
	provd_supervisor_begin(daemon->supervisor, begun, daemon);
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
	if (code == 0)
		code = provd__state_open(daemon, state_opened, &err);
	if (code) {
		(void)fprintf(stderr, "provd: error: %s\n", text);
		provd__daemon_stop(daemon, PROVD_EXIT_PLUGIN);
		return;
	}
}

static int open_control(struct provd_daemon *daemon)
{
	const struct provd_options *options = daemon->config->daemon;
	const char *run_dir = provd_options_text(options, "run_dir");
	struct provd_error err = {.size = sizeof(err)};
	int handed = provd_service_take_socket(daemon->service);
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
		.handed_fd = handed > 0 ? handed : 0,
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
	const char *fault = provd_service_fault(daemon->service);
	int code = provd__signals_watch(daemon);

	provd__stats_begin(daemon);
	if (fault)
		PROVD_CLOG(daemon->log, "daemon", 0, PROVD_LOG_WARN,
			   "what the service manager handed over cannot be used",
			   provd_f_text("text", fault));
	if (code == 0)
		code = provd__state_create(daemon);
	if (code == 0)
		code = open_control(daemon);
	if (code == 0)
		code = provd_service_watchdog(daemon->service, daemon->loop);
	if (code)
		return PROVD_EXIT_FAILURE;
	provd_radio_open(daemon->radio, hal_timeout(daemon), radio_opened, daemon);
	provd_loop_run(daemon->loop);
	return daemon->exit_status;
}
