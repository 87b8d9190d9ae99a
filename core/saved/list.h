/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file saved/list.h
 * @brief The model: networks in the order in which they are tried. Pure: no I/O, no log.
 */
#ifndef PROVD_CORE_SAVED_LIST_H
#define PROVD_CORE_SAVED_LIST_H

#include "saved/saved.h"

/** Networks that a list can hold. */
#define PROVD_SAVED_NETWORKS_MAX 32
/** Priorities go from minus this to this. */
#define PROVD_SAVED_PRIORITY_MAX 1000
/** Bytes of the longest token that can be staged. */
#define PROVD_SAVED_TOKEN_MAX 4096
/** The highest 802.11 channel number that is kept as a hint. */
#define PROVD_SAVED_CHANNEL_MAX 255

/** By priority, then the one added or moved last first. Holds references of the passphrases. */
struct provd_saved_list {
	size_t max;
	size_t count;
	struct provd_saved_network networks[PROVD_SAVED_NETWORKS_MAX];
};

/** @param max 1 to PROVD_SAVED_NETWORKS_MAX */
void provd_saved_list_init(struct provd_saved_list *list, size_t max);
/** Drops all passphrases; the list is empty then. */
void provd_saved_list_finish(struct provd_saved_list *list);
/** Makes `to`, which must be finished or new, the same as `from`. */
void provd_saved_list_copy(struct provd_saved_list *to, const struct provd_saved_list *from);

/** @return the index of the network of that name, or the count of the list when there is none */
size_t provd_saved_list_find(const struct provd_saved_list *list, const uint8_t *ssid,
			     size_t ssid_len);

/** As provd_saved_add. @return 0 or PROVD_E_INVALID */
int provd_saved_list_add(struct provd_saved_list *list,
			 const struct provd_credentials *credentials);

/**
 * Puts a network behind all of its priority: for reading a list in its order.
 * @return 0, PROVD_E_INVALID, PROVD_E_EXISTS (the name), PROVD_E_LIMIT (full)
 */
int provd_saved_list_append(struct provd_saved_list *list,
			    const struct provd_saved_network *network);

/** @return 0 or PROVD_E_NOT_FOUND */
int provd_saved_list_forget(struct provd_saved_list *list, const uint8_t *ssid, size_t ssid_len);

/**
 * Moves a network before all of its new priority; the same one again moves nothing.
 * @return 0, PROVD_E_NOT_FOUND, PROVD_E_INVALID
 */
int provd_saved_list_set_priority(struct provd_saved_list *list, const uint8_t *ssid,
				  size_t ssid_len, int32_t priority);

/** Forgets the last networks until `max` are left, which becomes the list's limit. */
void provd_saved_list_trim(struct provd_saved_list *list, size_t max);

/** @return 0, or PROVD_E_INVALID when a length is out of range */
int provd_saved_credentials_check(const struct provd_credentials *credentials);
/**
 * Copies what is worth keeping, with a reference of the passphrase. Hints that make no sense
 * (channel, security) are left out: the network is tried without them.
 */
void provd_saved_credentials_copy(struct provd_credentials *to,
				  const struct provd_credentials *from);
/** Drops the passphrase. */
void provd_saved_credentials_finish(struct provd_credentials *credentials);

/** @return 0, or PROVD_E_INVALID when a member is out of range */
int provd_saved_staged_check(const struct provd_saved_staged *staged);
/** Copies with references of passphrase and token; of `times` the wall clock times alone. */
void provd_saved_staged_copy(struct provd_saved_staged *to, const struct provd_saved_staged *from);
/** Drops passphrase and token. */
void provd_saved_staged_finish(struct provd_saved_staged *staged);

#endif /* PROVD_CORE_SAVED_LIST_H */
