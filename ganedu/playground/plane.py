"""A game in the plane: real points, samples, the discriminator's opinion, and its moments.

Here live the picture of a training on points and the slider through its moments. The points
themselves come from `ganedu.data`, the training from `ganedu.training`. Taught in lesson 03.
"""

from typing import NamedTuple

import numpy as np
from matplotlib import cm
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ganedu import plotting, widgets

GREY = {"cmap": "gray", "vmin": -1.2, "vmax": 1.0}  # never too dark for what lies on it


class Moment(NamedTuple):
    """One moment of a game in the plane.

    Attributes:
        title: line above the picture.
        samples: array [n, 2], the generator's points.
        surface: array [m, m] in [0, 1], the discriminator's probability of "real" on a square
            grid, first row at the bottom; or None.
        arrows: (starts, directions), two arrays [k, 2]; or None.
    """

    title: str
    samples: np.ndarray
    surface: np.ndarray | None = None
    arrows: tuple | None = None


def game_in_the_plane(moments, points, extent, columns=3):
    """Real points, samples, the discriminator's opinion and where samples are pulled.

    Background: the discriminator's probability of "real", from grey (0) to white (1) in ten
    shades; dashed line: ½, it cannot tell. Circles: real points. Dots: samples. Arrows:
    directions in which the generator's loss falls.

    Args:
        moments: list of `Moment`, one panel each.
        points: array [n, 2], real points.
        extent: half the side of the square that is shown, around 0.
        columns: panels in a row.

    Returns:
        `Figure`.

    Example:
        >>> moment = Moment("start", np.zeros((5, 2)), surface=np.full((9, 9), 0.5))
        >>> len(game_in_the_plane([moment], np.ones((3, 2)), extent=2.0).axes)
        1
    """
    columns = min(columns, len(moments))
    rows = -(-len(moments) // columns)
    figure = Figure(figsize=(3.2 * columns, 3.35 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, moment in zip(panels, moments, strict=False):
        _draw_moment(axes, moment, points, extent)
    for axes in panels[len(moments) :]:
        axes.set_axis_off()
    handles, _ = panels[0].get_legend_handles_labels()
    if any(moment.surface is not None for moment in moments):
        handles += _background_key()
    below = {"loc": "outside lower center", "ncols": 2 if columns == 1 else 5}
    figure.legend(handles=handles, fontsize=9, frameon=False, **below)
    return figure


def moments_explorer(moments, points, extent):
    """A slider through the moments of a game in the plane.

    Args:
        moments: list of `Moment`.
        points: array [n, 2], real points.
        extent: half the side of the square that is shown.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> moment = Moment("start", np.zeros((5, 2)))
        >>> moments_explorer([moment], np.ones((3, 2)), extent=2.0)  # doctest: +SKIP
    """

    def draw(number):
        moment = moments[number - 1]
        figure = game_in_the_plane([moment], points, extent)
        plotting.show(figure, f"Moment {number} of {len(moments)}: {moment.title}.")

    return widgets.above_the_picture({"number": widgets.slider("moment", 1, 1, len(moments))}, draw)


def _background_key():
    """What the background says, for the legend."""
    shades = {"surely fake": 0.05, "surely real": 0.95}  # the middles of the outer two of ten
    colour = cm.ScalarMappable(Normalize(GREY["vmin"], GREY["vmax"]), GREY["cmap"]).to_rgba
    patches = [
        Patch(facecolor=colour(shade), edgecolor="black", linewidth=0.5, label=name)
        for name, shade in shades.items()
    ]
    return [*patches, Line2D([], [], color="black", linestyle="--", label="½: cannot tell")]


def _draw_moment(axes, moment, points, extent):
    if moment.surface is not None:
        ticks = np.linspace(-extent, extent, len(moment.surface))
        axes.contourf(ticks, ticks, moment.surface, levels=np.linspace(0, 1, 11), **GREY)
        if moment.surface.min() < 0.5 < moment.surface.max():
            axes.contour(
                ticks, ticks, moment.surface, levels=[0.5], colors="black", linestyles="--"
            )
    axes.plot(*points.T, "o", mfc="none", mec=plotting.COLOURS[0], ms=4, mew=0.7, label="real")
    axes.plot(*moment.samples.T, ".", color=plotting.COLOURS[1], ms=3, label="generated")
    if moment.arrows is not None:
        starts, directions = moment.arrows
        axes.quiver(*starts.T, *directions.T, angles="xy", color="black", width=0.006)
    axes.set(xlim=(-extent, extent), ylim=(-extent, extent), xticks=[], yticks=[], aspect="equal")
    axes.set_title(moment.title, fontsize=10)
