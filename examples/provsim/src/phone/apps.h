/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file apps.h
 * @brief How each phone app speaks: its datagram, its rhythm, what it accepts. Pure functions.
 *
 * From the protocol notes 1.10 (table of apps), 1.1 and 8.4 (traps).
 */
#ifndef PROVSIM_APPS_H
#define PROVSIM_APPS_H

#include <stdbool.h>
#include <stddef.h>

/** Largest datagram an app sends or can take, in bytes. */
#define SIM_DATAGRAM_MAX 1024

enum sim_app_id {
	SIM_APP_MINI_PROGRAM,
	SIM_APP_ANDROID,
	SIM_APP_IOS,
	SIM_APP_DOC,
	SIM_APP_COUNT
};

/** One row of the table. */
struct sim_app {
	enum sim_app_id id;
	const char *name;
	int local_port;	    /* the port the real app binds; 0: ephemeral */
	int first_delay_ms; /* before the first send */
	int interval_ms;    /* between sends */
	int sends;	    /* at most */
	bool connected;	    /* a connected socket: only the device's own address is heard */
	bool region;	    /* sends `region` (and `bssid` with credentials) */
	bool pretty;	    /* JSON with line feeds */
};

/** Find by name ("mini-program", "android", "ios", "doc"). @return static or NULL */
const struct sim_app *sim_app_find(const char *name);

/** What is told to the device. SSID and passphrase are raw bytes. */
struct sim_app_message {
	bool token_only; /* cmdType 0 instead of 1 */
	const void *ssid;
	size_t ssid_size;
	const void *passphrase;
	size_t passphrase_size;
	const char *token;
	const char *bssid;
	const char *region;
};

/**
 * Build the datagram. Bytes of 0x80 and above go out unchanged, so that an SSID that is not UTF-8
 * reaches the device as it is.
 * @param out      SIM_DATAGRAM_MAX bytes
 * @param out_size bytes used
 * @return 0 or PROVD_E_LIMIT
 */
int sim_app_build(const struct sim_app *app, const struct sim_app_message *message, char *out,
		  size_t *out_size);

/** What an app makes of a datagram. */
enum sim_verdict {
	SIM_VERDICT_IGNORE,   /* goes on waiting */
	SIM_VERDICT_IDENTITY, /* has what it wants */
	SIM_VERDICT_ERROR,    /* Current_Error: gives up */
	SIM_VERDICT_PREVIOUS, /* Previous_Error: goes on */
	SIM_VERDICT_ABORT     /* gives up for another reason, see `reason` */
};

/** Contents of a datagram. */
struct sim_app_reply {
	char product_id[64];
	char device_name[64];
	char proto_version[16];
	char device_reply[32];
	char log[128];
	const char *reason; /* static text */
};

/**
 * The receive buffer. Android re-uses it without clearing, so what a longer datagram left there
 * follows the next one (1.1). Zeroed memory: fresh.
 */
struct sim_app_buffer {
	char bytes[SIM_DATAGRAM_MAX];
};

/** Judge a datagram as the app would. */
enum sim_verdict sim_app_judge(const struct sim_app *app, struct sim_app_buffer *buffer,
			       const void *data, size_t size, struct sim_app_reply *out_reply);

#endif
