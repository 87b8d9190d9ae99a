/* SPDX-License-Identifier: Apache-2.0 */
/* The device itself: button, reset, cloud connection, configuration, log. */
#include "provctl.h"

#include <string.h>

int provctl_press(const struct provctl_options *options)
{
	json_t *parameters = json_object();

	if (options->held >= 0)
		json_object_set_new(parameters, "held_ms", json_integer(options->held));
	return provctl_do(options, "PressButton", parameters, "pressed");
}

int provctl_reset(const struct provctl_options *options)
{
	static const struct {
		const char *name;
		const char *question;
	} kinds[] = {
		{"network", "Forget all saved networks?"},
		{"cloud", "Forget that the device is bound to its owner?"},
		{"factory", "Forget all saved networks and the device's owner?"},
	};
	const char *what = options->arg_count == 1 ? options->args[0] : "";
	size_t i = 0;
	int answer = 1;

	while (i < 3 && strcmp(kinds[i].name, what) != 0)
		i++;
	if (i == 3)
		return provctl_usage("network, cloud or factory was expected, not ", what);
	if (!options->yes)
		answer = provctl_confirm(kinds[i].question);
	if (answer < 0)
		return provctl_usage("without a terminal to ask on, reset needs --yes", "");
	if (!answer) {
		provctl_say("nothing was reset");
		return EXIT_REFUSED;
	}
	return provctl_do(options, "Reset", json_pack("{s:s}", "what", what), "reset");
}

/** Prints "name      value". */
static void line(const char *name, const char *value)
{
	printf("%-10s", name);
	provctl_put(stdout, value);
	putchar('\n');
}

int provctl_take_over(const struct provctl_options *options)
{
	static const char *const keys[] = {"cloud", "product", "device", "file"};
	json_t *reply;
	size_t i;
	int result = provctl_call(options, "TakeOver", NULL, &reply);

	if (result)
		return result;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]) && !options->json; i++)
		line(keys[i], provctl_text(reply, keys[i]));
	json_decref(reply);
	return EXIT_DONE;
}

int provctl_reload(const struct provctl_options *options)
{
	const json_t *changed;
	const json_t *name;
	json_t *reply;
	size_t i;
	int result = provctl_call(options, "Reload", NULL, &reply);

	if (result)
		return result;
	changed = json_object_get(reply, "changed");
	if (!options->json && !json_array_size(changed))
		puts("nothing has changed");
	json_array_foreach(changed, i, name)
	{
		if (!options->json)
			line("changed", json_string_value(name) ? json_string_value(name) : "?");
	}
	json_decref(reply);
	return EXIT_DONE;
}

static int print_levels(const struct provctl_options *options)
{
	const json_t *level;
	const char *topic;
	json_t *reply;
	int result = provctl_call(options, "LogLevels", NULL, &reply);

	if (result)
		return result;
	if (!options->json) {
		printf("%-20s%s\n", "TOPIC", "LEVEL");
		provctl_cell("(all others)", 20);
		provctl_put(stdout, provctl_text(reply, "level"));
		putchar('\n');
	}
	json_object_foreach(json_object_get(reply, "topics"), topic, level)
	{
		if (options->json)
			break;
		provctl_cell(topic, 20);
		provctl_put(stdout, json_string_value(level) ? json_string_value(level) : "?");
		putchar('\n');
	}
	json_decref(reply);
	return EXIT_DONE;
}

int provctl_log(const struct provctl_options *options)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};
	const size_t count = options->arg_count;
	const char *level = count ? options->args[count - 1] : "";
	json_t *parameters;
	size_t i = 0;

	if (!count)
		return print_levels(options);
	while (i < 4 && strcmp(levels[i], level) != 0)
		i++;
	if (i == 4 || count > 2)
		return provctl_usage("[TOPIC] error, warn, info or debug was expected, not ",
				     level);
	parameters = json_object();
	if (count == 2)
		json_object_set_new(parameters, "topic", json_string(options->args[0]));
	json_object_set_new(parameters, "level", json_string(level));
	return provctl_do(options, "SetLogLevel", parameters, "changed");
}
