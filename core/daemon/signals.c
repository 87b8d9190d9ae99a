/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGTERM, SIGINT and SIGHUP through a descriptor: they stay blocked in every thread to the very
 * end, so that one that comes again in the middle of the end cannot cut it short.
 */
#include "daemon/daemon_internal.h"
#include "daemon/reload.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t watched(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	return set;
}

void provd_daemon_hold_signals(void)
{
	sigset_t set = watched();

	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* A client or broker that leaves is told by the write's error. */
	(void)signal(SIGPIPE, SIG_IGN);
}

static void on_readable(void *user, uint32_t events)
{
	struct provd_daemon *daemon = user;
	struct signalfd_siginfo info;

	(void)events;
	/* One for each turn: a storm of signals must not keep the others from running. */
	if (read(daemon->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info) ||
	    daemon->stopping)
		return;
	if (info.ssi_signo == SIGHUP)
		provd__daemon_reload_and_log(daemon);
	else
		provd__daemon_stop(daemon, PROVD_EXIT_OK);
}

int provd__signals_watch(struct provd_daemon *daemon)
{
	sigset_t set = watched();

	daemon->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (daemon->signal_fd < 0)
		return PROVD_E_INTERNAL;
	return provd_watch_start(daemon->owner, daemon->signal_fd, PROVD_FD_READ, on_readable,
				 daemon, &daemon->signal_watch);
}

void provd__signals_end(struct provd_daemon *daemon)
{
	if (daemon->signal_fd < 0)
		return;
	provd_watch_stop(daemon->owner, daemon->signal_watch);
	(void)close(daemon->signal_fd);
	daemon->signal_fd = -1;
}
