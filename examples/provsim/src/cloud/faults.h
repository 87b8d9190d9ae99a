/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file faults.h
 * @brief Faults on demand: which are armed, with what value, how often. No I/O.
 */
#ifndef PROVSIM_FAULTS_H
#define PROVSIM_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

enum sim_fault {
	SIM_FAULT_REGISTER_CODE,
	SIM_FAULT_REGISTER_HTTP,
	SIM_FAULT_REGISTER_THROTTLE,
	SIM_FAULT_REGISTER_CLOSE,
	SIM_FAULT_REGISTER_LOST,
	SIM_FAULT_REGISTER_SLOW,
	SIM_FAULT_REGISTER_GARBAGE,
	SIM_FAULT_REGISTER_BAD_PAYLOAD,
	SIM_FAULT_BIND_CODE,
	SIM_FAULT_BIND_EXPIRED,
	SIM_FAULT_BIND_SILENT,
	SIM_FAULT_BIND_WRONG_CLIENT_TOKEN,
	SIM_FAULT_BIND_GARBAGE,
	SIM_FAULT_BIND_DELAY,
	SIM_FAULT_BROKER_DOWN,
	SIM_FAULT_BROKER_REFUSE,
	SIM_FAULT_BROKER_DROP,
	SIM_FAULT_UNBIND,
	SIM_FAULT_COUNT
};

/** State of all faults. Zeroed memory: none is armed. */
struct sim_faults {
	struct {
		long value;
		long left; /* 0 not armed, -1 for ever, else how often yet */
	} slot[SIM_FAULT_COUNT];
};

/** What a line on stdin asked for. */
enum sim_command {
	SIM_COMMAND_FAULT,
	SIM_COMMAND_CLEAR,
	SIM_COMMAND_QUIT
};

/** Name as used on the command line, e.g. "bind-code". */
const char *sim_fault_name(enum sim_fault fault);

/** One sentence for --help. */
const char *sim_fault_help(enum sim_fault fault);

/**
 * Arm from "NAME[=VALUE][:TIMES]".
 * @param out_error sentence (static) on failure
 * @return 0, PROVD_E_NOT_FOUND (name) or PROVD_E_INVALID (value, times)
 */
int sim_faults_arm_text(struct sim_faults *faults, const char *text, const char **out_error);

/**
 * Read one JSON line: {"fault":NAME,"value":N,"times":N}, {"clear":true} or {"clear":NAME},
 * {"quit":true}.
 * @param out_error sentence (static) on failure
 * @return 0 (and *out_command) or PROVD_E_INVALID, PROVD_E_NOT_FOUND
 */
int sim_faults_apply_line(struct sim_faults *faults, const char *line, size_t size,
			  enum sim_command *out_command, const char **out_error);

/** Whether the fault is armed; counts nothing. */
bool sim_fault_armed(const struct sim_faults *faults, enum sim_fault fault);

/** Use the fault once. @param out_value may be NULL @return true if it was armed */
bool sim_fault_take(struct sim_faults *faults, enum sim_fault fault, long *out_value);

#endif
