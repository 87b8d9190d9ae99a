/* SPDX-License-Identifier: Apache-2.0 */
/** Clients that want to take memory, places or time from others, and replies that many share. */
#include "control_fixture.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ECHO_CALL(n) "{\"method\":\"io.test.Control.Echo\",\"parameters\":{\"n\":" #n "}}"
#define WATCH_CALL   "{\"method\":\"io.test.Control.Watch\",\"more\":true}"
#define TOO_MANY                                                                                   \
	"{\"error\":\"io.test.Control.Unavailable\","                                              \
	"\"parameters\":{\"reason\":\"too many clients\"}}"

TestSuite(control_attack, .timeout = 60);

static void start(struct fixture *f)
{
	struct provd_control_config config;

	fixture_init(f);
	config = fixture_config(f);
	fixture_start(f, &config);
}

/* Connects and watches. @param out_call the server's side of it */
static int watch(struct fixture *f, struct provd_control_call **out_call)
{
	int fd = fixture_connect(f);

	f->waiting = NULL;
	fixture_call(fd, WATCH_CALL);
	while (!f->waiting)
		fixture_turn(f);
	*out_call = f->waiting;
	return fd;
}

static size_t descriptors(void)
{
	struct dirent **names = NULL;
	int count = scandir("/proc/self/fd", &names, NULL, alphasort);

	cr_assert_geq(count, 0);
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return (size_t)count;
}

Test(control_attack, one_message_for_many)
{
	struct provd_control_call *calls[8];
	struct provd_control_message *message;
	struct fixture f;
	int fds[8];

	start(&f);
	for (int i = 0; i < 8; i++)
		fds[i] = watch(&f, &calls[i]);
	message = provd_control_message_create(json_pack("{s:i}", "n", 7));
	for (int i = 0; i < 8; i++)
		provd_control_reply_message(calls[i], message, i % 2);
	provd_control_message_destroy(message);
	for (int i = 0; i < 8; i++)
		fixture_expect(&f, fds[i],
			       i % 2 ? "{\"parameters\":{\"n\":7},\"continues\":true}"
				     : "{\"parameters\":{\"n\":7}}");
	/* the final ones have ended their calls */
	fixture_call(fds[0], ECHO_CALL(3));
	fixture_expect(&f, fds[0], "{\"parameters\":{\"n\":3}}");
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	while (f.control->clients)
		fixture_turn(&f);
	cr_assert_eq(f.gone, 4);
	fixture_finish(&f);
}

Test(control_attack, a_message_without_parameters_or_memory)
{
	struct provd_control_call *call;
	struct provd_control_message *message = provd_control_message_create(NULL);
	struct fixture f;
	int fd;

	start(&f);
	fd = watch(&f, &call);
	provd_control_reply_message(call, message, 1);
	fixture_expect(&f, fd, "{\"parameters\":{},\"continues\":true}");
	provd_control_message_destroy(message);
	provd_control_message_destroy(NULL);
	provd_control_reply_message(call, NULL, 1);
	fixture_expect_end(&f, fd);
	fixture_settle(&f);
	cr_assert_eq(f.gone, 1);
	cr_assert(strstr(f.last_line, "out of memory") != NULL, "%s", f.last_line);
	close(fd);
	fixture_finish(&f);
}

Test(control_attack, a_shared_message_outlives_its_maker_at_slow_clients)
{
	struct provd_control_call *calls[2];
	struct fixture f;
	char *text = malloc(40000);
	char *got = malloc(50000);
	int fds[2];
	int sent = 0;

	start(&f);
	for (int i = 0; i < 2; i++)
		fds[i] = watch(&f, &calls[i]);
	memset(text, 'x', 39999);
	text[39999] = 0;
	/* until one waits that the kernel did not take in whole; the next is too much */
	for (; !f.control->dropped && sent < 1000; sent++) {
		struct provd_control_message *message =
			provd_control_message_create(json_pack("{s:s}", "text", text));

		provd_control_reply_message(calls[0], message, 1);
		provd_control_reply_message(calls[1], message, 1);
		provd_control_message_destroy(message);
		cr_assert(fixture_receive(&f, fds[1], got, 50000) != NULL);
		cr_assert_gt(strlen(got), 39999);
	}
	cr_assert_lt(sent, 1000);
	fixture_settle(&f);
	cr_assert_eq(f.control->dropped, 1);
	cr_assert_eq(f.gone, 1);
	close(fds[0]);
	close(fds[1]);
	free(text);
	free(got);
	fixture_finish(&f);
}

Test(control_attack, half_closed_watcher_that_leaves_is_noticed)
{
	struct provd_control_call *call;
	struct fixture f;
	size_t before;
	int fd;

	start(&f);
	before = descriptors();
	fd = watch(&f, &call);
	shutdown(fd, SHUT_WR);
	fixture_settle(&f);
	cr_assert_eq(f.gone, 0);
	provd_control_reply(call, json_pack("{s:i}", "n", 1), 1);
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":1},\"continues\":true}");
	close(fd);
	/* nothing is sent that could fail */
	while (f.control->clients)
		fixture_turn(&f);
	cr_assert_eq(f.gone, 1);
	cr_assert_eq(descriptors(), before);
	fixture_finish(&f);
}

Test(control_attack, watcher_that_has_filled_its_buffer_and_leaves_is_noticed)
{
	struct provd_control_call *call;
	struct fixture f;
	char junk[4097];
	int fd;

	start(&f);
	fd = watch(&f, &call);
	memset(junk, 'x', sizeof(junk));
	fixture_send(fd, junk, sizeof(junk));
	fixture_settle(&f);
	cr_assert_eq(f.gone, 0);
	close(fd);
	while (f.control->clients)
		fixture_turn(&f);
	cr_assert_eq(f.gone, 1);
	fixture_finish(&f);
}

Test(control_attack, calls_without_answers_are_taken_though_their_client_has_left)
{
	static const char call[] = "{\"method\":\"io.test.Control.Echo\",\"oneway\":true}";
	struct fixture f;
	int fd;
	int i;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.Wait\"}");
	for (i = 0; i < 200; i++)
		fixture_call(fd, call);
	while (!f.waiting)
		fixture_turn(&f);
	fixture_settle(&f);
	provd_control_reply(f.waiting, NULL, 0);
	close(fd);
	while (f.control->clients)
		fixture_turn(&f);
	cr_assert_eq(f.handled, 201);
	cr_assert_eq(f.gone, 0);
	fixture_finish(&f);
}

Test(control_attack, half_closed_watcher_at_the_end_of_the_server)
{
	struct provd_control_call *call;
	struct fixture f;
	int fd;

	start(&f);
	fd = watch(&f, &call);
	shutdown(fd, SHUT_WR);
	fixture_settle(&f);
	fixture_finish(&f);
	cr_assert_eq(f.gone, 1);
	close(fd);
}

Test(control_attack, a_thousand_clients_connect_and_leave)
{
	struct fixture f;
	size_t before;

	start(&f);
	before = descriptors();
	for (int i = 0; i < 1000; i++) {
		int fd = fixture_connect(&f);

		if (i % 3 == 1)
			fixture_call(fd, WATCH_CALL);
		else if (i % 3 == 2)
			fixture_send(fd, "{\"method\":", 10);
		if (i % 7 == 0)
			fixture_settle(&f);
		close(fd);
		provd_loop_turn(f.loop, 0);
	}
	while (f.control->clients)
		fixture_turn(&f);
	cr_assert_eq(descriptors(), before);
	cr_assert_eq(provd_control_get_stats(f.control).clients, 0);
	fixture_finish(&f);
}

Test(control_attack, strangers_leave_places_for_those_who_steer)
{
	struct provd_control_config config;
	struct fixture f;
	int fds[8];
	int member;

	fixture_init(&f);
	config = fixture_config(&f);
	config.max_clients = 8;
	fixture_start(&f, &config);
	fixture_fake_peer(&f, geteuid() + 4711, 0);
	for (int i = 0; i < 8; i++) {
		fds[i] = fixture_connect(&f);
		fixture_settle(&f);
		if (i >= 6)
			fixture_expect(&f, fds[i], TOO_MANY);
	}
	fixture_fake_peer(&f, geteuid() + 4711, 1);
	member = fixture_connect(&f);
	fixture_call(member, "{\"method\":\"io.test.Control.Steer\"}");
	fixture_expect(&f, member, "{\"parameters\":{}}");
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	close(member);
	fixture_finish(&f);
}

Test(control_attack, those_who_are_refused_take_no_place)
{
	struct provd_control_config config;
	struct fixture f;
	int fds[20];
	int member;

	fixture_init(&f);
	config = fixture_config(&f);
	config.max_clients = 4;
	fixture_start(&f, &config);
	fixture_fake_peer(&f, geteuid() + 4711, 0);
	/* all of them are accepted in one turn, and none is closed before its end */
	for (int i = 0; i < 20; i++)
		fds[i] = fixture_connect(&f);
	provd_loop_turn(f.loop, 0);
	cr_assert_eq(f.control->client_count, 3);
	for (int i = 0; i < 20; i++)
		close(fds[i]);
	fixture_fake_peer(&f, 0, 0);
	member = fixture_connect(&f);
	fixture_call(member, ECHO_CALL(1));
	fixture_expect(&f, member, "{\"parameters\":{\"n\":1}}");
	close(member);
	fixture_finish(&f);
}

Test(control_attack, a_client_with_many_calls_lets_others_in_between)
{
	struct fixture f;
	int greedy;
	int other;

	start(&f);
	greedy = fixture_connect(&f);
	other = fixture_connect(&f);
	fixture_settle(&f);
	for (int i = 0; i < 40; i++)
		fixture_call(greedy, ECHO_CALL(1));
	fixture_call(other, ECHO_CALL(2));
	provd_loop_turn(f.loop, 0);
	cr_assert_lt(f.handled, 20);
	fixture_expect(&f, other, "{\"parameters\":{\"n\":2}}");
	cr_assert_lt(f.handled, 40, "the other one did not wait for all of them");
	for (int i = 0; i < 40; i++)
		fixture_expect(&f, greedy, "{\"parameters\":{\"n\":1}}");
	shutdown(greedy, SHUT_WR);
	fixture_expect_end(&f, greedy);
	close(greedy);
	close(other);
	fixture_finish(&f);
}

Test(control_attack, many_calls_of_a_half_closed_client_are_all_answered)
{
	struct fixture f;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	for (int i = 0; i < 40; i++)
		fixture_call(fd, ECHO_CALL(1));
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 40; i++)
		fixture_expect(&f, fd, "{\"parameters\":{\"n\":1}}");
	fixture_expect_end(&f, fd);
	close(fd);
	fixture_finish(&f);
}

Test(control_attack, a_call_of_many_values_is_not_kept)
{
	static const char head[] = "{\"method\":\"io.test.Control.Watch\",\"more\":true,\"x\":[";
	struct fixture f;
	char text[4096];
	size_t len = strlen(head);
	int fd;

	start(&f);
	memcpy(text, head, len);
	/* three bytes here are some hundred in memory for as long as the client watches */
	for (int i = 0; i < 1100; i++) {
		memcpy(text + len, "{},", 3);
		len += 3;
	}
	memcpy(text + len, "{}]}", 5);
	fd = fixture_connect(&f);
	fixture_call(fd, text);
	fixture_expect_end(&f, fd);
	cr_assert_eq(f.handled, 0);
	cr_assert(strstr(f.last_line, "not a Varlink call") != NULL, "%s", f.last_line);
	close(fd);
	fixture_finish(&f);
}
