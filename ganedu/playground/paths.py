"""Noise and numbers on a line, where the two paths of lesson 18 can be computed exactly.

Here live numbers that lie around −1 and 1, their density on the way to noise, the mean velocity
there, pictures of both, and a slider over the number of steps. The paths themselves live in
`ganedu.rivals.paths`.
"""

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from ganedu import plotting, widgets

MODES, MODE_STD = (-1.0, 1.0), 0.2


def numbers(count, seed):
    """Numbers around −1 and around 1, each as often.

    Args:
        count: how many.
        seed: integer of at least 0.

    Returns:
        float32 array [count, 1].

    Example:
        >>> bool((np.abs(np.abs(numbers(1000, seed=0)) - 1) < 1).all())
        True
    """
    random = np.random.default_rng(seed)
    return np.float32(
        random.choice(MODES, (count, 1)) + MODE_STD * random.standard_normal((count, 1))
    )


def noised_density(path, points, time):
    """The density of a(t) x + b(t) ε, for x as `numbers` draws them: two Gaussians.

    Their means are a·(−1) and a·1, their variance a²s² + b².

    Args:
        path: a `rivals.paths.Path`.
        points: array [n].
        time: a number in [0, 1].

    Returns:
        float array [n].

    Example:
        >>> from ganedu.rivals import paths
        >>> float(noised_density(paths.STRAIGHT, np.zeros(1), 0.0)[0])  # noise alone: 1/√(2π)
        0.39...
    """
    means, std = _gaussians(path, time)
    return np.mean([stats.norm.pdf(points, mean, std) for mean in means], axis=0)


def mean_velocity(path, points, time):
    """The mean of dx_t/dt over all numbers and noises that meet in a point: what a network learns.

    Within a mode m the residual x_t − a m is shared: x is m + a s²/var of it, ε is b/var of it.
    Each mode counts as it is probable there.

    Args:
        path: a `rivals.paths.Path`.
        points: array [n].
        time: a number in [0, 1].

    Returns:
        float array [n].

    Example:
        >>> from ganedu.rivals import paths
        >>> mean_velocity(paths.STRAIGHT, np.array([0.5, -2.0]), 0.0)  # minus the noise
        array([-0.5,  2. ])

    Reference:
        Lipman, Chen, Ben-Hamu, Nickel, Le (2023), "Flow Matching for Generative Modeling".
    """
    (a, b), (a_slope, b_slope) = (_plain(part, time) for part in (path.weights, path.slopes))
    means, std = _gaussians(path, time)
    apart = np.asarray(points, float)[:, np.newaxis] - means
    chances = stats.norm.pdf(apart / std)
    chances = chances / chances.sum(axis=1, keepdims=True)
    numbers = np.array(MODES) + a * MODE_STD**2 / std**2 * apart
    noise = b / std**2 * apart
    return (chances * (a_slope * numbers + b_slope * noise)).sum(axis=1)


def densities_panel(path, samples):
    """Histograms of numbers on the way to noise, beside their density.

    Args:
        path: a `rivals.paths.Path`.
        samples: dictionary from a time to an array of numbers.

    Returns:
        `Figure`.

    Example:
        >>> from ganedu.rivals import paths
        >>> len(densities_panel(paths.ARC, {1.0: numbers(100, seed=0)}).axes)
        1
    """
    figure = Figure(figsize=(8.2, 2.2), layout="constrained")
    panels = figure.subplots(1, len(samples), sharey=True, squeeze=False)[0]
    grid = np.linspace(-3, 3, 241)
    for axes, (time, drawn) in zip(panels, samples.items(), strict=True):
        axes.hist(np.ravel(drawn), bins=60, range=(-3, 3), density=True, color="0.8")
        axes.plot(grid, noised_density(path, grid, time), color=plotting.COLOURS[0])
        axes.set_title(f"t = {time:g}", fontsize=10)
    panels[0].set_ylabel("density")
    return figure


def ways_panel(ways):
    """Ways from noise to numbers, over the time.

    Args:
        ways: dictionary from a title to an array [steps + 1, n], where each of n points is at
            times from 0 to 1, equally far apart.

    Returns:
        `Figure`.

    Example:
        >>> len(ways_panel({"nothing moves": np.zeros((3, 5))}).axes)
        1
    """
    figure = Figure(figsize=(8.2, 2.8), layout="constrained")
    panels = figure.subplots(1, len(ways), sharey=True, squeeze=False)[0]
    for axes, (title, places) in zip(panels, ways.items(), strict=True):
        times = np.linspace(0, 1, len(places))
        ends_above = places[-1] > 1e-6  # 0 but for rounding is neither
        axes.plot(times, places[:, ends_above], color=plotting.COLOURS[0], linewidth=0.8)
        axes.plot(times, places[:, ~ends_above], "--", color=plotting.COLOURS[1], linewidth=0.8)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("time t: noise at 0, numbers at 1")
    panels[0].set_ylabel("$x_t$")
    return figure


def walked(path, noise, num_steps, velocity=mean_velocity):
    """Where Euler's steps along a velocity lead, on the straight path.

    Args:
        path: a `rivals.paths.Path`.
        noise: array [n].
        num_steps: how many.
        velocity: function of (path, points, time) to an array [n].

    Returns:
        float array [num_steps + 1, n].

    Example:
        >>> from ganedu.rivals import paths
        >>> walked(paths.STRAIGHT, np.array([0.5]), 1).round(6).ravel().tolist()  # to the mean
        [0.5, 0.0]
    """
    places = [np.asarray(noise, float)]
    for number in range(num_steps):
        slope = velocity(path, places[-1], number / num_steps)
        places.append(places[-1] + slope / num_steps)
    return np.stack(places)


def steps_panel(path, num_steps, seed=0):
    """Where so many steps along the mean velocity lead: some ways, and the law of their ends.

    Args:
        path: a `rivals.paths.Path`.
        num_steps: how many, at least 1.
        seed: integer of at least 0 from which 2,000 noises are drawn; the ways of 40 are shown.

    Returns:
        `Figure`, and a sentence that says what it shows.

    Example:
        >>> from ganedu.rivals import paths
        >>> print(steps_panel(paths.STRAIGHT, 1)[1])
        1 step ends with standard deviation 0.00; the numbers have 1.02.
    """
    places = walked(path, np.random.default_rng(seed).standard_normal(2000), num_steps)
    many = f"{num_steps} step{'s' if num_steps > 1 else ''}"
    figure = ways_panel({many: places[:, :40], "": places[:, :0]})
    axes = figure.axes[1]
    grid = np.linspace(-3, 3, 241)
    counted = {"bins": 60, "range": (-3, 3), "density": True, "orientation": "horizontal"}
    axes.hist(places[-1], color="0.8", **counted)
    axes.plot(noised_density(path, grid, 1.0), grid, color=plotting.COLOURS[0])
    axes.set_title("where they end, and the numbers' density", fontsize=10)
    axes.set(xlabel="density", xlim=(0, 2), ylim=(-3, 3))
    own = np.sqrt(1 + MODE_STD**2)
    ends = "ends" if num_steps == 1 else "end"
    return figure, (
        f"{many} {ends} with standard deviation {places[-1].std():.2f}; the numbers have {own:.2f}."
    )


def step_explorer(path):
    """A slider over the number of steps from noise to numbers.

    Args:
        path: a `rivals.paths.Path`.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> from ganedu.rivals import paths
        >>> step_explorer(paths.STRAIGHT).children[0].description  # doctest: +SKIP
        'steps'
    """

    def draw(num_steps):
        plotting.show(*steps_panel(path, num_steps))

    return widgets.above_the_picture({"num_steps": widgets.slider("steps", 2, 1, 30)}, draw)


def _gaussians(path, time):
    """Means and the standard deviation of the two Gaussians at a time."""
    a, b = _plain(path.weights, time)
    return a * np.array(MODES), np.sqrt((a * MODE_STD) ** 2 + b**2)


def _plain(part, time):
    return [float(number) for number in part(np.asarray(time, float))]
