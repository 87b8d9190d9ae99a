/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file platform.h
 * @brief The platform's own MQTT client (Paho). Its threads hand over to the loop by one async.
 */
#ifndef PROVSIM_PLATFORM_H
#define PROVSIM_PLATFORM_H

#include <stddef.h>

#include <uv.h>

struct sim_platform;

/** Called on the loop thread. */
struct sim_platform_events {
	void *user;
	/** Subscribed: devices can be served. Again after a reconnection. */
	void (*ready)(void *user);
	void (*message)(void *user, const char *topic, const char *data, size_t size);
};

/** Allocate; connects nothing. @return 0 or PROVD_E_NOMEM, PROVD_E_IO */
int sim_platform_create(uv_loop_t *loop, const struct sim_platform_events *events,
			struct sim_platform **out_platform);

/** Connect to the broker on 127.0.0.1 and keep trying until sim_platform_disconnect(). */
int sim_platform_connect(struct sim_platform *platform, int port);

/** Leave the broker and stop trying. */
void sim_platform_disconnect(struct sim_platform *platform);

/** Publish with QoS 1. Loop thread. @return 0 or PROVD_E_IO */
int sim_platform_publish(struct sim_platform *platform, const char *topic, const char *text);

/** Disconnect and close; memory goes when the handles are closed. NULL allowed. */
void sim_platform_destroy(struct sim_platform *platform);

#endif
