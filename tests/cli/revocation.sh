#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# A release key is lost: the CA revokes its certificate, the list reaches the device, and what
# the key signed is refused. And what time it is while that happens (R28, R29).
. tests/lib.sh
CC=${CC:-gcc}
WORK=$(realpath "$WORK")
cd "$WORK" || exit 99
chmod 755 .
says() { # says TEXT COMMAND...: on standard output or error
	text=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -- "$text" "$WORK/said" || { echo "no '$text': $(cat "$WORK/said")" >&2; return 1; }
}
accepted() { "$@" --json >"$WORK/said" 2>&1 || { cat "$WORK/said" >&2; return 1; }; }

# ---- a CA, two release keys of it, and a device ------------------------------------------
for name in policy newpolicy; do "$MODSEAL" keygen "$name" >/dev/null || exit 99; done
"$MODSEAL" keygen authority --ca >/dev/null || exit 99
for name in lost fresh; do "$MODSEAL" keygen $name --issuer authority.key,authority.pem >/dev/null || exit 99; done
"$MODSEAL" keygen stranger --ca >/dev/null || exit 99
mkdir lib
echo 'int answer(void) { return 42; }' >lib.c
$CC -shared -fPIC -Wl,-soname,libold.so -o lib/libold.so lib.c || exit 99
cp lib/libold.so unsigned.so
$CC -shared -fPIC -Wl,-soname,libnew.so -o lib/libnew.so lib.c || exit 99
"$MODSEAL" sign --key lost.key --certificate lost.pem lib/libold.so >/dev/null || exit 99
"$MODSEAL" sign --key fresh.key --certificate fresh.pem lib/libnew.so >/dev/null || exit 99

# openssl ca keeps the books of the CA
printf '%s\n' '[ca]' default_ca=c '[c]' database=index.txt crlnumber=number default_md=sha256 \
	unique_subject=no '[l]' authorityKeyIdentifier=keyid >ca.cnf
: >index.txt; echo 01 >number
ca() { openssl ca -config ca.cnf -cert "${ca:-authority}.pem" -keyfile "${ca:-authority}.key" "$@" 2>>ca.log; }
# publish FILE FROM TO: the CA's list of now
publish() { ca -gencrl -crlexts l -crl_lastupdate "$2" -crl_nextupdate "$3" -out "$1.new" && mv "$1.new" "$1"; }
day=$((24 * 3600))
now=$(date +%s)
at() { date -u -d "@$1" +%Y%m%d%H%M%SZ; }

# policy DEMAND [ISSUED] [LINE...]
policy() {
	demand=$1 issued=${2:-2026-01-01T00:00:00Z}
	shift; [ $# = 0 ] || shift
	{
		printf '%s\n' 'modseal-policy: 1' 'name: device' 'serial: 1' "issued: $issued" \
			"search: [$WORK/lib]" signers: '  acme:' '    trust: chain' \
			'    certificate-file: authority.pem' \
			"    certificate-sha256: \"$(sha256sum authority.pem | cut -d' ' -f1)\"" \
			"    crl: $demand"
		[ "$demand" = none ] || printf '    crl-files: [acme.crl]\n'
		[ $# = 0 ] || printf '%s\n' "$@"
		printf '%s\n' rules: "  - {path: $WORK/lib/*.so, signers: [acme], owners: [root, caller]}"
	} >policy.yaml
	"$MODSEAL" policy sign --force policy.yaml --key policy.key --certificate policy.pem >sign.log 2>&1
}
verify() { "$MODSEAL" verify --policy policy.yaml --anchor policy.pem "$@"; }

# ---- the story -----------------------------------------------------------------------------
check "a policy that asks for lists is signed" policy required
check "R29 no list yet: refused" refused CRL_UNUSABLE verify lib/libold.so
check "R29 the message names the CA and the file" says "acme.crl is not there" verify lib/libold.so
check "R29 and the remedy" says "add the newest list of 'CN=authority' to the signer's crl-files" verify lib/libold.so
publish acme.crl "$(at $((now - day)))" "$(at $((now + 30 * day)))"
check "the CA's first list: both releases are good" accepted verify lib/libold.so lib/libnew.so
ca -revoke lost.pem -crl_reason keyCompromise
check "the key is lost, but nobody knows yet" accepted verify lib/libold.so
publish acme.crl "$(at $((now - 3600)))" "$(at $((now + 30 * day)))"
check "R29 the list is there: what the lost key signed is refused" refused REVOKED verify lib/libold.so
check "R29 with the reason" says "for keyCompromise" verify lib/libold.so
check "R29 and the serial number" says "(serial number $(openssl x509 -in lost.pem -noout -serial | cut -d= -f2))" \
	verify lib/libold.so
check "what another key signed is not" accepted verify lib/libnew.so
cp unsigned.so lib/libold.so
"$MODSEAL" sign --key fresh.key --certificate fresh.pem lib/libold.so >/dev/null
check "signed again with a good key it is accepted" accepted verify lib/libold.so
"$MODSEAL" sign --force --key lost.key --certificate lost.pem lib/libold.so >/dev/null
check "without lists nobody would know" policy none
check "crl: none accepts it" accepted verify lib/libold.so
check "a signature without a policy asks for no list" \
	"$MODSEAL" verify --certificate authority.pem --trust chain lib/libold.so

# ---- lists that cannot be used --------------------------------------------------------------
check "if-present: the policy" policy if-present
check "R29 if-present: revoked is revoked" refused REVOKED verify lib/libold.so
mv acme.crl good.crl
check "if-present: no list is a remark" says "no revocation list was there for a certificate of 'acme'" \
	verify --json lib/libold.so
for demand in if-present required; do
	policy $demand
	ca=stranger publish acme.crl "$(at $((now - day)))" "$(at $((now + day)))"
	if [ $demand = required ]; then
		check "R29 $demand: a stranger's list is none" refused CRL_UNUSABLE verify lib/libnew.so
		check "R29 $demand: it says so" says "acme.crl is another CA's" verify lib/libnew.so
	fi
	publish acme.crl "$(at $((now - 9 * day)))" "$(at $((now - day)))"
	check "R29 $demand: an expired list" refused CRL_UNUSABLE verify lib/libnew.so
	check "R29 $demand: it says so" says "has expired at" verify lib/libnew.so
	publish acme.crl "$(at $((now + 9 * day)))" "$(at $((now + 99 * day)))"
	check "R28 $demand: a list from the future" refused CRL_UNUSABLE verify lib/libnew.so
	openssl crl -in good.crl -outform DER -out cut.der
	head -c -1 cut.der >acme.crl
	check "R29 $demand: a damaged list" refused CRL_UNUSABLE verify lib/libnew.so
	openssl crl -in good.crl -outform DER -out acme.crl
	check "$demand: a good one in DER" accepted verify lib/libnew.so
	chmod o+w acme.crl
	check "R79 $demand: others may write the list" refused PATH_UNSAFE verify lib/libnew.so
	chmod o-w acme.crl
done
policy required 2026-01-01T00:00:00Z '    crl-maximum-age: 1'
publish acme.crl "$(at $((now - 2 * day)))" "$(at $((now + 30 * day)))"
check "R29 crl-maximum-age: a list of two days ago is too old" refused CRL_UNUSABLE verify lib/libnew.so
check "R29 crl-maximum-age: it says so" says "crl-maximum-age is 1" verify lib/libnew.so
publish acme.crl "$(at $((now - day / 2)))" "$(at $((now + 30 * day)))"
check "crl-maximum-age: one of today is not" accepted verify lib/libnew.so

# ---- the same for IMA signatures, whose certificates are in the policy -----------------------
{
	sed '/^rules:/,$d' policy.yaml
	echo '    intermediates: |'
	sed 's/^/      /' lost.pem fresh.pem
	printf '%s\n' rules: "  - {path: $WORK/lib/*.so, evidence: [ima], signers: [acme], owners: [root, caller]}"
} >ima.yaml
"$MODSEAL" policy sign --force ima.yaml --key policy.key --certificate policy.pem >sign.log 2>&1
ima() { "$MODSEAL" verify --policy ima.yaml --anchor policy.pem "$@"; }
for name in old new; do cp unsigned.so lib/libima$name.so; done
$CC -shared -fPIC -Wl,-soname,libimaold.so -o lib/libimaold.so lib.c || exit 99
$CC -shared -fPIC -Wl,-soname,libimanew.so -o lib/libimanew.so lib.c || exit 99
"$MODSEAL" sign --ima --key lost.key --certificate lost.pem lib/libimaold.so >/dev/null 2>&1
"$MODSEAL" sign --ima --key fresh.key --certificate fresh.pem lib/libimanew.so >/dev/null 2>&1
check "ima: a good certificate" accepted ima lib/libimanew.so
check "R29 ima: a revoked one" refused REVOKED ima lib/libimaold.so
publish acme.crl "$(at $((now - 9 * day)))" "$(at $((now - day)))"
check "R29 ima: an expired list" refused CRL_UNUSABLE ima lib/libimanew.so
sed 's/crl: required/crl: if-present/' ima.yaml >present.yaml
"$MODSEAL" policy sign --force present.yaml --key policy.key --certificate policy.pem >sign.log 2>&1
rm acme.crl
check "ima: if-present: no list is a remark" says "no revocation list was there" "$MODSEAL" verify --json \
	--policy present.yaml --anchor policy.pem lib/libimanew.so

# ---- lists travel with the policy that is installed -------------------------------------------
if [ "$(id -u)" = 0 ]; then
	mkdir anchors.d set
	cp policy.pem anchors.d/device.pem
	install() { "$MODSEAL" policy install --anchor-directory anchors.d --directory "$WORK/etc" --state "$WORK/var" \
		--yes set/policy.yaml; }
	device() { "$MODSEAL" verify --anchor-directory anchors.d --policy "$WORK/etc/policy.yaml" --state "$WORK/var" "$@"; }
	policy required
	cp policy.yaml policy.yaml.p7s authority.pem set/
	publish set/acme.crl "$(at $((now - 9 * day)))" "$(at $((now - day)))"
	check "installed with an old list" install
	check "R29 the device has no good list" refused CRL_UNUSABLE device lib/libnew.so
	publish set/acme.crl "$(at $((now - day)))" "$(at $((now + 30 * day)))"
	check "installed again, the same serial, with a new list" install
	check "the device has it" accepted device lib/libnew.so
	check "R29 and knows what is revoked" refused REVOKED device lib/libold.so
else
	skip "R29 lists of an installed policy" "installed files must belong to root"
fi
