# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Run by tests/interop/systemd.sh as a service of a systemd of its own: /usr/share/modseal/systemd put
# to use as modseal-run(1) says.
BUILD=/none MODSEAL=/usr/bin/modseal
. /src/lib.sh
units=/etc/systemd/system keys=/root
cat >$keys/policy.yaml <<POLICY
modseal-policy: 1
name: system
serial: 1
issued: 2026-01-01T00:00:00Z
mode: enforce
rules:
  - {path: /usr/**, kind: program, evidence: [protected-path]}
  - {path: /usr/**, kind: library, evidence: [protected-path], identity: unbound}
POLICY
mkdir -p /etc/modseal/anchors.d
{ modseal keygen policy --directory $keys && cp $keys/policy.pem /etc/modseal/anchors.d/system.pem &&
	modseal policy sign $keys/policy.yaml --key $keys/policy.key --certificate $keys/policy.pem &&
	modseal policy install --yes $keys/policy.yaml; } >"$WORK/log" 2>&1 || { cat "$WORK/log"; exit 99; }
cp /usr/share/modseal/systemd/modseal-run@.service $units/

shown() { systemctl show "$1" -p "$2" --value; }
# is UNIT PROPERTY VALUE...
is() {
	unit=$1
	shift
	while [ $# -gt 0 ]; do
		[ "$(shown "$unit" "$1")" = "$2" ] || { systemctl show "$unit" | grep -E "^($1|Result|Exec|Active|Main)" >&2; return 1; }
		shift 2
	done
}
within() { # within SECONDS COMMAND...: it comes to be so
	turns=$(($1 * 50))
	shift
	for turn in $(seq $turns); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.02
	done
	"$@"
}
# journal UNIT PATTERN: what is in it since it was last started
journal() {
	journalctl --sync
	journalctl -o cat -u "$1" --no-pager | grep -Eq -- "$2" || { journalctl -o cat -u "$1" --no-pager | tail -n 20 >&2; return 1; }
}
# program NAME: an approved script from standard input
program() { cat >"/usr/bin/$1" && chmod 755 "/usr/bin/$1"; }
# service NAME LINE...: a unit without modseal, and the drop-in with its command (ExecStart=)
service() {
	name=$1
	shift
	printf '[Service]\nTimeoutSec=10\n' >"$units/$name.service"
	for line in "$@"; do echo "$line" >>"$units/$name.service"; done
	mkdir -p "$units/$name.service.d"
	command=$(sed -n 's/^ExecStart=//p' "$units/$name.service")
	sed "s|/usr/sbin/NAME --foreground|$command|" /usr/share/modseal/systemd/run.conf >"$units/$name.service.d/modseal.conf"
	systemctl daemon-reload
}
dropin() { # dropin NAME LINE...
	name=$1
	shift
	for line in "$@"; do echo "$line" >>"$units/$name.service.d/modseal.conf"; done
	systemctl daemon-reload
}
main_is_modseal() { [ "$(cat /proc/"$(shown "$1" MainPID)"/comm)" = modseal ]; }

# ---- a program that has no unit ----------------------------------------------------------
unit=modseal-run@usr-bin-sleep
mkdir -p "$units/$unit.service.d" && printf '[Service]\nEnvironment=MODSEAL_RUN_ARGUMENTS=1000\n' >"$units/$unit.service.d/arguments.conf"
systemctl daemon-reload
check "the template starts a program" systemctl start $unit
check "modseal is the service's main process" main_is_modseal $unit
check "the program is its child" within 10 pgrep -x -P "$(shown $unit MainPID)" sleep
check "it is stopped" systemctl stop $unit
check "which is no failure" is $unit Result success ActiveState inactive

# ---- a service with the drop-in ----------------------------------------------------------
program acmed <<'PROGRAM'
#!/bin/sh
trap 'echo reloaded >>/run/acmed' HUP
trap 'echo stopped >>/run/acmed; ended=yes' TERM
sleep 0.3
(trap 'echo helper >>/run/acmed; exit' TERM; while :; do sleep 0.02; done) &
echo ready >>/run/acmed
systemd-notify --ready --status=serving
while [ -z "$ended" ]; do sleep 0.02; done
sleep 0.3
echo ended >>/run/acmed
PROGRAM
service acmed Type=notify 'ExecStart=/usr/bin/acmed' 'ExecReload=/bin/kill -HUP $MAINPID'
: >/run/acmed
check "a service that tells when it is ready" systemctl start acmed
check "is waited for" grep -q ready /run/acmed
check "and may tell what it does" is acmed StatusText serving
check "modseal is its main process, too" main_is_modseal acmed
status_tells() { systemctl status acmed | grep -q "Main PID: $(shown acmed MainPID) (modseal)"; }
check "systemctl status tells it" status_tells
check "it is reloaded by SIGHUP" systemctl reload acmed
check "that reaches the program" within 10 grep -q reloaded /run/acmed
before=$(shown acmed MainPID)
check "it is restarted" systemctl restart acmed
check "as another process" [ "$(shown acmed MainPID)" != "$before" ]
check "the program was told to end, and then its helper" [ "$(grep -E "^(stopped|ended|helper)" /run/acmed | tr '\n' ' ')" = 'stopped ended helper ' ]
kill -KILL "$(shown acmed MainPID)"
check "modseal killed: the service has failed" within 10 is acmed ActiveState failed
nobody() { ! pgrep -x acmed || { systemctl status acmed >&2; return 1; }; }
check "and nobody of it is left" within 30 nobody

# ---- what is refused -----------------------------------------------------------------------
mkdir -p /opt/acme && cp /usr/bin/true /opt/acme/refused
service refused Type=simple ExecStart=/opt/acme/refused Restart=always RestartSec=100ms
systemctl start refused 2>"$WORK/log"
check "a program that is refused: 126" within 10 is refused ExecMainStatus 126 ActiveState failed
sleep 0.3
check "it is not started again and again" is refused NRestarts 0
check "the journal has why" journal refused "'/opt/acme/refused': refused: no rule of the policy"
check "and how to find out more" journal refused "why: modseal policy explain .*'/opt/acme/refused'"

# ---- what systemd gives to the process that it starts --------------------------------------
program given <<'PROGRAM'
#!/bin/sh
[ "$SYSTEMD_EXEC_PID" = $$ ] && [ "$WATCHDOG_PID" = $$ ] || exit 1
[ "$LISTEN_PID" = $$ ] && [ "$LISTEN_FDS" = 1 ] && [ -S /proc/self/fd/3 ] || exit 2
systemd-notify --ready
for turn in $(seq 10); do sleep 0.2; systemd-notify WATCHDOG=1; done
echo fine >/run/given
PROGRAM
service given Type=notify ExecStart=/usr/bin/given WatchdogSec=1500ms
printf '[Socket]\nListenStream=/run/given.socket\n' >$units/given.socket && systemctl daemon-reload
check "a socket" systemctl start given.socket
check "is given to the program, and its watchdog" systemctl start given
check "which it feeds" within 10 grep -q fine /run/given
check "and ends" within 10 is given Result success ActiveState inactive
systemctl stop given.socket

# ---- one that goes into the background ------------------------------------------------------
program behind <<'PROGRAM'
#!/bin/sh
[ "$1" = inner ] || { setsid "$0" inner & exit; }
trap 'echo stopped >/run/behind; exit' TERM
echo ready >/run/behind
while :; do sleep 0.02; done
PROGRAM
service behind Type=forking ExecStart=/usr/bin/behind
dropin behind Type=exec
check "a daemon that goes into the background" systemctl start behind
check "runs" within 10 grep -q ready /run/behind
check "modseal stays for it" is behind ActiveState active SubState running
check "it is stopped" systemctl stop behind
check "in its own way" grep -q stopped /run/behind
check "and that is no failure" is behind Result success

# ---- what units refuse to a service ---------------------------------------------------------
program held <<'PROGRAM'
#!/bin/sh
sleep 0.01 && ls -l /proc/self/exe && echo fine
PROGRAM
service held Type=oneshot ExecStart=/usr/bin/held StandardOutput=truncate:/run/held StandardError=journal
# held LINE...: it works with these
held() {
	sed -i '/^# held/,$d' $units/held.service.d/modseal.conf
	dropin held '# held' "$@"
	systemctl start held && grep -q fine /run/held && return
	journalctl --sync && journalctl -o cat -u held --no-pager | tail -n 3 >&2
	return 1
}
for lines in User=daemon DynamicUser=yes NoNewPrivileges=yes 'ProtectSystem=strict PrivateTmp=yes ProtectHome=yes' \
	'PrivateDevices=yes PrivateNetwork=yes' 'User=daemon ProtectProc=invisible ProcSubset=pid' ProtectProc=noaccess \
	MemoryDenyWriteExecute=yes LockPersonality=yes SystemCallArchitectures=native RestrictAddressFamilies=none \
	RestrictNamespaces=yes 'RestrictSUIDSGID=yes RestrictRealtime=yes' CapabilityBoundingSet= PrivateUsers=yes \
	'ProtectKernelTunables=yes ProtectKernelModules=yes ProtectControlGroups=yes ProtectKernelLogs=yes ProtectClock=yes' \
	'TasksMax=20 MemoryMax=64M LimitNOFILE=64' 'SystemCallFilter=@system-service SystemCallFilter=seccomp' \
	'SystemCallFilter=@system-service SystemCallFilter=~@privileged SystemCallFilter=seccomp SystemCallErrorNumber=EPERM' \
	'NoExecPaths=/ ExecPaths=/usr/lib ExecPaths=/usr/bin' 'SystemCallFilter=~process_vm_readv SystemCallErrorNumber=EPERM'; do
	# shellcheck disable=SC2086 # words
	check "works with $lines" held $lines
done
# the program becomes another user, whose processes are to be looked at
program held <<'PROGRAM'
#!/bin/sh
exec setpriv --reuid daemon --regid daemon --clear-groups sh -c 'sleep 0.01 && echo fine'
PROGRAM
rights='CapabilityBoundingSet=CAP_SETUID CapabilityBoundingSet=CAP_SETGID'
# shellcheck disable=SC2086 # words
check "works where root becomes another user with two rights more" held $rights CapabilityBoundingSet=CAP_SYS_PTRACE \
	CapabilityBoundingSet=CAP_DAC_READ_SEARCH
one_less() { ! held $rights CapabilityBoundingSet=CAP_SYS_PTRACE 2>/dev/null && journal held 'of the process cannot be looked at'; }
check "and not with one" one_less
# refuses TEXT LINE...: it is not started, and says why
refuses() {
	text=$1
	shift
	! held "$@" 2>/dev/null && is held ExecMainStatus 125 && journal held "$text"
}
check "without seccomp(2), as the lists of older systemd are: not started" refuses 'SystemCallFilter=' \
	SystemCallFilter=~seccomp SystemCallErrorNumber=EPERM
check "without the policy: not started" refuses '/etc/modseal/anchors.d' InaccessiblePaths=/etc/modseal
