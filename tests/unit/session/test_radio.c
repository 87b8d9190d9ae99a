/* SPDX-License-Identifier: Apache-2.0 */
/* Several HALs as one radio: who offers what, who holds what, and HALs that misbehave. */
#include "fake_hal.h"

#include <criterion/criterion.h>

#include <string.h>
#include <time.h>

static struct provd_loop *loop;
static struct provd_log *log_;
static struct provd_radio *radio;
static int open_code;
static unsigned opened;
static unsigned closed;
static unsigned changed;
static char open_text[PROVD_REASON_MAX];
static char reason[PROVD_REASON_MAX];

TestSuite(radio, .timeout = 30);

static unsigned user_events;
static struct provd_event user_event;

static void user_on_event(void *inst, const struct provd_event *event)
{
	(void)inst;
	user_events++;
	user_event = *event;
}

/* Methods, as far as the radio looks at them. */
static struct provd_plugin user_plugin = {.ops.method = {.on_event = user_on_event}};
static struct provd_instance users[2];

static void on_lost(void *user, int status)
{
	(void)user;
	(void)status;
}

static void on_progress(void *user, const struct provd_event *event)
{
	(void)user;
	(void)event;
}

static void on_changed(void *user)
{
	(void)user;
	changed++;
}

static void on_opened(void *user, int code, const char *text)
{
	(void)user;
	opened++;
	open_code = code;
	strncpy(open_text, text, sizeof(open_text) - 1);
}

static void on_closed(void *user)
{
	(void)user;
	closed++;
}

static void offer(struct fake_hal *hal, const char *name, const char *variants, const char *why_not)
{
	hal->capabilities[hal->capability_count++] =
		(struct provd_capability){.size = sizeof(struct provd_capability),
					  .available = !why_not,
					  .name = name,
					  .variants = variants,
					  .reason = why_not};
}

static void turn_until(const unsigned *counter)
{
	struct timespec from;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do {
		provd_loop_turn(loop, 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (!*counter && now.tv_sec - from.tv_sec < 10);
	for (int i = 0; i < 5; i++)
		provd_loop_turn(loop, 0);
}

static void settle(void)
{
	for (int i = 0; i < 10; i++)
		provd_loop_turn(loop, 0);
}

static void begin(size_t count, int required)
{
	struct provd_log_config log_config = {.format = PROVD_LOG_TEXT, .level = PROVD_LOG_ERROR};
	struct provd_radio_config config = {
		.on_link_lost = on_lost, .on_progress = on_progress, .on_changed = on_changed};

	cr_assert_eq(provd_log_create(&log_config, &log_), 0);
	cr_assert_eq(provd_loop_create(2, &loop), 0);
	config.loop = loop;
	config.log = log_;
	cr_assert_eq(provd_radio_create(&config, &radio), 0);
	for (size_t i = 0; i < count; i++) {
		hals[i].probe = hals[i].probe ? hals[i].probe : 50;
		cr_assert_eq(provd_radio_add(radio, &fake_hal_plugins[i], NULL, required, NULL), 0);
	}
	for (size_t i = 0; i < 2; i++) {
		users[i].inst = &users[i];
		users[i].plugin = &user_plugin;
	}
}

static void open_all(uint64_t timeout)
{
	provd_radio_open(radio, timeout, on_opened, NULL);
	turn_until(&opened);
	cr_assert_eq(opened, 1);
}

static void finish(void)
{
	provd_radio_close(radio, 20, on_closed, NULL);
	turn_until(&closed);
	cr_assert_eq(closed, 1);
	provd_radio_destroy(radio);
	cr_assert_eq(provd_loop_destroy(loop), 0);
	provd_log_destroy(log_);
}

static int check(const char *need, uint32_t *out_uses)
{
	const char *const needs[] = {need, NULL};

	reason[0] = '\0';
	return provd_radio_check_needs(radio, needs, 0, out_uses, reason);
}

static const struct provd_hal_softap *take_ap(struct provd_instance *user, void **out_self)
{
	return provd_radio_interface(radio, user, PROVD_HAL_SOFTAP, sizeof(struct provd_hal_softap),
				     out_self);
}

Test(radio, needs_are_met_by_any_hal_and_any_alternative)
{
	uint32_t uses = 0;

	offer(&hals[0], PROVD_HAL_SOFTAP, NULL, NULL);
	offer(&hals[1], PROVD_HAL_OFFLOAD, "airkiss,esptouch", NULL);
	begin(2, 1);
	open_all(1000);
	cr_assert_eq(open_code, 0);
	cr_assert_eq(check(PROVD_HAL_SOFTAP, &uses), 0);
	cr_assert_eq(uses, PROVD_RADIO_SOFTAP);
	cr_assert_eq(check(PROVD_HAL_OFFLOAD ":esptouch", &uses), 0);
	cr_assert_eq(check(PROVD_HAL_MONITOR "|" PROVD_HAL_OFFLOAD ":airkiss", &uses), 0);
	cr_assert_eq(uses, PROVD_RADIO_OFFLOAD);
	cr_assert_eq(check(PROVD_HAL_OFFLOAD ":esp", &uses), PROVD_E_NO_CAPABILITY);
	cr_assert_str_eq(reason, "needs provd.hal.offload/1:esp (hal 'first' does not offer it; "
				 "hal 'second' has it only for airkiss,esptouch)");
	cr_assert_eq(check("provd.hal.offload/11", &uses), PROVD_E_NO_CAPABILITY);
	cr_assert_eq(check(PROVD_NEED_APPCHANNEL, &uses), PROVD_E_NO_CAPABILITY);
	cr_assert(strstr(reason, "no app-channel dialect"));
	finish();
}

Test(radio, reasons_are_each_hals_own)
{
	uint32_t uses = 0;

	offer(&hals[0], PROVD_HAL_MONITOR, NULL, NULL); /* its table is incomplete */
	offer(&hals[1], PROVD_HAL_MONITOR, NULL, "phy1 is busy");
	begin(2, 1);
	open_all(1000);
	cr_assert_eq(check(PROVD_HAL_MONITOR, &uses), PROVD_E_NO_CAPABILITY);
	cr_assert_str_eq(reason, "needs provd.hal.monitor/1 (hal 'first' gives no complete table "
				 "for it; hal 'second': phy1 is busy)");
	finish();
}

Test(radio, uses_of_different_hals_never_exclude_each_other)
{
	offer(&hals[0], PROVD_HAL_SOFTAP, NULL, NULL);
	offer(&hals[0], PROVD_HAL_OFFLOAD, "x", NULL);
	begin(1, 1);
	open_all(1000);
	cr_assert_eq(provd_radio_can_combine(radio, PROVD_RADIO_SOFTAP | PROVD_RADIO_OFFLOAD), 0);
	provd_radio_explain_conflict(radio, PROVD_RADIO_SOFTAP, PROVD_RADIO_OFFLOAD, reason);
	cr_assert_str_eq(reason, "hal 'first' cannot do softap and offload at once");
	hals[0].combination.uses = PROVD_RADIO_SOFTAP | PROVD_RADIO_OFFLOAD;
	cr_assert_eq(provd_radio_can_combine(radio, PROVD_RADIO_SOFTAP | PROVD_RADIO_OFFLOAD), 0,
		     "not before the HAL says so");
	hal_says(&hals[0], PROVD_EV_CAPS_CHANGED, 0, 0);
	turn_until(&changed);
	cr_assert_eq(provd_radio_can_combine(radio, PROVD_RADIO_SOFTAP | PROVD_RADIO_OFFLOAD), 1);
	finish();
}

Test(radio, two_hals_together)
{
	offer(&hals[0], PROVD_HAL_SOFTAP, NULL, NULL);
	offer(&hals[1], PROVD_HAL_SOFTAP, NULL, NULL);
	offer(&hals[1], PROVD_HAL_OFFLOAD, "x", NULL);
	begin(2, 1);
	open_all(1000);
	cr_assert_eq(provd_radio_can_combine(radio, PROVD_RADIO_SOFTAP | PROVD_RADIO_OFFLOAD), 1,
		     "softap comes from the first");
	finish();
}

Test(radio, a_capability_has_one_user_at_a_time)
{
	struct provd_softap_config config = {.size = sizeof(config)};
	const struct provd_hal_softap *ap;
	void *handles[2];
	void *again;

	offer(&hals[0], PROVD_HAL_SOFTAP, NULL, NULL);
	begin(1, 1);
	open_all(1000);
	ap = take_ap(&users[0], &handles[0]);
	cr_assert_not_null(ap);
	cr_assert_not_null(take_ap(&users[1], &handles[1]));
	cr_assert_not_null(take_ap(&users[0], &again));
	cr_assert_eq(again, handles[0]);
	cr_assert_eq(ap->start(handles[0], 11, &config), 0);
	cr_assert_eq(ap->start(handles[1], 12, &config), PROVD_E_BUSY);
	cr_assert_eq(ap->start(handles[0], 11, &config), PROVD_E_INVALID, "the number is in use");
	cr_assert_eq(ap->start(handles[0], 0, &config), PROVD_E_INVALID);
	hal_says(&hals[0], PROVD_EV_OP_DONE, 11, 0);
	turn_until(&user_events);
	cr_assert_eq(user_event.op, 11);
	provd_radio_let_go(radio, &users[0]);
	cr_assert_eq(ap->start(handles[1], 12, &config), 0);
	finish();
}

Test(radio, an_operation_is_ended_only_by_its_own_hal)
{
	struct provd_softap_config config = {.size = sizeof(config)};
	const struct provd_hal_softap *ap;
	void *self;

	offer(&hals[0], PROVD_HAL_SOFTAP, NULL, NULL);
	begin(2, 1);
	open_all(1000);
	ap = take_ap(&users[0], &self);
	cr_assert_eq(ap->start(self, 11, &config), 0);
	hal_says(&hals[1], PROVD_EV_OP_DONE, 11, 0);
	hal_says(&hals[1], PROVD_EV_OP_DONE, 99, 0);
	settle();
	cr_assert_eq(user_events, 0);
	finish();
}

Test(radio, a_hal_that_dies_ends_its_operations_with_a_code)
{
	struct provd_softap_config config = {.size = sizeof(config)};
	const struct provd_hal_softap *ap;
	void *self;

	offer(&hals[0], PROVD_HAL_SOFTAP, NULL, NULL);
	begin(1, 1);
	open_all(1000);
	ap = take_ap(&users[0], &self);
	cr_assert_eq(ap->start(self, 11, &config), 0);
	hal_says(&hals[0], PROVD_EV_FAILED, 0, PROVD_E_IO);
	turn_until(&user_events);
	cr_assert_eq(user_event.op, 11);
	cr_assert_eq(user_event.status, PROVD_E_WIFI_RADIO);
	cr_assert_eq(changed, 1);
	cr_assert_eq(ap->start(self, 12, &config), PROVD_E_STATE);
	finish();
	cr_assert_eq(hals[0].closes, 0, "after FAILED only destroy() is left");
	cr_assert_eq(hals[0].destroys, 1);
}

Test(radio, what_is_taken_back_is_closed_and_the_handle_is_dead)
{
	struct provd_softap_config config = {.size = sizeof(config)};
	const struct provd_hal_softap *ap;
	void *self;

	offer(&hals[0], PROVD_HAL_SOFTAP, NULL, NULL);
	begin(1, 1);
	open_all(1000);
	ap = take_ap(&users[0], &self);
	cr_assert_eq(ap->start(self, 11, &config), 0);
	provd_radio_take_back(radio, &users[0], 1);
	cr_assert_eq(hals[0].stops, 1);
	cr_assert_eq(provd_radio_is_busy(radio), 1);
	cr_assert_eq(ap->stop(self, 12), PROVD_E_STATE);
	hal_says(&hals[0], PROVD_EV_OP_DONE, 11, PROVD_E_CANCELED);
	hal_says(&hals[0], PROVD_EV_OP_DONE, hals[0].op, 0);
	turn_until(&changed);
	cr_assert_eq(provd_radio_is_busy(radio), 0);
	cr_assert_eq(user_events, 0, "nobody hears of it");
	finish();
}

Test(radio, a_capability_that_went_away_cannot_be_used_through_an_old_handle)
{
	struct provd_softap_config config = {.size = sizeof(config)};
	const struct provd_hal_softap *ap;
	void *self;

	offer(&hals[0], PROVD_HAL_SOFTAP, NULL, NULL);
	begin(1, 1);
	open_all(1000);
	ap = take_ap(&users[0], &self);
	hals[0].capabilities[0].available = 0;
	hal_says(&hals[0], PROVD_EV_CAPS_CHANGED, 0, 0);
	turn_until(&changed);
	cr_assert_eq(ap->start(self, 11, &config), PROVD_E_NO_CAPABILITY);
	finish();
}

static void expect_open(int required, int code, const char *text)
{
	begin(1, required);
	open_all(20);
	cr_assert_eq(open_code, code);
	if (code)
		cr_assert(strstr(open_text, text), "%s", open_text);
	finish();
}

Test(radio, a_required_hal_that_refuses_to_open)
{
	hals[0].open_code = PROVD_E_IO;
	expect_open(1, PROVD_E_NO_CAPABILITY, "hal 'first' failed: it refused to open");
}

Test(radio, an_optional_hal_that_refuses_to_open)
{
	hals[0].open_code = PROVD_E_IO;
	expect_open(0, 0, "");
}

Test(radio, a_hal_that_does_not_fit)
{
	hals[0].probe = PROVD_E_NOT_FOUND;
	expect_open(1, PROVD_E_NO_CAPABILITY, "it does not fit this board");
}

Test(radio, a_hal_that_never_answers_open_is_left_alone)
{
	hals[0].mute = 1;
	expect_open(1, PROVD_E_NO_CAPABILITY, "it did not open in time");
	cr_assert_eq(hals[0].destroys, 0, "it may still be at work");
}

Test(radio, a_hal_that_never_answers_close_is_left_alone)
{
	begin(1, 1);
	open_all(1000);
	hals[0].mute = 1;
	finish();
	cr_assert_eq(hals[0].destroys, 0);
}

Test(radio, closing_while_a_hal_opens_waits_for_it)
{
	hals[0].mute = 1;
	begin(1, 1);
	provd_radio_open(radio, 10000, on_opened, NULL);
	settle();
	hals[0].mute = 0;
	finish();
	cr_assert_eq(hals[0].closes, 1);
	cr_assert_eq(opened, 0);
	cr_assert_eq(hals[0].destroys, 1);
}

Test(radio, closing_without_a_hal)
{
	begin(0, 1);
	open_all(1000);
	cr_assert_eq(open_code, 0);
	finish();
}
