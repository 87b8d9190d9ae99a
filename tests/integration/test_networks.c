/* SPDX-License-Identifier: Apache-2.0 */
/* Saved networks, when provisioning starts by itself, and what a power cut leaves. */
#include "e2e.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct e2e e2e;

TestSuite(networks, .timeout = 120);

#define BEGIN(...) e2e_init(&e2e, &(struct e2e_setup){.board = 1, __VA_ARGS__})

/* Two access points of the simulated world; the canary is the passphrase of both. */
#define HOME_AND_SHOP                                                                              \
	"[{\"ssid\":\"Home\",\"bssid\":\"02:00:00:00:00:01\","                                     \
	"\"passphrase\":\"can\\\"ary-pass-9c41\"},"                                                \
	"{\"ssid\":\"Shop\",\"bssid\":\"02:00:00:00:00:02\","                                      \
	"\"passphrase\":\"can\\\"ary-pass-9c41\"}]"
#define ADD_HOME                                                                                   \
	"{\"ap\":\"add\",\"ssid\":\"Home\",\"bssid\":\"02:00:00:00:00:01\","                       \
	"\"passphrase\":\"can\\\"ary-pass-9c41\"}"
#define REMOVE_HOME "{\"ap\":\"remove\",\"ssid\":\"Home\"}"

static void phone(void)
{
	cr_assert_eq(e2e_phone(&e2e, "Home", E2E_PASSPHRASE, E2E_TOKEN, "--app mini-program"), 0);
}

static void provision(void)
{
	e2e_start(&e2e);
	phone();
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	e2e_wait_status(&e2e, "bound", "true");
}

static int file_has(const char *name, const char *part)
{
	char *content = e2e_read(&e2e, name);
	int found = strstr(content, part) != NULL;

	free(content);
	return found;
}

static void wait_for(const char *name, const char *part)
{
	for (int i = 0; i < 2000 && !file_has(name, part); i++)
		poll(NULL, 0, 10);
	cr_assert(file_has(name, part), "%s never had %s", name, part);
}

static int ap_is_up(void)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/ap-is-up", e2e.dir);
	return access(path, F_OK) == 0;
}

static void wait_for_ap(int up)
{
	for (int i = 0; i < 2000 && ap_is_up() != up; i++)
		poll(NULL, 0, 10);
	cr_assert_eq(ap_is_up(), up);
}

/* The network that the device is on, by the list of saved ones: "" when it is on none. */
static void wait_for_network(const char *ssid)
{
	char found[64] = "?";

	for (int i = 0; i < 2000 && strcmp(found, ssid) != 0; i++) {
		json_t *reply = e2e_call(&e2e, "Networks");
		json_t *list = json_object_get(json_object_get(reply, "parameters"), "networks");
		json_t *network;
		size_t k;

		found[0] = '\0';
		json_array_foreach(list, k, network)
		{
			if (json_is_true(json_object_get(network, "current")))
				(void)snprintf(found, sizeof(found), "%s",
					       json_string_value(json_object_get(network, "ssid")));
		}
		json_decref(reply);
		poll(NULL, 0, 5);
	}
	cr_assert_str_eq(found, ssid);
}

static void call(const char *method, const char *parameters)
{
	json_t *reply = e2e_call_with(&e2e, method, parameters);

	cr_assert_null(json_object_get(reply, "error"), "%s: %s", method,
		       json_string_value(json_object_get(reply, "error")));
	json_decref(reply);
}

Test(networks, a_bound_device_is_back_on_its_network_after_a_restart)
{
	BEGIN(.policy = "if-unprovisioned");
	e2e_watch(&e2e);
	phone();
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	wait_for_network("Home");
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	wait_for_network("Home");
	cr_expect_not(ap_is_up(), "nobody is to be provisioned");
	e2e_wait_status(&e2e, "state", "idle");
	e2e_finish(&e2e);
}

Test(networks, the_link_comes_back_with_its_network)
{
	BEGIN(0);
	provision();
	wait_for_network("Home");
	e2e_tell_board(&e2e, REMOVE_HOME);
	wait_for_network("");
	e2e_tell_board(&e2e, ADD_HOME);
	wait_for_network("Home");
	e2e_finish(&e2e);
}

Test(networks, the_one_of_the_highest_priority_is_joined_first)
{
	BEGIN(.access_points = HOME_AND_SHOP);
	provision();
	call("Provide", "{\"ssid\":\"Shop\",\"passphrase\":\"can\\\"ary-pass-9c41\"}");
	e2e_wait_status(&e2e, "method", "control");
	e2e_wait_status(&e2e, "state", "bound");
	wait_for_network("Shop");
	call("SetNetworkPriority", "{\"ssid\":\"Home\",\"priority\":10}");
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	wait_for_network("Home");
	e2e_tell_board(&e2e, REMOVE_HOME);
	wait_for_network("Shop");
	call("ForgetNetwork", "{\"ssid\":\"Shop\"}");
	wait_for_network("");
	e2e_finish(&e2e);
}

Test(networks, a_wrong_passphrase_leaves_the_old_network_in_place)
{
	BEGIN(.access_points = HOME_AND_SHOP);
	provision();
	call("Provide", "{\"ssid\":\"Shop\",\"passphrase\":\"not the one\"}");
	e2e_wait_status(&e2e, "state", "failed");
	wait_for_network("Home");
	e2e_finish(&e2e);
}

Test(networks, without_its_network_it_opens_after_the_grace_time_and_closes_when_it_is_back)
{
	BEGIN(.policy = "always", .hal = ",\"phone_joins\":false", .start = ",\"grace\":\"300ms\"",
	      .sections = ",\"networks\":{\"retry\":\"200ms\"}");
	e2e_watch(&e2e);
	phone();
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	wait_for_network("Home");
	wait_for_ap(0);
	e2e_tell_board(&e2e, REMOVE_HOME);
	wait_for_ap(1);
	e2e_tell_board(&e2e, ADD_HOME);
	wait_for_network("Home");
	wait_for_ap(0);
	e2e_finish(&e2e);
}

Test(networks, the_button_starts_by_policy_and_opens_the_gate)
{
	json_t *reply;

	BEGIN(.policy = "button", .start = ",\"presence\":true");
	reply = e2e_call(&e2e, "Start");
	cr_assert_str_eq(json_string_value(json_object_get(reply, "error")),
			 "io.provd.Provisioning.PresenceRequired");
	json_decref(reply);
	cr_expect_not(ap_is_up());
	call("PressButton", NULL);
	wait_for_ap(1);
	phone();
	e2e_wait_status(&e2e, "state", "bound");
	e2e_finish(&e2e);
}

Test(networks, a_reset_forgets_and_begins_anew)
{
	BEGIN(.policy = "if-unprovisioned");
	e2e_watch(&e2e);
	phone();
	cr_assert_str_eq(e2e_end(&e2e), "bound");
	wait_for_network("Home");
	call("Reset", "{\"what\":\"factory\"}");
	e2e_wait_status(&e2e, "bound", "false");
	wait_for_network("");
	wait_for_ap(1);
	e2e_finish(&e2e);
}

/* Power cuts */

Test(networks, a_kill_leaves_no_access_point_behind)
{
	BEGIN(0);
	e2e_start(&e2e);
	wait_for_ap(1);
	e2e_kill_daemon(&e2e);
	cr_assert(ap_is_up(), "as on a real radio, nobody has closed it");
	e2e_restart_daemon(&e2e);
	wait_for_ap(0);
	e2e_finish(&e2e);
}

Test(networks, a_binding_that_was_cut_off_is_taken_up_without_the_phone)
{
	BEGIN(.cloud = "--fault bind-silent:1");
	e2e_start(&e2e);
	phone();
	e2e_expect(&e2e, "binding", NULL);
	wait_for("cloud.out", "\"bind\"");
	e2e_kill_daemon(&e2e);
	e2e_tell_cloud(&e2e, "{\"clear\":true}");
	e2e_restart_daemon(&e2e);
	e2e_wait_status(&e2e, "bound", "true");
	e2e_wait_status(&e2e, "method", "resume");
	wait_for_network("Home");
	e2e_finish(&e2e);
}

Test(networks, a_reboot_while_binding_is_no_reason_to_do_it_again)
{
	BEGIN(.cloud = "--fault bind-silent:1");
	e2e_start(&e2e);
	phone();
	e2e_expect(&e2e, "binding", NULL);
	wait_for("cloud.out", "\"bind\"");
	kill(e2e.daemon.pid, SIGTERM);
	cr_assert_eq(e2e_wait(&e2e.daemon), 0);
	close(e2e.watch);
	e2e.watch = -1;
	e2e_tell_cloud(&e2e, "{\"clear\":true}");
	e2e_restart_daemon(&e2e);
	e2e_wait_status(&e2e, "bound", "true");
	e2e_finish(&e2e);
}

Test(networks, with_commit_at_bound_a_cut_session_is_taken_up_before_anything_is_saved)
{
	BEGIN(.cloud = "--fault bind-silent:1", .sections = ",\"networks\":{\"commit\":\"bound\"}");
	e2e_start(&e2e);
	phone();
	e2e_expect(&e2e, "binding", NULL);
	wait_for("cloud.out", "\"bind\"");
	e2e_kill_daemon(&e2e);
	e2e_tell_cloud(&e2e, "{\"clear\":true}");
	e2e_restart_daemon(&e2e);
	e2e_wait_status(&e2e, "bound", "true");
	wait_for_network("Home");
	e2e_finish(&e2e);
}

Test(networks, what_cannot_be_taken_up_is_forgotten)
{
	BEGIN(.cloud = "--fault bind-silent:9",
	      .sections = ",\"networks\":{\"resume_for\":\"0s\"}");
	e2e_start(&e2e);
	phone();
	e2e_expect(&e2e, "binding", NULL);
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	wait_for_network("Home");
	e2e_wait_status(&e2e, "state", "idle");
	e2e_wait_status(&e2e, "bound", "false");
	e2e_finish(&e2e);
}

/* Secrets at rest */

static void write_key(void)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/store.key", e2e.dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	cr_assert_eq(write(fd, "0123456789abcdef0123456789abcdef", 32), 32);
	close(fd);
}

/* The canaries of e2e_finish look into the records when there is a key. */
Test(networks, a_key_file_encrypts_what_is_saved)
{
	BEGIN(.sections = ",\"store\":{\"key\":\"none\"}");
	e2e_kill_daemon(&e2e);
	write_key();
	e2e_set_config(&e2e, "\"key\":\"none\"", "\"key\":\"file\",\"key_file\":\"store.key\"");
	e2e_restart_daemon(&e2e);
	provision();
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	wait_for_network("Home");
	e2e_finish(&e2e);
}

Test(networks, a_key_of_the_hal_encrypts_what_is_saved)
{
	BEGIN(.sections = ",\"store\":{\"backend\":\"hal\",\"key\":\"hal\"}",
	      .hal = ",\"store_dir\":\"board\"");
	write_key();
	provision();
	e2e_kill_daemon(&e2e);
	e2e_restart_daemon(&e2e);
	wait_for_network("Home");
	e2e_finish(&e2e);
}
