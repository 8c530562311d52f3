"""Exercises of lesson 14, without pairs."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, function, planted

# 14.1, the way there and back


def _cycle(line):
    return f"""import numpy as np


def cycle_loss(x, y, there, back):
    x, y, there, back = (np.asarray(each) for each in (x, y, there, back))
    return {line}
"""


_X_ROUND, _Y_ROUND = (
    "np.mean(np.abs(x @ there @ back - x))",
    "np.mean(np.abs(y @ back @ there - y))",
)
_CYCLE = (
    Mistake(
        _cycle(_X_ROUND),
        "that is the way from x to y and back alone. A way back that ends in three images of x "
        "would satisfy it; the images of y have to come back too.",
        also=(_cycle(_Y_ROUND),),
    ),
    Mistake(
        _cycle(f"({_X_ROUND} + {_Y_ROUND}) / 2"),
        "that is the mean of the two round trips. Their sum is asked for.",
        also=(
            _cycle("np.mean(np.abs(np.concatenate([x @ there @ back - x, y @ back @ there - y])))"),
        ),
    ),
    Mistake(
        _cycle("np.mean(np.abs(x @ back @ there - x)) + np.mean(np.abs(y @ there @ back - y))"),
        "x goes through `back` first here. An image of x goes there first, one of y back.",
    ),
    Mistake(
        _cycle("np.mean(np.abs(x @ there - x)) + np.mean(np.abs(y @ back - y))"),
        "nobody came back: that is how far a translation is from its source, and to be far from it "
        "is no fault.",
    ),
    Mistake(
        _cycle("np.mean((x @ there @ back - x) ** 2) + np.mean((y @ back @ there - y) ** 2)"),
        "these are squares; the absolute differences are asked for.",
    ),
    Mistake(
        _cycle("np.sum(np.abs(x @ there @ back - x)) + np.sum(np.abs(y @ back @ there - y))"),
        "these are sums. Take the mean of each round trip, else the larger set counts more.",
        also=(
            _cycle(
                "np.abs(x @ there @ back - x).sum(axis=1).mean() + "
                "np.abs(y @ back @ there - y).sum(axis=1).mean()"
            ),
        ),
    ),
    Mistake(
        _cycle("np.mean(x @ there @ back - x) + np.mean(y @ back @ there - y)"),
        "without the absolute value too much here and too little there cancel.",
        also=(_cycle("abs(np.mean(x @ there @ back - x)) + abs(np.mean(y @ back @ there - y))"),),
    ),
)


def _sets_and_maps(rng):
    """Sets of unequal size; maps that do not commute; the last way back is exact."""
    examples = []
    for n, m, d in ((4, 7, 3), (5, 2, 2), (3, 6, 2)):
        there, back = rng.normal(size=(2, d, d))
        examples.append((rng.normal(size=(n, d)), rng.normal(size=(m, d)), there, back))
    x, y, there, _ = examples[-1]
    there = there + 3 * np.eye(2)
    return [*examples, (x, y, there, np.linalg.inv(there))]


def _round_trips(x, y, there, back):
    ways = ((x, there, back), (y, back, there))
    return sum(
        np.abs(each @ (first @ second - np.eye(len(there)))).mean() for each, first, second in ways
    )


# 14.2, how many renamings nobody notices


def _count(line, before=""):
    return f"""import itertools
import math

import numpy as np


def unnoticed(x_counts, y_counts):
    x_counts, y_counts = np.asarray(x_counts), np.asarray(y_counts)
    x_shares, y_shares = x_counts / x_counts.sum(), y_counts / y_counts.sum()
    k = len(x_counts)
{before}    return {line}
"""


_ORDERS = "itertools.permutations(range(k))"
_COUNT = (
    Mistake(
        _count("math.factorial(k)"),
        "those are all permutations. The discriminator sees how frequent each class is: a class "
        "may only become one that is as frequent in y.",
    ),
    Mistake(
        _count(
            f"sum(np.array_equal(x_counts, y_counts[list(o)]) for o in {_ORDERS})",
        ),
        "numbers of images are compared. One set may have twice as many of each class; a "
        "discriminator sees batches, and so the shares.",
    ),
    Mistake(
        _count(f"sum(np.allclose(x_shares, x_shares[list(o)]) for o in {_ORDERS})"),
        "x is compared with itself. What becomes of x is held against y, which may have other "
        "shares.",
        also=(_count(f"sum(np.allclose(y_shares, y_shares[list(o)]) for o in {_ORDERS})"),),
    ),
    Mistake(
        _count("int(np.allclose(x_shares, y_shares))"),
        "only the renaming that renames nothing is tried. Which others have the same shares?",
    ),
    Mistake(
        _count(
            f"max(1, sum(np.allclose(x_shares, y_shares[list(o)]) for o in {_ORDERS}))",
        ),
        "where the shares do not fit in any order, no renaming goes unnoticed: the answer is 0.",
    ),
)


def _counted(rng):
    """All alike; none alike; some alike; sets of other sizes; shares that do not fit; shuffled."""
    examples = []
    for counts in ([2, 2, 2, 2], [1, 2, 3, 4], [3, 3, 4], [1, 1, 2, 2], [1, 1, 2]):
        counts = np.array(counts)
        examples.append((10 * rng.permutation(counts), 10 * rng.permutation(counts)))
    x, y = examples[2]
    unlike = rng.permutation([1, 1, 4]), np.array([5, 5, 5])
    examples += [(x, int(rng.integers(2, 5)) * y), unlike]
    return [examples[place] for place in rng.permutation(len(examples))]


def _by_factorials(x_counts, y_counts):
    """k₁! k₂! … of the classes that are equally frequent, if both sets have the same shares."""
    shares = [np.sort(counts / counts.sum()) for counts in (x_counts, y_counts)]
    if not np.allclose(*shares):
        return 0
    _, alike = np.unique(shares[0].round(9), return_counts=True)
    return int(np.prod([np.prod(np.arange(1, n + 1)) for n in alike]))


# 14.3, tables of which class became which

KEPT, RENAMED, NEITHER = range(3)


def _reading(line, before=""):
    return f"""import numpy as np


def read_table(table):
    table = np.asarray(table)
    k, whole = len(table), table.sum()
    kept = np.trace(table) / whole
    became = table.argmax(axis=1)
    follow = table[np.arange(k), became].sum() / whole
    one_to_one = len(set(became)) == k
{before}    return {line}
"""


_READ = "0 if kept >= 0.9 else 1 if one_to_one and follow >= 0.9 else 2"
_READING = (
    Mistake(
        _reading("0 if kept >= 0.9 else 2"),
        "the diagonal alone is looked at. A table in which each class became another one, one to "
        "one, has little there, and nothing was lost.",
    ),
    Mistake(
        _reading("0 if kept >= 0.9 else 1"),
        "what is not kept is called renamed. Look whether each class became one class, and no two "
        "the same.",
    ),
    Mistake(
        _reading("0 if kept >= 0.9 else 1 if follow >= 0.9 else 2"),
        "each row has a clear winner, but two rows have the same one. Those two classes are one "
        "now, and nobody can tell them apart on the way back.",
    ),
    Mistake(
        _reading("0 if (became == np.arange(k)).all() else 1 if one_to_one else 2"),
        "the largest number of a row decides, however small it is. At least nine in ten of all "
        "images have to follow.",
        also=(_reading("0 if kept >= 0.9 else 1 if one_to_one else 2"),),
    ),
    Mistake(
        _reading("1 if one_to_one and follow >= 0.9 else 2"),
        "to keep every class is one to one as well; it has a number of its own, 0.",
    ),
)
_NAMES = ("kept", "renamed one to one", "neither")


def _table(rng, target, sure):
    """A share `sure` of each class becomes `target`, the others anything else."""
    k, sizes = len(target), rng.integers(80, 121, size=len(target))
    table = np.zeros((k, k), int)
    for row, (column, size) in enumerate(zip(target, sizes, strict=True)):
        others = rng.multinomial(size - round(sure * size), np.ones(k - 1) / (k - 1))
        table[row] = np.insert(others, column, round(sure * size))
    return table


def _tables(rng):
    """Kept; two exchanged; all in a round; two become one; and blurred, kept and renamed."""
    k = 5
    same, sure = np.arange(k), rng.uniform(0.95, 0.99)
    first, second = rng.choice(k, 2, replace=False)
    swapped, merged = same.copy(), same.copy()
    swapped[[first, second]], merged[first] = [second, first], second
    kinds = [
        (same, sure, KEPT),
        (swapped, sure, RENAMED),
        (np.roll(same, int(rng.integers(1, k))), sure, RENAMED),
        (merged, sure, NEITHER),
        (same, 0.6, NEITHER),
        (swapped, 0.6, NEITHER),
    ]
    kinds = [kinds[place] for place in rng.permutation(len(kinds))]
    return [((_table(rng, target, share),), kind) for target, share, kind in kinds]


def _told(given, right, example):
    given = int(given)
    said = _NAMES[given] if 0 <= given < 3 else f"{given}, which is none of 0, 1 and 2"
    rows = "; ".join(" ".join(map(str, row)) for row in example[0])
    return f"one table is read as {said}, and is {_NAMES[int(right)]}. Its rows: {rows}."


EXERCISES = (
    Exercise(
        id="14.1",
        name="cycle_loss",
        stub='''def cycle_loss(x, y, there, back):
    """Mean |x there back - x| plus mean |y back there - y|."""
    raise NotImplementedError
''',
        hints=(
            "An image of x goes there and then back. Where does an image of y go first?",
            "`x @ there @ back` is where x ends, `y @ back @ there` where y ends. Take the mean "
            "over everything of the absolute difference to the start, for each.",
            "`np.mean(np.abs(x @ there @ back - x)) + np.mean(np.abs(y @ back @ there - y))`",
        ),
        solution=_cycle(f"{_X_ROUND} + {_Y_ROUND}"),
        mistakes=_CYCLE,
        judge=function("cycle_loss", _round_trips, _sets_and_maps, _CYCLE),
        praise="It says that one can get back. What stands in the middle it never looks at.",
    ),
    Exercise(
        id="14.2",
        name="unnoticed",
        stub='''def unnoticed(x_counts, y_counts):
    """How many one-to-one renamings of the classes have a whole loss of zero."""
    raise NotImplementedError
''',
        hints=(
            "Every one-to-one renaming has a way back, so the cycle never objects. What does the "
            "discriminator of y see of the classes?",
            "It sees shares: counts divided by their sum. Try all "
            "`itertools.permutations(range(k))`, and count those after which the shares of x are "
            "those of y.",
            "`sum(np.allclose(x_shares, y_shares[list(order)]) for order in "
            "itertools.permutations(range(k)))`, with `x_shares = x_counts / x_counts.sum()` and "
            "y_shares likewise",
        ),
        solution=_count(f"sum(np.allclose(x_shares, y_shares[list(o)]) for o in {_ORDERS})"),
        mistakes=_COUNT,
        judge=function("unnoticed", _by_factorials, _counted, _COUNT),
        praise="Ten digits, equally frequent: 3,628,800 translators without any loss, and one of "
        "them keeps the digits.",
    ),
    Exercise(
        id="14.3",
        name="read_table",
        stub='''def read_table(table):
    """0: kept, 1: renamed one to one, 2: neither; at least 0.9 of the images follow."""
    raise NotImplementedError
''',
        hints=(
            "Kept is a matter of the diagonal. For renamed ask of each row which class it became, "
            "and whether two rows became the same.",
            "`became = table.argmax(axis=1)` names the class of each row. Renamed: no class comes "
            "twice in it, and `table[rows, became].sum()` is at least nine tenths of "
            "`table.sum()`.",
            "With `became` and `rows = np.arange(len(table))`: 0 if `np.trace(table) >= 0.9 * "
            "table.sum()`; else 1 if `len(set(became)) == len(table)` and `table[rows, "
            "became].sum() >= 0.9 * table.sum()`; else 2",
        ),
        solution=_reading(_READ),
        mistakes=_READING,
        judge=planted("read_table", _tables, _READING, _told),
        praise="A renaming is a finding: the translator is good, and only nobody told it the "
        "names. Two classes in one is a loss.",
    ),
)
