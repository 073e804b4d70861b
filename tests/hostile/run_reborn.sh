#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: what holds modseal is loaded before a sanitizer's own library
# A process ends when `modseal run` has taken its call and not yet looked at it, and its number is
# given to another one: what that one has in the same place, and never asked for, is not told, recorded
# or kept as if it had (E22). Who lives on is answered, told and recorded.
. tests/lib.sh
TOP=$PWD
. tests/hostile/run.inc
right="--inh-caps=-all,+checkpoint_restore --ambient-caps=-all,+checkpoint_restore"
# shellcheck disable=SC2086 # two words
if ! setpriv --reuid $user --regid $user --clear-groups $right true 2>/dev/null; then
	skip "E22 numbers of processes" "the right to choose them is not to be had (CAP_CHECKPOINT_RESTORE)"
	exit 0
fi
hold=$SAFE/hold.so
${CC:-cc} -D_GNU_SOURCE -shared -fPIC -I"$TOP" -o "$hold" "$TOP/tests/hostile/run_reborn_hold.c" &&
	cp "$BUILD/tests/hosts/run_reborn" "$SAFE/bin" || exit 99
mkdir first second signed "$SAFE/approved" && cp "$EVIL" first/file && cp "$EVIL" second/file &&
	cp "$good" signed/file && cp "$good" "$SAFE/approved/file" || exit 99
"$MODSEAL" sign --key "$SAFE/release.key" --certificate "$SAFE/release.pem" signed/file >"$WORK/log" || exit 99
chown -R $user first second signed
top="records: {to: [file], file: $OURS/records}" policy_of policy.yaml \
	"{path: $OURS/signed/*, kind: library, signers: [release], owners: [root, caller], identity: unbound}" \
	>"$WORK/log" 2>&1 || { cat "$WORK/log"; exit 99; }

# reborn CALL WHO SECONDS FIRST SECOND: in $in, with the right to choose the numbers of processes
reborn() {
	as_user mkdir "$OURS/$in"
	# shellcheck disable=SC2086 # several words, or none
	(cd "$in" && timeout -k 5 60 setpriv --reuid $user --regid $user --clear-groups $right env HOLD_IN="$OURS/$in" LD_PRELOAD="$hold" "$SAFE/bin/modseal" run \
		--policy "$SAFE/$policy" --anchor "$SAFE/policy.pem" --summary $run_options -- "$SAFE/bin/run_reborn" "$@" \
		>out 2>err)
}
# names FILE: what was told, recorded, or answered in another way than asked
names() {
	{ grep "$1" "$in/err"; grep "\"object\":\"$1\"" records; grep ' [1-9][0-9]* opens' "$in/err"; } >"$WORK/names"
	cat "$WORK/names" >&2
	[ -s "$WORK/names" ]
}
untold() { in=$1-other && reborn "$1" other 0 "$2" "$3" && ! names "$3/file"; }
told() { in=$1-same && reborn "$1" same 0 "$3" "$2" && names "$3/file"; }
# both NAME CALL FOLDER
both() {
	check "E22 $1: another process has the number" untold "$2" "$OURS/first" "$3"
	check "E22 $1: the process that asked" told "$2" "$OURS/first" "$3"
	rm -rf "$2-same" "$2-other" records
}
# it is told by another thread after some seconds, which this one takes
late() { in=late-$1 && reborn protect "$1" 8 "$OURS/first" "$OURS/second"; }
late other &
other=$!
late same &
same=$!
both "a mapping that is refused" map "$OURS/second"
both "a mapping that is approved" map "$SAFE/approved"
both "memory" protect "$OURS/second"
both "a program" execute "$OURS/second"
run_options=--seal
both "a sealed copy" open "$OURS/signed"
run_options=
check "E22 an answer that is late: another process has the number" wait $other
check "E22 nothing is told of it" nothing grep "'.*': refused" late-other/err
check "E22 an answer that is late: the process that asked" wait $same
check "E22 that is told" grep -q 'refused: it could not be judged within' late-same/err
