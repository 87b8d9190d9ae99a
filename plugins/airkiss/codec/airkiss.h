/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file airkiss.h
 * @brief AirKiss decoder: symbols of the air in, credentials out. Pure, no allocation per symbol.
 *
 * Source: smartconfig.md 4 (symbols, sequences, AES) and 6.7 (voting). One structure in the
 * caller's memory holds up to AIRKISS_PHONES_MAX phones; see airkiss_size(). Not thread-safe; all
 * calls on one thread.
 */
#ifndef AIRKISS_H
#define AIRKISS_H

#include "air/decoder.h"

/** Phones that are followed at once; the one of least use makes room for a new one. */
#define AIRKISS_PHONES_MAX 8
/** No state is larger than this, in bytes: memory that is this large suits every build. */
#define AIRKISS_SIZE_MAX 32768

/** `air_result.flags` */
enum airkiss_flag {
	AIRKISS_ENCRYPTED = 1u << 0, /**< the passphrase came as AES */
	AIRKISS_SSID_SCAN = 1u << 1  /**< the SSID was completed from the access points heard */
};

/** What to accept. Copied. */
struct airkiss_options {
	const uint8_t *key;    /**< AES key, filled up with zero bytes; NULL: none */
	size_t key_len;	       /**< 0 to 16 bytes; 0: none */
	uint32_t accept_plain; /**< with a key: 1 takes passphrases in plain text as well */
	uint32_t reserved;
};

struct airkiss;

/** Bytes of a struct airkiss, at most AIRKISS_SIZE_MAX. */
size_t airkiss_size(void);

/**
 * Prepares a decoder.
 * @param ak      airkiss_size() bytes of the caller, aligned as malloc() does
 * @param options NULL: no key
 * @return 0, or PROVD_E_INVALID: a key longer than 16 bytes
 */
int airkiss_init(struct airkiss *ak, const struct airkiss_options *options);

/** Wipes keys and everything heard. NULL is allowed. */
void airkiss_finish(struct airkiss *ak);

/**
 * Takes a symbol.
 * @param streams  told which streams are of use, asked for SSIDs; may be NULL
 * @return how far the phone of this symbol has come
 */
enum air_progress airkiss_push(struct airkiss *ak, const struct air_symbol *symbol,
			       struct air_streams *streams);

/**
 * The credentials, once they are complete. The first phone that completes wins; collecting goes on.
 * @return 1 and `*out_result` filled (secret: wipe it), or 0
 */
int airkiss_result(const struct airkiss *ak, struct air_result *out_result);

/**
 * The join failed: the result is dropped and collecting goes on with all that was heard. The same
 * pair of SSID and passphrase is not given again for this phone until its votes say otherwise.
 */
void airkiss_forget_result(struct airkiss *ak);

/** Between sessions: forgets all phones and results, keeps the options. */
void airkiss_reset(struct airkiss *ak);

#endif /* AIRKISS_H */
