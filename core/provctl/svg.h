/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provctl/svg.h
 * @brief What the files that draw a picture as SVG share. One thread.
 */
#ifndef PROVD_PROVCTL_SVG_H
#define PROVD_PROVCTL_SVG_H

#include "glyph.h"
#include "picture.h"

/* Geometry in pixels. */
#define SVG_AXIS   100 /* where the time ends */
#define SVG_BAR	   12  /* width of the bar on the device's lifeline */
#define SVG_PAD	   10  /* inside a box */
#define SVG_LINE   16  /* from one line of a box to the next */
#define SVG_SIZE   12  /* of the font */
#define SVG_SMALL  11
#define SVG_LINES  3 /* of a sentence */
#define SVG_RED	   "#d93025"
#define SVG_INK	   "#202124"
#define SVG_PALE   "#5f6368"
#define SVG_MARGIN 20
#define SVG_BOLD   "font-weight=\"bold\""

/** Where a row is; all y. */
struct svg_place {
	int gap; /**< of the mark of a gap, 0 none */
	int top;
	int line; /**< of the arrow, or the middle of the note */
	int box;  /**< top of the failure's box, 0 none */
	int bottom;
	int mark; /**< middle of the state's mark, 0 none */
};

/** A picture on its way. */
struct svg {
	FILE *out;
	const struct picture *picture;
	int x[SIDE_COUNT]; /**< lifelines; those that are not there are at the device's */
	int width;
	int height;
	int top; /**< of the lifelines */
	int bottom;
	int is_dense; /**< many rows: each has one line */
	struct svg_place *places;
};

/** How a text looks. */
struct svg_style {
	unsigned size;
	const char *fill;
	const char *anchor; /**< "start", "middle", "end" */
	const char *more;   /**< further attributes, "" none; SVG_BOLD */
};

/* svg_text.c */

/** Writes `len` bytes of a text for XML. */
void svg_put(FILE *out, const char *text, size_t len);

/** The size of the font that a text is to be measured with: bold letters are wider. */
unsigned svg_measure(const struct svg_style *style);

/** Writes one line of a text, cut to `room` pixels. */
void svg_text(const struct svg *svg, int x, int y, const struct svg_style *style, const char *text,
	      unsigned room);

/** Writes a piece of a text that provctl_wrap() made. */
void svg_piece(const struct svg *svg, int x, int y, const struct svg_style *style,
	       const struct provctl_line *line);

/** "#1a73e8" */
const char *svg_colour(int state);

/* svg_rows.c */

/** Finds where all rows are, from `svg->top` on. @return where they end */
int svg_place_rows(struct svg *svg);

/** What is under the lifelines. */
void svg_draw_bands(const struct svg *svg);
void svg_draw_rows(const struct svg *svg);

#endif /* PROVD_PROVCTL_SVG_H */
