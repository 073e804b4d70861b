# SPDX-License-Identifier: Apache-2.0
# compare.awk EXPECTED MEASURED: says what is wrong, a line each, and fails if anything is.
# -v libraries=same: `all` is compared, too, with the last tolerance. That of calls is a quarter of
# the first, for they hardly ever differ.

function wrong(text) {
	print text
	failed = 1
}
function one(path, what, expected, measured, percent,   off) {
	off = expected ? 100 * (measured - expected) / expected : measured ? 100 : 0
	if (off > percent)
		wrong(sprintf("%s: %d %s, %.1f %% more than the %d expected: find out why (callgrind_annotate " \
			"on what lies in the folder counts of the build); if it must be so, make counts-accept",
			path, measured, what, off, expected))
	else if (off < -percent)
		wrong(sprintf("%s: %d %s, %.1f %% less than the %d expected: if that is meant, make " \
			"counts-accept, so that it stays so", path, measured, what, -off, expected))
}
/^#/ || /^$/ { next }
NF != (FILENAME == ARGV[1] ? 6 : 4) || $2 !~ /^[1-9][0-9]*$/ || $3 !~ /^[0-9]+$/ || $4 !~ /^[1-9][0-9]*$/ {
	wrong(FILENAME ":" FNR ": not understood: " $0)
	next
}
FILENAME == ARGV[1] {
	if ($5 !~ /^[0-9]+(\.[0-9]+)?$/ || $5 <= 0 || $5 > 1.5 || $6 !~ /^[0-9]+$/ || $6 > 25)
		wrong(FILENAME ":" FNR ": a tolerance above 1.5 % (or 25 % of all) would let too much pass")
	expected[$1] = $0
	any = 1
	next
}
{
	if (!($1 in expected)) {
		wrong($1 ": nothing is expected of it: make counts-accept")
		next
	}
	seen[$1] = 1
	split(expected[$1], want)
	one($1, "instructions of modseal", want[2], $2, want[5])
	one($1, "calls of libraries", want[3], $3, want[5] / 4)
	if (libraries == "same")
		one($1, "instructions in all", want[4], $4, want[6])
}
END {
	if (!any)
		wrong(ARGV[1] ": nothing is expected of any path")
	for (path in expected)
		if (!(path in seen))
			wrong(path ": it was not counted")
	exit failed
}
