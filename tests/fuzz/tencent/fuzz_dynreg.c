/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/dynreg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(enum tencent_dynreg_version version, const uint8_t *data, size_t size)
{
	struct tencent_dynreg_result result;
	struct provd_error err;
	int rc;

	memset(&err, 0, sizeof(err));
	err.size = sizeof(err);
	/* The published product secret: the published answers in the corpus can be decrypted. */
	rc = tencent_dynreg_parse(version, data, size, "XoezQjzzMedF4lAr2CqCkVYK", &result, &err);
	if (rc != 0) {
		if (err.code != rc || err.text[0] == '\0')
			abort();
		return;
	}
	if ((result.kind == TENCENT_DYNREG_PSK) != (result.psk[0] != '\0') ||
	    (result.kind == TENCENT_DYNREG_CERT) != (result.cert != NULL && result.key != NULL))
		abort();
	tencent_dynreg_result_finish(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run(TENCENT_DYNREG_V1, data, size);
	run(TENCENT_DYNREG_V2, data, size);
	return 0;
}
