/* SPDX-License-Identifier: Apache-2.0 */
/* The methods Provide, Networks, ForgetNetwork and SetNetworkPriority of the control socket. */
#include "daemon/daemon_internal.h"
#include "daemon/pending.h"
#include "secret/secret.h"

#include <string.h>

#define CHANNEL_MAX  233
#define PRIORITY_MAX 1000

/* Provide */

/* What a call of Provide brings. */
struct provided {
	struct provd_credentials credentials;
	struct provd_secret *passphrase;
	struct provd_secret *token;
	uint64_t deadline_ms;
};

/* @return 0, or PROVD_E_INVALID: answered. The secrets are the caller's in any case. */
static int read_provided(struct provd_control_call *call, const json_t *parameters,
			 struct provided *out)
{
	struct provd_credentials *credentials = &out->credentials;
	int64_t channel = 0;
	int has_bssid = 0;

	credentials->size = sizeof(*credentials);
	if (provd__read_ssid(call, parameters, credentials->ssid, &credentials->ssid_len) ||
	    provd__read_passphrase(call, parameters, &out->passphrase) ||
	    provd__read_token(call, parameters, &out->token) ||
	    provd__read_bssid(call, parameters, credentials->bssid, &has_bssid) ||
	    provd__read_int(call, parameters, "channel", 1, CHANNEL_MAX, &channel) ||
	    provd__read_deadline(call, parameters, &out->deadline_ms))
		return PROVD_E_INVALID;
	credentials->channel = (uint32_t)channel;
	credentials->passphrase = out->passphrase;
	if (has_bssid)
		credentials->flags |= PROVD_CREDENTIALS_BSSID;
	if (json_is_true(json_object_get(parameters, "hidden")))
		credentials->flags |= PROVD_CREDENTIALS_HIDDEN;
	return 0;
}

static void offer(struct provd_daemon *daemon, struct provd_control_call *call,
		  const struct provided *provided)
{
	const struct provd_engine_offer what = {
		.credentials = &provided->credentials,
		.token = provided->token,
		.source = "control",
		.deadline_ms = provided->deadline_ms,
	};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t session = 0;
	int code = provd_engine_offer(daemon->engine, &what, &session, &err);

	provd__answer_started(daemon, call, code, session, &err);
}

void provd__handle_provide(void *user, struct provd_control_call *call, const json_t *parameters,
			   int more)
{
	struct provd_daemon *daemon = user;
	struct provided provided = {0};

	(void)more;
	if (read_provided(call, parameters, &provided) == 0 &&
	    !provd__comes_early(daemon, call, parameters, provd__handle_provide) &&
	    !provd__must_wait(daemon, call, parameters, provd__handle_provide))
		offer(daemon, call, &provided);
	provd_secret_unref(provided.passphrase);
	provd_secret_unref(provided.token);
}

/* Saved networks */

static int is_current(const struct provd_link *link, const struct provd_credentials *credentials)
{
	return link && link->flags && link->ssid_len == credentials->ssid_len &&
	       memcmp(link->ssid, credentials->ssid, link->ssid_len) == 0;
}

static json_t *network_json(const struct provd_saved_network *network,
			    const struct provd_link *link)
{
	const struct provd_credentials *credentials = &network->credentials;
	json_t *object = json_object();

	provd__set_ssid(object, credentials->ssid, credentials->ssid_len);
	json_object_set_new(object, "priority", json_integer(network->priority));
	json_object_set_new(object, "secured",
			    json_boolean(provd_secret_view(credentials->passphrase).len > 0));
	json_object_set_new(object, "hidden",
			    json_boolean(credentials->flags & PROVD_CREDENTIALS_HIDDEN));
	json_object_set_new(object, "current", json_boolean(is_current(link, credentials)));
	return object;
}

void provd__handle_networks(void *user, struct provd_control_call *call, const json_t *parameters,
			    int more)
{
	struct provd_daemon *daemon = user;
	const struct provd_link *link;
	json_t *list;

	(void)more;
	if (provd__comes_early(daemon, call, parameters, provd__handle_networks))
		return;
	link = provd_supervisor_link(daemon->supervisor);
	list = json_array();
	for (size_t i = 0; i < provd_saved_count(daemon->saved); i++)
		json_array_append_new(list, network_json(provd_saved_get(daemon->saved, i), link));
	provd_control_reply(call, json_pack("{s:o}", "networks", list), 0);
}

/* A change of the list has ended; the client may have left. */
static void list_changed(void *user, int code, const struct provd_error *err)
{
	struct waiting_call *pending = user;
	struct provd_daemon *daemon = pending->daemon;
	struct provd_control_call *call = provd__pending_end(pending);

	if (code == 0)
		provd_supervisor_networks_changed(daemon->supervisor);
	if (!call)
		return;
	if (code)
		provd__answer_not_saved(call, code, err);
	else
		provd_control_reply(call, NULL, 0);
}

/* The change could not even be begun. */
static void change_refused(struct waiting_call *pending, int code, const uint8_t *ssid,
			   uint32_t ssid_len)
{
	struct provd_control_call *call = provd__pending_end(pending);
	json_t *words;

	if (code != PROVD_E_NOT_FOUND) {
		provd__answer_not_saved(call, code, NULL);
		return;
	}
	words = json_object();
	provd__set_ssid(words, ssid, ssid_len);
	json_object_del(words, "ssid");
	provd_control_error(call, PROVD_INTERFACE ".UnknownNetwork", words);
}

void provd__handle_forget_network(void *user, struct provd_control_call *call,
				  const json_t *parameters, int more)
{
	struct provd_daemon *daemon = user;
	struct waiting_call *pending;
	uint8_t ssid[PROVD_SSID_MAX];
	uint32_t len;
	int code;

	(void)more;
	if (provd__read_ssid(call, parameters, ssid, &len) ||
	    provd__comes_early(daemon, call, parameters, provd__handle_forget_network))
		return;
	pending = provd__pending_begin(&daemon->pending, daemon, call);
	if (!pending)
		return;
	code = provd_saved_forget(daemon->saved, ssid, len, list_changed, pending);
	if (code)
		change_refused(pending, code, ssid, len);
}

void provd__handle_set_network_priority(void *user, struct provd_control_call *call,
					const json_t *parameters, int more)
{
	struct provd_daemon *daemon = user;
	struct waiting_call *pending;
	uint8_t ssid[PROVD_SSID_MAX];
	int64_t priority = 0;
	uint32_t len;
	int code;

	(void)more;
	if (provd__read_ssid(call, parameters, ssid, &len) ||
	    provd__read_int(call, parameters, "priority", -PRIORITY_MAX, PRIORITY_MAX, &priority) ||
	    provd__comes_early(daemon, call, parameters, provd__handle_set_network_priority))
		return;
	pending = provd__pending_begin(&daemon->pending, daemon, call);
	if (!pending)
		return;
	code = provd_saved_set_priority(daemon->saved, ssid, len, (int32_t)priority, list_changed,
					pending);
	if (code)
		change_refused(pending, code, ssid, len);
}
