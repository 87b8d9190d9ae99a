/* SPDX-License-Identifier: Apache-2.0 */
/* One pair of functions for each method of the interface that a product calls. */
#include "client_internal.h"

#include <stdlib.h>
#include <string.h>

#define SSID_MAX       32
#define PASSPHRASE_MAX 64

/** The request's parameters, made when the first one is set. A failure stays in the request. */
static void set(struct request *request, const char *key, json_t *value)
{
	if (!request->parameters)
		request->parameters = json_object();
	if (provd__client_set(request->parameters, key, value) && !request->status)
		request->status = PROVD_E_NOMEM;
}

/** Sets bytes as `key` when they are a text, else as `key_hex`. Copies are wiped with the call. */
static void set_bytes(struct request *request, const char *key, const char *key_hex,
		      const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	json_t *text = memchr(bytes, 0, len) ? NULL : json_stringn((const char *)bytes, len);
	char hex[2 * PASSPHRASE_MAX];
	size_t i;

	if (text) {
		set(request, key, text);
		return;
	}
	for (i = 0; i < len; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	set(request, key_hex, json_stringn(hex, 2 * len));
	explicit_bzero(hex, sizeof(hex));
}

static void set_number(struct request *request, const char *key, uint64_t number)
{
	if (!number)
		return;
	if (number > INT64_MAX)
		request->status = PROVD_E_INVALID;
	else
		set(request, key, json_integer((json_int_t)number));
}

static struct request make_start(const char *const *methods, size_t count, uint64_t deadline_ms)
{
	struct request request = {.method = "Start"};
	json_t *list = methods ? json_array() : NULL;
	size_t i;

	for (i = 0; methods && i < count; i++) {
		if (json_array_append_new(list, json_string(methods[i])))
			request.status = PROVD_E_INVALID;
	}
	if (methods)
		set(&request, "methods", list);
	set_number(&request, "deadline_ms", deadline_ms);
	return request;
}

static struct request make_provide(const struct provd_client_credentials *given)
{
	struct request request = {.method = "Provide"};

	if (given->size < sizeof(*given) || !given->ssid || !given->ssid_len ||
	    given->ssid_len > SSID_MAX || given->passphrase_len > PASSPHRASE_MAX ||
	    (!given->passphrase && given->passphrase_len)) {
		request.status = PROVD_E_INVALID;
		return request;
	}
	set_bytes(&request, "ssid", "ssid_hex", given->ssid, given->ssid_len);
	if (given->passphrase_len)
		set_bytes(&request, "passphrase", "passphrase_hex", given->passphrase,
			  given->passphrase_len);
	if (given->token)
		set(&request, "token", json_string(given->token));
	if (given->bssid)
		set(&request, "bssid", json_string(given->bssid));
	set_number(&request, "channel", given->channel);
	if (given->hidden)
		set(&request, "hidden", json_true());
	set_number(&request, "deadline_ms", given->deadline_ms);
	return request;
}

static struct request make_press(uint64_t held_ms)
{
	struct request request = {.method = "PressButton"};

	set_number(&request, "held_ms", held_ms);
	return request;
}

static struct request make_reset(enum provd_client_reset_what what)
{
	struct request request = {.method = "Reset"};
	const char *name = NULL;

	switch (what) {
	case PROVD_CLIENT_RESET_NETWORK:
		name = "network";
		break;
	case PROVD_CLIENT_RESET_CLOUD:
		name = "cloud";
		break;
	case PROVD_CLIENT_RESET_FACTORY:
		name = "factory";
		break;
	}
	if (name)
		set(&request, "what", json_string(name));
	else
		request.status = PROVD_E_INVALID;
	return request;
}

/**
 * Runs a request and waits.
 * @param out_reply given on success alone, as provd_client_call(); NULL: not wanted
 * @return 0 or a code with words
 */
static int run(struct provd_client *client, struct request request,
	       struct provd_client_reply **out_reply, struct provd_error *err)
{
	struct provd_client_reply *reply = NULL;
	int status = provd__client_run(client, &request, &reply);

	if (status)
		provd__client_fail(err, status, 0, "%s",
				   reply ? reply->text : provd_err_text(status));
	if (!status && out_reply)
		*out_reply = reply;
	else
		provd_client_reply_free(reply);
	return status;
}

/** Runs a request that is answered with a session. */
static int run_session(struct provd_client *client, struct request request, uint64_t *out_session,
		       struct provd_error *err)
{
	struct provd_client_reply *reply;
	int status = run(client, request, &reply, err);

	if (status)
		return status;
	if (out_session)
		*out_session = provd_client_reply_session(reply);
	provd_client_reply_free(reply);
	return 0;
}

/** An answer that lacks what it must have. */
static int check_read(int status, struct provd_error *err)
{
	if (status)
		provd__client_fail(err, status, 0, "the daemon's answer is not understood");
	return status;
}

PROVD_CLIENT_EXPORT int provd_client_start(struct provd_client *client, const char *const *methods,
					   size_t count, uint64_t deadline_ms,
					   uint64_t *out_session, struct provd_error *err)
{
	return run_session(client, make_start(methods, count, deadline_ms), out_session, err);
}

PROVD_CLIENT_EXPORT int provd_client_start_async(struct provd_client *client,
						 const char *const *methods, size_t count,
						 uint64_t deadline_ms,
						 provd_client_reply_fn *on_reply, void *user,
						 uint64_t *out_call, struct provd_error *err)
{
	struct request request = make_start(methods, count, deadline_ms);

	return provd__client_start(client, &request, 0, &(struct sink){on_reply, user, out_call},
				   err);
}

PROVD_CLIENT_EXPORT int provd_client_stop(struct provd_client *client, struct provd_error *err)
{
	return run(client, (struct request){.method = "Stop"}, NULL, err);
}

PROVD_CLIENT_EXPORT int provd_client_stop_async(struct provd_client *client,
						provd_client_reply_fn *on_reply, void *user,
						uint64_t *out_call, struct provd_error *err)
{
	return provd__client_start(client, &(struct request){.method = "Stop"}, 0,
				   &(struct sink){on_reply, user, out_call}, err);
}

PROVD_CLIENT_EXPORT int provd_client_get_status(struct provd_client *client,
						struct provd_client_status *out_status,
						struct provd_error *err)
{
	struct provd_client_reply *reply;
	int status = run(client, (struct request){.method = "Status"}, &reply, err);

	if (status)
		return status;
	status = provd_client_reply_status(reply, out_status);
	provd_client_reply_free(reply);
	return check_read(status, err);
}

PROVD_CLIENT_EXPORT int provd_client_get_status_async(struct provd_client *client,
						      provd_client_reply_fn *on_reply, void *user,
						      uint64_t *out_call, struct provd_error *err)
{
	return provd__client_start(client, &(struct request){.method = "Status"}, 0,
				   &(struct sink){on_reply, user, out_call}, err);
}

PROVD_CLIENT_EXPORT int provd_client_provide(struct provd_client *client,
					     const struct provd_client_credentials *credentials,
					     uint64_t *out_session, struct provd_error *err)
{
	return run_session(client, make_provide(credentials), out_session, err);
}

PROVD_CLIENT_EXPORT int provd_client_provide_async(
	struct provd_client *client, const struct provd_client_credentials *credentials,
	provd_client_reply_fn *on_reply, void *user, uint64_t *out_call, struct provd_error *err)
{
	struct request request = make_provide(credentials);

	return provd__client_start(client, &request, 0, &(struct sink){on_reply, user, out_call},
				   err);
}

PROVD_CLIENT_EXPORT int provd_client_press(struct provd_client *client, uint64_t held_ms,
					   struct provd_error *err)
{
	return run(client, make_press(held_ms), NULL, err);
}

PROVD_CLIENT_EXPORT int provd_client_press_async(struct provd_client *client, uint64_t held_ms,
						 provd_client_reply_fn *on_reply, void *user,
						 uint64_t *out_call, struct provd_error *err)
{
	struct request request = make_press(held_ms);

	return provd__client_start(client, &request, 0, &(struct sink){on_reply, user, out_call},
				   err);
}

PROVD_CLIENT_EXPORT int provd_client_reset(struct provd_client *client,
					   enum provd_client_reset_what what,
					   struct provd_error *err)
{
	return run(client, make_reset(what), NULL, err);
}

PROVD_CLIENT_EXPORT int provd_client_reset_async(struct provd_client *client,
						 enum provd_client_reset_what what,
						 provd_client_reply_fn *on_reply, void *user,
						 uint64_t *out_call, struct provd_error *err)
{
	struct request request = make_reset(what);

	return provd__client_start(client, &request, 0, &(struct sink){on_reply, user, out_call},
				   err);
}

PROVD_CLIENT_EXPORT int provd_client_take_over(struct provd_client *client,
					       struct provd_client_identity *out_identity,
					       struct provd_error *err)
{
	struct provd_client_reply *reply;
	int status = run(client, (struct request){.method = "TakeOver"}, &reply, err);

	if (status)
		return status;
	status = provd_client_reply_identity(reply, out_identity);
	provd_client_reply_free(reply);
	return check_read(status, err);
}

PROVD_CLIENT_EXPORT int provd_client_take_over_async(struct provd_client *client,
						     provd_client_reply_fn *on_reply, void *user,
						     uint64_t *out_call, struct provd_error *err)
{
	return provd__client_start(client, &(struct request){.method = "TakeOver"}, 0,
				   &(struct sink){on_reply, user, out_call}, err);
}
