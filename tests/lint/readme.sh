#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: readme.sh ROOT BUILD
#
# What the READMEs show must work: C examples are compiled as README.md says and pass inspection and
# conformance, the config passes the check, links lead somewhere.
set -uo pipefail
root=$(realpath "$1")
build=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
status=0
cases=0
fail() {
	echo "$1"
	status=1
}

# blocks FILE LANGUAGE: writes its fenced blocks to $work/NAME.LANGUAGE, NAME by number.
blocks() {
	rm -f "$work"/block.*
	awk -v language="$2" -v work="$work" '
		$0 == "```" language { n++; file = work "/block." n; next }
		/^```/ { file = "" }
		file { print > file }' "$1"
}

cd "$root" || exit 2
for page in README.md include/README.md; do
	blocks "$page" c
	for block in "$work"/block.*; do
		[ -e "$block" ] || continue
		cases=$((cases + 1))
		name=$(sed -n '/ provd_plugin = {/,$p' "$block" | grep -o '\.name = "[a-z-]*"' | cut -d'"' -f2)
		cp "$block" "$work/$name.c"
		cc -std=c11 -Wall -Wextra -Werror -Wno-missing-field-initializers -shared -fPIC \
			-fvisibility=hidden -I include -o "$work/$name.so" "$work/$name.c" 2>"$work/log" ||
			{ fail "$page: example '$name' does not compile"; cat "$work/log"; continue; }
		chmod 755 "$work/$name.so"
		"$build/bin/provd" --inspect "$work/$name.so" >"$work/log" 2>&1 ||
			{ fail "$page: example '$name' does not load"; cat "$work/log"; }
		if [ -x "$build/bin/provd-conformance" ]; then
			"$build/bin/provd-conformance" "$work/$name.so" >"$work/log" 2>&1 ||
				{ fail "$page: example '$name' does not conform"; grep -v '^ok' "$work/log"; }
		fi
	done
done

blocks README.md json
cases=$((cases + 1))
sed "s|/usr/lib/provd|$build/plugins|; s|/var/lib/provd|$work|; s|/run/provd|$work/run|" \
	"$work/block.1" >"$work/provd.json"
chmod 600 "$work/provd.json"
"$build/bin/provd" --check-config --config "$work/provd.json" >"$work/log" 2>&1 ||
	{ fail "README.md: the config is refused"; cat "$work/log"; }

while IFS= read -r page; do
	for link in $(grep -oE '\]\([^)#]+\)' "$page" | sed 's/^](//; s/)$//' | grep -v '^https\{0,1\}:'); do
		cases=$((cases + 1))
		[ -e "$(dirname "$page")/$link" ] || fail "$page: $link is not there"
	done
done < <(find . -name '*.md' -not -path './build*' -not -path './.git/*')

echo "readme: $([ $status -eq 0 ] && echo fine || echo findings) ($cases examples and links)"
exit $status
