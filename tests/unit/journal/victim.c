/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps a journal in a folder: usage journal_victim FOLDER. Says "SESSION WHAT" for each step that
 * is durable, and "failed" for each that could not be made so. It does not end when writing fails.
 */
#include "journal/journal.h"

#include <stdio.h>

struct victim {
	struct provd_loop *loop;
	struct provd_timeline *timeline;
	struct provd_journal_service *service;
	int ended;
	int code;
};

static void on_done(void *user, int code)
{
	struct victim *victim = user;

	victim->ended = 1;
	victim->code = code;
}

static void wait_for(struct victim *victim)
{
	while (!victim->ended)
		provd_loop_turn(victim->loop, 1);
	victim->ended = 0;
}

static void durable(struct victim *victim, unsigned session, const char *what)
{
	provd_journal_service_flush(victim->service, on_done, victim);
	wait_for(victim);
	(void)printf("%u %s\n", session, victim->code ? "failed" : what);
	(void)fflush(stdout);
}

static void add(struct victim *victim, unsigned session, uint32_t state, const char *event,
		const char *during, int code)
{
	const struct provd_field fields[] = {provd_f_code("reason", code),
					     provd_f_text("during", during)};
	const struct provd_timeline_entry *entry =
		provd_timeline_add(victim->timeline, session, provd_loop_now_us(victim->loop), 1,
				   state, PROVD_FLOW_NOTE, event, fields, during ? 2 : 1);

	if (entry)
		provd_journal_service_add(victim->service, entry);
}

static void run(struct victim *victim)
{
	unsigned first = (unsigned)provd_journal_service_last_session(victim->service) + 1;

	for (unsigned session = first; session < first + 3; session++) {
		add(victim, session, PROVD_STATE_LISTENING, "session started", NULL, 0);
		durable(victim, session, "started");
		add(victim, session, PROVD_STATE_LISTENING, "attempt failed", "joining",
		    PROVD_E_WIFI_PASSPHRASE);
		durable(victim, session, "attempt");
		add(victim, session, PROVD_STATE_FAILED, "session over", NULL, PROVD_E_TIMEOUT);
		durable(victim, session, "over");
		provd_journal_table.mark(victim->service, session, PROVD_JOURNAL_TOLD);
		durable(victim, session, "told");
	}
}

static int open_all(struct victim *victim, const char *folder)
{
	struct provd_journal_config config = {.max_bytes = 65536, .max_sessions = 2};
	struct provd_journal_backend backend;

	if (provd_loop_create(4, &victim->loop) ||
	    provd_timeline_create(50, 2, 0, &victim->timeline) ||
	    provd_journal_folder(victim->loop, NULL, folder, &backend))
		return -1;
	config.loop = victim->loop;
	if (provd_journal_service_create(&config, &backend, &victim->service) ||
	    provd_journal_service_open(victim->service, on_done, victim))
		return -1;
	wait_for(victim);
	return 0;
}

int main(int argc, char **argv)
{
	struct victim victim = {0};

	if (argc != 2 || open_all(&victim, argv[1])) {
		(void)fprintf(stderr, "usage: journal_victim FOLDER\n");
		return 2;
	}
	run(&victim);
	provd_journal_service_destroy(victim.service);
	provd_timeline_destroy(victim.timeline);
	return provd_loop_destroy(victim.loop) ? 1 : 0;
}
