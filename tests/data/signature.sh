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
# OpenSSL 3.5 issues nothing that ends before today without being told both dates
ec expired P-256
printf '%s\n' '[ca]' default_ca=c '[c]' database=index.txt new_certs_dir=. rand_serial=yes policy=p \
	email_in_dn=no unique_subject=no '[p]' commonName=supplied '[x]' "$code" >expired.cnf
: >index.txt
openssl req -new -config leaf.cnf -subj '/CN=Test expired' -key expired.key -out expired.csr
openssl ca -batch -notext -md sha256 -config expired.cnf -extensions x -startdate 20200101000000Z \
	-enddate 20210101000000Z -cert ca.pem -keyfile ca.key -in expired.csr -out expired.pem
ec leafmail P-256
issued leafmail 'Test leaf mail' 'basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=emailProtection' ca -set_serial 24
# issuer and serial number of leaf, by another CA of the same name
ec fakeca P-256; self fakeca 'Test CA' "$authority"
ec fakeleaf P-256; issued fakeleaf 'Test leaf' "$code" fakeca -set_serial 21
# one leaf key certified by two CAs
cp leaf.key crossed.key; issued crossed 'Test leaf crossed' "$code" otherca -set_serial 31

# signers of messages, where this OpenSSL has them (3.5)
pure() { openssl genpkey -quiet -algorithm "$2" -out "$1.key"; }
pure ed25519 ED25519
printf '[req]\ndistinguished_name=d\nprompt=no\n[d]\n[x]\nsubjectKeyIdentifier=hash\n%s\n' "$code" >ed25519.cnf
openssl req -new -x509 -config ed25519.cnf -extensions x -subj '/CN=Test ed25519' -key ed25519.key \
	-days 3650 -out ed25519.pem
if openssl genpkey -quiet -algorithm ML-DSA-44 -out ml-dsa-44.key; then
	for set in 44 65 87; do
		pure ml-dsa-$set ML-DSA-$set
		openssl req -new -x509 -config ed25519.cnf -extensions x -subj "/CN=Test ml-dsa-$set" \
			-key ml-dsa-$set.key -days 3650 -out ml-dsa-$set.pem
	done
	# a CA of one kind above leaves of others
	printf '[req]\ndistinguished_name=d\nprompt=no\n[d]\n[x]\nsubjectKeyIdentifier=hash\n%s\n' \
		"$authority" >pureca.cnf
	pure pureca ML-DSA-65
	openssl req -new -x509 -config pureca.cnf -extensions x -subj '/CN=Test pure CA' -key pureca.key \
		-days 3650 -out pureca.pem
	for leaf in ed25519 ml-dsa-87; do
		cp $leaf.key pureleaf-$leaf.key
		openssl req -new -config leaf.cnf -subj "/CN=Test pure leaf $leaf" -key $leaf.key \
			-out pureleaf.csr
		openssl x509 -req -in pureleaf.csr -CA pureca.pem -CAkey pureca.key -days 3650 \
			-extfile leaf.cnf -extensions x -out pureleaf-$leaf.pem
	done
else
	rm -f ml-dsa-44.key
fi

# sealed with a passphrase
openssl pkcs8 -topk8 -in p256.key -passout pass:secret -out sealed.key

echo 'int answer(void) { return 42; }' >source.c
$CC -shared -fPIC -o small.so source.c
