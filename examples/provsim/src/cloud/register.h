/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file register.h
 * @brief Dynamic registration, the platform's decision: request in, answer out. No I/O.
 */
#ifndef PROVSIM_REGISTER_H
#define PROVSIM_REGISTER_H

#include "pki.h"
#include "registry.h"

#include <stdbool.h>
#include <stddef.h>

#define SIM_PATH_V1 "/register/dev"
#define SIM_PATH_V2 "/device/register"

/** The one error code whose number is known from the field. */
#define SIM_CODE_SIGNATURE 1010
/** Codes of our own: the platform's numbers for these cases are not public. */
#define SIM_CODE_PARAMETER 1001
#define SIM_CODE_PRODUCT   1002
#define SIM_CODE_DEVICE	   1003
#define SIM_CODE_ACTIVATED 1004
#define SIM_CODE_INTERNAL  1099

/** A registration request. All pointers borrowed, absent headers NULL. */
struct sim_register_request {
	int version; /* 1 or 2 */
	const char *body;
	size_t body_size;
	const char *host;      /* header Host, version 2 */
	const char *algorithm; /* X-TC-Algorithm */
	const char *timestamp; /* X-TC-Timestamp */
	const char *nonce;     /* X-TC-Nonce */
	const char *signature; /* X-TC-Signature */
};

/** What was decided. */
struct sim_register_result {
	int code;				/* 0: registered */
	const char *message;			/* static text */
	char device_name[SIM_DEVICE_NAME_SIZE]; /* empty if unreadable */
	char *plain;	     /* given on success: the payload's JSON, wipe and free() it */
	const char *renewed; /* "first" or "again" on success */
};

/**
 * Decide a request by the rules of the platform (protocol notes 5.1, 5.2). On success the device
 * has a new secret (or certificate) and the former one is dead.
 * @param pki used for certificate devices only
 */
void sim_register_decide(struct sim_registry *reg, const struct sim_pki *pki,
			 const struct sim_register_request *request,
			 struct sim_register_result *out_result);

/**
 * Text of the answer's body.
 * @param version   1 or 2
 * @param code      0, or an error code
 * @param plain     the payload's JSON when code is 0
 * @param noise     true: a payload of the right length that decrypts to noise
 * @return given: free() it; NULL when out of memory
 */
char *sim_register_answer(const struct sim_registry *reg, int version, int code,
			  const char *message, const char *plain, bool noise);

#endif
