#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a policy revokes, by whatever evidence it comes (R29), and what time it is (R28).
. tests/lib.sh
. tests/policy.sh
cd "$REAL" || exit 99
digest() { sha256sum "$1" | cut -d' ' -f1; }
spki() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
der() { openssl x509 -in "$1" -outform DER | sha256sum | cut -d' ' -f1; }
build_library "$LIB/libgood.so.1" libgood.so.1 "int good(void) { return 1; }"
check "nothing is revoked" write_policy policy.yaml
check "the library is accepted" verify "$LIB/libgood.so.1"

# ---- R29: files ------------------------------------------------------------------------------
"$MODSEAL" strip --output "$WORK/content.so" "$LIB/libgood.so.1" >/dev/null
revoking() { write_policy policy.yaml "revoked:\n  files: [$1]"; }
revoking "$(digest "$WORK/content.so")"
check "R29 appended: by the digest of its content" refused REVOKED verify "$LIB/libgood.so.1"
revoking "$(digest "$LIB/libgood.so.1")"
check "R29 appended: by the digest of the whole file" refused REVOKED verify "$LIB/libgood.so.1"
check "R29 and it is not loaded" refused REVOKED load "$LIB/libgood.so.1"
sign_with release "$LIB/libgood.so.1" >/dev/null
check "the whole file signed again is another file" verify "$LIB/libgood.so.1"
revoking "$(digest "$WORK/content.so")"
check "R29 its content is not" refused REVOKED verify "$LIB/libgood.so.1"
cp "$WORK/content.so" "$LIB/libbeside.so.1"
openssl cms -sign -binary -in "$LIB/libbeside.so.1" -signer release.pem -inkey release.key -outform DER \
	-nosmimecap -out "$LIB/libbeside.so.1.p7s"
rule="rule:{path: $LIB/libbeside.so.1, evidence: [detached], signers: [release], owners: [root, caller], identity: unbound}"
write_policy policy.yaml "$rule"
check "detached: accepted" verify "$LIB/libbeside.so.1"
write_policy policy.yaml "$rule" "revoked:\n  files: [$(digest "$LIB/libbeside.so.1")]"
check "R29 detached" refused REVOKED verify "$LIB/libbeside.so.1"
if [ "$(id -u)" = 0 ] && mkdir /usr/lib/modseal-test.$$; then
	protected=/usr/lib/modseal-test.$$
	for name in content signed; do
		cp "$WORK/content.so" $protected/lib$name.so
	done
	sign_with release $protected/libsigned.so >/dev/null
	write_policy policy.yaml
	check "protected-path: accepted" verify $protected/libcontent.so
	check "protected-path: accepted with a signature nobody asks for" verify $protected/libsigned.so
	revoking "$(digest "$WORK/content.so")"
	check "R29 protected-path" refused REVOKED verify $protected/libcontent.so
	check "R29 protected-path: content of a signed file" refused REVOKED verify $protected/libsigned.so
	revoking "$(digest $protected/libsigned.so)"
	check "R29 protected-path: the whole file" refused REVOKED verify $protected/libsigned.so
	check "and no other" verify $protected/libcontent.so
	rm -r $protected
else
	skip "R29 protected-path" "only root can make one"
fi

# ---- R29: what is in the process already, and what is needed -----------------------------------
libc=$(ldd "$LOADER" | awk '$1 == "libc.so.6" { print $3 }')
revoking "$(digest "$libc")"
check "R29 a start-up library" refused REVOKED load "$LIB/libgood.so.1"
"$MODSEAL" strip --output "$WORK/program" "$LOADER" >/dev/null
revoking "$(digest "$WORK/program")"
check "R29 the program itself" refused REVOKED load "$LIB/libgood.so.1"
build_library "$LIB/libtop.so.1" libtop.so.1 "int good(void); int top(void) { return good(); }" "$LIB/libgood.so.1"
revoking "$(digest "$WORK/content.so")"
check "R29 what a library needs" refused REVOKED verify "$LIB/libtop.so.1"

# ---- R29: keys and certificates, the anchors' too ------------------------------------------------
write_policy policy.yaml "revoked:\n  keys: [$(spki release.pem)]"
check "R29 a signer's key" refused REVOKED verify "$LIB/libgood.so.1"
write_policy policy.yaml "revoked:\n  certificates: [$(der release.pem)]"
check "R29 a signer's certificate" refused REVOKED verify "$LIB/libgood.so.1"
write_policy policy.yaml "revoked:\n  keys: [$(spki other.pem)]"
check "R29 another signer's key" verify "$LIB/libgood.so.1"
for revoked in "keys: [$(spki policy.pem)]" "certificates: [$(der policy.pem)]"; do
	write_policy policy.yaml "revoked:\n  $revoked"
	check "R29 a policy that revokes its only signer (${revoked%%:*})" refused REVOKED verify "$LIB/libgood.so.1"
	"$MODSEAL" keygen second >"$WORK/log" 2>&1
	openssl cms -sign -binary -in policy.yaml -signer policy.pem -inkey policy.key -signer second.pem \
		-inkey second.key -outform DER -nosmimecap -out policy.yaml.p7s
	check "R29 signed by a stranger as well" refused REVOKED verify "$LIB/libgood.so.1"
	check "R29 signed by another anchor as well" verify --anchor second.pem "$LIB/libgood.so.1"
	check "R29 with that anchor alone" "$MODSEAL" verify --policy policy.yaml --anchor second.pem "$LIB/libgood.so.1"
done

# ---- R28: clocks ---------------------------------------------------------------------------------
cat >"$WORK/clock.c" <<'C'
#include <stdlib.h>
#include <time.h>
#include <sys/syscall.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now)
{
	const char *text = getenv("TEST_CLOCK");

	if (clock != CLOCK_REALTIME || !text)
		return (int)syscall(SYS_clock_gettime, clock, now);
	*now = (struct timespec){.tv_sec = atol(text)};
	return 0;
}
C
${CC:-cc} -shared -fPIC -o "$WORK/clock.so" "$WORK/clock.c" || exit 99
# clock SECONDS COMMAND...: with a clock that stands there
clock() {
	seconds=$1
	shift
	TEST_CLOCK=$seconds ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" LD_PRELOAD=$WORK/clock.so "$@"
}
Y2021=1609459200 Y2025=1735689600 Y2028=1830297600 Y2040=2208988800
PKI=$DATA/crl
# dated NAME ISSUED CA LEAF [LINE...]: a library signed by the leaf, a policy of that date for the CA
dated() {
	name=$1 issued=$2 ca=$3 leaf=$4
	shift 4
	cp "$WORK/content.so" "$LIB/lib$name.so.1"
	openssl cms -sign -binary -in "$LIB/lib$name.so.1" -signer "$leaf.pem" -inkey "$leaf.key" -outform DER \
		-nosmimecap -out "$LIB/lib$name.so.1.p7s"
	{
		printf '%s\n' 'modseal-policy: 1' 'name: tests' 'serial: 1' "issued: $issued" signers: '  acme:' \
			'    trust: chain' "    certificate-file: $REAL/$ca.pem" \
			"    certificate-sha256: \"$(digest "$REAL/$ca.pem")\"" "$@" rules: \
			"  - {path: $LIB/**, evidence: [detached], signers: [acme], owners: [root, caller], identity: unbound}"
	} >"$name.yaml"
	"$MODSEAL" policy sign --force "$name.yaml" --key policy.key --certificate policy.pem >"$WORK/log" 2>&1
}
at() { name=$1 seconds=$2; shift 2; clock "$seconds" "$MODSEAL" verify --policy "$name.yaml" --anchor policy.pem "$LIB/lib$name.so.1" "$@"; }
for file in root leaf; do cp "$PKI/$file.pem" "$PKI/$file.key" .; done
# a leaf from 2024 to 2025, one of 2026 to 2029
window() {
	printf '%s\n' '[ca]' default_ca=c '[c]' database=index new_certs_dir=. rand_serial=yes policy=p \
		email_in_dn=no unique_subject=no default_md=sha256 '[p]' commonName=supplied '[x]' \
		basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=codeSigning \
		subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >ca.cnf
	: >index
	cp leaf.key "$1.key"
	openssl ca -batch -notext -config ca.cnf -extensions x -cert root.pem -keyfile root.key -in "$PKI/leaf.csr" \
		-startdate "$2" -enddate "$3" -out "$1.pem" 2>>"$WORK/log"
}
window past 20240101000000Z 20250101000000Z
window present 20270101000000Z 20290101000000Z
dated past 2020-01-01T00:00:00Z root past
check "a leaf within its time" at past $((Y2025 - 1))
check "R28 expired" refused CERTIFICATE_EXPIRED at past $Y2028
check "R28 not valid yet, by a clock that may be right" refused CERTIFICATE_EXPIRED at past $Y2021
dated past 2026-01-01T00:00:00Z root past
check "R28 clock at 1970: what had expired before the policy" refused CERTIFICATE_EXPIRED at past 0
check "R28 clock at a time when it was valid: the floor stands" refused CERTIFICATE_EXPIRED at past $((Y2025 - 1))
dated present 2026-01-01T00:00:00Z root present
check "R28 clock at 1970: a leaf issued after the floor" at present 0
check "R28 clock before the floor" at present $Y2025
check "R28 clock above the floor and before the leaf" refused CERTIFICATE_EXPIRED at present $((1767225600 + 1))
check "R28 within its time" at present $Y2028
check "R28 after it" refused CERTIFICATE_EXPIRED at present $Y2040
check "R28 the clock was at 2040: the next one is not judged by it" at present 0
# openssl cms signs the time of now, which is before this leaf's beginning and says nothing
check "R28 there is a signing time" grep -q signingTime "$(openssl cms -cmsout -print -noout -inform DER \
	-in "$LIB/libpresent.so.1.p7s" >"$WORK/cms"; echo "$WORK/cms")"

# ---- R28: lists ----------------------------------------------------------------------------------
lists() { printf '%s\n' '    crl: required' "    crl-files: [acme.crl]"; }
with() { cp "$PKI/$1.crl" acme.crl; }
dated listed 2020-01-01T00:00:00Z root leaf '    crl: required' '    crl-files: [acme.crl]'
with old
check "a list of January 2026, in that month" at listed 1768000000
check "R29 in March" refused CRL_UNUSABLE at listed 1773000000
check "R28 before it, by a clock that may be right" refused CRL_UNUSABLE at listed $Y2025
check "R28 clock at 1970: the list may be right" at listed 0
dated listed 2026-03-01T00:00:00Z root leaf '    crl: required' '    crl-files: [acme.crl]'
check "R28 clock at 1970: not past the floor" refused CRL_UNUSABLE at listed 0
# the list's time is a floor: what had expired before it is not revived
dated past 2020-01-01T00:00:00Z root past '    crl: if-present' '    crl-files: [acme.crl]'
rm acme.crl
check "R28 no list, no floor: an old clock revives" at past $((Y2025 - 1))
with old
check "R28 clock at 1970: the list's time is the floor" refused CERTIFICATE_EXPIRED at past 0
with fake
check "R28 a forged list is none" refused CRL_UNUSABLE at past 0
dated present 2026-01-01T00:00:00Z root present '    crl: if-present' '    crl-files: [acme.crl]'
with coming
check "R28 a list of 2098 is unusable by a clock that may be right" refused CRL_UNUSABLE at present $Y2028
says_clock() { at present $Y2028 2>&1 | grep -q 'is from the future'; }
check "R28 and it says so, not that everything has expired" says_clock
check "R28 by a dead clock it makes refuse, never accept" refused CERTIFICATE_EXPIRED at present 0
