/* SPDX-License-Identifier: Apache-2.0 */
/** @file fake_services.h @brief Between the two halves of the scripted host. */
#ifndef TENCENT_FAKE_SERVICES_H
#define TENCENT_FAKE_SERVICES_H

#include "fake_host.h"

const void *fake_get_interface(const struct provd_host *host, const char *name, uint32_t size,
			       void **out_self);
void fake_services_finish(struct fake *fake);

#endif /* TENCENT_FAKE_SERVICES_H */
