/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** How often the times of a running session are drawn anew. */
#define REDRAW_MS 100

enum watch_mode {
	WATCH_JSON,
	WATCH_LINES,
	WATCH_BLOCK
};

static enum watch_mode choose_mode(const struct provctl_options *options)
{
	const char *terminal = getenv("TERM");

	if (options->json)
		return WATCH_JSON;
	if (!isatty(STDOUT_FILENO) || !terminal || !strcmp(terminal, "dumb"))
		return WATCH_LINES;
	return WATCH_BLOCK;
}

static int wants_colour(void)
{
	const char *no_colour = getenv("NO_COLOR");

	return !no_colour || !*no_colour;
}

/** Shows one entry. */
static void show(struct provctl_view *view, enum watch_mode mode, const json_t *parameters)
{
	const json_t *entry = json_object_get(parameters, "entry");
	const json_int_t before = view->session;

	provctl_view_feed(view, entry);
	switch (mode) {
	case WATCH_JSON:
		provctl_print_json(parameters);
		return;
	case WATCH_LINES:
		if (view->session != before)
			printf("session %" JSON_INTEGER_FORMAT "\n", view->session);
		provctl_print_entry(stdout, entry, view->start_us);
		fflush(stdout);
		break;
	case WATCH_BLOCK:
		provctl_view_draw(view, stdout);
		break;
	}
	if (view->ended)
		provctl_view_summary(view, stdout);
	/* what comes after the summary is drawn below it */
	if (view->ended)
		view->lines = 0;
}

/** Takes messages until the session or the connection ends. @return an exit code */
static int follow(const struct provctl_options *options, struct provctl_client *client,
		  struct provctl_view *view, enum watch_mode mode)
{
	json_t *message;
	int running;
	int last;
	int got;

	for (;;) {
		running = mode == WATCH_BLOCK && view->session >= 0 && !view->ended;
		got = provctl_receive(client, running ? REDRAW_MS : -1, &message);
		if (got < 0)
			return EXIT_UNREACHABLE;
		if (!got) {
			provctl_view_draw(view, stdout);
			continue;
		}
		got = provctl_check(message);
		if (!got && json_object_get(json_object_get(message, "parameters"), "entry"))
			show(view, mode, json_object_get(message, "parameters"));
		last = !json_is_true(json_object_get(message, "continues"));
		json_decref(message);
		if (got)
			return got;
		if (view->ended && options->until_end)
			return view->bound ? EXIT_DONE : EXIT_NOT_BOUND;
		if (last)
			return options->until_end ? EXIT_UNREACHABLE : EXIT_DONE;
	}
}

int provctl_watch(const struct provctl_options *options)
{
	const enum watch_mode mode = choose_mode(options);
	struct provctl_client client;
	struct provctl_view view;
	int result;

	provctl_view_init(&view, wants_colour());
	result = provctl_connect(&client, options->socket);
	if (!result)
		result = provctl_send(&client, "Watch", NULL, 1);
	if (!result)
		result = follow(options, &client, &view, mode);
	provctl_disconnect(&client);
	return result;
}
