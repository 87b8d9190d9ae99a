/* SPDX-License-Identifier: Apache-2.0 */
/** Timelines for the tests of pictures. */
#ifndef PROVD_TEST_PICTURE_ENTRIES_H
#define PROVD_TEST_PICTURE_ENTRIES_H

#include <jansson.h>

/** Monotonic time of the first entry. */
#define FIRST_US 500000000

/** Adds an entry. @param ms since the first one @param detail JSON text, or NULL */
static inline void add_entry(json_t *timeline, int ms, const char *state, const char *event,
			     const char *from, const char *to, const char *detail)
{
	json_t *entry = json_pack("{s:i, s:I, s:s, s:s, s:s, s:s}", "session", 17, "t_us",
				  (json_int_t)(FIRST_US + ms * 1000LL), "state", state, "event",
				  event, "from", from, "to", to);

	json_object_set_new(entry, "detail", json_loads(detail ? detail : "{}", 0, NULL));
	json_array_append_new(json_object_get(timeline, "entries"), entry);
}

/** Without entries. */
static inline json_t *make_timeline(void)
{
	return json_pack("{s:i, s:I, s:[]}", "session", 17, "unix_ms", (json_int_t)1763652000123,
			 "entries");
}

/** A wrong passphrase, then the right one. */
static inline json_t *make_session(void)
{
	json_t *timeline = make_timeline();

	add_entry(timeline, 0, "listening", "session started", "device", "device", NULL);
	add_entry(timeline, 21, "listening", "softap: listening", "device", "device",
		  "{\"ssid\":\"Lamp-3f2a\",\"channel\":\"6\"}");
	add_entry(timeline, 13800, "listening", "a phone is there", "phone", "device",
		  "{\"mac\":\"3c:..:9a\"}");
	add_entry(timeline, 14100, "joining", "credentials received", "phone", "device",
		  "{\"method\":\"softap\",\"ssid\":\"H\\u00f6me\",\"attempt\":\"1\"}");
	add_entry(timeline, 14300, "joining", "authenticating", "device", "ap",
		  "{\"bssid\":\"02:..:01\",\"channel\":\"11\"}");
	add_entry(timeline, 15900, "listening", "attempt failed, listening again", "ap", "device",
		  "{\"during\":\"joining\",\"reason\":\"WIFI_PASSPHRASE\",\"text\":"
		  "\"4-way handshake timed out (reason code 15)\"}");
	add_entry(timeline, 16000, "listening", "told the phone", "device", "phone", NULL);
	add_entry(timeline, 19300, "joining", "credentials received", "phone", "device",
		  "{\"method\":\"softap\",\"attempt\":\"2\"}");
	add_entry(timeline, 20504, "online", "joined the network", "ap", "device",
		  "{\"address\":\"192.168.1.7\"}");
	add_entry(timeline, 20600, "binding", "binding", "device", "cloud", NULL);
	add_entry(timeline, 21300, "bound", "bound", "cloud", "device",
		  "{\"method\":\"softap\",\"ms\":\"21300\",\"reason\":\"OK\"}");
	return timeline;
}

#endif
