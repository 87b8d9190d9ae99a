/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char USAGE[] =
	"usage: provsim cloud tencent [OPTION]...\n"
	"\n"
	"The vendor's cloud on this machine: registration gateway (HTTPS), MQTT broker, binding.\n"
	"\n"
	"  --dir DIR              where certificates, keys and logs go; without it a temporary\n"
	"                         folder that is removed at the end\n"
	"  --product-id ID        default PROVSIM001\n"
	"  --product-secret S     16 to 64 characters; default random, kept in DIR/cloud.json\n"
	"  --device NAME[:SECRET] a device that exists; SECRET is base64 or `auto`; repeat for\n"
	"                         more; default one device `dev001` without a secret\n"
	"  --device-type TYPE     psk (default) or cert: what a registration gives\n"
	"  --auto-create          unknown devices are created when they register\n"
	"  --listen IP            IPv4 address of all ports for devices, default 127.0.0.1\n"
	"  --https-port PORT      default: any free one\n"
	"  --https-cert KIND      good (default), not-yet-valid, expired or untrusted\n"
	"  --mqtt-cert KIND       the same for the MQTT port with certificates\n"
	"  --reply-delay-ms N     answer tokens N ms later\n"
	"  --expect-token TOKEN   refuse other tokens, tell `token_match`\n"
	"  --fault NAME[=VALUE][:TIMES]   see below; repeat for more; without TIMES for ever\n"
	"  --write-device-info FILE       device_info.json of the first device\n"
	"  --mosquitto PATH       default: searched in PATH and /usr/sbin\n"
	"  --exit-on-eof          end when stdin ends\n"
	"  --show-secrets         print device secrets and tokens in events\n"
	"  --text                 events for people instead of JSON\n"
	"\n"
	"stdin takes JSON lines: {\"fault\":\"bind-code\",\"value\":3,\"times\":1}, {\"clear\":true},\n"
	"{\"clear\":\"bind-code\"}, {\"quit\":true}.\n"
	"\n"
	"Faults:\n";

enum option_id {
	OPT_DIR = 256,
	OPT_PRODUCT_ID,
	OPT_PRODUCT_SECRET,
	OPT_DEVICE,
	OPT_DEVICE_TYPE,
	OPT_AUTO_CREATE,
	OPT_LISTEN,
	OPT_HTTPS_PORT,
	OPT_HTTPS_CERT,
	OPT_MQTT_CERT,
	OPT_REPLY_DELAY,
	OPT_EXPECT_TOKEN,
	OPT_FAULT,
	OPT_WRITE_DEVICE_INFO,
	OPT_MOSQUITTO,
	OPT_EXIT_ON_EOF,
	OPT_SHOW_SECRETS,
	OPT_TEXT
};

static const struct option OPTIONS[] = {
	{"dir", required_argument, NULL, OPT_DIR},
	{"product-id", required_argument, NULL, OPT_PRODUCT_ID},
	{"product-secret", required_argument, NULL, OPT_PRODUCT_SECRET},
	{"device", required_argument, NULL, OPT_DEVICE},
	{"device-type", required_argument, NULL, OPT_DEVICE_TYPE},
	{"auto-create", no_argument, NULL, OPT_AUTO_CREATE},
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"https-port", required_argument, NULL, OPT_HTTPS_PORT},
	{"https-cert", required_argument, NULL, OPT_HTTPS_CERT},
	{"mqtt-cert", required_argument, NULL, OPT_MQTT_CERT},
	{"reply-delay-ms", required_argument, NULL, OPT_REPLY_DELAY},
	{"expect-token", required_argument, NULL, OPT_EXPECT_TOKEN},
	{"fault", required_argument, NULL, OPT_FAULT},
	{"write-device-info", required_argument, NULL, OPT_WRITE_DEVICE_INFO},
	{"mosquitto", required_argument, NULL, OPT_MOSQUITTO},
	{"exit-on-eof", no_argument, NULL, OPT_EXIT_ON_EOF},
	{"show-secrets", no_argument, NULL, OPT_SHOW_SECRETS},
	{"text", no_argument, NULL, OPT_TEXT},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static void print_help(void)
{
	fputs(USAGE, stdout);
	for (int i = 0; i < SIM_FAULT_COUNT; i++)
		printf("  %-24s %s\n", sim_fault_name((enum sim_fault)i),
		       sim_fault_help((enum sim_fault)i));
}

static int copy_path(const char *text, char *out, size_t size)
{
	int n = snprintf(out, size, "%s", text);

	return n <= 0 || (size_t)n >= size ? PROVD_E_LIMIT : 0;
}

static int add_device(struct sim_cloud *cloud, const char *text)
{
	const char *colon = strchr(text, ':');
	char name[SIM_DEVICE_NAME_SIZE];
	size_t size = colon ? (size_t)(colon - text) : strlen(text);

	if (size >= sizeof(name))
		return PROVD_E_INVALID;
	memcpy(name, text, size);
	name[size] = '\0';
	return sim_registry_add(&cloud->registry, name, colon ? colon + 1 : NULL);
}

static int set_device_type(struct sim_cloud *cloud, const char *text)
{
	cloud->registry.cert = strcmp(text, "cert") == 0;
	return cloud->registry.cert || strcmp(text, "psk") == 0 ? 0 : PROVD_E_INVALID;
}

static int set_number(const char *text, long min, long max, long *out_value)
{
	return sim_parse_long(text, min, max, out_value);
}

static int arm_fault(struct sim_cloud *cloud, const char *text)
{
	const char *error = "";
	int rc = sim_faults_arm_text(&cloud->faults, text, &error);

	if (rc != 0)
		sim_say("--fault %s: %s", text, error);
	return rc;
}

static int apply_value(struct sim_cloud *cloud, int id, const char *value)
{
	struct sim_cloud_options *options = &cloud->options;
	long number = 0;
	int rc = 0;

	switch (id) {
	case OPT_DIR:
		return copy_path(value, options->dir, sizeof(options->dir));
	case OPT_PRODUCT_ID:
		return sim_registry_set_product(&cloud->registry, value);
	case OPT_PRODUCT_SECRET:
		return sim_registry_set_secret(&cloud->registry, value);
	case OPT_DEVICE:
		return add_device(cloud, value);
	case OPT_DEVICE_TYPE:
		return set_device_type(cloud, value);
	case OPT_LISTEN:
		options->listen_ip = value;
		return 0;
	case OPT_HTTPS_PORT:
		rc = set_number(value, 0, 65535, &number);
		options->https_port = (int)number;
		return rc;
	case OPT_HTTPS_CERT:
		return sim_cert_kind_find(value, &options->https_cert);
	case OPT_MQTT_CERT:
		return sim_cert_kind_find(value, &options->mqtt_cert);
	case OPT_REPLY_DELAY:
		rc = set_number(value, 0, 600000, &number);
		options->reply_delay_ms = (unsigned int)number;
		return rc;
	case OPT_EXPECT_TOKEN:
		options->expect_token = value;
		return 0;
	case OPT_FAULT:
		return arm_fault(cloud, value);
	case OPT_WRITE_DEVICE_INFO:
		options->device_info = value;
		return 0;
	case OPT_MOSQUITTO:
		return copy_path(value, options->mosquitto, sizeof(options->mosquitto));
	default:
		return PROVD_E_INVALID;
	}
}

static int apply(struct sim_cloud *cloud, int id, const char *value)
{
	switch (id) {
	case OPT_AUTO_CREATE:
		cloud->registry.auto_create = true;
		return 0;
	case OPT_EXIT_ON_EOF:
		cloud->options.exit_on_eof = true;
		return 0;
	case OPT_SHOW_SECRETS:
		cloud->options.show_secrets = true;
		return 0;
	case OPT_TEXT:
		cloud->options.text = true;
		return 0;
	default:
		return value ? apply_value(cloud, id, value) : PROVD_E_INVALID;
	}
}

/* mosquitto and the reader of our events need not share our working directory. */
static int make_absolute(struct sim_cloud_options *options)
{
	char *whole = realpath(options->dir, NULL);
	int rc = whole ? copy_path(whole, options->dir, sizeof(options->dir)) : PROVD_E_IO;

	free(whole);
	return rc;
}

static int complete_options(struct sim_cloud *cloud)
{
	struct sim_cloud_options *options = &cloud->options;

	if (cloud->registry.count == 0 && sim_registry_add(&cloud->registry, "dev001", NULL) != 0)
		return PROVD_E_NOMEM;
	if (options->mosquitto[0] == '\0' &&
	    sim_find_program("mosquitto", options->mosquitto, sizeof(options->mosquitto)) != 0) {
		sim_say("mosquitto is not installed (package mosquitto); --mosquitto names it");
		return PROVD_E_NOT_FOUND;
	}
	if (options->dir[0] == '\0') {
		const char *temp = getenv("TMPDIR");
		int n = snprintf(options->dir, sizeof(options->dir), "%s/provsim-XXXXXX",
				 temp && *temp ? temp : "/tmp");

		if (n < 0 || (size_t)n >= sizeof(options->dir) || !mkdtemp(options->dir)) {
			sim_say("cannot make a temporary folder; --dir names one");
			return PROVD_E_IO;
		}
		options->own_dir = true;
	} else if (mkdir(options->dir, 0700) != 0) {
		struct stat info;

		if (stat(options->dir, &info) != 0 || !S_ISDIR(info.st_mode)) {
			sim_say("--dir %s is not a folder and cannot be made", options->dir);
			return PROVD_E_IO;
		}
	}
	return make_absolute(options) == 0 ? 0 : PROVD_E_IO;
}

int sim_cloud_options_parse(struct sim_cloud *cloud, int argc, char **argv)
{
	int index = 0;
	int id;

	cloud->options.listen_ip = "127.0.0.1";
	while ((id = getopt_long(argc, argv, "h", OPTIONS, &index)) != -1) {
		if (id == 'h') {
			print_help();
			return SIM_EXIT_OK;
		}
		if (id == '?')
			return SIM_EXIT_USAGE;
		if (apply(cloud, id, optarg) != 0) {
			sim_say("--%s: this value cannot be used", OPTIONS[index].name);
			return SIM_EXIT_USAGE;
		}
	}
	if (optind != argc - 1 || strcmp(argv[optind], "tencent") != 0) {
		sim_say("usage: provsim cloud tencent [OPTION]...");
		return SIM_EXIT_USAGE;
	}
	return complete_options(cloud) == 0 ? -1 : SIM_EXIT_FAILED;
}
