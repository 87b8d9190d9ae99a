/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of interface texts. */
#include "control/idl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** One piece of memory of an interface; all are freed together. */
struct piece {
	struct piece *next;
};

struct parser {
	const char *text;
	size_t len;
	size_t at;
	size_t line;
	size_t nodes;
	size_t depth;
	struct provd_idl *idl;
	struct provd_idl_member **last;
	struct provd_idl_type *named; /**< to be looked up */
	struct provd_error *err;
};

static int parse_type(struct parser *p, const struct provd_idl_type **out_type);

/* Memory and words */

/** Tells what is wrong, and with which name (or NULL). @return code */
static int fail(struct parser *p, int code, const char *name, const char *words)
{
	if (!p->err)
		return code;
	p->err->code = code;
	/* what is too long is cut, which is fine for words */
	if (name)
		(void)snprintf(p->err->text, sizeof(p->err->text),
			       "interface text, line %zu: '%s' %s", p->line, name, words);
	else
		(void)snprintf(p->err->text, sizeof(p->err->text), "interface text, line %zu: %s",
			       p->line, words);
	return code;
}

/** Zeroed memory that lives as long as the interface. NULL: told. */
static void *take(struct parser *p, size_t size, int *out_code)
{
	struct piece *piece;

	if (p->nodes++ >= PROVD_IDL_NODES_MAX) {
		*out_code = fail(p, PROVD_E_LIMIT, NULL, "too many types and names");
		return NULL;
	}
	piece = calloc(1, sizeof(*piece) + size);
	if (!piece) {
		*out_code = fail(p, PROVD_E_NOMEM, NULL, "out of memory");
		return NULL;
	}
	piece->next = p->idl->memory;
	p->idl->memory = piece;
	return piece + 1;
}

/* Bytes */

static int is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/** Skips spaces, line ends and comments. */
static void skip(struct parser *p)
{
	while (p->at < p->len) {
		char c = p->text[p->at];

		if (c == '#') {
			while (p->at < p->len && p->text[p->at] != '\n')
				p->at++;
			continue;
		}
		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return;
		p->line += c == '\n';
		p->at++;
	}
}

/** Takes a sign if it comes next. @return 1 when it did */
static int accept(struct parser *p, const char *sign)
{
	size_t len = strlen(sign);

	skip(p);
	if (p->len - p->at < len || memcmp(p->text + p->at, sign, len) != 0)
		return 0;
	p->at += len;
	return 1;
}

static int expect(struct parser *p, const char *sign)
{
	return accept(p, sign) ? 0 : fail(p, PROVD_E_INVALID, sign, "is expected");
}

/** Bytes of the word that comes next; `more` are allowed behind its first letter. */
static size_t word_len(struct parser *p, const char *more)
{
	size_t len = 0;

	skip(p);
	if (p->at == p->len || !is_letter(p->text[p->at]))
		return 0;
	while (p->at + len < p->len) {
		char c = p->text[p->at + len];

		if (!is_letter(c) && !is_digit(c) && (!c || !strchr(more, c)))
			break;
		len++;
	}
	return len;
}

/** Takes the word if it is this one. */
static int accept_word(struct parser *p, const char *word)
{
	size_t len = word_len(p, "_");

	if (len != strlen(word) || memcmp(p->text + p->at, word, len) != 0)
		return 0;
	p->at += len;
	return 1;
}

/** Takes a name. @param more signs that it may have behind its first letter */
static int take_name(struct parser *p, const char *more, const char **out_name)
{
	size_t len = word_len(p, more);
	int code = 0;
	char *name;

	if (len == 0 || len > PROVD_IDL_PATH_MAX / 2)
		return fail(p, PROVD_E_INVALID, NULL, "a name is expected");
	name = take(p, len + 1, &code);
	if (!name)
		return code;
	memcpy(name, p->text + p->at, len);
	p->at += len;
	*out_name = name;
	return 0;
}

/** Types and methods begin with a capital letter. */
static int take_member_name(struct parser *p, const char **out_name)
{
	int code = take_name(p, "", out_name);

	if (code == 0 && *out_name && **out_name >= 'a')
		code = fail(p, PROVD_E_INVALID, *out_name, "does not begin with a capital");
	return code;
}

/* Types */

static int has_field(const struct provd_idl_field *fields, const char *name)
{
	for (; fields; fields = fields->next)
		if (strcmp(fields->name, name) == 0)
			return 1;
	return 0;
}

/** One field behind the bracket or comma. The first one tells structure from enumeration. */
static int parse_field(struct parser *p, struct provd_idl_type *type,
		       struct provd_idl_field ***last)
{
	struct provd_idl_field *field;
	const char *name = NULL;
	int code = take_name(p, "_", &name);
	int typed;

	if (code)
		return code;
	if (has_field(type->fields, name))
		return fail(p, PROVD_E_INVALID, name, "is there twice");
	field = take(p, sizeof(*field), &code);
	if (!field)
		return code;
	field->name = name;
	typed = accept(p, ":");
	if (!type->fields)
		type->kind = typed ? PROVD_IDL_STRUCT : PROVD_IDL_ENUM;
	else if (typed != (type->kind == PROVD_IDL_STRUCT))
		return fail(p, PROVD_E_INVALID, name, "differs: all members have types, or none");
	**last = field;
	*last = &field->next;
	return typed ? parse_type(p, &field->type) : 0;
}

/** What follows "(": a structure, which may be empty, or an enumeration. */
static int parse_fields(struct parser *p, struct provd_idl_type *type)
{
	struct provd_idl_field **last = &type->fields;
	int code = 0;

	type->kind = PROVD_IDL_STRUCT;
	if (accept(p, ")"))
		return 0;
	do {
		code = parse_field(p, type, &last);
	} while (code == 0 && accept(p, ","));
	return code ? code : expect(p, ")");
}

static int parse_word(struct parser *p, struct provd_idl_type *type)
{
	static const struct {
		const char *word;
		enum provd_idl_kind kind;
	} plain[] = {
		{"bool", PROVD_IDL_BOOL},     {"int", PROVD_IDL_INT},
		{"float", PROVD_IDL_FLOAT},   {"string", PROVD_IDL_STRING},
		{"object", PROVD_IDL_OBJECT},
	};
	int code;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (accept_word(p, plain[i].word)) {
			type->kind = plain[i].kind;
			return 0;
		}
	}
	type->kind = PROVD_IDL_NAMED;
	code = take_member_name(p, &type->name);
	type->next_named = p->named;
	p->named = type;
	return code;
}

/** The type in front of whose element a sign stands. */
static int parse_element(struct parser *p, struct provd_idl_type *type, enum provd_idl_kind kind)
{
	type->kind = kind;
	if (kind == PROVD_IDL_MAYBE && accept(p, "?"))
		return fail(p, PROVD_E_INVALID, "?", "is there twice");
	return parse_type(p, &type->element);
}

/* Calls itself for what is inside, at most PROVD_IDL_DEPTH deep. */
static int parse_type(struct parser *p, const struct provd_idl_type **out_type)
{
	struct provd_idl_type *type;
	int code = 0;

	if (p->depth >= PROVD_IDL_DEPTH)
		return fail(p, PROVD_E_LIMIT, NULL, "types are nested too deep");
	type = take(p, sizeof(*type), &code);
	if (!type)
		return code;
	p->depth++;
	if (accept(p, "?"))
		code = parse_element(p, type, PROVD_IDL_MAYBE);
	else if (accept(p, "[]"))
		code = parse_element(p, type, PROVD_IDL_ARRAY);
	else if (accept(p, "[string]"))
		code = parse_element(p, type, PROVD_IDL_MAP);
	else if (accept(p, "("))
		code = parse_fields(p, type);
	else
		code = parse_word(p, type);
	p->depth--;
	*out_type = type;
	return code;
}

/** Parameters of a method or error, or the body of a type. @param words 1: an enumeration too */
static int parse_body(struct parser *p, int words, const struct provd_idl_type **out_type)
{
	const struct provd_idl_type *type = NULL;
	int code = parse_type(p, &type);

	*out_type = type;
	if (code == 0 && type && type->kind != PROVD_IDL_STRUCT &&
	    (!words || type->kind != PROVD_IDL_ENUM))
		code = fail(p, PROVD_E_INVALID, NULL, "a list of members in brackets is expected");
	return code;
}

/* Members */

static int has_member(const struct provd_idl *idl, const char *name)
{
	for (const struct provd_idl_member *member = idl->members; name && member;
	     member = member->next)
		if (strcmp(member->name, name) == 0)
			return 1;
	return 0;
}

static int parse_member(struct parser *p)
{
	struct provd_idl_member *member;
	int code = 0;

	member = take(p, sizeof(*member), &code);
	if (!member)
		return code;
	if (accept_word(p, "type"))
		member->kind = PROVD_IDL_TYPEDEF;
	else if (accept_word(p, "method"))
		member->kind = PROVD_IDL_METHOD;
	else if (accept_word(p, "error"))
		member->kind = PROVD_IDL_ERROR;
	else
		return fail(p, PROVD_E_INVALID, NULL, "'type', 'method' or 'error' is expected");
	code = take_member_name(p, &member->name);
	if (code == 0 && has_member(p->idl, member->name))
		code = fail(p, PROVD_E_INVALID, member->name, "is there twice");
	if (code == 0)
		code = parse_body(p, member->kind == PROVD_IDL_TYPEDEF, &member->in);
	if (code == 0 && member->kind == PROVD_IDL_METHOD)
		code = expect(p, "->");
	if (code == 0 && member->kind == PROVD_IDL_METHOD)
		code = parse_body(p, 0, &member->out);
	*p->last = member;
	p->last = &member->next;
	return code;
}

static int resolve(struct parser *p)
{
	for (struct provd_idl_type *type = p->named; type; type = type->next_named) {
		const struct provd_idl_member *member =
			provd_idl_find(p->idl, PROVD_IDL_TYPEDEF, type->name);

		if (!member)
			return fail(p, PROVD_E_INVALID, type->name, "is no type");
		type->element = member->in;
	}
	return 0;
}

static int parse_all(struct parser *p)
{
	int code;

	if (!accept_word(p, "interface"))
		return fail(p, PROVD_E_INVALID, "interface", "is expected");
	code = take_name(p, ".-", &p->idl->name);
	if (code == 0 && !strchr(p->idl->name, '.'))
		code = fail(p, PROVD_E_INVALID, p->idl->name, "has no dot");
	for (skip(p); code == 0 && p->at < p->len; skip(p))
		code = parse_member(p);
	return code ? code : resolve(p);
}

int provd_idl_parse(const char *text, size_t len, struct provd_idl **out_idl,
		    struct provd_error *err)
{
	struct parser p = {.text = text, .len = len, .line = 1, .err = err};
	int code;

	if (len > PROVD_IDL_TEXT_MAX)
		return fail(&p, PROVD_E_LIMIT, NULL, "the text is too long");
	p.idl = calloc(1, sizeof(*p.idl));
	if (!p.idl)
		return fail(&p, PROVD_E_NOMEM, NULL, "out of memory");
	p.last = &p.idl->members;
	code = parse_all(&p);
	if (code)
		provd_idl_destroy(p.idl);
	else
		*out_idl = p.idl;
	return code;
}

void provd_idl_destroy(struct provd_idl *idl)
{
	struct piece *piece;
	struct piece *next;

	if (!idl)
		return;
	for (piece = idl->memory; piece; piece = next) {
		next = piece->next;
		free(piece);
	}
	free(idl);
}

const struct provd_idl_member *provd_idl_find(const struct provd_idl *idl,
					      enum provd_idl_member_kind kind, const char *name)
{
	const struct provd_idl_member *member = idl->members;

	while (member && (member->kind != kind || strcmp(member->name, name) != 0))
		member = member->next;
	return member;
}
