#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# R33: installing a policy, interrupted at every moment, without room, twice at once, and
# beside others who open what is in force: always the old set or the new one, whole.
# a disk would be waited for a thousand times; what a power cut leaves is not tried here
[ ! -w /dev/shm ] || TMPDIR=/dev/shm
. tests/lib.sh
if [ "$(id -u)" != 0 ]; then
	skip "R33 installing" "installed files must belong to root"
	exit 0
fi
. tests/sets.sh
"$MODSEAL" keygen successor --directory "$REAL" >"$WORK/.keygen" || exit 99
make_set "$REAL/s1" 1
# the one that is installed hands over to another key, so that more than a serial changes
make_set "$REAL/s2" 2 tests policy other
cp "$REAL/successor.pem" "$REAL/s2"
printf 'policy-signers: {certificates: [{certificate-file: successor.pem, certificate-sha256: "%s"}]}\n' \
	"$(sha256sum "$REAL/successor.pem" | cut -d' ' -f1)" >>"$REAL/s2/policy.yaml"
"$MODSEAL" policy sign --force "$REAL/s2/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/.signed" || exit 99
make_set "$REAL/s3" 3 tests successor other
make_set "$REAL/thief" 9 tests policy other
check "a set is installed" install "$REAL/s1/policy.yaml"
cp -a "$ETC" "$REAL/etc.old"
cp -a "$VAR" "$REAL/var.old"
afresh() { rm -rf "$ETC" "$VAR"; cp -a "$REAL/etc.old" "$ETC"; cp -a "$REAL/var.old" "$VAR"; }
# whole: the old or the new set is in force with all it names, and below no floor; the
# floor is not above it, or it would not be
whole() {
	installed "policy show" --json >"$WORK/.now" || { echo "neither: $(cat "$WORK/.now")" >&2; return 1; }
	case $(cat "$WORK/.now") in
	*'"serial": 1,'*'"floor": "1"'*) old=$((old + 1)) ;;
	*'"serial": 2,'*'"floor": "1"'*) between=$((between + 1)) ;;
	*'"serial": 2,'*'"floor": "2"'*) new=$((new + 1)) ;;
	*) cat "$WORK/.now" >&2; return 1 ;;
	esac
}
finishes() { install "$REAL/s2/policy.yaml" >"$WORK/.again" && serial_is 2 && floor_is 2; }
# whatever was interrupted, once the new set is in force nothing goes back, and only the
# successor goes on
goes_on() {
	grep -q '"serial": 2,' "$WORK/.now" || return 0
	for set in s1 thief; do
		! install "$REAL/$set/policy.yaml" >"$WORK/.back" 2>&1 || { echo "$set is accepted" >&2; return 1; }
	done
	serial_is 2 && install "$REAL/s3/policy.yaml" >"$WORK/.again" && serial_is 3
}

# ---- kill -9 -------------------------------------------------------------------------------

# at each system call that changes something, one after the other
calls="mkdirat write fsync renameat symlinkat unlinkat"
killed_at() { # killed_at CALL N: true if there was an Nth
	strace -qq -o "$WORK/.trace" -e trace="$1" -e inject="$1:signal=KILL:when=$2" \
		"$MODSEAL" policy install "$REAL/s2/policy.yaml" --anchor-directory "$ANCHORS" \
		--directory "$ETC" --state "$VAR" --yes >"$WORK/.out1" 2>&1
	grep -q 'killed by SIGKILL' "$WORK/.trace"
}
at_every_call() {
	old=0 between=0 new=0 killed=0
	for call in $calls; do
		at=1
		while afresh && killed_at "$call" $at; do
			whole || { echo "killed at $call $at" >&2; return 1; }
			finishes || { echo "killed at $call $at, does not finish" >&2; return 1; }
			installed "policy show" --json >"$WORK/.now" && goes_on ||
				{ echo "killed at $call $at, does not go on" >&2; return 1; }
			at=$((at + 1)) killed=$((killed + 1))
		done
		[ $at -gt 1 ] || { echo "no $call" >&2; return 1; }
	done
	echo "# killed at each of $killed calls: $old times the old set, $between the new with the old floor, $new the new" >>"$WORK/told"
	[ "$old" -gt 0 ] && [ "$between" -gt 0 ] && [ "$new" -gt 0 ]
}
if command -v strace >/dev/null && [ -z "${SANITIZE:-}" ]; then
	check "R33 killed at any call, the old or the new set is in force" at_every_call
	first_ever() { # nothing was there before: nothing, or the set
		none=0 some=0
		for call in $calls; do
			at=1
			while rm -rf "$ETC" "$VAR" && killed_at "$call" $at; do
				if [ -e "$ETC/policy.yaml" ]; then
					serial_is 2 || { echo "killed at $call $at" >&2; return 1; }
					some=$((some + 1))
				else
					none=$((none + 1))
				fi
				finishes || { echo "killed at $call $at, does not finish" >&2; return 1; }
				at=$((at + 1))
			done
		done
		[ $none -gt 0 ] && [ $some -gt 0 ]
	}
	check "R33 so it is with the first set of a system" first_ever
else
	skip "R33 killed at any call" "no strace here"
fi

# What a power cut leaves is what was synced: each file before it gets its name, each name
# before the next step, and the floor last.
ordered() {
	afresh
	strace -qq -y -o "$WORK/.trace" -e trace=write,fsync,renameat,renameat2,rename \
		"$MODSEAL" policy install "$REAL/s2/policy.yaml" --anchor-directory "$ANCHORS" --directory "$ETC" \
		--state "$VAR" --yes >"$WORK/.out1" || return 1
	awk -v places="$ETC|$VAR" '
		function path(text) { match(text, /<[^>]*>/); return substr(text, RSTART + 1, RLENGTH - 2) }
		$0 !~ places { next }
		/^write\(/ { written[path($0)] = NR; files++ }
		/^fsync\(/ { delete written[path($0)]; delete named[path($0)] }
		/^rename/ {
			for (file in written) { print "not synced before a rename: " file; bad = 1 }
			for (place in named) { print "not synced between renames: " place; bad = 1 }
			split($0, names, "\"")
			order = order " " names[4]
			named[path($0)] = NR
		}
		END {
			for (place in named) { print "not synced at the end: " place; bad = 1 }
			if (order !~ /^ [0-9a-f]+ previous current state$/) { print "in another order:" order; bad = 1 }
			exit bad || files < 4
		}' "$WORK/.trace" >&2
}
if command -v strace >/dev/null && [ -z "${SANITIZE:-}" ]; then
	check "R33 what a power cut would leave was synced before it is relied on" ordered
else
	skip "R33 the order of writing" "no strace here"
fi

# at random moments, as a power button would
MOMENTS=${MOMENTS:-30}
at_random() {
	old=0 between=0 new=0 round=0
	while [ "$round" -lt "$MOMENTS" ]; do
		round=$((round + 1))
		afresh
		timeout -s KILL "$(shuf -i 1-"$longest" -n 1 | awk '{printf "%.4f", $1 / 10000}')" \
			"$MODSEAL" policy install "$REAL/s2/policy.yaml" --anchor-directory "$ANCHORS" \
			--directory "$ETC" --state "$VAR" --yes >"$WORK/.out1" 2>&1
		# timeout may be gone before what it killed, which holds its locks to the end
		flock "$ETC/.lock" flock "$VAR/.lock" true
		whole || { echo "round $round" >&2; return 1; }
		[ $((round % 5)) = 0 ] || continue
		if [ $((round % 10)) = 0 ]; then finishes; else goes_on; fi || { echo "round $round does not go on" >&2; return 1; }
	done
	echo "# killed at $MOMENTS moments: $old times the old set, $between the new with the old floor, $new the new" >>"$WORK/told"
	[ "$old" -gt 0 ] && [ "$new" -gt 0 ]
}
afresh
started=$(date +%s%N)
check "R33 an installation that is not interrupted" finishes
# some of the moments lie behind its end
longest=$((($(date +%s%N) - started) / 100000))
check "R33 killed at $MOMENTS random moments, the old or the new set is in force" at_random

# ---- no room -------------------------------------------------------------------------------

full() { # full MOUNTPOINT SIZE: the old set stays in force, whatever does not fit
	afresh
	mkdir -p "$REAL/small"
	mount -t tmpfs -o "size=$2,mode=755" none "$REAL/small" || return 1
	cp -a "$1/." "$REAL/small" && rm -rf "$1" && ln -s "$REAL/small" "$1"
	head -c 1M /dev/zero >"$REAL/small/filler" 2>/dev/null
	refused RESOURCE install "$REAL/s2/policy.yaml" && serial_is 1 && floor_is 1 &&
		[ -z "$(find "$REAL/small/sets" -name .new 2>/dev/null)" ] &&
		rm "$REAL/small/filler" && finishes
	result=$?
	rm "$1"
	umount "$REAL/small"
	return $result
}
if unshare -m true 2>/dev/null && mkdir "$REAL/probe" && mount -t tmpfs none "$REAL/probe" 2>/dev/null; then
	umount "$REAL/probe"
	check "R33 no room for the set: the old one stays" full "$ETC" 64k
	check "R33 no room for the state: the old set stays" full "$VAR" 16k
else
	skip "R33 no room" "mounting is not allowed here"
fi
rm -rf "$ETC" "$VAR"

# ---- two at once ---------------------------------------------------------------------------

afresh
together() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		afresh
		install "$REAL/s2/policy.yaml" --json >"$WORK/.one" &
		one=$!
		install "$REAL/s2/policy.yaml" --json >"$WORK/.two" &
		two=$!
		wait $one; first=$?
		wait $two; second=$?
		[ $first = 0 ] || [ $second = 0 ] || return 1
		for answer in "$WORK/.one" "$WORK/.two"; do
			grep -qE '"code": "(OK|CHANGED)"' "$answer" || { cat "$answer" >&2; return 1; }
		done
		serial_is 2 && floor_is 2 || return 1
	done
}
check "R33 two installations at once: one, or one after the other" together
held() { flock "$ETC/.lock" "$@"; }
check "R33 a second one is told of the first" refused CHANGED held "$MODSEAL" policy install "$REAL/s2/policy.yaml" \
	--anchor-directory "$ANCHORS" --directory "$ETC" --state "$VAR" --yes
held_state() { flock "$VAR/.lock" "$@"; }
check "R33 one with the same state, too" refused CHANGED held_state "$MODSEAL" policy install "$REAL/s2/policy.yaml" \
	--anchor-directory "$ANCHORS" --directory "$ETC" --state "$VAR" --yes

# ---- beside others who open it -------------------------------------------------------------

# sets whose files have the same names and differ: what is read of two is refused
opened_beside() {
	: >"$WORK/stop"
	serial=3 signer=release
	while [ -e "$WORK/stop" ]; do
		make_set "$REAL/next" $serial tests policy $signer && install "$REAL/next/policy.yaml" ||
			{ echo "not installed" >&2; break; }
		serial=$((serial + 1))
		[ $signer = release ] && signer=other || signer=release
	done >"$WORK/.installing" 2>&1 &
	installer=$!
	round=0 bad=0 end=$(($(date +%s) + 6))
	while [ "$(date +%s)" -lt "$end" ]; do
		round=$((round + 1))
		installed "policy check" >"$WORK/.checked" 2>&1 || { bad=$((bad + 1)); cat "$WORK/.checked" >&2; }
	done
	rm "$WORK/stop"
	wait $installer
	switched=$(grep -c ': installed$' "$WORK/.installing")
	echo "# $round times opened while $switched were installed" >>"$WORK/told"
	[ $bad = 0 ] && [ $round -gt 20 ] && [ "$switched" -gt 10 ] && ! grep -q '^not' "$WORK/.installing"
}
afresh
check "R33 opened while sets are switched: the one or the other, whole" opened_beside
cat "$WORK/told"
