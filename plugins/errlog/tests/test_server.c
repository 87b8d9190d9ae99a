/* SPDX-License-Identifier: Apache-2.0 */
/* The log server: queries, the second datagram, when a log counts as delivered. */
#include "fake.h"

#include "codec/blob.h"

#include <criterion/criterion.h>

#include <string.h>

static const char *const plain[] = {OPTIONS, NULL};

#define LOG5                                                                                       \
	"1|joining(1): joining the network passphrase=(14 bytes)\r\n"                              \
	"2|joining(2): the access point did not accept the passphrase, WIFI_PASSPHRASE "           \
	"(12, -3)\r\n"

static void finish(struct fake *f)
{
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	f->ops->stop(f->inst);
	if (f->stops > 0)
		fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_end(f);
}

static void expect_send(const struct fake *f, size_t i, uint8_t host, uint32_t port, uint64_t at_ms)
{
	const struct fake_send *send = &f->sends[i];

	cr_assert_lt(i, f->send_count);
	cr_expect_eq(send->ip[3], host);
	cr_expect_eq(send->port, port);
	cr_expect_eq(send->at_ms, at_ms, "%llu", (unsigned long long)send->at_ms);
}

static size_t progress(const struct fake *f, const char *text, uint32_t flow)
{
	size_t n = 0;

	for (size_t i = 0; i < f->event_count; i++)
		n += f->events[i].type == PROVD_EV_PROGRESS && f->events[i].count == flow &&
		     f->events[i].op == SESSION && strcmp(f->events[i].text, text) == 0;
	return n;
}

Test(errlog_server, one_query_two_datagrams, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_up(f);
	fake_query(f, 2);
	cr_assert_eq(f->send_count, 1);
	expect_send(f, 0, 2, 9876, 5000);
	cr_expect_eq(memcmp(f->sends[0].own, "\xc0\xa8\x04\x01", 4), 0);
	cr_expect_str_eq(f->sends[0].text, LOG5);
	fake_advance(f, 499);
	cr_expect_eq(f->send_count, 1);
	fake_advance(f, 1);
	cr_assert_eq(f->send_count, 2);
	expect_send(f, 1, 2, 9876, 5500);
	cr_expect_str_eq(f->sends[1].text, LOG5);
	cr_expect_eq(progress(f, "log query", PROVD_FLOW_FROM_PHONE), 1);
	cr_expect_eq(progress(f, "log sent", PROVD_FLOW_TO_PHONE), 1);
	/* The phone asks no more. */
	fake_advance(f, 10499);
	fake_expect(f, "");
	cr_expect_eq(fake_marks(f, 5), 0);
	fake_advance(f, 1);
	cr_expect_eq(fake_marks(f, 5), PROVD_JOURNAL_DELIVERED);
	cr_expect_eq(progress(f, "log delivered", PROVD_FLOW_NOTE), 1);
	fake_expect(f, "23");
	cr_expect_eq(f->send_count, 2);
	cr_expect_eq(f->socket, 0);
	cr_expect_eq(f->stops, 1);
	f->ops->stop(f->inst);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "11");
	fake_end(f);
}

/* All datagrams are lost: it is asked again every 5 s, and answered each time. */
Test(errlog_server, repeated_until_delivered, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_up(f);
	for (size_t i = 0; i < 12; i++) {
		fake_query(f, 2);
		fake_advance(f, 5000);
		cr_expect_eq(f->send_count, 2 * (i + 1));
		cr_expect_eq(fake_marks(f, 5), 0);
	}
	/* Two queries are lost too. */
	fake_advance(f, 5999);
	cr_expect_eq(fake_marks(f, 5), 0);
	fake_query(f, 2);
	fake_advance(f, 10999);
	cr_expect_eq(fake_marks(f, 5), 0);
	fake_expect(f, "");
	fake_advance(f, 1);
	cr_expect_eq(fake_marks(f, 5), PROVD_JOURNAL_DELIVERED);
	fake_expect(f, "23");
	/* A phone that asks on and on does not fill the timeline. */
	cr_expect_eq(progress(f, "log query", PROVD_FLOW_FROM_PHONE), 4);
	finish(f);
}

Test(errlog_server, another_port, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_up(f);
	fake_query(f, 2);
	fake_advance(f, 400);
	fake_datagram(f, "192.168.4.2", 51000, "{\n  \"cmdType\" : 3\n}");
	fake_advance(f, 600);
	cr_assert_eq(f->send_count, 3);
	expect_send(f, 1, 2, 51000, 5400);
	expect_send(f, 2, 2, 51000, 5900);
	finish(f);
}

Test(errlog_server, the_next_session_comes_after, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_session_add(f, 8, 0);
	fake_up(f);
	fake_query(f, 2);
	fake_advance(f, 10999);
	fake_query(f, 2);
	fake_advance(f, 11000);
	cr_expect_eq(fake_marks(f, 8), PROVD_JOURNAL_DELIVERED);
	cr_expect_eq(fake_marks(f, 5), 0);
	for (size_t i = 0; i < 4; i++)
		cr_expect_not_null(strstr(f->sends[i].text, "1|joining(1): the access"));
	fake_expect(f, "");
	fake_query(f, 2);
	cr_expect_str_eq(f->sends[4].text, LOG5);
	fake_advance(f, 11000);
	cr_expect_eq(fake_marks(f, 5), PROVD_JOURNAL_DELIVERED);
	fake_expect(f, "23");
	finish(f);
}

Test(errlog_server, two_phones, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_session_add(f, 8, 0);
	fake_up(f);
	fake_query(f, 2);
	fake_advance(f, 6000);
	fake_query(f, 3);
	fake_advance(f, 5000);
	/* The first has it; the second one's is not settled, so it gets the same again. */
	cr_expect_eq(fake_marks(f, 8), PROVD_JOURNAL_DELIVERED);
	fake_query(f, 3);
	cr_assert_eq(f->send_count, 5);
	expect_send(f, 2, 3, 9876, 11000);
	cr_expect_str_eq(f->sends[4].text, f->sends[0].text);
	/* The first one, asking anew, gets the next. */
	fake_query(f, 2);
	cr_expect_str_eq(f->sends[5].text, LOG5);
	fake_advance(f, 11000);
	cr_expect_eq(fake_marks(f, 5), PROVD_JOURNAL_DELIVERED);
	fake_expect(f, "23");
	finish(f);
}

/* The one has it; that the other asks until the time is over is no failure. */
Test(errlog_server, delivered_at_the_time_limit, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_up(f);
	fake_query(f, 2);
	for (int i = 0; i < 71; i++) {
		fake_query(f, 3);
		fake_advance(f, 5000);
	}
	fake_query(f, 3);
	cr_expect_eq(fake_marks(f, 5), PROVD_JOURNAL_DELIVERED);
	fake_expect(f, "");
	fake_advance(f, 5000);
	fake_expect(f, "23");
	finish(f);
}

Test(errlog_server, the_phone_leaves, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_session_add(f, 8, 0);
	fake_up(f);
	fake_phone(f, PROVD_EV_AP_JOINED, 2);
	fake_phone(f, PROVD_EV_AP_JOINED, 3);
	fake_query(f, 2);
	/* Another one leaves: that says nothing. */
	fake_phone(f, PROVD_EV_AP_LEFT, 3);
	fake_advance(f, 1000);
	cr_expect_eq(fake_marks(f, 8), 0);
	fake_phone(f, PROVD_EV_AP_JOINED, 3);
	fake_phone(f, PROVD_EV_AP_LEFT, 2);
	fake_advance(f, 200);
	cr_expect_eq(fake_marks(f, 8), PROVD_JOURNAL_DELIVERED);
	/* The HAL knows no addresses: it is the last one. */
	fake_query(f, 3);
	fake_phone(f, PROVD_EV_AP_LEFT, 0);
	fake_advance(f, 200);
	cr_expect_eq(fake_marks(f, 5), PROVD_JOURNAL_DELIVERED);
	fake_expect(f, "20 20 27 20 27 27 23");
	finish(f);
}

Test(errlog_server, a_phone_that_comes_back_gets_it_again, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_up(f);
	fake_phone(f, PROVD_EV_AP_JOINED, 2);
	/* Left without having asked. */
	fake_phone(f, PROVD_EV_AP_LEFT, 2);
	fake_advance(f, 1000);
	cr_expect_eq(fake_marks(f, 5), 0);
	fake_phone(f, PROVD_EV_AP_JOINED, 2);
	fake_query(f, 2);
	fake_phone(f, PROVD_EV_AP_LEFT, 2);
	fake_phone(f, PROVD_EV_AP_JOINED, 2);
	fake_advance(f, 100);
	fake_query(f, 2);
	fake_advance(f, 10999);
	cr_expect_eq(fake_marks(f, 5), 0);
	fake_advance(f, 1);
	cr_expect_eq(fake_marks(f, 5), PROVD_JOURNAL_DELIVERED);
	finish(f);
}

Test(errlog_server, not_sent_is_not_delivered, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_up(f);
	f->send_code = PROVD_E_NET_UNREACHABLE;
	fake_query(f, 2);
	fake_advance(f, 20000);
	cr_expect_eq(fake_marks(f, 5), 0);
	fake_expect(f, "");
	cr_expect_eq(progress(f, "log sent", PROVD_FLOW_TO_PHONE), 0);
	/* The second datagram gets through. */
	fake_query(f, 2);
	f->send_code = 0;
	fake_advance(f, 11000);
	cr_expect_eq(f->send_count, 1);
	cr_expect_eq(fake_marks(f, 5), PROVD_JOURNAL_DELIVERED);
	fake_expect(f, "23");
	finish(f);
}

Test(errlog_server, a_flood_is_answered_now_and_then, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_up(f);
	for (size_t i = 0; i < 1000; i++) {
		fake_query(f, 2);
		fake_advance(f, 10);
	}
	/* 10 s: four times a second, and the second datagrams make room for newer answers. */
	cr_expect_leq(f->send_count, 41);
	cr_expect_geq(f->send_count, 38);
	cr_expect_leq(fake_timers(f), 3);
	fake_advance(f, 11000);
	cr_expect_eq(fake_marks(f, 5), PROVD_JOURNAL_DELIVERED);
	finish(f);
}

/* More phones than there is memory for: the first ones are answered. */
Test(errlog_server, many_phones, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_up(f);
	for (uint32_t host = 2; host < 250; host++)
		fake_query(f, (uint8_t)host);
	cr_expect_eq(f->send_count, 32);
	cr_expect_eq(fake_timers(f), 65);
	fake_advance(f, 11000);
	cr_expect_eq(f->send_count, 64);
	fake_expect(f, "23");
	cr_expect_eq(f->sessions[0].mark_calls, 32);
	finish(f);
}

Test(errlog_server, strangers_and_garbage, .timeout = 30)
{
	static const char *const texts[] = {"",
					    "{",
					    "hello",
					    "{\"cmdType\":1}",
					    "{\"cmdType\":33}",
					    "{\"cmdType\":0,\"token\":\"abcdefgh\"}"};
	struct fake *f = fake_new(plain);

	fake_up(f);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		fake_datagram(f, "192.168.4.2", 9876, texts[i]);
	fake_datagram(f, "192.168.4.2", 0, "{\"cmdType\":3}");
	/* From the network that the station is in. */
	fake_datagram(f, "192.168.5.2", 9876, "{\"cmdType\":3}");
	fake_datagram(f, "10.0.0.7", 9876, "{\"cmdType\":3}");
	cr_expect_eq(f->send_count, 0);
	cr_expect_eq(fake_timers(f), 1);
	cr_expect_eq(f->event_count, 1);
	fake_datagram(f, "127.0.0.1", 9876, "{\"cmdType\":3}");
	fake_datagram(f, "192.168.4.254", 9876, "{\"cmdType\":3}");
	cr_expect_eq(f->send_count, 2);
	finish(f);
}

Test(errlog_server, ten_lines_of_many, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_session_add(f, 9, 30);
	fake_up(f);
	fake_query(f, 2);
	cr_assert_eq(f->send_count, 1);
	cr_expect_eq(strncmp(f->sends[0].text, "22|joining(22): ", 16), 0);
	cr_expect_not_null(strstr(f->sends[0].text, "31|joining(31): the access point did not"));
	finish(f);
}

Test(errlog_server, the_blob_is_offered, .timeout = 30)
{
	static const uint8_t blob[] = {0xef, 0xbe, 0x0d, 0xf0, 0, 0, 0, 0};
	struct fake *f = fake_new(plain);
	const struct provd_log_format *format =
		f->ops->get_interface(f->inst, PROVD_LOG_FORMAT, sizeof(*format));
	uint8_t out[TENCENT_BLOB_MAX];

	cr_assert_not_null(format);
	cr_expect_str_eq(format->name, "tencent");
	cr_expect_eq(format->encode(NULL, 0, out, sizeof(out)), 8);
	cr_expect_eq(memcmp(out, blob, 8), 0);
	cr_expect_eq(format->decode(blob, 7, NULL, NULL), PROVD_E_CORRUPT);
	cr_expect_eq(format->decode(blob, 8, NULL, NULL), 0);
	cr_expect_null(f->ops->get_interface(f->inst, "provd.other/1", 8));
	fake_end(f);
}
