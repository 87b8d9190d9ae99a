/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>

int sim_ready(const struct sim *sim)
{
	return sim->state == SIM_OPEN ? 0 : PROVD_E_STATE;
}

int sim_error(struct provd_error *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	err->code = code;
	va_start(args, format);
	if (vsnprintf(err->text, sizeof(err->text), format, args) < 0)
		err->text[0] = '\0';
	va_end(args);
	return code;
}

uint64_t sim_delay(const struct sim *sim, const char *option)
{
	int64_t ms = sim->host->option_int(sim->host, option);

	return ms > 0 ? (uint64_t)ms : 0;
}

static void emit(struct sim *sim, const struct provd_event *event)
{
	int rc = sim->host->emit(sim->host, event);

	if (rc)
		PROVD_LOG(sim->host, PROVD_LOG_ERROR, NULL, "event lost",
			  provd_f_int("type", (int64_t)event->type), provd_f_code("code", rc));
}

void sim_emit(struct sim *sim, uint32_t type, uint64_t op, int status, const void *data,
	      size_t data_size, uint32_t count)
{
	const struct provd_event event = {.size = sizeof(event),
					  .type = type,
					  .op = op,
					  .status = status,
					  .count = count,
					  .data = data,
					  .data_size = data_size};

	emit(sim, &event);
}

void sim_progress(struct sim *sim, uint64_t op, const char *text, uint32_t flow)
{
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_PROGRESS,
				    .op = op,
				    .count = flow,
				    .text = text};
	int rc = sim->host->emit(sim->host, &event);

	if (rc)
		PROVD_LOG(sim->host, PROVD_LOG_WARN, NULL, "progress lost, ignoring",
			  provd_f_code("code", rc));
}

int sim_op_begin(struct sim *sim, struct sim_op *slot, uint64_t op, uint64_t delay_ms,
		 void (*fn)(void *user))
{
	uint64_t timer = 0;
	int rc;

	rc = sim->host->timer_start(sim->host, delay_ms, fn, sim, &timer);
	if (rc)
		return rc;
	slot->op = op;
	slot->timer = timer;
	return 0;
}

int sim_op_step(struct sim *sim, struct sim_op *slot, uint64_t delay_ms, void (*fn)(void *user))
{
	int rc;

	slot->timer = 0;
	rc = sim->host->timer_start(sim->host, delay_ms, fn, sim, &slot->timer);
	if (rc)
		sim_op_end(sim, slot, rc);
	return rc;
}

void sim_op_end(struct sim *sim, struct sim_op *slot, int status)
{
	sim_op_end_with(sim, slot, status, NULL, 0);
}

void sim_op_end_with(struct sim *sim, struct sim_op *slot, int status, const void *data,
		     size_t data_size)
{
	uint64_t op = slot->op;

	if (!op)
		return;
	sim->host->timer_stop(sim->host, slot->timer);
	slot->op = 0;
	slot->timer = 0;
	sim_emit(sim, PROVD_EV_OP_DONE, op, status, data, data_size, data ? 1 : 0);
}

void sim_op_end_words(struct sim *sim, struct sim_op *slot, int status, const char *text)
{
	const struct provd_event event = {.size = sizeof(event),
					  .type = PROVD_EV_OP_DONE,
					  .op = slot->op,
					  .status = status,
					  .text = text};

	if (!slot->op)
		return;
	sim->host->timer_stop(sim->host, slot->timer);
	slot->op = 0;
	slot->timer = 0;
	emit(sim, &event);
}
