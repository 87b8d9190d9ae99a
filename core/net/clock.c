/* SPDX-License-Identifier: Apache-2.0 */
#include "net/clock.h"

#include <stdio.h>
#include <time.h>

#include <openssl/x509_vfy.h>

#include <provd/error.h>

int64_t provd_net_built_s(void)
{
	return PROVD_BUILT_S;
}

int provd_net_certificate_code(long verdict, int64_t now_s, int64_t built_s)
{
	if (verdict == X509_V_ERR_CERT_NOT_YET_VALID)
		return PROVD_E_CLOCK;
	if (verdict == X509_V_ERR_CERT_HAS_EXPIRED && now_s < built_s)
		return PROVD_E_CLOCK;
	return PROVD_E_TLS_UNTRUSTED;
}

void provd_net_clock_words(char *out, size_t size, long verdict, int64_t now_s)
{
	const time_t now = (time_t)now_s;
	struct tm tm = {0};
	char clock[32] = "nothing";

	if (gmtime_r(&now, &tm))
		(void)strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M UTC", &tm);
	if (snprintf(out, size, "%s; the clock says %s", X509_verify_cert_error_string(verdict),
		     clock) < 0)
		out[0] = '\0';
}
