/* SPDX-License-Identifier: Apache-2.0 */
#include "handlers_world.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERFACE  "io.provd.Provisioning"
#define SERVICE	   "org.varlink.service"
#define ANSWER_MAX 200000

static void make_config(struct world *w)
{
	static const char text[] = "{\"hal\":[{\"plugin\":\"sim\"}],"
				   "\"methods\":[{\"plugin\":\"softap\"}],"
				   "\"cloud\":{\"plugin\":\"tencent\"},"
				   "\"daemon\":{\"log\":{\"personal\":true}}}";
	struct provd_config_errors errors = {0};
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/provd.json", w->f.dir);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
	chmod(path, 0600);
	cr_assert_eq(provd_config_load(path, &w->daemon.config, &errors), 0, "%s", errors.lines[0]);
	unlink(path);
}

static void add_network(struct world *w, const void *ssid, size_t len, int32_t priority)
{
	struct provd_saved_network *network = &w->networks[w->network_count++];

	memcpy(network->credentials.ssid, ssid, len);
	network->credentials.ssid_len = (uint32_t)len;
	network->priority = priority;
}

void world_init(struct world *w)
{
	struct provd_control_config config;
	const char *text = provd_control_interface_text();

	memset(w, 0, sizeof(*w));
	fixture_init(&w->f);
	make_config(w);
	w->may_start = 1;
	w->waiting = "";
	w->cloud_state = "ready";
	w->identity.flags = PROVD_IDENTITY_LOADED;
	w->identity.product = "PRODUCT";
	w->identity.device = "dev-1";
	w->identity.file = "/etc/device_info.json";
	add_network(w, "Home", 4, 5);
	w->networks[0].credentials.passphrase = provd_secret_create("passphrase", 10);
	add_network(w, "\xff\x00\x01", 3, 0);
	w->networks[1].credentials.flags = PROVD_CREDENTIALS_HIDDEN;
	w->daemon.loop = w->f.loop;
	w->daemon.log = w->f.log;
	w->daemon.saved = (struct provd_saved *)(void *)w;
	w->daemon.engine = (struct provd_engine *)(void *)w;
	w->daemon.supervisor = (struct provd_supervisor *)(void *)w;
	w->daemon.journal = (struct provd_journal_service *)(void *)w;
	w->daemon.hooks = (struct provd_hooks *)(void *)w;
	w->daemon.store = (struct provd_store *)(void *)w;
	w->daemon.ready = 1;
	cr_assert_eq(provd_owner_create(w->f.loop, "daemon", &w->daemon.owner), 0);
	provd__stats_begin(&w->daemon);
	config = fixture_config(&w->f);
	config.interface = INTERFACE;
	config.description = text;
	config.methods = provd__daemon_methods;
	config.method_count = provd__daemon_method_count;
	config.max_message = 65536;
	config.user = &w->daemon;
	fixture_start(&w->f, &config);
	w->daemon.control = w->f.control;
	cr_assert_eq(provd_idl_parse(text, strlen(text), &w->idl, NULL), 0);
}

void world_finish(struct world *w)
{
	provd_secret_unref(w->networks[0].credentials.passphrase);
	provd_owner_destroy(w->daemon.owner);
	fixture_finish(&w->f);
	cr_assert_null(w->daemon.watchers);
	cr_assert_null(w->daemon.error_watchers);
	cr_assert_null(w->daemon.starts);
	cr_assert_null(w->daemon.stops);
	cr_assert_null(w->daemon.take_overs);
	provd__calls_finish(&w->daemon);
	cr_assert_null(w->daemon.pending);
	provd_config_destroy(w->daemon.config);
	provd_idl_destroy(w->idl);
}

void world_send(int fd, const char *method, const char *parameters, int more)
{
	char *text = NULL;
	int len = asprintf(&text, "{\"method\":\"" INTERFACE ".%s\",\"parameters\":%s%s}", method,
			   parameters ? parameters : "{}", more ? ",\"more\":true" : "");

	cr_assert_gt(len, 0);
	fixture_call(fd, text);
	free(text);
}

/* An answer must be what the interface text promises. */
static void check_answer(const struct world *w, const char *method, const json_t *answer)
{
	const char *error = json_string_value(json_object_get(answer, "error"));
	const json_t *parameters = json_object_get(answer, "parameters");
	const struct provd_idl_member *member;
	const struct provd_idl_type *type;
	char path[PROVD_IDL_PATH_MAX] = "";
	char *text;

	if (error && strncmp(error, SERVICE ".", strlen(SERVICE) + 1) == 0)
		return;
	if (error) {
		cr_assert_eq(strncmp(error, INTERFACE ".", strlen(INTERFACE) + 1), 0, "%s", error);
		member = provd_idl_find(w->idl, PROVD_IDL_ERROR, error + strlen(INTERFACE) + 1);
	} else {
		member = provd_idl_find(w->idl, PROVD_IDL_METHOD, method);
	}
	cr_assert_not_null(member, "%s: %s", method, error ? error : "");
	type = error ? member->in : member->out;
	text = json_dumps(answer, 0);
	cr_assert_eq(provd_idl_check(type, parameters, path), 0, "%s: '%s' is wrong in %s", method,
		     path, text);
	free(text);
}

json_t *world_receive(struct world *w, int fd, const char *method)
{
	char *buffer = malloc(ANSWER_MAX);
	const char *text = fixture_receive(&w->f, fd, buffer, ANSWER_MAX);
	json_t *answer;

	cr_assert_not_null(text, "%s: the connection ended", method);
	answer = json_loads(text, 0, NULL);
	cr_assert_not_null(answer, "%s", text);
	check_answer(w, method, answer);
	free(buffer);
	return answer;
}

json_t *world_call(struct world *w, int fd, const char *method, const char *parameters)
{
	world_send(fd, method, parameters, 0);
	return world_receive(w, fd, method);
}

static void check_error(json_t *answer, const char *method, const char *error, const char *key,
			const char *value)
{
	const char *got = json_string_value(json_object_get(answer, "error"));
	const json_t *member = json_object_get(json_object_get(answer, "parameters"), key);
	char *text = json_dumps(answer, 0);
	char name[128];

	snprintf(name, sizeof(name), "%s%s", strchr(error, '.') ? "" : INTERFACE ".", error);
	cr_assert_not_null(got, "%s: no error but %s", method, text);
	cr_assert_str_eq(got, name, "%s: %s", method, text);
	if (value) {
		cr_assert(json_is_string(member), "%s: %s", method, text);
		cr_assert_str_eq(json_string_value(member), value, "%s: %s", method, text);
	}
	free(text);
	json_decref(answer);
}

void world_expect_error(struct world *w, int fd, const char *method, const char *parameters,
			const char *error, const char *key, const char *value)
{
	check_error(world_call(w, fd, method, parameters), method, error, key, value);
}

void world_answered(struct world *w, int fd, const char *method, const char *error)
{
	check_error(world_receive(w, fd, method), method, error, "", NULL);
}

void world_expect(struct world *w, int fd, const char *method, const char *parameters,
		  const char *reply)
{
	json_t *answer = world_call(w, fd, method, parameters);
	json_t *wanted = json_loads(reply, 0, NULL);
	char *text = json_dumps(answer, 0);

	cr_assert_not_null(wanted, "%s", reply);
	cr_assert(json_equal(json_object_get(answer, "parameters"), wanted) &&
			  !json_object_get(answer, "error"),
		  "%s: %s instead of %s", method, text, reply);
	free(text);
	json_decref(wanted);
	json_decref(answer);
}

void world_done(struct world *w, int code, const char *words)
{
	struct provd_error err = {.size = sizeof(err), .code = code};

	while (!w->done)
		fixture_turn(&w->f);
	snprintf(err.text, sizeof(err.text), "%s", words);
	w->done(w->done_user, code, &err);
	w->done = NULL;
}
