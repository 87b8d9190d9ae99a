/* SPDX-License-Identifier: Apache-2.0 */
/* What programs print becomes lines of the log; the log escapes what is no text. */
#include "hooks/hooks_internal.h"

#include <string.h>

static void flush(struct provd__hook_output *output)
{
	size_t len = output->len;

	output->len = 0;
	if (len > 0 && output->line[len - 1] == '\r')
		len--;
	if (len > 0)
		PROVD_CLOG(output->log, "hooks", output->session, PROVD_LOG_DEBUG,
			   "a hook's program says", provd_f_text("program", output->program),
			   provd_f_textn("line", output->line, len));
}

static void tell_full(struct provd__hook_output *output)
{
	output->full = 1;
	flush(output);
	PROVD_CLOG(output->log, "hooks", output->session, PROVD_LOG_DEBUG,
		   "a hook's program says more, which is not logged",
		   provd_f_text("program", output->program));
}

void provd__hook_output_add(struct provd__hook_output *output, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && !output->full; i++) {
		if (output->logged++ == PROVD__HOOK_OUTPUT_MAX) {
			tell_full(output);
			return;
		}
		if (bytes[i] != '\n')
			output->line[output->len++] = bytes[i];
		if (bytes[i] == '\n' || output->len == sizeof(output->line))
			flush(output);
	}
}

void provd__hook_output_end(struct provd__hook_output *output)
{
	flush(output);
}
