# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sourced after policy.sh by tests of `modseal insmod` in the virtual machine: a policy for Debian's
# modules, for one of theirs signed by us and for one without signature, and what asks and loads.
MODULE_SIGNER=/samples/kernel.pem
. tests/kernel.sh
installed=$(echo /usr/lib/modules/*-amd64)
fs=$installed/kernel/fs own=$REAL/own
chmod 755 "$REAL"
mkdir "$own"
kernel_policy '' "rule:{path: $installed/**, kind: kernel-module, signers: [modules]}" \
	"signer:ours: {trust: pinned, purposes: [kernel-module], certificate-file: $REAL/modules.pem, certificate-sha256: $(sha256sum "$REAL/modules.pem" | cut -d ' ' -f 1)}" \
	"rule:{path: $own/**, kind: kernel-module, signers: [ours]}" "rule:{path: /bare/**, kind: kernel-module, evidence: [protected-path]}"
insert() { # insert ARGUMENTS...
	"$MODSEAL" insmod --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@" >"$WORK/said" 2>&1
	echo "ended $?" >>"$WORK/said"
}
says() {
	for pattern in "$@"; do
		grep -qE -- "$pattern" "$WORK/said" || { echo "no '$pattern' in:" >&2; cat "$WORK/said" >&2; return 1; }
	done
}
unsaid() { ! grep -E -- "$1" "$WORK/said" >&2; }
absent() { ! grep "^$1 " /proc/modules >&2; }
forget() { rmmod "$@" 2>"$WORK/log"; }
# foretold FILE NAME PATTERN...: it is foretold to be taken, for these reasons, and is
foretold() {
	file=$1 name=$2
	shift 2
	insert --dry-run "$file"
	says 'accepted, not loaded' '^ended 0' "$@" && unsaid 'forecast: refused' && absent "$name" || return 1
	insert "$file"
	says "^$file: loaded \\(" '^ended 0' && forget "$name"
}
# foretold_no FILE NAME PATTERN...: it is foretold to be refused, and is
foretold_no() {
	file=$1 name=$2
	shift 2
	insert --dry-run "$file"
	says "^modseal: '$file': the policy accepts it, but the kernel would refuse it: " 'forecast: refused' '^ended 1' "$@" || return 1
	insert "$file"
	says "^modseal: '$file': .*: the kernel answers: " 'forecast: refused' '^ended 1' "$@" && absent "$name"
}
sign_own() { # sign_own NAME FILE
	cp "$2" "$own/$1.ko" && "$MODSEAL" strip "$own/$1.ko" && sign_with modules "$own/$1.ko"
}
check "a module is signed by a key of ours" sign_own fat "$fs/fat/fat.ko"
mkdir -p /bare && "$MODSEAL" strip --output /bare/fat.ko "$fs/fat/fat.ko" >"$WORK/log"
