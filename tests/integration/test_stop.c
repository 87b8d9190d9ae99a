/* SPDX-License-Identifier: Apache-2.0 */
/* Stop, and SIGTERM, in every state. */
#include "e2e.h"

#include <criterion/criterion.h>

#include <signal.h>

static struct e2e e2e;

TestSuite(stop, .timeout = 90);

/* A world in which the session stays in `state`. */
static void come_to(const char *state, const struct e2e_setup *setup, const char *token_args)
{
	e2e_init(&e2e, setup);
	e2e_start(&e2e);
	e2e_expect(&e2e, "listening", "method listens");
	if (token_args)
		cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, token_args), 0);
	if (token_args)
		e2e_expect(&e2e, state, NULL);
}

static void stop_and_check(void)
{
	json_t *reply = e2e_call(&e2e, "Stop");

	cr_assert_null(json_object_get(reply, "error"));
	json_decref(reply);
	cr_assert_str_eq(e2e_end(&e2e), "stopped");
	reply = e2e_call(&e2e, "Stop");
	cr_assert_str_eq(json_string_value(json_object_get(reply, "error")),
			 "io.provd.Provisioning.NotRunning");
	json_decref(reply);
	reply = e2e_call(&e2e, "Start");
	cr_assert_null(json_object_get(reply, "error"), "a stopped daemon starts again");
	json_decref(reply);
	e2e_finish(&e2e);
}

static const char slow_join[] = "[{\"ssid\":\"Home\",\"passphrase\":\"can\\\"ary-pass-9c41\","
				"\"join_ms\":30000}]";

Test(stop, while_listening)
{
	come_to("listening", &(struct e2e_setup){0}, NULL);
	stop_and_check();
}

Test(stop, while_joining)
{
	come_to("joining", &(struct e2e_setup){.access_points = slow_join}, "--app doc");
	stop_and_check();
}

Test(stop, while_registering)
{
	come_to("registering", &(struct e2e_setup){.cloud = "--fault register-slow=30000"},
		"--app doc");
	stop_and_check();
}

Test(stop, while_binding)
{
	come_to("binding", &(struct e2e_setup){.cloud = "--fault bind-silent"}, "--app doc");
	stop_and_check();
}

Test(stop, while_the_broker_is_down)
{
	come_to("binding", &(struct e2e_setup){.cloud = "--fault broker-down"}, "--app doc");
	stop_and_check();
}

Test(stop, sigterm_while_listening)
{
	come_to("listening", &(struct e2e_setup){0}, NULL);
	e2e_finish(&e2e);
}

Test(stop, sigterm_while_joining)
{
	come_to("joining", &(struct e2e_setup){.access_points = slow_join}, "--app doc");
	e2e_finish(&e2e);
}

Test(stop, sigterm_while_registering)
{
	come_to("registering", &(struct e2e_setup){.cloud = "--fault register-slow=30000"},
		"--app doc");
	e2e_finish(&e2e);
}

Test(stop, sigterm_while_binding)
{
	come_to("binding", &(struct e2e_setup){.cloud = "--fault bind-silent"}, "--app doc");
	e2e_finish(&e2e);
}
