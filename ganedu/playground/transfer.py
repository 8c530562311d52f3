"""What a trained start is worth: runs from nothing beside runs that go on from digits.

Here live the reading of such runs, when the best value from nothing was reached, and their curves.
The runs are made by `tests/benchmarks/transfer.py` and recorded. Taught in lesson 11.
"""

import statistics

import numpy as np
from matplotlib.figure import Figure

from ganedu import plotting

FROM_NOTHING = ("from nothing", "from nothing, augmented")
DRAWN = (*FROM_NOTHING, "fine-tuned", "fine-tuned, augmented")
TITLES = {"letters": "letters: near to digits", "fashion_mnist": "clothes: far from digits"}


def best_from_nothing(rows):
    """The best value of the runs that started from nothing, and when it was there.

    Args:
        rows: list of dictionaries with variant and looks, a list of dictionaries with seconds and
            frechet_distance; all of one domain and one seed.

    Returns:
        (value, seconds).

    Raises:
        ValueError: if no run started from nothing.

    Example:
        >>> looks = [{"seconds": s, "frechet_distance": d} for s, d in ((1, 9.0), (2, 4.0))]
        >>> best_from_nothing([{"variant": "from nothing", "looks": looks}])
        (4.0, 2)
    """
    looks = [look for row in rows if row["variant"] in FROM_NOTHING for look in row["looks"]]
    if not looks:
        raise ValueError(f"There is no run among these that started {FROM_NOTHING[0]}.")
    best = min(looks, key=lambda look: look["frechet_distance"])
    return best["frechet_distance"], best["seconds"]


def seconds_until(looks, distance):
    """When a run first was as near as that; infinity if never.

    Args:
        looks: list of dictionaries with seconds and frechet_distance.
        distance: the Fréchet distance to be reached.

    Returns:
        Seconds of training.

    Example:
        >>> seconds_until([{"seconds": 1, "frechet_distance": 9.0}], 4.0)
        inf
    """
    return min((x["seconds"] for x in looks if x["frechet_distance"] <= distance), default=np.inf)


def compared(rows):
    """Each run beside the best from nothing of its own domain and seed.

    Args:
        rows: list of dictionaries with variant, domain, seed and looks.

    Returns:
        Dictionary from (domain, variant) to a list of runs, dictionaries with best (its smallest
        distance), seconds (until it was as near as the best from nothing), share (of the time that
        took from nothing), end (its last look) and looks.

    Raises:
        ValueError: if a domain and seed lacks a run from nothing.

    Example:
        >>> looks = [{"seconds": s, "frechet_distance": d} for s, d in ((1, 9.0), (2, 4.0))]
        >>> row = {"variant": "from nothing", "domain": "letters", "seed": 0, "looks": looks}
        >>> compared([row])["letters", "from nothing"][0]["share"]
        1.0
    """
    found = {}
    for row in rows:
        of = [r for r in rows if (r["domain"], r["seed"]) == (row["domain"], row["seed"])]
        bar, bar_seconds = best_from_nothing(of)
        seconds = seconds_until(row["looks"], bar)
        run = {
            "best": min(look["frechet_distance"] for look in row["looks"]),
            "seconds": seconds,
            "share": seconds / bar_seconds,
            "end": row["looks"][-1],
            "looks": row["looks"],
        }
        found.setdefault((row["domain"], row["variant"]), []).append(run)
    return found


def time_curves(rows, rivals):
    """Distance against seconds of training: median and range of the seeds, a panel a domain.

    Args:
        rows: list of dictionaries as for `compared`.
        rivals: list of dictionaries with rival, domain and frechet_distance.

    Returns:
        A `Figure`.

    Example:
        >>> looks = [{"seconds": s, "frechet_distance": d} for s, d in ((1, 9.0), (2, 4.0))]
        >>> row = {"variant": "from nothing", "domain": "letters", "seed": 0, "looks": looks}
        >>> len(time_curves([row], []).axes)
        1
    """
    domains = list(dict.fromkeys(row["domain"] for row in rows))
    figure = Figure(figsize=(4.4 * len(domains), 3.6), layout="constrained")
    panels = figure.subplots(1, len(domains), squeeze=False)[0]
    for axes, domain in zip(panels, domains, strict=True):
        runs = compared([row for row in rows if row["domain"] == domain])
        for variant in DRAWN:
            _draw_variant(axes, variant, runs.get((domain, variant), []))
        _draw_rivals(axes, [rival for rival in rivals if rival["domain"] == domain])
        seconds = sorted({x["seconds"] for each in runs.values() for x in each[0]["looks"]})
        axes.set(xscale="log", yscale="log", title=TITLES.get(domain, domain))
        axes.set_xticks(seconds, [f"{s:g}" for s in seconds], minor=False)
        axes.set_xticks([], minor=True)
        axes.set_xlabel("seconds of training")
    panels[0].set_ylabel("Fréchet distance to held-out images")
    panels[-1].legend(fontsize=7, loc="best")
    return figure


def _draw_variant(axes, variant, runs):
    """Median and range; the start by colour, what is augmented by a whole line."""
    if not runs:
        return
    seconds = [look["seconds"] for look in runs[0]["looks"]]
    values = np.array([[look["frechet_distance"] for look in run["looks"]] for run in runs])
    colour = plotting.COLOURS[variant in FROM_NOTHING]
    augmented = variant.endswith("augmented")
    line = {"linestyle": "-" if augmented else "--", "marker": "os"[variant in FROM_NOTHING]}
    axes.plot(seconds, np.median(values, axis=0), color=colour, label=variant, ms=4, **line)
    if augmented:
        axes.fill_between(
            seconds, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2, linewidth=0
        )


def _draw_rivals(axes, rivals):
    """Horizontal lines with their names, which stand by turns; rivals need no time."""
    for place, name in enumerate(dict.fromkeys(rival["rival"] for rival in rivals)):
        height = statistics.median(r["frechet_distance"] for r in rivals if r["rival"] == name)
        axes.axhline(height, **plotting.REFERENCE)
        left = (0.01, 0.42)[place % 2]  # two may be equally high
        axes.annotate(name, (left, height), xycoords=("axes fraction", "data"), fontsize=7)
