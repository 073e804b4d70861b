#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: a sanitizer needs more memory, descriptors and time than there are here
# long
# `modseal run --seal` where more sealed copies are wanted than it keeps: by number, and by what they take
# of the memory (E20).
. tests/lib.sh
. tests/hostile/run.inc
cp "$BUILD/tests/hosts/run_crowd" "$SAFE/bin" || exit 99
crowd=$SAFE/bin/run_crowd
run_options=--seal

# ---- their number ------------------------------------------------------------------------------
plugins=$OURS/plugins
mkdir plugins && library "$plugins/0" && chown "$user" plugins &&
	"$MODSEAL" sign --key "$SAFE/release.key" --certificate "$SAFE/release.pem" "$plugins/0" >/dev/null || exit 99
for number in $(seq 100); do
	cp "$plugins/0" "$plugins/$number" && ln "$plugins/0" "$plugins/0-$number" || exit 99
done
chown -R "$user" plugins
policy_of sealing.yaml "{path: $plugins/*, signers: [release], owners: [root, caller], identity: unbound}" >/dev/null
policy=sealing.yaml
# what is approved as a program is no library: without a copy its user could change it
policy_of programs.yaml "{path: $plugins/*, kind: program, signers: [release], owners: [root, caller]}" >/dev/null
not_loaded() { run "$loader" dlopen "$plugins/1" >"$WORK/out" 2>"$WORK/err"; grep -q '^stopped dlopen' "$WORK/out" || { cat "$WORK/out" "$WORK/err" >&2; return 1; }; }
loaded() { ! not_loaded 2>/dev/null; }
check "E20 --seal, a library of a user's is loaded" loaded
policy=programs.yaml
check "E20 --seal, one that is approved as a program alone is not" not_loaded
policy=sealing.yaml
# the descriptor is of a copy, and no program that is executed then has it
cat >"$WORK/opens.py" <<'END'
import os, sys
file = os.open(sys.argv[1], os.O_RDONLY | os.O_CLOEXEC)
sys.exit(not os.readlink("/proc/self/fd/%d" % file).startswith("/memfd:") or os.get_inheritable(file))
END
chmod 644 "$WORK/opens.py"
check "E20 --seal, a copy is open for who opened it alone" run /usr/bin/python3 -S "$WORK/opens.py" "$plugins/1"
check "E20 --seal, a hundred files with 64 descriptors: others may start programs" limited 64 "$crowd" each "$plugins"/*
check "E20 --seal, a hundred names of a file by the time that another is mapped" limited 64 "$crowd" late \
	"$plugins/1" "$plugins"/0-*
check "E20 --seal, a hundred files by the time that another is mapped" limited 64 "$crowd" late "$plugins"/*

# ---- their bytes -------------------------------------------------------------------------------
limit=$(memory_share)
sign() { "$MODSEAL" sign --detached --key "$SAFE/release.key" --certificate "$SAFE/release.pem" "$1" >/dev/null; }
# large NAME KIB NUMBER: so many libraries NAME1, NAME2 ... of this size, of the same content
mkdir large
large() {
	for number in $(seq "$3"); do
		cp plugins/1 "large/$1$number" && truncate -s "$2K" "large/$1$number" || return 1
		[ "$number" = 1 ] && sign "large/$1$number" || cp "large/${1}1.p7s" "large/$1$number.p7s" || return 1
	done
}
large some $((limit / 6)) 9 && large few 3072 9 && large vast $((limit * 17 / 16)) 2 || exit 99
chown -R "$user" large
top="limits: {max-size: $((limit * 17 / 16))K}" policy_of large.yaml \
	"{path: $OURS/large/*, signers: [release], owners: [root, caller], identity: unbound, evidence: [detached]}" >/dev/null || exit 99
policy=large.yaml
# held: KiB of memory of no file that modseal has open
held() {
	for process in $(supervisors); do
		for descriptor in /proc/"$process"/fd/*; do
			case $(readlink "$descriptor") in /memfd:*) stat -L -c %b "$descriptor" ;; esac
		done
	done | awk '{ sum += $1 / 2 } END { printf "%d\n", sum }'
}
# keeps LEAST MOST WORD...: once this has worked, modseal has so many KiB
keeps() {
	least=$1 most=$2
	shift 2
	rm -f loaded failed go && mkfifo go && chown "$user" go
	# shellcheck disable=SC2016 # expanded there
	$runs sh -c '"$@" && : >loaded || : >failed; read -r go <go' sh "$@" >"$WORK/out" 2>"$WORK/err" &
	runner=$!
	for turn in $(seq 2000); do [ ! -e loaded ] && [ ! -e failed ] && kill -0 $runner || break; sleep 0.05; done
	has=$(held)
	{ [ ! -e loaded ] && [ ! -e failed ]; } || echo >go
	wait $runner
	[ -e loaded ] && [ "$has" -ge "$least" ] && [ "$has" -le "$most" ] ||
		{ echo "it has $has KiB" >&2; cat "$WORK/out" "$WORK/err" >&2; return 1; }
}
patience=120 runs=run
check "E20 large libraries: no more than there may be" keeps $((limit * 5 / 6)) $((limit + 64)) "$crowd" each large/some[1-9]
# shellcheck disable=SC2016 # expanded there
check "E20 a process for each: no more than all of it" keeps $((limit * 5 / 6)) $((limit + 64)) \
	sh -c 'for file; do "$0" each "$file" || exit 1; done' "$crowd" large/some[1-9]
check "E20 larger than all of it: one is kept, beside the others" keeps $((limit * 17 / 16)) \
	$((limit * 17 / 16 + limit / 6 + 64)) "$crowd" each large/some1 large/vast1 large/vast2
check "E20 many large ones by the time that another is mapped" run "$crowd" late large/some[1-9]

# the memory of a control group
mkdir "$WORK/group" && echo 67108864 >"$WORK/group/memory.max" || exit 99
grouped() {
	# shellcheck disable=SC2016 # expanded there
	timeout -k 5 "$patience" unshare -m sh -c 'mount --bind "$0" /sys/fs/cgroup && exec "$@"' "$WORK/group" \
		setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all "$SAFE/bin/modseal" run \
		--policy "$SAFE/large.yaml" --anchor "$SAFE/policy.pem" --seal -- "$@"
}
runs=grouped
# shellcheck disable=SC2016 # expanded there
if unshare -m mount --bind "$WORK/group" /sys/fs/cgroup 2>/dev/null; then
	check "E20 a process for each, in a control group of 64 MB: no more than 16 MB" keeps 12288 16448 \
		sh -c 'for file; do "$0" each "$file" || exit 1; done' "$crowd" large/few[1-9]
else
	skip "E20 in a control group" "nothing can be mounted in the place of those of this system"
fi
