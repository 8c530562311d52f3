"""Exercises of lesson 06, a working GAN."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, choices, function


def _by_numpy(real_logits, fake_logits, slopes, gamma):
    losses = np.logaddexp(0, -np.asarray(real_logits, float)) + np.logaddexp(
        0, np.asarray(fake_logits, float)
    )
    squared = (np.asarray(slopes, float).reshape(len(slopes), -1) ** 2).sum(axis=1)
    return np.mean(losses) + gamma / 2 * np.mean(squared)


def _batches(rng):
    """Batches of several sizes, one of a single image, in single precision as in the lesson."""
    examples = []
    for n, height, width in ((5, 4, 4), (4, 3, 5), (1, 4, 4)):
        real, fake = rng.normal(scale=3, size=(2, n, 1)).astype(np.float32)
        slopes = rng.normal(size=(n, height, width, 1)).astype(np.float32)
        examples.append((real, fake, slopes, float(rng.uniform(0.5, 5))))
    return examples


def _total(lines):
    return (
        "import tensorflow as tf\n\n\n"
        "def discriminator_total(real_logits, fake_logits, slopes, gamma):\n"
        "    losses = tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits)\n" + lines
    )


_TOTALS = (
    Mistake(
        _total(
            "    squared = tf.reduce_sum(slopes**2, axis=[1, 2, 3])\n"
            "    return tf.reduce_mean(losses) + gamma * tf.reduce_mean(squared)\n"
        ),
        "twice the penalty: R1 is γ/2 times the squared slope.",
    ),
    Mistake(
        _total(
            "    return tf.reduce_mean(losses) + gamma / 2 * tf.reduce_mean(slopes**2)\n",
        ),
        "that takes the mean over the pixels. The squared length of an image's slope is the sum "
        "over its pixels; the mean is taken over images only.",
    ),
    Mistake(
        _total(
            "    length = tf.sqrt(tf.reduce_sum(slopes**2, axis=[1, 2, 3]))\n"
            "    return tf.reduce_mean(losses) + gamma / 2 * tf.reduce_mean(length)\n"
        ),
        "that is the length, not its square.",
    ),
    Mistake(
        _total(
            "    squared = tf.reduce_sum(slopes**2, axis=[1, 2, 3])\n"
            "    return tf.reduce_mean(losses) - gamma / 2 * tf.reduce_mean(squared)\n"
        ),
        "minus the penalty rewards a steep discriminator. A price is added to what is minimised.",
    ),
    Mistake(
        _total(
            "    squared = tf.reduce_sum(slopes**2, axis=[1, 2, 3])\n"
            "    return tf.reduce_mean(losses) / 2 + gamma / 2 * tf.reduce_mean(squared)\n"
        ),
        "the price is right, but the logits' part is half of what it should be: that is one mean "
        "over real and fake together, as Keras takes it. L_D has two terms, added.",
    ),
    Mistake(
        _total("    return tf.reduce_mean(losses) + gamma / 2 * tf.reduce_sum(slopes**2)\n"),
        "the slopes of the whole batch are squared and added up. Each image has its own squared "
        "length; their mean over the batch is due.",
        also=(
            _total("    return tf.reduce_mean(losses) + gamma / 2 * tf.norm(slopes)\n"),
            _total("    return tf.reduce_mean(losses) + gamma * tf.nn.l2_loss(slopes)\n"),
        ),
    ),
    Mistake(
        _total(
            "    length = tf.sqrt(tf.reduce_sum(slopes**2, axis=[1, 2, 3]))\n"
            "    return tf.reduce_mean(losses) + gamma / 2 * tf.reduce_mean((length - 1) ** 2)\n"
        ),
        "that holds the length against 1, as the penalty of Wasserstein GANs does. R1 asks for "
        "no steepness at real images: the length itself is squared.",
        also=(
            _total(
                "    length = tf.sqrt(tf.reduce_sum(slopes**2, axis=[1, 2, 3]))\n"
                "    return tf.reduce_mean(losses) + gamma * tf.reduce_mean((length - 1) ** 2)\n"
            ),
        ),
    ),
    Mistake(
        _total("    return tf.reduce_mean(losses)\n"),
        "the logits' part is right; the price on the slopes is missing.",
    ),
    Mistake(
        _total(
            "    squared = tf.reduce_sum(slopes**2, axis=[1, 2, 3])\n"
            "    return tf.reduce_sum(losses) + gamma / 2 * tf.reduce_sum(squared)\n"
        ),
        "sums over the batch: with a batch twice as large the loss would be twice as large. Take "
        "the mean over images.",
    ),
    Mistake(
        "import tensorflow as tf\n\n\n"
        "def discriminator_total(real_logits, fake_logits, slopes, gamma):\n"
        "    losses = tf.nn.softplus(real_logits) + tf.nn.softplus(-fake_logits)\n"
        "    squared = tf.reduce_sum(slopes**2, axis=[1, 2, 3])\n"
        "    return tf.reduce_mean(losses) + gamma / 2 * tf.reduce_mean(squared)\n",
        "the signs of the logits are exchanged: this one is paid for calling real images fake.",
    ),
)


def _weights(rng):
    """Of one step, of a half-life that is one step, and of one weight alone."""
    examples = []
    for n, share in ((4, None), (4, 1), (1, None)):
        average, weight = rng.normal(size=(2, n)).astype(np.float32)
        batch_size = int(rng.integers(16, 257))
        half_life = share * batch_size if share else int(rng.integers(300, 1200))
        examples.append((average, weight + np.float32(2), batch_size, half_life))
    return examples


def _ema(line):
    return f"def ema_update(average, weight, batch_size, half_life):\n    {line}\n"


_AVERAGES = (
    Mistake(
        _ema("return weight + 0.5 ** (half_life / batch_size) * (average - weight)"),
        "upside down: with batches of 32 and a half-life of 32,000 images, half of the old value "
        "is left after 1,000 steps, so one step keeps ½ to the power of 1/1,000.",
    ),
    Mistake(
        _ema("return average + 0.5 ** (batch_size / half_life) * (weight - average)"),
        "the shares are exchanged: nearly all of the average is thrown away in each step, so it "
        "follows the weight at once and smooths nothing.",
    ),
    Mistake(
        _ema("return weight + 0.5 ** (1 / half_life) * (average - weight)"),
        "here the half-life counts steps. It counts images, and a step has batch_size of them.",
    ),
    Mistake(
        "import math\n\n\n"
        + _ema("return weight + math.exp(-batch_size / half_life) * (average - weight)"),
        "that has e in the place of 2: after one half-life e⁻¹ = 37 % of the old value is left, "
        "and half should be.",
    ),
    Mistake(
        _ema("return weight + (1 - batch_size / half_life) * (average - weight)"),
        "close, but where a half-life is many steps, e⁻¹ = 37 % of the old value is left after "
        "it, and half should be.",
    ),
    Mistake(
        _ema("return (average + weight) / 2"),
        "that halves in every step, whatever the half-life is.",
    ),
)

_LOGS = {
    "real 0.7, fake -0.8; losses 1.1 and 1.0": "fair game",
    "real 14, fake -13; losses 0.00 and 13": "discriminator wins",
    "real 0.00, fake 0.00; losses 1.386 and 0.693; samples are noise": "learns nothing",
    "real nan, fake nan": "stop",
}
_LOGS_JUDGE, _LOGS_MISTAKES = choices(
    "logs",
    _LOGS,
    {
        ("real 0.7, fake -0.8; losses 1.1 and 1.0", "discriminator wins"): "it is ahead, as it "
        "should be a little: σ(0.7) = 0.67 is far from certain. This is a fair game.",
        ("real 0.7, fake -0.8; losses 1.1 and 1.0", "learns nothing"): "the logits differ by "
        "1.5: the discriminator tells real from fake, just not surely.",
        ("real 0.7, fake -0.8; losses 1.1 and 1.0", "stop"): "every number is finite and moderate, "
        "and both losses are far from 0: nothing here speaks against going on.",
        ("real 14, fake -13; losses 0.00 and 13", "stop"): "the numbers are finite, so a run like "
        "this can be mended, with other settings. What do the logits say of the discriminator?",
        ("real 14, fake -13; losses 0.00 and 13", "fair game"): "its loss is 0.00, its own best. "
        "It is right about every image and has nothing left to learn from.",
        ("real 14, fake -13; losses 0.00 and 13", "learns nothing"): "it has learned all too "
        "well: logits of ±14 are certainty.",
        (
            "real 0.00, fake 0.00; losses 1.386 and 0.693; samples are noise",
            "fair game",
        ): "the losses are those of a perfect game, but the samples are noise. A discriminator "
        "that learns nothing has the same losses.",
        (
            "real 0.00, fake 0.00; losses 1.386 and 0.693; samples are noise",
            "discriminator wins",
        ): "it cannot tell anything apart: both logits are zero.",
        (
            "real 0.00, fake 0.00; losses 1.386 and 0.693; samples are noise",
            "stop",
        ): "no number is broken, so going on is not hopeless yet. What does it say of the "
        "discriminator that both logits are zero?",
        ("real nan, fake nan", "fair game"): "NaN is no number: nothing can be compared with it, "
        "so nothing is even.",
        ("real nan, fake nan", "discriminator wins"): "NaN is neither large nor small: nobody is "
        "ahead any more.",
        ("real nan, fake nan", "learns nothing"): "worse: every weight that a NaN touches is "
        "NaN from then on. Going on cannot mend it.",
    },
)

EXERCISES = (
    Exercise(
        id="06.1",
        name="discriminator_total",
        stub='''def discriminator_total(real_logits, fake_logits, slopes, gamma):
    """What the discriminator minimises, one number; slopes [n, height, width, 1]."""
    raise NotImplementedError
''',
        hints=(
            "Two parts: the mean of softplus(−r) + softplus(f), and the price on the slopes.",
            "The squared length of one image's slope is the sum of the squares over its pixels.",
            "mean(losses) + γ/2 · mean(sum of slopes² over the axes 1, 2, 3).",
        ),
        solution=_total(
            "    squared = tf.reduce_sum(slopes**2, axis=[1, 2, 3])\n"
            "    return tf.reduce_mean(losses) + gamma / 2 * tf.reduce_mean(squared)\n"
        ),
        mistakes=_TOTALS,
        judge=function("discriminator_total", _by_numpy, _batches, _TOTALS),
        praise="These few lines are the discriminator's half of the step.",
    ),
    Exercise(
        id="06.2",
        name="logs",
        stub="""logs = {
    "real 0.7, fake -0.8; losses 1.1 and 1.0": None,
    "real 14, fake -13; losses 0.00 and 13": None,
    "real 0.00, fake 0.00; losses 1.386 and 0.693; samples are noise": None,
    "real nan, fake nan": None,
}
""",
        hints=(
            "Turn the logits into probabilities: σ(0.7) = 0.67, σ(14) = 0.999999.",
            "A fair game has real above zero and fake below, by a moderate gap.",
            "Losses at their reference lines mean that the discriminator cannot tell. Why it "
            "cannot, only the samples say.",
        ),
        solution=f"logs = {_LOGS!r}\n",
        mistakes=_LOGS_MISTAKES,
        judge=_LOGS_JUDGE,
        praise="Logits say who is ahead, samples whether it works; losses say little.",
        draws=False,
    ),
    Exercise(
        id="06.3",
        name="ema_update",
        stub='''def ema_update(average, weight, batch_size, half_life):
    """The averaged weight after one step; the half-life is given in images."""
    raise NotImplementedError
''',
        hints=(
            "Which share β of the old average must be left, so that after half_life images, "
            "which are half_life / batch_size steps, one half is left?",
            "β to the power of half_life / batch_size is ½, so β = ½ ** (batch_size / half_life).",
            "The new average is β · average + (1 − β) · weight.",
        ),
        solution="""def ema_update(average, weight, batch_size, half_life):
    kept = 0.5 ** (batch_size / half_life)
    return kept * average + (1 - kept) * weight
""",
        mistakes=_AVERAGES,
        judge=function(
            "ema_update",
            lambda average, weight, size, life: weight + np.exp2(-size / life) * (average - weight),
            _weights,
            _AVERAGES,
        ),
        praise="A long half-life draws steadily, a short one follows quickly.",
    ),
)
