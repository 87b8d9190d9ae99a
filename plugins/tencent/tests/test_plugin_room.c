/* SPDX-License-Identifier: Apache-2.0 */
/* Where a secret could not be saved, none is asked for. */
#include "fake_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "identities.h"
#include "util.h"

TestSuite(plugin_room, .timeout = 20);

#define OP 71

Test(plugin_room, without_room_for_the_secret_the_platform_is_not_asked)
{
	char folder[] = "/tmp/provd-tencent-XXXXXX";
	char path[64];
	const char *options[] = {"device_info", path, NULL};
	struct fake *fake;

	cr_assert(mkdtemp(folder) != NULL);
	/* A file system of 16 KiB, for this process alone. */
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", folder, "tmpfs", 0, "size=16k") != 0) {
		rmdir(folder);
		cr_skip_test("needs the right to mount");
	}
	(void)snprintf(path, sizeof(path), "%s/device_info.json", folder);
	fake = fake_new(options, IDENTITY_FRESH);
	cr_assert_eq(fake->ops->register_device(fake->inst, OP), 0);
	cr_assert_eq(fake->http.count, 0);
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 1);
	cr_assert_eq(fake_last(fake, PROVD_EV_OP_DONE)->status, PROVD_E_NO_SPACE);
	fake_end(fake);
	umount(folder);
	rmdir(folder);
	expect_no_leaks();
}
