/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file common.h
 * @brief What all verbs of provsim share: exit codes, JSON-line output, files, numbers, child set-up.
 */
#ifndef PROVSIM_COMMON_H
#define PROVSIM_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <netinet/in.h>

#include <jansson.h>

#include <provd/error.h>

/** Exit status of every verb. */
enum sim_exit {
	SIM_EXIT_OK = 0,
	SIM_EXIT_FAILED = 1,
	SIM_EXIT_USAGE = 2,
	SIM_EXIT_TIMEOUT = 3
};

/** Where events go: one JSON object a line, or `event key=value ...` for people. */
struct sim_out {
	FILE *stream;
	bool text;
};

/**
 * Write one event as one line and flush it.
 * @param out   destination
 * @param event taken; NULL (out of memory while packing) prints nothing
 */
void sim_emit(const struct sim_out *out, json_t *event);

/** Write one line for people to stderr; never give it a secret. */
void sim_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * Replace DIR/NAME atomically (temporary file, fsync-free rename: the folder is scratch).
 * @param mode permission bits of the new file, e.g. 0600
 * @return 0 or PROVD_E_IO, PROVD_E_LIMIT (path too long)
 */
int sim_file_write(const char *dir, const char *name, const void *data, size_t size,
		   unsigned int mode);

/**
 * Read a whole small file.
 * @param max      refuse more bytes than this
 * @param out_data given: free() it; has a NUL behind the last byte
 * @return 0, PROVD_E_NOT_FOUND, PROVD_E_IO, PROVD_E_LIMIT or PROVD_E_NOMEM
 */
int sim_file_read(const char *path, size_t max, char **out_data, size_t *out_size);

/** Parse a whole decimal number within [min, max]. @return 0 or PROVD_E_INVALID */
int sim_parse_long(const char *text, long min, long max, long *out_value);

/** Parse "A.B.C.D:PORT". @return 0 or PROVD_E_INVALID */
int sim_parse_endpoint(const char *text, struct sockaddr_in *out_address);

/** The first file called NAME in the folders of $PATH, then in /usr/sbin. @return 0 or NOT_FOUND */
int sim_find_program(const char *name, char *out_path, size_t size);

/** Name of the hidden verb by which provsim starts a child that cannot outlive it. */
#define SIM_EXEC_VERB "exec-child"

/**
 * Body of the hidden verb: ask the kernel for SIGTERM at the parent's death, then exec.
 * Arguments: PARENT-PID OPENSSL-CONFIG PROGRAM [ARG]... @return only on failure, an exit status
 */
int sim_exec_child(int argc, char **argv);

/** Entry points of the verbs; argv[0] is the verb. @return exit status */
int sim_cloud_main(int argc, char **argv);
int sim_device_info_main(int argc, char **argv);
int sim_phone_main(int argc, char **argv);

#endif
