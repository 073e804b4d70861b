#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What several modules of a context need is in memory once; each file is judged anew (R105).
. tests/lib.sh
. tests/policy.sh
check "the policy is signed" write_policy "$REAL/policy.yaml"
host=$REAL/host
cp "$BUILD/tests/hosts/shared_copies" "$host"
sign_with release "$host" >"$WORK/log"
check "and one that has the host" write_policy "$REAL/policy.yaml" \
	"rule:{path: $host, kind: program, signers: [release], owners: [root, caller], identity: unbound}"
build_library "$LIB/libcommon.so.1" libcommon.so.1 'int common(void) { return 1; }'
for name in one two; do
	build_library "$LIB/lib$name.so.1" lib$name.so.1 "int common(void); int $name(void) { return common(); }" \
		-Wl,--no-as-needed "$LIB/libcommon.so.1"
done
one=$LIB/libone.so.1 two=$LIB/libtwo.so.1 common=$LIB/libcommon.so.1
tries() { "$host" "$REAL/policy.pem" "$REAL/policy.yaml" "$@" >"$WORK/said" 2>&1; }
# answers LINE...: these are all lines
answers() {
	printf '%s\n' "$@" | diff - "$WORK/said" >&2
}

tries verify=a,"$one" copies verify=b,"$two" copies load=a load=b call=a,one call=b,two unload=a call=b,two \
	free=a copies unload=b free=b copies
check "a library that two need is there once" answers 'verify: OK' 'copies: 2 of 2' 'verify: OK' \
	'copies: 4 of 3' 'load: OK' 'load: OK' 'call: 1' 'call: 1' 'unload: OK' 'call: 1' 'copies: 2 of 2' \
	'unload: OK' 'copies: 0 of 0'
tries verify=a,"$one" verify=b,"$one" free=a copies load=b call=b,one verify=c,"$one" copies
check "whoever comes later does not need the first" answers 'verify: OK' 'verify: OK' 'copies: 2 of 2' \
	'load: OK' 'call: 1' 'verify: OK' 'copies: 3 of 2'
cp "$common" "$REAL/content" && "$MODSEAL" strip "$REAL/content" >"$WORK/log"
tries verify=a,"$common" size=a
check "R40 it ends where the content ends, without the signature" answers 'verify: OK' "size: $(stat -c %s "$REAL/content")"
check "R40 which is less than the file" [ "$(stat -c %s "$REAL/content")" -lt "$(stat -c %s "$common")" ]
tries verify=a,"$common" free=a verify=b,"$common" copies
check "what nobody has any more is copied again" answers 'verify: OK' 'verify: OK' 'copies: 1 of 1'
tries verify=a,"$common" verify=b,"$common" drain=a write=a write=b
check "each has a position of its own, and the second no right to write" answers 'verify: OK' 'verify: OK' \
	'position a: 4096' 'position b: 0' 'write: Operation not permitted' 'write: Bad file descriptor'
tries verify=a,"$common" context verify=b,"$common" copies
check "another context has its own" answers 'verify: OK' 'verify: OK' 'copies: 2 of 2'
mkdir "$LIB/beside"
cp "$common" "$LIB/beside"
tries verify=a,"$LIB/beside/libcommon.so.1" verify=b,"$common" copies
check "so has another path" answers 'verify: OK' 'verify: OK' 'copies: 2 of 2'

# the file is replaced while an image of it lives
mkdir "$REAL/later"
build_library "$REAL/later/libcommon.so.1" libcommon.so.1 'int common(void) { return 2; }'
cp "$REAL/later/libcommon.so.1" "$REAL/later/new"
cp "$common" "$REAL/later/old"
tries verify=a,"$common" move="$REAL/later/new,$common" verify=b,"$common" copies load=b call=b,common
check "R105 a replaced file is another" answers 'verify: OK' 'verify: OK' 'copies: 2 of 2' 'load: OK' 'call: 2'
# it was judged before its copy was made: what is sealed must be the same
cp "$REAL/later/old" "$common" && build_library "$REAL/later/new" libcommon.so.1 'int common(void) { return 3; }'
tries verify=a,"$common" move="$REAL/later/new,$common" tamper=400 verify=b,"$common" copies verify=c,"$common" load=c call=c,common
check "R117 a byte of the copy written before it was sealed" answers 'verify: OK' 'verify: CHANGED' 'copies: 1 of 1' \
	'verify: OK' 'load: OK' 'call: 3'
cp "$common" "$REAL/later/new"
cp "$common" "$LIB/beside/libcommon.so.1"
cp "$REAL/later/old" "$common"
tries verify=a,"$common" verify=b,"$LIB/beside/libcommon.so.1" move="$REAL/later/new,$common" verify=c,"$common" copies
check "and has not the copy of another path" answers 'verify: OK' 'verify: OK' 'verify: OK' 'copies: 3 of 3'
cp "$REAL/later/old" "$common"
cp "$common" "$REAL/later/bad"
printf '\001' | dd of="$REAL/later/bad" bs=1 seek=400 conv=notrunc 2>/dev/null
tries verify=a,"$common" move="$REAL/later/bad,$common" verify=b,"$common" copies
check "R105 one whose bytes nobody signed is refused" answers 'verify: OK' 'verify: SIGNATURE_INVALID' 'copies: 1 of 1'
cp "$REAL/later/libcommon.so.1" "$common"
cp "$common" "$REAL/later/resigned"
sign_with other "$REAL/later/resigned" >"$WORK/log"
tries verify=a,"$common" move="$REAL/later/resigned,$common" verify=b,"$common" copies
check "R105 so are known bytes that somebody else has signed" answers 'verify: OK' 'verify: SIGNER_NOT_ALLOWED' 'copies: 1 of 1'
cp "$REAL/later/libcommon.so.1" "$common"
cp "$common" "$REAL/later/unsigned"
"$MODSEAL" strip "$REAL/later/unsigned" >"$WORK/log"
tries verify=a,"$common" move="$REAL/later/unsigned,$common" verify=b,"$common" verify=c,"$one" copies
check "R105 and those that nobody signs any more" answers 'verify: OK' 'verify: SIGNATURE_MISSING' 'verify: SIGNATURE_MISSING' 'copies: 1 of 1'
cp "$REAL/later/libcommon.so.1" "$common"

# the descriptor of the first image is another file by now (R62)
tries verify=a,"$common" steal=a,/dev/null verify=b,"$common" load=b call=b,common load=a
check "R62 a descriptor that means another file gives nothing" answers 'verify: OK' 'verify: OK' 'load: OK' 'call: 2' \
	'load: OK'
cp "$REAL/later/old" "$common"
tries verify=a,"$common" verify=b,"$LIB/beside/libcommon.so.1" instead=a,b verify=c,"$common" load=c call=c,common
check "R62 nor does one that means the copy of other bytes" answers 'verify: OK' 'verify: OK' 'verify: OK' 'load: OK' 'call: 1'
tries verify=a,"$common" steal=a,"$common" verify=b,"$common" copies
check "R62 even one with the bytes of the signed file" answers 'verify: OK' 'verify: OK' 'copies: 1 of 1'

# What two need, and is loaded, is not read anew: it is that which the second will be bound to.
tells() {
	MODSEAL_DEBUG=1 "$host" "$REAL/policy.pem" "$REAL/policy.yaml" "$@" >"$WORK/said" 2>"$WORK/debug"
}
loaded_already() {
	grep -c 'libcommon.so.1: OK, content sha256:[0-9a-f]*, loaded already$' "$WORK/debug" | grep -qx "$1"
}
tells verify=a,"$one" load=a verify=b,"$two" copies load=b call=b,two unload=a call=b,two unload=b verify=b,"$two"
check "a need is satisfied by what is loaded" answers 'verify: OK' 'load: OK' 'verify: OK' 'copies: 3 of 3' 'load: OK' 'call: 1' \
	'unload: OK' 'call: 1' 'unload: OK' 'verify: OK'
check "and not by what was unloaded since" loaded_already 1
tells verify=a,"$one" load=a verify=b,"$two" unload=a free=a load=b call=b,two
check "the approved image loads though all else is unloaded meanwhile" answers 'verify: OK' 'load: OK' 'verify: OK' 'unload: OK' \
	'load: OK' 'call: 1'
check "though it was loaded when it was approved" loaded_already 1
tells verify=a,"$one" verify=b,"$two"
check "R105 what is approved only is judged anew" loaded_already 0
tells verify=a,"$one" load=a verify=b,"$common" load=b
check "R105 so is what is asked for itself" loaded_already 0
tells verify=a,"$common" load=a verify=b,"$one" load=b call=b,one
check "what was not needed when it was approved is judged as what is needed" loaded_already 0
tells verify=a,"$one" load=a free=a verify=b,"$two" load=b call=b,two
check "without an image that lives nothing is known" loaded_already 0
tells verify=a,"$one" load=a context verify=b,"$two" load=b call=b,two
check "R105 another context judges for itself" loaded_already 0
check "and binds to the same bytes" answers 'verify: OK' 'load: OK' 'verify: OK' 'load: OK' 'call: 1'
cp "$common" "$REAL/later/new"
tells verify=a,"$one" load=a move="$REAL/later/new,$common" verify=b,"$two" load=b call=b,two
check "R105 a file that was replaced is read, though the bytes are the same" loaded_already 0
check "and is the one that is loaded" answers 'verify: OK' 'load: OK' 'verify: OK' 'load: OK' 'call: 1'
cp "$REAL/later/libcommon.so.1" "$REAL/later/new"
tells verify=a,"$one" load=a move="$REAL/later/new,$common" verify=b,"$two" load=b
check "R53 one with other bytes is no second of its SONAME" answers 'verify: OK' 'load: OK' 'verify: OK' 'load: SONAME_CONFLICT'
cp "$common" "$REAL/later/new"
printf '\001' | dd of="$REAL/later/new" bs=1 seek=400 conv=notrunc 2>/dev/null
tells verify=a,"$one" load=a move="$REAL/later/new,$common" verify=b,"$two"
check "R105 one that nobody signed is refused, though what it was is loaded" answers 'verify: OK' 'load: OK' 'verify: SIGNATURE_INVALID'
cp "$REAL/later/old" "$common"
tells verify=a,"$one" load=a touch="$common" verify=b,"$two" load=b call=b,two
check "R105 one that was touched is read" loaded_already 0

"$MODSEAL" strip "$common" >"$WORK/log"
sed 's/^mode: .*/mode: audit/' "$REAL/policy.yaml" >"$REAL/audit.yaml"
"$MODSEAL" policy sign --force "$REAL/audit.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
MODSEAL_DEBUG=1 "$host" "$REAL/policy.pem" "$REAL/audit.yaml" verify=a,"$one" load=a verify=b,"$two" >"$WORK/said" 2>"$WORK/debug"
refused_twice() { [ "$(grep -c 'libcommon.so.1: would be refused: SIGNATURE_MISSING' "$WORK/debug")" = 2 ]; }
check "R107 what audit mode let in is told of again" refused_twice
told_for_both() { [ "$(grep -c 'lib\(one\|two\).so.1: would be refused: SIGNATURE_MISSING' "$WORK/debug")" = 2 ]; }
check "R107 with whoever needs it" told_for_both
check "R107 and is loaded" answers 'verify: OK' 'load: OK' 'verify: OK'
cp "$REAL/later/old" "$common"

# Each is read once more into private memory, the threads one after the other: then the most that
# several of them take is what one takes, and not a file for each (30 MB)
head -c 30000000 /dev/zero >"$WORK/zeros"
printf '.section .note.GNU-stack,"",%%progbits\n.section .rodata\n.incbin "%s"\n' "$WORK/zeros" >"$WORK/large.s"
needs=
for name in 1 2 3 4; do
	build_library "$LIB/liblarge$name.so.1" liblarge$name.so.1 "" "$WORK/large.s"
	needs="$needs $LIB/liblarge$name.so.1"
done
for name in first second; do
	# shellcheck disable=SC2086
	build_library "$LIB/lib$name.so.1" lib$name.so.1 "" -Wl,--no-as-needed $needs
done
cat >"$WORK/most.py" <<'MAKE'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
MAKE
most() { "$@" python3 "$WORK/most.py" "$host" "$REAL/policy.pem" "$REAL/policy.yaml" "verify=a,$LIB/libfirst.so.1" "verify=b,$LIB/libsecond.so.1"; }
no_more() { [ "$(most)" -lt $(($(most taskset -c 0) + 12000)) ]; }
if [ -n "${SANITIZE:-}" ]; then
	skip "memory for files that are shared" "a sanitizer takes more"
else
	for round in 1 2 3; do check "one large file at a time is read to be shared ($round)" no_more; done
fi
cp "$LIB/liblarge2.so.1" "$REAL/later/large"
printf '\001' | dd of="$REAL/later/large" bs=1 seek=5000000 conv=notrunc 2>/dev/null
tries verify=a,"$LIB/libfirst.so.1" move="$REAL/later/large,$LIB/liblarge2.so.1" verify=b,"$LIB/libsecond.so.1"
check "and one that is refused makes none of the others wait" answers 'verify: OK' 'verify: SIGNATURE_INVALID'
