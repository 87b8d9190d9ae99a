/* SPDX-License-Identifier: Apache-2.0 */
#include "client_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int provd__client_fail(struct provd_error *err, int code, int sys_errno, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	err->code = code;
	err->sys_errno = sys_errno;
	va_start(args, format);
	/* a text that is too long is cut, which is fine for words */
	(void)vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return code;
}

/** An error of the interface: its code, and its sentence with one parameter behind it. */
struct known_error {
	const char *name;
	int status;
	const char *text;
	const char *parameter; /**< a text, shown behind the sentence; NULL none */
};

static const struct known_error known_errors[] = {
	{PROVD_CLIENT_INTERFACE ".AlreadyRunning", PROVD_E_BUSY, "a session is running already",
	 NULL},
	{PROVD_CLIENT_INTERFACE ".NotRunning", PROVD_E_STATE, "no session is running", NULL},
	{PROVD_CLIENT_INTERFACE ".UnknownMethod", PROVD_E_NOT_FOUND,
	 "this method is not configured", "method"},
	{PROVD_CLIENT_INTERFACE ".UnknownSession", PROVD_E_NOT_FOUND, "this session is not known",
	 NULL},
	{PROVD_CLIENT_INTERFACE ".UnknownNetwork", PROVD_E_NOT_FOUND, "this network is not saved",
	 NULL},
	{PROVD_CLIENT_INTERFACE ".PresenceRequired", PROVD_E_STATE,
	 "the button has to be pressed first", NULL},
	{PROVD_CLIENT_INTERFACE ".NotSaved", PROVD_E_IO, "the change could not be saved", "reason"},
	{PROVD_CLIENT_INTERFACE ".UnknownFormat", PROVD_E_NOT_FOUND,
	 "no loaded method knows this format", "format"},
	{PROVD_CLIENT_INTERFACE ".BadData", PROVD_E_CORRUPT, "the data is not of this format",
	 "reason"},
	{PROVD_CLIENT_INTERFACE ".BadConfig", PROVD_E_CONFIG, "the new configuration has faults",
	 NULL},
	{PROVD_CLIENT_INTERFACE ".NeedsRestart", PROVD_E_STATE,
	 "these changes take effect when the daemon starts anew; nothing was changed", NULL},
	{PROVD_CLIENT_INTERFACE ".Unavailable", PROVD_E_STATE, "not available", "reason"},
	{PROVD_CLIENT_INTERFACE ".PermissionDenied", PROVD_E_ACCESS, "permission denied", "method"},
	{"org.varlink.service.MethodNotFound", PROVD_E_NOT_SUPPORTED,
	 "this daemon does not know the method", "method"},
	{"org.varlink.service.InterfaceNotFound", PROVD_E_NOT_SUPPORTED,
	 "this is not the daemon's socket", NULL},
	{"org.varlink.service.MethodNotImplemented", PROVD_E_NOT_SUPPORTED,
	 "this daemon does not offer the method", "method"},
	{"org.varlink.service.InvalidParameter", PROVD_E_INVALID,
	 "the daemon does not accept the value of a parameter", "parameter"},
	{"org.varlink.service.ExpectedMore", PROVD_E_INVALID,
	 "the daemon only answers this call with several replies", NULL},
	{"org.varlink.service.PermissionDenied", PROVD_E_ACCESS, "permission denied", NULL},
};

/** @return a PROVD_E_* code by its name, e.g. "NO_SPACE", or `fallback` */
static int code_of(const char *name, int fallback)
{
	const int code = provd_err_by_name(name);

	return code < 0 ? code : fallback;
}

/** Code and sentence of a daemon's error. */
static void explain(struct answer *answer, const struct message *message)
{
	const struct known_error *known = NULL;
	const char *more;
	size_t i;

	for (i = 0; i < sizeof(known_errors) / sizeof(known_errors[0]); i++) {
		if (!strcmp(known_errors[i].name, message->error))
			known = &known_errors[i];
	}
	if (!known) {
		answer->reply.status = PROVD_E_INTERNAL;
		(void)snprintf(answer->text, sizeof(answer->text), "the daemon says %s",
			       message->error);
		return;
	}
	more = known->parameter ? provd__client_text(message->parameters, known->parameter) : "";
	answer->reply.status =
		code_of(provd__client_text(message->parameters, "code"), known->status);
	(void)snprintf(answer->text, sizeof(answer->text), "%s%s%s", known->text, *more ? ": " : "",
		       more);
}

/** An answer without anything in it. */
static void answer_init(struct answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->reply.size = sizeof(answer->reply);
	answer->reply.parameters = "{}";
	answer->reply.text = answer->text;
}

void provd__client_answer_message(struct answer *answer, const struct message *message)
{
	const struct provd_error no_memory = {.code = PROVD_E_NOMEM, .text = "out of memory"};

	answer_init(answer);
	answer->reply.continues = message->continues && !message->error;
	if (message->parameters) {
		answer->parameters = json_dumps(message->parameters, JSON_COMPACT);
		if (!answer->parameters) {
			provd__client_answer_failure(answer, &no_memory);
			return;
		}
		answer->reply.parameters = answer->parameters;
	}
	answer->reply.error = message->error;
	if (message->error)
		explain(answer, message);
}

void provd__client_answer_failure(struct answer *answer, const struct provd_error *err)
{
	answer_init(answer);
	answer->reply.status = err->code;
	memcpy(answer->text, err->text, sizeof(answer->text));
}

void provd__client_answer_finish(struct answer *answer)
{
	if (answer->parameters)
		provd__client_wipe_free(answer->parameters, strlen(answer->parameters));
	answer->parameters = NULL;
}

struct provd_client_reply *provd__client_answer_copy(const struct answer *answer)
{
	const char *const texts[] = {answer->reply.parameters, answer->reply.text,
				     answer->reply.error};
	struct provd_client_reply *reply;
	const char *copies[3] = {NULL, NULL, NULL};
	size_t size = sizeof(*reply);
	size_t len;
	char *at;
	size_t i;

	for (i = 0; i < 3; i++)
		size += texts[i] ? strlen(texts[i]) + 1 : 0;
	reply = malloc(size);
	if (!reply)
		return NULL;
	*reply = answer->reply;
	at = (char *)(reply + 1);
	for (i = 0; i < 3 && texts[i]; i++) {
		len = strlen(texts[i]) + 1;
		copies[i] = memcpy(at, texts[i], len);
		at += len;
	}
	reply->parameters = copies[0];
	reply->text = copies[1];
	reply->error = copies[2];
	return reply;
}

PROVD_CLIENT_EXPORT void provd_client_reply_free(struct provd_client_reply *reply)
{
	if (reply)
		explicit_bzero(reply + 1, strlen(reply->parameters));
	free(reply);
}
