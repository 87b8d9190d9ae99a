/* SPDX-License-Identifier: Apache-2.0 */
/* Dynamic registration by the plugin, against a scripted host. */
#include "fake_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "identities.h"
#include "util.h"

TestSuite(plugin_register, .timeout = 20);

#define OP 71

static const char answer_ok[] =
	"{\"code\":0,\"message\":\"success\",\"len\":53,\"payload\":\"sf1gANtJCT/"
	"PRC4ZHOypfkLnO53otVR/oBAnD3vXhS2m8XkbQ08bTCD+I1Tz5Jjo7vhAnC6QE3RgWWZGg6pWGg==\","
	"\"requestId\":\"x\"}";

static struct fake *start(const char *const *options, const char *identity)
{
	struct fake *fake = fake_new(options, identity);

	cr_assert_eq(fake->ops->register_device(fake->inst, OP), 0);
	return fake;
}

static uint32_t flags(struct fake *fake)
{
	struct provd_identity identity = {.size = sizeof(identity)};
	struct provd_error err = fresh_error();

	cr_assert_eq(fake->ops->get_identity(fake->inst, &identity, &err), 0, "%s", err.text);
	return identity.flags;
}

static void expect_done(struct fake *fake, int status)
{
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 1);
	cr_assert_eq(fake_last(fake, PROVD_EV_OP_DONE)->op, OP);
	cr_assert_eq(fake_last(fake, PROVD_EV_OP_DONE)->status, status, "%s: %s",
		     provd_err_name(fake_last(fake, PROVD_EV_OP_DONE)->status),
		     fake_last(fake, PROVD_EV_OP_DONE)->text);
}

static void expect_silence(const struct fake *fake)
{
	cr_assert(strstr(fake->log, "XoezQjzzMedF4lAr2CqCkVYK") == NULL);
	cr_assert(strstr(fake->log, "MLvMHde65nKPk0Lx") == NULL);
}

/* Makes the next nonce, and the clock, those of a vector. */
static void set_chance(struct fake *fake, const json_t *vector)
{
	uint32_t nonce = (uint32_t)number_of(vector, "nonce");

	for (size_t i = 0; i < 4; i++)
		fake->random[i] = (uint8_t)(nonce >> (8 * i));
	fake->random_len = 4;
	fake->random_at = 0;
	fake->unix_ms = (uint64_t)number_of(vector, "timestamp") * 1000u + 321u;
}

Test(plugin_register, published_run)
{
	json_t *root = load_vectors("tencent_dynreg_v1.json");
	const json_t *vector = json_array_get(json_object_get(root, "vectors"), 0);
	const char *saved = text_of(vector, "saved_device_info_json");
	struct fake *fake = fake_new(NULL, IDENTITY_FRESH);

	cr_assert_eq(flags(fake), PROVD_IDENTITY_LOADED);
	set_chance(fake, vector);
	cr_assert_eq(fake->ops->register_device(fake->inst, OP), 0);
	cr_assert_str_eq(fake->http.url, "https://gateway.tencentdevices.com/register/dev");
	cr_assert_str_eq(fake->http.body, text_of(vector, "request_body"));
	cr_assert_str_eq(fake->http.headers, "Accept: text/xml,application/json;*/*\n"
					     "Content-Type: application/x-www-form-urlencoded\n");
	fake_http_answer(fake, 200, text_of(vector, "response_body"));

	/* On its way to the disk: nothing may use it yet. */
	cr_assert(fake->replace.pending);
	cr_assert_str_eq(fake->replace.path, FAKE_IDENTITY);
	cr_assert_str_eq(fake->replace.text, saved);
	cr_assert_eq(fake->replace.len, 195);
	cr_assert_eq(fake->replace.mode, 0600);
	cr_assert_eq(flags(fake), PROVD_IDENTITY_LOADED);
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 0);
	cr_assert_eq(fake_bind(fake, OP + 1, TOKEN), PROVD_E_BUSY);

	fake_replaced(fake, 0);
	expect_done(fake, 0);
	cr_assert_eq(fake_count(fake, PROVD_EV_IDENTITY_CHANGED), 1);
	cr_assert_eq(flags(fake), PROVD_IDENTITY_LOADED | PROVD_IDENTITY_REGISTERED);
	expect_silence(fake);
	fake_end(fake);
	json_decref(root);
	expect_no_leaks();
}

Test(plugin_register, version_2_signs_the_host)
{
	static const char *const options[] = {"register_version", "v2", NULL};
	static const char *const us_east[] = {"register_version", "v2", "region", "us-east", NULL};
	json_t *root = load_vectors("tencent_dynreg_v2.json");
	json_t *vectors = json_object_get(root, "signature_vectors");

	for (size_t i = 0; i < 2; i++) {
		const json_t *vector = json_array_get(vectors, i);
		struct fake *fake = fake_new(i == 0 ? options : us_east, IDENTITY_FRESH);
		char url[256];
		char header[256];

		set_chance(fake, vector);
		cr_assert_eq(fake->ops->register_device(fake->inst, OP), 0);
		(void)snprintf(url, sizeof(url), "https://%s%s", text_of(vector, "host"),
			       text_of(vector, "path"));
		(void)snprintf(header, sizeof(header), "X-TC-Signature: %s\n",
			       text_of(vector, "signature"));
		cr_assert_str_eq(fake->http.url, url);
		cr_assert_str_eq(fake->http.body, text_of(vector, "body"));
		cr_assert(strstr(fake->http.headers, header) != NULL, "%s", fake->http.headers);
		fake_http_answer(fake, 200,
				 "{\"Response\":{\"Error\":{\"Code\":\"InvalidParameterValue\","
				 "\"Message\":\"no\"},\"RequestId\":\"x\"}}");
		expect_done(fake, PROVD_E_CLOUD_REFUSED);
		fake_end(fake);
	}
	json_decref(root);
	expect_no_leaks();
}

Test(plugin_register, url_and_ca_can_be_set)
{
	static const char *const options[] = {"register_url", "https://127.0.0.1:1234/",
					      "register_ca", "/etc/ca.pem", NULL};
	struct fake *fake = start(options, IDENTITY_FRESH);

	cr_assert_str_eq(fake->http.url, "https://127.0.0.1:1234/register/dev");
	cr_assert_str_eq(fake->http.ca, "/etc/ca.pem");
	fake->ops->cancel(fake->inst, OP);
	expect_done(fake, PROVD_E_CANCELED);
	fake_end(fake);
	expect_no_leaks();
}

/* Waits double from 1 s to 60 s, and chance keeps each between a half and all of it. */
static void check_waits(int chance)
{
	static const int codes[] = {PROVD_E_NET_DNS,	     PROVD_E_NET_REFUSED,
				    PROVD_E_NET_UNREACHABLE, PROVD_E_NET_CLOSED,
				    PROVD_E_TIMEOUT,	     PROVD_E_TLS_HANDSHAKE,
				    PROVD_E_HTTP_PROTOCOL,   PROVD_E_NET_CLOSED};
	struct fake *fake = start(NULL, IDENTITY_FRESH);
	uint64_t whole = 1000;

	fake->random_rest = chance;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		uint64_t wait;

		cr_assert_eq(fake->http.count, (int)i + 1);
		fake_http_fail(fake, codes[i]);
		wait = fake_wait(fake);
		cr_assert(wait >= whole / 2 && wait <= whole, "attempt %zu: %llu ms of %llu", i,
			  (unsigned long long)wait, (unsigned long long)whole);
		if (chance == 0)
			cr_assert_eq(wait, whole / 2);
		fake_advance(fake, wait);
		whole = whole * 2 > 60000 ? 60000 : whole * 2;
	}
	fake_http_answer(fake, 503, "busy");
	fake_advance(fake, fake_wait(fake));
	fake_http_answer(fake, 200, answer_ok);
	fake_replaced(fake, 0);
	expect_done(fake, 0);
	fake_end(fake);
}

Test(plugin_register, transient_faults_are_tried_again)
{
	check_waits(0);
	check_waits(255);
	check_waits(-1);
	expect_no_leaks();
}

Test(plugin_register, attempts_have_a_limit)
{
	static const char *const options[] = {"register_attempts", "2", NULL};
	struct fake *fake = start(options, IDENTITY_FRESH);

	fake_http_fail(fake, PROVD_E_NET_REFUSED);
	fake_advance(fake, fake_wait(fake));
	fake_http_fail(fake, PROVD_E_NET_REFUSED);
	expect_done(fake, PROVD_E_NET_REFUSED);
	cr_assert_str_eq(fake_last(fake, PROVD_EV_OP_DONE)->text, "no such luck");
	cr_assert_eq(fake_timers(fake), 0);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_register, refusals_end_it)
{
	static const struct {
		uint32_t status;
		const char *body;
		int code;
	} rows[] = {
		{200, "{\"code\":1010,\"message\":\"Check signature failed\",\"requestId\":\"x\"}",
		 PROVD_E_CLOUD_SIGNATURE},
		{200, "{\"code\":7,\"message\":\"Pre create mode: device not exists\"}",
		 PROVD_E_CLOUD_REFUSED},
		{403, "{\"code\":1010,\"message\":\"Check signature failed\"}",
		 PROVD_E_CLOUD_SIGNATURE},
		{200, "<html>captive portal</html>", PROVD_E_CLOUD_REPLY},
		{200, "", PROVD_E_CLOUD_REPLY},
		{404, "nothing here", PROVD_E_HTTP_STATUS},
		{302, "", PROVD_E_HTTP_PROTOCOL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = start(NULL, IDENTITY_FRESH);

		fake_http_answer(fake, rows[i].status, rows[i].body);
		expect_done(fake, rows[i].code);
		cr_assert_neq(fake_last(fake, PROVD_EV_OP_DONE)->text[0], '\0');
		cr_assert_eq(fake->http.count, 1);
		cr_assert_eq(fake_timers(fake), 0);
		fake_end(fake);
	}
	expect_no_leaks();
}

Test(plugin_register, untrusted_server_ends_it)
{
	struct fake *fake = start(NULL, IDENTITY_FRESH);

	fake_http_fail(fake, PROVD_E_TLS_UNTRUSTED);
	expect_done(fake, PROVD_E_TLS_UNTRUSTED);
	fake_end(fake);
	expect_no_leaks();
}

/* The platform gives a secret once: a full disk must not make the device ask again. */
Test(plugin_register, a_secret_that_was_not_saved_is_kept)
{
	struct fake *fake = start(NULL, IDENTITY_FRESH);

	fake_http_answer(fake, 200, answer_ok);
	fake_replaced(fake, PROVD_E_NO_SPACE);
	expect_done(fake, PROVD_E_NO_SPACE);
	cr_assert_eq(fake_count(fake, PROVD_EV_IDENTITY_CHANGED), 0);
	cr_assert_eq(flags(fake), PROVD_IDENTITY_LOADED);
	cr_assert_eq(fake_bind(fake, OP + 1, TOKEN), PROVD_E_CLOUD_IDENTITY);

	fake_forget_events(fake);
	fake->replace.refuse = PROVD_E_NOMEM;
	cr_assert_eq(fake->ops->register_device(fake->inst, OP), 0);
	expect_done(fake, PROVD_E_NOMEM);

	fake_forget_events(fake);
	fake->replace.refuse = 0;
	cr_assert_eq(fake->ops->register_device(fake->inst, OP), 0);
	cr_assert_eq(fake->http.count, 1, "asked the platform twice");
	fake_replaced(fake, 0);
	expect_done(fake, 0);
	cr_assert_str_eq(fake_file(fake, FAKE_IDENTITY)->text, IDENTITY_REGISTERED);
	cr_assert_eq(flags(fake), PROVD_IDENTITY_LOADED | PROVD_IDENTITY_REGISTERED);
	expect_silence(fake);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_register, cancel_ends_it_once)
{
	struct fake *fake = start(NULL, IDENTITY_FRESH);

	cr_assert_eq(fake->ops->register_device(fake->inst, OP + 1), PROVD_E_BUSY);
	fake->ops->cancel(fake->inst, OP + 1);
	cr_assert_neq(fake->http.id, 0);
	fake->ops->cancel(fake->inst, OP);
	fake->ops->cancel(fake->inst, OP);
	fake->ops->cancel(fake->inst, 0);
	cr_assert_eq(fake->http.id, 0);
	expect_done(fake, PROVD_E_CANCELED);

	/* While it waits for the next attempt. */
	fake_forget_events(fake);
	cr_assert_eq(fake->ops->register_device(fake->inst, OP), 0);
	fake_http_fail(fake, PROVD_E_TIMEOUT);
	fake->ops->cancel(fake->inst, OP);
	cr_assert_eq(fake_timers(fake), 0);
	fake_advance(fake, 100000);
	expect_done(fake, PROVD_E_CANCELED);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_register, cancel_while_saving_loses_nothing)
{
	struct fake *fake = start(NULL, IDENTITY_FRESH);

	fake_http_answer(fake, 200, answer_ok);
	fake->ops->cancel(fake->inst, OP);
	expect_done(fake, PROVD_E_CANCELED);

	/* The next one joins the write that still runs. */
	fake_forget_events(fake);
	cr_assert_eq(fake->ops->register_device(fake->inst, OP), 0);
	cr_assert_eq(fake->replace.count, 1);
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 0);
	fake_replaced(fake, 0);
	expect_done(fake, 0);
	cr_assert_eq(fake_count(fake, PROVD_EV_IDENTITY_CHANGED), 1);

	/* And one more finds nothing to do. */
	fake_forget_events(fake);
	cr_assert_eq(fake->ops->register_device(fake->inst, OP), 0);
	expect_done(fake, 0);
	cr_assert_eq(fake->http.count, 1);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_register, stop_waits_for_the_disk)
{
	struct fake *fake = start(NULL, IDENTITY_FRESH);

	fake_http_answer(fake, 200, answer_ok);
	fake->ops->stop(fake->inst);
	expect_done(fake, PROVD_E_CANCELED);
	cr_assert_eq(fake_count(fake, PROVD_EV_STOPPED), 0);
	cr_assert_eq(fake->ops->register_device(fake->inst, OP), PROVD_E_STATE);
	fake_replaced(fake, 0);
	cr_assert_eq(fake_count(fake, PROVD_EV_STOPPED), 1);
	expect_done(fake, PROVD_E_CANCELED);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_register, kinds_must_fit)
{
	struct fake *fake = start(NULL, IDENTITY_CERT_FRESH);

	fake_http_answer(fake, 200, answer_ok);
	expect_done(fake, PROVD_E_CLOUD_REPLY);
	cr_assert_eq(fake->replace.count, 0);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_register, certificate_device)
{
	json_t *root = load_vectors("tencent_dynreg_v1.json");
	const json_t *vector = json_array_get(json_object_get(root, "synthetic_responses"), 1);
	char folder[] = "/tmp/provd-tencent-XXXXXX";
	char path[64];
	char answer[1024];
	const char *options[] = {"device_info", path, NULL};
	struct fake *fake;

	cr_assert(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof(path), "%s/device_info.json", folder);
	(void)snprintf(answer, sizeof(answer), "{\"code\":0,\"len\":%d,\"payload\":\"%s\"}",
		       (int)number_of(vector, "len"), text_of(vector, "payload_b64"));
	fake = start(options, IDENTITY_CERT_FRESH);
	fake_http_answer(fake, 200, answer);
	cr_assert_str_eq(strrchr(fake->replace.path, '/') - 6, "/certs/TEST2_cert.crt");
	cr_assert(strncmp(fake->replace.text, "-----BEGIN CERT", 15) == 0);
	fake_replaced(fake, 0);
	cr_assert_str_eq(strrchr(fake->replace.path, '/') - 6, "/certs/TEST2_private.key");
	cr_assert(strncmp(fake->replace.text, "-----BEGIN PRIV", 15) == 0);
	cr_assert_eq(fake->replace.mode, 0600);
	fake_replaced(fake, 0);
	cr_assert_str_eq(fake->replace.path, path);
	cr_assert(strstr(fake->replace.text, "\"devCertFile\":\"TEST2_cert.crt\"") != NULL);
	cr_assert(strstr(fake->replace.text, "\"devPrivateKeyFile\":\"TEST2_private.key\"") !=
		  NULL);
	cr_assert_eq(flags(fake), PROVD_IDENTITY_LOADED);
	fake_replaced(fake, 0);
	expect_done(fake, 0);
	cr_assert_eq(flags(fake), PROVD_IDENTITY_LOADED | PROVD_IDENTITY_REGISTERED);
	(void)snprintf(path, sizeof(path), "%s/certs", folder);
	cr_assert_eq(rmdir(path), 0, "the folder for certificates was not made");
	cr_assert_eq(rmdir(folder), 0);
	fake_end(fake);
	json_decref(root);
	expect_no_leaks();
}

Test(plugin_register, certificate_not_saved_is_kept)
{
	json_t *root = load_vectors("tencent_dynreg_v1.json");
	const json_t *vector = json_array_get(json_object_get(root, "synthetic_responses"), 1);
	char answer[1024];
	struct fake *fake = start(NULL, IDENTITY_CERT_FRESH);

	(void)snprintf(answer, sizeof(answer), "{\"code\":0,\"len\":%d,\"payload\":\"%s\"}",
		       (int)number_of(vector, "len"), text_of(vector, "payload_b64"));
	fake_http_answer(fake, 200, answer);
	fake_replaced(fake, 0);
	fake_replaced(fake, PROVD_E_IO);
	expect_done(fake, PROVD_E_IO);
	fake_forget_events(fake);
	cr_assert_eq(fake->ops->register_device(fake->inst, OP), 0);
	for (int i = 0; i < 3; i++)
		fake_replaced(fake, 0);
	expect_done(fake, 0);
	cr_assert_eq(fake->http.count, 1);
	fake_end(fake);
	json_decref(root);
	expect_no_leaks();
}

Test(plugin_register, other_members_survive)
{
	static const char identity[] =
		"{\"auth_mode\":\"KEY\",\"productId\":\"L4WG9V9M2M\",\"deviceName\":\"TEST2\","
		"\"productSecret\":\"XoezQjzzMedF4lAr2CqCkVYK\",\"subDev\":{\"subdev_num\":0},"
		"\"ours\":[1,2]}";
	struct fake *fake = start(NULL, identity);

	fake_http_answer(fake, 200, answer_ok);
	fake_replaced(fake, 0);
	cr_assert(strstr(fake_file(fake, FAKE_IDENTITY)->text, "\"subDev\":{\"subdev_num\":0}") !=
		  NULL);
	cr_assert(strstr(fake_file(fake, FAKE_IDENTITY)->text, "\"ours\":[1,2]") != NULL);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_register, a_missing_identity_can_come_later)
{
	struct fake *fake = fake_new(NULL, NULL);
	struct provd_identity identity = {.size = sizeof(identity)};
	struct provd_error err = fresh_error();

	cr_assert_eq(fake->ops->get_identity(fake->inst, &identity, &err), PROVD_E_CLOUD_IDENTITY);
	cr_assert(strstr(err.text, FAKE_IDENTITY) != NULL, "%s", err.text);
	cr_assert_eq(fake->ops->register_device(fake->inst, OP), PROVD_E_CLOUD_IDENTITY);
	cr_assert_eq(fake_bind(fake, OP, TOKEN), PROVD_E_CLOUD_IDENTITY);
	cr_assert_eq(fake_count(fake, PROVD_EV_OP_DONE), 0);

	fake_put_file(fake, FAKE_IDENTITY, "{\"auth_mode\":");
	cr_assert_eq(fake->ops->get_identity(fake->inst, &identity, &err), PROVD_E_CLOUD_IDENTITY);
	cr_assert(strstr(err.text, "JSON") != NULL, "%s", err.text);

	fake_put_file(fake, FAKE_IDENTITY, IDENTITY_KEY("oops!"));
	cr_assert_eq(fake->ops->get_identity(fake->inst, &identity, &err), PROVD_E_CLOUD_IDENTITY);
	cr_assert(strstr(err.text, "deviceSecret") != NULL, "%s", err.text);

	fake_put_file(fake, FAKE_IDENTITY, IDENTITY_REGISTERED);
	cr_assert_eq(fake->ops->get_identity(fake->inst, &identity, &err), 0);
	cr_assert_str_eq(identity.product, "L4WG9V9M2M");
	cr_assert_str_eq(identity.device, "TEST2");
	expect_silence(fake);
	fake_end(fake);
	expect_no_leaks();
}

Test(plugin_register, wrong_options_are_refused)
{
	static const char *const url[] = {"register_url", "ftp://x", NULL};
	static const char *const backoff[] = {"backoff_min", "2s", "backoff_max", "1s", NULL};
	const char *const *const rows[] = {url, backoff};

	for (size_t i = 0; i < 2; i++) {
		struct fake *fake = fake_new(NULL, IDENTITY_FRESH);
		struct provd_error err = fresh_error();
		void *other = NULL;

		fake->options = rows[i];
		cr_assert_eq(fake->ops->create(&fake->host, &other, &err), PROVD_E_CONFIG);
		cr_assert_neq(err.text[0], '\0');
		cr_assert(other == NULL);
		fake->options = NULL;
		fake_end(fake);
	}
	expect_no_leaks();
}
