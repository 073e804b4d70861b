#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two copies of the library in one process, the host's and a plugin's: each judges for itself (R116).
. tests/lib.sh
. tests/policy.sh
if [ -n "${SANITIZE:-}" ]; then
	skip "R116 two copies" "a plugin with a sanitized copy in it is no plugin"
	exit 0
fi
cat >"$WORK/second.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include "modseal.h"
/* What the plugin's own copy says of the process it is in. */
int second(void)
{
	const char *anchors[] = {getenv("SECOND_ANCHOR")};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = getenv("SECOND_POLICY"),
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	struct modseal *context = NULL;
	struct modseal_error error = {0};
	int result = modseal_open(&options, &context, &error);

	printf("second: %s %s: %s (%s)\n", modseal_code_name(result), error.object, error.message, error.remedy);
	modseal_free(&context);
	return result;
}
C
cp "$BUILD/tests/hosts/call_library" "$REAL/host"
check "the plugin carries a copy of its own" "${CC:-cc}" -shared -fPIC -Iinclude -Wl,-soname,libsecond.so.1 \
	-o "$LIB/libsecond.so.1" "$WORK/second.c" "$BUILD/lib/libmodseal.a" -Wl,--exclude-libs,ALL -Wl,-Bsymbolic -Wl,-z,now \
	-lcrypto -lelf -lyaml -lpthread -ldl
check "both are signed" sign_with release "$REAL/host" "$LIB/libsecond.so.1"
check "the policy allows both" write_policy "$REAL/policy.yaml" \
	"rule:{path: $REAL/host, kind: program, signers: [release], owners: [root, caller], identity: unbound}"
export SECOND_POLICY="$REAL/policy.yaml" SECOND_ANCHOR="$REAL/policy.pem"
says() { grep -E -- "$1" "$WORK/said" >/dev/null || { cat "$WORK/said" >&2; return 1; }; }
# the host audits its bindings and its code before and after the call: its own verdicts stand
check "the host loads it and calls it" eval '"$REAL/host" modseal "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB/libsecond.so.1" \
	second integer >"$WORK/said" 2>&1'
# the first in memory is named, which may be something that the plugin needs
check "R116 what the host loaded is a stranger to the plugin, by the same policy" says \
	"^second: PROCESS_UNVERIFIED /memfd:modseal:($LIB/libsecond|.*/libcrypto|.*/libelf|.*/libyaml|.*/libz)[^ ]*: "
check "R116 and it is told that another copy loaded it" says \
	'^second: .*a memfd as another copy of modseal in this process makes them, whose verdicts count for nothing here'
check "R116 and what to do" says '^second: .*\(link the program and its plugins with one shared libmodseal'
# where no other copy loaded anything the plugin has no complaint
"${CC:-cc}" -o "$REAL/plain" -xc - -ldl -Wl,--no-as-needed -lcrypto -lelf -lyaml <<'C'
#include <dlfcn.h>
#include <stddef.h>
int main(int argc, char **argv)
{
	void *handle = dlopen(argv[1], RTLD_NOW);
	int (*second)(void) = handle ? (int (*)(void))dlsym(handle, "second") : NULL;
	return second ? second() : 99;
}
C
check "the host without modseal is signed" sign_with release "$REAL/plain"
check "the policy allows the plugin as what it lists" write_policy "$REAL/policy.yaml" "process: {preload: [$LIB/libsecond.so.1]}" \
	"rule:{path: $REAL/plain, kind: program, signers: [release], owners: [root, caller], identity: unbound}"
check "R116 the same copy accepts a process in which no other loaded" eval '"$REAL/plain" "$LIB/libsecond.so.1" >"$WORK/said"'
check "R116 and says so" says '^second: OK'
