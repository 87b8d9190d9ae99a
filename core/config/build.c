/* SPDX-License-Identifier: Apache-2.0 */
#include "config/build_internal.h"

#include "config/words.h"
#include "log/log.h"
#include "config/endpoint.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define PLUGIN_NAME_MAX 32

int provd__build_note(struct build *b, int err)
{
	if (err == PROVD_E_NOMEM || b->result == 0)
		b->result = err;
	return err;
}

int provd__build_refuse(struct build *b, const struct provd_path *path, const char *before,
			const char *text, const char *after)
{
	char *quoted = provd_words_quoted(text);

	if (quoted == NULL)
		return provd__build_note(b, PROVD_E_NOMEM);
	provd_report_add(b->in->report, path, PROVD_LOCATE_VALUE, "%s%s%s", before, quoted, after);
	free(quoted);
	return provd__build_note(b, PROVD_E_CONFIG);
}

int provd__build_fault(struct build *b, const struct provd_path *path, const char *text)
{
	provd_report_add(b->in->report, path, PROVD_LOCATE_VALUE, "%s", text);
	return provd__build_note(b, PROVD_E_CONFIG);
}

void provd__build_section(struct build *b, enum provd_section section, const json_t *json,
			  const struct provd_path *path, struct provd_options **out_options)
{
	const struct provd_section_info *info = provd_section_get(section);

	provd__build_note(b, provd_validate_object(b->in, json, path, &info->rows, out_options));
}

/* A section with faults has its defaults, for what is checked after it. */
static void build_core_section(struct build *b, enum provd_section section, const json_t *json,
			       const struct provd_path *path, struct provd_options **out_options)
{
	provd__build_section(b, section, json, path, out_options);
	if (*out_options == NULL)
		provd__build_section(b, section, NULL, path, out_options);
}

/* Of a "daemon" with faults, where the plugins are is kept when it has none itself. */
static void build_daemon(struct build *b, const json_t *json, const struct provd_path *path)
{
	const struct provd_section_info *info = provd_section_get(PROVD_SECTION_DAEMON);
	struct provd_config_errors told = {0};
	struct provd_report report = *b->in->report;
	struct provd_validate in = {&report, b->in->dir};
	json_t *folders = json_object_get(json, "plugin_dirs");
	json_t *only;

	provd__build_section(b, PROVD_SECTION_DAEMON, json, path, &b->config->daemon);
	if (b->config->daemon != NULL)
		return;
	report.errors = &told;
	only = json_object();
	if (only == NULL || (folders != NULL && json_object_set(only, "plugin_dirs", folders) != 0))
		provd__build_note(b, PROVD_E_NOMEM);
	else
		(void)provd_validate_object(&in, only, path, &info->rows, &b->config->daemon);
	json_decref(only);
	provd_config_errors_finish(&told);
}

static int is_topic_level(const char *item)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};
	const char *equals = strchr(item, '=');

	if (equals == NULL || equals == item || equals - item >= PROVD_LOG_TOPIC_SIZE ||
	    strspn(item, "abcdefghijklmnopqrstuvwxyz0123456789_.-") != (size_t)(equals - item))
		return 0;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(equals + 1, levels[i]) == 0)
			return 1;
	}
	return 0;
}

static void check_topics(struct build *b, const struct provd_path *log)
{
	struct provd_path list = {log, "topics", 0};

	for (size_t i = 0; i < provd_options_count(b->config->log, "topics"); i++) {
		const char *item = provd_options_item(b->config->log, "topics", i);
		struct provd_path step = {&list, NULL, i};

		if (!is_topic_level(item))
			provd__build_refuse(
				b, &step,
				"expected \"topic=level\" with a level of error, warn, info or "
				"debug, got ",
				item, "");
	}
}

static void check_addresses(struct build *b, const struct provd_path *app_channel)
{
	const char *bind = provd_options_text(b->config->app_channel, "bind");
	const char *broadcast = provd_options_text(b->config->app_channel, "broadcast");
	struct provd_path bind_path = {app_channel, "bind", 0};
	struct provd_path broadcast_path = {app_channel, "broadcast", 0};
	unsigned char address[16];
	int result = 0;

	if (bind != NULL && inet_pton(AF_INET, bind, address) != 1 &&
	    inet_pton(AF_INET6, bind, address) != 1)
		result = provd__build_refuse(b, &bind_path, "expected IPv4 or IPv6 address, got ",
					     bind, "");
	if (broadcast != NULL && inet_pton(AF_INET, broadcast, address) != 1)
		result = provd__build_refuse(b, &broadcast_path, "expected IPv4 address, got ",
					     broadcast, "");
	if (result == 0)
		return;
	provd_options_destroy(b->config->app_channel);
	b->config->app_channel = NULL;
	provd__build_section(b, PROVD_SECTION_APP_CHANNEL, NULL, app_channel,
			     &b->config->app_channel);
}

static void check_targets(struct build *b, const struct provd_path *session)
{
	struct provd_path list = {session, "internet_check", 0};
	size_t count = provd_options_count(b->config->session, "internet_check");

	for (size_t i = 0; i < count; i++) {
		struct provd_path step = {&list, NULL, i};
		const char *item = provd_options_item(b->config->session, "internet_check", i);
		struct provd_endpoint endpoint;

		if (provd_endpoint_parse(item, &endpoint))
			provd__build_refuse(b, &step, "expected ip:port, got ", item, "");
	}
}

/* What stands beside the configuration file, or in run_dir, when nothing else is said. */
static int resolve_paths(struct build *b)
{
	struct provd_options *daemon = b->config->daemon;
	const char *run_dir = provd_options_text(daemon, "run_dir");

	if (daemon == NULL)
		return 0;
	for (size_t i = 0; i < daemon->count; i++) {
		struct provd_option_value *value = &daemon->values[i];

		if (strcmp(value->name, "control_socket") != 0 || value->text != NULL)
			continue;
		value->text = provd_path_join(run_dir, "control.sock");
		if (value->text == NULL)
			return PROVD_E_NOMEM;
	}
	return provd_options_resolve_items(daemon, "plugin_dirs", b->in->dir);
}

static void build_sections(struct build *b)
{
	struct provd_path daemon_path = {NULL, "daemon", 0};
	struct provd_path log_path = {&daemon_path, "log", 0};
	struct provd_path session_path = {NULL, "session", 0};
	struct provd_path app_path = {NULL, "app_channel", 0};
	struct provd_path start_path = {NULL, "start", 0};
	struct provd_path networks_path = {NULL, "networks", 0};
	struct provd_options *none = NULL;
	const json_t *daemon = json_object_get(b->root, "daemon");

	provd__build_section(b, PROVD_SECTION_ROOT, b->root, NULL, &none);
	provd_options_destroy(none);
	build_daemon(b, daemon, &daemon_path);
	build_core_section(b, PROVD_SECTION_LOG, json_object_get(daemon, "log"), &log_path,
			   &b->config->log);
	build_core_section(b, PROVD_SECTION_SESSION, json_object_get(b->root, "session"),
			   &session_path, &b->config->session);
	build_core_section(b, PROVD_SECTION_APP_CHANNEL, json_object_get(b->root, "app_channel"),
			   &app_path, &b->config->app_channel);
	build_core_section(b, PROVD_SECTION_START, json_object_get(b->root, "start"), &start_path,
			   &b->config->start);
	build_core_section(b, PROVD_SECTION_NETWORKS, json_object_get(b->root, "networks"),
			   &networks_path, &b->config->networks);
	check_topics(b, &log_path);
	check_addresses(b, &app_path);
	check_targets(b, &session_path);
	provd__build_note(b, resolve_paths(b));
}

static int is_plugin_name(const char *name)
{
	size_t len = strlen(name);

	return len <= PLUGIN_NAME_MAX && name[0] >= 'a' && name[0] <= 'z' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static char *path_text(const struct provd_path *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	provd_path_print(out, path);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* One {"plugin", "required", "options"}. */
static int build_entry(struct build *b, const json_t *json, const struct provd_path *path,
		       struct provd_config_plugin *out_entry)
{
	struct provd_path name_path = {path, "plugin", 0};
	struct provd_path options_path = {path, "options", 0};
	const json_t *options_json = json_object_get(json, "options");
	struct provd_options *options = NULL;
	const char *name;
	int err;

	provd__build_section(b, PROVD_SECTION_ENTRY, json, path, &options);
	if (options_json != NULL && !json_is_object(options_json))
		provd__build_note(
			b, provd_validate_refuse(b->in, options_json, &options_path, "object"));
	if (options == NULL)
		return PROVD_E_CONFIG;
	name = provd_options_text(options, "plugin");
	if (!is_plugin_name(name)) {
		err = provd__build_refuse(b, &name_path,
					  "expected plugin name of a to z, 0 to 9 and -, got ",
					  name, "");
		goto out;
	}
	out_entry->required = provd_options_int(options, "required") != 0;
	out_entry->path = path_text(path);
	out_entry->plugin = strdup(name);
	err = out_entry->path != NULL && out_entry->plugin != NULL
		      ? 0
		      : provd__build_note(b, PROVD_E_NOMEM);
out:
	provd_options_destroy(options);
	return err;
}

static void check_twice(struct build *b, const struct provd_path *path,
			const struct provd_config_plugin *entries, size_t index)
{
	struct provd_path name_path = {path, "plugin", 0};

	for (size_t i = 0; i < index; i++) {
		if (entries[i].plugin == NULL ||
		    strcmp(entries[i].plugin, entries[index].plugin) != 0)
			continue;
		provd_report_add(b->in->report, &name_path, PROVD_LOCATE_VALUE,
				 "\"%s\" is already configured at %s", entries[i].plugin,
				 entries[i].path);
		provd__build_note(b, PROVD_E_CONFIG);
		return;
	}
}

size_t provd__build_list(struct build *b, const json_t *json, const struct provd_path *path)
{
	if (json == NULL)
		return 0;
	if (!json_is_array(json)) {
		provd__build_note(b, provd_validate_refuse(b->in, json, path, "list"));
		return 0;
	}
	if (json_array_size(json) > PROVD_SECTION_ENTRIES_MAX) {
		provd_report_add(b->in->report, path, PROVD_LOCATE_VALUE,
				 "expected list of at most %d, got %zu", PROVD_SECTION_ENTRIES_MAX,
				 json_array_size(json));
		provd__build_note(b, PROVD_E_CONFIG);
		return 0;
	}
	return json_array_size(json);
}

/* Returns 0 when every entry is good. */
static int build_entries(struct build *b, const char *section,
			 struct provd_config_plugin **out_entries, size_t *out_count)
{
	const json_t *json = json_object_get(b->root, section);
	struct provd_path list = {NULL, section, 0};
	size_t count = provd__build_list(b, json, &list);
	int result = json == NULL || count == json_array_size(json) ? 0 : PROVD_E_CONFIG;

	if (count == 0)
		return json == NULL || json_is_array(json) ? result : PROVD_E_CONFIG;
	*out_entries = calloc(count, sizeof(**out_entries));
	if (*out_entries == NULL)
		return provd__build_note(b, PROVD_E_NOMEM);
	*out_count = count;
	for (size_t i = 0; i < count; i++) {
		struct provd_path step = {&list, NULL, i};
		int err = build_entry(b, json_array_get(json, i), &step, &(*out_entries)[i]);

		if (err == 0)
			check_twice(b, &step, *out_entries, i);
		else
			result = err;
	}
	return result;
}

static void build_cloud(struct build *b)
{
	const json_t *json = json_object_get(b->root, "cloud");
	struct provd_path path = {NULL, "cloud", 0};

	if (json == NULL)
		return;
	b->config->cloud = calloc(1, sizeof(*b->config->cloud));
	if (b->config->cloud == NULL)
		provd__build_note(b, PROVD_E_NOMEM);
	else
		(void)build_entry(b, json, &path, b->config->cloud);
}

int provd_config_build(const struct provd_validate *in, const json_t *root,
		       struct provd_config *config)
{
	struct build b = {in, root, config, 0, 0};

	build_sections(&b);
	(void)build_entries(&b, "hal", &config->hals, &config->hal_count);
	b.methods_known =
		build_entries(&b, "methods", &config->methods, &config->method_count) == 0;
	build_cloud(&b);
	provd__build_plan(&b);
	provd__build_board(&b);
	return in->report->nomem ? PROVD_E_NOMEM : b.result;
}

void provd_config_plugin_finish(struct provd_config_plugin *plugin)
{
	free(plugin->plugin);
	free(plugin->path);
	provd_options_destroy(plugin->options);
	memset(plugin, 0, sizeof(*plugin));
}
