/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon of a test uses of the machine. */
#ifndef MEASURE_H
#define MEASURE_H

#include "e2e.h"

/* Descriptors that it has open. */
size_t measure_descriptors(const struct e2e *e2e);

/* Anonymous memory that is resident, in KiB. */
long measure_kib(const struct e2e *e2e);

/* Bytes of the files below its state folder. */
size_t measure_state_bytes(const struct e2e *e2e);

#endif /* MEASURE_H */
