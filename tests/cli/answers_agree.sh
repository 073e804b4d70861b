#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# verify, policy explain and policy explain --draft give one answer: for policies that were made at
# random, and files of all sorts under them, the same verdict, code, rule, reason and signers.
# Other policies each time with SEED; more of them with THOROUGH.
. tests/lib.sh
REAL=$(cd "$WORK" && pwd -P)
chmod 755 "$WORK"
for key in one two policy; do "$MODSEAL" keygen $key --directory "$REAL" >"$WORK/log" || exit 99; done
echo 'int f(void) { return 1; }' >"$WORK/f.c"
cat >"$WORK/agree.py" <<'PYTHON'
import hashlib, json, os, random, subprocess, sys
modseal, here, rounds = os.environ["MODSEAL"], sys.argv[1], int(sys.argv[2])
compiler = os.environ.get("CC", "cc").split()
chance = random.Random(int(sys.argv[3]))
os.chdir(here)
def run(*words): return subprocess.run(words, capture_output=True)
def key(name): return ["--key", f"{here}/{name}.key", "--certificate", f"{here}/{name}.pem"]
files = []
for folder in "a", "a/b", "c":
    os.makedirs("t/" + folder, exist_ok=True)
    for name in chance.sample([b"libx.so", b"libx.so.1", b"y.so", b"n\nl.so", b"sp ace.so", b"q'.so", b"\xff.so", b"m.ko"], 5):
        path = os.fsencode(f"{here}/t/{folder}/") + name
        soname = chance.choice(["libx.so.1", "libx.so", "y.so", None])
        run(*compiler, "-shared", "-fPIC", "-nostdlib", "-o", path, here + "/f.c", *([f"-Wl,-soname,{soname}"] if soname else []))
        for _ in range(chance.randint(0, 2)):
            run(modseal, "sign", *key(chance.choice(["one", "two"])), chance.choice(["--append", "--detached", "--force"]), path)
        if chance.random() < 0.15:
            with open(path, "r+b") as changed: changed.seek(300), changed.write(b"U")
        os.chmod(path, chance.choice([0o755, 0o644, 0o644, 0o644, 0o666]))
        files.append(path)
os.symlink("a", "t/link")
os.symlink("nothing", "t/a/gone.so")
os.mkfifo("t/a/pipe.so")
odd = [os.fsencode(here + "/t" + end) for end in ("/link/libx.so", "/a/gone.so", "/a/pipe.so", "/a", "/a//y.so", "/a/./y.so",
       "/a/../c/y.so", "/a/y.so/", "/none")] + [b"libx.so", b"x", b"y", b"nowhere"]
digests = {name: hashlib.sha256(open(name + ".pem", "rb").read()).hexdigest() for name in ("one", "two")}
def rule():
    path = chance.choice(["**", "a/**", "a/*", "*/libx.so*", "**/*.so", "**/y.so", "a/b/*", "c/*.*", "a/libx.so.1"])
    forms = chance.choice(["appended", "detached", "appended, detached", "detached, appended", "protected-path", "ima"])
    text = f"path: {here}/t/{path}, evidence: [{forms}]"
    if forms != "protected-path":
        text += chance.choice([", signers: [one]", ", signers: [two]", ", signers: [one, two]", ", signers: [two, one], require: 2"])
        text += chance.choice(["", ", owners: [root, caller]", ", owners: [root, caller]"])
    text += chance.choice(["", "", ", kind: program", ", kind: kernel-module", ", minimum-version: 1"])
    return text + chance.choice(["", ", identity: unbound", ", elf: hardened"]) + chance.choice(["", "", ", mode: audit"])
def answers(*words):
    return [json.loads(line) for line in run(modseal, *words, "--", *files, *odd).stdout.splitlines()]
compared = different = 0
while rounds > 0:
    text = f"modseal-policy: 1\nname: test\nserial: 1\nissued: 2026-01-01T00:00:00Z\nmode: {chance.choice(['enforce', 'audit'])}\n"
    text += f"search: [{here}/t/a, {here}/t/c]\nsigners:\n"
    for name in digests:
        text += f"  {name}: {{trust: pinned, purposes: [library, program, kernel-module], certificate-file: {name}.pem, "
        text += f'certificate-sha256: "{digests[name]}"}}\n'
    text += "rules:\n" + "".join(f"  - {{{rule()}}}\n" for _ in range(chance.randint(1, 5)))
    open("p.yaml", "w").write(text)
    if run(modseal, "policy", "sign", "--force", *key("policy"), "p.yaml").returncode != 0: continue
    rounds -= 1
    kind = chance.choice([[], [], ["--kind", "program"], ["--kind", "kernel-module"]])
    trust = ["--policy", here + "/p.yaml", "--anchor", here + "/policy.pem", "--json", *kind]
    verified = answers("verify", *trust)
    for others, members in ((answers("policy", "explain", *trust), "path verdict code stage reason remedy rule evidence signer digest"),
                            (answers("policy", "explain", "--draft", here + "/p.yaml", "--json", *kind), "verdict code rule reason")):
        if len(others) != len(verified): print("other numbers of answers:", len(verified), len(others))
        for name, verdict, other in zip(files + odd, verified, others):
            for member in members.split():
                # explain tells the rule also of a file that was refused before one was asked for
                if verdict.get(member) != other.get(member) and not (member == "rule" and member not in verdict):
                    different += 1
                    if different < 4: print(name, member, verdict.get(member), other.get(member), text, sep="\n")
            compared += 1
if compared < 200: print("only so many compared:", compared)
PYTHON
rounds=12
[ -z "${THOROUGH:-}" ] || rounds=200
check "for random policies all say the same" nothing python3 "$WORK/agree.py" "$REAL" $rounds "${SEED:-1}"
