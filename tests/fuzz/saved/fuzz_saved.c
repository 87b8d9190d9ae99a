/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: any bytes as each of the three records. What is accepted must be writable, and what
 * is written must read as the same: writing it once more gives the same text.
 */
#include "saved/format.h"

#include <stdlib.h>

#include "secret/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(struct provd_secret *first, struct provd_secret *second)
{
	if (!first || !second || !provd_secret_equal(first, second))
		abort();
	provd_secret_unref(first);
	provd_secret_unref(second);
}

static void check_networks(struct provd_bytes text)
{
	struct provd_saved_list list;
	struct provd_saved_list again;
	struct provd_secret *first = NULL;
	struct provd_secret *second = NULL;
	size_t i;

	if (provd_saved_decode_networks(text, &list))
		return;
	for (i = 1; i < list.count; i++)
		if (list.networks[i - 1].priority < list.networks[i].priority)
			abort();
	if (list.count > PROVD_SAVED_NETWORKS_MAX || provd_saved_encode_networks(&list, &first) ||
	    provd_saved_decode_networks(provd_secret_view(first), &again) ||
	    provd_saved_encode_networks(&again, &second))
		abort();
	same(first, second);
	provd_saved_list_finish(&list);
	provd_saved_list_finish(&again);
}

static void check_staged(struct provd_bytes text)
{
	struct provd_saved_staged staged;
	struct provd_saved_staged again;
	struct provd_secret *first = NULL;
	struct provd_secret *second = NULL;

	if (provd_saved_decode_staged(text, &staged))
		return;
	if (provd_saved_encode_staged(&staged, &first) ||
	    provd_saved_decode_staged(provd_secret_view(first), &again) ||
	    provd_saved_encode_staged(&again, &second))
		abort();
	same(first, second);
	provd_saved_staged_finish(&staged);
	provd_saved_staged_finish(&again);
}

static void check_device(struct provd_bytes text)
{
	struct provd_saved_device device;
	struct provd_saved_device again;
	struct provd_secret *first = NULL;
	struct provd_secret *second = NULL;

	if (provd_saved_decode_device(text, &device))
		return;
	if (provd_saved_encode_device(&device, &first) ||
	    provd_saved_decode_device(provd_secret_view(first), &again) ||
	    provd_saved_encode_device(&again, &second))
		abort();
	same(first, second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct provd_bytes text = {data, size};

	check_networks(text);
	check_staged(text);
	check_device(text);
	return 0;
}
