#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The figures of README.md are those of the run in the tree, and so is its picture.
. tests/lib.sh

agree() {
	out=$(python3 -B tests/bench/accept.py --check) || return 1
	[ -z "$out" ] || { echo "$out" >&2; return 1; }
}
if command -v python3 >/dev/null; then
	check "README.md has the figures of tests/bench/results" agree
else
	skip "the figures of README.md" "no python3"
fi
