/* SPDX-License-Identifier: Apache-2.0 */
/* The method Start of the control socket. */
#include "daemon/daemon_internal.h"

#include <stdlib.h>
#include <string.h>

#define INTERFACE   "io.provd.Provisioning"
#define METHODS_MAX 64
#define WAITING_MAX 16
#define DAY_MS	    (24 * 3600 * 1000LL)

struct waiting_start {
	struct waiting_start *next;
	struct provd_daemon *daemon;
	struct provd_control_call *call;
	json_t *parameters;
};

static void start_failed(struct provd_daemon *daemon, struct provd_control_call *call, int code,
			 const struct provd_error *err)
{
	if (code == PROVD_E_BUSY && provd_engine_session(daemon->engine))
		provd_control_error(call, INTERFACE ".AlreadyRunning",
				    json_pack("{s:I}", "session",
					      (json_int_t)provd_engine_session(daemon->engine)));
	else if (code == PROVD_E_NOT_FOUND)
		provd_control_error(call, INTERFACE ".UnknownMethod",
				    json_pack("{s:s}", "method", err->text));
	else
		provd_control_error(call, INTERFACE ".Unavailable",
				    json_pack("{s:s}", "reason",
					      err->text[0] ? err->text : provd_err_text(code)));
}

/* Reads the parameters; @return NULL or the name of the wrong one. */
static const char *read_request(const json_t *parameters, const char **names,
				struct provd_engine_request *out_request)
{
	const json_t *methods = json_object_get(parameters, "methods");
	const json_t *deadline = json_object_get(parameters, "deadline_ms");

	if (methods && !json_is_null(methods)) {
		out_request->method_count = json_array_size(methods);
		if (out_request->method_count == 0 || out_request->method_count > METHODS_MAX)
			return "methods";
		for (size_t i = 0; i < out_request->method_count; i++) {
			names[i] = json_string_value(json_array_get(methods, i));
			if (!names[i])
				return "methods";
		}
		out_request->methods = names;
	}
	if (deadline && !json_is_null(deadline)) {
		json_int_t value = json_integer_value(deadline);

		if (!json_is_integer(deadline) || value < 1 || value > 7 * DAY_MS)
			return "deadline_ms";
		out_request->deadline_ms = (uint64_t)value;
	}
	return NULL;
}

static void start_gone(void *user)
{
	struct waiting_start *start = user;

	for (struct waiting_start **at = &start->daemon->starts; *at; at = &(*at)->next) {
		if (*at == start) {
			*at = start->next;
			break;
		}
	}
	json_decref(start->parameters);
	free(start);
}

/* Keeps the call until the session that ends has given everything back. */
static int start_wait(struct provd_daemon *daemon, struct provd_control_call *call,
		      const json_t *parameters)
{
	struct waiting_start **at = &daemon->starts;
	struct waiting_start *start;
	size_t count = 0;

	for (; *at; at = &(*at)->next)
		count++;
	start = count < WAITING_MAX ? calloc(1, sizeof(*start)) : NULL;
	if (!start)
		return PROVD_E_BUSY;
	start->parameters = json_deep_copy(parameters);
	if (!start->parameters) {
		free(start);
		return PROVD_E_BUSY;
	}
	start->daemon = daemon;
	start->call = call;
	*at = start;
	provd_control_on_gone(call, start_gone, start);
	return 0;
}

void provd__handle_start(void *user, struct provd_control_call *call, const json_t *parameters,
			 int more)
{
	struct provd_daemon *daemon = user;
	struct provd_error err = {.size = sizeof(err)};
	struct provd_engine_request request = {0};
	const char *names[METHODS_MAX];
	const char *wrong = read_request(parameters, names, &request);
	uint64_t session = 0;
	int code;

	(void)more;
	if (wrong) {
		provd_control_invalid(call, wrong);
		return;
	}
	if (provd_engine_is_releasing(daemon->engine) && start_wait(daemon, call, parameters) == 0)
		return;
	code = provd_engine_start(daemon->engine, &request, &session, &err);
	if (code)
		start_failed(daemon, call, code, &err);
	else
		provd_control_reply(call, json_pack("{s:I}", "session", (json_int_t)session), 0);
}

/* Takes the first one out; its call is not watched any more. */
static struct waiting_start *take_first(struct provd_daemon *daemon)
{
	struct waiting_start *start = daemon->starts;

	if (start) {
		daemon->starts = start->next;
		provd_control_on_gone(start->call, NULL, NULL);
	}
	return start;
}

/* The first wins; the others learn that a session runs. */
static void start_all(void *user)
{
	struct provd_daemon *daemon = user;
	struct waiting_start *start = take_first(daemon);

	while (start) {
		provd__handle_start(daemon, start->call, start->parameters, 0);
		json_decref(start->parameters);
		free(start);
		start = provd_engine_is_releasing(daemon->engine) ? NULL : take_first(daemon);
	}
}

void provd__starts_wake(struct provd_daemon *daemon)
{
	if (daemon->starts && !daemon->stopping)
		(void)provd_defer(daemon->owner, start_all, daemon);
}

void provd__starts_refuse(struct provd_daemon *daemon)
{
	struct waiting_start *start = take_first(daemon);

	for (; start; start = take_first(daemon)) {
		provd_control_error(start->call, INTERFACE ".Unavailable",
				    json_pack("{s:s}", "reason", "the daemon stops"));
		json_decref(start->parameters);
		free(start);
	}
}
