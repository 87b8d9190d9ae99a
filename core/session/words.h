/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file session/words.h
 * @brief Words of plugins, made fit for JSON.
 */
#ifndef PROVD_CORE_WORDS_H
#define PROVD_CORE_WORDS_H

#include <stddef.h>

/**
 * Copies a text into `size` bytes: cut at the end of a character, and with '?' for every byte
 * above 127 when it is not UTF-8, since JSON can carry nothing else.
 * @param to may not overlap `from`; NUL-terminated after it
 */
void provd_text_copy(char *to, size_t size, const char *from);

#endif /* PROVD_CORE_WORDS_H */
