/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/codec.h"
#include "e2e.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <openssl/evp.h>

static const char TOKEN[] = "69f978dfbb48ec40cadb6d9af470d0f6";
static const char REPLY_OK[] =
	"{\"method\":\"app_bind_token_reply\",\"clientToken\":\"ct-1\",\"code\":0,"
	"\"status\":\"success\"}";

#define START(child, ...)                                                                          \
	e2e_start(child, (const char *const[]){"cloud", "tencent", __VA_ARGS__, NULL})

static void quit(struct e2e_child *child)
{
	e2e_send(child, "{\"quit\":true}");
	cr_assert_eq(e2e_wait(child), 0);
}

static struct e2e_login psk_login(const json_t *ready, const char *secret)
{
	return (struct e2e_login){.scheme = "ssl",
				  .port = e2e_number(ready, "mqtt_psk_port"),
				  .device = "dev001",
				  .secret = secret};
}

/* Secret of a device from a fresh registration. */
static void fetch_secret(const json_t *ready, char *out, size_t size)
{
	json_t *answer = e2e_register(ready, "dev001");
	json_t *payload;

	cr_assert_not_null(answer);
	cr_assert_eq(e2e_number(answer, "code"), 0);
	payload = e2e_payload(ready, answer);
	cr_assert_eq(e2e_number(payload, "encryptionType"), 2);
	snprintf(out, size, "%s", e2e_text(payload, "psk"));
	json_decref(payload);
	json_decref(answer);
}

static void expect_message(struct e2e_device *device, int index, const char *expected)
{
	const char *got = e2e_message(device, index);

	cr_assert_not_null(got, "no message %d", index);
	cr_assert_str_eq(got, expected);
}

Test(cloud, register_connect_bind, .timeout = 60)
{
	struct e2e_child child;
	struct e2e_device device;
	struct e2e_login login;
	char old_secret[80];
	char secret[80];
	char dir[256];
	struct stat info;
	json_t *ready;
	json_t *event;
	json_t *answer;

	START(&child, "--expect-token", TOKEN, "--fault", "unbind:1");
	ready = e2e_event(&child, "ready");
	snprintf(dir, sizeof(dir), "%s", e2e_text(ready, "dir"));
	fetch_secret(ready, old_secret, sizeof(old_secret));
	fetch_secret(ready, secret, sizeof(secret));
	cr_assert_str_neq(secret, old_secret);

	login = psk_login(ready, old_secret);
	cr_assert_not(e2e_connect(&device, ready, &login), "the old key must be dead");
	e2e_disconnect(&device);
	login = psk_login(ready, secret);
	cr_assert(e2e_connect(&device, ready, &login));
	event = e2e_event(&child, "connected");
	cr_assert_str_eq(e2e_text(event, "via"), "psk");
	json_decref(event);

	e2e_bind(&device, TOKEN);
	expect_message(&device, 0, REPLY_OK);
	expect_message(&device, 1, "{\"method\":\"bind_device\"}");
	expect_message(&device, 2, "{\"method\":\"unbind_device\"}");
	event = e2e_event(&child, "bind");
	cr_assert_eq(e2e_number(event, "token_length"), 32);
	cr_assert_str_eq(e2e_text(event, "token_prefix"), "69");
	cr_assert(json_is_true(json_object_get(event, "token_match")));
	cr_assert_null(json_object_get(event, "token"));
	json_decref(event);
	e2e_disconnect(&device);

	answer = e2e_register(ready, "dev001");
	cr_assert_neq(e2e_number(answer, "code"), 0, "activated: refused");
	json_decref(answer);
	json_decref(ready);
	quit(&child);
	cr_assert_neq(stat(dir, &info), 0, "the temporary folder must be gone");
}

Test(cloud, wrong_signature_and_unknown_device, .timeout = 60)
{
	static const char body[] =
		"{\"deviceName\":\"dev001\",\"nonce\":1,\"productId\":\"PROVSIM001\","
		"\"timestamp\":1,\"signature\":\"F0R9nKdqI3bgDCPOTu1vw9BtvcM=\"}";
	struct e2e_child child;
	char *text = NULL;
	json_t *ready;
	json_t *answer;
	json_t *event;

	START(&child, "--exit-on-eof");
	ready = e2e_event(&child, "ready");
	cr_assert_eq(e2e_post(ready, "/register/dev", NULL, body, &text), 200);
	cr_assert_not_null(strstr(text, "\"code\":1010,\"message\":\"Check signature failed\""));
	free(text);
	event = e2e_event(&child, "register_refused");
	cr_assert_eq(e2e_number(event, "code"), 1010);
	json_decref(event);
	answer = e2e_register(ready, "nobody");
	cr_assert_str_eq(e2e_text(answer, "message"), "Pre create mode: device not exists");
	json_decref(answer);
	cr_assert_eq(e2e_post(ready, "/elsewhere", NULL, "{}", &text), 404);
	free(text);
	json_decref(ready);
	close(child.in);
	child.in = -1;
	cr_assert_eq(e2e_wait(&child), 0);
}

Test(cloud, version_2, .timeout = 60)
{
	static const char body[] = "{\"ProductId\":\"PROVSIM001\",\"DeviceName\":\"dev001\"}";
	struct e2e_child child;
	char signature[SIM_SIGNATURE_SIZE];
	char header[160];
	char host[64];
	char secret[80];
	char *text = NULL;
	json_t *ready;

	START(&child, "--device", "dev001");
	ready = e2e_event(&child, "ready");
	e2e_product_secret(ready, secret, sizeof(secret));
	snprintf(host, sizeof(host), "127.0.0.1:%d", e2e_number(ready, "https_port"));
	for (int i = 0; i < 2; i++) {
		struct sim_v2_signed in = {
			host, i == 0 ? "hmacsha256" : "hmacsha1", "1", "2", body, strlen(body)};
		const char *headers[] = {"Content-Type: application/json",
					 i == 0 ? "X-TC-Algorithm: hmacsha256"
						: "X-TC-Algorithm: hmacsha1",
					 "X-TC-Timestamp: 1",
					 "X-TC-Nonce: 2",
					 header,
					 NULL};

		cr_assert_eq(sim_v2_signature(secret, &in, signature), 0);
		snprintf(header, sizeof(header), "X-TC-Signature: %s", signature);
		cr_assert_eq(e2e_post(ready, "/device/register", headers, body, &text), 200);
		cr_assert_eq(strncmp(text, "{\"Response\":{\"Len\":53,", 22), 0, "%s", text);
		free(text);
		header[17] = header[17] == 'A' ? 'B' : 'A';
		cr_assert_eq(e2e_post(ready, "/device/register", headers, body, &text), 200);
		cr_assert_not_null(strstr(text, "Check signature failed"));
		free(text);
	}
	json_decref(ready);
	quit(&child);
}

static void save(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

Test(cloud, certificate_device, .timeout = 60)
{
	char dir[] = "/tmp/provsim-test-XXXXXX";
	char cert[64];
	char key[64];
	struct e2e_child child;
	struct e2e_device device;
	struct e2e_login login = {.scheme = "ssl", .device = "dev001"};
	json_t *ready;
	json_t *answer;
	json_t *payload;
	json_t *event;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(cert, sizeof(cert), "%s/cert", dir);
	snprintf(key, sizeof(key), "%s/key", dir);
	START(&child, "--device-type", "cert");
	ready = e2e_event(&child, "ready");
	answer = e2e_register(ready, "dev001");
	payload = e2e_payload(ready, answer);
	cr_assert_eq(e2e_number(payload, "encryptionType"), 1);
	save(cert, e2e_text(payload, "clientCert"));
	save(key, e2e_text(payload, "clientKey"));
	login.port = e2e_number(ready, "mqtt_cert_port");
	login.ca_file = e2e_text(ready, "ca_file");
	login.cert_file = cert;
	login.key_file = key;
	cr_assert(e2e_connect(&device, ready, &login));
	event = e2e_event(&child, "connected");
	cr_assert_str_eq(e2e_text(event, "via"), "cert");
	json_decref(event);
	e2e_bind(&device, TOKEN);
	expect_message(&device, 0, REPLY_OK);
	e2e_disconnect(&device);
	json_decref(payload);
	json_decref(answer);
	json_decref(ready);
	quit(&child);
	unlink(cert);
	unlink(key);
	rmdir(dir);
}

Test(cloud, plain_port_checks_the_password, .timeout = 60)
{
	static const char secret[] = "MLvMHde65nKPk0Lx+ZThaA==";
	/* From the published example of user name and password. */
	static const char user[] = "L4WG9V9M2MTEST2;21010406;5AiF2;92233720368547758";
	static const char good[] = "9ed5ea5710f9e585426dcf19e0c8c2d6af484f06;hmacsha1";
	static const char bad[] = "9ed5ea5710f9e585426dcf19e0c8c2d6af484f07;hmacsha1";
	struct e2e_child child;
	struct e2e_device device;
	struct e2e_login login = {.scheme = "tcp", .device = "TEST2"};
	char option[64];
	json_t *ready;
	json_t *event;

	snprintf(option, sizeof(option), "TEST2:%s", secret);
	START(&child, "--product-id", "L4WG9V9M2M", "--device", option);
	ready = e2e_event(&child, "ready");
	login.port = e2e_number(ready, "mqtt_plain_port");
	login.username = user;
	login.password = bad;
	cr_assert_not(e2e_connect(&device, ready, &login));
	e2e_disconnect(&device);
	event = e2e_event(&child, "connect_refused");
	cr_assert_eq(e2e_number(event, "connack"), 4);
	json_decref(event);
	login.password = good;
	cr_assert(e2e_connect(&device, ready, &login));
	event = e2e_event(&child, "connected");
	cr_assert_str_eq(e2e_text(event, "via"), "plain");
	json_decref(event);
	e2e_bind(&device, TOKEN);
	expect_message(&device, 0, REPLY_OK);
	e2e_disconnect(&device);
	json_decref(ready);
	quit(&child);
}

Test(cloud, registration_faults, .timeout = 60)
{
	struct e2e_child child;
	char *text = NULL;
	json_t *ready;
	json_t *answer;

	START(&child, "--fault", "register-code=7:1");
	ready = e2e_event(&child, "ready");
	answer = e2e_register(ready, "dev001");
	cr_assert_eq(e2e_number(answer, "code"), 7);
	json_decref(answer);

	e2e_send(&child, "{\"fault\":\"register-http\",\"value\":503,\"times\":1}");
	json_decref(e2e_event(&child, "command"));
	cr_assert_eq(e2e_post(ready, "/register/dev", NULL, "{}", &text), 503);
	free(text);
	e2e_send(&child, "{\"fault\":\"register-close\",\"times\":1}");
	json_decref(e2e_event(&child, "command"));
	cr_assert_null(e2e_register(ready, "dev001"));
	e2e_send(&child, "{\"fault\":\"register-lost\",\"times\":1}");
	json_decref(e2e_event(&child, "command"));
	cr_assert_null(e2e_register(ready, "dev001"));
	e2e_send(&child, "{\"fault\":\"register-garbage\",\"times\":1}");
	json_decref(e2e_event(&child, "command"));
	cr_assert_null(e2e_register(ready, "dev001"));
	e2e_send(&child, "{\"fault\":\"register-bad-payload\",\"times\":1}");
	json_decref(e2e_event(&child, "command"));
	answer = e2e_register(ready, "dev001");
	cr_assert_null(e2e_payload(ready, answer));
	json_decref(answer);
	e2e_send(&child, "{\"fault\":\"register-slow\",\"value\":300,\"times\":1}");
	json_decref(e2e_event(&child, "command"));
	answer = e2e_register(ready, "dev001");
	cr_assert_eq(e2e_number(answer, "code"), 0);
	json_decref(answer);
	e2e_send(&child, "nonsense");
	json_decref(e2e_event(&child, "command_refused"));
	json_decref(ready);
	quit(&child);
}

Test(cloud, quits_while_a_request_is_held, .timeout = 60)
{
	struct e2e_child child;
	json_t *ready;
	pid_t client;

	START(&child, "--fault", "register-slow=600000");
	ready = e2e_event(&child, "ready");
	client = fork();
	if (client == 0) {
		json_decref(e2e_register(ready, "dev001"));
		_exit(0);
	}
	json_decref(e2e_event(&child, "fault_applied"));
	kill(child.pid, SIGTERM);
	cr_assert_eq(e2e_wait(&child), 0);
	json_decref(ready);
}

Test(cloud, bind_faults, .timeout = 60)
{
	struct e2e_child child;
	struct e2e_device device;
	struct e2e_login login;
	char secret[80];
	json_t *ready;
	json_t *event;

	START(&child, "--fault", "bind-code=3:1", "--reply-delay-ms", "20");
	ready = e2e_event(&child, "ready");
	fetch_secret(ready, secret, sizeof(secret));
	login = psk_login(ready, secret);
	cr_assert(e2e_connect(&device, ready, &login));
	e2e_bind(&device, TOKEN);
	expect_message(&device, 0,
		       "{\"method\":\"app_bind_token_reply\",\"clientToken\":\"ct-1\",\"code\":3,"
		       "\"status\":\"failed\"}");
	e2e_send(&child, "{\"fault\":\"bind-wrong-client-token\",\"times\":1}");
	json_decref(e2e_event(&child, "command"));
	e2e_bind(&device, TOKEN);
	cr_assert_not_null(e2e_message(&device, 1));
	cr_assert_null(strstr(e2e_message(&device, 1), "ct-1"));
	cr_assert_not_null(e2e_message(&device, 2));
	e2e_send(&child, "{\"fault\":\"bind-garbage\",\"times\":1}");
	json_decref(e2e_event(&child, "command"));
	e2e_bind(&device, TOKEN);
	expect_message(&device, 3, "{\"method\":\"app_bind_token_reply\",");
	e2e_send(&child, "{\"fault\":\"bind-silent\",\"times\":1}");
	json_decref(e2e_event(&child, "command"));
	e2e_bind(&device, TOKEN);
	do {
		event = e2e_event(&child, "bind");
		if (json_is_null(json_object_get(event, "code")))
			break;
		json_decref(event);
	} while (true);
	json_decref(event);
	e2e_send(&child, "{\"fault\":\"broker-drop\",\"times\":1}");
	json_decref(e2e_event(&child, "command"));
	e2e_bind(&device, TOKEN);
	cr_assert(e2e_wait_lost(&device));
	cr_assert_eq(device.received, 4);
	e2e_disconnect(&device);
	json_decref(ready);
	quit(&child);
}

Test(cloud, broker_faults, .timeout = 60)
{
	struct e2e_child child;
	struct e2e_device device;
	struct e2e_login login;
	char secret[80];
	json_t *ready;

	START(&child, "--fault", "broker-refuse:1");
	ready = e2e_event(&child, "ready");
	fetch_secret(ready, secret, sizeof(secret));
	login = psk_login(ready, secret);
	cr_assert_not(e2e_connect(&device, ready, &login));
	e2e_disconnect(&device);
	json_decref(e2e_event(&child, "fault_applied"));
	/* The keys come back on their own; no event tells when the broker has them. */
	fetch_secret(ready, secret, sizeof(secret));
	login = psk_login(ready, secret);
	cr_assert(e2e_connect(&device, ready, &login));

	e2e_send(&child, "{\"fault\":\"broker-down\"}");
	cr_assert(e2e_wait_lost(&device));
	e2e_disconnect(&device);
	cr_assert_not(e2e_connect(&device, ready, &login));
	e2e_disconnect(&device);
	e2e_send(&child, "{\"clear\":true}");
	json_decref(e2e_event(&child, "broker_up"));
	cr_assert(e2e_connect(&device, ready, &login));
	e2e_bind(&device, TOKEN);
	expect_message(&device, 0, REPLY_OK);
	e2e_disconnect(&device);
	json_decref(ready);
	quit(&child);
}

Test(cloud, secrets_stay_out_of_the_output, .timeout = 60)
{
	char dir[] = "/tmp/provsim-test-XXXXXX";
	char file[64];
	char secret[80];
	char command[160];
	struct e2e_child child;
	struct stat info;
	json_t *ready;
	json_t *event;
	char *text;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/device_info.json", dir);
	START(&child, "--dir", dir, "--write-device-info", file);
	ready = e2e_event(&child, "ready");
	cr_assert_eq(stat(file, &info), 0);
	cr_assert_eq(info.st_mode & 0777, 0600);
	fetch_secret(ready, secret, sizeof(secret));
	event = e2e_event(&child, "register");
	text = json_dumps(event, 0);
	cr_assert_null(strstr(text, secret));
	free(text);
	json_decref(event);
	snprintf(file, sizeof(file), "%s/psk.json", dir);
	{
		struct e2e_child info_child;

		e2e_start(&info_child, (const char *const[]){"device-info", "--dir", dir, "--out",
							     file, "--kind", "psk", NULL});
		cr_assert_eq(e2e_wait(&info_child), 0);
		event = json_load_file(file, 0, NULL);
		cr_assert_str_eq(e2e_text(json_object_get(event, "key_deviceinfo"), "deviceSecret"),
				 secret);
		json_decref(event);
		snprintf(file, sizeof(file), "%s/cert.json", dir);
		e2e_start(&info_child, (const char *const[]){"device-info", "--dir", dir, "--out",
							     file, "--kind", "cert", NULL});
		cr_assert_eq(e2e_wait(&info_child), 0);
		cr_assert_eq(stat(file, &info), 0);
	}
	json_decref(ready);
	quit(&child);
	snprintf(command, sizeof(command), "%s/mosquitto.log", dir);
	cr_assert_eq(stat(command, &info), 0, "a given folder stays");
	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_assert_eq(system(command), 0);
}

Test(cloud, usage_errors, .timeout = 60)
{
	static const char *const bad[][4] = {{"cloud", NULL},
					     {"cloud", "aliyun", NULL},
					     {"cloud", "tencent", "--fault=nothing", NULL},
					     {"cloud", "tencent", "--device=a b", NULL},
					     {"nonsense", NULL},
					     {"device-info", NULL},
					     {"phone", "softap", NULL}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct e2e_child child;

		e2e_start(&child, bad[i]);
		cr_assert_eq(e2e_wait(&child), 2, "case %zu", i);
	}
}
