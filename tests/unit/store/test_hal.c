/* SPDX-License-Identifier: Apache-2.0 */
/* The store of a HAL as a backend, and its device key. */
#include "store_files.h"
#include "store_hal.h"
#include "support.h"

#include <criterion/criterion.h>

#include <string.h>

#include "session/radio_internal.h"
#include "store/record.h"

TestSuite(store_hal, .timeout = 60);

static struct hal_rig rig;
static struct provd_store_backend backend;
static struct provd_store *store;
static struct results results;

static void begin(void)
{
	hal_rig_begin(&rig);
	cr_assert_eq(provd_radio_store(rig.radio, &backend), 0);
	cr_assert_eq(provd_store_create(rig.loop, NULL, &backend, NULL, &store), 0);
}

static void end(void)
{
	provd_store_destroy(store);
	results_clear(&results);
	hal_rig_end(&rig);
}

static int wait_one(void)
{
	int index = results.count;

	loop_until(rig.loop, &results.count, index + 1);
	cr_assert_eq(results.count, index + 1);
	return results.codes[index];
}

static int save(const char *name, const char *text)
{
	struct provd_secret *content = provd_secret_create(text, strlen(text));

	cr_assert_eq(provd_store_save(store, name, content, results_done, &results), 0);
	provd_secret_unref(content);
	return wait_one();
}

static int load(const char *name)
{
	cr_assert_eq(provd_store_load(store, name, results_done, &results), 0);
	return wait_one();
}

static int erase(const char *name)
{
	cr_assert_eq(provd_store_erase(store, name, results_done, &results), 0);
	return wait_one();
}

static int ask_key(const char *purpose)
{
	int code = provd_radio_device_key(rig.radio, purpose, results_done, &results);

	return code ? code : wait_one();
}

static const char *last_text(void)
{
	return results.texts[results.count - 1];
}

static void turns(void)
{
	for (int i = 0; i < 10; i++)
		provd_loop_turn(rig.loop, 0);
}

Test(store_hal, saves_loads_erases)
{
	begin();
	cr_expect_eq(load("networks"), PROVD_E_NOT_FOUND);
	cr_expect_eq(save("networks", "one"), 0);
	cr_expect_eq(save("networks", "two"), 0);
	cr_expect_not_null(store_hal_find("provd.networks"));
	cr_expect_eq(load("networks"), 0);
	cr_expect(results_content_is(&results, results.count - 1, "two"));
	cr_expect_eq(save("empty", ""), 0);
	cr_expect_eq(load("empty"), 0);
	cr_expect(results_content_is(&results, results.count - 1, ""));
	cr_expect_eq(erase("networks"), 0);
	cr_expect_eq(load("networks"), PROVD_E_NOT_FOUND);
	cr_expect_eq(provd_owner_counts(rig.radio->owner).timers, 0, "no deadline is left");
	end();
}

Test(store_hal, the_largest_record)
{
	struct provd_secret *content = provd_secret_alloc(PROVD_STORE_CONTENT_MAX, NULL);

	begin();
	cr_assert_eq(provd_store_save(store, "big", content, results_done, &results), 0);
	cr_expect_eq(wait_one(), 0);
	cr_expect_eq(load("big"), 0);
	cr_expect(provd_secret_equal(results.contents[1], content));
	provd_secret_unref(content);
	end();
}

Test(store_hal, what_is_damaged_is_set_aside)
{
	struct hal_value *value;

	begin();
	cr_expect_eq(save("networks", "one"), 0);
	value = store_hal_find("provd.networks");
	cr_assert_not_null(value);
	value->data[value->len - 1] ^= 1;
	memset(store_hal.asked, 0, sizeof(store_hal.asked));
	cr_expect_eq(load("networks"), PROVD_E_CORRUPT);
	cr_expect_str_eq(store_hal.asked, "llse");
	cr_expect_null(store_hal_find("provd.networks"));
	cr_expect_not_null(store_hal_find("provd.networks.damaged"));
	cr_expect_eq(load("networks"), PROVD_E_NOT_FOUND);
	end();
}

Test(store_hal, what_the_hal_finds_damaged_is_erased)
{
	begin();
	cr_expect_eq(save("networks", "one"), 0);
	memset(store_hal.asked, 0, sizeof(store_hal.asked));
	store_hal.fail_next = PROVD_E_CORRUPT;
	cr_assert_eq(backend.set_aside(backend.self, "networks", results_done, &results), 0);
	cr_expect_eq(wait_one(), 0);
	cr_expect_str_eq(store_hal.asked, "le");
	cr_expect_null(store_hal_find("provd.networks"));
	cr_assert_eq(backend.set_aside(backend.self, "networks", results_done, &results), 0);
	cr_expect_eq(wait_one(), 0, "what is not there is no error");
	end();
}

Test(store_hal, setting_aside_that_fails_half_way)
{
	begin();
	cr_expect_eq(save("networks", "one"), 0);
	store_hal.silent = 1;
	cr_assert_eq(backend.set_aside(backend.self, "networks", results_done, &results), 0);
	store_hal_end(store_hal.op, PROVD_E_IO);
	cr_expect_eq(wait_one(), PROVD_E_IO);
	cr_expect_str_eq(last_text(),
			 "hal 'chip' could not set aside 'networks': reading or writing failed");
	cr_expect_not_null(store_hal_find("provd.networks"), "it stays");
	end();
}

Test(store_hal, failures_of_the_hal)
{
	begin();
	store_hal.fail_next = PROVD_E_NO_SPACE;
	cr_expect_eq(save("networks", "one"), PROVD_E_NO_SPACE);
	cr_expect_str_eq(last_text(), "hal 'chip' could not save 'networks': no space left");
	store_hal.fail_next = PROVD_E_NOT_FOUND;
	cr_expect_eq(save("networks", "one"), PROVD_E_IO);
	store_hal.fail_next = PROVD_E_NOT_FOUND;
	cr_expect_eq(erase("networks"), 0);
	store_hal.fail_next = 5;
	cr_expect_eq(load("networks"), PROVD_E_PLUGIN_FAULT);
	store_hal.refuse_next = PROVD_E_LIMIT;
	cr_expect_eq(load("networks"), PROVD_E_LIMIT);
	cr_expect_eq(save("networks", "one"), 0, "and it goes on");
	end();
}

Test(store_hal, a_hal_that_dies_ends_each_operation_once)
{
	begin();
	store_hal.silent = 1;
	cr_assert_eq(backend.load(backend.self, "a", results_done, &results), 0);
	cr_assert_eq(backend.erase(backend.self, "b", results_done, &results), 0);
	cr_assert_eq(provd_radio_device_key(rig.radio, "store", results_done, &results), 0);
	store_hal_die();
	loop_until(rig.loop, &results.count, 3);
	turns();
	cr_assert_eq(results.count, 3);
	for (int i = 0; i < 3; i++)
		cr_expect_eq(results.codes[i], PROVD_E_IO);
	cr_expect_eq(load("a"), PROVD_E_NO_CAPABILITY);
	end();
}

Test(store_hal, a_hal_that_never_answers_ends_by_the_deadline)
{
	begin();
	store_hal.silent = 1;
	cr_expect_eq(load("a"), PROVD_E_TIMEOUT);
	cr_expect_str_eq(last_text(), "hal 'chip' could not load 'a': it did not answer in time");
	store_hal_end(store_hal.op, 0);
	turns();
	cr_expect_eq(results.count, 1, "a late answer is dropped");
	end();
}

Test(store_hal, nothing_is_told_after_the_end)
{
	uint64_t op;

	begin();
	store_hal.silent = 1;
	cr_assert_eq(provd_store_load(store, "a", results_done, &results), 0);
	turns();
	op = store_hal.op;
	provd_store_destroy(store);
	store = NULL;
	store_hal_end(op, 0);
	turns();
	cr_expect_eq(results.count, 0);
	end();
}

Test(store_hal, a_radio_that_goes_first_frees_what_runs)
{
	hal_rig_begin(&rig);
	cr_assert_eq(provd_radio_store(rig.radio, &backend), 0);
	store_hal.silent = 1;
	cr_assert_eq(backend.load(backend.self, "a", results_done, &results), 0);
	cr_assert_eq(provd_radio_device_key(rig.radio, "store", results_done, &results), 0);
	hal_rig_end(&rig);
	backend.destroy(backend.self);
	cr_expect_eq(results.count, 0);
}

Test(store_hal, device_key)
{
	static const uint8_t expected[32] = {7, 7, 7};

	begin();
	cr_assert_eq(ask_key("store"), 0);
	cr_expect_str_eq(store_hal.last_key, "store");
	cr_expect_arr_eq(provd_secret_view(results.contents[0]).data, expected, 32);
	store_hal.key_len = 16;
	cr_expect_eq(ask_key("store"), PROVD_E_PLUGIN_FAULT);
	cr_expect_str_eq(last_text(), "hal 'chip' could not give a device key for 'store': it gave "
				      "no key of 32 bytes");
	store_hal.key_len = 0;
	cr_expect_eq(ask_key("store"), PROVD_E_PLUGIN_FAULT);
	store_hal.fail_next = PROVD_E_ACCESS;
	cr_expect_eq(ask_key("store"), PROVD_E_ACCESS);
	store_hal.refuse_next = PROVD_E_BUSY;
	cr_expect_eq(ask_key("store"), PROVD_E_BUSY);
	cr_expect_eq(ask_key("Store"), PROVD_E_INVALID);
	cr_expect_eq(ask_key(""), PROVD_E_INVALID);
	cr_expect_eq(ask_key("012345678901234567890123456789012"), PROVD_E_INVALID);
	end();
}

Test(store_hal, no_hal_has_a_store)
{
	begin();
	store_hal_die();
	turns();
	cr_expect_not(provd_radio_has_store(rig.radio));
	cr_expect_eq(save("networks", "one"), PROVD_E_NO_CAPABILITY);
	cr_expect_eq(ask_key("store"), PROVD_E_NO_CAPABILITY);
	end();
}

Test(store_hal, a_board_without_a_device_key_has_a_store_all_the_same)
{
	store_hal.keyless = 1;
	begin();
	cr_expect_eq(save("networks", "one"), 0);
	cr_expect_eq(load("networks"), 0);
	cr_expect_eq(ask_key("store"), PROVD_E_NO_CAPABILITY);
	end();
}
