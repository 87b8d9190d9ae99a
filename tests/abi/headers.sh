#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: headers.sh INCLUDE_DIR COMPILER...
#
# Each public header alone, as C11 and C++17, for 32 and 64 bit, without a warning and without
# padding. -malign-double gives x86 the alignment that 32-bit ARM has; clang takes ARM itself too, for
# the headers need nothing of a C library.
set -eu
include=$1
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wconversion -Wpadded -Werror"
modes="-m64
-m32
-m32 -malign-double"
[ "$(uname -m)" = x86_64 ] || modes=-O0
arm="--target=arm-linux-gnueabihf -ffreestanding"
status=0
runs=0

# Left out, but never in silence: a language or word size that a compiler was installed without.
# can COMPILER LANGUAGE FLAGS
can() {
	# shellcheck disable=SC2086 # flags are several words
	echo '#include <stdint.h>' | "$1" -x "$2" $3 -fsyntax-only - 2>/dev/null && return 0
	echo "left out: $1 cannot compile $2 $3 here (gcc-multilib, g++-multilib)" >>"$work/left"
	return 1
}

# compile COMPILER LANGUAGE STANDARD FLAGS FILE
compile() {
	can "$1" "$2" "$4" || return 0
	runs=$((runs + 1))
	# shellcheck disable=SC2086 # flags are several words
	if ! "$1" -x "$2" -std="$3" $4 $warnings -I"$include" -fsyntax-only "$5"; then
		echo "$1 $2 $3 $4: $(cat "$5")"
		status=1
	fi
}

for header in "$include"/provd/*.h; do
	echo "#include <provd/$(basename "$header")>" >"$work/one.c"
	for compiler in "$@"; do
		echo "$modes" >"$work/modes"
		case $compiler in
		*clang*) echo "$arm" >>"$work/modes" ;;
		esac
		while read -r flags; do
			compile "$compiler" c c11 "$flags" "$work/one.c"
			compile "$compiler" c++ c++17 "$flags" "$work/one.c"
		done <"$work/modes"
	done
done

cat >"$work/use.cc" <<'CODE'
#include <provd/cloud.h>
#include <provd/hal.h>
#include <provd/method.h>

int reaches(const provd_method_ops *ops);
int reaches(const provd_method_ops *ops)
{
	return PROVD_HAS(ops, resume) && ops->resume ? PROVD_OK : PROVD_E_NOT_SUPPORTED;
}
extern "C" const provd_plugin_descriptor provd_plugin = {};
CODE
for compiler in "$@"; do
	compile "$compiler" c++ c++17 "-Wno-missing-field-initializers" "$work/use.cc"
done
[ -f "$work/left" ] && sort -u "$work/left"
[ "$runs" -gt 0 ] || status=1
[ "$status" -eq 0 ] && echo "$runs compilations without a warning"
exit "$status"
