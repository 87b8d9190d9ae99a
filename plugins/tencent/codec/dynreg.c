/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/dynreg.h"

#include <string.h>

#include <openssl/crypto.h>

#include "codec/text.h"

struct gateway {
	const char *region;
	const char *host_v1;
	const char *host_v2;
};

/* The first one is the fallback. */
static const struct gateway gateways[] = {
	{"china", "gateway.tencentdevices.com", "ap-guangzhou.gateway.tencentdevices.com"},
	{"us-east", "us-east.gateway.tencentdevices.com", "us-east.gateway.tencentdevices.com"},
	{"europe", "europe.gateway.tencentdevices.com", "europe.gateway.tencentdevices.com"},
	{"ap-bangkok", "ap-bangkok.gateway.tencentdevices.com",
	 "ap-bangkok.gateway.tencentdevices.com"},
};

const char *tencent_dynreg_host(enum tencent_dynreg_version version, const char *region)
{
	const struct gateway *found = &gateways[0];

	for (size_t i = 0; region != NULL && i < sizeof(gateways) / sizeof(gateways[0]); i++) {
		if (strcmp(region, gateways[i].region) == 0)
			found = &gateways[i];
	}
	return version == TENCENT_DYNREG_V2 ? found->host_v2 : found->host_v1;
}

const char *tencent_dynreg_path(enum tencent_dynreg_version version)
{
	return version == TENCENT_DYNREG_V2 ? "/device/register" : "/register/dev";
}

static enum tencent_hash request_hash(const struct tencent_dynreg_request *request)
{
	return request->version == TENCENT_DYNREG_V2 ? request->hash : TENCENT_SHA1;
}

static void source_v1(const struct tencent_dynreg_request *request, struct tencent_out *text)
{
	tencent_out_text(text, "deviceName=");
	tencent_out_text(text, request->device_name);
	tencent_out_text(text, "&nonce=");
	tencent_out_number(text, request->nonce);
	tencent_out_text(text, "&productId=");
	tencent_out_text(text, request->product_id);
	tencent_out_text(text, "&timestamp=");
	tencent_out_number(text, (int64_t)request->timestamp);
}

static void source_v2(const struct tencent_dynreg_request *request, const char *body,
		      size_t body_len, struct tencent_out *text)
{
	uint8_t digest[TENCENT_DIGEST_MAX];
	char hex[2 * TENCENT_DIGEST_MAX + 1] = "";
	int rc = tencent_digest(request->hash, body, body_len, digest);

	if (rc > 0)
		rc = tencent_hex(digest, (size_t)rc, hex, sizeof(hex));
	if (rc < 0)
		text->failed = rc;
	tencent_out_text(text, "POST\n");
	tencent_out_text(text, request->host);
	tencent_out_text(text, "\n");
	tencent_out_text(text, tencent_dynreg_path(request->version));
	/* The empty line is the query. */
	tencent_out_text(text, "\n\n");
	tencent_out_text(text, tencent_hash_name(request->hash));
	tencent_out_text(text, "\n");
	tencent_out_number(text, (int64_t)request->timestamp);
	tencent_out_text(text, "\n");
	tencent_out_number(text, request->nonce);
	tencent_out_text(text, "\n");
	tencent_out_text(text, hex);
}

int tencent_dynreg_source(const struct tencent_dynreg_request *request, const char *body,
			  size_t body_len, char *out, size_t cap)
{
	struct tencent_out text;

	tencent_out_init(&text, out, cap);
	if (request->version == TENCENT_DYNREG_V2)
		source_v2(request, body, body_len, &text);
	else
		source_v1(request, &text);
	return tencent_out_finish(&text);
}

int tencent_dynreg_sign(const struct tencent_dynreg_request *request, const char *source, char *out,
			size_t cap)
{
	uint8_t digest[TENCENT_DIGEST_MAX];
	char hex[2 * TENCENT_DIGEST_MAX + 1];
	int rc = tencent_hmac(request_hash(request), request->product_secret,
			      strlen(request->product_secret), source, strlen(source), digest);

	if (rc < 0)
		return rc;
	if (request->version == TENCENT_DYNREG_V2)
		return tencent_base64_encode(digest, (size_t)rc, out, cap);
	rc = tencent_hex(digest, (size_t)rc, hex, sizeof(hex));
	if (rc < 0)
		return rc;
	return tencent_base64_encode(hex, (size_t)rc, out, cap);
}

static int body_v1(const struct tencent_dynreg_request *request, const char *signature, char *out,
		   size_t cap)
{
	struct tencent_out text;

	tencent_out_init(&text, out, cap);
	tencent_out_text(&text, "{\"deviceName\":");
	tencent_out_json(&text, request->device_name);
	tencent_out_text(&text, ",\"nonce\":");
	tencent_out_number(&text, request->nonce);
	tencent_out_text(&text, ",\"productId\":");
	tencent_out_json(&text, request->product_id);
	tencent_out_text(&text, ",\"timestamp\":");
	tencent_out_number(&text, (int64_t)request->timestamp);
	tencent_out_text(&text, ",\"signature\":");
	tencent_out_json(&text, signature);
	tencent_out_text(&text, "}");
	return tencent_out_finish(&text);
}

static int body_v2(const struct tencent_dynreg_request *request, char *out, size_t cap)
{
	struct tencent_out text;

	tencent_out_init(&text, out, cap);
	tencent_out_text(&text, "{\"ProductId\":");
	tencent_out_json(&text, request->product_id);
	tencent_out_text(&text, ",\"DeviceName\":");
	tencent_out_json(&text, request->device_name);
	tencent_out_text(&text, "}");
	return tencent_out_finish(&text);
}

static int add_header(struct tencent_dynreg_http *http, const char *name, const char *value)
{
	struct tencent_dynreg_header *header = &http->headers[http->header_count];
	struct tencent_out text;
	int rc;

	tencent_out_init(&text, header->name, sizeof(header->name));
	tencent_out_text(&text, name);
	rc = tencent_out_finish(&text);
	if (rc < 0)
		return rc;
	tencent_out_init(&text, header->value, sizeof(header->value));
	tencent_out_text(&text, value);
	rc = tencent_out_finish(&text);
	if (rc < 0)
		return rc;
	http->header_count++;
	return 0;
}

static int add_number(struct tencent_dynreg_http *http, const char *name, uint64_t number)
{
	char digits[24];
	struct tencent_out text;
	int rc;

	tencent_out_init(&text, digits, sizeof(digits));
	tencent_out_number(&text, (int64_t)number);
	rc = tencent_out_finish(&text);
	return rc < 0 ? rc : add_header(http, name, digits);
}

static int build_v1(const struct tencent_dynreg_request *request, struct tencent_dynreg_http *http)
{
	char source[TENCENT_DYNREG_SOURCE_SIZE];
	char signature[TENCENT_DYNREG_SIGNATURE_SIZE];
	int rc = tencent_dynreg_source(request, NULL, 0, source, sizeof(source));

	if (rc >= 0)
		rc = tencent_dynreg_sign(request, source, signature, sizeof(signature));
	if (rc >= 0)
		rc = body_v1(request, signature, http->body, sizeof(http->body));
	if (rc < 0)
		return rc;
	http->body_len = (size_t)rc;
	/* As the C SDK sends them, a JSON body behind a form's content type ([C2] 5.1). */
	rc = add_header(http, "Accept", "text/xml,application/json;*/*");
	if (rc < 0)
		return rc;
	return add_header(http, "Content-Type", "application/x-www-form-urlencoded");
}

static int build_v2(const struct tencent_dynreg_request *request, struct tencent_dynreg_http *http)
{
	char source[TENCENT_DYNREG_SOURCE_SIZE];
	char signature[TENCENT_DYNREG_SIGNATURE_SIZE];
	int rc = body_v2(request, http->body, sizeof(http->body));

	if (rc < 0)
		return rc;
	http->body_len = (size_t)rc;
	rc = tencent_dynreg_source(request, http->body, http->body_len, source, sizeof(source));
	if (rc >= 0)
		rc = tencent_dynreg_sign(request, source, signature, sizeof(signature));
	if (rc >= 0)
		rc = add_header(http, "Content-Type", "application/json; charset=utf-8");
	if (rc >= 0)
		rc = add_header(http, "X-TC-Algorithm", tencent_hash_name(request->hash));
	if (rc >= 0)
		rc = add_number(http, "X-TC-Timestamp", request->timestamp);
	if (rc >= 0)
		rc = add_number(http, "X-TC-Nonce", request->nonce);
	if (rc >= 0)
		rc = add_header(http, "X-TC-Signature", signature);
	return rc;
}

static int check_request(const struct tencent_dynreg_request *request, struct provd_error *err)
{
	if (!tencent_is_name(request->product_id, "_-") ||
	    !tencent_is_name(request->device_name, ":_-"))
		return tencent_fail(err, PROVD_E_CLOUD_IDENTITY,
				    "dynamic registration needs productId and deviceName, made of "
				    "letters, digits and '_', '-' (deviceName ':' as well)");
	if (strlen(request->product_secret) < TENCENT_PRODUCT_SECRET_MIN)
		return tencent_fail(
			err, PROVD_E_CLOUD_IDENTITY,
			"productSecret has %zu characters, dynamic registration needs %d "
			"or more; copy it from the product's page of the console",
			strlen(request->product_secret), TENCENT_PRODUCT_SECRET_MIN);
	if (request->nonce == 0 || request->nonce > INT32_MAX || request->timestamp > INT64_MAX)
		return tencent_fail(err, PROVD_E_INVALID,
				    "dynamic registration: nonce or timestamp out of range");
	if (request->version != TENCENT_DYNREG_V1 && request->version != TENCENT_DYNREG_V2)
		return tencent_fail(err, PROVD_E_INVALID, "dynamic registration: unknown version");
	if (request->version == TENCENT_DYNREG_V2 &&
	    (request->host == NULL || !tencent_is_name(request->host, ".:-[]_")))
		return tencent_fail(err, PROVD_E_INVALID, "dynamic registration: not a host name");
	return 0;
}

int tencent_dynreg_build(const struct tencent_dynreg_request *request,
			 struct tencent_dynreg_http *out_http, struct provd_error *err)
{
	struct tencent_dynreg_http http;
	int rc = check_request(request, err);

	if (rc != 0)
		return rc;
	memset(&http, 0, sizeof(http));
	http.path = tencent_dynreg_path(request->version);
	if (request->version == TENCENT_DYNREG_V2)
		rc = build_v2(request, &http);
	else
		rc = build_v1(request, &http);
	if (rc < 0)
		return tencent_fail(err, rc, "dynamic registration: cannot build the request: %s",
				    provd_err_text(rc));
	*out_http = http;
	return 0;
}
