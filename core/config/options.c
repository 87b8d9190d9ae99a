/* SPDX-License-Identifier: Apache-2.0 */
#include "config/options_internal.h"

#include "secret/secret.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lists of objects may hold passphrases, so every text is wiped, flagged or not. */
static void wipe_free(char *text)
{
	if (text != NULL) {
		OPENSSL_cleanse(text, strlen(text));
		free(text);
	}
}

struct provd_options *provd_options_alloc(size_t count)
{
	struct provd_options *options;

	options = calloc(1, sizeof(*options) + count * sizeof(options->values[0]));
	if (options != NULL)
		options->count = count;
	return options;
}

void provd_option_value_finish(struct provd_option_value *value)
{
	free(value->name);
	wipe_free(value->text);
	for (size_t i = 0; i < value->count; i++)
		wipe_free(value->items[i]);
	free(value->items);
	provd_secret_unref(value->secret);
	memset(value, 0, sizeof(*value));
}

void provd_options_destroy(struct provd_options *options)
{
	if (options == NULL)
		return;
	for (size_t i = 0; i < options->count; i++)
		provd_option_value_finish(&options->values[i]);
	free(options);
}

const struct provd_option_value *provd_options_find(const struct provd_options *options,
						    const char *name)
{
	if (options == NULL || name == NULL)
		return NULL;
	for (size_t i = 0; i < options->count; i++) {
		const char *own = options->values[i].name;

		if (own != NULL && strcmp(own, name) == 0)
			return &options->values[i];
	}
	return NULL;
}

const char *provd_options_text(const struct provd_options *options, const char *name)
{
	const struct provd_option_value *value = provd_options_find(options, name);

	return value != NULL ? value->text : NULL;
}

int64_t provd_options_int(const struct provd_options *options, const char *name)
{
	const struct provd_option_value *value = provd_options_find(options, name);

	return value != NULL ? value->number : 0;
}

size_t provd_options_count(const struct provd_options *options, const char *name)
{
	const struct provd_option_value *value = provd_options_find(options, name);

	return value != NULL ? value->count : 0;
}

const char *provd_options_item(const struct provd_options *options, const char *name, size_t index)
{
	const struct provd_option_value *value = provd_options_find(options, name);

	return value != NULL && index < value->count ? value->items[index] : NULL;
}

const struct provd_secret *provd_options_secret(const struct provd_options *options,
						const char *name)
{
	const struct provd_option_value *value = provd_options_find(options, name);

	return value != NULL ? value->secret : NULL;
}

int provd_options_given(const struct provd_options *options, const char *name)
{
	const struct provd_option_value *value = provd_options_find(options, name);

	return value != NULL && value->given;
}

char *provd_path_join(const char *dir, const char *path)
{
	char *joined;
	size_t size;
	int n;

	if (dir == NULL || path[0] == '/')
		return strdup(path);
	size = strlen(dir) + strlen(path) + 2;
	joined = malloc(size);
	if (joined == NULL)
		return NULL;
	n = snprintf(joined, size, "%s/%s", strcmp(dir, "/") == 0 ? "" : dir, path);
	if (n < 0 || (size_t)n >= size) {
		free(joined);
		return NULL;
	}
	return joined;
}

int provd_options_resolve_items(struct provd_options *options, const char *name, const char *dir)
{
	for (size_t i = 0; i < options->count; i++) {
		struct provd_option_value *value = &options->values[i];

		if (value->name == NULL || strcmp(value->name, name) != 0)
			continue;
		for (size_t k = 0; k < value->count; k++) {
			char *path = provd_path_join(dir, value->items[k]);

			if (path == NULL)
				return PROVD_E_NOMEM;
			free(value->items[k]);
			value->items[k] = path;
		}
	}
	return 0;
}
