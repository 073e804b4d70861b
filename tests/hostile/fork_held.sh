#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A process that is forked off while a thread holds a lock of the library has its answers:
# each lock is held over a fork, the decoding of a signer, the record, the list of copies and
# the handle's own two among them.
. tests/lib.sh
. tests/policy.sh
CC=${CC:-gcc}

cd "$WORK" || exit 99
echo 'int answer(void) { return 42; }' >answer.c
"$CC" -shared -fPIC -Wl,-soname,libanswer.so.1 -o lib/libanswer.so.1 answer.c
cp "$BUILD/tests/hosts/fork_held" host
sign_with release host >.sign || exit 99
# by another, who so is decoded when the library is checked
sign_with other lib/*.so.1 >.sign || exit 99
check "the policy is signed" write_policy policy.yaml "records: {to: [file], file: $REAL/records, per-minute: 1000}" \
	"rule:{path: $REAL/host, kind: program, signers: [release], owners: [root, caller]}" \
	"rule:{path: $LIB/**, signers: [other], owners: [root, caller]}"
timeout 200 ./host "$REAL/policy.yaml" "$REAL/policy.pem" "$REAL/lib/libanswer.so.1" >said 2>&1
all_places() {
	places=$(sed -n 's/^\([0-9]*\) places$/\1/p' said)
	[ "${places:-0}" -ge 26 ] || { cat said >&2; return 1; }
}
check "whatever is locked is free in a process that was forked off meanwhile" all_places
