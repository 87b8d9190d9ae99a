/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/http.h
 * @brief Optional host service "provd.http/1": HTTP and HTTPS requests.
 */
#ifndef PROVD_HTTP_H
#define PROVD_HTTP_H

#include <provd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROVD_HTTP "provd.http/1"

/** A header line. */
struct provd_http_header {
	const char *name;
	const char *value;
};

/** A request. Copied. Redirects are not followed. */
struct provd_http_request {
	uint32_t size;
	uint32_t flags;		     /**< 0 */
	uint64_t timeout_ms;	     /**< for all of it; 0: 10 s */
	uint64_t connect_timeout_ms; /**< for TCP and TLS; 0: 5 s */
	const char *method;	     /**< "GET", "POST" */
	const char *url;	     /**< http:// or https:// */
	const struct provd_http_header *headers;
	size_t header_count;	 /**< at most 32 */
	struct provd_bytes body; /**< wiped by the host after use */
	const char *ca_file;	 /**< PEM bundle to trust; NULL: the system's */
	const char *pinned_key;	 /**< "sha256//BASE64" of the server's key, or NULL */
	size_t max_response;	 /**< bytes of body accepted; 0: 64 KiB */
	const void *reserved;
};

/** An answer; also given for failures, then `status` is 0. Borrowed for the call. */
struct provd_http_response {
	uint32_t size;
	uint32_t status; /**< HTTP status code */
	/** names in lower case; a status 429 or 503 may come with "retry-after" */
	const struct provd_http_header *headers;
	size_t header_count;
	struct provd_bytes body;
	const struct provd_error *error; /**< words for a failure, else NULL */
	const void *reserved;
};

/** The table. */
struct provd_http {
	uint32_t size;
	uint32_t reserved;
	/**
	 * Sends a request. `done(user, code, response)` runs exactly once on the loop thread:
	 * code 0 for any HTTP answer, else PROVD_E_NET_*, TLS_*, TIMEOUT, HTTP_PROTOCOL, LIMIT.
	 * @return 0: `done` will run; negative: it will not
	 */
	int (*request)(void *self, const struct provd_http_request *request,
		       void (*done)(void *user, int code,
				    const struct provd_http_response *response),
		       void *user, uint64_t *out_id);
	/** After it `done` is not called. Old and zero numbers allowed. */
	void (*cancel)(void *self, uint64_t id);
};

#ifdef __cplusplus
}
#endif

#endif /* PROVD_HTTP_H */
