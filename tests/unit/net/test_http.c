/* SPDX-License-Identifier: Apache-2.0 */
#include "http_fixture.h"

#include <criterion/criterion.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/http_internal.h"

Test(net_http, get, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	cr_expect_eq(http_test_perform(&fx), 0, "%s", fx.text);
	cr_expect_eq(fx.status, 200);
	cr_expect_eq(fx.body_len, 4);
	cr_expect_eq(memcmp(fx.body, "fine", 4), 0);
	cr_expect_not_null(strstr(fx.headers, "content-length=4\n"), "%s", fx.headers);
	cr_expect_eq(provd_http_service_active(fx.service), 0);
	http_test_end(&fx);
}

Test(net_http, post_sends_body_and_headers, .timeout = 60)
{
	struct http_test fx;
	struct provd_http_header headers[] = {{"X-Echo", "hello"}, {"Content-Type", "text/x"}};
	char body[2000];

	http_test_begin(&fx);
	memset(body, 'b', sizeof(body));
	(void)http_test_url(&fx, "/echo");
	fx.request.method = "POST";
	fx.request.headers = headers;
	fx.request.header_count = 2;
	fx.request.body.data = (const uint8_t *)body;
	fx.request.body.len = sizeof(body);
	cr_expect_eq(http_test_perform(&fx), 0, "%s", fx.text);
	cr_expect_eq(fx.body_len, sizeof(body));
	cr_expect_eq(memcmp(fx.body, body, sizeof(body)), 0);
	cr_expect_not_null(strstr(fx.headers, "x-echo=hello\n"), "%s", fx.headers);
	cr_expect_not_null(strstr(fx.headers, "x-method=POST\n"), "%s", fx.headers);
	cr_expect_not_null(strstr(fx.headers, "x-expect=none\n"), "%s", fx.headers);
	cr_expect_not_null(strstr(fx.headers, "x-accept=none\n"), "%s", fx.headers);
	fx.request.method = "PUT";
	cr_expect_eq(http_test_perform(&fx), 0, "%s", fx.text);
	cr_expect_not_null(strstr(fx.headers, "x-method=PUT\n"), "%s", fx.headers);
	fx.request.method = "POST";
	fx.request.body.len = 0;
	cr_expect_eq(http_test_perform(&fx), 0, "%s", fx.text);
	cr_expect_eq(fx.body_len, 0);
	http_test_end(&fx);
}

Test(net_http, statuses_are_answers, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	(void)http_test_url(&fx, "/missing");
	cr_expect_eq(http_test_perform(&fx), 0, "%s", fx.text);
	cr_expect_eq(fx.status, 404);
	(void)http_test_url(&fx, "/redirect");
	cr_expect_eq(http_test_perform(&fx), 0, "%s", fx.text);
	cr_expect_eq(fx.status, 302, "redirects are not followed");
	cr_expect_not_null(strstr(fx.headers, "location=/ok\n"), "%s", fx.headers);
	(void)http_test_url(&fx, "/chunked");
	cr_expect_eq(http_test_perform(&fx), 0, "%s", fx.text);
	cr_expect_eq(fx.body_len, 10000);
	http_test_end(&fx);
}

Test(net_http, limits, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	(void)http_test_url(&fx, "/big");
	cr_expect_eq(http_test_perform(&fx), PROVD_E_LIMIT, "told by its length");
	cr_expect_eq(fx.status, 0);
	cr_expect_neq(fx.text[0], '\0');
	(void)http_test_url(&fx, "/chunked");
	fx.request.max_response = 9999;
	cr_expect_eq(http_test_perform(&fx), PROVD_E_LIMIT, "found out while reading");
	fx.request.max_response = 10000;
	cr_expect_eq(http_test_perform(&fx), 0);
	(void)http_test_url(&fx, "/headers");
	cr_expect_eq(http_test_perform(&fx), PROVD_E_LIMIT);
	http_test_end(&fx);
}

Test(net_http, timeout, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	(void)http_test_url(&fx, "/slow");
	fx.request.timeout_ms = 100;
	cr_expect_eq(http_test_perform(&fx), PROVD_E_TIMEOUT);
	http_test_end(&fx);
}

Test(net_http, tls, .timeout = 60)
{
	struct http_test fx;

	http_test_begin_tls(&fx, "server");
	cr_expect_eq(http_test_perform(&fx), 0, "%s", fx.text);
	cr_expect_eq(fx.status, 200);
	(void)net_test_path(fx.ca, sizeof(fx.ca), fx.folder, "rogue.pem");
	cr_expect_eq(http_test_perform(&fx), PROVD_E_TLS_UNTRUSTED,
		     "the kept connection is not used");
	cr_expect_neq(fx.text[0], '\0');
	fx.request.ca_file = NULL;
	cr_expect_eq(http_test_perform(&fx), PROVD_E_TLS_UNTRUSTED);
	fx.request.ca_file = "/nonexistent/ca.pem";
	cr_expect_eq(http_test_perform(&fx), PROVD_E_TLS_UNTRUSTED);
	fx.request.ca_file = net_test_path(fx.ca, sizeof(fx.ca), fx.folder, "ca.pem");
	fx.request.pinned_key = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	cr_expect_eq(http_test_perform(&fx), PROVD_E_TLS_UNTRUSTED);
	http_test_end(&fx);
}

Test(net_http, tls_wrong_host_name, .timeout = 60)
{
	struct http_test fx;

	http_test_begin_tls(&fx, "other");
	cr_expect_eq(http_test_perform(&fx), PROVD_E_TLS_UNTRUSTED);
	http_test_end(&fx);
}

Test(net_http, tls_to_a_plain_server, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	(void)snprintf(fx.url, sizeof(fx.url), "https://localhost:%u/ok", (unsigned)fx.server.port);
	cr_expect_eq(http_test_perform(&fx), PROVD_E_TLS_HANDSHAKE);
	http_test_end(&fx);
}

Test(net_http, nobody_there, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	(void)snprintf(fx.url, sizeof(fx.url), "http://127.0.0.1:%u/",
		       (unsigned)net_test_free_port());
	cr_expect_eq(http_test_perform(&fx), PROVD_E_NET_REFUSED, "%d %s", fx.code, fx.text);
	fx.request.url = "http://no-such-host.invalid/";
	cr_expect_eq(http_test_perform(&fx), PROVD_E_NET_DNS, "%d %s", fx.code, fx.text);
	http_test_end(&fx);
}

/* Takes one connection, says `text` and goes. */
static int half_answer(struct http_test *fx, const char *text)
{
	char buf[1024];
	uint16_t port = 0;
	int before = fx->done;
	int fd = net_test_listen(&port);
	int peer;

	cr_assert_geq(fd, 0);
	(void)snprintf(fx->url, sizeof(fx->url), "http://127.0.0.1:%u/", (unsigned)port);
	cr_assert_eq(
		provd_http_table.request(fx->service, &fx->request, http_test_on_done, fx, &fx->id),
		0);
	net_test_run_for(&fx->test, 50);
	peer = accept(fd, NULL, NULL);
	cr_assert_geq(peer, 0);
	net_test_run_for(&fx->test, 50);
	cr_assert_gt(recv(peer, buf, sizeof(buf), 0), 0);
	cr_assert_eq(send(peer, text, strlen(text), 0), (ssize_t)strlen(text));
	(void)close(peer);
	cr_assert_eq(net_test_wait(&fx->test, &fx->done, before + 1), 0);
	(void)close(fd);
	return fx->code;
}

Test(net_http, server_goes_midway, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	cr_expect_eq(half_answer(&fx, ""), PROVD_E_NET_CLOSED, "%d %s", fx.code, fx.text);
	cr_expect_eq(half_answer(&fx, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"),
		     PROVD_E_NET_CLOSED, "%d %s", fx.code, fx.text);
	cr_expect_eq(half_answer(&fx, "SSH-2.0-dropbear\r\n"), PROVD_E_HTTP_PROTOCOL, "%d %s",
		     fx.code, fx.text);
	http_test_end(&fx);
}

static void cancel_after(struct http_test *fx, uint64_t ms)
{
	int done;

	cr_assert_eq(
		provd_http_table.request(fx->service, &fx->request, http_test_on_done, fx, &fx->id),
		0);
	if (ms)
		net_test_run_for(&fx->test, ms);
	/* It may have ended by itself before; what counts is that nothing comes afterwards. */
	done = fx->done;
	provd_http_table.cancel(fx->service, fx->id);
	provd_http_table.cancel(fx->service, fx->id);
	provd_http_table.cancel(fx->service, 0);
	cr_expect_eq(provd_http_service_active(fx->service), 0);
	net_test_run_for(&fx->test, 30);
	cr_expect_eq(fx->done, done);
}

Test(net_http, cancel_in_each_phase, .timeout = 60)
{
	struct http_test fx;
	uint16_t port = 0;
	int fd;

	http_test_begin(&fx);
	cancel_after(&fx, 0); /* before anything */
	(void)http_test_url(&fx, "/slow");
	cancel_after(&fx, 50); /* waiting for the answer */
	cr_expect_eq(fx.done, 0);
	fx.request.url = "http://no-such-host.invalid/";
	cancel_after(&fx, 1); /* resolving */
	/* TLS: a listener that never speaks. */
	fd = net_test_listen(&port);
	(void)snprintf(fx.url, sizeof(fx.url), "https://127.0.0.1:%u/", (unsigned)port);
	fx.request.url = fx.url;
	cancel_after(&fx, 50);
	(void)close(fd);
	/* Connecting: an address of TEST-NET-1 drops or refuses; both are fine before 1 ms. */
	fx.request.url = "http://192.0.2.1:9/";
	cr_assert_eq(
		provd_http_table.request(fx.service, &fx.request, http_test_on_done, &fx, &fx.id),
		0);
	provd_loop_turn(fx.test.loop, 0);
	provd_http_table.cancel(fx.service, fx.id);
	cr_expect_eq(provd_http_service_active(fx.service), 0);
	http_test_end(&fx);
}

Test(net_http, fifty_at_once, .timeout = 60)
{
	struct http_test fx;
	int i;

	http_test_begin(&fx);
	for (i = 0; i < 50; i++)
		cr_assert_eq(provd_http_table.request(fx.service, &fx.request, http_test_on_done,
						      &fx, NULL),
			     0);
	cr_expect_eq(provd_http_service_active(fx.service), 50);
	cr_assert_eq(net_test_wait(&fx.test, &fx.done, 50), 0);
	cr_expect_eq(fx.code, 0);
	cr_expect_eq(fx.done, 50);
	cr_expect_eq(provd_http_service_active(fx.service), 0);
	http_test_end(&fx);
}

Test(net_http, start_another_inside_done, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	fx.again = 3;
	cr_expect_eq(http_test_perform(&fx), 0);
	cr_assert_eq(net_test_wait(&fx.test, &fx.done, 4), 0);
	cr_expect_eq(fx.done, 4);
	http_test_end(&fx);
}

Test(net_http, cancel_another_inside_done, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	(void)http_test_url(&fx, "/slow");
	cr_assert_eq(provd_http_table.request(fx.service, &fx.request, http_test_on_done, &fx,
					      &fx.cancel_id),
		     0);
	(void)http_test_url(&fx, "/ok");
	cr_expect_eq(http_test_perform(&fx), 0);
	cr_expect_eq(provd_http_service_active(fx.service), 0);
	net_test_run_for(&fx.test, 30);
	cr_expect_eq(fx.done, 1);
	http_test_end(&fx);
}

Test(net_http, destroy_inside_done, .timeout = 60)
{
	struct http_test fx;
	int i;

	http_test_begin(&fx);
	fx.destroy = 1;
	for (i = 0; i < 5; i++)
		cr_assert_eq(provd_http_table.request(fx.service, &fx.request, http_test_on_done,
						      &fx, NULL),
			     0);
	cr_assert_eq(net_test_wait(&fx.test, &fx.done, 1), 0);
	net_test_run_for(&fx.test, 30);
	cr_expect_eq(fx.done, 1);
	http_test_end(&fx);
}

Test(net_http, destroy_while_running, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	(void)http_test_url(&fx, "/slow");
	cr_assert_eq(
		provd_http_table.request(fx.service, &fx.request, http_test_on_done, &fx, NULL), 0);
	net_test_run_for(&fx.test, 30);
	http_test_end(&fx);
	cr_expect_eq(fx.done, 0);
}

Test(net_http, refuses_at_once, .timeout = 60)
{
	struct http_test fx;
	struct provd_http_header bad = {"X-A", "1\r\nX-B: 2"};
	struct provd_http_header many[33];
	size_t i;

	http_test_begin(&fx);
	fx.request.headers = &bad;
	fx.request.header_count = 1;
	cr_expect_eq(
		provd_http_table.request(fx.service, &fx.request, http_test_on_done, &fx, NULL),
		PROVD_E_INVALID);
	for (i = 0; i < 33; i++)
		many[i] = (struct provd_http_header){"X", "1"};
	fx.request.headers = many;
	fx.request.header_count = 33;
	cr_expect_eq(
		provd_http_table.request(fx.service, &fx.request, http_test_on_done, &fx, NULL),
		PROVD_E_LIMIT);
	fx.request.header_count = 0;
	fx.request.url = "file:///etc/passwd";
	cr_expect_eq(
		provd_http_table.request(fx.service, &fx.request, http_test_on_done, &fx, NULL),
		PROVD_E_INVALID);
	fx.request.url = "http://x/";
	fx.request.method = "GET X";
	cr_expect_eq(
		provd_http_table.request(fx.service, &fx.request, http_test_on_done, &fx, NULL),
		PROVD_E_INVALID);
	cr_expect_eq(provd_http_service_active(fx.service), 0);
	http_test_end(&fx);
	cr_expect_eq(fx.done, 0);
}

Test(net_http, environment_proxy_is_ignored, .timeout = 60)
{
	struct http_test fx;

	cr_assert_eq(setenv("http_proxy", "http://127.0.0.1:1/", 1), 0);
	cr_assert_eq(setenv("ALL_PROXY", "http://127.0.0.1:1/", 1), 0);
	http_test_begin(&fx);
	cr_expect_eq(http_test_perform(&fx), 0, "%s", fx.text);
	http_test_end(&fx);
}

Test(net_http_error, codes)
{
	cr_expect_eq(provd__http_code(CURLE_OK, 0), 0);
	cr_expect_eq(provd__http_code(CURLE_COULDNT_CONNECT, 111), PROVD_E_NET_REFUSED);
	cr_expect_eq(provd__http_code(CURLE_COULDNT_CONNECT, 101), PROVD_E_NET_UNREACHABLE);
	cr_expect_eq(provd__http_code(CURLE_COULDNT_CONNECT, 0), PROVD_E_NET_UNREACHABLE);
	cr_expect_eq(provd__http_code(CURLE_OUT_OF_MEMORY, 0), PROVD_E_NOMEM);
	cr_expect_eq(provd__http_code(CURLE_UNSUPPORTED_PROTOCOL, 0), PROVD_E_HTTP_PROTOCOL);
}
