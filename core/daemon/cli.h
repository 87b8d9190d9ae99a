/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file daemon/cli.h
 * @brief The command line of provd.
 */
#ifndef PROVD_CORE_CLI_H
#define PROVD_CORE_CLI_H

/** Does what the arguments say. @return the exit status, enum provd_exit */
int provd_cli_run(int argc, char **argv);

#endif /* PROVD_CORE_CLI_H */
