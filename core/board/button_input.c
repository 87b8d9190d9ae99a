/* SPDX-License-Identifier: Apache-2.0 */
/* A key of an input device: <linux/input.h>, and its documentation "Input event codes". */
#include "board/board_internal.h"

#include <errno.h>
#include <linux/input.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** Values of EV_KEY; 2 is a repeat. */
#define VALUE_UP   0
#define VALUE_DOWN 1

#define KEY_BYTES (KEY_CNT / 8)

static int board_ioctl(const struct provd_button *button, unsigned long request, void *arg)
{
	return button->sys->ioctl(button->sys->user, button->fd, request, arg);
}

/* The key that is down now: ours, or with "any" the first one. 0: none, or nobody can tell. */
static uint32_t key_state(const struct provd_button *button)
{
	uint8_t keys[KEY_BYTES] = {0};
	uint32_t key;

	if (board_ioctl(button, EVIOCGKEY(sizeof(keys)), keys) < 0)
		return 0;
	for (key = 1; key < KEY_CNT; key++)
		if ((keys[key / 8] & (1u << (key % 8))) && (!button->key || button->key == key))
			return key;
	return 0;
}

static int input_open(struct provd_button *button, int *out_fd, int *out_held,
		      struct provd_error *err)
{
	int clock = CLOCK_MONOTONIC;

	button->fd = button->sys->open(button->sys->user, button->path);
	if (button->fd < 0)
		return provd_net_fail(err, provd__board_code(errno), errno,
				      "cannot open %s: %s; see \"input\" and `ls -l /dev/input`",
				      button->path, strerror(errno));
	button->key = (uint32_t)provd_options_int(button->options, "key");
	button->own_clock = board_ioctl(button, EVIOCSCLOCKID, &clock) < 0;
	button->held_key = key_state(button);
	*out_held = button->held_key != 0;
	*out_fd = button->fd;
	return 0;
}

static void take_key(struct provd_button *button, const struct input_event *event, uint64_t at_us)
{
	if (button->key && event->code != button->key)
		return;
	if (event->value == VALUE_DOWN && !button->held_key) {
		button->held_key = event->code;
		provd__button_level(button, 1, at_us);
	} else if (event->value == VALUE_UP && button->held_key == event->code) {
		button->held_key = 0;
		provd__button_level(button, 0, at_us);
	}
}

/* After lost events: what counts is what the device says now. */
static void resync(struct provd_button *button, uint64_t at_us)
{
	button->dropped = 0;
	button->held_key = key_state(button);
	provd__button_level(button, button->held_key != 0, at_us);
}

static void take_event(struct provd_button *button, const struct input_event *event)
{
	uint64_t at_us = provd_loop_now_us(button->loop);

	if (!button->own_clock)
		at_us = (uint64_t)event->input_event_sec * 1000000 +
			(uint64_t)event->input_event_usec;
	if (event->type == EV_SYN && event->code == SYN_DROPPED)
		button->dropped = 1;
	else if (event->type == EV_SYN && event->code == SYN_REPORT && button->dropped)
		resync(button, at_us);
	else if (event->type == EV_KEY && !button->dropped)
		take_key(button, event, at_us);
}

static int input_take(struct provd_button *button, const uint8_t *bytes, size_t len)
{
	struct input_event event;

	if (len % sizeof(event) != 0)
		return PROVD_E_IO;
	for (; len > 0 && !button->closed; len -= sizeof(event), bytes += sizeof(event)) {
		memcpy(&event, bytes, sizeof(event));
		take_event(button, &event);
	}
	return 0;
}

const struct provd__button_source provd__button_input = {input_open, input_take};
