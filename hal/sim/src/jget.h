/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file jget.h
 * @brief Reads members of JSON objects strictly: a wrong type or range is an error with words.
 */
#ifndef SIM_JGET_H
#define SIM_JGET_H

#include <provd/error.h>

#include <jansson.h>
#include <stdint.h>

/* All return 0 or PROVD_E_INVALID and leave the output alone when the member is not there. */
int sim_jget_int(json_t *object, const char *key, int64_t min, int64_t max, int64_t *out,
		 struct provd_error *err);
int sim_jget_bool(json_t *object, const char *key, uint32_t *out, struct provd_error *err);
int sim_jget_text(json_t *object, const char *key, const char **out, struct provd_error *err);
int sim_jget_mac(json_t *object, const char *key, uint8_t out[6], struct provd_error *err);
int sim_jget_ipv4(json_t *object, const char *key, uint8_t out[4], struct provd_error *err);

/** Reads `ssid` (text) or `ssid_hex`. @return 0 or PROVD_E_INVALID; one of them must be there */
int sim_jget_ssid(json_t *object, uint8_t out_ssid[32], uint32_t *out_len, struct provd_error *err);

/** PROVD_E_INVALID when there is a member that `known` ("a|b|c") does not name. */
int sim_jget_only(json_t *object, const char *known, struct provd_error *err);

/** Writes words. `err` may be NULL. @return PROVD_E_INVALID */
int sim_jget_error(struct provd_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* SIM_JGET_H */
