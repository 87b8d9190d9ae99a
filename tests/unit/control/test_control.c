/* SPDX-License-Identifier: Apache-2.0 */
/** Exchanges over a raw socket, byte for byte. */
#include "control_fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ECHO_CALL(n) "{\"method\":\"io.test.Control.Echo\",\"parameters\":{\"n\":" #n "}}"

static void start(struct fixture *f)
{
	struct provd_control_config config;

	fixture_init(f);
	config = fixture_config(f);
	fixture_start(f, &config);
}

Test(control, get_info, .timeout = 60)
{
	struct fixture f;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"org.varlink.service.GetInfo\"}");
	fixture_expect(&f, fd,
		       "{\"parameters\":{\"vendor\":\"provd\",\"product\":\"provd\","
		       "\"version\":\"1.2.3\",\"url\":\"\",\"interfaces\":"
		       "[\"org.varlink.service\",\"io.test.Control\"]}}");
	close(fd);
	fixture_finish(&f);
}

Test(control, descriptions, .timeout = 60)
{
	struct fixture f;
	char buf[4096];
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
			 "\"parameters\":{\"interface\":\"io.test.Control\"}}");
	cr_assert(fixture_receive(&f, fd, buf, sizeof(buf)) != NULL);
	cr_assert(strstr(buf, "{\"parameters\":{\"description\":\"interface io.test.Control\\n"
			      "method Echo(") == buf,
		  "%s", buf);
	fixture_call(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
			 "\"parameters\":{\"interface\":\"org.varlink.service\"}}");
	cr_assert(fixture_receive(&f, fd, buf, sizeof(buf)) != NULL);
	cr_assert(strstr(buf, "interface org.varlink.service\\n") != NULL);
	fixture_call(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
			 "\"parameters\":{\"interface\":\"io.none\"}}");
	fixture_expect(&f, fd,
		       "{\"error\":\"org.varlink.service.InterfaceNotFound\","
		       "\"parameters\":{\"interface\":\"io.none\"}}");
	fixture_call(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\"}");
	fixture_expect(&f, fd,
		       "{\"error\":\"org.varlink.service.InvalidParameter\","
		       "\"parameters\":{\"parameter\":\"interface\"}}");
	close(fd);
	fixture_finish(&f);
}

Test(control, own_interface_text, .timeout = 60)
{
	const char *text = provd_control_interface_text();

	cr_assert(strstr(text, "\ninterface io.provd.Provisioning\n") != NULL);
	cr_assert(strstr(text, "\nerror PermissionDenied (method: string)\n") != NULL);
}

Test(control, errors, .timeout = 60)
{
	struct fixture f;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.None\"}");
	fixture_expect(&f, fd,
		       "{\"error\":\"org.varlink.service.MethodNotFound\","
		       "\"parameters\":{\"method\":\"io.test.Control.None\"}}");
	fixture_call(fd, "{\"method\":\"org.varlink.service.None\"}");
	fixture_expect(&f, fd,
		       "{\"error\":\"org.varlink.service.MethodNotFound\","
		       "\"parameters\":{\"method\":\"org.varlink.service.None\"}}");
	fixture_call(fd, "{\"method\":\"nodot\"}");
	fixture_expect(&f, fd,
		       "{\"error\":\"org.varlink.service.MethodNotFound\","
		       "\"parameters\":{\"method\":\"nodot\"}}");
	fixture_call(fd, "{\"method\":\"io.other.Echo\"}");
	fixture_expect(&f, fd,
		       "{\"error\":\"org.varlink.service.InterfaceNotFound\","
		       "\"parameters\":{\"interface\":\"io.other\"}}");
	fixture_call(fd, "{\"method\":\"io.test.Control.Echo\",\"upgrade\":true}");
	fixture_expect(&f, fd,
		       "{\"error\":\"org.varlink.service.InvalidParameter\","
		       "\"parameters\":{\"parameter\":\"upgrade\"}}");
	fixture_call(fd, "{\"method\":\"io.test.Control.Refuse\"}");
	fixture_expect(&f, fd, "{\"error\":\"io.test.Control.Refused\",\"parameters\":{}}");
	fixture_call(fd, "{\"method\":\"io.test.Control.Refuse\",\"parameters\":{\"invalid\":1}}");
	fixture_expect(&f, fd,
		       "{\"error\":\"org.varlink.service.InvalidParameter\","
		       "\"parameters\":{\"parameter\":\"invalid\"}}");
	close(fd);
	fixture_finish(&f);
}

Test(control, parameters_are_checked_before_the_handler, .timeout = 60)
{
	static const char *const wrong[][2] = {
		{"Echo\",\"parameters\":{\"n\":\"1\"}", "n"},
		{"Echo\",\"parameters\":{\"n\":1.5}", "n"},
		{"Echo\",\"parameters\":{\"m\":1}", "m"},
		{"Echo\",\"parameters\":{\"list\":{}}", "list"},
		{"Echo\",\"parameters\":{\"list\":[{\"word\":\"one\"},1]}", "list[1]"},
		{"Echo\",\"parameters\":{\"list\":[{\"word\":\"three\"}]}", "list[0].word"},
		{"Echo\",\"parameters\":{\"list\":[{}]}", "list[0].word"},
		{"Echo\",\"parameters\":{\"list\":[{\"word\":\"two\",\"map\":{\"a\":1}}]}",
		 "list[0].map.a"},
		{"Big\"", "bytes"},
		{"Big\",\"parameters\":{\"bytes\":null}", "bytes"},
		{"Wait\",\"parameters\":{\"x\":null}", "x"},
	};
	struct fixture f;
	char text[256];
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "{\"method\":\"io.test.Control.%s}", wrong[i][0]);
		fixture_call(fd, text);
		snprintf(text, sizeof(text),
			 "{\"error\":\"org.varlink.service.InvalidParameter\","
			 "\"parameters\":{\"parameter\":\"%s\"}}",
			 wrong[i][1]);
		fixture_expect(&f, fd, text);
	}
	cr_assert_eq(f.handled, 0);
	fixture_call(fd, "{\"method\":\"org.varlink.service.GetInfo\",\"parameters\":{\"x\":1}}");
	fixture_expect(&f, fd,
		       "{\"error\":\"org.varlink.service.InvalidParameter\","
		       "\"parameters\":{\"parameter\":\"x\"}}");
	close(fd);
	fixture_finish(&f);
}

Test(control, a_declared_method_without_handler, .timeout = 60)
{
	struct fixture f;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.Unmade\"}");
	fixture_expect(&f, fd,
		       "{\"error\":\"org.varlink.service.MethodNotImplemented\","
		       "\"parameters\":{\"method\":\"io.test.Control.Unmade\"}}");
	close(fd);
	fixture_finish(&f);
}

Test(control, pipelined_calls_keep_their_order, .timeout = 60)
{
	static const char calls[] = ECHO_CALL(
		1) "\0{\"method\":\"io.test.Control.Wait\"}\0" ECHO_CALL(2) "\0" ECHO_CALL(3);
	struct fixture f;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_send(fd, calls, sizeof(calls));
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":1}}");
	while (!f.waiting)
		fixture_turn(&f);
	fixture_settle(&f);
	cr_assert_eq(f.handled, 2, "the calls behind wait");
	provd_control_reply(f.waiting, NULL, 0);
	cr_assert_eq(f.handled, 2, "no handler runs inside a reply");
	fixture_expect(&f, fd, "{\"parameters\":{}}");
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":2}}");
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":3}}");
	cr_assert_eq(f.gone, 0);
	close(fd);
	fixture_finish(&f);
}

Test(control, more_streams, .timeout = 60)
{
	struct fixture f;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.Watch\",\"more\":true}");
	while (!f.waiting)
		fixture_turn(&f);
	provd_control_reply(f.waiting, json_pack("{s:i}", "n", 1), 1);
	provd_control_reply(f.waiting, json_pack("{s:i}", "n", 2), 1);
	provd_control_reply(f.waiting, json_pack("{s:i}", "n", 3), 0);
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":1},\"continues\":true}");
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":2},\"continues\":true}");
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":3}}");
	fixture_call(fd, ECHO_CALL(4));
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":4}}");
	close(fd);
	fixture_finish(&f);
}

Test(control, stream_without_more_sends_one_answer, .timeout = 60)
{
	struct fixture f;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.Watch\"}");
	while (!f.waiting)
		fixture_turn(&f);
	provd_control_reply(f.waiting, json_pack("{s:i}", "n", 1), 1);
	provd_control_reply(f.waiting, json_pack("{s:i}", "n", 2), 1);
	provd_control_reply(f.waiting, NULL, 0);
	fixture_call(fd, ECHO_CALL(4));
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":1}}");
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":4}}");
	close(fd);
	fixture_finish(&f);
}

Test(control, oneway_gets_no_answer, .timeout = 60)
{
	struct fixture f;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.Echo\",\"oneway\":true}");
	fixture_call(fd, "{\"method\":\"io.test.Control.None\",\"oneway\":true}");
	fixture_call(fd, ECHO_CALL(7));
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":7}}");
	cr_assert_eq(f.handled, 2);
	close(fd);
	fixture_finish(&f);
}

Test(control, byte_by_byte, .timeout = 60)
{
	static const char call[] = ECHO_CALL(5);
	struct fixture f;
	size_t i;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	for (i = 0; i < sizeof(call); i++) {
		fixture_send(fd, call + i, 1);
		fixture_turn(&f);
	}
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":5}}");
	close(fd);
	fixture_finish(&f);
}

Test(control, a_client_that_leaves_is_told_once, .timeout = 60)
{
	struct fixture f;
	int other;
	int fd;

	start(&f);
	other = fixture_connect(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.Watch\",\"more\":true}");
	while (!f.waiting)
		fixture_turn(&f);
	provd_control_reply(f.waiting, NULL, 1);
	close(fd);
	while (!f.gone)
		fixture_turn(&f);
	fixture_call(other, ECHO_CALL(1));
	fixture_expect(&f, other, "{\"parameters\":{\"n\":1}}");
	cr_assert_eq(f.gone, 1);
	cr_assert_eq(f.control->client_count, 1);
	close(other);
	fixture_finish(&f);
	cr_assert_eq(f.gone, 1);
}

Test(control, gone_when_a_write_fails_first, .timeout = 60)
{
	struct fixture f;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.Watch\",\"more\":true}");
	while (!f.waiting)
		fixture_turn(&f);
	close(fd);
	provd_control_reply(f.waiting, NULL, 1);
	cr_assert_eq(f.gone, 0, "not inside the reply");
	while (!f.gone)
		fixture_turn(&f);
	fixture_settle(&f);
	cr_assert_eq(f.gone, 1);
	fixture_finish(&f);
}

Test(control, destroy_ends_waiting_calls, .timeout = 60)
{
	struct fixture f;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.Wait\"}");
	while (!f.waiting)
		fixture_turn(&f);
	fixture_finish(&f);
	cr_assert_eq(f.gone, 1);
	close(fd);
}

Test(control, half_closed_client_gets_its_answers, .timeout = 60)
{
	struct fixture f;
	int fd;

	start(&f);
	fd = fixture_connect(&f);
	fixture_call(fd, "{\"method\":\"io.test.Control.Wait\"}");
	fixture_call(fd, ECHO_CALL(2));
	shutdown(fd, SHUT_WR);
	while (!f.waiting)
		fixture_turn(&f);
	fixture_settle(&f);
	cr_assert_eq(f.gone, 0);
	provd_control_reply(f.waiting, NULL, 0);
	fixture_expect(&f, fd, "{\"parameters\":{}}");
	fixture_expect(&f, fd, "{\"parameters\":{\"n\":2}}");
	fixture_expect_end(&f, fd);
	close(fd);
	fixture_finish(&f);
}

Test(control, steering_needs_rights, .timeout = 60)
{
	static const char call[] = "{\"method\":\"io.test.Control.Steer\"}";
	struct fixture f;
	int stranger;
	int member;
	int root;

	start(&f);
	fixture_fake_peer(&f, geteuid() + 4711, 0);
	stranger = fixture_connect(&f);
	fixture_call(stranger, call);
	fixture_expect(&f, stranger,
		       "{\"error\":\"io.test.Control.PermissionDenied\","
		       "\"parameters\":{\"method\":\"Steer\"}}");
	cr_assert_eq(f.handled, 0);
	fixture_call(stranger, ECHO_CALL(1));
	fixture_expect(&f, stranger, "{\"parameters\":{\"n\":1}}");
	fixture_fake_peer(&f, geteuid() + 4711, 1);
	member = fixture_connect(&f);
	fixture_call(member, call);
	fixture_expect(&f, member, "{\"parameters\":{}}");
	fixture_fake_peer(&f, 0, 0);
	root = fixture_connect(&f);
	fixture_call(root, call);
	fixture_expect(&f, root, "{\"parameters\":{}}");
	close(stranger);
	close(member);
	close(root);
	fixture_finish(&f);
}

Test(control, the_kernel_names_the_peer, .timeout = 60)
{
	struct provd_control_peer peer;
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	cr_assert_eq(provd_control_peer_ask(NULL, fds[0], (gid_t)-1, &peer), 0);
	cr_assert_eq(peer.uid, geteuid());
	cr_assert_eq(peer.in_group, 0);
	cr_assert_eq(provd_control_peer_ask(NULL, fds[0], getegid(), &peer), 0);
	cr_assert_eq(peer.in_group, 1);
	cr_assert_eq(provd_control_peer_ask(NULL, fds[0], 0x7ffffff0u, &peer), 0);
	cr_assert_eq(peer.in_group, 0);
	close(fds[0]);
	close(fds[1]);
}
