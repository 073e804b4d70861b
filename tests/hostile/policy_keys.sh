#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the keys of a policy enforce that are judged beside the rules: its end, security versions by
# name, where the needs of a file are looked for, and sources on a noexec mount.
. tests/lib.sh
. tests/policy.sh
OUTLIVE=$BUILD/tests/hosts/outlive
says() { # says TEXT COMMAND...: on standard output or error, whatever the command ends with
	text=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -- "$text" "$WORK/said" || { echo "no '$text': $(cat "$WORK/said")" >&2; return 1; }
}
by_hand() { # what `policy sign` would refuse
	openssl cms -sign -binary -in "$1" -outform DER -out "$1.p7s" -signer "$REAL/policy.pem" \
		-inkey "$REAL/policy.key" -nocerts -md sha256
}
build_library "$LIB/libgood.so.1" libgood.so.1 'int good(void) { return 1; }'
policy() { write_policy "$REAL/policy.yaml" "$@"; }
policy_check() { "$MODSEAL" policy check "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }

# ---- expires, on-expiry ------------------------------------------------------------------

END=1893456000 # 2030-01-01
expired='expired on 2030-01-01T00:00:00Z'
answers() { # answers TEXT SECONDS...: all that is printed
	wanted=$1
	shift
	"$OUTLIVE" "$REAL/policy.pem" "$REAL/policy.yaml" "$LIB/libgood.so.1" "$@" >"$WORK/said" 2>&1
	[ "$(grep -v 'rollback state' "$WORK/said" | tr '\n' ';')" = "$wanted" ] || { cat "$WORK/said" >&2; return 1; }
}
check "a policy with an end is signed" policy 'expires: 2030-01-01T00:00:00Z'
check "before its end it counts" answers 'open OK;check OK;check OK;' 1800000000 $((END - 1))
check "with a clock that died it counts" answers 'open OK;check OK;' 0
check "at its end it cannot be opened" answers "open POLICY_EXPIRED $expired;" $END
check "a context that outlives it accepts nothing more" \
	answers "open OK;check OK;check POLICY_EXPIRED $expired;check POLICY_EXPIRED $expired;" $((END - 1)) $END $((END + 1))
check "one that warns" policy 'expires: 2030-01-01T00:00:00Z\non-expiry: warn'
remark="check OK;remark the policy $expired;"
check "is opened and outlived, with a remark in every verdict" \
	answers "open OK;${remark}$remark" $END $((END + 1))
check "and none before" answers "open OK;check OK;$remark" $((END - 1)) $END
over() { # over LINE...: a policy whose end has come, signed
	policy 'expires: 2030-01-01T00:00:00Z' "$@" >"$WORK/log" &&
		sed -i 's/^issued:.*/issued: 2020-01-01T00:00:00Z/; s/^expires:.*/expires: 2021-01-01T00:00:00Z/' \
			"$REAL/policy.yaml" && by_hand "$REAL/policy.yaml"
}
check "a policy whose end has come" over
check "is not in force" refused POLICY_EXPIRED verify "$LIB/libgood.so.1"
check "the message names the end and what to do" \
	says 'expired on 2021-01-01T00:00:00Z (install a newer policy' verify "$LIB/libgood.so.1"
check "policy check says so" refused POLICY_EXPIRED policy_check
check "it is not signed again" refused POLICY_EXPIRED "$MODSEAL" policy sign --force "$REAL/policy.yaml" \
	--key "$REAL/policy.key" --certificate "$REAL/policy.pem"
check "one that only warns is there" over 'on-expiry: warn'
check "and in force" verify "$LIB/libgood.so.1"
check "with a remark" says 'remark: the policy expired on 2021-01-01T00:00:00Z' verify "$LIB/libgood.so.1"
check "policy check tells it" says 'expired: yes' policy_check
check "also in JSON" says '"expires": "2021-01-01T00:00:00Z", "expired": "yes"' policy_check --json
check "policy show tells what happens then" says 'on-expiry: warn' "$MODSEAL" policy show \
	--policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem"
# the time floor is that of a catalog, and the clock has died
"$MODSEAL" keygen cats --directory "$REAL" >"$WORK/log"
late() { # late SECONDS: a policy that names a catalog of that time
	date=$(date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ)
	rm -f "$REAL/late.cat" "$REAL/late.cat.p7s"
	printf 'modseal-catalog: 1\nname: late\nserial: 1\nissued: %s\n' "$date" >"$REAL/late.cat" &&
		"$MODSEAL" catalog sign --key "$REAL/cats.key" --certificate "$REAL/cats.pem" "$REAL/late.cat" >"$WORK/log" &&
		policy 'expires: 2030-01-01T00:00:00Z' "catalogs: [{name: late, file: $REAL/late.cat, signers: [cats]}]" \
			"signer:cats: {trust: pinned, purposes: [catalog], certificate-file: $REAL/cats.pem, certificate-sha256: \"$(sha256sum "$REAL/cats.pem" | cut -d' ' -f1)\"}" >"$WORK/log"
}
check "a catalog that was signed before the end" late $((END - 1))
check "ends nothing while the clock is dead" answers 'open OK;check OK;' 0
check "one that was signed at the end" late $END
check "ends the policy, though the clock is dead" answers "open POLICY_EXPIRED $expired;" 0

# ---- versions ----------------------------------------------------------------------------

note() { # note FILE NAME SONAME VERSION: signed
	printf '#include "modseal-module.h"\nMODSEAL_MODULE("%s", %s, "abi");\n' "$2" "$4" >"$WORK/note.c"
	${CC:-cc} -shared -fPIC -Iinclude -o "$1" "$WORK/note.c" ${3:+"-Wl,-soname,$3"} &&
		sign_with release "$1" >"$WORK/log"
}
note "$LIB/libcodec.so.1" libcodec libcodec.so.1 2
note "$LIB/reverb.so" reverb "" 7
cp "$LIB/reverb.so" "$WORK/reverb.7"
check "floors by name" policy 'versions: {libcodec.so.1: 2, reverb: 7, libother.so.1: 9}'
check "a version that reaches the floor is accepted" verify "$LIB/libcodec.so.1" "$LIB/reverb.so"
check "what is not named needs no version" verify "$LIB/libgood.so.1"
note "$LIB/reverb.so" reverb "" 6
check "R32 an older one is refused by the name in its note" refused ROLLBACK verify "$LIB/reverb.so"
check "R32 and told which floor" says "its security version is 6, and \`versions\` for 'reverb' wants 7 or above" \
	verify "$LIB/reverb.so"
cp "$LIB/reverb.so" "$LIB/other-name.so"
check "R32 a rule that takes any name" policy 'versions: {reverb: 7}' \
	"rule:{path: $LIB/**, signers: [release], owners: [root, caller], identity: unbound}"
check "R32 does not help it" refused ROLLBACK verify "$LIB/other-name.so"
check "R32 one without a version: by its SONAME" policy 'versions: {libgood.so.1: 0}'
check "R32 is refused" refused ROLLBACK verify "$LIB/libgood.so.1"
check "R32 and told" says "it carries no security version, and \`versions\` for 'libgood.so.1' wants 0" \
	verify "$LIB/libgood.so.1"
check "R32 a floor by SONAME" policy 'versions: {libcodec.so.1: 3}' \
	"rule:{path: $LIB/**, signers: [release], owners: [root, caller], minimum-version: 1}"
check "R32 holds though the note has another name, and the rule is content" refused ROLLBACK verify "$LIB/libcodec.so.1"
check "R32 a floor by the name in the note" policy 'versions: {libcodec: 3}'
check "R32 holds though there is a SONAME" refused ROLLBACK verify "$LIB/libcodec.so.1"
build_library "$LIB/libuser.so.1" libuser.so.1 'int user(void) { return 1; }' -Wl,--no-as-needed "$LIB/libcodec.so.1"
check "R32 and for what another library needs" refused ROLLBACK load "$LIB/libuser.so.1"
check "policy show tells floors" says 'versions.libcodec: 3' "$MODSEAL" policy show --policy "$REAL/policy.yaml" \
	--anchor "$REAL/policy.pem"

# ---- elf ---------------------------------------------------------------------------------

build_library "$LIB/libsoft.so.1" libsoft.so.1 'int soft(void) { return 1; }' -Wl,-z,norelro
check "a rule that says nothing of hygiene" policy
check "R50 takes a soft spot" verify "$LIB/libsoft.so.1"
check "one for hardened files" policy "rule:{path: $LIB/**, signers: [release], owners: [root, caller], elf: hardened}"
check "R50 does not" refused ELF_UNSAFE verify "$LIB/libsoft.so.1"
check "R50 and names it" says 'no PT_GNU_RELRO' verify "$LIB/libsoft.so.1"

# ---- search and origin of a rule ---------------------------------------------------------

# An application as Qt's are: programs and plugins in directories of their own beside lib.
APP=$REAL/app
mkdir -p "$APP/plugins/platforms" "$APP/lib" "$APP/private" "$REAL/elsewhere/platforms" "$REAL/elsewhere/lib"
build_library "$APP/lib/libcore.so.6" libcore.so.6 "$(marker core)
int core(void) { return 6; }"
build_library "$APP/lib/libgui.so.6" libgui.so.6 "$(marker gui)
int core(void); int gui(void) { return core(); }" "$APP/lib/libcore.so.6"
build_library "$APP/plugins/platforms/libx.so" libx.so "int gui(void); int x(void) { return gui(); }" \
	"$APP/lib/libgui.so.6" -Wl,-rpath-link,"$APP/lib"
app() { # app KEYS [LINE...]: rules for plugins with more keys, and for the libraries they need
	keys=$1
	shift
	policy "rule:{path: $APP/plugins/**, signers: [release], owners: [root, caller]$keys}" \
		"rule:{path: $REAL/**, signers: [release], owners: [root, caller], origin: [.]}" "$@"
}
plugin=$APP/plugins/platforms/libx.so
real_of() { # real_of PATH: the verdict of the plugin tells that its closure holds the path
	says "\"real-path\": \"$1\"" load --json "$plugin"
}
check "without origin" app ''
check "a plugin of an application misses its libraries" refused DEPENDENCY_MISSING load "$plugin"
check "with the directory beside its own" app ', origin: [../../lib]'
check "they are found, and what those need in their own directory" load "$plugin" --symbol x
check "they are the right ones" real_of "$APP/lib/libcore.so.6"
check "by search, too" app ", search: [$APP/private, $APP/lib]"
check "they are found" load "$plugin"
check "R79 a search of a rule is spelled as it really is" app ", search: [$APP/link]"
ln -s lib "$APP/link"
check "R79 else it is a policy error" refused POLICY_INVALID policy_check
check "R79 that names the real spelling" says "write $APP/lib" policy_check
rm "$APP/link"
check "search of a rule replaces the policy's" app ", search: [$APP/private]"
cp "$APP/lib/libgui.so.6" "$APP/lib/libcore.so.6" "$LIB"
check "which would have found it" refused DEPENDENCY_MISSING load "$plugin"
check "origin comes first" app ', origin: [../../lib]'
check "and its own is taken" real_of "$APP/lib/libgui.so.6"
check "origin that has not what is needed" app ', origin: [., ..]'
check "leaves it to the search of the policy" real_of "$LIB/libgui.so.6"
rm "$LIB/libgui.so.6" "$LIB/libcore.so.6"

# origin is where the file really is
check "origin of the real file" app ', origin: [../../lib]'
build_library "$REAL/elsewhere/lib/libgui.so.6" libgui.so.6 "$(marker wrong)"
rm -f "$WORK"/ran/*
ln -s "$plugin" "$REAL/elsewhere/platforms/libx.so"
check "a link beside other libraries leads to the plugin" load "$REAL/elsewhere/platforms/libx.so"
check "and not to those" [ ! -e "$WORK/ran/wrong" ]
ln -s "$APP/plugins/platforms" "$REAL/elsewhere/dir"
check "so does a link to its directory" load "$REAL/elsewhere/dir/libx.so"
check "and nothing else ran" [ ! -e "$WORK/ran/wrong" ]
mv "$APP/plugins/platforms" "$REAL/elsewhere/moved"
ln -s "$REAL/elsewhere/moved" "$APP/plugins/platforms"
check "a directory that was moved away and linked is judged where it is" refused DEPENDENCY_MISSING load "$plugin"
rm "$APP/plugins/platforms" && mv "$REAL/elsewhere/moved" "$APP/plugins/platforms"
# a directory named by origin that is a link: what is found there is judged where it really is
mv "$APP/lib" "$APP/lib.real"
ln -s "$REAL/outside" "$APP/lib"
mkdir "$REAL/outside"
cp "$APP/lib.real"/* "$REAL/outside"
check "a rule for the application alone" policy \
	"rule:{path: $APP/**, signers: [release], owners: [root, caller], origin: [../../lib, .]}"
check "R31 a linked lib leads to files that need a rule of their own" refused PATH_NOT_ALLOWED load "$plugin"
rm "$APP/lib" && mv "$APP/lib.real" "$APP/lib"
dots=$(echo "$APP/plugins/platforms" | sed 's|[^/]*||g; s|/|../|g')
check "origin up to the root" app ", origin: [${dots%/}]"
check "has not what is needed" refused DEPENDENCY_MISSING load "$plugin"
check "origin above the root" app ", origin: [$dots..]"
check "is refused" refused PATH_NOT_ALLOWED load "$plugin"
check "and told" says 'leads above `/` from here' load "$plugin"

# one name, two files
build_library "$APP/private/libcore.so.6" libcore.so.6 "$(marker core)
int core(void) { return 7; }"
build_library "$APP/plugins/libboth.so" libboth.so "int gui(void); int core(void);
int both(void) { return gui() + core(); }" "$APP/lib/libgui.so.6" "$APP/lib/libcore.so.6"
build_library "$APP/plugins/libturned.so" libturned.so "int gui(void); int core(void);
int both(void) { return gui() + core(); }" "$APP/lib/libcore.so.6" "$APP/lib/libgui.so.6"
rm -f "$WORK"/ran/*
check "a plugin that finds another core than its gui does" app ', origin: [../private, ../lib]'
check "is refused, whichever comes first" refused SONAME_CONFLICT load "$APP/plugins/libboth.so"
check "from the other end, too" refused SONAME_CONFLICT load "$APP/plugins/libturned.so"
check "when only checked, too" refused SONAME_CONFLICT verify "$APP/plugins/libboth.so"
check "both files are named" says "libcore.so.6' is this file for" verify "$APP/plugins/libboth.so"
check "nothing of it ran" nothing_ran
rm "$APP/private/libcore.so.6"
check "one core for both is accepted" load "$APP/plugins/libboth.so" --symbol both
check "and from the other end" load "$APP/plugins/libturned.so" --symbol both
ln -s ../lib/libcore.so.6 "$APP/private/libcore.so.6"
check "a link to the same file is the same" load "$APP/plugins/libboth.so"
rm "$APP/private/libcore.so.6" && ln "$APP/lib/libcore.so.6" "$APP/private/libcore.so.6"
check "another path of the same file is another file, for other rules" refused SONAME_CONFLICT load "$APP/plugins/libboth.so"
rm "$APP/private/libcore.so.6"
# where only one of both has a search of its own
cp "$APP/lib/libgui.so.6" "$APP/lib/libcore.so.6" "$LIB"
build_library "$APP/private/libcore.so.6" libcore.so.6 "$(marker core)
int core(void) { return 7; }"
check "a plugin that searches, and a gui that leaves it to the policy" policy \
	"rule:{path: $APP/plugins/**, signers: [release], owners: [root, caller], search: [$APP/private, $LIB]}" \
	"rule:{path: $REAL/**, signers: [release], owners: [root, caller]}"
check "its own core after that of the policy's search" refused SONAME_CONFLICT load "$APP/plugins/libboth.so"
check "that of the policy's search after its own core" refused SONAME_CONFLICT load "$APP/plugins/libturned.so"
rm "$APP/private/libcore.so.6" "$LIB/libgui.so.6" "$LIB/libcore.so.6"
check "one that would not find it at all, had it come first" app ", search: [$APP/private]" \
	"rule:{path: $APP/plugins/**, signers: [release], owners: [root, caller]}"
mv "$APP/lib/libgui.so.6" "$APP/private/"
build_library "$APP/plugins/liblate.so" liblate.so "int gui(void); int core(void);
int late(void) { return gui() + core(); }" "$APP/private/libgui.so.6" "$APP/lib/libcore.so.6" -Wl,-rpath-link,"$APP/lib"
check "gui finds core" policy "rule:{path: $APP/private/**, signers: [release], owners: [root, caller], search: [$APP/lib]}" \
	"rule:{path: $APP/**, signers: [release], owners: [root, caller], search: [$APP/private]}"
check "does not find it because another did" refused DEPENDENCY_MISSING load "$APP/plugins/liblate.so"
mv "$APP/private/libgui.so.6" "$APP/lib/"

# what a program needed at its start is where its rule says, too
mkdir -p "$APP/bin"
if nm -D "$BUILD/lib/libmodseal.so" | grep -q '__[at]san_'; then
	skip "a program with its libraries beside it" "the library is built with a sanitizer"
elif ${CC:-cc} -Iinclude -o "$APP/bin/open" tests/hosts/open_context.c "$BUILD/lib/libmodseal.so" \
	-Wl,-rpath,"\$ORIGIN/../lib"; then
	soname=$(readelf -d "$BUILD/lib/libmodseal.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
	cp "$BUILD/lib/libmodseal.so" "$APP/lib/$soname"
	sign_with release "$APP/bin/open" "$APP/lib/$soname" >"$WORK/log"
	started() { says "$1" "$APP/bin/open" "$REAL/policy.pem" "$REAL/policy.yaml" - -; }
	program() {
		policy "rule:{path: $APP/bin/*, kind: program, signers: [release], owners: [root, caller]$1}" \
			"rule:{path: $APP/lib/*, signers: [release], owners: [root, caller]}"
	}
	check "a program with its libraries beside it" program ''
	check "is refused, for what it needs is not found" started 'open NOT_FOUND'
	check "a rule with origin" program ', origin: [../lib]'
	check "finds them" started 'open OK'
fi

# ---- noexec ------------------------------------------------------------------------------

if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	mkdir "$LIB/noexec"
	from_noexec() { # from_noexec COMMAND...: with a library on a noexec mount
		unshare -m sh -c "mount -t tmpfs -o noexec,mode=755 tmpfs '$LIB/noexec' &&
			cp '$LIB/libgood.so.1' '$LIB/noexec/libgood.so.1' && exec \"\$@\"" sh "$@"
	}
	noexec() { from_noexec "$LOADER" "$@" --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$LIB/noexec/libgood.so.1"; }
	rule="path: $LIB/noexec/**, signers: [release], owners: [root, caller]"
	check "R64 a rule that says nothing" policy "rule:{$rule}"
	check "R64 refuses what lies on a noexec mount" refused NOEXEC noexec load
	check "R64 one that refuses" policy "rule:{$rule, noexec: refuse}"
	check "R64 does too" refused NOEXEC noexec verify
	check "R64 one that allows it" policy "rule:{$rule, noexec: allow}"
	check "R64 accepts" noexec verify
	check "R64 and loads it from a sealed copy" says '"hand-off": "sealed"' noexec load --json
	check "R64 a rule for other files" policy "rule:{path: $LIB/libgood.so.1, signers: [release], noexec: allow, owners: [root, caller]}"
	check "R64 allows nothing here" refused NOEXEC noexec load
else
	skip "R64 a library on a noexec mount" "needs root"
fi
