# SPDX-License-Identifier: Apache-2.0
"""`make bench`: every row beside its floor, measured in turn in one run.

    bench.py --build DIRECTORY --dynamic DIRECTORY --output FILE [--rows "a b"] [--quick]

Prints a table for people, and writes all rows for machines (report.document). The build is
one with STATIC_DEPS=1, so that no library measured is in the process already; --dynamic is
the usual one, for what is linked in no matter how. --quick: one round of tiny inputs, to see
that everything runs; its figures mean nothing.
"""
import argparse
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import report
from measure import Bench, Missing

# f is measured with b and c
SOURCES = [("modules", "a"), ("files", "bf"), ("closures", "cf"), ("opening", "d"),
           ("signing", "e"), ("growth", "g"), ("run", "h")]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--rows", default="")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--dynamic", required=True)
    given = parser.parse_args()
    given.rows = set(given.rows.replace(",", " ").split()) or set(report.GROUPS)
    if given.rows - set(report.GROUPS):
        parser.error(f"--rows: {' '.join(report.GROUPS)}")
    return given


def versions(program):
    out = subprocess.run([program, "version"], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in out.stdout.splitlines())


def say(bench, group, rows):
    if not rows:
        return
    print(f"\n{group}. {report.GROUPS[group]}")
    print("\n".join(report.table(rows)), flush=True)


def run(bench, wanted):
    for source, groups in SOURCES:
        if not wanted & set(groups):
            continue
        start, before = time.monotonic(), len(bench.rows)
        try:
            importlib.import_module(f"rows_{source}").rows(bench)
        except Missing as why:
            bench.skip(groups[0], str(why))
        new = [row for row in bench.rows[before:] if row["group"] in wanted]
        bench.rows[before:] = new
        for group in groups:
            say(bench, group, [row for row in new if row["group"] == group])
        print(f"  ({time.monotonic() - start:.0f} s)", flush=True)


def main():
    given = arguments()
    os.umask(0o022)
    # where others may not write: what lies in such a place is not to be verified
    work = os.path.realpath(tempfile.mkdtemp(
        prefix="modseal-bench.", dir=os.environ.get("TMPDIR", "/var/tmp")))
    try:
        bench = Bench(os.path.abspath(given.build), work, os.path.abspath(given.dynamic),
                      given.quick)
        facts = versions(bench.program)
        start = time.monotonic()
        run(bench, given.rows)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    result = report.document(bench.rows, bench.skipped, facts)
    with open(given.output + ".new", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    os.replace(given.output + ".new", given.output)
    machine = result["machine"]
    print(f"\n{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, "
          f"{machine['distribution']}; {result['openssl']}; modseal "
          f"{result['modseal']['version']} ({result['modseal']['commit']})")
    for left_out in bench.skipped:
        print(f"left out of {left_out['group']}: {left_out['why']}")
    judged = [row for row in bench.rows if row["target"]]
    print(f"{given.output}: {len(bench.rows)} rows in {time.monotonic() - start:.0f} s; "
          f"{len(result['missed'])} of {len(judged)} targets missed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
