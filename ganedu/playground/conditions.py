"""Asking for a class: what the best discriminator says, and what is between two classes.

Here live two known densities with labels, what an auxiliary classifier makes of one, generators
for classes in between with the sliders on them, and the picture of recorded heads. The heads
themselves live in `ganedu.models`. Taught in lesson 12.
"""

import keras
import numpy as np
from matplotlib.figure import Figure

from ganedu import plotting, training, widgets

PLACES = np.linspace(-6, 6, 241)  # of a line
SPACING = PLACES[1] - PLACES[0]
REAL_CENTRES, FAKE_CENTRES, FAKE_SPREAD = (-1.0, 1.0), (-1.6, 0.4), 0.8


def joint(centres, spread=1.0, shares=(0.5, 0.5)):
    """A density of places and labels: for each label a Gaussian, as high as its share.

    Args:
        centres: of each label, a list.
        spread: standard deviation of each.
        shares: of each label; they sum to 1.

    Returns:
        Array [labels, 241] over `PLACES`; its sum times `SPACING` is 1.

    Example:
        >>> round(float(joint([-1.0, 1.0]).sum() * SPACING), 6)
        1.0
    """
    distances = (PLACES - np.array(centres)[:, np.newaxis]) / spread
    heights = np.exp(-(distances**2) / 2)
    return heights * (np.array(shares) / (heights.sum(axis=1) * SPACING))[:, np.newaxis]


def posterior(density):
    """What a label is worth at each place: p(y|x) = p(x, y)/Σ p(x, ·).

    Args:
        density: array [labels, places].

    Returns:
        Array of that shape; each column sums to 1.

    Example:
        >>> posterior(np.array([[0.3, 0.0], [0.1, 0.2]])).round(2).tolist()
        [[0.75, 0.0], [0.25, 1.0]]
    """
    return density / density.sum(axis=0)


def narrowed(density, weight):
    """What a generator draws that also pays −weight · log p(y|x): p(x|y)·p(y|x)^weight.

    Of all q(·|y) it is the one with the least KL(q ‖ p(·|y)) + weight · E_q[−log p(y|x)], the
    price of an auxiliary classifier that knows the real data exactly.

    Args:
        density: array [labels, 241], p(x, y) over `PLACES`.
        weight: of the classifier, at least 0.

    Returns:
        Array of that shape; the share of each label stays.

    Example:
        >>> density = joint([-1.0, 1.0])
        >>> bool(np.allclose(narrowed(density, 0.0), density))
        True
    """
    tilted = density * posterior(density) ** weight
    shares = density.sum(axis=1, keepdims=True) / tilted.sum(axis=1, keepdims=True)
    return tilted * shares


def logits_panel(real, fake, trained):
    """Two densities with labels, and what a discriminator says of each place with each label.

    Args:
        real: array [labels, 241], p(x, y) over `PLACES`.
        fake: array of that shape, q(x, y).
        trained: array of that shape, logits of a trained discriminator.

    Returns:
        `Figure`: the densities on the left; the logits on the right, lines exact, dots trained.

    Example:
        >>> density = joint([-1.0, 1.0])
        >>> len(logits_panel(density, density, 0 * density).axes)
        2
    """
    figure = Figure(figsize=(8.6, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    for label, (p, q) in enumerate(zip(real, fake, strict=True)):
        colour, shown = plotting.COLOURS[label], p + q > 1e-3
        left.plot(PLACES, p, "-", color=colour, label=f"label {label}, real")
        left.plot(PLACES, q, "--", color=colour, label=f"label {label}, generated")
        right.plot(PLACES[shown], np.log(p / q)[shown], "-", color=colour, label=f"label {label}")
        dots = np.flatnonzero(shown)[::8]
        right.plot(PLACES[dots], trained[label][dots], "os"[label], color=colour, markersize=4)
    left.set(xlabel="place", ylabel="density")
    right.set(xlabel="place", ylabel="logit")
    for axes in (left, right):
        axes.legend(fontsize=8)
    return figure


def narrowed_panel(density, weights):
    """The classes of a density as classifiers of these weights leave them.

    Args:
        density: array [labels, 241] over `PLACES`.
        weights: list of numbers of at least 0.

    Returns:
        `Figure`: one panel for each weight, real dotted.

    Example:
        >>> len(narrowed_panel(joint([-1.0, 1.0]), [0, 1]).axes)
        2
    """
    figure = Figure(figsize=(8.6, 2.5), layout="constrained")
    for axes, weight in zip(
        figure.subplots(1, len(weights), sharey=True, squeeze=False)[0], weights, strict=True
    ):
        drawn = narrowed(density, weight)
        for label, (real, made) in enumerate(zip(density, drawn, strict=True)):
            colour = plotting.COLOURS[label]
            axes.plot(PLACES, real, ":", color="black", linewidth=1)
            axes.plot(PLACES, made, "-" if not label else "--", color=colour)
        axes.set_title(f"weight {weight:g}", fontsize=10)
    figure.supxlabel("place (dotted: real)", fontsize=9)
    return figure


def between(generator, first, last, shares):
    """The same generator for classes on the way from one class to another.

    Its class k has the vectors (1 − shareₖ)·e_first + shareₖ·e_last in each layer.

    Args:
        generator: `keras.Model` from [latents, labels] to images, labels through `Embedding`s.
        first: the class at share 0.
        last: the class at share 1.
        shares: array [n] in [0, 1].

    Returns:
        A `keras.Model` with n classes.

    Example:
        >>> from ganedu import models
        >>> way = between(models.conditional_generator(seed=0), 3, 8, np.linspace(0, 1, 5))
        >>> way([np.zeros((5, 64), "float32"), np.arange(5)]).shape
        TensorShape([5, 28, 28, 1])
    """
    shares = np.asarray(shares)[:, np.newaxis]

    def anew(layer):
        if isinstance(layer, keras.layers.Embedding):
            return keras.layers.Embedding(len(shares), layer.output_dim, name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    made = keras.models.clone_model(generator, clone_function=anew)
    for old, new in zip(generator.layers, made.layers, strict=True):
        weights = old.get_weights()
        if isinstance(old, keras.layers.Embedding):
            weights = [(1 - shares) * weights[0][first] + shares * weights[0][last]]
        new.set_weights(weights)
    return made


def class_explorer(generator, latent_dim, num_classes=10):
    """Sliders for the walk between two classes: which ones, in which style, how far along.

    Args:
        generator: `keras.Model` from [latents, labels] to images.
        latent_dim: length of a latent vector.
        num_classes: how many labels it knows.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> class_explorer(None, 64).children[0].description  # doctest: +SKIP
        'style'
    """

    def draw(style, first, last, share):
        latents = np.random.default_rng(style).standard_normal((1, latent_dim)).astype("float32")
        way = between(generator, first, last, [0.0, share, 1.0])
        labels = np.arange(3)
        images = training.generate_images(way, np.repeat(latents, 3, axis=0), conditions=labels)
        sentence = f"Style {style}: left class {first}, right {last}, in the middle {share:.0%}."
        plotting.show(plotting.image_grid(images, columns=3, inches=4.5), sentence)

    sliders = {
        "style": widgets.slider("style", 1, 0, 99),
        "first": widgets.slider("from", 3, 0, num_classes - 1),
        "last": widgets.slider("to", 8, 0, num_classes - 1),
        "share": widgets.slider("way", 0.5, 0.0, 1.0, 0.05),
    }
    return widgets.above_the_picture(sliders, draw)


def heads_chart(rows, floor, measures):
    """Runs of each head, one dot a seed, beside what real digits get.

    Args:
        rows: list of dictionaries with program and the measures.
        floor: dictionary with the measures of real digits.
        measures: dictionary from the name of a measure to its title.

    Returns:
        `Figure`: a panel for each measure, a row for each program; dashed: real digits.

    Example:
        >>> row = {"program": "projection", "agreement": 0.9}
        >>> len(heads_chart([row], {"agreement": 1.0}, {"agreement": "agreement"}).axes)
        1
    """
    programs = list(dict.fromkeys(row["program"] for row in rows))
    figure = Figure(figsize=(8.6, 0.8 + 0.4 * len(programs)), layout="constrained")
    panels = figure.subplots(1, len(measures), sharey=True, squeeze=False)[0]
    for axes, (name, title) in zip(panels, measures.items(), strict=True):
        for place, program in enumerate(programs):
            values = [row[name] for row in rows if row["program"] == program]
            axes.plot(values, [place] * len(values), "o", mfc="none", color=plotting.COLOURS[0])
        axes.axvline(floor[name], color="black", linestyle="--", linewidth=1)
        axes.set_title(title, fontsize=10)
    panels[0].set_yticks(range(len(programs)), programs)
    panels[0].invert_yaxis()
    return figure
