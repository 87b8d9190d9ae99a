/* SPDX-License-Identifier: Apache-2.0 */
/* The true reason of a failure: the clock, the name, the name server, a server that is busy. */
#include "http_fixture.h"

#include <criterion/criterion.h>
#include <netdb.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "net/clock.h"
#include "net/http_internal.h"
#include "net/net_util.h"

Test(net_http, a_server_that_wants_patience_says_how_much, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	(void)http_test_url(&fx, "/busy");
	cr_assert_eq(http_test_perform(&fx), 0);
	cr_expect_eq(fx.status, 429);
	cr_expect_not_null(strstr(fx.headers, "retry-after=120\n"), "%s", fx.headers);
	http_test_end(&fx);
}

static void expect_year(const char *text)
{
	const time_t now = time(NULL);
	struct tm tm = {0};
	char year[16] = "";

	cr_assert_not_null(gmtime_r(&now, &tm));
	cr_assert_gt(strftime(year, sizeof(year), "says %Y-", &tm), 0);
	cr_expect_not_null(strstr(text, year), "%s", text);
}

Test(net_http, a_certificate_of_tomorrow_tells_of_the_clock, .timeout = 60)
{
	struct http_test fx;

	http_test_begin_tls(&fx, "early");
	cr_expect_eq(http_test_perform(&fx), PROVD_E_CLOCK, "%d %s", fx.code, fx.text);
	cr_expect_not_null(strstr(fx.text, "certificate is not yet valid; the clock says "), "%s",
			   fx.text);
	expect_year(fx.text);
	http_test_end(&fx);
}

Test(net_http, a_certificate_of_yesterday_is_not_trusted, .timeout = 60)
{
	struct http_test fx;

	http_test_begin_tls(&fx, "late");
	cr_expect_eq(http_test_perform(&fx), PROVD_E_TLS_UNTRUSTED, "%d %s", fx.code, fx.text);
	cr_expect_not_null(strstr(fx.text, "expired"), "%s", fx.text);
	http_test_end(&fx);
}

Test(net_clock, verdicts, .timeout = 10)
{
	const int64_t built = 1700000000;
	char words[96];
	char small[8];

	cr_expect_eq(provd_net_certificate_code(X509_V_ERR_CERT_NOT_YET_VALID, built + 9, built),
		     PROVD_E_CLOCK);
	cr_expect_eq(provd_net_certificate_code(X509_V_ERR_CERT_HAS_EXPIRED, built - 1, built),
		     PROVD_E_CLOCK);
	cr_expect_eq(provd_net_certificate_code(X509_V_ERR_CERT_HAS_EXPIRED, built, built),
		     PROVD_E_TLS_UNTRUSTED);
	cr_expect_eq(provd_net_certificate_code(X509_V_ERR_CERT_UNTRUSTED, 0, built),
		     PROVD_E_TLS_UNTRUSTED);
	cr_expect_gt(provd_net_built_s(), 1577836800, "after the beginning of 2020");
	provd_net_clock_words(words, sizeof(words), X509_V_ERR_CERT_NOT_YET_VALID, 301);
	cr_expect_str_eq(words,
			 "certificate is not yet valid; the clock says 1970-01-01 00:05 UTC");
	provd_net_clock_words(small, sizeof(small), X509_V_ERR_CERT_NOT_YET_VALID, 301);
	cr_expect_str_eq(small, "certifi");
	provd_net_clock_words(words, sizeof(words), X509_V_ERR_CERT_NOT_YET_VALID, INT64_MAX);
	cr_expect_not_null(strstr(words, "the clock says nothing"));
}

Test(net_dns, words, .timeout = 10)
{
	cr_expect_str_eq(provd_net_dns_words(EAI_NONAME), "no such name");
	cr_expect_str_eq(provd_net_dns_words(EAI_NODATA), "no such name");
	cr_expect_str_eq(provd_net_dns_words(EAI_AGAIN), "the name server did not answer");
	cr_expect_str_eq(provd_net_dns_words(EAI_FAIL), "the name server refuses to answer");
	cr_expect_str_eq(provd_net_dns_words(EAI_MEMORY), gai_strerror(EAI_MEMORY));
}

/* A name that no resolver asks for: it is too long. */
#define NO_NAME "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid"

Test(net_http, a_name_that_is_not_there, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	fx.request.url = "http://user@" NO_NAME ":81/path?x";
	cr_expect_eq(http_test_perform(&fx), PROVD_E_NET_DNS, "%d %s", fx.code, fx.text);
	cr_expect_str_eq(fx.text, "HTTP request failed: no such name: " NO_NAME);
	http_test_end(&fx);
}

Test(net_http, cancel_and_destroy_while_the_name_is_asked_for, .timeout = 60)
{
	struct http_test fx;
	size_t round;

	http_test_begin(&fx);
	for (round = 0; round < 40; round++) {
		fx.done = 0;
		fx.request.url = "http://" NO_NAME "/";
		cr_assert_eq(provd_http_table.request(fx.service, &fx.request, http_test_on_done,
						      &fx, &fx.id),
			     0);
		for (size_t turn = 0; turn < round && !fx.done; turn++)
			provd_loop_turn(fx.test.loop, 1);
		provd_http_table.cancel(fx.service, fx.id);
		cr_expect_eq(provd_http_service_active(fx.service), 0);
	}
	cr_assert_eq(
		provd_http_table.request(fx.service, &fx.request, http_test_on_done, &fx, &fx.id),
		0);
	provd_loop_turn(fx.test.loop, 1);
	provd_loop_turn(fx.test.loop, 1);
	http_test_end(&fx);
}

/* The time ran out before libcurl had an address: it was the name server that was silent. */
Test(net_http, a_time_limit_before_there_is_an_address_is_about_the_name, .timeout = 60)
{
	const struct provd_http_request request = {.size = sizeof(request),
						   .method = "GET",
						   .url = "http://silent.example/",
						   .max_response = 10};
	struct provd__http *http = NULL;

	cr_assert_eq(provd__http_create(&request, &http), 0);
	provd__http_finish(http, CURLE_OPERATION_TIMEDOUT);
	cr_expect_eq(http->code, PROVD_E_NET_DNS);
	cr_expect_str_eq(http->err.text, "HTTP request failed: the name server did not answer");
	cr_expect_eq(http->worded, 1, "it is not asked for again");
	provd__http_free(http);
}

Test(net_http, a_time_limit_with_an_address_is_one, .timeout = 60)
{
	struct http_test fx;

	http_test_begin(&fx);
	(void)http_test_url(&fx, "/slow");
	fx.request.timeout_ms = 300;
	cr_expect_eq(http_test_perform(&fx), PROVD_E_TIMEOUT, "%d %s", fx.code, fx.text);
	http_test_end(&fx);
}
