/* SPDX-License-Identifier: Apache-2.0 */
/* The HALs of test_radio.c. */
#include "fake_hal.h"

#include <criterion/criterion.h>

#include <string.h>

struct fake_hal hals[2];
static size_t created;

void hal_says(struct fake_hal *hal, uint32_t type, uint64_t op, int status)
{
	struct provd_event event = {
		.size = sizeof(event), .type = type, .op = op, .status = status};

	cr_assert_eq(hal->host->emit(hal->host, &event), 0);
}

static int create(const struct provd_host *host, void **out_inst, struct provd_error *err)
{
	(void)err;
	hals[created].host = host;
	*out_inst = &hals[created++];
	return 0;
}

static void destroy(void *inst)
{
	struct fake_hal *hal = inst;

	if (hal)
		hal->destroys++;
}

static int probe(void *inst, struct provd_error *err)
{
	const struct fake_hal *hal = inst;

	(void)err;
	return hal->probe;
}

static int hal_open(void *inst)
{
	struct fake_hal *hal = inst;

	if (hal->open_code == 0 && !hal->mute)
		hal_says(hal, PROVD_EV_HAL_OPENED, 0, 0);
	return hal->open_code;
}

static void hal_close(void *inst)
{
	struct fake_hal *hal = inst;

	hal->closes++;
	if (!hal->mute)
		hal_says(hal, PROVD_EV_HAL_CLOSED, 0, 0);
}

static int get_caps(void *inst, struct provd_hal_caps *out_caps)
{
	const struct fake_hal *hal = inst;

	out_caps->capabilities = hal->capabilities;
	out_caps->capability_count = hal->capability_count;
	out_caps->combinations = &hal->combination;
	out_caps->combination_count = hal->combination.uses ? 1 : 0;
	return 0;
}

static int ap_start(void *inst, uint64_t op, const struct provd_softap_config *config)
{
	struct fake_hal *hal = inst;

	(void)config;
	hal->starts++;
	hal->op = op;
	return 0;
}

static int ap_stop(void *inst, uint64_t op)
{
	struct fake_hal *hal = inst;

	hal->stops++;
	hal->op = op;
	return 0;
}

static int ap_kick(void *inst, const uint8_t mac[6])
{
	(void)inst;
	(void)mac;
	return 0;
}

static int offload_start(void *inst, uint64_t op, const struct provd_offload_request *request)
{
	(void)inst;
	(void)op;
	(void)request;
	return 0;
}

static const struct provd_hal_softap softap_table = {
	.size = sizeof(softap_table), .start = ap_start, .stop = ap_stop, .kick = ap_kick};
static const struct provd_hal_offload offload_table = {
	.size = sizeof(offload_table), .start = offload_start, .stop = ap_stop};
static const struct provd_hal_monitor half_table = {.size = sizeof(half_table)};

static const void *get_interface(void *inst, const char *name, uint32_t size)
{
	(void)inst;
	(void)size;
	if (strcmp(name, PROVD_HAL_SOFTAP) == 0)
		return &softap_table;
	if (strcmp(name, PROVD_HAL_MONITOR) == 0)
		return &half_table;
	return strcmp(name, PROVD_HAL_OFFLOAD) == 0 ? &offload_table : NULL;
}

#define HAL_PLUGIN(name_)                                                                          \
	{                                                                                          \
		.descriptor = {.kind = PROVD_PLUGIN_HAL, .name = (name_), .version = "1"},         \
		.ops.hal = {.size = sizeof(struct provd_hal_ops),                                  \
			    .create = create,                                                      \
			    .destroy = destroy,                                                    \
			    .probe = probe,                                                        \
			    .open = hal_open,                                                      \
			    .close = hal_close,                                                    \
			    .get_caps = get_caps,                                                  \
			    .get_interface = get_interface},                                       \
		.file = (char *)"hal.so",                                                          \
	}

struct provd_plugin fake_hal_plugins[2] = {HAL_PLUGIN("first"), HAL_PLUGIN("second")};
