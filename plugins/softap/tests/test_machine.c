/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include "secret/secret.h"

#include <provd/device.h>
#include <provd/hal_softap.h>

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#define OPEN	"{\"open\": true, \"ssid\": \"Lamp\"}"
#define SESSION 77u

/* A HAL whose answers the test gives by hand. */
struct board {
	struct rig rig;
	struct rig_plugin p;
	const struct provd_method_ops *ops;
	void *inst;
	int start_code;
	int stop_code;
	int no_hal;
	int no_device;
	uint64_t start_op;
	uint64_t stop_op;
	size_t starts;
	size_t stops;
	struct provd_softap_config config;
	char passphrase[72];
};

static int hal_start(void *inst, uint64_t op, const struct provd_softap_config *config)
{
	struct board *b = inst;
	struct provd_bytes key = provd_secret_view(config->passphrase);

	b->starts++;
	b->start_op = b->start_code ? 0 : op;
	b->config = *config;
	memset(b->passphrase, 0, sizeof(b->passphrase));
	if (key.len)
		memcpy(b->passphrase, key.data, key.len);
	return b->start_code;
}

static int hal_stop(void *inst, uint64_t op)
{
	struct board *b = inst;

	b->stops++;
	b->stop_op = b->stop_code ? 0 : op;
	return b->stop_code;
}

static const struct provd_hal_softap table = {
	.size = sizeof(table), .start = hal_start, .stop = hal_stop};

static int get_info(void *self, struct provd_device_info *out)
{
	struct provd_device_info info = {.size = sizeof(info),
					 .mac = {2, 0, 0, 0x12, 0x34, 0x56},
					 .product = "",
					 .device = "lamp-0001"};

	(void)self;
	*out = info;
	return 0;
}

static const struct provd_device device = {.size = sizeof(device), .get_info = get_info};

static const void *get_interface(void *user, const char *name, void **out_self)
{
	struct board *b = user;

	*out_self = b;
	if (strcmp(name, PROVD_HAL_SOFTAP) == 0)
		return b->no_hal ? NULL : &table;
	if (strcmp(name, PROVD_DEVICE) == 0)
		return b->no_device ? NULL : &device;
	return NULL;
}

static void board_init(struct board *b, const char *json)
{
	struct provd_error err = {.size = sizeof(err)};

	memset(b, 0, sizeof(*b));
	rig_init(&b->rig);
	b->p.get_interface = get_interface;
	b->p.user = b;
	cr_assert_eq(rig_load(&b->rig, &b->p, "softap", json, &err), 0, "%s", err.text);
	b->ops = &b->p.plugin->ops.method;
	b->inst = b->p.instance->inst;
}

static void board_finish(struct board *b)
{
	rig_unload(&b->p);
	cr_expect(rig_clean(&b->p));
	cr_expect_eq(rig_finish(&b->rig), 0);
}

static int board_start(struct board *b)
{
	struct provd_method_request request = {.size = sizeof(request), .session = SESSION};

	return b->ops->start(b->inst, &request);
}

static void tell(struct board *b, uint32_t type, uint64_t op, int status)
{
	struct provd_event e = {.size = sizeof(e), .type = type, .op = op, .status = status};

	b->ops->on_event(b->inst, &e);
}

static void phone(struct board *b, uint32_t type)
{
	struct provd_ap_client client = {.size = sizeof(client), .mac = {2, 0, 0, 0, 0, 9}};
	struct provd_event e = {.size = sizeof(e),
				.type = type,
				.data = &client,
				.data_size = sizeof(client),
				.count = 1};

	b->ops->on_event(b->inst, &e);
}

static void result(struct board *b, uint32_t state, int status)
{
	struct provd_session_status s = {
		.size = sizeof(s), .state = state, .session = SESSION, .status = status};

	b->ops->on_result(b->inst, &s);
}

/* Runs the loop and compares all events since the last call with a list such as "10 20 25". */
static void expect(struct board *b, const char *types)
{
	char got[256] = "";
	size_t len = 0;

	rig_run(&b->rig, 2);
	while (b->p.seen < b->p.count) {
		uint32_t type = b->p.events[b->p.seen++]->type;

		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%u", len ? " " : "", type);
	}
	cr_expect_str_eq(got, types);
}

static void board_up(struct board *b)
{
	cr_assert_eq(board_start(b), 0);
	tell(b, PROVD_EV_OP_DONE, b->start_op, 0);
	expect(b, "10");
}

Test(softap_machine, plain_life, .timeout = 30)
{
	struct board b;

	board_init(&b, OPEN);
	b.ops->stop(b.inst);
	cr_assert_eq(board_start(&b), 0);
	cr_expect_eq(board_start(&b), PROVD_E_STATE);
	expect(&b, "");
	cr_expect_eq(b.config.ssid_len, 4);
	cr_expect_eq(b.config.channel, 6);
	cr_expect_eq(b.config.security, PROVD_SECURITY_OPEN);
	cr_expect_eq(b.config.prefix_len, 24);
	cr_expect_eq(b.config.max_clients, 4);
	tell(&b, PROVD_EV_OP_DONE, b.start_op + 1000, 0);
	expect(&b, "");
	tell(&b, PROVD_EV_OP_DONE, b.start_op, 0);
	expect(&b, "10");
	phone(&b, PROVD_EV_AP_JOINED);
	expect(&b, "20");
	cr_expect_eq(b.p.events[b.p.count - 1]->op, SESSION);
	cr_expect_eq(b.p.events[b.p.count - 1]->field_count, 1);
	cr_expect_str_eq(b.p.events[b.p.count - 1]->fields[0].key, "mac");
	cr_expect_eq(b.p.events[b.p.count - 1]->count, 1);
	phone(&b, PROVD_EV_AP_LEFT);
	expect(&b, "27");
	cr_expect_eq(b.p.events[b.p.count - 1]->count, 0);
	result(&b, PROVD_STATE_JOINING, 0);
	result(&b, PROVD_STATE_LISTENING, PROVD_E_WIFI_PASSPHRASE);
	expect(&b, "");
	result(&b, PROVD_STATE_BOUND, 0);
	result(&b, PROVD_STATE_BOUND, 0);
	b.ops->cancel(b.inst, SESSION);
	expect(&b, "23");
	b.ops->stop(b.inst);
	b.ops->stop(b.inst);
	expect(&b, "");
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "11");
	b.ops->stop(b.inst);
	phone(&b, PROVD_EV_AP_JOINED);
	tell(&b, PROVD_EV_AP_FAILED, 0, PROVD_E_WIFI_RADIO);
	b.ops->suspend(b.inst, PROVD_SUSPEND_RELEASE);
	b.ops->resume(b.inst);
	expect(&b, "");
	board_up(&b);
	b.ops->stop(b.inst);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "25 11");
	board_finish(&b);
}

Test(softap_machine, stop_during_start, .timeout = 30)
{
	struct board b;
	uint64_t op;

	board_init(&b, OPEN);
	cr_assert_eq(board_start(&b), 0);
	op = b.start_op;
	b.ops->stop(b.inst);
	cr_expect_eq(b.stops, 1);
	tell(&b, PROVD_EV_OP_DONE, op, PROVD_E_CANCELED);
	expect(&b, "25");
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "11");
	/* A start that won the race against its stop changes nothing. */
	cr_assert_eq(board_start(&b), 0);
	op = b.start_op;
	b.ops->stop(b.inst);
	tell(&b, PROVD_EV_OP_DONE, op, 0);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "25 11");
	board_finish(&b);
}

Test(softap_machine, cancel_in_each_state, .timeout = 30)
{
	struct board b;

	board_init(&b, OPEN);
	cr_assert_eq(board_start(&b), 0);
	b.ops->cancel(b.inst, SESSION + 1);
	b.ops->cancel(b.inst, 0);
	b.ops->cancel(b.inst, SESSION);
	b.ops->cancel(b.inst, SESSION);
	expect(&b, "25");
	tell(&b, PROVD_EV_OP_DONE, b.start_op, 0);
	expect(&b, "10");
	phone(&b, PROVD_EV_AP_JOINED);
	expect(&b, "");
	b.ops->stop(b.inst);
	b.ops->cancel(b.inst, SESSION);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "11");
	board_up(&b);
	b.ops->suspend(b.inst, PROVD_SUSPEND_RELEASE);
	b.ops->cancel(b.inst, SESSION);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "25 12");
	b.ops->stop(b.inst);
	expect(&b, "11");
	board_finish(&b);
}

Test(softap_machine, suspend_and_resume, .timeout = 30)
{
	struct board b;

	board_init(&b, OPEN);
	board_up(&b);
	b.ops->suspend(b.inst, PROVD_SUSPEND_QUIET);
	phone(&b, PROVD_EV_AP_JOINED);
	expect(&b, "");
	cr_expect_eq(b.stops, 0);
	b.ops->resume(b.inst);
	phone(&b, PROVD_EV_AP_JOINED);
	expect(&b, "20");
	b.ops->suspend(b.inst, PROVD_SUSPEND_RELEASE);
	b.ops->suspend(b.inst, PROVD_SUSPEND_RELEASE);
	cr_expect_eq(b.stops, 1);
	expect(&b, "");
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "12");
	b.ops->suspend(b.inst, PROVD_SUSPEND_RELEASE);
	expect(&b, "12");
	b.ops->resume(b.inst);
	b.ops->resume(b.inst);
	cr_expect_eq(b.starts, 2);
	tell(&b, PROVD_EV_OP_DONE, b.start_op, 0);
	expect(&b, "2");
	cr_expect_str_eq(b.p.events[b.p.count - 1]->text, "access point up");
	/* Resumed before the release was over: it is answered, then the point opens again. */
	b.ops->suspend(b.inst, PROVD_SUSPEND_RELEASE);
	b.ops->resume(b.inst);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	cr_expect_eq(b.starts, 3);
	tell(&b, PROVD_EV_OP_DONE, b.start_op, 0);
	expect(&b, "12 2");
	/* Stopped while it is released, and while it is being released. */
	b.ops->suspend(b.inst, PROVD_SUSPEND_RELEASE);
	b.ops->stop(b.inst);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "25 11");
	board_finish(&b);
}

Test(softap_machine, suspend_before_it_is_up, .timeout = 30)
{
	struct board b;

	board_init(&b, OPEN);
	cr_assert_eq(board_start(&b), 0);
	b.ops->suspend(b.inst, PROVD_SUSPEND_RELEASE);
	tell(&b, PROVD_EV_OP_DONE, b.start_op, 0);
	expect(&b, "10");
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "12");
	b.ops->stop(b.inst);
	expect(&b, "25 11");
	cr_assert_eq(board_start(&b), 0);
	b.ops->suspend(b.inst, PROVD_SUSPEND_RELEASE);
	b.ops->resume(b.inst);
	tell(&b, PROVD_EV_OP_DONE, b.start_op, 0);
	expect(&b, "10");
	b.ops->stop(b.inst);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "25 11");
	board_finish(&b);
}

Test(softap_machine, the_hal_fails, .timeout = 30)
{
	struct board b;

	board_init(&b, OPEN);
	b.no_hal = 1;
	cr_expect_eq(board_start(&b), PROVD_E_NO_CAPABILITY);
	b.no_hal = 0;
	b.start_code = PROVD_E_WIFI_RADIO;
	cr_assert_eq(board_start(&b), 0);
	expect(&b, "24 3");
	cr_expect_eq(b.p.events[b.p.count - 1]->status, PROVD_E_WIFI_RADIO);
	b.start_code = 0;
	cr_assert_eq(board_start(&b), 0);
	tell(&b, PROVD_EV_OP_DONE, b.start_op, PROVD_E_TIMEOUT);
	expect(&b, "24 3");
	board_up(&b);
	b.stop_code = PROVD_E_IO;
	b.ops->stop(b.inst);
	expect(&b, "25 11");
	b.stop_code = 0;
	board_up(&b);
	b.ops->stop(b.inst);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, PROVD_E_IO);
	expect(&b, "25 11");
	board_up(&b);
	b.ops->suspend(b.inst, PROVD_SUSPEND_RELEASE);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, PROVD_E_IO);
	expect(&b, "12");
	b.start_code = PROVD_E_BUSY;
	b.ops->resume(b.inst);
	expect(&b, "24 3");
	board_finish(&b);
}

Test(softap_machine, access_point_goes_down, .timeout = 30)
{
	struct board b;

	board_init(&b, OPEN);
	board_up(&b);
	tell(&b, PROVD_EV_AP_FAILED, 0, PROVD_E_WIFI_RADIO);
	cr_expect_eq(b.starts, 2);
	tell(&b, PROVD_EV_OP_DONE, b.start_op, 0);
	expect(&b, "2");
	tell(&b, PROVD_EV_AP_FAILED, 0, PROVD_E_WIFI_RADIO);
	cr_expect_eq(b.starts, 2);
	expect(&b, "24 3");
	/* While it closes, and while it is opening again. */
	board_up(&b);
	tell(&b, PROVD_EV_AP_FAILED, 0, PROVD_E_WIFI_RADIO);
	tell(&b, PROVD_EV_OP_DONE, b.start_op, PROVD_E_WIFI_RADIO);
	expect(&b, "24 3");
	board_up(&b);
	b.ops->stop(b.inst);
	tell(&b, PROVD_EV_AP_FAILED, 0, PROVD_E_WIFI_RADIO);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "25 11");
	board_finish(&b);
}

Test(softap_machine, session_result_failed, .timeout = 30)
{
	struct provd_session_status other = {
		.size = sizeof(other), .state = PROVD_STATE_BOUND, .session = SESSION - 1};
	struct board b;

	board_init(&b, OPEN);
	board_up(&b);
	b.ops->on_result(b.inst, &other);
	expect(&b, "");
	result(&b, PROVD_STATE_FAILED, PROVD_E_TIMEOUT);
	expect(&b, "24");
	cr_expect_eq(b.p.events[b.p.count - 1]->status, PROVD_E_TIMEOUT);
	b.ops->stop(b.inst);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "11");
	board_finish(&b);
}

Test(softap_machine, names_and_passphrases, .timeout = 30)
{
	struct board b;

	board_init(&b, "{\"passphrase_key\": \"0123456789abcdef\", \"security\": \"wpa2-wpa3\"}");
	board_up(&b);
	cr_expect_eq(b.config.ssid_len, 10);
	cr_expect_eq(memcmp(b.config.ssid, "provd-3456", 10), 0);
	cr_expect_str_eq(b.passphrase, "bowfquio2zap");
	cr_expect_eq(b.config.security, PROVD_SECURITY_WPA2_WPA3);
	cr_expect_null(strstr(b.rig.lines, b.passphrase));
	cr_expect_null(strstr(b.rig.lines, "0123456789abcdef"));
	b.ops->stop(b.inst);
	tell(&b, PROVD_EV_OP_DONE, b.stop_op, 0);
	expect(&b, "25 11");
	b.no_device = 1;
	cr_assert_eq(board_start(&b), 0);
	expect(&b, "24 3");
	cr_expect_not_null(strstr(b.p.events[b.p.count - 1]->text, "provd.device/1"));
	board_finish(&b);
	board_init(&b, "{\"passphrase\": \"label pass\", \"ssid\": \"{product}\"}");
	cr_assert_eq(board_start(&b), 0);
	expect(&b, "24 3");
	cr_expect_not_null(strstr(b.p.events[b.p.count - 1]->text, "{product} is not known"));
	board_finish(&b);
	board_init(&b, "{\"open\": true, \"ssid\": \"a name that is really long {device}\"}");
	cr_assert_eq(board_start(&b), 0);
	expect(&b, "24 3");
	cr_expect_not_null(strstr(b.p.events[b.p.count - 1]->text, "longer than 32 bytes"));
	board_finish(&b);
}

Test(softap_machine, bad_options, .timeout = 30)
{
	static const struct {
		const char *json;
		const char *text;
	} rows[] = {
		{"{}", "no passphrase: set 'passphrase_key'"},
		{"{\"open\": true, \"passphrase\": \"12345678\"}", "'open' does not go"},
		{"{\"passphrase_key\": \"0123456789abcdef\", \"passphrase\": \"12345678\"}",
		 "not both"},
		{"{\"open\": true, \"ssid\": \"{mac5}\"}", "unknown placeholder at '{mac5}'"},
		{"{\"open\": true, \"ssid\": \"a}\"}", "unknown placeholder"},
		{"{\"open\": true, \"address\": \"192.168.4.1/31\"}", "address: expected"},
		{"{\"open\": true, \"address\": \"192.168.4.1/\"}", "address: expected"},
		{"{\"open\": true, \"address\": \"192.168.4.1\"}", "address: expected"},
		{"{\"open\": true, \"address\": \"192.168.4.256/24\"}", "address: expected"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provd_error err = {.size = sizeof(err)};
		struct board b = {0};

		rig_init(&b.rig);
		cr_expect_eq(rig_load(&b.rig, &b.p, "softap", rows[i].json, &err), PROVD_E_CONFIG);
		cr_expect_not_null(strstr(err.text, rows[i].text), "row %zu: %s", i, err.text);
		board_finish(&b);
	}
}
