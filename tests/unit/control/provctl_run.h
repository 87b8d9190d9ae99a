/* SPDX-License-Identifier: Apache-2.0 */
/** Runs the program provctl against a scripted daemon. */
#ifndef PROVD_TEST_PROVCTL_RUN_H
#define PROVD_TEST_PROVCTL_RUN_H

#include <stddef.h>
#include <sys/types.h>

#define ERR(name, parameters)                                                                      \
	"{\"error\":\"io.provd.Provisioning." name "\",\"parameters\":" parameters "}"
/* In a list of messages: here the daemon waits for another call, on a connection of its own. */
#define NEXT_CALL "(next call)"
#define SAYS(...) ((const char *const[]){__VA_ARGS__, NULL})

/** One run of provctl. */
struct run {
	char dir[64];
	char path[128];
	int listener;
	int pty;	     /* 1: standard output is a terminal */
	unsigned short rows; /* of it; 0: it does not say */
	unsigned short columns;
	const char *out_path; /* standard output is this file; NULL: it is read into `out` */
	const char *no_colour;
	const char *input; /* on the standard input, which is a file; NULL: it is empty */
	const char *typed; /* on a terminal, which is the standard input; NULL: there is none */
	const char *typed_after; /* what the terminal must show before; NULL: at once */
	char request[1024];	 /* the last call */
	char requests[4096];	 /* all calls, a line each */
	char out[32768];
	char err[4096];
	char terminal[1024]; /* what it showed */
	pid_t child;
	int code;
};

/** Opens the daemon's socket in a fresh folder. */
void run_init(struct run *run);
void run_finish(struct run *run);

/**
 * Runs provctl to its end.
 * @param messages what the daemon answers to the first call, and after each NEXT_CALL to another
 *                 one; a list that ends with NULL; then it leaves. NULL: no call comes
 * @param ...      the words of the command line, NULL
 */
void run_provctl(struct run *run, const char *const *messages, ...);

/** Fails the test when `part` is not in `text`. */
void expect_in(const char *text, const char *part);

/** Reads all until all writers have closed, closes, terminates. */
void read_all(int fd, char *buf, size_t size);

#endif
