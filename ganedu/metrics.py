"""How good samples are: NumPy functions on arrays; each names its paper.

Here live the numbers by which samples are judged. They know no model: points or images come in
as arrays, plain numbers come out. What turns images into features lives in `ganedu.features`.
Taught in lessons 03, 08, 12, 13 and 15.
"""

from typing import NamedTuple

import numpy as np

CHUNK = 1000  # rows of a distance matrix that are held at a time
ROUNDING = 1e-12  # of the squared lengths; a point on the rim of a ball lies in it


class ModeCoverage(NamedTuple):
    """What became of the modes of a mixture of Gaussians.

    Attributes:
        modes: centres with at least one high-quality point, an int.
        high_quality: share of the points that lie within 3 standard deviations of their nearest
            centre, in [0, 1]. In the plane a perfect generator has 1 − exp(−4.5) = .989.
        reverse_kl: Kullback–Leibler divergence KL(histogram of nearest centres ‖ uniform), in
            nats; 0 if all centres are met equally often.
    """

    modes: int
    high_quality: float
    reverse_kl: float


class KernelDistance(NamedTuple):
    """Kernel distance of two sets of features.

    Attributes:
        distance: unbiased estimate, so it can be a little below 0 where the true one is 0.
        standard_error: of the estimate, from disjoint blocks of rows.
    """

    distance: float
    standard_error: float


class PrecisionRecall(NamedTuple):
    """How many fakes look real, and how much of what is real the fakes reach.

    Attributes:
        precision: share of the fakes that lie among the real ones, in [0, 1].
        recall: share of the real ones that lie among the fakes, in [0, 1].
    """

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """How densely fakes lie among the real ones, and how many real ones they reach.

    Attributes:
        density: mean number of real neighbourhoods that a fake lies in, over k; about 1 for
            real against real, at least 0, without an upper limit.
        coverage: share of the real ones with a fake in their neighbourhood, in [0, 1].
    """

    density: float
    coverage: float


class ClassHistogram(NamedTuple):
    """Shares of the classes.

    Attributes:
        shares: array [num_classes], of the labels; they sum to 1.
        reference: array [num_classes], of the reference labels.
        kl: Kullback–Leibler divergence KL(shares ‖ reference) in nats; infinite if a class is
            met that the reference lacks.
    """

    shares: np.ndarray
    reference: np.ndarray
    kl: float


class Neighbours(NamedTuple):
    """The real row next to each fake.

    Attributes:
        indices: int array [n], row of `real`.
        distances: array [n], Euclidean.
        ratios: array [n], distance to the nearest over that to the second nearest, in [0, 1]. A
            copy has 0; an image of its own, blurred or sharp, is about as far from both.
    """

    indices: np.ndarray
    distances: np.ndarray
    ratios: np.ndarray


class Calibration(NamedTuple):
    """What was said, beside what came.

    Attributes:
        error: expected calibration error, in [0, 1].
        stated: array [num_bins], mean probability said in each bin; NaN where none was.
        came: array [num_bins], how often what was said so came; NaN where none was.
        counts: int array [num_bins].
    """

    error: float
    stated: np.ndarray
    came: np.ndarray
    counts: np.ndarray


def mode_coverage(points, centres, std):
    """Which modes of a mixture of equal Gaussians a set of points meets, and how well.

    A point belongs to its nearest centre. The divergence is Σ hᵢ log(hᵢ · number of centres), with
    hᵢ the share of all points, of high quality or not, that belong to centre i. Even a perfect
    generator has (number of centres − 1) / (2 · number of points) on average, because counts
    scatter.

    Args:
        points: array [n, d], n at least 1, finite.
        centres: array [k, d].
        std: standard deviation of each Gaussian along each axis, above 0.

    Returns:
        `ModeCoverage` (modes, high_quality, reverse_kl).

    Raises:
        ValueError: if the shapes do not fit, there is no point, or a number is not finite.

    Example:
        >>> corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
        >>> mode_coverage(np.repeat(corners[:2], 50, axis=0), corners, std=0.1)
        ModeCoverage(modes=2, high_quality=1.0, reverse_kl=0.693...)

    Reference:
        Srivastava et al. (2017), "VEEGAN: Reducing Mode Collapse in GANs using Implicit
        Variational Learning", section 5.1; reverse_kl as in Lin et al. (2018), "PacGAN: The
        power of two samples in generative adversarial networks", section 4.1.
    """
    points, centres = _checked_points(points, centres, std)
    squared = np.stack([((points - centre) ** 2).sum(axis=1) for centre in centres], axis=1)
    nearest, distance = squared.argmin(axis=1), np.sqrt(squared.min(axis=1))
    good = distance <= 3 * std
    share = np.bincount(nearest, minlength=len(centres)) / len(points)
    share_met = share[share > 0]  # 0 · log 0 = 0
    return ModeCoverage(
        modes=len(np.unique(nearest[good])),
        high_quality=float(good.mean()),
        reverse_kl=float(np.sum(share_met * np.log(share_met * len(centres)))),
    )


def frechet_distance(a, b):
    """Squared Fréchet distance between the Gaussians that fit two sets of features.

    ‖μₐ − μ_b‖² + tr(Σₐ + Σ_b − 2(Σₐ^½ Σ_b Σₐ^½)^½). With images as features of a network it is
    known by the name of the network, Fréchet Inception distance for one. It depends on the
    network, and it is biased: fewer samples, larger distance. Compare only at equal n.

    Args:
        a: array [n, d] of features, n at least d + 1.
        b: array [m, d], m at least d + 1.

    Returns:
        A float of at least 0; 0 only if means and covariances agree.

    Raises:
        ValueError: if shapes do not fit, a number is not finite, or there are too few rows.

    Example:
        >>> a = np.random.default_rng(0).normal(size=(100, 2))
        >>> round(frechet_distance(a, a + [3.0, 4.0]), 6)
        25.0

    Reference:
        Heusel et al. (2017), "GANs Trained by a Two Time-Scale Update Rule Converge to a Local
        Nash Equilibrium", equation 6; Dowson and Landau (1982) for the closed form.
    """
    a, b = _checked_features(a, b)
    fewest = min(len(a), len(b))
    if fewest <= a.shape[1]:
        raise ValueError(
            f"{fewest} samples of {a.shape[1]} features: at least {a.shape[1] + 1} are needed. "
            "With fewer the covariance is singular, and the distance says more about their "
            "number than about the samples."
        )
    covariance_a, covariance_b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    values, vectors = np.linalg.eigh(covariance_a)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.linalg.eigvalsh(root @ covariance_b @ root)  # symmetric, so real; never below 0
    shift = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
    spread = np.trace(covariance_a) + np.trace(covariance_b)
    return max(0.0, float(shift + spread - 2 * np.sqrt(np.maximum(cross, 0)).sum()))


def kernel_distance(a, b, num_blocks=10):
    """Squared maximum mean discrepancy of two sets of features, with its standard error.

    E k(x, x′) + E k(y, y′) − 2 E k(x, y) with k(x, y) = (x·y/d + 1)³. The rows are shuffled and
    cut into disjoint blocks; each block gives an unbiased estimate (no row meets itself), the
    mean of the blocks is the distance, and their scatter gives its standard error.

    Args:
        a: array [n, d] of features, n at least 2 · num_blocks.
        b: array [m, d], m at least 2 · num_blocks.
        num_blocks: at least 2.

    Returns:
        `KernelDistance` (distance, standard_error).

    Raises:
        ValueError: if shapes do not fit, a number is not finite, or there are too few rows.

    Example:
        >>> a = np.random.default_rng(0).normal(size=(1000, 2))
        >>> kernel_distance(a[:500], a[500:] + 3).distance > 50
        True

    Reference:
        Bińkowski et al. (2018), "Demystifying MMD GANs", section 4; Gretton et al. (2012), "A
        Kernel Two-Sample Test", equation 3.
    """
    a, b = _checked_features(a, b)
    if num_blocks < 2 or min(len(a), len(b)) < 2 * num_blocks:
        raise ValueError(
            f"{num_blocks} blocks of {min(len(a), len(b))} samples: take at least 2 blocks, and "
            "at least 2 samples for each."
        )
    random = np.random.default_rng(0)
    blocks = [
        _discrepancy(a[rows], b[columns])
        for rows, columns in zip(
            np.array_split(random.permutation(len(a)), num_blocks),
            np.array_split(random.permutation(len(b)), num_blocks),
            strict=True,
        )
    ]
    return KernelDistance(
        distance=float(np.mean(blocks)),
        standard_error=float(np.std(blocks, ddof=1) / np.sqrt(num_blocks)),
    )


def precision_recall(real, fake, k=3):
    """Precision and recall of fakes: how many look real, how much of the real they reach.

    A point lies among others if it is not further from one of them than that one's k-th
    neighbour. One far outlier among the real ones widens its neighbourhood, so precision can be
    too kind; `density_coverage` mends that.

    Args:
        real: array [n, d] of features, n above k.
        fake: array [m, d], m above k.
        k: which neighbour gives the radius, at least 1.

    Returns:
        `PrecisionRecall` (precision, recall).

    Raises:
        ValueError: if shapes do not fit, a number is not finite, or k is out of its range.

    Example:
        >>> real = np.random.default_rng(0).normal(size=(500, 2))
        >>> precision_recall(real, 0.01 * real).recall < 0.1
        True

    Reference:
        Kynkäänniemi et al. (2019), "Improved Precision and Recall Metric for Assessing
        Generative Models", equations 1 and 2.
    """
    real, fake = _centred(*_checked_features(real, fake, k))
    return PrecisionRecall(
        precision=float((_balls_met(fake, real, _radii(real, k)) > 0).mean()),
        recall=float((_balls_met(real, fake, _radii(fake, k)) > 0).mean()),
    )


def density_coverage(real, fake, k=5):
    """Density and coverage of fakes: both count neighbourhoods of real points only.

    density = (1/k) · mean number of real neighbourhoods that a fake lies in; coverage = share of
    the real points in whose neighbourhood a fake lies. The neighbourhood of a real point reaches
    to its k-th real neighbour.

    Args:
        real: array [n, d] of features, n above k.
        fake: array [m, d], m above k.
        k: which neighbour gives the radius, at least 1.

    Returns:
        `DensityCoverage` (density, coverage).

    Raises:
        ValueError: if shapes do not fit, a number is not finite, or k is out of its range.

    Example:
        >>> real = np.random.default_rng(0).normal(size=(500, 2))
        >>> density_coverage(real, real + 100)
        DensityCoverage(density=0.0, coverage=0.0)

    Reference:
        Naeem et al. (2020), "Reliable Fidelity and Diversity Metrics for Generative Models",
        equations 3 and 4.
    """
    real, fake = _centred(*_checked_features(real, fake, k))
    radii = _radii(real, k)
    return DensityCoverage(
        density=float(_balls_met(fake, real, radii).mean() / k),
        coverage=float((_neighbours(real, fake, 1)[0][:, 0] <= radii).mean()),
    )


def realism(real, fake, k=3):
    """How real each fake looks: high inside dense parts of the real, low far from all of it.

    The largest ratio of a real point's radius (distance to its k-th neighbour) to the fake's
    distance from it; a fake of at least 1 lies among the real. Only the half of the real points
    with the smaller radii counts, so that outliers vouch for nothing.

    Args:
        real: array [n, d] of features, n above k.
        fake: array [m, d], m at least 1.
        k: which neighbour gives the radius, at least 1.

    Returns:
        float array [m], at least 0; huge or infinite for a copy of a real point.

    Raises:
        ValueError: if shapes do not fit, a number is not finite, or k is out of its range.

    Example:
        >>> scores = realism(np.arange(9.0)[:, None], [[1.5], [7.0], [20.0], [4.5]], k=1)
        >>> scores.round(2).tolist()
        [2.0, inf, 0.08, 2.0]

    Reference:
        Kynkäänniemi et al. (2019), "Improved Precision and Recall Metric for Assessing
        Generative Models", the section on the quality of individual samples.
    """
    real, fake = _centred(*_checked_features(real, fake))
    _checked_features(real, real, k)  # few fakes will do
    radii = _radii(real, k)
    dense = radii <= np.median(radii)
    centres, squared_radii, scores = real[dense], radii[dense] ** 2, []
    for rows in np.array_split(fake, -(-len(fake) // CHUNK)):
        lengths = (rows**2).sum(axis=1, keepdims=True) + (centres**2).sum(axis=1)
        squared = np.maximum(lengths - 2 * rows @ centres.T, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = np.where(squared > 0, squared_radii / squared, np.inf)
        scores.append(np.sqrt(ratios.max(axis=1)))
    return np.concatenate(scores)


def class_histogram(labels, reference_labels, num_classes=10):
    """Which classes are made how often, against how often they ought to be.

    Args:
        labels: int array [n] in 0 … num_classes − 1, n at least 1; what a classifier says of
            the samples.
        reference_labels: int array [m], of real images, m at least 1; better by the same
            classifier, so that its errors fall on both sides.
        num_classes: how many there are.

    Returns:
        `ClassHistogram` (shares, reference, kl).

    Raises:
        ValueError: if there are no labels or one is out of its range.

    Example:
        >>> round(class_histogram([0, 0, 1, 1], [0, 1, 2, 3], num_classes=4).kl, 4)
        0.6931
    """
    shares, reference = (_shares(x, num_classes) for x in (labels, reference_labels))
    met = shares > 0  # 0 · log 0 = 0
    with np.errstate(divide="ignore"):
        kl = float(np.sum(shares[met] * np.log(shares[met] / reference[met])))
    return ClassHistogram(shares=shares, reference=reference, kl=max(0.0, kl))


def within_classes(compare, real, real_labels, fake, fake_labels, num_per_class=None):
    """What a comparison of two sets says of each class alone.

    A generator that is told the class can be right about the whole and wrong in every class: each
    class may be drawn too much alike, or as another one, while all of them together look real. Of
    each class equally many rows are compared, the first ones, since most comparisons depend on
    their number.

    Args:
        compare: function of (real, fake), two arrays [num_per_class, d], to a number, such as
            `frechet_distance`.
        real: array [n, d] of features.
        real_labels: int array [n] of classes 0, 1, …, of which each is met.
        fake: array [m, d].
        fake_labels: int array [m] of the same classes, those that were asked for.
        num_per_class: rows of each class and side; None for as many as the rarest class has.

    Returns:
        Float array, a number for each class; their mean is the usual summary.

    Raises:
        ValueError: if labels do not fit their rows, or a class has too few rows.

    Example:
        >>> gap = lambda real, fake: float(np.mean(fake) - np.mean(real))
        >>> rows = np.array([[0.0], [0.0], [5.0], [5.0]])
        >>> within_classes(gap, rows, [0, 0, 1, 1], rows, [1, 1, 0, 0])  # exchanged
        array([ 5., -5.])

    Reference:
        Miyato, Koyama (2018), "cGANs with Projection Discriminator", who call the mean of the
        Fréchet distances "intra FID".
    """
    sides = [_rows_by_class(*side) for side in ((real, real_labels), (fake, fake_labels))]
    if len(sides[0]) != len(sides[1]):
        raise ValueError(
            f"The real rows have {len(sides[0])} classes, the fake ones {len(sides[1])}."
        )
    fewest = min(len(rows) for side in sides for rows in side)
    number = fewest if num_per_class is None else num_per_class
    if not 1 <= number <= fewest:
        raise ValueError(
            f"{number} rows of each class are asked for, and the rarest has {fewest}, on one side."
        )
    return np.array([compare(a[:number], b[:number]) for a, b in zip(*sides, strict=True)])


def nearest_neighbours(fake, real):
    """The real row next to each fake, and how much nearer it is than the second.

    Args:
        fake: array [n, ...]; images (floats or uint8 pixels) or features.
        real: array [m, ...] of rows of the same shape, m at least 2.

    Returns:
        `Neighbours` (indices, distances, ratios).

    Raises:
        ValueError: if shapes do not fit or a number is not finite.

    Example:
        >>> nearest_neighbours([[0.0], [6.0]], [[1.0], [3.0]]).indices
        array([0, 1])
    """
    if not len(fake) or len(real) < 2:
        raise ValueError(
            f"fake must have at least 1 row, real at least 2, a nearest and a second nearest; got "
            f"{len(fake)} and {len(real)}."
        )
    real = np.asarray(real)
    fake, parts = _laid_flat(np.asarray(fake)), [slice(None)]
    if real.dtype == np.uint8:  # many pictures, which must not be floats all at once
        parts = [slice(i, i + CHUNK) for i in range(0, len(real), CHUNK)]
    distances, indices = zip(*(_nearest_two(fake, real, rows) for rows in parts), strict=True)
    distances, indices = (np.concatenate(found, axis=1) for found in (distances, indices))
    order = np.argsort(distances, axis=1, kind="stable")[:, :2]
    distances, indices = (np.take_along_axis(x, order, axis=1) for x in (distances, indices))
    with np.errstate(invalid="ignore"):
        ratios = distances[:, 0] / distances[:, 1]  # 0/0 where the real row is there twice
    return Neighbours(indices[:, 0], distances[:, 0], np.nan_to_num(ratios))


def memorised_share(fake, train, held_out, quantile=0.05):
    """Share of the fakes that sit closer to one training image than new images do.

    Closeness is the ratio of `nearest_neighbours`, distance to the nearest training image over
    that to the second. The border is the ratio that only a share `quantile` of the held-out
    images falls below, so a generator that copies nothing has about that share, one that copies
    everything with a little noise has 1. The distance alone would not do: a blurred image is close
    to many. Not seen: shifted copies, which are near to nothing in pixels, and rough copies of an
    image that `train` holds twice, which are about as near to both.

    Args:
        fake: array [n, ...] of images.
        train: array [m, ...], the images that the generator was trained on.
        held_out: array [h, ...], images of the same kind that it never saw, at least 1/quantile.
        quantile: share of held-out images below the border, in (0, 1).

    Returns:
        A float in [0, 1]; about `quantile` where nothing is memorised.

    Raises:
        ValueError: if shapes do not fit, a number is not finite, or there are too few held out.

    Example:
        >>> random = np.random.default_rng(0)
        >>> train, held_out = random.normal(size=(2, 200, 5))
        >>> memorised_share(train[:50], train, held_out)
        1.0

    Reference:
        The ratio is that of Lowe (2004), "Distinctive Image Features from Scale-Invariant
        Keypoints", section 7.1.
    """
    if not 0 < quantile < 1 or len(held_out) < 1 / quantile:
        raise ValueError(
            f"{len(held_out)} held-out images for a quantile of {quantile}: take a quantile "
            "between 0 and 1, and at least 1/quantile images."
        )
    border = np.quantile(nearest_neighbours(held_out, train).ratios, quantile)
    return float((nearest_neighbours(fake, train).ratios < border).mean())


def psnr(images, targets, value_range=2.0):
    """Peak signal-to-noise ratio of each image, in decibels: how near it is to its target.

    10 · log₁₀(range² / mean squared error of the image). For a table take the mean of the
    decibels; the decibels of the mean error are another number, never larger.

    Args:
        images: array [n, ...].
        targets: array of that shape: what each should be.
        value_range: from the darkest value to the brightest, above 0: 2 for images in [−1, 1].

    Returns:
        Array [n] of decibels; infinite where an image is its target.

    Raises:
        ValueError: if the two differ in shape, there is no image, or the range is not above 0.

    Example:
        >>> psnr(np.full((1, 2, 2), 0.2), np.zeros((1, 2, 2))).round(6).tolist()  # 4 / 0.04
        [20.0]
    """
    images, targets = np.asarray(images, "float64"), np.asarray(targets, "float64")
    if images.shape != targets.shape or not images.size:
        raise ValueError(
            f"Each image needs its target, of one shape; got {images.shape} and {targets.shape}."
        )
    if not value_range > 0:
        raise ValueError(f"value_range must be above 0, 2 for [-1, 1]; got {value_range!r}.")
    errors = ((images - targets) ** 2).reshape(len(images), -1).mean(axis=1)
    with np.errstate(divide="ignore"):
        return 10 * np.log10(value_range**2 / errors)


def used_noise(draws, targets):
    """How much of what the sources leave open is drawn: 0 nothing, 1 as much as there is.

    Mean squared difference of two draws for one source, over that of a draw from its target. For
    draws from the true law of the targets, given the source, a target is one draw more, so the
    ratio is 1; a network that ignores its noise has 0.

    Args:
        draws: array [m, n, ...], m at least 2: answers to n sources, each m times with other noise.
        targets: array [n, ...].

    Returns:
        A float of at least 0.

    Raises:
        ValueError: if the shapes do not fit, or every draw is its target.

    Example:
        >>> used_noise(np.array([[[1.0]], [[-1.0]]]), np.array([[1.0]]))  # 4 over (0 + 4)/2
        2.0
    """
    draws, targets = np.asarray(draws, "float64"), np.asarray(targets, "float64")
    if len(draws) < 2 or draws.shape[1:] != targets.shape:
        raise ValueError(
            f"draws must be [m, *targets], m at least 2; got {draws.shape} and {targets.shape}."
        )
    missed = np.mean((draws - targets) ** 2)
    if not missed > 0:
        raise ValueError("Every draw is its target: nothing is left open.")
    return float(2 * draws.var(axis=0, ddof=1).mean() / missed)


def calibration(stated, came, num_bins=10):
    """Whether what is said with probability p comes in a share p of the cases.

    The statements are sorted into bins of equal width. The expected calibration error is
    Σ (share of the statements in the bin) · |mean of what was said − share of what came|. Who says
    the base rate each time has 0, so the error is read beside how often the first guess is right.
    Shares out of k draws scatter, so that even draws from the true posterior have more than 0.

    Args:
        stated: array [n], probabilities.
        came: array [n], True where it came.
        num_bins: of equal width over [0, 1]; a probability on a border lies in the upper one.

    Returns:
        `Calibration` (error, stated, came, counts).

    Raises:
        ValueError: if shapes differ, there is no statement, or one lies outside [0, 1].

    Example:
        >>> calibration([0.8] * 5, [True, True, True, False, False]).error
        0.2...

    Reference:
        Guo, Pleiss, Sun, Weinberger (2017), "On Calibration of Modern Neural Networks".
    """
    stated, came = np.asarray(stated, "float64"), np.asarray(came, bool)
    if stated.ndim != 1 or stated.shape != came.shape or not len(stated):
        raise ValueError(
            f"stated and came must have the same shape [n]; got {stated.shape} and {came.shape}."
        )
    if not ((stated >= 0) & (stated <= 1)).all():
        raise ValueError(
            f"stated must be probabilities in [0, 1]; got {stated.min()} … {stated.max()}."
        )
    bins = np.minimum((stated * num_bins + ROUNDING).astype(int), num_bins - 1)
    counts = np.bincount(bins, minlength=num_bins)
    sums = [np.bincount(bins, values, minlength=num_bins) for values in (stated, came)]
    with np.errstate(invalid="ignore"):  # 0/0 in an empty bin
        means = [total / counts for total in sums]
    error = np.abs(sums[0] - sums[1]).sum() / len(stated)
    return Calibration(float(error), *means, counts)


def seam(images, masks):
    """How far neighbouring pixels differ where the hole begins.

    The mean of |known pixel − missing pixel| over all pairs of neighbours, beside or above one
    another, of which one is known and one is missing. Edges of strokes cross there in real images
    too, so it is read beside theirs.

    Args:
        images: array [n, h, w, c].
        masks: bool array [h, w] or [n, h, w], True where a pixel is missing.

    Returns:
        array [n]; NaN where a mask has no border.

    Raises:
        ValueError: if the shapes do not fit.

    Example:
        >>> image = np.array([[0.0, 0.0], [1.0, 0.5]]).reshape(1, 2, 2, 1)
        >>> seam(image, np.array([[False, False], [True, True]])).tolist()
        [0.75]
    """
    images, masks = np.asarray(images, "float64"), np.asarray(masks, bool)
    if images.ndim != 4 or masks.shape not in (images.shape[1:3], images.shape[:3]):
        raise ValueError(
            f"Masks must have the shape [h, w] or [n, h, w] of images [n, h, w, c]; got "
            f"{masks.shape} for {images.shape}."
        )
    masks = np.broadcast_to(masks, images.shape[:3])
    steps, pairs = np.zeros(len(images)), np.zeros(len(images))
    for axis in (1, 2):
        border = np.diff(masks, axis=axis)
        apart = np.abs(np.diff(images, axis=axis)).mean(axis=3)
        steps += (border * apart).sum(axis=(1, 2))
        pairs += border.sum(axis=(1, 2))
    with np.errstate(invalid="ignore"):
        return steps / pairs


def _nearest_two(fake, real, rows):
    """Distances of the nearest two among these rows of the real, and which they are."""
    part = _laid_flat(real[rows])
    dtype = "float32" if fake.dtype == part.dtype == "float32" else "float64"
    part, fake = _centred(*_checked_features(part, fake, dtype=dtype))
    distances, indices = _neighbours(fake, part, min(2, len(part)))
    return distances, indices + (rows.start or 0)


def _laid_flat(rows):
    """Rows [n, ...] as [n, d]; pixels in the range of floats, so that both kinds can meet."""
    if rows.dtype == np.uint8:
        from ganedu import data  # it brings TensorFlow along, which numbers do not need

        rows = data.scale(rows)
    return rows.reshape(len(rows), -1)


def _discrepancy(a, b):
    """The unbiased estimate of one block."""
    within = [_kernel(x, x) for x in (a, b)]
    pairs = [
        (kernel.sum() - np.trace(kernel)) / (len(kernel) * (len(kernel) - 1)) for kernel in within
    ]
    return sum(pairs) - 2 * _kernel(a, b).mean()


def _kernel(a, b):
    return (a @ b.T / a.shape[1] + 1) ** 3


def _radii(points, k):
    """Distance of each point to its k-th neighbour among the others."""
    return _neighbours(None, points, k)[0][:, -1]


def _neighbours(queries, points, k):
    """Distances and rows of the k nearest points; queries None means the points themselves."""
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points).kneighbors(queries)


def _centred(real, fake):
    """Both less the mean of the real: distances stay, and far from 0 rounding eats them."""
    middle = real.mean(axis=0)
    return real - middle, fake - middle


def _balls_met(points, centres, radii):
    """In how many balls each point lies, in chunks of rows that keep memory bounded.

    ‖x − c‖² ≤ r² is 2x·c − ‖x‖² − (‖c‖² − r²) ≥ 0: one product of matrices. A sliver more, so
    that rounding loses no point on a rim.
    """
    lengths, sliver = (centres**2).sum(axis=1), 1 - ROUNDING
    balls = np.column_stack([2 * centres, -np.ones(len(centres)), radii**2 - sliver * lengths])
    counts = []
    for rows in np.array_split(points, -(-len(points) // CHUNK)):
        rows = np.column_stack([rows, sliver * (rows**2).sum(axis=1), np.ones(len(rows))])
        counts.append(np.count_nonzero(rows @ balls.T >= 0, axis=1))
    return np.concatenate(counts)


def _rows_by_class(rows, labels):
    """A list of arrays, a class each."""
    rows, labels = np.asarray(rows), np.asarray(labels)
    if labels.shape != rows.shape[:1] or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"Each row needs a label, an integer; got {labels.dtype} of shape {labels.shape} for "
            f"{len(rows)} rows."
        )
    if not labels.size or labels.min() < 0:
        raise ValueError("Labels are 0, 1, 2 and so on, of at least one row.")
    return [rows[labels == label] for label in range(labels.max() + 1)]


def _shares(labels, num_classes):
    labels = np.asarray(labels)
    if labels.ndim != 1 or not len(labels) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels must be integers of shape [n] with n at least 1; got {labels.dtype} of shape "
            f"{labels.shape}. From probabilities [n, classes] they come by argmax(axis=1)."
        )
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"labels must be in 0 … {num_classes - 1}; got {labels.min()} … {labels.max()}."
        )
    return np.bincount(labels, minlength=num_classes) / len(labels)


def _checked_features(a, b, k=None, dtype="float64"):
    a, b = np.asarray(a, dtype), np.asarray(b, dtype)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(
            f"Both sets must have the shape [n, d] with the same d; got {a.shape} and {b.shape}. "
            "Images become features with features.digit_features(images)."
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("Features must be finite; there is a NaN or an infinity.")
    fewest = min(len(a), len(b))
    if k is not None and not 1 <= k < fewest:
        raise ValueError(
            f"k must be at least 1 and below the number of samples; got k = {k} with {len(a)} and "
            f"{len(b)} samples."
        )
    return a, b


def _checked_points(points, centres, std):
    points, centres = np.asarray(points, "float64"), np.asarray(centres, "float64")
    if points.ndim != 2 or not len(points):
        raise ValueError(
            f"points must have the shape [n, d] with n at least 1; got {points.shape}."
        )
    if centres.ndim != 2 or not len(centres) or centres.shape[1] != points.shape[1]:
        raise ValueError(
            f"centres must have the shape [k, {points.shape[1]}], as many coordinates as the "
            f"points; got {centres.shape}."
        )
    if not (np.isfinite(points).all() and np.isfinite(centres).all()):
        raise ValueError("points and centres must be finite; there is a NaN or an infinity.")
    if not (np.isscalar(std) and np.isfinite(std) and std > 0):
        raise ValueError(f"std must be a number above 0; got {std!r}.")
    return points, centres
