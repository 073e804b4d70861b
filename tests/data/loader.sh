# SPDX-License-Identifier: Apache-2.0
# Libraries for the loader's tests. Each says on standard output when its constructor runs.
# shellcheck shell=sh

# library FILE SONAME SOURCE [LINKER ARGUMENT...]; SONAME - for none
library() {
	file=$1 soname=$2 source=$3
	shift 3
	[ "$soname" = - ] || set -- "-Wl,-soname,$soname" "$@"
	mkdir -p "$(dirname "$file")"
	{
		echo '#include <stdio.h>'
		echo "__attribute__((constructor)) static void up(void) { puts(\"+ $file\"); fflush(stdout); }"
		echo "__attribute__((destructor)) static void down(void) { puts(\"- $file\"); fflush(stdout); }"
		printf '%s\n' "$source"
	} >source.c
	$CC -O1 -fPIC -shared -o "$file" source.c "$@"
}

library v1/libmsa.so.1 libmsa.so.1 'int msa_value(void) { return 1; } int msa_only(void) { return 7; }'
library v2/libmsa.so.1 libmsa.so.1 'int msa_value(void) { return 2; } int msa_only(void) { return 8; }'
library v1/libmsb.so.1 libmsb.so.1 'int msa_value(void); int msb_value(void) { return 10 + msa_value(); }' \
	v1/libmsa.so.1
library v1/libmsc.so.1 libmsc.so.1 'int msb_value(void); int msc_value(void) { return 100 + msb_value(); }' \
	v1/libmsb.so.1
library v1/libmsn.so.1 libmsn.so.1 'int msn_value(void) { return 3; }' -Wl,-z,nodelete
library v2/libmsn.so.1 libmsn.so.1 'int msn_value(void) { return 4; }' -Wl,-z,nodelete
# an unresolved symbol, after a dependency that can and one that cannot be unmapped
library v1/libmsbad.so.1 libmsbad.so.1 \
	'int missing(void); int msa_value(void); int msn_value(void); int msbad_value(void) { return missing() + msa_value() + msn_value(); }' \
	v1/libmsa.so.1 v1/libmsn.so.1
# no SONAME
library v1/plugin.so - 'int plugin_value(void) { return 5; }'
# symbols of every kind
library v1/libmssym.so.1 libmssym.so.1 '
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>
int old_answer(void) { return 41; }
int new_answer(void) { return 42; }
__asm__(".symver old_answer,answer@MS_1");
__asm__(".symver new_answer,answer@@MS_2");
static int chosen(void) { return 6; }
typedef int function(void);
static function *choose_own(void) { return chosen; }
static function *choose_foreign(void)
{
	return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static function *choose_none(void) { return NULL; }
int own_ifunc(void) __attribute__((ifunc("choose_own")));
int foreign_ifunc(void) __attribute__((ifunc("choose_foreign")));
int null_ifunc(void) __attribute__((ifunc("choose_none")));
__thread int thread_local_value = 9;
int variable = 11;
int zeroed[4096];
__asm__(".globl absolute_null\n.set absolute_null, 0\n.type absolute_null, @object");
' -Wl,--version-script=/dev/stdin <<'MAP'
MS_1 { global: answer; };
MS_2 { global: answer; own_ifunc; foreign_ifunc; null_ifunc; thread_local_value; variable;
	zeroed; absolute_null; };
MAP

# constructors that misbehave: open a stranger, map its code, map it over their own data, or
# make memory executable
library v1/stranger.so stranger.so 'int stranger_value(void) { return 13; }'
library v1/libmsopens.so.1 libmsopens.so.1 '
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
static char data[3 * 4096] = {1};
static void map(const char *path, void *place, int protection)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);

	mmap(place, 4096, protection, MAP_PRIVATE | (place ? MAP_FIXED : 0), descriptor, 0);
}
__attribute__((constructor)) static void misbehave(void)
{
	char *page = (char *)(((uintptr_t)data + 4096) & ~(uintptr_t)4095);

	if (getenv("STRANGER") && !dlopen(getenv("STRANGER"), RTLD_NOW))
		puts("no stranger");
	if (getenv("MAPPED"))
		map(getenv("MAPPED"), NULL, PROT_READ | PROT_EXEC);
	if (getenv("OVER"))
		map(getenv("OVER"), page, PROT_READ | PROT_WRITE);
}'
# a table of functions, which the dynamic linker makes read-only
library v1/libmsrelro.so.1 libmsrelro.so.1 '
int msa_value(void);
int first(void) { return 20 + msa_value(); }
int second(void) { return 22; }
int (*const table[])(void) = {first, second, msa_value};' v1/libmsa.so.1
# bindings of every kind: functions, variables, addresses in data and in RELRO, thread-local
# variables, IFUNCs, a weak symbol that nobody defines, an address outside of every object
case $($CC -dumpmachine) in
x86_64*) descriptors=-mtls-dialect=gnu2 ;;
*) descriptors= ;;
esac
bound='
#include <time.h>
extern int variable;
extern __thread int thread_local_value;
int own_ifunc(void);
int msa_value(void);
int nobody(void) __attribute__((weak));
static int numbers[4] = {1, 2, 3, 4};
int *const before[] = {numbers - 100000};
int (*function)(void) = msa_value;
void *pointer = numbers;
int (*const constant)(void) = msa_value;
static int own(void) { return 30; }
int (*const relative)(void) = own;
int use(void)
{
	return own_ifunc() + msa_value() + variable + thread_local_value +
		(nobody ? nobody() : 0) + (time(0) == 0);
}'
library v1/libmsbound.so.1 libmsbound.so.1 "$bound" $descriptors v1/libmssym.so.1 v1/libmsa.so.1
library v1/libmspacked.so.1 libmspacked.so.1 "$bound" -Wl,-z,pack-relative-relocs v1/libmssym.so.1 v1/libmsa.so.1
# bound by an IFUNC to memory that nobody verified
library v1/libmschosen.so.1 libmschosen.so.1 'int foreign_ifunc(void); int chosen(void) { return foreign_ifunc(); }' \
	v1/libmssym.so.1
# defines what another library is to be bound to
library v1/interposer.so interposer.so 'int msa_value(void) { return 99; }'
library v1/libmsjit.so.1 libmsjit.so.1 '
#include <sys/mman.h>
__attribute__((constructor)) static void generate(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}'
# one for LD_AUDIT, and one without any code for LD_PRELOAD
library v1/audit.so audit.so 'unsigned la_version(unsigned version) { return version; }'
printf '%s\n' 'const char *msdata = "data";' >source.c
$CC -O1 -fPIC -shared -nostdlib -Wl,-soname,codeless.so -o v1/codeless.so source.c
# a decoy of the dependency of libmsb, found where a search would look
library decoy/libmsa.so.1 libmsa.so.1 'int msa_value(void) { return 666; }'
# loads and unloads through its host while it is itself being loaded and unloaded
library v1/libmsnest.so.1 libmsnest.so.1 '
#include <stdint.h>
#include <stdlib.h>
static void call(const char *variable)
{
	const char *address = getenv(variable);

	if (address)
		((void (*)(void))(uintptr_t)strtoull(address, NULL, 0))();
}
__attribute__((constructor)) static void nest(void) { call("NESTED_UP"); }
__attribute__((destructor)) static void unnest(void) { call("NESTED_DOWN"); }'
rm -f source.c
