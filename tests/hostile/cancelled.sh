#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A thread that is cancelled (pthread_cancel(3)) while it opens, reloads, judges processes,
# records, loads or unloads leaves no lock behind, and nothing half done.
. tests/lib.sh
CC=${CC:-gcc}

cd "$WORK" || exit 99
real=$(pwd -P)
mkdir lib
echo 'int answer(void) { return 42; }' >answer.c
"$CC" -shared -fPIC -Wl,-soname,libanswer.so.1 -o lib/libanswer.so.1 answer.c
cp "$BUILD/tests/hosts/cancelled" host
for key in release policy; do
	"$MODSEAL" keygen $key >/dev/null || exit 99
done
"$MODSEAL" sign --key release.key --certificate release.pem lib/*.so.1 host >/dev/null
# the C library opens it to end a thread
unwinder=$(realpath "$("$CC" -print-file-name=libgcc_s.so.1)")
cat >policy.yaml <<END
modseal-policy: 1
name: cancelled
serial: 1
issued: 2026-01-01T00:00:00Z
mode: enforce
search: [$real/lib, /usr/lib/$($CC -print-multiarch)]
process: {preload: [$unwinder]}
records: {to: [file], file: $real/records}
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
check "the policy is signed" "$MODSEAL" policy sign policy.yaml --key policy.key --certificate policy.pem
check "the host ends" timeout 100 ./host "$real/policy.yaml" "$real/policy.pem" "$real/lib/libanswer.so.1"
cp .out said
for call in open reload process running record load "load again" unload; do
	check "a thread that is cancelled before $call has its answer first, and so have others" \
		grep -qx "$call: OK, later OK" said
done
