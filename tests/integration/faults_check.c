/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold whatever went wrong. */
#include "faults.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACEHOLDER "YOUR_IOT_PSK"

struct faults_path faults_path(const struct faults *faults, const char *name)
{
	struct faults_path path;

	(void)snprintf(path.text, sizeof(path.text), "%s/%s", faults->e2e.dir, name);
	return path;
}

char *faults_tell(const struct faults *faults)
{
	char *operations = e2e_read(&faults->e2e, "faults.log");
	char *log = e2e_read(&faults->e2e, "provd.err");
	size_t len = strlen(log);
	char *story = NULL;

	cr_assert_geq(asprintf(&story, "device %s\n%s\n...%s", faults->device, operations,
			       len > 6000 ? log + len - 6000 : log),
		      0);
	free(operations);
	free(log);
	return story;
}

/* 1 when the daemon is dead; it is reaped then. */
int faults_is_dead(struct faults *faults)
{
	if (faults->e2e.daemon.pid && waitpid(faults->e2e.daemon.pid, NULL, WNOHANG) != 0)
		faults->e2e.daemon.pid = 0;
	return faults->e2e.daemon.pid == 0;
}

int faults_is(const json_t *entry, const char *key, const char *value)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text && strcmp(text, value) == 0;
}

static const char *secret_of(const json_t *identity)
{
	const char *secret = json_string_value(
		json_object_get(json_object_get(identity, "key_deviceinfo"), "deviceSecret"));

	return secret ? secret : "";
}

json_t *faults_load_identity(const struct faults *faults)
{
	struct faults_path path = faults_path(faults, "device_info.json");

	return json_load_file(path.text, JSON_REJECT_DUPLICATES, NULL);
}

/* The identity is the old one, or the old one with a secret. @return the secret, or NULL */
char *faults_check_identity(const struct faults *faults)
{
	struct faults_path path = faults_path(faults, "device_info.json");
	json_t *now = faults_load_identity(faults);
	char *secret = strdup(secret_of(now));
	struct stat st;

	HOLDS(now);
	HOLDS(stat(path.text, &st) == 0 && (st.st_mode & 0777) == 0600);
	HOLDS(strcmp(secret, PLACEHOLDER) == 0 || strlen(secret) >= 16);
	(void)json_object_set_new(json_object_get(now, "key_deviceinfo"), "deviceSecret",
				  json_string(PLACEHOLDER));
	HOLDS(json_equal(now, faults->identity));
	json_decref(now);
	if (strcmp(secret, PLACEHOLDER) != 0)
		return secret;
	free(secret);
	return NULL;
}

size_t faults_logged(const struct faults *faults, const char *words)
{
	char *log = e2e_read(&faults->e2e, "provd.err");
	size_t count = 0;

	for (const char *at = log; (at = strstr(at, words)); at++)
		count++;
	free(log);
	return count;
}

/* The saved networks are the old ones, or the old ones and the new one. */
void faults_check_networks(const struct faults *faults)
{
	json_t *answer = wire_call(faults->e2e.socket, "Networks", NULL, FAULTS_WAIT_MS);
	const json_t *networks = json_object_get(json_object_get(answer, "parameters"), "networks");
	size_t old = 0;
	size_t i;
	json_t *network;

	HOLDS(answer && json_is_array(networks));
	json_array_foreach(networks, i, network)
	{
		if (faults->network && faults_is(network, "ssid", faults->network))
			old++;
		else
			HOLDS(faults_is(network, "ssid", "Home"));
	}
	/* What cannot be read for the moment is not there, and told; it is not lost for that. */
	HOLDS(old == (faults->network ? 1 : 0) ||
	      (faults->faulty && faults_logged(faults, "\"a record cannot be used\"")));
	HOLDS(json_array_size(networks) <= old + 1);
	json_decref(answer);
}

/* How often the cloud said this about the device. */
size_t faults_told(const struct faults *faults, const char *event)
{
	struct faults_path path = faults_path(faults, "cloud.out");
	FILE *file = fopen(path.text, "r");
	char line[1024];
	size_t count = 0;

	while (file && fgets(line, sizeof(line), file)) {
		json_t *message = json_loads(line, 0, NULL);

		if (faults_is(message, "event", event) &&
		    faults_is(message, "device", faults->device))
			count++;
		json_decref(message);
	}
	if (file)
		fclose(file);
	return count;
}

/* The simulated board refuses to break an access point that is not open. */
static int ap_is_open(const struct faults *faults)
{
	static const char command[] = "{\"softap\":\"fail\"}";
	struct sockaddr_un own = {.sun_family = AF_UNIX};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	char answer[512] = "";
	struct pollfd wait;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(own.sun_path, sizeof(own.sun_path), "%s/ask.sock", faults->e2e.dir);
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", faults->sim);
	(void)unlink(own.sun_path);
	HOLDS(bind(fd, (struct sockaddr *)&own, sizeof(own)) == 0);
	HOLDS(sendto(fd, command, strlen(command), 0, (struct sockaddr *)&to, sizeof(to)) > 0);
	wait = (struct pollfd){.fd = fd, .events = POLLIN};
	HOLDS(poll(&wait, 1, FAULTS_WAIT_MS) == 1);
	HOLDS(recv(fd, answer, sizeof(answer) - 1, 0) > 0);
	close(fd);
	(void)unlink(own.sun_path);
	return strstr(answer, "\"ok\":true") || strstr(answer, "\"ok\": true");
}

/* Waits until the last session has released everything, or the daemon is dead. */
void faults_settle(struct faults *faults)
{
	int64_t until = wire_now_ms() + FAULTS_WAIT_MS;

	while (!faults_is_dead(faults) &&
	       faults_logged(faults, "\"session is over\"") + faults->cut <
		       faults_logged(faults, "\"session started\"")) {
		HOLDS(wire_now_ms() < until);
		poll(NULL, 0, 5);
	}
}

/* What is kept is right, and no access point is left. To ask for that breaks it, so it is asked
 * for only when the session is over. */
void faults_check_rest(struct faults *faults)
{
	faults_settle(faults);
	faults_check_networks(faults);
	HOLDS(!ap_is_open(faults));
}

/* Files that were being written when the power went. Nobody else may read them. */
unsigned faults_sweep(const struct faults *faults, const char *folder, int clean)
{
	unsigned count = 0;
	struct faults_path at = faults_path(faults, folder);
	DIR *dir = opendir(at.text);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct faults_path path;
		struct stat st;

		if (!strstr(entry->d_name, ".tmp-"))
			continue;
		(void)snprintf(path.text, sizeof(path.text), "%.120s/%.120s", at.text,
			       entry->d_name);
		HOLDS(stat(path.text, &st) == 0 && (st.st_mode & 077) == 0);
		HOLDS(!clean || unlink(path.text) == 0);
		count++;
	}
	if (dir)
		closedir(dir);
	return count;
}
