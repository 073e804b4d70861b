# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sourced after lib.sh by tests that install policies: keys `release`, `other`, `policy` and
# `stranger` in $REAL, an anchor directory, and these functions:
#
#	make_set DIR SERIAL [NAME [KEY [SIGNER]]]: a signed policy, DIR/policy.yaml, with the
#		certificate of SIGNER (default: release) as DIR/keys/signer.pem, signed by KEY
#	link_command FILE OBJECT: the command that was built, with that object in front of its library
#	install FILE [OPTION...], installed COMMAND [OPTION...]: with $ETC, $VAR, the anchors
REAL=$(cd "$WORK" && pwd -P)
chmod 755 "$REAL"
ETC=$REAL/etc VAR=$REAL/var ANCHORS=$REAL/anchors.d
for key in release other policy stranger; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
mkdir "$ANCHORS"
cp "$REAL/policy.pem" "$ANCHORS/tests.pem"

make_set() {
	mkdir -p "$1/keys"
	cp "$REAL/${5:-release}.pem" "$1/keys/signer.pem"
	cat >"$1/policy.yaml" <<POLICY
modseal-policy: 1
name: ${3:-tests}
serial: $2
issued: 2026-01-01T00:00:00Z
signers:
  release:
    trust: pinned
    certificate-file: keys/signer.pem
    certificate-sha256: "$(sha256sum "$REAL/${5:-release}.pem" | cut -d' ' -f1)"
rules:
  - {path: /usr/lib/modseal-$2/*, signers: [release]}
  - {path: /usr/lib/**, evidence: [protected-path]}
POLICY
	"$MODSEAL" policy sign --force "$1/policy.yaml" --key "$REAL/${4:-policy}.key" \
		--certificate "$REAL/${4:-policy}.pem" >"$WORK/.signed"
}
install() {
	"$MODSEAL" policy install --anchor-directory "$ANCHORS" --directory "$ETC" --state "$VAR" --yes "$@"
}
installed() {
	command=$1
	shift
	# shellcheck disable=SC2086 # a command may have two words
	"$MODSEAL" $command --anchor-directory "$ANCHORS" --policy "$ETC/policy.yaml" --state "$VAR" "$@"
}
# serial_is N: what is in force, and that all it names is there and below no floor
serial_is() {
	installed "policy show" --json >"$WORK/.shown" || return 1
	grep -q "\"serial\": $1," "$WORK/.shown" || { cat "$WORK/.shown" >&2; return 1; }
}
floor_is() {
	installed "policy show" --json >"$WORK/.shown" || return 1
	grep -q "\"floor\": \"$1\"" "$WORK/.shown" || { cat "$WORK/.shown" >&2; return 1; }
}
says() { # says TEXT COMMAND...: on standard output or error
	text=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -- "$text" "$WORK/said" || { echo "no '$text': $(cat "$WORK/said")" >&2; return 1; }
}
link_command() {
	# shellcheck disable=SC2046 # several words; a build may leave `run` out
	${CC:-cc} -o "$1" $(ls "$BUILD"/verifier/tool/*.o "$BUILD"/verifier/run/*.o 2>/dev/null) "$2" "$BUILD/lib/libmodseal.a" \
		$(cat "$BUILD/link-flags") -lpthread -ldl
}
