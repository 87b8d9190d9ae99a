/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ble_line.h
 * @brief The lines of the BLE socket: one JSON object for each GATT operation, values in hex.
 *
 * The format is described in the README of this plugin.
 */
#ifndef SIM_BLE_LINE_H
#define SIM_BLE_LINE_H

#include <provd/error.h>

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_BLE_LINE_MAX  4096 /**< bytes of a line from the phone, newline included */
#define SIM_BLE_VALUE_MAX 512  /**< Bluetooth Core 5.3, Vol 3 Part F 3.2.9 */
#define SIM_BLE_MTU_MIN	  23u
#define SIM_BLE_MTU_MAX	  517u

enum sim_ble_verb {
	SIM_BLE_CONNECT = 1,
	SIM_BLE_DISCONNECT,
	SIM_BLE_MTU,
	SIM_BLE_WRITE,
	SIM_BLE_READ,
	SIM_BLE_NOTIFY
};

/** A line from the phone. */
struct sim_ble_request {
	uint32_t verb;	   /**< enum sim_ble_verb */
	uint32_t enable;   /**< notify: subscribe or not */
	uint32_t response; /**< write: with response */
	uint32_t mtu;	   /**< connect, mtu; 0: not said */
	uint8_t mac[6];	   /**< connect; zero: not said */
	uint8_t has_service;
	uint8_t reserved;
	uint8_t service[16];
	uint8_t characteristic[16];
	uint8_t value[SIM_BLE_VALUE_MAX];
	size_t value_len;
};

/**
 * Reads one line. Pure but for memory.
 * @param line, len without the newline
 * @param err words for the phone, may be NULL
 * @return 0, PROVD_E_INVALID; `out_request` is untouched on failure
 */
int sim_ble_line_decode(const char *line, size_t len, struct sim_ble_request *out_request,
			struct provd_error *err);

/** Name of a verb as it stands in a line. */
const char *sim_ble_verb_name(uint32_t verb);

/** An object {"op": verb, "status": name of the code}. @return a new reference or NULL */
json_t *sim_ble_line_answer(uint32_t verb, int status);

/** Sets a member to bytes in hex. @return 0 or PROVD_E_NOMEM */
int sim_ble_line_hex(json_t *line, const char *key, const uint8_t *bytes, size_t len);

/** Sets a member to a UUID. @return 0 or PROVD_E_NOMEM */
int sim_ble_line_uuid(json_t *line, const char *key, const uint8_t uuid[16]);

#endif /* SIM_BLE_LINE_H */
