/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "net/net.h"
#include "net/net_util.h"
#include "secret/secret.h"
#include "store/record.h"

#define HEX_SIZE ((size_t)2 * PROVD_RECORD_KEY_SIZE)
/** Hexadecimal digits, CR and LF, and one byte by which a longer file shows. */
#define ROOM (HEX_SIZE + 3)

static int fail(struct provd_error *err, int sys_errno, const char *path)
{
	int code = provd_net_code(sys_errno);

	if (code != PROVD_E_ACCESS && code != PROVD_E_NOT_FOUND)
		code = PROVD_E_IO;
	return provd_net_fail(err, code, sys_errno, "the key file %s cannot be read: %s", path,
			      strerror(sys_errno));
}

static int refuse(struct provd_error *err, const char *path, const char *why, const char *remedy)
{
	return provd_net_fail(err, PROVD_E_ACCESS, 0, "the key file %s is not used: %s; run: %s %s",
			      path, why, remedy, path);
}

static int check(int fd, const char *path, struct provd_error *err)
{
	struct stat info;

	if (fstat(fd, &info))
		return fail(err, errno, path);
	if (!S_ISREG(info.st_mode))
		return provd_net_fail(err, PROVD_E_ACCESS, 0,
				      "the key file %s is not used: it is not a regular file",
				      path);
	if (info.st_uid != 0 && info.st_uid != geteuid())
		return refuse(err, path, "it belongs neither to root nor to the daemon's user",
			      "chown root");
	if (info.st_mode & (S_IRWXG | S_IRWXO))
		return refuse(err, path, "others can get at it", "chmod 600");
	return 0;
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* 32 bytes, or 64 digits and a line end. @return 0 or -1 */
static int parse(const uint8_t *bytes, size_t len, uint8_t key[PROVD_RECORD_KEY_SIZE])
{
	if (len == PROVD_RECORD_KEY_SIZE) {
		memcpy(key, bytes, len);
		return 0;
	}
	if (len > HEX_SIZE && bytes[len - 1] == '\n')
		len--;
	if (len > HEX_SIZE && bytes[len - 1] == '\r')
		len--;
	if (len != HEX_SIZE)
		return -1;
	for (size_t i = 0; i < PROVD_RECORD_KEY_SIZE; i++) {
		int high = digit(bytes[2 * i]);
		int low = digit(bytes[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		key[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int provd_store_key_file(const char *path, struct provd_secret **out_key, struct provd_error *err)
{
	uint8_t bytes[ROOM];
	uint8_t key[PROVD_RECORD_KEY_SIZE];
	struct provd_secret *secret;
	size_t len = 0;
	int failed;
	int code;
	/* O_NONBLOCK: opening a pipe must not wait for its other end. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return fail(err, errno, path);
	code = check(fd, path, err);
	if (code)
		goto out;
	failed = provd_file_read_fully(fd, bytes, ROOM, &len);
	if (failed) {
		code = fail(err, failed, path);
		goto out;
	}
	if (parse(bytes, len, key)) {
		code = provd_net_fail(err, PROVD_E_CORRUPT, 0,
				      "the key file %s holds no key: expected 32 bytes or 64 "
				      "hexadecimal digits",
				      path);
		goto out;
	}
	secret = provd_secret_create(key, sizeof(key));
	if (!secret) {
		code = fail(err, ENOMEM, path);
		goto out;
	}
	*out_key = secret;
out:
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(key, sizeof(key));
	(void)close(fd);
	return code;
}
