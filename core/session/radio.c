/* SPDX-License-Identifier: Apache-2.0 */
#include "session/radio_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int provd_radio_create(const struct provd_radio_config *config, struct provd_radio **out_radio)
{
	struct provd_radio *radio = calloc(1, sizeof(*radio));
	int code;

	if (!radio)
		return PROVD_E_NOMEM;
	radio->config = *config;
	code = provd_owner_create(config->loop, "radio", &radio->owner);
	if (code) {
		free(radio);
		return code;
	}
	*out_radio = radio;
	return 0;
}

void provd_radio_destroy(struct provd_radio *radio)
{
	if (!radio)
		return;
	while (radio->ops)
		provd__radio_op_drop(radio, radio->ops->op);
	for (size_t i = radio->hal_count; i > 0; i--) {
		provd_instance_destroy(radio->hals[i - 1]->instance, NULL);
		free(radio->hals[i - 1]);
	}
	while (radio->proxies) {
		struct proxy *next = radio->proxies->next;

		free(radio->proxies);
		radio->proxies = next;
	}
	free(radio->hals);
	provd_owner_destroy(radio->owner);
	free(radio);
}

/* Operations */

int provd__radio_op_add(struct provd_radio *radio, struct hal *hal, uint64_t op,
			struct provd_instance *user)
{
	struct radio_op *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return PROVD_E_NOMEM;
	entry->op = op;
	entry->hal = hal;
	entry->user = user;
	entry->next = radio->ops;
	radio->ops = entry;
	return 0;
}

/* Takes an operation out of the list, or NULL. */
static struct radio_op *op_take(struct provd_radio *radio, uint64_t op)
{
	for (struct radio_op **at = &radio->ops; *at; at = &(*at)->next) {
		struct radio_op *found = *at;

		if (found->op == op) {
			*at = found->next;
			return found;
		}
	}
	return NULL;
}

static struct radio_op *op_find(struct provd_radio *radio, uint64_t op)
{
	struct radio_op *at = radio->ops;

	while (at && at->op != op)
		at = at->next;
	return at;
}

void provd__radio_op_drop(struct provd_radio *radio, uint64_t op)
{
	free(op_take(radio, op));
}

static void method_event(struct provd_instance *user, const struct provd_event *event)
{
	if (user && user->inst)
		user->plugin->ops.method.on_event(user->inst, event);
}

static void op_done(struct provd_radio *radio, const struct provd_event *event)
{
	struct radio_op *op = op_take(radio, event->op);

	if (!op) {
		PROVD_CLOG(radio->config.log, "radio", 0, PROVD_LOG_WARN,
			   "a HAL ended an operation that is not running, ignoring",
			   provd_f_int("op", (int64_t)event->op),
			   provd_f_code("status", event->status));
		return;
	}
	if (op->joined) {
		const struct provd_link *link = event->status == 0 ? event->data : NULL;

		op->joined(op->joined_user, event->status, link);
	} else {
		method_event(op->user, event);
	}
	free(op);
}

/* Events of the HALs */

static int all_settled(const struct provd_radio *radio, enum hal_state busy)
{
	for (size_t i = 0; i < radio->hal_count; i++)
		if (radio->hals[i]->state == busy)
			return 0;
	return 1;
}

/* Tells whoever waits for open or close, when nothing is left to wait for. */
static void settle(struct provd_radio *radio)
{
	if (radio->opened && all_settled(radio, HAL_OPENING)) {
		void (*opened)(void *user, int code, const char *text) = radio->opened;
		const char *text = "";
		int code = 0;

		provd_timer_stop(radio->owner, radio->wait_timer);
		radio->opened = NULL;
		for (size_t i = 0; i < radio->hal_count; i++) {
			if (radio->hals[i]->state == HAL_FAILED && radio->hals[i]->required) {
				code = PROVD_E_NO_CAPABILITY;
				text = radio->hals[i]->reason;
			}
		}
		opened(radio->wait_user, code, text);
	} else if (radio->closed && all_settled(radio, HAL_CLOSING)) {
		void (*closed)(void *user) = radio->closed;

		provd_timer_stop(radio->owner, radio->wait_timer);
		radio->closed = NULL;
		closed(radio->wait_user);
	}
}

void provd__hal_failed(struct hal *hal, int status, const char *text)
{
	struct provd_radio *radio = hal->radio;

	hal->state = HAL_FAILED;
	hal->offered = 0;
	(void)snprintf(hal->reason, sizeof(hal->reason), "hal '%s' failed: %s", hal->instance->name,
		       text && *text ? text : provd_err_text(status));
	PROVD_CLOG(radio->config.log, "radio", 0, PROVD_LOG_ERROR, "hal failed",
		   provd_f_text("hal", hal->instance->name), provd_f_code("status", status),
		   provd_f_text("reason", text));
	settle(radio);
}

static enum capability_index capability_of_event(uint32_t type)
{
	if (type >= PROVD_EV_AP_FAILED && type <= PROVD_EV_AP_LEFT)
		return CAP_SOFTAP;
	if (type == PROVD_EV_OFFLOAD_RESULT)
		return CAP_OFFLOAD;
	if (type >= PROVD_EV_BLE_CONNECTED && type <= PROVD_EV_BLE_SENT)
		return CAP_BLE;
	return CAP_COUNT;
}

static void hal_event(void *user, struct provd_instance *instance, const struct provd_event *event)
{
	struct hal *hal = user;
	struct provd_radio *radio = hal->radio;
	enum capability_index capability;
	struct radio_op *op;

	(void)instance;
	if (event->type == PROVD_EV_OP_DONE) {
		op_done(radio, event);
	} else if (event->type == PROVD_EV_HAL_OPENED && hal->state == HAL_OPENING) {
		hal->state = HAL_OPEN;
		provd__radio_refresh_caps(hal);
		settle(radio);
	} else if (event->type == PROVD_EV_HAL_CLOSED) {
		hal->state = HAL_CLOSED;
		settle(radio);
	} else if (event->type == PROVD_EV_FAILED) {
		provd__hal_failed(hal, event->status, event->text);
	} else if (event->type == PROVD_EV_CAPS_CHANGED) {
		provd__radio_refresh_caps(hal);
	} else if (event->type == PROVD_EV_LINK_LOST) {
		radio->config.on_link_lost(radio->config.user, event->status);
	} else if (event->type == PROVD_EV_PROGRESS || event->type == PROVD_EV_SCAN_RESULT) {
		op = op_find(radio, event->op);
		if (op && op->user)
			method_event(op->user, event);
		else if (op && event->type == PROVD_EV_PROGRESS)
			radio->config.on_progress(radio->config.user, event);
	} else {
		capability = capability_of_event(event->type);
		if (capability != CAP_COUNT)
			method_event(radio->holder[capability], event);
	}
}

/* Life */

int provd_radio_add(struct provd_radio *radio, struct provd_plugin *plugin,
		    struct provd_options *options, int required, struct provd_error *err)
{
	struct hal **hals = realloc(radio->hals, (radio->hal_count + 1) * sizeof(*hals));
	struct hal *hal = calloc(1, sizeof(*hal));
	struct provd_instance_config config = {
		.loop = radio->config.loop,
		.log = radio->config.log,
		.plugin = plugin,
		.options = options,
		.on_event = hal_event,
		.user = hal,
	};
	int code = PROVD_E_NOMEM;

	if (hals)
		radio->hals = hals;
	if (!hals || !hal)
		goto out;
	hal->radio = radio;
	hal->plugin = plugin;
	hal->required = required;
	code = provd_instance_create(&config, &hal->instance, err);
	if (code)
		goto out;
	radio->hals[radio->hal_count++] = hal;
	hal = NULL;
out:
	free(hal);
	return code;
}

static void open_timeout(void *user)
{
	struct provd_radio *radio = user;

	for (size_t i = 0; i < radio->hal_count; i++)
		if (radio->hals[i]->state == HAL_OPENING)
			provd__hal_failed(radio->hals[i], PROVD_E_TIMEOUT,
					  "it did not open in time");
}

static void hal_open(struct hal *hal)
{
	struct provd_error err = {.size = sizeof(err)};
	int score = hal->plugin->ops.hal.probe(hal->instance->inst, &err);
	int code;

	hal->state = HAL_OPENING;
	if (score <= 0) {
		provd__hal_failed(hal, score ? score : PROVD_E_NOT_SUPPORTED,
				  err.text[0] ? err.text : "it does not fit this board");
		return;
	}
	code = hal->plugin->ops.hal.open(hal->instance->inst);
	if (code)
		provd__hal_failed(hal, code, "it refused to open");
}

void provd_radio_open(struct provd_radio *radio, uint64_t timeout_ms,
		      void (*done)(void *user, int code, const char *text), void *user)
{
	radio->wait_user = user;
	for (size_t i = 0; i < radio->hal_count; i++)
		hal_open(radio->hals[i]);
	radio->opened = done;
	(void)provd_timer_start(radio->owner, timeout_ms, open_timeout, radio, &radio->wait_timer);
	settle(radio);
}

static void close_timeout(void *user)
{
	struct provd_radio *radio = user;

	for (size_t i = 0; i < radio->hal_count; i++)
		if (radio->hals[i]->state == HAL_CLOSING)
			provd__hal_failed(radio->hals[i], PROVD_E_TIMEOUT,
					  "it did not close in time");
}

void provd_radio_close(struct provd_radio *radio, uint64_t timeout_ms, void (*done)(void *user),
		       void *user)
{
	radio->wait_user = user;
	for (size_t i = radio->hal_count; i > 0; i--) {
		struct hal *hal = radio->hals[i - 1];

		if (hal->state != HAL_OPEN)
			continue;
		hal->state = HAL_CLOSING;
		hal->plugin->ops.hal.close(hal->instance->inst);
	}
	radio->closed = done;
	(void)provd_timer_start(radio->owner, timeout_ms, close_timeout, radio, &radio->wait_timer);
	settle(radio);
}

/* Use */

int provd_radio_connect(struct provd_radio *radio, const struct provd_credentials *credentials,
			provd_joined_fn *done, void *user, uint64_t *out_op)
{
	struct hal *hal = provd__radio_find(radio, CAP_STATION);
	uint64_t op = provd_loop_new_id(radio->config.loop);
	int code;

	if (!hal)
		return PROVD_E_NO_CAPABILITY;
	code = provd__radio_op_add(radio, hal, op, NULL);
	if (code)
		return code;
	radio->ops->joined = done;
	radio->ops->joined_user = user;
	code = hal->station.connect(hal->instance->inst, op, credentials);
	if (code) {
		provd__radio_op_drop(radio, op);
		return code;
	}
	*out_op = op;
	return 0;
}

void provd_radio_cancel(struct provd_radio *radio, uint64_t op)
{
	struct radio_op *found = op_find(radio, op);

	if (found && found->joined)
		found->hal->station.cancel(found->hal->instance->inst, op);
}

void provd_radio_disconnect(struct provd_radio *radio)
{
	struct hal *hal = provd__radio_find(radio, CAP_STATION);

	if (hal)
		hal->station.disconnect(hal->instance->inst);
}

const void *provd_radio_interface(struct provd_radio *radio, struct provd_instance *user,
				  const char *name, uint32_t size, void **out_self)
{
	(void)size; /* the proxy tables are of this daemon's size; callers ask PROVD_HAS */
	for (int i = 0; i < CAP_COUNT; i++) {
		const void *table = provd__proxy_table((enum capability_index)i);
		struct hal *hal = provd__radio_find(radio, (enum capability_index)i);
		struct proxy *proxy;

		if (strcmp(name, provd__capabilities[i].name) != 0)
			continue;
		if (!table || !hal)
			return NULL;
		proxy = calloc(1, sizeof(*proxy));
		if (!proxy)
			return NULL;
		proxy->radio = radio;
		proxy->hal = hal;
		proxy->user = user;
		proxy->capability = (enum capability_index)i;
		proxy->next = radio->proxies;
		radio->proxies = proxy;
		*out_self = proxy;
		return table;
	}
	return NULL;
}

void provd_radio_release(struct provd_radio *radio, struct provd_instance *user)
{
	struct proxy **at = &radio->proxies;

	while (*at) {
		struct proxy *proxy = *at;

		if (proxy->user == user) {
			*at = proxy->next;
			free(proxy);
		} else {
			at = &proxy->next;
		}
	}
	for (int i = 0; i < CAP_COUNT; i++)
		if (radio->holder[i] == user)
			radio->holder[i] = NULL;
	for (struct radio_op *op = radio->ops; op; op = op->next)
		if (op->user == user && !op->joined)
			op->user = NULL;
}
