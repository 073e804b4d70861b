#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# threads
# R115: many threads at the loader; and one whose descriptors the others do not have.
. tests/lib.sh
. tests/hostile/loader.inc
directory=$(cd "/usr/lib/$(${CC:-cc} -print-multiarch 2>/dev/null)" && pwd -P)

"$BUILD/tests/hosts/loader_threads" together 50 "$directory" "$libraries" >"$WORK/said" 2>&1
check "R115 eight threads judge, load, resolve and unload at once" says '^0 wrong'
"$BUILD/tests/hosts/loader_threads" unshared 5 "$directory" "$libraries" >"$WORK/said" 2>&1
check "a thread that unshared its descriptors loads through its own table" says '^0 wrong'
"$BUILD/tests/hosts/loader_threads" forked 5 "$directory" "$libraries" >"$WORK/said" 2>&1
check "a process that was forked off while another thread was loading loads" says '^0 wrong'
