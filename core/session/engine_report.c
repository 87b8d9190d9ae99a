/* SPDX-License-Identifier: Apache-2.0 */
/* How the engine stands, for the control socket, and who the device is, for plugins. */
#include "session/engine_internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

uint64_t provd_engine_session(const struct provd_engine *engine)
{
	return engine->session.active ? engine->session.id : 0;
}

const char *provd_engine_method(const struct provd_engine *engine)
{
	return provd__engine_source(engine);
}

void provd_engine_use_journal(struct provd_engine *engine, struct provd_journal_service *journal)
{
	engine->journal = journal;
	engine->session_count = provd_journal_service_last_session(journal);
}

const struct provd_log_format *provd_engine_log_format(const struct provd_engine *engine,
						       size_t index)
{
	for (size_t s = 0; s < engine->slot_count; s++) {
		const struct slot *slot = engine->slots[s];
		const struct provd_method_ops *ops = &slot->plugin->ops.method;
		const struct provd_log_format *format = NULL;

		if (ops->get_interface && slot->state != SLOT_FAULTED)
			format = ops->get_interface(slot->instance->inst, PROVD_LOG_FORMAT,
						    sizeof(*format));
		if (format && format->name && format->encode && format->decode && index-- == 0)
			return format;
	}
	return NULL;
}

struct provd_timeline *provd_engine_timeline(struct provd_engine *engine)
{
	return engine->timeline;
}

static const char *slot_state_name(enum slot_state state)
{
	switch (state) {
	case SLOT_UNAVAILABLE:
		return "unavailable";
	case SLOT_IDLE:
		return "idle";
	case SLOT_STARTING:
		return "starting";
	case SLOT_LISTENING:
		return "listening";
	case SLOT_QUIET:
	case SLOT_SUSPENDING:
	case SLOT_SUSPENDED:
		return "suspended";
	case SLOT_STOPPING:
		return "stopping";
	case SLOT_FAULTED:
		break;
	}
	return "failed";
}

int provd_engine_identity(const struct provd_engine *engine, struct provd_identity *out_identity,
			  struct provd_error *err)
{
	if (!engine->cloud)
		return PROVD_E_NOT_FOUND;
	out_identity->size = sizeof(*out_identity);
	return provd__cloud_identity(engine->cloud, out_identity, err);
}

static json_t *identity_json(const struct provd_engine *engine)
{
	struct provd_identity identity = {0};
	int known = provd_engine_identity(engine, &identity, NULL) == 0;

	return json_pack("{s:s, s:s, s:b}", "product", known ? identity.product : "", "device",
			 known ? identity.device : "", "registered",
			 known && identity.flags & PROVD_IDENTITY_REGISTERED);
}

static json_t *link_json(const struct provd_engine *engine)
{
	const struct provd_link *link = &engine->session.link;
	int personal = (int)provd_options_int(engine->config.config->log, "personal");
	char address[INET6_ADDRSTRLEN] = "";
	char hex[2 * PROVD_SSID_MAX + 1] = "";
	json_t *ssid = NULL;

	if (personal) {
		for (size_t i = 0; i < link->ssid_len && i < PROVD_SSID_MAX; i++)
			(void)snprintf(hex + 2 * i, 3, "%02x", link->ssid[i]);
		ssid = json_stringn((const char *)link->ssid, link->ssid_len);
		(void)inet_ntop(link->addr.family == 6 ? AF_INET6 : AF_INET, link->addr.ip, address,
				sizeof(address));
	}
	return json_pack("{s:o, s:s, s:s}", "ssid", ssid ? ssid : json_string(""), "ssid_hex", hex,
			 "address", address);
}

static json_t *methods_json(const struct provd_engine *engine)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < engine->slot_count; i++) {
		const struct slot *slot = engine->slots[i];

		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s}", "name", slot->instance->name, "state",
					slot_state_name(slot->state), "reason", slot->reason));
	}
	return list;
}

json_t *provd_engine_status_json(struct provd_engine *engine)
{
	const struct session *session = &engine->session;
	int online = session->state >= PROVD_STATE_ONLINE && session->state <= PROVD_STATE_BOUND;
	uint64_t until = session->active && !session->ending
				 ? provd_loop_now_us(engine->config.loop)
				 : session->state_us;
	json_t *failure = json_null();

	if (session->error)
		failure = json_pack("{s:s, s:s, s:s, s:s, s:s}", "code",
				    provd_err_name(session->error), "text", session->error_text,
				    "state", provd_state_name(session->error_state), "advice",
				    provd_err_advice(session->error), "retry",
				    provd_retry_name(provd_err_retry(session->error)));
	return json_pack("{s:s, s:I, s:o, s:s, s:I, s:I, s:o, s:o, s:o}", "state",
			 provd_state_name(session->state), "session", (json_int_t)session->id,
			 "methods", methods_json(engine), "method", provd__engine_source(engine),
			 "attempt", (json_int_t)session->attempt, "elapsed_ms",
			 (json_int_t)((until - session->started_us) / 1000u), "last_error", failure,
			 "identity", identity_json(engine), "link",
			 online ? link_json(engine) : json_null());
}

void provd_engine_each(struct provd_engine *engine,
		       void (*fn)(void *user, const struct provd_plugin *plugin, const char *state,
				  const char *reason),
		       void *user)
{
	for (size_t i = 0; i < engine->slot_count; i++)
		fn(user, engine->slots[i]->plugin, slot_state_name(engine->slots[i]->state),
		   engine->slots[i]->reason);
	if (engine->cloud)
		fn(user, engine->cloud->plugin,
		   engine->cloud->failed ? "failed"
		   : engine->cloud->op	 ? "working"
					 : "ready",
		   "");
}

static int device_info(void *self, struct provd_device_info *out_info)
{
	struct provd_engine *engine = self;
	struct provd_identity identity = {0};
	int known = provd_engine_identity(engine, &identity, NULL) == 0;

	out_info->product = known ? identity.product : "";
	out_info->device = known ? identity.device : "";
	return provd_radio_info(engine->config.radio, out_info);
}

const struct provd_device provd__device_table = {
	.size = sizeof(provd__device_table),
	.get_info = device_info,
};
