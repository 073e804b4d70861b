#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What several threads judge is decided, and told, as one thread does it: the order of what a
# library needs, which of several wrong files is named, records and debug lines. Also run by
# check-tsan:
# threads
. tests/lib.sh
. tests/policy.sh
CC=${CC:-gcc}

cd "$WORK" || exit 99
# library NAME NEEDED...: one that needs those; libdata alone is large
library() {
	name=$1
	shift
	echo "int of_$name(void) { return 1; }" >$name.c
	for needed; do
		set -- "$@" lib/lib$needed.so.1
		shift
	done
	"$CC" -shared -fPIC -Wl,--no-as-needed -Wl,-soname,lib$name.so.1 -o lib/lib$name.so.1 $name.c "$@"
}
head -c 6000000 /dev/urandom >random
printf '.section .note.GNU-stack,"",%%progbits\n.section .rodata\n.incbin "random"\n' >data.s
"$CC" -c -o data.o data.s
library data
"$CC" -shared -fPIC -Wl,-soname,libdata.so.1 -o lib/libdata.so.1 data.c data.o
leaves=
for leaf in $(seq 1 12); do
	library leaf$leaf
	leaves="$leaves leaf$leaf"
done
for middle in $(seq 1 6); do
	library middle$middle leaf$middle leaf$((middle + 6)) data
done
# shellcheck disable=SC2086
library top middle3 middle1 leaf12 middle6 middle2 data middle5 middle4 $leaves
library wrong1 leaf1
library wrong2 leaf2
library missing leaf3
library cycle1 leaf4
library cycle2 cycle1
library cycle1 leaf4 cycle2
library last wrong2 wrong1
library bad middle1 wrong2 middle2 wrong1 missing
library worse middle1 missing middle2 wrong1
library round middle1 cycle1 wrong1
library under bad middle4
cp "$BUILD/tests/hosts/closure_threads" host
sign_with release lib/*.so.1 host >.sign || exit 99
for wrong in 1 2; do
	printf '\1' | dd of=lib/libwrong$wrong.so.1 bs=1 seek=4096 conv=notrunc 2>/dev/null
done
rm lib/libmissing.so.1
check "the policy is signed" write_policy policy.yaml "records: {to: [file], file: $REAL/records}" \
	"rule:{path: $REAL/host, kind: program, signers: [release], owners: [root, caller]}"

rounds=20
[ -z "${SANITIZE:-}" ] || rounds=4
# what THREADS LIBRARY...: into what.THREADS, debug.THREADS, records.THREADS
what() {
	threads=$1
	shift
	rm -f records
	MODSEAL_DEBUG=1 ./host "$REAL/policy.yaml" "$REAL/policy.pem" "$threads" $rounds "$@" \
		>"what.$threads" 2>"debug.$threads" || { cat "debug.$threads" >&2; return 1; }
	sed 's/"time": *"[^"]*"//; s/"pid": *[0-9]*//; s/"tid": *[0-9]*//' records >"records.$threads"
}
same() {
	for threads in 1 2 8; do
		what $threads "$@" || return 1
		for kind in what debug records; do
			diff $kind.1 $kind.$threads >difference || { head -5 difference >&2; return 1; }
		done
	done
	[ -s records.1 ] && [ -s debug.1 ] && [ "$(wc -l <what.1)" = $((rounds * $#)) ]
}
path() { echo "$REAL/lib/lib$1.so.1"; }
check "a closure of 20 is approved in one order" same "$(path top)"
check "... and it was approved" grep -q "libtop.so.1 $REAL/lib/libleaf3.so.1 " what.1
for library in bad worse round last under; do
	check "lib$library is refused for one reason" same "$(path $library)"
	check "... and it was refused" grep -q '^[A-Z_]* [0-9]* ' what.1
done
what 1 "$(path last)"
check "wrong2 is met before wrong1, as it is needed" grep -q '^SIGNATURE_INVALID .*libwrong2' what.1
check "good and bad ones in turn" same "$(path top)" "$(path bad)" "$(path middle2)" "$(path round)" "$(path top)"
cancelled() {
	CANCELLED=1 same "$@"
}
check "a thread that is cancelled has its answer first" cancelled "$(path top)" "$(path bad)"
