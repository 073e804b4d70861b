#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The command built for musl says of every file, to the byte, what that built for glibc says.
. tests/lib.sh
. tests/policy.sh
# real: the data are a link, and a policy lists real paths
DATA=$(cd "$DATA" && pwd -P)
files=$REAL/lib
echo 'int f(void) { return 1; }' >"$WORK/f.c"
for name in good changed unsigned shorter longer foreign twice misnamed revoked; do
	"${CC:-cc}" -shared -fPIC -nostdlib -Wl,-soname,$name.so -Wl,--build-id=none -DNAME=$name -o "$files/$name.so" \
		"$WORK/f.c" || exit 99
done
echo "int marker(void) { return 2; }" >"$WORK/f.c"
"${CC:-cc}" -shared -fPIC -nostdlib -Wl,-soname,revoked.so -o "$files/revoked.so" "$WORK/f.c" || exit 99
{
	sign_with release "$files/good.so" "$files/changed.so" "$files/shorter.so" "$files/longer.so" "$files/twice.so" \
		"$files/misnamed.so" "$files/revoked.so"
	"$MODSEAL" sign --append --key "$REAL/other.key" --certificate "$REAL/other.pem" "$files/twice.so"
	sign_with other "$files/foreign.so"
} >/dev/null || exit 99
printf '\1' | dd of="$files/changed.so" bs=1 seek=600 conv=notrunc 2>/dev/null
truncate -s -1 "$files/shorter.so"
echo >>"$files/longer.so"
mv "$files/misnamed.so" "$files/named.so"
ln -s good.so "$files/link.so"
ln -s nowhere.so "$files/dangling.so"
cp "$files/good.so" "$files/open.so"
chmod 666 "$files/open.so"
mkfifo "$files/fifo.so"
mkdir "$files/folder.so"
digest=$("$MODSEAL" inspect --json "$files/revoked.so" | grep -oE '"sha256": *"[0-9a-f]{64}"' | head -n 1 | cut -d'"' -f4)
write_policy "$REAL/policy.yaml" "revoked:\n  files: [\"$digest\"]" \
	"rule:{path: $DATA/elf/**, evidence: [protected-path]}" >/dev/null || exit 99

# by COMMAND FILE...: everything it says of them, and how it ends
by() {
	command=$1
	shift
	"$command" verify --json --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@" 2>&1
	echo "ended with $?"
}
# same WHAT FILE...
same() {
	by "$MODSEAL" "$@" >"$WORK/musl"
	by "$GLIBC_MODSEAL" "$@" >"$WORK/glibc"
	diff "$WORK/glibc" "$WORK/musl" >&2 && [ "$(wc -l <"$WORK/musl")" -gt $# ]
}
check "what is signed, changed, foreign, elsewhere, no file at all" same "$files"/*.so "$files/missing.so" /dev/null \
	"$files/../lib/good.so" "/$files/good.so" "$files//good.so" good.so libnone.so "$files"
kinds() {
	for code in OK SIGNATURE_INVALID SIGNATURE_MISSING SIGNER_NOT_ALLOWED NAME_MISMATCH REVOKED NOT_FOUND NOT_REGULAR \
		PATH_UNSAFE; do
		grep -q "\"code\": \"$code\"" "$WORK/musl" || { echo "none is $code" >&2; return 1; }
	done
}
check "of many kinds" kinds
check "ELF files of every kind" same "$DATA"/elf/*
check "the libraries of this system" same "$SYSTEM"/*.so.*
inspected() {
	"$MODSEAL" inspect --json "$DATA"/elf/* "$files"/good.so "$files"/twice.so >"$WORK/musl" 2>&1
	"$GLIBC_MODSEAL" inspect --json "$DATA"/elf/* "$files"/good.so "$files"/twice.so >"$WORK/glibc" 2>&1
	diff "$WORK/glibc" "$WORK/musl" >&2 && [ "$(wc -l <"$WORK/musl")" -gt 20 ]
}
check "and inspect" inspected
