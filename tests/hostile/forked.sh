#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A context that was opened before a fork serves the threads of the child, from the first
# records on, which they write at once. Also run by check-tsan:
# threads
. tests/lib.sh
CC=${CC:-gcc}

cd "$WORK" || exit 99
real=$(pwd -P)
echo 'int answer(void) { return 42; }' >answer.c
"$CC" -shared -fPIC -Wl,-soname,libanswer.so.1 -o libanswer.so.1 answer.c
for key in release policy; do
	"$MODSEAL" keygen $key >/dev/null || exit 99
done
"$MODSEAL" sign --key release.key --certificate release.pem libanswer.so.1 >/dev/null
cat >policy.yaml <<END
modseal-policy: 1
name: forked
serial: 1
issued: 2026-01-01T00:00:00Z
records: {to: [file], file: $real/records, per-minute: 1000}
signers:
  release: {trust: pinned, certificate-file: release.pem, certificate-sha256: "$(sha256sum release.pem | cut -d ' ' -f 1)"}
rules:
  - {path: $real/*, signers: [release], owners: [caller]}
END
check "the policy is signed" "$MODSEAL" policy sign policy.yaml --key policy.key --certificate policy.pem
check "threads of forked processes have their answers" "$BUILD/tests/hosts/forked" "$real/policy.yaml" \
	"$real/policy.pem" "$real/libanswer.so.1" 20
whole() { [ "$(grep -c '^{.*}$' records)" = 160 ] && [ "$(wc -l <records)" = 160 ]; }
check "... and each of them is recorded, whole" whole
