/* SPDX-License-Identifier: Apache-2.0 */
/** Interface texts, and values against their types. */
#include "control/control.h"
#include "control/idl.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "interface io.test.A\n"

TestSuite(idl, .timeout = 20);

static struct provd_idl *parse(const char *text)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_idl *idl = NULL;
	int code = provd_idl_parse(text, strlen(text), &idl, &err);

	cr_assert_eq(code, 0, "%s", err.text);
	return idl;
}

Test(idl, a_text_with_all_kinds)
{
	struct provd_idl *idl =
		parse("# what it is\n" HEAD "\ntype Word (one, two_three) # words\n"
		      "type Node(value: float, children: []Node, other: ?Word)\n\r\n"
		      "method All(b: bool, i: int, s: ?string, o: object, w: (yes, no),\n"
		      "  m: [string][]?Node, n: (inner: ())) -> (nodes: []Node)\n"
		      "method None()->()\nerror Bad (why: Word)");
	const struct provd_idl_member *all = provd_idl_find(idl, PROVD_IDL_METHOD, "All");
	const struct provd_idl_field *field;

	cr_assert_str_eq(idl->name, "io.test.A");
	cr_assert_not_null(all);
	cr_assert_null(provd_idl_find(idl, PROVD_IDL_ERROR, "All"));
	cr_assert_not_null(provd_idl_find(idl, PROVD_IDL_ERROR, "Bad"));
	field = all->in->fields;
	cr_assert_str_eq(field->name, "b");
	cr_assert_eq(field->type->kind, PROVD_IDL_BOOL);
	cr_assert_eq(field->next->next->type->kind, PROVD_IDL_MAYBE);
	cr_assert_eq(field->next->next->type->element->kind, PROVD_IDL_STRING);
	cr_assert_eq(field->next->next->next->next->type->kind, PROVD_IDL_ENUM);
	cr_assert_eq(all->out->fields->type->kind, PROVD_IDL_ARRAY);
	cr_assert_eq(all->out->fields->type->element->element,
		     provd_idl_find(idl, PROVD_IDL_TYPEDEF, "Node")->in);
	cr_assert_null(provd_idl_find(idl, PROVD_IDL_METHOD, "None")->in->fields);
	provd_idl_destroy(idl);
}

Test(idl, wrong_texts)
{
	static const char *const wrong[] = {
		"",
		"interface",
		"interface a",
		"interfaces io.test.A",
		"method A() -> ()",
		HEAD "method a() -> ()",
		HEAD "method A()",
		HEAD "method A() -> ",
		HEAD "method A() - > ()",
		HEAD "method A(a: int",
		HEAD "method A(a: int,) -> ()",
		HEAD "method A(a) -> ()",
		HEAD "method A(a, b: int) -> ()",
		HEAD "method A(a: int, b) -> ()",
		HEAD "method A(a: int, a: int) -> ()",
		HEAD "method A(a: ??int) -> ()",
		HEAD "method A(a: integer) -> ()",
		HEAD "method A(a: Missing) -> ()",
		HEAD "method A(a: [int]string) -> ()",
		HEAD "method A(1: int) -> ()",
		HEAD "method A() -> ()\nmethod A() -> ()",
		HEAD "type A int",
		HEAD "type A []A",
		HEAD "type A ?A",
		HEAD "type A A",
		HEAD "error A (a, b)",
		HEAD "import B",
		HEAD "method A() -> () ()",
		HEAD "\x01",
	};
	struct provd_error err = {.size = sizeof(err)};
	struct provd_idl *idl = NULL;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_assert_eq(provd_idl_parse(wrong[i], strlen(wrong[i]), &idl, &err),
			     PROVD_E_INVALID, "%s", wrong[i]);
		cr_assert_null(idl);
		cr_assert_not_null(strstr(err.text, "line "), "%s", err.text);
		cr_assert_eq(provd_idl_parse(wrong[i], strlen(wrong[i]), &idl, NULL),
			     PROVD_E_INVALID);
	}
}

/* Every beginning of a good text and every changed byte ends without harm. */
Test(idl, broken_texts_do_no_harm)
{
	const char *text = provd_control_interface_text();
	size_t len = strlen(text);
	char *copy = malloc(len);
	struct provd_idl *idl;

	for (size_t i = 0; i < len; i += 7) {
		idl = NULL;
		memcpy(copy, text, i);
		(void)provd_idl_parse(copy, i, &idl, NULL);
		provd_idl_destroy(idl);
		idl = NULL;
		memcpy(copy, text, len);
		copy[i] = "(),:?[]#\n\0x"[i % 11];
		(void)provd_idl_parse(copy, len, &idl, NULL);
		provd_idl_destroy(idl);
	}
	free(copy);
}

Test(idl, limits)
{
	static const char end[] = "int) -> ()";
	struct provd_idl *idl = NULL;
	size_t len = PROVD_IDL_TEXT_MAX + 1;
	char *text = malloc(len);
	size_t at = (size_t)snprintf(text, len, HEAD "method A(a: ");

	for (size_t i = 0; i < 100000; i++)
		memcpy(text + at + 2 * i, "[]", 2);
	memcpy(text + at + 200000, end, sizeof(end) - 1);
	cr_assert_eq(provd_idl_parse(text, at + 200000 + sizeof(end) - 1, &idl, NULL),
		     PROVD_E_LIMIT);
	memset(text, ' ', len);
	cr_assert_eq(provd_idl_parse(text, len, &idl, NULL), PROVD_E_LIMIT);
	at = (size_t)snprintf(text, len, HEAD);
	for (int i = 0; i < 6000; i++)
		at += (size_t)snprintf(text + at, len - at, "type T%d (a: int)\n", i);
	cr_assert_eq(provd_idl_parse(text, at, &idl, NULL), PROVD_E_LIMIT);
	free(text);
}

Test(idl, values)
{
	static const struct {
		const char *value;
		const char *path; /* NULL: it fits */
	} cases[] = {
		{"{\"i\":1}", NULL},
		{"{\"i\":-9223372036854775808}", NULL},
		{"{\"i\":1,\"f\":1}", NULL},
		{"{\"i\":1,\"f\":1.5,\"b\":true,\"s\":\"\",\"o\":[[{}]],\"w\":\"two\"}", NULL},
		{"{\"i\":1,\"f\":null,\"n\":null,\"m\":{}}", NULL},
		{"{\"i\":1,\"n\":{\"n\":{\"n\":{}}}}", NULL},
		{"{\"i\":1,\"m\":{\"a\":[],\"\":[1]}}", NULL},
		{"{\"i\":1,\"o\":null}", NULL},
		{"[]", ""},
		{"{}", "i"},
		{"{\"i\":null}", "i"},
		{"{\"i\":1.0}", "i"},
		{"{\"i\":true}", "i"},
		{"{\"i\":\"1\"}", "i"},
		{"{\"i\":1,\"f\":\"1\"}", "f"},
		{"{\"i\":1,\"b\":0}", "b"},
		{"{\"i\":1,\"s\":1}", "s"},
		{"{\"i\":1,\"w\":\"three\"}", "w"},
		{"{\"i\":1,\"w\":1}", "w"},
		{"{\"i\":1,\"j\":1}", "j"},
		{"{\"j\":1}", "j"},
		{"{\"i\":1,\"n\":{\"n\":{\"x\":{}}}}", "n.n.x"},
		{"{\"i\":1,\"n\":[]}", "n"},
		{"{\"i\":1,\"m\":[]}", "m"},
		{"{\"i\":1,\"m\":{\"a\":[1,2,{}]}}", "m.a[2]"},
	};
	struct provd_idl *idl = parse(HEAD "type N (n: ?N)\n"
					   "method A(i: int, f: ?float, b: ?bool, s: ?string,\n"
					   " o: ?object, w: ?(one, two), n: ?N, m: ?[string][]int)"
					   " -> ()");
	const struct provd_idl_type *type = provd_idl_find(idl, PROVD_IDL_METHOD, "A")->in;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *value = json_loads(cases[i].value, 0, NULL);
		char path[PROVD_IDL_PATH_MAX] = "?";
		int code = provd_idl_check(type, value, path);

		cr_assert_not_null(value);
		cr_assert_eq(code, cases[i].path ? PROVD_E_INVALID : 0, "%s", cases[i].value);
		cr_assert_str_eq(path, cases[i].path ? cases[i].path : "?", "%s", cases[i].value);
		json_decref(value);
	}
	provd_idl_destroy(idl);
}

Test(idl, deep_values_and_long_names)
{
	struct provd_idl *idl = parse(HEAD "type N (n: ?N)\nmethod A(n: ?N) -> ()");
	const struct provd_idl_type *type = provd_idl_find(idl, PROVD_IDL_METHOD, "A")->in;
	char path[PROVD_IDL_PATH_MAX] = "";
	char name[400];
	json_t *value = json_object();

	for (int i = 0; i < 1000; i++)
		value = json_pack("{s:o}", "n", value);
	cr_assert_eq(provd_idl_check(type, value, path), PROVD_E_INVALID);
	cr_assert_eq(strncmp(path, "n.n.n", 5), 0, "%s", path);
	json_decref(value);
	/* cut between two characters, never inside one */
	for (size_t i = 0; i < sizeof(name) - 1; i += 3)
		memcpy(name + i, "\xe2\x82\xac", 3);
	name[399] = '\0';
	value = json_pack("{s:i}", name, 1);
	cr_assert_eq(provd_idl_check(type, value, path), PROVD_E_INVALID);
	cr_assert_eq(strlen(path), 51, "%s", path);
	cr_assert_str_eq(path + 48, "...");
	json_decref(value);
	value = json_string(path);
	cr_assert_not_null(value);
	json_decref(value);
	value = json_pack("{s:i}", "", 1);
	cr_assert_eq(provd_idl_check(type, value, path), PROVD_E_INVALID);
	json_decref(value);
	provd_idl_destroy(idl);
}

Test(idl, the_own_interface)
{
	struct provd_idl *idl = parse(provd_control_interface_text());
	size_t methods = 0;

	cr_assert_str_eq(idl->name, "io.provd.Provisioning");
	for (const struct provd_idl_member *at = idl->members; at; at = at->next)
		methods += at->kind == PROVD_IDL_METHOD;
	cr_assert_eq(methods, 24);
	cr_assert_not_null(provd_idl_find(idl, PROVD_IDL_ERROR, "PermissionDenied"));
	provd_idl_destroy(idl);
	provd_idl_destroy(NULL);
}
