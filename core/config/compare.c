/* SPDX-License-Identifier: Apache-2.0 */
#include "config/compare.h"

#include "config/options_internal.h"
#include "secret/secret.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the functions here share. */
struct compare {
	const struct provd_config_changes *changes;
	int nomem;
};

/* Adds "place.name", or "place" without a name. */
static void add(struct compare *c, json_t *list, const char *place, const char *name)
{
	char *path = NULL;
	int len = name ? asprintf(&path, "%s.%s", place, name) : asprintf(&path, "%s", place);

	if (len < 0 || json_array_append_new(list, json_string(path)) != 0)
		c->nomem = 1;
	if (len >= 0)
		free(path);
}

/* Adds "section[index].name"; `name` may be NULL. */
static void add_entry(struct compare *c, const char *section, size_t index, const char *name)
{
	char place[64];
	int len = snprintf(place, sizeof(place), "%s[%zu]", section, index);

	if (len > 0 && (size_t)len < sizeof(place))
		add(c, c->changes->needs_restart, place, name);
}

/* Values */

/* Any text may be a passphrase: those in lists of objects are not flagged. */
static int same_text(const char *a, const char *b)
{
	size_t len = a ? strlen(a) : 0;

	if (!a || !b)
		return a == b;
	return strlen(b) == len && CRYPTO_memcmp(a, b, len) == 0;
}

static int same_secret(const struct provd_secret *a, const struct provd_secret *b)
{
	if (!a || !b)
		return a == b;
	return provd_secret_equal(a, b);
}

static int same_value(const struct provd_option_value *a, const struct provd_option_value *b)
{
	int same = a->type == b->type && a->number == b->number && a->count == b->count &&
		   same_text(a->text, b->text) && same_secret(a->secret, b->secret);

	for (size_t i = 0; same && i < a->count; i++)
		same = same_text(a->items[i], b->items[i]);
	return same;
}

static void compare_options(struct compare *c, const char *place,
			    const struct provd_options *running, const struct provd_options *fresh)
{
	/* A section that came or went; plugins that do not run have no options on either side. */
	if (!running || !fresh) {
		if (running != fresh)
			add(c, c->changes->needs_restart, place, NULL);
		return;
	}
	for (size_t i = 0; i < running->count; i++) {
		const struct provd_option_value *value = &running->values[i];
		const struct provd_option_value *other = provd_options_find(fresh, value->name);
		int live = (value->flags & PROVD_OPTION_RELOAD) != 0;

		if (other && same_value(value, other))
			continue;
		add(c, live && other ? c->changes->changed : c->changes->needs_restart, place,
		    value->name);
	}
}

/* Entries */

/* `place` is "hal[0]" or "cloud". */
static void compare_plugin(struct compare *c, const char *place,
			   const struct provd_config_plugin *running,
			   const struct provd_config_plugin *fresh)
{
	char options[80];
	int len = snprintf(options, sizeof(options), "%s.options", place);

	if (!same_text(running->plugin, fresh->plugin)) {
		add(c, c->changes->needs_restart, place, "plugin");
		return;
	}
	if (running->required != fresh->required)
		add(c, c->changes->needs_restart, place, "required");
	if (len > 0 && (size_t)len < sizeof(options))
		compare_options(c, options, running->options, fresh->options);
}

static void compare_list(struct compare *c, const char *section,
			 const struct provd_config_plugin *running, size_t running_count,
			 const struct provd_config_plugin *fresh, size_t fresh_count)
{
	for (size_t i = 0; i < running_count || i < fresh_count; i++) {
		if (i >= running_count || i >= fresh_count)
			add_entry(c, section, i, NULL);
		else
			compare_plugin(c, running[i].path, &running[i], &fresh[i]);
	}
}

static void compare_hooks(struct compare *c, const struct provd_config *running,
			  const struct provd_config *fresh)
{
	for (size_t i = 0; i < running->hook_count || i < fresh->hook_count; i++) {
		char place[64];
		int len = snprintf(place, sizeof(place), "hooks[%zu]", i);

		if (i >= running->hook_count || i >= fresh->hook_count)
			add_entry(c, "hooks", i, NULL);
		else if (len > 0 && (size_t)len < sizeof(place))
			compare_options(c, place, running->hooks[i], fresh->hooks[i]);
	}
}

static int same_methods(const struct provd_config_step *a, const struct provd_config_step *b)
{
	int same = a->method_count == b->method_count;

	for (size_t i = 0; same && i < a->method_count; i++)
		same = same_text(a->methods[i], b->methods[i]);
	return same;
}

static void compare_plan(struct compare *c, const struct provd_config *running,
			 const struct provd_config *fresh)
{
	/* Made of "methods", whose differences are told already. */
	if (!running->plan_given && !fresh->plan_given)
		return;
	for (size_t i = 0; i < running->plan_count || i < fresh->plan_count; i++) {
		if (i >= running->plan_count || i >= fresh->plan_count) {
			add_entry(c, "plan", i, NULL);
			continue;
		}
		if (!same_methods(&running->plan[i], &fresh->plan[i]))
			add_entry(c, "plan", i, "methods");
		if (running->plan[i].for_ms != fresh->plan[i].for_ms)
			add_entry(c, "plan", i, "for");
	}
}

static void compare_sections(struct compare *c, const struct provd_config *running,
			     const struct provd_config *fresh)
{
	compare_options(c, "daemon", running->daemon, fresh->daemon);
	compare_options(c, "daemon.log", running->log, fresh->log);
	compare_options(c, "session", running->session, fresh->session);
	compare_options(c, "app_channel", running->app_channel, fresh->app_channel);
	compare_options(c, "start", running->start, fresh->start);
	compare_options(c, "networks", running->networks, fresh->networks);
	compare_options(c, "store", running->store, fresh->store);
	compare_options(c, "journal", running->journal, fresh->journal);
	compare_options(c, "button", running->button, fresh->button);
	compare_options(c, "led", running->led, fresh->led);
}

int provd_config_compare(const struct provd_config *running, const struct provd_config *fresh,
			 const struct provd_config_changes *changes)
{
	struct compare c = {changes, 0};

	compare_sections(&c, running, fresh);
	compare_list(&c, "hal", running->hals, running->hal_count, fresh->hals, fresh->hal_count);
	compare_list(&c, "methods", running->methods, running->method_count, fresh->methods,
		     fresh->method_count);
	if (running->cloud && fresh->cloud)
		compare_plugin(&c, "cloud", running->cloud, fresh->cloud);
	else if (running->cloud || fresh->cloud)
		add(&c, changes->needs_restart, "cloud", NULL);
	compare_plan(&c, running, fresh);
	compare_hooks(&c, running, fresh);
	return c.nomem ? PROVD_E_NOMEM : 0;
}

/* Taking over */

void provd_options_adopt(struct provd_options *running, struct provd_options *fresh)
{
	for (size_t i = 0; running && fresh && i < running->count; i++) {
		struct provd_option_value *value = &running->values[i];

		if ((value->flags & PROVD_OPTION_RELOAD) == 0)
			continue;
		for (size_t k = 0; k < fresh->count; k++) {
			struct provd_option_value kept = *value;

			if (strcmp(fresh->values[k].name, value->name) != 0)
				continue;
			*value = fresh->values[k];
			fresh->values[k] = kept;
			break;
		}
	}
}

static void adopt_plugins(struct provd_config_plugin *running, size_t running_count,
			  struct provd_config_plugin *fresh, size_t fresh_count)
{
	for (size_t i = 0; i < running_count && i < fresh_count; i++)
		provd_options_adopt(running[i].options, fresh[i].options);
}

void provd_config_adopt(struct provd_config *running, struct provd_config *fresh)
{
	provd_options_adopt(running->daemon, fresh->daemon);
	provd_options_adopt(running->log, fresh->log);
	provd_options_adopt(running->session, fresh->session);
	provd_options_adopt(running->app_channel, fresh->app_channel);
	provd_options_adopt(running->start, fresh->start);
	provd_options_adopt(running->networks, fresh->networks);
	provd_options_adopt(running->store, fresh->store);
	provd_options_adopt(running->journal, fresh->journal);
	provd_options_adopt(running->button, fresh->button);
	provd_options_adopt(running->led, fresh->led);
	adopt_plugins(running->hals, running->hal_count, fresh->hals, fresh->hal_count);
	adopt_plugins(running->methods, running->method_count, fresh->methods, fresh->method_count);
	if (running->cloud && fresh->cloud)
		provd_options_adopt(running->cloud->options, fresh->cloud->options);
	for (size_t i = 0; i < running->hook_count && i < fresh->hook_count; i++)
		provd_options_adopt(running->hooks[i], fresh->hooks[i]);
}
