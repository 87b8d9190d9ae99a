/* SPDX-License-Identifier: Apache-2.0 */
#include "e2e_internal.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t e2e_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

char *e2e_text(const char *format, ...)
{
	char *result = NULL;
	va_list list;

	va_start(list, format);
	cr_assert_geq(vasprintf(&result, format, list), 0);
	va_end(list);
	return result;
}

/* Where to run what */

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

const char *e2e_bin_dir(void)
{
	return setting("PROVD_TEST_BIN_DIR", PROVD_BIN_DIR);
}

const char *e2e_plugin_dir(void)
{
	return setting("PROVD_TEST_PLUGIN_DIR", PROVD_PLUGIN_DIR);
}

const char *e2e_wrapper(void)
{
	return setting("PROVD_TEST_WRAPPER", "");
}

/* Processes */

static struct e2e_process spawn(const struct e2e *e2e, const char *name, const char *command,
				int stdin_fd)
{
	struct e2e_process process = {0};

	(void)snprintf(process.out, sizeof(process.out), "%s/%s.out", e2e->dir, name);
	(void)snprintf(process.err, sizeof(process.err), "%s/%s.err", e2e->dir, name);
	process.pid = fork();
	cr_assert_geq(process.pid, 0);
	if (process.pid == 0) {
		char *line = NULL;
		int out = open(process.out, O_WRONLY | O_CREAT | O_APPEND, 0600);
		int err = open(process.err, O_WRONLY | O_CREAT | O_APPEND, 0600);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (stdin_fd >= 0)
			dup2(stdin_fd, 0);
		dup2(out, 1);
		dup2(err, 2);
		/* The commands are the tests' own; "exec" leaves no shell behind. */
		if (asprintf(&line, "exec %s", command) > 0)
			execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	return process;
}

int e2e_wait(struct e2e_process *process)
{
	int status = 0;
	pid_t pid;

	do {
		pid = waitpid(process->pid, &status, 0);
	} while (pid < 0 && errno == EINTR);
	process->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

char *e2e_read(const struct e2e *e2e, const char *name)
{
	char *path = name[0] == '/' ? e2e_text("%s", name) : e2e_text("%s/%s", e2e->dir, name);
	FILE *file = fopen(path, "r");
	char *content = calloc(1, E2E_BUFFER_MAX);
	size_t len = 0;

	if (file) {
		len = fread(content, 1, E2E_BUFFER_MAX - 1, file);
		fclose(file);
	}
	content[len] = '\0';
	free(path);
	return content;
}

/* Waits until a file has a whole first line: its writer is alive and well by then. */
static char *first_line(const struct e2e *e2e, const char *path)
{
	int64_t until = e2e_now_ms() + E2E_WAIT_MS;

	for (;;) {
		char *content = e2e_read(e2e, path);
		char *end = strchr(content, '\n');

		if (end) {
			*end = '\0';
			return content;
		}
		free(content);
		cr_assert_lt(e2e_now_ms(), until, "nothing was written to %s", path);
		poll(NULL, 0, 10);
	}
}

/* Phone */

struct e2e_process e2e_phone_start(struct e2e *e2e, const char *ssid, const char *passphrase,
				   const char *token, const char *more)
{
	struct e2e_process process;
	char *command = e2e_text("'%s/provsim' phone softap --fast --target %s:8266 --ssid '%s' "
				 "--token '%s' %s",
				 e2e_bin_dir(), e2e->address, ssid, token, more ? more : "");

	setenv("PROVSIM_PASSPHRASE", passphrase, 1);
	process = spawn(e2e, "phone", command, -1);
	free(command);
	return process;
}

int e2e_phone(struct e2e *e2e, const char *ssid, const char *passphrase, const char *token,
	      const char *more)
{
	struct e2e_process process = e2e_phone_start(e2e, ssid, passphrase, token, more);

	return e2e_wait(&process);
}

/* Setting up */

static const char *ready_text(const struct e2e *e2e, const char *key)
{
	return json_string_value(json_object_get(e2e->ready, key));
}

static void start_cloud(struct e2e *e2e, const struct e2e_setup *setup)
{
	char *command =
		e2e_text("'%s/provsim' cloud tencent --dir '%s/cloud' --exit-on-eof "
			 "--write-device-info '%s/device_info.json' %s",
			 e2e_bin_dir(), e2e->dir, e2e->dir, setup->cloud ? setup->cloud : "");
	int pipes[2];
	char *line;

	cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
	e2e->cloud = spawn(e2e, "cloud", command, pipes[0]);
	close(pipes[0]);
	e2e->cloud_in = pipes[1];
	free(command);
	line = first_line(e2e, e2e->cloud.out);
	e2e->ready = json_loads(line, 0, NULL);
	cr_assert_not_null(e2e->ready, "%s", line);
	free(line);
}

void e2e_tell_cloud(struct e2e *e2e, const char *json)
{
	cr_assert_gt(dprintf(e2e->cloud_in, "%s\n", json), 0);
}

static void write_config(const struct e2e *e2e, const struct e2e_setup *setup)
{
	const char *transport = setup->transport ? setup->transport : "psk";
	char *port_name = e2e_text("mqtt_%s_port", transport);
	char *path = e2e_text("%s/provd.json", e2e->dir);
	json_t *passphrase = json_string(E2E_PASSPHRASE);
	char *quoted = json_dumps(passphrase, JSON_ENCODE_ANY);
	char *points = setup->access_points
			       ? e2e_text("%s", setup->access_points)
			       : e2e_text("[{\"ssid\":\"Home\",\"passphrase\":%s}]", quoted);
	char *board = setup->board ? e2e_text(",\"control_socket\":\"%s/board.sock\","
					      "\"ap_mark\":\"%s/ap-is-up\"",
					      e2e->dir, e2e->dir)
				   : e2e_text("%s", "");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int port = (int)json_integer_value(json_object_get(e2e->ready, port_name));

	cr_assert_gt(port, 0, "the cloud has no %s", port_name);
	cr_assert_gt(
		dprintf(fd,
			"{\"daemon\":{\"state_dir\":\"%s/state\",\"run_dir\":\"%s/run\","
			"\"plugin_dirs\":[\"%s\"],\"log\":{\"level\":\"debug\",\"burst\":0}},"
			"\"hal\":[{\"plugin\":\"sim\",\"options\":{\"access_points\":%s%s%s}}],"
			"\"methods\":[{\"plugin\":\"softap\",\"options\":{\"ssid\":\"Lamp-{mac4}\","
			"\"passphrase_key\":\"a key of the factory\"}}%s],"
			"\"cloud\":{\"plugin\":\"tencent\",\"options\":{"
			"\"device_info\":\"%s/device_info.json\",\"register_url\":\"%s\","
			"\"register_ca\":\"%s\",\"mqtt_ca\":\"%s\",\"mqtt_host\":\"%s\","
			"\"mqtt_port\":%d,\"transport\":\"%s\"%s}},"
			"\"app_channel\":{\"bind\":\"%s\"},"
			"\"start\":{\"policy\":\"%s\",\"window\":\"1m\"%s}%s}",
			e2e->dir, e2e->dir, e2e_plugin_dir(), points, setup->hal ? setup->hal : "",
			board, setup->methods ? setup->methods : "", e2e->dir,
			setup->register_url ? setup->register_url : ready_text(e2e, "register_url"),
			ready_text(e2e, "ca_file"),
			setup->mqtt_ca ? setup->mqtt_ca : ready_text(e2e, "ca_file"),
			setup->mqtt_host ? setup->mqtt_host : "127.0.0.1",
			setup->mqtt_port ? setup->mqtt_port : port, transport,
			setup->tencent ? setup->tencent : "", e2e->address,
			setup->policy ? setup->policy : "on-demand",
			setup->start ? setup->start : "", setup->sections ? setup->sections : ""),
		0);
	close(fd);
	free(board);
	free(points);
	free(quoted);
	json_decref(passphrase);
	free(path);
	free(port_name);
}

void e2e_spawn_daemon(struct e2e *e2e, const char *prefix)
{
	char *command = e2e_text("%s %s '%s/provd' --config '%s/provd.json'", prefix, e2e_wrapper(),
				 e2e_bin_dir(), e2e->dir);

	e2e->daemon = spawn(e2e, "provd", command, -1);
	free(command);
}

void e2e_kill_daemon(struct e2e *e2e)
{
	kill(e2e->daemon.pid, SIGKILL);
	e2e_wait(&e2e->daemon);
	if (e2e->watch >= 0)
		close(e2e->watch);
	e2e->watch = -1;
}

void e2e_restart_daemon(struct e2e *e2e)
{
	e2e_spawn_daemon(e2e, "");
	close(e2e_connect(e2e));
}

void e2e_own_address(char *out, size_t cap)
{
	unsigned id = (unsigned)getpid();

	/* 127.64.0.0/10 by process number: pids stay below 2^22. */
	(void)snprintf(out, cap, "127.%u.%u.%u", 64 + (id >> 16) % 64, (id >> 8) % 256, id % 256);
}

void e2e_init(struct e2e *e2e, const struct e2e_setup *setup)
{
	memset(e2e, 0, sizeof(*e2e));
	e2e->watch = -1;
	e2e->buffer = calloc(1, E2E_BUFFER_MAX);
	(void)snprintf(e2e->dir, sizeof(e2e->dir), "/tmp/provd-e2e-XXXXXX");
	cr_assert_not_null(mkdtemp(e2e->dir));
	(void)snprintf(e2e->socket, sizeof(e2e->socket), "%s/run/control.sock", e2e->dir);
	e2e_own_address(e2e->address, sizeof(e2e->address));
	start_cloud(e2e, setup);
	write_config(e2e, setup);
	e2e_restart_daemon(e2e);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void e2e_finish(struct e2e *e2e)
{
	char *log;
	int status;

	if (e2e->watch >= 0)
		close(e2e->watch);
	if (e2e->daemon.pid) {
		kill(e2e->daemon.pid, SIGTERM);
		status = e2e_wait(&e2e->daemon);
		log = e2e_read(e2e, e2e->daemon.err);
		cr_expect_eq(status, 0, "the daemon ended with %d; log:\n%s", status, log);
		free(log);
		cr_expect_neq(access(e2e->socket, F_OK), 0, "the control socket is left over");
	}
	close(e2e->cloud_in);
	cr_expect_eq(e2e_wait(&e2e->cloud), 0, "the cloud did not end well");
	e2e_check_canaries(e2e->dir);
	json_decref(e2e->ready);
	json_decref(e2e->entry);
	free(e2e->buffer);
	nftw(e2e->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
