/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file message.h
 * @brief Datagrams of Simple Config on the home network: acknowledgement, discovery, control.
 *
 * simpleconfig.md 7 to 9. Pure, any thread, hostile input safe. Devices answer on port 8864.
 */
#ifndef SIMPLECONFIG_MESSAGE_H
#define SIMPLECONFIG_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#define SIMPLECONFIG_PORT	     8864  /**< to phones and from them */
#define SIMPLECONFIG_BROADCAST_PORT  18864 /**< requests and confirmations by broadcast */
#define SIMPLECONFIG_NAME_MAX	     64
#define SIMPLECONFIG_NONCE_SIZE	     64
#define SIMPLECONFIG_DIGEST_SIZE     16
#define SIMPLECONFIG_ACK_SIZE	     80
#define SIMPLECONFIG_DISCOVERED_SIZE 81
#define SIMPLECONFIG_CONTROLLED_SIZE 36
#define SIMPLECONFIG_CONFIRM_SIZE    92

/** What a device tells of itself. `name` is borrowed. */
struct simpleconfig_device {
	uint8_t mac[6];
	uint8_t ip[4];
	uint16_t type;
	const char *name; /**< cut at 64 bytes */
	int has_pin;	  /**< 1: a PIN of its own is set */
};

/**
 * The acknowledgement, 80 bytes (7.1): to the phone's address and by broadcast, port 8864.
 * @param out 80 bytes
 */
void simpleconfig_ack_write(const struct simpleconfig_device *device, uint8_t *out);

/** The answer to a discovery request, 81 bytes (8): to the sender's address, port 8864. */
void simpleconfig_discovered_write(const struct simpleconfig_device *device, uint8_t *out);

/** What a datagram of a phone is. Values of the first byte, as far as they have a name. */
enum simpleconfig_kind {
	SIMPLECONFIG_DISCOVER = 0,
	SIMPLECONFIG_SAVE = 1,
	SIMPLECONFIG_DELETE = 2,
	SIMPLECONFIG_RENAME = 3,
	SIMPLECONFIG_CONFIRM = 4,
	SIMPLECONFIG_NEW_AP = 7,
	SIMPLECONFIG_UNKNOWN = 255 /**< control, but not one of these */
};

/** A datagram of a phone, read. */
struct simpleconfig_request {
	enum simpleconfig_kind kind;
	uint8_t level;	    /**< "security level"; 0 asks for no check, which is refused */
	uint8_t has_digest; /**< DISCOVER and control: `nonce` and `digests` are filled */
	uint8_t digest_count;
	uint8_t confirms; /**< CONFIRM of a control request: its kind; else 0 */
	uint8_t name_len; /**< RENAME */
	uint8_t nonce[SIMPLECONFIG_NONCE_SIZE];
	uint8_t digests[2][SIMPLECONFIG_DIGEST_SIZE];
	uint8_t name[SIMPLECONFIG_NAME_MAX]; /**< not terminated */
};

/**
 * Reads a datagram from port 8864 or 18864.
 *
 * Any datagram that starts with 4 is a confirmation (7.4), whatever its length. The length field is
 * not looked at: two of three senders fill it differently.
 * @return 0, PROVD_E_CORRUPT: too short, too long, or an answer
 */
int simpleconfig_request_read(const uint8_t *data, size_t len,
			      struct simpleconfig_request *out_request);

/**
 * Does the phone know the PIN? Either digest counts: phones and devices contradict each other about
 * their order (9).
 * @param pin the device's own, `pin_len` bytes
 * @return 1 yes; 0 no, or a request without proof, or a device without a PIN
 */
int simpleconfig_request_is_proven(const struct simpleconfig_request *request, const uint8_t *pin,
				   size_t pin_len);

/**
 * The answer to a control request, 36 bytes (9).
 * @param kind SAVE, DELETE, RENAME, NEW_AP or UNKNOWN; others are answered as UNKNOWN
 * @param out  36 bytes
 */
void simpleconfig_controlled_write(enum simpleconfig_kind kind, int accepted, uint8_t *out);

/** A phone's confirmation as the apps send it, 92 bytes (7.4); for simulators and tests. */
void simpleconfig_confirm_write(uint8_t *out);

#endif /* SIMPLECONFIG_MESSAGE_H */
