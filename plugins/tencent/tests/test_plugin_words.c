/* SPDX-License-Identifier: Apache-2.0 */
/* Each row of the failure table as the phone hears it, against a scripted host. */
#include "fake_host.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "phone.h"
#include "util.h"

TestSuite(plugin_words, .timeout = 20);

/* How a stage is reached: the state that is left, and how far binding got. */
static const struct {
	const char *stage; /* how its words begin */
	uint32_t state;
	int steps; /* of binding: 1 begun, 2 token out, 3 acknowledged */
} ways[] = {
	{"the session", PROVD_STATE_LISTENING, 0},
	{"opening", PROVD_STATE_LISTENING, 0},
	{"joining", PROVD_STATE_JOINING, 0},
	{"staying", PROVD_STATE_ONLINE, 0},
	{"registering", PROVD_STATE_REGISTERING, 0},
	{"connecting", PROVD_STATE_BINDING, 1},
	{"waiting for the token", PROVD_STATE_BINDING, 2},
	{"waiting for the cloud", PROVD_STATE_BINDING, 3},
};

static int way_of(const char *stage)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strncmp(stage, ways[i].stage, strlen(ways[i].stage)) == 0)
			return (int)i;
	return -1;
}

/* A code that no row has. */
static int code_of(const struct provd_failure_word *row)
{
	if (row->code != 0)
		return row->code;
	return strncmp(row->stage, "staying", 7) == 0 || strncmp(row->stage, "opening", 7) == 0
		       ? PROVD_E_WIFI_NO_AP - 99
		       : PROVD_E_INTERNAL;
}

static struct fake *reach(int way)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	fake_state(fake, 1, PROVD_STATE_LISTENING, 0);
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	if (ways[way].state > PROVD_STATE_LISTENING)
		fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	if (ways[way].state > PROVD_STATE_JOINING)
		fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
	if (ways[way].state > PROVD_STATE_ONLINE)
		fake_state(fake, 1, ways[way].state, 0);
	if (ways[way].steps >= 1)
		cr_assert_eq(fake_bind(fake, 90, TOKEN), 0);
	if (ways[way].steps >= 2)
		fake_mqtt_up(fake);
	if (ways[way].steps >= 3)
		fake_mqtt_event(fake, PROVD_MQTT_PUBLISHED, fake->mqtt.pub_id, 0);
	fake->ops->cancel(fake->inst, 90);
	return fake;
}

static void expect_send(const struct fake *fake, const char *kind, const char *text)
{
	char want[256];

	(void)snprintf(want, sizeof(want),
		       "{\"cmdType\":2,\"deviceReply\":\"%s\",\"log\":\"%s\"}\r\n", kind, text);
	cr_assert_gt(fake->send_count, 0);
	cr_assert_str_eq(fake->sends[fake->send_count - 1].text, want);
	cr_assert_eq(fake->sends[fake->send_count - 1].len, strlen(want));
	cr_assert_eq(fake->sends[fake->send_count - 1].repeats, 1);
}

static void check_described(const struct fake *fake, uint32_t state, int code,
			    const struct provd_failure_word *row)
{
	struct provd_app_failure described = {.size = sizeof(described)};
	char text[128];

	fake->dialect->describe(fake->inst, state, code, &described);
	cr_assert_eq(described.id, row->id, "%s %d: id %d", row->stage, code, described.id);
	cr_assert_eq(described.sub, row->sub, "%s %d: sub %d", row->stage, code, described.sub);
	(void)snprintf(text, sizeof(text), "%s (%d, %d)", described.text, described.id,
		       described.sub);
	cr_assert_str_eq(text, row->text);
}

static void check_row(const struct provd_failure_word *row, int way)
{
	struct fake *fake = reach(way);
	uint32_t state = ways[way].state;
	int code = code_of(row);
	size_t before = fake->send_count;

	check_described(fake, state, code, row);
	if (state != PROVD_STATE_LISTENING) {
		fake_state(fake, 1, PROVD_STATE_LISTENING, code);
		/* A cancel is no failure: it is told when it ends the session. */
		cr_assert_eq(fake->send_count, code == PROVD_E_CANCELED ? before : before + 1);
		if (code == PROVD_E_CANCELED) {
			fake_end(fake);
			return;
		}
		expect_send(fake, "Current_Error", row->text);
		cr_assert_str_eq(fake_last(fake, PROVD_EV_PROGRESS)->text, "failure told");
		cr_assert_eq(fake_last(fake, PROVD_EV_PROGRESS)->count, PROVD_FLOW_TO_PHONE);
	}
	/* A phone that asks after the end hears the same. */
	fake_state(fake, 1, PROVD_STATE_FAILED, code);
	(void)fake_datagram_text(fake, PHONE + 1, CMD_CREDENTIALS);
	expect_send(fake, "Current_Error", row->text);
	/* So does the phone that comes to the next session, from the journal. */
	fake_failure(fake, 1, state, code, row->id, row->sub);
	fake_state(fake, 2, PROVD_STATE_LISTENING, 0);
	(void)fake_datagram_text(fake, PHONE + 2, CMD_CREDENTIALS);
	cr_assert_str_eq(fake->sends[fake->send_count - 2].text, IDENTITY_REPLY);
	expect_send(fake, "Previous_Error", row->text);
	fake_end(fake);
}

Test(plugin_words, each_row_is_what_the_phone_hears)
{
	const struct provd_plugin_descriptor *plugin = fake_descriptor();
	size_t checked = 0;

	cr_assert_eq(plugin->failure_size, sizeof(struct provd_failure_word));
	cr_assert_gt(plugin->failure_count, 90);
	for (uint32_t i = 0; i < plugin->failure_count; i++) {
		const struct provd_failure_word *row = &plugin->failures[i];
		int way = way_of(row->stage);

		/* Answers to bad commands: plugin_dialect. */
		if (way < 0) {
			cr_assert_eq(row->id, 2, "no way to stage '%s'", row->stage);
			continue;
		}
		check_row(row, way);
		checked++;
	}
	cr_assert_eq(checked, plugin->failure_count - 4);
	expect_no_leaks();
}

Test(plugin_words, nothing_is_described_where_nothing_failed)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);
	struct provd_app_failure described = {.size = sizeof(described), .id = 5, .text = "x"};

	fake->dialect->describe(fake->inst, PROVD_STATE_JOINING, 0, &described);
	cr_assert_eq(described.id, 0);
	cr_assert(described.text == NULL);
	fake_end(fake);
	expect_no_leaks();
}

/* Waiting for the token, all but the network's loss is told as such. */
Test(plugin_words, without_a_token)
{
	struct fake *fake = reach(3);

	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_PEER_NO_TOKEN);
	expect_send(fake, "Current_Error", "MQTT Token send error! (23, -1002)");
	fake_end(fake);
	expect_no_leaks();
}

static struct fake *binding(void)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	fake->unix_ms = 1611299968230u;
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
	fake_state(fake, 1, PROVD_STATE_BINDING, 0);
	cr_assert_eq(fake_bind(fake, 90, TOKEN), 0);
	return fake;
}

Test(plugin_words, the_clouds_own_code_is_told)
{
	static const struct {
		const char *reply;
		int code;
		const char *text;
	} rows[] = {
		{"\"code\":6,\"status\":\"no\"", PROVD_E_CLOUD_TOKEN,
		 "MQTT Token reply error! (24, 6)"},
		{"\"code\":7,\"status\":\"token Expired\"", PROVD_E_CLOUD_TOKEN_EXPIRED,
		 "MQTT Token reply error! (24, 7)"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provd_app_failure described = {.size = sizeof(described)};
		struct fake *fake = binding();
		char reply[256];

		fake_mqtt_up(fake);
		(void)snprintf(reply, sizeof(reply),
			       "{\"method\":\"app_bind_token_reply\",\"clientToken\":"
			       "\"TEST2-687232230\",%s}",
			       rows[i].reply);
		fake_mqtt_message(fake, TOPIC_DOWN, reply);
		cr_assert_eq(fake_last(fake, PROVD_EV_OP_DONE)->status, rows[i].code);
		fake->dialect->describe(fake->inst, PROVD_STATE_BINDING, rows[i].code, &described);
		cr_assert_eq(described.id, 24);
		cr_assert_eq(described.sub, i == 0 ? 6 : 7);
		fake_state(fake, 1, PROVD_STATE_LISTENING, rows[i].code);
		expect_send(fake, "Current_Error", rows[i].text);
		fake_end(fake);
	}
	expect_no_leaks();
}

/* The host says only that it waited long enough, or what it found out by itself. */
Test(plugin_words, what_was_tried_in_vain_is_told)
{
	static const struct {
		int tried, ended;
		const char *text;
	} rows[] = {
		{PROVD_E_NET_DNS, PROVD_E_CLOUD_NO_REPLY, "MQTT connect error! (1, -602)"},
		{PROVD_E_CLOCK, PROVD_E_CLOUD_NO_REPLY, "MQTT connect error! (1, 202)"},
		{PROVD_E_NET_UNREACHABLE, PROVD_E_NET_NO_GATEWAY, "MQTT connect error! (1, -601)"},
		{PROVD_E_NET_UNREACHABLE, PROVD_E_NET_NO_INTERNET, "MQTT connect error! (1, -604)"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = binding();

		fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, rows[i].tried);
		fake->ops->cancel(fake->inst, 90);
		fake_state(fake, 1, PROVD_STATE_LISTENING, rows[i].ended);
		expect_send(fake, "Current_Error", rows[i].text);
		fake_end(fake);
	}
	expect_no_leaks();
}

Test(plugin_words, a_registration_in_vain_is_told)
{
	struct fake *fake = fake_new(NULL, IDENTITY_FRESH);

	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fake_state(fake, 1, PROVD_STATE_REGISTERING, 0);
	cr_assert_eq(fake->ops->register_device(fake->inst, 90), 0);
	fake_http_answer(fake, 429, "slow down");
	fake->ops->cancel(fake->inst, 90);
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_CLOUD_NO_REPLY);
	expect_send(fake, "Current_Error", "Device Info error! (27, -137)");
	fake_end(fake);
	expect_no_leaks();
}
