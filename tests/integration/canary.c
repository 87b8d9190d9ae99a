/* SPDX-License-Identifier: Apache-2.0 */
#include "e2e.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FORMS_MAX 48

struct needles {
	char *text[FORMS_MAX];
	size_t count;
	size_t token;	 /* where its forms begin; the first ones are those of the passphrase */
	size_t of_phone; /* number of these two; the rest are the device's secrets */
	int encrypted;	 /* what is saved is encrypted */
};

static struct needles needles;
static size_t files_searched;

static void add(const char *text, size_t len)
{
	cr_assert_lt(needles.count, FORMS_MAX);
	needles.text[needles.count++] = strndup(text, len);
}

static void add_hex(const char *secret)
{
	size_t len = strlen(secret);
	char *lower = calloc(1, 2 * len + 1);
	char *upper = calloc(1, 2 * len + 1);

	for (size_t i = 0; i < len; i++) {
		(void)snprintf(lower + 2 * i, 3, "%02x", (unsigned char)secret[i]);
		(void)snprintf(upper + 2 * i, 3, "%02X", (unsigned char)secret[i]);
	}
	add(lower, 2 * len);
	add(upper, 2 * len);
	free(lower);
	free(upper);
}

/* Base64 hides a text in three ways, by where it starts in its group of three. What does not
 * depend on the neighbours is searched for. */
static void add_base64(const char *secret)
{
	unsigned char padded[128];
	unsigned char encoded[200];
	size_t len = strlen(secret);

	for (size_t shift = 0; shift < 3; shift++) {
		size_t whole = (len + shift) / 3 * 4;

		memset(padded, 'x', shift);
		memcpy(padded + shift, secret, len);
		EVP_EncodeBlock(encoded, padded, (int)(len + shift));
		add((char *)encoded + (shift ? 4 : 0), whole - (shift ? 4 : 0));
	}
}

static void add_json(const char *secret)
{
	json_t *value = json_string(secret);
	char *text = json_dumps(value, JSON_ENCODE_ANY);

	if (strlen(text) != strlen(secret) + 2)
		add(text + 1, strlen(text) - 2);
	free(text);
	json_decref(value);
}

static void add_all(const char *secret)
{
	add(secret, strlen(secret));
	add_hex(secret);
	add_base64(secret);
	add_json(secret);
}

/* The key that TLS uses: the device secret without its base64. */
static void add_key(const char *secret)
{
	unsigned char key[128];
	int len = EVP_DecodeBlock(key, (const unsigned char *)secret, (int)strlen(secret));
	char hex[2 * sizeof(key) + 1];

	for (int i = 0; i < len; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", key[i]);
	/* Padding decodes to zero bytes at the end; what is before them is enough to find it. */
	if (len > 8)
		add(hex, 2 * ((size_t)len - 3));
}

static void add_device_secrets(const char *dir)
{
	char path[256];
	json_t *root;
	const char *product;
	const char *device;

	(void)snprintf(path, sizeof(path), "%s/device_info.json", dir);
	root = json_load_file(path, 0, NULL);
	product = json_string_value(json_object_get(root, "productSecret"));
	device = json_string_value(
		json_object_get(json_object_get(root, "key_deviceinfo"), "deviceSecret"));
	if (product && strlen(product) >= 16)
		add_all(product);
	if (device && strlen(device) >= 16) {
		add_all(device);
		add_key(device);
	}
	json_decref(root);
}

/* Whether a file may hold needle `i`, when nobody else can read it. */
static int may_hold(const char *path, size_t i)
{
	const char *name = strrchr(path, '/');

	/* The config describes the simulated network, the identity file is the device's. */
	if (strcmp(name, "/provd.json") == 0 || strcmp(name, "/device_info.json") == 0)
		return 1;
	/* Saved networks have passphrases; the token is kept only while its session goes on. */
	if (strcmp(name, "/networks.rec") == 0)
		return i < needles.token && !needles.encrypted;
	if (strcmp(name, "/staged.rec") == 0)
		return i < needles.of_phone && !needles.encrypted;
	return 0;
}

/* The simulated cloud keeps its devices' secrets in a folder of its own. */
static size_t needles_for(const char *path)
{
	return strstr(path, "/cloud/") ? needles.of_phone : needles.count;
}

static int search(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	FILE *file;
	char *content;
	size_t len;

	(void)ftw;
	if (type != FTW_F || !S_ISREG(st->st_mode) || st->st_size == 0)
		return 0;
	file = fopen(path, "r");
	content = malloc((size_t)st->st_size);
	if (!file || !content)
		goto out;
	len = fread(content, 1, (size_t)st->st_size, file);
	files_searched++;
	for (size_t i = 0; i < needles_for(path); i++) {
		if (!memmem(content, len, needles.text[i], strlen(needles.text[i])))
			continue;
		cr_expect(may_hold(path, i), "%s holds a secret in the form \"%s\"", path,
			  needles.text[i]);
		cr_expect_eq(st->st_mode & 077, 0, "%s can be read by others", path);
	}
out:
	free(content);
	if (file)
		fclose(file);
	return 0;
}

void e2e_check_canaries(const char *dir)
{
	char key_file[256];

	add_all(E2E_PASSPHRASE);
	needles.token = needles.count;
	add_all(E2E_TOKEN);
	needles.of_phone = needles.count;
	(void)snprintf(key_file, sizeof(key_file), "%s/store.key", dir);
	needles.encrypted = access(key_file, F_OK) == 0;
	add_device_secrets(dir);
	cr_assert_eq(nftw(dir, search, 16, FTW_PHYS), 0);
	cr_assert_gt(files_searched, 2, "the search saw no files");
	for (size_t i = 0; i < needles.count; i++)
		free(needles.text[i]);
	memset(&needles, 0, sizeof(needles));
	files_searched = 0;
}
