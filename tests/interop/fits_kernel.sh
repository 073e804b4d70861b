#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Kernel modules: one is built, stripped, packed and installed by the kernel's own Makefile, with
# Debian's headers, and signed behind that; Debian's own, packed in each way; and the stand-in for
# the kernel's sign-file, called by that Makefile. What a kernel says of our signatures: tests/vm.
. tests/lib.sh
# what make was called with is for modseal, not for what is built here
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
. tests/interop/debian_kernel.sh

unset MODSEAL_SIGN MODSEAL_PASSPHRASE MODSEAL_PASSPHRASE_FILE KBUILD_SIGN_PIN
export MODSEAL
sign_modules=packaging/kernel/sign-modules
# as the kernel makes its own: one PEM file with key and certificate, no extended key usage
keys() {
	openssl req -new -utf8 -sha256 -days 30 -batch -x509 -outform PEM -newkey rsa:2048 -nodes -subj "/CN=Modules $1" \
		-addext basicConstraints=critical,CA:FALSE -addext keyUsage=digitalSignature \
		-out "$WORK/$1.pem" -keyout "$WORK/$1.key" 2>/dev/null &&
		cat "$WORK/$1.pem" >>"$WORK/$1.key" && openssl x509 -in "$WORK/$1.pem" -outform DER -out "$WORK/$1.x509"
}
check "keys as the kernel makes them" keys modules
check "and others" keys other
MODSEAL_KEY=$WORK/modules.key MODSEAL_CERTIFICATE=$WORK/modules.x509
export MODSEAL_KEY MODSEAL_CERTIFICATE
plain() { # plain FILE: the module without what packs it, as $WORK/plain.ko
	case $1 in
	*.ko) cat "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -qdc "$1" ;;
	esac >"$WORK/plain.ko"
}
by() { # by KEY FILE...: signed by it, by our word and modinfo's
	key=$1
	shift
	for module in "$@"; do
		plain "$module" && "$MODSEAL" verify --certificate "$WORK/$key.pem" "$WORK/plain.ko" &&
			[ "$(modinfo -F signer "$WORK/plain.ko")" = "Modules $key" ] || return 1
	done
}
says() { # says PATTERN COMMAND...: fails, and says so
	pattern=$1
	shift
	! "$@" >"$WORK/said" 2>&1 && grep -q -- "$pattern" "$WORK/said" || { tail -n 30 "$WORK/said" >&2; return 1; }
}
says_too() { # says_too PATTERN COMMAND...: succeeds, and says so
	pattern=$1
	shift
	"$@" 2>&1 | grep -q -- "$pattern"
}
clean() { nothing find "$1" -name '.sign-modules*' -o -name '*.packed'; }

# ---- modules of Debian's kernel ----------------------------------------------------------

flavour=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
tree=$BUILD/data/kernel-$flavour
if fetch_kernel "$flavour" "$tree"; then
	# Debian 13 has them below /usr
	modules=$(find "$tree/root" -type d -path '*/lib/modules/[0-9]*' -prune | head -n 1)
	release=$(basename "$modules")
	stage=$WORK/stage/lib/modules/$release
	fs=$stage/kernel/fs
	copy() {
		mkdir -p "$fs" && cp "$modules"/modules.* "$stage" || return 1
		for name in fat/fat fat/vfat nls/nls_ascii isofs/isofs minix/minix; do
			module=$(find "$modules/kernel/fs/$(dirname $name)" -name "$(basename $name).ko*")
			plain "$module" && cp "$WORK/plain.ko" "$fs/$(basename $name).ko" || return 1
		done
		cp "$fs/isofs.ko" "$WORK/isofs.ko"
		gzip "$fs/nls_ascii.ko" && xz --check=crc32 "$fs/fat.ko" && zstd -q --rm "$fs/isofs.ko" && chmod 640 "$fs/fat.ko.xz"
		touch -d 2026-01-01 "$fs"/*
	}
	check "modules, as they are and packed" copy
	check "all are signed" sh $sign_modules --hash sha512 "$stage"
	check "by the one key, however they are packed" by modules "$fs/vfat.ko" "$fs/minix.ko" "$fs/fat.ko.xz" "$fs/nls_ascii.ko.gz" "$fs/isofs.ko.zst"
	check "nothing else is left there" clean "$stage"
	check "packed so that the kernel can unpack it" [ "$(xz --robot -l "$fs/fat.ko.xz" | awk '$1 == "file" { print $7 }')" = CRC32 ]
	same() { [ "$(stat -c '%a %y' "$1")" = "$2 2026-01-01 00:00:00.000000000 +0000" ]; }
	check "mode and time are kept" same "$fs/fat.ko.xz" 640
	content() { plain "$1" && "$MODSEAL" strip "$WORK/plain.ko" && "$MODSEAL" strip "$2" && cmp "$WORK/plain.ko" "$2"; }
	check "the module itself is what it was" content "$fs/isofs.ko.zst" "$WORK/isofs.ko"
	depends() { grep -q '^kernel/fs/vfat.ko: kernel/fs/fat.ko.xz$' "$stage/modules.dep"; }
	check "depmod has run" depends
	check "another key's beside it" sh $sign_modules --append --key "$WORK/other.key" --certificate "$WORK/other.pem" "$stage"
	both() {
		plain "$1" && "$MODSEAL" verify --certificate "$WORK/modules.pem" "$WORK/plain.ko" &&
			"$MODSEAL" verify --certificate "$WORK/other.pem" "$WORK/plain.ko"
	}
	check "both count" both "$fs/nls_ascii.ko.gz"
	check "without --append it is replaced" sh $sign_modules "$stage"
	check "so only one is there" refused SIGNER_NOT_ALLOWED "$MODSEAL" verify --certificate "$WORK/other.pem" "$fs/vfat.ko"
	sums() { (cd "$fs" && sha256sum ./*); }
	sums >"$WORK/sums"
	unchanged() { sums | cmp -s - "$WORK/sums" && clean "$stage"; }
	check "signed once more it is the same, as RSA is" sh $sign_modules "$stage"
	check "to the last bit" unchanged
	check "without a key nothing is signed" says 'there is no key to sign with' env -u MODSEAL_KEY sh $sign_modules "$stage"
	check "with a key of another certificate neither" says 'not everything was signed' env MODSEAL_CERTIFICATE="$WORK/other.pem" sh $sign_modules "$stage"
	check "nothing was changed" unchanged
	echo junk >"$fs/broken.ko.xz"
	check "what cannot be unpacked is named" says 'broken.ko.xz cannot be unpacked' sh $sign_modules "$stage"
	rm "$fs/broken.ko.xz"
	check "nothing was changed by that" unchanged
	gzip -c "$fs/fat.ko.xz" >"$fs/fat.ko.gz"
	check "one module packed in two ways" says 'packed in two ways' sh $sign_modules "$stage"
	rm "$fs/fat.ko.gz"
	check "a folder that is none of modules" says 'there is --no-depmod' sh $sign_modules "$WORK/stage/lib"
	check "an empty one" says 'there are no modules' sh $sign_modules --no-depmod packaging/kernel
	check "none at all" says 'no directory is named' sh $sign_modules --no-depmod
	check "an option that it does not know" says 'unknown option --detached' sh $sign_modules --detached "$stage"
	check "MODSEAL_SIGN=no leaves all as it is" env MODSEAL_SIGN=no sh $sign_modules "$stage"
	check "and says so" says_too 'NOT SIGNED' env MODSEAL_SIGN=no sh $sign_modules "$stage"
	check "nothing was changed by it" unchanged
else
	skip "modules of Debian's kernel" "the kernel package is not to be had here"
fi

# ---- the kernel's own build --------------------------------------------------------------

# What builds modules: the headers, unpacked, and told where they are.
fetch_headers() { # fetch_headers DIRECTORY
	[ ! -e "$1/.unpacked" ] || return 0
	headers=$(apt-cache depends "linux-headers-$flavour" 2>/dev/null | awk '/Depends:/ {print $2; exit}')
	[ -n "$headers" ] && rm -rf "$1" && mkdir -p "$1/deb" || return 1
	# shellcheck disable=SC2046 # names of packages
	(cd "$1/deb" && apt-get download "$headers" $(apt-cache depends "$headers" |
		awk '/Depends: linux-(headers|kbuild)-/ {print $2}')) >/dev/null 2>&1 || return 1
	for deb in "$1"/deb/*.deb; do
		dpkg -x "$deb" "$1/root" || return 1
	done
	sed -i "s|/usr/src|$1/root/usr/src|" "$1"/root/usr/src/linux-headers-*-"$flavour"/Makefile &&
		rm -rf "$1/deb" && touch "$1/.unpacked"
}
headers=$BUILD/data/headers-$flavour
if ! (flock 9 && fetch_headers "$headers") 9>"$headers.lock"; then
	skip "the kernel's own build" "its headers are not to be had here"
	exit 0
fi
kernel=$(echo "$headers"/root/usr/src/linux-headers-*-"$flavour")
compiler=$(sed -n 's/^CC = .*\(gcc-[0-9]*\)$/\1/p' "$kernel/.kernelvariables")
if ! command -v "$compiler" >/dev/null; then
	skip "the kernel's own build" "no $compiler here"
	exit 0
fi
mkdir "$WORK/module"
cat >"$WORK/module/sample.c" <<'END'
#include <linux/module.h>
static int __init sample_init(void) { return 0; }
static void __exit sample_exit(void) {}
module_init(sample_init);
module_exit(sample_exit);
MODULE_LICENSE("GPL");
END
echo 'obj-m := sample.o' >"$WORK/module/Makefile"
kbuild() { make -C "$kernel" M="$WORK/module" INSTALL_MOD_PATH="$WORK/installed" INSTALL_MOD_STRIP=1 INSTALL_MOD_DIR=extra \
	CONFIG_MODULE_SIG_ALL= CONFIG_DEBUG_INFO_BTF_MODULES= "$@"; }
packing() { [ "$1" = none ] || echo y; }
check "a module is built" kbuild modules
installed=$(basename "$kernel" | sed 's/^linux-headers-//')
installed=$WORK/installed/lib/modules/$installed
for packed in none xz; do
	rm -rf "$WORK/installed"
	check "installed, stripped and packed ($packed)" kbuild modules_install \
		CONFIG_MODULE_COMPRESS_XZ="$(packing $packed)" CONFIG_MODULE_COMPRESS_ALL="$(packing $packed)"
	check "signed behind that ($packed)" sh $sign_modules "$installed"
	check "by the key ($packed)" by modules "$installed"/extra/sample.ko*
done

# In the place of the kernel's own: its Makefile says how it is called.
standing_in() {
	cp -a "$kernel" "$WORK/kernel" && rm "$WORK/kernel/scripts" && cp -aL "$kernel/scripts" "$WORK/kernel/scripts" &&
		cp packaging/kernel/sign-file "$WORK/kernel/scripts/sign-file" && mkdir "$WORK/kernel/certs" &&
		cp "$WORK/modules.x509" "$WORK/kernel/certs/signing_key.x509" && rm -rf "$WORK/installed" || return 1
	kernel=$WORK/kernel
	kbuild modules_install CONFIG_MODULE_SIG_ALL=y CONFIG_MODULE_SIG_HASH=sha384 CONFIG_MODULE_SIG_KEY="$WORK/modules.key" \
		CONFIG_MODULE_COMPRESS_XZ=y CONFIG_MODULE_COMPRESS_ALL=y
}
check "the stand-in for sign-file, called by the kernel's Makefile" standing_in
check "signs with the key" by modules "$installed/extra/sample.ko.xz"
sign_file=packaging/kernel/sign-file
cp "$WORK/module/sample.ko" "$WORK/sample.ko"
check "sign-file writes somewhere else" sh $sign_file sha256 "$WORK/modules.key" "$WORK/modules.x509" "$WORK/sample.ko" "$WORK/else.ko"
check "that is signed" by modules "$WORK/else.ko"
check "the module is not" refused SIGNATURE_MISSING "$MODSEAL" verify --certificate "$WORK/modules.pem" "$WORK/sample.ko"
openssl pkey -in "$WORK/modules.key" -aes256 -passout pass:secret -out "$WORK/locked.key"
check "sign-file takes the passphrase as the kernel's does" env KBUILD_SIGN_PIN=secret \
	sh $sign_file sha256 "$WORK/locked.key" "$WORK/modules.x509" "$WORK/sample.ko"
check "and has signed" by modules "$WORK/sample.ko"
check "sign-file knows no options" says 'the option -d is not for modules' sh $sign_file -d sha256 a b c
check "sign-file wants four operands" says '3 operands' sh $sign_file sha256 a b
check "sign-file repeats no PIN" says 'a PIN in the address' sh $sign_file sha256 'pkcs11:object=a?pin-value=1234' b c
check "however it is written" says 'a PIN in the address' sh $sign_file sha256 'PKCS11:object=a;Pin=1234' b c
check "to the letter" nothing grep 1234 "$WORK/said"
