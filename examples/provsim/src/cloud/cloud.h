/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file cloud.h
 * @brief The simulated cloud: what its parts share. Everything runs on the loop thread.
 */
#ifndef PROVSIM_CLOUD_H
#define PROVSIM_CLOUD_H

#include "../common/common.h"
#include "broker.h"
#include "faults.h"
#include "pki.h"
#include "platform.h"
#include "registry.h"
#include "relay.h"

#include <limits.h>

#include <uv.h>

struct sim_gateway;
struct sim_binder;
struct sim_control;

/** Settings from the command line; texts are borrowed from argv. */
struct sim_cloud_options {
	char dir[PATH_MAX];
	bool own_dir; /* made here, removed at the end */
	char mosquitto[PATH_MAX];
	const char *listen_ip;
	const char *device_info; /* --write-device-info */
	const char *expect_token;
	enum sim_cert_kind https_cert;
	enum sim_cert_kind mqtt_cert;
	int https_port;
	unsigned int reply_delay_ms;
	bool exit_on_eof;
	bool show_secrets;
	bool text;
};

/** The whole cloud. */
struct sim_cloud {
	struct sim_cloud_options options;
	struct sim_out out;
	struct sim_registry registry;
	struct sim_faults faults;
	struct sim_pki pki;
	uv_loop_t loop;
	uv_signal_t sigint;
	uv_signal_t sigterm;
	uv_timer_t broker_timer; /* end of broker-down=MS */
	struct sim_gateway *gateway;
	struct sim_broker *broker;
	struct sim_platform *platform;
	struct sim_relay *relay;
	struct sim_binder *binder;
	struct sim_control *control;
	bool started; /* "ready" was told */
	bool stopping;
	bool down;     /* the broker is kept down by a fault */
	bool refusing; /* the key file is empty by a fault */
	bool parts_closed;
	const char *exit_reason;
	int exit_status;
};

/** Parse the command line. @return -1 to go on, else the exit status */
int sim_cloud_options_parse(struct sim_cloud *cloud, int argc, char **argv);

/** Use a fault once and tell so. @param out_value may be NULL @return true if it was armed */
bool sim_cloud_fault(struct sim_cloud *cloud, enum sim_fault fault, long *out_value);

/** Bring broker and keys in line with the armed faults; after any change of the faults. */
void sim_cloud_sync_faults(struct sim_cloud *cloud);

/**
 * Write the key file and DIR/cloud.json from the registry.
 * @param done called from the loop when the broker has the keys; may be NULL
 */
int sim_cloud_keys_changed(struct sim_cloud *cloud, void (*done)(void *arg), void *arg);

/** End the program; the first call decides reason and status. */
void sim_cloud_quit(struct sim_cloud *cloud, const char *reason, int status);

/* gateway.c: the HTTPS server for registration. */

/** Start. @return 0 or PROVD_E_IO */
int sim_gateway_create(struct sim_cloud *cloud, struct sim_gateway **out_gateway);
/** The port, host byte order. */
int sim_gateway_port(const struct sim_gateway *gateway);
/** Stop at once, open requests are dropped. NULL allowed. */
void sim_gateway_destroy(struct sim_gateway *gateway);

/* binder.c: what devices publish, and the answers. */

int sim_binder_create(struct sim_cloud *cloud, struct sim_binder **out_binder);
/** A message on the up topics. */
void sim_binder_message(struct sim_binder *binder, const char *topic, const char *data,
			size_t size);
/** Drop answers that are still delayed. NULL allowed. */
void sim_binder_destroy(struct sim_binder *binder);

/* control.c: JSON lines on stdin. */

int sim_control_create(struct sim_cloud *cloud, struct sim_control **out_control);
void sim_control_destroy(struct sim_control *control);

/* state.c: DIR/cloud.json and device_info.json */

#define SIM_FILE_STATE "cloud.json"

/** Kinds of identity files. */
enum sim_info_kind {
	SIM_INFO_FRESH,
	SIM_INFO_PSK,
	SIM_INFO_CERT
};

/** Members of a device_info.json; unused ones NULL. */
struct sim_device_info {
	enum sim_info_kind kind;
	bool cert_product; /* fresh devices of it get certificates */
	const char *product_id;
	const char *product_secret;
	const char *device_name;
	const char *region;
	const char *device_secret;
	const char *cert_file;
	const char *key_file;
};

/** Text of a device_info.json (protocol notes 6.5). @return given: wipe and free() it, or NULL */
char *sim_device_info_text(const struct sim_device_info *info);

/** Write a text file by its path, mode 0600. @return 0 or PROVD_E_* */
int sim_write_private(const char *path, const char *text);

/** Write DIR/cloud.json, from which `device-info` reads. @return 0 or PROVD_E_* */
int sim_state_save(const struct sim_registry *reg, const char *dir);

/** Load what sim_state_save wrote into an initialised registry. @return 0 or PROVD_E_* */
int sim_state_load(struct sim_registry *reg, const char *dir);

#endif
