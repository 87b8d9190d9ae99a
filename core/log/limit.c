/* SPDX-License-Identifier: Apache-2.0 */
/* The rate limit: a bounded table of call sites, the least recently used one makes room. */
#include "log/log_internal.h"

#include <stdio.h>
#include <string.h>

static void copy_text(char *out, size_t size, const char *text)
{
	size_t len = text ? strnlen(text, size - 1) : 0;

	if (len)
		memcpy(out, text, len);
	out[len] = '\0';
}

static struct provd__site *find(struct provd__limit *limit, const struct provd_log_site *site)
{
	struct provd__site *oldest = &limit->sites[0];
	size_t i;

	for (i = 0; i < PROVD_LOG_SITES_MAX; i++) {
		struct provd__site *entry = &limit->sites[i];

		if (entry->site == site)
			return entry;
		if (entry->last_use < oldest->last_use)
			oldest = entry;
	}
	return oldest;
}

/* Hands out what an entry has suppressed and begins anew. */
static void take(struct provd__limit *limit, struct provd__site *entry, struct provd__site *out)
{
	*out = *entry;
	if (entry->suppressed)
		limit->holding--;
	entry->suppressed = 0;
}

int provd__limit_pass(struct provd__limit *limit, const struct provd_log_site *site,
		      const char *topic, uint64_t now, struct provd__site *out_evicted)
{
	struct provd__site *entry;

	out_evicted->suppressed = 0;
	if (limit->burst == 0)
		return 1;
	entry = find(limit, site);
	if (entry->site != site || now < entry->window_start ||
	    now - entry->window_start >= limit->window_ms) {
		take(limit, entry, out_evicted);
		entry->site = site;
		entry->window_start = now;
		entry->written = 0;
		entry->level = site->level;
		copy_text(entry->topic, sizeof(entry->topic), topic);
		copy_text(entry->event, sizeof(entry->event), site->event);
	}
	entry->last_use = ++limit->uses;
	if (entry->written < limit->burst) {
		entry->written++;
		return 1;
	}
	if (entry->suppressed++ == 0)
		limit->holding++;
	return 0;
}

int provd__limit_take(struct provd__limit *limit, uint64_t now, int all,
		      struct provd__site *out_site)
{
	size_t i;

	for (i = 0; limit->holding && i < PROVD_LOG_SITES_MAX; i++) {
		struct provd__site *entry = &limit->sites[i];

		if (!entry->suppressed)
			continue;
		if (!all && now >= entry->window_start &&
		    now - entry->window_start < limit->window_ms)
			continue;
		take(limit, entry, out_site);
		return 1;
	}
	return 0;
}
