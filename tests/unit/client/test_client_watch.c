/* SPDX-License-Identifier: Apache-2.0 */
/** libprovd: watches, and their connections that are made again. */
#include "fake_daemon.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WATCH "{\"method\":\"io.provd.Provisioning.Watch\",\"more\":true}"
#define WATCH_3                                                                                    \
	"{\"method\":\"io.provd.Provisioning.Watch\",\"parameters\":{\"session\":3},\"more\":true}"
#define BARE(session, t, state)                                                                    \
	"{\"parameters\":{\"entry\":{\"session\":" #session ",\"t_us\":" #t ",\"state\":\"" state  \
	"\",\"event\":\"e\",\"detail\":{}}}"
#define ENTRY(session, t, state) BARE(session, t, state) ",\"continues\":true}"
#define LAST(session, t, state)	 BARE(session, t, state) "}"

TestSuite(client_watch, .timeout = 60);

static struct fake fake;
static struct provd_error err = {.size = sizeof(err)};

static void watch_start(struct told *told, uint64_t session, uint32_t retry_ms, uint64_t *out_call)
{
	const struct provd_client_watch watch = {
		.size = sizeof(watch),
		.session = session,
		.retry_ms = retry_ms,
		.on_entry = on_entry,
		.on_link = on_link,
		.on_end = on_reply,
		.user = told,
	};

	cr_assert_eq(provd_client_watch_async(fake.client, &watch, out_call, &err), 0, "%s",
		     err.text);
}

Test(client_watch, a_session_to_its_end)
{
	struct told told = {0};
	int fd;

	fake_init(&fake);
	watch_start(&told, 3, 0, NULL);
	fd = fake_expect(&fake, WATCH_3);
	fake_say(fd,
		 "{\"parameters\":{\"entry\":{\"session\":3,\"t_us\":12,\"state\":\"joining\","
		 "\"event\":\"got it\",\"detail\":{\"method\":\"softap\",\"reason\":\"TIMEOUT\","
		 "\"text\":\"too late\"}}},\"continues\":true}");
	fake_until(&fake, &told.entries, 1);
	cr_assert_eq(told.entry.session, 3);
	cr_assert_eq(told.entry.t_us, 12);
	cr_assert_eq(told.entry.is_final, 0);
	cr_assert_str_eq(told.text, "got it|softap|TIMEOUT|too late");
	cr_assert_str_eq(told.parameters,
			 "{\"session\":3,\"t_us\":12,\"state\":\"joining\",\"event\":\"got it\","
			 "\"detail\":{\"method\":\"softap\",\"reason\":\"TIMEOUT\",\"text\":\"too "
			 "late\"}}");
	fake_say(fd, LAST(3, 13, "bound"));
	fake_until(&fake, &told.last, 1);
	cr_assert_eq(told.entry.is_final, 1);
	cr_assert_str_eq(told.states, "3:joining 3:bound ");
	cr_assert_eq(told.status, 0);
	close(fd);
	fake_finish(&fake);
}

Test(client_watch, an_unknown_session)
{
	struct told told = {0};
	int fd;

	fake_init(&fake);
	watch_start(&told, 3, 0, NULL);
	fd = fake_expect(&fake, WATCH_3);
	fake_say(fd, ERR("UnknownSession", "{\"session\":3}"));
	fake_until(&fake, &told.last, 1);
	cr_assert_eq(told.status, PROVD_E_NOT_FOUND);
	cr_assert_eq(told.entries, 0);
	close(fd);
	fake_finish(&fake);
}

Test(client_watch, without_retry_the_connection_is_all)
{
	struct told told = {0};
	int fd;

	fake_init(&fake);
	watch_start(&told, 0, 0, NULL);
	fd = fake_expect(&fake, WATCH);
	fake_say(fd, ENTRY(3, 1, "listening"));
	close(fd);
	fake_until(&fake, &told.last, 1);
	cr_assert_eq(told.entries, 1);
	cr_assert_eq(told.status, PROVD_E_NET_CLOSED);
	cr_assert_eq(told.downs, 0);
	fake_finish(&fake);
}

Test(client_watch, is_made_again)
{
	struct told told = {0};
	uint64_t call;
	int fd;

	fake_init(&fake);
	watch_start(&told, 0, 10, &call);
	fd = fake_expect(&fake, WATCH);
	fake_say(fd, ENTRY(3, 100, "listening"));
	fake_say(fd, ENTRY(3, 200, "joining"));
	fake_until(&fake, &told.entries, 2);
	close(fd);
	fake_until(&fake, &told.downs, 1);
	fake_until(&fake, &told.ups, 1);
	fd = fake_expect(&fake, WATCH);
	/* all of the session comes again; what is known is left out */
	fake_say(fd, ENTRY(3, 100, "listening"));
	fake_say(fd, ENTRY(3, 200, "joining"));
	fake_say(fd, ENTRY(3, 300, "online"));
	fake_until(&fake, &told.entries, 3);
	/* a daemon that has started anew counts from 1 */
	close(fd);
	fake_unlisten(&fake);
	fake_until(&fake, &told.downs, 2);
	cr_assert_eq(provd_client_wait(fake.client, DEADLINE_MS), 1, "one try in vain");
	cr_assert_eq(told.ups, 1);
	fake_listen(&fake);
	fake_until(&fake, &told.ups, 2);
	fd = fake_expect(&fake, WATCH);
	fake_say(fd, ENTRY(1, 400, "listening"));
	fake_until(&fake, &told.entries, 4);
	cr_assert_str_eq(told.states, "3:listening 3:joining 3:online 1:listening ");
	cr_assert_eq(told.last, 0);
	/* a daemon that has no room says so and closes */
	fake_say(fd, ERR("Unavailable", "{\"reason\":\"too many clients\"}"));
	fake_until(&fake, &told.downs, 3);
	close(fd);
	provd_client_cancel(fake.client, call);
	fake_until(&fake, &told.last, 1);
	cr_assert_eq(told.status, PROVD_E_CANCELED);
	fake_finish(&fake);
}

Test(client_watch, nonsense_is_a_lost_connection_or_the_end)
{
	struct told told = {0};
	struct told plain = {0};
	int fd;

	fake_init(&fake);
	watch_start(&told, 0, 10, NULL);
	fd = fake_expect(&fake, WATCH);
	fake_say(fd, "what?");
	fake_until(&fake, &told.downs, 1);
	close(fd);
	fake_until(&fake, &told.ups, 1);
	fd = fake_expect(&fake, WATCH);
	/* members of wrong types are as good as missing */
	fake_say(fd, "{\"parameters\":{\"entry\":{\"session\":\"x\",\"t_us\":-5,\"state\":[],"
		     "\"detail\":7}},\"continues\":true}");
	fake_say(fd, "{\"parameters\":{},\"continues\":true}");
	fake_say(fd, "{\"continues\":true}");
	fake_until(&fake, &told.entries, 1);
	cr_assert_str_eq(told.states, "0: ");
	close(fd);
	watch_start(&plain, 0, 0, NULL);
	fd = fake_expect(&fake, WATCH);
	fake_say(fd, "what?");
	fake_until(&fake, &plain.last, 1);
	cr_assert_eq(plain.status, PROVD_E_PEER_FORMAT);
	close(fd);
	fake_finish(&fake);
	cr_assert_eq(told.status, PROVD_E_CANCELED);
}

Test(client_watch, waits_for_a_daemon)
{
	struct told told = {0};
	const struct provd_client_watch plain = {
		.size = sizeof(plain), .on_entry = on_entry, .on_end = on_reply, .user = &told};
	int fd;

	fake_init(&fake);
	fake_unlisten(&fake);
	cr_assert_eq(provd_client_watch_async(fake.client, &plain, NULL, &err), PROVD_E_NOT_FOUND);
	watch_start(&told, 0, 10, NULL);
	cr_assert_eq(provd_client_wait(fake.client, DEADLINE_MS), 1);
	fake_listen(&fake);
	fake_until(&fake, &told.ups, 1);
	fd = fake_expect(&fake, WATCH);
	close(fd);
	fake_finish(&fake);
	cr_assert_eq(told.last, 1);
}

Test(client_watch, what_cannot_be_watched)
{
	struct told told = {0};
	struct provd_client_watch watch = {
		.size = sizeof(watch), .on_entry = on_entry, .on_end = on_reply, .user = &told};

	fake_init(&fake);
	watch.session = 3;
	watch.retry_ms = 10;
	cr_assert_eq(provd_client_watch_async(fake.client, &watch, NULL, &err), PROVD_E_INVALID);
	watch.retry_ms = 0;
	watch.session = UINT64_MAX;
	cr_assert_eq(provd_client_watch_async(fake.client, &watch, NULL, &err), PROVD_E_INVALID);
	watch.session = 0;
	watch.on_entry = NULL;
	cr_assert_eq(provd_client_watch_async(fake.client, &watch, NULL, NULL), PROVD_E_INVALID);
	fake_finish(&fake);
	cr_assert_eq(told.replies, 0);
}
