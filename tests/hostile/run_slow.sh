#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: signals every few milliseconds leave a sanitizer no time
# long
# `modseal run` with what takes long: signals that come all the time, files that never end or never
# answer, many at once (E16-E18).
. tests/lib.sh
. tests/hostile/run.inc
patience=30

# ---- E16 ----------------------------------------------------------------------------------
library=$(ldd "$SAFE/bin/modseal" | awk '/libcrypto/ { print $3 }')
many=
for number in $(seq 30); do
	file=$SAFE/lib/many$number
	# large enough that an answer takes longer than the time between two signals
	{ cat "${library:-/usr/bin/perl}"; head -c 12000000 /dev/zero; echo "$number"; } >"$file" && many="$many $file"
done
# shellcheck disable=SC2086 # many words
check "E16 works without run" as_user "$reach" signals $many
# shellcheck disable=SC2086
check "E16 a signal every 3 ms: no call is interrupted" run "$reach" signals $many
# shellcheck disable=SC2086
check "E16 the answers are kept by then" run "$reach" signals $many $many
run_options=--seal
# shellcheck disable=SC2086
check "E16 with --seal" run "$reach" signals $many
run_options=

# A signal may interrupt the supervisor itself, where it waits for the kernel (SIGSTOP does): each of
# its calls on the listener fails so once, and is made again.
chmod 755 "$SAFE" && library "$OURS/signed" &&
	"$MODSEAL" sign --key "$SAFE/release.key" --certificate "$SAFE/release.pem" "$OURS/signed" >/dev/null || exit 99
chown $user signed
policy_of sealing.yaml "{path: $OURS/signed, signers: [release], owners: [root, caller], identity: unbound}" >/dev/null
again() {
	timeout -k 5 30 strace -f -qq -o "$WORK/trace" -e trace=ioctl -e inject=ioctl:error=EINTR:when=1+2 \
		setpriv --reuid $user --regid $user --clear-groups --inh-caps=-all \
		"$SAFE/bin/modseal" run --policy "$SAFE/sealing.yaml" --anchor "$SAFE/policy.pem" --seal -- "$@" >"$WORK/out" 2>"$WORK/err"
	ended=$?
	for call in $calls; do
		grep -q "$call.*INJECTED" "$WORK/trace" || { echo "no $call failed" >&2; return 1; }
	done
	grep -q "^$says" "$WORK/out" || { echo "ended with $ended" >&2; cat "$WORK/out" "$WORK/err" >&2; return 1; }
}
if strace -qq -o "$WORK/trace" -e trace=getpid -e inject=getpid:error=EPERM true 2>/dev/null; then
	calls="NOTIF_RECV NOTIF_ID_VALID NOTIF_SEND" says=worked
	check "E16 what is approved is mapped, though each call of the supervisor's is interrupted" again "$hostile" map-only "$good"
	says='stopped mmap EACCES'
	check "E16 and what is not is refused" again "$hostile" map-only "$OURS/code"
	calls=NOTIF_ADDFD says=worked
	check "E16 and a sealed copy is opened" again "$loader" dlopen "$OURS/signed"
else
	skip "E16 interrupted calls of the supervisor's" "no strace that makes calls fail"
fi

# ---- E17 ----------------------------------------------------------------------------------
# beside WORD...: while it tries, another of the tree is served a hundred times; it must not succeed
beside() {
	# shellcheck disable=SC2016 # expanded there
	run sh -c '"$@" & tried=$!
		for turn in 1 2 3 4 5 6 7 8 9 10; do
			for again in 1 2 3 4 5 6 7 8 9 10; do /usr/bin/true || exit 9; done
		done
		echo served
		wait $tried; exit $?' sh "$@" >"$WORK/out" 2>"$WORK/err"
	ended=$?
	grep -q '^served' "$WORK/out" || { echo "others were not served (ended with $ended)" >&2; return 1; }
	[ $ended != 124 ] && [ $ended != 137 ] || { echo "it hangs" >&2; return 1; }
	[ $ended != 0 ] && ! grep -q '^worked' "$WORK/out" || { echo "not refused" >&2; return 1; }
}
mkfifo fifo "$SAFE/fifo" && chmod 755 fifo "$SAFE/fifo" && chown $user fifo
# opened for both, or it would wait for a writer by itself
piped() { beside sh -c "exec 3<>$1; exec $hostile map-only /proc/self/fd/3"; }
check "E17 a FIFO, mapped" piped fifo
check "E17 a FIFO, executed" beside "$OURS/fifo"
check "E17 root's FIFO, executed" beside "$SAFE/fifo"
check "E17 root's FIFO as an interpreter" beside sh -c "printf '#!$SAFE/fifo\n' >by_fifo; chmod 755 by_fifo; exec ./by_fifo"
check "E17 a device: works without run" free "$hostile" map-only /dev/zero
check "E17 a device, mapped" beside "$hostile" map-only /dev/zero
check "E17 a device, executed" beside /dev/zero
check "E17 a folder, executed" beside "$SAFE"
if truncate -s 200G "$OURS/sparse" "$SAFE/sparse" 2>/dev/null; then
	chown $user sparse
	chmod 755 sparse "$SAFE/sparse"
	check "E17 200 GB: works without run" free "$hostile" map-only "$SAFE/sparse"
	check "E17 200 GB of one's own, mapped" beside "$hostile" map-only "$OURS/sparse"
	check "E17 200 GB of root's, mapped" beside "$hostile" map-only "$SAFE/sparse"
	check "E17 it is named" one_record "$SAFE/sparse"
	check "E17 200 GB of root's, executed" beside "$SAFE/sparse"
	check "E17 all of it by mprotect" beside "$hostile" mprotect "$SAFE/sparse"
	rm -f sparse "$SAFE/sparse"
else
	skip "E17 200 GB" "not on this file system"
fi
# a line that never ends, where #! is looked for
{ printf '#!'; head -c 100000 /dev/zero | tr '\0' x; } >endless && chmod 755 endless
check "E17 a first line without an end" beside "$OURS/endless"

if [ -c /dev/fuse ] && fuse lies "$OURS/code" 0 && fuse hangs - 0 && fuse theirs - "$user"; then
	policy_of fuse.yaml "{path: $OURS/theirs/**, signers: [release], owners: [root, caller], identity: unbound}" \
		"{path: $OURS/hangs/**, signers: [release], owners: [root, caller], identity: unbound}" \
		"{path: $OURS/hangs/**, kind: program, signers: [release], owners: [root, caller], identity: unbound}" \
		"{path: $OURS/**, evidence: [protected-path], identity: unbound}" \
		"{path: $OURS/**, kind: program, evidence: [protected-path]}" >/dev/null
	policy=fuse.yaml
	check "E17 FUSE, which calls its file root's: works without run" free "$hostile" map "$OURS/lies/file"
	check "E17 FUSE, which calls its file root's" beside "$hostile" map "$OURS/lies/file"
	check "E17 it is named" one_record "$OURS/lies/file"
	check "E17 FUSE that never answers: works without run" free "$hostile" map-only "$OURS/hangs/file"
	check "E17 FUSE that never answers, mapped" beside "$hostile" map-only "$OURS/hangs/file"
	check "E17 FUSE that never answers, executed" beside "$OURS/hangs/file"
	# a thread that waits for one keeps run from ending
	unanswered() {
		: >"$WORK/out" # else it may still say what the last one did
		# shellcheck disable=SC2016 # expanded there
		run sh -c '"$0"; [ $? = 126 ] || exit 9
			for turn in 1 2 3 4 5 6 7 8 9 10; do /usr/bin/true || exit 9; done; echo served' "$1" >"$WORK/out" 2>"$WORK/err" &
		runner=$!
		for turn in $(seq 400); do grep -q '^served' "$WORK/out" && break; sleep 0.05; done
		grep -q '^served' "$WORK/out" # while the file system does not answer
		served=$?
		kill "${servers##* }"
		servers=${servers% *}
		wait $runner && [ $served = 0 ] &&
			grep -q "^modseal: '$1': refused: it could not be judged within" "$WORK/err" || { cat "$WORK/out" "$WORK/err" >&2; return 1; }
	}
	for way in lookup open; do
		fuse "$way" "-$way" "$user" || exit 99
		check "E17 FUSE that never answers to $way, executed: refused, and others are served" unanswered "$OURS/$way/file"
	done
	run_options=--seal
	# As without run the dynamic linker itself reads in the end, and waits: no sealed copy is made
	# within five seconds. No process whose thread waits so can end before the file system does.
	run_options=--seal
	# shellcheck disable=SC2016 # expanded there
	run sh -c '"$0" dlopen "$1" & for turn in $(seq 100); do /usr/bin/true || exit 9; done; echo served; wait' \
		"$loader" "$OURS/theirs/file" >"$WORK/out" 2>"$WORK/err" &
	runner=$!
	for turn in $(seq 150); do grep -q '^served' "$WORK/out" && break; sleep 0.1; done
	check "E17 FUSE that never answers, read by the supervisor itself: others are served" grep -q '^served' "$WORK/out"
	run_options=
	policy=policy.yaml
	# shellcheck disable=SC2086 # several
	kill $servers
	check "E17 run ends with it" wait $runner
	check "E17 it is not loaded" grep -q '^stopped dlopen' "$WORK/out"
else
	skip "E17 FUSE" "no /dev/fuse"
fi

# ---- E18 ----------------------------------------------------------------------------------
# shellcheck disable=SC2016 # expanded there
all='for number in $(seq 100); do ls / >/dev/null & all="$all $!"; done; for one in $all; do wait $one || exit 1; done'
for run_options in '' --seal; do
	check "E18 a hundred at once $run_options" run sh -c "$all"
done
# how long they take `make bench` shows; here, that the hundred wait for no more judgements than one
judged() {
	run_options=--summary
	run sh -c "$1" 2>&1 | sed -n 's/^modseal: \(programs\|libraries\) *\([0-9]*\) judged.*/\2/p' | tr '\n' ' '
}
one='seq 1 >/dev/null; ls / >/dev/null'
of_one=$(judged "$one")
echo "files judged: $of_one"
check "E18 files are judged for the first of them, and for no other" [ "$(judged "$one; $all")" = "${of_one:-0 0 }" ]
run_options=
