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

/** One watch. */
struct watching {
	struct provctl_view view;
	enum watch_mode mode;
	int until_end;
	json_int_t skip; /**< sessions up to this number are over: not shown */
	int is_over;
	int result;
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

/** Ends the watch with this exit code. */
static void leave(struct watching *watching, int result)
{
	watching->is_over = 1;
	watching->result = result;
}

/** A terminal may become too small at any time; then it gets lines from there on. */
static void draw(struct watching *watching)
{
	if (provctl_view_fits(stdout))
		provctl_view_draw(&watching->view, stdout);
	else
		watching->mode = WATCH_LINES;
}

/** When an attempt failed: what to do about it, on a line of its own. */
static void print_advice(const json_t *detail)
{
	const char *advice = provctl_advice(detail, "reason");

	if (*advice)
		fputs("        advice: ", stdout);
	provctl_put(stdout, advice);
	fputs(*advice ? "\n" : "", stdout);
}

/** Shows one entry. @param text the same as JSON */
static void show(struct watching *watching, const json_t *entry, const char *text)
{
	struct provctl_view *view = &watching->view;
	const json_int_t before = view->session;

	provctl_view_feed(view, entry);
	if (watching->mode == WATCH_BLOCK)
		draw(watching);
	switch (watching->mode) {
	case WATCH_JSON:
		printf("{\"entry\":%s}\n", text);
		return;
	case WATCH_LINES:
		if (view->session != before)
			printf("session %" JSON_INTEGER_FORMAT "\n", view->session);
		provctl_print_entry(stdout, entry, view->start_us);
		print_advice(json_object_get(entry, "detail"));
		break;
	case WATCH_BLOCK:
		break;
	}
	if (view->ended)
		provctl_view_summary(view, stdout);
	/* what comes after the summary is drawn below it */
	if (view->ended)
		view->lines = 0;
}

static void on_entry(void *user, const struct provd_client_entry *entry)
{
	struct watching *watching = user;
	json_t *json;

	if (watching->is_over)
		return;
	json = json_loads(entry->json, 0, NULL);
	if (!provctl_understands(json, "Entry"))
		leave(watching, provctl_not_understood());
	else if (provctl_int(json, "session") > watching->skip)
		show(watching, json, entry->json);
	json_decref(json);
	if (watching->is_over)
		return;
	/* nobody would see what follows; main says why */
	if (provctl_flush())
		leave(watching, EXIT_DONE);
	else if (watching->view.ended && watching->until_end)
		leave(watching, watching->view.bound ? EXIT_DONE : EXIT_NOT_BOUND);
}

static void on_end(void *user, const struct provd_client_reply *reply)
{
	struct watching *watching = user;

	if (watching->is_over)
		return;
	/* the last reply has the last entry of a session, which would have ended this */
	leave(watching, reply->status ? provctl_complain(reply) : provctl_not_understood());
}

/** Takes entries until the session or the connection ends. @return an exit code */
static int follow(struct watching *watching, struct provd_client *client, json_int_t session)
{
	const struct provd_client_watch watch = {
		.size = sizeof(watch),
		.session = session > 0 ? (uint64_t)session : 0,
		.on_entry = on_entry,
		.on_end = on_end,
		.user = watching,
	};
	struct provd_error err = {.size = sizeof(err)};
	struct provctl_view *view = &watching->view;
	uint64_t call;
	int running;
	int status;

	if (provd_client_watch_async(client, &watch, &call, &err)) {
		provctl_say(err.text);
		return EXIT_UNREACHABLE;
	}
	while (!watching->is_over) {
		running = watching->mode == WATCH_BLOCK && view->session >= 0 && !view->ended;
		status = provd_client_wait(client, running ? REDRAW_MS : -1);
		if (status == PROVD_E_IO)
			break;
		if (!status && running)
			draw(watching);
		if (!watching->is_over && ferror(stdout))
			leave(watching, EXIT_DONE);
	}
	/* the callbacks' memory is the caller's */
	watching->is_over = 1;
	provd_client_cancel(client, call);
	(void)provd_client_process(client);
	return watching->result;
}

static void init(struct watching *watching, const struct provctl_options *options)
{
	memset(watching, 0, sizeof(*watching));
	watching->mode = choose_mode(options);
	watching->result = EXIT_UNREACHABLE;
	provctl_view_init(&watching->view, provctl_wants_colour());
}

int provctl_watch_session(const struct provctl_options *options, struct provd_client *client,
			  json_int_t session)
{
	struct watching watching;

	init(&watching, options);
	watching.until_end = 1;
	return follow(&watching, client, session);
}

/**
 * Watches the running session, or the next one, to its end. One that has ended but still gives back
 * what it holds is over: its entries would come first, and the watch would leave with them.
 */
static int watch_to_end(const struct provctl_options *options, struct provd_client *client)
{
	struct watching watching;
	json_t *status;
	const char *state;
	json_int_t session;
	int result = provctl_ask(client, "Status", NULL, &status);
	int is_running;

	if (result)
		return result;
	state = provctl_text(status, "state");
	session = provctl_int(status, "session");
	is_running = session > 0 && strcmp(state, "idle") != 0 && !provctl_state_is_final(state);
	json_decref(status);
	if (is_running)
		return provctl_watch_session(options, client, session);
	/* waiting must not look like hanging */
	provctl_say("no session is running; waiting for one");
	init(&watching, options);
	watching.until_end = 1;
	watching.skip = session;
	return follow(&watching, client, 0);
}

int provctl_watch(const struct provctl_options *options)
{
	struct provd_client *client = NULL;
	struct watching watching;
	int result = provctl_open(options, &client);

	init(&watching, options);
	if (!result && options->session >= 0)
		result = provctl_watch_session(options, client, options->session);
	else if (!result && options->until_end)
		result = watch_to_end(options, client);
	else if (!result)
		result = follow(&watching, client, 0);
	provd_client_destroy(client);
	return result;
}
