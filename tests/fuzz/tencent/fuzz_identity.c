/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *write_out(const struct tencent_identity *identity, size_t *out_len)
{
	char *text;

	if (tencent_identity_write(identity, NULL, 0, out_len) != 0)
		abort();
	text = malloc(*out_len + 1);
	if (text == NULL || tencent_identity_write(identity, text, *out_len + 1, out_len) != 0)
		abort();
	return text;
}

/* What can be read can be written, and reads as the same again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tencent_identity first;
	struct tencent_identity second;
	size_t first_len = 0;
	size_t second_len = 0;
	char *first_text;
	char *second_text;

	if (tencent_identity_parse(data, size, 0, &first, NULL) != 0)
		return 0;
	(void)tencent_identity_check(&first, NULL);
	first_text = write_out(&first, &first_len);
	/* Escapes and long numbers may make the text longer than the file was. */
	if (tencent_identity_parse(first_text, first_len, SIZE_MAX, &second, NULL) != 0)
		abort();
	second_text = write_out(&second, &second_len);
	if (first_len != second_len || memcmp(first_text, second_text, first_len) != 0)
		abort();
	free(first_text);
	free(second_text);
	tencent_identity_finish(&first);
	tencent_identity_finish(&second);
	return 0;
}
