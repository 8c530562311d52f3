"""Gaussians in the plane as ellipses, and what it costs to map one onto another.

Here lives the picture that goes with the Fréchet distance: a covariance as an ellipse, a matrix
that maps one ellipse onto another as arrows. The distance itself lives in `ganedu.metrics`.
Taught in lesson 08.
"""

import numpy as np
from matplotlib.figure import Figure

from ganedu import plotting

NUM_ARROWS = 12


def mapped_ellipses(a, b, maps):
    """Ways to map one Gaussian around 0 onto another, each with its cost.

    An ellipse holds the points of one standard deviation: the image of the unit circle under the
    symmetric root of the covariance. The cost is the mean squared length of the way from x to Tx,
    tr a + tr b − 2 tr(T a), where T maps one covariance onto the other.

    Args:
        a: covariance, array [2, 2].
        b: covariance, array [2, 2].
        maps: dictionary from a title to a matrix T [2, 2] with T a Tᵀ = b.

    Returns:
        `Figure`: a picture for each map.

    Raises:
        ValueError: if a matrix does not map a onto b.

    Example:
        >>> len(mapped_ellipses(np.eye(2), np.eye(2), {"nothing": np.eye(2)}).axes)
        1
    """
    figure = Figure(figsize=(3.2 * len(maps), 3.3), layout="compressed")
    panels = figure.subplots(1, len(maps), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (title, matrix) in zip(panels, maps.items(), strict=True):
        if not np.allclose(matrix @ a @ np.transpose(matrix), b):
            raise ValueError(f"{title!r} does not map a onto b: T a Tᵀ is not b.")
        cost = np.trace(a) + np.trace(b) - 2 * np.trace(matrix @ a)
        _draw_map(axes, a, matrix)
        axes.set_title(f"{title}\nmean squared way {cost:.2f}", fontsize=10)
    return figure


def _draw_map(axes, a, matrix):
    """Both ellipses, and arrows from points of the first to where they go."""
    values, vectors = np.linalg.eigh(a)
    circle = np.array([f(np.linspace(0, 2 * np.pi, 20 * NUM_ARROWS + 1)) for f in (np.cos, np.sin)])
    start = (vectors * np.sqrt(values)) @ vectors.T @ circle
    end = matrix @ start
    for points, colour, style in zip((start, end), plotting.COLOURS, ("-", "--"), strict=True):
        axes.plot(*points, style, color=colour)
    few = slice(None, -1, 20)
    way = (end - start)[:, few]
    axes.quiver(*start[:, few], *way, angles="xy", scale_units="xy", scale=1, width=0.008)
    axes.set(aspect="equal", xticks=[], yticks=[])
