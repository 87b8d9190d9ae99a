/* SPDX-License-Identifier: Apache-2.0 */
/* Which phone hears of an attempt's failure, against a scripted host. */
#include "fake_host.h"

#include <string.h>

#include <criterion/criterion.h>

#include "identities.h"
#include "util.h"

TestSuite(plugin_claim, .timeout = 20);

#define CREDENTIALS(password)                                                                      \
	"{\"cmdType\":1,\"ssid\":\"Home-WiFi\",\"password\":\"" password "\",\"token\":\"" TOKEN   \
	"\"}"
#define ONLY_TOKEN "{\"cmdType\":0,\"token\":\"" TOKEN "\"}"
#define FIRST	   10
#define FIRST_NEW  11 /* the first phone's second socket */
#define SECOND	   20
#define THIRD	   30

/* From a phone by its address, through one of its sockets. */
static void say(struct fake *fake, uint32_t phone, uint64_t peer, const char *text)
{
	fake->phone = phone;
	cr_assert_eq(fake_datagram_text(fake, peer, text), 0);
}

static size_t errors_to(const struct fake *fake, uint64_t peer)
{
	size_t count = 0;

	for (size_t i = 0; i < fake->send_count; i++)
		count += fake->sends[i].peer == peer &&
			 strstr(fake->sends[i].text, "Current_Error") != NULL;
	return count;
}

static struct fake *joining(void)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	fake_state(fake, 1, PROVD_STATE_LISTENING, 0);
	say(fake, FIRST, FIRST, CREDENTIALS("abcd1234"));
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	return fake;
}

static void fail(struct fake *fake)
{
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_WIFI_PASSPHRASE);
}

static void finish(struct fake *fake)
{
	cr_assert(strstr(fake->log, TOKEN) == NULL);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_claim, each_phone_hears_of_its_own_attempt)
{
	struct fake *fake = joining();

	say(fake, SECOND, SECOND, CREDENTIALS("other-pass"));
	fail(fake);
	cr_assert_eq(errors_to(fake, FIRST), 1);
	cr_assert_eq(errors_to(fake, SECOND), 0);
	/* The host goes on with what the second phone sent. */
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fail(fake);
	cr_assert_eq(errors_to(fake, FIRST), 1);
	cr_assert_eq(errors_to(fake, SECOND), 1);
	finish(fake);
}

Test(plugin_claim, the_last_of_the_others_comes_next)
{
	struct fake *fake = joining();

	say(fake, SECOND, SECOND, CREDENTIALS("other-pass"));
	say(fake, THIRD, THIRD, CREDENTIALS("third-pass"));
	fail(fake);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
	fake_state(fake, 1, PROVD_STATE_BINDING, 0);
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_CLOUD_NO_REPLY);
	cr_assert_eq(errors_to(fake, FIRST), 1);
	cr_assert_eq(errors_to(fake, SECOND), 0);
	cr_assert_eq(errors_to(fake, THIRD), 1);
	finish(fake);
}

/* Both spoke before the host took up the first one. */
Test(plugin_claim, two_phones_in_one_turn)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	fake_state(fake, 1, PROVD_STATE_LISTENING, 0);
	say(fake, FIRST, FIRST, CREDENTIALS("abcd1234"));
	say(fake, SECOND, SECOND, CREDENTIALS("other-pass"));
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fail(fake);
	cr_assert_eq(errors_to(fake, FIRST), 1);
	cr_assert_eq(errors_to(fake, SECOND), 0);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fail(fake);
	cr_assert_eq(errors_to(fake, SECOND), 1);
	finish(fake);
}

Test(plugin_claim, a_token_of_another_phone_claims_nothing)
{
	struct fake *fake = joining();

	say(fake, SECOND, SECOND, ONLY_TOKEN);
	fail(fake);
	cr_assert_eq(errors_to(fake, FIRST), 1);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fail(fake);
	cr_assert_eq(errors_to(fake, SECOND), 0);
	finish(fake);
}

/* Smartconfig: the attempt runs before the phone speaks UDP. */
Test(plugin_claim, an_attempt_nobody_claimed_belongs_to_the_first_token)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	fake_state(fake, 1, PROVD_STATE_LISTENING, 0);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
	say(fake, FIRST, FIRST, ONLY_TOKEN);
	say(fake, SECOND, SECOND, ONLY_TOKEN);
	fake_state(fake, 1, PROVD_STATE_BINDING, 0);
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_CLOUD_NO_REPLY);
	cr_assert_eq(errors_to(fake, FIRST), 1);
	cr_assert_eq(errors_to(fake, SECOND), 0);
	finish(fake);
}

Test(plugin_claim, what_came_after_the_join_is_dropped)
{
	struct fake *fake = joining();

	say(fake, SECOND, SECOND, CREDENTIALS("other-pass"));
	fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
	say(fake, THIRD, THIRD, CREDENTIALS("third-pass"));
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_PEER_NO_TOKEN);
	cr_assert_eq(errors_to(fake, FIRST), 1);
	say(fake, FIRST, FIRST, CREDENTIALS("abcd1234"));
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fail(fake);
	cr_assert_eq(errors_to(fake, FIRST), 2);
	cr_assert_eq(errors_to(fake, SECOND) + errors_to(fake, THIRD), 0);
	finish(fake);
}

/* The attempt after it came by another way, e.g. Smartconfig. */
Test(plugin_claim, what_was_dropped_claims_no_later_attempt)
{
	struct fake *fake = joining();

	say(fake, SECOND, SECOND, CREDENTIALS("other-pass"));
	fake_state(fake, 1, PROVD_STATE_ONLINE, 0);
	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_PEER_NO_TOKEN);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	fail(fake);
	cr_assert_eq(errors_to(fake, SECOND), 0);
	finish(fake);
}

Test(plugin_claim, a_new_port_is_the_same_phone)
{
	struct fake *fake = joining();

	say(fake, FIRST, FIRST_NEW, CREDENTIALS("abcd1234"));
	fail(fake);
	cr_assert_eq(errors_to(fake, FIRST_NEW), 1);
	cr_assert_eq(errors_to(fake, FIRST), 0);
	/* It knows, by whichever socket. */
	fake->send_count = 0;
	say(fake, FIRST, FIRST, CREDENTIALS("abcd1234"));
	cr_assert_eq(fake->send_count, 1);
	finish(fake);
}

/* The phone corrects a typing error while the first try still runs. */
Test(plugin_claim, only_the_phone_itself_may_void_its_attempt)
{
	struct fake *fake = joining();

	cr_assert_eq(fake_last(fake, PROVD_EV_CREDENTIALS)->credentials.flags, 0);
	say(fake, SECOND, SECOND, CREDENTIALS("other-pass"));
	cr_assert_eq(fake_last(fake, PROVD_EV_CREDENTIALS)->credentials.flags, 0);
	say(fake, FIRST, FIRST_NEW, CREDENTIALS("corrected"));
	cr_assert_eq(fake_last(fake, PROVD_EV_CREDENTIALS)->credentials.flags,
		     PROVD_CREDENTIALS_REPLACE);
	finish(fake);
}

Test(plugin_claim, a_corrected_phone_is_not_told_to_give_up)
{
	static const int codes[] = {PROVD_E_CANCELED, PROVD_E_WIFI_PASSPHRASE};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct fake *fake = joining();

		say(fake, FIRST, FIRST_NEW, CREDENTIALS("abcd12345"));
		fake_state(fake, 1, PROVD_STATE_LISTENING, codes[i]);
		cr_assert_eq(errors_to(fake, FIRST) + errors_to(fake, FIRST_NEW), 0);
		fake_state(fake, 1, PROVD_STATE_JOINING, 0);
		fail(fake);
		cr_assert_eq(errors_to(fake, FIRST_NEW), 1);
		finish(fake);
	}
}

/* The host may go from one attempt to the next without a word in between. */
Test(plugin_claim, attempts_without_a_gap)
{
	struct fake *fake = joining();
	struct provd_session_status second = {
		.size = sizeof(second), .state = PROVD_STATE_JOINING, .session = 1, .attempt = 2};

	say(fake, SECOND, SECOND, CREDENTIALS("other-pass"));
	fake->dialect->on_state(fake->inst, &second);
	fail(fake);
	cr_assert_eq(errors_to(fake, FIRST), 0);
	cr_assert_eq(errors_to(fake, SECOND), 1);
	finish(fake);
}

Test(plugin_claim, a_cancel_is_no_fault)
{
	struct fake *fake = joining();

	fake_state(fake, 1, PROVD_STATE_LISTENING, PROVD_E_CANCELED);
	cr_assert_eq(errors_to(fake, FIRST), 0);
	fake->send_count = 0;
	say(fake, SECOND, SECOND, CREDENTIALS("other-pass"));
	cr_assert_eq(fake->send_count, 1, "nor is it one for the next phone");
	finish(fake);
}

/* The word on the failure comes late: the phone had to find us again. */
Test(plugin_claim, the_retry_stays_the_phones_own)
{
	struct fake *fake = joining();

	say(fake, FIRST, FIRST, CREDENTIALS("abcd1234"));
	fail(fake);
	fake_state(fake, 1, PROVD_STATE_JOINING, 0);
	say(fake, SECOND, SECOND, ONLY_TOKEN);
	fail(fake);
	cr_assert_eq(errors_to(fake, FIRST), 2);
	cr_assert_eq(errors_to(fake, SECOND), 0);
	finish(fake);
}

Test(plugin_claim, a_new_session_begins_free)
{
	struct fake *fake = joining();

	say(fake, SECOND, SECOND, CREDENTIALS("other-pass"));
	fake_state(fake, 1, PROVD_STATE_STOPPED, 0);
	fake_state(fake, 2, PROVD_STATE_LISTENING, 0);
	say(fake, THIRD, THIRD, CREDENTIALS("third-pass"));
	fake_state(fake, 2, PROVD_STATE_JOINING, 0);
	fake_state(fake, 2, PROVD_STATE_LISTENING, PROVD_E_WIFI_NO_AP);
	cr_assert_eq(errors_to(fake, THIRD), 1);
	cr_assert_eq(errors_to(fake, FIRST) + errors_to(fake, SECOND), 0);
	finish(fake);
}

Test(plugin_claim, refusals_are_logged_without_content)
{
	struct fake *fake = fake_new(NULL, IDENTITY_REGISTERED);

	(void)fake_datagram_text(fake, FIRST, "{\"cmdType\":1,\"ssid\":\"My-Net\"}");
	(void)fake_datagram_text(fake, FIRST, "My-Net");
	cr_assert(strstr(fake->log, "a command of a phone is refused") != NULL);
	cr_assert(strstr(fake->log, "is absent") != NULL);
	cr_assert(strstr(fake->log, "not a command") != NULL);
	cr_assert(strstr(fake->log, "My-Net") == NULL);
	finish(fake);
}

static size_t region_warnings(const struct fake *fake)
{
	const char *at = fake->log;
	size_t count = 0;

	while ((at = strstr(at, "the region is not known")) != NULL) {
		count++;
		at++;
	}
	return count;
}

Test(plugin_claim, an_unknown_region_is_named_once)
{
	static const char *const unknown[] = {"region", "mars", NULL};
	static const char *const known[] = {"region", "europe", NULL};
	struct fake *fake = fake_new(unknown, IDENTITY_REGISTERED);

	say(fake, FIRST, FIRST, CREDENTIALS("abcd1234"));
	cr_assert_eq(region_warnings(fake), 1);
	cr_assert(strstr(fake->log, "mars") != NULL);
	cr_assert(strstr(fake->log, "china, us-east, europe, ap-bangkok") != NULL);
	finish(fake);
	fake = fake_new(known, IDENTITY_REGISTERED);
	cr_assert_eq(region_warnings(fake), 0);
	finish(fake);
}
