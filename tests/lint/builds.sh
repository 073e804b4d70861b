#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# Every way to build: no warning by gcc or clang, and each variant has what it promises.
. tests/lib.sh

# where neither size nor every warning matters
QUICK='CFLAGS=-O0 -g0'
# variant NAME ASSIGNMENT...: builds everything below $BUILD/variants/NAME
variant() {
	name=$1
	shift
	# no variable of the make that runs this test
	env -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES -u MAKELEVEL make -s -j"$(nproc)" \
		BUILD="$BUILD/variants/$name" WERROR=1 "$@"
}
needed() { # needed FILE: what it needs besides the C library
	readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libm|libpthread|libdl|ld-linux.*)\.so'
}
exports() { nm -D --defined-only "$1" | sed 's/.* //; s/@.*//' | grep -v '^MODSEAL_0$' | sort; }

# what is tested may be such a build already
if grep -q '^gcc .*-Werror .*-O2 -g ' "$BUILD/flags"; then
	mkdir -p "$BUILD/variants" && ln -sfn .. "$BUILD/variants/gcc"
fi
check "gcc has no warning" variant gcc CC=gcc all hosts
if command -v clang >/dev/null; then
	check "clang has no warning" variant clang CC=clang "$QUICK" all hosts
else
	skip "clang" "not installed"
fi

folder=$BUILD/variants/verify-only
check "VERIFY_ONLY=1 builds" variant verify-only VERIFY_ONLY=1 all
makes_signatures() { nm "$folder/lib/libmodseal.a" "$folder/bin/modseal" 2>/dev/null | grep -E \
		'modseal_(sign_|signing_|strip_|keygen)|CMS_(sign|add1_signer|SignerInfo_sign|final)(_ex)?(@|$)|EVP_DigestSign|EVP_PKEY_(sign|keygen|generate|Q_keygen)'; }
check "VERIFY_ONLY=1 makes no keys and no signatures" nothing makes_signatures
reads_packages() { nm "$folder/bin/modseal" | grep archive_read; needed "$folder/bin/modseal" | grep archive; }
check "VERIFY_ONLY=1 has no libarchive" nothing reads_packages
is_small() { # is_small SIZE_PROGRAM ARCHIVE: less than 256 KiB of code: 150 before it knew
# delegation, audit mode and records, 190 before it read what the dynamic linker follows, 210
# before it loaded kernel modules, 230 before it looked where full RELRO is, and shared copies,
# 232 before it read time stamps, 240 before it read and judged in several threads
	text=$(packaging/size.sh "$1" "$2" | sed -n 's/.*SIZE *\([0-9]*\) bytes of text.*/\1/p')
	echo "$text bytes of text" >&2
	[ "$text" -gt 50000 ] && [ "$text" -lt $((256 * 1024)) ]
}
check "VERIFY_ONLY=1: the library is small" is_small size "$folder/lib/libmodseal.a"
check "VERIFY_ONLY=1: the command still inspects" "$folder/bin/modseal" inspect "$folder/bin/modseal"
check "VERIFY_ONLY=1: the command still installs" refused NOT_FOUND "$folder/bin/modseal" policy install --yes \
	--anchor "$WORK/none.pem" --directory "$WORK/etc" --state "$WORK/state" "$WORK/none.yaml"
administers() { nm "$folder/lib/libmodseal.a" 2>/dev/null | grep -E ' T modseal_(inspect|describe|policy_install|trust_|catalog_(open|each|check))'; }
check "VERIFY_ONLY=1: the library only decides and loads" nothing administers
if command -v aarch64-linux-gnu-gcc >/dev/null && [ -d /usr/include/aarch64-linux-gnu/openssl ]; then
	folder=$BUILD/variants/verify-only-aarch64
	check "VERIFY_ONLY=1 builds for aarch64" variant verify-only-aarch64 VERIFY_ONLY=1 \
		CROSS_COMPILE=aarch64-linux-gnu- "$folder/lib/libmodseal.a"
	check "VERIFY_ONLY=1: the library for aarch64 is small" is_small aarch64-linux-gnu-size \
		"$folder/lib/libmodseal.a"
else
	skip "the library for aarch64 is small" "no cross compiler, or no packages of arm64"
fi

# what is linked otherwise is compiled alike
folder=$BUILD/variants/static
if [ -L "$BUILD/variants/gcc" ]; then
	rm -rf "$folder" && mkdir "$folder" &&
		cp -a "$BUILD"/flags "$BUILD"/probed-*.mk "$BUILD"/anchor* "$BUILD"/keys "$BUILD"/policy \
			"$BUILD"/verifier "$folder"
fi
check "STATIC_DEPS=1 builds" variant static CC=gcc STATIC_DEPS=1 all
# more_needed FILE VARIABLE...: what it needs beyond what packaging/probe.sh could not link
more_needed() {
	file=$1
	shift
	for name in "$@"; do
		sed -n "s/^$name := //p" "$folder/probed-gcc.mk"
	done | sed 's/-Wl,-Bstatic[^W]*-Wl,-Bdynamic//g' >"$WORK/shared"
	needed "$file" | sed 's/^lib\(.*\)\.so.*/-l\1/' | while read -r flag; do
		grep -qw -e "$flag" "$WORK/shared" || echo "$flag"
	done
}
check "STATIC_DEPS=1: the command needs no more than it must" nothing more_needed \
	"$folder/bin/modseal" PROBED_STATIC_LIBS PROBED_STATIC_TOOL_LIBS PROBED_ARCHIVE_LIBS
check "STATIC_DEPS=1: the library needs no more than it must" nothing more_needed \
	"$folder/lib/libmodseal.so" PROBED_STATIC_SHARED_LIBS
shares_openssl() {
	needed "$folder/lib/libmodseal.so" | grep crypto
	needed "$folder/bin/modseal" | grep crypto
}
check "STATIC_DEPS=1: command and library have their own OpenSSL" nothing shares_openssl
exports "$folder/lib/libmodseal.so" >"$WORK/static"
exports "$BUILD/variants/gcc/lib/libmodseal.so" >"$WORK/dynamic"
check "STATIC_DEPS=1 exports nothing more" diff "$WORK/dynamic" "$WORK/static"
check "STATIC_DEPS=1: the command starts" "$folder/bin/modseal" --version

"$MODSEAL" keygen anchor --directory "$WORK" >/dev/null
check "ANCHOR= builds" variant anchor ANCHOR="$WORK/anchor.pem" POLICY_NAME=production \
	"$BUILD/variants/anchor/anchor.o"
embedded() {
	echo 'extern const unsigned char modseal_builtin_anchor[];
	#include <stdio.h>
	#include "internal/builtin.h"
	int main(void)
	{
		fwrite(modseal_builtin_anchor, 1, modseal_builtin_anchor_size, stdout);
		fputs(modseal_builtin_policy_name, stderr);
		fprintf(stderr, " %llu", (unsigned long long)modseal_builtin_policy_serial);
		return 0;
	}' >"$WORK/print.c"
	${CC:-gcc} -Iinclude -o "$WORK/print" "$WORK/print.c" "$BUILD/variants/anchor/anchor.o" &&
		"$WORK/print" >"$WORK/embedded.pem" 2>"$WORK/name" &&
		cmp "$WORK/embedded.pem" "$WORK/anchor.pem" &&
		[ "$(cat "$WORK/name")" = "production $1" ]
}
check "ANCHOR= embeds the certificate and the name" embedded 0
check "POLICY_SERIAL= builds" variant anchor ANCHOR="$WORK/anchor.pem" POLICY_NAME=production \
	POLICY_SERIAL=9007199254740991 "$BUILD/variants/anchor/anchor.o"
check "POLICY_SERIAL= embeds the serial" embedded 9007199254740991
for serial in -1 01 1x 9007199254740992 99999999999999999999; do
	check "POLICY_SERIAL=$serial is refused" exits 2 variant half ANCHOR="$WORK/anchor.pem" \
		POLICY_NAME=production POLICY_SERIAL=$serial "$BUILD/variants/half/anchor.o"
done
printf '#include <stdio.h>\n#include "internal/builtin.h"\nint main(void) { fwrite(modseal_builtin_recovery, 1, modseal_builtin_recovery_size, stdout); return modseal_builtin_anchor_size != 0; }\n' >"$WORK/recovery.c"
recovers() {
	variant recovery RECOVERY="$WORK/anchor.pem" "$BUILD/variants/recovery/anchor.o" &&
		${CC:-gcc} -Iinclude -o "$WORK/recovery" "$WORK/recovery.c" "$BUILD/variants/recovery/anchor.o" &&
		"$WORK/recovery" >"$WORK/embedded.pem" && cmp "$WORK/embedded.pem" "$WORK/anchor.pem"
}
check "RECOVERY= embeds the certificate, and no anchor" recovers
check "POLICY_SERIAL= without ANCHOR= is refused" exits 2 variant half POLICY_SERIAL=1 \
	"$BUILD/variants/half/anchor.o"
check "ANCHOR= without POLICY_NAME= is refused" exits 2 variant half \
	ANCHOR="$WORK/anchor.pem" "$BUILD/variants/half/anchor.o"
