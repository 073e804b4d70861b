#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: programs of this test are mounted over others
# A name is what the program sees under it (E21), also where openat2(2) is refused, as systemd's
# RestrictSUIDSGID= does (run_confined.sh).
. tests/lib.sh
. tests/hostile/run.inc
cp "$hostile" "$SAFE/bin/program"
for name in /proc/self/fd/7 /dev/fd/7 /proc/thread-self/fd/7; do
	approved() { run sh -c "exec 7<$SAFE/bin/program; $name say"; }
	own() { exits 126 run sh -c "exec 7<$OURS/own; $name say" 2>"$WORK/err" && one_record "$OURS/own"; }
	cp "$hostile" own && chown $user own
	check "E21 $name, approved" approved
	check "E21 $name, not approved" own
done
# shellcheck disable=SC2016 # for the shell within
itself() { [ "$(run sh -c 'exec /proc/self/exe -c "echo \$1" itself "$0"' told)" = told ]; }
check "E21 /proc/self/exe" itself
elsewhere() { run sh -c "cd $SAFE/bin && $1 say"; }
for name in ./program ../bin/program /proc/self/root/"$SAFE"/bin/program; do
	check "E21 $name" elsewhere "$name"
done
# refused, and the manual says so: no link of /proc is followed that leads elsewhere later
through_proc() { exits 126 run sh -c "cd $OURS && exec /proc/self/cwd/own" 2>"$WORK/err" && one_record /proc/self/cwd/own; }
check "E21 /proc/self/cwd is refused, by name" through_proc
ln -s "$SAFE/bin/program" good-link && ln -s "$OURS/own" "$SAFE/bin/bad-link"
check "E21 a link to an approved one" run "$OURS/good-link" say
bad_link() { exits 126 run "$SAFE/bin/bad-link" say 2>"$WORK/err" && one_record "$OURS/own"; }
check "E21 a link to another is judged by where it leads" bad_link

mkdir root root/bin root/usr
if ! as_user unshare -Urm true 2>/dev/null; then
	skip "E21 namespaces" "this kernel lets nobody but root make them"
	exit 0
fi
# within COMMANDS: in a mount namespace of that user's own
within() { run unshare -Urm sh -c "$1"; }
bound="mount --bind $OURS/own $SAFE/bin/program && $SAFE/bin/program say"
bind_free() { as_user unshare -Urm sh -c "$bound"; }
bind_caught() { ! within "$bound" >"$WORK/out" 2>"$WORK/err" && ! grep -q ^worked "$WORK/out" && grep -q '^modseal: ' "$WORK/err"; }
check "E21 one's own file mounted over an approved one: works without run" bind_free
check "E21 one's own file mounted over an approved one" bind_caught
mapped_free() { as_user unshare -Urm sh -c "mount --bind $OURS/code $SAFE/bin/program && $hostile map $SAFE/bin/program"; }
mapped_caught() {
	within "mount --bind $OURS/code $SAFE/bin/program && $hostile map $SAFE/bin/program" >"$WORK/out" 2>"$WORK/err"
	grep -q '^stopped mmap EACCES' "$WORK/out"
}
check "E21 mapped under an approved name: works without run" mapped_free
check "E21 mapped under an approved name" mapped_caught
folder="mkdir -p $OURS/safe/bin && cp $OURS/own $OURS/safe/bin/program && mount --bind $OURS/safe $SAFE && $OURS/../ours/safe/bin/program say"
folder_free() { as_user unshare -Urm sh -c "${folder%&&*}&& $SAFE/bin/program say"; }
folder_caught() { ! within "${folder%&&*}&& $SAFE/bin/program say" >"$WORK/out" 2>"$WORK/err" && ! grep -q ^worked "$WORK/out"; }
check "E21 a folder over an approved one: works without run" folder_free
check "E21 a folder over an approved one" folder_caught
# root's, but nowhere approved: the place of another must not approve it
cp "$hostile" "$WORK/unlisted"
unlisted="mount --bind $REAL/unlisted $SAFE/bin/program && $SAFE/bin/program say"
unlisted_free() { as_user unshare -Urm sh -c "$unlisted"; }
unlisted_caught() { ! within "$unlisted" >"$WORK/out" 2>"$WORK/err" && ! grep -q ^worked "$WORK/out" && one_record "$SAFE/bin/program"; }
check "E21 a file of root's that no rule allows" exits 126 run "$REAL/unlisted" say
check "E21 the same mounted over an approved one: works without run" unlisted_free
check "E21 the same mounted over an approved one" unlisted_caught
check "E21 what is approved stays so in a namespace" within "$SAFE/bin/program say"
# a root folder in which /usr/bin/true is another program
mkdir -p root/usr/bin root/usr/lib root/lib64 root/proc root/dev && cp own root/usr/bin/true && ln -s usr/bin root/bin2
chown -R $user root
inside="mount --rbind /usr/lib $OURS/root/usr/lib && ln -sfn usr/lib $OURS/root/lib && mount --rbind /lib64 $OURS/root/lib64 && chroot $OURS/root /usr/bin/true say"
chroot_free() { as_user unshare -Urm sh -c "$inside"; }
chroot_caught() { ! within "$inside" >"$WORK/out" 2>"$WORK/err" && ! grep -q ^worked "$WORK/out" && grep -q '^modseal: ' "$WORK/err"; }
PATH=$PATH:/usr/sbin:/sbin
check "E21 /usr/bin/true of another root folder: works without run" chroot_free
check "E21 /usr/bin/true of another root folder" chroot_caught
inside=$(echo "$inside" | sed 's|/usr/bin/true say|/usr/../../../../../../../../usr/bin/true say|')
check "E21 and above it: works without run" chroot_free
check "E21 and above it" chroot_caught
usr="mount --rbind /usr $OURS/root/usr && ln -sfn usr/lib $OURS/root/lib && mount --rbind /lib64 $OURS/root/lib64 && chroot $OURS/root /usr/bin/env true"
check "E21 the system's /usr in another root folder is the system's" within "$usr"
# what was approved for root in a root folder of root's is kept for nobody whose root folder it only is
# by a namespace of his own
jail=$REAL/jail
for file in $(ldd "$hostile" | grep -o '/[^ ]*'); do
	place=$(realpath "$(dirname "$file")")
	mkdir -p "$jail$place" && cp -L "$file" "$jail$place" || exit 99
done
for folder in /lib /lib64; do [ ! -L $folder ] || ln -s "$(realpath $folder)" "$jail$folder"; done
mkdir -p "$jail$SAFE/bin" && cp "$hostile" "$jail$SAFE/bin/jailed" || exit 99
jailed="chroot $jail $SAFE/bin/jailed say"
by_user="setpriv --reuid $user --regid $user --clear-groups unshare -Ur $jailed"
by_root() { timeout -k 5 60 "$SAFE/bin/modseal" run --policy "$SAFE/$policy" --anchor "$SAFE/policy.pem" -- sh -c "$1" >"$WORK/out" 2>"$WORK/err"; }
by_both() { ! by_root "$jailed && $jailed && $by_user" && [ "$(grep -c ^worked "$WORK/out")" = 2 ] && one_record "$SAFE/bin/jailed"; }
check "E19 a user's root folder that is root's: works without run" sh -c "$by_user"
check "E19 the same: refused" exits 126 by_root "exec $by_user"
sleep 2 # what was changed within a second is kept for nobody
check "E19 the same once root was in it: refused" by_both
# names that mean everybody's own, where a user has put something else under them
mkdir -p folder fake/self/root/usr/bin && cp own folder/program && cp own fake/self/exe && cp own fake/self/root/usr/bin/true
chown -R $user folder fake
# disguised NAME COMMANDS: COMMANDS run a program of that user's, and with run do not
disguised() {
	what=$1 commands=$2
	disguise_free() { as_user unshare -Urm sh -c "$commands" | grep -q ^worked; }
	disguise_caught() {
		! within "$commands" >"$WORK/out" 2>"$WORK/err" && ! grep -q ^worked "$WORK/out" &&
			grep -q '^modseal: .*its path cannot be followed' "$WORK/err"
	}
	check "E21 $what: works without run" disguise_free
	check "E21 $what" disguise_caught
}
disguised "a file under the name of a descriptor" \
	"exec 5</usr/bin/true; mount -t tmpfs none /dev && mkdir /dev/fd && cp $OURS/own /dev/fd/5 && /dev/fd/5 say"
disguised "a link under the name of a descriptor" \
	"exec 5</usr/bin/true; mount -t tmpfs none /dev && ln -s $OURS/own /dev/stdin && /dev/stdin say </usr/bin/true"
disguised "a folder mounted over the descriptors" \
	"exec 5</usr/bin/true; mount -t tmpfs none /proc/\$\$/fd && cp $OURS/own /proc/\$\$/fd/5 && exec /proc/self/fd/5 say"
# by one of its two numbers it is itself, by the other the first process of all, whose entry is as it should be
disguised "a folder mounted over a process that has two numbers" \
	"mkdir -p $OURS/twice && cp $OURS/own $OURS/twice/exe && unshare -pf sh -c 'read -r number rest </proc/self/stat &&
	mount --bind $OURS/twice /proc/\$number && exec /proc/self/exe say'"
disguised "another /proc/self/exe" "mount --bind $OURS/fake /proc && /proc/self/exe say"
# a file system whose first directory has the number of that of /proc, too
disguised "a /proc/self that is the supervisor, in a /proc that is none" \
	"mount -t tmpfs none /proc && mkdir /proc/\$\$ /proc/\$PPID && : >/proc/\$\$/exe && cp $OURS/own /proc/\$PPID/exe &&
	ln -s \$PPID /proc/self && exec /proc/self/exe say"
disguised "another /proc/self/root" "mount --bind $OURS/fake /proc && /proc/self/root/usr/bin/true say"
# the supervisor is the parent: its /proc/self is not the program's
disguised "a link to what is not the same for the supervisor" \
	"mount --bind /usr/bin/true /proc/\$PPID/comm && mount --bind $OURS/own /proc/\$\$/comm &&
	ln -sfn /proc/self/comm $OURS/link && exec $OURS/link say"
mkdir covered && chown $user covered
disguised "a working directory with an approved one mounted over it" \
	"mount --bind $SAFE/bin $OURS/covered && mount --bind $OURS/folder $SAFE/bin && cd $SAFE/bin &&
	mount --bind $OURS/covered $SAFE/bin && ./program say"
disguised "a working directory with the same one mounted over it, and an approved program in that" \
	"mount --bind $SAFE/bin $OURS/covered && mount --bind $OURS/folder $SAFE/bin && cd $SAFE/bin &&
	mount --bind $OURS/folder $SAFE/bin && mount --bind $OURS/covered/program $SAFE/bin/program && ./program say"
# the same on the way to /proc and /dev: what the supervisor finds there is what it should be
mkdir ways ways/usr ways/lib64 ways/rp devices && ln -s usr/lib ways/lib && ln -s /proc/self/fd devices/fd &&
	mkdir fake/fd && cp own fake/fd/5 && chown -R -h $user ways devices fake || exit 99
lead="mount --rbind /usr $OURS/ways/usr && mount --rbind /lib64 $OURS/ways/lib64 && mount --rbind /proc $OURS/ways/rp &&
	cd $OURS/ways/rp && mount --bind $OURS/fake \$\$/task"
disguised "a link for /proc to what is not the same for the supervisor" "$lead && mount --rbind /proc \$PPID/task &&
	ln -sfn rp/self/task $OURS/ways/proc && exec chroot $OURS/ways /proc/self/exe say"
disguised "a link for /dev to what is not the same for the supervisor" "$lead && mount --bind $OURS/devices \$PPID/task &&
	{ rm -f $OURS/ways/proc 2>/dev/null; mkdir -p $OURS/ways/proc; } && mount --rbind /proc $OURS/ways/proc && exec 5</usr/bin/true &&
	ln -sfn rp/self/task $OURS/ways/dev && exec chroot $OURS/ways /dev/fd/5 say"
for own in /proc/self/root/usr/bin/true /proc/self/root/proc/thread-self/root/usr/bin/true /bin/true; do
	check "E21 $own in a namespace is the system's" within "$own"
done
check "E21 a descriptor in a namespace is a descriptor" within "exec 5</usr/bin/true; /proc/self/fd/5 && /dev/fd/5 && exec /dev/stdin </usr/bin/true"
check "E21 the same in a namespace of processes" run unshare -Urmpf --mount-proc sh -c \
	"exec 5</usr/bin/true; /proc/self/fd/5 && /dev/fd/5 && /proc/thread-self/root/usr/bin/true"
# where /proc counts in another namespace the numbers of the program are those of others: this one
# stands where an approved program is, and has its libraries open
stranger() {
	# shellcheck disable=SC2016 # expanded there
	(cd "$SAFE/bin" && exec setpriv --reuid $user --regid $user --clear-groups sh -c '
		for number in 3 4 5 6 7 8 9; do eval "exec $number</usr/bin/true"; done; : >$0; exec sleep 60' "$OURS/stands") &
	stranger=$!
	for turn in $(seq 200); do [ -e "$OURS/stands" ] && return; sleep 0.05; done
	return 1
}
counted_elsewhere() {
	stranger || return 1
	(cd folder && exits 125 unshare -pf sh -c "echo $((stranger - 2)) >/proc/sys/kernel/ns_last_pid
		setpriv --reuid $user --regid $user --clear-groups --inh-caps=-all $SAFE/bin/modseal run \
			--policy $SAFE/policy.yaml --anchor $SAFE/policy.pem -- ./program say; exit \$?") >"$WORK/out" 2>"$WORK/err"
	result=$?
	kill $stranger
	[ $result = 0 ] && grep -q 'numbers of another PID namespace' "$WORK/err" || { cat "$WORK/out" "$WORK/err" >&2; return 1; }
}
# a /proc from further out, as containers are given some: the program has another number in it, and
# the one that the supervisor knows is the stranger's there
mkdir outer && chown $user outer
further_out() {
	stranger || return 1
	unshare -pfm sh -c "mount --rbind /proc $OURS/outer && mount -t proc proc /proc && echo $((stranger - 2)) >/proc/sys/kernel/ns_last_pid
		setpriv --reuid $user --regid $user --clear-groups --inh-caps=-all $* unshare -Urm sh -c 'mount --rbind $OURS/outer /proc &&
			read -r number rest </proc/self/stat && exec 5</usr/bin/true && mount -t tmpfs none /proc/\$number/fd &&
			cp $OURS/own /proc/\$number/fd/5 && exec /proc/self/fd/5 say'; exit \$?" >"$WORK/out" 2>"$WORK/err"
	kill $stranger
}
further_out_free() { further_out && grep -q ^worked "$WORK/out"; }
further_out_caught() {
	further_out "$SAFE/bin/modseal" run --policy "$SAFE/policy.yaml" --anchor "$SAFE/policy.pem" --
	! grep -q ^worked "$WORK/out" && grep -q '^modseal: .*its path cannot be followed' "$WORK/err" || { cat "$WORK/out" "$WORK/err" >&2; return 1; }
}
if unshare -pfm --mount-proc true 2>/dev/null; then
	check "E14 a /proc of another namespace of processes" counted_elsewhere
	check "E21 a /proc of a namespace of processes further out: works without run" further_out_free
	check "E21 a /proc of a namespace of processes further out" further_out_caught
else
	skip "E21 a /proc of another namespace of processes" "root may not make one here"
fi
# a user's own binfmt_misc (Linux 6.7) has the kernel execute interpreters that no call names
mkdir binfmt && chown $user binfmt && ln -s /usr/bin/true named.odd
odd="mount -t binfmt_misc none $OURS/binfmt && echo ':odd:E::odd::$OURS/own:' >$OURS/binfmt/register && ./named.odd"
odd_free() { as_user unshare -Urm sh -c "$odd" 2>&1 | grep -q '^unknown mode'; }
odd_caught() {
	within "$odd" >"$WORK/out" 2>"$WORK/err"
	! grep -q '^unknown mode' "$WORK/out" "$WORK/err" && one_record binfmt_misc
}
if odd_free; then
	check "E10 interpreters that a user registers" odd_caught
	bypass "E23 by a process that nobody may look into" EACCES 'process [0-9]+, "run_limits": the memory' \
		"$limits" undumpable-mount "$OURS/binfmt"
	check "E10 other file systems are mounted" within "mount -t tmpfs none $OURS/binfmt && mount --bind /usr $OURS/binfmt"
else
	skip "E10 interpreters that a user registers" "this kernel has no binfmt_misc for users"
fi
# an overlay of a user's own shows the owners that the file system below it tells: root, says a FUSE
cp "$hostile" "$WORK/signed" && mkdir "$SAFE/signed" "$SAFE/layered" &&
	"$MODSEAL" sign --key "$SAFE/release.key" --certificate "$SAFE/release.pem" "$WORK/signed" >/dev/null &&
	cp "$WORK/signed" "$SAFE/signed/program" || exit 99
policy_of signed.yaml "{path: $SAFE/layered/**, kind: program, signers: [release], owners: [root, caller], identity: unbound}" >"$WORK/log" 2>&1 ||
	{ cat "$WORK/log"; exit 99; }
policy=signed.yaml
layer="mount -t overlay -o lowerdir=$SAFE/signed:$SAFE/lib,userxattr none $SAFE/layered && $SAFE/layered/program say"
layer_free() { as_user unshare -Urm sh -c "$layer" | grep -q ^worked; }
layer_caught() { ! within "$layer" >"$WORK/out" 2>"$WORK/err" && one_record "$SAFE/layered/program"; }
check "E21 a signed program at another path" within "mount --bind $SAFE/signed $SAFE/layered && $SAFE/layered/program say"
if layer_free 2>/dev/null; then
	check "E21 the same in an overlay of a user" layer_caught
else
	skip "E21 an overlay of a user" "this kernel has none for users"
fi
# and with --seal what is copied from there: that others may change it, and that it is root's, it says
# in one breath
policy=policy.yaml
if [ -c /dev/fuse ] && layer_free 2>/dev/null && fuse turns "$EVIL" 0 "$user"; then
	run_options=--seal
	turned="mount -t overlay -o lowerdir=$OURS/turns:$SAFE/lib,userxattr none $SAFE/layered &&
		exec setpriv --bounding-set=-all --inh-caps=-all $loader dlopen $SAFE/layered/file"
	marks "E21 --seal, an owner that is another one when asked again" "$SAFE/layered/file" unshare -Urm sh -c "$turned"
	run_options=
	# shellcheck disable=SC2086 # several
	kill $servers
else
	skip "E21 --seal, an owner that is another one when asked again" "no /dev/fuse, or no overlay for users"
fi
