/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file saved/format.h
 * @brief The records as JSON text and back. Pure functions over bytes; hostile input is refused.
 *
 * Names, passphrases and tokens are in hexadecimal, so that all bytes survive. Members that are
 * not known are ignored. Every record has a number `format`; text of an older one is brought up to
 * date step by step by its table of upgrades when it is read.
 *
 * Decoding gives 0, PROVD_E_CORRUPT, PROVD_E_NOT_SUPPORTED (format of a newer version) or
 * PROVD_E_NOMEM; encoding gives 0, PROVD_E_INVALID, PROVD_E_LIMIT (longer than a record can be) or
 * PROVD_E_NOMEM. What Jansson copies on the way is wiped by the allocator that the daemon gave it.
 */
#ifndef PROVD_CORE_SAVED_FORMAT_H
#define PROVD_CORE_SAVED_FORMAT_H

#include "saved/list.h"

#include <jansson.h>

/** The format that is written, of each of the three. */
#define PROVD_SAVED_FORMAT 1

/** Record "device". */
struct provd_saved_device {
	int bound;
	/** A reset was decided: what the record holds counts as empty and is yet to be erased. */
	int forget_networks;
	int forget_staged;
	uint64_t ended; /**< id of the staged session that ended by binding; 0: none */
};

/** @param out_text given: provd_secret_unref */
int provd_saved_encode_networks(const struct provd_saved_list *list,
				struct provd_secret **out_text);
int provd_saved_encode_staged(const struct provd_saved_staged *staged,
			      struct provd_secret **out_text);
int provd_saved_encode_device(const struct provd_saved_device *device,
			      struct provd_secret **out_text);

/** @param out_list given, with room for PROVD_SAVED_NETWORKS_MAX: provd_saved_list_finish */
int provd_saved_decode_networks(struct provd_bytes text, struct provd_saved_list *out_list);
/** @param out_staged given: provd_saved_staged_finish */
int provd_saved_decode_staged(struct provd_bytes text, struct provd_saved_staged *out_staged);
int provd_saved_decode_device(struct provd_bytes text, struct provd_saved_device *out_device);

/** Changes a record of one format into the next one. @return 0 or a code of decoding */
typedef int provd_saved_upgrade_fn(json_t *root);

/**
 * Brings a record up to date.
 * @param upgrades `current` - 1 of them; [n] makes format n + 2 out of n + 1
 * @return 0 or a code of decoding
 */
int provd_saved_upgrade(json_t *root, provd_saved_upgrade_fn *const *upgrades, json_int_t current);

#endif /* PROVD_CORE_SAVED_FORMAT_H */
