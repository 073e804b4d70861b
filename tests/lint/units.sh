#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# systemd takes the units, as they are installed and as the drop-in's text says it is used.
. tests/lib.sh
if ! command -v systemd-analyze >/dev/null; then
	skip "units" "no systemd-analyze (Debian: systemd)"
	exit 0
fi
units=$WORK/units
mkdir -p "$units/acmed.service.d"
sed "s|/usr/local/bin/modseal|$MODSEAL|" packaging/systemd/modseal-run@.service >"$units/modseal-run@usr-bin-true.service"
sed "s|/usr/local/bin/modseal|$MODSEAL|; s|/usr/sbin/NAME --foreground|/usr/bin/true|" packaging/systemd/run.conf \
	>"$units/acmed.service.d/modseal.conf"
printf '[Unit]\nDescription=acme\n[Service]\nType=forking\nExecStart=/usr/bin/false\n' >"$units/acmed.service"
# taken UNIT: without a word about it; of what else this system has it may complain
taken() {
	SYSTEMD_UNIT_PATH=$units: systemd-analyze verify --man=no "$units/$1" >"$WORK/said" 2>&1
	status=$?
	[ $status = 0 ] && ! grep -F "$units" "$WORK/said" >&2 || { cat "$WORK/said" >&2; return 1; }
}
check "the template" taken modseal-run@usr-bin-true.service
check "a service with the drop-in" taken acmed.service
# a check that cannot fail is none
sed -i 's/^KillMode=.*/KillMode=sometimes/' "$units/acmed.service.d/modseal.conf"
wrong() { ! taken acmed.service 2>/dev/null; }
check "an unknown value is told" wrong
