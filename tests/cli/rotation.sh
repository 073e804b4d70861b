#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# A signing key is replaced: what devices with the old policy, the new one, and one that
# revokes the old key say of releases by the old key, by both, and by the new one. And roles:
# two signers that must both have signed.
. tests/lib.sh
CC=${CC:-gcc}
WORK=$(realpath "$WORK")
cd "$WORK" || exit 99
modseal() { "$MODSEAL" "$@"; }

for name in policy old new stranger; do modseal keygen "$name" >/dev/null || exit 99; done
modseal keygen ca --ca >/dev/null && modseal keygen issued --issuer ca.key,ca.pem >/dev/null || exit 99
chmod 755 .
echo 'int f(void) { return 1; }' >f.c
mkdir appended detached
for form in appended detached; do
	$CC -shared -fPIC -nostdlib -Wl,-soname,librelease.so.1 -o $form/librelease.so.1 f.c || exit 99
done
cp appended/librelease.so.1 plain.so
spki() { openssl x509 -in "$1.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1; }

# policy NAME REQUIRE SIGNERS [REVOKED...]: one for both folders
policy() {
	name=$1 require=$2 signers=$3
	shift 3
	{
		echo "modseal-policy: 1
name: rotation
serial: 1
issued: 2026-01-01T00:00:00Z
mode: enforce
signers:"
		for signer in $(echo "$signers" | tr -d ,); do
			trust=pinned
			[ "$signer" != ca ] || trust=chain
			echo "  $signer: {trust: $trust, certificate-file: $signer.pem, certificate-sha256: \"$(sha256sum $signer.pem | cut -d ' ' -f 1)\"}"
		done
		echo rules:
		for form in appended detached; do
			echo "  - {path: $WORK/$form/*, evidence: [$form], signers: [$signers], require: $require, owners: [caller]}"
		done
		[ $# = 0 ] || echo "revoked: {keys: [\"$(spki "$1")\"]}"
	} >"$name.yaml"
	modseal policy sign "$name.yaml" --key policy.key --certificate policy.pem >/dev/null || exit 99
}
policy before 1 old
policy during 1 "old, new"
policy after 1 new
policy revoked 1 "old, new" old
policy roles 2 "old, new"
policy chain 1 ca

sign() { # sign KEY OPTION...: both forms
	key=$1
	shift
	modseal sign --key "$key.key" --certificate "$key.pem" "$@" appended/librelease.so.1 &&
		modseal sign --detached --key "$key.key" --certificate "$key.pem" "$@" detached/librelease.so.1
}
verify() { modseal verify --policy "$1.yaml" --anchor policy.pem "$2/librelease.so.1"; }
accepts() { # accepts POLICY [REMARK]: both forms, with this remark about signers or none
	for form in appended detached; do
		verify "$1" $form >said 2>&1 || { cat said >&2; return 1; }
		if [ $# -gt 1 ]; then
			grep -qF "$2" said || { echo "$form: no '$2': $(cat said)" >&2; return 1; }
		elif grep -q 'not counted' said; then
			echo "$form: $(cat said)" >&2
			return 1
		fi
	done
}
refuses() { # refuses POLICY CODE
	for form in appended detached; do
		refused "$2" verify_json "$1" $form || return 1
	done
}
verify_json() { modseal verify --policy "$1.yaml" --anchor policy.pem "$2/librelease.so.1" "$3"; }
unknown="1 signature(s) by unknown signers were not counted"
revoked="1 signature(s) by revoked signers were not counted"

# ---- yesterday: the old key -------------------------------------------------------------

check "a release is signed by the old key" sign old
check "the old policy accepts it" accepts before
check "so does the one for the time between" accepts during
check "the new policy does not know its signer" refuses after SIGNER_NOT_ALLOWED
check "where the old key is revoked, it says so" refuses revoked REVOKED
check "R18 where both must have signed, one is missing" refuses roles SIGNERS_TOO_FEW

# ---- today: both ------------------------------------------------------------------------

cp appended/librelease.so.1 by-old.so
check "the new key signs beside the old one" sign new --append
check "R18 the old policy accepts it, and reports the signer it does not know" accepts before "$unknown"
check "the policy for the time between counts both" accepts during
check "R18 the new policy accepts it, and reports the old one" accepts after "$unknown"
check "R18 where the old key is revoked, the new one counts and this is reported" accepts revoked "$revoked"
check "R18 where both must have signed, both have" accepts roles
both_named() {
	verify roles appended | grep -q 'signed by old and new' &&
		verify_json roles detached --json | grep -qF '"signer": ["old", "new"]'
}
check "and both are named" both_named
tail -c +$(($(stat -c %s plain.so) + 1)) appended/librelease.so.1 | head -c -40 >both.cms
cat old.pem new.pem >both.pem
openssl_verifies() { # openssl wants all signatures to be good
	openssl cms -verify -binary -inform DER -in "$1" -content plain.so -certfile both.pem \
		-CAfile both.pem -purpose any -out /dev/null
}
check "openssl cms accepts both" openssl_verifies both.cms
check "and both of the detached form" openssl_verifies detached/librelease.so.1.p7s
cp appended/librelease.so.1 both.so
check "signing again by either changes nothing" sign old --append
check "and by the new one" sign new --append
check "not a byte" cmp appended/librelease.so.1 both.so
check "unless to replace that one" sign new --append --force
check "both still count" accepts roles

# ---- a wrong signature in the name of one that is known ---------------------------------

cp appended/librelease.so.1 both.so
broken() { # broken KEY: the release by both, with a bit of the signature by one flipped
	cp plain.so appended/librelease.so.1 && cp plain.so other.so && printf x >>other.so &&
		modseal sign --key "$1.key" --certificate "$1.pem" other.so >/dev/null &&
		{ cat plain.so; tail -c +$(($(stat -c %s plain.so) + 2)) other.so; } >appended/librelease.so.1 &&
		modseal sign --append --key "$2.key" --certificate "$2.pem" appended/librelease.so.1
}
refuses_one() { refused "$2" verify_json "$1" appended; }
check "a signature by the old key over other bytes" broken old new
check "R18 wrong, in the name of a known signer: the old policy refuses" refuses_one before SIGNATURE_INVALID
check "R18 so does one that has a good one as well" refuses_one during SIGNATURE_INVALID
accepts_one() { verify "$1" appended | grep -qF "$2"; }
check "R18 to the new policy it is an unknown one" accepts_one after "$unknown"
check "R18 revoked, it counts for nothing" accepts_one revoked "$revoked"
cp both.so appended/librelease.so.1

# ---- tomorrow: the new key only ---------------------------------------------------------

drops() { # the old signature goes: all are replaced by one
	sign new --force && modseal inspect appended/librelease.so.1 | grep -q 'signature.signers: 1$' &&
		modseal strip --output stripped.so appended/librelease.so.1 && cmp stripped.so plain.so
}
check "the old signature is dropped" drops
check "the old policy does not know its signer" refuses before SIGNER_NOT_ALLOWED
check "the policy for the time between accepts it" accepts during
check "the new policy accepts it" accepts after
check "so does the one that revokes the old key" accepts revoked
check "R18 where both must have signed, one is missing" refuses roles SIGNERS_TOO_FEW

# ---- a stranger, and a leaf that brings its certificate ---------------------------------

check "a stranger signs beside it" sign stranger --append
check "R18 accepted and reported" accepts after "$unknown"
check "R18 strangers do not make two" refuses roles SIGNERS_TOO_FEW
check "an authority's leaf signs beside them" sign issued --append
check "its certificate goes along: the authority's name is enough" accepts chain "2 signature(s) by unknown"
check "and the others are as good as before" accepts after "2 signature(s) by unknown"
