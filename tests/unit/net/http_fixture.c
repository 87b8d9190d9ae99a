/* SPDX-License-Identifier: Apache-2.0 */
#include "http_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

void http_test_on_done(void *user, int code, const struct provd_http_response *response)
{
	struct http_test *fx = user;
	size_t used = 0;
	size_t i;

	fx->done++;
	fx->code = code;
	fx->status = response->status;
	fx->body_len = response->body.len;
	cr_assert_leq(fx->body_len, sizeof(fx->body));
	if (fx->body_len)
		memcpy(fx->body, response->body.data, fx->body_len);
	fx->headers[0] = '\0';
	for (i = 0; i < response->header_count; i++)
		used += (size_t)snprintf(fx->headers + used, sizeof(fx->headers) - used, "%s=%s\n",
					 response->headers[i].name, response->headers[i].value);
	(void)snprintf(fx->text, sizeof(fx->text), "%s",
		       response->error ? response->error->text : "");
	if (fx->cancel_id)
		provd_http_table.cancel(fx->service, fx->cancel_id);
	provd_http_table.cancel(fx->service, fx->id); /* its own number is an old one by now */
	if (fx->again-- > 0)
		cr_expect_eq(provd_http_table.request(fx->service, &fx->request, http_test_on_done,
						      fx, &fx->id),
			     0);
	if (fx->destroy) {
		provd_http_service_destroy(fx->service);
		fx->service = NULL;
	}
}

const char *http_test_url(struct http_test *fx, const char *path)
{
	(void)snprintf(fx->url, sizeof(fx->url), "%s://localhost:%u%s",
		       fx->server.cert ? "https" : "http", (unsigned)fx->server.port, path);
	fx->request.url = fx->url;
	return fx->url;
}

void http_test_begin_tls(struct http_test *fx, const char *cert)
{
	char pem[128];
	char key[128];
	char file[32];

	memset(fx, 0, sizeof(*fx));
	cr_assert_eq(net_test_folder(fx->folder, sizeof(fx->folder)), 0);
	if (cert) {
		cr_assert_eq(net_test_certs(fx->folder), 0);
		(void)snprintf(file, sizeof(file), "%s.pem", cert);
		(void)net_test_path(pem, sizeof(pem), fx->folder, file);
		(void)snprintf(file, sizeof(file), "%s.key", cert);
		(void)net_test_path(key, sizeof(key), fx->folder, file);
	}
	cr_assert_eq(http_server_start(&fx->server, cert ? pem : NULL, key), 0);
	cr_assert_eq(net_test_init(&fx->test), 0);
	cr_assert_eq(provd_http_service_create(fx->test.loop, NULL, &fx->service), 0);
	fx->request.size = sizeof(fx->request);
	fx->request.method = "GET";
	fx->request.timeout_ms = NET_TEST_WAIT_MS;
	if (cert)
		fx->request.ca_file = net_test_path(fx->ca, sizeof(fx->ca), fx->folder, "ca.pem");
	(void)http_test_url(fx, "/ok");
}

void http_test_begin(struct http_test *fx)
{
	http_test_begin_tls(fx, NULL);
}

void http_test_end(struct http_test *fx)
{
	provd_http_service_destroy(fx->service);
	cr_expect_eq(net_test_finish(&fx->test), 0);
	http_server_stop(&fx->server);
	net_test_remove(fx->folder);
}

int http_test_perform(struct http_test *fx)
{
	int before = fx->done;

	cr_assert_eq(
		provd_http_table.request(fx->service, &fx->request, http_test_on_done, fx, &fx->id),
		0);
	cr_expect_eq(fx->done, before, "not from inside the call");
	cr_assert_eq(net_test_wait(&fx->test, &fx->done, before + 1), 0);
	return fx->code;
}
