#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# policy/modseal-policy.schema.json, which editors use, against the reader: the same keys, words and
# defaults, and the same answer to every example of modseal-policy(5) that it can know.
. tests/lib.sh
SCHEMA=policy/modseal-policy.schema.json
# the system's python3 first: that is what packages of the system are for
PYTHON=
for python in /usr/bin/python3 python3; do
	if [ -z "$PYTHON" ] && $python -c 'import jsonschema, yaml' 2>/dev/null; then PYTHON=$python; fi
done
if [ -z "$PYTHON" ] && ! command -v dpkg >/dev/null; then
	skip "the JSON Schema" "python3 has no jsonschema and yaml here"
	exit 0
fi
check "python3 has jsonschema and yaml" [ -n "$PYTHON" ]
mkdir "$WORK/examples"
check "the examples of the manual" env MODSEAL_EXAMPLES="$WORK/examples" "$BUILD/tests/unit/test_manual"
"$MODSEAL" keygen policy --directory "$WORK" >"$WORK/log"
cat >"$WORK/schema.py" <<'PYTHON'
import glob, json, os, re, subprocess, sys, yaml
from jsonschema import Draft202012Validator as Validator

schema = json.load(open(sys.argv[1]))
defs = schema["$defs"]
validator = Validator(schema)
faults = []


def fault(text):
    faults.append(text)


class Loader(yaml.SafeLoader):
    """Scalars as an editor takes them: by the core schema of YAML 1.2."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", "null|Null|NULL|~|", "nN~\0"),
    ("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile("^(?:%s)$" % pattern), list(first))
# a whole number in decimal, whatever zeros it begins with
Loader.add_constructor("tag:yaml.org,2002:int", lambda l, n: int(n.value, 16 if "x" in n.value else 10))


def flaws_of(text):
    return [error.message for error in validator.iter_errors(yaml.load(text, Loader))]


def flaws(path):
    try:
        return flaws_of(open(path).read())
    except yaml.YAMLError as error:
        return [str(error)]


def section(prefix):
    """Where the keys of a table of policy/schema.h are."""
    name = {"ROOT": "policy"}.get(prefix, prefix.lower())
    for places in (defs, defs["policy"]["properties"]):
        for place in places:
            if place.replace("-", "") == name:
                return places[place]
    raise SystemExit("nothing in the schema is for the keys of " + prefix)


def rows():
    text = open("policy/schema.h").read().replace("\\\n", " ")
    for prefix, key, type_, presence, default in re.findall(
        r'X\(([A-Z]+)_[A-Z0-9_]+, +"([a-z0-9-]+)", +([A-Z_]+), +([A-Z]+), +(NULL|"[^"]*")\)', text
    ):
        yield prefix, key, type_, presence, default.strip('"')


def check_keys():
    known = {}
    count = 0
    for prefix, key, type_, presence, default in rows():
        where = section(prefix)
        known.setdefault(id(where), (prefix, where, set()))[2].add(key)
        count += 1
        if presence == "LATER":
            if key in where["properties"]:
                fault("%s.%s is refused, but in the schema" % (prefix, key))
            continue
        if key not in where["properties"]:
            fault("%s.%s is not in the schema" % (prefix, key))
            continue
        given = where["properties"][key]
        if not given.get("description"):
            fault("%s.%s has no description" % (prefix, key))
        if (key in where.get("required", [])) != (presence == "REQUIRED"):
            fault("%s.%s: required in one only" % (prefix, key))
        there = given.get("default")
        if there == [] or type_ in ("SECTION", "SECTIONS"):
            there = None
        if isinstance(there, list):
            there = " ".join(there)
        if (there if there is None else str(there)) != (None if default == "NULL" else default):
            fault("%s.%s: default %s, the reader's is %s" % (prefix, key, there, default))
    for prefix, where, keys in known.values():
        for key in set(where["properties"]) - keys:
            fault("%s.%s is in the schema only" % (prefix, key))
        if where["additionalProperties"] is not False:
            fault("%s takes any key" % prefix)
    if count < 60:
        fault("only %d keys were found" % count)


def answer(path):
    """What the reader says to a draft."""
    base = os.path.dirname(path)
    return subprocess.run(
        [os.environ["MODSEAL"], "policy", "sign", "--force", path, "--key", base + "/policy.key",
         "--certificate", base + "/policy.pem"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


PEM = '"-----BEGIN CERTIFICATE-----\\nA\\n"'
HEAD = "modseal-%s: 1\nname: a\nserial: 1\nissued: 2026-01-01T00:00:00Z\n"


def around(prefix, key, value):
    line = "%s: %s" % (key, value)
    if prefix == "SUPPLEMENT":
        return HEAD % "supplement" + "expires: 2030-01-01T00:00:00Z\n" + line + "\nrules: []\n"
    text = HEAD % "policy"
    if prefix == "ROOT":
        return text + "expires: 2030-01-01T00:00:00Z\n" + line + "\nrules: []\n"
    if prefix == "SIGNER":
        trust = "" if key == "trust" else "trust: chain, "
        return text + "signers: {a: {%s%s, certificate: %s}}\nrules: []\n" % (trust, line, PEM)
    if prefix == "RULE":
        return text + "rules: [{path: /a/**, %s}]\n" % line
    if prefix == "TIMESTAMP":
        return text + "rules: [{path: /a/**, timestamp: {%s}}]\n" % line
    if prefix == "RECORDS" and key != "to":
        line = "to: [syslog], " + line
    return text + "%s: {%s}\nrules: []\n" % (prefix.lower(), line)


def check_words():
    count = 0
    for prefix, key, type_, presence, default in rows():
        if presence == "LATER" or type_ not in ("WORD", "WORDS", "FEATURES"):
            continue
        given = section(prefix)["properties"][key]
        value = "zzz" if type_ == "WORD" else "[zzz]"
        path = sys.argv[2] + "/draft.yaml"
        open(path, "w").write(around(prefix, key, value))
        told = answer(path)
        found = re.search(r"`%s` expects (?:one of|features of this version): (.*); this is `zzz`" % key, told)
        if not found:
            fault("%s.%s: the reader says %s" % (prefix, key, told))
            continue
        count += 1
        there = given.get("enum") or given["items"]["enum"]
        if set(found.group(1).split(", ")) != set(there):
            fault("%s.%s: %s in the schema, %s for the reader" % (prefix, key, there, found.group(1)))
        if type_ == "WORD" and prefix in ("ROOT", "CRYPTO", "PROCESS", "RECORDS") and not flaws_of(around(prefix, key, value)):
            fault("%s.%s: the schema takes any word" % (prefix, key))
    if count < 15:
        fault("only %d keys with words were found" % count)


# Refused by the reader for what no schema sees.
NAMES = "names what is not there"
SPELLING = "a schema sees the number, not how it is written"
COMPARES = "compares two values"
PURPOSE = "a signer that is named has not the purpose"
UNSEEN = {
    ("Top level", "expires"): COMPARES,
    ("Top level", "serial"): SPELLING,
    ("Top level", "supplements"): PURPOSE,
    ("policy-signers", "require"): COMPARES,
    ("A catalog or supplement", "minimum-serial"): SPELLING,
    ("A catalog or supplement", "signers"): PURPOSE,
    ("A catalog or supplement", "require"): COMPARES,
    ("A rule", "signers"): NAMES,
    ("A rule", "require"): COMPARES,
    ("A rule", "timestamp"): PURPOSE,
}


def check_examples():
    count = 0
    unseen = set()
    for path in sorted(glob.glob(sys.argv[2] + "/examples/*.yaml")):
        told, where, key = os.path.basename(path)[: -len(".yaml")].split(", ")
        found = flaws(path)
        count += 1
        if told == "accepted" and found:
            fault("%s: %s: accepted, but for the schema %s" % (where, key, found))
        if told == "refused" and not found:
            unseen.add((where, key))
    for where in sorted(unseen - set(UNSEEN)):
        fault("%s: %s: refused, but good for the schema" % where)
    for where in sorted(set(UNSEEN) - unseen):
        if any(", %s, %s.yaml" % where in path for path in glob.glob(sys.argv[2] + "/examples/refused*")):
            fault("%s: %s: the schema does see it" % where)
    if count < 110:
        fault("only %d examples were found" % count)


def check_shipped():
    shipped = sorted(glob.glob("policy/*.yaml") + glob.glob("policy/examples/*.yaml"))
    for path in shipped:
        for flaw in flaws(path):
            fault("%s: %s" % (path, flaw))
    if len(shipped) < 1:
        fault("no policies are shipped")


Validator.check_schema(schema)
{"keys": check_keys, "words": check_words, "examples": check_examples, "shipped": check_shipped}[sys.argv[3]]()
print("\n".join(faults))
sys.exit(bool(faults))
PYTHON
schema() { MODSEAL=$MODSEAL "$PYTHON" "$WORK/schema.py" "$SCHEMA" "$WORK" "$1"; }
check "R85 the schema has every key of the reader with its default, and no other" schema keys
check "R85 it has every word of the reader, and no other" schema words
check "it gives the answer of the manual to every example it can know" schema examples
check "the policies that are shipped are good for it" schema shipped
