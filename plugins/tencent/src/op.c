/* SPDX-License-Identifier: Apache-2.0 */
/* What every operation needs: its end, progress, and the wait before another attempt. */
#include "tencent.h"

int tencent_op_check(const struct tencent *t, uint64_t op)
{
	if (op == 0)
		return PROVD_E_INVALID;
	if (t->is_stopping)
		return PROVD_E_STATE;
	return t->op.id != 0 ? PROVD_E_BUSY : 0;
}

static void raise(struct tencent *t, const struct provd_event *event)
{
	int rc = t->host->emit(t->host, event);

	if (rc != 0)
		PROVD_LOG(t->host, PROVD_LOG_ERROR, NULL, "an event was lost",
			  provd_f_int("type", event->type), provd_f_code("reason", rc));
}

void tencent_op_finish(struct tencent *t, int status, const char *text)
{
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_OP_DONE,
				    .op = t->op.id,
				    .status = status,
				    .text = status != 0 ? text : NULL};

	if (t->op.id == 0)
		return;
	t->op.id = 0;
	t->op.kind = TENCENT_OP_NONE;
	raise(t, &event);
}

void tencent_progress(struct tencent *t, enum provd_flow flow, const char *text,
		      const struct provd_field *fields, size_t count)
{
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_PROGRESS,
				    .op = t->op.id,
				    .count = (uint32_t)flow,
				    .text = text,
				    .fields = fields,
				    .field_count = count};

	raise(t, &event);
}

void tencent_stumbled(struct tencent *t, int code, const char *why, const char *text,
		      uint64_t wait_ms)
{
	struct provd_field fields[] = {
		provd_f_code("reason", code),
		provd_f_text("text", why != NULL && why[0] != '\0' ? why : provd_err_text(code)),
		provd_f_ms("wait", wait_ms)};
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_PROGRESS,
				    .op = t->op.id,
				    .status = code,
				    .count = PROVD_FLOW_FROM_CLOUD,
				    .text = text,
				    .fields = fields,
				    .field_count = sizeof(fields) / sizeof(fields[0])};

	raise(t, &event);
}

void tencent_told_phone(struct tencent *t, const char *text, const struct provd_field *fields,
			size_t count)
{
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_PROGRESS,
				    .op = t->dialect.session,
				    .count = PROVD_FLOW_TO_PHONE,
				    .text = text,
				    .fields = fields,
				    .field_count = count};

	raise(t, &event);
}

void tencent_emit(struct tencent *t, uint32_t type, const struct provd_secret *secret)
{
	struct provd_event event = {
		.size = sizeof(event), .type = type, .op = t->dialect.session, .secret = secret};

	raise(t, &event);
}

void tencent_stop_advance(struct tencent *t)
{
	/* A file that is being replaced calls back into the instance: wait for it. */
	if (!t->is_stopping || t->is_stopped || t->store.is_saving)
		return;
	t->is_stopped = true;
	tencent_emit(t, PROVD_EV_STOPPED, NULL);
}

bool tencent_is_transient(int code)
{
	switch (code) {
	case PROVD_E_TIMEOUT:
	case PROVD_E_BUSY:
	case PROVD_E_STATE:
	case PROVD_E_NET_DNS:
	case PROVD_E_NET_REFUSED:
	case PROVD_E_NET_UNREACHABLE:
	case PROVD_E_NET_CLOSED:
	case PROVD_E_TLS_HANDSHAKE:
	case PROVD_E_HTTP_PROTOCOL:
	case PROVD_E_MQTT_UNAVAILABLE:
	case PROVD_E_CLOUD_THROTTLED:
	case PROVD_E_CLOCK:
		return true;
	default:
		return false;
	}
}

uint64_t tencent_backoff_ms(const struct tencent *t, uint32_t failures)
{
	uint64_t wait = t->options.backoff_min_ms;
	uint8_t byte[4] = {0};
	uint64_t chance;

	for (uint32_t i = 1; i < failures && wait < t->options.backoff_max_ms; i++)
		wait *= 2;
	if (wait > t->options.backoff_max_ms)
		wait = t->options.backoff_max_ms;
	/* Without chance the wait is only less spread. */
	(void)t->host->random(t->host, byte, sizeof(byte));
	chance = (uint64_t)byte[0] | (uint64_t)byte[1] << 8 | (uint64_t)byte[2] << 16 |
		 (uint64_t)byte[3] << 24;
	return wait - wait / 2 + chance % (wait / 2 + 1);
}
