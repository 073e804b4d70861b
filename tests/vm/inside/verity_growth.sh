# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# With fs-verity and a catalog, verifying and loading a library costs what it costs, however large
# it is: in bytes read of its disk, in bytes that the process read, and in instructions, those of the
# kernel included. The machine counts them (tests/vm/boot.sh), and they are all the time there is.
. tests/lib.sh
. tests/policy.sh
host=$REAL/host
sizes="1 16 64" # MiB
cp "$BUILD/tests/hosts/verity_count" "$host" && sign_with release "$host" >"$WORK/.sign"
"$MODSEAL" keygen cats --directory "$REAL" >"$WORK/.keygen"
# Its disk is the second one: /dev/vdb.
for module in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk; do
	insmod "/modules/$module.ko" 2>/dev/null
done
enabled() { # a library of each size, and a small one to begin with
	mount -t ext4 /dev/vdb "$LIB" && chown -R 0:0 "$LIB" || return 1
	for size in first $sizes; do
		fsverity enable "$LIB/libgrows$size.so" || return 1
	done
}
check "a disk with libraries of $sizes MiB, with fs-verity" enabled
measured() {
	while read -r name _ digest _; do
		[ "$(fsverity measure "$LIB/$name" | cut -d ' ' -f 1)" = "sha256:${digest#*:}" ] || { echo "$name" >&2; return 1; }
	done <"$LIB/listed"
}
check "the kernel measures what was computed of them elsewhere" measured
{
	printf 'modseal-catalog: 1\nname: base\nserial: 1\nissued: 2026-02-01T00:00:00Z\n'
	sed "s|^|$LIB/|" "$LIB/listed" | LC_ALL=C sort
} >"$REAL/base.cat"
openssl cms -sign -binary -in "$REAL/base.cat" -signer "$REAL/cats.pem" -inkey "$REAL/cats.key" -outform DER \
	-nosmimecap -nocerts -out "$REAL/base.cat.p7s" 2>"$WORK/log"
policy() { # policy HAND-OFF
	write_policy "$REAL/policy.yaml" "rule:{path: $host, kind: program, signers: [release], owners: [root]}" \
		"catalogs: [{name: base, file: base.cat, signers: [cats]}]" \
		"rule:{path: $LIB/*, evidence: [catalog], catalog: base, hand-off: [$1]}" \
		"signer:cats: {trust: pinned, purposes: [catalog], certificate-file: $REAL/cats.pem, certificate-sha256: $(sha256sum "$REAL/cats.pem" | cut -d ' ' -f 1)}" \
		>"$WORK/.policy"
}
sectors() { awk '$3 == "vdb" { print $6 }' /proc/diskstats; }
loads() { # loads SIZE: what it says is in $WORK/said
	"$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB/libgrowsfirst.so" "$LIB/libgrows$1.so" "grows" >"$WORK/said" 2>&1
}
# tell SIZE HAND-OFF ROUNDS: "SIZE SECTORS BYTES TICKS UNIT": sectors with nothing in memory, the least ticks
# of that and more rounds with all that is needed there (a disk that is waited for lets time pass in
# which nothing is done, and the timer interrupts now and then); of the second library, with what
# comes once paid
tell() {
	sync && echo 3 >/proc/sys/vm/drop_caches
	before=$(sectors)
	for round in $(seq 0 "$3"); do
		loads "$1" || { cat "$WORK/said" >&2; return 1; }
		[ "$round" != 0 ] || after=$(sectors)
		awk -v size="$1" -v sectors=$((after - before)) -v wanted="hand-off $2" '/^two-million/ { unit = $2 }
			/^verify|^load/ { ticks[++n] = $2; bytes[n] = $4 } $0 == wanted { handed++ } /^call 42$/ { called = 1 }
			END { if (n == 4 && handed == 2 && called)
				print size, sectors, bytes[3] + bytes[4], ticks[3] + ticks[4], unit }' "$WORK/said"
	done | sort -k 4n | head -n 1
}
# grows COLUMN MORE: of the last line, more than MORE (and a twentieth) above the first
grows() {
	awk -v column="$1" -v more="$2" 'NR == 1 { first = $column } { last = $column } END { exit !(NR > 1 && first > 0 && last > first * 1.05 + more) }' \
		"$WORK/told" || return 1
	cat "$WORK/told"
}
stays() { # stays COLUMN MORE
	[ "$(awk '$5' "$WORK/told" | wc -l)" = 3 ] && ! grows "$@" >&2
}
policy verity
for size in $sizes; do tell "$size" verity 3; done >"$WORK/told"
# by the machine's clock a loop of two million instructions takes as many ticks, and an interrupt's more
counts() { awk '{ print } $5 < 2000000 || $5 > 2200000 { wrong = 1 } END { exit wrong || NR != 3 }' "$WORK/told"; }
check "the clock counts instructions" counts
check "what is read of the disk does not grow: 32 KiB at most for a deeper tree of hashes" stays 2 64
check "nor do bytes that the process reads" stays 3 0
check "nor do instructions, those of the kernel included" stays 4 50000
sed 's/^/# MiB, sectors, bytes, instructions, of two million: /' "$WORK/told"
policy sealed
for size in 1 16; do tell "$size" sealed 1; done >"$WORK/told"
check "where they are copied all of that grows: bytes" grows 3 $((14 << 20))
check "and sectors" grows 2 $((14 << 11))
check "and instructions, many for each byte" grows 4 $((14 << 24))
sed 's/^/# sealed: MiB, sectors, bytes, instructions, of two million: /' "$WORK/told"
umount "$LIB"
