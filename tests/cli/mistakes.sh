#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Ordinary mistakes, as they are made at night: each message names the object, the reason and
# what can be done, and the answer is never yes.
# plain
. tests/lib.sh
REAL=$(realpath "$WORK")
cd "$REAL" || exit 99
"$MODSEAL" keygen release >log && "$MODSEAL" keygen policy >log || exit 99
echo 'int greet(void) { return 1; }' >greet.c
"${CC:-cc}" -shared -fPIC -Wl,-soname,libgreet.so.1 -o libgreet.so.1 greet.c || exit 99
cp libgreet.so.1 unsigned.so
"$MODSEAL" sign --key release.key --certificate release.pem libgreet.so.1 >log || exit 99
cat >policy.yaml <<END
modseal-policy: 1
name: tests
serial: 1
issued: 2026-01-01T00:00:00Z
signers:
  release:
    trust: pinned
    certificate-file: release.pem
    certificate-sha256: "$(sha256sum release.pem | cut -d ' ' -f 1)"
    purposes: [library]
rules:
  - path: $REAL/lib*.so.*
    signers: [release]
    owners: [caller]
END
policy_sign() { "$MODSEAL" policy sign --force --key policy.key --certificate policy.pem "$@"; }
policy_sign policy.yaml >log || exit 99
by_policy() { "$MODSEAL" verify --policy policy.yaml --anchor policy.pem "$@"; }
sign() { "$MODSEAL" sign --force --certificate release.pem "$@"; }
as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
check "the right way" by_policy ./libgreet.so.1

# says STATUS OBJECT REASON REMEDY COMMAND...: one message, `modseal: 'OBJECT': REASON (REMEDY)`;
# an excerpt may follow
says() {
	want=$1 text="modseal: '$2': $3 ($4)"
	shift 4
	"$@" >out 2>err </dev/null
	got=$?
	[ "$got" = "$want" ] || { echo "exit $got, wanted $want" >&2; cat err >&2; return 1; }
	[ "$(head -n 1 err)" = "$text" ] || { echo "wanted $text" >&2; cat err >&2; return 1; }
}
check "a name that is nowhere" says 3 nothere.so \
	"not found in $("$MODSEAL" policy show --policy policy.yaml --anchor policy.pem | sed -n 's/^.search: //p' | paste -sd, | sed 's/,/, /g')" \
	"check the name, name a file here by its path (./nothere.so), or add its directory to the policy's search list" \
	by_policy nothere.so
check "a file that is not there" says 3 ./nothere.so "it does not exist" "check the name" by_policy ./nothere.so
check "a directory" says 1 "$REAL" "it is a directory, not a regular file" "name a regular file" by_policy "$REAL"
check "no such policy" says 3 "$REAL/none.yaml" "it does not exist" "check the name" \
	"$MODSEAL" verify --policy none.yaml --anchor policy.pem ./libgreet.so.1
check "no such anchor" says 3 "$REAL/none.pem" "it does not exist" "check the name" \
	"$MODSEAL" verify --policy policy.yaml --anchor none.pem ./libgreet.so.1
check "no policy is installed" says 3 "$REAL/anchors.d" \
	"nobody is known who may sign policies: this directory of anchors does not exist" \
	"where no policy is installed yet: as root, put the certificate of its signer there as NAME.pem, NAME being the policy's name, and \`modseal policy install\` it; or name both by --policy and --anchor" \
	"$MODSEAL" verify --policy policy.yaml --anchor-directory anchors.d ./libgreet.so.1
cp libgreet.so.1 libcut.so.1 && printf x >>libcut.so.1
check "a signature that a copy has cut or changed" says 1 ./libcut.so.1 \
	"no signature of the form the rule asks for, but a part of one (changed, or cut in copying or stripping?), by the rule in line $(grep -n '^  - path' policy.yaml | cut -d : -f 1)" \
	"get the file again from its source, or sign it anew with \`modseal sign\`" by_policy ./libcut.so.1
check "the same without a policy" says 1 libcut.so.1 "no signature, but a part of one (changed, or cut in copying or stripping?)" \
	"get the file again from its source, or sign it anew with \`modseal sign\`" "$MODSEAL" verify --certificate release.pem libcut.so.1
mkdir empty
check "no anchor is installed" says 1 "$REAL/empty" "there is no anchor in this directory" \
	"put the policy signer's certificate there as NAME.pem, NAME being the policy's name, or pass --anchor" \
	"$MODSEAL" verify --policy policy.yaml --anchor-directory empty ./libgreet.so.1
check "a key in place of a certificate" says 1 release.key "a PEM block is a PRIVATE KEY, not a CERTIFICATE" \
	"leave only the certificate in the file" "$MODSEAL" verify --certificate release.key ./libgreet.so.1
check "the certificate of another key" says 1 libgreet.so.1 \
	"signed by issuer \"CN=release\", serial $(openssl x509 -in release.pem -noout -serial | sed 's/.*=//' | tr A-F a-f); wanted: 'policy.pem' (key $(openssl x509 -in policy.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -c1-16)...)" \
	"name the certificate of the key that signed it, or sign it with the other" \
	"$MODSEAL" verify --certificate policy.pem libgreet.so.1
check "no such key" says 3 none.key "the private key cannot be read: No such file or directory" "check the name" \
	sign --key none.key libgreet.so.1
check "a directory in place of a key" says 3 empty "the private key cannot be read: Is a directory" \
	"name a file, not a directory" sign --key empty libgreet.so.1
check "a certificate in place of a key" says 1 release.pem "there is no private key in this file" \
	"give a PEM file with \`-----BEGIN PRIVATE KEY-----\`, a PKCS#12 file, or PKCS#8 in DER" \
	sign --key release.pem libgreet.so.1
check "the key of another certificate" says 1 policy.key "the certificate release.pem is of another key" \
	"use the certificate made for this key" sign --key policy.key libgreet.so.1
openssl pkcs12 -export -inkey release.key -in release.pem -passout pass:secret -out release.p12
echo wrong >wrong
check "a wrong passphrase" says 1 release.p12 "the passphrase does not open this key" "check the passphrase" \
	sign --key release.p12 --passphrase-file wrong libgreet.so.1
check "no passphrase, and nobody to ask" says 1 release.p12 "the key is encrypted and no passphrase was given" \
	"give one with --passphrase-file, --passphrase-fd or --passphrase-env, or run this at a terminal" \
	setsid -w "$MODSEAL" sign --force --key release.p12 libgreet.so.1
check "an unknown algorithm" says 2 new \
	"'rsa1024': unknown algorithm; there are ecdsa-p256, ecdsa-p384, rsa3072, rsa4096, ed25519, ml-dsa-44, ml-dsa-65, ml-dsa-87" \
	"name one of these" "$MODSEAL" keygen --algorithm rsa1024 new
check "a name with a directory" says 2 a/b \
	"a name is plain text of 1 to 64 bytes, without '/' and without a dot at its beginning" \
	"choose such a name; where it lies is an option of its own" "$MODSEAL" keygen a/b
check "a directory that is not there" says 3 new "'$REAL/none/new.key': cannot be created: No such file or directory" \
	"make its directory first, or write to another place" "$MODSEAL" keygen --directory "$REAL/none" new
check "a certificate that would be over" says 2 new \
	"the certificate would not be valid now: it would begin 1000000000 seconds after 1970, for 10 days" \
	"give another beginning (SOURCE_DATE_EPOCH of the environment), or more days; check the clock" \
	env SOURCE_DATE_EPOCH=1000000000 "$MODSEAL" keygen --days 10 new
sed 's/certificate-file: release/certificate-file: relase/' policy.yaml >typo.yaml
check "a policy that names a file which is not there" says 3 typo.yaml \
	"'$REAL/relase.pem': signer 'release' (line 6): its certificate does not exist" \
	"put it there, or correct its name in the policy" policy_sign typo.yaml
check "nothing to lint" says 3 none.yaml "it cannot be read: No such file or directory" "check the name" \
	"$MODSEAL" policy lint none.yaml
check "nothing to learn" says 3 "$REAL/none" "it cannot be read: No such file or directory" "check the name" \
	"$MODSEAL" learn "$REAL/none"
check "learned to where something is" says 1 policy.yaml "it is there already, and is not overwritten" \
	"choose another name, or remove it" "$MODSEAL" learn --output policy.yaml "$REAL/libgreet.so.1"
# whoever loads has to be approved first, which beginners do not expect
check "a program that no rule is for" says 1 ./libgreet.so.1 \
	"'$(realpath "$MODSEAL")': no rule of the policy allows this path; this is the program itself, which has to be approved first" \
	"add a rule of \`kind: program\` for its real path, or move the file to an allowed place" \
	"$MODSEAL" load --policy policy.yaml --anchor policy.pem ./libgreet.so.1
check "a rule of another kind" says 1 ./libgreet.so.1 \
	"no rule of the policy allows this path as \`kind: program\`; the one in line 12 is of \`kind: library\`" \
	"add a rule of \`kind: program\` for its real path, or move the file to an allowed place" \
	by_policy --kind program ./libgreet.so.1
check "nor what is no library" says 1 "$REAL/log" "no rule of the policy allows this path" \
	"add a rule for its real path, or move the file to an allowed place" by_policy "$REAL/log"

# ---- rights, and room ------------------------------------------------------------------------
if [ "$(id -u)" = 0 ] && as_user true 2>/dev/null; then
	chmod 755 "$REAL"
	cp -p libgreet.so.1 libclosed.so.1 && chmod 600 libclosed.so.1
	rights="give this user the right to it, or run this as a user who has it"
	check "a library that this user may not read" says 3 ./libclosed.so.1 "it cannot be read: Permission denied" "$rights" \
		as_user "$MODSEAL" verify --policy policy.yaml --anchor policy.pem ./libclosed.so.1
	check "a key that this user may not read" says 3 release.key "the private key cannot be read: Permission denied" \
		"$rights" as_user "$MODSEAL" sign --key release.key --certificate release.pem libgreet.so.1
	check "a directory that this user may not read" says 3 "$REAL/closed" "it cannot be read: Permission denied" \
		"run this as a user who may read it" \
		sh -c 'mkdir -m 700 "$0/closed" && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' "$REAL" \
		"$MODSEAL" learn "$REAL/closed"
	check "a directory that this user may not write to" says 3 new "'./new.key': cannot be created: Permission denied" \
		"write to another place, or change its permissions" as_user "$MODSEAL" keygen new
else
	skip "what a user may not do" "needs root"
fi
if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
	mkdir small
	# small WORD COMMAND...: in a file system that is full, or mounted only to be read
	small() {
		# shellcheck disable=SC2016 # expanded inside
		unshare --mount --propagation private sh -c '
			mount -t tmpfs -o size=64k tmpfs small && cp libgreet.so.1 release.key release.pem small && cd small || exit 99
			if [ "$1" = full ]; then cat /dev/zero >fill 2>/dev/null; else mount -o remount,ro .; fi
			shift && exec "$@"' sh "$@"
	}
	check "a full file system" says 3 libgreet.so.1 "it cannot be written: No space left on device" \
		"make room on the file system, or write to another one with --output" \
		small full "$MODSEAL" sign --force --key release.key --certificate release.pem libgreet.so.1
	check "no room for a key" says 3 new "'./new.key': cannot be written: No space left on device" \
		"make room on the file system, or write to another place" small full "$MODSEAL" keygen new
	check "no room for a policy" says 3 new.yaml "it cannot be written: No space left on device" \
		"make room, or name another place" small full "$MODSEAL" learn --output new.yaml "$REAL/libgreet.so.1"
	check "a file system to be read only" says 3 libgreet.so.1 "it is read-only for this user (mode 0755): Read-only file system" \
		"write to another place, or have its file system mounted for writing" \
		small read "$MODSEAL" sign --force --key release.key --certificate release.pem libgreet.so.1
	check "where no key can be made" says 3 new "'./new.key': cannot be created: Read-only file system" \
		"write to another place, or have its file system mounted for writing" small read "$MODSEAL" keygen new
else
	skip "full file systems, and read-only ones" "mounting needs root"
fi
