/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dynamic registration ([C2] 5.1, [DOC] 5.2): asks the platform for the device's own secret.
 * Every registration kills the secret of the one before, and none is possible once the device has
 * connected: what was received is never asked for again.
 */
#include "tencent.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "codec/text.h"

/* Clocks before 2020 were never set; the platform checks the time ([DOC] vendor FAQ). */
#define CLOCK_SET_MS 1577836800000u

/* Longest wait that a server may ask for. */
#define RETRY_AFTER_MAX_S 3600u

static void ask(void *user);

static void fail(struct tencent *t, int code, const char *text)
{
	tencent_registrar_release(t);
	tencent_op_finish(t, code, text);
}

/*
 * A fault on the way: once more after a while, if that can help.
 * @param least_ms what the server asked for, 0: nothing
 */
static void stumble(struct tencent *t, int code, bool is_transient, const char *text,
		    uint64_t least_ms)
{
	struct tencent_registrar *registrar = &t->registrar;
	uint32_t limit = t->options.register_attempts;
	uint64_t wait;

	registrar->failures++;
	registrar->last_code = code;
	registrar->clocks = code == PROVD_E_CLOCK ? registrar->clocks + 1 : 0;
	if (!is_transient || (limit != 0 && registrar->failures >= limit) ||
	    registrar->clocks >= TENCENT_CLOCK_TRIES) {
		fail(t, code, text);
		return;
	}
	wait = tencent_backoff_ms(t, registrar->failures);
	if (wait < least_ms)
		wait = least_ms;
	tencent_stumbled(t, code, text, "registration failed, trying again", wait);
	if (t->host->timer_start(t->host, wait, ask, t, &registrar->timer) != 0)
		fail(t, code, text);
}

static void save(struct tencent *t)
{
	int rc = 0;

	tencent_progress(t, PROVD_FLOW_NOTE, "saving identity", NULL, 0);
	rc = tencent_store_save(t);
	if (rc != 0)
		tencent_registrar_saved(t, rc, NULL);
}

void tencent_registrar_saved(struct tencent *t, int code, const char *text)
{
	if (t->op.kind == TENCENT_OP_REGISTER)
		fail(t, code,
		     text != NULL || code == 0
			     ? text
			     : "the new secret could not be saved; it is kept until it can");
}

static void take_result(struct tencent *t, struct tencent_dynreg_result *result)
{
	bool cert = t->store.identity.auth_mode == TENCENT_AUTH_CERT;

	if (cert != (result->kind == TENCENT_DYNREG_CERT)) {
		tencent_dynreg_result_finish(result);
		fail(t, PROVD_E_CLOUD_REPLY,
		     cert ? "the product hands out keys, but auth_mode in device_info.json is CERT"
			  : "the product hands out certificates, but auth_mode in device_info.json "
			    "is KEY");
		return;
	}
	tencent_store_take(t, result);
	save(t);
}

/* Seconds only; of a date nothing can be said by a clock that may not be set. */
static uint64_t retry_after_ms(const struct provd_http_response *response)
{
	for (size_t i = 0; response->headers != NULL && i < response->header_count; i++) {
		const char *text = response->headers[i].value;
		uint64_t seconds = 0;

		if (strcasecmp(response->headers[i].name, "retry-after") != 0)
			continue;
		for (; *text >= '0' && *text <= '9' && seconds < RETRY_AFTER_MAX_S; text++)
			seconds = seconds * 10u + (uint64_t)(*text - '0');
		if (*text != '\0' && seconds < RETRY_AFTER_MAX_S)
			return 0;
		return 1000u * (seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S);
	}
	return 0;
}

/* An HTTP status other than success: the platform's words, if there are any, say more. */
static void take_status(struct tencent *t, const struct provd_http_response *response, int parsed,
			const struct provd_error *why)
{
	uint64_t least_ms = retry_after_ms(response);
	char text[64];

	if (parsed == PROVD_E_CLOUD_THROTTLED || parsed == PROVD_E_CLOCK) {
		stumble(t, parsed, true, why->text, least_ms);
		return;
	}
	if (response->status == 429) {
		stumble(t, PROVD_E_CLOUD_THROTTLED, true,
			"the registration server asks for fewer requests (HTTP status 429)",
			least_ms);
		return;
	}
	if (parsed == PROVD_E_CLOUD_SIGNATURE || parsed == PROVD_E_CLOUD_REFUSED) {
		fail(t, parsed, why->text);
		return;
	}
	(void)snprintf(text, sizeof(text), "the registration server answered HTTP status %u",
		       (unsigned int)response->status);
	/* The platform redirects nobody; a network that wants a login does. */
	if (response->status >= 300 && response->status < 400)
		fail(t, PROVD_E_HTTP_PROTOCOL, text);
	else if (response->status >= 500 || response->status == 408)
		stumble(t, PROVD_E_HTTP_STATUS, true, text, least_ms);
	else
		fail(t, PROVD_E_HTTP_STATUS, text);
}

static void on_response(void *user, int code, const struct provd_http_response *response)
{
	struct tencent *t = user;
	struct provd_error why = {.size = sizeof(why)};
	struct tencent_dynreg_result result;
	int rc;

	t->registrar.request = 0;
	if (code != 0) {
		stumble(t, code, tencent_is_transient(code),
			response != NULL && response->error != NULL ? response->error->text : NULL,
			0);
		return;
	}
	memset(&result, 0, sizeof(result));
	rc = tencent_dynreg_parse(t->options.register_version, response->body.data,
				  response->body.len, t->store.identity.product_secret, &result,
				  &why);
	if (rc == 0)
		take_result(t, &result);
	else if (response->status < 200 || response->status > 299)
		take_status(t, response, rc, &why);
	else
		stumble(t, rc, rc == PROVD_E_CLOUD_THROTTLED || rc == PROVD_E_CLOCK, why.text,
			retry_after_ms(response));
}

/* Base of the URL and the host of it, which version 2 signs. */
static int address(const struct tencent *t, const char *path, char *url, size_t url_cap, char *host,
		   size_t host_cap)
{
	const char *base = t->options.register_url;
	size_t len = strlen(base);
	const char *name;
	int n;

	if (len == 0) {
		name = tencent_dynreg_host(t->options.register_version, tencent_store_region(t));
		n = snprintf(url, url_cap, "https://%s%s", name, path);
		len = strlen(name);
	} else {
		while (len > 0 && base[len - 1] == '/')
			len--;
		n = snprintf(url, url_cap, "%.*s%s", (int)len, base, path);
		name = strstr(base, "://");
		name = name != NULL ? name + 3 : base;
		len = strcspn(name, "/");
	}
	if (n < 0 || (size_t)n >= url_cap)
		return PROVD_E_LIMIT;
	n = snprintf(host, host_cap, "%.*s", (int)len, name);
	return n < 0 || (size_t)n >= host_cap ? PROVD_E_LIMIT : 0;
}

static int build(struct tencent *t, const char *host, struct tencent_dynreg_http *out_http,
		 struct provd_error *err)
{
	const struct tencent_identity *identity = &t->store.identity;
	uint64_t now_ms = t->host->unix_ms(t->host);
	uint8_t byte[4];
	struct tencent_dynreg_request request = {
		.version = t->options.register_version,
		.hash = TENCENT_SHA256,
		.host = host,
		.product_id = identity->product_id,
		.device_name = identity->device_name,
		.product_secret = identity->product_secret,
		.timestamp = now_ms / 1000u,
	};

	if (t->host->random(t->host, byte, sizeof(byte)) != 0)
		return PROVD_E_INTERNAL;
	request.nonce = (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
			(uint32_t)(byte[3] & 0x7f) << 24;
	if (request.nonce == 0)
		request.nonce = 1;
	if (now_ms < CLOCK_SET_MS)
		PROVD_LOG(t->host, PROVD_LOG_WARN, NULL,
			  "the clock is not set, the cloud may refuse the registration",
			  provd_f_int("unix_s", (int64_t)request.timestamp));
	return tencent_dynreg_build(&request, out_http, err);
}

static int send_request(struct tencent *t, const char *url, const struct tencent_dynreg_http *http)
{
	struct provd_http_header headers[sizeof(http->headers) / sizeof(http->headers[0])];
	struct provd_http_request request = {
		.size = sizeof(request),
		.method = "POST",
		.url = url,
		.headers = headers,
		.header_count = http->header_count,
		.body = {(const uint8_t *)http->body, http->body_len},
		.ca_file = t->options.register_ca,
		.max_response = TENCENT_DYNREG_RESPONSE_MAX,
	};

	for (size_t i = 0; i < http->header_count; i++) {
		headers[i].name = http->headers[i].name;
		headers[i].value = http->headers[i].value;
	}
	return t->http->request(t->http_self, &request, on_response, t, &t->registrar.request);
}

static void ask(void *user)
{
	struct tencent *t = user;
	struct provd_error why = {.size = sizeof(why)};
	struct tencent_dynreg_http http;
	char url[TENCENT_URL_MAX + 32];
	char host[TENCENT_URL_MAX];
	struct provd_field fields[2];
	int rc;

	t->registrar.timer = 0;
	rc = tencent_store_check_room(t, &why);
	if (rc != 0) {
		fail(t, rc, why.text);
		return;
	}
	rc = address(t, tencent_dynreg_path(t->options.register_version), url, sizeof(url), host,
		     sizeof(host));
	if (rc == 0)
		rc = build(t, host, &http, &why);
	if (rc != 0) {
		fail(t, rc, why.text[0] != '\0' ? why.text : NULL);
		return;
	}
	fields[0] = provd_f_text("server", host);
	fields[1] = provd_f_int("attempt", (int64_t)t->registrar.failures + 1);
	tencent_progress(t, PROVD_FLOW_TO_CLOUD, "asking for registration", fields, 2);
	rc = send_request(t, url, &http);
	if (rc != 0)
		stumble(t, rc, tencent_is_transient(rc), NULL, 0);
}

int tencent_registrar_start(struct tencent *t, uint64_t op)
{
	struct provd_error why = {.size = sizeof(why)};
	int rc = tencent_op_check(t, op);

	if (rc == 0)
		rc = tencent_store_load(t, &why);
	if (rc == 0 && t->http == NULL)
		rc = PROVD_E_NOT_SUPPORTED;
	if (rc != 0)
		return rc;
	t->op.id = op;
	t->op.kind = TENCENT_OP_REGISTER;
	t->registrar.failures = 0;
	t->registrar.clocks = 0;
	t->registrar.last_code = 0;
	if (tencent_store_is_registered(t))
		tencent_op_finish(t, 0, NULL);
	else if (t->store.has_fresh)
		save(t);
	else
		ask(t);
	return 0;
}

void tencent_registrar_release(struct tencent *t)
{
	if (t->http != NULL)
		t->http->cancel(t->http_self, t->registrar.request);
	t->host->timer_stop(t->host, t->registrar.timer);
	t->registrar.request = 0;
	t->registrar.timer = 0;
}
