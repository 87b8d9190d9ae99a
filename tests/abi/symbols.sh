#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: symbols.sh FILE.so|FOLDER...
#
# Every plugin exports exactly one symbol, provd_plugin, and it is data.
set -eu
status=0
count=0

check() {
	count=$((count + 1))
	# Name and type letter; version nodes (A) are no symbols.
	exported=$(nm -D --defined-only "$1" | awk '$2 != "A" { print $3 ":" $2 }')
	case $exported in
	provd_plugin:[DRBdrb]) ;;
	*)
		echo "$1 exports $(echo "${exported:-nothing}" | tr '\n' ' '), wanted the data object provd_plugin alone"
		status=1
		;;
	esac
}

for path in "$@"; do
	if [ -d "$path" ]; then
		for file in "$path"/*.so; do
			[ -e "$file" ] && check "$file"
		done
	elif [ -f "$path" ]; then
		check "$path"
	fi # else: nothing was built there
done
if [ "$count" -eq 0 ]; then
	echo "no plugin in $*"
	exit 1
fi
[ "$status" -eq 0 ] && echo "$count plugins export provd_plugin alone"
exit "$status"
