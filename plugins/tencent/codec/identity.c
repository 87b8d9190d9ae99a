/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/identity.h"

#include <string.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "codec/crypt.h"
#include "codec/dynreg.h"
#include "codec/jsonx.h"
#include "codec/text.h"

/* Reading one file: the object at hand and its JSON pointer. */
struct reader {
	json_t *object;
	const char *path;
	struct provd_error *err;
};

/* What a text member must look like. */
struct rule {
	const char *key;
	size_t max;
	bool needed;
	const char *extra; /* characters allowed besides letters and digits; NULL: any text */
};

static int wrong(const struct reader *reader, const char *key, const char *why)
{
	return tencent_fail(reader->err, PROVD_E_CLOUD_IDENTITY, "device_info.json: %s/%s: %s",
			    reader->path, key, why);
}

/* Takes a member out of its object, so that only what nobody read is left in the end. */
static void drop(const struct reader *reader, const char *key)
{
	json_t *value = json_incref(json_object_get(reader->object, key));

	if (value == NULL)
		return;
	(void)json_object_del(reader->object, key);
	tencent_json_wipe(value);
}

static int take_text(const struct reader *reader, const struct rule *rule, char *out)
{
	const json_t *value = json_object_get(reader->object, rule->key);
	const char *text;
	size_t len = 0;

	if (value == NULL)
		return rule->needed ? wrong(reader, rule->key, "is missing") : 0;
	text = tencent_json_text(reader->object, rule->key, &len);
	if (text == NULL)
		return wrong(reader, rule->key, "must be a string");
	if (len > rule->max)
		return tencent_fail(reader->err, PROVD_E_CLOUD_IDENTITY,
				    "device_info.json: %s/%s: %zu characters, at most %zu allowed",
				    reader->path, rule->key, len, rule->max);
	if (rule->needed && len == 0)
		return wrong(reader, rule->key, "is empty");
	if (len != 0 && rule->extra != NULL && !tencent_identity_is_placeholder(text) &&
	    !tencent_is_name(text, rule->extra))
		return tencent_fail(reader->err, PROVD_E_CLOUD_IDENTITY,
				    "device_info.json: %s/%s: only letters, digits and \"%s\" "
				    "are allowed",
				    reader->path, rule->key, rule->extra);
	memcpy(out, text, len + 1);
	drop(reader, rule->key);
	return 0;
}

static bool is_secret(const char *text)
{
	uint8_t key[TENCENT_DEVICE_SECRET_CHARS];
	int rc = tencent_base64_decode(text, strlen(text), key, sizeof(key));

	OPENSSL_cleanse(key, sizeof(key));
	return rc > 0;
}

static int take_key_block(const struct reader *reader, struct tencent_identity *identity)
{
	static const struct rule secret = {"deviceSecret", TENCENT_DEVICE_SECRET_CHARS, false,
					   NULL};
	int rc = take_text(reader, &secret, identity->device_secret);

	if (rc != 0 || identity->device_secret[0] == '\0' ||
	    tencent_identity_is_placeholder(identity->device_secret) ||
	    is_secret(identity->device_secret))
		return rc;
	return wrong(reader, secret.key, "is not base64");
}

static int take_cert_block(const struct reader *reader, struct tencent_identity *identity)
{
	static const struct rule cert = {"devCertFile", TENCENT_FILE_NAME_MAX, false, NULL};
	static const struct rule key = {"devPrivateKeyFile", TENCENT_FILE_NAME_MAX, false, NULL};
	int rc = take_text(reader, &cert, identity->cert_file);

	return rc != 0 ? rc : take_text(reader, &key, identity->key_file);
}

static int take_block(const struct reader *root, struct tencent_identity *identity)
{
	bool cert = identity->auth_mode == TENCENT_AUTH_CERT;
	const char *key = cert ? "cert_deviceinfo" : "key_deviceinfo";
	struct reader block = {json_object_get(root->object, key),
			       cert ? "/cert_deviceinfo" : "/key_deviceinfo", root->err};

	if (block.object == NULL)
		return 0;
	if (!json_is_object(block.object))
		return wrong(root, key, "must be an object");
	return cert ? take_cert_block(&block, identity) : take_key_block(&block, identity);
}

static int take_auth_mode(const struct reader *root, struct tencent_identity *identity)
{
	char mode[8] = "";
	static const struct rule rule = {"auth_mode", sizeof(mode) - 1, true, NULL};
	int rc = take_text(root, &rule, mode);

	if (rc != 0)
		return rc;
	if (strcmp(mode, "KEY") == 0)
		identity->auth_mode = TENCENT_AUTH_KEY;
	else if (strcmp(mode, "CERT") == 0)
		identity->auth_mode = TENCENT_AUTH_CERT;
	else
		return wrong(root, "auth_mode", "must be \"KEY\" or \"CERT\"");
	return 0;
}

static int take_all(const struct reader *root, struct tencent_identity *identity)
{
	const struct {
		struct rule rule;
		char *out;
	} rows[] = {
		{{"productId", TENCENT_PRODUCT_ID_MAX, true, "_-"}, identity->product_id},
		{{"deviceName", TENCENT_DEVICE_NAME_MAX, true, ":_-"}, identity->device_name},
		{{"region", TENCENT_REGION_CHARS, false, "_-"}, identity->region},
		{{"productSecret", TENCENT_PRODUCT_SECRET_MAX, false, "+/=_-"},
		 identity->product_secret},
	};
	int rc = take_auth_mode(root, identity);

	for (size_t i = 0; rc == 0 && i < sizeof(rows) / sizeof(rows[0]); i++)
		rc = take_text(root, &rows[i].rule, rows[i].out);
	if (rc == 0 && identity->region[0] == '\0')
		memcpy(identity->region, "china", sizeof("china"));
	return rc == 0 ? take_block(root, identity) : rc;
}

int tencent_identity_parse(const void *data, size_t len, size_t max,
			   struct tencent_identity *out_identity, struct provd_error *err)
{
	struct reader root = {NULL, "", err};
	struct tencent_identity identity;
	json_error_t where;
	int rc;

	if (max == 0)
		max = TENCENT_IDENTITY_FILE_MAX;
	if (len > max)
		return tencent_fail(err, PROVD_E_LIMIT,
				    "device_info.json: %zu bytes, at most %zu allowed", len, max);
	memset(&where, 0, sizeof(where));
	/* Jansson's own words quote the file, which holds secrets: only the place is told. */
	root.object = json_loadb(data, len, JSON_REJECT_DUPLICATES, &where);
	if (root.object == NULL)
		return tencent_fail(
			err,
			json_error_code(&where) == json_error_out_of_memory ? PROVD_E_NOMEM
									    : PROVD_E_CORRUPT,
			"device_info.json:%d:%d: this is not valid JSON, or a member is there twice",
			where.line, where.column);
	memset(&identity, 0, sizeof(identity));
	if (json_is_object(root.object))
		rc = take_all(&root, &identity);
	else
		rc = tencent_fail(err, PROVD_E_CORRUPT, "device_info.json: must be a JSON object");
	if (rc == 0) {
		identity.rest = root.object;
		*out_identity = identity;
	} else {
		tencent_json_wipe(root.object);
	}
	OPENSSL_cleanse(&identity, sizeof(identity));
	return rc;
}

void tencent_identity_finish(struct tencent_identity *identity)
{
	if (identity == NULL)
		return;
	tencent_json_wipe(identity->rest);
	OPENSSL_cleanse(identity, sizeof(*identity));
}

bool tencent_identity_is_placeholder(const char *text)
{
	static const char *const placeholders[] = {
		"PRODUCT_ID",
		"YOUR_DEV_NAME",
		"YOUR_IOT_PSK",
		"YOUR_PRODUCT_SECRET",
		"YOUR_DEVICE_CERT_FILE_NAME",
		"YOUR_DEVICE_PRIVATE_KEY_FILE_NAME",
	};

	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
		if (strcmp(text, placeholders[i]) == 0)
			return true;
	}
	return false;
}

static bool is_filled(const char *text)
{
	return text[0] != '\0' && !tencent_identity_is_placeholder(text);
}

bool tencent_identity_is_registered(const struct tencent_identity *identity)
{
	if (identity->auth_mode == TENCENT_AUTH_CERT)
		return is_filled(identity->cert_file) && is_filled(identity->key_file);
	return is_filled(identity->device_secret);
}

int tencent_identity_check(const struct tencent_identity *identity, struct provd_error *err)
{
	struct reader root = {NULL, "", err};

	if (!is_filled(identity->product_id))
		return wrong(&root, "productId", "fill in the product id from the console");
	if (!is_filled(identity->device_name))
		return wrong(&root, "deviceName", "fill in the name of this device");
	if (tencent_identity_is_registered(identity))
		return 0;
	if (!is_filled(identity->product_secret))
		return wrong(&root, "productSecret",
			     "is needed for dynamic registration, since the device has no secret "
			     "of its own");
	if (strlen(identity->product_secret) < TENCENT_PRODUCT_SECRET_MIN)
		return wrong(&root, "productSecret",
			     "is too short, 16 to 32 characters are needed");
	return 0;
}

int tencent_identity_set_secret(struct tencent_identity *identity, const char *psk)
{
	size_t len = strlen(psk);

	if (identity->auth_mode != TENCENT_AUTH_KEY)
		return PROVD_E_STATE;
	if (len > TENCENT_DEVICE_SECRET_CHARS || !is_secret(psk))
		return PROVD_E_INVALID;
	OPENSSL_cleanse(identity->device_secret, sizeof(identity->device_secret));
	memcpy(identity->device_secret, psk, len + 1);
	return 0;
}

static int file_name(const char *device_name, const char *suffix, char *out, size_t cap)
{
	struct tencent_out text;

	tencent_out_init(&text, out, cap);
	tencent_out_text(&text, device_name);
	tencent_out_text(&text, suffix);
	return tencent_out_finish(&text);
}

int tencent_identity_set_files(struct tencent_identity *identity)
{
	int rc;

	if (identity->auth_mode != TENCENT_AUTH_CERT)
		return PROVD_E_STATE;
	rc = file_name(identity->device_name, "_cert.crt", identity->cert_file,
		       sizeof(identity->cert_file));
	if (rc < 0)
		return rc;
	rc = file_name(identity->device_name, "_private.key", identity->key_file,
		       sizeof(identity->key_file));
	return rc < 0 ? rc : 0;
}
