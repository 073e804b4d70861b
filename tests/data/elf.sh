# SPDX-License-Identifier: Apache-2.0
# Small libraries and programs, one for each thing an ELF file may ask for.
# shellcheck shell=sh
cat >plain.c <<'C'
#include <stdio.h>
__thread int per_thread = 7;
int table[64];
const char *const words[] = { "one", "two" };
int plain(void)
{
	return printf("%s\n", words[per_thread & 1]) + table[1];
}
C
cat >hooks.c <<'C'
static void hook(void)
{
}
void (*early[])(void) __attribute__((section(".preinit_array"), used)) = { hook };
C
cat >text.c <<'C'
int datum = 1;
/* the address of a variable in the middle of code: relocated there */
__asm__(".text\n\t.dc.a datum\n");
C
cat >main.c <<'C'
int main(void)
{
	return 0;
}
C
cat >module.c <<'C'
const char info[] __attribute__((section(".modinfo"), used)) =
	"license=GPL\0name=first_module\0vermagic=6.1.0-9-test SMP preempt mod_unload ";
C
cat >silent.c <<'C'
int silent(void)
{
	return 0;
}
C

library() { # library NAME [flags...]: NAME.so out of plain.c, with a SONAME
	name=$1
	shift
	"$CC" -O2 -fPIC -shared -Wl,-z,noexecstack -o "$name.so" plain.c "-Wl,-soname,lib$name.so.1" "$@"
}
library plain
"$CC" -O2 -fPIC -shared -o dep.so silent.c -Wl,-soname,libdep.so.1
"$CC" -O2 -fPIC -shared -o dep2.so silent.c -Wl,-soname,libdep2.so
library needs -Wl,--no-as-needed ./dep.so ./dep2.so
"$CC" -O2 -fPIC -shared -o nosoname.so plain.c
# a dependency without SONAME is written down as the path it was linked by
library slash -Wl,--no-as-needed ./nosoname.so
"$CC" -O2 -fPIC -shared -o dollar_dep.so silent.c "-Wl,-soname,\$ORIGIN-dep.so"
library dollar -Wl,--no-as-needed ./dollar_dep.so
library execstack -Wl,-z,execstack
"$CC" -O2 -fPIC -shared -o textrel.so text.c -Wl,-soname,libtextrel.so.1 -Wl,-z,notext
library interpose -Wl,-z,interpose
library loadfltr -Wl,-z,loadfltr
library nodelete -Wl,-z,nodelete
library filter -Wl,-F,libz.so.1
library auxiliary -Wl,-f,libz.so.1
library audit -Wl,--audit,libz.so.1
library depaudit -Wl,--depaudit,libz.so.1
library rpath -Wl,-rpath,/opt/first:/opt/second,--enable-new-dtags
library oldrpath -Wl,-rpath,/opt/first,--disable-new-dtags
library lazy -Wl,-z,relro,-z,lazy
library norelro -Wl,-z,norelro,-z,now
# Debian's start files are not marked for CET or BTI, so without them
case $("$CC" -dumpmachine) in
x86_64* | i?86*) protect=-fcf-protection=full ;;
aarch64*) protect=-mbranch-protection=standard ;;
*) protect=-O2 ;;
esac
# 4 MiB of constants in the middle of it
echo 'const char large[4 << 20] = {1};' >large.c
"$CC" -O2 -fPIC -shared $protect -nostartfiles -Wl,-z,relro,-z,now \
	-Wl,-soname,liblarge.so.1 -o large.so plain.c large.c
library hardened "$protect" -nostartfiles -Wl,-z,relro,-z,now
"$CC" -O2 -fPIE -pie -o program main.c -Wl,-z,noexecstack
"$CC" -O2 -fno-pie -no-pie -o fixed main.c -Wl,-z,noexecstack
"$CC" -O2 -static -fno-pie -no-pie -o static main.c
"$CC" -O2 -static-pie -fPIE -o staticpie main.c
"$CC" -O2 -fPIE -pie -o preinit main.c hooks.c
"$CC" -O2 -fPIC -c -o object.o plain.c
"$CC" -O2 -fPIC -c -o first-module.ko module.c
