"""Exercises of lesson 01, the adversarial loss."""

import numpy as np
from scipy import special

from ganedu.exercises.comparing import Exercise, Mistake, function, in_turn

# 01.1, the discriminator's loss


def _logits(rng, scale):
    """Pairs of logits [n, 1], in single precision: one of one element, one with zeros."""
    draws = [rng.uniform(-scale, scale, (2, n, 1)) for n in (1, 5, int(rng.integers(4, 9)))]
    draws[1][0, 0], draws[1][1, 1] = 0, 0
    return [tuple(pair.astype(np.float32)) for pair in draws]


def _large_logits(rng):
    """Logits of every size up to 1e4, that one too, both signs sure to come.

    The first are too large for a sigmoid and small enough for e^x in float32.
    """
    sizes = 10 ** rng.uniform([[1.5], [2.5], [4.0]], [[1.9], [3.5], [4.0]], (3, 2))
    signs = rng.permutation([1, -1])
    columns = [np.repeat(signs, 3), np.repeat(-signs, 3)]
    return [tuple(np.float32(c * sizes.T.ravel())[:, np.newaxis] for c in columns)]


def _cross_entropy(real_logits, fake_logits):
    r, f = np.asarray(real_logits, float), np.asarray(fake_logits, float)
    return (
        np.maximum(-r, 0) + np.log1p(np.exp(-abs(r))) + np.maximum(f, 0) + np.log1p(np.exp(-abs(f)))
    )


def _loss(line):
    """A wrong answer whose body is given."""
    return f"""import numpy as np

def softplus(x):
    return np.logaddexp(0, x)

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def discriminator_loss(real_logits, fake_logits):
    {line}
"""


_LOSS = (
    Mistake(
        _loss("return -softplus(-real_logits) - softplus(fake_logits)"),
        "that is the value V, which the discriminator wants large. A loss is minimised: turn the "
        "sign.",
    ),
    Mistake(
        _loss("return softplus(real_logits) + softplus(-fake_logits)"),
        "the labels are swapped: this loss falls when real points get low logits and fakes high "
        "ones. softplus(−x) belongs to the label real.",
    ),
    Mistake(
        _loss("return np.mean(softplus(-real_logits) + softplus(fake_logits))"),
        "the terms are right, but you took their mean: one number is left. The loss is asked for "
        "each pair, of shape [n, 1]; whoever calls it takes the mean.",
    ),
    Mistake(
        _loss("return np.mean([softplus(-real_logits), softplus(fake_logits)])"),
        "that is Keras' mean over all 2n points: one number, and half as large. Two "
        "terms for each pair are asked for, of shape [n, 1].",
    ),
    Mistake(
        _loss("return (softplus(-real_logits) + softplus(fake_logits)) / 2"),
        "half of the right value: V is the sum of its two terms, not their mean, so at logits of "
        "zero the loss is 2 log 2. (Keras' mean over all 2n points gives your half.)",
    ),
    Mistake(
        _loss("return softplus(-real_logits) + softplus(-fake_logits)"),
        "both terms ask for the label real. A fake has the label 0: what is −log(1 − σ(x))?",
    ),
    Mistake(
        _loss("return softplus(-real_logits)"),
        "the term of the fakes is missing: with it away, a discriminator that says real to "
        "everything would be perfect.",
    ),
    Mistake(
        _loss("return softplus(fake_logits)"),
        "the term of the real points is missing: with it away, a discriminator that says fake to "
        "everything would be perfect.",
    ),
    Mistake(
        _loss("return softplus(fake_logits - real_logits)"),
        "that compares the two points of a pair (a loss of its own: exercise 03.4). Here each "
        "point is judged alone: two softplus terms.",
    ),
)
_UNSTABLE = (
    Mistake(
        _loss("return -np.log(sigmoid(real_logits)) - np.log(1 - sigmoid(fake_logits))"),
        "right for small logits, infinite for large ones: σ rounds to 0 or 1, and a logarithm "
        "sees a zero. Write each term with softplus.",
    ),
    Mistake(
        _loss(
            "return -np.log(sigmoid(real_logits) + 1e-7) - np.log(1 - sigmoid(fake_logits) + 1e-7)"
        ),
        "right for small logits, but a constant inside the logarithm caps the loss near 16, where "
        "the gradient is gone. Write each term with softplus instead.",
    ),
    Mistake(
        _loss(
            "d = lambda x: np.clip(sigmoid(x), np.float32(1e-7), np.float32(1 - 1e-7)); "
            "return -np.log(d(real_logits)) - np.log(1 - d(fake_logits))"
        ),
        "right for small logits, but clipped probabilities cap the loss near 16, and where they "
        "are clipped the gradient is 0. Write each term with softplus instead.",
    ),
    Mistake(
        _loss("return np.log(1 + np.exp(-real_logits)) + np.log(1 + np.exp(fake_logits))"),
        "right for small logits, but e^x overflows from x = 89 in float32. `tf.nn.softplus` is "
        "the same function without the overflow.",
    ),
)

# 01.2, the optimal discriminator


def _densities(rng, smallest=-1.0, largest=0.5):
    """Densities of a range of sizes, and the exact zeros of either; never both zero."""
    examples = [10.0 ** rng.uniform(smallest, largest, (2, 9)) for _ in range(3)]
    for p, q in examples:
        p[rng.integers(4)], q[4 + rng.integers(4)] = 0.0, 0.0
        p[8] = q[8]
    return [(p, q) for p, q in examples]


def _tails(rng):
    """Tiny densities, as they are far from all points; float32 can still hold them."""
    return [*_densities(rng, -9, -3), *_densities(rng, -18, -10), *_densities(rng, -30, -19)]


_TINY = (
    "right where the densities are large, wrong in the tails, where both are tiny. Is there a "
    "constant or a border in your line? p + q is not zero here, so none is needed."
)


def _share(p, q):
    return np.where(p > q, 1 - q / (p + q), p / (p + q))


_OPTIMAL = (
    Mistake(
        """import numpy as np

def optimal_discriminator(p, q):
    with np.errstate(divide="ignore"):
        return p / q
""",
        "that is the density ratio p/q, which can be larger than 1. A probability needs the sum "
        "below the line: did you divide by q instead of p + q?",
    ),
    Mistake(
        """def optimal_discriminator(p, q):
    return q / (p + q)
""",
        "right where p = q, mirrored elsewhere: the discriminator gives the probability of "
        "real, and p is the density of real points.",
    ),
    Mistake(
        """import numpy as np

def optimal_discriminator(p, q):
    with np.errstate(divide="ignore"):
        return np.log(p) - np.log(q)
""",
        "that is the logit of D*, log p − log q. The probability is asked for: send it through "
        "the sigmoid, or simplify.",
    ),
    Mistake(
        """def optimal_discriminator(p, q):
    return (p > q) * 1.0
""",
        "a hard yes or no would make the fewest mistakes, but the value function pays for "
        "probabilities: being sure and wrong costs log 0. Solve p/D = q/(1 − D).",
    ),
    Mistake(
        """def optimal_discriminator(p, q):
    return 0 * p + 0.5
""",
        "½ everywhere is the answer only where p = q, when the generator has won. Here the two "
        "densities differ.",
    ),
    Mistake(
        """def optimal_discriminator(p, q):
    return p / (p + q + 1e-8)
""",
        _TINY,
        also=(
            """import numpy as np

def optimal_discriminator(p, q):
    return p / np.maximum(p + q, 1e-12)
""",
        ),
    ),
)

# 01.3, from the logit to the ratio


def _some_logits(rng):
    logits = rng.uniform(-6, 6, (3, 8, 1))
    logits[:, 0] = 0
    return [(logits[0],), (logits[1],), (logits[2, 1:2],)]


def _wide_logits(rng):
    """Both ends and both sides, in every draw."""
    logits = rng.uniform(30, 58, (3, 8, 1)) * np.resize([[1], [-1]], (8, 1))
    logits[:, 0], logits[:, 1] = 60, -60
    return [(each,) for each in logits]


_FAR = "right for small logits, wrong for large ones: is something clipped or rounded on the way? "


def _squared_root(logits):
    return np.power(np.e, logits / 2) ** 2


_RATIO = (
    Mistake(
        """import numpy as np

def density_ratio(logits):
    return 1 / (1 + np.exp(-logits))
""",
        "that is the probability p/(p + q), which never exceeds 1. The ratio p/q is asked for: "
        "undo the logarithm of log p − log q.",
    ),
    Mistake(
        """import numpy as np

def density_ratio(logits):
    return np.exp(-logits)
""",
        "that is q/p, the ratio upside down: a positive logit means that real is denser.",
    ),
    Mistake(
        """def density_ratio(logits):
    return logits
""",
        "the logit is the logarithm of the ratio. Undo the logarithm.",
    ),
    Mistake(
        """import numpy as np

def density_ratio(logits):
    return 2.0**logits
""",
        "the logarithms of this course are natural: undo them with e, not with 2.",
    ),
    Mistake(
        """import numpy as np

def density_ratio(logits):
    d = 1 / (1 + np.exp(-logits))
    with np.errstate(divide="ignore"):
        return d / (1 - d)
""",
        "right until σ rounds to 1: then 1 − D is zero or has no digits left. Simplify D/(1 − D) "
        "on paper first.",
    ),
)

# 01.4, the divergence


def _on_grid(rng):
    """Positive densities on a grid, both near zero at its ends: mixtures of two Gaussians.

    In one pair the two are equal.
    """
    examples = []
    for _ in range(3):
        dx = rng.uniform(0.02, 0.06)
        x = (np.arange(-200, 201) * dx)[:, np.newaxis]
        middle, width = 1.5 * dx * rng.uniform(-30, 30, (2, 2)), dx * rng.uniform(12, 22, (2, 2))
        share = rng.dirichlet((2, 2), 2)
        pair = [
            (s * np.exp(-0.5 * ((x - m) / w) ** 2) / w).sum(1)
            for s, m, w in zip(share, middle, width)
        ]
        examples.append((*(r / (r.sum() * dx) for r in pair), float(dx)))
    return [*examples, (examples[0][0], examples[0][0].copy(), examples[0][2])]


def _with_zeros(rng):
    """Bumps with exact zeros around them: one pair overlaps, one does not."""
    examples = []
    for distance in (rng.uniform(20, 70), rng.uniform(110, 150)):
        dx, start = rng.uniform(0.02, 0.06), rng.uniform(60, 80)
        at = np.arange(300)
        bumps = [np.maximum(0, 1 - ((at - c) / 50) ** 2) ** 2 for c in (start, start + distance)]
        examples.append((*(b / (b.sum() * dx) for b in bumps), float(dx)))
    return examples


def _mixture_entropy(p, q, dx):
    """JSD as the entropy of the mixture above the mean entropy; entr(0) = 0."""
    entropies = [special.entr(r).sum() * dx for r in ((p + q) / 2, p, q)]
    return entropies[0] - (entropies[1] + entropies[2]) / 2


def _js(line):
    """A wrong answer whose last line is given."""
    return f"""import numpy as np
from scipy.special import rel_entr  # p·log(p/q), 0 where p is 0

def js_divergence(p, q, dx):
    m = (p + q) / 2
    {line}
"""


_DIVERGENCE = (
    Mistake(
        _js("return (rel_entr(p, m).sum() + rel_entr(q, m).sum()) * dx"),
        "twice the right value: JSD is the mean of the two KL terms. Did you forget the ½?",
    ),
    Mistake(
        _js("return (rel_entr(p, m).sum() + rel_entr(q, m).sum()) * dx / 2 / np.log(2)"),
        "that is in bits, with logarithms to base 2 and a maximum of 1. In nats the maximum is "
        "log 2.",
    ),
    Mistake(
        _js("return (rel_entr(p, q).sum() + rel_entr(q, p).sum()) * dx"),
        "that is KL(p‖q) + KL(q‖p), Jeffreys' divergence, which has no upper bound. Compare each "
        "density with the mixture m instead.",
    ),
    Mistake(
        _js("return (rel_entr(p, q).sum() + rel_entr(q, p).sum()) * dx / 2"),
        "that is the mean of KL(p‖q) and KL(q‖p), which has no upper bound. Compare each density "
        "with the mixture m instead.",
    ),
    Mistake(
        _js("return rel_entr(p, q).sum() * dx"),
        "that is KL(p‖q). JSD compares each of the two with their mixture m and takes the mean.",
    ),
    Mistake(
        _js("return rel_entr(p, m).sum() * dx"),
        "that is KL(p‖m), one of the two terms. The one with q is missing, and the ½.",
    ),
    Mistake(
        _js("return (rel_entr(p, m).sum() + rel_entr(q, m).sum()) / 2"),
        "the sum has no dx: an integral is the sum of height times width, or it grows with the "
        "number of grid points.",
    ),
    Mistake(
        _js("return (rel_entr(p, m).mean() + rel_entr(q, m).mean()) / 2"),
        "that is a mean over grid points. The expectation under p is a sum of p·(…)·dx: p is the "
        "weight already.",
    ),
    Mistake(
        _js("m = p + q; return (rel_entr(p, m).sum() + rel_entr(q, m).sum()) * dx / 2"),
        "too small by log 2, and so never positive: the mixture is the mean (p + q)/2; p + q has "
        "an integral of 2.",
    ),
    Mistake(
        _js("return np.sqrt((rel_entr(p, m).sum() + rel_entr(q, m).sum()) * dx / 2)"),
        "that is the square root, the Jensen–Shannon *distance*, which "
        "`scipy.spatial.distance.jensenshannon` returns too. Square it.",
    ),
    Mistake(
        _js("return 2 * (rel_entr(p, m).sum() + rel_entr(q, m).sum()) * dx / 2 - 2 * np.log(2)"),
        "that is the value V at the optimal discriminator. Solve V = −2 log 2 + 2·JSD for JSD.",
    ),
)
_ZEROS = (
    Mistake(
        """import numpy as np

def js_divergence(p, q, dx):
    m = (p + q) / 2
    with np.errstate(all="ignore"):
        return np.sum(p * np.log(p / m) + q * np.log(q / m)) * dx / 2
""",
        "right where both densities are positive, NaN where one is zero: the computer takes "
        "0·log 0 for 0·(−∞). Its limit is 0; leave these points out of that term.",
    ),
    Mistake(
        """import numpy as np

def js_divergence(p, q, dx):
    both = (p > 0) & (q > 0)
    p, q = p[both], q[both]
    m = (p + q) / 2
    return np.sum(p * np.log(p / m) + q * np.log(q / m)) * dx / 2
""",
        "points where only one density is zero were dropped from both terms (a mask for both, or "
        "`nansum` over their sum). They count most: where q = 0, the term of p is p·log 2. Drop "
        "them only from the term that is zero.",
    ),
)

EXERCISES = (
    Exercise(
        id="01.1",
        name="discriminator_loss",
        stub='''def discriminator_loss(real_logits, fake_logits):
    """−log D(real) − log(1 − D(fake)) for each pair of logits, shape [n, 1]."""
    raise NotImplementedError
''',
        hints=(
            "D = σ(logit). Which of the two softplus forms belongs to the label 1?",
            "−log σ(r) = softplus(−r). And −log(1 − σ(f))?",
            "softplus(−r) + softplus(f), with `tf.nn.softplus` and without a mean.",
        ),
        solution="""import tensorflow as tf


def discriminator_loss(real_logits, fake_logits):
    return tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits)
""",
        mistakes=(*_LOSS, *_UNSTABLE),
        judge=in_turn(
            function("discriminator_loss", _cross_entropy, lambda rng: _logits(rng, 4), _LOSS),
            function(
                "discriminator_loss",
                _cross_entropy,
                _large_logits,
                _UNSTABLE,
                lead="right for small logits, wrong for large ones: ",
            ),
        ),
        praise="Elementwise, and right for any logit: so it stands in `ganedu.losses`.",
    ),
    Exercise(
        id="01.2",
        name="optimal_discriminator",
        stub='''def optimal_discriminator(p, q):
    """D*(x) from the densities of real and fake points at x, arrays of one shape."""
    raise NotImplementedError
''',
        hints=(
            "At one point x only two terms of the value function contain D(x).",
            "Maximise p·log D + q·log(1 − D): set the derivative with respect to D to zero.",
            "p/D = q/(1 − D). Solve for D.",
        ),
        solution="""def optimal_discriminator(p, q):
    return p / (p + q)
""",
        mistakes=_OPTIMAL,
        judge=in_turn(
            function("optimal_discriminator", _share, _densities, _OPTIMAL[:-1]),
            function("optimal_discriminator", _share, _tails, lead=f"{_TINY} "),
        ),
        praise="At every x the best answer is the share of real points among all points there.",
    ),
    Exercise(
        id="01.3",
        name="density_ratio",
        stub='''def density_ratio(logits):
    """p/q from the logits of the optimal discriminator, a NumPy array [n, 1]."""
    raise NotImplementedError
''',
        hints=(
            "The logit is log p − log q, a logarithm of something.",
            "log p − log q = log(p/q).",
            "Undo the logarithm: e to the power of the logit.",
        ),
        solution="""import numpy as np


def density_ratio(logits):
    return np.exp(logits)
""",
        mistakes=_RATIO,
        judge=in_turn(
            function("density_ratio", _squared_root, _some_logits, _RATIO[:-1]),
            function("density_ratio", _squared_root, _wide_logits, _RATIO[-1:], atol=0, lead=_FAR),
        ),
        praise="A classifier that is trained on samples alone has learned a ratio of densities.",
    ),
    Exercise(
        id="01.4",
        name="js_divergence",
        stub='''def js_divergence(p, q, dx):
    """Jensen–Shannon divergence in nats of two densities on a grid of spacing dx."""
    raise NotImplementedError
''',
        hints=(
            "Two KL terms, each against the mixture m = (p + q)/2; an integral is a sum times dx.",
            "½·Σ p·log(p/m)·dx + ½·Σ q·log(q/m)·dx. Now the points where p or q is zero.",
            "Sum p·log(p/m) only where p > 0, and q·log(q/m) only where q > 0: `p[p > 0]`.",
        ),
        solution="""import numpy as np


def js_divergence(p, q, dx):
    m = (p + q) / 2
    p_term = np.sum(p[p > 0] * np.log(p[p > 0] / m[p > 0]))
    q_term = np.sum(q[q > 0] * np.log(q[q > 0] / m[q > 0]))
    return (p_term + q_term) / 2 * dx
""",
        mistakes=(*_DIVERGENCE, *_ZEROS),
        judge=in_turn(
            function("js_divergence", _mixture_entropy, _on_grid, _DIVERGENCE),
            function(
                "js_divergence",
                _mixture_entropy,
                _with_zeros,
                _ZEROS,
                lead="right where both densities are positive, wrong where one is zero: ",
            ),
        ),
        praise="Zero for equal densities, log 2 for densities that share no point.",
    ),
)
