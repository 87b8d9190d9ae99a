/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file net/net.h
 * @brief The optional services HTTP, MQTT, UDP and files, one object of each per instance.
 *
 * Each `*_create` makes a service bound to one owner, whose `table` and `self` go to the plugin.
 * Destroying it ends all its requests and connections without further callbacks.
 */
#ifndef PROVD_CORE_NET_H
#define PROVD_CORE_NET_H

#include "log/log.h"
#include "loop/loop.h"

#include <provd/file.h>
#include <provd/http.h>
#include <provd/mqtt.h>
#include <provd/udp.h>

#include <dirent.h>

struct provd_http_service;
struct provd_mqtt_service;
struct provd_udp_service;
struct provd_file_service;

/** libcurl's multi interface on the loop. @return 0 or a code */
int provd_http_service_create(struct provd_loop *loop, struct provd_log *log,
			      struct provd_http_service **out_service);
/** Its `self` for the table is the service. NULL allowed. */
void provd_http_service_destroy(struct provd_http_service *service);
/** Requests that are running. */
size_t provd_http_service_active(const struct provd_http_service *service);
extern const struct provd_http provd_http_table;

/** Paho MQTT C, asynchronous; its threads hand over through one queue. */
int provd_mqtt_service_create(struct provd_loop *loop, struct provd_log *log,
			      struct provd_mqtt_service **out_service);
void provd_mqtt_service_destroy(struct provd_mqtt_service *service);
size_t provd_mqtt_service_active(const struct provd_mqtt_service *service);
extern const struct provd_mqtt provd_mqtt_table;

/** Datagram sockets that answer from the address they were asked at. */
int provd_udp_service_create(struct provd_loop *loop, struct provd_log *log,
			     struct provd_udp_service **out_service);
void provd_udp_service_destroy(struct provd_udp_service *service);
size_t provd_udp_service_active(const struct provd_udp_service *service);
extern const struct provd_udp provd_udp_table;

/** Durable small files; the writing runs as blocking work of its owner. */
int provd_file_service_create(struct provd_loop *loop, struct provd_log *log,
			      struct provd_file_service **out_service);
void provd_file_service_destroy(struct provd_file_service *service);
extern const struct provd_file provd_file_table;

/**
 * Replaces a file durably, on the calling thread: write beside it, fsync, rename, fsync folder.
 * A link under this name is replaced, not followed.
 * @param mode permission bits; the umask does not count
 * @return 0, PROVD_E_NO_SPACE, PROVD_E_ACCESS, PROVD_E_NOT_FOUND (no such folder), PROVD_E_IO
 */
int provd_file_replace(const char *path, const void *bytes, size_t len, uint32_t mode,
		       struct provd_error *err);

/**
 * opendir() whose descriptor is opened by name like any other, so that tools that watch descriptors
 * see it. Any thread. @return for closedir(), or NULL with errno
 */
DIR *provd_file_open_folder(const char *folder);

/**
 * Reads until `len` bytes are there or the file ends, on the calling thread.
 * @param out_done bytes that were read, also when it failed
 * @return 0 or an errno
 */
int provd_file_read_fully(int fd, uint8_t *bytes, size_t len, size_t *out_done);

/** What stands in a folder survives a power cut afterwards. It blocks. @return 0 or an errno */
int provd_file_sync_folder(const char *folder);

/** The same for the folder that `path`, a file or a folder, is in. */
int provd_file_sync_parent(const char *path);

#endif /* PROVD_CORE_NET_H */
