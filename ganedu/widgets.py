"""Thin shells that put a picture of `ganedu.plotting` under the learner's control.

Here live the live panel of a training run and the sliders of the lessons. A widget draws
nothing itself; the same picture also stands in the lesson without it.
Used in lessons 00 to 03 and 06.
"""

import functools
import time

import ipywidgets
import keras
import numpy as np

from ganedu import densities, games, losses, plotting, training


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
    return ipywidgets.VBox([*sliders.values(), ipywidgets.interactive_output(draw, sliders)])


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

    slider = _slider("moment", 1, 1, len(moments))
    return ipywidgets.VBox([slider, ipywidgets.interactive_output(draw, {"number": slider})])


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
    return ipywidgets.VBox([*sliders.values(), ipywidgets.interactive_output(draw, sliders)])


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
    return ipywidgets.VBox([*sliders.values(), ipywidgets.interactive_output(draw, sliders)])


_GAMES = {"Dirac-GAN": games.dirac_field, "bilinear game": games.bilinear_field}


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
