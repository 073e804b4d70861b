# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# last
# `modseal insmod` where the kernel enforces signatures, is locked down, and takes no modules any
# more: there is no way back from any of these, so no other script comes after this.
. tests/lib.sh
. tests/policy.sh
. tests/insmod.sh
mountpoint -q /sys/kernel/security || mount -t securityfs none /sys/kernel/security

echo Y >/sys/module/module/parameters/sig_enforce
check "Debian's own are taken even so" foretold "$fs/fat/fat.ko" fat 'the kernel has the key'
check "one signed by us is not, and it is said why before and after" foretold_no "$own/fat.ko" fat \
	'none of the kernel.s keys made its signature, and signatures are enforced \(module.sig_enforce\) \(enroll .*mokutil'
check "nor one without signature" foretold_no /bare/fat.ko fat 'no signature is appended to it, and signatures are enforced'
echo integrity >/sys/kernel/security/lockdown
check "nor where the kernel is locked down" foretold_no "$own/fat.ko" fat 'signatures are enforced'
check "where Debian's own are taken" foretold "$fs/fat/fat.ko" fat 'the kernel has the key'

# ---- no modules any more -----------------------------------------------------------------
echo 1 >/proc/sys/kernel/modules_disabled
check "a kernel that takes no modules any more" foretold_no "$fs/fat/fat.ko" fat 'kernel.modules_disabled is set: until the next start'
