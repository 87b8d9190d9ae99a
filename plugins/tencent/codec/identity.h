/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file identity.h
 * @brief device_info.json: who the device is, read and written.
 *
 * Pure functions, any thread. Source: [C2] identity file, 6.5.
 */
#ifndef TENCENT_IDENTITY_H
#define TENCENT_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include <provd/error.h>

/** Limits in characters ([C2] 6.5); those of the file names are ours. */
#define TENCENT_PRODUCT_ID_MAX	    10
#define TENCENT_DEVICE_NAME_MAX	    48
#define TENCENT_DEVICE_SECRET_CHARS 64
#define TENCENT_PRODUCT_SECRET_MAX  32
#define TENCENT_REGION_CHARS	    64
#define TENCENT_FILE_NAME_MAX	    128

/** File limit unless the caller says otherwise, in bytes (the vendor's is 1024). */
#define TENCENT_IDENTITY_FILE_MAX 65536

/** How the device proves who it is; the file says "KEY" or "CERT". */
enum tencent_auth_mode {
	TENCENT_AUTH_KEY,
	TENCENT_AUTH_CERT,
};

struct json_t;

/**
 * An identity. Caller's memory, ended by tencent_identity_finish(); not to be copied by value
 * while in use. All texts are NUL-terminated and "" when the file has none.
 */
struct tencent_identity {
	enum tencent_auth_mode auth_mode;
	char product_id[TENCENT_PRODUCT_ID_MAX + 1];
	char product_secret[TENCENT_PRODUCT_SECRET_MAX + 1]; /**< secret */
	char device_name[TENCENT_DEVICE_NAME_MAX + 1];
	char region[TENCENT_REGION_CHARS + 1];		     /**< "china" when the file has none */
	char device_secret[TENCENT_DEVICE_SECRET_CHARS + 1]; /**< secret, KEY: base64 */
	char cert_file[TENCENT_FILE_NAME_MAX + 1];	     /**< CERT: devCertFile */
	char key_file[TENCENT_FILE_NAME_MAX + 1];	     /**< CERT: devPrivateKeyFile */
	struct json_t *rest; /**< members this struct does not hold, kept for writing; private */
};

/**
 * Reads the text of device_info.json.
 *
 * Needed: auth_mode, productId, deviceName. Members are checked for type, length and characters;
 * placeholders of the vendor's template are accepted as they are. The block of the other auth mode,
 * subDev and unknown members are kept and not looked into. Members given twice are refused.
 * @param data `len` bytes, borrowed, any content
 * @param max longest file accepted in bytes, 0 for TENCENT_IDENTITY_FILE_MAX
 * @param out_identity untouched on failure
 * @param err filled on failure with line and column, or with the JSON pointer; may be NULL.
 * Contents of the file never get into it
 * @return 0; PROVD_E_LIMIT (too long); PROVD_E_CORRUPT (not JSON); PROVD_E_CLOUD_IDENTITY (a member
 * is missing or wrong); PROVD_E_NOMEM
 */
int tencent_identity_parse(const void *data, size_t len, size_t max,
			   struct tencent_identity *out_identity, struct provd_error *err);

/**
 * Writes device_info.json as the C SDK does: auth_mode, productId, deviceName, region,
 * productSecret, then the block of the auth mode, one member per line, no final newline. What the
 * SDK would lose follows after it, one member per line.
 * @param identity not NULL
 * @param out `cap` bytes; NULL with `cap` 0 only measures
 * @param out_len length without the NUL; also set on PROVD_E_NO_SPACE
 * @return 0; PROVD_E_NO_SPACE (`out` is wiped); PROVD_E_INVALID; PROVD_E_NOMEM. The text is secret
 */
int tencent_identity_write(const struct tencent_identity *identity, char *out, size_t cap,
			   size_t *out_len);

/** Wipes and frees an identity. NULL allowed, a zeroed one, and twice. */
void tencent_identity_finish(struct tencent_identity *identity);

/** Is a text one of the six placeholders of the vendor's template, e.g. YOUR_IOT_PSK? */
bool tencent_identity_is_placeholder(const char *text);

/**
 * Has the device its own secret (KEY), or names for certificate and key (CERT)? Otherwise dynamic
 * registration comes first ([C2] 4.1 step 1).
 */
bool tencent_identity_is_registered(const struct tencent_identity *identity);

/**
 * Can this identity be used at all: real productId and deviceName, and either registered or with
 * a product secret that dynamic registration can use?
 * @param err filled on failure with what to fill in, may be NULL
 * @return 0 or PROVD_E_CLOUD_IDENTITY
 */
int tencent_identity_check(const struct tencent_identity *identity, struct provd_error *err);

/**
 * Takes over the secret of a dynamic registration; auth_mode must be KEY.
 * @param psk base64, NUL-terminated, copied
 * @return 0; PROVD_E_STATE for the other mode; PROVD_E_INVALID. Identity unchanged on failure
 */
int tencent_identity_set_secret(struct tencent_identity *identity, const char *psk);

/**
 * Takes over the names the C SDK gives the files of a certificate registration ([C2] 5.1):
 * `{dn}_cert.crt` and `{dn}_private.key`; auth_mode must be CERT.
 * @return 0; PROVD_E_STATE for the other mode
 */
int tencent_identity_set_files(struct tencent_identity *identity);

#endif /* TENCENT_IDENTITY_H */
