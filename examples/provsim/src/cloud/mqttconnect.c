/* SPDX-License-Identifier: Apache-2.0 */
#include "mqttconnect.h"

#include <stdbool.h>
#include <string.h>

#include <provd/error.h>

enum {
	FLAG_USERNAME = 0x80,
	FLAG_PASSWORD = 0x40,
	FLAG_WILL = 0x04,
	FLAG_CLEAN = 0x02
};

struct cursor {
	const unsigned char *data;
	size_t left;
};

/* Take a length-prefixed field; `out` NULL skips it. */
static bool take_field(struct cursor *in, char *out, size_t out_size)
{
	size_t size;

	if (in->left < 2)
		return false;
	size = (size_t)in->data[0] << 8 | in->data[1];
	if (in->left - 2 < size)
		return false;
	if (out) {
		if (size >= out_size || memchr(in->data + 2, 0, size))
			return false;
		memcpy(out, in->data + 2, size);
		out[size] = '\0';
	}
	in->data += 2 + size;
	in->left -= 2 + size;
	return true;
}

/* Remaining length (2.2.3): bytes it takes, 0 if incomplete, negative if wrong. */
static int read_length(const unsigned char *data, size_t size, size_t *out_length)
{
	size_t length = 0;

	for (size_t i = 0; i < 4; i++) {
		if (i >= size)
			return 0;
		length |= (size_t)(data[i] & 0x7f) << (7 * i);
		if (!(data[i] & 0x80)) {
			*out_length = length;
			return (int)i + 1;
		}
	}
	return PROVD_E_INVALID;
}

static int parse_body(struct cursor in, struct sim_connect *out)
{
	static const unsigned char head[] = {0, 4, 'M', 'Q', 'T', 'T', 4};
	unsigned char flags;

	if (in.left < sizeof(head) + 3 || memcmp(in.data, head, sizeof(head)) != 0)
		return PROVD_E_INVALID;
	flags = in.data[sizeof(head)];
	in.data += sizeof(head) + 3;
	in.left -= sizeof(head) + 3;
	if (!take_field(&in, out->client_id, sizeof(out->client_id)))
		return PROVD_E_INVALID;
	/* The will's topic and its message. */
	for (int i = 0; (flags & FLAG_WILL) && i < 2; i++)
		if (!take_field(&in, NULL, 0))
			return PROVD_E_INVALID;
	if ((flags & FLAG_USERNAME) && !take_field(&in, out->username, sizeof(out->username)))
		return PROVD_E_INVALID;
	if ((flags & FLAG_PASSWORD) && !take_field(&in, out->password, sizeof(out->password)))
		return PROVD_E_INVALID;
	return in.left == 0 ? 0 : PROVD_E_INVALID;
}

int sim_connect_parse(const unsigned char *data, size_t size, struct sim_connect *out_connect)
{
	struct sim_connect result;
	struct cursor body;
	size_t length = 0;
	int n;

	if (size == 0)
		return 0;
	if (data[0] != 0x10)
		return PROVD_E_INVALID;
	n = read_length(data + 1, size - 1, &length);
	if (n <= 0)
		return n;
	if (length + 5 > SIM_CONNECT_MAX)
		return PROVD_E_LIMIT;
	if (size < 1 + (size_t)n + length)
		return 0;
	memset(&result, 0, sizeof(result));
	body.data = data + 1 + n;
	body.left = length;
	if (parse_body(body, &result) != 0)
		return PROVD_E_INVALID;
	*out_connect = result;
	return 1 + n + (int)length;
}

static size_t put_field(unsigned char *out, const char *text)
{
	size_t size = strlen(text);

	out[0] = (unsigned char)(size >> 8);
	out[1] = (unsigned char)size;
	memcpy(out + 2, text, size);
	return size + 2;
}

int sim_connect_build(const char *client_id, const char *username, unsigned char *out)
{
	static const unsigned char head[] = {0, 4, 'M', 'Q', 'T', 'T', 4};
	size_t length = sizeof(head) + 3 + 2 + strlen(client_id) + 2 + strlen(username);
	unsigned char *p = out;

	if (strlen(client_id) > 127 || strlen(username) > 255)
		return PROVD_E_LIMIT;
	*p++ = 0x10;
	if (length >= 128)
		*p++ = (unsigned char)(0x80 | (length & 0x7f));
	*p++ = (unsigned char)(length >= 128 ? length >> 7 : length);
	memcpy(p, head, sizeof(head));
	p += sizeof(head);
	*p++ = FLAG_USERNAME | FLAG_CLEAN;
	*p++ = 0;
	*p++ = 60;
	p += put_field(p, client_id);
	p += put_field(p, username);
	return (int)(p - out);
}
