/* SPDX-License-Identifier: Apache-2.0 */
#include "bindmsg.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include <provd/error.h>

static const char UP_PREFIX[] = "$thing/up/service/";

static int copy_part(const char *text, size_t size, char *out, size_t out_size)
{
	if (size == 0 || size >= out_size)
		return PROVD_E_INVALID;
	memcpy(out, text, size);
	out[size] = '\0';
	return 0;
}

int sim_up_topic_parse(const char *topic, char product_id[SIM_PRODUCT_ID_SIZE],
		       char device_name[SIM_DEVICE_NAME_SIZE])
{
	const char *rest = topic + strlen(UP_PREFIX);
	size_t size;

	if (strncmp(topic, UP_PREFIX, strlen(UP_PREFIX)) != 0)
		return PROVD_E_INVALID;
	size = strcspn(rest, "/");
	if (rest[size] != '/' || strchr(rest + size + 1, '/') ||
	    copy_part(rest, size, product_id, SIM_PRODUCT_ID_SIZE) != 0)
		return PROVD_E_INVALID;
	rest += size + 1;
	return copy_part(rest, strlen(rest), device_name, SIM_DEVICE_NAME_SIZE);
}

int sim_down_topic(const char *product_id, const char *device_name, char *out)
{
	int n = snprintf(out, SIM_TOPIC_SIZE, "$thing/down/service/%s/%s", product_id, device_name);

	return n < 0 || n >= SIM_TOPIC_SIZE ? PROVD_E_LIMIT : 0;
}

static void copy_member(const json_t *object, const char *name, char *out, size_t out_size)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_string(value))
		copy_part(json_string_value(value), json_string_length(value), out, out_size);
}

enum sim_up_kind sim_up_parse(const char *data, size_t size, struct sim_bind_request *out_request)
{
	json_t *root = json_loadb(data, size, 0, NULL);
	enum sim_up_kind kind = SIM_UP_OTHER;

	memset(out_request, 0, sizeof(*out_request));
	if (!json_is_object(root)) {
		json_decref(root);
		return SIM_UP_NOT_JSON;
	}
	copy_member(root, "method", out_request->method, sizeof(out_request->method));
	copy_member(root, "clientToken", out_request->client_token,
		    sizeof(out_request->client_token));
	if (strcmp(out_request->method, "app_bind_token") == 0) {
		kind = SIM_UP_BIND;
		copy_member(json_object_get(root, "params"), "token", out_request->token,
			    sizeof(out_request->token));
	}
	json_decref(root);
	return kind;
}

char *sim_bind_reply(const char *client_token, long code, const char *status)
{
	const char *usual = code == 0 ? "success" : "failed";
	json_t *root = json_pack("{s:s, s:s, s:I, s:s}", "method", "app_bind_token_reply",
				 "clientToken", client_token, "code", (json_int_t)code, "status",
				 status ? status : usual);
	char *text = json_dumps(root, JSON_COMPACT);

	json_decref(root);
	return text;
}
