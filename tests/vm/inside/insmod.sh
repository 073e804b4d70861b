# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# `modseal insmod`: what it foretells is what the kernel then does, where signatures are not enforced.
. tests/lib.sh
. tests/policy.sh
. tests/insmod.sh

insert --dry-run "$own/fat.ko"
check "without securityfs nobody can see whether the kernel is locked down" says \
	'forecast: unknown: .*/own/fat.ko: none of the kernel.s keys made its signature, and whether .*\(mount securityfs' '^ended 0'
mount -t securityfs none /sys/kernel/security
check "Debian's own: the kernel has their key" foretold "$fs/udf/udf.ko" udf "fine: $fs/udf/udf.ko: the kernel has the key of its signature" \
	"fine: $installed/kernel/drivers/cdrom/cdrom.ko: the kernel has the key" "fine: .*built for this kernel, $(uname -r)" \
	'fine: this process may load modules' 'fine: this kernel loads modules' "dependency: $installed/kernel/drivers/cdrom/cdrom.ko"
forget cdrom crc_itu_t
check "one signed by us taints the kernel" foretold "$own/fat.ko" fat 'note: .*none of the kernel.s keys made .*taints the kernel \(E\)'
check "one without signature, which the policy accepts, does so, too" foretold /bare/fat.ko fat \
	'note: /bare/fat.ko: no signature is appended to it.*\(E\)'
insert "$installed/kernel/drivers/net/dummy.ko" numdummies=2
check "parameters reach the module" [ -d /sys/class/net/dummy1 ]
check "what is loaded already is refused" foretold_no "$installed/kernel/drivers/net/dummy.ko" none 'a module of this name is loaded already \(.*rmmod'
forget dummy
insert --json "$fs/fat/fat.ko" 'a=b c' d
check "parameters with spaces are quoted again" says '"verdict": "accepted"' '"parameters": "a=\\"b c\\" d"' '"dry-run": false' \
	'"topic": "signature", "outlook": "fine"' '^ended 0'
forget fat
# ---- several -----------------------------------------------------------------------------
dummy=$installed/kernel/drivers/net/dummy.ko
insert "$fs/udf/udf.ko" "$dummy" numdummies=3 "$fs/isofs/isofs.ko"
shared() { says '^ended 0' && [ -d /sys/class/net/dummy2 ] && grep -q '^cdrom [0-9]* 2 ' /proc/modules; }
check "several are loaded in one call, and what two of them need once" shared
forget udf isofs dummy cdrom crc_itu_t
insert "$fs/fat/vfat.ko" "$own/fat.ko"
check "one that another depends on comes first, from where it was said" [ "$(grep -c '^fat\|^vfat' /proc/modules)" = 2 ]
check "and taints the kernel as it would by itself" says "note: $own/fat.ko: none of the kernel's keys"
forget vfat fat
insert "$dummy"
insert "$fs/fat/fat.ko" "$dummy" "$fs/udf/udf.ko"
half() { says "^$fs/fat/fat.ko: loaded" "^modseal: '$dummy': .*loaded already" "^$fs/udf/udf.ko: accepted, not loaded" \
	"because of: $dummy" '^ended 1' && absent udf && ! absent fat 2>"$WORK/log"; }
check "when the kernel refuses one the rest is left out" half
forget fat dummy
cp "$fs/fat/fat.ko" "$WORK/fat.ko" && printf X | dd of="$fs/fat/fat.ko" bs=1 seek=5000 conv=notrunc 2>"$WORK/log"
insert "$dummy" "$fs/fat/fat.ko"
none() { says "^$dummy: accepted, not loaded" "because of: $fs/fat/fat.ko" '^ended 1' && absent dummy; }
check "when the policy refuses one none is loaded" none
cp "$WORK/fat.ko" "$fs/fat/fat.ko"
/bin/setpriv --reuid 1000 --regid 1000 --clear-groups "$MODSEAL" insmod --dry-run --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" \
	"$fs/fat/fat.ko" >"$WORK/said" 2>&1
check "a user is told what is missing" says 'policy accepts it, but the kernel would refuse it: this process has no CAP_SYS_MODULE \(load it as root' \
	'unknown: .*whether the kernel has the key of its signature cannot be seen'
check "a module that was changed is refused before the kernel is asked about" [ "$(
	cp "$fs/fat/fat.ko" "$WORK/fat.ko" && printf X | dd of="$fs/fat/fat.ko" bs=1 seek=5000 conv=notrunc 2>/dev/null
	"$MODSEAL" insmod --dry-run --json --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$fs/fat/fat.ko" | grep -o '"code": "[A-Z_]*"'
)" = '"code": "SIGNATURE_INVALID"' ]
cp "$WORK/fat.ko" "$fs/fat/fat.ko"
