/* SPDX-License-Identifier: Apache-2.0 */
/* The host table: each function finds its instance and hands on to the part that does it. */
#include "plugin/instance_internal.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>

#include "secret/secret.h"

/* Plugins get a const table; what is counted belongs to the instance around it. */
static struct provd_instance *of(const struct provd_host *host)
{
	uintptr_t at = (uintptr_t)host - offsetof(struct provd_instance, host);

	return (struct provd_instance *)at;
}

static void host_log(const struct provd_host *host, const struct provd_log_site *site,
		     const struct provd_field *fields, size_t field_count)
{
	struct provd_instance *instance = of(host);

	provd_log_write(instance->log, instance->name, instance->session, site, fields,
			field_count);
}

static uint64_t host_now_us(const struct provd_host *host)
{
	return provd_loop_now_us(provd_owner_loop(of(host)->owner));
}

static uint64_t host_unix_ms(const struct provd_host *host)
{
	struct timespec now = {0, 0};

	(void)host;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int host_random(const struct provd_host *host, void *buf, size_t len)
{
	unsigned char *at = buf;

	(void)host;
	while (len) {
		int part = len > INT_MAX ? INT_MAX : (int)len;

		if (RAND_bytes(at, part) != 1)
			return PROVD_E_INTERNAL;
		at += part;
		len -= (size_t)part;
	}
	return 0;
}

static uint64_t host_new_id(const struct provd_host *host)
{
	return provd_loop_new_id(provd_owner_loop(of(host)->owner));
}

static int host_timer_start(const struct provd_host *host, uint64_t delay_ms,
			    void (*fn)(void *user), void *user, uint64_t *out_id)
{
	return provd_timer_start(of(host)->owner, delay_ms, fn, user, out_id);
}

static void host_timer_stop(const struct provd_host *host, uint64_t id)
{
	provd_timer_stop(of(host)->owner, id);
}

static int host_fd_watch(const struct provd_host *host, int32_t fd, uint32_t events,
			 void (*fn)(void *user, uint32_t events), void *user, uint64_t *out_id)
{
	return provd_watch_start(of(host)->owner, fd, events, fn, user, out_id);
}

static void host_fd_unwatch(const struct provd_host *host, uint64_t id)
{
	provd_watch_stop(of(host)->owner, id);
}

static int host_post(const struct provd_host *host, void (*fn)(void *user), void *user)
{
	return fn ? provd_post(of(host)->owner, fn, user) : PROVD_E_INVALID;
}

static int host_run_blocking(const struct provd_host *host, const struct provd_work *work,
			     uint64_t *out_id)
{
	return provd_work_start(of(host)->owner, work, out_id);
}

static void host_work_cancel(const struct provd_host *host, uint64_t id)
{
	provd_work_cancel(of(host)->owner, id);
}

static const char *host_option_text(const struct provd_host *host, const char *name)
{
	const struct provd_options *options = of(host)->options;

	return options ? provd_options_text(options, name) : NULL;
}

static int64_t host_option_int(const struct provd_host *host, const char *name)
{
	const struct provd_options *options = of(host)->options;

	return options ? provd_options_int(options, name) : 0;
}

static size_t host_option_count(const struct provd_host *host, const char *name)
{
	const struct provd_options *options = of(host)->options;

	return options ? provd_options_count(options, name) : 0;
}

static const char *host_option_item(const struct provd_host *host, const char *name, size_t index)
{
	const struct provd_options *options = of(host)->options;

	return options ? provd_options_item(options, name, index) : NULL;
}

static const struct provd_secret *host_option_secret(const struct provd_host *host,
						     const char *name)
{
	const struct provd_options *options = of(host)->options;

	return options ? provd_options_secret(options, name) : NULL;
}

static struct provd_secret *host_secret_create(const struct provd_host *host, const void *bytes,
					       size_t len)
{
	(void)host;
	return provd_secret_create(bytes, len);
}

static struct provd_secret *host_secret_ref(const struct provd_host *host,
					    const struct provd_secret *secret)
{
	(void)host;
	return provd_secret_ref(secret);
}

static void host_secret_unref(const struct provd_host *host, const struct provd_secret *secret)
{
	(void)host;
	provd_secret_unref(secret);
}

static void host_secret_view(const struct provd_host *host, const struct provd_secret *secret,
			     struct provd_bytes *out_view)
{
	(void)host;
	*out_view = provd_secret_view(secret);
}

static int host_emit(const struct provd_host *host, const struct provd_event *event)
{
	return provd__instance_emit(of(host), event);
}

static const void *host_get_interface(const struct provd_host *host, const char *name,
				      uint32_t size, void **out_self)
{
	struct provd_instance *instance = of(host);

	if (!instance->get_interface || !name)
		return NULL;
	return instance->get_interface(instance->user, instance, name, size, out_self);
}

void provd__host_fill(struct provd_host *host)
{
	memset(host, 0, sizeof(*host));
	host->size = sizeof(*host);
	host->abi_minor = PROVD_ABI_MINOR;
	host->log = host_log;
	host->now_us = host_now_us;
	host->unix_ms = host_unix_ms;
	host->random = host_random;
	host->new_id = host_new_id;
	host->timer_start = host_timer_start;
	host->timer_stop = host_timer_stop;
	host->fd_watch = host_fd_watch;
	host->fd_unwatch = host_fd_unwatch;
	host->post = host_post;
	host->run_blocking = host_run_blocking;
	host->work_cancel = host_work_cancel;
	host->option_text = host_option_text;
	host->option_int = host_option_int;
	host->option_count = host_option_count;
	host->option_item = host_option_item;
	host->option_secret = host_option_secret;
	host->secret_create = host_secret_create;
	host->secret_ref = host_secret_ref;
	host->secret_unref = host_secret_unref;
	host->secret_view = host_secret_view;
	host->emit = host_emit;
	host->get_interface = host_get_interface;
}
