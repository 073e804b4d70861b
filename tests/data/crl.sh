# SPDX-License-Identifier: Apache-2.0
# A small PKI and its revocation lists, by `openssl ca`: root - inter - leaves. All of it is
# valid from 2020 to 2099, so that tests choose the time.
# shellcheck shell=sh
exec 2>openssl.log

authority='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
code='basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning'
identifiers='subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid'
key() { openssl genpkey -quiet -algorithm EC -out "$1.key" -pkeyopt ec_paramgen_curve:"${2:-P-256}" \
	-pkeyopt ec_param_enc:named_curve; }
# ca NAME EXTENSIONS: the files of a CA that issues with these extensions
ca() {
	: >"$1.index"; echo "${3:-1001}" >"$1.serial"; echo 01 >"$1.crlnumber"
	printf '%s\n' '[ca]' default_ca=c '[c]' "database=$1.index" new_certs_dir=. "serial=$1.serial" \
		"crlnumber=$1.crlnumber" policy=p email_in_dn=no unique_subject=no default_md=sha256 \
		default_crl_days=30 '[p]' commonName=supplied '[req]' distinguished_name=d prompt=no '[d]' \
		'[l]' authorityKeyIdentifier=keyid '[x]' "$identifiers" "$2" >"$1.cnf"
}
# issue NAME KEY CA SUBJECT EXTENSIONS [OPTION...]
issue() {
	name=$1 key=$2 ca=$3 subject=$4
	printf '%s\n' '[x]' "$identifiers" "$5" >"$name.ext"
	shift 5
	openssl req -new -config root.cnf -subj "/CN=$subject" -key "$key.key" -out "$name.csr"
	openssl ca -batch -notext -config "$ca.cnf" -extfile "$name.ext" -extensions x -cert "$ca.pem" \
		-keyfile "$ca.key" -in "$name.csr" -out "$name.pem" -startdate 20200101000000Z \
		-enddate 20990101000000Z "$@"
}
# list NAME CA [FROM TO [OPTION...]]: NAME.crl in PEM
list() {
	name=$1 ca=$2 from=${3:-20260101000000Z} to=${4:-20960101000000Z}
	shift 2; [ $# -lt 2 ] || shift 2
	openssl ca -gencrl -config "$ca.cnf" -cert "$ca.pem" -keyfile "$ca.key" -crlexts l \
		-crl_lastupdate "$from" -crl_nextupdate "$to" -out "$name.crl" "$@"
}
revoke() { openssl ca -config "$2.cnf" -cert "$2.pem" -keyfile "$2.key" -revoke "$1.pem" -crl_reason "$3"; }

ca root "$authority"
key root; issue root root root 'CRL root' "$authority" -selfsign
ca inter "$code"
key inter P-384; issue inter inter root 'CRL inter' "$authority"
key leaf; issue leaf leaf root 'CRL leaf' "$code"
issue bad leaf root 'CRL bad leaf' "$code"
issue low leaf inter 'CRL low leaf' "$code"
issue lowbad leaf inter 'CRL bad low leaf' "$code"
# a CA that may sign certificates only, and one without any word about usage
key mute; ca mute "$code"; issue mute mute root 'CRL mute' 'basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign'
issue undermute leaf mute 'CRL under mute' "$code"
# the same CA after it has changed its key, with the same name
ca rekeyed "$code"; key rekeyed; issue rekeyed rekeyed root 'CRL inter' "$authority"
issue underrekeyed leaf rekeyed 'CRL under rekeyed' "$code"
# another root of the same name
ca fake "$authority"; key fake; issue fake fake fake 'CRL root' "$authority" -selfsign
key rsa; openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key
ca rsa "$code"; issue rsa rsa rsa 'CRL RSA root' "$authority" -selfsign
issue underrsa leaf rsa 'CRL under RSA' "$code"

list clean root
revoke bad root keyCompromise
list root root
list later root 20260601000000Z 20260701000000Z
list old root 20260101000000Z 20260201000000Z
list coming root 20980101000000Z 20990101000000Z
list fake fake
list mute mute
list weak root 20260101000000Z 20960101000000Z -md sha1
list sha512 root 20260101000000Z 20960101000000Z -md sha512
list cleaninter inter
revoke lowbad inter superseded
list inter inter
list laterinter inter 20260601000000Z 20960101000000Z
list oldinter inter 20250101000000Z 20960101000000Z
list rekeyed rekeyed 20260601000000Z 20960101000000Z
list rsa rsa
list pss rsa 20260101000000Z 20960101000000Z -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
revoke inter root cACompromise
list nointer root
openssl crl -in root.crl -outform DER -out root.der
{ openssl crl -in root.crl -noout -text; cat root.crl; } >text.crl
cat root.crl inter.crl >two.crl
cat root.pem >certificate.crl
sed '3s/^....//' root.crl >damaged.crl
: >empty.crl
