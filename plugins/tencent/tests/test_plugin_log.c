/* SPDX-License-Identifier: Apache-2.0 */
/* The log query on the app's port, against a scripted host. */
#include "fake_host.h"

#include <string.h>

#include <criterion/criterion.h>

#include "phone.h"
#include "util.h"

TestSuite(plugin_log, .timeout = 20);

#define QUERY "{\"cmdType\":3}"
#define TEXT                                                                                       \
	"1000|listening(1): session started\r\n"                                                   \
	"2000|joining(2): the access point did not accept the passphrase, WIFI_PASSPHRASE "        \
	"(12, -3)\r\n"

static void put_session(struct fake *fake, uint64_t session)
{
	fake_line(fake, session, PROVD_STATE_LISTENING, 0, "session started");
	fake_line(fake, session, PROVD_STATE_JOINING, PROVD_E_WIFI_PASSPHRASE, "attempt failed");
}

static struct fake *fresh(void)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	fake->journal.is_there = true;
	fake->may_send_text = true;
	fake_state(fake, 9, PROVD_STATE_LISTENING, 0);
	return fake;
}

static struct fake *failed_before(void)
{
	struct fake *fake = fresh();

	put_session(fake, 3);
	fake_failure(fake, 3, PROVD_STATE_JOINING, PROVD_E_WIFI_PASSPHRASE, 12, -3);
	return fake;
}

static void finish(struct fake *fake)
{
	cr_assert(strstr(fake->log, TOKEN) == NULL);
	fake_end(fake);
	expect_no_leaks();
}

static void expect_text(const struct fake *fake)
{
	const struct fake_send *sent = &fake->sends[fake->send_count - 1];

	cr_assert_gt(fake->send_count, 0);
	cr_assert_str_eq(sent->text, TEXT);
	cr_assert_eq(sent->len, strlen(TEXT));
	cr_assert_eq(sent->repeats, 2);
	cr_assert_eq(sent->interval_ms, 500);
	cr_assert_eq(sent->peer, PHONE);
}

Test(plugin_log, the_failed_session_is_sent_twice_and_the_exchange_goes_on)
{
	struct fake *fake = failed_before();

	cr_assert_eq(fake_datagram_text(fake, PHONE, QUERY), 0);
	cr_assert_eq(fake->send_count, 1);
	expect_text(fake);
	cr_assert_str_eq(fake_last(fake, PROVD_EV_PROGRESS)->text, "log sent");
	cr_assert_str_eq(fake_last(fake, PROVD_EV_PROGRESS)->fields, "lines=2 bytes=127");
	cr_assert_eq(fake_last(fake, PROVD_EV_LOG_QUERY)->status, 0);
	cr_assert_eq(fake_last(fake, PROVD_EV_LOG_QUERY)->op, 9);
	(void)fake_datagram_text(fake, PHONE, CMD_CREDENTIALS);
	cr_assert_str_eq(fake->sends[1].text, IDENTITY_REPLY);
	cr_assert_eq(fake_count(fake, PROVD_EV_CREDENTIALS), 1);
	cr_assert_eq(fake_marked(fake, 3, PROVD_JOURNAL_DELIVERED), 0, "it may have been lost");
	finish(fake);
}

Test(plugin_log, a_lost_datagram_does_not_lose_the_log)
{
	struct fake *fake = failed_before();

	/* The app asks every five seconds until it has it. */
	for (int i = 0; i < 2; i++) {
		(void)fake_datagram_text(fake, PHONE, QUERY);
		expect_text(fake);
		fake_advance(fake, 5000);
	}
	cr_assert_eq(fake->journal.mark_count, 0);
	(void)fake_datagram_text(fake, PHONE, QUERY);
	fake_advance(fake, 999);
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(fake_marked(fake, 3, PROVD_JOURNAL_DELIVERED), 0, "it may have been lost");
	/* Another phone says nothing about this one. */
	fake_advance(fake, 5000);
	(void)fake_datagram_text(fake, PHONE + 1, CMD_TOKEN);
	cr_assert_eq(fake_marked(fake, 3, PROVD_JOURNAL_DELIVERED), 0);
	/* Going on without asking again, it has it. */
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	cr_assert_eq(fake_marked(fake, 3, PROVD_JOURNAL_DELIVERED), 1);
	/* There is nothing more. */
	(void)fake_datagram_text(fake, PHONE + 1, QUERY);
	cr_assert_eq(fake_last(fake, PROVD_EV_LOG_QUERY)->status, PROVD_E_NOT_FOUND);
	finish(fake);
}

/* It would wash the session's own entries out of the timeline. */
Test(plugin_log, a_phone_that_asks_on_and_on_is_answered_but_told_of_four_times)
{
	struct fake *fake = failed_before();

	for (int i = 0; i < 20; i++)
		(void)fake_datagram_text(fake, PHONE, QUERY);
	cr_assert_eq(fake->send_count, 20);
	cr_assert_eq(fake_count(fake, PROVD_EV_LOG_QUERY), 4);
	cr_assert_eq(fake_count(fake, PROVD_EV_PROGRESS), 4);
	/* Of another phone, and in another session, it is told again. */
	(void)fake_datagram_text(fake, PHONE + 1, QUERY);
	cr_assert_eq(fake_count(fake, PROVD_EV_LOG_QUERY), 5);
	fake_state(fake, 10, PROVD_STATE_LISTENING, 0);
	(void)fake_datagram_text(fake, PHONE, QUERY);
	cr_assert_eq(fake_count(fake, PROVD_EV_LOG_QUERY), 6);
	finish(fake);
}

Test(plugin_log, a_forgotten_phone_has_it_after_a_silence)
{
	static const struct {
		uint64_t silence_ms;
		size_t marks;
	} rows[] = {{10999, 0}, {11000, 1}};

	for (size_t i = 0; i < 2; i++) {
		struct fake *fake = failed_before();

		(void)fake_datagram_text(fake, PHONE, QUERY);
		fake_advance(fake, rows[i].silence_ms);
		fake->dialect->peer_gone(fake->inst, PHONE);
		cr_assert_eq(fake_marked(fake, 3, PROVD_JOURNAL_DELIVERED), rows[i].marks);
		finish(fake);
	}
}

Test(plugin_log, nothing_is_sent_when_nothing_failed)
{
	struct fake *fake = fresh();

	fake_line(fake, 9, PROVD_STATE_LISTENING, 0, "session started");
	cr_assert_eq(fake_datagram_text(fake, PHONE, QUERY), 0);
	cr_assert_eq(fake->send_count, 0);
	cr_assert_eq(fake_last(fake, PROVD_EV_LOG_QUERY)->status, PROVD_E_NOT_FOUND);
	cr_assert_str_eq(fake_last(fake, PROVD_EV_LOG_QUERY)->text, "the phone asks for the log");
	cr_assert_eq(fake_count(fake, PROVD_EV_PROGRESS), 0);
	finish(fake);
}

/* More may follow in it, so it is never delivered by that. */
Test(plugin_log, the_running_session_when_it_has_a_failure)
{
	struct fake *fake = fresh();

	put_session(fake, 9);
	(void)fake_datagram_text(fake, PHONE, QUERY);
	expect_text(fake);
	fake_advance(fake, 20000);
	(void)fake_datagram_text(fake, PHONE, CMD_TOKEN);
	fake->dialect->peer_gone(fake->inst, PHONE);
	cr_assert_eq(fake->journal.mark_count, 0);
	finish(fake);
}

Test(plugin_log, what_did_not_go_out_is_not_delivered)
{
	struct fake *fake = failed_before();

	fake->send_room = 0;
	(void)fake_datagram_text(fake, PHONE, QUERY);
	cr_assert_eq(fake_last(fake, PROVD_EV_LOG_QUERY)->status, PROVD_E_PEER_RATE);
	cr_assert_eq(fake_count(fake, PROVD_EV_PROGRESS), 0);
	fake_advance(fake, 20000);
	fake->dialect->peer_gone(fake->inst, PHONE);
	cr_assert_eq(fake->journal.mark_count, 0);
	finish(fake);
}

Test(plugin_log, the_newest_of_several_and_one_datagram)
{
	struct fake *fake = failed_before();

	for (int i = 0; i < 25; i++)
		fake_line(fake, 5, PROVD_STATE_BINDING, 0,
			  "a very long line that tells nothing but its own length, on and on "
			  "and on until it has to be cut at the end of the vendor's buffer");
	fake_failure(fake, 5, PROVD_STATE_BINDING, PROVD_E_CLOUD_TOKEN, 24, 6);
	(void)fake_datagram_text(fake, PHONE, QUERY);
	cr_assert_eq(fake->sends[0].len, 1270);
	cr_assert_str_eq(fake_last(fake, PROVD_EV_PROGRESS)->fields, "lines=10 bytes=1270");
	finish(fake);
}
