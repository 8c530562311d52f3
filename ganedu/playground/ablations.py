"""Several programs, several seeds each: what they reached, and how far the seeds lie apart.

Here lives the picture of an ablation: a ring for each seed, a cross for one that failed, and a
bar for the median. The runs are recorded by `tests/benchmarks/tricks.py` and others.
Taught in lesson 10.
"""

import numpy as np
from matplotlib.figure import Figure

from ganedu import plotting


def ablation(programs, label, *, failed=None, line=None, floor=None, log=True):
    """A row for each program: its seeds, their range and their median.

    Args:
        programs: dictionary from a name to a list of numbers, one for each seed; None for a run
            that ended without a number, which is told in words.
        label: of the axis.
        failed: dictionary from names to lists of truth values: which runs failed all the same;
            they are drawn as crosses. None for none.
        line: name of the program whose median all are held against, dashed; None for none.
        floor: what real images get, drawn dotted; None for none.
        log: whether the axis is logarithmic.

    Returns:
        `Figure`.

    Raises:
        ValueError: if a program has no runs.

    Example:
        >>> runs = {"with": [9.0, 11.0, 10.0], "without": [30.0, None, 20.0]}
        >>> len(ablation(runs, "distance", line="with", floor=2.0).axes)
        1
    """
    empty = [name for name, values in programs.items() if not len(values)]
    if empty:
        raise ValueError(f"There is no run of {', '.join(empty)}.")
    figure = Figure(figsize=(8.2, 0.9 + 0.3 * len(programs)), layout="constrained")
    axes = figure.subplots()
    held_against = middle(programs[line]) if line else None
    lines = {"--": (held_against, f"median of {line}"), ":": (floor, "floor: real images")}
    for style, (value, name) in lines.items():
        if value is not None:
            axes.axvline(value, **{**plotting.REFERENCE, "linestyle": style}, label=name)
    for place, (name, values) in enumerate(programs.items()):
        _draw_row(axes, place, values, (failed or {}).get(name, [False] * len(values)))
    axes.set(yticks=range(len(programs)), ylim=(len(programs) - 0.5, -0.5), xlabel=label)
    axes.set_yticklabels([*programs], fontsize=9.5)
    axes.set_xscale("log" if log else "linear")
    if line or floor is not None:
        axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def middle(values):
    """The median of several runs, of which a failed one counts as the worst.

    Args:
        values: list of numbers, or None for a failed run.

    Returns:
        A float; infinite if more than half have failed.

    Example:
        >>> middle([9.0, None, 11.0])
        11.0
    """
    return float(np.median([np.inf if value is None else value for value in values]))


def separate(values, others):
    """Whether two sets of runs do not overlap: all of one lie on one side of all of the other.

    With n and m seeds of two equal programs this happens by chance with probability
    2 / (n + m over n); a failed run counts as the worst.

    Args:
        values: list of numbers, or None for a failed run.
        others: another one.

    Returns:
        True or False.

    Example:
        >>> separate([9.0, 11.0], [12.0, None]), separate([9.0, 11.0], [10.0, 12.0])
        (True, False)
    """
    a, b = (np.array([np.inf if value is None else value for value in s]) for s in (values, others))
    return bool(a.max() < b.min() or b.max() < a.min())


def _draw_row(axes, place, values, failed):
    looks = {False: ("o", plotting.COLOURS[0]), True: ("x", plotting.COLOURS[1])}
    ended = [value for value in values if value is not None]
    if ended:
        axes.plot([min(ended), max(ended)], [place] * 2, color=plotting.COLOURS[0], linewidth=1)
    for value, is_failed in zip(values, failed, strict=True):
        if value is not None:
            mark, colour = looks[bool(is_failed)]
            axes.plot(value, place, mark, mfc="white", color=colour, markersize=6)
    if np.isfinite(middle(values)):
        axes.plot(middle(values), place, "|", color="black", markersize=13, markeredgewidth=2)
    if len(ended) < len(values):
        told = f"{len(values) - len(ended)} of {len(values)} without a number"
        where = {"fontsize": 9, "ha": "right", "va": "center"}
        axes.text(0.995, place, told, transform=axes.get_yaxis_transform(), **where)
