"""Exercises of lesson 09, better losses."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, choices, function, planted

_SMOOTHED = (
    Mistake(
        """import numpy as np


def smoothed_critic(p, q, target):
    return np.log(p / q)
""",
        "this is the best logit for the targets 1 and 0. With the target s a real image also pays "
        "(1 − s)·softplus(v).",
    ),
    Mistake(
        """def smoothed_critic(p, q, target):
    return target * p / (p + q)
""",
        "this is the probability σ(v). The logit v is asked for: log(D/(1 − D)).",
    ),
    Mistake(
        """import numpy as np


def smoothed_critic(p, q, target):
    return np.log(target * p / q)
""",
        "the part of the real images that pulls down is missing: (1 − s)·p·softplus(v) stands "
        "beside q·softplus(v).",
    ),
    Mistake(
        """import numpy as np


def smoothed_critic(p, q, target):
    return np.log((target * p + (1 - target) * q) / ((1 - target) * p + target * q))
""",
        "here both targets are smoothed, s for real and 1 − s for generated. Only the real one is.",
    ),
    Mistake(
        """import numpy as np


def smoothed_critic(p, q, target):
    return target * np.log(p / q)
""",
        "the target multiplies densities, before the logarithm, not the logit.",
        also=(
            """import numpy as np


def smoothed_critic(p, q, target):
    return target * np.log(p / q) + (1 - target) * np.log(q / p)
""",
        ),
    ),
    Mistake(
        """import numpy as np


def smoothed_critic(p, q, target):
    return np.log(((1 - target) * p + q) / (target * p))
""",
        "right but for its sign: where real images are likely the logit is large.",
    ),
    Mistake(
        """import numpy as np


def smoothed_critic(p, q, target):
    return np.log(target * p / (p + q))
""",
        "this is the logarithm of the probability D. The logit is log(D/(1 − D)).",
    ),
)


def _places(rng):
    """Places where nothing is generated, where hardly anything is real, and all between."""
    examples = []
    for target in (0.9, float(rng.uniform(0.55, 0.85))):
        p, q = rng.uniform(0.05, 2, (2, 6))
        q[0], p[1], q[2] = 0.0, 1e-9, p[2]
        examples.append((p, q, target))
    p, q = rng.uniform(0.05, 2, (2, 3))
    return [*examples, (p, q, 1.0)]


def _by_odds(p, q, target):
    with np.errstate(divide="ignore"):
        return np.log(target * p) - np.log((1 - target) * p + q)


FAULTS = ("share per pixel", "normal shares", "norm over one axis")


def penalty_with(fault=None):
    """(‖∇D(x̂)‖ − 1)² between real and generated images, right or with one of `FAULTS`.

    Args:
        fault: one of `FAULTS`, or None for none.

    Returns:
        Function of (critic, real_images, fake_images, seed) with values [batch].

    Example:
        >>> import tensorflow as tf
        >>> steep = lambda images: 3 * tf.reduce_sum(images, axis=(1, 2, 3))
        >>> ones, zeros = tf.ones((2, 4, 4, 1)), tf.zeros((2, 4, 4, 1))
        >>> penalty_with()(steep, ones, zeros, seed=0).numpy().tolist()  # (3 · 4 − 1)²
        [121.0, 121.0]
    """

    def penalty(critic, real_images, fake_images, seed):
        import tensorflow as tf

        real, fake = (tf.cast(images, tf.float32) for images in (real_images, fake_images))
        rng = np.random.default_rng(seed)
        shape = [len(real), *real.shape[1:]]
        if fault != "share per pixel":
            shape = [len(real)] + [1] * (len(real.shape) - 1)
        shares = rng.normal(size=shape) if fault == "normal shares" else rng.uniform(size=shape)
        between = fake + tf.constant(shares, tf.float32) * (real - fake)
        with tf.GradientTape() as tape:
            tape.watch(between)
            logits = critic(between)
        squared = tape.gradient(logits, between) ** 2
        axes = list(range(1, len(real.shape)))
        squared = tf.reduce_sum(squared, axis=axes[:1] if fault == FAULTS[2] else axes)
        priced = (tf.sqrt(squared + 1e-12) - 1) ** 2
        return tf.reduce_mean(tf.reshape(priced, [len(real), -1]), axis=1)

    return penalty


def _candidates(rng):
    """The right one at each place; last with one fault in front, last but one with another."""
    examples = []
    for place in rng.permutation(4):
        faults = list(rng.permutation(FAULTS))
        if place >= 2:
            faults.sort(key=FAULTS[place - 2].__ne__)  # this one to the front
        candidates = [penalty_with(fault) for fault in faults]
        candidates.insert(place, penalty_with())
        examples.append(((candidates,), int(place)))
    return examples


_TRIED = """import numpy as np
import tensorflow as tf


def which_is_right(candidates):
    real_images, fake_images = tf.ones((100, 4, 4, 1)), tf.zeros((100, 4, 4, 1))
    for number, penalty in enumerate(candidates):
        points = []

        def critic(images):
            points.append(images.numpy().reshape(100, 16))
            return 3 * tf.reduce_sum(images, axis=(1, 2, 3))

        values = penalty(critic, real_images, fake_images, seed=0)
        shares = points[0]
        right_norm = np.allclose(values, (3 * 4 - 1) ** 2)
        one_share = np.allclose(shares, shares[:, :1])
        between = shares.min() >= 0 and shares.max() <= 1
        if {}:
            return number
"""
_ALL = "right_norm and one_share and between"
_WHICH = (
    Mistake(
        _TRIED.format("right_norm"),
        "a critic whose slope is the same everywhere sees only the norm, not where the points lie. "
        "Real images of ones and generated ones of zeros make x̂ the share itself: look at it.",
    ),
    Mistake(
        _TRIED.format("one_share and between"),
        "the points are looked at, the norm is not, or only where an image has a single axis. On "
        "images [batch, height, width, channels] a critic with a known slope tells it.",
        also=(
            _TRIED.format(_ALL)
            .replace("(100, 4, 4, 1)", "(100, 16)")
            .replace("axis=(1, 2, 3)", "axis=1"),
        ),
    ),
    Mistake(
        _TRIED.format("right_norm and between"),
        "shares in [0, 1] are not enough: all pixels of an image must have the same one, or x̂ "
        "leaves the way between its two images.",
    ),
    Mistake(
        _TRIED.format("right_norm and one_share"),
        "one share for each image is not enough: below 0 or above 1 the point lies outside of its "
        "two images.",
    ),
)


def _tell_which(given, right, example):
    if given not in range(4):
        return f"which_is_right must return a place in the list, 0 to 3; got {given}."
    return (
        f"of four penalties the one at place {right} is right; yours says {given}. Three things "
        "are to be tested: one share for each image, between 0 and 1, and a norm over all pixels."
    )


_OPTIMISTIC = (
    Mistake(
        """import numpy as np


def optimistic_step(point, before, step_size):
    x, y = np.asarray(point)
    return np.array([x - step_size * y, y + step_size * x])
""",
        "this is a plain step: the field at the point before it is not used.",
    ),
    Mistake(
        """import numpy as np


def optimistic_step(point, before, step_size):
    (x, y), (u, v) = point, before
    return np.array([x - step_size * (2 * y + v), y + step_size * (2 * x + u)])
""",
        "the last field is added; it must be taken away. F + (F − F_before) expects the next "
        "change to be as the last one.",
    ),
    Mistake(
        """import numpy as np


def optimistic_step(point, before, step_size):
    (x, y), (u, v) = point, before
    return np.array([x - step_size * (y - v), y + step_size * (x - u)])
""",
        "only the change of the field is followed. It comes on top of the field itself: 2F − "
        "F_before.",
    ),
    Mistake(
        """import numpy as np


def optimistic_step(point, before, step_size):
    (x, y), (u, v) = point, before
    return np.array([x - step_size * (2 * v - y), y + step_size * (2 * u - x)])
""",
        "the two points are exchanged: twice the field here, less the field there.",
    ),
    Mistake(
        """import numpy as np


def optimistic_step(point, before, step_size):
    (x, y), (u, v) = point, before
    return np.array([x + step_size * (2 * y - v), y - step_size * (2 * x - u)])
""",
        "both players go the wrong way: x goes downhill, by −y, and y climbs, by +x.",
    ),
    Mistake(
        """import numpy as np


def optimistic_step(point, before, step_size):
    (x, y), (u, v) = point, before
    return np.array([x - step_size * (2 * y - v), y - step_size * (2 * x - u)])
""",
        "here both players go downhill. x wants xy small, but y wants it large.",
    ),
    Mistake(
        """import numpy as np


def optimistic_step(point, before, step_size):
    (x, y), (u, v) = point, before
    y = y + step_size * (2 * x - u)
    x = x - step_size * (2 * y - v)
    return np.array([x, y])
""",
        "this step alternates: x answers to the new y. Here both move at once.",
    ),
    Mistake(
        """import numpy as np


def optimistic_step(point, before, step_size):
    (x, y), (u, v) = point, before
    return np.array([2 * x - u - step_size * y, 2 * y - v + step_size * x])
""",
        "this extrapolates the point. What is extrapolated is the field; the step starts at the "
        "point.",
    ),
    Mistake(
        """import numpy as np


def optimistic_step(point, before, step_size):
    (x, y), (u, v) = point, before
    return step_size * np.array([v - 2 * y, 2 * x - u])
""",
        "this is the way of the step. The point to which it leads is asked for.",
    ),
)


def _two_points(rng):
    """Any two points, two equal ones as at the start, and one at rest."""
    points = rng.uniform(0.5, 2, (4, 2, 2)) * rng.choice([-1, 1], (4, 2, 2))
    points[1, 1], points[2, 0] = points[1, 0], 0
    return [(*pair, float(rng.uniform(0.2, 0.8))) for pair in points]


def _by_matrices(point, before, step_size):
    field = np.array([[0.0, -1.0], [1.0, 0.0]])
    return np.asarray(point) + step_size * field @ (2 * np.asarray(point) - np.asarray(before))


_VERDICTS = {
    "penalty": "carried",
    "saturating": "wrong",
    "minimax": "open",
    "wasserstein": "open",
    "an hour": "open",
    "units": "wrong",
}
_ANSWERS = {
    "penalty": {
        "open": "all five seeds with R1 lie below all five without. Of two equal programs this "
        "happens twice in 252 cases.",
        "wrong": "look at the two rows of the non-saturating loss: without and with R1.",
    },
    "saturating": {
        "carried": "look at its rows: what fades where a critic is sure need not fade where R1 "
        "keeps it from being sure.",
        "open": "one row is enough against a sentence that says never: minimax draws all ten "
        "digits, with every seed.",
    },
    "minimax": {
        "carried": "the medians are in this order, and the seeds overlap: with one run each the "
        "order turns often.",
        "wrong": "the table does not show the reverse either. The seeds of the two overlap.",
    },
    "wasserstein": {
        "carried": "a best run is luck that was looked for. Compare medians and ranges: those of "
        "R1 lie far on both sides of the penalty's.",
        "wrong": "that would be shown if all seeds of one lay on one side of the other's. They "
        "overlap.",
    },
    "an hour": {
        "carried": "the table knows half a minute. Orders change with the length of a training.",
        "wrong": "the table knows half a minute and says nothing of an hour, neither way.",
    },
    "units": {
        "carried": "look at the rows with the targets −3 and 3: the same network, the same loss.",
        "open": "the rows with the targets −3 and 3 decide it: least squares draws ten digits.",
    },
}
_NOT_SO = {(q, value): says for q, wrong in _ANSWERS.items() for value, says in wrong.items()}
_JUDGE, _MISREAD = choices("verdicts", _VERDICTS, _NOT_SO)


EXERCISES = (
    Exercise(
        id="09.1",
        name="smoothed_critic",
        stub='''def smoothed_critic(p, q, target):
    """The best logits where the densities are p, real, and q, generated."""
    raise NotImplementedError
''',
        hints=(
            "Write down what a place costs: how often it is real times what a real image pays, "
            "plus how often it is generated times what a generated one pays. What multiplies "
            "softplus(−v), and what softplus(v)?",
            "s·p multiplies softplus(−v), and (1 − s)·p + q multiplies softplus(v). For "
            "a·softplus(−v) + b·softplus(v) the best v is log(a/b).",
            "`np.log(target * p / ((1 - target) * p + q))`",
        ),
        solution="""import numpy as np


def smoothed_critic(p, q, target):
    return np.log(target * p / ((1 - target) * p + q))
""",
        mistakes=_SMOOTHED,
        judge=function("smoothed_critic", _by_odds, _places, _SMOOTHED),
        praise="Its sigmoid is s·p/(p + q): smoothing makes the critic less sure of real images, "
        "and where no real image lies it changes nothing.",
    ),
    Exercise(
        id="09.2",
        name="which_is_right",
        stub='''def which_is_right(candidates):
    """The place, 0 to 3, of the right one of four penalties."""
    raise NotImplementedError
''',
        hints=(
            "You choose the critic and the images. With real images of ones and generated images "
            "of zeros, what is x̂?",
            "Then x̂ is the share itself, pixel by pixel. Let the critic put what it is given into "
            "a list, `points.append(images.numpy())`, and return 3 times the sum of the pixels: "
            "its slope is 3 for each pixel, so for n pixels the penalty must be (3·√n − 1)².",
            "Take the first penalty with three properties: the values are right, all pixels of an "
            "image have one share, and all shares lie in [0, 1]. `np.allclose(shares, shares[:, "
            ":1])` tests the second, for shares of shape [batch, pixels].",
        ),
        solution=_TRIED.format(_ALL),
        mistakes=_WHICH,
        judge=planted("which_is_right", _candidates, _WHICH, _tell_which),
        praise="Three properties, tested without a training: that is how a penalty is guarded.",
    ),
    Exercise(
        id="09.3",
        name="optimistic_step",
        stub='''def optimistic_step(point, before, step_size):
    """The point [x, y] after one optimistic step of min_x max_y xy."""
    raise NotImplementedError
''',
        hints=(
            "Each player adds step_size times a direction to where it is. The plain direction is "
            "F = (−y, x) at the point; the optimistic one is 2·F there, less F at the point "
            "before.",
            "With `(x, y), (u, v) = point, before`: the two fields are (−y, x) and (−v, u).",
            "`np.array([x - step_size * (2 * y - v), y + step_size * (2 * x - u)])`",
        ),
        solution="""import numpy as np


def optimistic_step(point, before, step_size):
    (x, y), (u, v) = point, before
    return np.array([x - step_size * (2 * y - v), y + step_size * (2 * x - u)])
""",
        mistakes=_OPTIMISTIC,
        judge=function("optimistic_step", _by_matrices, _two_points, _OPTIMISTIC),
        praise="One remembered gradient, and the game comes to rest without any penalty.",
    ),
    Exercise(
        id="09.4",
        name="verdicts",
        stub="""verdicts = {
    "penalty": None,  # "carried", "open" or "wrong"
    "saturating": None,
    "minimax": None,
    "wasserstein": None,
    "an hour": None,
    "units": None,
}
""",
        hints=(
            "For each sentence find its two rows in the chart. Do all seeds of one lie on one side "
            "of all seeds of the other?",
            "A sentence about another length of training, other data or other networks is open, "
            'whatever the rows say. A sentence with "cannot" is wrong as soon as one program '
            "can.",
            'One is "carried", three are "open", two are "wrong".',
        ),
        solution=f"verdicts = {_VERDICTS!r}\n",
        mistakes=_MISREAD,
        judge=_JUDGE,
        praise="A table carries little, and that little is worth having.",
        draws=False,
    ),
)
