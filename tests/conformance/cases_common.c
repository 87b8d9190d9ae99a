/* SPDX-License-Identifier: Apache-2.0 */
/* Cases for every kind of plugin. */
#include "cases.h"

#include "plugin/loader_internal.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>

/* First case of all: can it be loaded, and what is it? */
static void descriptor(struct conf_child *child)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;
	const struct provd_plugin_descriptor *d;

	if (provd_plugin_load_file(child->options->plugin, 0, &plugin, &err) < 0) {
		conf_fail(child, "%s", err.text);
		return;
	}
	d = &plugin->descriptor;
	conf_say_kind(child, d->kind, d->name);
	if (d->summary[0] == '\0')
		conf_fail(child, "summary is empty");
	for (size_t i = 0; d->needs && d->needs[i]; i++) {
		if (i == 32) {
			conf_fail(child, "needs has no NULL at its end");
			break;
		}
		if (strncmp(d->needs[i], "provd.", 6) != 0)
			conf_fail(child, "need '%s' is no interface name", d->needs[i]);
	}
	provd_plugin_unload(plugin, 1);
}

static void load_twice(struct conf_child *child)
{
	struct provd_error err = {.size = sizeof(err)};

	for (int i = 0; i < 2; i++) {
		struct provd_plugin *plugin = NULL;

		if (provd_plugin_load_file(child->options->plugin, 0, &plugin, &err) < 0) {
			conf_fail(child, "load %d: %s", i + 1, err.text);
			return;
		}
		provd_plugin_unload(plugin, 1);
	}
}

static void create_destroy(struct conf_child *child)
{
	struct conf_subject subject;
	struct provd_error err = {.size = sizeof(err)};

	if (conf_subject_init(&subject, child, NULL) < 0)
		goto out;
	for (int i = 0; i < 100 && child->findings == 0; i++) {
		int ret = conf_create(&subject, &err);

		if (ret < 0) {
			conf_fail(child, "create %d of 100 failed: %s: %s", i + 1,
				  provd_err_name(ret), err.text);
			break;
		}
		conf_destroy(&subject);
	}
	if (child->findings == 0)
		conf_settle(&subject, 20);
	if (subject.event_count)
		conf_fail(child, "an event of type %u though nothing was started",
			  (unsigned)subject.events[0]->type);
out:
	conf_subject_finish(&subject);
}

static void destroy_null(struct conf_child *child)
{
	struct conf_subject subject;

	if (conf_subject_init(&subject, child, NULL) == 0) {
		switch (subject.plugin->descriptor.kind) {
		case PROVD_PLUGIN_METHOD:
			subject.plugin->ops.method.destroy(NULL);
			break;
		case PROVD_PLUGIN_HAL:
			subject.plugin->ops.hal.destroy(NULL);
			break;
		default:
			subject.plugin->ops.cloud.destroy(NULL);
			break;
		}
	}
	conf_subject_finish(&subject);
}

/* create() must fail cleanly or get along, whichever host call fails. */
static void create_host_failures(struct conf_child *child)
{
	for (size_t n = 1; n <= 200 && child->findings == 0; n++) {
		struct conf_subject subject;
		size_t calls;

		if (conf_subject_init(&subject, child, NULL) < 0) {
			conf_subject_finish(&subject);
			return;
		}
		subject.fail_at = n;
		if (conf_create(&subject, NULL) >= 0)
			conf_destroy(&subject);
		calls = subject.calls;
		conf_subject_finish(&subject);
		if (calls < n)
			return;
	}
}

/* A secret of the length that a row allows, recognisable wherever it turns up. */
static void canary(char *out, size_t size, const struct provd_option *row)
{
	static const char text[] = "Canary8f31c07e";
	size_t len = sizeof(text) - 1;

	if (row->max > 0 && (size_t)row->max < len)
		len = (size_t)row->max;
	if (row->min > 0 && (size_t)row->min > len)
		len = (size_t)row->min;
	if (len > size - 1)
		len = size - 1;
	for (size_t i = 0; i < len; i++)
		out[i] = text[i % (sizeof(text) - 1)];
	out[len] = '\0';
}

static const struct provd_option *row_at(const struct provd_plugin_descriptor *d, size_t i)
{
	return (const void *)((const char *)d->options + i * d->option_size);
}

/*
 * The user's options with the canary in one secret row.
 * @param alone 1: the other secrets are left out, for plugins that take one of several
 * @return JSON text (free), NULL: no memory
 */
static char *canary_config(const struct provd_plugin_descriptor *d, const char *config,
			   const struct provd_option *row, int alone)
{
	json_t *root = json_loads(config, 0, NULL);
	char *text = NULL;
	char value[256];

	for (size_t i = 0; alone && i < d->option_count; i++) {
		if (row_at(d, i)->flags & PROVD_OPTION_SECRET)
			(void)json_object_del(root, row_at(d, i)->name);
	}
	canary(value, sizeof(value), row);
	if (json_object_set_new(root, row->name, json_string(value)) == 0)
		text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}

/* Eight letters of it are enough: plain, in hex, in base64. */
static void search_log(struct conf_child *child, const struct conf_subject *subject)
{
	static const char *const forms[] = {"Canary8f", "43616e61727938", "Q2FuYXJ5OG"};
	char *log = subject->logged;

	if (!log)
		return;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcasestr(log, forms[i]))
			conf_fail(child, "a secret option is in the log (found '%s')", forms[i]);
	}
}

/* A short life, by kind; whether it goes well is the matter of other cases. */
static void live(struct conf_subject *subject)
{
	const struct provd_plugin *plugin = subject->plugin;
	void *inst = subject->instance->inst;
	struct provd_method_request request = {.size = sizeof(request), .session = 1};
	struct provd_identity identity = {.size = sizeof(identity)};

	switch (plugin->descriptor.kind) {
	case PROVD_PLUGIN_METHOD:
		if (plugin->ops.method.start(inst, &request) < 0)
			return;
		(void)conf_wait(subject, PROVD_EV_STARTED, PROVD_EV_FAILED, 0, 2000);
		plugin->ops.method.stop(inst);
		break;
	case PROVD_PLUGIN_HAL:
		if (plugin->ops.hal.open(inst) < 0)
			return;
		(void)conf_wait(subject, PROVD_EV_HAL_OPENED, PROVD_EV_FAILED, 0, 2000);
		plugin->ops.hal.close(inst);
		break;
	default:
		(void)plugin->ops.cloud.get_identity(inst, &identity, NULL);
		plugin->ops.cloud.stop(inst);
		break;
	}
	(void)conf_wait(subject, PROVD_EV_STOPPED, PROVD_EV_HAL_CLOSED, 0, 2000);
}

/* @return 1 when the plugin took the options and lived with them */
static int live_with(struct conf_child *child, const char *config)
{
	struct provd_error err = {.size = sizeof(err)};
	struct conf_subject subject;
	int lived = 0;

	if (conf_subject_init(&subject, child, config) == 0) {
		lived = conf_create(&subject, &err) >= 0;
		if (lived)
			live(&subject);
		else if (strstr(err.text, "Canary8f"))
			conf_fail(child, "a secret option is in the words of an error");
		search_log(child, &subject);
	}
	conf_subject_finish(&subject);
	return lived;
}

static void canary_secrets(struct conf_child *child)
{
	const struct provd_plugin_descriptor *d;
	struct conf_subject subject;
	size_t secrets = 0;
	size_t lived = 0;

	/* Its plugin stays mapped, so the rows do too. */
	if (conf_subject_init(&subject, child, NULL) < 0)
		goto out;
	d = &subject.plugin->descriptor;
	for (size_t i = 0; i < d->option_count && child->findings == 0; i++) {
		int took = 0;

		if (!(row_at(d, i)->flags & PROVD_OPTION_SECRET))
			continue;
		secrets++;
		for (int alone = 1; alone >= 0 && !took && child->findings == 0; alone--) {
			char *config =
				canary_config(d, child->options->config, row_at(d, i), alone);

			took = config && live_with(child, config);
			free(config);
		}
		lived += (size_t)took;
	}
	if (secrets == 0)
		conf_skip(child, "no secret options");
	else if (lived < secrets)
		conf_skip(child, "%zu of %zu secret options do not take the canary",
			  secrets - lived, secrets);
out:
	conf_subject_finish(&subject);
}

const struct conf_case conf_common_cases[] = {
	{"descriptor", 0, descriptor, "the file loads and its descriptor is sane"},
	{"load-twice", 0, load_twice, "it can be loaded, unmapped and loaded again"},
	{"create-destroy", 0, create_destroy, "a hundred instances come and go without a trace"},
	{"destroy-null", 0, destroy_null, "destroy(NULL) is allowed"},
	{"create-host-failures", 0, create_host_failures, "create survives any failing host call"},
	{"canary-secrets", 0, canary_secrets, "secret options never reach the log"},
};
const size_t conf_common_count = sizeof(conf_common_cases) / sizeof(conf_common_cases[0]);
