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
static int follow(struct provctl_client *client, struct provctl_view *view, enum watch_mode mode,
		  int until_end)
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
		if (view->ended && until_end)
			return view->bound ? EXIT_DONE : EXIT_NOT_BOUND;
		if (last)
			return until_end ? EXIT_UNREACHABLE : EXIT_DONE;
	}
}

/** Says so when there is nothing to watch yet: waiting must not look like hanging. */
static int say_if_idle(struct provctl_client *client)
{
	json_t *reply;
	const char *state;
	int result = provctl_ask(client, "Status", NULL, &reply);

	if (result)
		return result;
	state = provctl_text(json_object_get(reply, "parameters"), "state");
	if (!strcmp(state, "idle") || provctl_state_is_final(state))
		fputs("provctl: no session is running; waiting for one\n", stderr);
	json_decref(reply);
	return EXIT_DONE;
}

int provctl_watch_session(const struct provctl_options *options, struct provctl_client *client,
			  json_int_t session)
{
	struct provctl_view view;
	int result = provctl_send(client, "Watch", json_pack("{s:I}", "session", session), 1);

	provctl_view_init(&view, wants_colour());
	return result ? result : follow(client, &view, choose_mode(options), 1);
}

int provctl_watch(const struct provctl_options *options)
{
	struct provctl_client client;
	struct provctl_view view;
	int result;

	provctl_view_init(&view, wants_colour());
	result = provctl_connect(&client, options->socket);
	if (!result && options->session >= 0) {
		result = provctl_watch_session(options, &client, options->session);
		goto out;
	}
	if (!result && options->until_end)
		result = say_if_idle(&client);
	if (!result)
		result = provctl_send(&client, "Watch", NULL, 1);
	if (!result)
		result = follow(&client, &view, choose_mode(options), options->until_end);
out:
	provctl_disconnect(&client);
	return result;
}
