#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# policy diff: what differs in words, what makes no difference, and which files change.
. tests/lib.sh
WORK=$(realpath "$WORK")
chmod 755 "$WORK"
for key in acme other; do "$MODSEAL" keygen "$key" --directory "$WORK" >/dev/null || exit 99; done
openssl req -x509 -key "$WORK/acme.key" -subj /CN=renewed -days 99 -out "$WORK/renewed.pem" 2>/dev/null || exit 99
signer() { # signer NAME PEM [LINE...]
	printf '  %s:\n    trust: pinned\n    certificate: |\n' "$1"
	sed -n '/BEGIN/,/END/s/^/      /p' "$2"
	shift 2
	for line in "$@"; do echo "    $line"; done
}
zeros=$(printf '%064d' 0)
ones=$(printf '%064d' 1)
{
	cat <<END
modseal-policy: 1
name: test
serial: 3
issued: 2026-01-01T00:00:00Z
search: [/usr/lib]
limits: {max-size: 64M}
revoked:
  files: ["$zeros"]
versions: {libz.so.1: 2}
signers:
END
	signer acme "$WORK/acme.pem" 'purposes: [library, program]'
	signer other "$WORK/other.pem"
	cat <<END
rules:
  - {path: /opt/a/*.so, signers: [acme]}
  - {path: /opt/**, signers: [other]}
  - {path: /srv/**, signers: [other]}
  - {path: /opt/bin/*, kind: program, signers: [acme]}
  - {path: $WORK/lib/*.so, signers: [acme], owners: [root, caller]}
END
} >"$WORK/old.yaml"
new() { # new SED-SCRIPT: the new policy from the old one
	sed "$@" "$WORK/old.yaml" >"$WORK/new.yaml"
}
# shellcheck disable=SC2120 # check passes arguments
diff_of() { "$MODSEAL" policy diff "$WORK/old.yaml" "$WORK/new.yaml" "$@"; }
# says LINE...: exactly these lines, in this order
says() {
	diff_of >"$WORK/told" 2>&1 || { echo "exit $?" >&2; cat "$WORK/told" >&2; return 1; }
	printf '%s\n' "$@" | diff - "$WORK/told" >&2
}
holds() { # holds TEXT COMMAND...
	text=$1
	shift
	"$@" >"$WORK/told" 2>&1
	grep -qF -- "$text" "$WORK/told" || { cat "$WORK/told" >&2; return 1; }
}

new ''
check "the same" says 'the policies say the same'
new -e '/^name/d' -e 's/^serial/name: "test"   # a comment\nserial/' -e 's/64M/67108864/'
check "spelling, comments and defaults make no difference" says 'the policies say the same'
new -e '/path: .srv/d' -e 's|^rules:|rules:\n  - {path: /srv/**, signers: [other]}|'
check "nor does the order of rules that match no file in common" says 'the policies say the same'

new 's/serial: 3/serial: 2/'
check "serial" says 'changed: serial: was 3, is 2 (lowered)'
new 's/^issued.*/issued: 2026-02-01T00:00:00Z\nexpires: 2027-01-01T00:00:00Z\non-expiry: warn/'
check "times" says 'changed: issued: was 2026-01-01T00:00:00Z, is 2026-02-01T00:00:00Z' \
	'changed: expires: was none, is 2027-01-01T00:00:00Z, then a warning'
new 's/^search/mode: audit\nsearch/'
check "mode" says 'changed: mode: was enforce, is audit'
new -e 's|^search.*|search: [/usr/lib, /usr]|' -e 's/max-size: 64M/max-size: 32M/'
check "search and limits" says 'changed: search: was /usr/lib, is /usr/lib, /usr' \
	'changed: limits max-size: was 67108864, is 33554432 (lowered)'
new 's/^limits/read-only-devices: [DM-UUID=CRYPT-VERITY-*]\n&/'
check "the devices" says 'changed: read-only-devices: was none, is DM-UUID=CRYPT-VERITY-*'
new 's/^limits.*/&\nprocess: {deleted: log, anonymous-executable: refuse, preload: [\/usr\/lib\/x.so]}/'
check "the process" says 'changed: process preload: was none, is /usr/lib/x.so' \
	'changed: process deleted: was refuse, is log' 'changed: process anonymous-executable: was log, is refuse'
new 's/^limits/records: {to: [journald, syslog]}\n&/'
check "records" says 'changed: records: was none, is syslog, journald, all verdicts, 10 a minute'
cp "$WORK/old.yaml" "$WORK/keep.yaml"
cp "$WORK/new.yaml" "$WORK/old.yaml"
new 's/journald, syslog/syslog/'
check "where they go to" says \
	'changed: records: was syslog, journald, all verdicts, 10 a minute, is syslog, all verdicts, 10 a minute'
new 's/to: \[journald, syslog\]/to: [file], file: \/var\/log\/r, verdicts: refused, per-minute: 3/'
check "which, and how many" says 'changed: records: was syslog, journald, all verdicts, 10 a minute, is file (/var/log/r), refused verdicts, 3 a minute'
cp "$WORK/keep.yaml" "$WORK/old.yaml"
new "s/$zeros/$ones/"
check "revoked" says "removed: file sha256:$zeros" "added: file sha256:$ones"
new 's/libz.so.1: 2/libz.so.1: 4, libssl.so.3: 1/'
check "versions" says "changed: the floor of 'libz.so.1': was 2, is 4" "added: the floor 1 of 'libssl.so.3'"

# ---- signers, catalogs -----------------------------------------------------------------

key_of() { echo "sha256:$(openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -c1-64)"; }
"$MODSEAL" keygen third --directory "$WORK" >/dev/null
replace() { # replace PEM: the certificate of the signer other
	awk -v file="$1" '/^  other:/ { inside = 1 } /^rules:/ { inside = 0 }
		inside && /BEGIN/ { while ((getline line < file) > 0) if (line ~ /BEGIN/ || on) { on = 1; print "      " line } skip = 1 }
		!skip { print } inside && /END/ { skip = 0 }' "$WORK/old.yaml" >"$WORK/new.yaml"
}
replace "$WORK/third.pem"
check "a key is replaced" says \
	"changed: signer 'other': key replaced: was $(key_of "$WORK/other.pem"), is $(key_of "$WORK/third.pem")"
new "/^  acme:/,/END/{/BEGIN/,/END/d}"
renewed=$(sed -n '/BEGIN/,/END/s/^/      /p' "$WORK/renewed.pem")
awk -v new="$renewed" '{ print } /^  acme:/ { inside = 1 } inside && /certificate: / { print new; inside = 0 }' \
	"$WORK/new.yaml" >"$WORK/new2.yaml" && mv "$WORK/new2.yaml" "$WORK/new.yaml"
check "a certificate is renewed" says "changed: signer 'acme': another certificate of the same key"
new 's/purposes: .library, program./purposes: [program, kernel-module, library]\n    algorithms: [ecdsa-p256-sha256]/'
check "purposes and algorithms" says "changed: signer 'acme': purposes: was library, program, is library, program, kernel-module" \
	"changed: signer 'acme': algorithms: was all, is ecdsa-p256-sha256"
{ sed '/^rules:/,$d' "$WORK/old.yaml"; signer third "$WORK/third.pem" 'purposes: [catalog]'; sed -n '/^rules:/,$p' "$WORK/old.yaml"; } >"$WORK/new.yaml"
check "a signer is added" says "added: signer 'third' (pinned, for catalog, key $(key_of "$WORK/third.pem"))"
sed -i 's/^search/catalogs: [{name: base, file: base.cat, signers: [third]}]\nsearch/' "$WORK/new.yaml"
check "a catalog is added" holds "added: catalog 'base' (base.cat)" diff_of
cp "$WORK/old.yaml" "$WORK/keep.yaml"
cp "$WORK/new.yaml" "$WORK/old.yaml"
new -e 's/base.cat/b.cat/' -e 's/signers: \[third\]/&, minimum-serial: 4/'
check "a catalog is changed" says "changed: catalog 'base': file: was base.cat, is b.cat" \
	"changed: catalog 'base': minimum-serial: was 0, is 4"
cp "$WORK/keep.yaml" "$WORK/old.yaml"

# ---- rules -----------------------------------------------------------------------------

line=$(grep -n 'path: /srv' "$WORK/old.yaml" | cut -d: -f1)
new 's|/srv/\*\*, signers: .other.|/srv/new/**, signers: [acme, other], require: 2|'
check "rules removed and added" says "removed: rule in line $line: /srv/** (library): appended, signed by 1 of other" \
	"added: rule in line $line: /srv/new/** (library): appended, signed by 2 of acme, other"
new 's|/srv/\*\*, signers: .other.|/srv/**, evidence: [detached, appended], signers: [other], minimum-version: 3, identity: unbound, elf: hardened|'
check "what a rule asks for" says "changed: rule in line $line, /srv/**: evidence: was appended, is detached, appended" \
	"changed: rule in line $line, /srv/**: minimum-version: was none, is 3" \
	"changed: rule in line $line, /srv/**: identity: was bound, is unbound" \
	"changed: rule in line $line, /srv/**: elf: was standard, is hardened"
new 's|/srv/\*\*, signers: .other.|/srv/**, signers: [other], owners: [caller], machine: any, noexec: allow, hand-off: [read-only, sealed], origin: [.], search: [/usr]|'
check "and how it is loaded" says "changed: rule in line $line, /srv/**: hand-off: was verity, sealed, is read-only, sealed" \
	"changed: rule in line $line, /srv/**: owners: was root, is caller" \
	"changed: rule in line $line, /srv/**: machine: was native, is any" \
	"changed: rule in line $line, /srv/**: noexec: was refuse, is allow" \
	"changed: rule in line $line, /srv/**: search: was none, is /usr" \
	"changed: rule in line $line, /srv/**: origin: was none, is ."
new 's|/srv/\*\*, signers: .other.|/srv/**, signers: [other], mode: audit|'
check "and its mode" says "changed: rule in line $line, /srv/**: mode: was the policy's, is audit"
first=$(grep -n 'path: /opt/a' "$WORK/old.yaml" | cut -d: -f1)
new -e '/path: .opt.a/d' -e 's|^  - {path: /srv.*|&\n  - {path: /opt/a/*.so, signers: [acme]}|'
check "an order that matters" says "moved: /opt/a/*.so came before /opt/**, and comes behind it now: files that both match are decided by the rule in line $first"
{
	sed '/^rules:/q' "$WORK/keep.yaml"
	seq 1 10000 | sed 's|.*|  - {path: /opt/p&/*.so, signers: [acme]}|'
} >"$WORK/old.yaml"
new 's|/opt/p77/|/opt/q77/|'
many() { timeout 10 "$MODSEAL" policy diff "$WORK/old.yaml" "$WORK/new.yaml" >"$WORK/told"; [ "$(wc -l <"$WORK/told")" = 2 ]; }
check "10,000 rules" many
cp "$WORK/keep.yaml" "$WORK/old.yaml"

# ---- files -----------------------------------------------------------------------------

mkdir "$WORK/lib"
echo 'int f(void) { return 1; }' >"$WORK/f.c"
for name in a b c; do
	${CC:-cc} -shared -fPIC -nostdlib -Wl,-soname,$name.so -o "$WORK/lib/$name.so" "$WORK/f.c" || exit 99
done
echo text >"$WORK/lib/text.so"
"$MODSEAL" sign --key "$WORK/acme.key" --certificate "$WORK/acme.pem" "$WORK/lib/a.so" "$WORK/lib/b.so" >/dev/null || exit 99
new "s|$WORK/lib/..so, signers|$WORK/lib/a.so, signers|"
check "a file that no rule allows any more" holds "$WORK/lib/b.so: accepted (OK) -> refused (PATH_NOT_ALLOWED)" diff_of "$WORK/lib"
check "one that both refuse is told if the code differs" holds "$WORK/lib/c.so: refused (SIGNATURE_MISSING) -> refused (PATH_NOT_ALLOWED)" \
	diff_of "$WORK/lib"
check "of ELF files only" holds "2 of 3 files change their verdict" diff_of "$WORK/lib"
check "it ends well" diff_of "$WORK/lib"
check "JSON: before and after" holds '"code": "PATH_NOT_ALLOWED"' diff_of --json "$WORK/lib"
check "JSON: what it was" holds '"before": {"verdict": "accepted", "code": "OK"}' diff_of --json "$WORK/lib"
check "JSON: the differences" holds '"differences": [{"what": "rule", "change": "removed", "old-line": ' diff_of --json
sed 's/^search/mode: audit\nsearch/' "$WORK/old.yaml" >"$WORK/new.yaml"
check "a file that audit mode lets through" holds "$WORK/lib/c.so: refused (SIGNATURE_MISSING) -> would-refuse (SIGNATURE_MISSING)" \
	diff_of "$WORK/lib"
new "s|$WORK/lib/..so, signers|$WORK/lib/a.so, signers|"
mkdir "$WORK/set"
cp "$WORK/new.yaml" "$WORK/set/policy.yaml"
check "a directory is a set" holds "removed: rule" "$MODSEAL" policy diff "$WORK/old.yaml" "$WORK/set"
check "--root: an image's files" holds "2 of 3 files" "$MODSEAL" policy diff --root / "$WORK/old.yaml" "$WORK/new.yaml" "$WORK/lib"

# ---- what is no policy -----------------------------------------------------------------

echo 'modseal-policy: 1' >"$WORK/new.yaml"
check "a policy that is none" refused POLICY_INVALID diff_of
check "a policy that is not there" refused NOT_FOUND "$MODSEAL" policy diff "$WORK/old.yaml" "$WORK/none.yaml"
cp "$WORK/old.yaml" "$WORK/new.yaml"
check "a directory that is not there" refused NOT_FOUND diff_of "$WORK/none"
