/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket as a stranger sees it: bytes by the published wire format (varlink.org,
 * "Method Call", "Service", "Interface Definition"), and a client that knows only the text.
 */
#include "e2e.h"
#include "wire.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS	 15000
#define SERVICE	 "org.varlink.service."
#define OURS	 "io.provd.Provisioning."
#define GET_INFO "{\"method\":\"org.varlink.service.GetInfo\"}"
#define STATUS	 "{\"method\":\"io.provd.Provisioning.Status\"}"

static struct e2e e2e;
static struct wire wire;

TestSuite(stranger, .timeout = 120);

static void begin(void)
{
	e2e_init(&e2e, &(struct e2e_setup){0});
	cr_assert_eq(wire_open(&wire, e2e.socket), 0);
}

static void end(void)
{
	wire_close(&wire);
	e2e_finish(&e2e);
}

static void say(const char *text)
{
	cr_assert_eq(wire_send_text(&wire, text), 0, "%s", text);
}

static const char *hear(void)
{
	const char *text = wire_next(&wire, WAIT_MS);

	cr_assert_not_null(text, "no answer came");
	return text;
}

static void expect_bytes(const char *call, const char *answer)
{
	say(call);
	cr_assert_str_eq(hear(), answer, "%s", call);
}

/* The answer to GetInfo in all its bytes; only the version is not known here. */
static void expect_info(void)
{
	static const char head[] = "{\"parameters\":{\"vendor\":\"provd\",\"product\":\"provd\","
				   "\"version\":\"";
	static const char tail[] = "\",\"url\":\"\",\"interfaces\":[\"org.varlink.service\","
				   "\"io.provd.Provisioning\"]}}";
	const char *text = hear();
	const char *version;

	cr_assert_eq(strncmp(text, head, strlen(head)), 0, "%s", text);
	version = text + strlen(head);
	cr_assert_str_eq(version + strcspn(version, "\""), tail);
	cr_assert_gt(strcspn(version, "\""), 0);
}

/* "parameters" and what else is named, no more. */
static json_t *hear_with(const char *error, int continues)
{
	json_t *reply = json_loads(hear(), JSON_REJECT_DUPLICATES, NULL);
	const char *name = json_string_value(json_object_get(reply, "error"));

	cr_assert(json_is_object(json_object_get(reply, "parameters")));
	cr_assert_eq(json_object_size(reply), 1u + (error ? 1 : 0) + (continues ? 1 : 0));
	cr_assert_str_eq(name ? name : "", error ? error : "");
	cr_assert_eq(json_is_true(json_object_get(reply, "continues")), continues);
	return reply;
}

/* Introspection */

Test(stranger, get_info_to_the_byte)
{
	begin();
	say(GET_INFO);
	expect_info();
	/* One NUL behind it and nothing else: the next byte belongs to the next answer. */
	say(GET_INFO);
	expect_info();
	end();
}

static char *description(const char *interface)
{
	char call[256];
	json_t *reply;
	char *text;

	(void)snprintf(call, sizeof(call),
		       "{\"method\":\"" SERVICE "GetInterfaceDescription\","
		       "\"parameters\":{\"interface\":\"%s\"}}",
		       interface);
	say(call);
	reply = hear_with(NULL, 0);
	cr_assert_eq(json_object_size(json_object_get(reply, "parameters")), 1);
	text = strdup(json_string_value(
		json_object_get(json_object_get(reply, "parameters"), "description")));
	json_decref(reply);
	return text;
}

Test(stranger, the_interface_is_the_file)
{
	char *file;
	char *text;

	begin();
	file = e2e_read(&e2e, PROVD_INTERFACE_FILE);
	text = description("io.provd.Provisioning");
	cr_assert_gt(strlen(text), 1000);
	cr_assert_str_eq(text, file);
	free(text);
	free(file);
	end();
}

/* What varlink.org, "Service", says that every service has. */
Test(stranger, the_standard_interface_is_whole)
{
	static const char *const members[] = {
		"interface org.varlink.service\n",
		"method GetInfo() -> (",
		"vendor: string",
		"product: string",
		"version: string",
		"url: string",
		"interfaces: []string",
		"method GetInterfaceDescription(interface: string) -> (description: string)",
		"error InterfaceNotFound (interface: string)",
		"error MethodNotFound (method: string)",
		"error MethodNotImplemented (method: string)",
		"error InvalidParameter (parameter: string)"};
	char *text;

	begin();
	text = description("org.varlink.service");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		cr_expect_not_null(strstr(text, members[i]), "%s", members[i]);
	free(text);
	end();
}

/* Errors */

Test(stranger, errors_to_the_byte)
{
	begin();
	expect_bytes("{\"method\":\"io.provd.Provisioning.Nothing\"}",
		     "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":"
		     "{\"method\":\"io.provd.Provisioning.Nothing\"}}");
	expect_bytes("{\"method\":\"org.varlink.service.Nothing\"}",
		     "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":"
		     "{\"method\":\"org.varlink.service.Nothing\"}}");
	expect_bytes("{\"method\":\"org.example.x.Nothing\"}",
		     "{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":"
		     "{\"interface\":\"org.example.x\"}}");
	expect_bytes("{\"method\":\"org.varlink.service.GetInterfaceDescription\"}",
		     "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"
		     "{\"parameter\":\"interface\"}}");
	expect_bytes("{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		     "\"parameters\":{\"interface\":\"org.example.x\"}}",
		     "{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":"
		     "{\"interface\":\"org.example.x\"}}");
	expect_bytes("{\"method\":\"io.provd.Provisioning.Stop\"}",
		     "{\"error\":\"io.provd.Provisioning.NotRunning\",\"parameters\":{}}");
	expect_bytes("{\"method\":\"io.provd.Provisioning.Timeline\",\"parameters\":"
		     "{\"session\":99}}",
		     "{\"error\":\"io.provd.Provisioning.UnknownSession\",\"parameters\":"
		     "{\"session\":99}}");
	expect_bytes("{\"method\":\"io.provd.Provisioning.Start\",\"parameters\":"
		     "{\"methods\":\"softap\"}}",
		     "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"
		     "{\"parameter\":\"methods\"}}");
	end();
}

/* Framing */

Test(stranger, a_call_that_comes_byte_by_byte)
{
	begin();
	for (size_t i = 0; i < sizeof(GET_INFO); i++)
		cr_assert_eq(wire_send(&wire, &GET_INFO[i], 1), 0);
	expect_info();
	end();
}

Test(stranger, many_calls_in_one_write_are_answered_in_their_order)
{
	static const char calls[] = GET_INFO "\0"
					     "{\"method\":\"a.b.C\"}\0" STATUS "\0" GET_INFO;
	json_t *reply;

	begin();
	cr_assert_eq(wire_send(&wire, calls, sizeof(calls)), 0);
	expect_info();
	cr_assert_str_eq(hear(), "{\"error\":\"org.varlink.service.InterfaceNotFound\","
				 "\"parameters\":{\"interface\":\"a.b\"}}");
	reply = hear_with(NULL, 0);
	cr_assert_not_null(json_object_get(json_object_get(reply, "parameters"), "state"));
	json_decref(reply);
	expect_info();
	end();
}

Test(stranger, a_write_that_ends_within_the_next_call)
{
	static const char first[] = GET_INFO "\0{\"meth";
	static const char second[] = "od\":\"org.varlink.service.GetInfo\"}";

	begin();
	cr_assert_eq(wire_send(&wire, first, sizeof(first) - 1), 0);
	expect_info();
	cr_assert_eq(wire_send(&wire, second, sizeof(second)), 0);
	expect_info();
	end();
}

Test(stranger, layout_of_the_json_is_free)
{
	begin();
	say(" {\r\n\t\"parameters\" : { } , \"more\":false,\"oneway\" : false, \"method\" : "
	    "\"org.varlink.service.\\u0047etInfo\" }\n");
	expect_info();
	say("{\"parameters\":null,\"more\":null,\"method\":\"org.varlink.service.GetInfo\"}");
	expect_info();
	/* "vendor-specific extensions must be nested in an object named after the vendor". */
	say("{\"method\":\"org.varlink.service.GetInfo\",\"org.example\":{\"trace\":1}}");
	expect_info();
	end();
}

Test(stranger, a_client_that_closed_its_half_gets_its_answers)
{
	begin();
	say(GET_INFO);
	say(GET_INFO);
	cr_assert_eq(shutdown(wire.fd, SHUT_WR), 0);
	expect_info();
	expect_info();
	cr_assert_null(wire_next(&wire, WAIT_MS));
	cr_assert_eq(wire.fd, -1, "the connection is closed then");
	end();
}

/* oneway, more, continues, upgrade */

Test(stranger, oneway_is_not_answered)
{
	begin();
	say("{\"method\":\"io.provd.Provisioning.Status\",\"oneway\":true}");
	say("{\"method\":\"io.provd.Provisioning.Nothing\",\"oneway\":true}");
	say("{\"method\":\"io.provd.Provisioning.Stop\",\"oneway\":true}");
	say(GET_INFO);
	expect_info();
	end();
}

Test(stranger, more_where_there_is_one_answer)
{
	begin();
	say("{\"method\":\"org.varlink.service.GetInfo\",\"more\":true}");
	expect_info();
	say(GET_INFO);
	expect_info();
	end();
}

Test(stranger, upgrade_is_refused_and_the_connection_lives)
{
	begin();
	say("{\"method\":\"io.provd.Provisioning.Status\",\"upgrade\":true}");
	json_decref(hear_with(SERVICE "InvalidParameter", 0));
	say(GET_INFO);
	expect_info();
	end();
}

static int64_t start(void)
{
	json_t *reply = e2e_call(&e2e, "Start");
	json_int_t session = json_integer_value(
		json_object_get(json_object_get(reply, "parameters"), "session"));

	cr_assert_gt(session, 0);
	json_decref(reply);
	return session;
}

Test(stranger, watch_continues_until_the_last_entry)
{
	char call[128];
	json_t *reply;
	const char *state = "";
	int continues;

	begin();
	(void)snprintf(call, sizeof(call),
		       "{\"method\":\"" OURS "Watch\",\"parameters\":{\"session\":%d},"
		       "\"more\":true}",
		       (int)start());
	say(call);
	/* Waits behind the call that is being answered. */
	say(GET_INFO);
	json_decref(e2e_call(&e2e, "Stop"));
	do {
		reply = json_loads(hear(), JSON_REJECT_DUPLICATES, NULL);
		continues = json_object_get(reply, "continues") != NULL;
		cr_assert_eq(json_is_true(json_object_get(reply, "continues")), continues);
		cr_assert_eq(json_object_size(reply), continues ? 2 : 1);
		state = json_string_value(json_object_get(
			json_object_get(json_object_get(reply, "parameters"), "entry"), "state"));
		cr_assert_eq(strcmp(state, "stopped") == 0, !continues, "%s", state);
		json_decref(reply);
	} while (continues);
	expect_info();
	end();
}

Test(stranger, watch_without_more_is_refused)
{
	begin();
	expect_bytes("{\"method\":\"io.provd.Provisioning.Watch\"}",
		     "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"
		     "{\"parameter\":\"more\"}}");
	end();
}

Test(stranger, a_watcher_that_leaves_disturbs_nobody)
{
	struct wire other;

	begin();
	cr_assert_eq(wire_open(&other, e2e.socket), 0);
	cr_assert_eq(wire_send_text(&other, "{\"method\":\"" OURS "Watch\",\"more\":true}"), 0);
	wire_close(&other);
	(void)start();
	json_decref(e2e_call(&e2e, "Stop"));
	say(GET_INFO);
	expect_info();
	end();
}

/* What is no call */

static void expect_closed(const void *bytes, size_t len)
{
	struct wire other;

	cr_assert_eq(wire_open(&other, e2e.socket), 0);
	cr_assert_eq(wire_send(&other, bytes, len), 0);
	while (wire_next(&other, WAIT_MS))
		;
	cr_assert_eq(other.fd, -1, "still open after: %.*s", (int)len, (const char *)bytes);
	wire_close(&other);
}

Test(stranger, what_is_no_call_ends_its_connection_alone)
{
	static const char *const calls[] = {
		"", "no JSON", "[]", "{}", "{\"method\":7}", GET_INFO "x",
		"{\"method\":\"a.b.C\",\"parameters\":[]}",
		"{\"method\":\"a.b.C\",\"more\":\"yes\"}",
		"{\"method\":\"a.b.C\",\"method\":\"a.b.D\"}", "{\"method\":\"a.b.\xff\"}",
		/* JSON, but no text of ours has a NUL in it. */
		"{\"method\":\"a.b\\u0000.C\"}"};
	char *large = calloc(1, 200000);

	begin();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		expect_closed(calls[i], strlen(calls[i]) + 1);
	memset(large, ' ', 199999);
	{
		struct wire other;

		/* The end may come before the last byte is sent. */
		cr_assert_eq(wire_open(&other, e2e.socket), 0);
		(void)wire_send(&other, large, 200000);
		while (wire_next(&other, WAIT_MS))
			;
		cr_assert_eq(other.fd, -1);
		wire_close(&other);
	}
	free(large);
	say(GET_INFO);
	expect_info();
	end();
}

Test(stranger, counters_are_of_this_daemon)
{
	json_t *reply;
	const json_t *stats;
	json_int_t descriptors;

	begin();
	say("{\"method\":\"" OURS "Stats\"}");
	reply = hear_with(NULL, 0);
	stats = json_object_get(json_object_get(reply, "parameters"), "stats");
	/* It was started within this test, whose time is bounded. */
	cr_assert_lt(json_integer_value(json_object_get(stats, "uptime_ms")), 120000);
	cr_assert_geq(json_integer_value(json_object_get(stats, "clients")), 1);
	cr_assert_eq(json_integer_value(json_object_get(stats, "sessions_started")), 0);
	descriptors = json_integer_value(json_object_get(stats, "descriptors"));
	cr_assert(descriptors > 3 && descriptors < 100, "%d", (int)descriptors);
	cr_assert_gt(json_integer_value(json_object_get(stats, "resident_kib")), 500);
	json_decref(reply);
	end();
}

/* A client by somebody else */

static void run_client(const char *more)
{
	char command[1024];
	char line[1024];
	FILE *output;
	int status;

	if (system("python3 -c 'import json, socket' >/dev/null 2>&1") != 0) {
		end();
		cr_skip("python3 is not there");
	}
	(void)snprintf(
		command, sizeof(command),
		"PYTHONDONTWRITEBYTECODE=1 PASSPHRASE='%s' python3 '%s/client.py' '%s' %s 2>&1",
		E2E_PASSPHRASE, PROVD_STRANGER_DIR, e2e.socket, more);
	output = popen(command, "r");
	cr_assert_not_null(output);
	while (fgets(line, sizeof(line), output))
		cr_log_info("%.*s", (int)strcspn(line, "\n"), line);
	status = pclose(output);
	cr_assert_eq(status, 0, "the client found a fault: see above");
}

Test(stranger, a_client_that_was_written_from_the_text_alone)
{
	begin();
	run_client("--ssid Home --token " E2E_TOKEN);
	end();
}

/* Debian's package varlink-go. Its version is older than the rule that names may have capitals. */
Test(stranger, a_parser_that_others_wrote_reads_the_interface)
{
	char command[1024];
	int status;

	if (system("command -v varlink-go-interface-generator >/dev/null") != 0)
		cr_skip("varlink-go-interface-generator is not there");
	begin();
	(void)snprintf(command, sizeof(command),
		       "cd '%s' && sed 's/^interface io.provd.Provisioning$/interface io.provd.p/' "
		       "'%s' >p.varlink && varlink-go-interface-generator p.varlink && "
		       "grep -q '\"io.provd.p.Provide\"' *.go && rm p.varlink *.go",
		       e2e.dir, PROVD_INTERFACE_FILE);
	status = system(command);
	cr_assert_eq(status, 0);
	end();
}
