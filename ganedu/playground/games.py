"""Toy games of two players, small enough to be drawn and solved by hand.

Here live the bilinear game and the Dirac-GAN as vector fields, and the three ways of playing
them: simultaneous steps, alternating steps, continuous time. A point of a game is (generator,
discriminator). Beside them stand the phase portrait and its controls; games between networks are
played by `ganedu.training`.
Taught in lesson 02.
"""

import functools

import numpy as np
from matplotlib.figure import Figure

from ganedu import plotting, widgets

SCHEMES = ("simultaneous", "alternating", "continuous")


def bilinear_field(point, gamma=0.0):
    """Where the players of min_x max_y xy − γ/2·y² push: (−y, x − γy).

    Args:
        point: array [2, ...], x (the minimiser) and y (the maximiser).
        gamma: price on y, at least 0; 0 is the bilinear game itself.

    Returns:
        Array of the shape of `point`, the velocity of each player.

    Example:
        >>> bilinear_field(np.array([3.0, 1.0])).tolist()
        [-1.0, 3.0]

    Reference:
        Gidel et al. (2019), "A Variational Inequality Perspective on Generative Adversarial
        Networks".
    """
    x, y = point
    return np.array([-y, x - gamma * y])


def dirac_field(point, gamma=0.0):
    """Where the players of the Dirac-GAN push: (ψ·σ(ψθ), −θ·σ(ψθ) − γψ).

    All data lie at 0, the generator puts all its samples at θ, and the discriminator's logit at
    x is ψ·x. The game is V = −softplus(0) − softplus(ψθ), which θ lowers and ψ raises; ψ also
    pays the R1 penalty γ/2·ψ².

    Args:
        point: array [2, ...], θ (generator) and ψ (discriminator).
        gamma: weight of the penalty, at least 0.

    Returns:
        Array of the shape of `point`, the velocity of each player.

    Example:
        >>> dirac_field(np.array([2.0, 0.0])).tolist()
        [0.0, -1.0]

    Reference:
        Mescheder, Geiger, Nowozin (2018), "Which Training Methods for GANs do actually
        Converge?", sections 2 and 4.
    """
    theta, psi = point
    believed = 0.5 * (1 + np.tanh(psi * theta / 2))  # σ(ψθ), for any size of ψθ
    return np.array([psi * believed, -theta * believed - gamma * psi])


def path(field, start, step_size, num_steps, scheme):
    """Where a game goes, step by step.

    simultaneous: both players move by step_size · field at the same point. alternating: the
    discriminator moves first, then the generator, which already sees that move. continuous: the
    solution of d(point)/dt = field, at the times 0, step_size, 2·step_size, …

    Args:
        field: function from a point [2] to the velocities [2].
        start: point (generator, discriminator).
        step_size: number above 0.
        num_steps: how many steps, at least 1.
        scheme: one of `SCHEMES`.

    Returns:
        Array [num_steps + 1, 2]; the first row is the start.

    Raises:
        ValueError: if there is no such scheme, or a number is out of range.

    Example:
        >>> path(bilinear_field, (1.0, 0.0), 0.5, 1, "simultaneous").tolist()
        [[1.0, 0.0], [1.0, 0.5]]
        >>> path(bilinear_field, (1.0, 0.0), 0.5, 1, "alternating").tolist()
        [[1.0, 0.0], [0.75, 0.5]]
    """
    if scheme not in SCHEMES:
        raise ValueError(f"There is no scheme {scheme!r}. Choose one of: {', '.join(SCHEMES)}.")
    if not step_size > 0 or num_steps < 1:
        raise ValueError(
            "step_size must be above 0 and num_steps at least 1; "
            f"got step_size {step_size!r} and num_steps {num_steps!r}."
        )
    if scheme == "continuous":
        return _flow(field, start, step_size * np.arange(num_steps + 1))
    move = _both_at_once if scheme == "simultaneous" else _one_after_the_other
    points = [np.asarray(start, float)]
    for _ in range(num_steps):
        points.append(move(field, points[-1], step_size))
    return np.array(points)


def jacobian(field, point, width=1e-5):
    """How a field changes around a point, by central differences.

    Args:
        field: function from a point [2] to the velocities [2].
        point: array [2].
        width: distance to each side, above 0.

    Returns:
        Array [2, 2]; row i and column j hold the derivative of velocity i along coordinate j.

    Example:
        >>> np.round(jacobian(lambda p: dirac_field(p, gamma=2.0), (0.0, 0.0)), 6).tolist()
        [[0.0, 0.5], [-0.5, -2.0]]
    """
    point = np.asarray(point, float)
    sides = width * np.eye(2)
    columns = [(field(point + side) - field(point - side)) / (2 * width) for side in sides]
    return np.stack(columns, axis=1)


def phase_portrait(fields, paths, titles, names=("generator", "discriminator"), limit=2.0):
    """Where a game of two players pushes, and where it went, in one panel each.

    Args:
        fields: list of functions from points [2, ...] to velocities of that shape; of each only
            the direction is drawn.
        paths: list of arrays [steps + 1, 2], one per field; the first row is the start.
        titles: list of lines above the panels.
        names: of the two axes.
        limit: the panels show −limit to limit.

    Returns:
        `Figure`.

    Raises:
        ValueError: if the lists differ in length.

    Example:
        >>> turn = lambda point: np.array([-point[1], point[0]])
        >>> len(phase_portrait([turn], [np.array([[1.0, 0.0], [1.0, 0.1]])], ["one step"]).axes)
        1
    """
    if not len(fields) == len(paths) == len(titles):
        raise ValueError(
            "Each panel needs a field, a path and a title; "
            f"got {len(fields)}, {len(paths)} and {len(titles)}."
        )
    width = max(3.6, 2.5 * len(paths))  # a single one is larger
    figure = Figure(figsize=(width, width / len(paths) + 0.45), layout="constrained")
    panels = figure.subplots(1, len(paths), sharey=True, squeeze=False)[0]
    for axes, field, path, title in zip(panels, fields, paths, titles, strict=True):
        _draw_arrows(axes, field, limit)
        _draw_path(axes, path)
        axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xlabel=names[0])
        axes.set_title(title, fontsize=10)
    panels[0].set_ylabel(names[1])
    return figure


def phase_explorer(num_steps=120):
    """Controls for the portrait of a game of two players: game, steps, step size, penalty.

    Args:
        num_steps: steps of the path that is drawn, at least 1.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> phase_explorer(num_steps=100)  # doctest: +SKIP
    """

    def draw(game, scheme, step_size, gamma):
        field = functools.partial(_GAMES[game], gamma=gamma)
        walked = path(field, (1.0, 0.5), step_size, num_steps, scheme)
        figure = phase_portrait([field], [walked], [f"{game}, {scheme}"])
        first, last = np.hypot(*walked[0]), np.hypot(*walked[-1])
        plotting.show(
            figure,
            f"{game}, {scheme}, step size {step_size:.2f}, γ = {gamma:.2f}: after {num_steps} "
            f"steps the distance to the equilibrium went from {first:.2f} to {last:.3g}.",
        )

    sliders = {
        "game": widgets.buttons("game", _GAMES),
        "scheme": widgets.buttons("scheme", SCHEMES),
        "step_size": widgets.slider("step size", 0.2, 0.05, 2.5, 0.05),
        "gamma": widgets.slider("γ", 0.0, 0.0, 3.0, 0.05),
    }
    return widgets.above_the_picture(sliders, draw)


_GAMES = {"Dirac-GAN": dirac_field, "bilinear game": bilinear_field}


def _both_at_once(field, point, step_size):
    return point + step_size * field(point)


def _one_after_the_other(field, point, step_size):
    discriminator = point[1] + step_size * field(point)[1]
    generator = point[0] + step_size * field(np.array([point[0], discriminator]))[0]
    return np.array([generator, discriminator])


def _flow(field, start, times):
    from scipy.integrate import solve_ivp

    span = times[[0, -1]]
    solved = solve_ivp(lambda t, p: field(p), span, start, "DOP853", times, rtol=1e-9, atol=1e-9)
    return solved.y.T


def _draw_arrows(axes, field, limit):
    """Unit arrows along a field on a grid of 11 × 11 points."""
    at = np.stack(np.meshgrid(*2 * [np.linspace(-0.9 * limit, 0.9 * limit, 11)]))
    velocity = field(at)
    lengths = np.hypot(*velocity)
    directions = np.divide(velocity, lengths, out=np.zeros_like(velocity), where=lengths > 0)
    axes.quiver(*at, *directions, color="#aaaaaa", pivot="middle", scale=16, width=0.006)


def _draw_path(axes, path):
    """A path with its start (ring), its end (square) and the equilibrium (cross)."""
    axes.plot(*path.T, "-", color=plotting.COLOURS[0], linewidth=1, marker=".", markersize=3)
    axes.plot(
        *path[0], "o", color=plotting.COLOURS[1], markersize=8, fillstyle="none", markeredgewidth=2
    )
    axes.plot(*path[-1], "s", color=plotting.COLOURS[1], markersize=6)
    axes.plot(0, 0, "+", color="black", markersize=9)
