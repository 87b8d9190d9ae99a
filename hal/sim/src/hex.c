/* SPDX-License-Identifier: Apache-2.0 */
#include "hex.h"

#include <provd/error.h>

#include <arpa/inet.h>
#include <string.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int sim_hex_decode(const char *text, uint8_t *out, size_t max)
{
	size_t len = strlen(text);

	if (len % 2 || len / 2 > max)
		return PROVD_E_INVALID;
	for (size_t i = 0; i < len / 2; i++) {
		int high = digit(text[2 * i]);
		int low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return PROVD_E_INVALID;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return (int)(len / 2);
}

void sim_hex_encode(const uint8_t *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

int sim_mac_parse(const char *text, uint8_t out_mac[6])
{
	char plain[13] = "";
	uint8_t mac[6];

	if (strlen(text) != 17)
		return PROVD_E_INVALID;
	for (size_t i = 0; i < 6; i++) {
		if (i < 5 && text[3 * i + 2] != ':')
			return PROVD_E_INVALID;
		plain[2 * i] = text[3 * i];
		plain[2 * i + 1] = text[3 * i + 1];
	}
	plain[12] = '\0';
	if (sim_hex_decode(plain, mac, sizeof(mac)) != 6)
		return PROVD_E_INVALID;
	memcpy(out_mac, mac, 6);
	return 0;
}

int sim_ipv4_parse(const char *text, uint8_t out_ip[4])
{
	struct in_addr addr;

	if (inet_pton(AF_INET, text, &addr) != 1)
		return PROVD_E_INVALID;
	memcpy(out_ip, &addr, 4);
	return 0;
}

int sim_uuid_parse(const char *text, uint8_t out_uuid[16])
{
	/* Bluetooth Core 5.3, Vol 3 Part B 2.5.1: the base UUID. */
	static const uint8_t base[16] = {0,    0, 0, 0,	   0,	 0,    0x10, 0,
					 0x80, 0, 0, 0x80, 0x5f, 0x9b, 0x34, 0xfb};
	char plain[33] = "";
	uint8_t uuid[16];
	size_t n = 0;

	for (size_t i = 0; text[i]; i++) {
		if (text[i] == '-')
			continue;
		if (n == 32)
			return PROVD_E_INVALID;
		plain[n++] = text[i];
	}
	plain[n] = '\0';
	memcpy(uuid, base, sizeof(uuid));
	if (n == 4) {
		if (sim_hex_decode(plain, uuid + 2, 2) != 2)
			return PROVD_E_INVALID;
	} else if (sim_hex_decode(plain, uuid, sizeof(uuid)) != 16) {
		return PROVD_E_INVALID;
	}
	memcpy(out_uuid, uuid, sizeof(uuid));
	return 0;
}

void sim_uuid_format(const uint8_t uuid[16], char out[37])
{
	char plain[33];
	size_t n = 0;

	sim_hex_encode(uuid, 16, plain);
	for (size_t i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			out[n++] = '-';
		out[n++] = plain[i];
	}
	out[n] = '\0';
}
