#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# Ed25519 and ML-DSA by the command, and with `openssl cms` in both directions: with OpenSSL 3.5;
# before, what is said instead.
. tests/lib.sh

ALGORITHMS="ed25519 ml-dsa-44 ml-dsa-65 ml-dsa-87"
# How many files each way and algorithm; four algorithms make a hundred.
EACH=25
TOP=$PWD
cd "$WORK" || exit 99
says() { # says TEXT COMMAND...: refused by a message with this text
	text=$1; shift
	out=$("$@" 2>&1) && { echo "accepted" >&2; return 1; }
	case $out in *"$text"*) ;; *) echo "$out" >&2; return 1 ;; esac
}
keygen() { "$MODSEAL" keygen "$@" >/dev/null; }
library() { printf '\177ELF file %s' "$1" >"$1"; }

# With a library of one version and a command of another, the library's counts.
if ! openssl list -signature-algorithms 2>/dev/null | grep -qi ml-dsa-65; then
	for algorithm in $ALGORITHMS; do
		check "keygen --algorithm $algorithm needs OpenSSL 3.5" \
			says "needs OpenSSL 3.5" keygen "$algorithm" --algorithm "$algorithm"
		check "... and is unsupported" exits 3 "$MODSEAL" keygen "$algorithm" --algorithm "$algorithm"
	done
	check "nothing is left behind" nothing ls
	openssl genpkey -quiet -algorithm ED25519 -out ed.key
	openssl req -new -x509 -key ed.key -subj /CN=ed -days 10 -out ed.pem \
		-addext extendedKeyUsage=codeSigning 2>/dev/null
	library lib.so
	check "signing with an Ed25519 key" says "ED25519 needs OpenSSL 3.5" \
		"$MODSEAL" sign --key ed.key --certificate ed.pem lib.so
	check "verifying with an Ed25519 certificate" says "ED25519, which needs OpenSSL 3.5" \
		"$MODSEAL" verify --certificate ed.pem lib.so
	. "$TOP/tests/policy.sh"
	check "a policy that names such tokens is read" \
		eval 'write_policy "$REAL/policy.yaml" && sed -i "s/^  release:/&\n    algorithms: [ecdsa-p256-sha256, ed25519, ml-dsa-44, ml-dsa-65, ml-dsa-87]/" "$REAL/policy.yaml" &&
			"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" &&
			build_library "$LIB/a.so" a.so "int a;" && verify "$LIB/a.so"'
	skip "Ed25519 and ML-DSA" "this OpenSSL has none in CMS"
	exit 0
fi

for algorithm in $ALGORITHMS; do
	check "keygen --ca $algorithm" keygen "ca-$algorithm" --ca --algorithm "$algorithm"
	check "keygen $algorithm under it" keygen "$algorithm" --algorithm "$algorithm" \
		--issuer "ca-$algorithm.key,ca-$algorithm.pem"
	by="--key $algorithm.key --certificate $algorithm.pem"
	library lib.so; library again.so; cp lib.so again.so; cp lib.so plain.so
	# shellcheck disable=SC2086 # words are wanted
	check "sign with $algorithm" "$MODSEAL" sign $by lib.so again.so
	check "the same bytes each time" cmp lib.so again.so
	check "R12 with the exact key" "$MODSEAL" verify --certificate "$algorithm.pem" lib.so
	check "with the CA" "$MODSEAL" verify --certificate "ca-$algorithm.pem" --trust chain lib.so
	check "inspect names the token" eval "\"$MODSEAL\" inspect lib.so | grep -qx '	signer.algorithm: $algorithm'"
	# shellcheck disable=SC2086
	check "--hash sha256 is wrong use" exits 2 "$MODSEAL" sign $by --hash sha256 --force lib.so
	check "strip gives the input back" eval '"$MODSEAL" strip lib.so && cmp lib.so plain.so'

	ours=0 theirs=0
	for number in $(seq "$EACH"); do
		file=$algorithm-$number.so
		library "$file"
		# shellcheck disable=SC2086
		"$MODSEAL" sign --detached $by "$file" >/dev/null &&
			openssl cms -verify -binary -inform DER -in "$file.p7s" -content "$file" \
				-CAfile "ca-$algorithm.pem" -purpose any -out /dev/null 2>/dev/null &&
			ours=$((ours + 1))
		openssl cms -sign -binary -md sha512 -in "$file" -signer "$algorithm.pem" \
			-inkey "$algorithm.key" -outform DER -out "$file.p7s" &&
			"$MODSEAL" verify --evidence detached --certificate "ca-$algorithm.pem" \
				--trust chain "$file" >/dev/null && theirs=$((theirs + 1))
	done
	check "openssl cms accepts ours: $ours of $EACH" [ "$ours" = "$EACH" ]
	check "ours accepts openssl cms: $theirs of $EACH" [ "$theirs" = "$EACH" ]

	library lib.so
	openssl cms -sign -binary -md sha384 -in lib.so -signer "$algorithm.pem" -inkey "$algorithm.key" \
		-outform DER -out lib.so.p7s
	check "R22 openssl cms with sha384" refused ALGORITHM_NOT_ALLOWED \
		"$MODSEAL" verify --evidence detached --certificate "$algorithm.pem" lib.so
done

# ---- hybrid: a rule that wants both keys on one file, made by openssl cms -----------------
. "$TOP/tests/policy.sh"
cd "$REAL" || exit 99
{
	cat <<POLICY
modseal-policy: 1
name: tests
serial: 1
issued: 2026-01-01T00:00:00Z
signers:
POLICY
	for signer in release ml-dsa-65 ml-dsa-44; do
		case $signer in release) only=ecdsa-p256-sha512 ;; *) only=ml-dsa-65 ;; esac
		cat <<POLICY
  $signer: {trust: pinned, certificate-file: $REAL/$signer.pem, algorithms: [$only],
    certificate-sha256: $(sha256sum "$signer.pem" | cut -d' ' -f1)}
POLICY
	done
	cat <<POLICY
rules:
  - {path: $LIB/44.so, evidence: [detached], signers: [ml-dsa-44], owners: [root, caller]}
  - path: $LIB/**
    evidence: [detached]
    signers: [release, ml-dsa-65]
    require: 2
    owners: [root, caller]
    identity: unbound
POLICY
} >policy.yaml
"$MODSEAL" policy sign policy.yaml --key policy.key --certificate policy.pem >/dev/null || exit 99
build_library "$LIB/both.so" both.so 'int both;'
"$MODSEAL" strip "$LIB/both.so" >/dev/null
both() {
	file=$1; shift
	openssl cms -sign -binary -in "$file" -outform DER -out "$file.p7s" -md sha512 "$@"
}
both "$LIB/both.so" -signer release.pem -inkey release.key -signer ml-dsa-65.pem -inkey ml-dsa-65.key
check "R18 hybrid: both keys signed" verify "$LIB/both.so"
both "$LIB/both.so" -signer release.pem -inkey release.key
check "R18 hybrid: only ECDSA" refused SIGNERS_TOO_FEW verify "$LIB/both.so"
both "$LIB/both.so" -signer ml-dsa-65.pem -inkey ml-dsa-65.key
check "R18 hybrid: only ML-DSA" refused SIGNERS_TOO_FEW verify "$LIB/both.so"
both "$LIB/both.so" -signer ml-dsa-44.pem -inkey ml-dsa-44.key -signer ml-dsa-65.pem -inkey ml-dsa-65.key
check "R18 hybrid: ML-DSA twice" refused SIGNERS_TOO_FEW verify "$LIB/both.so"
cp "$LIB/both.so" "$LIB/44.so"
both "$LIB/44.so" -signer ml-dsa-44.pem -inkey ml-dsa-44.key
check "R22 ML-DSA-44 where the policy allows -65" refused ALGORITHM_NOT_ALLOWED verify "$LIB/44.so"
