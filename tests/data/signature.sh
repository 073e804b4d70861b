# SPDX-License-Identifier: Apache-2.0
# Keys and certificates for the tests of signatures; the CMS itself is forged in C.
# shellcheck shell=sh
exec 2>openssl.log

rsa() { openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:"$2" -out "$1.key"; }
ec() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:"$2" -out "$1.key"; }

code='basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning'
authority='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'

# self NAME SUBJECT EXTENSIONS [OPTION...]: a self-signed certificate
self() {
	name=$1 subject=$2 lines=$3
	shift 3
	printf '[req]\ndistinguished_name=d\nprompt=no\n[d]\n[x]\nsubjectKeyIdentifier=hash\n%s\n' \
		"$lines" >"$name.cnf"
	openssl req -new -x509 -config "$name.cnf" -extensions x -subj "/CN=$subject" \
		-key "$name.key" -sha256 -days 3650 -out "$name.pem" "$@"
}
# issued NAME SUBJECT EXTENSIONS ISSUER [OPTION...]
issued() {
	name=$1 subject=$2 lines=$3 issuer=$4
	shift 4
	printf '[req]\ndistinguished_name=d\nprompt=no\n[d]\n[x]\nsubjectKeyIdentifier=hash\n%s\n' \
		"$lines" >"$name.cnf"
	openssl req -new -config "$name.cnf" -subj "/CN=$subject" -key "$name.key" \
		-out "$name.csr"
	openssl x509 -req -in "$name.csr" -CA "$issuer.pem" -CAkey "$issuer.key" -sha256 \
		-days 3650 -extfile "$name.cnf" -extensions x -out "$name.pem" "$@"
}

rsa rsa 2048; self rsa 'Test RSA' "$code"
ec p256 P-256; self p256 'Test P-256' "$code" -set_serial 7
ec p384 P-384; self p384 'Test P-384' "$code"
ec p521 P-521; self p521 'Test P-521' "$code"
# the name and serial number of p256, with a key of its own
ec twin P-256; self twin 'Test P-256' "$code" -set_serial 7
# the key of p256 under another name
cp p256.key alias.key; self alias 'Test alias' "$code"
ec stranger P-256; self stranger 'Test stranger' "$code"
ec ninth P-256; self ninth 'Test ninth' "$code"
# a subject key identifier that is not made from the key
ec named P-256; self named 'Test named' "$code" -addext 'subjectKeyIdentifier=0102030405060708'
rsa weak 1024; self weak 'Test weak' "$code"
ec k256 secp256k1; self k256 'Test k256' "$code"
ec mail P-256; self mail 'Test mail' 'basicConstraints=critical,CA:FALSE
extendedKeyUsage=emailProtection'
ec bare P-256; self bare 'Test bare' 'basicConstraints=critical,CA:FALSE'

ec ca P-256; self ca 'Test CA' "$authority"
ec otherca P-256; self otherca 'Test other CA' "$authority"
ec leaf P-256; issued leaf 'Test leaf' "$code" ca -set_serial 21
ec leaf2 P-256; issued leaf2 'Test leaf 2' "$code" ca -set_serial 22
ec expired P-256
issued expired 'Test expired' "$code" ca -set_serial 23 -days -1
ec leafmail P-256
issued leafmail 'Test leaf mail' 'basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=emailProtection' ca -set_serial 24
# issuer and serial number of leaf, by another CA of the same name
ec fakeca P-256; self fakeca 'Test CA' "$authority"
ec fakeleaf P-256; issued fakeleaf 'Test leaf' "$code" fakeca -set_serial 21
# one leaf key certified by two CAs
cp leaf.key crossed.key; issued crossed 'Test leaf crossed' "$code" otherca -set_serial 31

# sealed with a passphrase
openssl pkcs8 -topk8 -in p256.key -passout pass:secret -out sealed.key

echo 'int answer(void) { return 42; }' >source.c
$CC -shared -fPIC -o small.so source.c
