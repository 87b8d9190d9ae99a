/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/plugin.h
 * @brief The descriptor: the one symbol `provd_plugin` that a plugin file exports.
 *
 * It is constant data, so that `provd --inspect FILE.so` and the loader can read all of it before
 * any function of the plugin runs. ELF constructors are not allowed.
 */
#ifndef PROVD_PLUGIN_H
#define PROVD_PLUGIN_H

#include <provd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Values of `provd_plugin_descriptor.kind`. */
enum provd_plugin_kind {
	PROVD_PLUGIN_METHOD = 1, /**< `ops` is struct provd_method_ops, <provd/method.h> */
	PROVD_PLUGIN_HAL = 2,	 /**< `ops` is struct provd_hal_ops, <provd/hal.h> */
	PROVD_PLUGIN_CLOUD = 3	 /**< `ops` is struct provd_cloud_ops, <provd/cloud.h> */
};

/** Types of options. */
enum provd_option_type {
	PROVD_OPTION_BOOL = 1,
	PROVD_OPTION_INT = 2,	     /**< `min`, `max` bound the value */
	PROVD_OPTION_TEXT = 3,	     /**< `min`, `max` bound the length in bytes */
	PROVD_OPTION_CHOICE = 4,     /**< one of `choices` */
	PROVD_OPTION_DURATION = 5,   /**< "250ms", "5m"; `min`, `max` in milliseconds */
	PROVD_OPTION_PATH = 6,	     /**< a text; relative ones start at the config file's folder */
	PROVD_OPTION_TEXT_LIST = 7,  /**< list of texts; `min`, `max` bound the number of entries */
	PROVD_OPTION_OBJECT_LIST = 8 /**< list of objects; option_item gives each as JSON text */
};

/** `provd_option.flags` */
enum provd_option_flag {
	PROVD_OPTION_REQUIRED = 1u << 0,
	PROVD_OPTION_SECRET = 1u << 1, /**< never shown; read with option_secret only */
	/** May change while running, to any value that the row allows, without a notice: read it
	 *  anew whenever it is used; its text, items and secret are borrowed until the next turn of
	 *  the loop only. */
	PROVD_OPTION_RELOAD = 1u << 2
};

/** One row of a plugin's option table; it yields validation, defaults, reference and schema. */
struct provd_option {
	uint32_t type;	/**< enum provd_option_type */
	uint32_t flags; /**< enum provd_option_flag */
	int64_t min;	/**< both 0: not bounded */
	int64_t max;
	uint32_t since; /**< ABI minor that brought the row */
	uint32_t reserved;
	const char *name;    /**< lower_snake_case */
	const char *def;     /**< default as JSON text ("\"wlan0\"", "6", "true"); NULL: none */
	const char *choices; /**< "a|b|c" for PROVD_OPTION_CHOICE */
	const char *help;    /**< one sentence */
};

/** A row of how a plugin words failures for its own peer; they are printed by
 *  `provd --print-failures`. */
struct provd_failure_word {
	int32_t code; /**< a PROVD_E_* code; 0: any other one in this stage */
	int32_t id;   /**< of the peer's own vocabulary */
	int32_t sub;
	uint32_t reserved;
	const char *stage; /**< what was being done: "joining" */
	const char *text;  /**< as the peer is told it, exactly; or NULL when only numbers are */
};

/** What a plugin file says of itself. The first 16 bytes are frozen for ever. */
struct provd_plugin_descriptor {
	uint32_t magic;	    /**< PROVD_ABI_MAGIC */
	uint16_t abi_major; /**< PROVD_ABI_MAJOR of the headers it was built with */
	uint16_t abi_minor; /**< PROVD_ABI_MINOR of the headers it was built with */
	uint32_t size;	    /**< sizeof(struct provd_plugin_descriptor) */
	uint32_t min_minor; /**< lowest minor of the daemon that it can work with */
	/* end of the frozen part */
	uint32_t kind;	      /**< enum provd_plugin_kind */
	uint32_t flags;	      /**< 0 */
	uint32_t option_size; /**< sizeof(struct provd_option) */
	uint32_t option_count;
	const char *name;		    /**< [a-z][a-z0-9-]{0,31}; equals the file's name */
	const char *version;		    /**< the plugin's own, e.g. "1.0.0" */
	const char *summary;		    /**< one line on what it does */
	const struct provd_option *options; /**< `option_count` rows, or NULL */
	/**
	 * What it needs to run, NULL-terminated, or NULL: interface names; "a|b" means either.
	 * "provd.hal.softap/1", "provd.hal.offload/1:airkiss|provd.hal.monitor/1"
	 */
	const char *const *needs;
	const char *const *topics; /**< log topics beside its name, NULL-terminated, or NULL */
	const void *ops;	   /**< by `kind` */
	const struct provd_failure_word *failures; /**< `failure_count` rows, or NULL */
	uint32_t failure_size;			   /**< sizeof(struct provd_failure_word) */
	uint32_t failure_count;
};

/** Name of the symbol. */
#define PROVD_PLUGIN_SYMBOL "provd_plugin"

/** The symbol; define it in exactly one file of the plugin. */
extern PROVD_EXPORT const struct provd_plugin_descriptor provd_plugin;

#ifdef __cplusplus
}
#endif

#endif /* PROVD_PLUGIN_H */
