#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: cpp.sh INCLUDE_DIR PLUGIN.cc PLUGIN.map BIN_DIR
#
# A plugin written in C++17 builds without a warning, exports one symbol, loads and conforms.
set -eu
include=$1
source=$2
map=$3
bin=$4
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
built=0
for compiler in g++ clang++; do
	echo '#include <new>' | "$compiler" -x c++ -fsyntax-only - 2>/dev/null || {
		echo "left out: $compiler is not installed"
		continue
	}
	# shellcheck disable=SC2086 # flags are several words
	"$compiler" -std=c++17 $warnings -shared -fPIC -fvisibility=hidden \
		-Wl,--version-script="$map" -I"$include" -o "$work/plugin.so" "$source"
	chmod 755 "$work/plugin.so"
	built=$((built + 1))
	for program in "$bin/provd --inspect" "$bin/provd-conformance"; do
		# shellcheck disable=SC2086 # program with its flag
		if [ -x "${program%% *}" ] && ! $program "$work/plugin.so" >"$work/log" 2>&1; then
			echo "$compiler: ${program##*/} does not take it"
			grep -v '^ok' "$work/log"
			exit 1
		fi
	done
done
echo "$built compilers build a plugin in C++"
[ "$built" -gt 0 ]
