#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keys inside a real token (SoftHSM), counted by OpenSC's pkcs11-spy: one session and one login
# for a whole run, a wrong PIN tried once, what is missing named beside what is there.
# THOROUGH=1: 1,000 files instead of 100.
. tests/lib.sh
cd "$WORK" || exit 99
unset PIN
COUNT=100
[ "${THOROUGH:-}" != 1 ] || COUNT=1000
MODULE='' SPY=''
for place in /usr/lib/softhsm /usr/lib/*/softhsm /usr/lib64/softhsm /usr/lib64/pkcs11; do
	[ -n "$MODULE" ] || ! [ -f "$place/libsofthsm2.so" ] || MODULE=$place/libsofthsm2.so
done
for place in /usr/lib/*/pkcs11-spy.so /usr/lib/*/pkcs11/pkcs11-spy.so /usr/lib64/pkcs11-spy.so; do
	[ -n "$SPY" ] || ! [ -f "$place" ] || SPY=$place
done
if [ -z "$MODULE" ] || [ -z "$SPY" ] || ! command -v pkcs11-tool >/dev/null; then
	skip "keys in tokens" "no softhsm2 or no opensc here"
	exit 0
fi

# ---- a token ---------------------------------------------------------------------------

mkdir tokens files
export SOFTHSM2_CONF=$WORK/softhsm2.conf
printf '%s\n' "directories.tokendir = $WORK/tokens" objectstore.backend=file log.level=ERROR >"$SOFTHSM2_CONF"
printf 4321 >pin
printf 9999 >wrong
tool() { pkcs11-tool --module "$MODULE" --token-label release --login --pin 4321 "$@"; }
new_token() { softhsm2-util --init-token --free --label "$1" --so-pin 87654321 --pin 4321; }
echo 'int f(void) { return 1; }' >f.c
token_made() {
	new_token release && new_token spare &&
		tool --keypairgen --key-type rsa:3072 --label rsa --id 01 &&
		tool --keypairgen --key-type EC:prime256v1 --label p256 --id 02 &&
		tool --keypairgen --key-type EC:secp384r1 --label p384 --id 03 &&
		tool --keypairgen --key-type EC:prime256v1 --label bare --id 04 &&
		tool --keypairgen --key-type EC:prime256v1 --label ask --id 05 --always-auth &&
		${CC:-gcc} -shared -fPIC -o plain.so f.c && "$MODSEAL" keygen ca --ca
} >setup.log 2>&1
token_made || { cat setup.log; exit 99; }
modseal() { "$MODSEAL" "$@" --pkcs11-module "${module:-$MODULE}" </dev/null; }
uri() { echo "pkcs11:token=release;object=$1"; }
# certify NAME ID: a request for the key by the token, and the certificate into the token
certify() {
	modseal keygen "$1" --request --key "$(uri "$1")" --passphrase-file pin &&
		openssl req -verify -in "$1.csr" -noout && [ ! -e "$1.key" ] &&
		openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -copy_extensions copy -days 30 -out "$1.pem" &&
		openssl x509 -in "$1.pem" -outform DER -out "$1.crt" &&
		tool --write-object "$1.crt" --type cert --label "$1" --id "$2"
}
for pair in rsa:01 p256:02 p384:03 ask:05; do
	check "keygen --request for the token's key ${pair%:*}, certified" certify ${pair%:*} ${pair#*:}
done

# ---- signing ---------------------------------------------------------------------------

signs() { # signs CERTIFICATE OPTION...
	certificate=$1
	shift
	cp plain.so a.so && modseal sign "$@" a.so && "$MODSEAL" verify --certificate "$certificate" a.so
}
for key in rsa p256 p384; do
	check "$key of the token signs, with the certificate of the token" \
		signs $key.pem --key "$(uri $key)" --passphrase-file pin
done
check "a certificate by its own URI" \
	signs rsa.pem --key "$(uri rsa)" --certificate "pkcs11:object=rsa;type=cert" --passphrase-file pin
check "a certificate from a file" signs p256.pem --key "$(uri p256)" --certificate p256.pem --passphrase-file pin
other_source() { # the key from a file, its certificate from the token, which wants no login for that
	"$MODSEAL" keygen mine >/dev/null && openssl x509 -in mine.pem -outform DER -out mine.crt &&
		tool --write-object mine.crt --type cert --label mine --id 08 >/dev/null &&
		signs mine.pem --key mine.key --certificate "$(uri mine)"
}
check "a certificate of the token for a key from a file" other_source
catalog() {
	modseal catalog create --name c --serial 1 --output c.cat --key "$(uri p256)" --passphrase-file pin "$WORK" &&
		"$MODSEAL" catalog verify --certificate p256.pem c.cat
}
check "a catalog signed by the token" catalog
for hash in sha256 sha384 sha512; do
	check "RSA-PSS with $hash" signs rsa.pem --key "$(uri rsa)" --padding pss --hash $hash --passphrase-file pin
	check "RSA PKCS#1 with $hash" signs rsa.pem --key "$(uri rsa)" --hash $hash --passphrase-file pin
	check "ECDSA with $hash" signs p256.pem --key "$(uri p256)" --hash $hash --passphrase-file pin
done
check "the key by its id" signs rsa.pem --key 'pkcs11:token=release;id=%01;type=private' --passphrase-file pin
check "a key that wants the PIN for each signature" signs ask.pem --key "$(uri ask)" --passphrase-file pin
check "the PIN from pin-source" signs rsa.pem --key "$(uri rsa)?pin-source=file:$WORK/pin"
check "the module from module-path" env -u X "$MODSEAL" sign --force --passphrase-file pin \
	--key "$(uri rsa)?module-path=$MODULE" a.so
from_variable() { PIN=4321 signs rsa.pem --key "$(uri rsa)" --passphrase-env PIN; }
check "the PIN from a variable" from_variable
from_descriptor() { signs rsa.pem --key "$(uri rsa)" --passphrase-fd 5 5<pin; }
check "the PIN from a descriptor" from_descriptor
detached() {
	rm -f plain.so.p7s && modseal sign --detached --key "$(uri p256)" --passphrase-file pin plain.so &&
		openssl cms -verify -binary -inform DER -in plain.so.p7s -content plain.so -CAfile ca.pem \
			-purpose any -out /dev/null && rm plain.so.p7s
}
check "openssl cms verifies a detached signature by a token" detached
same_as_file() { # PKCS#1 is deterministic: the token and the file make the same bytes
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out twin.key &&
		openssl req -new -x509 -key twin.key -subj /CN=twin -days 30 -out twin.pem \
			-addext extendedKeyUsage=codeSigning &&
		openssl pkey -in twin.key -outform DER -out twin.der &&
		tool --write-object twin.der --type privkey --label twin --id 07 --usage-sign &&
		cp plain.so a.so && cp plain.so b.so && "$MODSEAL" sign --key twin.key --certificate twin.pem a.so &&
		modseal sign --key "$(uri twin)" --certificate twin.pem --passphrase-file pin b.so && cmp a.so b.so
}
check "the token's signature is the one that the same key makes from a file" same_as_file

# ---- one session, one login ------------------------------------------------------------

spied() { # spied COMMAND...: with the calls to the module in spy.log
	rm -f spy.log
	PKCS11SPY=$MODULE PKCS11SPY_OUTPUT=$WORK/spy.log module=$SPY "$@"
}
called() { # called FUNCTION TIMES
	times=$(grep -c "^[0-9]*: $1\$" spy.log)
	[ "$times" = "$2" ] || { echo "$1 was called $times times, not $2" >&2; return 1; }
}
i=0
while [ $i -lt $COUNT ]; do
	cp plain.so files/$i.so
	i=$((i + 1))
done
many() { # many KEY OPTION...
	key=$1
	shift
	spied modseal sign --force --key "$(uri "$key")" --passphrase-file pin "$@" files/*.so >/dev/null &&
		called C_Initialize 1 && called C_OpenSession 1 && called C_Login 1 && called C_SignInit $COUNT &&
		called C_Sign $COUNT && called C_CloseSession 1 && called C_Finalize 1 &&
		[ "$("$MODSEAL" verify --certificate "$key.pem" files/*.so | grep -c ': accepted')" = $COUNT ]
}
check "$COUNT files by RSA-3072 in one session with one login" many rsa
check "$COUNT files by P-256, two at once, in one session with one login" many p256 --jobs 2
# the CMS of an appended signature, as the kernel finds it: length before the magic
cms_of() {
	size=$(stat -c %s "$1")
	length=$((0x$(tail -c 32 "$1" | head -c 4 | od -An -tx1 | tr -d ' ')))
	tail -c $((length + 40)) "$1" | head -c $length >cms.der && head -c $((size - length - 40)) "$1" >content
}
by_openssl() {
	for file in files/*5.so; do
		cms_of "$file" && openssl cms -verify -binary -inform DER -in cms.der -content content -CAfile ca.pem \
			-purpose any -out /dev/null || return 1
	done
}
check "openssl cms verifies them" by_openssl

# ---- what goes wrong -------------------------------------------------------------------

# refuses CODE MESSAGE OPTION...: with that message, once, and the files are as they were
refuses() {
	code=$1 message=$2
	shift 2
	cp plain.so x.so
	cp plain.so y.so
	refused "$code" modseal sign "$@" x.so y.so || return 1
	modseal sign "$@" x.so y.so 2>err && return 1
	[ "$(wc -l <err)" = 1 ] && grep -q -- "$message" err || { echo "wanted: $message" >&2; cat err >&2; return 1; }
	cmp x.so plain.so && cmp y.so plain.so
}
tried_once() {
	spied modseal sign --key "$(uri rsa)" --passphrase-file wrong files/*.so 2>err && return 1
	called C_Login 1 && called C_SignInit 0 && [ "$(wc -l <err)" = 1 ]
}
check "a wrong PIN is tried exactly once, whatever the number of files" tried_once
check "a wrong PIN has its message" refuses TOKEN_PIN "'release' (module $MODULE) refuses the PIN.*once only" \
	--key "$(uri rsa)" --passphrase-file wrong
check "no PIN" refuses TOKEN_PIN "wants a PIN, and none was given (.*--passphrase-file" --key "$(uri rsa)"
check "a PIN in the URI" refuses ARGUMENT "can be read by everybody.*--passphrase-file" \
	--key "$(uri rsa)?pin-value=4321"
unseen() { ! grep -q 4321 err; }
check "and it is not repeated" unseen
check "a token that is not there: those there are" \
	refuses TOKEN_NOT_FOUND "no token of the PKCS#11 module $MODULE fits; there are .*'release'" \
	--key 'pkcs11:token=none;object=rsa' --passphrase-file pin
check "two tokens that fit" refuses TOKEN_NOT_FOUND "more than one token .*'spare'" \
	--key 'pkcs11:object=rsa' --passphrase-file pin
check "a key that is not there: those there are" refuses TOKEN_NOT_FOUND \
	"no private key that fits in the token 'release' .*private key 'rsa' (id 01)" \
	--key "$(uri none)" --passphrase-file pin
check "several keys that fit" refuses TOKEN_NOT_FOUND "more than one private key that fits" \
	--key pkcs11:token=release --passphrase-file pin
check "a key without certificate" refuses TOKEN_NOT_FOUND \
	"no certificate of that key.*certificate 'rsa' (id 01).*--certificate" --key "$(uri bare)" --passphrase-file pin
check "another key's certificate" refuses KEY_MISMATCH "certificate p384.pem is of another key" \
	--key "$(uri p256)" --certificate p384.pem --passphrase-file pin
check "another RSA key's certificate" refuses KEY_MISMATCH "is of another key" \
	--key "$(uri rsa)" --certificate twin.pem --passphrase-file pin
module=/nowhere.so check "a module that is not there" refuses TOKEN_NOT_FOUND \
	"'/nowhere.so': the PKCS#11 module cannot be loaded" --key "$(uri rsa)" --passphrase-file pin
module=./plain.so check "a library that is no module" refuses TOKEN_NOT_FOUND "it is no such module" \
	--key "$(uri rsa)" --passphrase-file pin

# A module before the real one, whose token is pulled out after 10 signatures.
cat >pulled.c <<'END'
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdlib.h>
static CK_FUNCTION_LIST ours, *real;
static int signatures;
static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG size, CK_BYTE *signature, CK_ULONG *room)
{
	if (++signatures <= 10)
		return real->C_Sign(session, data, size, signature, room);
	return getenv("ANSWER") ? CKR_DEVICE_ERROR : CKR_DEVICE_REMOVED;
}
CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	CK_RV (*get)(CK_FUNCTION_LIST **) = dlsym(dlopen(getenv("REAL"), RTLD_NOW), "C_GetFunctionList");
	CK_RV value = get(&real);
	ours = *real;
	ours.C_Sign = sign;
	*list = &ours;
	return value;
}
END
${CC:-gcc} -w -shared -fPIC $(pkg-config --cflags p11-kit-1) -o pulled.so pulled.c || exit 99
export REAL=$MODULE
pulled_out() {
	for file in files/*.so; do cp plain.so "$file"; done
	PKCS11SPY=$WORK/pulled.so PKCS11SPY_OUTPUT=$WORK/spy.log module=$SPY \
		modseal sign --key "$(uri rsa)" --passphrase-file pin files/*.so >out 2>err && return 1
	[ "$(wc -l <err)" = 1 ] && grep -q "$((COUNT - 11)) not done" out || { cat out err >&2; return 1; }
	grep -q "the token 'release' (module $SPY) was removed: CKR_DEVICE_REMOVED (connect it again" err || return 1
	signed=0 plain=0
	for file in files/*.so; do
		if cmp -s plain.so "$file"; then
			plain=$((plain + 1))
		else
			"$MODSEAL" verify --certificate rsa.pem "$file" >/dev/null || return 1
			signed=$((signed + 1))
		fi
	done
	# after the failure the token is not asked again
	[ $signed = 10 ] && [ $plain = $((COUNT - 10)) ] && called C_Sign 11 && called C_SignInit 11 && called C_Login 1
}
rm -f spy.log
check "a token removed in the middle of a run: signed or untouched, and left alone" pulled_out
module=$WORK/pulled.so check "its code" eval 'cp plain.so files/0.so; set -- files/1*.so; for f; do cp plain.so $f; done
	refused TOKEN_REMOVED modseal sign --key "$(uri rsa)" --passphrase-file pin "$@"'
failing() {
	for file in files/*.so; do cp plain.so "$file"; done
	ANSWER=1 module=$WORK/pulled.so refused TOKEN_FAILED modseal sign --key "$(uri rsa)" --passphrase-file pin files/1*.so
}
check "a token that fails without being gone" failing
gone() { # for real: the token's files go
	rm -r tokens/*
	refuses TOKEN_NOT_FOUND "there is none at all (connect the token" --key "$(uri rsa)" --passphrase-file pin
}
check "no token at all" gone
