/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file dynreg.h
 * @brief Dynamic registration: how a device gets its own secret from the product's secret.
 *
 * Two generations of one HTTPS request. Pure functions, any thread; nonce and time are parameters.
 * Source: [C2] version 1, 5.1; [DOC] version 2, 5.2.
 */
#ifndef TENCENT_DYNREG_H
#define TENCENT_DYNREG_H

#include <stddef.h>
#include <stdint.h>

#include <provd/error.h>

#include "codec/crypt.h"

/** Shortest product secret: its first 16 characters are the AES key ([C2] 5.1). */
#define TENCENT_PRODUCT_SECRET_MIN 16
/** Memory for the text that is signed. */
#define TENCENT_DYNREG_SOURCE_SIZE 512
/** Memory for a signature: 64 hex digits in base64 are 88 characters. */
#define TENCENT_DYNREG_SIGNATURE_SIZE 96
/** Memory for a request body. */
#define TENCENT_DYNREG_BODY_SIZE 320
/** Longest response that is looked at, in bytes. */
#define TENCENT_DYNREG_RESPONSE_MAX 65536
/** Longest device secret, in characters ([C2] 6.5). */
#define TENCENT_DEVICE_SECRET_MAX 64
/** Code of version 1 for a wrong signature ([DOC] 5.1). */
#define TENCENT_DYNREG_CODE_SIGNATURE 1010

/** Which interface is spoken. */
enum tencent_dynreg_version {
	TENCENT_DYNREG_V1 = 1, /**< POST /register/dev, the C SDK's */
	TENCENT_DYNREG_V2 = 2, /**< POST /device/register, X-TC-* headers */
};

/** What a registration is made of. All texts borrowed and NUL-terminated. */
struct tencent_dynreg_request {
	enum tencent_dynreg_version version;
	enum tencent_hash hash; /**< version 2 only: what signs; version 1 is always SHA-1 */
	const char *host; /**< host header; version 2 signs it. tencent_dynreg_host() or own */
	const char *product_id;
	const char *device_name;
	const char *product_secret; /**< 16 characters or more */
	uint32_t nonce;		    /**< random, 1 to 2^31 - 1 */
	uint64_t timestamp;	    /**< UTC seconds since the epoch */
};

/** A header of the request. */
struct tencent_dynreg_header {
	char name[20];
	char value[TENCENT_DYNREG_SIGNATURE_SIZE];
};

/** A request ready to be sent by POST. Caller's memory, nothing to free, no secret inside. */
struct tencent_dynreg_http {
	const char *path; /**< static */
	size_t body_len;
	char body[TENCENT_DYNREG_BODY_SIZE]; /**< NUL-terminated; send exactly these bytes */
	size_t header_count;
	struct tencent_dynreg_header headers[5]; /**< without Host and Content-Length */
};

/** What the cloud gives a device. */
enum tencent_dynreg_kind {
	TENCENT_DYNREG_CERT = 1, /**< encryptionType 1 */
	TENCENT_DYNREG_PSK = 2,	 /**< encryptionType 2 */
};

/** The answer. Caller's memory; ended by tencent_dynreg_result_finish(). All of it is secret. */
struct tencent_dynreg_result {
	enum tencent_dynreg_kind kind;
	char psk[TENCENT_DEVICE_SECRET_MAX + 1]; /**< PSK: base64 text, checked */
	char *cert;				 /**< CERT: PEM, NUL-terminated, heap */
	char *key;				 /**< CERT: PEM, NUL-terminated, heap */
};

/**
 * Host of a region ([C2] 5.1, [C3] europe and ap-bangkok, [DOC] version 2).
 * @param region NULL or unknown: "china"
 * @return static text
 */
const char *tencent_dynreg_host(enum tencent_dynreg_version version, const char *region);

/** Path of the request; static text. */
const char *tencent_dynreg_path(enum tencent_dynreg_version version);

/**
 * The text that is signed: the sorted query text (version 1) or the eight lines (version 2).
 * @param body version 2: `body_len` bytes that will be sent; version 1: not read
 * @param out `cap` bytes, TENCENT_DYNREG_SOURCE_SIZE is enough for field-size names
 * @return length without the NUL, PROVD_E_NO_SPACE, PROVD_E_INVALID, PROVD_E_INTERNAL
 */
int tencent_dynreg_source(const struct tencent_dynreg_request *request, const char *body,
			  size_t body_len, char *out, size_t cap);

/**
 * Signs a text by the product secret. Version 1 is base64 of the lower-case HEX of HMAC-SHA1,
 * version 2 base64 of the RAW digest (8.4, trap 8).
 * @param source text of tencent_dynreg_source(), NUL-terminated
 * @return length without the NUL, PROVD_E_NO_SPACE, PROVD_E_INTERNAL
 */
int tencent_dynreg_sign(const struct tencent_dynreg_request *request, const char *source, char *out,
			size_t cap);

/**
 * The whole request: body, signature and headers.
 * @param err filled on failure, may be NULL
 * @return 0; PROVD_E_CLOUD_IDENTITY when a name is empty or the product secret is too short;
 * PROVD_E_INVALID for a nonce, a host or a hash out of range; PROVD_E_NO_SPACE, PROVD_E_INTERNAL
 */
int tencent_dynreg_build(const struct tencent_dynreg_request *request,
			 struct tencent_dynreg_http *out_http, struct provd_error *err);

/**
 * Reads the response and decrypts what is in it.
 * @param data `len` bytes of the HTTP body, borrowed, any content
 * @param product_secret the one the request was signed with
 * @param out_result untouched on failure
 * @param err filled on failure, may be NULL; foreign text in it is escaped and cut
 * @return 0; PROVD_E_CLOUD_SIGNATURE, PROVD_E_CLOUD_REFUSED (the cloud said no);
 * of version 2 also PROVD_E_CLOUD_THROTTLED and PROVD_E_CLOCK (the signature's time is over);
 * PROVD_E_CLOUD_REPLY (not understood or not decryptable); PROVD_E_CLOUD_IDENTITY (product secret
 * too short); PROVD_E_NOMEM
 */
int tencent_dynreg_parse(enum tencent_dynreg_version version, const void *data, size_t len,
			 const char *product_secret, struct tencent_dynreg_result *out_result,
			 struct provd_error *err);

/** Wipes and frees what a result holds. NULL allowed, and a zeroed one, and twice. */
void tencent_dynreg_result_finish(struct tencent_dynreg_result *result);

#endif /* TENCENT_DYNREG_H */
