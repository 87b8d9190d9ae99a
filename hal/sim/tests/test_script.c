/* SPDX-License-Identifier: Apache-2.0 */
#include "simrig.h"

#include <criterion/criterion.h>

#include <string.h>

Test(sim_caps, combinations_and_withheld, .timeout = 30)
{
	struct provd_hal_caps caps = {.size = sizeof(caps)};
	struct simrig s;
	int pair = 0;

	simrig_open(&s, "{\"without\": [\"ble\", \"monitor\"], \"ap_station_together\": false}");
	cr_assert_eq(s.hal.plugin->ops.hal.get_caps(s.inst, &caps), 0);
	cr_expect_eq(caps.capability_count, 6);
	cr_expect_null(s.ble);
	cr_expect_null(s.monitor);
	cr_expect_not_null(s.softap);
	for (size_t i = 0; i < caps.capability_count; i++) {
		const struct provd_capability *c = &caps.capabilities[i];

		cr_expect_eq(c->available == 0, c->reason != NULL);
		if (strcmp(c->name, PROVD_HAL_BLE) == 0)
			cr_expect_str_eq(c->reason, "withheld by option 'without'");
		if (strcmp(c->name, PROVD_HAL_OFFLOAD) == 0)
			cr_expect_str_eq(c->variants, "airkiss,esptouch,esptouch2,simpleconfig");
	}
	for (size_t i = 0; i < caps.combination_count; i++) {
		uint32_t both = PROVD_RADIO_STATION | PROVD_RADIO_SOFTAP;

		pair |= (caps.combinations[i].uses & both) == both;
	}
	cr_expect_eq(pair, 0);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_script, bad_options_name_the_place, .timeout = 30)
{
	static const struct {
		const char *json;
		const char *text;
	} rows[] = {
		{"{\"access_points\": [{\"ssid\": \"a\"}, {\"ssid\": \"b\", \"chanel\": 1}]}",
		 "access_points[1]: unknown member 'chanel'"},
		{"{\"access_points\": [{\"ssid\": \"a\", \"channel\": \"6\"}]}",
		 "'channel': expected an integer 1 to 196"},
		{"{\"access_points\": [{\"ssid\": \"a\", \"security\": \"best\"}]}",
		 "'security': expected open"},
		{"{\"access_points\": [{}]}", "expected one of 'ssid' and 'ssid_hex'"},
		{"{\"without\": [\"radar\"]}", "'radar' is no capability"},
		{"{\"mac\": \"02-00-00-00-00-01\"}", "mac: expected a MAC"},
		{"{\"address\": \"10.0.0.256\", \"access_points\": [{\"ssid\": \"a\"}]}",
		 "option 'address'"},
		{"{\"script\": [{\"vanish\": true}]}", "expected one of 'at_ms' and 'on'"},
		{"{\"script\": [{\"on\": \"lunch\"}]}", "script[0]: 'on': expected open"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provd_error err = {.size = sizeof(err)};
		struct simrig s = {0};

		rig_init(&s.rig);
		cr_expect_eq(rig_load(&s.rig, &s.hal, "sim", rows[i].json, &err), PROVD_E_CONFIG);
		cr_expect_not_null(strstr(err.text, rows[i].text), "row %zu: %s", i, err.text);
		rig_unload(&s.hal);
		cr_expect_eq(rig_finish(&s.rig), 0);
	}
}

Test(sim_script, triggers, .timeout = 30)
{
	struct provd_credentials c = simrig_creds("home", NULL);
	struct simrig s;

	simrig_open(&s, "{\"script\": ["
			"{\"at_ms\": 0, \"ap\": \"add\", \"ssid\": \"home\"},"
			"{\"on\": \"joined\", \"delay_ms\": 5, \"link\": \"lost\"},"
			"{\"on\": \"scan\", \"fail\": \"scan\", \"code\": \"WIFI_RADIO\"}]}");
	rig_run(&s.rig, 5);
	cr_assert_eq(s.station->connect(s.inst, 1, &c), 0);
	cr_expect_eq(simrig_done(&s, 1), 0);
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_LINK_LOST, 0));
	cr_assert_eq(s.station->connect(s.inst, 2, &c), 0);
	cr_expect_eq(simrig_done(&s, 2), 0);
	rig_run(&s.rig, 20);
	cr_expect_eq(rig_count(&s.hal, PROVD_EV_LINK_LOST, 0), 1, "each entry runs once");
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_script, vanishing_ends_everything_once, .timeout = 30)
{
	struct provd_credentials c = simrig_creds("slow", NULL);
	const struct provd_event *e;
	struct simrig s;

	simrig_open(&s,
		    "{\"store_dir\": \"@/store\", \"control_socket\": \"@/control\", "
		    "\"ble_socket\": \"@/ble\", \"air_socket\": \"@/air\", "
		    "\"access_points\": [{\"ssid\": \"slow\", \"join_ms\": 600000}], "
		    "\"script\": [{\"on\": \"connect\", \"delay_ms\": 300, \"vanish\": true}]}");
	cr_assert_eq(s.station->connect(s.inst, 1, &c), 0);
	cr_assert_eq(s.store->save(s.inst, 2, "k", (const uint8_t *)"v", 1), 0);
	e = rig_wait(&s.hal, PROVD_EV_FAILED, 0);
	cr_assert_not_null(e);
	cr_expect_eq(e->status, PROVD_E_WIFI_RADIO);
	cr_expect_not_null(e->text);
	cr_expect_eq(s.hal.events[s.hal.count - 1]->type, PROVD_EV_FAILED);
	cr_expect_eq(rig_count(&s.hal, PROVD_EV_OP_DONE, 1), 1);
	cr_expect_eq(rig_count(&s.hal, PROVD_EV_OP_DONE, 2), 1);
	cr_expect_eq(s.station->connect(s.inst, 3, &c), PROVD_E_STATE);
	s.hal.plugin->ops.hal.close(s.inst);
	cr_expect_eq(simrig_unload(&s), 0);
}

Test(sim_script, open_close_open, .timeout = 30)
{
	struct simrig s;

	simrig_open(&s, "{\"control_socket\": \"@/control\", \"air_socket\": \"@/air\"}");
	for (int i = 0; i < 3; i++) {
		s.hal.plugin->ops.hal.close(s.inst);
		s.hal.plugin->ops.hal.close(s.inst);
		cr_assert_not_null(rig_wait(&s.hal, PROVD_EV_HAL_CLOSED, 0));
		cr_assert_eq(s.hal.plugin->ops.hal.open(s.inst), 0);
		cr_assert_not_null(rig_wait(&s.hal, PROVD_EV_HAL_OPENED, 0));
	}
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_script, bad_commands, .timeout = 30)
{
	static const char *const bad[] = {"",
					  "{}",
					  "[1]",
					  "{\"fail\": 1}",
					  "{\"fail\": \"nothing\"}",
					  "{\"fail\": \"scan\", \"code\": \"NO_SUCH\"}",
					  "{\"fail\": \"scan\", \"at\": \"noon\"}",
					  "{\"ap\": \"add\"}",
					  "{\"ap\": \"paint\"}",
					  "{\"ap\": \"remove\", \"ssid\": \"none\"}",
					  "{\"client\": \"leave\"}",
					  "{\"offload\": {\"ssid\": \"a\"}}",
					  "{\"offload\": 5}",
					  "{\"vanish\": 1}"};
	struct simrig s;

	simrig_open(&s, "{\"control_socket\": \"@/control\"}");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not(simrig_command(&s, bad[i]), "%s", bad[i]);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_offload, results_come_from_outside, .timeout = 30)
{
	struct provd_offload_request r = {.size = sizeof(r), .variant = "airkiss"};
	const struct provd_offload_result *result;
	const struct provd_event *e;
	struct simrig s;

	simrig_open(&s, "{\"control_socket\": \"@/control\", \"offload_variants\": [\"airkiss\"]}");
	cr_assert_eq(s.offload->start(s.inst, 1, &r), 0);
	cr_assert_eq(simrig_done(&s, 1), 0);
	cr_expect(simrig_command(&s, "{\"offload\": {\"ssid_hex\": \"00ff\", \"passphrase\": "
				     "\"canary words\", \"random\": 77, \"phone\": \"10.0.0.9\", "
				     "\"reserved_hex\": \"0102\"}}"));
	e = rig_wait(&s.hal, PROVD_EV_OFFLOAD_RESULT, 1);
	cr_assert_not_null(e);
	result = e->data;
	cr_expect_eq(result->random, 77);
	cr_expect_eq(result->credentials.ssid_len, 2);
	cr_expect_not_null(result->credentials.passphrase);
	cr_expect_eq(result->reserved_len, 2);
	cr_expect_eq(result->phone.ip[3], 9);
	cr_expect_null(strstr(s.rig.lines, "canary"));
	cr_assert_eq(s.offload->stop(s.inst, 2), 0);
	cr_assert_eq(simrig_done(&s, 2), 0);
	r.variant = "esptouch";
	cr_expect_eq(s.offload->start(s.inst, 3, &r), PROVD_E_NOT_SUPPORTED);
	cr_expect_eq(simrig_close(&s), 0);
}
