/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device_info.json: loading it, and saving a new secret so that it survives a power cut before
 * anything uses it. The platform gives a secret once; one that cannot be saved stays in memory
 * until it can.
 */
#include "tencent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "codec/mqtt_sign.h"
#include "codec/text.h"

/* Bytes that must be free before the platform is asked: certificate, key and identity twice. */
#define ROOM_NEEDED 65536u

/* Steps of saving; a KEY identity begins with the last. */
enum {
	STEP_CERT,
	STEP_KEY,
	STEP_IDENTITY,
};

static int load_failed(const struct tencent *t, int code, const struct provd_error *why,
		       struct provd_error *err)
{
	const char *path = t->options.device_info;

	if (code == PROVD_E_NOMEM)
		return tencent_fail(err, code, "out of memory while reading %.100s", path);
	if (code == PROVD_E_NOT_FOUND)
		return tencent_fail(err, PROVD_E_CLOUD_IDENTITY,
				    "%.90s is not there; put the device's identity in it "
				    "(productId, deviceName, productSecret)",
				    path);
	return tencent_fail(err, PROVD_E_CLOUD_IDENTITY, "cannot use %.70s: %.100s; correct it",
			    path, why->text[0] != '\0' ? why->text : provd_err_text(code));
}

static void check_region(const struct tencent *t)
{
	const char *region = tencent_store_region(t);

	if (!tencent_mqtt_region_is_known(region))
		PROVD_LOG(t->host, PROVD_LOG_WARN, NULL, "the region is not known, using china",
			  provd_f_text("region", region),
			  provd_f_text("known", TENCENT_REGION_NAMES));
}

int tencent_store_load(struct tencent *t, struct provd_error *err)
{
	struct provd_error why = {.size = sizeof(why)};
	struct tencent_identity identity;
	struct provd_secret *content = NULL;
	struct provd_bytes view = {NULL, 0};
	int rc = PROVD_E_NOT_SUPPORTED;

	if (t->store.is_loaded)
		return 0;
	if (t->file != NULL)
		rc = t->file->load(t->file_self, t->options.device_info, TENCENT_IDENTITY_FILE_MAX,
				   &content, &why);
	if (rc != 0)
		return load_failed(t, rc, &why, err);
	t->host->secret_view(t->host, content, &view);
	rc = tencent_identity_parse(view.data, view.len, 0, &identity, &why);
	t->host->secret_unref(t->host, content);
	if (rc != 0)
		return load_failed(t, rc, &why, err);
	rc = tencent_identity_check(&identity, &why);
	if (rc == 0) {
		t->store.identity = identity;
		t->store.is_loaded = true;
		OPENSSL_cleanse(&identity, sizeof(identity));
		check_region(t);
		return 0;
	}
	tencent_identity_finish(&identity);
	return load_failed(t, rc, &why, err);
}

bool tencent_store_is_registered(const struct tencent *t)
{
	return t->store.is_loaded && !t->store.has_fresh &&
	       tencent_identity_is_registered(&t->store.identity);
}

const char *tencent_store_region(const struct tencent *t)
{
	return t->options.region[0] != '\0' ? t->options.region : t->store.identity.region;
}

void tencent_store_take(struct tencent *t, struct tencent_dynreg_result *result)
{
	t->store.fresh = *result;
	t->store.has_fresh = true;
	OPENSSL_cleanse(result, sizeof(*result));
}

/* Folder of the identity file and a name below it. */
static int path_beside(const struct tencent *t, const char *folder, const char *name, char *out,
		       size_t cap)
{
	const char *path = t->options.device_info;
	const char *slash = strrchr(path, '/');
	int len = slash != NULL ? (int)(slash - path) + 1 : 0;
	int n = snprintf(out, cap, "%.*s%s%s", len, path, folder, name);

	return n < 0 || (size_t)n >= cap ? PROVD_E_LIMIT : 0;
}

static int copy_path(const char *path, char *out, size_t cap)
{
	int n = snprintf(out, cap, "%s", path);

	return n < 0 || (size_t)n >= cap ? PROVD_E_LIMIT : 0;
}

int tencent_store_cert_path(const struct tencent *t, const char *name, char *out, size_t cap)
{
	/* The C SDK keeps bare names and looks for them in "certs/" ([C2] 5.1, 6.5). */
	if (name[0] != '/')
		return path_beside(t, "certs/", name, out, cap);
	return copy_path(name, out, cap);
}

static struct provd_secret *identity_text(const struct tencent *t)
{
	struct provd_secret *secret = NULL;
	size_t len = 0;
	char *text;

	if (tencent_identity_write(&t->store.identity, NULL, 0, &len) != 0)
		return NULL;
	text = malloc(len + 1);
	if (text == NULL)
		return NULL;
	if (tencent_identity_write(&t->store.identity, text, len + 1, &len) == 0)
		secret = t->host->secret_create(t->host, text, len);
	OPENSSL_cleanse(text, len + 1);
	free(text);
	return secret;
}

/* What a step writes, and where. */
static int step_content(struct tencent *t, char *path, size_t cap, struct provd_secret **out_secret)
{
	const struct tencent_dynreg_result *fresh = &t->store.fresh;
	const char *pem = t->store.step == STEP_CERT ? fresh->cert : fresh->key;
	const char *name = t->store.step == STEP_CERT ? t->store.identity.cert_file
						      : t->store.identity.key_file;
	int rc;

	if (t->store.step == STEP_IDENTITY) {
		rc = copy_path(t->options.device_info, path, cap);
		*out_secret = rc == 0 ? identity_text(t) : NULL;
	} else {
		rc = tencent_store_cert_path(t, name, path, cap);
		*out_secret = rc == 0 ? t->host->secret_create(t->host, pem, strlen(pem)) : NULL;
	}
	if (rc != 0)
		return rc;
	return *out_secret != NULL ? 0 : PROVD_E_NOMEM;
}

static void on_replaced(void *user, int code, const struct provd_error *err);

static int write_step(struct tencent *t)
{
	uint32_t mode = t->store.step == STEP_CERT ? 0644 : 0600;
	struct provd_secret *content = NULL;
	char path[TENCENT_PATH_SIZE];
	uint64_t id = 0;
	int rc = step_content(t, path, sizeof(path), &content);

	if (rc != 0)
		return rc;
	rc = t->file->replace(t->file_self, path, content, mode, on_replaced, t, &id);
	t->host->secret_unref(t->host, content);
	t->store.is_saving = rc == 0;
	return rc;
}

static void saved(struct tencent *t)
{
	tencent_dynreg_result_finish(&t->store.fresh);
	memset(&t->store.fresh, 0, sizeof(t->store.fresh));
	t->store.has_fresh = false;
	PROVD_LOG(t->host, PROVD_LOG_INFO, NULL, "the new identity is saved",
		  provd_f_text("device", t->store.identity.device_name));
	tencent_emit(t, PROVD_EV_IDENTITY_CHANGED, NULL);
}

static void save_failed(struct tencent *t, int code, const char *text)
{
	PROVD_LOG(t->host, PROVD_LOG_ERROR, NULL,
		  "the new identity is not saved; it is kept in memory, make room or repair",
		  provd_f_text("file", t->options.device_info), provd_f_code("reason", code));
	tencent_registrar_saved(t, code, text);
}

static void on_replaced(void *user, int code, const struct provd_error *err)
{
	struct tencent *t = user;

	t->store.is_saving = false;
	if (code == 0 && t->store.step < STEP_IDENTITY) {
		t->store.step++;
		code = write_step(t);
		if (code == 0)
			return;
		err = NULL;
	}
	if (code == 0) {
		saved(t);
		tencent_registrar_saved(t, 0, NULL);
	} else {
		save_failed(t, code, err != NULL && err->text[0] != '\0' ? err->text : NULL);
	}
	tencent_stop_advance(t);
}

/* The folder for certificates; when it cannot be made the first file in it says why. */
static void make_cert_folder(const struct tencent *t)
{
	char path[TENCENT_PATH_SIZE];

	if (path_beside(t, "certs", "", path, sizeof(path)) != 0 || mkdir(path, 0700) == 0 ||
	    errno == EEXIST)
		return;
	PROVD_LOG(t->host, PROVD_LOG_WARN, NULL, "cannot make the folder for certificates",
		  provd_f_text("path", path), provd_f_int("errno", errno));
}

int tencent_store_check_room(const struct tencent *t, struct provd_error *err)
{
	const char *path = t->options.device_info;
	const char *slash = strrchr(path, '/');
	char folder[TENCENT_PATH_SIZE];
	struct statvfs fs;
	int n = snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 1,
			 slash ? path : ".");

	if (n <= 0 || (size_t)n >= sizeof(folder) || statvfs(folder, &fs) != 0)
		return 0; /* nothing is known, and saving tells */
	if ((fs.f_flag & ST_RDONLY) || access(folder, W_OK) != 0)
		return tencent_fail(err, PROVD_E_ACCESS,
				    "%.90s cannot be written; not registering, since the new "
				    "secret would be lost",
				    path);
	/* Some file systems do not count their blocks. */
	if (fs.f_blocks != 0 && fs.f_bavail * fs.f_frsize < ROOM_NEEDED)
		return tencent_fail(err, PROVD_E_NO_SPACE,
				    "no room to write %.90s; not registering, since the new "
				    "secret would be lost",
				    path);
	return 0;
}

int tencent_store_save(struct tencent *t)
{
	struct tencent_store *store = &t->store;
	int rc;

	if (store->is_saving)
		return 0;
	if (t->file == NULL)
		return PROVD_E_NOT_SUPPORTED;
	if (store->fresh.kind == TENCENT_DYNREG_CERT) {
		rc = tencent_identity_set_files(&store->identity);
		store->step = STEP_CERT;
		make_cert_folder(t);
	} else {
		rc = tencent_identity_set_secret(&store->identity, store->fresh.psk);
		store->step = STEP_IDENTITY;
	}
	return rc != 0 ? rc : write_step(t);
}

void tencent_store_finish(struct tencent *t)
{
	if (t->store.is_loaded)
		tencent_identity_finish(&t->store.identity);
	if (t->store.has_fresh)
		tencent_dynreg_result_finish(&t->store.fresh);
	OPENSSL_cleanse(&t->store, sizeof(t->store));
}
