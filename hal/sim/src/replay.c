/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between two rounds of a looped capture. */
#define ROUND_GAP_US 1000u

static int read_all(int fd, uint8_t *buffer, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, buffer + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return PROVD_E_IO;
		done += (size_t)n;
	}
	return 0;
}

static int load_capture(struct sim *sim, const char *path)
{
	struct stat st;
	uint8_t *bytes = NULL;
	int rc = PROVD_E_IO;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		goto out;
	rc = PROVD_E_LIMIT;
	if (st.st_size < 1 || st.st_size > (off_t)SIM_PCAP_MAX)
		goto out;
	rc = PROVD_E_NOMEM;
	bytes = malloc((size_t)st.st_size);
	if (!bytes)
		goto out;
	rc = read_all(fd, bytes, (size_t)st.st_size);
	if (!rc)
		rc = sim_pcap_init(bytes, (size_t)st.st_size, &sim->monitor.pcap);
	if (!rc) {
		free(sim->monitor.capture);
		sim->monitor.capture = bytes;
		bytes = NULL;
	}
out:
	free(bytes);
	if (fd >= 0)
		close(fd);
	return rc;
}

int sim_replay_open(struct sim *sim)
{
	const char *path = sim->host->option_text(sim->host, "pcap");
	int rc;

	if (!path)
		return 0;
	rc = load_capture(sim, path);
	if (rc)
		PROVD_LOG(sim->host, PROVD_LOG_ERROR, NULL,
			  "cannot use the capture; it must be a classic pcap of 802.11 or radiotap",
			  provd_f_text("pcap", path), provd_f_code("code", rc));
	return rc;
}

static int advance(struct sim *sim)
{
	struct sim_monitor *mon = &sim->monitor;

	mon->replay_ready = (uint32_t)sim_pcap_next(&mon->pcap, &mon->replay_next);
	return (int)mon->replay_ready;
}

static uint64_t due_us(const struct sim_monitor *mon)
{
	uint64_t at = mon->replay_next.time_us;

	/* A capture may run backwards; such frames are due at once. */
	return mon->replay_start_us + (at > mon->replay_first_us ? at - mon->replay_first_us : 0);
}

static int begin_round(struct sim *sim, uint64_t start_us)
{
	struct sim_monitor *mon = &sim->monitor;

	sim_pcap_rewind(&mon->pcap);
	if (!advance(sim))
		return 0;
	mon->replay_start_us = start_us;
	mon->replay_first_us = mon->replay_next.time_us;
	return 1;
}

static void on_due(void *user);

static void arm(struct sim *sim)
{
	struct sim_monitor *mon = &sim->monitor;
	uint64_t now = sim->host->now_us(sim->host);
	uint64_t due;

	if (!mon->running || mon->replay_timer)
		return;
	if (!mon->replay_ready && (!sim->host->option_int(sim->host, "pcap_loop") ||
				   !begin_round(sim, now + ROUND_GAP_US)))
		return;
	due = due_us(mon);
	if (sim->host->timer_start(sim->host, due > now ? (due - now + 999) / 1000 : 0, on_due, sim,
				   &mon->replay_timer))
		PROVD_LOG0(sim->host, PROVD_LOG_ERROR, NULL, "no timer, the replay ends");
}

static void on_due(void *user)
{
	struct sim *sim = user;
	struct sim_monitor *mon = &sim->monitor;
	struct provd_frame frames[SIM_BATCH];
	uint64_t now = sim->host->now_us(sim->host);
	size_t n = 0;

	mon->replay_timer = 0;
	while (n < SIM_BATCH && mon->replay_ready && due_us(mon) <= now) {
		struct provd_frame *f = &frames[n++];

		memset(f, 0, sizeof(*f));
		f->size = sizeof(*f);
		f->flags = (mon->replay_next.has_fcs ? PROVD_FRAME_FCS : 0u) |
			   (mon->replay_next.bad_fcs ? PROVD_FRAME_BAD_FCS : 0u);
		f->freq_mhz = mon->replay_next.freq_mhz;
		f->signal_dbm = mon->replay_next.signal_dbm;
		f->time_us = due_us(mon);
		f->data = mon->replay_next.data;
		f->len = mon->replay_next.len;
		f->captured = mon->replay_next.captured;
		advance(sim);
	}
	sim_monitor_deliver(sim, frames, n);
	arm(sim);
}

void sim_replay_start(struct sim *sim)
{
	if (!sim->monitor.capture || !begin_round(sim, sim->host->now_us(sim->host)))
		return;
	arm(sim);
}

void sim_replay_stop(struct sim *sim)
{
	sim->host->timer_stop(sim->host, sim->monitor.replay_timer);
	sim->monitor.replay_timer = 0;
	sim->monitor.replay_ready = 0;
}
