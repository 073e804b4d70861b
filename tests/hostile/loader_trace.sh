#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a load opens, by a trace: its sealed memory through /proc, and nothing else.
. tests/lib.sh
. tests/hostile/loader.inc
one=$libraries/v1
if ! command -v strace >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
	skip "R43 R52 R59 traces" "strace is not installed, or may not trace"
	exit 0
fi
# decoys of libmsa in the working directory, in LD_LIBRARY_PATH, and in the RUNPATH of libmsb
mkdir "$WORK/cwd" "$WORK/run"
cp "$libraries/decoy/libmsa.so.1" "$WORK/cwd"
cp "$libraries/decoy/libmsa.so.1" "$WORK/run"
echo 'int msa_value(void); int msb_value(void) { return 10 + msa_value(); }' >"$WORK/b.c"
${CC:-cc} -shared -fPIC -Wl,-soname,libmsb.so.1 -Wl,-rpath,"$WORK/run:." -o "$WORK/libmsb.so.1" \
	"$WORK/b.c" "$one/libmsa.so.1"
top=$PWD
# leaks cannot be looked for under a tracer
[ -z "${SANITIZE:-}" ] || export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"

# traces WORD...: what the host opens between two renames of files that do not exist
traces() {
	(cd "$WORK/cwd" && LD_LIBRARY_PATH=$libraries/decoy \
		strace -f -s 4200 -e trace=%file -o "$WORK/trace" "$host" $search "$@") >"$WORK/said" 2>&1
	sed '1,/"begin"/d; /"end"/,$d' "$WORK/trace" |
		sed -n 's/^[0-9]* *\([a-z0-9_]*\)(\(AT_FDCWD, \|[0-9]*, \)\{0,1\}"\([^"]*\)".*/\1 \3/p' >"$WORK/opened"
}
# The loader looks at the list of mappings and at the environment of the start (R60), proves
# that /proc is the kernel's, and that a descriptor is a memfd.
outside() {
	sed 's|/[/.]*/|/|g' "$WORK/opened" | grep -vE \
		-e '^newfstatat $' -e '^(openat|statfs) /proc/self/task/[0-9]+/fd(/[0-9]+)?$' -e '^readlink /proc/thread-self/fd/[0-9]+$' \
		-e '^(openat|open|readlinkat|statfs|readlink) (/proc|/proc/thread-self|/proc/self/maps|/proc/self/environ|self)$'
}
traces gate image=a,"$one/libmsa.so.1" image=b,"$WORK/libmsb.so.1",a move=begin,x load=m,b call=m,msb_value \
	move=end,x
check "the traced load works, and took no decoy" says '^load: OK' '^call: 11'
check "the trace has a load in it" grep -q '/proc/self/task/[0-9]*/../../fd[/.]*/[0-9]' "$WORK/opened"
check "R43 R52 R59 nothing is opened outside its own descriptors" nothing outside
traces gate image=b,"$WORK/libmsb.so.1" move=begin,x load=m,b move=end,x
check "R52 a dependency that is not approved with it" says '^load: DEPENDENCY_MISSING load'
check "R52 no decoy is opened for it" nothing outside
traces gate image=n,"$one/libmsn.so.1" image=a,"$one/libmsa.so.1" image=bad,"$one/libmsbad.so.1",a,n \
	move=begin,x load=m,bad move=end,x
check "R59 a load that fails" says '^load: LOAD_FAILED'
check "R59 it opens nothing either" nothing outside
[ "$PWD" = "$top" ]
