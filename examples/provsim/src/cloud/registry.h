/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file registry.h
 * @brief The product and its devices, as the platform would know them. No I/O.
 */
#ifndef PROVSIM_REGISTRY_H
#define PROVSIM_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>

#define SIM_PRODUCT_ID_SIZE	11 /* with NUL (protocol notes 6.5) */
#define SIM_DEVICE_NAME_SIZE	49 /* with NUL */
#define SIM_DEVICE_SECRET_SIZE	65 /* with NUL, base64 text */
#define SIM_PRODUCT_SECRET_SIZE 65 /* with NUL */
#define SIM_DEVICES_MAX		256

/** One device of the product. */
struct sim_device {
	char name[SIM_DEVICE_NAME_SIZE];
	char secret[SIM_DEVICE_SECRET_SIZE]; /* empty before the first registration */
	bool activated;			     /* has connected once: registration is over */
	unsigned int registrations;
};

/** The product. */
struct sim_registry {
	char product_id[SIM_PRODUCT_ID_SIZE];
	char product_secret[SIM_PRODUCT_SECRET_SIZE];
	bool auto_create; /* unknown device names are created at registration */
	bool cert;	  /* devices get certificates instead of keys */
	struct sim_device *devices;
	size_t count;
};

/** Empty registry with a random product secret of 24 characters. @return 0 or PROVD_E_* */
int sim_registry_init(struct sim_registry *reg);

/** Wipe and free what the registry holds. */
void sim_registry_finish(struct sim_registry *reg);

/** Set product id (1..10 of [A-Za-z0-9]). @return 0 or PROVD_E_INVALID */
int sim_registry_set_product(struct sim_registry *reg, const char *product_id);

/** Set product secret (16..64 printable characters). @return 0 or PROVD_E_INVALID */
int sim_registry_set_secret(struct sim_registry *reg, const char *secret);

/**
 * Whether a device name may be used here: 1..48 of [A-Za-z0-9_-]. The platform also allows ':',
 * which the broker's key file cannot hold.
 */
bool sim_device_name_ok(const char *name);

/**
 * Add a device.
 * @param secret NULL: none yet; "auto": a random one; else base64 of 1..48 bytes
 * @return 0, PROVD_E_INVALID, PROVD_E_EXISTS, PROVD_E_LIMIT or PROVD_E_NOMEM
 */
int sim_registry_add(struct sim_registry *reg, const char *name, const char *secret);

/** @return borrowed until the next add, or NULL */
struct sim_device *sim_registry_find(struct sim_registry *reg, const char *name);

/** The device whose MQTT client id (product id + device name) this is. @return borrowed or NULL */
struct sim_device *sim_registry_find_client(struct sim_registry *reg, const char *client_id);

/** Give the device a new random secret of 16 bytes; the old one is dead. @return 0 or PROVD_E_* */
int sim_device_new_secret(struct sim_device *device);

/**
 * Text of the broker's PSK file: one `identity:hexkey` line for each device with a secret.
 * @param empty     true: no keys at all (the fault broker-refuse)
 * @param out_text  given: wipe and free() it
 * @return 0 or PROVD_E_NOMEM
 */
int sim_registry_psk_text(const struct sim_registry *reg, bool empty, char **out_text);

#endif
