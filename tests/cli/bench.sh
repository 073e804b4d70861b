#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: it looks at the memory that a process takes
# `make bench` on tiny inputs: every program of it runs, and what it writes is whole. Its
# figures mean nothing here; what is computed of figures is tried with known ones.
. tests/lib.sh

if ! command -v python3 >/dev/null; then
	skip "make bench" "no python3"
	exit 0
fi
# silent COMMAND...: it must succeed and print nothing
silent() {
	out=$("$@") || return 1
	[ -z "$out" ] || { echo "$out" >&2; return 1; }
}
python() { PYTHONPATH=tests/bench python3 -B -c "$@"; }
quick() {
	TMPDIR=$WORK python3 -B tests/bench/bench.py --quick --build "$BUILD" --dynamic "$BUILD" \
		--output "$WORK/bench.json" >"$WORK/table" 2>&1 || { cat "$WORK/table"; return 1; }
}
check "every group is measured" quick
whole() {
	python 'import json, report, sys
result = json.load(open(sys.argv[1]))
found = report.problems(result)
groups = {row["group"] for row in result["rows"]}
# only root can lay out what only root may write
if "h" in {left["group"] for left in result["skipped"]}: groups.add("h")
if groups != set(report.GROUPS): found.append(f"only the groups {sorted(groups)}")
if found: print("\n".join(found))' "$WORK/bench.json"
}
check "what it writes has all fields, and they agree" silent whole
told() { # every row is in the table for people, and the sum below it
	python 'import json, sys
result, table = json.load(open(sys.argv[1])), open(sys.argv[2]).read()
for row in result["rows"]:
    if row["label"] not in table: print("no row", row["label"])
targets = sum(row["target"] is not None for row in result["rows"])
last = "{} of {} targets missed".format(len(result["missed"]), targets)
if last not in table: print("no:", last)' "$WORK/bench.json" "$WORK/table"
}
check "the table has every row, and how many targets are missed" silent told
some_groups() {
	TMPDIR=$WORK python3 -B tests/bench/bench.py --quick --build "$BUILD" --dynamic "$BUILD" \
		--output "$WORK/some.json" --rows "a" >"$WORK/table" &&
		python 'import json, sys
sys.exit({row["group"] for row in json.load(open(sys.argv[1]))["rows"]} != {"a"})' "$WORK/some.json"
}
check "some groups alone" some_groups
check "no group of another name" exits 2 python3 -B tests/bench/bench.py --build "$BUILD" \
	--dynamic "$BUILD" --output "$WORK/none.json" --rows "a z"

# the floors are floors only if they do what they say
BENCH=$BUILD/tests/bench/bench
file_of() { printf '\177ELF'; head -c "$1" /dev/urandom; }
signed_files() {
	"$MODSEAL" keygen floor --directory "$WORK" --algorithm rsa3072 && file_of 300000 >"$WORK/small" &&
		file_of 5000000 >"$WORK/large" &&
		"$MODSEAL" sign --key "$WORK/floor.key" --certificate "$WORK/floor.pem" "$WORK/small" "$WORK/large"
}
check "files of two sizes are signed" signed_files
floors() { # floors FILE: by each floor, with one thread and with two
	for threads in 1 2; do
		printf '%s\n' "$WORK/$1" "$WORK/small" "$WORK/large" |
			"$BENCH" sealed $threads "$WORK/floor.pem" forget || return 1
		echo "$WORK/$1" | "$BENCH" digest $threads "$WORK/floor.pem" || return 1
	done
}
check "the floors take what is right" floors small
for size in small large; do
	cp "$WORK/$size" "$WORK/changed"
	printf X | dd of="$WORK/changed" bs=1 seek=200001 conv=notrunc 2>/dev/null
	check "the floors check a $size file" exits 1 floors changed
	for threads in 1 2; do
		echo "$WORK/changed" >"$WORK/list"
		check "the sealed floor with $threads of a $size one" \
			exits 1 "$BENCH" sealed $threads "$WORK/floor.pem" forget <"$WORK/list"
	done
done

# ---- what is computed ----------------------------------------------------------------------

fitted() {
	python 'from measure import fit
for exponent in (0, 0.25, 1, 1.5):
    points = [[x, 7 * x ** exponent] for x in (1, 4, 16, 64, 256)]
    assert abs(fit(points) - exponent) < 1e-9, (exponent, fit(points))
# one outlier of ten moves it, but not to where that points alone
points = [[x, x] for x in range(1, 11)] + [[10, 20]]
assert 1 < fit(points) < 1.4, fit(points)
for wrong in ([], [[1, 1]], [[1, 1], [1, 2]], [[1, 1], [2, 0]]):
    try:
        fit(wrong)
    except (ValueError, ZeroDivisionError) as error:
        assert isinstance(error, ValueError), error
    else:
        raise AssertionError(wrong)'
}
check "the exponent of known points" fitted
in_turn() {
	python 'from measure import interleave
order = []
sides = {name: lambda name=name: order.append(name) or len(order) for name in "abc"}
got = interleave(sides, 0, 6, 6)
assert "".join(order[:3]) == "abc", order
rounds = ["".join(order[i:i + 3]) for i in range(3, 21, 3)]
assert sorted(rounds) == ["abc", "acb", "bac", "bca", "cab", "cba"], rounds
assert all(len(results) == 6 for results in got.values()) and min(got["a"]) > 3, got
# until the time is over, and never more than so many
ticks = iter(range(100))
assert len(interleave({"a": int}, 5, 2, 50, lambda: next(ticks))["a"]) == 6
assert len(interleave({"a": int}, 50, 2, 7, lambda: next(ticks))["a"]) == 7
assert len(interleave({"a": int}, 0, 3, 7, lambda: next(ticks))["a"]) == 3'
}
check "the sides are measured in all orders, the first round left out" in_turn
judged() {
	python 'from measure import Bench
bench = Bench.__new__(Bench)
bench.rows = []
floor = bench.add("a.floor", "floor", "us", [4, 2, 3], role="floor")
row = bench.add("a.row", "row", "us", [9, 3, 6], floor, ("max", 2, "ratio"))
assert (row["median"], row["min"], row["rounds"]) == (6, 3, 3), row
assert (row["ratio"], row["ratio_of_least"], row["met"]) == (2, 1.5, True), row
assert not bench.add("a.more", "", "us", [7], floor, ("max", 2, "ratio"))["met"]
assert bench.add("a.times", "", "times", [25], None, ("min", 25, "median"))["met"]
assert not bench.derive("a.few", "", "times", 24.9, 26, ("min", 25, "median"))["met"]
assert bench.add("a.plain", "", "us", [1])["met"] is None'
}
check "a row has its ratio, and its target is met or missed" judged
# every lie about a good document is found
lies() {
	python 'import copy, json, report, sys
good = json.load(open(sys.argv[1]))
ratios = [number for number, row in enumerate(good["rows"]) if row["floor"]]
targets = [number for number, row in enumerate(good["rows"]) if row["target"]]
def lie(change):
    bad = copy.deepcopy(good)
    change(bad, bad["rows"][ratios[0]], bad["rows"][targets[0]])
    if not report.problems(bad): print("not found:", change.__name__)
def member(bad, ratio, target): del bad["machine"]
def cpu(bad, ratio, target): bad["machine"]["cpu"] = ""
def median(bad, ratio, target): ratio["median"] *= 0.9; ratio["min"] = 0
def floor(bad, ratio, target): ratio["floor"]["median"] *= 2
def no_floor(bad, ratio, target): ratio["floor"] = None
def least(bad, ratio, target): ratio["min"] = ratio["median"] * 2
def met(bad, ratio, target): target["met"] = not target["met"]
def unmet(bad, ratio, target): bad["missed"].append("a.nothing")
def twice(bad, ratio, target): bad["rows"].append(bad["rows"][0])
def text(bad, ratio, target): target["rounds"] = "3"
def field(bad, ratio, target): del target["unit"]
for change in (member, cpu, median, floor, no_floor, least, met, unmet, twice, text, field):
    lie(change)' "$WORK/bench.json"
}
check "a document that does not agree with itself is found" silent lies

if command -v gnuplot >/dev/null; then
	drawn() {
		python3 -B tests/bench/plot.py "$WORK/bench.json" "$WORK/bench.svg" >"$WORK/said" && python 'import json, sys
import plot, xml.etree.ElementTree as xml
bars = list(plot.bars(json.load(open(sys.argv[1]))))
picture = xml.parse(sys.argv[2]).getroot()
texts = {"".join(text.itertext()).strip() for text in picture.iter() if text.tag.endswith("}text")}
for label, *_ in bars:
    if label not in texts: print("not in the picture:", label)
marks = sum(limit is not None for _, _, limit, _ in bars)
if not bars or not marks: print(len(bars), "bars,", marks, "targets")' "$WORK/bench.json" "$WORK/bench.svg"
	}
	check "gnuplot draws it, every bar by its name" silent drawn
else
	skip "the picture" "no gnuplot"
fi

# ---- the figures of README.md ----------------------------------------------------------------

# A tree of its own, with a run that is accepted; gnuplot stands in by name where it is missing.
mkdir "$WORK/tree" "$WORK/path"
cp README.md "$WORK/tree"
cat >"$WORK/path/gnuplot" <<'GNUPLOT'
#!/bin/sh
picture=$(sed -n "s/^set output '\(.*\)'\$/\1/p")
echo '<svg><title>Gnuplot</title></svg>' >"$picture"
GNUPLOT
chmod 755 "$WORK/path/gnuplot"
accept() { (cd "$WORK/tree" && PATH=$WORK/path:$PATH python3 -B "$OLDPWD/tests/bench/accept.py" "$@"); }
edited() { # edited PYTHON: $WORK/run.json of the measured one
	python 'import json, sys
result = json.load(open(sys.argv[1]))
exec(sys.argv[3])
json.dump(result, open(sys.argv[2], "w"))' "$WORK/bench.json" "$WORK/run.json" "$1"
}
edited 'result["modseal"]["commit"] = "0123456789ab"; result["date"] = "2026-01-02T03:04:05Z"'
check "a run of a commit is accepted" accept "$WORK/run.json"
placed() {
	[ -s "$WORK/tree/tests/bench/results/2026-01-02.json" ] &&
		grep -q 0123456789ab "$WORK/tree/tests/bench/results/bench.svg" &&
		grep -q '^Of modseal .* (0123456789ab) on 2026-01-02: ' "$WORK/tree/README.md"
}
check "its figures stand in README.md, with machine and date" placed
check "README.md then agrees with it" silent accept --check
accepted_again() { cp "$WORK/tree/README.md" "$WORK/once" && accept "$WORK/run.json" && cmp "$WORK/once" "$WORK/tree/README.md"; }
check "accepting it twice changes nothing" accepted_again
disagrees() { said=$(accept --check) && [ -n "$said" ]; }
# unaccepted TEXT: it is not accepted, for this reason
unaccepted() { ! accept "$WORK/run.json" 2>"$WORK/said" && grep -q "^bench-accept: .*$1" "$WORK/said"; }
other_figure() {
	cp "$WORK/once" "$WORK/tree/README.md"
	sed -i '0,/[0-9] us |/s/[0-9] us |/9999 us |/' "$WORK/tree/README.md"
	! cmp -s "$WORK/once" "$WORK/tree/README.md" && disagrees
}
check "a figure changed by hand is found" other_figure
other_picture() {
	cp "$WORK/once" "$WORK/tree/README.md" && silent accept --check &&
		sed -i 's/0123456789ab/ba9876543210/' "$WORK/tree/tests/bench/results/bench.svg" && disagrees
}
check "a picture of another run is found" other_picture
edited 'result["modseal"]["commit"] = "0123456789ab-dirty"'
check "a run of no commit is not accepted" unaccepted "not of a commit"
edited 'result["modseal"]["commit"] = "0123456789ab"
result["rows"] = [row for row in result["rows"] if row["group"] != "e"]
result["missed"] = [name for name in result["missed"] if name[0] != "e"]'
check "a run of some groups is not accepted" unaccepted "only rows a b c d f g"
