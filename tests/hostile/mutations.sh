#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R15 R23 For each form, through the whole pipeline under a policy: a small signed library is
# accepted; with any bit flipped, cut at any length, or with any byte before or behind it, it is
# not; nor is it with its signature file changed so.
. tests/lib.sh
. tests/policy.sh

mkdir "$LIB/detached"
write_policy "$REAL/policy.yaml" \
	"rule:{path: $LIB/detached/*, evidence: [detached], signers: [release], owners: [root, caller]}" \
	>"$WORK/log" || exit 99
# as small as a linker makes it
build_library "$LIB/libsmall.so.1" libsmall.so.1 'int f(void) { return 1; }' -nostdlib -s \
	-fno-asynchronous-unwind-tables -Wl,-z,noseparate-code -Wl,-z,max-page-size=4096 \
	-Wl,-z,norelro -Wl,--build-id=none || exit 99
"$MODSEAL" strip --output "$LIB/detached/libsmall.so.1" "$LIB/libsmall.so.1" >"$WORK/log" || exit 99
sign_with release --detached "$LIB/detached/libsmall.so.1" >"$WORK/log" || exit 99
mutations() { # mutations LIBRARY FILE: and more than eight for each of its bytes
	"$BUILD/tests/hosts/mutations" "$REAL/policy.yaml" "$REAL/policy.pem" "$1" "$2" >"$WORK/result"
	status=$?
	tail -n 3 "$WORK/result" | tee -a "$WORK/results"
	[ "$status" = 0 ] && [ "$(sed -n 's/ tried.*//p' "$WORK/result")" -ge $((10 * $(stat -c %s "$2"))) ]
}
check "appended: no changed file is accepted" mutations "$LIB/libsmall.so.1" "$LIB/libsmall.so.1"
check "detached: no changed file is accepted" \
	mutations "$LIB/detached/libsmall.so.1" "$LIB/detached/libsmall.so.1"
check "detached: no changed signature is accepted" \
	mutations "$LIB/detached/libsmall.so.1" "$LIB/detached/libsmall.so.1.p7s"
sed 's/^/  /' "$WORK/results"
