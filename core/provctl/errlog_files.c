/* SPDX-License-Identifier: Apache-2.0 */
/* Failures that leave the journal for a file, or come from one. */
#include "errlog.h"

#include <openssl/evp.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What is read of a file: its base64 has to fit into one message, which has 65536 bytes. */
#define IMPORT_MAX 48000

/** Writes a text or bytes to the file of the command line, or to the standard output. */
static int write_output(const struct provctl_options *options, const void *bytes, size_t len)
{
	const char *path = options->output;
	const int is_stdout = !path || !strcmp(path, "-");
	FILE *out = is_stdout ? stdout : fopen(path, "we");
	int failed;

	failed = !out || fwrite(bytes, 1, len, out) != len;
	if (out && !is_stdout)
		failed |= fclose(out) != 0;
	/* main tells when the standard output fails */
	if (!failed || is_stdout)
		return EXIT_DONE;
	return provctl_file_failed("write the failures", path, errno);
}

/** One record a line. @return an exit code */
static int export_lines(const struct provctl_options *options)
{
	struct provctl_options quiet = *options;
	char *lines = NULL;
	size_t len = 0;
	FILE *out;
	const json_t *failure;
	json_t *reply;
	size_t i;
	int failed;
	int result;

	/* the lines are JSON in any case */
	quiet.json = 0;
	result = provctl_errlog_ask(&quiet, &reply);
	if (result)
		return result;
	out = open_memstream(&lines, &len);
	failed = !out;
	json_array_foreach(json_object_get(reply, "failures"), i, failure)
	{
		failed = failed || json_dumpf(failure, out, JSON_COMPACT) || fputc('\n', out) < 0;
	}
	failed |= out && fclose(out);
	if (failed)
		provctl_say("out of memory");
	result = failed ? EXIT_REFUSED : write_output(options, lines, len);
	free(lines);
	json_decref(reply);
	return result;
}

/** @param out_len bytes @return given: free(); NULL: it is no base64, or out of memory */
static unsigned char *decode(const char *text, size_t *out_len)
{
	const size_t len = strlen(text);
	size_t padding = 0;
	unsigned char *bytes;
	int got;

	/* libcrypto would pass over spaces at both ends */
	if (len % 4 || len > INT_MAX || strpbrk(text, " \t\r\n"))
		return NULL;
	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	bytes = malloc(len / 4 * 3 + 1);
	if (!bytes)
		return NULL;
	got = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
	if (got < 0 || (size_t)got < padding) {
		free(bytes);
		return NULL;
	}
	*out_len = (size_t)got - padding;
	return bytes;
}

static int export_format(const struct provctl_options *options)
{
	unsigned char *bytes;
	json_t *parameters;
	json_t *reply;
	size_t len;
	int result;

	if (!options->json && (!options->output || !strcmp(options->output, "-")) &&
	    isatty(STDOUT_FILENO))
		return provctl_usage("this is no text: give a file with -o FILE", "");
	parameters = json_pack("{s:s}", "format", options->format);
	if (!parameters)
		return provctl_usage("no format has such a name", "");
	result = provctl_call(options, "ExportErrors", parameters, &reply);
	if (result)
		return result;
	bytes = options->json ? NULL : decode(provctl_text(reply, "data"), &len);
	if (!options->json)
		result = bytes ? write_output(options, bytes, len) : provctl_not_understood();
	free(bytes);
	json_decref(reply);
	return result;
}

int provctl_errlog_export(const struct provctl_options *options)
{
	if (!options->format)
		return export_lines(options);
	if (options->session >= 0 || options->undelivered)
		return provctl_usage("--format takes all failures: leave out --session and "
				     "--undelivered",
				     "");
	return export_format(options);
}

/** Reads all of a file. @return an exit code */
static int read_file(const char *path, unsigned char *bytes, size_t size, size_t *out_len)
{
	const int is_stdin = !strcmp(path, "-");
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	size_t len = in ? fread(bytes, 1, size, in) : 0;
	const int why = !in || ferror(in) ? errno : len == size ? EFBIG : 0;

	if (in && !is_stdin)
		(void)fclose(in);
	if (why)
		return provctl_file_failed("read", path, why);
	*out_len = len;
	return EXIT_DONE;
}

int provctl_errlog_import(const struct provctl_options *options)
{
	static const size_t size = IMPORT_MAX + 1;
	unsigned char *bytes = NULL;
	char *text = NULL;
	json_t *parameters;
	json_t *reply;
	size_t len = 0;
	int result;

	if (!options->format)
		return provctl_usage("the name of the file's format is missing: --format NAME", "");
	bytes = malloc(size);
	text = malloc(size / 3 * 4 + 5);
	if (!bytes || !text) {
		provctl_say("out of memory");
		result = EXIT_REFUSED;
		goto out;
	}
	result = read_file(options->args[1], bytes, size, &len);
	if (result)
		goto out;
	text[EVP_EncodeBlock((unsigned char *)text, bytes, (int)len)] = 0;
	parameters = json_pack("{s:s, s:s}", "format", options->format, "data", text);
	if (!parameters) {
		result = provctl_usage("no format has such a name", "");
		goto out;
	}
	result = provctl_call(options, "ImportErrors", parameters, &reply);
	if (result)
		goto out;
	if (!options->json)
		provctl_put_count(reply, "imported");
	json_decref(reply);
out:
	free(text);
	free(bytes);
	return result;
}
