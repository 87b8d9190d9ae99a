/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file net/http_internal.h
 * @brief One HTTP request: what it sends, what came back, and its libcurl handle.
 */
#ifndef PROVD_CORE_NET_HTTP_INTERNAL_H
#define PROVD_CORE_NET_HTTP_INTERNAL_H

#include <curl/curl.h>

#include "loop/loop.h"

#include <provd/http.h>

/** Header lines and their bytes accepted of an answer. */
#define PROVD_HTTP_HEADERS_MAX	    64
#define PROVD_HTTP_HEADER_BYTES_MAX 16384
/** Header lines of a request. */
#define PROVD_HTTP_SEND_HEADERS_MAX 32

struct provd_http_service;
struct provd__http_ask;

/** A request; belongs to one list of its service. */
struct provd__http {
	struct provd__http *next;
	struct provd_http_service *service;
	uint64_t id;
	CURL *easy;
	struct curl_slist *headers;
	uint8_t *body; /**< wiped */
	size_t body_len;

	uint8_t *answer; /**< wiped */
	size_t answer_len;
	size_t answer_size;
	size_t answer_max;
	char *header_text; /**< "name\0value\0" pairs; wiped */
	size_t header_len;
	size_t header_count;
	int failed; /**< code of a failure found in a callback, 0 none */

	struct provd__http_ask *ask; /**< finished, and its host name is asked for again */
	uint64_t ask_work;

	int worded;	 /**< `err` says all there is to say */
	int code;	 /**< of the finished request */
	uint32_t status; /**< HTTP status */
	struct provd_error err;
	char curl_error[CURL_ERROR_SIZE];

	void (*done)(void *user, int code, const struct provd_http_response *response);
	void *user;
};

/**
 * Makes a request and its libcurl handle, not started.
 * @return 0, PROVD_E_INVALID, PROVD_E_LIMIT (headers), PROVD_E_NOMEM, PROVD_E_NOT_SUPPORTED
 */
int provd__http_create(const struct provd_http_request *request, struct provd__http **out_http);

/** Wipes and frees; its handle must have left the multi handle. NULL allowed. */
void provd__http_free(struct provd__http *http);

/** Takes the result over from libcurl: `code`, `status`, `err`. */
void provd__http_finish(struct provd__http *http, CURLcode result);

/** Calls `done` with what was finished. */
void provd__http_report(struct provd__http *http);

/**
 * Code for a result of libcurl.
 * @param sys_errno errno of its last failed connect, 0 none
 */
int provd__http_code(CURLcode result, long sys_errno);

/* http_dns.c */

/**
 * Finds out why the host name of a finished request was not resolved, and words its error so.
 * @param done runs once on a later turn, unless provd__http_ask_stop comes first
 * @return 0, or a code: `done` will not run, the words stay as they are
 */
int provd__http_ask_start(struct provd__http *http, struct provd_owner *owner,
			  void (*done)(struct provd__http *http));
/** Nothing happens when nobody is asked. */
void provd__http_ask_stop(struct provd__http *http, struct provd_owner *owner);

#endif /* PROVD_CORE_NET_HTTP_INTERNAL_H */
