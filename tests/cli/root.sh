#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# --root: the tree of an image is judged by its own paths, links, owners and policy.
. tests/lib.sh
. tests/policy.sh

TREE=$REAL/tree
mkdir -p "$TREE/usr/lib/arms" "$TREE/etc/modseal/anchors.d" "$TREE/opt"
build_library "$TREE/usr/lib/libinside.so.1" libinside.so.1 'int inside(void) { return 1; }'
build_library "$TREE/usr/lib/libneedy.so.1" libneedy.so.1 'int inside(void); int f(void) { return inside(); }' \
	"$TREE/usr/lib/libinside.so.1"
ln -s /usr/lib "$TREE/lib"
ln -s ../../../../../../../../etc/passwd "$TREE/usr/lib/libup.so"
ln -s "$TREE/usr/lib/libinside.so.1" "$TREE/usr/lib/libhost.so"
image_policy() { # image_policy FILE RULES
	{
		cat <<END
modseal-policy: 1
name: image
serial: 1
issued: 2026-01-01T00:00:00Z
search: [/usr/lib]
signers:
  release:
    trust: pinned
    certificate: |
$(sed 's/^/      /' "$REAL/release.pem")
rules:
$2
END
	} >"$1"
	"$MODSEAL" policy sign --force "$1" ${3:+"$3" "$4"} --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/.policy"
}
image_policy "$REAL/policy.yaml" '  - {path: /usr/lib/**, signers: [release], owners: [root, caller]}'
judge() { "$MODSEAL" verify --root "$TREE" --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }
field() { # field NAME VALUE COMMAND...: its JSON has the field
	wanted="\"$1\": \"$2\""
	shift 2
	"$@" --json >"$WORK/field" 2>&1 || { cat "$WORK/field" >&2; return 1; }
	grep -qF "$wanted" "$WORK/field" || { cat "$WORK/field" >&2; return 1; }
}

check "a library of the image is accepted" judge /usr/lib/libinside.so.1
check "its path is the image's" field path /usr/lib/libinside.so.1 judge /usr/lib/libinside.so.1
check "links of the image stay in the image" field real-path /usr/lib/libinside.so.1 judge /lib/libinside.so.1
check "its closure is found in the image" judge libneedy.so.1
check "a bare name is looked up in the image" field real-path /usr/lib/libinside.so.1 judge inside.so.1
check "R74 a link that climbs ends at the image's root" refused NOT_FOUND judge /usr/lib/libup.so
check "R74 a link with a path of this system leads nowhere" refused NOT_FOUND judge /usr/lib/libhost.so
check "a path of this system is not one of the image" refused NOT_FOUND judge "$TREE/usr/lib/libinside.so.1"
check "a relative path has no place in an image" exits 2 judge ./usr/lib/libinside.so.1
check "a directory that is not there" exits 3 "$MODSEAL" verify --root "$TREE/none" --policy "$REAL/policy.yaml" \
	--anchor "$REAL/policy.pem" /usr/lib/libinside.so.1
check "--root needs a policy, not a certificate" exits 2 "$MODSEAL" verify --root "$TREE" \
	--certificate "$REAL/release.pem" /usr/lib/libinside.so.1
check "what loads has no --root" exits 2 "$MODSEAL" load --root "$TREE" /usr/lib/libinside.so.1

image_policy "$REAL/ima.yaml" '  - {path: /usr/lib/**, evidence: [ima], signers: [release], owners: [root, caller]}'
by_ima() { "$MODSEAL" verify --root "$TREE" --policy "$REAL/ima.yaml" --anchor "$REAL/policy.pem" "$@"; }
inside=$TREE/usr/lib/libinside.so.1
check "a file of the image is signed for IMA" "$MODSEAL" sign --ima --detached --key "$REAL/release.key" \
	--certificate "$REAL/release.pem" "$inside"
check "its FILE.sig is that of the image" field evidence ima by_ima /usr/lib/libinside.so.1
mv "$inside.sig" "$REAL/outside.sig"
ln -s "$REAL/outside.sig" "$inside.sig"
check "R74 a FILE.sig of this system is none of the image" refused SIGNATURE_MISSING by_ima /usr/lib/libinside.so.1
rm "$inside.sig"

image_policy "$REAL/logged.yaml" "  - {path: /usr/lib/**, signers: [release], owners: [root, caller]}
records: {to: [file], file: $REAL/log.jsonl}"
check "by a policy that keeps records it is accepted, too" "$MODSEAL" verify --root "$TREE" --policy "$REAL/logged.yaml" \
	--anchor "$REAL/policy.pem" /usr/lib/libinside.so.1
check "R106 but the log of this system tells nothing of an image" [ ! -e "$REAL/log.jsonl" ]

chmod 777 "$TREE/usr"
check "R75 what others can write in the image is refused" refused PATH_UNSAFE judge /usr/lib/libinside.so.1
chmod 755 "$TREE/usr"
chmod 777 "$TREE"
check "R75 so is an image whose root others can write" refused PATH_UNSAFE judge /usr/lib/libinside.so.1
chmod 755 "$TREE"

# rules are compared with the image's real paths, not with this system's
mkdir "$TREE/modseal-real"
ln -s /usr/lib "$TREE/modseal-link"
image_policy "$REAL/policy.yaml" '  - {path: /modseal-link/**, signers: [release], owners: [root, caller]}'
check "R79 a rule through a link of the image is refused" refused POLICY_INVALID judge /usr/lib/libinside.so.1
for_image() { image_policy "$REAL/policy.yaml" "  - {path: $1/**, signers: [release], owners: [root, caller]}" --root "$TREE"; }
check "R79 nor is it signed for the image" exits 1 for_image /modseal-link
ln -s "$TREE" "$REAL/link"
mkdir -p "$TREE$REAL/link"
check "a policy for an image may name what is a link on this system" for_image "$REAL/link"
for_image /usr/lib

# without --policy the image decides for itself
own() { "$MODSEAL" verify --root "$TREE" "$@"; }
check "an image without anchors accepts nothing" refused ANCHOR_INVALID own /usr/lib/libinside.so.1
cp "$REAL/policy.pem" "$TREE/etc/modseal/anchors.d/image.pem"
if [ "$(id -u)" = 0 ]; then
	check "R33 an image without a rollback state accepts nothing" refused STATE_INVALID own /usr/lib/libinside.so.1
	check "R33 this system's is not its own" refused STATE_INVALID own /usr/lib/libinside.so.1 --policy "$REAL/policy.yaml"
	empty_state "$REAL/state"
	check "R33 one of this system may be named" refused NOT_FOUND own /usr/lib/libinside.so.1 --state "$REAL/state"
fi
empty_state "$TREE/var/lib/modseal"
check "an image without a policy accepts nothing" refused NOT_FOUND own /usr/lib/libinside.so.1
cp "$REAL/policy.yaml" "$REAL/policy.yaml.p7s" "$TREE/etc/modseal"
if [ "$(id -u)" = 0 ]; then
	own_accepts() { field anchor-source directory own /usr/lib/libinside.so.1; }
else
	own_accepts() { refused PATH_UNSAFE own /usr/lib/libinside.so.1; }
fi
check "an image is judged by its own policy and anchors" own_accepts
mv "$TREE/etc/modseal/anchors.d" "$TREE/opt/anchors"
ln -s /opt/anchors "$TREE/etc/modseal/anchors.d"
check "links to its anchors stay in the image" own_accepts
rm "$TREE/etc/modseal/anchors.d"
ln -s "$TREE/opt/anchors" "$TREE/etc/modseal/anchors.d"
check "anchors outside of the image are not its own" refused NOT_FOUND own /usr/lib/libinside.so.1
check "policy show tells of the image's" exits 3 "$MODSEAL" policy show --root "$TREE"

# an image for another machine
if command -v aarch64-linux-gnu-gcc >/dev/null && [ "$(uname -m)" = x86_64 ]; then
	CC='aarch64-linux-gnu-gcc -nostdlib' build_library "$TREE/usr/lib/arms/libarm.so.1" libarm.so.1 \
		'int arm(void) { return 1; }'
	check "R45 a library for another machine is refused" refused ELF_FOREIGN judge /usr/lib/arms/libarm.so.1
	image_policy "$REAL/policy.yaml" \
		'  - {path: /usr/lib/**, signers: [release], owners: [root, caller], machine: any}'
	check "R45 unless the rule is for any machine" judge /usr/lib/arms/libarm.so.1
	check "policy show tells of it" sh -c '"$0" policy show --root "$1" --policy "$2" --anchor "$3" |
		grep -q "machine any"' "$MODSEAL" "$TREE" "$REAL/policy.yaml" "$REAL/policy.pem"
	write_policy "$REAL/policy.yaml" "rule:{path: $LIB/libarm.so.1, signers: [release], machine: any, owners: [root, caller]}"
	cp "$TREE/usr/lib/arms/libarm.so.1" "$LIB/libarm.so.1"
	check "R45 checked it may be" verify "$LIB/libarm.so.1"
	check "R45 but never loaded" refused ELF_FOREIGN load "$LIB/libarm.so.1"
else
	skip "R45 an image for another machine" "no compiler for aarch64"
fi
