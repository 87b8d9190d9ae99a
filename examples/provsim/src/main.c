/* SPDX-License-Identifier: Apache-2.0 */
#include "common/common.h"

#include <string.h>

static const char USAGE[] =
	"usage: provsim VERB [OPTION]...\n"
	"\n"
	"Plays the parts of a provisioning that a developer does not have at hand.\n"
	"\n"
	"  cloud tencent   the vendor's cloud: registration over HTTPS, MQTT broker, token binding\n"
	"  device-info     write a device_info.json for a running or finished `cloud`\n"
	"  phone softap    the owner's phone app on the device's hotspot (UDP)\n"
	"  phone log       the same app asking for the log of a failure (UDP)\n"
	"  help            this text; every verb has --help\n"
	"\n"
	"Events go to stdout, one JSON object a line; words for people go to stderr.\n"
	"Exit status: 0 success, 1 failure, 2 wrong usage, 3 time ran out.\n";

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "cloud") == 0)
		return sim_cloud_main(argc - 1, argv + 1);
	if (strcmp(verb, "device-info") == 0)
		return sim_device_info_main(argc - 1, argv + 1);
	if (strcmp(verb, "phone") == 0)
		return sim_phone_main(argc - 1, argv + 1);
	if (strcmp(verb, SIM_EXEC_VERB) == 0)
		return sim_exec_child(argc - 1, argv + 1);
	if (strcmp(verb, "help") == 0 || strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
		fputs(USAGE, stdout);
		return SIM_EXIT_OK;
	}
	fputs(USAGE, stderr);
	return SIM_EXIT_USAGE;
}
