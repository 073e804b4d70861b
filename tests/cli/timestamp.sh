#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Time stamps (RFC 3161) by a real authority, `openssl ts`: what a rule that asks for them makes
# of certificates that have expired since, and what the commands refuse.
. tests/lib.sh
CC=${CC:-gcc}
WORK=$(realpath "$WORK")
cd "$WORK" || exit 99
chmod 755 .
modseal() { "$MODSEAL" "$@"; }
says() { # says TEXT COMMAND...: on standard output or error
	text=$1
	shift
	"$@" >said 2>&1
	grep -qF -- "$text" said || { echo "no '$text': $(cat said)" >&2; return 1; }
}
accepted() { "$@" --json >said 2>&1 || { cat said >&2; return 1; }; }

# ---- a clock for openssl ------------------------------------------------------------------
cat >clock.c <<'TEXT'
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
time_t time(time_t *t)
{
	time_t now = atol(getenv("CLOCK"));
	if (t)
		*t = now;
	return now;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	(void)zone;
	t->tv_sec = time(NULL);
	t->tv_usec = 0;
	return 0;
}
TEXT
$CC -shared -fPIC -o clock.so clock.c || exit 99
at() { # at DATE COMMAND...: openssl, on that day
	CLOCK=$(date -u -d "$1" +%s)
	shift
	CLOCK=$CLOCK LD_PRELOAD=$WORK/clock.so "$@" 2>>openssl.log
}

# ---- 2016: two CAs; 2020: who signs code for a year; and authorities ------------------------
cat >x.cnf <<'TEXT'
[req]
distinguished_name=d
prompt=no
[d]
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[code]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[stamp]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[tsa]
serial=serial
crypto_device=builtin
signer_digest=sha256
default_policy=1.2.3.4.1
digests=sha256,sha512
ess_cert_id_alg=sha256
certs=chain.pem
[chain]
serial=serial
crypto_device=builtin
signer_digest=sha256
default_policy=1.2.3.4.1
digests=sha256
ess_cert_id_alg=sha256
TEXT
issue() { # issue NAME DATE DAYS EXTENSIONS [ISSUER]
	set -- "$1" "$2" "$3" "$4" ${5:+-CA "$5.pem" -CAkey "$5.key"}
	name=$1 date=$2 days=$3 extensions=$4
	shift 4
	at "$date" openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config x.cnf \
		-extensions "$extensions" -subj "/CN=$name" -keyout "$name.key" -out "$name.pem" -days "$days" "$@"
}
# each by openssl 3.0 and by 3.5
issue acme-ca 2016-01-01 18250 ca && issue tsa-ca 2016-01-01 18250 ca && issue other-ca 2016-01-01 18250 ca &&
	issue acme 2020-01-01 366 code acme-ca && issue second 2020-01-01 366 code acme-ca &&
	issue today 2020-01-01 14600 code acme-ca &&
	issue tsa 2018-01-01 1826 stamp tsa-ca && issue other-tsa 2018-01-01 14600 stamp other-ca || exit 99
cat tsa.pem tsa-ca.pem >chain.pem
echo 01 >serial
stamp() { # stamp DATE FILE.tsq [TSA [SECTION]]: an answer of the authority, in FILE.tsr
	tsa=${3:-tsa}
	at "$1" openssl ts -reply -config x.cnf -section "${4:-tsa}" -queryfile "$2" -signer "$tsa.pem" \
		-inkey "$tsa.key" -out "${2%.tsq}.tsr" >>openssl.log
}

# ---- files signed in 2020 -------------------------------------------------------------------
mkdir lib
echo 'int answer(void) { return 42; }' >lib.c
$CC -shared -fPIC -Wl,-soname,libx.so -o plain.so lib.c || exit 99
# append FILE CMS: as the kernel's sign-file does
append() {
	size=$(stat -c %s "$2")
	{
		cat "$1" "$2"
		printf '\0\0\2\0\0\0\0\0\0\0%b%b' "\\0$(printf %03o $((size / 256)))" "\\0$(printf %03o $((size % 256)))"
		printf '~Module signature appended~\n'
	} >"$1.new" && mv "$1.new" "$1"
}
old() { # old FILE: signed by acme, whose certificate ended with 2020
	cp plain.so "$1"
	openssl cms -sign -binary -noattr -in "$1" -signer acme.pem -inkey acme.key -md sha256 -outform DER \
		-out cms 2>>openssl.log && append "$1" cms
}
policy() { # policy [LINE...]: the keys of the rule; SIGNERS, what else there is of signers
	{
		printf '%s\n' 'modseal-policy: 1' 'name: device' 'serial: 1' "issued: 2026-01-01T00:00:00Z" \
			'requires: [timestamp]' "search: [$WORK/lib]" signers:
		for signer in acme:acme-ca:library company-tsa:tsa-ca:timestamp; do
			name=${signer%%:*} rest=${signer#*:} file=${rest%:*}.pem
			printf '%s\n' "  $name:" '    trust: chain' "    certificate-file: $file" \
				"    certificate-sha256: \"$(sha256sum "$file" | cut -d' ' -f1)\"" \
				"    purposes: [${rest#*:}]"
		done
		printf '%s' "${SIGNERS:-}"
		printf '%s\n' rules: "  - path: $WORK/lib/*.so" '    owners: [root, caller]' \
			'    signers: [acme]'
		[ $# = 0 ] || printf '    %s\n' "$@"
		printf '%s' "${REVOKED:-}"
	} >policy.yaml
	[ -f policy.key ] || modseal keygen policy >/dev/null
	modseal policy sign --force policy.yaml --key policy.key --certificate policy.pem --json >sign.log 2>&1
}
verify() { modseal verify --policy policy.yaml --anchor policy.pem "$@"; }
always='timestamp: {signers: [company-tsa]}'
lenient='timestamp: {require: if-expired, signers: [company-tsa]}'
X=lib/libx.so

old $X || exit 99
policy
check "the certificate has expired: refused where nothing is said of time stamps" \
	refused CERTIFICATE_EXPIRED verify $X
policy "$lenient"
check "R118 if-expired: without a time stamp" refused TIMESTAMP_MISSING verify $X
policy "$always"
check "R118 always: without a time stamp" refused TIMESTAMP_MISSING verify $X
check "R118 the remedy names the way" says "modseal timestamp request" verify $X

check "a request is written" says "file: $X.tsq" modseal timestamp request $X
check "and is the one openssl ts writes" sh -c "
	openssl ts -query -in $X.tsq -text >query 2>/dev/null &&
	grep -qF 'Nonce: unspecified' query && grep -qF 'Certificate required: yes' query &&
	digest=\$(openssl ts -query -in $X.tsq -text 2>/dev/null |
		sed -n 's/^ *00[01]0 - \([0-9a-f -]*\)   .*/\1/p' | tr -d ' \n-') &&
	openssl ts -query -digest \$digest -sha256 -no_nonce -cert -out again.tsq 2>/dev/null && cmp again.tsq $X.tsq"
cp $X.tsq first.tsq
check "the same file gives the same request" modseal timestamp request $X
check "byte for byte" cmp first.tsq $X.tsq
stamp 2020-06-01T10:00:00Z $X.tsq || exit 99
cp $X unstamped.so
check "its answer is attached" says "authority: CN=tsa" modseal timestamp attach --tsa-certificate tsa.pem $X
check "the content is what it was" sh -c "head -c $(stat -c %s plain.so) $X | cmp - plain.so"
check "strip gives back the exact input" sh -c "cp $X s.so && '$MODSEAL' strip s.so >/dev/null && cmp s.so plain.so"
check "R118 always: expired since, stamped before: accepted" accepted verify $X
check "R118 the verdict says when and by whom" says \
	'"timestamp": [{"signer": "acme", "time": "2020-06-01T10:00:00Z", "authority": "company-tsa"}]' \
	verify --json $X
check "R118 in the text, too" says "signed by acme with a time stamp of 2020-06-01T10:00:00Z by company-tsa" verify $X
policy "$lenient"
check "R118 if-expired: likewise" accepted verify $X
$CC -shared -fPIC -Wl,-soname,liby.so -o lib/liby.so lib.c && modseal sign --key today.key --certificate today.pem \
	lib/liby.so >/dev/null
check "R118 if-expired: a certificate that is valid now" accepted verify lib/liby.so
policy "$always"
check "R118 always: even where the certificate is valid now" refused TIMESTAMP_MISSING verify lib/liby.so
policy
check "R24 a rule that says nothing ignores the token" refused CERTIFICATE_EXPIRED verify $X
check "verify --certificate ignores it, too" accepted modseal verify --certificate acme.pem $X

# ---- timestamp verify -------------------------------------------------------------------------
check "timestamp verify: by the certificate" says "time: 2020-06-01T10:00:00Z" \
	modseal timestamp verify --tsa-certificate tsa.pem $X
check "by its CA" accepted modseal timestamp verify --tsa-ca tsa-ca.pem $X
check "not by another" refused TIMESTAMP_INVALID modseal timestamp verify --tsa-ca other-ca.pem $X
check "without a token" refused TIMESTAMP_MISSING modseal timestamp verify --tsa-ca tsa-ca.pem unstamped.so
check "an authority must be named" exits 2 modseal timestamp verify $X

# ---- times that do not help -------------------------------------------------------------------
policy "$always"
again() { # again DATE [TSA]: the file with a time stamp of then
	cp unstamped.so $X && stamp "$1" first.tsq ${2:+"$2"} &&
		modseal timestamp attach --token first.tsr $X >/dev/null
}
again 2021-06-01T10:00:00Z
check "R118 stamped after it expired" refused CERTIFICATE_EXPIRED verify $X
check "R118 it says both times" says "and the time stamp is of 2021-06-01 10:00:00Z" verify $X
policy "$lenient"
check "R118 if-expired: likewise" refused CERTIFICATE_EXPIRED verify $X
again 2019-06-01T10:00:00Z
check "R118 stamped before it was valid" refused CERTIFICATE_EXPIRED verify $X
policy "$always"
check "R118 always: likewise" refused CERTIFICATE_EXPIRED verify $X
again 2020-12-31T10:00:00Z
check "R118 a day before" accepted verify $X
cp unstamped.so f.so
stamp 2035-01-01 first.tsq other-tsa
check "R118 from the future" refused TIMESTAMP_INVALID modseal timestamp attach --token first.tsr f.so
check "it says so" says "it is from the future (2035-01-01 00:00:00Z)" modseal timestamp attach --token first.tsr f.so
check "and leaves the file alone" cmp f.so unstamped.so

# ---- whose word ---------------------------------------------------------------------------------
again 2020-06-01T10:00:00Z other-tsa
check "R118 by another authority" refused TIMESTAMP_INVALID verify $X
check "R118 it names it" says "its authority 'CN=other-tsa' is not one that is allowed here" verify $X
check "attach by the authority that was meant" refused TIMESTAMP_INVALID \
	modseal timestamp attach --tsa-ca tsa-ca.pem --token first.tsr f.so
again 2020-06-01T10:00:00Z
key() { openssl x509 -in "$1.pem" -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
REVOKED="revoked: {keys: [\"$(key tsa)\"]}
" policy "$always"
check "R118 R29 the authority's key is revoked" refused TIMESTAMP_INVALID verify $X
check "R118 it says so" says "has a revoked key" verify $X
REVOKED="revoked: {keys: [\"$(key acme)\"]}
" policy "$always"
check "R118 R29 the signer's key is revoked: no time stamp helps" refused REVOKED verify $X
for rule in "$always" "$lenient" ""; do
	REVOKED="revoked: {keys: [\"$(key acme)\"]}
mode: audit
" policy ${rule:+"$rule"}
	check "R29 that its certificate has expired does not hide it from audit mode: ${rule:-no time stamps}" refused REVOKED verify $X
done
SIGNERS="  lone:
    trust: pinned
    certificate-file: tsa.pem
    certificate-sha256: \"$(sha256sum tsa.pem | cut -d' ' -f1)\"
    purposes: [timestamp]
" policy 'timestamp: {signers: [lone]}'
check "R118 a pinned authority" accepted verify $X

# ---- answers that are none ----------------------------------------------------------------------
cp unstamped.so f.so
check "no answer there" refused NOT_FOUND modseal timestamp attach f.so
check "it names the file" says "no f.so.tsr" modseal timestamp attach f.so
modseal timestamp request --hash sha384 --output hash.tsq f.so >/dev/null
stamp 2020-06-01 hash.tsq
check "the authority refuses" refused TIMESTAMP_MISSING modseal timestamp attach --token hash.tsr f.so
check "with its words" says "unrecognized or unsupported algorithm" modseal timestamp attach --token hash.tsr f.so
echo nonsense >n.tsr
check "no answer at all" refused TIMESTAMP_INVALID modseal timestamp attach --token n.tsr f.so
$CC -shared -fPIC -Wl,-soname,libz.so -o plain.so lib.c && old z.so
check "the answer for another file" refused TIMESTAMP_INVALID modseal timestamp attach --token first.tsr z.so
check "it says so" says "it is for another signature" modseal timestamp attach --token first.tsr z.so
check "a stamped signature is not stamped again" refused ALREADY_SIGNED modseal timestamp request $X
check "nor replaced" refused ALREADY_SIGNED modseal timestamp attach --token first.tsr $X
check "but with --force" accepted modseal timestamp attach --force --token first.tsr $X
check "the token alone will do" sh -c "openssl ts -reply -in first.tsr -token_out -out first.token 2>/dev/null &&
	'$MODSEAL' timestamp attach --force --token first.token $X >/dev/null"
check "an unsigned file" refused SIGNATURE_MISSING modseal timestamp request plain.so
check "the file is no output" refused ARGUMENT modseal timestamp request --output f.so f.so
check "several files, one output" exits 2 modseal timestamp request --output o f.so z.so
check "several files, one token" exits 2 modseal timestamp attach --token first.tsr f.so z.so
check "who signed: the certificate" accepted modseal timestamp request --certificate acme.pem --output o f.so
check "who did not" refused SIGNER_NOT_ALLOWED modseal timestamp request --certificate today.pem f.so

# ---- several signatures, several files, signatures beside the file ----------------------------------
for file in a b; do
	$CC -shared -fPIC -Wl,-soname,lib$file.so -o lib/lib$file.so lib.c &&
		modseal sign --key today.key --certificate today.pem lib/lib$file.so >/dev/null
done
modseal sign --append --key policy.key --certificate policy.pem lib/liba.so >/dev/null
check "many files: requests" accepted modseal timestamp request lib/liba.so lib/libb.so
check "one for each signature" test -s lib/liba.so.tsq -a -s lib/liba.so.2.tsq -a -s lib/libb.so.tsq
check "one output for two" refused ARGUMENT modseal timestamp request --output o lib/liba.so
for file in lib/liba.so lib/liba.so.2 lib/libb.so; do stamp 2022-01-01 $file.tsq; done
check "many files: answers" accepted modseal timestamp attach --tsa-ca tsa-ca.pem lib/liba.so lib/libb.so
check "both signatures have theirs" sh -c "[ \$('$MODSEAL' timestamp verify --tsa-ca tsa-ca.pem lib/liba.so |
	grep -c 2022-01-01T00:00:00Z) = 2 ]"
policy "$always"
check "and the files are accepted" accepted verify lib/liba.so lib/libb.so
cp lib/libb.so lib/libc.so && modseal strip lib/libc.so >/dev/null
policy 'evidence: [detached]' 'identity: unbound' "$always"
modseal sign --detached --key today.key --certificate today.pem lib/libc.so >/dev/null
check "R118 detached, without" refused TIMESTAMP_MISSING verify lib/libc.so
cp lib/libc.so before.so
modseal timestamp request lib/libc.so >/dev/null && stamp 2022-01-01 lib/libc.so.tsq
check "detached: attached beside the file" accepted modseal timestamp attach lib/libc.so
check "which is as it was" cmp before.so lib/libc.so
check "R118 detached, stamped" accepted verify lib/libc.so
check "openssl cms accepts it" openssl cms -verify -binary -inform DER -in lib/libc.so.p7s -content lib/libc.so \
	-CAfile acme-ca.pem -purpose any -out /dev/null
check "openssl ts, too" sh -c "openssl ts -verify -in lib/libc.so.tsr -queryfile lib/libc.so.tsq \
	-CAfile tsa-ca.pem -attime 1641100000"

# ---- several signers ------------------------------------------------------------------------------------
modseal keygen partner >/dev/null
SIGNERS="  partner:
    trust: pinned
    certificate-file: partner.pem
    certificate-sha256: \"$(sha256sum partner.pem | cut -d' ' -f1)\"
"
two() { # two: the rule asks for both
	policy "$always" 'require: 2'
	sed -i 's/^    signers: \[acme\]/    signers: [acme, partner]/' policy.yaml
	modseal policy sign --force policy.yaml --key policy.key --certificate policy.pem >/dev/null
}
two
cp unstamped.so $X
modseal sign --append --key partner.key --certificate partner.pem $X >/dev/null
check "both are asked for" accepted modseal timestamp request $X
check "the second has a request of its own" test -s $X.2.tsq
rm -f $X.tsr $X.2.tsr
# they are sorted: which one is whose says the certificate
modseal timestamp request --certificate acme.pem --output acme.tsq $X >/dev/null && stamp 2020-06-01T10:00:00Z acme.tsq
modseal timestamp request --certificate partner.pem --output partner.tsq $X >/dev/null && stamp 2022-01-01 partner.tsq
check "the answer for one is not for the other" refused TIMESTAMP_INVALID \
	modseal timestamp attach --certificate acme.pem --token partner.tsr $X
check "one of two is stamped" accepted modseal timestamp attach --token acme.tsr $X
check "R118 only one of two counts" refused SIGNERS_TOO_FEW verify $X
check "R118 it says why the other does not" says "bears no time stamp" verify $X
cp $X one.so
check "the other, too" accepted modseal timestamp attach --token partner.tsr $X
check "R118 both count, a pinned one as well" accepted verify $X
check "R118 each with its time" says '"time": "2022-01-01T00:00:00Z"' verify --json $X
modseal sign --append --key policy.key --certificate policy.pem $X >/dev/null
check "a signature that is added leaves them alone" accepted verify $X
cp one.so $X
modseal sign --append --force --key partner.key --certificate partner.pem $X >/dev/null
check "signing again takes the new signature's away only" refused SIGNERS_TOO_FEW verify $X
SIGNERS=

# ---- lists of the CA (R29) ------------------------------------------------------------------------------
printf '%s\n' '[ca]' default_ca=c '[c]' database=index.txt crlnumber=number default_md=sha256 unique_subject=no \
	'[l]' authorityKeyIdentifier=keyid >ca.cnf
: >index.txt; echo 01 >number
ca() { openssl ca -config ca.cnf -cert acme-ca.pem -keyfile acme-ca.key "$@" 2>>openssl.log; }
lists() { # lists: one of now
	ca -gencrl -crlexts l -crldays 30 -out acme.crl
}
again 2020-06-01T10:00:00Z
with_lists() {
	policy "$always"
	sed -i 's/^    purposes: \[library\]/    purposes: [library]\n    crl: required\n    crl-files: [acme.crl]/' policy.yaml
	modseal policy sign --force policy.yaml --key policy.key --certificate policy.pem >/dev/null
}
lists && with_lists
check "R118 R29 lists are asked for now: a list of today" accepted verify $X
ca -gencrl -crlexts l -crl_lastupdate 20200501000000Z -crl_nextupdate 20200701000000Z -out acme.crl
check "R118 R29 a list of then has expired" refused CRL_UNUSABLE verify $X
ca -revoke acme.pem -crl_reason superseded
lists
check "R118 R29 revoked later on: no time stamp helps" refused REVOKED verify $X

# ---- what is told about it ------------------------------------------------------------------------------
policy "$always"
cp policy.yaml before.yaml; cp policy.yaml.p7s before.yaml.p7s
cp unstamped.so $X
policy 'mode: audit' "$always"
check "audit mode tells of it" says '"would-refuse": "TIMESTAMP_MISSING"' verify --json $X
check "the refusal is explained" says "TIMESTAMP_MISSING" \
	modseal policy explain --policy policy.yaml --anchor policy.pem --json $PWD/$X
show() { modseal policy show --policy policy.yaml --anchor policy.pem; }
check "the policy shows the rule" says "timestamp always" show
check "and by whose word" says "timestamp-signer company-tsa" show
policy "$lenient"
check "diff tells of the demand" says "timestamp: was always by company-tsa, is if-expired by company-tsa" \
	modseal policy diff before.yaml policy.yaml
lint() { modseal policy lint --policy policy.yaml --anchor policy.pem; }
lint >lint.out 2>&1
check "lint: an authority is used" sh -c "! grep -q unused-signer lint.out"
again 2020-06-01T10:00:00Z
check "inspect says that there is one" says "signer.timestamp: there, not checked" modseal inspect $X

# ---- policies that are refused -----------------------------------------------------------------------
refuses_policy() { # refuses_policy TEXT
	grep -qF '"POLICY_INVALID"' sign.log && grep -qF -- "$1" sign.log || { cat sign.log >&2; return 1; }
}
policy 'evidence: [appended, ima]' "$always"
check "R118 evidence that bears no time stamp" refuses_policy 'expects `evidence` of `appended` and `detached` only'
policy 'timestamp: {signers: [acme]}'
check "R118 who does not stamp" refuses_policy 'which `acme` has not'
policy 'timestamp: {require: always}'
check "R118 nobody" refuses_policy 'expects the key `signers`'
SIGNERS="  both:
    trust: pinned
    certificate-file: tsa.pem
    certificate-sha256: \"$(sha256sum tsa.pem | cut -d' ' -f1)\"
    purposes: [library, timestamp]
" policy "$always"
check "R118 who does both" refuses_policy 'expects `timestamp` alone'

# ---- a CA that has expired, and who only names it -----------------------------------------------------
issue acme-ca 2016-01-01 1900 ca && issue acme 2020-01-01 366 code acme-ca || exit 99
# of the same name and key identifier, as anybody can make it; the leaf has acme's serial number
identifier=$(openssl x509 -in acme-ca.pem -noout -ext subjectKeyIdentifier | sed -n '2s/ //gp')
mkdir false && (
	cd false && sed "/^.ca.$/,/^.code.$/s/=hash/=$identifier/" ../x.cnf >x.cnf && issue acme-ca 2016-01-01 18250 ca &&
		at 2020-01-01 openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config x.cnf \
			-extensions code -subj /CN=nobody -keyout acme.key -out acme.pem -days 14600 -CA acme-ca.pem \
			-CAkey acme-ca.key -set_serial "0x$(openssl x509 -in ../acme.pem -noout -serial | cut -d= -f2)"
) || exit 99
$CC -shared -fPIC -Wl,-soname,libx.so -o plain.so lib.c || exit 99
signed() { # signed OPTION...: by partner, and by whom the options say
	cp plain.so $X
	openssl cms -sign -binary -noattr -in $X -signer partner.pem -inkey partner.key "$@" -md sha256 -outform DER \
		-out cms 2>>openssl.log && append $X cms
}
SIGNERS="  partner:
    trust: pinned
    certificate-file: partner.pem
    certificate-sha256: \"$(sha256sum partner.pem | cut -d' ' -f1)\"
" policy "$lenient"
sed -i 's/^    signers: \[acme\]/    signers: [acme, partner]/' policy.yaml
modseal policy sign --force policy.yaml --key policy.key --certificate policy.pem >/dev/null
signed
check "R18 partner's signature is good" accepted verify $X
signed -signer false/acme.pem -inkey false/acme.key -certfile acme.pem
check "R18 not beside a wrong one of acme's, whoever else has acme's names" refused SIGNATURE_INVALID verify $X
