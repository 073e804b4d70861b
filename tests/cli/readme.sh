#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# The first two examples of README.md do what they say: they are taken out and run word for word.
# The third is run by fleet.sh.
. tests/lib.sh

# block N: `! command` ends no script by itself, so here what must fail does
block() {
	awk -v "n=$1" '/^```sh$/ { take = ++block == n; next } /^```$/ { take = 0 } take' README.md |
		sed 's/^! \([^#]*\).*$/if \1; then echo "accepted: \1"; exit 99; fi/'
}
block 1 >"$WORK/example.sh" && block 2 >"$WORK/run.sh"
example() { # example FOLDER SCRIPT UMASK
	(cd "$1" && umask "$3" && PATH=$(dirname "$MODSEAL"):$PATH sh -eux "$WORK/$2.sh" >"$WORK/$2.said" 2>&1) ||
		{ cat "$WORK/$2.said" >&2; return 1; }
}
said() { grep -qF -e "$2" "$WORK/$1.said" || { cat "$WORK/$1.said" >&2; return 1; }; }
three_blocks() { [ "$(grep -c '^```sh$' README.md)" = 3 ] && [ -s "$WORK/example.sh" ] && [ -s "$WORK/run.sh" ]; }
check "README.md has two examples, and the story of a fleet" three_blocks
check "the example of README.md runs" example "$WORK" example 002
check "the library is accepted, and its symbol found" said example 'symbol found: greet'
check "the changed one is refused for its signature" said example "'./libjello.so.1': the signature by 'release' is wrong"
check "which is explained" said example 'verdict: refused'
if "$MODSEAL" run --help >/dev/null 2>&1 && [ -z "${SANITIZE:-}" ]; then
	check "the example of run runs" example "$WORK/modseal-example" run 022
	check "a copied program is refused" said run "/ls': refused: no rule of the policy allows this path"
	check "a changed library is refused" said run "/libjello.so.1': refused: the signature by 'release' is wrong"
	signed_one_is_not() { ! grep -F "/libgreet.so.1': refused" "$WORK/run.said" >&2; }
	check "the signed one is not" signed_one_is_not
else
	skip "the example of run" "no \`modseal run\` in this build, or one that is sanitized"
fi
loaded() { cmp -s "$WORK/modseal-example/modseal" "$MODSEAL" && return 1; [ -s "$WORK/modseal-example/policy.yaml.p7s" ]; }
check "the example signed a policy and a program" loaded
named() { # every file and folder that README.md names is there
	grep -oE '`(include|keys|policy|verifier|tests|packaging)/[A-Za-z0-9_./-]*`' README.md |
		tr -d '`' | while read -r name; do
		[ -e "$name" ] || echo "README.md names $name"
	done
}
check "what README.md names is there" nothing named
