/* SPDX-License-Identifier: Apache-2.0 */
#include "config/words.h"

#include <provd/error.h>

#include <stdlib.h>
#include <string.h>

#define SHOWN_CHARACTERS 48
#define WORD_MAX	 64
#define PREFIX_MIN	 3

struct unit {
	const char *name;
	int64_t ms;
};

static const struct unit units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

/* Length of the UTF-8 sequence at `text`, which Jansson has already checked. */
static size_t sequence_length(const char *text)
{
	unsigned char lead = (unsigned char)text[0];
	size_t len = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	for (size_t i = 1; i < len; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 1;
	}
	return len;
}

/* C1 controls, line and paragraph separators, direction overrides; 0 when it may be shown. */
static unsigned int hidden_code_point(const char *text, size_t len)
{
	const unsigned char *u = (const unsigned char *)text;
	unsigned int code = 0;

	if (len == 1 && (u[0] < 0x20 || u[0] == 0x7f))
		return u[0];
	if (len == 2)
		code = ((u[0] & 0x1fu) << 6) | (u[1] & 0x3fu);
	if (len == 3)
		code = ((u[0] & 0x0fu) << 12) | ((u[1] & 0x3fu) << 6) | (u[2] & 0x3fu);
	if ((code >= 0x80 && code <= 0x9f) || (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069))
		return code;
	return 0;
}

void provd_words_quote(FILE *out, const char *text)
{
	size_t shown = 0;

	fputc('"', out);
	while (*text != '\0' && shown < SHOWN_CHARACTERS) {
		size_t len = sequence_length(text);
		unsigned int code = hidden_code_point(text, len);

		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if (code != 0)
			fprintf(out, "\\u%04x", code);
		else
			fwrite(text, 1, len, out);
		text += len;
		shown++;
	}
	fputs(*text != '\0' ? "...\"" : "\"", out);
}

char *provd_words_quoted(const char *text)
{
	char *words = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&words, &size);

	if (out == NULL)
		return NULL;
	provd_words_quote(out, text);
	if (fclose(out) != 0) {
		free(words);
		return NULL;
	}
	return words;
}

static int parse_number(const char **text, int64_t *out_number)
{
	const char *p = *text;
	int64_t number = 0;

	if (*p < '0' || *p > '9')
		return PROVD_E_INVALID;
	for (; *p >= '0' && *p <= '9'; p++) {
		int digit = *p - '0';

		if (number > (INT64_MAX - digit) / 10)
			return PROVD_E_INVALID;
		number = number * 10 + digit;
	}
	*text = p;
	*out_number = number;
	return 0;
}

/* "m" is also the start of "ms", so the longer one is tried first. */
static size_t parse_unit(const char **text)
{
	for (size_t i = UNIT_COUNT; i-- > 0;) {
		size_t len = strlen(units[i].name);

		if (strncmp(*text, units[i].name, len) == 0) {
			*text += len;
			return i;
		}
	}
	return UNIT_COUNT;
}

int provd_duration_parse(const char *text, int64_t *out_ms)
{
	int64_t total = 0;
	size_t next_unit = 0;

	if (*text == '\0')
		return PROVD_E_INVALID;
	while (*text != '\0') {
		int64_t number;
		size_t unit;

		if (parse_number(&text, &number) != 0)
			return PROVD_E_INVALID;
		unit = parse_unit(&text);
		if (unit >= UNIT_COUNT || unit < next_unit)
			return PROVD_E_INVALID;
		if (number > (INT64_MAX - total) / units[unit].ms)
			return PROVD_E_INVALID;
		total += number * units[unit].ms;
		next_unit = unit + 1;
	}
	*out_ms = total;
	return 0;
}

void provd_duration_format(int64_t ms, char out[PROVD_DURATION_TEXT_MAX])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < UNIT_COUNT; i++) {
		int64_t number = ms / units[i].ms;
		int last = i + 1 == UNIT_COUNT;
		int n;

		if (number == 0 && !(last && used == 0))
			continue;
		n = snprintf(out + used, PROVD_DURATION_TEXT_MAX - used, "%lld%s",
			     (long long)number, units[i].name);
		if (n < 0 || (size_t)n >= PROVD_DURATION_TEXT_MAX - used)
			return;
		used += (size_t)n;
		ms -= number * units[i].ms;
	}
	if (strcmp(out, "0ms") == 0)
		(void)snprintf(out, PROVD_DURATION_TEXT_MAX, "0s");
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

size_t provd_words_distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t la = strlen(a);
	size_t lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return SIZE_MAX;
	for (size_t k = 0; k <= lb; k++)
		rows[0][k] = k;
	for (size_t i = 1; i <= la; i++) {
		size_t *now = rows[i % 3];
		const size_t *last = rows[(i + 2) % 3];
		const size_t *before = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t k = 1; k <= lb; k++) {
			size_t change = last[k - 1] + (a[i - 1] != b[k - 1]);

			now[k] = smallest(last[k] + 1, now[k - 1] + 1, change);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
			    before[k - 2] + 1 < now[k])
				now[k] = before[k - 2] + 1;
		}
	}
	return rows[la % 3][lb];
}

static int has_prefix(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return len >= PREFIX_MIN && strncmp(text, prefix, len) == 0;
}

const char *provd_words_near(const char *word, const char *const *words)
{
	const char *best = NULL;
	size_t best_distance = 3;

	for (const char *const *w = words; *w != NULL; w++) {
		size_t distance = provd_words_distance(word, *w);

		/* Two changes turn any two-letter word into any other: not a hint. */
		if (distance < best_distance && distance * 2 <= strlen(*w)) {
			best = *w;
			best_distance = distance;
		}
	}
	for (const char *const *w = words; best == NULL && *w != NULL; w++) {
		if (has_prefix(*w, word) || has_prefix(word, *w))
			best = *w;
	}
	return best;
}
