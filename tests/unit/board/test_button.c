/* SPDX-License-Identifier: Apache-2.0 */
/* Input devices and GPIO lines are pipes here; what ioctl() would say is given by the test. */
#include "board/board_internal.h"
#include "board_world.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <linux/input.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel's side, and what came of it. */
struct fake {
	struct board_world *world;
	struct provd_button *button;
	struct provd__board_sys sys;
	int ends[2]; /* of the device's pipe */
	int open_errno;
	int line_errno;
	int chip_errno;
	int clock_errno;
	uint32_t key_down; /* EVIOCGKEY */
	uint64_t line_value;
	struct gpio_v2_line_request request;
	unsigned presses;
	uint64_t held_ms;
	int destroy_on_press;
};

static int fail_with(int failed)
{
	errno = failed;
	return failed ? -1 : 0;
}

/* The input device; a chip is any descriptor. */
static int fake_open(void *user, const char *path)
{
	struct fake *fake = user;

	if (fake->open_errno)
		return fail_with(fake->open_errno);
	if (strcmp(path, "/dev/input/event7") == 0)
		return fake->ends[0];
	cr_assert_str_eq(path, "/dev/gpiochip3");
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int fake_gpio(struct fake *fake, int fd, unsigned long request, void *arg)
{
	struct gpiochip_info info = {.name = "fake", .lines = 32};
	struct gpio_v2_line_values *values = arg;

	if (request == GPIO_GET_CHIPINFO_IOCTL) {
		memcpy(arg, &info, sizeof(info));
		return fail_with(fake->chip_errno);
	}
	if (request == GPIO_V2_GET_LINE_IOCTL) {
		memcpy(&fake->request, arg, sizeof(fake->request));
		((struct gpio_v2_line_request *)arg)->fd = fake->ends[0];
		return fail_with(fake->line_errno);
	}
	cr_assert_eq(request, GPIO_V2_LINE_GET_VALUES_IOCTL);
	cr_assert_eq(fd, fake->ends[0]);
	cr_assert_eq(values->mask, 1);
	values->bits = fake->line_value;
	return 0;
}

static int fake_ioctl(void *user, int fd, unsigned long request, void *arg)
{
	struct fake *fake = user;
	uint8_t *keys = arg;

	if (_IOC_TYPE(request) == 0xb4)
		return fake_gpio(fake, fd, request, arg);
	cr_assert_eq(fd, fake->ends[0]);
	if (request == EVIOCSCLOCKID) {
		cr_assert_eq(*(int *)arg, CLOCK_MONOTONIC);
		return fail_with(fake->clock_errno);
	}
	cr_assert_eq(request, EVIOCGKEY(KEY_CNT / 8));
	keys[fake->key_down / 8] = (uint8_t)(1u << (fake->key_down % 8));
	return 0;
}

static void on_press(void *user, uint64_t held_ms)
{
	struct fake *fake = user;

	fake->presses++;
	fake->held_ms = held_ms;
	if (fake->destroy_on_press) {
		provd_button_destroy(fake->button);
		fake->button = NULL;
	}
}

static void fake_init(struct fake *fake)
{
	*fake = (struct fake){.world = world_open()};
	fake->sys = (struct provd__board_sys){fake_open, fake_ioctl, fake};
	cr_assert_eq(pipe2(fake->ends, O_CLOEXEC | O_NONBLOCK), 0);
}

static int fake_create(struct fake *fake, const char *json, struct provd_error *err)
{
	world_options(fake->world, PROVD_SECTION_BUTTON, json);
	return provd__button_create(fake->world->loop, fake->world->log, fake->world->options,
				    &fake->sys, on_press, fake, &fake->button, err);
}

static void fake_start(struct fake *fake, const char *json)
{
	struct provd_error err = {.size = sizeof(err)};

	fake_init(fake);
	cr_assert_eq(fake_create(fake, json, &err), 0, "%s", err.text);
}

/* The button has closed its end, unless it never had it. */
static void fake_finish(struct fake *fake)
{
	provd_button_destroy(fake->button);
	cr_assert_eq(close(fake->ends[1]), 0);
	world_close(fake->world);
}

static void put(const struct fake *fake, const void *bytes, size_t len)
{
	cr_assert_eq(write(fake->ends[1], bytes, len), (ssize_t)len);
}

/* An event of `ago_ms` ago. */
static void put_input(const struct fake *fake, uint16_t type, uint16_t code, int value,
		      uint64_t ago_ms)
{
	uint64_t at_us = provd_loop_now_us(fake->world->loop) - ago_ms * 1000;
	struct input_event event;

	memset(&event, 0, sizeof(event));
	event.input_event_sec = (__typeof__(event.input_event_sec))(at_us / 1000000);
	event.input_event_usec = (__typeof__(event.input_event_usec))(at_us % 1000000);
	event.type = type;
	event.code = code;
	event.value = value;
	put(fake, &event, sizeof(event));
}

static void put_edge(const struct fake *fake, int down, uint64_t ago_ms)
{
	struct gpio_v2_line_event event;

	memset(&event, 0, sizeof(event));
	event.timestamp_ns = (provd_loop_now_us(fake->world->loop) - ago_ms * 1000) * 1000;
	event.id = down ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE;
	put(fake, &event, sizeof(event));
}

#define INPUT "{\"input\": \"/dev/input/event7\", \"key\": 408}"
#define GPIO  "{\"gpio_chip\": \"/dev/gpiochip3\", \"gpio_line\": 17}"

Test(button_input, press_with_repeats_and_other_keys, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_start(&fake, INPUT);
	put_input(&fake, EV_KEY, KEY_A, 1, 3000);
	put_input(&fake, EV_KEY, KEY_RESTART, 1, 2000);
	put_input(&fake, EV_SYN, SYN_REPORT, 0, 2000);
	put_input(&fake, EV_KEY, KEY_RESTART, 2, 1500);
	put_input(&fake, EV_KEY, KEY_A, 0, 1400);
	put_input(&fake, EV_REL, KEY_RESTART, 0, 1300);
	put_input(&fake, EV_KEY, KEY_RESTART, 0, 500);
	world_until(fake.world, &fake.presses, 1);
	cr_assert(fake.held_ms >= 1490 && fake.held_ms <= 1510, "%d", (int)fake.held_ms);
	world_settle(fake.world);
	cr_assert_eq(fake.presses, 1);
	fake_finish(&fake);
}

Test(button_input, any_key_counts_but_not_two_at_once, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_start(&fake, "{\"input\": \"/dev/input/event7\"}");
	put_input(&fake, EV_KEY, KEY_A, 1, 2000);
	put_input(&fake, EV_KEY, KEY_B, 1, 1900);
	put_input(&fake, EV_KEY, KEY_B, 0, 1700);
	put_input(&fake, EV_KEY, KEY_A, 0, 1000);
	world_until(fake.world, &fake.presses, 1);
	cr_assert_geq(fake.held_ms, 990);
	cr_assert_eq(fake.presses, 1);
	fake_finish(&fake);
}

Test(button_input, long_press_is_told_while_it_is_held, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_start(&fake, "{\"input\": \"/dev/input/event7\", \"long\": \"100ms\"}");
	put_input(&fake, EV_KEY, KEY_RESTART, 1, 0);
	world_until(fake.world, &fake.presses, 1);
	cr_assert_geq(fake.held_ms, 100);
	put_input(&fake, EV_KEY, KEY_RESTART, 0, 0);
	put_input(&fake, EV_KEY, KEY_RESTART, 1, 0);
	put_input(&fake, EV_KEY, KEY_RESTART, 0, 0);
	world_settle(fake.world);
	cr_assert_eq(fake.presses, 1);
	fake_finish(&fake);
}

Test(button_input, held_at_the_start_is_no_press, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_init(&fake);
	fake.key_down = KEY_RESTART;
	cr_assert_eq(fake_create(&fake, INPUT, NULL), 0);
	put_input(&fake, EV_KEY, KEY_RESTART, 2, 2100);
	put_input(&fake, EV_KEY, KEY_RESTART, 0, 2000);
	put_input(&fake, EV_KEY, KEY_RESTART, 1, 1000);
	put_input(&fake, EV_KEY, KEY_RESTART, 0, 500);
	world_until(fake.world, &fake.presses, 1);
	cr_assert(fake.held_ms >= 490 && fake.held_ms <= 510, "%d", (int)fake.held_ms);
	fake_finish(&fake);
}

Test(button_input, lost_events_are_asked_for, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_start(&fake, INPUT);
	/* The press was lost, and what comes before the report does not count. */
	put_input(&fake, EV_SYN, SYN_DROPPED, 0, 2000);
	put_input(&fake, EV_KEY, KEY_RESTART, 0, 2000);
	fake.key_down = KEY_RESTART;
	put_input(&fake, EV_SYN, SYN_REPORT, 0, 2000);
	world_settle(fake.world);
	cr_assert_eq(fake.presses, 0);
	/* The release is lost too. */
	put_input(&fake, EV_SYN, SYN_DROPPED, 0, 1000);
	fake.key_down = 0;
	put_input(&fake, EV_SYN, SYN_REPORT, 0, 1000);
	world_until(fake.world, &fake.presses, 1);
	cr_assert(fake.held_ms >= 990 && fake.held_ms <= 1010, "%d", (int)fake.held_ms);
	fake_finish(&fake);
}

Test(button_input, device_with_another_clock, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_init(&fake);
	fake.clock_errno = ENOTTY;
	cr_assert_eq(fake_create(&fake, "{\"input\": \"/dev/input/event7\", \"debounce\": \"0s\"}",
				 NULL),
		     0);
	/* Its times would make this a press of an hour. */
	put_input(&fake, EV_KEY, KEY_RESTART, 1, 3600000);
	put_input(&fake, EV_KEY, KEY_RESTART, 0, 0);
	world_until(fake.world, &fake.presses, 1);
	cr_assert_lt(fake.held_ms, 20000);
	fake_finish(&fake);
}

Test(button_input, plain_file_of_events, .timeout = TEST_TIMEOUT)
{
	struct fake fake = {.world = world_open()};
	struct provd_error err = {.size = sizeof(err)};
	char path[128];
	int fd;

	/* A named pipe with the kernel's own calls: no ioctl works on it, and that is tolerated. */
	world_path(fake.world, "events", path, sizeof(path));
	cr_assert_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	fake.ends[1] = fd;
	world_options(fake.world, PROVD_SECTION_BUTTON,
		      "{\"input\": \"@/events\", \"key\": 408, \"long\": \"100ms\"}");
	cr_assert_eq(provd_button_create(fake.world->loop, fake.world->log, fake.world->options,
					 on_press, &fake, &fake.button, &err),
		     0, "%s", err.text);
	put_input(&fake, EV_KEY, KEY_RESTART, 1, 0);
	world_until(fake.world, &fake.presses, 1);
	provd_button_destroy(fake.button);
	/* No device at all. */
	world_write(fake.world, "file", "text");
	world_options(fake.world, PROVD_SECTION_BUTTON, "{\"input\": \"@/file\"}");
	cr_assert_eq(provd_button_create(fake.world->loop, fake.world->log, fake.world->options,
					 on_press, &fake, &fake.button, &err),
		     PROVD_E_IO);
	cr_assert_not_null(strstr(err.text, "/file: it is no device of a button"), "%s", err.text);
	cr_assert_eq(close(fd), 0);
	world_close(fake.world);
}

static void vanish(struct fake *fake)
{
	world_until_log(fake->world, "\"the button is gone");
	world_settle(fake->world);
	cr_assert_eq(world_log_count(fake->world, "the button is gone"), 1);
	cr_assert_eq(fake->presses, 0);
}

Test(button_input, vanishing_while_it_is_held, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_start(&fake, INPUT);
	put_input(&fake, EV_KEY, KEY_RESTART, 1, 1000);
	world_settle(fake.world);
	cr_assert_eq(close(fake.ends[1]), 0);
	vanish(&fake);
	/* Closed already. */
	cr_assert_eq(fcntl(fake.ends[0], F_GETFD), -1);
	provd_button_destroy(fake.button);
	world_close(fake.world);
}

Test(button_input, bytes_that_are_no_events, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_start(&fake, INPUT);
	put(&fake, "?", 1);
	vanish(&fake);
	fake_finish(&fake);
}

Test(button_input, destroyed_by_its_own_press, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_init(&fake);
	fake.destroy_on_press = 1;
	cr_assert_eq(fake_create(&fake, "{\"input\": \"/dev/input/event7\", \"debounce\": \"0s\"}",
				 NULL),
		     0);
	put_input(&fake, EV_KEY, KEY_RESTART, 1, 300);
	put_input(&fake, EV_KEY, KEY_RESTART, 0, 200);
	put_input(&fake, EV_KEY, KEY_RESTART, 1, 100);
	put_input(&fake, EV_KEY, KEY_RESTART, 0, 0);
	world_until(fake.world, &fake.presses, 1);
	world_settle(fake.world);
	cr_assert_eq(fake.presses, 1);
	fake_finish(&fake);
	/* The same from the timer. */
	fake_init(&fake);
	fake.destroy_on_press = 1;
	cr_assert_eq(
		fake_create(&fake, "{\"input\": \"/dev/input/event7\", \"long\": \"100ms\"}", NULL),
		0);
	put_input(&fake, EV_KEY, KEY_RESTART, 1, 0);
	world_until(fake.world, &fake.presses, 1);
	fake_finish(&fake);
}

Test(button_gpio, request_is_as_configured, .timeout = TEST_TIMEOUT)
{
	const uint64_t edges = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING |
			       GPIO_V2_LINE_FLAG_EDGE_FALLING;
	struct fake fake;

	fake_start(&fake, GPIO);
	cr_assert_eq(fake.request.num_lines, 1);
	cr_assert_eq(fake.request.offsets[0], 17);
	cr_assert_str_eq(fake.request.consumer, "provd");
	cr_assert_eq(fake.request.config.flags, edges | GPIO_V2_LINE_FLAG_ACTIVE_LOW);
	cr_assert_eq(fake.request.config.num_attrs, 1);
	cr_assert_eq(fake.request.config.attrs[0].mask, 1);
	cr_assert_eq(fake.request.config.attrs[0].attr.id, GPIO_V2_LINE_ATTR_ID_DEBOUNCE);
	cr_assert_eq(fake.request.config.attrs[0].attr.debounce_period_us, 30000);
	fake_finish(&fake);
	fake_start(&fake, "{\"gpio_chip\": \"/dev/gpiochip3\", \"active_low\": false, "
			  "\"debounce\": \"0s\"}");
	cr_assert_eq(fake.request.offsets[0], 0);
	cr_assert_eq(fake.request.config.flags, edges);
	cr_assert_eq(fake.request.config.num_attrs, 0);
	fake_finish(&fake);
}

Test(button_gpio, press, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_start(&fake, GPIO);
	put_edge(&fake, 1, 900);
	put_edge(&fake, 0, 200);
	put_edge(&fake, 0, 100);
	world_until(fake.world, &fake.presses, 1);
	cr_assert(fake.held_ms >= 690 && fake.held_ms <= 710, "%d", (int)fake.held_ms);
	cr_assert_eq(fake.presses, 1);
	fake_finish(&fake);
}

Test(button_gpio, held_at_the_start_is_no_press, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_init(&fake);
	fake.line_value = 1;
	cr_assert_eq(fake_create(&fake, GPIO, NULL), 0);
	put_edge(&fake, 0, 900);
	put_edge(&fake, 1, 800);
	put_edge(&fake, 0, 500);
	world_until(fake.world, &fake.presses, 1);
	cr_assert(fake.held_ms >= 290 && fake.held_ms <= 310, "%d", (int)fake.held_ms);
	fake_finish(&fake);
}

Test(button_gpio, vanishing, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_start(&fake, GPIO);
	cr_assert_eq(close(fake.ends[1]), 0);
	vanish(&fake);
	provd_button_destroy(fake.button);
	world_close(fake.world);
}

static void refused(struct fake *fake, const char *json, int code, const char *words)
{
	struct provd_error err = {.size = sizeof(err)};

	cr_assert_eq(fake_create(fake, json, &err), code, "%s", err.text);
	cr_assert_eq(err.code, code);
	cr_assert_not_null(strstr(err.text, words), "%s", err.text);
	cr_assert_null(fake->button);
}

Test(button, errors_name_device_and_remedy, .timeout = TEST_TIMEOUT)
{
	struct fake fake;

	fake_init(&fake);
	fake.open_errno = ENOENT;
	refused(&fake, GPIO, PROVD_E_NOT_FOUND, "cannot open /dev/gpiochip3: No such file or dir");
	refused(&fake, INPUT, PROVD_E_NOT_FOUND, "see \"input\" and `ls -l /dev/input`");
	fake.open_errno = EACCES;
	refused(&fake, GPIO, PROVD_E_ACCESS, "/dev/gpiochip3: Permission denied");
	refused(&fake, INPUT, PROVD_E_ACCESS, "/dev/input/event7: Permission denied");
	fake.open_errno = 0;
	fake.chip_errno = ENOTTY;
	refused(&fake, GPIO, PROVD_E_IO, "/dev/gpiochip3 is no GPIO character device");
	fake.chip_errno = 0;
	refused(&fake, "{\"gpio_chip\": \"/dev/gpiochip3\", \"gpio_line\": 32}", PROVD_E_NOT_FOUND,
		"/dev/gpiochip3 has no line 32, only 0 to 31; set \"gpio_line\"");
	fake.line_errno = EBUSY;
	refused(&fake, GPIO, PROVD_E_BUSY, "another program or driver has it, see `gpioinfo`");
	fake.line_errno = EINVAL;
	refused(&fake, GPIO, PROVD_E_IO, "line 17 of /dev/gpiochip3: Invalid argument; Linux 5.10");
	refused(&fake, "{}", PROVD_E_CONFIG, "neither \"gpio_chip\" nor \"input\"");
	provd_button_destroy(NULL);
	cr_assert_eq(close(fake.ends[0]), 0);
	fake_finish(&fake);
}
