/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file net/net_util.h
 * @brief Errors with words and copied texts, for all parts that speak to the system.
 */
#ifndef PROVD_CORE_NET_UTIL_H
#define PROVD_CORE_NET_UTIL_H

#include <provd/error.h>

#include <stddef.h>
#include <sys/socket.h>

/**
 * Fills an error in. @param err may be NULL @param sys_errno errno or 0
 * @return `code`, so that it can be returned at once
 */
int provd_net_fail(struct provd_error *err, int code, int sys_errno, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** Code for an errno of a socket or file call; PROVD_E_IO for those without one of their own. */
int provd_net_code(int sys_errno);

/**
 * "cannot DOING PATH: ..." for a failed call on a file.
 * @return PROVD_E_NO_SPACE, _ACCESS or _NOT_FOUND; PROVD_E_IO for all else
 */
int provd_net_file_fail(struct provd_error *err, int sys_errno, const char *doing,
			const char *path);

/** Copies a text; NULL stays NULL. @return 0 or PROVD_E_NOMEM; `*out_copy` is for free() */
int provd_net_copy(const char *text, char **out_copy);

/**
 * Words for a host name that was not resolved: whether there is no such name, or nobody to ask.
 * @param result EAI_* of getaddrinfo @return static text. Any thread
 */
const char *provd_net_dns_words(int result);

#endif /* PROVD_CORE_NET_UTIL_H */
