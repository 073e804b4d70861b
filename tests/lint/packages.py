# SPDX-License-Identifier: Apache-2.0
"""Compares what `make install` installs with what a package list takes.

    packages.py TREE deb FILE...                     debian/PACKAGE.install, not-installed
    packages.py TREE rpm modseal.spec MACRO=VALUE...

Prints every installed file that no package or more than one takes, and every line of a list
that takes nothing; nothing at all is right.
"""
import fnmatch
import os
import re
import sys


def takes(pattern, path):
    """A directory takes all that is below it."""
    parts, wanted = path.split("/"), pattern.strip("/").split("/")
    return len(parts) >= len(wanted) and all(
        fnmatch.fnmatchcase(part, want) for part, want in zip(parts, wanted))


def from_spec(lines, macros):
    """The lines of the full variant's %files sections, macros expanded."""
    section, inside = False, []
    for line in lines:
        line = line.strip()
        if re.match(r"%if\b|%endif|%else", line) or not line or line.startswith("#"):
            continue
        if line.startswith("%files"):
            section = True
        elif re.match(r"%(license|doc|dir)\b", line):
            continue
        elif line.startswith("%changelog"):
            section = False
        elif section:
            inside.append(re.sub(r"%\{(\w+)\}", lambda m: macros[m.group(1)], line))
    return inside


tree, kind, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
if kind == "deb":
    patterns = [line.split()[0] for name in rest for line in open(name) if line.strip()]
else:
    patterns = from_spec(open(rest[0]), dict(word.split("=", 1) for word in rest[1:]))
files = [os.path.relpath(os.path.join(where, name), tree)
         for where, _, names in os.walk(tree) for name in names]
for path in sorted(files):
    count = sum(takes(pattern, path) for pattern in patterns)
    if count != 1:
        print(f"{path}: taken by {count} lines")
for pattern in patterns:
    if not any(takes(pattern, path) for path in files):
        print(f"{pattern}: takes nothing")
if not files or not patterns:
    print("nothing to compare")
