/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_SOCKET "/run/provd/control.sock"

/** Bits of options that a verb takes beside --socket, --json and --help. */
enum option_bit {
	OPTION_UNTIL_END = 1 << 0,
	OPTION_DEADLINE = 1 << 1,
	OPTION_SESSION = 1 << 2,
	OPTION_SVG = 1 << 3,
	OPTION_ARGS = 1 << 4, /* takes words */
	OPTION_WATCH = 1 << 5
};

/** One verb. */
struct verb {
	const char *name;
	const char *usage;
	const char *summary;
	const char *text; /**< the rest of its help */
	unsigned options;
	int (*run)(const struct provctl_options *options);
};

static const struct verb verbs[] = {
	{"status", "", "how things stand",
	 "Prints the state, the session, the network, the last failure and each method.\n", 0,
	 provctl_status},
	{"watch", " [--until-end] [--session N]", "follow the session live",
	 "On a terminal a block that is kept up to date, otherwise one line for each event.\n"
	 "  --until-end   leave when the session ends: 0 when it is bound, else 4;\n"
	 "                when none is running, the next one is waited for\n"
	 "  --session N   that session until its end, also when it is over already\n",
	 OPTION_UNTIL_END | OPTION_SESSION, provctl_watch},
	{"start", " [METHOD...] [--deadline TIME] [--watch]", "start provisioning",
	 "Without METHOD those of the configured plan are started.\n"
	 "  --deadline TIME   for the whole session: 250ms, 30s, 5m, 1h\n"
	 "  --watch           watch it until its end: 0 when it is bound, else 4\n",
	 OPTION_DEADLINE | OPTION_WATCH | OPTION_ARGS, provctl_start},
	{"stop", "", "end the running session", "Returns when it has ended.\n", 0, provctl_stop},
	{"timeline", " [--session N] [--svg FILE]", "what happened in a session, and when",
	 "  --session N   that session; without it the last one\n"
	 "  --svg FILE    draw it as a picture; - is the standard output\n",
	 OPTION_SESSION | OPTION_SVG, provctl_timeline},
	{"plugins", "", "loaded and refused plugins", "", 0, provctl_plugins},
	{"capabilities", "", "what the hardware offers", "", 0, provctl_capabilities},
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static const char common_help[] =
	"  --socket PATH   of the daemon (default: $PROVD_SOCKET or " DEFAULT_SOCKET ")\n"
	"  --json          print the reply's parameters, one JSON object a line\n"
	"  --help          this text\n";

static void print_help(void)
{
	size_t i;

	puts("usage: provctl VERB [OPTION...]\n\nverbs:");
	for (i = 0; i < VERB_COUNT; i++)
		printf("  %-13s %s\n", verbs[i].name, verbs[i].summary);
	printf("  %-13s %s\n", "help [VERB]", "this text, or more on a verb");
	printf("\noptions of all verbs:\n%s  --version       print the version\n", common_help);
	puts("\nexit codes:\n"
	     "  0  done\n"
	     "  1  the call failed or was refused\n"
	     "  2  the command line is not understood\n"
	     "  3  the daemon cannot be reached, or left\n"
	     "  4  the watched session ended without being bound\n"
	     "\nColours are left out when NO_COLOR is set.");
}

static void print_verb_help(const struct verb *verb)
{
	printf("usage: provctl %s%s\n\n%s: %s\n%s%s", verb->name, verb->usage, verb->name,
	       verb->summary, verb->text, common_help);
}

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < VERB_COUNT; i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	fputs("provctl: there is no verb '", stderr);
	provctl_put(stderr, name);
	fputs("'; see 'provctl help'\n", stderr);
	return NULL;
}

/** Complains about the command line. @return EXIT_USAGE */
static int usage(const char *text, const char *word)
{
	fprintf(stderr, "provctl: %s", text);
	provctl_put(stderr, word);
	fputs("; see 'provctl help'\n", stderr);
	return EXIT_USAGE;
}

/** Options with a value. @return 0, EXIT_USAGE, or -1: it is not one of them */
static int read_valued(const struct verb *verb, struct provctl_options *options, const char *name,
		       const char *value)
{
	const int deadline = !strcmp(name, "--deadline") && (verb->options & OPTION_DEADLINE);
	const int session = !strcmp(name, "--session") && (verb->options & OPTION_SESSION);
	const int svg = !strcmp(name, "--svg") && (verb->options & OPTION_SVG);

	if (!deadline && !session && !svg && strcmp(name, "--socket") != 0)
		return -1;
	if (!value)
		return usage("a value is missing after ", name);
	if (deadline && provctl_parse_duration(value, &options->deadline))
		return usage("a time like 30s or 5m was expected, not ", value);
	if (session && provctl_parse_number(value, &options->session))
		return usage("a session's number was expected, not ", value);
	if (svg)
		options->svg = value;
	else if (!deadline && !session)
		options->socket = value;
	return 0;
}

/** Options without a value. @return 0 or EXIT_USAGE */
static int read_flag(const struct verb *verb, struct provctl_options *options, char *word)
{
	if (!strcmp(word, "--json"))
		options->json = 1;
	else if (!strcmp(word, "--until-end") && (verb->options & OPTION_UNTIL_END))
		options->until_end = 1;
	else if (!strcmp(word, "--watch") && (verb->options & OPTION_WATCH))
		options->watch = 1;
	else if (word[0] == '-')
		return usage("this option is not known here: ", word);
	else if (verb->options & OPTION_ARGS)
		options->args[options->arg_count++] = word;
	else
		return usage("this word is too much: ", word);
	return 0;
}

/** Reads what follows the verb. @return 0, EXIT_USAGE, or -1: help was asked for */
static int read_options(const struct verb *verb, struct provctl_options *options, int count,
			char **words)
{
	int result = 0;
	int i;

	for (i = 0; i < count && !result; i++) {
		if (!strcmp(words[i], "--help") || !strcmp(words[i], "-h"))
			return -1;
		result = read_valued(verb, options, words[i], i + 1 < count ? words[i + 1] : NULL);
		if (result >= 0)
			i++;
		else
			result = read_flag(verb, options, words[i]);
	}
	if (!result && options->svg && options->json)
		return usage("--json and --svg exclude each other", "");
	return result;
}

static int run_verb(const struct verb *verb, int count, char **words)
{
	const char *from_env = getenv("PROVD_SOCKET");
	struct provctl_options options = {
		.socket = from_env && *from_env ? from_env : DEFAULT_SOCKET,
		.session = -1,
		.deadline = -1,
	};
	int result;

	options.args = calloc((size_t)count + 1, sizeof(*options.args));
	if (!options.args)
		return EXIT_REFUSED;
	result = read_options(verb, &options, count, words);
	if (result == -1) {
		print_verb_help(verb);
		result = EXIT_DONE;
	} else if (!result) {
		result = verb->run(&options);
	}
	free(options.args);
	return result;
}

static int help_verb(int count, char **words)
{
	const struct verb *verb;

	if (!count) {
		print_help();
		return EXIT_DONE;
	}
	verb = find_verb(words[0]);
	if (!verb)
		return EXIT_USAGE;
	print_verb_help(verb);
	return EXIT_DONE;
}

/** Options may stand before the verb as well: moves the verb to the front. @return its place */
static int verb_place(int argc, char **argv)
{
	int i = 1;

	while (i < argc && argv[i][0] == '-')
		i += !strcmp(argv[i], "--socket") && i + 1 < argc ? 2 : 1;
	return i;
}

int main(int argc, char **argv)
{
	const struct verb *verb;
	int place;
	int i;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		print_help();
		return EXIT_DONE;
	}
	if (argc > 1 && !strcmp(argv[1], "--version")) {
		puts("provctl " PROVCTL_VERSION);
		return EXIT_DONE;
	}
	place = verb_place(argc, argv);
	if (place >= argc) {
		fputs("provctl: a verb is missing; see 'provctl help'\n", stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[place], "help"))
		return help_verb(argc - place - 1, argv + place + 1);
	verb = find_verb(argv[place]);
	if (!verb)
		return EXIT_USAGE;
	for (i = place; i > 1; i--)
		argv[i] = argv[i - 1];
	return run_verb(verb, argc - 2, argv + 2);
}
