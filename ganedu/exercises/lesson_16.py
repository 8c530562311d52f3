"""Exercises of lesson 16, few labels."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, function, planted

# 16.1, the made-up class, for free


def _logit(line, before=""):
    return f"""import numpy as np


def real_logit(class_logits):
{before}    return {line}
"""


_GREATEST = "    most = class_logits.max(axis=1)\n"
_SUM = "np.exp(class_logits - most[:, np.newaxis]).sum(axis=1)"
_LOGITS = (
    Mistake(
        _logit("np.log(np.exp(class_logits).sum(axis=1))"),
        "the formula is right, but exp overflows from logits of 710 on (float64), and for "
        "very negative ones log meets a 0. Take the greatest logit of each row off first, and add "
        "it again.",
        also=(
            _logit("np.log(np.sum(np.exp(class_logits), axis=-1) + 1e-8)"),
            _logit(
                "most + np.log(np.exp(class_logits - most).sum(axis=1))",
                "    most = class_logits.max()\n",
            ),
        ),
    ),
    Mistake(
        _logit("class_logits.max(axis=1)"),
        "this is the logit of the surest class alone. All classes are real: their shares add up.",
    ),
    Mistake(
        _logit("class_logits.sum(axis=1)"),
        "logits do not add up; their exponentials do.",
        also=(_logit("class_logits.mean(axis=1)"),),
    ),
    Mistake(
        _logit(f"most + np.log({_SUM} / class_logits.shape[1])", _GREATEST),
        "this is the logarithm of a mean. The shares of the classes are added, not averaged.",
    ),
    Mistake(
        _logit("np.logaddexp(0, np.logaddexp.reduce(class_logits, axis=1))"),
        "the 1 of the made-up class is in your sum: this is −log P(made up). The logit compares "
        "real with made up, so the 1 stands below the line, and log 1 is 0.",
    ),
    Mistake(
        _logit("1 / (1 + np.exp(-np.logaddexp.reduce(class_logits, axis=1)))"),
        "this is the probability of real. Its logit is asked for, before the sigmoid.",
    ),
    Mistake(
        _logit("-np.logaddexp.reduce(class_logits, axis=1)"),
        "this is the logit of made up: the sign is exchanged.",
    ),
)


def _class_logits(rng):
    """Usual logits, very large ones, very small ones, and one class."""
    return [
        (rng.normal(0, 2, (5, 10)),),
        (rng.normal(0, 2, (4, 3)) + np.array([[900.0], [0.0], [-900.0], [3.0]]),),
        (rng.normal(0, 2, (3, 1)),),
    ]


def _by_logs(class_logits):
    return np.logaddexp.reduce(np.asarray(class_logits, "float64"), axis=1)


# 16.2, what a generated image is told by matched features


def _slope(line, before=""):
    return f"""import numpy as np


def feature_gradient(real_features, fake_features):
{before}    m = len(fake_features)
    gap = real_features.mean(axis=0) - fake_features.mean(axis=0)
    return {line}
"""


_TILED = "np.tile({} * gap, (m, 1))"
_SLOPES = (
    Mistake(
        _slope(_TILED.format("2 / m")),
        "the sign: a step against this gradient takes the generated features away from the real "
        "ones.",
    ),
    Mistake(
        _slope(_TILED.format("-2")),
        "each image has only 1/m of the mean, so its share of the gradient is divided by m.",
    ),
    Mistake(
        _slope(_TILED.format("-1 / m")),
        "the square gives a 2: the slope of d² is 2d.",
    ),
    Mistake(
        _slope(_TILED.format("-2 / len(real_features)")),
        "divided by the number of real images. It is the mean over the generated ones that moves.",
    ),
    Mistake(
        _slope("-2 / m * (real_features.mean(axis=0) - fake_features)"),
        "that pulls each image to the real mean by itself, and the images together onto one point: "
        "the gradient of the mean of squared distances. Here only the mean is to match, so all "
        "images are pushed alike.",
    ),
    Mistake(
        _slope("-2 / m * gap"),
        "this is the row of one image. There are m of them, shape [m, features].",
    ),
)


def _features(rng):
    """Unequal numbers, equal ones, and one image of each."""
    return [
        (rng.normal(size=(n, d)), rng.normal(size=(m, d)))
        for n, m, d in ((6, 3, 4), (5, 5, 2), (1, 1, 3))
    ]


def _by_differences(real_features, fake_features):
    """Central differences of the squared distance, exact for a parabola."""
    real, fake = (np.asarray(part, "float64") for part in (real_features, fake_features))
    found = np.zeros_like(fake)
    for place in np.ndindex(*fake.shape):
        ends = []
        for side in (0.5, -0.5):
            moved = fake.copy()
            moved[place] += side
            ends.append(((real.mean(axis=0) - moved.mean(axis=0)) ** 2).sum())
        found[place] = ends[0] - ends[1]
    return found


# 16.3, how many labels reach a loss


def _count(body):
    return f"""import numpy as np


def count_labels(loss, labels, num_classes):
{body}"""


_RIGHT = _count("""    before, count = loss(labels), 0
    for row in range(len(labels)):
        costs = []
        for other in range(num_classes):
            changed = labels.copy()
            changed[row] = other
            costs.append(loss(changed))
        count += any(cost != before for cost in costs)
    return count
""")
_COUNTS = (
    Mistake(
        _count("    return (labels >= 0).sum()\n"),
        "this counts the labels that there are. Whether the loss reads them, only the loss can "
        "say: change one, and call it.",
        also=(_count("    return len(labels)\n"),),
    ),
    Mistake(
        _count("""    before, count = loss(labels), 0
    for row in range(len(labels)):
        changed = labels.copy()
        changed[row] = (labels[row] + 1) % num_classes
        count += loss(changed) != before
    return count
"""),
        "you try one other class in the place of each label. It may happen to cost the same: try "
        "all of them.",
        also=(
            _count("""    before, count = loss(labels), 0
    for row in range(len(labels)):
        changed = labels.copy()
        changed[row] = num_classes - 1 - labels[row]
        count += loss(changed) != before
    return count
"""),
        ),
    ),
    Mistake(
        _count("""    before, count = loss(labels), 0
    changed = labels.copy()
    for row in range(len(labels)):
        costs = []
        for other in range(num_classes):
            changed[row] = other
            costs.append(loss(changed))
        count += any(cost != before for cost in costs)
    return count
"""),
        "a label that was changed stays changed, and from then on each loss differs from the first "
        "one. Begin each time with a fresh copy.",
    ),
    Mistake(
        _count("""    before, count = loss(labels), 0
    for row in range(len(labels)):
        for other in range(num_classes):
            changed = labels.copy()
            changed[row] = other
            count += loss(changed) != before
    return count
"""),
        "each label is counted once for each class that changes the loss. Count it once.",
    ),
    Mistake(
        _count("""    before = loss(labels)
    rows = range(len(labels))
    same = [loss(np.delete(labels, row)) == before for row in rows]
    return len(labels) - sum(same)
"""),
        "you take the label away, and move all that follow it to other images. Put another class "
        "in its place instead.",
    ),
)


def _losses(rng):
    """Some labels are read; in the last loss none, in the one before all.

    In the first one the first two are not and the last one is, so that a label that stays changed
    counts differently from one that is taken away.
    """
    examples = []
    for n, classes, share in ((12, 4, 0.4), (9, 3, 0.7), (6, 5, 1.0), (7, 3, 0.0)):
        read = rng.permutation(np.arange(n) < round(n * share))
        if not examples:
            inner = rng.permutation(np.arange(n - 3) < round(n * share) - 1)
            read = np.concatenate([[False, False], inner, [True]])
        labels = rng.integers(classes, size=n)
        costs = np.cumsum(rng.uniform(1, 2, (n, classes)), axis=1)  # of each row all differ
        for row in np.flatnonzero(read)[:2]:  # but here two other classes cost the same
            costs[row, (labels[row] + 1) % classes] = costs[row, labels[row]]
        for row in np.flatnonzero(read)[2:3]:
            costs[row, classes - 1 - labels[row]] = costs[row, labels[row]]
        examples.append(((_loss_of(costs, read), labels, classes), int(read.sum())))
    return examples


def _loss_of(costs, read):
    def loss(labels):
        labels = np.asarray(labels)
        rows = np.arange(len(labels))
        return float((costs[rows, labels] * read[: len(labels)]).sum())

    return loss


def _tell(given, right, example):
    return (
        f"your count is {int(given)}, and {int(right)} of {len(example[1])} labels reach this loss."
    )


EXERCISES = (
    Exercise(
        id="16.1",
        name="real_logit",
        stub='''def real_logit(class_logits):
    """The logit of "real" for n images, shape [n], from class logits [n, classes]."""
    raise NotImplementedError
''',
        hints=(
            "The made-up class has the logit 0, so its share is 1 in Σ exp ℓ + 1. The logit of "
            "real is the logarithm of (share of real) / (share of made up).",
            "It is log Σ exp ℓ over the classes of each row. exp(900) is too large for a computer: "
            "what happens to the sum if the greatest logit is taken off all of them?",
            "With `most = class_logits.max(axis=1, keepdims=True)`: "
            "`most[:, 0] + np.log(np.exp(class_logits - most).sum(axis=1))`",
        ),
        solution=_logit(f"most + np.log({_SUM})", _GREATEST),
        mistakes=_LOGITS,
        judge=function("real_logit", _by_logs, _class_logits, _LOGITS),
        praise="Ten outputs are enough for eleven classes. A class that is sure lifts the logit of "
        "real by itself.",
    ),
    Exercise(
        id="16.2",
        name="feature_gradient",
        stub='''def feature_gradient(real_features, fake_features):
    """Gradient of the squared distance of means by fake_features, shape [m, d]."""
    raise NotImplementedError
''',
        hints=(
            "Call the difference of the means d, real minus generated. The cost is Σ d². How "
            "does d change when one feature of one generated image grows a little?",
            "By −1/m, if there are m generated images. So the gradient is 2d · (−1/m), for each of "
            "the m images.",
            "With `m = len(fake_features)` and `gap = real_features.mean(axis=0) - "
            "fake_features.mean(axis=0)`: `np.tile(-2 / m * gap, (m, 1))`",
        ),
        solution=_slope(_TILED.format("-2 / m")),
        mistakes=_SLOPES,
        judge=function("feature_gradient", _by_differences, _features, _SLOPES),
        praise="All generated images are pushed alike: nothing tells one of them that it is good. "
        "That is why such a generator stays a bad one, and a good teacher.",
    ),
    Exercise(
        id="16.3",
        name="count_labels",
        stub='''def count_labels(loss, labels, num_classes):
    """How many of the labels [n] does loss(labels), a number, depend on?"""
    raise NotImplementedError
''',
        hints=(
            "A label reaches the loss if another one in its place changes it. Call the loss once "
            "with all labels as they are, then with one of them changed.",
            "Begin with a fresh copy for each change, and try every class: another class can cost "
            "the same by chance. Count each label once.",
            "For each row: `costs = []`, then for `other in range(num_classes)`: `changed = "
            "labels.copy(); changed[row] = other; costs.append(loss(changed))`. It counts if "
            "`any(cost != loss(labels) for cost in costs)`.",
        ),
        solution=_RIGHT,
        mistakes=_COUNTS,
        judge=planted("count_labels", _losses, _COUNTS, _tell),
        praise="This finds a leak whatever the code looks like, and without reading it.",
    ),
)
