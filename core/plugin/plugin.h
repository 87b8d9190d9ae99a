/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file plugin/plugin.h
 * @brief Loading plugin files: trust, negotiation, and clear refusals.
 */
#ifndef PROVD_CORE_PLUGIN_H
#define PROVD_CORE_PLUGIN_H

#include <provd/cloud.h>
#include <provd/hal.h>
#include <provd/method.h>

#include <stdio.h>

/** A loaded plugin. Descriptor and operations are copies, zero-filled to this daemon's size. */
struct provd_plugin {
	struct provd_plugin_descriptor descriptor;
	union {
		struct provd_method_ops method;
		struct provd_hal_ops hal;
		struct provd_cloud_ops cloud;
	} ops;
	char *file;
	void *handle; /**< dlopen handle */
};

/**
 * Loads the plugin `name` from the first of `dirs` that has NAME.so.
 * Checks: name, regular file, owner (root or us), not writable by group or others (the file and
 * its folder), symbol, magic, major, minors both ways, sizes, name equals file, kind, needed
 * operations, schema.
 * @param kind  enum provd_plugin_kind wanted; 0: any
 * @param err   one line: plugin 'x.so' refused: what was found, what was wanted; what to do
 * @return 0, PROVD_E_NOT_FOUND, PROVD_E_PLUGIN_FILE, PROVD_E_PLUGIN_ABI, PROVD_E_PLUGIN_DESCRIPTOR
 */
int provd_plugin_load(const char *name, const char *const *dirs, size_t dir_count, uint32_t kind,
		      struct provd_plugin **out_plugin, struct provd_error *err);

/** The same for a path, as tools use it. */
int provd_plugin_load_file(const char *path, uint32_t kind, struct provd_plugin **out_plugin,
			   struct provd_error *err);

/** Frees; unmaps the file only when `unmap` is not 0. NULL allowed. */
void provd_plugin_unload(struct provd_plugin *plugin, int unmap);

/** Prints what a plugin file offers, for people (`provd --inspect FILE.so`). */
void provd_plugin_print(const struct provd_plugin *plugin, FILE *out);

/**
 * A row of how a loaded plugin words failures; its rows may be longer than ours.
 * @param index under `failure_count` @return borrowed from the plugin's file. Any thread
 */
const struct provd_failure_word *provd_plugin_failure(const struct provd_plugin_descriptor *d,
						      uint32_t index);

/**
 * Copies a table of the other side into zeroed memory of our size.
 * @param table  starts with its `uint32_t size`
 * @param ours   sizeof our structure; the copy takes min(size, ours) and sets `size` to that
 * @return 0 or PROVD_E_PLUGIN_DESCRIPTOR when its size is under 8 bytes
 */
int provd_table_copy(void *out_copy, size_t ours, const void *table);

#endif /* PROVD_CORE_PLUGIN_H */
