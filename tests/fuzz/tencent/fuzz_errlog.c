/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <provd/error.h>

#include "codec/app.h"
#include "codec/blob.h"
#include "codec/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct kept {
	size_t count;
	struct provd_failure failures[TENCENT_BLOB_RECORDS];
};

static void keep(void *user, const struct provd_failure *failure)
{
	struct kept *kept = user;

	if (kept->count == TENCENT_BLOB_RECORDS || failure->app_id <= 0 || failure->code >= 0 ||
	    failure->flags != PROVD_FAILURE_IMPORTED || failure->text[0] == '\0')
		abort();
	kept->failures[kept->count++] = *failure;
}

/* What can be read can be written, and reads as the same again. */
static void blob(const uint8_t *data, size_t size)
{
	struct kept first = {0};
	struct kept second = {0};
	uint8_t out[TENCENT_BLOB_MAX];
	int rc = tencent_blob_decode(data, size, keep, &first);
	int len;

	if (rc < 0) {
		if (rc != PROVD_E_CORRUPT || first.count != 0)
			abort();
		return;
	}
	len = tencent_blob_encode(first.failures, first.count, out, sizeof(out));
	if ((size_t)rc != first.count || len != (int)(8 + 8 * first.count) ||
	    tencent_blob_decode(out, (size_t)len, keep, &second) != rc ||
	    memcmp(&first, &second, sizeof(first)) != 0)
		abort();
}

/* The bytes as texts of a line, twice: the log's lines never get longer than the vendor's. */
static void line(const uint8_t *data, size_t size)
{
	struct tencent_log log = {0};
	char out[TENCENT_LOG_MAX];
	char *text = malloc(size + 1);
	struct provd_journal_line entry = {.size = sizeof(entry), .number = 1};
	size_t len;

	if (text == NULL)
		return;
	if (size != 0)
		memcpy(text, data, size);
	text[size] = '\0';
	entry.event = text;
	entry.detail = text;
	entry.state = size != 0 ? data[0] : 0;
	for (size_t i = 0; i < 12; i++)
		tencent_log_add(&log, &entry);
	len = tencent_log_text(&log, out);
	if (log.count != TENCENT_LOG_LINES || len < 2 || memcmp(out + len - 2, "\r\n", 2) != 0)
		abort();
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)out[i] < 0x20 && out[i] != '\r' && out[i] != '\n') ||
		    out[i] == 0x7f)
			abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tencent_app_command command;

	blob(data, size);
	line(data, size);
	/* Whatever the app's port takes for a log query is one here. */
	tencent_app_parse(data, size, &command);
	if (command.kind == TENCENT_APP_LOG_QUERY && !tencent_log_is_query(data, size))
		abort();
	tencent_app_command_finish(&command);
	return 0;
}
