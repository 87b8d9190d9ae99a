/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One provisioning after the other with a fault in each, against one cloud: what the device keeps
 * must be the old or the new, and it must get bound in the end.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "e2e.h"
#include "wire.h"

#define FAULTS_MAX     512
#define FAULTS_WAIT_MS 15000

struct faults {
	struct e2e e2e;
	const char *kind;    /* PROVD_FAULT_DO, e.g. "kill" */
	const char *network; /* saved before the fault, must never be lost; NULL: none */
	unsigned runs;	     /* so far; each has a device name of its own */
	unsigned resumed; /* runs in which the device was bound without its phone after a restart */
	unsigned cut_files;	       /* temporary files that faults left behind, in all runs */
	unsigned leftovers;	       /* of them, those that a restart did not remove */
	char device[32];	       /* of this run */
	size_t cut;		       /* sessions of this run that a kill ended */
	char is_write[FAULTS_MAX + 1]; /* of the operations that were counted */
	json_t *identity;	       /* what the file was before the fault */
	char sim[64];		       /* control socket of the simulated board */
	int faulty;		       /* the daemon that runs has the library preloaded */
	const char *ssid;	       /* that the phone gives */
	const char *state;	       /* folder that a run's state begins with, or NULL: none */
	struct e2e_process phone;
};

/* How the daemon's part of a provisioning ended. */
enum faults_end {
	FAULTS_BOUND,
	FAULTS_LISTENING, /* the attempt failed */
	FAULTS_OVER,	  /* the session failed or was stopped */
	FAULTS_GONE	  /* the daemon is dead */
};

/* Starts the cloud; the daemon is down. `network`: "Old" is saved and works, or NULL. */
void faults_init(struct faults *faults, const char *kind, const char *network);
void faults_finish(struct faults *faults);

/* One good provisioning that is counted. @return operations on files */
size_t faults_count(struct faults *faults);

/* One provisioning with the fault at operation `at`, all that must hold afterwards, a restart
 * without the fault, and all that must hold then. @return 0: the fault was never met (another order of
 * operations), or does not apply to this operation */
int faults_run(struct faults *faults, size_t at);

/* faults_check.c */

/* What is told when something does not hold. */
#define HOLDS(ok)                                                                                  \
	do {                                                                                       \
		if (!(ok)) {                                                                       \
			char *story = faults_tell(faults);                                         \
			cr_assert(0, "%s: " #ok "\n%s", faults->kind, story);                      \
		}                                                                                  \
	} while (0)

char *faults_tell(const struct faults *faults);

/* The folder of a test is short: every path fits. */
struct faults_path {
	char text[256];
};
struct faults_path faults_path(const struct faults *faults, const char *name);

/* 1 when a text of a JSON object has this value. */
int faults_is(const json_t *object, const char *key, const char *value);
/* 1 when the daemon is dead; it is reaped then. */
int faults_is_dead(struct faults *faults);
/* How often the daemon's log has these words. */
size_t faults_logged(const struct faults *faults, const char *words);
/* How often the cloud said this about the device. */
size_t faults_told(const struct faults *faults, const char *event);

json_t *faults_load_identity(const struct faults *faults);
/* The identity is the old one, or the old one with a secret. @return the secret, or NULL */
char *faults_check_identity(const struct faults *faults);
/* The saved networks are the old ones, or the old ones and the new one. */
void faults_check_networks(const struct faults *faults);
/* Waits until the last session has released everything, or the daemon is dead. */
void faults_settle(struct faults *faults);
/* What is kept is right, and no access point is left. */
void faults_check_rest(struct faults *faults);
/* Temporary files in a folder, which nobody else may read. @return how many; they are removed when
 * `clean` is 1 */
unsigned faults_sweep(const struct faults *faults, const char *folder, int clean);

#endif /* FAULTS_H */
