#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R15 R23 For each form, through the whole pipeline under a policy: a small signed library is
# accepted; with any bit flipped, cut at any length, or with any byte before or behind it, it is
# not; nor is it with its signature file changed so.
. tests/lib.sh
. tests/policy.sh

mkdir "$LIB/detached" "$LIB/ima" "$LIB/catalog"
# as small as a linker makes it
build_library "$LIB/libsmall.so.1" libsmall.so.1 'int f(void) { return 1; }' -nostdlib -s \
	-fno-asynchronous-unwind-tables -Wl,-z,noseparate-code -Wl,-z,max-page-size=4096 \
	-Wl,-z,norelro -Wl,--build-id=none || exit 99
"$MODSEAL" strip --output "$LIB/detached/libsmall.so.1" "$LIB/libsmall.so.1" >"$WORK/log" || exit 99
sign_with release --detached "$LIB/detached/libsmall.so.1" >"$WORK/log" || exit 99
cp "$LIB/detached/libsmall.so.1" "$LIB/ima/"
cp "$LIB/detached/libsmall.so.1" "$LIB/catalog/"
{ "$MODSEAL" keygen lister --directory "$REAL" &&
	sign_with release --ima --detached "$LIB/ima/libsmall.so.1" &&
	"$MODSEAL" catalog create --name base --serial 1 --output "$REAL/base.cat" --key "$REAL/lister.key" \
		--certificate "$REAL/lister.pem" "$LIB/catalog/libsmall.so.1" &&
	write_policy "$REAL/policy.yaml" "catalogs: [{name: base, file: base.cat, signers: [lister]}]" \
		"signer:lister: {trust: pinned, purposes: [catalog], certificate-file: $REAL/lister.pem, certificate-sha256: \
$(sha256sum "$REAL/lister.pem" | cut -d' ' -f1)}" \
		"rule:{path: $LIB/detached/*, evidence: [detached], signers: [release], owners: [root, caller]}" \
		"rule:{path: $LIB/ima/*, evidence: [ima], signers: [release], owners: [root, caller]}" \
		"rule:{path: $LIB/catalog/*, evidence: [catalog], catalog: base, owners: [root, caller]}"
} >"$WORK/log" || exit 99
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
check "ima: no changed file is accepted" mutations "$LIB/ima/libsmall.so.1" "$LIB/ima/libsmall.so.1"
check "ima: no changed signature is accepted" \
	mutations "$LIB/ima/libsmall.so.1" "$LIB/ima/libsmall.so.1.sig"
check "catalog: no changed file is accepted" \
	mutations "$LIB/catalog/libsmall.so.1" "$LIB/catalog/libsmall.so.1"
sed 's/^/  /' "$WORK/results"
