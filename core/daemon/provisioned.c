/* SPDX-License-Identifier: Apache-2.0 */
/* A file in state_dir says that the device was bound, for the policy "if-unprovisioned". */
#include "daemon/daemon_internal.h"
#include "net/net.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int mark_path(const struct provd_daemon *daemon, char *path, size_t size)
{
	const char *dir = provd_options_text(daemon->config->daemon, "state_dir");
	int len = snprintf(path, size, "%s/provisioned", dir);

	return len > 0 && (size_t)len < size ? 0 : PROVD_E_CONFIG;
}

int provd__provisioned_get(const struct provd_daemon *daemon)
{
	char path[4096];

	return mark_path(daemon, path, sizeof(path)) == 0 && access(path, F_OK) == 0;
}

void provd__provisioned_set(struct provd_daemon *daemon)
{
	static const char text[] = "This device was bound. Remove this file to provision anew.\n";
	const char *dir = provd_options_text(daemon->config->daemon, "state_dir");
	struct provd_error err = {.size = sizeof(err)};
	char path[4096];
	int code = mark_path(daemon, path, sizeof(path));

	if (code == 0 && mkdir(dir, 0700) != 0 && errno != EEXIST)
		code = PROVD_E_IO;
	if (code == 0)
		code = provd_file_replace(path, text, strlen(text), 0600, &err);
	if (code)
		PROVD_CLOG(daemon->log, "daemon", 0, PROVD_LOG_ERROR,
			   "cannot note that the device is bound; it would be provisioned again",
			   provd_f_text("path", path), provd_f_code("reason", code),
			   provd_f_text("text", err.text));
}
