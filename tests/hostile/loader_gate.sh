#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The process gate: strangers are named with the way they came in, whatever a rule would say.
. tests/lib.sh
. tests/hostile/loader.inc
stranger=$libraries/v1/stranger.so

tries gate gate
check "a clean process passes, twice" says '^gate: OK' '^gate: OK' '^ended 0'
tries deny="$host" gate
check "the program itself is verified" says "^gate: PATH_NOT_ALLOWED rule '.*loader_host'"
tries deny="$(readlink -f /lib64/ld-linux-x86-64.so.2 || echo /lib)" gate
check "the dynamic linker is verified" says "^gate: PATH_NOT_ALLOWED rule"

# ---- R54: each way in ----------------------------------------------------------------
LD_PRELOAD=$stranger tries gate
check "R54 R60 LD_PRELOAD" says "^gate: PROCESS_UNVERIFIED gate '.*/stranger.so' .*LD_PRELOAD"
LD_PRELOAD=$stranger tries preload="$stranger" gate gate
check "R54 LD_PRELOAD of what process.preload lists" says '^gate: OK' '^gate: OK'
LD_PRELOAD=$stranger tries preload="$libraries/v1/audit.so" gate
check "R54 LD_PRELOAD while process.preload lists another" says '^gate: PROCESS_UNVERIFIED'
LD_PRELOAD=$stranger tries preload="$stranger" deny="$stranger" gate
check "R54 what process.preload lists is verified all the same" says '^gate: PATH_NOT_ALLOWED'
LD_PRELOAD=$stranger tries preload="$stranger" gate unlist gate policy=1 gate policy=0 gate
check "R54 what one policy listed is a stranger to another" \
	says '^gate: OK' '^gate: OK' '^gate: PROCESS_UNVERIFIED' '^gate: OK'
LD_PRELOAD=$libraries/v1/codeless.so tries gate
check "R54 LD_PRELOAD of an object without code" says "^gate: PROCESS_UNVERIFIED .*LD_PRELOAD"
if [ "${SANITIZE:-}" = thread ]; then
	skip "R54 R60 LD_AUDIT" "ThreadSanitizer's own library cannot be loaded beside it"
else
	LD_AUDIT=$libraries/v1/audit.so tries gate
	check "R54 R60 LD_AUDIT" says "^gate: PROCESS_UNVERIFIED gate '.*/audit.so' .*LD_AUDIT"
fi
tries open="$stranger" gate
check "R54 an earlier dlopen" says "^gate: PROCESS_UNVERIFIED gate '.*/stranger.so' .*dlopen"
tries gate open="$stranger" gate
check "R54 R58 a dlopen between two checks" says '^gate: OK' '^gate: PROCESS_UNVERIFIED .*dlopen'
tries memfd="$stranger" gate
check "R54 a memfd that modseal did not load" says "^gate: PROCESS_UNVERIFIED gate '/memfd:.* memfd"
tries mapwx="$stranger" gate
check "a file mapped writable and executable" says '^gate: PROCESS_UNVERIFIED .*writable and exec'
tries mapwx="$stranger" preload="$stranger" gate
check "the same, though listed" says '^gate: PROCESS_UNVERIFIED .*writable and exec'
tries gate code gate noanon gate
check "R54 anonymous executable memory follows the policy" \
	says '^gate: OK' '^gate: OK' '^gate: PROCESS_UNVERIFIED .*anonymous'

# ---- R54: what the program needs, and where it comes from -----------------------------------
make_needy
plain=$host
host=$work/needy
search="search=$work/lib $search"
lib=$work/lib
keep() { cp "$lib/libmsone.so.1" "$lib/$1"; }

tries gate
check "what the program needs is found by its names" says '^gate: OK'
tries deny="$lib/libmstwo" gate
check "what the program needs is verified" says "^gate: PATH_NOT_ALLOWED rule '.*libmstwo.so.1'"
# another copy: the right bytes, but not the object meant
mkdir "$work/x"
keep ../x/libmsone.so.1
LD_LIBRARY_PATH=$work/x tries gate
check "R54 R60 LD_LIBRARY_PATH" \
	says "^gate: PROCESS_UNVERIFIED gate '$work/x/libmsone.so.1' it is mapped for libmsone.so.1.*LD_LIBRARY_PATH"
LD_LIBRARY_PATH=$work/x tries preload="$work/x/libmsone.so.1" gate
check "R54 another copy, though it is listed" says '^gate: PROCESS_UNVERIFIED .*took something else'
ln -sf "$lib/libmsone.so.1" "$work/x/libmsone.so.1"
LD_LIBRARY_PATH=$work/x tries gate
check "R54 the very object by another way is itself" says '^gate: OK'
# nothing strange is mapped: one approved object stands in for two
ln -sf "$lib/libmstwo.so.1" "$work/x/libmsone.so.1"
LD_LIBRARY_PATH=$work/x tries gate
check "R54 one approved object in the place of another" \
	says "^gate: PROCESS_UNVERIFIED gate '$lib/libmsone.so.1' .*took something else"

# ---- R54: replaced on disk since the start ---------------------------------------------------
keep new
tries gate move="$lib/new,$lib/libmsone.so.1" gate
check "R54 replaced after it was verified: remembered" says '^gate: OK' '^gate: OK'
keep new
tries move="$lib/new,$lib/libmsone.so.1" gate
check "R54 replaced before: STALE_OBJECT" \
	says "^gate: STALE_OBJECT gate '$lib/libmsone.so.1' .*deleted.*restart the program"
keep new
tries deleted move="$lib/new,$lib/libmsone.so.1" gate gate
check "R54 replaced, and the policy tolerates it" says '^gate: OK' '^gate: OK'
keep new
tries deleted deny="$lib/libmsone.so.1" move="$lib/new,$lib/libmsone.so.1" gate
check "R54 the replacement must be approved even so" says '^gate: PATH_NOT_ALLOWED'
keep ../one
for tolerance in strict deleted; do
	tries remove="$lib/libmsone.so.1" $tolerance gate
	cp "$work/one" "$lib/libmsone.so.1"
	check "R54 gone ($tolerance)" says "^gate: STALE_OBJECT gate 'libmsone.so.1'"
done
# a new version beside the old, as packages do it
for tolerance in strict deleted; do
	rm "$lib/libmsone.so.1"
	cp "$work/one" "$lib/libmsone-1.so"
	cp "$work/one" "$lib/libmsone-2.so"
	ln -s libmsone-1.so "$lib/libmsone.so.1"
	ln -s libmsone-2.so "$lib/link"
	tries $tolerance move="$lib/link,$lib/libmsone.so.1" remove="$lib/libmsone-1.so" gate
	case $tolerance in
	strict) check "R54 a new version beside it" says "^gate: STALE_OBJECT .*libmsone-2.so" ;;
	deleted) check "R54 a new version beside it, tolerated" says '^gate: OK' ;;
	esac
done
# a stranger does not become tolerable by being deleted
rm "$work/x/libmsone.so.1"
cp "$work/one" "$work/x/libmsone.so.1"
LD_LIBRARY_PATH=$work/x tries deleted remove="$work/x/libmsone.so.1" gate
check "R54 a deleted stranger for a needed name" says '^gate: PROCESS_UNVERIFIED'
# bytes that were not the bytes: stale objects have no digest to be equal to
rm "$lib"/libmsone*
cp "$work/one" "$lib/libmsone.so.1"
keep new
tries deleted move="$lib/new,$lib/libmsone.so.1" gate image=a,"$lib/libmsone.so.1" load=m,a
check "R53 a stale object is equal to nothing" says '^gate: OK' '^load: SONAME_CONFLICT load'
host=$plain
cp "$stranger" "$WORK/gone.so"
LD_PRELOAD=$WORK/gone.so tries deleted remove="$WORK/gone.so" gate
check "R54 a deleted stranger" says "^gate: PROCESS_UNVERIFIED gate '.*/gone.so'"
cp "$stranger" "$WORK/gone.so"
cp "$stranger" "$WORK/new.so"
LD_PRELOAD=$WORK/gone.so tries preload="$(cd "$WORK" && pwd -P)/gone.so" \
	move="$WORK/new.so,$WORK/gone.so" gate
check "R54 a listed object replaced since" says '^gate: STALE_OBJECT'

# ---- the program ---------------------------------------------------------------------
linker=$(ldd "$host" | sed -n 's/^[ \t]*\(\/[^ ]*ld-[^ ]*\) (.*/\1/p')
if [ -n "$linker" ]; then
	# shellcheck disable=SC2086
	"$linker" "$host" $search gate >"$WORK/said" 2>&1
	check "a program started through the dynamic linker" \
		says '^gate: PROCESS_UNVERIFIED .*not the one the kernel started'
fi
cp "$host" "$WORK/gone"
host=$WORK/gone tries remove="$WORK/gone" gate
check "R54 the program itself is gone" says '^gate: STALE_OBJECT'
cp "$host" "$WORK/gone"
cp "$host" "$WORK/new"
host=$WORK/gone tries move="$WORK/new,$WORK/gone" gate
check "R54 the program itself was replaced" says '^gate: STALE_OBJECT'

# ---- R60: hostile settings that change nothing ------------------------------------------
tries gate code-lines=/
plain=$(cat "$WORK/said")
for setting in LD_DEBUG_OUTPUT="$WORK/debug" LD_PROFILE=libmsa.so.1 LD_BIND_NOT=1 \
	LD_HWCAP_MASK=0 GLIBC_TUNABLES=glibc.malloc.check=3:glibc.rtld.optional_static_tls=0 \
	GCONV_PATH="$libraries/v1" LOCPATH="$libraries/v1" NLSPATH="$libraries/v1/%N" \
	LD_LIBRARY_PATH="$libraries/decoy" LD_ORIGIN_PATH="$libraries/decoy"; do
	export "${setting?}"
	tries gate code-lines=/
	unset "${setting%%=*}"
	check "R60 ${setting%%=*} changes nothing" [ "$plain" = "$(cat "$WORK/said")" ]
done
