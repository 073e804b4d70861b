#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# The first example of README.md does what it says: it is taken out and run word for word.
# The second is run by fleet.sh.
. tests/lib.sh

awk '/^```sh$/ { take = ++block == 1; next } /^```$/ { take = 0 } take' README.md >"$WORK/example.sh"
example() {
	(cd "$WORK" && umask 002 && PATH=$(dirname "$MODSEAL"):$PATH sh -eux "$WORK/example.sh")
}
two_blocks() { [ "$(grep -c '^```sh$' README.md)" = 2 ] && [ -s "$WORK/example.sh" ]; }
check "README.md has one example, and the story of a fleet" two_blocks
check "the example of README.md runs" example
loaded() { cmp -s "$WORK/modseal-example/modseal" "$MODSEAL" && return 1; [ -s "$WORK/modseal-example/policy.yaml.p7s" ]; }
check "the example signed a policy and a program" loaded
named() { # every file and folder that README.md names is there
	grep -oE '`(include|keys|policy|verifier|tests|packaging)/[A-Za-z0-9_./-]*`' README.md |
		tr -d '`' | while read -r name; do
		[ -e "$name" ] || echo "README.md names $name"
	done
}
check "what README.md names is there" nothing named
