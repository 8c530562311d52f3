"""Two sets without pairs: what a cycle promises, the table of classes, the message that hides.

Here live the toy of two sets in which every pair of maps can be counted, the table of which digit
became which, the distance of two pens, the disturbances of a translation, digits moved and scaled
as MNIST was made, and the pictures of them. The training lives in `ganedu.translation`. Taught in
lesson 14.
"""

import itertools
from typing import NamedTuple

import numpy as np
import scipy.ndimage
import scipy.optimize
import tensorflow as tf
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ganedu import data, metrics, plotting, seeding, training

SIDE, BOX, FRAME = 28, 20, 4  # pixels: of a digit, of MNIST's square, around the embedded digits
PATCH, EVERY = 5, 3  # pixels: side of a patch in which a pen is seen, and from one to the next
LEVELS, BLUR, NOISE = 16, 0.7, 0.1  # grey values; pixels; of the range from −1 to 1


class MapLoss(NamedTuple):
    """What a pair of maps between two sets of classes costs.

    Attributes:
        first: distance of the set that comes back from y to x, ½ Σ |shares − shares|.
        second: the same of the set that x becomes, in y.
        cycle: share of x, and of y, that does not come back to itself, added.
    """

    first: float
    second: float
    cycle: float

    @property
    def total(self):
        """All of them added."""
        return self.first + self.second + self.cycle


def map_loss(there, back, x_shares, y_shares):
    """The whole loss of two translators, in a world where an image is nothing but its class.

    The best discriminator sees the shares of the classes, the cycle whether a class comes back.
    Which class became which, nothing sees.

    Args:
        there: integers [k], the class of y that each class of x becomes.
        back: integers [k], the reverse.
        x_shares: array [k], how frequent each class of x is; they sum to 1.
        y_shares: array [k], the same of y.

    Returns:
        A `MapLoss`.

    Example:
        >>> shares = [0.5, 0.5]
        >>> map_loss([1, 0], [1, 0], shares, shares).total  # exchanged, and nothing is wrong
        0.0
        >>> map_loss([0, 0], [0, 1], shares, shares).cycle  # both become one, and cannot return
        1.0
    """
    there, back = np.asarray(there), np.asarray(back)
    x_shares, y_shares = np.asarray(x_shares, float), np.asarray(y_shares, float)
    classes = np.arange(len(there))
    became = np.bincount(there, x_shares, minlength=len(there))
    returned = np.bincount(back, y_shares, minlength=len(back))
    lost = x_shares[back[there] != classes].sum() + y_shares[there[back] != classes].sum()
    return MapLoss(
        float(np.abs(returned - x_shares).sum() / 2),
        float(np.abs(became - y_shares).sum() / 2),
        float(lost),
    )


def perfect_maps(x_shares, y_shares):
    """All pairs of maps whose whole loss is zero, found by trying every pair.

    Args:
        x_shares: array [k], how frequent each class of x is; k at most 4, else there are too many.
        y_shares: array [k], the same of y.

    Returns:
        List of pairs (there, back), each a tuple of k classes.

    Raises:
        ValueError: if there are more than four classes.

    Example:
        >>> equal, unequal = [1 / 3] * 3, [0.5, 0.3, 0.2]
        >>> len(perfect_maps(equal, equal)), len(perfect_maps(unequal, unequal))
        (6, 1)
    """
    k = len(x_shares)
    if k > 4:
        raise ValueError(f"{k} classes have {k**k} maps each way; take at most 4.")
    maps, classes = np.array([*itertools.product(range(k), repeat=k)]), np.arange(k)
    chosen = maps[..., np.newaxis] == classes  # [map, class, what it becomes]
    shares = np.asarray(x_shares, float), np.asarray(y_shares, float)
    apart = [
        np.abs(np.einsum("mij,i->mj", chosen, mine) - other).sum(axis=1)
        for mine, other in (shares, shares[::-1])
    ]
    again = maps[:, maps] != classes  # [second map, first map, class]
    lost = again @ shares[0] + (again @ shares[1]).T  # [back, there]
    whole = apart[0] + apart[1][:, np.newaxis] + lost
    return [
        (tuple(maps[there].tolist()), tuple(maps[back].tolist()))
        for there, back in np.argwhere(whole.T < 1e-9)
    ]


def class_table(labels, seen, num_classes=10):
    """Which class became which: a row for each class of the sources, a column for what is seen.

    Args:
        labels: integers [n], classes of the sources.
        seen: integers [n], the classes that a recogniser sees in the translations.
        num_classes: k.

    Returns:
        Integers [k, k]; they sum to n.

    Example:
        >>> class_table([0, 0, 1], [0, 1, 1], num_classes=2).tolist()
        [[1, 1], [0, 1]]
    """
    places = np.asarray(labels) * num_classes + np.asarray(seen)
    return np.bincount(places, minlength=num_classes**2).reshape(num_classes, num_classes)


def kept_share(table):
    """The share of images that kept their class: the diagonal of a table.

    Args:
        table: integers [k, k] as `class_table` returns them.

    Returns:
        A number in [0, 1].

    Example:
        >>> kept_share([[1, 1], [0, 2]])
        0.75
    """
    return float(np.trace(table) / np.sum(table))


def best_permutation(table):
    """The one-to-one renaming of the classes that agrees with a table most often.

    Args:
        table: integers [k, k] as `class_table` returns them.

    Returns:
        classes: integers [k], what each class is renamed to.
        share: of the images that agree with it; at least `kept_share`.

    Example:
        >>> classes, share = best_permutation([[0, 9], [8, 1]])
        >>> classes.tolist(), round(share, 2)
        ([1, 0], 0.94)
    """
    table = np.asarray(table)
    rows, classes = scipy.optimize.linear_sum_assignment(-table)
    return classes, float(table[rows, classes].sum() / table.sum())


def pen_distance(images, others):
    """The Fréchet distance of small patches' pixels: how unlike two pens are, whatever they wrote.

    Patches of 5×5 pixels, every third one, are points of 25 dimensions. A network that reads both
    sets was taught to overlook the pen; here nothing was taught.

    Args:
        images: array [n, height, width, 1] in [−1, 1].
        others: array of as large images.

    Returns:
        A number of at least 0.

    Example:
        >>> from ganedu import data
        >>> digits = data.load("digits").images
        >>> halves = pen_distance(digits[::2], digits[1::2])
        >>> halves < 0.001 < 0.1 < pen_distance(digits, 0.8 * digits)
        True
    """
    return metrics.frechet_distance(_patches(images), _patches(others))


def normalised(images):
    """Digits moved and scaled as MNIST's were: into a square of 20 pixels, mass in the middle.

    What is brighter than half of the image's range is fitted into the square, its shape kept;
    then the centre of mass of the grey values is moved to the middle. No network, nothing learned.

    Args:
        images: array [n, 28, 28, 1] in [−1, 1], light on dark.

    Returns:
        float32 array of that shape.

    Example:
        >>> from ganedu import data
        >>> normalised(data.load("digits").images[:2]).shape
        (2, 28, 28, 1)
    """
    return np.stack([_normalised((np.asarray(image[..., 0], float) + 1) / 2) for image in images])


def drawn_digits(generator, num_images, seed):
    """Digits in MNIST's manner with their labels, for machines that cannot download it.

    Args:
        generator: `keras.Model` from [latents, labels] to digits, such as
            `shipped.network("conditional_digits")`.
        num_images: how many; the classes take turns.
        seed: integer of at least 0 from which the latents are drawn.

    Returns:
        `data.Images` of the name "generated"; labels are what was asked for.

    Example:
        >>> from ganedu import shipped
        >>> drawn_digits(shipped.network("conditional_digits"), 12, seed=0).labels[-2:].tolist()
        [0, 1]
    """
    labels = np.arange(num_images) % 10
    latents = seeding.sample_latents(num_images, generator.inputs[0].shape[1], seed)
    images = training.generate_images(generator, latents, conditions=tf.constant(labels))
    return data.Images(images, labels, "generated")


def disturbed(images, kind, seed=0):
    """Translations with a slight disturbance, in which a hidden message gets lost.

    Args:
        images: array [n, 28, 28, 1] in [−1, 1].
        kind: "none"; "quantised" to 16 grey values; "blurred" with a Gaussian of 0.7 pixels;
            "noisy", with a standard deviation of 0.1; or "stored" (see `stored_small`).
        seed: integer of at least 0 for the noise.

    Returns:
        float32 array of that shape, in [−1, 1].

    Raises:
        ValueError: if the kind is unknown.

    Example:
        >>> round(float(disturbed(np.full((1, 1, 1, 1), 0.01), "quantised")[0, 0, 0, 0]), 3)
        0.067
    """
    images = np.asarray(images, "float32")
    if kind == "none":
        return images
    if kind == "quantised":
        return np.rint((images + 1) * (LEVELS - 1) / 2) * np.float32(2 / (LEVELS - 1)) - 1
    if kind == "blurred":
        return scipy.ndimage.gaussian_filter(images, (0, BLUR, BLUR, 0))
    if kind == "noisy":
        noise = np.random.default_rng(seed).normal(0, NOISE, images.shape)
        return np.float32(np.clip(images + noise, -1, 1))
    if kind == "stored":
        return stored_small(images)
    raise ValueError(f"kind must be one of {', '.join(DISTURBANCES)}; got {kind!r}.")


DISTURBANCES = ("none", "quantised", "blurred", "noisy", "stored")


def stored_small(images):
    """Images as the embedded digits are stored: 8×8 pixels of 17 grey values, then enlarged.

    The 8×8 pixels are those that come nearest when they are enlarged, up to rounding and clipping.
    Real embedded digits hardly move; what none of them could carry is gone.

    Args:
        images: array [n, 28, 28, 1] in [−1, 1].

    Returns:
        float32 array of that shape, in [−1, 1].

    Example:
        >>> from ganedu import data
        >>> digits = data.load("digits").images[:3]
        >>> bool(np.abs(stored_small(digits) - digits).mean() < 0.02)
        True
    """
    larger = scipy.ndimage.zoom(np.eye(8), (2.5, 1), order=3, mode="grid-constant", grid_mode=True)
    smaller = np.linalg.pinv(larger)
    grey = (np.asarray(images[:, FRAME:-FRAME, FRAME:-FRAME, 0], float) + 1) / 2
    small = np.rint(16 * np.clip(smaller @ grey @ smaller.T, 0, 1)) / 16
    large = np.clip(larger @ small @ larger.T, 0, 1)
    framed = np.pad(large, ((0, 0), (FRAME, FRAME), (FRAME, FRAME)))
    return np.float32(2 * framed - 1)[..., np.newaxis]


def round_trip_errors(sources, translations, translate_back, kinds=DISTURBANCES):
    """How far from the source one ends when the translation was disturbed on its way.

    Args:
        sources: array [n, 28, 28, 1] in [−1, 1].
        translations: array of that shape.
        translate_back: function from images to images.
        kinds: of `DISTURBANCES`; "stored" makes sense where the translations are embedded digits.

    Returns:
        Dictionary from each of the kinds to the mean |returned − source| of a pixel.

    Example:
        >>> images = np.zeros((1, 28, 28, 1))
        >>> round_trip_errors(images, images, lambda images: images)["none"]
        0.0
    """
    returned = {kind: translate_back(disturbed(translations, kind)) for kind in kinds}
    return {kind: float(np.abs(images - sources).mean()) for kind, images in returned.items()}


def table_panel(tables):
    """Tables of which class became which, as pictures with the shares of each row in per cent.

    Args:
        tables: dictionary from a title to integers [k, k] as `class_table` returns them.

    Returns:
        `Figure`: darker is more; the diagonal is framed.

    Example:
        >>> len(table_panel({"kept": np.eye(10), "mixed": np.ones((10, 10))}).axes)
        2
    """
    figure = Figure(figsize=(4.4 * len(tables), 4.4), layout="constrained")
    panels = figure.subplots(1, len(tables), squeeze=False)[0]
    for axes, (title, table) in zip(panels, tables.items(), strict=True):
        shares = 100 * np.asarray(table) / np.maximum(np.sum(table, axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
        for (row, column), share in np.ndenumerate(shares):
            colour = "white" if share > 60 else "black"
            if share >= 1:
                axes.text(column, row, f"{share:.0f}", ha="center", va="center", color=colour)
        for place in range(len(shares)):
            axes.add_patch(_frame(place))
        axes.set(xlabel="class seen in the translation", ylabel="class of the source")
        axes.set(xticks=range(len(shares)), yticks=range(len(shares)))
        axes.set_title(title, fontsize=10)
    return figure


def programs_chart(rows, measures, columns=3):
    """Runs of each program, a mark for each seed.

    Args:
        rows: list of dictionaries with program and the measures.
        measures: dictionary from the name of a measure to its title.
        columns: how many panels stand side by side.

    Returns:
        `Figure`: a panel for each measure, a row for each program; a stroke is the median.

    Example:
        >>> row = {"program": "cycle", "kept_forward": 0.7}
        >>> len(programs_chart([row], {"kept_forward": "MNIST to digits"}).axes)
        1
    """
    programs = list(dict.fromkeys(row["program"] for row in rows))
    across = min(columns, len(measures))
    down = -(-len(measures) // across)
    figure = Figure(figsize=(8.6, down * (0.7 + 0.3 * len(programs))), layout="constrained")
    panels = figure.subplots(down, across, sharey=True, squeeze=False).ravel()
    for axes, (name, title) in zip(panels, measures.items(), strict=True):
        for place, program in enumerate(programs):
            values = [row[name] for row in rows if row["program"] == program]
            axes.plot(values, [place] * len(values), "o", mfc="none", color=plotting.COLOURS[0])
            axes.plot(np.median(values), place, "|", markersize=16, color=plotting.COLOURS[1])
        axes.set_title(title, fontsize=10)
    panels[0].set_yticks(range(len(programs)), programs)
    panels[0].invert_yaxis()
    return figure


def _normalised(grey):
    """One digit, grey values in [0, 1], moved and scaled in one go."""
    if not grey.any():
        return np.full((*grey.shape, 1), -1, np.float32)
    rows, columns = np.nonzero(grey > grey.max() / 2)
    times = BOX / (1 + max(np.ptp(rows), np.ptp(columns)))
    centre = np.array(scipy.ndimage.center_of_mass(grey))
    offset = centre - (SIDE - 1) / 2 / times
    moved = scipy.ndimage.affine_transform(grey, np.full(2, 1 / times), offset, order=1)
    return np.float32(2 * moved - 1)[..., np.newaxis]


def _patches(images):
    """Every third patch of each image, flat."""
    grey = np.asarray(images, "float32")[..., 0]
    windows = np.lib.stride_tricks.sliding_window_view(grey, (PATCH, PATCH), (1, 2))
    return windows[:, ::EVERY, ::EVERY].reshape(-1, PATCH**2)


def _frame(place):
    return Rectangle((place - 0.5, place - 0.5), 1, 1, fill=False, edgecolor="black")
