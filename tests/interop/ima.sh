#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Both directions with evmctl of ima-evm-utils, in both places: 100 libraries of the system by
# RSA-2048, RSA-3072, P-256 and P-384, each with three digests.
. tests/lib.sh
if ! command -v evmctl >/dev/null; then
	skip "evmctl" "ima-evm-utils is not installed"
	exit 0
fi
cd "$WORK" || exit 99
for algorithm in rsa2048 rsa3072 p256 p384; do
	case $algorithm in
	rsa*) kind="-newkey rsa:${algorithm#rsa}" ;;
	p*) kind="-newkey ec -pkeyopt ec_paramgen_curve:P-${algorithm#p}" ;;
	esac
	# shellcheck disable=SC2086 # several words
	openssl req -x509 $kind -nodes -keyout $algorithm.key -out $algorithm.pem \
		-subj "/CN=interop $algorithm" -days 30 -addext keyUsage=critical,digitalSignature \
		-addext extendedKeyUsage=codeSigning 2>openssl.log || exit 99
	openssl x509 -in $algorithm.pem -outform DER -out $algorithm.der
done
mkdir in
number=0
find -L /usr/lib -name '*.so*' -type f -size -2000k 2>/dev/null | sort | while read -r file; do
	[ "$(head -c 4 "$file" | od -An -c | tr -d ' ')" = '177ELF' ] && echo "$file"
done | awk 'NR % 3 == 1' | head -100 | while read -r file; do
	number=$((number + 1))
	cp -L "$file" "in/$number-$(basename "$file" | tr -d ' ')"
done
# every third one carries a container, which is part of what is signed
awk_third() { ls in | awk 'NR % 3 == 0 { print "in/" $0 }'; }
# shellcheck disable=SC2046 # names without spaces
check "some carry a container" "$MODSEAL" sign --key p256.key --certificate p256.pem $(awk_third)
count=$(ls in | wc -l)
echo "$count files"
check "there are 100 libraries" [ "$count" = 100 ]

# each NUMBER: key and digest of a file, so that all twelve pairs come by
key_of() { set -- $(($1 % 4)); case $1 in 0) echo rsa2048 ;; 1) echo rsa3072 ;; 2) echo p256 ;; *) echo p384 ;; esac; }
hash_of() { set -- $(($1 / 4 % 3)); case $1 in 0) echo sha256 ;; 1) echo sha384 ;; *) echo sha512 ;; esac; }

# theirs PLACE: what evmctl signs we accept
theirs() {
	sigfile=
	[ "$1" = xattr ] || sigfile=--sigfile
	number=0
	rm -rf work && cp -r in work || return 1
	for file in work/*; do
		key=$(key_of $number) hash=$(hash_of $number)
		# shellcheck disable=SC2086 # nothing, or one word
		evmctl ima_sign $sigfile -a "$hash" --key "$key.key" "$file" >evmctl.log 2>&1 ||
			{ cat evmctl.log >&2; return 1; }
		"$MODSEAL" verify --json --evidence ima --certificate "$key.pem" "$file" >>answers || return 1
		number=$((number + 1))
	done
	[ "$(grep -c '"verdict": "accepted".*"evidence": "ima"' answers)" = "$count" ]
}
# ours PLACE: what we sign evmctl accepts
ours() {
	sigfile='' detached=
	[ "$1" = xattr ] || { sigfile=--sigfile detached=--detached; }
	number=0
	rm -rf work && cp -r in work || return 1
	for file in work/*; do
		key=$(key_of $number) hash=$(hash_of $number)
		# shellcheck disable=SC2086 # nothing, or one word
		"$MODSEAL" sign --ima $detached --hash "$hash" --key "$key.key" --certificate "$key.pem" \
			"$file" >log || return 1
		# shellcheck disable=SC2086
		evmctl ima_verify $sigfile --key "$key.der" "$file" >evmctl.log 2>&1 &&
			grep -q 'verification is OK' evmctl.log || { cat evmctl.log >&2; return 1; }
		number=$((number + 1))
	done
	[ "$number" = "$count" ]
}
# RSA with PKCS#1 v1.5 has one signature only, so all bytes of the value must be the same.
same_bytes() {
	file=$(ls -d in/* | head -1)
	evmctl ima_sign --sigfile -a sha384 --key rsa2048.key "$file" >evmctl.log 2>&1 &&
		mv "$file.sig" theirs.sig &&
		"$MODSEAL" sign --ima --detached --hash sha384 --key rsa2048.key --certificate rsa2048.pem "$file" &&
		cmp "$file.sig" theirs.sig && rm "$file.sig"
}
# evmctl --keyid-from-cert: a subject key identifier that is not made from the key
named_by_certificate() {
	file=$(ls -d in/* | head -1)
	openssl req -x509 -newkey rsa:2048 -nodes -keyout named.key -out named.pem -subj /CN=named \
		-addext subjectKeyIdentifier=0102030405060708 2>openssl.log &&
		evmctl ima_sign --sigfile --keyid-from-cert named.pem --key named.key "$file" >evmctl.log 2>&1 &&
		"$MODSEAL" inspect "$file" | grep -q 'ima.key-identifier: 05060708' &&
		"$MODSEAL" verify --evidence ima --certificate named.pem "$file"
	status=$?
	rm -f "$file.sig"
	return $status
}
refused_sha1() {
	file=$(ls -d in/* | head -1)
	evmctl ima_sign --sigfile -a sha1 --key rsa2048.key "$file" >evmctl.log 2>&1 &&
		refused ALGORITHM_NOT_ALLOWED "$MODSEAL" verify --evidence ima --certificate rsa2048.pem "$file"
	status=$?
	rm -f "$file.sig"
	return $status
}
digest_only() {
	cp "$(ls -d in/* | head -1)" hashed && evmctl ima_hash -a sha256 hashed >evmctl.log 2>&1 &&
		refused SIGNATURE_MISSING "$MODSEAL" verify --evidence ima --certificate rsa2048.pem hashed
}

: >answers
check "FILE.sig of evmctl is accepted, $count of $count" theirs beside
check "our FILE.sig is accepted by evmctl, $count of $count" ours beside
check "an RSA signature is byte for byte that of evmctl" same_bytes
check "a key named by its certificate" named_by_certificate
check "R22 evmctl's SHA-1 is refused" refused_sha1
why=
[ "$(id -u)" = 0 ] || why="needs root to write security.ima"
[ -n "$why" ] || setfattr -n security.ima -v 0x01 log 2>/dev/null || why="$WORK cannot hold security.ima"
if [ -n "$why" ]; then
	skip "security.ima" "$why"
	exit 0
fi
: >answers
check "security.ima of evmctl is accepted, $count of $count" theirs xattr
check "our security.ima is accepted by evmctl, $count of $count" ours xattr
check "evmctl's digest is no signature" digest_only
