/* SPDX-License-Identifier: Apache-2.0 */
#include "simrig.h"

#include "secret/secret.h"

#include <criterion/criterion.h>

#include <string.h>

#define SHARED "{\"control_socket\": \"@/control\", \"access_points\": [{\"ssid\": \"open\"}]}"
#define SINGLE                                                                                     \
	"{\"control_socket\": \"@/control\", \"ap_station_together\": false, \"access_points\": "  \
	"[{\"ssid\": \"open\"}], \"phone_joins\": false}"
#define MAC_A "02:00:00:00:00:0a"

static struct provd_softap_config config(const struct provd_secret *key)
{
	struct provd_softap_config c = {.size = sizeof(c),
					.ssid_len = 4,
					.channel = 6,
					.security = key ? PROVD_SECURITY_WPA2 : PROVD_SECURITY_OPEN,
					.prefix_len = 24,
					.max_clients = 2,
					.address = {192, 168, 4, 1},
					.passphrase = key};

	memcpy(c.ssid, "Lamp", 4);
	return c;
}

Test(sim_softap, opens_and_a_phone_joins, .timeout = 30)
{
	struct provd_softap_config c = config(NULL);
	const struct provd_ap_client *client;
	const struct provd_event *e;
	struct simrig s;

	simrig_open(&s, SHARED);
	cr_assert_eq(s.softap->start(s.inst, 1, &c), 0);
	cr_expect_eq(s.softap->start(s.inst, 2, &c), PROVD_E_BUSY);
	cr_assert_eq(simrig_done(&s, 1), 0);
	e = rig_wait(&s.hal, PROVD_EV_AP_JOINED, 0);
	cr_assert_not_null(e);
	client = e->data;
	cr_expect_eq(client->addr.family, 4);
	cr_expect_eq(memcmp(client->addr.ip, "\xc0\xa8\x04\x02", 4), 0);
	cr_assert_eq(s.softap->stop(s.inst, 3), 0);
	cr_expect_eq(s.softap->stop(s.inst, 4), PROVD_E_BUSY);
	cr_assert_eq(simrig_done(&s, 3), 0);
	cr_expect_eq(rig_count(&s.hal, PROVD_EV_AP_LEFT, 0), 1);
	cr_assert_eq(s.softap->stop(s.inst, 5), 0, "closed already: allowed");
	cr_expect_eq(simrig_done(&s, 5), 0);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_softap, stop_overtakes_start, .timeout = 30)
{
	struct provd_softap_config c = config(NULL);
	struct simrig s;

	simrig_open(&s, SHARED);
	cr_assert_eq(s.softap->start(s.inst, 1, &c), 0);
	cr_assert_eq(s.softap->stop(s.inst, 2), 0);
	cr_expect_eq(simrig_done(&s, 1), PROVD_E_CANCELED);
	cr_expect_eq(simrig_done(&s, 2), 0);
	cr_expect_eq(rig_count(&s.hal, PROVD_EV_AP_JOINED, 0), 0);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_softap, phones_come_and_go, .timeout = 30)
{
	struct provd_secret *key = provd_secret_create("label pass", 10);
	struct provd_softap_config c = config(key);
	static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 10};
	struct simrig s;

	simrig_open(&s, SINGLE);
	cr_expect_not(simrig_command(&s, "{\"client\": \"join\"}"));
	cr_assert_eq(s.softap->start(s.inst, 1, &c), 0);
	provd_secret_unref(key);
	cr_assert_eq(simrig_done(&s, 1), 0);
	cr_expect_not(simrig_command(&s, "{\"client\": \"join\", \"mac\": \"" MAC_A
					 "\", \"passphrase\": \"guess\"}"));
	cr_expect(simrig_command(&s, "{\"client\": \"join\", \"mac\": \"" MAC_A
				     "\", \"passphrase\": \"label pass\"}"));
	cr_expect_not(simrig_command(&s, "{\"client\": \"join\", \"mac\": \"" MAC_A "\"}"));
	cr_expect(simrig_command(&s, "{\"client\": \"join\"}"));
	cr_expect_not(simrig_command(&s, "{\"client\": \"join\", \"mac\": \"02:00:00:00:00:0b\"}"),
		      "two is the limit");
	cr_expect_eq(s.softap->kick(s.inst, mac_a), 0);
	cr_expect_eq(s.softap->kick(s.inst, mac_a), PROVD_E_NOT_FOUND);
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_AP_LEFT, 0));
	cr_expect(simrig_command(&s, "{\"softap\": \"fail\"}"));
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_AP_FAILED, 0));
	cr_expect_not(simrig_command(&s, "{\"softap\": \"fail\"}"));
	cr_expect_null(strstr(s.rig.lines, "label pass"));
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_softap, one_radio_is_one_thing_at_a_time, .timeout = 30)
{
	struct provd_softap_config c = config(NULL);
	struct provd_credentials creds = simrig_creds("open", NULL);
	struct simrig s;

	simrig_open(&s, SINGLE);
	cr_assert_eq(s.softap->start(s.inst, 1, &c), 0);
	cr_expect_eq(s.station->connect(s.inst, 2, &creds), PROVD_E_STATE);
	cr_assert_eq(simrig_done(&s, 1), 0);
	cr_expect_eq(s.station->connect(s.inst, 3, &creds), PROVD_E_STATE);
	cr_assert_eq(s.softap->stop(s.inst, 4), 0);
	cr_assert_eq(simrig_done(&s, 4), 0);
	cr_assert_eq(s.station->connect(s.inst, 5, &creds), 0);
	cr_expect_eq(s.softap->start(s.inst, 6, &c), PROVD_E_STATE);
	cr_assert_eq(simrig_done(&s, 5), 0);
	s.station->disconnect(s.inst);
	cr_expect_eq(s.softap->start(s.inst, 7, &c), 0);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_softap, together_when_it_can, .timeout = 30)
{
	struct provd_softap_config c = config(NULL);
	struct provd_credentials creds = simrig_creds("open", NULL);
	struct simrig s;

	simrig_open(&s, SHARED);
	cr_assert_eq(s.softap->start(s.inst, 1, &c), 0);
	cr_assert_eq(simrig_done(&s, 1), 0);
	cr_assert_eq(s.station->connect(s.inst, 2, &creds), 0);
	cr_expect_eq(simrig_done(&s, 2), 0);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_softap, bad_configs_and_failures, .timeout = 30)
{
	struct provd_secret *key = provd_secret_create("1234567", 7);
	struct provd_softap_config c = config(NULL);
	struct simrig s;

	simrig_open(&s, SHARED);
	c.ssid_len = 0;
	cr_expect_eq(s.softap->start(s.inst, 1, &c), PROVD_E_INVALID);
	c.ssid_len = 33;
	cr_expect_eq(s.softap->start(s.inst, 1, &c), PROVD_E_INVALID);
	c = config(key);
	cr_expect_eq(s.softap->start(s.inst, 1, &c), PROVD_E_INVALID, "seven characters");
	c.security = PROVD_SECURITY_OPEN;
	cr_expect_eq(s.softap->start(s.inst, 1, &c), PROVD_E_INVALID, "open with a passphrase");
	c = config(NULL);
	c.security = PROVD_SECURITY_WEP;
	cr_expect_eq(s.softap->start(s.inst, 1, &c), PROVD_E_INVALID);
	c = config(NULL);
	cr_assert(simrig_command(&s, "{\"fail\": \"ap_start\", \"code\": \"WIFI_RADIO\"}"));
	cr_assert_eq(s.softap->start(s.inst, 2, &c), 0);
	cr_expect_eq(simrig_done(&s, 2), PROVD_E_WIFI_RADIO);
	cr_assert_eq(s.softap->start(s.inst, 3, &c), 0, "closed again after the failure");
	cr_expect_eq(simrig_done(&s, 3), 0);
	cr_assert(simrig_command(&s, "{\"fail\": \"ap_stop\", \"code\": \"IO\"}"));
	cr_assert_eq(s.softap->stop(s.inst, 4), 0);
	cr_expect_eq(simrig_done(&s, 4), PROVD_E_IO);
	provd_secret_unref(key);
	cr_expect_eq(simrig_close(&s), 0);
}
