/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log query on the app's port ([C2] 1.8): the text of the newest failed session that nobody
 * has fetched, sent twice. Unlike the reference the exchange goes on, and a datagram that gets
 * lost does not lose the log: it counts as delivered once the phone that got it goes on with
 * something else, or is forgotten after it has not asked again for 11 s, two of the app's tries.
 */
#include "tencent.h"

#include "codec/log.h"

/* [C2] 1.8: twice, half a second apart. */
#define LOG_REPEATS	2
#define LOG_INTERVAL_MS 500
/* Queries of a phone that are told as events in a session; one that asks on and on fills nothing. */
#define LOG_TOLD_MAX 4u

static void on_line(void *user, const struct provd_journal_line *line)
{
	tencent_log_add(user, line);
}

static bool has_failure(const struct tencent_log *log)
{
	for (size_t i = 0; i < log->count; i++) {
		if (log->lines[i].failure)
			return true;
	}
	return false;
}

/* @param out_ended the session, if it has ended, else 0 */
static int read_log(struct tencent *t, struct tencent_log *log, uint64_t *out_ended)
{
	const struct provd_journal *journal = tencent_journal(t);
	uint64_t running = tencent_claim_is_open(&t->dialect) ? t->dialect.session : 0;
	uint64_t session = 0;
	int rc;

	if (journal == NULL)
		return PROVD_E_NOT_SUPPORTED;
	rc = journal->lines(t->journal_self, 0, &session, on_line, log);
	if (rc == PROVD_E_NOT_FOUND && running != 0) {
		rc = journal->lines(t->journal_self, running, &session, on_line, log);
		if (rc == 0 && !has_failure(log))
			rc = PROVD_E_NOT_FOUND;
	}
	if (rc == 0 && log->count == 0)
		rc = PROVD_E_NOT_FOUND;
	if (rc == 0)
		/* More may follow in the running one. */
		*out_ended = session != running ? session : 0;
	return rc;
}

/* @return whether this query is one of those that are told */
static bool count_query(struct tencent_peer *peer, uint64_t session)
{
	if (peer->log_session != session) {
		peer->log_session = session;
		peer->log_queries = 0;
	}
	if (peer->log_queries == LOG_TOLD_MAX)
		return false;
	peer->log_queries++;
	return true;
}

static int send_log(struct tencent *t, struct tencent_peer *peer, bool is_told)
{
	struct tencent_log log = {.count = 0};
	char text[TENCENT_LOG_MAX];
	struct provd_field fields[2];
	uint64_t ended = 0;
	size_t len;
	int rc = read_log(t, &log, &ended);

	if (rc != 0)
		return rc;
	len = tencent_log_text(&log, text);
	rc = tencent_dialect_send(t, peer->id, text, len, LOG_REPEATS, LOG_INTERVAL_MS);
	if (rc != 0)
		return rc;
	peer->log = ended;
	if (!is_told)
		return 0;
	fields[0] = provd_f_int("lines", (int64_t)log.count);
	fields[1] = provd_f_int("bytes", (int64_t)len);
	tencent_told_phone(t, "log sent", fields, 2);
	return 0;
}

void tencent_log_answer(struct tencent *t, struct tencent_peer *peer)
{
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_LOG_QUERY,
				    .op = t->dialect.session,
				    .text = "the phone asks for the log"};
	bool is_told = count_query(peer, t->dialect.session);
	int rc;

	peer->log_ask_us = t->host->now_us(t->host);
	event.status = send_log(t, peer, is_told);
	rc = is_told ? t->host->emit(t->host, &event) : 0;
	if (rc != 0)
		PROVD_LOG(t->host, PROVD_LOG_ERROR, NULL, "an event was lost",
			  provd_f_code("reason", rc));
}

void tencent_log_settle(struct tencent *t, struct tencent_peer *peer, uint64_t after_us)
{
	if (peer->log == 0 || t->host->now_us(t->host) - peer->log_ask_us < after_us)
		return;
	t->journal->mark(t->journal_self, peer->log, PROVD_JOURNAL_DELIVERED);
	peer->log = 0;
}
