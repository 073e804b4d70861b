#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# What the command prints where one piece of memory is missing: all of it, or that it could not be
# told; never JSON with a part left out.
. tests/lib.sh
cd "$WORK" || exit 99
REAL=$(pwd -P)
cat >fail.c <<'TEXT'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
extern void *__libc_malloc(size_t size);
extern void *__libc_realloc(void *old, size_t size);
static atomic_long seen;
static long wanted = -1;
static int ready;
__attribute__((constructor)) static void begin(void)
{
	wanted = getenv("FAIL") ? atol(getenv("FAIL")) : -1;
	ready = 1;
}
__attribute__((destructor)) static void end(void)
{
	FILE *count = getenv("COUNT") ? fopen(getenv("COUNT"), "w") : NULL;
	ready = 0;
	if (count) {
		fprintf(count, "%ld\n", (long)seen);
		fclose(count);
	}
}
/* the command's own calls, and those of the library that makes JSON */
void *malloc(size_t size)
{
	Dl_info info;
	if (ready && !getenv("STREAMS") && dladdr(__builtin_return_address(0), &info) &&
	    (strstr(info.dli_fname, "modseal") || strstr(info.dli_fname, "jansson")) && seen++ == wanted) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_malloc(size);
}
/* what the C library makes larger or smaller: the memory behind a stream */
void *realloc(void *old, size_t size)
{
	Dl_info info;
	if (ready && getenv("STREAMS") && dladdr(__builtin_return_address(0), &info) &&
	    strstr(info.dli_fname, "libc.so") && seen++ == wanted) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(old, size);
}
TEXT
${CC:-cc} -shared -fPIC -o fail.so fail.c || { skip "missing memory" "no C library with __libc_malloc here"; exit 0; }
"$MODSEAL" keygen release >log || exit 99
echo 'int f(void) { return 1; }' >f.c
${CC:-cc} -shared -fPIC -nostdlib -o a.so f.c -Wl,-soname,a.so && cp a.so b.so || exit 99
"$MODSEAL" sign --key release.key --certificate release.pem a.so >log || exit 99
"$MODSEAL" catalog create --name base --serial 1 --output base.cat a.so b.so >log || exit 99
policy() { # policy MODE
	printf 'modseal-policy: 1\nname: test\nserial: 1\nissued: 2026-01-01T00:00:00Z\nmode: %s\nsigners:\n' "$1"
	printf '  release: {trust: pinned, certificate-file: release.pem, certificate-sha256: "%s"}\n' \
		"$(sha256sum release.pem | cut -d' ' -f1)"
	printf 'rules:\n  - {path: %s/*, signers: [release], owners: [root, caller]}\n' "$REAL"
}
policy enforce >one.yaml && policy audit >two.yaml || exit 99
LD_PRELOAD=$REAL/fail.so COUNT=count "$MODSEAL" --version >log 2>&1
[ -s count ] || { skip "missing memory" "nothing can be preloaded here"; exit 0; }
step=3 least=20 # THOROUGH: each
[ -z "${THOROUGH:-}" ] || step=1
# whole COMMAND...: with one piece missing, another one each time, the same is told, or exit 3
whole() {
	LD_PRELOAD=$REAL/fail.so COUNT=count "$@" >good 2>/dev/null
	good=$? i=0 parted=0
	total=$(cat count)
	[ "$total" -ge $least ] || { echo "only $total pieces" >&2; return 1; }
	while [ $i -lt "$total" ]; do
		LD_PRELOAD=$REAL/fail.so FAIL=$i "$@" >out 2>err
		status=$?
		[ $status = 3 ] || { [ $status = $good ] && cmp -s good out; } || {
			parted=$((parted + 1))
			[ $parted -gt 3 ] || { echo "piece $i, exit $status:" && cat out err; } >&2
		}
		[ $status != 3 ] || [ -s err ] || [ -s out ] || { echo "piece $i: not a word" >&2; parted=$((parted + 1)); }
		i=$((i + step))
	done
	[ $parted = 0 ]
}
check "catalog show" whole "$MODSEAL" catalog show --json base.cat
check "policy diff" whole "$MODSEAL" policy diff --json one.yaml two.yaml
check "verify" whole "$MODSEAL" verify --json --certificate release.pem a.so b.so
check "inspect" whole "$MODSEAL" inspect --json a.so
check "timestamp request" whole "$MODSEAL" timestamp request --force --json a.so
# RSA, and signed before: each report is the same
"$MODSEAL" keygen rsa --algorithm rsa3072 >log && cp a.so c.so &&
	"$MODSEAL" sign --force --key rsa.key --certificate rsa.pem c.so >log || exit 99
check "sign --report" whole "$MODSEAL" sign --force --key rsa.key --certificate rsa.pem --report /dev/stdout c.so d.so
step=1 least=10
check "timestamp request, for people" whole "$MODSEAL" timestamp request --force a.so
raw=$(printf 'r\377.so') && cp a.so "$raw" || exit 99
check "a name that is no UTF-8" whole "$MODSEAL" timestamp request --force --json "$raw"
check "the same for people" whole "$MODSEAL" timestamp request --force "$raw"
# what is told of a file without a digest of it would be taken for all there is
cat >digests.c <<'TEXT'
#include <stddef.h>
#ifdef WHOLE
int EVP_Digest(const void *data, size_t count, unsigned char *md, unsigned int *size, const void *type, void *impl) { return 0; }
#else
int EVP_DigestFinal_ex(void *context, unsigned char *md, unsigned int *size) { return 0; }
#endif
TEXT
undigested() { # undigested FLAG: no digest can be taken in one piece, or none in several (fs-verity's)
	${CC:-cc} $1 -shared -fPIC -o digests.so digests.c || return 1
	LD_PRELOAD=$REAL/digests.so exits 3 "$MODSEAL" inspect --json a.so >out 2>err || return 1
	grep -q '"code": "CRYPTO".*"the digest cannot be taken"' out && ! grep -q '"size"' out || { cat out err >&2; return 1; }
}
check "inspect, where no digest can be taken" undigested -DWHOLE
check "inspect, where that of fs-verity cannot" undigested -UWHOLE
export STREAMS=1 SOURCE_DATE_EPOCH=1769904000
step=1 least=1
check "learn, where text is put together" whole "$MODSEAL" learn a.so
check "catalog create, likewise" whole "$MODSEAL" catalog create --name base --serial 1 --output new.cat a.so b.so
