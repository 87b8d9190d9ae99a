/* SPDX-License-Identifier: Apache-2.0 */
#include "fakes.h"

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The world */

static void on_entry(void *user, const struct provd_timeline_entry *entry)
{
	struct world *world = user;

	if (world->journal)
		provd_journal_service_add(world->journal, entry);
}

static void on_end(void *user, uint64_t session, uint32_t final_state)
{
	struct world *world = user;

	(void)session;
	world->ended++;
	world->final_state = final_state;
}

static void on_link_lost(void *user, int status)
{
	struct world *world = user;

	provd_engine_link_lost(world->engine, status);
}

static void on_progress(void *user, const struct provd_event *event)
{
	struct world *world = user;

	provd_engine_join_progress(world->engine, event);
}

static void on_changed(void *user)
{
	struct world *world = user;

	provd_engine_radio_changed(world->engine);
}

static void on_opened(void *user, int code, const char *text)
{
	struct world *world = user;

	(void)text;
	cr_assert_eq(code, 0);
	world->opened = 1;
}

static void log_write(void *user, const char *line, size_t len)
{
	struct world *world = user;

	if (world->log_len + len >= sizeof(world->log_text))
		return;
	memcpy(world->log_text + world->log_len, line, len);
	world->log_len += len;
	world->log_text[world->log_len] = '\0';
}

/* A loopback address of our own, since the port is the dialect's. */
static void set_address(struct world *world)
{
	unsigned id = (unsigned)getpid();

	(void)snprintf(world->address, sizeof(world->address), "127.%u.%u.%u", 16 + (id >> 16) % 32,
		       (id >> 8) % 256, id % 256);
}

static void load_config(struct world *world, const char *extra)
{
	struct provd_config_errors errors = {0};
	char path[] = "/tmp/provd-engine-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_geq(dprintf(fd,
			      "{\"hal\":[{\"plugin\":\"fakehal\"}],"
			      "\"methods\":[{\"plugin\":\"one\",\"required\":false},"
			      "{\"plugin\":\"two\",\"required\":false}],"
			      "\"app_channel\":{\"bind\":\"%s\"}%s}",
			      world->address, extra ? extra : ""),
		      0);
	close(fd);
	cr_assert_eq(provd_config_load(path, &world->config, &errors), 0, "%s",
		     errors.count ? errors.lines[0] : "");
	unlink(path);
	provd_config_errors_finish(&errors);
}

void world_init(struct world *world, const struct world_setup *setup)
{
	struct provd_log_config log = {.format = PROVD_LOG_TEXT,
				       .level = PROVD_LOG_DEBUG,
				       .write = log_write,
				       .user = world};
	struct provd_radio_config radio = {
		.on_link_lost = on_link_lost,
		.on_progress = on_progress,
		.on_changed = on_changed,
		.user = world,
	};
	struct provd_engine_config engine = {.on_entry = on_entry, .on_end = on_end, .user = world};
	struct provd_error err = {.size = sizeof(err)};

	memset(world, 0, sizeof(*world));
	fakes_set(world, setup);
	world->cloud.registered = setup->registered;
	world->methods[0].silent = setup->silent_method;
	set_address(world);
	load_config(world, setup->extra);
	cr_assert_eq(provd_log_create(&log, &world->log), 0);
	cr_assert_eq(provd_loop_create(4, &world->loop), 0);
	radio.loop = engine.loop = world->loop;
	radio.log = engine.log = world->log;
	engine.config = world->config;
	cr_assert_eq(provd_radio_create(&radio, &world->radio), 0);
	engine.radio = world->radio;
	cr_assert_eq(provd_radio_add(world->radio, &fake_hal_plugin, NULL, 1, &err), 0);
	cr_assert_eq(provd_engine_create(&engine, &world->engine), 0);
	cr_assert_eq(provd_engine_add_method(world->engine, &fake_method_one, NULL, 0, &err), 0);
	cr_assert_eq(provd_engine_add_method(world->engine, &fake_method_two, NULL, 0, &err), 0);
	if (!setup->no_cloud)
		cr_assert_eq(provd_engine_set_cloud(world->engine, &fake_cloud_plugin, NULL, &err),
			     0);
	if (setup->saved)
		fake_store_begin(world);
	if (setup->journal)
		fake_journal_begin(world);
	provd_radio_open(world->radio, 5000, on_opened, world);
	world_settle(world);
	cr_assert(world->opened);
	cr_assert_eq(provd_engine_prepare(world->engine, &err), 0);
}

static void at_rest(void *user)
{
	struct world *world = user;

	world->at_rest++;
}

static void radio_closed(void *user)
{
	struct world *world = user;

	world->at_rest++;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* One turn, waiting at most until a timer that only serves to wake us. */
static void wake(void *user)
{
	(void)user;
}

static void turn(struct world *world)
{
	struct provd_owner *owner;
	uint64_t id;

	cr_assert_eq(provd_owner_create(world->loop, "test", &owner), 0);
	cr_assert_eq(provd_timer_start(owner, 5, wake, NULL, &id), 0);
	provd_loop_turn(world->loop, 1);
	provd_owner_destroy(owner);
}

void world_settle(struct world *world)
{
	for (int i = 0; i < 20; i++)
		provd_loop_turn(world->loop, 0);
}

int world_wait(struct world *world, const unsigned *counter, unsigned value)
{
	uint64_t until = now_ms() + 10000;

	while (*counter < value) {
		if (now_ms() > until)
			return 0;
		turn(world);
	}
	return 1;
}

const char *world_state(struct world *world)
{
	static char state[32];
	json_t *status = provd_engine_status_json(world->engine);

	(void)snprintf(state, sizeof(state), "%s",
		       json_string_value(json_object_get(status, "state")));
	json_decref(status);
	return state;
}

int world_wait_state(struct world *world, const char *state)
{
	uint64_t until = now_ms() + 10000;

	while (strcmp(world_state(world), state) != 0) {
		if (now_ms() > until)
			return 0;
		turn(world);
	}
	return 1;
}

uint64_t world_start(struct world *world, const struct provd_engine_request *request)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_engine_request all = {0};
	uint64_t session = 0;

	cr_assert_eq(provd_engine_start(world->engine, request ? request : &all, &session, &err), 0,
		     "%s", err.text);
	world_settle(world);
	return session;
}

static const char *error_member(struct world *world, const char *key)
{
	static char text[PROVD_ERROR_TEXT_MAX];
	json_t *status = provd_engine_status_json(world->engine);
	const char *found =
		json_string_value(json_object_get(json_object_get(status, "last_error"), key));

	(void)snprintf(text, sizeof(text), "%s", found ? found : "");
	json_decref(status);
	return text;
}

const char *world_error(struct world *world)
{
	return error_member(world, "text");
}

const char *world_error_state(struct world *world)
{
	return error_member(world, "state");
}

const char *world_log(const struct world *world)
{
	return world->log_text;
}

static struct sockaddr_in channel_address(const struct world *world)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8266)};

	cr_assert_eq(inet_pton(AF_INET, world->address, &address.sin_addr), 1);
	return address;
}

static int bind_port(const struct world *world)
{
	struct sockaddr_in address = channel_address(world);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

int world_take_port(const struct world *world)
{
	int fd = bind_port(world);

	cr_assert_geq(fd, 0);
	return fd;
}

void world_give_port(int fd)
{
	close(fd);
}

int world_channel_is_open(const struct world *world)
{
	int fd = bind_port(world);

	if (fd >= 0)
		close(fd);
	return fd < 0;
}

void world_send(const struct world *world, const char *text)
{
	struct sockaddr_in address = channel_address(world);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(
		sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address, sizeof(address)),
		(ssize_t)strlen(text));
	close(fd);
}

void world_sleep(struct world *world, unsigned ms)
{
	uint64_t until = now_ms() + ms;

	while (now_ms() < until)
		turn(world);
}

int world_has_event(struct world *world, const char *event)
{
	uint64_t session = 0;
	json_t *entries = provd_timeline_json(provd_engine_timeline(world->engine), &session, NULL);
	json_t *entry;
	size_t i;
	int found = 0;

	json_array_foreach(entries, i, entry) found |=
		strcmp(json_string_value(json_object_get(entry, "event")), event) == 0;
	json_decref(entries);
	return found;
}

void world_finish(struct world *world)
{
	uint64_t until = now_ms() + 10000;

	provd_engine_shutdown(world->engine, at_rest, world);
	while (world->at_rest < 1 && now_ms() < until)
		turn(world);
	cr_assert_eq(world->at_rest, 1);
	provd_radio_close(world->radio, 1000, radio_closed, world);
	while (world->at_rest < 2 && now_ms() < until)
		turn(world);
	cr_assert_eq(world->at_rest, 2);
	fake_journal_end(world);
	provd_engine_destroy(world->engine);
	fake_store_end(world);
	provd_radio_destroy(world->radio);
	cr_assert_eq(provd_loop_destroy(world->loop), 0);
	provd_log_destroy(world->log);
	provd_config_destroy(world->config);
}
