/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file rig.h
 * @brief A real loop and host with plugin instances whose events are kept for the test.
 */
#ifndef RIG_H
#define RIG_H

#include "config/config.h"
#include "plugin/instance.h"

#include <provd/hal_station.h>

#define RIG_EVENTS_MAX 512

struct rig;

/** One loaded plugin with one instance. */
struct rig_plugin {
	struct rig *rig;
	struct provd_plugin *plugin;
	struct provd_options *options;
	struct provd_instance *instance;
	struct provd_event *events[RIG_EVENTS_MAX];
	size_t count;
	size_t seen; /**< rig_wait has looked at so many */
	/** Called for each event, after it was kept; may be NULL. */
	void (*on_event)(void *user, const struct provd_event *event);
	const void *(*get_interface)(void *user, const char *name, void **out_self);
	void *user;
	struct provd_owner_counts left;
};

struct rig {
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_owner *owner;
	char dir[32];
	char lines[65536]; /**< all log lines */
	size_t lines_len;
	int expired;
};

void rig_init(struct rig *rig);
/** Ends the loop, removes the folder. @return 0 when nothing was left open */
int rig_finish(struct rig *rig);

/** Loads NAME.so and makes an instance. @return 0 or a code; text of the error in `err` */
int rig_load(struct rig *rig, struct rig_plugin *p, const char *name, const char *json,
	     struct provd_error *err);
/** Destroys the instance and unloads; `left` tells what it still held. */
void rig_unload(struct rig_plugin *p);
/** 1 when nothing was left over. */
int rig_clean(const struct rig_plugin *p);

/** Waits for the next event of this type (and number, when not 0). NULL after 15 s. */
const struct provd_event *rig_wait(struct rig_plugin *p, uint32_t type, uint64_t op);
/** How many of the type and number there were so far. */
size_t rig_count(const struct rig_plugin *p, uint32_t type, uint64_t op);
/** Runs the loop for so long, to see that nothing more comes. */
void rig_run(struct rig *rig, uint64_t ms);

/** A path in the rig's folder. */
void rig_path(const struct rig *rig, const char *name, char *out, size_t size);

#endif /* RIG_H */
