#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# MODSEAL_DEBUG tells steps and answers, no secret and no address, and changes nothing; and
# inspecting a hostile file runs nothing of it.
. tests/lib.sh
. tests/policy.sh
check "the policy is signed" write_policy "$REAL/policy.yaml"
build_library "$LIB/libgood.so.1" libgood.so.1 "$(marker good)
int good(void) { return 1; }"
cp "$LIB/libgood.so.1" "$LIB/libbad.so.1"
"$MODSEAL" strip "$LIB/libbad.so.1"

plain=$(verify --json "$LIB/libgood.so.1" "$LIB/libbad.so.1" 2>/dev/null)
for value in 1 all 0 '' 999 'x=y' '%n%s'; do
	told=$(MODSEAL_DEBUG=$value verify --json "$LIB/libgood.so.1" "$LIB/libbad.so.1" 2>"$WORK/debug")
	check "R111 MODSEAL_DEBUG='$value' changes no verdict" [ "$told" = "$plain" ]
	check "R111 and tells no address or key ('$value')" exits 1 grep -Eq '0x[0-9a-f]{6,}|[0-9a-f]{12}-|PRIVATE KEY|BEGIN' "$WORK/debug"
done
MODSEAL_DEBUG=1 verify "$LIB/libgood.so.1" >"$WORK/out" 2>"$WORK/debug"
check "R111 it does tell the steps" grep -q 'modseal: debug: .*libgood.so.1: OK' "$WORK/debug"

# R24: what is told of a file names it by the digest of its content, which is not that of the file
printf 'X' >"$WORK/x"
cp "$LIB/libgood.so.1" "$LIB/libother.so.1"
sign_with other "$LIB/libother.so.1" >"$WORK/log"
cp "$LIB/libgood.so.1" "$LIB/libchanged.so.1"
dd if="$WORK/x" of="$LIB/libchanged.so.1" bs=1 seek=700 conv=notrunc 2>/dev/null
# by_digest CODE FILE: in the record and in the log
by_digest() {
	cp "$2" "$WORK/content"
	"$MODSEAL" strip "$WORK/content" >"$WORK/log" 2>&1 || cp "$2" "$WORK/content"
	digest=sha256:$(sha256sum <"$WORK/content" | cut -d' ' -f1)
	MODSEAL_DEBUG=1 verify --json "$2" >"$WORK/out" 2>"$WORK/debug"
	grep -F "\"code\": \"$1\"" "$WORK/out" | grep -qF "\"digest\": \"$digest\"" || { cat "$WORK/out" >&2; return 1; }
	grep -F 'modseal: debug: ' "$WORK/debug" | grep -qF "$2: $1, content $digest" || { cat "$WORK/debug" >&2; return 1; }
}
check "R24 accepted: by the digest of its content" by_digest OK "$LIB/libgood.so.1"
check "R24 changed: by the digest of what its content is now" by_digest SIGNATURE_INVALID "$LIB/libchanged.so.1"
check "R24 by a signer who may not: by the digest of its content" by_digest SIGNER_NOT_ALLOWED "$LIB/libother.so.1"
check "R24 unsigned: by the digest of the file" by_digest SIGNATURE_MISSING "$LIB/libbad.so.1"
MODSEAL_DEBUG=1 load "$LIB/libgood.so.1" --symbol good >"$WORK/out" 2>"$WORK/debug"
check "R111 no address when loading" exits 1 grep -Eq '0x[0-9a-f]{6,}|[0-9a-f]{12}-' "$WORK/debug" "$WORK/out"
openssl pkcs8 -topk8 -in "$REAL/release.key" -passout pass:correct-horse -out "$REAL/locked.key" 2>/dev/null
echo correct-horse >"$WORK/passphrase"
cp "$LIB/libbad.so.1" "$WORK/tosign.so"
MODSEAL_DEBUG=1 "$MODSEAL" sign --key "$REAL/locked.key" --certificate "$REAL/release.pem" \
	--passphrase-file "$WORK/passphrase" "$WORK/tosign.so" >"$WORK/out" 2>&1
check "R111 signing with a passphrase works" "$MODSEAL" verify --certificate "$REAL/release.pem" "$WORK/tosign.so"
check "R111 and never prints it" exits 1 grep -q correct-horse "$WORK/out"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null 2>&1; then
	cp "$MODSEAL" "$REAL/setuid"
	chmod 4755 "$REAL/setuid"
	chmod 755 "$REAL" "$LIB"
	setpriv --reuid 65533 --clear-groups env MODSEAL_DEBUG=1 "$REAL/setuid" verify --policy "$REAL/policy.yaml" \
		"$LIB/libgood.so.1" >"$WORK/out" 2>"$WORK/debug"
	check "R111 nothing in secure execution" exits 1 grep -q 'debug:' "$WORK/debug"
	chown 65533 "$REAL/policy.yaml"
	as_caller() { setpriv --reuid 65533 --clear-groups "$1" verify --policy "$REAL/policy.yaml" \
		--anchor "$REAL/policy.pem" "$LIB/libgood.so.1" --json; }
	cp "$MODSEAL" "$REAL/plain"
	check "a caller's own policy is believed" as_caller "$REAL/plain"
	check "but not in secure execution" refused PATH_UNSAFE as_caller "$REAL/setuid"
	chown 0 "$REAL/policy.yaml"
	chown 65533 "$REAL/policy.pem"
	check "a caller's own anchor is believed" as_caller "$REAL/plain"
	check "but not in secure execution, either" refused PATH_UNSAFE as_caller "$REAL/setuid"
	chown 0 "$REAL/policy.pem"
	cp "$BUILD/tests/hosts/open_context" "$REAL/host"
	root_only() { setpriv --reuid 65533 --clear-groups env OPEN_ROOT_ONLY=1 "$REAL/host" "$REAL/policy.pem" \
		"$REAL/policy.yaml" - | grep -q "^open $1"; }
	check "files of root serve where only root's do" root_only OK
	for file in policy.pem policy.yaml policy.yaml.p7s release.pem; do
		chown 65533 "$REAL/$file"
		check "R79 the caller's $file does not" root_only PATH_UNSAFE
		chown 0 "$REAL/$file"
	done
	chmod 4755 "$REAL/host"
	insists() { setpriv --reuid 65533 --clear-groups "$REAL/host" "$REAL/policy.pem" "$REAL/policy.yaml" - |
		grep -q '^open ARGUMENT'; }
	check "the library does not let a caller's files in there" insists
else
	skip "R111 nothing in secure execution" "needs root and setpriv"
fi

rm -f "$WORK"/ran/*
check "R110 inspect tells of a library" "$MODSEAL" inspect "$LIB/libgood.so.1"
check "R110 and runs nothing of it" nothing_ran
if command -v strace >/dev/null 2>&1; then
	strace -f -e trace=mmap,mprotect,openat -o "$WORK/trace" "$MODSEAL" inspect "$LIB/libgood.so.1" >"$WORK/out"
	after() { sed -n '/libgood.so.1/,$p' "$WORK/trace" | grep -q PROT_EXEC; }
	check "R110 it maps nothing executable once the file is open" exits 1 after
else
	skip "R110 it maps nothing executable" "strace is not installed"
fi
