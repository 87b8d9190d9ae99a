/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provctl/errlog.h
 * @brief What the files of "provctl errlog" share. One thread.
 */
#ifndef PROVD_PROVCTL_ERRLOG_H
#define PROVD_PROVCTL_ERRLOG_H

#include "provctl.h"

/** Asks for the failures that the command line names. As provctl_call(). */
int provctl_errlog_ask(const struct provctl_options *options, json_t **out_reply);

/* errlog_files.c: @return an exit code */
int provctl_errlog_export(const struct provctl_options *options);
int provctl_errlog_import(const struct provctl_options *options);

#endif /* PROVD_PROVCTL_ERRLOG_H */
