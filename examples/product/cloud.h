/* SPDX-License-Identifier: Apache-2.0 */
/** The product's own connection to the cloud, once provd has left it to us. */
#ifndef PRODUCT_CLOUD_H
#define PRODUCT_CLOUD_H

struct cloud;

/** What can be read from cloud_fd(), one byte each. */
enum cloud_news {
	CLOUD_ONLINE = 'o', /**< connected, and the first message has arrived */
	CLOUD_FAILED = 'f', /**< could not connect, or the message was not taken */
	CLOUD_LOST = 'l'    /**< the connection broke */
};

/**
 * Begins to connect with the identity in a file; does not block.
 * @param path identity file; readable by root and provd's user alone, for it holds the secret
 * @param host of the MQTT broker; `port` with TLS
 * @return 0, or -1 (printed)
 */
int cloud_connect(const char *path, const char *host, const char *port, struct cloud **out_cloud);

/** For the program's loop: readable when there is news. */
int cloud_fd(const struct cloud *cloud);

/** Ends the connection. NULL allowed. */
void cloud_close(struct cloud *cloud);

#endif
