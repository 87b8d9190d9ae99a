/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that were handed over: from descriptor 3 on, where Criterion has its own ones, so that a
 * child with nothing but an exit status does it. */
#include "service/service.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Criterion's comparing macros convert int to a bit-field. */
#pragma GCC diagnostic ignored "-Wconversion"

TestSuite(listen, .timeout = 40);

static struct provd_service *service;

static void set_number(const char *name, long long value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%lld", value);
	setenv(name, text, 1);
}

static int made; /* sockets that listen so far */

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, "line %d: %s\n", __LINE__, #condition);              \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static int is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Puts a socket at number `to`, inheritable. */
static void place(int fd, int to)
{
	MUST(fd >= 0);
	if (fd != to) {
		MUST(dup2(fd, to) == to);
		close(fd);
	}
	MUST(fcntl(to, F_SETFD, 0) == 0);
}

static void place_socket(int to, int type, int listens)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type, 0);

	(void)snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "provd-test-%d-%d",
		       (int)getpid(), made++);
	MUST(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	MUST(!listens || listen(fd, 4) == 0);
	place(fd, to);
}

static void hand_over(int count, const char *names)
{
	set_number("LISTEN_FDS", count);
	set_number("LISTEN_PID", getpid());
	if (names)
		setenv("LISTEN_FDNAMES", names, 1);
}

/* @param fd that is wanted, -1 none; @param told whether something is said about it */
static void must_take(int fd, int count, int told)
{
	MUST(provd_service_create(&service) == 0);
	MUST(!getenv("LISTEN_FDS") && !getenv("LISTEN_PID") && !getenv("LISTEN_FDNAMES"));
	for (int i = 3; i < 3 + count; i++)
		MUST(is_open(i) == (i == fd));
	MUST(fd < 0 || (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	MUST((provd_service_fault(service) != NULL) == told);
	MUST(provd_service_take_socket(service) == fd);
	MUST(provd_service_take_socket(service) == -1);
	provd_service_destroy(service);
	MUST(fd < 0 || is_open(fd));
}

static void one_socket(void)
{
	place_socket(3, SOCK_STREAM, 1);
	hand_over(1, NULL);
	must_take(3, 1, 0);
}

static void the_named_one(void)
{
	for (int fd = 3; fd < 6; fd++)
		place_socket(fd, SOCK_STREAM, 1);
	hand_over(3, "a:control:controls");
	must_take(4, 3, 1);
}

static void the_first_that_fits(void)
{
	place_socket(3, SOCK_DGRAM, 0);
	place_socket(4, SOCK_STREAM, 0);
	place_socket(5, SOCK_STREAM, 1);
	place_socket(6, SOCK_STREAM, 1);
	hand_over(4, "::");
	must_take(5, 4, 1);
}

static void nothing_that_fits(void)
{
	place(socket(AF_INET, SOCK_STREAM, 0), 3);
	MUST(listen(3, 1) == 0);
	place(open("/dev/null", O_RDONLY), 4);
	place_socket(5, SOCK_STREAM, 1);
	hand_over(3, "x:control:y");
	must_take(-1, 3, 1);
}

static void none_is_open(void)
{
	for (int fd = 3; fd < 6; fd++)
		close(fd);
	hand_over(3, NULL);
	must_take(-1, 3, 1);
}

static void another_process_is_meant(void)
{
	place_socket(3, SOCK_STREAM, 1);
	hand_over(1, "control");
	set_number("LISTEN_PID", getpid() + 1);
	MUST(provd_service_create(&service) == 0);
	MUST(!getenv("LISTEN_FDS") && !getenv("LISTEN_PID") && !getenv("LISTEN_FDNAMES"));
	MUST(provd_service_take_socket(service) == -1);
	MUST(!provd_service_fault(service));
	provd_service_destroy(service);
	MUST(is_open(3));
}

static void far_too_many(void)
{
	place_socket(3, SOCK_STREAM, 1);
	hand_over(100000, NULL);
	MUST(provd_service_create(&service) == 0);
	MUST(provd_service_take_socket(service) == -1);
	MUST(provd_service_fault(service));
	provd_service_destroy(service);
	MUST(is_open(3));
}

static void not_taken_is_closed(void)
{
	place_socket(3, SOCK_STREAM, 1);
	hand_over(1, "control");
	MUST(provd_service_create(&service) == 0);
	MUST(is_open(3));
	provd_service_destroy(service);
	MUST(!is_open(3));
}

static void in_child(void (*test)(void))
{
	int status = -1;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		test();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	cr_assert_eq(WEXITSTATUS(status), 0);
}

Test(listen, one_socket_is_taken)
{
	in_child(one_socket);
}

Test(listen, of_several_the_named_one_is_taken)
{
	in_child(the_named_one);
}

Test(listen, of_several_the_first_that_fits_is_taken)
{
	in_child(the_first_that_fits);
}

Test(listen, what_is_no_listening_unix_stream_is_told)
{
	in_child(nothing_that_fits);
}

Test(listen, descriptors_that_are_not_open_are_told)
{
	in_child(none_is_open);
}

Test(listen, descriptors_of_another_process_are_left_alone)
{
	in_child(another_process_is_meant);
}

Test(listen, far_too_many_are_told)
{
	in_child(far_too_many);
}

Test(listen, what_is_not_taken_is_closed)
{
	in_child(not_taken_is_closed);
}
