/* SPDX-License-Identifier: Apache-2.0 */
#include "simrig.h"

#include "secret/secret.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t value[] = {1, 0, 2, 255};

static void check_round(struct simrig *s)
{
	static uint8_t big[PROVD_STORE_VALUE_MAX + 1];
	const struct provd_event *e;

	cr_assert_eq(s->store->load(s->inst, 1, "a.b"), 0);
	cr_expect_eq(simrig_done(s, 1), PROVD_E_NOT_FOUND);
	cr_assert_eq(s->store->save(s->inst, 2, "a.b", big, sizeof(big) - 1), 0);
	cr_expect_eq(simrig_done(s, 2), 0);
	cr_assert_eq(s->store->save(s->inst, 3, "a.b", value, sizeof(value)), 0);
	cr_assert_eq(s->store->load(s->inst, 4, "a.b"), 0);
	cr_expect_eq(simrig_done(s, 3), 0);
	e = rig_wait(&s->hal, PROVD_EV_OP_DONE, 4);
	cr_assert_not_null(e);
	cr_expect_eq(e->status, 0);
	cr_assert_eq(e->data_size, sizeof(value));
	cr_expect_eq(memcmp(e->data, value, sizeof(value)), 0);
	cr_assert_eq(s->store->erase(s->inst, 5, "a.b"), 0);
	cr_expect_eq(simrig_done(s, 5), 0);
	cr_assert_eq(s->store->erase(s->inst, 6, "a.b"), 0, "not there is no error");
	cr_expect_eq(simrig_done(s, 6), 0);
	cr_expect_eq(s->store->save(s->inst, 7, "a.b", big, sizeof(big)), PROVD_E_INVALID);
	cr_assert_eq(s->store->save(s->inst, 8, "empty", NULL, 0), 0);
	cr_expect_eq(simrig_done(s, 8), 0);
	cr_assert_eq(s->store->load(s->inst, 9, "empty"), 0);
	e = rig_wait(&s->hal, PROVD_EV_OP_DONE, 9);
	cr_assert_not_null(e);
	cr_expect_eq(e->status, 0);
	cr_expect_eq(e->data_size, 0);
}

Test(sim_store, in_memory, .timeout = 30)
{
	struct simrig s;

	simrig_open(&s, "{}");
	check_round(&s);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_store, in_files, .timeout = 30)
{
	struct simrig s;
	struct stat st;
	char path[128];

	simrig_open(&s, "{\"store_dir\": \"@/store\"}");
	check_round(&s);
	rig_path(&s.rig, "store/empty", path, sizeof(path));
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777u, 0600);
	cr_assert_eq(s.store->erase(s.inst, 10, "empty"), 0);
	cr_expect_eq(simrig_done(&s, 10), 0);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_store, hostile_keys, .timeout = 30)
{
	static const char *const keys[] = {"",	"..",  "../x", "a/b",	  ".x",
					   "A", "a b", "a~",   "\xc3\xa4"};
	char longest[PROVD_STORE_KEY_MAX + 2];
	struct simrig s;

	simrig_open(&s, "{\"store_dir\": \"@/store\"}");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		cr_expect_eq(s.store->save(s.inst, 1, keys[i], value, 1), PROVD_E_INVALID, "%s",
			     keys[i]);
	memset(longest, 'k', sizeof(longest));
	longest[PROVD_STORE_KEY_MAX + 1] = '\0';
	cr_expect_eq(s.store->save(s.inst, 1, longest, value, 1), PROVD_E_INVALID);
	longest[PROVD_STORE_KEY_MAX] = '\0';
	cr_assert_eq(s.store->save(s.inst, 1, longest, value, 1), 0);
	cr_expect_eq(simrig_done(&s, 1), 0);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_store, closed_while_jobs_wait, .timeout = 30)
{
	struct simrig s;

	simrig_open(&s, "{\"store_dir\": \"@/store\"}");
	for (uint64_t i = 1; i <= 16; i++)
		cr_assert_eq(s.store->save(s.inst, i, "k", value, sizeof(value)), 0);
	cr_expect_eq(s.store->save(s.inst, 17, "k", value, sizeof(value)), PROVD_E_LIMIT);
	s.hal.plugin->ops.hal.close(s.inst);
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_HAL_CLOSED, 0));
	for (uint64_t i = 1; i <= 16; i++)
		cr_expect_eq(rig_count(&s.hal, PROVD_EV_OP_DONE, i), 1);
	cr_expect_eq(simrig_unload(&s), 0);
}

Test(sim_store, destroyed_while_jobs_run, .timeout = 30)
{
	struct simrig s;

	simrig_open(&s, "{\"store_dir\": \"@/store\"}");
	cr_assert_eq(s.store->save(s.inst, 1, "k", value, sizeof(value)), 0);
	/* Against the contract; nothing may crash, and the host says what was left. */
	rig_unload(&s.hal);
	cr_expect_not(rig_clean(&s.hal));
	cr_expect_eq(rig_finish(&s.rig), 0);
}

/* Asks for the key of a purpose and copies it. */
static void device_key(struct simrig *s, uint64_t op, const char *purpose, uint8_t out[32])
{
	const struct provd_event *e;
	struct provd_bytes view;

	cr_assert_eq(s->store->device_key(s->inst, op, purpose), 0);
	e = rig_wait(&s->hal, PROVD_EV_OP_DONE, op);
	cr_assert_not_null(e);
	cr_assert_eq(e->status, 0);
	cr_expect_eq(e->data_size, 0, "never as plain data");
	view = provd_secret_view(e->secret);
	cr_assert_eq(view.len, 32);
	memcpy(out, view.data, 32);
}

static void hex_of(const uint8_t *bytes, char out[65])
{
	for (size_t i = 0; i < 32; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

Test(sim_store, device_key_of_the_option, .timeout = 30)
{
	uint8_t key[32];
	char hex[65];
	struct simrig s;

	simrig_open(&s, "{\"store_dir\": \"@/store\", \"device_key\": "
			"\"0102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F20\"}");
	device_key(&s, 1, "store", key);
	hex_of(key, hex);
	/* openssl dgst -sha256 -mac HMAC -macopt hexkey:0102...20, of the five letters */
	cr_expect_str_eq(hex, "7a6b2aed97a9fc8380ec3f81968c0482d3a96460ac5c0b98de4cf0450c68af2b");
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_store, device_key_stays_the_same_for_a_folder, .timeout = 30)
{
	uint8_t keys[4][32];
	struct simrig s;
	struct stat st;
	char path[128];

	simrig_open(&s, "{\"store_dir\": \"@/store\"}");
	device_key(&s, 1, "store", keys[0]);
	device_key(&s, 2, "store", keys[1]);
	device_key(&s, 3, "other", keys[2]);
	cr_expect_arr_eq(keys[0], keys[1], 32);
	cr_expect_arr_neq(keys[0], keys[2], 32);
	rig_path(&s.rig, "store/~device-key", path, sizeof(path));
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777u, 0600);
	cr_expect_eq(st.st_size, 32);
	cr_assert_eq(truncate(path, 31), 0);
	cr_assert_eq(s.store->device_key(s.inst, 4, "store"), 0);
	cr_expect_eq(simrig_done(&s, 4), PROVD_E_CORRUPT);
	cr_expect_eq(simrig_close(&s), 0);
	simrig_open(&s, "{\"store_dir\": \"@/store\"}");
	device_key(&s, 1, "store", keys[3]);
	cr_expect_arr_neq(keys[0], keys[3], 32, "another folder is another device");
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_store, device_key_in_memory_and_its_faults, .timeout = 30)
{
	uint8_t keys[2][32];
	struct simrig s;

	simrig_open(&s, "{\"control_socket\": \"@/control\"}");
	device_key(&s, 1, "store", keys[0]);
	device_key(&s, 2, "store", keys[1]);
	cr_expect_arr_eq(keys[0], keys[1], 32);
	cr_expect_eq(s.store->device_key(s.inst, 3, "Store"), PROVD_E_INVALID);
	cr_expect_eq(s.store->device_key(s.inst, 3, ""), PROVD_E_INVALID);
	cr_expect_eq(s.store->device_key(s.inst, 3, "a.b"), PROVD_E_INVALID);
	cr_expect_eq(s.store->device_key(s.inst, 3, "123456789012345678901234567890123"),
		     PROVD_E_INVALID);
	cr_expect(simrig_command(&s, "{\"fail\": \"device_key\", \"code\": \"IO\"}"));
	cr_assert_eq(s.store->device_key(s.inst, 4, "store"), 0);
	cr_expect_eq(simrig_done(&s, 4), PROVD_E_IO);
	cr_expect(simrig_command(&s, "{\"fail\": \"device_key\", \"code\": \"BUSY\", "
				     "\"at\": \"call\"}"));
	cr_expect_eq(s.store->device_key(s.inst, 5, "store"), PROVD_E_BUSY);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_store, device_key_that_is_no_key, .timeout = 30)
{
	struct provd_error err = {.size = sizeof(err)};
	struct rig_plugin hal = {0};
	struct rig rig;

	rig_init(&rig);
	cr_expect_eq(
		rig_load(&rig, &hal, "sim",
			 "{\"device_key\": "
			 "\"g102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F20\"}",
			 &err),
		PROVD_E_CONFIG);
	cr_expect_str_eq(err.text, "device_key: expected 64 hexadecimal digits");
	rig_unload(&hal);
	cr_expect_eq(rig_finish(&rig), 0);
}
