#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Signatures as `openssl cms` and the shell can make and break them, given to the command; and
# what of OpenSSL the binaries are linked with. The forged ones are in tests/unit.
. tests/lib.sh
top=$PWD
keys=$DATA/signature

accepted() { "$@" --json | grep -q '"verdict": *"accepted"'; }
verify() { "$MODSEAL" verify --certificate "$@"; }

# ---- what is linked and what is written ------------------------------------------------

symbols() { nm -D --undefined-only "$1" | sed 's/.* //; s/@.*//'; }
linked() { # linked FILE: no other way than our own to judge a signature
	symbols "$1" >"$WORK/symbols" || return 1
	! grep -E '^(PKCS7_|CMS_verify$|CMS_decrypt|SMIME_)' "$WORK/symbols"
}
if [ "${STATIC_DEPS:-}" = 1 ]; then
	skip "R10 what is linked" "the symbols are inside"
else
	check "R10 the library has nothing of PKCS7_*, and no CMS_verify" linked "$BUILD/lib/libmodseal.so"
	check "R10 the command has nothing of PKCS7_*, and no CMS_verify" linked "$MODSEAL"
fi
switched_off() {
	! grep -rnE 'CMS_NO_(SIGNER_CERT_VERIFY|ATTR_VERIFY|CONTENT_VERIFY|SIGNER_)|CMS_NOVERIFY|CMS_NOSIGS|PKCS7_NO(VERIFY|SIGS)' \
		"$top/include" "$top/keys" "$top/verifier"
}
check "R19 no flag that switches a check off" switched_off

# ---- what openssl cms makes ------------------------------------------------------------

cd "$WORK" || exit 99
cp "$keys/small.so" a.so
cms() { # cms ARGUMENT...: signs a.so into a.so.p7s
	openssl cms -sign -binary -in a.so -signer "$keys/p256.pem" -inkey "$keys/p256.key" \
		-out a.so.p7s "$@" 2>openssl.err || { cat openssl.err >&2; return 1; }
}
made() { # made CERTIFICATE ARGUMENT...: accepted as it comes out of openssl cms
	certificate=$1
	shift
	cms "$@" && accepted verify "$certificate" a.so
}
check "openssl cms, DER" made "$keys/p256.pem" -outform DER
check "openssl cms, PEM" made "$keys/p256.pem" -outform PEM
check "openssl cms, SHA-512" made "$keys/p256.pem" -outform DER -md sha512
check "openssl cms, no certificate" made "$keys/p256.pem" -outform DER -nocerts
check "openssl cms, key identifier" made "$keys/p256.pem" -outform DER -keyid
check "openssl cms, another certificate along" made "$keys/p256.pem" -outform DER -certfile "$keys/ca.pem"
unwanted() { # unwanted CODE ARGUMENT...: refused as it comes out of openssl cms
	code=$1
	shift
	cms "$@" && refused "$code" verify "$keys/p256.pem" a.so
}
check "R12 openssl cms without attributes" unwanted SIGNATURE_MALFORMED -outform DER -noattr
check "R16 openssl cms with the content inside" unwanted SIGNATURE_MALFORMED -outform DER -nodetach
check "R22 openssl cms with SHA-1" unwanted ALGORITHM_NOT_ALLOWED -outform DER -md sha1
check "R23 openssl cms in BER" unwanted SIGNATURE_MALFORMED -outform DER -nodetach -stream
check "openssl cms in S/MIME" unwanted SIGNATURE_MALFORMED -outform SMIME
check "R24 openssl cms with a signed receipt request is still a signature" \
	made "$keys/p256.pem" -outform DER -receipt_request_all -receipt_request_to a@b

other_type() { # other_type ARGUMENT...: a CMS of another type
	openssl cms "$@" -binary -in a.so -outform DER -out a.so.p7s 2>openssl.err ||
		{ cat openssl.err >&2; return 1; }
	refused SIGNATURE_MALFORMED verify "$keys/p256.pem" a.so
}
check "R11 EncryptedData" other_type -EncryptedData_encrypt -secretkey 000102030405060708090a0b0c0d0e0f -aes128
check "R11 EnvelopedData" other_type -encrypt -aes128 -recip "$keys/rsa.pem"
check "R11 AuthEnvelopedData" other_type -encrypt -aes-128-gcm -recip "$keys/rsa.pem"
check "R11 DigestedData" other_type -digest_create
check "R11 Data" other_type -data_create

# ---- one container in place of another -------------------------------------------------

cms -outform DER
as_appended() { # a sidecar put behind the file: signed attributes where none may be
	size=$(stat -c %s a.so.p7s)
	{
		cat a.so a.so.p7s
		printf '\0\0\2\0\0\0\0\0'
		printf "$(printf '\\%03o\\%03o\\%03o\\%03o' 0 0 $((size / 256)) $((size % 256)))"
		printf '~Module signature appended~\n'
	} >b.so
	refused SIGNATURE_MALFORMED verify "$keys/p256.pem" b.so
}
check "R12 a sidecar appended" as_appended
as_detached() {
	"$MODSEAL" sign --output b.so --key "$keys/p256.key" --certificate "$keys/p256.pem" a.so || return 1
	tail -c +$(($(stat -c %s a.so) + 1)) b.so | head -c -40 >c.so.p7s
	cp a.so c.so
	refused SIGNATURE_MALFORMED verify "$keys/p256.pem" c.so
}
check "R12 a container's signature as a sidecar" as_detached
other_content() {
	cp a.so.p7s d.so.p7s && { cat a.so && echo x; } >d.so &&
		refused SIGNATURE_INVALID verify "$keys/p256.pem" d.so
}
check "R15 the sidecar of another content" other_content
signed_script() { # R13: whatever is signed, only ELF files are libraries
	printf 'modseal-policy: 1\n' >p.so
	openssl cms -sign -binary -in p.so -signer "$keys/p256.pem" -inkey "$keys/p256.key" \
		-outform DER -out p.so.p7s && refused TYPE_MISMATCH verify "$keys/p256.pem" p.so
}
check "R13 a signed policy is no library" signed_script
compressed() { # compressed PROGRAM
	"$MODSEAL" sign --output m.ko --force --key "$keys/p256.key" --certificate "$keys/p256.pem" \
		a.so && "$1" -c m.ko >"m.ko.$1" && refused TYPE_MISMATCH verify "$keys/p256.pem" "m.ko.$1" &&
		verify "$keys/p256.pem" "m.ko.$1" 2>&1 |
			grep -qF "$1 -dc FILE | modseal verify --certificate CERT -" &&
		"$1" -dc "m.ko.$1" | "$MODSEAL" verify --certificate "$keys/p256.pem" - >/dev/null
}
for program in xz gzip zstd; do
	if command -v "$program" >/dev/null; then
		check "R09 $program" compressed "$program"
	else
		skip "R09 $program" "not installed"
	fi
done
