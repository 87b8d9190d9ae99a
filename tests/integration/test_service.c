/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon as a service: what it tells its supervisor, a socket that is handed over, reload. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
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

#define DEADLINE_MS 20000
#define CANARY	    "canary-key-of-77d1"

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

static char dir[] = "/tmp/provd-service-XXXXXX";
static int supervisor = -1; /* what the daemon tells */
static pid_t pid;
static const char *key = CANARY; /* of the method, a secret */

static char *in_dir(const char *name)
{
	static char paths[4][128];
	static unsigned at;
	char *path = paths[at++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static int open_socket(const char *path, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	cr_assert_geq(fd, 0);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void setup(void)
{
	cr_assert_not_null(mkdtemp(dir));
	supervisor = open_socket(in_dir("notify"), SOCK_DGRAM);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void cleanup(void)
{
	if (pid > 0) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(e2e_service, .init = setup, .fini = cleanup, .timeout = 90);

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Writes provd.json, replaced as a whole.
 * @param daemon more members of "daemon", each with a comma before it; @param ssid of the method
 * @param sections more sections, the same */
static void config(const char *daemon, const char *ssid, const char *sections)
{
	char *fresh = in_dir("fresh.json");
	FILE *file = fopen(fresh, "w");

	cr_assert_not_null(file);
	cr_assert_gt(
		fprintf(file,
			"{\"daemon\":{\"state_dir\":\"%s/state\",\"run_dir\":\"%s/run\",\n"
			"\"plugin_dirs\":[\"%s\"]%s},\n\"hal\":[{\"plugin\":\"sim\"}],\n"
			"\"methods\":[{\"plugin\":\"softap\",\"required\":false,\"options\":{\"ssid\":\"%s\","
			"\"passphrase_key\":\"%s\"}}],\n"
			"\"start\":{\"policy\":\"on-demand\"}%s}\n",
			dir, dir, setting("PROVD_TEST_PLUGIN_DIR", PROVD_PLUGIN_DIR), daemon, ssid,
			key, sections),
		0);
	fclose(file);
	cr_assert_eq(chmod(fresh, 0600), 0);
	cr_assert_eq(rename(fresh, in_dir("provd.json")), 0);
}

struct start {
	int listener;	      /* handed over; 0: none */
	const char *watchdog; /* microseconds; NULL: none */
	int journal;	      /* standard error is said to be the journal */
};

/* In the child; "exec" keeps its number. */
static void become_provd(const struct start *start, int log)
{
	char text[1024];
	struct stat st;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(log, STDERR_FILENO);
	setenv("NOTIFY_SOCKET", in_dir("notify"), 1);
	if (start->watchdog)
		setenv("WATCHDOG_USEC", start->watchdog, 1);
	if (start->listener) {
		int fd = fcntl(start->listener, F_DUPFD, 20);

		dup2(fd, 3);
		close(fd);
		(void)snprintf(text, sizeof(text), "%d", (int)getpid());
		setenv("LISTEN_PID", text, 1);
		setenv("LISTEN_FDS", "1", 1);
		setenv("LISTEN_FDNAMES", "control", 1);
	}
	if (start->journal && fstat(log, &st) == 0) {
		(void)snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
			       (uintmax_t)st.st_ino);
		setenv("JOURNAL_STREAM", text, 1);
	}
	(void)snprintf(text, sizeof(text), "exec %s '%s/provd' --config '%s/provd.json'",
		       setting("PROVD_TEST_WRAPPER", ""),
		       setting("PROVD_TEST_BIN_DIR", PROVD_BIN_DIR), dir);
	execl("/bin/sh", "sh", "-c", text, (char *)NULL);
	_exit(127);
}

static char *read_log(void)
{
	static char text[262144];
	int fd = open(in_dir("log"), O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return text;
}

/* The next message; fails when none comes or the daemon ends. */
static const char *receive(const char *instead)
{
	static char text[1024];
	struct pollfd wait = {.fd = supervisor, .events = POLLIN};
	int64_t until = now_ms() + DEADLINE_MS;
	ssize_t len;

	while (poll(&wait, 1, 50) == 0) {
		if (pid > 0 && waitpid(pid, NULL, WNOHANG) == pid) {
			pid = 0;
			cr_assert_fail("the daemon ended before %s; log:\n%s", instead, read_log());
		}
		cr_assert_lt(now_ms(), until, "nothing came instead of %s; log:\n%s", instead,
			     read_log());
	}
	len = recv(supervisor, text, sizeof(text) - 1, 0);
	cr_assert_geq(len, 0);
	text[len] = '\0';
	return text;
}

/* Goes over whatever is told before. */
static const char *await(const char *begin)
{
	for (;;) {
		const char *text = receive(begin);

		if (strncmp(text, begin, strlen(begin)) == 0)
			return text;
	}
}

static void start(const struct start *how)
{
	int log = open(in_dir("log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	cr_assert_geq(log, 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0)
		become_provd(how, log);
	close(log);
}

static void start_ready(const struct start *how)
{
	start(how);
	await("READY=1");
}

static void expect_log(const char *part)
{
	cr_assert(strstr(read_log(), part) != NULL, "expected \"%s\" in:\n%s", part, read_log());
}

static int wait_end(void)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void stop(void)
{
	int status;

	cr_assert_eq(kill(pid, SIGTERM), 0);
	await("STOPPING=1");
	status = wait_end();
	cr_assert_eq(status, 0, "exit status %d; log:\n%s", status, read_log());
	cr_assert(strstr(read_log(), CANARY) == NULL, "a secret is in the log:\n%s", read_log());
}

/* Reads the configuration anew and waits until that is done. */
static void reload(void)
{
	cr_assert_eq(kill(pid, SIGHUP), 0);
	cr_assert_not_null(strstr(await("RELOADING=1\n"), "MONOTONIC_USEC="));
	await("READY=1");
}

/* Telling */

Test(e2e_service, tells_when_it_is_ready_and_when_it_stops)
{
	int64_t begin;

	config("", "Lamp", "");
	start(&(struct start){0});
	await("READY=1");
	begin = now_ms();
	stop();
	/* Generous for a sanitizer's and valgrind's sake: it takes some milliseconds. */
	cr_assert_lt(now_ms() - begin, 10000);
}

Test(e2e_service, is_never_ready_when_it_cannot_run)
{
	struct pollfd wait = {.fd = supervisor, .events = POLLIN};

	config(",\"control_group\":\"no-such-group\"", "Lamp", "");
	start(&(struct start){0});
	cr_assert_eq(wait_end(), 2);
	while (poll(&wait, 1, 0) == 1)
		cr_assert_null(strstr(receive("nothing"), "READY=1"));
}

Test(e2e_service, feeds_its_watchdog)
{
	config("", "Lamp", "");
	start_ready(&(struct start){.watchdog = "200000"});
	for (int i = 0; i < 3; i++)
		await("WATCHDOG=1");
	stop();
}

Test(e2e_service, lines_for_the_journal)
{
	char *line;

	config("", "Lamp", "");
	start_ready(&(struct start){.journal = 1});
	stop();
	for (line = read_log(); *line; line = strchr(line, '\n') + 1)
		cr_assert(line[0] == '<' && line[1] >= '3' && line[1] <= '7' && line[2] == '>',
			  "%s", line);
	expect_log("<6>info  daemon \"stopping\"");
}

/* A socket that was handed over */

/* Asks the daemon for its version. */
static void call(const char *path)
{
	static const char message[] = "{\"method\":\"org.varlink.service.GetInfo\"}";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct pollfd wait = {.events = POLLIN};
	char reply[4096];
	ssize_t len;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(write(fd, message, sizeof(message)), (ssize_t)sizeof(message));
	wait.fd = fd;
	cr_assert_eq(poll(&wait, 1, DEADLINE_MS), 1, "no answer; log:\n%s", read_log());
	len = read(fd, reply, sizeof(reply) - 1);
	cr_assert_gt(len, 0);
	reply[len] = '\0';
	cr_assert_not_null(strstr(reply, "io.provd.Provisioning"), "%s", reply);
	close(fd);
}

Test(e2e_service, a_socket_that_was_handed_over_is_used_and_stays)
{
	int listener = open_socket(in_dir("handed"), SOCK_STREAM);

	cr_assert_eq(listen(listener, 8), 0);
	config("", "Lamp", "");
	for (int i = 0; i < 2; i++) {
		start_ready(&(struct start){.listener = listener});
		call(in_dir("handed"));
		cr_assert_neq(access(in_dir("run/control.sock"), F_OK), 0);
		stop();
		cr_assert_eq(access(in_dir("handed"), F_OK), 0, "it is not the daemon's to remove");
	}
	close(listener);
}

Test(e2e_service, without_one_it_makes_its_own)
{
	config("", "Lamp", "");
	start_ready(&(struct start){0});
	call(in_dir("run/control.sock"));
	stop();
	cr_assert_neq(access(in_dir("run/control.sock"), F_OK), 0);
}

/* Reload */

Test(e2e_service, reload_takes_what_may_change)
{
	config("", "Lamp", "");
	start_ready(&(struct start){0});
	config(",\"stop_timeout\":\"5s\",\"log\":{\"level\":\"debug\",\"topics\":[\"x=warn\"]}",
	       "Lamp", ",\"session\":{\"join_timeout\":\"7s\"}");
	reload();
	expect_log("\"configuration read anew\" changed=4\n");
	expect_log("\"option changed\" option=\"daemon.log.level\"\n");
	expect_log("option=\"daemon.log.topics\"\n");
	expect_log("option=\"daemon.stop_timeout\"\n");
	expect_log("option=\"session.join_timeout\"\n");
	reload();
	expect_log("\"configuration read anew\" changed=0\n");
	stop();
}

Test(e2e_service, reload_makes_the_log_silent_and_loud)
{
	config("", "Lamp", "");
	start_ready(&(struct start){0});
	config(",\"log\":{\"level\":\"error\"}", "Lamp", "");
	reload();
	cr_assert_null(strstr(read_log(), "configuration read anew"));
	config("", "Lamp", "");
	reload();
	expect_log("\"configuration read anew\" changed=1\n");
	stop();
}

Test(e2e_service, reload_tells_all_faults_and_changes_nothing)
{
	config("", "Lamp", "");
	start_ready(&(struct start){0});
	config(",\"log\":{\"level\":\"error\"},\"run_dri\":1", "Lamp\",\"channel\":\"six",
	       ",\"session\":{\"join_timeout\":7}");
	reload();
	expect_log("\"the new configuration is not taken, the old one stays\" reason=CONFIG");
	expect_log("provd.json:2:");
	expect_log("daemon: unknown key");
	expect_log("methods[0].options.channel: expected integer");
	expect_log("session.join_timeout: expected");
	config("", "Lamp", "");
	reload();
	expect_log("\"configuration read anew\" changed=0\n");
	stop();
}

Test(e2e_service, reload_of_what_needs_a_restart_changes_nothing)
{
	config("", "Lamp", "");
	start_ready(&(struct start){0});
	config(",\"control_max_clients\":5,\"log\":{\"level\":\"error\"}", "Other", "");
	reload();
	expect_log("the old one stays\" reason=STATE");
	expect_log("\"option needs a restart\" option=\"daemon.control_max_clients\"\n");
	expect_log("option=\"methods[0].options.ssid\"\n");
	config("", "Lamp", ",\"led\":{\"name\":\"x\"}");
	reload();
	expect_log("option=\"led\"\n");
	cr_assert_null(strstr(read_log(), "configuration read anew"));
	stop();
}

Test(e2e_service, reload_of_a_secret_names_it_only)
{
	config("", "Lamp", "");
	start_ready(&(struct start){0});
	key = CANARY "-2";
	config("", "Lamp", "");
	reload();
	expect_log("\"option needs a restart\" option=\"methods[0].options.passphrase_key\"\n");
	cr_assert_eq(chmod(in_dir("provd.json"), 0644), 0);
	reload();
	expect_log("methods[0].options.passphrase_key: a secret, but group or others can use");
	stop();
}

Test(e2e_service, reload_without_a_file)
{
	config("", "Lamp", "");
	start_ready(&(struct start){0});
	cr_assert_eq(unlink(in_dir("provd.json")), 0);
	reload();
	expect_log("provd.json: cannot be opened");
	cr_assert_eq(mkdir(in_dir("provd.json"), 0700), 0);
	reload();
	expect_log("provd.json: not a regular file");
	cr_assert_eq(rmdir(in_dir("provd.json")), 0);
	config("", "Lamp", "");
	cr_assert_eq(chmod(in_dir("provd.json"), 0666), 0);
	reload();
	expect_log("group or others can write to it");
	cr_assert_eq(chmod(in_dir("provd.json"), 0600), 0);
	reload();
	expect_log("\"configuration read anew\" changed=0\n");
	stop();
}

Test(e2e_service, many_reloads_and_a_stop)
{
	config("", "Lamp", "");
	start_ready(&(struct start){0});
	for (int i = 0; i < 200; i++)
		cr_assert_eq(kill(pid, SIGHUP), 0);
	await("RELOADING=1\n");
	await("READY=1");
	call(in_dir("run/control.sock"));
	for (int i = 0; i < 20; i++)
		cr_assert_eq(kill(pid, SIGHUP), 0);
	stop();
}

/* The units */

Test(e2e_service, units_are_understood_by_systemd)
{
	char command[1024];
	int status;

	if (access("/usr/bin/systemd-analyze", X_OK) != 0)
		cr_skip_test("systemd-analyze is not there");
	(void)snprintf(command, sizeof(command),
		       "cp '%s/provd.socket' '%s' && "
		       "sed 's|^ExecStart=[^ ]*|ExecStart=%s/provd|' '%s/provd.service' "
		       ">'%s/provd.service' && timeout 60 systemd-analyze --man=no verify "
		       "'%s/provd.service' '%s/provd.socket' >'%s/log' 2>&1",
		       PROVD_UNIT_SOURCE_DIR, dir, PROVD_BIN_DIR, PROVD_UNIT_BINARY_DIR, dir, dir,
		       dir, dir);
	status = system(command);
	cr_assert_eq(status, 0, "%s", read_log());
	cr_assert_null(strstr(read_log(), "provd."), "%s", read_log());
}
