#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: programs of this test are replaced while they run
# long
# What `modseal run` knows of a file is used for that file only (E19); with --seal a library is what it
# was when it was loaded (E20).
. tests/lib.sh
. tests/hostile/run.inc

# ---- E19 ----------------------------------------------------------------------------------
cp /usr/bin/true "$WORK/first" && cp /usr/bin/true "$WORK/second" || exit 99
# of the same size, approved and revoked; both are programs that end with 0
printf 'A' >>"$WORK/first" && printf 'B' >>"$WORK/second"
digest() { sha256sum "$1" | cut -d' ' -f1; }
top="revoked: {files: [$(digest "$WORK/second")]}" policy_of revoking.yaml >"$WORK/log" 2>&1 || { cat "$WORK/log"; exit 99; }
policy=revoking.yaml
file=$SAFE/changing
run_options=--summary
# steps: a tree that runs $file each time a file ask1, ask2 ... comes, and answers in answer1 ...
# shellcheck disable=SC2016 # expanded there
run sh -c 'number=1
	while [ ! -e stop ]; do
		if [ -e ask$number ]; then
			"$0"; echo $? >answer; mv answer answer$number
			number=$((number + 1))
		else
			sleep 0.01
		fi
	done' "$file" >"$WORK/log" 2>&1 &
runner=$!
number=0
# answers STATUS: what running it gives now
answers() {
	number=$((number + 1))
	: >"$OURS/ask$number"
	for turn in $(seq 500); do [ -e "$OURS/answer$number" ] && break; sleep 0.01; done
	got=$(cat "$OURS/answer$number" 2>/dev/null)
	[ "$got" = "$1" ] || { echo "ended with '$got', not $1" >&2; tail -n 3 "$WORK/log" >&2; return 1; }
}
# kept WHEN: only what was changed some time ago is, and the next change is one of a file that was kept
kept() {
	sleep 2
	check "E19 $1: judged" answers 0
	check "E19 $1: and kept" answers 0
}
cp "$WORK/first" "$file"
check "E19 approved" answers 0
check "E19 and once more" answers 0
kept "it has lain there for a while"
cat "$WORK/second" >"$file"
check "E19 its content is changed in place" answers 126
cat "$WORK/first" >"$file"
check "E19 and changed back" answers 0
kept "changed back a while ago"
cp -p "$file" "$WORK/times"
cat "$WORK/second" >"$file" && touch -r "$WORK/times" "$file"
check "E19 changed, with the times of before" answers 126
cat "$WORK/first" >"$file"
check "E19 changed back" answers 0
kept "as it was, a while ago"
cp -p "$WORK/second" "$SAFE/new" && mv "$SAFE/new" "$file"
check "E19 another file under its name" answers 126
cp -p "$WORK/first" "$SAFE/new" && mv "$SAFE/new" "$file"
check "E19 an approved one under its name" answers 0
kept "under its name for a while"
chmod 777 "$file"
check "E19 all may write to it now" answers 126
chmod 755 "$file"
check "E19 nobody else may" answers 0
kept "nobody else's for a while"
chown $user "$file"
check "E19 it is that user's now" answers 126
chown 0:0 "$file"
check "E19 it is root's" answers 0
chmod 777 "$SAFE"
as_user sh -c "cp /usr/bin/true $SAFE/theirs && mv -f $SAFE/theirs $file" || exit 99
check "E19 all may write to its folder, and somebody did" answers 126
chmod 755 "$SAFE"
check "E19 what lies there is still somebody's" answers 126
cp "$WORK/first" "$SAFE/new" && mv "$SAFE/new" "$file"
check "E19 it is root's again" answers 0
ln -f "$file" "$SAFE/beside" && rm "$file" && cp "$WORK/second" "$file"
check "E19 the approved one has another name, a revoked one has its" answers 126
mv "$SAFE/beside" "$file"
check "E19 it is back" answers 0
# within one tick of the clock that a change is stamped with
soon=0
for turn in $(seq 60); do
	cat "$WORK/first" >"$file"
	answers 0 2>/dev/null || soon=$((soon + 1000))
	cat "$WORK/second" >"$file"
	answers 126 2>/dev/null || soon=$((soon + 1))
done
check "E19 changed right behind an answer, 60 times ($soon)" [ $soon = 0 ]
: >stop
wait $runner
check "E19 what is said to be kept was" grep -Eq '^modseal: programs .* judged, +([5-9]|[1-9][0-9]+) by kept verdicts' "$WORK/log"
# three times at once, what was changed in this very second: of that nothing is kept
at_once() { # at_once COUNTS
	# shellcheck disable=SC2016 # expanded there
	run sh -c '"$0"; "$0"; "$0"' "$file" >"$WORK/out" 2>"$WORK/err" && grep -Eq "^modseal: programs +$1 by kept verdicts" "$WORK/err" ||
		{ cat "$WORK/out" "$WORK/err" >&2; return 1; }
}
fresh_at_once() { # the machine may be slow
	for turn in 1 2 3 4 5; do
		cat "$WORK/first" >"$file"
		at_once '4 judged, +0' && return
	done
	return 1
}
check "E19 changed in this second: nothing is kept" fresh_at_once
sleep 2
check "E19 changed before: it is judged once" at_once '2 judged, +2'
run_options=
# by the program itself, which asks again without a pause: root's clock is not waited for
policy=policy.yaml

# ---- E20 ----------------------------------------------------------------------------------
plugins=$OURS/plugins
mkdir "$plugins" && chown $user "$plugins"
policy_of sealing.yaml "{path: $plugins/*, signers: [release], owners: [root, caller], identity: unbound}" >/dev/null
# second() lies on a page of its own
body() {
	printf '%s\n' "int payload(void) { return 4711; }" \
		"__attribute__((aligned(4096))) int second(void) { return $1; }" \
		"__attribute__((aligned(4096))) int third(void) { return 3; }"
}
built() {
	body "$2" >"$WORK/plugin.c"
	${CC:-cc} -O1 -shared -fPIC -o "$WORK/plugin.so" "$WORK/plugin.c" &&
		"$MODSEAL" sign --key "$SAFE/release.key" --certificate "$SAFE/release.pem" "$WORK/plugin.so" >/dev/null &&
		cp "$WORK/plugin.so" "$1" && chown $user "$1"
}
built "$WORK/old.so" 1 && built "$WORK/new.so" 2 || exit 99
policy=sealing.yaml
# overwritten WITH: what a library says that is overwritten in place once it is loaded
overwritten() {
	cp "$WORK/old.so" "$plugins/plugin.so" && chown $user "$plugins/plugin.so" && rm -f "$OURS/go"
	: >"$WORK/said" # else it may still say what the last one did
	"$@" "$loader" outlive "$plugins/plugin.so" "$OURS/go" >"$WORK/said" 2>"$WORK/err" &
	runner=$!
	for turn in $(seq 200); do grep -q loaded "$WORK/said" && break; sleep 0.02; done
	# not cut first: that would take away what the process has changed of it
	dd if="$WORK/new.so" of="$plugins/plugin.so" conv=notrunc 2>/dev/null
	: >"$OURS/go"
	wait $runner
	tail -n 1 "$WORK/said"
}
says_second() { want=$1; shift; got=$(overwritten "$@"); [ "$got" = "second: $want" ] || { echo "$got" >&2; cat "$WORK/err" >&2; return 1; }; }
check "E20 overwritten once loaded: its new code runs without run" says_second 2 as_user
run_options=--seal
check "E20 with --seal the old code runs on" says_second 1 run
cp "$WORK/old.so" "$plugins/plugin.so" && chown $user "$plugins/plugin.so"
# what one process has of a copy is nothing that others wait for
# shellcheck disable=SC2016 # expanded there
check "E20 with --seal the mode and times of a copy are changed, and it is used" run sh -c \
	'"$0" map-touched "$1" 600 && "$2" dlopen "$1" && "$0" map-touched "$1" 0 && exec "$2" dlopen "$1"' \
	"$hostile" "$plugins/plugin.so" "$loader"
check "E20 with --seal a copy has a lease, and others load it" run "$hostile" map-leased "$plugins/plugin.so" \
	"$loader" dlopen "$plugins/plugin.so"
# shellcheck disable=SC2016 # expanded there
twice='for number in 1 2 3 4 5 6 7 8; do "$0" dlopen "$1" & all="$all $!"; done; for one in $all; do wait $one || exit 1; done'
check "E20 several processes load it at once" run sh -c "$twice" "$loader" "$plugins/plugin.so"
run_options=
check "E20 without --seal it is refused" caught dlopen "$plugins/plugin.so" "$loader" dlopen "$plugins/plugin.so"
check "E20 and what to do is told" grep -q -e --seal "$WORK/err"
run_options=--seal
cp "$EVIL" "$plugins/evil.so"
marks "E20 with --seal, one that nobody signed" "$plugins/evil.so" "$loader" dlopen "$plugins/evil.so"
{ cat "$WORK/old.so"; echo; } >"$plugins/changed.so"
check "E20 with --seal, one that was changed" caught dlopen "$plugins/changed.so" "$loader" dlopen "$plugins/changed.so"
bypass "E20 with --seal, mapped past the ways of the dynamic linker" EACCES "$plugins/plugin.so" "$hostile" map-only "$plugins/plugin.so"
check "E20 and why it got no copy is told" grep -q '; it is given a sealed copy .* O_CLOEXEC only' "$WORK/err"
# what is given to a process it could have opened itself, and what root may open is more: so nothing is
by_root() {
	timeout -k 5 60 "$SAFE/bin/modseal" run --policy "$SAFE/$policy" --anchor "$SAFE/policy.pem" --seal --summary -- \
		setpriv --reuid $user --regid $user --clear-groups "$@" >"$WORK/out" 2>"$WORK/err"
}
not_by_root() {
	! by_root "$loader" dlopen "$plugins/plugin.so" && one_record "$plugins/plugin.so" && grep -q '^modseal: 0 opens answered' "$WORK/err" &&
		grep -q "neither root nor the caller .*; .caller. is who started" "$WORK/err" || { cat "$WORK/out" "$WORK/err" >&2; return 1; }
}
check "E20 with --seal by root, for a program that became another user: what root protects" by_root "$hostile" map-only "$good"
check "E20 with --seal by root, for a program that became another user: nothing is copied" not_by_root
# the same where each of its rights alone is another: on a file system whose owners nobody asks about
ram=$REAL/ram
mkdir "$ram"
if mount -t ramfs none "$ram" 2>/dev/null; then
	mounts="$mounts $ram"
	cp "$WORK/old.so" "$ram/plugin.so" && chown $user "$ram" "$ram/plugin.so"
	policy_of ram.yaml "{path: $ram/*, signers: [release], identity: unbound}" >/dev/null
	policy=ram.yaml
	# copied NUMBER WORD...: so many opens of a program with these rights are answered; $by: who starts it
	copied() {
		wanted=$1
		shift
		# shellcheck disable=SC2086 # several words, or none
		timeout -k 5 60 $by "$SAFE/bin/modseal" run --policy "$SAFE/$policy" --anchor "$SAFE/policy.pem" --seal --summary -- \
			"$@" "$loader" dlopen "$ram/plugin.so" >"$WORK/out" 2>"$WORK/err"
		grep -q '^[sw]' "$WORK/out" && grep -q "^modseal: $wanted opens answered" "$WORK/err" ||
			{ cat "$WORK/out" "$WORK/err" >&2; return 1; }
	}
	by=
	check "E20 with --seal, the same rights: a copy" copied 1
	# more than what is read of a process has room for: what is behind them, too, is not compared
	by="setpriv --groups $(seq -s , 10000 14000)"
	check "E20 with --seal, more groups than can be compared: none" copied 0
	by=
	check "E20 with --seal, another group: none" copied 0 setpriv --regid $user --keep-groups
	check "E20 with --seal, other groups beside it: none" copied 0 setpriv --groups $user
	check "E20 with --seal, fewer capabilities: none" copied 0 setpriv --bounding-set=-kill
	few=-all,+setuid,+sys_ptrace,+dac_read_search
	by="setpriv --reuid $user --regid $user --clear-groups --inh-caps=$few --ambient-caps=$few"
	check "E20 with --seal, a user with few capabilities: a copy" copied 1
	check "E20 with --seal, another user with as many: none" copied 0 setpriv --reuid 4711 --keep-groups
	policy=sealing.yaml
else
	skip "E20 with --seal, each right by itself" "no ramfs may be mounted here"
fi
# what audit mode lets pass is told as well where a copy of it could be given: it has no name in it
mode=audit policy_of auditing.yaml "{path: $plugins/*, signers: [release], owners: [root, caller]}" >/dev/null
policy=auditing.yaml
audited() {
	run "$loader" dlopen "$plugins/plugin.so" >/dev/null 2>"$WORK/err" &&
		grep -q "^modseal: '$plugins/plugin.so': would be refused: " "$WORK/err" || { cat "$WORK/err" >&2; return 1; }
}
check "E20 with --seal in audit mode, one that would be refused is told" audited
# a rule that enforces does so in a policy that audits
mode=audit policy_of rule.yaml "{path: $plugins/*, signers: [release], owners: [root, caller], identity: unbound, mode: enforce}" >/dev/null
policy=rule.yaml
check "E20 in audit mode, a rule that enforces" caught dlopen "$plugins/evil.so" "$loader" dlopen "$plugins/evil.so"
chmod 666 "$plugins/evil.so"
check "E20 in audit mode, a rule that enforces: written by all" caught dlopen "$plugins/evil.so" "$loader" dlopen "$plugins/evil.so"
check "E20 in audit mode, what another rule is for passes" run "$hostile" map-only "$OURS/code"
run_options=
policy=policy.yaml
