/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every failure that a session can end an attempt with, provoked for real: what the timeline calls
 * it, and the very bytes that the phone gets.
 */
#include "e2e.h"
#include "stub_server.h"
#include "udp_phone.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_OF(words, id, sub)                                                                   \
	"{\"cmdType\":2,\"deviceReply\":\"Current_Error\",\"log\":\"" words " (" #id ", " #sub     \
	")\"}\r\n"
#define STATION(sub)  ERROR_OF("WIFI AP STA error!", 12, sub)
#define DEVICE(sub)   ERROR_OF("Device Info error!", 27, sub)
#define MQTT(sub)     ERROR_OF("MQTT connect error!", 1, sub)
#define TOKEN(sub)    ERROR_OF("MQTT Token reply error!", 24, sub)
#define REGION(sub)   ERROR_OF("Product Region fault error!", 26, sub)
#define HOME(members) "[{\"ssid\":\"Home\",\"passphrase\":\"can\\\"ary-pass-9c41\"" members "}]"
#define FAST_RETRY    ",\"connect_interval\":\"0s\",\"backoff_min\":\"50ms\",\"backoff_max\":\"100ms\""
#define SOON                                                                                       \
	",\"session\":{\"join_timeout\":\"800ms\",\"register_timeout\":\"800ms\","                 \
	"\"bind_timeout\":\"800ms\"}"

struct failure {
	const char *code;
	const char *during;
	const char *datagram;
	const char *passphrase; /* of the phone; NULL: the right one */
	const char *ssid;	/* NULL: "Home" */
	struct e2e_setup setup;
	const char *answer; /* of a server that takes the place of gateway or broker */
	size_t answer_len;
};

static struct e2e e2e;

/* Credentials of a phone that lead to this failure, on a device that has not registered yet. */
static const struct failure failures[] = {
	/* the network */
	{"WIFI_PASSPHRASE", "joining", STATION(-3), .passphrase = "wrong-passphrase"},
	{"WIFI_NO_AP", "joining", STATION(-2), .ssid = "Elsewhere"},
	{"WIFI_REJECTED", "joining", STATION(-4), .setup.access_points = HOME(",\"reject\":true")},
	{"WIFI_REJECTED", "joining", STATION(-4), .setup.access_points = HOME(",\"status\":30")},
	{"WIFI_FULL", "joining", STATION(-12), .setup.access_points = HOME(",\"max_clients\":0")},
	{"WIFI_FULL", "joining", STATION(-12), .setup.access_points = HOME(",\"status\":17")},
	{"WIFI_FULL", "joining", STATION(-12), .setup.access_points = HOME(",\"reason\":5")},
	{"WIFI_PASSPHRASE", "joining", STATION(-3), .setup.access_points = HOME(",\"reason\":15")},
	{"WIFI_SECURITY", "joining", STATION(-5),
	 .setup.access_points = HOME(",\"security\":\"enterprise\"")},
	{"WIFI_SECURITY", "joining", STATION(-5), .setup.access_points = HOME(",\"status\":43")},
	{"WIFI_SIGNAL", "joining", STATION(-9), .setup.access_points = HOME(",\"signal\":-95")},
	{"WIFI_SIGNAL", "joining", STATION(-9), .setup.access_points = HOME(",\"reason\":34")},
	{"WIFI_NO_DHCP", "joining", STATION(-6), .setup.access_points = HOME(",\"dhcp\":false")},
	{"WIFI_LOST", "joining", STATION(-7), .setup.access_points = HOME(",\"dhcp_ms\":2000"),
	 .setup.hal = ",\"script\":[{\"on\":\"connect\",\"delay_ms\":500,\"ap\":\"remove\","
		      "\"ssid\":\"Home\"}]"},
	{"WIFI_RADIO", "joining", STATION(-8),
	 .setup.hal = ",\"script\":[{\"on\":\"open\",\"fail\":\"connect\","
		      "\"code\":\"WIFI_RADIO\"}]"},
	{"TIMEOUT", "joining", STATION(-10), .setup.sections = SOON,
	 .setup.access_points = HOME(",\"join_ms\":60000")},
	/* the way to the cloud, seen first by the registration */
	{"NET_DNS", "registering", DEVICE(-6), .setup.sections = SOON, .setup.tencent = FAST_RETRY,
	 .setup.register_url = "https://no-such-host.invalid"},
	{"NET_REFUSED", "registering", DEVICE(-8), .setup.sections = SOON,
	 .setup.tencent = FAST_RETRY, .setup.register_url = "https://127.0.0.1:1"},
	{"NET_UNREACHABLE", "registering", DEVICE(-8), .setup.sections = SOON,
	 .setup.tencent = FAST_RETRY, .setup.register_url = "https://255.255.255.255"},
	{"NET_NO_GATEWAY", "registering", DEVICE(-601), .setup.sections = SOON,
	 .setup.tencent = FAST_RETRY, .setup.register_url = "https://255.255.255.255",
	 .setup.access_points = HOME(",\"address\":\"192.0.2.7\",\"gateway\":\"none\"")},
	{"NET_NO_INTERNET", "registering", DEVICE(-604), .setup.tencent = FAST_RETRY,
	 .setup.register_url = "https://255.255.255.255",
	 .setup.sections = ",\"session\":{\"register_timeout\":\"800ms\","
			   "\"internet_check\":[\"255.255.255.255:53\"]}"},
	{"NET_UNREACHABLE", "registering", DEVICE(-8), .setup.tencent = FAST_RETRY,
	 .setup.register_url = "https://255.255.255.255",
	 .setup.sections = ",\"session\":{\"register_timeout\":\"800ms\","
			   "\"internet_check\":[\"127.0.0.1:1\"]}"},
	{"NET_CLOSED", "registering", DEVICE(-3), .setup.sections = SOON,
	 .setup.tencent = FAST_RETRY, .setup.cloud = "--fault register-close"},
	{"CLOUD_NO_REPLY", "registering", DEVICE(-11), .setup.sections = SOON,
	 .setup.cloud = "--fault register-slow=60000"},
	{"TLS_UNTRUSTED", "registering", DEVICE(-702), .setup.cloud = "--https-cert untrusted"},
	{"CLOCK", "registering", DEVICE(202), .setup.sections = SOON, .setup.tencent = FAST_RETRY,
	 .setup.cloud = "--https-cert not-yet-valid"},
	{"TLS_HANDSHAKE", "registering", DEVICE(-703), .setup.tencent = FAST_RETRY,
	 .setup.register_url = "https://127.0.0.1:%d", .answer = "no TLS here\r\n",
	 .answer_len = 13},
	{"HTTP_PROTOCOL", "registering", DEVICE(-5), .setup.sections = SOON,
	 .setup.tencent = FAST_RETRY, .setup.register_url = "http://127.0.0.1:%d",
	 .answer = "220 mail\r\n", .answer_len = 10},
	{"HTTP_STATUS", "registering", DEVICE(-4), .setup.cloud = "--fault register-http=404"},
	{"CLOUD_THROTTLED", "registering", DEVICE(-137), .setup.sections = SOON,
	 .setup.tencent = FAST_RETRY, .setup.cloud = "--fault register-http=429"},
	/* the cloud's answer to the registration */
	{"CLOUD_SIGNATURE", "registering", DEVICE(-9), .setup.cloud = "--fault register-code=1010"},
	{"CLOUD_REFUSED", "registering", DEVICE(-1001),
	 .setup.cloud = "--fault register-code=1003"},
	{"CLOUD_REPLY", "registering", DEVICE(-5), .setup.cloud = "--fault register-garbage"},
	{"CLOUD_REPLY", "registering", DEVICE(-5), .setup.cloud = "--fault register-bad-payload"},
	/* the broker */
	{"NET_DNS", "binding", MQTT(-602), .setup.sections = SOON, .setup.tencent = FAST_RETRY,
	 .setup.mqtt_host = "no-such-host.invalid"},
	{"NET_REFUSED", "binding", MQTT(-603), .setup.sections = SOON, .setup.tencent = FAST_RETRY,
	 .setup.mqtt_port = 1},
	{"TLS_HANDSHAKE", "binding", MQTT(-703), .setup.tencent = FAST_RETRY,
	 .setup.cloud = "--fault broker-refuse"},
	{"TLS_UNTRUSTED", "binding", MQTT(-702), .setup.transport = "cert",
	 .setup.cloud = "--device-type cert",
	 .setup.mqtt_ca = "/etc/ssl/certs/ca-certificates.crt"},
	{"MQTT_PROTOCOL", "binding", MQTT(-113), .setup.transport = "plain",
	 .answer = "\x20\x02\x00\x01", .answer_len = 4},
	{"MQTT_IDENTIFIER", "binding", MQTT(-114), .setup.transport = "plain",
	 .answer = "\x20\x02\x00\x02", .answer_len = 4},
	{"MQTT_UNAVAILABLE", "binding", MQTT(-115), .setup.transport = "plain",
	 .setup.sections = SOON, .setup.tencent = FAST_RETRY, .answer = "\x20\x02\x00\x03",
	 .answer_len = 4},
	{"MQTT_CREDENTIALS", "binding", MQTT(-116), .setup.transport = "plain",
	 .answer = "\x20\x02\x00\x04", .answer_len = 4},
	{"MQTT_NOT_AUTHORIZED", "binding", MQTT(-117), .setup.transport = "plain",
	 .answer = "\x20\x02\x00\x05", .answer_len = 4},
	/* the cloud's answer to the token */
	{"CLOUD_TOKEN", "binding", TOKEN(7), .setup.cloud = "--fault bind-code=7"},
	{"CLOUD_TOKEN_EXPIRED", "binding", TOKEN(1), .setup.cloud = "--fault bind-expired"},
	{"CLOUD_NO_REPLY", "binding", TOKEN(-111), .setup.sections = SOON,
	 .setup.cloud = "--fault bind-silent"},
	{"CLOUD_REPLY", "binding", TOKEN(201), .setup.cloud = "--fault bind-garbage",
	 .setup.tencent = ",\"reply_timeout\":\"200ms\""},
};

#define COUNT (sizeof(failures) / sizeof(failures[0]))

TestSuite(vocabulary, .timeout = 120);

/* Each runs in a process of its own, where pointers of this one mean nothing: it gets the row's
 * number. */
ParameterizedTestParameters(vocabulary, each_failure)
{
	static size_t rows[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT);
}

/* The place of gateway or broker is taken by a server of our own. */
static void take_place(const struct failure *failure, struct e2e_setup *setup,
		       struct stub_server *server, char *url, size_t cap)
{
	if (!failure->answer)
		return;
	stub_server_start(server, failure->answer, failure->answer_len);
	if (!setup->register_url) {
		setup->mqtt_port = server->port;
		return;
	}
	(void)snprintf(url, cap, "%.*s%d", (int)(strlen(setup->register_url) - 2),
		       setup->register_url, server->port);
	setup->register_url = url;
}

ParameterizedTest(const size_t *row, vocabulary, each_failure)
{
	const struct failure *failure = &failures[*row];
	struct e2e_setup setup = failure->setup;
	struct stub_server server = {0};
	struct udp_phone phone;
	const char *got;
	char url[64];

	take_place(failure, &setup, &server, url, sizeof(url));
	e2e_init(&e2e, &setup);
	e2e_start(&e2e);
	e2e_expect(&e2e, "listening", "method listens");
	udp_phone_open(&phone, e2e.address, 8266);
	udp_phone_credentials(&phone, failure->ssid ? failure->ssid : "Home",
			      failure->passphrase ? failure->passphrase : E2E_PASSPHRASE);
	e2e_expect(&e2e, "listening", "attempt failed, listening again");
	cr_expect_str_eq(e2e_detail(&e2e, "reason"), failure->code, "%s: %s",
			 e2e_detail(&e2e, "reason"), e2e_detail(&e2e, "text"));
	cr_expect_str_eq(e2e_detail(&e2e, "during"), failure->during);
	got = udp_phone_next_but_identity(&phone);
	cr_expect_str_eq(got, failure->datagram, "%s: the phone got %s", failure->code, got);
	udp_phone_close(&phone);
	stub_server_stop(&server);
	e2e_finish(&e2e);
}
