#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# Boots Debian's kernel in a virtual machine (emulated, no KVM needed) whose whole disk is an
# initramfs with what was built, runs the scripts of tests/vm/inside there one after the other,
# those that say `# last` behind all others, and takes over what they print on the serial console.
# Its clock is the number of instructions that it has executed, a nanosecond each.
# Environment: VM_SCRIPTS, names of those to run (VM_SCRIPTS=kernel; all of them); VM_TIMEOUT
. tests/lib.sh
. tests/interop/debian_kernel.sh
PATH=$PATH:/usr/sbin:/sbin

needs() {
	[ "$(uname -m)" = x86_64 ] || { echo "the machine that is emulated is an x86-64"; return; }
	[ -z "${SANITIZE:-}" ] || { echo "too slow under sanitizers"; return; }
	for tool in qemu-system-x86_64 cpio busybox openssl fsverity mkfs.ext4 debugfs mksquashfs mkfs.erofs \
		veritysetup dmsetup sfdisk setpriv lz4 "${CC:-cc}"; do
		command -v "$tool" >/dev/null 2>&1 || { echo "$tool is not installed"; return; }
	done
	fetch_kernel cloud-amd64 "$BUILD/data/kernel-cloud-amd64" || echo "no kernel package to be had"
}
missing=$(needs)
if [ -n "$missing" ]; then
	skip "virtual machine" "$missing"
	exit 0
fi
kernel=$BUILD/data/kernel-cloud-amd64/root
root=$WORK/root
triplet=$("${CC:-cc}" -print-multiarch)

# ---- the initramfs ---------------------------------------------------------------------
mkdir -p "$root"/bin "$root"/dev "$root"/proc "$root"/sys "$root"/tmp "$root"/mnt "$root"/var/tmp \
	"$root/usr/lib/$triplet" "$root"/usr/lib64 "$root"/src/tests/inside "$root"/build/bin \
	"$root"/build/tests/hosts "$root"/samples "$root"/modules
ln -s usr/lib "$root/lib" && ln -s usr/lib64 "$root/lib64"
# put FILE TARGET: a program with the libraries it needs
put() {
	cp -L "$1" "$root/$2"
	ldd "$1" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) .*/\1/p' |
		while read -r library; do
			cp -L "$library" "$root/usr/lib/$triplet/"
		done
}
put "$(command -v busybox)" bin/busybox
put "$MODSEAL" build/bin/modseal
put "$BUILD/tests/hosts/verity_host" build/tests/hosts/verity_host
put "$BUILD/tests/hosts/kernel_module" build/tests/hosts/kernel_module
put "$BUILD/tests/hosts/verity_count" build/tests/hosts/verity_count
for host in run_thread run_landlock run_loader run_fuse run_hostile; do
	put "$BUILD/tests/hosts/$host" "build/tests/hosts/$host"
done
strip "$root/build/tests/hosts/verity_count" # it reads itself each time
for tool in openssl fsverity mkfs.ext4 debugfs mksquashfs mkfs.erofs veritysetup dmsetup setpriv; do
	put "$(command -v $tool)" "bin/$tool"
done
cp tests/lib.sh tests/policy.sh tests/kernel.sh tests/insmod.sh "$root/src/tests/"
for script in ${VM_SCRIPTS:-$(basename -s .sh tests/vm/inside/*)}; do
	cp "tests/vm/inside/$script.sh" "$root/src/tests/inside/" || exit 1
done
# loaded by threads that end
cp -L "$("${CC:-cc}" -print-file-name=libgcc_s.so.1)" "$root/usr/lib/$triplet/"
# the linker's name in programs; its rules are those of other libraries
ln -s ../lib/"$triplet"/ld-linux-x86-64.so.2 "$root/usr/lib64/"
for module in loop squashfs overlay fuse sha512_generic; do
	find "$kernel" -name "$module.ko" -exec cp {} "$root/samples/" \;
done
# loaded by the scripts that need them, in the order they name
for module in dm-mod dm-bufio reed_solomon dm-verity libcrc32c erofs virtio_ring virtio virtio_pci_modern_dev \
	virtio_pci_legacy_dev virtio_pci virtio_blk; do
	find "$kernel" -name "$module.ko" -exec cp {} "$root/modules/" \;
done
# loaded by modseal, from where they are installed, by the key of the kernel's build
(cd "$kernel" && find lib/modules -name udf.ko -o -name isofs.ko -o -name cdrom.ko -o -name crc-itu-t.ko \
	-o -name vfat.ko -o -name fat.ko -o -name dummy.ko) >"$WORK/installed"
(cd "$kernel" && cpio -pdL --quiet "$root/usr" <"$WORK/installed") || exit 1
kernel_certificate "${kernel%/root}" "$WORK/kernel.der" &&
	openssl x509 -inform DER -in "$WORK/kernel.der" -out "$root/samples/kernel.pem" || exit 1
# all that the scripts ask of a compiler
printf '#!/bin/sh\n[ "$1" = -print-multiarch ] && echo %s\n' "$triplet" >"$root/bin/cc"
chmod 755 "$root/bin/cc"
# Libraries with a text that finds their code, and zeros up to a border of pages and one page
# more: what would be mapped does not reach into a signature.
library() { # library NAME BODY
	file=$root/samples/lib$1.so.1
	printf '%s\n__asm__(".text\\n.byte 0\\n.asciz \\"MARK-OF-CODE\\"");\n' "$2" >"$WORK/library.c"
	"${CC:-cc}" -O1 -shared -fPIC -Wl,-soname,"lib$1.so.1" -Wl,-z,max-page-size=4096 -o "$file" "$WORK/library.c" &&
		head -c $((8192 - $(stat -c %s "$file") % 4096)) /dev/zero >>"$file"
}
library one 'int one(void) { return 41; }'
library payload 'int payload(void) { return 4711; }'
library large 'const char large[4 << 20] = {1}; int large_value(void) { return 42; }'
library plain 'const char large[4 << 20] = {2}; int plain_value(void) { return 43; }'
cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin BUILD=/build MODSEAL=/build/bin/modseal TMPDIR=/var/tmp CC=cc
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
for module in /samples/*.ko; do insmod $module; done
dmesg -n 1
cd /src
for script in $(grep -L '^# last' tests/inside/*.sh) $(grep -l '^# last' tests/inside/*.sh); do
	echo "begin $script"
	# not a terminal, so that nobody shows progress on it
	sh $script 2>&1 | cat
	echo "end $script"
done
poweroff -f
INIT
chmod 755 "$root/init"
# What is installed may belong to others or be writable by a group: here all is root's.
chmod -R go-w "$root"
(cd "$root" && find . -print0 | cpio -0 -o -H newc -R 0:0 --quiet) >"$WORK/initramfs" || exit 1

# A disk with one partition, which is no loop device: its name is known to the policies there.
truncate -s 8M "$WORK/disk"
printf 'label: gpt\nstart=2048, size=12288, uuid=6d6f6473-6561-6c2d-8000-000000000001\n' |
	sfdisk -q "$WORK/disk" || exit 1

# And one with libraries that differ in size alone, and their catalog's lines.
mkdir "$WORK/grows"
for size in 0 1 16 64; do
	name=libgrows$(echo $size | sed 's/^0$/first/').so
	head -c $((size << 20)) /dev/urandom >"$WORK/content"
	printf '.section .rodata\n.incbin "%s"\n.section .note.GNU-stack,"",@progbits\n' "$WORK/content" >"$WORK/content.s"
	echo 'int grows(void) { return 42; }' >"$WORK/grows.c"
	"${CC:-cc}" -shared -fPIC -Wl,-soname,"$name" -o "$WORK/grows/$name" "$WORK/grows.c" "$WORK/content.s" || exit 1
	file=$WORK/grows/$name
	echo "$name $(stat -c %s "$file") fsverity-$(fsverity digest --compact "$file" | sed 's/^/sha256:/')" \
		"sha256:$(sha256sum "$file" | cut -d ' ' -f 1)" >>"$WORK/grows/listed"
done
truncate -s 100M "$WORK/growing"
mkfs.ext4 -q -b 4096 -O verity,^has_journal -d "$WORK/grows" "$WORK/growing" || exit 1

# ---- the machine -----------------------------------------------------------------------
echo "initramfs: $(du -k "$WORK/initramfs" | cut -f 1) KiB"
started=$(date +%s)
timeout -k 5 "${VM_TIMEOUT:-600}" qemu-system-x86_64 -accel tcg -icount shift=0,sleep=off -cpu max -m 512 -nodefaults -display none -no-reboot \
	-drive "file=$WORK/disk,format=raw,if=virtio" -drive "file=$WORK/growing,format=raw,if=virtio" -serial stdio -kernel "$kernel"/boot/vmlinuz-* -initrd "$WORK/initramfs" \
	-append "console=ttyS0 quiet panic=-1" </dev/null 2>&1 | tr -d '\r' >"$WORK/console"
echo "it ran for $(($(date +%s) - started)) s"

finished() { # the script began, and came to its closing line
	name=tests/inside/$(basename "$1")
	awk -v name="$name" '$0 == "end " name { on = 0; if (line ~ /^[0-9]+ passed, /) print line }
		on { line = $0 } $0 ~ "begin " name "$" { on = 1 }' "$WORK/console"
}
for script in "$root"/src/tests/inside/*.sh; do
	closing=$(finished "$script")
	if [ -z "$closing" ]; then
		failed=$((failed + 1))
		echo "not ok $(basename "$script"): it did not come to its end in the virtual machine"
		tail -n 40 "$WORK/console"
		continue
	fi
	# shellcheck disable=SC2086 # three words
	set -- $(echo "$closing" | sed 's/[^0-9 ]//g')
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
done
# the firmware's last line has no end of its own
sed -n 's/^.*\(begin tests\)/\1/; /^begin tests/,$p' "$WORK/console" | grep -E '^(ok|not ok|skip|  (out|err):) '
