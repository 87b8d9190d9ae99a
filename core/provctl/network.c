/* SPDX-License-Identifier: Apache-2.0 */
/* Saved networks. */
#include "provctl.h"

#include <stdlib.h>
#include <string.h>

int provctl_networks(const struct provctl_options *options)
{
	const json_t *network;
	const json_t *list;
	json_t *reply;
	size_t i;
	int result = provctl_call(options, "Networks", NULL, &reply);

	if (result)
		return result;
	list = json_object_get(reply, "networks");
	if (!options->json)
		puts("  PRIORITY  SECURITY  NETWORK");
	json_array_foreach(list, i, network)
	{
		if (options->json)
			break;
		printf("%c %8" JSON_INTEGER_FORMAT "  ",
		       json_is_true(json_object_get(network, "current")) ? '*' : ' ',
		       provctl_int(network, "priority"));
		provctl_cell(json_is_true(json_object_get(network, "secured")) ? "secured" : "open",
			     10);
		provctl_put_network(network);
		puts(json_is_true(json_object_get(network, "hidden")) ? "  (hidden)" : "");
	}
	json_decref(reply);
	return EXIT_DONE;
}

/** Names the network of the command line. @return a new object, or NULL: usage was printed */
static json_t *read_network(const struct provctl_options *options, size_t words)
{
	const int has_word = options->arg_count == words + 1;
	json_t *parameters;

	if (options->arg_count > words + 1 ||
	    has_word + (options->ssid != NULL) + (options->ssid_hex != NULL) != 1) {
		(void)provctl_usage("one network was expected: SSID or --ssid-hex HEX", "");
		return NULL;
	}
	if (options->ssid_hex)
		return json_pack("{s:s}", "ssid_hex", options->ssid_hex);
	parameters = json_pack("{s:s}", "ssid", has_word ? options->args[0] : options->ssid);
	if (!parameters)
		(void)provctl_usage("a name that is no UTF-8 is given by --ssid-hex HEX", "");
	return parameters;
}

int provctl_forget(const struct provctl_options *options)
{
	json_t *parameters = read_network(options, 0);

	return parameters ? provctl_do(options, "ForgetNetwork", parameters, "forgotten")
			  : EXIT_USAGE;
}

int provctl_priority(const struct provctl_options *options)
{
	const char *word = options->arg_count ? options->args[options->arg_count - 1] : "";
	char *end = NULL;
	const long priority = strtol(word, &end, 10);
	json_t *parameters;

	if (!*word || *end || priority < -1000 || priority > 1000)
		return provctl_usage("a priority from -1000 to 1000 was expected, not ", word);
	parameters = read_network(options, 1);
	if (!parameters)
		return EXIT_USAGE;
	json_object_set_new(parameters, "priority", json_integer(priority));
	return provctl_do(options, "SetNetworkPriority", parameters, "changed");
}
