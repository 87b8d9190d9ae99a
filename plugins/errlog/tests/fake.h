/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file fake.h
 * @brief A scripted host for the plugin: virtual time, a hotspot, a socket and a journal, whose
 * answers the test gives by hand. Everything that the plugin does is recorded.
 */
#ifndef ERRLOG_FAKE_H
#define ERRLOG_FAKE_H

#include <provd/device.h>
#include <provd/hal_softap.h>
#include <provd/journal.h>
#include <provd/method.h>
#include <provd/udp.h>

#define FAKE_TIMERS   96
#define FAKE_EVENTS   2048
#define FAKE_SENDS    2048
#define FAKE_SESSIONS 4
#define FAKE_LINES    32

#define SESSION 77u
#define PASS	"canary pass 91"
#define OPTIONS "passphrase", PASS

struct provd_secret {
	size_t refs;
	size_t len;
	uint8_t bytes[];
};

struct fake_timer {
	uint64_t id;
	uint64_t due_us;
	void (*fn)(void *user);
	void *user;
};

struct fake_event {
	uint32_t type;
	uint64_t op;
	int32_t status;
	uint32_t count;
	char text[96];
};

struct fake_send {
	uint64_t at_ms;
	uint8_t ip[4];
	uint32_t port;
	uint8_t own[4]; /* zeros: none was named */
	size_t len;
	char text[1600];
};

struct fake_session {
	uint64_t number;
	uint32_t marks;
	uint32_t mark_calls;
	size_t count;
	struct provd_journal_line lines[FAKE_LINES];
};

struct fake {
	struct provd_host host; /* first: the table is the host */
	const struct provd_plugin_descriptor *plugin;
	const struct provd_method_ops *ops;
	void *inst;
	const char *const *options; /* name, value, ..., NULL */
	char texts[16][64];	    /* defaults */
	struct provd_secret *secret_options[2];
	uint64_t now_us, next_id;
	struct fake_timer timers[FAKE_TIMERS];
	struct fake_event events[FAKE_EVENTS];
	size_t event_count, event_seen;
	struct fake_send sends[FAKE_SENDS];
	size_t send_count;
	size_t secrets; /* live ones */
	/* calls that can fail, so far; the number of the one that does, from 1; what it returns */
	size_t calls, fail_at;
	int fail_code;
	const char *denied; /* interface that is not offered */

	uint64_t start_op, stop_op;
	size_t starts, stops;
	struct provd_softap_config config;
	char passphrase[72];

	int elsewhere; /* the hotspot's address cannot be bound */
	int send_code;
	size_t opens;
	uint64_t socket; /* 0: closed */
	struct provd_udp_config udp;

	struct fake_session sessions[FAKE_SESSIONS]; /* oldest first */
	size_t session_count;
	char log[65536];
	size_t log_len;
};

/** Makes host and instance; the journal has session 5 with two lines. @param options static */
struct fake *fake_new(const char *const *options);
/** The same without an instance. */
struct fake *fake_host_new(const char *const *options);
/** Destroys all; fails the test for what the instance left behind. */
void fake_end(struct fake *f);

/** The services of fake_host.c, and those of fake.c for it. */
void fake_host_fill(struct fake *f);
const void *fake_interface(struct fake *f, const char *name);
int fake_fails(struct fake *f);

/** Adds a session of a failure and `plain` lines before it. */
void fake_session_add(struct fake *f, uint64_t number, size_t plain);

int fake_start(struct fake *f);
/** Started, and the hotspot is up. */
void fake_up(struct fake *f);
/** An event for the instance. */
void fake_tell(struct fake *f, uint32_t type, uint64_t op, int status);
/** AP_JOINED or AP_LEFT. @param host last byte of the phone's address; 0: not known */
void fake_phone(struct fake *f, uint32_t type, uint8_t host);
/** A datagram to the socket, which must be open. */
void fake_datagram(struct fake *f, const char *from, uint32_t port, const char *text);
/** A query of phone 192.168.4.`host`, port 9876. */
void fake_query(struct fake *f, uint8_t host);
/** Lets time pass and runs what is due, in order. */
void fake_advance(struct fake *f, uint64_t ms);
size_t fake_timers(const struct fake *f);
/** All events since the last call but PROGRESS, such as "10 20 25". */
void fake_expect(struct fake *f, const char *types);
/** Marks of a session. */
uint32_t fake_marks(const struct fake *f, uint64_t number);

#endif /* ERRLOG_FAKE_H */
