/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provctl/glyph.h
 * @brief Characters of texts that come from plugins and phones, for pictures. Any thread.
 */
#ifndef PROVD_PROVCTL_GLYPH_H
#define PROVD_PROVCTL_GLYPH_H

#include <stddef.h>
#include <stdint.h>

/**
 * Reads a character.
 * @param text     NUL-terminated, not empty; need not be UTF-8
 * @param out_code U+FFFD for bytes that are no character, and for those that must not be shown:
 *                 controls, what turns the direction of writing, what XML 1.0 cannot carry
 * @return its bytes, at least 1
 */
size_t provctl_char(const char *text, uint32_t *out_code);

/** Writes a character as UTF-8. @return its bytes */
size_t provctl_char_put(uint32_t code, char out[5]);

/** How much of a text has at most `max` bytes. @return bytes, never a part of a character */
size_t provctl_cut(const char *text, size_t max);

/** Columns of a character on a terminal: 0, 1 or 2. */
int provctl_char_columns(uint32_t code);

/**
 * How much of a text fits.
 * @param size      of the font, in pixels; 0: a terminal, where all widths are columns
 * @param room      in pixels
 * @param out_width of what fits, in pixels; rather too much
 * @return bytes, never a part of a character
 */
size_t provctl_fit(const char *text, unsigned size, unsigned room, unsigned *out_width);

/** A piece of a text. */
struct provctl_line {
	const char *text; /**< borrowed */
	size_t len;	  /**< bytes */
	unsigned width;	  /**< in pixels, with the ellipsis */
	int is_cut;	  /**< an ellipsis follows it */
};

/**
 * Breaks a text into lines at its spaces; what does not fit into the last one is left out.
 * @param max lines, at least 1
 * @return how many there are; 0 for an empty text
 */
size_t provctl_wrap(const char *text, unsigned size, unsigned room, struct provctl_line *out_lines,
		    size_t max);

#endif /* PROVD_PROVCTL_GLYPH_H */
