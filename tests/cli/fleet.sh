#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# The story of a fleet in README.md, word for word: from nothing to enforced. Each command
# that must be refused is, and says why; and a process that runs on sees each policy.
. tests/lib.sh
if [ "$(id -u)" != 0 ]; then
	skip "the story of a fleet" "policies are installed by root"
	exit 0
fi
REAL=$(cd "$WORK" && pwd -P)
FLEET=$REAL/modseal-fleet
export SOURCE_DATE_EPOCH=1769904000
# `! command` ends no script by itself, so here what must fail does; nothing else is changed
awk '/^```sh$/ { take = ++block == 3; next } /^```$/ { take = 0 } take' README.md |
	sed 's/^! \(.*\)$/if \1; then echo "accepted: \1"; exit 99; fi/' >"$WORK/story.sh"
# step N: the commands of the N-th step, in the shell that has run those before it
step() {
	awk -v "n=$1" '/^# [0-9]+\. / { at = substr($2, 1, length($2) - 1) + 0 } at + 0 == n' "$WORK/story.sh" >"$WORK/step.sh"
	[ -s "$WORK/step.sh" ] || { echo "README.md has no step $1" >&2; return 1; }
	sed '/^# 1\. /,$d; /^mkdir modseal-fleet$/d; /^for key in/d' "$WORK/story.sh" >"$WORK/start.sh"
	(cd "$REAL" && PATH=$(dirname "$MODSEAL"):$PATH && set -eu && . "$WORK/start.sh" && . "$WORK/step.sh") >"$WORK/said" 2>&1 ||
		{ cat "$WORK/said" >&2; return 1; }
	cp "$WORK/said" "$WORK/step$1"
}
says() { grep -qF -e "$2" "$WORK/step$1" || { cat "$WORK/step$1" >&2; return 1; }; }
keys() {
	sed '/^# 1\. /,$d' "$WORK/story.sh" >"$WORK/start.sh"
	(cd "$REAL" && PATH=$(dirname "$MODSEAL"):$PATH && set -eu && . "$WORK/start.sh") >"$WORK/said" 2>&1 || { cat "$WORK/said" >&2; return 1; }
}
# the process: a line to it is a reload, and a line comes back
watch() {
	mkfifo "$WORK/to" "$WORK/from"
	"$BUILD/tests/hosts/watcher" "$FLEET/etc/policy.yaml" "$FLEET/etc/anchors.d" "$FLEET/state" \
		"$FLEET/plugins/squeeze.so" <"$WORK/to" >"$WORK/from" 2>"$WORK/watcher.err" &
	watcher=$!
	exec 8>"$WORK/to" 9<"$WORK/from"
	read -r first <&9 && [ "$first" = "OK OK $1" ] || { echo "got: $first" >&2; cat "$WORK/watcher.err" >&2; return 1; }
}
sees() { # sees LINE: what a reload gives now
	echo reload >&8
	read -r seen <&9
	[ "$seen" = "$1" ] || { echo "got: $seen" >&2; return 1; }
}

check "keys" keys
check "learn" step 1
rules() { [ "$(grep -c '^  - {path:' "$FLEET/policy.yaml")" = "$1" ]; }
check "the plugin, and what it needs of the system: four rules" rules 4
check "real libraries of the system among them" grep -q "^/usr/lib.*/libz.so.1" "$FLEET/base.cat"
check "review and sign" step 2
only_audit() { [ "$(grep -cE ': (error|warning): ' "$WORK/step2")" = 1 ] && says 2 "[audit-mode]"; }
check "nothing is wrong with what was proposed but that it only audits" only_audit
check "install in audit mode" step 3
check "the plugin is accepted" says 3 "plugins/squeeze.so: accepted"
check "a process runs on under the first policy" watch 1
check "a plugin that nobody thought of" step 4
check "would be refused" says 4 "1 would be refused: audit mode lets them through"
check "which the log says" says 4 '"verdict":"would-refuse","code":"PATH_NOT_ALLOWED"'
check "of that very file" says 4 "/plugins/unzip.so\""
check "and proposes what was seen" says 4 "plugins/squeeze.so"
check "and is explained" says 4 "is not 'squeeze.so'"
check "fixed, and enforced" step 5
check "the difference is told in words" says 5 "changed: serial: was 1, is 2 (raised)"
check "it is enforced now" says 5 "changed: mode: was audit, is enforce"
check "which file changes its verdict, and to what" says 5 "plugins/unzip.so: would-refuse (PATH_NOT_ALLOWED) -> accepted"
check "what changes is shown" says 5 "+ 5: serial: 2"
check "both are accepted" says 5 "plugins/unzip.so: accepted"
check "what no rule is for is refused" says 5 "'./bare.so': no rule of the policy allows this path"
check "the process sees the second policy" sees "OK OK 2"
check "bad updates" step 6
check "an older one is refused" says 6 "its serial is 1, below the floor 2 of this system"
check "one that was changed is refused" says 6 "the content's digest is not the one that was signed"
check "the last good one is in force" says 6 "plugins/unzip.so: accepted"
check "for the process, too" sees "OK OK 2"
# and if somebody gets past the command: the set itself is damaged
set=$(readlink -f "$FLEET/etc/current")
cp "$set/policy.yaml" "$WORK/good.yaml"
sed 's/signers: \[release\]/evidence: [protected-path]/' "$WORK/good.yaml" >"$set/policy.yaml"
check "a set that was changed on disk: the process keeps its policy" sees "POLICY_SIGNATURE OK 2"
check "who starts now is refused" refused POLICY_SIGNATURE "$MODSEAL" verify --policy "$FLEET/etc/policy.yaml" \
	--anchor-directory "$FLEET/etc/anchors.d" --state "$FLEET/state" "$FLEET/plugins/squeeze.so"
cp "$WORK/good.yaml" "$set/policy.yaml"
check "until it is mended" sees "OK OK 2"
check "hand over to another key" step 7
check "the process sees the third policy" sees "OK OK 3"
check "the stolen key" step 8
check "signs no policy any more" says 8 "were handed over to others"
check "the new one does" says 8 "plugins/unzip.so: accepted"
check "the process sees the fourth policy" sees "OK OK 4"
check "a thief who was faster, and a new beginning" step 9
check "root says what to do next" says 9 "anchor"
check "the new policy is in force" says 9 "plugins/unzip.so: accepted"
in_force() { "$MODSEAL" policy show --policy "$FLEET/etc/policy.yaml" --anchor-directory "$FLEET/etc/anchors.d" \
	--state "$FLEET/state" >"$WORK/said" && grep -q "serial: 5$" "$WORK/said"; }
check "with its own serial" in_force
again() { (cd "$FLEET" && "$MODSEAL" policy install --yes --directory etc --anchor-directory "$FLEET/etc/anchors.d" \
	--state "$FLEET/state" worst.yaml "$@"); }
check "the thief's does not come back" refused POLICY_SIGNATURE again
# it has seen the thief's serial or not: it takes no older policy than the one it has
check "a process that ran on takes the new policy" sees "OK OK 5"
exec 8>&- 9<&-
wait "$watcher"
check "and ends well" [ $? = 0 ]
steps() { [ "$(grep -c '^# [0-9]*\. ' "$WORK/story.sh")" = 9 ]; }
check "README.md has no step that is not played here" steps
whole() { rm -rf "$FLEET" && (cd "$REAL" && PATH=$(dirname "$MODSEAL"):$PATH sh -eux "$WORK/story.sh") >"$WORK/said" 2>&1 || { tail -20 "$WORK/said" >&2; return 1; }; }
check "and runs as a whole" whole
