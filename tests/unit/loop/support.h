/* SPDX-License-Identifier: Apache-2.0 */
/** A loop that ends a test with uv_loop_close() == 0 and no leak, and jobs held by a gate. */
#ifndef TEST_LOOP_SUPPORT_H
#define TEST_LOOP_SUPPORT_H

#include "loop/loop.h"

#include <pthread.h>

#define TEST_TIMEOUT 20

struct provd_loop *loop_open(void);

/** Closes; the loop must be empty, and so must the list of leaks. */
void loop_shut(struct provd_loop *loop);

/** Turns the loop until `*flag` reaches `value`; fails the test after 15 s. */
void loop_until(struct provd_loop *loop, const int *flag, int value);

/** Holds a job inside its run() until the test opens it. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int entered; /**< jobs that are or were inside */
	int inside;
	int most_inside;
	int open;
};

void gate_init(struct gate *gate);
void gate_finish(struct gate *gate);
/** For run(): waits until open. */
void gate_pass(struct gate *gate);
/** For the test: waits until `count` jobs have entered. */
void gate_wait_entered(struct gate *gate, int count);
void gate_open(struct gate *gate);

#endif
