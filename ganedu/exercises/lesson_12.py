"""Exercises of lesson 12, on request."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, choices, function

# 12.1, what is asked for, row by row


def _rows(latents, labels):
    return f"""import numpy as np


def asked(latents, num_classes):
    n, d = latents.shape
    latents, labels = {latents}, {labels}
    return np.column_stack([latents, labels])
"""


_STYLES, _CLASSES = "np.repeat(latents, num_classes, axis=0)", "np.tile(np.arange(num_classes), n)"
_ASKED = (
    Mistake(
        _rows("np.tile(latents, (num_classes, 1))", "np.repeat(np.arange(num_classes), n)"),
        "every style meets every class, but rows and columns are exchanged: here a row of the "
        "picture would be a class. First comes one latent with all classes, then the next.",
    ),
    Mistake(
        _rows("np.tile(latents, (num_classes, 1))", _CLASSES),
        "latents and labels both start anew together, so not every style meets every class. One "
        "of them has to wait: repeat the latents, tile the labels.",
        also=(_rows(_STYLES, "np.repeat(np.arange(num_classes), n)"),),
    ),
    Mistake(
        _rows(_STYLES, "np.tile(np.arange(1, num_classes + 1), n)"),
        "the classes are 0 to num_classes − 1; the last one here is none.",
    ),
    Mistake(
        _rows(_STYLES, "np.tile(np.arange(n), num_classes)"),
        "the labels count the latents. They are to count the classes.",
    ),
    Mistake(
        _rows(_STYLES, _CLASSES).replace("[latents, labels]", "[labels, latents]"),
        "the label belongs into the last column.",
    ),
    Mistake(
        _rows(_STYLES, "np.eye(num_classes)[np.tile(np.arange(num_classes), n)]"),
        "that is a vector of zeros and a one for each label. The number of the class is asked "
        "for; the network's embedding does the rest.",
    ),
)


def _latents(rng):
    """More classes than styles, fewer, and one style; never coprime, where a mistake would do."""
    return [
        (rng.normal(size=(n, d)), classes) for n, d, classes in ((2, 3, 4), (6, 2, 3), (1, 4, 2))
    ]


def _one_by_one(latents, num_classes):
    return np.array([[*latent, label] for latent in latents for label in range(num_classes)])


# 12.2, the logit of an image with its label


def _logit(line, before=""):
    return f"""import numpy as np


def best_logit(whole, real_posterior, fake_posterior, labels):
    rows = np.arange(len(labels))
{before}    return {line}
"""


_RATIO = "np.log(real_posterior[rows, labels] / fake_posterior[rows, labels])"
_LOGIT = (
    Mistake(
        _logit("np.asarray(whole)"),
        "this is the logit of the image alone: it does not ask whether the label fits.",
    ),
    Mistake(
        _logit(_RATIO),
        "this asks only whether the label fits the image. A poor image with a fitting label would "
        "pass: log p(x)/q(x), the part of the image alone, is missing.",
    ),
    Mistake(
        _logit("whole + np.log(real_posterior[rows, labels])"),
        "here q(y|x) is missing, what the label is worth among generated images. So an auxiliary "
        "classifier judges: it rewards the plainest images, and narrows each class.",
    ),
    Mistake(
        _logit(f"whole - {_RATIO}"),
        "the part of the label has the wrong sign: log p(y|x) is added, log q(y|x) taken away.",
        also=(_logit(f"{_RATIO} - whole"),),
    ),
    Mistake(
        _logit("whole + real_posterior[rows, labels] - fake_posterior[rows, labels]"),
        "probabilities are compared by their logarithms here: p(x, y)/q(x, y) is a product of "
        "ratios, and its logarithm a sum.",
    ),
    Mistake(
        _logit("whole + np.log(real_posterior / fake_posterior).sum(axis=1)"),
        "all labels are summed. Only the one that the image came with counts.",
        also=(_logit("whole + np.log(real_posterior / fake_posterior).mean(axis=1)"),),
    ),
    Mistake(
        _logit(
            "whole + np.log(real_posterior[rows, seen] / fake_posterior[rows, seen])",
            "    seen = np.argmax(real_posterior, axis=1)\n",
        ),
        "that takes the label which fits best. The one that the image came with is asked for, "
        "fitting or not.",
    ),
    Mistake(
        _logit("np.exp(whole) * real_posterior[rows, labels] / fake_posterior[rows, labels]"),
        "this is the ratio p(x, y)/q(x, y) itself. The logit is its logarithm.",
    ),
    Mistake(
        _logit(f"1 / (1 + np.exp(-(whole + {_RATIO})))"),
        "this is the probability D(x, y). The logit is asked for, before the sigmoid.",
    ),
)


def _labelled(rng):
    """Three sets of images; in the last all labels are one class, and the posteriors equal."""
    examples = []
    for n, classes in ((5, 3), (4, 10), (3, 2)):
        posteriors = rng.dirichlet(np.ones(classes), (2, n)) * 0.95 + 0.05 / classes
        examples.append((rng.normal(size=n), *posteriors, rng.integers(classes, size=n)))
    whole, real, _, labels = examples[-1]
    return [*examples, (whole, real, real.copy(), np.full_like(labels, 1))]


def _by_joints(whole, real_posterior, fake_posterior, labels):
    """log p(x, y) − log q(x, y), with q(x) set to 1."""
    chosen = np.eye(real_posterior.shape[1])[labels]
    real, fake = ((each * chosen).sum(axis=1) for each in (real_posterior, fake_posterior))
    return np.log(np.exp(whole) * real) - np.log(fake)


# 12.3, what the numbers carry

_VERDICTS = {
    "whole": "wrong",
    "repeated": "wrong",
    "coverage": "carried",
    "surer": "wrong",
    "copied": "open",
}
_ANSWERS = {
    "whole": {
        "carried": "look at the rows of the real digits and of the permuted labels: the same "
        "images, and the same distance of all of them together.",
        "open": "one row decides it: the images with permuted labels are as near as before.",
    },
    "repeated": {
        "carried": "look at the row of the repeated images: are they of the class asked for?",
        "open": "one row decides it: ten images, and nearly all of what is asked is as asked.",
    },
    "coverage": {
        "wrong": "look at its column: both defects lie far below the real digits.",
        "open": "both defects are in the table, and far below the real digits in that column.",
    },
    "surer": {
        "carried": "the surest half agrees at least as often as all of them, and is only half: "
        "look at the other columns.",
        "open": "the row of the surest half decides it: above in agreement, worse in the others.",
    },
    "copied": {
        "carried": "no column measures copies: the row of real digits consists of training images, "
        "and nothing gives it away.",
        "wrong": "no column measures copies, so the table cannot say no either. Lesson 08 has the "
        "number that can.",
    },
}
_NOT_SO = {(q, value): says for q, wrong in _ANSWERS.items() for value, says in wrong.items()}
_JUDGE, _MISREAD = choices("verdicts", _VERDICTS, _NOT_SO)


EXERCISES = (
    Exercise(
        id="12.1",
        name="asked",
        stub='''def asked(latents, num_classes):
    """A row for each image of a table: its latent, and in the last column its label."""
    raise NotImplementedError
''',
        hints=(
            "The first row of the table is the first latent with the classes 0, 1, 2 and so on. "
            "How often does each latent stand there, and how does the column of labels run?",
            "Each latent stands num_classes times in a row: `np.repeat(latents, num_classes, "
            "axis=0)`. The labels run from 0 to num_classes − 1, and that for each latent again.",
            "`np.column_stack([np.repeat(latents, num_classes, axis=0), "
            "np.tile(np.arange(num_classes), len(latents))])`",
        ),
        solution=_rows(_STYLES, _CLASSES),
        mistakes=_ASKED,
        judge=function("asked", _one_by_one, _latents, _ASKED),
        praise="One latent, all classes: what stays the same along a row is the style.",
    ),
    Exercise(
        id="12.2",
        name="best_logit",
        stub='''def best_logit(whole, real_posterior, fake_posterior, labels):
    """log p(x, y)/q(x, y) of n images with their labels, shape [n]."""
    raise NotImplementedError
''',
        hints=(
            "Write p(x, y) as p(x)·p(y|x), and q(x, y) in the same way. What is the logarithm of "
            "their ratio?",
            "It is log p(x)/q(x) + log p(y|x) − log q(y|x). The first part is `whole`. Of the "
            "posteriors, shape [n, classes], each row gives the one number at its own label.",
            "With `rows = np.arange(len(labels))`: `whole + np.log(real_posterior[rows, labels]) "
            "- np.log(fake_posterior[rows, labels])`",
        ),
        solution=_logit(f"whole + {_RATIO}"),
        mistakes=_LOGIT,
        judge=function("best_logit", _by_joints, _labelled, _LOGIT),
        praise="Where both posteriors are softmaxes of the same features, their difference is "
        "e_label·φ(x), up to a part without a label: the projection head.",
    ),
    Exercise(
        id="12.3",
        name="verdicts",
        stub="""verdicts = {
    "whole": None,  # "carried", "open" or "wrong"
    "repeated": None,
    "coverage": None,
    "surer": None,
    "copied": None,
}
""",
        hints=(
            "For each sentence find the one or two rows that it speaks of, and the column of the "
            "number that it names.",
            "A sentence is wrong as soon as one row contradicts it, and open where no column "
            "measures what it speaks of.",
            'One is "carried", one is "open", three are "wrong".',
        ),
        solution=f"verdicts = {_VERDICTS!r}\n",
        mistakes=_MISREAD,
        judge=_JUDGE,
        praise="Each number is blind to some defect. Agreement beside coverage within the classes "
        "leaves little room to hide.",
        draws=False,
    ),
)
