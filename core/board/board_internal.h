/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file board/board_internal.h
 * @brief What the files of this folder share, and the kernel calls that tests replace.
 */
#ifndef PROVD_CORE_BOARD_INTERNAL_H
#define PROVD_CORE_BOARD_INTERNAL_H

#include "board/board.h"
#include "board/press.h"
#include "net/net_util.h"

#include <sys/types.h>

/** Calls on devices; they fail as the kernel's do: -1 and errno. */
struct provd__board_sys {
	int (*open)(void *user, const char *path);
	int (*ioctl)(void *user, int fd, unsigned long request, void *arg);
	void *user;
};

/** Where edges come from: button_gpio.c or button_input.c. */
struct provd__button_source {
	/**
	 * Opens the device for button->options.
	 * @param out_fd   non-blocking, for reading
	 * @param out_held the button is down now
	 */
	int (*open)(struct provd_button *button, int *out_fd, int *out_held,
		    struct provd_error *err);
	/**
	 * Takes the bytes of one read and calls provd__button_level for each change.
	 * @return 0, or PROVD_E_IO when these are no events
	 */
	int (*take)(struct provd_button *button, const uint8_t *bytes, size_t len);
};

struct provd_button {
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_owner *owner;	     /**< its end frees the button */
	const struct provd_options *options; /**< borrowed while it is made */
	const struct provd__board_sys *sys;
	const struct provd__button_source *source;
	void (*on_press)(void *user, uint64_t held_ms);
	void *user;
	char *path;
	int fd; /**< -1: closed */
	int closed;
	uint64_t watch;
	uint64_t timer; /**< 0: none */
	struct provd__press press;
	uint64_t debounce_us; /**< what is left to do when the kernel does none */
	/* button_input.c */
	uint32_t key;	   /**< 0: any */
	uint32_t held_key; /**< the key that is down; 0: none */
	int dropped;	   /**< the kernel lost events: nothing counts before the next report */
	int own_clock;	   /**< the device's times are not ours */
};

/** The kernel. */
const struct provd__board_sys *provd__board_sys_get(void);

extern const struct provd__button_source provd__button_gpio;
extern const struct provd__button_source provd__button_input;

/** As provd_button_create. @param sys borrowed until the button is destroyed */
int provd__button_create(struct provd_loop *loop, struct provd_log *log,
			 const struct provd_options *options, const struct provd__board_sys *sys,
			 void (*on_press)(void *user, uint64_t held_ms), void *user,
			 struct provd_button **out_button, struct provd_error *err);

/**
 * The button is up or down since `at_us` (a time in the future is taken as now); calls on_press when
 * that makes a press, and then may find the button closed.
 */
void provd__button_level(struct provd_button *button, int down, uint64_t at_us);

/** NOT_FOUND, ACCESS, BUSY, LIMIT, NOMEM or IO for an errno of a device. */
int provd__board_code(int sys_errno);

#endif /* PROVD_CORE_BOARD_INTERNAL_H */
