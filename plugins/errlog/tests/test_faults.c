/* SPDX-License-Identifier: Apache-2.0 */
/* Every call that can fail does once, in a whole life; and what the log must not show. */
#include "fake.h"

#include <criterion/criterion.h>

#include <string.h>

static const char *const plain[] = {OPTIONS, NULL};

static size_t count(const struct fake *f, uint32_t type)
{
	size_t n = 0;

	for (size_t i = 0; i < f->event_count; i++)
		n += f->events[i].type == type;
	return n;
}

/* Answers what is under way, as a HAL does. */
static void answer(struct fake *f)
{
	uint64_t start = f->start_op;
	uint64_t stop = f->stop_op;

	f->start_op = 0;
	f->stop_op = 0;
	if (start)
		fake_tell(f, PROVD_EV_OP_DONE, start, stop > start ? PROVD_E_CANCELED : 0);
	if (stop)
		fake_tell(f, PROVD_EV_OP_DONE, stop, 0);
}

/* Start, query, second datagram, delivered, end. @return 1 while call `n` was reached */
static int life(size_t n)
{
	struct fake *f = fake_new(plain);
	size_t calls;
	int rc;

	f->calls = 0;
	f->fail_at = n;
	rc = fake_start(f);
	if (rc) {
		cr_expect_eq(f->event_count, 0);
		cr_expect_eq(fake_timers(f), 0);
	} else {
		answer(f);
		for (int i = 0; i < 3 && f->socket; i++) {
			fake_query(f, 2);
			fake_advance(f, 12000);
		}
		answer(f);
		cr_expect_eq(count(f, PROVD_EV_STARTED) + count(f, PROVD_EV_FAILED), 1);
		f->ops->stop(f->inst);
		answer(f);
		cr_expect_eq(count(f, PROVD_EV_STOPPED) + count(f, PROVD_EV_FAILED), 1);
		cr_expect_eq(count(f, PROVD_EV_SESSION_DONE) + count(f, PROVD_EV_SESSION_ERROR) +
				     count(f, PROVD_EV_SESSION_CANCELED),
			     1);
		/* What counts as delivered was sent. */
		if (fake_marks(f, 5))
			cr_expect_geq(f->send_count, 1);
	}
	calls = f->calls;
	fake_end(f);
	return calls >= n;
}

Test(errlog_faults, any_call_fails_once, .timeout = 60)
{
	size_t n = 1;

	while (n < 100 && life(n))
		n++;
	cr_expect_gt(n, 10, "%zu", n);
	cr_expect_lt(n, 100);
}

Test(errlog_faults, the_hotspot_does_not_open, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	cr_assert_eq(fake_start(f), 0);
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, PROVD_E_WIFI_RADIO);
	fake_expect(f, "24 3");
	cr_expect_eq(f->events[1].status, PROVD_E_WIFI_RADIO);
	cr_expect_eq(fake_timers(f), 0);
	/* It can be tried again. */
	fake_up(f);
	f->ops->stop(f->inst);
	/* Closing fails: it counts as closed. */
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, PROVD_E_WIFI_RADIO);
	fake_expect(f, "25 11");
	fake_end(f);
}

/* Unlike the reference, whose hotspot stays on without a server. */
Test(errlog_faults, the_port_is_taken, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	cr_assert_eq(fake_start(f), 0);
	f->elsewhere = 1;
	f->fail_code = PROVD_E_EXISTS;
	f->fail_at = f->calls + 2;
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, 0);
	fake_expect(f, "");
	cr_expect_eq(f->stops, 1);
	fake_tell(f, PROVD_EV_OP_DONE, f->stop_op, 0);
	fake_expect(f, "24 3");
	cr_expect_eq(f->events[f->event_count - 1].status, PROVD_E_EXISTS);
	cr_expect_str_eq(f->events[f->event_count - 1].text, "cannot open UDP port");
	fake_end(f);
}

Test(errlog_faults, the_device_is_not_known, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	f->denied = PROVD_DEVICE;
	cr_assert_eq(fake_start(f), 0);
	fake_expect(f, "24 3");
	cr_expect_eq(f->starts, 0);
	fake_end(f);
}

Test(errlog_faults, no_memory_for_the_vendors_password, .timeout = 30)
{
	static const char *const options[] = {"vendor_hotspot", "true", NULL};
	struct fake *f = fake_host_new(options);
	struct provd_error err = {.size = sizeof(err)};

	f->fail_at = 1;
	cr_expect_eq(f->ops->create(&f->host, &f->inst, &err), PROVD_E_NOMEM);
	fake_end(f);
}

static void expect_nowhere(const struct fake *f, const char *secret)
{
	cr_expect_null(strstr(f->log, secret));
	for (size_t i = 0; i < f->send_count; i++)
		cr_expect_null(strstr(f->sends[i].text, secret));
	for (size_t i = 0; i < f->event_count; i++)
		cr_expect_null(strstr(f->events[i].text, secret));
}

/* The journal shows a secret by its length; the hotspot's own is nowhere. */
Test(errlog_faults, canary, .timeout = 30)
{
	struct fake *f = fake_new(plain);

	fake_up(f);
	cr_expect_str_eq(f->passphrase, PASS);
	fake_phone(f, PROVD_EV_AP_JOINED, 2);
	fake_query(f, 2);
	fake_advance(f, 600);
	cr_assert_eq(f->send_count, 2);
	cr_expect_not_null(strstr(f->sends[0].text, "passphrase=(14 bytes)"));
	fake_tell(f, PROVD_EV_AP_FAILED, 0, PROVD_E_WIFI_RADIO);
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, PROVD_E_WIFI_RADIO);
	expect_nowhere(f, PASS);
	expect_nowhere(f, "canary");
	fake_end(f);
}
