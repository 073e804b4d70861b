#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# policy test: a table of expected verdicts, its output, and what it ends with.
. tests/lib.sh
. tests/policy.sh

build_library "$LIB/libgood.so.1" libgood.so.1 'int good(void) { return 1; }'
cp "$LIB/libgood.so.1" "$LIB/libbare.so.1"
"$MODSEAL" strip "$LIB/libbare.so.1" >/dev/null
write_policy "$REAL/policy.yaml" >/dev/null
line=$(grep -n "path: $LIB/\*\*" "$REAL/policy.yaml" | cut -d: -f1)
signed() { "$MODSEAL" policy test --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }
draft() { "$MODSEAL" policy test --draft "$REAL/policy.yaml" "$@"; }
table() { printf 'modseal-cases: 1\ncases:\n' >"$WORK/cases.yaml"; for row in "$@"; do echo "  - $row" >>"$WORK/cases.yaml"; done; }
# tells STATUS TEXT COMMAND...
tells() {
	want=$1 text=$2
	shift 2
	"$@" >"$WORK/told" 2>"$WORK/told.err"
	got=$?
	cat "$WORK/told.err" >>"$WORK/told"
	[ "$got" = "$want" ] || { echo "exit $got, wanted $want" >&2; cat "$WORK/told" >&2; return 1; }
	grep -qF -- "$text" "$WORK/told" || { cat "$WORK/told" >&2; return 1; }
}

table "{path: $LIB/libgood.so.1, expect: accepted, rule: $line, signer: release}" \
	"{path: good.so.1, kind: library, expect: accepted}" \
	"{path: $LIB/libbare.so.1, expect: refused, code: SIGNATURE_MISSING, why: nobody signed it}" \
	"{path: nowhere, expect: undecided, code: NOT_FOUND}" \
	"{path: $LIB/libgood.so.1, kind: program, expect: refused}"
check "all as expected" tells 0 "5 passed, 0 failed" signed "$WORK/cases.yaml"
check "by a draft, too" tells 0 "5 passed, 0 failed" draft "$WORK/cases.yaml"
check "a case is told" tells 0 "$LIB/libbare.so.1, line 5: refused: ok" signed "$WORK/cases.yaml"
check "with what it is for" tells 0 "why: nobody signed it" signed "$WORK/cases.yaml"
last_line() { [ "$(signed "$WORK/cases.yaml" | tail -n 1)" = "5 passed, 0 failed" ]; }
check "the last line counts" last_line
check "JSON: an expected refusal is no failure" tells 0 '"expected": "refused", "passed": true' signed --json "$WORK/cases.yaml"

# fails TEXT ROW: the one case of the table fails, and that is said
fails() { table "$2"; tells 1 "$1" signed "$WORK/cases.yaml" && grep -qF "0 passed, 1 failed" "$WORK/told"; }
check "another verdict" fails "differs: expected refused, is accepted (OK)" "{path: $LIB/libgood.so.1, expect: refused}"
check "the verdict that was given" fails "verdict: refused: SIGNATURE_MISSING (stage evidence)" \
	"{path: $LIB/libbare.so.1, expect: accepted}"
check "another code" fails "differs: expected the code REVOKED, is SIGNATURE_MISSING" \
	"{path: $LIB/libbare.so.1, expect: refused, code: REVOKED}"
check "another rule" fails "differs: expected the rule in line 7, it is that in line $line" \
	"{path: $LIB/libgood.so.1, expect: accepted, rule: 7}"
check "no rule" fails "differs: expected the rule in line 7, there was none" \
	"{path: $REAL/release.pem, expect: refused, rule: 7}"
check "another signer" fails "differs: the signer other does not count among those that did" \
	"{path: $LIB/libgood.so.1, expect: accepted, signer: other}"
check "undecided is not refused" fails "differs: expected refused, is undecided (NOT_FOUND)" "{path: nowhere, expect: refused}"
check "JSON: what differs" tells 1 '"passed": false, "differs": "expected refused, is undecided' signed --json "$WORK/cases.yaml"
check "only audit mode would refuse" fails "differs: expected would-refuse, is refused (SIGNATURE_MISSING)" \
	"{path: $LIB/libbare.so.1, expect: would-refuse}"
sed 's/^mode: enforce/mode: audit/' "$REAL/policy.yaml" >"$REAL/audit.yaml"
audit() { "$MODSEAL" policy test --draft "$REAL/audit.yaml" "$@"; }
table "{path: $LIB/libbare.so.1, expect: would-refuse, code: SIGNATURE_MISSING, rule: $line}" "{path: $REAL/release.pem, expect: refused}"
check "audit mode: what it would refuse" tells 0 "2 passed, 0 failed" audit "$WORK/cases.yaml"
check "JSON, too" tells 0 '"verdict": "would-refuse", "code": "SIGNATURE_MISSING"' audit --json "$WORK/cases.yaml"
table "{path: $LIB/libbare.so.1, expect: refused}"
check "audit mode does not refuse" tells 1 "differs: expected refused, is would-refuse (SIGNATURE_MISSING)" audit "$WORK/cases.yaml"
table "{path: $LIB/libgood.so.1, expect: accepted, rules: 7}"
check "an unknown key is shown in its place" tells 1 "^" signed "$WORK/cases.yaml"
check "and refused" refused POLICY_INVALID signed "$WORK/cases.yaml"
check "a table that is not there" refused NOT_FOUND signed "$WORK/none.yaml"
check "a bad policy" refused POLICY_SIGNATURE "$MODSEAL" policy test --policy "$WORK/cases.yaml" \
	--anchor "$REAL/policy.pem" "$WORK/cases.yaml"
table
check "an empty table" tells 1 "cases" signed "$WORK/cases.yaml"
printf 'modseal-cases: 1\ncases:\n  - {path: /lib/libgood.so.1, expect: refused, code: PATH_NOT_ALLOWED}\n' >"$WORK/cases.yaml"
check "--root: paths of the image" tells 0 "1 passed, 0 failed" draft --root "$REAL" "$WORK/cases.yaml"
