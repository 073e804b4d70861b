# SPDX-License-Identifier: Apache-2.0
"""`make bench-plot`: the ratios to the floors as a picture, drawn by gnuplot.

    plot.py BENCH.json PICTURE.svg
"""
import json
import subprocess
import sys

# Read on a light and on a dark ground, which the page gives.
TEXT, OURS, OTHER, TARGET = "#808890", "#3b82c4", "#9aa3ad", "#d9730d"


def bars(result):
    """(label, ratio, target as a ratio or None, is it ours), the first at the top."""
    for row in result["rows"]:
        if row["ratio"] is None or row["group"] in "fg":
            continue
        target = row["target"]
        if row["role"] == "ours" and target:
            limit = target["value"]
            if target["of"] != "ratio":
                limit /= row["floor"]["median"]
            yield row["label"], row["ratio"], limit, True
        elif row["role"] == "other" and row["ratio"] > 1 and (
                row["group"] in "ae" or row["id"].endswith(".sealed")):
            yield row["label"], row["ratio"], None, False


def script(result, picture):
    rows = list(bars(result))
    if not rows:
        raise SystemExit("plot: no row with a floor and a target (ROWS?)")
    lines = [
        f"set terminal svg size 960,{24 * len(rows) + 90} font 'sans-serif,12' noenhanced",
        f"set output '{picture}'",
        f"set border 1 linecolor rgb '{TEXT}'",
        f"set key at screen 0.97,0.985 right top horizontal maxrows 1 textcolor rgb '{TEXT}'",
        "set tmargin 3", "set logscale x 2", "set xrange [0.5:64]", f"set yrange [0:{len(rows) + 0.5}]",
        f"set xtics nomirror textcolor rgb '{TEXT}' (0.5, 1, 2, 4, 8, 16, 32, 64)",
        f"set ytics scale 0 textcolor rgb '{TEXT}'",
        f"set xlabel 'times the floor; the mark: the target, at most' textcolor rgb '{TEXT}'",
        f"set arrow from 1,0 to 1,{len(rows) + 0.5} nohead linecolor rgb '{TEXT}'",
        "$rows << END"]
    for number, (label, ratio, limit, ours) in enumerate(rows):
        label = label.replace('"', "'")
        lines.append(f'{len(rows) - number} "{label}" {ratio:.4f} '
                     f"{'NaN' if limit is None else format(limit, '.4f')} {int(ours)}")
    for ours, color, title in ((1, OURS, "modseal"), (0, OTHER, "what else there is")):
        box = (f"$rows using ($5=={ours} ? $3 : NaN):1:(0.5):3:($1-0.3):($1+0.3):ytic(2) "
               f"with boxxyerror fillstyle solid 1 noborder linecolor rgb '{color}' "
               f"title '{title}'")
        lines.append(("plot " if ours else "     ") + box + ", \\")
    lines.append("     $rows using 4:($1-0.42):(0):(0.84) with vectors nohead linewidth 3 "
                 f"linecolor rgb '{TARGET}' notitle")
    heredoc = lines.index("$rows << END") + len(rows) + 1
    return "\n".join(lines[:heredoc] + ["END"] + lines[heredoc:]) + "\n"


def draw(result, picture):
    """Draws, and writes into the picture what it was drawn of."""
    subprocess.run(["gnuplot"], input=script(result, picture), text=True, check=True)
    with open(picture, encoding="utf-8") as file:
        text = file.read()
    with open(picture, "w", encoding="utf-8") as file:
        file.write(text.replace("<title>Gnuplot</title>", f"<title>{name(result)}</title>"))


def name(result):
    return f"modseal bench {result['date']} {result['modseal']['commit']}"


if __name__ == "__main__":
    try:
        with open(sys.argv[1], encoding="utf-8") as source:
            result = json.load(source)
    except FileNotFoundError:
        sys.exit(f"plot: {sys.argv[1]}: there are no figures yet (run `make bench` first)")
    draw(result, sys.argv[2])
    print(sys.argv[2])
