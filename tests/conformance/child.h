/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file child.h
 * @brief One case, one process: what the child says and how the parent judges it.
 *
 * The child writes lines into a pipe: "F text" for a finding, "S text" for a skip, "K kind name"
 * for what the plugin is, and "D" at its very end. A child that crashes, hangs or calls exit(0)
 * never wrote "D", so it can not pass.
 */
#ifndef CONF_CHILD_H
#define CONF_CHILD_H

#include <stddef.h>
#include <stdint.h>

struct conf_options {
	const char *plugin; /**< path of the file */
	const char *config; /**< options as JSON text */
	int verbose;	    /**< log lines of the plugin go to standard error */
};

struct conf_child {
	int fd;
	const struct conf_options *options;
	size_t findings;
	int skipped;
};

/** A finding: what was expected, what came. The case goes on. */
__attribute__((format(printf, 2, 3))) void conf_fail(struct conf_child *child, const char *format,
						     ...);
/** The case does not apply. */
__attribute__((format(printf, 2, 3))) void conf_skip(struct conf_child *child, const char *format,
						     ...);
/** Tells the parent what the plugin is. */
void conf_say_kind(struct conf_child *child, uint32_t kind, const char *name);

struct conf_case {
	const char *name;
	uint32_t kind; /**< enum provd_plugin_kind; 0: every kind */
	void (*run)(struct conf_child *child);
	const char *about; /**< one line: the rule that is checked */
};

enum conf_verdict {
	CONF_PASS = 1,
	CONF_FAIL = 2,
	CONF_SKIP = 3
};

/** Most text that is kept of one case. */
#define CONF_TEXT_MAX 4096

struct conf_result {
	enum conf_verdict verdict;
	uint32_t kind;		  /**< as told by conf_say_kind, else 0 */
	unsigned ms;		  /**< wall clock time */
	char text[CONF_TEXT_MAX]; /**< findings or the reason of a skip, one a line */
};

/**
 * Runs a case in a child process.
 * @param deadline_ms the child is killed after it
 * @return 0, or -1 when no process could be made
 */
int conf_run(const struct conf_case *test, const struct conf_options *options, unsigned deadline_ms,
	     struct conf_result *out_result);

extern const struct conf_case conf_common_cases[];
extern const size_t conf_common_count;
extern const struct conf_case conf_method_cases[];
extern const size_t conf_method_count;
extern const struct conf_case conf_hal_cases[];
extern const size_t conf_hal_count;
extern const struct conf_case conf_cloud_cases[];
extern const size_t conf_cloud_count;

#endif /* CONF_CHILD_H */
