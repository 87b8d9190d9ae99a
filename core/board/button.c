/* SPDX-License-Identifier: Apache-2.0 */
#include "board/board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board/board_internal.h"

/** Room for some tens of events of either kind; a whole number of each. */
#define READ_MAX (48 * 64)

static void button_free(void *user)
{
	struct provd_button *button = user;

	free(button->path);
	free(button);
}

/* on_press may destroy the button: who calls this holds the owner and asks button->closed. */
static void report(struct provd_button *button, int pressed, uint64_t held_us)
{
	if (pressed && !button->closed)
		button->on_press(button->user, held_us / 1000);
}

static void timer_set(struct provd_button *button);

static void on_timer(void *user)
{
	struct provd_button *button = user;
	struct provd_owner *owner = provd_owner_ref(button->owner);
	uint64_t held_us = 0;
	int pressed;

	button->timer = 0;
	pressed = provd__press_tick(&button->press, provd_loop_now_us(button->loop), &held_us);
	timer_set(button);
	report(button, pressed, held_us);
	provd_owner_unref(owner);
}

/* One timer, for what the press waits for. */
static void timer_set(struct provd_button *button)
{
	uint64_t deadline = provd__press_deadline(&button->press);
	uint64_t now = provd_loop_now_us(button->loop);
	uint64_t delay_ms = deadline > now ? (deadline - now + 999) / 1000 : 0;

	if (button->timer)
		provd_timer_stop(button->owner, button->timer);
	button->timer = 0;
	if (deadline &&
	    provd_timer_start(button->owner, delay_ms, on_timer, button, &button->timer))
		PROVD_CLOG(button->log, "button", 0, PROVD_LOG_WARN,
			   "no memory to time a press; it may be lost",
			   provd_f_text("device", button->path));
}

void provd__button_level(struct provd_button *button, int down, uint64_t at_us)
{
	uint64_t now = provd_loop_now_us(button->loop);
	uint64_t held_us = 0;
	int pressed;

	if (at_us > now)
		at_us = now;
	pressed = provd__press_edge(&button->press, down, at_us, &held_us);
	timer_set(button);
	report(button, pressed, held_us);
}

static void button_close(struct provd_button *button)
{
	provd_watch_stop(button->owner, button->watch);
	if (button->timer)
		provd_timer_stop(button->owner, button->timer);
	button->timer = 0;
	if (button->fd >= 0)
		(void)close(button->fd);
	button->fd = -1;
	button->closed = 1;
}

static void button_lost(struct provd_button *button, const char *reason)
{
	PROVD_CLOG(button->log, "button", 0, PROVD_LOG_WARN,
		   "the button is gone; presses are not seen until the daemon is started again",
		   provd_f_text("device", button->path), provd_f_text("reason", reason));
	button_close(button);
}

static void on_readable(void *user, uint32_t events)
{
	struct provd_button *button = user;
	struct provd_owner *owner = provd_owner_ref(button->owner);
	uint8_t bytes[READ_MAX];
	ssize_t len = read(button->fd, bytes, sizeof(bytes));

	if (len > 0) {
		if (button->source->take(button, bytes, (size_t)len))
			button_lost(button, "it sends what is no event");
	} else if (len == 0) {
		button_lost(button, "it was closed");
	} else if ((errno != EAGAIN && errno != EINTR) || (events & PROVD_FD_ERROR)) {
		button_lost(button, strerror(errno));
	}
	provd_owner_unref(owner);
}

static int button_init(struct provd_button *button, struct provd_error *err)
{
	const char *chip = provd_options_text(button->options, "gpio_chip");
	const char *path = chip ? chip : provd_options_text(button->options, "input");
	int64_t debounce_ms = provd_options_int(button->options, "debounce");

	if (!path)
		return provd_net_fail(err, PROVD_E_CONFIG, 0,
				      "button: neither \"gpio_chip\" nor \"input\" is set");
	button->source = chip ? &provd__button_gpio : &provd__button_input;
	button->debounce_us = (uint64_t)debounce_ms * 1000;
	button->path = strdup(path);
	if (!button->path)
		return provd_net_fail(err, PROVD_E_NOMEM, 0, "no memory for the button");
	return 0;
}

static int button_listen(struct provd_button *button, struct provd_error *err)
{
	uint64_t long_us = (uint64_t)provd_options_int(button->options, "long") * 1000;
	int held = 0;
	int rc;

	rc = button->source->open(button, &button->fd, &held, err);
	if (rc)
		return rc;
	provd__press_init(&button->press, button->debounce_us, long_us, held);
	rc = provd_watch_start(button->owner, button->fd, PROVD_FD_READ, on_readable, button,
			       &button->watch);
	if (rc == PROVD_E_INVALID)
		return provd_net_fail(err, PROVD_E_IO, 0,
				      "cannot wait for %s: it is no device of a button",
				      button->path);
	if (rc)
		return provd_net_fail(err, rc, 0, "cannot wait for %s: %s", button->path,
				      provd_err_text(rc));
	return 0;
}

int provd__button_create(struct provd_loop *loop, struct provd_log *log,
			 const struct provd_options *options, const struct provd__board_sys *sys,
			 void (*on_press)(void *user, uint64_t held_ms), void *user,
			 struct provd_button **out_button, struct provd_error *err)
{
	struct provd_button *button = calloc(1, sizeof(*button));
	int rc;

	if (!button || provd_owner_create(loop, "button", &button->owner)) {
		free(button);
		return provd_net_fail(err, PROVD_E_NOMEM, 0, "no memory for the button");
	}
	provd_owner_on_free(button->owner, button_free, button);
	button->loop = loop;
	button->log = log;
	button->options = options;
	button->sys = sys;
	button->on_press = on_press;
	button->user = user;
	button->fd = -1;
	rc = button_init(button, err);
	if (!rc)
		rc = button_listen(button, err);
	button->options = NULL;
	if (rc) {
		provd_button_destroy(button);
		return rc;
	}
	*out_button = button;
	return 0;
}

int provd_button_create(struct provd_loop *loop, struct provd_log *log,
			const struct provd_options *options,
			void (*on_press)(void *user, uint64_t held_ms), void *user,
			struct provd_button **out_button, struct provd_error *err)
{
	return provd__button_create(loop, log, options, provd__board_sys_get(), on_press, user,
				    out_button, err);
}

void provd_button_destroy(struct provd_button *button)
{
	if (!button)
		return;
	button_close(button);
	(void)provd_owner_destroy(button->owner);
}
