/* SPDX-License-Identifier: Apache-2.0 */
#include "register.h"

#include "codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <provd/error.h>

enum {
	UUID_SIZE = 37
};

/* Gateways a real device may sign for although it was pointed at this one (5.2). */
static const char *const KNOWN_HOSTS[] = {
	"ap-guangzhou.gateway.tencentdevices.com", "gateway.tencentdevices.com",
	"us-east.gateway.tencentdevices.com",	   "europe.gateway.tencentdevices.com",
	"ap-bangkok.gateway.tencentdevices.com",
};

static void refuse(struct sim_register_result *result, int code, const char *message)
{
	result->code = code;
	result->message = message;
}

static bool check_v1(const struct sim_registry *reg, const json_t *root)
{
	const json_t *nonce = json_object_get(root, "nonce");
	const json_t *timestamp = json_object_get(root, "timestamp");
	struct sim_v1_signed in = {
		.device_name = json_string_value(json_object_get(root, "deviceName")),
		.product_id = json_string_value(json_object_get(root, "productId")),
		.nonce = json_integer_value(nonce),
		.timestamp = json_integer_value(timestamp),
	};
	char expected[SIM_SIGNATURE_SIZE];

	return sim_v1_signature(reg->product_secret, &in, expected) == 0 &&
	       sim_same_text(expected, json_string_value(json_object_get(root, "signature")));
}

static bool check_v2_host(const struct sim_registry *reg,
			  const struct sim_register_request *request, const char *host)
{
	struct sim_v2_signed in = {
		.host = host,
		.algorithm = request->algorithm,
		.timestamp = request->timestamp,
		.nonce = request->nonce,
		.body = request->body,
		.body_size = request->body_size,
	};
	char expected[SIM_SIGNATURE_SIZE];

	return sim_v2_signature(reg->product_secret, &in, expected) == 0 &&
	       sim_same_text(expected, request->signature);
}

static bool check_v2(const struct sim_registry *reg, const struct sim_register_request *request)
{
	char host[256];
	char *colon;
	int n = snprintf(host, sizeof(host), "%s", request->host);

	if (n < 0 || (size_t)n >= sizeof(host))
		return false;
	if (check_v2_host(reg, request, host))
		return true;
	colon = strrchr(host, ':');
	if (colon) {
		*colon = '\0';
		if (check_v2_host(reg, request, host))
			return true;
	}
	for (size_t i = 0; i < sizeof(KNOWN_HOSTS) / sizeof(KNOWN_HOSTS[0]); i++) {
		if (check_v2_host(reg, request, KNOWN_HOSTS[i]))
			return true;
	}
	return false;
}

/* Whether all needed members are there and of the right type. */
static bool complete(const struct sim_register_request *request, const json_t *root)
{
	if (request->version == 2)
		return json_is_string(json_object_get(root, "ProductId")) &&
		       json_is_string(json_object_get(root, "DeviceName")) && request->host &&
		       request->algorithm && request->timestamp && request->nonce &&
		       request->signature;
	return json_is_string(json_object_get(root, "productId")) &&
	       json_is_string(json_object_get(root, "deviceName")) &&
	       json_is_integer(json_object_get(root, "nonce")) &&
	       json_is_integer(json_object_get(root, "timestamp")) &&
	       json_is_string(json_object_get(root, "signature"));
}

static struct sim_device *admit(struct sim_registry *reg, const char *name,
				struct sim_register_result *result)
{
	struct sim_device *device = sim_registry_find(reg, name);

	if (!device && !reg->auto_create) {
		refuse(result, SIM_CODE_DEVICE, "Pre create mode: device not exists");
		return NULL;
	}
	if (!device) {
		if (sim_registry_add(reg, name, NULL) != 0) {
			refuse(result, SIM_CODE_PARAMETER, "Invalid parameter: deviceName");
			return NULL;
		}
		device = sim_registry_find(reg, name);
	}
	if (device->activated) {
		refuse(result, SIM_CODE_ACTIVATED, "Device already activated");
		return NULL;
	}
	return device;
}

static char *cert_payload(const struct sim_registry *reg, const struct sim_pki *pki,
			  const char *name)
{
	char common_name[SIM_PRODUCT_ID_SIZE + SIM_DEVICE_NAME_SIZE];
	char *cert = NULL;
	char *key = NULL;
	char *text = NULL;
	json_t *root;
	int n = snprintf(common_name, sizeof(common_name), "%s%s", reg->product_id, name);

	if (n < 0 || (size_t)n >= sizeof(common_name) ||
	    sim_pki_issue(pki, common_name, &cert, &key) != 0)
		return NULL;
	root = json_pack("{s:i, s:s, s:s}", "encryptionType", 1, "clientCert", cert, "clientKey",
			 key);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	OPENSSL_cleanse(key, strlen(key));
	free(key);
	free(cert);
	return text;
}

static char *psk_payload(struct sim_device *device)
{
	json_t *root;
	char *text;

	if (sim_device_new_secret(device) != 0)
		return NULL;
	root = json_pack("{s:i, s:s}", "encryptionType", 2, "psk", device->secret);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}

static void grant(struct sim_registry *reg, const struct sim_pki *pki, const char *name,
		  struct sim_register_result *result)
{
	struct sim_device *device = admit(reg, name, result);

	if (!device)
		return;
	result->plain = reg->cert ? cert_payload(reg, pki, name) : psk_payload(device);
	if (!result->plain) {
		refuse(result, SIM_CODE_INTERNAL, "Internal error");
		return;
	}
	result->renewed = device->registrations == 0 ? "first" : "again";
	device->registrations++;
	refuse(result, 0, "success");
}

void sim_register_decide(struct sim_registry *reg, const struct sim_pki *pki,
			 const struct sim_register_request *request,
			 struct sim_register_result *out_result)
{
	bool second = request->version == 2;
	json_t *root = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, NULL);
	const char *product;
	const char *name;

	memset(out_result, 0, sizeof(*out_result));
	name = json_string_value(json_object_get(root, second ? "DeviceName" : "deviceName"));
	product = json_string_value(json_object_get(root, second ? "ProductId" : "productId"));
	if (name && sim_device_name_ok(name))
		memcpy(out_result->device_name, name, strlen(name) + 1);
	if (!complete(request, root))
		refuse(out_result, SIM_CODE_PARAMETER, "Invalid parameter");
	else if (strcmp(product, reg->product_id) != 0)
		refuse(out_result, SIM_CODE_PRODUCT, "Product not exists");
	else if (!(second ? check_v2(reg, request) : check_v1(reg, root)))
		refuse(out_result, SIM_CODE_SIGNATURE, "Check signature failed");
	else
		grant(reg, pki, name, out_result);
	json_decref(root);
}

static void make_request_id(char out[UUID_SIZE])
{
	unsigned char r[16] = {0};
	char hex[2 * sizeof(r) + 1];

	RAND_bytes(r, sizeof(r));
	sim_hex_encode(r, sizeof(r), hex);
	snprintf(out, UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		 hex + 20);
}

static char *noise_payload(size_t plain_size)
{
	size_t size = (plain_size + 15) / 16 * 16;
	unsigned char *noise = malloc(size);
	char *text = malloc(4 * ((size + 2) / 3) + 1);

	if (noise && text && RAND_bytes(noise, (int)size) == 1) {
		sim_base64_encode(noise, size, text);
	} else {
		free(text);
		text = NULL;
	}
	free(noise);
	return text;
}

char *sim_register_answer(const struct sim_registry *reg, int version, int code,
			  const char *message, const char *plain, bool noise)
{
	char id[UUID_SIZE];
	char *payload = NULL;
	char *text;
	json_t *root;
	json_int_t length = plain ? (json_int_t)strlen(plain) : 0;

	make_request_id(id);
	if (code == 0 && !plain)
		return NULL;
	if (code == 0) {
		if (noise)
			payload = noise_payload(strlen(plain));
		else
			sim_payload_encrypt(reg->product_secret, plain, strlen(plain), &payload);
		if (!payload)
			return NULL;
	}
	if (version == 2 && code == 0)
		root = json_pack("{s:{s:I, s:s, s:s}}", "Response", "Len", length, "Payload",
				 payload, "RequestId", id);
	else if (version == 2)
		root = json_pack("{s:{s:{s:o, s:s}, s:s}}", "Response", "Error", "Code",
				 json_sprintf("%d", code), "Message", message, "RequestId", id);
	else if (code == 0)
		root = json_pack("{s:i, s:s, s:I, s:s, s:s}", "code", 0, "message", message, "len",
				 length, "payload", payload, "requestId", id);
	else
		root = json_pack("{s:i, s:s, s:s}", "code", code, "message", message, "requestId",
				 id);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	free(payload);
	return text;
}
