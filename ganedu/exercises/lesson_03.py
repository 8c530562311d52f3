"""Exercises of lesson 03, a first GAN in the plane."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, choices, function, in_turn


def _shares(points, centres):
    # SciPy's tree finds the nearest centre in a way of its own
    from scipy.spatial import KDTree

    nearest = KDTree(centres).query(points)[1]
    return np.array([np.mean(nearest == number) for number in range(len(centres))])


def _some_points(rng):
    """Rings on which nobody meets the first, the last or a middle centre; a centre alone.

    The last points have no order at all, so that another distance gives another answer.
    """
    examples = []
    for modes, empty in ((3, 0), (5, -1), (8, int(rng.integers(1, 7)))):
        angles = np.arange(modes) * 2 * np.pi / modes + rng.uniform(0, 1)
        centres = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        met = rng.choice(np.delete(np.arange(modes), empty), size=40)
        examples.append((centres[met] + rng.uniform(-0.15, 0.15, (40, 2)), centres))
    examples.append((rng.normal(size=(3, 2)), rng.normal(size=(1, 2))))
    examples.append((rng.normal(size=(1, 2)), np.array([[9.0, 9.0], [0.0, 0.0], [9.0, -9.0]])))
    examples.append(_unordered(rng))
    return [tuple(np.float32(each) for each in example) for example in examples]


def _unordered(rng):
    """Points that are clearly nearer to one centre than to any other."""
    centres = rng.normal(size=(6, 2))
    points = rng.normal(size=(300, 2))
    nearest = np.sort(np.linalg.norm(points[:, np.newaxis] - centres, axis=2))
    return points[nearest[:, 1] - nearest[:, 0] > 1e-3], centres


_MODE_SHARES = (
    Mistake(
        """import numpy as np


def mode_shares(points, centres):
    distances = np.linalg.norm(points[:, None] - centres[None], axis=2)
    return np.bincount(distances.argmin(axis=1), minlength=len(centres))
""",
        "those are counts. Shares add up to 1: divide by the number of points.",
    ),
    Mistake(
        """import numpy as np


def mode_shares(points, centres):
    distances = np.linalg.norm(points[:, None] - centres[None], axis=2)
    return np.unique(distances.argmin(axis=1), return_counts=True)[1] / len(points)
""",
        "a centre that no point belongs to has vanished from your result. Its share is 0, and it "
        "is the one that tells of a lost mode.",
        also=(
            """import numpy as np


def mode_shares(points, centres):
    distances = np.linalg.norm(points[:, None] - centres[None], axis=2)
    return np.bincount(distances.argmin(axis=1)) / len(points)
""",
        ),
    ),
    Mistake(
        """import numpy as np


def mode_shares(points, centres):
    distances = np.linalg.norm(points[:, None] - centres[None], axis=2)
    return np.bincount(distances.argmax(axis=1), minlength=len(centres)) / len(points)
""",
        "these are the farthest centres. A point belongs to its nearest: the smallest distance.",
    ),
    Mistake(
        """import numpy as np


def mode_shares(points, centres):
    distances = np.linalg.norm(points[:, None] - centres[None], axis=2)
    near = np.bincount(distances.argmin(axis=0), minlength=len(centres))
    return near[: len(centres)] / len(centres)
""",
        "here each centre looks for its nearest point. It is the other way round: each point "
        "looks for its nearest centre, so take the minimum along the axis of the centres.",
    ),
    Mistake(
        """import numpy as np


def mode_shares(points, centres):
    distances = np.abs(points[:, None] - centres[None]).sum(axis=2)
    return np.bincount(distances.argmin(axis=1), minlength=len(centres)) / len(points)
""",
        "this distance goes along the axes, like streets. The nearest centre is meant as the crow "
        "flies: the root of the sum of squares.",
    ),
)


def _rates(rng):
    """Both ends and their neighbours, of ways short and long."""
    examples = []
    for num_steps in (2, int(rng.integers(3, 8)), int(rng.integers(100, 30_000))):
        rate, between = float(rng.uniform(1e-4, 1e-2)), int(rng.integers(1, num_steps))
        for step in (0, 1, between, num_steps - 1, num_steps, num_steps + 1, 2 * num_steps):
            examples.append((step, num_steps, rate))
    return examples


_FALLING = (
    Mistake(
        "def falling_rate(step, num_steps, rate):\n    return rate * (1 - step / num_steps)\n",
        "right until the end, negative after it: a step with a negative rate climbs where it "
        "should descend. The rate must stay at 0.",
    ),
    Mistake(
        "def falling_rate(step, num_steps, rate):\n    return rate * min(step / num_steps, 1.0)\n",
        "this one rises from 0 to the full rate. It should begin with the full rate and fall.",
    ),
    Mistake(
        "def falling_rate(step, num_steps, rate):\n    return rate * 0.01 ** (step / num_steps)\n",
        "that falls by a constant factor per step and never reaches 0. A straight line was "
        "asked for.",
    ),
    Mistake(
        "def falling_rate(step, num_steps, rate):\n    return max(rate - step / num_steps, 0.0)\n",
        "right at the start only: what is taken away each step must be a share of the rate, or a "
        "small rate is gone at once.",
    ),
    Mistake(
        "def falling_rate(step, num_steps, rate):\n"
        "    return rate * max(1 - step / (num_steps - 1), 0.0)\n",
        "this one is at 0 one step too early: at step num_steps − 1 one step of the way is left.",
        also=(
            "def falling_rate(step, num_steps, rate):\n"
            "    return rate * max(1 - (step + 1) / num_steps, 0.0)\n",
        ),
    ),
    Mistake(
        "def falling_rate(step, num_steps, rate):\n    return rate\n",
        "this rate does not fall.",
    ),
)


def _pairing(real_logits, fake_logits):
    return np.logaddexp(0.0, np.asarray(fake_logits, float) - np.asarray(real_logits, float))


_PAIRING = (
    Mistake(
        "import tensorflow as tf\n\n\ndef pairing_loss(real_logits, fake_logits):\n"
        "    return tf.nn.softplus(real_logits - fake_logits)\n",
        "that is the generator's side: it falls when fakes rise above real points. The "
        "discriminator's falls when real points rise above fakes.",
    ),
    Mistake(
        "import tensorflow as tf\n\n\ndef pairing_loss(real_logits, fake_logits):\n"
        "    return tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits)\n",
        "that is the loss we had before: each logit is held against 0. Here they are held "
        "against each other.",
    ),
    Mistake(
        "import tensorflow as tf\n\n\ndef pairing_loss(real_logits, fake_logits):\n"
        "    return tf.reduce_mean(tf.nn.softplus(fake_logits - real_logits))\n",
        "the values are right, but their mean was taken. One value per pair was asked for; the "
        "step takes the mean.",
    ),
    Mistake(
        "def pairing_loss(real_logits, fake_logits):\n    return fake_logits - real_logits\n",
        "the difference is right. Without the softplus it has no floor: the loss would fall for "
        "ever while both players only raise their numbers.",
    ),
    Mistake(
        "import tensorflow as tf\n\n\ndef pairing_loss(real_logits, fake_logits):\n"
        "    return tf.math.log(1 + tf.exp(fake_logits - real_logits))\n",
        "right for small logits, infinite for large ones: exp overflows. `tf.nn.softplus` is the "
        "same function without the overflow.",
    ),
)


def _logit_pairs(rng):
    """Equal logits among others, and one pair alone."""
    pairs = rng.normal(scale=3, size=(2, 2, 6, 1)).astype(np.float32)
    pairs[0, 1, 0] = pairs[0, 0, 0]
    return [tuple(pairs[0]), tuple(pairs[1, :, :1])]


def _far_pairs(rng):
    """Fakes far above real points and far below, in single precision."""
    real = rng.normal(scale=3, size=(4, 1))
    fake = real + rng.uniform([[90], [-200], [800], [-1000]], [[200], [-90], [1000], [-800]])
    return [(real.astype(np.float32), fake.astype(np.float32))]


_DIAGNOSIS = {
    "8 modes, 97 %, 0.003": "as good as new points",
    "8 modes, 35 %, 0.002": "blurred",
    "3 modes, 96 %, 1.02": "lost modes",
    "8 modes, 95 %, 0.40": "uneven",
}
_DIAGNOSIS_JUDGE, _DIAGNOSIS_MISTAKES = choices(
    "diagnosis",
    _DIAGNOSIS,
    {
        ("8 modes, 97 %, 0.003", "blurred"): "97 % within 3 standard deviations is close to the "
        "98.9 % of new points, so this is not blur.",
        ("8 modes, 97 %, 0.003", "uneven"): "0.003 nats is next to nothing: new points have "
        "0.001, and shares that differ are seen in tenths.",
        ("8 modes, 97 %, 0.003", "lost modes"): "the first number says that all eight are met.",
        ("8 modes, 35 %, 0.002", "uneven"): "0.002 nats: the eight are met equally often. It is "
        "the second number that is far from that of new points.",
        ("8 modes, 35 %, 0.002", "as good as new points"): "all modes are met, and equally "
        "often, but two thirds of the points lie too far out: new points have 98.9 %.",
        ("8 modes, 35 %, 0.002", "lost modes"): "no mode is missing; it is the share of good "
        "points that is low.",
        ("3 modes, 96 %, 1.02", "as good as new points"): "each point for itself is good, in 96 "
        "of 100 cases. Look at where they are: the first number.",
        ("3 modes, 96 %, 1.02", "blurred"): "96 % of its points are good. What is missing are "
        "five of the eight modes; log(8/3) = 0.98 says the same.",
        ("3 modes, 96 %, 1.02", "uneven"): "uneven it is, but in the strongest sense: five modes "
        "get no good point at all.",
        ("8 modes, 95 %, 0.40", "as good as new points"): "each mode is met, but not equally "
        "often: 0.40 nats is a hundred times what chance gives.",
        ("8 modes, 95 %, 0.40", "blurred"): "95 % good points is not far from the 98.9 % of new "
        "ones. It is the third number that is far from theirs.",
        ("8 modes, 95 %, 0.40", "lost modes"): "every mode still gets good points; some get far "
        "too few. That shows only in the divergence.",
    },
)

EXERCISES = (
    Exercise(
        id="03.1",
        name="mode_shares",
        stub='''def mode_shares(points, centres):
    """Share of the points that belong to each centre, array [number of centres]."""
    raise NotImplementedError
''',
        hints=(
            "First find for each point the number of its nearest centre.",
            "`points[:, None] - centres[None]` has the shape [n, k, 2]: all differences at once.",
            "`np.bincount(nearest, minlength=len(centres))` counts, and keeps the zeros.",
        ),
        solution="""import numpy as np


def mode_shares(points, centres):
    distances = np.linalg.norm(points[:, None] - centres[None], axis=2)
    nearest = distances.argmin(axis=1)
    return np.bincount(nearest, minlength=len(centres)) / len(points)
""",
        mistakes=_MODE_SHARES,
        judge=function("mode_shares", _shares, _some_points, _MODE_SHARES),
        praise="From these shares h the divergence is Σ h log(h · number of centres).",
    ),
    Exercise(
        id="03.2",
        name="diagnosis",
        stub="""diagnosis = {
    "8 modes, 97 %, 0.003": None,
    "8 modes, 35 %, 0.002": None,
    "3 modes, 96 %, 1.02": None,
    "8 modes, 95 %, 0.40": None,
}
""",
        hints=(
            "Go through the three numbers one by one. New points have 8, 98.9 % and 0.001.",
            "A low second number means points between or around the modes.",
            "A large third number means unequal shares; with modes missing altogether, the first "
            "number says so too.",
        ),
        solution=f"diagnosis = {_DIAGNOSIS!r}\n",
        mistakes=_DIAGNOSIS_MISTAKES,
        judge=_DIAGNOSIS_JUDGE,
        draws=False,
        praise="No single one of the three would have told them apart.",
    ),
    Exercise(
        id="03.3",
        name="falling_rate",
        stub='''def falling_rate(step, num_steps, rate):
    """The learning rate at a step: a straight line from rate to 0, then 0."""
    raise NotImplementedError
''',
        hints=(
            "Which share of the way is left at this step?",
            "At step 0 all of it, at num_steps nothing: 1 − step / num_steps.",
            "After num_steps that share would be negative; `max(..., 0.0)` stops it.",
        ),
        solution="""def falling_rate(step, num_steps, rate):
    return rate * max(1 - step / num_steps, 0.0)
""",
        mistakes=_FALLING,
        judge=function(
            "falling_rate",
            lambda step, num_steps, rate: np.interp(step, [0, num_steps], [rate, 0.0]),
            _rates,
            _FALLING,
            atol=1e-9,
        ),
        praise="It is `keras.optimizers.schedules.PolynomialDecay(rate, num_steps, 0.0)`.",
    ),
    Exercise(
        id="03.4",
        name="pairing_loss",
        stub='''def pairing_loss(real_logits, fake_logits):
    """What the discriminator minimises: −log σ(real − fake), one value per pair."""
    raise NotImplementedError
''',
        hints=(
            "Lesson 01: −log σ(x) = softplus(−x). What stands for x here?",
            "x = real_logits − fake_logits, so −x = fake_logits − real_logits.",
            "`tf.nn.softplus` of that, and no mean.",
        ),
        solution="""import tensorflow as tf


def pairing_loss(real_logits, fake_logits):
    return tf.nn.softplus(fake_logits - real_logits)
""",
        mistakes=_PAIRING,
        judge=in_turn(
            function("pairing_loss", _pairing, _logit_pairs, _PAIRING[:-1]),
            function(
                "pairing_loss",
                _pairing,
                _far_pairs,
                _PAIRING[-1:],
                lead="right for small differences of logits, wrong for large ones: ",
            ),
        ),
        praise='In the package: losses.get("relativistic_pairing").discriminator.',
    ),
)
