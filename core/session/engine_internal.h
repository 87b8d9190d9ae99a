/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the engine share: engine.c (states), engine_start.c, engine_attempt.c (join to bound), engine_keep.c (what is made
 * durable), engine_retry.c (saved networks in the background), engine_slot.c (one method), engine_methods.c (all methods), engine_plan.c (capabilities and turns), engine_cloud.c (identity, registering, binding, dialect), engine_report.c (status), engine_after.c (after a session that has failed). */
#ifndef PROVD_CORE_ENGINE_INTERNAL_H
#define PROVD_CORE_ENGINE_INTERNAL_H

#include "journal/journal.h"
#include "net/net.h"
#include "secret/secret.h"
#include "session/appchannel.h"
#include "session/diagnose.h"
#include "session/engine.h"
#include "session/words.h"

#include <provd/cloud.h>

enum slot_state {
	SLOT_UNAVAILABLE, /* a capability is missing */
	SLOT_IDLE,
	SLOT_STARTING,
	SLOT_LISTENING,
	SLOT_QUIET,	 /* keeps the radio, takes no credentials */
	SLOT_SUSPENDING, /* asked to give the radio back */
	SLOT_SUSPENDED,
	SLOT_STOPPING,
	SLOT_FAULTED /* broke its contract; not used again */
};

/* One configured method. */
struct slot {
	struct provd_engine *engine;
	struct provd_instance *instance;
	struct provd_plugin *plugin;
	enum slot_state state;
	size_t index; /* in the engine's list */
	int required;
	int wanted;		       /* named by the running session's request */
	int app_channel;	       /* its phone talks over the app channel */
	int after;		       /* hands the log over after a session that has failed */
	struct provd_udp_service *udp; /* NULL until it is asked for */
	int opened;		       /* a phone came in this step of the plan */
	uint32_t phones;	       /* that are there now */
	int told; /* its session events are over: DONE, ERROR or CANCELED was seen */
	uint32_t uses;
	uint64_t deadline; /* timer */
	char reason[PROVD_REASON_MAX];
};

/* The cloud plugin with its services. */
struct cloud {
	struct provd_engine *engine;
	struct provd_instance *instance;
	struct provd_plugin *plugin;
	struct provd_dialect dialect;
	int has_dialect;
	int failed;  /* died by itself; only destroy() is left */
	int overdue; /* never answered stop(): not to be touched any more */
	int stopping;
	int stopped;
	uint64_t op;	    /* registering or binding, 0 none */
	int32_t last_fault; /* of its last try; 0: none has failed */
	char last_text[PROVD_ERROR_TEXT_MAX];
	uint64_t timer;
	struct provd_http_service *http;
	struct provd_mqtt_service *mqtt;
	struct provd_udp_service *udp;
	struct provd_file_service *file;
};

/* A saved network that is tried while the session listens. */
struct retry {
	struct provd_credentials credentials;
	int active;
	int wanted;   /* waits until the radio is free */
	int canceled; /* the HAL was asked to end it */
	uint64_t op;
	uint64_t timer;
	provd_joined_fn *done;
	void *user;
};

/* What could not be made durable. */
struct unsaved {
	struct provd_credentials credentials; /* that were to be saved last */
	int has_credentials;
	int network_failed;
	int bound_failed;
	uint64_t timer;
};

/* The running session, or the last one. */
struct session {
	uint64_t id;
	uint32_t state;
	int active; /* from start until all is released */
	int ending;
	int closed; /* its last entry is written */
	uint32_t final_state;
	uint64_t started_us;
	uint64_t state_us; /* of the last change */
	uint64_t window_timer;
	uint64_t deadline_ms; /* monotonic; 0 none */
	size_t step;
	size_t next_step; /* while switching */
	uint64_t step_timer;
	int switching; /* waits for methods of the last step to stop */
	int step_due;  /* the step's time has passed while a saved network was tried */
	uint32_t attempt;
	struct slot *winner;
	struct provd_credentials credentials;
	int has_credentials;
	struct provd_credentials next; /* came while another join was running */
	int has_next;
	struct slot *next_winner;
	const struct provd_secret *next_token;
	const struct provd_secret *token;
	uint64_t join_op;
	uint64_t join_timer;
	int join_wanted; /* waits until the radio is free */
	int join_timed_out;
	int join_canceled; /* the HAL was asked to end it */
	int registered;	   /* in this attempt */
	uint64_t token_timer;
	struct provd_link link;
	int32_t error;
	uint32_t error_state;
	char error_text[PROVD_ERROR_TEXT_MAX];
	int draining;
	struct provd_bind_request times;
	char source[33]; /* where the credentials are from when no method brought them */
	int offered;	 /* without methods: over when its attempt is */
	int visited;	 /* a phone was there */
	struct retry retry;
	unsigned keeping; /* changes of what is saved that have not ended */
	int staged;
	int network_kept;	   /* in this attempt */
	struct provd_probe *probe; /* asks what is wrong with the way to the cloud */
	int32_t probed;		   /* the cloud's failure that it is about */
	char probed_text[PROVD_ERROR_TEXT_MAX];
	int settling; /* the cloud has bound it; waits until that is durable */
};

/* Methods that listen together, and for how long. */
struct plan_step {
	unsigned char *has; /* 1 for each slot that is in it */
	uint64_t for_ms;
};

struct provd_engine {
	struct provd_engine_config config;
	struct provd_saved *saved;	       /* NULL: nothing is kept */
	struct provd_journal_service *journal; /* NULL: none */
	uint64_t telling_timer; /* after a session that has failed; 0: nobody is told */
	struct unsaved unsaved;
	struct provd_owner *owner;
	struct provd_timeline *timeline;
	struct provd_appchannel_service *channel;
	struct slot **slots;
	size_t slot_count;
	struct plan_step *plan;
	size_t plan_count;
	int prepared;
	int hold; /* above 0: a change is being made, advance when it is complete */
	struct cloud *cloud;
	struct session session;
	uint64_t session_count;
	void (*shut_down)(void *user);
	void *shut_down_user;
};

/* engine.c */
/* Adds a timeline entry in the present state, tells watchers and the log. flow: enum provd_flow */
void provd__engine_entry(struct provd_engine *engine, uint32_t flow, const char *event,
			 const struct provd_field *fields, size_t count);
/* Enters a state, with an entry. */
void provd__engine_enter(struct provd_engine *engine, uint32_t state, uint32_t flow,
			 const char *event, const struct provd_field *fields, size_t count);
/* A duration of the config's section "session", in milliseconds. */
uint64_t provd__engine_option(const struct provd_engine *engine, const char *name);
/* Wall clock, milliseconds since 1970. */
uint64_t provd__engine_wall_ms(void);
/* Tells methods and dialect how the session stands. */
void provd__engine_tell(struct provd_engine *engine);
void provd__engine_end(struct provd_engine *engine, uint32_t final_state, int status,
		       const char *text);
/* Goes on after an event: joins when the radio is free, finishes when all is released. */
void provd__engine_advance(struct provd_engine *engine);
/* The status as plugins are told. */
struct provd_session_status provd__engine_session_status(const struct provd_engine *engine);

/* engine_attempt.c */
/* Ends the running join, if any; a HAL that does not end it in time counts as failed. */
void provd__engine_cancel_join(struct provd_engine *engine);
/* Joins with the session's credentials; the radio is free. */
void provd__engine_connect(struct provd_engine *engine);
/* Drops credentials and token. */
void provd__engine_forget_secrets(struct session *session);
/* Credentials from a method, or (slot NULL) from the dialect. */
void provd__engine_credentials(struct provd_engine *engine, struct slot *slot,
			       const struct provd_credentials *credentials,
			       const struct provd_secret *token);
/* Joins with what was offered; the session listens. */
void provd__engine_take_offer(struct provd_engine *engine, const struct provd_engine_offer *offer);
void provd__engine_token(struct provd_engine *engine, const struct provd_secret *token);
/* The attempt has failed: back to listening, the phone is told. */
void provd__engine_attempt_failed(struct provd_engine *engine, int status, const char *text);
/* The cloud has not done what was asked: the attempt fails, once it is known whether that is the
 * network's fault. */
void provd__engine_cloud_failed(struct provd_engine *engine, int status, const char *text);
/* Registered (or registration not needed): wait for the token, or bind. */
void provd__engine_proceed(struct provd_engine *engine);

/* Name of what brought the credentials, or "". */
const char *provd__engine_source(const struct provd_engine *engine);
int provd__same_credentials(const struct provd_credentials *a, const struct provd_credentials *b);
void provd__credentials_drop(struct provd_credentials *credentials, int *has);
void provd__credentials_take(struct provd_credentials *to, int *has,
			     const struct provd_credentials *from);

/* engine_keep.c */
/* The network gave an address: saves it (by config), and stages the session for a power cut. */
void provd__keep_online(struct provd_engine *engine);
/* 1: by config a network is saved then, "online" or "bound". */
int provd__keep_commits_at(const struct provd_engine *engine, const char *when);
/* The token came later: it is staged too. */
void provd__keep_token(struct provd_engine *engine);
/* The cloud has bound the device: the session ends as bound when that is durable. */
void provd__keep_bound(struct provd_engine *engine, const char *text);
/* The session is over: nothing is to be taken up again. */
void provd__keep_end(struct provd_engine *engine);
/* 1: the network of the attempt is among the saved ones, so it is not left. */
int provd__keep_has_network(const struct provd_engine *engine);

/* engine_unsaved.c */
/* The session's network is about to be saved. */
void provd__unsaved_asked(struct provd_engine *engine);
/* How that ended, and how "bound" was noted. */
void provd__unsaved_network(struct provd_engine *engine, int code);
void provd__unsaved_bound(struct provd_engine *engine, int code);
/* What failed in it is tried again from now on. */
void provd__unsaved_session_over(struct provd_engine *engine);

/* engine_retry.c */
/* Ends the try, if one runs, by its callback; the radio is free on a later turn. */
void provd__retry_cancel(struct provd_engine *engine);
/* The radio is free. */
void provd__retry_connect(struct provd_engine *engine);

/* engine_slot.c */
int provd__slot_is_active(const struct slot *slot);
void provd__slot_start(struct slot *slot);
void provd__slot_stop(struct slot *slot);
void provd__slot_cancel(struct slot *slot);
void provd__slot_suspend(struct slot *slot, int release);
/* Nothing happens unless it is quiet or suspended. */
void provd__slot_resume(struct slot *slot);
void provd__slot_tell(struct slot *slot, const struct provd_session_status *status);
void provd__slot_event(void *user, struct provd_instance *instance,
		       const struct provd_event *event);

/* engine_methods.c */
void provd__methods_start_step(struct provd_engine *engine, size_t step);
void provd__methods_suspend(struct provd_engine *engine);
/* Only those give back the radio that cannot go on while the station joins. */
void provd__methods_make_way(struct provd_engine *engine);
void provd__methods_resume(struct provd_engine *engine);
/* 1: a phone is on an access point or has spoken on the app channel. */
int provd__methods_have_phone(const struct provd_engine *engine);
/* 0 when the method that carries the app channel has given its radio away. */
int provd__methods_reach_phone(const struct provd_engine *engine);
void provd__methods_tell(struct provd_engine *engine);
/* keep_carriers: those of the app channel go on until the last answers have left. */
void provd__methods_stop(struct provd_engine *engine, int keep_carriers);
int provd__methods_busy(const struct provd_engine *engine, enum slot_state state);
int provd__methods_active(const struct provd_engine *engine);
struct slot *provd__methods_carrier(const struct provd_engine *engine);
/* A method that was wanted and says why it does not listen, or NULL. */
const struct slot *provd__methods_complaint(const struct provd_engine *engine);
/* First step from `from` on with a method that can run, or plan_count. */
size_t provd__methods_find_step(const struct provd_engine *engine, size_t from);
int provd__methods_can_run(const struct provd_engine *engine, const struct slot *slot, size_t step);

/* engine_plan.c */
/* Makes engine->plan of the methods that can run now. steps NULL: those of the config. report: log
 * who takes turns, and why. */
int provd__plan_build(struct provd_engine *engine, const struct provd_config_step *steps,
		      size_t count, int report);
void provd__plan_free(struct provd_engine *engine);
/* Asks the radio anew whether a method can run, and stops one that cannot go on. */
void provd__methods_check(struct provd_engine *engine, struct slot *slot);

/* engine_after.c */
/* A session has ended and released everything. */
void provd__after_begin(struct provd_engine *engine);
/* An event of a method that hands the log over. */
void provd__after_event(struct slot *slot, const struct provd_event *event);

/* engine_cloud.c */
/* How the phone is told of a failure; `id` 0: it is not. */
struct provd_app_failure provd__cloud_describe(const struct cloud *cloud, uint32_t state,
					       int status);
/* 0 and the identity, or a code. */
int provd__cloud_identity(const struct cloud *cloud, struct provd_identity *out_identity,
			  struct provd_error *err);
int provd__cloud_register(struct cloud *cloud);
int provd__cloud_bind(struct cloud *cloud, const struct provd_bind_request *request);
void provd__cloud_cancel(struct cloud *cloud);
/* Cancels, and does not wait for the end of it. */
void provd__cloud_give_up(struct cloud *cloud);
void provd__cloud_tell(struct cloud *cloud);
void provd__cloud_stop(struct cloud *cloud);
void provd__cloud_destroy(struct cloud *cloud);
int provd__cloud_datagram(void *user, uint64_t peer, const struct provd_addr *from,
			  const uint8_t *data, size_t len);
void provd__cloud_peer_gone(void *user, uint64_t peer);

/* The host interface "provd.device/1"; `self` is the engine. */
extern const struct provd_device provd__device_table;

#endif /* PROVD_CORE_ENGINE_INTERNAL_H */
