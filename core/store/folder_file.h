/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file store/folder_file.h
 * @brief The files of a folder of records. Blocking, for a lane; `err` may be NULL.
 */
#ifndef PROVD_CORE_STORE_FOLDER_FILE_H
#define PROVD_CORE_STORE_FOLDER_FILE_H

#include <provd/error.h>

#include "secret/secret.h"

/**
 * Refuses a folder that others could write to.
 * @param make 1: one that is missing is made (0700)
 * @return 0, PROVD_E_ACCESS, PROVD_E_NO_SPACE, PROVD_E_IO; PROVD_E_NOT_FOUND: it is missing, where
 *         it was not to be made and what it would be in is there
 */
int provd__folder_check(const char *folder, int make, struct provd_error *err);

/** Removes what a power cut left of unfinished saves: NAME.rec.tmp-XXXXXXXX. Best effort. */
void provd__folder_clean(const char *folder);

/**
 * Reads FOLDER/NAME.rec: of root or this user, nobody else may read or write it.
 * @param out_record given
 * @return 0, PROVD_E_NOT_FOUND, PROVD_E_ACCESS, PROVD_E_CORRUPT (too large, or no
 *         regular file: a link, a folder, a pipe), PROVD_E_IO, NOMEM
 */
int provd__folder_load(const char *folder, const char *name, struct provd_secret **out_record,
		       struct provd_error *err);

/** Replaces FOLDER/NAME.rec, old or new after a power cut; a folder of that name is set aside.
 *  @return as provd_file_replace */
int provd__folder_save(const char *folder, const char *name, const struct provd_secret *record,
		       struct provd_error *err);

/** Removes FOLDER/NAME.rec for good, or sets it aside when it is a folder; one that is not there is
 *  no error. */
int provd__folder_erase(const char *folder, const char *name, struct provd_error *err);

/** Renames FOLDER/NAME.rec to NAME.damaged, replacing an older one, or to NAME.damaged-2 to -9 when
 *  that is a folder that is not empty; one that is not there is no error. */
int provd__folder_set_aside(const char *folder, const char *name, struct provd_error *err);

#endif /* PROVD_CORE_STORE_FOLDER_FILE_H */
