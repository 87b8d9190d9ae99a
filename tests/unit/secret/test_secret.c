/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/secret.h"

#include <criterion/criterion.h>

#include <string.h>

Test(secret, copies_and_counts, .timeout = 20)
{
	char text[] = "hunter2!";
	struct provd_secret *secret = provd_secret_create(text, 8);
	struct provd_bytes view;

	cr_assert_not_null(secret);
	memset(text, 0, sizeof(text));
	cr_assert_eq(provd_secret_ref(secret), secret);
	provd_secret_unref(secret);
	view = provd_secret_view(secret);
	cr_assert_eq(view.len, 8);
	cr_assert_arr_eq(view.data, "hunter2!", 8);
	provd_secret_unref(secret);
}

Test(secret, alloc_is_zeroed_and_filled_by_the_caller, .timeout = 20)
{
	static const uint8_t zero[16];
	uint8_t *bytes = NULL;
	struct provd_secret *secret = provd_secret_alloc(16, &bytes);

	cr_assert_not_null(secret);
	cr_assert_arr_eq(bytes, zero, 16);
	bytes[15] = 7;
	cr_assert_eq(provd_secret_view(secret).data[15], 7);
	provd_secret_unref(secret);
}

Test(secret, bounds, .timeout = 20)
{
	uint8_t *bytes = NULL;
	struct provd_secret *secret = provd_secret_alloc(PROVD_SECRET_MAX, &bytes);

	cr_assert_not_null(secret);
	provd_secret_unref(secret);
	cr_assert_null(provd_secret_alloc(PROVD_SECRET_MAX + 1, &bytes));
	cr_assert_null(provd_secret_create(NULL, 1));
	secret = provd_secret_create(NULL, 0);
	cr_assert_not_null(secret);
	cr_assert_eq(provd_secret_view(secret).len, 0);
	provd_secret_unref(secret);
}

Test(secret, null_is_allowed, .timeout = 20)
{
	cr_assert_null(provd_secret_ref(NULL));
	provd_secret_unref(NULL);
	cr_assert_null(provd_secret_view(NULL).data);
	cr_assert_eq(provd_secret_view(NULL).len, 0);
	cr_assert_eq(provd_secret_equal(NULL, NULL), 1);
}

Test(secret, compares_all_bytes, .timeout = 20)
{
	struct provd_secret *a = provd_secret_create("abcdef", 6);
	struct provd_secret *same = provd_secret_create("abcdef", 6);
	struct provd_secret *last = provd_secret_create("abcdeg", 6);
	struct provd_secret *shorter = provd_secret_create("abcde", 5);

	cr_assert_eq(provd_secret_equal(a, same), 1);
	cr_assert_eq(provd_secret_equal(a, last), 0);
	cr_assert_eq(provd_secret_equal(a, shorter), 0);
	cr_assert_eq(provd_secret_equal(a, NULL), 0);
	provd_secret_unref(a);
	provd_secret_unref(same);
	provd_secret_unref(last);
	provd_secret_unref(shorter);
}
