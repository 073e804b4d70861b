#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: what these programs do to memory no sanitizer survives
# `modseal run` against a program that gets code into its memory without executing a file (E02-E09).
. tests/lib.sh
. tests/hostile/run.inc
check "E02 what is approved can be mapped" run "$hostile" map-only "$good"
check "E02 a program may map itself once more" run "$hostile" map-only "$hostile"

for way in map map-high-bits map-shared map-exec-only map-inherited; do
	bypass "E02 $way" EACCES "$OURS/code" "$hostile" $way "$OURS/code"
done
for way in mprotect mprotect-odd pkey-mprotect; do
	bypass "E02 $way" EACCES "$OURS/code" "$hostile" $way "$OURS/code"
done
bypass "E02 mprotect over other memory, too" EACCES "$OURS/code" "$hostile" mprotect-both "$OURS/code"
bypass "E02 mprotect of a file that is gone" EACCES deleted- "$hostile" mprotect-deleted

bypass "E03 a memory file, mapped" EACCES memfd "$hostile" memfd-map
bypass "E03 a sealed memory file, mapped" EACCES memfd "$hostile" memfd-sealed
bypass "E03 a memory file, made executable later" EACCES memfd "$hostile" memfd-mprotect
bypass "E03 a memory file by execveat" EACCES memfd "$hostile" memfd-execveat "$hostile"
bypass "E03 a memory file by its name" EACCES memfd "$hostile" memfd-execve "$hostile"

bypass "E04 writable and executable, approved" EACCES "$good" "$hostile" write-exec "$good"
bypass "E04 writable and executable later, approved" EACCES "$good" "$hostile" write-exec-later "$good"
cp "$OURS/code" "$OURS/shared" && chown $user "$OURS/shared"
bypass "E04 writable and executable, shared" EACCES "$OURS/shared" "$hostile" write-exec-shared "$OURS/shared"

for way in written-before written-between written-inherited written-moved; do
	bypass "E05 $way" EACCES "$good" "$hostile" $way "$good"
done

bypass "E06 SHM_EXEC" EACCES - "$hostile" shm-exec
bypass "E06 shared memory, made executable later" EACCES SYSV "$hostile" shm-mprotect

bypass "E07 READ_IMPLIES_EXEC" EPERM - "$hostile" read-implies "$OURS/code"
# the kernel clears it on execve on most machines; where it does not, run must
cleared() {
	out=$(setarch -X "$SAFE/bin/run_in_personality" 2>&1)
	[ "${out#stopped}" != "$out" ] || { echo "$out" >&2; return 1; }
}
cat >"$SAFE/bin/run_in_personality" <<SCRIPT
#!/bin/sh
exec setpriv --reuid $user --regid $user --clear-groups "$SAFE/bin/modseal" run --policy "$SAFE/policy.yaml" --anchor "$SAFE/policy.pem" -- "$hostile" personality
SCRIPT
chmod 755 "$SAFE/bin/run_in_personality"
confined=personality
check "E07 where personality(2) is refused it is known that there is none" run "$hostile" say
confined=
if command -v setarch >/dev/null; then
	check "E07 an inherited READ_IMPLIES_EXEC is cleared" cleared
else
	skip "E07 an inherited READ_IMPLIES_EXEC" "no setarch (util-linux)"
fi

if [ "$(uname -m)" = x86_64 ]; then
	if as_user "$hostile" int80 "$OURS/code" >/dev/null 2>&1; then
		bypass "E08 int80" ENOSYS - "$hostile" int80 "$OURS/code"
	else
		skip "E08 int80" "this kernel knows no 32-bit calls"
	fi
	check "E08 calls of x32" caught ENOSYS - "$hostile" x32 "$OURS/code"
fi

if as_user "$hostile" userfaultfd >/dev/null; then
	bypass "E09 userfaultfd" EPERM - "$hostile" userfaultfd
else
	check "E09 userfaultfd" caught EPERM - "$hostile" userfaultfd
fi
cp "$OURS/code" "$OURS/pages" && chown $user "$OURS/pages"
bypass "E09 remap_file_pages" EPERM - "$hostile" remap "$OURS/pages"
