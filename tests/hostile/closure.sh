#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole closure first: dependencies that are bad, missing, circular, or not what they
# are needed as; and that no code of any object runs before all are approved.
. tests/lib.sh
. tests/policy.sh
check "the policy is signed" write_policy "$REAL/policy.yaml"

# a chain of three, each with a marker
build_library "$LIB/libc3.so.1" libc3.so.1 "$(marker c3)
int c3(void) { return 3; }"
build_library "$LIB/libc2.so.1" libc2.so.1 "$(marker c2)
int c3(void); int c2(void) { return c3() + 2; }" "$LIB/libc3.so.1"
build_library "$LIB/libc1.so.1" libc1.so.1 "$(marker c1)
int c2(void); int c1(void) { return c2() + 1; }" "$LIB/libc2.so.1"

check "a good closure is accepted" verify "$LIB/libc1.so.1"
check "R110 checking runs nothing" nothing_ran
check "a good closure is loaded" load "$LIB/libc1.so.1" --symbol c1
check "its constructors ran" [ "$(ls "$WORK/ran" | tr '\n' ' ')" = "c1 c2 c3 " ]
rm -f "$WORK"/ran/*
told_dependencies() { load "$LIB/libc1.so.1" | grep -q "libc3.so.1"; }
check "what it needs is told when loading, too" told_dependencies
check "by a bare name" load c1.so.1 --symbol c1
rm -f "$WORK"/ran/*

# R46: each object of the closure in turn
for bad in libc1.so.1 libc2.so.1 libc3.so.1; do
	cp "$LIB/$bad" "$WORK/saved"
	printf X | dd of="$LIB/$bad" bs=1 seek=700 conv=notrunc 2>/dev/null
	check "R46 a changed $bad refuses the closure" refused SIGNATURE_INVALID load "$LIB/libc1.so.1"
	check "R46 nothing ran (changed $bad)" nothing_ran
	"$MODSEAL" strip --output "$LIB/$bad" "$WORK/saved"
	check "R46 an unsigned $bad refuses the closure" refused SIGNATURE_MISSING load "$LIB/libc1.so.1"
	check "R46 nothing ran (unsigned $bad)" nothing_ran
	rm "$LIB/$bad"
	case $bad in libc1.so.1) code=NOT_FOUND ;; *) code=DEPENDENCY_MISSING ;; esac
	check "R46 a missing $bad refuses the closure" refused "$code" load "$LIB/libc1.so.1"
	check "R46 nothing ran (missing $bad)" nothing_ran
	cp "$WORK/saved" "$LIB/$bad"
	sign_with other "$LIB/$bad" >"$WORK/log"
	check "R46 a $bad by a signer the rule does not name refuses" refused SIGNER_NOT_ALLOWED load "$LIB/libc1.so.1"
	check "R46 nothing ran ($bad by another signer)" nothing_ran
	cp "$WORK/saved" "$LIB/$bad"
done

# R52: no SONAME, or another one; decoys wherever the dynamic linker might look
mkdir "$WORK/decoys"
build_library "$LIB/libplain.so" "" "int plain(void) { return 1; }"
build_library "$LIB/libuser1.so.1" libuser1.so.1 "int plain(void); int user1(void) { return plain(); }" \
	-L"$LIB" -lplain
build_library "$LIB/libother.so.1" libelse.so.1 "int elsewhere(void) { return 1; }"
ln "$LIB/libother.so.1" "$LIB/libelse.so.1"
build_library "$LIB/libuser2.so.1" libuser2.so.1 "int elsewhere(void); int user2(void) { return elsewhere(); }" \
	"$LIB/libelse.so.1"
rm "$LIB/libelse.so.1"
build_library "$WORK/renamed" libdifferent.so.1 "$(marker different)"
cp "$WORK/renamed" "$LIB/libelse.so.1"
for name in libplain.so libelse.so.1; do
	build_library "$WORK/decoys/$name" "$name" "$(marker "decoy-$name")"
done
decoyed() { (cd "$WORK/decoys" && LD_LIBRARY_PATH=$WORK/decoys "$@"); }
check "R52 a dependency without SONAME is refused" refused NAME_MISMATCH load "$LIB/libuser1.so.1"
check "R52 one whose SONAME is not the needed name is refused" refused NAME_MISMATCH load "$LIB/libuser2.so.1"
check "R52 a decoy in the working directory and LD_LIBRARY_PATH changes nothing (no SONAME)" \
	refused NAME_MISMATCH decoyed "$LOADER" load --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$LIB/libuser1.so.1"
check "R52 nothing of a decoy ran" nothing_ran
check "the rule that takes any name" write_policy "$REAL/policy.yaml" \
	"rule:{path: $LIB/**, signers: [release], owners: [root, caller], identity: unbound}"
check "R52 is none for what is needed" refused NAME_MISMATCH verify "$LIB/libuser2.so.1"
check "R52 nor for one without SONAME" refused NAME_MISMATCH verify "$LIB/libuser1.so.1"
check "the policy is as it was" write_policy "$REAL/policy.yaml"
if command -v strace >/dev/null 2>&1; then
	rm "$LIB/libplain.so"
	strace -f -e trace=open,openat,openat2 -o "$WORK/trace" "$LOADER" load --policy "$REAL/policy.yaml" \
		--anchor "$REAL/policy.pem" "$LIB/libuser1.so.1" >"$WORK/log" 2>&1
	check "R52 no decoy is opened" exits 1 grep -q decoys "$WORK/trace"
else
	skip "R52 no decoy is opened" "strace is not installed"
fi

# R57: a circle
printf 'int b(void); int a(void) { return 1; }' >"$WORK/a.c"
printf 'int a(void); int b(void) { return a(); }' >"$WORK/b.c"
${CC:-cc} -shared -fPIC -Wl,-soname,libb.so.1 -o "$LIB/libb.so.1" "$WORK/a.c"
${CC:-cc} -shared -fPIC -Wl,-soname,liba.so.1 -o "$LIB/liba.so.1" "$WORK/a.c" -Wl,--no-as-needed "$LIB/libb.so.1"
${CC:-cc} -shared -fPIC -Wl,-soname,libb.so.1 -o "$LIB/libb.so.1" "$WORK/b.c" -Wl,--no-as-needed "$LIB/liba.so.1"
sign_with release "$LIB/liba.so.1" "$LIB/libb.so.1" >"$WORK/log"
check "R57 a circle is refused" refused DEPENDENCY_CYCLE verify "$LIB/liba.so.1"
# told TEXT FILE: the message of a refusal holds it
told() { verify "$2" 2>&1 | grep -qFe "$1" || { verify "$2" 2>&1 | head -c 2000 >&2; return 1; }; }
check "R57 and printed" told \
	'a circle of 2 libraries that need each other: liba.so.1 -> libb.so.1 -> liba.so.1' "$LIB/liba.so.1"
check "R57 from the other end too" refused DEPENDENCY_CYCLE verify "$LIB/libb.so.1"
check "R57 beginning there" told ': libb.so.1 -> liba.so.1 -> libb.so.1' "$LIB/libb.so.1"
build_library "$WORK/libself.so.1" libself.so.1 "int self(void) { return 1; }"
build_library "$LIB/libself.so.1" libself.so.1 "int self(void) { return 1; }" -Wl,--no-as-needed "$WORK/libself.so.1"
check "R57 a library that needs itself is refused" refused DEPENDENCY_CYCLE verify "$LIB/libself.so.1"
check "R57 and named" told 'a circle of 1 library that needs itself: libself.so.1 -> libself.so.1' "$LIB/libself.so.1"
# circle NAME COUNT: NAME1.so.1 needs NAME2.so.1 and so on, and the last of them the first
circle() {
	printf 'int nothing;' >"$WORK/c.c"
	for number in $(seq "$2" -1 0); do
		number=$((number == 0 ? $2 : number)) next=$((number % $2 + 1))
		[ "$number" = "$2" ] && [ ! -e "$LIB/${1}1.so.1" ] && next=
		${CC:-cc} -shared -fPIC -nostdlib -Wl,-soname,"$1$number.so.1" -o "$LIB/$1$number.so.1" "$WORK/c.c" \
			-Wl,--no-as-needed,--allow-shlib-undefined ${next:+"$LIB/$1$next.so.1"}
	done
	sign_with release "$LIB/$1"*.so.1 >"$WORK/log"
}
circle libtri 3
build_library "$LIB/libentry.so.1" libentry.so.1 "int entry(void) { return 1; }" -Wl,--no-as-needed "$LIB/libtri2.so.1"
check "R57 a circle of three is refused" refused DEPENDENCY_CYCLE verify "$LIB/libtri1.so.1"
check "R57 and printed in the order of need" told \
	'a circle of 3 libraries that need each other: libtri1.so.1 -> libtri2.so.1 -> libtri3.so.1 -> libtri1.so.1' \
	"$LIB/libtri1.so.1"
check "R57 what leads to it is not in it" told \
	'each other: libtri2.so.1 -> libtri3.so.1 -> libtri1.so.1 -> libtri2.so.1' "$LIB/libentry.so.1"
long=lib$(printf 'x%.0s' $(seq 40))
circle "$long" 15
check "R57 a long circle is refused" refused DEPENDENCY_CYCLE verify "$LIB/${long}1.so.1"
check "R57 and cut in its middle" told \
	": ${long}1.so.1 -> ... (13 more) ... -> ${long}15.so.1 -> ${long}1.so.1" "$LIB/${long}1.so.1"
longest=lib$(printf 'y%.0s' $(seq 246))
circle "$longest" 4
check "R57 of the longest names, each end is there" told ": ${longest}1.so.1 -> ... (2 more) ... -> ${longest}4.so.1 -> ${longest}1.so.1" "$LIB/${longest}1.so.1"

# R31: a library under another's name
build_library "$LIB/liborig.so.1" liborig.so.1 "$(marker orig)"
cp "$LIB/liborig.so.1" "$LIB/libfake.so.1"
check "R31 a library under another's name is refused" refused NAME_MISMATCH load "$LIB/libfake.so.1"
cp "$LIB/libc1.so.1" "$WORK/saved"
cp "$LIB/liborig.so.1" "$LIB/libc1.so.1"
check "R31 a library in another's place is refused" refused NAME_MISMATCH load "$LIB/libc1.so.1"
cp "$WORK/saved" "$LIB/libc1.so.1"
build_library "$LIB/libnameless.so" "" "int nameless(void) { return 1; }"
check "R31 without SONAME a library has no identity" refused NAME_MISMATCH load "$LIB/libnameless.so"
check "nothing of these ran" nothing_ran

# R03: a container inside what is signed
build_library "$LIB/libnest.so.1" libnest.so.1 "int nest(void) { return 1; }"
cp "$LIB/libnest.so.1" "$WORK/inner"
openssl cms -sign -binary -noattr -nocerts -in "$WORK/inner" -signer "$REAL/release.pem" -inkey "$REAL/release.key" \
	-md sha256 -outform DER -out "$WORK/outer.cms" 2>"$WORK/log"
size=$(wc -c <"$WORK/outer.cms")
{
	cat "$WORK/inner" "$WORK/outer.cms"
	# shellcheck disable=SC2059 # the size, as the trailer has it
	printf "\\0\\0\\2\\0\\0\\0\\0\\0\\0\\0\\$(printf %o $((size / 256)))\\$(printf %o $((size % 256)))"
	printf '~Module signature appended~\n'
} >"$LIB/libnest.so.1"
check "R03 a signature over a signed file is refused" refused SIGNATURE_MALFORMED verify "$LIB/libnest.so.1"
named_nested() { verify "$LIB/libnest.so.1" 2>&1 | grep -q 'ends in a signature container itself'; }
check "R03 and the reason is told" named_nested

# R105: a second verify reads the bytes again
check "first it is accepted" verify "$LIB/libc3.so.1"
printf X | dd of="$LIB/libc3.so.1" bs=1 seek=700 conv=notrunc 2>/dev/null
check "R105 changed since, it is refused" refused SIGNATURE_INVALID verify "$LIB/libc3.so.1"

# R64: refused, as no rule here allows it (policy_keys.sh has one that does)
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	mkdir "$LIB/noexec"
	cp "$LIB/libc2.so.1" "$WORK/noexec.so"
	from_noexec() {
		unshare -m sh -c "mount -t tmpfs -o noexec,mode=755 tmpfs '$LIB/noexec' &&
			cp '$WORK/noexec.so' '$LIB/noexec/libc2.so.1' &&
			exec '$MODSEAL' verify --policy '$REAL/policy.yaml' --anchor '$REAL/policy.pem' '$LIB/noexec/libc2.so.1' --json"
	}
	from_exec() {
		unshare -m sh -c "mount -t tmpfs -o mode=755 tmpfs '$LIB/noexec' &&
			cp '$LIB/liborig.so.1' '$LIB/noexec/liborig.so.1' &&
			exec '$MODSEAL' verify --policy '$REAL/policy.yaml' --anchor '$REAL/policy.pem' '$LIB/noexec/liborig.so.1'"
	}
	check "a library on another file system is accepted" from_exec
	check "R64 on one mounted noexec it is refused" refused NOEXEC from_noexec
else
	skip "R64 a library on a noexec mount" "needs root"
fi

# A chain of needs longer than anything real
previous=
number=0
while [ $number -le 130 ]; do
	# shellcheck disable=SC2086
	${CC:-cc} -shared -nostdlib -fPIC -Wl,--no-as-needed -Wl,-soname,libchain$number.so.1 \
		-o "$LIB/libchain$number.so.1" -x c /dev/null -x none $previous
	previous=$LIB/libchain$number.so.1
	number=$((number + 1))
done
sign_with release "$LIB"/libchain*.so.1 >"$WORK/log"
check "needs 100 deep are accepted" verify "$LIB/libchain100.so.1"
check "needs 130 deep are refused" refused DEPENDENCY_LIMIT verify "$LIB/libchain130.so.1"
with_descriptors() { # with_descriptors COUNT COMMAND...
	# shellcheck disable=SC3045 # -n is of dash, bash and busybox
	(ulimit -n "$1" && shift && "$@")
}
check "checking them holds none open" with_descriptors 32 verify "$LIB/libchain100.so.1"
check "loading them holds one open for each" with_descriptors 140 load "$LIB/libchain100.so.1"
check "... and with fewer is refused" refused RESOURCE with_descriptors 90 load "$LIB/libchain100.so.1"
# A table that grows while threads share it takes the kernel 2 to 15 ms.
if command -v strace >/dev/null 2>&1 && [ "$(nproc)" -gt 1 ]; then
	check "what helps is traced" strace -f -e trace=fcntl,clone,clone3 -o "$WORK/trace" \
		"$LOADER" load --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$LIB/libchain100.so.1"
	check "the table of descriptors grows before there are two threads" \
		[ "$(grep -oE 'clone3?\(|F_DUPFD_CLOEXEC, 511\) += 511' "$WORK/trace" | cut -c 1-5 | uniq | head -n 2 | tr '\n' ' ')" = "F_DUP clone " ]
else
	skip "when the table of descriptors grows" "strace is not installed, or there is one processor"
fi

# as many needs as there may be, and one more
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	${CC:-cc} -shared -nostdlib -fPIC -Wl,-soname,libneed0000.so.1 -o "$WORK/need" -x c /dev/null
	check "a rule for what only root can replace" write_policy "$REAL/policy.yaml" \
		"rule:{path: /mnt/**, evidence: [protected-path], search: [/mnt]}" \
		"rule:{path: /mnt/host, kind: program, evidence: [protected-path], search: [/mnt, $SYSTEM]}"
	link="${CC:-cc} -shared -nostdlib -fPIC -Wl,--no-as-needed -x c /dev/null -x none"
	judge="exec '$MODSEAL' verify --policy '$REAL/policy.yaml' --anchor '$REAL/policy.pem' --json /mnt/libneedy.so.1"
	start="${CC:-cc} -Iinclude -w tests/hosts/two_policies.c -o /mnt/host -Wl,--no-as-needed \
		/mnt/libneedy.so.1 -Wl,--disable-new-dtags,-rpath,/mnt '$BUILD/lib/libmodseal.a' -lcrypto -lelf -lyaml -lpthread -ldl &&
		exec /mnt/host '$REAL/policy.pem' '$REAL/policy.yaml'"
	needing() { # needing COUNT COMMAND: with a library whose closure is so many, by three that need the others
		unshare -m sh -c "mount -t tmpfs -o mode=755 none /mnt && python3 - '$WORK/need' $(($1 - 3)) <<'MAKE' &&
import sys
one = open(sys.argv[1], 'rb').read()
for number in range(int(sys.argv[2])):
    open('/mnt/libneed%04d.so.1' % number, 'wb').write(one.replace(b'libneed0000', b'libneed%04d' % number))
MAKE
			$link -Wl,-soname,libpart1.so.1 -o /mnt/libpart1.so.1 /mnt/libneed0[0-3]*.so.1 &&
			$link -Wl,-soname,libpart2.so.1 -o /mnt/libpart2.so.1 /mnt/libneed0[4-7]*.so.1 &&
			$link -Wl,-soname,libpart3.so.1 -o /mnt/libpart3.so.1 /mnt/libneed0[89]*.so.1 /mnt/libneed1*.so.1 &&
			$link -Wl,-soname,libneedy.so.1 -o /mnt/libneedy.so.1 /mnt/libpart*.so.1 &&
			$2"
	}
	check "1024 needs are accepted" needing 1024 "$judge"
	check "1025 are refused" refused DEPENDENCY_LIMIT needing 1025 "$judge"
	started() { needing "$1" "$start" >"$WORK/log" 2>&1; cat "$WORK/log" >&2; grep -qx "$2" "$WORK/log"; }
	if [ -z "${SANITIZE:-}" ]; then
		check "a program that has that many is judged" started 1010 OK
		check "one that has more is refused" started 1025 DEPENDENCY_LIMIT
	fi
fi
