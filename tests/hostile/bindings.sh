#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: its memory is not where the C library has it
# The binding audit: whatever leads out of the verified images is found and named, and nothing else.
. tests/lib.sh
. tests/hostile/loader.inc
host=$BUILD/tests/hosts/after_load
one=$libraries/v1
real=$(cd "$one" && pwd -P)
a=image=a,$one/libmsa.so.1
b=image=b,$one/libmsb.so.1,a
sym=image=s,$one/libmssym.so.1
bound="$a $sym image=m,$one/libmsbound.so.1,a,s"
# the names of the relocations, as the machine has them
case $(${CC:-cc} -dumpmachine) in
x86_64*) address=64 ;;
*) address=ABS64 ;;
esac

# shellcheck disable=SC2086 # several words
audits() { tries $bound load=m,m,bindings "$@"; }
audits call=m,use bindings=m bindings
check "nothing is found in what is right" says '^load: OK' '^call: 27' '^bindings: OK' '^bindings: OK'
check "and so many places were looked at" says '^counts: images 3 slots (3|4|5|6)[0-9] writable [3-9] foreign 0' \
	'^counts: images [0-9]+ slots [0-9]{3,} writable [0-9]+ foreign 0'
wanted=$(($(readelf -rW "$one/libmsbound.so.1" "$one/libmssym.so.1" "$one/libmsa.so.1" | grep -cE '^[0-9a-f]{16} ') - \
	$(readelf -rW "$one/libmsbound.so.1" | grep -cE 'DTPMOD|DTPOFF|DTPREL|TPREL|TPOFF')))
check "which are all that readelf lists, but numbers" says "^counts: images 3 slots $wanted "
audits closed-memory bindings=m
check "the same where memory can only be read directly" says "^counts: images 3 slots $wanted .* foreign 0" '^bindings: OK'

# ---- a slot of the GOT, written over -------------------------------------------------------
foreign() { says "^foreign: $real/libmsbound.so.1 \\+0x[0-9a-f]+ $1 $2 -> $3 \\+0x0" "^counts: .* foreign 1 " \
	"^bindings: BINDING_FOREIGN symbol '$real/libmsbound.so.1' .*\\+0x[0-9a-f]+ \\($1\\) leads to $3"; }
audits divert=m,msa_value,anonymous bindings=m quit
check "a function that leads to anonymous code" foreign JUMP_SLOT msa_value 'anonymous memory'
check "the message names the symbol" says '^bindings: BINDING_FOREIGN .*msa_value, bound at'
audits divert=m,msa_value,heap bindings=m quit
check "a function that leads to the heap" foreign JUMP_SLOT msa_value '\[heap\]'
audits divert=m,msa_value,null bindings=m quit
check "a function that leads to nothing" foreign JUMP_SLOT msa_value nothing
audits divert=m,variable,anonymous bindings=m quit
check "a variable elsewhere" foreign GLOB_DAT variable 'anonymous memory'
audits divert=m,thread_local_value,anonymous bindings=m quit
if readelf -rW "$one/libmsbound.so.1" | grep -q TLSDESC; then
	check "a thread-local variable's resolver" foreign TLSDESC thread_local_value 'anonymous memory'
fi
audits divert=m,nobody,anonymous bindings=m quit
check "a weak symbol that nothing defines" foreign GLOB_DAT nobody 'anonymous memory'
audits divert=m,msa_value,own=pointer bindings=m quit
check "a function that leads to data of a verified image" \
	says '^foreign: .*libmsbound.so.1 .* JUMP_SLOT msa_value -> .*/libmsbound.so.1 \+0x[0-9a-f]+'
audits divert=m,msa_value,own=use bindings=m quit
check "to another function of a verified image: not judged" says '^divert: OK' '^bindings: OK'
audits divert=m,msa_value,anonymous divert=m,variable,anonymous bindings quit
check "both are told, in an audit of the whole process, too" says '^foreign' '^foreign' '^counts: .* foreign 2 ' \
	'^bindings: BINDING_FOREIGN .*\(and 1 more\)'
audits react=m divert=m,msa_value,anonymous divert=m,variable,anonymous bindings=m bindings unload=m quit
check "a visitor that unloads takes nothing away from under the audit" says '^foreign: .*/libmsbound.so.1 .* variable ' \
	'^react: ARGUMENT' '^foreign: .* msa_value ' '^counts: images 3 .* foreign 2 ' \
	'^react: ARGUMENT' '^counts: .* foreign 2 ' '^unload: OK'
check "R111 no address is shown" unsaid '0x[0-9a-f]{9}'
audits divert=m,msa_value,anonymous hide=m bindings=m quit
check "tables forged in memory hide nothing" foreign JUMP_SLOT msa_value 'anonymous memory'

# ---- addresses in RELRO, and in data that a program may change -------------------------------
audits store=m,constant,anonymous bindings=m quit
check "RELRO, a symbol's address" foreign "$address" msa_value 'anonymous memory'
audits store=m,relative,heap bindings=m quit
check "RELRO, an address of the image itself" foreign RELATIVE '' '\[heap\]'
audits store=m,function,heap store=m,pointer,number bindings=m quit
check "a program may change its data" says '^counts: .* foreign 0' '^bindings: OK'
audits store=m,function,anonymous bindings=m quit
check "but not let it lead to foreign code" foreign "$address" msa_value 'anonymous memory'
audits store=m,pointer,anonymous bindings=m quit
check "nor addresses of its own" foreign RELATIVE '' 'anonymous memory'
packed="$a $sym image=m,$one/libmspacked.so.1,a,s"
if readelf -d "$one/libmspacked.so.1" | grep -q RELR; then
	# shellcheck disable=SC2086
	tries $packed load=m,m,bindings bindings=m store=m,relative,heap bindings=m quit
	check "packed relative relocations are looked at" says '^load: OK' '^counts: .* foreign 0' \
		'^foreign: .*libmspacked.so.1 \+0x[0-9a-f]+ RELR  -> \[heap\]' '^bindings: BINDING_FOREIGN'
	packed_places() { # as many as the same library has unpacked
		one_bound=$(grep '^counts' "$WORK/said" | head -1 | cut -d' ' -f5)
		[ "$one_bound" -ge "$((wanted - 3))" ] && [ "$one_bound" -le "$((wanted + 3))" ]
	}
	check "all of them" packed_places
else
	skip "packed relative relocations" "this linker does not make them"
fi

# ---- what the dynamic linker itself bound outside --------------------------------------------
tries "$a" "$b" open="$one/interposer.so" load=m,b lines=memfd
check "an interposer is a stranger to the gate" says '^load: PROCESS_UNVERIFIED gate .*interposer' 'memfd: 0'
tries "$a" "$b" audit open="$one/interposer.so" load=m,b call=m,msb_value bindings=m load=n,b,bindings lines=memfd unload=m
check "in audit mode it gets its way, and is found" says '^load: OK' '^call: 109' \
	"^foreign: $real/libmsb.so.1 .* JUMP_SLOT msa_value -> $real/interposer.so \\+0x[1-9a-f]" \
	"^bindings: BINDING_FOREIGN symbol '$real/libmsb.so.1' msa_value, bound at .* leads to $real/interposer.so\\+0x" \
	'^load: BINDING_FOREIGN symbol' 'memfd: [1-9]' '^unload: OK'
tries "$a" "$b" audit open="$one/interposer.so" load=m,b,bindings lines=memfd load=m,a,bindings
check "a load that asks for the audit fails, and is taken back" \
	says "^load: BINDING_FOREIGN symbol '$real/libmsb.so.1'" 'memfd: 0' '^load: OK'
check "and gives no module" unsaid 'wrote its output'
tries "$sym" image=c,"$one/libmschosen.so.1",s load=m,c bindings=m unload=m load=m,c,bindings lines=memfd
check "an IFUNC that chooses anonymous memory" says '^load: OK' \
	'^foreign: .*libmschosen.so.1 .* JUMP_SLOT foreign_ifunc -> anonymous memory' '^bindings: BINDING_FOREIGN' \
	'^unload: OK' '^load: BINDING_FOREIGN' 'memfd: 0'

# ---- what is asked wrongly, and files that change ---------------------------------------------
tries "$a" load=m,a forget=m bindings=m
check "a module that is not loaded any more" says '^bindings: NOT_LOADED symbol'
make_needy after_load
lib=$work/lib
cp "$lib/libmstwo.so.1" "$WORK/whole"
host=$WORK/needy tries search="$lib" "$a" load=m,a bindings cut="$lib/libmstwo.so.1" bindings quit
check "a start-up library cut short: an error, no signal" says '^bindings: OK' \
	"^bindings: SYSTEM symbol '$lib/libmstwo.so.1'" '^ended 0'
cp "$WORK/whole" "$lib/libmstwo.so.1"
host=$WORK/needy tries search="$lib" "$a" load=m,a bindings zero="$lib/libmstwo.so.1" bindings quit
check "a start-up library written over" says '^bindings: OK' \
	"^bindings: ELF_MALFORMED symbol '$lib/libmstwo.so.1'" '^ended 0'
cp "$WORK/whole" "$lib/libmstwo.so.1"
host=$WORK/needy tries search="$lib" "$a" load=m,a bindings lazy=libmstwo,anonymous bindings quit
check "the resolver of what is bound lazily" says '^bindings: OK' '^lazy: OK' \
	"^foreign: $lib/libmstwo.so.1 \+0x[0-9a-f]+ PLTGOT  -> anonymous memory" '^bindings: BINDING_FOREIGN'
# patched NAME OFFSET BYTE CODE MESSAGE: a byte of the file is written to while it is mapped
patched() {
	host=$WORK/needy tries search="$lib" "$a" load=m,a bindings patch="$lib/libmstwo.so.1,$2,$3" bindings quit
	check "a start-up library whose $1" says '^bindings: OK' "^bindings: $4 symbol '$lib/libmstwo.so.1' .*$5" '^ended 0'
	cp "$WORK/whole" "$lib/libmstwo.so.1"
}
header='its header is not that of an object of this machine'
patched 'magic is another' 0 0 ELF_MALFORMED "$header"
patched 'class is another' 4 1 ELF_MALFORMED "$header"
patched 'program headers are of another size' 54 64 ELF_MALFORMED "$header"
patched 'program headers are too many' 56 255 ELF_MALFORMED "$header"
# tag NUMBER: where its entry is in the file
dynamic=$(readelf -SW "$WORK/whole" | sed -n 's/.* \.dynamic  *DYNAMIC  *[0-9a-f]*  *\([0-9a-f]*\) .*/0x\1/p')
tag() { echo $((dynamic + 16 * ($(readelf -dW "$WORK/whole" | grep '^ 0x' | grep -n "^ 0x0*$1 " | cut -d: -f1) - 1))); }
table=$(readelf -SW "$WORK/whole" | sed -n 's/.* \.rela\.dyn  *RELA  *[0-9a-f]*  *\([0-9a-f]*\) .*/0x\1/p')
patched 'relocations are of another form' "$(tag 7)" 17 UNSUPPORTED 'of the form REL '
patched 'table of relocations ends in the middle of one' "$(($(tag 8) + 8))" 1 ELF_MALFORMED 'a table of relocations lies outside'
patched 'relocation is of a kind that nobody knows' $((table + 8)) 0xfe UNSUPPORTED 'of a kind that is not known'
patched 'relocation is for a place outside' $((table + 4)) 1 ELF_MALFORMED 'a relocation is for a place outside'
cp "$WORK/whole" "$lib/new"
host=$WORK/needy tries search="$lib" deleted move="$lib/new,$lib/libmstwo.so.1" "$a" load=m,a bindings
check "a start-up library replaced, and tolerated: it is said that it was not looked at" \
	says '^load: OK' '^counts: .* unseen 1' '^bindings: OK'
tries bindings
check "a process in which nothing was approved" says '^bindings: ARGUMENT symbol .*nothing'
