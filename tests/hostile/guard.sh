#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the library says to an enforcer (modseal-guard.h): one file that another process is about
# to use, judged where it lies, or given as a sealed copy.
. tests/lib.sh
. tests/policy.sh
chmod 755 "$WORK" "$REAL" "$LIB"
HOST=$BUILD/tests/hosts/guard
program="rule:{path: $LIB/**, kind: program, signers: [release], owners: [root, caller], identity: unbound, evidence: [appended, detached]}"
check "the policy is signed" write_policy "$REAL/policy.yaml" "records: {to: [file], file: $REAL/records.jsonl}" "$program" \
	"rule:{path: /usr/bin/**, kind: program, evidence: [protected-path]}"
build_library "$LIB/liba.so.1" liba.so.1 "int value(void) { return 1; }"
build_library "$LIB/libb.so.1" libb.so.1 "int value(void) { return 2; }"
a=$LIB/liba.so.1 b=$LIB/libb.so.1
# answers CODE STAGE HELD HOW KIND FILE PATH [ROOT]
answers() {
	wanted="$1 $2 $3 "
	shift 3
	"$HOST" "$REAL/policy.yaml" "$REAL/policy.pem" "$@" >"$WORK/said" 2>"$WORK/asked"
	case $(head -n 1 "$WORK/said") in "$wanted"*) ;; *) echo "wanted $wanted: $(cat "$WORK/said")" >&2; return 1 ;; esac
}
said() { grep -qF -- "$1" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }; }
held=root
[ "$(id -u)" = 0 ] || held=-

true=$(readlink -f /usr/bin/true)
libc=$(${CC:-cc} -print-file-name=libc.so.6)
libc=$(readlink -f "$libc")
check "a program of root's is held" answers OK none root use program "$true" "$true"
check "a library of root's" answers OK none root use library "$libc" "$libc"
check "the descriptor of another file" answers PATH_MISMATCH open - use library "$b" "$a"
check "no such path" answers NOT_FOUND open - use library "$a" "$a.none"
check "a program is no library" answers PATH_NOT_ALLOWED rule - use library "$true" "$true"
check "but where it is asked for, either will do" answers OK none root either library "$true" "$true"
check "a path that no rule is for" answers PATH_NOT_ALLOWED rule - use program /etc/hostname /etc/hostname

# ---- who bounds what is held in memory -------------------------------------------------

asked() { grep -qx -- "$1" "$WORK/asked" || { cat "$WORK/asked" >&2; return 1; }; }
rm -f "$REAL/records.jsonl"
check "E18 bytes may not be held now" answers RESOURCE bytes - refuse-hold library "$a" "$a"
reach=root
[ "$(id -u)" = 0 ] || reach=users
check "E18 it was asked how many, and who could change them" asked "hold: $(stat -c %s "$a") bytes, $reach"
check "E18 that is no verdict: nothing is recorded" [ ! -e "$REAL/records.jsonl" ]
check "E18 nobody is asked about what is refused before" answers PATH_NOT_ALLOWED rule - refuse-hold program /etc/hostname /etc/hostname
check "E18 nobody" [ ! -s "$WORK/asked" ]
[ "$(id -u)" != 0 ] || check "E18 bytes may be held" answers OK none root hold library "$a" "$a"

# ---- what others can change ------------------------------------------------------------

if [ "$(id -u)" = 0 ]; then
	check "a signed library that only root can write" answers OK none root use library "$a" "$a"
	other() { setpriv --reuid 12345 --regid 12345 --clear-groups "$@"; }
	chown 12345 "$LIB" "$a"
	chmod 644 "$REAL"/*.yaml* "$REAL"/*.pem
else
	other() { "$@"; }
fi
# by_owner ...: answers, asked by a user whose library it is
by_owner() {
	wanted="$1 $2 $3 "
	shift 3
	cp "$HOST" "$REAL/host"
	other "$REAL/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$@" >"$WORK/said" 2>&1
	case $(head -n 1 "$WORK/said") in "$wanted"*) ;; *) echo "wanted $wanted: $(cat "$WORK/said")" >&2; return 1 ;; esac
}
sed 's/^records:.*//' "$REAL/policy.yaml" >"$REAL/plain.yaml" && mv "$REAL/plain.yaml" "$REAL/policy.yaml"
"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
chmod 644 "$REAL"/*.yaml*
check "what its owner could change is refused in place" by_owner HAND_OFF_UNAVAILABLE image - use library "$a" "$a"
check "it says who" said "others than root could change it while it is in use"
check "a sealed copy is not" by_owner OK none - copy library "$a" "$a"
check "of the content, without the signature" said "copy: $("$MODSEAL" strip --output "$WORK/content" "$a" >"$WORK/log" 2>&1; stat -c %s "$WORK/content") bytes, sealed, unchanged"
check "of another file" by_owner PATH_MISMATCH open - copy library "$b" "$a"
printf x | dd of="$a" bs=1 seek=600 conv=notrunc 2>"$WORK/log"
check "of changed bytes" by_owner SIGNATURE_INVALID evidence - copy library "$a" "$a"

# ---- scripts ---------------------------------------------------------------------------

[ "$(id -u)" != 0 ] || chown 0 "$LIB"
printf '#!/bin/sh\necho\n' >"$LIB/script"
"$MODSEAL" sign --any --detached --key "$REAL/release.key" --certificate "$REAL/release.pem" "$LIB/script" >"$WORK/log" 2>&1
check "a script is none where none is wanted" answers TYPE_MISMATCH container - use program "$LIB/script" "$LIB/script"
if [ "$held" = root ]; then
	check "a signed script" answers OK none root script program "$LIB/script" "$LIB/script"
else
	check "a signed script" answers HAND_OFF_UNAVAILABLE image - script program "$LIB/script" "$LIB/script"
fi
echo >>"$LIB/script"
check "a changed one" answers SIGNATURE_INVALID evidence - script program "$LIB/script" "$LIB/script"
rm "$LIB/script.p7s"
check "one that is not signed" answers SIGNATURE_MISSING evidence - script program "$LIB/script" "$LIB/script"
echo text >"$LIB/text"
check "a text is no script" answers TYPE_MISMATCH container - script program "$LIB/text" "$LIB/text"

# ---- other roots -----------------------------------------------------------------------

tree=$REAL/tree
mkdir -p "$tree$LIB" "$tree/usr/bin"
cp "$b" "$tree$LIB/libb.so.1"
cp "$true" "$tree/usr/bin/true"
if [ "$held" = root ]; then
	check "below another root the path is that one's" answers OK none root use library "$tree$LIB/libb.so.1" "$LIB/libb.so.1" "$tree"
	ln -s / "$tree/up"
	check "links of it stay in it" answers OK none root use library "$tree$LIB/libb.so.1" "/up$LIB/libb.so.1" "$tree"
else
	skip "below another root" "only root can make what only root can change"
fi
check "not the one of here" answers PATH_MISMATCH open - use library "$LIB/libb.so.1" "$LIB/libb.so.1" "$tree"

# ---- wrong use -------------------------------------------------------------------------

for how in version flag reserved reserved-32; do
	check "wrong: $how" answers ARGUMENT find - $how library "$b" "$b"
done
for how in record-version record-none; do
	check "wrong: $how" answers ARGUMENT find - $how library "$b" "$b"
done
check "wrong: another kind" answers ARGUMENT find - use module "$b" "$b"
check "wrong: a relative path" answers ARGUMENT find - use library "$b" libb.so.1
check "wrong: a context for a tree" answers ARGUMENT find - in-root library "$b" "$b"

# ---- records ---------------------------------------------------------------------------

check "the policy has records again" write_policy "$REAL/policy.yaml" "records: {to: [file], file: $REAL/records.jsonl}" "$program"
recorded() { grep -qE -- "$1" "$REAL/records.jsonl" || { cat "$REAL/records.jsonl" >&2; return 1; }; }
"$HOST" "$REAL/policy.yaml" "$REAL/policy.pem" use library /etc/hostname /etc/hostname >"$WORK/said"
check "a refusal is recorded with who wanted it" \
	recorded '"refused","code":"PATH_NOT_ALLOWED".*"object":"/etc/hostname".*"pid":4242,"parent":4241,"uid":77,"program":"/usr/bin/asker","command":"asker"'
"$HOST" "$REAL/policy.yaml" "$REAL/policy.pem" record library "$b" "$b" >"$WORK/said"
check "and so is what the enforcer refuses" \
	recorded '"refused","code":"NOT_SEALED".*"object":"anonymous memory".*"pid":4242.*"reason":"by the enforcer"'
sed -i 's/^mode: enforce/mode: audit/' "$REAL/policy.yaml"
"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
cp "$true" "$REAL/unknown"
check "audit mode lets pass" answers OK none "$held" use program "$REAL/unknown" "$REAL/unknown"
check "an enforcer is told of audit mode" said "audit=1"

# ---- rules with a mode of their own ------------------------------------------------------

# enforced WANT CODE ...: as answers; WANT: 1, it is refused in audit mode, too
enforced() {
	mode=$1 code=$2
	shift 2
	answers "$code" "$@" && said "enforced=$mode"
}
mkdir "$LIB/strict" "$LIB/loose"
for folder in strict loose; do cp "$b" "$LIB/$folder" && cp "$b" "$LIB/$folder/program" || exit 99; done
printf x | dd of="$LIB/strict/libb.so.1" bs=1 seek=600 conv=notrunc 2>"$WORK/log"
strict="path: $LIB/strict" rest="signers: [release], owners: [root, caller], identity: unbound, mode: enforce"
check "a policy in audit mode with rules that enforce" write_policy "$REAL/policy.yaml" "rule:{$strict/lib*, kind: library, $rest}" \
	"rule:{$strict/program, kind: program, $rest}" "rule:{path: $REAL/apart, kind: program, $rest}" \
	"rule:{path: $LIB/loose/lib*, kind: library, ${rest%enforce}audit}"
sed -i 's/^mode: enforce/mode: audit/' "$REAL/policy.yaml"
"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
c=$LIB/strict/libb.so.1 d=$LIB/loose/libb.so.1 e=$LIB/strict/program
check "R107 what such a rule refuses is enforced" enforced 1 SIGNATURE_INVALID evidence - use library "$c" "$c"
ln -s "$c" "$LIB/loose/link.so"
check "R107 that of the file, not that of a link to it" enforced 1 SIGNATURE_INVALID evidence - use library "$c" "$LIB/loose/link.so"
check "R107 what is refused before it is looked for, too" enforced 1 PATH_MISMATCH open - use library "$d" "$c"
check "R107 not where another rule would be found" enforced 0 PATH_MISMATCH open - use library "$c" "$d"
check "R107 nor where none would" enforced 0 PATH_MISMATCH open - use library "$c" /etc/hostname
check "R107 nor one of another kind" enforced 0 PATH_MISMATCH open - use library "$d" "$e"
cp "$b" "$REAL/apart"
check "R107 nor there without another" enforced 0 PATH_MISMATCH open - use library "$d" "$REAL/apart"
check "R107 but where either kind will do" enforced 1 PATH_MISMATCH open - either library "$d" "$REAL/apart"
check "R107 of the two rules that of the kind that is asked for" enforced 0 PATH_MISMATCH open - either library "$d" "$e"
