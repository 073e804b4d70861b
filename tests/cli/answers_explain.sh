#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# policy explain: what it tells of every step, by signed policies and by drafts.
. tests/lib.sh
. tests/policy.sh

build_library "$LIB/libgood.so.1" libgood.so.1 'int good(void) { return 1; }'
build_library "$LIB/libneedy.so.1" libneedy.so.1 'int good(void); int f(void) { return good(); }' "$LIB/libgood.so.1"
cp "$LIB/libgood.so.1" "$LIB/libother.so.1"
"$MODSEAL" strip "$LIB/libother.so.1" >/dev/null
cp "$LIB/libother.so.1" "$LIB/libbare.so.1"
sign_with other "$LIB/libother.so.1" >/dev/null
"$MODSEAL" sign --detached --key "$REAL/other.key" --certificate "$REAL/other.pem" "$LIB/libgood.so.1" >/dev/null
cp "$LIB/libgood.so.1" "$REAL/libaside.so.1"
ln -s lib "$REAL/link"
mkdir "$REAL/open"
cp "$LIB/libgood.so.1" "$REAL/open"
write_policy "$REAL/policy.yaml" "rule:{path: $REAL/bin/*, signers: [release]}" \
	"rule:{path: /opt/**/*.so, signers: [release]}" \
	"rule:{path: $LIB/*.so, kind: program, signers: [release]}" >/dev/null
explain() { "$MODSEAL" policy explain --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }
draft() { "$MODSEAL" policy explain --draft "$REAL/policy.yaml" "$@"; }
# tells STATUS TEXT COMMAND...: ends so and says TEXT
tells() {
	want=$1 text=$2
	shift 2
	"$@" >"$WORK/told" 2>"$WORK/told.err"
	got=$?
	[ "$got" = "$want" ] || { echo "exit $got, wanted $want" >&2; cat "$WORK/told" "$WORK/told.err" >&2; return 1; }
	grep -qF -- "$text" "$WORK/told" || { cat "$WORK/told" >&2; return 1; }
}
line=$(grep -n "path: $LIB/\*\*" "$REAL/policy.yaml" | cut -d: -f1)

check "the links on the way are told" tells 0 "link: $REAL/link leads to lib" explain "$REAL/link/libgood.so.1"
check "the real path is told" tells 0 "real path: $LIB/libgood.so.1" explain "$REAL/link/libgood.so.1"
check "where a bare name was searched" tells 0 "searched: $LIB/good.so.1: nothing" explain good.so.1
check "and where it was found" tells 0 "searched: $LIB/libgood.so.1: found" explain good.so.1
check "a name that is nowhere" tells 3 "searched: $SYSTEM/libnowhere.so: nothing" explain nowhere
check "a rule of another component" tells 0 \
	"$REAL/bin/* (library): component $(printf %s "$REAL/bin" | tr -cd / | wc -c): 'lib' is not 'bin'" \
	explain "$LIB/libgood.so.1"
check "a rule of another kind" tells 1 "its kind is program, asked is kernel-module" \
	explain --kind kernel-module "$LOADER"
check "the deciding rule and its line" tells 0 "rule: line $line, the first that matches" explain "$LIB/libgood.so.1"
check "the deciding rule is quoted" tells 0 "policy: - {path: $LIB/**, signers: [release], owners: [root, caller]}" \
	explain "$LIB/libgood.so.1"
check "evidence that counts" tells 0 "evidence: appended, there ($LIB/libgood.so.1), signed by release: good" \
	explain "$LIB/libgood.so.1"
check "evidence that the rule does not ask for" tells 0 \
	"evidence: detached, there ($LIB/libgood.so.1.p7s), not asked for by the rule, signed by other" \
	explain "$LIB/libgood.so.1"
check "a signer whom the rule does not list is named" tells 1 \
	"appended, there ($LIB/libother.so.1), signed by other: SIGNER_NOT_ALLOWED" explain "$LIB/libother.so.1"
check "evidence that is missing" tells 1 "evidence: appended, not there" explain "$LIB/libbare.so.1"
check "the verdict of a refusal" tells 1 "verdict: refused: SIGNATURE_MISSING (stage evidence)" explain "$LIB/libbare.so.1"
check "its remedy" tells 1 "remedy: " explain "$LIB/libbare.so.1"
check "the verdict of an acceptance" tells 0 "verdict: accepted (appended, signed by release, rule in line $line)" \
	explain "$LIB/libgood.so.1"
check "what a library needs" tells 0 "needs: $LIB/libgood.so.1 (appended, rule in line $line)" \
	explain "$LIB/libneedy.so.1"
check "no rule at all" tells 1 "decides" explain "$REAL/open/libgood.so.1"
check "evidence is shown where no rule decides" tells 1 "appended, there ($REAL/open/libgood.so.1), signed by release" \
	explain "$REAL/open/libgood.so.1"
chmod 777 "$REAL/open"
check "a directory that others may write to" tells 1 "owner: $REAL/open: mode 0777" explain "$REAL/open/libgood.so.1"
check "a damaged file" tells 1 "SIGNATURE_INVALID" sh -c "printf x | dd of='$LIB/libgood.so.1' bs=1 seek=64 conv=notrunc 2>/dev/null
	'$MODSEAL' policy explain --draft '$REAL/policy.yaml' '$LIB/libgood.so.1'"
build_library "$LIB/libgood.so.1" libgood.so.1 'int good(void) { return 1; }'

# ---- many rules, all of them -----------------------------------------------------------

{
	sed '/^rules:/q' "$REAL/policy.yaml"
	seq 1 10000 | sed 's|.*|  - {path: /opt/vendor&/lib/*.so, signers: [release]}|'
	sed '1,/^rules:/d' "$REAL/policy.yaml"
} >"$REAL/many.yaml"
many() { "$MODSEAL" policy explain --draft "$REAL/many.yaml" "$@"; }
check "of 10,000 rules the nearest are told" tells 0 "rules: 9998 more did not match" many "$LIB/libgood.so.1"
few_lines() { many "$LIB/libgood.so.1" >"$WORK/lines"; [ "$(wc -l <"$WORK/lines")" -lt 30 ]; }
check "in few lines" few_lines
all_rules() { [ "$(many --all "$LIB/libgood.so.1" | grep -c 'not this rule')" -ge 10000 ]; }
check "--all tells every one" all_rules

# ---- JSON, drafts ----------------------------------------------------------------------

check "JSON has the verdict of verify" tells 1 '"code": "SIGNATURE_MISSING", "stage": "evidence"' explain --json "$LIB/libbare.so.1"
check "JSON has what did not match" tells 0 '"why": "component' explain --json "$LIB/libgood.so.1"
check "JSON has the evidence" tells 0 '"form": "detached", "place": "'"$LIB/libgood.so.1.p7s"'", "present": true, "listed": false' \
	explain --json "$LIB/libgood.so.1"
one_object() { [ "$(explain --json "$LIB/libgood.so.1" "$LIB/libbare.so.1" | wc -l)" = 2 ]; }
check "one object a file" one_object
sed 's/^mode: enforce/mode: audit/' "$REAL/policy.yaml" >"$REAL/audit.yaml"
check "audit mode: what would be refused" tells 0 \
	"verdict: let through by audit mode, would be refused: SIGNATURE_MISSING: " "$MODSEAL" policy explain \
	--draft "$REAL/audit.yaml" "$LIB/libbare.so.1"
check "with nothing that vouches for it" tells 0 "(nothing vouches for it, rule in line $line)" "$MODSEAL" policy explain \
	--draft "$REAL/audit.yaml" "$LIB/libbare.so.1"
check "audit mode: no rule" tells 0 "would be refused: PATH_NOT_ALLOWED: " "$MODSEAL" policy explain \
	--draft "$REAL/audit.yaml" "$REAL/libaside.so.1"
rm "$REAL/policy.yaml.p7s"
check "a draft needs no signature" tells 0 "verdict: accepted" draft "$LIB/libgood.so.1"
check "its verdicts say that nobody signed it" tells 0 '"anchor-source": "none (draft)"' draft --json "$LIB/libgood.so.1"
check "without --draft it does" tells 1 '"code": "POLICY_SIGNATURE"' explain --json "$LIB/libgood.so.1"
check "--draft beside --policy is wrong use" exits 2 "$MODSEAL" policy explain --draft "$REAL/policy.yaml" \
	--policy "$REAL/policy.yaml" "$LIB/libgood.so.1"
for command in verify load "policy check" "policy install" "policy show"; do
	# shellcheck disable=SC2086 # a command may have two words
	check "$command takes no draft" exits 2 "$MODSEAL" $command --draft "$REAL/policy.yaml" "$LIB/libgood.so.1"
done
check "--root: an image's own paths" tells 1 "real path: /lib/libbare.so.1" "$MODSEAL" policy explain \
	--draft "$REAL/policy.yaml" --root "$REAL" /link/libbare.so.1
echo 'not: a policy' >"$REAL/bad.yaml"
check "a draft that is none" refused POLICY_INVALID "$MODSEAL" policy explain --draft "$REAL/bad.yaml" "$LIB/libgood.so.1"
check "a draft that is not there" refused NOT_FOUND "$MODSEAL" policy explain --draft "$REAL/none.yaml" "$LIB/libgood.so.1"
check "a draft that is a directory" refused NOT_REGULAR "$MODSEAL" policy explain --draft "$REAL" "$LIB/libgood.so.1"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	cp "$MODSEAL" "$REAL/setuid"
	chmod 4755 "$REAL/setuid"
	chmod 755 "$REAL"
	secure() {
		exits 2 setpriv --reuid 65533 --clear-groups "$REAL/setuid" policy explain \
			--draft "$REAL/policy.yaml" "$LIB/libgood.so.1" 2>"$WORK/told.err" &&
			grep -q 'drafts are refused in secure execution' "$WORK/told.err"
	}
	check "drafts are refused in secure execution" secure
else
	skip "drafts in secure execution" "needs root and setpriv"
fi

# ---- delegation ------------------------------------------------------------------------

mkdir -p "$REAL/opt"
"$MODSEAL" keygen vendor --directory "$REAL" >/dev/null || exit 99
build_library "$REAL/opt/libours.so.1" libours.so.1 'int ours(void) { return 1; }'
cat >"$REAL/vendor.yaml" <<END
modseal-supplement: 1
name: vendor
serial: 1
issued: 2026-01-01T00:00:00Z
signers:
  build: {trust: pinned, certificate-file: $REAL/release.pem, certificate-sha256: "$(sha256sum "$REAL/release.pem" | cut -d' ' -f1)"}
rules:
  - {path: $REAL/opt/none/*, signers: [build]}
  - {path: $REAL/opt/*.so.1, signers: [build], owners: [root, caller]}
END
"$MODSEAL" policy sign "$REAL/vendor.yaml" --key "$REAL/vendor.key" --certificate "$REAL/vendor.pem" >/dev/null || exit 99
write_policy "$REAL/policy.yaml" "supplements: [{name: vendor, file: $REAL/vendor.yaml, signers: [vendor]}]" \
	"signer:vendor: {trust: pinned, purposes: [supplement], certificate-file: $REAL/vendor.pem, certificate-sha256: \"$(sha256sum "$REAL/vendor.pem" | cut -d' ' -f1)\"}" \
	"rule:{path: $REAL/opt/**, delegate: vendor}" >/dev/null || exit 99
delegation=$(grep -n 'delegate: vendor' "$REAL/policy.yaml" | cut -d: -f1)
check "who delegates, and to whom" tells 0 "delegated: by line $delegation, $REAL/opt/**, to the supplement vendor" \
	draft "$REAL/opt/libours.so.1"
check "the rules of the supplement are tried" tells 0 "not this rule: line 8 of vendor, $REAL/opt/none/*" draft "$REAL/opt/libours.so.1"
check "and one of them decides" tells 0 "rule: line 9 of the supplement vendor" draft "$REAL/opt/libours.so.1"
check "quoted out of the supplement" tells 0 "policy: - {path: $REAL/opt/*.so.1, signers: [build]" draft "$REAL/opt/libours.so.1"
check "the supplement's signers are named" tells 0 "signed by build: good" draft "$REAL/opt/libours.so.1"
check "JSON: the supplement" tells 0 '"supplement": "vendor"' draft --json "$REAL/opt/libours.so.1"
cp "$REAL/opt/libours.so.1" "$REAL/opt/other.so"
check "where it says nothing no rule decides" tells 1 "rule: none of " draft "$REAL/opt/other.so"
echo '# more' >>"$REAL/vendor.yaml"
check "a supplement that is not good" tells 1 "POLICY_SIGNATURE" draft "$REAL/opt/libours.so.1"
check "a supplement is no policy to ask" exits 2 "$MODSEAL" policy explain --draft "$REAL/vendor.yaml" "$REAL/opt/libours.so.1"
