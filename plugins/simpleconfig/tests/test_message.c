/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams on the home network against those of the vendor's device and phones. */
#include "codec/crypt.h"
#include "codec/message.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <provd/error.h>
#include <string.h>

TestSuite(message, .timeout = 10);

/* simpleconfig_wire_messages.json, in its order */
enum message {
	ACK_OF_LIBRARY,
	ACK,
	CONFIRMATION,
	DISCOVER,
	DISCOVERED,
	DELETE,
	DELETE_REFUSED,
	DELETE_DONE,
	SAVE_WITHOUT_PROOF,
	SAVE_DONE,
	RENAME,
	UNKNOWN_ANSWER,
};

static const struct simpleconfig_device device = {
	.mac = {0x00, 0xe0, 0x4c, 0x81, 0x95, 0xaa},
	.ip = {192, 168, 1, 77},
	.name = "rtk-dev-name",
};

static size_t wire(enum message index, uint8_t *out, size_t room)
{
	json_t *root = json_load_file(PROVD_VECTOR_DIR "/simpleconfig_wire_messages.json", 0, NULL);
	const json_t *list = json_object_get(root, "messages");
	const char *text;
	size_t len = 0;

	text = json_string_value(json_object_get(json_array_get(list, (size_t)index), "hex"));
	cr_assert_not_null(text);
	cr_assert_eq(OPENSSL_hexstr2buf_ex(out, room, &len, text, '\0'), 1);
	json_decref(root);
	return len;
}

static void expect(enum message index, const uint8_t *made, size_t made_len)
{
	uint8_t bytes[256];

	cr_assert_eq(wire(index, bytes, sizeof(bytes)), made_len);
	cr_assert_arr_eq(made, bytes, made_len, "message %d", (int)index);
}

Test(message, acknowledgement)
{
	struct simpleconfig_device nameless = device;
	uint8_t made[SIMPLECONFIG_ACK_SIZE];

	simpleconfig_ack_write(&device, made);
	expect(ACK, made, sizeof(made));
	memset(nameless.ip, 0, sizeof(nameless.ip));
	simpleconfig_ack_write(&nameless, made);
	expect(ACK_OF_LIBRARY, made, sizeof(made));
	nameless.name = NULL;
	simpleconfig_ack_write(&nameless, made);
	cr_assert_eq(made[16], 0);
	nameless.name = "0123456789012345678901234567890123456789012345678901234567890123X";
	simpleconfig_ack_write(&nameless, made);
	cr_assert_eq(made[79], '3');
}

Test(message, confirmation)
{
	uint8_t bytes[256];
	struct simpleconfig_request request;
	uint8_t made[SIMPLECONFIG_CONFIRM_SIZE];
	size_t len = wire(CONFIRMATION, bytes, sizeof(bytes));

	simpleconfig_confirm_write(made);
	expect(CONFIRMATION, made, sizeof(made));
	cr_assert_eq(simpleconfig_request_read(bytes, len, &request), 0);
	cr_assert_eq(request.kind, SIMPLECONFIG_CONFIRM);
	cr_assert_eq(request.confirms, 0);
	cr_assert_eq(simpleconfig_request_read(bytes, 1, &request), 0);
	cr_assert_eq(request.kind, SIMPLECONFIG_CONFIRM);
	bytes[100] = SIMPLECONFIG_DELETE;
	cr_assert_eq(simpleconfig_request_read(bytes, 101, &request), 0);
	cr_assert_eq(request.confirms, SIMPLECONFIG_DELETE);
}

Test(message, discovery)
{
	uint8_t made[SIMPLECONFIG_DISCOVERED_SIZE];
	struct simpleconfig_request request;
	uint8_t bytes[256];
	size_t len = wire(DISCOVER, bytes, sizeof(bytes));

	cr_assert_eq(simpleconfig_request_read(bytes, len, &request), 0);
	cr_assert_eq(request.kind, SIMPLECONFIG_DISCOVER);
	cr_assert_eq(request.level, 1);
	cr_assert_eq(simpleconfig_request_is_proven(&request, simpleconfig_default_pin(), 8), 1);
	cr_assert_eq(simpleconfig_request_is_proven(&request, (const uint8_t *)"11223344", 8), 0);
	for (size_t i = 1; i < 84; i++)
		cr_assert_eq(simpleconfig_request_read(bytes, i, &request), PROVD_E_CORRUPT);
	/* our answer has one byte more than the library's: whether there is a PIN */
	simpleconfig_discovered_write(&device, made);
	cr_assert_eq(made[2], 78);
	cr_assert_eq(made[80], 0);
	made[2] = 77;
	expect(DISCOVERED, made, 80);
	/* the order of the iOS app of 2014 */
	memcpy(bytes, "\x00\x01\x00\x58", 4);
	cr_assert_eq(simpleconfig_request_read(bytes, len, &request), 0);
	cr_assert_eq(simpleconfig_request_is_proven(&request, simpleconfig_default_pin(), 8), 1);
}

Test(message, control)
{
	const uint8_t *pin = (const uint8_t *)"11223344";
	struct simpleconfig_request request;
	uint8_t made[SIMPLECONFIG_CONTROLLED_SIZE];
	uint8_t bytes[256];
	size_t len = wire(DELETE, bytes, sizeof(bytes));

	cr_assert_eq(simpleconfig_request_read(bytes, len, &request), 0);
	cr_assert_eq(request.kind, SIMPLECONFIG_DELETE);
	cr_assert_eq(simpleconfig_request_is_proven(&request, pin, 8), 1);
	cr_assert_eq(simpleconfig_request_is_proven(&request, (const uint8_t *)"11223345", 8), 0);
	cr_assert_eq(simpleconfig_request_is_proven(&request, pin, 0), 0, "no PIN, no proof");
	cr_assert_eq(simpleconfig_request_is_proven(&request, pin, 65), 0);
	simpleconfig_controlled_write(SIMPLECONFIG_DELETE, 0, made);
	expect(DELETE_REFUSED, made, sizeof(made));
	simpleconfig_controlled_write(SIMPLECONFIG_DELETE, 1, made);
	expect(DELETE_DONE, made, sizeof(made));
	simpleconfig_controlled_write(SIMPLECONFIG_SAVE, 1, made);
	expect(SAVE_DONE, made, sizeof(made));
	simpleconfig_controlled_write(SIMPLECONFIG_UNKNOWN, 1, made);
	expect(UNKNOWN_ANSWER, made, sizeof(made));
	simpleconfig_controlled_write(SIMPLECONFIG_NEW_AP, 1, made);
	cr_assert_eq(made[0], 0x27);
	len = wire(SAVE_WITHOUT_PROOF, bytes, sizeof(bytes));
	cr_assert_eq(simpleconfig_request_read(bytes, len, &request), 0);
	cr_assert_eq(simpleconfig_request_is_proven(&request, pin, 8), 0, "level 0");
}

Test(message, rename_and_hostile_lengths)
{
	struct simpleconfig_request request;
	uint8_t bytes[256] = {0};
	size_t len = wire(RENAME, bytes, sizeof(bytes));

	cr_assert_eq(simpleconfig_request_read(bytes, len, &request), 0);
	cr_assert_eq(request.kind, SIMPLECONFIG_RENAME);
	cr_assert_eq(request.name_len, 7);
	cr_assert_arr_eq(request.name, "newname", 7);
	cr_assert_eq(simpleconfig_request_read(bytes, 164, &request), 0);
	cr_assert_eq(simpleconfig_request_read(bytes, 165, &request), PROVD_E_CORRUPT);
	cr_assert_eq(simpleconfig_request_read(bytes, 99, &request), PROVD_E_CORRUPT);
	cr_assert_eq(simpleconfig_request_read(bytes, 0, &request), PROVD_E_CORRUPT);
	bytes[0] = 0x20;
	cr_assert_eq(simpleconfig_request_read(bytes, len, &request), PROVD_E_CORRUPT, "an answer");
	bytes[0] = 0x41;
	cr_assert_eq(simpleconfig_request_read(bytes, len, &request), PROVD_E_CORRUPT, "version 1");
	bytes[0] = 0x05;
	cr_assert_eq(simpleconfig_request_read(bytes, len, &request), 0);
	cr_assert_eq(request.kind, SIMPLECONFIG_UNKNOWN);
}
