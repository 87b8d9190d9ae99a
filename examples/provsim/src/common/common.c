/* SPDX-License-Identifier: Apache-2.0 */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void emit_text(FILE *stream, json_t *event)
{
	const char *key;
	json_t *value;

	fprintf(stream, "%s", json_string_value(json_object_get(event, "event")));
	json_object_foreach(event, key, value)
	{
		char *text;

		if (strcmp(key, "event") == 0)
			continue;
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		fprintf(stream, " %s=%s", key, text ? text : "?");
		free(text);
	}
	fputc('\n', stream);
}

void sim_emit(const struct sim_out *out, json_t *event)
{
	if (!event)
		return;
	if (out->text) {
		emit_text(out->stream, event);
	} else {
		json_dumpf(event, out->stream, JSON_COMPACT | JSON_REAL_PRECISION(9));
		fputc('\n', out->stream);
	}
	fflush(out->stream);
	json_decref(event);
}

void sim_say(const char *format, ...)
{
	va_list args;

	fputs("provsim: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return PROVD_E_IO;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

int sim_file_write(const char *dir, const char *name, const void *data, size_t size,
		   unsigned int mode)
{
	char path[PATH_MAX];
	char temp[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);
	int m = snprintf(temp, sizeof(temp), "%s/.%s.new", dir, name);
	int fd;
	int rc;

	if (n < 0 || (size_t)n >= sizeof(path) || m < 0 || (size_t)m >= sizeof(temp))
		return PROVD_E_LIMIT;
	unlink(temp);
	fd = open(temp, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, (mode_t)mode);
	if (fd < 0)
		return PROVD_E_IO;
	rc = write_all(fd, data, size);
	if (fchmod(fd, (mode_t)mode) != 0 || close(fd) != 0)
		rc = PROVD_E_IO;
	if (rc == 0 && rename(temp, path) != 0)
		rc = PROVD_E_IO;
	if (rc != 0)
		unlink(temp);
	return rc;
}

int sim_file_read(const char *path, size_t max, char **out_data, size_t *out_size)
{
	FILE *file = fopen(path, "rbe");
	char *data = NULL;
	size_t size;
	int rc = 0;

	if (!file)
		return errno == ENOENT ? PROVD_E_NOT_FOUND : PROVD_E_IO;
	data = malloc(max + 1);
	if (!data) {
		rc = PROVD_E_NOMEM;
		goto out;
	}
	size = fread(data, 1, max + 1, file);
	if (ferror(file)) {
		rc = PROVD_E_IO;
	} else if (size > max) {
		rc = PROVD_E_LIMIT;
	} else {
		data[size] = '\0';
		*out_data = data;
		*out_size = size;
		data = NULL;
	}
out:
	free(data);
	fclose(file);
	return rc;
}

int sim_parse_long(const char *text, long min, long max, long *out_value)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < min || value > max)
		return PROVD_E_INVALID;
	*out_value = value;
	return 0;
}

int sim_parse_endpoint(const char *text, struct sockaddr_in *out_address)
{
	struct sockaddr_in address;
	char host[INET_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	long port;

	if (!colon || (size_t)(colon - text) >= sizeof(host) ||
	    sim_parse_long(colon + 1, 0, 65535, &port) != 0)
		return PROVD_E_INVALID;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return PROVD_E_INVALID;
	*out_address = address;
	return 0;
}

static int try_program(const char *dir, size_t dir_size, const char *name, char *out_path,
		       size_t size)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%.*s/%s", (int)dir_size, dir, name);

	if (dir_size == 0 || n < 0 || (size_t)n >= sizeof(path) || (size_t)n >= size ||
	    access(path, X_OK) != 0)
		return PROVD_E_NOT_FOUND;
	memcpy(out_path, path, (size_t)n + 1);
	return 0;
}

int sim_find_program(const char *name, char *out_path, size_t size)
{
	const char *dir = getenv("PATH");

	while (dir && *dir) {
		size_t dir_size = strcspn(dir, ":");

		if (try_program(dir, dir_size, name, out_path, size) == 0)
			return 0;
		dir += dir_size;
		if (*dir == ':')
			dir++;
	}
	return try_program("/usr/sbin", strlen("/usr/sbin"), name, out_path, size);
}

int sim_exec_child(int argc, char **argv)
{
	long parent;

	if (argc < 4 || sim_parse_long(argv[1], 1, INT_MAX, &parent) != 0)
		return SIM_EXIT_USAGE;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* The parent may have died before the line above took effect. */
	if (getppid() != (pid_t)parent)
		return SIM_EXIT_FAILED;
	if (setenv("OPENSSL_CONF", argv[2], 1) == 0)
		execv(argv[3], &argv[3]);
	sim_say("cannot start %s: %s", argv[3], strerror(errno));
	return SIM_EXIT_FAILED;
}
