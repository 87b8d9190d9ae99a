#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# demo.sh BUILD-FOLDER [CLOUD] [METHOD]
#
# A simulated device is provisioned by a simulated phone: UDP command, join, registration over
# HTTPS, MQTT over TLS-PSK to a real broker, token, bound. Only the radio is simulated.
# Last line "bound in N ms" and exit status 0 only when the device really got bound.
set -euo pipefail

build=$(realpath "$1")
cloud=${2:-tencent}
method=${3:-softap}
bin=$build/bin

if [ "$cloud" != tencent ] || [ "$method" != softap ]; then
	echo "demo: there is 'tencent' with 'softap'; '$cloud' with '$method' is not known" >&2
	exit 2
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/provd-demo.XXXXXX")
pids=()
cleanup() {
	local pid
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# field NAME < one JSON object: the value of a number or plain text member.
field() { sed -n 's/.*"'"$1"'": *"\{0,1\}\([^",}]*\)"\{0,1\}.*/\1/p' | head -n 1; }

say "1. A cloud: registration gateway (HTTPS) and MQTT broker (TLS-PSK)"
mkfifo "$work/cloud.out"
"$bin/provsim" cloud tencent --dir "$work/cloud" --write-device-info "$work/device_info.json" \
	>"$work/cloud.out" 2>"$work/cloud.log" &
pids+=($!)
exec 3<"$work/cloud.out"
if ! read -r -t 20 ready <&3 || [[ $ready != *'"ready"'* ]]; then
	echo "demo: the simulated cloud did not come up:" >&2
	cat "$work/cloud.log" >&2
	exit 1
fi
# Keeps the pipe empty, and what the cloud saw for the end of the demo.
cat <&3 >"$work/cloud.events" &
pids+=($!)
url=$(field register_url <<<"$ready")
psk_port=$(field mqtt_psk_port <<<"$ready")
ca=$(field ca_file <<<"$ready")
echo "   gateway $url, broker 127.0.0.1:$psk_port"

say "2. The device: provd with a simulated radio"
umask 077
cat >"$work/provd.json" <<EOF
{
  "daemon": { "state_dir": "$work/state", "run_dir": "$work/run", "plugin_dirs": ["$build/plugins"],
              "log": { "level": "info" } },
  "hal": [ { "plugin": "sim", "options": { "access_points": [
      { "ssid": "Home-WiFi", "passphrase": "correct horse", "channel": 6 } ] } } ],
  "methods": [ { "plugin": "softap", "options": { "ssid": "Lamp-{mac4}", "passphrase_key": "printed on the label" } } ],
  "cloud": { "plugin": "tencent", "options": {
      "device_info": "$work/device_info.json", "register_url": "$url", "register_ca": "$ca",
      "mqtt_host": "127.0.0.1", "mqtt_port": $psk_port } },
  "app_channel": { "bind": "127.0.0.1" },
  "start": { "policy": "on-demand", "window": "1m" }
}
EOF
mkfifo "$work/provd.err"
"$bin/provd" --config "$work/provd.json" 2>"$work/provd.err" &
daemon=$!
pids+=("$daemon")
exec 4<"$work/provd.err"
while IFS= read -r -t 10 line <&4; do
	echo "$line" >>"$work/provd.log"
	[[ $line == *"waiting for a start command"* ]] && break
done
cat <&4 >>"$work/provd.log" &
pids+=($!)
export PROVD_SOCKET=$work/run/control.sock
"$bin/provctl" status

say "3. Provisioning is started; a phone comes with network name, passphrase and token"
# Watching ends by itself with the session; its exit status says how that ended.
"$bin/provctl" start --watch &
watcher=$!
PROVSIM_PASSPHRASE="correct horse" "$bin/provsim" phone softap --app mini-program --text \
	--target 127.0.0.1:8266 --ssid Home-WiFi --token 6ab82618a9d529a2ee777bf6e528a0fd \
	>"$work/phone.log" 2>&1 &
phone=$!
pids+=("$phone")
status=0
wait "$watcher" || status=$?
# Nobody is left whom the phone could talk to.
[ $status -eq 0 ] || kill "$phone" 2>/dev/null || true
wait "$phone" || true

say "4. What the phone saw"
sed 's/^/   /' "$work/phone.log"

say "5. The timeline"
"$bin/provctl" timeline
if [ $status -ne 0 ]; then
	echo "demo: the device was not bound; log of provd:" >&2
	cat "$work/provd.log" >&2
	exit 1
fi
# From the phone's credentials to "bound", by the daemon's own clock.
"$bin/provctl" timeline --json >"$work/timeline.json"
tr '{' '\n' <"$work/timeline.json" | awk '
	/"state": *"joining"/ && !start { match($0, /"t_us": *[0-9]+/); start = substr($0, RSTART, RLENGTH) }
	/"state": *"bound"/ && !end { match($0, /"t_us": *[0-9]+/); end = substr($0, RSTART, RLENGTH) }
	END {
		gsub(/[^0-9]/, "", start); gsub(/[^0-9]/, "", end)
		if (start == "" || end == "") exit 1
		printf "\nbound in %d ms\n", (end - start + 500) / 1000
	}'
