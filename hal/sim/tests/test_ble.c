/* SPDX-License-Identifier: Apache-2.0 */
#include "simrig.h"

#include <criterion/criterion.h>

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SHORT_UUID(hi, lo)                                                                         \
	{                                                                                          \
		0, 0, hi, lo, 0, 0, 0x10, 0, 0x80, 0, 0, 0x80, 0x5f, 0x9b, 0x34, 0xfb              \
	}
#define NAME_FF02 "\"0000ff02-0000-1000-8000-00805f9b34fb\""

struct phone {
	struct simrig *s;
	int fd;
	uint64_t watch;
	size_t len;
	int gone;
	char text[65536];
};

static void on_read(void *user, uint32_t events)
{
	struct phone *p = user;
	ssize_t n;

	if (p->len > sizeof(p->text) / 2)
		p->len = 0;
	n = recv(p->fd, p->text + p->len, sizeof(p->text) - p->len - 1, MSG_DONTWAIT);

	(void)events;
	if (n == 0) {
		p->gone = 1;
		provd_watch_stop(p->s->rig.owner, p->watch);
	}
	if (n <= 0)
		return;
	p->len += (size_t)n;
	p->text[p->len] = '\0';
}

static void phone_attach(struct simrig *s, struct phone *p)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	memset(p, 0, sizeof(*p));
	p->s = s;
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	rig_path(&s->rig, "ble", addr.sun_path, sizeof(addr.sun_path));
	cr_assert_eq(connect(p->fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	cr_assert_eq(provd_watch_start(s->rig.owner, p->fd, PROVD_FD_READ, on_read, p, &p->watch),
		     0);
}

static void phone_leave(struct phone *p)
{
	provd_watch_stop(p->s->rig.owner, p->watch);
	close(p->fd);
}

/* Sends a line (NULL: none) and waits until `expected` has been told. */
static void talk(struct phone *p, const char *line, const char *expected)
{
	if (line) {
		cr_assert_eq(send(p->fd, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
		cr_assert_eq(send(p->fd, "\n", 1, MSG_NOSIGNAL), 1);
	}
	for (int i = 0; i < 2000 && !strstr(p->text, expected); i++)
		rig_run(&p->s->rig, 5);
	cr_assert_not_null(strstr(p->text, expected), "wanted %s, got %s", expected, p->text);
	p->len = 0;
	p->text[0] = '\0';
}

static void serve(struct simrig *s)
{
	static const struct provd_ble_characteristic chars[] = {
		{sizeof(chars[0]), PROVD_BLE_WRITE | PROVD_BLE_WRITE_NO_RESPONSE,
		 SHORT_UUID(0xff, 1)},
		{sizeof(chars[0]), PROVD_BLE_READ | PROVD_BLE_NOTIFY, SHORT_UUID(0xff, 2)}};
	static const uint8_t uuids[1][16] = {SHORT_UUID(0xff, 0xff)};
	struct provd_ble_service service = {.size = sizeof(service),
					    .uuid = SHORT_UUID(0xff, 0xff),
					    .characteristics = chars,
					    .characteristic_count = 2};
	struct provd_ble_advertisement adv = {.size = sizeof(adv),
					      .local_name = "BLUFI_1",
					      .service_uuids = uuids,
					      .service_uuid_count = 1};
	uint32_t index = 9;

	simrig_open(s, "{\"ble_socket\": \"@/ble\", \"control_socket\": \"@/control\"}");
	cr_assert_eq(s->ble->add_service(s->inst, 1, &service, &index), 0);
	cr_expect_eq(index, 0);
	cr_assert_eq(s->ble->advertise(s->inst, 2, &adv), 0);
	cr_assert_eq(simrig_done(s, 1), 0);
	cr_assert_eq(simrig_done(s, 2), 0);
}

Test(sim_ble, a_whole_conversation, .timeout = 30)
{
	const struct provd_event *e;
	struct phone p;
	struct simrig s;
	uint64_t connection;

	serve(&s);
	phone_attach(&s, &p);
	talk(&p, NULL, "\"name\":\"BLUFI_1\"");
	talk(&p, "{\"op\":\"read\",\"characteristic\":\"ff02\"}", "\"status\":\"STATE\"");
	talk(&p, "{\"op\":\"connect\",\"mac\":\"02:00:00:00:00:05\"}", "\"properties\"");
	e = rig_wait(&s.hal, PROVD_EV_BLE_CONNECTED, 0);
	cr_assert_not_null(e);
	connection = e->op;
	cr_expect_eq(s.ble->notify(s.inst, connection, 0, 1, (const uint8_t *)"x", 1),
		     PROVD_E_STATE, "nobody has subscribed");
	talk(&p, "{\"op\":\"notify\",\"characteristic\":\"ff02\"}", "\"status\":\"OK\"");
	e = rig_wait(&s.hal, PROVD_EV_BLE_SUBSCRIBED, connection);
	cr_assert_not_null(e);
	cr_expect_eq(e->count, 1);
	cr_expect_eq(e->status, 1);
	talk(&p, "{\"op\":\"mtu\",\"mtu\":100}", "\"mtu\":100");
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_BLE_MTU, connection));
	talk(&p, "{\"op\":\"write\",\"characteristic\":\"ff01\",\"value\":\"00ff\"}", "OK");
	e = rig_wait(&s.hal, PROVD_EV_BLE_WRITE, connection);
	cr_assert_not_null(e);
	cr_expect_eq(e->data_size, 2);
	cr_expect_eq(memcmp(e->data, "\x00\xff", 2), 0);
	cr_assert_eq(s.ble->notify(s.inst, connection, 0, 1, (const uint8_t *)"\x07\x08", 2), 0);
	talk(&p, NULL, "\"characteristic\":" NAME_FF02 ",\"value\":\"0708\"");
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_BLE_SENT, connection));
	cr_assert_eq(s.ble->set_value(s.inst, 0, 1, (const uint8_t *)"hi", 2), 0);
	talk(&p, "{\"op\":\"read\",\"characteristic\":\"ff02\"}", "\"value\":\"6869\"");
	cr_assert_eq(s.ble->disconnect(s.inst, connection), 0);
	talk(&p, NULL, "\"op\":\"disconnect\"");
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_BLE_DISCONNECTED, connection));
	cr_expect_eq(s.ble->notify(s.inst, connection, 0, 1, (const uint8_t *)"x", 1),
		     PROVD_E_PEER_GONE);
	phone_leave(&p);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_ble, refusals, .timeout = 30)
{
	struct phone p;
	struct phone second;
	struct simrig s;

	serve(&s);
	phone_attach(&s, &p);
	talk(&p, "{\"op\":\"connect\"}", "\"status\":\"OK\"");
	talk(&p, "{\"op\":\"connect\"}", "\"status\":\"BUSY\"");
	talk(&p, "{\"op\":\"write\",\"characteristic\":\"ff02\",\"value\":\"00\"}",
	     "NOT_SUPPORTED");
	talk(&p, "{\"op\":\"read\",\"characteristic\":\"ff01\"}", "NOT_SUPPORTED");
	talk(&p, "{\"op\":\"read\",\"characteristic\":\"ff09\"}", "NOT_FOUND");
	talk(&p, "{\"op\":\"read\",\"service\":\"aaaa\",\"characteristic\":\"ff02\"}", "NOT_FOUND");
	talk(&p,
	     "{\"op\":\"write\",\"characteristic\":\"ff01\",\"response\":false,\"value\":"
	     "\"000102030405060708090a0b0c0d0e0f1011121314\"}",
	     "INVALID");
	talk(&p, "nonsense", "\"op\":\"error\"");
	phone_attach(&s, &second);
	talk(&second, NULL, "BUSY");
	phone_leave(&second);
	phone_leave(&p);
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_BLE_DISCONNECTED, 0));
	phone_attach(&s, &p);
	talk(&p, "{\"op\":\"connect\"}", "\"status\":\"OK\"");
	cr_assert_eq(s.ble->stop_advertising(s.inst, 8), 0);
	talk(&p, "{\"op\":\"disconnect\"}", "\"status\":\"OK\"");
	talk(&p, "{\"op\":\"connect\"}", "\"status\":\"STATE\"");
	phone_leave(&p);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_ble, endless_line_hangs_up, .timeout = 30)
{
	static char flood[8192];
	struct phone p;
	struct simrig s;

	serve(&s);
	phone_attach(&s, &p);
	talk(&p, "{\"op\":\"connect\"}", "\"status\":\"OK\"");
	memset(flood, 'x', sizeof(flood));
	cr_assert_gt(send(p.fd, flood, sizeof(flood), MSG_NOSIGNAL), 0);
	for (int i = 0; i < 2000 && !p.gone; i++)
		rig_run(&s.rig, 5);
	cr_expect(p.gone);
	cr_expect_not_null(rig_wait(&s.hal, PROVD_EV_BLE_DISCONNECTED, 0));
	phone_leave(&p);
	cr_expect_eq(simrig_close(&s), 0);
}

Test(sim_ble, slow_reader_gets_busy, .timeout = 30)
{
	static const uint8_t data[500];
	const struct provd_event *e;
	struct phone p;
	struct simrig s;
	size_t sent = 0;
	int rc;

	serve(&s);
	phone_attach(&s, &p);
	talk(&p, "{\"op\":\"connect\",\"mtu\":517}", "\"status\":\"OK\"");
	talk(&p, "{\"op\":\"notify\",\"characteristic\":\"ff02\"}", "\"status\":\"OK\"");
	e = rig_wait(&s.hal, PROVD_EV_BLE_CONNECTED, 0);
	if (!e)
		e = s.hal.events[s.hal.count - 2];
	do {
		rc = s.ble->notify(s.inst, e->op, 0, 1, data, sizeof(data));
		sent += rc == 0;
	} while (rc == 0 && sent < 5000);
	cr_expect_eq(rc, PROVD_E_BUSY);
	for (int i = 0; i < 2000 && rig_count(&s.hal, PROVD_EV_BLE_SENT, 0) < sent; i++) {
		rig_run(&s.rig, 2);
		p.len = 0;
	}
	cr_expect_eq(rig_count(&s.hal, PROVD_EV_BLE_SENT, 0), sent, "all go out in the end");
	cr_expect_eq(s.ble->notify(s.inst, e->op, 0, 1, data, sizeof(data)), 0);
	phone_leave(&p);
	cr_expect_eq(simrig_close(&s), 0);
}
