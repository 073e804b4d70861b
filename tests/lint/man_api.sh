#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# modseal(3) and the public headers name the same functions, with the same parameters, and
# the same codes with the same exit values.
. tests/lib.sh
PAGE=packaging/man/modseal.3

flat() {
	cat include/*.h | sed 's|/\*.*\*/||' | tr '\n\t' '  '
}
# "name(parameters)" without spaces, one a line
declared() {
	flat | grep -oE 'MODSEAL_API[^;]*;' | grep -oE 'modseal_[a-z0-9_]+\(.*\)' |
		sed 's/)[^)]*$/)/' | tr -d ' ' | sort
}
documented() {
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/s/^\.Fn //p' "$PAGE" |
		sed 's/" "/,/g; s/ "/(/; s/"$/)/; s/ void$/(void)/' | tr -d ' ' | sort
}
names() {
	declared | sed 's/(.*//'
}
explained() {
	sed -n '/^\.Sh DESCRIPTION/,$s/^\.Fn \(modseal_[a-z_]*\).*/\1/p' "$PAGE" | sort -u
}
codes() {
	sed -n 's/^\tX(\([A-Z_]*\), [0-9]*, \([0-9]\),.*/\2 MODSEAL_E_\1/p' \
		include/modseal-errors.h | sort
}
listed() {
	sed -n '/^\.Sh ERRORS/,/^\.Sh SEE/p' "$PAGE" | awk '
		/exit value/ { exit_value = $0; gsub(/[^0-9]/, "", exit_value) }
		/^\.It Dv/ { print exit_value, $3 }' | sort
}
unknown_codes() {
	codes | sed 's/.* //' >"$WORK/codes"
	grep -oE 'MODSEAL_E_[A-Z_]+' "$PAGE" | sort -u | grep -vxF -f "$WORK/codes"
}
same() { # same COMMAND COMMAND: their outputs are equal and not empty
	"$1" >"$WORK/a" && "$2" >"$WORK/b" && [ -s "$WORK/a" ] && diff "$WORK/a" "$WORK/b" >&2
}
check "the synopsis has every function of the headers as declared, and no other" \
	same declared documented
check "every function is explained, and no other" same names explained
check "every code is listed with its exit value, and no other" same codes listed
check "no code is named that does not exist" nothing unknown_codes
