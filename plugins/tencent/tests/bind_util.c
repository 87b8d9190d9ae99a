/* SPDX-License-Identifier: Apache-2.0 */
#include "bind_util.h"

#include <string.h>

#include <criterion/criterion.h>

struct fake *bind_start(const char *const *options)
{
	struct fake *fake = fake_new(options, IDENTITY_REGISTERED);

	fake->unix_ms = PUBLISH_MS;
	cr_assert_eq(fake_bind(fake, OP, TOKEN), 0);
	return fake;
}

void bind_expect_done(struct fake *fake, int status)
{
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 1);
	cr_assert_eq(fake_last(fake, PROVD_EV_OP_DONE)->op, OP);
	cr_assert_eq(fake_last(fake, PROVD_EV_OP_DONE)->status, status, "%s: %s",
		     provd_err_name(fake_last(fake, PROVD_EV_OP_DONE)->status),
		     fake_last(fake, PROVD_EV_OP_DONE)->text);
	cr_assert_eq(fake->mqtt.connection, 0, "the connection is still open");
	cr_assert_eq(fake_timers(fake), 0);
}

void bind_finish(struct fake *fake)
{
	cr_assert(strstr(fake->log, TOKEN) == NULL);
	cr_assert(strstr(fake->log, "MLvMHde65nKPk0Lx") == NULL);
	fake_end(fake);
}
