/* SPDX-License-Identifier: Apache-2.0 */
/* Loading by name, negotiation in both directions, inspection. */
#include "support.h"

#include <criterion/criterion.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(plugin_load, .timeout = 20);

static const char *const dirs[] = {"/nonexistent/provd", PROVD_FIXTURE_DIR};

Test(plugin_load, by_name_from_the_first_folder_that_has_it)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;

	cr_assert_eq(provd_plugin_load("good-method", dirs, 2, PROVD_PLUGIN_METHOD, &plugin, &err),
		     0, "%s", err.text);
	cr_expect_str_eq(plugin->descriptor.name, "good-method");
	cr_expect_str_eq(plugin->file, PROVD_FIXTURE_DIR "/good-method.so");
	cr_expect_eq(plugin->descriptor.size, sizeof(plugin->descriptor));
	cr_expect_eq(plugin->ops.method.size, sizeof(plugin->ops.method));
	cr_expect_not_null(plugin->ops.method.create);
	cr_expect_null(plugin->ops.method.suspend);
	provd_plugin_unload(plugin, 1);
	cr_expect_null(dlopen(PROVD_FIXTURE_DIR "/good-method.so", RTLD_NOW | RTLD_NOLOAD),
		       "still mapped");
}

Test(plugin_load, all_kinds)
{
	struct provd_plugin *plugin = NULL;

	cr_assert_eq(provd_plugin_load("good-hal", dirs, 2, PROVD_PLUGIN_HAL, &plugin, NULL), 0);
	cr_expect_not_null(plugin->ops.hal.get_caps);
	provd_plugin_unload(plugin, 1);
	cr_assert_eq(provd_plugin_load("good-hal", dirs, 2, 0, &plugin, NULL), 0);
	provd_plugin_unload(plugin, 1);
	provd_plugin_unload(NULL, 1);
}

Test(plugin_load, unload_may_keep_the_mapping)
{
	struct provd_plugin *plugin = NULL;
	void *handle;

	cr_assert_eq(provd_plugin_load("good-hal", dirs, 2, 0, &plugin, NULL), 0);
	provd_plugin_unload(plugin, 0);
	handle = dlopen(PROVD_FIXTURE_DIR "/good-hal.so", RTLD_NOW | RTLD_NOLOAD);
	cr_expect_not_null(handle);
}

/* A broken file in an early folder is reported, never passed over for a later folder. */
Test(plugin_load, first_match_decides)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;
	struct test_folder folder;
	const char *search[2];

	test_folder_init(&folder);
	test_folder_file(&folder, "good-method.so", "no", 2);
	search[0] = folder.path;
	search[1] = PROVD_FIXTURE_DIR;
	cr_expect_eq(provd_plugin_load("good-method", search, 2, 0, &plugin, &err),
		     PROVD_E_PLUGIN_FILE);
	cr_expect_str_eq(err.text, "plugin 'good-method.so' refused: it is not an ELF file, wanted "
				   "a shared object; build it with provd_add_plugin()");
	test_folder_finish(&folder);
}

Test(plugin_load, missing_names_the_folders)
{
	static const char *const nowhere[] = {"/nonexistent/a", "/nonexistent/b"};
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;

	cr_expect_eq(provd_plugin_load("softap", nowhere, 2, 0, &plugin, &err), PROVD_E_NOT_FOUND);
	cr_expect_str_eq(err.text, "plugin 'softap.so' refused: no such file in /nonexistent/a, "
				   "/nonexistent/b; install it or correct plugin_dirs");
	cr_expect_eq(provd_plugin_load("softap", nowhere, 0, 0, &plugin, &err), PROVD_E_NOT_FOUND);
	cr_expect_str_eq(err.text, "plugin 'softap.so' refused: no such file in no folder; install "
				   "it or correct plugin_dirs");
}

Test(plugin_load, names_not_paths)
{
	static const char *const bad[] = {"",
					  "../good-method",
					  "/etc/passwd",
					  "good-method.so",
					  "Good",
					  "1up",
					  "-x",
					  "good_hal",
					  "a b",
					  "softap\n",
					  "aaaaaaaaaabbbbbbbbbbccccccccccddd"};
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_expect_eq(provd_plugin_load(bad[i], dirs, 2, 0, &plugin, &err),
			     PROVD_E_PLUGIN_FILE, "%s", bad[i]);
		cr_expect_not_null(strstr(err.text, "is not a plugin name"), "%s", err.text);
	}
	cr_expect_eq(provd_plugin_load("../x", dirs, 2, 0, &plugin, &err), PROVD_E_PLUGIN_FILE);
	cr_expect_str_eq(err.text, "plugin 'x' refused: '../x' is not a plugin name, wanted a-z, "
				   "then up to 31 of a-z 0-9 '-'; give no path and no .so");
	cr_expect(provd_loader_name_valid("aaaaaaaaaabbbbbbbbbbccccccccccdd"));
	cr_expect(provd_loader_name_valid("a"));
	cr_expect_not(provd_loader_name_valid("aaaaaaaaaabbbbbbbbbbccccccccccddd"));
}

/* The plugin is newer: it loads, and nothing behind our own structures is looked at. */
Test(plugin_load, newer_minor_with_grown_structures)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;
	const struct provd_option *second;

	cr_assert_eq(provd_plugin_load("newer-minor", dirs, 2, 0, &plugin, &err), 0, "%s",
		     err.text);
	cr_expect_eq(plugin->descriptor.abi_minor, 4);
	cr_expect_eq(plugin->descriptor.size, sizeof(plugin->descriptor));
	cr_expect_eq(plugin->ops.method.size, sizeof(plugin->ops.method));
	cr_expect_gt(plugin->descriptor.option_size, sizeof(struct provd_option));
	second = (const void *)((const char *)plugin->descriptor.options +
				plugin->descriptor.option_size);
	cr_expect_str_eq(second->name, "second");
	provd_plugin_unload(plugin, 1);
}

/* The daemon is newer: what asked for 1.7 and was refused by 1.4 loads from 1.7 on. */
Test(plugin_load, daemon_of_the_minor_that_is_needed)
{
	struct provd_loader_host host = {PROVD_ABI_MAJOR, 7};
	struct fixture_path path = fixture_path("needs-newer");
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;

	cr_assert_eq(provd_loader_load(path.text, 0, &host, &plugin, &err), 0, "%s", err.text);
	provd_plugin_unload(plugin, 1);
	path = fixture_path("good-method");
	host.minor = 65535;
	cr_assert_eq(provd_loader_load(path.text, 0, &host, &plugin, &err), 0, "%s", err.text);
	provd_plugin_unload(plugin, 1);
	host.major = 2;
	cr_expect_eq(provd_loader_load(path.text, 0, &host, &plugin, &err), PROVD_E_PLUGIN_ABI);
	cr_expect_str_eq(err.text, "plugin 'good-method.so' refused: built for plugin ABI 1.0, "
				   "this daemon speaks 2.0 to 2.65535; rebuild it with these "
				   "headers");
}

struct table_old {
	uint32_t size;
	uint32_t first;
};

struct table_new {
	uint32_t size;
	uint32_t first;
	uint32_t second;
	uint32_t third;
};

Test(plugin_load, table_of_an_older_side_is_filled_with_zeroes)
{
	struct table_old theirs = {sizeof(theirs), 7};
	struct table_new ours;

	memset(&ours, 0xff, sizeof(ours));
	cr_assert_eq(provd_table_copy(&ours, sizeof(ours), &theirs), 0);
	cr_expect_eq(ours.size, sizeof(theirs));
	cr_expect_eq(ours.first, 7);
	cr_expect_eq(ours.second, 0);
	cr_expect_eq(ours.third, 0);
	cr_expect(PROVD_HAS(&ours, first));
	cr_expect_not(PROVD_HAS(&ours, second));
}

Test(plugin_load, table_of_a_newer_side_is_cut)
{
	struct table_new theirs = {sizeof(theirs), 7, 8, 9};
	struct table_old ours[2] = {{0, 0}, {5, 5}};

	cr_assert_eq(provd_table_copy(ours, sizeof(ours[0]), &theirs), 0);
	cr_expect_eq(ours[0].size, sizeof(ours[0]));
	cr_expect_eq(ours[0].first, 7);
	cr_expect_eq(ours[1].first, 5, "written behind the end");
}

Test(plugin_load, table_without_a_size)
{
	struct table_new theirs = {7, 1, 2, 3};
	struct table_new ours = {1, 1, 1, 1};

	cr_expect_eq(provd_table_copy(&ours, sizeof(ours), &theirs), PROVD_E_PLUGIN_DESCRIPTOR);
	cr_expect_eq(ours.first, 1, "output touched on failure");
}

Test(plugin_load, print)
{
	struct provd_plugin *plugin = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	cr_assert_not_null(out);
	cr_assert_eq(provd_plugin_load("newer-minor", dirs, 2, 0, &plugin, NULL), 0);
	provd_plugin_print(plugin, out);
	fclose(out);
	cr_expect_eq(strncmp(text, "plugin   newer-minor 4.0.0 (method)\n", 36), 0, "%s", text);
	cr_expect_not_null(strstr(text, "summary  a plugin from the future\n"));
	cr_expect_not_null(strstr(text, "ABI      1.4, works with 1.0 and newer; this daemon "));
	cr_expect_not_null(strstr(text, "second"), "%s", text);
	free(text);
	provd_plugin_unload(plugin, 1);
}
