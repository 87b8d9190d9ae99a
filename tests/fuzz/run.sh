#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: run.sh BUILD [SECONDS]
#
# Runs each libFuzzer target of BUILD for SECONDS (default 60), two or more at a time, from a copy
# of its corpus. One line a target; exit status 1 when one found something, and the input that did
# it stays in BUILD/fuzz-findings.
set -uo pipefail
if [ $# -lt 1 ]; then
	sed -n '3s/^# //p' "$0" >&2
	exit 2
fi
build=$(realpath "$1")
seconds=${2:-60}
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d "${TMPDIR:-/tmp}/provd-fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
export ASAN_OPTIONS=abort_on_error=0:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

# fuzz_one TARGET: fuzz_tencent_app has its seeds in tencent/corpus/app, fuzz_varlink in
# control/corpus/varlink: the part of the name behind the last _.
fuzz_one() {
	local target=$1 name corpus seeds line
	name=$(basename "$target")
	mkdir -p "$work/$name/corpus" "$work/$name/found"
	for corpus in "$here"/*/corpus/"${name##*_}"; do
		[ ! -d "$corpus" ] || cp -r "$corpus/." "$work/$name/corpus/"
	done
	seeds=$(find "$work/$name/corpus" -type f | wc -l)
	(cd "$work/$name" && "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
		-artifact_prefix="$work/$name/found/" -print_final_stats=1 corpus) \
		>"$work/$name/log" 2>&1
	if [ $? -ne 0 ]; then
		mkdir -p "$build/fuzz-findings"
		cp -r "$work/$name/found/." "$build/fuzz-findings/"
		grep -m 20 -E 'ERROR|SUMMARY|runtime error|#[0-9]+ ' "$work/$name/log" || tail -n 20 "$work/$name/log"
		echo "fuzz: $name: FOUND something; the input is in $build/fuzz-findings"
		touch "$work/failed"
		return
	fi
	line=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name/log")
	echo "fuzz: $name: fine ($line runs in $seconds s, $seeds seeds, coverage $(
		grep -oE 'cov: [0-9]+' "$work/$name/log" | tail -n 1 | cut -d' ' -f2))"
}
export -f fuzz_one
export build seconds here work

find "$build/bin" -maxdepth 1 -type f -name 'fuzz_*' -perm -u+x | sort >"$work/targets"
if [ ! -s "$work/targets" ]; then
	echo "fuzz: $build has no fuzz targets; build with -DPROVD_FUZZ=ON and clang" >&2
	exit 1
fi
xargs -P "$(nproc)" -I{} bash -c 'fuzz_one {}' <"$work/targets"
[ ! -e "$work/failed" ]
