/* SPDX-License-Identifier: Apache-2.0 */
#include "saved/list.h"

#include <criterion/criterion.h>
#include <provd/error.h>
#include <provd/event.h>
#include <stdio.h>
#include <string.h>

#include "secret/secret.h"

#define TEST_TIMEOUT 20

static struct provd_credentials named(const char *ssid)
{
	struct provd_credentials credentials = {.size = sizeof(credentials)};

	credentials.ssid_len = (uint32_t)strlen(ssid);
	memcpy(credentials.ssid, ssid, strlen(ssid));
	return credentials;
}

/* One letter or word for each network, with its priority when it has one. */
static const char *text_of(const struct provd_saved_list *list)
{
	static char text[2048];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		const struct provd_saved_network *network = &list->networks[i];

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.*s%s", i ? " " : "",
					 (int)network->credentials.ssid_len,
					 (const char *)network->credentials.ssid,
					 network->priority ? "" : "");
		if (network->priority)
			used += (size_t)snprintf(text + used, sizeof(text) - used, ":%d",
						 (int)network->priority);
	}
	return text;
}

struct step {
	char verb; /**< 'a' add, 'f' forget, 'p' priority */
	const char *ssid;
	int32_t priority;
	int code;
};

struct row {
	const char *what;
	size_t max;
	struct step steps[8];
	const char *result;
};

static const struct row rows[] = {
	{"the newest first", 4, {{'a', "a", 0, 0}, {'a', "b", 0, 0}, {'a', "c", 0, 0}}, "c b a"},
	{"replaced, it is the newest",
	 4,
	 {{'a', "a", 0, 0}, {'a', "b", 0, 0}, {'a', "a", 0, 0}},
	 "a b"},
	{"replaced, it keeps its priority",
	 4,
	 {{'a', "a", 0, 0}, {'p', "a", -5, 0}, {'a', "b", 0, 0}, {'a', "a", 0, 0}},
	 "b a:-5"},
	{"higher is first",
	 4,
	 {{'a', "a", 0, 0}, {'a', "b", 0, 0}, {'p', "a", 1, 0}, {'a', "c", 0, 0}},
	 "a:1 c b"},
	{"moved, it is before all of its priority",
	 4,
	 {{'a', "a", 0, 0}, {'a', "b", 0, 0}, {'p', "a", 7, 0}, {'p', "b", 7, 0}},
	 "b:7 a:7"},
	{"the same priority moves nothing",
	 4,
	 {{'a', "a", 0, 0}, {'a', "b", 0, 0}, {'p', "a", 0, 0}},
	 "b a"},
	{"full: the last one goes",
	 2,
	 {{'a', "a", 0, 0}, {'a', "b", 0, 0}, {'a', "c", 0, 0}},
	 "c b"},
	{"full of higher ones: the new one stays, the last of them goes",
	 2,
	 {{'a', "a", 0, 0}, {'p', "a", 9, 0}, {'a', "b", 0, 0}, {'p', "b", 8, 0}, {'a', "c", 0, 0}},
	 "a:9 c"},
	{"full: replacing forgets none",
	 2,
	 {{'a', "a", 0, 0}, {'a', "b", 0, 0}, {'a', "a", 0, 0}},
	 "a b"},
	{"room for one", 1, {{'a', "a", 0, 0}, {'a', "b", 0, 0}}, "b"},
	{"forget",
	 4,
	 {{'a', "a", 0, 0}, {'a', "b", 0, 0}, {'a', "c", 0, 0}, {'f', "b", 0, 0}},
	 "c a"},
	{"not there",
	 4,
	 {{'a', "a", 0, 0}, {'f', "A", 0, PROVD_E_NOT_FOUND}, {'p', "aa", 1, PROVD_E_NOT_FOUND}},
	 "a"},
	{"limits of priorities",
	 4,
	 {{'a', "a", 0, 0},
	  {'p', "a", 1001, PROVD_E_INVALID},
	  {'p', "a", -1001, PROVD_E_INVALID},
	  {'a', "b", 0, 0},
	  {'p', "a", 1000, 0},
	  {'p', "b", -1000, 0}},
	 "a:1000 b:-1000"},
	{"a name of 32 bytes and a shorter one are two",
	 4,
	 {{'a', "0123456789abcdef0123456789abcdef", 0, 0},
	  {'a', "0123456789abcdef0123456789abcde", 0, 0}},
	 "0123456789abcdef0123456789abcde 0123456789abcdef0123456789abcdef"},
};

static int step_do(struct provd_saved_list *list, const struct step *step)
{
	struct provd_credentials credentials = named(step->ssid);

	if (step->verb == 'a')
		return provd_saved_list_add(list, &credentials);
	if (step->verb == 'f')
		return provd_saved_list_forget(list, credentials.ssid, credentials.ssid_len);
	return provd_saved_list_set_priority(list, credentials.ssid, credentials.ssid_len,
					     step->priority);
}

Test(saved_list, order, .timeout = TEST_TIMEOUT)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct provd_saved_list list;

		provd_saved_list_init(&list, rows[i].max);
		for (size_t k = 0; k < 8 && rows[i].steps[k].verb; k++)
			cr_expect_eq(step_do(&list, &rows[i].steps[k]), rows[i].steps[k].code,
				     "%s: step %zu", rows[i].what, k);
		cr_expect_str_eq(text_of(&list), rows[i].result, "%s: %s", rows[i].what,
				 text_of(&list));
		provd_saved_list_finish(&list);
	}
}

Test(saved_list, thirty_two_and_no_more, .timeout = TEST_TIMEOUT)
{
	struct provd_saved_list list;
	char ssid[16];

	provd_saved_list_init(&list, 1000);
	cr_assert_eq(list.max, PROVD_SAVED_NETWORKS_MAX);
	for (int i = 0; i < 40; i++) {
		struct provd_credentials credentials;

		(void)snprintf(ssid, sizeof(ssid), "n%d", i);
		credentials = named(ssid);
		cr_assert_eq(provd_saved_list_add(&list, &credentials), 0);
	}
	cr_expect_eq(list.count, 32);
	cr_expect_eq(provd_saved_list_find(&list, (const uint8_t *)"n39", 3), 0);
	cr_expect_eq(provd_saved_list_find(&list, (const uint8_t *)"n8", 2), 31);
	cr_expect_eq(provd_saved_list_find(&list, (const uint8_t *)"n7", 2), 32);
	provd_saved_list_trim(&list, 3);
	cr_expect_eq(list.count, 3);
	cr_expect_eq(list.max, 3);
	provd_saved_list_finish(&list);
}

Test(saved_list, append_keeps_the_order_it_is_given, .timeout = TEST_TIMEOUT)
{
	static const struct {
		const char *ssid;
		int32_t priority;
		int code;
	} given[] = {
		{"a", 3, 0},
		{"b", 0, 0},
		{"c", 3, 0},
		{"d", 0, 0},
		{"a", 1, PROVD_E_EXISTS},
		{"e", 1001, PROVD_E_INVALID},
		{"", 1, PROVD_E_INVALID},
		{"f", 9, PROVD_E_LIMIT},
	};
	struct provd_saved_list list;

	provd_saved_list_init(&list, 4);
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		struct provd_saved_network network = {.credentials = named(given[i].ssid),
						      .priority = given[i].priority};

		cr_expect_eq(provd_saved_list_append(&list, &network), given[i].code, "%s",
			     given[i].ssid);
	}
	cr_expect_str_eq(text_of(&list), "a:3 c:3 b d");
	provd_saved_list_finish(&list);
}

Test(saved_list, names_are_bytes, .timeout = TEST_TIMEOUT)
{
	struct provd_credentials one = {.size = sizeof(one), .ssid_len = 3, .ssid = "a\0b"};
	struct provd_credentials two = {.size = sizeof(two), .ssid_len = 3, .ssid = "a\0c"};
	struct provd_credentials nul = {.size = sizeof(nul), .ssid_len = 1};
	struct provd_credentials full = {.size = sizeof(full), .ssid_len = 32};
	struct provd_saved_list list;

	memset(full.ssid, 0xff, sizeof(full.ssid));
	provd_saved_list_init(&list, 8);
	cr_assert_eq(provd_saved_list_add(&list, &one), 0);
	cr_assert_eq(provd_saved_list_add(&list, &two), 0);
	cr_assert_eq(provd_saved_list_add(&list, &nul), 0);
	cr_assert_eq(provd_saved_list_add(&list, &full), 0);
	cr_expect_eq(list.count, 4);
	cr_expect_eq(provd_saved_list_find(&list, one.ssid, 3), 3);
	cr_expect_eq(provd_saved_list_find(&list, two.ssid, 3), 2);
	cr_expect_eq(provd_saved_list_find(&list, nul.ssid, 1), 1);
	cr_expect_eq(provd_saved_list_find(&list, full.ssid, 32), 0);
	cr_expect_eq(provd_saved_list_find(&list, one.ssid, 1), 4);
	cr_expect_eq(provd_saved_list_find(&list, NULL, 0), 4);
	provd_saved_list_finish(&list);
}

Test(saved_list, lengths_are_checked, .timeout = TEST_TIMEOUT)
{
	struct provd_credentials credentials = named("net");
	struct provd_saved_list list;
	struct provd_secret *longest;
	struct provd_secret *longer;
	char digits[65];

	memset(digits, 'f', sizeof(digits));
	longest = provd_secret_create(digits, 64);
	longer = provd_secret_create(digits, 65);
	provd_saved_list_init(&list, 8);
	credentials.passphrase = longer;
	cr_expect_eq(provd_saved_list_add(&list, &credentials), PROVD_E_INVALID);
	credentials.passphrase = longest;
	cr_expect_eq(provd_saved_list_add(&list, &credentials), 0);
	cr_expect_eq(provd_secret_view(list.networks[0].credentials.passphrase).len, 64);
	credentials.ssid_len = 0;
	cr_expect_eq(provd_saved_list_add(&list, &credentials), PROVD_E_INVALID);
	credentials.ssid_len = 33;
	cr_expect_eq(provd_saved_list_add(&list, &credentials), PROVD_E_INVALID);
	cr_expect_eq(provd_saved_list_add(&list, NULL), PROVD_E_INVALID);
	cr_expect_eq(list.count, 1);
	provd_secret_unref(longest);
	provd_secret_unref(longer);
	provd_saved_list_finish(&list);
}

Test(saved_list, what_is_kept_of_credentials, .timeout = TEST_TIMEOUT)
{
	struct provd_credentials from = named("net");
	struct provd_secret *empty = provd_secret_create("", 0);
	struct provd_credentials to;

	from.flags = PROVD_CREDENTIALS_HIDDEN | PROVD_CREDENTIALS_REPLACE | 1u << 20;
	from.channel = 6;
	from.security = PROVD_SECURITY_WPA3;
	from.bssid[0] = 9;
	from.ssid[31] = 'x';
	from.passphrase = empty;
	provd_saved_credentials_copy(&to, &from);
	cr_expect_eq(to.flags, PROVD_CREDENTIALS_HIDDEN);
	cr_expect_eq(to.channel, 6);
	cr_expect_eq(to.security, PROVD_SECURITY_WPA3);
	cr_expect_eq(to.bssid[0], 0, "no BSSID was set");
	cr_expect_eq(to.ssid[31], 0, "bytes beyond the name");
	cr_expect_null(to.passphrase, "an empty passphrase is an open network");
	provd_saved_credentials_finish(&to);

	from.flags = PROVD_CREDENTIALS_BSSID;
	from.channel = 256;
	from.security = 99;
	provd_saved_credentials_copy(&to, &from);
	cr_expect_eq(to.bssid[0], 9);
	cr_expect_eq(to.channel, 0);
	cr_expect_eq(to.security, PROVD_SECURITY_UNKNOWN);
	provd_saved_credentials_finish(&to);
	provd_secret_unref(empty);
}

Test(saved_list, staged_is_checked, .timeout = TEST_TIMEOUT)
{
	struct provd_saved_staged staged = {
		.credentials = named("net"),
		.state = PROVD_STATE_ONLINE,
		.method = "softap",
	};
	struct provd_saved_staged bad;
	struct provd_secret *token = provd_secret_alloc(PROVD_SAVED_TOKEN_MAX + 1, NULL);

	cr_expect_eq(provd_saved_staged_check(&staged), 0);
	cr_expect_eq(provd_saved_staged_check(NULL), PROVD_E_INVALID);
	bad = staged;
	bad.state = PROVD_STATE_JOINING;
	cr_expect_eq(provd_saved_staged_check(&bad), PROVD_E_INVALID);
	bad.state = PROVD_STATE_BOUND;
	cr_expect_eq(provd_saved_staged_check(&bad), PROVD_E_INVALID);
	bad = staged;
	bad.token = token;
	cr_expect_eq(provd_saved_staged_check(&bad), PROVD_E_INVALID);
	bad = staged;
	bad.at_ms = UINT64_MAX;
	cr_expect_eq(provd_saved_staged_check(&bad), PROVD_E_INVALID);
	bad = staged;
	memset(bad.method, 'a', sizeof(bad.method));
	cr_expect_eq(provd_saved_staged_check(&bad), PROVD_E_INVALID, "a method without end");
	bad.method[32] = '\0';
	cr_expect_eq(provd_saved_staged_check(&bad), 0);
	bad.method[0] = (char)0xff;
	cr_expect_eq(provd_saved_staged_check(&bad), PROVD_E_INVALID);
	bad = staged;
	bad.credentials.ssid_len = 0;
	cr_expect_eq(provd_saved_staged_check(&bad), PROVD_E_INVALID);
	provd_secret_unref(token);
}
