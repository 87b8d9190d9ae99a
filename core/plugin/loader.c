/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/loader_internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* dlerror() begins with the path, which the refusal has named already. */
static const char *linker_words(const char *real)
{
	const char *words = dlerror();
	size_t len = strlen(real);

	if (!words)
		return "no reason given";
	if (strncmp(words, real, len) == 0 && strncmp(words + len, ": ", 2) == 0)
		words += len + 2;
	return words;
}

/* Bytes of the symbol in the file's symbol table; SIZE_MAX where libc cannot tell. */
static size_t symbol_size(const void *symbol)
{
#ifdef __GLIBC__
	Dl_info info;
	const ElfW(Sym) *entry = NULL;

	if (dladdr1(symbol, &info, (void **)&entry, RTLD_DL_SYMENT) && entry &&
	    info.dli_saddr == symbol)
		return entry->st_size;
#endif
	(void)symbol;
	return SIZE_MAX;
}

static int map_and_check(struct provd_plugin *plugin, const char *real, const char *path,
			 uint32_t kind, const struct provd_loader_host *host,
			 struct provd_error *err)
{
	const struct provd_plugin_descriptor *theirs;

	plugin->handle = dlopen(real, RTLD_NOW | RTLD_LOCAL);
	if (!plugin->handle)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, path,
					   "the linker says '%.100s'; link the libraries it needs",
					   linker_words(real));
	theirs = dlsym(plugin->handle, PROVD_PLUGIN_SYMBOL);
	if (!theirs)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, path,
					   "it exports no symbol " PROVD_PLUGIN_SYMBOL
					   ", wanted one; define it as in <provd/plugin.h>");
	return provd_loader_check(theirs, symbol_size(theirs), path, kind, host, plugin, err);
}

int provd_loader_load(const char *path, uint32_t kind, const struct provd_loader_host *host,
		      struct provd_plugin **out_plugin, struct provd_error *err)
{
	struct provd_plugin *plugin;
	char *real = NULL;
	int fd = -1;
	int ret = provd_loader_open(path, &real, &fd, err);

	if (ret < 0)
		return ret;
	plugin = calloc(1, sizeof(*plugin));
	if (plugin)
		plugin->file = strdup(path);
	if (!plugin || !plugin->file) {
		ret = provd_loader_refuse(err, PROVD_E_NOMEM, path, "out of memory");
		goto out;
	}
	ret = provd_loader_check_elf(fd, path, err);
	if (ret < 0)
		goto out;
	ret = map_and_check(plugin, real, path, kind, host, err);
	if (ret < 0)
		goto out;
	*out_plugin = plugin;
	plugin = NULL;
out:
	provd_plugin_unload(plugin, 1);
	close(fd);
	free(real);
	return ret;
}

int provd_plugin_load_file(const char *path, uint32_t kind, struct provd_plugin **out_plugin,
			   struct provd_error *err)
{
	static const struct provd_loader_host host = {PROVD_ABI_MAJOR, PROVD_ABI_MINOR};

	return provd_loader_load(path, kind, &host, out_plugin, err);
}

/* Names the folders that were looked into, as many as fit. */
static int refuse_missing(const char *file, const char *const *dirs, size_t dir_count,
			  struct provd_error *err)
{
	char list[96] = "no folder";
	size_t used = 0;

	for (size_t i = 0; i < dir_count; i++) {
		int n = snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", dirs[i]);

		if (n < 0 || (size_t)n >= sizeof(list) - used) {
			memcpy(list + sizeof(list) - 4, "...", 4);
			break;
		}
		used += (size_t)n;
	}
	return provd_loader_refuse(err, PROVD_E_NOT_FOUND, file,
				   "no such file in %s; install it or correct plugin_dirs", list);
}

int provd_plugin_load(const char *name, const char *const *dirs, size_t dir_count, uint32_t kind,
		      struct provd_plugin **out_plugin, struct provd_error *err)
{
	char file[40];
	char path[PATH_MAX];
	struct stat st;
	int n;

	if (!provd_loader_name_valid(name))
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, name,
					   "'%.40s' is not a plugin name, wanted a-z, then up to "
					   "31 of a-z 0-9 '-'; give no path and no .so",
					   name);
	n = snprintf(file, sizeof(file), "%s.so", name);
	if (n < 0 || (size_t)n >= sizeof(file))
		return PROVD_E_INTERNAL;
	for (size_t i = 0; i < dir_count; i++) {
		n = snprintf(path, sizeof(path), "%s/%s", dirs[i], file);
		if (n < 0 || (size_t)n >= sizeof(path))
			continue; /* no file can be there, ignoring */
		/* Anything but "not there" must be reported, not passed over. */
		if (lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR))
			return provd_plugin_load_file(path, kind, out_plugin, err);
	}
	return refuse_missing(file, dirs, dir_count, err);
}

void provd_plugin_unload(struct provd_plugin *plugin, int unmap)
{
	if (!plugin)
		return;
	if (unmap && plugin->handle)
		dlclose(plugin->handle);
	free(plugin->file);
	free(plugin);
}
