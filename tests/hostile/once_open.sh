#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What reviews found open: each was accepted once.
. tests/lib.sh
. tests/policy.sh
host=$BUILD/tests/hosts/open_context
libs="$BUILD/lib/libmodseal.a -lcrypto -lelf -lyaml -lpthread -ldl"
# answers WANTED COMMAND...: the first line of output begins so
answers() {
	want=$1; shift
	got=$("$@" 2>&1 | head -1)
	case $got in "$want"*) return 0 ;; esac
	echo "$got" >&2
	return 1
}
check "the policy is signed" write_policy "$REAL/policy.yaml"

# an anchor of one policy and the name of another
mkdir "$REAL/anchors"
empty_state "$REAL/state"
export OPEN_STATE="$REAL/state"
"$MODSEAL" keygen production --directory "$REAL" >"$WORK/log"
cp "$REAL/policy.pem" "$REAL/anchors/staging.pem"
cp "$REAL/production.pem" "$REAL/anchors/tests.pem"
check "R33 an anchor vouches for the policy of its own name" answers "open POLICY_NAME" "$host" "$REAL/anchors" "$REAL/policy.yaml" -
check "R33 asking for the name does not change that" answers "open POLICY_NAME" "$host" "$REAL/anchors" "$REAL/policy.yaml" tests
rm "$REAL/anchors"/*
for name in tests a b c d; do cp "$REAL/policy.pem" "$REAL/anchors/$name.pem"; done
check "one key may be the anchor of several policies" answers "open OK" "$host" "$REAL/anchors" "$REAL/policy.yaml" -
check "asking for one of them" answers "open OK" "$host" "$REAL/anchors" "$REAL/policy.yaml" tests
check "but not for another" answers "open POLICY_NAME" "$host" "$REAL/anchors" "$REAL/policy.yaml" a

# outputs over what is needed still
cp "$REAL/other.key" "$WORK/k.key"
cp "$REAL/other.pem" "$WORK/k.pem"
build_library "$LIB/libplain.so.1" libplain.so.1 'int plain(void) { return 1; }'
"$MODSEAL" strip --output "$WORK/plain.so" "$LIB/libplain.so.1" >"$WORK/log"
with_k() { "$MODSEAL" sign --key "$WORK/k.key" --certificate "$WORK/k.pem" "$@" --json; }
check "the key is no output" exits 2 with_k --output "$WORK/k.key" "$WORK/plain.so"
check "nor is the certificate" exits 2 with_k --output "$WORK/k.pem" "$WORK/plain.so"
check "the key is as it was" cmp "$REAL/other.key" "$WORK/k.key"
cp "$WORK/plain.so" "$WORK/saved"
check "nor is the file, for a detached signature" exits 2 with_k --detached --force --output "$WORK/plain.so" "$WORK/plain.so"
check "it is as it was" cmp "$WORK/saved" "$WORK/plain.so"
echo precious >"$WORK/precious"
ln -s precious "$WORK/plain.so.p7s"
check "a link beside the file is not followed" exits 1 with_k --detached --force "$WORK/plain.so"
check "what it leads to is as it was" grep -qx precious "$WORK/precious"

if ! ${CC:-cc} -Iinclude -w tests/hosts/open_context.c -o "$WORK/probe" $libs 2>"$WORK/log" || [ -n "${SANITIZE:-}" ]; then
	skip "programs with needs of their own" "cannot be linked here"
	exit 0
fi
# a start-up library that is another, by a link
build_library "$LIB/libA.so.1" libA.so.1 'const char *who(void) { return "A"; }'
build_library "$LIB/libB.so.1" libB.so.1 'const char *who(void) { return "B"; }'
cp "$LIB/libA.so.1" "$WORK/A"
# shellcheck disable=SC2086
${CC:-cc} -Iinclude -w tests/hosts/open_context.c -o "$LIB/host" $libs -Wl,--no-as-needed "$LIB/libA.so.1" -Wl,-rpath,"$LIB"
sign_with release "$LIB/host" >"$WORK/log"
write_policy "$REAL/policy.yaml" "rule:{path: $LIB/host, kind: program, signers: [release], owners: [root, caller]}" >"$WORK/log"
check "a program with its library" answers "open OK" "$LIB/host" "$REAL/policy.pem" "$REAL/policy.yaml" - -
rm "$LIB/libA.so.1"
ln -s libB.so.1 "$LIB/libA.so.1"
check "R31 a link that makes one start-up library another is refused" answers "open NAME_MISMATCH" \
	"$LIB/host" "$REAL/policy.pem" "$REAL/policy.yaml" - -
rm "$LIB/libA.so.1"
cp "$WORK/A" "$LIB/libA.so.1"

# a preloaded object without code whose first segment is no part of its file
cat >"$WORK/s.ld" <<'LD'
PHDRS { z PT_LOAD FLAGS(6); d PT_LOAD FLAGS(6); dyn PT_DYNAMIC FLAGS(6); st PT_GNU_STACK FLAGS(6); }
SECTIONS { . = 0; .bss : { *(.bss) . += 0x1000; } :z
 . = ALIGN(0x1000); .hash : { *(.hash) } :d .dynsym : { *(.dynsym) } :d .dynstr : { *(.dynstr) } :d
 .data : { *(.data) } :d .dynamic : { *(.dynamic) } :d :dyn
 /DISCARD/ : { *(.eh_frame) *(.note*) *(.comment) *(.text) *(.gnu*) *(.rela*) *(.got*) *(.plt*) } }
LD
echo 'int zz; int stranger_data = 42;' >"$WORK/s.c"
if ${CC:-cc} -shared -nostdlib -fPIC "-Wl,--hash-style=sysv,-z,max-page-size=4096,--build-id=none,-T,$WORK/s.ld" \
	-o "$WORK/stranger.so" "$WORK/s.c" 2>"$WORK/log"; then
	preloaded() { LD_PRELOAD=$WORK/stranger.so "$LIB/host" "$REAL/policy.pem" "$REAL/policy.yaml" - -; }
	check "R54 a preloaded object that hides behind empty memory is seen" answers "open PROCESS_UNVERIFIED" preloaded
	cp "$WORK/stranger.so" "$LIB/libstranger.so"
	sign_with release "$LIB/libstranger.so" >"$WORK/log"
	check "R39 and none like it is approved" refused ELF_MALFORMED verify "$LIB/libstranger.so"
fi

# a signed program on a file system whose word about owners is not believed
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	mkdir "$REAL/ram"
	# shellcheck disable=SC2086
	${CC:-cc} -Iinclude -w tests/hosts/open_context.c -o "$WORK/host" $libs
	sign_with release "$WORK/host" >"$WORK/log"
	write_policy "$REAL/policy.yaml" "rule:{path: $REAL/ram/host, kind: program, signers: [release], owners: [root]}" \
		"rule:{path: $REAL/ram/*, signers: [release], owners: [root]}" >"$WORK/log"
	on_ramfs() {
		unshare -m sh -c "mount -t ramfs r '$REAL/ram' && cp '$WORK/host' '$LIB/libB.so.1' '$REAL/ram/' && $*"
	}
	check "R75 a program that can be changed while it runs is refused" answers "open PATH_UNSAFE" \
		on_ramfs "'$REAL/ram/host' '$REAL/policy.pem' '$REAL/policy.yaml' - -"
	check "R75 what is copied and sealed is judged by its signature" on_ramfs \
		"'$MODSEAL' verify --policy '$REAL/policy.yaml' --anchor '$REAL/policy.pem' '$REAL/ram/libB.so.1'"
else
	skip "R75 a program on ramfs" "needs root"
fi
