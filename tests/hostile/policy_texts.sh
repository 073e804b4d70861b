#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Policies made by a generator that are wrong in one thing each, signed by the right key, so that the
# reader itself must refuse them: all are, within 0.2 s, with the place. And thirty paths that nearly
# are the one that a rule allows.
. tests/lib.sh
. tests/policy.sh

TEXTS=$REAL/texts
mkdir "$TEXTS"
check "the texts are made" python3 tests/hostile/policy_texts.py "$TEXTS"
check "all are signed and opened" sh -c "'$BUILD/tests/hosts/hostile_texts' '$TEXTS' '$REAL/policy.key' \
	'$REAL/policy.pem' >'$WORK/answers'"
sort "$WORK/answers" -o "$WORK/answers"
number=$(grep -c '^R8[0-9]' "$WORK/answers")
check "200 and more are hostile ($number)" [ "$number" -ge 200 ]
# without LINES: nothing is printed but what is complained of
other() { awk -F '\t' "$@" "$WORK/answers"; }
check "R81 none took more than 0.2 s" nothing other '$2 == "SLOW" { print $1 }'
# no more is read of a file than a policy may have: there is no line to name
check "R81 more than 4 MiB is not read" grep -q "^R81 more than 4 MiB.yaml.TOO_LARGE" "$WORK/answers"
sed -i '/^R81 more than 4 MiB/d' "$WORK/answers"
check "all that is hostile is refused as POLICY_INVALID" nothing other '/^R/ && $2 != "POLICY_INVALID" && $2 != "SLOW"'
check "each with line and column" nothing other '/^R/ && ($3 < 1 || $4 < 1)'
check "and the message begins with them" nothing other '/^R/ && index($6, "line " $3 ", column " $4 ": ") != 1'
# behind the end, and where there is nothing, no line is to be shown
check "and the line of the text is shown" nothing other \
	'/^R/ && $5 == "" && !/^R84 (nothing|a line feed|only the first line|a line before|a scalar behind)/ && !/missing/ && !/never ends/ && !/is missing/'
check "what is good is accepted" nothing other '/^good/ && $2 != "OK"'
check "and there is some of it" [ "$(grep -c '^good' "$WORK/answers")" -ge 8 ]
for group in R81 R82 R83 R84 R85 R86 R87 R89 R118; do
	check "$group there are texts for it" grep -q "^$group" "$WORK/answers"
done
check "R82 anchors and aliases are named" nothing other \
	'/^R82 (an anchor|an alias|anchor)/ && $6 !~ /anchors|aliases/'
check "R82 tags are named" nothing other '/^R82 (a tag|binary)/ && $6 !~ /tags/'
check "R82 merge keys are named" nothing other '/^R82 .*merge/ && $6 !~ /merge keys|anchors/'
check "R83 the first of two keys is named" nothing other '/^R83/ && $6 !~ /stands in line [0-9]+ already/'
check "R85 the nearest known key is named" nothing other '/misspelled/ && $6 !~ /the nearest known key is/'
check "R85 keys that are missing are named" nothing other '/^R85 .* missing.yaml/ && $6 !~ /which is missing/'
check "R87 UTF-16 is named" nothing other '/^R87 UTF-16/ && $6 !~ /UTF-16/'
check "R89 the cap stands in the message" nothing other \
	'/^R89/ { split($1, name, " "); if (index($6, "at most " name[2]) == 0 && index($6, " " name[2] " ") == 0) print }'

# ---- R77: thirty paths that are nearly right ------------------------------------------------------

build_library "$LIB/libgood.so.1" libgood.so.1 'int good(void) { return 1; }'
mkdir "$LIB-evil" "$LIB/sub" "$REAL/other" "$REAL/LIB"
for copy in "$LIB-evil/libgood.so.1" "$LIB/sub/libgood.so.1" "$REAL/other/libgood.so.1" "$REAL/LIB/libgood.so.1" \
	"$LIB/libgood.so.10" "$LIB/libgood.so" "$LIB/libGood.so.1" "$LIB/ libgood.so.1" "$LIB/libgood.so.1 " \
	"$LIB/xlibgood.so.1" "$LIB/libgood_so.1" "$LIB/libgood.so.1~" "$LIB/.libgood.so.1" "$REAL/lib.so.1" \
	"$LIB/$(printf 'libgood.so\302\2401')" "$LIB/$(printf 'lib\341\272\241ood.so.1')"; do
	cp "$LIB/libgood.so.1" "$copy" || exit 99
done
ln -s "$REAL/other/libgood.so.1" "$LIB/liblink.so.1"
ln -s "$REAL/other" "$LIB/linked"
# one rule for one file: what is nearly it is nobody's
write_policy "$REAL/policy.yaml" >"$WORK/log"
sed -i "s|path: $LIB/\*\*|path: $LIB/libgood.so.1|" "$REAL/policy.yaml"
"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
check "R77 the right path is accepted" verify "$LIB/libgood.so.1"
attempts=0
# near PATH [CODE...]: refused by one of the codes
near() {
	near=$1
	shift
	attempts=$((attempts + 1))
	one_of() {
		out=$(verify --json "$near"); status=$?
		[ "$status" != 0 ] || { echo "accepted: $out" >&2; return 1; }
		for code in "$@"; do
			case $out in *"\"code\": \"$code\""*) return 0 ;; esac
		done
		echo "wanted $*, got: $out" >&2
		return 1
	}
	check "R77 $attempts nearly right" one_of "$@"
}
for path in "$LIB-evil/libgood.so.1" "$LIB/sub/libgood.so.1" "$REAL/other/libgood.so.1" "$REAL/LIB/libgood.so.1" \
	"$LIB/libgood.so.10" "$LIB/libgood.so" "$LIB/libGood.so.1" "$LIB/ libgood.so.1" "$LIB/libgood.so.1 " \
	"$LIB/xlibgood.so.1" "$LIB/libgood_so.1" "$LIB/libgood.so.1~" "$LIB/.libgood.so.1" "$REAL/lib.so.1" \
	"$LIB/$(printf 'libgood.so\302\2401')" "$LIB/$(printf 'lib\341\272\241ood.so.1')" \
	"$LIB/liblink.so.1" "$LIB/linked/libgood.so.1"; do
	near "$path" PATH_NOT_ALLOWED
done
for path in "$LIB//libgood.so.1" "/$LIB/libgood.so.1" "$LIB/./libgood.so.1" "$LIB/../lib/libgood.so.1" \
	"$LIB/sub/../libgood.so.1" "$LIB/libgood.so.1/" "$LIB/libgood.so.1/." "$LIB/linked/../libgood.so.1" \
	"$LIB/$(printf 'libgood.so.1\n')x" "$LIB/$(printf 'libgood.so.1\001')" "$LIB/$(printf 'libgood.so.1\177')" \
	"$LIB/$(printf 'libgood.so.1\377')" "$LIB/$(printf 'libgood.so\300\2561')" \
	"$LIB/$(printf 'libgood\342\200\256.so.1')"; do
	near "$path" PATH_UNSAFE NOT_FOUND
done
check "R77 thirty and more" [ "$attempts" -ge 30 ]
