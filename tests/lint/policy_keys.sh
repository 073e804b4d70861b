#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The schema of the policy and modseal-policy(5) name the same keys, in the same order, with the
# same defaults, and each with an accepted and a refused example.
. tests/lib.sh
PAGE=packaging/man/modseal-policy.5
SCHEMA=policy/schema.h

# "SECTION key default", one a line; the default is "required" where there must be a value, "-"
# where the table has none
rows() {
	tr -d '\n' <"$SCHEMA" | grep -oE 'X\([A-Z]+_[A-Z0-9_]+, "[a-z0-9-]+", [A-Z_]+, [A-Z]+, [^)]*\)' |
		sed -E 's/X\(([A-Z]+)_[A-Z0-9_]+, "([^"]*)", [A-Z_]+, ([A-Z]+), "?([^")]*)"?\)/\1 \2 \3 \4/' |
		awk '{ fallback = $0; sub(/^[^ ]* [^ ]* [^ ]* /, "", fallback)
			print $1, $2, $3 == "REQUIRED" ? "required" : \
			fallback == "NULL" ? "-" : fallback }'
}
in_schema() {
	rows | grep -v '^SUPPLEMENT '
}
# A supplement's keys but the first are the policy's: the page explains them once.
same_in_supplement() {
	rows | sed -n 's/^SUPPLEMENT //p' | sed 1d | while read -r row; do
		rows | grep -qxF "ROOT $row" || echo "$row"
	done
}
in_page() {
	awk '
		/^\.Sh KEYS/ { on = 1; next }
		/^\.Sh/ && on { flush(); exit }
		function flush() { if (key != "") print section, key, value; key = "" }
		!on { next }
		/^\.Ss / { flush(); section = toupper($NF); gsub(/-/, "", section)
			   if (section == "LEVEL") section = "ROOT"
			   if (section == "SUPPLEMENT") section = "PART" }
		/^\.It Ic / { flush(); key = $3; value = "none given" }
		/^Required\.$/ { value = "required" }
		/^Default: / { value = "-" }
		/^Default:$/ { getline; gsub(/^\.Ql | [.]$|[][,]/, ""); value = $0 }' "$PAGE"
}
# Keys whose entry has not exactly one example of each sort.
without_example() {
	awk '
		function flush() { if (key != "" && (good != 1 || bad != 1)) print key; key = "" }
		/^\.Sh KEYS/ { on = 1; next }
		/^\.Sh/ && on { flush(); exit }
		/^\.It Ic / { flush(); key = $3; good = bad = 0 }
		/^Accepted.*:$/ { getline; good += /^\.Dl "/ }
		/^Refused.*:$/ { getline; bad += /^\.Dl "/ }' "$PAGE"
}
# The words of a closed list: each stands in the page.
words() {
	sed -n '/_LIST(X)/,/^$/s/.*X([A-Z0-9_]*, "\([a-z0-9-]*\)".*/\1/p' include/internal/kinds.h
}
missing_words() {
	for word in $(words); do
		grep -qF -e "$word" "$PAGE" || echo "$word"
	done
}
same() { # same COMMAND COMMAND: their outputs are equal and not empty
	"$1" >"$WORK/a" && "$2" >"$WORK/b" && [ -s "$WORK/a" ] && diff "$WORK/a" "$WORK/b" >&2
}
check "R85 the page has every key of the schema with its default, and no other" same in_schema in_page
check "every key has one accepted and one refused example" nothing without_example
check "the keys of a supplement are keys of a policy, with the same defaults" nothing same_in_supplement
check "every word of the closed lists stands in the page" nothing missing_words
