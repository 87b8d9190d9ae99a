/* SPDX-License-Identifier: Apache-2.0 */
/* The board around the plugin: hotspot, socket, journal, device; and the test's own verbs. */
#include "fake.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hal_start(void *inst, uint64_t op, const struct provd_softap_config *config)
{
	struct fake *f = inst;
	struct provd_bytes key = {0};

	f->starts++;
	if (fake_fails(f))
		return f->fail_code;
	f->host.secret_view(&f->host, config->passphrase, &key);
	f->start_op = op;
	f->config = *config;
	memset(f->passphrase, 0, sizeof(f->passphrase));
	memcpy(f->passphrase, key.data, key.len);
	return 0;
}

static int hal_stop(void *inst, uint64_t op)
{
	struct fake *f = inst;

	f->stops++;
	if (fake_fails(f))
		return f->fail_code;
	f->stop_op = op;
	return 0;
}

static const struct provd_hal_softap hal = {
	.size = sizeof(hal), .start = hal_start, .stop = hal_stop};

static int udp_open(void *self, const struct provd_udp_config *config, uint64_t *out_socket,
		    struct provd_addr *out_local, struct provd_error *err)
{
	struct fake *f = self;

	(void)out_local;
	f->opens++;
	if (fake_fails(f) || (f->elsewhere && config->local.ip[0] != 0)) {
		(void)snprintf(err->text, sizeof(err->text), "cannot open UDP port");
		return f->fail_code;
	}
	cr_assert_eq(f->socket, 0, "two sockets");
	f->udp = *config;
	f->socket = ++f->next_id;
	*out_socket = f->socket;
	return 0;
}

static int udp_send(void *self, uint64_t socket, const struct provd_addr *to,
		    const struct provd_addr *from, const uint8_t *data, size_t len)
{
	struct fake *f = self;
	struct fake_send *send = &f->sends[f->send_count];

	cr_assert_eq(socket, f->socket);
	cr_assert_lt(f->send_count, FAKE_SENDS);
	cr_assert_leq(len, 1270);
	if (fake_fails(f))
		return f->fail_code;
	if (f->send_code)
		return f->send_code;
	send->at_ms = f->now_us / 1000u;
	memcpy(send->ip, to->ip, 4);
	send->port = to->port;
	if (from)
		memcpy(send->own, from->ip, 4);
	memcpy(send->text, data, len);
	send->len = len;
	f->send_count++;
	return 0;
}

static void udp_close(void *self, uint64_t socket)
{
	struct fake *f = self;

	if (socket == f->socket)
		f->socket = 0;
}

static const struct provd_udp udp = {
	.size = sizeof(udp), .open = udp_open, .send = udp_send, .close = udp_close};

static struct fake_session *find_session(struct fake *f, uint64_t number)
{
	for (size_t i = f->session_count; i > 0; i--) {
		struct fake_session *s = &f->sessions[i - 1];

		if (number ? s->number == number : !(s->marks & PROVD_JOURNAL_DELIVERED))
			return s;
	}
	return NULL;
}

static int journal_lines(void *self, uint64_t session, uint64_t *out_session,
			 void (*fn)(void *user, const struct provd_journal_line *line), void *user)
{
	struct fake_session *s = find_session(self, session);

	if (!s)
		return PROVD_E_NOT_FOUND;
	*out_session = s->number;
	for (size_t i = 0; i < s->count; i++)
		fn(user, &s->lines[i]);
	return 0;
}

static void journal_mark(void *self, uint64_t session, uint32_t marks)
{
	struct fake_session *s = find_session(self, session);

	cr_assert_not_null(s);
	s->marks |= marks;
	s->mark_calls++;
}

static const struct provd_journal journal = {
	.size = sizeof(journal), .lines = journal_lines, .mark = journal_mark};

static int get_info(void *self, struct provd_device_info *out)
{
	struct provd_device_info info = {.size = sizeof(info),
					 .mac = {2, 0, 0, 0x12, 0x34, 0x56},
					 .product = "",
					 .device = "lamp-0001"};

	if (fake_fails(self))
		return PROVD_E_STATE;
	*out = info;
	return 0;
}

static const struct provd_device device = {.size = sizeof(device), .get_info = get_info};

const void *fake_interface(struct fake *f, const char *name)
{
	(void)f;
	if (strcmp(name, PROVD_HAL_SOFTAP) == 0)
		return &hal;
	if (strcmp(name, PROVD_UDP) == 0)
		return &udp;
	if (strcmp(name, PROVD_JOURNAL) == 0)
		return &journal;
	return strcmp(name, PROVD_DEVICE) == 0 ? &device : NULL;
}

void fake_session_add(struct fake *f, uint64_t number, size_t plain)
{
	struct fake_session *s = &f->sessions[f->session_count++];

	cr_assert_leq(f->session_count, FAKE_SESSIONS);
	cr_assert_lt(plain, FAKE_LINES);
	s->number = number;
	for (uint32_t i = 0; i <= plain; i++) {
		struct provd_journal_line line = {.size = sizeof(line),
						  .number = i + 1,
						  .session = number,
						  .t_us = (i + 1) * 1000u,
						  .state = PROVD_STATE_JOINING,
						  .event = "joining the network",
						  .detail = "passphrase=(14 bytes)"};

		if (i == plain) {
			line.code = PROVD_E_WIFI_PASSPHRASE;
			line.app_id = 12;
			line.app_sub = -3;
		}
		s->lines[s->count++] = line;
	}
}

struct fake *fake_host_new(const char *const *options)
{
	struct fake *f = calloc(1, sizeof(*f));
	void *file = dlopen(PROVD_PLUGIN_DIR "/errlog.so", RTLD_NOW | RTLD_LOCAL);

	cr_assert_not_null(f);
	cr_assert_not_null(file, "%s", dlerror());
	fake_host_fill(f);
	f->plugin = dlsym(file, PROVD_PLUGIN_SYMBOL);
	cr_assert_not_null(f->plugin);
	f->ops = f->plugin->ops;
	f->options = options;
	f->now_us = 5000000;
	f->next_id = 100;
	f->fail_code = PROVD_E_LIMIT;
	fake_session_add(f, 5, 1);
	return f;
}

struct fake *fake_new(const char *const *options)
{
	struct fake *f = fake_host_new(options);
	struct provd_error err = {.size = sizeof(err)};

	cr_assert_eq(f->ops->create(&f->host, &f->inst, &err), 0, "%s", err.text);
	return f;
}

void fake_end(struct fake *f)
{
	f->ops->destroy(f->inst);
	f->host.secret_unref(&f->host, f->secret_options[0]);
	f->host.secret_unref(&f->host, f->secret_options[1]);
	cr_expect_eq(fake_timers(f), 0, "%zu timers left", fake_timers(f));
	cr_expect_eq(f->socket, 0, "a socket is left");
	cr_expect_eq(f->secrets, 0, "%zu secrets left", f->secrets);
	cr_expect_null(strstr(f->log, PASS));
	free(f);
}

int fake_start(struct fake *f)
{
	struct provd_method_request request = {
		.size = sizeof(request), .purpose = PROVD_PURPOSE_LOG, .session = SESSION};

	return f->ops->start(f->inst, &request);
}

void fake_up(struct fake *f)
{
	cr_assert_eq(fake_start(f), 0);
	fake_tell(f, PROVD_EV_OP_DONE, f->start_op, 0);
	fake_expect(f, "10");
	cr_assert_neq(f->socket, 0);
}

void fake_tell(struct fake *f, uint32_t type, uint64_t op, int status)
{
	struct provd_event event = {
		.size = sizeof(event), .type = type, .op = op, .status = status};

	f->ops->on_event(f->inst, &event);
}

void fake_phone(struct fake *f, uint32_t type, uint8_t host)
{
	struct provd_ap_client client = {.size = sizeof(client), .mac = {2, 0, 0, 0, 0, host}};
	struct provd_event event = {.size = sizeof(event),
				    .type = type,
				    .data = &client,
				    .data_size = sizeof(client),
				    .count = 1};

	if (host) {
		client.addr.size = sizeof(client.addr);
		client.addr.family = 4;
		memcpy(client.addr.ip, (uint8_t[]){192, 168, 4, host}, 4);
	}
	f->ops->on_event(f->inst, &event);
}

void fake_datagram(struct fake *f, const char *from, uint32_t port, const char *text)
{
	struct provd_addr addr = {.size = sizeof(addr), .family = 4, .port = port};
	struct provd_addr to = {.size = sizeof(to), .family = 4, .ip = {192, 168, 4, 1}};
	size_t len = strlen(text);
	uint8_t *copy = malloc(len ? len : 1);

	cr_assert_neq(f->socket, 0);
	cr_assert_not_null(copy);
	cr_assert_eq(inet_pton(AF_INET, from, addr.ip), 1);
	memcpy(copy, text, len);
	f->udp.on_datagram(f->udp.user, &addr, &to, copy, len);
	free(copy);
}

void fake_query(struct fake *f, uint8_t host)
{
	char from[24];

	(void)snprintf(from, sizeof(from), "192.168.4.%u", host);
	fake_datagram(f, from, 9876, "{\"cmdType\":3}");
}

static struct fake_timer *first_timer(struct fake *f)
{
	struct fake_timer *first = NULL;

	for (size_t i = 0; i < FAKE_TIMERS; i++) {
		struct fake_timer *timer = &f->timers[i];

		if (timer->id != 0 && (!first || timer->due_us < first->due_us))
			first = timer;
	}
	return first;
}

void fake_advance(struct fake *f, uint64_t ms)
{
	uint64_t end_us = f->now_us + ms * 1000u;
	struct fake_timer *timer = first_timer(f);

	while (timer && timer->due_us <= end_us) {
		struct fake_timer due = *timer;

		memset(timer, 0, sizeof(*timer));
		f->now_us = due.due_us;
		due.fn(due.user);
		timer = first_timer(f);
	}
	f->now_us = end_us;
}

size_t fake_timers(const struct fake *f)
{
	size_t count = 0;

	for (size_t i = 0; i < FAKE_TIMERS; i++)
		count += f->timers[i].id != 0;
	return count;
}

void fake_expect(struct fake *f, const char *types)
{
	char got[256] = "";
	size_t len = 0;

	for (; f->event_seen < f->event_count; f->event_seen++) {
		uint32_t type = f->events[f->event_seen].type;

		if (type != PROVD_EV_PROGRESS)
			len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%u",
						len ? " " : "", type);
	}
	cr_expect_str_eq(got, types);
}

uint32_t fake_marks(const struct fake *f, uint64_t number)
{
	for (size_t i = 0; i < f->session_count; i++) {
		if (f->sessions[i].number == number)
			return f->sessions[i].marks;
	}
	return 0;
}
