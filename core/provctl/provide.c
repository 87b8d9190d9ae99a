/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that are typed in. */
#include "provctl.h"

#include <string.h>

#define SSID_MAX 32

/* IEEE 802.11-2020, J.4.1: 8 to 63 characters, or the key itself in hex */
#define PASSPHRASE_MIN 8
#define KEY_DIGITS     64

static int hex_digit(char digit)
{
	const char *const digits = "0123456789abcdef";
	const char *at = digit >= 'A' && digit <= 'F' ? strchr(digits, digit - 'A' + 'a')
			 : digit		      ? strchr(digits, digit)
						      : NULL;

	return at ? (int)(at - digits) : -1;
}

/** Bytes of a hex text of `2 * len` digits. @return 0 or -1 */
static int read_hex(const char *hex, uint8_t *out, size_t len)
{
	size_t i;
	int high;
	int low;

	for (i = 0; i < len; i++) {
		high = hex_digit(hex[2 * i]);
		low = hex_digit(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			return -1;
		out[i] = (uint8_t)(high * 16 + low);
	}
	return 0;
}

/** Bytes of the network's name. @return their number, 0 not usable */
static size_t read_ssid(const struct provctl_options *options, uint8_t out[SSID_MAX])
{
	const char *hex = options->ssid_hex;
	const size_t len = hex ? strlen(hex) / 2 : options->ssid ? strlen(options->ssid) : 0;

	if (!len || len > SSID_MAX || (hex && (options->ssid || strlen(hex) % 2)))
		return 0;
	if (hex)
		return read_hex(hex, out, len) ? 0 : len;
	memcpy(out, options->ssid, len);
	return len;
}

/** The same rules as the daemon's, told as a sentence. @return an exit code */
static int check_passphrase(const struct provctl_secret *passphrase)
{
	size_t i = 0;

	/* without one the network would be taken for an open one */
	if (!passphrase->len)
		return provctl_usage("the passphrase is empty; a network without one needs --open",
				     "");
	if (passphrase->len >= PASSPHRASE_MIN && passphrase->len < KEY_DIGITS)
		return EXIT_DONE;
	while (passphrase->len == KEY_DIGITS && i < KEY_DIGITS &&
	       hex_digit(passphrase->bytes[i]) >= 0)
		i++;
	return i == KEY_DIGITS ? EXIT_DONE
			       : provctl_usage("a passphrase has 8 to 63 characters, or 64 hex "
					       "digits",
					       "");
}

/** Reads the secrets. Both files cannot be the standard input. @return an exit code */
static int read_secrets(const struct provctl_options *options, struct provctl_secret *passphrase,
			struct provctl_secret *token)
{
	int result = EXIT_DONE;

	if (!options->open)
		result = provctl_read_secret(options->passphrase_file, "passphrase", passphrase);
	if (!result && !options->open)
		result = check_passphrase(passphrase);
	if (!result && options->token_file)
		result = provctl_read_secret(options->token_file, "token", token);
	if (!result && options->token_file && !token->len) {
		provctl_say("the token is empty");
		result = EXIT_USAGE;
	}
	return result;
}

/** Checks what needs no secret. @return 0 or EXIT_USAGE */
static int check(const struct provctl_options *options)
{
	if (options->passphrase_file && options->token_file &&
	    !strcmp(options->passphrase_file, "-") && !strcmp(options->token_file, "-"))
		return provctl_usage("only one of both can come from the standard input", "");
	if (options->open && options->passphrase_file)
		return provctl_usage("--open and --passphrase-file exclude each other", "");
	return EXIT_DONE;
}

int provctl_provide(const struct provctl_options *options)
{
	struct provd_client_credentials credentials = {
		.size = sizeof(credentials),
		.bssid = options->bssid,
		.channel = options->channel > 0 ? (uint32_t)options->channel : 0,
		.deadline_ms = options->deadline > 0 ? (uint64_t)options->deadline : 0,
		.hidden = (uint32_t)options->hidden,
	};
	struct provctl_secret passphrase = {.len = 0};
	struct provctl_secret token = {.len = 0};
	struct provd_client *client = NULL;
	uint8_t ssid[SSID_MAX];
	json_int_t session;
	int result;

	credentials.ssid = ssid;
	credentials.ssid_len = read_ssid(options, ssid);
	if (!credentials.ssid_len)
		return provctl_usage("a network's name of 1 to 32 bytes was expected: --ssid NAME "
				     "or --ssid-hex HEX",
				     "");
	result = check(options);
	if (result)
		return result;
	result = read_secrets(options, &passphrase, &token);
	credentials.passphrase = (const uint8_t *)passphrase.bytes;
	credentials.passphrase_len = passphrase.len;
	credentials.token = options->token_file ? token.bytes : NULL;
	if (!result)
		result = provctl_open(options, &client);
	if (!result)
		result = provctl_provide_ask(client, &credentials, &session);
	explicit_bzero(&passphrase, sizeof(passphrase));
	explicit_bzero(&token, sizeof(token));
	if (!result)
		result = provctl_started(options, client, session);
	provd_client_destroy(client);
	return result;
}
