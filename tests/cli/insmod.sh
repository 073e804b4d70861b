#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `modseal insmod` as far as it goes without giving a kernel anything: what it refuses before, and
# what it tells with --dry-run. tests/vm/inside/insmod.sh loads.
. tests/lib.sh
. tests/policy.sh
. tests/kernel.sh
M=$MODULES
insert() { "$MODSEAL" insmod --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }
dry() { insert --dry-run "$@" >"$WORK/said" 2>&1; echo "ended $?" >>"$WORK/said"; }
says() {
	for pattern in "$@"; do
		grep -qE -- "$pattern" "$WORK/said" || { echo "no '$pattern' in:" >&2; cat "$WORK/said" >&2; return 1; }
	done
}
unsaid() { ! grep -E -- "$1" "$WORK/said" >&2; }
kernel_policy
# without versions of symbols: for no kernel but that of its release
exact_module() { # exact_module FILE NAME DEPENDS
	module_text "$2" "$3" | sed 's/ modversions//' >"$WORK/exact.s"
	${CC:-cc} -c -o "$1" "$WORK/exact.s" && sign_with modules "$1" >"$WORK/.sign"
}
exact_module "$M/exact.ko" exact '' && build_module "$M/versioned.ko" versioned base license=GPL intree=Y &&
	exact_module "$M/base.ko" base '' || exit 99

# ---- what the kernel would say -----------------------------------------------------------
dry "$M/exact.ko"
check "a module for another kernel is foretold to be refused" says 'the policy accepts it, but the kernel would refuse it' \
	"forecast: refused: $M/exact.ko: it was built for $RELEASE, and this kernel is $(uname -r) \\(install" '^ended 1'
check "every topic is told" says 'forecast: [a-z]*: .*this process' 'forecast: [a-z]*: .*this kernel' \
	'forecast: fine: .*no module of this name is loaded' 'forecast: [a-z]*: .*(signature|no signatures)' \
	'forecast: note: .*taints it \(O\)' 'forecast: note: .*taints it \(P\)'
code() { refused "$1" insert --dry-run "$2"; }
check "its code" code KERNEL_REFUSED "$M/exact.ko"
dry "$M/versioned.ko"
check "with versions of symbols only the kernel knows" says \
	"forecast: unknown: $M/versioned.ko: it was built for .*only if the versions of all its symbols agree"
check "what it depends on is judged, too, but for being loaded" says "forecast: refused: $M/base.ko: it was built for"
check "and not that" unsaid "$M/base.ko: no module of this name"
check "a module of the kernel's own tree and licence taints nothing" unsaid "$M/versioned.ko: .*taints it"
build_module "$M/other.ko" other '' license=Proprietary license=GPL xintree=Y
dry "$M/other.ko"
check "of several licences the first counts" says "note: $M/other.ko: .*taints it \\(P\\)" "note: $M/other.ko: .*taints it \\(O\\)"
printed() { insert --dry-run --json "$M/exact.ko" 'a=b c' 'd="e f"' g >"$WORK/said"; [ $? = 1 ] && [ "$(wc -l <"$WORK/said")" = 1 ]; }
check "JSON is one line" printed
check "with the forecast and the parameters, quoted as the kernel wants them" says '"code": "KERNEL_REFUSED"' '"stage": "load"' \
	'"dry-run": true' '"parameters": "a=\\"b c\\" d=\\"e f\\" g"' \
	"\"path\": \"$M/exact.ko\", \"topic\": \"vermagic\", \"outlook\": \"refused\", \"text\": \"it was built for "
check "a name without '/' is a file here" sh -c "cd '$M' && '$MODSEAL' insmod --dry-run --json --policy '$REAL/policy.yaml' \
	--anchor '$REAL/policy.pem' exact.ko | grep -q '\"code\": \"KERNEL_REFUSED\"'"
dry "$M/exact.ko" a=1 "$M/none.ko" "$M/versioned.ko" b "$M/exact.ko" # tests/cli/insmod_several.sh has more
check "several are answered for one by one" says "'$M/exact.ko': the policy accepts it, but" "'$M/none.ko'" \
	"it is the same kernel module as '$M/exact.ko'" "unknown: $M/versioned.ko: it was built for" '^ended 3'
strange=$(printf 'd\033[2J\nx')
mkdir "$M/$strange" && cp "$M/exact.ko" "$M/$strange/exact.ko"
dry "$M/$strange/exact.ko"
check "R77 control bytes of a name are escaped" says "^modseal: '.*/d.x1b.2J.x0ax/exact.ko': the path has control bytes" '^ended 1'
check "R77 everywhere" sh -c "! grep -q '$(printf '\033')' '$WORK/said'"

# ---- refused before ----------------------------------------------------------------------
check "a module that nobody signed" "$MODSEAL" strip --output "$M/bare.ko" "$M/exact.ko"
mv "$M/bare.ko" "$M/exact.ko"
check "is refused" code SIGNATURE_MISSING "$M/exact.ko"
dry "$M/exact.ko"
check "without a word about the kernel" unsaid forecast
check "and so it is without --dry-run" refused SIGNATURE_MISSING insert "$M/exact.ko"
rm "$M/base.ko"
check "a dependency that is missing" code DEPENDENCY_MISSING "$M/versioned.ko"
xz -k "$M/exact.ko"
check "R09 a compressed one" code TYPE_MISMATCH "$M/exact.ko.xz"
undecided() { exits 3 insert --dry-run "$M/none.ko"; }
check "one that is not there" undecided
check "a place that no rule knows" code PATH_NOT_ALLOWED "$REAL/policy.yaml"

# ---- wrong use ---------------------------------------------------------------------------
wrong() { exits 2 insert "$@" 2>"$WORK/said"; }
check "no file" wrong
check "a line break in a parameter" wrong --dry-run "$M/versioned.ko" "$(printf 'a=1\nb')"
check "is named" says 'a control byte in a parameter'
check "DEL in one" wrong --dry-run "$M/versioned.ko" "$(printf 'a=\177')"
check "one without a name" wrong --dry-run "$M/versioned.ko" =1
check "parameters that are too long" wrong --dry-run "$M/versioned.ko" "a=$(head -c 5000 /dev/zero | tr '\0' b)"
check "are too long for the kernel" says 'too long for the kernel'
