/* SPDX-License-Identifier: Apache-2.0 */
#include "session/words.h"

#include <jansson.h>
#include <string.h>

static int is_utf8(const char *text, size_t len)
{
	json_t *string = json_stringn(text, len);

	json_decref(string);
	return string != NULL;
}

void provd_text_copy(char *to, size_t size, const char *from)
{
	size_t len = strlen(from);
	size_t most = 0;
	size_t back = 0;

	if (size == 0)
		return;
	if (len >= size) {
		len = size - 1;
		most = 3; /* bytes of a character that has lost its end */
	}
	memcpy(to, from, len);
	while (back < most && back < len && !is_utf8(to, len - back))
		back++;
	if (is_utf8(to, len - back)) {
		len -= back;
	} else {
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)to[i] > 127)
				to[i] = '?';
	}
	to[len] = '\0';
}
