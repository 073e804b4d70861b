#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: programs of this test are replaced while they run
# long
# What `modseal run` knows of a file is used for that file only (E19); with --seal a library is what it
# was when it was loaded (E20); a name is what the program sees under it (E21).
. tests/lib.sh
. tests/hostile/run.inc

# ---- E19 ----------------------------------------------------------------------------------
cp /usr/bin/true "$WORK/first" && cp /usr/bin/true "$WORK/second" || exit 99
# of the same size, approved and revoked; both are programs that end with 0
printf 'A' >>"$WORK/first" && printf 'B' >>"$WORK/second"
digest() { sha256sum "$1" | cut -d' ' -f1; }
top="revoked: {files: [$(digest "$WORK/second")]}" policy_of revoking.yaml >"$WORK/log" 2>&1 || { cat "$WORK/log"; exit 99; }
policy=revoking.yaml
file=$SAFE/changing
# steps: a tree that runs $file each time a file ask1, ask2 ... comes, and answers in answer1 ...
# shellcheck disable=SC2016 # expanded there
run sh -c 'number=1
	while [ ! -e stop ]; do
		if [ -e ask$number ]; then
			"$0"; echo $? >answer; mv answer answer$number
			number=$((number + 1))
		else
			sleep 0.01
		fi
	done' "$file" >"$WORK/log" 2>&1 &
runner=$!
number=0
# answers STATUS: what running it gives now
answers() {
	number=$((number + 1))
	: >"$OURS/ask$number"
	for turn in $(seq 500); do [ -e "$OURS/answer$number" ] && break; sleep 0.01; done
	got=$(cat "$OURS/answer$number" 2>/dev/null)
	[ "$got" = "$1" ] || { echo "ended with '$got', not $1" >&2; tail -n 3 "$WORK/log" >&2; return 1; }
}
cp "$WORK/first" "$file"
check "E19 approved" answers 0
check "E19 and once more" answers 0
cat "$WORK/second" >"$file"
check "E19 its content is changed in place" answers 126
cat "$WORK/first" >"$file"
check "E19 and changed back" answers 0
cp -p "$file" "$WORK/times"
cat "$WORK/second" >"$file" && touch -r "$WORK/times" "$file"
check "E19 changed, with the times of before" answers 126
cat "$WORK/first" >"$file"
check "E19 changed back" answers 0
cp -p "$WORK/second" "$SAFE/new" && mv "$SAFE/new" "$file"
check "E19 another file under its name" answers 126
cp -p "$WORK/first" "$SAFE/new" && mv "$SAFE/new" "$file"
check "E19 an approved one under its name" answers 0
chmod 777 "$file"
check "E19 all may write to it now" answers 126
chmod 755 "$file"
check "E19 nobody else may" answers 0
chown $user "$file"
check "E19 it is that user's now" answers 126
chown 0:0 "$file"
check "E19 it is root's" answers 0
chmod 777 "$SAFE"
as_user sh -c "cp /usr/bin/true $SAFE/theirs && mv -f $SAFE/theirs $file" || exit 99
check "E19 all may write to its folder, and somebody did" answers 126
chmod 755 "$SAFE"
check "E19 what lies there is still somebody's" answers 126
cp "$WORK/first" "$SAFE/new" && mv "$SAFE/new" "$file"
check "E19 it is root's again" answers 0
ln -f "$file" "$SAFE/beside" && rm "$file" && cp "$WORK/second" "$file"
check "E19 the approved one has another name, a revoked one has its" answers 126
mv "$SAFE/beside" "$file"
check "E19 it is back" answers 0
# within one tick of the clock that a change is stamped with
soon=0
for turn in $(seq 60); do
	cat "$WORK/first" >"$file"
	answers 0 2>/dev/null || soon=$((soon + 1000))
	cat "$WORK/second" >"$file"
	answers 126 2>/dev/null || soon=$((soon + 1))
done
check "E19 changed right behind an answer, 60 times ($soon)" [ $soon = 0 ]
: >stop
wait $runner
# by the program itself, which asks again without a pause: root's clock is not waited for
policy=policy.yaml

# ---- E20 ----------------------------------------------------------------------------------
plugins=$OURS/plugins
mkdir "$plugins" && chown $user "$plugins"
policy_of sealing.yaml "{path: $plugins/*, signers: [release], owners: [root, caller], identity: unbound}" >/dev/null
# second() lies on a page of its own
body() {
	printf '%s\n' "int payload(void) { return 4711; }" \
		"__attribute__((aligned(4096))) int second(void) { return $1; }" \
		"__attribute__((aligned(4096))) int third(void) { return 3; }"
}
built() {
	body "$2" >"$WORK/plugin.c"
	${CC:-cc} -O1 -shared -fPIC -o "$WORK/plugin.so" "$WORK/plugin.c" &&
		"$MODSEAL" sign --key "$SAFE/release.key" --certificate "$SAFE/release.pem" "$WORK/plugin.so" >/dev/null &&
		cp "$WORK/plugin.so" "$1" && chown $user "$1"
}
built "$WORK/old.so" 1 && built "$WORK/new.so" 2 || exit 99
policy=sealing.yaml
# overwritten WITH: what a library says that is overwritten in place once it is loaded
overwritten() {
	cp "$WORK/old.so" "$plugins/plugin.so" && chown $user "$plugins/plugin.so" && rm -f "$OURS/go"
	"$@" "$loader" outlive "$plugins/plugin.so" "$OURS/go" >"$WORK/said" 2>"$WORK/err" &
	runner=$!
	for turn in $(seq 200); do grep -q loaded "$WORK/said" && break; sleep 0.02; done
	# not cut first: that would take away what the process has changed of it
	dd if="$WORK/new.so" of="$plugins/plugin.so" conv=notrunc 2>/dev/null
	: >"$OURS/go"
	wait $runner
	tail -n 1 "$WORK/said"
}
says_second() { want=$1; shift; got=$(overwritten "$@"); [ "$got" = "second: $want" ] || { echo "$got" >&2; cat "$WORK/err" >&2; return 1; }; }
check "E20 overwritten once loaded: its new code runs without run" says_second 2 as_user
run_options=--seal
check "E20 with --seal the old code runs on" says_second 1 run
cp "$WORK/old.so" "$plugins/plugin.so" && chown $user "$plugins/plugin.so"
# shellcheck disable=SC2016 # expanded there
twice='for number in 1 2 3 4 5 6 7 8; do "$0" dlopen "$1" & all="$all $!"; done; for one in $all; do wait $one || exit 1; done'
check "E20 several processes load it at once" run sh -c "$twice" "$loader" "$plugins/plugin.so"
run_options=
check "E20 without --seal it is refused" caught dlopen "$plugins/plugin.so" "$loader" dlopen "$plugins/plugin.so"
check "E20 and what to do is told" grep -q -e --seal "$WORK/err"
run_options=--seal
cp "$EVIL" "$plugins/evil.so"
marks "E20 with --seal, one that nobody signed" "$plugins/evil.so" "$loader" dlopen "$plugins/evil.so"
{ cat "$WORK/old.so"; echo; } >"$plugins/changed.so"
check "E20 with --seal, one that was changed" caught dlopen "$plugins/changed.so" "$loader" dlopen "$plugins/changed.so"
bypass "E20 with --seal, mapped past the ways of the dynamic linker" EACCES "$plugins/plugin.so" "$hostile" map-only "$plugins/plugin.so"
run_options=
policy=policy.yaml

# ---- E21 ----------------------------------------------------------------------------------
cp "$hostile" "$SAFE/bin/program"
for name in /proc/self/fd/7 /dev/fd/7 /proc/thread-self/fd/7; do
	approved() { run sh -c "exec 7<$SAFE/bin/program; $name say"; }
	own() { exits 126 run sh -c "exec 7<$OURS/own; $name say" 2>"$WORK/err" && one_record "$OURS/own"; }
	cp "$hostile" own && chown $user own
	check "E21 $name, approved" approved
	check "E21 $name, not approved" own
done
check "E21 /proc/self/exe" run "$reach" loop "$SAFE/bin/program" "$OURS/counter" 1
check "E21 it did run itself" [ "$(cat counter)" != 000000000000 ]
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
usr="mount --rbind /usr $OURS/root/usr && ln -sfn usr/lib $OURS/root/lib && mount --rbind /lib64 $OURS/root/lib64 && chroot $OURS/root /usr/bin/env true"
check "E21 the system's /usr in another root folder is the system's" within "$usr"
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
disguised "another /proc/self/exe" "mount --bind $OURS/fake /proc && /proc/self/exe say"
disguised "another /proc/self/root" "mount --bind $OURS/fake /proc && /proc/self/root/usr/bin/true say"
# the supervisor is the parent: its /proc/self is not the program's
disguised "a link to what is not the same for the supervisor" \
	"mount --bind /usr/bin/true /proc/\$PPID/comm && mount --bind $OURS/own /proc/\$\$/comm &&
	ln -sfn /proc/self/comm $OURS/link && exec $OURS/link say"
mkdir covered && chown $user covered
disguised "a working directory with an approved one mounted over it" \
	"mount --bind $SAFE/bin $OURS/covered && mount --bind $OURS/folder $SAFE/bin && cd $SAFE/bin &&
	mount --bind $OURS/covered $SAFE/bin && ./program say"
for own in /proc/self/root/usr/bin/true /proc/self/root/proc/thread-self/root/usr/bin/true /bin/true; do
	check "E21 $own in a namespace is the system's" within "$own"
done
check "E21 a descriptor in a namespace is a descriptor" within "exec 5</usr/bin/true; /proc/self/fd/5 && /dev/fd/5 && exec /dev/stdin </usr/bin/true"
check "E21 the same in a namespace of processes" run unshare -Urmpf --mount-proc sh -c \
	"exec 5</usr/bin/true; /proc/self/fd/5 && /dev/fd/5 && /proc/thread-self/root/usr/bin/true"
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
