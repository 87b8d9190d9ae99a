/* SPDX-License-Identifier: Apache-2.0 */
/* Calls over libprovd, and what their failures look like. */
#include "provctl.h"

#include <stdlib.h>
#include <string.h>

#define INTERFACE "io.provd.Provisioning."

void provctl_say(const char *text)
{
	fputs("provctl: ", stderr);
	provctl_put(stderr, text);
	fputc('\n', stderr);
}

int provctl_open(const struct provctl_options *options, struct provd_client **out_client)
{
	struct provd_error err = {.size = sizeof(err)};

	if (!provd_client_create(options->socket, out_client, &err))
		return EXIT_DONE;
	provctl_say(err.text);
	return EXIT_UNREACHABLE;
}

/** Prints a list of texts, a line each. */
static void print_list(const json_t *list)
{
	const json_t *text;
	size_t i;

	json_array_foreach(list, i, text)
	{
		fputs("\n  ", stderr);
		provctl_put(stderr, json_string_value(text) ? json_string_value(text) : "?");
	}
}

/** Prints the sentence for a known error of the interface. @return 1 when it is one */
static int explain(const char *name, const json_t *parameters)
{
	static const struct {
		const char *name;
		const char *text;
	} errors[] = {
		{"NotRunning", "no session is running"},
		{"UnknownMethod", "this method is not configured (see 'provctl status'): "},
		{"UnknownNetwork", "this network is not saved (see 'provctl networks')"},
		{"PresenceRequired",
		 "somebody has to be there: press the device's button, or 'provctl press'"},
		{"NotSaved", "the change could not be saved, the old state stays: "},
		{"BadConfig", "the new configuration has faults, the old one stays:"},
		{"NeedsRestart",
		 "these options only change when the daemon starts anew; nothing was changed:"},
		{"Unavailable", "not available: "},
		{"PermissionDenied",
		 "permission denied: only root, the daemon's user and its control group may "},
	};
	size_t i = 0;

	while (i < sizeof(errors) / sizeof(errors[0]) && strcmp(errors[i].name, name) != 0)
		i++;
	if (i < sizeof(errors) / sizeof(errors[0]))
		fputs(errors[i].text, stderr);
	else if (!strcmp(name, "AlreadyRunning"))
		fprintf(stderr,
			"session %" JSON_INTEGER_FORMAT " is running already; end it with "
			"'provctl stop'",
			provctl_int(parameters, "session"));
	else if (!strcmp(name, "UnknownSession") && !provctl_int(parameters, "session"))
		fputs("there was no session yet", stderr);
	else if (!strcmp(name, "UnknownSession"))
		fprintf(stderr, "session %" JSON_INTEGER_FORMAT " is not known",
			provctl_int(parameters, "session"));
	else
		return 0;
	provctl_put(stderr, provctl_text(parameters, "method"));
	provctl_put(stderr, provctl_text(parameters, "reason"));
	print_list(json_object_get(parameters, "faults"));
	print_list(json_object_get(parameters, "options"));
	return 1;
}

int provctl_complain(const struct provd_client_reply *reply)
{
	json_t *parameters;

	if (!reply->error) {
		provctl_say(reply->text);
		return EXIT_UNREACHABLE;
	}
	parameters = json_loads(reply->parameters, 0, NULL);
	fputs("provctl: ", stderr);
	if (strncmp(reply->error, INTERFACE, strlen(INTERFACE)) != 0 ||
	    !explain(reply->error + strlen(INTERFACE), parameters)) {
		provctl_put(stderr, reply->error);
		fputc(' ', stderr);
		provctl_put(stderr, reply->parameters);
	}
	fputc('\n', stderr);
	json_decref(parameters);
	return EXIT_REFUSED;
}

int provctl_ask(struct provd_client *client, const char *method, json_t *parameters,
		json_t **out_reply)
{
	struct provd_client_reply *reply = NULL;
	char *text = parameters ? json_dumps(parameters, JSON_COMPACT) : NULL;
	int result = EXIT_DONE;

	if (parameters && !text) {
		provctl_say("the call cannot be made");
		result = EXIT_REFUSED;
		goto out;
	}
	if (provd_client_call(client, method, text, &reply))
		result = reply ? provctl_complain(reply) : EXIT_REFUSED;
	if (!result)
		*out_reply = json_loads(reply->parameters, 0, NULL);
out:
	provd_client_reply_free(reply);
	free(text);
	json_decref(parameters);
	return result;
}

int provctl_call(const struct provctl_options *options, const char *method, json_t *parameters,
		 json_t **out_reply)
{
	struct provd_client *client = NULL;
	int result = provctl_open(options, &client);

	if (result)
		json_decref(parameters);
	else
		result = provctl_ask(client, method, parameters, out_reply);
	if (!result && options->json)
		provctl_print_json(*out_reply);
	provd_client_destroy(client);
	return result;
}

int provctl_do(const struct provctl_options *options, const char *method, json_t *parameters,
	       const char *text)
{
	json_t *reply;
	int result = provctl_call(options, method, parameters, &reply);

	if (result)
		return result;
	if (!options->json)
		puts(text);
	json_decref(reply);
	return EXIT_DONE;
}

/** What an asynchronous call left behind. */
struct session_answer {
	int is_there;
	int result;
	json_int_t session;
};

static void on_session(void *user, const struct provd_client_reply *reply)
{
	struct session_answer *answer = user;

	answer->is_there = 1;
	answer->session = (json_int_t)provd_client_reply_session(reply);
	answer->result = reply->status ? provctl_complain(reply) : EXIT_DONE;
}

int provctl_provide_ask(struct provd_client *client,
			const struct provd_client_credentials *credentials, json_int_t *out_session)
{
	struct provd_error err = {.size = sizeof(err)};
	struct session_answer answer = {0};
	int status =
		provd_client_provide_async(client, credentials, on_session, &answer, NULL, &err);

	if (status) {
		provctl_say(err.text);
		return status == PROVD_E_INVALID || status == PROVD_E_NOMEM ? EXIT_REFUSED
									    : EXIT_UNREACHABLE;
	}
	do {
		status = provd_client_wait(client, -1);
	} while (!answer.is_there && status != PROVD_E_IO);
	*out_session = answer.session;
	return answer.is_there ? answer.result : EXIT_UNREACHABLE;
}
