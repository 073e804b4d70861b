#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# wrap.sh LIBRARY DIRECTORY: for every function the static library calls outside itself, a
# wrapper that can be made to fail (x86-64 assembly: it needs no prototype). Writes wrap.S,
# names.h (the list) and ldflags. The list comes from the library, not from this script; only
# how a function says "failed" is told here, and which functions cannot fail.
set -eu
library=$1 directory=$2
mkdir -p "$directory"

nm -u "$library" | awk '$1 == "U" {print $2}' | sort -u >"$directory/undefined"
nm --defined-only "$library" | awk 'NF == 3 {print $3}' | sort -u >"$directory/defined"
comm -23 "$directory/undefined" "$directory/defined" |
	# cannot fail, or frees, or compares, or only counts and reads what is there
	grep -vE '_free$|_cmp$|^(free|close|closedir|abort|_?exit|__errno_location|__stack_chk_fail)$' |
	grep -vE '^(__)?(mem|str)[a-z0-9]*(_chk)?$|^__xpg_strerror_r$|printf|sscanf$|^(qsort|bsearch|munmap|getauxval|geteuid|getuid|getpid|gettid|time|environ|stderr|stdout)$' |
	grep -vE '^pthread_|^ERR_|sk_num$|sk_value$|^OPENSSL_(cleanse|sk_)|^elf_(end|errno|errmsg)$|^yaml_.*delete$|^_GLOBAL_OFFSET_TABLE_|^__(asan|ubsan|tsan|sanitizer)' |
	grep -vE '_(it|id|is_a|size|bits|flags|nid|type|string|data|length|version|delete)$|^dl(close|error)$|^_(dl|ITM|_cxa).*|^__tls_get_addr$|^(secure_getenv|getenv|clock_gettime|gmtime_r|strftime)$|^(isatty|sched_yield|nanosleep)$|^sk_' |
	# only read a field of what is decoded already, unload, or make text for a message
	grep -vxE 'X509_get_X509_PUBKEY|X509_STORE_CTX_get_error|CMS_SignerInfo_get0_algs|X509_ALGOR_get0|EVP_PKEY_get0_type_name|strerror_r|OSSL_PROVIDER_unload|OBJ_obj2txt|X509_get_subject_name|X509_get_issuer_name|X509_get_key_usage|X509_get_ext(_count)?|X509_EXTENSION_get_(object|critical)|X509_(CRL|REVOKED)_get_ext(_count)?|X509_CRL_get_(REVOKED|issuer)|X509_(REVOKED_)?get0_serialNumber|OBJ_obj2nid|gelf_fsize|sysconf' |
	# return nothing, so there is no failure to tell
	grep -vxE 'yaml_parser_set_(encoding|input.*)|qsort_r|X509_STORE_CTX_set_.*|X509_VERIFY_PARAM_set_(depth|time)|X509_STORE_CTX_trusted_stack|X509_STORE_CTX_set0_.*' \
	>"$directory/calls" || true
# a decoder that fails frees what it was to fill, which its wrapper cannot know: under the
# address sanitizer that is a leak
if grep -q '^__asan' "$directory/undefined"; then
	grep -vx d2i_CMS_ContentInfo "$directory/calls" >"$directory/calls.new"
	mv "$directory/calls.new" "$directory/calls"
fi
# strdup and its like allocate: they can fail
grep -xE 'strdup|strndup|__strdup|__strndup' "$directory/undefined" >>"$directory/calls" || true
grep -xE '(__)?v?asprintf(_chk)?' "$directory/undefined" >>"$directory/calls" || true
sort -u -o "$directory/calls" "$directory/calls"

minus_one='^(open|openat|openat64|open64|__open(at)?_2|__open(at)?64_2|read|__read_chk|pread|pread64|preadv|preadv64|__pread64_chk|__pread_chk|write|pwrite|pwrite64|fstat|fstat64|fstatat|fstatat64|stat|lstat|statx|statfs|fstatfs|fstatvfs|fcntl|fcntl64|ftruncate|ftruncate64|memfd_create|readlinkat|readlink|__readlinkat_chk|__readlink_chk|mmap|mmap64|mprotect|fchmod|dup|dup3|ioctl|lseek|lseek64|access|faccessat|fgetxattr|dlinfo|(__)?v?asprintf(_chk)?|CMS_signed_get_attr_count|CMS_unsigned_get_attr_count|getdents64|mkdirat|renameat|renameat2|symlinkat|linkat|unlinkat|flock|fsync|syncfs|fdatasync|fchown|fchownat|fsetxattr|flistxattr|fremovexattr|futimens|utimensat|rename|link|unlink|mkdir|getrandom|dl_iterate_phdr|syscall|elf_getphdrnum|elf_getshdrnum|elf_getshdrstrndx)$'
{
	echo '#define FAULT_NAMES \'
	while read -r name; do
		printf '\tX("%s") \\\n' "$name"
	done <"$directory/calls"
	echo
} >"$directory/names.h"
{
	echo '.section .note.GNU-stack,"",@progbits'
	echo '.text'
	number=0
	while read -r name; do
		value=0
		echo "$name" | grep -qE "$minus_one" && value=-1
		cat <<ASM
.globl __wrap_$name
__wrap_$name:
	.cfi_startproc
	endbr64
	push %rdi; push %rsi; push %rdx; push %rcx; push %r8; push %r9; push %rax
	.cfi_adjust_cfa_offset 56
	mov \$$number, %edi
	call fault_decide@PLT
	mov %eax, %r11d
	pop %rax; pop %r9; pop %r8; pop %rcx; pop %rdx; pop %rsi; pop %rdi
	.cfi_adjust_cfa_offset -56
	test %r11d, %r11d
	jnz 1f
	jmp __real_$name@PLT
1:	mov \$$value, %rax
	ret
	.cfi_endproc
ASM
		number=$((number + 1))
	done <"$directory/calls"
} >"$directory/wrap.S"
while read -r name; do printf -- '-Wl,--wrap=%s\n' "$name"; done <"$directory/calls" >"$directory/ldflags"
