/* SPDX-License-Identifier: Apache-2.0 */
/* Previous_Error: failures of ended sessions out of the journal, against a scripted host. */
#include "fake_host.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "phone.h"
#include "util.h"

TestSuite(plugin_previous, .timeout = 20);

#define STATION_REJECTED PREVIOUS_ERROR("WIFI AP STA error! (12, -4)")

static struct fake *fresh(void)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	fake->journal.is_there = true;
	fake_state(fake, 9, PROVD_STATE_LISTENING, 0);
	return fake;
}

static void finish(struct fake *fake)
{
	cr_assert(strstr(fake->log, TOKEN) == NULL);
	fake_end(fake);
	expect_no_leaks();
}

static size_t previous_to(const struct fake *fake, uint64_t peer)
{
	size_t count = 0;

	for (size_t i = 0; i < fake->send_count; i++)
		count += fake->sends[i].peer == peer &&
			 strstr(fake->sends[i].text, "Previous_Error") != NULL;
	return count;
}

static void fill(struct fake *fake, uint64_t session, int count)
{
	for (int i = 0; i < count; i++)
		fake_failure(fake, session, PROVD_STATE_JOINING, PROVD_E_WIFI_REJECTED, 12, -4);
}

Test(plugin_previous, the_identity_comes_first_and_then_the_oldest)
{
	struct fake *fake = fresh();

	fake_failure(fake, 3, PROVD_STATE_JOINING, PROVD_E_WIFI_PASSPHRASE, 12, -3);
	fake_failure(fake, 3, PROVD_STATE_BINDING, PROVD_E_CLOUD_TOKEN, 24, 6);
	fake_failure(fake, 5, PROVD_STATE_REGISTERING, PROVD_E_CLOUD_SIGNATURE, 27, -9);
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(fake->send_count, 4);
	cr_assert_str_eq(fake->sends[0].text, IDENTITY_REPLY);
	cr_assert_str_eq(fake->sends[1].text, PREVIOUS_ERROR("WIFI AP STA error! (12, -3)"));
	cr_assert_str_eq(fake->sends[2].text, PREVIOUS_ERROR("MQTT Token reply error! (24, 6)"));
	cr_assert_str_eq(fake->sends[3].text, PREVIOUS_ERROR("Device Info error! (27, -9)"));
	cr_assert_eq(fake->journal.mark_count, 2);
	cr_assert_eq(fake_marked(fake, 3, PROVD_JOURNAL_TOLD), 1);
	cr_assert_eq(fake_marked(fake, 5, PROVD_JOURNAL_TOLD), 1);
	cr_assert_str_eq(fake_last(fake, PROVD_EV_PROGRESS)->text, "previous failures told");
	cr_assert_str_eq(fake_last(fake, PROVD_EV_PROGRESS)->fields, "count=3");
	cr_assert_eq(fake_last(fake, PROVD_EV_PROGRESS)->count, PROVD_FLOW_TO_PHONE);
	/* Nobody hears of it again. */
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	(void)fake_datagram_text(fake, PHONE + 1, CMD_TOKEN);
	cr_assert_eq(fake->send_count, 6);
	finish(fake);
}

Test(plugin_previous, never_without_the_identity)
{
	struct fake *fake = fresh();

	fill(fake, 3, 1);
	fake->send_room = 0;
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	fake->send_room = -1;
	cr_assert_eq(fake->send_count, 0);
	cr_assert_eq(fake->journal.mark_count, 0);
	/* Nor after a command that is refused, nor after a log query. */
	(void)fake_datagram_text(fake, PHONE, "{\"cmdType\":1}");
	fake->may_send_text = true;
	(void)fake_datagram_text(fake, PHONE, "{\"cmdType\":3}");
	cr_assert_eq(previous_to(fake, PHONE), 0);
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_str_eq(fake->sends[fake->send_count - 2].text, IDENTITY_REPLY);
	cr_assert_eq(previous_to(fake, PHONE), 1);
	finish(fake);
}

/* The channel's limit: what did not go out is not marked, and follows. */
Test(plugin_previous, the_rest_follows_with_the_next_command)
{
	struct fake *fake = fresh();

	fill(fake, 3, 1);
	fill(fake, 4, 3);
	fill(fake, 5, 1);
	fake->send_room = 4;
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(previous_to(fake, PHONE), 3);
	cr_assert_eq(fake->journal.mark_count, 1);
	cr_assert_eq(fake_marked(fake, 3, PROVD_JOURNAL_TOLD), 1);
	fake->send_room = 1;
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(previous_to(fake, PHONE), 3);
	fake->send_room = 2;
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(previous_to(fake, PHONE), 4, "the third of session 4, nothing twice");
	cr_assert_eq(fake_marked(fake, 4, PROVD_JOURNAL_TOLD), 1);
	cr_assert_eq(fake_marked(fake, 5, PROVD_JOURNAL_TOLD), 0);
	fake->send_room = -1;
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(previous_to(fake, PHONE), 5);
	cr_assert_eq(fake->journal.mark_count, 3);
	finish(fake);
}

Test(plugin_previous, sixteen_at_a_time)
{
	struct fake *fake = fresh();

	fill(fake, 3, 15);
	fill(fake, 4, 3);
	fill(fake, 5, 2);
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(previous_to(fake, PHONE), 16);
	cr_assert_eq(fake_marked(fake, 3, PROVD_JOURNAL_TOLD), 1);
	cr_assert_eq(fake->journal.mark_count, 1);
	/* Another phone hears all of what is not marked. */
	(void)fake_datagram_text(fake, PHONE + 1, CMD_TOKEN);
	cr_assert_eq(previous_to(fake, PHONE + 1), 5);
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(previous_to(fake, PHONE), 16);
	cr_assert_eq(fake->journal.mark_count, 3);
	finish(fake);
}

Test(plugin_previous, many_sessions_at_once)
{
	struct fake *fake = fresh();

	for (uint64_t session = 20; session < 40; session++)
		fill(fake, session, 1);
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(fake->journal.mark_count, 16);
	fake->journal.mark_count = 0;
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(fake->journal.mark_count, 4);
	cr_assert_eq(previous_to(fake, PHONE), 20);
	finish(fake);
}

Test(plugin_previous, not_to_the_phone_that_knows)
{
	struct fake *fake = fresh();

	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake_state(fake, 9, PROVD_STATE_JOINING, 0);
	fake_state(fake, 9, PROVD_STATE_LISTENING, PROVD_E_WIFI_REJECTED);
	cr_assert_eq(fake->send_count, 2);
	fake_state(fake, 9, PROVD_STATE_FAILED, PROVD_E_WIFI_REJECTED);
	/* Asks after the end: another one that knows. */
	(void)fake_datagram_text(fake, PHONE + 1, CMD_CREDENTIALS);
	cr_assert_eq(fake->send_count, 3);
	fill(fake, 9, 1);
	fake_state(fake, 10, PROVD_STATE_LISTENING, 0);
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	(void)fake_datagram_text(fake, PHONE + 1, CMD_CREDENTIALS);
	cr_assert_eq(previous_to(fake, PHONE) + previous_to(fake, PHONE + 1), 0);
	cr_assert_eq(fake->journal.mark_count, 0);
	(void)fake_datagram_text(fake, PHONE + 2, CMD_CREDENTIALS);
	cr_assert_eq(previous_to(fake, PHONE + 2), 1);
	cr_assert_str_eq(fake->sends[fake->send_count - 1].text, STATION_REJECTED);
	cr_assert_eq(fake_marked(fake, 9, PROVD_JOURNAL_TOLD), 1);
	finish(fake);
}

/* The running session's own failure is no journal's business yet; afterwards it is told once. */
Test(plugin_previous, the_running_session_is_told_from_memory)
{
	struct fake *fake = fresh();

	fill(fake, 3, 1);
	fake->send_result = PROVD_E_PEER_GONE;
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake_state(fake, 9, PROVD_STATE_JOINING, 0);
	fake_state(fake, 9, PROVD_STATE_LISTENING, PROVD_E_WIFI_PASSPHRASE);
	fake->send_result = 0;
	(void)fake_datagram_text(fake, PHONE + 1, CMD_CREDENTIALS);
	cr_assert_eq(fake->send_count, 3);
	cr_assert_str_eq(fake->sends[1].text, STATION_REJECTED);
	cr_assert_str_eq(fake->sends[2].text, PREVIOUS_ERROR("WIFI AP STA error! (12, -3)"));
	cr_assert_eq(fake_marked(fake, 9, PROVD_JOURNAL_TOLD), 0);
	fake_state(fake, 9, PROVD_STATE_STOPPED, 0);
	fake_failure(fake, 9, PROVD_STATE_JOINING, PROVD_E_WIFI_PASSPHRASE, 12, -3);
	fake_state(fake, 10, PROVD_STATE_LISTENING, 0);
	(void)fake_datagram_text(fake, PHONE + 1, CMD_CREDENTIALS);
	cr_assert_eq(previous_to(fake, PHONE + 1), 2, "it knows");
	(void)fake_datagram_text(fake, PHONE + 2, CMD_CREDENTIALS);
	cr_assert_eq(previous_to(fake, PHONE + 2), 1);
	finish(fake);
}

Test(plugin_previous, a_bound_session_is_not_told)
{
	struct fake *fake = fresh();

	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	fake_state(fake, 9, PROVD_STATE_JOINING, 0);
	fake_state(fake, 9, PROVD_STATE_LISTENING, PROVD_E_WIFI_PASSPHRASE);
	fake_state(fake, 9, PROVD_STATE_JOINING, 0);
	fake_state(fake, 9, PROVD_STATE_BOUND, 0);
	cr_assert_eq(fake_marked(fake, 9, PROVD_JOURNAL_TOLD), 1);
	/* Without a failure there is nothing to mark. */
	fake_state(fake, 10, PROVD_STATE_LISTENING, 0);
	fake_state(fake, 10, PROVD_STATE_JOINING, 0);
	fake_state(fake, 10, PROVD_STATE_BOUND, 0);
	cr_assert_eq(fake->journal.mark_count, 1);
	finish(fake);
}

/* Recorded under another cloud, so without a pair. */
Test(plugin_previous, failures_without_a_pair_get_one)
{
	struct fake *fake = fresh();

	fake_failure(fake, 3, PROVD_STATE_LISTENING, PROVD_E_TIMEOUT, 0, 0);
	fake_failure(fake, 3, PROVD_STATE_JOINING, PROVD_E_WIFI_NO_AP, 0, 0);
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_str_eq(fake->sends[1].text, PREVIOUS_ERROR("WIFI boarding stop! (3, 103)"));
	cr_assert_str_eq(fake->sends[2].text, PREVIOUS_ERROR("WIFI AP STA error! (12, -2)"));
	finish(fake);
}

/* What that cloud's binding was at is not known: the reason tells where it belongs. */
Test(plugin_previous, failures_of_a_binding_without_a_pair_get_the_right_one)
{
	struct fake *fake = fresh();

	fake_failure(fake, 3, PROVD_STATE_BINDING, PROVD_E_MQTT_NOT_AUTHORIZED, 0, 0);
	fake_failure(fake, 3, PROVD_STATE_BINDING, PROVD_E_NET_DNS, 0, 0);
	fake_failure(fake, 3, PROVD_STATE_BINDING, PROVD_E_PEER_NO_TOKEN, 0, 0);
	fake_failure(fake, 3, PROVD_STATE_BINDING, PROVD_E_CLOUD_TOKEN_EXPIRED, 0, 0);
	fake_failure(fake, 3, PROVD_STATE_BINDING, PROVD_E_WIFI_LOST, 0, 0);
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_str_eq(fake->sends[1].text, PREVIOUS_ERROR("MQTT connect error! (1, -117)"));
	cr_assert_str_eq(fake->sends[2].text, PREVIOUS_ERROR("MQTT connect error! (1, -602)"));
	cr_assert_str_eq(fake->sends[3].text, PREVIOUS_ERROR("MQTT Token send error! (23, -1002)"));
	cr_assert_str_eq(fake->sends[4].text, PREVIOUS_ERROR("MQTT Token reply error! (24, -805)"));
	cr_assert_str_eq(fake->sends[5].text, PREVIOUS_ERROR("WIFI disconnect error! (11, -7)"));
	finish(fake);
}

/* What was imported from the vendor's store has session 0. */
Test(plugin_previous, imported_failures_are_told)
{
	struct fake *fake = fresh();

	fake_failure(fake, 0, PROVD_STATE_BINDING, PROVD_E_UNKNOWN, 1, -30592);
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_str_eq(fake->sends[1].text, PREVIOUS_ERROR("MQTT connect error! (1, -30592)"));
	cr_assert_eq(fake_marked(fake, 0, PROVD_JOURNAL_TOLD), 1);
	finish(fake);
}

/* The notes on who knows what are bounded. */
Test(plugin_previous, many_phones_ask_after_the_end)
{
	struct fake *fake = fresh();

	fake_state(fake, 9, PROVD_STATE_FAILED, PROVD_E_TIMEOUT);
	for (uint64_t peer = 100; peer < 200; peer++)
		(void)fake_datagram_text(fake, peer, CMD_TOKEN);
	cr_assert_eq(fake->send_count, 100);
	fake_failure(fake, 9, PROVD_STATE_LISTENING, PROVD_E_TIMEOUT, 3, 103);
	fake_state(fake, 10, PROVD_STATE_LISTENING, 0);
	(void)fake_datagram_text(fake, 199, CMD_TOKEN);
	cr_assert_eq(previous_to(fake, 199), 0);
	finish(fake);
}
