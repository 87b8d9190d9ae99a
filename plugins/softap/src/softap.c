/* SPDX-License-Identifier: Apache-2.0 */
#include "softap.h"

#include <stdlib.h>
#include <string.h>

static const struct provd_option options[] = {
	AP_OPTIONS_NAME("\"provd-{mac4}\""),
	{.type = PROVD_OPTION_BOOL,
	 .name = "open",
	 .def = "false",
	 .help = "Open the access point without a passphrase: anyone near may join and listen."},
	AP_OPTIONS_RADIO};

static int softap_create(const struct provd_host *host, void **out_inst, struct provd_error *err)
{
	struct softap *softap;
	struct ap_settings settings;
	int rc = ap_settings_read(host, host->option_int(host, "open") != 0,
				  "\"open\": true if anyone near may join", &settings, err);

	if (rc)
		return rc;
	softap = calloc(1, sizeof(*softap));
	if (!softap)
		return ap_error(err, PROVD_E_NOMEM, "out of memory");
	softap->host = host;
	softap->settings = settings;
	*out_inst = softap;
	return 0;
}

static void softap_destroy(void *inst)
{
	free(inst);
}

static int softap_start(void *inst, const struct provd_method_request *request)
{
	struct softap *softap = inst;
	const struct provd_host *host = softap->host;

	if (!request || !request->session)
		return PROVD_E_INVALID;
	if (softap->goal != SOFTAP_GOAL_IDLE)
		return PROVD_E_STATE;
	softap->hal = host->get_interface(host, PROVD_HAL_SOFTAP, sizeof(*softap->hal),
					  &softap->hal_self);
	if (!softap->hal)
		return PROVD_E_NO_CAPABILITY;
	softap->session = request->session;
	softap->retried = 0;
	softap->goal = SOFTAP_GOAL_UP;
	softap_advance(softap);
	return 0;
}

static void softap_stop(void *inst)
{
	struct softap *softap = inst;

	if (softap->goal == SOFTAP_GOAL_IDLE || softap->goal == SOFTAP_GOAL_STOPPED)
		return;
	softap->goal = SOFTAP_GOAL_STOPPED;
	softap_session_end(softap, PROVD_EV_SESSION_CANCELED, PROVD_E_CANCELED, NULL);
	softap_advance(softap);
}

static void softap_cancel(void *inst, uint64_t session)
{
	struct softap *softap = inst;

	if (session && session == softap->session)
		softap_session_end(softap, PROVD_EV_SESSION_CANCELED, PROVD_E_CANCELED, NULL);
}

/* What the phone is told goes over the app channel; here only the end counts. */
static void softap_on_result(void *inst, const struct provd_session_status *status)
{
	struct softap *softap = inst;

	if (!status || status->session != softap->session)
		return;
	if (status->state == PROVD_STATE_BOUND)
		softap_session_end(softap, PROVD_EV_SESSION_DONE, 0, NULL);
	else if (status->state == PROVD_STATE_FAILED)
		softap_session_end(softap, PROVD_EV_SESSION_ERROR,
				   status->status ? status->status : PROVD_E_STATE, status->text);
}

static void on_phone(struct softap *softap, const struct provd_event *event)
{
	const struct provd_ap_client *client = event->data;
	int joined = event->type == PROVD_EV_AP_JOINED;
	struct provd_field fields[2];
	struct provd_event out = {.size = sizeof(out),
				  .type = joined ? PROVD_EV_OPENED : PROVD_EV_LEFT,
				  .op = softap->session,
				  .text = joined ? "phone on the access point"
						 : "phone left the access point",
				  .fields = fields};

	if (joined)
		softap->phones++;
	else if (softap->phones > 0)
		softap->phones--;
	if (!client || !softap->session || (joined && softap->quiet) ||
	    softap->goal != SOFTAP_GOAL_UP)
		return;
	out.count = softap->phones;
	fields[out.field_count++] = provd_f_mac("mac", client->mac);
	if (client->addr.family == 4)
		fields[out.field_count++] = provd_f_ip("address", client->addr.ip, 4);
	softap_emit(softap, &out);
}

static void softap_on_event(void *inst, const struct provd_event *event)
{
	struct softap *softap = inst;

	if (!event)
		return;
	if (event->type == PROVD_EV_OP_DONE)
		softap_op_done(softap, event->op, event->status);
	else if (event->type == PROVD_EV_AP_FAILED)
		softap_ap_lost(softap, event->status);
	else if (event->type == PROVD_EV_AP_JOINED || event->type == PROVD_EV_AP_LEFT)
		on_phone(softap, event);
}

static int may_pause(const struct softap *softap)
{
	return softap->goal == SOFTAP_GOAL_UP || softap->goal == SOFTAP_GOAL_RELEASED;
}

static void softap_suspend(void *inst, uint32_t mode)
{
	struct softap *softap = inst;

	if (!may_pause(softap))
		return;
	softap->quiet = 1;
	if (mode != PROVD_SUSPEND_RELEASE)
		return;
	softap->goal = SOFTAP_GOAL_RELEASED;
	softap->must_suspend = 1;
	softap_advance(softap);
}

static void softap_resume(void *inst)
{
	struct softap *softap = inst;

	if (!may_pause(softap))
		return;
	softap->quiet = 0;
	if (softap->goal == SOFTAP_GOAL_UP)
		return;
	/* The release had not begun: there is nothing to answer any more. */
	if (softap->ap == SOFTAP_OPENING || softap->ap == SOFTAP_UP)
		softap->must_suspend = 0;
	softap->goal = SOFTAP_GOAL_UP;
	softap->retried = 0;
	softap_advance(softap);
}

static const struct provd_method_ops ops = {.size = sizeof(ops),
					    .create = softap_create,
					    .destroy = softap_destroy,
					    .start = softap_start,
					    .stop = softap_stop,
					    .cancel = softap_cancel,
					    .on_result = softap_on_result,
					    .on_event = softap_on_event,
					    .suspend = softap_suspend,
					    .resume = softap_resume};

static const char *const needs[] = {PROVD_HAL_SOFTAP, PROVD_NEED_APPCHANNEL, NULL};

PROVD_EXPORT const struct provd_plugin_descriptor provd_plugin = {
	.magic = PROVD_ABI_MAGIC,
	.abi_major = PROVD_ABI_MAJOR,
	.abi_minor = PROVD_ABI_MINOR,
	.size = sizeof(provd_plugin),
	.min_minor = 0,
	.kind = PROVD_PLUGIN_METHOD,
	.option_size = sizeof(struct provd_option),
	.option_count = sizeof(options) / sizeof(options[0]),
	.name = "softap",
	.version = "1.0.0",
	.summary = "Opens an access point for the phone; its app delivers the credentials.",
	.options = options,
	.needs = needs,
	.ops = &ops};
