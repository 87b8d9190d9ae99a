/* SPDX-License-Identifier: Apache-2.0 */
/* provd-bench: the measurements of run.sh that a shell cannot make. Each verb prints one JSON
 * object on stdout and exits 0, or says on stderr why it could not. */
#ifndef PROVD_BENCH_H
#define PROVD_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* Monotonic nanoseconds. */
uint64_t bench_now_ns(void);

/* A whole number from 1 to `max`, or 0 when `text` is none. */
size_t bench_number(const char *text, size_t max);

/* Sorts `ns` and prints p50, p95, p99 and the extremes in microseconds, and how many were lost. */
void bench_print(uint64_t *ns, size_t count, size_t lost);

/* udp IPV4 PORT COUNT FILE [TEXT [PAUSE_MS]]: sends the file's bytes and waits for a reply that has TEXT in
 * it, COUNT times, one after the other or with a pause before each. "@@@@" in the file becomes the
 * number of the exchange. */
int bench_udp(int argc, char **argv);

/* echo: a libuv program that sends each datagram back; the port goes to stdout. Ends with stdin. */
int bench_echo(int argc, char **argv);

/* start COUNT TEXT PROGRAM [ARGUMENT]...: from fork to the line of its stderr with TEXT in it. */
int bench_start(int argc, char **argv);

/* watch SOCKET COUNT: that many clients that watch the running session. Prints "ready" when each has
 * got an entry, and what came when stdin ends. */
int bench_watch(int argc, char **argv);

#endif /* PROVD_BENCH_H */
