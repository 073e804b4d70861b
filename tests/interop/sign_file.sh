#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# Both directions with the kernel's sign-file, openssl cms and modinfo: 40 libraries and 40 (THOROUGH: 100 of each)
# modules, three digests.
. tests/lib.sh
. tests/interop/debian_kernel.sh

flavour=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
tree=$BUILD/data/kernel-$flavour
sign_file=$(fetch_sign_file "$BUILD/data/kbuild")
if [ ! -x "$sign_file" ] || ! fetch_kernel "$flavour" "$tree"; then
	skip "sign-file" "the kernel packages are not to be had here"
	exit 0
fi

openssl req -x509 -newkey rsa:3072 -nodes -keyout "$WORK/key.pem" -out "$WORK/cert.pem" \
	-subj "/CN=interop" -days 30 -addext keyUsage=critical,digitalSignature \
	-addext extendedKeyUsage=codeSigning 2>/dev/null
# The kernel's own profile, with no extended key usage at all, must do as well.
each=40
[ -z "${THOROUGH:-}" ] || each=100
number=0
mkdir -p "$WORK/in/lib" "$WORK/in/ko"
find -L /usr/lib -name '*.so*' -type f -size -2000k 2>/dev/null | sort | while read -r file; do
	[ "$(head -c 4 "$file" | od -An -c | tr -d ' ')" = '177ELF' ] && echo "$file"
done | awk 'NR % 3 == 1' | head -$each | while read -r file; do
	number=$((number + 1))
	cp -L "$file" "$WORK/in/lib/$number-$(basename "$file")"
done
find "$tree/root" -name '*.ko' | sort | awk 'NR % 37 == 1' | head -$each |
	while read -r file; do
		"$MODSEAL" strip --output "$WORK/in/ko/$(basename "$file")" "$file" >/dev/null || exit 1
	done
count=$(find "$WORK/in" -type f | wc -l)
echo "$count files"
check "there are $each libraries and $each modules" [ "$count" = $((2 * each)) ]

# split_off FILE CMS CONTENT: takes a container apart without modseal
split_off() {
	size=$(stat -c %s "$1")
	length=$(tail -c 32 "$1" | head -c 4 | od -An -tu1 | awk '{print (($1*256+$2)*256+$3)*256+$4}')
	head -c $((size - 40 - length)) "$1" >"$3"
	tail -c $((40 + length)) "$1" | head -c "$length" >"$2"
}

theirs_accepted() {
	for file in "$WORK"/in/*/*; do
		cp "$file" "$WORK/theirs/" || return 1
		"$sign_file" "$1" "$WORK/key.pem" "$WORK/cert.pem" "$WORK/theirs/$(basename "$file")" || return 1
	done
	"$MODSEAL" verify --json --certificate "$WORK/cert.pem" "$WORK"/theirs/* >"$WORK/answers" || return 1
	[ "$(grep -c '"verdict": *"accepted"' "$WORK/answers")" = "$count" ]
}
ours_accepted() {
	for file in "$WORK"/ours/*; do
		split_off "$file" "$WORK/cms" "$WORK/content"
		openssl cms -verify -binary -inform DER -in "$WORK/cms" -content "$WORK/content" \
			-certfile "$WORK/cert.pem" -CAfile "$WORK/cert.pem" -purpose any -out /dev/null \
			2>"$WORK/openssl.err" || { cat "$WORK/openssl.err" >&2; return 1; }
	done
}
described_alike() {
	for file in "$WORK"/in/ko/*; do
		module=$(basename "$file")
		for side in theirs ours; do
			modinfo "$WORK/$side/$module" | grep -E '^(sig|signer)' >"$WORK/$side.info"
		done
		grep -q sig_hashalgo "$WORK/ours.info" || { echo "$module: modinfo sees no signature" >&2; return 1; }
		# an RSA signature with PKCS#1 v1.5 is the same whoever makes it
		cmp "$WORK/theirs.info" "$WORK/ours.info" >&2 || return 1
	done
}
byte_identical() {
	for file in "$WORK"/ours/*; do
		cmp "$file" "$WORK/theirs/$(basename "$file")" >&2 || return 1
	done
}
gives_back_input() {
	"$MODSEAL" strip "$WORK"/ours/* || return 1
	for file in "$WORK"/in/*/*; do
		cmp "$file" "$WORK/ours/$(basename "$file")" >&2 || return 1
	done
}

# All of them with one digest, one in five with the others.
for hash in sha256 sha384 sha512; do
	rm -rf "$WORK/theirs" "$WORK/ours"
	mkdir "$WORK/theirs" "$WORK/ours"
	check "what sign-file signs with $hash we accept" theirs_accepted "$hash"
	cp "$WORK"/in/*/* "$WORK/ours/"
	check "we sign with $hash" "$MODSEAL" sign --hash "$hash" --key "$WORK/key.pem" \
		--certificate "$WORK/cert.pem" "$WORK"/ours/*
	check "openssl cms accepts what we sign with $hash" ours_accepted
	check "what we sign with $hash is byte for byte what sign-file makes" byte_identical
	if command -v modinfo >/dev/null 2>&1; then
		check "modinfo describes both alike with $hash" described_alike
	else
		skip "modinfo with $hash" "kmod is not installed"
	fi
	check "strip gives back the exact input ($hash)" gives_back_input
	[ $hash != sha256 ] || {
		find "$WORK/in" -type f | sort | awk 'NR % 5' | xargs rm
		count=$(find "$WORK/in" -type f | wc -l)
	}
done
