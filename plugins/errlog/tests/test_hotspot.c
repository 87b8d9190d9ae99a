/* SPDX-License-Identifier: Apache-2.0 */
/* The hotspot's machine: start, stop, cancel, suspend in every state, time limit, options. */
#include "fake.h"

#include <criterion/criterion.h>

#include <string.h>

static const char *const plain[] = {OPTIONS, NULL};

Test(errlog_hotspot, plain_life, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	f->ops->stop(f->inst);
	cr_assert_eq(fake_start(f), 0);
	cr_expect_eq(fake_start(f), PROVD_E_STATE);
	fake_expect(f, "");
	cr_expect_eq(f->config.ssid_len, 14);
	cr_expect_eq(memcmp(f->config.ssid, "provd-log-3456", 14), 0);
	cr_expect_str_eq(f->passphrase, PASS);
	cr_expect_eq(f->config.security, PROVD_SECURITY_WPA2);
	cr_expect_eq(f->config.channel, 6);
	cr_expect_eq(f->config.prefix_len, 24);
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op + 1000, 0);
	fake_expect(f, "");
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, 0);
	fake_expect(f, "10");
	cr_expect_eq(f->udp.local.port, 9876);
	cr_expect_eq(memcmp(f->udp.local.ip, "\xc0\xa8\x04\x01", 4), 0);
	fake_phone(f, PROVD_EV_AP_JOINED, 2);
	fake_phone(f, PROVD_EV_AP_LEFT, 2);
	fake_expect(f, "20 27");
	f->ops->stop(f->inst);
	f->ops->stop(f->inst);
	fake_expect(f, "25");
	cr_expect_eq(f->socket, 0);
	cr_expect_eq(f->stops, 1);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "11");
	/* And once more. */
	fake_up(f);
	f->ops->stop(f->inst);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "25 11");
	cr_expect_eq(fake_marks(f, 5), 0);
	fake_end(f);
}

Test(errlog_hotspot, refusals, .timeout = 30)
{
	static const char *const names[] = {PROVD_HAL_SOFTAP, PROVD_JOURNAL, PROVD_UDP};
	static const int codes[] = {PROVD_E_NO_CAPABILITY, PROVD_E_NOT_SUPPORTED,
				    PROVD_E_NOT_SUPPORTED};
	struct fake *f = fake_new(plain);
	struct provd_method_request request = {.size = sizeof(request), .session = SESSION};

	cr_expect_eq(f->ops->start(f->inst, NULL), PROVD_E_INVALID);
	cr_expect_eq(f->ops->start(f->inst, &request), PROVD_E_NOT_SUPPORTED);
	request.purpose = PROVD_PURPOSE_LOG;
	request.session = 0;
	cr_expect_eq(f->ops->start(f->inst, &request), PROVD_E_INVALID);
	for (size_t i = 0; i < 3; i++) {
		f->denied = names[i];
		cr_expect_eq(fake_start(f), codes[i]);
	}
	fake_expect(f, "");
	cr_expect_eq(fake_timers(f), 0);
	fake_end(f);
}

Test(errlog_hotspot, nothing_to_deliver, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	f->session_count = 0;
	cr_assert_eq(fake_start(f), 0);
	fake_expect(f, "10 23");
	cr_expect_eq(f->starts, 0);
	cr_expect_eq(fake_timers(f), 0);
	f->ops->cancel(f->inst, SESSION);
	f->ops->suspend(f->inst, PROVD_SUSPEND_RELEASE);
	f->ops->resume(f->inst);
	fake_expect(f, "12");
	f->ops->stop(f->inst);
	fake_expect(f, "11");
	/* A session without a single line is as good as none. */
	f->session_count = 1;
	f->sessions[0].count = 0;
	cr_assert_eq(fake_start(f), 0);
	fake_expect(f, "10 23");
	cr_expect_eq(fake_marks(f, 5), PROVD_JOURNAL_DELIVERED);
	f->ops->stop(f->inst);
	fake_expect(f, "11");
	fake_end(f);
}

Test(errlog_hotspot, stop_in_every_state, .timeout = 30)
{
	struct fake *f = fake_new(plain);
	uint64_t op;

	/* opening; the start is overtaken, or wins the race */
	for (int status = 0; status <= 1; status++) {
		cr_assert_eq(fake_start(f), 0);
		op = f->start_op;
		f->ops->stop(f->inst);
		fake_tell(f, PROVD_EV_OP_DONE, op, status ? PROVD_E_CANCELED : 0);
		fake_expect(f, "25");
		fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
		fake_expect(f, "11");
	}
	/* up, with a phone that waits for its second datagram */
	fake_up(f);
	fake_query(f, 2);
	f->ops->stop(f->inst);
	cr_expect_eq(fake_timers(f), 0);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "25 11");
	/* closing by itself, and closed, with the session ended */
	for (int closed = 0; closed <= 1; closed++) {
		fake_up(f);
		f->ops->cancel(f->inst, SESSION);
		op = f->stop_op;
		if (closed)
			fake_tell(f, PROVD_EV_OP_DONE, op, 0);
		f->ops->stop(f->inst);
		if (!closed)
			fake_tell(f, PROVD_EV_OP_DONE, op, 0);
		fake_expect(f, "25 11");
	}
	/* suspended, and while it suspends */
	for (int done = 0; done <= 1; done++) {
		fake_up(f);
		f->ops->suspend(f->inst, PROVD_SUSPEND_RELEASE);
		op = f->stop_op;
		if (done)
			fake_tell(f, PROVD_EV_OP_DONE, op, 0);
		f->ops->stop(f->inst);
		if (!done)
			fake_tell(f, PROVD_EV_OP_DONE, op, 0);
		fake_expect(f, done ? "12 25 11" : "25 11");
	}
	cr_expect_eq(fake_timers(f), 0);
	fake_end(f);
}

Test(errlog_hotspot, cancel, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	/* A start that was promised an answer gets it. */
	cr_assert_eq(fake_start(f), 0);
	f->ops->cancel(f->inst, SESSION + 1);
	f->ops->cancel(f->inst, 0);
	f->ops->cancel(f->inst, SESSION);
	f->ops->cancel(f->inst, SESSION);
	fake_expect(f, "25");
	cr_expect_eq(f->stops, 0);
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, 0);
	fake_expect(f, "10");
	cr_expect_eq(f->stops, 1);
	cr_expect_eq(f->opens, 0);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_phone(f, PROVD_EV_AP_JOINED, 2);
	fake_expect(f, "");
	f->ops->stop(f->inst);
	fake_expect(f, "11");
	/* Canceled and then it does not open. */
	cr_assert_eq(fake_start(f), 0);
	f->ops->cancel(f->inst, SESSION);
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, PROVD_E_WIFI_RADIO);
	fake_expect(f, "25 3");
	f->ops->stop(f->inst);
	fake_expect(f, "");
	fake_end(f);
}

Test(errlog_hotspot, suspend_and_resume, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	f->ops->suspend(f->inst, PROVD_SUSPEND_RELEASE);
	f->ops->resume(f->inst);
	fake_expect(f, "");
	fake_up(f);
	f->ops->suspend(f->inst, PROVD_SUSPEND_QUIET);
	fake_query(f, 2);
	cr_expect_eq(f->send_count, 1);
	f->ops->resume(f->inst);
	/* The hotspot goes with a phone on it: that it got the log is not known. */
	fake_phone(f, PROVD_EV_AP_JOINED, 2);
	f->ops->suspend(f->inst, PROVD_SUSPEND_RELEASE);
	fake_phone(f, PROVD_EV_AP_LEFT, 2);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "20 12");
	cr_expect_eq(f->socket, 0);
	fake_advance(f, 60000);
	cr_expect_eq(fake_marks(f, 5), 0);
	f->ops->suspend(f->inst, PROVD_SUSPEND_RELEASE);
	fake_expect(f, "12");
	f->ops->resume(f->inst);
	f->ops->resume(f->inst);
	cr_expect_eq(f->starts, 2);
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, 0);
	fake_expect(f, "");
	cr_expect_str_eq(f->events[f->event_count - 1].text, "log hotspot up");
	fake_query(f, 2);
	cr_expect_eq(f->send_count, 2);
	/* Resumed before the release was over: it is answered, then the hotspot opens again. */
	f->ops->suspend(f->inst, PROVD_SUSPEND_RELEASE);
	f->ops->resume(f->inst);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "12");
	cr_expect_eq(f->starts, 3);
	f->ops->stop(f->inst);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "25 11");
	fake_end(f);
}

Test(errlog_hotspot, suspend_while_starting, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	cr_assert_eq(fake_start(f), 0);
	f->ops->suspend(f->inst, PROVD_SUSPEND_RELEASE);
	cr_expect_eq(f->stops, 0);
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, 0);
	fake_expect(f, "10");
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "12");
	f->ops->stop(f->inst);
	fake_expect(f, "25 11");
	/* Taken back in time: nothing is owed. */
	cr_assert_eq(fake_start(f), 0);
	f->ops->suspend(f->inst, PROVD_SUSPEND_RELEASE);
	f->ops->resume(f->inst);
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, 0);
	fake_expect(f, "10");
	f->ops->stop(f->inst);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "25 11");
	fake_end(f);
}

Test(errlog_hotspot, time_limit, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_up(f);
	fake_advance(f, 359000);
	fake_query(f, 2);
	fake_expect(f, "");
	/* It was sent a second ago, so that it arrived is not known. */
	fake_advance(f, 1000);
	fake_expect(f, "24");
	cr_expect_eq(f->events[f->event_count - 1].status, PROVD_E_TIMEOUT);
	cr_expect_eq(f->events[f->event_count - 1].op, SESSION);
	cr_expect_eq(fake_marks(f, 5), 0);
	cr_expect_eq(f->socket, 0);
	cr_expect_eq(f->stops, 1);
	cr_expect_eq(fake_timers(f), 0);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "");
	f->ops->stop(f->inst);
	fake_expect(f, "11");
	fake_end(f);
}

Test(errlog_hotspot, time_limit_while_away_and_by_the_engine, .timeout = 30)
{
	static const char *const options[] = {OPTIONS, "time_limit", "30s", NULL};
	struct fake *f = fake_new(options);
	struct provd_method_request request = {
		.size = sizeof(request), .purpose = PROVD_PURPOSE_LOG, .session = SESSION};

	fake_up(f);
	f->ops->suspend(f->inst, PROVD_SUSPEND_RELEASE);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_advance(f, 30000);
	fake_expect(f, "12 24");
	f->ops->resume(f->inst);
	cr_expect_eq(f->starts, 1);
	f->ops->stop(f->inst);
	fake_expect(f, "11");
	/* The engine's own deadline is nearer. */
	request.deadline_ms = f->now_us / 1000u + 7000;
	cr_assert_eq(f->ops->start(f->inst, &request), 0);
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, 0);
	fake_advance(f, 6999);
	fake_expect(f, "10");
	fake_advance(f, 1);
	fake_expect(f, "24");
	f->ops->stop(f->inst);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "11");
	fake_end(f);
}

Test(errlog_hotspot, goes_down_by_itself, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_up(f);
	fake_phone(f, PROVD_EV_AP_JOINED, 2);
	fake_query(f, 2);
	/* First it says that all phones left. */
	fake_phone(f, PROVD_EV_AP_LEFT, 2);
	fake_tell(f, PROVD_EV_AP_FAILED, 0, PROVD_E_WIFI_RADIO);
	fake_expect(f, "20 27");
	cr_expect_eq(f->starts, 2);
	cr_expect_eq(f->socket, 0);
	fake_advance(f, 20000);
	cr_expect_eq(fake_marks(f, 5), 0);
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, 0);
	cr_expect_neq(f->socket, 0);
	fake_tell(f, PROVD_EV_AP_FAILED, 0, PROVD_E_WIFI_RADIO);
	fake_expect(f, "24 3");
	cr_expect_eq(f->events[f->event_count - 1].status, PROVD_E_WIFI_RADIO);
	f->ops->stop(f->inst);
	fake_expect(f, "");
	fake_end(f);
}

static int create(const char *const *options, struct provd_error *err)
{
	struct fake *f = fake_host_new(options);
	int rc = f->ops->create(&f->host, &f->inst, err);

	fake_end(f);
	return rc;
}

Test(errlog_hotspot, options_that_do_not_go, .timeout = 30)
{
	static const char *const none[] = {NULL};
	static const char *const two[] = {OPTIONS, "passphrase_key", "0123456789abcdef", NULL};
	static const char *const both[] = {OPTIONS, "vendor_hotspot", "true", NULL};
	static const char *const name[] = {OPTIONS, "ssid", "{mac}", NULL};
	static const char *const address[] = {OPTIONS, "address", "192.168.4.1/31", NULL};
	static const char *const longer[] = {OPTIONS, "repeat_interval", "1000", "settle", "1000",
					     NULL};
	static const char *const *const bad[] = {none, two, both, name, address, longer};
	static const char *const words[] = {"vendor_hotspot", "not both", "vendor_hotspot",
					    "{mac}",	      "address",  "repeat_interval"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct provd_error err = {.size = sizeof(err)};

		cr_expect_eq(create(bad[i], &err), PROVD_E_CONFIG);
		cr_expect_not_null(strstr(err.text, words[i]), "%s", err.text);
		cr_expect_null(strstr(err.text, PASS));
	}
}

Test(errlog_hotspot, vendor_hotspot, .timeout = 30)
{
	static const char *const options[] = {"vendor_hotspot", "true", "security", "wpa3", NULL};
	struct fake *f = fake_new(options);

	f->denied = PROVD_DEVICE;
	fake_up(f);
	cr_expect_eq(f->config.ssid_len, 13);
	cr_expect_eq(memcmp(f->config.ssid, "ESP-LOG-QUERY", 13), 0);
	cr_expect_str_eq(f->passphrase, "86013388");
	cr_expect_eq(f->config.channel, 6);
	/* The vendor's app knows nothing else. */
	cr_expect_eq(f->config.security, PROVD_SECURITY_WPA2);
	f->ops->stop(f->inst);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "25 11");
	fake_end(f);
}

Test(errlog_hotspot, derived_passphrase_and_port, .timeout = 30)
{
	static const char *const options[] = {
		"passphrase_key", "0123456789abcdef", "ssid", "Log", "port", "1234", NULL};
	struct fake *f = fake_new(options);

	f->elsewhere = 1;
	fake_up(f);
	/* As softap derives it: one label for both. */
	cr_expect_str_eq(f->passphrase, "bowfquio2zap");
	cr_expect_eq(f->opens, 2);
	cr_expect_eq(f->udp.local.port, 1234);
	cr_expect_eq(f->udp.local.ip[0], 0);
	f->ops->stop(f->inst);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "25 11");
	fake_end(f);
}
