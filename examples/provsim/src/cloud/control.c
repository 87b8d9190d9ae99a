/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LINE_MAX_SIZE = 1024
};

struct sim_control {
	struct sim_cloud *cloud;
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_pipe_t pipe;
		uv_tty_t tty;
	} in;
	char chunk[1024];
	char line[LINE_MAX_SIZE];
	size_t size;
	bool too_long;
};

static void on_line(struct sim_control *control)
{
	struct sim_cloud *cloud = control->cloud;
	enum sim_command command;
	const char *error = "the line is too long";

	if (control->size == 0 && !control->too_long)
		return;
	if (control->too_long || sim_faults_apply_line(&cloud->faults, control->line, control->size,
						       &command, &error) != 0) {
		sim_emit(&cloud->out,
			 json_pack("{s:s, s:s}", "event", "command_refused", "reason", error));
		return;
	}
	if (command == SIM_COMMAND_QUIT) {
		sim_cloud_quit(cloud, "quit", SIM_EXIT_OK);
		return;
	}
	sim_emit(&cloud->out, json_pack("{s:s, s:s}", "event", "command", "command",
					command == SIM_COMMAND_CLEAR ? "clear" : "fault"));
	sim_cloud_sync_faults(cloud);
}

static void feed(struct sim_control *control, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\n') {
			on_line(control);
			control->size = 0;
			control->too_long = false;
		} else if (control->size < sizeof(control->line)) {
			control->line[control->size++] = data[i];
		} else {
			control->too_long = true;
		}
	}
}

static void on_eof(struct sim_control *control)
{
	on_line(control);
	control->size = 0;
	if (control->cloud->options.exit_on_eof)
		sim_cloud_quit(control->cloud, "eof", SIM_EXIT_OK);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct sim_control *control = handle->data;

	(void)suggested;
	*buf = uv_buf_init(control->chunk, sizeof(control->chunk));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
	struct sim_control *control = stream->data;

	if (size > 0)
		feed(control, buf->base, (size_t)size);
	if (size >= 0)
		return;
	uv_read_stop(stream);
	on_eof(control);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

/* A file (or /dev/null) is at its end at once and cannot be waited for. */
static void read_file(struct sim_control *control)
{
	ssize_t n = read(STDIN_FILENO, control->chunk, sizeof(control->chunk));

	while (n > 0) {
		feed(control, control->chunk, (size_t)n);
		n = read(STDIN_FILENO, control->chunk, sizeof(control->chunk));
	}
	on_eof(control);
}

int sim_control_create(struct sim_cloud *cloud, struct sim_control **out_control)
{
	struct sim_control *control = calloc(1, sizeof(*control));
	uv_handle_type type = uv_guess_handle(STDIN_FILENO);
	bool open = false;

	if (!control)
		return PROVD_E_NOMEM;
	control->cloud = cloud;
	*out_control = control;
	if (type == UV_TTY) {
		open = uv_tty_init(&cloud->loop, &control->in.tty, STDIN_FILENO, 1) == 0;
		if (!open)
			uv_pipe_init(&cloud->loop, &control->in.pipe, 0);
	} else {
		uv_pipe_init(&cloud->loop, &control->in.pipe, 0);
		open = type == UV_NAMED_PIPE && uv_pipe_open(&control->in.pipe, STDIN_FILENO) == 0;
	}
	control->in.handle.data = control;
	if (open)
		uv_read_start(&control->in.stream, on_alloc, on_read);
	else
		read_file(control);
	return 0;
}

void sim_control_destroy(struct sim_control *control)
{
	if (control)
		uv_close(&control->in.handle, on_closed);
}
