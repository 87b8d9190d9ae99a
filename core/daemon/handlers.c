/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of the control socket, and answers that several of them give. */
#include "daemon/handlers.h"

#include "daemon/daemon_internal.h"
#include "session/words.h"

#include <stdio.h>

void provd__answer_unavailable(struct provd_control_call *call, const char *reason)
{
	char text[PROVD_ERROR_TEXT_MAX];

	/* words of a plugin or system may be cut inside a character, which JSON does not take */
	provd_text_copy(text, sizeof(text), reason);
	provd_control_error(call, PROVD_INTERFACE ".Unavailable",
			    json_pack("{s:s}", "reason", text));
}

void provd__answer_unknown_session(struct provd_control_call *call, uint64_t session)
{
	provd_control_error(call, PROVD_INTERFACE ".UnknownSession",
			    json_pack("{s:I}", "session", (json_int_t)session));
}

void provd__answer_not_saved(struct provd_control_call *call, int code,
			     const struct provd_error *err)
{
	char text[PROVD_ERROR_TEXT_MAX];

	provd_text_copy(text, sizeof(text), err && err->text[0] ? err->text : provd_err_text(code));
	provd_control_error(call, PROVD_INTERFACE ".NotSaved",
			    json_pack("{s:s, s:s}", "code", provd_err_name(code), "reason", text));
}

void provd__set_ssid(json_t *object, const uint8_t *ssid, size_t len)
{
	char hex[2 * PROVD_SSID_MAX + 1] = "";
	json_t *text = json_stringn((const char *)ssid, len);

	for (size_t i = 0; i < len && i < PROVD_SSID_MAX; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", ssid[i]);
	json_object_set_new(object, "ssid", text ? text : json_string(""));
	json_object_set_new(object, "ssid_hex", json_string(hex));
}

const struct provd_control_method provd__daemon_methods[] = {
	{"Status", PROVD_CONTROL_READ, provd__handle_status},
	{"Start", PROVD_CONTROL_STEER, provd__handle_start},
	{"Stop", PROVD_CONTROL_STEER, provd__handle_stop},
	{"Watch", PROVD_CONTROL_READ, provd__handle_watch},
	{"Timeline", PROVD_CONTROL_READ, provd__handle_timeline},
	{"Sessions", PROVD_CONTROL_READ, provd__handle_sessions},
	{"Errors", PROVD_CONTROL_READ, provd__handle_errors},
	{"WatchErrors", PROVD_CONTROL_READ, provd__handle_watch_errors},
	{"ExportErrors", PROVD_CONTROL_READ, provd__handle_export_errors},
	{"ImportErrors", PROVD_CONTROL_STEER, provd__handle_import_errors},
	{"ClearErrors", PROVD_CONTROL_STEER, provd__handle_clear_errors},
	{"Plugins", PROVD_CONTROL_READ, provd__handle_plugins},
	{"Capabilities", PROVD_CONTROL_READ, provd__handle_capabilities},
	{"Provide", PROVD_CONTROL_STEER, provd__handle_provide},
	{"Networks", PROVD_CONTROL_STEER, provd__handle_networks},
	{"ForgetNetwork", PROVD_CONTROL_STEER, provd__handle_forget_network},
	{"SetNetworkPriority", PROVD_CONTROL_STEER, provd__handle_set_network_priority},
	{"PressButton", PROVD_CONTROL_STEER, provd__handle_press_button},
	{"Reset", PROVD_CONTROL_STEER, provd__handle_reset},
	{"TakeOver", PROVD_CONTROL_STEER, provd__handle_take_over},
	{"Reload", PROVD_CONTROL_STEER, provd__handle_reload},
	{"LogLevels", PROVD_CONTROL_READ, provd__handle_log_levels},
	{"SetLogLevel", PROVD_CONTROL_STEER, provd__handle_set_log_level},
	{"Stats", PROVD_CONTROL_READ, provd__handle_stats},
};

const size_t provd__daemon_method_count =
	sizeof(provd__daemon_methods) / sizeof(provd__daemon_methods[0]);
