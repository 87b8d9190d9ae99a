/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl.h"

#include <string.h>

/** Prints "name      value" lines; the value follows. */
static void label(const char *name)
{
	printf("%-10s", name);
}

static void line(const char *name, const char *value)
{
	if (!*value)
		return;
	label(name);
	provctl_put(stdout, value);
	putchar('\n');
}

/** Prints a text in a column of `width`. */
static void cell(const char *text, int width)
{
	char safe[256];
	const int len = (int)provctl_escape(text, safe, sizeof(safe));

	printf("%s%*s", safe, len < width ? width - len : 1, "");
}

static void print_link(const json_t *link)
{
	const char *ssid = provctl_text(link, "ssid");
	const char *address = provctl_text(link, "address");

	if (!json_is_object(link))
		return;
	label("network");
	provctl_put(stdout, *ssid ? ssid : "(name not shown)");
	if (*address) {
		fputs(", address ", stdout);
		provctl_put(stdout, address);
	}
	putchar('\n');
}

static void print_failure(const json_t *failure)
{
	const char *code = provctl_text(failure, "code");
	const char *text = provctl_text(failure, "text");

	if (!json_is_object(failure))
		return;
	if (!*text && provctl_reason(code))
		text = provctl_reason(code);
	label("failure");
	provctl_put(stdout, *text ? text : code);
	fputs(" (", stdout);
	provctl_put(stdout, code);
	fputs(", while ", stdout);
	provctl_put(stdout, provctl_text(failure, "state"));
	fputs(")\n", stdout);
}

static void print_identity(const json_t *identity)
{
	const char *product = provctl_text(identity, "product");
	const char *device = provctl_text(identity, "device");

	if (!*product && !*device)
		return;
	label("identity");
	provctl_put(stdout, product);
	putchar('/');
	provctl_put(stdout, device);
	puts(json_is_true(json_object_get(identity, "registered")) ? ", registered"
								   : ", not registered");
}

static void print_status(const json_t *status)
{
	const json_int_t ms = provctl_int(status, "elapsed_ms");
	const json_int_t session = provctl_int(status, "session");
	const json_t *methods = json_object_get(status, "methods");
	const json_t *method;
	size_t i;

	label("state");
	provctl_put(stdout, provctl_text(status, "state"));
	printf(" for %" JSON_INTEGER_FORMAT ".%03d s\n", ms / 1000, (int)(ms % 1000));
	if (session) {
		label("session");
		printf("%" JSON_INTEGER_FORMAT ", attempt %" JSON_INTEGER_FORMAT "\n", session,
		       provctl_int(status, "attempt"));
	}
	line("method", provctl_text(status, "method"));
	print_link(json_object_get(status, "link"));
	print_failure(json_object_get(status, "last_error"));
	print_identity(json_object_get(status, "identity"));
	if (json_array_size(methods))
		puts("methods");
	json_array_foreach(methods, i, method)
	{
		fputs("  ", stdout);
		cell(provctl_text(method, "name"), 14);
		cell(provctl_text(method, "state"), 13);
		provctl_put(stdout, provctl_text(method, "reason"));
		putchar('\n');
	}
}

int provctl_status(const struct provctl_options *options)
{
	json_t *reply;
	int result = provctl_call(options, "Status", NULL, &reply);

	if (result)
		return result;
	if (!options->json)
		print_status(json_object_get(reply, "parameters"));
	json_decref(reply);
	return EXIT_DONE;
}

int provctl_start(const struct provctl_options *options)
{
	json_t *parameters = json_object();
	json_t *methods = options->arg_count ? json_array() : NULL;
	struct provctl_client client;
	json_int_t session;
	json_t *reply;
	size_t i;
	int result;

	for (i = 0; i < options->arg_count; i++)
		json_array_append_new(methods, json_string(options->args[i]));
	if (methods)
		json_object_set_new(parameters, "methods", methods);
	if (options->deadline >= 0)
		json_object_set_new(parameters, "deadline_ms", json_integer(options->deadline));
	result = provctl_connect(&client, options->socket);
	if (result)
		json_decref(parameters);
	else
		result = provctl_ask(&client, "Start", parameters, &reply);
	if (result)
		goto out;
	session = provctl_int(json_object_get(reply, "parameters"), "session");
	if (options->json)
		provctl_print_json(json_object_get(reply, "parameters"));
	else if (!options->watch)
		printf("session %" JSON_INTEGER_FORMAT " started; see it with 'provctl watch'\n",
		       session);
	json_decref(reply);
	if (options->watch)
		result = provctl_watch_session(options, &client, session);
out:
	provctl_disconnect(&client);
	return result;
}

int provctl_stop(const struct provctl_options *options)
{
	json_t *reply;
	int result = provctl_call(options, "Stop", NULL, &reply);

	if (result)
		return result;
	if (!options->json)
		puts("stopped");
	json_decref(reply);
	return EXIT_DONE;
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
	plugins = json_object_get(json_object_get(reply, "parameters"), "plugins");
	if (!options->json)
		puts("NAME          KIND    VERSION   STATE        FILE");
	json_array_foreach(plugins, i, plugin)
	{
		if (options->json)
			break;
		cell(provctl_text(plugin, "name"), 14);
		cell(provctl_text(plugin, "kind"), 8);
		cell(provctl_text(plugin, "version"), 10);
		cell(provctl_text(plugin, "state"), 13);
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
	list = json_object_get(json_object_get(reply, "parameters"), "capabilities");
	if (!options->json)
		puts("CAPABILITY          HAL           AVAILABLE");
	json_array_foreach(list, i, one)
	{
		if (options->json)
			break;
		cell(provctl_text(one, "name"), 20);
		cell(provctl_text(one, "hal"), 14);
		fputs(json_is_true(json_object_get(one, "available")) ? "yes" : "no ", stdout);
		if (*provctl_text(one, "reason"))
			fputs("  ", stdout);
		provctl_put(stdout, provctl_text(one, "reason"));
		putchar('\n');
	}
	json_decref(reply);
	return EXIT_DONE;
}
