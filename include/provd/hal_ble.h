/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/hal_ble.h
 * @brief HAL capability `ble`: a GATT server with an advertisement, one central at a time.
 *
 * Services and the advertisement stay until they are removed: while a central is connected the
 * advertisement may pause, and it is on the air again after BLE_DISCONNECTED; an adapter or a
 * Bluetooth service that went away gets them back when it returns. The ATT MTU is 23 until
 * CONNECTED or BLE_MTU says more; BLE_MTU comes before the write that it concerns.
 */
#ifndef PROVD_HAL_BLE_H
#define PROVD_HAL_BLE_H

#include <provd/hal.h>

#ifdef __cplusplus
extern "C" {
#endif

/** `provd_ble_characteristic.properties` (Bluetooth Core 5.3, Vol 3 Part G 3.3.1.1). */
enum provd_ble_property {
	PROVD_BLE_READ = 1u << 1,
	PROVD_BLE_WRITE_NO_RESPONSE = 1u << 2,
	PROVD_BLE_WRITE = 1u << 3,
	PROVD_BLE_NOTIFY = 1u << 4,
	PROVD_BLE_INDICATE = 1u << 5
};

/** One characteristic; events and notify() name it by its index in the service. */
struct provd_ble_characteristic {
	uint32_t size;
	uint32_t properties; /**< enum provd_ble_property */
	uint8_t uuid[16];    /**< 128 bit, most significant byte first, as it is written */
};

/** A primary service. Copied. */
struct provd_ble_service {
	uint32_t size;
	uint32_t reserved;
	uint8_t uuid[16];
	const struct provd_ble_characteristic *characteristics;
	size_t characteristic_count; /**< 1 to 8 */
};

/**
 * An advertisement. Copied. All of it must fit the 31 + 31 bytes of a legacy one, where a UUID on
 * the Bluetooth base (0000xxxx-0000-1000-8000-00805f9b34fb) goes out in its 16-bit form.
 */
struct provd_ble_advertisement {
	uint32_t size;
	uint32_t flags;			    /**< 0 */
	uint32_t interval_ms;		    /**< 0: the HAL's default */
	uint32_t manufacturer_id;	    /**< with manufacturer_data */
	const char *local_name;		    /**< or NULL */
	const uint8_t (*service_uuids)[16]; /**< advertised services */
	size_t service_uuid_count;
	struct provd_bytes manufacturer_data; /**< may be empty */
	const uint8_t *service_data_uuid;     /**< 16 bytes, or NULL */
	struct provd_bytes service_data;
};

/** Data of PROVD_EV_BLE_CONNECTED. */
struct provd_ble_peer {
	uint32_t size;
	uint32_t mtu; /**< ATT MTU in bytes */
	uint8_t mac[6];
	uint8_t reserved[2];
};

/** Table "provd.hal.ble/1". */
struct provd_hal_ble {
	uint32_t size;
	uint32_t reserved;
	/**
	 * Registers a service; OP_DONE. Services stay until remove_services.
	 * @param out_service its number for events and calls, set at once
	 */
	int (*add_service)(void *inst, uint64_t op, const struct provd_ble_service *service,
			   uint32_t *out_service);
	/** Removes all services; OP_DONE. */
	int (*remove_services)(void *inst, uint64_t op);
	/** Starts or replaces the advertisement; OP_DONE when it is on the air. */
	int (*advertise)(void *inst, uint64_t op, const struct provd_ble_advertisement *adv);
	/** Stops it; OP_DONE. */
	int (*stop_advertising)(void *inst, uint64_t op);
	/**
	 * Sends one notification of at most MTU - 3 bytes; BLE_SENT when it went out.
	 * @return 0, PROVD_E_BUSY (queue full, wait for BLE_SENT), PROVD_E_PEER_GONE,
	 *         PROVD_E_STATE (nobody has subscribed)
	 */
	int (*notify)(void *inst, uint64_t connection, uint32_t service, uint32_t characteristic,
		      const uint8_t *data, size_t len);
	/** Sets what a read returns. Copied. */
	int (*set_value)(void *inst, uint32_t service, uint32_t characteristic, const uint8_t *data,
			 size_t len);
	/** Ends the connection after what is queued has gone out; BLE_DISCONNECTED. */
	int (*disconnect)(void *inst, uint64_t connection);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_HAL_BLE_H */
