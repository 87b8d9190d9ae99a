/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_MS 15000

static void keep_line(void *user, const char *line, size_t len)
{
	struct rig *rig = user;

	if (rig->lines_len + len >= sizeof(rig->lines))
		return;
	memcpy(rig->lines + rig->lines_len, line, len);
	rig->lines_len += len;
	rig->lines[rig->lines_len] = '\0';
}

void rig_init(struct rig *rig)
{
	struct provd_log_config log = {.format = PROVD_LOG_TEXT,
				       .level = PROVD_LOG_DEBUG,
				       .personal = 1,
				       .write = keep_line,
				       .user = rig};

	memset(rig, 0, sizeof(*rig));
	memcpy(rig->dir, "/tmp/provd-sim-XXXXXX", sizeof("/tmp/provd-sim-XXXXXX"));
	if (!mkdtemp(rig->dir) || provd_loop_create(4, &rig->loop) ||
	    provd_log_create(&log, &rig->log) || provd_owner_create(rig->loop, "rig", &rig->owner))
		abort();
}

static void remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    unlinkat(dirfd(dir), entry->d_name, 0))
			(void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
	(void)rmdir(path);
}

int rig_finish(struct rig *rig)
{
	char store[64];
	int rc;

	provd_owner_destroy(rig->owner);
	provd_log_destroy(rig->log);
	rc = provd_loop_destroy(rig->loop);
	rig_path(rig, "store", store, sizeof(store));
	remove_dir(store);
	remove_dir(rig->dir);
	return rc;
}

static void on_event(void *user, struct provd_instance *instance, const struct provd_event *event)
{
	struct rig_plugin *p = user;

	(void)instance;
	if (p->count == RIG_EVENTS_MAX || provd_event_copy(event, &p->events[p->count]))
		abort();
	p->count++;
	if (p->on_event)
		p->on_event(p->user, event);
}

static const void *get_interface(void *user, struct provd_instance *instance, const char *name,
				 uint32_t size, void **out_self)
{
	struct rig_plugin *p = user;

	(void)instance;
	(void)size;
	return p->get_interface ? p->get_interface(p->user, name, out_self) : NULL;
}

int rig_load(struct rig *rig, struct rig_plugin *p, const char *name, const char *json,
	     struct provd_error *err)
{
	struct provd_instance_config config = {.loop = rig->loop,
					       .log = rig->log,
					       .on_event = on_event,
					       .get_interface = get_interface,
					       .user = p};
	const struct provd_plugin_descriptor *d;
	char path[512];
	int rc;

	p->rig = rig;
	if (snprintf(path, sizeof(path), "%s/%s.so", PROVD_PLUGIN_DIR, name) < 0)
		return PROVD_E_INVALID;
	rc = provd_plugin_load_file(path, 0, &p->plugin, err);
	if (rc)
		return rc;
	d = &p->plugin->descriptor;
	rc = provd_options_parse(json, d->options, d->option_count, d->option_size, &p->options,
				 err);
	if (rc)
		return rc;
	config.plugin = p->plugin;
	config.options = p->options;
	return provd_instance_create(&config, &p->instance, err);
}

void rig_unload(struct rig_plugin *p)
{
	provd_instance_destroy(p->instance, &p->left);
	p->instance = NULL;
	provd_options_destroy(p->options);
	/* Kept mapped: leak reports need the names. */
	provd_plugin_unload(p->plugin, 0);
	for (size_t i = 0; i < p->count; i++)
		provd_event_free(p->events[i]);
	p->count = 0;
}

int rig_clean(const struct rig_plugin *p)
{
	return !p->left.timers && !p->left.watches && !p->left.works && !p->left.posts;
}

static void on_deadline(void *user)
{
	struct rig *rig = user;

	rig->expired = 1;
}

const struct provd_event *rig_wait(struct rig_plugin *p, uint32_t type, uint64_t op)
{
	struct rig *rig = p->rig;
	uint64_t timer = 0;

	rig->expired = 0;
	if (provd_timer_start(rig->owner, DEADLINE_MS, on_deadline, rig, &timer))
		return NULL;
	for (;;) {
		while (p->seen < p->count) {
			const struct provd_event *e = p->events[p->seen++];

			if (e->type == type && (!op || e->op == op)) {
				provd_timer_stop(rig->owner, timer);
				return e;
			}
		}
		if (rig->expired)
			return NULL;
		provd_loop_turn(rig->loop, 1);
	}
}

size_t rig_count(const struct rig_plugin *p, uint32_t type, uint64_t op)
{
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++)
		n += p->events[i]->type == type && (!op || p->events[i]->op == op);
	return n;
}

void rig_run(struct rig *rig, uint64_t ms)
{
	uint64_t timer = 0;

	rig->expired = 0;
	if (provd_timer_start(rig->owner, ms, on_deadline, rig, &timer))
		return;
	while (!rig->expired)
		provd_loop_turn(rig->loop, 1);
}

void rig_path(const struct rig *rig, const char *name, char *out, size_t size)
{
	if (snprintf(out, size, "%s/%s", rig->dir, name) < 0)
		abort();
}
