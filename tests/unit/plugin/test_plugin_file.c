/* SPDX-License-Identifier: Apache-2.0 */
/* Files that must not be loaded, whatever is in them. */
#include "support.h"

#include <criterion/criterion.h>

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct test_folder folder;

static void setup(void)
{
	test_folder_init(&folder);
}

static void teardown(void)
{
	test_folder_finish(&folder);
}

TestSuite(plugin_file, .timeout = 20, .init = setup, .fini = teardown);

#if defined(__x86_64__)
#define HERE "x86-64"
#elif defined(__aarch64__)
#define HERE "AArch64"
#elif defined(__arm__)
#define HERE "ARM"
#elif defined(__i386__)
#define HERE "x86"
#else
#define HERE "another machine"
#endif

/* Overwrites bytes of a file. */
static void patch(const char *path, off_t at, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY);

	cr_assert(fd >= 0);
	cr_assert_eq(pwrite(fd, bytes, len, at), (ssize_t)len);
	close(fd);
}

static void refused(const char *path, const char *line)
{
	expect_refused(path, 0, 0, PROVD_E_PLUGIN_FILE, line);
}

/* Criterion leaves the fixture's end out when a test is skipped. */
static void skip(const char *why)
{
	test_folder_finish(&folder);
	cr_skip_test("%s", why);
}

Test(plugin_file, text_is_no_elf)
{
	struct fixture_path path = test_folder_file(&folder, "x.so", "#!/bin/sh\n", 10);

	refused(path.text, "plugin 'x.so' refused: it is not an ELF file, wanted a shared object; "
			   "build it with provd_add_plugin()");
}

Test(plugin_file, empty_is_no_elf)
{
	struct fixture_path path = test_folder_file(&folder, "x.so", "", 0);

	refused(path.text, "plugin 'x.so' refused: it is not an ELF file, wanted a shared object; "
			   "build it with provd_add_plugin()");
}

Test(plugin_file, cut_in_the_header)
{
	struct fixture_path path = test_folder_copy(&folder, "good-method", "x.so", NULL);
	char line[256];

	cr_assert_eq(truncate(path.text, 20), 0);
	snprintf(line, sizeof(line),
		 "plugin 'x.so' refused: it is cut short, 20 bytes of at least %zu; copy the file "
		 "again",
		 sizeof(ElfW(Ehdr)));
	refused(path.text, line);
}

/* Without the check dlopen() would map it and die by SIGBUS. */
Test(plugin_file, cut_in_a_segment)
{
	struct fixture_path path = test_folder_copy(&folder, "good-method", "x.so", NULL);
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;

	cr_assert_eq(truncate(path.text, 4096), 0);
	cr_expect_eq(provd_plugin_load_file(path.text, 0, &plugin, &err), PROVD_E_PLUGIN_FILE);
	cr_expect_eq(strncmp(err.text,
			     "plugin 'x.so' refused: it is cut short, 4096 bytes of at least ", 63),
		     0, "%s", err.text);
	cr_expect(strstr(err.text, "; copy the file again"), "%s", err.text);
}

/* A length that no file has must not overflow anything. */
Test(plugin_file, absurd_header_offset)
{
	struct fixture_path path = test_folder_copy(&folder, "good-method", "x.so", NULL);
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;
	unsigned char all_ones[sizeof(ElfW(Off))];

	memset(all_ones, 0xff, sizeof(all_ones));
	patch(path.text, offsetof(ElfW(Ehdr), e_phoff), all_ones, sizeof(all_ones));
	cr_expect_eq(provd_plugin_load_file(path.text, 0, &plugin, &err), PROVD_E_PLUGIN_FILE);
	cr_expect_eq(strncmp(err.text, "plugin 'x.so' refused: ", 23), 0, "%s", err.text);
}

Test(plugin_file, other_machine)
{
	struct fixture_path path = test_folder_copy(&folder, "good-method", "x.so", NULL);
	uint16_t machine = EM_MIPS;

	patch(path.text, offsetof(ElfW(Ehdr), e_machine), &machine, sizeof(machine));
	refused(path.text, "plugin 'x.so' refused: it is for MIPS, this daemon is for " HERE
			   "; build it for this machine");
}

Test(plugin_file, other_word_size)
{
	struct fixture_path path = test_folder_copy(&folder, "good-method", "x.so", NULL);
	uint8_t other = sizeof(void *) == 8 ? ELFCLASS32 : ELFCLASS64;

	patch(path.text, EI_CLASS, &other, 1);
	refused(path.text, sizeof(void *) == 8 ? "plugin 'x.so' refused: it is 32-bit, this daemon "
						 "is 64-bit; build it for this machine"
					       : "plugin 'x.so' refused: it is 64-bit, this daemon "
						 "is 32-bit; build it for this machine");
}

Test(plugin_file, object_instead_of_shared_object)
{
	struct fixture_path path = test_folder_copy(&folder, "good-method", "x.so", NULL);
	uint16_t type = ET_REL;

	patch(path.text, offsetof(ElfW(Ehdr), e_type), &type, sizeof(type));
	refused(path.text, "plugin 'x.so' refused: ELF type is 1, wanted a shared object (3); link "
			   "it with -shared");
}

Test(plugin_file, directory)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/x.so", folder.path);
	cr_assert_eq(mkdir(path, 0755), 0);
	refused(path, "plugin 'x.so' refused: it is a directory, wanted a regular file; put the "
		      "plugin's shared object there");
}

/* Must not wait for a writer either. */
Test(plugin_file, pipe)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/x.so", folder.path);
	cr_assert_eq(mkfifo(path, 0644), 0);
	refused(path, "plugin 'x.so' refused: it is a pipe, wanted a regular file; put the "
		      "plugin's shared object there");
}

Test(plugin_file, writable_by_group)
{
	struct fixture_path path = test_folder_copy(&folder, "good-method", "good-method.so", NULL);

	cr_assert_eq(chmod(path.text, 0664), 0);
	refused(path.text, "plugin 'good-method.so' refused: the file has mode 0664, wanted no "
			   "write access for group and others; run chmod go-w on it");
}

Test(plugin_file, folder_writable_by_others)
{
	struct fixture_path path = test_folder_copy(&folder, "good-method", "good-method.so", NULL);
	char line[256];

	cr_assert_eq(chmod(folder.path, 01777), 0);
	snprintf(line, sizeof(line),
		 "plugin 'good-method.so' refused: its folder '%s' has mode 1777, wanted no write "
		 "access for group and others; run chmod go-w on it",
		 folder.path);
	refused(path.text, line);
}

Test(plugin_file, other_owner)
{
	struct fixture_path path = test_folder_copy(&folder, "good-method", "good-method.so", NULL);

	if (geteuid() != 0)
		skip("needs root");
	cr_assert_eq(chown(path.text, 12345, 12345), 0);
	refused(path.text, "plugin 'good-method.so' refused: the file belongs to uid 12345, wanted "
			   "root; run chown root on it");
}

Test(plugin_file, folder_of_other_owner)
{
	struct fixture_path path = test_folder_copy(&folder, "good-method", "good-method.so", NULL);
	char line[256];

	if (geteuid() != 0)
		skip("needs root");
	cr_assert_eq(chown(folder.path, 12345, 12345), 0);
	snprintf(line, sizeof(line),
		 "plugin 'good-method.so' refused: its folder '%s' belongs to uid 12345, wanted "
		 "root; run chown root on it",
		 folder.path);
	refused(path.text, line);
}

/* Packages install links: what counts is where they lead. */
Test(plugin_file, link_to_a_good_file)
{
	struct fixture_path target = fixture_path("good-method");
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/good-method.so", folder.path);
	cr_assert_eq(symlink(target.text, path), 0);
	cr_assert_eq(provd_plugin_load_file(path, 0, &plugin, &err), 0, "%s", err.text);
	provd_plugin_unload(plugin, 1);
}

Test(plugin_file, link_into_a_folder_of_others)
{
	struct fixture_path target = test_folder_copy(&folder, "good-method", "target.so", NULL);
	struct test_folder trusted;
	char path[128];
	char line[256];

	test_folder_init(&trusted);
	cr_assert_eq(chmod(folder.path, 0777), 0);
	snprintf(path, sizeof(path), "%s/good-method.so", trusted.path);
	cr_assert_eq(symlink(target.text, path), 0);
	snprintf(line, sizeof(line),
		 "plugin 'good-method.so' refused: its folder '%s' has mode 0777, wanted no write "
		 "access for group and others; run chmod go-w on it",
		 folder.path);
	refused(path, line);
	test_folder_finish(&trusted);
}

Test(plugin_file, link_to_nowhere)
{
	char path[128];
	char line[256];

	snprintf(path, sizeof(path), "%s/x.so", folder.path);
	cr_assert_eq(symlink("nowhere", path), 0);
	snprintf(line, sizeof(line),
		 "plugin 'x.so' refused: opening '%s' failed: No such file or directory; check "
		 "path and access",
		 path);
	expect_refused(path, 0, 0, PROVD_E_NOT_FOUND, line);
}

Test(plugin_file, file_without_read_access)
{
	struct fixture_path path = test_folder_copy(&folder, "good-method", "x.so", NULL);
	char line[sizeof(path.text) + 128];

	if (geteuid() == 0)
		skip("root may read anything");
	cr_assert_eq(chmod(path.text, 0), 0);
	snprintf(line, sizeof(line),
		 "plugin 'x.so' refused: opening '%s' failed: Permission denied; check path and "
		 "access",
		 path.text);
	refused(path.text, line);
}

/* A name from a config or a package may be anything; a message stays one printable line. */
Test(plugin_file, message_is_one_printable_line)
{
	char path[300];
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;

	memset(path, 'n', sizeof(path));
	memcpy(path, "/tmp/\n\x1b[31m", 11);
	path[sizeof(path) - 1] = '\0';
	cr_expect_lt(provd_plugin_load_file(path, 0, &plugin, &err), 0);
	for (const char *c = err.text; *c; c++)
		cr_expect(*c >= ' ' && *c <= '~');
	cr_expect_lt(strlen(err.text), sizeof(err.text));
}
