/* SPDX-License-Identifier: Apache-2.0 */
/* Where finished lines go: standard error, the journal behind it, or syslog. */
#include "log/log_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* JOURNAL_STREAM is "device:inode" of what systemd has connected to the journal, in decimal
 * (systemd.exec(5)); the descriptor may have been replaced since. */
static int is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;
	int len;

	if (!stream || fstat(fd, &st) != 0)
		return 0;
	len = snprintf(own, sizeof(own), "%" PRIuMAX ":%" PRIuMAX, (uintmax_t)st.st_dev,
		       (uintmax_t)st.st_ino);
	return len > 0 && (size_t)len < sizeof(own) && strcmp(own, stream) == 0;
}

static void call_syslog(void *user, int priority, const char *text)
{
	(void)user;
	syslog(priority, "%s", text);
}

void provd__target_open(struct provd__target *target, enum provd_log_target wanted)
{
	if (wanted == PROVD_LOG_TO_AUTO)
		wanted = is_journal(STDERR_FILENO) ? PROVD_LOG_TO_JOURNAL : PROVD_LOG_TO_STDERR;
	target->kind = wanted;
	target->to_syslog = call_syslog;
	target->syslog_user = NULL;
	if (wanted == PROVD_LOG_TO_SYSLOG)
		openlog("provd", LOG_NDELAY, LOG_DAEMON);
}

void provd__target_close(struct provd__target *target)
{
	if (target->kind == PROVD_LOG_TO_SYSLOG)
		closelog();
}

int provd__target_priority(uint32_t level)
{
	switch (level) {
	case PROVD_LOG_ERROR:
		return LOG_ERR;
	case PROVD_LOG_WARN:
		return LOG_WARNING;
	case PROVD_LOG_INFO:
		return LOG_INFO;
	default:
		return LOG_DEBUG;
	}
}

static void write_stderr(const char *bytes, size_t len)
{
	while (len) {
		ssize_t done = write(STDERR_FILENO, bytes, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		bytes += done;
		len -= (size_t)done;
	}
}

void provd__target_write(const struct provd__target *target, uint32_t level, char *line, size_t len)
{
	if (target->kind == PROVD_LOG_TO_SYSLOG) {
		/* In place of the newline, which is always there. */
		line[len - 1] = '\0';
		target->to_syslog(target->syslog_user, provd__target_priority(level), line);
	} else {
		write_stderr(line, len);
	}
}
