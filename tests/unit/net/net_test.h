/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file net_test.h
 * @brief What the tests of core/net share: a loop to wait on, folders, ports, certificates.
 */
#ifndef PROVD_NET_TEST_H
#define PROVD_NET_TEST_H

#include "net/net.h"

#include <stddef.h>
#include <stdint.h>

/** Generous: a loaded machine must not fail a test. */
#define NET_TEST_WAIT_MS 20000

/** A loop with an owner for deadlines. */
struct net_test {
	struct provd_loop *loop;
	struct provd_owner *owner;
	int late;
};

/** @return 0 or a code */
int net_test_init(struct net_test *test);

/** Ends the loop. @return 0, or a code when something was left open */
int net_test_finish(struct net_test *test);

/** Runs the loop until `*value` is at least `wanted`. @return 0, or PROVD_E_TIMEOUT */
int net_test_wait(struct net_test *test, const int *value, int wanted);

/** Runs the loop for `ms`, to see that nothing happens. */
void net_test_run_for(struct net_test *test, uint64_t ms);

/** Makes a folder. @return 0 or -1 */
int net_test_folder(char *out_path, size_t size);
/** Removes a folder and its files. */
void net_test_remove(const char *folder);
/** Number of entries of a folder, -1 when it cannot be read. */
int net_test_entries(const char *folder);
/** Open descriptors of this process. */
int net_test_fds(void);

/** A loopback port that nobody listens on now. 0 on failure. */
uint16_t net_test_free_port(void);
/** A listening loopback socket. @return it or -1 */
int net_test_listen(uint16_t *out_port);

/** Joins folder and name into `out`. */
const char *net_test_path(char *out, size_t size, const char *folder, const char *name);

/**
 * Writes a CA and certificates signed by it: ca.pem; server.pem and server.key for `localhost`
 * and 127.0.0.1; early and late as server, valid from tomorrow on and until yesterday; other.pem and other.key for other.example; client.pem and client.key; and
 * rogue.pem, a CA that signed nothing. Keys are on P-256.
 * @return 0 or -1
 */
int net_test_certs(const char *folder);

#endif /* PROVD_NET_TEST_H */
