#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Kernel modules that are to be loaded: the sealed copy keeps its container (R40), the closure by
# depends, and everything that must be refused before the kernel sees a byte.
. tests/lib.sh
. tests/policy.sh
. tests/kernel.sh
host=$BUILD/tests/hosts/kernel_module
tries() { # tries FILE [COPY]
	"$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$@" >"$WORK/said" 2>&1
	echo "ended $?" >>"$WORK/said"
}
says() {
	for pattern in "$@"; do
		grep -qE -- "$pattern" "$WORK/said" || { echo "no '$pattern' in:" >&2; cat "$WORK/said" >&2; return 1; }
	done
}
unsaid() { ! grep -E -- "$1" "$WORK/said" >&2; }
order() { # order NAME...: what is loaded first, in this order
	printf '%s\n' "$@" >"$WORK/wanted"
	sed -n 's|^needs: .*/\([^/]*\)\.ko, .*|\1|p' "$WORK/said" | diff "$WORK/wanted" - >&2
}
M=$MODULES
kernel_policy
build_module "$M/top.ko" top left,right-hand 'softdep=pre: nothing' &&
	build_module "$M/left.ko" left base && build_module "$M/right-hand.ko" right_hand base,left &&
	build_module "$M/base.ko" base '' || exit 99

# ---- what is handed over ---------------------------------------------------------------
tries "$M/top.ko" "$WORK/copy"
check "R40 the sealed copy of a module is the whole file, its container with it" cmp "$WORK/copy" "$M/top.ko"
digest=$("$MODSEAL" inspect "$M/top.ko" | sed -n 's/^[[:space:]]*sha256: //p')
check "R40 its digest is that of the content" says "digest sha256:$digest\$" 'evidence appended, hand-off sealed'
check "R67 it is sealed: WRITE, GROW, SHRINK, SEAL" says '^seals: [0-9a-f]*f$'
check "dependencies come first, each once" order base left right-hand
check "names with - and _ are the same" says '^needs: .*/right-hand\.ko'
check "softdeps are told, and not followed" says '^remark: top names modules that modprobe would load .*: pre: nothing$'
check "R36 it is for no dynamic linker, and its parameters are plain text" says '^misuse: refused$' '^ended 0$'
check "a context that only checks, a draft for one, hands none out" says '^check only: ARGUMENT$'
verified() { verify "$M/top.ko" >"$WORK/said" 2>&1; }
check "modseal verify says that it looks at the one file" verified
check "and not at what it depends on" says 'remark: the modules it depends on were not judged'
"$MODSEAL" inspect "$M/top.ko" >"$WORK/said"
check "inspect names what it depends on" says 'depends: left$' 'depends: right_hand$' 'softdep: pre: nothing$'

tries top.ko
check "a name without '/' is looked up nowhere" says '^verify: ARGUMENT find: top.ko: no path'

# ---- what the kernel gets: one that is played, which keeps what it is given ----------------
export MODULE_KERNEL="$WORK/linux"
# fresh [NAME ERRNO]...: it refuses a module so; NAME.stays: to let go of it
fresh() {
	rm -rf "$MODULE_KERNEL" && mkdir "$MODULE_KERNEL" && : >"$MODULE_KERNEL/log"
	while [ $# -gt 0 ]; do
		case $1 in *.stays) echo "$2" >"$MODULE_KERNEL/$1" ;; *) echo "$2" >"$MODULE_KERNEL/$1.answer" ;; esac
		shift 2
	done
}
# told LINE...: what was asked of it, in this order
told() { printf '%s\n' "$@" | diff - "$MODULE_KERNEL/log" >&2; }
fresh
tries "$M/top.ko" load 'debug=1 name="a b"'
check "all are handed over, dependencies first, parameters to the one they are for" told \
	'insert base' 'insert left' 'insert right_hand' 'insert top debug=1 name="a b"'
whole() { says '^load: OK' && for name in base left top; do cmp "$MODULE_KERNEL/$name" "$M/$name.ko" || return 1; done; }
check "R40 each with its container" whole
fresh
STEAL=$M/top.ko tries "$M/top.ko" load ''
check "R68 another file under the descriptor of what was approved" says '^load: NOT_SEALED load: .*/top.ko: '
check "R68 and the kernel was asked for nothing" [ ! -s "$MODULE_KERNEL/log" ]
cp "$M/top.ko" "$WORK/top.ko" && cp "$M/left.ko" "$WORK/left.ko"
# replaced MODULE COMMAND: between the verdict and the load
replaced() {
	fresh
	tries "$M/top.ko" load '' "$2"
	says '^load: OK' && ! cmp -s "$M/$1.ko" "$WORK/$1.ko" && cmp "$MODULE_KERNEL/$1" "$WORK/$1.ko" || return 1
	cp "$WORK/$1.ko" "$M/$1.ko"
}
check "R06 a module that is renamed over after the verdict: what was approved is loaded" replaced top \
	"cp $M/base.ko $M/new && mv $M/new $M/top.ko"
check "R06 one that is rewritten in place" replaced top "cat $M/base.ko >$M/top.ko"
check "R06 a dependency that is rewritten in place" replaced left "cat $M/base.ko >$M/left.ko"
fresh right_hand 126
tries "$M/top.ko" load ''
check "R63 what was loaded for a module that is refused is taken out, the last first" told \
	'insert base' 'insert left' 'insert right_hand' 'take out left' 'take out base'
check "R63 and said why, and which one" says "^load: KERNEL_REFUSED load: $M/right-hand.ko: none of the kernel's keys" \
	'mokutil --import' '^ended 1$'
fresh top 129 left.stays 11
tries "$M/top.ko" load ''
check "R63 what the kernel keeps is named" says "^load: KERNEL_REFUSED load: $M/top.ko: .*; what it depends on stays loaded: left \("
fresh base 17 top 8
tries "$M/top.ko" load ''
check "R63 what somebody else has loaded meanwhile satisfies, and is not taken out" told \
	'insert base' 'insert left' 'insert right_hand' 'insert top' 'take out right_hand' 'take out left'
answers() { # answers ERRNO CODE PATTERN
	fresh base "$1"
	tries "$M/base.ko" load ''
	says "^load: $2 load: .*$3"
}
while IFS='|' read -r number code pattern; do
	check "the kernel's answer $number in words" answers "$number" "$code" "$pattern"
done <<'ANSWERS'
1|KERNEL_REFUSED|no CAP_SYS_MODULE, kernel.modules_disabled, lockdown
2|KERNEL_REFUSED|uses a symbol that the kernel does not have
5|KERNEL_REFUSED|file cannot be read .fs-verity, dm-verity or the disk
8|KERNEL_REFUSED|built for another kernel
12|RESOURCE|the kernel answers
13|KERNEL_REFUSED|security module.*hand-off be `verity`
17|KERNEL_REFUSED|loaded already.*rmmod
22|KERNEL_REFUSED|does not take a parameter
38|UNSUPPORTED|has no loadable modules
65|KERNEL_REFUSED|no such digest or signature algorithm
74|KERNEL_REFUSED|cannot read its signature
75|KERNEL_REFUSED|its start failed, or the kernel refuses it
129|KERNEL_REFUSED|its signature is wrong, its key or digest is blacklisted
ANSWERS
# large: more than what is kept of a file's end to be compared
{ module_text large '' && printf '.data\n.space 200000\n'; } >"$WORK/large.s"
${CC:-cc} -c -o "$M/large.ko" "$WORK/large.s" && sign_with modules "$M/large.ko" >"$WORK/.sign"
tampered() { # tampered BYTES CODE: that far from its end somebody writes into the memory copy
	fresh
	TAMPER=$1 tries "$M/large.ko" load ''
	says "^verify: $2 " && [ ! -s "$MODULE_KERNEL/log" ]
}
check "R117 a memory copy whose content is written to before it is sealed" tampered 150000 SIGNATURE_INVALID
check "R117 one whose signature is" tampered 60 CHANGED
check "R117 one whose last byte is" tampered 1 CHANGED
unset MODULE_KERNEL

# ---- one bad one, and nothing is handed over --------------------------------------------
# spoil FILE: one bit of the content
spoil() { printf '\377' | dd of="$1" bs=1 seek=100 conv=notrunc 2>/dev/null; }
# bad CODE PATTERN...: verifying top fails so, and nothing was handed out
bad() {
	code=$1
	shift
	tries "$M/top.ko"
	says "^verify: $code " '^ended 1$' "$@" && unsaid '^verify: OK|^needs'
}
cp "$M/base.ko" "$WORK/base.ko"
spoil "$M/base.ko"
check "R46 a dependency that was changed" bad SIGNATURE_INVALID "$M/base.ko: .*needed by left"
"$MODSEAL" strip --output "$M/bare.ko" "$WORK/base.ko" >"$WORK/log" && mv "$M/bare.ko" "$M/base.ko"
check "R46 a dependency that nobody signed" bad SIGNATURE_MISSING "$M/base.ko: .*needed by left"
KEY=other build_module "$M/base.ko" base ''
check "R46 a dependency by another signer" bad SIGNER_NOT_ALLOWED "$M/base.ko: .*needed by left"
rm "$M/base.ko"
check "a dependency that is missing" bad DEPENDENCY_MISSING "base: no such kernel module in $M, nor below /lib/modules/$RELEASE"
build_module "$M/base.ko" left ''
check "R31 another module under the name of a dependency" bad NAME_MISMATCH "base.ko: it is the kernel module 'left', not 'base.ko'"
kernel_policy 'identity: unbound'
check "R31 whatever the rule says about identity" bad NAME_MISMATCH "base.ko: it is the kernel module 'left', not 'base'"
build_module "$M/base.ko" base_more ''
check "R31 nor is it one whose name goes on" bad NAME_MISMATCH "base.ko: it is the kernel module 'base_more', not 'base'"
build_module "$M/base.ko" bas ''
check "R31 nor one whose name ends before" bad NAME_MISMATCH "base.ko: it is the kernel module 'bas', not 'base'"
kernel_policy
xz -k "$WORK/base.ko" && mv "$WORK/base.ko.xz" "$M/" && rm "$M/base.ko"
check "R09 a dependency that is there only compressed" bad DEPENDENCY_MISSING "only compressed, as '$M/base.ko.xz'" 'xz -dk'
rm "$M/base.ko.xz"
mkfifo "$M/base.ko"
check "R76 a dependency that is a FIFO" bad NOT_REGULAR "$M/base.ko"
rm "$M/base.ko"
ln -s "$WORK/base.ko" "$M/base.ko"
check "a link to a place that no rule allows" bad PATH_NOT_ALLOWED "$WORK/base.ko|$REAL/base.ko"
rm "$M/base.ko"
build_module "$M/base.ko" base top
check "R57 a circle is printed" bad DEPENDENCY_CYCLE 'a circle of 3 kernel modules: top -> left -> base -> top'
build_module "$M/base.ko" base base
check "R57 one that depends on itself, too" bad DEPENDENCY_CYCLE 'a circle of 1 kernel modules: base -> base'
cp "$WORK/base.ko" "$M/base.ko"
build_module "$M/left.ko" left base,../base
check "R36 depends that is no list of names" bad ELF_MALFORMED "depends= is no list of modules"
cp "$WORK/left.ko" "$M/left.ko"
deep() { # a chain of 140 modules
	mkdir "$M/deep" && i=0
	while [ $i -lt 140 ]; do
		module_text "m$i" "m$((i + 1))" >"$M/deep/m$i.s"
		i=$((i + 1))
	done
	(cd "$M/deep" && ${CC:-cc} -c ./*.s && for file in *.o; do mv "$file" "../${file%.o}.ko"; done) || return 1
	sign_with modules "$M"/m[0-9]*.ko >"$WORK/.sign" || return 1
	tries "$M/m0.ko"
	says '^verify: DEPENDENCY_LIMIT closure: .*more than 128 deep'
}
bomb() { # 300 MB of zeros in a few kilobytes: more than limits.max-size
	head -c 300M /dev/zero | zstd -q -o "$M/bomb.ko.zst" && mv "$M/base.ko" "$WORK/away.ko" && cp "$M/bomb.ko.zst" "$M/base.ko.zst"
}
if command -v zstd >/dev/null; then
	check "a bomb is made" bomb
	check "R09 a dependency that is a bomb is never unpacked" bad DEPENDENCY_MISSING "only compressed, as '$M/base.ko.zst'" 'zstd -dk'
	rm "$M/base.ko.zst" && mv "$WORK/away.ko" "$M/base.ko"
	tries "$M/bomb.ko.zst"
	check "R09 nor is one that is asked for" says '^verify: TYPE_MISMATCH container: .*compressed .zstd.' 'decompress it first'
	rm "$M/bomb.ko.zst"
else
	skip "R09 a bomb" "no zstd here"
fi
mkdir "$M/real" && mv "$M/base.ko" "$M/real/" && ln -s real/base.ko "$M/base.ko"
tries "$M/top.ko"
check "a link to a place that a rule allows is followed, and the place judged" says "^needs: $M/real/base.ko, hand-off sealed" '^ended 0'
rm "$M/base.ko" && mv "$M/real/base.ko" "$M/base.ko" && rmdir "$M/real"
# modules.dep is anybody's word here: another module, one that is missing, and a pipe that would hang
cp "$WORK/base.ko" "$M/evil.ko" && echo "top.ko: evil.ko" >"$M/modules.dep"
tries "$M/top.ko"
check "modules.dep adds nothing" order base left right-hand
mv "$M/base.ko" "$M/elsewhere.ko" && echo "left.ko: elsewhere.ko" >"$M/modules.dep"
check "nor does it lead to another name" bad DEPENDENCY_MISSING 'base: no such kernel module'
mv "$M/elsewhere.ko" "$M/base.ko" && rm "$M/modules.dep" "$M/evil.ko"
for file in modules.dep modules.dep.bin modules.alias modules.softdep modules.builtin; do mkfifo "$M/$file"; done
quick() { timeout 5 "$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$M/top.ko" >"$WORK/said" 2>&1; }
check "no index is opened" quick
rm "$M"/modules.*
# sign_twice FILE: a second container behind the first
sign_twice() {
	"$MODSEAL" strip --output "$WORK/once" "$1" >"$WORK/log" && tail -c +$(($(stat -c %s "$WORK/once") + 1)) "$1" >"$WORK/container" &&
		cat "$WORK/container" >>"$1"
}
sign_twice "$M/top.ko"
check "R03 a module with two signatures one behind the other" bad SIGNATURE_MALFORMED "$M/top.ko: "
cp "$WORK/top.ko" "$M/top.ko"
cp "$M/top.ko" "$WORK/other.ko" && sign_twice "$M/base.ko"
check "R03 a dependency with two" bad SIGNATURE_MALFORMED "$M/base.ko: .*needed by left"
cp "$WORK/base.ko" "$M/base.ko"
build_module "$M/top.ko" other_name ''
check "R31 a module under another's name" bad NAME_MISMATCH "it is the kernel module 'other_name', not 'top.ko'"
cp "$WORK/top.ko" "$M/top.ko"
build_module "$M/base_more.ko" base_more '' && build_module "$M/top.ko" top base_more,base && cp "$WORK/base.ko" "$M/base.ko"
tries "$M/top.ko"
check "R31 two of which one's name begins as the other's are two" order base_more base
rm "$M/base_more.ko"
cp "$WORK/top.ko" "$M/top.ko"
check "a chain that is too long ends" deep
longest() {
	tries "$M/m11.ko"
	says '^verify: DEPENDENCY_MISSING closure: m140: ' || return 1
	tries "$M/m10.ko"
	says '^verify: DEPENDENCY_LIMIT closure: '
}
check "and no earlier than it must" longest

# ---- in place ----------------------------------------------------------------------------
export VERITY="$WORK/kernel"
fsverity() { "$MODSEAL" inspect "$1" | sed -n 's/^[[:space:]]*fsverity.sha256: //p'; }
echo "$(stat -c %i "$M/base.ko") true $(fsverity "$M/base.ko")" >"$VERITY"
tries "$M/base.ko" "$WORK/copy"
check "a file that fs-verity holds is handed over itself" says 'hand-off verity' '^seals: ffffffff$'
check "with its container" cmp "$WORK/copy" "$M/base.ko"
: >"$VERITY"
kernel_policy 'hand-off: [verity]'
tries "$M/base.ko"
check "R113 another is not, where the rule allows no copy" says '^verify: HAND_OFF_UNAVAILABLE bytes: .*fs-verity is not enabled'
