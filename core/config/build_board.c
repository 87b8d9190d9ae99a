/* SPDX-License-Identifier: Apache-2.0 */
/* The sections beside provisioning itself: store, journal, hooks, button and LED. */
#include "config/build_internal.h"

#include <stdlib.h>
#include <string.h>

static void build_journal(struct build *b)
{
	struct provd_path path = {NULL, "journal", 0};
	struct provd_options **journal = &b->config->journal;

	provd__build_section(b, PROVD_SECTION_JOURNAL, json_object_get(b->root, "journal"), &path,
			     journal);
	if (!*journal)
		provd__build_section(b, PROVD_SECTION_JOURNAL, NULL, &path, journal);
}

static void build_store(struct build *b)
{
	struct provd_path path = {NULL, "store", 0};
	struct provd_path file_path = {&path, "key_file", 0};
	struct provd_options **store = &b->config->store;

	provd__build_section(b, PROVD_SECTION_STORE, json_object_get(b->root, "store"), &path,
			     store);
	if (!*store)
		provd__build_section(b, PROVD_SECTION_STORE, NULL, &path, store);
	if (*store && strcmp(provd_options_text(*store, "key"), "file") == 0 &&
	    !provd_options_given(*store, "key_file"))
		provd__build_fault(b, &file_path, "missing; \"key\" is \"file\"");
}

/* Hooks */

static int is_hook_event(const char *name)
{
	static const char *const events[] = {"listening", "joining",   "online", "registering",
					     "binding",	  "bound",     "failed", "stopped",
					     "link-up",	  "link-down", "any"};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(name, events[i]) == 0)
			return 1;
	return 0;
}

static void check_hook(struct build *b, const struct provd_path *path,
		       const struct provd_options *hook)
{
	struct provd_path on_path = {path, "on", 0};
	struct provd_path run_path = {path, "run", 0};
	struct provd_path program = {&run_path, NULL, 0};
	const char *run = provd_options_item(hook, "run", 0);

	for (size_t i = 0; i < provd_options_count(hook, "on"); i++) {
		struct provd_path step = {&on_path, NULL, i};
		const char *name = provd_options_item(hook, "on", i);

		if (!is_hook_event(name))
			(void)provd__build_refuse(b, &step, "", name,
						  " is no state; expected listening, joining, "
						  "online, registering, binding, bound, failed, "
						  "stopped, link-up, link-down or any");
	}
	if (run && run[0] != '/')
		(void)provd__build_refuse(b, &program, "expected an absolute path, got ", run, "");
}

static void build_hooks(struct build *b)
{
	const json_t *json = json_object_get(b->root, "hooks");
	struct provd_path list = {NULL, "hooks", 0};
	size_t count = provd__build_list(b, json, &list);

	if (count == 0)
		return;
	b->config->hooks = calloc(count, sizeof(*b->config->hooks));
	if (!b->config->hooks) {
		(void)provd__build_note(b, PROVD_E_NOMEM);
		return;
	}
	b->config->hook_count = count;
	for (size_t i = 0; i < count; i++) {
		struct provd_path step = {&list, NULL, i};

		provd__build_section(b, PROVD_SECTION_HOOK, json_array_get(json, i), &step,
				     &b->config->hooks[i]);
		if (b->config->hooks[i])
			check_hook(b, &step, b->config->hooks[i]);
	}
}

/* Button and LED: none unless the section is there. */

static void build_button(struct build *b)
{
	const json_t *json = json_object_get(b->root, "button");
	struct provd_path path = {NULL, "button", 0};
	const struct provd_options *button;

	if (!json)
		return;
	provd__build_section(b, PROVD_SECTION_BUTTON, json, &path, &b->config->button);
	button = b->config->button;
	if (button &&
	    provd_options_given(button, "gpio_chip") == provd_options_given(button, "input"))
		provd__build_fault(b, &path, "expected either \"gpio_chip\" or \"input\"");
}

static void build_led(struct build *b)
{
	const json_t *json = json_object_get(b->root, "led");
	struct provd_path path = {NULL, "led", 0};
	struct provd_path name_path = {&path, "name", 0};
	const char *name;

	if (!json)
		return;
	provd__build_section(b, PROVD_SECTION_LED, json, &path, &b->config->led);
	name = b->config->led ? provd_options_text(b->config->led, "name") : NULL;
	if (name && (strchr(name, '/') || name[0] == '.'))
		(void)provd__build_refuse(b, &name_path, "expected a name without a path, got ",
					  name, "");
}

void provd__build_board(struct build *b)
{
	build_store(b);
	build_journal(b);
	build_hooks(b);
	build_button(b);
	build_led(b);
}
