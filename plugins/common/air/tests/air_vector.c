/* SPDX-License-Identifier: Apache-2.0 */
#include "air_vector.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Frames of the air without times are taken to come this far apart. */
#define STEP_US 5000

/* The first member of the object that has one of the names. */
static json_t *member(const json_t *object, const char *one, const char *other)
{
	json_t *found = json_object_get(object, one);

	return found != NULL ? found : json_object_get(object, other);
}

static uint32_t number(const json_t *object, const char *one, const char *other)
{
	return (uint32_t)json_integer_value(member(object, one, other));
}

/* Bytes of a text of hexadecimal digits, or -1. */
static int from_hex(const char *text, uint8_t *out, size_t room)
{
	size_t len = strlen(text) / 2;

	if (strlen(text) % 2 != 0 || len > room)
		return -1;
	for (size_t i = 0; i < len; i++) {
		const char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};
		char *end;

		out[i] = (uint8_t)strtoul(digits, &end, 16);
		if (*end != '\0')
			return -1;
	}
	return (int)len;
}

static void read_mac(const json_t *value, uint8_t out[6])
{
	const char *text = json_string_value(value);

	if (text == NULL)
		return;
	cr_assert_eq(strlen(text), 17, "%s", text);
	for (size_t i = 0; i < 6; i++)
		out[i] = (uint8_t)strtoul(text + 3 * i, NULL, 16);
}

static uint32_t read_ip(const json_t *value)
{
	const char *text = json_string_value(value);
	uint32_t ip = 0;

	for (int i = 0; text != NULL && i < 4; i++) {
		char *end;

		ip = ip << 8 | (uint32_t)(strtoul(text, &end, 10) & 0xff);
		text = *end == '.' ? end + 1 : end;
	}
	return ip;
}

/* The words "<name>_hex" or "<name>", of the root or of its "inputs". */
static size_t read_bytes(const json_t *root, const char *name, uint8_t *out, size_t room)
{
	const json_t *inputs = json_object_get(root, "inputs");
	char hex_name[32];
	const char *text;
	int n;

	n = snprintf(hex_name, sizeof(hex_name), "%s_hex", name);
	cr_assert(n > 0 && (size_t)n < sizeof(hex_name));
	text = json_string_value(member(root, hex_name, hex_name));
	if (text == NULL)
		text = json_string_value(json_object_get(inputs, hex_name));
	if (text != NULL) {
		n = from_hex(text, out, room);
		cr_assert_geq(n, 0, "%s: %s", hex_name, text);
		return (size_t)n;
	}
	text = json_string_value(json_object_get(root, name));
	if (text == NULL)
		text = json_string_value(json_object_get(inputs, name));
	if (text == NULL)
		return 0;
	cr_assert_leq(strlen(text), room, "%s: %s", name, text);
	memcpy(out, text, strlen(text));
	return strlen(text);
}

static void read_frame(const json_t *item, int32_t overhead, struct air_vector_packet *out)
{
	uint8_t fc[2] = {0, 0};
	const char *text = json_string_value(json_object_get(item, "fc"));

	cr_assert_not_null(text);
	cr_assert_eq(from_hex(text, fc, sizeof(fc)), 2);
	out->fc = (uint32_t)fc[0] | (uint32_t)fc[1] << 8;
	read_mac(json_object_get(item, "a1"), out->a1);
	read_mac(json_object_get(item, "a2"), out->a2);
	read_mac(json_object_get(item, "a3"), out->a3);
	out->seq = number(item, "seq", "seq");
	out->retry = number(item, "retry", "retry");
	if (json_is_true(json_object_get(item, "retry")))
		out->retry = 1;
	out->len = (int32_t)number(item, "len", "len") - overhead;
}

static void read_packets(struct air_vector *vector)
{
	const json_t *list = member(vector->root, "packets", "frames");
	int32_t overhead = (int32_t)number(vector->root, "overhead", "overhead");
	size_t count = json_array_size(list);

	vector->is_air = json_object_get(vector->root, "packets") == NULL;
	vector->packets = calloc(count != 0 ? count : 1, sizeof(*vector->packets));
	cr_assert_not_null(vector->packets);
	vector->count = count;
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, i);
		const json_t *time = json_object_get(item, "t_us");
		struct air_vector_packet *out = &vector->packets[i];

		out->time_us = time != NULL ? (uint64_t)json_integer_value(time) : i * STEP_US;
		if (vector->is_air) {
			read_frame(item, overhead, out);
		} else {
			out->dst = read_ip(member(item, "dst", "dst_ip"));
			out->len = (int32_t)number(item, "udp_payload_len", "len");
		}
	}
}

void air_vector_load(struct air_vector *vector, const char *name)
{
	json_error_t error;
	char path[512];
	int n;

	memset(vector, 0, sizeof(*vector));
	n = snprintf(path, sizeof(path), "%s/%s", PROVD_VECTOR_DIR, name);
	cr_assert(n > 0 && (size_t)n < sizeof(path));
	vector->root = json_load_file(path, 0, &error);
	cr_assert_not_null(vector->root, "%s: %s", path, error.text);
	read_packets(vector);
	vector->ssid_len = read_bytes(vector->root, "ssid", vector->ssid, sizeof(vector->ssid));
	vector->passphrase_len = read_bytes(vector->root, "password", vector->passphrase,
					    sizeof(vector->passphrase));
	read_mac(json_object_get(vector->root, "bssid"), vector->bssid);
	vector->negative = json_is_true(json_object_get(vector->root, "negative"));
}

void air_vector_free(struct air_vector *vector)
{
	json_decref(vector->root);
	free(vector->packets);
	memset(vector, 0, sizeof(*vector));
}

const char *air_vector_text(const struct air_vector *vector, const char *key)
{
	const char *text = json_string_value(json_object_get(vector->root, key));

	return text != NULL ? text : "";
}

/* The group address that stands for an IPv4 destination. */
static void group_address(uint32_t dst, uint8_t out[6])
{
	memset(out, 0xff, 6);
	if (dst >> 28 != 0xe)
		return;
	out[0] = 0x01;
	out[1] = 0x00;
	out[2] = 0x5e;
	out[3] = (uint8_t)(dst >> 16 & 0x7f);
	out[4] = (uint8_t)(dst >> 8);
	out[5] = (uint8_t)dst;
}

static size_t put_mac_header(const struct air_dress *dress, const struct air_vector_packet *packet,
			     uint16_t seq, uint8_t *out)
{
	uint8_t da[6];
	int to_ap = dress->direction == AIR_TO_AP;
	size_t len = 24;

	group_address(packet->dst, da);
	out[0] = dress->qos ? 0x88 : 0x08;
	out[1] = (uint8_t)((to_ap ? 0x01 : 0x02) | (packet->retry != 0 ? 0x08 : 0) |
			   (dress->cipher != AIR_OPEN ? 0x40 : 0));
	out[2] = 0;
	out[3] = 0;
	memcpy(out + 4, to_ap ? dress->bssid : da, 6);
	memcpy(out + 10, to_ap ? dress->sa : dress->bssid, 6);
	memcpy(out + 16, to_ap ? da : dress->sa, 6);
	out[22] = (uint8_t)(seq << 4);
	out[23] = (uint8_t)(seq >> 4);
	if (dress->qos)
		len += 2;
	return len;
}

/* Bytes of the cipher's header; its trailer goes to *out_trailer. */
static size_t put_cipher_header(const struct air_dress *dress, uint16_t seq, uint8_t *out,
				size_t *out_trailer)
{
	uint8_t low = (uint8_t)seq;
	uint8_t high = (uint8_t)(0x20 + (seq >> 8));

	*out_trailer = 0;
	if (dress->cipher == AIR_OPEN)
		return 0;
	out[0] = low;
	out[1] = high;
	out[2] = 0;
	out[3] = 0x20;
	if (dress->cipher == AIR_WEP) {
		out[3] = 0;
		*out_trailer = 4;
		return 4;
	}
	*out_trailer = dress->mic16 ? 16 : 8;
	if (dress->cipher == AIR_TKIP) {
		out[0] = high;
		out[1] = (uint8_t)((high | 0x20) & 0x7f);
		out[2] = low;
		*out_trailer = 12;
	}
	return 8;
}

/* LLC/SNAP, IPv4 and UDP. */
static void put_datagram(const struct air_vector_packet *packet, uint8_t *out)
{
	static const uint8_t snap[8] = {0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0};
	uint32_t udp = (uint32_t)packet->len + 8;
	uint32_t ip = udp + 20;
	uint32_t dst = packet->dst != 0 ? packet->dst : 0xffffffff;

	memcpy(out, snap, sizeof(snap));
	out += sizeof(snap);
	out[0] = 0x45;
	out[2] = (uint8_t)(ip >> 8);
	out[3] = (uint8_t)ip;
	out[8] = 64;
	out[9] = 17;
	out[12] = 192;
	out[13] = 168;
	out[14] = 1;
	out[15] = 34;
	for (int i = 0; i < 4; i++)
		out[16 + i] = (uint8_t)(dst >> (24 - 8 * i));
	out[24] = (uint8_t)(udp >> 8);
	out[25] = (uint8_t)udp;
}

size_t air_dress_frame(const struct air_dress *dress, const struct air_vector_packet *packet,
		       uint16_t seq, uint8_t *out)
{
	size_t body = 36 + (size_t)(packet->len > 0 ? packet->len : 0);
	size_t trailer;
	size_t len;

	cr_assert_leq(body, 2300);
	memset(out, 0, 2400);
	len = put_mac_header(dress, packet, seq, out);
	len += put_cipher_header(dress, seq, out + len, &trailer);
	if (dress->cipher == AIR_OPEN && packet->len >= 0)
		put_datagram(packet, out + len);
	len += body + trailer;
	if (dress->fcs)
		len += 4;
	return len;
}

uint32_t air_random(uint32_t *state)
{
	uint32_t x = *state != 0 ? *state : 2463534242U;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*state = x;
	return x;
}
