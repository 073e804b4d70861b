#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# policy install: what it shows, switches, keeps, refuses.
# plain
. tests/lib.sh
if [ "$(id -u)" != 0 ]; then
	skip "policy install" "installed files must belong to root"
	exit 0
fi
. tests/sets.sh
for serial in 1 2 3; do make_set "$REAL/s$serial" $serial; done
umask 077 # what is installed is for all to read, whoever installs it

# ---- the story: 1, 2, and not 1 again ----------------------------------------------------

check "nothing is in force" refused NOT_FOUND "$MODSEAL" policy check --anchor "$REAL/policy.pem" \
	--policy "$ETC/policy.yaml"
check "install the first" says "in force: nothing" install "$REAL/s1/policy.yaml"
check "it is in force" serial_is 1
check "install the second" says "in force: tests, serial 1" install "$REAL/s2/policy.yaml"
check "it is in force now" serial_is 2
check "R33 with its floor" floor_is 2
check "R33 the first again is refused" refused ROLLBACK install "$REAL/s1/policy.yaml"
check "and the second stays in force" serial_is 2
check "the second may be installed again" says "this set is in force already" install "$REAL/s2/policy.yaml"
check "the third" install "$REAL/s3/policy.yaml"
check "the set before is kept, no other" [ "$(find "$ETC/sets" -name policy.yaml | wc -l)" = 2 ]
kept() { grep -q '^serial: 2$' "$ETC/previous/policy.yaml" && grep -q '^serial: 3$' "$ETC/current/policy.yaml"; }
check "it is called previous" kept
check "nothing unfinished is left" [ -z "$(find "$REAL/etc" "$REAL/var" -name '*.new')" ]
private() { find "$ETC" "$VAR" ! -type l ! -perm -0444 ! -name .lock; }
check "everything installed can be read by all" nothing private
if command -v setpriv >/dev/null; then
	cp "$MODSEAL" "$REAL/plain"
	chmod 755 "$REAL/plain"
	chmod -R a+rX "$ANCHORS"
	by_user() { setpriv --reuid 65533 --clear-groups "$REAL/plain" policy check "$ETC/policy.yaml" \
		--anchor-directory "$ANCHORS" --state "$VAR"; }
	check "and used by a user who is not root" by_user
	cp -rL "$ETC/current" "$REAL/users"
	chown -R 65533 "$REAL/users"
	by_himself() { setpriv --reuid 65533 --clear-groups "$REAL/plain" policy check "$REAL/users/policy.yaml" \
		--anchor-directory "$ANCHORS" --state "$VAR" "$@"; }
	check "R79 who may have files of his own only with an anchor of his own" refused PATH_UNSAFE by_himself
	cp -r "$ANCHORS" "$REAL/anchors"
	chown -R 65533 "$REAL/anchors"
	by_his_anchor() { setpriv --reuid 65533 --clear-groups "$REAL/plain" policy check "$ETC/policy.yaml" \
		--anchor-directory "$REAL/anchors" --state "$VAR" "$@"; }
	check "R79 and no directory of anchors" refused PATH_UNSAFE by_his_anchor
else
	skip "a user who is not root" "no setpriv"
fi

if command -v flock >/dev/null; then
	for locked in "$ETC" "$VAR"; do
		check "another installation in ${locked##*/} is not interfered with" refused CHANGED \
			flock "$locked/.lock" "$MODSEAL" policy install --anchor-directory "$ANCHORS" --directory "$ETC" --state "$VAR" \
			--yes "$REAL/s3/policy.yaml"
	done
else
	skip "two installations at once" "no flock"
fi

# ---- what it shows -----------------------------------------------------------------------

make_set "$REAL/s4" 4
json() { install "$REAL/s4/policy.yaml" --json >"$WORK/json"; }
check "--json" json
holds() { grep -qF -- "$1" "$WORK/json" || { cat "$WORK/json" >&2; return 1; }; }
check "tells the new policy" holds '"policy": "tests", "serial": 4, "issued": "2026-01-01T00:00:00Z"'
check "the one before" holds '"previous": {"policy": "tests", "serial": 3, "issued": "2026-01-01T00:00:00Z"}'
check "the floor it had to reach" holds '"floor": 3'
check "the files" holds '"files": ["keys/signer.pem", "policy.yaml", "policy.yaml.p7s"]'
check "what changes, in words" holds '{"what": "policy", "change": "changed", "words": "serial: was 3, is 4 (raised)"}'
check "lines removed" holds '{"change": "removed", "line": 3, "text": "serial: 3"}'
check "lines added" holds '{"change": "added", "line": 3, "text": "serial: 4"}'
unchanged() { ! grep -q 'purposes' "$WORK/json" && [ "$(grep -o '"change":' "$WORK/json" | wc -l)" = 7 ]; }
check "and no others" unchanged
check "a failure has a code and a stage" says '"code": "ROLLBACK", "stage": "policy"' install "$REAL/s1/policy.yaml" --json

# ---- what is asked -----------------------------------------------------------------------

make_set "$REAL/s5" 5
# shellcheck disable=SC2120 # the arguments come through exits
asked() { "$MODSEAL" policy install "$REAL/s5/policy.yaml" --anchor-directory "$ANCHORS" --directory "$ETC" \
	--state "$VAR" "$@"; }
unasked() { asked </dev/null; }
check "without a terminal --yes is needed" exits 2 unasked
check "with --json too" exits 2 asked --json
if command -v script >/dev/null; then
	answer() { # answer TEXT STATUS
		{ sleep 1; echo "$1"; } | script -qec "'$MODSEAL' policy install '$REAL/s5/policy.yaml' --anchor-directory '$ANCHORS' --directory '$ETC' --state '$VAR'" /dev/null >"$WORK/asked"
		[ $? = "$2" ] || { cat "$WORK/asked" >&2; return 1; }
	}
	check "no is no" answer n 1
	check "and leaves what was in force" serial_is 4
	check "and no set behind" [ "$(find "$ETC/sets" -name policy.yaml | wc -l)" = 2 ]
	check "yes is yes" answer y 0
	check "and puts it in force" serial_is 5
else
	skip "asking on a terminal" "no script(1)"
	check "yes is yes" install "$REAL/s5/policy.yaml"
fi

# ---- what is refused, and changes nothing ------------------------------------------------

before() { (cd "$ETC" && find . "$VAR" ! -name .lock -printf '%p %l %s\n' | sort; cat "$VAR/state") >"$WORK/before"; }
after() { (cd "$ETC" && find . "$VAR" ! -name .lock -printf '%p %l %s\n' | sort; cat "$VAR/state") >"$WORK/after"; cmp "$WORK/before" "$WORK/after"; }
refuses() { # refuses NAME CODE FILE [OPTION...]
	name=$1 code=$2
	shift 2
	before
	check "$name is refused" refused "$code" install "$@"
	check "and changes nothing" after
}
make_set "$REAL/foreign" 6 tests stranger
refuses "a policy of a stranger" POLICY_SIGNATURE "$REAL/foreign/policy.yaml"
cp -r "$REAL/s5" "$REAL/changed" && echo '# x' >>"$REAL/changed/policy.yaml"
refuses "a policy changed after signing" POLICY_SIGNATURE "$REAL/changed/policy.yaml"
cp -r "$REAL/s5" "$REAL/bare" && rm "$REAL/bare/policy.yaml.p7s"
refuses "a policy without a signature" POLICY_SIGNATURE "$REAL/bare/policy.yaml"
cp -r "$REAL/s5" "$REAL/lacking" && rm "$REAL/lacking/keys/signer.pem"
refuses "a policy without its certificate" NOT_FOUND "$REAL/lacking/policy.yaml"
cp -r "$REAL/s5" "$REAL/swapped" && cp "$REAL/other.pem" "$REAL/swapped/keys/signer.pem"
refuses "a policy with another certificate" POLICY_INVALID "$REAL/swapped/policy.yaml"
make_set "$REAL/staging" 6 staging
refuses "a policy of another name" POLICY_NAME "$REAL/staging/policy.yaml"
refuses "a policy that is not there" NOT_FOUND "$REAL/nowhere/policy.yaml"
refuses "a directory" NOT_REGULAR "$REAL/s5"
mkfifo "$REAL/fifo"
refuses "a FIFO" NOT_REGULAR "$REAL/fifo"
again() { # again DIR: signs what was changed
	"$MODSEAL" policy sign --force "$1/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
}
make_set "$REAL/near" 6
mv "$REAL/near/keys/signer.pem" "$REAL/near/policy.yaml.pem"
sed -i "s|certificate-file: .*|certificate-file: policy.yaml.pem|" "$REAL/near/policy.yaml"
again "$REAL/near"
check "a file may be called almost as the policy" install "$REAL/near/policy.yaml"
check "and is installed" serial_is 6
make_set "$REAL/s7" 7
make_set "$REAL/absolute" 7
sed -i "s|certificate-file: keys|certificate-file: $REAL/absolute/keys|" "$REAL/absolute/policy.yaml"
again "$REAL/absolute"
refuses "a policy that names a file by an absolute path" POLICY_INVALID "$REAL/absolute/policy.yaml"
for name in policy.yaml policy.yaml.p7s; do
	make_set "$REAL/same" 7
	mv "$REAL/same/policy.yaml" "$REAL/same/new.yaml"
	cp "$REAL/release.pem" "$REAL/same/$name"
	sed -i "s|certificate-file: .*|certificate-file: $name|" "$REAL/same/new.yaml"
	"$MODSEAL" policy sign --force "$REAL/same/new.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
	refuses "a policy that names a file $name" POLICY_INVALID "$REAL/same/new.yaml"
	rm -r "$REAL/same"
done
# links: what is installed is for all to read, so it must be of the package
mkdir -m 700 "$REAL/secret"
cp "$REAL/release.pem" "$REAL/secret/signer.pem"
chmod 600 "$REAL/secret/signer.pem"
linked() { # linked TARGET: a package whose keys/signer.pem is a link
	rm -rf "$REAL/linked"
	make_set "$REAL/linked" 7
	mv "$REAL/linked/keys/signer.pem" "$REAL/linked/inside.pem"
	ln -s "$1" "$REAL/linked/keys/signer.pem"
	chown -hR 65534 "$REAL/linked"
}
linked "$REAL/secret/signer.pem"
refuses "R79 a link to what only root can read" PATH_UNSAFE "$REAL/linked/policy.yaml"
check "R79 and told so" says "leads out of the directory of the policy" install "$REAL/linked/policy.yaml"
linked ../../secret/signer.pem
refuses "R79 a relative link out of the package" PATH_UNSAFE "$REAL/linked/policy.yaml"
linked ../../linked/inside.pem
refuses "R79 a link out and in again" PATH_UNSAFE "$REAL/linked/policy.yaml"
linked "/proc/self/root$REAL/linked/inside.pem"
refuses "R79 a link through /proc" PATH_UNSAFE "$REAL/linked/policy.yaml"
linked ../inside.pem
rm -r "$REAL/linked/keys"
ln -s ../secret "$REAL/linked/keys"
refuses "R79 a directory that is a link out of the package" PATH_UNSAFE "$REAL/linked/policy.yaml"
linked ../inside.pem
check "R79 a link inside the package" install "$REAL/linked/policy.yaml"
check "is in force" serial_is 7
file_itself() { [ ! -L "$ETC/current/keys/signer.pem" ] && cmp "$ETC/current/keys/signer.pem" "$REAL/release.pem"; }
check "as the file it leads to" file_itself
make_set "$REAL/apart" 7
mkdir "$REAL/apart/front"
ln -s ../policy.yaml "$REAL/apart/front/policy.yaml"
mv "$REAL/apart/policy.yaml.p7s" "$REAL/apart.p7s"
ln -s ../apart.p7s "$REAL/apart/policy.yaml.p7s"
check "a policy by a link to it, its signature a link" install "$REAL/apart/front/policy.yaml"
check "is in force" cmp "$REAL/apart.p7s" "$ETC/current/policy.yaml.p7s"
chmod o+w "$ETC"
refuses "a place that others may write to" PATH_UNSAFE "$REAL/s7/policy.yaml"
chmod o-w "$ETC"
chmod o+w "$VAR"
refuses "a state that others may write to" PATH_UNSAFE "$REAL/s7/policy.yaml"
chmod o-w "$VAR"

# ---- what is not its own, and stays ------------------------------------------------------

# others' entries, whether it fails or not
mkdir -p "$ETC/sets/precious/deep" "$ETC/sets/ABCDEF"
echo mine >"$ETC/sets/precious/deep/file"
echo mine >"$ETC/sets/notes"
short=$(printf '%063d' 0)
upper=$(printf '%063dA' 0)
mkdir "$ETC/sets/$short" "$ETC/sets/$upper" "$ETC/sets/${short}00" "$ETC/sets/${short}0.kept" "$ETC/sets/${short}0"
strange() { for entry in precious/deep/file ABCDEF notes "$short" "$upper" "${short}00" "${short}0.kept"; do [ -e "$ETC/sets/$entry" ] || { echo "no $entry" >&2; return 1; }; done; }
refuses "R33 a stranger's policy beside others' entries" POLICY_SIGNATURE "$REAL/foreign/policy.yaml"
before_it=$(readlink -f "$ETC/previous")
cp -a "$before_it" "$REAL/before.away"
check "one that is right, beside others' entries" install "$REAL/s7/policy.yaml"
check "R33 others' entries stay" strange
check "and a set that nothing leads to does not" [ ! -e "$ETC/sets/${short}0" ]
mv "$REAL/before.away" "$before_it"
chmod o+w "$before_it"
refuses "R33 a set that lies there already, for others to write," PATH_UNSAFE "$REAL/linked/policy.yaml"
mkdir "$ETC/sets/.new"
check "the set in force once more" install "$REAL/s7/policy.yaml"
check "removes what was left unfinished" [ ! -e "$ETC/sets/.new" ]
rm -r "$ETC/sets/${short}0.kept" "$ETC/sets/precious" "$ETC/sets/ABCDEF" "$ETC/sets/notes" "$ETC/sets/$short" "$ETC/sets/$upper" "$ETC/sets/${short}00"

# the set in force, however the link to it is spelled
target=$(readlink "$ETC/current")
for spelling in "$ETC/$target" "./$target" "sets/../$target"; do
	ln -sfn "$spelling" "$ETC/current"
	refuses "R33 a stranger's policy, current being ${spelling#"$REAL/"}," POLICY_SIGNATURE "$REAL/foreign/policy.yaml"
	check "and it is in force" serial_is 7
	before_it=$(readlink "$ETC/previous")
	check "R33 the set in force again" says "this set is in force already" install "$REAL/s7/policy.yaml"
	check "stays" serial_is 7
	check "and the one before is before it" [ "$(readlink "$ETC/previous")" = "$before_it" ]
	check "and is there" [ -e "$ETC/previous/policy.yaml" ]
done
ln -sfn "$ETC/$(readlink "$ETC/previous")" "$ETC/previous"
check "R33 with an absolute link to the set before" install "$REAL/s7/policy.yaml"
check "that is there, too" [ -e "$ETC/previous/policy.yaml" ]

# `sets` that is another place, or another's
mkdir -p "$REAL/victim/${short}0"
echo mine >"$REAL/victim/file"
mv "$ETC/sets" "$REAL/sets.away"
ln -s "$REAL/victim" "$ETC/sets"
refuses "R33 sets that is a link" PATH_UNSAFE "$REAL/s7/policy.yaml"
check "R33 and told so" says "is a link or no directory" install "$REAL/s7/policy.yaml"
untouched() { [ "$(cat "$REAL/victim/file")" = mine ] && [ -d "$REAL/victim/${short}0" ] && [ "$(find "$REAL/victim" | wc -l)" = 3 ]; }
check "R33 nothing is deleted where it leads" untouched
rm "$ETC/sets"
mv "$REAL/sets.away" "$ETC/sets"
chown 65534 "$ETC/sets"
refuses "R33 sets that belongs to another" PATH_UNSAFE "$REAL/s7/policy.yaml"
check "R33 and told whose" says "belongs to others" install "$REAL/s7/policy.yaml"
chown 0 "$ETC/sets"
chmod g+w "$ETC/sets"
refuses "R33 sets that others may write to" PATH_UNSAFE "$REAL/s7/policy.yaml"
check "R33 and told so" says "is theirs to write" install "$REAL/s7/policy.yaml"
chmod g-w "$ETC/sets"
check "the set in force is used all the same" serial_is 7

# ---- catalogs: newer ones with the same serial of the policy, and never older ones --------

set_with_catalog() { # set_with_catalog DIR POLICY_SERIAL CATALOG_SERIAL
	make_set "$1" "$2"
	mkdir -p "$1/lists"
	cp "$REAL/other.pem" "$1/keys/catalogs.pem"
	sed -i "s|^rules:|  catalogs: {trust: pinned, purposes: [catalog], certificate-file: keys/catalogs.pem, certificate-sha256: $(sha256sum "$REAL/other.pem" | cut -d' ' -f1)}\ncatalogs: [{name: base, file: lists/base.cat, signers: [catalogs]}]\nrules:|" \
		"$1/policy.yaml"
	printf 'modseal-catalog: 1\nname: base\nserial: %s\nissued: 2026-02-0%sT00:00:00Z\n' "$3" "$3" >"$1/lists/base.cat"
	openssl cms -sign -binary -in "$1/lists/base.cat" -signer "$REAL/other.pem" -inkey "$REAL/other.key" \
		-outform DER -nosmimecap -nocerts -out "$1/lists/base.cat.p7s"
	again "$1"
}
for serial in 2 3 4; do set_with_catalog "$REAL/c$serial" 8 $serial; done
check "a policy with a catalog" install "$REAL/c3/policy.yaml"
check "it is installed with it" cmp "$REAL/c3/lists/base.cat" "$ETC/current/lists/base.cat"
check "and with its signature" cmp "$REAL/c3/lists/base.cat.p7s" "$ETC/current/lists/base.cat.p7s"
check "and is in force" serial_is 8
floored() { grep -q "^catalog: tests base $1\$" "$VAR/state"; }
check "R33 the catalog has a floor" floored 3
check "R28 its time is the time floor" grep -q '^time-floor: 2026-02-03T00:00:00Z$' "$VAR/state"
refuses "R33 an older catalog" ROLLBACK "$REAL/c2/policy.yaml"
check "R33 and both numbers are named" says "serial is 2, below the floor 3" install "$REAL/c2/policy.yaml"
cp "$REAL/c2/lists/"* "$ETC/current/lists"
check "R33 one that was put in its place is refused" refused ROLLBACK installed "policy check"
check "a newer one with the same serial of the policy" install "$REAL/c4/policy.yaml"
check "is in force" floored 4
set_with_catalog "$REAL/absolute-catalog" 9 5
sed -i "s|file: lists|file: $REAL/absolute-catalog/lists|" "$REAL/absolute-catalog/policy.yaml"
again "$REAL/absolute-catalog"
refuses "a catalog named by an absolute path" POLICY_INVALID "$REAL/absolute-catalog/policy.yaml"
set_with_catalog "$REAL/unsigned-catalog" 9 5
rm "$REAL/unsigned-catalog/lists/base.cat.p7s"
refuses "a catalog without a signature" CATALOG_INVALID "$REAL/unsigned-catalog/policy.yaml"

# ---- where it comes from, and what was there ---------------------------------------------

make_set "$REAL/s9" 9
mv "$REAL/s9/policy.yaml" "$REAL/s9/gateway.yaml"
mv "$REAL/s9/policy.yaml.p7s" "$REAL/s9/gateway.yaml.p7s"
chown -R 65534 "$REAL/s9"
chmod 777 "$REAL/s9"
cd "$REAL/s9" || exit 99
check "a policy of any name and owner, by a relative name" install gateway.yaml
cd "$OLDPWD" || exit 99
check "is in force" serial_is 9
strangers() { find "$ETC" "$VAR" ! -user 0; }
check "and root's where it is installed" nothing strangers
echo damaged >"$ETC/current/keys/signer.pem"
check "a set damaged where it lies is not in force" refused POLICY_INVALID installed "policy check"
check "and installing it again repairs it" install "$REAL/s9/gateway.yaml"
check "so that it is" serial_is 9
rm "$VAR/state"
check "R33 a state that was lost does not forget the set in force" refused ROLLBACK install "$REAL/s5/policy.yaml"
check "and is made again" install "$REAL/s9/gateway.yaml"
check "with its floor" floor_is 9
rm -r "$ETC" "$VAR"
mkdir "$ETC"
chmod 755 "$ETC"
cp -r "$REAL/s2/." "$ETC"
check "over a policy that was put there by hand" says "in force: tests, serial 2" install "$REAL/s3/policy.yaml"
check "one is in force" serial_is 3
check "and the other is kept" cmp "$ETC/policy.yaml.replaced" "$REAL/s2/policy.yaml"
own() { command=$1; shift; "$MODSEAL" policy "$command" --anchor "$REAL/policy.pem" "$@"; }
check "by an anchor of one's own" own install "$REAL/s2/policy.yaml" --directory "$REAL/mine" --state "$REAL/mine-state" --yes
check "it is in force" own check "$REAL/mine/policy.yaml" --state "$REAL/mine-state"
check "and has its floor" refused ROLLBACK own check "$REAL/s1/policy.yaml" --state "$REAL/mine-state"
check "--anchor and --anchor-directory exclude each other" exits 2 own install "$REAL/s2/policy.yaml" --yes \
	--anchor-directory "$ANCHORS"
check "when checking too" exits 2 own check "$REAL/s2/policy.yaml" --anchor-directory "$ANCHORS"
