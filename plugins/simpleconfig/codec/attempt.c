/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted bytes against all keys that may have made them: simpleconfig.md 2. */
#include "codec/state.h"

#include <openssl/crypto.h>
#include <string.h>

static void put_bits(uint8_t *bytes, const struct gap *gap, size_t value)
{
	for (size_t i = 0; i < gap->width; i++) {
		size_t at = gap->bit + i;
		unsigned int mask = 0x80u >> (at % 8);

		if (value >> (gap->width - 1 - i) & 1u)
			bytes[at / 8] |= (uint8_t)mask;
		else
			bytes[at / 8] &= (uint8_t)~mask;
	}
}

static size_t gap_bits(const struct attempt *attempt)
{
	size_t bits = 0;

	for (size_t i = 0; i < attempt->gap_count; i++)
		bits += attempt->gaps[i].width;
	return bits;
}

/* The initial value is either 64 bits of proof, or plaintext. */
static int judge(struct attempt *attempt, const uint8_t *all)
{
	struct simpleconfig_profile profile;
	int ok = 0;

	if (simpleconfig_iv_is_standard(all))
		ok = !simpleconfig_profile_long(all + SIMPLECONFIG_IV_SIZE,
						attempt->crypt_len - SIMPLECONFIG_IV_SIZE,
						&profile);
	else if (attempt->pattern == SIMPLECONFIG_BROADCAST &&
		 !simpleconfig_profile_short(all, attempt->crypt_len, &profile)) {
		ok = profile.evidence >= attempt->needed + gap_bits(attempt);
		attempt->weak |= profile.evidence >= EVIDENCE_LEAST;
	} else {
		return 0;
	}
	if (ok)
		attempt->profile = profile;
	OPENSSL_cleanse(&profile, sizeof(profile));
	return ok;
}

static int try_gaps(struct attempt *attempt, struct simpleconfig_unwrap *unwrap)
{
	uint8_t all[SIMPLECONFIG_CRYPT_MAX];
	size_t count = (size_t)1 << gap_bits(attempt);
	int found = 0;

	for (size_t guess = 0; guess < count && !found; guess++) {
		size_t rest = guess;

		for (size_t i = 0; i < attempt->gap_count; i++) {
			put_bits(attempt->crypt, &attempt->gaps[i], rest);
			rest >>= attempt->gaps[i].width;
		}
		if (simpleconfig_unwrap_run(unwrap, attempt->crypt, attempt->crypt_len, all))
			break;
		found = judge(attempt, all);
	}
	OPENSSL_cleanse(all, sizeof(all));
	return found;
}

static int try_key(struct attempt *attempt, const struct simpleconfig_key_source *source)
{
	struct simpleconfig_unwrap *unwrap = NULL;
	uint8_t key[16];
	int found = 0;

	if (simpleconfig_derive_key(source, key))
		return 0;
	unwrap = simpleconfig_unwrap_create(key);
	if (unwrap)
		found = try_gaps(attempt, unwrap);
	simpleconfig_unwrap_destroy(unwrap);
	OPENSSL_cleanse(key, sizeof(key));
	return found;
}

static int try_pin(struct attempt *attempt, const uint8_t *pin, size_t pin_len, uint32_t flags)
{
	struct simpleconfig_key_source source = {
		.mac = attempt->sa,
		.pin = pin,
		.rand = attempt->rand,
		.pin_len = pin_len,
		.pattern = attempt->pattern,
	};
	int found = try_key(attempt, &source);

	if (!found) {
		source.mac = simpleconfig_placeholder_mac();
		flags |= SIMPLECONFIG_PLACEHOLDER;
		found = try_key(attempt, &source);
	}
	/* An old sender's mixture of both variants: simpleconfig.md 4.4. */
	if (!found && attempt->pattern == SIMPLECONFIG_BROADCAST && attempt->gap_count == 0) {
		source.pattern = SIMPLECONFIG_MULTICAST;
		found = try_key(attempt, &source);
		source.mac = attempt->sa;
		if (!found) {
			flags &= ~(uint32_t)SIMPLECONFIG_PLACEHOLDER;
			found = try_key(attempt, &source);
		}
	}
	if (found)
		attempt->flags = flags;
	return found;
}

int simpleconfig_attempt_run(struct attempt *attempt)
{
	const struct simpleconfig_policy *policy = attempt->policy;
	int found = 0;

	attempt->flags = 0;
	attempt->weak = 0;
	if ((attempt->pins & PIN_OWN) && policy->pin_len > 0)
		found = try_pin(attempt, policy->pin, policy->pin_len, SIMPLECONFIG_OWN_PIN);
	if (!found && (attempt->pins & PIN_DEFAULT) &&
	    (policy->pin_len == 0 || policy->allow_default))
		found = try_pin(attempt, simpleconfig_default_pin(), SIMPLECONFIG_PIN_MIN, 0);
	if (found && attempt->gap_count > 0)
		attempt->flags |= SIMPLECONFIG_REPAIRED;
	if (found && attempt->profile.by_bssid)
		attempt->flags |= SIMPLECONFIG_BY_BSSID;
	return found;
}
