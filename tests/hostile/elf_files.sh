#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Plugins made by a generator that are broken in one thing each, signed by the right key, so that the
# ELF checks must find it: they do, before anything is mapped and within 0.1 s. What they let through
# is loaded in a process of its own, where it answers as the unbroken plugin does.
. tests/lib.sh
. tests/policy.sh
CC=${CC:-gcc}
case $("$CC" -dumpmachine) in
x86_64*) ;;
*)
	skip "R36 R39 broken plugins" "the generator writes x86-64"
	exit 0
	;;
esac
printf '%s\n' 'V1 { global: answer; twice; table; words; zeroed; filled; counted; untouched; local: *; };' \
	'V2 { global: chosen; } V1;' >"$WORK/map"
plugin() { # plugin FILE [FLAG...]
	file=$1
	shift
	"$CC" -O1 -fPIC -shared -Iinclude -o "$file" tests/hostile/elf_files.c \
		-Wl,--hash-style=both,-z,relro,-z,lazy,-z,separate-code,--spare-dynamic-tags=12,-z,noexecstack \
		-Wl,-soname,unbroken.so,--version-script="$WORK/map" "$@"
}
FILES=$LIB/files
mkdir "$FILES"
check "the plugin is built" plugin "$FILES/unbroken.so"
packed=
if plugin "$FILES/packed.so" -Wl,-z,pack-relative-relocs 2>"$WORK/log" && readelf -dW "$FILES/packed.so" | grep -q '(RELR)'; then
	packed=$FILES/packed.so
else
	rm -f "$FILES/packed.so"
	skip "R39 packed relative relocations" "the linker makes none"
fi
check "the broken ones are made" python3 tests/hostile/elf_files.py "$FILES" "$FILES/unbroken.so" ${packed:+"$packed"}
mv "$FILES/wanted" "$WORK/wanted"
cp "$BUILD/tests/hosts/hostile_elf" "$REAL/host"
check "the policy is signed" write_policy "$REAL/policy.yaml" \
	"rule:{path: $FILES/**, signers: [release], owners: [root, caller], identity: unbound}" \
	"rule:{path: $REAL/host, kind: program, signers: [release], owners: [root, caller], identity: unbound}"
check "the host is signed" sign_with release "$REAL/host"
# an ELF file that is no ELF file any more is signed as well: what is in it decides
check "all are signed" sign_with release "$FILES"/*.so
check "the host went through all of them" sh -c "'$REAL/host' '$REAL/policy.yaml' '$REAL/policy.pem' '$FILES'/*.so \
	>'$WORK/answers'"

kinds=$(cut -f 2 "$WORK/wanted" | grep -c refused)
others=$(cut -f 2 "$WORK/wanted" | grep -c harmless)
check "R36 R39 there are at least 200 kinds ($kinds refused, $others harmless)" [ $((kinds + others)) -ge 200 ]
check "R36 R39 far more than 45 are refused" [ "$kinds" -ge 180 ]
check "each of the others has a sentence" nothing awk -F '\t' '$2 == "harmless" && length($4) < 20' "$WORK/wanted"
# wrong KIND CONDITION: the files of a kind that were answered otherwise
wrong() {
	awk -F '\t' -v kind="$1" 'NR == FNR { answer[$1] = $0; next }
		$2 == kind {
			split(answer[$1], said, "\t")
			split(answer[$1 ~ /DT_RELR/ ? "packed.so" : "unbroken.so"], good, "\t")
			if (!('"$2"')) print $1 ": " answer[$1] " (wanted " $3 ", " $4 ")"
		}' "$WORK/answers" "$WORK/wanted"
}
check "R48 none took more than 0.1 s" nothing awk -F '\t' '$2 == "SLOW"' "$WORK/answers"
check "nothing that is refused is mapped" nothing awk -F '\t' '$2 == "MAPPED"' "$WORK/answers"
check "R36 R39 R41 R44 R45 R49 what is broken is refused, as what it is" nothing wrong refused 'said[2] == $3'
check "by the ELF checks" nothing wrong refused 'said[3] == "image"'
check "and the reason is told" nothing wrong refused 'index(said[4], $4) > 0'
whole() { grep -q "^$1	OK	none	started 1, sorted 123, zeros 0, filled 4, threads 6 0 6, table 8 12 4," "$WORK/answers"; }
check "the unbroken plugin answers" whole unbroken.so
[ -z "$packed" ] || check "with packed relocations, too" whole packed.so
check "what is harmless is loaded, called, and answers as the unbroken one does" nothing wrong harmless \
	'said[2] == "OK" && said[4] == good[4]'
