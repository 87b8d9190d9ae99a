/* SPDX-License-Identifier: Apache-2.0 */
#include "pki.h"

#include "../common/common.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum {
	DAY_S = 86400,
	VALID_DAYS = 90
};

/* What a certificate shall say. `issuer` NULL: self-signed authority. */
struct cert_plan {
	const char *common_name;
	const char *usage;
	const char *extended_usage;
	const char *names;
	X509 *issuer;
	EVP_PKEY *issuer_key;
};

static int add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	int ok;

	if (!value)
		return 0;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	if (!extension)
		return PROVD_E_INTERNAL;
	ok = X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	return ok ? 0 : PROVD_E_INTERNAL;
}

static int fill_cert(X509 *cert, EVP_PKEY *key, const struct cert_plan *plan)
{
	X509 *issuer = plan->issuer ? plan->issuer : cert;
	X509_NAME *name = X509_get_subject_name(cert);
	uint64_t serial;

	if (RAND_bytes((unsigned char *)&serial, sizeof(serial)) != 1 ||
	    !X509_set_version(cert, X509_VERSION_3) ||
	    !ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1) ||
	    !X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S) ||
	    !X509_gmtime_adj(X509_getm_notAfter(cert), (long)VALID_DAYS * DAY_S) ||
	    !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					(const unsigned char *)plan->common_name, -1, -1, 0) ||
	    !X509_set_issuer_name(cert, X509_get_subject_name(issuer)) ||
	    !X509_set_pubkey(cert, key))
		return PROVD_E_INTERNAL;
	if (add_extension(cert, issuer, NID_basic_constraints,
			  plan->issuer ? "critical,CA:FALSE" : "critical,CA:TRUE") != 0 ||
	    add_extension(cert, issuer, NID_key_usage, plan->usage) != 0 ||
	    add_extension(cert, issuer, NID_ext_key_usage, plan->extended_usage) != 0 ||
	    add_extension(cert, issuer, NID_subject_alt_name, plan->names) != 0 ||
	    add_extension(cert, issuer, NID_subject_key_identifier, "hash") != 0 ||
	    add_extension(cert, issuer, NID_authority_key_identifier, "keyid") != 0)
		return PROVD_E_INTERNAL;
	return 0;
}

static int make_cert(const struct cert_plan *plan, X509 **out_cert, EVP_PKEY **out_key)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	int rc = PROVD_E_INTERNAL;

	if (!key || !cert || fill_cert(cert, key, plan) != 0)
		goto out;
	if (!X509_sign(cert, plan->issuer ? plan->issuer_key : key, EVP_sha256()))
		goto out;
	*out_cert = cert;
	*out_key = key;
	cert = NULL;
	key = NULL;
	rc = 0;
out:
	X509_free(cert);
	EVP_PKEY_free(key);
	return rc;
}

static int bio_text(BIO *bio, char **out_text)
{
	char *data;
	long size = BIO_get_mem_data(bio, &data);
	char *text;

	if (size <= 0)
		return PROVD_E_INTERNAL;
	text = malloc((size_t)size + 1);
	if (!text)
		return PROVD_E_NOMEM;
	memcpy(text, data, (size_t)size);
	text[size] = '\0';
	*out_text = text;
	return 0;
}

static int cert_pem(X509 *cert, char **out_text)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int rc = PROVD_E_INTERNAL;

	if (bio && PEM_write_bio_X509(bio, cert))
		rc = bio_text(bio, out_text);
	BIO_free(bio);
	return rc;
}

static int key_pem(EVP_PKEY *key, char **out_text)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	int rc = PROVD_E_INTERNAL;

	if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
		rc = bio_text(bio, out_text);
	BIO_free(bio);
	return rc;
}

static void wipe_text(char *text)
{
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
}

static int save_text(const char *dir, const char *name, const char *text, unsigned int mode)
{
	return sim_file_write(dir, name, text, strlen(text), mode);
}

static int make_authority(const char *title, X509 **out_cert, EVP_PKEY **out_key)
{
	struct cert_plan plan = {.usage = "critical,keyCertSign,cRLSign"};
	char name[64];
	unsigned char random[4];
	int n;

	if (RAND_bytes(random, sizeof(random)) != 1)
		return PROVD_E_INTERNAL;
	n = snprintf(name, sizeof(name), "%s %02x%02x%02x%02x", title, random[0], random[1],
		     random[2], random[3]);
	if (n < 0 || (size_t)n >= sizeof(name))
		return PROVD_E_LIMIT;
	plan.common_name = name;
	return make_cert(&plan, out_cert, out_key);
}

static int create_server(struct sim_pki *pki, const char *dir, const char *listen_ip)
{
	struct cert_plan plan = {.usage = "critical,digitalSignature",
				 .extended_usage = "serverAuth"};
	char names[160];
	char *ca_pem = NULL;
	X509 *ca = NULL;
	X509 *cert = NULL;
	EVP_PKEY *ca_key = NULL;
	EVP_PKEY *key = NULL;
	int n = snprintf(names, sizeof(names), "DNS:localhost,IP:127.0.0.1,IP:::1%s%s",
			 listen_ip ? ",IP:" : "", listen_ip ? listen_ip : "");
	int rc;

	if (n < 0 || (size_t)n >= sizeof(names))
		return PROVD_E_LIMIT;
	rc = make_authority("provsim test CA", &ca, &ca_key);
	if (rc != 0)
		goto out;
	plan.issuer = ca;
	plan.issuer_key = ca_key;
	plan.common_name = "localhost";
	plan.names = names;
	rc = make_cert(&plan, &cert, &key);
	if (rc == 0)
		rc = cert_pem(ca, &ca_pem);
	if (rc == 0)
		rc = cert_pem(cert, &pki->server_cert_pem);
	if (rc == 0)
		rc = key_pem(key, &pki->server_key_pem);
	if (rc == 0)
		rc = save_text(dir, SIM_FILE_CA, ca_pem, 0644);
	if (rc == 0)
		rc = save_text(dir, SIM_FILE_SERVER_CERT, pki->server_cert_pem, 0644);
	if (rc == 0)
		rc = save_text(dir, SIM_FILE_SERVER_KEY, pki->server_key_pem, 0600);
out:
	free(ca_pem);
	X509_free(ca);
	X509_free(cert);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	return rc;
}

static int create_client_ca(struct sim_pki *pki, const char *dir)
{
	char *cert = NULL;
	char *key = NULL;
	int rc = make_authority("provsim device CA", &pki->client_ca, &pki->client_ca_key);

	if (rc == 0)
		rc = cert_pem(pki->client_ca, &cert);
	if (rc == 0)
		rc = key_pem(pki->client_ca_key, &key);
	if (rc == 0)
		rc = save_text(dir, SIM_FILE_CLIENT_CA, cert, 0644);
	if (rc == 0)
		rc = save_text(dir, SIM_FILE_CLIENT_CA_KEY, key, 0600);
	free(cert);
	wipe_text(key);
	return rc;
}

int sim_pki_create(struct sim_pki *pki, const char *dir, const char *listen_ip)
{
	int rc = create_server(pki, dir, listen_ip);

	return rc == 0 ? create_client_ca(pki, dir) : rc;
}

static BIO *open_file(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);

	return n < 0 || (size_t)n >= sizeof(path) ? NULL : BIO_new_file(path, "r");
}

int sim_pki_load_client_ca(struct sim_pki *pki, const char *dir)
{
	BIO *cert = open_file(dir, SIM_FILE_CLIENT_CA);
	BIO *key = open_file(dir, SIM_FILE_CLIENT_CA_KEY);

	if (cert && key) {
		pki->client_ca = PEM_read_bio_X509(cert, NULL, NULL, NULL);
		pki->client_ca_key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
	}
	BIO_free(cert);
	BIO_free(key);
	return pki->client_ca && pki->client_ca_key ? 0 : PROVD_E_NOT_FOUND;
}

void sim_pki_finish(struct sim_pki *pki)
{
	free(pki->server_cert_pem);
	wipe_text(pki->server_key_pem);
	X509_free(pki->client_ca);
	EVP_PKEY_free(pki->client_ca_key);
	memset(pki, 0, sizeof(*pki));
}

int sim_pki_issue(const struct sim_pki *pki, const char *common_name, char **out_cert,
		  char **out_key)
{
	struct cert_plan plan = {.common_name = common_name,
				 .usage = "critical,digitalSignature",
				 .extended_usage = "clientAuth",
				 .issuer = pki->client_ca,
				 .issuer_key = pki->client_ca_key};
	char *cert_text = NULL;
	char *key_text = NULL;
	X509 *cert = NULL;
	EVP_PKEY *key = NULL;
	int rc = make_cert(&plan, &cert, &key);

	if (rc == 0)
		rc = cert_pem(cert, &cert_text);
	if (rc == 0)
		rc = key_pem(key, &key_text);
	if (rc == 0) {
		*out_cert = cert_text;
		*out_key = key_text;
		cert_text = NULL;
		key_text = NULL;
	}
	free(cert_text);
	wipe_text(key_text);
	X509_free(cert);
	EVP_PKEY_free(key);
	return rc;
}
