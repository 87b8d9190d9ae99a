#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: run.sh [BUILD]
#
# All that is checked without running the code; one summary line for each part, exit status 1 when
# one has findings. BUILD is a configured and built folder (default: build/dev, made if missing).
# PROVD_LINT_ALL=1 looks at files again that were clean and have not changed since;
# PROVD_LINT_NO_TIDY=1 leaves out clang-tidy, which takes longer than all the rest.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
build=${1:-build/dev}
[ $# -gt 0 ] || ./dev build dev >/dev/null || exit 1
build=$(realpath "$build")
database=$build/compile_commands.json
if [ ! -f "$database" ]; then
	echo "lint: $database is not there: configure the build first" >&2
	exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
jobs=$(nproc)

# verdict NAME COUNTED FILE: the findings of a part.
verdict() {
	if [ -s "$3" ]; then
		cat "$3"
		echo "lint: $1: findings ($2)"
		status=1
	else
		echo "lint: $1: fine ($2)"
	fi
}

all_c() {
	git ls-files -co --exclude-standard -- "$@" | sort -u | while IFS= read -r file; do
		[ -f "$file" ] && printf '%s\n' "$file"
	done
}

part_format() {
	all_c '*.c' '*.h' >"$work/format.files"
	xargs -r -P "$jobs" -n 20 clang-format --dry-run -Werror <"$work/format.files" \
		>"$work/format" 2>&1
	grep -E 'error:|^[^ ]+: ' "$work/format" | sed 's/: error: code should/: should/' |
		cut -d: -f1,2,4 | sort -u >"$work/format.short"
	verdict clang-format "$(wc -l <"$work/format.files") files" "$work/format.short"
}

# A file that was clean is skipped while it, the headers, its command and the checks are the same.
tidy_one() {
	local file=$1 key
	key=$(grep -F "$file" "$PROVD_TIDY_DATABASE" | cat - "$file" "$PROVD_TIDY_COMMON" |
		sha256sum | cut -d' ' -f1)
	[ -z "${PROVD_LINT_ALL:-}" ] && [ -e "$PROVD_TIDY_CACHE/$key" ] && return
	if clang-tidy --quiet -p "$(dirname "$PROVD_TIDY_DATABASE")" "$file" \
		>"$PROVD_TIDY_OUT/${key}" 2>"$PROVD_TIDY_OUT/${key}.err"; then
		touch "$PROVD_TIDY_CACHE/$key"
	elif [ ! -s "$PROVD_TIDY_OUT/${key}" ]; then
		cat "$PROVD_TIDY_OUT/${key}.err" >>"$PROVD_TIDY_OUT/${key}"
	fi
}
export -f tidy_one

part_tidy() {
	export PROVD_TIDY_DATABASE=$database PROVD_TIDY_CACHE=$build/lint PROVD_TIDY_OUT=$work/tidy
	export PROVD_TIDY_COMMON=$work/tidy.common
	mkdir -p "$PROVD_TIDY_CACHE" "$PROVD_TIDY_OUT"
	all_c '*.h' | tr '\n' '\0' | xargs -0 cat .clang-tidy >"$PROVD_TIDY_COMMON"
	sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$database" | sort -u |
		grep -E "^$PWD/(core|plugins|hal|examples)/" | grep -v /tests/ >"$work/tidy.files"
	xargs -r -P "$jobs" -I{} bash -c 'tidy_one {}' <"$work/tidy.files"
	cat "$work/tidy/"* 2>/dev/null | grep -vE '^[0-9]+ warnings? |^Suppressed |^Use -' |
		sed "s|$PWD/||g" >"$work/tidy.all"
	verdict clang-tidy "$(wc -l <"$work/tidy.files") files" "$work/tidy.all"
}

part_cppcheck() {
	local include=(-I include -I core -I plugins/tencent -I examples/provsim/src)
	mkdir -p "$build/cppcheck"
	all_c 'core/*.c' 'plugins/*.c' 'hal/*.c' 'examples/*.c' | grep -v /tests/ >"$work/cpp.files"
	cppcheck --quiet --enable=warning,style,performance,portability --error-exitcode=1 \
		--inline-suppr --suppressions-list=<(grep -v '^#' .cppcheck-suppressions) \
		--std=c11 --library=posix --library=openssl -D_GNU_SOURCE '-DPROVD_VERSION="0"' \
		--include=tests/lint/cppcheck.h \
		"${include[@]}" --cppcheck-build-dir="$build/cppcheck" -j "$jobs" \
		--file-list="$work/cpp.files" >"$work/cpp" 2>&1 || [ -s "$work/cpp" ] ||
		echo "cppcheck failed" >"$work/cpp"
	verdict cppcheck "$(wc -l <"$work/cpp.files") files" "$work/cpp"
}

part_headers() {
	tests/abi/headers.sh "$PWD/include" gcc clang >"$work/headers" 2>&1 && : >"$work/headers"
	verdict "public headers alone" "$(all_c 'include/provd/*.h' | wc -l) headers, gcc and clang" \
		"$work/headers"
}

part_format
part_headers
tests/lint/readme.sh . "$build" || status=1
tests/lint/house.sh . "$build" || status=1
tests/lint/house_selftest.sh || status=1
part_cppcheck
[ -n "${PROVD_LINT_NO_TIDY:-}" ] || part_tidy
exit $status
