"""Holes in digits: the masks of lesson 15, a plane in which the posterior is known, and pictures.

Here live the masks, a generator of two coordinates whose posterior is an integral over one number,
the curve of what was said beside what came, the table of the recording, and the hole that sliders
move.
"""

import statistics

import keras
import numpy as np
from matplotlib.figure import Figure

from ganedu import completion, features, plotting, widgets

SIDE = 28  # pixels of a digit
STEEP, FLAT, WIDTH = 6.0, 0.7, 0.25  # of the tick's two arms, and how wide it is
PLACES = np.linspace(-1.5, 3.0, 451)  # of the missing coordinate


def rectangle(top, left, height, width):
    """A mask with a rectangular hole.

    Args:
        top: first row of the hole, 0 to 27.
        left: its first column, 0 to 27.
        height: rows of the hole, at least 1; what lies below the image is cut off.
        width: its columns, at least 1; what lies beside the image is cut off.

    Returns:
        bool array [28, 28], True where a pixel is missing.

    Example:
        >>> int(rectangle(20, 10, height=10, width=5).sum())
        40
    """
    mask = np.zeros((SIDE, SIDE), bool)
    mask[top : top + height, left : left + width] = True
    return mask


def scattered(share, seed=0):
    """A mask of single pixels.

    Args:
        share: of the pixels that are missing, in [0, 1].
        seed: integer of at least 0.

    Returns:
        bool array [28, 28], True where a pixel is missing.

    Example:
        >>> int(scattered(0.75).sum())
        588
    """
    order = np.random.default_rng(seed).permutation(SIDE * SIDE).reshape(SIDE, SIDE)
    return order < round(share * SIDE * SIDE)


MASKS = {
    "lower half": rectangle(14, 0, 14, 28),
    "centre": rectangle(7, 7, 14, 14),
    "scattered": scattered(0.75),
    "right half": rectangle(0, 14, 28, 14),
}
IN_TRAINING = ("lower half", "centre", "scattered")  # the last one comes as a surprise


def tick():
    """A generator of points of the plane, as images of two pixels, that lie along a tick mark.

    With z₁, z₂ standard normal, the first coordinate is max(−6 z₁, 0.7 z₁), the second
    z₁ + ¼ z₂: a steep arm and a flat one.

    Returns:
        A `keras.Model` from latents [batch, 2] to [batch, 1, 2, 1].

    Example:
        >>> tick()(np.array([[-0.5, 1.0]])).numpy().ravel().tolist()
        [3.0, -0.25]
    """
    latents = keras.Input((2,))
    along, across = latents[:, :1], latents[:, 1:]
    first = keras.ops.maximum(-STEEP * along, FLAT * along)
    both = keras.ops.concatenate([first, along + WIDTH * across], axis=1)
    return keras.Model(latents, keras.layers.Reshape((1, 2, 1))(both))


def tick_posterior(known, sigma):
    """Density of the tick's second coordinate where the first was seen with normal noise.

    p(x₂ | x₁) ∝ ∫ exp(−z²/2 − (h(z) − x₁)²/2σ²) exp(−(x₂ − z)²/2·¼²) dz, with h the first
    coordinate along the tick; summed over 16,001 places of z.

    Args:
        known: the first coordinate.
        sigma: standard deviation of the noise.

    Returns:
        array [451] over `PLACES`, with integral 1.

    Example:
        >>> density = tick_posterior(0.9, 0.1)
        >>> print(f"{density[PLACES > 0.5].sum() * (PLACES[1] - PLACES[0]):.1f}")
        0.8
    """
    along = np.linspace(-6, 6, 16_001)
    first = np.maximum(-STEEP * along, FLAT * along)
    told = np.exp(-(along**2) / 2 - (first - known) ** 2 / (2 * sigma**2))
    heights = np.exp(-((PLACES[:, np.newaxis] - along) ** 2) / (2 * WIDTH**2)) @ told
    return heights / (heights.sum() * (PLACES[1] - PLACES[0]))


def posterior_panel(points, known, density, drawn):
    """The tick with the known coordinate, and the missing one: exact, and as it was drawn.

    Args:
        points: array [n, 2] of the generator.
        known: the first coordinate.
        density: array [451] over `PLACES`.
        drawn: dictionary from a name to the second coordinates that were found.

    Returns:
        `Figure`: left the plane, then a panel for each name.

    Example:
        >>> density = tick_posterior(0.9, 0.1)
        >>> len(posterior_panel(np.zeros((3, 2)), 0.9, density, {"drawn": [0.1, 1.2]}).axes)
        2
    """
    figure = Figure(figsize=(8.6, 2.6), layout="constrained")
    plane, *panels = figure.subplots(1, 1 + len(drawn))
    plane.plot(*points.T, ".", markersize=2, color="#888888")
    plane.axvline(known, color=plotting.COLOURS[1], linestyle="--")
    plane.set(xlabel="known coordinate", ylabel="missing coordinate", xlim=(-0.5, 4))
    plane.set_title("points of the generator", fontsize=10)
    for axes, (name, values) in zip(panels, drawn.items(), strict=True):
        axes.hist(values, bins=PLACES[::15], density=True, color="#cccccc")
        axes.plot(PLACES, density, color=plotting.COLOURS[0])
        axes.set(xlabel="missing coordinate", yticks=[])
        axes.set_title(name, fontsize=10)
    return figure


def reliability(lists):
    """How often a class comes against the share with which it is said.

    Args:
        lists: dictionary from a name to a `metrics.Calibration`, two at most.

    Returns:
        `Figure`: on the dotted line as much comes as is said; the larger a mark, the more
        statements it stands for.

    Example:
        >>> from ganedu import metrics
        >>> told = metrics.calibration([0.25, 0.25, 0.75], [False, True, True])
        >>> len(reliability({"weighted": told}).axes)
        1
    """
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], **plotting.REFERENCE)
    for (name, one), colour, mark in zip(lists.items(), plotting.COLOURS, "os", strict=False):
        used = one.counts > 0
        sizes = 12 + 300 * one.counts[used] / one.counts.sum()
        looks = {"color": colour, "linestyle": "-" if mark == "o" else "--"}
        axes.plot(one.stated[used], one.came[used], **looks, linewidth=1)
        words = f"{name}: error {one.error:.3f}"
        looks = {"marker": mark, "label": words}
        axes.scatter(one.stated[used], one.came[used], sizes, colour, **looks)
    axes.set(xlabel="share of the completions that are of a class", xlim=(0, 1.03))
    axes.set(ylabel="share of the cases in which it is the true one", ylim=(-0.03, 1.03))
    axes.legend(fontsize=9)
    return figure


def medians(rows, mask, measures):
    """What each method of the recording reached with one mask: the median of its seeds.

    Args:
        rows: list of dictionaries with method and masks, as `tests/benchmarks/completion.py`
            records them.
        mask: one of `MASKS`.
        measures: names of what was measured.

    Returns:
        Dictionary from the method to a dictionary of numbers; a measure that it lacks is None.

    Example:
        >>> rows = [{"method": "nearest", "masks": {"centre": {"share": s}}} for s in (0.5, 0.7)]
        >>> medians(rows, "centre", ["share", "entropy"])
        {'nearest': {'share': 0.6, 'entropy': None}}
    """
    found = {}
    for method in dict.fromkeys(row["method"] for row in rows):
        runs = [row["masks"][mask] for row in rows if row["method"] == method]
        there = {name: [run[name] for run in runs if name in run] for name in measures}
        found[method] = {
            name: round(statistics.median(values), 4) if values else None
            for name, values in there.items()
        }
    return found


def hole_explorer(digits, bank):
    """Sliders for a rectangular hole, with sixteen completions beside it.

    Args:
        digits: `data.Images`, of which the first hundred can be chosen.
        bank: `completion.Bank`.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> hole_explorer(None, None).children[0].description  # doctest: +SKIP
        'digit'
    """

    def draw(digit, top, left, height, width):
        mask = rectangle(top, left, height, width)
        plotting.show(*filled(digits.images[digit], digits.labels[digit], mask, bank))

    sliders = {
        "digit": widgets.slider("digit", 4, 0, min(99, len(digits.images) - 1)),
        "top": widgets.slider("from row", 14, 0, SIDE - 1),
        "left": widgets.slider("from column", 0, 0, SIDE - 1),
        "height": widgets.slider("rows", 14, 1, SIDE),
        "width": widgets.slider("columns", SIDE, 1, SIDE),
    }
    return widgets.above_the_picture(sliders, draw)


def filled(image, label, mask, bank):
    """A digit with a hole, sixteen completions, and the sentence that counts them.

    Args:
        image: float array [28, 28, 1] in [−1, 1].
        label: its class.
        mask: bool array [28, 28], True where a pixel is missing.
        bank: `completion.Bank`.

    Returns:
        `Figure`, and a sentence.

    Example:
        >>> from ganedu import data, shipped
        >>> digits, bank = data.load("digits"), completion.make_bank(shipped.digit_generator(), 99)
        >>> filled(digits.images[0], digits.labels[0], rectangle(14, 0, 14, 28), bank)[1]
        'Missing: 392 of 784 pixels of a 0. The sixteen say: ...'
    """
    if mask.all():
        return plotting.image_grid(image[np.newaxis] * 0, inches=1), "Nothing is known."
    found = completion.weighted(image[np.newaxis], mask, bank).images[0]
    classes = features.digit_probabilities(found).argmax(axis=1)
    counts = np.bincount(classes, minlength=10)
    order = [digit for digit in np.argsort(-counts) if counts[digit]]
    said = ", ".join(f"{digit} ({counts[digit]})" for digit in order)
    hole = completion.with_holes(image[np.newaxis], mask)
    whole = image[np.newaxis]  # below the hole, what was there
    grid = np.concatenate([hole, found[:8], whole, found[8:]])
    sentence = f"Missing: {mask.sum()} of 784 pixels of a {label}. The sixteen say: {said}."
    return plotting.image_grid(grid, columns=9, inches=8), sentence
