/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/identity.h"

#include <string.h>

#include <jansson.h>

#include "codec/jsonx.h"
#include "codec/text.h"

/* One member on its own line, separated from the one before. */
static void put_key(struct tencent_out *text, bool *first, const char *key)
{
	tencent_out_text(text, *first ? "\n" : ",\n");
	*first = false;
	tencent_out_json(text, key);
	tencent_out_text(text, ":");
}

static void put_text(struct tencent_out *text, bool *first, const char *key, const char *value)
{
	put_key(text, first, key);
	tencent_out_json(text, value);
}

/* Whatever the file held besides what we know, in the file's order. */
static void put_rest(struct tencent_out *text, bool *first, json_t *rest, const char *except)
{
	for (void *at = json_object_iter(rest); at != NULL; at = json_object_iter_next(rest, at)) {
		const char *key = json_object_iter_key(at);
		int rc;

		if (except != NULL && strcmp(key, except) == 0)
			continue;
		put_key(text, first, key);
		rc = tencent_json_put(text, json_object_iter_value(at));
		if (rc < 0 && text->failed == 0)
			text->failed = rc;
	}
}

int tencent_identity_write(const struct tencent_identity *identity, char *out, size_t cap,
			   size_t *out_len)
{
	bool cert = identity->auth_mode == TENCENT_AUTH_CERT;
	const char *block = cert ? "cert_deviceinfo" : "key_deviceinfo";
	struct tencent_out text;
	bool first = true;
	bool first_inner = true;
	int rc;

	tencent_out_init(&text, out, cap);
	tencent_out_text(&text, "{");
	put_text(&text, &first, "auth_mode", cert ? "CERT" : "KEY");
	put_text(&text, &first, "productId", identity->product_id);
	put_text(&text, &first, "deviceName", identity->device_name);
	put_text(&text, &first, "region", identity->region);
	put_text(&text, &first, "productSecret", identity->product_secret);
	put_key(&text, &first, block);
	tencent_out_text(&text, "{");
	if (cert) {
		put_text(&text, &first_inner, "devCertFile", identity->cert_file);
		put_text(&text, &first_inner, "devPrivateKeyFile", identity->key_file);
	} else {
		put_text(&text, &first_inner, "deviceSecret", identity->device_secret);
	}
	put_rest(&text, &first_inner, json_object_get(identity->rest, block), NULL);
	tencent_out_text(&text, "\n}");
	put_rest(&text, &first, identity->rest, block);
	tencent_out_text(&text, "\n}");
	rc = text.failed;
	if (rc == 0)
		*out_len = text.len;
	if (out == NULL)
		return rc;
	rc = tencent_out_finish(&text);
	return rc < 0 ? rc : 0;
}
