#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: it takes more memory than the limits
# R112: limits of the process that are too low are told as such, at every value: RESOURCE, never
# another answer about the file, and no acceptance of what was not looked at.
. tests/lib.sh
. tests/policy.sh
ran=$REAL/ran/large
echo "$(marker large) const char large[8 << 20] = {1}; int large_value(void) { return 42; }" >"$WORK/large.c"
build_library "$LIB/liblarge.so.1" liblarge.so.1 "$(cat "$WORK/large.c")" || exit 99
write_policy "$REAL/policy.yaml" "rule:{path: $LIB/*, signers: [release], owners: [root, caller], hand-off: [sealed]}" >"$WORK/.policy"
# under LIMIT VALUE COMMAND: `modseal verify` or `load` with that limit
under() {
	(
		# shellcheck disable=SC3045 # -v is of dash, bash and busybox
		ulimit "$1" "$2" || exit 98
		exec "$LOADER" "$3" --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" --json "$LIB/liblarge.so.1"
	) >"$WORK/said" 2>"$WORK/log"
}
# resource: exit value 3, and the reason is a resource
resource() {
	[ "$status" = 3 ] && grep -q '"verdict": "undecided"' "$WORK/said" && grep -q '"code": "RESOURCE"' "$WORK/said" &&
		[ ! -e "$ran" ] && return
	# what is too little to open the policy is told before there is a file to tell of
	[ "$status" = 3 ] && [ ! -s "$WORK/said" ] && [ "$(cat "$WORK/log")" = "modseal: out of memory" ] &&
		[ ! -e "$ran" ] && return
	echo "ended $status:" >&2
	cat "$WORK/said" "$WORK/log" >&2
	return 1
}
for command in verify load; do
	under -n 64 $command
	check "R112 $command with enough of everything" [ $? = 0 ]
	rm -f "$ran"
	# from where nothing is open yet to where it suffices, one by one
	limit=4 status=3 refusals=0
	while [ $status != 0 ] && [ $limit -lt 40 ]; do
		under -n $limit $command
		status=$?
		# below that the dynamic linker does not start the command
		if [ $status != 127 ] && [ $status != 0 ]; then
			resource || break
			refusals=$((refusals + 1))
		fi
		limit=$((limit + 1))
	done
	check "R112 $command with too few descriptors, at each number" [ $status = 0 ]
	check "R112 which happens" [ $refusals -gt 0 ]
	rm -f "$ran"
done
under -f 4096 load
status=$?
check "R112 load where no file of its size may be written" resource
check "R112 that is told" grep -q RLIMIT_FSIZE "$WORK/said"
under -f 4096 verify
check "R112 which only checking does not need" [ $? = 0 ]
# the dynamic linker needs such mappings itself, so what comes after the verdict fails
answers() {
	env ${1:+"$1"} "$REAL/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB/liblarge.so.1" large_value \
		2>"$WORK/log" | grep "^verify"
}
same_answer() {
	mapped=$(answers) && bounded=$(answers DENY_MAPS=1) && [ "$mapped" = "$bounded" ] && [ -n "$bounded" ] &&
		[ "${bounded#verify: OK, evidence appended, hand-off sealed}" != "$bounded" ] && return
	echo "$mapped, $bounded" >&2
	return 1
}
cp "$BUILD/tests/hosts/verity_host" "$REAL/host" && sign_with release "$REAL/host" >"$WORK/.sign"
write_policy "$REAL/policy.yaml" "rule:{path: $REAL/host, kind: program, signers: [release], owners: [root, caller]}" >"$WORK/.policy"
check "R112 where no file can be mapped for reading the verdict is the same" same_answer
rm -f "$ran"
# The command and what it is made of take some 10 to 20 MiB; the library 8 more, read or mapped.
for command in verify load; do
	size=8192 status=3 refusals=0
	while [ $status != 0 ] && [ $size -lt 131072 ]; do
		under -v $size $command
		status=$?
		if [ $status != 127 ] && [ $status != 0 ]; then
			resource || break
			refusals=$((refusals + 1))
		fi
		size=$((size + 1024))
	done
	check "R112 $command with too little memory, at each MiB" [ $status = 0 ]
	check "R112 which happens" [ $refusals -gt 0 ]
	rm -f "$ran"
done
