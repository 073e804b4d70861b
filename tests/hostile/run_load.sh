#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: the programs run as they are, with no library but the C library's
# `modseal run` against files that nobody approved: libraries on every way to the dynamic linker,
# interpreters of scripts and programs, programs of another machine (E01, E10-E12).
. tests/lib.sh
. tests/hostile/run.inc

# ---- E01 --------------------------------------------------------------------------------
marks "E01 dlopen" "$EVIL" "$loader" dlopen "$EVIL"
check "E01 dlopen: the program is told" caught dlopen "$EVIL" "$loader" dlopen "$EVIL"
if as_user "$loader" dlmopen "$EVIL" >/dev/null 2>&1; then
	marks "E01 dlmopen" "$EVIL" "$loader" dlmopen "$EVIL"
else
	skip "E01 dlmopen" "not with this C library"
fi
marks "E01 LD_PRELOAD" "$EVIL" env LD_PRELOAD="$EVIL" "$hostile" say
check "E01 LD_PRELOAD: the program itself runs" grep -q '^worked' "$WORK/out"
marks "E01 LD_AUDIT" "$EVIL" env LD_AUDIT="$EVIL" "$hostile" say

${CC:-cc} -shared -fPIC -Wl,-soname,libneeded.so.1 -o "$SAFE/lib/libneeded.so.1" -x c - <<'C' || exit 99
int payload(void) { return 0; }
C
echo 'int payload(void); int main(void) { return payload(); }' >"$WORK/needs.c"
mkdir early
library "$OURS/early/libneeded.so.1" -Wl,-soname,libneeded.so.1 || exit 99
${CC:-cc} -o "$SAFE/bin/needs" "$WORK/needs.c" "$SAFE/lib/libneeded.so.1" -Wl,-rpath,"$SAFE/lib" -Wl,--enable-new-dtags &&
	${CC:-cc} -o "$SAFE/bin/needs_early" "$WORK/needs.c" "$SAFE/lib/libneeded.so.1" -Wl,-rpath,"$OURS/early" \
		-Wl,--enable-new-dtags || exit 99
check "E01 the approved one is loaded" run "$SAFE/bin/needs"
marks "E01 LD_LIBRARY_PATH" "$OURS/early/libneeded.so.1" env LD_LIBRARY_PATH="$OURS/early" "$SAFE/bin/needs"
marks "E01 RUNPATH" "$OURS/early/libneeded.so.1" "$SAFE/bin/needs_early"
linker=$(readelf -lW "$SAFE/bin/needs" | sed -n 's/.*interpreter: \(.*\)]/\1/p')
# it may be no program at all, then nothing it could load matters
marks "E01 ld.so by hand, --library-path" "ld-[^/]*|$OURS/early/libneeded.so.1" "$linker" --library-path "$OURS/early" "$SAFE/bin/needs"
marks "E01 ld.so by hand, --preload" "ld-[^/]*|$EVIL" "$linker" --preload "$EVIL" "$SAFE/bin/needs"
{ payload; echo 'int main(void) { return 0; }'; } >"$WORK/program.c"
${CC:-cc} -o program "$WORK/program.c" && chown $user program
marks "E01 ld.so by hand, a program" "ld-[^/]*|$OURS/program" "$linker" "$OURS/program"
marks "E01 the program itself" "$OURS/program" "$OURS/program"
check "E01 the program itself: 126" exits 126 run "$OURS/program"
check "E01 one that is not there: 127" exits 127 run "$OURS/none"
marks "E01 a child" "$OURS/program" sh -c "$OURS/program; true"
marks "E01 a child of a child, without surroundings" "$OURS/program" env -i /bin/sh -c "(/usr/bin/env -i $OURS/program); :"

mkdir converters
library "$OURS/converters/EVIL.so" && printf 'module\tEVIL//\tINTERNAL\tEVIL\t1\nmodule\tINTERNAL\tEVIL//\tEVIL\t1\n' >converters/gconv-modules
fresh
as_user env GCONV_PATH="$OURS/converters" "$loader" iconv EVIL >/dev/null 2>&1
if marked; then
	marks "E01 gconv" "$OURS/converters/EVIL.so" env GCONV_PATH="$OURS/converters" "$loader" iconv EVIL
	run_options=--seal
	marks "E01 --seal, gconv" "$OURS/converters/EVIL.so" env GCONV_PATH="$OURS/converters" "$loader" iconv EVIL
	run_options=
else
	skip "E01 gconv" "this C library loads no converters"
fi
library "$OURS/early/libnss_evil.so.2" -Wl,-soname,libnss_evil.so.2
fresh
as_user env LD_LIBRARY_PATH="$OURS/early" "$loader" nss evil >/dev/null 2>&1
if marked; then
	marks "E01 NSS" "$OURS/early/libnss_evil.so.2" env LD_LIBRARY_PATH="$OURS/early" "$loader" nss evil
else
	skip "E01 NSS" "this C library loads no services"
fi

# the same where opens are answered with copies of what is signed: this is not
run_options=--seal
marks "E01 --seal, dlopen" "$EVIL" "$loader" dlopen "$EVIL"
marks "E01 --seal, LD_PRELOAD" "$EVIL" env LD_PRELOAD="$EVIL" "$hostile" say
# shellcheck disable=SC2016 # expanded there
marks "E01 --seal, LD_PRELOAD by a descriptor" "$EVIL" sh -c 'exec 9<"$0"; LD_PRELOAD=/proc/self/fd/9 "$1" say' "$EVIL" "$hostile"
marks "E01 --seal, LD_AUDIT" "$EVIL" env LD_AUDIT="$EVIL" "$hostile" say
marks "E01 --seal, LD_LIBRARY_PATH" "$OURS/early/libneeded.so.1" env LD_LIBRARY_PATH="$OURS/early" "$SAFE/bin/needs"
run_options=

# ---- E10: scripts -----------------------------------------------------------------------------
# script FILE INTERPRETER: one of root's
script() { printf '#!%s\n' "$2" >"$1" && chmod 755 "$1"; }
cp "$OURS/program" interpreter && chown $user interpreter
cp /usr/bin/true "$SAFE/bin/first" || exit 99
last=$SAFE/bin/first
for number in 1 2 3 4 5; do
	script "$SAFE/bin/good$number" "$last"
	last=$SAFE/bin/good$number
done
check "E10 a chain of five approved ones works without run" as_user "$SAFE/bin/good5"
check "E10 a chain of five approved ones" run "$SAFE/bin/good5"
script "$SAFE/bin/good6" "$last"
unlike() { ! as_user "$SAFE/bin/good6" && ! run "$SAFE/bin/good6"; }
check "E10 a chain of six ends without run, too" unlike
last=$OURS/interpreter
for number in 1 2 3 4 5; do
	script "$SAFE/bin/bad$number" "$last"
	last=$SAFE/bin/bad$number
	marks "E10 an unapproved interpreter behind $number" "$OURS/interpreter" sh -c "$last; true"
done
script "$SAFE/bin/adrift" "$SAFE/bin/none"
printf '#!/bin/sh\n' >"$SAFE/bin/plain"
said() { # said STATUS TEXT PROGRAM
	exits "$1" run "$3" 2>"$WORK/err" && grep -qE "^modseal: '$3': $2" "$WORK/err" || { cat "$WORK/err" >&2; return 1; }
}
check "E10 an interpreter that is not there: it says so" said 127 'No such file.*interpreter behind its #!' "$SAFE/bin/adrift"
check "E10 a script that may not be executed: it says so" said 126 'Permission denied.*chmod \+x' "$SAFE/bin/plain"
script "$OURS/link" "$OURS/interpreter" && script "$SAFE/bin/over" "$OURS/link"
marks "E10 an unapproved script between" "$OURS/link" sh -c "$SAFE/bin/over; true"
printf '#!/bin/sh\n: >%s/ran/evil\n' "$REAL" >own && chmod 755 own && chown $user own
marks "E10 an unapproved script" "$OURS/own" sh -c "$OURS/own 2>/dev/null || exit 1"
printf '#!interpreter\n' >"$SAFE/bin/near" && chmod 755 "$SAFE/bin/near"
marks "E10 an interpreter in the current folder" "interpreter" sh -c "$SAFE/bin/near; true"
printf '#! \t%s  word\n' "$OURS/interpreter" >"$SAFE/bin/spaces" && chmod 755 "$SAFE/bin/spaces"
marks "E10 spaces around" "$OURS/interpreter" sh -c "$SAFE/bin/spaces; true"
printf '#!%s' "$OURS/interpreter" >"$SAFE/bin/cut" && chmod 755 "$SAFE/bin/cut"
marks "E10 without an end of line" "$OURS/interpreter" sh -c "$SAFE/bin/cut; true"
# what the supervisor cannot follow is not what the kernel may
by_proc() { # by_proc PROGRAM
	check "$2: works without run" as_user "$1"
	check "$2" exits 126 run "$1"
}
printf '#!/proc/self/cwd/true\n' >"$SAFE/bin/by_proc" && chmod 755 "$SAFE/bin/by_proc"
cp /usr/bin/true true && chown $user true
by_proc "$SAFE/bin/by_proc" "E10 an interpreter by a link of /proc"
printf '#!%s %s\n' "$linker" "$OURS/program" >"$SAFE/bin/by_linker" && chmod 755 "$SAFE/bin/by_linker"
marks "E10 ld.so as an interpreter" "ld-[^/]*|$OURS/program" "$SAFE/bin/by_linker"

# ---- E11: the interpreter of a program ---------------------------------------------------------
cp "$linker" own-linker && chown $user own-linker
${CC:-cc} -o "$SAFE/bin/interpreted" "$WORK/needs.c" "$SAFE/lib/libneeded.so.1" -Wl,-rpath,"$SAFE/lib" \
	-Wl,--dynamic-linker="$OURS/own-linker" || exit 99
check "E11 another dynamic linker: works without run" as_user "$SAFE/bin/interpreted"
${CC:-cc} -o "$SAFE/bin/by_proc" "$WORK/needs.c" "$SAFE/lib/libneeded.so.1" -Wl,-rpath,"$SAFE/lib" \
	-Wl,--dynamic-linker=/proc/self/cwd/own-linker || exit 99
by_proc "$SAFE/bin/by_proc" "E11 another dynamic linker by a link of /proc"
runs_not() {
	named=$1
	shift
	! run "$@" >"$WORK/out" 2>"$WORK/err" || { echo "it ran" >&2; return 1; }
	one_record "$named"
}
check "E11 another dynamic linker: refused, by name" runs_not "$OURS/own-linker" "$SAFE/bin/interpreted"
check "E11 as a child, too" runs_not "$OURS/own-linker" sh -c "$SAFE/bin/interpreted"

# ---- E12: programs of another machine ----------------------------------------------------------
# an ELF header, one PT_LOAD, and exit(42) by int 0x80
if [ "$(uname -m)" = x86_64 ]; then
	python3 - "$SAFE/bin/i386" <<'PYTHON'
import os, struct, sys
code = bytes.fromhex("bb2a000000" "b801000000" "cd80")
start = 52 + 32
size = start + len(code)
head = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack(
    "<HHIIIIIHHHHHH", 2, 3, 1, 0x8048000 + start, 52, 0, 0, 52, 32, 1, 0, 0, 0)
load = struct.pack("<IIIIIIII", 1, 0, 0x8048000, 0x8048000, size, size, 5, 0x1000)
with open(sys.argv[1], "wb") as file:
    file.write(head + load + code)
os.chmod(sys.argv[1], 0o755)
PYTHON
	if as_user "$SAFE/bin/i386"; [ $? = 42 ]; then
		check "E12 an i386 program is refused, by name" runs_not "$SAFE/bin/i386" "$SAFE/bin/i386"
		check "E12 it says why" grep -Eqi "^modseal: .*(i386|32-bit|x86-64|machine|architecture)" "$WORK/err"
		check "E12 as a child, too" runs_not "$SAFE/bin/i386" sh -c "$SAFE/bin/i386"
	else
		skip "E12 an i386 program" "this kernel runs none"
	fi
fi

# what root has registered for those of another machine (qemu, for one) the kernel executes, and names it in
# no call
case $(uname -m) in aarch64) machine='\076' ;; *) machine='\267' ;; esac
foreign=$SAFE/bin/foreign.modseal$$
# shellcheck disable=SC2059 # a byte
cp /usr/bin/true "$foreign" && printf "$machine" | dd of="$foreign" bs=1 seek=18 conv=notrunc 2>"$WORK/log" &&
	mkdir "$WORK/binfmt" || exit 99
if mount -t binfmt_misc none "$WORK/binfmt" 2>/dev/null && mounts="$mounts $WORK/binfmt" &&
	echo ":modseal$$:E::modseal$$::$OURS/program:" >"$WORK/binfmt/register" 2>/dev/null; then
	marks "E12 a program of another machine that has an interpreter here" "$foreign" "$foreign"
	mode=audit policy_of audit.yaml >"$WORK/log" 2>&1
	policy=audit.yaml
	fresh
	run "$foreign" >"$WORK/out" 2>"$WORK/err"
	check "E12 the same in audit mode: nothing of it runs" unmarked
	policy=policy.yaml
	echo -1 >"$WORK/binfmt/modseal$$"
else
	check "E12 a program of another machine is refused, by name" runs_not "$foreign" "$foreign"
	skip "E12 one that has an interpreter here" "none can be registered"
fi

# ---- names in messages --------------------------------------------------------------------
# U+009B, and its raw byte, begin a command to a terminal as ESC [ does
named() {
	# shellcheck disable=SC2016 # expanded there
	run sh -c 'printf "\302\2332J\2332J\033[2J" >/proc/self/comm; "$0"; exit 0' "$OURS/program" >"$WORK/out" 2>"$WORK/err"
	grep -qF '"\xc2\x9b2J\x9b2J\x1b[2J"' "$WORK/err" || { cat "$WORK/err" >&2; return 1; }
	! LC_ALL=C grep "$(printf '[\200-\237\033]')" "$WORK/err" >&2
}
check "E01 what a process calls itself is told without control bytes" named
