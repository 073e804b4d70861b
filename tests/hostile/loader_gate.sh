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
LD_PRELOAD=$stranger tries preload="$stranger" deny="$stranger" gate
check "R54 what process.preload lists is verified all the same" says '^gate: PATH_NOT_ALLOWED'
LD_PRELOAD=$libraries/v1/codeless.so tries gate
check "R54 LD_PRELOAD of an object without code" says "^gate: PROCESS_UNVERIFIED .*LD_PRELOAD"
LD_AUDIT=$libraries/v1/audit.so tries gate
check "R54 R60 LD_AUDIT" says "^gate: PROCESS_UNVERIFIED gate '.*/audit.so' .*LD_AUDIT"
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

# another copy of a library the program needs: the right bytes, but not the object meant
mkdir "$WORK/x" "$WORK/y"
needed=$(ldd "$host" | sed -n 's/.*\(libelf\.so\.[0-9]*\) => \([^ ]*\).*/\2/p')
if [ -n "$needed" ]; then
	elf=$(basename "$needed")
	cp -L "$needed" "$WORK/x/$elf"
	LD_LIBRARY_PATH=$WORK/x tries gate
	check "R54 R60 LD_LIBRARY_PATH" \
		says "^gate: PROCESS_UNVERIFIED gate '.*/x/$elf' it is mapped for $elf.*LD_LIBRARY_PATH"
	LD_LIBRARY_PATH=$WORK/x tries preload="$(cd "$WORK/x" && pwd -P)/$elf" gate
	check "R54 what the program needs by another file, though that is listed" \
		says '^gate: PROCESS_UNVERIFIED .*took something else'
	ln -s "$(readlink -f "$needed")" "$WORK/y/$elf"
	LD_LIBRARY_PATH=$WORK/y tries gate
	check "R54 the very object by another way is itself" says '^gate: OK'

	# ---- R54: replaced on disk since the start -------------------------------------------
	cp "$WORK/x/$elf" "$WORK/x/new"
	export LD_LIBRARY_PATH="$WORK/x"
	own="search=$WORK/x"
	real=$(cd "$WORK/x" && pwd -P)
	search="$own $search"
	tries gate move="$WORK/x/new,$WORK/x/$elf" gate
	check "R54 replaced after it was verified: remembered" says '^gate: OK' '^gate: OK'
	cp "$WORK/x/$elf" "$WORK/x/new"
	tries move="$WORK/x/new,$WORK/x/$elf" gate
	check "R54 replaced before: STALE_OBJECT" \
		says "^gate: STALE_OBJECT gate '$real/$elf' .*deleted.*restart the program"
	cp "$WORK/x/$elf" "$WORK/x/new"
	tries deleted move="$WORK/x/new,$WORK/x/$elf" gate gate
	check "R54 replaced, and the policy tolerates it" says '^gate: OK' '^gate: OK'
	cp "$WORK/x/$elf" "$WORK/x/new"
	tries deleted deny="$real/$elf" move="$WORK/x/new,$WORK/x/$elf" gate
	check "R54 the replacement must be approved even so" says '^gate: PATH_NOT_ALLOWED'
	cp "$WORK/x/$elf" "$WORK/keep"
	for tolerance in gate deleted; do
		cp "$WORK/keep" "$WORK/x/$elf"
		# the search must not find another copy elsewhere
		search=$own tries remove="$WORK/x/$elf" $tolerance gate
		check "R54 gone ($tolerance)" says "^gate: (STALE_OBJECT|NOT_FOUND)"
	done
	# moved to a version of its own, as packages do: the link points to the new one
	for tolerance in refuse deleted; do
		rm -f "$WORK/x/"*
		cp "$WORK/keep" "$WORK/x/libelf-1.so"
		cp "$WORK/keep" "$WORK/x/libelf-2.so"
		ln -s libelf-1.so "$WORK/x/$elf"
		ln -s libelf-2.so "$WORK/x/link"
		tries $tolerance move="$WORK/x/link,$WORK/x/$elf" remove="$WORK/x/libelf-1.so" gate
		case $tolerance in
		refuse) check "R54 a new version beside it" says '^gate: STALE_OBJECT .*libelf-2.so' ;;
		deleted) check "R54 a new version beside it, tolerated" says '^gate: OK' ;;
		esac
	done
	unset LD_LIBRARY_PATH
	# a stranger does not become tolerable by being deleted
	cp "$WORK/keep" "$WORK/x/$elf"
	search=${search#"$own"}
	LD_LIBRARY_PATH=$WORK/x tries deleted remove="$WORK/x/$elf" gate
	check "R54 a deleted stranger for a needed name" says '^gate: PROCESS_UNVERIFIED'
else
	skip "R54 libraries of the program" "the host is linked without libelf.so"
fi
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
