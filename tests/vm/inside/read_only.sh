# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The hand-off `read-only`: file systems on dm-verity, on a partition that the policy names, what
# only looks so (R113), and a disk that is tampered with.
. tests/lib.sh
. tests/policy.sh
export DM_DISABLE_UDEV=1
host=$REAL/host at=$REAL/at user=1000
partition=PARTUUID=6d6f6473-6561-6c2d-8000-000000000001
chmod 755 "$REAL"
cp "$BUILD/tests/hosts/verity_host" "$host" && sign_with release "$host" >"$WORK/.sign"
# policy [LINE...]: the library's place asks for read-only before anything else
policy() {
	write_policy "$REAL/policy.yaml" "rule:{path: $host, kind: program, signers: [release], owners: [root]}" "$@" \
		"rule:{path: $at/**, signers: [release], hand-off: [read-only, sealed]}" >"$WORK/.policy"
}
# tries [COMMAND [COMMAND]]
tries() {
	"$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$at/libone.so.1" one "$@" >"$WORK/said" 2>&1
	echo "ended $?" >>"$WORK/said"
}
# as_user COMMAND...: without any right of root's; busybox has a setpriv that knows less
as_user() { /bin/setpriv --reuid $user --regid $user --clear-groups "$@"; }
user_tries() {
	as_user "$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$at/libone.so.1" one >"$WORK/said" 2>&1
}
says() {
	for pattern in "$@"; do
		grep -qE -- "$pattern" "$WORK/said" || { echo "no '$pattern' in:" >&2; cat "$WORK/said" >&2; return 1; }
	done
}
unsaid() { ! grep -E -- "$1" "$WORK/said" >&2; }
# taken DEVICE: the file itself was mapped, from there
taken() {
	says 'hand-off read-only' '^call: 41' \
		"mapped: .* $(printf '%02x:%02x' $(($(stat -c %d "$at/libone.so.1") / 256)) $(($(stat -c %d "$at/libone.so.1") % 256))) $(stat -c %i "$at/libone.so.1") +$at/libone.so.1\$" &&
		unsaid '^remark: a sealed'
}
copied() { says 'hand-off sealed' "^remark: a sealed copy, not the file itself: $1" '^call: 41' 'mapped: .*memfd:'; }
# verity NAME IMAGE [OPTION...]: the image as a read-only device of dm-verity
verity() {
	name=$1 image=$2
	shift 2
	losetup /dev/loop2 "$image" && veritysetup format --salt=0123 "$image" "$image.hash" >"$image.root" &&
		losetup /dev/loop3 "$image.hash" && veritysetup open "$@" /dev/loop2 "$name" /dev/loop3 \
		"$(sed -n 's/^Root hash:[^0-9a-f]*//p' "$image.root")"
}
# away NAME: unmounts and takes the device down
away() {
	umount "$at"
	veritysetup close "$1" && losetup -d /dev/loop2 && losetup -d /dev/loop3
}
for module in dm-mod dm-bufio reed_solomon dm-verity libcrc32c erofs virtio_ring virtio virtio_pci_modern_dev \
	virtio_pci_legacy_dev virtio_pci virtio_blk; do
	insmod "/modules/$module.ko" || exit 99
done
tree=$REAL/tree
mkdir "$tree" "$at"
cp /samples/libone.so.1 "$tree/" && sign_with release "$tree/libone.so.1" >"$WORK/.sign"
mksquashfs "$tree" "$REAL/squashfs" -quiet -no-progress -all-root || exit 99
mkfs.erofs --quiet --all-root "$REAL/erofs" "$tree" >"$WORK/log" 2>&1 || exit 99
truncate -s 4M "$REAL/ext4" && mkfs.ext4 -q -b 4096 -O ^has_journal -d "$tree" "$REAL/ext4" || exit 99

# ---- dm-verity --------------------------------------------------------------------------
policy
for kind in squashfs erofs ext4; do
	check "$kind on dm-verity" verity vroot "$REAL/$kind"
	mount -t $kind -o ro /dev/mapper/vroot "$at"
	tries
	check "$kind on dm-verity: the file itself is mapped, and no copy made" taken
	[ $kind = ext4 ] || away vroot
done
verify "$at/libone.so.1" --json >"$WORK/said"
check "verify tells the hand-off, too" says '"hand-off": "read-only"'

# Of two processes that have loaded the library each shares its pages with the other.
cat >"$REAL/shares" <<SHARES
awk -v file=$at/libone.so.1 '/^[0-9a-f]+-/ { on = \$6 == file } on && /^(Rss|Pss|Shared_Clean):/ { sum[\$1] += \$2 }
	END { print "shared: " (sum["Shared_Clean:"] > 0 && 2 * sum["Pss:"] <= sum["Rss:"] + 8) " of", sum["Rss:"], sum["Pss:"], sum["Shared_Clean:"] }' /proc/\$PPID/smaps
echo "copies: \$(grep -c memfd: /proc/\$PPID/maps)"
SHARES
tries true "$host $REAL/policy.yaml $REAL/policy.pem $at/libone.so.1 one true 'sh $REAL/shares'"
check "two processes share its pages" says '^shared: 1 of' '^copies: 0$'

# ---- without the right to ask the device mapper -----------------------------------------
uuid=$(cat /sys/block/dm-0/dm/uuid)
user_tries
check "who may not ask the kernel gets a copy, and is told what the policy can name" copied \
	"only a process with CAP_SYS_ADMIN .*, and read-only-devices does not name DM-UUID=$uuid\$"
policy "read-only-devices: [DM-UUID=CRYPT-VERITY-*-vroot]"
user_tries
check "a device that the policy names is believed" taken
policy "read-only-devices: [DM-UUID=CRYPT-VERITY-*-other]"
user_tries
check "another one is not" copied 'only a process with CAP_SYS_ADMIN'

# ---- what only looks so -----------------------------------------------------------------
policy
# elsewhere REASON: mounted there by the caller is what is copied, for the reason
elsewhere() {
	tries
	copied "$1"
	status=$?
	umount "$at"
	return $status
}
mkdir "$REAL/upper" "$REAL/workdir" "$REAL/below" "$REAL/sys"
mount --bind "$at" "$REAL/below"
umount "$at"
mount -t overlay none -o "lowerdir=$REAL/below,upperdir=$REAL/upper,workdir=$REAL/workdir" "$at"
check "R113 an overlay over dm-verity" elsewhere 'its file system .type 0x794c7630'
umount "$REAL/below"
mount -t ext4 -o ro /dev/mapper/vroot "$at"
# under COMMANDS REASON: as seen in a mount namespace where the commands ran
under() {
	unshare -m sh -c "$1"' && exec "$@"' sh "$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$at/libone.so.1" one >"$WORK/said" 2>&1
	copied "$2"
}
check "R113 a tmpfs over /sys" under 'mount -t tmpfs none /sys' '/sys does not show its device 25[0-9]:0 as the kernel would'
check "R113 no /sys" under 'umount -l /sys' '/sys does not show its device'
check "R113 a part of sysfs over the device" under 'mount --bind /sys/devices/virtual/block/loop0 /sys/devices/virtual/block/dm-0' \
	'/sys does not show its device'
check "R113 a file over one of its attributes" under 'mount --bind /sys/block/loop0/dev /sys/devices/virtual/block/dm-0/dev' \
	'/sys does not show its device'
check "R113 another device mapper" under 'mount --bind /dev/null /dev/mapper/control' 'only a process with CAP_SYS_ADMIN'
away vroot
chown $user "$REAL/squashfs" "$REAL/ext4"
losetup /dev/loop2 "$REAL/squashfs" && mount -t squashfs /dev/loop2 "$at"
check "R113 a squashfs whose backing file a user owns" elsewhere 'its device loop2 is not one of dm-verity$'
blockdev --setro /dev/loop2
mkdir -p /dev/disk/by-partuuid && ln -s ../../loop2 "/dev/disk/by-partuuid/${partition#*=}"
policy "read-only-devices: [$partition]"
mount -t squashfs /dev/loop2 "$at"
check "R113 a loop device with the name of one that the policy names" elsewhere 'its device loop2 is not one of dm-verity$'
losetup -d /dev/loop2
policy "read-only-devices: [DM-UUID=CRYPT-VERITY-*]"
losetup /dev/loop2 "$REAL/ext4"
mount -t ext4 -o ro /dev/loop2 "$at"
check "R113 ext4 mounted read-only on another device" elsewhere 'its device loop2 is not one of dm-verity$'
mkdir "$REAL/writable" && mount -t ext4 /dev/loop2 "$REAL/writable" && mount --bind "$REAL/writable" "$at" &&
	mount -o remount,bind,ro "$at"
check "R113 a read-only bind mount of ext4" elsewhere 'its device loop2 is not one of dm-verity$'
umount "$REAL/writable"
linear() { # linear TABLE...: a device of that table which calls itself one of dm-verity
	printf '%s\n' "$@" | dmsetup create --readonly --uuid CRYPT-VERITY-0123-vroot vroot && dmsetup mknodes &&
		mount -t ext4 -o ro /dev/mapper/vroot "$at"
}
linear '0 8192 linear /dev/loop2 0'
check "R113 dm-linear that calls itself dm-verity, and is named" elsewhere 'its device is one of dm-linear, not of dm-verity'
dmsetup remove vroot
linear '0 4096 linear /dev/loop2 0' '4096 4096 linear /dev/loop2 4096'
check "R113 a device of two parts" elsewhere 'its device is made of more than one target'
dmsetup remove vroot
losetup -d /dev/loop2
for option in ignore-corruption check-at-most-once; do
	verity vroot "$REAL/squashfs" --$option && mount -t squashfs /dev/mapper/vroot "$at"
	tries
	check "R113 dm-verity with $option" copied "its dm-verity device has the option .$(echo $option | tr - _)"
	away vroot
done
verity vroot "$REAL/squashfs" --restart-on-corruption --ignore-zero-blocks && mount -t squashfs /dev/mapper/vroot "$at"
tries
check "but other options do no harm" taken
away vroot

# ---- what lies behind the end of a file -------------------------------------------------
# An image may have bytes there which nobody signed, and which would be mapped.
"$MODSEAL" strip "$tree/libone.so.1" >"$WORK/.strip"
truncate -s $(($(stat -c %s "$tree/libone.so.1") - 4096 - 8)) "$tree/libone.so.1"
sign_with release --detached "$tree/libone.so.1" >"$WORK/.sign"
truncate -s 4M "$REAL/behind" && mkfs.ext4 -q -b 4096 -O ^has_journal -d "$tree" "$REAL/behind"
policy "rule:{path: $at/**, evidence: [detached], signers: [release], hand-off: [read-only, sealed]}"
verity vroot "$REAL/behind" && mount -t ext4 -o ro /dev/mapper/vroot "$at"
tries
check "a file that ends within a page that is mapped" taken
last=$(debugfs -R "bmap <$(stat -c %i "$at/libone.so.1")> $(($(stat -c %s "$at/libone.so.1") / 4096))" "$REAL/behind" 2>/dev/null | tail -n 1)
away vroot
printf smuggled | dd of="$REAL/behind" bs=1 seek=$((last * 4096 + 4088)) conv=notrunc 2>/dev/null
verity vroot "$REAL/behind" && mount -t ext4 -o ro /dev/mapper/vroot "$at"
tries
check "and one with something behind its end there" copied 'its last page is not empty behind its end'
away vroot

# ---- where no copy is allowed -----------------------------------------------------------
policy "rule:{path: $at/**, signers: [release], hand-off: [read-only]}"
losetup /dev/loop2 "$REAL/squashfs" && mount -t squashfs /dev/loop2 "$at"
check "R113 a loop device is refused where no copy is allowed" refused HAND_OFF_UNAVAILABLE verify "$at/libone.so.1"
tries
check "R113 by a load, too" says '^verify: HAND_OFF_UNAVAILABLE bytes: .*its device loop2 is not one of dm-verity'
umount "$at" && losetup -d /dev/loop2
verity vroot "$REAL/squashfs" && mount -t squashfs -o noexec /dev/mapper/vroot "$at"
policy "rule:{path: $at/**, signers: [release], hand-off: [read-only, sealed], noexec: allow}"
tries
check "R64 a noexec mount on dm-verity" copied 'its file system is mounted noexec'
away vroot

# ---- a partition that the policy names --------------------------------------------------
cat "$REAL/squashfs" >/dev/vda1 && mount -t squashfs /dev/vda1 "$at"
policy "read-only-devices: [$partition]"
rm "/dev/disk/by-partuuid/${partition#*=}"
tries
check "a partition whose name nobody tells" copied 'its device vda1 is not one of dm-verity, and read-only-devices does not name it$'
ln -s ../../vda1 "/dev/disk/by-partuuid/${partition#*=}"
tries
check "a partition that is named and can be written to" copied 'its device vda1 can be written to'
blockdev --setro /dev/vda1
tries
check "a partition that is named and read-only" taken
user_tries
check "for which nobody needs a right" taken
umount "$at" && blockdev --setrw /dev/vda1 && cat "$REAL/ext4" >/dev/vda1 && blockdev --setro /dev/vda1 &&
	mount -t ext4 -o ro,noload /dev/vda1 "$at"
tries
check "a partition with a file system that can be written to" copied 'ext4 counts on dm-verity only'
umount "$at"

# ---- a disk that is tampered with -------------------------------------------------------
policy
verity vroot "$REAL/ext4" && mount -t ext4 -o ro /dev/mapper/vroot "$at"
offset=$(strings -t d "$at/libone.so.1" | sed -n 's/^ *\([0-9]*\) MARK-OF-CODE$/\1/p' | head -n 1)
block=$(debugfs -R "bmap <$(stat -c %i "$at/libone.so.1")> $((offset / 4096))" "$REAL/ext4" 2>/dev/null | tail -n 1)
cat >"$REAL/tamper" <<TAMPER
printf tampered | dd of=$REAL/ext4 bs=1 seek=$((block * 4096 + 8)) conv=notrunc 2>/dev/null
sync; echo 3 >/proc/sys/vm/drop_caches
TAMPER
tries "sh $REAL/tamper"
check "code tampered with on the disk after it was verified: the kernel stops the process" says \
	'^verify: OK, evidence appended, hand-off read-only' '^ended 135'
check "and none of it ran" unsaid '^call'
tries
check "and verifying it again fails" says '^verify: SYSTEM bytes: .*cannot be read.*Input/output error'
away vroot

# ---- kernel modules ---------------------------------------------------------------------
# finit_module(2) gets the descriptor of the file itself, which LoadPin and IPE want to see.
module=$BUILD/tests/hosts/kernel_module fs=$(echo /usr/lib/modules/*-amd64/kernel/fs)
mkdir "$REAL/drivers" && cp "$fs/fat/fat.ko" "$fs/fat/vfat.ko" "$REAL/drivers/"
mksquashfs "$REAL/drivers" "$REAL/drivers.squashfs" -quiet -no-progress -all-root || exit 99
modules() { # modules HAND-OFF
	write_policy "$REAL/policy.yaml" \
		"signer:modules: {trust: pinned, purposes: [kernel-module], certificate-file: /samples/kernel.pem, certificate-sha256: $(sha256sum /samples/kernel.pem | cut -d ' ' -f 1)}" \
		"rule:{path: $at/**, kind: kernel-module, signers: [modules], hand-off: $1}" >"$WORK/.policy"
}
loads() { # loads FILE [COMMAND]: COMMAND runs between the verdict and the load
	"$module" "$REAL/policy.yaml" "$REAL/policy.pem" "$at/$1" load '' "${2:-true}" >"$WORK/said" 2>&1
	echo "ended $?" >>"$WORK/said"
}
modules '[read-only]'
verity vroot "$REAL/drivers.squashfs" && mount -t squashfs -o noexec /dev/mapper/vroot "$at"
loads vfat.ko "for fd in /proc/\$PPID/fd/*; do readlink \$fd; done"
whole() {
	says 'hand-off read-only' "^needs: $at/fat.ko, hand-off read-only" "^$at/vfat.ko\$" "^$at/fat.ko\$" '^load: OK' && unsaid memfd &&
		[ "$(grep -c '^v*fat ' /proc/modules)" = 2 ]
}
check "modules on dm-verity are loaded from their files, and what they depend on, and no copy is made" whole
rmmod vfat fat
"$MODSEAL" insmod --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$at/fat.ko" >"$WORK/said" 2>&1
check "by insmod, too" says "^$at/fat.ko: loaded" 'hand-off: read-only'
rmmod fat
away vroot
losetup /dev/loop2 "$REAL/drivers.squashfs" && mount -t squashfs /dev/loop2 "$at"
loads fat.ko
check "R113 those on a loop device are not where no copy is allowed" says '^verify: HAND_OFF_UNAVAILABLE bytes: .*its device loop2 is not one of dm-verity'
modules '[read-only, sealed]'
loads fat.ko
check "R113 and are copied where one is" says 'hand-off sealed' '^remark: a sealed copy, .*loop2 is not one of dm-verity' '^load: OK'
rmmod fat
umount "$at" && losetup -d /dev/loop2
truncate -s 4M "$REAL/drivers.ext4" && mkfs.ext4 -q -b 4096 -O ^has_journal -d "$REAL/drivers" "$REAL/drivers.ext4"
verity vroot "$REAL/drivers.ext4" && mount -t ext4 -o ro /dev/mapper/vroot "$at"
block=$(debugfs -R "bmap <$(stat -c %i "$at/fat.ko")> 2" "$REAL/drivers.ext4" 2>/dev/null | tail -n 1)
loads fat.ko "printf X | dd of=$REAL/drivers.ext4 bs=1 seek=$((block * 4096)) conv=notrunc 2>/dev/null; sync; echo 3 >/proc/sys/vm/drop_caches"
check "one tampered with on the disk after it was verified: the kernel cannot read it" says '^verify: OK, .*hand-off read-only' \
	'^load: KERNEL_REFUSED load: .*its file cannot be read .*: Input/output error .*tampered'
away vroot
