#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Signing in two steps with keys that are elsewhere: `openssl pkeyutl`, `openssl dgst`, and a
# token by `pkcs11-tool`. What comes of a hundred files is what one step makes of them, byte for
# byte where the algorithm is deterministic, and `openssl cms` takes it.
. tests/lib.sh
cd "$WORK" || exit 99
KEYS=$DATA/signature
COUNT=100

modseal() { "$MODSEAL" "$@"; }
mkdir plain || exit 99
i=0
while [ $i -lt $COUNT ]; do
	printf '\177ELF library number %s\n' $i >plain/lib$i.so
	i=$((i + 1))
done

fresh() { rm -rf files asked && cp -a plain files; }
# asked OPTION...: a request for all files, and what is to be signed as files of their own
ask() { modseal digest "$@" --output request.json --directory asked files/*.so; }
# each SUFFIX COMMAND...: the command signs each; it finds what to sign and where to put it in $in
# and $out
each() {
	suffix=$1
	shift
	for in in asked/*."$suffix"; do
		out=${in%."$suffix"}.sig
		"$@" || return 1
	done
}
by_digest() { openssl pkeyutl -sign -inkey "$KEYS/$key.key" -pkeyopt digest:sha256 -in "$in" -out "$out" "$@"; }
by_message() { openssl dgst -sha256 -sign "$KEYS/$key.key" -out "$out" "$in"; }
by_kms() { openssl pkeyutl -sign -inkey "$KEYS/$key.key" -pkeyopt digest:sha256 -in "$in" | base64 -w0 >"$out"; }
attach() { modseal attach --certificate "$KEYS/$key.pem" --signatures asked request.json >attached; }
all_signed() { [ "$(grep -c ': signed$' attached)" = $COUNT ]; }
# the same as one step: like OPTION...
like() {
	rm -rf one && cp -a plain one
	modseal sign --key "$KEYS/$key.key" --certificate "$KEYS/$key.pem" "$@" one/*.so >/dev/null && diff -r one files
}
verified() { [ "$(modseal verify --certificate "$KEYS/$key.pem" files/*.so | grep -c ': accepted')" = $COUNT ]; }
by_cms() {
	for file in files/*.so; do
		openssl cms -verify -binary -inform DER -in "$file.p7s" -content "$file" -purpose any \
			-certfile "$KEYS/$key.pem" -CAfile "$KEYS/$key.pem" -out /dev/null 2>/dev/null || return 1
	done
}

# ---- openssl -------------------------------------------------------------------------------

key=rsa
two_step_rsa() { fresh && ask --certificate "$KEYS/rsa.pem" && each digest by_digest && attach && all_signed; }
check "$COUNT digests signed by openssl pkeyutl with RSA" two_step_rsa
check "the files are those of one step" like
check "and are accepted" verified
pss() { by_digest -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest; }
two_step_pss() {
	fresh && ask --certificate "$KEYS/rsa.pem" --padding pss && each digest pss && attach && all_signed && verified
}
check "$COUNT digests signed with PSS" two_step_pss
two_step_messages() {
	fresh && ask --certificate "$KEYS/rsa.pem" --detached && each message by_message && attach && all_signed
}
check "$COUNT messages signed by openssl dgst, beside their files" two_step_messages
check "the signatures are those of one step" like --detached
check "openssl cms takes each" by_cms

key=p256
two_step_ecdsa() { fresh && ask --certificate "$KEYS/p256.pem" && each digest by_digest && attach && all_signed; }
check "$COUNT digests signed by openssl pkeyutl with ECDSA" two_step_ecdsa
check "and are accepted" verified
# a service that takes and gives JSON
by_service() {
	fresh && ask --certificate "$KEYS/p256.pem" && each digest by_kms && python3 - <<'EOF' &&
import json
request = json.load(open("request.json"))
for entry in request["files"]:
    entry["signature"] = open("asked/" + entry["id"] + ".sig").read()
json.dump(request, open("signed.json", "w"))
EOF
		modseal attach --certificate "$KEYS/p256.pem" signed.json >attached && all_signed && verified
}
check "signatures that come back inside of the request" by_service

# ---- a token -------------------------------------------------------------------------------

export SOFTHSM2_CONF="$WORK/softhsm2.conf"
token() { pkcs11-tool --module "$module" --pin 1234 --token-label two-steps "$@"; }
make_token() {
	mkdir tokens && echo "directories.tokendir = $WORK/tokens" >"$SOFTHSM2_CONF" &&
		softhsm2-util --init-token --free --label two-steps --so-pin 12345678 --pin 1234 &&
		for key in rsa p256; do
			openssl pkcs8 -topk8 -nocrypt -in "$KEYS/$key.key" -out $key.p8 &&
				softhsm2-util --import $key.p8 --token two-steps --pin 1234 --label $key --id "$1" || return 1
			shift
		done
}
# by its identifier: pkcs11-tool signs with any key of the token if it is told a label
in_token() {
	case $key in
	rsa) token --sign --id 01 --mechanism RSA-PKCS --input-file "$in" --output-file "$out" ;;
	p256) token --sign --id 02 --mechanism ECDSA --input-file "$in" --output-file "$out" ;;
	esac >/dev/null 2>&1
}
module=$(find /usr/lib -name libsofthsm2.so 2>/dev/null | head -n 1)
if [ -n "$module" ] && command -v pkcs11-tool >/dev/null; then
	check "keys are put into a token" make_token 01 02
	key=rsa
	from_token_rsa() { fresh && ask --certificate "$KEYS/rsa.pem" && each digestinfo in_token && attach && all_signed; }
	check "$COUNT digests signed in a token with RSA" from_token_rsa
	check "the files are those of one step" like
	key=p256
	from_token_ecdsa() {
		fresh && ask --certificate "$KEYS/p256.pem" && each digest in_token && attach && all_signed && verified
	}
	check "$COUNT digests signed in a token with ECDSA, as two bare numbers" from_token_ecdsa
else
	skip "signatures by pkcs11-tool" "needs opensc and softhsm2"
fi
