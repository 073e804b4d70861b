#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# policy sign, check and show, and what verify and load decide by a policy.
# plain
. tests/lib.sh
CC=${CC:-gcc}
WORK=$(realpath "$WORK")
cd "$WORK" || exit 99
modseal() { "$MODSEAL" "$@"; }

# answers STATUS CODE STAGE COMMAND...: --json tells code and stage on one line, and the text
# form is one line on standard error, and where a policy is wrong its line below that
answers() {
	status=$1 code=$2 stage=$3
	shift 3
	out=$("$@" --json 2>"$WORK/err" </dev/null)
	got=$?
	[ "$got" = "$status" ] || { echo "exit $got, wanted $status: $out $(cat "$WORK/err")" >&2; return 1; }
	case $out in
	*"\"code\": \"$code\", \"stage\": \"$stage\""*) ;;
	*) echo "wanted $code in stage $stage: $out" >&2; return 1 ;;
	esac
	"$@" >"$WORK/text" 2>"$WORK/err" </dev/null
	if [ "$(grep -cvE '^ {1,6}[0-9]* \|' "$WORK/err")" != 1 ] || ! grep -q "^modseal: '.*': .* (.*)$" "$WORK/err"; then
		echo "not one message: $(cat "$WORK/err")" >&2
		return 1
	fi
}
says() { # says TEXT COMMAND...: on standard output or error
	text=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -- "$text" "$WORK/said" || { echo "no '$text': $(cat "$WORK/said")" >&2; return 1; }
}
json_says() {
	text=$1
	shift
	says "$text" "$@" --json
}

# ---- libraries, keys, a policy ---------------------------------------------------------

for name in policy other release stranger; do
	modseal keygen "$name" >/dev/null || exit 99
done
modseal keygen authority --ca >/dev/null || exit 99
chmod 755 .
mkdir lib elsewhere bin
echo 'int depend(void) { return 1; }' >dep.c
echo 'int depend(void); int greet(void) { return depend(); }' >greet.c
$CC -shared -fPIC -Wl,-soname,libdep.so.1 -o lib/libdep.so.1 dep.c &&
	$CC -shared -fPIC -Wl,-soname,libgreet.so.1 -o lib/libgreet.so.1 greet.c lib/libdep.so.1 || exit 99
cp lib/libgreet.so.1 lib/unsigned.so
$CC -shared -fPIC -Wl,-soname,libshort.so -o lib/libshort.so dep.c || exit 99
echo 'V1 { global: greet; local: *; };' >versions
$CC -shared -fPIC -Wl,-soname,libversions.so -Wl,--version-script=versions -o lib/libversions.so greet.c \
	lib/libdep.so.1 || exit 99
modseal sign --key release.key --certificate release.pem lib/lib* >/dev/null || exit 99
cp lib/libgreet.so.1 elsewhere
cp "$MODSEAL" bin/modseal
modseal sign --key release.key --certificate release.pem bin/modseal >/dev/null || exit 99
# where the command's own libraries are
system=$(ldd "$MODSEAL" | sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p' | xargs -r realpath | xargs -r -n 1 dirname |
	sort -u | sed 's/^/, /' | tr -d '\n')
write_policy() { # write_policy FILE [LINE...]: with more lines at its end
	written=$1
	shift
	cat >"$written" <<END
modseal-policy: 1
name: test
serial: 42
issued: 2026-01-01T00:00:00Z
mode: enforce
search: [$WORK/lib$system]
signers:
  release:
    trust: pinned
    certificate-file: release.pem
    certificate-sha256: "$(sha256sum release.pem | cut -d ' ' -f 1)"
    purposes: [library, program]
rules:
  - {path: $WORK/lib/**, signers: [release], owners: [caller]}
  - {path: $WORK/bin/*, kind: program, signers: [release], owners: [caller]}
  - {path: /usr/lib*/**, evidence: [protected-path]}
END
	[ $# = 0 ] || printf '%s\n' "$@" >>"$written"
}
sign_by_hand() { # what `policy sign` would refuse
	openssl cms -sign -binary -in "$1" -outform DER -out "$1.p7s" -signer policy.pem \
		-inkey policy.key -nocerts -md sha256
}
policy_sign() { modseal policy sign --key policy.key --certificate policy.pem "$@"; }
verify() { modseal verify --policy policy.yaml --anchor policy.pem "$@"; }

# ---- policy sign -----------------------------------------------------------------------

write_policy policy.yaml
check "policy sign" policy_sign policy.yaml
check "policy sign refuses to write over a signature" \
	answers 1 ALREADY_SIGNED sign policy_sign policy.yaml
check "policy sign --force" policy_sign --force policy.yaml
check "policy sign --json" json_says '"code": "OK"' policy_sign --force policy.yaml
check "policy sign: no such file" answers 3 NOT_FOUND open policy_sign none.yaml
check "policy sign: key and certificate do not belong together" answers 1 KEY_MISMATCH key \
	modseal policy sign --key policy.key --certificate other.pem policy.yaml
write_policy wrong.yaml 'modus: x'
check "policy sign refuses what policy check would" \
	answers 1 POLICY_INVALID policy policy_sign wrong.yaml
check "and names line and column" says 'line 17, column 1' policy_sign wrong.yaml
unsigned() { [ ! -e wrong.yaml.p7s ]; }
check "and leaves no signature" unsigned
# shows LINE CARET COMMAND...: under the message stands the line, and below it the caret
shows() {
	printf '%s\n%s\n' "$1" "$2" >"$WORK/expected"
	shift 2
	"$@" >/dev/null 2>"$WORK/err"
	[ "$(wc -l <"$WORK/err")" = 3 ] && tail -n 2 "$WORK/err" | cmp - "$WORK/expected"
}
check "and shows the line, with a caret below the place" \
	shows '    17 | modus: x' '       | ^' policy_sign wrong.yaml
check "and names the place in JSON" json_says '"line": 17, "column": 1' policy_sign wrong.yaml
write_policy wrong.yaml "x-tab: {a:	b, \"a\": \"$(printf '\302\233')\"}"
check "the line that is shown can do nothing to a terminal, and tabs do not shift the caret" \
	shows '    17 | x-tab: {a:      b, "a": "\xc2\x9b"}' '       |                          ^' policy_sign wrong.yaml
sed "s|path: $WORK/lib/|path: $WORK/link/|" policy.yaml >wrong.yaml && ln -s lib link
check "a path through a link is shown with its line" says "    14 |   - {path: $WORK/link/" policy_sign wrong.yaml
rm link

# ---- policy check and show -------------------------------------------------------------

policy_check() { modseal policy check --anchor policy.pem "$@"; }
check "policy check FILE" policy_check policy.yaml
check "policy check --policy FILE" policy_check --policy policy.yaml
check "policy check tells the name" says 'policy: test' policy_check policy.yaml
check "policy check --json tells name, serial and anchor" json_says \
	'"policy": "test", "serial": 42, "anchor-source": "file"' policy_check policy.yaml
check "policy check --policy-name" policy_check --policy-name test policy.yaml
check "policy check with another name" \
	answers 1 POLICY_NAME policy policy_check --policy-name production policy.yaml
check "policy check by another anchor" answers 1 POLICY_SIGNATURE policy \
	modseal policy check --anchor other.pem policy.yaml
check "one anchor of several is enough" \
	modseal policy check --anchor other.pem --anchor policy.pem policy.yaml
check "R30 an authority is no anchor" answers 1 ANCHOR_INVALID key \
	modseal policy check --anchor authority.pem policy.yaml
check "policy check: no such policy" answers 3 NOT_FOUND open policy_check none.yaml
check "policy check: no such anchor" answers 3 NOT_FOUND open \
	modseal policy check --anchor none.pem policy.yaml
if [ ! -e /etc/modseal ]; then
	installed_is_default() { says "modseal: '/etc/modseal/" modseal policy check; }
	check "the policy installed is the default" installed_is_default
fi
cp policy.yaml changed.yaml && cp policy.yaml.p7s changed.yaml.p7s && echo '# x' >>changed.yaml
check "a policy changed after signing" answers 1 POLICY_SIGNATURE policy policy_check changed.yaml
cp policy.yaml bare.yaml
check "a policy without a signature" answers 1 POLICY_SIGNATURE policy policy_check bare.yaml
invalid() { # invalid PLACE STEM LINE...: signed, but wrong
	place=$1 file=$2.yaml
	shift 2
	write_policy "$file" "$@"
	sign_by_hand "$file" || return 1
	answers 1 POLICY_INVALID policy policy_check "$file" &&
		says "line $place: " policy_check "$file"
}
check "signed but wrong: an unknown key" invalid '17, column 1' unknown 'modus: x'
check "signed but wrong: a key twice" invalid '17, column 1' double 'mode: enforce'
check "signed but wrong: two documents" invalid '17, column 1' documents '---' 'a: b'
first_line() {
	write_policy first.yaml && sed -i '1s/.*/modseal-policy: 2/' first.yaml &&
		sign_by_hand first.yaml && answers 1 POLICY_INVALID policy policy_check first.yaml &&
		says 'line 1, column 1' policy_check first.yaml
}
check "signed but wrong: its first line" first_line

policy_show() { modseal policy show --anchor policy.pem --policy policy.yaml "$@"; }
check "policy show" says "$(printf '\tissued: 2026-01-01T00:00:00Z')" policy_show
check "policy show --json" json_says '"policy": "test", "serial": 42' policy_show
check "policy show --json decides nothing" json_says '"verdict": "undecided", "code": "OK"' policy_show
check "policy show checks first" answers 1 POLICY_SIGNATURE policy \
	modseal policy show --anchor policy.pem --policy changed.yaml

# ---- verify ----------------------------------------------------------------------------

greet=$WORK/lib/libgreet.so.1
check "verify an absolute path" verify "$greet"
check "verify a relative path" says "lib/libgreet.so.1: accepted (appended, signed by release, rule in line 14)" \
	verify lib/libgreet.so.1
check "verify ./" verify ./lib/libgreet.so.1
from() { # from FOLDER OPERAND
	(cd "$1" && modseal verify --policy "$WORK/policy.yaml" --anchor "$WORK/policy.pem" "$2")
}
check "verify ../" from elsewhere ../lib/libgreet.so.1
check "verify .././/../" from lib ".././/../$(basename "$WORK")/lib/libgreet.so.1"
check "verify from /" from / ".${greet}"
check "verify a name that exists here" from lib libgreet.so.1
check "verify a name of the search list" from / libgreet.so.1
check "verify a name of the search list without lib and .so" from elsewhere short
here_first() { # what exists here is meant, though the search list has the name
	(cd elsewhere && answers 1 PATH_NOT_ALLOWED rule modseal verify --policy ../policy.yaml \
		--anchor ../policy.pem libgreet.so.1)
}
check "a name that exists here is not looked up" here_first
gone() { # the current directory was removed
	mkdir gone && (cd gone && rmdir ../gone &&
		answers 3 SYSTEM find modseal verify --policy "$WORK/policy.yaml" \
			--anchor "$WORK/policy.pem" ./x.so)
}
check "verify where the current directory has no name" gone
check "verify: no such file" answers 3 NOT_FOUND open verify ./none.so
check "verify: no such name in the search list" answers 3 NOT_FOUND find verify libnone.so
check "verify: outside the rules" answers 1 PATH_NOT_ALLOWED rule verify elsewhere/libgreet.so.1
check "verify: unsigned" answers 1 SIGNATURE_MISSING evidence verify lib/unsigned.so
check "the rule is named" json_says '"rule": 14' verify lib/unsigned.so
check "the rule is named in the message" says 'rule in line 14' verify lib/unsigned.so
for path in "$WORK/lib/../lib/libgreet.so.1" "$WORK//lib/libgreet.so.1" "$greet/" \
	"lib/../lib/libgreet.so.1"; do
	refused_path() {
		verify "$path"
		case $? in 1 | 3) ;; *) return 1 ;; esac
	}
	check "R77 verify refuses $path" refused_path
done
everything() {
	verify lib/libgreet.so.1 --json >json || return 1
	for member in '"path": "lib/libgreet.so.1"' '"verdict": "accepted"' '"code": "OK"' \
		"\"real-path\": \"$greet\"" '"digest": "sha256:' '"evidence": "appended"' \
		'"signer": \["release"\]' '"rule": 14' '"policy": "test"' '"serial": 42' \
		'"anchor-source": "file"' '"remarks": \[' \
		"\"dependencies\": \[{\"real-path\": \"$WORK/lib/libdep.so.1\""; do
		grep -q "$member" json || { echo "no $member: $(cat json)" >&2; return 1; }
	done
}
check "verify --json tells all it knows" everything
check "verify --kind library" verify --kind library lib/libgreet.so.1
check "verify --kind program of a library" \
	answers 1 PATH_NOT_ALLOWED rule verify --kind program lib/libgreet.so.1
check "verify a program" verify bin/modseal
check "verify --kind program" verify --kind program bin/modseal
check "verify --kind library of a program" \
	answers 1 PATH_NOT_ALLOWED rule verify --kind library bin/modseal
check "verify several with --jobs" verify --jobs 2 lib/libgreet.so.1 bin/modseal lib/libdep.so.1
dependency() { # a refused dependency is named beside the file that needs it
	cp lib/libdep.so.1 kept && modseal strip lib/libdep.so.1 >/dev/null
	answers 1 SIGNATURE_MISSING evidence verify lib/libgreet.so.1 &&
		says "'lib/libgreet.so.1': '$WORK/lib/libdep.so.1': " verify lib/libgreet.so.1 &&
		json_says "\"object\": \"$WORK/lib/libdep.so.1\"" verify lib/libgreet.so.1
	status=$?
	mv kept lib/libdep.so.1
	return $status
}
check "a refused dependency is named" dependency
bad_policy() {
	modseal verify --policy changed.yaml --anchor policy.pem a b --json >json
	[ $? = 1 ] && [ "$(grep -c '"code": "POLICY_SIGNATURE"' json)" = 2 ] &&
		grep -q '"path": "a"' json && grep -q '"path": "b"' json
}
check "a bad policy refuses every file" bad_policy

# ---- load ------------------------------------------------------------------------------

load() { bin/modseal load --policy policy.yaml --anchor policy.pem "$@"; }
check "load" says 'lib/libgreet.so.1: loaded (appended, signed by release' load lib/libgreet.so.1
check "load tells the path" says "path: $greet" load lib/libgreet.so.1
check "load tells the digest" says 'digest: sha256:' load lib/libgreet.so.1
check "load a name of the search list" load libgreet.so.1
check "load --symbol" says 'symbol found: greet' load --symbol greet lib/libgreet.so.1
check "load --symbol --json" json_says '"symbol": "greet"' load --symbol greet lib/libgreet.so.1
check "load tells the hand-off" says 'hand-off: sealed' load lib/libgreet.so.1
check "and why not another" says 'remark: a sealed copy, not the file itself: ' load lib/libgreet.so.1
check "load --json names the hand-off" json_says '"hand-off": "sealed"' load lib/libgreet.so.1
check "verify --json names what it would be" json_says '"hand-off": "sealed"' verify lib/libgreet.so.1
no_address() {
	load --symbol greet lib/libgreet.so.1 >said && load --symbol greet --json lib/libgreet.so.1 >>said &&
		! grep -E '0x[0-9a-f]{5}' said
}
check "R111 load prints no address" no_address
check "load: no such symbol" answers 1 SYMBOL_NOT_FOUND symbol load --symbol none lib/libgreet.so.1
check "load: no such version of a symbol" \
	answers 1 SYMBOL_NOT_FOUND symbol load --symbol greet@V2 lib/libversions.so
check "load --symbol NAME@VERSION" says 'symbol found: greet@V1' \
	load --symbol greet@V1 lib/libversions.so
check "load --symbol NAME@@VERSION" load --symbol greet@@V1 lib/libversions.so
check "load: a symbol of a dependency only" \
	answers 1 SYMBOL_NOT_FOUND symbol load --symbol depend lib/libgreet.so.1
check "load: unsigned" answers 1 SIGNATURE_MISSING evidence load lib/unsigned.so
check "load: no such file" answers 3 NOT_FOUND open load ./none.so
check "load by a command that the policy does not allow" answers 1 PATH_NOT_ALLOWED rule \
	modseal load --policy policy.yaml --anchor policy.pem lib/libgreet.so.1
