/* SPDX-License-Identifier: Apache-2.0 */
/* Watches: entries as structures, and connections that are made again. */
#include "client_internal.h"

#include <stdlib.h>
#include <string.h>

static int is_final(const char *state)
{
	return !strcmp(state, "bound") || !strcmp(state, "failed") || !strcmp(state, "stopped");
}

/** Tells an entry. @return 0 or PROVD_E_NOMEM */
static int tell(struct call *call, const json_t *json)
{
	const json_t *detail = json_object_get(json, "detail");
	char *text = json_dumps(json, JSON_COMPACT);
	struct provd_client_entry entry = {
		.size = sizeof(entry),
		.session = provd__client_number(json, "session"),
		.t_us = provd__client_number(json, "t_us"),
		.state = provd__client_text(json, "state"),
		.event = provd__client_text(json, "event"),
		.method = provd__client_text(detail, "method"),
		.reason = provd__client_text(detail, "reason"),
		.text = provd__client_text(detail, "text"),
		.json = text,
	};

	if (!text)
		return PROVD_E_NOMEM;
	entry.is_final = (uint32_t)is_final(entry.state);
	if (!call->is_again || !call->last_us || entry.t_us > call->last_us) {
		call->last_us = entry.t_us;
		call->is_again = 0;
		call->watch.on_entry(call->watch.user, &entry);
	}
	free(text);
	return 0;
}

/** An error that goes away by itself: with `retry_ms` it is no end. */
static int is_passing(const struct message *message)
{
	return !strcmp(message->error, PROVD_CLIENT_INTERFACE ".Unavailable");
}

int provd__client_watch_message(struct provd_client *client, struct call *call,
				const struct message *message)
{
	const json_t *entry = json_object_get(message->parameters, "entry");
	struct provd_error err = {.size = sizeof(err)};
	struct answer answer;

	if (message->error && call->watch.retry_ms && is_passing(message)) {
		provd__client_watch_lost(client, call, &err);
		return 1;
	}
	if (entry && tell(call, entry)) {
		provd__client_fail(&err, PROVD_E_NOMEM, 0, "out of memory");
		provd__client_end_failed(client, call, &err);
		return 0;
	}
	if (message->continues && !message->error)
		return 1;
	/* canceled by the callback: what comes last says that */
	if (call->is_canceled)
		return 1;
	provd__client_answer_message(&answer, message);
	provd__client_end(client, call, &answer.reply);
	provd__client_answer_finish(&answer);
	return 0;
}

void provd__client_watch_lost(struct provd_client *client, struct call *call,
			      const struct provd_error *err)
{
	const int was_up = !call->retry_at_ms;

	if (!call->watch.retry_ms) {
		provd__client_end_failed(client, call, err);
		return;
	}
	provd__client_conn_close(&call->conn);
	call->retry_at_ms = provd__client_now_ms() + call->watch.retry_ms;
	call->is_again = 1;
	if (was_up && call->watch.on_link)
		call->watch.on_link(call->watch.user, 0);
}

/** Connects and asks. @return 0 or a code with words */
static int connect_watch(struct provd_client *client, struct call *call, struct provd_error *err)
{
	json_t *parameters = NULL;
	char *bytes;
	size_t len;
	int status;

	if (call->watch.session) {
		parameters = json_pack("{s:I}", "session", (json_int_t)call->watch.session);
		if (!parameters)
			return provd__client_fail(err, PROVD_E_NOMEM, 0, "out of memory");
	}
	status = provd__client_encode("Watch", parameters, 1, &bytes, &len);
	if (status)
		return provd__client_fail(err, status, 0, "%s", provd_err_text(status));
	return provd__client_connect(client, call, bytes, len, err);
}

void provd__client_watch_retry(struct provd_client *client, struct call *call)
{
	if (connect_watch(client, call, NULL)) {
		call->retry_at_ms = provd__client_now_ms() + call->watch.retry_ms;
		return;
	}
	call->retry_at_ms = 0;
	if (call->watch.on_link)
		call->watch.on_link(call->watch.user, 1);
}

PROVD_CLIENT_EXPORT int provd_client_watch_async(struct provd_client *client,
						 const struct provd_client_watch *watch,
						 uint64_t *out_call, struct provd_error *err)
{
	struct call *call;
	int status;

	/* a number means another session once the daemon has started anew */
	if (watch->size < sizeof(*watch) || !watch->on_entry || !watch->on_end ||
	    watch->session > INT64_MAX || (watch->session && watch->retry_ms))
		return provd__client_fail(err, PROVD_E_INVALID, 0, "this cannot be watched");
	if (client->is_destroying)
		return provd__client_fail(err, PROVD_E_STATE, 0, "the client is being closed");
	call = calloc(1, sizeof(*call));
	if (!call)
		return provd__client_fail(err, PROVD_E_NOMEM, 0, "out of memory");
	call->id = ++client->last_id;
	call->is_watch = 1;
	call->more = 1;
	call->watch = *watch;
	call->on_reply = watch->on_end;
	call->user = watch->user;
	status = connect_watch(client, call, err);
	if (status && !watch->retry_ms) {
		free(call);
		return status;
	}
	if (status)
		call->retry_at_ms = provd__client_now_ms() + watch->retry_ms;
	provd__client_add(client, call);
	if (out_call)
		*out_call = call->id;
	return 0;
}
