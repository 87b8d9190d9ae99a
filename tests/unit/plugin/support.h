/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_PLUGIN_SUPPORT_H
#define TEST_PLUGIN_SUPPORT_H

#include "plugin/loader_internal.h"

#include <limits.h>

/** Path of a fixture's file. */
struct fixture_path {
	char text[PATH_MAX];
};
struct fixture_path fixture_path(const char *name);

/** Loads PATH as a daemon that speaks 1.0 to 1.MINOR and wants the exact refusal `line`. */
void expect_refused(const char *path, uint32_t kind, uint32_t minor, int code, const char *line);

/** The same for a fixture by name, minor 0, any kind. */
void expect_fixture_refused(const char *name, int code, const char *line);

/** The same with a line that has numbers in it. */
__attribute__((format(printf, 3, 4))) void expect_fixture_refused_f(const char *name, int code,
								    const char *format, ...);

/** A folder of one test, removed by test_folder_finish. */
struct test_folder {
	char path[64];
};
void test_folder_init(struct test_folder *folder);
void test_folder_finish(struct test_folder *folder);

/** Writes FOLDER/NAME with mode 0644. */
struct fixture_path test_folder_file(const struct test_folder *folder, const char *name,
				     const void *data, size_t len);

/** Copies a fixture to FOLDER/NAME. @return its path; `out_len` may be NULL */
struct fixture_path test_folder_copy(const struct test_folder *folder, const char *fixture,
				     const char *name, size_t *out_len);

#endif /* TEST_PLUGIN_SUPPORT_H */
