/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told what happens: hooks, LED, the service manager. */
#include "daemon/daemon_internal.h"

static void pressed(void *user, uint64_t held_ms)
{
	struct provd_daemon *daemon = user;

	provd_supervisor_pressed(daemon->supervisor, held_ms);
}

static void missing(struct provd_daemon *daemon, const char *what, int code,
		    const struct provd_error *err)
{
	PROVD_CLOG(daemon->log, "daemon", 0, PROVD_LOG_ERROR, "a part of the board cannot be used",
		   provd_f_text("part", what), provd_f_code("reason", code),
		   provd_f_text("text", err->text));
}

void provd__notice_begin(struct provd_daemon *daemon)
{
	const struct provd_config *config = daemon->config;
	struct provd_error err = {.size = sizeof(err)};
	int code = provd_hooks_create(daemon->loop, daemon->log, config, &daemon->hooks);

	if (code)
		missing(daemon, "hooks", code, &err);
	if (config->button) {
		code = provd_button_create(daemon->loop, daemon->log, config->button, pressed,
					   daemon, &daemon->button, &err);
		if (code)
			missing(daemon, "button", code, &err);
	}
	if (config->led) {
		code = provd_led_create(daemon->loop, daemon->log, config->led, &daemon->led, &err);
		if (code)
			missing(daemon, "led", code, &err);
		else
			provd_led_show(daemon->led, PROVD_STATE_IDLE);
	}
}

static const char *detail(const struct provd_timeline_entry *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry->detail, key));

	return text ? text : "";
}

void provd__notice_entry(struct provd_daemon *daemon, const struct provd_timeline_entry *entry)
{
	struct provd_hook_event event = {
		.event = provd_state_name(entry->state),
		.method = provd_engine_method(daemon->engine),
		.reason = detail(entry, "reason"),
		.text = detail(entry, "text"),
		.session = entry->session,
	};

	/* The entries between are for those who watch. */
	if (entry->state == daemon->noticed)
		return;
	daemon->noticed = entry->state;
	if (daemon->led)
		provd_led_show(daemon->led, entry->state);
	if (daemon->hooks)
		provd_hooks_raise(daemon->hooks, &event);
	provd_service_status(daemon->service, provd_state_name(entry->state));
}

void provd__notice_link(void *user, int up)
{
	struct provd_daemon *daemon = user;
	const struct provd_hook_event event = {.event = up ? "link-up" : "link-down"};

	if (daemon->hooks)
		provd_hooks_raise(daemon->hooks, &event);
}
