/* SPDX-License-Identifier: Apache-2.0 */
/* A folder with files, and how operations of a store or a backend ended. */
#ifndef STORE_FILES_H
#define STORE_FILES_H

#include "secret/secret.h"
#include "store/store.h"

#define FILES_PATH 256

struct files {
	char folder[64];
};

void files_begin(struct files *files);
void files_end(struct files *files);
/* Path of a file of the folder; the last 8 stay valid. */
const char *files_path(const struct files *files, const char *name);
void files_write(const struct files *files, const char *name, const void *bytes, size_t len,
		 unsigned mode);
int files_exist(const struct files *files, const char *name);
unsigned files_mode(const struct files *files, const char *name);
size_t files_count(const struct files *files);

#define RESULTS_MAX 64

/* Each end, in order. */
struct results {
	int count;
	int codes[RESULTS_MAX];
	char texts[RESULTS_MAX][PROVD_ERROR_TEXT_MAX];
	struct provd_secret *contents[RESULTS_MAX];
	int has_err[RESULTS_MAX];
	int lacks_key; /**< the last one */
};

/* A provd_store_done_fn; `user` is a struct results. */
void results_done(void *user, int code, const struct provd_secret *content,
		  const struct provd_error *err);
void results_clear(struct results *results);
int results_content_is(const struct results *results, int index, const char *text);

#endif /* STORE_FILES_H */
