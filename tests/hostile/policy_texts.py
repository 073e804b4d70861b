# SPDX-License-Identifier: Apache-2.0
"""Writes hostile policies into a folder: policy_texts.py FOLDER

Each is NAME.yaml; NAME begins with the requirement it belongs to, or with "good" for the few that
must be accepted, so that the others are known to be refused for the one thing that is wrong with
them. Keys and types are taken from policy/schema.h: a new key is attacked as soon as it is there.
"""
import re
import sys

FOLDER = sys.argv[1]
FORMAT = "modseal-policy: 1\n"
HEAD = FORMAT + "name: texts\nserial: 1\nissued: 2026-01-01T00:00:00Z\n"
RULES = "rules:\n  - {path: /usr/lib/**, evidence: [protected-path]}\n"
GOOD = HEAD + RULES
DIGEST = "0123456789abcdef" * 4
PINNED = "trust: pinned, certificate-file: a.pem, certificate-sha256: %s" % DIGEST
SIGNERS = "signers: {a: {%s}, c: {%s, purposes: [catalog, supplement]}, t: {%s, purposes: [timestamp]}}\n" % (
    PINNED, PINNED, PINNED)
names = set()


def write(name, text, coding="utf-8"):
    assert name not in names, name
    names.add(name)
    with open("%s/%s.yaml" % (FOLDER, name.replace("/", "|")), "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode(coding))


# ---- R81: size and depth ------------------------------------------------------------------------

write("R81 more than 4 MiB", GOOD + "#" * (4 << 20))
write("R81 100 KB of [", HEAD + "x-a: " + "[" * 100000 + "\n" + RULES)
write("R81 400 KB of {a: ", HEAD + "x-a: " + "{a: " * 100000 + "\n" + RULES)
write("R81 100 KB of - ", HEAD + "x-a:\n  " + "- " * 50000 + "\n" + RULES)
write("R81 100 KB of ? ", HEAD + "? " * 50000 + "\n" + RULES)
write("R81 17 levels of lists", HEAD + "x-a: " + "[" * 16 + "]" * 16 + "\n" + RULES)
write("R81 17 levels of mappings", HEAD + "x-a: " + "{a: " * 16 + "1" + "}" * 16 + "\n" + RULES)
write("R81 17 levels of lines", HEAD + "".join("%sx-a:\n" % (" " * i) for i in range(17)) + RULES)
write("R81 a list of half a million", HEAD + "x-a: [" + "a," * 600000 + "]\n" + RULES)
write("R81 4 MiB of short keys, the last twice",
      GOOD + "".join("x-%06x: 1\n" % i for i in range(60000)) + "x-000000: 2\n")
write("R81 a value of 4 MiB", HEAD + "mode: " + "a" * ((4 << 20) - 1000) + "\n" + RULES)
write("R81 a key of 4 MiB", HEAD + "'" + "a" * ((4 << 20) - 1000) + "': 1\n" + RULES)
write("R81 a quotation that never ends", HEAD + 'mode: "' + "a" * 1000000)
write("R81 escapes", HEAD + 'mode: "' + "\\x61" * 500000 + '"\n' + RULES)
write("R81 a long block", HEAD + "mode: |\n" + "  a\n" * 500000 + RULES)
write("R81 300 KB of spaces and tabs", HEAD + "mode:" + " \t" * 150000 + "x\n" + RULES)
write("R81 all brackets open", HEAD + "x-a: " + "[{" * 5000 + "\n" + RULES)
write("R81 a path of 100,000 stars", HEAD + "rules: [{path: /%s, evidence: [protected-path]}]\n" % ("*a" * 50000))

# ---- R82: what two readers could understand differently -----------------------------------------

for name, text in {
    "an anchor": "x-a: &a 1",
    "an anchor of a list": "x-a: &a [1]",
    "an anchor of a mapping": "x-a: &a {b: 1}",
    "an anchor of a key": "&a x-a: 1",
    "an alias": "x-a: *a",
    "an alias as key": "*a : 1",
    "anchor and alias": "x-a: &a 1\nx-b: *a",
    "aliases that multiply": "x-a: &a [1, 1]\nx-b: [*a, *a]",
    "a tag": "x-a: !secret 1",
    "a tag of YAML": "x-a: !!str 1",
    "a tag as a name": "x-a: !<tag:yaml.org,2002:int> 1",
    "binary": "x-a: !!binary aGVsbG8=",
    "a tag of a key": "!!str x-a: 1",
    "a tag of a list": "x-a: !!set [1]",
    "a merge key": "<<: {x-a: 1}",
    "a merge key in a mapping": "x-a: {<<: {b: 1}}",
    "a merge of an alias": "x-a: &a {b: 1}\nx-b: {<<: *a}",
    "a quoted merge key": '"<<": {x-a: 1}',
    "a directive": "%YAML 1.2",
    "a directive for tags": "%TAG ! tag:x:",
    "an unknown directive": "%FOO bar",
    "folded text": "x-a: >\n  b\n  c",
    "a value over two lines": "x-a: b\n  c",
    "a complex key": "? [a]\n: 1",
    "a mapping as key": "? {a: 1}\n: 1",
    "an empty key": ": 1",
    "a list among keys": "- a",
    "a tab that indents": "x-a:\n\tb: 1",
    "a bracket too many": "x-a: [1]]",
    "a brace that is missing": "x-a: {b: 1",
    "a reserved @": "x-a: @b",
    "a reserved `": "x-a: `b",
    "an unknown escape": 'x-a: "\\q"',
    "half an escape": 'x-a: "\\u00"',
    "a surrogate by escape": 'x-a: "\\ud800"',
    "an escape beyond Unicode": 'x-a: "\\U00110000"',
}.items():
    write("R82 " + name, HEAD + text + "\n" + RULES)

# ---- R83: duplicates ----------------------------------------------------------------------------

for name, text in {
    "the root": "mode: enforce\nmode: enforce",
    "the root, quoted": 'mode: enforce\n"mode": enforce',
    "the root, by an escape": 'mode: enforce\n"\\x6dode": enforce',
    "the first line": FORMAT.strip(),
    "ignored keys": "x-a: 1\nx-a: 1",
    "crypto": "crypto: {provider: default, provider: default}",
    "limits": "limits: {max-size: 1M, max-size: 2M}",
    "process": "process: {deleted: log, deleted: refuse}",
    "signers": "signers: {a: {%s}, a: {%s}}" % (PINNED, PINNED),
    "a signer": "signers: {a: {%s, trust: pinned}}" % PINNED,
    "a catalog": SIGNERS + "catalogs: [{name: b, file: b, signers: [c], name: b}]",
    "a supplement": SIGNERS + "supplements: [{name: b, file: b, signers: [c], file: d}]",
    "revoked": "revoked: {keys: [], keys: []}",
    "versions": "versions: {a: 1, a: 2}",
    "a mapping that is ignored": "x-a: {b: 1, b: 2}",
    "names of catalogs": SIGNERS + "catalogs: [{name: b, file: b, signers: [c]}, {name: b, file: c, signers: [c]}]",
    "names of supplements":
        SIGNERS + "supplements: [{name: b, file: b, signers: [c]}, {name: b, file: c, signers: [c]}]",
}.items():
    write("R83 " + name, HEAD + text + "\n" + RULES)
write("R83 a rule", HEAD + "rules: [{path: /a, evidence: [protected-path], path: /b}]\n")
write("R83 rules", GOOD + RULES)

# ---- R84: documents -----------------------------------------------------------------------------

for name, text in {
    "nothing": "",
    "a line feed": "\n",
    "a comment": "# modseal-policy: 1\n",
    "only the first line": FORMAT,
    "a document marker first": "---\n" + GOOD,
    "a document marker behind the first line": FORMAT + "---\n" + GOOD,
    "two documents": GOOD + "---\n" + GOOD,
    "an empty second document": GOOD + "---\n",
    "an end": GOOD + "...\n",
    "text behind the end": GOOD + "...\nname: b\n",
    "a second behind the end": GOOD + "...\n---\na: b\n",
    "a list behind": FORMAT + "- a\n",
    "a scalar behind": FORMAT + "a\n",
    "a space before": " " + GOOD,
    "a line before": "\n" + GOOD,
    "a space behind": "modseal-policy: 1 \n" + GOOD[len(FORMAT):],
    "a comment behind": "modseal-policy: 1 # a\n" + GOOD[len(FORMAT):],
    "two spaces": "modseal-policy:  1\n" + GOOD[len(FORMAT):],
    "quotes": 'modseal-policy: "1"\n' + GOOD[len(FORMAT):],
    "another format": "modseal-policy: 2\n" + GOOD[len(FORMAT):],
    "format 10": "modseal-policy: 10\n" + GOOD[len(FORMAT):],
    "upper case": "Modseal-policy: 1\n" + GOOD[len(FORMAT):],
    "a carriage return": "modseal-policy: 1\r\n" + GOOD[len(FORMAT):],
}.items():
    write("R84 " + name, text)

# ---- R85, R86: each key of the tables -----------------------------------------------------------

table = open("policy/schema.h").read().replace("\\\n", " ")
ROWS = [row for row in re.findall(
    r'X\(([A-Z]+)_[A-Z0-9_]+, +"([a-z0-9-]+)", +([A-Z_]+), +([A-Z]+), +(?:NULL|"[^"]*")\)', table)
    if row[0] != "SUPPLEMENT"]
assert len(ROWS) > 60


def around(section, line, without=None):
    """A policy that is good but for the line in that section."""
    if section == "ROOT":
        head = [part for part in HEAD.splitlines() if part.split(":")[0] not in (without, line.split(":")[0])]
        own = line.split(":")[0]
        parts = head + ([] if own == "signers" else [SIGNERS.strip()]) + [line]
        if own == "on-expiry":
            parts.append("expires: 2030-01-01T00:00:00Z")
        if own != "rules" and without != "rules":
            parts.append(RULES.strip())
        return "\n".join(part for part in parts if part) + "\n"
    own = line.split(":")[0]
    if section == "SIGNER":
        given = {"trust": "pinned", "certificate-file": "a.pem", "certificate-sha256": DIGEST}
        if own.startswith("crl") or own == "intermediates":
            given["trust"] = "chain"
        if own.startswith("crl-"):
            given["crl"] = "required"
        if own == "crl":
            given["crl-files"] = "[a]"
        inner = "signers: {a: {%s}}\n"
    elif section == "POLICYSIGNERS":
        given = {"certificates": "[{certificate-file: b, certificate-sha256: %s}]" % DIGEST}
        inner = "policy-signers: {%s}\n"
    elif section == "POLICYSIGNER":
        given = {"certificate-file": "b", "certificate-sha256": DIGEST}
        inner = "policy-signers: {certificates: [{%s}]}\n"
    elif section == "PART":
        given = {"name": "b", "file": "b", "signers": "[c]"}
        inner = SIGNERS + "catalogs: [{%s}]\n"
    elif section == "RULE":
        given = {"path": "/a/**", "signers": "[a]"}
        if own in ("delegate", "minimum-evidence"):
            given = {"path": "/a/**", "delegate": "b"}
        inner = SIGNERS + "supplements: [{name: b, file: b, signers: [c]}]\nrules: [{%s}]\n"
    elif section == "TIMESTAMP":
        given = {"signers": "[t]"}
        inner = SIGNERS + "rules: [{path: /a/**, signers: [a], timestamp: {%s}}]\n"
    else:
        assert section in ("CRYPTO", "LIMITS", "PROCESS", "REVOKED", "RECORDS"), section
        given = {"to": "[file]", "file": "/a"} if section == "RECORDS" else {}
        inner = section.lower() + ": {%s}\n"
    given.pop(own, None)
    given.pop(without, None)
    pairs = ["%s: %s" % pair for pair in given.items()] + ([line] if line else [])
    return HEAD + inner % ", ".join(pairs) + ("" if section in ("RULE", "TIMESTAMP") else RULES)


# What no value of a type may be. Words out of YAML 1.1, octal, hexadecimal, floats (R86).
GUESSED = ["yes", "on", "true", "~", "null", "010", "0x10", "0o10", "1e3", "1.0", "1_000", "-1", "+1", ".inf", '""', "1:30"]
NO_LIST = ["a", "{a: b}", "~", "1"]
SCALAR = ["[a]", "{a: b}", "[[]]"]
WRONG = {
    "FORMAT": [],
    "NAME": ["~", '"a\\0b"', '""', "-a", ".a", "a b", "a/b", "a" * 65, "\u00e4", "' a'"] + SCALAR,
    "SERIAL": GUESSED + ["'1'", "9007199254740992", "99999999999999999999", "1 "[:1] + "x"] + SCALAR,
    "COUNT": GUESSED + ["'1'", "0", "2", "4294967297"] + SCALAR,
    "DAYS": GUESSED + ["'1'", "0", "3651"] + SCALAR,
    "TIME": GUESSED + ["2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z",
                       "2026-01-01T00:00:60Z", "1969-01-01T00:00:00Z", "2026-01-01t00:00:00z",
                       "2026-01-01T00:00:00+00:00", "2026-1-1T00:00:00Z", '"2026-01-01T00:00:00Z\\0"'] + SCALAR,
    "SIZE": GUESSED + ["0", "0M", "1T", "1m", "2G", "2048M", "1 M", "M", "18446744073709551616"] + SCALAR,
    "WORD": ["yes", "on", "~", '""', "zzz", "Refuse", "ENFORCE", '"refuse\\0"', "1"] + SCALAR,
    "PEM": ["~", "a", '"-----BEGIN CERTIFICATE-----"', '"\\n-----BEGIN CERTIFICATE-----\\n"'] + SCALAR,
    "FILE": ["~/a/", '""', "a/", "a//b", "./a", "../a", "a/../b", "/", '"a\\nb"', '"a\\0b"'] + SCALAR,
    "RATE": GUESSED + ["'1'", "0", "6001", "4294967297"] + SCALAR,
    "PLACE": ["a", "/a/", "//a", "/a//b", "/a/./b", "/a/../b", "/", "~", '""', '"/a\\0b"', '"/a\\nb"'] + SCALAR,
    "DIGEST": [DIGEST[:-1], DIGEST + "0", DIGEST.upper(), '"%s "' % DIGEST, "0x" + DIGEST[2:], "~"] + SCALAR,
    "PATTERN": ["a", "/", "/a/", "//a", "/a//b", "/a/./b", "/a/../b", "/a**", "/a/**b", "'/a/?'", "'/a/[b]'",
                "'/a\\b'", '"/a\\0b"', '"/a\\nb"', '"/a\\u202eb"', "~", '""', "/" + "a" * 4096] + SCALAR,
    "FEATURES": NO_LIST + ["[teleport]", "[~]", '[""]', "[expiry, expiry]", "[[expiry]]", "[Expiry]"],
    "PATHS": NO_LIST + ["[]", "[a]", "[/]", "[/a/]", "[/a//b]", "[/a/..]", "[~]", "[[/a]]", '["/a\\0"]', "['']"],
    "PATHS_OR_NONE": NO_LIST + ["[a]", "[/]", "[/a/]", "[/a/../b]", "[~]", "[{a: b}]"],
    "FILES": NO_LIST + ["[]", "[../a]", "[a/]", "['']", "[[a]]", "[a, a]"],
    "DEVICES": NO_LIST + ["[a]", "[/dev/sda1]", "[PARTUUID=]", "[PARTUUID=0123]", "[PARTLABEL=a]", "[DM-UUID=]",
                          "[DM-UUID=*]", "[DM-UUID=a*b*]", "['DM-UUID=a b']", "[[DM-UUID=a]]", "[~]", '["DM-UUID=a\\0"]',
                          "[PARTUUID=6D6F6473-6561-6C2D-8000-000000000001]", "[DM-UUID=%s]" % ("a" * 129)],
    "ORIGINS": NO_LIST + ["[]", "[/a]", "[a/..]", "[./a]", "['']", "[$ORIGIN]", "[[.]]"],
    "WORDS": NO_LIST + ["[]", "[zzz]", "[yes]", "[~]", "[[]]", '[""]'],
    "NAMES": NO_LIST + ["[]", "[zzz]", "[~]", "[[c]]", "[c, c]", '["c\\0"]'],
    "DIGESTS": NO_LIST + ["[a]", "[%s0]" % DIGEST, "[~]", "[[%s]]" % DIGEST],
    "SECTION": ["a", "[]", "~", "1", "[{}]", "{zzz: 1}"],
    "SECTIONS": ["a", "{a: b}", "~", "[a]", "[[]]", "[{}]", "[{zzz: 1}]"],
    "VERSIONS": ["a", "[]", "~", "{a: -1}", "{a: 01}", "{a: '1'}", "{a: ~}", "{a: [1]}", "{a/b: 1}", "{x-a: 1}"],
}

for section, key, kind, presence in ROWS:
    place = "%s.%s" % (section.lower(), key)
    if key == "modseal-policy":
        continue
    write("R85 %s misspelled" % place, around(section, "%sx: 1" % key))
    if presence == "REQUIRED":
        write("R85 %s missing" % place, around(section, "", without=key))
    for number, value in enumerate(WRONG[kind]):
        write("R86 %s %d" % (place, number), around(section, "%s: %s" % (key, value)))

# ---- R118: demands for time stamps that could be forgotten, or be met by the wrong -----------------

STAMP = "timestamp: {signers: [t]}"
for number, keys in enumerate([
        "evidence: [appended, ima]", "evidence: [ima]", "evidence: [detached, catalog], catalog: b"]):
    write("R118 a form without time stamps, %d" % number,
          HEAD + SIGNERS + "catalogs: [{name: b, file: b, signers: [c]}]\nrules: [{path: /a/**, signers: [a], %s, %s}]\n"
          % (keys, STAMP))
write("R118 a protected path", HEAD + SIGNERS + "rules: [{path: /a/**, evidence: [protected-path], %s}]\n" % STAMP)
write("R118 a delegation", HEAD + SIGNERS + "supplements: [{name: b, file: b, signers: [c]}]\n"
      "rules: [{path: /a/**, delegate: b, %s}]\n" % STAMP)
write("R118 nobody", around("TIMESTAMP", "", without="signers"))
write("R118 who signs code", around("TIMESTAMP", "signers: [a]"))
write("R118 who signs code, among others", around("TIMESTAMP", "signers: [t, a]"))
write("R118 who does both", around("SIGNER", "purposes: [library, timestamp]"))
write("R118 the files themselves by an authority", HEAD + SIGNERS + "rules: [{path: /a/**, signers: [t]}]\n")

# ---- R87: what a text is made of ----------------------------------------------------------------

write("R87 UTF-16, little end first", GOOD, "utf-16-le")
write("R87 UTF-16, big end first", GOOD, "utf-16-be")
write("R87 UTF-16 with a mark", GOOD, "utf-16")
write("R87 UTF-32", GOOD, "utf-32")
write("R87 a byte-order mark", "\ufeff" + GOOD)
write("R87 a byte-order mark inside", HEAD + "x-a: \ufeff\n" + RULES)
POINTS = [0x00, 0x01, 0x07, 0x08, 0x0B, 0x0C, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9B, 0x9F, 0x61C, 0x200E, 0x200F,
          0x2028, 0x2029, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0xFDD0, 0xFFFE,
          0xFFFF, 0x1FFFE]
for point in POINTS:
    write("R87 U+%04X" % point, HEAD + "x-a: 'b%sc'\n" % chr(point) + RULES)
for point in (0x00, 0x1B, 0x85, 0x202E, 0x2028):
    write("R87 U+%04X in a comment" % point, HEAD + "# b%sc\n" % chr(point) + RULES)
    write("R87 U+%04X in a key" % point, HEAD + "'x-%s': 1\n" % chr(point) + RULES)
    write("R87 U+%04X by an escape" % point, HEAD + 'x-a: "\\u%04x"\n' % point + RULES)
for number, damage in enumerate((b"\x80", b"\xc0\xaf", b"\xc3", b"\xe2\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff",
                                 b"\xf8\x88\x80\x80\x80")):
    write("R87 bytes that are not UTF-8, %d" % number,
          HEAD.encode() + b"x-a: 'b" + damage + b"c'\n" + RULES.encode())

# ---- R89: too many ------------------------------------------------------------------------------


def signer(number):
    return "  s%d: {%s}\n" % (number, PINNED)


write("R89 16384 rules", HEAD + "rules:\n" + "  - {path: /a, evidence: [protected-path]}\n" * 16385)
write("R89 4096 signers", HEAD + "signers:\n" + "".join(map(signer, range(4097))) + RULES)
many = "[" + ", ".join("{name: b%d, file: b, signers: [c]}" % i for i in range(2049)) + "]\n"
write("R89 64 catalogs", HEAD + SIGNERS + "catalogs: [" + ", ".join(
    "{name: b%d, file: b, signers: [c]}" % i for i in range(65)) + "]\n" + RULES)
write("R89 2048 supplements", HEAD + SIGNERS + "supplements: " + many + RULES)
write("R89 64 names", HEAD + "signers:\n" + "".join(map(signer, range(65))) + "rules: [{path: /a, signers: [" +
      ", ".join("s%d" % i for i in range(65)) + "]}]\n")
write("R89 16 files", around("SIGNER", "crl-files: [" + ", ".join("c%d" % i for i in range(17)) + "]"))
write("R89 16 directories", around("RULE", "origin: [" + ", ".join("c%d" % i for i in range(17)) + "]"))
write("R89 65536 entries", HEAD + "x-a: [" + "a," * 65537 + "]\n" + RULES)
write("R89 64 devices", HEAD + "read-only-devices: [%s]\n" % ", ".join(["DM-UUID=a"] * 65) + RULES)
write("R89 65536 entries in versions",
      HEAD + "versions:\n" + "".join("  a%d: 1\n" % i for i in range(65537)) + RULES)
write("R89 524288 keys", HEAD + "".join("x-%d: [%s]\n" % (i, "a," * 65000) for i in range(9)) + RULES)

# ---- contradictions (R05, R18, R85) -------------------------------------------------------------

for number, rule in enumerate((
    "evidence: [protected-path, appended], signers: [a]", "evidence: [protected-path], signers: [a]",
    "evidence: [protected-path], require: 1", "evidence: [protected-path], owners: [root, caller]",
    "evidence: [catalog]", "signers: [a], catalog: b", "signers: [a], require: 2", "evidence: [appended]",
    "signers: [c]", "kind: kernel-module, signers: [a]", "signers: [a], minimum-evidence: ima",
    "evidence: [ima], signers: [a, c], require: 3", "delegate: b, signers: [a]", "delegate: b, kind: library",
    "evidence: [appended, appended], signers: [a]", "hand-off: [sealed, sealed], signers: [a]",
)):
    write("R85 a rule that contradicts itself, %d" % number,
          HEAD + SIGNERS + "supplements: [{name: b, file: b, signers: [c]}]\nrules: [{path: /a/**, %s}]\n" % rule)
for number, one in enumerate((
    "trust: pinned", "trust: pinned, certificate-file: a.pem", "trust: pinned, certificate-sha256: " + DIGEST,
    PINNED + ", intermediates: \"-----BEGIN CERTIFICATE-----\\nA\\n\"", PINNED + ", crl: required, crl-files: [a]",
    "trust: chain, certificate-file: a, certificate-sha256: %s, crl: required" % DIGEST,
    "trust: chain, certificate-file: a, certificate-sha256: %s, crl-files: [a]" % DIGEST,
    PINNED + ", certificate: \"-----BEGIN CERTIFICATE-----\\nA\\n\"",
)):
    write("R85 a signer that contradicts itself, %d" % number, HEAD + "signers: {a: {%s}}\n" % one + RULES)
for number, name in enumerate(("x-a", "-a", "a b", "''", "a" * 65)):
    write("R85 the name of a signer, %d" % number, HEAD + "signers: {%s: {%s}}\n" % (name, PINNED) + RULES)

# ---- what is good, so that the rest is refused for what is wrong with it ------------------------

write("good", GOOD)
write("good comments", HEAD + "# \u00e4 \u6f22 \U0001f600\n" + RULES)
write("good ignored keys", HEAD + "x-a: {b: [1, [2, {c: d}]]}\nx-b:\n  - |\n    text\n" + RULES)
write("good 16 levels", HEAD + "x-a: " + "[" * 15 + "]" * 15 + "\n" + RULES)
write("good words", HEAD + "mode: enforce\ncrypto: {provider: default}\nprocess: {deleted: log}\n" + RULES)
write("good sections", HEAD + "limits: {max-size: 2047M}\nrevoked: {keys: [%s]}\nversions: {a: 0}\n" % DIGEST + RULES)
write("good expiry", HEAD + "requires: [expiry]\nexpires: 2100-01-01T00:00:00Z\non-expiry: warn\n" + RULES)
write("good 16384 rules", HEAD + "rules:\n" + "  - {path: /usr/lib/a*, evidence: [protected-path]}\n" * 16384)
write("good 10,000 rules in as many directories", HEAD + "rules:\n" + "".join(
    "  - {path: /opt/v%d/d%d/*.so, evidence: [protected-path]}\n" % (i % 100, i) for i in range(10000)))
