#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A build with sanitizers: what they find is in a report, where tests/run.sh looks for it.
. tests/lib.sh
case ${SANITIZE:-} in
*address* | *undefined*) ;;
*)
	skip "reports of sanitizers" "a build without them"
	exit 0
	;;
esac
if [ ! -e "$BUILD/flags" ]; then
	skip "reports of sanitizers" "the flags of this build are not known"
	exit 0
fi
flags=$(grep -o -e '-f[^ ]*sanitize[^ ]*' "$BUILD/flags" | sort -u)
cat >"$WORK/wrong.c" <<'C'
#include <limits.h>
#include <stdlib.h>
int main(int count, char **argv)
{
	volatile int largest = INT_MAX;
	char *bytes = malloc(8);

	if (argv[1][0] == 'u')
		largest = largest + count;
	else
		bytes[count + 6] = 1;
	free(bytes);
	return 0;
}
C
# shellcheck disable=SC2086 # words are wanted
check "a program is built with them" ${CC:-gcc} -g $flags -o "$WORK/wrong" "$WORK/wrong.c"
here() { echo "$1" | sed "s|log_path=[^:]*|log_path=$WORK/report|"; }
reported() { # reported WORD: what is wrong so is in a report
	rm -f "$WORK"/report.*
	ASAN_OPTIONS=$(here "${ASAN_OPTIONS:-}") UBSAN_OPTIONS=$(here "${UBSAN_OPTIONS:-}") "$WORK/wrong" "$1"
	[ -s "$(echo "$WORK"/report.*)" ] || { echo "no report" >&2; return 1; }
}
case $SANITIZE in *address*) check "memory" reported address ;; esac
case $SANITIZE in *undefined*) check "undefined behaviour" reported undefined ;; esac
