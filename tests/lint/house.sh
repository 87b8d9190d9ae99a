#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: house.sh ROOT [BUILD]
#
# The house rules that no compiler knows. One summary line for each rule, the findings above it;
# exit status 1 when there is one. With BUILD (built without sanitizers) the objects and plugins are
# looked at too. house_selftest.sh shows that each rule can fail.
set -uo pipefail
root=$1
build=${2:+$(realpath "$2")}
here=$(dirname "$(realpath "$0")")
cd "$root" || exit 2
root=$PWD

max_file=500
max_function=60

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# list PATTERN...: files of the project whose path matches one of these, one a line.
list() {
	if [ -e .git ]; then
		git ls-files -co --exclude-standard -- "$@" | sort -u | while IFS= read -r file; do
			[ -f "$file" ] && printf '%s\n' "$file"
		done
	else
		local pattern
		for pattern in "$@"; do
			find . -path ./build -prune -o -type f \
				\( -path "./$pattern" -o -path "./*/$pattern" \) -print
		done | sed 's|^\./||' | sort -u
	fi
}

# verdict RULE COUNTED < findings
verdict() {
	local rule=$1 counted=$2 findings
	findings=$(cat)
	if [ -z "$findings" ]; then
		echo "house: $rule: fine ($counted)"
		return
	fi
	printf '%s\n' "$findings"
	echo "house: $rule: $(wc -l <<<"$findings") findings ($counted)"
	status=1
}

list '*.c' '*.h' >"$work/c"
mapfile -t c_files <"$work/c"
if [ ${#c_files[@]} -eq 0 ]; then
	echo "house: no C file below $root" >&2
	exit 2
fi
awk -f "$here/strip.awk" "${c_files[@]}" >"$work/code"
c_count="${#c_files[@]} files"

# matches REGEX [TEXT]: lines of code that match, with what is wrong about them.
matches() { grep -E "^[^:]*:[0-9]*:.*($1)" "$work/code" | sed "s|\$|   <- ${2:-banned}|"; }

rule_licence() {
	local file
	for file in "${c_files[@]}"; do
		[ "$(head -n 1 "$file")" = '/* SPDX-License-Identifier: Apache-2.0 */' ] ||
			echo "$file:1: the first line is not the licence"
	done
	while IFS= read -r file; do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
			echo "$file:1: no licence in the first two lines"
	done < <(list '*.sh' '*.py' '*.awk' '*.cmake' 'CMakeLists.txt' '*/CMakeLists.txt' dev .ci/run)
}

rule_file_length() {
	local file lines
	for file in "${c_files[@]}"; do
		lines=$(wc -l <"$file")
		[ "$lines" -le $max_file ] || echo "$file: $lines lines, at most $max_file"
	done
}

# In formatted code a function's body is what stands between ^{ and ^}.
rule_function_length() {
	awk -v max=$max_function '
		FNR == 1 { start = 0 }
		/^{/ { start = FNR }
		/^}/ && start {
			if (FNR - start > max)
				printf "%s:%d: function of %d lines, at most %d\n", FILENAME, start, FNR - start, max
			start = 0
		}' "${c_files[@]}"
}

rule_banned() {
	local start='(^|[^A-Za-z0-9_])'
	matches "$start(strcpy|stpcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|alloca) *\\("
	matches "$start(sleep|usleep|nanosleep|clock_nanosleep|uv_sleep) *\\(" "wait for the event"
	# Tests have no secrets but made-up ones.
	matches "${start}memset *\\([^,;]*([sS]ecret|[pP]ass(phrase|word)|[tT]oken|psk|PSK)[^,;]*, *0 *," \
		"use OPENSSL_cleanse" | grep -v '/tests/\|^tests/'
	matches "${start}memcmp *\\([^;]*([sS]ecret|[pP]ass(phrase|word)|psk|PSK)" "use CRYPTO_memcmp" |
		grep -v '/tests/\|^tests/'
}

rule_comments() { matches '@@LINE-COMMENT@@' 'a // comment'; }

# In pieces, so that this file does not find itself.
rule_words() {
	local words="TO""DO|FIX""ME|X""XX|HA""CK"
	list '*.c' '*.h' '*.sh' '*.py' '*.awk' '*.cmake' '*.md' '*CMakeLists.txt' dev '.ci/run' |
		tr '\n' '\0' | xargs -0 grep -HnwE "$words"
}

# The core knows no vendor, protocol or chip; plugins see the public headers alone.
rule_borders() {
	local names='tencent|qcloud|aliyun|alibaba|airkiss|esp.?touch|smartconfig|blufi|llsync'
	grep -E '^core/' "$work/c" | tr '\n' '\0' |
		xargs -0 -r grep -HniwE "$names|espressif|realtek|broadcom|mediatek"
	grep -E '^(plugins|hal)/' "$work/c" | grep -v /tests/ | tr '\n' '\0' |
		xargs -0 -r grep -HnE \
			'# *include "(\.\./)*(core|secret|loop|log|config|plugin|net|control|session|daemon)/' |
		sed 's|$|   <- a header of the core|'
}

rule_readmes() {
	local folder heading
	for folder in plugins/*/ hal/*/; do
		[ -f "$folder/CMakeLists.txt" ] || continue
		if [ ! -f "$folder/README.md" ]; then
			echo "${folder}README.md: missing"
			continue
		fi
		for heading in 'What it does' 'Protocol and source of the specification' 'HAL needed' \
			'Options' 'Security' 'Tested with' 'Limits' 'Since' 'Owner'; do
			grep -qiE "^#+ +$heading" "$folder/README.md" ||
				echo "${folder}README.md: no heading '$heading'"
		done
	done
}

# Writable sections of what was built: .data.rel.ro holds constants with addresses in them.
# One exception: Paho keeps tables for the whole process that it does not lock itself, so their
# lock has to be one for the whole process too.
rule_globals() {
	local excepted='/mqtt_paho\.c\.o:paho_lock '
	find "$build/core" "$build/plugins" "$build/hal" -name '*.o' ! -path '*/tests/*' 2>/dev/null |
		sort >"$work/objects"
	tr '\n' '\0' <"$work/objects" | xargs -0 -r nm -A -f sysv 2>/dev/null |
		awk -F'|' '{
			section = $NF
			gsub(/ /, "", section)
			gsub(/ /, "", $4)
			if ($4 == "OBJECT" || $4 == "TLS")
				if (section ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && section !~ /^\.data\.rel\.ro/)
					print $1 "  in " section
		}' | grep -v "$excepted" | sed "s|^$build/||"
}

rule_exports() {
	local output
	output=$("$here/../abi/symbols.sh" "$build/plugins" 2>&1) || printf '%s\n' "$output"
}

verdict "licence line" "$c_count and scripts" < <(rule_licence)
verdict "files of at most $max_file lines" "$c_count" < <(rule_file_length)
verdict "functions of at most $max_function lines" "$c_count" < <(rule_function_length)
verdict "banned functions" "$c_count" < <(rule_banned)
verdict "comments" "$c_count" < <(rule_comments)
verdict "unfinished business" "all texts" < <(rule_words)
verdict "borders between core and plugins" "$c_count" < <(rule_borders)
verdict "plugin READMEs" "$(find plugins hal -mindepth 2 -maxdepth 2 -name CMakeLists.txt 2>/dev/null | wc -l) folders" < <(rule_readmes)
if [ -n "$build" ]; then
	rule_globals >"$work/globals"
	objects=$(wc -l <"$work/objects")
	[ "$objects" -gt 0 ] || echo "$build: no object was built" >>"$work/globals"
	verdict "no writable globals" "$objects objects" <"$work/globals"
	verdict "exported symbols" \
		"$(find "$build/plugins" -maxdepth 1 -name '*.so' | wc -l) plugins" < <(rule_exports)
fi
exit $status
