/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file session/diagnose.h
 * @brief What is wrong with the way out when the cloud could not be reached.
 *
 * A look-up that fails or a connection that runs into its time looks the same whether the cloud,
 * the line or the router is the cause. Two things tell them apart: the gateway that the link names,
 * and whether any address of the internet answers.
 */
#ifndef PROVD_CORE_DIAGNOSE_H
#define PROVD_CORE_DIAGNOSE_H

#include "loop/loop.h"

#include <provd/net.h>

/** How long all targets together have to answer, in milliseconds. */
#define PROVD_PROBE_MS 1500

/** Targets of one probe. */
#define PROVD_PROBE_TARGETS_MAX 8

/** What asking some addresses of the internet has shown. */
enum provd_probe_result {
	PROVD_PROBE_NONE = 0,	 /**< nobody was asked */
	PROVD_PROBE_REACHABLE,	 /**< one of them has answered */
	PROVD_PROBE_UNREACHABLE, /**< none has */
};

/**
 * Whether the way out may be the cause of a failure, so that a probe is of use.
 * @param code a PROVD_E_* code or 0
 * @return 1 for NET_DNS, NET_UNREACHABLE, TIMEOUT and CLOUD_NO_REPLY, else 0: with all others
 * somebody has answered. Any thread
 */
int provd_diagnose_wanted(int code);

/**
 * The true reason for a failure of the cloud. Pure.
 *
 * NET_NO_GATEWAY: the link has an address that is not on loopback, names no gateway
 * (provd_link.gateway, family 0: none), and no probe has shown that there is a way all the same;
 * for mere silence (TIMEOUT, CLOUD_NO_REPLY) a probe has to confirm it.
 * So a HAL that cannot tell gateways does no harm where session.internet_check is set.
 * NET_NO_INTERNET: a probe got no answer.
 *
 * @param code  how the cloud failed; one that provd_diagnose_wanted denies is given back
 * @param link  of the station, or NULL when it is not known
 * @param probe what a probe has shown
 * @return `code`, PROVD_E_NET_NO_GATEWAY or PROVD_E_NET_NO_INTERNET
 */
int provd_diagnose(int code, const struct provd_link *link, enum provd_probe_result probe);

/** A probe that runs. */
struct provd_probe;

/**
 * Connects by TCP to all targets at once and closes again; nothing is sent. It is over as soon as
 * one has answered (a refusal is an answer too), when all have failed, or after PROVD_PROBE_MS.
 * Loop thread.
 * @param owner   of its timer and watches; cancel the probe before destroying it
 * @param targets "ip:port" each, as provd_endpoint reads them; copied
 * @param count   at most PROVD_PROBE_TARGETS_MAX; 0: the result is PROVD_PROBE_NONE
 * @param done    runs once on a later turn of the loop; the probe is gone by then
 * @param out_probe for provd_probe_cancel, valid until `done` runs
 * @return 0: `done` will run; PROVD_E_INVALID (a target), PROVD_E_LIMIT, PROVD_E_NOMEM: it will not
 */
int provd_probe_start(struct provd_owner *owner, const char *const *targets, size_t count,
		      void (*done)(void *user, enum provd_probe_result result), void *user,
		      struct provd_probe **out_probe);

/** Ends a probe without `done`. NULL allowed. Loop thread. */
void provd_probe_cancel(struct provd_probe *probe);

#endif /* PROVD_CORE_DIAGNOSE_H */
