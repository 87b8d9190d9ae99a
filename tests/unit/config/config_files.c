/* SPDX-License-Identifier: Apache-2.0 */
#include "config_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct provd_option config_test_rows[] = {
	{PROVD_OPTION_TEXT, 0, 1, 32, 0, 0, "ssid", "\"Lamp\"", NULL, "Name of the network."},
	{PROVD_OPTION_INT, 0, 1, 13, 0, 0, "channel", "6", NULL, "Radio channel."},
	{PROVD_OPTION_BOOL, 0, 0, 0, 0, 0, "hidden", "false", NULL, "Whether it is hidden."},
	{PROVD_OPTION_CHOICE, 0, 0, 0, 0, 0, "security", "\"open\"", "open|wpa2|wpa3",
	 "How it is protected."},
	{PROVD_OPTION_DURATION, 0, 100, 3600000, 0, 0, "idle", "\"5m\"", NULL, "How long."},
	{PROVD_OPTION_PATH, 0, 0, 0, 0, 0, "state", NULL, NULL, "Where it keeps things."},
	{PROVD_OPTION_TEXT, PROVD_OPTION_SECRET, 8, 63, 0, 0, "password", NULL, NULL,
	 "Its passphrase."},
	{PROVD_OPTION_TEXT_LIST, 0, 0, 3, 0, 0, "names", "[\"a\"]", NULL, "Some names."},
	{PROVD_OPTION_OBJECT_LIST, 0, 0, 0, 0, 0, "networks", NULL, NULL, "Some networks."},
	{PROVD_OPTION_INT, PROVD_OPTION_REQUIRED, 0, 0, 0, 0, "slot", NULL, NULL, "A number."},
};
const size_t config_test_row_count = sizeof(config_test_rows) / sizeof(config_test_rows[0]);

static void must(int good, const char *what)
{
	if (!good) {
		perror(what);
		abort();
	}
}

void config_file_write(struct config_file *file, const void *text, size_t len, unsigned int mode)
{
	int fd;

	(void)snprintf(file->dir, sizeof(file->dir), "/tmp/provd-config-XXXXXX");
	must(mkdtemp(file->dir) != NULL, "mkdtemp");
	(void)snprintf(file->path, sizeof(file->path), "%s/provd.json", file->dir);
	fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(fd >= 0, "open");
	must(write(fd, text, len) == (ssize_t)len, "write");
	must(fchmod(fd, (mode_t)mode) == 0, "fchmod");
	must(close(fd) == 0, "close");
}

void config_file_remove(struct config_file *file)
{
	(void)unlink(file->path);
	(void)rmdir(file->dir);
}

int config_load_text(const void *text, size_t len, struct provd_config **out_config,
		     struct provd_config_errors *errors)
{
	struct config_file file;
	int result;

	config_file_write(&file, text, len, 0600);
	result = provd_config_load(file.path, out_config, errors);
	config_file_remove(&file);
	return result;
}

const char *config_line_rest(const char *line)
{
	static const char name[] = "/provd.json:";
	const char *at = strstr(line, name);

	if (strncmp(line, "/tmp/provd-config-", 18) != 0 || at == NULL)
		return NULL;
	return at + sizeof(name) - 1;
}
