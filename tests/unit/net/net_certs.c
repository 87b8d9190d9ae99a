/* SPDX-License-Identifier: Apache-2.0 */
#include "net_test.h"

#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct pair {
	EVP_PKEY *key;
	X509 *cert;
};

static int extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;
	int ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (!ext)
		return -1;
	ok = X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return ok ? 0 : -1;
}

#define DAY_S 86400L

static int pair_make_for(struct pair *pair, const struct pair *ca, const char *name,
			 const char *names, long serial, long begin_s, long end_s)
{
	X509_NAME *subject;

	pair->key = EVP_EC_gen("P-256");
	pair->cert = X509_new();
	if (!pair->key || !pair->cert)
		return -1;
	if (!ca)
		ca = pair;
	subject = X509_get_subject_name(pair->cert);
	if (!X509_set_version(pair->cert, 2) ||
	    !ASN1_INTEGER_set(X509_get_serialNumber(pair->cert), serial) ||
	    !X509_gmtime_adj(X509_getm_notBefore(pair->cert), begin_s) ||
	    !X509_gmtime_adj(X509_getm_notAfter(pair->cert), end_s) ||
	    !X509_set_pubkey(pair->cert, pair->key) ||
	    !X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
					-1, -1, 0) ||
	    !X509_set_issuer_name(pair->cert, X509_get_subject_name(ca->cert)))
		return -1;
	if (extension(pair->cert, ca->cert, NID_basic_constraints,
		      ca == pair ? "critical,CA:TRUE" : "CA:FALSE"))
		return -1;
	if (names && extension(pair->cert, ca->cert, NID_subject_alt_name, names))
		return -1;
	return X509_sign(pair->cert, ca->key, EVP_sha256()) ? 0 : -1;
}

static int pair_make(struct pair *pair, const struct pair *ca, const char *name, const char *names,
		     long serial)
{
	return pair_make_for(pair, ca, name, names, serial, -2 * DAY_S, 3 * DAY_S);
}

static int pair_write(const struct pair *pair, const char *folder, const char *name)
{
	char file[64];
	char path[256];
	FILE *out;
	int ok = 0;

	(void)snprintf(file, sizeof(file), "%s.pem", name);
	out = fopen(net_test_path(path, sizeof(path), folder, file), "w");
	if (out) {
		ok = PEM_write_X509(out, pair->cert);
		ok &= fclose(out) == 0;
	}
	(void)snprintf(file, sizeof(file), "%s.key", name);
	out = fopen(net_test_path(path, sizeof(path), folder, file), "w");
	if (!out)
		return -1;
	ok &= PEM_write_PrivateKey(out, pair->key, NULL, NULL, 0, NULL, NULL);
	ok &= fclose(out) == 0;
	return ok ? 0 : -1;
}

static void pair_finish(struct pair *pair)
{
	EVP_PKEY_free(pair->key);
	X509_free(pair->cert);
}

int net_test_certs(const char *folder)
{
	struct pair ca = {0};
	struct pair rogue = {0};
	struct pair server = {0};
	struct pair other = {0};
	struct pair client = {0};
	struct pair early = {0};
	struct pair late = {0};
	int rc = -1;

	if (pair_make(&ca, NULL, "provd test CA", NULL, 1) ||
	    pair_make(&rogue, NULL, "provd rogue CA", NULL, 2) ||
	    pair_make(&server, &ca, "localhost", "DNS:localhost,IP:127.0.0.1", 3) ||
	    pair_make(&other, &ca, "other.example", "DNS:other.example", 4) ||
	    pair_make(&client, &ca, "client", NULL, 5) ||
	    pair_make_for(&early, &ca, "localhost", "DNS:localhost,IP:127.0.0.1", 6, DAY_S,
			  2 * DAY_S) ||
	    pair_make_for(&late, &ca, "localhost", "DNS:localhost,IP:127.0.0.1", 7, -2 * DAY_S,
			  -DAY_S))
		goto out;
	if (pair_write(&ca, folder, "ca") || pair_write(&rogue, folder, "rogue") ||
	    pair_write(&server, folder, "server") || pair_write(&other, folder, "other") ||
	    pair_write(&client, folder, "client") || pair_write(&early, folder, "early") ||
	    pair_write(&late, folder, "late"))
		goto out;
	rc = 0;
out:
	pair_finish(&ca);
	pair_finish(&rogue);
	pair_finish(&server);
	pair_finish(&other);
	pair_finish(&client);
	pair_finish(&early);
	pair_finish(&late);
	return rc;
}
