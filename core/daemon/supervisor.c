/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/supervisor_internal.h"

#include <stdlib.h>
#include <string.h>

/* How long a long press is when no button is configured: PressButton has none. */
#define LONG_PRESS_MS 5000u

uint64_t provd__supervisor_now_ms(const struct provd_supervisor *supervisor)
{
	return provd_loop_now_us(supervisor->config.loop) / 1000u;
}

int provd__supervisor_in_session(const struct provd_supervisor *supervisor)
{
	return provd_engine_session(supervisor->config.engine) != 0 ||
	       provd_engine_is_releasing(supervisor->config.engine);
}

/* Config */

static enum provd_policy_kind kind_of(const char *name)
{
	static const char *const names[] = {
		[PROVD_POLICY_IF_UNPROVISIONED] = "if-unprovisioned",
		[PROVD_POLICY_ON_DEMAND] = "on-demand",
		[PROVD_POLICY_ALWAYS] = "always",
		[PROVD_POLICY_BUTTON] = "button",
	};

	for (int i = PROVD_POLICY_IF_UNPROVISIONED; i <= PROVD_POLICY_BUTTON; i++)
		if (name && strcmp(name, names[i]) == 0)
			return (enum provd_policy_kind)i;
	return PROVD_POLICY_ON_DEMAND;
}

static uint32_t device_seed(const struct provd_supervisor *supervisor)
{
	struct provd_device_info info = {.size = sizeof(info)};
	uint32_t seed = 0;

	if (provd_radio_info(supervisor->config.radio, &info) != 0)
		return 0;
	for (size_t i = 0; i < sizeof(info.mac); i++)
		seed = seed * 31u + info.mac[i];
	return seed;
}

static struct provd_policy_config read_config(const struct provd_supervisor *supervisor)
{
	const struct provd_options *start = supervisor->config.config->start;
	const struct provd_options *networks = supervisor->config.config->networks;

	return (struct provd_policy_config){
		.kind = kind_of(provd_options_text(start, "policy")),
		.grace_ms = (uint64_t)provd_options_int(start, "grace"),
		.retry_ms = (uint64_t)provd_options_int(networks, "retry"),
		.presence = (int)provd_options_int(start, "presence"),
		.presence_for_ms = (uint64_t)provd_options_int(start, "presence_for"),
		.join = (int)provd_options_int(networks, "join"),
		.seed = device_seed(supervisor),
	};
}

/* Decisions */

static struct provd_policy_facts look(const struct provd_supervisor *supervisor)
{
	const struct provd_supervisor_config *config = &supervisor->config;

	return (struct provd_policy_facts){
		.now_ms = provd__supervisor_now_ms(supervisor),
		.bound = provd_saved_is_bound(config->saved),
		.networks = provd_saved_count(config->saved),
		.link = supervisor->link.flags != 0,
		.session = provd__supervisor_in_session(supervisor),
		.phone = provd_engine_phone_is_there(config->engine),
		.joining = supervisor->try.by != TRYING_NONE,
		.stopping = supervisor->stopping || !supervisor->begun ||
			    supervisor->resume.active || supervisor->reset.active,
	};
}

/* What cannot start is told once, not every half minute. */
static void start_refused(struct provd_supervisor *supervisor, int code,
			  const struct provd_error *err)
{
	const char *text = err->text[0] ? err->text : provd_err_text(code);

	if (supervisor->refusal == code)
		PROVD_CLOG(supervisor->config.log, "supervisor", 0, PROVD_LOG_DEBUG,
			   "still cannot start provisioning", provd_f_code("reason", code),
			   provd_f_text("text", text));
	else
		PROVD_CLOG(supervisor->config.log, "supervisor", 0, PROVD_LOG_ERROR,
			   "cannot start provisioning", provd_f_code("reason", code),
			   provd_f_text("text", text));
	supervisor->refusal = code;
	provd_policy_refused(&supervisor->policy, provd__supervisor_now_ms(supervisor));
}

static void start_session(struct provd_supervisor *supervisor)
{
	const struct provd_engine_request request = {0};
	struct provd_error err = {.size = sizeof(err)};
	uint64_t session = 0;
	int code = provd_engine_start(supervisor->config.engine, &request, &session, &err);

	if (code)
		start_refused(supervisor, code, &err);
	else
		supervisor->refusal = 0;
}

static void time_has_come(void *user);

static void arm(struct provd_supervisor *supervisor, uint64_t at_ms)
{
	uint64_t now = provd__supervisor_now_ms(supervisor);

	provd_timer_stop(supervisor->owner, supervisor->timer);
	supervisor->timer = 0;
	if (at_ms)
		(void)provd_timer_start(supervisor->owner, at_ms > now ? at_ms - now : 0,
					time_has_come, supervisor, &supervisor->timer);
}

/* Whoever looks at the log of a silent device is to know what it waits for. */
static void tell_beginning(struct provd_supervisor *supervisor)
{
	const struct provd_options *start = supervisor->config.config->start;
	const char *policy = provd_options_text(start, "policy");
	int silent = supervisor->told || provd__supervisor_in_session(supervisor);

	if (supervisor->resume.active)
		return;
	supervisor->told = 1;
	if (silent)
		return;
	if (*supervisor->waiting)
		PROVD_CLOG(supervisor->config.log, "supervisor", 0, PROVD_LOG_INFO,
			   "provisioning waits", provd_f_text("policy", policy),
			   provd_f_text("for", supervisor->waiting));
	else
		PROVD_CLOG(supervisor->config.log, "supervisor", 0, PROVD_LOG_INFO,
			   "waiting for a start command", provd_f_text("policy", policy));
}

/* Does what follows from the facts, until there is only something to wait for. Each network that
 * the radio refuses at once is a step, so there are no more than those of one round. */
static void decide(struct provd_supervisor *supervisor)
{
	size_t steps = provd_saved_count(supervisor->config.saved) + 2;
	struct provd_policy_decision decision = {0};

	while (steps-- > 0) {
		struct provd_policy_facts facts = look(supervisor);

		decision = provd_policy_decide(&supervisor->policy, &facts);
		if (decision.start)
			start_session(supervisor);
		else if (decision.join)
			provd__try_start(supervisor, decision.network);
		else
			break;
	}
	supervisor->waiting = decision.waiting ? decision.waiting : "";
	tell_beginning(supervisor);
	arm(supervisor, decision.at_ms);
	if (decision.start || decision.join)
		provd__supervisor_wake(supervisor);
}

static void think(void *user)
{
	struct provd_supervisor *supervisor = user;

	supervisor->woken = 0;
	/* Nobody is there yet who could be told of a link. */
	if (!supervisor->begun)
		return;
	provd__link_refresh(supervisor);
	provd__link_check_saved(supervisor);
	provd__reset_advance(supervisor);
	if (supervisor->stopping)
		return;
	provd__resume_again(supervisor);
	decide(supervisor);
}

static void time_has_come(void *user)
{
	struct provd_supervisor *supervisor = user;

	supervisor->timer = 0;
	think(supervisor);
}

void provd__supervisor_wake(struct provd_supervisor *supervisor)
{
	if (!supervisor->woken)
		supervisor->woken = provd_defer(supervisor->owner, think, supervisor) == 0;
}

/* What happens */

void provd_supervisor_entry(struct provd_supervisor *supervisor,
			    const struct provd_timeline_entry *entry)
{
	if (entry->session != supervisor->session) {
		supervisor->session = entry->session;
		provd_policy_session_started(&supervisor->policy,
					     provd__supervisor_now_ms(supervisor));
		provd__try_cancel(supervisor);
	}
	supervisor->relearn |= entry->state == PROVD_STATE_ONLINE;
	provd__supervisor_wake(supervisor);
}

void provd_supervisor_session_ended(struct provd_supervisor *supervisor, uint32_t final_state)
{
	/* What the radio says now is what the policy has to begin with. */
	provd__link_refresh(supervisor);
	if (!provd__resume_ended(supervisor, final_state))
		provd_policy_session_ended(&supervisor->policy, final_state == PROVD_STATE_BOUND,
					   provd__supervisor_now_ms(supervisor));
	provd__supervisor_wake(supervisor);
}

void provd_supervisor_link_lost(struct provd_supervisor *supervisor, int status)
{
	PROVD_CLOG(supervisor->config.log, "supervisor", 0, PROVD_LOG_INFO, "the network is lost",
		   provd_f_ssid("ssid", supervisor->link.ssid, supervisor->link.ssid_len),
		   provd_f_code("reason", status));
	provd__link_refresh(supervisor);
	provd__supervisor_wake(supervisor);
}

static void long_press_done(void *user, int code, const struct provd_error *err)
{
	(void)user; /* its result was logged */
	(void)code;
	(void)err;
}

/* @return 1 when the press was a reset */
static int press_resets(struct provd_supervisor *supervisor, uint64_t held_ms)
{
	const struct provd_options *button = supervisor->config.config->button;
	const char *action = button ? provd_options_text(button, "long_press") : NULL;
	uint64_t long_ms = button ? (uint64_t)provd_options_int(button, "long") : LONG_PRESS_MS;
	enum provd_reset what = PROVD_RESET_NETWORK;

	if (held_ms < long_ms || !action || strcmp(action, "none") == 0)
		return 0;
	if (strcmp(action, "factory") == 0)
		what = PROVD_RESET_FACTORY;
	if (provd_supervisor_reset(supervisor, what, long_press_done, supervisor) == 0)
		PROVD_CLOG(supervisor->config.log, "supervisor", 0, PROVD_LOG_INFO,
			   "reset by a long press of the button", provd_f_text("what", action),
			   provd_f_ms("held", held_ms));
	return 1;
}

void provd_supervisor_pressed(struct provd_supervisor *supervisor, uint64_t held_ms)
{
	int resets = press_resets(supervisor, held_ms);

	/* Who resets is present too; a session is not asked for: the reset's end forgets that. */
	if (!resets || supervisor->reset.active)
		provd_policy_pressed(&supervisor->policy, provd__supervisor_now_ms(supervisor));
	provd__supervisor_wake(supervisor);
}

int provd_supervisor_may_start(const struct provd_supervisor *supervisor)
{
	return provd_policy_may_start(&supervisor->policy, provd__supervisor_now_ms(supervisor));
}

void provd_supervisor_networks_changed(struct provd_supervisor *supervisor)
{
	provd__try_check_saved(supervisor);
	provd__supervisor_wake(supervisor);
}

void provd_supervisor_reconfigure(struct provd_supervisor *supervisor)
{
	const struct provd_policy_config config = read_config(supervisor);

	provd_policy_set_config(&supervisor->policy, &config);
	provd__supervisor_wake(supervisor);
}

const char *provd_supervisor_waiting(const struct provd_supervisor *supervisor)
{
	return supervisor->waiting;
}

const struct provd_link *provd_supervisor_link(const struct provd_supervisor *supervisor)
{
	return &supervisor->link;
}

/* Life */

int provd_supervisor_create(const struct provd_supervisor_config *config,
			    struct provd_supervisor **out_supervisor)
{
	struct provd_supervisor *supervisor = calloc(1, sizeof(*supervisor));
	struct provd_policy_config policy;
	int code;

	if (!supervisor)
		return PROVD_E_NOMEM;
	supervisor->config = *config;
	supervisor->waiting = "";
	supervisor->link.size = sizeof(supervisor->link);
	policy = read_config(supervisor);
	provd_policy_init(&supervisor->policy, &policy, provd__supervisor_now_ms(supervisor));
	code = provd_owner_create(config->loop, "supervisor", &supervisor->owner);
	if (code) {
		free(supervisor);
		return code;
	}
	*out_supervisor = supervisor;
	return 0;
}

void provd_supervisor_destroy(struct provd_supervisor *supervisor)
{
	if (!supervisor)
		return;
	(void)provd_owner_destroy(supervisor->owner);
	provd__try_drop(supervisor);
	provd__resume_drop(supervisor);
	free(supervisor);
}

void provd__supervisor_ready(struct provd_supervisor *supervisor)
{
	void (*ready)(void *user) = supervisor->ready;

	supervisor->ready = NULL;
	if (ready)
		ready(supervisor->ready_user);
}

void provd_supervisor_begin(struct provd_supervisor *supervisor, void (*done)(void *user),
			    void *user)
{
	const struct provd_policy_config config = read_config(supervisor);

	/* The radio is open now, and the time that it took is no time without link. */
	provd_policy_set_config(&supervisor->policy, &config);
	provd_policy_reset(&supervisor->policy, provd__supervisor_now_ms(supervisor));
	supervisor->begun = 1;
	supervisor->ready = done;
	supervisor->ready_user = user;
	provd__resume_begin(supervisor);
	if (!supervisor->resume.active)
		provd__supervisor_ready(supervisor);
	provd__supervisor_wake(supervisor);
}

static void at_rest(void *user)
{
	struct provd_supervisor *supervisor = user;
	void (*stopped)(void *user) = supervisor->stopped;

	supervisor->stopped = NULL;
	if (stopped)
		stopped(supervisor->stopped_user);
}

void provd__supervisor_rest(struct provd_supervisor *supervisor)
{
	if (supervisor->stopped && provd_defer(supervisor->owner, at_rest, supervisor) != 0)
		at_rest(supervisor);
}

void provd_supervisor_stop(struct provd_supervisor *supervisor, void (*done)(void *user),
			   void *user)
{
	supervisor->stopping = 1;
	supervisor->waiting = "";
	arm(supervisor, 0);
	provd__reset_cancel(supervisor);
	supervisor->stopped = done;
	supervisor->stopped_user = user;
	if (supervisor->try.by == TRYING_RADIO)
		provd__try_cancel(supervisor);
	else
		at_rest(supervisor);
}
