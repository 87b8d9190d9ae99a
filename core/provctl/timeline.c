/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"
#include "provctl.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/** Prints seconds in a column of ten. */
static void seconds(json_int_t us)
{
	printf("%4" JSON_INTEGER_FORMAT ".%03d s ", us / 1000000, (int)(us / 1000 % 1000));
}

static void print_table(const json_t *timeline)
{
	const json_t *entries = json_object_get(timeline, "entries");
	const json_int_t start = provctl_int(json_array_get(entries, 0), "t_us");
	const json_t *entry;
	const json_t *next;
	char state[32];
	size_t i;

	printf("session %" JSON_INTEGER_FORMAT "\n", provctl_int(timeline, "session"));
	puts("    OFFSET   DURATION  STATE        EVENT");
	json_array_foreach(entries, i, entry)
	{
		next = json_array_get(entries, i + 1);
		printf("  ");
		seconds(provctl_int(entry, "t_us") - start);
		printf(" ");
		if (next)
			seconds(provctl_int(next, "t_us") - provctl_int(entry, "t_us"));
		else
			printf("         - ");
		(void)provctl_escape(provctl_text(entry, "state"), state, sizeof(state));
		printf(" %-11s  ", state);
		provctl_put(stdout, provctl_text(entry, "event"));
		provctl_print_detail(stdout, json_object_get(entry, "detail"));
		putchar('\n');
	}
}

static int write_svg(const char *path, const struct picture *picture)
{
	const int is_stdout = !strcmp(path, "-");
	FILE *out = is_stdout ? stdout : fopen(path, "we");
	int failed;

	failed = !out || provctl_picture_svg(out, picture);
	if (out && !is_stdout)
		failed |= fclose(out) != 0;
	/* main tells when the standard output fails */
	if (!failed || is_stdout)
		return EXIT_DONE;
	return provctl_file_failed("write the picture", path, errno);
}

/** @return an exit code */
static int draw(const struct provctl_options *options, const json_t *timeline)
{
	struct picture picture;
	int result = EXIT_DONE;

	if (provctl_picture_init(timeline, &picture)) {
		provctl_say("out of memory");
		return EXIT_REFUSED;
	}
	if (options->svg)
		result = write_svg(options->svg, &picture);
	else
		provctl_picture_text(stdout, &picture, provctl_columns(stdout), provctl_is_utf8(),
				     isatty(STDOUT_FILENO) && provctl_wants_colour());
	provctl_picture_finish(&picture);
	return result;
}

static const char *yes_no(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key)) ? "yes" : "no";
}

/** Prints type SessionRecord. */
static int list_sessions(const struct provctl_options *options)
{
	const json_t *session;
	json_t *reply;
	char number[32];
	size_t i;
	int result = provctl_call(options, "Sessions", NULL, &reply);

	if (result)
		return result;
	if (!options->json)
		puts("SESSION  WHEN (UTC)           ENDED     METHOD        ENTRIES  TOLD  TAKEN  "
		     "LAST FAILURE");
	json_array_foreach(json_object_get(reply, "sessions"), i, session)
	{
		if (options->json)
			break;
		(void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			       provctl_int(session, "session"));
		provctl_cell(number, 9);
		provctl_put_time(session, 21);
		provctl_cell(provctl_text(session, "state"), 10);
		provctl_cell(provctl_text(session, "method"), 14);
		printf("%7" JSON_INTEGER_FORMAT "  ", provctl_int(session, "entries"));
		provctl_cell(yes_no(session, "told"), 6);
		provctl_cell(yes_no(session, "delivered"), 7);
		provctl_put(stdout, provctl_text(session, "reason"));
		putchar('\n');
	}
	json_decref(reply);
	return EXIT_DONE;
}

int provctl_timeline(const struct provctl_options *options)
{
	json_t *parameters;
	json_t *reply;
	int result;

	if ((options->svg != NULL) + options->text + options->list > 1)
		return provctl_usage("--svg, --text and --list exclude each other", "");
	if (options->json && (options->svg || options->text))
		return provctl_usage("--json excludes --svg and --text", "");
	if (options->list && options->session >= 0)
		return provctl_usage("--list shows all sessions, not one: leave out --session", "");
	if (options->list)
		return list_sessions(options);
	parameters = json_object();
	if (options->session >= 0)
		json_object_set_new(parameters, "session", json_integer(options->session));
	result = provctl_call(options, "Timeline", parameters, &reply);
	if (result)
		return result;
	if (options->svg || options->text)
		result = draw(options, reply);
	else if (!options->json)
		print_table(reply);
	json_decref(reply);
	return result;
}
