/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include "radiotap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One readable event takes at most so many batches, so that a flood cannot hold the loop. */
#define BATCHES_MAX 4

/* A neighbour of a 40 MHz channel is heard too; a frame without a frequency always. */
static int heard(const struct sim_monitor *mon, uint32_t freq)
{
	if (freq == 0 || freq == mon->plan.freq_mhz)
		return 1;
	return mon->plan.width == 40 && mon->plan.second != 0 &&
	       (int64_t)freq == (int64_t)mon->plan.freq_mhz + 20 * (int64_t)mon->plan.second;
}

void sim_monitor_deliver(struct sim *sim, struct provd_frame *frames, size_t count)
{
	struct sim_monitor *mon = &sim->monitor;
	size_t kept = 0;

	if (!mon->running)
		return;
	for (size_t i = 0; i < count; i++) {
		if (heard(mon, frames[i].freq_mhz))
			frames[kept++] = frames[i];
	}
	if (!kept)
		return;
	mon->stats.frames += kept;
	mon->plan.frames(mon->plan.user, frames, kept);
}

static int read_frame(struct sim *sim, uint8_t *buffer, struct provd_frame *out_frame)
{
	struct sim_radiotap header;
	ssize_t n = recv(sim->monitor.air_fd, buffer, SIM_FRAME_MAX, MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0)
		return errno == EINTR ? PROVD_E_INVALID : PROVD_E_IO;
	if (n > SIM_FRAME_MAX) {
		sim->monitor.stats.dropped++;
		return PROVD_E_INVALID;
	}
	if (sim_radiotap_read(buffer, (size_t)n, &header)) {
		PROVD_LOG(sim->host, PROVD_LOG_WARN, NULL,
			  "a datagram without a radiotap header, ignoring",
			  provd_f_int("bytes", n));
		return PROVD_E_INVALID;
	}
	memset(out_frame, 0, sizeof(*out_frame));
	out_frame->size = sizeof(*out_frame);
	out_frame->flags = (header.has_fcs ? PROVD_FRAME_FCS : 0u) |
			   (header.bad_fcs ? PROVD_FRAME_BAD_FCS : 0u);
	out_frame->freq_mhz = header.freq_mhz;
	out_frame->signal_dbm = header.signal_dbm;
	out_frame->time_us = sim->host->now_us(sim->host);
	out_frame->data = buffer + header.header_len;
	out_frame->len = (size_t)n - header.header_len;
	return 0;
}

static void on_air(void *user, uint32_t events)
{
	struct sim *sim = user;
	struct provd_frame frames[SIM_BATCH];

	(void)events;
	for (size_t round = 0; round < BATCHES_MAX; round++) {
		size_t n = 0;
		int rc = 0;

		for (size_t i = 0; i < SIM_BATCH && rc != PROVD_E_IO; i++) {
			/* The receiver may have closed us in the batch before. */
			if (sim->monitor.air_fd < 0)
				return;
			rc = read_frame(sim, sim->monitor.buffer + n * SIM_FRAME_MAX, &frames[n]);
			if (rc == 0)
				n++;
		}
		sim_monitor_deliver(sim, frames, n);
		if (rc == PROVD_E_IO)
			return;
	}
}

static void on_tuned(void *user)
{
	struct sim *sim = user;
	struct sim_monitor *mon = &sim->monitor;
	int fault;

	mon->op.timer = 0;
	if (mon->stopping) {
		mon->stopping = 0;
		fault = sim_fault_take(sim, SIM_POINT_MONITOR_STOP, 0);
	} else if (mon->running) {
		fault = sim_fault_take(sim, SIM_POINT_SET_CHANNEL, 0);
		if (!fault)
			mon->plan = mon->next;
	} else {
		fault = sim_fault_take(sim, SIM_POINT_MONITOR_START, 0);
		mon->running = fault ? 0 : 1;
		if (!fault) {
			sim_replay_start(sim);
			sim_script_fire(sim, SIM_ON_MONITOR);
		}
	}
	sim_op_end(sim, &mon->op, fault);
}

static int check_plan(const struct provd_monitor_plan *plan)
{
	if (plan->freq_mhz < 2412 || plan->freq_mhz > 7115 ||
	    (plan->width != 20 && plan->width != 40) || plan->second < -1 || plan->second > 1)
		return PROVD_E_INVALID;
	return 0;
}

static int monitor_start(void *inst, uint64_t op, const struct provd_monitor_plan *plan)
{
	struct sim *sim = inst;
	struct sim_monitor *mon = &sim->monitor;
	int rc;

	if (!op || !plan || !plan->frames || check_plan(plan))
		return PROVD_E_INVALID;
	rc = sim_ready(sim);
	if (rc)
		return rc;
	if (mon->running || mon->op.op)
		return PROVD_E_BUSY;
	rc = sim_caps_check(sim, PROVD_RADIO_MONITOR);
	if (!rc)
		rc = sim_fault_take(sim, SIM_POINT_MONITOR_START, 1);
	if (!rc)
		rc = sim_op_begin(sim, &mon->op, op, sim_delay(sim, "tune_delay"), on_tuned);
	if (rc)
		return rc;
	mon->plan = *plan;
	memset(&mon->stats, 0, sizeof(mon->stats));
	return 0;
}

static int monitor_set_channel(void *inst, uint64_t op, uint32_t freq_mhz, uint32_t width,
			       int32_t second)
{
	struct sim *sim = inst;
	struct sim_monitor *mon = &sim->monitor;
	struct provd_monitor_plan next = mon->plan;
	int rc = op ? sim_ready(sim) : PROVD_E_INVALID;

	if (rc)
		return rc;
	if (!mon->running)
		return PROVD_E_STATE;
	if (mon->op.op)
		return PROVD_E_BUSY;
	/* On the station's channel only: the radio has one synthesiser. */
	if (sim->station.link.flags)
		return PROVD_E_STATE;
	next.freq_mhz = freq_mhz;
	next.width = width;
	next.second = second;
	if (check_plan(&next))
		return PROVD_E_NOT_SUPPORTED;
	rc = sim_fault_take(sim, SIM_POINT_SET_CHANNEL, 1);
	if (!rc)
		rc = sim_op_begin(sim, &mon->op, op, sim_delay(sim, "tune_delay"), on_tuned);
	if (!rc)
		mon->next = next;
	return rc;
}

static int monitor_stop(void *inst, uint64_t op)
{
	struct sim *sim = inst;
	struct sim_monitor *mon = &sim->monitor;
	struct sim_op next = {0};
	int rc = op ? sim_ready(sim) : PROVD_E_INVALID;

	if (rc)
		return rc;
	if (mon->stopping)
		return PROVD_E_BUSY;
	rc = sim_fault_take(sim, SIM_POINT_MONITOR_STOP, 1);
	if (!rc)
		rc = sim_op_begin(sim, &next, op, 0, on_tuned);
	if (rc)
		return rc;
	sim_replay_stop(sim);
	mon->running = 0;
	sim_op_end(sim, &mon->op, PROVD_E_CANCELED);
	mon->op = next;
	mon->stopping = 1;
	return 0;
}

static int monitor_get_stats(void *inst, struct provd_monitor_stats *out_stats)
{
	const struct sim *sim = inst;
	struct provd_monitor_stats stats;

	if (!out_stats)
		return PROVD_E_INVALID;
	stats = sim->monitor.stats;
	stats.size = sizeof(stats);
	provd_copy_out(out_stats, &stats);
	return 0;
}

int sim_monitor_open(struct sim *sim)
{
	struct sim_monitor *mon = &sim->monitor;
	const char *path = sim->host->option_text(sim->host, "air_socket");
	int rc = sim_replay_open(sim);

	if (rc || !path)
		return rc;
	if (!mon->buffer)
		mon->buffer = malloc((size_t)SIM_BATCH * SIM_FRAME_MAX);
	if (!mon->buffer)
		return PROVD_E_NOMEM;
	mon->air_fd = sim_socket_bind(sim, path, SOCK_DGRAM);
	if (mon->air_fd < 0)
		return mon->air_fd;
	/* Read all the time: what comes while nobody listens is gone, as on the air. */
	return sim->host->fd_watch(sim->host, mon->air_fd, PROVD_FD_READ, on_air, sim,
				   &mon->air_watch);
}

void sim_monitor_close(struct sim *sim, int status)
{
	struct sim_monitor *mon = &sim->monitor;

	mon->running = 0;
	mon->stopping = 0;
	sim_replay_stop(sim);
	sim->host->fd_unwatch(sim->host, mon->air_watch);
	mon->air_watch = 0;
	sim_socket_close(&mon->air_fd, sim->host->option_text(sim->host, "air_socket"));
	sim_op_end(sim, &mon->op, status);
}

/* Apart from close: the frames of a batch may still be in somebody's hands then. */
void sim_monitor_finish(struct sim *sim)
{
	free(sim->monitor.buffer);
	free(sim->monitor.capture);
	sim->monitor.buffer = NULL;
	sim->monitor.capture = NULL;
}

const struct provd_hal_monitor sim_monitor_table = {.size = sizeof(sim_monitor_table),
						    .start = monitor_start,
						    .set_channel = monitor_set_channel,
						    .stop = monitor_stop,
						    .get_stats = monitor_get_stats};
