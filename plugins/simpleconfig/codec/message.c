/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/message.h"
#include "codec/crypt.h"

#include <provd/error.h>

#include <openssl/crypto.h>
#include <string.h>

/* First byte: two bits of version, one "answer", five of kind. */
#define VERSION_BITS 0xc0u
#define ANSWER_BIT   0x20u
#define KIND_BITS    0x1fu
#define KIND_UNKNOWN 0x1fu

#define NONCE_AT      4
#define DIGEST_AT     (NONCE_AT + SIMPLECONFIG_NONCE_SIZE)
#define DISCOVER_MIN  (DIGEST_AT + SIMPLECONFIG_DIGEST_SIZE)
#define NAME_AT	      (DIGEST_AT + 2 * SIMPLECONFIG_DIGEST_SIZE)
#define DATAGRAM_MAX  1500
#define DISCOVERED_ON 1

static void put16(uint8_t *out, size_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

/* 7.1; the length counts what follows it. */
static void write_device(const struct simpleconfig_device *device, uint8_t kind, uint8_t status,
			 uint8_t *out, size_t size)
{
	size_t name_len = device->name ? strlen(device->name) : 0;

	memset(out, 0, size);
	out[0] = ANSWER_BIT | kind;
	put16(out + 1, size - 3);
	memcpy(out + 3, device->mac, sizeof(device->mac));
	out[9] = status;
	put16(out + 10, device->type);
	memcpy(out + 12, device->ip, sizeof(device->ip));
	if (name_len > SIMPLECONFIG_NAME_MAX)
		name_len = SIMPLECONFIG_NAME_MAX;
	if (name_len > 0)
		memcpy(out + 16, device->name, name_len);
}

void simpleconfig_ack_write(const struct simpleconfig_device *device, uint8_t *out)
{
	write_device(device, 0, 0, out, SIMPLECONFIG_ACK_SIZE);
}

void simpleconfig_discovered_write(const struct simpleconfig_device *device, uint8_t *out)
{
	write_device(device, 1, DISCOVERED_ON, out, SIMPLECONFIG_DISCOVERED_SIZE);
	out[SIMPLECONFIG_DISCOVERED_SIZE - 1] = device->has_pin ? 1 : 0;
}

static enum simpleconfig_kind kind_of(uint8_t first)
{
	switch (first & KIND_BITS) {
	case SIMPLECONFIG_DISCOVER:
		return SIMPLECONFIG_DISCOVER;
	case SIMPLECONFIG_SAVE:
		return SIMPLECONFIG_SAVE;
	case SIMPLECONFIG_DELETE:
		return SIMPLECONFIG_DELETE;
	case SIMPLECONFIG_RENAME:
		return SIMPLECONFIG_RENAME;
	case SIMPLECONFIG_CONFIRM:
		return SIMPLECONFIG_CONFIRM;
	case SIMPLECONFIG_NEW_AP:
		return SIMPLECONFIG_NEW_AP;
	default:
		return SIMPLECONFIG_UNKNOWN;
	}
}

static void read_proof(const uint8_t *data, uint8_t digests, struct simpleconfig_request *out)
{
	out->has_digest = 1;
	out->digest_count = digests;
	out->level = data[3];
	memcpy(out->nonce, data + NONCE_AT, sizeof(out->nonce));
	memcpy(out->digests, data + DIGEST_AT, (size_t)digests * SIMPLECONFIG_DIGEST_SIZE);
}

int simpleconfig_request_read(const uint8_t *data, size_t len,
			      struct simpleconfig_request *out_request)
{
	struct simpleconfig_request request;

	memset(&request, 0, sizeof(request));
	if (len == 0 || len > DATAGRAM_MAX || (data[0] & (VERSION_BITS | ANSWER_BIT)))
		return PROVD_E_CORRUPT;
	request.kind = kind_of(data[0]);
	if (request.kind == SIMPLECONFIG_CONFIRM) {
		if (len > NAME_AT)
			request.confirms = data[NAME_AT];
		*out_request = request;
		return 0;
	}
	if (request.kind == SIMPLECONFIG_DISCOVER) {
		if (len < DISCOVER_MIN)
			return PROVD_E_CORRUPT;
		read_proof(data, 1, &request);
		/* One family of senders has level and length the other way round (8). */
		if (data[1] == 1 && data[2] == 0)
			request.level = data[1];
		*out_request = request;
		return 0;
	}
	if (len < NAME_AT || len > NAME_AT + SIMPLECONFIG_NAME_MAX)
		return PROVD_E_CORRUPT;
	read_proof(data, 2, &request);
	if (request.kind == SIMPLECONFIG_RENAME) {
		request.name_len = (uint8_t)(len - NAME_AT);
		memcpy(request.name, data + NAME_AT, request.name_len);
	}
	*out_request = request;
	return 0;
}

int simpleconfig_request_is_proven(const struct simpleconfig_request *request, const uint8_t *pin,
				   size_t pin_len)
{
	uint8_t digest[SIMPLECONFIG_DIGEST_SIZE];
	int proven = 0;

	if (!request->has_digest || request->level == 0 || pin_len == 0)
		return 0;
	if (simpleconfig_request_digest(request->nonce, pin, pin_len, digest))
		return 0;
	for (size_t i = 0; i < request->digest_count; i++)
		proven |= CRYPTO_memcmp(request->digests[i], digest, sizeof(digest)) == 0;
	OPENSSL_cleanse(digest, sizeof(digest));
	return proven;
}

void simpleconfig_controlled_write(enum simpleconfig_kind kind, int accepted, uint8_t *out)
{
	uint8_t code = KIND_UNKNOWN;

	/* The kinds of answers are those of the requests, one higher (9). */
	if (kind == SIMPLECONFIG_SAVE || kind == SIMPLECONFIG_DELETE || kind == SIMPLECONFIG_RENAME)
		code = (uint8_t)(kind + 1);
	else if (kind == SIMPLECONFIG_NEW_AP)
		code = SIMPLECONFIG_NEW_AP;
	memset(out, 0, SIMPLECONFIG_CONTROLLED_SIZE);
	out[0] = (uint8_t)(ANSWER_BIT | code);
	put16(out + 1, SIMPLECONFIG_CONTROLLED_SIZE - 3);
	out[3] = code != KIND_UNKNOWN && accepted ? 1 : 0;
}

void simpleconfig_confirm_write(uint8_t *out)
{
	memset(out, 0, SIMPLECONFIG_CONFIRM_SIZE);
	out[0] = SIMPLECONFIG_CONFIRM;
	out[2] = 0x5a;
}
