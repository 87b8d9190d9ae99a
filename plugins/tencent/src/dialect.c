/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the phone says on UDP 8266 and what it hears ([C2] 1). The identity goes out before
 * anything else: iOS takes the first cmdType 2 for it ([IOS] 8.4, trap 2), and the phone's forty
 * seconds begin with it.
 */
#include "tencent.h"

#include <string.h>

#include <openssl/crypto.h>

/* Peers */

void tencent_dialect_init(struct tencent_dialect *dialect)
{
	memset(dialect, 0, sizeof(*dialect));
	dialect->report = -1;
	dialect->failed_report = -1;
}

struct tencent_peer *tencent_dialect_peer(struct tencent_dialect *dialect, uint64_t id)
{
	for (size_t i = 0; id != 0 && i < TENCENT_PEERS_MAX; i++) {
		if (dialect->peers[i].id == id)
			return &dialect->peers[i];
	}
	return NULL;
}

static struct tencent_peer *take_peer(struct tencent_dialect *dialect, uint64_t id,
				      const struct provd_addr *from)
{
	struct tencent_peer *peer = tencent_dialect_peer(dialect, id);

	if (peer == NULL) {
		peer = &dialect->peers[0];
		for (size_t i = 1; peer->id != 0 && i < TENCENT_PEERS_MAX; i++) {
			struct tencent_peer *other = &dialect->peers[i];

			if (other->id == 0 || other->seen < peer->seen)
				peer = other;
		}
		memset(peer, 0, sizeof(*peer));
		peer->id = id;
	}
	peer->from = *from;
	peer->seen = ++dialect->clock;
	return peer;
}

static void peer_gone(void *inst, uint64_t id)
{
	struct tencent *t = inst;
	struct tencent_peer *peer = tencent_dialect_peer(&t->dialect, id);

	if (peer == NULL)
		return;
	tencent_log_settle(t, peer, TENCENT_LOG_SILENT_US);
	memset(peer, 0, sizeof(*peer));
}

/* Answers */

int tencent_dialect_send(struct tencent *t, uint64_t peer, const char *text, size_t len,
			 uint32_t repeats, uint64_t interval_ms)
{
	if (t->channel == NULL)
		return PROVD_E_NOT_SUPPORTED;
	return t->channel->send(t->channel_self, peer, (const uint8_t *)text, len, repeats,
				interval_ms);
}

int tencent_dialect_error(struct tencent *t, uint64_t peer, struct tencent_errcode error,
			  bool previous)
{
	char text[TENCENT_APP_REPLY_SIZE];
	int len = tencent_app_error_reply(error, previous, text, sizeof(text));

	if (len < 0)
		return len;
	return tencent_dialect_send(t, peer, text, (size_t)len, 1, 0);
}

struct tencent_app_identity tencent_dialect_identity(const struct tencent *t)
{
	struct tencent_app_identity identity = {t->store.identity.product_id,
						t->store.identity.device_name, t->options.proto};

	return identity;
}

/* The identity, several times; while that is going on a repeated command gets it once more. */
static int send_identity(struct tencent *t, struct tencent_peer *peer)
{
	struct tencent_app_identity identity = tencent_dialect_identity(t);
	uint64_t now_us = t->host->now_us(t->host);
	bool is_round = now_us >= peer->repeats_end_us;
	uint32_t repeats = is_round ? t->options.identity_repeats : 1;
	char text[TENCENT_APP_REPLY_SIZE];
	int rc = tencent_app_identity_reply(&identity, t->options.form, text, sizeof(text));

	if (rc >= 0)
		rc = tencent_dialect_send(t, peer->id, text, (size_t)rc, repeats,
					  t->options.identity_interval_ms);
	if (rc != 0)
		return rc;
	peer->is_identified = true;
	if (is_round)
		tencent_told_phone(t, "identity told", NULL, 0);
	if (repeats > 1)
		peer->repeats_end_us =
			now_us + (repeats - 1) * t->options.identity_interval_ms * 1000u;
	return 0;
}

/* News for the host */

static struct provd_field ip_field(const struct tencent_peer *peer)
{
	return provd_f_ip("ip", peer->from.ip, peer->from.family == 6 ? 16 : 4);
}

static void open_peer(struct tencent *t, struct tencent_peer *peer)
{
	struct provd_field field = ip_field(peer);
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_OPENED,
				    .op = t->dialect.session,
				    .text = "phone app connected",
				    .fields = &field,
				    .field_count = 1};

	if (peer->is_opened)
		return;
	peer->is_opened = true;
	(void)t->host->emit(t->host, &event);
}

static int emit_token(struct tencent *t, const char *token)
{
	struct provd_secret *secret = t->host->secret_create(t->host, token, strlen(token));

	if (secret == NULL)
		return PROVD_E_NOMEM;
	tencent_emit(t, PROVD_EV_TOKEN, secret);
	t->host->secret_unref(t->host, secret);
	return 0;
}

/* With the token, so that it binds this attempt and no other. */
static int emit_credentials(struct tencent *t, const struct tencent_peer *peer,
			    const struct tencent_app_command *command)
{
	struct provd_credentials credentials = {.size = sizeof(credentials),
						.ssid_len = (uint32_t)command->ssid_len};
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_CREDENTIALS,
				    .op = t->dialect.session,
				    .count = 1,
				    .data = &credentials,
				    .data_size = sizeof(credentials)};
	struct provd_secret *passphrase = NULL;
	struct provd_secret *token =
		t->host->secret_create(t->host, command->token, strlen(command->token));
	int rc = PROVD_E_NOMEM;

	if (token == NULL)
		goto out;
	if (command->password_len != 0) {
		passphrase =
			t->host->secret_create(t->host, command->password, command->password_len);
		if (passphrase == NULL)
			goto out;
	}
	memcpy(credentials.ssid, command->ssid, command->ssid_len);
	if (command->has_bssid) {
		credentials.flags |= PROVD_CREDENTIALS_BSSID;
		memcpy(credentials.bssid, command->bssid, sizeof(credentials.bssid));
	}
	/* A phone that corrects itself must not wait for the end of its mistake. */
	if (tencent_claim_is_own(&t->dialect, peer))
		credentials.flags |= PROVD_CREDENTIALS_REPLACE;
	credentials.passphrase = passphrase;
	event.secret = token;
	rc = t->host->emit(t->host, &event);
out:
	t->host->secret_unref(t->host, passphrase);
	t->host->secret_unref(t->host, token);
	return rc;
}

/* Datagrams */

static const char *refusal(int32_t sub)
{
	switch (sub) {
	case TENCENT_SUB_JSON_FORMAT:
		return "not a command: no JSON object, too long, or no known cmdType";
	case TENCENT_SUB_AP_INFO:
		return "ssid, password or token is absent, of a wrong type or too long";
	default:
		return "not acceptable";
	}
}

static int refuse(struct tencent *t, const struct tencent_peer *peer, struct tencent_errcode error)
{
	PROVD_LOG(t->host, PROVD_LOG_DEBUG, NULL, "a command of a phone is refused",
		  provd_f_text("reason", refusal(error.sub)), provd_f_int("error", error.id),
		  provd_f_int("sub", error.sub), ip_field(peer));
	(void)tencent_dialect_error(t, peer->id, error, false);
	return error.sub == TENCENT_SUB_AP_INFO ? PROVD_E_PEER_MISSING : PROVD_E_PEER_FORMAT;
}

static int deliver(struct tencent *t, struct tencent_peer *peer,
		   const struct tencent_app_command *command)
{
	struct provd_error why = {.size = sizeof(why)};
	int rc;

	/* An identity would look like success. */
	if (t->dialect.state == PROVD_STATE_FAILED) {
		tencent_dialect_tell_end(t, peer);
		return 0;
	}
	rc = tencent_store_load(t, &why);
	if (rc != 0) {
		PROVD_LOG(t->host, PROVD_LOG_ERROR, NULL, "a phone asks, but the identity is amiss",
			  provd_f_text("text", why.text));
		(void)tencent_dialect_error(t, peer->id,
					    tencent_errcode_from(TENCENT_STAGE_APP, rc), false);
		return 0;
	}
	rc = send_identity(t, peer);
	if (rc != 0)
		PROVD_LOG(t->host, PROVD_LOG_DEBUG, NULL, "the identity reply did not go out",
			  provd_f_code("reason", rc));
	else
		tencent_previous_tell(t, peer);
	if (command->kind == TENCENT_APP_CREDENTIALS)
		rc = emit_credentials(t, peer, command);
	else
		rc = emit_token(t, command->token);
	if (rc != 0)
		PROVD_LOG(t->host, PROVD_LOG_ERROR, NULL, "a command of the phone was lost",
			  provd_f_code("reason", rc));
	else
		tencent_claim_deliver(&t->dialect, peer, command);
	return 0;
}

static int datagram(void *inst, uint64_t peer_id, const struct provd_addr *from,
		    const uint8_t *data, size_t len)
{
	struct tencent *t = inst;
	struct tencent_app_command command;
	struct tencent_peer *peer;
	int rc = 0;

	if (t->is_stopping)
		return 0;
	tencent_app_parse(data, len, &command);
	if (command.kind == TENCENT_APP_IGNORE)
		return PROVD_E_PEER_FORMAT;
	peer = take_peer(&t->dialect, peer_id, from);
	switch (command.kind) {
	case TENCENT_APP_TOKEN:
	case TENCENT_APP_CREDENTIALS:
		tencent_log_settle(t, peer, TENCENT_LOG_GOES_ON_US);
		open_peer(t, peer);
		rc = deliver(t, peer, &command);
		break;
	case TENCENT_APP_LOG_QUERY:
		/* Unlike [C2] 1.8 the exchange goes on. */
		open_peer(t, peer);
		tencent_log_answer(t, peer);
		break;
	case TENCENT_APP_BAD:
		rc = refuse(t, peer, command.error);
		break;
	case TENCENT_APP_AUTH_QUERY:
		tencent_log_settle(t, peer, TENCENT_LOG_GOES_ON_US);
		break;
	case TENCENT_APP_IGNORE:
		break;
	}
	tencent_app_command_finish(&command);
	return rc;
}

const struct provd_dialect tencent_dialect_table = {
	.size = sizeof(tencent_dialect_table),
	.port = TENCENT_APP_PORT,
	.datagram = datagram,
	.peer_gone = peer_gone,
	.on_state = tencent_dialect_on_state,
	.describe = tencent_dialect_describe,
};
