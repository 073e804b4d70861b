#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: what runs there is a system of its own
# The units that are shipped, started by a real systemd: one of its own, in namespaces, whose files are
# this system's /usr and nothing else. Runs tests/interop/systemd/inside.sh as one of its services.
. tests/lib.sh
systemd=/usr/lib/systemd/systemd
needs() {
	[ "$(id -u)" = 0 ] || { echo "needs root"; return; }
	for tool in "$systemd" unshare pivot_root setpriv pgrep; do
		command -v "$tool" >/dev/null || { echo "$tool is not installed"; return; }
	done
	[ -L /bin ] && [ -L /lib ] || { echo "needs a system with all of it in /usr"; return; }
	grep -qw cgroup2 /proc/filesystems || { echo "this kernel has no cgroup2"; return; }
	"$MODSEAL" run --help >/dev/null 2>&1 || { echo "no \`modseal run\` in this build"; return; }
}
PATH=$PATH:/usr/sbin:/sbin
missing=$(needs)
if [ -n "$missing" ]; then
	skip "systemd" "$missing"
	exit 0
fi
root=$WORK/root said=$WORK/out/said
mkdir "$root" "$WORK/out" "$WORK/files" && cat >"$WORK/boot" <<'BOOT'
set -e
mount -t tmpfs -o mode=755 none "$1"
cd "$1"
mkdir -p usr dev proc sys run tmp etc var/tmp var/lib root out old src opt
# modseal is installed in it, and what is to be approved or not
mkdir "$2/files/upper" "$2/files/work"
mount -t overlay -o "lowerdir=/usr,upperdir=$2/files/upper,workdir=$2/files/work" none usr
for link in bin sbin lib lib32 lib64 libx32; do
	[ ! -L "/$link" ] || cp -P "/$link" .
done
mount --bind "$2/out" out
mount -t proc none proc
mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro none sys
mount -t cgroup2 none sys/fs/cgroup
mount -t tmpfs -o mode=755 none run
mount -t tmpfs -o mode=1777 none tmp
mount -t tmpfs -o mode=755 none dev
for device in null zero full random urandom tty; do
	: >dev/$device
	mount --bind /dev/$device dev/$device
done
mkdir dev/shm dev/pts dev/mqueue && mount -t devpts -o newinstance,ptmxmode=0666 none dev/pts && ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
cp -P /etc/passwd /etc/group /etc/ld.so.cache /etc/nsswitch.conf etc/
: >etc/machine-id
cp -r "$3/tests/lib.sh" "$3/tests/interop/systemd" src/
cp "$4" usr/bin/modseal
mkdir -p usr/share/modseal/systemd
for unit in "$3"/packaging/systemd/*; do # as make install PREFIX=/usr does
	sed 's|/usr/local/|/usr/|g' "$unit" >"usr/share/modseal/systemd/${unit##*/}"
done
# these alone: nothing of what else this system would start
mkdir -p etc/systemd/system etc/generators
for unit in basic.target sysinit.target shutdown.target exit.target systemd-exit.service sockets.target \
	systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket; do
	cp usr/lib/systemd/system/$unit etc/systemd/system/
done
cat >etc/systemd/system/inside.service <<UNIT
[Unit]
Wants=systemd-journald.service
After=systemd-journald.service
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/sh /src/systemd/inside.sh
StandardOutput=file:/out/said
StandardError=file:/out/said
UNIT
pivot_root . old
umount -l /old && rmdir /old
exec env -i container=test PATH=/usr/sbin:/usr/bin SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/systemd/system \
	SYSTEMD_GENERATOR_PATH=/etc/generators setpriv --bounding-set=-sys_module,-sys_boot,-sys_time,-sys_rawio,-mac_admin \
	/usr/lib/systemd/systemd --system --unit=inside.service --log-target=console --show-status=no
BOOT
# In a control group of its own, for it takes all that is in the one it is in; and that goes with it.
mkdir "$WORK/groups" && cat >"$WORK/apart" <<'APART'
mount -t cgroup2 none "$2/groups" || exit 1
group=$2/groups/$(sed -n 's/^0:://p' /proc/self/cgroup)/modseal-test.$$
mkdir "$group" || exit 1
# killed with the first of its processes
sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" timeout -k 1 "${SYSTEMD_TIMEOUT:-120}" \
	unshare --mount --propagation private --pid --fork --kill-child --cgroup --uts --ipc --net sh "$2/boot" "$@"
find "$group" -depth -type d -exec rmdir {} +
APART
unshare --mount --propagation private sh "$WORK/apart" "$root" "$WORK" "$PWD" "$MODSEAL" >"$WORK/console" 2>&1 </dev/null
check "nothing is left of it" nothing grep rmdir "$WORK/console"
sed "\$d" "$said"
closing=$(tail -n 1 "$said" | grep -E '^[0-9]+ passed, ')
if [ -z "$closing" ]; then
	check "it came to its end" false
	tail -n 40 "$WORK/console"
	exit
fi
# shellcheck disable=SC2086 # three words
set -- $(echo "$closing" | sed 's/[^0-9 ]//g')
passed=$((passed + $1)) failed=$((failed + $2)) skipped=$3
