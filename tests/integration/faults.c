/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHIFT	      3
#define TRIES	      3
#define QUOTED	      "\"can\\\"ary-pass-9c41\""
#define PHONE_OPTIONS "--app mini-program --timeout-s 10"

/* Processes */

static void stop_phone(struct faults *faults)
{
	if (faults->phone.pid <= 0)
		return;
	kill(faults->phone.pid, SIGKILL);
	(void)e2e_wait(&faults->phone);
}

static void start_phone(struct faults *faults)
{
	stop_phone(faults);
	faults->phone = e2e_phone_start(&faults->e2e, faults->ssid, E2E_PASSPHRASE, E2E_TOKEN,
					PHONE_OPTIONS);
}

static void end_daemon(struct faults *faults, int signal)
{
	int status;

	if (!faults->e2e.daemon.pid)
		return;
	kill(faults->e2e.daemon.pid, signal);
	status = e2e_wait(&faults->e2e.daemon);
	HOLDS(signal == SIGKILL || status == 0);
}

static void start_daemon(struct faults *faults, size_t at)
{
	char prefix[1024];
	char plan[96] = "";
	const char *dir = faults->e2e.dir;

	if (at)
		(void)snprintf(plan, sizeof(plan), "PROVD_FAULT_AT=%zu PROVD_FAULT_DO=%s", at,
			       faults->kind);
	(void)snprintf(prefix, sizeof(prefix),
		       "env \"ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0\" "
		       "LD_PRELOAD='%s' PROVD_FAULT_DIR='%s' PROVD_FAULT_SKIP='%s/run' "
		       "PROVD_FAULT_LOG='%s/faults.log' %s",
		       PROVD_FAULT_LIB, dir, dir, dir, plan);
	e2e_spawn_daemon(&faults->e2e, prefix);
}

/* A provisioning */

static int connect_watch(struct faults *faults, struct wire *wire)
{
	int64_t until = wire_now_ms() + FAULTS_WAIT_MS;

	while (wire_open(wire, faults->e2e.socket) != 0) {
		if (faults_is_dead(faults))
			return -1;
		HOLDS(wire_now_ms() < until);
		poll(NULL, 0, 5);
	}
	return 0;
}

static int start_session(struct faults *faults)
{
	json_t *answer = wire_call(faults->e2e.socket, "Start", NULL, FAULTS_WAIT_MS);
	const char *error = json_string_value(json_object_get(answer, "error"));
	int ok = answer && (!error || strstr(error, "AlreadyRunning"));

	json_decref(answer);
	return ok ? 0 : -1;
}

/* One entry. @return 1 when `out_end` is known by it */
static int judge(const json_t *entry, int *listens, enum faults_end *out_end)
{
	*listens = faults_is(entry, "event", "method listens");
	*out_end = FAULTS_BOUND;
	if (faults_is(entry, "state", "bound"))
		return 1;
	*out_end = faults_is(entry, "event", "attempt failed, listening again") ? FAULTS_LISTENING
										: FAULTS_OVER;
	return *out_end == FAULTS_LISTENING || faults_is(entry, "state", "failed") ||
	       faults_is(entry, "state", "stopped");
}

/* Reads entries until it is known how this went; phone and owner try `tries` times. */
static enum faults_end follow(struct faults *faults, struct wire *watch, int tries)
{
	for (;;) {
		enum faults_end end;
		json_t *message = wire_next_json(watch, FAULTS_WAIT_MS);
		int listens;
		int known = judge(json_object_get(json_object_get(message, "parameters"), "entry"),
				  &listens, &end);

		json_decref(message);
		/* Silence is a hang; the end of the connection is the end of the daemon. */
		HOLDS(message || watch->fd < 0);
		if (!message)
			return FAULTS_GONE;
		if (listens)
			start_phone(faults);
		if (known && (end == FAULTS_BOUND || --tries <= 0))
			return end;
		if (known && end == FAULTS_LISTENING)
			start_phone(faults);
		else if (known && start_session(faults) != 0)
			return FAULTS_GONE;
	}
}

/* Starts a session, or follows the one that runs already. */
static enum faults_end provision(struct faults *faults, int tries)
{
	struct wire watch;
	enum faults_end end = FAULTS_GONE;

	if (connect_watch(faults, &watch) != 0)
		return FAULTS_GONE;
	/* First the watch: then nothing of a session that is resumed is missed. */
	if (wire_send_text(&watch, "{\"method\":\"io.provd.Provisioning.Watch\",\"more\":true}") ==
		    0 &&
	    start_session(faults) == 0)
		end = follow(faults, &watch, tries);
	wire_close(&watch);
	if (end == FAULTS_GONE) {
		int64_t until = wire_now_ms() + FAULTS_WAIT_MS;

		while (!faults_is_dead(faults) && wire_now_ms() < until)
			poll(NULL, 0, 2);
		HOLDS(faults_is_dead(faults));
	}
	return end;
}

/* Runs */

static void fresh(struct faults *faults)
{
	struct faults_path path = faults_path(faults, "device_info.json");
	char command[600];

	faults->cut = 0;
	(void)snprintf(faults->device, sizeof(faults->device), "lamp%u", faults->runs++);
	(void)json_object_set_new(faults->identity, "deviceName", json_string(faults->device));
	HOLDS(json_dump_file(faults->identity, path.text, JSON_INDENT(2)) == 0);
	HOLDS(chmod(path.text, 0600) == 0);
	(void)snprintf(command, sizeof(command),
		       "cd '%s' && rm -rf state faults.log provd.err provd.out && "
		       "{ [ -z '%s' ] || cp -a '%s' state; }",
		       faults->e2e.dir, faults->state ? faults->state : "",
		       faults->state ? faults->state : "");
	HOLDS(system(command) == 0);
}

/* Starts the daemon without the library. @return 1 when it takes up a session that was cut off: it
 * has begun then, and no start command can come in between */
static int restart_daemon(struct faults *faults)
{
	static const char read[] = "\"saved records read\"";
	static const char cut[] = "session that was cut off";
	size_t reads = faults_logged(faults, read);
	size_t cuts = faults_logged(faults, cut);
	size_t staged = faults_logged(faults, "staged=1");
	int64_t until = wire_now_ms() + FAULTS_WAIT_MS;

	faults->faulty = 0;
	e2e_spawn_daemon(&faults->e2e, "");
	while (faults_logged(faults, read) == reads) {
		HOLDS(wire_now_ms() < until);
		poll(NULL, 0, 5);
	}
	if (faults_logged(faults, "staged=1") == staged)
		return 0;
	while (faults_logged(faults, cut) == cuts) {
		HOLDS(wire_now_ms() < until);
		poll(NULL, 0, 5);
	}
	return 1;
}

/* After a fault the daemon is well and the device is bound, or will be. */
static void after_restart(struct faults *faults)
{
	char *before = faults_check_identity(faults);
	size_t registered = faults_told(faults, "register");
	char *after;
	int staged;

	faults->cut = faults_logged(faults, "\"session started\"") -
		      faults_logged(faults, "\"session is over\"");
	staged = restart_daemon(faults);
	HOLDS(provision(faults, TRIES) == FAULTS_BOUND);
	/* Network and cloud are there: nobody is needed. */
	HOLDS(!staged || faults->phone.pid == 0);
	faults->resumed += (unsigned)staged;
	faults_check_rest(faults);
	end_daemon(faults, SIGTERM);
	after = faults_check_identity(faults);
	HOLDS(after);
	/* A secret that was durable is never given away for another one. */
	if (before) {
		HOLDS(strcmp(before, after) == 0);
		HOLDS(faults_told(faults, "register") == registered);
	}
	HOLDS(faults_told(faults, "register") <= 2);
	HOLDS(faults_told(faults, "register_refused") == 0);
	free(before);
	free(after);
}

static int was_met(const struct faults *faults)
{
	char *log = e2e_read(&faults->e2e, "faults.log");
	int met = strstr(log, faults->kind) != NULL;

	free(log);
	return met;
}

/* One fault is got over without a restart; a medium that stays broken is at least told. */
static void without_restart(struct faults *faults, size_t at)
{
	int sticky = strncmp(faults->kind, "sticky", 6) == 0;
	int kills = strstr(faults->kind, "kill") != NULL;
	enum faults_end end;

	faults->faulty = 1;
	start_daemon(faults, at);
	end = provision(faults, sticky ? 1 : TRIES);
	HOLDS(kills || end != FAULTS_GONE);
	HOLDS(kills || sticky || end == FAULTS_BOUND);
	HOLDS(kills || faults_told(faults, "register") == 1);
	if (end == FAULTS_BOUND)
		faults_settle(faults);
	if (!kills && end == FAULTS_BOUND)
		faults_check_rest(faults);
	else if (!kills)
		faults_check_networks(faults);
	/* One that shall be killed may get there while it ends. */
	end_daemon(faults, kills ? SIGKILL : SIGTERM);
	stop_phone(faults);
}

/* What is short can only be a write. Two files may be written at the same time, in another order
 * than when it was counted. */
static int may_be_write(const struct faults *faults, size_t at)
{
	size_t first = at > SHIFT ? at - SHIFT : 1;

	for (size_t i = first; i <= at + SHIFT && i <= FAULTS_MAX; i++) {
		if (faults->is_write[i])
			return 1;
	}
	return 0;
}

int faults_run(struct faults *faults, size_t at)
{
	int met;

	if (strncmp(faults->kind, "short", 5) == 0 && !may_be_write(faults, at))
		return 0;
	fresh(faults);
	without_restart(faults, at);
	met = was_met(faults);
	faults->cut_files += faults_sweep(faults, ".", 0) + faults_sweep(faults, "state", 0);
	after_restart(faults);
	stop_phone(faults);
	faults->leftovers += faults_sweep(faults, ".", 1) + faults_sweep(faults, "state", 1);
	e2e_check_canaries(faults->e2e.dir);
	return met;
}

size_t faults_count(struct faults *faults)
{
	char *log;
	size_t count = 0;

	fresh(faults);
	start_daemon(faults, 0);
	HOLDS(provision(faults, 1) == FAULTS_BOUND);
	faults_check_rest(faults);
	end_daemon(faults, SIGTERM);
	stop_phone(faults);
	log = e2e_read(&faults->e2e, "faults.log");
	for (char *line = log, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		HOLDS(count < FAULTS_MAX);
		faults->is_write[++count] = strstr(line, "write\t") != NULL;
	}
	free(log);
	return count;
}

/* What a run begins with: a network that works is saved, the device is not bound. */
static void save_old_network(struct faults *faults)
{
	char command[400];
	json_t *answer;

	fresh(faults);
	faults->ssid = faults->network;
	e2e_spawn_daemon(&faults->e2e, "");
	HOLDS(provision(faults, 1) == FAULTS_BOUND);
	faults_settle(faults);
	answer = wire_call(faults->e2e.socket, "Reset", "{\"what\":\"cloud\"}", FAULTS_WAIT_MS);
	HOLDS(answer && !json_object_get(answer, "error"));
	json_decref(answer);
	faults_check_networks(faults);
	end_daemon(faults, SIGTERM);
	stop_phone(faults);
	(void)snprintf(command, sizeof(command), "cd '%s' && mv state old-state", faults->e2e.dir);
	HOLDS(system(command) == 0);
	faults->state = "old-state";
	faults->ssid = "Home";
}

void faults_init(struct faults *faults, const char *kind, const char *network)
{
	static char options[256];

	memset(faults, 0, sizeof(*faults));
	faults->kind = kind;
	faults->network = network;
	faults->ssid = "Home";
	/* The folder is not known before e2e_init has made it. */
	(void)snprintf(faults->sim, sizeof(faults->sim), "/tmp/provd-faults-%d.sock",
		       (int)getpid());
	(void)snprintf(options, sizeof(options),
		       ",\"control_socket\":\"%s\",\"scan_delay\":\"1ms\",\"join_delay\":\"1ms\","
		       "\"dhcp_delay\":\"1ms\",\"ap_delay\":\"1ms\",\"phone_delay\":\"1ms\"",
		       faults->sim);
	e2e_init(&faults->e2e,
		 &(struct e2e_setup){
			 .cloud = "--auto-create",
			 .access_points = "[{\"ssid\":\"Home\",\"passphrase\":" QUOTED "},"
					  "{\"ssid\":\"Old\",\"passphrase\":" QUOTED "}]",
			 .hal = options,
			 .tencent =
				 ",\"connect_interval\":\"0s\",\"backoff_min\":\"10ms\","
				 "\"backoff_max\":\"50ms\",\"identity_repeat_interval\":\"10ms\"",
			 /* it is tried in this way by tests/unit/journal */
			 .sections = ",\"journal\":{\"enabled\":false}",
		 });
	end_daemon(faults, SIGTERM);
	faults->identity = faults_load_identity(faults);
	HOLDS(faults->identity);
	if (network)
		save_old_network(faults);
}

void faults_finish(struct faults *faults)
{
	json_decref(faults->identity);
	e2e_finish(&faults->e2e);
	(void)unlink(faults->sim);
}
