/* SPDX-License-Identifier: Apache-2.0 */
#include "simrig.h"

#include "secret/secret.h"

#include <criterion/criterion.h>

#include <provd/wifi_codes.h>

#include <stdio.h>
#include <string.h>

#define WORLD                                                                                      \
	"{\"control_socket\": \"@/control\", \"access_points\": ["                                 \
	"{\"ssid\": \"home\", \"passphrase\": \"correct horse\", \"channel\": 11, \"address\": "   \
	"\"10.1.2.3\"},"                                                                           \
	"{\"ssid\": \"home\", \"passphrase\": \"correct horse\", \"channel\": 1, \"signal\": "     \
	"-80, \"bssid\": \"02:00:00:00:00:77\"},"                                                  \
	"{\"ssid\": \"open\"},"                                                                    \
	"{\"ssid\": \"nodhcp\", \"passphrase\": \"correct horse\", \"dhcp\": false},"              \
	"{\"ssid\": \"reject\", \"passphrase\": \"correct horse\", \"reject\": true},"             \
	"{\"ssid\": \"full\", \"max_clients\": 0},"                                                \
	"{\"ssid\": \"weak\", \"signal\": -95},"                                                   \
	"{\"ssid\": \"corp\", \"security\": \"enterprise\"},"                                      \
	"{\"ssid\": \"hidden\", \"passphrase\": \"correct horse\", \"hidden\": true},"             \
	"{\"ssid\": \"slow\", \"join_ms\": 600000},"                                               \
	"{\"ssid\": \"slowdhcp\", \"dhcp_ms\": 600000},"                                           \
	"{\"ssid\": \"later\", \"appears_after_ms\": 600000},"                                     \
	"{\"ssid_hex\": \"00ff80\"}]}"

struct outcome {
	const char *ssid;
	const char *passphrase;
	int status;
	uint32_t flags;
	uint32_t security;
};

static int join(struct simrig *s, uint64_t op, const struct outcome *o)
{
	struct provd_credentials c = simrig_creds(o->ssid, o->passphrase);
	int rc;

	c.flags = o->flags;
	c.security = o->security;
	rc = s->station->connect(s->inst, op, &c);
	provd_secret_unref(c.passphrase);
	return rc ? rc : simrig_done(s, op);
}

Test(sim_station, outcomes, .timeout = 30)
{
	static const struct outcome outcomes[] = {
		{"home", "correct horse", 0, 0, 0},
		{"home", "correct horse", 0, 0, PROVD_SECURITY_WPA2_WPA3},
		{"home", "correct horse", PROVD_E_WIFI_SECURITY, 0, PROVD_SECURITY_WPA3},
		{"home", "wrong horses", PROVD_E_WIFI_PASSPHRASE, 0, 0},
		{"home", "correct horsf", PROVD_E_WIFI_PASSPHRASE, 0, 0},
		{"home", "correct horse ", PROVD_E_WIFI_PASSPHRASE, 0, 0},
		{"home", NULL, PROVD_E_WIFI_PASSPHRASE, 0, 0},
		{"open", NULL, 0, 0, 0},
		{"open", "", 0, 0, 0},
		{"open", "a passphrase", PROVD_E_WIFI_SECURITY, 0, 0},
		{"nodhcp", "correct horse", PROVD_E_WIFI_NO_DHCP, 0, 0},
		{"reject", "correct horse", PROVD_E_WIFI_REJECTED, 0, 0},
		{"full", NULL, PROVD_E_WIFI_FULL, 0, 0},
		{"weak", NULL, PROVD_E_WIFI_SIGNAL, 0, 0},
		{"corp", NULL, PROVD_E_WIFI_SECURITY, 0, 0},
		{"hidden", "correct horse", PROVD_E_WIFI_NO_AP, 0, 0},
		{"hidden", "correct horse", 0, PROVD_CREDENTIALS_HIDDEN, 0},
		{"nobody", NULL, PROVD_E_WIFI_NO_AP, 0, 0},
		{"later", NULL, PROVD_E_WIFI_NO_AP, 0, 0},
	};
	struct provd_link link = {.size = sizeof(link)};
	struct simrig s;
	int status;

	simrig_open(&s, WORLD);
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		status = join(&s, i + 1, &outcomes[i]);
		cr_expect_eq(status, outcomes[i].status, "row %zu: %s", i, provd_err_name(status));
		cr_assert_eq(s.station->get_link(s.inst, &link), 0);
		cr_expect_eq(link.flags, status ? 0u : 3u, "row %zu", i);
	}
	cr_expect_eq(simrig_close(&s), 0);
}

/* One access point with a code of its own. */
static int join_coded(struct simrig *s, uint64_t op, const char *kind, uint32_t code)
{
	static const struct outcome coded = {"coded", "correct horse", 0, 0, 0};
	char command[192];

	(void)snprintf(command, sizeof(command),
		       "{\"ap\": \"add\", \"ssid\": \"coded\", \"passphrase\": \"correct horse\", "
		       "\"bssid\": \"02:00:00:00:00:aa\", \"%s\": %u}",
		       kind, (unsigned)code);
	cr_assert(simrig_command(s, command));
	return join(s, op, &coded);
}

static void expect_words(const struct simrig *s, int code, const char *kind, uint32_t number,
			 const char *name)
{
	const struct provd_event *e = s->hal.events[s->hal.count - 1];
	char words[160];

	(void)snprintf(words, sizeof(words), "%s (802.11 %s %u, %s)", provd_err_text(code), kind,
		       (unsigned)number, name);
	cr_assert_eq(e->type, PROVD_EV_OP_DONE);
	cr_assert_not_null(e->text, "%s", words);
	cr_expect_str_eq(e->text, words);
}

Test(sim_station, every_code_of_the_standard, .timeout = 60)
{
	static const struct {
		uint32_t number;
		int code;
		const char *name;
	} reasons[] =
		{
#define ROW(number, error, name) {number, PROVD_E_##error, name},
			PROVD_WIFI_REASON_TABLE(ROW){999, PROVD_E_WIFI_REJECTED, "unspecified"},
		},
	  statuses[] = {
		  PROVD_WIFI_STATUS_TABLE(ROW){999, PROVD_E_WIFI_REJECTED, "unspecified"},
#undef ROW
	  };
	uint64_t op = 1;
	struct simrig s;

	simrig_open(&s, "{\"control_socket\": \"@/control\", \"join_delay\": \"2ms\"}");
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		cr_expect_eq(join_coded(&s, op++, "reason", reasons[i].number), reasons[i].code);
		expect_words(&s, reasons[i].code, "reason", reasons[i].number, reasons[i].name);
	}
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		cr_expect_eq(join_coded(&s, op++, "status", statuses[i].number), statuses[i].code);
		expect_words(&s, statuses[i].code, "status", statuses[i].number, statuses[i].name);
	}
	cr_expect_eq(join_coded(&s, op, "status", 0), 0, "0 is success");
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_station, refusals_have_words, .timeout = 30)
{
	static const struct outcome wrong = {"home", "wrong horses", 0, 0, 0};
	static const struct outcome full = {"full", NULL, 0, 0, 0};
	static const struct outcome reject = {"reject", "correct horse", 0, 0, 0};
	static const struct outcome sae = {"sae", "wrong horses", 0, 0, 0};
	struct simrig s;

	simrig_open(&s, WORLD);
	cr_expect_eq(join(&s, 1, &wrong), PROVD_E_WIFI_PASSPHRASE);
	expect_words(&s, PROVD_E_WIFI_PASSPHRASE, "reason", 15, "four-way handshake timeout");
	cr_expect_eq(join(&s, 2, &full), PROVD_E_WIFI_FULL);
	expect_words(&s, PROVD_E_WIFI_FULL, "status", 17, "denied, no more stations");
	cr_expect_eq(join(&s, 3, &reject), PROVD_E_WIFI_REJECTED);
	expect_words(&s, PROVD_E_WIFI_REJECTED, "status", 1, "refused, unspecified reason");
	cr_assert(simrig_command(&s, "{\"ap\": \"add\", \"ssid\": \"sae\", \"security\": \"wpa3\", "
				     "\"passphrase\": \"correct horse\"}"));
	cr_expect_eq(join(&s, 4, &sae), PROVD_E_WIFI_PASSPHRASE);
	expect_words(&s, PROVD_E_WIFI_PASSPHRASE, "status", 15, "challenge failure");
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_station, gateways, .timeout = 30)
{
	static const struct {
		const char *members;
		uint32_t family;
		uint8_t ip[4];
		uint32_t prefix;
	} rows[] = {
		{"\"address\": \"10.1.2.3\"", 4, {10, 1, 2, 1}, 24},
		{"\"address\": \"10.1.2.3\", \"gateway\": \"10.1.2.254\"", 4, {10, 1, 2, 254}, 24},
		{"\"address\": \"10.1.2.3\", \"gateway\": \"none\"", 0, {0, 0, 0, 0}, 24},
		{"\"hidden\": false", 0, {0, 0, 0, 0}, 8},
		{"\"gateway\": \"127.0.0.9\"", 4, {127, 0, 0, 9}, 8},
	};
	static const struct outcome ways = {"ways", NULL, 0, 0, 0};
	struct provd_link link = {.size = sizeof(link)};
	struct simrig s;
	char command[192];

	simrig_open(&s, WORLD);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(command, sizeof(command),
			       "{\"ap\": \"add\", \"ssid\": \"ways\", \"bssid\": "
			       "\"02:00:00:00:00:ab\", %s}",
			       rows[i].members);
		cr_assert(simrig_command(&s, command), "row %zu", i);
		cr_assert_eq(join(&s, i + 1, &ways), 0);
		cr_assert_eq(s.station->get_link(s.inst, &link), 0);
		cr_expect_eq(link.gateway.family, rows[i].family, "row %zu", i);
		cr_expect_eq(memcmp(link.gateway.ip, rows[i].ip, 4), 0, "row %zu", i);
		cr_expect_eq(link.prefix_len, rows[i].prefix, "row %zu", i);
	}
	cr_expect_not(
		simrig_command(&s, "{\"ap\": \"add\", \"ssid\": \"x\", \"gateway\": \"no\"}"));
	cr_expect_not(simrig_command(&s, "{\"ap\": \"add\", \"ssid\": \"x\", \"status\": 65536}"));
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_station, link_has_the_facts, .timeout = 30)
{
	static const struct outcome home = {"home", "correct horse", 0, 0, 0};
	const struct provd_event *e;
	const struct provd_link *link;
	struct simrig s;
	size_t steps = 0;

	simrig_open(&s, WORLD);
	cr_assert_eq(join(&s, 9, &home), 0);
	e = s.hal.events[s.hal.count - 1];
	cr_assert_eq(e->data_size, sizeof(struct provd_link));
	link = e->data;
	cr_expect_eq(link->flags, PROVD_LINK_ASSOCIATED | PROVD_LINK_ADDRESS);
	cr_expect_eq(link->channel, 11);
	cr_expect_eq(memcmp(link->addr.ip, "\x0a\x01\x02\x03", 4), 0);
	cr_expect_eq(memcmp(link->gateway.ip, "\x0a\x01\x02\x01", 4), 0);
	cr_expect_eq(memcmp(link->mac, "\x02\x00\x00\x12\x34\x56", 6), 0);
	for (size_t i = 0; i < s.hal.count; i++) {
		static const char *const names[] = {"associating", "authenticating", "address"};

		if (s.hal.events[i]->type != PROVD_EV_PROGRESS)
			continue;
		cr_assert_lt(steps, 3);
		cr_expect_str_eq(s.hal.events[i]->text, names[steps++]);
	}
	cr_expect_eq(steps, 3);
	cr_expect_null(strstr(s.rig.lines, "correct horse"));
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_station, hints_choose_among_equals, .timeout = 30)
{
	struct provd_credentials c = simrig_creds("home", "correct horse");
	struct provd_link link = {.size = sizeof(link)};
	struct simrig s;

	simrig_open(&s, WORLD);
	c.channel = 1;
	cr_assert_eq(s.station->connect(s.inst, 1, &c), 0);
	cr_assert_eq(simrig_done(&s, 1), 0);
	s.station->get_link(s.inst, &link);
	cr_expect_eq(link.channel, 1);
	c.channel = 11;
	c.flags = PROVD_CREDENTIALS_BSSID;
	memcpy(c.bssid, "\x02\x00\x00\x00\x00\x77", 6);
	cr_assert_eq(s.station->connect(s.inst, 2, &c), 0);
	cr_assert_eq(simrig_done(&s, 2), 0);
	s.station->get_link(s.inst, &link);
	cr_expect_eq(link.bssid[5], 0x77);
	c.bssid[5] = 0x78;
	cr_assert_eq(s.station->connect(s.inst, 3, &c), 0);
	cr_assert_eq(simrig_done(&s, 3), 0, "a BSSID that is not there falls back to any");
	provd_secret_unref(c.passphrase);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_station, cancel_in_each_phase, .timeout = 30)
{
	static const char *const phases[] = {"associating", "authenticating", "address"};
	static const char *const names[] = {"slow", "slow", "slowdhcp"};
	struct provd_credentials c;
	struct provd_link link = {.size = sizeof(link)};
	struct simrig s;

	simrig_open(&s, WORLD);
	for (uint64_t i = 0; i < 3; i++) {
		const struct provd_event *e;

		/* The second phase of a slow join comes after the half of its time: make it 2 s. */
		if (i == 1)
			cr_assert(simrig_command(&s, "{\"ap\": \"add\", \"ssid\": \"slow2\", "
						     "\"join_ms\": 2000, \"bssid\": "
						     "\"02:00:00:00:00:99\"}"));
		c = simrig_creds(i == 1 ? "slow2" : names[i], NULL);
		cr_assert_eq(s.station->connect(s.inst, 50 + i, &c), 0);
		cr_expect_eq(s.station->connect(s.inst, 60 + i, &c), PROVD_E_BUSY);
		do {
			e = rig_wait(&s.hal, PROVD_EV_PROGRESS, 50 + i);
			cr_assert_not_null(e);
		} while (strcmp(e->text, phases[i]) != 0);
		s.station->cancel(s.inst, 4711);
		s.station->cancel(s.inst, 50 + i);
		s.station->cancel(s.inst, 50 + i);
		cr_expect_eq(simrig_done(&s, 50 + i), PROVD_E_CANCELED);
		s.station->get_link(s.inst, &link);
		cr_expect_eq(link.flags, 0);
	}
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_station, canceled_at_once_and_by_close, .timeout = 30)
{
	struct provd_credentials c = simrig_creds("open", NULL);
	struct simrig s;

	simrig_open(&s, WORLD);
	cr_assert_eq(s.station->connect(s.inst, 1, &c), 0);
	s.station->disconnect(s.inst);
	cr_expect_eq(simrig_done(&s, 1), PROVD_E_CANCELED);
	cr_assert_eq(s.station->connect(s.inst, 2, &c), 0);
	s.hal.plugin->ops.hal.close(s.inst);
	cr_expect_eq(simrig_done(&s, 2), PROVD_E_CANCELED);
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_HAL_CLOSED, 0));
	cr_expect_eq(s.station->connect(s.inst, 3, &c), PROVD_E_STATE);
	cr_expect_eq(simrig_unload(&s), 0);
}

Test(sim_station, scan_lists_what_is_there, .timeout = 30)
{
	static const uint32_t channels[] = {1};
	struct provd_scan_request r = {.size = sizeof(r)};
	const struct provd_event *e;
	const struct provd_bss *bss;
	struct simrig s;
	size_t unnamed = 0;

	simrig_open(&s, WORLD);
	cr_assert_eq(s.station->scan(s.inst, 1, &r), 0);
	e = rig_wait(&s.hal, PROVD_EV_SCAN_RESULT, 1);
	cr_assert_not_null(e);
	cr_expect_eq(e->count, 12, "all but the one that appears later, got %u", e->count);
	bss = e->data;
	for (uint32_t i = 0; i < e->count; i++)
		unnamed += bss[i].ssid_len == 0;
	cr_expect_eq(unnamed, 1);
	cr_expect_eq(simrig_done(&s, 1), 0);
	r.channels = channels;
	r.channel_count = 1;
	cr_assert_eq(s.station->scan(s.inst, 2, &r), 0);
	e = rig_wait(&s.hal, PROVD_EV_SCAN_RESULT, 2);
	cr_assert_not_null(e);
	cr_expect_eq(e->count, 1);
	cr_assert_eq(simrig_done(&s, 2), 0);
	cr_assert_eq(s.station->scan(s.inst, 3, &r), 0);
	s.station->cancel(s.inst, 3);
	cr_expect_eq(simrig_done(&s, 3), PROVD_E_CANCELED);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_station, failures_on_demand, .timeout = 30)
{
	static const struct outcome open = {"open", NULL, 0, 0, 0};
	struct simrig s;

	simrig_open(&s, WORLD);
	cr_assert(simrig_command(&s, "{\"fail\": \"connect\", \"code\": \"WIFI_REJECTED\", "
				     "\"times\": 2}"));
	cr_expect_eq(join(&s, 1, &open), PROVD_E_WIFI_REJECTED);
	cr_expect_eq(join(&s, 2, &open), PROVD_E_WIFI_REJECTED);
	cr_expect_eq(join(&s, 3, &open), 0);
	cr_assert(simrig_command(&s, "{\"fail\": \"connect\", \"at\": \"call\"}"));
	cr_expect_eq(join(&s, 4, &open), PROVD_E_WIFI_RADIO);
	cr_expect_eq(rig_count(&s.hal, PROVD_EV_OP_DONE, 4), 0);
	cr_assert(simrig_command(&s, "{\"link\": \"lost\"}"));
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_LINK_LOST, 0));
	cr_expect_not(simrig_command(&s, "{\"link\": \"lost\"}"));
	cr_expect_eq(join(&s, 5, &open), 0);
	cr_assert(simrig_command(&s, "{\"ap\": \"remove\", \"ssid\": \"open\"}"));
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_LINK_LOST, 0));
	cr_expect_eq(join(&s, 6, &open), PROVD_E_WIFI_NO_AP);
	cr_expect_eq(simrig_close(&s), 0);
}
