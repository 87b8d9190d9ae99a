/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_SOCKET PROVD_CLIENT_SOCKET

/** One verb. */
struct verb {
	const char *name;
	const char *usage;
	const char *summary;
	const char *text; /**< the rest of its help */
	unsigned options;
	int (*run)(const struct provctl_options *options);
};

#define NETWORK_HELP                                                                               \
	"  --ssid NAME      the same as SSID\n"                                                    \
	"  --ssid-hex HEX   its name in hex, when it is no text\n"

#define ERRLOG_HELP                                                                                   \
	"  show     prints them, oldest first: FATE is what has become of one: told (to an app, in\n" \
	"           a word), delivered (with the whole log), waiting\n"                               \
	"  follow   prints each one as it happens, and again when it was told or delivered\n"         \
	"  export   writes them as JSON, one a line; with --format in the form of other software\n"   \
	"  import   reads a file of other software into the journal; - is the standard input\n"       \
	"  clear    counts all as delivered; asks before on a terminal\n"                             \
	"  --session N     show, export: of that session\n"                                           \
	"  --undelivered   show, export: those that wait for somebody to take them\n"                 \
	"  --format NAME   export, import: a form that a loaded method knows\n"                       \
	"  -o FILE         export: writes FILE (also: --output)\n"                                    \
	"  --yes           clear: does not ask\n"

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
	{"start", " [METHOD...] [--plan PLAN] [--deadline TIME] [--watch]", "start provisioning",
	 "Without METHOD those of the configured plan are started.\n"
	 "  --plan PLAN       other turns than the configured ones: one+two:4m,three:1m\n"
	 "  --deadline TIME   for the whole session: 250ms, 30s, 5m, 1h\n"
	 "  --watch           watch it until its end: 0 when it is bound, else 4\n",
	 OPTION_PLAN | OPTION_DEADLINE | OPTION_WATCH | OPTION_ARGS, provctl_start},
	{"stop", "", "end the running session", "Returns when it has ended.\n", 0, provctl_stop},
	{"provide", " --ssid NAME [OPTION...]", "join with credentials that you type",
	 "Asks for the passphrase. It is never taken from the command line, where others see it.\n"
	 "  --ssid NAME              the network's name\n"
	 "  --ssid-hex HEX           the same in hex, when it is no text\n"
	 "  --passphrase-file FILE   the first line of FILE; - is the standard input\n"
	 "  --open                   the network has no passphrase\n"
	 "  --token-file FILE        what binds the device to its owner; - as above\n"
	 "  --bssid MAC              only this access point\n"
	 "  --channel N              where it is, saves time\n"
	 "  --hidden                 the network does not tell its name\n"
	 "  --deadline TIME          for the whole session: 250ms, 30s, 5m, 1h\n"
	 "  --watch                  watch it until its end: 0 when it is bound, else 4\n",
	 OPTION_NETWORK | OPTION_PROVIDE | OPTION_DEADLINE | OPTION_WATCH, provctl_provide},
	{"networks", "", "saved networks", "In the order in which they are tried; * is in use.\n",
	 0, provctl_networks},
	{"forget", " SSID | --ssid-hex HEX", "forget a saved network", NETWORK_HELP,
	 OPTION_NETWORK | OPTION_ARGS, provctl_forget},
	{"priority", " SSID NUMBER | --ssid-hex HEX NUMBER", "which network is tried first",
	 "NUMBER is -1000 to 1000, higher is tried first.\n" NETWORK_HELP,
	 OPTION_NETWORK | OPTION_ARGS, provctl_priority},
	{"press", " [--held TIME]", "press the device's button",
	 "  --held TIME   how long: 250ms, 30s; a long press may reset the device\n", OPTION_HELD,
	 provctl_press},
	{"reset", " network|cloud|factory [--yes]", "forget networks, the owner, or both",
	 "Ends a running session. The device's identity stays. Asks before on a terminal.\n"
	 "  --yes   does not ask\n",
	 OPTION_YES | OPTION_ARGS, provctl_reset},
	{"take-over", "", "have the daemon leave the cloud to the product",
	 "Prints who the device is and the file with its identity.\n", 0, provctl_take_over},
	{"reload", "", "read the configuration anew",
	 "All of it or nothing. Prints which options have changed.\n", 0, provctl_reload},
	{"log", " [[TOPIC] error|warn|info|debug]", "log levels",
	 "Without words prints them; otherwise sets one until the daemon ends or reloads.\n"
	 "Without TOPIC that of all topics that have none of their own.\n",
	 OPTION_ARGS, provctl_log},
	{"stats", " [--openmetrics]", "counters since the daemon started",
	 "  --openmetrics   in the text format of OpenMetrics 1.0, for Prometheus and others\n",
	 OPTION_STATS, provctl_stats},
	{"timeline", " [--session N] [--text | --svg FILE] | --list",
	 "what happened in a session, and when",
	 "  --session N   that session; without it the last one\n"
	 "  --text        draw it as a sequence diagram\n"
	 "  --svg FILE    draw that as a picture; - is the standard output\n"
	 "  --list        print which sessions there are\n",
	 OPTION_SESSION | OPTION_TIMELINE, provctl_timeline},
	{"errlog", " [show | follow | export | import FILE | clear] [OPTION...]",
	 "failures in the journal", ERRLOG_HELP,
	 OPTION_SESSION | OPTION_ERRLOG | OPTION_YES | OPTION_ARGS, provctl_errlog},
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
	     "  0    done\n"
	     "  1    the call failed or was refused, you said no, or the output cannot be written\n"
	     "  2    the command line is not understood\n"
	     "  3    the daemon cannot be reached, left, or its answer is not understood\n"
	     "  4    the watched session ended without being bound\n"
	     "  130  ended by ^C, as a shell tells it; the session goes on\n"
	     "\nColours are left out when NO_COLOR is set.");
}

static void print_verb_help(const struct verb *verb)
{
	printf("usage: provctl %s%s\n\n%s: %s\n%s%s", verb->name, verb->usage, verb->name,
	       verb->summary, verb->text, common_help);
}

static void print_version(void)
{
	puts("provctl " PROVCTL_VERSION);
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

static int run_verb(const struct verb *verb, int count, char **words)
{
	const char *from_env = getenv("PROVD_SOCKET");
	struct provctl_options options = {
		.socket = from_env && *from_env ? from_env : DEFAULT_SOCKET,
		.session = -1,
		.deadline = -1,
		.held = -1,
		.channel = -1,
	};
	int result;

	options.args = calloc((size_t)count + 1, sizeof(*options.args));
	if (!options.args)
		return EXIT_REFUSED;
	result = provctl_read_options(verb->options, &options, count, words);
	if (!result)
		result = verb->run(&options);
	else if (result == OPTIONS_HELP)
		print_verb_help(verb);
	else if (result == OPTIONS_VERSION)
		print_version();
	if (result < 0)
		result = EXIT_DONE;
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

/** No verb, but help or the version may be asked for. @return an exit code */
static int run_without_verb(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--socket")) {
			i++;
		} else if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			print_help();
			return EXIT_DONE;
		} else if (!strcmp(argv[i], "--version")) {
			print_version();
			return EXIT_DONE;
		}
	}
	fputs("provctl: a verb is missing; see 'provctl help'\n", stderr);
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	const int place = verb_place(argc, argv);
	const struct verb *verb;
	int i;

	if (place >= argc || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return run_without_verb(argc, argv);
	if (!strcmp(argv[place], "help"))
		return help_verb(argc - place - 1, argv + place + 1);
	verb = find_verb(argv[place]);
	if (!verb)
		return EXIT_USAGE;
	for (i = place; i > 1; i--)
		argv[i] = argv[i - 1];
	return run_verb(verb, argc - 2, argv + 2);
}

/** A script must not take an answer that was cut for a whole one. @return an exit code */
static int finish(int result)
{
	struct pollfd reader = {.fd = STDOUT_FILENO, .events = POLLOUT};
	const char *why;

	errno = 0;
	if (!provctl_flush())
		return result;
	why = errno ? strerrordesc_np(errno) : NULL;
	/* a pipe that nobody reads any more: "provctl timeline | head" is no failure to tell */
	if (errno != EPIPE && (poll(&reader, 1, 0) != 1 || !(reader.revents & POLLERR)))
		fprintf(stderr, "provctl: cannot write the output%s%s\n", why ? ": " : "",
			why ? why : "");
	return result ? result : EXIT_REFUSED;
}

int main(int argc, char **argv)
{
	return finish(run(argc, argv));
}
