"""Exercises of lesson 13, from image to image."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, function

# 13.1, the mean of some draws


def _decibels(line):
    return f"""import numpy as np


def psnr_of_mean(best, num_draws):
    return {line}
"""


_OF_MEAN = (
    Mistake(
        _decibels("best - 10 * np.log10(2) + 0 * num_draws"),
        "that is the price of one draw. The mean of several draws lies nearer to the mean of all.",
    ),
    Mistake(
        _decibels("best + 10 * np.log10(num_draws)"),
        "the target is left out: it lies Var away from the mean of all answers, however many draws "
        "you average. Nothing is better than the best.",
    ),
    Mistake(
        _decibels("best - 10 * np.log10(2 / num_draws)"),
        "the errors of two draws are not independent: both are held against the same target. Only "
        "the part of the draws, Var, is divided by their number.",
    ),
    Mistake(
        _decibels("best - 20 * np.log10(1 + 1 / num_draws)"),
        "20 belongs to amplitudes. The mean squared error is a square already: 10 · log₁₀.",
    ),
    Mistake(
        _decibels("best - 10 * np.log(1 + 1 / num_draws)"),
        "decibels take the logarithm to base 10; `np.log` is the natural one.",
    ),
    Mistake(
        _decibels("best + 10 * np.log10(1 + 1 / num_draws)"),
        "the wrong sign: a larger error is fewer decibels.",
    ),
    Mistake(
        _decibels("best - 10 * np.log10(1 + 1 / np.sqrt(num_draws))"),
        "the standard deviation of a mean falls with the root of the number; here variances are "
        "added, and that of the mean is Var / num_draws.",
    ),
    Mistake(
        _decibels("best / (1 + 1 / num_draws)"),
        "the error is multiplied, so its decibels are not divided: something is taken away.",
        also=(_decibels("best * (1 + 1 / num_draws)"),),
    ),
)


def _counts(rng):
    """One draw, a few, and so many that nothing is lost."""
    return [(float(rng.uniform(8, 40)), count) for count in (1, 2, int(rng.integers(3, 20)), 10**6)]


def _by_variances(best, num_draws):
    """Var and Var + Var/k, for a Var of which the best PSNR in [−1, 1] is that."""
    variance = 4 / 10 ** (best / 10)
    return 10 * np.log10(4 / (variance + variance / num_draws))


# 13.2, adversary and distance


def _objective(line, before=""):
    return f"""import tensorflow as tf


def generator_objective(fake_logits, answers, targets, weight):
    fake_logits, answers, targets = (
        tf.cast(x, tf.float32) for x in (fake_logits, answers, targets)
    )
    adversarial = tf.reduce_mean(tf.nn.softplus(-fake_logits))
    distance = tf.reduce_mean(tf.abs(answers - targets))
{before}    return {line}
"""


_PAID = (
    Mistake(
        _objective(
            "adversarial + weight * distance",
            "    adversarial = tf.reduce_mean(tf.nn.softplus(fake_logits))\n",
        ),
        "softplus(f) is what the *discriminator* pays for a fake. The generator wants high logits: "
        "softplus(−f).",
        also=(
            _objective(
                "adversarial + weight * distance",
                "    adversarial = -tf.reduce_mean(tf.nn.softplus(fake_logits))\n",
            ),
        ),
    ),
    Mistake(
        _objective("adversarial - weight * distance"),
        "with this sign the generator is paid for being far from the target. Both parts are to "
        "fall, so both are added.",
        also=(_objective("weight * distance - adversarial"),),
    ),
    Mistake(
        _objective("weight * adversarial + distance"),
        "the weight belongs to the distance, not to the adversary: weight 0 is a GAN alone.",
        also=(
            _objective("weight * (adversarial + distance)"),
            _objective("(1 - weight) * adversarial + weight * distance"),
        ),
    ),
    Mistake(
        _objective("adversarial + distance + 0 * weight"),
        "the weight is not used.",
    ),
    Mistake(
        _objective(
            "adversarial + weight * distance",
            "    distance = tf.reduce_mean((answers - targets) ** 2)\n",
        ),
        "that is L2, whose best answer is the mean of all. L1 is asked for: the absolute value.",
    ),
    Mistake(
        _objective(
            "adversarial + weight * distance",
            "    distance = tf.abs(tf.reduce_mean(answers - targets))\n",
        ),
        "too bright here and too dark there cancel: take the absolute value of each pixel first, "
        "then the mean.",
    ),
    Mistake(
        _objective(
            "adversarial + weight * distance",
            "    distance *= tf.cast(tf.size(targets) / len(targets), tf.float32)\n",
        ),
        "the pixels of an image are summed. Take their mean, else the weight means another thing "
        "for every size of image.",
        also=(
            _objective(
                "adversarial + weight * distance",
                "    distance = tf.reduce_sum(tf.abs(answers - targets))\n",
            ),
        ),
    ),
    Mistake(
        _objective(
            "adversarial + weight * distance",
            "    adversarial = tf.reduce_mean(tf.nn.softplus(-tf.reduce_mean(fake_logits, "
            "axis=list(range(1, len(fake_logits.shape))))))\n",
        ),
        "right for one logit an image, wrong for a map: each patch has a logit and a loss of its "
        "own. Take the mean of the losses, not the loss of the mean logit.",
        also=(
            _objective(
                "adversarial + weight * distance",
                "    adversarial = tf.nn.softplus(-tf.reduce_mean(fake_logits))\n",
            ),
        ),
    ),
    Mistake(
        _objective("adversarial + 0 * weight"),
        "the distance to the target is missing: this generator may answer with any digit that its "
        "discriminator lets pass.",
    ),
)


def _answered(rng):
    """One logit for each image, a map of them, and weight 0."""
    examples = []
    for shape, weight in (((4, 1), 3.0), ((3, 2, 2, 1), float(rng.uniform(1, 20))), ((2, 1), 0.0)):
        images = rng.uniform(-1, 1, (2, shape[0], 4, 4, 1))
        examples.append((3 * rng.normal(size=shape), *images, weight))
    return examples


def _paid(fake_logits, answers, targets, weight):
    """In NumPy, in double precision."""
    distances = np.maximum(answers, targets) - np.minimum(answers, targets)
    return np.logaddexp(0, -fake_logits).mean() + weight * distances.mean()


# 13.3, is the noise used?


def _ratio(line):
    return f"""import numpy as np


def noise_used(draws, targets):
    missed = np.mean((draws - targets) ** 2)
    return {line}
"""


_USED = (
    Mistake(
        _ratio("draws.var(axis=0, ddof=1).mean() / missed"),
        "the half: a variance is the squared distance from the mean. Two draws are each so far "
        "from it, so between them it is twice that.",
    ),
    Mistake(
        _ratio("2 * draws.var(axis=0).mean() / missed"),
        "each draw is compared with itself as well, at distance 0. Only pairs of two draws count: "
        "`ddof=1` where you take a variance.",
        also=(_ratio("draws.var(axis=0).mean() / missed"),),
    ),
    Mistake(
        _ratio("2 * draws.var(axis=1, ddof=1).mean() / missed"),
        "that compares the answers to different sources. The noise is what differs between answers "
        "to one source, along the first axis.",
        also=(
            _ratio("2 * draws.var(ddof=1) / missed"),
            _ratio("2 * draws.var() / missed"),
            _ratio("2 * draws.var(axis=1).mean() / missed"),
        ),
    ),
    Mistake(
        _ratio("2 * draws.var(axis=0, ddof=1).mean() / np.mean((draws.mean(0) - targets) ** 2)"),
        "below the line stands the error of the mean of the draws. The error of a single draw is "
        "asked for: only then is the target one draw more.",
    ),
    Mistake(
        _ratio("2 * draws.var(axis=0, ddof=1).mean() / (2 * targets.var(axis=0, ddof=1).mean())"),
        "the targets vary because their sources do. What is left open by one source shows only in "
        "the distance of a draw from its own target.",
        also=(_ratio("2 * draws.var(axis=0, ddof=1).mean() / targets.var()"),),
    ),
    Mistake(
        _ratio("np.sqrt(2 * draws.var(axis=0, ddof=1).mean() / missed)"),
        "this is the ratio of distances. Mean *squared* differences are asked for.",
    ),
    Mistake(
        _ratio("missed / np.maximum(2 * draws.var(axis=0, ddof=1).mean(), 1e-12)"),
        "upside down: a network that ignores its noise is to get 0.",
    ),
)


def _some_draws(rng):
    """Noise half used, not used, and just two draws."""
    examples = []
    for m, n, spread in ((5, 4, 0.5), (3, 6, 0.0), (2, 3, 1.0)):
        means, targets = rng.normal(size=(2, n, 3, 3, 1))
        draws = means + spread * rng.normal(size=(m, n, 3, 3, 1))
        examples.append((draws, means + targets))
    return examples


def _pair_by_pair(draws, targets):
    """All pairs of two draws, all draws beside their targets."""
    m = len(draws)
    between = [np.mean((draws[i] - draws[j]) ** 2) for i in range(m) for j in range(i)]
    return np.mean(between) / np.mean([np.mean((one - targets) ** 2) for one in draws])


EXERCISES = (
    Exercise(
        id="13.1",
        name="psnr_of_mean",
        stub='''def psnr_of_mean(best, num_draws):
    """PSNR of the mean of so many draws, if the mean of all answers has best."""
    raise NotImplementedError
''',
        hints=(
            "The target and each draw vary around the mean of all answers, each with the variance "
            "Var. The mean of k independent draws varies with Var / k. Which variance has the "
            "difference between the target and that mean?",
            "Var + Var / k. The best answer, the mean of all, has the error Var. How many times as "
            "large is the other error, and how many decibels is that?",
            "`best - 10 * np.log10(1 + 1 / num_draws)`",
        ),
        solution=_decibels("best - 10 * np.log10(1 + 1 / num_draws)"),
        mistakes=_OF_MEAN,
        judge=function("psnr_of_mean", _by_variances, _counts, _OF_MEAN),
        praise="One draw costs 3.01 dB; the mean of many costs nothing, and is nobody's answer "
        "again.",
    ),
    Exercise(
        id="13.2",
        name="generator_objective",
        stub='''def generator_objective(fake_logits, answers, targets, weight):
    """What the generator minimises: non-saturating loss plus weight times L1."""
    raise NotImplementedError
''',
        hints=(
            "Two parts. The first wants the discriminator to say real: which of softplus(f), "
            "softplus(−f) is small then? The second is small where answers and targets agree.",
            "Each part is one mean over everything: of the losses of all logits, and of the "
            "absolute differences of all pixels. The weight stands before the second.",
            "`tf.reduce_mean(tf.nn.softplus(-fake_logits)) + weight * "
            "tf.reduce_mean(tf.abs(answers - targets))`",
        ),
        solution=_objective("adversarial + weight * distance"),
        mistakes=_PAID,
        judge=function("generator_objective", _paid, _answered, _PAID),
        praise="`terms.l1(weight)` is the second part, for each image; the step adds it and takes "
        "the mean.",
    ),
    Exercise(
        id="13.3",
        name="noise_used",
        stub='''def noise_used(draws, targets):
    """Mean squared difference of two draws over that of a draw and its target."""
    raise NotImplementedError
''',
        hints=(
            "Above the line: two different draws for the same source. The first axis counts the "
            "draws. Below the line: a draw and its target, the mean over all draws.",
            "Two independent draws differ by twice their variance, in the mean of squares. "
            "`draws.var(axis=0, ddof=1)` is the variance over the draws, without comparing one "
            "with itself.",
            "`2 * draws.var(axis=0, ddof=1).mean() / np.mean((draws - targets) ** 2)`",
        ),
        solution=_ratio("2 * draws.var(axis=0, ddof=1).mean() / missed"),
        mistakes=_USED,
        judge=function("noise_used", _pair_by_pair, _some_draws, _USED),
        praise="For a network that knows the true law the target is one draw more: the ratio is "
        "1. It is `metrics.used_noise`.",
    ),
)
