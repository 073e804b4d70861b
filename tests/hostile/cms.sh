#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every signature of the tables in tests/hostile/cms (R01-R03, R10-R25, R28-R30), on files and
# on policies, gets the answer that the table says, for the reason that its valid twin shows.
# The log has one line for each: form, group, name, how it is made, and the answer.
. tests/lib.sh
echo 'int f(void) { return 1; }' >"$WORK/f.c"
${CC:-cc} -shared -fPIC -nostdlib -o "$WORK/f.so" "$WORK/f.c" || exit 99
chmod 755 "$WORK" && mkdir "$WORK/cms" || exit 99
"$BUILD/tests/hosts/hostile_cms" "$(realpath "$WORK/cms")" "$WORK/f.so" >"$WORK/table" 2>"$WORK/said"
status=$?
sed 's/^ok/  ok/; s/^not ok/  not ok/' "$WORK/table"
unexpected() { grep '^not ok' "$WORK/table"; cat "$WORK/said"; }
check "every case has the answer of the table" nothing unexpected
check "all of them in their time" [ "$status" = 0 ]
refused_in() { grep -E "^ok ($1) " "$WORK/table" | grep -cv ': OK$'; }
forms() { # each case is another: form, name and how it is made
	[ "$(refused_in "$1")" -ge "$2" ] &&
		[ -z "$(grep -E "^ok ($1) " "$WORK/table" | sort | uniq -d)" ]
}
check "more than 500 are refused behind a file" forms 'a|ac|a2' 500
check "more than 500 are refused beside a file" forms 'd|dc|d2' 500
check "more than 300 are refused on a policy" forms P 300
