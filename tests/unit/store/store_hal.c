/* SPDX-License-Identifier: Apache-2.0 */
#include "store_hal.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "support.h"

struct store_hal store_hal;

static void emit(const struct provd_event *event)
{
	cr_assert_eq(store_hal.host->emit(store_hal.host, event), 0);
}

static void says(uint32_t type, uint64_t op, int status)
{
	struct provd_event event = {
		.size = sizeof(event), .type = type, .op = op, .status = status};

	emit(&event);
}

void store_hal_end(uint64_t op, int status)
{
	says(PROVD_EV_OP_DONE, op, status);
}

void store_hal_die(void)
{
	says(PROVD_EV_FAILED, 0, PROVD_E_IO);
}

struct hal_value *store_hal_find(const char *key)
{
	for (size_t i = 0; i < HAL_VALUES; i++)
		if (strcmp(store_hal.values[i].key, key) == 0)
			return &store_hal.values[i];
	return NULL;
}

/* Notes what was asked. @return 0: answer it, 1: do not, or the refusal */
static int ask(char what, uint64_t op, const char *key)
{
	size_t len = strlen(store_hal.asked);
	int refuse = store_hal.refuse_next;
	int fail = store_hal.fail_next;

	store_hal.asked[len] = what;
	strncpy(store_hal.last_key, key, sizeof(store_hal.last_key) - 1);
	store_hal.op = op;
	store_hal.refuse_next = 0;
	if (refuse)
		return refuse;
	if (store_hal.silent)
		return 1;
	store_hal.fail_next = 0;
	if (fail)
		store_hal_end(op, fail);
	return fail ? 1 : 0;
}

static int load(void *inst, uint64_t op, const char *key)
{
	const struct hal_value *value = store_hal_find(key);
	struct provd_event event = {.size = sizeof(event), .type = PROVD_EV_OP_DONE, .op = op};
	int code = ask('l', op, key);

	(void)inst;
	if (code)
		return code < 0 ? code : 0;
	event.status = value ? 0 : PROVD_E_NOT_FOUND;
	event.data = value ? value->data : NULL;
	event.data_size = value ? value->len : 0;
	event.count = value ? 1 : 0;
	emit(&event);
	return 0;
}

static void value_clear(struct hal_value *value)
{
	free(value->data);
	memset(value, 0, sizeof(*value));
}

static int save(void *inst, uint64_t op, const char *key, const uint8_t *data, size_t len)
{
	struct hal_value *value = store_hal_find(key);
	int code = ask('s', op, key);

	(void)inst;
	if (code)
		return code < 0 ? code : 0;
	value = value ? value : store_hal_find("");
	cr_assert_not_null(value);
	value_clear(value);
	memcpy(value->key, key, strlen(key));
	value->data = malloc(len + 1);
	cr_assert_not_null(value->data);
	memcpy(value->data, data, len);
	value->len = len;
	store_hal_end(op, 0);
	return 0;
}

static int erase(void *inst, uint64_t op, const char *key)
{
	struct hal_value *value = store_hal_find(key);
	int code = ask('e', op, key);

	(void)inst;
	if (code)
		return code < 0 ? code : 0;
	if (value)
		value_clear(value);
	store_hal_end(op, 0);
	return 0;
}

static int device_key(void *inst, uint64_t op, const char *purpose)
{
	struct provd_event event = {.size = sizeof(event), .type = PROVD_EV_OP_DONE, .op = op};
	uint8_t bytes[64] = {7, 7, 7};
	struct provd_secret *secret = NULL;
	int code = ask('k', op, purpose);

	(void)inst;
	if (code)
		return code < 0 ? code : 0;
	if (store_hal.key_len)
		secret = provd_secret_create(bytes, store_hal.key_len);
	event.secret = secret;
	emit(&event);
	provd_secret_unref(secret);
	return 0;
}

static const struct provd_hal_store table = {.size = sizeof(table),
					     .load = load,
					     .save = save,
					     .erase = erase,
					     .device_key = device_key};
static const struct provd_hal_store keyless_table = {
	.size = sizeof(keyless_table), .load = load, .save = save, .erase = erase};

static int create(const struct provd_host *host, void **out_inst, struct provd_error *err)
{
	(void)err;
	store_hal.host = host;
	*out_inst = &store_hal;
	return 0;
}

static void destroy(void *inst)
{
	(void)inst;
}

static int probe(void *inst, struct provd_error *err)
{
	(void)inst;
	(void)err;
	return 50;
}

static int hal_open(void *inst)
{
	(void)inst;
	says(PROVD_EV_HAL_OPENED, 0, 0);
	return 0;
}

static void hal_close(void *inst)
{
	(void)inst;
	says(PROVD_EV_HAL_CLOSED, 0, 0);
}

static int get_caps(void *inst, struct provd_hal_caps *out_caps)
{
	(void)inst;
	out_caps->capabilities = &store_hal.capability;
	out_caps->capability_count = store_hal.capability.name ? 1 : 0;
	return 0;
}

static const void *get_interface(void *inst, const char *name, uint32_t size)
{
	(void)inst;
	(void)size;
	if (strcmp(name, PROVD_HAL_STORE) != 0)
		return NULL;
	return store_hal.keyless ? &keyless_table : &table;
}

static struct provd_plugin plugin = {
	.descriptor = {.kind = PROVD_PLUGIN_HAL, .name = "chip", .version = "1"},
	.ops.hal = {.size = sizeof(struct provd_hal_ops),
		    .create = create,
		    .destroy = destroy,
		    .probe = probe,
		    .open = hal_open,
		    .close = hal_close,
		    .get_caps = get_caps,
		    .get_interface = get_interface},
	.file = (char *)"chip.so",
};

static void on_lost(void *user, int status)
{
	(void)user;
	(void)status;
}

static void on_progress(void *user, const struct provd_event *event)
{
	(void)user;
	(void)event;
}

static void on_changed(void *user)
{
	(void)user;
}

static void on_opened(void *user, int code, const char *text)
{
	struct hal_rig *rig = user;

	cr_assert_eq(code, 0, "%s", text);
	rig->opened = 1;
}

static void on_closed(void *user)
{
	struct hal_rig *rig = user;

	rig->closed = 1;
}

void hal_rig_begin(struct hal_rig *rig)
{
	struct provd_log_config log_config = {.format = PROVD_LOG_TEXT, .level = PROVD_LOG_ERROR};
	struct provd_radio_config config = {
		.on_link_lost = on_lost, .on_progress = on_progress, .on_changed = on_changed};

	memset(rig, 0, sizeof(*rig));
	store_hal.capability = (struct provd_capability){
		.size = sizeof(struct provd_capability), .available = 1, .name = PROVD_HAL_STORE};
	store_hal.key_len = 32;
	rig->loop = loop_open();
	cr_assert_eq(provd_log_create(&log_config, &rig->log), 0);
	config.loop = rig->loop;
	config.log = rig->log;
	cr_assert_eq(provd_radio_create(&config, &rig->radio), 0);
	cr_assert_eq(provd_radio_add(rig->radio, &plugin, NULL, 1, NULL), 0);
	provd_radio_open(rig->radio, 15000, on_opened, rig);
	loop_until(rig->loop, &rig->opened, 1);
}

void hal_rig_end(struct hal_rig *rig)
{
	provd_radio_close(rig->radio, 15000, on_closed, rig);
	loop_until(rig->loop, &rig->closed, 1);
	provd_radio_destroy(rig->radio);
	for (size_t i = 0; i < HAL_VALUES; i++)
		value_clear(&store_hal.values[i]);
	provd_log_destroy(rig->log);
	loop_shut(rig->loop);
}
