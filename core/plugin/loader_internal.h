/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file plugin/loader_internal.h
 * @brief The loader's steps, and the version it speaks as a parameter so that tests can pretend.
 */
#ifndef PROVD_CORE_LOADER_INTERNAL_H
#define PROVD_CORE_LOADER_INTERNAL_H

#include "plugin/plugin.h"

#include <sys/types.h>

/** Which plugin ABI the daemon speaks: MAJOR.0 to MAJOR.minor. */
struct provd_loader_host {
	uint32_t major;
	uint32_t minor;
};

/**
 * Writes a refusal in the one shape all of them have: plugin 'FILE' refused: REASON. What does not
 * fit ends in "...". Characters outside printable ASCII are shown as '?'.
 * @param code the PROVD_E_* code, also the return value
 * @param file the file's name with or without folder; its last component is shown
 */
__attribute__((format(printf, 4, 5))) int
provd_loader_refuse(struct provd_error *err, int code, const char *file, const char *reason, ...);

/** 1 when `name` is a plugin name: [a-z][a-z0-9-]{0,31}; else 0. */
int provd_loader_name_valid(const char *name);

/** The last `sizeof(out)` bytes of a path that is too long for a message, after "...". */
struct provd_loader_short {
	char text[64];
};
struct provd_loader_short provd_loader_shorten(const char *path);

/**
 * Opens a plugin file and checks that only root or we can have put it there: after symbolic links
 * are resolved, the file is a regular one, file and folder belong to root or to the effective
 * user, and neither can be written to by group or others.
 * @param out_real the resolved path, given (free); no symbolic link is left in it
 * @param out_fd   open for reading, the caller closes it
 * @return 0, PROVD_E_NOT_FOUND, PROVD_E_PLUGIN_FILE, PROVD_E_NOMEM
 */
int provd_loader_open(const char *path, char **out_real, int *out_fd, struct provd_error *err);

/**
 * Reads the ELF header and program headers: a shared object for this machine, of full length?
 * dlopen() would end the process by SIGBUS on a file that is cut short.
 * @return 0, PROVD_E_PLUGIN_FILE
 */
int provd_loader_check_elf(int fd, const char *file, struct provd_error *err);

/**
 * Checks a descriptor and copies it and its operations, zero-filled to our size.
 * @param symbol_size bytes the symbol really has; SIZE_MAX when not known
 * @param file        file name for messages and for the name that the descriptor must have
 * @param plugin      receives `descriptor` and `ops`
 * @return 0, PROVD_E_PLUGIN_ABI, PROVD_E_PLUGIN_DESCRIPTOR
 */
int provd_loader_check(const struct provd_plugin_descriptor *theirs, size_t symbol_size,
		       const char *file, uint32_t kind, const struct provd_loader_host *host,
		       struct provd_plugin *plugin, struct provd_error *err);

/** provd_plugin_load_file for a daemon that speaks `host`. */
int provd_loader_load(const char *path, uint32_t kind, const struct provd_loader_host *host,
		      struct provd_plugin **out_plugin, struct provd_error *err);

/** "method", "HAL", "cloud"; "unknown kind" for other numbers. */
const char *provd_plugin_kind_name(uint32_t kind);

#endif /* PROVD_CORE_LOADER_INTERNAL_H */
