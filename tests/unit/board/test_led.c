/* SPDX-License-Identifier: Apache-2.0 */
/* A folder with the files of an LED; what is written to them is what counts. */
#include "board_world.h"

#include <criterion/criterion.h>

#include <provd/event.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void led_files(struct board_world *world, const char *triggers, const char *brightness)
{
	char path[128];

	world_path(world, "red", path, sizeof(path));
	cr_assert_eq(mkdir(path, 0700), 0);
	if (triggers)
		world_write(world, "red/trigger", triggers);
	world_write(world, "red/brightness", brightness);
	world_write(world, "red/max_brightness", "127\n");
	world_write(world, "red/delay_on", "250\n");
	world_write(world, "red/delay_off", "750\n");
	world_write(world, "red/pattern", "");
	world_options(world, PROVD_SECTION_LED, "{\"name\": \"red\", \"folder\": \"@\"}");
}

static struct provd_led *led_open(struct board_world *world)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_led *led = NULL;

	cr_assert_eq(provd_led_create(world->loop, world->log, world->options, &led, &err), 0, "%s",
		     err.text);
	return led;
}

static void file_is(struct board_world *world, const char *name, const char *expected)
{
	char text[512];

	world_read(world, name, text, sizeof(text));
	cr_assert_str_eq(text, expected, "%s: %s, not %s", name, text, expected);
}

static void shows(struct board_world *world, struct provd_led *led, uint32_t state,
		  const char *trigger, const char *file, const char *expected)
{
	provd_led_show(led, state);
	file_is(world, "red/trigger", trigger);
	file_is(world, file, expected);
}

Test(led, states_with_kernel_triggers, .timeout = TEST_TIMEOUT)
{
	struct board_world *world = world_open();
	struct provd_led *led;

	led_files(world, "[none] kbd-scrolllock timer pattern\n", "127\n");
	led = led_open(world);
	file_is(world, "red/brightness", "0");
	shows(world, led, PROVD_STATE_LISTENING, "timer", "red/delay_on", "500");
	file_is(world, "red/delay_off", "500");
	shows(world, led, PROVD_STATE_JOINING, "timer", "red/delay_on", "100");
	file_is(world, "red/delay_off", "100");
	shows(world, led, PROVD_STATE_BOUND, "none", "red/brightness", "127");
	for (uint32_t state = PROVD_STATE_ONLINE; state <= PROVD_STATE_BINDING; state++)
		shows(world, led, state, "timer", "red/delay_on", "100");
	shows(world, led, PROVD_STATE_FAILED, "pattern", "red/pattern",
	      "127 100 127 0 0 200 0 0 127 100 127 0 0 1000 0 0");
	shows(world, led, PROVD_STATE_STOPPED, "none", "red/brightness", "0");
	shows(world, led, PROVD_STATE_BOUND, "none", "red/brightness", "127");
	shows(world, led, PROVD_STATE_IDLE, "none", "red/brightness", "0");
	shows(world, led, 99, "none", "red/brightness", "0");
	provd_led_destroy(led);
	file_is(world, "red/trigger", "none");
	file_is(world, "red/brightness", "127");
	cr_assert_eq(world->text_len, 0, "%s", world->text);
	world_close(world);
}

Test(led, same_state_is_not_written_again, .timeout = TEST_TIMEOUT)
{
	struct board_world *world = world_open();
	struct provd_led *led;

	led_files(world, "none [timer]\n", "0");
	led = led_open(world);
	provd_led_show(led, PROVD_STATE_JOINING);
	world_write(world, "red/delay_on", "mark");
	provd_led_show(led, PROVD_STATE_ONLINE);
	file_is(world, "red/delay_on", "mark");
	provd_led_destroy(led);
	world_close(world);
}

Test(led, old_blinking_is_put_back, .timeout = TEST_TIMEOUT)
{
	struct board_world *world = world_open();
	struct provd_led *led;

	led_files(world, "none [timer] heartbeat\n", "0");
	led = led_open(world);
	file_is(world, "red/trigger", "none");
	provd_led_show(led, PROVD_STATE_LISTENING);
	provd_led_show(led, PROVD_STATE_BOUND);
	provd_led_destroy(led);
	file_is(world, "red/trigger", "timer");
	file_is(world, "red/delay_on", "250");
	file_is(world, "red/delay_off", "750");
	world_close(world);
}

Test(led, old_trigger_is_put_back, .timeout = TEST_TIMEOUT)
{
	struct board_world *world = world_open();
	struct provd_led *led;

	led_files(world, "none timer [phy0rx]", "5");
	led = led_open(world);
	provd_led_show(led, PROVD_STATE_LISTENING);
	provd_led_destroy(led);
	file_is(world, "red/trigger", "phy0rx");
	file_is(world, "red/delay_on", "500");
	world_close(world);
}

Test(led, failed_is_fast_without_pattern, .timeout = TEST_TIMEOUT)
{
	struct board_world *world = world_open();
	struct provd_led *led;

	led_files(world, "[none] timer", "0");
	led = led_open(world);
	shows(world, led, PROVD_STATE_FAILED, "timer", "red/delay_on", "100");
	provd_led_destroy(led);
	world_close(world);
}

static void without_timer(const char *triggers, const char *trigger)
{
	struct board_world *world = world_open();
	struct provd_led *led;

	led_files(world, triggers, "0");
	led = led_open(world);
	shows(world, led, PROVD_STATE_LISTENING, trigger, "red/brightness", "127");
	provd_led_show(led, PROVD_STATE_JOINING);
	/* Not to be taken for bound. */
	shows(world, led, PROVD_STATE_FAILED, trigger, "red/brightness", "0");
	shows(world, led, PROVD_STATE_LISTENING, trigger, "red/brightness", "127");
	cr_assert_eq(world_log_count(world, "the LED cannot blink"), 1);
	cr_assert_eq(world_log_count(world, "\n"), 1);
	provd_led_destroy(led);
	file_is(world, "red/brightness", "0");
	file_is(world, "red/delay_on", "250\n");
	world_close(world);
}

Test(led, activity_is_on_without_timer, .timeout = TEST_TIMEOUT)
{
	without_timer("[none] timers xtimer heartbeat\n", "[none] timers xtimer heartbeat\n");
}

Test(led, kernel_without_triggers, .timeout = TEST_TIMEOUT)
{
	without_timer(NULL, "");
}

Test(led, vanishing_is_told_once, .timeout = TEST_TIMEOUT)
{
	struct board_world *world = world_open();
	struct provd_led *led;
	char path[128];
	char away[128];

	led_files(world, "[none] timer", "0");
	led = led_open(world);
	world_path(world, "red/brightness", path, sizeof(path));
	world_path(world, "away", away, sizeof(away));
	cr_assert_eq(rename(path, away), 0);
	provd_led_show(led, PROVD_STATE_BOUND);
	provd_led_show(led, PROVD_STATE_STOPPED);
	cr_assert_eq(world_log_count(world, "the LED cannot be set\" led=\"red\""), 1, "%s",
		     world->text);
	/* It is tried again, and said again when it is lost once more. */
	cr_assert_eq(rename(away, path), 0);
	shows(world, led, PROVD_STATE_BOUND, "[none] timer", "red/brightness", "127");
	cr_assert_eq(rename(path, away), 0);
	provd_led_show(led, PROVD_STATE_STOPPED);
	cr_assert_eq(world_log_count(world, "the LED cannot be set"), 2);
	provd_led_destroy(led);
	cr_assert_eq(world_log_count(world, "\n"), 2);
	world_close(world);
}

Test(led, errors_name_file_and_remedy, .timeout = TEST_TIMEOUT)
{
	struct board_world *world = world_open();
	struct provd_error err = {.size = sizeof(err)};
	struct provd_led *led = NULL;
	char path[128];

	world_options(world, PROVD_SECTION_LED, "{\"name\": \"blue\", \"folder\": \"@\"}");
	cr_assert_eq(provd_led_create(world->loop, world->log, world->options, &led, &err),
		     PROVD_E_NOT_FOUND);
	cr_assert_eq(err.code, PROVD_E_NOT_FOUND);
	cr_assert_not_null(strstr(err.text, "/blue: No such file or directory; set \"name\" to one "
					    "of `ls /tmp/provd-board-"),
			   "%s", err.text);
	world_path(world, "blue", path, sizeof(path));
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(provd_led_create(world->loop, world->log, world->options, &led, &err),
		     PROVD_E_NOT_FOUND);
	cr_assert_not_null(strstr(err.text, "brightness of the LED blue"), "%s", err.text);
	world_write(world, "blue/brightness", "much\n");
	cr_assert_eq(provd_led_create(world->loop, world->log, world->options, &led, NULL),
		     PROVD_E_IO);
	cr_assert_null(led);
	provd_led_destroy(NULL);
	provd_led_show(NULL, PROVD_STATE_BOUND);
	world_close(world);
}
