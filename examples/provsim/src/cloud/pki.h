/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file pki.h
 * @brief Certificates of one run: a test CA with a server certificate, and a CA for device certificates.
 */
#ifndef PROVSIM_PKI_H
#define PROVSIM_PKI_H

#include <openssl/types.h>

/** Names of the files in the cloud's folder; the keys are 0600. */
#define SIM_FILE_CA	       "ca.pem"
#define SIM_FILE_SERVER_CERT   "server.pem"
#define SIM_FILE_SERVER_KEY    "server.key"
#define SIM_FILE_CLIENT_CA     "client_ca.pem"
#define SIM_FILE_CLIENT_CA_KEY "client_ca.key"

/** Keys and certificates in memory; all owned, zeroed memory is a valid empty one. */
struct sim_pki {
	char *server_cert_pem;
	char *server_key_pem;
	X509 *client_ca;
	EVP_PKEY *client_ca_key;
};

/**
 * Make both authorities (random common names, EC P-256) and the server certificate for
 * localhost, 127.0.0.1, ::1 and `listen_ip`, and write them to `dir`.
 * @param listen_ip one more address for the certificate, or NULL
 * @return 0 or PROVD_E_*
 */
int sim_pki_create(struct sim_pki *pki, const char *dir, const char *listen_ip);

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
