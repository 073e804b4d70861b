#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: libraries are put before the service's own
# A service with a folder of plugins that a user may write to. Four ways to hijack it: each works when
# it is started as usual; under `modseal run --seal` none does, and each leaves one message and one
# record. The plugins that the maker signed work as before.
. tests/lib.sh
. tests/hostile/run.inc

# ---- the service, its library, and its plugins ------------------------------------------------
plugins=$OURS/plugins
mkdir "$plugins" "$WORK/records" && chown "$user:$user" "$plugins" "$WORK/records"
cat >"$WORK/helper.c" <<'C'
const char *greeting(void) { return "hello"; }
C
cat >"$WORK/service.c" <<'C'
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *greeting(void);

/* serves once: each plugin of the folder in turn */
int main(int count, char **arguments)
{
	struct dirent **names;
	int found = scandir(arguments[1], &names, NULL, alphasort), loaded = 0;

	printf("%s\n", greeting());
	for (int i = 0; i < found; i++) {
		char path[4096];
		void *plugin, *serve;

		if (strncmp(names[i]->d_name, "plugin-", 7))
			continue;
		snprintf(path, sizeof(path), "%s/%s", arguments[1], names[i]->d_name);
		plugin = dlopen(path, RTLD_NOW);
		serve = plugin ? dlsym(plugin, "serve") : NULL;
		if (!serve) {
			fprintf(stderr, "service: %s left out\n", names[i]->d_name);
			continue;
		}
		printf("%s: %s\n", names[i]->d_name, ((const char *(*)(void))serve)());
		loaded++;
	}
	return loaded ? 0 : 1;
}
C
# The search path begins with the plugins' folder, as many do.
${CC:-cc} -shared -fPIC -Wl,-soname,libhelper.so.1 -o "$SAFE/lib/libhelper.so.1" "$WORK/helper.c" &&
	${CC:-cc} -o "$SAFE/bin/service" "$WORK/service.c" "$SAFE/lib/libhelper.so.1" \
		-Wl,-rpath,"$plugins:$SAFE/lib" || exit 99
# plugin NAME WHAT: signed by the maker, and that user's
plugin() {
	echo "const char *serve(void) { return \"$2\"; }" >"$WORK/plugin.c"
	${CC:-cc} -shared -fPIC -o "$WORK/plugin.so" "$WORK/plugin.c" &&
		"$MODSEAL" sign --key "$SAFE/release.key" --certificate "$SAFE/release.pem" "$WORK/plugin.so" >/dev/null &&
		cp "$WORK/plugin.so" "$plugins/$1" && chown "$user" "$plugins/$1"
}
plugin plugin-date.so today && plugin plugin-time.so now || exit 99
top="records: {to: [file], file: $WORK/records/log.jsonl}" policy_of service.yaml \
	"{path: $plugins/**, signers: [release], owners: [root, caller], identity: unbound}" >/dev/null || exit 99
policy=service.yaml
run_options=--seal

# ---- what should work -------------------------------------------------------------------------
serves() {
	"$@" "$SAFE/bin/service" "$plugins" >"$WORK/out" 2>"$WORK/err" || { cat "$WORK/err" >&2; return 1; }
	printf 'hello\nplugin-date.so: today\nplugin-time.so: now\n' | cmp - "$WORK/out" >&2
}
check "the service serves" serves as_user
check "under run --seal too, with its signed plugins" serves run
quiet() { ! grep '^modseal: ' "$WORK/err" >&2; }
check "nothing is said of what is as it should be" quiet
run_options=
needs_seal() {
	! serves run 2>/dev/null && grep -Eq "^modseal: '$plugins/plugin-date.so': refused: .*--seal" "$WORK/err" && return
	cat "$WORK/err" >&2
	return 1
}
check "without --seal a plugin that somebody may write to is refused, and the message says --seal" needs_seal
run_options=--seal

# ---- hijacks ------------------------------------------------------------------------------------
# hijack NAME FILE WORD...: FILE, a pattern, is what one message and one record must be about
hijack() {
	hijacking="hijacked by $1" file=$2
	shift 2
	rm -f "$WORK/records/log.jsonl"
	marks "$hijacking" "$file" "$@"
	recorded() {
		[ "$(grep '"verdict":"refused"' "$WORK/records/log.jsonl" | grep -Ec "\"object\":\"[^\"]*($file)\"")" = 1 ] && return
		grep -v '"verdict":"accepted"' "$WORK/records/log.jsonl" >&2
		return 1
	}
	check "$hijacking: one record" recorded
	check "$hijacking: the record says who wanted it" grep -Eq "\"verdict\":\"refused\".*\"(program|command)\":\"[^\"]*[a-z]" \
		"$WORK/records/log.jsonl"
}
serving="$SAFE/bin/service $plugins"
# shellcheck disable=SC2086 # several words
hijack "LD_PRELOAD" "$EVIL" env LD_PRELOAD="$EVIL" $serving
check "hijacked by LD_PRELOAD: the service serves all the same" grep -qx 'plugin-date.so: today' "$WORK/out"

payload >"$WORK/evil.c" && cat "$WORK/helper.c" >>"$WORK/evil.c"
${CC:-cc} -shared -fPIC -Wl,-soname,libhelper.so.1 -o "$plugins/libhelper.so.1" "$WORK/evil.c" && chown "$user" "$plugins/libhelper.so.1"
# shellcheck disable=SC2086
hijack "a library earlier in the search path" "$plugins/libhelper.so.1" $serving
rm "$plugins/libhelper.so.1"
check "it is gone, and the service serves" serves run

cp "$plugins/plugin-date.so" "$WORK/kept.so"
{ payload; echo 'const char *serve(void) { return "mine"; }'; } >"$WORK/evil.c"
${CC:-cc} -shared -fPIC -o "$plugins/plugin-date.so" "$WORK/evil.c" && chown "$user" "$plugins/plugin-date.so"
# shellcheck disable=SC2086
hijack "a replaced plugin" "$plugins/plugin-date.so" $serving
check "hijacked by a replaced plugin: the others serve" grep -qx 'plugin-time.so: now' "$WORK/out"
# a signature that was made for another
tail -c "$(($(wc -c <"$WORK/kept.so") - $(stat -c %s "$WORK/plugin.so") / 2))" "$WORK/kept.so" >>"$plugins/plugin-date.so"
# shellcheck disable=SC2086
hijack "a replaced plugin with the signature of another" "$plugins/plugin-date.so" $serving
cp "$WORK/kept.so" "$plugins/plugin-date.so"
check "the plugin is back, and serves" serves run

linker=$(readelf -lW "$SAFE/bin/service" | sed -n 's/.*interpreter: \(.*\)]/\1/p')
{ payload; echo 'int main(void) { return 0; }'; } >"$WORK/evil.c"
${CC:-cc} -o "$plugins/tool" "$WORK/evil.c" && chown "$user" "$plugins/tool"
hijack "ld.so called by hand" "$plugins/tool|$(readlink -f "$linker")" sh -c "$linker $plugins/tool; exit 0"

# ---- what is only read -----------------------------------------------------------------------------
rm -f "$WORK/records/log.jsonl"
check "a library that nobody signed may be read" run /usr/bin/python3 -c 'import os, sys
sys.exit(os.read(os.open(sys.argv[1], os.O_RDONLY | os.O_CLOEXEC), 4) != b"\x7fELF")' "$EVIL"
unrecorded() { ! grep '"verdict":"refused"' "$WORK/records/log.jsonl" >&2; }
check "and that is no refusal" unrecorded
