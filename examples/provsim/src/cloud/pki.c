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

#define DAY_S	    86400L
#define VALID_BEGIN (-2 * DAY_S)
#define VALID_END   (90 * DAY_S)

/* What a certificate shall say. `issuer` NULL: self-signed authority. */
struct cert_plan {
	const char *common_name;
	const char *usage;
	const char *extended_usage;
	const char *names;
	X509 *issuer;
	EVP_PKEY *issuer_key;
	long begin_s; /* from now */
	long end_s;
};

int sim_cert_kind_find(const char *name, enum sim_cert_kind *out_kind)
{
	static const char *const names[] = {[SIM_CERT_GOOD] = "good",
					    [SIM_CERT_NOT_YET_VALID] = "not-yet-valid",
					    [SIM_CERT_EXPIRED] = "expired",
					    [SIM_CERT_UNTRUSTED] = "untrusted"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0) {
			*out_kind = (enum sim_cert_kind)i;
			return 0;
		}
	}
	return PROVD_E_INVALID;
}

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
	    !X509_gmtime_adj(X509_getm_notBefore(cert), plan->begin_s) ||
	    !X509_gmtime_adj(X509_getm_notAfter(cert), plan->end_s) ||
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
	struct cert_plan plan = {.usage = "critical,keyCertSign,cRLSign",
				 .begin_s = VALID_BEGIN,
				 .end_s = VALID_END};
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

static void pair_finish(struct sim_pki_pair *pair)
{
	free(pair->cert_pem);
	wipe_text(pair->key_pem);
	memset(pair, 0, sizeof(*pair));
}

/* A server certificate of `ca`, or of an authority that is thrown away. */
static int make_server(const char *names, enum sim_cert_kind kind, X509 *ca, EVP_PKEY *ca_key,
		       struct sim_pki_pair *out_pair)
{
	struct cert_plan plan = {.common_name = "localhost",
				 .usage = "critical,digitalSignature",
				 .extended_usage = "serverAuth",
				 .names = names,
				 .issuer = ca,
				 .issuer_key = ca_key,
				 .begin_s = kind == SIM_CERT_NOT_YET_VALID ? DAY_S : VALID_BEGIN,
				 .end_s = kind == SIM_CERT_EXPIRED ? -DAY_S : VALID_END};
	struct sim_pki_pair pair = {0};
	X509 *rogue = NULL;
	EVP_PKEY *rogue_key = NULL;
	X509 *cert = NULL;
	EVP_PKEY *key = NULL;
	int rc = 0;

	if (kind == SIM_CERT_UNTRUSTED) {
		rc = make_authority("provsim unknown CA", &rogue, &rogue_key);
		plan.issuer = rogue;
		plan.issuer_key = rogue_key;
	}
	if (rc == 0)
		rc = make_cert(&plan, &cert, &key);
	if (rc == 0)
		rc = cert_pem(cert, &pair.cert_pem);
	if (rc == 0)
		rc = key_pem(key, &pair.key_pem);
	if (rc == 0)
		*out_pair = pair;
	else
		pair_finish(&pair);
	X509_free(rogue);
	EVP_PKEY_free(rogue_key);
	X509_free(cert);
	EVP_PKEY_free(key);
	return rc;
}

static int create_servers(struct sim_pki *pki, const char *dir, const struct sim_pki_plan *plan)
{
	const char *ip = plan->listen_ip;
	char names[160];
	char *ca_pem = NULL;
	X509 *ca = NULL;
	EVP_PKEY *ca_key = NULL;
	int n = snprintf(names, sizeof(names), "DNS:localhost,IP:127.0.0.1,IP:::1%s%s",
			 ip ? ",IP:" : "", ip ? ip : "");
	int rc;

	if (n < 0 || (size_t)n >= sizeof(names))
		return PROVD_E_LIMIT;
	rc = make_authority("provsim test CA", &ca, &ca_key);
	if (rc == 0)
		rc = make_server(names, plan->https, ca, ca_key, &pki->https);
	if (rc == 0)
		rc = make_server(names, plan->mqtt, ca, ca_key, &pki->mqtt);
	if (rc == 0)
		rc = cert_pem(ca, &ca_pem);
	if (rc == 0)
		rc = save_text(dir, SIM_FILE_CA, ca_pem, 0644);
	if (rc == 0)
		rc = save_text(dir, SIM_FILE_SERVER_CERT, pki->mqtt.cert_pem, 0644);
	if (rc == 0)
		rc = save_text(dir, SIM_FILE_SERVER_KEY, pki->mqtt.key_pem, 0600);
	free(ca_pem);
	X509_free(ca);
	EVP_PKEY_free(ca_key);
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

int sim_pki_create(struct sim_pki *pki, const char *dir, const struct sim_pki_plan *plan)
{
	int rc = create_servers(pki, dir, plan);

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
	pair_finish(&pki->https);
	pair_finish(&pki->mqtt);
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
				 .issuer_key = pki->client_ca_key,
				 .begin_s = VALID_BEGIN,
				 .end_s = VALID_END};
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
