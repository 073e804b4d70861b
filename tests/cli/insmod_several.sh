#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: what plays the kernel is preloaded before the sanitizer
# `modseal insmod` with several modules, into a kernel that is played (tests/hosts/module_kernel.h): all
# are judged before it gets the first, each has its own parameters, and what is refused ends it.
. tests/lib.sh
. tests/policy.sh
. tests/kernel.sh
M=$MODULES
kernel_policy
"${CC:-cc}" -shared -fPIC -O1 -o "$WORK/kernel.so" -x c -D_GNU_SOURCE tests/hosts/module_kernel.h -ldl 2>"$WORK/log" || {
	cat "$WORK/log"
	exit 99
}
build_module "$M/base.ko" base '' && build_module "$M/left-hand.ko" left_hand base && build_module "$M/right.ko" right base &&
	build_module "$M/alone.ko" alone '' && build_module "$M/top.ko" top left_hand,right || exit 99
cd "$M" || exit 99
MODULE_KERNEL=$WORK/linux
# fresh [NAME ERRNO]...: a kernel that has no module, and refuses these
fresh() {
	rm -rf "$MODULE_KERNEL" && mkdir "$MODULE_KERNEL" && : >"$MODULE_KERNEL/log" && echo 1 >"$MODULE_KERNEL/remembers"
	while [ $# -gt 0 ]; do
		echo "$2" >"$MODULE_KERNEL/$1.answer"
		shift 2
	done
}
insert() {
	LD_PRELOAD="$WORK/kernel.so" MODULE_KERNEL="$MODULE_KERNEL" "$MODSEAL" insmod --policy "$REAL/policy.yaml" \
		--anchor "$REAL/policy.pem" "$@" >"$WORK/said" 2>"$WORK/errors"
	echo "ended $?" >>"$WORK/said"
}
# told LINE...: what was asked of the kernel, in this order
told() { printf '%s\n' "$@" | diff - "$MODULE_KERNEL/log" >&2; }
untouched() { [ ! -s "$MODULE_KERNEL/log" ]; }
says() {
	for pattern in "$@"; do
		cat "$WORK/said" "$WORK/errors" | grep -qE -- "$pattern" || { echo "no '$pattern' in:" >&2; cat "$WORK/said" "$WORK/errors" >&2; return 1; }
	done
}
order() { grep -oE '^[^ ]*\.ko: (loaded|accepted, not loaded)' "$WORK/said" | tr '\n' '|' | grep -qxF "$1" || { cat "$WORK/said" >&2; return 1; }; }

fresh && insert base.ko debug 'name=a b' alone.ko x=/y.ko
check "each module has its own parameters" told 'insert base debug name="a b"' 'insert alone x=/y.ko'
check "and is told" says '^base.ko: loaded' '^alone.ko: loaded' '^ended 0'
fresh && insert top.ko base.ko p=1 ./alone.ko left-hand.ko q=2 </dev/null
check "what others depend on comes before them, with its own parameters" sh -c "grep '=' '$MODULE_KERNEL/log' |
	tr '\n' '|' | grep -qxF 'insert base p=1|insert left_hand q=2|'"
check "in the order of loading" order 'base.ko: loaded|left-hand.ko: loaded|top.ko: loaded|./alone.ko: loaded|'
fresh && insert left-hand.ko right.ko
check "what two of them depend on may be there when the second comes" told 'insert base' 'insert left_hand' 'insert base' \
	'insert right'

# ---- one is refused ----------------------------------------------------------------------
"$MODSEAL" strip --output bare.ko alone.ko >"$WORK/log" && mkdir nobody && mv bare.ko nobody/alone.ko
fresh && insert base.ko nobody/alone.ko right.ko
check "when the policy refuses one the kernel gets none" untouched
check "and each is answered for" says '^base.ko: accepted, not loaded' '^right.ko: accepted, not loaded' \
	'because of: nobody/alone.ko' "^modseal: 'nobody/alone.ko': .*no signature" '^ended 1'
fresh right 126 && insert alone.ko right.ko a=1 base.ko top.ko
check "when the kernel refuses one it gets no more, and what was for it alone is taken out" told 'insert alone' \
	'insert base' 'insert base' 'insert right a=1'
check "it is said which are in, and which are not" says '^alone.ko: loaded' '^base.ko: loaded' '^top.ko: accepted, not loaded' \
	'because of: right.ko' "^modseal: 'right.ko': none of the kernel.s keys" '^ended 1'
fresh right 126 && insert right.ko alone.ko
check "a dependency that came with it is taken out" told 'insert base' 'insert right' 'take out base'
fresh right 126 && insert --json alone.ko right.ko top.ko z=1
fields() { sed -n 's/.*"path": "\([^"]*\)", "verdict": "\([a-z]*\)", "code": "\([A-Z_]*\)".*"loaded": \([a-z]*\).*/\1 \2 \3 \4/p' "$WORK/said"; }
json() {
	fields | sort >"$WORK/got"
	printf '%s\n' 'alone.ko accepted OK true' 'right.ko refused KERNEL_REFUSED false' 'top.ko accepted OK false' |
		diff - "$WORK/got" >&2 && says '"because-of": "right.ko"' '"parameters": "z=1"' '^ended 1'
}
check "JSON has a line for each" json
fresh && insert base.ko none.ko
check "one that is not there: the worst exit value counts" says '^base.ko: accepted, not loaded' '^ended 3'
check "and the kernel gets none" untouched
cp alone.ko nobody/alone.ko
fresh && insert alone.ko nobody/alone.ko
check "one module twice is refused" says "'nobody/alone.ko': it is the same kernel module as 'alone.ko' \\(give one" '^ended 2'
check "before anything is loaded" untouched
fresh && insert alone.ko "$(printf 'a=\1')" base.ko
check "a parameter that no kernel takes, of any of them" says 'a control byte in a parameter' '^ended 2'
check "ends it before anything is read" untouched
mkdir xz && xz -c base.ko >xz/base.ko.xz
fresh && insert alone.ko xz/base.ko.xz
check "R09 a compressed one is a file, no parameter" says "^modseal: 'xz/base.ko.xz'" '^ended 1'
check "and stops it" untouched

# ---- nothing is loaded -------------------------------------------------------------------
fresh && insert --dry-run base.ko alone.ko a=1 nobody/none.ko
check "--dry-run gives none to the kernel" untouched
check "and answers for each" says "'base.ko'|^base.ko" "'alone.ko'|^alone.ko" "'nobody/none.ko'" 'forecast: [a-z]*: .*/alone.ko: ' \
	'forecast: [a-z]*: .*/base.ko: ' '^ended 3'
fresh && chmod 666 "$REAL/policy.yaml" && insert base.ko alone.ko
check "a policy that cannot be used is one message" [ "$(grep -c '^modseal: ' "$WORK/errors")" = 1 ]
check "and its exit value" says '^ended 1'
insert --json base.ko alone.ko
check "but a line of JSON for each" [ "$(grep -c '"code": "PATH_UNSAFE".*"loaded": false' "$WORK/said")" = 2 ]
