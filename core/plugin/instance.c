/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/instance_internal.h"

/**
 * An event between emit() and its delivery. It stays in the instance's list until its deferred call
 * runs, also when it was dropped before: each call finds its own event.
 */
struct provd_waiting_event {
	struct provd_waiting_event *next;
	struct provd_instance *instance;
	struct provd_event *event; /**< NULL: dropped */
};

/* Calls come in the order of the list, so that the one delivered is its first. */
static void deliver(void *user)
{
	struct provd_waiting_event *waiting = user;
	struct provd_instance *instance = waiting->instance;
	struct provd_event *event = waiting->event;

	instance->first_waiting = waiting->next;
	if (!instance->first_waiting)
		instance->last_waiting = NULL;
	free(waiting);
	if (!event)
		return;
	instance->queued--;
	/* The receiver may destroy the instance. */
	if (instance->on_event)
		instance->on_event(instance->user, instance, event);
	provd_event_free(event);
}

int provd__instance_emit(struct provd_instance *instance, const struct provd_event *event)
{
	struct provd_waiting_event *waiting;
	int rc;

	if (instance->queued >= PROVD_INSTANCE_EVENTS_MAX)
		return PROVD_E_LIMIT;
	waiting = calloc(1, sizeof(*waiting));
	if (!waiting)
		return PROVD_E_NOMEM;
	waiting->instance = instance;
	rc = provd_event_copy(event, &waiting->event);
	if (rc)
		goto fail;
	rc = provd_defer(instance->owner, deliver, waiting);
	if (rc)
		goto fail;
	if (instance->last_waiting)
		instance->last_waiting->next = waiting;
	else
		instance->first_waiting = waiting;
	instance->last_waiting = waiting;
	instance->queued++;
	return 0;

fail:
	provd_event_free(waiting->event);
	free(waiting);
	return rc;
}

void provd_instance_drop_events(struct provd_instance *instance)
{
	struct provd_waiting_event *waiting;

	for (waiting = instance->first_waiting; waiting; waiting = waiting->next) {
		provd_event_free(waiting->event);
		waiting->event = NULL;
	}
	instance->queued = 0;
}

/* Only after the owner is dead: no deferred call will look for them any more. */
static void waiting_free(struct provd_instance *instance)
{
	provd_instance_drop_events(instance);
	while (instance->first_waiting) {
		struct provd_waiting_event *waiting = instance->first_waiting;

		instance->first_waiting = waiting->next;
		free(waiting);
	}
	instance->last_waiting = NULL;
}

/* Runs when nothing uses the owner any more; a job that was given up may use the table till then. */
static void instance_free(void *user)
{
	struct provd_instance *instance = user;

	free(instance->name);
	free(instance);
}

static int set_error(struct provd_error *err, int code, const char *text)
{
	size_t len = strlen(text);

	if (!err)
		return code;
	if (len >= sizeof(err->text))
		len = sizeof(err->text) - 1;
	err->code = code;
	memcpy(err->text, text, len);
	err->text[len] = '\0';
	return code;
}

static int plugin_create(struct provd_instance *instance, struct provd_error *err)
{
	const struct provd_plugin *plugin = instance->plugin;
	int (*create)(const struct provd_host *, void **, struct provd_error *) = NULL;

	switch (plugin->descriptor.kind) {
	case PROVD_PLUGIN_METHOD:
		create = plugin->ops.method.create;
		break;
	case PROVD_PLUGIN_HAL:
		create = plugin->ops.hal.create;
		break;
	case PROVD_PLUGIN_CLOUD:
		create = plugin->ops.cloud.create;
		break;
	default:
		break;
	}
	if (!create)
		return set_error(err, PROVD_E_PLUGIN_DESCRIPTOR, "the plugin has no create()");
	return create(&instance->host, &instance->inst, err);
}

static void plugin_destroy(struct provd_instance *instance)
{
	const struct provd_plugin *plugin = instance->plugin;

	if (!instance->inst)
		return;
	switch (plugin->descriptor.kind) {
	case PROVD_PLUGIN_METHOD:
		plugin->ops.method.destroy(instance->inst);
		break;
	case PROVD_PLUGIN_HAL:
		plugin->ops.hal.destroy(instance->inst);
		break;
	case PROVD_PLUGIN_CLOUD:
		plugin->ops.cloud.destroy(instance->inst);
		break;
	default:
		break;
	}
	instance->inst = NULL;
}

/** What was left, for a log line: "2 timers, 1 watch". */
struct words {
	char text[160];
	size_t len;
};

static void words_add(struct words *words, size_t count, const char *one, const char *many)
{
	size_t room = sizeof(words->text) - words->len;
	int len;

	if (count == 0)
		return;
	len = snprintf(words->text + words->len, room, "%s%zu %s", words->len ? ", " : "", count,
		       count == 1 ? one : many);
	if (len > 0 && (size_t)len < room)
		words->len += (size_t)len;
}

static void log_left(struct provd_instance *instance, const struct provd_owner_counts *left)
{
	struct words words = {"", 0};

	words_add(&words, left->timers, "timer", "timers");
	words_add(&words, left->watches, "watch", "watches");
	words_add(&words, left->works, "job", "jobs");
	words_add(&words, left->stuck, "job that still runs", "jobs that still run");
	if (words.len == 0)
		return;
	if (left->timers || left->watches || left->works)
		PROVD_CLOG(instance->log, "plugin", instance->session, PROVD_LOG_ERROR,
			   "plugin left things behind", provd_f_text("plugin", instance->name),
			   provd_f_textn("left", words.text, words.len));
	else
		PROVD_CLOG(instance->log, "plugin", instance->session, PROVD_LOG_WARN,
			   "plugin has jobs that do not end",
			   provd_f_text("plugin", instance->name),
			   provd_f_textn("left", words.text, words.len));
}

static struct provd_owner_counts instance_end(struct provd_instance *instance)
{
	struct provd_owner *owner = provd_owner_ref(instance->owner);
	struct provd_owner_counts left;

	left = provd_owner_destroy(owner);
	waiting_free(instance);
	/* The plugin's jobs may still look; what they may not reach is gone for them. */
	instance->options = NULL;
	instance->get_interface = NULL;
	instance->on_event = NULL;
	log_left(instance, &left);
	provd_owner_unref(owner);
	return left;
}

int provd_instance_create(const struct provd_instance_config *config,
			  struct provd_instance **out_instance, struct provd_error *err)
{
	struct provd_instance *instance;
	const char *name = config->plugin->descriptor.name;
	int rc;

	instance = calloc(1, sizeof(*instance));
	if (!instance)
		return set_error(err, PROVD_E_NOMEM, "no memory for a plugin instance");
	instance->name = strdup(name ? name : "");
	if (!instance->name)
		goto nomem;
	if (provd_owner_create(config->loop, name, &instance->owner))
		goto nomem;
	provd_owner_on_free(instance->owner, instance_free, instance);
	provd__host_fill(&instance->host);
	instance->plugin = config->plugin;
	instance->options = config->options;
	instance->log = config->log;
	instance->on_event = config->on_event;
	instance->get_interface = config->get_interface;
	instance->user = config->user;

	rc = plugin_create(instance, err);
	if (rc < 0) {
		(void)instance_end(instance);
		return rc;
	}
	*out_instance = instance;
	return 0;

nomem:
	instance_free(instance);
	return set_error(err, PROVD_E_NOMEM, "no memory for a plugin instance");
}

void provd_instance_destroy(struct provd_instance *instance, struct provd_owner_counts *out_left)
{
	struct provd_owner_counts left;

	if (!instance)
		return;
	plugin_destroy(instance);
	left = instance_end(instance);
	if (out_left)
		*out_left = left;
}
