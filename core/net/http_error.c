/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_internal.h"

#include <errno.h>

#include "net/net_util.h"

static int connect_code(long sys_errno)
{
	int code = provd_net_code((int)sys_errno);

	if (code == PROVD_E_NET_REFUSED || code == PROVD_E_TIMEOUT || code == PROVD_E_NET_CLOSED)
		return code;
	return PROVD_E_NET_UNREACHABLE;
}

int provd__http_code(CURLcode result, long sys_errno)
{
	/* CURLcode is libcurl's and grows: unlike for enums of ours, `default` is right here. */
	switch ((int)result) {
	case CURLE_OK:
		return 0;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return PROVD_E_NET_DNS;
	case CURLE_COULDNT_CONNECT:
		return connect_code(sys_errno);
	case CURLE_OPERATION_TIMEDOUT:
		return PROVD_E_TIMEOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CRL_BADFILE:
		return PROVD_E_TLS_UNTRUSTED;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CLIENTCERT:
	case CURLE_SSL_ENGINE_NOTFOUND:
	case CURLE_SSL_ENGINE_SETFAILED:
		return PROVD_E_TLS_HANDSHAKE;
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
		return PROVD_E_NET_CLOSED;
	case CURLE_FILESIZE_EXCEEDED:
		return PROVD_E_LIMIT;
	case CURLE_OUT_OF_MEMORY:
		return PROVD_E_NOMEM;
	case CURLE_URL_MALFORMAT:
		return PROVD_E_INVALID;
	default:
		return PROVD_E_HTTP_PROTOCOL;
	}
}
