/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file net_broker.h
 * @brief A mosquitto of our own on loopback ports, and a client's fixture.
 */
#ifndef PROVD_NET_BROKER_H
#define PROVD_NET_BROKER_H

#include "net_test.h"

#include <sys/types.h>

struct net_broker {
	pid_t pid;
	int log; /**< its standard error */
	char folder[64];
	uint16_t plain;	 /**< user "dev", password "secret" */
	uint16_t psk;	 /**< identity "dev1", key 00112233445566778899aabbccddeeff */
	uint16_t cert;	 /**< server certificate only */
	uint16_t mutual; /**< asks for a client certificate */
};

/** Starts it and waits until it runs. Certificates are in its folder. @return 0 or -1 */
int net_broker_start(struct net_broker *broker);
/** Kills it; its folder is removed by net_broker_finish. */
void net_broker_kill(struct net_broker *broker);
void net_broker_finish(struct net_broker *broker);

#define NET_EVENTS_MAX 64

/** Counts and keeps what a connection reports. */
struct net_client {
	struct net_test test;
	struct provd_mqtt_service *service;
	struct provd_mqtt_config config;
	struct provd_secret *psk;
	struct provd_secret *password;
	uint64_t connection;
	uint64_t begun_us; /**< of open */

	int events;
	int seen[8]; /**< by type */
	uint64_t seen_us[8];
	int32_t status; /**< of the last one */
	int32_t sys_code;
	uint64_t id;
	size_t payload_len;
	uint32_t payload_sum;
	char topic[64];
	char text[192];
	int close_on; /**< close when this type comes */
	int destroy_on;
};

/** A loop, a service and a plain configuration for `port`. @return 0 or a code */
int net_client_init(struct net_client *client, uint16_t port);
/** The same for the PSK listener. */
int net_client_init_psk(struct net_client *client, uint16_t port);
/** @return 0 when everything came to its end */
int net_client_finish(struct net_client *client);

/** Opens and waits for CONNECTED, FAILED or LOST. @return the type, or a negative code */
int net_client_open(struct net_client *client);
/** Waits until an event of the type has come `count` times. @return 0 or a code */
int net_client_wait(struct net_client *client, enum provd_mqtt_event_type type, int count);

#endif /* PROVD_NET_BROKER_H */
