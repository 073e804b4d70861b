#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# modseal(1) and the help name the same commands with the same options.
. tests/lib.sh
PAGE=packaging/man/modseal.1

# Two spaces end a command in the help.
commands() {
	"$MODSEAL" help | sed -n 's/^  \([a-z][a-z]*\( [a-z][a-z]*\)\{0,1\}\)  .*/\1/p'
}
# "COMMAND --option", one a line; --help is common to all
offered() {
	commands | while read -r command; do
		echo "$command"
		# shellcheck disable=SC2086 # a command may have two words
		"$MODSEAL" $command --help | sed -n "s/^  \(--[a-z0-9-]*\).*/$command \1/p"
	done | grep -v ' --help$' | sort
}
synopsis() {
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$PAGE" | awk '
		$1 == ".Ic" { command = $2 ($3 ? " " $3 : ""); print command; next }
		{ for (i = 1; i < NF; i++) if ($i == "Fl" || $i == ".Fl") print command " -" $(i + 1) }' |
		sort
}
explained() {
	sed -n '/^\.Sh OPTIONS/,/^\.Sh JSON/s/^\.It Fl -\([a-z0-9-]*\).*/--\1/p' "$PAGE"
}
described() {
	sed -n '/^\.Ss Commands/,/^\.Ss Names/s/^\.It Ic //p' "$PAGE" | sort
}
same() { # same COMMAND COMMAND: their outputs are equal and not empty
	"$1" >"$WORK/a" && "$2" >"$WORK/b" && [ -s "$WORK/a" ] && diff "$WORK/a" "$WORK/b" >&2
}
options_of_help() {
	offered | sed -n 's/.* \(--[a-z0-9-]*\)$/\1/p' | cat - "$WORK/help" | sort -u
}
sorted_commands() {
	commands | sort
}
in_order() {
	explained | sort -C
}
echo --help >"$WORK/help"
check "the synopsis has every command and option of the help, and no other" same offered synopsis
check "every option is explained once, and no other" same options_of_help explained
check "the options are in order" in_order
check "every command is described, and no other" same sorted_commands described
if command -v mandoc >/dev/null; then
	# whether a page that is referred to is installed says nothing about this one
	complaints() {
		mandoc -T lint "$1" 2>/dev/null | grep -v 'referenced manual not found'
	}
	for page in packaging/man/*.[1-8]; do
		check "mandoc has no complaint about $page" nothing complaints "$page"
	done
else
	skip "mandoc -T lint" "no mandoc here"
fi
