/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's application beside provd: its button asks for provisioning, its LED shows how it
 * goes, and once the device is bound it connects to the cloud by itself. One poll() loop; libprovd
 * never blocks it.
 */
#include "cloud.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <provd/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct product {
	struct provd_client *provd;
	struct cloud *cloud; /* NULL: provd has the cloud, or nobody */
	const char *host;
	const char *port;
	int button; /* descriptor; -1 none */
	int is_taking;
	int once; /* leave when online */
	int done;
	uint64_t session;
};

/* The LED of a real board is a GPIO; here it is a line on the screen. */
static void led_show(const char *pattern)
{
	printf("led: %s\n", pattern);
}

static const char *led_pattern(const char *state)
{
	static const char *const patterns[][2] = {
		{"listening", "blinks slowly"}, {"joining", "blinks fast"},
		{"online", "blinks fast"},	{"registering", "blinks fast"},
		{"binding", "blinks fast"},	{"bound", "on"},
		{"failed", "flickers"},		{"stopped", "off"},
	};
	size_t i;

	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (!strcmp(patterns[i][0], state))
			return patterns[i][1];
	}
	return "off";
}

/* provd has left the cloud to us: connect with the identity it names. */
static void on_taken(void *user, const struct provd_client_reply *reply)
{
	struct provd_client_identity identity = {.size = sizeof(identity)};
	struct product *product = user;

	product->is_taking = 0;
	if (reply->status || provd_client_reply_identity(reply, &identity)) {
		fprintf(stderr, "product: the cloud was not left to us: %s\n", reply->text);
		return;
	}
	printf("taking over %s/%s\n", identity.product, identity.device);
	if (cloud_connect(identity.file, product->host, product->port, &product->cloud))
		led_show("flickers");
}

static void take_over(struct product *product)
{
	struct provd_error err = {.size = sizeof(err)};

	if (product->cloud || product->is_taking)
		return;
	product->is_taking =
		!provd_client_take_over_async(product->provd, on_taken, product, NULL, &err);
	if (!product->is_taking)
		fprintf(stderr, "product: %s\n", err.text);
}

/* Each step of a session. Nothing in it is a secret. */
static void on_entry(void *user, const struct provd_client_entry *entry)
{
	struct product *product = user;

	/* somebody provisions the device anew: the cloud is provd's until that has ended */
	if (entry->session != product->session && !entry->is_final) {
		cloud_close(product->cloud);
		product->cloud = NULL;
	}
	product->session = entry->session;
	printf("%s: %s%s%s\n", entry->state, entry->event, *entry->reason ? ": " : "",
	       entry->reason);
	led_show(led_pattern(entry->state));
	if (entry->is_final && !strcmp(entry->state, "bound"))
		take_over(product);
}

/* At the start, and whenever provd has started anew: the device may be bound already. */
static void on_status(void *user, const struct provd_client_reply *reply)
{
	struct provd_client_status status = {.size = sizeof(status)};

	if (provd_client_reply_status(reply, &status))
		return;
	printf("%s, %s\n", status.state, status.is_bound ? "bound" : "not bound");
	led_show(status.is_bound ? "on" : led_pattern(status.state));
	if (status.is_bound && (!strcmp(status.state, "idle") || !strcmp(status.state, "bound")))
		take_over(user);
}

static void on_link(void *user, int is_up)
{
	struct product *product = user;

	printf("provd is %s\n", is_up ? "there" : "away");
	if (is_up)
		(void)provd_client_get_status_async(product->provd, on_status, product, NULL, NULL);
}

static void on_watch_end(void *user, const struct provd_client_reply *reply)
{
	struct product *product = user;

	if (reply->status != PROVD_E_CANCELED)
		fprintf(stderr, "product: %s\n", reply->text);
	product->done = 1;
}

static void on_pressed(void *user, const struct provd_client_reply *reply)
{
	(void)user;
	printf("button: %s\n", reply->status ? reply->text : "pressed");
}

/* Anything that can be read is a press: an input device, a GPIO, a pipe. */
static void read_button(struct product *product)
{
	struct provd_error err = {.size = sizeof(err)};
	char events[64];
	const ssize_t got = read(product->button, events, sizeof(events));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		product->button = -1;
		return;
	}
	if (provd_client_press_async(product->provd, 0, on_pressed, product, NULL, &err))
		printf("button: %s\n", err.text);
}

static void read_cloud(struct product *product)
{
	char news;

	if (read(cloud_fd(product->cloud), &news, 1) != 1)
		return;
	if (news == CLOUD_ONLINE) {
		puts("product online");
		product->done = product->once;
		return;
	}
	/* a real product tries again, after a time that grows */
	puts(news == CLOUD_LOST ? "the cloud is lost" : "the cloud refuses us");
	cloud_close(product->cloud);
	product->cloud = NULL;
}

static void run(struct product *product)
{
	struct pollfd fds[3] = {{.events = POLLIN}, {.events = POLLIN}, {.events = POLLIN}};

	while (!product->done) {
		fds[0].fd = provd_client_fd(product->provd);
		fds[0].events = provd_client_events(product->provd);
		/* poll leaves out what is negative */
		fds[1].fd = product->button;
		fds[2].fd = product->cloud ? cloud_fd(product->cloud) : -1;
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return;
		/* before provd, whose news may close the cloud */
		if (fds[2].revents)
			read_cloud(product);
		if (fds[1].revents)
			read_button(product);
		if (fds[0].revents)
			(void)provd_client_process(product->provd);
		fds[0].revents = fds[1].revents = fds[2].revents = 0;
	}
}

static int start(struct product *product, const char *socket)
{
	struct provd_error err = {.size = sizeof(err)};
	const struct provd_client_watch watch = {
		.size = sizeof(watch),
		.retry_ms = 1000,
		.on_entry = on_entry,
		.on_link = on_link,
		.on_end = on_watch_end,
		.user = product,
	};

	if (provd_client_create(socket, &product->provd, &err) ||
	    provd_client_watch_async(product->provd, &watch, NULL, &err)) {
		fprintf(stderr, "product: %s\n", err.text);
		return -1;
	}
	/* fails while there is no daemon; on_link comes back to it */
	(void)provd_client_get_status_async(product->provd, on_status, product, NULL, NULL);
	return 0;
}

int main(int argc, char **argv)
{
	struct product product = {.button = STDIN_FILENO};
	const char *socket = NULL;
	const char *button = NULL;
	int option;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((option = getopt(argc, argv, "s:b:1")) > 0) {
		if (option == 's')
			socket = optarg;
		else if (option == 'b')
			button = optarg;
		else if (option == '1')
			product.once = 1;
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: product [-s SOCKET] [-b BUTTON] [-1] HOST PORT\n");
		return 2;
	}
	/* for writing, too, so that a FIFO has no end */
	if (button)
		product.button = open(button, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	product.host = argv[optind];
	product.port = argv[optind + 1];
	if (product.button < 0)
		perror(button);
	else if (!start(&product, socket))
		run(&product);
	provd_client_destroy(product.provd);
	cloud_close(product.cloud);
	return product.once && product.done ? 0 : 1;
}
