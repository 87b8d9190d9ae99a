#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: layout.sh INCLUDE_DIR GOLDEN_DIR COMPILER...
#
# Holds the public headers against the frozen layouts layout-MAJOR.MINOR.txt:
#  - no member of any released minor may move or change its size, no constant its value;
#  - a structure may be longer than in an older minor, but not than in the minor that abi.h names;
#  - every structure of the headers is listed for that minor.
# Only compiles (assertions), so 32 bit needs no 32-bit machine.
set -eu
include=$1
golden=$2
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

number() {
	sed -n "s/^#define PROVD_ABI_$1 \([0-9]*\)$/\1/p" "$include/provd/abi.h"
}
major=$(number MAJOR)
minor=$(number MINOR)
if [ ! -f "$golden/layout-$major.$minor.txt" ]; then
	echo "layout-$major.$minor.txt is missing: abi.h says $major.$minor; add its layout"
	exit 1
fi

# assertions FILE OFFSET_COLUMN SIZE_COLUMN EXACT
assertions() {
	for header in "$include"/provd/*.h; do
		echo "#include <provd/$(basename "$header")>"
	done
	awk -v o="$2" -v s="$3" -v exact="$4" '
		/^#/ || NF == 0 { next }
		$1 == "struct" {
			printf "_Static_assert(sizeof(struct %s) %s %s, ", $2, exact ? "==" : ">=", $s
			printf "\"struct %s: %s bytes; a longer one needs a new minor\");\n", $2, $s
			next
		}
		$1 == "const" {
			printf "_Static_assert(%s == %s, \"%s is %s\");\n", $2, $3, $2, $3
			next
		}
		{
			printf "_Static_assert(offsetof(struct %s, %s) == %s, ", $1, $2, $o
			printf "\"%s.%s is at %s\");\n", $1, $2, $o
			printf "_Static_assert(sizeof(((struct %s *)0)->%s) == %s, ", $1, $2, $s
			printf "\"%s.%s has %s bytes\");\n", $1, $2, $s
		}' "$1"
}

arm="--target=arm-linux-gnueabihf -ffreestanding"
status=0
for list in "$golden"/layout-"$major".*.txt; do
	exact=0
	[ "$list" = "$golden/layout-$major.$minor.txt" ] && exact=1
	assertions "$list" 3 4 "$exact" >"$work/64.c"
	assertions "$list" 5 6 "$exact" >"$work/32.c"
	# In a struct line columns 4 and 6 hold the sizes as well.
	for compiler in "$@"; do
		for mode in "64 -m64" "32 -m32" "32 -m32 -malign-double" "32 $arm"; do
			case $compiler:$mode in
			*clang*:*--target*) ;; # any machine, no headers of the target needed
			*--target*) continue ;;
			esac
			case $(uname -m):$mode in
			x86_64:* | *--target*) flags=${mode#* } ;;
			*) # no -m32 here: check the word size of this machine once
				[ "${mode%% *}" = "$(getconf LONG_BIT)" ] || continue
				[ "$mode" = "32 -m32 -malign-double" ] && continue
				flags= ;;
			esac
			# shellcheck disable=SC2086 # flags are several words
			if ! echo '#include <stdint.h>' |
				"$compiler" -x c $flags -fsyntax-only - 2>/dev/null; then
				echo "left out: $compiler $flags (gcc-multilib)"
				continue
			fi
			# shellcheck disable=SC2086
			if ! "$compiler" -std=c11 $flags -I"$include" -fsyntax-only \
				"$work/${mode%% *}.c"; then
				echo "$list: $compiler $flags: the layout has changed"
				status=1
			fi
		done
	done
done

sed -n 's/^struct \(provd_[a-z0-9_]*\) {.*/\1/p' "$include"/provd/*.h | sort >"$work/there"
awk '$1 == "struct" { print $2 }' "$golden/layout-$major.$minor.txt" | sort >"$work/listed"
if ! diff "$work/there" "$work/listed" >"$work/diff"; then
	echo "structures not listed (<) or gone (>) in layout-$major.$minor.txt:"
	grep '^[<>]' "$work/diff"
	status=1
fi
[ "$status" -eq 0 ] && echo "layout $major.$minor holds with: $*"
exit "$status"
