#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# R34: every call of OpenSSL, libelf, libyaml and the system on the verify path fails in turn.
. tests/lib.sh
fault=$BUILD/tests/fault/fault
if [ ! -x "$fault" ]; then
	skip "R34 failing calls" "the wrappers are x86-64 assembly"
	exit 0
fi
mkdir "$WORK/lib"
echo 'int base_value(void) { return 41; }' >"$WORK/base.c"
cat >"$WORK/top.c" <<'C'
#include "modseal-module.h"
MODSEAL_MODULE("libtop", 2, "a", MODSEAL_METADATA("key", "value"), MODSEAL_METADATA("other", ""));
int base_value(void);
int top_value(void) { return base_value() + 1; }
C
${CC:-cc} -shared -fPIC -Wl,-soname,libbase.so.1 -o "$WORK/lib/libbase.so.1" "$WORK/base.c"
${CC:-cc} -shared -fPIC -Iinclude -Wl,-soname,libtop.so.1 -o "$WORK/lib/libtop.so.1" "$WORK/top.c" \
	"$WORK/lib/libbase.so.1"
cp "$fault" "$WORK/fault"
"$MODSEAL" keygen release --directory "$WORK" >"$WORK/log"
"$MODSEAL" keygen policy --directory "$WORK" >>"$WORK/log"
"$MODSEAL" keygen cats --directory "$WORK" >>"$WORK/log"
"$MODSEAL" keygen next --directory "$WORK" >>"$WORK/log"
check "the files are signed" "$MODSEAL" sign --key "$WORK/release.key" \
	--certificate "$WORK/release.pem" "$WORK/lib/libbase.so.1" "$WORK/lib/libtop.so.1" "$WORK/fault"
cp "$WORK/lib/libtop.so.1" "$WORK/ima.so" && "$MODSEAL" strip "$WORK/ima.so" >>"$WORK/log"
check "IMA signatures are made" "$MODSEAL" sign --ima --detached --key "$WORK/release.key" \
	--certificate "$WORK/release.pem" "$WORK/lib/libtop.so.1" "$WORK/ima.so"
real=$(cd "$WORK" && pwd -P)
triplet=$(${CC:-cc} -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
check "a catalog is signed" "$MODSEAL" catalog create --name base --serial 1 --output "$WORK/base.cat" \
	--digest sha256 --digest sha512 --digest fsverity-sha256 --key "$WORK/cats.key" \
	--certificate "$WORK/cats.pem" "$real/lib/libbase.so.1"
cat >"$WORK/policy.yaml" <<POLICY
modseal-policy: 1
name: faults
serial: 1
issued: 2026-01-01T00:00:00Z
mode: enforce
search: [$real/lib, /usr/lib/$triplet]
policy-signers:
  certificates: [{certificate-file: next.pem, certificate-sha256: "$(sha256sum "$WORK/next.pem" | cut -d' ' -f1)"}]
signers:
  release:
    trust: chain
    purposes: [library, program]
    certificate-file: release.pem
    certificate-sha256: "$(sha256sum "$WORK/release.pem" | cut -d' ' -f1)"
  cats:
    trust: pinned
    purposes: [catalog]
    certificate-file: cats.pem
    certificate-sha256: "$(sha256sum "$WORK/cats.pem" | cut -d' ' -f1)"
catalogs: [{name: base, file: base.cat, signers: [cats]}]
rules:
  - {path: $real/lib/libtop*, evidence: [appended, ima], signers: [release], owners: [root, caller], minimum-version: 2}
  - {path: $real/lib/libbase.so.1, evidence: [catalog, appended], catalog: base, signers: [release], owners: [root, caller]}
  - {path: $real/lib/*, signers: [release], owners: [root, caller]}
  - {path: $real/fault, kind: program, signers: [release], owners: [root, caller], identity: unbound}
  - {path: /usr/lib/**, evidence: [protected-path]}
revoked:
  files: ["0000000000000000000000000000000000000000000000000000000000000000"]
POLICY
check "the policy is signed" "$MODSEAL" policy sign "$WORK/policy.yaml" \
	--key "$WORK/policy.key" --certificate "$WORK/policy.pem"

check "it is installed, which makes a state" "$MODSEAL" policy install "$WORK/policy.yaml" --yes \
	--anchor "$WORK/policy.pem" --directory "$WORK/etc" --state "$WORK/state"
FAULT_STATE=$real/state
export FAULT_STATE
# FAULT_STRIDE=1 (make check-all) is every call. Otherwise of those that the same functions lead
# to one fails; a sanitizer takes ten times as long, so there it is every ninth of these.
if [ -z "${FAULT_STRIDE:-}" ]; then
	export FAULT_ALIKE=1
	[ -z "${SANITIZE:-}" ] || export FAULT_STRIDE=9
fi

# calls N PREFIX OPERATION...: the operation makes so many calls of functions with the prefix
calls() { want=$1; shift; got=$("$fault" count "$@"); [ "$got" = "$want" ] || { echo "$got calls" >&2; return 1; }; }
some() { got=$("$fault" count "$@"); [ "$got" -gt 0 ] || { echo "$got calls" >&2; return 1; }; }
p12="$real/policy.yaml $real/policy.pem"
# shellcheck disable=SC2086
check "libelf is called for a signed library" some elf_ check $p12 "$real/lib/libbase.so.1"
check "libyaml is called for a signed policy" some yaml_ check $p12 "$real/lib/libbase.so.1"
"$MODSEAL" strip --output "$WORK/lib/unsigned.so" "$WORK/lib/libbase.so.1"
cp "$WORK/lib/libbase.so.1" "$WORK/lib/changed.so"
printf 'X' | dd of="$WORK/lib/changed.so" bs=1 seek=1000 conv=notrunc 2>/dev/null
for file in unsigned.so changed.so; do
	# shellcheck disable=SC2086
	check "R47 $file never reaches libelf" calls 0 elf_ check $p12 "$real/lib/$file"
	# shellcheck disable=SC2086
	check "R47 $file never reaches libelf (gelf)" calls 0 gelf_ check $p12 "$real/lib/$file"
done
mkdir "$WORK/unsigned" "$WORK/changed"
cp "$WORK/policy.yaml" "$WORK/unsigned/"
cp "$WORK/policy.yaml" "$WORK/policy.yaml.p7s" "$WORK/changed/"
echo '# changed' >>"$WORK/changed/policy.yaml"
for kind in unsigned changed; do
	check "R80 a policy that is $kind never reaches libyaml" calls 0 yaml_ check \
		"$real/$kind/policy.yaml" "$real/policy.pem" "$real/lib/libbase.so.1"
	check "R80 and is refused ($kind)" refused POLICY_SIGNATURE "$MODSEAL" verify \
		--policy "$real/$kind/policy.yaml" --anchor "$real/policy.pem" "$real/lib/libbase.so.1"
done

# told COMMAND...: shows the count and fails where there was a breach
told() { "$@" >"$WORK/told"; status=$?; cat "$WORK/told" >&2; tail -1 "$WORK/told" >>"$WORK/counts"; return $status; }
check "R34 certificate mode refuses whatever fails" told "$WORK/fault" trust \
	"$WORK/release.pem" "$WORK/lib/libtop.so.1"
check "R34 certificate mode refuses whatever fails of IMA" told "$WORK/fault" trust \
	"$WORK/release.pem" "$WORK/ima.so"
check "R34 checking refuses whatever fails" told "$WORK/fault" check \
	"$real/policy.yaml" "$real/policy.pem" "$real/lib/libtop.so.1"
# What a file lies on is asked for, too. The state knows one policy only.
sed 's|libbase.so.1, .*caller.|&, hand-off: [read-only, verity, sealed]|' "$WORK/policy.yaml" >"$WORK/loaded.yaml"
check "the policy that hands over in place is signed" "$MODSEAL" policy sign "$WORK/loaded.yaml" --key "$WORK/policy.key" \
	--certificate "$WORK/policy.pem"
check "R34 loading refuses whatever fails" told env -u FAULT_STATE FAULT_AGAIN=1 "$WORK/fault" load \
	"$real/loaded.yaml" "$real/policy.pem" "$real/lib/libtop.so.1" top_value
check "R34 approving once more, with a copy to share, refuses whatever fails" told env -u FAULT_STATE FAULT_AGAIN=1 "$WORK/fault" again \
	"$real/policy.yaml" "$real/policy.pem" "$real/lib/libtop.so.1"
# Signing: whatever fails, the file is the exact input or well signed, and is what was answered.
digest() { sha256sum <"$1" | cut -d' ' -f1 | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))'; }
digest "$WORK/lib/unsigned.so" >"$WORK/digest"
openssl pkeyutl -sign -inkey "$WORK/release.key" -pkeyopt digest:sha256 -in "$WORK/digest" -out "$WORK/raw"
for once in '' FAULT_AGAIN=1; do
	check "signing leaves a file whole whatever fails ${once:+again and again}" told env $once "$WORK/fault" sign \
		"$WORK/release.key" "$WORK/release.pem" "$WORK/lib/unsigned.so"
	check "so does signing in a batch ${once:+again and again}" told env $once "$WORK/fault" batch \
		"$WORK/release.key" "$WORK/release.pem" "$WORK/lib/unsigned.so"
	check "so does attaching a signature ${once:+again and again}" told env $once "$WORK/fault" attach "$WORK/release.pem" \
		"$WORK/lib/unsigned.so" "$WORK/raw"
done
# What fails while a record is written must not change the verdict, so that is not counted here.
sed "s|^search:|records: {to: [file, syslog, journald], file: $real/records.jsonl}\n&|" "$WORK/policy.yaml" >"$WORK/recorded.yaml"
check "the policy with records is signed" "$MODSEAL" policy sign "$WORK/recorded.yaml" --key "$WORK/policy.key" \
	--certificate "$WORK/policy.pem"
crashes() { env -u FAULT_STATE "$WORK/fault" check "$real/recorded.yaml" "$real/policy.pem" "$real/lib/libtop.so.1" | grep -E 'crashed|without a reason'; }
check "R106 nothing crashes whatever fails while records are written" nothing crashes
check "R106 there were records" [ -s "$real/records.jsonl" ]
for file in libbase.so.1 libtop.so.1; do
	echo "$(stat -c %i "$WORK/lib/$file") true $(sha256sum </dev/null | cut -d ' ' -f 1)"
done >"$WORK/verity"
check "R34 loading in place refuses whatever fails" told env -u FAULT_STATE VERITY="$WORK/verity" FAULT_AGAIN=1 \
	"$WORK/fault" load "$real/loaded.yaml" "$real/policy.pem" "$real/lib/libtop.so.1" top_value
# A revocation list is asked for. The leaf is in the policy and not in the signature: what
# cannot be read of a certificate out of a file is passed over, and rightly so.
"$MODSEAL" keygen authority --ca --directory "$WORK" >"$WORK/log"
"$MODSEAL" keygen leaf --directory "$WORK" --issuer "$WORK/authority.key,$WORK/authority.pem" >"$WORK/log"
mkdir "$WORK/listed"
cp "$WORK/lib/unsigned.so" "$WORK/listed/libbase.so.1"
openssl cms -sign -binary -nocerts -in "$WORK/listed/libbase.so.1" -signer "$WORK/leaf.pem" -inkey "$WORK/leaf.key" \
	-outform DER -nosmimecap -out "$WORK/listed/libbase.so.1.p7s"
# It bears a time stamp, whose certificate is in the policy, too.
printf '%s\n' '[req]' distinguished_name=d prompt=no '[d]' '[x]' basicConstraints=critical,CA:FALSE \
	keyUsage=critical,digitalSignature extendedKeyUsage=critical,timeStamping '[t]' "serial=$WORK/serial" \
	crypto_device=builtin signer_digest=sha256 default_policy=1.2.3.4.1 digests=sha256 ess_cert_id_alg=sha256 >"$WORK/tsa.cnf"
echo 01 >"$WORK/serial"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config "$WORK/tsa.cnf" -extensions x -subj /CN=tsa \
	-keyout "$WORK/tsa.key" -out "$WORK/tsa.pem" 2>>"$WORK/log"
"$MODSEAL" timestamp request --output "$WORK/asked.tsq" "$WORK/listed/libbase.so.1" >>"$WORK/log"
# the same without asking for the certificate: BOOLEAN TRUE is at the end
python3 -c 'import sys; d = open(sys.argv[1], "rb").read(); assert d[-3:] == b"\1\1\xff"
open(sys.argv[1], "wb").write(bytes([d[0], d[1] - 3]) + d[2:-3])' "$WORK/asked.tsq"
openssl ts -reply -config "$WORK/tsa.cnf" -section t -queryfile "$WORK/asked.tsq" -signer "$WORK/tsa.pem" \
	-inkey "$WORK/tsa.key" -out "$WORK/asked.tsr" 2>>"$WORK/log" >&2
check "it is stamped" "$MODSEAL" timestamp attach --tsa-certificate "$WORK/tsa.pem" --token "$WORK/asked.tsr" \
	"$WORK/listed/libbase.so.1"
printf '%s\n' '[ca]' default_ca=c '[c]' "database=$WORK/index" "crlnumber=$WORK/number" default_md=sha256 \
	'[l]' authorityKeyIdentifier=keyid >"$WORK/ca.cnf"
printf 'R\t300101000000Z\t260101000000Z,keyCompromise\t05\tunknown\t/CN=gone\n' >"$WORK/index"
echo 01 >"$WORK/number"
openssl ca -gencrl -config "$WORK/ca.cnf" -cert "$WORK/authority.pem" -keyfile "$WORK/authority.key" -crlexts l \
	-crldays 30 -out "$WORK/acme.crl" 2>>"$WORK/log"
cat >"$WORK/listed.yaml" <<POLICY
modseal-policy: 1
name: listed
serial: 1
issued: 2026-01-01T00:00:00Z
search: [$real/listed, /usr/lib/$triplet]
signers:
  release:
    trust: chain
    certificate-file: authority.pem
    certificate-sha256: "$(sha256sum "$WORK/authority.pem" | cut -d' ' -f1)"
    intermediates: |
$(sed 's/^/      /' "$WORK/leaf.pem")
    crl: required
    crl-files: [acme.crl]
  tsa:
    trust: pinned
    purposes: [timestamp]
    certificate-file: tsa.pem
    certificate-sha256: "$(sha256sum "$WORK/tsa.pem" | cut -d' ' -f1)"
rules:
  - {path: $real/listed/*, signers: [release], evidence: [detached], owners: [root, caller], timestamp: {signers: [tsa]}}
  - {path: /usr/lib/**, evidence: [protected-path]}
POLICY
check "the policy that asks for lists is signed" "$MODSEAL" policy sign "$WORK/listed.yaml" \
	--key "$WORK/policy.key" --certificate "$WORK/policy.pem"
check "it accepts where nothing fails" "$MODSEAL" verify --policy "$WORK/listed.yaml" --anchor "$WORK/policy.pem" \
	--state "$WORK/state" "$WORK/listed/libbase.so.1"
check "R34 asking for a revocation list and a time stamp refuses whatever fails" told "$WORK/fault" check \
	"$real/listed.yaml" "$real/policy.pem" "$real/listed/libbase.so.1"
cat "$WORK/counts"
