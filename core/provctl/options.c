/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the command line, in one table. */
#include "provctl.h"

#include <stddef.h>
#include <string.h>

enum kind {
	KIND_FLAG,
	KIND_TEXT,
	KIND_DURATION,
	KIND_NUMBER
};

/** One option. */
struct option {
	const char *name;
	unsigned verbs; /**< a bit that the verb must have; 0: all have it */
	enum kind kind;
	size_t offset; /**< in struct provctl_options */
};

#define AT(member) offsetof(struct provctl_options, member)

static const struct option options_known[] = {
	{"--socket", 0, KIND_TEXT, AT(socket)},
	{"--json", 0, KIND_FLAG, AT(json)},
	{"--until-end", OPTION_UNTIL_END, KIND_FLAG, AT(until_end)},
	{"--deadline", OPTION_DEADLINE, KIND_DURATION, AT(deadline)},
	{"--plan", OPTION_PLAN, KIND_TEXT, AT(plan)},
	{"--session", OPTION_SESSION, KIND_NUMBER, AT(session)},
	{"--svg", OPTION_TIMELINE, KIND_TEXT, AT(svg)},
	{"--text", OPTION_TIMELINE, KIND_FLAG, AT(text)},
	{"--list", OPTION_TIMELINE, KIND_FLAG, AT(list)},
	{"--openmetrics", OPTION_STATS, KIND_FLAG, AT(openmetrics)},
	{"--undelivered", OPTION_ERRLOG, KIND_FLAG, AT(undelivered)},
	{"--format", OPTION_ERRLOG, KIND_TEXT, AT(format)},
	{"--output", OPTION_ERRLOG, KIND_TEXT, AT(output)},
	{"-o", OPTION_ERRLOG, KIND_TEXT, AT(output)},
	{"--watch", OPTION_WATCH, KIND_FLAG, AT(watch)},
	{"--ssid", OPTION_NETWORK, KIND_TEXT, AT(ssid)},
	{"--ssid-hex", OPTION_NETWORK, KIND_TEXT, AT(ssid_hex)},
	{"--passphrase-file", OPTION_PROVIDE, KIND_TEXT, AT(passphrase_file)},
	{"--token-file", OPTION_PROVIDE, KIND_TEXT, AT(token_file)},
	{"--bssid", OPTION_PROVIDE, KIND_TEXT, AT(bssid)},
	{"--channel", OPTION_PROVIDE, KIND_NUMBER, AT(channel)},
	{"--hidden", OPTION_PROVIDE, KIND_FLAG, AT(hidden)},
	{"--open", OPTION_PROVIDE, KIND_FLAG, AT(open)},
	{"--yes", OPTION_YES, KIND_FLAG, AT(yes)},
	{"--held", OPTION_HELD, KIND_DURATION, AT(held)},
};

int provctl_usage(const char *text, const char *word)
{
	fprintf(stderr, "provctl: %s", text);
	provctl_put(stderr, word);
	fputs("; see 'provctl help'\n", stderr);
	return EXIT_USAGE;
}

static const struct option *find(unsigned allowed, const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(options_known) / sizeof(options_known[0]); i++) {
		if (!strcmp(options_known[i].name, word) &&
		    (!options_known[i].verbs || (options_known[i].verbs & allowed)))
			return &options_known[i];
	}
	return NULL;
}

/** Takes an option. @param value the next word, NULL none @return 0 or EXIT_USAGE */
static int take(const struct option *option, struct provctl_options *options, const char *value)
{
	char *const at = (char *)options + option->offset;
	const int flag = 1;
	json_int_t number = 0;

	if (option->kind != KIND_FLAG && !value)
		return provctl_usage("a value is missing after ", option->name);
	switch (option->kind) {
	case KIND_FLAG:
		memcpy(at, &flag, sizeof(flag));
		return 0;
	case KIND_TEXT:
		memcpy(at, &value, sizeof(value));
		return 0;
	case KIND_DURATION:
		if (provctl_parse_duration(value, &number))
			return provctl_usage("a time like 30s or 5m was expected, not ", value);
		break;
	case KIND_NUMBER:
		if (provctl_parse_number(value, &number))
			return provctl_usage("a number was expected, not ", value);
		break;
	}
	memcpy(at, &number, sizeof(number));
	return 0;
}

/** A word that is no option. @return 0 or EXIT_USAGE */
static int take_word(unsigned allowed, struct provctl_options *options, char *word, int is_option)
{
	if (is_option)
		return provctl_usage("this option is not known here: ", word);
	if (!(allowed & OPTION_ARGS))
		return provctl_usage("this word is too much: ", word);
	options->args[options->arg_count++] = word;
	return 0;
}

/** -12 is a number, -x is not. */
static int is_option(const char *word)
{
	/* - is a file */
	return word[0] == '-' && word[1] && !(word[1] >= '0' && word[1] <= '9');
}

int provctl_read_options(unsigned allowed, struct provctl_options *options, int count, char **words)
{
	const struct option *option;
	int only_words = 0;
	int result = 0;
	int i;

	for (i = 0; i < count && !result; i++) {
		option = only_words ? NULL : find(allowed, words[i]);
		if (!only_words && (!strcmp(words[i], "--help") || !strcmp(words[i], "-h")))
			return OPTIONS_HELP;
		if (!only_words && !strcmp(words[i], "--version"))
			return OPTIONS_VERSION;
		if (!only_words && !strcmp(words[i], "--")) {
			only_words = 1;
		} else if (!option) {
			result = take_word(allowed, options, words[i],
					   !only_words && is_option(words[i]));
		} else {
			result = take(option, options, i + 1 < count ? words[i + 1] : NULL);
			i += option->kind != KIND_FLAG;
		}
	}
	return result;
}
