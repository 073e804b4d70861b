#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# R06, R74, R117: another process attacks the source, its names and our memory copy while this
# one verifies under a policy, loads and calls. The full count is tests/races/loader.sh.
. tests/lib.sh
. tests/policy.sh

write_policy "$REAL/policy.yaml" \
	"rule:{path: $REAL/race/**, signers: [release], owners: [root, caller], identity: unbound}" \
	"rule:{path: $REAL/host, kind: program, signers: [release], owners: [root, caller], identity: unbound}" || exit 99
cp "$BUILD/tests/hosts/loader_races" "$REAL/host"
sign_with release "$REAL/host" >"$WORK/.sign" || exit 99
mkdir "$WORK/made"
# letter FILE LETTER: a library that answers LETTER if all of its table is
letter() {
	build_library "$WORK/made/$1" x.so "static const volatile char table[16384] = {[0 ... 16383] = '$2'};
int answer(void) {
	for (int i = 0; i < 16384; i++)
		if (table[i] != '$2') return -1;
	return '$2';
}" -nostdlib -O1 -Wl,-z,noexecstack
}
letter a.so A && letter b.so B && letter evil.so E || exit 99
sign_with other "$WORK/made/evil.so" >"$WORK/.sign" || exit 99

# race NAME RACE PATTERN...: nothing unsafe was accepted, and each pattern is in what was said
race() {
	name=$1 race=$2
	shift 2
	# on a busy machine the other process may sleep all the time: then once more
	for attempt in 1 2 3 4 5; do
		rm -rf "$WORK/race" && cp -a "$WORK/made" "$WORK/race" || return 1
		"$REAL/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$REAL/race" "${ROUNDS:-200}" "$race" >"$WORK/said" 2>&1
		ended=$?
		if [ "$ended" != 0 ] || was_safe "$@" 2>/dev/null; then break; fi
		echo "attempt $attempt: not both were met"
	done
	[ -z "${ROUNDS:-}" ] || cat "$WORK/said"
	check "$name" was_safe "$@"
}
was_safe() {
	for pattern in "$@"; do
		grep -qE -- "$pattern" "$WORK/said" || { echo "no '$pattern' in:"; cat "$WORK/said"; return 1; } >&2
	done
	[ $ended = 0 ] || { cat "$WORK/said" >&2; return 1; }
}
some='[1-9][0-9]* answered A.* [1-9][0-9]* refused, 0 wrong'
race "R06 a library that is rewritten in place while it is loaded" source "$some" '[1-9][0-9]* answered B'
# few of them are hit
race "R117 memory copies that another process writes to" memory "[1-9][0-9]* answered A.*${ROUNDS:+ [1-9][0-9]* refused}, 0 wrong"
race "R74 a library and one of another signer change places" 0 "$some"
race "R74 so do their folders" 1 "$some"
race "R74 a link leads to the one and to the other" 2 "$some"
race "R74 a name is a hard link to the one and to the other" 3 "$some"
