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

static void print_link(const json_t *link)
{
	const char *address = provctl_text(link, "address");

	if (!json_is_object(link))
		return;
	label("network");
	provctl_put_network(link);
	if (*address) {
		fputs(", address ", stdout);
		provctl_put(stdout, address);
	}
	putchar('\n');
}

/** What to do about a failure, and whether it is of use to try again. */
static void print_advice(const json_t *failure)
{
	static const struct {
		const char *name;
		const char *text;
	} retries[] = {
		{"again", "of use as it is"},
		{"changed", "of use once the advice was followed"},
		{"never", "of no use before the device or its configuration is repaired"},
	};
	const char *retry = provctl_text(failure, "retry");
	size_t i;

	line("advice", provctl_advice(failure, "code"));
	for (i = 0; i < sizeof(retries) / sizeof(retries[0]); i++) {
		if (!strcmp(retries[i].name, retry))
			line("retry", retries[i].text);
	}
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
	print_advice(failure);
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

static void print_device(const json_t *status)
{
	static const struct {
		const char *name;
		const char *text;
	} waits[] = {
		{"presence", "for somebody: press the device's button"},
		{"grace", "for a saved network to come back"},
	};
	const char *waiting = provctl_text(status, "waiting");
	const json_int_t networks = provctl_int(status, "networks");
	const json_t *bound = json_object_get(status, "bound");
	const json_t *warnings = json_object_get(status, "warnings");
	const json_t *warning;
	size_t i;

	if (json_is_boolean(bound))
		line("bound", json_is_true(bound) ? "yes" : "no");
	if (networks) {
		label("saved");
		printf("%" JSON_INTEGER_FORMAT " network%s; see 'provctl networks'\n", networks,
		       networks == 1 ? "" : "s");
	}
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		if (!strcmp(waits[i].name, waiting))
			waiting = waits[i].text;
	}
	line("waiting", waiting);
	json_array_foreach(warnings, i, warning)
	{
		line("warning", json_string_value(warning) ? json_string_value(warning) : "");
	}
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
	/* the time is that of a session */
	if (session)
		printf(" for %" JSON_INTEGER_FORMAT ".%03d s", ms / 1000, (int)(ms % 1000));
	putchar('\n');
	if (session) {
		label("session");
		printf("%" JSON_INTEGER_FORMAT ", attempt %" JSON_INTEGER_FORMAT "\n", session,
		       provctl_int(status, "attempt"));
	}
	line("method", provctl_text(status, "method"));
	print_link(json_object_get(status, "link"));
	print_failure(json_object_get(status, "last_error"));
	print_identity(json_object_get(status, "identity"));
	print_device(status);
	if (json_array_size(methods))
		puts("methods");
	json_array_foreach(methods, i, method)
	{
		fputs("  ", stdout);
		provctl_cell(provctl_text(method, "name"), 14);
		provctl_cell(provctl_text(method, "state"), 13);
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
		print_status(reply);
	json_decref(reply);
	return EXIT_DONE;
}
