#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R33, R79: the rollback state: serial floors, and a state that is missing, cut, damaged or
# not only root's.
. tests/lib.sh
if [ "$(id -u)" != 0 ]; then
	skip "R33 installed policies" "their files must belong to root"
	exit 0
fi
. tests/sets.sh
for serial in 1 2 3; do make_set "$REAL/s$serial" $serial; done
check "a set is installed" install "$REAL/s2/policy.yaml"
check "it is in force" serial_is 2
check "R33 with its floor" floor_is 2
library=$(ldd "$MODSEAL" | sed -n 's|.* \(/[^ ]*libc\.so\.6\) .*|\1|p' | xargs realpath)

# R33: serials, by the state alone: the policy lies anywhere
under() { file=$1; shift; "$MODSEAL" policy check "$file" --anchor-directory "$ANCHORS" --state "$VAR" "$@"; }
check "R33 a serial below the floor is refused" refused ROLLBACK under "$REAL/s1/policy.yaml"
check "R33 and both numbers are named" says "its serial is 1, below the floor 2" under "$REAL/s1/policy.yaml"
check "R33 a serial at the floor is accepted" under "$REAL/s2/policy.yaml"
check "R33 a serial above it too" under "$REAL/s3/policy.yaml"
check "R33 an own anchor with this state has the same floor" refused ROLLBACK \
	"$MODSEAL" policy check "$REAL/s1/policy.yaml" --anchor "$REAL/policy.pem" --state "$VAR"
make_set "$REAL/twin" 2 tests policy other
check "R33 another text with the serial of the floor is refused" refused ROLLBACK under "$REAL/twin/policy.yaml"
check "R33 and told why" says "its serial is 2, with which another text was installed" under "$REAL/twin/policy.yaml"
check "R33 and what to do" says "give it a serial of 3 or higher" under "$REAL/twin/policy.yaml"
check "R33 it is not installed either" refused ROLLBACK install "$REAL/twin/policy.yaml"
make_set "$REAL/staging" 1 staging
check "R33 a policy of another name is refused" refused POLICY_NAME under "$REAL/staging/policy.yaml"
check "R33 a floor is its name's" "$MODSEAL" policy check "$REAL/staging/policy.yaml" \
	--anchor "$REAL/policy.pem" --state "$VAR"
make_set "$REAL/second" 1 tests other
check "R33 whoever signs it: of two anchors for one name, none may be below the other" refused ROLLBACK "$MODSEAL" policy check "$REAL/second/policy.yaml" \
	--anchor "$REAL/other.pem" --anchor "$REAL/policy.pem" --state "$VAR"

# no state
none() { "$MODSEAL" verify "$library" --anchor "$REAL/policy.pem" --policy "$REAL/s1/policy.yaml" "$@"; }
check "R33 a context with its own anchors may have no state" none
check "R33 and its verdicts say so" says "remark: no rollback state" none
check "R33 in JSON too" says '"state": "none"' none --json
# shellcheck disable=SC2120 # the arguments come through refused and says
with() { installed verify "$library" "$@"; }
check "R33 with a state they do not" says '"state": "present"' with --json
silent() { ! with | grep -q "rollback state"; }
check "R33 nor in text" silent
cp "$VAR/state" "$REAL/state.good"
rm "$VAR/state"
check "R33 installed anchors without a state are refused" refused STATE_INVALID with
check "R33 and told what to do" says "modseal policy install" with
check "R33 so is a missing state that was asked for" refused STATE_INVALID none --state "$VAR"
check "R33 so is a missing directory of it" refused STATE_INVALID none --state "$REAL/nowhere"

# cut and damaged
for size in 0 1 16 17 100 150 $(($(wc -c <"$REAL/state.good") - 1)); do
	head -c "$size" "$REAL/state.good" >"$VAR/state"
	check "R33 a state cut to $size bytes is refused" refused STATE_INVALID with
done
{ cat "$REAL/state.good"; echo; } >"$VAR/state"
check "R33 a state with a line too many is refused" refused STATE_INVALID with
sed 's/ tests 2 / tests 1 /' "$REAL/state.good" >"$VAR/state"
check "R33 a lowered floor is refused" refused STATE_INVALID with
sed '/^policy:/d' "$REAL/state.good" >"$VAR/state"
check "R33 a floor taken out is refused" refused STATE_INVALID with
check "R33 nothing is installed over a damaged state" refused STATE_INVALID install "$REAL/s3/policy.yaml"
yes x | head -c 3000000 >"$VAR/state"
check "R33 a state larger than can be is refused" refused STATE_INVALID with
rm "$VAR/state"
mkdir "$VAR/state"
check "R33 a directory as state is refused" refused STATE_INVALID with
rmdir "$VAR/state"
mkfifo "$VAR/state"
check "R33 a FIFO as state is refused at once" refused STATE_INVALID timeout 2 "$MODSEAL" verify "$library" \
	--anchor-directory "$ANCHORS" --policy "$ETC/policy.yaml" --state "$VAR"
rm "$VAR/state"

# R79: whose it is
cp "$REAL/state.good" "$VAR/state"
check "the state is restored" with
for loose in "$VAR" "$VAR/state"; do
	chmod o+w "$loose"
	check "R79 others may write ${loose#"$REAL/"}: refused" refused PATH_UNSAFE with
	chmod o-w "$loose"
done
chown 65534 "$VAR/state"
check "R79 a stranger owns the state: refused" refused PATH_UNSAFE with
chown 0 "$VAR/state"
chown 65534 "$VAR"
check "R79 a stranger owns its directory: refused" refused PATH_UNSAFE with
chown 0 "$VAR"
if command -v setfacl >/dev/null && setfacl -m u:65534:rw "$VAR/state" 2>/dev/null; then
	check "R79 an ACL lets a stranger write the state: refused" refused PATH_UNSAFE with
	setfacl -b "$VAR/state"
else
	skip "R79 an ACL on the state" "no ACLs here"
fi
mkdir -m 777 "$REAL/open"
mv "$VAR/state" "$REAL/open/state"
ln -s "$REAL/open/state" "$VAR/state"
check "R79 a link to where others may write: refused" refused PATH_UNSAFE with
rm "$VAR/state"
mkdir "$REAL/kept"
mv "$REAL/open/state" "$REAL/kept/state"
ln -s "$REAL/kept/state" "$VAR/state"
check "R79 a link among root's own directories is followed" with
rm "$VAR/state"
mv "$REAL/kept/state" "$VAR/state"
check "the state is as it was" with

# the time floor: a certificate that expired before the newest policy was issued stays so,
# whatever older `issued` is in force
floor_time() { grep -q "^time-floor: $1\$" "$VAR/state"; }
check "R28 the time floor is the policy's" floor_time 2026-01-01T00:00:00Z
sed -i 's/^issued: .*/issued: 2025-06-01T00:00:00Z/' "$REAL/s3/policy.yaml"
"$MODSEAL" policy sign --force "$REAL/s3/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
check "a set that was issued earlier is installed" install "$REAL/s3/policy.yaml"
check "R28 and the time floor is not lowered" floor_time 2026-01-01T00:00:00Z
ends() { # ends SERIAL: a set whose policy has an end
	make_set "$REAL/s$1" "$1"
	sed -i 's/^issued: .*/&\nexpires: 2099-01-01T00:00:00Z/' "$REAL/s$1/policy.yaml"
	"$MODSEAL" policy sign --force "$REAL/s$1/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
}
late() { # late TIME: the state with another time floor
	grep -v '^sha256: ' "$VAR/state" | sed "s/^time-floor: .*/time-floor: $1/" >"$WORK/lines"
	{ cat "$WORK/lines"; echo "sha256: $(sha256sum "$WORK/lines" | cut -d' ' -f1)"; } >"$VAR/state"
}
ends 4
ends 5
check "a policy with an end" install "$REAL/s4/policy.yaml"
late 2098-12-31T23:59:59Z
check "R28 counts while the time floor of the state is before its end" with
late 2099-01-01T00:00:00Z
check "R28 and no more once that has reached it, whatever the clock says" refused POLICY_EXPIRED with
check "R28 nor is one like it installed" refused POLICY_EXPIRED install "$REAL/s5/policy.yaml"
