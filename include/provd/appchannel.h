/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/appchannel.h
 * @brief Optional host service "provd.appchannel/1", for dialects: answer the phone.
 */
#ifndef PROVD_APPCHANNEL_H
#define PROVD_APPCHANNEL_H

#include <provd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROVD_APPCHANNEL "provd.appchannel/1"

/** The table. */
struct provd_appchannel {
	uint32_t size;
	uint32_t reserved;
	/**
	 * Sends to a peer, from the address and port it talked to. Copied. The first one leaves
	 * at once; repeats follow every `interval_ms` and end when the peer is forgotten.
	 * @param repeats how often in all, 1 to 10
	 * @return 0, PROVD_E_PEER_RATE (over the limit, dropped), PROVD_E_PEER_GONE,
	 *         PROVD_E_INVALID (more than 1472 bytes), PROVD_E_IO
	 */
	int (*send)(void *self, uint64_t peer, const uint8_t *data, size_t len, uint32_t repeats,
		    uint64_t interval_ms);
	/**
	 * Sends to every host of the local networks, port `port` (IPv4 broadcast). Copied.
	 * @return as send
	 */
	int (*broadcast)(void *self, uint32_t port, const uint8_t *data, size_t len,
			 uint32_t repeats, uint64_t interval_ms);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_APPCHANNEL_H */
