/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file control/idl.h
 * @brief Understands a Varlink interface text, and checks JSON values against its types.
 *
 * Pure functions over bytes and trees, no input or output (varlink.org, "Interface Definition").
 * The result is for reading only; everything in it lives as long as the struct provd_idl.
 */
#ifndef PROVD_CORE_CONTROL_IDL_H
#define PROVD_CORE_CONTROL_IDL_H

#include <provd/error.h>

#include <jansson.h>
#include <stddef.h>

/** Longest text in bytes, most types and fields in it, deepest type. */
#define PROVD_IDL_TEXT_MAX  262144u
#define PROVD_IDL_NODES_MAX 8192u
#define PROVD_IDL_DEPTH	    16u

/** Room for a path: "methods[1].name". */
#define PROVD_IDL_PATH_MAX 128u

enum provd_idl_kind {
	PROVD_IDL_BOOL,
	PROVD_IDL_INT,
	PROVD_IDL_FLOAT,
	PROVD_IDL_STRING,
	PROVD_IDL_OBJECT, /**< any JSON value */
	PROVD_IDL_ENUM,	  /**< one of the names of `fields` */
	PROVD_IDL_STRUCT, /**< `fields` */
	PROVD_IDL_ARRAY,  /**< of `element` */
	PROVD_IDL_MAP,	  /**< from texts to `element` */
	PROVD_IDL_MAYBE,  /**< `element`, or null, or not there */
	PROVD_IDL_NAMED	  /**< `element` is the type of that name */
};

struct provd_idl_type;

/** A member of a structure, or a word of an enumeration. */
struct provd_idl_field {
	const char *name;
	const struct provd_idl_type *type; /**< NULL: a word of an enumeration */
	struct provd_idl_field *next;
};

struct provd_idl_type {
	enum provd_idl_kind kind;
	const char *name;		      /**< of PROVD_IDL_NAMED */
	const struct provd_idl_type *element; /**< as the kind says */
	struct provd_idl_field *fields;	      /**< of a structure or enumeration */
	struct provd_idl_type *next_named;    /**< for the parser: names to be looked up */
};

enum provd_idl_member_kind {
	PROVD_IDL_TYPEDEF,
	PROVD_IDL_METHOD,
	PROVD_IDL_ERROR
};

/** A type, method or error of the interface. */
struct provd_idl_member {
	enum provd_idl_member_kind kind;
	const char *name;
	const struct provd_idl_type *in;  /**< the type; a method's or an error's parameters */
	const struct provd_idl_type *out; /**< a method's reply, else NULL */
	struct provd_idl_member *next;
};

/** An interface. */
struct provd_idl {
	const char *name;		  /**< "io.provd.Provisioning" */
	struct provd_idl_member *members; /**< in the order of the text */
	void *memory;			  /**< the parser's */
};

/**
 * Understands a text.
 * @param out_idl given (provd_idl_destroy)
 * @param err     words with the line on failure; NULL allowed
 * @return 0, PROVD_E_INVALID (not an interface), PROVD_E_LIMIT (too large or too deep),
 *         PROVD_E_NOMEM
 */
int provd_idl_parse(const char *text, size_t len, struct provd_idl **out_idl,
		    struct provd_error *err);

/** NULL allowed. */
void provd_idl_destroy(struct provd_idl *idl);

/** @return the member of that kind and name, or NULL */
const struct provd_idl_member *provd_idl_find(const struct provd_idl *idl,
					      enum provd_idl_member_kind kind, const char *name);

/**
 * Checks a value. In structures members that the type does not have are faults too.
 * @param out_path PROVD_IDL_PATH_MAX bytes: where the first fault is ("methods[1]"; "" for the
 *                 value itself), UTF-8, long names shortened; untouched on success
 * @return 0 or PROVD_E_INVALID
 */
int provd_idl_check(const struct provd_idl_type *type, const json_t *value, char *out_path);

#endif /* PROVD_CORE_CONTROL_IDL_H */
