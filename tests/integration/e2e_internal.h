/* SPDX-License-Identifier: Apache-2.0 */
/* What e2e.c and e2e_control.c share. */
#ifndef E2E_INTERNAL_H
#define E2E_INTERNAL_H

#include "e2e.h"

#include <stdint.h>

/* Longest wait for an event, and room for what a socket or a file says. */
#define E2E_WAIT_MS    20000
#define E2E_BUFFER_MAX 262144

int64_t e2e_now_ms(void);
/* A formatted text; the caller frees. */
char *e2e_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Connects, when the daemon is up. */
int e2e_connect(struct e2e *e2e);

#endif /* E2E_INTERNAL_H */
