/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the ESP-Touch v2 decoder. */
#ifndef SMARTCONFIG_ESPTOUCH2_PRIVATE_H
#define SMARTCONFIG_ESPTOUCH2_PRIVATE_H

#include "air/crc.h"
#include "codec/esptouch2.h"

enum esptouch2_class {
	ESPTOUCH2_OTHER,
	ESPTOUCH2_SYNC,	 /* 1048 */
	ESPTOUCH2_TOTAL, /* value: number of groups */
	ESPTOUCH2_HEAD,	 /* value: group, header group is 0 */
	ESPTOUCH2_DATA	 /* value: k, bits: 6 bits */
};

struct esptouch2_packet {
	enum esptouch2_class class;
	int value;
	uint8_t bits;
};

/* A group as bytes: 5 and a CRC, or 6. */
struct esptouch2_bytes {
	uint8_t byte[6];
	bool repaired; /* bits of the padding were guessed */
};

/* Where a packet is in the round, in esptouch2_track.c.
 * Returns the group of a data packet (0 and up) that is certain; -1: an anchor that fits; -2: it
 * fits nowhere; -3: it fits in several places. Changes the track in the first two cases. */
#define ESPTOUCH2_FITS	  (-1)
#define ESPTOUCH2_MISFIT  (-2)
#define ESPTOUCH2_UNKNOWN (-3)
int esptouch2_track_step(struct esptouch2_track *track, const struct esptouch2_packet *packet,
			 int64_t pos, int groups);
void esptouch2_track_start(struct esptouch2_track *track, const struct esptouch2_packet *packet,
			   int64_t pos);

/* Votes, in esptouch2_vote.c. Returns whether the value of the group may have changed. */
bool esptouch2_vote(struct esptouch2_phone *phone, int group, int k, uint8_t bits,
		    uint64_t time_us);
/* The value is proven to be the sender's: as good as two votes. */
bool esptouch2_prove(struct esptouch2_phone *phone, int group, int k, uint8_t bits);
void esptouch2_forget(struct esptouch2_phone *phone, int first_group);
/* The most voted value of a cell, its weight and that of the next one. */
uint8_t esptouch2_top(const struct esptouch2_cell *cell, unsigned *out_weight,
		      unsigned *out_second);
bool esptouch2_group(const struct esptouch2_phone *phone, int group, bool packed, unsigned padding,
		     struct esptouch2_bytes *out);

/* Fields, in esptouch2_field.c. */
bool esptouch2_layout_read(const uint8_t header[5], struct esptouch2_layout *out);
bool esptouch2_group_check(const struct esptouch2_phone *phone, int group,
			   struct esptouch2_bytes *out);
/* Whether a network's SSID agrees with all that was heard of the SSID field. `full`: all of it has
 * to be heard twice, and the CRCs have to be right for the network's SSID. */
bool esptouch2_ssid_agrees(const struct esptouch2_phone *phone, const struct air_bss *bss,
			   bool full);
uint64_t esptouch2_field_mask(const struct esptouch2_field *field);

/* Everything together, in esptouch2_result.c. Returns 1 and the result, or 0. */
int esptouch2_complete(const struct esptouch2 *decoder, struct esptouch2_phone *phone,
		       const struct air_symbol *symbol, struct air_result *out);

#endif /* SMARTCONFIG_ESPTOUCH2_PRIVATE_H */
