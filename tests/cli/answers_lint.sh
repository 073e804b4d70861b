#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# policy lint: every kind of finding, at its place, and what the command ends with.
. tests/lib.sh
WORK=$(realpath "$WORK")
KEYS=$DATA/keys
TREE=$WORK/tree
umask 022
mkdir -p "$TREE/usr/lib/acme" "$TREE/opt/open" "$TREE/opt/user" "$TREE/tmp"
chmod 755 "$WORK"
chmod 777 "$TREE/opt/open"
chmod 1777 "$TREE/tmp"
ln -s usr/lib "$TREE/lib"
echo x >"$TREE/usr/lib/file"
echo x >"$TREE/opt/a.so"
for key in acme other; do "$MODSEAL" keygen "$key" --directory "$WORK" >/dev/null || exit 99; done
"$MODSEAL" keygen soon --directory "$WORK" --days 7 >/dev/null
"$MODSEAL" keygen ca --ca --directory "$WORK" >/dev/null
"$MODSEAL" keygen leaf --issuer "$WORK/ca.key,$WORK/ca.pem" --directory "$WORK" >/dev/null || exit 99

signer() { # signer NAME TRUST PEM [LINE...]
	printf '  %s:\n    trust: %s\n    certificate: |\n' "$1" "$2"
	sed -n '/BEGIN/,/END/s/^/      /p' "$3"
	shift 3
	for line in "$@"; do echo "    $line"; done
}
# policy [LINE|signer:...|rule:RULE]...: a clean one with these changes, as $WORK/p.yaml
policy() {
	serial='serial: 1' issued='issued: 2026-01-01T00:00:00Z' expires='expires: 2099-01-01T00:00:00Z'
	for line in "$@"; do
		case $line in
		serial:*) serial=$line ;; issued:*) issued=$line ;; expires:* | x-expires) expires=$line ;;
		esac
	done
	{
		printf 'modseal-policy: 1\nname: test\n%s\n%s\n' "$serial" "$issued"
		[ "$expires" = x-expires ] || echo "$expires"
		for line in "$@"; do
			case $line in serial:* | issued:* | expires:* | x-expires | rule:* | signer:* | norule) ;; *) printf '%b\n' "$line" ;; esac
		done
		echo signers:
		signer acme pinned "$WORK/acme.pem"
		for line in "$@"; do
			# shellcheck disable=SC2086 # words are wanted
			case $line in signer:*) signer ${line#signer:} ;; esac
		done
		case " $* " in
		*" norule "*) echo 'rules: []' ;;
		*)
			echo rules:
			for line in "$@"; do case $line in rule:*) echo "  - ${line#rule:}" ;; esac; done
			echo '  - {path: /usr/lib/acme/*.so, signers: [acme]}'
			;;
		esac
	} >"$WORK/p.yaml"
}
lint() { "$MODSEAL" policy lint --root "$TREE" "$WORK/p.yaml" "$@"; }
exits_with() {
	want=$1
	shift
	"$@" >"$WORK/told" 2>"$WORK/told.err"
	got=$?
	[ "$got" = "$want" ] || { echo "exit $got, wanted $want" >&2; cat "$WORK/told" "$WORK/told.err" >&2; return 1; }
}
# finds STATUS ID SEVERITY TEXT-OF-ITS-LINE [COLUMN]
finds() {
	status=$1 id=$2 severity=$3 text=$4 column=${5:-[0-9]*}
	exits_with "$status" lint || return 1
	line=$(grep -nF -- "$text" "$WORK/p.yaml" | head -n 1 | cut -d: -f1)
	grep -q "^$WORK/p.yaml:$line:$column: $severity: .* \[$id\]$" "$WORK/told" || { echo "line $line" >&2; cat "$WORK/told" >&2; return 1; }
	[ "$(grep -c '^/' "$WORK/told")" = "$(grep -c "\[$id\]$" "$WORK/told")" ] || { echo "more findings" >&2; cat "$WORK/told" >&2; return 1; }
}
clean() { exits_with 0 lint && [ ! -s "$WORK/told" ] || { cat "$WORK/told" >&2; return 1; }; }

policy
check "a good policy has no finding" clean
check "nor with --strict" exits_with 0 lint --strict

# ---- that it cannot be used ------------------------------------------------------------

policy 'mode: sometimes'
check "what the reader refuses is shown in its line" finds 1 policy-error error 'mode: sometimes' 7
check "with a caret" grep -q '| *^' "$WORK/told"
check "without saying the place twice" sh -c "! grep -q 'error: line' '$WORK/told'"
policy 'catalogs: [{name: base, file: base.cat, signers: [acme]}]'
check "signers without the purpose" finds 1 policy-error error 'catalogs:'
printf 'modseal-policy: 1\r\n' >"$WORK/p.yaml"
check "a text that is none" finds 1 policy-error error modseal-policy 18
policy "rule:{path: /usr/lib/*.so, signers: [gone]}"
sed -i "s|^rules:|  gone: {trust: pinned, certificate-file: gone.pem, certificate-sha256: $(echo | sha256sum | cut -c1-64)}\nrules:|" "$WORK/p.yaml"
tells_unusable() { exits_with 1 lint && grep -q '^.*:[0-9]*:43: error: .*gone.pem.* \[unusable\]$' "$WORK/told" || { cat "$WORK/told" >&2; return 1; }; }
check "a certificate that is not there" tells_unusable
sed -i "s/certificate-sha256: [0-9a-f]*/certificate-sha256: $(printf '%064d' 0)/" "$WORK/p.yaml"
check "a digest that is a placeholder" finds 0 placeholder note 'gone.pem' 73
policy "policy-signers: {certificates: [{certificate-file: next.pem, certificate-sha256: \"$(printf '%064d' 0)\"}]}"
check "that of a policy signer, too" finds 0 placeholder note 'next.pem' 82
policy "policy-signers: {certificates: [{certificate-file: next.pem, certificate-sha256: \"$(printf '%064d' 1)\"}]}"
check "a policy signer that is not there" finds 1 unusable error 'next.pem' 52
for shipped in policy/default.yaml policy/examples/*.yaml; do
	check "$shipped has nothing worse than notes" exits_with 0 "$MODSEAL" policy lint "$shipped"
done

# ---- rules -----------------------------------------------------------------------------

policy 'rule:{path: /usr/lib/**, signers: [acme]}'
check "a rule that an earlier one shadows" finds 1 shadowed-rule warning '/usr/lib/acme/*.so' 12
policy 'rule:{path: /usr/lib/**, kind: program, signers: [acme]}' 'signer:x pinned '"$WORK/other.pem purposes:[program]"
sed -i 's/purposes:\[program\]/purposes: [program]/; s|kind: program, signers: \[acme\]|kind: program, signers: [x]|' "$WORK/p.yaml"
check "one of another kind does not" clean
policy 'signer:k pinned '"$WORK/other.pem purposes:[kernel-module]" \
	'rule:{path: /usr/lib/m*.so, kind: kernel-module, signers: [k]}'
sed -i 's/purposes:\[/purposes: [/' "$WORK/p.yaml"
check "a rule for kernel modules of another name" finds 1 never-matches warning 'm*.so' 12
policy 'rule:{path: /usr/lib/*.ko, signers: [acme]}'
check "a rule for libraries named as kernel modules" finds 1 never-matches warning '*.ko' 12
policy 'rule:{path: /usr/lib/file/*.so, signers: [acme]}'
check "a rule below a file" finds 1 never-matches warning 'file/*.so' 12
policy 'rule:{path: /proc/self/fd/*, signers: [acme]}'
check "a rule for what is no file" finds 1 never-matches warning '/proc' 12
policy norule
sed -i '/^  acme:/,/END CERT/d; s/^signers:/signers: {}/' "$WORK/p.yaml"
check "no rule" finds 1 no-rules warning 'rules: []' 8
policy 'rule:{path: /usr/**, evidence: [protected-path], kind: program}'
check "everything that root writes" finds 1 broad-protected-path warning '/usr/**' 12
policy 'rule:{path: /usr/lib/**, evidence: [protected-path], kind: program}'
check "the base system's libraries are not everything" clean
policy 'rule:{path: /usr/lib/*.so, signers: [acme], identity: unbound}'
check "identity" finds 0 identity-unbound note 'unbound' 54
check "notes count with --strict" exits_with 1 lint --strict
policy 'rule:{path: /usr/lib/*.so, signers: [acme], owners: [caller]}'
check "owners" finds 0 owners-caller note 'caller'
policy 'rule:{path: /usr/lib/*.so, signers: [acme], noexec: allow}'
check "noexec" finds 0 noexec-allowed note 'noexec: allow'
policy "signer:b pinned $WORK/other.pem" "signer:c pinned $WORK/leaf.pem" 'rule:{path: /usr/lib/*.so, signers: [acme, b, c]}'
check "one of many" finds 0 one-of-many note '[acme, b, c]'
policy "signer:b pinned $WORK/other.pem" "signer:c pinned $WORK/leaf.pem" 'rule:{path: /usr/lib/*.so, require: 2, signers: [acme, b, c]}'
check "two of many" clean

# ---- what nobody uses ------------------------------------------------------------------

policy "signer:b pinned $WORK/other.pem"
check "a signer" finds 1 unused-signer warning '  b:' 3
printf 'modseal-catalog: 1\nname: base\nserial: 1\nissued: 2026-01-01T00:00:00Z\n' >"$WORK/base.cat"
"$MODSEAL" catalog sign "$WORK/base.cat" --key "$WORK/other.key" --certificate "$WORK/other.pem" >/dev/null
policy "signer:b pinned $WORK/other.pem purposes:[catalog,supplement]" "catalogs: [{name: base, file: base.cat, signers: [b]}]"
sed -i 's/purposes:\[catalog,/purposes: [catalog, /' "$WORK/p.yaml"
check "a catalog" finds 1 unused-catalog warning 'name: base'
cat >"$WORK/vendor.yaml" <<END
modseal-supplement: 1
name: vendor
serial: 1
issued: 2026-01-01T00:00:00Z
expires: 2099-01-01T00:00:00Z
rules: []
END
"$MODSEAL" policy sign "$WORK/vendor.yaml" --key "$WORK/other.key" --certificate "$WORK/other.pem" >/dev/null
policy "signer:b pinned $WORK/other.pem purposes:[supplement]" "supplements: [{name: vendor, file: vendor.yaml, signers: [b]}]"
sed -i 's/purposes:\[/purposes: [/' "$WORK/p.yaml"
check "a supplement" finds 1 unused-supplement warning 'name: vendor'
policy "signer:b pinned $WORK/other.pem purposes:[supplement]" "supplements: [{name: vendor, file: vendor.yaml, signers: [b]}]" \
	'rule:{path: /opt/**, delegate: vendor}' 'rule:{path: /opt/a.so, signers: [acme]}'
sed -i 's/purposes:\[/purposes: [/' "$WORK/p.yaml"
check "a rule below a delegation" finds 1 shadowed-rule warning '/opt/a.so'
cp "$WORK/vendor.yaml" "$WORK/p.yaml"
check "supplements are looked at, too" finds 1 no-rules warning 'rules: []'

# ---- paths -----------------------------------------------------------------------------

policy 'rule:{path: /lib/*.so, signers: [acme]}'
check "a link in a path" finds 1 link-in-path error '/lib/*.so' 12
check "with the real spelling" grep -q 'remedy: write /usr/lib$' "$WORK/told"
policy 'search: [/usr/lib, /lib]'
check "a link in the search list" finds 1 link-in-path error 'search:' 20
policy 'rule:{path: /opt/none/*.so, signers: [acme]}'
check "a path that does not exist" finds 0 path-missing note '/opt/none' 12
policy 'rule:{path: /opt/open/*.so, signers: [acme]}'
check "a directory that others may write to" finds 1 path-unsafe warning '/opt/open' 12
policy 'rule:{path: /tmp/*.so, signers: [acme]}'
check "a sticky one is no risk for what is signed" clean
policy 'rule:{path: /tmp/*.so, evidence: [protected-path]}'
check "but for what is not" finds 1 path-unsafe warning '/tmp/*.so'
if [ "$(id -u)" = 0 ]; then
	chown 12345 "$TREE/opt/user"
	policy 'rule:{path: /opt/user/*.so, signers: [acme]}'
	check "a directory of somebody else" finds 1 path-unsafe warning '/opt/user'
else
	skip "a directory of somebody else" "needs root"
fi

# ---- times, keys -----------------------------------------------------------------------

# of_b STATUS ID SEVERITY: at the certificate of the signer b
of_b() {
	exits_with "$1" lint || return 1
	line=$(($(grep -n '^  b:' "$WORK/p.yaml" | cut -d: -f1) + 2))
	grep -q "^$WORK/p.yaml:$line:18: $3: .*'b'.* \[$2\]$" "$WORK/told" || { cat "$WORK/told" >&2; return 1; }
	[ "$(grep -c '^/' "$WORK/told")" = 1 ] || { echo "more findings" >&2; cat "$WORK/told" >&2; return 1; }
}
by_b() { policy "signer:b $1 $2" 'rule:{path: /usr/lib/*.so, signers: [b]}'; }
by_b chain "$KEYS/expired.pem"
check "an expired certificate" of_b 1 certificate-expired error
by_b pinned "$KEYS/expired.pem"
check "of a pinned signer" of_b 0 pinned-expired note
by_b chain "$KEYS/future.pem"
check "one that is not valid yet" of_b 1 certificate-not-yet warning
by_b chain "$WORK/soon.pem"
check "one that expires soon" of_b 1 certificate-expires warning
check "--days is what soon means" exits_with 0 lint --days 3
by_b pinned "$KEYS/rsa2048.pem"
check "a short key" of_b 0 short-rsa-key note
by_b chain "$WORK/ca.pem"
check "a CA without revocation lists" of_b 0 no-revocation-lists note
policy 'rule:{path: /usr/lib/*.so, signers: [acme]}' "revoked:\n  keys: [$(openssl x509 -in "$WORK/acme.pem" -noout -pubkey |
	openssl pkey -pubin -outform DER | sha256sum | cut -c1-64)]"
check "a revoked key of a signer" exits_with 1 lint
check "is an error" grep -q "error: .* the key of the signer 'acme'.* \[revoked-in-use\]" "$WORK/told"
policy "revoked:\n  certificates: [$(openssl x509 -in "$WORK/acme.pem" -outform DER | sha256sum | cut -c1-64)]"
check "a revoked certificate of a signer" exits_with 1 lint
check "is one, too" grep -q "error: .* the certificate of the signer 'acme'.* \[revoked-in-use\]" "$WORK/told"
policy x-expires
check "a policy for ever" finds 0 never-expires note 'issued:' 9
policy 'expires: 2026-01-02T00:00:00Z'
check "an expired policy" finds 1 policy-expired error 'expires:' 10
policy "expires: $(date -u -d '+9 days' +%Y-%m-%dT%H:%M:%SZ)"
check "one that expires soon" finds 1 policy-expires warning 'expires:' 10
check "but not within 3 days" exits_with 0 lint --days 3
policy "issued: $(date -u -d '+9 days' +%Y-%m-%dT%H:%M:%SZ)"
check "one from the future" finds 1 issued-in-future warning 'issued:' 9
policy 'serial: 0'
check "one that nobody numbered" finds 1 serial-zero warning 'serial:' 9

# ---- the process, files ----------------------------------------------------------------

policy 'process: {anonymous-executable: allow}'
check "anonymous executable memory" finds 1 anonymous-executable warning 'process:' 33
policy 'mode: audit'
check "audit mode" finds 1 audit-mode warning 'mode: audit' 7
policy 'rule:{path: /usr/lib/*.so, signers: [acme], mode: audit}'
check "audit mode of a rule" finds 1 audit-mode warning 'mode: audit' 50
policy 'process: {deleted: log}'
check "libraries that were replaced" finds 0 deleted-allowed note 'process:' 20

echo 'int f(void) { return 1; }' >"$WORK/f.c"
${CC:-cc} -shared -fPIC -nostdlib -o "$TREE/usr/lib/f.so" "$WORK/f.c" || exit 99
# as the kernel's sign-file does: no certificate in it
openssl cms -sign -binary -noattr -nocerts -md sha256 -outform DER -in "$TREE/usr/lib/f.so" -signer "$WORK/leaf.pem" \
	-inkey "$WORK/leaf.key" -out "$WORK/f.cms" || exit 99
size=$(wc -c <"$WORK/f.cms")
{
	cat "$WORK/f.cms"
	# shellcheck disable=SC2059 # octal bytes are wanted
	printf "\\0\\0\\002\\0\\0\\0\\0\\0\\0\\0\\$(printf %03o $((size / 256)))\\$(printf %03o $((size % 256)))"
	printf '~Module signature appended~\n'
} >>"$TREE/usr/lib/f.so"
by_b chain "$WORK/ca.pem"
no_certificates() { exits_with 1 lint && grep -q "warning: /usr/lib/f.so, .* \[no-certificates\]" "$WORK/told" || { cat "$WORK/told" >&2; return 1; }; }
check "files without certificates, and a signer that needs them" no_certificates
sed -i '/^rules:/,$d' "$WORK/p.yaml"
{
	printf '    intermediates: |\n'
	sed -n '/BEGIN/,/END/s/^/      /p' "$WORK/leaf.pem"
	printf 'rules:\n  - {path: /usr/lib/*.so, signers: [b]}\n  - {path: /usr/lib/acme/*.so, signers: [acme]}\n'
} >>"$WORK/p.yaml"
check "are good with intermediates" exits_with 0 lint
rm "$TREE/usr/lib/f.so"

# ---- the command -----------------------------------------------------------------------

policy 'serial: 0'
json() { lint --json | grep -qF '"severity": "warning", "id": "serial-zero", "message": "'; }
check "JSON: one object with the findings" json
one_line() { [ "$("$MODSEAL" policy lint --json "$WORK/p.yaml" "$WORK/p.yaml" | wc -l)" = 2 ]; }
check "JSON: one a file" one_line
check "a file that is not there" exits_with 3 "$MODSEAL" policy lint "$WORK/none.yaml"
check "a root that is not there" exits_with 3 "$MODSEAL" policy lint --root "$WORK/none" "$WORK/p.yaml"
{
	printf 'modseal-policy: 1\nname: test\nserial: 1\nissued: 2026-01-01T00:00:00Z\nexpires: 2099-01-01T00:00:00Z\nsigners:\n'
	signer acme pinned "$WORK/acme.pem"
	echo rules:
	seq 1 10000 | sed 's|.*|  - {path: /usr/lib/acme/p&*.so, signers: [acme]}|'
} >"$WORK/many.yaml"
# of the processor, not by the clock: it may be shared
many() {
	# shellcheck disable=SC3045 # dash, bash and busybox have it
	(ulimit -t 5 && exec "$MODSEAL" policy lint --root "$TREE" "$WORK/many.yaml") >"$WORK/told"
	[ $? = 1 ] && grep -c shadowed-rule "$WORK/told"
}
check "10,000 rules, most of them shadowed" many
alike() { # the longest ones, and as many as there may be
	{
		sed '/^rules:/q' "$WORK/many.yaml"
		seq 1 "$1" | sed "s|.*|  - {path: /usr/lib/acme/*$2&x*, signers: [acme]}|"
	} >"$WORK/alike.yaml"
	# shellcheck disable=SC3045
	(ulimit -t 5 && exec "$MODSEAL" policy lint --root "$TREE" "$WORK/alike.yaml") >"$WORK/told" &&
		[ "$(grep -c '\[rules-not-compared\]' "$WORK/told")" = 1 ]
}
check "16,384 patterns that begin alike" alike 16384 x
check "fewer long ones" alike 3000 "$(printf '/**/*a%.0s' $(seq 150))"

# every kind of finding is tested above, and explained in the manual
kinds() { sed -n 's/^\tX([A-Z_]*, "\([a-z-]*\)", [A-Z]*).*/\1/p' verifier/admin/lint.h; }
untested() { kinds | while read -r kind; do grep -qE "(finds|of_b) [01] $kind |\[$kind" tests/cli/answers_lint.sh || echo "$kind"; done; }
unexplained() { kinds | while read -r kind; do grep -qx "\.It Li $kind" packaging/man/modseal.1 || echo "$kind"; done; }
enough() { [ "$(kinds | wc -l)" -gt 25 ]; }
check "the kinds of findings are found" enough
check "each is tested" nothing untested
check "each is explained" nothing unexplained
