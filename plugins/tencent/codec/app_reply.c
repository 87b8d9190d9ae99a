/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/app.h"

#include <string.h>

#include "codec/text.h"

/* An object member by member in either layout. */
struct object {
	struct tencent_out text;
	enum tencent_app_form form;
	bool first;
};

static void begin(struct object *object, enum tencent_app_form form, char *out, size_t cap)
{
	/* Android reads into 1024 bytes and must find the end of the object (1.1). */
	tencent_out_init(&object->text, out,
			 cap < TENCENT_APP_DATAGRAM_MAX ? cap : TENCENT_APP_DATAGRAM_MAX);
	object->form = form;
	object->first = true;
	tencent_out_text(&object->text, "{");
}

static void put_key(struct object *object, const char *key)
{
	bool pretty = object->form == TENCENT_APP_PRETTY;

	if (!object->first)
		tencent_out_text(&object->text, ",");
	object->first = false;
	tencent_out_text(&object->text, pretty ? "\n\t" : "");
	tencent_out_json(&object->text, key);
	tencent_out_text(&object->text, pretty ? ":\t" : ":");
}

static void put_text(struct object *object, const char *key, const char *text)
{
	put_key(object, key);
	tencent_out_json(&object->text, text);
}

static void put_number(struct object *object, const char *key, int64_t number)
{
	put_key(object, key);
	tencent_out_number(&object->text, number);
}

static int end(struct object *object, const char *tail)
{
	tencent_out_text(&object->text, object->form == TENCENT_APP_PRETTY ? "\n}" : "}");
	tencent_out_text(&object->text, tail);
	return tencent_out_finish(&object->text);
}

static void put_identity(struct object *object, int64_t command,
			 const struct tencent_app_identity *identity)
{
	put_number(object, "cmdType", command);
	put_text(object, "productId", identity->product_id);
	put_text(object, "deviceName", identity->device_name);
	put_text(object, "protoVersion", identity->proto);
}

int tencent_app_identity_reply(const struct tencent_app_identity *identity,
			       enum tencent_app_form form, char *out, size_t cap)
{
	struct object object;

	begin(&object, form, out, cap);
	put_identity(&object, 2, identity);
	return end(&object, "");
}

int tencent_app_error_reply(struct tencent_errcode error, bool previous, char *out, size_t cap)
{
	char log[64];
	struct tencent_out text;
	struct object object;
	int rc;

	tencent_out_init(&text, log, sizeof(log));
	tencent_out_text(&text, tencent_error_text(error.id));
	tencent_out_text(&text, " (");
	tencent_out_number(&text, error.id);
	tencent_out_text(&text, ", ");
	tencent_out_number(&text, error.sub);
	tencent_out_text(&text, ")");
	rc = tencent_out_finish(&text);
	begin(&object, TENCENT_APP_COMPACT, out, cap);
	if (rc < 0)
		object.text.failed = rc;
	put_number(&object, "cmdType", 2);
	put_text(&object, "deviceReply", previous ? "Previous_Error" : "Current_Error");
	put_text(&object, "log", log);
	return end(&object, "\r\n");
}

int tencent_app_state_report(const struct tencent_app_identity *identity,
			     enum tencent_app_state state, enum tencent_app_form form, char *out,
			     size_t cap)
{
	struct object object;

	begin(&object, form, out, cap);
	put_identity(&object, 7, identity);
	put_number(&object, "wifiConfigState", state);
	return end(&object, "");
}
