# SPDX-License-Identifier: Apache-2.0
"""e: 1,000 files of 100 KB signed on a real file system, writing and renaming included."""
import os
import shutil
import subprocess

from measure import of
from rows_modules import each

COUNT, SAMPLE, SIZE = 1000, 100, 100_000
ELF = bytes.fromhex("7f454c46020101000000000000000000" "0300")
KEYS = [("p256", "ecdsa-p256", "ECDSA P-256"), ("rsa3072", "rsa3072", "RSA-3072")]


class Files:
    """Files that nobody has signed yet, made anew before each measurement."""

    def __init__(self, bench):
        self.folder = bench.path("files")
        self.content = ELF + os.urandom(SIZE - len(ELF))

    def fresh(self, count):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)
        paths = [os.path.join(self.folder, f"{number}.so") for number in range(count)]
        for path in paths:
            with open(path, "wb") as file:
                file.write(self.content)
        subprocess.run(["sync", "-f", self.folder], check=True)
        return paths


def sign_file(bench):
    """The kernel's own tool, or None."""
    if bench.quick:
        return None
    try:
        return bench.run("sh", "-euc", '. tests/interop/debian_kernel.sh; fetch_sign_file "$1"',
                         "sh", os.path.join(bench.dynamic, "data/kbuild")).strip()
    except RuntimeError:
        return None


def other_tools(bench, key, certificate):
    """name: the words for one file."""
    tools = {
        "openssl cms": lambda file: (
            "openssl", "cms", "-sign", "-binary", "-nocerts", "-nosmimecap", "-in", file,
            "-signer", certificate, "-inkey", key, "-outform", "DER", "-out", file + ".p7s"),
        "sign-file": lambda file: (program or "sign-file", "sha256", key, certificate, file),
        "evmctl": lambda file: ("evmctl", "ima_sign", "--sigfile", "-a", "sha256",
                                "--key", key, file),
    }
    program = bench.once("sign-file", lambda: sign_file(bench))
    return tools


def rows(bench):
    files = Files(bench)
    count = 20 if bench.quick else COUNT
    for name, algorithm, words in KEYS[:1] if bench.quick else KEYS:
        bench.key(name, algorithm)
        key, certificate = bench.path(f"{name}.key"), bench.path(f"{name}.pem")

        def ours(jobs):
            files.fresh(count)
            return bench.timed(bench.modseal, "sign", "--jobs", jobs, "--key", key,
                               "--certificate", certificate, files.folder)()

        sample = min(SAMPLE, count)
        tried = files.fresh(1)[0]
        tools = {tool: command for tool, command in
                 other_tools(bench, key, certificate).items()
                 if bench.works("e", tool, *command(tried))}
        # ext4 makes files slower the more were removed just before: in 6 rounds the first
        # three are in all their orders, each once
        results = bench.turns({
            "floor": lambda: bench.measure("sign", key, files=files.fresh(count)),
            "jobs1": lambda: ours("1"),
            "jobs2": lambda: ours("2"),
            **{tool: lambda command=command: each(bench, files.fresh(sample), command)()
               for tool, command in tools.items()},
        }, 0, 6)
        floor = bench.add(f"e.{name}.floor", f"{words}: digest, sign, write, one sync", "us",
                          of(results["floor"], "us"), role="floor")
        bench.add(f"e.{name}.jobs1", f"{words}: modseal sign, 1 job", "us",
                  of(results["jobs1"], "us"), floor, ("max", 1.25, "ratio"))
        bench.add(f"e.{name}.jobs2", f"{words}: modseal sign, 2 jobs", "us",
                  of(results["jobs2"], "us"), floor)
        for tool in tools:
            bench.add(f"e.{name}.{tool.replace(' ', '-')}",
                      f"{words}: {tool}, a process a file (of {sample})", "us",
                      [us * count for us in of(results[tool], "us")], floor, role="other")
