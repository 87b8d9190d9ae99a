/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file plugin/instance.h
 * @brief One instance of a plugin and its host service table.
 *
 * The instance knows its plugin, options and owner; what events mean and which interfaces it gets
 * is decided by whoever created it (the session engine, the conformance runner).
 */
#ifndef PROVD_CORE_INSTANCE_H
#define PROVD_CORE_INSTANCE_H

#include "config/options.h"
#include "log/log.h"
#include "loop/loop.h"
#include "plugin/plugin.h"

/** A plugin instance. `host` is what the plugin sees; the rest is the core's. */
struct provd_instance {
	struct provd_host host;
	struct provd_plugin *plugin;   /**< borrowed */
	struct provd_options *options; /**< borrowed; may be NULL */
	struct provd_log *log;	       /**< borrowed */
	struct provd_owner *owner;
	char *name;		  /**< the plugin's name */
	void *inst;		  /**< what the plugin's create() gave; NULL before */
	size_t queued;		  /**< events waiting to be delivered */
	_Atomic uint64_t session; /**< for log lines, of jobs too; set by the engine */
	/** Takes each event, on a later loop turn than the one that raised it. */
	void (*on_event)(void *user, struct provd_instance *instance,
			 const struct provd_event *event);
	/** Gives optional interfaces; NULL: none. */
	const void *(*get_interface)(void *user, struct provd_instance *instance, const char *name,
				     uint32_t size, void **out_self);
	void *user;
	struct provd_waiting_event *first_waiting; /**< delivery order; dropped ones included */
	struct provd_waiting_event *last_waiting;
};

/** Most events of an instance that wait; more are refused with PROVD_E_LIMIT. */
#define PROVD_INSTANCE_EVENTS_MAX 4096
/** Largest data of one event in bytes. */
#define PROVD_EVENT_DATA_MAX 65536
/** Longest text of an event, and of one of its fields, in bytes. */
#define PROVD_EVENT_TEXT_MAX 4096
/** Most fields of an event. */
#define PROVD_EVENT_FIELDS_MAX 8

/** What an instance is made of; all borrowed until provd_instance_destroy. */
struct provd_instance_config {
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_plugin *plugin;
	struct provd_options *options;
	void (*on_event)(void *user, struct provd_instance *instance,
			 const struct provd_event *event);
	const void *(*get_interface)(void *user, struct provd_instance *instance, const char *name,
				     uint32_t size, void **out_self);
	void *user;
};

/**
 * Makes the host table and calls the plugin's create().
 * @param err words of the plugin, or ours
 * @return 0, PROVD_E_NOMEM, or what create() returned
 */
int provd_instance_create(const struct provd_instance_config *config,
			  struct provd_instance **out_instance, struct provd_error *err);

/**
 * Calls the plugin's destroy(), drops events that wait, ends its owner and frees. NULL allowed.
 * A job that cannot be interrupted keeps the host table's memory until it has returned; its calls
 * of `post` then give PROVD_E_STATE. `release` of such a job runs later: while `stuck` or `works`
 * of `out_left` is not 0 the plugin must stay mapped.
 * @param out_left what the plugin had left behind, may be NULL; it is logged by name too
 */
void provd_instance_destroy(struct provd_instance *instance, struct provd_owner_counts *out_left);

/**
 * Drops all events of this instance that wait; used when an operation is given up.
 */
void provd_instance_drop_events(struct provd_instance *instance);

/**
 * Deep copy of an event with its data, text, fields and secret references (its own, and the
 * passphrase inside CREDENTIALS and OFFLOAD_RESULT).
 * @return 0, PROVD_E_NOMEM, PROVD_E_INVALID: an unknown type, data that is too short for it, more
 *         than 64 KiB, a text over 4096 bytes, more than 8 fields
 */
int provd_event_copy(const struct provd_event *event, struct provd_event **out_copy);
/** Frees a copy. NULL allowed. */
void provd_event_free(struct provd_event *event);

#endif /* PROVD_CORE_INSTANCE_H */
