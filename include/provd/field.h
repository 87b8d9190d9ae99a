/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provd/field.h
 * @brief Typed key-value pairs, used by log lines and events.
 *
 * The type decides how a value may be shown: personal data (SSID, MAC, IP) is escaped, and
 * shortened unless the owner asked for it in full; a secret shows its length and nothing else.
 * There is no free format string, so what a peer sent can never act as one.
 */
#ifndef PROVD_FIELD_H
#define PROVD_FIELD_H

#include <provd/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Values of `provd_field.type`. */
enum provd_field_type {
	PROVD_FIELD_TEXT = 1,	/**< `data`, `len`: UTF-8, escaped where needed */
	PROVD_FIELD_INT = 2,	/**< `number` */
	PROVD_FIELD_CODE = 3,	/**< `number`: a PROVD_E_* code, shown by name */
	PROVD_FIELD_SSID = 4,	/**< `data`, `len`: 0 to 32 raw bytes; personal */
	PROVD_FIELD_MAC = 5,	/**< `data`: 6 bytes; personal */
	PROVD_FIELD_IP = 6,	/**< `data`, `len`: 4 or 16 bytes, network order; personal */
	PROVD_FIELD_SECRET = 7, /**< `number`: its length in bytes; nothing else is carried */
	PROVD_FIELD_MS = 8	/**< `number`: milliseconds */
};

/** One pair. Borrowed wherever it is passed. */
struct provd_field {
	uint32_t type; /**< enum provd_field_type */
	uint32_t reserved;
	int64_t number;
	const char *key;  /**< lower_snake_case, static text */
	const void *data; /**< see the type */
	size_t len;	  /**< bytes at `data` */
	size_t reserved2;
};

/** Makes a pair of any type; use the named ones below. */
static inline struct provd_field provd_f_make(uint32_t type, const char *key, int64_t number,
					      const void *data, size_t len)
{
	struct provd_field f;
	f.type = type;
	f.reserved = 0;
	f.number = number;
	f.key = key;
	f.data = data;
	f.len = len;
	f.reserved2 = 0;
	return f;
}

/** Text of a known length. */
static inline struct provd_field provd_f_textn(const char *key, const char *text, size_t len)
{
	return provd_f_make(PROVD_FIELD_TEXT, key, 0, text, len);
}

/** NUL-terminated text; NULL is shown as "". */
static inline struct provd_field provd_f_text(const char *key, const char *text)
{
	size_t len = 0;

	while (text && text[len])
		len++;
	return provd_f_textn(key, text, len);
}

/** A number. */
static inline struct provd_field provd_f_int(const char *key, int64_t value)
{
	return provd_f_make(PROVD_FIELD_INT, key, value, NULL, 0);
}

/** A duration in milliseconds. */
static inline struct provd_field provd_f_ms(const char *key, uint64_t ms)
{
	return provd_f_make(PROVD_FIELD_MS, key, (int64_t)ms, NULL, 0);
}

/** A PROVD_E_* code. */
static inline struct provd_field provd_f_code(const char *key, int code)
{
	return provd_f_make(PROVD_FIELD_CODE, key, code, NULL, 0);
}

/** A network name, 0 to 32 raw bytes. */
static inline struct provd_field provd_f_ssid(const char *key, const uint8_t *ssid, size_t len)
{
	return provd_f_make(PROVD_FIELD_SSID, key, 0, ssid, len);
}

/** A MAC address, 6 bytes. */
static inline struct provd_field provd_f_mac(const char *key, const uint8_t *mac)
{
	return provd_f_make(PROVD_FIELD_MAC, key, 0, mac, 6);
}

/** An IP address in network order, 4 or 16 bytes. */
static inline struct provd_field provd_f_ip(const char *key, const uint8_t *ip, size_t len)
{
	return provd_f_make(PROVD_FIELD_IP, key, 0, ip, len);
}

/** That a secret of `len` bytes was there; takes no bytes, so it can leak none. */
static inline struct provd_field provd_f_secret(const char *key, size_t len)
{
	return provd_f_make(PROVD_FIELD_SECRET, key, (int64_t)len, NULL, 0);
}

#ifdef __cplusplus
}
#endif

#endif /* PROVD_FIELD_H */
