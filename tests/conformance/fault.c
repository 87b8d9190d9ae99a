/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host calls that may fail, counted; the n-th one does. `emit` is left out: a plugin that cannot
 * raise an event cannot keep any promise on events.
 */
#include "subject.h"

static struct conf_subject *subject_of(const struct provd_host *host)
{
	uintptr_t at = (uintptr_t)host - offsetof(struct provd_instance, host);

	return ((struct provd_instance *)at)->user;
}

static int fails(struct conf_subject *subject)
{
	return ++subject->calls == subject->fail_at;
}

static int random_(const struct provd_host *host, void *buf, size_t len)
{
	struct conf_subject *subject = subject_of(host);

	return fails(subject) ? PROVD_E_INTERNAL : subject->real.random(host, buf, len);
}

static int timer_start(const struct provd_host *host, uint64_t delay_ms, void (*fn)(void *user),
		       void *user, uint64_t *out_id)
{
	struct conf_subject *subject = subject_of(host);

	return fails(subject) ? PROVD_E_LIMIT
			      : subject->real.timer_start(host, delay_ms, fn, user, out_id);
}

static int fd_watch(const struct provd_host *host, int32_t fd, uint32_t events,
		    void (*fn)(void *user, uint32_t events), void *user, uint64_t *out_id)
{
	struct conf_subject *subject = subject_of(host);

	return fails(subject) ? PROVD_E_LIMIT
			      : subject->real.fd_watch(host, fd, events, fn, user, out_id);
}

static int run_blocking(const struct provd_host *host, const struct provd_work *work,
			uint64_t *out_id)
{
	struct conf_subject *subject = subject_of(host);

	return fails(subject) ? PROVD_E_NOMEM : subject->real.run_blocking(host, work, out_id);
}

static struct provd_secret *secret_create(const struct provd_host *host, const void *bytes,
					  size_t len)
{
	struct conf_subject *subject = subject_of(host);

	return fails(subject) ? NULL : subject->real.secret_create(host, bytes, len);
}

static const void *get_interface(const struct provd_host *host, const char *name, uint32_t size,
				 void **out_self)
{
	struct conf_subject *subject = subject_of(host);

	return fails(subject) ? NULL : subject->real.get_interface(host, name, size, out_self);
}

void conf_fault_install(struct conf_subject *subject, struct provd_host *host)
{
	(void)subject;
	/* Not `post`: it may come from another thread, and the count is the loop's. */
	host->random = random_;
	host->timer_start = timer_start;
	host->fd_watch = fd_watch;
	host->run_blocking = run_blocking;
	host->secret_create = secret_create;
	host->get_interface = get_interface;
}
