/* SPDX-License-Identifier: Apache-2.0 */
/* provd-conformance: holds a plugin file against the public contract. */
#include "report.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_MAX (1u << 20)

enum {
	EXIT_CONFORMS = 0,
	EXIT_FAILS = 1,
	EXIT_USAGE = 2
};

struct arguments {
	struct conf_options options;
	const char *only;  /* --case */
	const char *junit; /* --junit */
	char *config_file; /* content of --config @FILE */
	unsigned deadline_s;
	int tap;
	int list;
};

static void usage(FILE *out)
{
	fputs("usage: provd-conformance [OPTION]... PLUGIN.so\n"
	      "\n"
	      "Runs the contract of <provd/plugin.h> against a plugin file; every case in a\n"
	      "process of its own. Exit status: 0 conforms, 1 does not, 2 could not be run.\n"
	      "\n"
	      "  --config JSON     options of the plugin, e.g. '{\"ssid\": \"Lamp\"}'\n"
	      "  --config @FILE    the same from a file\n"
	      "  --case NAME       only this case\n"
	      "  --deadline SEC    time for one case, default 60\n"
	      "  --tap             print TAP 13\n"
	      "  --junit FILE      also write JUnit XML\n"
	      "  --verbose         show the plugin's log lines\n"
	      "  --list            list all cases and leave\n",
	      out);
}

static char *read_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	char *text = malloc(CONFIG_MAX + 1);
	size_t len = 0;

	if (in && text)
		len = fread(text, 1, CONFIG_MAX + 1, in);
	if (!in || !text || ferror(in) || len > CONFIG_MAX) {
		fprintf(stderr, "provd-conformance: reading '%s' failed: %s\n", path,
			len > CONFIG_MAX ? "more than 1 MiB" : strerror(errno));
		free(text);
		text = NULL;
	} else {
		text[len] = '\0';
	}
	if (in)
		fclose(in);
	return text;
}

static int take_config(struct arguments *args, const char *value)
{
	if (value[0] != '@') {
		args->options.config = value;
		return 0;
	}
	free(args->config_file);
	args->config_file = read_file(value + 1);
	args->options.config = args->config_file;
	return args->config_file ? 0 : -1;
}

static int take_deadline(struct arguments *args, const char *value)
{
	char *end;
	unsigned long seconds = strtoul(value, &end, 10);

	if (*end || end == value || seconds < 1 || seconds > 3600) {
		fprintf(stderr, "provd-conformance: --deadline takes 1 to 3600 seconds\n");
		return -1;
	}
	args->deadline_s = (unsigned)seconds;
	return 0;
}

static int take_option(struct arguments *args, int letter)
{
	switch (letter) {
	case 'c':
		return take_config(args, optarg);
	case 'n':
		args->only = optarg;
		return 0;
	case 'd':
		return take_deadline(args, optarg);
	case 't':
		args->tap = 1;
		return 0;
	case 'j':
		args->junit = optarg;
		return 0;
	case 'v':
		args->options.verbose = 1;
		return 0;
	case 'l':
		args->list = 1;
		return 0;
	case 'h':
		usage(stdout);
		exit(EXIT_CONFORMS);
	default:
		usage(stderr);
		return -1;
	}
}

static int parse(struct arguments *args, int argc, char **argv)
{
	static const struct option long_options[] = {{"config", required_argument, NULL, 'c'},
						     {"case", required_argument, NULL, 'n'},
						     {"deadline", required_argument, NULL, 'd'},
						     {"tap", no_argument, NULL, 't'},
						     {"junit", required_argument, NULL, 'j'},
						     {"verbose", no_argument, NULL, 'v'},
						     {"list", no_argument, NULL, 'l'},
						     {"help", no_argument, NULL, 'h'},
						     {NULL, 0, NULL, 0}};
	int letter;

	while ((letter = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (take_option(args, letter) < 0)
			return -1;
	}
	if (args->list)
		return 0;
	if (optind != argc - 1) {
		usage(stderr);
		return -1;
	}
	args->options.plugin = argv[optind];
	return 0;
}

struct suite {
	const char *title;
	const struct conf_case *cases;
	const size_t *count;
};

static const struct suite suites[] = {{"any", conf_common_cases, &conf_common_count},
				      {"method", conf_method_cases, &conf_method_count},
				      {"HAL", conf_hal_cases, &conf_hal_count},
				      {"cloud", conf_cloud_cases, &conf_cloud_count}};

static void list_all(void)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		for (size_t k = 0; k < *suites[i].count; k++)
			printf("%-7s %-24s %s\n", suites[i].title, suites[i].cases[k].name,
			       suites[i].cases[k].about);
	}
}

/* @return how many cases were run, or -1 when a process could not be made */
static int run_cases(const struct arguments *args, const struct conf_case *cases, size_t count,
		     uint32_t kind, struct conf_report *report)
{
	struct conf_result result;
	int ran = 0;

	for (size_t i = 0; i < count; i++) {
		if (cases[i].kind != 0 && cases[i].kind != kind)
			continue;
		if (args->only && strcmp(args->only, cases[i].name) != 0)
			continue;
		if (&cases[i] == conf_common_cases)
			continue; /* has been run, for the kind */
		if (conf_run(&cases[i], &args->options, args->deadline_s * 1000, &result) < 0) {
			fprintf(stderr, "provd-conformance: no process for '%s': %s\n",
				cases[i].name, strerror(errno));
			return -1;
		}
		conf_report_add(report, &cases[i], &result);
		ran++;
	}
	return ran;
}

/* The first case tells the kind; without it nothing else makes sense. */
static int run_all(const struct arguments *args, struct conf_report *report)
{
	const struct conf_case *first = &conf_common_cases[0];
	struct conf_result result;
	int ran = 0;

	if (conf_run(first, &args->options, args->deadline_s * 1000, &result) < 0)
		return EXIT_USAGE;
	if (!args->only || strcmp(args->only, first->name) == 0 || result.kind == 0) {
		conf_report_add(report, first, &result);
		ran++;
	}
	if (result.kind == 0)
		return EXIT_FAILS;
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		int more = run_cases(args, suites[i].cases, *suites[i].count, result.kind, report);

		if (more < 0)
			return EXIT_USAGE;
		ran += more;
	}
	if (ran == 0) {
		fprintf(stderr, "provd-conformance: no case '%s' for this kind; see --list\n",
			args->only);
		return EXIT_USAGE;
	}
	return report->failed ? EXIT_FAILS : EXIT_CONFORMS;
}

int main(int argc, char **argv)
{
	struct arguments args = {.options = {.config = "{}"}, .deadline_s = 60};
	struct conf_report report = {.out = stdout};
	int status = EXIT_USAGE;

	if (parse(&args, argc, argv) < 0)
		goto out;
	if (args.list) {
		list_all();
		status = EXIT_CONFORMS;
		goto out;
	}
	if (access(args.options.plugin, R_OK) < 0) {
		fprintf(stderr, "provd-conformance: '%s': %s\n", args.options.plugin,
			strerror(errno));
		goto out;
	}
	if (args.junit) {
		report.junit = fopen(args.junit, "w");
		if (!report.junit) {
			fprintf(stderr, "provd-conformance: '%s': %s\n", args.junit,
				strerror(errno));
			goto out;
		}
	}
	report.tap = args.tap;
	report.plugin = args.options.plugin;
	conf_report_begin(&report);
	status = run_all(&args, &report);
	conf_report_end(&report);
	if (report.failed && strcmp(args.options.config, "{}") == 0)
		fprintf(stderr,
			"provd-conformance: no options were given; a plugin that needs some "
			"fails so: --config '{...}' or --config @FILE\n");
	if (report.junit && fclose(report.junit) != 0)
		status = EXIT_USAGE;
out:
	free(args.config_file);
	return status;
}
