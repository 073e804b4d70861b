# SPDX-License-Identifier: Apache-2.0
# R06, R74, R117: sources, names and memory copies attacked 100,000 times each.
. tests/lib.sh

# race NAME RACE: fails if anything unsafe was accepted
race() {
	mkdir "$WORK/race" || return 1
	"$BUILD/tests/hosts/image_races" "$WORK/race" "${ROUNDS:-100000}" "$2"
	status=$?
	rm -rf "$WORK/race"
	case $status in
	77) skip "$1" "needs root to mount" ;;
	*) check "$1" test $status = 0 ;;
	esac
}
chmod 755 "$WORK"
race "R06 a source that is written while it is read" source
race "R117 a memory copy that is written through /proc" memory
race "R74 a file and one that others can write change places" 0
race "R74 a folder and one that others can write change places" 1
race "R74 a link changes its target" 2
race "R74 a name changes between hard links" 3
race "R74 a bind mount comes and goes" 4
