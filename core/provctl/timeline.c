/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl.h"

#include <errno.h>
#include <string.h>

/** Prints seconds in a column of ten. */
static void seconds(json_int_t us)
{
	printf("%4" JSON_INTEGER_FORMAT ".%03d s ", us / 1000000, (int)(us / 1000 % 1000));
}

static void print_table(json_int_t session, const json_t *entries)
{
	const json_int_t start = provctl_int(json_array_get(entries, 0), "t_us");
	const json_t *entry;
	const json_t *next;
	char state[32];
	size_t i;

	printf("session %" JSON_INTEGER_FORMAT "\n", session);
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

static int write_svg(const char *path, json_int_t session, const json_t *entries)
{
	const int is_stdout = !strcmp(path, "-");
	FILE *out = is_stdout ? stdout : fopen(path, "we");
	int failed;

	failed = !out || provctl_draw_svg(out, session, entries);
	if (out && !is_stdout)
		failed |= fclose(out) != 0;
	/* main tells when the standard output fails */
	if (!failed || is_stdout)
		return EXIT_DONE;
	fprintf(stderr, "provctl: cannot write the picture: %s: %s\n", path,
		strerrordesc_np(errno));
	return EXIT_REFUSED;
}

int provctl_timeline(const struct provctl_options *options)
{
	json_t *parameters = json_object();
	const json_t *entries;
	json_int_t session;
	json_t *reply;
	int result;

	if (options->session >= 0)
		json_object_set_new(parameters, "session", json_integer(options->session));
	result = provctl_call(options, "Timeline", parameters, &reply);
	if (result)
		return result;
	session = provctl_int(reply, "session");
	entries = json_object_get(reply, "entries");
	if (options->svg)
		result = write_svg(options->svg, session, entries);
	else if (!options->json)
		print_table(session, entries);
	json_decref(reply);
	return result;
}
