/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on the HALs, and who holds which capability. */
#include "session/radio_internal.h"

#include <stdlib.h>
#include <string.h>

static struct radio_op *op_find(struct provd_radio *radio, uint64_t op)
{
	struct radio_op *at = radio->ops;

	while (at && at->op != op)
		at = at->next;
	return at;
}

int provd__radio_op_add(struct provd_radio *radio, struct hal *hal, uint64_t op,
			struct provd_instance *user)
{
	struct radio_op *entry;

	/* A number given twice would end somebody else's operation. */
	if (op == 0 || op_find(radio, op))
		return PROVD_E_INVALID;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return PROVD_E_NOMEM;
	entry->op = op;
	entry->hal = hal;
	entry->user = user;
	entry->next = radio->ops;
	radio->ops = entry;
	return 0;
}

/* Takes an operation out of the list. */
static void op_unlink(struct provd_radio *radio, struct radio_op *op)
{
	struct radio_op **at = &radio->ops;

	while (*at != op)
		at = &(*at)->next;
	*at = op->next;
}

void provd__radio_op_drop(struct provd_radio *radio, uint64_t op)
{
	struct radio_op *found = op_find(radio, op);

	if (!found)
		return;
	op_unlink(radio, found);
	if (found->ended)
		found->ended(found->ended_user, NULL);
	free(found);
}

void provd__radio_to_user(struct provd_instance *user, const struct provd_event *event)
{
	if (user && user->inst)
		user->plugin->ops.method.on_event(user->inst, event);
}

/* The operation is out of the list: whoever is told may start the next one. */
static void op_finish(struct provd_radio *radio, struct radio_op *op,
		      const struct provd_event *event)
{
	if (op->joined)
		radio->linked = event->status == 0 && event->data != NULL;
	if (op->joined)
		op->joined(op->joined_user, event->status, event->status == 0 ? event->data : NULL,
			   event->text);
	else if (op->ended)
		op->ended(op->ended_user, event);
	else if (op->taking_back)
		radio->config.on_changed(radio->config.user);
	else
		provd__radio_to_user(op->user, event);
	free(op);
}

void provd__radio_op_done(struct hal *hal, const struct provd_event *event)
{
	struct provd_radio *radio = hal->radio;
	struct radio_op *op = op_find(radio, event->op);

	if (!op || op->hal != hal) {
		PROVD_CLOG(radio->config.log, "radio", 0, PROVD_LOG_WARN,
			   "a HAL ended an operation that is not running, ignoring",
			   provd_f_text("hal", hal->instance->name),
			   provd_f_int("op", (int64_t)event->op),
			   provd_f_code("status", event->status));
		return;
	}
	op_unlink(radio, op);
	op_finish(radio, op, event);
}

void provd__radio_op_news(struct hal *hal, const struct provd_event *event)
{
	struct provd_radio *radio = hal->radio;
	struct radio_op *op = op_find(radio, event->op);

	if (!op || op->hal != hal)
		return;
	if (op->user)
		provd__radio_to_user(op->user, event);
	else if (op->joined && event->type == PROVD_EV_PROGRESS)
		radio->config.on_progress(radio->config.user, event);
}

void provd__radio_ops_end(struct hal *hal, int tell)
{
	struct provd_radio *radio = hal->radio;
	struct provd_event event = {
		.size = sizeof(event), .type = PROVD_EV_OP_DONE, .status = PROVD_E_WIFI_RADIO};
	struct radio_op *op = radio->ops;

	for (struct proxy *proxy = radio->proxies; proxy; proxy = proxy->next)
		if (proxy->hal == hal && radio->holder[proxy->capability] == proxy->user)
			radio->holder[proxy->capability] = NULL;
	while (op) {
		if (op->hal != hal) {
			op = op->next;
			continue;
		}
		event.op = op->op;
		op_unlink(radio, op);
		if (tell || op->joined || op->ended)
			op_finish(radio, op, &event);
		else
			free(op);
		op = radio->ops; /* whoever was told may have changed the list */
	}
}

/* Joining */

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
	radio->linked = 0; /* the old network is left first */
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

void provd_radio_give_up(struct provd_radio *radio, uint64_t op)
{
	struct radio_op *found = op_find(radio, op);

	if (!found || !found->joined)
		return;
	found->hal->overdue = 1;
	provd__hal_failed(found->hal, PROVD_E_PLUGIN_FAULT,
			  "it did not end a join that was canceled");
}

void provd_radio_disconnect(struct provd_radio *radio)
{
	struct hal *hal = provd__radio_find(radio, CAP_STATION);

	radio->linked = 0;
	if (hal)
		hal->station.disconnect(hal->instance->inst);
}

int provd_radio_get_link(const struct provd_radio *radio, struct provd_link *out_link)
{
	const struct hal *hal = provd__radio_find(radio, CAP_STATION);

	if (!hal)
		return PROVD_E_NO_CAPABILITY;
	memset(out_link, 0, sizeof(*out_link));
	out_link->size = sizeof(*out_link);
	return hal->station.get_link(hal->instance->inst, out_link);
}

int provd_radio_has_link(const struct provd_radio *radio)
{
	return radio->linked;
}

/* Holding */

static struct proxy *proxy_find(struct provd_radio *radio, const struct provd_instance *user,
				const struct hal *hal, enum capability_index capability)
{
	struct proxy *proxy = radio->proxies;

	while (proxy &&
	       (proxy->user != user || proxy->hal != hal || proxy->capability != capability))
		proxy = proxy->next;
	return proxy;
}

const void *provd_radio_interface(struct provd_radio *radio, struct provd_instance *user,
				  const char *name, uint32_t size, void **out_self)
{
	(void)size; /* the proxy tables are of this daemon's size; callers ask PROVD_HAS */
	for (int i = 0; i < CAP_COUNT; i++) {
		enum capability_index capability = (enum capability_index)i;
		const void *table = provd__proxy_table(capability);
		struct hal *hal = provd__radio_find(radio, capability);
		struct proxy *proxy;

		if (strcmp(name, provd__capabilities[i].name) != 0)
			continue;
		if (!table || !hal)
			return NULL;
		proxy = proxy_find(radio, user, hal, capability);
		if (!proxy) {
			proxy = calloc(1, sizeof(*proxy));
			if (!proxy)
				return NULL;
			proxy->radio = radio;
			proxy->hal = hal;
			proxy->user = user;
			proxy->capability = capability;
			proxy->next = radio->proxies;
			radio->proxies = proxy;
		}
		*out_self = proxy;
		return table;
	}
	return NULL;
}

void provd_radio_let_go(struct provd_radio *radio, const struct provd_instance *user)
{
	for (int i = 0; i < CAP_COUNT; i++)
		if (radio->holder[i] == user)
			radio->holder[i] = NULL;
}

static int stop_capability(struct hal *hal, enum capability_index capability, uint64_t op)
{
	void *inst = hal->instance->inst;

	switch (capability) {
	case CAP_SOFTAP:
		return hal->softap.stop(inst, op);
	case CAP_MONITOR:
		return hal->monitor.stop(inst, op);
	case CAP_OFFLOAD:
		return hal->offload.stop(inst, op);
	case CAP_BLE:
		return hal->ble.remove_services(inst, op);
	case CAP_STATION:
	case CAP_STORE:
	case CAP_COUNT:
		break;
	}
	return PROVD_E_NOT_SUPPORTED;
}

/* Has the HAL end what the user has left running. */
static void close_held(struct proxy *proxy)
{
	struct provd_radio *radio = proxy->radio;
	uint64_t op = provd_loop_new_id(radio->config.loop);

	if (proxy->hal->state != HAL_OPEN || radio->holder[proxy->capability] != proxy->user ||
	    !(proxy->hal->offered & (1u << proxy->capability)) ||
	    provd__radio_op_add(radio, proxy->hal, op, NULL) != 0)
		return;
	radio->ops->taking_back = 1;
	if (stop_capability(proxy->hal, proxy->capability, op) < 0)
		provd__radio_op_drop(radio, op);
}

void provd_radio_take_back(struct provd_radio *radio, struct provd_instance *user, int for_good)
{
	for (struct proxy *proxy = radio->proxies; proxy; proxy = proxy->next)
		if (proxy->user == user)
			close_held(proxy);
	provd_radio_let_go(radio, user);
	if (for_good)
		provd_radio_release(radio, user);
}

int provd_radio_is_busy(const struct provd_radio *radio)
{
	for (const struct radio_op *op = radio->ops; op; op = op->next)
		if (op->taking_back || op->joined)
			return 1;
	return 0;
}

void provd_radio_release(struct provd_radio *radio, struct provd_instance *user)
{
	/* The plugin still has the handles: they stay, and answer that nothing is there. */
	for (struct proxy *proxy = radio->proxies; proxy; proxy = proxy->next)
		if (proxy->user == user)
			proxy->user = NULL;
	provd_radio_let_go(radio, user);
	for (struct radio_op *op = radio->ops; op; op = op->next)
		if (op->user == user && !op->joined)
			op->user = NULL;
}
