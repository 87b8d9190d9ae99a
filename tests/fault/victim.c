/* SPDX-License-Identifier: Apache-2.0 */
/* Does file operations in the folder it is given and prints how each ended: the program that the
 * tests of libprovdfault preload it into. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define THREADS 8

static void say(const char *op, ssize_t result)
{
	if (result < 0)
		printf("%s %s\n", op, strerrorname_np(errno));
	else
		printf("%s %zd\n", op, result);
	(void)fflush(stdout);
}

/* What provd does to replace a file: 9 operations that count. */
static void replace(void)
{
	char bytes[100];
	int fd;

	memset(bytes, 'x', sizeof(bytes));
	say("mkdir", mkdir("sub", 0700));
	fd = open("sub/a.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	say("open", fd < 0 ? -1 : 0);
	say("write", write(fd, bytes, sizeof(bytes)));
	say("write", write(fd, bytes, 10));
	say("fsync", fsync(fd));
	say("close", close(fd));
	say("rename", rename("sub/a.tmp", "sub/a"));
	fd = open("sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	say("fsync", fsync(fd));
	say("close", close(fd));
}

/* The names that replace() does not use: 10 operations that count. */
static void others(void)
{
	char bytes[8] = "1234567";
	struct iovec parts[2] = {{bytes, 0}, {bytes, 8}};
	int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(folder, "b", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	say("pwrite", pwrite(fd, bytes, 8, 0));
	say("writev", writev(fd, parts, 2));
	say("fdatasync", fdatasync(fd));
	say("ftruncate", ftruncate(fd, 3));
	say("close", close(fd));
	say("renameat", renameat(folder, "b", folder, "c"));
	say("renameat2", renameat2(folder, "c", folder, "d", 0));
	say("unlinkat", unlinkat(folder, "d", 0));
	say("mkdirat", mkdirat(folder, "e", 0700));
	/* Reading counts nowhere. */
	fd = open("e", O_RDONLY | O_CLOEXEC);
	(void)close(fd);
	(void)!write(1, "", 0);
}

static void *write_files(void *user)
{
	char name[32];
	int fd;

	for (int i = 0; i < 50; i++) {
		(void)snprintf(name, sizeof(name), "t%d-%d", *(const int *)user, i);
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		(void)!write(fd, "12", 2);
		(void)close(fd);
		(void)unlink(name);
	}
	return NULL;
}

static void threads(void)
{
	pthread_t all[THREADS];
	int ids[THREADS];

	for (size_t i = 0; i < THREADS; i++) {
		ids[i] = (int)i;
		(void)pthread_create(&all[i], NULL, write_files, &ids[i]);
	}
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(all[i], NULL);
	puts("joined");
}

int main(int argc, char **argv)
{
	if (argc != 3 || chdir(argv[2]) != 0)
		return 2;
	if (strcmp(argv[1], "replace") == 0)
		replace();
	else if (strcmp(argv[1], "others") == 0)
		others();
	else if (strcmp(argv[1], "threads") == 0)
		threads();
	else if (strcmp(argv[1], "child") == 0)
		say("child", system("test -z \"$LD_PRELOAD$PROVD_FAULT_DIR\" && echo x >f"));
	return 0;
}
