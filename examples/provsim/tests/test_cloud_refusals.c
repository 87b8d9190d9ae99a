/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that a device must not take, a gateway that asks for patience, an old token. */
#include "e2e.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <curl/curl.h>
#include <openssl/x509_vfy.h>

struct heard {
	long verify;
	long status;
	char retry_after[32];
};

static size_t on_header(char *data, size_t one, size_t size, void *user)
{
	static const char name[] = "Retry-After: ";
	struct heard *heard = user;
	size_t len = strlen(name);

	if (size > len && size - len < sizeof(heard->retry_after) && memcmp(data, name, len) == 0) {
		memcpy(heard->retry_after, data + len, size - len);
		heard->retry_after[strcspn(heard->retry_after, "\r\n")] = '\0';
	}
	return one * size;
}

static size_t on_body(char *data, size_t one, size_t size, void *user)
{
	(void)data;
	(void)user;
	return one * size;
}

static struct heard ask(const json_t *ready, const char *port)
{
	struct heard heard = {.verify = -1};
	CURL *curl = curl_easy_init();
	char url[64];

	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/register/dev",
		       e2e_number(ready, port));
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CAINFO, e2e_text(ready, "ca_file"));
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "{}");
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &heard);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 15L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	(void)curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &heard.verify);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &heard.status);
	curl_easy_cleanup(curl);
	return heard;
}

Test(refusals, certificates, .timeout = 120)
{
	static const struct {
		const char *kind;
		long verify;
	} rows[] = {{"good", X509_V_OK},
		    {"not-yet-valid", X509_V_ERR_CERT_NOT_YET_VALID},
		    {"expired", X509_V_ERR_CERT_HAS_EXPIRED},
		    {"untrusted", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *other = rows[(i + 1) % 4].kind;
		struct e2e_child child;
		json_t *ready;
		long verify;

		e2e_start(&child, (const char *const[]){"cloud", "tencent", "--https-cert",
							rows[i].kind, "--mqtt-cert", other, NULL});
		ready = e2e_event(&child, "ready");
		cr_expect_eq(ask(ready, "https_port").verify, rows[i].verify, "%s", rows[i].kind);
		verify = ask(ready, "mqtt_cert_port").verify;
		/* A good one: our lack of a client certificate ends it, without a verdict. */
		if (verify == X509_V_ERR_UNSPECIFIED)
			verify = X509_V_OK;
		cr_expect_eq(verify, rows[(i + 1) % 4].verify, "%s", other);
		e2e_send(&child, "{\"quit\":true}");
		cr_expect_eq(e2e_wait(&child), 0);
		json_decref(ready);
	}
}

Test(refusals, a_kind_that_is_none, .timeout = 60)
{
	struct e2e_child child;

	e2e_start(&child,
		  (const char *const[]){"cloud", "tencent", "--https-cert", "rotten", NULL});
	cr_expect_eq(e2e_wait(&child), 2);
}

Test(refusals, too_many_requests, .timeout = 60)
{
	struct e2e_child child;
	struct heard heard;
	json_t *ready;

	e2e_start(&child,
		  (const char *const[]){"cloud", "tencent", "--fault", "register-throttle=7:1",
					"--fault", "register-http=429:1", NULL});
	ready = e2e_event(&child, "ready");
	heard = ask(ready, "https_port");
	cr_expect_eq(heard.status, 429);
	heard = ask(ready, "https_port");
	cr_expect_eq(heard.status, 429);
	/* Which of the two came first is not said. */
	cr_expect(heard.retry_after[0] == '\0' || strcmp(heard.retry_after, "7") == 0);
	e2e_send(&child, "{\"fault\":\"register-throttle\",\"value\":0,\"times\":1}");
	json_decref(e2e_event(&child, "command"));
	heard = ask(ready, "https_port");
	cr_expect_eq(heard.status, 429);
	cr_expect_str_eq(heard.retry_after, "0");
	e2e_send(&child, "{\"quit\":true}");
	cr_expect_eq(e2e_wait(&child), 0);
	json_decref(ready);
}
