"""Two known densities on a grid: their best discriminator and how far apart they are.

Here live the formulas that lesson 01 derives, for densities that can be written down, their
picture and its sliders. What compares *samples* of real and generated points lives in
`ganedu.metrics`.
Taught in lesson 01.
"""

import numpy as np
from matplotlib.figure import Figure

from ganedu import plotting, widgets


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


def density_game(real_mean, real_std, fake_mean, fake_std):
    """Two Gaussians, the best discriminator between them, and what it is worth.

    On the left the densities p and q and D* = p/(p + q); on the right the Jensen–Shannon
    divergence of two Gaussians of these widths over the distance of their means, with a dot at
    these two and the value V(D*) = 2·JSD − 2 log 2 in words.

    Args:
        real_mean: mean of the real points.
        real_std: their width, larger than 0; at most twenty times the other or its twentieth.
        fake_mean: mean of the generated points.
        fake_std: their width.

    Returns:
        `Figure`.

    Raises:
        ValueError: if a width is not larger than 0.

    Example:
        >>> len(density_game(-1.0, 0.7, 1.0, 1.4).axes)
        3

    Reference:
        Goodfellow et al. (2014), "Generative Adversarial Nets", proposition 1 and theorem 1.
    """
    distance = abs(fake_mean - real_mean)
    end = max(10.0, distance)
    wide = max(real_std, fake_std)
    x, dx = np.linspace(-6 * wide, end + 6 * wide, 1001, retstep=True)
    p = gaussian(x, 0, real_std)
    distances = np.append(np.linspace(0, end, 49), distance)
    apart = [js_divergence(p, gaussian(x, s, fake_std), dx) for s in distances]
    figure = Figure(figsize=(8.4, 3.7), layout="constrained")
    figure.set_layout_engine("none")  # places by hand: a layout engine draws twice, sliders wait
    boxes = ((0.07, 0.55, 0.44, 0.36), (0.07, 0.15, 0.44, 0.36), (0.61, 0.15, 0.37, 0.76))
    upper, lower, right = map(figure.add_axes, boxes)
    _draw_densities(upper, lower, (real_mean, real_std), (fake_mean, fake_std))
    _draw_divergence(right, distances[:-1], apart[:-1], (distance, apart[-1]))
    return figure


def density_explorer():
    """Sliders for the means and widths of two Gaussians; D*, V and JSD beside them.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> density_explorer()  # doctest: +SKIP
    """

    def draw(**numbers):
        plotting.show(density_game(**numbers), density_game_sentence(**numbers))

    sliders = {
        "real_mean": widgets.slider("real mean", -1.0, -5.0, 5.0, 0.1),
        "real_std": widgets.slider("real width", 1.0, 0.3, 3.0, 0.1),
        "fake_mean": widgets.slider("fake mean", 1.0, -5.0, 5.0, 0.1),
        "fake_std": widgets.slider("fake width", 1.0, 0.3, 3.0, 0.1),
    }
    return widgets.above_the_picture(sliders, draw)


def density_game_sentence(real_mean, real_std, fake_mean, fake_std):
    """The numbers that belong to `density_game`, as a sentence.

    Args:
        real_mean: mean of the real points.
        real_std: their width, larger than 0.
        fake_mean: mean of the generated points.
        fake_std: their width, larger than 0.

    Returns:
        Text.

    Raises:
        ValueError: if a width is not larger than 0.

    Example:
        >>> density_game_sentence(0.0, 1.0, 8.0, 1.0)
        'Real: mean 0.0, width 1.0; fake: mean 8.0, width 1.0. V(D*) = -0.0002, JSD = 0.6931 ...'
    """
    wide = 8 * max(real_std, fake_std)
    x, dx = np.linspace(
        min(real_mean, fake_mean) - wide, max(real_mean, fake_mean) + wide, 4001, retstep=True
    )
    p, q = gaussian(x, real_mean, real_std), gaussian(x, fake_mean, fake_std)
    apart = js_divergence(p, q, dx)
    return (
        f"Real: mean {real_mean:.1f}, width {real_std:.1f}; fake: mean {fake_mean:.1f}, width "
        f"{fake_std:.1f}. V(D*) = {2 * apart - 2 * np.log(2):.4f}, JSD = {apart:.4f} of at most "
        f"{np.log(2):.4f}."
    )


def _two_densities(p, q):
    p, q = np.asarray(p, np.float64), np.asarray(q, np.float64)
    if p.shape != q.shape:
        raise ValueError(f"p and q must be given at the same points; got {p.shape} and {q.shape}.")
    if (p < 0).any() or (q < 0).any():
        raise ValueError("A density is at least 0; got negative values. Are these logarithms?")
    return p, q


def _draw_densities(upper, lower, real, fake):
    """p and q above, D* = p/(p + q) below; each pair is (mean, width)."""
    low = min(-5.0, *(mean - 4 * std for mean, std in (real, fake)))
    high = max(5.0, *(mean + 4 * std for mean, std in (real, fake)))
    x = np.linspace(low, high, 401)
    p, q = gaussian(x, *real), gaussian(x, *fake)
    for values, colour, style, name in zip(
        (p, q), plotting.COLOURS, ("-", "--"), ("real p", "fake q")
    ):
        upper.plot(x, values, style, color=colour, label=name)
        upper.fill_between(x, values, color=colour, alpha=0.15, linewidth=0)
    upper.legend(fontsize=9, ncols=2, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1))
    upper.set(xlim=(low, high), ylim=(0, 1.05 * max(p.max(), q.max())), ylabel="density")
    upper.tick_params(labelbottom=False)
    lower.plot(x, optimal_discriminator(p, q), color="black")
    lower.axhline(0.5, **plotting.REFERENCE)
    lower.set(xlim=(low, high), ylim=(-0.04, 1.04), xlabel="x", ylabel="D* = p / (p + q)")
    for axes, ticks in ((upper, 3), (lower, 2)):
        axes.locator_params(axis="x", nbins=6, steps=(1, 2, 5, 10))
        axes.locator_params(axis="y", nbins=ticks)
        axes.spines[["top", "right"]].set_visible(False)


def _draw_divergence(axes, distances, apart, here):
    """The divergence over the distance of the means; here is (distance, divergence) now."""
    axes.plot(distances, apart, color="black")
    axes.plot(*here, "o", color="black", markersize=8)
    axes.axhline(np.log(2), **plotting.REFERENCE)
    axes.text(0, np.log(2) + 0.012, "log 2, the most there is", fontsize=9)
    value = 2 * here[1] - 2 * np.log(2)
    words = f"● now: JSD = {here[1]:.3f}\nV(D*) = 2 JSD − 2 log 2 = {value:.3f}".replace("-", "−")
    axes.text(0.97, 0.04, words, transform=axes.transAxes, fontsize=9, ha="right")
    axes.set(xlabel="distance of the means", ylabel="JSD of p and q", ylim=(0, 0.75))
    axes.locator_params(nbins=6, steps=(1, 2, 5, 10))
    axes.spines[["top", "right"]].set_visible(False)
