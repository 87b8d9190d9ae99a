/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file subject.h
 * @brief The plugin under test in a host of its own: real loop, fake radio, fake network.
 */
#ifndef CONF_SUBJECT_H
#define CONF_SUBJECT_H

#include "child.h"

#include "config/config.h"
#include "log/log.h"
#include "loop/loop.h"
#include "net/net.h"
#include "plugin/instance.h"

/** Processor time that one operation may take. */
#define CONF_OP_MS 50

#define CONF_EVENTS_MAX 512
#define CONF_CALLS_MAX	32

/** A call of the fake network that has not been answered. */
struct conf_call {
	uint64_t id; /**< 0: free */
	struct conf_subject *subject;
	void (*http_done)(void *user, int code, const struct provd_http_response *response);
	void (*mqtt_event)(void *user, const struct provd_mqtt_event *event);
	void *user;
};

struct conf_subject {
	struct conf_child *child;
	struct provd_plugin *plugin;
	struct provd_options *options;
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_owner *owner; /**< the runner's own timers */
	struct provd_file_service *files;
	struct provd_udp_service *udp;
	struct provd_instance *instance; /**< NULL before create */
	/** The host table as the core made it; fault.c puts failing functions before it. */
	struct provd_host real;
	int (*real_create)(const struct provd_host *host, void **out_inst, struct provd_error *err);
	size_t calls;	/**< host calls that can fail, so far */
	size_t fail_at; /**< number of the call that fails, from 1; 0: none */
	struct provd_event *events[CONF_EVENTS_MAX]; /**< in order of delivery */
	size_t event_count;
	struct conf_call pending[CONF_CALLS_MAX];
	char *logged; /**< all lines, NUL-terminated */
	size_t logged_len;
	int late; /**< the deadline of conf_wait is over */
};

/**
 * Loads the plugin and makes the host; no instance yet.
 * @param config JSON text of the options; NULL: what the user gave
 * @return 0; -1 after a finding
 */
int conf_subject_init(struct conf_subject *subject, struct conf_child *child, const char *config);
/** Frees all, the instance too. */
void conf_subject_finish(struct conf_subject *subject);

/** Calls create(). @return its code; `err` may be NULL */
int conf_create(struct conf_subject *subject, struct provd_error *err);
/** init and create; a refusal of create is a finding. @return 0 or -1 */
int conf_ready(struct conf_subject *subject, struct conf_child *child);
/** Calls destroy() and looks for what was left: a finding. */
void conf_destroy(struct conf_subject *subject);
/** A finding for each timer, watch, job or post that is still there. */
void conf_expect_nothing_held(struct conf_subject *subject, const char *when);

/** @return how many events of `type` came; `op` 0: any */
size_t conf_count(const struct conf_subject *subject, uint32_t type, uint64_t op);
/** @return the first event of `type` (and `op`), or NULL */
const struct provd_event *conf_find(const struct conf_subject *subject, uint32_t type, uint64_t op);
/** Forgets all events so far. */
void conf_forget(struct conf_subject *subject);
/** Runs the loop until one of two types (0: none) came. @return the event, NULL: too late */
const struct provd_event *conf_wait(struct conf_subject *subject, uint32_t type, uint32_t other,
				    uint64_t op, uint64_t ms);
/** Runs the loop for a while. */
void conf_settle(struct conf_subject *subject, uint64_t ms);

/** Processor time of this thread in microseconds; give it to conf_op_end. */
uint64_t conf_op_begin(void);
/** A finding when the operation took more than CONF_OP_MS. */
void conf_op_end(struct conf_subject *subject, const char *op, uint64_t begun);

/** fault.c: puts the counting functions into the host table. */
void conf_fault_install(struct conf_subject *subject, struct provd_host *host);

/** services.c: interfaces for the plugin: fake radio for methods, fake network for clouds. */
const void *conf_interface(void *user, struct provd_instance *instance, const char *name,
			   uint32_t size, void **out_self);
/** radio.c: the fake capabilities. */
const void *conf_radio(const char *name);
/** Tells a method that `op` is over, on the next turn. @return 0 or a code */
int conf_acknowledge(struct conf_subject *subject, uint64_t op, int status);

#endif /* CONF_SUBJECT_H */
