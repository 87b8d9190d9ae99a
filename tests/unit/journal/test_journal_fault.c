/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that keeps a journal is killed at, and fails at, each file operation it makes. What it
 * said to be durable is there afterwards, and the journal goes on.
 */
#include "journal_world.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(journal_fault, .timeout = 240);

#define OPERATIONS_MAX 400
#define NEVER	       100000

/* What the program said, per session: how far it had got, and whether a step failed. */
struct said {
	int steps[16];
	int failed;
	int status; /* of the program */
};

static int step_of(const char *word)
{
	static const char *const words[] = {"started", "attempt", "over", "told"};

	for (int i = 0; i < 4; i++)
		if (strcmp(word, words[i]) == 0)
			return i + 1;
	return 0;
}

static void run_victim(const struct world *w, int at, const char *what, struct said *said)
{
	char command[1024];
	char word[16];
	unsigned session;
	FILE *pipe;

	memset(said, 0, sizeof(*said));
	(void)snprintf(command, sizeof(command),
		       "env LD_PRELOAD=%s PROVD_FAULT_DIR=%s PROVD_FAULT_AT=%d PROVD_FAULT_DO=%s "
		       "PROVD_FAULT_LOG=%s.log ASAN_OPTIONS=verify_asan_link_order=0 %s %s",
		       PROVD_FAULT_LIB, w->folder, at, what, w->folder, PROVD_VICTIM, w->folder);
	pipe = popen(command, "r");
	cr_assert_not_null(pipe);
	while (fscanf(pipe, "%u %15s", &session, word) == 2) {
		cr_assert_lt(session, 16);
		said->failed += strcmp(word, "failed") == 0;
		if (step_of(word) > 0)
			said->steps[session] = step_of(word);
	}
	said->status = pclose(pipe);
}

/* How many operations there were, by the log of the last run. */
static int operations(const struct world *w)
{
	char path[128];
	FILE *file;
	int count = 0;
	int byte;

	(void)snprintf(path, sizeof(path), "%s.log", w->folder);
	file = fopen(path, "r");
	cr_assert_not_null(file);
	while ((byte = fgetc(file)) != EOF)
		count += byte == '\n';
	(void)fclose(file);
	(void)unlink(path);
	return count;
}

struct back {
	int attempts[16];
	int ends[16];
	int told[16];
};

static void see(void *user, const struct provd_failure *failure)
{
	struct back *back = user;

	cr_assert_lt(failure->session, 16);
	back->attempts[failure->session] += failure->code == PROVD_E_WIFI_PASSPHRASE;
	back->ends[failure->session] += failure->code == PROVD_E_TIMEOUT;
	back->told[failure->session] = (failure->marks & PROVD_JOURNAL_TOLD) != 0;
}

/* All that was durable has come back; of three sessions the oldest had to make room. */
static void check(struct world *w, const struct said *said, int at, const char *what)
{
	struct back back = {0};
	uint64_t last;

	world_open(w);
	cr_assert_geq(provd_journal_table.failures(w->service, 0, see, &back), 0);
	last = provd_journal_service_last_session(w->service);
	for (int i = 1; i < 16; i++) {
		if (said->steps[i] == 0)
			continue;
		cr_assert_geq(last, (uint64_t)i, "%s at %d", what, at);
		/* It made room for the third. */
		if (i == 1 && (said->steps[2] == 4 || said->steps[3] > 0))
			continue;
		cr_assert(said->steps[i] < 2 || back.attempts[i] == 1, "%s at %d: %d", what, at, i);
		cr_assert(said->steps[i] < 3 || back.ends[i] == 1, "%s at %d: %d", what, at, i);
		cr_assert(said->steps[i] < 4 || back.told[i], "%s at %d: %d", what, at, i);
	}
	world_note(w, last + 1, "session started");
	cr_assert_eq(world_flush(w), 0, "%s at %d", what, at);
	cr_assert_leq(world_files(w), 50);
	world_close(w);
}

static void remove_files(const struct world *w)
{
	char path[128];

	for (uint64_t session = 1; session < 20; session++) {
		world_path(w, session, path);
		(void)unlink(path);
	}
	(void)rmdir(w->folder);
}

static void each_operation(const char *what, int is_kill)
{
	static struct world w;
	struct said said;
	int count;

	world_begin(&w);
	run_victim(&w, NEVER, "eio", &said);
	cr_assert_eq(said.status, 0);
	cr_assert_eq(said.failed, 0);
	count = operations(&w);
	cr_assert(count > 30 && count < OPERATIONS_MAX, "%d", count);
	for (int at = 1; at <= count; at++) {
		remove_files(&w);
		run_victim(&w, at, what, &said);
		if (is_kill)
			cr_assert_neq(said.status, 0, "%s at %d", what, at);
		else
			cr_assert_eq(said.status, 0, "%s at %d", what, at);
		(void)operations(&w);
		check(&w, &said, at, what);
	}
	world_end(&w);
}

Test(journal_fault, killed_before_each_operation)
{
	each_operation("kill", 1);
}

Test(journal_fault, killed_after_each_operation)
{
	each_operation("kill-after", 1);
}

Test(journal_fault, no_space_at_each_operation)
{
	each_operation("enospc", 0);
}

Test(journal_fault, an_error_at_each_operation)
{
	each_operation("eio", 0);
}

Test(journal_fault, half_written_at_each_operation)
{
	each_operation("short-enospc", 0);
}
