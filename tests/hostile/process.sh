#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# modseal_check_process: the process judged at any time by a real policy; what comes in by
# itself after it was judged is found.
. tests/lib.sh
. tests/policy.sh
. tests/hostile/loader.inc
cp "$BUILD/tests/hosts/check_process" "$LIB/host"
sign_with release "$LIB/host" >"$WORK/log"
rule="rule:{path: $LIB/host, kind: program, signers: [release], owners: [root, caller]}"
check "the policy is signed" write_policy "$REAL/policy.yaml" "$rule"
# runs WORD...: the host under that policy; its output is what says looks at
runs() {
	"$LIB/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$@" >"$WORK/said" 2>&1
	echo "ended $?" >>"$WORK/said"
}
build_library "$LIB/libms.so.1" libms.so.1 "#include <dlfcn.h>
int ms(void) { return 1; }
int ms_more(void) { return dlopen(\"$LIB/libmore.so.1\", RTLD_NOW) != 0; }"
build_library "$LIB/libmore.so.1" libmore.so.1 'int more(void) { return 2; }'

# ---- the call ------------------------------------------------------------------------
runs open process process load="$LIB/libms.so.1" process call=ms
check "a clean process passes at any time" says '^open: OK' '^process: OK' '^process: OK' \
	'^load: OK' '^process: OK' '^call: 1' '^ended 0'
runs only process
check "what only checks was never judged by its process" says '^open: OK' \
	"^process: ARGUMENT gate '' the context was opened for checking only"
runs process
check "without a context nothing is judged" says "^process: ARGUMENT context '' no context"

# ---- R58: what is opened later, by itself ------------------------------------------------
runs open load="$LIB/libms.so.1" call=ms_more process load="$LIB/libms.so.1"
check "R58 a plugin's own dlopen is found by the next check, and by the next load" \
	says '^load: OK' '^call: 1' \
	"^process: PROCESS_UNVERIFIED gate '$LIB/libmore.so.1' .*opened it with dlopen" \
	"^load: PROCESS_UNVERIFIED gate '$LIB/libmore.so.1'"
