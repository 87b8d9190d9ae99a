/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of failures that are told have in common: sessions that fail, and the log. */
#ifndef TOLD_H
#define TOLD_H

#include "e2e.h"
#include "udp_phone.h"

#define TOLD_QUERY "{\"cmdType\":3}"
/* A passphrase that is not right, but as secret: the search for canaries finds it. */
#define TOLD_WRONG	      E2E_PASSPHRASE "-not"
#define TOLD_PASSPHRASE	      "WIFI AP STA error! (12, -3)"
#define TOLD_REPLY(kind, log) "{\"cmdType\":2,\"deviceReply\":\"" kind "\",\"log\":\"" log "\"}\r\n"

/* e2e_setup.methods: errlog on the test's own address. @param settle how long a phone must be
 * silent to have the log; longer than a busy machine may hold up a test that asks again */
const char *told_errlog(const char *settle);

/* Starts a session with these parameters (JSON) and waits until a method listens. */
void told_start(struct e2e *e2e, const char *parameters);

/* A session that fails: its only phone has the wrong passphrase. The phone is closed. */
void told_fail(struct e2e *e2e, struct udp_phone *phone);

/* The list that Errors gives. A new reference. */
json_t *told_failures(struct e2e *e2e, const char *parameters);

/* Waits until this many failures are not delivered. */
void told_wait_undelivered(struct e2e *e2e, size_t count);

/* The log of told_fail() in the vendor's form: milliseconds, function, line, text; lines of 127
 * bytes at most, ten of them. */
void told_check_log(const char *text);

/* Asks until the device answers, as the mini program does; for free(). It is also kept in the
 * test's folder, which is searched for canaries. */
char *told_ask_for_log(struct e2e *e2e, struct udp_phone *phone);

/* Waits until a file in the test's folder has this text. */
void told_wait_file(struct e2e *e2e, const char *name, const char *text);

/* Runs provctl; what it says goes to the file `out` in the test's folder. @return exit status */
int told_provctl(struct e2e *e2e, const char *arguments, const char *out);

#endif /* TOLD_H */
