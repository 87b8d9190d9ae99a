/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets in the parser's heap are gone before the memory goes back. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "codec/app.h"
#include "codec/identity.h"
#include "util.h"

#define CANARY	 "canary-passphrase"
#define LONGER	 "0123456789abcdef0123456789abcdef"
#define OVERHEAD 16

/* Each test is a process of its own; Jansson's hooks have no argument to carry this. */
static const char *canary = CANARY;
static size_t hits;

static void *watched_malloc(size_t size)
{
	char *block = malloc(size + OVERHEAD);

	if (block == NULL)
		return NULL;
	memcpy(block, &size, sizeof(size));
	return block + OVERHEAD;
}

static void watched_free(void *memory)
{
	char *block;
	size_t size;

	if (memory == NULL)
		return;
	block = (char *)memory - OVERHEAD;
	memcpy(&size, block, sizeof(size));
	if (memmem(memory, size, canary, strlen(canary)) != NULL)
		hits++;
	free(block);
}

Test(tencent_wipe, the_watch_sees_what_is_not_wiped, .timeout = 10)
{
	json_set_alloc_funcs(watched_malloc, watched_free);
	json_decref(json_string(CANARY));
	cr_expect_eq(hits, 1);
}

Test(tencent_wipe, app_password, .timeout = 10)
{
	/* The token behind it is longer, so Jansson's scratch buffer holds nothing either. */
	static const char text[] = "{\"cmdType\":1,\"ssid\":\"a\",\"password\":\"" CANARY
				   "\",\"token\":\"" LONGER "\"}";
	struct tencent_app_command command;

	json_set_alloc_funcs(watched_malloc, watched_free);
	tencent_app_parse(text, sizeof(text) - 1, &command);
	cr_assert_eq(command.kind, TENCENT_APP_CREDENTIALS);
	cr_expect_str_eq(command.password, CANARY);
	tencent_app_command_finish(&command);
	cr_expect_eq(hits, 0);
}

Test(tencent_wipe, refused_app_password, .timeout = 10)
{
	static const char text[] =
		"{\"cmdType\":1,\"password\":\"" CANARY "\",\"token\":\"" LONGER "\"}";
	struct tencent_app_command command;

	json_set_alloc_funcs(watched_malloc, watched_free);
	tencent_app_parse(text, sizeof(text) - 1, &command);
	cr_assert_eq(command.kind, TENCENT_APP_BAD);
	cr_expect_eq(hits, 0);
}

Test(tencent_wipe, identity_secrets, .timeout = 10)
{
	static const char text[] =
		"{\"auth_mode\":\"KEY\",\"productId\":\"P\",\"productSecret\":\"canary-secret-01234567\","
		"\"deviceName\":\"" LONGER "\",\"other\":{\"deep\":[\"canary-secret-01234567\"]},"
		"\"last\":\"" LONGER "\"}";
	struct tencent_identity identity;
	char out[512];
	size_t len;

	canary = "canary-secret-01234567";
	json_set_alloc_funcs(watched_malloc, watched_free);
	cr_assert_eq(tencent_identity_parse(text, sizeof(text) - 1, 0, &identity, NULL), 0);
	cr_expect_eq(hits, 0);
	cr_assert_eq(tencent_identity_write(&identity, out, sizeof(out), &len), 0);
	cr_expect(strstr(out, "\"other\":{\"deep\":[\"canary-secret-01234567\"]}") != NULL);
	tencent_identity_finish(&identity);
	cr_expect_eq(hits, 0);
}
