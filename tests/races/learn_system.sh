#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# A policy learned from all libraries of this system accepts all of them, with what they need;
# and packages of the distribution are judged by it before they are installed.
. tests/lib.sh
TRIPLET=$(${CC:-cc} -print-multiarch 2>/dev/null || true)
SYSTEM=/usr/lib${TRIPLET:+/$TRIPLET}
if [ "$(id -u)" != 0 ] || [ ! -d "$SYSTEM" ]; then
	skip "a policy learned from a system" "not root, or no $SYSTEM"
	exit 0
fi
REAL=$(cd "$WORK" && pwd -P)
for key in cats policy; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
learned() {
	"$MODSEAL" learn --catalog "$REAL/base.cat" --catalog-signer "$REAL/cats.pem" --output "$REAL/policy.yaml" \
		"$SYSTEM" >"$WORK/said" 2>&1 || { cat "$WORK/said" >&2; return 1; }
}
check "all of $SYSTEM" learned
count=$(sed 1,4d "$REAL/base.cat" | wc -l)
rules=$(grep -c '^  - {path:' "$REAL/policy.yaml")
echo "$count files in $rules rules"
check "many files in few rules" [ "$count" -gt $((2 * rules)) ]
signed() {
	"$MODSEAL" catalog sign "$REAL/base.cat" --key "$REAL/cats.key" --certificate "$REAL/cats.pem" &&
		"$MODSEAL" policy sign "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem"
}
check "the proposal can be signed as it is" signed
judge() { "$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" --jobs 0 "$@"; }
all() { # every file, except those whose names a shell would have to be told
	sed '1,4d; s/ .*//' "$REAL/base.cat" | grep -v '\\x' >"$WORK/files"
	xargs "$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" --jobs 0 \
		<"$WORK/files" >"$WORK/accepted" 2>"$WORK/refused" || { head "$WORK/refused" >&2; return 1; }
	[ "$(grep -c ': accepted' "$WORK/accepted")" = "$(wc -l <"$WORK/files")" ]
}
check "and accepts each of the $count files" all

mkdir "$REAL/debs"
(cd "$REAL/debs" && apt-get download zlib1g liblzma5) >"$WORK/log" 2>&1
if [ "$(find "$REAL/debs" -name '*.deb' | wc -l)" = 2 ]; then
	for package in zlib1g liblzma5; do
		deb=$(find "$REAL/debs" -name "${package}_*.deb")
		if [ "$(dpkg-deb -f "$deb" Version)" = "$(dpkg-query -W -f '${Version}' "$package:$(dpkg --print-architecture)")" ]; then
			check "$package of the archive, as it is installed, is vouched for" "$MODSEAL" vouch \
				--policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$deb"
		else
			check "$package of the archive is newer, and not vouched for" refused CATALOG_MISMATCH "$MODSEAL" vouch \
				--policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$deb"
		fi
	done
else
	skip "packages of the archive" "they could not be had"
fi
