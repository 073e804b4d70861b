#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What one policy approved of the process is nothing to another policy in the same process.
. tests/lib.sh
. tests/policy.sh
cp "$BUILD/tests/hosts/two_policies" "$REAL/host"
sign_with release "$REAL/host" >"$WORK/log"
allow="rule:{path: $REAL/host, kind: program, signers: [release], owners: [root, caller], identity: unbound}"
check "the open policy is signed" write_policy "$REAL/open.yaml" "$allow"
check "the closed policy is signed" write_policy "$REAL/closed.yaml"
check "another open one is signed" write_policy "$REAL/other.yaml" "$allow" "x-note: other"
answers() {
	want=$1; shift
	got=$("$REAL/host" "$REAL/policy.pem" "$@" | tr '\n' ' ')
	[ "$got" = "$want" ] || { echo "$got" >&2; return 1; }
}
o=$REAL/open.yaml c=$REAL/closed.yaml p=$REAL/other.yaml
check "R54 the open policy accepts the process" answers "OK OK " "$o" "$o"
check "R54 the closed one does not" answers "PATH_NOT_ALLOWED " "$c"
check "R54 nor after the open one has accepted it" answers "OK PATH_NOT_ALLOWED OK PATH_NOT_ALLOWED " "$o" "$c" "$o" "$c"
check "R54 each policy judges for itself" answers "OK OK PATH_NOT_ALLOWED OK " "$o" "$p" "$c" "$p"
# what is loaded is no proof that the process may have it: this policy was not asked since
build_library "$LIB/libshared.so.1" libshared.so.1 'int shared(void) { return 1; }'
check "one that takes executable memory of no file is signed" write_policy "$REAL/lax.yaml" "$allow" 'process: {anonymous-executable: allow}'
check "and one that takes none" write_policy "$REAL/strict.yaml" "$allow" 'process: {anonymous-executable: refuse}'
given() { LAST_LOADS=$LIB/libshared.so.1 answers "$@"; }
check "R54 a library that another policy let in is loaded once more by that" given "OK load OK load OK " "$REAL/lax.yaml"
check "R54 but by none that does not take the process" given "OK OK load OK load PROCESS_UNVERIFIED " "$REAL/strict.yaml" "$REAL/lax.yaml"
