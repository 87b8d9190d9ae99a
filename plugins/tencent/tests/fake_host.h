/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file fake_host.h
 * @brief A scripted host: the test answers every request of the plugin, time is virtual.
 *
 * Everything the plugin does is recorded; nothing happens by itself.
 */
#ifndef TENCENT_FAKE_HOST_H
#define TENCENT_FAKE_HOST_H

#include <stdbool.h>

#include <provd/appchannel.h>
#include <provd/cloud.h>
#include <provd/file.h>
#include <provd/http.h>
#include <provd/journal.h>
#include <provd/mqtt.h>

#define FAKE_TEXT_MAX	  2048
#define FAKE_TIMERS_MAX	  32
#define FAKE_EVENTS_MAX	  256
#define FAKE_SENDS_MAX	  256
#define FAKE_FILES_MAX	  4
#define FAKE_FAILURES_MAX 64
#define FAKE_LINES_MAX	  32
#define FAKE_MARKS_MAX	  16

/** Where the identity lies unless a test says otherwise. */
#define FAKE_IDENTITY "/data/device_info.json"

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
	char text[256];
	char fields[128]; /* "key=number ..." of the numbers among them */
	char secret[128];
	char token[64];			      /* of CREDENTIALS */
	struct provd_credentials credentials; /* its secret's text is in `secret` */
	size_t sends_before;		      /* datagrams sent until then */
};

struct fake_send {
	uint64_t peer; /* 0: a broadcast */
	uint32_t port;
	uint32_t repeats;
	uint64_t interval_ms;
	char text[FAKE_TEXT_MAX];
	size_t len;
};

struct fake_file {
	char path[1024];
	char *text;
	size_t len;
	uint32_t mode;
};

struct fake_request {
	int count;
	uint64_t id; /* 0: none is under way */
	char url[512];
	char body[FAKE_TEXT_MAX];
	char headers[FAKE_TEXT_MAX];
	char ca[512];
	const char *retry_after; /* header of the next answers, NULL: none */
	void (*done)(void *user, int code, const struct provd_http_response *response);
	void *user;
};

struct fake_mark {
	uint64_t session;
	uint32_t marks;
};

/** A journal; the plugin finds it once `is_there`. */
struct fake_journal {
	bool is_there;
	bool is_walked; /* a mark now would break a real one */
	struct provd_failure failures[FAKE_FAILURES_MAX];
	size_t failure_count;
	struct provd_journal_line lines[FAKE_LINES_MAX];
	size_t line_count;
	struct fake_mark marks[FAKE_MARKS_MAX];
	size_t mark_count;
};

struct fake_mqtt {
	int opens;
	int closes; /* of the live connection */
	int subscribes;
	int publishes;
	uint64_t connection; /* 0: none */
	struct provd_mqtt_config config;
	char host[256], client_id[128], username[256], password[128], psk_identity[128];
	char ca[512], cert[512], key[512], ciphers[256];
	uint8_t psk[64];
	size_t psk_len;
	char topic_sub[128], topic_pub[128], payload[1024];
	uint32_t qos_sub, qos_pub;
	uint64_t sub_id, pub_id;
	int open_result, subscribe_result, publish_result;
};

struct fake_replace {
	int count;
	bool pending;
	char path[1024];
	char *text;
	size_t len;
	uint32_t mode;
	int refuse; /* what replace() itself returns */
	void (*done)(void *user, int code, const struct provd_error *err);
	void *user;
};

struct fake {
	struct provd_host host; /* first: the table is the host */
	const struct provd_cloud_ops *ops;
	const struct provd_dialect *dialect;
	void *inst;
	const char *const *options; /* name, value, ..., NULL */
	uint64_t now_us, unix_ms, next_id;
	uint8_t random[64]; /* bytes given first; then `random_rest` */
	size_t random_len, random_at;
	int random_rest; /* a byte, or -1: any */
	uint32_t random_state;
	struct fake_timer timers[FAKE_TIMERS_MAX];
	struct fake_event events[FAKE_EVENTS_MAX];
	size_t event_count;
	struct fake_send sends[FAKE_SENDS_MAX];
	uint32_t phone;	   /* address of who sends datagrams; 0: one for each peer */
	size_t send_count; /* also counts what no longer fits */
	int send_result;
	int send_room;	    /* sends until PEER_RATE; -1: no limit */
	bool may_send_text; /* the phone asked for plain text */
	struct fake_file files[FAKE_FILES_MAX];
	struct fake_replace replace;
	struct fake_request http;
	struct fake_mqtt mqtt;
	struct fake_journal journal;
	size_t secrets; /* live ones */
	char log[65536];
	size_t log_len;
};

/**
 * A host with the plugin's instance on it; fails the test when create() fails.
 * @param options name, value, ..., NULL; static
 * @param identity text of the identity file, NULL: there is none
 */
struct fake *fake_new(const char *const *options, const char *identity);

/** Stops and destroys the instance; fails the test for anything left over. */
void fake_end(struct fake *fake);

/** The descriptor in the built plugin file. */
const struct provd_plugin_descriptor *fake_descriptor(void);

void fake_put_file(struct fake *fake, const char *path, const char *text);
const struct fake_file *fake_file(const struct fake *fake, const char *path);

/** Lets time pass and runs what is due, in order. */
void fake_advance(struct fake *fake, uint64_t ms);

/** Milliseconds until the only timer, which must be there. */
uint64_t fake_wait(const struct fake *fake);
size_t fake_timers(const struct fake *fake);

/** How often an event was raised, and the last one, which must be there. */
size_t fake_count(const struct fake *fake, uint32_t type);
const struct fake_event *fake_last(const struct fake *fake, uint32_t type);
void fake_forget_events(struct fake *fake);

/** Answers of the services to what is under way. */
void fake_http_answer(struct fake *fake, uint32_t status, const char *body);
void fake_http_fail(struct fake *fake, int code);
void fake_replaced(struct fake *fake, int code);
void fake_mqtt_event(struct fake *fake, uint32_t type, uint64_t id, int32_t status);
void fake_mqtt_message(struct fake *fake, const char *topic, const char *payload);
/** CONNECTED and SUBSCRIBED, so that the token is out. */
void fake_mqtt_up(struct fake *fake);

/** A datagram of a phone. @return what the dialect returned */
int fake_datagram(struct fake *fake, uint64_t peer, const void *data, size_t len);
int fake_datagram_text(struct fake *fake, uint64_t peer, const char *text);
void fake_state(struct fake *fake, uint64_t session, uint32_t state, int32_t status);

/** As fake_state(), with the station in a network. */
void fake_state_in_network(struct fake *fake, uint64_t session, uint32_t state, int32_t status);

/* fake_journal.c */

extern const struct provd_journal fake_journal_table;
/** Adds a failure of an ended session; `id` 0: recorded without the app's pair. */
void fake_failure(struct fake *fake, uint64_t session, uint32_t state, int code, int32_t id,
		  int32_t sub);
/** Adds a line to the log of a session; `code` 0: it tells no failure. */
void fake_line(struct fake *fake, uint64_t session, uint32_t state, int code, const char *event);
/** How often a session got a mark. */
size_t fake_marked(const struct fake *fake, uint64_t session, uint32_t mark);

/** Starts a binding with this token. @return what bind() returned */
int fake_bind(struct fake *fake, uint64_t op, const char *token);

#endif /* TENCENT_FAKE_HOST_H */
