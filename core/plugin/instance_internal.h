/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file plugin/instance_internal.h
 * @brief Between instance.c and host_services.c.
 */
#ifndef PROVD_CORE_INSTANCE_INTERNAL_H
#define PROVD_CORE_INSTANCE_INTERNAL_H

#include "plugin/instance.h"

/** Fills the host table of an instance in. */
void provd__host_fill(struct provd_host *host);

/** Queues a copy of an event; `emit` of the host table. */
int provd__instance_emit(struct provd_instance *instance, const struct provd_event *event);

#endif /* PROVD_CORE_INSTANCE_INTERNAL_H */
