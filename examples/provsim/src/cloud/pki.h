/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file pki.h
 * @brief Certificates of one run: a test CA with a server certificate, and a CA for device certificates.
 */
#ifndef PROVSIM_PKI_H
#define PROVSIM_PKI_H

#include <openssl/types.h>

/** What is wrong with a server certificate. */
enum sim_cert_kind {
	SIM_CERT_GOOD,
	SIM_CERT_NOT_YET_VALID, /* begins in a day */
	SIM_CERT_EXPIRED,	/* has ended yesterday */
	SIM_CERT_UNTRUSTED	/* of an authority that nobody knows */
};

/** Find by name ("good", "not-yet-valid", "expired", "untrusted"). @return 0 or PROVD_E_INVALID */
int sim_cert_kind_find(const char *name, enum sim_cert_kind *out_kind);

/** Names of the files in the cloud's folder; the keys are 0600. */
#define SIM_FILE_CA	       "ca.pem"
#define SIM_FILE_SERVER_CERT   "server.pem"
#define SIM_FILE_SERVER_KEY    "server.key"
#define SIM_FILE_CLIENT_CA     "client_ca.pem"
#define SIM_FILE_CLIENT_CA_KEY "client_ca.key"

/** A server's certificate and its key. */
struct sim_pki_pair {
	char *cert_pem;
	char *key_pem;
};

/** Keys and certificates in memory; all owned, zeroed memory is a valid empty one. */
struct sim_pki {
	struct sim_pki_pair https;
	struct sim_pki_pair mqtt;
	X509 *client_ca;
	EVP_PKEY *client_ca_key;
};

/** What the server certificates shall be like. */
struct sim_pki_plan {
	const char *listen_ip; /* one more address that they are for, or NULL */
	enum sim_cert_kind https;
	enum sim_cert_kind mqtt;
};

/**
 * Make both authorities (random common names, EC P-256) and the server certificates for
 * localhost, 127.0.0.1 and ::1, and write to `dir` what others need: the authorities and the pair
 * of the MQTT port.
 * @return 0 or PROVD_E_*
 */
int sim_pki_create(struct sim_pki *pki, const char *dir, const struct sim_pki_plan *plan);

/** Load the authority for device certificates that a former `create` wrote. @return 0 or E_* */
int sim_pki_load_client_ca(struct sim_pki *pki, const char *dir);

/** Free and wipe. */
void sim_pki_finish(struct sim_pki *pki);

/**
 * Issue a device certificate.
 * @param common_name product id + device name
 * @param out_cert    given: PEM text, free() it
 * @param out_key     given: PEM text (PKCS 8), wipe and free() it
 * @return 0 or PROVD_E_*
 */
int sim_pki_issue(const struct sim_pki *pki, const char *common_name, char **out_cert,
		  char **out_key);

#endif
