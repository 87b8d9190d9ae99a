/* SPDX-License-Identifier: Apache-2.0 */
/* The methods Start and Stop of the control socket, and all calls that wait for a session's end. */
#include "daemon/daemon_internal.h"
#include "daemon/pending.h"
#include "session/words.h"

#include <stdlib.h>
#include <string.h>

#define METHODS_MAX 64
#define STEPS_MAX   16
#define FOR_MAX_MS  (7 * 24 * 3600 * INT64_C(1000))

int provd__comes_early(struct provd_daemon *daemon, struct provd_control_call *call,
		       const json_t *parameters, provd__handler_fn *handler)
{
	if (daemon->ready)
		return 0;
	if (daemon->stopping)
		provd__answer_unavailable(call, "the daemon stops");
	else
		provd__wait(&daemon->starts, daemon, call, parameters, handler);
	return 1;
}

int provd__must_wait(struct provd_daemon *daemon, struct provd_control_call *call,
		     const json_t *parameters, provd__handler_fn *handler)
{
	int running = provd_engine_session(daemon->engine) != 0;

	if (provd_engine_is_releasing(daemon->engine)) {
		provd__wait(&daemon->starts, daemon, call, parameters, handler);
		return 1;
	}
	if (running || provd_supervisor_may_start(daemon->supervisor))
		return 0;
	provd_control_error(call, PROVD_INTERFACE ".PresenceRequired", NULL);
	return 1;
}

/* Start */

/* Why a session was not started. */
static void start_failed(struct provd_daemon *daemon, struct provd_control_call *call, int code,
			 const struct provd_error *err)
{
	uint64_t running = provd_engine_session(daemon->engine);
	char name[PROVD_ERROR_TEXT_MAX];

	if (code == PROVD_E_BUSY && running)
		provd_control_error(call, PROVD_INTERFACE ".AlreadyRunning",
				    json_pack("{s:I}", "session", (json_int_t)running));
	else if (code != PROVD_E_NOT_FOUND)
		provd__answer_unavailable(call, err->text[0] ? err->text : provd_err_text(code));
	else {
		/* the name is the client's, and may have been cut inside a character */
		provd_text_copy(name, sizeof(name), err->text);
		provd_control_error(call, PROVD_INTERFACE ".UnknownMethod",
				    json_pack("{s:s}", "method", name));
	}
}

/* The session is over before the call is answered: nobody could listen. */
static void start_was_in_vain(struct provd_daemon *daemon, struct provd_control_call *call)
{
	json_t *status = provd_engine_status_json(daemon->engine);
	const json_t *failure = json_object_get(status, "last_error");
	const char *text = json_string_value(json_object_get(failure, "text"));

	provd__answer_unavailable(call, text && *text ? text : "the session failed at once");
	json_decref(status);
}

void provd__answer_started(struct provd_daemon *daemon, struct provd_control_call *call, int code,
			   uint64_t session, const struct provd_error *err)
{
	if (code)
		start_failed(daemon, call, code, err);
	else if (!provd_engine_session(daemon->engine) || provd_engine_is_releasing(daemon->engine))
		start_was_in_vain(daemon, call);
	else
		provd_control_reply(call, json_pack("{s:I}", "session", (json_int_t)session), 0);
}

/* What a request is made of; its texts are borrowed from the parameters. */
struct asked {
	struct provd_engine_request request;
	const char *names[METHODS_MAX];
	size_t name_count;
	struct provd_config_step steps[STEPS_MAX];
};

/* Adds names. @return how many, 0: none or too many */
static size_t take_names(struct asked *asked, const json_t *list)
{
	size_t count = json_array_size(list);

	if (count == 0 || count > METHODS_MAX - asked->name_count)
		return 0;
	for (size_t i = 0; i < count; i++)
		asked->names[asked->name_count++] = json_string_value(json_array_get(list, i));
	return count;
}

/* @return 0, or -1: only the last step may go on for ever, all need methods */
static int take_plan(struct asked *asked, const json_t *plan)
{
	size_t count = json_array_size(plan);

	if (count == 0 || count > STEPS_MAX)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const json_t *row = json_array_get(plan, i);
		struct provd_config_step *step = &asked->steps[i];
		int64_t for_ms = json_integer_value(json_object_get(row, "for_ms"));

		step->methods = &asked->names[asked->name_count];
		step->method_count = take_names(asked, json_object_get(row, "methods"));
		if (!step->method_count || for_ms < 0 || for_ms > FOR_MAX_MS ||
		    (for_ms == 0 && i + 1 < count))
			return -1;
		step->for_ms = (uint64_t)for_ms;
	}
	asked->request.plan = asked->steps;
	asked->request.plan_count = count;
	return 0;
}

/* @return 0, or PROVD_E_INVALID: answered */
static int read_request(struct provd_control_call *call, const json_t *parameters,
			struct asked *asked)
{
	const json_t *methods = json_object_get(parameters, "methods");
	const json_t *plan = json_object_get(parameters, "plan");

	if (json_is_array(methods)) {
		asked->request.methods = asked->names;
		asked->request.method_count = take_names(asked, methods);
		if (!asked->request.method_count) {
			provd_control_invalid(call, "methods");
			return PROVD_E_INVALID;
		}
	}
	if (json_is_array(plan) && take_plan(asked, plan) != 0) {
		provd_control_invalid(call, "plan");
		return PROVD_E_INVALID;
	}
	return provd__read_deadline(call, parameters, &asked->request.deadline_ms);
}

void provd__handle_start(void *user, struct provd_control_call *call, const json_t *parameters,
			 int more)
{
	struct provd_daemon *daemon = user;
	struct provd_error err = {.size = sizeof(err)};
	struct asked asked = {0};
	uint64_t session = 0;
	int code;

	(void)more;
	if (read_request(call, parameters, &asked) ||
	    provd__comes_early(daemon, call, parameters, provd__handle_start) ||
	    provd__must_wait(daemon, call, parameters, provd__handle_start))
		return;
	code = provd_engine_start(daemon->engine, &asked.request, &session, &err);
	provd__answer_started(daemon, call, code, session, &err);
}

/* Those that wait */

/* The first start wins; the others learn that a session runs. */
static void run_waiting(void *user)
{
	struct provd_daemon *daemon = user;

	if (daemon->stopping)
		return;
	provd__wait_run(&daemon->take_overs);
	provd__wait_run(&daemon->starts);
}

void provd__starts_wake(struct provd_daemon *daemon)
{
	struct waiting_call *stop = provd__wait_take(&daemon->stops);

	for (; stop; stop = provd__wait_take(&daemon->stops)) {
		provd_control_reply(stop->call, NULL, 0);
		free(stop);
	}
	daemon->stop_asked = 0;
	if ((daemon->starts || daemon->take_overs) && !daemon->stopping)
		(void)provd_defer(daemon->owner, run_waiting, daemon);
}

void provd__starts_refuse(struct provd_daemon *daemon)
{
	provd__wait_refuse(&daemon->starts, "the daemon stops");
	provd__wait_refuse(&daemon->take_overs, "the daemon stops");
}

void provd__calls_finish(struct provd_daemon *daemon)
{
	provd__pending_drop(&daemon->pending);
}

/* Stop */

void provd__handle_stop(void *user, struct provd_control_call *call, const json_t *parameters,
			int more)
{
	struct provd_daemon *daemon = user;
	int code;

	(void)more;
	if (!provd_engine_session(daemon->engine) && provd_engine_offers_logs(daemon->engine)) {
		provd_engine_end_after(daemon->engine);
		provd_control_reply(call, NULL, 0);
		return;
	}
	/* Set first: the session may be over before the engine returns. */
	if (!provd_engine_is_releasing(daemon->engine))
		daemon->stop_asked = 1;
	code = provd_engine_stop(daemon->engine);
	if (code && !provd_engine_session(daemon->engine))
		daemon->stop_asked = 0;
	if (code && !daemon->stop_asked)
		provd_control_error(call, PROVD_INTERFACE ".NotRunning", NULL);
	else if (!daemon->stop_asked)
		provd_control_reply(call, NULL, 0);
	else
		provd__wait(&daemon->stops, daemon, call, parameters, provd__handle_stop);
}
