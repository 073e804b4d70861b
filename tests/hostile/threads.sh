#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R115: eight threads verify, load, resolve and unload at once. Also run by check-tsan:
# threads
. tests/lib.sh
. tests/policy.sh
CC=${CC:-gcc}

cd "$WORK" || exit 99
echo 'int base(void) { return 40; }' >base.c
echo 'int base(void); int answer(void) { return base() + 2; }' >answer.c
"$CC" -shared -fPIC -Wl,-soname,libbase.so.1 -o lib/libbase.so.1 base.c
"$CC" -shared -fPIC -Wl,-soname,libanswer.so.1 -o lib/libanswer.so.1 answer.c lib/libbase.so.1
cp "$BUILD/tests/hosts/threads" host
sign_with release lib/*.so.1 host >.sign || exit 99
cp lib/libanswer.so.1 lib/libbad.so.1
printf '\1' | dd of=lib/libbad.so.1 bs=1 seek=4096 conv=notrunc 2>/dev/null
check "the policy is signed" write_policy policy.yaml \
	"rule:{path: $REAL/host, kind: program, signers: [release], owners: [root, caller]}"
check "R115 eight threads get the same verdicts and the same symbols" \
	./host "$REAL/policy.yaml" "$REAL/policy.pem" "$REAL/lib/libanswer.so.1" \
	"$REAL/lib/libbad.so.1" SIGNATURE_INVALID
