/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/secret.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

struct provd_secret {
	atomic_uint refs;
	size_t len;
	uint8_t bytes[];
};

struct provd_secret *provd_secret_alloc(size_t len, uint8_t **out_bytes)
{
	struct provd_secret *secret;

	if (len > PROVD_SECRET_MAX)
		return NULL;
	secret = calloc(1, sizeof(*secret) + len);
	if (!secret)
		return NULL;
	atomic_init(&secret->refs, 1);
	secret->len = len;
	if (out_bytes)
		*out_bytes = secret->bytes;
	return secret;
}

struct provd_secret *provd_secret_create(const void *bytes, size_t len)
{
	struct provd_secret *secret;
	uint8_t *own = NULL;

	if (len && !bytes)
		return NULL;
	secret = provd_secret_alloc(len, &own);
	if (secret && len)
		memcpy(own, bytes, len);
	return secret;
}

/* The count is the one member that changes behind a const secret. */
static struct provd_secret *counted(const struct provd_secret *secret)
{
	return (struct provd_secret *)(uintptr_t)secret;
}

struct provd_secret *provd_secret_ref(const struct provd_secret *secret)
{
	if (!secret)
		return NULL;
	atomic_fetch_add_explicit(&counted(secret)->refs, 1, memory_order_relaxed);
	return counted(secret);
}

void provd_secret_unref(const struct provd_secret *secret)
{
	struct provd_secret *last;

	if (!secret)
		return;
	last = counted(secret);
	if (atomic_fetch_sub_explicit(&last->refs, 1, memory_order_acq_rel) != 1)
		return;
	OPENSSL_cleanse(last->bytes, last->len);
	free(last);
}

struct provd_bytes provd_secret_view(const struct provd_secret *secret)
{
	struct provd_bytes view = {NULL, 0};

	if (secret) {
		view.data = secret->bytes;
		view.len = secret->len;
	}
	return view;
}

int provd_secret_equal(const struct provd_secret *a, const struct provd_secret *b)
{
	struct provd_bytes left = provd_secret_view(a);
	struct provd_bytes right = provd_secret_view(b);

	if (left.len != right.len)
		return 0;
	return left.len == 0 || CRYPTO_memcmp(left.data, right.data, left.len) == 0;
}
