#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# policy diff tells of every key that a policy can have: another value of any of them is told,
# in both directions, so that nobody is asked to put in force what is not said.
. tests/lib.sh
REAL=$(cd "$WORK" && pwd -P)
for key in one two three policy next; do "$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/log" || exit 99; done
"$MODSEAL" keygen ca --ca --directory "$REAL" >"$WORK/log" || exit 99
"$MODSEAL" keygen leaf --issuer "$REAL/ca.key,$REAL/ca.pem" --directory "$REAL" >"$WORK/log" || exit 99
cat >"$WORK/keys.py" <<'PYTHON'
import hashlib, os, re, subprocess, sys
modseal, here = os.environ["MODSEAL"], sys.argv[1]
os.chdir(here)
def certificate(name):
    digest = hashlib.sha256(open(name + ".pem", "rb").read()).hexdigest()
    return f'certificate-file: {name}.pem, certificate-sha256: "{digest}"'
def signer(name, text): return f"  {name}: {{{text}}}\n"
# sections of the policy, each with what another one says of it
parts = {
    "top": "name: test\nserial: 5\nissued: 2026-01-01T00:00:00Z\nexpires: 2099-01-01T00:00:00Z\nsearch: [/usr/lib]\n"
           "policy-signers: {certificates: [{%s}, {%s}]}\n" % (certificate("policy"), certificate("next")),
    "crypto": "", "limits": "", "devices": "", "process": "", "mode": "",
    "records": "records: {to: [file, syslog], file: /var/log/r}\n",
    "one": signer("one", f"trust: pinned, purposes: [library, program, catalog], {certificate('one')}"),
    "two": signer("two", f"trust: pinned, purposes: [library, catalog], {certificate('two')}"),
    "stamps": signer("stamps", f"trust: pinned, purposes: [timestamp], {certificate('three')}"),
    "chain": signer("chain", f"trust: chain, crl: if-present, crl-files: [a.crl], {certificate('ca')}"),
    "catalogs": "catalogs:\n  - {name: base, file: base.cat, signers: [one, two]}\n",
    "supplements": "", "versions": "", "revoked": "",
    "rule": "  - {path: /opt/a/*, signers: [one, two]}\n",
    "listed": "  - {path: /usr/lib/**, evidence: [catalog], catalog: base}\n",
    "last": "",
}
order = ["top", "mode", "crypto", "limits", "devices", "process", "records", "signers", "one", "two", "stamps", "chain",
         "more", "catalogs", "supplements", "versions", "revoked", "rules", "rule", "listed", "last"]
def text(changes):
    p = dict(parts, signers="signers:\n", rules="rules:\n", more="")
    p.update(changes)
    return "modseal-policy: 1\n" + "".join(p[part] for part in order)
def top(old, new): return {"top": parts["top"].replace(old, new)}
def rule(more): return {"rule": "  - {path: /opt/a/*, signers: [one, two], %s}\n" % more}
def in_one(more): return {"one": parts["one"].replace("trust: pinned, purposes: [library, program, catalog]", more)}
def chain(old, new): return {"chain": parts["chain"].replace(old, new)}
def catalog(old, new): return {"catalogs": parts["catalogs"].replace(old, new)}
vendor = {"more": signer("vendor", f"trust: pinned, purposes: [supplement], {certificate('leaf')}"),
          "supplements": "supplements: [{name: v, file: v.yaml, signers: [vendor]}]\n", "last": "  - {path: /opt/v/**, delegate: v}\n"}
zeros = '"%s"' % ("0" * 64)
leaf = open("leaf.pem").read().replace("\n", "\\n")
# by key of policy/schema.h: what is changed, from what where that is not the policy as it is
keys = {
    "ROOT_NAME": top("name: test", "name: other"), "ROOT_SERIAL": top("serial: 5", "serial: 6"),
    "ROOT_ISSUED": top("2026-01-01", "2026-01-02"), "ROOT_EXPIRES": top("2099", "2098"),
    "ROOT_ON_EXPIRY": top("search", "on-expiry: warn\nsearch"), "ROOT_MODE": {"mode": "mode: audit\n"},
    "CRYPTO_PROVIDER": {"crypto": "crypto: {provider: fips}\n"}, "ROOT_SEARCH": top("[/usr/lib]", "[/usr/lib, /opt/a]"),
    "LIMITS_MAX_SIZE": {"limits": "limits: {max-size: 1M}\n"},
    "ROOT_READ_ONLY_DEVICES": {"devices": "read-only-devices: [PARTUUID=00112233-01]\n"},
    "PROCESS_PRELOAD": {"process": "process: {preload: [/usr/lib/x.so]}\n"},
    "PROCESS_DELETED": {"process": "process: {deleted: log}\n"},
    "PROCESS_ANONYMOUS": {"process": "process: {anonymous-executable: refuse}\n"},
    "RECORDS_TO": {"records": "records: {to: [file, journald], file: /var/log/r}\n"},
    "RECORDS_FILE": {"records": "records: {to: [file, syslog], file: /var/log/s}\n"},
    "RECORDS_VERDICTS": {"records": "records: {to: [file, syslog], file: /var/log/r, verdicts: refused}\n"},
    "RECORDS_PER_MINUTE": {"records": "records: {to: [file, syslog], file: /var/log/r, per-minute: 11}\n"},
    "ROOT_RECORDS": {"records": ""},
    "POLICYSIGNERS_CERTIFICATES": top(", {%s}" % certificate("next"), ""),
    "POLICYSIGNERS_REQUIRE": top("}]}", "}], require: 2}"),
    "SIGNER_TRUST": in_one("trust: chain, purposes: [library, program, catalog]"),
    "SIGNER_CERTIFICATE_FILE": {"one": parts["one"].replace(certificate("one"), certificate("leaf"))},
    "SIGNER_INTERMEDIATES": chain("crl:", f'intermediates: "{leaf}", crl:'),
    "SIGNER_ALGORITHMS": in_one("trust: pinned, purposes: [library, program, catalog], algorithms: [ecdsa-p256-sha256]"),
    "SIGNER_PURPOSES": in_one("trust: pinned, purposes: [library, program, catalog, kernel-module]"),
    "SIGNER_CRL": chain("if-present", "required"), "SIGNER_CRL_FILES": chain("a.crl", "b.crl"),
    "SIGNER_CRL_MAXIMUM_AGE": chain("crl:", "crl-maximum-age: 3, crl:"),
    "ROOT_CATALOGS": {"catalogs": "", "listed": ""}, "PART_NAME": {"catalogs": parts["catalogs"].replace("base,", "case,"),
        "listed": parts["listed"].replace("catalog: base", "catalog: case")},
    "PART_FILE": catalog("base.cat", "b.cat"), "PART_SIGNERS": catalog("[one, two]", "[one]"),
    "PART_REQUIRE": catalog("two]", "two], require: 2"), "PART_MINIMUM_SERIAL": catalog("two]", "two], minimum-serial: 2"),
    "ROOT_SUPPLEMENTS": vendor, "RULE_DELEGATE": vendor,
    "RULE_MINIMUM_EVIDENCE": (vendor, dict(vendor, last="  - {path: /opt/v/**, delegate: v, minimum-evidence: detached}\n")),
    "ROOT_VERSIONS": {"versions": "versions: {libz.so.1: 2}\n"},
    "REVOKED_KEYS": {"revoked": "revoked: {keys: [%s]}\n" % zeros},
    "REVOKED_CERTIFICATES": {"revoked": "revoked: {certificates: [%s]}\n" % zeros},
    "REVOKED_FILES": {"revoked": "revoked: {files: [%s]}\n" % zeros},
    "ROOT_RULES": {"rule": ""}, "ROOT_SIGNERS": {"more": signer("leaf", f"trust: pinned, {certificate('leaf')}")},
    "RULE_PATH": {"rule": parts["rule"].replace("/opt/a/*", "/opt/a/**")}, "RULE_KIND": rule("kind: program"),
    "RULE_EVIDENCE": rule("evidence: [detached]"), "RULE_SIGNERS": {"rule": parts["rule"].replace("[one, two]", "[one]")},
    "RULE_CATALOG": ({"catalogs": parts["catalogs"] + "  - {name: case, file: c.cat, signers: [one]}\n"},
                     {"catalogs": parts["catalogs"] + "  - {name: case, file: c.cat, signers: [one]}\n",
                      "listed": parts["listed"].replace("catalog: base", "catalog: case")}),
    "RULE_REQUIRE": rule("require: 2"), "RULE_TIMESTAMP": rule("timestamp: {signers: [stamps]}"),
    "TIMESTAMP_SIGNERS": (rule("timestamp: {signers: [stamps]}"), dict(rule("timestamp: {signers: [stamps, more]}"),
        more=signer("more", f"trust: pinned, purposes: [timestamp], {certificate('leaf')}"))),
    "TIMESTAMP_REQUIRE": (rule("timestamp: {signers: [stamps]}"), rule("timestamp: {signers: [stamps], require: if-expired}")),
    "RULE_MINIMUM_VERSION": rule("minimum-version: 2"), "RULE_IDENTITY": rule("identity: unbound"),
    "RULE_OWNERS": rule("owners: [root, caller]"), "RULE_ELF": rule("elf: hardened"), "RULE_MACHINE": rule("machine: any"),
    "RULE_HAND_OFF": rule("hand-off: [sealed]"), "RULE_SEARCH": rule("search: [/opt/a]"), "RULE_ORIGIN": rule("origin: [.]"),
    "RULE_NOEXEC": rule("noexec: allow"), "RULE_MODE": rule("mode: enforce"),
}
# of these nothing can change but the spelling, or the keys in them are looked at
told_otherwise = {"ROOT_FORMAT", "ROOT_REQUIRES", "ROOT_CRYPTO", "ROOT_LIMITS", "ROOT_PROCESS", "ROOT_POLICY_SIGNERS", "ROOT_REVOKED",
    "SIGNER_CERTIFICATE", "SIGNER_CERTIFICATE_SHA256", "POLICYSIGNER_CERTIFICATE", "POLICYSIGNER_CERTIFICATE_FILE",
    "POLICYSIGNER_CERTIFICATE_SHA256"}
def diff(before, after):
    for name, changes in (("old.yaml", before), ("new.yaml", after)):
        open(name, "w").write(text(changes))
    done = subprocess.run([modseal, "policy", "diff", "old.yaml", "new.yaml"], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else "failed: " + done.stderr
if sys.argv[2] == "schema":
    known = set(re.findall(r"^\s*(?:#define \S+ )?X\(([A-Z_0-9]+), \"[a-z]", open(sys.argv[3]).read(), re.M))
    known = {key for key in known if not key.startswith("SUPPLEMENT_") and key != "NAME"}
    for key in sorted(known ^ (set(keys) | told_otherwise)): print("not tested, or no key:", key)
    sys.exit(len(known) < 50)
if diff({}, {}) != "the policies say the same\n": print("not the same as itself:", diff({}, {}))
for key, change in keys.items():
    before, after = change if isinstance(change, tuple) else ({}, change)
    for one, other in ((before, after), (after, before)):
        told = diff(one, other)
        if text(one) == text(other) or told.startswith("failed") or "say the same" in told: print(key, told, end="")
PYTHON
check "every key is looked at" nothing python3 "$WORK/keys.py" "$REAL" schema "$PWD/policy/schema.h"
check "each that changes is told" nothing python3 "$WORK/keys.py" "$REAL" diff
