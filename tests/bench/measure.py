# SPDX-License-Identifier: Apache-2.0
"""Measures: sides in turn, rows with their floors and targets, and what they are made of."""
import math
import os
import shutil
import statistics
import subprocess
import time

MB = 1 << 20


class Missing(Exception):
    """What a group needs is not to be had here; its rows are left out, and that is said."""


def fit(points):
    """The exponent b of y = a * x**b, by least squares of the logarithms."""
    if len(points) < 2 or min(min(point) for point in points) <= 0:
        raise ValueError("two points or more, all above 0, are wanted")
    logs = [(math.log(x), math.log(y)) for x, y in points]
    x_mean = statistics.fmean(x for x, _ in logs)
    y_mean = statistics.fmean(y for _, y in logs)
    spread = sum((x - x_mean) ** 2 for x, _ in logs)
    if spread == 0:
        raise ValueError("different sizes are wanted")
    return sum((x - x_mean) * (y - y_mean) for x, y in logs) / spread


def interleave(sides, seconds, least, most, clock=time.monotonic):
    """Runs the sides (name: function) in turn and back, so that what disturbs the machine
    disturbs all of them; a round of each to warm up, then at least so many rounds, and more
    until the time is over. Returns name: list of what the function gave."""
    results = {name: [] for name in sides}
    names = list(sides)
    for name in names:
        sides[name]()
    end = clock() + seconds
    rounds = 0
    while rounds < least or (rounds < most and clock() < end):
        # each side is first, last, before and behind each other equally often
        shift = rounds // 2 % len(names)
        order = names[shift:] + names[:shift]
        for name in order if rounds % 2 == 0 else reversed(order):
            results[name].append(sides[name]())
        rounds += 1
    return results


def of(results, member):
    """One member of what a side gave each time."""
    return [result[member] for result in results]


class Bench:
    """The rows, the built programs, and a folder to work in."""

    def __init__(self, build, work, dynamic, quick=False):
        self.build, self.work, self.dynamic, self.quick = build, work, dynamic, quick
        self.modseal = os.path.join(build, "bin/modseal")
        self.program = os.path.join(work, "bench")
        self.rows, self.skipped = [], []
        self.made = {}
        # without what debuggers read, which nobody ships
        subprocess.run(["strip", "-o", self.program,
                        os.path.join(build, "tests/bench/bench")], check=True)

    # ---- running ---------------------------------------------------------------------

    def run(self, *words, **more):
        """A command that must succeed; returns what it prints."""
        done = subprocess.run(words, capture_output=True, text=True, check=False, **more)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)[:500]}: ended with {done.returncode}\n"
                               f"{done.stderr[-2000:]}")
        return done.stdout

    def measure(self, *words, files=(), env=None):
        """One run of the measuring program: what it prints, "us" and others."""
        out = self.run(self.program, *[str(word) for word in words],
                       input="".join(f"{file}\n" for file in files),
                       env={**os.environ, **(env or {})})
        return {name: float(value) for name, value in
                (line.split() for line in out.splitlines())}

    def works(self, group, tool, *words):
        """Does this run, which may be missing, or want root? If not, that is said."""
        try:
            self.run(*words)
        except (OSError, RuntimeError) as why:
            self.skip(group, f"{tool}: {str(why).strip().splitlines()[-1]}")
            return False
        return True

    def side(self, *words, **more):
        return lambda: self.measure(*words, **more)

    def timed(self, *words, **more):
        """A side: a whole process, in microseconds."""
        def once():
            start = time.monotonic_ns()
            done = subprocess.run(words, stdout=subprocess.DEVNULL, check=False,
                                  stderr=subprocess.PIPE, **more)
            us = (time.monotonic_ns() - start) / 1000
            if done.returncode:
                raise RuntimeError(f"{' '.join(words)[:500]}: {done.stderr[-2000:]}")
            return {"us": us}
        return once

    def turns(self, sides, seconds=6, least=7, most=101):
        if self.quick:
            seconds, least, most = 0, 1, 1
        return interleave(sides, seconds, least, most)

    def once(self, name, make):
        """Made by the first group that needs it."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def path(self, *parts):
        return os.path.join(self.work, *parts)

    # ---- rows ------------------------------------------------------------------------

    def add(self, id, label, unit, samples, floor=None, target=None, role="ours", **more):
        """A row of samples. floor: the row that is its floor. target: (kind, value, of
        what), such as ("max", 1.05, "ratio") or ("min", 25, "median")."""
        row = {
            "id": id, "group": id.split(".")[0], "label": label, "unit": unit, "role": role,
            "median": statistics.median(samples), "min": min(samples),
            "rounds": len(samples), "floor": None, "ratio": None, "ratio_of_least": None,
            "target": None, "met": None,
        }
        if floor:
            row["floor"] = {"id": floor["id"], "median": floor["median"]}
            row["ratio"] = row["median"] / floor["median"]
            row["ratio_of_least"] = row["min"] / floor["min"]
        if target:
            kind, value, what = target
            row["target"] = {"kind": kind, "value": value, "of": what}
            got = row[what]
            row["met"] = got <= value if kind == "max" else got >= value
        row.update(more)
        self.rows.append(row)
        return row

    def derive(self, id, label, unit, value, least, target=None, **more):
        """A row that comes of others, once of their medians and once of their least times:
        how many times as fast, an exponent."""
        return self.add(id, label, unit, [value], target=target, role="derived",
                        **{"min": least, **more})

    def add_sealed(self, id, what, samples, floor, ours):
        """The rows of what any sealed load has to do (sealed.c), and how many times as long
        the row `ours` takes."""
        sealed = self.add(f"{id}.sealed", f"{what}, sealed floor: memfd, seal, read back", "us",
                          samples, floor, role="other")
        self.derive(f"{id}.of-sealed", f"... {ours['label']}, times as long", "times",
                    ours["median"] / sealed["median"], ours["min"] / sealed["min"])

    def skip(self, group, why):
        self.skipped.append({"group": group, "why": why})

    # ---- keys, policies, libraries -----------------------------------------------------

    def key(self, name, algorithm="ecdsa-p256"):
        def make():
            # which takes seconds to make
            quick = self.quick and algorithm == "rsa4096"
            self.run(self.modseal, "keygen", name, "--directory", self.work,
                     "--algorithm", "rsa3072" if quick else algorithm)
            return name
        return self.once(f"key {name}", make)

    def sign(self, key, *files):
        self.run(self.modseal, "sign", "--key", self.path(f"{key}.key"), "--certificate",
                 self.path(f"{key}.pem"), *files)

    def pin(self, key, purposes):
        """The lines of a signer."""
        digest = self.run("sha256sum", self.path(f"{key}.pem")).split()[0]
        return (f"  {key}: {{trust: pinned, purposes: [{purposes}], "
                f"certificate-file: {self.path(key)}.pem, certificate-sha256: \"{digest}\"}}")

    def policy(self, name, signers, rules, more=()):
        """A signed policy of lines; returns its path and its anchor's."""
        self.key("policy")
        path = self.path(f"{name}.yaml")
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join([
                "modseal-policy: 1", f"name: {name}", "serial: 1",
                "issued: 2026-01-01T00:00:00Z", *more, "signers:", *signers, "rules:",
                *rules, ""]))
        self.run(self.modseal, "policy", "sign", "--force", path, "--key",
                 self.path("policy.key"), "--certificate", self.path("policy.pem"))
        return path, self.path("policy.pem")

    def libraries(self):
        """A folder for libraries signed with RSA-4096, as Debian's modules are, and a
        policy by which the measuring program loads them: (folder, policy, anchor)."""
        def make():
            folder = self.path("lib")
            os.mkdir(folder)
            self.key("release", "rsa4096")
            self.sign("release", self.program)
            system = os.path.join("/usr/lib", self.triplet())
            policy, anchor = self.policy("libraries", [
                self.pin("release", "library, program")], [
                f"  - {{path: {folder}/*, signers: [release], owners: [root, caller]}}",
                f"  - {{path: {self.program}, kind: program, signers: [release], "
                "owners: [root, caller], identity: unbound}",
                "  - {path: /usr/lib/**, evidence: [protected-path]}",
            ], [f"search: [{folder}, {system}]", "limits: {max-size: 512M}"])
            return folder, policy, anchor
        return self.once("libraries", make)

    def triplet(self):
        done = subprocess.run([self.compiler(), "-print-multiarch"], capture_output=True,
                              text=True, check=False)
        return done.stdout.strip()

    def compiler(self):
        return os.environ.get("CC") or shutil.which("gcc") or "cc"

    def library_of(self, soname, size, flags=()):
        """Makes and signs a library that holds so many bytes of real ones, and needs only
        what the flags say."""
        folder, _, _ = self.libraries()
        path = os.path.join(folder, soname)
        content, source = self.path("content"), self.path("content.s")
        with open(self.real_bytes(), "rb") as real, open(content, "wb") as file:
            left = size
            while left:
                piece = real.read(min(left, MB))
                if not piece:
                    real.seek(0)
                file.write(piece)
                left -= len(piece)
        with open(source, "w", encoding="ascii") as file:
            file.write(".section .rodata\n.globl content\ncontent:\n"
                       f".incbin \"{content}\"\n"
                       ".section .note.GNU-stack,\"\",@progbits\n")
        self.run(self.compiler(), "-shared", "-nostdlib", f"-Wl,-soname,{soname}",
                 "-Wl,-z,noexecstack,-z,relro,-z,now", "-o", path, source, *flags)
        os.unlink(content)
        self.sign("release", path)
        return path

    def real_bytes(self):
        """The largest library to be had: its bytes are what libraries are made of."""
        def make():
            folder = os.path.join("/usr/lib", self.triplet())
            files = [os.path.join(folder, name) for name in os.listdir(folder)
                     if ".so" in name]
            return max((file for file in files if os.path.isfile(file)),
                       key=os.path.getsize)
        return self.once("real bytes", make)
