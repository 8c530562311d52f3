"""Two known densities on a grid: their best discriminator and how far apart they are.

Here live the formulas that lesson 01 derives, for densities that can be written down. What
compares *samples* of real and generated points lives in `ganedu.metrics`.
Taught in lesson 01.
"""

import numpy as np


def gaussian(x, mean, std):
    """The density of a normal distribution, exp(−½((x − mean)/std)²) / (std·√(2π)).

    Args:
        x: array of any shape.
        mean: where the density is largest.
        std: width, larger than 0.

    Returns:
        float array shaped like x.

    Raises:
        ValueError: if std is not larger than 0.

    Example:
        >>> round(float(gaussian(0.0, 0.0, 1.0)), 4)
        0.3989
    """
    if not std > 0:
        raise ValueError(f"std must be larger than 0, for example 1.0; got {std!r}.")
    return np.exp(-0.5 * ((np.asarray(x) - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))


def optimal_discriminator(p, q):
    """The probability of real that maximises the value function, p/(p + q).

    Args:
        p: array, density of real points, at least 0.
        q: array of that shape, density of generated points, at least 0.

    Returns:
        float array of that shape, in [0, 1]; NaN where both densities are 0, because there the
        value function does not depend on the discriminator.

    Raises:
        ValueError: if the shapes differ or a density is negative.

    Example:
        >>> optimal_discriminator([3.0, 1.0, 0.0], [1.0, 1.0, 2.0]).tolist()
        [0.75, 0.5, 0.0]

    Reference:
        Goodfellow et al. (2014), "Generative Adversarial Nets", proposition 1.
    """
    p, q = _two_densities(p, q)
    return np.divide(p, p + q, out=np.full(p.shape, np.nan), where=p + q > 0)


def js_divergence(p, q, dx):
    """The Jensen–Shannon divergence, ½·KL(p‖m) + ½·KL(q‖m) with m = (p + q)/2, in nats.

    Args:
        p: array [n], a density on an even grid, at least 0; where it is 0, 0·log 0 counts as 0.
        q: array [n], another one on the same grid.
        dx: distance of two neighbouring grid points, larger than 0.

    Returns:
        float in [0, log 2], up to the error of the sum that stands for the integral.

    Raises:
        ValueError: if the shapes differ, a density is negative or dx is not larger than 0.

    Example:
        >>> round(js_divergence([1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0], 0.5), 4)  # log 2
        0.6931

    Reference:
        Lin (1991), "Divergence measures based on the Shannon entropy"; Goodfellow et al. (2014),
        "Generative Adversarial Nets", theorem 1.
    """
    p, q = _two_densities(p, q)
    if not dx > 0:
        raise ValueError(f"dx must be larger than 0, the spacing of the grid; got {dx!r}.")
    # p/m = 2·p/(p + q); half of the smallest float would round to a mixture of 0
    shares = [np.divide(r, p + q, out=np.ones(p.shape), where=r > 0) for r in (p, q)]
    return float(np.sum(p * np.log(2 * shares[0]) + q * np.log(2 * shares[1])) * dx / 2)


def _two_densities(p, q):
    p, q = np.asarray(p, np.float64), np.asarray(q, np.float64)
    if p.shape != q.shape:
        raise ValueError(f"p and q must be given at the same points; got {p.shape} and {q.shape}.")
    if (p < 0).any() or (q < 0).any():
        raise ValueError("A density is at least 0; got negative values. Are these logarithms?")
    return p, q
