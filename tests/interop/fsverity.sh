#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fs-verity digests equal those of fsverity-utils: 100 files of sizes where trees change their
# shape, both hashes, with and without salt.
. tests/lib.sh

if ! command -v fsverity >/dev/null 2>&1; then
	skip "fs-verity" "fsverity-utils is not installed"
	exit 0
fi
files=$WORK/files
mkdir "$files"
# one stream of random bytes, cut: 64 and 128 digests fill a block of SHA-512 and of SHA-256
head -c 67108865 /dev/urandom >"$WORK/random"
cut_to() { head -c "$1" "$WORK/random" >"$files/$1"; }
for size in 0 1 2 31 32 33 63 64 65 511 4000 4095 4096 4097 8191 8192 8193 12288 16384 65536 \
	7 100 127 128 129 255 256 257 999 1023 1024 1025 2047 2048 2049 5000 9999 31415 99999; do
	cut_to "$size"
done
for blocks in 2 3 4 5 62 63 64 65 66 126 127 128 129 130 191 192 193 255 256 257; do
	for more in -4096 -1 0 1; do
		cut_to $((blocks * 4096 + more))
	done
done
# a third level begins behind 4096 blocks (SHA-512) and behind 16384 (SHA-256)
for size in 16777215 16777216 16777217 67108864 67108865; do
	cut_to $size
done
count=$(find "$files" -type f | wc -l)
echo "$count files"
check "there are 100 files" [ "$count" -ge 100 ]

# digests_equal HASH SALT|-
digests_equal() {
	salt=
	[ "$2" = - ] || salt=--salt=$2
	# shellcheck disable=SC2086 # no salt is no word
	fsverity digest --hash-alg="$1" $salt "$files"/* >"$WORK/theirs" &&
		"$BUILD/tests/hosts/fsverity_digest" "$1" "$2" "$files"/* >"$WORK/ours" &&
		[ "$(wc -l <"$WORK/ours")" = "$count" ] && cmp "$WORK/theirs" "$WORK/ours" >&2
}
for hash in sha256 sha512; do
	for salt in - 00 ab 0123456789abcdef \
		000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f; do
		check "digests of $count files are equal: $hash, salt $salt" digests_equal $hash $salt
	done
done

inspect_equal() {
	"$MODSEAL" inspect "$files"/[1-9]* | sed -n 's/^[ \t]*fsverity.sha256: /sha256:/p' >"$WORK/ours"
	fsverity digest "$files"/[1-9]* | cut -d ' ' -f 1 >"$WORK/theirs"
	[ -s "$WORK/ours" ] && cmp "$WORK/theirs" "$WORK/ours" >&2
}
check "inspect tells the digest that fsverity tells" inspect_equal
