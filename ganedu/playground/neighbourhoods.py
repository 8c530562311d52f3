"""Neighbours in the plane: what precision and recall count, and which metric sees which defect.

Here live the pictures of lesson 08. The metrics themselves, for thousands of points in many
dimensions, live in `ganedu.metrics`. Taught in lesson 08.
"""

import numpy as np
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from ganedu import plotting, widgets


def neighbourhoods(real, fake, k):
    """Circles to the k-th neighbour, which precision and recall are counted with, in the plane.

    Args:
        real: array [n, 2], n above k.
        fake: array [m, 2], m above k.
        k: which neighbour a circle reaches to, at least 1.

    Returns:
        `Figure`: circles of the real points on the left, of the fakes on the right.

    Raises:
        ValueError: if k is out of its range.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(8, 2))
        >>> len(neighbourhoods(points, points + 1, k=2).axes)
        2

    Reference:
        Kynkäänniemi et al. (2019), "Improved Precision and Recall Metric for Assessing
        Generative Models", figure 2.
    """
    if not 1 <= k < min(len(real), len(fake)):
        raise ValueError(f"k must be from 1 to below the number of points; got k = {k}.")
    figure = Figure(figsize=(8.4, 4.1))
    figure.set_layout_engine("none")  # places by hand: a layout engine draws twice, sliders wait
    left, right = (figure.add_axes((x, 0.12, 0.47, 0.8)) for x in (0.02, 0.51))
    precision = _draw_circles(
        left, real, fake, k, (plotting.COLOURS[0], "o", plotting.COLOURS[1], "^")
    )
    recall = _draw_circles(
        right, fake, real, k, (plotting.COLOURS[1], "^", plotting.COLOURS[0], "o")
    )
    every = np.concatenate([real, fake])
    middle, half = (every.max(0) + every.min(0)) / 2, 0.6 * np.ptp(every, axis=0).max()
    titles = f"precision: fakes inside {precision:.2f}", f"recall: real points inside {recall:.2f}"
    for axes, title in zip((left, right), titles, strict=True):
        axes.set(xlim=middle[0] + [-half, half], ylim=middle[1] + [-half, half], aspect="equal")
        axes.set(xticks=[], yticks=[])
        axes.set_title(title, fontsize=11)
    words = "● real    ▲ fake    filled: inside a circle of the other set"
    figure.text(0.5, 0.04, words, ha="center", fontsize=10)
    return figure


def defect_table(rows, columns, texts, words):
    """Which metric sees which defect: a table of numbers, each with a word below it.

    Args:
        rows: list of n names of defects.
        columns: list of m names of metrics.
        texts: n lists of m texts, the numbers.
        words: n lists of m short texts; a cell with the word "sees" is bold on grey.

    Returns:
        `Figure`.

    Raises:
        ValueError: if the shapes do not fit.

    Example:
        >>> len(defect_table(["blur"], ["precision"], [["0.84"]], [["sees"]]).axes)
        1
    """
    if not np.shape(texts) == np.shape(words) == (len(rows), len(columns)):
        raise ValueError(
            f"{len(rows)} rows and {len(columns)} columns need as many texts and words; got "
            f"{np.shape(texts)} and {np.shape(words)}."
        )
    figure = Figure(figsize=(1.9 + 0.92 * len(columns), 0.55 + 0.44 * len(rows)))
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    for (row, column), word in np.ndenumerate(np.array(words, dtype=object)):
        place, seen = (column - 0.47, row - 0.45), word == "sees"
        axes.add_patch(Rectangle(place, 0.94, 0.9, fc="#dddddd" if seen else "white", ec="#dddddd"))
        looks = {"ha": "center", "va": "center", "fontweight": "bold" if seen else "normal"}
        axes.text(column, row - 0.17, texts[row][column], fontsize=9.5, **looks)
        axes.text(column, row + 0.23, word, fontsize=8, **looks)
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xticks(range(len(columns)), columns, fontsize=9)
    axes.set_yticks(range(len(rows)), rows, fontsize=9.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def neighbourhood_explorer(real, fake):
    """Sliders for k and for how far the last real point lies out: precision can be fooled.

    Args:
        real: array [n, 2]; the last point is moved to the right.
        fake: array [m, 2].

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(8, 2))
        >>> neighbourhood_explorer(points, points + 1)  # doctest: +SKIP
    """

    def draw(k, far):
        moved = np.concatenate([real[:-1], [[far, 0.0]]])
        plotting.show(neighbourhoods(moved, fake, k), _counted(moved, fake, k))

    sliders = {
        "k": widgets.slider("k", 1, 1, 4),
        "far": widgets.slider("outlier at", 1.0, 0.0, 6.0, 0.25),
    }
    return widgets.above_the_picture(sliders, draw)


def _draw_circles(axes, centres, others, k, looks):
    """Points with their circles, and the others, filled if inside a circle; the share of these."""
    own_colour, own_mark, colour, mark = looks
    radii = np.sort(np.linalg.norm(centres[:, None] - centres, axis=2), axis=1)[:, k]
    circles = [Circle(*pair) for pair in zip(centres, radii, strict=True)]
    fill = to_rgba(own_colour, 0.06)
    axes.add_collection(PatchCollection(circles, fc=fill, ec=own_colour, linewidths=0.7))
    axes.plot(*np.transpose(centres), own_mark, color=own_colour, markersize=3)
    inside = (np.linalg.norm(others[:, None] - centres, axis=2) <= radii).any(axis=1)
    for points, style in ((others[inside], "full"), (others[~inside], "none")):
        axes.plot(*points.T, mark, color=colour, markersize=8, fillstyle=style)
    return inside.mean()


def _counted(real, fake, k):
    """By hand: `metrics` is made for thousands of points and has a slow start."""
    radii = np.sort(np.linalg.norm(real[:, None] - real, axis=2), axis=1)[:, k]
    met = np.linalg.norm(fake[:, None] - real, axis=2) <= radii
    return (
        f"k = {k}, last real point at {real[-1, 0]:.2f}: precision {met.any(axis=1).mean():.2f}, "
        f"density {met.sum(axis=1).mean() / k:.2f}, coverage {met.any(axis=0).mean():.2f}."
    )
