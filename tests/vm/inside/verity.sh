# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Hand-off in place, with a kernel that has fs-verity: files on ext4, what only looks so, and a
# disk that is tampered with.
. tests/lib.sh
. tests/policy.sh
disk=$WORK/disk
host=$REAL/host
cp "$BUILD/tests/hosts/verity_host" "$host" && sign_with release "$host" >"$WORK/.sign"
"$MODSEAL" keygen cats --directory "$REAL" >"$WORK/.keygen"
digest_of() { "$MODSEAL" inspect "$1" | sed -n "s/^[[:space:]]*$2: //p"; }
# policy [LINE...]
policy() {
	write_policy "$REAL/policy.yaml" "rule:{path: $host, kind: program, signers: [release], owners: [root]}" "$@" \
		>"$WORK/.policy"
}
# tries LIBRARY SYMBOL [COMMAND]
tries() {
	MODSEAL_DEBUG=1 "$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$@" >"$WORK/said" 2>&1
	echo "ended $?" >>"$WORK/said"
}
says() {
	for pattern in "$@"; do
		grep -qE -- "$pattern" "$WORK/said" || { echo "no '$pattern' in:" >&2; cat "$WORK/said" >&2; return 1; }
	done
}
unsaid() { ! grep -E -- "$1" "$WORK/said" >&2; }
signed() { # signed NAME: a signed copy of a sample on the disk
	cp "/samples/$1" "$LIB/$1" && sign_with release "$LIB/$1" >"$WORK/.sign"
}
forget() { sync && echo 3 >/proc/sys/vm/drop_caches; }
fresh_disk() {
	truncate -s 24M "$disk" && mkfs.ext4 -q -b 4096 -O verity,^has_journal "$disk" &&
		losetup /dev/loop0 "$disk" && mount -t ext4 /dev/loop0 "$LIB" &&
		signed libone.so.1 && signed liblarge.so.1 && cp /samples/libplain.so.1 "$LIB/"
}
policy
check "a disk with fs-verity" fresh_disk
one=$LIB/libone.so.1 large=$LIB/liblarge.so.1 plain=$LIB/libplain.so.1

# ---- not enabled, then enabled ----------------------------------------------------------
tries "$one" one
check "a file without fs-verity is copied and sealed, and the verdict says why" says "hand-off sealed" \
	'^remark: a sealed copy, not the file itself: fs-verity is not enabled' '^call: 41' 'mapped: .*memfd:'
case $(uname -r) in
[1-5].* | 6.[0-2].*)
	check "R69 before Linux 6.3 the verdict says that the exec seal is missing" \
		says '^remark: the kernel has no exec seal for memfds'
	;;
esac
check "fs-verity is enabled" fsverity enable "$one"
check "with SHA-512 and salt, too" fsverity enable --hash-alg=sha512 --salt=0123 "$large"
check "and on a file without a signature" fsverity enable "$plain"
forget
measured() { [ "$(fsverity measure "$1" | cut -d ' ' -f 1)" = "sha256:$(digest_of "$1" fsverity.sha256)" ]; }
check "the kernel measures what inspect computes" measured "$one"
check "of the other, too" measured "$plain"
tries "$one" one
check "a file with fs-verity is mapped itself: its inode, on the loop device" says "hand-off verity" '^call: 41' \
	"mapped: .* 07:00 $(stat -c %i "$one") +$one\$"
check "and no memfd is" unsaid 'memfd|^remark: a sealed'
check "signed content was read once" says "libone.so.1: fs-verity, $(stat -c %s "$one") of $(stat -c %s "$one") bytes read"
tries "$large" large_value
check "whatever hash and salt it has" says "hand-off verity" '^call: 42' "mapped: .* 07:00 .*liblarge"
written() { ! echo x >>"$one"; }
check "root cannot write to it" written

# ---- known without being read -----------------------------------------------------------
# The file system counts, too: what was read of the disk, in sectors, since the cache was emptied.
sectors() { awk '$3 == "loop0" { print $6 }' /proc/diskstats; }
entry() { echo "$1 $(stat -c %s "$1") fsverity-sha256:$(digest_of "$1" fsverity.sha256) sha256:$(digest_of "$1" sha256)"; }
{ printf 'modseal-catalog: 1\nname: base\nserial: 1\nissued: 2026-02-01T00:00:00Z\n' && entry "$plain"; } >"$REAL/base.cat"
openssl cms -sign -binary -in "$REAL/base.cat" -signer "$REAL/cats.pem" -inkey "$REAL/cats.key" -outform DER \
	-nosmimecap -nocerts -out "$REAL/base.cat.p7s" 2>"$WORK/log"
listed="rule:{path: $plain, evidence: [catalog], catalog: base}"
catalogs="catalogs: [{name: base, file: base.cat, signers: [cats]}]"
cats="signer:cats: {trust: pinned, purposes: [catalog], certificate-file: $REAL/cats.pem, certificate-sha256: $(sha256sum "$REAL/cats.pem" | cut -d ' ' -f 1)}"
policy "$catalogs" "$cats" "$listed"
forget
before=$(sectors)
MODSEAL_DEBUG=1 verify "$plain" >"$WORK/said" 2>&1
after=$(sectors)
check "a file that the catalog lists by its fs-verity digest is accepted" says ': accepted .catalog'
check "without reading its content" says "libplain.so.1: fs-verity, [0-9]{4,5} of [0-9]{7} bytes read"
read_little() { echo "$((after - before)) sectors"; [ $((after - before)) -gt 0 ] && [ $((after - before)) -lt 2048 ]; }
check "says the disk: less than 1 MiB of more than 4 was read, readahead and all" read_little
tries "$plain" plain_value
check "and is mapped itself" says "evidence catalog, hand-off verity" '^remark: known by its fs-verity digest' '^call: 43' \
	"mapped: .* 07:00 $(stat -c %i "$plain") +$plain\$"

# ---- what only looks so -----------------------------------------------------------------
at=$REAL/at
mkdir "$at" "$REAL/upper" "$REAL/workdir" "$REAL/lower"
cp "$one" "$REAL/lower/"
policy "rule:{path: $at/**, signers: [release], owners: [root, caller]}"
# elsewhere REASON: the library there is copied, for the reason
elsewhere() {
	tries "$at/libone.so.1" one
	says "hand-off sealed" "^remark: a sealed copy, not the file itself: $1" '^call: 41' 'mapped: .*memfd:'
	status=$?
	umount "$at"
	return $status
}
mount -t overlay none -o "lowerdir=$LIB,upperdir=$REAL/upper,workdir=$REAL/workdir" "$at"
check "R113 an overlay over a file with fs-verity" elsewhere 'its file system .type 0x794c7630'
mount --bind "$REAL/lower" "$at" && mount -o remount,bind,ro "$at"
check "R113 a read-only bind mount" elsewhere 'its file system .type 0x1021994'
squashed() {
	mksquashfs "$REAL/lower" "$REAL/image" -quiet -no-progress && chown 1000:1000 "$REAL/image" &&
		losetup /dev/loop1 "$REAL/image" && mount -t squashfs /dev/loop1 "$at"
}
check "a squashfs whose backing file a user owns" squashed
check "R113 it is no file with fs-verity" elsewhere 'its file system .type 0x73717368'
policy "rule:{path: $at/**, signers: [release], owners: [root, caller], hand-off: [verity]}"
mount -t squashfs /dev/loop1 "$at"
check "R113 which is refused where no copy is allowed" refused HAND_OFF_UNAVAILABLE verify "$at/libone.so.1"
umount "$at"

# ---- a disk that is tampered with -------------------------------------------------------
policy "$catalogs" "$cats" "$listed"
# block FILE TEXT: the block of the disk where a text of the file lies
block() {
	offset=$(strings -t d "$1" | sed -n "s/^ *\([0-9]*\) $2\$/\1/p" | head -n 1)
	debugfs -R "bmap <$(stat -c %i "$1")> $((offset / 4096))" "$disk" 2>/dev/null | tail -n 1
}
# tamper BLOCK: writes below the file system, and makes the kernel read again
tamper() {
	sync
	printf 'tampered' | dd of="$disk" bs=1 seek=$(($1 * 4096 + 8)) conv=notrunc 2>/dev/null
	echo 3 >/proc/sys/vm/drop_caches
}
cat >"$REAL/tamper" <<TAMPER
printf tampered | dd of=$disk bs=1 seek=$(($(block "$one" MARK-OF-CODE) * 4096 + 8)) conv=notrunc 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
TAMPER
tries "$one" one "sh $REAL/tamper"
check "code tampered with on the disk after it was verified: the kernel stops the process" says \
	'^verify: OK, evidence appended, hand-off verity' '^ended 135'
check "and none of it ran" unsaid '^call'
unreadable() { ! cat "$1" >/dev/null; }
check "nobody can read it any more" unreadable "$one"
tries "$one" one
check "and verifying it again fails" says '^verify: SYSTEM bytes: .*cannot be read.*Input/output error'
tamper "$(block "$plain" MARK-OF-CODE)"
tries "$plain" plain_value
check "what need not be read is accepted, and stopped where it is used" says '^verify: OK, evidence catalog' '^ended 135'
check "and none of it ran either" unsaid '^call'
tamper "$(debugfs -R "bmap <$(stat -c %i "$plain")> 0" "$disk" 2>/dev/null | tail -n 1)"
tries "$plain" plain_value
check "a header tampered with on the disk: verifying fails" says \
	'^verify: SYSTEM bytes: .*cannot be read.*Input/output error'
