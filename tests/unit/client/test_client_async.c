/* SPDX-License-Identifier: Apache-2.0 */
/** libprovd: calls that do not wait. Daemon and client run in the test's thread. */
#include "fake_daemon.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STOP "{\"method\":\"io.provd.Provisioning.Stop\"}"

TestSuite(client_async, .timeout = 60);

static struct fake fake;
static struct provd_error err = {.size = sizeof(err)};

/** Whether the client's descriptor asks for provd_client_process(). */
static int is_ready(void)
{
	struct pollfd state = {.fd = provd_client_fd(fake.client),
			       .events = provd_client_events(fake.client)};

	return poll(&state, 1, 0);
}

static int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

Test(client_async, a_call_ends_once)
{
	struct told told = {0};
	uint64_t call = 0;
	int fd;

	fake_init(&fake);
	cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &told, &call, &err), 0);
	cr_assert_gt(call, 0);
	cr_assert_eq(provd_client_pending(fake.client), 1);
	fd = fake_expect(&fake, STOP);
	cr_assert_eq(provd_client_process(fake.client), 0);
	cr_assert_eq(told.replies, 0);
	cr_assert_eq(is_ready(), 0, "nothing is due, so the program's loop can sleep");
	fake_say(fd, "{\"parameters\":{\"a\":1},\"continues\":true}");
	cr_assert_eq(is_ready(), 1);
	fake_until(&fake, &told.last, 1);
	cr_assert_eq(told.replies, 1);
	cr_assert_eq(told.status, 0);
	cr_assert_str_eq(told.parameters, "{\"a\":1}");
	cr_assert_eq(provd_client_pending(fake.client), 0);
	fake_expect_closed(fd);
	provd_client_cancel(fake.client, call);
	cr_assert_eq(provd_client_process(fake.client), 0);
	cr_assert_eq(told.replies, 1);
	fake_finish(&fake);
}

Test(client_async, split_and_merged_messages)
{
	static const char text[] = "{\"parameters\":{\"n\":1},\"continues\":true}\0"
				   "{\"parameters\":{\"n\":2},\"continues\":true}\0"
				   "{\"parameters\":{\"n\":3}}\0{\"parameters\":{\"n\":4}}";
	struct told told = {0};
	size_t i;
	int fd;

	fake_init(&fake);
	cr_assert_eq(provd_client_call_async(fake.client, "Watch", "{\"session\":1}", 1, on_reply,
					     &told, NULL, &err),
		     0);
	fd = fake_expect(&fake, "{\"method\":\"io.provd.Provisioning.Watch\",\"parameters\":"
				"{\"session\":1},\"more\":true}");
	for (i = 0; i < 60; i++) {
		fake_send(fd, text + i, 1);
		cr_assert_eq(provd_client_process(fake.client), 0);
	}
	cr_assert_eq(told.replies, 1);
	cr_assert_str_eq(told.parameters, "{\"n\":1}");
	/* the rest at once; what follows the last answer is nobody's */
	fake_send(fd, text + i, sizeof(text) - i);
	fake_until(&fake, &told.last, 1);
	cr_assert_eq(told.replies, 3);
	cr_assert_str_eq(told.parameters, "{\"n\":3}");
	close(fd);
	fake_finish(&fake);
}

Test(client_async, calls_do_not_wait_for_each_other)
{
	struct told first = {0};
	struct told second = {0};
	int first_fd;
	int second_fd;

	fake_init(&fake);
	cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &first, NULL, &err), 0);
	cr_assert_eq(provd_client_press_async(fake.client, 10, on_reply, &second, NULL, &err), 0);
	first_fd = fake_expect(&fake, STOP);
	second_fd = fake_expect(&fake, "{\"method\":\"io.provd.Provisioning.PressButton\","
				       "\"parameters\":{\"held_ms\":10}}");
	fake_say(second_fd, ERR("Unavailable", "{\"reason\":\"busy\"}"));
	fake_until(&fake, &second.last, 1);
	cr_assert_eq(first.replies, 0);
	cr_assert_str_eq(second.error, "io.provd.Provisioning.Unavailable");
	cr_assert_str_eq(second.text, "not available: busy");
	fake_say(first_fd, "{}");
	fake_until(&fake, &first.last, 1);
	close(first_fd);
	close(second_fd);
	fake_finish(&fake);
}

Test(client_async, cancel)
{
	struct told told = {0};
	uint64_t call;
	int fd;

	fake_init(&fake);
	cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &told, &call, &err), 0);
	fd = fake_expect(&fake, STOP);
	fake_say(fd, "{}");
	provd_client_cancel(fake.client, call);
	cr_assert_eq(told.replies, 0, "not from inside");
	cr_assert_eq(is_ready(), 1);
	provd_client_cancel(fake.client, call);
	fake_until(&fake, &told.last, 1);
	cr_assert_eq(told.status, PROVD_E_CANCELED);
	/* the answer that was not read shows as a reset */
	fake_expect_closed(fd);
	provd_client_cancel(fake.client, 999);
	fake_finish(&fake);
}

Test(client_async, destroy_ends_all)
{
	struct told told[3] = {{0}};
	size_t i;

	fake_init(&fake);
	for (i = 0; i < 3; i++)
		cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &told[i], NULL, &err),
			     0);
	fake_finish(&fake);
	for (i = 0; i < 3; i++) {
		cr_assert_eq(told[i].last, 1);
		cr_assert_eq(told[i].status, PROVD_E_CANCELED);
	}
}

Test(client_async, timeout)
{
	struct told told = {0};
	struct told calm = {0};
	uint64_t call;

	fake_init(&fake);
	provd_client_set_timeout(fake.client, 0);
	cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &calm, &call, &err), 0);
	provd_client_set_timeout(fake.client, 30);
	cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &told, NULL, &err), 0);
	fake_until(&fake, &told.last, 1);
	cr_assert_eq(told.status, PROVD_E_TIMEOUT);
	cr_assert_eq(calm.last, 0);
	provd_client_cancel(fake.client, call);
	fake_until(&fake, &calm.last, 1);
	fake_finish(&fake);
}

Test(client_async, the_daemon_leaves_or_raves)
{
	static const struct {
		const char *bytes;
		size_t len;
		int status;
	} cases[] = {
		{"", 0, PROVD_E_NET_CLOSED},
		{"{\"par", 5, PROVD_E_NET_CLOSED},
		{"rubbish", 8, PROVD_E_PEER_FORMAT},
		{"\xff\xfe\0", 3, PROVD_E_PEER_FORMAT},
	};
	struct told told;
	size_t i;
	int fd;

	fake_init(&fake);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&told, 0, sizeof(told));
		cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &told, NULL, &err), 0);
		fd = fake_expect(&fake, STOP);
		fake_send(fd, cases[i].bytes, cases[i].len);
		close(fd);
		fake_until(&fake, &told.last, 1);
		cr_assert_eq(told.status, cases[i].status, "case %zu: %d", i, told.status);
		cr_assert_str_eq(told.error, "");
	}
	fake_finish(&fake);
}

Test(client_async, a_refusal_before_the_call_was_read)
{
	struct told told = {0};
	int fd;

	fake_init(&fake);
	cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &told, NULL, &err), 0);
	fd = fake_accept(&fake);
	fake_say(fd, ERR("Unavailable", "{\"reason\":\"too many clients\"}"));
	shutdown(fd, SHUT_RDWR);
	close(fd);
	fake_until(&fake, &told.last, 1);
	/* the kernel may have thrown the answer away with the connection */
	cr_assert(told.status == PROVD_E_STATE || told.status == PROVD_E_NET_CLOSED);
	fake_finish(&fake);
}

Test(client_async, an_answer_without_end)
{
	char *flood = malloc(65536);
	struct told told = {0};
	struct told other = {0};
	int other_fd;
	int fd;
	int i;

	fake_init(&fake);
	memset(flood, 'x', 65536);
	provd_client_set_max_reply(fake.client, 300000);
	cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &told, NULL, &err), 0);
	fd = fake_expect(&fake, STOP);
	cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &other, NULL, &err), 0);
	other_fd = fake_expect(&fake, STOP);
	for (i = 0; i < 16 && !told.last; i++) {
		(void)send(fd, flood, 65536, MSG_NOSIGNAL | MSG_DONTWAIT);
		cr_assert_eq(provd_client_wait(fake.client, DEADLINE_MS), 1);
		if (i == 1) {
			fake_say(other_fd, "{}");
			fake_until(&fake, &other.last, 1);
			cr_assert_eq(told.last, 0, "the flood does not hold up others");
		}
	}
	fake_until(&fake, &told.last, 1);
	cr_assert_eq(told.status, PROVD_E_LIMIT);
	close(fd);
	close(other_fd);
	free(flood);
	fake_finish(&fake);
}

/** A call with more bytes than the socket takes at once. */
Test(client_async, a_long_call_is_sent_in_pieces)
{
	const size_t len = 4u << 20;
	char *text = malloc(len + 16);
	char *got = malloc(len + 128);
	struct told told = {0};
	size_t sum = 0;
	ssize_t now;
	int fd;

	fake_init(&fake);
	memset(text, 'a', len + 16);
	memcpy(text, "{\"x\":\"", 6);
	memcpy(text + len, "\"}", 3);
	cr_assert_eq(
		provd_client_call_async(fake.client, "Stop", text, 0, on_reply, &told, NULL, &err),
		0);
	fd = fake_accept(&fake);
	while (sum < len + 100) {
		now = recv(fd, got + sum, len + 128 - sum, MSG_DONTWAIT);
		sum += now > 0 ? (size_t)now : 0;
		if (sum && !got[sum - 1])
			break;
		if (now <= 0)
			cr_assert_eq(provd_client_wait(fake.client, DEADLINE_MS), 1);
	}
	cr_assert_eq(sum, strlen("{\"method\":\"io.provd.Provisioning.Stop\",\"parameters\":}") +
				  strlen(text) + 1);
	cr_assert_eq(provd_client_process(fake.client), 0);
	cr_assert_eq(is_ready(), 0, "no more room is waited for");
	fake_say(fd, "{}");
	fake_until(&fake, &told.last, 1);
	close(fd);
	free(text);
	free(got);
	fake_finish(&fake);
}

Test(client_async, refused_calls_have_no_callback)
{
	struct told told = {0};

	fake_init(&fake);
	cr_assert_eq(
		provd_client_call_async(fake.client, "Stop", "[", 0, on_reply, &told, NULL, &err),
		PROVD_E_INVALID);
	cr_assert_eq(
		provd_client_call_async(fake.client, "St op", NULL, 0, on_reply, &told, NULL, NULL),
		PROVD_E_INVALID);
	fake_unlisten(&fake);
	cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &told, NULL, &err),
		     PROVD_E_NOT_FOUND);
	cr_assert_eq(provd_client_pending(fake.client), 0);
	cr_assert_eq(provd_client_wait(fake.client, 0), 0);
	fake_finish(&fake);
	cr_assert_eq(told.replies, 0);
}

/** What a callback does that calls back. */
struct chain {
	struct told told;
	int ended;
	int left;
	uint64_t other;
};

static void on_chain(void *user, const struct provd_client_reply *reply)
{
	struct chain *chain = user;

	chain->ended++;
	cr_assert_eq(reply->status, 0);
	cr_assert_eq(provd_client_process(fake.client), PROVD_E_STATE);
	cr_assert_eq(provd_client_wait(fake.client, 0), PROVD_E_STATE);
	provd_client_cancel(fake.client, chain->other);
	if (chain->left-- > 0)
		cr_assert_eq(provd_client_stop_async(fake.client, on_chain, chain, NULL, &err), 0);
}

Test(client_async, callbacks_may_call)
{
	struct chain chain = {.left = 3};
	int fds[5];
	int i;

	fake_init(&fake);
	cr_assert_eq(
		provd_client_stop_async(fake.client, on_reply, &chain.told, &chain.other, &err), 0);
	fds[4] = fake_expect(&fake, STOP);
	cr_assert_eq(provd_client_stop_async(fake.client, on_chain, &chain, NULL, &err), 0);
	for (i = 0; i < 4; i++) {
		fds[i] = fake_expect(&fake, STOP);
		fake_say(fds[i], "{}");
		fake_until(&fake, &chain.ended, i + 1);
	}
	cr_assert_eq(chain.told.last, 1);
	cr_assert_eq(chain.told.status, PROVD_E_CANCELED);
	for (i = 0; i < 5; i++)
		close(fds[i]);
	fake_finish(&fake);
}

Test(client_async, a_thousand_watches_leave_nothing_behind)
{
	const struct provd_client_watch watch = {
		.size = sizeof(watch), .on_entry = on_entry, .on_end = on_reply};
	struct provd_client_watch one;
	struct told told;
	uint64_t call;
	int before;
	int i;
	int fd;

	fake_init(&fake);
	before = open_descriptors();
	for (i = 0; i < 1000; i++) {
		memset(&told, 0, sizeof(told));
		one = watch;
		one.user = &told;
		cr_assert_eq(provd_client_watch_async(fake.client, &one, &call, &err), 0);
		fd = fake_accept(&fake);
		if (i % 3 == 0) {
			fake_say(fd, "{\"parameters\":{\"entry\":{\"session\":1,\"t_us\":1,"
				     "\"state\":\"bound\"}}}");
			fake_until(&fake, &told.last, 1);
			cr_assert_eq(told.entries, 1);
		} else if (i % 3 == 1) {
			provd_client_cancel(fake.client, call);
		} else {
			close(fd);
			fake_until(&fake, &told.last, 1);
		}
		fake_until(&fake, &told.last, 1);
		if (i % 3 != 2)
			close(fd);
	}
	cr_assert_eq(provd_client_pending(fake.client), 0);
	cr_assert_eq(open_descriptors(), before);
	fake_finish(&fake);
}

Test(client_async, many_at_once)
{
	struct told told[200];
	int fds[200];
	int i;

	memset(told, 0, sizeof(told));
	fake_init(&fake);
	for (i = 0; i < 200; i++) {
		cr_assert_eq(provd_client_stop_async(fake.client, on_reply, &told[i], NULL, &err),
			     0, "%s", err.text);
		fds[i] = fake_accept(&fake);
	}
	for (i = 199; i >= 0; i--)
		fake_say(fds[i], "{}");
	for (i = 0; i < 200; i++) {
		fake_until(&fake, &told[i].last, 1);
		cr_assert_eq(told[i].status, 0);
		close(fds[i]);
	}
	fake_finish(&fake);
}
