#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: layout_selftest.sh LAYOUT_SH INCLUDE_DIR GOLDEN_DIR COMPILER
#
# A check that cannot fail is no check: breaks a copy of the headers in each forbidden way, and in
# the allowed one.
set -eu
layout=$1
include=$2
golden=$3
compiler=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# expect pass|fail TITLE SED_SCRIPT FILE [GOLDEN_DIR]
expect() {
	rm -rf "$work/include"
	cp -r "$include" "$work/include"
	sed -i "$3" "$work/include/provd/$4"
	if cmp -s "$include/provd/$4" "$work/include/provd/$4"; then
		echo "not ok - $2: the edit changed nothing"
		status=1
		return
	fi
	result=fail
	"$layout" "$work/include" "${5:-$golden}" "$compiler" >"$work/log" 2>&1 && result=pass
	if [ "$result" = "$1" ]; then
		echo "ok - $2"
	else
		echo "not ok - $2: wanted $1, got $result"
		status=1
	fi
}

expect fail "a member moves" \
	's/^\tuint32_t prefix_len; .*/&\n\tuint64_t news;/' net.h
expect fail "a structure grows without a new minor" \
	'/^struct provd_method_ops {/,/^};/s/^};/\tvoid (*news)(void *inst);\n&/' method.h
expect fail "a member shrinks" \
	's/^\tuint8_t ip\[16\];/\tuint8_t ip[4];/' net.h
expect fail "a member goes" \
	's/^\tconst void \*reserved3;.*//' net.h
expect fail "a constant changes" \
	's/PROVD_EV_STARTED = 10/PROVD_EV_STARTED = 15/' event.h
expect fail "a new minor without its list" \
	's/^#define PROVD_ABI_MINOR .*/#define PROVD_ABI_MINOR 99/' abi.h
expect fail "a structure that is not listed" \
	's/^struct provd_secret;/&\nstruct provd_news {\n\tuint32_t size;\n};/' abi.h

# The allowed way: a new minor with its own list, where one structure is longer at its end.
mkdir "$work/golden"
cp "$golden"/layout-*.txt "$work/golden/"
awk '$1 == "struct" && $2 == "provd_method_ops" { $4 += 8; $6 += 4 } { print }' \
	"$golden/layout-1.0.txt" >"$work/golden/layout-1.99.txt"
rm -rf "$work/base"
cp -r "$include" "$work/base"
sed -i 's/^#define PROVD_ABI_MINOR .*/#define PROVD_ABI_MINOR 99/' "$work/base/provd/abi.h"
include=$work/base
expect pass "a structure grows with a new minor" \
	'/^struct provd_method_ops {/,/^};/s/^};/\tvoid (*news)(void *inst);\n&/' method.h "$work/golden"
exit "$status"
