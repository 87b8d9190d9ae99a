/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why was a host name not resolved? libcurl has the resolver's answer and keeps it for itself.
 * Only after such a failure the name is asked for once more here, on the pool; one that answers
 * says no as fast as it did before, and one that does not is not waited for long.
 */
#include "net/http_internal.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/net_util.h"

#define ASK_MS 2000

/** Outlives its request when the look-up hangs. */
struct provd__http_ask {
	struct provd__http *http; /**< NULL: given up */
	void (*done)(struct provd__http *http);
	char *host;
	int result; /**< of getaddrinfo */
};

static int run(void *user)
{
	struct provd__http_ask *ask = user;
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;

	ask->result = getaddrinfo(ask->host, NULL, &hints, &list);
	if (ask->result == 0)
		freeaddrinfo(list);
	return 0;
}

static void on_done(void *user, int status)
{
	struct provd__http_ask *ask = user;
	struct provd__http *http = ask->http;

	if (!http)
		return;
	http->ask = NULL;
	/* One that was silent a moment ago and answers now was silent. */
	(void)provd_net_fail(&http->err, http->code, 0, "HTTP request failed: %s: %.100s",
			     provd_net_dns_words(status || !ask->result ? EAI_AGAIN : ask->result),
			     ask->host);
	ask->done(http);
}

static void release(void *user)
{
	struct provd__http_ask *ask = user;

	free(ask->host);
	free(ask);
}

static char *host_of(CURL *easy)
{
	const char *url = NULL;
	char *part = NULL;
	char *host = NULL;
	CURLU *parts = curl_url();

	if (parts && curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url &&
	    curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &part, 0) == CURLUE_OK)
		(void)provd_net_copy(part, &host);
	curl_free(part);
	curl_url_cleanup(parts);
	return host;
}

int provd__http_ask_start(struct provd__http *http, struct provd_owner *owner,
			  void (*done)(struct provd__http *http))
{
	struct provd__http_ask *ask = calloc(1, sizeof(*ask));
	struct provd_work work = {.size = sizeof(work),
				  .timeout_ms = ASK_MS,
				  .run = run,
				  .done = on_done,
				  .release = release,
				  .user = ask};
	int rc = PROVD_E_NOMEM;

	if (!ask)
		return rc;
	ask->http = http;
	ask->done = done;
	ask->host = host_of(http->easy);
	if (ask->host)
		rc = provd_work_start(owner, &work, &http->ask_work);
	if (rc)
		release(ask);
	else
		http->ask = ask;
	return rc;
}

void provd__http_ask_stop(struct provd__http *http, struct provd_owner *owner)
{
	if (!http->ask)
		return;
	http->ask->http = NULL;
	http->ask = NULL;
	provd_work_cancel(owner, http->ask_work);
}
