"""Ways through latent space, and the images along them.

Here live the way from the latent of one seed to that of another, the picture of such walks and the
sliders on one. The great circle lives in `ganedu.walks`, what a generator makes of latents in
`ganedu.training`.
Taught in lessons 00 and 06.
"""

import numpy as np

from ganedu import plotting, training, walks, widgets


def latent_walk(images, columns, title=None):
    """One row per walk through latent space, each from its start on the left to its end.

    Args:
        images: float array [walks·columns, height, width, 1 or 3] in [−1, 1].
        columns: steps of a walk.
        title: line above the picture.

    Returns:
        `Figure`.

    Example:
        >>> len(latent_walk(np.zeros((10, 28, 28, 1)), columns=5).axes)
        1
    """
    return plotting.image_grid(images, columns, title, inches=0.75 * columns)


def between(latent_dim, start, end, shares):
    """Latents on the great circle from the latent of one seed to that of another.

    Args:
        latent_dim: length of a latent vector, at least 2.
        start: integer of at least 0, the seed of the first latent.
        end: the seed of the last.
        shares: array [n] in [0, 1], how far along.

    Returns:
        float32 array [n, latent_dim].

    Example:
        >>> between(64, 1, 2, np.linspace(0, 1, 5)).shape
        (5, 64)
    """
    first, last = (np.random.default_rng(n).standard_normal(latent_dim) for n in (start, end))
    return walks.great_circle(first, last, shares)


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
        "start": widgets.slider("start", 1, 0, 99),
        "end": widgets.slider("end", 2, 0, 99),
        "share": widgets.slider("way", 0.5, 0.0, 1.0, 0.05),
    }
    return widgets.above_the_picture(sliders, draw)
