/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file board/board.h
 * @brief The device's button and LED, by the kernel's own interfaces.
 */
#ifndef PROVD_CORE_BOARD_H
#define PROVD_CORE_BOARD_H

#include "config/config.h"
#include "log/log.h"
#include "loop/loop.h"

struct provd_button;
struct provd_led;

/**
 * Listens to the button: a line of a GPIO character device (kernel interface v2, edges with the
 * kernel's debounce), or a key of an input device.
 * @param options  section "button"
 * @param on_press runs once when it is let go, or as soon as a press is a long one (once)
 * @return 0, or a code with words: NOT_FOUND, ACCESS, BUSY (another program has the line), IO
 */
int provd_button_create(struct provd_loop *loop, struct provd_log *log,
			const struct provd_options *options,
			void (*on_press)(void *user, uint64_t held_ms), void *user,
			struct provd_button **out_button, struct provd_error *err);
/** NULL allowed. */
void provd_button_destroy(struct provd_button *button);

/**
 * Takes the LED by its folder in sysfs; what it showed before is put back by destroy.
 * @param options section "led"
 */
int provd_led_create(struct provd_loop *loop, struct provd_log *log,
		     const struct provd_options *options, struct provd_led **out_led,
		     struct provd_error *err);
/** NULL allowed. */
void provd_led_destroy(struct provd_led *led);
/**
 * Shows a state (enum provd_session_state_id). The blinking is the kernel's (trigger "timer")
 * where it can, so that an idle daemon stays idle.
 * idle: off; listening: slow; joining to binding: fast; bound: on; failed: two short flashes and a
 * pause, or fast where only the kernel's timer is there; stopped: off
 */
void provd_led_show(struct provd_led *led, uint32_t state);

#endif /* PROVD_CORE_BOARD_H */
