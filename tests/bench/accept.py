# SPDX-License-Identifier: Apache-2.0
"""`make bench-accept`: makes a run the one whose figures README.md shows.

    accept.py BENCH.json    into tests/bench/results, with its picture; README.md rewritten
    accept.py --check       says what of README.md and the picture is not of the run in the tree
"""
import glob
import json
import os
import sys

import plot
import report

RESULTS, README = "tests/bench/results", "README.md"
PICTURE = os.path.join(RESULTS, "bench.svg")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def split_readme():
    """What stands before, between and behind the marks, as lines."""
    with open(README, encoding="utf-8") as file:
        lines = file.read().split("\n")
    if report.BEGIN not in lines or report.END not in lines:
        sys.exit(f"bench-accept: {README} has lost the marks around its figures")
    begin, end = lines.index(report.BEGIN), lines.index(report.END)
    return lines[:begin + 1], lines[begin + 1:end], lines[end:]


def accept(path):
    result = load(path)
    found = report.problems(result)
    groups = {row["group"] for row in result["rows"]}
    if groups != set(report.GROUPS):
        found.append(f"only rows {' '.join(sorted(groups))}: run `make bench` whole")
    if result["modseal"]["commit"] is None or "dirty" in result["modseal"]["commit"]:
        found.append("it is not of a commit: commit, measure, accept, commit the figures")
    if found:
        sys.exit("\n".join(f"bench-accept: {path}: {line}" for line in found))
    os.makedirs(RESULTS, exist_ok=True)
    for old in glob.glob(os.path.join(RESULTS, "*.json")):
        os.unlink(old)
    with open(os.path.join(RESULTS, f"{result['date'][:10]}.json"), "w",
              encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    plot.draw(result, PICTURE)
    before, _, behind = split_readme()
    with open(README, "w", encoding="utf-8") as file:
        file.write("\n".join(before + report.readme(result) + behind))


def check():
    files = glob.glob(os.path.join(RESULTS, "*.json"))
    if len(files) > 1:
        return [f"{RESULTS} has more than one run"]
    result = load(files[0]) if files else None
    found = report.problems(result) if result else []
    if split_readme()[1] != report.readme(result):
        found.append(f"the figures of {README} are not those of {files or 'no run'}")
    if result:
        with open(PICTURE, encoding="utf-8") as file:
            if f"<title>{plot.name(result)}</title>" not in file.read():
                found.append(f"{PICTURE} is drawn of another run than {files[0]}")
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        print("".join(f"{line}\n" for line in check()), end="")
    elif len(sys.argv) == 2:
        accept(sys.argv[1])
    else:
        sys.exit(__doc__)
