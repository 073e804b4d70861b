#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: a sanitizer needs more memory, descriptors and time than there are here
# long
# `modseal run` where one of the tree wants more than there is: others are served, and what is refused
# is told (E17, E18).
. tests/lib.sh
. tests/hostile/run.inc
cp "$BUILD/tests/hosts/run_crowd" "$SAFE/bin" || exit 99
crowd=$SAFE/bin/run_crowd

# ---- more work than processors -----------------------------------------------------------------
mkdir "$SAFE/large"
for number in $(seq 250); do
	cp "$good" "$SAFE/large/$number" && truncate -s 24M "$SAFE/large/$number" || exit 99
done
check "E18 many large files at once: work without run" as_user "$crowd" together "$SAFE"/large/*
patience=120
check "E18 many large files at once" run "$crowd" together "$SAFE"/large/*
rm -r "$SAFE/large"

# ---- memory ------------------------------------------------------------------------------------
# as much as the supervisor lets in at once of one sort of file: a part of the machine's memory
limit=$(memory_share)
megabytes=$((limit / 1024 / 5))
mkdir huge && for number in $(seq 11); do cp "$EVIL" huge/$number && truncate -s ${megabytes}M huge/$number || exit 99; done
chown -R "$user" huge
policy_of huge.yaml "{path: $OURS/**, signers: [release], owners: [root, caller], identity: unbound}" >/dev/null
policy=huge.yaml
# five of these fill it with what never comes, and the others wait for a minute, which the rest takes
endless=
if [ -c /dev/fuse ] && fuse endless "-$((megabytes * 1024 * 1024))" "$user"; then
	endless=$servers servers=
	patience=300 run_options=--seal
	endless_files="endless/file endless/file endless/file endless/file endless/file endless/file endless/file"
	# shellcheck disable=SC2086 # several
	run "$crowd" together $endless_files >"$WORK/endless.out" 2>"$WORK/endless.err" &
	endless_runner=$! run_options=
fi
# bounded FILE...: each is judged, and in the end refused for what it is
bounded() {
	# shellcheck disable=SC2016 # expanded there
	run sh -c '"$0" together "$@"; sed -n "s/^VmHWM:[^0-9]*//p" "/proc/$PPID/status"' "$crowd" "$@" >"$WORK/out" 2>"$WORK/err"
	peak=$(sed -n 's/ kB$//p' "$WORK/out")
	[ "$peak" -gt 0 ] && [ "$peak" -lt $((limit + 65536)) ] && [ "$(grep -c 'refused: no signature' "$WORK/err")" = $# ] ||
		{ cat "$WORK/out" "$WORK/err" >&2; return 1; }
}
patience=120
check "E18 large files of a user, twice what may be held at once: bounded, all judged" bounded huge/*
run_options=--seal
check "E18 the same with --seal: all judged" bounded huge/*
run_options=
for number in $(seq 2 11); do rm huge/$number; done

# ---- who is stopped ----------------------------------------------------------------------------
# as a service: in a session without a terminal
service() {
	rm -f "$OURS/went"
	# shellcheck disable=SC2016 # expanded there
	timeout -k 5 20 setsid -w sh -c 'exec "$@" </dev/null' sh setpriv --reuid "$user" --regid "$user" --clear-groups "$SAFE/bin/modseal" run \
		--policy "$SAFE/$policy" --anchor "$SAFE/policy.pem" -- "$@" >"$WORK/out" 2>&1
	ended=$?
	[ -e "$OURS/went" ] && [ $ended = 0 ] || { echo "ended with $ended" >&2; cat "$WORK/out" >&2; return 1; }
}
check "E17 a program that stops itself as a terminal would: others are served" service "$crowd" stop "$OURS/went"

# ---- audit mode --------------------------------------------------------------------------------
mode=audit policy_of audit.yaml >/dev/null
policy=audit.yaml
mkfifo fifo && chmod 755 fifo && chown $user fifo && mknod "$SAFE/device" c 1 3 && chmod 755 "$SAFE/device" || exit 99
for name in "$OURS/fifo" "$SAFE/device"; do
	# what came of reading it would be told, too
	not_opened() { exits 126 run "$name" 2>"$WORK/err" && nothing sed -n "/^modseal: '.*would be refused/d; /^modseal: '/p" "$WORK/err"; }
	check "E17 in audit mode ${name##*/}, executed: not opened" not_opened
done
policy=policy.yaml

# ---- many calls ----------------------------------------------------------------------------------
# each of them has a permit to ask what may not answer, as a file system where nothing was judged yet
mkdir "$SAFE/other" && mount -t tmpfs -o mode=755 none "$SAFE/other" && mounts="$mounts $SAFE/other" && cp "$good" "$SAFE/other/good" || exit 99
# shellcheck disable=SC2016 # expanded there
check "E17 many calls, and then a file that lies elsewhere" limited 64 sh -c 'for turn in 1 2 3 4 5 6 7 8; do /usr/bin/true || exit 9; done
	exec "$0" map-only "$1"' "$hostile" "$SAFE/other/good"

# ---- all threads held up -----------------------------------------------------------------------
if [ ! -c /dev/fuse ] || ! fuse theirs - "$user" || ! fuse many - "$user"; then
	skip "E17 all threads held up" "no /dev/fuse"
	exit 0
fi
top="records: {to: [file], file: $OURS/records}" policy_of held.yaml \
	"{path: $OURS/theirs/**, signers: [release], owners: [root, caller], identity: unbound}" \
	"{path: $OURS/many/**, signers: [release], owners: [root, caller], identity: unbound}" >/dev/null
policy=held.yaml
# they fill the room of file systems that need not answer, and some wait for it
if fuse vast "-$((megabytes * 1024 * 1024))" "$user"; then
	policy=huge.yaml run_options=--seal
	vast="vast/file vast/file vast/file vast/file vast/file vast/file vast/file"
	# shellcheck disable=SC2016,SC2086 # expanded there; several
	run sh -c '"$0" together "$@" & sleep 1; "$0" together huge/1; "$0" abandon 1500 abandoned vast/file' "$crowd" $vast >"$WORK/out" 2>"$WORK/err" &
	runner=$!
	judged() { for turn in $(seq 200); do grep -q 'huge/1.: refused: no signature' "$WORK/err" && return; sleep 0.05; done; return 1; }
	check "E18 large files that never come keep out no others" judged
	# a thousand calls may wait for such: who finds no place has it refused at once
	still_waits() {
		for turn in $(seq 600); do [ ! -e abandoned ] || break; sleep 0.05; done
		sleep 1
		[ -e abandoned ] && ! grep '^stopped mmap' "$WORK/out" >&2
	}
	check "E18 nor do those that were killed as they waited for such" still_waits
	run "$crowd" many 1200 vast/file >"$WORK/many.out" 2>"$WORK/many.err" &
	crowded=$!
	# those that are read are given up after seconds, too: five of them
	gone_on() { [ "$(grep -c '^stopped mmap' "$WORK/many.out")" -ge 100 ]; }
	for turn in $(seq 400); do ! gone_on || break; sleep 0.05; done
	check "E18 when a thousand wait, the next are not kept waiting" gone_on
	check "E18 none of them is mapped" nothing grep worked "$WORK/many.out"
	# whoever opens one meanwhile cannot even be killed
	kill "${servers##* }"
	servers=${servers% *}
	wait $runner $crowded
	policy=held.yaml
fi
run_options=--seal
await() { for turn in $(seq 400); do [ -e "$1" ] && return; sleep 0.05; done; return 1; }
# there is one more thread for each that it holds up
# shellcheck disable=SC2016 # expanded there
run sh -c '"$0" hold 20 "$1" & held=$!
	for turn in $(seq 80); do /usr/bin/true && /usr/bin/sleep 0.02 || exit 9; done
	: >served; kill -9 $held' "$crowd" "$OURS/many/file" >"$WORK/out" 2>"$WORK/err" &
runner=$!
check "E17 a file system holds up twenty threads: others are served" await served
kill "${servers##* }"
servers=${servers% *}
check "E17 and it ends" wait $runner
rm -f served
# with 64 descriptors there are five threads: one of them asks nothing that may not answer
# shellcheck disable=SC2016 # expanded there
limited 64 sh -c '"$0" hold 20 "$1" & held=$!
	for turn in $(seq 80); do /usr/bin/true && /usr/bin/sleep 0.1 || exit 9; done
	: >served; kill -9 $held' "$crowd" "$OURS/theirs/file" >"$WORK/out" 2>"$WORK/err" &
runner=$!
check "E17 a file system holds up all threads that it can: others are served" await served
# shellcheck disable=SC2086 # several
kill $servers
servers=
check "E17 and it ends" wait $runner
rm -f served

# a name in memory of such a file cannot be read, whoever says it
fuse memory - "$user" && mkfifo go && chown "$user" go && mkdir "$SAFE/large" || exit 99
for number in $(seq 60); do
	cp "$good" "$SAFE/large/$number" && truncate -s 24M "$SAFE/large/$number" || exit 99
done
# shellcheck disable=SC2016 # expanded there
limited 64 sh -c 'file=$1 good=$2; shift 2
	"$0" hold-memory 20 "$file" "$good" & held=$!
	trap ": >told" TERM # while a hundred ask
	while /usr/bin/true; do :; done
	for turn in 1 2 3; do ! /usr/bin/true || exit 9; done
	: >flood; : >refused; until [ -e told ]; do :; done
	read -r go <go; kill -9 $held
	until /usr/bin/true; do :; done
	"$0" together "$@" && : >served' "$crowd" "$OURS/memory/file" "$good" "$SAFE"/large/* >"$WORK/out" 2>"$WORK/err" &
runner=$!
check "E17 all threads held up: what else is asked is refused" await refused
for process in $(supervisors); do
	! grep -q held.yaml "/proc/$process/cmdline" || kill -TERM "$process"
done
check "E17 whoever asks all the time keeps no signal from the program" await told
: >told
check "E17 it is told" grep -q '^modseal: .*all threads of modseal wait' "$WORK/err"
check "E17 it is recorded" grep -q '"reason":"nothing can be judged: all threads of modseal wait' records
# shellcheck disable=SC2086 # several
kill $servers
echo >go
check "E17 once they are back others are served, and wait for each other" await served
check "E17 and it ends" wait $runner

if [ -n "$endless" ]; then
	for turn in $(seq 700); do [ -s "$WORK/endless.out" ] && break; sleep 0.1; done
	check "E18 who waits for room does so for a minute, and is not let in" grep -qx 'stopped 7 of 7' "$WORK/endless.out"
	# shellcheck disable=SC2086 # several
	kill $endless
	check "E18 and it ends" exits 1 wait $endless_runner
fi
