#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shows that every rule of house.sh finds what it is there for, and passes what is fine.
set -uo pipefail
house=$(dirname "$(realpath "$0")")/house.sh
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
status=0
count=0

fresh() {
	rm -rf "${root:?}"/*
	mkdir -p "$root/core" "$root/plugins/x"
	{
		echo '/* SPDX-License-Identifier: Apache-2.0 */'
		echo '/* strcpy(a, b); sleep(1) and https://example.org in a comment */'
		echo 'static const char text[] = "atoi(1) // no comment, /* neither";'
		echo 'int provd_fine(void)'
		echo '{'
		for _ in $(seq 58); do echo '	(void)text;'; done
		echo '	return strtok_r(0, 0, 0) != 0; /* mkstemp("x.XXXXXX") */'
		echo '}'
	} >"$root/core/fine.c"
	echo '# SPDX-License-Identifier: Apache-2.0' >"$root/plugins/x/CMakeLists.txt"
	printf '# x\n## %s\n' 'What it does' 'Protocol and source of the specification' \
		'HAL needed' 'Options' 'Security' 'Tested with' 'Limits' 'Since' 'Owner' \
		>"$root/plugins/x/README.md"
}

# code LINE...: adds lines to a C file of the core.
code() {
	[ -f "$root/core/bad.c" ] ||
		echo '/* SPDX-License-Identifier: Apache-2.0 */' >"$root/core/bad.c"
	printf '%s\n' "$@" >>"$root/core/bad.c"
}

# expect RULE TEXT [BUILD]: this rule alone fails, and says TEXT.
expect() {
	local output
	count=$((count + 1))
	output=$("$house" "$root" ${3:+"$3"} 2>&1)
	if [ $? -ne 1 ] || ! grep -qF "$2" <<<"$output" ||
		! grep -qE "^house: $1.*: [0-9]+ findings" <<<"$output" ||
		[ "$(grep -c ' findings (' <<<"$output")" -ne 1 ]; then
		echo "FAIL: wanted one failing rule '$1' that says '$2', got:"
		sed 's/^/    /' <<<"$output"
		status=1
	fi
	fresh
}

fresh
count=$((count + 1))
"$house" "$root" >"$root/out" 2>&1 || {
	echo "FAIL: a clean tree was refused:"
	cat "$root/out"
	status=1
}
fresh

echo 'int provd_x;' >"$root/core/bad.c"
expect 'licence line' 'core/bad.c:1:'
echo 'set(x)' >"$root/core/CMakeLists.txt"
expect 'licence line' 'core/CMakeLists.txt:1:'
for i in $(seq 500); do code "/* $i */"; done
expect 'files of' 'core/bad.c: 501 lines'
code 'int provd_long(void)' '{'
for i in $(seq 60); do code '	(void)0;'; done
code '}'
expect 'functions of' 'core/bad.c:3: function of 61 lines'
for call in 'strcpy(a, b)' 'strcat (a, b)' 'sprintf(a, b)' 'strtok(a, b)' 'atoi(a)' 'gets(a)' \
	'alloca(3)' 'sleep(1)' 'usleep(1)' 'nanosleep(&a, 0)' 'memset(self->token, 0, 3)' \
	'memset(&passphrase, 0, sizeof(passphrase))' 'memcmp(a, secret, 3)'; do
	code "	x = $call;"
	expect 'banned functions' "core/bad.c:2:"
done
code 'int x; // why'
expect 'comments' 'core/bad.c:2:'
code '/* TO''DO: later */'
expect 'unfinished business' 'core/bad.c:2:'
code '/* as Tencent does */'
expect 'borders' 'core/bad.c:2:'
cp "$root/core/fine.c" "$root/plugins/x/x.c"
echo '#include "../../core/log/log.h"' >>"$root/plugins/x/x.c"
expect 'borders' 'plugins/x/x.c:'
rm "$root/plugins/x/README.md"
expect 'plugin READMEs' 'plugins/x/README.md: missing'
sed -i '/Limits/d' "$root/plugins/x/README.md"
expect 'plugin READMEs' "no heading 'Limits'"

# What is built.
build=$root/build
object() {
	mkdir -p "$build/core" "$build/plugins"
	cc -c -fPIC -x c - -o "$build/core/x.o" <<<"$1"
	cc -shared -fPIC -x c - -o "$build/plugins/x.so" <<<"$2"
}
plugin='const int provd_plugin = 1;'
for global in 'int a;' 'static int a = 3; int *f(void) { return &a; }' \
	'int f(void) { static int a; return a++; }' 'static _Thread_local int a; int *f(void) { return &a; }'; do
	object "$global" "$plugin"
	expect 'no writable globals' 'core/x.o:a' "$build"
done
object 'static const char *const names[] = {"a", "b"}; const char *f(int i) { return names[i]; }' \
	"$plugin int another(void) { return 0; }"
expect 'exported symbols' 'another' "$build"
object 'static const char *const names[] = {"a", "b"}; const char *f(int i) { return names[i]; }' \
	"$plugin"
count=$((count + 1))
"$house" "$root" "$build" >"$root/out" 2>&1 || {
	echo "FAIL: clean objects were refused:"
	cat "$root/out"
	status=1
}

[ $status -eq 0 ] && echo "house selftest: $count cases, all as wanted"
exit $status
