/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor_fakes.h"

#include "log/log.h"
#include "secret/secret.h"

#include <stdio.h>
#include <string.h>

/* Options */

void fake_set(struct provd_options *options, const char *name, const char *text, int64_t number)
{
	struct option *at = options->options;

	while (at->name && strcmp(at->name, name) != 0)
		at++;
	*at = (struct option){name, text, number};
}

static const struct option *find(const struct provd_options *options, const char *name)
{
	const struct option *at = options->options;

	while (at->name && strcmp(at->name, name) != 0)
		at++;
	return at;
}

const char *provd_options_text(const struct provd_options *options, const char *name)
{
	return find(options, name)->text;
}

int64_t provd_options_int(const struct provd_options *options, const char *name)
{
	return find(options, name)->number;
}

/* Log */

void provd_log_write(struct provd_log *log, const char *source, uint64_t session,
		     const struct provd_log_site *site, const struct provd_field *fields,
		     size_t field_count)
{
	size_t used = strlen(log->text);

	(void)source;
	(void)session;
	(void)snprintf(log->text + used, sizeof(log->text) - used, "%s", site->event);
	for (size_t i = 0; i < field_count; i++) {
		used = strlen(log->text);
		if (fields[i].type == PROVD_FIELD_CODE)
			(void)snprintf(log->text + used, sizeof(log->text) - used, " %s",
				       provd_err_name((int)fields[i].number));
	}
	used = strlen(log->text);
	(void)snprintf(log->text + used, sizeof(log->text) - used, "\n");
}

/* Radio */

static void copy_ssid(char out[33], const struct provd_credentials *credentials)
{
	memcpy(out, credentials->ssid, credentials->ssid_len);
	out[credentials->ssid_len] = '\0';
}

int provd_radio_connect(struct provd_radio *radio, const struct provd_credentials *credentials,
			provd_joined_fn *done, void *user, uint64_t *out_op)
{
	if (radio->refuses)
		return radio->refuses;
	radio->connects++;
	radio->linked = 0;
	copy_ssid(radio->ssid, credentials);
	radio->done = done;
	radio->user = user;
	*out_op = ++radio->op;
	return 0;
}

void fake_joined(struct provd_radio *radio, int status, const char *ssid)
{
	provd_joined_fn *done = radio->done;
	struct provd_link link = {.size = sizeof(link), .flags = PROVD_LINK_ADDRESS, .channel = 6};

	if (ssid) {
		link.ssid_len = (uint32_t)strlen(ssid);
		memcpy(link.ssid, ssid, link.ssid_len);
	}
	radio->done = NULL;
	radio->linked = status == 0;
	done(radio->user, status, status ? NULL : &link, NULL);
}

void provd_radio_cancel(struct provd_radio *radio, uint64_t op)
{
	radio->cancels += op == radio->op && radio->done != NULL;
}

void provd_radio_give_up(struct provd_radio *radio, uint64_t op)
{
	if (op != radio->op || !radio->done)
		return;
	radio->gave_up++;
	fake_joined(radio, PROVD_E_WIFI_RADIO, NULL);
}

void provd_radio_disconnect(struct provd_radio *radio)
{
	radio->disconnects++;
	radio->linked = 0;
}

int provd_radio_has_link(const struct provd_radio *radio)
{
	return radio->linked;
}

int provd_radio_get_link(const struct provd_radio *radio, struct provd_link *out_link)
{
	*out_link = radio->link;
	return 0;
}

int provd_radio_info(const struct provd_radio *radio, struct provd_device_info *out_info)
{
	(void)radio;
	memcpy(out_info->mac, "\x02\x00\x00\x12\x34\x56", 6);
	return 0;
}

/* Engine */

void fake_entry(struct provd_engine *engine, uint32_t state)
{
	const struct provd_timeline_entry entry = {
		.session = engine->session, .state = state, .event = "something"};

	provd_supervisor_entry(engine->supervisor, &entry);
}

void fake_command(struct provd_engine *engine)
{
	engine->session = ++engine->count;
	fake_entry(engine, PROVD_STATE_LISTENING);
}

int provd_engine_start(struct provd_engine *engine, const struct provd_engine_request *request,
		       uint64_t *out_session, struct provd_error *err)
{
	if (engine->start_code) {
		engine->refused++;
		return err->code = engine->start_code;
	}
	if (request->methods || request->deadline_ms)
		return PROVD_E_INVALID;
	engine->starts++;
	fake_command(engine);
	*out_session = engine->session;
	return 0;
}

int provd_engine_offer(struct provd_engine *engine, const struct provd_engine_offer *offer,
		       uint64_t *out_session, struct provd_error *err)
{
	struct provd_bytes token = provd_secret_view(offer->token);

	if (engine->offer_code)
		return err->code = engine->offer_code;
	engine->offers++;
	copy_ssid(engine->offer_ssid, offer->credentials);
	(void)snprintf(engine->offer_token, sizeof(engine->offer_token), "%.*s", (int)token.len,
		       token.len ? (const char *)token.data : "");
	(void)snprintf(engine->offer_source, sizeof(engine->offer_source), "%s", offer->source);
	engine->offer_online_ms = offer->times ? offer->times->online_ms : 0;
	fake_command(engine);
	*out_session = engine->session;
	if (engine->offer_ends)
		fake_end(engine, PROVD_STATE_FAILED);
	return 0;
}

int provd_engine_retry(struct provd_engine *engine, const struct provd_credentials *credentials,
		       provd_joined_fn *done, void *user)
{
	if (engine->retry_code)
		return engine->retry_code;
	engine->retries++;
	copy_ssid(engine->retry_ssid, credentials);
	engine->retry_done = done;
	engine->retry_user = user;
	return 0;
}

void fake_retried(struct provd_engine *engine, struct provd_radio *radio, int status)
{
	const struct provd_link link = {.size = sizeof(link), .flags = PROVD_LINK_ADDRESS};
	provd_joined_fn *done = engine->retry_done;

	engine->retry_done = NULL;
	radio->linked = status == 0;
	done(engine->retry_user, status, status ? NULL : &link, NULL);
}

void provd_engine_link_up(struct provd_engine *engine, const struct provd_link *link)
{
	(void)engine;
	(void)link;
}

void provd_engine_end_after(struct provd_engine *engine)
{
	(void)engine;
}

void provd_engine_radio_changed(struct provd_engine *engine)
{
	engine->radio_changes++;
}

void provd_engine_forget_unsaved(struct provd_engine *engine)
{
	engine->forgets++;
}

int provd_engine_phone_is_there(const struct provd_engine *engine)
{
	return engine->phone;
}

uint64_t provd_engine_session(const struct provd_engine *engine)
{
	return engine->session;
}

int provd_engine_is_releasing(const struct provd_engine *engine)
{
	return engine->releasing;
}

int provd_engine_stop(struct provd_engine *engine)
{
	if (!engine->session || engine->releasing)
		return PROVD_E_STATE;
	engine->stops++;
	engine->releasing = 1;
	return 0;
}

void fake_end(struct provd_engine *engine, uint32_t final_state)
{
	fake_entry(engine, final_state);
	engine->session = 0;
	engine->releasing = engine->phone = 0;
	provd_supervisor_session_ended(engine->supervisor, final_state);
}

/* Saved records */

static void set_credentials(struct provd_credentials *out, const char *ssid, const char *passphrase)
{
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	out->ssid_len = (uint32_t)strlen(ssid);
	memcpy(out->ssid, ssid, out->ssid_len);
	out->passphrase = provd_secret_create(passphrase, strlen(passphrase));
}

void fake_save(struct provd_saved *saved, const char *ssid, const char *passphrase)
{
	set_credentials(&saved->networks[saved->count++].credentials, ssid, passphrase);
}

void fake_forget_all(struct provd_saved *saved)
{
	for (size_t i = 0; i < saved->count; i++)
		provd_secret_unref(saved->networks[i].credentials.passphrase);
	memset(saved->networks, 0xa5, sizeof(saved->networks));
	saved->count = 0;
}

void fake_stage(struct provd_saved *saved, const char *ssid, uint32_t resumed, uint64_t at_ms)
{
	saved->has_staged = 1;
	saved->staged = (struct provd_saved_staged){
		.token = provd_secret_create("tok", 3),
		.state = PROVD_STATE_ONLINE,
		.resumed = resumed,
		.at_ms = at_ms,
		.times = {.size = sizeof(struct provd_bind_request), .online_ms = 4711},
		.method = "softap",
	};
	set_credentials(&saved->staged.credentials, ssid, "correct horse");
}

static void drop_staged(struct provd_saved *saved)
{
	if (saved->has_staged) {
		provd_secret_unref(saved->staged.credentials.passphrase);
		provd_secret_unref(saved->staged.token);
	}
	memset(&saved->staged, 0xa5, sizeof(saved->staged));
	saved->has_staged = 0;
}

static int change(struct provd_saved *saved, provd_saved_done_fn *done, void *user)
{
	if (saved->refuses)
		return saved->refuses;
	saved->changes++;
	saved->done = done;
	saved->user = user;
	return 0;
}

static void apply(struct provd_saved *saved)
{
	if (saved->stages) {
		provd_secret_ref(saved->next.credentials.passphrase);
		provd_secret_ref(saved->next.token);
		drop_staged(saved);
		saved->staged = saved->next;
		saved->has_staged = 1;
	}
	if (saved->unstages || saved->resets)
		drop_staged(saved);
	if (saved->resets & PROVD_SAVED_NETWORKS)
		fake_forget_all(saved);
	if (saved->resets & PROVD_SAVED_BOUND)
		saved->bound = 0;
}

void fake_saved_end(struct provd_saved *saved, int code)
{
	provd_saved_done_fn *done = saved->done;

	if (code == 0)
		apply(saved);
	saved->done = NULL;
	saved->stages = saved->unstages = 0;
	saved->resets = 0;
	done(saved->user, code, NULL);
}

void fake_saved_finish(struct provd_saved *saved)
{
	fake_forget_all(saved);
	drop_staged(saved);
}

int provd_saved_stage(struct provd_saved *saved, const struct provd_saved_staged *staged,
		      provd_saved_done_fn *done, void *user)
{
	int code = change(saved, done, user);

	saved->next = *staged;
	saved->stages = code == 0;
	return code;
}

int provd_saved_unstage(struct provd_saved *saved, provd_saved_done_fn *done, void *user)
{
	int code = change(saved, done, user);

	saved->unstages = code == 0;
	return code;
}

int provd_saved_reset(struct provd_saved *saved, uint32_t parts, provd_saved_done_fn *done,
		      void *user)
{
	int code = change(saved, done, user);

	saved->resets = code ? 0 : parts;
	return code;
}

size_t provd_saved_count(const struct provd_saved *saved)
{
	return saved->count;
}

const struct provd_saved_network *provd_saved_get(const struct provd_saved *saved, size_t index)
{
	return index < saved->count ? &saved->networks[index] : NULL;
}

const struct provd_saved_network *provd_saved_find(const struct provd_saved *saved,
						   const uint8_t *ssid, size_t ssid_len)
{
	for (size_t i = 0; i < saved->count; i++) {
		const struct provd_credentials *at = &saved->networks[i].credentials;

		if (at->ssid_len == ssid_len && memcmp(at->ssid, ssid, ssid_len) == 0)
			return &saved->networks[i];
	}
	return NULL;
}

const struct provd_saved_staged *provd_saved_staged(const struct provd_saved *saved)
{
	return saved->has_staged ? &saved->staged : NULL;
}

int provd_saved_is_bound(const struct provd_saved *saved)
{
	return saved->bound;
}
