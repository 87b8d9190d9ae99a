/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "codec/bind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tencent_bind_message message;

	tencent_bind_parse(data, size, "TEST2-687232230", &message);
	if (message.kind != TENCENT_BIND_REPLY && message.code != 0)
		abort();
	if ((message.kind == TENCENT_BIND_INVALID || message.code != 0) !=
	    (message.error.id == TENCENT_ERR_TOKEN_REPLY))
		abort();
	return 0;
}
