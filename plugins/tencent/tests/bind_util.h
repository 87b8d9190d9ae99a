/* SPDX-License-Identifier: Apache-2.0 */
/** @file bind_util.h @brief What the binding tests share. */
#ifndef TENCENT_TEST_BIND_UTIL_H
#define TENCENT_TEST_BIND_UTIL_H

#include "fake_host.h"
#include "identities.h"

#define OP 81
/** Time of the published run's token, and the answer to it. */
#define PUBLISH_MS 1611299968230u
#define REPLY(code)                                                                                \
	"{\"method\":\"app_bind_token_reply\",\"clientToken\":\"TEST2-687232230\",\"code\":" code  \
	",\"status\":\"x\"}"

/** A registered device on which binding `OP` was started at PUBLISH_MS. */
struct fake *bind_start(const char *const *options);

/** `OP` has ended once with this status, and nothing of it is left. */
void bind_expect_done(struct fake *fake, int status);

/** Ends the host; fails the test when a secret got into the log. */
void bind_finish(struct fake *fake);

#endif /* TENCENT_TEST_BIND_UTIL_H */
