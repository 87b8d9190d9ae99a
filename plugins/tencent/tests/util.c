/* SPDX-License-Identifier: Apache-2.0 */
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#define HAVE_LSAN 1
#else
#define HAVE_LSAN 0
#endif

json_t *load_vectors(const char *name)
{
	char path[512];
	json_error_t error;
	json_t *root;
	int n = snprintf(path, sizeof(path), "%s/%s", PROVD_VECTOR_DIR, name);

	cr_assert(n > 0 && (size_t)n < sizeof(path));
	root = json_load_file(path, 0, &error);
	cr_assert(root != NULL, "%s: %s", path, error.text);
	return root;
}

const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	cr_assert(text != NULL, "no text '%s' in the vector", key);
	return text;
}

json_int_t number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	cr_assert(json_is_integer(value), "no number '%s' in the vector", key);
	return json_integer_value(value);
}

json_t *entry_of(json_t *array, const char *key, const char *value)
{
	json_t *entry;
	size_t i;

	json_array_foreach(array, i, entry)
	{
		const char *text = json_string_value(json_object_get(entry, key));

		if (text != NULL && strcmp(text, value) == 0)
			return entry;
	}
	cr_assert(false, "no entry with %s '%s'", key, value);
	return NULL;
}

char *exact_copy(const void *data, size_t len)
{
	char *copy = malloc(len != 0 ? len : 1);

	cr_assert(copy != NULL);
	if (len != 0)
		memcpy(copy, data, len);
	return copy;
}

struct provd_error fresh_error(void)
{
	struct provd_error err;

	memset(&err, 0, sizeof(err));
	err.size = sizeof(err);
	return err;
}

void expect_no_leaks(void)
{
#if HAVE_LSAN
	cr_assert(__lsan_do_recoverable_leak_check() == 0);
#endif
}
