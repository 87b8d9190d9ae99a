/* SPDX-License-Identifier: Apache-2.0 */
/* What the config names outside of itself: looked at before anything runs, so that --check-config
 * tells what would only be missed in the field. */
#include "daemon/daemon_internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void warn_missing(const struct telling *telling, const char *where, const char *path,
			 int error)
{
	(void)fprintf(telling->messages, "provd: warning: %s: %s cannot be used: %s\n", where, path,
		      strerror(error));
}

static void check_group(const struct provd_daemon *daemon, struct telling *telling)
{
	const char *name = daemon->config->daemon
				   ? provd_options_text(daemon->config->daemon, "control_group")
				   : NULL;

	if (!name || provd_control_has_group(name))
		return;
	(void)fprintf(telling->messages,
		      "provd: error: daemon.control_group: there is no group \"%s\"; make it "
		      "(groupadd --system %s) or name another\n",
		      name, name);
	provd__note_fault(telling, PROVD_E_CONFIG, PROVD_EXIT_CONFIG);
}

static void check_hooks(const struct provd_config *config, const struct telling *telling)
{
	for (size_t i = 0; i < config->hook_count; i++) {
		const char *program = provd_options_item(config->hooks[i], "run", 0);
		char where[48];

		(void)snprintf(where, sizeof(where), "hooks[%zu].run[0]", i);
		if (program && access(program, X_OK) != 0)
			warn_missing(telling, where, program, errno);
	}
}

static void check_device(const struct provd_options *section, const char *option, const char *where,
			 const struct telling *telling)
{
	const char *path = section ? provd_options_text(section, option) : NULL;

	if (path && access(path, R_OK) != 0)
		warn_missing(telling, where, path, errno);
}

static void check_led(const struct provd_options *led, const struct telling *telling)
{
	char path[4096];
	int len = led ? snprintf(path, sizeof(path), "%s/%s", provd_options_text(led, "folder"),
				 provd_options_text(led, "name"))
		      : 0;

	if (len > 0 && (size_t)len < sizeof(path) && access(path, F_OK) != 0)
		warn_missing(telling, "led", path, errno);
}

void provd__surroundings_check(struct provd_daemon *daemon, struct telling *telling)
{
	const struct provd_config *config = daemon->config;

	check_group(daemon, telling);
	check_hooks(config, telling);
	check_device(config->button, "gpio_chip", "button.gpio_chip", telling);
	check_device(config->button, "input", "button.input", telling);
	check_led(config->led, telling);
}
