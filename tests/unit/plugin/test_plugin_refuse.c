/* SPDX-License-Identifier: Apache-2.0 */
/* Broken plugins, one fault each: the whole line is the contract, not only that it failed. */
#include "support.h"

#include <criterion/criterion.h>

TestSuite(plugin_refuse, .timeout = 20);

#define SYMBOL_SIZE sizeof(struct provd_plugin_descriptor)

Test(plugin_refuse, no_symbol)
{
	expect_fixture_refused("no-symbol", PROVD_E_PLUGIN_DESCRIPTOR,
			       "plugin 'no-symbol.so' refused: it exports no symbol provd_plugin, "
			       "wanted one; define it as in <provd/plugin.h>");
}

Test(plugin_refuse, tiny_symbol)
{
	expect_fixture_refused_f("tiny-symbol", PROVD_E_PLUGIN_DESCRIPTOR,
				 "plugin 'tiny-symbol.so' refused: symbol provd_plugin has 4 "
				 "bytes, wanted a descriptor of %zu; define it as in "
				 "<provd/plugin.h>",
				 SYMBOL_SIZE);
}

Test(plugin_refuse, bad_magic)
{
	expect_fixture_refused("bad-magic", PROVD_E_PLUGIN_ABI,
			       "plugin 'bad-magic.so' refused: magic is 0x12345678, wanted "
			       "0x44565250; set it to PROVD_ABI_MAGIC");
}

Test(plugin_refuse, other_major)
{
	struct fixture_path path = fixture_path("other-major");

	expect_refused(path.text, 0, 4, PROVD_E_PLUGIN_ABI,
		       "plugin 'other-major.so' refused: built for plugin ABI 2.1, this daemon "
		       "speaks 1.0 to 1.4; rebuild it with these headers");
}

Test(plugin_refuse, needs_newer)
{
	struct fixture_path path = fixture_path("needs-newer");

	expect_refused(path.text, 0, 4, PROVD_E_PLUGIN_ABI,
		       "plugin 'needs-newer.so' refused: needs plugin ABI 1.7, this daemon "
		       "speaks 1.0 to 1.4; update the daemon");
}

Test(plugin_refuse, short_descriptor)
{
	expect_fixture_refused_f("short-descriptor", PROVD_E_PLUGIN_DESCRIPTOR,
				 "plugin 'short-descriptor.so' refused: descriptor has 40 bytes, "
				 "wanted at least %zu; set size to sizeof(provd_plugin)",
				 SYMBOL_SIZE);
}

Test(plugin_refuse, long_descriptor)
{
	expect_fixture_refused_f("long-descriptor", PROVD_E_PLUGIN_DESCRIPTOR,
				 "plugin 'long-descriptor.so' refused: descriptor claims 4096 "
				 "bytes, the symbol has %zu; set size to sizeof(provd_plugin)",
				 SYMBOL_SIZE);
}

Test(plugin_refuse, other_name)
{
	expect_fixture_refused("other-name", PROVD_E_PLUGIN_DESCRIPTOR,
			       "plugin 'other-name.so' refused: its descriptor says 'softap', "
			       "wanted the file's name; rename the file to softap.so");
}

Test(plugin_refuse, bad_name)
{
	expect_fixture_refused("bad-name", PROVD_E_PLUGIN_DESCRIPTOR,
			       "plugin 'bad-name.so' refused: name 'Bad/Name' is not valid, wanted "
			       "a-z, then up to 31 of a-z 0-9 '-'; correct the descriptor");
}

Test(plugin_refuse, no_version)
{
	expect_fixture_refused("no-version", PROVD_E_PLUGIN_DESCRIPTOR,
			       "plugin 'no-version.so' refused: version is NULL, wanted a text; "
			       "complete the descriptor");
}

Test(plugin_refuse, unknown_kind)
{
	expect_fixture_refused("unknown-kind", PROVD_E_PLUGIN_DESCRIPTOR,
			       "plugin 'unknown-kind.so' refused: kind is 9, wanted 1 (method), "
			       "2 (HAL) or 3 (cloud); correct the descriptor");
}

Test(plugin_refuse, other_kind_than_wanted)
{
	struct fixture_path path = fixture_path("good-method");

	expect_refused(path.text, PROVD_PLUGIN_CLOUD, 0, PROVD_E_PLUGIN_DESCRIPTOR,
		       "plugin 'good-method.so' refused: it is a method, wanted a cloud; name it "
		       "in its own section of the config");
}

Test(plugin_refuse, null_ops)
{
	expect_fixture_refused("null-ops", PROVD_E_PLUGIN_DESCRIPTOR,
			       "plugin 'null-ops.so' refused: ops is NULL, wanted a table of "
			       "operations; complete the descriptor");
}

Test(plugin_refuse, short_ops)
{
	expect_fixture_refused_f("short-ops", PROVD_E_PLUGIN_DESCRIPTOR,
				 "plugin 'short-ops.so' refused: table of operations has %zu "
				 "bytes, wanted at least %zu; set its size to its sizeof",
				 offsetof(struct provd_method_ops, start),
				 offsetof(struct provd_method_ops, suspend));
}

Test(plugin_refuse, null_method_op)
{
	expect_fixture_refused("null-op", PROVD_E_PLUGIN_DESCRIPTOR,
			       "plugin 'null-op.so' refused: operation start is NULL, wanted a "
			       "function; implement it");
}

Test(plugin_refuse, null_hal_op)
{
	expect_fixture_refused("null-hal-op", PROVD_E_PLUGIN_DESCRIPTOR,
			       "plugin 'null-hal-op.so' refused: operation get_caps is NULL, "
			       "wanted a function; implement it");
}

Test(plugin_refuse, null_cloud_op)
{
	expect_fixture_refused("null-cloud-op", PROVD_E_PLUGIN_DESCRIPTOR,
			       "plugin 'null-cloud-op.so' refused: operation bind is NULL, wanted "
			       "a function; implement it");
}

Test(plugin_refuse, no_rows)
{
	expect_fixture_refused("no-rows", PROVD_E_PLUGIN_DESCRIPTOR,
			       "plugin 'no-rows.so' refused: 3 option rows but no table, wanted at "
			       "most 256 in a table; correct the descriptor");
}

Test(plugin_refuse, short_rows)
{
	expect_fixture_refused_f("short-rows", PROVD_E_PLUGIN_DESCRIPTOR,
				 "plugin 'short-rows.so' refused: option rows have 8 bytes, "
				 "wanted at least %zu; set option_size to sizeof(struct "
				 "provd_option)",
				 sizeof(struct provd_option));
}

Test(plugin_refuse, default_outside_its_bounds)
{
	expect_fixture_refused(
		"bad-default", PROVD_E_PLUGIN_DESCRIPTOR,
		"plugin 'bad-default.so' refused: option 'channel': default: expected integer 1 to 13, got 14; correct its option table");
}

Test(plugin_refuse, two_rows_of_one_name)
{
	expect_fixture_refused(
		"same-row", PROVD_E_PLUGIN_DESCRIPTOR,
		"plugin 'same-row.so' refused: option 'hidden' is there twice (rows 0 and 1); correct its option table");
}

Test(plugin_refuse, unresolved_symbol)
{
	expect_fixture_refused("unresolved", PROVD_E_PLUGIN_FILE,
			       "plugin 'unresolved.so' refused: the linker says 'undefined symbol: "
			       "nowhere_to_be_found'; link the libraries it needs");
}
