/* SPDX-License-Identifier: Apache-2.0 */
/* Linked with all libraries of the daemon; starts libcurl and a loop, and waits for SIGTERM. */
#include <signal.h>
#include <stdio.h>

#include <curl/curl.h>
#include <uv.h>

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	uv_close((uv_handle_t *)handle, NULL);
}

int main(void)
{
	uv_loop_t *loop = uv_default_loop();
	uv_signal_t signal;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || uv_signal_init(loop, &signal) ||
	    uv_signal_start(&signal, on_signal, SIGTERM))
		return 1;
	fputs("ready\n", stderr);
	(void)uv_run(loop, UV_RUN_DEFAULT);
	curl_global_cleanup();
	return uv_loop_close(loop) == 0 ? 0 : 1;
}
