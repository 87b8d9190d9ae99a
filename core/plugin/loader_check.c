/* SPDX-License-Identifier: Apache-2.0 */
/* What a descriptor says, and whether this daemon can work with it. */
#include "plugin/loader_internal.h"

#include "config/config.h"

#include <string.h>

/* End of the last member that ABI 1.0 had: the least that every plugin brings. */
#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)NULL)->member))

#define DESCRIPTOR_MIN END_OF(struct provd_plugin_descriptor, failure_count)
#define OPTION_MIN     END_OF(struct provd_option, help)
#define FAILURE_MIN    END_OF(struct provd_failure_word, text)
#define METHOD_MIN     END_OF(struct provd_method_ops, on_event)
#define HAL_MIN	       END_OF(struct provd_hal_ops, get_interface)
#define CLOUD_MIN      END_OF(struct provd_cloud_ops, stop)

#define OPTIONS_MAX  256
#define FAILURES_MAX 1024

_Static_assert(offsetof(struct provd_plugin_descriptor, kind) == 16, "the prefix is frozen");

const char *provd_plugin_kind_name(uint32_t kind)
{
	switch (kind) {
	case PROVD_PLUGIN_METHOD:
		return "method";
	case PROVD_PLUGIN_HAL:
		return "HAL";
	case PROVD_PLUGIN_CLOUD:
		return "cloud";
	default:
		return "unknown kind";
	}
}

const struct provd_failure_word *provd_plugin_failure(const struct provd_plugin_descriptor *d,
						      uint32_t index)
{
	return (const void *)((const uint8_t *)(const void *)d->failures +
			      (size_t)index * d->failure_size);
}

int provd_table_copy(void *out_copy, size_t ours, const void *table)
{
	uint32_t size;
	size_t copied;

	memcpy(&size, table, sizeof(size));
	if (size < 8 || ours < 8)
		return PROVD_E_PLUGIN_DESCRIPTOR;
	copied = size < ours ? size : ours;
	memset(out_copy, 0, ours);
	memcpy(out_copy, table, copied);
	size = (uint32_t)copied;
	memcpy(out_copy, &size, sizeof(size));
	return 0;
}

/* The frozen 16 bytes, and the size they promise. */
static int check_prefix(const struct provd_plugin_descriptor *d, size_t symbol_size,
			const char *file, const struct provd_loader_host *host,
			struct provd_error *err)
{
	if (symbol_size < offsetof(struct provd_plugin_descriptor, kind))
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "symbol " PROVD_PLUGIN_SYMBOL " has %zu bytes, wanted a "
					   "descriptor of %zu; define it as in <provd/plugin.h>",
					   symbol_size, DESCRIPTOR_MIN);
	if (d->magic != PROVD_ABI_MAGIC)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_ABI, file,
					   "magic is 0x%08x, wanted 0x%08x; "
					   "set it to PROVD_ABI_MAGIC",
					   (unsigned)d->magic, PROVD_ABI_MAGIC);
	if (d->abi_major != host->major)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_ABI, file,
					   "built for plugin ABI %u.%u, this daemon speaks "
					   "%u.0 to %u.%u; rebuild it with these headers",
					   (unsigned)d->abi_major, (unsigned)d->abi_minor,
					   (unsigned)host->major, (unsigned)host->major,
					   (unsigned)host->minor);
	if (d->min_minor > host->minor)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_ABI, file,
					   "needs plugin ABI %u.%u, this daemon speaks %u.0 to "
					   "%u.%u; update the daemon",
					   (unsigned)d->abi_major, (unsigned)d->min_minor,
					   (unsigned)host->major, (unsigned)host->major,
					   (unsigned)host->minor);
	if (d->size < DESCRIPTOR_MIN)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "descriptor has %u bytes, wanted at least %zu; "
					   "set size to sizeof(provd_plugin)",
					   (unsigned)d->size, DESCRIPTOR_MIN);
	if (d->size > symbol_size)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "descriptor claims %u bytes, the symbol has %zu; "
					   "set size to sizeof(provd_plugin)",
					   (unsigned)d->size, symbol_size);
	return 0;
}

static int check_name(const struct provd_plugin_descriptor *d, const char *file,
		      struct provd_error *err)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash ? slash + 1 : file;
	size_t len;

	if (!d->name || !provd_loader_name_valid(d->name))
		return provd_loader_refuse(
			err, PROVD_E_PLUGIN_DESCRIPTOR, file,
			"name '%.40s' is not valid, wanted a-z, then up to 31 of "
			"a-z 0-9 '-'; correct the descriptor",
			d->name ? d->name : "");
	len = strlen(d->name);
	if (strncmp(base, d->name, len) != 0 || strcmp(base + len, ".so") != 0)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "its descriptor says '%s', wanted the file's name; "
					   "rename the file to %s.so",
					   d->name, d->name);
	if (!d->version || !d->summary)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "%s is NULL, wanted a text; complete the descriptor",
					   d->version ? "summary" : "version");
	return 0;
}

static int check_kind(const struct provd_plugin_descriptor *d, uint32_t kind, const char *file,
		      struct provd_error *err)
{
	if (d->kind < PROVD_PLUGIN_METHOD || d->kind > PROVD_PLUGIN_CLOUD)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "kind is %u, wanted 1 (method), 2 (HAL) or 3 (cloud); "
					   "correct the descriptor",
					   (unsigned)d->kind);
	if (kind != 0 && d->kind != kind)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "it is a %s, wanted a %s; "
					   "name it in its own section of the config",
					   provd_plugin_kind_name(d->kind),
					   provd_plugin_kind_name(kind));
	return 0;
}

/* Copies the operations; `needed` of their bytes must be there. */
static int copy_ops(const void *theirs, size_t needed, size_t ours, void *out, const char *file,
		    struct provd_error *err)
{
	uint32_t size = 0;

	if (!theirs)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "ops is NULL, wanted a table of operations; "
					   "complete the descriptor");
	memcpy(&size, theirs, sizeof(size));
	if (size < needed || provd_table_copy(out, ours, theirs) < 0)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "table of operations has %u bytes, wanted at least %zu; "
					   "set its size to its sizeof",
					   (unsigned)size, needed);
	return 0;
}

static int op_missing(const char *name, const char *file, struct provd_error *err)
{
	return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
				   "operation %s is NULL, wanted a function; implement it", name);
}

/* Stops at the first operation of a table that is not there. */
#define NEED(table, op)                                                                            \
	do {                                                                                       \
		if (!(table)->op)                                                                  \
			return op_missing(#op, file, err);                                         \
	} while (0)

static int check_method(const struct provd_method_ops *ops, const char *file,
			struct provd_error *err)
{
	NEED(ops, create);
	NEED(ops, destroy);
	NEED(ops, start);
	NEED(ops, stop);
	NEED(ops, cancel);
	NEED(ops, on_result);
	NEED(ops, on_event);
	return 0;
}

static int check_hal(const struct provd_hal_ops *ops, const char *file, struct provd_error *err)
{
	NEED(ops, create);
	NEED(ops, destroy);
	NEED(ops, probe);
	NEED(ops, open);
	NEED(ops, close);
	NEED(ops, get_caps);
	NEED(ops, get_interface);
	return 0;
}

static int check_cloud(const struct provd_cloud_ops *ops, const char *file, struct provd_error *err)
{
	NEED(ops, create);
	NEED(ops, destroy);
	NEED(ops, get_identity);
	NEED(ops, register_device);
	NEED(ops, bind);
	NEED(ops, cancel);
	NEED(ops, stop);
	return 0;
}

static int check_ops(struct provd_plugin *plugin, const char *file, struct provd_error *err)
{
	const void *theirs = plugin->descriptor.ops;
	int ret;

	if (plugin->descriptor.kind == PROVD_PLUGIN_METHOD) {
		ret = copy_ops(theirs, METHOD_MIN, sizeof(plugin->ops.method), &plugin->ops, file,
			       err);
		return ret < 0 ? ret : check_method(&plugin->ops.method, file, err);
	}
	if (plugin->descriptor.kind == PROVD_PLUGIN_HAL) {
		ret = copy_ops(theirs, HAL_MIN, sizeof(plugin->ops.hal), &plugin->ops, file, err);
		return ret < 0 ? ret : check_hal(&plugin->ops.hal, file, err);
	}
	ret = copy_ops(theirs, CLOUD_MIN, sizeof(plugin->ops.cloud), &plugin->ops, file, err);
	return ret < 0 ? ret : check_cloud(&plugin->ops.cloud, file, err);
}

static int check_options(const struct provd_plugin_descriptor *d, const char *file,
			 struct provd_error *err)
{
	struct provd_error words = {.size = sizeof(words)};

	if (d->option_count == 0)
		return 0;
	if (!d->options || d->option_count > OPTIONS_MAX)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "%u option rows %s, wanted at most %d in a table; "
					   "correct the descriptor",
					   (unsigned)d->option_count,
					   d->options ? "are too many" : "but no table",
					   OPTIONS_MAX);
	if (d->option_size < OPTION_MIN || d->option_size % sizeof(void *) != 0)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "option rows have %u bytes, wanted at least %zu; "
					   "set option_size to sizeof(struct provd_option)",
					   (unsigned)d->option_size, OPTION_MIN);
	if (provd_schema_check(d->options, d->option_count, d->option_size, &words) < 0)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "%s; correct its option table", words.text);
	return 0;
}

/* The rows are only printed, but a page of wrong ones would be believed. */
static int check_failure_row(const struct provd_plugin_descriptor *d, uint32_t index,
			     const char *file, struct provd_error *err)
{
	const struct provd_failure_word *row = provd_plugin_failure(d, index);

	if (!row->stage || !*row->stage)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "failure row %u has no stage, wanted a text; "
					   "complete its failure table",
					   (unsigned)index);
	if (provd_err_by_name(provd_err_name(row->code)) != row->code && row->code != 0)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "failure row %u has code %d, wanted 0 or a PROVD_E_*; "
					   "correct its failure table",
					   (unsigned)index, (int)row->code);
	return 0;
}

static int check_failures(const struct provd_plugin_descriptor *d, const char *file,
			  struct provd_error *err)
{
	int ret = 0;

	if (d->failure_count == 0)
		return 0;
	if (!d->failures || d->failure_count > FAILURES_MAX)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_DESCRIPTOR, file,
					   "%u failure rows %s, wanted at most %d in a table; "
					   "correct the descriptor",
					   (unsigned)d->failure_count,
					   d->failures ? "are too many" : "but no table",
					   FAILURES_MAX);
	if (d->failure_size < FAILURE_MIN || d->failure_size % sizeof(void *) != 0)
		return provd_loader_refuse(
			err, PROVD_E_PLUGIN_DESCRIPTOR, file,
			"failure rows have %u bytes, wanted at least %zu; set failure_size to "
			"sizeof(struct provd_failure_word)",
			(unsigned)d->failure_size, FAILURE_MIN);
	for (uint32_t i = 0; i < d->failure_count && ret == 0; i++)
		ret = check_failure_row(d, i, file, err);
	return ret;
}

int provd_loader_check(const struct provd_plugin_descriptor *theirs, size_t symbol_size,
		       const char *file, uint32_t kind, const struct provd_loader_host *host,
		       struct provd_plugin *plugin, struct provd_error *err)
{
	struct provd_plugin_descriptor *d = &plugin->descriptor;
	int ret = check_prefix(theirs, symbol_size, file, host, err);

	if (ret < 0)
		return ret;
	memset(d, 0, sizeof(*d));
	memcpy(d, theirs, theirs->size < sizeof(*d) ? theirs->size : sizeof(*d));
	if (d->size > sizeof(*d))
		d->size = sizeof(*d);
	ret = check_name(d, file, err);
	if (ret < 0)
		return ret;
	ret = check_kind(d, kind, file, err);
	if (ret < 0)
		return ret;
	ret = check_ops(plugin, file, err);
	if (ret < 0)
		return ret;
	ret = check_options(d, file, err);
	if (ret < 0)
		return ret;
	return check_failures(d, file, err);
}
