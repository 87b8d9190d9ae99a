/* SPDX-License-Identifier: Apache-2.0 */
#include "air/symbol_internal.h"

#include <string.h>

static int needed(const struct air_streams *streams, const uint8_t *bssid)
{
	for (size_t i = 0; i < AIR_STREAMS_MAX; i++)
		if (streams->streams[i].live != 0 &&
		    memcmp(streams->streams[i].bssid, bssid, 6) == 0)
			return 1;
	return 0;
}

/* The index for a new one: the access point that was not heard for longest makes room, but not one
 * whose stream is followed. */
static size_t make_room(const struct air_streams *streams)
{
	size_t oldest = AIR_BSS_MAX;
	size_t unneeded = AIR_BSS_MAX;

	for (size_t i = 0; i < AIR_BSS_MAX; i++) {
		uint64_t heard = streams->bss_heard[i];

		if (oldest == AIR_BSS_MAX || heard < streams->bss_heard[oldest])
			oldest = i;
		if ((unneeded == AIR_BSS_MAX || heard < streams->bss_heard[unneeded]) &&
		    !needed(streams, streams->bss[i].bssid))
			unneeded = i;
	}
	return unneeded != AIR_BSS_MAX ? unneeded : oldest;
}

static size_t find(const struct air_streams *streams, const uint8_t *bssid)
{
	for (size_t i = 0; i < streams->bss_count; i++)
		if (memcmp(streams->bss[i].bssid, bssid, 6) == 0)
			return i;
	return AIR_BSS_MAX;
}

/* What the newer one does not tell stays: a hidden name that a probe response has shown, a channel,
 * the ciphers that a scan does not give. */
static void merge(struct air_bss *old, const struct air_bss *bss)
{
	struct air_bss out = *bss;

	if (out.ssid_len == 0) {
		out.ssid_len = old->ssid_len;
		memcpy(out.ssid, old->ssid, sizeof(out.ssid));
	}
	if (out.channel == 0)
		out.channel = old->channel;
	if (out.security == PROVD_SECURITY_UNKNOWN)
		out.security = old->security;
	if (out.security != PROVD_SECURITY_OPEN) {
		if (out.group_mic == 0 || out.group_mic == AIR_MIC_EITHER)
			out.group_mic = old->group_mic;
		if (out.pairwise_mic == 0 || out.pairwise_mic == AIR_MIC_EITHER)
			out.pairwise_mic = old->pairwise_mic;
	}
	*old = out;
}

void air__stream_set_mic(struct air_stream *stream, const struct air_bss *bss)
{
	if (bss == NULL)
		stream->mic = AIR_MIC_EITHER;
	else
		stream->mic = stream->direction == AIR_TO_AP ? bss->pairwise_mic : bss->group_mic;
}

void air__bss_learn(struct air_streams *streams, const struct air_bss *bss)
{
	size_t i = find(streams, bss->bssid);

	if (bss->ssid_len > PROVD_SSID_MAX)
		return;
	if (i != AIR_BSS_MAX) {
		merge(&streams->bss[i], bss);
	} else {
		i = streams->bss_count < AIR_BSS_MAX ? streams->bss_count++ : make_room(streams);
		streams->bss[i] = *bss;
	}
	streams->bss_heard[i] = ++streams->beacons;
	for (size_t k = 0; k < AIR_STREAMS_MAX; k++)
		if (memcmp(streams->streams[k].bssid, bss->bssid, 6) == 0)
			air__stream_set_mic(&streams->streams[k], &streams->bss[i]);
}

const struct air_bss *air_streams_bss(const struct air_streams *streams, const uint8_t *bssid)
{
	size_t i = find(streams, bssid);

	return i != AIR_BSS_MAX ? &streams->bss[i] : NULL;
}

const struct air_bss *air_streams_bss_list(const struct air_streams *streams, size_t *out_count)
{
	*out_count = streams->bss_count;
	return streams->bss;
}

void air_streams_add_bss(struct air_streams *streams, const struct air_bss *bss)
{
	air__bss_learn(streams, bss);
}
