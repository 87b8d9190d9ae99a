/* SPDX-License-Identifier: Apache-2.0 */
#include "session/radio_internal.h"
#include "session/words.h"

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
		if (radio->hals[i - 1]->overdue)
			radio->hals[i - 1]->instance->inst = NULL; /* maybe at work: leave it */
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

static void link_lost(struct provd_radio *radio, int status)
{
	radio->linked = 0;
	radio->config.on_link_lost(radio->config.user, status);
}

void provd__hal_failed(struct hal *hal, int status, const char *text)
{
	struct provd_radio *radio = hal->radio;
	int was_open = hal->state == HAL_OPEN;
	int had_link = hal->radio->linked && provd__radio_find(hal->radio, CAP_STATION) == hal;
	char reason[PROVD_REASON_MAX];

	if (hal->state == HAL_FAILED)
		return;
	hal->state = HAL_FAILED;
	hal->offered = 0;
	text = text && *text ? text : provd_err_text(status);
	(void)snprintf(reason, sizeof(reason), "hal '%s' failed: %.400s", hal->instance->name,
		       text);
	provd_text_copy(hal->reason, sizeof(hal->reason), reason);
	PROVD_CLOG(radio->config.log, "radio", 0, PROVD_LOG_ERROR, "hal failed",
		   provd_f_text("hal", hal->instance->name), provd_f_code("status", status),
		   provd_f_text("reason", text));
	provd__radio_ops_end(hal, was_open);
	if (had_link)
		link_lost(radio, PROVD_E_WIFI_RADIO);
	if (was_open)
		radio->config.on_changed(radio->config.user);
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

/* The system may have joined its network before us, or a daemon before that. */
static void find_link(struct provd_radio *radio, const struct hal *hal)
{
	struct provd_link link;

	if (provd__radio_find(radio, CAP_STATION) == hal && provd_radio_get_link(radio, &link) == 0)
		radio->linked = (link.flags & PROVD_LINK_ADDRESS) != 0;
}

/* A link goes with the station that made it, whether or not the HAL has a word for that. */
static void caps_changed(struct hal *hal)
{
	struct provd_radio *radio = hal->radio;
	int had_station = provd__radio_find(radio, CAP_STATION) == hal;

	provd__radio_refresh_caps(hal);
	if (had_station && radio->linked && !(hal->offered & (1u << CAP_STATION)))
		link_lost(radio, PROVD_E_WIFI_RADIO);
	if (hal->state == HAL_OPEN)
		radio->config.on_changed(radio->config.user);
}

static void life_event(struct hal *hal, const struct provd_event *event)
{
	struct provd_radio *radio = hal->radio;

	if (event->type == PROVD_EV_FAILED) {
		hal->overdue = 0; /* it has said the last word after all */
		provd__hal_failed(hal, event->status, event->text);
	} else if (event->type == PROVD_EV_HAL_OPENED && hal->state == HAL_OPENING) {
		hal->state = HAL_OPEN;
		provd__radio_refresh_caps(hal);
		find_link(radio, hal);
		settle(radio);
	} else if (event->type == PROVD_EV_HAL_CLOSED && hal->state == HAL_CLOSING) {
		hal->state = HAL_CLOSED;
		settle(radio);
	} else if (event->type == PROVD_EV_HAL_CLOSED && hal->state == HAL_OPEN) {
		provd__hal_failed(hal, PROVD_E_PLUGIN_FAULT, "it closed by itself");
	} else if (event->type == PROVD_EV_CAPS_CHANGED && hal->state == HAL_OPEN) {
		caps_changed(hal);
	}
}

static void hal_event(void *user, struct provd_instance *instance, const struct provd_event *event)
{
	struct hal *hal = user;
	struct provd_radio *radio = hal->radio;
	enum capability_index capability = capability_of_event(event->type);
	int known = hal->state == HAL_OPEN || hal->state == HAL_CLOSING;

	(void)instance;
	if (event->type == PROVD_EV_OP_DONE)
		provd__radio_op_done(hal, event);
	else if (event->type == PROVD_EV_PROGRESS || event->type == PROVD_EV_SCAN_RESULT)
		provd__radio_op_news(hal, event);
	else if (event->type == PROVD_EV_LINK_LOST && known)
		link_lost(radio, event->status);
	else if (capability != CAP_COUNT && known)
		provd__radio_to_user(radio->holder[capability], event);
	else
		life_event(hal, event);
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
		if (radio->hals[i]->state == HAL_OPENING) {
			radio->hals[i]->overdue = 1;
			provd__hal_failed(radio->hals[i], PROVD_E_TIMEOUT,
					  "it did not open in time");
		}
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
		if (radio->hals[i]->state == HAL_CLOSING) {
			radio->hals[i]->overdue = 1;
			provd__hal_failed(radio->hals[i], PROVD_E_TIMEOUT,
					  "it did not close in time");
		}
}

void provd_radio_close(struct provd_radio *radio, uint64_t timeout_ms, void (*done)(void *user),
		       void *user)
{
	radio->wait_user = user;
	radio->opened = NULL; /* nobody waits for that any more */
	provd_timer_stop(radio->owner, radio->wait_timer);
	for (size_t i = radio->hal_count; i > 0; i--) {
		struct hal *hal = radio->hals[i - 1];

		/* One that failed overdue may still sit on the hardware, but is not to be trusted. */
		if (hal->state != HAL_OPEN && hal->state != HAL_OPENING)
			continue;
		hal->state = HAL_CLOSING;
		hal->plugin->ops.hal.close(hal->instance->inst);
	}
	radio->closed = done;
	(void)provd_timer_start(radio->owner, timeout_ms, close_timeout, radio, &radio->wait_timer);
	settle(radio);
}
