/* SPDX-License-Identifier: Apache-2.0 */
/* The methods Start and Stop of the control socket: their calls may have to wait. */
#include "daemon/daemon_internal.h"

#include <stdlib.h>
#include <string.h>

#define INTERFACE   "io.provd.Provisioning"
#define METHODS_MAX 64
#define WAITING_MAX 16
#define DAY_MS	    (24 * 3600 * 1000LL)

struct waiting_call {
	struct waiting_call *next;
	struct waiting_call **list; /* that it is in */
	struct provd_control_call *call;
	json_t *parameters;
};

/* Calls that wait */

static void waiting_free(struct waiting_call *waiting)
{
	json_decref(waiting->parameters);
	free(waiting);
}

static void waiting_gone(void *user)
{
	struct waiting_call *waiting = user;

	for (struct waiting_call **at = waiting->list; *at; at = &(*at)->next) {
		if (*at == waiting) {
			*at = waiting->next;
			break;
		}
	}
	waiting_free(waiting);
}

/* Keeps the call until the session that ends has given everything back. */
static int wait_in(struct waiting_call **list, struct provd_control_call *call,
		   const json_t *parameters)
{
	struct waiting_call **at = list;
	struct waiting_call *waiting;
	size_t count = 0;

	for (; *at; at = &(*at)->next)
		count++;
	waiting = count < WAITING_MAX ? calloc(1, sizeof(*waiting)) : NULL;
	if (!waiting)
		return PROVD_E_BUSY;
	waiting->parameters = json_deep_copy(parameters);
	if (!waiting->parameters) {
		free(waiting);
		return PROVD_E_BUSY;
	}
	waiting->list = list;
	waiting->call = call;
	*at = waiting;
	provd_control_on_gone(call, waiting_gone, waiting);
	return 0;
}

/* Takes the first one out; its call is not watched any more. */
static struct waiting_call *take_first(struct waiting_call **list)
{
	struct waiting_call *waiting = *list;

	if (waiting) {
		*list = waiting->next;
		provd_control_on_gone(waiting->call, NULL, NULL);
	}
	return waiting;
}

static void unavailable(struct provd_control_call *call, const char *reason)
{
	provd_control_error(call, INTERFACE ".Unavailable", json_pack("{s:s}", "reason", reason));
}

/* Start */

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
		unavailable(call, err->text[0] ? err->text : provd_err_text(code));
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

/* The session is over before the call is answered: nobody could listen. */
static void start_was_in_vain(struct provd_daemon *daemon, struct provd_control_call *call)
{
	json_t *status = provd_engine_status_json(daemon->engine);
	const json_t *failure = json_object_get(status, "last_error");
	const char *text = json_string_value(json_object_get(failure, "text"));

	unavailable(call, text && *text ? text : "the session failed at once");
	json_decref(status);
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
	if (provd_engine_is_releasing(daemon->engine) &&
	    wait_in(&daemon->starts, call, parameters) == 0)
		return;
	code = provd_engine_start(daemon->engine, &request, &session, &err);
	if (code)
		start_failed(daemon, call, code, &err);
	else if (!provd_engine_session(daemon->engine) || provd_engine_is_releasing(daemon->engine))
		start_was_in_vain(daemon, call);
	else
		provd_control_reply(call, json_pack("{s:I}", "session", (json_int_t)session), 0);
}

/* The first wins; the others learn that a session runs. */
static void start_all(void *user)
{
	struct provd_daemon *daemon = user;
	struct waiting_call *start = take_first(&daemon->starts);

	while (start) {
		provd__handle_start(daemon, start->call, start->parameters, 0);
		waiting_free(start);
		start = provd_engine_is_releasing(daemon->engine) ? NULL
								  : take_first(&daemon->starts);
	}
}

void provd__starts_wake(struct provd_daemon *daemon)
{
	struct waiting_call *stop = take_first(&daemon->stops);

	for (; stop; stop = take_first(&daemon->stops)) {
		provd_control_reply(stop->call, NULL, 0);
		waiting_free(stop);
	}
	daemon->stop_asked = 0;
	if (daemon->starts && !daemon->stopping)
		(void)provd_defer(daemon->owner, start_all, daemon);
}

void provd__starts_refuse(struct provd_daemon *daemon)
{
	struct waiting_call *start = take_first(&daemon->starts);

	for (; start; start = take_first(&daemon->starts)) {
		unavailable(start->call, "the daemon stops");
		waiting_free(start);
	}
}

/* Stop */

void provd__handle_stop(void *user, struct provd_control_call *call, const json_t *parameters,
			int more)
{
	struct provd_daemon *daemon = user;
	int code;

	(void)more;
	/* Set first: the session may be over before the engine returns. */
	if (!provd_engine_is_releasing(daemon->engine))
		daemon->stop_asked = 1;
	code = provd_engine_stop(daemon->engine);
	if (code && !provd_engine_session(daemon->engine))
		daemon->stop_asked = 0;
	if (code && !daemon->stop_asked)
		provd_control_error(call, INTERFACE ".NotRunning", NULL);
	else if (!daemon->stop_asked)
		provd_control_reply(call, NULL, 0);
	else if (wait_in(&daemon->stops, call, parameters) != 0)
		unavailable(call, "too many wait for the end of the session");
}
