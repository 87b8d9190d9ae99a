/* SPDX-License-Identifier: Apache-2.0 */
#include "preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FD_MAX	  4096
#define LOG_FD	  200 /* out of the way of descriptors that tests count */
#define USAGE_ERR 120

/* A preloaded library has nobody who could hold its state. Written once before main(), the
 * atomic members aside. */
static struct {
	struct fault_next next;
	struct fault_plan plan;
	char folder[PATH_MAX];
	char skip[PATH_MAX];
	const char *what;
	pid_t pid;
	int log;
	atomic_int ready;
	atomic_ulong count;
	atomic_int owed;
	atomic_uchar fds[FD_MAX];
} fault;

/* Object pointers and function pointers are the same size under POSIX; ISO C knows no cast. */
static void find(const char *name, void *out_function)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	memcpy(out_function, &symbol, sizeof(symbol));
}

static void find_all(struct fault_next *next)
{
	find("open", &next->open);
	find("openat", &next->openat);
	find("write", &next->write);
	find("pwrite", &next->pwrite);
	find("writev", &next->writev);
	find("fsync", &next->fsync);
	find("fdatasync", &next->fdatasync);
	find("rename", &next->rename);
	find("renameat", &next->renameat);
	find("renameat2", &next->renameat2);
	find("unlink", &next->unlink);
	find("unlinkat", &next->unlinkat);
	find("ftruncate", &next->ftruncate);
	find("closedir", &next->closedir);
	find("mkdir", &next->mkdir);
	find("mkdirat", &next->mkdirat);
	find("close", &next->close);
}

const struct fault_next *fault_next(void)
{
	/* Constructors of other libraries may come first; there is one thread then. */
	if (!fault.next.close)
		find_all(&fault.next);
	return &fault.next;
}

static void refuse(const char *why)
{
	(void)fprintf(stderr, "libprovdfault: %s\n", why);
	_exit(USAGE_ERR);
}

static int take_folder(const char *name, char *out, size_t size)
{
	const char *value = getenv(name);
	int len = snprintf(out, size, "%s", value ? value : "");

	if (len < 0 || (size_t)len >= size || (len && out[0] != '/'))
		return -1;
	while (len > 1 && out[len - 1] == '/')
		out[--len] = '\0';
	return 0;
}

static int open_log(const char *path)
{
	int fd;
	int high;

	if (!path || !*path)
		return -1;
	fd = fault_next()->open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		refuse("PROVD_FAULT_LOG cannot be opened");
	high = fcntl(fd, F_DUPFD_CLOEXEC, LOG_FD);
	(void)fault_next()->close(fd);
	return high;
}

__attribute__((constructor)) static void set_up(void)
{
	static const char *const names[] = {"LD_PRELOAD",     "PROVD_FAULT_DIR", "PROVD_FAULT_SKIP",
					    "PROVD_FAULT_AT", "PROVD_FAULT_DO",	 "PROVD_FAULT_LOG"};
	const char *what = getenv("PROVD_FAULT_DO");

	(void)fault_next();
	if (take_folder("PROVD_FAULT_DIR", fault.folder, sizeof(fault.folder)) ||
	    take_folder("PROVD_FAULT_SKIP", fault.skip, sizeof(fault.skip)))
		refuse("PROVD_FAULT_DIR and PROVD_FAULT_SKIP must be absolute paths");
	if (fault_plan_parse(getenv("PROVD_FAULT_AT"), what, &fault.plan))
		refuse("PROVD_FAULT_AT and PROVD_FAULT_DO are not understood");
	fault.what = what ? strdup(what) : "";
	fault.log = open_log(getenv("PROVD_FAULT_LOG"));
	fault.pid = getpid();
	/* Programs that this one runs are none of our business. */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
	atomic_store(&fault.ready, fault.folder[0] != '\0');
}

/* A child between fork and exec has copies of everything, and its own end is not ours. */
static int is_on(void)
{
	return atomic_load(&fault.ready) && getpid() == fault.pid;
}

/* The folder that a relative path starts from. */
static int folder_of(int dir, char *out, size_t size)
{
	char link[64];
	ssize_t len;

	if (dir == AT_FDCWD)
		return getcwd(out, size) ? 0 : -1;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	len = readlink(link, out, size - 1);
	if (len < 0)
		return -1;
	out[len] = '\0';
	return 0;
}

int fault_watches_path(int dir, const char *path, char out[PATH_MAX])
{
	int saved = errno;
	char folder[PATH_MAX] = "";
	int found = 0;
	int len;

	if (!is_on() || !path || !*path)
		return 0;
	if (path[0] != '/' && folder_of(dir, folder, sizeof(folder)) != 0)
		goto out;
	len = path[0] == '/' ? snprintf(out, PATH_MAX, "%s", path)
			     : snprintf(out, PATH_MAX, "%s/%s", folder, path);
	found = len > 0 && len < PATH_MAX && fault_path_below(out, fault.folder) &&
		!fault_path_below(out, fault.skip);
out:
	errno = saved;
	return found;
}

int fault_watches_fd(int fd)
{
	return fd >= 0 && fd < FD_MAX && is_on() && atomic_load(&fault.fds[fd]);
}

void fault_keep_fd(int fd)
{
	if (fd >= 0 && fd < FD_MAX)
		atomic_store(&fault.fds[fd], 1);
}

void fault_forget_fd(int fd)
{
	if (fd >= 0 && fd < FD_MAX)
		atomic_store(&fault.fds[fd], 0);
}

static void die(void)
{
	(void)syscall(SYS_kill, getpid(), SIGKILL);
}

/* One write for each line: lines of several threads do not mix. */
static void write_down(unsigned long number, const char *op, const char *path, int hit)
{
	char line[PATH_MAX + 96];
	int len;

	if (fault.log < 0)
		return;
	len = snprintf(line, sizeof(line), "%lu\t%s\t%s%s%s\n", number, op, path, hit ? "\t" : "",
		       hit ? fault.what : "");
	if (len > 0 && (size_t)len < sizeof(line))
		(void)!fault_next()->write(fault.log, line, (size_t)len);
}

struct fault_step fault_begin(const char *op, const char *path, int is_write)
{
	int saved = errno;
	unsigned long number = atomic_fetch_add(&fault.count, 1) + 1;
	int owed = is_write ? atomic_exchange(&fault.owed, 0) : 0;
	struct fault_step step = fault_plan_step(&fault.plan, number, is_write, owed);

	if (step.owe)
		atomic_store(&fault.owed, step.owe);
	write_down(number, op, path, step.error || step.halve || step.kill || step.kill_after);
	if (step.kill)
		die();
	errno = step.error ? step.error : saved;
	return step;
}

struct fault_step fault_begin_fd(const char *op, int fd, int is_write)
{
	int saved = errno;
	char path[PATH_MAX];

	if (folder_of(fd, path, sizeof(path)) != 0)
		(void)snprintf(path, sizeof(path), "descriptor %d", fd);
	errno = saved;
	return fault_begin(op, path, is_write);
}

ssize_t fault_end(const struct fault_step *step, ssize_t result)
{
	if (step->kill_after)
		die();
	return result;
}
