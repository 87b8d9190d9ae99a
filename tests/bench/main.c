/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} verbs[] = {{"udp", bench_udp},
		     {"echo", bench_echo},
		     {"start", bench_start},
		     {"watch", bench_watch}};

	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 2, argv + 2);
	}
	fputs("usage: provd-bench udp IPV4 PORT COUNT FILE [TEXT [PAUSE_MS]]\n"
	      "       provd-bench echo\n"
	      "       provd-bench start COUNT TEXT PROGRAM [ARGUMENT]...\n"
	      "       provd-bench watch SOCKET COUNT\n",
	      stderr);
	return 2;
}
