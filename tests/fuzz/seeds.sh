#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What fuzzing begins with: files of one reader, out of the test data.
# Usage: tests/fuzz/seeds.sh TARGET FOLDER; the environment gives DATA, a folder of `make testdata`
set -eu
cd "$(dirname "$0")/../.."
target=$1 folder=$2
: "${DATA:?the test data}"
mkdir -p "$folder"

# sign NAME SIGNER OPTION...: a CMS over the content of signature.h
sign() {
	name=$1 signer=$2
	shift 2
	openssl cms -sign -binary -in "$folder/../content" -outform DER -nosmimecap -out "$folder/$name" \
		-signer "$DATA/signature/$signer.pem" -inkey "$DATA/signature/$signer.key" "$@"
}
# hex DIGITS: these bytes
hex() {
	# shellcheck disable=SC2059 # octal escapes are wanted
	printf "$(printf '%s' "$1" | fold -w 2 | while read -r byte || [ -n "$byte" ]; do printf '\\%03o' "0x$byte"; done)"
}
# ima NAME SIGNER HASH NUMBER: a value of security.ima
ima() {
	openssl dgst "-$3" -sign "$DATA/signature/$2.key" -out "$folder/../value" "$folder/../content"
	identifier=$(openssl x509 -in "$DATA/signature/$2.pem" -noout -ext subjectKeyIdentifier |
		tail -n 1 | tr -d ' :\n' | tail -c 8)
	{ hex "0302$4$identifier$(printf '%04x' "$(wc -c <"$folder/../value")")" &&
		cat "$folder/../value"; } >"$folder/$1"
}
signatures() {
	printf '\177ELF content' >"$folder/../content"
	for signer in p256 rsa p384 p521 leaf; do
		sign "$signer" "$signer" -noattr -nocerts
		sign "$signer-attributes" "$signer" -nocerts
	done
	sign leaf-with-certificate leaf -noattr
	sign keyid p256 -noattr -nocerts -keyid
	sign sha512 rsa -noattr -nocerts -md sha512
	sign pss rsa -nocerts -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:-1
	sign two p256 -noattr -nocerts -signer "$DATA/signature/rsa.pem" -inkey "$DATA/signature/rsa.key"
	sign armoured p256 -nocerts -outform PEM
	sign embedded p256 -nocerts -nodetach
	ima ima-rsa rsa sha256 04
	ima ima-p256 p256 sha512 06
	{ cat "$folder/../content" "$folder/p256"; hex 000002000000000000000000 | head -c 10
		hex "$(printf '%04x' "$(wc -c <"$folder/p256")")"; echo '~Module signature appended~'; } >"$folder/whole"
	rm "$folder/../content" "$folder/../value"
}
catalogs() {
	sha256=5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
	verity=$(printf %064d 7)
	sha512=$(printf 'hello\n' | sha512sum | cut -d' ' -f1)
	head='modseal-catalog: 1\nname: base\nserial: 42\nissued: 2026-11-23T00:00:00Z\n'
	printf "$head%s\n" "/usr/lib/libhello.so.1 6 sha256:$sha256" >"$folder/one"
	printf "$head%s\n%s\n%s\n" "/a\\x20b 6 version:7 sha256:$sha256 sha512:$sha512" \
		"/usr/lib/\\xc3\\xa4.so 6 fsverity-sha256:$verity sha256:$sha256" \
		"/usr/lib/z.so 0 blake3:00ff sha256:$sha256" >"$folder/more"
	printf "$head%s\n" "/x 6 !blake3:00" >"$folder/critical"
	printf '%b' "$head" >"$folder/empty"
	sed 1,4d "$folder/more" >"$folder/lines"
}
states() {
	a=$(printf %064d 1) b=$(printf %064d 2)
	head='modseal-state: 1\ntime-floor: 2026-11-23T00:00:00Z\n'
	certificate=$(openssl x509 -in "$DATA/signature/p256.pem" -outform DER | od -An -v -tx1 | tr -d ' \n')
	printf '%b' "$head" >"$folder/empty"
	printf "$head%s\n" "policy: a 1 $a" "policy: b 9007199254740991 $b" "catalog: a base 7" \
		"supplement: a plugin 3 $b" "supplement-catalog: a plugin base 4" "forgotten: c" "recovered: a 1" \
		"present-signer: a 1 $certificate" "next-signer: a 1 $certificate" "signer-key: a $a" \
		"known-key: a $b" "revoked-key: a $a" "revoked-certificate: a $b" "revocation-list: $a 1795392000" |
		awk '!seen[$0]++' >"$folder/full"
	printf "$head%s\n" "policy: production 42 $a" | awk '!seen[$0]++' >"$folder/one"
	{ cat "$folder/one"; echo "sha256: $(sha256sum <"$folder/one" | cut -d' ' -f1)"; } >"$folder/closed"
}
case $target in
catalog) catalogs ;;
elf) # small ones are changed where it matters
	for file in "$DATA"/elf/*.so "$DATA"/elf/*.ko "$DATA"/elf/program "$DATA"/elf/object.o "$DATA"/signature/small.so; do
		[ "$(wc -c <"$file")" -ge 32768 ] || cp "$file" "$folder"
	done
	"${DATA%/data}/tests/hosts/fuzzed" elf-samples "$folder"
	;;
lists) cp "$DATA"/crl/*.crl "$DATA/crl/root.der" "$DATA"/crl/[a-z]*.pem "$folder" ;;
policy)
	cp policy/*.yaml policy/examples/*.yaml "$folder"
	python3 tests/hostile/policy_texts.py "$folder"
	;;
signature) signatures ;;
state) states ;;
timestamp) cp "$DATA"/timestamp/*.token "$folder" ;;
*)
	echo "seeds.sh: no target '$target'" >&2
	exit 2
	;;
esac
find "$folder" -type f -size +64k -delete
