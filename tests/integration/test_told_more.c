/* SPDX-License-Identifier: Apache-2.0 */
/* More ways by which a failure comes to be known: the board's store, broadcasts, hooks, control. */
#include "told.h"

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOME(members) "{\"ssid\":\"Home\",\"passphrase\":\"can\\\"ary-pass-9c41\"" members "}"

static struct e2e e2e;
static struct udp_phone phone;

TestSuite(told_more, .timeout = 120);

#define BEGIN(...) e2e_init(&e2e, &(struct e2e_setup){__VA_ARGS__})

/* A daemon whose config has `more`, where "@" is the test's folder, before the text `at`. */
static void begin_with(const struct e2e_setup *setup, const char *at, const char *more)
{
	const size_t len = strcspn(more, "@");
	char to[512];

	e2e_init(&e2e, setup);
	e2e_kill_daemon(&e2e);
	(void)snprintf(to, sizeof(to), "%.*s%s%s%s", (int)len, more, e2e.dir, more + len + 1, at);
	e2e_set_config(&e2e, at, to);
	e2e_restart_daemon(&e2e);
}

/* The device's address with another second number: nobody else in these tests has it. */
static struct sockaddr_in neighbour(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	unsigned n[4];
	char text[32];

	cr_assert_eq(sscanf(e2e.address, "%u.%u.%u.%u", &n[0], &n[1], &n[2], &n[3]), 4);
	(void)snprintf(text, sizeof(text), "127.%u.%u.%u", n[1] + 64, n[2], n[3]);
	cr_assert_eq(inet_pton(AF_INET, text, &address.sin_addr), 1);
	return address;
}

static void open_neighbour(int port)
{
	const struct sockaddr_in own = neighbour(port);

	udp_phone_open(&phone, e2e.address, port);
	cr_assert_eq(bind(phone.fd, (const struct sockaddr *)&own, sizeof(own)), 0);
}

/* The next datagram, which must come from the very port that the phone has talked to. */
static const char *next_from_device(int port)
{
	static char text[2048];
	struct pollfd wait = {.fd = phone.fd, .events = POLLIN};
	struct sockaddr_in from = {0};
	socklen_t len = sizeof(from);
	char address[32];
	ssize_t got;

	cr_assert_eq(poll(&wait, 1, 20000), 1, "the device says nothing");
	got = recvfrom(phone.fd, text, sizeof(text) - 1, 0, (struct sockaddr *)&from, &len);
	cr_assert_geq(got, 0);
	text[got] = '\0';
	cr_assert_not_null(inet_ntop(AF_INET, &from.sin_addr, address, sizeof(address)));
	cr_assert_str_eq(address, e2e.address);
	cr_assert_eq(ntohs(from.sin_port), port);
	return text;
}

static void send_bytes(const char *bytes, size_t len)
{
	cr_assert_eq(sendto(phone.fd, bytes, len, 0, (const struct sockaddr *)&phone.to,
			    sizeof(phone.to)),
		     (ssize_t)len);
}

Test(told_more, apps_that_use_the_device_s_port_numbers)
{
	char *first;

	BEGIN(.methods = told_errlog("1s"));
	e2e_watch(&e2e);
	told_start(&e2e, "{\"deadline_ms\":1500}");
	open_neighbour(8266);
	udp_phone_credentials(&phone, "Home", TOLD_WRONG);
	cr_assert_not_null(strstr(next_from_device(8266), "\"productId\""));
	cr_assert_str_eq(e2e_end(&e2e), "failed");
	udp_phone_close(&phone);
	open_neighbour(9876);
	first = told_ask_for_log(&e2e, &phone);
	told_check_log(first);
	cr_assert_str_eq(next_from_device(9876), first, "it is sent twice");
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told_more, queries_with_blanks_newlines_and_zeros)
{
	static const char pretty[] = "{\r\n  \"cmdType\" : 3\r\n}";
	static const char zeros[] = "{\"cmdType\":3}\0\0\0\0";
	static const char more[] = "{\"bssid\":\"02:00:00:00:00:01\",\"cmdType\":3}";
	const struct {
		const char *bytes;
		size_t len;
	} queries[] = {
		{pretty, sizeof(pretty) - 1}, {zeros, sizeof(zeros)}, {more, sizeof(more) - 1}};
	char *first;

	BEGIN(.methods = told_errlog("4s"));
	told_fail(&e2e, &phone);
	udp_phone_open(&phone, e2e.address, 9876);
	first = told_ask_for_log(&e2e, &phone);
	cr_assert_str_eq(udp_phone_next(&phone), first);
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		/* what asks faster than four times a second is not answered each time */
		cr_assert(udp_phone_is_quiet(&phone, 300));
		send_bytes(queries[i].bytes, queries[i].len);
		cr_assert_str_eq(udp_phone_next(&phone), first, "query %zu", i);
		cr_assert_str_eq(udp_phone_next(&phone), first, "query %zu", i);
	}
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

/* Records of a board's store are not written more often than every two seconds. */
static void wait_board_store(const char *text)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "grep -qaF '%s' '%s'/board/*journal-[0-9][0-9]",
		       text, e2e.dir);
	for (int i = 0; i < 400; i++) {
		if (system(command) == 0)
			return;
		poll(NULL, 0, 50);
	}
	cr_assert_fail("the store of the board never had '%s'", text);
}

Test(told_more, a_failure_in_the_board_s_store_survives_a_power_cut)
{
	static const struct e2e_setup setup = {.sections = ",\"store\":{\"backend\":\"hal\"}"};
	json_t *reply;
	char *first;

	begin_with(&setup, "\"access_points\":", "\"store_dir\":\"@/board\",");
	told_fail(&e2e, &phone);
	wait_board_store("four-way handshake timeout");
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	told_wait_undelivered(&e2e, 1);
	e2e_watch(&e2e);
	told_start(&e2e, "{}");
	udp_phone_open(&phone, e2e.address, 8266);
	first = told_ask_for_log(&e2e, &phone);
	told_check_log(first);
	/* once more, in a session that is joining, and it goes on */
	cr_assert_str_eq(udp_phone_next(&phone), first, "it is sent twice");
	udp_phone_credentials(&phone, "Elsewhere", TOLD_WRONG);
	cr_assert_not_null(strstr(udp_phone_next(&phone), "\"productId\""));
	cr_assert_str_eq(udp_phone_next_but_identity(&phone),
			 TOLD_REPLY("Previous_Error", TOLD_PASSPHRASE));
	reply = e2e_call(&e2e, "Stop");
	json_decref(reply);
	cr_assert_str_eq(e2e_end(&e2e), "stopped");
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told_more, programs_get_reason_advice_and_retry)
{
	static const struct e2e_setup setup = {.start = ",\"grace\":\"1s\""};
	char *text;

	begin_with(&setup, "\"start\":",
		   "\"hooks\":[{\"on\":[\"failed\"],\"run\":[\"/bin/sh\",\"-c\","
		   "\"env >\\\"$0.part\\\"; mv \\\"$0.part\\\" \\\"$0\\\"\",\"@/hook.txt\"]}],");
	told_fail(&e2e, &phone);
	told_wait_file(&e2e, "hook.txt", "PROVD_EVENT=failed\n");
	text = e2e_read(&e2e, "hook.txt");
	cr_assert_not_null(strstr(text, "PROVD_REASON=WIFI_PASSPHRASE\n"), "%s", text);
	cr_assert_not_null(strstr(text, "PROVD_ADVICE=type the passphrase again\n"), "%s", text);
	cr_assert_not_null(strstr(text, "PROVD_RETRY=changed\n"), "%s", text);
	cr_assert_not_null(strstr(text, "PROVD_METHOD=softap\n"), "%s", text);
	free(text);
	e2e_finish(&e2e);
}

/* Waits until the daemon has so many clients, the asking one among them. */
static void wait_clients(json_int_t count)
{
	for (int i = 0; i < 2000; i++) {
		json_t *reply = e2e_call(&e2e, "Stats");
		const json_t *stats =
			json_object_get(json_object_get(reply, "parameters"), "stats");
		const json_int_t now = json_integer_value(json_object_get(stats, "clients"));

		json_decref(reply);
		if (now >= count)
			return;
		poll(NULL, 0, 10);
	}
	cr_assert_fail("never %d clients", (int)count);
}

Test(told_more, who_follows_sees_the_failure_and_its_delivery)
{
	char command[512];
	FILE *follower;
	char *text;
	char *first;

	BEGIN(.methods = told_errlog("1s"));
	(void)snprintf(command, sizeof(command),
		       "exec '%s/provctl' --socket '%s' errlog follow >'%s/follow.txt' 2>&1",
		       e2e_bin_dir(), e2e.socket, e2e.dir);
	follower = popen(command, "re");
	cr_assert_not_null(follower);
	wait_clients(2);
	told_fail(&e2e, &phone);
	told_wait_file(&e2e, "follow.txt", "(waiting)\n");
	udp_phone_open(&phone, e2e.address, 9876);
	first = told_ask_for_log(&e2e, &phone);
	told_wait_file(&e2e, "follow.txt", "(delivered)\n");
	text = e2e_read(&e2e, "follow.txt");
	cr_assert_not_null(strstr(text, " session 1 joining: WIFI_PASSPHRASE: "), "%s", text);
	cr_assert_not_null(strstr(text, "; advice: type the passphrase again (waiting)"), "%s",
			   text);
	free(text);
	free(first);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
	(void)pclose(follower);
}

Test(told_more, the_simulated_phone_fetches_the_log_from_the_vendor_s_hotspot)
{
	char options[128];
	char command[512];
	char address[32];
	char *text;
	size_t half;

	e2e_own_address(address, sizeof(address));
	(void)snprintf(options, sizeof(options),
		       ",{\"plugin\":\"errlog\",\"options\":{\"vendor_hotspot\":true,"
		       "\"address\":\"%s/8\"}}",
		       address);
	BEGIN(.methods = options);
	told_fail(&e2e, &phone);
	(void)snprintf(command, sizeof(command),
		       "'%s/provsim' phone log --target %s:9876 --interval-ms 200 --tries 100 "
		       "--linger-ms 2000 --out '%s/fetched.txt' >'%s/fetch.out' 2>&1",
		       e2e_bin_dir(), e2e.address, e2e.dir, e2e.dir);
	cr_assert_eq(system(command), 0);
	text = e2e_read(&e2e, "fetched.txt");
	half = strlen(text) / 2;
	cr_assert_eq(strlen(text) % 2, 0);
	cr_assert_eq(memcmp(text, text + half, half), 0, "two datagrams, the same: %s", text);
	text[half] = '\0';
	told_check_log(text);
	free(text);
	/* names are shortened in the log; ESP-LOG-QUERY has 13 bytes */
	text = e2e_read(&e2e, e2e.daemon.err);
	cr_assert_not_null(strstr(text, "\"opening the log hotspot\" ssid=\"ES…(13)\" channel=6"),
			   "%s", text);
	free(text);
	e2e_finish(&e2e);
}

static size_t count_state(int fd, const char *state, size_t enough)
{
	char text[1024];
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	size_t count = 0;

	while (count < enough && poll(&wait, 1, 10000) == 1) {
		ssize_t got = recv(fd, text, sizeof(text) - 1, 0);

		cr_assert_geq(got, 0);
		text[got] = '\0';
		cr_assert_not_null(strstr(text, "\"cmdType\":7"), "%s", text);
		count += strstr(text, state) != NULL;
	}
	return count;
}

Test(told_more, the_state_is_broadcast_again_once_the_network_is_there)
{
	char sections[160];
	struct sockaddr_in own;
	char address[32];
	int fd;

	/* the device's address is known before it is used */
	e2e_own_address(e2e.address, sizeof(e2e.address));
	own = neighbour(8266);
	cr_assert_not_null(inet_ntop(AF_INET, &own.sin_addr, address, sizeof(address)));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_geq(fd, 0);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&own, sizeof(own)), 0);
	(void)snprintf(sections, sizeof(sections), "\"broadcast\":\"%s\",\"bind\":", address);
	e2e_init(&e2e, &(struct e2e_setup){.tencent = ",\"protocol_version\":\"3.0\"",
					   .cloud = "--fault bind-code=7"});
	e2e_kill_daemon(&e2e);
	e2e_set_config(&e2e, "\"bind\":", sections);
	e2e_restart_daemon(&e2e);
	e2e_watch(&e2e);
	told_start(&e2e, "{\"deadline_ms\":3000}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Home", E2E_PASSPHRASE);
	e2e_expect(&e2e, "listening", "attempt failed, listening again");
	cr_assert_str_eq(udp_phone_next_but_identity(&phone),
			 TOLD_REPLY("Current_Error", "MQTT Token reply error! (24, 7)"));
	/* three times when it happened; what comes after that is because of the network */
	cr_assert_eq(count_state(fd, "\"wifiConfigState\":4}", 4), 4);
	udp_phone_close(&phone);
	close(fd);
	e2e_finish(&e2e);
}

/* The failures of a session, as Errors names the newest one. */
static void expect_code(const char *code)
{
	json_t *list;
	const json_t *row;

	told_wait_undelivered(&e2e, 1);
	list = told_failures(&e2e, "{}");
	row = json_array_get(list, json_array_size(list) - 1);
	cr_assert_str_eq(json_string_value(json_object_get(row, "code")), code);
	json_decref(list);
}

Test(told_more, credentials_of_control_without_a_token)
{
	json_t *parameters;
	char *text;
	json_t *reply;

	BEGIN(.sections = ",\"session\":{\"token_timeout\":\"300ms\"}");
	e2e_watch(&e2e);
	parameters = json_pack("{s:s, s:s, s:i}", "ssid", "Home", "passphrase", E2E_PASSPHRASE,
			       "deadline_ms", 5000);
	text = json_dumps(parameters, JSON_COMPACT);
	reply = e2e_call_with(&e2e, "Provide", text);
	cr_assert_null(json_object_get(reply, "error"));
	json_decref(reply);
	free(text);
	json_decref(parameters);
	cr_assert_str_eq(e2e_end(&e2e), "failed");
	expect_code("PEER_NO_TOKEN");
	e2e_finish(&e2e);
}

Test(told_more, commands_that_are_no_commands)
{
	static const char format[] = TOLD_REPLY("Current_Error", "APP command error! (2, 201)");
	static const char missing[] = TOLD_REPLY("Current_Error", "APP command error! (2, 204)");
	static const struct {
		const char *command;
		const char *reply; /* NULL: none */
	} rows[] = {{"hello", format},
		    {"{\"ssid\":\"Home\"}", format},
		    {"{\"cmdType\":\"1\"}", format},
		    {"{\"cmdType\":9}", format},
		    {"{\"cmdType\":0}", missing},
		    {"{\"cmdType\":1,\"ssid\":\"Home\",\"token\":\"t\"}", missing},
		    {"{\"cmdType\":1,\"ssid\":1,\"password\":2,\"token\":3}", missing},
		    {"{\"cmdType\":3}", NULL}, /* there is no log */
		    {"{\"cmdType\":7}", NULL}};

	BEGIN(0);
	e2e_watch(&e2e);
	told_start(&e2e, "{}");
	udp_phone_open(&phone, e2e.address, 8266);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		udp_phone_send(&phone, rows[i].command);
		if (rows[i].reply)
			cr_expect_str_eq(udp_phone_next(&phone), rows[i].reply, "%s",
					 rows[i].command);
	}
	/* the exchange goes on, and nothing came for the last ones */
	udp_phone_credentials(&phone, "Home", E2E_PASSPHRASE);
	cr_assert_not_null(strstr(udp_phone_next(&phone), "\"productId\""));
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told_more, an_identity_that_is_amiss)
{
	char path[128];
	FILE *file;

	BEGIN(0);
	e2e_kill_daemon(&e2e);
	(void)snprintf(path, sizeof(path), "%s/device_info.json", e2e.dir);
	file = fopen(path, "we");
	cr_assert_not_null(file);
	cr_assert_geq(fputs("{\"auth_mode\":\"KEY\",\"productId\":\"PROVSIM001\"}", file), 0);
	cr_assert_eq(fclose(file), 0);
	e2e_restart_daemon(&e2e);
	e2e_watch(&e2e);
	told_start(&e2e, "{}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Home", E2E_PASSPHRASE);
	cr_assert_str_eq(udp_phone_next(&phone),
			 TOLD_REPLY("Current_Error", "APP command error! (2, -1003)"));
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

Test(told_more, an_account_of_another_region)
{
	json_t *command;
	char *text;

	BEGIN(.tencent = ",\"region_check\":true");
	e2e_watch(&e2e);
	told_start(&e2e, "{}");
	udp_phone_open(&phone, e2e.address, 8266);
	command = json_pack("{s:i, s:s, s:s, s:s, s:s}", "cmdType", 1, "ssid", "Home", "password",
			    E2E_PASSPHRASE, "token", E2E_TOKEN, "region", "us-east");
	/* as iOS writes it */
	text = json_dumps(command, JSON_INDENT(2));
	udp_phone_send(&phone, text);
	e2e_expect(&e2e, "listening", "attempt failed, listening again");
	cr_assert_str_eq(e2e_detail(&e2e, "reason"), "CLOUD_REGION");
	cr_assert_str_eq(udp_phone_next_but_identity(&phone),
			 TOLD_REPLY("Current_Error", "Product Region fault error! (26, 104)"));
	free(text);
	json_decref(command);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}

/* The one that it struck hears Current_Error; the other one only what was before, after who the
 * device is. */
Test(told_more, two_phones_hear_different_words)
{
	struct udp_phone second;
	struct sockaddr_in own;

	BEGIN(.access_points = "[" HOME("") ",{\"ssid\":\"Slow\",\"join_ms\":60000}]");
	e2e_watch(&e2e);
	told_start(&e2e, "{}");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, "Home", TOLD_WRONG);
	cr_assert_str_eq(udp_phone_next_but_identity(&phone),
			 TOLD_REPLY("Current_Error", TOLD_PASSPHRASE));
	udp_phone_open(&second, e2e.address, 8266);
	own = neighbour(0);
	cr_assert_eq(bind(second.fd, (const struct sockaddr *)&own, sizeof(own)), 0);
	udp_phone_credentials(&second, "Slow", "");
	cr_assert_not_null(strstr(udp_phone_next(&second), "\"productId\""));
	cr_assert_str_eq(udp_phone_next_but_identity(&second),
			 TOLD_REPLY("Previous_Error", TOLD_PASSPHRASE));
	/* a query while it joins: what has failed so far, and the attempt goes on */
	e2e_expect(&e2e, "joining", "associating");
	free(told_ask_for_log(&e2e, &second));
	e2e_wait_status(&e2e, "state", "joining");
	while (!udp_phone_is_quiet(&phone, 0))
		cr_assert_not_null(strstr(udp_phone_next(&phone), "\"productId\""),
				   "only what was for it");
	udp_phone_close(&second);
	udp_phone_close(&phone);
	e2e_finish(&e2e);
}
