#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: completion.sh COMPLETION_FILE PROVCTL
#
# Sources the completion and looks at what it offers. A stand-in plays provctl where names of the
# daemon are wanted; the real one tells which verbs and options there are.
set -uo pipefail
provctl=$2
# shellcheck disable=SC1090 # the file is an argument
source "$1" || exit 1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/provctl" <<'STAND_IN'
#!/bin/sh
echo "$*" >>"${0%/*}/calls"
case $1 in
status) echo '{"state":"idle","methods":[{"name":"softap","state":"idle"},{"name":"airkiss"}]}' ;;
networks) echo '{"networks":[{"ssid":"My Home","ssid_hex":"4d79"},{"ssid":"","ssid_hex":"00ff"},{"ssid":"$(touch x)`"}]}' ;;
*) exit 1 ;;
esac
STAND_IN
chmod 755 "$work/provctl"
status=0

# offers EXPECTED WORD...: what is offered for the last word, sorted, with commas between.
offers() {
	local expected=$1 got
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_provctl
	got=$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd,)
	if [ "$got" != "$expected" ]; then
		echo "provctl ${*:2}: <$got> instead of <$expected>"
		status=1
	fi
}

fake=$work/provctl
offers "start,stats,status,stop" "$fake" st
offers "" "$fake" nothing-like-it
offers "--deadline" "$fake" start --d
offers "--json" "$fake" stop --j
offers "--passphrase-file" "$fake" provide --ssid Home --pass
offers "airkiss,softap" "$fake" start ""
offers "softap" "$fake" start --watch s
offers "My\\ Home" "$fake" forget M
offers "00ff,4d79" "$fake" forget --ssid-hex ""
offers "" "$fake" forget "My Home" ""
offers "factory" "$fake" reset f
offers "" "$fake" reset factory ""
offers "debug" "$fake" log softap d
offers "" "$fake" start --deadline ""
offers "softap" "$fake" --socket "/a b" start s
grep -qx -- 'status --json --socket /a b' "$work/calls" || {
	echo "the socket of the command line is not asked"
	status=1
}
# a daemon that is not there is no error, and says nothing
offers "" "$work/missing" start "" 2>"$work/noise"
[ -s "$work/noise" ] && {
	echo "noise: $(cat "$work/noise")"
	status=1
}
# whatever a network is called, nothing runs
(cd "$work" && COMP_WORDS=("$fake" forget "") && COMP_CWORD=2 && _provctl)
[ -e "$work/x" ] && {
	echo "the name of a network was run"
	status=1
}

# Every verb and option of the real program is known, and no other.
"$provctl" help | sed -n 's/^  \([a-z-]*\) .*/\1/p' | grep -v '^-' | sort -u >"$work/there"
COMP_WORDS=(provctl "")
COMP_CWORD=1
_provctl
printf '%s\n' "${COMPREPLY[@]}" | sort -u >"$work/known"
diff "$work/there" "$work/known" || status=1
cp "$work/known" "$work/verbs"
while read -r verb; do
	[ "$verb" = help ] && continue
	"$provctl" "$verb" --help | grep -o -- '--[a-z-]*' | sort -u >"$work/there"
	_provctl_options "$verb" | tr ' ' '\n' | grep -- -- | sort -u >"$work/known"
	diff "$work/there" "$work/known" >"$work/diff" || {
		echo "options of $verb:"
		cat "$work/diff"
		status=1
	}
done <"$work/verbs"
[ "$status" -eq 0 ] && echo "the completion fits"
exit "$status"
