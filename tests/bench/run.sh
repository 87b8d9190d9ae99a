#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: run.sh BUILD [--json FILE] [--quick]
#
# Measures a built provd (best: release) on loopback in about a minute and prints what came out
# beside the goal and, where there is one, a peer measured in the same run. Exit status 1 when a
# goal was missed or something could not be measured. --quick: fewer repetitions, for trying out.
set -euo pipefail

usage() { sed -n '3,7s/^# \{0,1\}//p' "$0" >&2; }
[ $# -ge 1 ] || { usage; exit 2; }
build=$(realpath "$1")
shift
json=/dev/null
exchanges=2000
binds=30
starts=50
idle_s=10
while [ $# -gt 0 ]; do
	case $1 in
	--json) json=$2; shift ;;
	--quick) exchanges=200 binds=3 starts=5 idle_s=3 ;;
	*) usage; exit 2 ;;
	esac
	shift
done
here=$(dirname "$(realpath "$0")")
bin=$build/bin
tool=$build/bench/bin

work=$(mktemp -d "${TMPDIR:-/tmp}/provd-bench.XXXXXX")
pids=()
cleanup() {
	local pid
	exec 3<&- 4<&- 5>&- 6<&-
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
umask 077

cmake -S "$here" -B "$build/bench" -G Ninja -DCMAKE_BUILD_TYPE=MinSizeRel >"$work/build" 2>&1 &&
	cmake --build "$build/bench" >>"$work/build" 2>&1 || { cat "$work/build" >&2; exit 1; }

# Results

missed=0
results=$work/results
: >"$results"

# result KEY TEXT VALUE UNIT [GOAL [PEER PEER-TEXT]]; GOAL is an upper bound (exclusive, but "0"
# means none at all), "-" none. PEER is in the same unit.
result() {
	local key=$1 text=$2 value=$3 unit=$4 goal=${5:--} peer=${6:-} peer_text=${7:-} verdict= ratio=
	if [ "$goal" != - ]; then
		verdict=$(awk -v v="$value" -v g="$goal" \
			'BEGIN { print (g == 0 ? v == 0 : v < g) ? "met" : "MISSED" }')
		[ "$verdict" = met ] || missed=1
	fi
	[ -z "$peer" ] || ratio=$(awk -v v="$value" -v p="$peer" \
		'BEGIN { r = p ? v / p : 0; printf((r < 0.1 ? "%.4f" : "%.2f"), r) }')
	if [ "$goal" = - ]; then
		goal=
	fi
	printf '%s|%s|%s|%s|%s|%s|%s|%s|%s\n' "$key" "$text" "$value" "$unit" "$goal" "$verdict" \
		"$peer" "$ratio" "$peer_text" >>"$results"
	printf '  %-54s %9s %-5s' "$text" "$value" "$unit"
	[ -z "$goal" ] || printf '  goal %s%s, %s' "$([ "$goal" = 0 ] || echo '< ')" "$goal" "$verdict"
	[ -z "$peer" ] || printf '  %sx %s (%s %s)' "$ratio" "$peer_text" "$peer" "$unit"
	printf '\n'
}
unmeasured() {
	echo "  $1: not measured: $2"
	printf '%s|%s||||MISSED|||%s\n' "$3" "$1" "$2" >>"$results"
	missed=1
}
say() { printf '\n%s\n' "$1"; }
how() { printf '    %s\n' "$1"; }

# number KEY < one JSON object
number() { sed -n 's/.*"'"$1"'": *\([0-9.]*\).*/\1/p' | head -n 1; }
# text KEY < one JSON object
text() { sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p' | head -n 1; }
ms() { awk -v us="$1" 'BEGIN { printf "%.2f", us / 1000 }'; }
# rank PERCENT < numbers, one a line: nearest rank
rank() { sort -n | awk -v p="$1" '{ v[NR] = $1 } END { i = int((NR * p + 99) / 100); print v[i ? i : 1] }'; }

# Programs

# A loopback address of our own: the app's port is fixed.
address=127.$((RANDOM % 200 + 20)).$((RANDOM % 250 + 1)).1

# config FILE DEVICE-INFO POLICY HAL-OPTIONS [ACCESS-POINT [CLOUD [DAEMON]]]: more options each
config() {
	local dir
	dir=$(mktemp -d "$work/device.XXXXXX")
	cat >"$1" <<-END
	{ "daemon": { "state_dir": "$dir/state", "run_dir": "$dir/run", "plugin_dirs": ["$build/plugins"]${7:-} },
	  "hal": [ { "plugin": "sim", "options": { $4 "access_points": [
	      { "ssid": "Home", "passphrase": "correct horse"${5:-} } ] } } ],
	  "methods": [ { "plugin": "softap", "options": { "passphrase_key": "printed on the label" } } ],
	  "cloud": { "plugin": "tencent", "options": { "device_info": "$2", "register_url": "$url",
	      "register_ca": "$ca", "mqtt_host": "127.0.0.1", "mqtt_port": $psk_port${6:-} } },
	  "app_channel": { "bind": "$address", "peer_rate": 100000, "total_rate": 1000000 },
	  "session": { "join_timeout": "5m" },
	  "start": { "policy": "$3", "window": "10m" } }
	END
	export PROVD_SOCKET=$dir/run/control.sock
}

# daemon CONFIG TEXT: starts provd and waits until its log says TEXT; sets $daemon.
daemon() {
	local line pipe=$work/log.pipe
	rm -f "$pipe"
	mkfifo "$pipe"
	"$bin/provd" --config "$1" 2>"$pipe" &
	daemon=$!
	pids+=($daemon)
	exec 4<"$pipe"
	: >"$work/log.start"
	while IFS= read -r -t 10 line <&4; do
		echo "$line" >>"$work/log.start"
		[[ $line != *"$2"* ]] || break
	done
	if [[ $line != *"$2"* ]]; then
		echo "bench: provd did not say '$2', but:" >&2
		cat "$work/log.start" >&2
		exit 1
	fi
	cat <&4 >"$work/log" &
	exec 4<&-
}
stop_daemon() {
	kill "$1"
	wait "$1" || { echo "bench: provd ended with an error" >&2; missed=1; }
}

device_info() { "$bin/provsim" device-info --dir "$work/cloud" --out "$2" --device "$1" >/dev/null; }

start_cloud() {
	local ready
	mkfifo "$work/cloud.pipe"
	"$bin/provsim" cloud tencent --dir "$work/cloud" --auto-create >"$work/cloud.pipe" \
		2>"$work/cloud.log" &
	pids+=($!)
	exec 3<"$work/cloud.pipe"
	if ! read -r -t 20 ready <&3 || [[ $ready != *'"ready"'* ]]; then
		echo "bench: the simulated cloud did not come up" >&2
		cat "$work/cloud.log" >&2
		exit 1
	fi
	cat <&3 >"$work/cloud.events" &
	exec 3<&-
	url=$(text register_url <<<"$ready")
	psk_port=$(number mqtt_psk_port <<<"$ready")
	ca=$(text ca_file <<<"$ready")
}

token=6ab82618a9d529a2ee777bf6e528a0fd

# Measurements

machine() {
	local cpu compiler
	cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
	machine="${cpu:-$(uname -m)}, $(nproc) cores, Linux $(uname -r | cut -d- -f1), load $(cut -d' ' -f1 /proc/loadavg)"
	echo "provd bench on $machine"
	compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
	echo "$("$bin/provd" --version), $("$compiler" --version | head -n 1)," \
		"$(sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$build/CMakeCache.txt")"
}

measure_udp() {
	local port out echo_p50 echo_p99 echo_pid
	say "UDP: command of the phone to first identity reply"
	printf '{"cmdType":1,"ssid":"Home","password":"correct horse","token":"%s"}' $token \
		>"$work/command"

	mkfifo "$work/echo.in" "$work/echo.out"
	"$tool/provd-bench" echo <"$work/echo.in" >"$work/echo.out" &
	echo_pid=$!
	pids+=($echo_pid)
	exec 5>"$work/echo.in"
	read -r -t 10 port <"$work/echo.out"
	out=$("$tool/provd-bench" udp 127.0.0.1 "$port" "$exchanges" "$work/command")
	exec 5>&-
	wait "$echo_pid"
	echo_p50=$(number p50_us <<<"$out")
	echo_p99=$(number p99_us <<<"$out")

	# The join takes as long as the exchanges do, so that the session stays where it is.
	device_info udp "$work/udp.info"
	config "$work/udp.json" "$work/udp.info" always '"phone_joins": false,' ', "join_ms": 300000' \
		', "identity_repeats": 1'
	daemon "$work/udp.json" '"method listens"'
	if out=$("$tool/provd-bench" udp "$address" 8266 "$exchanges" "$work/command" '"cmdType":2'); then
		result udp_p50 "p50" "$(number p50_us <<<"$out")" us - "$echo_p50" "of a libuv echo"
		result udp_p99 "p99" "$(number p99_us <<<"$out")" us 5000 "$echo_p99" "of a libuv echo"
	else
		unmeasured "UDP exchange" "lost replies: $out" udp_p99
	fi
	stop_daemon "$daemon"
	how "$exchanges exchanges one after the other, one socket, real daemon; the first opens the session"
}

# exchange_watched COUNT PAUSE-MS: sets $out to the exchanges while COUNT programs watch. Each
# command has another passphrase: it makes a new attempt, whose entries all who watch are sent.
exchange_watched() {
	local pid line
	device_info "watched" "$work/watched.info"
	config "$work/watched.json" "$work/watched.info" always '"phone_joins": false,' \
		', "join_ms": 300000' ', "identity_repeats": 1' ', "control_max_clients": 200'
	daemon "$work/watched.json" '"method listens"'
	rm -f "$work/watch.in" "$work/watch.out"
	mkfifo "$work/watch.in" "$work/watch.out"
	if [ "$1" -gt 0 ]; then
		"$tool/provd-bench" watch "$PROVD_SOCKET" "$1" <"$work/watch.in" >"$work/watch.out" &
		pid=$!
		pids+=($pid)
		exec 5>"$work/watch.in" 6<"$work/watch.out"
		read -r -t 10 line <&6 && [ "$line" = ready ] || return 1
	fi
	out=$("$tool/provd-bench" udp "$address" 8266 "$attempts" "$work/command.new" '"cmdType":2' "$2") ||
		return 1
	if [ "$1" -gt 0 ]; then
		exec 5>&-
		wait $pid || return 1
		read -r -t 10 line <&6
		exec 6<&-
		messages=$(number messages <<<"$line")
	fi
	stop_daemon "$daemon"
}

# measure_watched_with PAUSE-MS KEY TEXT: without watchers and with 100
measure_watched_with() {
	local out= alone messages=0
	if exchange_watched 0 "$1" && alone=$out && exchange_watched 100 "$1"; then
		result "$2_p50" "p50, $3" "$(number p50_us <<<"$out")" us - \
			"$(number p50_us <<<"$alone")" "without watchers"
		result "$2_p99" "p99, $3" "$(number p99_us <<<"$out")" us 5000 \
			"$(number p99_us <<<"$alone")" "without watchers"
		how "$attempts attempts, all different; $messages entries were sent to the 100"
	else
		unmeasured "UDP exchange, $3" "lost replies or watchers: $out" "$2_p99"
	fi
}

measure_watched() {
	local attempts=$((exchanges / 5))
	say "UDP, while 100 programs watch the session on the control socket"
	printf '{"cmdType":1,"ssid":"Home","password":"correct @@@@","token":"%s"}' $token \
		>"$work/command.new"
	measure_watched_with 10 watched "one each 10 ms"
	# The entries of one attempt are being sent when the next one comes.
	measure_watched_with 0 watched_back "back to back"
}

# Milliseconds from the first entry of one state or event to that of another.
between() {
	tr '{' '\n' <"$1" | awk -v from="$2" -v to="$3" '
		function at() { match($0, /"t_us": *[0-9]+/); v = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", v); return v }
		start == "" && $0 ~ "\"(state|event)\": *\"" from "\"" { start = at() }
		start != "" && end == "" && $0 ~ "\"(state|event)\": *\"" to "\"" { end = at() }
		END { if (start == "" || end == "") exit 1; printf "%.1f\n", (end - start) / 1000 }'
}

bind_once() {
	local name=$1 watcher
	device_info "$name" "$work/$name.info"
	config "$work/$name.json" "$work/$name.info" always ''
	daemon "$work/$name.json" '"method listens"'
	"$bin/provctl" watch --until-end >"$work/watch" 2>&1 &
	watcher=$!
	PROVSIM_PASSPHRASE="correct horse" PROVSIM_TOKEN=$token "$bin/provsim" phone softap \
		--app android --fast --target "$address:8266" --ssid Home >"$work/phone.log" 2>&1 || true
	wait $watcher || return 1
	"$bin/provctl" timeline --json >"$work/timeline.$name"
	stop_daemon "$daemon"
}

measure_bind() {
	local i file split='joining:online online:registering registering:binding connecting.to.the.cloud:token.published token.published:bound'
	local peer="of the vendor's published log, 13500 of them fixed sleeps"
	say "Credentials to bound: join (simulated radio, 30 ms), registration (HTTPS), MQTT over TLS-PSK, token"
	for i in $(seq "$binds"); do
		if ! bind_once "bind$i"; then
			cat "$work/log" >&2
			unmeasured "credentials to bound" "run $i did not reach bound" bind_p95
			return
		fi
		between "$work/timeline.bind$i" joining bound >>"$work/bind"
	done
	result bind_p50 "p50" "$(rank 50 <"$work/bind")" ms - 17000 "$peer"
	result bind_p95 "p95" "$(rank 95 <"$work/bind")" ms 300 17000 "$peer"
	for i in $split; do
		for file in "$work"/timeline.bind*; do
			between "$file" "${i%:*}" "${i#*:}"
		done >"$work/split"
		result "split_${i%:*}" "  p50 of that: $(tr . ' ' <<<"${i%:*} to ${i#*:}")" "$(rank 50 <"$work/split")" ms
	done
	how "$binds runs, a new device and daemon each, by the daemon's own timeline"
}

measure_start() {
	local out bare
	say "Start: fork to listening (policy always)"
	bare=$("$tool/provd-bench" start "$starts" ready "$tool/provd-bench-bare")
	device_info start "$work/start.info"
	config "$work/start.json" "$work/start.info" always '"phone_joins": false,'
	if out=$("$tool/provd-bench" start "$starts" '"method listens"' "$bin/provd" \
		--config "$work/start.json"); then
		result start_p50 "p50" "$(ms "$(number p50_us <<<"$out")")" ms - \
			"$(ms "$(number p50_us <<<"$bare")")" "of a bare program with the same libraries"
		result start_p95 "p95" "$(ms "$(number p95_us <<<"$out")")" ms 50 \
			"$(ms "$(number p95_us <<<"$bare")")" "of a bare program with the same libraries"
	else
		unmeasured "start" "provd did not come up or did not end well" start_p95
	fi
	how "$starts starts, until the log says that the method listens; simulated access point opens in 10 ms"
}

# traced PID FILE: system calls of all threads for idle_s, without the first second, in which the
# attaching itself interrupts a wait.
traced() { timeout -s INT $((idle_s + 2)) strace -f -ttt -o "$2" -p "$1" 2>"$2.err" || true; }
calls() {
	awk -v first="$2" -v span="$idle_s" '
		$2 ~ /^[0-9.]+$/ && $2 >= first + 1 && $2 < first + 1 + span && !/<detached/ { n++ }
		END { print n + 0 }' "$1"
}
dirty_kib() { sed -n 's/^Private_Dirty: *\([0-9]*\) kB/\1/p' "/proc/$1/smaps_rollup"; }

measure_idle() {
	local idle listening bare began mode
	say "Idle, with sim, softap and tencent loaded"
	device_info idle "$work/idle.info"
	config "$work/idle.json" "$work/idle.info" on-demand '"phone_joins": false,'
	daemon "$work/idle.json" 'waiting for a start command'
	idle=$daemon
	config "$work/listen.json" "$work/idle.info" always '"phone_joins": false,'
	daemon "$work/listen.json" '"method listens"'
	listening=$daemon
	mkfifo "$work/bare.pipe"
	"$tool/provd-bench-bare" 2>"$work/bare.pipe" &
	bare=$!
	pids+=($bare)
	read -r -t 10 _ <"$work/bare.pipe"

	began=$(date +%s.%N)
	traced $idle "$work/trace.idle" &
	mode=$!
	traced $listening "$work/trace.listen"
	wait $mode
	for mode in idle listen; do
		if grep -q attached "$work/trace.$mode.err"; then
			result "calls_$mode" "system calls in $idle_s s, $([ $mode = idle ] && echo 'waiting for a start' || echo 'listening, no phone')" \
				"$(calls "$work/trace.$mode" "$began")" calls 0
		else
			unmeasured "system calls" "$(head -n 1 "$work/trace.$mode.err")" "calls_$mode"
		fi
	done
	how "strace -f of all threads; the second after attaching is not counted"
	result memory_idle "private dirty memory, waiting for a start" "$(dirty_kib $idle)" KiB 4096 \
		"$(dirty_kib $bare)" "of a bare program with the same libraries"
	result memory_listen "private dirty memory, listening" "$(dirty_kib $listening)" KiB 4096 \
		"$(dirty_kib $bare)" "of a bare program with the same libraries"
	how "Private_Dirty of /proc/PID/smaps_rollup; the bare program has run curl_global_init and a loop"
	stop_daemon $idle
	stop_daemon $listening
	kill $bare
	wait $bare || true
}

measure_sizes() {
	local file
	say "Sizes, stripped"
	for file in "$bin/provd" "$bin/provctl" "$build"/plugins/*.so; do
		strip -o "$work/stripped" "$file"
		result "size_$(basename "$file" .so)" "$(basename "$file")" \
			"$(awk -v b="$(stat -c %s "$work/stripped")" 'BEGIN { printf "%.1f", b / 1024 }')" KiB
	done
}

write_json() {
	awk -F'|' -v machine="$machine" -v commit="$(git -C "$here" rev-parse --short HEAD 2>/dev/null || true)" '
		function text(s) { gsub(/["\\]/, "", s); sub(/^ +/, "", s); return "\"" s "\"" }
		function maybe(s) { return s == "" ? "null" : s }
		BEGIN { printf "{\n  \"machine\": %s,\n  \"commit\": %s,\n  \"results\": [", text(machine), text(commit) }
		{ printf "%s\n    {\"key\": %s, \"text\": %s, \"value\": %s, \"unit\": %s, \"goal\": %s, \"verdict\": %s, \"peer\": %s, \"ratio\": %s, \"peer_text\": %s}",
			(NR > 1 ? "," : ""), text($1), text($2), maybe($3), text($4), maybe($5), text($6), maybe($7), maybe($8), text($9) }
		END { printf "\n  ]\n}\n" }' "$results" >"$json"
}

machine
start_cloud
measure_udp
measure_watched
measure_bind
measure_start
measure_idle
measure_sizes
write_json
if [ $missed -ne 0 ]; then
	printf '\nbench: at least one goal was missed or could not be measured\n'
	exit 1
fi
printf '\nbench: every goal was met\n'
