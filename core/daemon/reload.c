/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reload.h"

#include "config/compare.h"
#include "daemon/daemon_internal.h"
#include "plugin/plugin.h"
#include "service/service.h"

#include <stdlib.h>
#include <string.h>

void provd_reload_result_finish(struct provd_reload_result *result)
{
	json_decref(result->changed);
	json_decref(result->faults);
	json_decref(result->needs_restart);
	memset(result, 0, sizeof(*result));
}

/* Reading */

static const struct provd_plugin *find_plugin(const struct provd_daemon *daemon, uint32_t kind,
					      const char *name)
{
	for (size_t i = 0; name && i < daemon->loaded_count; i++) {
		const struct loaded *loaded = &daemon->loaded[i];

		if (loaded->kind == kind && strcmp(loaded->entry->plugin, name) == 0)
			return loaded->plugin;
	}
	return NULL;
}

/* Options of a plugin that is not loaded cannot be checked, nor do they matter: it takes a new
 * start to load it. */
static int check_plugins(const struct provd_daemon *daemon, struct provd_config *fresh,
			 uint32_t kind, struct provd_config_plugin *entries, size_t count,
			 struct provd_config_errors *errors)
{
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		const struct provd_plugin *plugin = find_plugin(daemon, kind, entries[i].plugin);
		int code = 0;

		if (plugin)
			code = provd_config_plugin_options(fresh, &entries[i],
							   plugin->descriptor.options,
							   plugin->descriptor.option_count,
							   plugin->descriptor.option_size, errors);
		if (code && result != PROVD_E_NOMEM)
			result = code;
	}
	return result;
}

static int check_all_plugins(const struct provd_daemon *daemon, struct provd_config *fresh,
			     struct provd_config_errors *errors)
{
	int codes[] = {
		check_plugins(daemon, fresh, PROVD_PLUGIN_HAL, fresh->hals, fresh->hal_count,
			      errors),
		check_plugins(daemon, fresh, PROVD_PLUGIN_METHOD, fresh->methods,
			      fresh->method_count, errors),
		check_plugins(daemon, fresh, PROVD_PLUGIN_CLOUD, fresh->cloud, fresh->cloud ? 1 : 0,
			      errors),
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] && result != PROVD_E_NOMEM)
			result = codes[i];
	return result;
}

/* A file name in a line may be anything; what is not UTF-8 shows as '?'. */
static json_t *line_json(const char *line)
{
	json_t *json = json_string(line);
	char *copy;

	if (json)
		return json;
	copy = strdup(line);
	for (char *at = copy; at && *at; at++)
		if (((unsigned char)*at & 0x80) != 0)
			*at = '?';
	json = copy ? json_string(copy) : NULL;
	free(copy);
	return json;
}

/* @return PROVD_E_CONFIG or PROVD_E_NOMEM */
static int tell_faults(struct provd_config_errors *errors, json_t *faults)
{
	provd_config_errors_sort(errors);
	for (size_t i = 0; i < errors->count; i++)
		if (json_array_append_new(faults, line_json(errors->lines[i])) != 0)
			return PROVD_E_NOMEM;
	if (errors->dropped &&
	    json_array_append_new(faults, json_sprintf("and %zu more", errors->dropped)) != 0)
		return PROVD_E_NOMEM;
	return PROVD_E_CONFIG;
}

/* A configuration without faults, or the code for the result. */
static int read_fresh(const struct provd_daemon *daemon, struct provd_config **out_fresh,
		      json_t *faults)
{
	struct provd_config_errors errors = {0};
	struct provd_config *fresh = NULL;
	int result = provd_config_load_partly(daemon->config->path, &fresh, &errors);

	if (fresh && result != PROVD_E_NOMEM) {
		int code = check_all_plugins(daemon, fresh, &errors);

		if (code)
			result = code;
	}
	/* Without a line there is nothing that a person could mend. */
	if (result && (result == PROVD_E_NOMEM || errors.count == 0))
		result = PROVD_E_NOMEM;
	else if (result || errors.count)
		result = tell_faults(&errors, faults);
	if (result)
		provd_config_destroy(fresh);
	else
		*out_fresh = fresh;
	provd_config_errors_finish(&errors);
	return result;
}

/* Taking over */

static void adopt(struct provd_daemon *daemon, struct provd_config *fresh)
{
	provd_config_adopt(daemon->config, fresh);
	provd__log_apply(daemon);
	if (daemon->engine)
		provd_timeline_set_personal(
			provd_engine_timeline(daemon->engine),
			(int)provd_options_int(daemon->config->log, "personal"));
	if (daemon->supervisor)
		provd_supervisor_reconfigure(daemon->supervisor);
}

void provd__daemon_reload(struct provd_daemon *daemon, struct provd_reload_result *out_result)
{
	struct provd_reload_result result = {0, json_array(), json_array(), json_array()};
	struct provd_config_changes changes = {result.changed, result.needs_restart};
	struct provd_config *fresh = NULL;

	result.code = PROVD_E_NOMEM;
	if (result.changed && result.faults && result.needs_restart)
		result.code = read_fresh(daemon, &fresh, result.faults);
	if (result.code == 0)
		result.code = provd_config_compare(daemon->config, fresh, &changes);
	if (result.code == 0 && json_array_size(result.needs_restart) > 0)
		result.code = PROVD_E_STATE;
	if (result.code == 0)
		adopt(daemon, fresh);
	else if (result.changed)
		(void)json_array_clear(result.changed);
	provd_config_destroy(fresh);
	*out_result = result;
}

/* SIGHUP */

static void log_list(struct provd_daemon *daemon, const char *event, uint32_t level,
		     const char *name, const json_t *list)
{
	static const struct provd_log_site site = {.size = sizeof(site),
						   .level = PROVD_LOG_ERROR,
						   .line = __LINE__,
						   .file = __FILE__,
						   .event = "reload"};
	const json_t *text;
	size_t i;

	json_array_foreach(list, i, text)
	{
		const struct provd_field field = provd_f_text(name, json_string_value(text));

		provd_log_write_event(daemon->log, "daemon", 0, &site, level, event, &field, 1);
	}
}

static void log_result(struct provd_daemon *daemon, const struct provd_reload_result *result)
{
	if (result->code == 0) {
		PROVD_CLOG(daemon->log, "daemon", 0, PROVD_LOG_INFO, "configuration read anew",
			   provd_f_int("changed", (int64_t)json_array_size(result->changed)));
		log_list(daemon, "option changed", PROVD_LOG_INFO, "option", result->changed);
		return;
	}
	PROVD_CLOG(daemon->log, "daemon", 0, PROVD_LOG_ERROR,
		   "the new configuration is not taken, the old one stays",
		   provd_f_code("reason", result->code),
		   provd_f_text("text", result->code == PROVD_E_STATE
						? "changes that need a restart of the daemon"
						: provd_err_text(result->code)));
	log_list(daemon, "fault in the new configuration", PROVD_LOG_ERROR, "fault",
		 result->faults);
	log_list(daemon, "option needs a restart", PROVD_LOG_WARN, "option", result->needs_restart);
}

void provd__daemon_reload_and_log(struct provd_daemon *daemon)
{
	struct provd_reload_result result;

	if (daemon->stopping)
		return;
	provd_service_reloading(daemon->service);
	provd__daemon_reload(daemon, &result);
	log_result(daemon, &result);
	provd_reload_result_finish(&result);
	provd_service_reloaded(daemon->service);
}
