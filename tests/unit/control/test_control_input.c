/* SPDX-License-Identifier: Apache-2.0 */
/** What is wrong with a call is told by name: every method and parameter of the interface text. */
#include "handlers_world.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INVALID "org.varlink.service.InvalidParameter"

static struct world w;

TestSuite(control_input, .timeout = 100);

/* Parameters with which a method's types are right, and its handler answers at once. */
static json_t *good(const char *method)
{
	static const char *const rows[][2] = {
		{"Watch", "{\"session\":1}"},
		{"Provide", "{\"ssid\":\"Home\"}"},
		{"ForgetNetwork", "{\"ssid\":\"none\"}"},
		{"SetNetworkPriority", "{\"ssid\":\"none\",\"priority\":1}"},
		{"Reset", "{\"what\":\"cloud\"}"},
		{"SetLogLevel", "{\"level\":\"debug\"}"},
		{"ExportErrors", "{\"format\":\"codes\"}"},
		{"ImportErrors", "{\"format\":\"codes\",\"data\":\"\"}"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i][0], method) == 0)
			return json_loads(rows[i][1], 0, NULL);
	return json_object();
}

/* The call with this value in place of a member is refused by the member's name. Takes value. */
static void expect_refused(int fd, const char *method, const char *name, json_t *value,
			   const char *path)
{
	json_t *parameters = good(method);
	char *text;

	if (value)
		json_object_set_new(parameters, name, value);
	else
		json_object_del(parameters, name);
	text = json_dumps(parameters, 0);
	world_expect_error(&w, fd, method, text, INVALID, "parameter", path);
	free(text);
	json_decref(parameters);
}

/* A value that fits no type but `object`. */
static json_t *deep_value(void)
{
	json_t *value = json_array();

	for (int i = 0; i < 12; i++)
		value = json_pack("[o]", value);
	return value;
}

static const struct provd_idl_type *plain(const struct provd_idl_type *type)
{
	while (type->kind == PROVD_IDL_MAYBE || type->kind == PROVD_IDL_NAMED)
		type = type->element;
	return type;
}

static void try_types(int fd, const char *method, const struct provd_idl_field *field)
{
	enum provd_idl_kind kind = plain(field->type)->kind;
	const char *name = field->name;
	char first[64];

	snprintf(first, sizeof(first), "%s[0]", name);
	if (kind != PROVD_IDL_INT)
		expect_refused(fd, method, name, json_integer(1), name);
	expect_refused(fd, method, name, json_real(1.5), name);
	if (kind != PROVD_IDL_BOOL)
		expect_refused(fd, method, name, json_true(), name);
	if (kind != PROVD_IDL_STRING)
		expect_refused(fd, method, name, json_string("no such word"), name);
	expect_refused(fd, method, name, json_object(), name);
	expect_refused(fd, method, name, deep_value(), kind == PROVD_IDL_ARRAY ? first : name);
	if (kind == PROVD_IDL_ARRAY)
		expect_refused(fd, method, name, json_pack("[n]"), first);
	if (field->type->kind != PROVD_IDL_MAYBE) {
		expect_refused(fd, method, name, json_null(), name);
		expect_refused(fd, method, name, NULL, name);
	}
}

static void try_huge(int fd, const char *method, const struct provd_idl_field *field)
{
	enum provd_idl_kind kind = plain(field->type)->kind;
	const char *name = field->name;
	char *huge;

	if (kind == PROVD_IDL_INT) {
		expect_refused(fd, method, name, json_integer(INT64_MIN), name);
		/* there is no largest number of a session */
		if (strcmp(name, "session") != 0)
			expect_refused(fd, method, name, json_integer(INT64_MAX), name);
		return;
	}
	if (kind != PROVD_IDL_STRING && kind != PROVD_IDL_ENUM)
		return;
	/* what fits a message is not too long for data */
	if (strcmp(name, "data") == 0)
		return;
	huge = malloc(60001);
	memset(huge, 'a', 60000);
	huge[60000] = '\0';
	expect_refused(fd, method, name, json_string(huge), name);
	free(huge);
}

Test(control_input, every_parameter_of_every_method)
{
	size_t methods = 0;
	size_t fields = 0;
	int fd;

	world_init(&w);
	fd = fixture_connect(&w.f);
	for (const struct provd_idl_member *m = w.idl->members; m; m = m->next) {
		if (m->kind != PROVD_IDL_METHOD)
			continue;
		methods++;
		expect_refused(fd, m->name, "unknown", json_null(), "unknown");
		expect_refused(fd, m->name, "", json_integer(1), "");
		for (const struct provd_idl_field *f = m->in->fields; f; f = f->next) {
			fields++;
			try_types(fd, m->name, f);
			try_huge(fd, m->name, f);
		}
	}
	cr_assert_eq(methods, provd__daemon_method_count);
	cr_assert_gt(fields, 20);
	cr_assert_eq(w.starts + w.offers + w.forgets + w.resets + w.pressed, 0);
	close(fd);
	world_finish(&w);
}

/* Members of a call itself. */
Test(control_input, too_long_and_too_deep)
{
	char *big = malloc(66000);
	size_t len;
	int fd;

	world_init(&w);
	fd = fixture_connect(&w.f);
	len = (size_t)snprintf(big, 66000,
			       "{\"method\":\"io.provd.Provisioning.Provide\","
			       "\"parameters\":{\"ssid\":\"");
	memset(big + len, 'x', 66000 - len);
	fixture_send(fd, big, 65537);
	fixture_expect(&w.f, fd,
		       "{\"error\":\"" INVALID "\",\"parameters\":{\"parameter\":\"message\"}}");
	fixture_expect_end(&w.f, fd);
	close(fd);
	fd = fixture_connect(&w.f);
	world_send(fd, "Reset", "{\"what\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}", 0);
	fixture_expect_end(&w.f, fd);
	close(fd);
	free(big);
	world_finish(&w);
}

#define HOME "\"ssid\":\"Home\""
/* method, parameters, the one that is wrong */
static const char *const out_of_range[][3] = {
	{"Start", "{\"methods\":[]}", "methods"},
	{"Start", "{\"methods\":[\"a\",5]}", "methods[1]"},
	{"Start", "{\"plan\":[]}", "plan"},
	{"Start", "{\"plan\":[{\"methods\":[],\"for_ms\":1}]}", "plan"},
	{"Start", "{\"plan\":[{\"methods\":[\"a\"],\"for_ms\":-1}]}", "plan"},
	{"Start", "{\"plan\":[{\"methods\":[\"a\"],\"for_ms\":604800001}]}", "plan"},
	{"Start",
	 "{\"plan\":[{\"methods\":[\"a\"],\"for_ms\":0},{\"methods\":[\"b\"],\"for_ms\":0}]}",
	 "plan"},
	{"Start", "{\"plan\":[{\"methods\":[\"a\"]}]}", "plan[0].for_ms"},
	{"Start", "{\"deadline_ms\":0}", "deadline_ms"},
	{"Start", "{\"deadline_ms\":-1}", "deadline_ms"},
	{"Start", "{\"deadline_ms\":604800001}", "deadline_ms"},
	{"Watch", "{}", "more"},
	{"Timeline", "{\"session\":0}", "session"},
	{"Provide", "{}", "ssid"},
	{"Provide", "{\"ssid\":null,\"ssid_hex\":null}", "ssid"},
	{"Provide", "{\"ssid\":\"\"}", "ssid"},
	{"Provide", "{\"ssid\":\"123456789012345678901234567890123\"}", "ssid"},
	{"Provide", "{\"ssid\":\"a\",\"ssid_hex\":\"61\"}", "ssid_hex"},
	{"Provide", "{\"ssid_hex\":\"\"}", "ssid_hex"},
	{"Provide", "{\"ssid_hex\":\"6\"}", "ssid_hex"},
	{"Provide", "{\"ssid_hex\":\"6g\"}", "ssid_hex"},
	{"Provide", "{\"ssid_hex\":\" 61\"}", "ssid_hex"},
	{"Provide",
	 "{\"ssid_hex\":\"000000000000000000000000000000000000000000000000000000000000000000\"}",
	 "ssid_hex"},
	{"Provide", "{" HOME ",\"passphrase\":\"1234567\"}", "passphrase"},
	{"Provide",
	 "{" HOME ",\"passphrase\":"
	 "\"123456789012345678901234567890123456789012345678901234567890123g\"}",
	 "passphrase"},
	{"Provide",
	 "{" HOME ",\"passphrase\":"
	 "\"12345678901234567890123456789012345678901234567890123456789012345\"}",
	 "passphrase"},
	{"Provide", "{" HOME ",\"passphrase\":\"12345678\",\"passphrase_hex\":\"\"}",
	 "passphrase_hex"},
	{"Provide", "{" HOME ",\"passphrase_hex\":\"123456789012345\"}", "passphrase_hex"},
	{"Provide", "{" HOME ",\"passphrase_hex\":\"12345678901234\"}", "passphrase_hex"},
	{"Provide", "{" HOME ",\"passphrase_hex\":\"1234567890123456zz\"}", "passphrase_hex"},
	{"Provide", "{" HOME ",\"token\":\"\"}", "token"},
	{"Provide", "{" HOME ",\"bssid\":\"\"}", "bssid"},
	{"Provide", "{" HOME ",\"bssid\":\"00:11:22:33:44\"}", "bssid"},
	{"Provide", "{" HOME ",\"bssid\":\"00:11:22:33:44:5\"}", "bssid"},
	{"Provide", "{" HOME ",\"bssid\":\"00-11-22-33-44-55\"}", "bssid"},
	{"Provide", "{" HOME ",\"bssid\":\"00:11:22:33:44:5g\"}", "bssid"},
	{"Provide", "{" HOME ",\"bssid\":\"01:11:22:33:44:55\"}", "bssid"},
	{"Provide", "{" HOME ",\"bssid\":\"00:11:22:33:44:55:66\"}", "bssid"},
	{"Provide", "{" HOME ",\"channel\":0}", "channel"},
	{"Provide", "{" HOME ",\"channel\":234}", "channel"},
	{"Provide", "{" HOME ",\"deadline_ms\":0}", "deadline_ms"},
	{"ForgetNetwork", "{}", "ssid"},
	{"ForgetNetwork", "{\"ssid\":\"a\",\"ssid_hex\":\"61\"}", "ssid_hex"},
	{"SetNetworkPriority", "{" HOME ",\"priority\":1001}", "priority"},
	{"SetNetworkPriority", "{" HOME ",\"priority\":-1001}", "priority"},
	{"SetNetworkPriority", "{\"priority\":1}", "ssid"},
	{"PressButton", "{\"held_ms\":-1}", "held_ms"},
	{"PressButton", "{\"held_ms\":600001}", "held_ms"},
	{"Reset", "{\"what\":\"everything\"}", "what"},
	{"Reset", "{\"what\":\"\"}", "what"},
	{"Errors", "{\"session\":0}", "session"},
	{"WatchErrors", "{}", "more"},
	{"ExportErrors", "{\"format\":\"\"}", "format"},
	{"ExportErrors", "{\"format\":\"Codes\"}", "format"},
	{"ExportErrors", "{\"format\":\"9codes\"}", "format"},
	{"ExportErrors", "{\"format\":\"../codes\"}", "format"},
	{"ExportErrors", "{\"format\":\"a23456789012345678901234567890123\"}", "format"},
	{"ImportErrors", "{\"format\":\"-codes\",\"data\":\"\"}", "format"},
	{"SetLogLevel", "{\"level\":\"all\"}", "level"},
	{"SetLogLevel", "{\"level\":\"info\",\"topic\":\"a b\"}", "topic"},
	{"SetLogLevel", "{\"level\":\"info\",\"topic\":\"\\u00e4\"}", "topic"},
	{"SetLogLevel",
	 "{\"level\":\"info\",\"topic\":"
	 "\"1234567890123456789012345678901234567890123456789012345678901234\"}",
	 "topic"},
};

Test(control_input, ranges_and_what_goes_together)
{
	char token[600];
	int fd;

	world_init(&w);
	fd = fixture_connect(&w.f);
	for (size_t i = 0; i < sizeof(out_of_range) / sizeof(out_of_range[0]); i++)
		world_expect_error(&w, fd, out_of_range[i][0], out_of_range[i][1], INVALID,
				   "parameter", out_of_range[i][2]);
	snprintf(token, sizeof(token), "{" HOME ",\"token\":\"%0513d\"}", 0);
	world_expect_error(&w, fd, "Provide", token, INVALID, "parameter", "token");
	cr_assert_eq(w.starts + w.offers + w.forgets + w.resets + w.pressed, 0);
	/* what was refused was not told to the log */
	cr_assert_null(strstr(w.f.last_line, "1234567"), "%s", w.f.last_line);
	close(fd);
	world_finish(&w);
}

static int is_for_all(const char *method)
{
	static const char *const names[] = {
		"Status",	"Watch",   "Timeline",	   "Sessions",	"Errors", "WatchErrors",
		"ExportErrors", "Plugins", "Capabilities", "LogLevels", "Stats",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], method) == 0)
			return 1;
	return 0;
}

Test(control_input, who_may_call_what)
{
	size_t steering = 0;
	int fd;

	world_init(&w);
	fixture_fake_peer(&w.f, geteuid() + 4711, 0);
	fd = fixture_connect(&w.f);
	for (const struct provd_idl_member *m = w.idl->members; m; m = m->next) {
		json_t *parameters;
		char *text;

		if (m->kind != PROVD_IDL_METHOD)
			continue;
		if (is_for_all(m->name)) {
			/* it gets past the door, and is found wanting there */
			expect_refused(fd, m->name, "unknown", json_null(), "unknown");
			continue;
		}
		steering++;
		parameters = good(m->name);
		text = json_dumps(parameters, 0);
		world_expect_error(&w, fd, m->name, text, "PermissionDenied", "method", m->name);
		world_expect_error(&w, fd, m->name, "{\"unknown\":1}", "PermissionDenied", "method",
				   m->name);
		free(text);
		json_decref(parameters);
	}
	cr_assert_eq(steering, 13);
	cr_assert_eq(w.starts + w.offers + w.forgets + w.resets + w.pressed, 0);
	close(fd);
	world_finish(&w);
}

/* Each method's good answer, as another user too where that is allowed. */
Test(control_input, answers_are_what_the_text_says)
{
	const struct provd_failure failure = {
		.session = 9, .code = PROVD_E_TIMEOUT, .method = "softap", .text = "too late"};
	int fd;

	world_init(&w);
	w.start_code = PROVD_E_NO_CAPABILITY;
	w.reset_code = PROVD_E_BUSY;
	w.reload.changed = json_pack("[s]", "daemon.log.level");
	w.failures = &failure;
	w.failure_count = 1;
	fd = fixture_connect(&w.f);
	for (const struct provd_idl_member *m = w.idl->members; m; m = m->next) {
		json_t *parameters = good(m->name);
		char *text = json_dumps(parameters, 0);

		if (m->kind == PROVD_IDL_METHOD) {
			world_send(fd, m->name, text, 1);
			while (strcmp(m->name, "WatchErrors") == 0 && !w.daemon.error_watchers)
				fixture_turn(&w.f);
			provd__daemon_publish_failure(&w.daemon, &failure);
			json_decref(world_receive(&w, fd, m->name));
		}
		/* the made-up timeline has two entries of session 1 */
		if (m->kind == PROVD_IDL_METHOD && strncmp(m->name, "Watch", 5) == 0) {
			close(fd);
			fd = fixture_connect(&w.f);
		}
		free(text);
		json_decref(parameters);
	}
	close(fd);
	world_finish(&w);
}

Test(control_input, sixty_four_clients_and_slow_ones)
{
	struct provd_timeline_entry entry = {.session = 3, .state = PROVD_STATE_JOINING};
	int fds[64];

	world_init(&w);
	w.session = 3;
	entry.event = "joining";
	entry.detail = json_object();
	for (int i = 0; i < 64; i++) {
		fds[i] = fixture_connect(&w.f);
		fixture_settle(&w.f);
		if (i < 32)
			world_send(fds[i], "Watch", NULL, 1);
		else
			json_decref(world_call(&w, fds[i], "Status", NULL));
	}
	fixture_settle(&w.f);
	cr_assert_eq(provd_control_get_stats(w.f.control).clients, 64);
	/* nobody of the 32 reads: each is dropped for itself, and nobody waits for them */
	for (int i = 0; i < 100000 && w.daemon.watchers; i++) {
		provd__daemon_publish(&w.daemon, &entry);
		provd_loop_turn(w.f.loop, 0);
	}
	cr_assert_null(w.daemon.watchers);
	fixture_settle(&w.f);
	cr_assert_eq(provd_control_get_stats(w.f.control).dropped, 32);
	cr_assert_not_null(strstr(w.f.last_line, "does not read"), "%s", w.f.last_line);
	for (int i = 32; i < 64; i++)
		json_decref(world_call(&w, fds[i], "Status", NULL));
	for (int i = 0; i < 64; i++)
		close(fds[i]);
	json_decref(entry.detail);
	world_finish(&w);
}

Test(control_input, texts_of_thousands_of_bytes)
{
	static const char *const names[] = {"ssid",	      "ssid_hex", "passphrase",
					    "passphrase_hex", "token",	  "bssid"};
	char junk[3500];
	int fd;

	world_init(&w);
	fd = fixture_connect(&w.f);
	memset(junk, '7', sizeof(junk) - 1);
	junk[sizeof(junk) - 1] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *parameters = json_pack("{s:s}", names[i], junk);
		char *text;

		if (strncmp(names[i], "ssid", 4) != 0)
			json_object_set_new(parameters, "ssid", json_string("Home"));
		text = json_dumps(parameters, 0);
		world_expect_error(&w, fd, "Provide", text, INVALID, "parameter", names[i]);
		free(text);
		json_decref(parameters);
	}
	cr_assert_eq(w.offers, 0);
	close(fd);
	world_finish(&w);
}
