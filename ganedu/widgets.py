"""Thin shells that put a picture of `ganedu.plotting` under the learner's control.

Here live the live panel of a training run and the sliders of the lessons. A widget draws
nothing itself; the same picture also stands in the lesson without it.
Used in lessons 00 to 04 and 06 to 08.
"""

import functools
import os
import time

import ipywidgets
import keras
import numpy as np

from ganedu import convolutions, densities, games, losses, plotting, training


class LivePanel(keras.callbacks.Callback):
    """Losses, logits and samples of a running training, redrawn in place.

    Args:
        log: the run's `callbacks.Log`; put it before the panel.
        num_steps: at which step training will end, for the time left.
        every: steps from one drawing to the next.
        seed: integer of at least 0 from which the latents of the samples are drawn, once.
        num_images: samples shown.

    Example:
        >>> from ganedu import callbacks
        >>> LivePanel(callbacks.Log(every=50, batch_size=32), num_steps=2000).every
        100
    """

    def __init__(self, log, num_steps, every=100, seed=0, num_images=36):
        super().__init__()
        self.log, self.num_steps, self.every = log, num_steps, every
        self.seed, self.num_images = seed, num_images
        self.frames, self._replace = [], None

    def on_train_begin(self, logs=None):
        self._began, self._first_step = time.monotonic(), int(self.model.step)
        self._replace = None
        self.draw()

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) % self.every == 0:
            self.draw()

    def on_train_end(self, logs=None):
        if int(self.model.step) % self.every:
            self.draw()

    def draw(self):
        """Draw the panel as it stands now."""
        images = self.model.generate(self.num_images, self.seed)
        self.frames.append(images)
        step = int(self.model.step)
        figure = plotting.training_panel(
            self.log.rows, images, losses.at_zero(self.model.loss_pair), f"step {step:,}"
        )
        if self._replace is None:
            self._replace = plotting.show_live(figure, self._sentence(step))
        else:
            self._replace(figure, self._sentence(step))

    def _sentence(self, step):
        if not self.log.rows:
            return f"Step {step:,} of {self.num_steps:,}: the generator still draws noise."
        row = self.log.rows[-1]
        done, seconds = step - self._first_step, time.monotonic() - self._began
        left = (self.num_steps - step) * seconds / done if done else 0
        left = f", about {left:.0f} s left" if left else ""
        return (
            f"Step {step:,} of {self.num_steps:,}{left}: discriminator loss "
            f"{row['discriminator_loss']:.2f}, generator loss {row['generator_loss']:.2f}; dotted: "
            "their values while the discriminator cannot tell (all logits zero)."
        )


def latent_explorer(generator, latent_dim):
    """Sliders for the walk between two images: which ones, and how far along.

    Args:
        generator: `keras.Model` from latents to images.
        latent_dim: length of a latent vector.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> from ganedu import shipped  # doctest: +SKIP
        >>> latent_explorer(shipped.digit_generator(), latent_dim=64)  # doctest: +SKIP
    """

    def draw(start, end, share):
        latents = between(latent_dim, start, end, np.array([0.0, share, 1.0]))
        images = training.generate_images(generator, latents)
        sentence = f"Left latent {start}, right latent {end}, in the middle {share:.0%} of the way."
        plotting.show(plotting.image_grid(images, columns=3, inches=4.5), sentence)

    sliders = {
        "start": _slider("start", 1, 0, 99),
        "end": _slider("end", 2, 0, 99),
        "share": _slider("way", 0.5, 0.0, 1.0, 0.05),
    }
    return _above_the_picture(sliders, draw)


def between(latent_dim, start, end, shares):
    """Latents on the great circle from one latent to another.

    In many dimensions normal latents lie near a sphere; the straight line would cut through
    its inside, where the generator was never trained.

    Args:
        latent_dim: length of a latent vector, at least 2.
        start: integer of at least 0, the number of the first latent.
        end: the number of the last.
        shares: array [n] in [0, 1], how far along.

    Returns:
        float32 array [n, latent_dim].

    Example:
        >>> between(64, 1, 2, np.linspace(0, 1, 5)).shape
        (5, 64)

    Reference:
        White (2016), "Sampling Generative Networks", section 2.1.
    """
    from scipy.spatial import geometric_slerp

    first, last = (np.random.default_rng(n).standard_normal(latent_dim) for n in (start, end))
    lengths = np.linalg.norm(first), np.linalg.norm(last)
    directions = geometric_slerp(first / lengths[0], last / lengths[1], shares)
    radii = (1 - shares) * lengths[0] + shares * lengths[1]
    return np.float32(directions * radii[:, np.newaxis])


def moments_explorer(moments, points, extent):
    """A slider through the moments of a game in the plane.

    Args:
        moments: list of `plotting.Moment`.
        points: array [n, 2], real points.
        extent: half the side of the square that is shown.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> moment = plotting.Moment("start", np.zeros((5, 2)))
        >>> moments_explorer([moment], np.ones((3, 2)), extent=2.0)  # doctest: +SKIP
    """

    def draw(number):
        moment = moments[number - 1]
        figure = plotting.game_in_the_plane([moment], points, extent)
        plotting.show(figure, f"Moment {number} of {len(moments)}: {moment.title}.")

    return _above_the_picture({"number": _slider("moment", 1, 1, len(moments))}, draw)


def density_game():
    """Sliders for the means and widths of two Gaussians; D*, V and JSD beside them.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> density_game()  # doctest: +SKIP
    """

    def draw(**numbers):
        plotting.show(plotting.density_game(**numbers), density_game_sentence(**numbers))

    sliders = {
        "real_mean": _slider("real mean", -1.0, -5.0, 5.0, 0.1),
        "real_std": _slider("real width", 1.0, 0.3, 3.0, 0.1),
        "fake_mean": _slider("fake mean", 1.0, -5.0, 5.0, 0.1),
        "fake_std": _slider("fake width", 1.0, 0.3, 3.0, 0.1),
    }
    return _above_the_picture(sliders, draw)


def density_game_sentence(real_mean, real_std, fake_mean, fake_std):
    """The numbers that belong to `plotting.density_game`, as a sentence.

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
    p, q = densities.gaussian(x, real_mean, real_std), densities.gaussian(x, fake_mean, fake_std)
    apart = densities.js_divergence(p, q, dx)
    return (
        f"Real: mean {real_mean:.1f}, width {real_std:.1f}; fake: mean {fake_mean:.1f}, width "
        f"{fake_std:.1f}. V(D*) = {2 * apart - 2 * np.log(2):.4f}, JSD = {apart:.4f} of at most "
        f"{np.log(2):.4f}."
    )


def phase_portrait(num_steps=120):
    """Controls for the portrait of a game of two players: game, steps, step size, penalty.

    Args:
        num_steps: steps of the path that is drawn, at least 1.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> phase_portrait(num_steps=100)  # doctest: +SKIP
    """

    def draw(game, scheme, step_size, gamma):
        field = functools.partial(_GAMES[game], gamma=gamma)
        path = games.path(field, (1.0, 0.5), step_size, num_steps, scheme)
        figure = plotting.phase_portrait([field], [path], [f"{game}, {scheme}"])
        first, last = np.hypot(*path[0]), np.hypot(*path[-1])
        plotting.show(
            figure,
            f"{game}, {scheme}, step size {step_size:.2f}, γ = {gamma:.2f}: after {num_steps} "
            f"steps the distance to the equilibrium went from {first:.2f} to {last:.3g}.",
        )

    sliders = {
        "game": _buttons("game", _GAMES),
        "scheme": _buttons("scheme", games.SCHEMES),
        "step_size": _slider("step size", 0.2, 0.05, 2.5, 0.05),
        "gamma": _slider("γ", 0.0, 0.0, 3.0, 0.05),
    }
    return _above_the_picture(sliders, draw)


def convolution_explorer():
    """Controls for one axis of a convolution: size, kernel, stride, padding, which way.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> convolution_explorer()  # doctest: +SKIP
    """

    def draw(**sizes):
        figure = plotting.convolution_links(**sizes)
        plotting.show(figure, convolution_sentence(**sizes))

    kinds = [("convolution", False), ("transposed", True)]
    sliders = {
        "size": _slider("size", 7, 5, 9),
        "kernel": _slider("kernel", 3, 1, 5),
        "stride": _slider("stride", 1, 1, 3),
        "padding": _buttons("padding", convolutions.PADDINGS),
        "transposed": _buttons("kind", kinds),
    }
    return _above_the_picture(sliders, draw)


def convolution_sentence(size, kernel, stride, padding, transposed):
    """The numbers that belong to `plotting.convolution_links`, as a sentence.

    Args:
        size: length of the axis before, at least 1.
        kernel: length of the kernel, at least 1.
        stride: at least 1.
        padding: "valid" or "same".
        transposed: whether the convolution is a transposed one.

    Returns:
        Text.

    Raises:
        ValueError: as `convolutions.output_size`.

    Example:
        >>> convolution_sentence(7, 3, 2, "valid", transposed=True)
        'Transposed convolution, kernel 3, stride 2, padding valid: 7 → 15; 1 to 2 products ...'
    """
    counts = (convolutions.links(size, kernel, stride, padding, transposed) >= 0).sum(axis=1)
    kind = "Transposed convolution" if transposed else "Convolution"
    least, most = counts.min(), counts.max()
    products = f"{least} to {most}" if least < most else f"{least}"
    return (
        f"{kind}, kernel {kernel}, stride {stride}, padding {padding}: {size} → {len(counts)}; "
        f"{products} products in an output."
    )


_GAMES = {"Dirac-GAN": games.dirac_field, "bilinear game": games.bilinear_field}


def neighbourhoods(real, fake):
    """Sliders for k and for how far the last real point lies out: precision can be fooled.

    Args:
        real: array [n, 2]; the last point is moved to the right.
        fake: array [m, 2].

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(8, 2))
        >>> neighbourhoods(points, points + 1)  # doctest: +SKIP
    """

    def draw(k, far):
        moved = np.concatenate([real[:-1], [[far, 0.0]]])
        plotting.show(plotting.neighbourhoods(moved, fake, k), _counted(moved, fake, k))

    sliders = {"k": _slider("k", 1, 1, 4), "far": _slider("outlier at", 1.0, 0.0, 6.0, 0.25)}
    return _above_the_picture(sliders, draw)


def run_explorer(runs, floor=None):
    """A choice of recorded runs and a slider through the snapshots of one.

    Args:
        runs: dictionary from a name to a run as in `plotting.run_panel`.
        floor: Fréchet distance of as many real images.

    Returns:
        An `ipywidgets` box, to be displayed.

    Raises:
        ValueError: if there is no run.

    Example:
        >>> from ganedu import gallery
        >>> run_explorer({"healthy": gallery.recorded("healthy")})  # doctest: +SKIP
    """
    if not runs:
        raise ValueError("There is no run to explore; pass a dictionary from names to runs.")
    last = min(len(run.steps) for run in runs.values())

    def draw(name, number):
        figure = plotting.run_panel(runs[name], floor, at=number - 1)
        plotting.show(figure, run_sentence(name, runs[name], number))

    controls = {
        "name": _buttons("run", runs),
        "number": _slider("snapshot", 1, 1, last),
    }
    return _above_the_picture(controls, draw)


def run_sentence(name, run, number):
    """What the log of a run says at a snapshot, as a sentence.

    Args:
        name: of the run.
        run: a run as in `plotting.run_panel`.
        number: of the snapshot, counted from 1.

    Returns:
        Text.

    Example:
        >>> from ganedu import gallery
        >>> run_sentence("healthy", gallery.recorded("healthy"), 1)
        'healthy, snapshot 1 of 6, step 100: discriminator loss ...; Fréchet distance 2,310.'
    """
    step, measured = run.steps[number - 1], run.metrics[number - 1]
    row = min(run.log, key=lambda row: abs(row["step"] - step))
    return (
        f"{name}, snapshot {number} of {len(run.steps)}, step {step:,}: discriminator loss "
        f"{row['discriminator_loss']:.2f}, generator loss {row['generator_loss']:.2f}; Fréchet "
        f"distance {measured['frechet_distance']:,.0f}."
    )


def _above_the_picture(sliders, draw):
    """The sliders with the picture that they move; under nbgrader nobody moves them: no picture.

    nbclient, which nbgrader runs cells with, answers each output of a widget on the channel on
    which it waits for the end of the cell. It may miss that end, and wait until the time is up.
    """
    parts = [*sliders.values()]
    if not os.environ.get("NBGRADER_EXECUTION"):
        parts.append(ipywidgets.interactive_output(draw, sliders))
    return ipywidgets.VBox(parts)


def _buttons(description, options):
    """One button for each option; JupyterLab takes the arrow keys away from a list to open."""
    return ipywidgets.ToggleButtons(options=[*options], description=description)


def _slider(description, value, least, most, step=1):
    """A slider, of whole numbers if the step is one, that waits until the hand rests."""
    kind = ipywidgets.IntSlider if isinstance(step, int) else ipywidgets.FloatSlider
    return kind(
        value=value,
        min=least,
        max=most,
        step=step,
        description=description,
        continuous_update=False,
    )


def _counted(real, fake, k):
    """By hand: `metrics` is made for thousands of points and has a slow start."""
    radii = np.sort(np.linalg.norm(real[:, None] - real, axis=2), axis=1)[:, k]
    met = np.linalg.norm(fake[:, None] - real, axis=2) <= radii
    return (
        f"k = {k}, last real point at {real[-1, 0]:.2f}: precision {met.any(axis=1).mean():.2f}, "
        f"density {met.sum(axis=1).mean() / k:.2f}, coverage {met.any(axis=0).mean():.2f}."
    )
