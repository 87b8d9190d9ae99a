/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that are wrong themselves. */
#include "config_files.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define H "Some help."

struct bad_row {
	struct provd_option row;
	const char *text;
};

static const struct bad_row cases[] = {
	{{PROVD_OPTION_INT, 0, 0, 0, 0, 0, NULL, NULL, NULL, H},
	 "option row 0: the name is not lower_snake_case of 1 to 63 letters"},
	{{PROVD_OPTION_INT, 0, 0, 0, 0, 0, "Channel", NULL, NULL, H},
	 "option row 0: the name is not lower_snake_case of 1 to 63 letters"},
	{{PROVD_OPTION_INT, 0, 0, 0, 0, 0, "", NULL, NULL, H},
	 "option row 0: the name is not lower_snake_case of 1 to 63 letters"},
	{{PROVD_OPTION_INT, 0, 0, 0, 0, 0, "//", NULL, NULL, H},
	 "option row 0: the name is not lower_snake_case of 1 to 63 letters"},
	{{0, 0, 0, 0, 0, 0, "a", NULL, NULL, H}, "option 'a': unknown type 0"},
	{{9, 0, 0, 0, 0, 0, "a", NULL, NULL, H}, "option 'a': unknown type 9"},
	{{PROVD_OPTION_INT, 0, 0, 0, 0, 0, "a", NULL, NULL, NULL}, "option 'a': no help sentence"},
	{{PROVD_OPTION_INT, 8, 0, 0, 0, 0, "a", NULL, NULL, H}, "option 'a': unknown flags 0x8"},
	{{PROVD_OPTION_INT, PROVD_OPTION_SECRET, 0, 0, 0, 0, "a", NULL, NULL, H},
	 "option 'a': only a TEXT can be SECRET"},
	{{PROVD_OPTION_TEXT, PROVD_OPTION_SECRET, 0, 0, 0, 0, "a", "\"x\"", NULL, H},
	 "option 'a': a SECRET has no default"},
	{{PROVD_OPTION_TEXT, PROVD_OPTION_REQUIRED, 0, 0, 0, 0, "a", "\"x\"", NULL, H},
	 "option 'a': REQUIRED, so it has no default"},
	{{PROVD_OPTION_INT, 0, 5, 4, 0, 0, "a", NULL, NULL, H}, "option 'a': min 5 is above max 4"},
	{{PROVD_OPTION_TEXT, 0, -1, 4, 0, 0, "a", NULL, NULL, H}, "option 'a': min -1 is below 0"},
	{{PROVD_OPTION_BOOL, 0, 0, 1, 0, 0, "a", NULL, NULL, H},
	 "option 'a': this type has no min and max"},
	{{PROVD_OPTION_CHOICE, 0, 0, 0, 0, 0, "a", NULL, NULL, H},
	 "option 'a': a CHOICE needs choices \"a|b\""},
	{{PROVD_OPTION_CHOICE, 0, 0, 0, 0, 0, "a", NULL, "x||y", H}, "option 'a': empty choice"},
	{{PROVD_OPTION_CHOICE, 0, 0, 0, 0, 0, "a", NULL, "x|y|x", H},
	 "option 'a': choice 'x' is there twice"},
	{{PROVD_OPTION_TEXT, 0, 0, 0, 0, 0, "a", NULL, "x|y", H},
	 "option 'a': choices are for type CHOICE only"},
	{{PROVD_OPTION_TEXT, 0, 0, 0, 0, 0, "a", "x", NULL, H},
	 "option 'a': the default is not JSON text"},
	{{PROVD_OPTION_INT, 0, 1, 13, 0, 0, "a", "14", NULL, H},
	 "option 'a': default: expected integer 1 to 13, got 14"},
	{{PROVD_OPTION_INT, 0, 1, 13, 0, 0, "a", "\"6\"", NULL, H},
	 "option 'a': default: expected integer 1 to 13, got \"6\""},
	{{PROVD_OPTION_CHOICE, 0, 0, 0, 0, 0, "a", "\"z\"", "x|y", H},
	 "option 'a': default: expected one of \"x\", \"y\", got \"z\""},
};

Test(schema, each_fault_is_named, .timeout = 10)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct provd_error err = {.size = sizeof(err)};

		cr_expect(eq(int, provd_schema_check(&cases[i].row, 1, sizeof(cases[i].row), &err),
			     PROVD_E_PLUGIN_DESCRIPTOR),
			  "case %zu", i);
		cr_expect(eq(int, err.code, PROVD_E_PLUGIN_DESCRIPTOR), "case %zu", i);
		cr_expect(eq(str, err.text, (char *)cases[i].text), "case %zu", i);
	}
}

Test(schema, faults_of_the_table, .timeout = 10)
{
	struct provd_option twice[2] = {config_test_rows[0], config_test_rows[0]};
	struct provd_error err = {.size = sizeof(err)};

	cr_expect(eq(int, provd_schema_check(twice, 2, sizeof(twice[0]), &err),
		     PROVD_E_PLUGIN_DESCRIPTOR));
	cr_expect(eq(str, err.text, "option 'ssid' is there twice (rows 0 and 1)"));
	cr_expect(eq(int, provd_schema_check(NULL, 2, sizeof(twice[0]), &err),
		     PROVD_E_PLUGIN_DESCRIPTOR));
	cr_expect(eq(int, provd_schema_check(twice, 1, sizeof(twice[0]) - 1, &err),
		     PROVD_E_PLUGIN_DESCRIPTOR));
	cr_expect(eq(int, provd_schema_check(twice, 1, 5000, &err), PROVD_E_PLUGIN_DESCRIPTOR));
	cr_expect(eq(int, provd_schema_check(twice, 257, sizeof(twice[0]), &err),
		     PROVD_E_PLUGIN_DESCRIPTOR));
	cr_expect(eq(int, provd_schema_check(twice, 2, sizeof(twice[0]), NULL),
		     PROVD_E_PLUGIN_DESCRIPTOR));
}

Test(schema, good_tables_pass, .timeout = 10)
{
	struct provd_error err = {.size = sizeof(err)};

	cr_expect(eq(int,
		     provd_schema_check(config_test_rows, config_test_row_count,
					sizeof(config_test_rows[0]), &err),
		     0),
		  "%s", err.text);
	cr_expect(eq(int, provd_schema_check(NULL, 0, 0, &err), 0));
}

Test(schema, a_bad_table_is_no_parser_input, .timeout = 10)
{
	struct provd_error err = {.size = sizeof(err)};
	struct provd_options *options = NULL;

	cr_expect(eq(
		int,
		provd_options_parse("{}", &cases[4].row, 1, sizeof(cases[4].row), &options, &err),
		PROVD_E_PLUGIN_DESCRIPTOR));
	cr_expect(options == NULL);
}
