/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: any bytes as a session's file, and as the payload of each kind behind a checksum that
 * is right. Records lie within the bytes, in order and apart; what was understood can be written
 * and is then understood to be the same.
 */
#include "journal/codec.h"
#include "journal/derive.h"
#include "journal/payload.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct walk {
	const uint8_t *at; /* nothing may lie before */
	const uint8_t *end;
	size_t count;
	struct provd_journal_derive derive;
};

static void check_failure(const struct provd_failure *failure)
{
	if (failure->code >= 0 || !failure->method || !failure->text ||
	    strlen(failure->method) >= PROVD_JOURNAL_METHOD_MAX)
		abort();
}

static void check_entry(struct walk *walk, const struct provd_journal_record *record)
{
	struct provd_journal_entry entry;
	struct provd_journal_entry again;
	struct provd_failure failure;
	char *text;

	if (provd_journal_entry_read(record->payload, record->len, 7, &entry))
		return;
	if (provd_journal_derive(&walk->derive, &entry.entry, &failure))
		check_failure(&failure);
	text = provd_journal_entry_write(&entry.entry, PROVD_JOURNAL_PAYLOAD_MAX);
	if (!text || strlen(text) > PROVD_JOURNAL_PAYLOAD_MAX ||
	    provd_journal_entry_read((const uint8_t *)text, strlen(text), 7, &again))
		abort();
	if (again.entry.t_us != entry.entry.t_us || again.entry.state != entry.entry.state ||
	    again.entry.unix_ms != entry.entry.unix_ms || again.entry.flow != entry.entry.flow)
		abort();
	free(text);
	text = provd_journal_entry_write(&entry.entry, PROVD_JOURNAL_PAYLOAD_MIN);
	if (!text || strlen(text) > PROVD_JOURNAL_PAYLOAD_MIN)
		abort();
	free(text);
	provd_journal_entry_finish(&again);
	provd_journal_entry_finish(&entry);
}

static void check_import(const struct provd_journal_record *record)
{
	struct provd_failure failure;
	json_t *root = NULL;
	char *text;

	if (provd_journal_import_read(record->payload, record->len, &failure, &root))
		return;
	if (failure.code > 0 || failure.session != 0 || failure.flags != PROVD_FAILURE_IMPORTED)
		abort();
	text = provd_journal_import_write(&failure);
	if (!text || strlen(text) > PROVD_JOURNAL_PAYLOAD_MAX)
		abort();
	free(text);
	json_decref(root);
}

static void look(void *user, const struct provd_journal_record *record)
{
	struct walk *walk = user;
	uint32_t marks;

	if (record->payload < walk->at || record->len > PROVD_JOURNAL_PAYLOAD_MAX ||
	    record->payload + record->len > walk->end)
		abort();
	walk->at = record->payload + record->len;
	walk->count++;
	if (record->kind == PROVD_JOURNAL_KIND_ENTRY)
		check_entry(walk, record);
	else if (record->kind == PROVD_JOURNAL_KIND_IMPORT)
		check_import(record);
	else
		(void)provd_journal_mark_read(record->payload, record->len, &marks);
}

static size_t scan(const uint8_t *data, size_t size)
{
	struct walk walk = {.at = data, .end = data + size};
	struct provd_journal_found found;

	if (provd_journal_scan(data, size, look, &walk, &found))
		return 0;
	if (found.records != walk.count || found.good > size ||
	    (found.good < size && found.damaged == 0) || found.damaged > found.records + 1)
		abort();
	return found.records;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = size < PROVD_JOURNAL_PAYLOAD_MAX ? size : PROVD_JOURNAL_PAYLOAD_MAX;
	uint8_t *bytes = malloc(len + PROVD_JOURNAL_RECORD_MORE);

	(void)scan(data, size);
	for (uint8_t kind = 0; bytes && kind < 5; kind++) {
		if (provd_journal_encode(kind, kind, data, len, bytes))
			break;
		if (scan(bytes, len + PROVD_JOURNAL_RECORD_MORE) != 1)
			abort();
	}
	free(bytes);
	return 0;
}
