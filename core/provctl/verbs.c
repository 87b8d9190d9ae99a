/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl.h"

int provctl_started(const struct provctl_options *options, struct provd_client *client,
		    json_int_t session)
{
	if (options->json)
		printf("{\"session\":%" JSON_INTEGER_FORMAT "}\n", session);
	else if (!options->watch)
		printf("session %" JSON_INTEGER_FORMAT " started; see it with 'provctl watch'\n",
		       session);
	fflush(stdout);
	return options->watch ? provctl_watch_session(options, client, session) : EXIT_DONE;
}

int provctl_start(const struct provctl_options *options)
{
	struct provd_client *client = NULL;
	json_t *parameters = json_object();
	json_t *methods = options->arg_count ? json_array() : NULL;
	json_t *reply = NULL;
	json_t *plan;
	size_t i;
	int result;

	for (i = 0; i < options->arg_count; i++)
		json_array_append_new(methods, json_string(options->args[i]));
	if (methods)
		json_object_set_new(parameters, "methods", methods);
	if (options->deadline >= 0)
		json_object_set_new(parameters, "deadline_ms", json_integer(options->deadline));
	if (options->plan && provctl_parse_plan(options->plan, &plan)) {
		json_decref(parameters);
		return provctl_usage("a plan like one:4m,two:1m was expected, not ", options->plan);
	}
	if (options->plan)
		json_object_set_new(parameters, "plan", plan);
	result = provctl_open(options, &client);
	if (result)
		json_decref(parameters);
	else
		result = provctl_ask(client, "Start", parameters, &reply);
	if (!result)
		result = provctl_started(options, client, provctl_int(reply, "session"));
	json_decref(reply);
	provd_client_destroy(client);
	return result;
}

int provctl_stop(const struct provctl_options *options)
{
	return provctl_do(options, "Stop", NULL, "stopped");
}

int provctl_plugins(const struct provctl_options *options)
{
	const json_t *plugins;
	const json_t *plugin;
	json_t *reply;
	size_t i;
	int result = provctl_call(options, "Plugins", NULL, &reply);

	if (result)
		return result;
	plugins = json_object_get(reply, "plugins");
	if (!options->json)
		puts("NAME          KIND    VERSION   STATE        FILE");
	json_array_foreach(plugins, i, plugin)
	{
		if (options->json)
			break;
		provctl_cell(provctl_text(plugin, "name"), 14);
		provctl_cell(provctl_text(plugin, "kind"), 8);
		provctl_cell(provctl_text(plugin, "version"), 10);
		provctl_cell(provctl_text(plugin, "state"), 13);
		provctl_put(stdout, provctl_text(plugin, "file"));
		putchar('\n');
		if (*provctl_text(plugin, "reason")) {
			fputs("    ", stdout);
			provctl_put(stdout, provctl_text(plugin, "reason"));
			putchar('\n');
		}
	}
	json_decref(reply);
	return EXIT_DONE;
}

int provctl_capabilities(const struct provctl_options *options)
{
	const json_t *list;
	const json_t *one;
	json_t *reply;
	size_t i;
	int result = provctl_call(options, "Capabilities", NULL, &reply);

	if (result)
		return result;
	list = json_object_get(reply, "capabilities");
	if (!options->json)
		puts("CAPABILITY          HAL           AVAILABLE");
	json_array_foreach(list, i, one)
	{
		if (options->json)
			break;
		provctl_cell(provctl_text(one, "name"), 20);
		provctl_cell(provctl_text(one, "hal"), 14);
		fputs(json_is_true(json_object_get(one, "available")) ? "yes" : "no ", stdout);
		if (*provctl_text(one, "reason"))
			fputs("  ", stdout);
		provctl_put(stdout, provctl_text(one, "reason"));
		putchar('\n');
	}
	json_decref(reply);
	return EXIT_DONE;
}
