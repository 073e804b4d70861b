#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# modseal_recheck: a single changed byte of what was loaded is found, and nothing else.
. tests/lib.sh
. tests/hostile/loader.inc
host=$BUILD/tests/hosts/after_load
one=$libraries/v1
real=$(cd "$one" && pwd -P)
a=image=a,$one/libmsa.so.1
b=image=b,$one/libmsb.so.1,a

# compared FILE...: the bytes of the segments that are not writable
compared() {
	readelf -lW "$@" | awk '/^ *LOAD / && !/ RW / { print $5 }' | while read -r size; do echo $((size)); done |
		awk '{ sum += $1 } END { print sum }'
}
tries "$a" "$b" load=m,b load=n,a recheck=m recheck=n recheck call=m,msb_value
check "what is right is compared wholly, and nothing is found" says \
	"^compared: $(compared "$one/libmsa.so.1" "$one/libmsb.so.1")" '^recheck: OK' \
	"^compared: $(compared "$one/libmsa.so.1")" '^recheck: OK' \
	"^compared: $(compared "$one/libmsa.so.1" "$one/libmsb.so.1")" '^recheck: OK' '^call: 11'
tries "$a" "$b" load=m,b closed-memory recheck=m poke=m,msa_value,protect recheck=m quit
check "the same where memory can only be read directly" says '^recheck: OK' '^recheck: MEMORY_CHANGED load'
symbol=$(nm -D "$one/libmsa.so.1" | sed -n 's/^0*\([0-9a-f]*\) T msa_value$/\1/p')
changed() { says '^recheck: OK' "^compared: 0" "^recheck: MEMORY_CHANGED load '$real/libmsa.so.1' at \\+0x$1 $2"; }
for how in mem protect; do
	tries "$a" "$b" load=m,b recheck poke=m,msa_value,$how recheck quit
	check "a byte changed by $how, with image and offset" changed "$symbol" 'a byte is not'
done
check "R111 no address is shown" unsaid '0x[0-9a-f]{9}'
tries "$a" "$b" load=m,b recheck poke=m,msa_value,tail recheck quit
check "a byte behind the code, in its last page" changed '[0-9a-f]*fff' 'a byte is not'
tries "$a" "$b" load=m,b recheck poke=m,msa_value,map recheck quit
check "other memory with the same bytes" changed '[0-9a-f]*' 'something else is mapped'
tries "$a" "$b" load=m,b recheck poke=m,msa_value,unmap recheck quit
check "no memory at all" changed '[0-9a-f]*000' 'something else is mapped'
tries "$a" "$b" load=m,b recheck poke=m,msa_value,writable recheck quit
check "the same bytes, made writable" changed '[0-9a-f]*000' 'memory that must not change is writable'
tries "$a" "$b" load=m,b recheck poke=m,msa_value,none recheck quit
check "code that cannot be read" says '^recheck: OK' '^recheck: MEMORY_CHANGED load .*cannot be read'
tries "$a" image=r,"$one/libmsrelro.so.1",a load=m,r recheck poke=m,table,writable recheck quit
check "RELRO made writable" says '^recheck: OK' '^recheck: MEMORY_CHANGED load .*libmsrelro.* is writable'
tries "$a" load=m,a forget=m recheck=m recheck
check "a module that is not loaded; and nothing loaded at all" says '^recheck: NOT_LOADED load' '^compared: 0' \
	'^recheck: OK'
