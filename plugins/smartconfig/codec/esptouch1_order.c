/* SPDX-License-Identifier: Apache-2.0 */
/* In which order a sender sends its bytes: learned, so that lost index packets can be inferred. */
#include "codec/esptouch1_internal.h"

#define BSSID_LEN 6

/*
 * How the BSSID's bytes lie between the others, smartconfig.md 2.3 and 6.5: byte k follows index
 * first + k * step, or the last one when there are too few. step 0: appended. first 0: not sent.
 */
struct order {
	uint8_t first;
	uint8_t step;
};

static const struct order orders[ET1_ORDERS] = {{4, 3}, {5, 3}, {4, 4}, {200, 0}, {0, 0}};

/* Where byte `k` of the BSSID comes after, in a list of `total`. */
static uint32_t before_tail(const struct order *order, uint32_t total, uint32_t k)
{
	uint32_t at = (uint32_t)order->first + k * order->step;

	return at < total ? at : total - 1;
}

static uint32_t order_next(const struct order *order, uint32_t total, uint32_t i)
{
	uint32_t k;

	if (order->first == 0)
		return i + 1 < total ? i + 1 : 0;
	if (i >= total) {
		uint32_t main_index;

		k = i - total;
		main_index = before_tail(order, total, k);
		if (k + 1 < BSSID_LEN && before_tail(order, total, k + 1) == main_index)
			return i + 1;
		return main_index + 1 < total ? main_index + 1 : 0;
	}
	for (k = 0; k < BSSID_LEN; k++)
		if (before_tail(order, total, k) == i)
			return total + k;
	return i + 1 < total ? i + 1 : 0;
}

/* 0: not known */
static uint32_t total_of(const struct et1_phone *phone)
{
	const struct et1_byte *byte = &phone->bytes[0];

	if (byte->state == ET1_UNKNOWN || byte->value < ET1_HEAD || byte->value > ET1_TOTAL)
		return 0;
	return byte->value;
}

void et1_order_learn(struct et1_phone *phone, uint32_t i, uint32_t j)
{
	if (phone->bytes[i].next == j)
		return;
	phone->bytes[i].next = (uint8_t)j;
	phone->order_total = 0;
}

/* Which orders what was heard speaks for: those it speaks least against. */
static void compare_orders(struct et1_phone *phone, uint32_t total)
{
	uint32_t bad[ET1_ORDERS] = {0};
	uint32_t heard = 0;
	uint32_t least = UINT32_MAX;

	for (uint32_t i = 0; i < ET1_INDICES && i < total + BSSID_LEN; i++) {
		if (phone->bytes[i].next == ET1_NONE)
			continue;
		heard++;
		for (size_t n = 0; n < ET1_ORDERS; n++)
			bad[n] += order_next(&orders[n], total, i) != phone->bytes[i].next;
	}
	for (size_t n = 0; n < ET1_ORDERS; n++)
		if (bad[n] < least)
			least = bad[n];
	phone->orders = 0;
	for (size_t n = 0; n < ET1_ORDERS; n++)
		if (bad[n] == least && bad[n] * 4 <= heard)
			phone->orders |= 1u << n;
	phone->order_total = total;
}

/* What all orders that are still possible agree on, ET1_NONE if they do not. */
static uint32_t next_of(const struct et1_phone *phone, uint32_t total, uint32_t i)
{
	uint32_t next = ET1_NONE;

	if (phone->bytes[i].next != ET1_NONE)
		return phone->bytes[i].next;
	if (total == 0 || i >= total + BSSID_LEN)
		return ET1_NONE;
	for (size_t n = 0; n < ET1_ORDERS; n++) {
		uint32_t one;

		if ((phone->orders & 1u << n) == 0)
			continue;
		one = order_next(&orders[n], total, i);
		if (next != ET1_NONE && one != next)
			return ET1_NONE;
		next = one;
	}
	return next;
}

uint32_t et1_order_walk(struct et1_phone *phone, uint32_t i, uint32_t j, uint32_t max,
			uint8_t *path, int *out_guess)
{
	uint32_t total = total_of(phone);
	uint32_t at = i;

	if (total != 0 && phone->order_total != total)
		compare_orders(phone, total);
	*out_guess = 0;
	path[0] = (uint8_t)i;
	for (uint32_t n = 1; n <= max; n++) {
		at = next_of(phone, total, at);
		if (at >= ET1_INDICES)
			break;
		path[n] = (uint8_t)at;
		if (at == j)
			return n;
	}
	/*
	 * Positions are upper bounds: if they leave room for the plain order and no more, then
	 * nothing else was in between. The caller has to see to the "no more".
	 */
	if (j <= i || j - i > max)
		return 0;
	for (uint32_t n = 0; n <= j - i; n++)
		path[n] = (uint8_t)(i + n);
	*out_guess = 1;
	return j - i;
}
