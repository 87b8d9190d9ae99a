/* SPDX-License-Identifier: Apache-2.0 */
#include "simrig.h"

#include <criterion/criterion.h>

#include <string.h>

/* The method on the simulated board, as the daemon wires them. */

struct pair {
	struct simrig s;
	struct rig_plugin method;
};

static const void *get_interface(void *user, const char *name, void **out_self)
{
	struct pair *p = user;

	*out_self = p->s.inst;
	return strcmp(name, PROVD_HAL_SOFTAP) == 0 ? p->s.softap : NULL;
}

static void forward(void *user, const struct provd_event *event)
{
	struct pair *p = user;

	p->method.plugin->ops.method.on_event(p->method.instance->inst, event);
}

static void pair_start(struct pair *p, const char *hal_options)
{
	struct provd_method_request request = {.size = sizeof(request), .session = 5};
	struct provd_error err = {.size = sizeof(err)};

	memset(p, 0, sizeof(*p));
	simrig_open(&p->s, hal_options);
	p->method.get_interface = get_interface;
	p->method.user = p;
	cr_assert_eq(rig_load(&p->s.rig, &p->method, "softap",
			      "{\"ssid\": \"Lamp\", \"passphrase\": \"canary pass\"}", &err),
		     0, "%s", err.text);
	p->s.hal.on_event = forward;
	p->s.hal.user = p;
	cr_assert_eq(p->method.plugin->ops.method.start(p->method.instance->inst, &request), 0);
}

static void pair_finish(struct pair *p)
{
	cr_expect_null(strstr(p->s.rig.lines, "canary"));
	p->s.hal.on_event = NULL;
	rig_unload(&p->method);
	cr_expect(rig_clean(&p->method));
	cr_expect_eq(simrig_close(&p->s), 0);
}

Test(softap_sim, a_phone_comes_and_all_ends, .timeout = 30)
{
	const struct provd_method_ops *ops;
	struct pair p;
	void *inst;

	pair_start(&p, "{}");
	ops = &p.method.plugin->ops.method;
	inst = p.method.instance->inst;
	cr_assert_not_null(rig_wait(&p.method, PROVD_EV_STARTED, 0));
	cr_assert_not_null(rig_wait(&p.method, PROVD_EV_OPENED, 5));
	ops->suspend(inst, PROVD_SUSPEND_RELEASE);
	cr_assert_not_null(rig_wait(&p.method, PROVD_EV_SUSPENDED, 0));
	ops->resume(inst);
	cr_assert_not_null(rig_wait(&p.method, PROVD_EV_OPENED, 5));
	ops->stop(inst);
	cr_assert_not_null(rig_wait(&p.method, PROVD_EV_STOPPED, 0));
	rig_run(&p.s.rig, 30);
	cr_expect_eq(p.method.events[p.method.count - 1]->type, PROVD_EV_STOPPED);
	cr_expect_eq(rig_count(&p.method, PROVD_EV_STARTED, 0), 1);
	cr_expect_eq(rig_count(&p.method, PROVD_EV_SESSION_CANCELED, 5), 1);
	pair_finish(&p);
}

Test(softap_sim, stop_at_once, .timeout = 30)
{
	struct pair p;

	pair_start(&p, "{\"ap_delay\": \"1s\"}");
	p.method.plugin->ops.method.stop(p.method.instance->inst);
	cr_assert_not_null(rig_wait(&p.method, PROVD_EV_STOPPED, 0));
	cr_expect_eq(rig_count(&p.method, PROVD_EV_STARTED, 0), 0);
	pair_finish(&p);
}

Test(softap_sim, access_point_fails_twice, .timeout = 30)
{
	struct pair p;

	pair_start(&p, "{\"control_socket\": \"@/control\"}");
	cr_assert_not_null(rig_wait(&p.method, PROVD_EV_STARTED, 0));
	cr_assert(simrig_command(&p.s, "{\"softap\": \"fail\"}"));
	cr_assert_not_null(rig_wait(&p.method, PROVD_EV_PROGRESS, 0));
	cr_assert_not_null(rig_wait(&p.method, PROVD_EV_OPENED, 5));
	cr_assert(simrig_command(&p.s, "{\"softap\": \"fail\"}"));
	cr_assert_not_null(rig_wait(&p.method, PROVD_EV_FAILED, 0));
	cr_expect_eq(rig_count(&p.method, PROVD_EV_SESSION_ERROR, 5), 1);
	pair_finish(&p);
}
