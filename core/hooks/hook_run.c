/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of a hook's program. libuv gives the child default signals, an empty mask, a session and
 * process group of its own, and reports a program that could not be executed.
 */
#include "hooks/hooks_internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/** Read in one go, so that a program that prints without end cannot hold the loop. */
#define READ_MAX 16384
/** Longest wait for the end of a program after SIGKILL; more takes only one stuck in the kernel. */
#define REAP_MS 300
/** CLOSE_RANGE_CLOEXEC of <linux/close_range.h>, which older systems lack. */
#define RANGE_CLOEXEC (1u << 2)

/* Libraries open descriptors without close-on-exec, and the daemon may have inherited some. */
static void descriptors_hide(void)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, RANGE_CLOEXEC) == 0)
		return;
#endif
	uv_disable_stdio_inheritance();
}

static struct provd_hooks *hooks_of(const struct provd__run *run)
{
	return run->hook->hooks;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void output_close(struct provd__run *run)
{
	if (run->fd < 0)
		return;
	provd_watch_stop(hooks_of(run)->owner, run->watch);
	(void)close(run->fd);
	run->fd = -1;
	provd__hook_output_end(&run->output);
}

static void output_read(struct provd__run *run)
{
	char bytes[READ_MAX];
	ssize_t len = read(run->fd, bytes, sizeof(bytes));

	if (len > 0)
		provd__hook_output_add(&run->output, bytes, (size_t)len);
	else if (len == 0 || (errno != EAGAIN && errno != EINTR))
		output_close(run);
}

static void on_readable(void *user, uint32_t events)
{
	(void)events;
	output_read(user);
}

static void timer_end(struct provd__run *run)
{
	if (run->timer)
		provd_timer_stop(hooks_of(run)->owner, run->timer);
	run->timer = 0;
}

/* All but the handle; the hook is free for the next. */
static void run_release(struct provd__run *run)
{
	timer_end(run);
	output_close(run);
	provd__hook_env_free(run->env);
	run->env = NULL;
	run->hook->run = NULL;
}

void provd__run_kill(struct provd__run *run)
{
	(void)kill(-run->pid, SIGKILL);
}

static void on_grace_over(void *user)
{
	struct provd__run *run = user;

	run->timer = 0;
	provd__run_kill(run);
}

static void on_timeout(void *user)
{
	struct provd__run *run = user;
	struct provd_hooks *hooks = hooks_of(run);

	run->timer = 0;
	run->ending = 1;
	PROVD_CLOG(hooks->log, "hooks", run->env->session, PROVD_LOG_WARN,
		   "a hook's program took too long and is ended",
		   provd_f_text("program", run->hook->args[0]),
		   provd_f_text("on", provd__hook_env_value(run->env, PROVD__HOOK_EVENT)),
		   provd_f_ms("timeout", run->hook->timeout_ms));
	(void)kill(-run->pid, SIGTERM);
	if (provd_timer_start(hooks->owner, PROVD__HOOK_GRACE_MS, on_grace_over, run, &run->timer))
		provd__run_kill(run);
}

static void log_end(const struct provd__run *run, int64_t status, int term_signal)
{
	const struct provd_hooks *hooks = hooks_of(run);
	uint64_t ms = (provd_loop_now_us(hooks->loop) - run->started_us) / 1000;
	const char *event = provd__hook_env_value(run->env, PROVD__HOOK_EVENT);
	const char *program = run->hook->args[0];

	if (run->ending || (status == 0 && term_signal == 0))
		PROVD_CLOG(hooks->log, "hooks", run->env->session, PROVD_LOG_DEBUG,
			   "a hook's program has ended", provd_f_text("program", program),
			   provd_f_text("on", event), provd_f_ms("took", ms));
	else if (term_signal)
		PROVD_CLOG(hooks->log, "hooks", run->env->session, PROVD_LOG_WARN,
			   "a hook's program was killed", provd_f_text("program", program),
			   provd_f_text("on", event), provd_f_int("signal", term_signal));
	else
		PROVD_CLOG(hooks->log, "hooks", run->env->session, PROVD_LOG_WARN,
			   "a hook's program has failed", provd_f_text("program", program),
			   provd_f_text("on", event), provd_f_int("status", status));
}

static void on_exit_of(uv_process_t *process, int64_t status, int term_signal)
{
	struct provd__run *run = process->data;
	struct provd__hook *hook = run->hook;
	int failed = run->ending || status != 0 || term_signal != 0;

	/* What it had started may have ignored SIGTERM. */
	if (run->ending)
		provd__run_kill(run);
	if (run->fd >= 0)
		output_read(run);
	log_end(run, status, term_signal);
	run_release(run);
	uv_close((uv_handle_t *)process, on_closed);
	provd__hook_over(hook, failed);
}

static int run_spawn(struct provd__run *run, int output)
{
	uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}};
	uv_process_options_t options = {0};

	stdio[1].flags = UV_INHERIT_FD;
	stdio[1].data.fd = output;
	stdio[2] = stdio[1];
	options.exit_cb = on_exit_of;
	options.file = run->hook->args[0];
	options.args = run->hook->args;
	options.env = run->env->vars;
	options.cwd = "/";
	options.flags = UV_PROCESS_DETACHED;
	options.stdio_count = 3;
	options.stdio = stdio;
	run->process.data = run;
	descriptors_hide();
	return uv_spawn(provd_loop_uv(hooks_of(run)->loop), &run->process, &options);
}

/* Time limit and output are there before the program is. */
static int run_prepare(struct provd__run *run)
{
	struct provd_hooks *hooks = hooks_of(run);

	if (provd_watch_start(hooks->owner, run->fd, PROVD_FD_READ, on_readable, run, &run->watch))
		return UV_ENOMEM;
	if (provd_timer_start(hooks->owner, run->hook->timeout_ms, on_timeout, run, &run->timer))
		return UV_ENOMEM;
	return 0;
}

static void log_not_started(const struct provd__hook *hook, const struct provd__hook_env *env,
			    int uv_code)
{
	PROVD_CLOG(hook->hooks->log, "hooks", env->session, PROVD_LOG_WARN,
		   "a hook's program cannot be started", provd_f_text("program", hook->args[0]),
		   provd_f_text("on", provd__hook_env_value(env, PROVD__HOOK_EVENT)),
		   provd_f_text("reason", uv_strerror(uv_code)));
}

static void run_init(struct provd__run *run, struct provd__hook *hook, struct provd__hook_env *env)
{
	run->hook = hook;
	run->env = env;
	run->output.log = hook->hooks->log;
	run->output.program = hook->args[0];
	run->output.session = env->session;
	run->started_us = provd_loop_now_us(hook->hooks->loop);
	hook->run = run;
}

int provd__run_start(struct provd__hook *hook, struct provd__hook_env *env)
{
	struct provd__run *run = calloc(1, sizeof(*run));
	int spawned = 0;
	uv_file ends[2];
	int rc;

	rc = run ? uv_pipe(ends, UV_NONBLOCK_PIPE, 0) : UV_ENOMEM;
	if (rc)
		goto out;
	run_init(run, hook, env);
	run->fd = ends[0];
	rc = run_prepare(run);
	if (!rc) {
		spawned = 1;
		rc = run_spawn(run, ends[1]);
	}
	(void)close(ends[1]);
	if (!rc) {
		run->pid = run->process.pid;
		return 0;
	}
	run->env = NULL;
	run_release(run);
out:
	log_not_started(hook, env, rc);
	provd__hook_env_free(env);
	/* libuv knows the handle even when it could not start the program. */
	if (spawned)
		uv_close((uv_handle_t *)&run->process, on_closed);
	else
		free(run);
	return PROVD_E_IO;
}

/* At most REAP_MS where the kernel has process descriptors (Linux 5.3). */
static void reap(pid_t pid)
{
	int flags = 0;
#ifdef SYS_pidfd_open
	struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};

	if (ended.fd >= 0) {
		flags = WNOHANG;
		/* Interrupted by the SIGCHLD of each program at most once. */
		while (poll(&ended, 1, REAP_MS) < 0 && errno == EINTR) {
		}
		(void)close(ended.fd);
	}
#endif
	while (waitpid(pid, NULL, flags) < 0 && errno == EINTR) {
	}
}

void provd__run_abandon(struct provd__run *run)
{
	reap(run->pid);
	run_release(run);
	uv_close((uv_handle_t *)&run->process, on_closed);
}
