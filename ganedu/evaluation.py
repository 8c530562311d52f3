"""All metrics of a set of digit images at once, each beside what real images get.

Here lives what `ganedu evaluate` prints and what the callback records. The metrics themselves
live in `ganedu.metrics`, the networks behind them in `ganedu.features`. For images of another
domain bring features of your own: `reference_of`; of pictures of any kind there is
`reference_of_pictures`. Taught in lessons 07, 08, 12 and 13.
"""

import functools
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from ganedu import data, features, metrics, plotting

CONFIDENT = 0.9  # a probability above it counts as sure
COVERED = 0.2  # a class with more than this share of its even share counts as covered
MOST_COMPARED = 1000  # images that are held against each of 60,000 training images
KINDS = {  # of features for a learner's own pictures
    "photographs": "what MobileNetV3-Small sees, a network that was trained on photographs",
    "outlines": "colours and edges in sixteen fields of the picture, without a network",
}
LEAST_HELD_OUT = 20  # a twentieth of them is one, and two are in each block of a kernel distance
NEIGHBOURS = 5  # the k of a class' coverage
QUANTILE = 0.05  # of held-out images that count as copies: what is measured if nothing is copied


class Reference(NamedTuple):
    """Real images that samples are held against, and what a network says of them.

    Attributes:
        train: array [m, height, width, channels], what the generator was trained on: floats in
            [−1, 1], or uint8 pixels.
        test: array [t, height, width, channels], images that it never saw, of the same kind.
        predictions: `features.Predictions` of `test`.
        name: of the data, such as "mnist" or "digits".
        predict: function from images to `features.Predictions`; the digit network's by default.
        train_labels: int64 array [m], or None where there are no classes.
        test_labels: int64 array [t], or None.
    """

    train: np.ndarray
    test: np.ndarray
    predictions: features.Predictions
    name: str
    predict: Callable = features.predict
    train_labels: np.ndarray | None = None
    test_labels: np.ndarray | None = None


def reference(name="auto", num_images=None):
    """The real images of a data set, ready to be compared with.

    Args:
        name: of a data set, as in `data.load`. Its own network of `features` sees the images.
        num_images: how many test images to take; all by default. They are shuffled, once and
            always alike: MNIST's are in order, the easier writers first.

    Returns:
        `Reference`.

    Raises:
        ValueError: if the name is unknown.

    Example:
        >>> reference("digits").test.shape
        (297, 28, 28, 1)
    """
    train = data.load(name)
    test = data.load(train.name, "test")
    rows = np.random.default_rng(0).permutation(len(test.images))[:num_images]
    images, labels = test.images[rows], test.labels[rows]
    predict = features.predict
    if train.name not in features.KNOWS:
        predict = functools.partial(features.predict, domain=train.name)
    told = train.labels, labels
    return Reference(train.images, images, predict(images), train.name, predict, *told)


def reference_of(train, test, see, name="your images"):
    """Images of your own, ready to be compared with by features of your own.

    Args:
        train: array [m, height, width, channels], what the generator was trained on: floats in
            [−1, 1], or uint8 pixels, as `data.load_folder` has them.
        test: array [t, height, width, channels], images that it never saw, in random order.
        see: function from images, floats in [−1, 1], to an array [n, d] of features: a network
            that was trained on data of this kind and is frozen now. Of pixels it gets some
            hundred images at a time.
        name: of the data, in sentences.

    Returns:
        `Reference`. Without classes `measure` leaves out what needs them.

    Raises:
        ValueError: if `see` does not return one row of features for each image.

    Example:
        >>> brightness = lambda images: images.mean(axis=(1, 2))
        >>> images = np.random.default_rng(0).uniform(-1, 1, (99, 8, 8, 3))
        >>> sorted(measure(images[:40], reference_of(images[40:70], images[70:], brightness)))[:3]
        ['coverage', 'density', 'frechet_distance']
    """

    def features_of(images):
        seen = np.asarray(see(images))
        if seen.ndim != 2 or len(seen) != len(images):
            raise ValueError(
                f"see must return an array [n, d], a row for each image; got {seen.shape} for "
                f"{len(images)} images."
            )
        return seen

    def predict(images):
        parts = data.in_parts(images) if np.asarray(images).dtype == np.uint8 else [images]
        return features.Predictions(np.concatenate([features_of(part) for part in parts]), None)

    return Reference(train, test, predict(test), name, predict)


def reference_of_pictures(train, test, name, kind="outlines"):
    """A learner's own pictures, ready to be compared with by features that need not be brought.

    The features are seen along as few directions as the test images allow, one for each four.
    Numbers compare only where pictures, kind and number of directions are the same.

    Args:
        train: array [m, height, width, 1 or 3], as for `reference_of`.
        test: array [t, height, width, 1 or 3], t at least `LEAST_HELD_OUT`.
        name: of the data, in sentences.
        kind: one of `KINDS`: "outlines", or "photographs" with "outlines" where those cannot be
            had.

    Returns:
        (`Reference`, the kind of features that are used).

    Raises:
        ValueError: if the kind is unknown, or there are too few test images.

    Example:
        >>> train, test = np.random.default_rng(0).uniform(-1, 1, (2, 50, 16, 16, 3))
        >>> real, kind = reference_of_pictures(train, test, "my cats")
        >>> kind, real.predictions.features.shape
        ('outlines', (50, 12))
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}.")
    if len(test) < LEAST_HELD_OUT:
        raise ValueError(
            f"{len(test)} pictures of {name} are held out, and {LEAST_HELD_OUT} are needed to "
            f"measure: put about {10 * LEAST_HELD_OUT} into the folder."
        )
    see = features.photograph_features() if kind == "photographs" else None
    kind = "outlines" if see is None else "photographs"
    number = features.num_directions(len(test))
    see = features.projected(see or features.outlines, train, number)
    return reference_of(train, test, see, name), kind


def measure(images, real):
    """The metrics of images against the test images of a reference.

    Args:
        images: float array [n, 28, 28, 1] in [−1, 1], n above the 64 features.
        real: `Reference`. Of images that are no digits its features must be your own.

    Returns:
        Dictionary from the name of a metric to its value: frechet_distance, kernel_distance (of
        the features over the root of the mean square of the real ones),
        precision, recall, density, coverage, and kernel_error, the standard error of
        kernel_distance. Where the network knows classes also confident (share of images that it
        is sure of), classes (how many have more than a fifth of an even share: of ten, more than
        2 % of the images), class_kl and class_shares (a list, a share for each class).

    Raises:
        ValueError: if there are too few images, or they are of another shape or range.

    Example:
        >>> real = reference("digits")
        >>> measure(real.train[:300], real)["classes"]
        10
    """
    if real.predict is features.predict and real.name not in features.KNOWS:
        warnings.warn(
            f"The digit network knows handwritten digits only: its numbers say nothing about "
            f"{real.name}. Bring features of your own, with evaluation.reference_of.",
            stacklevel=2,
        )
    seen, expected = real.predict(images), real.predictions
    a, b = seen.features, expected.features
    precision, recall = metrics.precision_recall(b, a)
    density, coverage = metrics.density_coverage(b, a)
    scale = np.sqrt(np.mean(np.square(b)))  # the kernel is made for features of about 1
    kernel = metrics.kernel_distance(a / scale, b / scale)
    classes = {} if seen.probabilities is None else _classes(seen, expected)
    return {
        "frechet_distance": metrics.frechet_distance(a, b),
        "kernel_distance": kernel.distance,
        "kernel_error": kernel.standard_error,
        "precision": precision,
        "recall": recall,
        "density": density,
        "coverage": coverage,
        **classes,
    }


def _classes(seen, expected):
    """What needs a network that knows classes."""
    num_classes = seen.probabilities.shape[1]
    classes = metrics.class_histogram(
        seen.probabilities.argmax(axis=1), expected.probabilities.argmax(axis=1), num_classes
    )
    return {
        "confident": float((seen.probabilities.max(axis=1) > CONFIDENT).mean()),
        "classes": int((classes.shares > COVERED / num_classes).sum()),
        "class_kl": classes.kl,
        "class_shares": classes.shares.tolist(),
    }


def evaluate(images, real):
    """The metrics of images, each beside its floor: as many real training images instead.

    Args:
        images: float array [n, 28, 28, 1] in [−1, 1], 65 ≤ n ≤ number of training images.
        real: `Reference`.

    Returns:
        Dictionary with num_images, num_reference, num_compared (for memorised), dataset, values
        and floors; the last two as `measure` returns them, with memorised (share of images closer
        to one training image than 95 % of the test images are) beside it.

    Raises:
        ValueError: if there are too few or too many images, or they are of another shape or range.

    Example:
        >>> real = reference("digits")
        >>> told = evaluate(real.test, real)
        >>> told["num_images"], round(told["values"]["frechet_distance"], 6)
        (297, 0.0)
    """
    if len(images) > len(real.train):
        raise ValueError(
            f"{len(images):,} images: the floor needs as many real training images, and "
            f"{real.name} has {len(real.train):,}. Take at most that many."
        )
    rows = np.random.default_rng(0).choice(len(real.train), len(images), replace=False)
    values, floors = measure(images, real), measure(real.train[rows], real)
    compared = min(MOST_COMPARED, len(images), len(real.test))
    values["memorised"] = metrics.memorised_share(
        images[:compared], real.train, real.test[:compared], QUANTILE
    )
    floors["memorised"] = QUANTILE
    return {
        "dataset": real.name,
        "num_images": len(images),
        "num_reference": len(real.test),
        "num_compared": compared,
        "values": values,
        "floors": floors,
    }


def evaluate_classes(images, labels, real):
    """Are images of the class that was asked for, and is each class as varied as the real one?

    Agreement is the share of images that the network takes for what was asked for. The Fréchet
    distance and the coverage are taken within each class, of equally many images, and their means
    are given. The floor of the agreement is what the network says of the test images; that of the
    others stands for real training images in the place of the samples.

    Args:
        images: float array [n, 28, 28, 1] in [−1, 1], each class at least 6 times.
        labels: int array [n], the classes that were asked for; each is met.
        real: `Reference` with labels, as `reference` makes it.

    Returns:
        Dictionary with num_per_class, values and floors. The last two have agreement,
        within_class_frechet (None with fewer of a class than the features need: 65),
        within_class_coverage, and agreement_by_class, a list.

    Raises:
        ValueError: if a label is no class of the reference, or a class has too few images.

    Example:
        >>> real = reference("digits")
        >>> told = evaluate_classes(real.test, real.test_labels, real)
        >>> told["values"]["within_class_coverage"], told["values"]["within_class_frechet"]
        (1.0, None)
    """
    if real.test_labels is None:
        raise ValueError(f"{real.name} has no labels: what was asked for cannot be compared.")
    labels, expected = np.asarray(labels), np.asarray(real.test_labels)
    every = (labels, expected, real.train_labels)
    fewest = min(np.bincount(each, minlength=expected.max() + 1).min() for each in every)
    if labels.max() > expected.max() or fewest <= NEIGHBOURS:
        raise ValueError(
            f"The classes of {real.name} are 0 … {expected.max()}, and of each more than "
            f"{NEIGHBOURS} images are needed; asked for were {labels.min()} … {labels.max()}, of "
            f"the rarest there are {fewest}."
        )
    rows = np.random.default_rng(0).permutation(len(real.train))
    rows = rows[_first_of_each(real.train_labels[rows], fewest)]
    sides = {
        "values": (real.predict(images), labels),
        "floors": (real.predict(real.train[rows]), real.train_labels[rows]),
    }
    told = {
        name: _within(seen.features, asked, real.predictions.features, expected, fewest)
        for name, (seen, asked) in sides.items()
    }
    told["values"] |= _agreement(sides["values"][0].probabilities, labels)
    told["floors"] |= _agreement(real.predictions.probabilities, expected)
    return {"num_per_class": int(fewest), **told}


def _first_of_each(labels, number):
    """The places of the first so many of each class."""
    return np.concatenate([np.flatnonzero(labels == one)[:number] for one in np.unique(labels)])


def _within(seen, asked, real, labels, number):
    """Means over the classes."""

    def mean(compare):
        return float(metrics.within_classes(compare, real, labels, seen, asked, number).mean())

    enough = number > seen.shape[1]
    return {
        "within_class_frechet": mean(metrics.frechet_distance) if enough else None,
        "within_class_coverage": mean(_coverage),
    }


def _coverage(real, fake):
    return metrics.density_coverage(real, fake, NEIGHBOURS).coverage


def _agreement(probabilities, labels):
    """How often the network sees what was asked for, on the whole and class by class."""
    right = probabilities.argmax(axis=1) == labels
    classes = [float(right[labels == one].mean()) for one in np.unique(labels)]
    return {"agreement": float(right.mean()), "agreement_by_class": classes}


def evaluate_pairs(images, targets, labels, others):
    """How near answers are to their targets, and how much like real images they look.

    PSNR and SSIM hold each answer against its target. The other two do not need the target: is
    the digit still the same, to the network's eyes, and are the answers, all together, like real
    digits? Both are the digit network's, which was never trained on blurred images.

    Args:
        images: float array [n, 28, 28, 1] in [−1, 1], the answers, n above the 64 features.
        targets: array of that shape, the images that the sources were made of.
        labels: int array [n], the digits that the targets show.
        others: array [m, 64] of features of real images, best of none of the targets.

    Returns:
        Dictionary with psnr (mean of the decibels of each image), ssim (mean), kept (share of the
        answers that show the digit of their target) and frechet_distance (to the others).

    Raises:
        ValueError: if the shapes do not fit, or there are too few images.

    Example:
        >>> digits = data.load("digits", "test")
        >>> others = features.predict(data.load("digits").images).features
        >>> told = evaluate_pairs(0.95 * digits.images, digits.images, digits.labels, others)
        >>> told["psnr"] > 20, told["ssim"] > 0.9, told["kept"] > 0.9
        (True, True, True)

    Reference:
        Wang, Bovik, Sheikh, Simoncelli (2004), "Image Quality Assessment: From Error Visibility to
        Structural Similarity", for SSIM, here TensorFlow's.
    """
    decibels = metrics.psnr(images, targets)
    # SSIM compares means as well, and counts them from black on
    from_black = [tf.constant((np.asarray(x, "float32") + 1) / 2) for x in (images, targets)]
    seen = features.predict(images)
    return {
        "psnr": float(decibels.mean()),
        "ssim": float(tf.reduce_mean(tf.image.ssim(*from_black, max_val=1.0))),
        "kept": float((seen.probabilities.argmax(axis=1) == np.asarray(labels)).mean()),
        "frechet_distance": metrics.frechet_distance(seen.features, others),
    }


def ranked_pairs(images, real, num_images=8):
    """The best, the most typical and the worst of the images, each with its nearest neighbour.

    Images are ranked by the `metrics.realism` of their features among those of the test images;
    beside each stands the training image that is nearest in pixels.

    Args:
        images: float array [n, 28, 28, 1] in [−1, 1], n at least 3 · num_images.
        real: `Reference`.
        num_images: how many of each kind.

    Returns:
        Dictionary from "best", "typical" and "worst" to arrays [num_images, 2, 28, 28, 1]; the
        first of a pair is the sample.

    Raises:
        ValueError: if there are too few images, or they are of another shape or range.

    Example:
        >>> real = reference("digits")
        >>> ranked_pairs(real.test, real)["worst"].shape
        (8, 2, 28, 28, 1)
    """
    if len(images) < 3 * num_images:
        raise ValueError(
            f"{len(images)} images: {3 * num_images} are needed for three times {num_images}."
        )
    scores = metrics.realism(real.predictions.features, real.predict(images).features)
    order, middle = np.argsort(-scores, kind="stable"), (len(images) - num_images) // 2
    chosen = {
        "best": order[:num_images],
        "typical": order[middle : middle + num_images],
        "worst": order[-num_images:],
    }
    pairs = pairs_with_nearest(images[np.concatenate(list(chosen.values()))], real.train)
    return dict(zip(chosen, np.split(pairs, 3), strict=True))


def pairs_with_nearest(images, train):
    """Images, each with the training image that is nearest in pixels.

    Args:
        images: array [n, height, width, channels], floats in [−1, 1] or uint8 pixels.
        train: array [m, height, width, channels] of either kind, m at least 2.

    Returns:
        float array [n, 2, height, width, channels] in [−1, 1]; the first of a pair is the image.

    Example:
        >>> images = np.random.default_rng(0).uniform(-1, 1, (5, 8, 8, 1))
        >>> pairs = pairs_with_nearest(images[:2], images)
        >>> bool((pairs[:, 0] == pairs[:, 1]).all())
        True
    """
    nearest = train[metrics.nearest_neighbours(images, train).indices]
    return np.stack([data.as_floats(part) for part in (images, nearest)], axis=1)


def evaluation_panel(pairs, shares, reference_shares):
    """What the numbers of an evaluation mean: samples, their nearest real images, classes.

    Args:
        pairs: dictionary from a title to an array [k, 2, height, width, 1] in [−1, 1]: samples
            and, beside each, its nearest real image.
        shares: array [num_classes], share of the samples in each class; None where no network
            knows classes.
        reference_shares: array [num_classes], share of the real images in each class; or None.

    Returns:
        A `Figure`: a column of pairs for each title, and a bar chart below if there are classes.

    Raises:
        ValueError: if the two arrays of shares differ in length.

    Example:
        >>> pairs = {"best": np.zeros((4, 2, 28, 28, 1))}
        >>> len(evaluation_panel(pairs, np.full(10, 0.1), np.full(10, 0.1)).axes)
        2
    """
    if shares is None:
        figure = Figure(figsize=(7.2, 2.9), layout="constrained")
        _draw_pairs(figure, pairs)
        return figure
    if len(shares) != len(reference_shares):
        raise ValueError(f"{len(shares)} shares beside {len(reference_shares)}: must be as many.")
    figure = Figure(figsize=(7.2, 5.2), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(2.9, 2.3))
    _draw_pairs(upper, pairs)
    axes, classes = lower.subplots(), np.arange(len(shares))
    axes.bar(classes, shares, color=plotting.COLOURS[0], width=0.6, label="samples")
    axes.bar(
        classes, reference_shares, width=0.8, fill=False, edgecolor="black", label="real images"
    )
    axes.set(xlabel="class that the network sees", ylabel="share", xticks=classes)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _draw_pairs(figure, pairs):
    for axes, (title, images) in zip(
        figure.subplots(1, len(pairs), squeeze=False)[0], pairs.items(), strict=True
    ):
        plotting.draw_picture(
            axes, plotting.tile(images.reshape(-1, *images.shape[2:]), columns=4), title
        )
    figure.supxlabel("each sample with the nearest training image to its right", fontsize=9)
