"""Exercises of lesson 15, the missing part."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, function, planted

# 15.1, the error over the known pixels


def _error(line, before=""):
    return f"""import numpy as np


def masked_error(made, images, mask):
    made, images = np.asarray(made), np.asarray(images)
    known = ~np.asarray(mask)[:, :, np.newaxis]
{before}    return {line}
"""


_ALL = "axis=(1, 2, 3)"
_RIGHT_ERROR = f"np.sum(known * (made - images) ** 2, {_ALL})"
_ERROR = (
    Mistake(
        _error(f"np.sum((made - images) ** 2, {_ALL})"),
        "that looks at the whole image. What lies in the hole is not known: whoever knew it would "
        "not have to complete it.",
        also=(_error(f"np.mean((made - images) ** 2, {_ALL})"),),
    ),
    Mistake(
        _error(f"np.sum(~known * (made - images) ** 2, {_ALL})"),
        "that looks into the hole, and at nothing else. The mask is True where a pixel is missing.",
        also=(_error(f"np.mean(~known * (made - images) ** 2, {_ALL})"),),
    ),
    Mistake(
        _error(f"np.sum((known * made - images) ** 2, {_ALL})"),
        "only one of the two is masked: in the hole this holds 0 against the true pixel, and so "
        "looks at it.",
        also=(_error(f"np.sum((made - known * images) ** 2, {_ALL})"),),
    ),
    Mistake(
        _error(f"np.mean(known * (made - images) ** 2, {_ALL})"),
        "that is a mean over pixels. The sum is asked for: each known pixel is one observation, "
        "and more of them weigh more.",
        also=(
            _error(f"np.sum(known * (made - images) ** 2, {_ALL}) / known.sum()"),
            _error("np.mean((made - images)[:, known[..., 0]] ** 2, axis=(1, 2))"),
        ),
    ),
    Mistake(
        _error("np.full(len(made), np.sum(known * (made - images) ** 2))"),
        "all images are summed into one number. Each image has an error of its own.",
        also=(_error("np.sum(known * (made - images) ** 2)"),),
    ),
    Mistake(
        _error(f"np.sum(known * np.abs(made - images), {_ALL})"),
        "these are absolute differences; their squares are asked for, as noise that is normal has "
        "them.",
    ),
    Mistake(
        _error(f"np.sqrt({_RIGHT_ERROR})"),
        "that is the length. Its square is asked for: no root at the end.",
    ),
    Mistake(
        _error(f"np.sum(known * (made - images), {_ALL}) ** 2"),
        "squared is the sum, so that too bright and too dark cancel. Square each pixel first.",
    ),
)


def _with_holes(rng):
    """One image, several, with colours; the last hole is a single pixel."""
    examples = []
    for n, height, width, channels in ((3, 4, 5, 1), (1, 6, 4, 3), (4, 3, 3, 1)):
        shape = (n, height, width, channels)
        mask = np.zeros((height, width), bool)
        mask[: (height + 1) // 2] = True
        examples.append((rng.uniform(-1, 1, shape), rng.uniform(-1, 1, shape), mask))
    made, images, mask = examples[-1]
    return [*examples, (made, images, np.arange(9).reshape(3, 3) == 4)]


def _over_known(made, images, mask):
    """With the missing pixels cut out."""
    return (((made - images)[:, ~mask]) ** 2).sum(axis=(1, 2))


# 15.2, weights that are never 0/0


def _weighted(lines, returned="told / told.sum(axis=1, keepdims=True)"):
    return f"""import numpy as np


def weights(errors, sigma):
    errors = np.asarray(errors, dtype="float64")
{lines}    return {returned}
"""


_FROM_BEST = "    errors = errors - errors.min(axis=1, keepdims=True)\n"
_TOLD = "    told = np.exp(-errors / (2 * sigma**2))\n"
_WEIGHTS = (
    Mistake(
        _weighted(_TOLD),
        "the formula is right, and on a computer exp(−2000) is 0: where the best of the bank is "
        "far off, all are 0, and their shares 0/0. Take the least error of each row off first: "
        "it drops out of the shares.",
        also=(
            _weighted("    errors = errors - errors.min()\n" + _TOLD),
            _weighted(_TOLD, "told / (told.sum(axis=1, keepdims=True) + 1e-12)"),
            _weighted(_TOLD, "told / np.maximum(told.sum(axis=1, keepdims=True), 1e-300)"),
            _weighted(_TOLD, "np.nan_to_num(told / told.sum(axis=1, keepdims=True))"),
            _weighted(_TOLD + "    told = told + 1e-12\n"),
        ),
    ),
    Mistake(
        _weighted(_FROM_BEST + _TOLD, "told"),
        "the best of each row has 1 here. They are to be shares: divide by the sum of the row.",
    ),
    Mistake(
        _weighted(_FROM_BEST + _TOLD, "told / told.sum()"),
        "all images together sum to 1 here. Each row, the bank for one image, does.",
        also=(
            _weighted(_FROM_BEST + _TOLD, "told / told.sum(axis=0)"),
            _weighted(
                "    errors = errors - errors.min(axis=0)\n" + _TOLD, "told / told.sum(axis=0)"
            ),
        ),
    ),
    Mistake(
        _weighted(_FROM_BEST + "    told = np.exp(-errors / sigma**2)\n"),
        "the 2 of 2σ² is missing.",
    ),
    Mistake(
        _weighted(_FROM_BEST + "    told = np.exp(-errors / (2 * sigma))\n"),
        "σ has to be squared, as the errors are.",
        also=(_weighted(_FROM_BEST + "    told = np.exp(-errors / sigma)\n"),),
    ),
    Mistake(
        _weighted(_FROM_BEST + "    told = np.exp(-(errors**2) / (2 * sigma**2))\n"),
        "the errors are sums of squares already.",
    ),
    Mistake(
        _weighted(
            "    errors = errors - errors.max(axis=1, keepdims=True)\n"
            "    told = np.exp(errors / (2 * sigma**2))\n"
        ),
        "the sign is turned: what fits worst gets most.",
    ),
    Mistake(
        _weighted("    told = 1 / errors\n"),
        "that is 1/error. A fit half as good gets half there; with normal noise it gets far less.",
    ),
)


def _errors(rng):
    """Of several images and of one; the last fit badly, one row worse than the other."""
    examples = [
        (rng.uniform(1, 20, (3, 5)), rng.uniform(0.8, 1.2)),
        (rng.uniform(1, 20, (1, 4)), rng.uniform(1.8, 2.4)),
    ]
    far = np.array([[50.0], [9000.0]]) + rng.uniform(0, 9, (2, 6))
    return [*examples, (far, rng.uniform(1.2, 1.6))]


def _by_pairs(errors, sigma):
    """Wᵢ = 1 / Σⱼ exp((eᵢ − eⱼ) / 2σ²)."""
    apart = errors[:, :, np.newaxis] - errors[:, np.newaxis]
    return 1 / np.exp(np.minimum(apart / (2 * sigma**2), 700)).sum(axis=2)


# 15.3, which list of completions can be believed


def _list(score):
    return f"""import numpy as np


def calibrated(classes, labels):
    scores = []
    for one in np.asarray(classes):
        stated = np.stack([(one == digit).mean(axis=1) for digit in range(10)], axis=1)
        truth = stated[np.arange(len(labels)), labels]
        came = np.arange(10) == np.asarray(labels)[:, np.newaxis]
        scores.append({score})
    return int(np.argmin(scores))
"""


_GAP = "abs(stated.max(axis=1).mean() - (stated.argmax(axis=1) == labels).mean())"
_LISTS = (
    Mistake(
        _list("-truth.mean()"),
        "this takes the list whose completions are of the true class most often. That rewards who "
        "bets all on the likeliest class: it wins often, and says too much each time.",
        also=(_list("-stated.max(axis=1).mean()"),),
    ),
    Mistake(
        _list("-(truth > 0).mean()"),
        "this takes the list in which the true class is found most often among the completions. "
        "That rewards spraying: who draws every class always has it there.",
        also=(_list("stated.max(axis=1).mean()"), _list("truth.mean()")),
    ),
)
_POWERS = (1.0, 5.0, 0.3)  # of the true probabilities: as they are, boasting, spraying


def _told(rng):
    """Six cases: classes that three sorts of completions have, and the true ones.

    The list that keeps its word stands twice in each place, so that no fixed number is right.
    """
    cases = []
    for place in rng.permutation(np.repeat(np.arange(3), 2)):
        truth = rng.dirichlet(np.full(10, 0.05), 600) + 1e-3
        truth /= truth.sum(axis=1, keepdims=True)
        order = np.insert(rng.permutation([1, 2]), place, 0)
        said = [_draws(rng, truth ** _POWERS[number], 16) for number in order]
        cases.append(((np.stack(said), _draws(rng, truth, 1)[:, 0]), int(place)))
    return cases


def _draws(rng, heights, number):
    """Classes drawn as often as rows of heights say, [n, number]."""
    borders = np.cumsum(heights, axis=1)
    draws = rng.random((len(heights), number)) * borders[:, -1:]
    return (draws[:, :, np.newaxis] > borders[:, np.newaxis]).sum(axis=2)


def _other_list(given, right, example):
    return (
        f"list {int(given)} does not keep its word. Sort the statements of each list by what they "
        "say, and look how often it came: one list says 60 % where it comes in 60 of 100 cases."
    )


EXERCISES = (
    Exercise(
        id="15.1",
        name="masked_error",
        stub='''def masked_error(made, images, mask):
    """Sum of squared differences over the known pixels, for each image: shape [n]."""
    raise NotImplementedError
''',
        hints=(
            "The mask is True where a pixel is missing. Which pixels may count, and how do you get "
            "a factor of 1 for them and 0 for the others?",
            "`~mask` is True where a pixel is known. It has the shape [h, w]; with `[:, :, "
            "np.newaxis]` it fits images [n, h, w, c]. Multiply the squares with it.",
            "`np.sum(~mask[:, :, np.newaxis] * (made - images) ** 2, axis=(1, 2, 3))`",
        ),
        solution=_error(_RIGHT_ERROR),
        mistakes=_ERROR,
        judge=function("masked_error", _over_known, _with_holes, _ERROR),
        praise="The hole has no vote, so whatever stood there changes nothing.",
    ),
    Exercise(
        id="15.2",
        name="weights",
        stub='''def weights(errors, sigma):
    """exp(-errors / 2 sigma^2), each row divided by its sum, large errors or not."""
    raise NotImplementedError
''',
        hints=(
            "Compute exp(−2000) on your machine. What happens to a row in which every error is "
            "that large?",
            "If you take the same number off all errors of a row, each weight of it gets the same "
            "factor, which its sum has too. Which number makes the largest exponent 0?",
            "With `least = errors.min(axis=1, keepdims=True)` and `told = np.exp(-(errors - least) "
            "/ (2 * sigma**2))`: `told / told.sum(axis=1, keepdims=True)`",
        ),
        solution=_weighted(_FROM_BEST + _TOLD),
        mistakes=_WEIGHTS,
        judge=function("weights", _by_pairs, _errors, _WEIGHTS, rtol=2e-3),
        praise="Shares need differences of errors only, so the best may be as bad as it likes.",
    ),
    Exercise(
        id="15.3",
        name="calibrated",
        stub='''def calibrated(classes, labels):
    """The number, 0, 1 or 2, of the list that keeps its word."""
    raise NotImplementedError
''',
        hints=(
            "For one list: with which share does it say its first choice, on average? And how "
            "often is this first choice the true class?",
            "For each class d, `(classes[p] == d).mean(axis=1)` is its share among the completions "
            "of each image by program p; call all ten of them `stated`, shape [n, 10]. The first "
            "choice is `stated.argmax(axis=1)`, and `stated.max(axis=1)` is what is said of it.",
            "With `stated` of list p: `abs(stated.max(axis=1).mean() - (stated.argmax(axis=1) == "
            "labels).mean())` is its gap. Return the number of the list with the smallest.",
        ),
        solution=_list(_GAP),
        mistakes=_LISTS,
        judge=planted("calibrated", _told, _LISTS, _other_list),
        praise="Neither the surest list nor the widest: the one whose word can be taken.",
    ),
)
