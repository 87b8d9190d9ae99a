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

static struct tencent_errcode bind_fault(const struct tencent *t, int code)
{
	enum tencent_stage stage = t->binder.stage;

	if (t->binder.error.id != TENCENT_ERR_NONE)
		return t->binder.error;
	/* The host's patience ended: before the token was out that is a timeout of the network. */
	if (code == PROVD_E_CLOUD_NO_REPLY && stage != TENCENT_STAGE_REPLY)
		code = PROVD_E_TIMEOUT;
	return tencent_errcode_from(stage, code);
}

/* The phone's error for an attempt that failed in `state`. */
static struct tencent_errcode fault_of(const struct tencent *t, uint32_t state, int code)
{
	if (state == PROVD_STATE_BINDING)
		return bind_fault(t, code);
	if (state == PROVD_STATE_REGISTERING || code == PROVD_E_CLOUD_IDENTITY)
		return tencent_errcode_from(TENCENT_STAGE_REGISTER, code);
	if (state == PROVD_STATE_ONLINE)
		return tencent_errcode_from(TENCENT_STAGE_TOKEN, code);
	return tencent_errcode_from(TENCENT_STAGE_STATION, code);
}

static void report_fault(struct tencent *t, uint32_t state)
{
	if (state == PROVD_STATE_BINDING)
		tencent_dialect_report(t, t->binder.stage == TENCENT_STAGE_MQTT
						  ? TENCENT_APP_MQTT_FAILED
						  : TENCENT_APP_TOKEN_FAILED);
	else if (state == PROVD_STATE_ONLINE)
		tencent_dialect_report(t, TENCENT_APP_TOKEN_FAILED);
	else if (state == PROVD_STATE_REGISTERING)
		tencent_dialect_report(t, TENCENT_APP_MQTT_FAILED);
}

/*
 * Tells the phone whose attempt it was, if that phone knows us by now. It may be out of reach (the
 * hotspot was down, or it left): the next phone hears of it as Previous_Error.
 */
static void tell_fault(struct tencent *t, uint32_t state, int code)
{
	struct tencent_dialect *dialect = &t->dialect;
	const struct tencent_peer *peer = tencent_dialect_peer(dialect, dialect->claim.peer);

	dialect->fault = fault_of(t, state, code);
	dialect->fault_told.family = 0;
	/* The word would abort the app, which has sent better credentials meanwhile. */
	if (dialect->is_corrected)
		dialect->fault_told = dialect->claim.from;
	else if (peer != NULL && peer->is_identified &&
		 tencent_dialect_error(t, peer->id, dialect->fault, false) == 0)
		dialect->fault_told = peer->from;
	report_fault(t, state);
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
		/* Claims of an older session end; the first word of the new one may come later. */
		if (status->state <= PROVD_STATE_LISTENING)
			tencent_claim_forget(dialect);
	}
	dialect->state = status->state;
	switch (status->state) {
	case PROVD_STATE_LISTENING:
	case PROVD_STATE_FAILED:
		if (tencent_claim_runs(before))
			end_attempt(t, before, status->status);
		if (status->state == PROVD_STATE_FAILED)
			tencent_claim_forget(dialect);
		dialect->report = -1;
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
		dialect->fault.id = TENCENT_ERR_NONE;
		tencent_claim_forget(dialect);
		tencent_dialect_report(t, TENCENT_APP_TOKEN_SENT);
		break;
	default:
		tencent_claim_forget(dialect);
		break;
	}
}
