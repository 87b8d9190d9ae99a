/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file bindmsg.h
 * @brief Messages of the token binding over MQTT (protocol notes 4.2). Pure functions.
 */
#ifndef PROVSIM_BINDMSG_H
#define PROVSIM_BINDMSG_H

#include "registry.h"

#include <stddef.h>

#define SIM_TOPIC_UP_FILTER   "$thing/up/service/+/+"
#define SIM_CLIENT_TOKEN_SIZE 129
#define SIM_BIND_TOKEN_SIZE   129
#define SIM_TOPIC_SIZE	      128

/** Status code when the token is missing; ours, the platform's codes are not public. */
#define SIM_BIND_CODE_NO_TOKEN 1

/** What a device published. */
enum sim_up_kind {
	SIM_UP_NOT_JSON,
	SIM_UP_OTHER,
	SIM_UP_BIND
};

/** A bind request. */
struct sim_bind_request {
	char client_token[SIM_CLIENT_TOKEN_SIZE]; /* empty if absent */
	char token[SIM_BIND_TOKEN_SIZE];	  /* empty if absent or too long */
	char method[33];			  /* of any JSON object */
};

/**
 * Take product id and device name out of `$thing/up/service/{pid}/{dn}`.
 * @return 0 or PROVD_E_INVALID
 */
int sim_up_topic_parse(const char *topic, char product_id[SIM_PRODUCT_ID_SIZE],
		       char device_name[SIM_DEVICE_NAME_SIZE]);

/** Topic on which the device listens. @param out SIM_TOPIC_SIZE bytes @return 0 or E_LIMIT */
int sim_down_topic(const char *product_id, const char *device_name, char *out);

/** Read what a device published. @param out_request filled for objects; cleared before */
enum sim_up_kind sim_up_parse(const char *data, size_t size, struct sim_bind_request *out_request);

/**
 * Text of app_bind_token_reply.
 * @param status its words; NULL: "success" or "failed"
 * @return given: free() it; NULL when out of memory
 */
char *sim_bind_reply(const char *client_token, long code, const char *status);

#endif
