"""A GAN beside the other generators: what was measured, in a table and in one picture.

Here lives how the recording of lesson 18 is read and shown. The generators live in
`ganedu.rivals`, the measuring in `tests/benchmarks/generators.py`.
"""

import math
import statistics

from matplotlib import ticker
from matplotlib.figure import Figure

from ganedu import plotting

MEASURES = ("frechet_few", "frechet_many", "confident", "coverage", "copied")
KINDS = ("GAN", "VAE", "pixel by pixel", "diffusion", "flow", "student")
MARKS = dict(zip(KINDS, "osD^vP", strict=True))
LABELS = (("left", 6, -10), ("right", -6, 3), ("left", 6, 5))  # beside a mark, if others are near


def medians(recording):
    """One row for each way of drawing, with medians over the seeds, in the order of `KINDS`.

    A run that failed counts as infinitely far from real digits, and as 0 elsewhere.

    Args:
        recording: as `shipped.recording("generators")` returns it.

    Returns:
        List of dictionaries with name, program, evaluations, the `MEASURES`, milliseconds (of an
        image, by a hundred at once), milliseconds_alone, runs, and range (of frechet_few).

    Example:
        >>> sampled = {"name": "GAN", **dict.fromkeys(MEASURES, 1.0)}
        >>> row = {"program": "GAN", "seed": 0, "samplings": [sampled]}
        >>> medians({"rows": [row], "speeds": []})[0]["coverage"]
        1.0
    """
    gathered = {}
    for row in recording["rows"]:
        for one in row["samplings"]:
            gathered.setdefault((row["program"], one["name"]), []).append(one)
    rows = [_middle(*named, of, recording["speeds"]) for named, of in gathered.items()]
    return sorted(rows, key=lambda row: (KINDS.index(_kind(row)), row["program"]))


def print_table(rows, floor=None):
    """Print rows of `medians` as a table.

    Args:
        rows: as `medians` returns them.
        floor: dictionary of the `MEASURES` that real images get; None for no such line.

    Example:
        >>> told = {"name": "GAN", **dict.fromkeys(MEASURES, 0.5), "milliseconds": 1.0}
        >>> print_table([{**told, "milliseconds_alone": 2.0}])
                              Fréchet   10,000   sure  cover  copied   ms/image   alone
        GAN                       0.5      0.5  0.500  0.500   0.500       1.00     2.0
    """
    print(f"{'':20s} {'Fréchet':>8s} {'10,000':>8s}   sure  cover  copied   ms/image   alone")
    real = [{**floor, "name": "real digits"}] if floor else []
    for row in [*rows, *real]:
        far = "".join(f" {_number(row[name], 8, 1)}" for name in MEASURES[:2])
        shares = "".join(f"{row[name]:7.3f}" for name in MEASURES[2:4])
        times = _number(row.get("milliseconds"), 11, 2) + _number(
            row.get("milliseconds_alone"), 8, 1
        )
        print(f"{row['name']:20s}{far}{shares}{row['copied']:8.3f}{times}")


def quality_panel(rows, floor):
    """Fréchet distance against the milliseconds of an image, both on logarithmic axes.

    Args:
        rows: as `medians` returns them; those without a time or a finite distance are left out.
        floor: the Fréchet distance of as many real images, a dotted line.

    Returns:
        `Figure`: left is quicker, down is more like real digits; a bar is the range of the seeds,
        blue is one call of a network, brown are several.

    Example:
        >>> row = {"name": "GAN", "program": "GAN", "frechet_few": 9.0, "milliseconds": 0.1}
        >>> len(quality_panel([{**row, "evaluations": 1, "range": [8.0, 11.0]}], 3.0).axes)
        1
    """
    figure = Figure(figsize=(8.2, 4.6), layout="constrained")
    axes = figure.subplots()
    shown = [r for r in rows if r["milliseconds"] and math.isfinite(r["frechet_few"])]
    for row in shown:
        low, high = row["range"]
        middle = row["frechet_few"]
        axes.errorbar(
            row["milliseconds"],
            middle,
            yerr=[[middle - low], [min(high, 1e5) - middle]],
            fmt=MARKS[_kind(row)],
            color=plotting.COLOURS[row["evaluations"] != 1],
        )
    _name_marks(axes, shown)
    axes.axhline(floor, **plotting.REFERENCE)
    axes.set(xscale="log", yscale="log", xlabel="milliseconds of an image (left: quicker)")
    axes.set_ylabel("Fréchet distance (down: more like real)")
    axes.yaxis.set_major_formatter(ticker.ScalarFormatter())
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, place: f"{value:g}"))
    axes.margins(x=0.15)
    return figure


def _name_marks(axes, rows):
    """Names beside the marks, each in another place than those of its neighbours."""
    places = []
    for row in rows:
        place = math.log10(row["milliseconds"]), math.log10(row["frechet_few"])
        near = sum(math.dist(place, other) < 0.2 for other in places)
        places.append(place)
        side, *offset = LABELS[near % len(LABELS)]
        told = {"xytext": offset, "textcoords": "offset points", "ha": side, "fontsize": 8}
        axes.annotate(row["name"], (row["milliseconds"], row["frechet_few"]), **told)


def _middle(program, name, sampled, speeds):
    """The row of one way of drawing."""
    failed = {"frechet_few": math.inf, "frechet_many": math.inf}

    def each(measure):
        got = [one[measure] for one in sampled]
        few = [one["frechet_few"] is None for one in sampled]
        return [failed.get(measure, 0.0) if bad else value for value, bad in zip(got, few)]

    told = {m: _median(each(m)) for m in MEASURES}
    of = {row["batch"]: row for row in speeds if row["name"] == name}
    times = {batch: of.get(batch, {}).get("milliseconds") for batch in (1, 100)}
    distances = each("frechet_few")
    return {
        "name": name,
        "program": program,
        "evaluations": of.get(100, {}).get("evaluations"),
        **told,
        "milliseconds": times[100],
        "milliseconds_alone": times[1],
        "runs": len(sampled),
        "range": [min(distances), max(distances)],
    }


def _kind(row):
    return row["program"].split(",")[0]


def _median(values):
    """Of numbers; None where they were not measured."""
    return None if None in values else statistics.median(values)


def _number(value, width, digits):
    return f"{'–':>{width}s}" if value is None else f"{value:{width}.{digits}f}"
