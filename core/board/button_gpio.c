/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A button on a line of a GPIO character device: <linux/gpio.h>, version 2 of the interface (Linux
 * 5.10). With ACTIVE_LOW a rising edge is the line becoming active, whatever its voltage does.
 */
#include "board/board_internal.h"

#include <errno.h>
#include <linux/gpio.h>
#include <string.h>
#include <unistd.h>

static int board_ioctl(const struct provd_button *button, int fd, unsigned long request, void *arg)
{
	return button->sys->ioctl(button->sys->user, fd, request, arg);
}

static int check_chip(const struct provd_button *button, int chip, uint32_t line,
		      struct provd_error *err)
{
	struct gpiochip_info info;

	memset(&info, 0, sizeof(info));
	if (board_ioctl(button, chip, GPIO_GET_CHIPINFO_IOCTL, &info) < 0)
		return provd_net_fail(err, PROVD_E_IO, errno,
				      "%s is no GPIO character device: %s; see `gpiodetect`",
				      button->path, strerror(errno));
	if (line >= info.lines)
		return provd_net_fail(err, PROVD_E_NOT_FOUND, 0,
				      "%s has no line %u, only 0 to %u; set \"gpio_line\"",
				      button->path, (unsigned)line, (unsigned)info.lines - 1);
	return 0;
}

static void fill_request(const struct provd_button *button, uint32_t line,
			 struct gpio_v2_line_request *request)
{
	struct gpio_v2_line_config *config = &request->config;

	memset(request, 0, sizeof(*request));
	request->offsets[0] = line;
	request->num_lines = 1;
	memcpy(request->consumer, "provd", sizeof("provd"));
	config->flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING |
			GPIO_V2_LINE_FLAG_EDGE_FALLING;
	if (provd_options_int(button->options, "active_low"))
		config->flags |= GPIO_V2_LINE_FLAG_ACTIVE_LOW;
	if (button->debounce_us == 0)
		return;
	config->num_attrs = 1;
	config->attrs[0].mask = 1;
	config->attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_DEBOUNCE;
	config->attrs[0].attr.debounce_period_us = (uint32_t)button->debounce_us;
}

static int refuse_line(const struct provd_button *button, uint32_t line, int sys_errno,
		       struct provd_error *err)
{
	const char *remedy = "";

	if (sys_errno == EBUSY)
		remedy = "; another program or driver has it, see `gpioinfo`";
	else if (sys_errno == EINVAL || sys_errno == ENOTTY)
		remedy = "; Linux 5.10 or newer and a line that interrupts are needed";
	return provd_net_fail(err, provd__board_code(sys_errno), sys_errno,
			      "cannot listen to line %u of %s: %s%s", (unsigned)line, button->path,
			      strerror(sys_errno), remedy);
}

static int request_line(struct provd_button *button, int chip, int *out_fd, struct provd_error *err)
{
	uint32_t line = (uint32_t)provd_options_int(button->options, "gpio_line");
	struct gpio_v2_line_request request;
	int rc;

	rc = check_chip(button, chip, line, err);
	if (rc)
		return rc;
	fill_request(button, line, &request);
	if (board_ioctl(button, chip, GPIO_V2_GET_LINE_IOCTL, &request) < 0)
		return refuse_line(button, line, errno, err);
	*out_fd = request.fd;
	return 0;
}

static int gpio_open(struct provd_button *button, int *out_fd, int *out_held,
		     struct provd_error *err)
{
	struct gpio_v2_line_values values = {.mask = 1};
	int line = -1;
	int chip;
	int rc;

	chip = button->sys->open(button->sys->user, button->path);
	if (chip < 0)
		return provd_net_fail(err, provd__board_code(errno), errno,
				      "cannot open %s: %s; see \"gpio_chip\" and `ls -l "
				      "/dev/gpiochip*`",
				      button->path, strerror(errno));
	rc = request_line(button, chip, &line, err);
	(void)close(chip);
	if (rc)
		return rc;
	/* The kernel does it. */
	button->debounce_us = 0;
	if (board_ioctl(button, line, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) < 0)
		values.bits = 0;
	*out_held = (values.bits & 1) != 0;
	*out_fd = line;
	return 0;
}

static int gpio_take(struct provd_button *button, const uint8_t *bytes, size_t len)
{
	struct gpio_v2_line_event event;

	if (len % sizeof(event) != 0)
		return PROVD_E_IO;
	for (; len > 0 && !button->closed; len -= sizeof(event), bytes += sizeof(event)) {
		memcpy(&event, bytes, sizeof(event));
		if (event.id == GPIO_V2_LINE_EVENT_RISING_EDGE ||
		    event.id == GPIO_V2_LINE_EVENT_FALLING_EDGE)
			provd__button_level(button, event.id == GPIO_V2_LINE_EVENT_RISING_EDGE,
					    event.timestamp_ns / 1000);
	}
	return 0;
}

const struct provd__button_source provd__button_gpio = {gpio_open, gpio_take};
