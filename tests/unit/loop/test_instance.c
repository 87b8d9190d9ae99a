/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/instance.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "secret/secret.h"
#include "support.h"

/** What the test plugin does and saw. */
struct plugin_state {
	const struct provd_host *host;
	int destroyed;
	int emit_in_destroy;
};

/** The engine's side. */
struct engine {
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_plugin plugin;
	struct provd_instance *instance;
	struct plugin_state *state;
	char text[8192];
	size_t text_len;
	int events;
	uint64_t ops[16];
	struct provd_event *kept; /**< copy of the last one */
	int destroy_in_event;
	int emit_in_event;
};

static int plugin_create(const struct provd_host *host, void **out_inst, struct provd_error *err)
{
	struct plugin_state *state = calloc(1, sizeof(*state));

	(void)err;
	state->host = host;
	*out_inst = state;
	return 0;
}

static int emit_op(const struct provd_host *host, uint64_t op)
{
	struct provd_event event = {.size = sizeof(event), .type = PROVD_EV_PROGRESS, .op = op};

	return host->emit(host, &event);
}

static void plugin_destroy(void *inst)
{
	struct plugin_state *state = inst;

	if (state->emit_in_destroy)
		cr_assert_eq(emit_op(state->host, 99), 0);
	free(state);
}

static int plugin_create_fails(const struct provd_host *host, void **out_inst,
			       struct provd_error *err)
{
	uint64_t id = 0;

	(void)out_inst;
	cr_assert_eq(host->timer_start(host, 1000, free, NULL, &id), 0);
	err->code = PROVD_E_CONFIG;
	memcpy(err->text, "no", 3);
	return PROVD_E_CONFIG;
}

static void take_line(void *user, const char *line, size_t len)
{
	struct engine *engine = user;

	if (len >= sizeof(engine->text) - engine->text_len)
		return;
	memcpy(engine->text + engine->text_len, line, len);
	engine->text_len += len;
	engine->text[engine->text_len] = '\0';
}

static void on_event(void *user, struct provd_instance *instance, const struct provd_event *event)
{
	struct engine *engine = user;

	engine->ops[engine->events++ % 16] = event->op;
	provd_event_free(engine->kept);
	engine->kept = NULL;
	cr_assert_eq(provd_event_copy(event, &engine->kept), 0);
	if (engine->emit_in_event) {
		engine->emit_in_event = 0;
		cr_assert_eq(emit_op(&instance->host, 1000), 0);
	}
	if (engine->destroy_in_event) {
		provd_instance_destroy(instance, NULL);
		engine->instance = NULL;
	}
}

static const void *get_interface(void *user, struct provd_instance *instance, const char *name,
				 uint32_t size, void **out_self)
{
	struct engine *engine = user;

	cr_assert_eq(instance, engine->instance);
	if (strcmp(name, "test/1") != 0 || size != 16)
		return NULL;
	*out_self = engine;
	return "table";
}

static struct provd_instance_config config_of(struct engine *engine)
{
	struct provd_instance_config config = {.loop = engine->loop,
					       .log = engine->log,
					       .plugin = &engine->plugin,
					       .on_event = on_event,
					       .get_interface = get_interface,
					       .user = engine};

	return config;
}

static void engine_prepare(struct engine *engine)
{
	struct provd_log_config config = {.format = PROVD_LOG_TEXT,
					  .level = PROVD_LOG_DEBUG,
					  .write = take_line,
					  .user = engine};

	memset(engine, 0, sizeof(*engine));
	engine->loop = loop_open();
	cr_assert_eq(provd_log_create(&config, &engine->log), 0);
	engine->plugin.descriptor.kind = PROVD_PLUGIN_METHOD;
	engine->plugin.descriptor.name = "lamp";
	engine->plugin.ops.method.create = plugin_create;
	engine->plugin.ops.method.destroy = plugin_destroy;
}

static const struct provd_host *engine_open(struct engine *engine)
{
	struct provd_instance_config config;
	struct provd_error err = {.size = sizeof(err)};

	engine_prepare(engine);
	config = config_of(engine);
	cr_assert_eq(provd_instance_create(&config, &engine->instance, &err), 0);
	engine->state = engine->instance->inst;
	return &engine->instance->host;
}

static void engine_close(struct engine *engine)
{
	provd_instance_destroy(engine->instance, NULL);
	provd_event_free(engine->kept);
	provd_log_destroy(engine->log);
	loop_shut(engine->loop);
}

Test(instance, host_table_is_complete, .timeout = TEST_TIMEOUT)
{
	struct engine engine;
	const struct provd_host *host = engine_open(&engine);
	const uint8_t *bytes = (const uint8_t *)host;
	size_t at;

	cr_assert_eq(host->size, sizeof(*host));
	cr_assert_eq(host->abi_minor, PROVD_ABI_MINOR);
	for (at = offsetof(struct provd_host, log); at < sizeof(*host); at += sizeof(void *)) {
		void *member;

		memcpy(&member, bytes + at, sizeof(member));
		cr_assert_not_null(member, "member at %zu", at);
	}
	engine_close(&engine);
}

Test(instance, create_failure_is_handed_on, .timeout = TEST_TIMEOUT)
{
	struct engine engine;
	struct provd_instance_config config;
	struct provd_error err = {.size = sizeof(err)};

	engine_prepare(&engine);
	engine.plugin.ops.method.create = plugin_create_fails;
	config = config_of(&engine);
	cr_assert_eq(provd_instance_create(&config, &engine.instance, &err), PROVD_E_CONFIG);
	cr_assert_str_eq(err.text, "no");
	cr_assert_null(engine.instance);
	cr_assert_not_null(strstr(engine.text, "plugin=\"lamp\" left=\"1 timer\""));
	engine.plugin.ops.method.create = NULL;
	cr_assert_eq(provd_instance_create(&config, &engine.instance, NULL),
		     PROVD_E_PLUGIN_DESCRIPTOR);
	engine_close(&engine);
}

Test(instance, events_come_in_order_on_a_later_turn, .timeout = TEST_TIMEOUT)
{
	struct engine engine;
	const struct provd_host *host = engine_open(&engine);
	uint64_t i;

	for (i = 0; i < 5; i++)
		cr_assert_eq(emit_op(host, i), 0);
	cr_assert_eq(engine.events, 0);
	cr_assert_eq(engine.instance->queued, 5);
	engine.emit_in_event = 1;
	provd_loop_turn(engine.loop, 0);
	cr_assert_eq(engine.events, 5);
	for (i = 0; i < 5; i++)
		cr_assert_eq(engine.ops[i], i);
	provd_loop_turn(engine.loop, 0);
	cr_assert_eq(engine.events, 6);
	cr_assert_eq(engine.ops[5], 1000);
	cr_assert_eq(engine.instance->queued, 0);
	engine_close(&engine);
}

Test(instance, receiver_destroys_the_instance, .timeout = TEST_TIMEOUT)
{
	struct engine engine;
	const struct provd_host *host = engine_open(&engine);

	engine.destroy_in_event = 1;
	cr_assert_eq(emit_op(host, 1), 0);
	cr_assert_eq(emit_op(host, 2), 0);
	provd_loop_run(engine.loop);
	cr_assert_eq(engine.events, 1);
	engine_close(&engine);
}

Test(instance, dropped_events_do_not_come_and_later_ones_keep_their_turn, .timeout = TEST_TIMEOUT)
{
	struct engine engine;
	const struct provd_host *host = engine_open(&engine);

	cr_assert_eq(emit_op(host, 1), 0);
	cr_assert_eq(emit_op(host, 2), 0);
	provd_instance_drop_events(engine.instance);
	cr_assert_eq(engine.instance->queued, 0);
	cr_assert_eq(emit_op(host, 3), 0);
	engine.emit_in_event = 1;
	provd_loop_turn(engine.loop, 0);
	cr_assert_eq(engine.events, 1);
	cr_assert_eq(engine.ops[0], 3);
	engine_close(&engine);
}

Test(instance, waiting_events_are_bounded, .timeout = TEST_TIMEOUT)
{
	struct engine engine;
	const struct provd_host *host = engine_open(&engine);
	int i;

	for (i = 0; i < PROVD_INSTANCE_EVENTS_MAX; i++)
		cr_assert_eq(emit_op(host, 1), 0);
	cr_assert_eq(emit_op(host, 1), PROVD_E_LIMIT);
	provd_loop_turn(engine.loop, 0);
	cr_assert_eq(engine.events, PROVD_INSTANCE_EVENTS_MAX);
	cr_assert_eq(emit_op(host, 1), 0);
	engine.state->emit_in_destroy = 1;
	engine_close(&engine);
	cr_assert_eq(engine.events, PROVD_INSTANCE_EVENTS_MAX);
}

Test(instance, events_are_deep_copies, .timeout = TEST_TIMEOUT)
{
	struct engine engine;
	const struct provd_host *host = engine_open(&engine);
	char text[] = "phone", key[] = "name", value[] = "Ann";
	struct provd_field fields[] = {provd_f_textn(key, value, 3), provd_f_int("n", 4)};
	struct provd_credentials credentials = {.size = sizeof(credentials), .ssid_len = 2};
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_CREDENTIALS,
				    .op = 7,
				    .count = 1,
				    .data = &credentials,
				    .data_size = sizeof(credentials),
				    .text = text,
				    .fields = fields,
				    .field_count = 2};
	const struct provd_credentials *got;

	credentials.passphrase = host->secret_create(host, "passphrase", 10);
	event.secret = host->secret_create(host, "token", 5);
	memcpy(credentials.ssid, "ab", 2);
	cr_assert_eq(host->emit(host, &event), 0);
	host->secret_unref(host, credentials.passphrase);
	host->secret_unref(host, event.secret);
	memset(&credentials, 0xee, sizeof(credentials));
	memset(text, 0, sizeof(text));
	memset(key, 0, sizeof(key));
	memset(value, 0, sizeof(value));
	memset(fields, 0, sizeof(fields));
	provd_loop_turn(engine.loop, 0);
	cr_assert_not_null(engine.kept);
	got = engine.kept->data;
	cr_assert_arr_eq(got->ssid, "ab", 2);
	cr_assert_arr_eq(provd_secret_view(got->passphrase).data, "passphrase", 10);
	cr_assert_arr_eq(provd_secret_view(engine.kept->secret).data, "token", 5);
	cr_assert_str_eq(engine.kept->text, "phone");
	cr_assert_str_eq(engine.kept->fields[0].key, "name");
	cr_assert_arr_eq(engine.kept->fields[0].data, "Ann", 3);
	cr_assert_eq(engine.kept->fields[1].number, 4);
	engine_close(&engine);
}

static void nothing(void *user)
{
	(void)user;
}

static void nothing_ready(void *user, uint32_t events)
{
	(void)user;
	(void)events;
}

Test(instance, leftovers_are_named, .timeout = TEST_TIMEOUT)
{
	struct provd_owner_counts left;
	struct engine engine;
	const struct provd_host *host = engine_open(&engine);
	uint64_t id;
	int fds[2];

	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	cr_assert_eq(host->timer_start(host, 1000, nothing, NULL, &id), 0);
	cr_assert_eq(host->timer_start(host, 1000, nothing, NULL, &id), 0);
	cr_assert_eq(host->fd_watch(host, fds[0], PROVD_FD_READ, nothing_ready, NULL, &id), 0);
	provd_instance_destroy(engine.instance, &left);
	engine.instance = NULL;
	cr_assert_eq(left.timers, 2);
	cr_assert_eq(left.watches, 1);
	cr_assert_not_null(strstr(engine.text, " error plugin \"plugin left things behind\" "
					       "plugin=\"lamp\" left=\"2 timers, 1 watch\"\n"));
	close(fds[0]);
	close(fds[1]);
	engine_close(&engine);
}

Test(instance, a_tidy_plugin_is_not_named, .timeout = TEST_TIMEOUT)
{
	struct engine engine;
	const struct provd_host *host = engine_open(&engine);
	uint64_t timer, watch;
	int fds[2];

	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	cr_assert_eq(host->timer_start(host, 1000, nothing, NULL, &timer), 0);
	cr_assert_eq(host->fd_watch(host, fds[0], PROVD_FD_READ, nothing_ready, NULL, &watch), 0);
	host->timer_stop(host, timer);
	host->fd_unwatch(host, watch);
	cr_assert_eq(emit_op(host, 1), 0);
	provd_instance_destroy(engine.instance, NULL);
	engine.instance = NULL;
	cr_assert_eq(engine.text_len, 0, "%s", engine.text);
	close(fds[0]);
	close(fds[1]);
	engine_close(&engine);
}

/** A job that uses its host table after the instance was destroyed. */
struct late_job {
	const struct provd_host *host;
	struct gate gate;
	int post_rc;
	int done;
	int released;
};

static int late_run(void *user)
{
	struct late_job *job = user;

	gate_pass(&job->gate);
	(void)job->host->now_us(job->host);
	PROVD_LOG0(job->host, PROVD_LOG_INFO, NULL, "late word");
	job->post_rc = job->host->post(job->host, nothing, NULL);
	return 0;
}

static void late_done(void *user, int status)
{
	struct late_job *job = user;

	cr_assert_eq(status, PROVD_E_CANCELED);
	job->done++;
}

static void late_release(void *user)
{
	struct late_job *job = user;

	job->released++;
}

Test(instance, a_running_job_keeps_its_host_table, .timeout = TEST_TIMEOUT)
{
	struct provd_owner_counts left;
	struct engine engine;
	struct late_job job = {.host = engine_open(&engine)};
	struct provd_work work = {.size = sizeof(work),
				  .run = late_run,
				  .done = late_done,
				  .release = late_release,
				  .user = &job};
	uint64_t id;

	gate_init(&job.gate);
	engine.instance->session = 5;
	cr_assert_eq(job.host->run_blocking(job.host, &work, &id), 0);
	gate_wait_entered(&job.gate, 1);
	job.host->work_cancel(job.host, id);
	provd_instance_destroy(engine.instance, &left);
	engine.instance = NULL;
	cr_assert_eq(left.works, 0);
	cr_assert_eq(left.stuck, 1);
	cr_assert_eq(job.done, 1);
	cr_assert_eq(job.released, 0);
	cr_assert_not_null(strstr(engine.text, " warn  plugin session=5 "));
	cr_assert_not_null(strstr(engine.text, "left=\"1 job that still runs\""));
	gate_open(&job.gate);
	loop_until(engine.loop, &job.released, 1);
	cr_assert_eq(job.post_rc, PROVD_E_STATE);
	cr_assert_not_null(strstr(engine.text, " info  lamp session=5 \"late word\"\n"));
	gate_finish(&job.gate);
	engine_close(&engine);
}

Test(instance, services, .timeout = TEST_TIMEOUT)
{
	static const uint8_t zero[64];
	struct engine engine;
	const struct provd_host *host = engine_open(&engine);
	struct provd_secret *secret = host->secret_create(host, "abc", 3);
	struct provd_bytes view;
	uint8_t bytes[64] = {0};
	void *self = NULL;

	cr_assert_eq(host->random(host, bytes, sizeof(bytes)), 0);
	cr_assert_arr_neq(bytes, zero, sizeof(bytes));
	cr_assert_gt(host->unix_ms(host), 1500000000000u);
	cr_assert_neq(host->new_id(host), host->new_id(host));
	cr_assert_leq(host->now_us(host), host->now_us(host));
	cr_assert_null(host->option_text(host, "x"));
	cr_assert_eq(host->option_int(host, "x"), 0);
	cr_assert_eq(host->option_count(host, "x"), 0);
	cr_assert_null(host->option_item(host, "x", 0));
	cr_assert_null(host->option_secret(host, "x"));
	cr_assert_eq(host->secret_ref(host, secret), secret);
	host->secret_unref(host, secret);
	host->secret_view(host, secret, &view);
	cr_assert_eq(view.len, 3);
	host->secret_unref(host, secret);
	cr_assert_str_eq(host->get_interface(host, "test/1", 16, &self), "table");
	cr_assert_eq(self, &engine);
	cr_assert_null(host->get_interface(host, "other/1", 16, &self));
	cr_assert_null(host->get_interface(host, NULL, 16, &self));
	engine.instance->session = 17;
	PROVD_LOG(host, PROVD_LOG_INFO, "ap", "up", provd_f_int("channel", 6));
	cr_assert_not_null(strstr(engine.text, " info  lamp.ap session=17 \"up\" channel=6\n"));
	engine_close(&engine);
}
