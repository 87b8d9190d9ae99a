/* SPDX-License-Identifier: Apache-2.0 */
/* A cloud that asks for patience, a clock that is wrong, against a scripted host. */
#include <string.h>

#include <criterion/criterion.h>

#include "bind_util.h"
#include "util.h"

TestSuite(plugin_slow, .timeout = 20);

static const char *const v2[] = {"register_version", "v2", NULL};

#define V2_ERROR(code)                                                                             \
	"{\"Response\":{\"Error\":{\"Code\":\"" code "\",\"Message\":\"m\"},\"RequestId\":\"x\"}}"

static struct fake *registering(const char *const *options)
{
	struct fake *fake = fake_new(options, IDENTITY_FRESH);

	fake->random_rest = 255;
	cr_assert_eq(fake->ops->register_device(fake->inst, OP), 0);
	return fake;
}

static void finish_cancelled(struct fake *fake)
{
	fake->ops->cancel(fake->inst, OP);
	bind_expect_done(fake, PROVD_E_CANCELED);
	bind_finish(fake);
}

Test(plugin_slow, throttling_is_waited_for)
{
	static const struct {
		const char *const *options;
		uint32_t status;
		const char *body;
	} rows[] = {
		{NULL, 429, "slow down"},
		{NULL, 429, "{\"code\":1020,\"message\":\"x\"}"},
		{v2, 200, V2_ERROR("RequestLimitExceeded")},
		{v2, 200, V2_ERROR("LimitExceeded.DeviceExceedLimit")},
		{v2, 503, V2_ERROR("RequestLimitExceeded.UinLimitExceeded")},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = registering(rows[i].options);

		fake_http_answer(fake, rows[i].status, rows[i].body);
		cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 0, "row %zu", i);
		cr_assert_leq(fake_wait(fake), 1000);
		/* The reason if the host does not wait any longer. */
		cr_assert_eq(fake_last(fake, PROVD_EV_PROGRESS)->status, PROVD_E_CLOUD_THROTTLED);
		cr_assert_eq(fake_last(fake, PROVD_EV_PROGRESS)->op, OP);
		fake_advance(fake, 1000);
		cr_assert_eq(fake->http.count, 2);
		finish_cancelled(fake);
	}
	expect_no_leaks();
}

Test(plugin_slow, the_last_try_says_throttled)
{
	static const char *const options[] = {"register_attempts", "1", NULL};
	struct fake *fake = registering(options);

	fake_http_answer(fake, 429, "");
	bind_expect_done(fake, PROVD_E_CLOUD_THROTTLED);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_slow, retry_after_is_honoured)
{
	static const struct {
		uint32_t status;
		const char *header;
		uint64_t least_ms, most_ms;
	} rows[] = {
		{429, "7", 7000, 7000},
		{503, "120", 120000, 120000},
		{429, "0", 1, 1000},
		{429, "99999999999999999999", 3600000, 3600000},
		{429, "Wed, 21 Oct 2026 07:28:00 GMT", 1, 1000},
		{429, "-5", 1, 1000},
		{429, "7x", 1, 1000},
		{429, "", 1, 1000},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = registering(NULL);
		uint64_t wait;

		fake->http.retry_after = rows[i].header;
		fake_http_answer(fake, rows[i].status, "");
		wait = fake_wait(fake);
		cr_assert(wait >= rows[i].least_ms && wait <= rows[i].most_ms, "'%s': %llu ms",
			  rows[i].header, (unsigned long long)wait);
		finish_cancelled(fake);
	}
	expect_no_leaks();
}

/* It may be set a moment later; somebody has to do something if not. */
Test(plugin_slow, a_wrong_clock_is_tried_four_times)
{
	struct fake *fake = registering(NULL);

	for (int i = 1; i <= 3; i++) {
		fake_http_fail(fake, PROVD_E_CLOCK);
		cr_assert_eq(fake->http.count, i);
		fake_advance(fake, fake_wait(fake));
	}
	fake_http_fail(fake, PROVD_E_CLOCK);
	bind_expect_done(fake, PROVD_E_CLOCK);
	bind_finish(fake);

	fake = bind_start(NULL);
	for (int i = 1; i <= 3; i++) {
		fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_CLOCK);
		cr_assert_eq(fake->mqtt.opens, i);
		fake_advance(fake, fake_wait(fake));
	}
	fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_CLOCK);
	bind_expect_done(fake, PROVD_E_CLOCK);
	bind_finish(fake);
	expect_no_leaks();
}

Test(plugin_slow, a_clock_that_was_set_meanwhile)
{
	struct fake *fake = bind_start(NULL);

	for (int i = 0; i < 3; i++) {
		fake_mqtt_event(fake, PROVD_MQTT_FAILED, 0, PROVD_E_CLOCK);
		fake_advance(fake, fake_wait(fake));
	}
	fake_mqtt_up(fake);
	cr_assert_eq(fake->mqtt.publishes, 1);
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 0);
	finish_cancelled(fake);
	expect_no_leaks();
}

/* The second version says it of the signature's time stamp. */
Test(plugin_slow, a_signature_out_of_time_is_the_clock)
{
	struct fake *fake = registering(v2);

	for (int i = 0; i < 3; i++) {
		fake_http_answer(fake, 200, V2_ERROR("AuthFailure.SignatureExpire"));
		fake_advance(fake, fake_wait(fake));
	}
	fake_http_answer(fake, 200, V2_ERROR("AuthFailure.SignatureExpire"));
	bind_expect_done(fake, PROVD_E_CLOCK);
	bind_finish(fake);
	fake = registering(v2);
	fake_http_answer(fake, 200, V2_ERROR("AuthFailure.SignatureFailure"));
	bind_expect_done(fake, PROVD_E_CLOUD_SIGNATURE);
	bind_finish(fake);
	expect_no_leaks();
}
