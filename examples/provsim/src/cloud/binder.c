/* SPDX-License-Identifier: Apache-2.0 */
#include "bindmsg.h"
#include "cloud.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

/* An answer that waits for its time. */
struct pending {
	uv_timer_t timer;
	struct sim_binder *binder;
	struct pending *next;
	char topic[SIM_TOPIC_SIZE];
	char *reply;
	bool bound; /* the reply says success: the legacy message follows */
};

struct sim_binder {
	struct sim_cloud *cloud;
	struct pending *pending;
	bool dying;
};

int sim_binder_create(struct sim_cloud *cloud, struct sim_binder **out_binder)
{
	struct sim_binder *binder = calloc(1, sizeof(*binder));

	if (!binder)
		return PROVD_E_NOMEM;
	binder->cloud = cloud;
	*out_binder = binder;
	return 0;
}

static void on_pending_closed(uv_handle_t *handle)
{
	struct pending *pending = handle->data;
	struct sim_binder *binder = pending->binder;

	for (struct pending **at = &binder->pending; *at; at = &(*at)->next) {
		if (*at == pending) {
			*at = pending->next;
			break;
		}
	}
	free(pending->reply);
	free(pending);
	if (binder->dying && !binder->pending)
		free(binder);
}

static void send_reply(struct sim_cloud *cloud, const char *topic, const char *reply, bool bound)
{
	if (sim_platform_publish(cloud->platform, topic, reply) != 0)
		sim_say("the answer could not be published");
	if (!bound)
		return;
	sim_platform_publish(cloud->platform, topic, "{\"method\":\"bind_device\"}");
	if (sim_cloud_fault(cloud, SIM_FAULT_UNBIND, NULL))
		sim_platform_publish(cloud->platform, topic, "{\"method\":\"unbind_device\"}");
}

static void on_pending_due(uv_timer_t *timer)
{
	struct pending *pending = timer->data;

	send_reply(pending->binder->cloud, pending->topic, pending->reply, pending->bound);
	uv_close((uv_handle_t *)timer, on_pending_closed);
}

/* Takes `reply`. */
static void send_later(struct sim_binder *binder, const char *topic, char *reply, bool bound,
		       uint64_t delay_ms)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (!pending) {
		free(reply);
		return;
	}
	pending->binder = binder;
	pending->reply = reply;
	pending->bound = bound;
	memcpy(pending->topic, topic, strlen(topic) + 1);
	pending->next = binder->pending;
	binder->pending = pending;
	uv_timer_init(&binder->cloud->loop, &pending->timer);
	pending->timer.data = pending;
	uv_timer_start(&pending->timer, on_pending_due, delay_ms, 0);
}

static void tell_bind(const struct sim_cloud *cloud, const char *device,
		      const struct sim_bind_request *request, const long *code)
{
	const char *expected = cloud->options.expect_token;
	json_t *event = json_pack("{s:s, s:s, s:s#, s:I, s:o}", "event", "bind", "device", device,
				  "token_prefix", request->token, (int)strnlen(request->token, 2),
				  "token_length", (json_int_t)strlen(request->token), "code",
				  code ? json_integer(*code) : json_null());

	if (expected)
		json_object_set_new(event, "token_match",
				    json_boolean(strcmp(expected, request->token) == 0));
	if (cloud->options.show_secrets)
		json_object_set_new(event, "token", json_string(request->token));
	sim_emit(&cloud->out, event);
}

static long token_code(const struct sim_cloud *cloud, const struct sim_bind_request *request)
{
	const char *expected = cloud->options.expect_token;

	if (request->token[0] == '\0' || (expected && strcmp(expected, request->token) != 0))
		return SIM_BIND_CODE_NO_TOKEN;
	return 0;
}

static void answer_bind(struct sim_binder *binder, const char *topic, const char *device,
			const struct sim_bind_request *request)
{
	struct sim_cloud *cloud = binder->cloud;
	const char *client_token = request->client_token;
	const char *status = NULL;
	uint64_t delay_ms = cloud->options.reply_delay_ms;
	long code = token_code(cloud, request);
	bool garbage;
	char *reply;
	long value;

	if (sim_cloud_fault(cloud, SIM_FAULT_BIND_SILENT, NULL)) {
		tell_bind(cloud, device, request, NULL);
		return;
	}
	if (sim_cloud_fault(cloud, SIM_FAULT_BIND_CODE, &value))
		code = value;
	if (sim_cloud_fault(cloud, SIM_FAULT_BIND_EXPIRED, NULL)) {
		code = SIM_BIND_CODE_NO_TOKEN;
		status = "token is expired";
	}
	if (sim_cloud_fault(cloud, SIM_FAULT_BIND_WRONG_CLIENT_TOKEN, NULL))
		client_token = "somebody-else-1";
	garbage = sim_cloud_fault(cloud, SIM_FAULT_BIND_GARBAGE, NULL);
	if (sim_cloud_fault(cloud, SIM_FAULT_BIND_DELAY, &value))
		delay_ms += (uint64_t)value;
	reply = garbage ? strdup("{\"method\":\"app_bind_token_reply\",")
			: sim_bind_reply(client_token, code, status);
	if (!reply)
		return;
	if (delay_ms > 0) {
		send_later(binder, topic, reply, code == 0 && !garbage, delay_ms);
	} else {
		send_reply(cloud, topic, reply, code == 0 && !garbage);
		free(reply);
	}
	tell_bind(cloud, device, request, &code);
}

void sim_binder_message(struct sim_binder *binder, const char *topic, const char *data, size_t size)
{
	struct sim_cloud *cloud = binder->cloud;
	struct sim_bind_request request;
	char product[SIM_PRODUCT_ID_SIZE];
	char device[SIM_DEVICE_NAME_SIZE];
	char down[SIM_TOPIC_SIZE];
	char client_id[SIM_PRODUCT_ID_SIZE + SIM_DEVICE_NAME_SIZE];
	enum sim_up_kind kind;

	if (sim_up_topic_parse(topic, product, device) != 0 ||
	    strcmp(product, cloud->registry.product_id) != 0 ||
	    sim_down_topic(product, device, down) != 0)
		return;
	kind = sim_up_parse(data, size, &request);
	if (kind != SIM_UP_BIND) {
		sim_emit(&cloud->out,
			 json_pack("{s:s, s:s, s:s, s:b}", "event", "message", "device", device,
				   "method", request.method, "json", kind == SIM_UP_OTHER));
	} else if (sim_cloud_fault(cloud, SIM_FAULT_BROKER_DROP, NULL)) {
		snprintf(client_id, sizeof(client_id), "%s%s", product, device);
		sim_kick(&cloud->loop, sim_broker_get_ports(cloud->broker)->internal, client_id);
		tell_bind(cloud, device, &request, NULL);
	} else {
		answer_bind(binder, down, device, &request);
	}
	OPENSSL_cleanse(&request, sizeof(request));
}

void sim_binder_destroy(struct sim_binder *binder)
{
	if (!binder)
		return;
	binder->dying = true;
	if (!binder->pending) {
		free(binder);
		return;
	}
	for (struct pending *at = binder->pending; at; at = at->next) {
		if (!uv_is_closing((uv_handle_t *)&at->timer))
			uv_close((uv_handle_t *)&at->timer, on_pending_closed);
	}
}
