/* SPDX-License-Identifier: Apache-2.0 */
/* What is where in the body (smartconfig.md 3.4 to 3.6). */
#include <string.h>

#include "codec/esptouch2_private.h"

#define FLAG_IPV4	 0x01u
#define FLAGS_ZERO	 0xe0u /* bit 5 and the version */
#define SECURITY_MAX	 2u
#define RESERVED_LONGEST 127u
#define IV_FIELD_LEN	 20u
#define CIPHER_BLOCK	 16u

static void add_field(struct esptouch2_field *field, unsigned *next, unsigned len, bool packed)
{
	unsigned per_group = packed ? 5 : 6;
	unsigned groups = (len + per_group - 1) / per_group;

	*field = (struct esptouch2_field){.first = (uint8_t)*next,
					  .groups = (uint8_t)groups,
					  .len = (uint8_t)len,
					  .packed = packed};
	*next += groups;
}

bool esptouch2_layout_read(const uint8_t header[5], struct esptouch2_layout *out)
{
	unsigned ssid = header[0] & 0x7fu;
	unsigned secret = header[1] & 0x7fu;
	unsigned reserved = header[2] & 0x7fu;
	unsigned security = header[4] >> 1 & 3u;
	bool any_packed = ((header[1] | header[2]) & 0x80u) != 0;
	struct esptouch2_layout layout = {.joined = 0};
	unsigned next = 1;

	if ((header[4] & FLAGS_ZERO) != 0 || security > SECURITY_MAX || ssid > PROVD_SSID_MAX ||
	    secret > AIR_PASSPHRASE_MAX || reserved > RESERVED_LONGEST)
		return false;
	if (security != 0) {
		layout.joined = 1;
		add_field(&layout.secret, &next,
			  CIPHER_BLOCK * ((secret + reserved) / CIPHER_BLOCK + 1), true);
		if (security == 2)
			add_field(&layout.iv, &next, IV_FIELD_LEN, true);
	} else if (any_packed) {
		add_field(&layout.secret, &next, secret, (header[1] & 0x80u) != 0);
		add_field(&layout.reserved, &next, reserved, (header[2] & 0x80u) != 0);
	} else {
		layout.joined = 1;
		add_field(&layout.secret, &next, secret + reserved, false);
	}
	add_field(&layout.ssid, &next, ssid, (header[0] & 0x80u) != 0);
	if (next > ESPTOUCH2_GROUPS_MAX)
		return false;
	layout.groups = (uint8_t)next;
	*out = layout;
	return true;
}

static bool in_field(const struct esptouch2_field *field, int group)
{
	return group >= field->first && group < field->first + field->groups;
}

uint64_t esptouch2_field_mask(const struct esptouch2_field *field)
{
	/* The empty field at the end may begin at 64. */
	return field->groups == 0 ? 0 : ((1ULL << field->groups) - 1) << field->first;
}

bool esptouch2_group_check(const struct esptouch2_phone *phone, int group,
			   struct esptouch2_bytes *out)
{
	const struct esptouch2_layout *layout = &phone->layout;
	const struct esptouch2_field *const fields[] = {&layout->secret, &layout->reserved,
							&layout->iv, &layout->ssid};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct esptouch2_field *field = fields[i];
		unsigned padding = 0;

		if (!in_field(field, group))
			continue;
		if (group == field->first + field->groups - 1)
			padding = (field->packed ? 5u : 6u) * field->groups - field->len;
		return esptouch2_group(phone, group, field->packed != 0, padding, out);
	}
	return false;
}

/* Every bit of byte `row` of a group that was heard is that of `byte`. */
static bool row_agrees(const struct esptouch2_cell cells[8], unsigned row, uint8_t byte,
		       unsigned packets, bool full)
{
	for (unsigned k = 0; k < packets; k++) {
		unsigned weight;
		unsigned second;
		uint8_t value = esptouch2_top(&cells[k], &weight, &second);

		if (full && (weight < 2 || second != 0))
			return false;
		if (weight != 0 && (value >> (5 - row) & 1) != (byte >> k & 1))
			return false;
	}
	return true;
}

/* Half of a group that agrees tells a network from another whose SSID is as long. */
static bool half_heard(const struct esptouch2_cell cells[8])
{
	unsigned heard = 0;
	unsigned weight;
	unsigned second;

	for (unsigned k = 0; k < 7; k++) {
		(void)esptouch2_top(&cells[k], &weight, &second);
		heard += weight != 0;
	}
	return heard >= 4;
}

bool esptouch2_ssid_agrees(const struct esptouch2_phone *phone, const struct air_bss *bss,
			   bool full)
{
	const struct esptouch2_field *field = &phone->layout.ssid;
	unsigned per_group = field->packed != 0 ? 5 : 6;
	bool above_127 = false;

	if (bss->ssid_len != field->len)
		return false;
	for (unsigned i = 0; i < field->len; i++) {
		const struct esptouch2_cell *cells = phone->cell[field->first + i / per_group];

		if (!half_heard(cells))
			return false;
		if (!row_agrees(cells, i % per_group, bss->ssid[i], field->packed != 0 ? 8 : 7,
				full))
			return false;
		if (bss->ssid[i] > 127)
			above_127 = true;
	}
	if (!full)
		return true;
	/* The lost bits are in the CRC of the groups without padding (smartconfig.md 3.6). */
	for (unsigned g = 0; field->packed == 0 && (g + 1) * 6 <= field->len; g++) {
		unsigned weight;
		unsigned second;
		uint8_t crc = esptouch2_top(&phone->cell[field->first + g][7], &weight, &second);

		if (weight < 2 || crc != (air_crc8(0, bss->ssid + (size_t)g * 6, 6) & 63))
			return false;
	}
	return field->packed == 0 && above_127;
}
