/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An LED of the kernel's LED class: Documentation/leds/leds-class.rst and, for the two triggers that
 * blink without us, ledtrig-timer and Documentation/ABI/testing/sysfs-class-led-trigger-pattern.
 */
#include "board/board.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board/board_internal.h"

/** Triggers of all LEDs and processors of a board, by name. */
#define TRIGGERS_MAX 8192
#define NUMBER_MAX   24
#define NAME_MAX_LEN 64

/** What is shown. */
enum pattern {
	PATTERN_OFF = 0,
	PATTERN_SLOW,
	PATTERN_FAST,
	PATTERN_ON,
	PATTERN_FLASHES
};

#define SLOW_MS	 500
#define FAST_MS	 100
#define FLASH_MS 100
#define GAP_MS	 200
#define PAUSE_MS 1000

struct provd_led {
	struct provd_log *log;
	char *name;
	int folder;		    /**< descriptor of the LED's folder */
	char trigger[NAME_MAX_LEN]; /**< that is set now; "" where the kernel has no triggers */
	char max[NUMBER_MAX];
	int has_timer;
	int has_pattern;
	int told_no_timer;
	int broken; /**< the last write failed, and that was said */
	enum pattern shown;
	/* As it was found. */
	char old_trigger[NAME_MAX_LEN];
	char old_brightness[NUMBER_MAX];
	char old_on[NUMBER_MAX];
	char old_off[NUMBER_MAX];
};

/* 0 or errno; the text ends with a NUL and without its line end. */
static int file_read(int folder, const char *name, char *out, size_t size)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t count = -1;
	int failed = 0;

	if (fd < 0)
		return errno;
	while (len < size - 1 && (count = read(fd, out + len, size - 1 - len)) > 0)
		len += (size_t)count;
	if (count < 0)
		failed = errno;
	(void)close(fd);
	while (len > 0 && isspace((unsigned char)out[len - 1]))
		len--;
	out[len] = '\0';
	return failed;
}

/* 0 or errno. */
static int file_write(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	size_t len = strlen(text);
	int failed = 0;
	ssize_t count;

	if (fd < 0)
		return errno;
	count = write(fd, text, len);
	if (count < 0)
		failed = errno;
	else if ((size_t)count != len)
		failed = EIO;
	(void)close(fd);
	return failed;
}

static int number_read(int folder, const char *name, char out[NUMBER_MAX])
{
	int failed = file_read(folder, name, out, NUMBER_MAX);

	if (!failed && (!*out || strspn(out, "0123456789") != strlen(out)))
		failed = EINVAL;
	if (failed)
		out[0] = '\0';
	return failed;
}

/* "none [timer] pattern": a word, in brackets when it is set. */
static void trigger_word(struct provd_led *led, const char *word, size_t len)
{
	if (len > 2 && word[0] == '[' && word[len - 1] == ']') {
		word++;
		len -= 2;
		if (len < sizeof(led->old_trigger)) {
			memcpy(led->old_trigger, word, len);
			led->old_trigger[len] = '\0';
		}
	}
	if (len == strlen("timer") && memcmp(word, "timer", len) == 0)
		led->has_timer = 1;
	if (len == strlen("pattern") && memcmp(word, "pattern", len) == 0)
		led->has_pattern = 1;
}

static void triggers_read(struct provd_led *led)
{
	char list[TRIGGERS_MAX];
	const char *word = list;

	if (file_read(led->folder, "trigger", list, sizeof(list)))
		return;
	while (*word) {
		size_t len = strcspn(word, " \n");

		trigger_word(led, word, len);
		word += len;
		word += strspn(word, " \n");
	}
	/* Both files are there only with the timer. */
	if (strcmp(led->old_trigger, "timer") == 0) {
		(void)number_read(led->folder, "delay_on", led->old_on);
		(void)number_read(led->folder, "delay_off", led->old_off);
	}
}

static int trigger_set(struct provd_led *led, const char *trigger)
{
	size_t len = strlen(trigger);
	int failed;

	if (!led->trigger[0] || strcmp(led->trigger, trigger) == 0)
		return 0;
	if (len >= sizeof(led->trigger))
		return EINVAL;
	failed = file_write(led->folder, "trigger", trigger);
	if (!failed)
		memcpy(led->trigger, trigger, len + 1);
	return failed;
}

static int steady(struct provd_led *led, const char *brightness)
{
	int failed = trigger_set(led, "none");

	return failed ? failed : file_write(led->folder, "brightness", brightness);
}

static int blink(struct provd_led *led, unsigned period_half_ms)
{
	char text[NUMBER_MAX];
	int len = snprintf(text, sizeof(text), "%u", period_half_ms);
	int failed;

	if (len < 0 || (size_t)len >= sizeof(text))
		return EINVAL;
	failed = trigger_set(led, "timer");
	if (!failed)
		failed = file_write(led->folder, "delay_on", text);
	if (!failed)
		failed = file_write(led->folder, "delay_off", text);
	return failed;
}

/* Each brightness comes twice, the second time for no time: else the kernel fades. */
static int flashes(struct provd_led *led)
{
	char text[256];
	const char *max = led->max;
	int failed;
	int len;

	len = snprintf(text, sizeof(text), "%s %d %s 0 0 %d 0 0 %s %d %s 0 0 %d 0 0", max, FLASH_MS,
		       max, GAP_MS, max, FLASH_MS, max, PAUSE_MS);
	if (len < 0 || (size_t)len >= sizeof(text))
		return EINVAL;
	failed = trigger_set(led, "pattern");
	return failed ? failed : file_write(led->folder, "pattern", text);
}

static enum pattern pattern_of(uint32_t state)
{
	switch (state) {
	case PROVD_STATE_LISTENING:
		return PATTERN_SLOW;
	case PROVD_STATE_JOINING:
	case PROVD_STATE_ONLINE:
	case PROVD_STATE_REGISTERING:
	case PROVD_STATE_BINDING:
		return PATTERN_FAST;
	case PROVD_STATE_BOUND:
		return PATTERN_ON;
	case PROVD_STATE_FAILED:
		return PATTERN_FLASHES;
	default:
		return PATTERN_OFF;
	}
}

/* What this kernel can show of it. */
static enum pattern pattern_fit(struct provd_led *led, enum pattern pattern)
{
	if (pattern == PATTERN_FLASHES && !led->has_pattern)
		pattern = led->has_timer ? PATTERN_FAST : PATTERN_OFF;
	if ((pattern != PATTERN_SLOW && pattern != PATTERN_FAST) || led->has_timer)
		return pattern;
	if (!led->told_no_timer)
		PROVD_CLOG(led->log, "led", 0, PROVD_LOG_WARN,
			   "the LED cannot blink: the kernel lacks the trigger timer "
			   "(ledtrig-timer); it is on while something is done",
			   provd_f_text("led", led->name));
	led->told_no_timer = 1;
	return PATTERN_ON;
}

static int pattern_write(struct provd_led *led, enum pattern pattern)
{
	switch (pattern) {
	case PATTERN_SLOW:
		return blink(led, SLOW_MS);
	case PATTERN_FAST:
		return blink(led, FAST_MS);
	case PATTERN_ON:
		return steady(led, led->max);
	case PATTERN_FLASHES:
		return flashes(led);
	case PATTERN_OFF:
	default:
		return steady(led, "0");
	}
}

static int show(struct provd_led *led, enum pattern pattern)
{
	int failed = pattern_write(led, pattern);

	led->shown = pattern;
	if (failed && !led->broken)
		PROVD_CLOG(led->log, "led", 0, PROVD_LOG_WARN, "the LED cannot be set",
			   provd_f_text("led", led->name),
			   provd_f_text("reason", strerror(failed)));
	led->broken = failed != 0;
	return failed;
}

void provd_led_show(struct provd_led *led, uint32_t state)
{
	enum pattern pattern;

	if (!led)
		return;
	pattern = pattern_fit(led, pattern_of(state));
	if (pattern != led->shown || led->broken)
		(void)show(led, pattern);
}

static int folder_open(struct provd_led *led, const char *folder, struct provd_error *err)
{
	size_t size = strlen(folder) + 1 + strlen(led->name) + 1;
	char *path = malloc(size);
	int rc = 0;
	int len;

	if (!path)
		return provd_net_fail(err, PROVD_E_NOMEM, 0, "no memory for the LED");
	len = snprintf(path, size, "%s/%s", folder, led->name);
	if (len < 0 || (size_t)len >= size) {
		rc = provd_net_fail(err, PROVD_E_INTERNAL, 0, "cannot make the LED's path");
		goto out;
	}
	led->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (led->folder < 0)
		rc = provd_net_fail(err, provd__board_code(errno), errno,
				    "cannot open the LED %s: %s; set \"name\" to one of `ls %s`",
				    path, strerror(errno), folder);
out:
	free(path);
	return rc;
}

/* Reads what is there, then takes the LED: it is off until a state is shown. */
static int led_take(struct provd_led *led, struct provd_error *err)
{
	int failed = number_read(led->folder, "brightness", led->old_brightness);

	if (failed)
		return provd_net_fail(err, provd__board_code(failed), failed,
				      "cannot read the brightness of the LED %s: %s; is it one?",
				      led->name, strerror(failed));
	if (number_read(led->folder, "max_brightness", led->max))
		memcpy(led->max, "255", sizeof("255"));
	triggers_read(led);
	memcpy(led->trigger, led->old_trigger, sizeof(led->trigger));
	failed = steady(led, "0");
	if (failed)
		return provd_net_fail(err, provd__board_code(failed), failed,
				      "cannot set the LED %s: %s; its files trigger and "
				      "brightness must be writable for the daemon's user",
				      led->name, strerror(failed));
	return 0;
}

static void led_free(struct provd_led *led)
{
	if (led->folder >= 0)
		(void)close(led->folder);
	free(led->name);
	free(led);
}

int provd_led_create(struct provd_loop *loop, struct provd_log *log,
		     const struct provd_options *options, struct provd_led **out_led,
		     struct provd_error *err)
{
	const char *name = provd_options_text(options, "name");
	const char *folder = provd_options_text(options, "folder");
	struct provd_led *led;
	int rc;

	(void)loop;
	if (!name || !folder)
		return provd_net_fail(err, PROVD_E_CONFIG, 0, "led: \"name\" is not set");
	led = calloc(1, sizeof(*led));
	if (!led)
		return provd_net_fail(err, PROVD_E_NOMEM, 0, "no memory for the LED");
	led->log = log;
	led->folder = -1;
	led->name = strdup(name);
	rc = led->name ? folder_open(led, folder, err)
		       : provd_net_fail(err, PROVD_E_NOMEM, 0, "no memory for the LED");
	if (!rc)
		rc = led_take(led, err);
	if (rc) {
		led_free(led);
		return rc;
	}
	*out_led = led;
	return 0;
}

static int restore(struct provd_led *led)
{
	int failed = steady(led, led->old_brightness);

	if (!failed && led->old_trigger[0])
		failed = trigger_set(led, led->old_trigger);
	if (!failed && led->old_on[0])
		failed = file_write(led->folder, "delay_on", led->old_on);
	if (!failed && led->old_off[0])
		failed = file_write(led->folder, "delay_off", led->old_off);
	return failed;
}

void provd_led_destroy(struct provd_led *led)
{
	int failed;

	if (!led)
		return;
	failed = restore(led);
	if (failed && !led->broken)
		PROVD_CLOG(led->log, "led", 0, PROVD_LOG_WARN,
			   "the LED cannot be put back as it was", provd_f_text("led", led->name),
			   provd_f_text("reason", strerror(failed)));
	led_free(led);
}
