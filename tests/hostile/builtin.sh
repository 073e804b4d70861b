#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# R33: a build with an anchor of its own takes no other, no policy of another name, and none below
# the serial it was built with.
. tests/lib.sh
if [ "$(id -u)" != 0 ]; then
	skip "R33 a built-in anchor" "installed files must belong to root"
	exit 0
fi
. tests/sets.sh
for serial in 4 5 6; do make_set "$REAL/s$serial" $serial; done
make_set "$REAL/staging" 6 staging
make_set "$REAL/strange" 6 tests stranger

# only what is compiled in differs, so it is put in front of the library that was built
linked() {
	packaging/anchor.sh "$REAL/policy.pem" tests 5 "" >"$WORK/anchor.c" &&
		${CC:-cc} -Iinclude -c -o "$WORK/anchor.o" "$WORK/anchor.c" &&
		link_command "$REAL/own" "$WORK/anchor.o"
}
if [ "${SANITIZE:-}" ]; then
	skip "R33 a built-in anchor" "not a plain build"
	exit 0
fi
check "the command is linked with an anchor" linked
own() { command=$1; shift; "$REAL/own" policy "$command" "$@" --state "$VAR"; }
puts() { own install --yes --directory "$ETC" "$@"; }
check "R33 nothing below the built-in serial is installed" refused ROLLBACK puts "$REAL/s4/policy.yaml"
check "R33 and both numbers are named" says "its serial is 4, below the floor 5" puts "$REAL/s4/policy.yaml"
check "what reaches it is" puts "$REAL/s5/policy.yaml"
check "R33 nothing by another key" refused POLICY_SIGNATURE puts "$REAL/strange/policy.yaml"
check "R33 nothing of another name" refused POLICY_NAME own check "$REAL/staging/policy.yaml"
check "R33 no other anchor is taken" exits 2 own check "$REAL/strange/policy.yaml" --anchor "$REAL/stranger.pem"
check "R33 not even the same" exits 2 own check "$REAL/s5/policy.yaml" --anchor "$REAL/policy.pem"
check "R33 nor a directory of them" exits 2 own check "$REAL/s5/policy.yaml" --anchor-directory "$ANCHORS"
check "the next one" puts "$REAL/s6/policy.yaml"
check "R33 is the floor then" says "its serial is 5, below the floor 6" puts "$REAL/s5/policy.yaml"
rm -rf "$ETC" "$VAR"
check "a build without one installs what is older" install "$REAL/s4/policy.yaml"
check "R33 whose floor does not lower the built-in one" refused ROLLBACK own check "$REAL/s4/policy.yaml"
