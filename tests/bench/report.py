# SPDX-License-Identifier: Apache-2.0
"""Rows as a table for people, and what they were measured on."""
import datetime
import os
import platform
import subprocess

GROUPS = {
    "a": "all Debian kernel modules",
    "b": "one library that needs no other (RSA-4096)",
    "c": "a library with all it needs (RSA-4096)",
    "d": "opening a context, and a process's first verdict",
    "e": "signing 1,000 files of 100 KB",
    "f": "memory",
    "g": "growth",
}


def figure(value):
    """Three digits that count."""
    if value is None:
        return ""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"


def amount(value, unit):
    """A value in the unit that reads best."""
    if unit == "us" and value >= 1e6:
        return f"{figure(value / 1e6)} s"
    if unit == "us" and value >= 1e3:
        return f"{figure(value / 1e3)} ms"
    return f"{figure(value)} {unit}"


def target_text(row):
    target = row["target"]
    if not target:
        return ""
    sign = "<=" if target["kind"] == "max" else ">="
    if target["of"] == "ratio":
        return f"{sign} {figure(target['value'])}"
    return f"{sign} {amount(target['value'], row['unit'])}"


def verdict(row):
    return {None: "", True: "met", False: "MISSED"}[row["met"]]


def table(rows):
    """The lines of one group."""
    lines = [f"  {'':48} {'median':>10} {'least':>10} {'n':>4} {'ratio':>6} "
             f"{'target':>11}"]
    for row in rows:
        ratio = f"{row['ratio']:.2f}" if row["ratio"] is not None else ""
        label = row["label"] + (" (floor)" if row["role"] == "floor" else "")
        lines.append(f"  {label:48} {amount(row['median'], row['unit']):>10} "
                     f"{amount(row['min'], row['unit']):>10} {row['rounds']:>4} "
                     f"{ratio:>6} {target_text(row):>11} {verdict(row)}".rstrip())
    return lines


def missed(rows):
    return [row for row in rows if row["met"] is False]


def first_line(path, start, split=":"):
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.startswith(start):
                    return line.split(split, 1)[1].strip().strip('"')
    except OSError:
        pass
    return "unknown"


def commit():
    """Of the tree, "-dirty" where it differs; None without git."""
    try:
        return subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"],
                              capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def document(rows, skipped, versions):
    return {
        "format": 1,
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "modseal": {"version": versions["modseal"], "commit": commit()},
        "openssl": versions["openssl"],
        "machine": {
            "cpu": first_line("/proc/cpuinfo", "model name"),
            "cores": len(os.sched_getaffinity(0)),
            "architecture": platform.machine(),
            "kernel": platform.release(),
            "distribution": first_line("/etc/os-release", "PRETTY_NAME=", "="),
        },
        "rows": rows,
        "skipped": skipped,
        "missed": [row["id"] for row in missed(rows)],
    }
