/* SPDX-License-Identifier: Apache-2.0 */
/* The cloud plugin: its services, registering, binding, and the app-channel dialect. */
#include "session/engine_internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct provd_cloud_ops *ops_of(const struct cloud *cloud)
{
	return &cloud->plugin->ops.cloud;
}

/* Operations with a deadline */

static void op_end(struct cloud *cloud)
{
	provd_timer_stop(cloud->engine->owner, cloud->timer);
	cloud->timer = 0;
	cloud->op = 0;
}

static void op_timeout(void *user)
{
	struct cloud *cloud = user;
	int registering = cloud->engine->session.state == PROVD_STATE_REGISTERING;
	int fault = cloud->last_fault;

	cloud->timer = 0;
	provd__cloud_give_up(cloud);
	if (fault)
		provd__engine_cloud_failed(cloud->engine, fault, cloud->last_text);
	else
		provd__engine_cloud_failed(cloud->engine, PROVD_E_CLOUD_NO_REPLY,
					   registering
						   ? "the cloud did not register the device in time"
						   : "the cloud did not bind the device in time");
}

static void log_broken(const struct cloud *cloud, const char *text)
{
	PROVD_CLOG(cloud->engine->config.log, "session", cloud->engine->session.id, PROVD_LOG_ERROR,
		   "the cloud plugin broke its contract",
		   provd_f_text("cloud", cloud->instance->name), provd_f_text("text", text));
}

static void cancel_timeout(void *user)
{
	struct cloud *cloud = user;

	log_broken(cloud, "it did not end an operation that was canceled");
	op_end(cloud);
	provd__engine_advance(cloud->engine);
}

static void stop_timeout(void *user)
{
	struct cloud *cloud = user;

	log_broken(cloud, "it did not stop in time");
	cloud->timer = 0;
	cloud->overdue = 1;
	cloud->stopped = 1;
	provd__engine_advance(cloud->engine);
}

static int op_begin(struct cloud *cloud, uint64_t timeout_ms)
{
	cloud->op = provd_loop_new_id(cloud->engine->config.loop);
	cloud->last_fault = 0;
	cloud->instance->session = cloud->engine->session.id;
	return provd_timer_start(cloud->engine->owner, timeout_ms, op_timeout, cloud,
				 &cloud->timer);
}

int provd__cloud_register(struct cloud *cloud)
{
	int code =
		cloud->failed
			? PROVD_E_STATE
			: op_begin(cloud, provd__engine_option(cloud->engine, "register_timeout"));

	if (code == 0)
		code = ops_of(cloud)->register_device(cloud->instance->inst, cloud->op);
	if (code)
		op_end(cloud);
	return code;
}

int provd__cloud_bind(struct cloud *cloud, const struct provd_bind_request *request)
{
	int code = cloud->failed
			   ? PROVD_E_STATE
			   : op_begin(cloud, provd__engine_option(cloud->engine, "bind_timeout"));

	if (code == 0)
		code = ops_of(cloud)->bind(cloud->instance->inst, cloud->op, request);
	if (code)
		op_end(cloud);
	return code;
}

void provd__cloud_give_up(struct cloud *cloud)
{
	uint64_t op = cloud->op;

	if (!op)
		return;
	op_end(cloud); /* from here on the late end of this operation is nobody's */
	ops_of(cloud)->cancel(cloud->instance->inst, op);
}

void provd__cloud_cancel(struct cloud *cloud)
{
	if (!cloud->op)
		return;
	provd_timer_stop(cloud->engine->owner, cloud->timer);
	(void)provd_timer_start(cloud->engine->owner,
				provd__engine_option(cloud->engine, "method_cancel_timeout"),
				cancel_timeout, cloud, &cloud->timer);
	ops_of(cloud)->cancel(cloud->instance->inst, cloud->op);
}

static void on_op_done(struct cloud *cloud, const struct provd_event *event)
{
	struct provd_engine *engine = cloud->engine;
	struct session *session = &engine->session;

	if (!cloud->op || event->op != cloud->op)
		return; /* given up before */
	op_end(cloud);
	if (session->ending) {
		provd__engine_advance(engine);
	} else if (event->status) {
		provd__engine_cloud_failed(engine, event->status, event->text);
	} else if (session->state == PROVD_STATE_REGISTERING) {
		provd__engine_entry(engine, PROVD_FLOW_FROM_CLOUD, "registered", NULL, 0);
		session->registered = 1;
		provd__engine_proceed(engine);
	} else if (session->state == PROVD_STATE_BINDING) {
		provd__keep_bound(engine, "the cloud has bound the device");
	}
}

/* Identity and status */

int provd__cloud_identity(const struct cloud *cloud, struct provd_identity *out_identity,
			  struct provd_error *err)
{
	if (cloud->failed)
		return PROVD_E_STATE;
	return ops_of(cloud)->get_identity(cloud->instance->inst, out_identity, err);
}

void provd__cloud_tell(struct cloud *cloud)
{
	struct provd_session_status status = provd__engine_session_status(cloud->engine);

	if (cloud->has_dialect && !cloud->failed)
		cloud->dialect.on_state(cloud->instance->inst, &status);
}

struct provd_app_failure provd__cloud_describe(const struct cloud *cloud, uint32_t state,
					       int status)
{
	struct provd_app_failure failure = {.size = sizeof(failure)};

	if (cloud && cloud->has_dialect && !cloud->failed && cloud->dialect.describe)
		cloud->dialect.describe(cloud->instance->inst, state, status, &failure);
	return failure;
}

/* Dialect */

int provd__cloud_datagram(void *user, uint64_t peer, const struct provd_addr *from,
			  const uint8_t *data, size_t len)
{
	struct provd_engine *engine = user;

	if (!engine->cloud || engine->cloud->failed)
		return PROVD_E_STATE;
	return engine->cloud->dialect.datagram(engine->cloud->instance->inst, peer, from, data,
					       len);
}

void provd__cloud_peer_gone(void *user, uint64_t peer)
{
	struct provd_engine *engine = user;

	if (engine->cloud && !engine->cloud->failed)
		engine->cloud->dialect.peer_gone(engine->cloud->instance->inst, peer);
}

/* Events */

static void on_rest(struct cloud *cloud)
{
	op_end(cloud);
	cloud->stopped = 1;
	provd__engine_advance(cloud->engine);
}

/* It died: no session can be bound any more, and nobody is to wait for its answers. */
static void on_failed(struct cloud *cloud, const struct provd_event *event)
{
	struct provd_engine *engine = cloud->engine;
	struct session *session = &engine->session;
	const char *text =
		event->text && *event->text ? event->text : provd_err_text(event->status);

	PROVD_CLOG(engine->config.log, "session", session->id, PROVD_LOG_ERROR, "cloud failed",
		   provd_f_text("cloud", cloud->instance->name),
		   provd_f_code("reason", event->status), provd_f_text("text", text));
	cloud->failed = 1;
	/* What it has bound before stays bound: that only waits for the medium. */
	if (session->active && !session->ending && !session->settling) {
		op_end(cloud);
		provd__engine_end(engine, PROVD_STATE_FAILED, event->status, text);
	}
	on_rest(cloud);
}

/* Why the last try has failed; one that has got further is not what that failed of any more. */
static void note_fault(struct cloud *cloud, const struct provd_event *event)
{
	if (event->status >= 0 && event->count != PROVD_FLOW_FROM_CLOUD)
		return;
	cloud->last_fault = event->status < 0 ? event->status : 0;
	cloud->last_text[0] = '\0';
	for (size_t i = 0; i < event->field_count; i++)
		if (event->fields[i].type == PROVD_FIELD_TEXT &&
		    strcmp(event->fields[i].key, "text") == 0)
			(void)snprintf(cloud->last_text, sizeof(cloud->last_text), "%.*s",
				       (int)event->fields[i].len,
				       (const char *)event->fields[i].data);
}

static void on_news(struct provd_engine *engine, const struct provd_event *event)
{
	uint32_t flow = PROVD_FLOW_FROM_PHONE;

	engine->session.visited |= event->type != PROVD_EV_PROGRESS;
	if (event->type == PROVD_EV_PROGRESS)
		flow = event->count;
	if (event->type == PROVD_EV_PROGRESS && event->op == engine->cloud->op)
		note_fault(engine->cloud, event);
	if (engine->session.active)
		provd__engine_entry(engine, flow, event->text ? event->text : "progress",
				    event->fields, event->field_count);
}

static void cloud_event(void *user, struct provd_instance *instance,
			const struct provd_event *event)
{
	struct cloud *cloud = user;
	struct provd_engine *engine = cloud->engine;

	(void)instance;
	switch (event->type) {
	case PROVD_EV_OP_DONE:
		on_op_done(cloud, event);
		break;
	case PROVD_EV_STOPPED:
		if (cloud->stopping && !cloud->overdue)
			on_rest(cloud);
		break;
	case PROVD_EV_FAILED:
		on_failed(cloud, event);
		break;
	case PROVD_EV_CREDENTIALS:
		provd__engine_credentials(engine, NULL, event->data, event->secret);
		break;
	case PROVD_EV_TOKEN:
		provd__engine_token(engine, event->secret);
		break;
	case PROVD_EV_OPENED:
	case PROVD_EV_LOG_QUERY:
	case PROVD_EV_PROGRESS:
		on_news(engine, event);
		break;
	case PROVD_EV_CLOUD_UNBOUND:
		PROVD_CLOG(engine->config.log, "session", engine->session.id, PROVD_LOG_WARN,
			   "the owner removed the device from the account",
			   provd_f_text("cloud", cloud->instance->name));
		break;
	default:
		break;
	}
}

static const void *cloud_interface(void *user, struct provd_instance *instance, const char *name,
				   uint32_t size, void **out_self)
{
	struct cloud *cloud = user;
	struct {
		const char *name;
		const void *table;
		void *self;
	} rows[] = {
		{PROVD_HTTP, &provd_http_table, cloud->http},
		{PROVD_MQTT, &provd_mqtt_table, cloud->mqtt},
		{PROVD_UDP, &provd_udp_table, cloud->udp},
		{PROVD_FILE, &provd_file_table, cloud->file},
		{PROVD_APPCHANNEL, &provd_appchannel_table, cloud->engine->channel},
		{PROVD_DEVICE, &provd__device_table, cloud->engine},
		{PROVD_JOURNAL, &provd_journal_table, cloud->engine->journal},
	};

	(void)instance;
	(void)size; /* callers ask PROVD_HAS for what came after 1.0 */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(name, rows[i].name) == 0 && rows[i].self) {
			*out_self = rows[i].self;
			return rows[i].table;
		}
	}
	return NULL;
}

/* Life */

static int services_create(struct cloud *cloud)
{
	struct provd_loop *loop = cloud->engine->config.loop;
	struct provd_log *log = cloud->engine->config.log;
	int code = provd_http_service_create(loop, log, &cloud->http);

	if (code == 0)
		code = provd_mqtt_service_create(loop, log, &cloud->mqtt);
	if (code == 0)
		code = provd_udp_service_create(loop, log, &cloud->udp);
	if (code == 0)
		code = provd_file_service_create(loop, log, &cloud->file);
	return code;
}

static void parse_ip(const char *text, struct provd_addr *out_addr)
{
	out_addr->size = sizeof(*out_addr);
	if (inet_pton(AF_INET, text, out_addr->ip) == 1)
		out_addr->family = 4;
	else if (inet_pton(AF_INET6, text, out_addr->ip) == 1)
		out_addr->family = 6;
}

static int channel_create(struct provd_engine *engine)
{
	const struct provd_options *options = engine->config.config->app_channel;
	struct provd_appchannel_config config = {
		.loop = engine->config.loop,
		.log = engine->config.log,
		.max_peers = (size_t)provd_options_int(options, "max_peers"),
		.peer_rate = (uint32_t)provd_options_int(options, "peer_rate"),
		.total_rate = (uint32_t)provd_options_int(options, "total_rate"),
		.peer_idle_ms = (uint64_t)provd_options_int(options, "peer_idle"),
		.on_datagram = provd__cloud_datagram,
		.on_peer_gone = provd__cloud_peer_gone,
		.user = engine,
	};

	parse_ip(provd_options_text(options, "bind"), &config.local);
	parse_ip(provd_options_text(options, "broadcast"), &config.broadcast);
	config.local.port = (uint32_t)provd_options_int(options, "port");
	if (!config.local.family || config.broadcast.family != 4)
		return PROVD_E_CONFIG;
	return provd_appchannel_create(&config, &engine->channel);
}

/* The dialect is part of the plugin; its port and table are known only after create(). */
static int take_dialect(struct cloud *cloud)
{
	const struct provd_cloud_ops *ops = ops_of(cloud);
	const void *table = NULL;

	if (ops->get_interface)
		table = ops->get_interface(cloud->instance->inst, PROVD_DIALECT,
					   sizeof(cloud->dialect));
	if (!table)
		return 0;
	if (provd_table_copy(&cloud->dialect, sizeof(cloud->dialect), table) != 0 ||
	    !cloud->dialect.datagram || !cloud->dialect.peer_gone || !cloud->dialect.on_state)
		return PROVD_E_PLUGIN_DESCRIPTOR;
	cloud->has_dialect = 1;
	return 0;
}

int provd_engine_set_cloud(struct provd_engine *engine, struct provd_plugin *plugin,
			   struct provd_options *options, struct provd_error *err)
{
	struct cloud *cloud = calloc(1, sizeof(*cloud));
	struct provd_instance_config config = {
		.loop = engine->config.loop,
		.log = engine->config.log,
		.plugin = plugin,
		.options = options,
		.on_event = cloud_event,
		.get_interface = cloud_interface,
		.user = cloud,
	};
	int code = PROVD_E_NOMEM;

	if (!cloud)
		return PROVD_E_NOMEM;
	cloud->engine = engine;
	cloud->plugin = plugin;
	code = services_create(cloud);
	if (code == 0 && provd_options_int(engine->config.config->app_channel, "enabled"))
		code = channel_create(engine);
	if (code == 0)
		code = provd_instance_create(&config, &cloud->instance, err);
	if (code == 0)
		code = take_dialect(cloud);
	if (code) {
		provd__cloud_destroy(cloud);
		return code;
	}
	if (cloud->has_dialect && engine->channel)
		provd_appchannel_default_port(engine->channel, cloud->dialect.port);
	engine->cloud = cloud;
	return 0;
}

void provd__cloud_stop(struct cloud *cloud)
{
	if (cloud->stopping)
		return;
	cloud->stopping = 1;
	if (cloud->failed) {
		provd__engine_advance(cloud->engine);
		return;
	}
	(void)provd_timer_start(cloud->engine->owner,
				provd__engine_option(cloud->engine, "method_stop_timeout"),
				stop_timeout, cloud, &cloud->timer);
	ops_of(cloud)->stop(cloud->instance->inst);
}

void provd__cloud_destroy(struct cloud *cloud)
{
	if (!cloud)
		return;
	if (cloud->overdue)
		cloud->instance->inst = NULL; /* it may still be at work: leave it */
	provd_instance_destroy(cloud->instance, NULL);
	provd_http_service_destroy(cloud->http);
	provd_mqtt_service_destroy(cloud->mqtt);
	provd_udp_service_destroy(cloud->udp);
	provd_file_service_destroy(cloud->file);
	free(cloud);
}
