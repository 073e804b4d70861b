#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R05: the forms that a rule lists: no other form stands in for them, and every one that is
# there must verify. Signatures in the file and beside it; others have scripts of their own.
. tests/lib.sh
. tests/policy.sh
library=$LIB/liba.so.1
check "a library is built" build_library "$library" liba.so.1 'int a(void) { return 1; }'
"$MODSEAL" strip "$library" >"$WORK/log"
cp "$library" "$WORK/plain"
# in_file KEY, beside KEY: signs so; file_changed, beside_changed: and spoils what was signed
in_file() { sign_with "$1" "$library" >"$WORK/log"; }
beside() { sign_with "$1" --detached "$library" >"$WORK/log"; }
# the last byte of the signature itself: in front of the trailer, or at the end
in_file_changed() { in_file release && spoil "$library" $(($(stat -c %s "$library") - 41)); }
beside_changed() { beside release && spoil "$library.p7s" $(($(stat -c %s "$library.p7s") - 1)); }
spoil() {
	byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	# shellcheck disable=SC2059 # an octal escape is wanted
	printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
# given SIGNING...: the library with these signatures and no others
given() {
	cp "$WORK/plain" "$library"
	rm -f "$library.p7s"
	for way; do $way || return 1; done
}
listed() { write_policy "$REAL/policy.yaml" "rule:{path: $LIB/**, evidence: [$1], signers: [release], owners: [root, caller]}"; }
refuses() { # refuses CODE SIGNING...: at the step of the evidence
	wanted=$1
	shift
	given "$@" && refused "$wanted" verify "$library" || return 1
	case $out in *'"stage": "evidence"'*) ;; *) echo "$out" >&2; return 1 ;; esac
}
accepts() { # accepts FORM SIGNING...: by that form
	form=$1
	shift
	given "$@" && verify --json "$library" >"$WORK/said" && grep -qF "\"evidence\": \"$form\"" "$WORK/said"
}
good_in_file() { in_file release; }
good_beside() { beside release; }
strange_in_file() { in_file other; }
strange_beside() { beside other; }

check "a rule for appended" listed appended
check "R05 appended only: it is there" accepts appended good_in_file
check "R05 appended only, given a sidecar" refuses SIGNATURE_MISSING good_beside
check "R05 appended only: a bad sidecar is not asked" accepts appended good_in_file beside_changed
check "R05 appended only, a bad one and a good sidecar" refuses SIGNATURE_INVALID in_file_changed good_beside
check "a rule for detached" listed detached
check "R05 detached only: it is there" accepts detached good_beside
check "R05 detached only, given one in the file" refuses SIGNATURE_MISSING good_in_file
check "R05 detached only: a bad one in the file is not asked" accepts detached in_file_changed good_beside
check "R05 detached only, a bad one and a good one in the file" refuses SIGNATURE_INVALID good_in_file beside_changed
for order in 'appended, detached' 'detached, appended'; do
	first=${order%%,*}
	check "a rule for $order" listed "$order"
	check "R05 $order: both are good, and the first decides" accepts "$first" good_in_file good_beside
	check "R05 $order: the one in the file alone" accepts appended good_in_file
	check "R05 $order: the sidecar alone" accepts detached good_beside
	check "R05 $order: none" refuses SIGNATURE_MISSING
	for bad in changed strange; do
		case $bad in
		changed) code=SIGNATURE_INVALID in_file=in_file_changed beside=beside_changed ;;
		*) code=SIGNER_NOT_ALLOWED in_file=strange_in_file beside=strange_beside ;;
		esac
		check "R05 $order: the sidecar $bad" refuses $code good_in_file $beside
		check "R05 $order: the one in the file $bad" refuses $code $in_file good_beside
	done
done

# ---- whose purpose is another (R21) ------------------------------------------------------------------
"$MODSEAL" keygen builder --directory "$REAL" >"$WORK/log"
by_builder_in_file() { in_file builder; }
by_builder_beside() { beside builder; }
purposes() { # purposes PURPOSE FORM: what the builder may sign, beside who may sign libraries
	write_policy "$REAL/policy.yaml" "rule:{path: $LIB/**, evidence: [$2], signers: [release, builder], owners: [root, caller]}" \
		"signer:builder: {trust: pinned, purposes: [$1], certificate-file: $REAL/builder.pem, certificate-sha256: \"$(sha256sum \
			"$REAL/builder.pem" | cut -d' ' -f1)\"}"
}
for form in appended detached; do
	case $form in appended) way=by_builder_in_file ;; *) way=by_builder_beside ;; esac
	check "a signer of libraries, $form" purposes library $form
	check "R21 its signature on a library, $form" accepts $form $way
	for purpose in program kernel-module catalog; do
		check "a signer whose purpose is $purpose, $form" purposes $purpose $form
		check "R21 its signature on a library, $form, purpose $purpose" refuses SIGNER_NOT_ALLOWED $way
	done
done
