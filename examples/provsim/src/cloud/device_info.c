/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/crypto.h>

static const char USAGE[] =
	"usage: provsim device-info --dir DIR --out FILE [OPTION]...\n"
	"\n"
	"Writes a device_info.json (0600) that fits the cloud whose folder is DIR.\n"
	"\n"
	"  --device NAME     default: the first device of the cloud\n"
	"  --kind KIND       fresh (default): no secret yet, it must register first\n"
	"                    psk: with the device's present secret\n"
	"                    cert: with a new certificate; its files go to `certs` beside FILE\n"
	"  --region NAME     default china\n"
	"  --cert-names      name the certificate files without their folder, as vendor files do\n";

struct request {
	const char *dir;
	const char *out;
	const char *device;
	const char *region;
	enum sim_info_kind kind;
	bool names_only;
};

static const struct option OPTIONS[] = {
	{"dir", required_argument, NULL, 'd'},	  {"out", required_argument, NULL, 'o'},
	{"device", required_argument, NULL, 'n'}, {"kind", required_argument, NULL, 'k'},
	{"region", required_argument, NULL, 'r'}, {"cert-names", no_argument, NULL, 'c'},
	{"help", no_argument, NULL, 'h'},	  {NULL, 0, NULL, 0},
};

static int set_kind(struct request *request, const char *text)
{
	static const char *const names[] = {"fresh", "psk", "cert"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			request->kind = (enum sim_info_kind)i;
			return 0;
		}
	}
	return PROVD_E_INVALID;
}

/* -1 to go on, else the exit status. */
static int parse(struct request *request, int argc, char **argv)
{
	int id;

	while ((id = getopt_long(argc, argv, "h", OPTIONS, NULL)) != -1) {
		switch (id) {
		case 'd':
			request->dir = optarg;
			break;
		case 'o':
			request->out = optarg;
			break;
		case 'n':
			request->device = optarg;
			break;
		case 'r':
			request->region = optarg;
			break;
		case 'c':
			request->names_only = true;
			break;
		case 'k':
			if (set_kind(request, optarg) == 0)
				break;
			sim_say("--kind must be fresh, psk or cert");
			return SIM_EXIT_USAGE;
		case 'h':
			fputs(USAGE, stdout);
			return SIM_EXIT_OK;
		default:
			return SIM_EXIT_USAGE;
		}
	}
	if (request->dir && request->out && optind == argc)
		return -1;
	fputs(USAGE, stderr);
	return SIM_EXIT_USAGE;
}

static int write_info(const struct request *request, struct sim_device_info *info)
{
	char *text = sim_device_info_text(info);
	int rc = text ? sim_write_private(request->out, text) : PROVD_E_NOMEM;

	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
	return rc;
}

/* Make DIR-OF-OUT/certs and give the two paths in it. */
static int cert_paths(const struct request *request, const char *device, char *cert, char *key,
		      size_t size)
{
	const char *slash = strrchr(request->out, '/');
	char dir[PATH_MAX];
	int n = snprintf(dir, sizeof(dir), "%.*s/certs", slash ? (int)(slash - request->out) : 1,
			 slash ? request->out : ".");
	char *whole;
	int rc = PROVD_E_LIMIT;

	if (n < 0 || (size_t)n >= sizeof(dir))
		return rc;
	mkdir(dir, 0700);
	whole = realpath(dir, NULL);
	if (!whole)
		return PROVD_E_IO;
	n = snprintf(cert, size, "%s/%s_cert.crt", whole, device);
	if (n > 0 && (size_t)n < size) {
		n = snprintf(key, size, "%s/%s_private.key", whole, device);
		rc = n > 0 && (size_t)n < size ? 0 : rc;
	}
	free(whole);
	return rc;
}

static int issue(const struct request *request, struct sim_device_info *info)
{
	struct sim_pki pki = {0};
	char common_name[SIM_PRODUCT_ID_SIZE + SIM_DEVICE_NAME_SIZE];
	char cert_path[PATH_MAX];
	char key_path[PATH_MAX];
	char *cert = NULL;
	char *key = NULL;
	int rc = sim_pki_load_client_ca(&pki, request->dir);

	snprintf(common_name, sizeof(common_name), "%s%s", info->product_id, info->device_name);
	if (rc == 0)
		rc = sim_pki_issue(&pki, common_name, &cert, &key);
	if (rc == 0)
		rc = cert_paths(request, info->device_name, cert_path, key_path, sizeof(key_path));
	if (rc == 0)
		rc = sim_write_private(cert_path, cert);
	if (rc == 0)
		rc = sim_write_private(key_path, key);
	if (rc == 0) {
		info->cert_file = request->names_only ? strrchr(cert_path, '/') + 1 : cert_path;
		info->key_file = request->names_only ? strrchr(key_path, '/') + 1 : key_path;
		rc = write_info(request, info);
		info->cert_file = NULL;
		info->key_file = NULL;
	}
	free(cert);
	if (key)
		OPENSSL_cleanse(key, strlen(key));
	free(key);
	sim_pki_finish(&pki);
	return rc;
}

static int make(const struct request *request, struct sim_registry *reg)
{
	const struct sim_device *device = request->device
						  ? sim_registry_find(reg, request->device)
						  : (reg->count > 0 ? &reg->devices[0] : NULL);
	struct sim_device_info info = {
		.kind = request->kind,
		.cert_product = reg->cert,
		.product_id = reg->product_id,
		.product_secret = reg->product_secret,
		.device_name = device ? device->name : request->device,
		.region = request->region,
		.device_secret = device ? device->secret : "",
	};

	if (!info.device_name || !sim_device_name_ok(info.device_name))
		return PROVD_E_NOT_FOUND;
	if (request->kind == SIM_INFO_CERT)
		return issue(request, &info);
	if (request->kind == SIM_INFO_PSK) {
		if (!device || device->secret[0] == '\0') {
			sim_say("%s has no secret: let it register, or start the cloud with "
				"--device %s:auto",
				info.device_name, info.device_name);
			return PROVD_E_STATE;
		}
		info.cert_product = false;
	}
	return write_info(request, &info);
}

int sim_device_info_main(int argc, char **argv)
{
	struct request request = {.region = "china"};
	struct sim_registry reg;
	int status = parse(&request, argc, argv);
	int rc;

	if (status != -1)
		return status;
	rc = sim_registry_init(&reg);
	if (rc == 0)
		rc = sim_state_load(&reg, request.dir);
	if (rc == 0)
		rc = make(&request, &reg);
	else
		sim_say("there is no state of a cloud in %s", request.dir);
	sim_registry_finish(&reg);
	if (rc != 0)
		sim_say("%s was not written (error %d)", request.out, rc);
	return rc == 0 ? SIM_EXIT_OK : SIM_EXIT_FAILED;
}
