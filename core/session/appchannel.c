/* SPDX-License-Identifier: Apache-2.0 */
#include "session/appchannel.h"

#include "net/net.h"

#include <stdlib.h>
#include <string.h>

/* Largest UDP payload that crosses an Ethernet-size link in one piece. */
#define DATAGRAM_MAX 1472
#define ANSWERS_MAX  8
#define REPEATS_MAX  10

/* How long the last answers may take; a dialect with more patience is cut off. */
#define DRAIN_MAX_MS 5000

/* Allows `rate` a second, and as many at once. */
struct bucket {
	uint64_t tokens_us; /* each datagram costs 1000000 / rate of it */
	uint64_t at_us;
};

/* An answer that is sent again. */
struct answer {
	struct answer *next;
	struct provd_appchannel_service *service;
	uint64_t peer; /* 0: a broadcast */
	uint64_t timer;
	uint64_t interval_ms;
	uint32_t left;
	struct provd_addr to;
	struct provd_addr from;
	size_t len;
	uint8_t data[DATAGRAM_MAX];
};

struct peer {
	uint64_t id; /* 0: the slot is free */
	struct provd_addr addr;
	struct provd_addr local; /* the address it talked to */
	uint64_t seen_us;
	int understood;
	struct bucket in;
	struct bucket out;
};

struct provd_appchannel_service {
	struct provd_appchannel_config config;
	struct provd_owner *owner;
	struct provd_udp_service *udp;
	uint64_t socket;
	struct peer *peers;
	struct answer *answers;
	uint64_t idle_timer;
	struct bucket in;  /* from all strangers */
	struct bucket out; /* to all strangers */
	struct bucket broadcasts;
	struct provd_appchannel_stats stats;
	void (*drained)(void *user);
	void *drained_user;
	uint64_t drain_timer;
};

static uint64_t now_us(const struct provd_appchannel_service *service)
{
	return provd_loop_now_us(service->config.loop);
}

static int bucket_take(struct bucket *bucket, uint32_t rate, uint64_t now)
{
	uint64_t cost = 1000000u / (rate ? rate : 1);

	if (bucket->at_us == 0)
		bucket->tokens_us = 1000000u;
	else
		bucket->tokens_us += now - bucket->at_us;
	if (bucket->tokens_us > 1000000u)
		bucket->tokens_us = 1000000u;
	bucket->at_us = now;
	if (bucket->tokens_us < cost)
		return 0;
	bucket->tokens_us -= cost;
	return 1;
}

static int same_addr(const struct provd_addr *a, const struct provd_addr *b)
{
	return a->family == b->family && a->port == b->port && a->scope == b->scope &&
	       memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

static struct peer *peer_by_id(struct provd_appchannel_service *service, uint64_t id)
{
	for (size_t i = 0; id && i < service->config.max_peers; i++)
		if (service->peers[i].id == id)
			return &service->peers[i];
	return NULL;
}

/* Answers */

static void tell_drained(void *user);

static void answer_free(struct provd_appchannel_service *service, struct answer *answer)
{
	for (struct answer **at = &service->answers; *at; at = &(*at)->next) {
		if (*at == answer) {
			*at = answer->next;
			break;
		}
	}
	provd_timer_stop(service->owner, answer->timer);
	free(answer);
	if (!service->answers && service->drained)
		(void)provd_defer(service->owner, tell_drained, service);
}

/* Those to a peer, or broadcasts (0), to any port (0) or one. */
static void answers_drop(struct provd_appchannel_service *service, uint64_t peer, uint32_t port)
{
	struct answer *answer = service->answers;

	while (answer) {
		struct answer *next = answer->next;

		if (answer->peer == peer && (port == 0 || answer->to.port == port))
			answer_free(service, answer);
		answer = next;
	}
}

static void tell_drained(void *user)
{
	struct provd_appchannel_service *service = user;
	void (*drained)(void *user) = service->drained;

	if (!drained || service->answers)
		return;
	provd_appchannel_close(service);
	drained(service->drained_user);
}

static int send_now(struct provd_appchannel_service *service, const struct provd_addr *to,
		    const struct provd_addr *from, const uint8_t *data, size_t len)
{
	int code = provd_udp_table.send(service->udp, service->socket, to, from, data, len);

	if (code == 0)
		service->stats.sent++;
	return code;
}

static void say_limited(struct provd_appchannel_service *service, const char *direction)
{
	service->stats.limited++;
	/* A flood cannot fill the log: the log limits the lines of this one site. */
	PROVD_CLOG(service->config.log, "appchannel", 0, PROVD_LOG_DEBUG,
		   "a rate limit drops datagrams", provd_f_text("direction", direction),
		   provd_f_int("dropped", (int64_t)service->stats.limited));
}

/* The limits hold for repeats as well; `peer` NULL: a broadcast. What strangers make us say must
 * not silence what we say to a phone that we know, or to all. */
static int may_send(struct provd_appchannel_service *service, struct peer *peer)
{
	struct bucket *own = peer ? &peer->out : &service->broadcasts;
	uint64_t now = now_us(service);

	if (bucket_take(own, service->config.peer_rate, now) &&
	    (!peer || peer->understood ||
	     bucket_take(&service->out, service->config.total_rate, now)))
		return 1;
	say_limited(service, "out");
	return 0;
}

static void answer_again(void *user)
{
	struct answer *answer = user;
	struct provd_appchannel_service *service = answer->service;
	const struct provd_addr *from = answer->from.family ? &answer->from : NULL;

	if (may_send(service, peer_by_id(service, answer->peer)))
		(void)send_now(service, &answer->to, from, answer->data, answer->len);
	answer->left--;
	if (answer->left > 0 && provd_timer_start(service->owner, answer->interval_ms, answer_again,
						  answer, &answer->timer) == 0)
		return;
	answer_free(service, answer);
}

/* Keeps a copy for the repeats. A dropped repeat is no error: the first one has left. */
static void answer_repeat(struct provd_appchannel_service *service, const struct answer *model,
			  const uint8_t *data, size_t len)
{
	struct answer *answer;
	size_t count = 0;

	for (answer = service->answers; answer; answer = answer->next)
		count += answer->peer == model->peer;
	if (count >= ANSWERS_MAX)
		return;
	answer = calloc(1, sizeof(*answer));
	if (!answer)
		return;
	*answer = *model;
	answer->service = service;
	answer->len = len;
	memcpy(answer->data, data, len);
	if (provd_timer_start(service->owner, answer->interval_ms, answer_again, answer,
			      &answer->timer) != 0) {
		free(answer);
		return;
	}
	answer->next = service->answers;
	service->answers = answer;
}

static int check_send(const struct provd_appchannel_service *service, size_t len, uint32_t repeats)
{
	if (len == 0 || len > DATAGRAM_MAX || repeats < 1 || repeats > REPEATS_MAX)
		return PROVD_E_INVALID;
	return service->socket ? 0 : PROVD_E_PEER_GONE;
}

static int table_send(void *self, uint64_t peer_id, const uint8_t *data, size_t len,
		      uint32_t repeats, uint64_t interval_ms)
{
	struct provd_appchannel_service *service = self;
	struct peer *peer = peer_by_id(service, peer_id);
	struct answer model = {.peer = peer_id, .interval_ms = interval_ms, .left = repeats - 1};
	int code = check_send(service, len, repeats);

	if (code)
		return code;
	if (!peer)
		return PROVD_E_PEER_GONE;
	if (!may_send(service, peer))
		return PROVD_E_PEER_RATE;
	model.to = peer->addr;
	model.from = peer->local;
	code = send_now(service, &model.to, model.from.family ? &model.from : NULL, data, len);
	if (model.left > 0)
		answer_repeat(service, &model, data, len);
	return code;
}

static int table_broadcast(void *self, uint32_t port, const uint8_t *data, size_t len,
			   uint32_t repeats, uint64_t interval_ms)
{
	struct provd_appchannel_service *service = self;
	struct answer model = {.interval_ms = interval_ms, .left = repeats - 1};
	int code = check_send(service, len, repeats);

	if (code)
		return code;
	/* What is outdated must not be heard after what is new. */
	answers_drop(service, 0, port);
	if (!may_send(service, NULL))
		return PROVD_E_PEER_RATE;
	model.to = service->config.broadcast;
	model.to.port = port;
	code = send_now(service, &model.to, NULL, data, len);
	if (model.left > 0)
		answer_repeat(service, &model, data, len);
	return code;
}

const struct provd_appchannel provd_appchannel_table = {
	.size = sizeof(provd_appchannel_table),
	.send = table_send,
	.broadcast = table_broadcast,
};

/* Peers */

static void peer_forget(struct provd_appchannel_service *service, struct peer *peer)
{
	uint64_t id = peer->id;

	answers_drop(service, id, 0);
	service->stats.understood -= peer->understood ? 1 : 0;
	memset(peer, 0, sizeof(*peer));
	service->stats.peers--;
	service->config.on_peer_gone(service->config.user, id);
}

static void arm_idle_timer(struct provd_appchannel_service *service);

static void on_idle_timer(void *user)
{
	struct provd_appchannel_service *service = user;
	uint64_t now = now_us(service);
	uint64_t idle_us = service->config.peer_idle_ms * 1000u;

	service->idle_timer = 0;
	for (size_t i = 0; i < service->config.max_peers; i++)
		if (service->peers[i].id && now - service->peers[i].seen_us >= idle_us)
			peer_forget(service, &service->peers[i]);
	arm_idle_timer(service);
}

/* One timer for all peers: at the time when the one silent longest is to be forgotten. */
static void arm_idle_timer(struct provd_appchannel_service *service)
{
	uint64_t now = now_us(service);
	uint64_t oldest = UINT64_MAX;
	uint64_t due;

	if (service->idle_timer)
		return;
	for (size_t i = 0; i < service->config.max_peers; i++)
		if (service->peers[i].id && service->peers[i].seen_us < oldest)
			oldest = service->peers[i].seen_us;
	if (oldest == UINT64_MAX)
		return;
	due = oldest + service->config.peer_idle_ms * 1000u;
	(void)provd_timer_start(service->owner, due > now ? (due - now) / 1000u + 1 : 1,
				on_idle_timer, service, &service->idle_timer);
}

/* Should `a` make room rather than `b`? */
static int less_useful(const struct peer *a, const struct peer *b)
{
	if (a->understood != b->understood)
		return a->understood < b->understood;
	return a->seen_us < b->seen_us;
}

static struct peer *peer_find(struct provd_appchannel_service *service,
			      const struct provd_addr *from)
{
	for (size_t i = 0; i < service->config.max_peers; i++)
		if (service->peers[i].id && same_addr(&service->peers[i].addr, from))
			return &service->peers[i];
	return NULL;
}

static struct peer *peer_new(struct provd_appchannel_service *service,
			     const struct provd_addr *from)
{
	struct peer *room = &service->peers[0];

	for (size_t i = 1; i < service->config.max_peers && room->id; i++) {
		struct peer *peer = &service->peers[i];

		if (!peer->id || less_useful(peer, room))
			room = peer;
	}
	if (room->id)
		peer_forget(service, room);
	memset(room, 0, sizeof(*room));
	room->id = provd_loop_new_id(service->config.loop);
	room->addr = *from;
	service->stats.peers++;
	return room;
}

static void on_datagram(void *user, const struct provd_addr *from, const struct provd_addr *to,
			const uint8_t *data, size_t len)
{
	struct provd_appchannel_service *service = user;
	uint64_t now = now_us(service);
	struct peer *peer;
	uint64_t id;

	service->stats.received++;
	if (service->drained || len == 0 || from->port == 0)
		return;
	peer = peer_find(service, from);
	/* The common limit is for strangers: a flood must not silence a phone that we know. */
	if (!(peer && peer->understood) &&
	    !bucket_take(&service->in, service->config.total_rate, now)) {
		say_limited(service, "in");
		return;
	}
	if (!peer)
		peer = peer_new(service, from);
	peer->seen_us = now;
	if (to->family)
		peer->local = *to;
	arm_idle_timer(service);
	if (!bucket_take(&peer->in, service->config.peer_rate, now)) {
		say_limited(service, "in");
		return;
	}
	id = peer->id;
	if (service->config.on_datagram(service->config.user, id, from, data, len) == 0) {
		peer = peer_by_id(service, id);
		if (peer && !peer->understood) {
			peer->understood = 1;
			service->stats.understood++;
		}
	}
}

/* Life */

int provd_appchannel_create(const struct provd_appchannel_config *config,
			    struct provd_appchannel_service **out_service)
{
	struct provd_appchannel_service *service = calloc(1, sizeof(*service));
	int code = PROVD_E_NOMEM;

	if (!service)
		return PROVD_E_NOMEM;
	service->config = *config;
	if (service->config.max_peers == 0)
		service->config.max_peers = 1;
	service->peers = calloc(service->config.max_peers, sizeof(*service->peers));
	if (!service->peers)
		goto out;
	code = provd_owner_create(config->loop, "appchannel", &service->owner);
	if (code)
		goto out;
	code = provd_udp_service_create(config->loop, config->log, &service->udp);
	if (code)
		goto out;
	*out_service = service;
	return 0;
out:
	provd_appchannel_destroy(service);
	return code;
}

void provd_appchannel_destroy(struct provd_appchannel_service *service)
{
	if (!service)
		return;
	if (service->owner && service->peers && service->udp)
		provd_appchannel_close(service);
	provd_udp_service_destroy(service->udp);
	provd_owner_destroy(service->owner);
	free(service->peers);
	free(service);
}

void provd_appchannel_default_port(struct provd_appchannel_service *service, uint32_t port)
{
	if (service->config.local.port == 0)
		service->config.local.port = port;
}

int provd_appchannel_open(struct provd_appchannel_service *service, struct provd_error *err)
{
	struct provd_udp_config config = {
		.size = sizeof(config),
		.broadcast = 1,
		.local = service->config.local,
		.on_datagram = on_datagram,
		.user = service,
	};

	service->drained = NULL;
	provd_timer_stop(service->owner, service->drain_timer);
	if (service->socket)
		return 0;
	return provd_udp_table.open(service->udp, &config, &service->socket, NULL, err);
}

void provd_appchannel_close(struct provd_appchannel_service *service)
{
	service->drained = NULL;
	provd_timer_stop(service->owner, service->drain_timer);
	for (size_t i = 0; i < service->config.max_peers; i++)
		if (service->peers[i].id)
			peer_forget(service, &service->peers[i]);
	answers_drop(service, 0, 0);
	provd_timer_stop(service->owner, service->idle_timer);
	service->idle_timer = 0;
	provd_udp_table.close(service->udp, service->socket);
	service->socket = 0;
}

static void drain_over(void *user)
{
	struct provd_appchannel_service *service = user;

	while (service->answers)
		answer_free(service, service->answers);
}

void provd_appchannel_drain(struct provd_appchannel_service *service, void (*done)(void *user),
			    void *user)
{
	service->drained = done;
	service->drained_user = user;
	provd_timer_stop(service->owner, service->drain_timer);
	(void)provd_timer_start(service->owner, DRAIN_MAX_MS, drain_over, service,
				&service->drain_timer);
	if (!service->answers)
		(void)provd_defer(service->owner, tell_drained, service);
}

struct provd_appchannel_stats provd_appchannel_stats(const struct provd_appchannel_service *service)
{
	return service->stats;
}
