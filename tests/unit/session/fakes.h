/* SPDX-License-Identifier: Apache-2.0 */
/* What world.c takes from fakes.c. */
#ifndef FAKES_H
#define FAKES_H

#include "world.h"

extern struct provd_plugin fake_hal_plugin;
extern struct provd_plugin fake_method_one;
extern struct provd_plugin fake_method_two;
extern struct provd_plugin fake_cloud_plugin;

/* Makes the plugins as the setup wants them; their instances note in `world` what they are asked. */
void fakes_set(struct world *world, const struct world_setup *setup);

/* The records, their store, and what is saved in it; read already. */
void fake_store_begin(struct world *world);
void fake_store_end(struct world *world);

/* The journal, read already. */
void fake_journal_begin(struct world *world);
void fake_journal_end(struct world *world);

#endif /* FAKES_H */
