/* SPDX-License-Identifier: Apache-2.0 */
#include "log/log.h"

#include <criterion/criterion.h>

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAMP "2026-11-20T09:00:00.123Z "
/* 2026-11-20 09:00:00.123 UTC */
#define NOW 1795165200123u

/** Collects lines, tells the time. */
struct sink {
	char text[65536];
	size_t len;
	size_t lines;
	size_t broken;
	uint64_t now;
	struct provd_log *log;
};

static void take_line(void *user, const char *line, size_t len)
{
	struct sink *sink = user;

	/* Not asserted here: other threads come by. */
	if (len > PROVD_LOG_LINE_MAX || line[len - 1] != '\n' || memchr(line, '\n', len - 1))
		sink->broken++;
	sink->lines++;
	if (len >= sizeof(sink->text) - sink->len)
		return;
	memcpy(sink->text + sink->len, line, len);
	sink->len += len;
	sink->text[sink->len] = '\0';
}

static uint64_t tell_time(void *user)
{
	return ((struct sink *)user)->now;
}

static struct sink *sink_open(enum provd_log_layout format, int personal, uint32_t burst)
{
	struct sink *sink = calloc(1, sizeof(*sink));
	struct provd_log_config config = {.format = format,
					  .level = PROVD_LOG_DEBUG,
					  .personal = personal,
					  .burst = burst,
					  .window_ms = 1000,
					  .write = take_line,
					  .user = sink,
					  .now_ms = tell_time};

	sink->now = NOW;
	cr_assert_eq(provd_log_create(&config, &sink->log), 0);
	return sink;
}

static void sink_close(struct sink *sink)
{
	provd_log_destroy(sink->log);
	cr_assert_eq(sink->broken, 0);
	free(sink);
}

static const uint8_t mac[6] = {0xaa, 0xbb, 0xcc, 0x01, 0x02, 0x03};
static const uint8_t ip4[4] = {192, 168, 77, 5};
static const uint8_t ip6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

static void write_all_types(struct sink *sink)
{
	PROVD_CLOG(sink->log, "softap", 17, PROVD_LOG_INFO, "access point up",
		   provd_f_int("channel", 6),
		   provd_f_ssid("ssid", (const uint8_t *)"Lamp-123456", 11),
		   provd_f_mac("mac", mac), provd_f_ip("ip", ip4, 4), provd_f_ip("ip6", ip6, 16),
		   provd_f_secret("passphrase", 12), provd_f_ms("took", 1500),
		   provd_f_code("why", PROVD_E_WIFI_PASSPHRASE), provd_f_text("text", "a b"));
}

Test(log, text_line_shortened, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 0, 0);

	write_all_types(sink);
	cr_assert_str_eq(sink->text, STAMP "info  softap session=17 \"access point up\" channel=6 "
					   "ssid=\"La…(11)\" mac=aa:bb:cc:..:..:.. ip=192.168.*.* "
					   "ip6=2001:* passphrase=<secret 12 bytes> took=1500ms "
					   "why=WIFI_PASSPHRASE text=\"a b\"\n");
	sink_close(sink);
}

Test(log, text_line_in_full, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 0);

	write_all_types(sink);
	cr_assert_str_eq(sink->text,
			 STAMP "info  softap session=17 \"access point up\" channel=6 "
			       "ssid=\"Lamp-123456\" mac=aa:bb:cc:01:02:03 ip=192.168.77.5 "
			       "ip6=2001:db8::1 passphrase=<secret 12 bytes> took=1500ms "
			       "why=WIFI_PASSPHRASE text=\"a b\"\n");
	sink_close(sink);
}

Test(log, json_line, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_JSON, 0, 0);

	write_all_types(sink);
	cr_assert_str_eq(sink->text,
			 "{\"time\":\"2026-11-20T09:00:00.123Z\",\"level\":\"info\","
			 "\"topic\":\"softap\",\"session\":17,\"event\":\"access point up\","
			 "\"fields\":{\"channel\":6,\"ssid\":\"La…(11)\","
			 "\"mac\":\"aa:bb:cc:..:..:..\",\"ip\":\"192.168.*.*\",\"ip6\":\"2001:*\","
			 "\"passphrase\":\"<secret 12 bytes>\",\"took\":1500,"
			 "\"why\":\"WIFI_PASSPHRASE\",\"text\":\"a b\"}}\n");
	sink_close(sink);
}

static void short_ssid(const char *ssid, size_t len, const char *expected)
{
	struct provd_field field = provd_f_ssid("ssid", (const uint8_t *)ssid, len);
	char out[256];

	provd_fields_format(&field, 1, 0, out, sizeof(out));
	cr_assert_str_eq(out, expected);
}

Test(log, short_ssids_never_show_in_full, .timeout = 20)
{
	short_ssid("", 0, " ssid=\"\"");
	short_ssid("a", 1, " ssid=\"…(1)\"");
	short_ssid("ab", 2, " ssid=\"a…(2)\"");
	short_ssid("abcd", 4, " ssid=\"ab…(4)\"");
	short_ssid("\xe5\xae\xb6\xe9\x87\x8c", 6, " ssid=\"\xe5\xae\xb6…(6)\"");
	short_ssid("\xff\xfe\x00\x01", 4, " ssid=\"\\xff\\xfe…(4)\"");
}

/* Bytes that try to end the line, start another, or hide what comes next. */
static const char forged[] = "x\"\n2026-11-20T09:00:00.123Z error session \"root login\" a=\"\r\t\\"
			     "\x1b[2J\x7f\xff\xc0\xaf\xed\xa0\x80\xc2\x85\xe2\x80\xae\xe2\x80\xa8é";

Test(log, text_cannot_be_forged, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 0);

	PROVD_CLOG(sink->log, "t", 0, PROVD_LOG_WARN, "from the phone",
		   provd_f_textn("name", forged, sizeof(forged)));
	cr_assert_eq(sink->lines, 1);
	cr_assert_str_eq(sink->text, STAMP
			 "warn  t \"from the phone\" name=\"x\\\"\\n2026-11-20T09:00:00.123Z error "
			 "session \\\"root login\\\" a=\\\"\\r\\t\\\\\\x1b[2J\\x7f\\xff\\xc0\\xaf"
			 "\\xed\\xa0\\x80\\xc2\\x85\\xe2\\x80\\xae\\xe2\\x80\\xa8é\\x00\"\n");
	sink_close(sink);
}

Test(log, json_stays_json_whatever_comes, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_JSON, 1, 0);
	char bytes[256];
	json_t *line;
	int i;

	for (i = 0; i < 256; i++)
		bytes[i] = (char)i;
	PROVD_CLOG(sink->log, "t", 0, PROVD_LOG_WARN, "x", provd_f_textn("all", bytes, 256),
		   provd_f_textn("forged", forged, sizeof(forged)),
		   provd_f_ssid("ssid", (const uint8_t *)bytes + 100, 32));
	cr_assert_eq(sink->lines, 1);
	line = json_loads(sink->text, JSON_REJECT_DUPLICATES, NULL);
	cr_assert_not_null(line, "%s", sink->text);
	cr_assert_eq(json_object_size(json_object_get(line, "fields")), 3);
	json_decref(line);
	sink_close(sink);
}

Test(log, names_cannot_be_forged, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 0);

	PROVD_CLOG(sink->log, "a b\n", 0, PROVD_LOG_WARN, "e\"\n", provd_f_int("k=1 x\"\n", 2),
		   provd_f_int(NULL, 3));
	cr_assert_str_eq(sink->text, STAMP "warn  a_b_ \"e\\\"\\n\" k_1_x__=2 _=3\n");
	sink_close(sink);
}

Test(log, broken_fields_are_told, .timeout = 20)
{
	struct provd_field fields[] = {
		provd_f_make(PROVD_FIELD_TEXT, "a", 0, NULL, 5),
		provd_f_make(PROVD_FIELD_MAC, "b", 0, "abc", 3),
		provd_f_make(PROVD_FIELD_IP, "c", 0, "abcde", 5),
		provd_f_make(PROVD_FIELD_SSID, "d", 0, forged, 33),
		provd_f_make(99, "e", 0, NULL, 0),
		provd_f_code("f", -9999),
		provd_f_text("g", NULL),
	};
	char out[256];
	size_t len = provd_fields_format(fields, 7, 1, out, sizeof(out));

	cr_assert_str_eq(out, " a=<invalid> b=<invalid> c=<invalid> d=<invalid> e=<invalid> "
			      "f=UNKNOWN g=\"\"");
	cr_assert_eq(len, strlen(out));
}

Test(log, canary_secret_never_shows, .timeout = 20)
{
	static const char canary[] = "canary-passphrase";
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 0);
	struct provd_field field = provd_f_secret("passphrase", sizeof(canary) - 1);

	/* Even when a plugin hangs bytes on a secret pair. */
	field.data = canary;
	field.len = sizeof(canary) - 1;
	PROVD_CLOG(sink->log, "t", 0, PROVD_LOG_ERROR, "x", field);
	cr_assert_null(strstr(sink->text, "canary"));
	cr_assert_not_null(strstr(sink->text, "passphrase=<secret 17 bytes>\n"));
	sink_close(sink);
}

static void cut(enum provd_log_layout format, const char *tail)
{
	struct sink *sink = sink_open(format, 1, 0);
	char big[3000];
	struct provd_field fields[8];
	size_t i;

	memset(big, 'x', sizeof(big));
	big[0] = '\x01';
	for (i = 0; i < 8; i++)
		fields[i] = provd_f_textn("big", big, sizeof(big));
	PROVD_CLOG(sink->log, "t", 0, PROVD_LOG_ERROR, "x", fields[0], fields[1], fields[2],
		   fields[3], fields[4], fields[5]);
	cr_assert_eq(sink->lines, 1);
	cr_assert_leq(sink->len, PROVD_LOG_LINE_MAX);
	cr_assert_str_eq(sink->text + sink->len - strlen(tail), tail);
	cr_assert_not_null(strstr(sink->text, "xxx…\""));
	sink_close(sink);
}

Test(log, long_lines_are_cut_with_a_mark, .timeout = 20)
{
	cut(PROVD_LOG_TEXT, "…\" cut=true\n");
	cut(PROVD_LOG_JSON, "…\"},\"cut\":true}\n");
}

Test(log, format_cuts_to_whole_pairs, .timeout = 20)
{
	struct provd_field fields[] = {provd_f_int("a", 1), provd_f_text("b", "long text")};
	char out[10] = "untouched";

	cr_assert_eq(provd_fields_format(fields, 2, 1, out, 10), 4);
	cr_assert_str_eq(out, " a=1");
	cr_assert_eq(provd_fields_format(fields, 2, 1, out, 0), 0);
	cr_assert_eq(provd_fields_format(NULL, 0, 1, out, 1), 0);
	cr_assert_str_eq(out, "");
}

static void write_topic(struct sink *sink, const char *source, const char *topic, uint32_t level)
{
	struct provd_log_site site = {.size = sizeof(site), .level = level, .topic = topic};

	site.event = "e";
	provd_log_write(sink->log, source, 0, &site, NULL, 0);
}

Test(log, topics, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 0);

	write_topic(sink, "softap", NULL, PROVD_LOG_ERROR);
	write_topic(sink, "softap", "softap", PROVD_LOG_ERROR);
	write_topic(sink, "softap", "ap", PROVD_LOG_ERROR);
	write_topic(sink, "softap", "softap.ap", PROVD_LOG_ERROR);
	write_topic(sink, NULL, "ap", PROVD_LOG_ERROR);
	cr_assert_str_eq(sink->text, STAMP "error softap \"e\"\n" STAMP "error softap \"e\"\n" STAMP
					   "error softap.ap \"e\"\n" STAMP
					   "error softap.ap \"e\"\n" STAMP "error ap \"e\"\n");
	sink_close(sink);
}

Test(log, longest_topic_decides_the_level, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 0);

	cr_assert_eq(provd_log_set_level(sink->log, NULL, PROVD_LOG_WARN), 0);
	cr_assert_eq(provd_log_set_level(sink->log, "softap", PROVD_LOG_ERROR), 0);
	cr_assert_eq(provd_log_set_level(sink->log, "softap.ap", PROVD_LOG_DEBUG), 0);
	write_topic(sink, "softap", NULL, PROVD_LOG_WARN);
	write_topic(sink, "softap", "udp", PROVD_LOG_WARN);
	cr_assert_eq(sink->lines, 0);
	write_topic(sink, "softap", "ap", PROVD_LOG_DEBUG);
	write_topic(sink, "softap", "ap.x", PROVD_LOG_DEBUG);
	cr_assert_eq(sink->lines, 2);
	write_topic(sink, "softapx", NULL, PROVD_LOG_WARN);
	cr_assert_eq(sink->lines, 3);
	write_topic(sink, "softapx", NULL, PROVD_LOG_INFO);
	cr_assert_eq(sink->lines, 3);
	cr_assert_eq(provd_log_set_level(sink->log, "softap", PROVD_LOG_INFO), 0);
	write_topic(sink, "softap", NULL, PROVD_LOG_INFO);
	cr_assert_eq(sink->lines, 4);
	sink_close(sink);
}

Test(log, level_refusals, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 0);
	char topic[80];
	int i;

	cr_assert_eq(provd_log_set_level(sink->log, NULL, 0), PROVD_E_INVALID);
	cr_assert_eq(provd_log_set_level(sink->log, "a", 5), PROVD_E_INVALID);
	memset(topic, 'a', sizeof(topic));
	topic[PROVD_LOG_TOPIC_SIZE] = '\0';
	cr_assert_eq(provd_log_set_level(sink->log, topic, 1), PROVD_E_INVALID);
	for (i = 0; i < PROVD_LOG_TOPICS_MAX; i++) {
		cr_assert_gt(snprintf(topic, sizeof(topic), "t%d", i), 0);
		cr_assert_eq(provd_log_set_level(sink->log, topic, 1), 0);
	}
	cr_assert_eq(provd_log_set_level(sink->log, "more", 1), PROVD_E_LIMIT);
	cr_assert_eq(provd_log_set_level(sink->log, "t3", 2), 0);
	sink_close(sink);
}

static void write_noisy(struct sink *sink)
{
	PROVD_CLOG(sink->log, "noisy", 3, PROVD_LOG_WARN, "again", provd_f_int("n", 1));
}

Test(log_limit, suppresses_and_tells_how_many, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 5);
	int i;

	for (i = 0; i < 20; i++)
		write_noisy(sink);
	cr_assert_eq(sink->lines, 5);
	write_topic(sink, "quiet", NULL, PROVD_LOG_INFO);
	cr_assert_eq(sink->lines, 6);
	sink->now += 999;
	write_noisy(sink);
	cr_assert_eq(sink->lines, 6);
	sink->now += 1;
	sink->len = 0;
	write_noisy(sink);
	cr_assert_eq(sink->lines, 8);
	cr_assert_str_eq(sink->text,
			 "2026-11-20T09:00:01.123Z warn  noisy \"again\" suppressed=16\n"
			 "2026-11-20T09:00:01.123Z warn  noisy session=3 \"again\" n=1\n");
	sink_close(sink);
}

Test(log_limit, another_line_after_the_window_tells_it, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 1);

	write_noisy(sink);
	write_noisy(sink);
	sink->now += 1000;
	sink->len = 0;
	write_topic(sink, "quiet", NULL, PROVD_LOG_INFO);
	cr_assert_eq(sink->lines, 3);
	cr_assert_not_null(strstr(sink->text, "noisy \"again\" suppressed=1\n"));
	sink_close(sink);
}

Test(log_limit, destroy_and_forget_tell_it, .timeout = 20)
{
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 1);
	struct provd_log_site sites[2] = {{.level = PROVD_LOG_INFO, .event = "one"},
					  {.level = PROVD_LOG_INFO, .event = "two"}};
	int i;

	for (i = 0; i < 4; i++)
		provd_log_write(sink->log, "p", 0, &sites[i / 2], NULL, 0);
	cr_assert_eq(sink->lines, 2);
	provd_log_forget(sink->log, &sites[0], sizeof(sites[0]));
	cr_assert_eq(sink->lines, 3);
	cr_assert_not_null(strstr(sink->text, "p \"one\" suppressed=1\n"));
	/* Forgotten: a new plugin's site at the same address starts anew. */
	provd_log_write(sink->log, "p", 0, &sites[0], NULL, 0);
	cr_assert_eq(sink->lines, 4);
	provd_log_destroy(sink->log);
	cr_assert_eq(sink->lines, 5);
	cr_assert_not_null(strstr(sink->text, "p \"two\" suppressed=1\n"));
	free(sink);
}

Test(log_limit, table_is_bounded_and_tells_what_it_drops, .timeout = 20)
{
	static struct provd_log_site sites[300];
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 1);
	size_t i;

	for (i = 0; i < 300; i++) {
		sites[i].level = PROVD_LOG_INFO;
		sites[i].event = "e";
		provd_log_write(sink->log, "p", 0, &sites[i], NULL, 0);
		if (i == 0)
			provd_log_write(sink->log, "p", 0, &sites[i], NULL, 0);
	}
	cr_assert_eq(sink->lines, 301);
	/* The last ones are still counted, the first ones were forgotten. */
	provd_log_write(sink->log, "p", 0, &sites[299], NULL, 0);
	cr_assert_eq(sink->lines, 301);
	provd_log_write(sink->log, "p", 0, &sites[0], NULL, 0);
	cr_assert_eq(sink->lines, 302);
	sink_close(sink);
}

static void *write_many(void *arg)
{
	struct sink *sink = arg;
	int i;

	for (i = 0; i < 2000; i++)
		write_noisy(sink);
	return NULL;
}

Test(log, threads, .timeout = 30)
{
	struct sink *sink = sink_open(PROVD_LOG_TEXT, 1, 0);
	pthread_t threads[4];
	int i;

	for (i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, write_many, sink), 0);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	cr_assert_eq(sink->lines, 8000);
	sink_close(sink);
}

Test(log, null_is_allowed, .timeout = 20)
{
	provd_log_destroy(NULL);
	provd_log_write(NULL, "a", 0, NULL, NULL, 0);
}
