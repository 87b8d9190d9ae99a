/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_internal.h"

#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/crypto.h>

#include "net/clock.h"
#include "net/net_util.h"

#define TIMEOUT_MS	   10000
#define CONNECT_TIMEOUT_MS 5000
#define ANSWER_MAX	   65536
#define HEADER_LINE_MAX	   8192

static size_t on_body(char *data, size_t one, size_t len, void *user)
{
	struct provd__http *http = user;
	size_t size = http->answer_size ? http->answer_size : 1024;
	uint8_t *bigger;

	(void)one; /* always 1 */
	if (len > http->answer_max - http->answer_len) {
		http->failed = PROVD_E_LIMIT;
		return CURL_WRITEFUNC_ERROR;
	}
	while (size < http->answer_len + len)
		size *= 2;
	if (size > http->answer_size) {
		/* Not realloc: it would leave an unwiped copy behind. */
		bigger = malloc(size);
		if (!bigger) {
			http->failed = PROVD_E_NOMEM;
			return CURL_WRITEFUNC_ERROR;
		}
		if (http->answer_len)
			memcpy(bigger, http->answer, http->answer_len);
		OPENSSL_clear_free(http->answer, http->answer_size);
		http->answer = bigger;
		http->answer_size = size;
	}
	memcpy(http->answer + http->answer_len, data, len);
	http->answer_len += len;
	return len;
}

/* Appends "name\0value\0", the name in lower case, the value without white space around it. */
static int header_add(struct provd__http *http, const char *line, size_t colon, size_t len)
{
	size_t start = colon + 1;
	char *out;
	size_t i;

	while (start < len && (line[start] == ' ' || line[start] == '\t'))
		start++;
	while (len > start && isspace((unsigned char)line[len - 1]))
		len--;
	if (http->header_count >= PROVD_HTTP_HEADERS_MAX ||
	    colon + len - start + 2 > PROVD_HTTP_HEADER_BYTES_MAX - http->header_len)
		return PROVD_E_LIMIT;
	if (!http->header_text)
		http->header_text = malloc(PROVD_HTTP_HEADER_BYTES_MAX);
	if (!http->header_text)
		return PROVD_E_NOMEM;
	out = http->header_text + http->header_len;
	for (i = 0; i < colon; i++)
		out[i] = (char)tolower((unsigned char)line[i]);
	out[colon] = '\0';
	memcpy(out + colon + 1, line + start, len - start);
	out[colon + 1 + len - start] = '\0';
	http->header_len += colon + len - start + 2;
	http->header_count++;
	return 0;
}

static size_t on_header(char *data, size_t one, size_t len, void *user)
{
	struct provd__http *http = user;
	const char *colon;

	(void)one;
	/* A status line begins the next answer, e.g. after "100 Continue". */
	if (len >= 5 && memcmp(data, "HTTP/", 5) == 0) {
		http->header_len = 0;
		http->header_count = 0;
		return len;
	}
	colon = memchr(data, ':', len);
	/* The empty line, or a folded one; a NUL would end a value too early for its reader. */
	if (!colon || colon == data || memchr(data, '\0', len))
		return len;
	http->failed = header_add(http, data, (size_t)(colon - data), len);
	return http->failed ? 0 : len;
}

static int text_ok(const char *text)
{
	return text && !strpbrk(text, "\r\n");
}

static int slist_add(struct provd__http *http, const char *name, const char *value)
{
	struct curl_slist *longer;
	char line[HEADER_LINE_MAX];
	int len;

	/* libcurl sends an empty header only when it ends in a semicolon. */
	len = snprintf(line, sizeof(line), *value ? "%s: %s" : "%s;%s", name, value);
	if (len < 0 || (size_t)len >= sizeof(line))
		return PROVD_E_LIMIT;
	longer = curl_slist_append(http->headers, line);
	OPENSSL_cleanse(line, (size_t)len);
	if (!longer)
		return PROVD_E_NOMEM;
	http->headers = longer;
	return 0;
}

/* "Name:" takes a header away that libcurl would add. */
static int slist_remove(struct provd__http *http, const char *line)
{
	struct curl_slist *longer = curl_slist_append(http->headers, line);

	if (!longer)
		return PROVD_E_NOMEM;
	http->headers = longer;
	return 0;
}

static int headers_copy(struct provd__http *http, const struct provd_http_request *request)
{
	const struct provd_http_header *header;
	int accept = 0;
	int type = 0;
	int rc = 0;
	size_t i;

	if (request->header_count > PROVD_HTTP_SEND_HEADERS_MAX)
		return PROVD_E_LIMIT;
	for (i = 0; i < request->header_count && !rc; i++) {
		header = &request->headers[i];
		if (!text_ok(header->name) || !*header->name || strpbrk(header->name, ":; ") ||
		    !text_ok(header->value))
			return PROVD_E_INVALID;
		accept |= strcasecmp(header->name, "Accept") == 0;
		type |= strcasecmp(header->name, "Content-Type") == 0;
		rc = slist_add(http, header->name, header->value);
	}
	if (!rc)
		rc = slist_remove(http, "Expect:");
	if (!rc && !accept)
		rc = slist_remove(http, "Accept:");
	if (!rc && !type)
		rc = slist_remove(http, "Content-Type:");
	return rc;
}

static int body_copy(struct provd__http *http, const struct provd_http_request *request)
{
	http->body_len = request->body.len;
	http->body = malloc(http->body_len + 1);
	if (!http->body)
		return PROVD_E_NOMEM;
	if (http->body_len)
		memcpy(http->body, request->body.data, http->body_len);
	return 0;
}

static CURLcode set_method(struct provd__http *http, const char *method)
{
	CURL *easy = http->easy;
	CURLcode rc = CURLE_OK;

	if (strcmp(method, "HEAD") == 0)
		return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	if (strcmp(method, "GET") == 0 && !http->body_len)
		return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	if (strcmp(method, "POST") == 0 || http->body_len) {
		rc |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
		rc |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				       (curl_off_t)http->body_len);
		rc |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, (const char *)http->body);
	}
	if (strcmp(method, "POST") != 0)
		rc |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	return rc;
}

static CURLcode set_trust(CURL *easy, const struct provd_http_request *request)
{
	CURLcode rc = CURLE_OK;

	rc |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	rc |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	rc |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (request->ca_file) {
		rc |= curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
		rc |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (request->pinned_key)
		rc |= curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, request->pinned_key);
	return rc;
}

/* What the environment or a home directory holds must not change what a device does. */
static CURLcode set_fixed(struct provd__http *http)
{
	CURL *easy = http->easy;
	CURLcode rc = CURLE_OK;

	rc |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Without it a cancelled name look-up is waited for, on the loop. */
	rc |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	rc |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
	rc |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	rc |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	rc |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	rc |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	rc |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->curl_error);
	rc |= curl_easy_setopt(easy, CURLOPT_PRIVATE, http);
	rc |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	rc |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
	rc |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	rc |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
	rc |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
	return rc;
}

static CURLcode set_limits(CURL *easy, const struct provd_http_request *request, size_t max)
{
	uint64_t all = request->timeout_ms ? request->timeout_ms : TIMEOUT_MS;
	uint64_t connect =
		request->connect_timeout_ms ? request->connect_timeout_ms : CONNECT_TIMEOUT_MS;
	CURLcode rc = CURLE_OK;

	all = all > INT32_MAX ? INT32_MAX : all;
	connect = connect > INT32_MAX ? INT32_MAX : connect;
	rc |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)all);
	rc |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
	rc |= curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)max);
	return rc;
}

static int request_ok(const struct provd_http_request *request)
{
	if (!request || !PROVD_HAS(request, max_response) || request->flags)
		return 0;
	if (!text_ok(request->method) || !*request->method || !text_ok(request->url))
		return 0;
	if (strpbrk(request->method, " \t"))
		return 0;
	if (request->header_count && !request->headers)
		return 0;
	if (request->body.len && !request->body.data)
		return 0;
	return strncasecmp(request->url, "http://", 7) == 0 ||
	       strncasecmp(request->url, "https://", 8) == 0;
}

int provd__http_create(const struct provd_http_request *request, struct provd__http **out_http)
{
	struct provd__http *http;
	CURLcode failed;
	int rc;

	if (!request_ok(request))
		return PROVD_E_INVALID;
	http = calloc(1, sizeof(*http));
	if (!http)
		return PROVD_E_NOMEM;
	http->err.size = sizeof(http->err);
	http->answer_max = request->max_response ? request->max_response : ANSWER_MAX;
	rc = headers_copy(http, request);
	if (!rc)
		rc = body_copy(http, request);
	if (rc)
		goto fail;
	rc = PROVD_E_NOMEM;
	http->easy = curl_easy_init();
	if (!http->easy)
		goto fail;
	failed = set_fixed(http);
	failed |= set_limits(http->easy, request, http->answer_max);
	failed |= set_method(http, request->method);
	failed |= curl_easy_setopt(http->easy, CURLOPT_URL, request->url);
	/* An unknown option means a libcurl without it; going on with less trust is no choice. */
	rc = PROVD_E_NOT_SUPPORTED;
	if (failed != CURLE_OK || set_trust(http->easy, request) != CURLE_OK)
		goto fail;
	*out_http = http;
	return 0;

fail:
	provd__http_free(http);
	return rc;
}

void provd__http_free(struct provd__http *http)
{
	struct curl_slist *item;

	if (!http)
		return;
	if (http->easy)
		curl_easy_cleanup(http->easy);
	for (item = http->headers; item; item = item->next)
		OPENSSL_cleanse(item->data, strlen(item->data));
	curl_slist_free_all(http->headers);
	OPENSSL_clear_free(http->body, http->body_len);
	OPENSSL_clear_free(http->answer, http->answer_size);
	OPENSSL_clear_free(http->header_text, http->header_len);
	free(http);
}

/* A time limit that ran out before the name was resolved is about the name. */
static int name_timed_out(const struct provd__http *http, CURLcode result)
{
	curl_off_t lookup_us = 0;

	return result == CURLE_OPERATION_TIMEDOUT &&
	       curl_easy_getinfo(http->easy, CURLINFO_NAMELOOKUP_TIME_T, &lookup_us) == CURLE_OK &&
	       lookup_us == 0;
}

/* Replaces code and words where they can be truer. @param words at least 1 byte */
static void look_closer(struct provd__http *http, CURLcode result, char *words, size_t size)
{
	int64_t now_s = (int64_t)time(NULL);
	long verdict = 0;

	if (name_timed_out(http, result)) {
		http->code = PROVD_E_NET_DNS;
		http->worded = 1;
		(void)snprintf(words, size, "%s", provd_net_dns_words(EAI_AGAIN));
		return;
	}
	if (result != CURLE_PEER_FAILED_VERIFICATION ||
	    curl_easy_getinfo(http->easy, CURLINFO_SSL_VERIFYRESULT, &verdict) != CURLE_OK ||
	    provd_net_certificate_code(verdict, now_s, provd_net_built_s()) != PROVD_E_CLOCK)
		return;
	http->code = PROVD_E_CLOCK;
	provd_net_clock_words(words, size, verdict, now_s);
}

void provd__http_finish(struct provd__http *http, CURLcode result)
{
	long status = 0;
	long sys_errno = 0;
	const char *why = http->curl_error;
	char words[128] = "";

	(void)curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(http->easy, CURLINFO_OS_ERRNO, &sys_errno);
	http->code = http->failed ? http->failed : provd__http_code(result, sys_errno);
	if (!http->code) {
		http->status = (uint32_t)status;
		return;
	}
	if (!http->failed)
		look_closer(http, result, words, sizeof(words));
	if (words[0])
		why = words;
	else if (http->code == PROVD_E_LIMIT)
		why = "the answer is larger than accepted";
	else if (!*why)
		why = curl_easy_strerror(result);
	(void)provd_net_fail(&http->err, http->code, (int)sys_errno, "HTTP request failed: %s",
			     why);
}

void provd__http_report(struct provd__http *http)
{
	struct provd_http_header headers[PROVD_HTTP_HEADERS_MAX];
	struct provd_http_response response = {.size = sizeof(response)};
	const char *text = http->header_text;
	size_t i;

	if (http->code) {
		response.error = &http->err;
	} else {
		for (i = 0; i < http->header_count; i++) {
			headers[i].name = text;
			headers[i].value = text + strlen(text) + 1;
			text = headers[i].value + strlen(headers[i].value) + 1;
		}
		response.status = http->status;
		response.headers = headers;
		response.header_count = http->header_count;
		response.body.data = http->answer;
		response.body.len = http->answer_len;
	}
	http->done(http->user, http->code, &response);
}
