#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# Signing keys from PEM, PKCS#8 and PKCS#12, and certificates that do not do, each with its
# own message and the input untouched.
. tests/lib.sh
cd "$WORK" || exit 99
unset PASSPHRASE

echo 'int f(void) { return 1; }' >f.c
${CC:-gcc} -shared -fPIC -o plain.so f.c || exit 99
cp plain.so file.so
"$MODSEAL" keygen key >/dev/null && "$MODSEAL" keygen other >/dev/null || exit 99
printf secret >pass
printf wrong >wrong
openssl pkcs12 -export -inkey key.key -in key.pem -passout file:pass -out key.p12
openssl pkcs12 -export -inkey key.key -nocerts -passout file:pass -out lonely.p12 2>/dev/null
openssl pkcs8 -topk8 -in key.key -outform DER -nocrypt -out key.der
openssl pkcs8 -topk8 -in key.key -outform DER -passout file:pass -out sealed.der

# signs KEY-OPTION...: and key.pem verifies it
signs() {
	cp plain.so good.so
	"$MODSEAL" sign "$@" good.so </dev/null >out 2>err && "$MODSEAL" verify --certificate key.pem good.so
}
# refuses CODE MESSAGE OPTION...: with that message, and the file is as it was
refuses() {
	code=$1 message=$2
	shift 2
	refused "$code" "$MODSEAL" sign "$@" file.so </dev/null || return 1
	"$MODSEAL" sign "$@" file.so </dev/null 2>err && return 1
	grep -q -- "$message" err || { echo "wanted: $message" >&2; cat err >&2; return 1; }
	cmp file.so plain.so
}
check "PKCS#12 with passphrase and certificate" signs --key key.p12 --passphrase-file pass
check "PKCS#12 with the passphrase from a variable" env PASSPHRASE=secret \
	"$MODSEAL" sign --force --key key.p12 --passphrase-env PASSPHRASE good.so
from_descriptor() { signs --key key.p12 --passphrase-fd 5 5<pass; }
check "PKCS#12 with the passphrase from a descriptor" from_descriptor
check "PKCS#12 and the certificate beside it" \
	signs --key lonely.p12 --certificate key.pem --passphrase-file pass
check "PKCS#8 in DER" signs --key key.der --certificate key.pem
check "PKCS#8 in DER, encrypted" signs --key sealed.der --certificate key.pem --passphrase-file pass
check "PKCS#12 without passphrase at no terminal" refuses KEY_PASSPHRASE \
	"no passphrase was given (give one with --passphrase-file" --key key.p12
check "PKCS#12 with the wrong passphrase" refuses KEY_PASSPHRASE \
	"the passphrase does not open this key" --key key.p12 --passphrase-file wrong
check "PKCS#12 without certificate" refuses ARGUMENT "no certificate of the key beside it" \
	--key lonely.p12 --passphrase-file pass
check "PEM without certificate" refuses ARGUMENT "name the certificate with --certificate" --key key.key
check "another's certificate" refuses KEY_MISMATCH "certificate other.pem is of another key" \
	--key key.key --certificate other.pem
check "another's certificate for a PKCS#12 file" refuses KEY_MISMATCH "is of another key" \
	--key key.p12 --certificate other.pem --passphrase-file pass

# certificate NAME EXTENSION FROM TO: for key.key, by the openssl command
certificate() {
	printf '%s\n' '[req]' distinguished_name=d prompt=no '[d]' '[x]' basicConstraints=CA:FALSE "$2" \
		'[ca]' default_ca=c '[c]' new_certs_dir=. database=index serial=serial default_md=sha256 \
		policy=p '[p]' commonName=supplied >"$1.cnf"
	: >index
	echo 01 >serial
	openssl req -new -config "$1.cnf" -key key.key -subj "/CN=$1" -out "$1.csr" &&
		openssl ca -batch -config "$1.cnf" -extensions x -selfsign -keyfile key.key -in "$1.csr" \
			-startdate "$3" -enddate "$4" -notext -out "$1.pem"
}
{
	certificate mail extendedKeyUsage=emailProtection 20200101000000Z 20990101000000Z
	certificate bare keyUsage=digitalSignature 20200101000000Z 20990101000000Z
	certificate old extendedKeyUsage=codeSigning 20200101000000Z 20210101000000Z
	certificate young extendedKeyUsage=codeSigning 20980101000000Z 20990101000000Z
} >openssl.log 2>&1 || cat openssl.log
check "a certificate for mail" refuses CERTIFICATE_INVALID "extended key usage lacks code signing" \
	--key key.key --certificate mail.pem
check "--allow-expired does not allow that" refuses CERTIFICATE_INVALID "lacks code signing" \
	--key key.key --certificate mail.pem --allow-expired
check "an expired certificate" refuses CERTIFICATE_EXPIRED "has expired.*--allow-expired" \
	--key key.key --certificate old.pem
check "a certificate of the future" refuses CERTIFICATE_EXPIRED "is not valid yet.*--allow-expired" \
	--key key.key --certificate young.pem
remarks() { # remarks TEXT CERTIFICATE OPTION...: signed, with that on standard error, once
	text=$1 certificate=$2
	shift
	set -- --key key.key --certificate "$@"
	cp plain.so a.so && cp plain.so b.so
	"$MODSEAL" sign "$@" a.so b.so >out 2>err || return 1
	[ "$(wc -l <err)" = 1 ] && grep -q "^modseal: '.*': .*$text" err || { cat err >&2; return 1; }
	"$MODSEAL" verify --certificate "$certificate" a.so b.so
}
check "a certificate without extended key usage signs, with a remark" \
	remarks 'no extended key usage: only signers of `trust: pinned`' bare.pem
for name in old young; do
	check "--allow-expired signs with $name.pem, with a remark" \
		remarks "not valid now" $name.pem --allow-expired
done
silent() { signs --key key.key --certificate key.pem && [ ! -s err ]; }
check "nothing is remarked otherwise" silent

# ---- requests --------------------------------------------------------------------------

request_says() { openssl req -in "$1.csr" -noout -text | grep -q "$2"; }
requests() { # requests NAME OPTION...
	name=$1
	shift
	"$MODSEAL" keygen "$name" --request --json "$@" >out && openssl req -verify -noout -in "$name.csr" &&
		request_says "$name" "CN *= *$name" && request_says "$name" "Code Signing"
}
fresh() { # with a key that fits, and is the owner's alone
	requests new && [ "$(stat -c %a new.key)" = 600 ] &&
		[ "$(openssl pkey -in new.key -pubout)" = "$(openssl req -in new.csr -pubkey -noout)" ] &&
		grep -q '"key": "./new.key".*"request": "./new.csr"' out
}
check "keygen --request makes a key and a request" fresh
rsa() { requests new3 --algorithm rsa3072 && request_says new3 sha256WithRSAEncryption; }
check "keygen --request --algorithm rsa3072" rsa
of_file() {
	requests old3 --key key.p12 --passphrase-file pass && [ ! -e old3.key ] &&
		[ "$(openssl pkey -in key.key -pubout)" = "$(openssl req -in old3.csr -pubkey -noout)" ]
}
check "keygen --request for a key in a PKCS#12 file" of_file
certified() { # the way from a request to a signature
	"$MODSEAL" keygen ca --ca && openssl x509 -req -in new.csr -CA ca.pem -CAkey ca.key \
		-copy_extensions copy -days 1 -out new.pem &&
		cp plain.so new.so && "$MODSEAL" sign --key new.key --certificate new.pem new.so &&
		"$MODSEAL" verify --certificate ca.pem --trust chain new.so
}
check "the certificate that comes back signs" certified
check "keygen --request leaves files alone" refused EXISTS "$MODSEAL" keygen new --request
left_alone() { rm new.key && refused EXISTS "$MODSEAL" keygen new --request && [ ! -e new.key ]; }
check "and makes no key beside a request that is there" left_alone
check "keygen --request --ca" exits 2 "$MODSEAL" keygen x --request --ca
check "keygen --request --days" exits 2 "$MODSEAL" keygen x --request --days 3
check "keygen --key without --request" exits 2 "$MODSEAL" keygen x --key key.key
check "keygen --pkcs11-module without --request" exits 2 "$MODSEAL" keygen x --pkcs11-module m.so
check "keygen --request --key --algorithm" exits 2 "$MODSEAL" keygen x --request --key key.key --algorithm rsa3072
check "keygen --request with an unknown algorithm" refused ARGUMENT "$MODSEAL" keygen x --request --algorithm dsa
check "keygen --request with a wrong passphrase" refused KEY_PASSPHRASE \
	"$MODSEAL" keygen x --request --key key.p12 --passphrase-file wrong
check "a PIN given twice" exits 2 "$MODSEAL" sign --key "pkcs11:?pin-source=file:$WORK/pass" \
	--passphrase-file pass file.so
check "a URI that is none" refused ARGUMENT "$MODSEAL" sign --key pkcs11:key=a file.so
check "a PIN in a URI" refused ARGUMENT "$MODSEAL" sign --key 'pkcs11:token=a?pin-value=1' file.so
no_module() { refused TOKEN_NOT_FOUND "$MODSEAL" sign --pkcs11-module ./plain.so --key pkcs11:token=a file.so; }
check "a module that is none" no_module
nothing_made() { [ ! -e x.key ] && [ ! -e x.csr ] && cmp plain.so file.so; }
check "none of these has made or changed a file" nothing_made
