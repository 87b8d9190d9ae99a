/* SPDX-License-Identifier: Apache-2.0 */
#include "net_test.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int net_test_init(struct net_test *test)
{
	int rc;

	memset(test, 0, sizeof(*test));
	(void)signal(SIGPIPE, SIG_IGN);
	rc = provd_loop_create(8, &test->loop);
	if (rc)
		return rc;
	return provd_owner_create(test->loop, "test", &test->owner);
}

int net_test_finish(struct net_test *test)
{
	(void)provd_owner_destroy(test->owner);
	test->owner = NULL;
	return provd_loop_destroy(test->loop);
}

static void on_late(void *user)
{
	int *late = user;

	*late = 1;
}

int net_test_wait(struct net_test *test, const int *value, int wanted)
{
	uint64_t timer = 0;
	int rc;

	test->late = 0;
	rc = provd_timer_start(test->owner, NET_TEST_WAIT_MS, on_late, &test->late, &timer);
	if (rc)
		return rc;
	while (*value < wanted && !test->late)
		provd_loop_turn(test->loop, 1);
	provd_timer_stop(test->owner, timer);
	return *value >= wanted ? 0 : PROVD_E_TIMEOUT;
}

void net_test_run_for(struct net_test *test, uint64_t ms)
{
	uint64_t timer = 0;
	int over = 0;

	if (provd_timer_start(test->owner, ms, on_late, &over, &timer))
		return;
	while (!over)
		provd_loop_turn(test->loop, 1);
}

int net_test_folder(char *out_path, size_t size)
{
	int len = snprintf(out_path, size, "/tmp/provd-net-XXXXXX");

	if (len < 0 || (size_t)len >= size)
		return -1;
	return mkdtemp(out_path) ? 0 : -1;
}

const char *net_test_path(char *out, size_t size, const char *folder, const char *name)
{
	int len = snprintf(out, size, "%s/%s", folder, name);

	if (len < 0 || (size_t)len >= size)
		abort();
	return out;
}

void net_test_remove(const char *folder)
{
	char path[512];
	struct dirent *entry;
	DIR *dir = opendir(folder);

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)unlink(net_test_path(path, sizeof(path), folder, entry->d_name));
	}
	(void)closedir(dir);
	(void)rmdir(folder);
}

int net_test_entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int count = -2; /* "." and ".." */

	if (!dir)
		return -1;
	while (readdir(dir))
		count++;
	(void)closedir(dir);
	return count;
}

int net_test_fds(void)
{
	return net_test_entries("/proc/self/fd");
}

int net_test_listen(uint16_t *out_port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (const struct sockaddr *)&sa, len) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&sa, &len)) {
		(void)close(fd);
		return -1;
	}
	*out_port = ntohs(sa.sin_port);
	return fd;
}

uint16_t net_test_free_port(void)
{
	uint16_t port = 0;
	int fd = net_test_listen(&port);

	if (fd >= 0)
		(void)close(fd);
	return port;
}
