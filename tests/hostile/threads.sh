#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R115: eight threads verify, load, resolve and unload at once. Also run by check-tsan:
# threads
. tests/lib.sh
CC=${CC:-gcc}

cd "$WORK" || exit 99
real=$(pwd -P)
mkdir lib
echo 'int base(void) { return 40; }' >base.c
echo 'int base(void); int answer(void) { return base() + 2; }' >answer.c
"$CC" -shared -fPIC -Wl,-soname,libbase.so.1 -o lib/libbase.so.1 base.c
"$CC" -shared -fPIC -Wl,-soname,libanswer.so.1 -o lib/libanswer.so.1 answer.c lib/libbase.so.1
cp "$BUILD/tests/hosts/threads" host
"$MODSEAL" keygen release >/dev/null
"$MODSEAL" keygen policy >/dev/null
"$MODSEAL" sign --key release.key --certificate release.pem lib/*.so.1 host >/dev/null
cp lib/libanswer.so.1 lib/libbad.so.1
printf '\1' | dd of=lib/libbad.so.1 bs=1 seek=4096 conv=notrunc 2>/dev/null
cat >policy.yaml <<END
modseal-policy: 1
name: threads
serial: 1
issued: 2026-01-01T00:00:00Z
mode: enforce
search: [$real/lib, /usr/lib/$($CC -print-multiarch)]
signers:
  release:
    trust: pinned
    certificate-file: release.pem
    certificate-sha256: "$(sha256sum release.pem | cut -d ' ' -f 1)"
    purposes: [library, program]
rules:
  - {path: $real/lib/*, signers: [release], owners: [caller]}
  - {path: $real/host, kind: program, signers: [release], owners: [caller]}
  - {path: /usr/lib/**, evidence: [protected-path]}
END
check "the policy is signed" "$MODSEAL" policy sign policy.yaml --key policy.key \
	--certificate policy.pem
check "R115 eight threads get the same verdicts and the same symbols" \
	./host "$real/policy.yaml" "$real/policy.pem" "$real/lib/libanswer.so.1" \
	"$real/lib/libbad.so.1" SIGNATURE_INVALID
