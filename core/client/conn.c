/* SPDX-License-Identifier: Apache-2.0 */
#include "client_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/** First size of the buffer for what is received. */
#define FIRST_CAP 4096u

/** Most that is received at once; a flood must not hold up the program's loop. */
#define READ_MAX 65536u

int64_t provd__client_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/** Code and words for a connection that cannot be made. */
static int fail_connect(const char *path, int cause, struct provd_error *err)
{
	const char *hint = "";
	int code = PROVD_E_IO;

	switch (cause) {
	case ENOENT:
		code = PROVD_E_NOT_FOUND;
		hint = "; is provd running?";
		break;
	case ECONNREFUSED:
		code = PROVD_E_NET_REFUSED;
		hint = "; is provd running?";
		break;
	case EACCES:
	case EPERM:
		code = PROVD_E_ACCESS;
		hint = "; root or the control group may";
		break;
	case EAGAIN:
		code = PROVD_E_BUSY;
		hint = "; too many programs wait for it";
		break;
	default:
		break;
	}
	return provd__client_fail(err, code, cause, "cannot reach the daemon at %s: %s%s", path,
				  strerrordesc_np(cause), hint);
}

/** Connects, waiting for at most `wait_ms`. @return 0, or -1 with errno */
static int connect_waiting(int fd, const struct sockaddr_un *address, int64_t wait_ms)
{
	const struct timeval limit = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};
	int status;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)))
		return -1;
	do {
		status = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	} while (status && errno == EINTR);
	return status ? -1 : fcntl(fd, F_SETFL, O_NONBLOCK);
}

int provd__client_conn_open(struct conn *conn, const char *path, int64_t wait_ms, size_t max,
			    char *bytes, size_t len, struct provd_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int status;

	memset(conn, 0, sizeof(*conn));
	conn->max = max;
	conn->out = bytes;
	conn->out_len = len;
	/* the length was checked when the client was made */
	memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
	conn->fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (wait_ms < 0 ? SOCK_NONBLOCK : 0), 0);
	if (conn->fd < 0)
		status = -1;
	else if (wait_ms >= 0)
		status = connect_waiting(conn->fd, &address, wait_ms);
	else
		status = connect(conn->fd, (const struct sockaddr *)&address, sizeof(address));
	if (!status)
		return 0;
	status = fail_connect(path, errno, err);
	provd__client_conn_close(conn);
	return status;
}

void provd__client_conn_close(struct conn *conn)
{
	if (conn->fd >= 0)
		(void)close(conn->fd);
	provd__client_wipe_free(conn->out, conn->out_len);
	provd__client_wipe_free(conn->in, conn->in_cap);
	memset(conn, 0, sizeof(*conn));
	conn->fd = -1;
}

int provd__client_conn_send(struct conn *conn)
{
	ssize_t sent;

	while (conn->out_done < conn->out_len) {
		sent = send(conn->fd, conn->out + conn->out_done, conn->out_len - conn->out_done,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return 1;
		/* a daemon that refuses a client may have closed already; its reason can be read */
		if (sent < 0)
			break;
		conn->out_done += (size_t)sent;
	}
	provd__client_wipe_free(conn->out, conn->out_len);
	conn->out = NULL;
	conn->out_len = 0;
	conn->out_done = 0;
	return 0;
}

/** Makes room for more. @return 0 or a code with words */
static int make_room(struct conn *conn, struct provd_error *err)
{
	const size_t limit = conn->max + 1;
	size_t cap = conn->in_cap ? conn->in_cap * 2 : FIRST_CAP;
	char *grown;

	if (conn->in_start) {
		memmove(conn->in, conn->in + conn->in_start, conn->in_len - conn->in_start);
		conn->in_len -= conn->in_start;
		conn->in_seen -= conn->in_start;
		conn->in_start = 0;
	}
	if (conn->in_len < conn->in_cap)
		return 0;
	if (conn->in_cap >= limit)
		return provd__client_fail(err, PROVD_E_LIMIT, 0,
					  "the daemon's answer is too long: over %zu bytes",
					  conn->max);
	if (cap > limit)
		cap = limit;
	grown = realloc(conn->in, cap);
	if (!grown)
		return provd__client_fail(err, PROVD_E_NOMEM, 0, "out of memory");
	conn->in = grown;
	conn->in_cap = cap;
	return 0;
}

int provd__client_conn_read(struct conn *conn, struct provd_error *err)
{
	int status = make_room(conn, err);
	size_t room = conn->in_cap - conn->in_len;
	ssize_t got;

	if (status)
		return status;
	got = recv(conn->fd, conn->in + conn->in_len, room < READ_MAX ? room : READ_MAX,
		   MSG_DONTWAIT);
	if (got > 0) {
		conn->in_len += (size_t)got;
		return 1;
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return provd__client_fail(err, PROVD_E_NET_CLOSED, got < 0 ? errno : 0,
				  "the daemon closed the connection");
}

int provd__client_conn_take(struct conn *conn, struct message *out_message, struct provd_error *err)
{
	const char *begin;
	const char *end;
	int status;

	if (conn->in_seen == conn->in_len)
		return 0;
	begin = conn->in + conn->in_start;
	end = memchr(conn->in + conn->in_seen, 0, conn->in_len - conn->in_seen);
	if (!end) {
		conn->in_seen = conn->in_len;
		return 0;
	}
	status = provd__client_parse(begin, (size_t)(end - begin), out_message);
	conn->in_start = (size_t)(end - conn->in) + 1;
	conn->in_seen = conn->in_start;
	if (status)
		return provd__client_fail(err, status, 0,
					  status == PROVD_E_NOMEM
						  ? "out of memory"
						  : "the daemon's answer is not understood");
	return 1;
}
