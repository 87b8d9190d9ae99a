/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose attempt it is. The host runs one attempt at a time and keeps the last other credentials
 * for later; errors must reach the phone whose credentials are tried, since Current_Error aborts
 * the app ([DOC] 1.7).
 */
#include "tencent.h"

#include <string.h>

#include <openssl/crypto.h>

#include "codec/crypt.h"

bool tencent_claim_runs(uint32_t state)
{
	return state >= PROVD_STATE_JOINING && state <= PROVD_STATE_BINDING;
}

bool tencent_claim_is_open(const struct tencent_dialect *dialect)
{
	return dialect->state >= PROVD_STATE_LISTENING && dialect->state < PROVD_STATE_BOUND;
}

bool tencent_claim_same_phone(const struct provd_addr *a, const struct provd_addr *b)
{
	if (a->family == 0 || a->family != b->family)
		return false;
	if (a->family == 4)
		return memcmp(a->ip, b->ip, 4) == 0;
	return a->scope == b->scope && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

bool tencent_claim_is_own(const struct tencent_dialect *dialect, const struct tencent_peer *peer)
{
	return dialect->is_held && tencent_claim_runs(dialect->state) &&
	       tencent_claim_same_phone(&dialect->claim.from, &peer->from);
}

/* Network name and passphrase, as the host tells attempts apart. All zero if it cannot be had. */
static void digest_of(const struct tencent_app_command *command, uint8_t *out_digest)
{
	uint8_t bytes[1 + TENCENT_SSID_MAX + TENCENT_PASSWORD_MAX];
	size_t len = 0;

	bytes[len++] = (uint8_t)command->ssid_len;
	memcpy(bytes + len, command->ssid, command->ssid_len);
	len += command->ssid_len;
	memcpy(bytes + len, command->password, command->password_len);
	len += command->password_len;
	if (tencent_digest(TENCENT_SHA256, bytes, len, out_digest) < 0)
		memset(out_digest, 0, TENCENT_DIGEST_MAX);
	OPENSSL_cleanse(bytes, sizeof(bytes));
}

static void fill(struct tencent_claim *out_claim, const struct tencent_peer *peer,
		 const struct tencent_app_command *command)
{
	memset(out_claim, 0, sizeof(*out_claim));
	out_claim->peer = peer->id;
	out_claim->from = peer->from;
	out_claim->has_credentials = command->kind == TENCENT_APP_CREDENTIALS;
	if (out_claim->has_credentials)
		digest_of(command, out_claim->digest);
	memcpy(out_claim->region, command->region, sizeof(out_claim->region));
}

static bool same_credentials(const struct tencent_claim *a, const struct tencent_claim *b)
{
	return a->has_credentials && b->has_credentials &&
	       CRYPTO_memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

/* The phone whose attempt runs speaks again, perhaps from another socket. */
static void deliver_again(struct tencent_dialect *dialect, const struct tencent_claim *fresh)
{
	bool differs = fresh->has_credentials && dialect->claim.has_credentials &&
		       !same_credentials(fresh, &dialect->claim);

	dialect->claim.peer = fresh->peer;
	dialect->is_repeated = fresh->has_credentials;
	if (!differs)
		return;
	dialect->is_corrected = true;
	if (dialect->state == PROVD_STATE_JOINING)
		dialect->next = *fresh;
}

void tencent_claim_deliver(struct tencent_dialect *dialect, const struct tencent_peer *peer,
			   const struct tencent_app_command *command)
{
	bool runs = tencent_claim_runs(dialect->state);
	bool same = tencent_claim_same_phone(&dialect->claim.from, &peer->from);
	/* Of tokens alone the host takes the last one until an attempt begins. */
	bool held = dialect->is_held && (runs || dialect->claim.has_credentials);
	struct tencent_claim fresh;

	fill(&fresh, peer, command);
	/* What the host kept follows a failure at once, so there is nothing kept by now. */
	if (!held)
		OPENSSL_cleanse(&dialect->next, sizeof(dialect->next));
	if (held && same && runs) {
		deliver_again(dialect, &fresh);
	} else if (!held || same) {
		dialect->is_repeated = false;
		dialect->claim = fresh;
		dialect->is_held = true;
	} else if (fresh.has_credentials && dialect->state <= PROVD_STATE_JOINING &&
		   !same_credentials(&fresh, &dialect->claim)) {
		dialect->next = fresh;
	}
	OPENSSL_cleanse(&fresh, sizeof(fresh));
}

void tencent_claim_begin(struct tencent_dialect *dialect, bool replaces)
{
	bool repeated = dialect->is_repeated;

	dialect->is_corrected = false;
	dialect->is_repeated = false;
	if (dialect->next.peer == 0) {
		/* The end of the last attempt was told after the phone had begun this one. */
		dialect->is_held = dialect->is_held || repeated;
		return;
	}
	if (dialect->is_held && !replaces)
		return;
	dialect->claim = dialect->next;
	dialect->is_held = true;
	memset(&dialect->next, 0, sizeof(dialect->next));
}

void tencent_claim_end(struct tencent_dialect *dialect)
{
	dialect->is_held = false;
	dialect->is_corrected = false;
}

void tencent_claim_forget(struct tencent_dialect *dialect)
{
	tencent_claim_end(dialect);
	dialect->is_repeated = false;
	OPENSSL_cleanse(&dialect->next, sizeof(dialect->next));
}
