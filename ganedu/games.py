"""Toy games of two players, small enough to be drawn and solved by hand.

Here live the bilinear game and the Dirac-GAN as vector fields, and the three ways of playing
them: simultaneous steps, alternating steps, continuous time. A point of a game is (generator,
discriminator). NumPy only; games between networks are played by `ganedu.training`.
Taught in lesson 02.
"""

import numpy as np

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
