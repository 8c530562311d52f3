"""A matrix as what it does to a circle, and power iteration that finds its longest axis.

Here live a toy matrix of two singular values, the picture of power iteration on it and its
sliders. Spectral normalisation of layers lives in `ganedu.layers`.
Taught in lesson 10.
"""

import numpy as np
from matplotlib.figure import Figure

from ganedu import plotting, widgets

TURNS = 0.5, 0.9  # of the matrix, before and after it stretches, in radians
START = np.pi / 2 - 0.1  # of u, from the axis that is looked for: a bad one


def stretching(ratio, longest=1.5):
    """A matrix [2, 2] with the singular values `longest` and ratio · longest.

    Args:
        ratio: second singular value over the first, in [0, 1].
        longest: the first.

    Returns:
        Array [2, 2].

    Raises:
        ValueError: if `ratio` is not in [0, 1].

    Example:
        >>> np.linalg.svd(stretching(0.5))[1].round(6).tolist()
        [1.5, 0.75]
    """
    if not 0 <= ratio <= 1:
        raise ValueError(f"ratio must be from 0 to 1; got {ratio!r}.")
    before, after = (np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) for t in TURNS)
    return after @ np.diag([longest, ratio * longest]) @ before.T


def iterates(matrix, num_steps):
    """What power iteration on a matrix of two columns passes through, from a bad start.

    Args:
        matrix: array [n, 2].
        num_steps: at least 0.

    Returns:
        Array [num_steps + 1, 2] of unit vectors u; the first is the start.

    Example:
        >>> iterates(stretching(0.5), 3).shape
        (4, 2)
    """
    first, second = np.linalg.svd(matrix)[2]
    passed = [np.cos(START) * first + np.sin(START) * second]
    for _ in range(num_steps):
        u = matrix.T @ (matrix @ passed[-1])
        passed.append(u / np.linalg.norm(u))
    return np.array(passed)


def power_iteration(ratio, num_steps):
    """The circle, the ellipse that a matrix makes of it, and where power iteration has got to.

    Args:
        ratio: second singular value over the first, in [0, 1].
        num_steps: how many steps, at least 0.

    Returns:
        `Figure`: u on the circle at the left, Wu on the ellipse at the right.

    Example:
        >>> len(power_iteration(0.8, 4).axes)
        2
    """
    matrix, angles = stretching(ratio), np.linspace(0, 2 * np.pi, 200)
    circle, passed = np.array([np.cos(angles), np.sin(angles)]), iterates(matrix, num_steps)
    figure = Figure(figsize=(7.2, 3.6), layout="compressed")
    titles = "u, length 1", "Wu, length at most σ"
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, title, linear in zip(panels, titles, (np.eye(2), matrix), strict=True):
        axes.plot(*(linear @ circle), color=plotting.COLOURS[0], linewidth=1)
        longest = linear @ np.linalg.svd(matrix)[2][0]
        axes.plot(*np.transpose([-longest, longest]), **plotting.REFERENCE)
        for u, strength in zip(passed, np.linspace(0.25, 1, len(passed)), strict=True):
            ray = np.transpose([[0, 0], linear @ u])
            axes.plot(*ray, color=plotting.COLOURS[1], alpha=strength)
        axes.plot(*(linear @ passed[-1]), "s", color=plotting.COLOURS[1], markersize=7)
        axes.set(aspect="equal", title=title, xticks=[], yticks=[])
    return figure


def spectrum_explorer():
    """Sliders for the ratio of the singular values and the number of steps.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> spectrum_explorer()  # doctest: +SKIP
    """

    def draw(ratio, steps):
        plotting.show(power_iteration(ratio, steps), found(ratio, steps))

    sliders = {
        "ratio": widgets.slider("σ₂ / σ₁", 0.8, 0.0, 1.0, 0.05),
        "steps": widgets.slider("steps", 2, 0, 20),
    }
    return widgets.above_the_picture(sliders, draw)


def found(ratio, num_steps):
    """The sentence that reads the picture.

    Args:
        ratio: second singular value over the first, in [0, 1].
        num_steps: how many steps, at least 0.

    Returns:
        A sentence.

    Example:
        >>> found(1.0, 3).split(":")[0]
        'σ₂/σ₁ = 1.00, steps 3'
    """
    matrix = stretching(ratio)
    u, axis = iterates(matrix, num_steps)[-1], np.linalg.svd(matrix)[2][0]
    angle = np.degrees(np.arccos(min(1.0, abs(u @ axis))))
    share = np.linalg.norm(matrix @ u) / np.linalg.norm(matrix, 2)
    return (
        f"σ₂/σ₁ = {ratio:.2f}, steps {num_steps}: u is {angle:.1f}° from the axis, and ‖Wu‖ is "
        f"{share:.1%} of σ."
    )
