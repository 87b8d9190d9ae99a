/* SPDX-License-Identifier: Apache-2.0 */
/* Calls over libprovd, and what their failures look like. */
#include "provctl.h"

#include <stdlib.h>
#include <string.h>

#define INTERFACE "io.provd.Provisioning."
#define SERVICE	  "org.varlink.service."

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

/** Prints the sentence for an error of the varlink service itself. @return 1 when it is one */
static int explain_service(const char *error, const json_t *parameters)
{
	static const struct {
		const char *name;
		const char *text;
		const char *parameter; /**< shown in quotes behind it */
		const char *without;   /**< shown when it is missing */
	} errors[] = {
		{"InvalidParameter", "the daemon does not accept the value of ", "parameter",
		 "a parameter"},
		{"MethodNotFound", "this daemon does not know the method ", "method",
		 "that was called"},
		{"MethodNotImplemented", "this daemon does not offer the method ", "method",
		 "that was called"},
		{"InterfaceNotFound",
		 "this is not the daemon's socket: it does not know the interface ", "interface",
		 "of provd"},
		{"ExpectedMore", "the daemon only answers this call with several replies", "", ""},
		{"PermissionDenied", "permission denied", "", ""},
	};
	const char *name;
	size_t i = 0;

	if (strncmp(error, SERVICE, strlen(SERVICE)) != 0)
		return 0;
	while (i < sizeof(errors) / sizeof(errors[0]) &&
	       strcmp(errors[i].name, error + strlen(SERVICE)) != 0)
		i++;
	if (i == sizeof(errors) / sizeof(errors[0]))
		return 0;
	fputs(errors[i].text, stderr);
	name = provctl_text(parameters, errors[i].parameter);
	fputs(*name ? "'" : errors[i].without, stderr);
	provctl_put(stderr, name);
	fputs(*name ? "'" : "", stderr);
	return 1;
}

/** Prints the sentence for a known error of the interface. @return 1 when it is one */
static int explain(const char *error, const json_t *parameters)
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
		{"BadData", "the data is not of this format: "},
		{"NotSaved", "the change could not be saved, the old state stays: "},
		{"BadConfig", "the new configuration has faults, the old one stays:"},
		{"NeedsRestart",
		 "these options only change when the daemon starts anew; nothing was changed:"},
		{"Unavailable", "not available: "},
		{"PermissionDenied",
		 "permission denied: only root, the daemon's user and its control group may "},
	};
	const char *name = error + strlen(INTERFACE);
	size_t i = 0;

	if (strncmp(error, INTERFACE, strlen(INTERFACE)) != 0)
		return 0;
	while (i < sizeof(errors) / sizeof(errors[0]) && strcmp(errors[i].name, name) != 0)
		i++;
	if (i < sizeof(errors) / sizeof(errors[0]))
		fputs(errors[i].text, stderr);
	else if (!strcmp(name, "AlreadyRunning"))
		fprintf(stderr,
			"session %" JSON_INTEGER_FORMAT " is running already; end it with "
			"'provctl stop'",
			provctl_int(parameters, "session"));
	else if (!strcmp(name, "UnknownFormat"))
		fputs(json_array_size(json_object_get(parameters, "formats"))
			      ? "no method that is loaded has a format of this name; there are:"
			      : "no method that is loaded has a format of its own; configure one "
				"that has (see provd --print-options)",
		      stderr);
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
	print_list(json_object_get(parameters, "formats"));
	return 1;
}

int provctl_not_understood(void)
{
	provctl_say("the daemon's answer is not understood");
	return EXIT_UNREACHABLE;
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
	if (!explain(reply->error, parameters) && !explain_service(reply->error, parameters)) {
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
	json_t *json;

	if (parameters && !text) {
		provctl_say("the call cannot be made");
		result = EXIT_REFUSED;
		goto out;
	}
	if (provd_client_call(client, method, text, &reply))
		result = reply ? provctl_complain(reply) : EXIT_REFUSED;
	if (result)
		goto out;
	json = json_loads(reply->parameters, 0, NULL);
	if (provctl_understands(json, method)) {
		*out_reply = json;
	} else {
		json_decref(json);
		result = provctl_not_understood();
	}
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
	if (answer.is_there && !answer.result && !answer.session)
		return provctl_not_understood();
	*out_session = answer.session;
	return answer.is_there ? answer.result : EXIT_UNREACHABLE;
}
