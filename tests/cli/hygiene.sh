#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# R50: inspect --hygiene lists what either level refuses, each with the flag that mends it,
# and mended files have no such finding.
. tests/lib.sh
printf 'int data = 1;\nint *pointer = &data;\nint f(void) { return *pointer; }\n' >"$WORK/f.c"
printf 'int f(void);\nint main(void) { return f() - 1; }\n' >"$WORK/main.c"
printf 'static void early(void) { }\n__attribute__((section(".preinit_array"), used)) static void (*const a)(void) = early;\n' \
	>"$WORK/early.c"
cat >"$WORK/text.c" <<'C'
__asm__(".text\n.quad data\n");
C
cat >"$WORK/mixed.c" <<'C'
__asm__(".section .mixed, \"awx\"\n.quad 1\n.text\n");
C
SOUND="-Wl,-z,noexecstack,-z,relro,-z,now,-z,text"
# build NAME FLAG...: a library without any finding but those of the flags (and of CET or BTI,
# which the C library's start files decide, where they are linked)
build() {
	name=$1
	shift
	# shellcheck disable=SC2086 # several words
	"${CC:-gcc}" -shared -fPIC -nostdlib $PROTECT $SOUND -o "$WORK/$name.so" "$@" 2>"$WORK/log"
}
case $("${CC:-gcc}" -dumpmachine) in
x86_64* | i?86*) PROTECT=-fcf-protection=full OPEN=-fcf-protection=none UNMARKED=no-cet ;;
aarch64*) PROTECT="-mbranch-protection=standard -Wl,-z,force-bti" OPEN=-mbranch-protection=none UNMARKED=no-bti ;;
*) PROTECT='' OPEN='' UNMARKED='' ;;
esac
names() { # names FILE: the findings, "level name", one a line
	"$MODSEAL" inspect --hygiene --json "$1" >"$WORK/json" && grep -q '"code": "OK".*"findings": \[' "$WORK/json" &&
		sed 's/},* */&\n/g' "$WORK/json" |
		sed -n 's/.*{"name": "\([^"]*\)", "level": "\([^"]*\)", "what": "..*", "remedy": "..*"}.*/\2 \1/p'
}
# finds LIBRARY "level name"... : exactly these, in this order; nothing is decided
finds() {
	file=$WORK/$1.so
	shift
	names "$file" >"$WORK/got" || return 1
	: >"$WORK/want"
	[ $# = 0 ] || printf '%s\n' "$@" >"$WORK/want"
	diff "$WORK/want" "$WORK/got" >&2 && exits 0 "$MODSEAL" inspect --hygiene "$file"
}
tells() { # tells LIBRARY LEVEL TEXT REMEDY: one line of the table has them all
	"$MODSEAL" inspect --hygiene "$WORK/$1.so" | grep -qE "^  $2 +$3 +.*$4"
}
row() { # row NAME LEVEL FINDING TEXT REMEDY FLAG...: built with the flags it has just that finding
	name=$1 level=$2 finding=$3 text=$4 remedy=$5
	shift 5
	if ! build "$name" "$WORK/f.c" "$@"; then
		skip "R50 $finding" "not by this linker: $(head -n 1 "$WORK/log")"
		return
	fi
	check "R50 $finding" finds "$name" "$level $finding"
	check "R50 $finding is told with what mends it" tells "$name" "$level" "$text" "$remedy"
}

check "a library is built with everything" build sound "$WORK/f.c"
check "R50 it has no findings" finds sound
none() { [ "$("$MODSEAL" inspect --hygiene "$WORK/sound.so" | tail -n 1)" = "  no findings" ]; }
check "R50 and that is said" none

row stack standard executable-stack 'asks for an executable stack' '-z,noexecstack' -Wl,-z,execstack
row audit standard audit 'names an audit library .DT_AUDIT.' 'without -Wl,--audit' -Wl,--audit,x.so
row depaudit standard dependency-audit 'names an audit library .DT_DEPAUDIT.' 'without -Wl,--depaudit' \
	-Wl,--depaudit,x.so
row filter standard filter 'is a filter' 'without -Wl,-F' -Wl,-F,x.so
row auxiliary standard auxiliary-filter 'is an auxiliary filter' 'without -Wl,-f' -Wl,-f,x.so
row interpose standard interposition 'puts its symbols before' 'without -Wl,-z,interpose' -Wl,-z,interpose
row loadfltr standard filters-at-once 'asks for filters at once' 'without -Wl,-z,loadfltr' -Wl,-z,loadfltr
row mixed standard writable-code 'a PT_LOAD that is writable and executable' 'without -N' "$WORK/mixed.c"
row text standard text-relocations 'relocations in its code' '-fPIC .*-Wl,-z,text' "$WORK/text.c" -Wl,-z,notext
row lazy hardened lazy-binding 'binds symbols lazily' '-Wl,-z,now' -Wl,-z,lazy
row norelro hardened no-relro 'no PT_GNU_RELRO' '-Wl,-z,relro' -Wl,-z,norelro
row rpath hardened search-path 'carries a search path' 'without -Wl,-rpath' -Wl,-rpath,/opt/x,--disable-new-dtags
row runpath hardened search-path 'carries a search path' 'without -Wl,-rpath' -Wl,-rpath,/opt/x,--enable-new-dtags
if [ -n "$UNMARKED" ]; then
	row open hardened $UNMARKED 'not all of its code is marked' 'protection' $OPEN
else
	skip "R50 marks of control flow" "none on this machine"
fi
several() { finds several "standard executable-stack" "hardened lazy-binding" "hardened search-path"; }
build several "$WORK/f.c" -Wl,-z,execstack -Wl,-z,lazy -Wl,-rpath,/opt/x
check "R50 several findings come at once, standard ones first" several

# what a program does before main is its own affair; that a program is one is found out first
# shellcheck disable=SC2086
"${CC:-gcc}" -fPIE -pie $SOUND -o "$WORK/program" "$WORK/f.c" "$WORK/main.c" "$WORK/early.c"
program() { names "$WORK/program" >"$WORK/got" && ! grep -v "$UNMARKED" "$WORK/got"; }
check "R50 a program may have functions before main" program

# a signed file is judged by its content; several files, each with its own answer
cp "$WORK/lazy.so" "$WORK/signed.so"
"$MODSEAL" keygen --directory "$WORK" release >"$WORK/log"
check "it is signed" "$MODSEAL" sign --key "$WORK/release.key" --certificate "$WORK/release.pem" "$WORK/signed.so"
check "R50 a signed file has the same findings" finds signed "hardened lazy-binding"
many() {
	"$MODSEAL" inspect --hygiene "$WORK/lazy.so" "$WORK/sound.so" >"$WORK/out" &&
		[ "$(wc -l <"$WORK/out")" = 4 ] && grep -q '^[^ ].*sound.so' "$WORK/out"
}
check "R50 several files are listed one after the other" many
# fails CODE EXIT TEXT FILE
fails() {
	exits "$2" "$MODSEAL" inspect --hygiene "$4" 2>"$WORK/err" >"$WORK/out" || return 1
	[ ! -s "$WORK/out" ] && grep -q -- "$3" "$WORK/err" && refused "$1" "$MODSEAL" inspect --hygiene "$4"
}
echo text >"$WORK/text"
head -c 100 "$WORK/lazy.so" >"$WORK/cut.so"
"${CC:-gcc}" -c -o "$WORK/f.o" "$WORK/f.c"
check "a file that is not there is an error" fails NOT_FOUND 3 "" "$WORK/none.so"
check "what is not ELF is an error" fails ELF_MALFORMED 1 "ELF magic" "$WORK/text"
check "what is cut off is an error" fails ELF_MALFORMED 1 "not inside the file" "$WORK/cut.so"
check "an object file has no such findings" fails UNSUPPORTED 3 "kernel module or object file" "$WORK/f.o"
worst() { exits 1 "$MODSEAL" inspect --hygiene "$WORK/text" "$WORK/lazy.so" 2>"$WORK/log" | grep -q lazily; }
check "and the files behind it are listed all the same" worst
manual() { # every name of the list is in modseal(1)
	sed -n 's/.*X([A-Z_]*, "\([a-z-]*\)".*/\1/p' verifier/elf/findings.h >"$WORK/names"
	[ "$(wc -l <"$WORK/names")" -gt 15 ] && while read -r name; do
		grep -qw -- "$name" packaging/man/modseal.1 || { echo "$name" >&2; return 1; }
	done <"$WORK/names"
}
check "modseal(1) has every name" manual
