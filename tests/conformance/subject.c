/* SPDX-License-Identifier: Apache-2.0 */
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOGGED_MAX (1u << 20)

static void take_log(void *user, const char *line, size_t len)
{
	struct conf_subject *subject = user;
	char *more;

	if (subject->child->options->verbose)
		(void)fwrite(line, 1, len, stderr);
	if (subject->logged_len + len > LOGGED_MAX)
		return;
	more = realloc(subject->logged, subject->logged_len + len + 1);
	if (!more)
		return;
	memcpy(more + subject->logged_len, line, len);
	subject->logged_len += len;
	more[subject->logged_len] = '\0';
	subject->logged = more;
}

static void take_event(void *user, struct provd_instance *instance, const struct provd_event *event)
{
	struct conf_subject *subject = user;

	(void)instance;
	if (subject->event_count == CONF_EVENTS_MAX ||
	    provd_event_copy(event, &subject->events[subject->event_count]) < 0) {
		conf_fail(subject->child, "more than %d events in one case", CONF_EVENTS_MAX);
		return;
	}
	subject->event_count++;
}

static struct conf_subject *subject_of(const struct provd_host *host)
{
	uintptr_t at = (uintptr_t)host - offsetof(struct provd_instance, host);

	return ((struct provd_instance *)at)->user;
}

/* Stands before the plugin's create(), where the host table is known for the first time. */
static int create(const struct provd_host *host, void **out_inst, struct provd_error *err)
{
	uintptr_t at = (uintptr_t)host - offsetof(struct provd_instance, host);
	struct conf_subject *subject = subject_of(host);
	uint64_t begun = conf_op_begin();
	int ret;

	subject->real = *host;
	conf_fault_install(subject, &((struct provd_instance *)at)->host);
	ret = subject->real_create(host, out_inst, err);
	conf_op_end(subject, "create", begun);
	return ret;
}

static void stand_before_create(struct conf_subject *subject)
{
	struct provd_plugin *plugin = subject->plugin;

	switch (plugin->descriptor.kind) {
	case PROVD_PLUGIN_METHOD:
		subject->real_create = plugin->ops.method.create;
		plugin->ops.method.create = create;
		break;
	case PROVD_PLUGIN_HAL:
		subject->real_create = plugin->ops.hal.create;
		plugin->ops.hal.create = create;
		break;
	default:
		subject->real_create = plugin->ops.cloud.create;
		plugin->ops.cloud.create = create;
		break;
	}
}

static int make_host(struct conf_subject *subject)
{
	struct provd_log_config log = {.format = PROVD_LOG_TEXT,
				       .level = PROVD_LOG_DEBUG,
				       .personal = 1,
				       .write = take_log,
				       .user = subject};

	if (provd_log_create(&log, &subject->log) < 0 || provd_loop_create(4, &subject->loop) < 0 ||
	    provd_owner_create(subject->loop, "conformance", &subject->owner) < 0 ||
	    provd_file_service_create(subject->loop, subject->log, &subject->files) < 0 ||
	    provd_udp_service_create(subject->loop, subject->log, &subject->udp) < 0)
		return -1;
	return 0;
}

int conf_subject_init(struct conf_subject *subject, struct conf_child *child, const char *config)
{
	struct provd_error err = {.size = sizeof(err)};
	const struct provd_plugin_descriptor *d;

	memset(subject, 0, sizeof(*subject));
	subject->child = child;
	if (provd_plugin_load_file(child->options->plugin, 0, &subject->plugin, &err) < 0) {
		conf_fail(child, "%s", err.text);
		return -1;
	}
	d = &subject->plugin->descriptor;
	if (provd_options_parse(config ? config : child->options->config, d->options,
				d->option_count, d->option_size, &subject->options, &err) < 0) {
		conf_fail(child, "options: %s (give them with --config)", err.text);
		return -1;
	}
	if (make_host(subject) < 0) {
		conf_fail(child, "the runner could not make a host");
		return -1;
	}
	stand_before_create(subject);
	return 0;
}

void conf_subject_finish(struct conf_subject *subject)
{
	provd_instance_destroy(subject->instance, NULL);
	conf_forget(subject);
	provd_file_service_destroy(subject->files);
	provd_udp_service_destroy(subject->udp);
	provd_owner_destroy(subject->owner);
	if (subject->loop && provd_loop_destroy(subject->loop) < 0)
		conf_fail(subject->child, "the loop still has open handles at the end");
	provd_log_destroy(subject->log);
	provd_options_destroy(subject->options);
	/* Kept mapped, or a leak report would not name its lines. */
	provd_plugin_unload(subject->plugin, 0);
	free(subject->logged);
	memset(subject, 0, sizeof(*subject));
}

int conf_create(struct conf_subject *subject, struct provd_error *err)
{
	struct provd_instance_config config = {.loop = subject->loop,
					       .log = subject->log,
					       .plugin = subject->plugin,
					       .options = subject->options,
					       .on_event = take_event,
					       .get_interface = conf_interface,
					       .user = subject};

	return provd_instance_create(&config, &subject->instance, err);
}

int conf_ready(struct conf_subject *subject, struct conf_child *child)
{
	struct provd_error err = {.size = sizeof(err)};
	int ret = conf_subject_init(subject, child, NULL);

	if (ret < 0)
		return ret;
	ret = conf_create(subject, &err);
	if (ret >= 0)
		return 0;
	conf_fail(child, "create failed: %s: %s", provd_err_name(ret), err.text);
	return -1;
}

void conf_expect_nothing_held(struct conf_subject *subject, const char *when)
{
	struct provd_owner_counts held;

	if (!subject->instance)
		return;
	held = provd_owner_counts(subject->instance->owner);
	if (held.timers || held.watches || held.works || held.posts)
		conf_fail(
			subject->child,
			"%s the instance still holds %zu timers, %zu watches, %zu jobs, %zu posts",
			when, held.timers, held.watches, held.works, held.posts);
}

void conf_destroy(struct conf_subject *subject)
{
	uint64_t begun = conf_op_begin();
	struct provd_owner_counts left = {0};

	provd_instance_destroy(subject->instance, &left);
	conf_op_end(subject, "destroy", begun);
	subject->instance = NULL;
	if (left.timers || left.watches || left.works || left.posts)
		conf_fail(subject->child,
			  "destroy left %zu timers, %zu watches, %zu jobs, %zu posts behind",
			  left.timers, left.watches, left.works, left.posts);
}

static int matches(const struct provd_event *event, uint32_t type, uint64_t op)
{
	return event->type == type && (op == 0 || event->op == op);
}

size_t conf_count(const struct conf_subject *subject, uint32_t type, uint64_t op)
{
	size_t count = 0;

	for (size_t i = 0; i < subject->event_count; i++) {
		if (matches(subject->events[i], type, op))
			count++;
	}
	return count;
}

const struct provd_event *conf_find(const struct conf_subject *subject, uint32_t type, uint64_t op)
{
	for (size_t i = 0; i < subject->event_count; i++) {
		if (matches(subject->events[i], type, op))
			return subject->events[i];
	}
	return NULL;
}

void conf_forget(struct conf_subject *subject)
{
	for (size_t i = 0; i < subject->event_count; i++)
		provd_event_free(subject->events[i]);
	subject->event_count = 0;
}

static void deadline(void *user)
{
	struct conf_subject *subject = user;

	subject->late = 1;
}

const struct provd_event *conf_wait(struct conf_subject *subject, uint32_t type, uint32_t other,
				    uint64_t op, uint64_t ms)
{
	const struct provd_event *found = NULL;
	uint64_t timer = 0;

	subject->late = 0;
	if (provd_timer_start(subject->owner, ms, deadline, subject, &timer) < 0)
		return NULL;
	for (;;) {
		if (type)
			found = conf_find(subject, type, op);
		if (!found && other)
			found = conf_find(subject, other, 0);
		if (found || subject->late)
			break;
		provd_loop_turn(subject->loop, 1);
	}
	provd_timer_stop(subject->owner, timer);
	return found;
}

void conf_settle(struct conf_subject *subject, uint64_t ms)
{
	(void)conf_wait(subject, 0, 0, 0, ms);
}

uint64_t conf_op_begin(void)
{
	struct timespec now = {0, 0};

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void conf_op_end(struct conf_subject *subject, const char *op, uint64_t begun)
{
	uint64_t used = conf_op_begin() - begun;

	if (used > CONF_OP_MS * UINT64_C(1000))
		conf_fail(subject->child,
			  "%s kept the loop busy for %llu ms of processor time, allowed are %d", op,
			  (unsigned long long)(used / 1000), CONF_OP_MS);
}
