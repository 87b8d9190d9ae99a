/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over files and folders without libFuzzer, so that a corpus is a test as well:
 * `fuzz_app FILE-OR-FOLDER...`. Each input is handed over in memory of exactly its size.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (1U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *buffer = NULL;
	uint8_t *exact = NULL;
	size_t len;
	int rc = -1;

	if (file == NULL)
		goto out;
	buffer = malloc(INPUT_MAX);
	if (buffer == NULL)
		goto out;
	len = fread(buffer, 1, INPUT_MAX, file);
	if (ferror(file) != 0)
		goto out;
	exact = malloc(len != 0 ? len : 1);
	if (exact == NULL)
		goto out;
	memcpy(exact, buffer, len);
	(void)LLVMFuzzerTestOneInput(exact, len);
	rc = 0;
out:
	if (rc != 0)
		fprintf(stderr, "%s: cannot be read: %s\n", path, strerror(errno));
	if (file != NULL)
		(void)fclose(file);
	free(exact);
	free(buffer);
	return rc;
}

static int run_folder(const char *path, size_t *count)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	char name[4096];
	int rc = 0;

	if (dir == NULL) {
		fprintf(stderr, "%s: cannot be opened: %s\n", path, strerror(errno));
		return -1;
	}
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		int n;

		if (entry->d_name[0] == '.')
			continue;
		n = snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (n < 0 || (size_t)n >= sizeof(name)) {
			rc = -1;
		} else {
			rc = run_file(name);
			(*count)++;
		}
	}
	(void)closedir(dir);
	return rc;
}

int main(int argc, char **argv)
{
	size_t count = 0;

	for (int i = 1; i < argc; i++) {
		struct stat info;
		int rc;

		if (stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode)) {
			rc = run_folder(argv[i], &count);
		} else {
			rc = run_file(argv[i]);
			count++;
		}
		if (rc != 0)
			return EXIT_FAILURE;
	}
	printf("%zu inputs\n", count);
	/* A corpus that was not found must not look like one that passed. */
	return count != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
