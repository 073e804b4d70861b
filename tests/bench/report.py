# SPDX-License-Identifier: Apache-2.0
"""Rows as a table for people and as a document for machines, with what they were measured on;
and the figures of README.md, which come out of such a document."""
import datetime
import fnmatch
import numbers
import os
import platform
import subprocess

GROUPS = {
    "a": "all Debian kernel modules, time a file",
    "b": "one library that needs no other (RSA-4096)",
    "c": "a library with all it needs (RSA-4096)",
    "d": "opening a context, and a process's first verdict",
    "e": "signing 1,000 files of 100 KB",
    "f": "memory",
    "g": "growth",
    "h": "unmodified programs under `modseal run`",
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


def label(row):
    return row["label"] + (" (floor)" if row["role"] == "floor" else "")


def table(rows):
    """The lines of one group."""
    width = max(len(label(row)) for row in rows)
    lines = [f"  {'':{width}} {'median':>10} {'least':>10} {'n':>4} {'ratio':>6} {'target':>11}"]
    for row in rows:
        ratio = f"{row['ratio']:.2f}" if row["ratio"] is not None else ""
        lines.append(f"  {label(row):{width}} {amount(row['median'], row['unit']):>10} "
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


# ---- what such a document must have --------------------------------------------------------

ROW = {"id": str, "group": str, "label": str, "unit": str, "role": str, "median": numbers.Real,
       "min": numbers.Real, "rounds": int, "floor": (dict, type(None)),
       "ratio": (numbers.Real, type(None)), "ratio_of_least": (numbers.Real, type(None)),
       "target": (dict, type(None)), "met": (bool, type(None))}
HEAD = {"format": int, "date": str, "modseal": dict, "openssl": str, "machine": dict,
        "rows": list, "skipped": list, "missed": list}


def wrong_members(name, got, wanted):
    for member, kind in wanted.items():
        if member not in got:
            yield f"{name} has no {member}"
        elif not isinstance(got[member], kind) or (
                isinstance(got[member], bool) and kind in (int, numbers.Real)):
            yield f"{name}: {member} is {got[member]!r}"


def wrong_row(row, known):
    name = row["id"]
    if row["group"] not in GROUPS or row["role"] not in ("ours", "floor", "other", "derived"):
        yield f"{name}: group {row['group']}, role {row['role']}"
    measured = row["role"] != "derived"
    if measured and (not 0 <= row["min"] <= row["median"] or row["rounds"] < 1):
        yield f"{name}: least {row['min']}, median {row['median']} of {row['rounds']}"
    if row["floor"]:
        floor = known.get(row["floor"]["id"])
        if not floor or floor["median"] != row["floor"]["median"]:
            yield f"{name}: its floor {row['floor']['id']} is another, or not there"
        elif abs(row["ratio"] * floor["median"] - row["median"]) > 1e-6 * row["median"]:
            yield f"{name}: its ratio is not that of the medians"
    if (row["floor"] is None) != (row["ratio"] is None):
        yield f"{name}: a floor without a ratio, or a ratio without a floor"
    if row["target"]:
        kind, value, what = (row["target"][key] for key in ("kind", "value", "of"))
        met = row[what] <= value if kind == "max" else row[what] >= value
        if kind not in ("max", "min") or met != row["met"]:
            yield f"{name}: {row[what]} beside {kind} {value}, met {row['met']}"
    elif row["met"] is not None:
        yield f"{name}: met, but no target"


def problems(result):
    """What is wrong with a document; none where it is right."""
    found = list(wrong_members("the document", result, HEAD))
    if found:
        return found
    if result["format"] != 1 or not result["rows"]:
        found.append(f"format {result['format']}, {len(result['rows'])} rows")
    for number, row in enumerate(result["rows"]):
        found += wrong_members(row.get("id", f"row {number}"), row, ROW)
    for member in ("cpu", "cores", "architecture", "kernel", "distribution"):
        if not result["machine"].get(member):
            found.append(f"the machine has no {member}")
    if found:
        return found
    known = {row["id"]: row for row in result["rows"]}
    if len(known) != len(result["rows"]):
        found.append("two rows have one name")
    for row in result["rows"]:
        found += wrong_row(row, known)
    if result["missed"] != [row["id"] for row in missed(result["rows"])]:
        found.append("`missed` is not the list of what is missed")
    return found


# ---- README.md -----------------------------------------------------------------------------

BEGIN, END = "<!-- figures: make bench-accept -->", "<!-- end of the figures -->"
README_ROWS = [
    "a.floor", "a.jobs1", "a.jobs2", "a.cms", "a.evmctl", "a.load.floor", "a.load",
    "a.load.sealed", "a.load.of-sealed", "b.110m.digest", "b.110m.check", "b.110m.load",
    "c.curl.floor", "c.curl.plain", "c.curl.load", "c.curl.sealed", "c.curl.of-sealed",
    "c.gtk.floor", "c.gtk.plain", "c.gtk.load", "c.gtk.sealed", "c.gtk.of-sealed",
    "c.qt5gui.floor", "c.qt5gui.plain", "c.qt5gui.load", "c.qt5gui.sealed",
    "c.qt5gui.of-sealed", "c.again",
    "d.rules10000", "d.catalog100000", "d.hello", "d.first.policy.*", "e.p256.*",
    "c.second.*", "h.*.plain", "h.*.warm", "h.functions*", "h.reads*", "h.calls*",
    "h.nginx*", "h.postgres*", "h.parallel",
]


def readme_row(row):
    ratio = f"{row['ratio']:.2f}" if row["ratio"] is not None else ""
    target = target_text(row).replace("<=", "≤").replace(">=", "≥")
    value = amount(row["median"], row["unit"])
    return f"| {label(row)} | {value} | {ratio} | {target}{' (missed)' if row['met'] is False else ''} |"


def readme(result):
    """The lines between the marks, of a document; none of None."""
    if result is None:
        return []
    machine = result["machine"]
    lines = [
        f"Of modseal {result['modseal']['version']} ({result['modseal']['commit']}) on "
        f"{result['date'][:10]}: {machine['cpu']}, {machine['cores']} cores, Linux "
        f"{machine['kernel']}, {machine['distribution']}, {result['openssl']}. "
        f"{len(result['rows'])} rows, {len(result['missed'])} targets missed.", "",
        "![times as ratios to their floors](tests/bench/results/bench.svg)", ""]
    for group, title in GROUPS.items():
        chosen = [row for row in result["rows"] if row["group"] == group and
                  any(fnmatch.fnmatchcase(row["id"], wanted) for wanted in README_ROWS)]
        if chosen:
            lines += [f"| {title} | median | of the floor | target |", "|---|--:|--:|--:|",
                      *map(readme_row, chosen), ""]
    return lines[:-1]
