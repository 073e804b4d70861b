# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sourced after policy.sh by tests of kernel modules: a directory $MODULES for whose modules
# the key `modules` may sign, and these functions:
#
#	build_module FILE NAME DEPENDS [MODINFO...]: what looks like a kernel module, signed by
#		$KEY (default: modules); MODINFO: more texts, such as softdep=pre: a
#	kernel_policy [KEY [LINE...]]: $REAL/policy.yaml; KEY: more keys of the rule for $MODULES
MODULES=$REAL/modules
RELEASE=6.1.0-9-test
mkdir -p "$MODULES"
"$MODSEAL" keygen modules --directory "$REAL" >"$WORK/.keygen" || exit 99
: "${MODULE_SIGNER:=$REAL/modules.pem}"

# no code: what is read of a module are its texts
module_text() { # module_text NAME DEPENDS [MODINFO...]
	echo '.section .modinfo,"a",@progbits'
	printf '.asciz "name=%s"\n.asciz "vermagic=%s SMP preempt mod_unload modversions "\n.asciz "depends=%s"\n' \
		"$1" "$RELEASE" "$2"
	shift 2
	for text in "$@"; do
		printf '.asciz "%s"\n' "$text"
	done
}
build_module() {
	built=$1
	shift
	module_text "$@" >"$WORK/.module.s"
	${CC:-cc} -c -o "$built" "$WORK/.module.s" && sign_with "${KEY:-modules}" "$built" >"$WORK/.sign"
}
kernel_policy() {
	keys=${1:-}
	[ $# = 0 ] || shift
	write_policy "$REAL/policy.yaml" \
		"signer:modules: {trust: pinned, purposes: [kernel-module], certificate-file: $MODULE_SIGNER, certificate-sha256: $(sha256sum "$MODULE_SIGNER" | cut -d ' ' -f 1)}" \
		"rule:{path: $MODULES/**, kind: kernel-module, signers: [modules], owners: [root, caller]${keys:+, $keys}}" \
		"$@" >"$WORK/.policy"
}
