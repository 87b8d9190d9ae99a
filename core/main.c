/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/cli.h"

int main(int argc, char **argv)
{
	return provd_cli_run(argc, argv);
}
