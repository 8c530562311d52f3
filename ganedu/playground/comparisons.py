"""Several programs, several seeds each: what they reached, and how far the seeds lie apart.

Here lives the picture of a comparison: a ring for each seed, a bar for the median, and how many
runs failed; and when two programs lie apart. The runs come from recordings
(`ganedu.shipped.recording`).
Taught in lessons 09 and 10.
"""

import numpy as np
from matplotlib.figure import Figure

from ganedu import plotting

_MARKS = "osD^vPX*"  # of programs that are drawn in one panel


def spread_chart(programs, label, *, line=None, floor=None, log=True):
    """A row for each program: its seeds, their range and their median.

    Args:
        programs: dictionary from a name to a list of numbers, one for each seed; None for a run
            that failed; these are counted at the right side.
        label: of the axis.
        line: name of the program whose median all are held against, dashed; None for none.
        floor: what real images get, drawn dotted; None for none.
        log: whether the axis is logarithmic.

    Returns:
        `Figure`.

    Raises:
        ValueError: if a program has no runs.

    Example:
        >>> runs = {"with": [9.0, 11.0, 10.0], "without": [30.0, None, 20.0]}
        >>> len(spread_chart(runs, "distance", line="with", floor=2.0).axes)
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
    for place, values in enumerate(programs.values()):
        _draw_row(axes, place, [value for value in values if value is not None], values)
    axes.set(yticks=range(len(programs)), ylim=(len(programs) - 0.5, -0.5), xlabel=label)
    axes.set_yticklabels([*programs], fontsize=9.5)
    axes.set_xscale("log" if log else "linear")
    if line or floor is not None:
        axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def two_measures(panels, x_label, y_label, *, rivals=(), floor=None):
    """A panel for each condition: each run a mark at its two measures, a shape for each program.

    Args:
        panels: dictionary from a title to a dictionary from a program to its runs, (x, y) pairs;
            all panels have the same programs.
        x_label: what is counted to the right.
        y_label: what is counted upwards, on a logarithmic axis.
        rivals: names of the programs that learn nothing; they are drawn in another colour.
        floor: the (x, y) of real images, drawn dotted; None for none.

    Returns:
        `Figure`.

    Raises:
        ValueError: if a program is missing in a panel, or there are more than eight.

    Example:
        >>> runs = {"copier": [(1.0, 80.0)], "trained": [(0.1, 95.0), (0.2, 150.0)]}
        >>> len(two_measures({"few": runs, "many": runs}, "copied", "distance").axes)
        2
    """
    names = list(next(iter(panels.values())))
    if len(names) > len(_MARKS) or any(list(programs) != names for programs in panels.values()):
        raise ValueError(
            f"Expected the same programs in each panel, at most {len(_MARKS)}; got "
            f"{[list(programs) for programs in panels.values()]}."
        )
    figure = Figure(figsize=(1.6 + 2.4 * len(panels), 3.6), layout="constrained")
    each = figure.subplots(1, len(panels), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (title, programs) in zip(each, panels.items(), strict=True):
        for mark, (name, runs) in zip(_MARKS, programs.items(), strict=False):
            colour = plotting.COLOURS[name in rivals]
            looks = {"color": colour, "mfc": "white", "markersize": 6, "linestyle": "none"}
            axes.plot(*zip(*runs, strict=True), mark, **looks, label=name)
        if floor is not None:
            axes.axvline(floor[0], **plotting.REFERENCE)
            axes.axhline(floor[1], **plotting.REFERENCE, label="real images")
        axes.set(title=title, xlabel=x_label, yscale="log")
    each[0].set_ylabel(y_label)
    figure.legend(*each[0].get_legend_handles_labels(), loc="outside right upper", fontsize=8)
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


def _draw_row(axes, place, ended, values):
    colour = plotting.COLOURS[0]
    if ended:
        axes.plot([min(ended), max(ended)], [place, place], color=colour, linewidth=1)
        axes.plot(ended, np.full(len(ended), place), "o", mfc="white", color=colour, markersize=5)
    if np.isfinite(middle(values)):
        axes.plot(middle(values), place, "|", color="black", markersize=13, markeredgewidth=2)
    failed = len(values) - len(ended)
    if failed:
        told = f"× {failed} of {len(values)} failed"
        looks = {"color": plotting.COLOURS[1], "fontsize": 9, "va": "center"}
        axes.text(1.01, place, told, transform=axes.get_yaxis_transform(), **looks)
