/* SPDX-License-Identifier: Apache-2.0 */
/* What `provd --inspect FILE.so` shows. */
#include "plugin/loader_internal.h"

#include "config/config.h"

/* A plugin's list that lacks its NULL must not lead astray. */
#define LIST_MAX 32

static void print_list(FILE *out, const char *title, const char *const *list)
{
	if (!list || !list[0])
		return;
	fprintf(out, "%-9s", title);
	for (size_t i = 0; i < LIST_MAX && list[i]; i++)
		fprintf(out, "%s%s", i ? ", " : "", list[i]);
	fputc('\n', out);
}

/* Optional operations, so that an author sees what the daemon will not call. */
static void print_optional(FILE *out, const struct provd_plugin *plugin)
{
	if (plugin->descriptor.kind == PROVD_PLUGIN_METHOD)
		fprintf(out, "optional suspend %s, resume %s\n",
			plugin->ops.method.suspend ? "yes" : "no",
			plugin->ops.method.resume ? "yes" : "no");
	if (plugin->descriptor.kind == PROVD_PLUGIN_CLOUD)
		fprintf(out, "optional get_interface %s\n",
			plugin->ops.cloud.get_interface ? "yes" : "no");
}

void provd_plugin_print(const struct provd_plugin *plugin, FILE *out)
{
	const struct provd_plugin_descriptor *d = &plugin->descriptor;

	fprintf(out, "plugin   %s %s (%s)\n", d->name, d->version, provd_plugin_kind_name(d->kind));
	fprintf(out, "summary  %s\n", d->summary);
	fprintf(out, "file     %s\n", plugin->file);
	fprintf(out, "ABI      %u.%u, works with %u.%u and newer; this daemon speaks %d.%d\n",
		(unsigned)d->abi_major, (unsigned)d->abi_minor, (unsigned)d->abi_major,
		(unsigned)d->min_minor, PROVD_ABI_MAJOR, PROVD_ABI_MINOR);
	print_list(out, "needs", d->needs);
	print_list(out, "topics", d->topics);
	print_optional(out, plugin);
	if (d->option_count)
		provd_options_print(out, "options", d->options, d->option_count, d->option_size);
	else
		fputs("options  none\n", out);
}
