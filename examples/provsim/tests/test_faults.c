/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/faults.h"

#include <string.h>

#include <criterion/criterion.h>

#include <provd/error.h>

Test(faults, from_command_line, .timeout = 10)
{
	struct sim_faults faults = {0};
	const char *error = NULL;
	long value = 0;

	cr_assert_eq(sim_faults_arm_text(&faults, "register-code=1010:2", &error), 0);
	cr_assert(sim_fault_take(&faults, SIM_FAULT_REGISTER_CODE, &value));
	cr_assert_eq(value, 1010);
	cr_assert(sim_fault_take(&faults, SIM_FAULT_REGISTER_CODE, NULL));
	cr_assert_not(sim_fault_take(&faults, SIM_FAULT_REGISTER_CODE, NULL));

	cr_assert_eq(sim_faults_arm_text(&faults, "bind-silent", &error), 0);
	for (int i = 0; i < 100; i++)
		cr_assert(sim_fault_take(&faults, SIM_FAULT_BIND_SILENT, NULL));
	cr_assert_eq(sim_faults_arm_text(&faults, "bind-code=-5", &error), 0);
	cr_assert(sim_fault_take(&faults, SIM_FAULT_BIND_CODE, &value));
	cr_assert_eq(value, -5);
	cr_assert_eq(sim_faults_arm_text(&faults, "unbind:1", &error), 0);
	cr_assert(sim_fault_armed(&faults, SIM_FAULT_UNBIND));
}

Test(faults, refused, .timeout = 10)
{
	static const char *const bad[] = {"",
					  "nothing",
					  "bind-cod=1",
					  "bind-code",
					  "bind-code=",
					  "bind-code=x",
					  "bind-code=1:0",
					  "bind-code=1:x",
					  "bind-code=99999999999999999999999999999",
					  "bind-silent=1",
					  "register-http=99",
					  "register-slow=-1",
					  "register-throttle",
					  "register-throttle=86401",
					  "bind-expired=1"};
	struct sim_faults faults = {0};
	static const struct sim_faults none;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *error = NULL;

		cr_assert_lt(sim_faults_arm_text(&faults, bad[i], &error), 0, "%s", bad[i]);
		cr_assert_not_null(error);
	}
	cr_assert_eq(memcmp(&faults, &none, sizeof(none)), 0);
}

static int apply(struct sim_faults *faults, const char *line, enum sim_command *command)
{
	const char *error = NULL;
	int rc = sim_faults_apply_line(faults, line, strlen(line), command, &error);

	cr_assert_eq(rc == 0, error == NULL, "%s", line);
	return rc;
}

Test(faults, from_stdin, .timeout = 10)
{
	struct sim_faults faults = {0};
	enum sim_command command;
	long value;

	cr_assert_eq(apply(&faults, "{\"fault\":\"bind-code\",\"value\":3,\"times\":1}", &command),
		     0);
	cr_assert_eq(command, SIM_COMMAND_FAULT);
	cr_assert(sim_fault_take(&faults, SIM_FAULT_BIND_CODE, &value));
	cr_assert_eq(value, 3);
	cr_assert_not(sim_fault_armed(&faults, SIM_FAULT_BIND_CODE));

	cr_assert_eq(apply(&faults, "{\"fault\":\"unbind\"}", &command), 0);
	cr_assert_eq(apply(&faults, "{\"fault\":\"bind-silent\"}", &command), 0);
	cr_assert_eq(apply(&faults, "{\"clear\":\"unbind\"}", &command), 0);
	cr_assert_not(sim_fault_armed(&faults, SIM_FAULT_UNBIND));
	cr_assert(sim_fault_armed(&faults, SIM_FAULT_BIND_SILENT));
	cr_assert_eq(apply(&faults, "{\"clear\":true}", &command), 0);
	cr_assert_eq(command, SIM_COMMAND_CLEAR);
	cr_assert_not(sim_fault_armed(&faults, SIM_FAULT_BIND_SILENT));
	cr_assert_eq(apply(&faults, "{\"quit\":true}", &command), 0);
	cr_assert_eq(command, SIM_COMMAND_QUIT);

	cr_assert_lt(apply(&faults, "quit", &command), 0);
	cr_assert_lt(apply(&faults, "[]", &command), 0);
	cr_assert_lt(apply(&faults, "{}", &command), 0);
	cr_assert_lt(apply(&faults, "{\"clear\":1}", &command), 0);
	cr_assert_lt(apply(&faults, "{\"fault\":\"unbind\",\"times\":0}", &command), 0);
	cr_assert_lt(apply(&faults, "{\"fault\":\"unbind\",\"times\":\"1\"}", &command), 0);
}

Test(faults, every_fault_has_name_and_help, .timeout = 10)
{
	for (int i = 0; i < SIM_FAULT_COUNT; i++) {
		cr_assert_not_null(sim_fault_name((enum sim_fault)i));
		cr_assert_not_null(sim_fault_help((enum sim_fault)i));
	}
}
