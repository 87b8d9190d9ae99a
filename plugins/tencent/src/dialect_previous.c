/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failures of earlier phones and sessions, told as Previous_Error: apps only count them ([DOC]
 * 1.7), and never before the identity (8.4, trap 2). Those of ended sessions are the journal's,
 * over restarts; the last one of the running session is kept here. Without a journal the latter
 * has to do for all.
 */
#include "tencent.h"

#include <string.h>

/* As many as the vendor's store holds ([C2] 3.1). */
#define PREVIOUS_MAX 16

const struct provd_journal *tencent_journal(struct tencent *t)
{
	if (t->journal == NULL)
		t->journal = t->host->get_interface(t->host, PROVD_JOURNAL, sizeof(*t->journal),
						    &t->journal_self);
	return t->journal;
}

static bool knows(const struct tencent_dialect *dialect, uint64_t session,
		  struct tencent_errcode fault, const struct provd_addr *phone)
{
	for (size_t i = 0; i < TENCENT_TOLD_MAX; i++) {
		const struct tencent_told *told = &dialect->told[i];

		if (told->session == session && told->fault.id == fault.id &&
		    told->fault.sub == fault.sub && tencent_claim_same_phone(&told->phone, phone))
			return true;
	}
	return false;
}

void tencent_previous_note(struct tencent_dialect *dialect, uint64_t session,
			   struct tencent_errcode fault, const struct provd_addr *phone)
{
	struct tencent_told *told = &dialect->told[dialect->told_at];

	if (knows(dialect, session, fault, phone))
		return;
	told->session = session;
	told->fault = fault;
	told->phone = *phone;
	dialect->told_at = (dialect->told_at + 1) % TENCENT_TOLD_MAX;
}

/* A walk over the journal for one phone. */
struct walk {
	struct tencent *t;
	struct tencent_peer *peer;
	uint64_t session; /* the one walked over, once has_session */
	bool has_session;
	bool is_stopped;
	bool is_told;	/* the phone was told of some of this session, now or before */
	uint32_t index; /* failures of this session so far */
	uint32_t sent;
	size_t complete_count;
	uint64_t complete[PREVIOUS_MAX + 1]; /* sessions of which it knows all now */
};

static void leave_session(struct walk *walk)
{
	if (!walk->has_session || walk->is_stopped || !walk->is_told)
		return;
	if (walk->complete_count < sizeof(walk->complete) / sizeof(walk->complete[0]))
		walk->complete[walk->complete_count++] = walk->session;
	if (walk->peer->partial == walk->session)
		walk->peer->partial_count = 0;
}

static void enter_session(struct walk *walk, uint64_t session)
{
	if (walk->has_session && walk->session == session)
		return;
	leave_session(walk);
	walk->has_session = true;
	walk->session = session;
	walk->is_told = false;
	walk->index = 0;
}

/* Recorded while another cloud was in use: how far its binding was the code has to tell. */
static struct tencent_errcode fault_of_others(const struct tencent *t,
					      const struct provd_failure *failure)
{
	int code = failure->code;

	if (failure->state != PROVD_STATE_BINDING ||
	    (code <= PROVD_E_WIFI_NO_AP && code > PROVD_E_NET_DNS))
		return tencent_dialect_fault(t, failure->state, code);
	if (code == PROVD_E_PEER_NO_TOKEN)
		return tencent_errcode_from(TENCENT_STAGE_TOKEN, code);
	return tencent_errcode_from(code <= PROVD_E_NET_DNS && code > PROVD_E_CLOUD_REFUSED
					    ? TENCENT_STAGE_MQTT
					    : TENCENT_STAGE_REPLY,
				    code);
}

static struct tencent_errcode fault_in(const struct tencent *t, const struct provd_failure *failure)
{
	struct tencent_errcode fault = {failure->app_id, failure->app_sub};

	return fault.id != TENCENT_ERR_NONE ? fault : fault_of_others(t, failure);
}

static void on_failure(void *user, const struct provd_failure *failure)
{
	struct walk *walk = user;
	struct tencent_peer *peer = walk->peer;
	struct tencent_errcode fault = fault_in(walk->t, failure);

	if (walk->is_stopped)
		return;
	enter_session(walk, failure->session);
	walk->index++;
	if (peer->partial == failure->session && walk->index <= peer->partial_count) {
		walk->is_told = true;
		return;
	}
	if (knows(&walk->t->dialect, failure->session, fault, &peer->from))
		return;
	if (walk->sent < PREVIOUS_MAX &&
	    tencent_dialect_error(walk->t, peer->id, fault, true) == 0) {
		walk->sent++;
		walk->is_told = true;
		return;
	}
	/* The rest goes with the phone's next command. */
	walk->is_stopped = true;
	peer->partial = failure->session;
	peer->partial_count = walk->index - 1;
}

/* @return how many were sent */
static uint32_t tell_ended(struct tencent *t, struct tencent_peer *peer, bool *out_all)
{
	const struct provd_journal *journal = tencent_journal(t);
	struct walk walk = {.t = t, .peer = peer};

	if (journal == NULL)
		return 0;
	if (journal->failures(t->journal_self, PROVD_JOURNAL_TOLD, on_failure, &walk) < 0)
		return walk.sent;
	leave_session(&walk);
	/* Not while the journal walks over them. */
	for (size_t i = 0; i < walk.complete_count; i++)
		journal->mark(t->journal_self, walk.complete[i], PROVD_JOURNAL_TOLD);
	*out_all = !walk.is_stopped;
	return walk.sent;
}

/* The last failure of the running session, told to one phone beside the one it struck. */
static uint32_t tell_running(struct tencent *t, const struct tencent_peer *peer)
{
	struct tencent_dialect *dialect = &t->dialect;

	if (dialect->fault.id == TENCENT_ERR_NONE ||
	    knows(dialect, dialect->fault_session, dialect->fault, &peer->from) ||
	    tencent_dialect_error(t, peer->id, dialect->fault, true) != 0)
		return 0;
	tencent_previous_note(dialect, dialect->fault_session, dialect->fault, &peer->from);
	dialect->fault.id = TENCENT_ERR_NONE;
	return 1;
}

void tencent_previous_tell(struct tencent *t, struct tencent_peer *peer)
{
	bool all = true;
	uint32_t sent = tell_ended(t, peer, &all);
	struct provd_field field;

	if (all && sent < PREVIOUS_MAX)
		sent += tell_running(t, peer);
	field = provd_f_int("count", sent);
	if (sent > 0)
		tencent_told_phone(t, "previous failures told", &field, 1);
}

void tencent_previous_begin(struct tencent *t)
{
	t->dialect.last.id = TENCENT_ERR_NONE;
	t->dialect.last_code = 0;
	t->dialect.failed_report = -1;
	if (tencent_journal(t) != NULL)
		t->dialect.fault.id = TENCENT_ERR_NONE;
}

void tencent_previous_bound(struct tencent *t)
{
	struct tencent_dialect *dialect = &t->dialect;

	dialect->fault.id = TENCENT_ERR_NONE;
	if (dialect->last.id != TENCENT_ERR_NONE && tencent_journal(t) != NULL)
		t->journal->mark(t->journal_self, dialect->session, PROVD_JOURNAL_TOLD);
}
