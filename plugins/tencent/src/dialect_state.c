/* SPDX-License-Identifier: Apache-2.0 */
/* How the session fares, told to the phone: errors ([C2] 1.7) and states ([C3] 1.12). */
#include "tencent.h"

#include <openssl/crypto.h>

/* Of the state broadcasts ([C3] 1.12). */
#define REPORT_REPEATS	   3
#define REPORT_INTERVAL_MS 1000

void tencent_dialect_report(struct tencent *t, enum tencent_app_state state)
{
	struct tencent_app_identity identity;
	char text[TENCENT_APP_REPLY_SIZE];
	int rc;

	if (!t->options.is_v3 || t->channel == NULL || !t->store.is_loaded ||
	    t->dialect.report == (int)state)
		return;
	identity = tencent_dialect_identity(t);
	rc = tencent_app_state_report(&identity, state, t->options.form, text, sizeof(text));
	if (rc < 0)
		return;
	rc = t->channel->broadcast(t->channel_self, TENCENT_APP_PORT, (const uint8_t *)text,
				   (size_t)rc, REPORT_REPEATS, REPORT_INTERVAL_MS);
	if (rc == 0)
		t->dialect.report = (int)state;
	else
		PROVD_LOG(t->host, PROVD_LOG_DEBUG, NULL, "the state broadcast did not go out",
			  provd_f_code("reason", rc));
}

static enum tencent_stage stage_of(const struct tencent *t, uint32_t state, int code)
{
	bool is_wifi = code <= PROVD_E_WIFI_NO_AP && code > PROVD_E_NET_DNS;

	if (state == PROVD_STATE_BINDING)
		return is_wifi ? TENCENT_STAGE_LINK : t->binder.stage;
	if (code == PROVD_E_CLOUD_IDENTITY)
		return TENCENT_STAGE_REGISTER;
	if (state == PROVD_STATE_REGISTERING)
		return is_wifi ? TENCENT_STAGE_LINK : TENCENT_STAGE_REGISTER;
	if (state == PROVD_STATE_ONLINE)
		return is_wifi ? TENCENT_STAGE_LINK : TENCENT_STAGE_TOKEN;
	if (state == PROVD_STATE_JOINING)
		return TENCENT_STAGE_STATION;
	/* Before any attempt: of the radio nothing was asked but the hotspot. */
	return is_wifi ? TENCENT_STAGE_SOFTAP : TENCENT_STAGE_SESSION;
}

struct tencent_errcode tencent_dialect_fault(const struct tencent *t, uint32_t state, int code)
{
	return tencent_errcode_from(stage_of(t, state, code), code);
}

/* Of a failure that has just been: the cloud's own code, and what the host did not wait for. */
static struct tencent_errcode fresh_fault(const struct tencent *t, uint32_t state, int code)
{
	const struct tencent_binder *binder = &t->binder;
	int last = 0;

	if (state == PROVD_STATE_BINDING && code != 0 && code == binder->error_code)
		return binder->error;
	/* The host's patience ended: what was tried in vain until then says more. */
	if (code == PROVD_E_CLOUD_NO_REPLY && state == PROVD_STATE_BINDING)
		last = binder->last_code;
	else if (code == PROVD_E_CLOUD_NO_REPLY && state == PROVD_STATE_REGISTERING)
		last = t->registrar.last_code;
	return tencent_dialect_fault(t, state, last != 0 ? last : code);
}

void tencent_dialect_describe(void *inst, uint32_t state, int status,
			      struct provd_app_failure *out_failure)
{
	struct tencent_errcode fault = fresh_fault(inst, state, status);

	out_failure->id = fault.id;
	out_failure->sub = fault.sub;
	out_failure->text = fault.id != TENCENT_ERR_NONE ? tencent_error_text(fault.id) : NULL;
}

void tencent_dialect_fault_told(struct tencent *t, struct tencent_errcode fault)
{
	struct provd_field fields[] = {provd_f_int("id", fault.id), provd_f_int("sub", fault.sub)};

	tencent_told_phone(t, "failure told", fields, 2);
}

/* @return enum tencent_app_state, or -1: there is none for it */
static int report_of_fault(const struct tencent *t, uint32_t state)
{
	if (state == PROVD_STATE_BINDING)
		return t->binder.stage == TENCENT_STAGE_MQTT ? TENCENT_APP_MQTT_FAILED
							     : TENCENT_APP_TOKEN_FAILED;
	if (state == PROVD_STATE_ONLINE)
		return TENCENT_APP_TOKEN_FAILED;
	return state == PROVD_STATE_REGISTERING ? TENCENT_APP_MQTT_FAILED : -1;
}

static void report_fault(struct tencent *t)
{
	if (t->dialect.failed_report >= 0)
		tencent_dialect_report(t, (enum tencent_app_state)t->dialect.failed_report);
}

/*
 * Tells the phone whose attempt it was, if that phone knows us by now. It may be out of reach (the
 * hotspot was down, or it left): the next phone hears of it as Previous_Error.
 */
static void tell_fault(struct tencent *t, uint32_t state, int code)
{
	struct tencent_dialect *dialect = &t->dialect;
	const struct tencent_peer *peer = tencent_dialect_peer(dialect, dialect->claim.peer);

	dialect->fault = fresh_fault(t, state, code);
	dialect->fault_session = dialect->session;
	dialect->last = dialect->fault;
	dialect->last_code = code;
	dialect->failed_report = report_of_fault(t, state);
	/* The word would abort the app, which has sent better credentials meanwhile. */
	if (dialect->is_corrected) {
		tencent_previous_note(dialect, dialect->session, dialect->fault,
				      &dialect->claim.from);
	} else if (peer != NULL && peer->is_identified &&
		   tencent_dialect_error(t, peer->id, dialect->fault, false) == 0) {
		tencent_previous_note(dialect, dialect->session, dialect->fault, &peer->from);
		tencent_dialect_fault_told(t, dialect->fault);
	}
	report_fault(t);
}

void tencent_dialect_tell_end(struct tencent *t, struct tencent_peer *peer)
{
	struct tencent_dialect *dialect = &t->dialect;

	if (tencent_dialect_error(t, peer->id, dialect->last, false) != 0)
		return;
	tencent_previous_note(dialect, dialect->session, dialect->last, &peer->from);
	/* The app repeats its command; the picture needs it once. */
	if (peer->failed != dialect->session)
		tencent_dialect_fault_told(t, dialect->last);
	peer->failed = dialect->session;
}

/* `before`: the state told before; nothing may have been told of the end of that attempt. */
static void begin_attempt(struct tencent *t, uint32_t before, uint32_t attempt)
{
	struct tencent_dialect *dialect = &t->dialect;

	if (before == PROVD_STATE_JOINING && attempt == dialect->attempt)
		return;
	dialect->attempt = attempt;
	tencent_claim_begin(dialect, tencent_claim_runs(before));
	dialect->report = -1;
	tencent_dialect_report(t, TENCENT_APP_JOINING);
}

static void end_attempt(struct tencent *t, uint32_t before, int status)
{
	struct tencent_dialect *dialect = &t->dialect;

	/* Canceled: the host goes on with newer credentials, the phone need not give up. */
	if (status < 0 && status != PROVD_E_CANCELED)
		tell_fault(t, before, status);
	tencent_claim_end(dialect);
}

/*
 * The session has failed, or a network has come after that. The end of an attempt was told above;
 * an end for another reason has a pair of its own.
 */
static void fail_session(struct tencent *t, const struct provd_session_status *status, bool again)
{
	struct tencent_dialect *dialect = &t->dialect;
	int code = status->status != 0 ? status->status : PROVD_E_UNKNOWN;

	dialect->report = -1;
	tencent_claim_forget(dialect);
	if (dialect->last.id == TENCENT_ERR_NONE || dialect->last_code != code) {
		dialect->last = tencent_dialect_fault(t, PROVD_STATE_LISTENING, code);
		dialect->last_code = code;
		dialect->failed_report = -1;
	}
	/* Only now the phone, back in its network, can hear it. */
	if (again && status->link != NULL)
		report_fault(t);
}

void tencent_dialect_on_state(void *inst, const struct provd_session_status *status)
{
	struct tencent *t = inst;
	struct tencent_dialect *dialect = &t->dialect;
	uint32_t before = dialect->state;

	if (t->is_stopping)
		return;
	if (dialect->session != status->session) {
		dialect->session = status->session;
		before = PROVD_STATE_LISTENING;
		tencent_previous_begin(t);
		/* Claims of an older session end; the first word of the new one may come later. */
		if (status->state <= PROVD_STATE_LISTENING)
			tencent_claim_forget(dialect);
	}
	dialect->state = status->state;
	switch (status->state) {
	case PROVD_STATE_LISTENING:
		if (tencent_claim_runs(before))
			end_attempt(t, before, status->status);
		dialect->report = -1;
		break;
	case PROVD_STATE_FAILED:
		if (tencent_claim_runs(before))
			end_attempt(t, before, status->status);
		fail_session(t, status, before == PROVD_STATE_FAILED);
		break;
	case PROVD_STATE_JOINING:
		begin_attempt(t, before, status->attempt);
		break;
	case PROVD_STATE_ONLINE:
		/* What was kept for later is dropped: the network is there. */
		OPENSSL_cleanse(&dialect->next, sizeof(dialect->next));
		tencent_dialect_report(t, TENCENT_APP_MQTT_CONNECTING);
		break;
	case PROVD_STATE_REGISTERING:
		tencent_dialect_report(t, TENCENT_APP_MQTT_CONNECTING);
		break;
	case PROVD_STATE_BOUND:
		tencent_previous_bound(t);
		tencent_claim_forget(dialect);
		tencent_dialect_report(t, TENCENT_APP_TOKEN_SENT);
		break;
	default:
		tencent_claim_forget(dialect);
		break;
	}
}
