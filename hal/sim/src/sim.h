/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file sim.h
 * @brief The simulated board: what its parts share. Everything runs on the loop thread.
 *
 * Each capability has a part of its own with three shared functions: the state lives in struct
 * sim, `sim_x_close` ends what runs by OP_DONE with the status given and frees what it holds.
 */
#ifndef SIM_H
#define SIM_H

#include "ble_line.h"
#include "pcap.h"

#include <provd/hal.h>
#include <provd/hal_ble.h>
#include <provd/hal_monitor.h>
#include <provd/hal_offload.h>
#include <provd/hal_softap.h>
#include <provd/hal_station.h>
#include <provd/hal_store.h>

#include <jansson.h>

#define SIM_AP_MAX	    64		/**< access points of the world */
#define SIM_CLIENT_MAX	    16		/**< phones on the own access point */
#define SIM_SCRIPT_MAX	    64		/**< entries of option `script` */
#define SIM_SERVICE_MAX	    4		/**< GATT services */
#define SIM_CHAR_MAX	    8		/**< characteristics of one service (hal_ble.h) */
#define SIM_BATCH	    16		/**< frames handed over in one call */
#define SIM_FRAME_MAX	    4096	/**< bytes of one datagram on the air socket */
#define SIM_PCAP_MAX	    (64u << 20) /**< bytes of a capture file */
#define SIM_KEYS_MAX	    64		/**< keys of the store in memory */
#define SIM_JOBS_MAX	    16		/**< store operations that run or wait */
#define SIM_DEVICE_KEY_SIZE 32
#define SIM_CAPABILITIES    6
#define SIM_COMBINATION_MAX 12
#define SIM_OFFLOAD_TEXT    128	  /**< bytes of the list of offload variants */
#define SIM_BLE_QUEUE	    65536 /**< bytes that wait for the BLE socket */
#define SIM_BLE_OPS	    8
#define SIM_BLE_NOTES	    16 /**< notifications that wait */

struct sim;

/** An access point of the world around. */
struct sim_ap {
	struct provd_bss bss; /**< `ssid` is set for hidden ones too */
	uint32_t hidden;
	uint32_t dhcp;
	uint32_t status;       /**< 802.11 status of its association response; 0: granted */
	uint32_t reason;       /**< 802.11 reason by which it ends the handshake; 0: none */
	uint32_t gateway_told; /**< `gateway` counts; else it is .1 of the address */
	int64_t join_ms;       /**< -1: the option join_delay */
	int64_t dhcp_ms;       /**< -1: the option dhcp_delay */
	uint64_t appears_us;   /**< after create() */
	uint8_t address[4];    /**< that its DHCP gives to the station */
	uint8_t gateway[4];    /**< all zero: its DHCP names none */
	struct provd_secret *passphrase; /**< NULL: none needed */
};

struct sim_world {
	struct sim_ap aps[SIM_AP_MAX];
	size_t count;
	uint64_t born_us;
};

/** Where a failure can be asked for. */
enum sim_point {
	SIM_POINT_OPEN,
	SIM_POINT_SCAN,
	SIM_POINT_CONNECT,
	SIM_POINT_AP_START,
	SIM_POINT_AP_STOP,
	SIM_POINT_MONITOR_START,
	SIM_POINT_SET_CHANNEL,
	SIM_POINT_MONITOR_STOP,
	SIM_POINT_OFFLOAD_START,
	SIM_POINT_OFFLOAD_STOP,
	SIM_POINT_ADD_SERVICE,
	SIM_POINT_ADVERTISE,
	SIM_POINT_NOTIFY,
	SIM_POINT_LOAD,
	SIM_POINT_SAVE,
	SIM_POINT_ERASE,
	SIM_POINT_DEVICE_KEY,
	SIM_POINT_COUNT
};

struct sim_fault {
	int32_t code;
	uint32_t times;
	uint32_t at_call; /**< 1: the call itself fails, 0: its OP_DONE carries the code */
};

/** A running operation: number and the timer of its next step. */
struct sim_op {
	uint64_t op; /**< 0: none */
	uint64_t timer;
};

struct sim_station {
	struct sim_op op;
	uint32_t scanning;
	struct provd_scan_request scan;
	uint32_t scan_channels[32];
	struct provd_credentials creds; /**< its secret is a reference of ours */
	struct provd_link link;
};

enum sim_softap_state {
	SIM_AP_CLOSED,
	SIM_AP_STARTING,
	SIM_AP_UP,
	SIM_AP_STOPPING
};

struct sim_softap {
	uint32_t state; /**< enum sim_softap_state */
	struct sim_op op;
	struct provd_softap_config config; /**< its secret is a reference of ours */
	struct provd_ap_client clients[SIM_CLIENT_MAX];
	size_t count;
	uint64_t phone_timer;
};

struct sim_monitor {
	uint32_t running; /**< frames flow */
	struct sim_op op;
	uint32_t stopping;
	struct provd_monitor_plan plan; /**< tuned as it says */
	struct provd_monitor_plan next; /**< while set_channel runs */
	struct provd_monitor_stats stats;
	int air_fd;
	uint64_t air_watch;
	uint8_t *buffer;  /**< SIM_BATCH * SIM_FRAME_MAX */
	uint8_t *capture; /**< the pcap file */
	struct sim_pcap pcap;
	uint64_t replay_timer;
	uint64_t replay_start_us;
	uint64_t replay_first_us; /**< time of the first frame in the file */
	struct sim_pcap_frame replay_next;
	uint32_t replay_ready; /**< replay_next is set */
};

struct sim_offload {
	struct sim_op op;
	uint32_t running;
	uint32_t stopping;
	uint64_t listen_op; /**< number of the `start` */
	char variants[SIM_OFFLOAD_TEXT];
	char variant[32];
};

struct sim_ble_char {
	uint8_t uuid[16];
	uint32_t properties;
	uint32_t subscribed;
	uint8_t value[SIM_BLE_VALUE_MAX];
	size_t value_len;
};

struct sim_ble_service {
	uint8_t uuid[16];
	struct sim_ble_char chars[SIM_CHAR_MAX];
	size_t count;
};

/** What is on the air, as the phone is told. */
struct sim_ble_adv {
	uint32_t on;
	uint32_t manufacturer_id;
	char name[32];
	uint8_t uuids[4][16];
	size_t uuid_count;
	uint8_t manufacturer[32];
	size_t manufacturer_len;
	uint8_t data_uuid[16];
	uint32_t has_data;
	uint8_t data[32];
	size_t data_len;
};

/** One running operation; several may run, they end in their order. */
struct sim_ble_op {
	struct sim *sim;
	struct sim_op op;
	int32_t status;
	uint32_t advertise; /**< it put an advertisement on the air */
};

/** A notification whose bytes wait for the phone's socket. */
struct sim_ble_note {
	uint64_t end; /**< position in all bytes ever queued */
	uint32_t service;
	uint32_t characteristic;
};

struct sim_ble {
	struct sim_ble_op ops[SIM_BLE_OPS];
	struct sim_ble_adv adv;
	struct sim_ble_service services[SIM_SERVICE_MAX];
	size_t service_count;
	uint64_t connection; /**< 0: none */
	uint32_t mtu;
	uint32_t leaving; /**< disconnect when the queue is empty */
	int listen_fd;
	uint64_t listen_watch;
	int fd; /**< the phone's socket */
	uint64_t watch;
	uint32_t watching_write;
	uint8_t in[SIM_BLE_LINE_MAX];
	size_t in_len;
	uint8_t *out; /**< SIM_BLE_QUEUE bytes */
	size_t out_len;
	uint64_t queued; /**< bytes ever queued for this phone */
	struct sim_ble_note notes[SIM_BLE_NOTES];
	size_t note_count;
};

struct sim_store_entry {
	char key[PROVD_STORE_KEY_MAX + 1];
	uint8_t *data;
	size_t len;
};

struct sim_store_job;

struct sim_store {
	uint8_t device_key[SIM_DEVICE_KEY_SIZE];
	uint32_t device_key_fixed; /**< from the option: the folder has no say */
	struct sim_store_entry entries[SIM_KEYS_MAX];
	struct sim_store_job *jobs[SIM_JOBS_MAX];
};

/** What a script entry can wait for. */
enum sim_trigger {
	SIM_ON_TIME,
	SIM_ON_OPEN,
	SIM_ON_SCAN,
	SIM_ON_CONNECT,
	SIM_ON_JOINED,
	SIM_ON_AP_UP,
	SIM_ON_MONITOR,
	SIM_ON_OFFLOAD,
	SIM_ON_ADVERTISE,
	SIM_ON_COUNT
};

struct sim_script_entry {
	struct sim *sim;
	json_t *command;
	uint32_t on; /**< enum sim_trigger */
	uint32_t armed;
	uint64_t delay_ms;
	uint64_t timer;
};

struct sim_script {
	struct sim_script_entry entries[SIM_SCRIPT_MAX];
	size_t count;
};

struct sim_control {
	int fd;
	uint64_t watch;
};

enum sim_state {
	SIM_CLOSED,
	SIM_OPENING,
	SIM_OPEN,
	SIM_CLOSING,
	SIM_FAILING, /**< as closing; FAILED comes instead of HAL_CLOSED */
	SIM_FAILED
};

struct sim {
	const struct provd_host *host;
	uint32_t state;		 /**< enum sim_state */
	uint32_t withheld;	 /**< bit per entry of `capabilities` */
	uint32_t together;	 /**< access point and station at once */
	uint32_t monitor_joined; /**< monitor and station at once */
	int32_t failure;	 /**< why, while failing */
	uint32_t reserved;
	uint64_t open_timer;
	uint8_t mac[6];
	struct provd_capability capabilities[SIM_CAPABILITIES];
	struct provd_combination combinations[SIM_COMBINATION_MAX];
	size_t combination_count;
	struct sim_fault faults[SIM_POINT_COUNT];
	struct sim_world world;
	struct sim_station station;
	struct sim_softap softap;
	struct sim_monitor monitor;
	struct sim_offload offload;
	struct sim_ble ble;
	struct sim_store store;
	struct sim_script script;
	struct sim_control control;
};

/* op.c */

/** 0 when calls are allowed, PROVD_E_STATE when the board is not open. */
int sim_ready(const struct sim *sim);
/** Starts `op` and calls `fn(sim)` after `delay_ms`. @return 0 or what the host said */
int sim_op_begin(struct sim *sim, struct sim_op *slot, uint64_t op, uint64_t delay_ms,
		 void (*fn)(void *user));
/** Arms the next step of a running operation; ends it when the host refuses. @return 0 or a code */
int sim_op_step(struct sim *sim, struct sim_op *slot, uint64_t delay_ms, void (*fn)(void *user));
/** Ends a running operation by OP_DONE; nothing happens when none runs. */
void sim_op_end(struct sim *sim, struct sim_op *slot, int status);
/** The same with data. */
void sim_op_end_with(struct sim *sim, struct sim_op *slot, int status, const void *data,
		     size_t data_size);
/** Raises an event with an array of data. */
void sim_emit(struct sim *sim, uint32_t type, uint64_t op, int status, const void *data,
	      size_t data_size, uint32_t count);
/** The same with a failure's words. */
void sim_op_end_words(struct sim *sim, struct sim_op *slot, int status, const char *text);
/** Raises PROGRESS. @param flow enum provd_flow */
void sim_progress(struct sim *sim, uint64_t op, const char *text, uint32_t flow);
/** A delay option in milliseconds. */
uint64_t sim_delay(const struct sim *sim, const char *option);
/** Fills in an error. `err` may be NULL. @return `code` */
int sim_error(struct provd_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* caps.c */

/** Fills the lists of capabilities and combinations from the options. @return 0 or CONFIG */
int sim_caps_init(struct sim *sim, struct provd_error *err);
/** Fills `out_caps`. */
void sim_caps_get(struct sim *sim, struct provd_hal_caps *out_caps);
/** 1 when the capability is offered. */
int sim_caps_offers(const struct sim *sim, const char *name);
/** 0, or PROVD_E_STATE when `use` excludes what the radio does now. */
int sim_caps_check(const struct sim *sim, uint32_t use);

/* fault.c */

/** Number of a point by name, or PROVD_E_NOT_FOUND. */
int sim_point_find(const char *name);
/** Takes one asked-for failure. @return its code, or 0 */
int sim_fault_take(struct sim *sim, enum sim_point point, uint32_t at_call);
/** Number of an error code by its name ("WIFI_REJECTED"). @return the code, or 0 */
int sim_code_find(const char *name);

/* world.c */

/** Reads the option access_points. @return 0 or PROVD_E_CONFIG, NOMEM */
int sim_world_init(struct sim *sim, struct provd_error *err);
void sim_world_finish(struct sim *sim);
/** Adds one access point from its JSON object; one of the same BSSID is replaced. */
int sim_world_add(struct sim *sim, json_t *object, uint64_t now_us, struct provd_error *err);
/** Removes all with this SSID. @return how many */
size_t sim_world_remove(struct sim *sim, const uint8_t *ssid, size_t len);
/** 1 when the access point is on the air now. */
int sim_world_visible(const struct sim *sim, const struct sim_ap *ap);
/** The best access point for these credentials, or NULL. */
const struct sim_ap *sim_world_find(const struct sim *sim, const struct provd_credentials *creds);
/** Compares passphrases in constant time. @return 1 when equal */
int sim_secret_equal(const struct sim *sim, const struct provd_secret *a,
		     const struct provd_secret *b);

/* station.c */
extern const struct provd_hal_station sim_station_table;
void sim_station_close(struct sim *sim, int status);
/** Loses the link, if there is one. @return 1 when there was */
int sim_station_lose(struct sim *sim, int status);

/* softap.c */
extern const struct provd_hal_softap sim_softap_table;
void sim_softap_close(struct sim *sim, int status);
/** Ends the access point that a killed daemon has left. */
void sim_softap_clean_up(struct sim *sim);
/** The access point goes down by itself. @return 0 or PROVD_E_STATE */
int sim_softap_fail(struct sim *sim, int status);
/** A phone joins; `passphrase` NULL: it knows the right one. @return 0 or a code */
int sim_softap_client_join(struct sim *sim, const uint8_t mac[6], const char *passphrase);
/** A phone leaves. @return 0 or PROVD_E_NOT_FOUND */
int sim_softap_client_leave(struct sim *sim, const uint8_t mac[6]);

/* monitor.c */
extern const struct provd_hal_monitor sim_monitor_table;
/** Binds the air socket and reads the capture. */
int sim_monitor_open(struct sim *sim);
void sim_monitor_close(struct sim *sim, int status);
void sim_monitor_finish(struct sim *sim);
/** Hands a batch over, without the frames of other channels. */
void sim_monitor_deliver(struct sim *sim, struct provd_frame *frames, size_t count);

/* replay.c */
/** Reads the capture file, if there is one. @return 0 or a code; it is logged */
int sim_replay_open(struct sim *sim);
/** Begins at the first frame. */
void sim_replay_start(struct sim *sim);
void sim_replay_stop(struct sim *sim);

/* offload.c */
extern const struct provd_hal_offload sim_offload_table;
int sim_offload_init(struct sim *sim, struct provd_error *err);
void sim_offload_close(struct sim *sim, int status);
/** Reports what the firmware "decoded". @return 0, PROVD_E_STATE, INVALID */
int sim_offload_inject(struct sim *sim, json_t *object, struct provd_error *err);

/* ble.c: the GATT server; ble_peer.c: what the phone asks; ble_link.c: its socket */
extern const struct provd_hal_ble sim_ble_table;
void sim_ble_close(struct sim *sim, int status);
/** Serves one request of the phone. */
void sim_ble_request(struct sim *sim, const struct sim_ble_request *request);
/** Ends the connection; tells the phone when its socket is still there. */
void sim_ble_drop(struct sim *sim, int status);
/** Tells the phone what is on the air. */
void sim_ble_tell_advertisement(struct sim *sim);
int sim_ble_link_open(struct sim *sim);
void sim_ble_link_close(struct sim *sim);
/** Queues one JSON line; takes the reference. @return 0, PROVD_E_BUSY (queue full), PEER_GONE */
int sim_ble_link_send(struct sim *sim, json_t *line);
/** Something of the queue went out: reports notifications, ends a connection that is leaving. */
void sim_ble_flushed(struct sim *sim);

/* store.c */
extern const struct provd_hal_store sim_store_table;
void sim_store_close(struct sim *sim, int status);
/** 1 while a job still runs. */
int sim_store_busy(const struct sim *sim);
/** Jobs that still run must not come back to an instance that is gone. */
void sim_store_orphan(struct sim *sim);
void sim_store_finish(struct sim *sim);
/** Wipes and frees. NULL allowed. */
void sim_store_wipe(uint8_t *data, size_t len);

/* store_key.c */
/** 1 for 1 to 32 of [a-z0-9-]. */
int sim_purpose_valid(const char *purpose);
/** Reads the option device_key, or takes a random key. @return 0 or PROVD_E_CONFIG, INTERNAL */
int sim_device_key_init(struct sim *sim, struct provd_error *err);
/** The key for a purpose. Any thread. @return 0 or PROVD_E_INTERNAL */
int sim_device_key_derive(const uint8_t key[SIM_DEVICE_KEY_SIZE], const char *purpose,
			  uint8_t out[SIM_DEVICE_KEY_SIZE]);
/** Blocking: replaces `key` by the folder's, or makes it the folder's. @return 0 or a code */
int sim_device_key_file(const char *dir, uint8_t key[SIM_DEVICE_KEY_SIZE]);

/* store_file.c: blocking, for the pool thread; no host, no struct sim */
/** Reads DIR/KEY. @return 0, PROVD_E_NOT_FOUND, CORRUPT (too large), IO, NOMEM; given: free() */
int sim_file_load(const char *dir, const char *key, uint8_t **out_data, size_t *out_len);
/** Replaces DIR/KEY atomically, mode 0600. @return 0, PROVD_E_IO, NO_SPACE, ACCESS */
int sim_file_save(const char *dir, const char *key, const uint8_t *data, size_t len);
/** Removes DIR/KEY. @return 0, PROVD_E_IO, ACCESS */
int sim_file_erase(const char *dir, const char *key);

/* script.c */
int sim_script_init(struct sim *sim, struct provd_error *err);
/** Something happened that entries may wait for. */
void sim_script_fire(struct sim *sim, enum sim_trigger trigger);
void sim_script_stop(struct sim *sim);
void sim_script_finish(struct sim *sim);

/* command.c */
/** Runs one command of the script or the control socket. @return 0 or a code with words */
int sim_command_run(struct sim *sim, json_t *command, struct provd_error *err);

/* control.c */
int sim_control_open(struct sim *sim);
void sim_control_close(struct sim *sim);

/* socket.c */
/** A bound, non-blocking Unix socket; a stale file is replaced. @return descriptor or a code */
int sim_socket_bind(struct sim *sim, const char *path, int type);
/** Closes it and removes its file. */
void sim_socket_close(int *fd, const char *path);

/* sim.c */
/** The hardware is gone: all ends, then FAILED. */
void sim_vanish(struct sim *sim, int status);
/** Goes on with closing when a part became free. */
void sim_close_continue(struct sim *sim);

#endif /* SIM_H */
