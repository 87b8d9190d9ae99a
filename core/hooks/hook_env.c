/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of a program: nine variables and nothing of the daemon's own. */
#include "hooks/hooks_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[PROVD__HOOK_VARS] = {
	[PROVD__HOOK_PATH] = "PATH",	       [PROVD__HOOK_EVENT] = "PROVD_EVENT",
	[PROVD__HOOK_STATE] = "PROVD_STATE",   [PROVD__HOOK_SESSION] = "PROVD_SESSION",
	[PROVD__HOOK_METHOD] = "PROVD_METHOD", [PROVD__HOOK_REASON] = "PROVD_REASON",
	[PROVD__HOOK_TEXT] = "PROVD_TEXT",     [PROVD__HOOK_ADVICE] = "PROVD_ADVICE",
	[PROVD__HOOK_RETRY] = "PROVD_RETRY",
};

/* Not in the middle of a character of UTF-8. */
static size_t value_len(const char *value)
{
	size_t len = strnlen(value, PROVD__HOOK_VALUE_MAX + 1);

	if (len <= PROVD__HOOK_VALUE_MAX)
		return len;
	len = PROVD__HOOK_VALUE_MAX;
	while (len > 0 && ((unsigned char)value[len] & 0xc0) == 0x80)
		len--;
	return len;
}

/* A program that prints or parses the words must not be misled by line ends in them. */
static void blank_controls(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = ' ';
}

static int set(struct provd__hook_env *env, enum provd__hook_var var, const char *value)
{
	const char *words = value ? value : "";
	size_t len = value_len(words);
	size_t size = strlen(names[var]) + 1 + len + 1;
	char *text = malloc(size);
	int written;

	if (!text)
		return PROVD_E_NOMEM;
	env->vars[var] = text;
	written = snprintf(text, size, "%s=%.*s", names[var], (int)len, words);
	if (written < 0 || (size_t)written >= size)
		return PROVD_E_INTERNAL;
	blank_controls(text);
	return 0;
}

/* What to do about the reason, as in a Failure of the control socket; nothing without a reason. */
static void add_advice(const char *values[PROVD__HOOK_VARS], const char *reason)
{
	int code = provd_err_by_name(reason);

	if (!reason || !*reason)
		return;
	values[PROVD__HOOK_ADVICE] = provd_err_advice(code);
	values[PROVD__HOOK_RETRY] = provd_retry_name(provd_err_retry(code));
}

int provd__hook_env_create(const struct provd_hook_event *event, const char *state,
			   struct provd__hook_env **out_env)
{
	struct provd__hook_env *env = calloc(1, sizeof(*env));
	const char *values[PROVD__HOOK_VARS] = {NULL};
	char session[24];
	int rc = 0;
	int i;

	if (!env)
		return PROVD_E_NOMEM;
	i = snprintf(session, sizeof(session), "%" PRIu64, event->session);
	if (i < 0 || (size_t)i >= sizeof(session))
		rc = PROVD_E_INTERNAL;
	env->session = event->session;
	values[PROVD__HOOK_PATH] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	values[PROVD__HOOK_EVENT] = event->event;
	values[PROVD__HOOK_STATE] = state;
	values[PROVD__HOOK_SESSION] = session;
	values[PROVD__HOOK_METHOD] = event->method;
	values[PROVD__HOOK_REASON] = event->reason;
	values[PROVD__HOOK_TEXT] = event->text;
	add_advice(values, event->reason);
	for (i = 0; i < PROVD__HOOK_VARS && !rc; i++)
		rc = set(env, (enum provd__hook_var)i, values[i]);
	if (rc) {
		provd__hook_env_free(env);
		return rc;
	}
	*out_env = env;
	return 0;
}

void provd__hook_env_free(struct provd__hook_env *env)
{
	if (!env)
		return;
	for (size_t i = 0; i < PROVD__HOOK_VARS; i++)
		free(env->vars[i]);
	free(env);
}

const char *provd__hook_env_value(const struct provd__hook_env *env, enum provd__hook_var var)
{
	return env->vars[var] + strlen(names[var]) + 1;
}
