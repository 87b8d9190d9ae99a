#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: install.sh BUILD SOURCE CC [FLAGS]
#
# Installs what a product needs into a fresh prefix that is then moved, and compiles examples/product
# against it with what pkg-config says and nothing else. The library shows only its interface and
# needs the C library and Jansson alone.
set -eu
build=$1
source=$2
cc=$3
flags=${4:-}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --component client --prefix "$work/first" >"$work/log"
mkdir -p "$work/first/include"
cp -r "$source/include/provd" "$work/first/include/"
mv "$work/first" "$work/prefix"

pc=$(find "$work/prefix" -name provd-client.pc)
folder=${pc%/*}
# Where the library lies below the prefix is the system's affair, so the prefix is named.
ask() {
	PKG_CONFIG_PATH=$folder pkg-config "--define-variable=prefix=$work/prefix" "$@"
}
ask --exists --print-errors provd-client
# shellcheck disable=SC2046,SC2086 # flags are several words
"$cc" $flags -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -o "$work/product" \
	"$source/examples/product/product.c" "$source/examples/product/cloud_tencent.c" \
	$(ask --cflags --libs provd-client) $(pkg-config --cflags --libs jansson libcrypto) \
	-lpaho-mqtt3as
lib=$(find "$work/prefix" -name 'libprovd.so.0')
[ -n "$lib" ]
# it runs: without its two words it tells its usage
if LD_LIBRARY_PATH=${lib%/*} "$work/product" </dev/null 2>"$work/usage"; then
	exit 1
fi
grep -q '^usage: product' "$work/usage"

status=0
readelf -d "$lib" | grep -q 'SONAME.*\[libprovd.so.0\]' || {
	echo "the soname is another"
	status=1
}
for needed in $(readelf -d "$lib" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p'); do
	case $needed in
	libc.so.* | libjansson.so.* | ld-linux*) ;;
	libasan.so.* | libubsan.so.* | libm.so.* | libtsan.so.*) [ -n "$flags" ] || status=1 ;;
	*)
		echo "needs $needed"
		status=1
		;;
	esac
done
nm -D --defined-only "$lib" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/there"
grep -oE '\bprovd_client_[a-z_]+\(' "$source/include/provd/client.h" | tr -d '(' | sort -u |
	grep -v '_fn$' >"$work/named"
# comments name only functions that are there
diff "$work/there" "$work/named" || {
	echo "the library does not show what the header declares"
	status=1
}
[ "$status" -eq 0 ] && echo "installed, moved, compiled; $(wc -l <"$work/there") functions"
exit "$status"
