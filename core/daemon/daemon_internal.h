/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVD_CORE_DAEMON_INTERNAL_H
#define PROVD_CORE_DAEMON_INTERNAL_H

#include "board/board.h"
#include "control/control.h"
#include "daemon/daemon.h"
#include "daemon/stats.h"
#include "daemon/supervisor.h"
#include "hooks/hooks.h"
#include "journal/journal.h"
#include "service/service.h"
#include "session/engine.h"
#include "store/store.h"

/* A configured plugin, loaded or refused. */
struct loaded {
	struct provd_config_plugin *entry;
	struct provd_plugin *plugin; /* NULL: refused */
	uint32_t kind;
	char reason[PROVD_ERROR_TEXT_MAX];
};

/* A control client that watches. */
struct watcher {
	struct watcher *next;
	struct watcher **list; /* that it is in */
	struct provd_control_call *call;
	uint64_t session; /* only this one, until its end; 0: all */
};

/* A call that is answered when a session has given back what it held. */
struct waiting_call;

struct provd_daemon {
	struct provd_config *config;
	struct provd_loop *loop;
	struct provd_log *log;
	struct provd_owner *owner;
	struct loaded *loaded;
	size_t loaded_count;
	struct provd_store *store;
	struct provd_saved *saved;
	struct provd_journal_service *journal; /* NULL: none is kept */
	struct provd_radio *radio;
	struct provd_engine *engine;
	struct provd_supervisor *supervisor;
	struct provd_control *control;
	struct watcher *watchers;
	struct watcher *error_watchers;
	struct waiting_call *starts;
	struct waiting_call *stops;
	int stop_asked;			/* the session that ends does so because of Stop */
	struct provd_secret *store_key; /* NULL: none, or the HAL's */
	int state_lock;			/* descriptor of the state folder; -1: not locked */
	struct provd_hooks *hooks;
	struct provd_button *button;
	struct provd_led *led;
	struct provd_service *service;
	uint32_t noticed;	     /* state that hooks and LED were told last */
	void (*opened)(void *user);  /* the records are read */
	void (*flushed)(void *user); /* the journal is durable */
	uint64_t stop_timer;
	int ready;     /* radio open, records read: everything may be asked for */
	int signal_fd; /* -1: none */
	uint64_t signal_watch;
	int stopping;
	int exit_status;
	struct waiting_call *take_overs; /* until no session runs */
	struct waiting_call *pending;	 /* changes that are being made durable */
	struct provd_stats stats;
};

/* What the faults of plugins and their options are told with. */
struct telling {
	struct provd_config_errors *errors;
	FILE *messages;
	int code; /* the first fault */
	int exit_status;
};

/* handlers.c: the methods of io.provd.Provisioning; the user pointer is the daemon. */
extern const struct provd_control_method provd__daemon_methods[];
extern const size_t provd__daemon_method_count;

/* Sends an entry to all who watch. */
void provd__daemon_publish(struct provd_daemon *daemon, const struct provd_timeline_entry *entry);

/* handlers_errors.c: sends a failure to all who watch failures. */
void provd__daemon_publish_failure(struct provd_daemon *daemon,
				   const struct provd_failure *failure);

/* start.c: the method Start. It may come before the last session has given back the radio: then
 * it waits for that, which is a matter of seconds, and is answered afterwards. */
void provd__handle_start(void *user, struct provd_control_call *call, const json_t *parameters,
			 int more);
/* The method Stop: answered when the session has ended. */
void provd__handle_stop(void *user, struct provd_control_call *call, const json_t *parameters,
			int more);
/* The session is over: who waits for that is told; the first start that waits follows on the next
 * turn. */
void provd__starts_wake(struct provd_daemon *daemon);
/* The daemon stops: all that wait are refused. */
void provd__starts_refuse(struct provd_daemon *daemon);
/* Control socket and store are closed: frees what is left of calls. */
void provd__calls_finish(struct provd_daemon *daemon);

/* state.c: what outlives the daemon. */
/* Checks what can be checked without touching anything: the key file. */
void provd__state_check(struct provd_daemon *daemon, struct telling *telling);
/* Makes store, saved records and supervisor. @return 0 or a code; told on stderr */
int provd__state_create(struct provd_daemon *daemon);
/* Reads the records once the HALs are open; `done(daemon)` follows, perhaps within the call.
 * @return 0, or PROVD_E_NO_CAPABILITY with words: `done` does not follow */
int provd__state_open(struct provd_daemon *daemon, void (*done)(void *user),
		      struct provd_error *err);
/* Everything of sessions is to survive a power cut; `done(daemon)` follows once, perhaps within the
 * call. */
void provd__state_flush(struct provd_daemon *daemon, void (*done)(void *user));
void provd__state_close(struct provd_daemon *daemon);

/* notice.c: who is told what happens: hooks, LED, the service manager. */
/* Makes hooks, button and LED; one that is not there is told and left out. */
void provd__notice_begin(struct provd_daemon *daemon);
void provd__notice_entry(struct provd_daemon *daemon, const struct provd_timeline_entry *entry);
void provd__notice_link(void *user, int up);

/* plugins.c */
/* Entries of "hal", "methods" and "cloud" together. */
size_t provd__plugin_entries(const struct provd_config *config);
/* Remembers a fault. A wrong configuration counts more than a plugin that is missing: it is mended
 * first. */
void provd__note_fault(struct telling *telling, int code, int exit_status);
/* Loads all, so that every fault is told at once. */
void provd__plugins_load(struct provd_daemon *daemon, struct telling *telling);
/* Makes the instances; radio and engine are there. */
void provd__plugins_create(struct provd_daemon *daemon, struct telling *telling);

/* check.c: groups, programs and devices that the config names; touches nothing. */
void provd__surroundings_check(struct provd_daemon *daemon, struct telling *telling);

/* logging.c: makes daemon->log. @return 0 or a code */
int provd__log_open(struct provd_daemon *daemon);

/* daemon.c */
/* Ends the session, closes everything, and makes provd_daemon_run return. Allowed twice. */
void provd__daemon_stop(struct provd_daemon *daemon, int exit_status);

/* signals.c */
int provd__signals_watch(struct provd_daemon *daemon);
void provd__signals_end(struct provd_daemon *daemon);

#endif /* PROVD_CORE_DAEMON_INTERNAL_H */
