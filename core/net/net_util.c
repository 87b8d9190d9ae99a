/* SPDX-License-Identifier: Apache-2.0 */
#include "net/net_util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int provd_net_fail(struct provd_error *err, int code, int sys_errno, const char *format, ...)
{
	va_list args;
	int len;

	if (!err)
		return code;
	err->code = code;
	err->sys_errno = sys_errno;
	va_start(args, format);
	len = vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	if (len < 0)
		err->text[0] = '\0';
	return code;
}

int provd_net_code(int sys_errno)
{
	switch (sys_errno) {
	case ENOENT:
	case ENOTDIR:
		return PROVD_E_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
	case ELOOP:
		return PROVD_E_ACCESS;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return PROVD_E_NO_SPACE;
	case ENOMEM:
	case ENOBUFS:
		return PROVD_E_NOMEM;
	case EMSGSIZE:
	case EMFILE:
	case ENFILE:
		return PROVD_E_LIMIT;
	case EADDRINUSE:
		return PROVD_E_EXISTS;
	case ECONNREFUSED:
		return PROVD_E_NET_REFUSED;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EADDRNOTAVAIL:
		return PROVD_E_NET_UNREACHABLE;
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
		return PROVD_E_NET_CLOSED;
	case ETIMEDOUT:
		return PROVD_E_TIMEOUT;
	case EAGAIN:
		return PROVD_E_BUSY;
	default:
		return PROVD_E_IO;
	}
}

int provd_net_file_fail(struct provd_error *err, int sys_errno, const char *doing, const char *path)
{
	int code = provd_net_code(sys_errno);

	if (code != PROVD_E_NO_SPACE && code != PROVD_E_ACCESS && code != PROVD_E_NOT_FOUND)
		code = PROVD_E_IO;
	return provd_net_fail(err, code, sys_errno, "cannot %s %s: %s", doing, path,
			      strerror(sys_errno));
}

int provd_net_copy(const char *text, char **out_copy)
{
	char *copy = NULL;

	if (text) {
		copy = strdup(text);
		if (!copy)
			return PROVD_E_NOMEM;
	}
	*out_copy = copy;
	return 0;
}

const char *provd_net_dns_words(int result)
{
	switch (result) {
	case EAI_NONAME:
	case EAI_NODATA:
		return "no such name";
	case EAI_AGAIN:
		return "the name server did not answer";
	case EAI_FAIL:
		return "the name server refuses to answer";
	default:
		return gai_strerror(result);
	}
}
