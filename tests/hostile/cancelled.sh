#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A thread that is cancelled (pthread_cancel(3)) while it opens, reloads, judges processes,
# records, loads or unloads leaves no lock behind, and nothing half done.
. tests/lib.sh
. tests/policy.sh
CC=${CC:-gcc}

cd "$WORK" || exit 99
echo 'int answer(void) { return 42; }' >answer.c
"$CC" -shared -fPIC -Wl,-soname,libanswer.so.1 -o lib/libanswer.so.1 answer.c
cp "$BUILD/tests/hosts/cancelled" host
sign_with release lib/*.so.1 host >.sign || exit 99
# the C library opens it to end a thread
unwinder=$(realpath "$("$CC" -print-file-name=libgcc_s.so.1)")
check "the policy is signed" write_policy policy.yaml "process: {preload: [$unwinder]}" "records: {to: [file], file: $REAL/records}" \
	"rule:{path: $REAL/host, kind: program, signers: [release], owners: [root, caller]}"
check "the host ends" timeout 100 ./host "$REAL/policy.yaml" "$REAL/policy.pem" "$REAL/lib/libanswer.so.1"
cp .out said
for call in open reload process running record load "load again" unload; do
	check "a thread that is cancelled before $call has its answer first, and so have others" \
		grep -qx "$call: OK, later OK" said
done
