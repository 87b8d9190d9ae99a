/* SPDX-License-Identifier: Apache-2.0 */
/* What outlives the daemon: where its records are, with which key, and reading them. */
#include "daemon/daemon_internal.h"
#include "secret/secret.h"
#include "session/radio_store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int is_option(const struct provd_daemon *daemon, const char *name, const char *value)
{
	const char *text = provd_options_text(daemon->config->store, name);

	return text && strcmp(text, value) == 0;
}

void provd__state_check(struct provd_daemon *daemon, struct telling *telling)
{
	const char *path = provd_options_text(daemon->config->store, "key_file");
	struct provd_error err = {.size = sizeof(err)};
	int code;

	if (!is_option(daemon, "key", "file") || !path)
		return;
	code = provd_store_key_file(path, &daemon->store_key, &err);
	if (code) {
		(void)fprintf(telling->messages, "provd: error: %s\n", err.text);
		provd__note_fault(telling, code, PROVD_EXIT_CONFIG);
	}
}

static int create_store(struct provd_daemon *daemon)
{
	const char *dir = provd_options_text(daemon->config->daemon, "state_dir");
	struct provd_store_backend backend;
	int code;

	if (is_option(daemon, "backend", "hal"))
		code = provd_radio_store(daemon->radio, &backend);
	else
		code = provd_store_folder(daemon->loop, dir, &backend);
	if (code == 0)
		code = provd_store_create(daemon->loop, daemon->log, &backend, daemon->store_key,
					  &daemon->store);
	return code;
}

/* The next owner has no business with what happened before. */
static void on_reset(void *user, enum provd_reset what)
{
	struct provd_daemon *daemon = user;

	if (what != PROVD_RESET_FACTORY)
		return;
	provd_timeline_forget(provd_engine_timeline(daemon->engine));
	if (daemon->journal)
		provd_journal_service_forget(daemon->journal);
}

static void on_failure(void *user, const struct provd_failure *failure)
{
	provd__daemon_publish_failure(user, failure);
}

static int create_journal(struct provd_daemon *daemon)
{
	const struct provd_options *options = daemon->config->journal;
	const char *dir = provd_options_text(daemon->config->daemon, "state_dir");
	struct provd_journal_config config = {
		.loop = daemon->loop,
		.log = daemon->log,
		.max_bytes = (size_t)provd_options_int(options, "max_kib") * 1024u,
		.max_sessions = (size_t)provd_options_int(options, "max_sessions"),
		.on_failure = on_failure,
		.user = daemon,
	};
	struct provd_journal_backend backend;
	char folder[4096];
	int len = snprintf(folder, sizeof(folder), "%s/journal", dir);
	int code;

	if (!provd_options_int(options, "enabled"))
		return 0;
	if (len < 0 || (size_t)len >= sizeof(folder))
		return PROVD_E_INVALID;
	if (is_option(daemon, "backend", "hal"))
		code = provd_journal_records(daemon->loop, daemon->log, daemon->store, &backend);
	else
		code = provd_journal_folder(daemon->loop, daemon->log, folder, &backend);
	if (code == 0)
		code = provd_journal_service_create(&config, &backend, &daemon->journal);
	return code;
}

/* Two daemons would overwrite each other's records. A folder that nobody has made yet has none. */
static int lock_state(struct provd_daemon *daemon)
{
	const char *dir = provd_options_text(daemon->config->daemon, "state_dir");

	daemon->state_lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (daemon->state_lock < 0 || flock(daemon->state_lock, LOCK_EX | LOCK_NB) == 0 ||
	    errno != EWOULDBLOCK)
		return 0;
	(void)fprintf(stderr,
		      "provd: error: another daemon uses the state folder %s; stop it, or set "
		      "daemon.state_dir to another folder\n",
		      dir);
	return PROVD_E_BUSY;
}

int provd__state_create(struct provd_daemon *daemon)
{
	struct provd_supervisor_config supervisor = {
		.loop = daemon->loop,
		.log = daemon->log,
		.config = daemon->config,
		.radio = daemon->radio,
		.engine = daemon->engine,
		.on_link = provd__notice_link,
		.on_reset = on_reset,
		.user = daemon,
	};
	int code = lock_state(daemon);

	if (code)
		return code;
	code = create_store(daemon);
	if (code == 0)
		code = create_journal(daemon);
	if (code == 0)
		code = provd_saved_create(
			daemon->log, daemon->store,
			(size_t)provd_options_int(daemon->config->networks, "max"), &daemon->saved);
	supervisor.saved = daemon->saved;
	if (code == 0)
		code = provd_supervisor_create(&supervisor, &daemon->supervisor);
	if (code)
		(void)fprintf(stderr, "provd: error: cannot prepare the saved state: %s\n",
			      provd_err_text(code));
	else
		provd_engine_keep_in(daemon->engine, daemon->saved);
	return code;
}

/* What could not be read is told by the parts themselves. */
static void journal_read(void *user, int code)
{
	struct provd_daemon *daemon = user;

	(void)code;
	provd_engine_use_journal(daemon->engine, daemon->journal);
	daemon->opened(daemon);
}

static void loaded(void *user, int code, const struct provd_error *err)
{
	struct provd_daemon *daemon = user;

	(void)code;
	(void)err;
	if (!daemon->journal) {
		daemon->opened(daemon);
		return;
	}
	code = provd_journal_service_open(daemon->journal, journal_read, daemon);
	if (!code)
		return;
	PROVD_CLOG(daemon->log, "journal", 0, PROVD_LOG_ERROR,
		   "the journal cannot be opened, none is kept until the next start",
		   provd_f_code("reason", code));
	journal_read(daemon, code);
}

static void load(struct provd_daemon *daemon)
{
	const char *dir = provd_options_text(daemon->config->daemon, "state_dir");
	char mark[4096];
	int len = snprintf(mark, sizeof(mark), "%s/provisioned", dir);
	int code = provd_saved_load(
		daemon->saved, len > 0 && (size_t)len < sizeof(mark) ? mark : NULL, loaded, daemon);

	if (code)
		loaded(daemon, code, NULL);
}

static void got_key(void *user, int code, const struct provd_secret *key,
		    const struct provd_error *err)
{
	struct provd_daemon *daemon = user;

	/* Without the key the encrypted records cannot be read; new ones are not written in plain
	 * either. */
	provd_store_require_key(daemon->store);
	if (code)
		PROVD_CLOG(daemon->log, "daemon", 0, PROVD_LOG_ERROR,
			   "the HAL gives no key for the saved state", provd_f_code("reason", code),
			   provd_f_text("text", err ? err->text : provd_err_text(code)));
	else
		provd_store_set_key(daemon->store, key);
	load(daemon);
}

int provd__state_open(struct provd_daemon *daemon, void (*done)(void *user),
		      struct provd_error *err)
{
	int code = 0;

	if (is_option(daemon, "backend", "hal") && !provd_radio_has_store(daemon->radio)) {
		(void)snprintf(err->text, sizeof(err->text),
			       "store.backend is \"hal\", but no loaded HAL offers the capability "
			       "store; use \"file\", or load a HAL that has it");
		return err->code = PROVD_E_NO_CAPABILITY;
	}
	daemon->opened = done;
	if (is_option(daemon, "key", "hal"))
		code = provd_radio_device_key(daemon->radio, "store", got_key, daemon);
	else
		load(daemon);
	if (code)
		got_key(daemon, code, NULL, NULL);
	return 0;
}

static void journal_flushed(void *user, int code)
{
	struct provd_daemon *daemon = user;

	(void)code;
	daemon->flushed(daemon);
}

void provd__state_flush(struct provd_daemon *daemon, void (*done)(void *user))
{
	daemon->flushed = done;
	if (!daemon->journal)
		done(daemon);
	else
		provd_journal_service_flush(daemon->journal, journal_flushed, daemon);
}

void provd__state_close(struct provd_daemon *daemon)
{
	provd_store_destroy(daemon->store);
	provd_journal_service_destroy(daemon->journal);
	provd_saved_destroy(daemon->saved);
	provd_secret_unref(daemon->store_key);
	if (daemon->state_lock >= 0)
		(void)close(daemon->state_lock);
}
