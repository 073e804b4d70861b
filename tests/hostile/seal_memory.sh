#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# MODSEAL_LOAD_SEAL_MEMORY: nothing in the process can change the mappings of what was loaded.
. tests/lib.sh
. tests/hostile/loader.inc
host=$BUILD/tests/hosts/after_load
one=$libraries/v1
a=image=a,$one/libmsa.so.1
b=image=b,$one/libmsb.so.1,a
c=image=c,$one/libmsc.so.1,a,b

tries "$a" load=m,a,seal lines=memfd
check "sealing without giving up unloading" says '^load: ARGUMENT load .*libmsa.*MODSEAL_LOAD_NO_UNLOAD' 'memfd: 0'
tries "$a" no-mseal load=m,a,keep,seal lines=memfd load=m,a,keep
check "a kernel without mseal: refused, nothing mapped" \
	says "^load: UNSUPPORTED load .*libmsa.*\\(use Linux 6.10" 'memfd: 0' '^\+' '^load: OK'
check "and no constructor has run" [ "$(sed '/^load: UNSUPPORTED/q' "$WORK/said" | grep -c '^+')" = 0 ]

tries "$a" load=m,a,keep,seal
if grep -q '^load: UNSUPPORTED' "$WORK/said"; then
	skip "sealed memory" "this kernel has no mseal(2): $(uname -r)"
	exit 0
fi
tries "$a" load=m,a,keep change=m,msa_value
check "without the flag its code can be made writable" says '^mprotect: done'
# fixed PATTERN...: it was loaded, and every way of changing a mapping is refused
fixed() {
	says '^load: OK' '^mprotect: EPERM' '^mmap: EPERM' '^mremap: EPERM' '^munmap: EPERM' "$@"
}
tries "$a" load=m,a,keep,seal change=m,msa_value call=m,msa_value
check "with it the code of the image cannot be changed" fixed '^call: 1'
tries "$a" "$b" "$c" load=m,c,keep,seal change=m,msa_value call=m,msc_value
check "nor can that of what it needs" fixed '^call: 111'
tries image=s,"$one/libmssym.so.1" load=m,s,keep,seal change=m,zeroed
check "nor can data" fixed
tries "$a" image=r,"$one/libmsrelro.so.1",a load=m,r,keep,seal change=m,table call=m,first
check "nor can RELRO" fixed '^call: 21'
tries "$a" load=1,a load=2,a,keep,seal change=1,msa_value unload=1 unload=2 load=3,a call=3,msa_value
check "asked for later, of what is loaded" says '^load: OK' '^load: OK' '^mprotect: EPERM'
check "unloading it works, and leaves it" says '^unload: OK' '^unload: OK' '^load: OK' '^call: 1'
tries "$a" "$b" load=1,a load=2,b load=3,b,keep,seal unload=1 unload=2 unload=3 load=4,b \
	change=4,msa_value call=4,msb_value
check "another module that shares what it needs unloads in peace" says '^unload: OK' '^unload: OK' \
	'^unload: OK' '^load: OK' '^mprotect: EPERM' '^call: 11'
bad="image=n,$one/libmsn.so.1 image=bad,$one/libmsbad.so.1,a,n"
# shellcheck disable=SC2086
tries "$a" $bad load=m,bad,keep,seal load=1,a change=1,msa_value
check "a load that fails seals nothing" says '^load: LOAD_FAILED' '^load: OK' '^mprotect: done'
