#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# File systems that show other numbers, and things mounted over /proc, in namespaces of their own.
. tests/lib.sh
. tests/hostile/loader.inc
one=$libraries/v1
if ! unshare -m true 2>/dev/null; then
	skip "R55 R61 mounts" "mounting needs root"
	exit 0
fi
PATH=$PATH:/usr/sbin:/sbin
a=image=a,$one/libmsa.so.1

export libraries WORK

# ---- R61 -------------------------------------------------------------------------------
# inside COMMANDS WORD...: the host after commands in a mount namespace of its own
inside() {
	commands=$1
	shift
	# shellcheck disable=SC2086
	unshare -m --propagation private sh -c "$commands"' && exec "$0" "$@"' "$host" $search "$@" \
		>"$WORK/said" 2>&1
}
inside true gate "$a" load=m,a
check "R61 with the kernel's /proc" says '^gate: OK' '^load: OK'
inside 'mount -t tmpfs none /proc' gate "$a" load=m,a
check "R61 a tmpfs over /proc" says '^gate: SYSTEM gate .*proc'
check "R61 and nothing is loaded" unsaid '^(load: OK|\+)'
inside 'mount --bind /proc/sys /proc' gate
check "R61 a part of proc over /proc" says '^gate: SYSTEM gate .*proc'
inside 'umount -l /proc' gate
check "R61 no /proc" says '^gate: SYSTEM gate .*proc'
# mounted over parts of it once the host runs: it stops at a named pipe
mkfifo "$WORK/hold"
# later COMMANDS WORD...: the host, which waits for the commands when it comes to `wait`
later() {
	commands=$1
	shift
	rm -f "$WORK/said"
	# shellcheck disable=SC2016,SC2086
	COMMANDS=$commands HOLD=$WORK/hold SAID=$WORK/said unshare -m --propagation private sh -c '
		"$0" "$@" <"$HOLD" >"$SAID" 2>&1 &
		process=$!
		exec 9>"$HOLD"
		while ! grep -q waiting "$SAID" && kill -0 $process; do sleep 0.1; done
		eval "$COMMANDS"
		echo go >&9
		exec 9>&-
		wait $process; [ -z "${other:-}" ] || kill $other' "$host" $search "$@" 2>>"$WORK/log"
}
both='for at in /proc/$process/fd /proc/$process/task/$process/fd; do'
later "mount -t tmpfs none /proc/\$process/fd" gate "$a" wait load=m,a code-lines=memfd
check "R61 a tmpfs over the descriptors" says '^gate: OK' '^load: SYSTEM load .*/proc/self/fd' 'memfd: 0'
later 'mkdir $WORK/fd && mount -t tmpfs none $WORK/fd && for i in 0 1 2 3 4 5 6 7 8 9; do
	cp $libraries/decoy/libmsa.so.1 $WORK/fd/$i; done; mount --bind $WORK/fd /proc/$process/fd' \
	gate "$a" wait load=m,a code-lines=memfd
check "R61 files of our own over the descriptors" says '^gate: OK' '^load: SYSTEM load' 'memfd: 0'
later 'mkdir $WORK/links $WORK/proc && mount -t proc none $WORK/proc && mount -t tmpfs none $WORK/links &&
	for i in 0 1 2 3 4 5 6 7 8 9; do ln -s $WORK/proc/$process/fd/$i $WORK/links/$i; done;
	mount --bind $WORK/links /proc/$process/fd' gate "$a" wait load=m,a code-lines=memfd
check "R61 links of our own over the descriptors, right ones so far" says '^gate: OK' '^load: SYSTEM load' 'memfd: 0'
later 'sleep 60 <$libraries/decoy/libmsa.so.1 & other=$!; mount --bind /proc/$other/fd /proc/$process/fd' \
	gate "$a" wait load=m,a code-lines=memfd
check "R61 the descriptors of another process" says '^gate: OK' '^load: SYSTEM load' 'memfd: 0'
later "$both"' mount -t tmpfs none $at; done' gate "$a" wait load=m,a code-lines=memfd
check "R61 a tmpfs over both ways to the descriptors" says '^gate: OK' '^load: (SYSTEM|NOT_SEALED) load' 'memfd: 0'
later 'sleep 60 & other=$!; mount --bind /proc/$other/maps /proc/$process/maps' gate "$a" wait load=m,a code gate
check "R61 the mappings of another process" says '^gate: OK' '^load: SYSTEM gate .*not show' '^gate: SYSTEM gate'
later ': >$WORK/maps; cat /proc/$process/maps >$WORK/maps; mount --bind $WORK/maps /proc/$process/maps' \
	gate "$a" wait load=m,a
check "R61 a copy of our own mappings" says '^gate: OK' '^load: SYSTEM gate .*proc file system'

# ---- R55: as the kernel shows them --------------------------------------------------------
make_needy
needed=$WORK/lib/libmsone.so.1
elf=libmsone.so.1
host=$work/needy
# on NAME COMMANDS: a library of the program and a listed one lie on $WORK/fs made by commands
on() {
	mkdir -p "$WORK/fs" "$WORK/lower" "$WORK/upper"
	export WORK one needed elf host search
	# shellcheck disable=SC2016
	unshare -m --propagation private sh -c "$2"' || exit 77
		mkdir -p $WORK/fs/lib && cd $WORK/fs/lib || exit 77
		[ -e $elf ] || cp -L $needed $elf
		[ -e stranger.so ] || cp $one/stranger.so $one/libmsa.so.1 .
		lib=$(pwd -P)
		LD_LIBRARY_PATH=$lib LD_PRELOAD=$lib/stranger.so $host search=$lib search=$WORK/lib $search preload=$lib/stranger.so \
			gate gate image=a,$lib/libmsa.so.1 load=m,a call=m,msa_value unload=m gate
		cp $elf new
		LD_LIBRARY_PATH=$lib $host search=$lib search=$WORK/lib $search move=new,$elf gate' >"$WORK/said" 2>"$WORK/log"
	status=$?
	if [ $status = 77 ]; then
		skip "R55 $1" "cannot be mounted here"
		return
	fi
	check "R55 $1" says '^gate: OK' '^gate: OK' '^load: OK' '^call: 1' '^unload: OK' '^gate: OK'
	check "R55 R54 $1: replaced" says '^gate: STALE_OBJECT'
	rm -rf "$WORK/fs" "$WORK/lower" "$WORK/upper"
}
on "the file system of the tests" true
on tmpfs 'mount -t tmpfs none $WORK/fs'
on ext4 'truncate -s 64M $WORK/disk && mkfs.ext4 -q $WORK/disk && mount -o loop $WORK/disk $WORK/fs'
on btrfs 'truncate -s 200M $WORK/disk2 && mkfs.btrfs -q $WORK/disk2 && mount -o loop $WORK/disk2 $WORK/fs &&
	btrfs subvolume create $WORK/fs/lib'
on "overlay over two file systems" 'mkdir $WORK/lower/lib && cp -L $needed $WORK/lower/lib/$elf &&
	cp $one/stranger.so $one/libmsa.so.1 $WORK/lower/lib && mount -t tmpfs none $WORK/upper &&
	mkdir $WORK/upper/u $WORK/upper/w && mount -t overlay none \
	-o lowerdir=$WORK/lower,upperdir=$WORK/upper/u,workdir=$WORK/upper/w $WORK/fs'
on "overlay, copied up" 'mkdir $WORK/lower/lib && cp -L $needed $WORK/lower/lib/$elf &&
	cp $one/stranger.so $one/libmsa.so.1 $WORK/lower/lib && mount -t tmpfs none $WORK/upper &&
	mkdir $WORK/upper/u $WORK/upper/w && mount -t overlay none \
	-o lowerdir=$WORK/lower,upperdir=$WORK/upper/u,workdir=$WORK/upper/w $WORK/fs && chmod 700 $WORK/fs/lib/*'
