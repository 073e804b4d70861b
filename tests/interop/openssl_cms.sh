#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Both directions with openssl cms, 100 libraries each: RSA with both paddings, the three
# curves, three digests; what may go along and what must not; signatures of both sides in one
# signature file.
. tests/lib.sh
cd "$WORK" || exit 99

key() { # key NAME OPTION...: a self-signed code-signing certificate
	name=$1
	shift
	openssl req -x509 -nodes -newkey "$@" -keyout "$name.key" -out "$name.pem" -subj "/CN=$name" \
		-days 30 -addext basicConstraints=critical,CA:FALSE \
		-addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=codeSigning 2>openssl.err
}
key rsa rsa:2048 && for curve in 256 384 521; do
	key "p$curve" ec -pkeyopt "ec_paramgen_curve:P-$curve" || exit 99
done || exit 99
openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout root.key -out root.pem \
	-subj /CN=root -days 30 -addext basicConstraints=critical,CA:TRUE \
	-addext keyUsage=critical,keyCertSign 2>openssl.err || exit 99
issue() { # issue NAME ISSUER EXTENSIONS
	openssl req -new -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout "$1.key" -out "$1.csr" \
		-subj "/CN=$1" 2>openssl.err && printf '%s\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' "$3" >"$1.cnf" &&
		openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 30 -extfile "$1.cnf" \
			-out "$1.pem" 2>openssl.err
}
issue middle root 'basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign' && issue leaf middle 'basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning' || exit 99

# what each library is signed with: KEY, PADDING, DIGEST; seven of each of 15
combinations() {
	for digest in sha256 sha384 sha512; do
		echo "rsa pkcs1 $digest"
		echo "rsa pss $digest"
		for curve in 256 384 521; do echo "p$curve pkcs1 $digest"; done
	done
}
mkdir in theirs ours
find -L /usr/lib -name '*.so*' -type f -size -1000k 2>/dev/null | sort | while read -r file; do
	[ "$(head -c 4 "$file" | od -An -c | tr -d ' ')" = '177ELF' ] && echo "$file"
done | awk 'NR % 3 == 2' | head -100 >list
number=0
combinations >rows
while read -r file; do
	number=$((number + 1))
	row=$(sed -n "$((number % 15 + 1))p" rows)
	cp -L "$file" "in/$number.so" && echo "$number $row"
done <list >plan
count=$(wc -l <plan)
check "there are 100 libraries" [ "$count" = 100 ]

per_key() { # per_key DIRECTORY COMMAND...: with the files that each certificate must verify
	folder=$1
	shift
	for name in rsa p256 p384 p521; do
		files=$(awk -v key="$name" -v folder="$folder" '$2 == key {print folder "/" $1 ".so"}' plan)
		# shellcheck disable=SC2086 # many names
		"$@" "$name" $files || return 1
	done
}
accepted() {
	name=$1
	shift
	"$MODSEAL" verify --json --evidence detached --certificate "$name.pem" "$@" >>answers
}
they_sign() { # they_sign FORMAT OPTION...: each library as the plan says
	format=$1
	shift
	rm -rf theirs && cp -r in theirs || return 1
	while read -r number name padding digest; do
		options=
		[ "$padding" = pkcs1 ] || options="-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest"
		# shellcheck disable=SC2086 # several words
		openssl cms -sign -binary -in "in/$number.so" -signer "$name.pem" -inkey "$name.key" -md "$digest" \
			$options -outform "$format" -out "theirs/$number.so.p7s" "$@" </dev/null || return 1
	done <plan
}
theirs_accepted() {
	they_sign "$@" || return 1
	: >answers
	per_key theirs accepted || return 1
	[ "$(grep -c '"verdict": *"accepted"' answers)" = "$count" ]
}
check "what openssl cms makes is accepted, DER" theirs_accepted DER
check "... PEM" theirs_accepted PEM
check "... without certificates and capabilities" theirs_accepted DER -nocerts -nosmimecap
check "... by key identifier, with a certificate along" theirs_accepted DER -keyid -certfile middle.pem
theirs_refused() {
	they_sign DER -noattr || return 1
	"$MODSEAL" verify --json --evidence detached --certificate rsa.pem theirs/*.so >answers && return 1
	[ "$(grep -c '"code": *"SIGNATURE_MALFORMED"' answers)" = "$count" ]
}
check "... without attributes it is refused: they are required" theirs_refused

we_sign() {
	while read -r number name padding digest; do
		[ "$name" = rsa ] || padding=
		"$MODSEAL" sign --detached --key "$name.key" --certificate "$name.pem" --hash "$digest" \
			${padding:+--padding $padding} "ours/$number.so" >said </dev/null || return 1
	done <plan
}
openssl_verifies() { # openssl_verifies CERTIFICATES FILE
	openssl cms -verify -binary -inform DER -in "$2.p7s" -content "$2" -certfile "$1" -CAfile "$1" \
		-purpose any -out /dev/null 2>openssl.err || { cat openssl.err >&2; return 1; }
}
openssl_accepts() {
	name=$1
	shift
	for file in "$@"; do openssl_verifies "$name.pem" "$file" || return 1; done
	echo $# >>verified
}
ours_accepted() {
	: >verified
	per_key ours openssl_accepts && [ "$(awk '{sum += $1} END {print sum}' verified)" = "$count" ]
}
cp in/* ours
check "we sign 100 libraries" we_sign
check "openssl cms accepts what we make" ours_accepted
ours_changed() { # the same signatures beside files of one byte more
	for file in ours/*.so; do
		printf x >>"$file"
		openssl_verifies rsa.pem "$file" 2>/dev/null && return 1
	done
	return 0
}

# ---- an authority between, inside --------------------------------------------------------

cp in/1.so chain.so
theirs_chain() {
	openssl cms -sign -binary -in chain.so -signer leaf.pem -inkey leaf.key -certfile middle.pem \
		-outform DER -out chain.so.p7s && "$MODSEAL" verify --certificate root.pem --trust chain chain.so
}
check "an authority between may go along" theirs_chain
no_trust() { refused SIGNER_NOT_ALLOWED "$MODSEAL" verify --certificate p256.pem --trust chain chain.so; }
check "but nobody trusts what goes along" no_trust
root_inside() {
	cat middle.pem root.pem >both.pem
	openssl cms -sign -binary -in chain.so -signer leaf.pem -inkey leaf.key -certfile both.pem \
		-outform DER -out chain.so.p7s && no_trust
}
check "not even a root" root_inside
without_middle() {
	openssl cms -sign -binary -in chain.so -signer leaf.pem -inkey leaf.key -outform DER -out chain.so.p7s &&
		refused SIGNER_NOT_ALLOWED "$MODSEAL" verify --certificate root.pem --trust chain chain.so
}
check "where it does not, the path is not found" without_middle

# ---- several signers, of both sides ------------------------------------------------------

cat rsa.pem p256.pem p384.pem p521.pem >all.pem
verified_by_all() { # verified_by_all FILE FORM: each of four alone, and openssl all together
	for name in rsa p256 p384 p521; do
		"$MODSEAL" verify --evidence "$2" --certificate "$name.pem" "$1" >said || return 1
	done
}
cp in/2.so many.so
ours_appended() {
	for name in rsa p521 p384 p256; do
		"$MODSEAL" sign --append --detached --key "$name.key" --certificate "$name.pem" many.so || return 1
	done
	verified_by_all many.so detached && openssl_verifies all.pem many.so
}
check "four signatures of ours: each for itself, and openssl cms all of them" ours_appended
theirs_appended() { # openssl makes two at once, we add two, openssl resigns
	openssl cms -sign -binary -in many.so -signer rsa.pem -inkey rsa.key -signer p384.pem -inkey p384.key \
		-nocerts -outform DER -out many.so.p7s &&
		"$MODSEAL" sign --append --detached --key p256.key --certificate p256.pem many.so &&
		"$MODSEAL" sign --append --detached --key p521.key --certificate p521.pem many.so &&
		verified_by_all many.so detached && openssl_verifies all.pem many.so
}
check "two of theirs and two of ours" theirs_appended
resigned() {
	"$MODSEAL" sign --force --detached --key rsa.key --certificate rsa.pem many.so &&
		openssl cms -resign -binary -inform DER -in many.so.p7s -content many.so -signer p256.pem \
			-inkey p256.key -nocerts -outform DER -out resigned.p7s 2>openssl.err || { cat openssl.err >&2; return 1; }
	mv resigned.p7s many.so.p7s
	"$MODSEAL" verify --evidence detached --certificate rsa.pem many.so &&
		"$MODSEAL" verify --evidence detached --certificate p256.pem many.so
}
check "openssl cms adds one to ours" resigned
appended_too() {
	cp in/3.so many.ko
	for name in rsa p521 p384 p256; do
		"$MODSEAL" sign --append --key "$name.key" --certificate "$name.pem" many.ko || return 1
	done
	verified_by_all many.ko appended || return 1
	size=$(stat -c %s in/3.so)
	tail -c +$((size + 1)) many.ko | head -c -40 >split.so.p7s && cp in/3.so split.so &&
		openssl_verifies all.pem split.so
}
check "four in one container, too" appended_too
check "none of ours is accepted by openssl cms for another file" ours_changed
