/* SPDX-License-Identifier: Apache-2.0 */
#include "errlog.h"

#include "codec/log.h"

#include <string.h>

/*
 * The log server ([C2] 3.3): a phone asks, and gets the whole log as one datagram, twice. Unlike
 * the reference it answers as often as it is asked, and a session's log counts as delivered only
 * when the phone that got it has gone, or has stopped asking.
 */

/** Answers of a phone that are told as events; a phone that asks on and on fills no journal. */
#define TOLD_MAX 4u
/** A phone that asks faster is not answered each time. */
#define ANSWER_GAP_US UINT64_C(250000)
/** From "a phone left" to "it has the log": a hotspot that goes down says first that all left. */
#define LEFT_MS 200u
/** Sessions without a single line that are passed over in one go. */
#define EMPTY_MAX 64

static void add_line(void *user, const struct provd_journal_line *line)
{
	tencent_log_add(user, line);
}

/* The log of a session; 0: the newest that nobody got. `out` has TENCENT_LOG_MAX bytes.
 * @return its length, 0 when there is none */
static size_t read_log(struct errlog *errlog, uint64_t session, uint64_t *out_session, char *out)
{
	const struct provd_journal *journal = errlog->journal;
	uint64_t found = session;

	for (int i = 0; i < EMPTY_MAX; i++) {
		struct tencent_log log = {0};

		if (journal->lines(errlog->journal_self, session, &found, add_line, &log))
			return 0;
		if (log.count > 0 || session) {
			*out_session = found;
			return tencent_log_text(&log, out);
		}
		/* Nothing can be handed over, so it must not stand before the others. */
		journal->mark(errlog->journal_self, found, PROVD_JOURNAL_DELIVERED);
	}
	return 0;
}

int errlog_has_log(struct errlog *errlog)
{
	char text[TENCENT_LOG_MAX];
	uint64_t session = 0;

	return read_log(errlog, 0, &session, text) > 0;
}

static void tell(struct errlog_peer *peer, uint32_t flow, const char *text)
{
	struct errlog *errlog = peer->errlog;
	struct provd_field fields[] = {
		provd_f_ip("address", peer->addr.ip, peer->addr.family == 4 ? 4 : 16),
		provd_f_int("session", (int64_t)peer->session)};
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_PROGRESS,
				    .op = errlog->session,
				    .count = flow,
				    .text = text,
				    .fields = fields,
				    .field_count = sizeof(fields) / sizeof(fields[0])};

	errlog_emit(errlog, &event);
}

static void peer_end(struct errlog_peer *peer)
{
	const struct provd_host *host = peer->errlog->host;

	host->timer_stop(host, peer->repeat_timer);
	host->timer_stop(host, peer->settle_timer);
	memset(peer, 0, sizeof(*peer));
}

static int any_open(const struct errlog *errlog)
{
	for (size_t i = 0; i < ERRLOG_PEERS; i++) {
		if (errlog->peers[i].session)
			return 1;
	}
	return 0;
}

/* The phone asks no more: with an answer sent, its session is delivered. */
static void settle(struct errlog_peer *peer)
{
	struct errlog *errlog = peer->errlog;

	if (peer->sent) {
		errlog->journal->mark(errlog->journal_self, peer->session, PROVD_JOURNAL_DELIVERED);
		tell(peer, PROVD_FLOW_NOTE, "log delivered");
	}
	peer_end(peer);
}

static void end_if_done(struct errlog *errlog)
{
	if (any_open(errlog) || errlog_has_log(errlog))
		return;
	errlog_session_end(errlog, PROVD_EV_SESSION_DONE, 0, NULL);
	errlog_advance(errlog);
}

static void on_settle(void *user)
{
	struct errlog_peer *peer = user;
	struct errlog *errlog = peer->errlog;

	peer->settle_timer = 0;
	settle(peer);
	end_if_done(errlog);
}

static void send_log(struct errlog_peer *peer, const char *text, size_t len)
{
	struct errlog *errlog = peer->errlog;
	int rc =
		errlog->udp->send(errlog->udp_self, errlog->socket, &peer->addr,
				  peer->own.family ? &peer->own : NULL, (const uint8_t *)text, len);

	if (rc == 0)
		peer->sent = 1;
	else
		PROVD_LOG(errlog->host, PROVD_LOG_WARN, NULL, "the log could not be sent",
			  provd_f_ip("address", peer->addr.ip, 4), provd_f_code("code", rc));
}

static void on_repeat(void *user)
{
	struct errlog_peer *peer = user;
	char text[TENCENT_LOG_MAX];
	uint64_t session = 0;
	size_t len;

	peer->repeat_timer = 0;
	len = read_log(peer->errlog, peer->session, &session, text);
	if (len > 0)
		send_log(peer, text, len);
}

/* A phone is known by its address: it may ask from another port each time. */
static struct errlog_peer *find_peer(struct errlog *errlog, const struct provd_addr *from)
{
	for (size_t i = 0; i < ERRLOG_PEERS; i++) {
		struct errlog_peer *peer = &errlog->peers[i];

		if (peer->session && memcmp(peer->addr.ip, from->ip, 4) == 0)
			return peer;
	}
	return NULL;
}

static struct errlog_peer *new_peer(struct errlog *errlog)
{
	for (size_t i = 0; i < ERRLOG_PEERS; i++) {
		if (!errlog->peers[i].session)
			return &errlog->peers[i];
	}
	return NULL;
}

/* @return 0 or a code, then the timer is not running */
static int start_timer(struct errlog_peer *peer, uint64_t delay_ms, void (*fn)(void *user),
		       uint64_t *timer)
{
	const struct provd_host *host = peer->errlog->host;
	int rc;

	host->timer_stop(host, *timer);
	*timer = 0;
	rc = host->timer_start(host, delay_ms, fn, peer, timer);
	if (rc)
		PROVD_LOG(host, PROVD_LOG_WARN, NULL, "no timer for a phone, ignoring",
			  provd_f_ms("delay", delay_ms), provd_f_code("code", rc));
	return rc;
}

static uint64_t duration(const struct errlog_peer *peer, const char *option)
{
	const struct provd_host *host = peer->errlog->host;

	return (uint64_t)host->option_int(host, option);
}

/* Without the timer the phone would hold its slot for ever, so it goes. @return 0 or a code */
static int expect_more(struct errlog_peer *peer)
{
	int rc = start_timer(peer, duration(peer, "settle"), on_settle, &peer->settle_timer);

	if (rc)
		peer_end(peer);
	return rc;
}

static void answer(struct errlog_peer *peer, const char *text, size_t len)
{
	struct errlog *errlog = peer->errlog;

	peer->answered_us = errlog->host->now_us(errlog->host);
	if (peer->answers < TOLD_MAX)
		tell(peer, PROVD_FLOW_FROM_PHONE, "log query");
	send_log(peer, text, len);
	(void)start_timer(peer, duration(peer, "repeat_interval"), on_repeat, &peer->repeat_timer);
	if (peer->answers < TOLD_MAX && peer->sent)
		tell(peer, PROVD_FLOW_TO_PHONE, "log sent");
	if (peer->answers < UINT32_MAX)
		peer->answers++;
}

static void on_query(struct errlog *errlog, const struct provd_addr *from,
		     const struct provd_addr *own)
{
	struct errlog_peer *peer = find_peer(errlog, from);
	uint64_t now = errlog->host->now_us(errlog->host);
	uint64_t session = 0;
	char text[TENCENT_LOG_MAX];
	size_t len;

	if (peer && now - peer->answered_us < ANSWER_GAP_US) {
		expect_more(peer);
		return;
	}
	if (!peer)
		peer = new_peer(errlog);
	/* Not even read: who makes up addresses shall not keep us busy. */
	if (!peer)
		return;
	len = read_log(errlog, peer->session, &session, text);
	if (len == 0 && !peer->session)
		end_if_done(errlog);
	if (len == 0)
		return;
	peer->errlog = errlog;
	peer->session = session;
	peer->addr = *from;
	memset(&peer->own, 0, sizeof(peer->own));
	if (own)
		peer->own = *own;
	if (expect_more(peer) == 0)
		answer(peer, text, len);
}

static int is_loopback(const struct provd_addr *addr)
{
	return addr->family == 4 && addr->ip[0] == 127;
}

static int same_network(const struct errlog *errlog, const struct provd_addr *addr)
{
	uint32_t left = errlog->settings.prefix_len;
	uint32_t differ = 0;

	for (size_t i = 0; i < 4 && left > 0; i++) {
		uint32_t bits = left < 8 ? left : 8;

		differ |= (uint32_t)(errlog->settings.address[i] ^ addr->ip[i]) >> (8 - bits);
		left -= bits;
	}
	return addr->family == 4 && differ == 0;
}

static int is_own(const struct errlog *errlog, const struct provd_addr *to)
{
	return to && to->family == 4 &&
	       (is_loopback(to) || memcmp(to->ip, errlog->settings.address, 4) == 0);
}

static void on_datagram(void *user, const struct provd_addr *from, const struct provd_addr *to,
			const uint8_t *data, size_t len)
{
	struct errlog *errlog = user;

	/* The station may be in a network whose people have no business with the log. */
	if (!errlog->session || !from || from->port == 0 ||
	    (!same_network(errlog, from) && !is_loopback(from)))
		return;
	if (!tencent_log_is_query(data, len))
		return;
	on_query(errlog, from, is_own(errlog, to) ? to : NULL);
}

int errlog_serve(struct errlog *errlog, struct provd_error *err)
{
	const struct provd_host *host = errlog->host;
	struct provd_udp_config config = {
		.size = sizeof(config), .on_datagram = on_datagram, .user = errlog};
	int rc;

	config.local.size = sizeof(config.local);
	config.local.family = 4;
	config.local.port = (uint32_t)host->option_int(host, "port");
	memcpy(config.local.ip, errlog->settings.address, 4);
	rc = errlog->udp->open(errlog->udp_self, &config, &errlog->socket, NULL, err);
	if (rc == 0)
		return 0;
	/* A board whose access point has its address elsewhere, the simulated one for instance. */
	PROVD_LOG(host, PROVD_LOG_INFO, NULL, "the hotspot's address is not here, using any",
		  provd_f_ip("address", errlog->settings.address, 4), provd_f_code("code", rc));
	memset(config.local.ip, 0, sizeof(config.local.ip));
	return errlog->udp->open(errlog->udp_self, &config, &errlog->socket, NULL, err);
}

void errlog_unserve(struct errlog *errlog)
{
	if (errlog->socket)
		errlog->udp->close(errlog->udp_self, errlog->socket);
	errlog->socket = 0;
	for (size_t i = 0; i < ERRLOG_PEERS; i++) {
		if (errlog->peers[i].session)
			peer_end(&errlog->peers[i]);
	}
}

void errlog_phone_left(struct errlog *errlog, const struct provd_ap_client *client)
{
	for (size_t i = 0; i < ERRLOG_PEERS; i++) {
		struct errlog_peer *peer = &errlog->peers[i];
		/* When the last one has gone it does not matter which one it was. */
		int gone = errlog->phones == 0 || (client && client->addr.family == 4 &&
						   memcmp(client->addr.ip, peer->addr.ip, 4) == 0);

		if (peer->session && gone &&
		    start_timer(peer, LEFT_MS, on_settle, &peer->settle_timer))
			peer_end(peer);
	}
}
