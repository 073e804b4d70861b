#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Hand-off in place, under a kernel that tests/hosts/verity_host.c plays: what is taken, what is
# not, and why. tests/vm has a real one.
. tests/lib.sh
. tests/policy.sh
# as small a host as can be: what it needs is judged with it
host=$REAL/host
cp "$BUILD/tests/hosts/verity_host" "$host" && sign_with release "$host" >"$WORK/.sign"
hosted="rule:{path: $host, kind: program, signers: [release], owners: [root, caller]}"
build_library "$LIB/libone.so.1" libone.so.1 'int one(void) { return 41; }' \
	-Wl,-z,max-page-size=4096 || exit 99
export VERITY="$WORK/kernel"
: >"$VERITY"
digest_of() { "$MODSEAL" inspect "$1" | sed -n 's/^[[:space:]]*fsverity.sha256: //p'; }
# hold FILE: the kernel has fs-verity on the file
hold() { echo "$(stat -c %i "$1") true $(digest_of "$1")" >>"$VERITY"; }
# tries [COMMAND]
tries() {
	MODSEAL_DEBUG='' "$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB/libone.so.1" one "$@" >"$WORK/said" 2>&1
	echo "ended $?" >>"$WORK/said"
}
says() {
	for pattern in "$@"; do
		grep -qE -- "$pattern" "$WORK/said" || { echo "no '$pattern' in:" >&2; cat "$WORK/said" >&2; return 1; }
	done
}
unsaid() { ! grep -E -- "$1" "$WORK/said" >&2; }
policy() { write_policy "$REAL/policy.yaml" "$@" "$hosted" >"$WORK/.policy"; }
sealed="hand-off sealed"
verity="hand-off verity"

# ---- what the file is ------------------------------------------------------------------
policy
tries
check "without fs-verity a sealed copy, and the verdict says why" says \
	"$sealed" '^remark: a sealed copy, not the file itself: fs-verity is not enabled' '^call: 41' 'mapped: .*memfd:'
if unshare -m true 2>/dev/null; then
	DIGEST=$(digest_of "$LIB/libone.so.1")
	export LIB host REAL DIGEST
	cp "$LIB/libone.so.1" "$WORK/kept"
	unshare -m --propagation private sh -c 'mount -t tmpfs none "$LIB" && cp "$WORK/kept" "$LIB/libone.so.1" &&
		echo "$(stat -c %i "$LIB/libone.so.1") liar $DIGEST" >"$VERITY" &&
		"$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB/libone.so.1" one' >"$WORK/said" 2>&1
	check "R113 a file system of another type that answers as if it had fs-verity" says "$sealed" \
		'^remark: a sealed copy, not the file itself: its file system \(type 0x1021994\)' 'mapped: .*memfd:'
	unshare -m --propagation private sh -c 'mount -t ramfs none "$LIB" && cp "$WORK/kept" "$LIB/libone.so.1" &&
		echo "$(stat -c %i "$LIB/libone.so.1") true $DIGEST" >"$VERITY" &&
		"$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB/libone.so.1" one' >"$WORK/said" 2>&1
	check "R113 a file with fs-verity below a file system that is not believed" says "$sealed" \
		'^remark: a sealed copy, not the file itself: a file system on the way to it is not believed' 'mapped: .*memfd:'
	policy "rule:{path: $LIB/*, signers: [release], owners: [root, caller], noexec: allow}"
	unshare -m --propagation private sh -c 'mount -t tmpfs -o noexec,mode=755 none "$LIB" && cp "$WORK/kept" "$LIB/libone.so.1" &&
		echo "$(stat -c %i "$LIB/libone.so.1") true $DIGEST" >"$VERITY" &&
		"$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB/libone.so.1" one' >"$WORK/said" 2>&1
	check "R64 a file with fs-verity on a noexec mount that the rule allows" says "$sealed" \
		'^remark: a sealed copy, not the file itself: its file system is mounted noexec' '^call: 41' 'mapped: .*memfd:'
	policy
else
	skip "R113 a file system that lies" "mounting needs root"
fi
: >"$VERITY"

# ---- what it lies on ---------------------------------------------------------------------
# What dm-verity is only tests/vm can show: here nothing is.
policy "rule:{path: $LIB/*, signers: [release], owners: [root, caller], hand-off: [read-only, sealed]}"
tries
check "R113 a file on a file system that can be written to" says "$sealed" \
	'^remark: a sealed copy, not the file itself: (its (file system|device)|/sys does not show its device) ' '^call: 41' 'mapped: .*memfd:'
policy "rule:{path: $LIB/*, signers: [release], owners: [root, caller], hand-off: [read-only, verity]}"
tries
check "R113 and where no copy is allowed it is refused, with both reasons" \
	says '^verify: HAND_OFF_UNAVAILABLE bytes: .*no sealed copy, but (/sys does not show )?its .*; fs-verity is not enabled on the file'
policy

# ---- signed content behind which a signature lies ---------------------------------------
# ends_in_page YES|NO: the last page mapped of the library is cut by its signature, or not
pad() { # appends zeros up to a page border and one page more, and signs again
	"$MODSEAL" strip "$LIB/libone.so.1" >"$WORK/.strip" || return 1
	size=$(stat -c %s "$LIB/libone.so.1")
	head -c $((8192 - size % 4096)) /dev/zero >>"$LIB/libone.so.1"
	sign_with release "$LIB/libone.so.1" >"$WORK/.sign"
}
cut_short() { # section headers off: the content ends inside the last page that is mapped
	# the shell adds: not every awk reads 0x
	end=$(($(readelf -lW "$1" | awk '$1 == "LOAD" { end = $2 " + " $5 } END { print end }')))
	truncate -s "$end" "$1"
	printf '\0\0\0\0\0\0\0\0' | dd of="$1" bs=1 seek=40 conv=notrunc 2>/dev/null # e_shoff
	printf '\0\0\0\0\0\0' | dd of="$1" bs=1 seek=58 conv=notrunc 2>/dev/null # e_shentsize, e_shnum, e_shstrndx
	sign_with release "$1" >"$WORK/.sign"
}
pad && hold "$LIB/libone.so.1"
tries
check "with fs-verity the file itself is mapped" says "$verity" '^call: 41' "mapped: .* $LIB/libone.so.1\$"
check "and no copy was made" unsaid 'memfd:|^remark: a sealed'
MODSEAL_DEBUG=1 "$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB/libone.so.1" one >"$WORK/said" 2>&1
check "signed content is read once" says "libone.so.1: fs-verity, ([0-9]+) of \1 bytes read"
policy "rule:{path: $LIB/**, signers: [release], owners: [root, caller], hand-off: [sealed]}"
tries
check "hand-off: [sealed] copies all the same" says "$sealed" 'mapped: .*memfd:'
check "without a remark: nobody asked" unsaid '^remark: a sealed'
policy "rule:{path: $LIB/**, signers: [release], owners: [root, caller], hand-off: [sealed, verity]}"
tries
check "the first way that the file allows is taken" says "$sealed" 'mapped: .*memfd:'
policy "rule:{path: $LIB/**, signers: [release], owners: [root, caller], hand-off: [verity]}"
tries
check "hand-off: [verity] with fs-verity" says "$verity" '^call: 41'

# ---- with what it needs -----------------------------------------------------------------
build_library "$LIB/libtwo.so.1" libtwo.so.1 'int one(void); int two(void) { return one() + 1; }' \
	-L"$LIB" -l:libone.so.1 || exit 99
both() {
	"$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB/libtwo.so.1" two >"$WORK/said" 2>&1
}
policy
both
check "a copy that needs a file in place" says "$sealed" "^needs: $LIB/libone.so.1, $verity" '^call: 42' 'mapped: .*memfd:'
: >"$VERITY" && "$MODSEAL" strip "$LIB/libtwo.so.1" >"$WORK/.strip" && head -c 8192 /dev/zero >>"$LIB/libtwo.so.1" &&
	sign_with release "$LIB/libtwo.so.1" >"$WORK/.sign" && hold "$LIB/libtwo.so.1"
both
check "a file in place that needs a copy" says "$verity" "^needs: $LIB/libone.so.1, $sealed" '^call: 42' 'mapped: .*libtwo'
hold "$LIB/libone.so.1"
both
check "both in place" says "$verity" "^needs: $LIB/libone.so.1, $verity" '^call: 42'
policy "rule:{path: $LIB/**, signers: [release], owners: [root, caller], hand-off: [verity]}"

# ---- between verifying and loading ------------------------------------------------------
tries ": >$VERITY"
check "R67 fs-verity gone between verifying and loading" says '^verify: OK' '^load: NOT_SEALED load'
check "and nothing ran" unsaid '^call'
: >"$VERITY" && hold "$LIB/libone.so.1"
tries "echo \$(stat -c %i $LIB/libone.so.1) true $(digest_of "$LIB/libtwo.so.1") >$VERITY"
check "R67 another digest between verifying and loading" says '^load: NOT_SEALED load.*not the one approved'
: >"$VERITY" && hold "$LIB/libone.so.1"
cp "$LIB/libone.so.1" "$WORK/kept"
tries "mv $LIB/libone.so.1 $LIB/away; echo no >$LIB/libone.so.1"
check "R67 R74 another file under the name between verifying and loading: the first is mapped" \
	says '^call: 41' "mapped: .* $LIB/away\$"
mv "$LIB/away" "$LIB/libone.so.1"
tries "rm $LIB/libone.so.1"
check "R74 the name gone between verifying and loading" says '^call: 41' "mapped: .* $LIB/libone.so.1 \(deleted\)"
cp "$WORK/kept" "$LIB/libone.so.1"

# ---- where it must not be in place ------------------------------------------------------
: >"$VERITY"
tries
check "R113 hand-off: [verity] without fs-verity is refused" \
	says '^verify: HAND_OFF_UNAVAILABLE bytes: the rule allows no sealed copy, but fs-verity is not enabled'
mkdir -p "$WORK/tree$LIB" && cp "$LIB/libone.so.1" "$WORK/tree$LIB/"
tree() { (cd "$REAL" && "$MODSEAL" verify --root "$WORK/tree" --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"); }
check "but not in the tree of another system, where nothing is handed over" tree "$LIB/libone.so.1"
check "R113 by verify too" refused HAND_OFF_UNAVAILABLE verify "$LIB/libone.so.1"
"$MODSEAL" strip "$LIB/libone.so.1" >"$WORK/.strip" && cut_short "$LIB/libone.so.1"
hold "$LIB/libone.so.1"
tries
check "a signature in the last page that would be mapped, hand-off: [verity]" \
	says '^verify: HAND_OFF_UNAVAILABLE image: .*reach into the signature'
policy
tries
check "and by default a sealed copy of what was judged" says "$sealed" \
	'^remark: a sealed copy, not the file itself: its last pages reach into the signature' '^call: 41' 'mapped: .*memfd:'

# ---- changed bytes ----------------------------------------------------------------------
flip() { # changes a byte of the content, as no kernel with fs-verity would let anyone
	printf 'X' | dd of="$LIB/libone.so.1" bs=1 seek="$1" conv=notrunc 2>/dev/null
}
flip 600
tries
check "a changed byte is refused, fs-verity or not" says '^verify: SIGNATURE_INVALID evidence'

# ---- catalogs: what need not be read at all ---------------------------------------------
"$MODSEAL" keygen cats --directory "$REAL" >"$WORK/.keygen" || exit 99
CAT=$REAL/cat
large=$CAT/liblarge.so.1
mkdir "$CAT"
echo 'const char large[4 << 20] = {1}; int large_value(void) { return 42; }' >"$WORK/large.c"
${CC:-cc} -shared -fPIC -Wl,-soname,liblarge.so.1 -o "$large" "$WORK/large.c" || exit 99
size=$(stat -c %s "$large") sha256=$(sha256sum "$large" | cut -d ' ' -f 1) fsverity=$(digest_of "$large")
zeros=0000000000000000000000000000000000000000000000000000000000000000
: >"$VERITY" && hold "$large"
# listed FIELDS [EVIDENCE [LINE]]: a catalog that lists the library so, and a policy of it
listed() {
	printf 'modseal-catalog: 1\nname: base\nserial: 1\nissued: 2026-02-01T00:00:00Z\n%s %s\n' "$large" "$1" >"$REAL/base.cat"
	openssl cms -sign -binary -in "$REAL/base.cat" -signer "$REAL/cats.pem" -inkey "$REAL/cats.key" -outform DER \
		-nosmimecap -nocerts -out "$REAL/base.cat.p7s" || return 1
	policy 'catalogs: [{name: base, file: base.cat, signers: [cats]}]' \
		"signer:cats: {trust: pinned, purposes: [catalog], certificate-file: $REAL/cats.pem, certificate-sha256: $(sha256sum "$REAL/cats.pem" | cut -d ' ' -f 1)}" \
		"rule:{path: $CAT/**, evidence: ${2:-[catalog]}, catalog: base, owners: [root, caller]${4:-}}" "${3:-x-nothing: 1}"
}
cat_tries() { MODSEAL_DEBUG=1 "$host" "$REAL/policy.yaml" "$REAL/policy.pem" "$large" large_value >"$WORK/said" 2>&1; }
# little_read: less than 64 KiB of more than 4 MiB; all_read
little_read() { says "liblarge.so.1: fs-verity, [0-9]{4,5} of $size bytes read" && [ "$size" -gt 4194304 ]; }
all_read() { says "liblarge.so.1: fs-verity, $size of $size bytes read"; }
listed "$size fsverity-sha256:$fsverity sha256:$sha256" && cat_tries
check "a file that the catalog lists by its fs-verity digest is mapped itself" says \
	"evidence catalog, $verity, digest fsverity-sha256:$fsverity" '^remark: known by its fs-verity digest' '^call: 42' 'mapped: .*liblarge'
check "without reading its content" little_read
check "R24 and the log does not call that digest another" says "liblarge.so.1: OK, content fsverity-sha256:$fsverity"
listed "$size fsverity-sha256:$fsverity sha256:$sha256" '[appended, catalog], signers: [release]' && cat_tries
check "also where another form could be in the file, but is not" little_read
listed "$size sha256:$sha256" && cat_tries
check "without the digest in the catalog all is read" all_read
check "and the file mapped itself all the same" says "$verity" '^call: 42' 'mapped: .*liblarge'
listed "$size fsverity-sha256:$fsverity" && cat_tries
check "also without the SHA-256 in the catalog" little_read
listed "$size fsverity-sha256:$fsverity sha256:$sha256" '[catalog, detached], signers: [release]' && cat_tries
check "where a signature beside it may be all is read" all_read
listed "$size fsverity-sha256:$zeros sha256:$sha256" && cat_tries
check "another fs-verity digest in the catalog" says '^verify: CATALOG_MISMATCH evidence.*fsverity-sha256'
listed "$((size + 1)) fsverity-sha256:$fsverity sha256:$sha256" && cat_tries
check "another size in the catalog" says '^verify: CATALOG_MISMATCH evidence.*size'
listed "$size fsverity-sha256:$fsverity !other:00 sha256:$sha256" && cat_tries
check "a critical digest that is unknown" says '^verify: UNSUPPORTED evidence'
listed "$size fsverity-sha256:$fsverity sha256:$sha256" '[catalog]' "revoked: {files: [\"$sha256\"]}" && cat_tries
check "R29 a revoked file is refused" says '^verify: REVOKED evidence'
check "R29 by its content" all_read
listed "$size fsverity-sha256:$fsverity sha256:$zeros" '[catalog]' "revoked: {files: [\"$sha256\"]}" && cat_tries
check "R29 which a false SHA-256 in the catalog does not hide" says '^verify: REVOKED evidence'
listed "$size fsverity-sha256:$fsverity sha256:$zeros" && cat_tries
check "a false SHA-256 in the catalog is nobody's identity" says "digest fsverity-sha256:$fsverity" '^call: 42'
listed "$size fsverity-sha256:$fsverity sha256:$sha256" '[catalog]' '' ', hand-off: [sealed]' && cat_tries
check "hand-off: [sealed] copies and reads all of it" says 'evidence catalog, hand-off sealed' 'mapped: .*memfd:'
# a file whose digest the kernel makes with salt: not what is listed, but its bytes are
echo "$(stat -c %i "$large") true $zeros" >"$VERITY"
listed "$size fsverity-sha256:$fsverity sha256:$sha256" && cat_tries
check "a file with another fs-verity digest is read and compared" says "$verity" '^call: 42'
check "wholly" all_read
printf 'X' | dd of="$large" bs=1 seek=2000000 conv=notrunc 2>/dev/null
cat_tries
check "and refused where its bytes differ" says '^verify: CATALOG_MISMATCH evidence'
# signed content is listed without its container
sign_with release "$large" >"$WORK/.sign"
sha256=$("$MODSEAL" inspect "$large" | sed -n 's/^[[:space:]]*sha256: //p')
: >"$VERITY" && hold "$large"
listed "$size fsverity-sha256:$(digest_of "$large") sha256:$sha256" && cat_tries
check "a file with a container is read" says 'evidence catalog' '^call: 42'
check "whatever else is known of it" unsaid '^remark: known by its fs-verity digest'
