/* SPDX-License-Identifier: Apache-2.0 */
#include "client_internal.h"

#include <stdlib.h>
#include <string.h>

/** Longest name of a method. */
#define METHOD_MAX 64

void provd__client_wipe_free(void *bytes, size_t len)
{
	if (bytes)
		explicit_bzero(bytes, len);
	free(bytes);
}

int provd__client_set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) ? PROVD_E_NOMEM : 0;
}

const char *provd__client_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

uint64_t provd__client_number(const json_t *object, const char *key)
{
	const json_int_t number = json_integer_value(json_object_get(object, key));

	return number > 0 ? (uint64_t)number : 0;
}

void provd__client_drop(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (json_is_string(value))
			explicit_bzero((char *)(uintptr_t)json_string_value(value),
				       json_string_length(value));
	}
	json_decref(object);
}

static int is_name(const char *method)
{
	size_t len = 0;

	while ((method[len] >= 'A' && method[len] <= 'Z') ||
	       (method[len] >= 'a' && method[len] <= 'z') ||
	       (method[len] >= '0' && method[len] <= '9'))
		len++;
	return len && len <= METHOD_MAX && !method[len];
}

/** @return given: json_decref, or NULL */
static json_t *make_call(const char *method, json_t *parameters, int more)
{
	char name[sizeof(PROVD_CLIENT_INTERFACE) + 1 + METHOD_MAX] = PROVD_CLIENT_INTERFACE ".";
	json_t *call = json_object();

	memcpy(name + sizeof(PROVD_CLIENT_INTERFACE), method, strlen(method) + 1);
	if (provd__client_set(call, "method", json_string(name)) ||
	    (parameters && json_object_set(call, "parameters", parameters)) ||
	    (more && provd__client_set(call, "more", json_true()))) {
		json_decref(call);
		return NULL;
	}
	return call;
}

int provd__client_encode(const char *method, json_t *parameters, int more, char **out_bytes,
			 size_t *out_len)
{
	json_t *call = NULL;
	char *bytes = NULL;
	size_t len;
	int status = PROVD_E_INVALID;

	if (!is_name(method))
		goto out;
	status = PROVD_E_NOMEM;
	call = make_call(method, parameters, more);
	len = call ? json_dumpb(call, NULL, 0, JSON_COMPACT) : 0;
	bytes = len ? malloc(len + 1) : NULL;
	if (!bytes)
		goto out;
	/* straight into memory that is wiped: json_dumps would leave copies behind as it grows */
	if (json_dumpb(call, bytes, len, JSON_COMPACT) != len) {
		provd__client_wipe_free(bytes, len);
		goto out;
	}
	bytes[len] = 0;
	*out_bytes = bytes;
	*out_len = len + 1;
	status = 0;
out:
	json_decref(call);
	provd__client_drop(parameters);
	return status;
}

int provd__client_parse(const char *bytes, size_t len, struct message *out_message)
{
	struct message message = {0};
	json_error_t error;
	const json_t *name;
	json_t *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		return json_error_code(&error) == json_error_out_of_memory ? PROVD_E_NOMEM
									   : PROVD_E_PEER_FORMAT;
	name = json_object_get(root, "error");
	message.root = root;
	message.error = json_string_value(name);
	message.parameters = json_object_get(root, "parameters");
	message.continues = json_is_true(json_object_get(root, "continues"));
	if (json_is_null(message.parameters))
		message.parameters = NULL;
	if (!json_is_object(root) || (name && !json_is_null(name) && !message.error) ||
	    (message.parameters && !json_is_object(message.parameters))) {
		json_decref(root);
		return PROVD_E_PEER_FORMAT;
	}
	*out_message = message;
	return 0;
}

void provd__client_message_finish(struct message *message)
{
	json_decref(message->root);
	memset(message, 0, sizeof(*message));
}
