"""Exercises of lesson 08, how good is it."""

import itertools

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, called_first, function, in_turn, planted
from ganedu.exercises.running import Wrong

# 08.1, the Fréchet distance


def _feature_sets(rng):
    """Three pairs [n, d], [m, d] with n ≠ m, correlated features, other means and spreads."""
    pairs = []
    for d in (2, 3, 5):
        n, m = rng.permutation([40, 70])
        mixes = rng.normal(size=(2, d, d)) * rng.uniform(0.5, 2.0, (2, 1, d))
        pairs.append(
            (
                rng.normal(size=(n, d)) @ mixes[0] + rng.uniform(1, 3, d),
                rng.normal(size=(m, d)) @ mixes[1] - rng.uniform(1, 3, d),
            )
        )
    return _single(pairs)


def _single(pairs):
    """In single precision, as features are."""
    return [tuple(np.float32(each) for each in pair) for pair in pairs]


def _flat_sets(rng):
    """Pairs whose points fill only 3 of 8 dimensions, as features of a small class may."""
    pairs = [
        tuple(rng.normal(size=(60, 3)) @ rng.normal(size=(3, 8)) + shift for shift in (0.5, 1.5))
        for _ in range(2)
    ]
    return _single(pairs)


def _equal_sets(rng):
    """One set and itself, in another order."""
    points = rng.normal(size=(50, 3))
    return _single([(points, rng.permutation(points))])


def _frechet(a, b):
    """By the singular values of the centred rows: no square root of a matrix at all."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    centred = [(x - x.mean(axis=0)) / np.sqrt(len(x) - 1) for x in (a, b)]
    cross = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum()
    shift = a.mean(axis=0) - b.mean(axis=0)
    return shift @ shift + sum(np.square(x).sum() for x in centred) - 2 * cross


def _distance(line, before="pass"):
    """A wrong answer: the last line is given."""
    return f"""import numpy as np

def root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T

def frechet_distance(a, b):
    shift = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
    A, B = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    {before}
    cross = np.trace(root(root(A) @ B @ root(A)))
    spread = np.trace(A) + np.trace(B)
    return {line}
"""


_FRECHET = (
    Mistake(
        _distance("shift + spread - cross"),
        "the factor 2 before the square root is missing: with it away, a set is not at distance "
        "0 from itself.",
    ),
    Mistake(
        _distance("shift + np.trace(A + B - 2 * np.sqrt(np.abs(A * B)))"),
        "only the spreads of single features are compared. That is what standard deviations, or "
        "np.sqrt of each entry, give: the correlations are lost. A matrix square root is asked "
        "for: root @ root gives the matrix.",
    ),
    Mistake(
        _distance("shift + np.trace(A + B - 2 * np.sqrt(np.abs(A @ B)))"),
        "np.sqrt takes the root of each entry. The square root of a matrix is the matrix whose "
        "product with itself gives it; it comes from eigenvalues (np.linalg.eigh).",
    ),
    Mistake(
        _distance("shift + spread - 2 * np.trace(root(A) @ root(B))"),
        "the product of two roots is the root of the product only where A and B commute. Take "
        "the root of √A B √A.",
    ),
    Mistake(
        _distance("np.sqrt(shift) + spread - 2 * cross"),
        "the means enter squared, ‖μₐ − μ_b‖², not as the length itself.",
    ),
    Mistake(
        _distance("np.mean((a.mean(axis=0) - b.mean(axis=0)) ** 2) + spread - 2 * cross"),
        "that is the mean over the features of the squared shift; the squared length is their sum.",
    ),
    Mistake(
        _distance("np.sqrt(shift + spread - 2 * cross)"),
        "that is the root of the right value. The Fréchet distance of the field is the squared "
        "one, without the root.",
    ),
    Mistake(
        _distance(
            "shift + np.trace(A) + np.trace(B) - 2 * np.trace(root(root(A) @ B @ root(A)))",
            "A, B = np.cov(a, rowvar=False, ddof=0), np.cov(b, rowvar=False, ddof=0)",
        ),
        "almost: the covariances are divided by n. Divided by n − 1, as np.cov does, they are "
        "unbiased, and other programs agree with yours.",
    ),
    Mistake(
        _distance("shift"),
        "only the means are compared: two sets with one mean and any spread would be equal.",
    ),
    Mistake(
        _distance("spread - 2 * cross"),
        "the term of the means is missing: a set that is moved as a whole would be at distance 0.",
    ),
)
_COMPLEX = Mistake(
    _distance("shift + spread - 2 * np.sqrt(np.linalg.eigvals(A @ B).astype(complex)).sum()"),
    "a complex number, where real numbers are due. A @ B is not symmetric, and rounding gives its "
    "root an imaginary part. "
    "Take the root of √A B √A, which is symmetric.",
)
_NOT_A_NUMBER = Mistake(
    _distance("shift + spread - 2 * np.sqrt(np.linalg.eigvalsh(root(A) @ B @ root(A))).sum()"),
    "no number where the features do not fill all dimensions: an eigenvalue that should be 0 is "
    "slightly below it after rounding, and its root is NaN. What can be done about that?",
)


def _stays_real(answer, rng):
    """Both mistakes are named by what they return or raise, however they are written."""
    with np.errstate(all="ignore"):
        full, flat = [answer(*map(np.copy, pair)) for pair in _feature_sets(rng)], []
        for pair in _flat_sets(rng):
            try:
                flat.append(answer(*map(np.copy, pair)))
            except np.linalg.LinAlgError:  # a root of what is below 0, and then its eigenvalues
                flat.append(float("nan"))
    if any(
        isinstance(value, complex | np.ndarray) and np.iscomplexobj(value) for value in full + flat
    ):
        raise Wrong(_COMPLEX.says)
    if any(map(_is_nan, flat)) and not any(map(_is_nan, full)):
        raise Wrong(_NOT_A_NUMBER.says)


def _is_nan(value):
    return isinstance(value, (float, np.floating)) and bool(np.isnan(value))


# 08.2, the kernel distance


def _small_sets(rng):
    """Three pairs [n, d], [m, d] with n ≠ m; one set has two rows, the fewest."""
    sizes = [(2, 5, 8), (3, 9, 2), (5, 12, 7)]
    return _single((rng.normal(size=(n, d)), rng.normal(size=(m, d)) + 0.5) for d, n, m in sizes)


def _by_pairs(a, b):
    """The definition: one pair of rows after the other."""
    a, b = np.asarray(a, float), np.asarray(b, float)

    def k(x, y):
        return (x @ y / len(x) + 1) ** 3

    within = sum(np.mean([k(x, y) for x, y in itertools.permutations(s, 2)]) for s in (a, b))
    return within - 2 * np.mean([k(x, y) for x, y in itertools.product(a, b)])


def _discrepancy(within, between="kernel(a, b).mean()", factor=2, power="3", scale="a.shape[1]"):
    return f"""import numpy as np

def kernel(a, b):
    return (a @ b.T / {scale} + 1) ** {power}

def others(k):
    return (k.sum() - np.trace(k)) / (len(k) * (len(k) - 1))

def kernel_distance(a, b):
    aa, bb = kernel(a, a), kernel(b, b)
    return {within} - {factor} * {between}
"""


_OTHERS = "others(aa) + others(bb)"
_KERNEL = (
    Mistake(
        _discrepancy("aa.mean() + bb.mean()"),
        "the rows meet themselves: the diagonals of the first two terms are still in. k(x, x) is "
        "large, so the distance comes out too large, most of all for few samples.",
    ),
    Mistake(
        _discrepancy("(aa.sum() - np.trace(aa)) / aa.size + (bb.sum() - np.trace(bb)) / bb.size"),
        "the diagonals are out, but the sums are still divided by n². Without the diagonal there "
        "are n(n − 1) pairs.",
    ),
    Mistake(
        _discrepancy(_OTHERS, factor=1),
        "the factor 2 before the last term is missing: there is one x, y and one y, x.",
    ),
    Mistake(
        _discrepancy(_OTHERS, factor=-2),
        "the last term has the wrong sign: sets that are alike would be far apart.",
    ),
    Mistake(
        _discrepancy(_OTHERS, scale="1"),
        "the inner product is divided by the number of features, (x·y/d + 1)³; yours is not.",
    ),
    Mistake(
        _discrepancy(_OTHERS, power="2"),
        "the kernel has the third power; with the second the distance sees means and covariances "
        "only, as the Fréchet distance does.",
    ),
    Mistake(
        _discrepancy("0"),
        "the two terms within the sets are missing: they are what makes the distance 0 for equal "
        "distributions.",
    ),
    Mistake(
        _discrepancy(f"np.abs({_OTHERS}", "kernel(a, b).mean())"),
        "the absolute value is taken. An unbiased estimate must be free to fall below 0 where "
        "the true distance is 0.",
    ),
    Mistake(
        _discrepancy(f"max(0, {_OTHERS}", "kernel(a, b).mean())"),
        "what is negative is cut off at 0. Where the true distance is 0, an unbiased estimate "
        "falls below 0 about as often as above; cut off, its mean is too large.",
    ),
)


def _near_sets(rng):
    """Pairs from one distribution whose estimate lies below 0, and two from different ones."""
    pairs = []
    while len(pairs) < 3:
        a, b = rng.normal(size=(2, 10, 3))
        if _by_pairs(a, b) < -0.1:
            pairs.append((a, b))
    return _single(pairs)


# 08.3, the dropped class


def _models(rng):
    """Labels [3, n] of three models: one lost a class, one makes another far too often.

    The classifier errs, so a lost class keeps a share of .02; once it has none, and is the last.
    """
    return [_three_models(rng, kept) for kept in (0.02, 0.02, 0.02, 0.0)]


def _three_models(rng, kept):
    classes = rng.permutation(10)
    if not kept:
        classes[[2, np.argmax(classes)]] = 9, classes[2]
    rare, common, lost, frequent = classes[:4]
    reference = np.full(10, 0.62 / 7)
    reference[[rare, common, lost]] = 0.03, 0.25, 0.10
    dropped, doubled = reference.copy(), reference / 2
    dropped[lost] = kept
    doubled[frequent] += 0.5
    order = rng.permutation(3)
    shares = np.stack([reference, dropped, doubled])[order]
    labels = np.stack([_labels(rng, each, 4000) for each in shares])
    return (labels, _labels(rng, reference, 3000)), np.array([np.argmax(order == 1), lost])


def _labels(rng, shares, n):
    """Labels whose shares are as exact as whole numbers can be: no chance, but in their order."""
    borders = np.rint(np.cumsum(shares / shares.sum()) * n).astype(int)
    return rng.permutation(np.repeat(np.arange(10), np.diff(borders, prepend=0)))


def _which_is_wrong(given, right, example):
    if given[0] == right[0]:
        return (
            f"the model is right, {given[0]:g}, and the class is not: {given[1]:g} is not the one "
            "that it lost."
        )
    if given[1] == right[1]:
        return f"the class is right, {given[1]:g}, and the model is not: {given[0]:g} makes it."
    return f"neither is right: model {given[0]:g} makes class {given[1]:g} about as it should."


def _lost(body):
    return f"""import numpy as np

def which_dropped(labels, reference_labels):
    shares = np.stack([np.bincount(each, minlength=10) / len(each) for each in labels])
    reference = np.bincount(reference_labels, minlength=10) / len(reference_labels)
{body}
"""


_DROPPED = (
    Mistake(
        _lost("    return np.unravel_index(np.argmin(shares), shares.shape)"),
        "you name the class with the smallest share. One class is rare in the real data too: "
        "divide by the share that it ought to have.",
    ),
    Mistake(
        _lost("    return np.unravel_index(np.argmin(shares - reference), shares.shape)"),
        "you name the class with the largest difference of shares. A common class can lose more "
        "percentage points than a rarer one has: take the ratio, not the difference.",
    ),
    Mistake(
        _lost(
            """    kl = (shares * np.log(np.maximum(shares, 1e-9) / reference)).sum(axis=1)
    model = np.argmax(kl)
    return model, np.argmin(shares[model] / reference)"""
        ),
        "you name the model with the largest KL. It grew there because one class is made far too "
        "often, and all others half as often. KL says that shares are wrong, not which way.",
    ),
    Mistake(
        _lost(
            """    empty = np.argwhere(shares == 0)
    return empty[0] if len(empty) else (-1, -1)"""
        ),
        "you look for a class without a single sample. The classifier errs now and then, so even "
        "a lost class may have some: compare the shares.",
    ),
    Mistake(
        _lost("    return np.unravel_index(np.argmin(shares / reference), shares.shape)[::-1]"),
        "the order is swapped: first the model, then the class.",
    ),
    Mistake(
        _lost("    return np.unravel_index(np.argmin(reference / shares), shares.shape)"),
        "the ratio is upside down: that is the class that is made too often.",
    ),
)

# 08.4, the generator that copies


def _generators(rng):
    """Three sets of fakes in 2, 6 and 16 dimensions: one copies, or none does; one is blurred."""
    return [
        _three_sets(rng, d, copies)
        for d, copies in zip((2, 6, 16, 2, 6, 16), (1, 1, 1, 0, 0, 0), strict=True)
    ]


def _three_sets(rng, d, copies):
    """Chance leaves a margin on both sides of the lesson's border.

    Of a set without copies .02 to .07 lie below it; if nobody copies, one has .06 at least, so
    that "above .05" is no finding. Of a copier more than .3 lie below.
    """
    train, held_out = rng.normal(size=(2, 400, d))
    border = np.quantile(_ratios(held_out, train), 0.05)
    below = rng.integers([24, 8, 8], 29)
    new, other, blurred = rng.normal(size=(3, 800, d))
    blurred = 0.4 * blurred  # close to the middle, where neighbours are many and near
    sets = [(points, _ratios(points, train) < border) for points in (new, other, blurred)]
    if sets[0][1].sum() < 24:
        return _three_sets(rng, d, copies)  # a border so small that chance cannot be shown
    three = [_chosen(*each, number) for each, number in zip(sets, below, strict=True)]
    if copies:
        three[1][:160] = _copied(rng, train, {2: 0.04, 6: 0.3, 16: 0.65}[d])
    order = rng.permutation(3)
    samples = np.float32(np.stack(three)[order])
    right = int(np.argmax(order == 1)) if copies else -1
    return (samples, np.float32(train), np.float32(held_out)), right


def _chosen(points, below, number):
    """400 of the points, of which a number lies below the border, or all there are."""
    kept = np.flatnonzero(below)[:number]
    return points[np.concatenate([kept, np.flatnonzero(~below)])[:400]]


def _copied(rng, train, noise):
    """Rows of train with noise, in units of the gap to the next row."""
    rows = rng.permutation(len(train))[:160]
    gaps = _two_nearest(train[rows], train)[:, 1]  # the nearest is the row itself
    directions = rng.normal(size=(160, train.shape[1])) / np.sqrt(train.shape[1])
    return train[rows] + noise * gaps[:, None] * directions


def _ratios(points, train):
    near = _two_nearest(points, train)
    return near[:, 0] / near[:, 1]


def _two_nearest(points, train):
    squared = np.sum(points**2, axis=1)[:, None] + np.sum(train**2, axis=1) - 2 * points @ train.T
    nearest = squared.argmin(axis=1, keepdims=True)
    first = np.take_along_axis(squared, nearest, axis=1)
    np.put_along_axis(squared, nearest, np.inf, axis=1)
    return np.sqrt(np.maximum(np.hstack([first, squared.min(axis=1, keepdims=True)]), 0))


def _who_copies(given, right, example):
    where = f"in {example[1].shape[1]} dimensions"
    if right < 0:
        return f"{where} nobody copies, and you name set {int(given)}."
    if given < 0:
        return f"{where} one of the three copies, and you name none."
    return f"{where} set {int(given)} copies nothing, and another one does."


def _catch(body):
    return f"""import numpy as np

def nearest(fakes, points):
    squared = (fakes**2).sum(axis=1)[:, None] + (points**2).sum(axis=1) - 2 * fakes @ points.T
    rows, first = np.arange(len(fakes)), squared.argmin(axis=1)
    nearest = squared[rows, first]
    squared[rows, first] = np.inf
    return np.sqrt(np.maximum(np.stack([nearest, squared.min(axis=1)], axis=1), 0))

def ratios(fakes, points):
    near = nearest(fakes, points)
    return near[:, 0] / near[:, 1]

def which_copies(samples, train, held_out):
{body}
"""


_CALIBRATED = """    border = np.quantile(ratios(held_out, train), 0.05)
    shares = [np.mean(ratios(fakes, train) < border) for fakes in samples]
"""
_NEVER = (
    "you name nobody, in six examples of which three have a copier. Either you ask for a share "
    "that no copier reaches, or you look in the wrong place: whoever memorises copies what it was "
    "trained on."
)
_FIXED = """    shares = [np.mean(ratios(fakes, train) < {}) for fakes in samples]
    return int(np.argmax(shares)) if max(shares) > {} else -1"""
_COPIES = (
    Mistake(
        _catch(
            "    return int(np.argmin([nearest(fakes, train)[:, 0].mean() for fakes in samples]))"
        ),
        "you name the blurred generator: the raw distance calls everything near the middle of "
        "the data a copy. Compare the nearest training image with the second nearest.",
    ),
    Mistake(
        _catch(
            """    border = np.quantile(nearest(held_out, train)[:, 0], 0.05)
    shares = [np.mean(nearest(fakes, train)[:, 0] < border) for fakes in samples]
    return int(np.argmax(shares)) if max(shares) > 0.15 else -1"""
        ),
        "you name a generator that copies nothing: raw distances, even against a border from "
        "held-out images, flag what is only near the middle of the data. Take the ratio of "
        "nearest to second nearest.",
    ),
    Mistake(
        _catch(
            """    border = np.quantile(ratios(train, held_out), 0.05)
    shares = [np.mean(ratios(fakes, held_out) < border) for fakes in samples]
    return int(np.argmax(shares)) if max(shares) > 0.15 else -1"""
        ),
        _NEVER,
        also=(_catch("    return -1"),),
    ),
    Mistake(
        _catch(_CALIBRATED + "    return int(np.argmax(shares))"),
        "right where one of the three copies, but you name one also where none does. About 5 % "
        "of new images fall below the border too, .02 to .08 by chance: only a share well above "
        "that is a finding.",
        also=(
            _catch(_CALIBRATED + "    return int(np.argmax(shares)) if max(shares) > 0.05 else -1"),
        ),
    ),
    Mistake(
        _catch(_FIXED.format(0.5, 0.15)),
        "right in some dimensions: in the plane a quarter of all *new* points has a ratio below "
        "½, in many dimensions hardly one. What is usual, the held-out images tell.",
        also=tuple(_catch(_FIXED.format(border, 0.15)) for border in (0.6, 0.7, 0.8)),
    ),
)

EXERCISES = (
    Exercise(
        id="08.1",
        name="frechet_distance",
        stub='''def frechet_distance(a, b):
    """Squared Fréchet distance of two sets of features, arrays [n, d] and [m, d]."""
    raise NotImplementedError
''',
        hints=(
            "Four pieces: two means, two covariances. `np.cov(a, rowvar=False)` takes rows as "
            "samples.",
            "The hard one is tr (√A B √A)^½. With `values, vectors = np.linalg.eigh(A)` the root "
            "of A is `(vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T`: what is below 0 is "
            "rounding.",
            "The trace of the root of a symmetric matrix is the sum of the roots of its "
            "eigenvalues, `np.linalg.eigvalsh(root @ B @ root)`. There too what is below 0 is "
            "rounding.",
        ),
        solution="""import numpy as np


def frechet_distance(a, b):
    A, B = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(A)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.linalg.eigvalsh(root @ B @ root)
    shift = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
    return shift + np.trace(A) + np.trace(B) - 2 * np.sqrt(np.maximum(cross, 0)).sum()
""",
        mistakes=(*_FRECHET, _COMPLEX, _NOT_A_NUMBER),
        judge=in_turn(
            called_first("frechet_distance"),
            _stays_real,
            function("frechet_distance", _frechet, _feature_sets, _FRECHET),
            function(
                "frechet_distance",
                _frechet,
                _flat_sets,
                rtol=1e-3,
                atol=1e-2,
                lead="right where the features fill all dimensions, wrong where they do not: ",
            ),
            function("frechet_distance", _frechet, _equal_sets, atol=1e-2),
        ),
        praise="The same number as `metrics.frechet_distance`, without one complex digit.",
    ),
    Exercise(
        id="08.2",
        name="kernel_distance",
        stub='''def kernel_distance(a, b):
    """Unbiased estimate from all rows; a [n, d], b [m, d]; k(x, y) = (x·y/d + 1)³."""
    raise NotImplementedError
''',
        hints=(
            "All inner products at once: `a @ b.T` is [n, m]. So the kernel is one line for each "
            "of the three terms.",
            "In the terms within one set no row meets itself: take the diagonal away with "
            "`np.trace`, and count the pairs that are left.",
            "n(n − 1) pairs are left. The term between the sets keeps all n·m and counts twice.",
        ),
        solution="""import numpy as np


def kernel_distance(a, b):
    def kernel(x, y):
        return (x @ y.T / x.shape[1] + 1) ** 3

    def within(x):
        pairs = kernel(x, x)
        return (pairs.sum() - np.trace(pairs)) / (len(x) * (len(x) - 1))

    return within(a) + within(b) - 2 * kernel(a, b).mean()
""",
        mistakes=_KERNEL,
        judge=in_turn(
            function("kernel_distance", _by_pairs, _small_sets, _KERNEL, atol=1e-3),
            function("kernel_distance", _by_pairs, _near_sets, _KERNEL[-2:], atol=1e-3),
        ),
        praise="Unbiased: real against real is 0 on average, for two rows as for two thousand.",
    ),
    Exercise(
        id="08.3",
        name="which_dropped",
        stub='''def which_dropped(labels, reference_labels):
    """(model, class): which row of labels [3, n] lost which class of the [m] others."""
    raise NotImplementedError
''',
        hints=(
            "Count first: `np.bincount(each, minlength=10) / len(each)` are the shares of ten "
            "classes.",
            "A share is small only beside what it ought to be: a rare class is no lost class.",
            "Share over reference share, three rows of ten. The smallest is the lost one: "
            "`np.unravel_index(np.argmin(…), (3, 10))`.",
        ),
        solution="""import numpy as np


def which_dropped(labels, reference_labels):
    shares = np.stack([np.bincount(each, minlength=10) / len(each) for each in labels])
    reference = np.bincount(reference_labels, minlength=10) / len(reference_labels)
    return np.unravel_index(np.argmin(shares / reference), shares.shape)
""",
        mistakes=_DROPPED,
        judge=planted("which_dropped", _models, _DROPPED, _which_is_wrong),
        praise="One number hides which way the shares are wrong; ten bars show it.",
    ),
    Exercise(
        id="08.4",
        name="which_copies",
        stub='''def which_copies(samples, train, held_out):
    """0, 1 or 2: which of samples [3, n, d] holds copies of train; −1 if none."""
    raise NotImplementedError
''',
        hints=(
            "For each sample: how far is the nearest row of train, and how far the second nearest?"
            " `metrics.nearest_neighbours(fakes, train).ratios` has the quotient.",
            "A copy has a small ratio. How small is small? Ask the held-out rows, which nobody "
            "can have copied: the ratio that only 5 % of them fall below.",
            "Three shares below that border. Chance alone gives .02 to .08; a copier has far more, "
            "here above .3. Return its place, `int(np.argmax(shares))`, or −1 if no share is "
            "clearly above .08, say above .15.",
        ),
        solution="""import numpy as np
from ganedu import metrics


def which_copies(samples, train, held_out):
    border = np.quantile(metrics.nearest_neighbours(held_out, train).ratios, 0.05)
    shares = [
        np.mean(metrics.nearest_neighbours(fakes, train).ratios < border) for fakes in samples
    ]
    return int(np.argmax(shares)) if max(shares) > 0.15 else -1
""",
        mistakes=_COPIES,
        judge=planted("which_copies", _generators, _COPIES, _who_copies),
        praise="The held-out images say what is normal; only then is a small number a finding.",
        seconds=60.0,
    ),
)
