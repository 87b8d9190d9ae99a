/* SPDX-License-Identifier: Apache-2.0 */
#include "simrig.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define AIR "{\"air_socket\": \"@/air\", \"control_socket\": \"@/control\"}"

struct heard {
	size_t count;
	struct provd_frame last;
	uint8_t first_byte;
};

static void on_frames(void *user, const struct provd_frame *frames, size_t count)
{
	struct heard *h = user;

	h->count += count;
	h->last = frames[count - 1];
	h->first_byte = h->last.data[0];
}

static struct provd_monitor_plan plan(struct heard *h)
{
	struct provd_monitor_plan p = {
		.size = sizeof(p), .freq_mhz = 2437, .width = 20, .frames = on_frames, .user = h};

	return p;
}

static void transmit(struct simrig *s, uint32_t freq, uint8_t byte)
{
	/* Present: flags, channel, signal. */
	uint8_t bytes[] = {
		0, 0, 15,   0,	  0x2a, 0, 0, 0, 0, 0, (uint8_t)(freq & 255), (uint8_t)(freq >> 8),
		0, 0, 0xce, byte, 2,	3};
	struct sockaddr_un air = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	rig_path(&s->rig, "air", air.sun_path, sizeof(air.sun_path));
	cr_assert_eq(sendto(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&air, sizeof(air)),
		     (ssize_t)sizeof(bytes));
	close(fd);
}

static void until(struct simrig *s, const struct heard *h, size_t count)
{
	for (int i = 0; i < 2000 && h->count < count; i++)
		rig_run(&s->rig, 5);
	cr_assert_eq(h->count, count);
}

Test(sim_monitor, hears_its_channel_only, .timeout = 30)
{
	struct heard h = {0};
	struct provd_monitor_plan p = plan(&h);
	struct provd_monitor_stats stats = {.size = sizeof(stats)};
	struct simrig s;

	simrig_open(&s, AIR);
	transmit(&s, 2437, 1);
	rig_run(&s.rig, 20);
	cr_assert_eq(s.monitor->start(s.inst, 1, &p), 0);
	cr_expect_eq(s.monitor->start(s.inst, 2, &p), PROVD_E_BUSY);
	cr_assert_eq(simrig_done(&s, 1), 0);
	transmit(&s, 2412, 2);
	transmit(&s, 2437, 3);
	until(&s, &h, 1);
	cr_expect_eq(h.first_byte, 3);
	cr_expect_eq(h.last.len, 3);
	cr_expect_eq(h.last.freq_mhz, 2437);
	cr_expect_eq(h.last.signal_dbm, -50);
	cr_assert_eq(s.monitor->set_channel(s.inst, 3, 2412, 40, 1), 0);
	cr_assert_eq(simrig_done(&s, 3), 0);
	transmit(&s, 2412, 4);
	transmit(&s, 2432, 5);
	transmit(&s, 2437, 6);
	until(&s, &h, 3);
	cr_expect_eq(h.first_byte, 5);
	s.monitor->get_stats(s.inst, &stats);
	cr_expect_eq(stats.frames, 3);
	cr_assert_eq(s.monitor->stop(s.inst, 4), 0);
	transmit(&s, 2412, 7);
	cr_assert_eq(simrig_done(&s, 4), 0);
	rig_run(&s.rig, 20);
	cr_expect_eq(h.count, 3, "no frames after stop");
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_monitor, flood_and_garbage, .timeout = 30)
{
	static uint8_t garbage[6000];
	struct sockaddr_un air = {.sun_family = AF_UNIX};
	struct heard h = {0};
	struct provd_monitor_plan p = plan(&h);
	struct provd_monitor_stats stats = {.size = sizeof(stats)};
	struct simrig s;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	simrig_open(&s, AIR);
	rig_path(&s.rig, "air", air.sun_path, sizeof(air.sun_path));
	cr_assert_eq(s.monitor->start(s.inst, 1, &p), 0);
	cr_assert_eq(simrig_done(&s, 1), 0);
	for (size_t len = 0; len < 8; len++) {
		cr_assert_geq(sendto(fd, garbage, len, 0, (struct sockaddr *)&air, sizeof(air)), 0);
		rig_run(&s.rig, 1);
	}
	cr_assert_geq(sendto(fd, garbage, sizeof(garbage), 0, (struct sockaddr *)&air, sizeof(air)),
		      0);
	rig_run(&s.rig, 20);
	for (size_t i = 0; i < 300; i++) {
		transmit(&s, 2437, 9);
		/* The kernel queues about ten datagrams; more would block the sender. */
		if (i % 5 == 4)
			until(&s, &h, i + 1);
	}
	until(&s, &h, 300);
	s.monitor->get_stats(s.inst, &stats);
	cr_expect_eq(stats.dropped, 1);
	close(fd);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_monitor, excludes_what_the_radio_cannot, .timeout = 30)
{
	struct heard h = {0};
	struct provd_monitor_plan p = plan(&h);
	struct provd_softap_config ap = {.size = sizeof(ap),
					 .ssid_len = 1,
					 .security = PROVD_SECURITY_OPEN,
					 .prefix_len = 24,
					 .address = {10, 0, 0, 1}};
	struct simrig s;

	simrig_open(&s, AIR);
	cr_expect_eq(s.monitor->set_channel(s.inst, 1, 2412, 20, 0), PROVD_E_STATE);
	cr_assert_eq(s.softap->start(s.inst, 1, &ap), 0);
	cr_expect_eq(s.monitor->start(s.inst, 2, &p), PROVD_E_STATE);
	cr_assert_eq(s.softap->stop(s.inst, 3), 0);
	cr_assert_eq(simrig_done(&s, 3), 0);
	cr_assert_eq(s.monitor->start(s.inst, 4, &p), 0);
	cr_expect_eq(s.softap->start(s.inst, 5, &ap), PROVD_E_STATE);
	cr_assert_eq(s.monitor->stop(s.inst, 6), 0);
	cr_expect_eq(simrig_done(&s, 4), PROVD_E_CANCELED);
	cr_expect_eq(simrig_done(&s, 6), 0);
	cr_expect(simrig_command(&s, "{\"fail\": \"set_channel\"}"));
	cr_assert_eq(s.monitor->start(s.inst, 7, &p), 0);
	cr_assert_eq(simrig_done(&s, 7), 0);
	cr_assert_eq(s.monitor->set_channel(s.inst, 8, 2412, 20, 0), 0);
	cr_expect_eq(simrig_done(&s, 8), PROVD_E_WIFI_RADIO);
	cr_expect_eq(s.monitor->set_channel(s.inst, 9, 900, 20, 0), PROVD_E_NOT_SUPPORTED);
	cr_expect_eq(simrig_close(&s), 0);
}

static void write_capture(const char *dir)
{
	static const uint8_t header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2,	 0,    4, 0, 0,	  0, 0, 0,
					   0,	 0,    0,    0,	   0xff, 0xff, 0, 0, 105, 0, 0, 0};
	char path[128];
	FILE *file;

	cr_assert_gt(snprintf(path, sizeof(path), "%s/c.pcap", dir), 0);
	file = fopen(path, "wb");
	cr_assert_not_null(file);
	fwrite(header, 1, sizeof(header), file);
	for (uint8_t i = 0; i < 40; i++) {
		uint8_t record[18] = {1, 0, 0, 0, 0, i, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, i, 0};

		fwrite(record, 1, sizeof(record), file);
	}
	fclose(file);
}

Test(sim_monitor, replays_a_capture, .timeout = 30)
{
	struct heard h = {0};
	struct provd_monitor_plan p = plan(&h);
	struct provd_error err = {.size = sizeof(err)};
	struct simrig s = {0};
	char json[256];
	uint64_t started;

	rig_init(&s.rig);
	write_capture(s.rig.dir);
	cr_assert_gt(snprintf(json, sizeof(json), "{\"pcap\": \"%s/c.pcap\"}", s.rig.dir), 0);
	cr_assert_eq(rig_load(&s.rig, &s.hal, "sim", json, &err), 0, "%s", err.text);
	s.inst = s.hal.instance->inst;
	s.monitor = s.hal.plugin->ops.hal.get_interface(s.inst, PROVD_HAL_MONITOR, 64);
	cr_assert_eq(s.hal.plugin->ops.hal.open(s.inst), 0);
	cr_assert_not_null(rig_wait(&s.hal, PROVD_EV_HAL_OPENED, 0));
	for (uint64_t round = 1; round <= 2; round++) {
		h.count = 0;
		started = provd_loop_now_us(s.rig.loop);
		cr_assert_eq(s.monitor->start(s.inst, 2 * round, &p), 0);
		cr_assert_eq(simrig_done(&s, 2 * round), 0);
		until(&s, &h, 40);
		cr_expect_eq(h.first_byte, 39);
		/* 39 gaps of 256 us each. */
		cr_expect_geq(provd_loop_now_us(s.rig.loop) - started, 9900);
		cr_assert_eq(s.monitor->stop(s.inst, 2 * round + 1), 0);
		cr_assert_eq(simrig_done(&s, 2 * round + 1), 0);
	}
	cr_expect_eq(simrig_close(&s), 0);
}
