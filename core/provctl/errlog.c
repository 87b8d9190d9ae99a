/* SPDX-License-Identifier: Apache-2.0 */
/* The failures in the journal. */
#include "errlog.h"

#include <stdlib.h>
#include <string.h>

/** How an app numbers it: "2/5", "-" when it does not. */
static void put_pair(const json_t *failure, int width)
{
	char pair[64] = "-";

	if (provctl_int(failure, "app_id"))
		(void)snprintf(pair, sizeof(pair), "%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT,
			       provctl_int(failure, "app_id"), provctl_int(failure, "app_sub"));
	provctl_cell(pair, width);
}

/** What has become of it. */
static const char *fate_of(const json_t *failure)
{
	if (json_is_true(json_object_get(failure, "delivered")))
		return "delivered";
	return json_is_true(json_object_get(failure, "told")) ? "told" : "waiting";
}

static const char *sentence_of(const json_t *failure)
{
	const char *text = provctl_text(failure, "text");
	const char *known = provctl_reason(provctl_text(failure, "code"));

	return *text || !known ? text : known;
}

static void put_session(const json_t *failure, int width)
{
	char number[32] = "imported";

	if (!json_is_true(json_object_get(failure, "imported")))
		(void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			       provctl_int(failure, "session"));
	provctl_cell(number, width);
}

static void print_row(const json_t *failure)
{
	const char *advice = provctl_advice(failure, "code");

	provctl_put_time(failure, 21);
	put_session(failure, 10);
	provctl_cell(provctl_text(failure, "state"), 13);
	provctl_cell(provctl_text(failure, "code"), 20);
	put_pair(failure, 7);
	provctl_cell(fate_of(failure), 11);
	provctl_put(stdout, sentence_of(failure));
	putchar('\n');
	if (!*advice)
		return;
	fputs("    advice: ", stdout);
	provctl_put(stdout, advice);
	putchar('\n');
}

int provctl_errlog_ask(const struct provctl_options *options, json_t **out_reply)
{
	json_t *parameters = json_object();

	if (options->session >= 0)
		json_object_set_new(parameters, "session", json_integer(options->session));
	if (options->undelivered)
		json_object_set_new(parameters, "undelivered", json_true());
	return provctl_call(options, "Errors", parameters, out_reply);
}

static int show(const struct provctl_options *options)
{
	const json_t *failures;
	const json_t *failure;
	json_t *reply;
	size_t i;
	int result = provctl_errlog_ask(options, &reply);

	if (result)
		return result;
	failures = json_object_get(reply, "failures");
	if (!options->json && !json_array_size(failures))
		puts("no failures");
	else if (!options->json)
		puts("WHEN (UTC)           SESSION   DURING       CODE                APP    FATE  "
		     "     SENTENCE");
	json_array_foreach(failures, i, failure)
	{
		if (options->json)
			break;
		print_row(failure);
	}
	json_decref(reply);
	return EXIT_DONE;
}

/** What follows the failures. */
struct following {
	int json;
	int is_over;
	int result;
};

/** Prints one line. */
static void print_line(const json_t *failure)
{
	const char *advice = provctl_advice(failure, "code");

	provctl_put_time(failure, 0);
	if (json_is_true(json_object_get(failure, "imported")))
		fputs(" imported", stdout);
	else
		printf(" session %" JSON_INTEGER_FORMAT, provctl_int(failure, "session"));
	if (*provctl_text(failure, "state"))
		putchar(' ');
	provctl_put(stdout, provctl_text(failure, "state"));
	fputs(": ", stdout);
	provctl_put(stdout, provctl_text(failure, "code"));
	fputs(": ", stdout);
	provctl_put(stdout, sentence_of(failure));
	fputs(*advice ? "; advice: " : "", stdout);
	provctl_put(stdout, advice);
	printf(" (%s)\n", fate_of(failure));
}

static void on_failure(void *user, const struct provd_client_reply *reply)
{
	struct following *following = user;
	json_t *json;

	if (following->is_over)
		return;
	if (reply->status) {
		following->is_over = 1;
		following->result = provctl_complain(reply);
		return;
	}
	json = json_loads(reply->parameters, 0, NULL);
	if (!provctl_understands(json, "WatchErrors")) {
		following->is_over = 1;
		following->result = provctl_not_understood();
	} else if (following->json) {
		puts(reply->parameters);
	} else {
		print_line(json_object_get(json, "failure"));
	}
	json_decref(json);
	if (following->is_over)
		return;
	/* the second: nobody would see what follows; main says why */
	following->is_over = !reply->continues || provctl_flush();
}

static int follow(const struct provctl_options *options)
{
	struct following following = {.json = options->json, .result = EXIT_DONE};
	struct provd_error err = {.size = sizeof(err)};
	struct provd_client *client = NULL;
	int result = provctl_open(options, &client);

	if (result)
		return result;
	if (provd_client_call_async(client, "WatchErrors", NULL, 1, on_failure, &following, NULL,
				    &err)) {
		provctl_say(err.text);
		following.is_over = 1;
		following.result = EXIT_UNREACHABLE;
	}
	while (!following.is_over && provd_client_wait(client, -1) != PROVD_E_IO)
		following.is_over |= ferror(stdout);
	following.is_over = 1;
	provd_client_destroy(client);
	return following.result;
}

static int clear(const struct provctl_options *options)
{
	json_t *reply;
	int answer = options->yes ? 1
				  : provctl_confirm("Count all failures as delivered, so that no "
						    "app gets them any more?");
	int result;

	if (answer < 0)
		return provctl_usage("without a terminal to ask on, errlog clear needs --yes", "");
	if (!answer) {
		provctl_say("nothing was cleared");
		return EXIT_REFUSED;
	}
	result = provctl_call(options, "ClearErrors", NULL, &reply);
	if (result)
		return result;
	if (!options->json)
		provctl_put_count(reply, "cleared");
	json_decref(reply);
	return EXIT_DONE;
}

int provctl_errlog(const struct provctl_options *options)
{
	enum {
		TAKES_WHICH = 1,
		TAKES_FORMAT = 2,
		TAKES_OUTPUT = 4,
		TAKES_YES = 8
	};
	static const struct {
		const char *name;
		unsigned takes;
		size_t words;
		int (*run)(const struct provctl_options *options);
	} parts[] = {
		{"show", TAKES_WHICH, 1, show},
		{"follow", 0, 1, follow},
		{"export", TAKES_WHICH | TAKES_FORMAT | TAKES_OUTPUT, 1, provctl_errlog_export},
		{"import", TAKES_FORMAT, 2, provctl_errlog_import},
		{"clear", TAKES_YES, 1, clear},
	};
	const char *name = options->arg_count ? options->args[0] : "show";
	const size_t words = options->arg_count ? options->arg_count : 1;
	const unsigned given = (options->session >= 0 || options->undelivered ? TAKES_WHICH : 0) |
			       (options->format ? TAKES_FORMAT : 0) |
			       (options->output ? TAKES_OUTPUT : 0) |
			       (options->yes ? TAKES_YES : 0);
	size_t i = 0;

	while (i < sizeof(parts) / sizeof(parts[0]) && strcmp(parts[i].name, name) != 0)
		i++;
	if (i == sizeof(parts) / sizeof(parts[0]))
		return provctl_usage("show, follow, export, import or clear was expected, not ",
				     name);
	if (given & ~parts[i].takes)
		return provctl_usage("an option is not for errlog ", name);
	if (words > parts[i].words)
		return provctl_usage("this word is too much: ", options->args[parts[i].words]);
	if (words < parts[i].words)
		return provctl_usage("a file is missing after ", name);
	return parts[i].run(options);
}
