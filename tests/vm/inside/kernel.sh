# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Kernel modules: Debian's, by the key of their build, and the same signed by us, handed to the
# kernel. From the middle on it enforces signatures.
. tests/lib.sh
. tests/policy.sh
MODULE_SIGNER=/samples/kernel.pem
. tests/kernel.sh
host=$BUILD/tests/hosts/kernel_module
installed=$(echo /usr/lib/modules/*)
fs=$installed/kernel/fs
ours="signer:ours: {trust: pinned, purposes: [kernel-module], certificate-file: $REAL/modules.pem, certificate-sha256: $(sha256sum "$REAL/modules.pem" | cut -d ' ' -f 1)}"
# policy [LINE...]
policy() {
	kernel_policy '' "rule:{path: $installed/**, kind: kernel-module, signers: [modules]}" "$@"
}
# tries FILE [PARAMETERS [COMMAND]]
tries() {
	file=$1 parameters=${2:-}
	[ $# -lt 2 ] || shift
	shift
	"$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$file" load "$parameters" "$@" >"$WORK/said" 2>&1
	echo "ended $?" >>"$WORK/said"
}
says() {
	for pattern in "$@"; do
		grep -qE -- "$pattern" "$WORK/said" || { echo "no '$pattern' in:" >&2; cat "$WORK/said" >&2; return 1; }
	done
}
loaded() { # loaded NAME...: all of them are
	for name in "$@"; do
		grep -q "^$name .* Live " /proc/modules || { echo "$name is not loaded" >&2; return 1; }
	done
}
absent() { # absent NAME...: none of them is
	for name in "$@"; do
		! grep "^$name " /proc/modules >&2 || return 1
	done
}
forget() { rmmod "$@" 2>"$WORK/log"; }
policy

# ---- Debian's --------------------------------------------------------------------------
tries "$fs/udf/udf.ko"
check "a module of the distribution is loaded, and what it depends on before it" says '^needs: .*/cdrom.ko, hand-off sealed' \
	'^needs: .*/crc-itu-t.ko, hand-off sealed' '^load: OK' '^ended 0'
check "the kernel has them" loaded udf cdrom crc_itu_t
taint() { [ "$(cat "/sys/module/$1/taint")" = "$2" ] || { echo "taints: $(cat "/sys/module/$1/taint")" >&2; return 1; }; }
check "R40 with the signature that it wants: nothing is tainted" taint udf ''
tries "$fs/udf/udf.ko"
check "what it depends on is there already" says '^remark: cdrom, which udf depends on, is loaded already' \
	'^remark: crc_itu_t, which udf depends on, is loaded already'
check "and a second time it is refused by the kernel, in words" says '^load: KERNEL_REFUSED load: .*loaded already.*File exists'
tries "$fs/isofs/isofs.ko"
check "a dependency that is loaded is not loaded again" says '^remark: cdrom, which isofs depends on' '^load: OK'
forget udf isofs cdrom crc_itu_t
printf '%s\n' '[req]' distinguished_name=d prompt=no '[d]' '[x]' basicConstraints=critical,CA:FALSE \
	extendedKeyUsage=critical,timeStamping '[t]' "serial=$WORK/serial" crypto_device=builtin signer_digest=sha256 \
	default_policy=1.2.3.4.1 digests=sha256 ess_cert_id_alg=sha256 >"$WORK/tsa.cnf"
echo 01 >"$WORK/serial"
stamped() { # stamped FILE: with a time stamp in its signature
	openssl req -x509 -newkey rsa:2048 -nodes -config "$WORK/tsa.cnf" -extensions x -subj /CN=tsa -keyout "$WORK/tsa.key" \
		-out "$WORK/tsa.pem" && "$MODSEAL" timestamp request --output "$WORK/asked.tsq" "$1" &&
		openssl ts -reply -config "$WORK/tsa.cnf" -section t -queryfile "$WORK/asked.tsq" -signer "$WORK/tsa.pem" \
			-inkey "$WORK/tsa.key" -out "$WORK/asked.tsr" &&
		"$MODSEAL" timestamp attach --tsa-certificate "$WORK/tsa.pem" --token "$WORK/asked.tsr" "$1"
}
check "the distribution's signature gets a time stamp" stamped "$fs/isofs/isofs.ko"
tries "$fs/isofs/isofs.ko"
check "R118 the kernel takes it all the same" says '^load: OK' '^ended 0'
check "R118 as its own: nothing is tainted" taint isofs ''
forget isofs cdrom
tries "$installed/kernel/drivers/net/dummy.ko" numdummies=3
check "parameters reach the module" [ -d /sys/class/net/dummy2 ]
forget dummy
changed="dd if=/dev/zero of=$fs/fat/vfat.ko bs=64 count=1 conv=notrunc 2>/dev/null"
cp "$fs/fat/vfat.ko" "$WORK/vfat.ko"
tries "$fs/fat/vfat.ko" '' "$changed"
check "R06 a file that is changed after it was verified: the approved bytes are loaded" says '^load: OK'
check "and what it depends on" loaded vfat fat
forget vfat fat
/bin/setpriv --inh-caps=-sys_module --bounding-set=-sys_module "$host" "$REAL/policy.yaml" "$REAL/policy.pem" \
	"$fs/fat/fat.ko" load '' >"$WORK/said" 2>&1
check "without CAP_SYS_MODULE the kernel's answer says so" says '^load: KERNEL_REFUSED load: .*CAP_SYS_MODULE.*Operation not permitted'

# /lib is a link to usr/lib, and weak-updates holds links
tries "/lib/modules/${installed##*/}/kernel/fs/udf/udf.ko"
check "a module by a path with a link in it" says '^verify: OK' "^needs: $installed/kernel/drivers/cdrom/cdrom.ko" '^load: OK'
forget udf cdrom crc_itu_t
mkdir "$installed/weak-updates" && mv "$installed/kernel/drivers/cdrom/cdrom.ko" "$installed/away.ko" &&
	ln -s ../away.ko "$installed/weak-updates/cdrom.ko"
tries "$fs/udf/udf.ko"
check "R31 a link whose file has another name leads to no module of this one" says \
	"^verify: NAME_MISMATCH image: $installed/away.ko: .*not 'away.ko'"
mkdir "$installed/aside" && mv "$installed/away.ko" "$installed/aside/cdrom.ko" && ln -sf ../aside/cdrom.ko "$installed/weak-updates/cdrom.ko"
tries "$fs/udf/udf.ko"
check "a dependency that is both a file and a link" says "^needs: $installed/aside/cdrom.ko" '^load: OK'
forget udf cdrom crc_itu_t
rm -r "$installed/weak-updates" && mv "$installed/aside/cdrom.ko" "$installed/kernel/drivers/cdrom/"

# ---- in place --------------------------------------------------------------------------
on_verity() {
	mkdir "$REAL/verity" && truncate -s 8M "$WORK/disk" && mkfs.ext4 -q -b 4096 -O verity,^has_journal "$WORK/disk" &&
		losetup /dev/loop0 "$WORK/disk" && mount -t ext4 /dev/loop0 "$REAL/verity" &&
		cp "$fs/fat/fat.ko" "$REAL/verity/" && fsverity enable "$REAL/verity/fat.ko"
}
check "a module is put under fs-verity" on_verity
policy "rule:{path: $REAL/verity/**, kind: kernel-module, signers: [modules], hand-off: [verity]}"
tries "$REAL/verity/fat.ko"
check "the kernel takes the file itself" says '^verify: OK, evidence appended, hand-off verity' '^load: OK'
check "with its signature" taint fat ''
forget fat
umount "$REAL/verity" && losetup -d /dev/loop0
policy

# ---- refused before the kernel sees it ---------------------------------------------------
tries "$fs/fat/vfat.ko"
check "a module that was changed is refused" says '^verify: [A-Z_]* ' && check "and not loaded" absent vfat fat
cp "$WORK/vfat.ko" "$fs/fat/vfat.ko"
cp "$fs/fat/fat.ko" "$WORK/fat.ko"
"$MODSEAL" strip "$fs/fat/fat.ko" >"$WORK/log"
tries "$fs/fat/vfat.ko"
check "R46 a dependency without signature: nothing is loaded" says '^verify: SIGNATURE_MISSING evidence: .*fat.ko: .*needed by vfat'
check "nothing at all" absent vfat fat
cp "$WORK/fat.ko" "$fs/fat/fat.ko"
mkdir -p /usr/lib/modules/6.0.0-other && cp "$WORK/fat.ko" /usr/lib/modules/6.0.0-other/
policy "rule:{path: /usr/lib/modules/6.0.0-other/**, kind: kernel-module, signers: [modules]}"
tries /usr/lib/modules/6.0.0-other/fat.ko
check "R31 a module in the directory of another release" says '^verify: NAME_MISMATCH image: .*built for kernel release'
policy
tries "$WORK/fat.ko"
check "a place that the policy does not know" says '^verify: PATH_NOT_ALLOWED rule: '

# ---- ours --------------------------------------------------------------------------------
policy "$ours" "rule:{path: $REAL/own/**, kind: kernel-module, signers: [ours], owners: [root, caller]}"
mkdir "$REAL/own"
own() { # own NAME FILE: the same content, signed by us with what the kernel's modules have
	cp "$2" "$REAL/own/$1.ko" && "$MODSEAL" strip "$REAL/own/$1.ko" && sign_with modules "$REAL/own/$1.ko"
}
check "modules are signed by a key of ours" own fat "$WORK/fat.ko"
check "another, too" own isofs "$fs/isofs/isofs.ko"
tries "$REAL/own/fat.ko"
check "a key that the kernel does not have: it is loaded where signatures are not enforced" says '^load: OK'
check "and taints the kernel" taint fat E
forget fat
echo Y >/sys/module/module/parameters/sig_enforce
tries "$REAL/own/fat.ko"
check "where they are the kernel refuses, and its answer is explained" says \
	'^load: KERNEL_REFUSED load: .*none of the kernel.s keys made it.*Key was rejected by service'
check "R63 it is not there" absent fat
tries "$REAL/own/isofs.ko"
check "R63 what was loaded for a module that the kernel refuses is taken out again" says '^needs: .*/cdrom.ko' '^load: KERNEL_REFUSED'
check "all of it" absent isofs cdrom
tries "$fs/isofs/isofs.ko"
check "Debian's own are loaded even so" says '^load: OK'
