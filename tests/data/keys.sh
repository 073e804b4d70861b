# SPDX-License-Identifier: Apache-2.0
# Keys, certificates and paths, good and bad, for the tests of keys/: by the openssl command.
# shellcheck shell=sh
exec 2>openssl.log

rsa() { openssl genpkey -quiet -algorithm RSA -out "$1.key" -pkeyopt rsa_keygen_bits:"$2" \
	-pkeyopt rsa_keygen_pubexp:"${3:-65537}"; }
ec() { openssl genpkey -quiet -algorithm EC -out "$1.key" -pkeyopt ec_paramgen_curve:"$2" \
	-pkeyopt ec_param_enc:"${3:-named_curve}"; }
# certificate NAME KEY ISSUER|self SUBJECT EXTENSIONS [OPTION...]
certificate() {
	name=$1 key=$2 issuer=$3 subject=$4 lines=$5
	shift 5
	# OpenSSL 3.5 takes one digest only
	case " $* " in *' -sha'* | *' -md5'*) ;; *) set -- "$@" -sha256 ;; esac
	[ "$issuer" = self ] || set -- -CA "$issuer.pem" -CAkey "$issuer.key" "$@"
	printf '%s\n' '[req]' distinguished_name=d prompt=no '[d]' '[x]' "$lines" >"$name.cnf"
	openssl req -new -x509 -config "$name.cnf" -extensions x -subj "/CN=$subject" \
		-key "$key.key" -days 3650 -out "$name.pem" "$@"
}
ids='subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid'
# leaf_lines EKU: the extensions of a leaf with these extended key usages
leaf_lines() {
	printf '%s\n' "$ids" basicConstraints=critical,CA:FALSE \
		keyUsage=critical,digitalSignature "extendedKeyUsage=$1"
}
code=$(leaf_lines codeSigning)
authority="$ids
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign"

# ---- good paths: root - inter - inter2 - inter3 -----------------------------------------
ec root P-256; certificate root root self 'Keys root' "$authority"
ec inter P-384; certificate inter inter root 'Keys inter' "$authority" -sha384
rsa inter2 2048; certificate inter2 inter2 inter 'Keys inter 2' "$authority"
ec inter3 P-521; certificate inter3 inter3 inter2 'Keys inter 3' "$authority" -sha512
ec leaf P-256
certificate leaf leaf root 'Keys leaf' "$code" -set_serial 1001
certificate leaf3 leaf inter 'Keys leaf of 3' "$code" -sha384
certificate leaf4 leaf inter2 'Keys leaf of 4' "$code"
certificate leaf5 leaf inter3 'Keys leaf of 5' "$code" -sha512
certificate selfleaf leaf self 'Keys self-signed leaf' "$code"

# ---- leaves that may not sign code, and three that may ----------------------------------
usage() { certificate "$1" leaf root "Keys $1" "$(leaf_lines "$2")"; }
usage email emailProtection
usage tls serverAuth,clientAuth
usage timestamp critical,timeStamping
usage anyeku anyExtendedKeyUsage
usage both codeSigning,anyExtendedKeyUsage
certificate noeku leaf root 'Keys noeku' "$ids
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature"
certificate noku leaf root 'Keys noku' "$ids
basicConstraints=critical,CA:FALSE
extendedKeyUsage=codeSigning"
certificate encipher leaf root 'Keys encipher' "$ids
basicConstraints=critical,CA:FALSE
keyUsage=critical,keyEncipherment
extendedKeyUsage=codeSigning"
certificate nobasic leaf root 'Keys nobasic' "$ids
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning"
certificate caleaf leaf root 'Keys caleaf' "$ids
basicConstraints=critical,CA:TRUE
keyUsage=critical,digitalSignature,keyCertSign
extendedKeyUsage=codeSigning"
certificate canosign leaf self 'Keys canosign' "$ids
basicConstraints=critical,CA:TRUE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning"
certificate bare leaf root 'Keys bare' "$ids"
certificate strange leaf root 'Keys strange' "$code
1.2.3.4.5=critical,DER:0500"
certificate strangesoft leaf root 'Keys strangesoft' "$code
1.2.3.4.5=DER:0500"
certificate constrained leaf root 'Keys constrained' "$code
policyConstraints=critical,requireExplicitPolicy:0"
# an extension that OpenSSL reads and DER forbids: a length left open
certificate berextension leaf root 'Keys berextension' "$ids
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
basicConstraints=critical,DER:30800000"
certificate noakid leaf root 'Keys noakid' "subjectKeyIdentifier=hash
authorityKeyIdentifier=none
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning"

# ---- authorities that may not issue it ---------------------------------------------------
ec sub P-256
sub() { certificate "$1" sub root "Keys $1" "$2"; cp sub.key "$1.key"
	certificate "under$1" leaf "$1" "Keys under $1" "$code"; }
sub tlsca "$authority
extendedKeyUsage=serverAuth"
sub anyca "$authority
extendedKeyUsage=anyExtendedKeyUsage"
sub noca "$ids
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature"
sub certsignnoca "$ids
basicConstraints=critical,CA:FALSE
keyUsage=critical,keyCertSign"
sub nosign "$ids
basicConstraints=critical,CA:TRUE
keyUsage=critical,cRLSign"
sub strangeca "$authority
1.2.3.4.5=critical,DER:0500"
sub shortca "$ids
basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign"
certificate belowshort inter shortca 'Keys below short' "$authority"; cp inter.key belowshort.key
certificate underbelow leaf belowshort 'Keys under below short' "$code"

# ---- time --------------------------------------------------------------------------------
# dated NAME ISSUER FROM TO LINES
dated() {
	printf '%s\n' '[ca]' default_ca=c '[c]' database=index.txt new_certs_dir=. rand_serial=yes \
		policy=p email_in_dn=no unique_subject=no '[p]' commonName=supplied '[x]' "$5" >"$1.cnf"
	: >index.txt
	openssl req -new -config leaf.cnf -subj "/CN=Keys $1" -key "$6.key" -out "$1.csr"
	openssl ca -batch -notext -md sha256 -config "$1.cnf" -extensions x -startdate "$3" -enddate "$4" \
		-cert "$2.pem" -keyfile "$2.key" -in "$1.csr" -out "$1.pem"
}
dated expired root 20200101000000Z 20210101000000Z "$code" leaf
dated future root 20980101000000Z 20990101000000Z "$code" leaf
dated window root 20300101000000Z 20310101000000Z "$code" leaf
dated oldca root 20200101000000Z 20210101000000Z "$authority" sub; cp sub.key oldca.key
certificate underoldca leaf oldca 'Keys under old CA' "$code"

# ---- names that lie ----------------------------------------------------------------------
# another root of the same name, with the key identifier of the real one
ec fakeroot P-256
identifier=$(openssl x509 -in root.pem -noout -ext subjectKeyIdentifier | tail -n 1 | tr -d ' ')
certificate fakeroot fakeroot self 'Keys root' "subjectKeyIdentifier=$identifier
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign"
ec otherleaf P-256
# issuer and serial number of leaf, another key
certificate fakeleaf otherleaf fakeroot 'Keys leaf' "$code" -set_serial 1001
# the subject of leaf, another key, from the real root
certificate namesake otherleaf root 'Keys leaf' "$code" -set_serial 1002
# the key of leaf in another certificate
certificate alias leaf self 'Keys alias' "$code"
# the intermediate's name and identifier, self-made
identifier=$(openssl x509 -in inter.pem -noout -ext subjectKeyIdentifier | tail -n 1 | tr -d ' ')
certificate fakeinter fakeroot self 'Keys inter' "subjectKeyIdentifier=$identifier
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign"

# ---- keys and algorithms -----------------------------------------------------------------
weak() { certificate "$1" "$1" root "Keys $1" "$code"; }
rsa rsa1024 1024; weak rsa1024
rsa rsa2047 2047; weak rsa2047
rsa rsa2048 2048; weak rsa2048
rsa rsa3 2048 3; weak rsa3
rsa rsa257 2048 257; weak rsa257
ec p192 prime192v1; weak p192
ec k256 secp256k1; weak k256
ec brainpool brainpoolP256r1; weak brainpool
ec explicit P-256 explicit; weak explicit
openssl genpkey -quiet -algorithm ED25519 -out ed25519.key; weak ed25519
openssl genpkey -quiet -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out rsapss.key; weak rsapss
openssl genpkey -quiet -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out dsa.param
openssl genpkey -quiet -paramfile dsa.param -out dsa.key; weak dsa
openssl ec -in leaf.key -conv_form compressed -out compressed.key; weak compressed
openssl ec -in leaf.key -conv_form hybrid -out hybrid.key; weak hybrid
certificate sha1 leaf root 'Keys sha1' "$code" -sha1
certificate sha224 leaf root 'Keys sha224' "$code" -sha224
rsa rsaroot 2048; certificate rsaroot rsaroot self 'Keys RSA root' "$authority"
certificate rsaleaf leaf rsaroot 'Keys RSA leaf' "$code"
certificate md5 leaf rsaroot 'Keys md5' "$code" -md5
pss() {
	name=$1
	shift
	certificate "$name" leaf rsaroot "Keys $name" "$code" -sigopt rsa_padding_mode:pss "$@"
}
pss psslong -sigopt rsa_pss_saltlen:64
pss pssgood -sigopt rsa_pss_saltlen:32
pss pssmask -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha1
pss psssha1 -sha1 -sigopt rsa_pss_saltlen:20
cp dsa.key dsaca.key; certificate dsaca dsaca root 'Keys DSA CA' "$authority"
certificate underdsaca leaf dsaca 'Keys under DSA CA' "$code"
cp rsa1024.key weakca.key; certificate weakca weakca root 'Keys weak CA' "$authority"
certificate underweakca leaf weakca 'Keys under weak CA' "$code"
cp k256.key curveca.key; certificate curveca curveca root 'Keys curve CA' "$authority"
certificate undercurveca leaf curveca 'Keys under curve CA' "$code"

# ---- slow (R25): keys of 16384 bits that nobody has the other half of ---------------------
# number BYTES [LAST]: odd, or ending in the hexadecimal digit given
number() { printf 0x; openssl rand -hex "$1" | tr -d '\n' | sed "s/^./f/; s/.\$/${2:-1}/"; }
# halfkey NAME MODULUS EXPONENT: a public key of these numbers
halfkey() {
	printf '%s\n' asn1=SEQUENCE:k '[k]' a=SEQUENCE:a b=BITWRAP,SEQUENCE:b \
		'[a]' o=OID:rsaEncryption n=NULL '[b]' "n=INTEGER:$2" "e=INTEGER:$3" >"$1.asn1"
	openssl asn1parse -genconf "$1.asn1" -noout -out "$1.der"
	openssl pkey -pubin -inform DER -in "$1.der" -out "$1.pub"
}
halfkey slow "$(number 2048)" "$(number 8)"
halfkey even "$(number 256)" "$(number 4 2)"
halfkey long "$(number 256)" "0x1$(number 8 | cut -c 3-)"
halfkey longest "$(number 1024)" "$(number 8)"
printf '[x]\n%s\n' "$authority" >slow.cnf
openssl req -new -config leaf.cnf -subj '/CN=Keys slow' -key sub.key -out slow.csr
openssl x509 -req -in slow.csr -force_pubkey slow.pub -CA root.pem -CAkey root.key -sha256 \
	-days 3650 -extfile slow.cnf -extensions x -out slow.pem
identifier=$(openssl x509 -in slow.pem -noout -ext subjectKeyIdentifier | tail -n 1 | tr -d ' ')
rsa slowfake 2048
certificate slowfake slowfake self 'Keys slow' "subjectKeyIdentifier=$identifier
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign"
certificate underslow leaf slowfake 'Keys under slow' "$code"
# a CA with as many name constraints, and a leaf with as many names, as 64 KiB may hold
each() { seq "$1" "$2" | sed "s/.*/$3/"; }
cp sub.key manyca.key
certificate manyca sub root 'Keys many CA' "$authority
nameConstraints=critical,@many
[many]
$(each 1 1500 'permitted;DNS.&=x&.example')"
certificate undermanyca leaf manyca 'Keys under many CA' "$code
subjectAltName=@many
[many]
$(each 501 1150 'DNS.&=a.x&.example')"

# ---- spellings of files --------------------------------------------------------------------
openssl x509 -in leaf.pem -outform DER -out leaf.der
{ echo 'Issued to nobody.'; cat leaf.pem; echo 'End of message.'; } >text.pem
cat leaf.pem root.pem >two.pem
cat leaf.pem leaf.key >withkey.pem
sed 's/CERTIFICATE/TRUSTED CERTIFICATE/' leaf.pem >trusted.pem
sed '3s/^...././' leaf.pem >damaged.pem
cat inter.pem inter2.pem >inters.pem
: >empty.pem
cat inter.pem inter2.pem inter3.pem root.pem leaf.pem >five.pem

# ---- private keys ----------------------------------------------------------------------------
openssl rsa -in rsa2048.key -traditional -out traditional-rsa.key
openssl ecparam -name prime256v1 -genkey -out parameters-ec.key
openssl pkcs8 -topk8 -in leaf.key -passout pass:right -out encrypted.key
openssl pkcs8 -topk8 -in leaf.key -passout pass:right -scrypt -out scrypt.key
openssl rsa -in rsa2048.key -aes256 -passout pass:right -traditional -out encrypted-rsa.key
openssl pkey -in leaf.key -outform DER -out der.key
{ cat der.key; echo; } >trailing-der.key
openssl pkcs8 -topk8 -in leaf.key -passout pass:right -outform DER -out encrypted-der.key
openssl pkcs12 -export -inkey leaf.key -in leaf.pem -passout pass:right -out bundle.p12
openssl pkcs12 -export -inkey leaf.key -in leaf.pem -passout pass: -out open.p12
openssl pkcs12 -export -inkey leaf.key -in leaf.pem -passout pass: -keypbe NONE -certpbe NONE \
	-nomac -out nomac.p12
openssl pkcs12 -export -inkey leaf.key -nocerts -passout pass:right -out lonely.p12
openssl pkcs12 -export -nokeys -in leaf.pem -passout pass:right -out keyless.p12
openssl pkcs12 -export -legacy -inkey leaf.key -in leaf.pem -passout pass:right -out legacy.p12
openssl pkcs12 -export -inkey dsa.key -nocerts -passout pass:right -out dsa.p12
head -c 300 bundle.p12 >cut.p12
{ cat bundle.p12; echo; } >trailing.p12
openssl pkey -in leaf.key -pubout -out public.key
sed '2s/^.\{8\}/AAAAAAAA/' leaf.key >broken.key
# what an ML-DSA-65 key looks like to an OpenSSL that knows none
printf '%s\n' asn1=SEQUENCE:k '[k]' v=INTEGER:0 a=SEQUENCE:a b=OCTWRAP,OCTETSTRING:seed '[a]' \
	o=OID:2.16.840.1.101.3.4.3.18 >mldsa.asn1
openssl asn1parse -genconf mldsa.asn1 -noout -out mldsa.der
{ echo '-----BEGIN PRIVATE KEY-----'; openssl base64 -in mldsa.der; echo '-----END PRIVATE KEY-----'; } \
	>mldsa.key

# ---- what the environment could bring in (R27) -----------------------------------------------
cat >marker.c <<'EOF'
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((constructor)) static void mark(void)
{
	const char *path = getenv("MODSEAL_TEST_MARKER");
	int descriptor = path ? open(path, O_WRONLY | O_CREAT, 0600) : -1;

	if (descriptor >= 0)
		close(descriptor);
}
EOF
mkdir modules engines
"$CC" -shared -fPIC -o modules/marker.so marker.c
for name in default base legacy fips null; do cp modules/marker.so modules/$name.so; done
for name in marker dynamic rdrand afalg padlock; do cp modules/marker.so engines/$name.so; done
cat >hostile.cnf <<EOF
openssl_conf = init
[init]
providers = providers
engines = engines
[providers]
marker = marker
default = default
[marker]
activate = 1
module = $PWD/modules/marker.so
[default]
activate = 1
[engines]
marker = engine
[engine]
dynamic_path = $PWD/engines/marker.so
init = 1
EOF
