/* SPDX-License-Identifier: Apache-2.0 */
/** What a daemon, or one who pretends to be it, may send to libprovd: a message or an error. */
#include "client/client_internal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

/** A method's name from outside becomes one call, or none. */
static void check_encode(const char *bytes, size_t len)
{
	char name[96];
	char *call = NULL;
	size_t call_len = 0;
	size_t taken = len < sizeof(name) - 1 ? len : sizeof(name) - 1;
	json_t *root;

	if (taken)
		memcpy(name, bytes, taken);
	name[taken] = '\0';
	if (provd__client_encode(name, json_pack("{s:s}", "ssid", "Home"), taken % 2, &call,
				 &call_len) != 0) {
		must(call == NULL);
		return;
	}
	must(call_len > 1 && strlen(call) == call_len - 1);
	root = json_loads(call, JSON_REJECT_DUPLICATES, NULL);
	must(json_object_size(root) == 2 + taken % 2);
	json_decref(root);
	provd__client_wipe_free(call, call_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct message message;
	int code;

	memset(&message, 0, sizeof(message));
	code = provd__client_parse(bytes, size, &message);
	must((code == 0) == (message.root != NULL));
	must(code == 0 || code == PROVD_E_PEER_FORMAT);
	if (code == 0) {
		must(json_is_object(message.root));
		must(!message.parameters || json_is_object(message.parameters));
		must(strlen(provd__client_text(message.parameters, "event")) < size);
		(void)provd__client_number(message.parameters, "session");
		provd__client_message_finish(&message);
	}
	check_encode(bytes, size);
	return 0;
}
