/* SPDX-License-Identifier: Apache-2.0 */
#include "errlog.h"

#include "codec/app.h"
#include "codec/blob.h"

#include <stdlib.h>
#include <string.h>

/* What the mini program joins by itself ([C2], [MP] 3.3): the same on every unit of every product,
 * and printed in the vendor's documents. */
#define VENDOR_SSID	  "ESP-LOG-QUERY"
#define VENDOR_PASSPHRASE "86013388"

_Static_assert(TENCENT_LOG_PORT == 9876, "the default of the option below");

static const struct provd_option options[] = {
	AP_OPTIONS_NAME("\"provd-log-{mac4}\""),
	{.type = PROVD_OPTION_BOOL,
	 .name = "vendor_hotspot",
	 .def = "false",
	 .help = "INSECURE: the vendor's fixed name and publicly known password, so that its app "
		 "finds the hotspot by itself; anyone near may read the log."},
	AP_OPTIONS_RADIO,
	{.type = PROVD_OPTION_DURATION,
	 .name = "time_limit",
	 .min = 1000,
	 .max = 3600000,
	 .def = "\"6m\"",
	 .help = "How long the log can be fetched after a failed session."},
	{.type = PROVD_OPTION_INT,
	 .name = "port",
	 .min = 1,
	 .max = 65535,
	 .def = "9876",
	 .help = "UDP port on which the app asks for the log."},
	{.type = PROVD_OPTION_DURATION,
	 .name = "repeat_interval",
	 .min = 10,
	 .max = 5000,
	 .def = "\"500ms\"",
	 .help = "Time between the two datagrams of an answer."},
	{.type = PROVD_OPTION_DURATION,
	 .name = "settle",
	 .min = 1000,
	 .max = 60000,
	 .def = "\"11s\"",
	 .help = "A phone that has its answer and does not ask again for so long has the log."}};

static int read_settings(struct errlog *errlog, struct provd_error *err)
{
	const struct provd_host *host = errlog->host;

	if (!host->option_int(host, "vendor_hotspot"))
		return ap_settings_read(host, 0,
					"\"vendor_hotspot\": true for the vendor's, which "
					"everybody knows",
					&errlog->settings, err);
	if (host->option_secret(host, "passphrase") || host->option_secret(host, "passphrase_key"))
		return ap_error(err, PROVD_E_CONFIG,
				"'vendor_hotspot' has a fixed password; remove it or the "
				"passphrase");
	errlog->vendor =
		host->secret_create(host, VENDOR_PASSPHRASE, sizeof(VENDOR_PASSPHRASE) - 1);
	if (!errlog->vendor)
		return ap_error(err, PROVD_E_NOMEM, "out of memory");
	return ap_settings_fixed(host, VENDOR_SSID, errlog->vendor, &errlog->settings, err);
}

static void errlog_destroy(void *inst)
{
	struct errlog *errlog = inst;

	if (!errlog)
		return;
	errlog->host->secret_unref(errlog->host, errlog->vendor);
	free(errlog);
}

static int errlog_create(const struct provd_host *host, void **out_inst, struct provd_error *err)
{
	struct errlog *errlog = calloc(1, sizeof(*errlog));
	int rc;

	if (!errlog)
		return ap_error(err, PROVD_E_NOMEM, "out of memory");
	errlog->host = host;
	rc = read_settings(errlog, err);
	if (!rc && host->option_int(host, "repeat_interval") >= host->option_int(host, "settle"))
		rc = ap_error(err, PROVD_E_CONFIG,
			      "'repeat_interval' must be shorter than 'settle': a log counts as "
			      "delivered only when both datagrams are out");
	if (rc) {
		errlog_destroy(errlog);
		return rc;
	}
	if (errlog->vendor)
		PROVD_LOG0(host, PROVD_LOG_WARN, NULL,
			   "vendor_hotspot is insecure: its name and password are public");
	*out_inst = errlog;
	return 0;
}

static int get_tables(struct errlog *errlog)
{
	const struct provd_host *host = errlog->host;

	errlog->hal = host->get_interface(host, PROVD_HAL_SOFTAP, sizeof(*errlog->hal),
					  &errlog->hal_self);
	if (!errlog->hal)
		return PROVD_E_NO_CAPABILITY;
	errlog->journal = host->get_interface(host, PROVD_JOURNAL, sizeof(*errlog->journal),
					      &errlog->journal_self);
	errlog->udp = host->get_interface(host, PROVD_UDP, sizeof(*errlog->udp), &errlog->udp_self);
	return errlog->journal && errlog->udp ? 0 : PROVD_E_NOT_SUPPORTED;
}

static void on_limit(void *user)
{
	struct errlog *errlog = user;

	errlog->limit_timer = 0;
	/* All may be delivered, and a phone still be asking. */
	if (errlog_has_log(errlog))
		errlog_session_end(errlog, PROVD_EV_SESSION_ERROR, PROVD_E_TIMEOUT,
				   "nobody fetched the log in time");
	else
		errlog_session_end(errlog, PROVD_EV_SESSION_DONE, 0, NULL);
	errlog_advance(errlog);
}

static int start_limit(struct errlog *errlog, uint64_t deadline_ms)
{
	const struct provd_host *host = errlog->host;
	uint64_t limit = (uint64_t)host->option_int(host, "time_limit");
	uint64_t now = host->now_us(host) / 1000;
	uint64_t left = deadline_ms > now ? deadline_ms - now : 0;

	if (deadline_ms && left < limit)
		limit = left;
	return host->timer_start(host, limit, on_limit, errlog, &errlog->limit_timer);
}

static int errlog_start(void *inst, const struct provd_method_request *request)
{
	struct errlog *errlog = inst;
	struct provd_event started = {.size = sizeof(started), .type = PROVD_EV_STARTED};
	int rc;

	if (!request || !request->session)
		return PROVD_E_INVALID;
	if (request->purpose != PROVD_PURPOSE_LOG)
		return PROVD_E_NOT_SUPPORTED;
	if (errlog->goal != ERRLOG_GOAL_IDLE)
		return PROVD_E_STATE;
	rc = get_tables(errlog);
	if (!rc)
		rc = start_limit(errlog, request->deadline_ms);
	if (rc)
		return rc;
	errlog->session = request->session;
	errlog->retried = 0;
	errlog->goal = ERRLOG_GOAL_SERVE;
	if (!errlog_has_log(errlog)) {
		errlog->started = 1;
		errlog_emit(errlog, &started);
		errlog_session_end(errlog, PROVD_EV_SESSION_DONE, 0, NULL);
	}
	errlog_advance(errlog);
	return 0;
}

static void errlog_stop(void *inst)
{
	struct errlog *errlog = inst;

	if (errlog->goal == ERRLOG_GOAL_IDLE || errlog->goal == ERRLOG_GOAL_STOPPED)
		return;
	errlog->goal = ERRLOG_GOAL_STOPPED;
	errlog_session_end(errlog, PROVD_EV_SESSION_CANCELED, PROVD_E_CANCELED, NULL);
	errlog_advance(errlog);
}

static void errlog_cancel(void *inst, uint64_t session)
{
	struct errlog *errlog = inst;

	if (!session || session != errlog->session)
		return;
	errlog_session_end(errlog, PROVD_EV_SESSION_CANCELED, PROVD_E_CANCELED, NULL);
	errlog_advance(errlog);
}

/* No credentials come from here, so there is nobody to be told. */
static void errlog_on_result(void *inst, const struct provd_session_status *status)
{
	(void)inst;
	(void)status;
}

static void on_phone(struct errlog *errlog, const struct provd_event *event)
{
	const struct provd_ap_client *client = event->data;
	int joined = event->type == PROVD_EV_AP_JOINED;
	struct provd_field fields[2];
	struct provd_event out = {.size = sizeof(out),
				  .type = joined ? PROVD_EV_OPENED : PROVD_EV_LEFT,
				  .op = errlog->session,
				  .text = joined ? "phone on the log hotspot"
						 : "phone left the log hotspot",
				  .fields = fields};

	if (errlog->goal != ERRLOG_GOAL_SERVE)
		return;
	if (joined)
		errlog->phones++;
	else if (errlog->phones > 0)
		errlog->phones--;
	out.count = errlog->phones;
	if (client) {
		fields[out.field_count++] = provd_f_mac("mac", client->mac);
		if (client->addr.family == 4)
			fields[out.field_count++] = provd_f_ip("address", client->addr.ip, 4);
		errlog_emit(errlog, &out);
	}
	if (!joined)
		errlog_phone_left(errlog, client);
}

static void errlog_on_event(void *inst, const struct provd_event *event)
{
	struct errlog *errlog = inst;

	if (!event)
		return;
	if (event->type == PROVD_EV_OP_DONE)
		errlog_op_done(errlog, event->op, event->status);
	else if (event->type == PROVD_EV_AP_FAILED)
		errlog_ap_lost(errlog, event->status);
	else if (event->type == PROVD_EV_AP_JOINED || event->type == PROVD_EV_AP_LEFT)
		on_phone(errlog, event);
}

/* QUIET asks for no new credentials, and there are none: phones go on being answered. */
static void errlog_suspend(void *inst, uint32_t mode)
{
	struct errlog *errlog = inst;

	if (mode != PROVD_SUSPEND_RELEASE || errlog->goal == ERRLOG_GOAL_IDLE ||
	    errlog->goal == ERRLOG_GOAL_STOPPED || errlog->goal == ERRLOG_GOAL_FAILED)
		return;
	if (errlog->goal == ERRLOG_GOAL_SERVE)
		errlog->goal = ERRLOG_GOAL_RELEASED;
	errlog->must_suspend = 1;
	errlog_advance(errlog);
}

static void errlog_resume(void *inst)
{
	struct errlog *errlog = inst;

	if (errlog->goal != ERRLOG_GOAL_RELEASED)
		return;
	/* The release had not begun: there is nothing to answer any more. */
	if (errlog->ap == ERRLOG_OPENING || errlog->ap == ERRLOG_UP)
		errlog->must_suspend = 0;
	errlog->goal = ERRLOG_GOAL_SERVE;
	errlog->retried = 0;
	errlog_advance(errlog);
}

static const struct provd_log_format format = {.size = sizeof(format),
					       .name = "tencent",
					       .encode = tencent_blob_encode,
					       .decode = tencent_blob_decode};

static const void *errlog_get_interface(void *inst, const char *name, uint32_t size)
{
	(void)inst;
	(void)size;
	return name && strcmp(name, PROVD_LOG_FORMAT) == 0 ? &format : NULL;
}

static const struct provd_method_ops ops = {.size = sizeof(ops),
					    .create = errlog_create,
					    .destroy = errlog_destroy,
					    .start = errlog_start,
					    .stop = errlog_stop,
					    .cancel = errlog_cancel,
					    .on_result = errlog_on_result,
					    .on_event = errlog_on_event,
					    .suspend = errlog_suspend,
					    .resume = errlog_resume,
					    .get_interface = errlog_get_interface};

static const char *const needs[] = {PROVD_HAL_SOFTAP, PROVD_NEED_FAILED_SESSION, NULL};

PROVD_EXPORT const struct provd_plugin_descriptor provd_plugin = {
	.magic = PROVD_ABI_MAGIC,
	.abi_major = PROVD_ABI_MAJOR,
	.abi_minor = PROVD_ABI_MINOR,
	.size = sizeof(provd_plugin),
	.min_minor = 0,
	.kind = PROVD_PLUGIN_METHOD,
	.option_size = sizeof(struct provd_option),
	.option_count = sizeof(options) / sizeof(options[0]),
	.name = "errlog",
	.version = "1.0.0",
	.summary = "After a failed session, a hotspot from which the phone fetches the log.",
	.options = options,
	.needs = needs,
	.ops = &ops};
