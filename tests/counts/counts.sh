#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Hot paths take as many instructions as the tree says, so that what makes them slow is seen
# without a clock. Neither may they take fewer: then the tree says so from now on.
# unsanitized: sanitizers do work of their own
TMPDIR=/var/tmp # of one length and depth everywhere: paths are walked
. tests/lib.sh
. tests/counts/measure.sh
reason=$(uncountable)
[ -n "$reason" ] || [ -f "$EXPECTED" ] ||
	reason="nothing is known of what $COMPILER makes of it: make counts-accept"
if [ -n "$reason" ]; then
	skip "counts of instructions" "$reason"
	exit 0
fi
check "the hot paths can be counted" measure "$WORK/all"
grep -v '^decide-more ' "$WORK/all" >"$WORK/measured"
check "each takes the instructions that $EXPECTED says" compare "$EXPECTED" "$WORK/measured"
if grep -qx "# all: $LIBRARIES" "$EXPECTED"; then
	check "those of the libraries, too, were compared" true
else
	skip "instructions of libraries" "the counts are of $(sed -n 's/^# all: //p' "$EXPECTED"), here is $LIBRARIES"
fi

# ---- and it would be seen ---------------------------------------------------------------
# refuses PATTERN EXPECTED MEASURED: says something that fits the pattern, and fails
refuses() {
	compare "$2" "$3" >"$WORK/said" && { echo "it passed" >&2; return 1; }
	grep -qE -- "$1" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
}
{ grep '^decide-more ' "$WORK/all" | sed 's/-more//' && grep -v '^decide' "$WORK/all"; } >"$WORK/mutant"
check "2 % more decisions than there were are too many" \
	refuses '^decide: [0-9]+ instructions of modseal, 2\.[0-9] % more than the .* find out why' "$EXPECTED" "$WORK/mutant"
# scaled PATH COLUMN FACTOR: what was expected, but one number
scaled() {
	awk -v path="$1" -v column="$2" -v factor="$3" '!/^#/ { if ($1 == path) $column = int($column * factor + 0.5)
		print $1, $2, $3, $4 }' "$EXPECTED" >"$WORK/scaled"
}
each_is_guarded() {
	grep -v '^#' "$EXPECTED" >"$WORK/lines" && [ -s "$WORK/lines" ] || return 1
	while read -r path _ calls _; do
		scaled "$path" 2 1.02 && refuses "^$path: [0-9]+ instructions of modseal, 2.* more .*find out why" "$EXPECTED" "$WORK/scaled" &&
			scaled "$path" 2 0.98 && refuses "^$path: [0-9]+ instructions of modseal, 2.* less .*make counts-accept" "$EXPECTED" "$WORK/scaled" ||
			{ echo "$path" >&2; return 1; }
		[ "$calls" = 0 ] || { scaled "$path" 3 2 && refuses "^$path: [0-9]+ calls of libraries, 100\.0 % more" "$EXPECTED" "$WORK/scaled"; } ||
			return 1
		scaled "$path" 4 1.3 && libraries_seen "$path" || return 1
	done <"$WORK/lines"
}
libraries_seen() {
	! awk -v libraries=same -f tests/counts/compare.awk "$EXPECTED" "$WORK/scaled" >"$WORK/said" &&
		grep -q "^$1: [0-9]* instructions in all, 30\.0 % more" "$WORK/said"
}
check "2 % more, and 2 % less, are seen on each path; so are calls, and the work of libraries" each_is_guarded
scaled none 2 1
check "what is exactly as expected passes" compare "$EXPECTED" "$WORK/scaled"
sed 1d "$WORK/scaled" >"$WORK/short"
check "a path that was not counted is missed" refuses ': it was not counted' "$EXPECTED" "$WORK/short"
{ cat "$WORK/scaled"; echo "new 1 1 1"; } >"$WORK/long"
check "one of which nothing is expected is told" refuses '^new: nothing is expected of it: make counts-accept' "$EXPECTED" "$WORK/long"
echo "half 1" >"$WORK/half"
check "a line that says too little is not understood" refuses 'not understood: half 1' "$EXPECTED" "$WORK/half"
: >"$WORK/none"
check "nor are no lines at all enough" refuses 'decide: it was not counted' "$EXPECTED" "$WORK/none"
awk '!/^#/ { $5 = 30 } 1' "$EXPECTED" >"$WORK/wide"
check "a tolerance that lets all pass is refused" refuses 'a tolerance above' "$WORK/wide" "$WORK/scaled"
