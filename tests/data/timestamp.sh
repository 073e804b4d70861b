# SPDX-License-Identifier: Apache-2.0
# Time-stamp tokens, good and bad, over the bytes of the file `signature`: by openssl cms, which
# signs what openssl ts would refuse to, and at any time.
# shellcheck shell=sh
exec 2>openssl.log

ec() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
# dated NAME KEY SUBJECT ISSUER|self FROM TO EXTENSIONS
dated() {
	printf '%s\n' '[ca]' default_ca=c '[c]' database=index.txt new_certs_dir=. rand_serial=yes \
		policy=p email_in_dn=no unique_subject=no '[p]' commonName=supplied '[req]' \
		distinguished_name=d prompt=no '[d]' '[x]' subjectKeyIdentifier=hash "$7" >"$1.cnf"
	: >>index.txt
	openssl req -new -config "$1.cnf" -subj "/CN=$3" -key "$2.key" -out "$1.csr"
	if [ "$4" = self ]; then set -- "$@" -selfsign -keyfile "$2.key"; else set -- "$@" -cert "$4.pem" -keyfile "$4.key"; fi
	name=$1 from=$5 to=$6
	shift 7
	openssl ca -batch -notext -md sha256 -config "$name.cnf" -extensions x -startdate "$from" \
		-enddate "$to" -in "$name.csr" -out "$name.pem" "$@"
}
authority='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
leaf='basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature'
stamps="$leaf
extendedKeyUsage=critical,timeStamping"
code="$leaf
extendedKeyUsage=codeSigning"
long='20150101000000Z 20500101000000Z'
for key in ca otherca tsa solo signer; do ec $key; done
# shellcheck disable=SC2086 # two words are wanted
{
	dated ca ca 'Stamp CA' self $long "$authority"
	dated otherca otherca 'Other stamp CA' self $long "$authority"
	dated tsa tsa 'Stamper' ca 20160101000000Z 20220101000000Z "$stamps"
	dated solo solo 'Lone stamper' self 20160101000000Z 20220101000000Z "$stamps"
	dated foreign tsa 'Foreign stamper' otherca $long "$stamps"
	dated none tsa 'No usage' ca $long "$leaf"
	dated soft tsa 'Soft usage' ca $long "$leaf
extendedKeyUsage=timeStamping"
	dated both tsa 'Two usages' ca $long "$leaf
extendedKeyUsage=critical,timeStamping,codeSigning"
	dated any tsa 'Any usage' ca $long "$leaf
extendedKeyUsage=critical,anyExtendedKeyUsage"
	dated code tsa 'Code usage' ca $long "$code"
	dated cipher tsa 'Other key usage' ca $long 'basicConstraints=critical,CA:FALSE
keyUsage=critical,keyEncipherment
extendedKeyUsage=critical,timeStamping'
	dated isca tsa 'A CA' ca $long "$authority
extendedKeyUsage=critical,timeStamping"
	dated solonone solo 'Lone, no usage' self $long "$leaf"
	# who signs code, from 2020 to 2021
	dated signer signer 'Signer' ca 20200101000000Z 20210101000000Z "$code"
}

head -c 70 /dev/zero | tr '\0' s >signature
digest() { openssl dgst -"$1" -r "${2:-signature}" | cut -d' ' -f1; }
# info NAME TIME [HASH DIGEST] [FIELD...]: a TSTInfo; FIELDs are lines of its sequence. OpenSSL 3.5
# makes no GeneralizedTime (tag 24) of a wrong time: it is made as an IA5String (tag 22)
info() {
	name=$1 when=$2 hash=${3:-sha256} imprint=${4:-$(digest sha256)}
	shift 2; [ $# -lt 2 ] || shift 2
	{
		printf '%s\n' asn1=SEQUENCE:info '[info]' "version=INTEGER:${version:-1}" policy=OID:1.2.3.4.1 \
			imprint=SEQUENCE:imprint serial=INTEGER:${serial:-77} "time=IA5STRING:$when"
		printf '%s\n' "$@"
		printf '%s\n' '[imprint]' algorithm=SEQUENCE:algorithm "digest=FORMAT:HEX,OCT:$imprint" \
			'[algorithm]' "type=OID:$hash" null=NULL '[accuracy]' "seconds=INTEGER:${seconds:-1}" \
			'millis=IMPLICIT:0,INTEGER:500' '[extensions]' extension=SEQUENCE:extension \
			'[extension]' type=OID:1.2.3.4 ${critical:+critical=BOOLEAN:true} value=FORMAT:HEX,OCT:0500
	} >"$name.genconf"
	openssl asn1parse -noout -genconf "$name.genconf" -out "$name.text"
	LC_ALL=C sed "s/\x16\(.\)$when/\x18\1$when/" "$name.text" >"$name.info"
}
# token NAME INFO SIGNER KEY [OPTION...]
token() {
	name=$1 content=$2 who=$3 key=$4
	shift 4
	openssl cms -sign -binary -in "$content.info" -econtent_type 1.2.840.113549.1.9.16.1.4 -nodetach \
		-nosmimecap -signer "$who.pem" -inkey "$key.key" -outform DER -out "$name.token" "${@:--cades}"
}
info good 20200601120000Z
accuracy=accuracy=SEQUENCE:accuracy
info full 20200601120000.25Z sha256 "$(digest sha256)" $accuracy order=BOOLEAN:true nonce=INTEGER:5 \
	extensions=IMPLICIT:1,SEQUENCE:extensions
info wide 20200601120000Z sha384 "$(digest sha384)"
info sha1 20200601120000Z sha1 "$(digest sha1)"
info short 20200601120000Z sha384 "$(digest sha256)"
echo another >another
info another 20200601120000Z sha256 "$(digest sha256 another)"
info late 20210601120000Z
info early 20190601120000Z
info over 20230601120000Z
info future 20400601120000Z
info fraction0 20200601120000.50Z sha256 "$(digest sha256)"
info minute 202006011200Z sha256 "$(digest sha256)"
info zone 20200601120000+0000 sha256 "$(digest sha256)"
version=2 info version2 20200601120000Z
seconds=3601 info vague 20200601120000Z sha256 "$(digest sha256)" $accuracy
seconds=3599 info hour 20200601120000Z sha256 "$(digest sha256)" $accuracy
critical=1 info critical 20200601120000Z sha256 "$(digest sha256)" extensions=IMPLICIT:1,SEQUENCE:extensions
info more 20200601120000Z sha256 "$(digest sha256)" nonce=INTEGER:5 again=INTEGER:5

for kind in good full wide sha1 short another late early over future fraction0 minute zone version2 \
	vague hour critical more; do
	token $kind $kind tsa tsa
done
token solo good solo solo
token bare good tsa tsa -cades -nocerts
token solonone good solonone solo
for who in foreign none soft both any code cipher isca; do token $who good $who tsa; done
token sha1signed good tsa tsa -cades -md sha1
token unnamed good tsa tsa -md sha256
token keyid good tsa tsa -cades -keyid
token twice good tsa tsa -cades -signer solo.pem -inkey solo.key
# the same name, serial number and key are not the same certificate
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -days 3650 -sha256 -extfile tsa.cnf -extensions x \
	-set_serial "0x$(openssl x509 -in tsa.pem -noout -serial | cut -d= -f2)" -out twin.pem
token twin good tsa tsa -cades -nocerts -certfile twin.pem
openssl cms -sign -binary -in good.info -nodetach -nosmimecap -cades -signer tsa.pem -inkey tsa.key \
	-outform DER -out data.token
# one that names its certificate by SHA-1 (RFC 2634), from a real authority
printf '%s\n' '[t]' serial=serial crypto_device=builtin signer_digest=sha256 default_policy=1.2.3.4.1 \
	digests=sha256 ess_cert_id_alg=sha1 accuracy=secs:1 >ts.cnf
for name in real1 real2; do
	echo 01 >serial
	dated $name tsa "$name" ca 20150101000000Z 20500101000000Z "$stamps"
	openssl ts -query -data signature -sha256 -no_nonce -cert -out $name.tsq
	openssl ts -reply -config ts.cnf -section t -queryfile $name.tsq -signer $name.pem -inkey tsa.key \
		-token_out -out $name.token
	sed -i s/sha1$/sha256/ ts.cnf
done
