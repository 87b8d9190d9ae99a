/* SPDX-License-Identifier: Apache-2.0 */
#include "control/control.h"

const char *provd_control_interface_text(void)
{
	/* made by CMake from io.provd.Provisioning.varlink */
	static const char text[] = {
#include "provd_interface.inc"
		0};

	return text;
}
