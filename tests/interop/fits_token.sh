#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A key in a token, as modseal-sign(1) has it, and for what build systems call: the address of the key
# and its PIN come from the environment. What else there is to tokens is in pkcs11.sh.
. tests/lib.sh

MODULE=
for place in /usr/lib/softhsm /usr/lib/*/softhsm /usr/lib64/softhsm /usr/lib64/pkcs11; do
	[ -n "$MODULE" ] || ! [ -f "$place/libsofthsm2.so" ] || MODULE=$place/libsofthsm2.so
done
if [ -z "$MODULE" ] || ! command -v pkcs11-tool >/dev/null; then
	skip "keys in tokens" "no softhsm2 or no opensc here"
	exit 0
fi
top=$PWD
cd "$WORK" || exit 99
mkdir -p tokens bin stage/usr/lib
ln -s "$MODSEAL" bin/modseal
export SOFTHSM2_CONF="$WORK/softhsm2.conf" MODSEAL PATH="$WORK/bin:$PATH"
printf '%s\n' "directories.tokendir = $WORK/tokens" objectstore.backend=file log.level=ERROR >"$SOFTHSM2_CONF"
echo 4321 >pin
prepare() {
	softhsm2-util --init-token --free --label release --so-pin 87654321 --pin 4321 &&
		pkcs11-tool --module "$MODULE" --token-label release --login --pin 4321 --keypairgen --key-type EC:prime256v1 \
			--label libraries --id 01 &&
		modseal keygen ca --ca && echo 'int f(void) { return 1; }' >f.c &&
		${CC:-cc} -shared -fPIC -Wl,-soname,libf.so.1 -o stage/usr/lib/libf.so.1 f.c && cp stage/usr/lib/libf.so.1 plain.so
}
check "a token with a key" prepare
sed -n '/^\.Ss Keys in tokens/,/^\.Ss Many/{/^\.Bd -literal/,/^\.Ed/{/^\.[BE]d/!p}}' "$top/packaging/man/modseal-sign.1" |
	sed 's/\\e/\\/g' >example.sh
# it is for machines where p11-kit knows the token; this one is told
sed "s|^modseal \(keygen\|sign\)|& --pkcs11-module $MODULE|" example.sh >told.sh
check "modseal-sign(1): a certificate for the key, and a signature with it" sh -eu told.sh
check "it says so to modseal three times" [ "$(grep -c '^modseal' example.sh)" = 3 ]

by_token() { modseal verify --certificate token.pem "$1"; }
built() { # what CMake and the others do
	cp plain.so built.so && MODSEAL_KEY="pkcs11:token=release;object=libraries?module-path=$MODULE" MODSEAL_CERTIFICATE=token.pem \
		"$@" sh "$top/packaging/sign-built" built.so && by_token built.so
}
check "sign-built with a PIN from a file" built env MODSEAL_PASSPHRASE_FILE=pin
check "sign-built with a PIN from the environment" built env MODSEAL_PASSPHRASE=4321
wrong() { ! built env MODSEAL_PASSPHRASE=9999 >out 2>&1 && cmp built.so plain.so && ! grep 9999 out; }
check "sign-built with a wrong PIN, which is not repeated" wrong
check "the PIN is tried once: the right one still does" built env MODSEAL_PASSPHRASE=4321
as_kernel() {
	cp plain.so module.ko && KBUILD_SIGN_PIN=4321 sh "$top/packaging/kernel/sign-file" sha256 \
		"pkcs11:token=release;object=libraries?module-path=$MODULE" token.pem module.ko && by_token module.ko
}
check "in place of the kernel's sign-file" as_kernel
