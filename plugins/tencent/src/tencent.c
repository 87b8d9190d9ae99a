/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's face to the host: descriptor, life, and the operations of a cloud. */
#include "tencent.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "codec/text.h"

static void fetch_services(struct tencent *t)
{
	const struct provd_host *host = t->host;

	t->http = host->get_interface(host, PROVD_HTTP, sizeof(*t->http), &t->http_self);
	t->mqtt = host->get_interface(host, PROVD_MQTT, sizeof(*t->mqtt), &t->mqtt_self);
	t->file = host->get_interface(host, PROVD_FILE, sizeof(*t->file), &t->file_self);
	t->channel =
		host->get_interface(host, PROVD_APPCHANNEL, sizeof(*t->channel), &t->channel_self);
	(void)tencent_journal(t);
}

static int create(const struct provd_host *host, void **out_inst, struct provd_error *err)
{
	struct provd_error why = {.size = sizeof(why)};
	struct tencent *t = calloc(1, sizeof(*t));
	int rc;

	if (t == NULL)
		return tencent_fail(err, PROVD_E_NOMEM, "cloud tencent: out of memory");
	t->host = host;
	rc = tencent_options_read(host, &t->options, err);
	if (rc != 0) {
		free(t);
		return rc;
	}
	fetch_services(t);
	tencent_dialect_init(&t->dialect);
	t->binder.stage = TENCENT_STAGE_MQTT;
	/* The daemon starts without it as well; it is looked for again whenever it is needed. */
	if (tencent_store_load(t, &why) != 0)
		PROVD_LOG(host, PROVD_LOG_ERROR, NULL, "the identity cannot be used",
			  provd_f_text("text", why.text));
	*out_inst = t;
	return 0;
}

static void destroy(void *inst)
{
	struct tencent *t = inst;

	if (t == NULL)
		return;
	tencent_registrar_release(t);
	tencent_binder_release(t);
	tencent_store_finish(t);
	OPENSSL_cleanse(t, sizeof(*t));
	free(t);
}

static int get_identity(void *inst, struct provd_identity *out_identity, struct provd_error *err)
{
	struct tencent *t = inst;
	int rc = tencent_store_load(t, err);

	if (rc != 0)
		return rc;
	out_identity->flags = PROVD_IDENTITY_LOADED;
	if (tencent_store_is_registered(t))
		out_identity->flags |= PROVD_IDENTITY_REGISTERED;
	out_identity->product = t->store.identity.product_id;
	out_identity->device = t->store.identity.device_name;
	if (PROVD_HAS(out_identity, file))
		out_identity->file = t->options.device_info;
	return 0;
}

static int register_device(void *inst, uint64_t op)
{
	return tencent_registrar_start(inst, op);
}

static int bind_device(void *inst, uint64_t op, const struct provd_bind_request *request)
{
	return tencent_binder_start(inst, op, request);
}

static void cancel(void *inst, uint64_t op)
{
	struct tencent *t = inst;

	if (op == 0 || op != t->op.id)
		return;
	tencent_registrar_release(t);
	tencent_binder_release(t);
	tencent_op_finish(t, PROVD_E_CANCELED, NULL);
}

static void stop(void *inst)
{
	struct tencent *t = inst;

	cancel(t, t->op.id);
	t->is_stopping = true;
	tencent_stop_advance(t);
}

static const void *get_interface(void *inst, const char *name, uint32_t size)
{
	(void)inst;
	(void)size;
	return strcmp(name, PROVD_DIALECT) == 0 ? &tencent_dialect_table : NULL;
}

static const struct provd_cloud_ops ops = {
	.size = sizeof(ops),
	.create = create,
	.destroy = destroy,
	.get_identity = get_identity,
	.register_device = register_device,
	.bind = bind_device,
	.cancel = cancel,
	.stop = stop,
	.get_interface = get_interface,
};

const struct provd_plugin_descriptor provd_plugin = {
	.magic = PROVD_ABI_MAGIC,
	.abi_major = PROVD_ABI_MAJOR,
	.abi_minor = PROVD_ABI_MINOR,
	.size = sizeof(provd_plugin),
	.min_minor = 0,
	.kind = PROVD_PLUGIN_CLOUD,
	.option_size = sizeof(struct provd_option),
	.option_count = TENCENT_OPTION_COUNT,
	.name = "tencent",
	.version = "1.0.0",
	.summary = "Tencent IoT Explorer: registration, binding, and the phone app's UDP dialect",
	.options = tencent_option_rows,
	.ops = &ops,
	.failures = tencent_failure_rows,
	.failure_size = sizeof(struct provd_failure_word),
	.failure_count = TENCENT_FAILURE_COUNT,
};
