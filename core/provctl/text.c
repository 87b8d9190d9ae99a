/* SPDX-License-Identifier: Apache-2.0 */
#include "provctl.h"

#include <provd/error.h>

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

/** Bytes of the character at `text` that would steer a terminal: 0 none. */
static size_t control_len(const unsigned char *text)
{
	if (text[0] < 0x20 || text[0] == 0x7f)
		return 1;
	/* U+0080 to U+009F: the same commands in one character */
	return text[0] == 0xc2 && text[1] >= 0x80 && text[1] < 0xa0 ? 2 : 0;
}

size_t provctl_escape(const char *text, char *out, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *at = (const unsigned char *)text;
	size_t len = 0;
	size_t controls;

	while (*at && len + 5 < size) {
		controls = control_len(at);
		if (!controls) {
			out[len++] = (char)*at++;
			continue;
		}
		at += controls - 1;
		out[len++] = '\\';
		out[len++] = 'x';
		out[len++] = hex[*at >> 4];
		out[len++] = hex[*at & 15];
		at++;
	}
	out[len] = 0;
	return len;
}

void provctl_put(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t controls;

	while (*at) {
		controls = control_len(at);
		if (controls) {
			at += controls - 1;
			fprintf(out, "\\x%02x", *at);
		} else {
			fputc(*at, out);
		}
		at++;
	}
}

void provctl_cell(const char *text, int width)
{
	char safe[256];
	const int len = (int)provctl_escape(text, safe, sizeof(safe));

	printf("%s%*s", safe, len < width ? width - len : 1, "");
}

/** Digits at the front of a text. @return what follows them, or NULL */
static const char *read_digits(const char *text, json_int_t *out_number)
{
	json_int_t number = 0;
	size_t count = 0;

	while (text[count] >= '0' && text[count] <= '9' && count < 16) {
		number = number * 10 + (text[count] - '0');
		count++;
	}
	*out_number = number;
	return count && count < 16 ? text + count : NULL;
}

int provctl_parse_number(const char *text, json_int_t *out_number)
{
	json_int_t number;
	const char *rest = read_digits(text, &number);

	if (!rest || *rest)
		return -1;
	*out_number = number;
	return 0;
}

int provctl_parse_duration(const char *text, json_int_t *out_ms)
{
	static const struct {
		const char *name;
		json_int_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
	json_int_t number;
	const char *rest = read_digits(text, &number);
	size_t i;

	for (i = 0; rest && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(rest, units[i].name) != 0 || number > INT32_MAX)
			continue;
		*out_ms = number * units[i].ms;
		return 0;
	}
	return -1;
}

const char *provctl_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

json_int_t provctl_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void provctl_put_network(const json_t *network)
{
	const char *name = provctl_text(network, "ssid");
	const char *hex = provctl_text(network, "ssid_hex");

	/* a name that is no text, or not to be shown */
	if (!*name && *hex)
		fputs("hex:", stdout);
	provctl_put(stdout, *name ? name : *hex ? hex : "(name not shown)");
}

int provctl_flush(void)
{
	return fflush(stdout) || ferror(stdout) ? -1 : 0;
}

void provctl_print_json(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	puts(text ? text : "{}");
	free(text);
}

const char *provctl_reason(const char *code)
{
	const int known = provd_err_by_name(code);

	return known < 0 ? provd_err_text(known) : NULL;
}

const char *provctl_advice(const json_t *failure, const char *key)
{
	const char *advice = provctl_text(failure, "advice");
	const int known = provd_err_by_name(provctl_text(failure, key));

	return *advice || known >= 0 ? advice : provd_err_advice(known);
}

void provctl_put_time(const json_t *record, int width)
{
	const json_int_t ms = provctl_int(record, "unix_ms");
	const json_int_t us = provctl_int(record, "t_us");
	const time_t seconds = (time_t)(ms / 1000);
	char text[64] = "-";
	struct tm utc;

	if (ms > 0 && gmtime_r(&seconds, &utc))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &utc);
	else if (us)
		(void)snprintf(text, sizeof(text), "boot +%" JSON_INTEGER_FORMAT ".%03d s",
			       us / 1000000, (int)(us / 1000 % 1000));
	if (width)
		provctl_cell(text, width);
	else
		fputs(text, stdout);
}

void provctl_put_count(const json_t *reply, const char *what)
{
	const json_int_t count = provctl_int(reply, "count");

	printf("%" JSON_INTEGER_FORMAT " failure%s %s\n", count, count == 1 ? "" : "s", what);
}

int provctl_file_failed(const char *what, const char *path, int why)
{
	fprintf(stderr, "provctl: cannot %s: ", what);
	provctl_put(stderr, path);
	fprintf(stderr, ": %s\n", strerrordesc_np(why) ? strerrordesc_np(why) : "unknown error");
	return EXIT_REFUSED;
}

size_t provctl_columns(FILE *out)
{
	struct winsize size;

	return ioctl(fileno(out), TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
}

int provctl_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *value = NULL;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && (!value || !*value); i++)
		value = getenv(names[i]);
	return value && (strcasestr(value, "utf-8") || strcasestr(value, "utf8"));
}

int provctl_wants_colour(void)
{
	const char *no_colour = getenv("NO_COLOR");

	return !no_colour || !*no_colour;
}

/** In their order, as on the control socket. */
static const char *const states[PROVCTL_STATES] = {"idle",	  "listening", "joining", "online",
						   "registering", "binding",   "bound"};

int provctl_state_index(const char *state)
{
	int i;

	for (i = 0; i < PROVCTL_STATES; i++) {
		if (!strcmp(states[i], state))
			return i;
	}
	return -1;
}

const char *provctl_state_name(int index)
{
	return states[index];
}

int provctl_state_is_final(const char *state)
{
	return !strcmp(state, "bound") || !strcmp(state, "failed") || !strcmp(state, "stopped");
}

void provctl_print_detail(FILE *out, json_t *detail)
{
	const char *key;
	const json_t *value;
	const char *quote;
	const char *text;

	json_object_foreach(detail, key, value)
	{
		text = json_string_value(value);
		fputc(' ', out);
		provctl_put(out, key);
		fputc('=', out);
		quote = text && (!*text || strpbrk(text, " \"=")) ? "\"" : "";
		fputs(quote, out);
		provctl_put(out, text ? text : "?");
		fputs(quote, out);
	}
}

void provctl_print_entry(FILE *out, const json_t *entry, json_int_t start_us)
{
	const json_int_t ms = (provctl_int(entry, "t_us") - start_us) / 1000;
	char state[32];

	(void)provctl_escape(provctl_text(entry, "state"), state, sizeof(state));
	fprintf(out, "+%" JSON_INTEGER_FORMAT ".%03ds %-11s  ", ms / 1000, (int)(ms % 1000), state);
	provctl_put(out, provctl_text(entry, "event"));
	provctl_print_detail(out, json_object_get(entry, "detail"));
	fputc('\n', out);
}
