/* SPDX-License-Identifier: Apache-2.0 */
/** libprovd: calls that wait. The daemon is a child process. */
#include "fake_daemon.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALL(method) "{\"method\":\"io.provd.Provisioning." method "\"}"
#define CALL_WITH(method, parameters)                                                              \
	"{\"method\":\"io.provd.Provisioning." method "\",\"parameters\":" parameters "}"

TestSuite(client_calls, .timeout = 60);

static struct fake fake;
static struct provd_error err = {.size = sizeof(err)};

/** A daemon that expects one call and gives one answer, NUL included. */
static pid_t answers(const char *call, const char *answer)
{
	return fake_child(&fake, call, answer, strlen(answer) + 1, 0);
}

Test(client_calls, any_method)
{
	struct provd_client_reply *reply;
	pid_t child;

	fake_init(&fake);
	child = answers(CALL("Networks"), "{\"parameters\":{\"networks\":[]}}");
	cr_assert_eq(provd_client_call(fake.client, "Networks", NULL, &reply), 0);
	cr_assert_eq(reply->status, 0);
	cr_assert_eq(reply->continues, 0);
	cr_assert_null(reply->error);
	cr_assert_str_eq(reply->parameters, "{\"networks\":[]}");
	cr_assert_str_eq(reply->text, "");
	provd_client_reply_free(reply);
	fake_child_end(child);
	child = answers(CALL_WITH("Timeline", "{\"session\":3}"), "{}");
	cr_assert_eq(provd_client_call(fake.client, "Timeline", " { \"session\" : 3 } ", &reply),
		     0);
	cr_assert_str_eq(reply->parameters, "{}");
	provd_client_reply_free(reply);
	fake_child_end(child);
	child = answers(CALL("Stop"), "{\"parameters\":null}");
	cr_assert_eq(provd_client_call(fake.client, "Stop", NULL, NULL), 0);
	fake_child_end(child);
	provd_client_reply_free(NULL);
	fake_finish(&fake);
}

Test(client_calls, not_a_call)
{
	static const char *const names[] = {"", "a.b", "A\"", "Some Method", "\xc3\xa4"};
	static const char *const texts[] = {"", "[]", "1", "{", "{}{}", "{\"a\":1,\"a\":2}"};
	struct provd_client_reply *reply;
	char name[80] = "";
	size_t i;

	fake_init(&fake);
	memset(name, 'A', 65);
	cr_assert_eq(provd_client_call(fake.client, name, NULL, NULL), PROVD_E_INVALID);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_assert_eq(provd_client_call(fake.client, names[i], NULL, NULL), PROVD_E_INVALID);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_eq(provd_client_call(fake.client, "Stop", texts[i], &reply),
			     PROVD_E_INVALID);
		cr_assert_eq(reply->status, PROVD_E_INVALID);
		provd_client_reply_free(reply);
	}
	fake_finish(&fake);
}

Test(client_calls, typed)
{
	static const char *const methods[] = {"softap", "airkiss"};
	uint64_t session = 0;
	pid_t child;

	fake_init(&fake);
	child = answers(CALL("Start"), "{\"parameters\":{\"session\":7}}");
	cr_assert_eq(provd_client_start(fake.client, NULL, 0, 0, &session, &err), 0);
	cr_assert_eq(session, 7);
	fake_child_end(child);
	child = answers(CALL_WITH("Start", "{\"methods\":[\"softap\",\"airkiss\"],"
					   "\"deadline_ms\":5000}"),
			"{\"parameters\":{\"session\":8}}");
	cr_assert_eq(provd_client_start(fake.client, methods, 2, 5000, NULL, NULL), 0);
	fake_child_end(child);
	child = answers(CALL("Stop"), "{\"parameters\":{}}");
	cr_assert_eq(provd_client_stop(fake.client, &err), 0);
	fake_child_end(child);
	child = answers(CALL("PressButton"), "{\"parameters\":{}}");
	cr_assert_eq(provd_client_press(fake.client, 0, &err), 0);
	fake_child_end(child);
	child = answers(CALL_WITH("PressButton", "{\"held_ms\":6000}"), "{\"parameters\":{}}");
	cr_assert_eq(provd_client_press(fake.client, 6000, &err), 0);
	fake_child_end(child);
	child = answers(CALL_WITH("Reset", "{\"what\":\"network\"}"), "{\"parameters\":{}}");
	cr_assert_eq(provd_client_reset(fake.client, PROVD_CLIENT_RESET_NETWORK, &err), 0);
	fake_child_end(child);
	child = answers(CALL_WITH("Reset", "{\"what\":\"factory\"}"), "{\"parameters\":{}}");
	cr_assert_eq(provd_client_reset(fake.client, PROVD_CLIENT_RESET_FACTORY, &err), 0);
	fake_child_end(child);
	cr_assert_eq(provd_client_reset(fake.client, (enum provd_client_reset_what)9, &err),
		     PROVD_E_INVALID);
	fake_finish(&fake);
}

Test(client_calls, provide)
{
	const uint8_t raw[] = {'a', 0, 0xff};
	struct provd_client_credentials c = {
		.size = sizeof(c),
		.ssid = (const uint8_t *)"H\xc3\xb6me",
		.ssid_len = 5,
		.passphrase = (const uint8_t *)"pa\"ss",
		.passphrase_len = 5,
		.token = "0123",
		.bssid = "02:00:00:00:00:01",
		.channel = 11,
		.hidden = 1,
		.deadline_ms = 60000,
	};
	uint64_t session;
	pid_t child;

	fake_init(&fake);
	child = answers(CALL_WITH("Provide",
				  "{\"ssid\":\"H\xc3\xb6me\",\"passphrase\":\"pa\\\"ss\","
				  "\"token\":\"0123\",\"bssid\":\"02:00:00:00:00:01\",\"channel\":"
				  "11,\"hidden\":true,\"deadline_ms\":60000}"),
			"{\"parameters\":{\"session\":1}}");
	cr_assert_eq(provd_client_provide(fake.client, &c, &session, &err), 0, "%s", err.text);
	cr_assert_eq(session, 1);
	fake_child_end(child);
	c = (struct provd_client_credentials){.size = sizeof(c),
					      .ssid = raw,
					      .ssid_len = 3,
					      .passphrase = raw + 2,
					      .passphrase_len = 1};
	child = answers(CALL_WITH("Provide", "{\"ssid_hex\":\"6100ff\",\"passphrase_hex\":\"ff\"}"),
			"{\"parameters\":{\"session\":1}}");
	cr_assert_eq(provd_client_provide(fake.client, &c, NULL, &err), 0, "%s", err.text);
	fake_child_end(child);
	c.ssid_len = 0;
	cr_assert_eq(provd_client_provide(fake.client, &c, NULL, &err), PROVD_E_INVALID);
	c.ssid_len = 33;
	cr_assert_eq(provd_client_provide(fake.client, &c, NULL, &err), PROVD_E_INVALID);
	c.ssid_len = 3;
	c.passphrase_len = 65;
	cr_assert_eq(provd_client_provide(fake.client, &c, NULL, &err), PROVD_E_INVALID);
	fake_finish(&fake);
}

Test(client_calls, status)
{
	static const char answer[] =
		"{\"parameters\":{\"state\":\"joining\",\"session\":3,\"method\":\"softap\","
		"\"attempt\":2,\"elapsed_ms\":1234,\"last_error\":{\"code\":\"WIFI_PASSPHRASE\","
		"\"text\":\"no\",\"state\":\"joining\"},\"identity\":{\"product\":\"P\","
		"\"device\":\"D\",\"registered\":true},\"link\":{\"ssid\":\"\",\"ssid_hex\":"
		"\"00fF\",\"address\":\"10.0.0.2\"},\"bound\":true,\"networks\":4,\"waiting\":"
		"\"grace\",\"warnings\":[]}}";
	struct provd_client_status status = {.size = sizeof(status)};
	pid_t child;

	fake_init(&fake);
	child = answers(CALL("Status"), answer);
	cr_assert_eq(provd_client_get_status(fake.client, &status, &err), 0, "%s", err.text);
	fake_child_end(child);
	cr_assert_str_eq(status.state, "joining");
	cr_assert_eq(status.session, 3);
	cr_assert_eq(status.attempt, 2);
	cr_assert_eq(status.elapsed_ms, 1234);
	cr_assert_eq(status.is_bound, 1);
	cr_assert_eq(status.is_registered, 1);
	cr_assert_eq(status.networks, 4);
	cr_assert_eq(status.ssid_len, 2);
	cr_assert(status.ssid[0] == 0 && status.ssid[1] == 0xff);
	cr_assert_str_eq(status.address, "10.0.0.2");
	cr_assert_str_eq(status.method, "softap");
	cr_assert_str_eq(status.waiting, "grace");
	cr_assert_str_eq(status.failure, "WIFI_PASSPHRASE");
	cr_assert_str_eq(status.failure_text, "no");
	cr_assert_str_eq(status.product, "P");
	cr_assert_str_eq(status.device, "D");
	/* a program that was built with a shorter structure */
	memset(&status, 0x55, sizeof(status));
	status.size = 16;
	child = answers(CALL("Status"), answer);
	cr_assert_eq(provd_client_get_status(fake.client, &status, &err), 0);
	fake_child_end(child);
	cr_assert_eq(status.size, 16);
	cr_assert_eq(status.session, 3);
	cr_assert_eq(status.elapsed_ms, 0x5555555555555555u);
	status.size = sizeof(status);
	child = answers(CALL("Status"), "{\"parameters\":{\"state\":7}}");
	cr_assert_eq(provd_client_get_status(fake.client, &status, &err), PROVD_E_PEER_FORMAT);
	fake_child_end(child);
	cr_assert_eq(status.elapsed_ms, 0x5555555555555555u, "untouched on failure");
	fake_finish(&fake);
}

Test(client_calls, take_over)
{
	struct provd_client_identity identity = {.size = sizeof(identity)};
	char long_path[600];
	pid_t child;

	fake_init(&fake);
	child = answers(CALL("TakeOver"), "{\"parameters\":{\"cloud\":\"acme\",\"product\":\"P\","
					  "\"device\":\"D\",\"file\":\"/x/y.json\"}}");
	cr_assert_eq(provd_client_take_over(fake.client, &identity, &err), 0);
	fake_child_end(child);
	cr_assert_str_eq(identity.cloud, "acme");
	cr_assert_str_eq(identity.file, "/x/y.json");
	snprintf(long_path, sizeof(long_path), "{\"parameters\":{\"file\":\"%0400d\"}}", 0);
	child = answers(CALL("TakeOver"), long_path);
	cr_assert_eq(provd_client_take_over(fake.client, &identity, &err), PROVD_E_PEER_FORMAT);
	fake_child_end(child);
	cr_assert_str_eq(identity.file, "/x/y.json");
	fake_finish(&fake);
}

Test(client_calls, errors_of_the_daemon)
{
	static const struct {
		const char *reply;
		int status;
		const char *text;
	} cases[] = {
		{ERR("AlreadyRunning", "{\"session\":4}"), PROVD_E_BUSY, "running already"},
		{ERR("NotRunning", "{}"), PROVD_E_STATE, "no session is running"},
		{ERR("UnknownMethod", "{\"method\":\"x\"}"), PROVD_E_NOT_FOUND, "configured: x"},
		{ERR("UnknownSession", "{}"), PROVD_E_NOT_FOUND, "not known"},
		{ERR("UnknownNetwork", "{}"), PROVD_E_NOT_FOUND, "not saved"},
		{ERR("PresenceRequired", "{}"), PROVD_E_STATE, "button"},
		{ERR("NotSaved", "{\"code\":\"NO_SPACE\",\"reason\":\"full\"}"), PROVD_E_NO_SPACE,
		 "could not be saved: full"},
		{ERR("NotSaved", "{\"code\":\"?\"}"), PROVD_E_IO, "could not be saved"},
		{ERR("BadConfig", "{\"faults\":[]}"), PROVD_E_CONFIG, "faults"},
		{ERR("NeedsRestart", "{\"options\":[]}"), PROVD_E_STATE, "starts anew"},
		{ERR("Unavailable", "{\"reason\":\"no radio\"}"), PROVD_E_STATE, ": no radio"},
		{ERR("PermissionDenied", "{\"method\":\"Start\"}"), PROVD_E_ACCESS,
		 "denied: Start"},
		{"{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":"
		 "\"X\"}}",
		 PROVD_E_NOT_SUPPORTED, "method: X"},
		{"{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"
		 "{\"parameter\":\"ssid\"}}",
		 PROVD_E_INVALID, "ssid"},
		{"{\"error\":\"org.varlink.service.ExpectedMore\"}", PROVD_E_INVALID,
		 "several replies"},
		{"{\"error\":\"com.example.Odd\"}", PROVD_E_INTERNAL, "com.example.Odd"},
		{ERR("NotRunning", "{\"a\":1}"), PROVD_E_STATE, "no session"},
	};
	struct provd_client_reply *reply;
	pid_t child;
	size_t i;

	fake_init(&fake);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		child = answers(CALL("Start"), cases[i].reply);
		cr_assert_eq(provd_client_start(fake.client, NULL, 0, 0, NULL, &err),
			     cases[i].status, "case %zu: %d", i, err.code);
		cr_assert(strstr(err.text, cases[i].text) != NULL, "%s", err.text);
		cr_assert_eq(err.code, cases[i].status);
		fake_child_end(child);
	}
	child = answers(CALL("Stop"), cases[i - 1].reply);
	cr_assert_eq(provd_client_call(fake.client, "Stop", NULL, &reply), PROVD_E_STATE);
	cr_assert_str_eq(reply->error, "io.provd.Provisioning.NotRunning");
	cr_assert_str_eq(reply->parameters, "{\"a\":1}");
	provd_client_reply_free(reply);
	fake_child_end(child);
	fake_finish(&fake);
}

Test(client_calls, no_daemon)
{
	struct provd_client *client;
	char path[128] = "";

	fake_init(&fake);
	fake_unlisten(&fake);
	cr_assert_eq(provd_client_stop(fake.client, &err), PROVD_E_NOT_FOUND);
	cr_assert(strstr(err.text, fake.path) && strstr(err.text, "is provd running?"), "%s",
		  err.text);
	cr_assert_eq(provd_client_stop(fake.client, NULL), PROVD_E_NOT_FOUND);
	fake_listen(&fake);
	close(fake.listener);
	fake.listener = -1;
	cr_assert_eq(provd_client_stop(fake.client, &err), PROVD_E_NET_REFUSED);
	unlink(fake.path);
	memset(path, 'x', 108);
	cr_assert_eq(provd_client_create(path, &client, &err), PROVD_E_INVALID);
	cr_assert_eq(provd_client_create("", &client, NULL), PROVD_E_INVALID);
	cr_assert_eq(provd_client_create(NULL, &client, NULL), 0);
	provd_client_destroy(client);
	provd_client_destroy(NULL);
	fake_finish(&fake);
}

Test(client_calls, a_daemon_that_says_nonsense)
{
	static const struct {
		const char *bytes;
		size_t len;
		int status;
	} cases[] = {
		{"nonsense", 9, PROVD_E_PEER_FORMAT},
		{"", 1, PROVD_E_PEER_FORMAT},
		{"[]", 3, PROVD_E_PEER_FORMAT},
		{"{\"parameters\":[]}", 18, PROVD_E_PEER_FORMAT},
		{"{\"error\":7}", 12, PROVD_E_PEER_FORMAT},
		{"{\"a\":1,\"a\":1}", 14, PROVD_E_PEER_FORMAT},
		{"{}", 2, PROVD_E_NET_CLOSED},
		{"", 0, PROVD_E_NET_CLOSED},
	};
	pid_t child;
	size_t i;

	fake_init(&fake);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		child = fake_child(&fake, NULL, cases[i].bytes, cases[i].len, 0);
		cr_assert_eq(provd_client_stop(fake.client, &err), cases[i].status, "case %zu", i);
		fake_child_end(child);
	}
	fake_finish(&fake);
}

Test(client_calls, a_daemon_that_says_too_much)
{
	const size_t len = 1u << 20;
	char *flood = malloc(len);
	pid_t child;

	fake_init(&fake);
	memset(flood, ' ', len);
	provd_client_set_max_reply(fake.client, 5000);
	child = fake_child(&fake, NULL, flood, len, 0);
	cr_assert_eq(provd_client_stop(fake.client, &err), PROVD_E_LIMIT);
	cr_assert(strstr(err.text, "5000") != NULL, "%s", err.text);
	fake_child_end(child);
	/* exactly the longest one */
	memcpy(flood, "{}", 2);
	flood[5000] = 0;
	child = fake_child(&fake, NULL, flood, 5001, 0);
	cr_assert_eq(provd_client_stop(fake.client, &err), 0);
	fake_child_end(child);
	flood[5000] = ' ';
	flood[5001] = 0;
	child = fake_child(&fake, NULL, flood, 5002, 0);
	cr_assert_eq(provd_client_stop(fake.client, &err), PROVD_E_LIMIT);
	fake_child_end(child);
	/* nested as deep as it gets: no crash */
	memset(flood, '[', len);
	flood[len - 1] = 0;
	provd_client_set_max_reply(fake.client, len);
	child = fake_child(&fake, NULL, flood, len, 0);
	cr_assert_eq(provd_client_stop(fake.client, &err), PROVD_E_PEER_FORMAT);
	fake_child_end(child);
	free(flood);
	fake_finish(&fake);
}

Test(client_calls, a_daemon_that_says_nothing)
{
	pid_t child;

	fake_init(&fake);
	provd_client_set_timeout(fake.client, 50);
	child = fake_child(&fake, NULL, "{", 1, 1);
	cr_assert_eq(provd_client_stop(fake.client, &err), PROVD_E_TIMEOUT);
	cr_assert(strstr(err.text, "in time") != NULL, "%s", err.text);
	fake_child_kill(child);
	fake_finish(&fake);
}

/** Whether the bytes are in memory of this process that can be written to. */
static int is_in_memory(const uint8_t *bytes, size_t len)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	FILE *mem = fopen("/proc/self/mem", "r");
	char *chunk = malloc(1u << 16);
	unsigned long long at;
	unsigned long long end;
	char mode[8];
	char line[512];
	int found = 0;
	size_t got;

	while (fgets(line, sizeof(line), maps)) {
		/* the sanitizer's shadow is huge and holds no bytes of ours */
		if (sscanf(line, "%llx-%llx %7s", &at, &end, mode) != 3 || mode[0] != 'r' ||
		    mode[1] != 'w' || end - at > (64u << 20) || strstr(line, "[stack]"))
			continue;
		for (; at < end && !found; at += (1u << 16) - len) {
			got = end - at < (1u << 16) ? (size_t)(end - at) : 1u << 16;
			if (fseeko(mem, (off_t)at, SEEK_SET) || !(got = fread(chunk, 1, got, mem)))
				break;
			found = (char *)(uintptr_t)at != chunk && memmem(chunk, got, bytes, len) &&
				(at + got <= (uintptr_t)chunk ||
				 at >= (uintptr_t)chunk + (1u << 16));
			if (end - at <= (1u << 16))
				break;
		}
	}
	explicit_bzero(chunk, 1u << 16);
	free(chunk);
	fclose(mem);
	fclose(maps);
	return found;
}

Test(client_calls, credentials_leave_no_copy)
{
	struct provd_client_credentials c = {.size = sizeof(c),
					     .ssid = (const uint8_t *)"x",
					     .ssid_len = 1,
					     .passphrase_len = 32};
	uint8_t passphrase[32];
	char *copy;
	pid_t child;
	size_t i;

	fake_init(&fake);
	/* nowhere but here: made up at run time, on the stack */
	for (i = 0; i < sizeof(passphrase); i++)
		passphrase[i] = (uint8_t)('a' + (i * 7 + 3) % 26);
	c.passphrase = passphrase;
	child = answers(NULL, "{\"parameters\":{\"session\":1}}");
	cr_assert_eq(provd_client_provide(fake.client, &c, NULL, &err), 0);
	fake_child_end(child);
	c.ssid_len = 0;
	cr_assert_eq(provd_client_provide(fake.client, &c, NULL, &err), PROVD_E_INVALID);
	/* the allocator writes over the beginning of what was freed */
	cr_assert_eq(is_in_memory(passphrase + 16, 16), 0);
	/* the search does find what is there */
	copy = malloc(32);
	memcpy(copy, passphrase, 32);
	cr_assert_eq(is_in_memory(passphrase + 16, 16), 1);
	free(copy);
	fake_finish(&fake);
}
