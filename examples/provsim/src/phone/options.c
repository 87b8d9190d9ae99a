/* SPDX-License-Identifier: Apache-2.0 */
#include "phone.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

static const char USAGE[] =
	"usage: provsim phone softap --target IP:PORT --token TOKEN [OPTION]...\n"
	"\n"
	"Plays the phone app that gives Wi-Fi credentials and token to a device by UDP.\n"
	"\n"
	"  --app NAME             mini-program (default), android, ios or doc (the official text)\n"
	"  --ssid TEXT, --ssid-hex HEX      name of the home network, 0 to 32 bytes\n"
	"  --passphrase TEXT      or --passphrase-file FILE, or environment PROVSIM_PASSPHRASE\n"
	"                         (so that it does not show in `ps`); none: open network\n"
	"  --token TOKEN          or environment PROVSIM_TOKEN\n"
	"  --cmd0                 send only the token (smartconfig, AirKiss, simpleconfig)\n"
	"  --region NAME          android and ios, default ap-guangzhou\n"
	"  --bssid MAC            android and ios, default 02:00:00:00:00:01\n"
	"  --bind IP:PORT         local address; port 0 for any\n"
	"  --app-port             local port of the real app: 8266, 8266, 55551\n"
	"  --fast                 without the app's delay before the first datagram\n"
	"  --stale-tail[=nul|text]          NULs (or left-over text) behind the JSON object\n"
	"  --timeout-s N          give up after N seconds; default: as the app does\n"
	"  --follow S             listen for S more seconds after the identity\n"
	"  --raw                  print every datagram received, as hex\n"
	"  --text                 events for people instead of JSON\n"
	"\n"
	"Exit status: 0 identity received, 1 refused or broken, 2 usage, 3 no answer in time.\n";

enum option_id {
	OPT_APP = 256,
	OPT_TARGET,
	OPT_SSID,
	OPT_SSID_HEX,
	OPT_PASSPHRASE,
	OPT_PASSPHRASE_FILE,
	OPT_TOKEN,
	OPT_BIND,
	OPT_REGION,
	OPT_BSSID,
	OPT_CMD0,
	OPT_FAST,
	OPT_APP_PORT,
	OPT_STALE_TAIL,
	OPT_TIMEOUT,
	OPT_FOLLOW,
	OPT_RAW,
	OPT_TEXT
};

static const struct option OPTIONS[] = {
	{"app", required_argument, NULL, OPT_APP},
	{"target", required_argument, NULL, OPT_TARGET},
	{"ssid", required_argument, NULL, OPT_SSID},
	{"ssid-hex", required_argument, NULL, OPT_SSID_HEX},
	{"passphrase", required_argument, NULL, OPT_PASSPHRASE},
	{"passphrase-file", required_argument, NULL, OPT_PASSPHRASE_FILE},
	{"token", required_argument, NULL, OPT_TOKEN},
	{"bind", required_argument, NULL, OPT_BIND},
	{"region", required_argument, NULL, OPT_REGION},
	{"bssid", required_argument, NULL, OPT_BSSID},
	{"cmd0", no_argument, NULL, OPT_CMD0},
	{"fast", no_argument, NULL, OPT_FAST},
	{"app-port", no_argument, NULL, OPT_APP_PORT},
	{"stale-tail", optional_argument, NULL, OPT_STALE_TAIL},
	{"timeout-s", required_argument, NULL, OPT_TIMEOUT},
	{"follow", required_argument, NULL, OPT_FOLLOW},
	{"raw", no_argument, NULL, OPT_RAW},
	{"text", no_argument, NULL, OPT_TEXT},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int set_ssid(struct sim_phone_options *options, const void *data, size_t size)
{
	if (size > 32)
		return PROVD_E_INVALID;
	memcpy(options->ssid, data, size);
	options->ssid_size = size;
	options->has_ssid = true;
	return 0;
}

static int set_ssid_hex(struct sim_phone_options *options, const char *text)
{
	unsigned char bytes[33];
	size_t size = 0;

	if (*text != '\0' && !OPENSSL_hexstr2buf_ex(bytes, sizeof(bytes), &size, text, '\0'))
		return PROVD_E_INVALID;
	return set_ssid(options, bytes, size);
}

static int set_passphrase(struct sim_phone_options *options, const char *text, size_t size)
{
	if (size > 64)
		return PROVD_E_INVALID;
	memcpy(options->passphrase, text, size);
	options->passphrase_size = size;
	options->has_passphrase = true;
	return 0;
}

static int set_passphrase_file(struct sim_phone_options *options, const char *path)
{
	char *text;
	size_t size;
	int rc = sim_file_read(path, 128, &text, &size);

	if (rc != 0)
		return rc;
	rc = set_passphrase(options, text, strcspn(text, "\r\n"));
	OPENSSL_cleanse(text, size);
	free(text);
	return rc;
}

static int set_tail(struct sim_phone_options *options, const char *text)
{
	options->tail = text && strcmp(text, "text") == 0 ? SIM_TAIL_TEXT : SIM_TAIL_NUL;
	return !text || options->tail == SIM_TAIL_TEXT || strcmp(text, "nul") == 0
		       ? 0
		       : PROVD_E_INVALID;
}

static int apply_flag(struct sim_phone_options *options, int id, const char *value)
{
	switch (id) {
	case OPT_CMD0:
		options->token_only = true;
		return 0;
	case OPT_FAST:
		options->fast = true;
		return 0;
	case OPT_APP_PORT:
		options->app_port = true;
		return 0;
	case OPT_TEXT:
		options->text = true;
		return 0;
	case OPT_RAW:
		options->raw = true;
		return 0;
	case OPT_STALE_TAIL:
		return set_tail(options, value);
	default:
		return PROVD_E_INVALID;
	}
}

static int apply(struct sim_phone_options *options, int id, const char *value)
{
	switch (id) {
	case OPT_APP:
		options->app = sim_app_find(value);
		return options->app ? 0 : PROVD_E_INVALID;
	case OPT_TARGET:
		options->has_target = true;
		return sim_parse_endpoint(value, &options->target);
	case OPT_BIND:
		options->has_bind = true;
		return sim_parse_endpoint(value, &options->bind);
	case OPT_SSID:
		return set_ssid(options, value, strlen(value));
	case OPT_SSID_HEX:
		return set_ssid_hex(options, value);
	case OPT_PASSPHRASE:
		return set_passphrase(options, value, strlen(value));
	case OPT_PASSPHRASE_FILE:
		return set_passphrase_file(options, value);
	case OPT_TOKEN:
		options->token = value;
		return 0;
	case OPT_REGION:
		options->region = value;
		return 0;
	case OPT_BSSID:
		options->bssid = value;
		return 0;
	case OPT_TIMEOUT:
		return sim_parse_long(value, 1, 86400, &options->timeout_s);
	case OPT_FOLLOW:
		return sim_parse_long(value, 1, 86400, &options->follow_s);
	default:
		return apply_flag(options, id, value);
	}
}

static int complete(struct sim_phone_options *options)
{
	const char *passphrase = getenv("PROVSIM_PASSPHRASE");

	if (!options->token)
		options->token = getenv("PROVSIM_TOKEN");
	if (!options->has_passphrase && passphrase &&
	    set_passphrase(options, passphrase, strlen(passphrase)) != 0) {
		sim_say("PROVSIM_PASSPHRASE is longer than 64 bytes");
		return PROVD_E_INVALID;
	}
	if (!options->has_target || options->target.sin_port == 0)
		sim_say("--target IP:PORT is needed");
	else if (!options->token)
		sim_say("--token or PROVSIM_TOKEN is needed");
	else if (!options->has_ssid && !options->token_only)
		sim_say("--ssid (or --ssid-hex) is needed, or --cmd0");
	else
		return 0;
	return PROVD_E_INVALID;
}

int sim_phone_options_parse(struct sim_phone_options *options, int argc, char **argv)
{
	int index = 0;
	int id;

	memset(options, 0, sizeof(*options));
	options->app = sim_app_find("mini-program");
	options->region = "ap-guangzhou";
	options->bssid = "02:00:00:00:00:01";
	while ((id = getopt_long(argc, argv, "h", OPTIONS, &index)) != -1) {
		if (id == 'h') {
			fputs(USAGE, stdout);
			return SIM_EXIT_OK;
		}
		if (id == '?')
			return SIM_EXIT_USAGE;
		if (apply(options, id, optarg) != 0) {
			sim_say("--%s: this value cannot be used", OPTIONS[index].name);
			return SIM_EXIT_USAGE;
		}
	}
	if (optind != argc - 1 || strcmp(argv[optind], "softap") != 0) {
		sim_say("usage: provsim phone softap|log [OPTION]...");
		return SIM_EXIT_USAGE;
	}
	return complete(options) == 0 ? -1 : SIM_EXIT_USAGE;
}
