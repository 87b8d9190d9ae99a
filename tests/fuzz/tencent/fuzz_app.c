/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/app.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A command or an error, never neither. */
static void check(const struct tencent_app_command *command)
{
	size_t token = strnlen(command->token, sizeof(command->token));

	if ((command->kind == TENCENT_APP_BAD) != (command->error.id == TENCENT_ERR_APP_CMD))
		abort();
	if (command->ssid_len > TENCENT_SSID_MAX ||
	    command->password_len != strnlen(command->password, sizeof(command->password)) ||
	    command->password_len > TENCENT_PASSWORD_MAX || token > TENCENT_TOKEN_MAX)
		abort();
	if ((command->kind == TENCENT_APP_TOKEN || command->kind == TENCENT_APP_CREDENTIALS) !=
	    (token >= TENCENT_TOKEN_MIN))
		abort();
	if ((command->kind == TENCENT_APP_CREDENTIALS) != (command->ssid_len != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tencent_app_command command;
	char out[TENCENT_APP_REPLY_SIZE];

	tencent_app_parse(data, size, &command);
	check(&command);
	if (command.kind == TENCENT_APP_BAD &&
	    tencent_app_error_reply(command.error, false, out, sizeof(out)) <= 0)
		abort();
	tencent_app_command_finish(&command);
	return 0;
}
