/* SPDX-License-Identifier: Apache-2.0 */
/* How the typed pairs are shown: personal data shortened, secrets by their length alone. */
#include "log/log_internal.h"

#include <arpa/inet.h>
#include <inttypes.h>

#define ELLIPSIS    "\xe2\x80\xa6"
#define SSID_BYTES  32
#define SHORT_CHARS 2

/* Values that are not numbers are JSON strings; in text only those with foreign bytes are quoted. */
static void json_quote(struct provd__line *line)
{
	if (line->json)
		provd__line_bytes(line, "\"", 1);
}

/* At most two characters and at most half of the bytes, so that "ab" does not show in full. */
static size_t short_length(const uint8_t *data, size_t len)
{
	size_t shown = 0;
	int chars;

	for (chars = 0; chars < SHORT_CHARS; chars++) {
		size_t used = provd__utf8_char(data + shown, len - shown);

		if (used == 0)
			used = 1;
		if (shown + used > len / 2)
			break;
		shown += used;
	}
	return shown;
}

static void write_ssid(struct provd__line *line, const struct provd_field *field, int personal)
{
	if (personal || field->len == 0) {
		provd__line_quoted(line, field->data, field->len, PROVD_LOG_VALUE_MAX);
		return;
	}
	provd__line_bytes(line, "\"", 1);
	provd__line_escaped(line, field->data, short_length(field->data, field->len),
			    PROVD_LOG_VALUE_MAX);
	provd__line_printf(line, ELLIPSIS "(%zu)\"", field->len);
}

static void write_mac(struct provd__line *line, const struct provd_field *field, int personal)
{
	const uint8_t *mac = field->data;

	json_quote(line);
	provd__line_printf(line, "%02x:%02x:%02x:", mac[0], mac[1], mac[2]);
	if (personal)
		provd__line_printf(line, "%02x:%02x:%02x", mac[3], mac[4], mac[5]);
	else
		provd__line_text(line, "..:..:..");
	json_quote(line);
}

static void write_ip(struct provd__line *line, const struct provd_field *field, int personal)
{
	const uint8_t *ip = field->data;
	char text[INET6_ADDRSTRLEN] = "";

	json_quote(line);
	if (personal) {
		if (inet_ntop(field->len == 4 ? AF_INET : AF_INET6, ip, text, sizeof(text)))
			provd__line_text(line, text);
	} else if (field->len == 4) {
		provd__line_printf(line, "%u.%u.*.*", ip[0], ip[1]);
	} else {
		provd__line_printf(line, "%x:*", (unsigned)ip[0] << 8 | ip[1]);
	}
	json_quote(line);
}

static int is_sound(const struct provd_field *field)
{
	switch (field->type) {
	case PROVD_FIELD_INT:
	case PROVD_FIELD_CODE:
	case PROVD_FIELD_SECRET:
	case PROVD_FIELD_MS:
		return 1;
	case PROVD_FIELD_TEXT:
		return field->data || field->len == 0;
	case PROVD_FIELD_SSID:
		return field->len <= SSID_BYTES && (field->data || field->len == 0);
	case PROVD_FIELD_MAC:
		return field->data && field->len == 6;
	case PROVD_FIELD_IP:
		return field->data && (field->len == 4 || field->len == 16);
	default:
		return 0;
	}
}

static void write_number(struct provd__line *line, const struct provd_field *field)
{
	json_quote(line);
	if (field->type == PROVD_FIELD_SECRET)
		provd__line_printf(line, "<secret %" PRId64 " bytes>", field->number);
	else if (field->number < INT32_MIN || field->number > INT32_MAX)
		provd__line_printf(line, "%" PRId64, field->number);
	else
		provd__line_text(line, provd_err_name((int)field->number));
	json_quote(line);
}

static void write_value(struct provd__line *line, const struct provd_field *field, int personal)
{
	if (!is_sound(field)) {
		json_quote(line);
		provd__line_text(line, "<invalid>");
		json_quote(line);
		return;
	}
	switch (field->type) {
	case PROVD_FIELD_TEXT:
		provd__line_quoted(line, field->data, field->len, PROVD_LOG_VALUE_MAX);
		break;
	case PROVD_FIELD_INT:
		provd__line_printf(line, "%" PRId64, field->number);
		break;
	case PROVD_FIELD_MS:
		provd__line_printf(line, line->json ? "%" PRIu64 : "%" PRIu64 "ms",
				   (uint64_t)field->number);
		break;
	case PROVD_FIELD_SSID:
		write_ssid(line, field, personal);
		break;
	case PROVD_FIELD_MAC:
		write_mac(line, field, personal);
		break;
	case PROVD_FIELD_IP:
		write_ip(line, field, personal);
		break;
	default:
		write_number(line, field);
		break;
	}
}

static void write_field(struct provd__line *line, const struct provd_field *field, int personal,
			int first)
{
	if (!line->json)
		provd__line_bytes(line, " ", 1);
	else if (!first)
		provd__line_bytes(line, ",", 1);
	json_quote(line);
	provd__line_name(line, field->key);
	json_quote(line);
	provd__line_bytes(line, line->json ? ":" : "=", 1);
	write_value(line, field, personal);
}

void provd__fields_write(struct provd__line *line, const struct provd_field *fields, size_t count,
			 int personal)
{
	size_t i;

	for (i = 0; fields && i < count; i++) {
		size_t before = line->len;

		write_field(line, &fields[i], personal, i == 0);
		if (line->overflow) {
			/* Whole pairs only: half a value could be taken for another one. */
			line->len = before;
			return;
		}
	}
}

size_t provd_fields_format(const struct provd_field *fields, size_t count, int personal, char *out,
			   size_t size)
{
	struct provd__line line = {out, 0, 0, 0, 0};

	if (!out || size == 0)
		return 0;
	line.size = size - 1;
	provd__fields_write(&line, fields, count, personal);
	out[line.len] = '\0';
	return line.len;
}
