/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/cli.h"

#include "daemon/catalog.h"
#include "daemon/daemon.h"
#include "plugin/plugin.h"

#include <getopt.h>
#include <jansson.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#ifndef PROVD_VERSION
#define PROVD_VERSION "unknown"
#endif

#ifndef PROVD_DEFAULT_CONFIG
#define PROVD_DEFAULT_CONFIG "/etc/provd/provd.json"
#endif

static const char usage[] =
	"Usage: provd [--config FILE]           run in the foreground\n"
	"       provd --check-config [--config FILE]\n"
	"       provd --inspect FILE.so         what a plugin file offers\n"
	"       provd --print-options [--plugin-dir DIR]...\n"
	"       provd --print-reference [--plugin-dir DIR]...\n"
	"       provd --print-schema [--plugin-dir DIR]...\n"
	"       provd --print-failures [--plugin-dir DIR]...\n"
	"       provd --version | --help\n"
	"\n"
	"  --config FILE      configuration, default " PROVD_DEFAULT_CONFIG "\n"
	"  --check-config     check the configuration and the plugins it names; start nothing\n"
	"  --print-options    every option of the core and of the plugins found, as a table\n"
	"  --print-reference  the same as a document\n"
	"  --print-schema     the same as a JSON Schema for editors\n"
	"  --print-failures   every failure, and how the plugins found word it, as a document\n"
	"\n"
	"Exit status: 0 fine, 1 failed while running, 2 wrong arguments or configuration,\n"
	"3 a required plugin or capability is missing.\n";

enum mode {
	MODE_RUN,
	MODE_CHECK,
	MODE_INSPECT,
	MODE_OPTIONS,
	MODE_REFERENCE,
	MODE_SCHEMA,
	MODE_FAILURES,
	MODE_VERSION,
	MODE_HELP
};

struct arguments {
	enum mode mode;
	const char *config;
	const char *inspect;
	const char *dirs[16];
	size_t dir_count;
};

static int parse(int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check-config", no_argument, NULL, MODE_CHECK},
		{"inspect", required_argument, NULL, MODE_INSPECT},
		{"print-options", no_argument, NULL, MODE_OPTIONS},
		{"print-reference", no_argument, NULL, MODE_REFERENCE},
		{"print-schema", no_argument, NULL, MODE_SCHEMA},
		{"print-failures", no_argument, NULL, MODE_FAILURES},
		{"plugin-dir", required_argument, NULL, 'p'},
		{"version", no_argument, NULL, MODE_VERSION},
		{"help", no_argument, NULL, MODE_HELP},
		{NULL, 0, NULL, 0},
	};
	int option;

	arguments->config = PROVD_DEFAULT_CONFIG;
	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c') {
			arguments->config = optarg;
		} else if (option == 'p') {
			if (arguments->dir_count == 16)
				return PROVD_EXIT_CONFIG;
			arguments->dirs[arguments->dir_count++] = optarg;
		} else if (option == 'h') {
			arguments->mode = MODE_HELP;
		} else if (option == '?') {
			return PROVD_EXIT_CONFIG;
		} else {
			arguments->mode = (enum mode)option;
			if (arguments->mode == MODE_INSPECT)
				arguments->inspect = optarg;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "provd: unexpected argument '%s'; see provd --help\n",
			      argv[optind]);
		return PROVD_EXIT_CONFIG;
	}
	return 0;
}

static int inspect(const char *path)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_plugin *plugin = NULL;

	if (provd_plugin_load_file(path, 0, &plugin, &err) != 0) {
		(void)fprintf(stderr, "provd: %s\n", err.text);
		return PROVD_EXIT_PLUGIN;
	}
	provd_plugin_print(plugin, stdout);
	provd_plugin_unload(plugin, 0);
	return PROVD_EXIT_OK;
}

static int run(const struct arguments *arguments)
{
	struct provd_config_errors errors = {0};
	struct provd_config *config = NULL;
	struct provd_service *service = NULL;
	struct provd_daemon *daemon = NULL;
	int status = PROVD_EXIT_CONFIG;

	if (arguments->mode == MODE_RUN) {
		provd_daemon_hold_signals();
		(void)provd_service_create(&service);
	}
	(void)provd_config_load_partly(arguments->config, &config, &errors);
	if (!config)
		provd_service_destroy(service);
	if (!config ||
	    provd_daemon_create(config, &errors, stderr, service, &daemon, &status) != 0) {
		provd_config_errors_sort(&errors);
		provd_config_errors_print(stderr, &errors);
	} else if (arguments->mode == MODE_CHECK) {
		(void)printf("%s: fine\n", arguments->config);
		status = PROVD_EXIT_OK;
	} else {
		status = provd_daemon_run(daemon);
	}
	provd_daemon_destroy(daemon);
	provd_config_errors_finish(&errors);
	return status;
}

/* Jansson keeps copies of what it parses, passphrases and tokens among it, in buffers of its own. */
static void wipe_and_free(void *memory)
{
	if (memory)
		OPENSSL_cleanse(memory, malloc_usable_size(memory));
	free(memory);
}

int provd_cli_run(int argc, char **argv)
{
	struct arguments arguments = {0};
	int status = parse(argc, argv, &arguments);

	json_set_alloc_funcs(malloc, wipe_and_free);

	if (status) {
		(void)fprintf(stderr, "%s", usage);
		return status;
	}
	switch (arguments.mode) {
	case MODE_HELP:
		(void)printf("%s", usage);
		return PROVD_EXIT_OK;
	case MODE_VERSION:
		(void)printf("provd %s, plugin ABI %d.%d\n", PROVD_VERSION, PROVD_ABI_MAJOR,
			     PROVD_ABI_MINOR);
		return PROVD_EXIT_OK;
	case MODE_INSPECT:
		return inspect(arguments.inspect);
	case MODE_OPTIONS:
		return provd_catalog_print(arguments.dirs, arguments.dir_count,
					   PROVD_CATALOG_OPTIONS);
	case MODE_REFERENCE:
		return provd_catalog_print(arguments.dirs, arguments.dir_count,
					   PROVD_CATALOG_REFERENCE);
	case MODE_SCHEMA:
		return provd_catalog_print(arguments.dirs, arguments.dir_count,
					   PROVD_CATALOG_SCHEMA);
	case MODE_FAILURES:
		return provd_catalog_print(arguments.dirs, arguments.dir_count,
					   PROVD_CATALOG_FAILURES);
	case MODE_RUN:
	case MODE_CHECK:
		break;
	}
	return run(&arguments);
}
