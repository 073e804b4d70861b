#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: its programs end in the middle, with what they hold
# R62: another thread puts its descriptors over ours while a library is loaded; the full
# number of rounds is in tests/races.
. tests/lib.sh
. tests/hostile/loader.inc
directory=$(cd "/usr/lib/$(${CC:-cc} -print-multiarch 2>/dev/null)" && pwd -P)

"$BUILD/tests/hosts/descriptors" "${ROUNDS:-800}" "$directory" "$libraries/v1/libmsa.so.1" \
	"$libraries/v2/libmsa.so.1" >"$WORK/said" 2>"$WORK/log"
check "R62 another thread's descriptor over ours: never a silent wrong module" says ', 0 wrong$'
check "R62 it was over ours in time" unsaid ' 0 refused, 0 ended'
tail -n 1 "$WORK/said"
