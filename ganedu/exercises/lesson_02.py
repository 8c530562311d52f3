"""Exercises of lesson 02, two players."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, choices, function, in_turn

_SLOPES = (
    Mistake(
        """import numpy as np


def generator_slopes(f):
    sigmoid = 1 / (1 + np.exp(-f))
    return np.stack([sigmoid - 1, -sigmoid])
""",
        "the two rows are swapped: the saturating loss −softplus(f) comes first.",
    ),
    Mistake(
        """import numpy as np


def generator_slopes(f):
    sigmoid = 1 / (1 + np.exp(-f))
    return np.stack([sigmoid, 1 - sigmoid])
""",
        "the sizes are right and both signs are wrong. A larger logit lowers either loss, so both "
        "slopes are negative.",
    ),
    Mistake(
        """import numpy as np


def generator_slopes(f):
    sigmoid = 1 / (1 + np.exp(-f))
    return np.stack([-sigmoid, 1 - sigmoid])
""",
        "the first row is right; in the second the inner derivative is missing: f stands there as "
        "−f, and d(−f)/df = −1.",
    ),
    Mistake(
        """import numpy as np


def generator_slopes(f):
    sigmoid = 1 / (1 + np.exp(-f))
    return np.stack([-sigmoid, -sigmoid])
""",
        "the first row is right, and the second repeats it. softplus(−f) has its slope at −f: "
        "−σ(−f), not −σ(f).",
    ),
    Mistake(
        """import numpy as np


def generator_slopes(f):
    return np.stack([-np.logaddexp(0, f), np.logaddexp(0, -f)])
""",
        "these are the losses themselves. Their slopes are asked for; the slope of softplus is σ.",
    ),
    Mistake(
        """import numpy as np


def generator_slopes(f):
    probability = 1 / (1 + np.exp(-f))
    return np.stack([-1 / (1 - probability), -1 / probability])
""",
        "these are slopes with respect to the probability D = σ(f). With respect to the logit the "
        "chain rule adds the factor dD/df = σ(f)·(1 − σ(f)).",
    ),
)

_ALTERNATING = (
    Mistake(
        """import numpy as np


def alternating_step(x, y, step_size):
    return np.array([x - step_size * y, y + step_size * x])
""",
        "this is a simultaneous step: x must answer to the new y.",
    ),
    Mistake(
        """import numpy as np


def alternating_step(x, y, step_size):
    x = x - step_size * y
    y = y + step_size * x
    return np.array([x, y])
""",
        "alternating, but x moves first. Here the discriminator's part, y, moves first.",
    ),
    Mistake(
        """import numpy as np


def alternating_step(x, y, step_size):
    y = y + step_size * x
    x = x + step_size * y
    return np.array([x, y])
""",
        "here both players climb. y wants xy large, but x wants it small.",
    ),
    Mistake(
        """import numpy as np


def alternating_step(x, y, step_size):
    y = y - step_size * x
    x = x - step_size * y
    return np.array([x, y])
""",
        "here both players go downhill. x wants xy small, but y wants it large.",
    ),
    Mistake(
        """import numpy as np


def alternating_step(x, y, step_size):
    y = y - step_size * x
    x = x + step_size * y
    return np.array([x, y])
""",
        "the roles are swapped: x minimises and y maximises, so y moves by +step_size·x.",
    ),
    Mistake(
        """import numpy as np


def alternating_step(x, y, step_size):
    y = y + step_size * x
    x = x - step_size * y
    return np.array([y, x])
""",
        "the values are right, but in the order [y, x]; return [x, y].",
    ),
    Mistake(
        """import numpy as np


def alternating_step(x, y, step_size):
    y_new = y + step_size * x
    x_new = x - step_size * y_new
    return np.array([x_new, y])
""",
        "x is right, but the y that you return is the old one.",
    ),
)


def _logits(rng):
    """A logit of zero in the middle of others, and one logit alone."""
    logits = rng.uniform(-7, 7, (3, 6))
    logits[0, 2] = 0
    return [(logits[0],), (logits[1],), (logits[2, :1],)]


def _starts(rng):
    """All four quadrants may come, and both axes do."""
    places = rng.uniform(0.5, 2, (5, 2)) * rng.choice([-1, 1], (5, 2))
    places[3, 0], places[4, 1] = 0, 0
    return [(float(x), float(y), float(rng.uniform(0.3, 1.5))) for x, y in places]


def _by_eigenvalues(gamma):
    return -np.linalg.eigvals([[0, 0.5], [-0.5, -gamma]]).real.max()


_RATE = (
    Mistake(
        """def shrink_rate(gamma):
    return gamma / 2 if gamma < 1 else 1 / (4 * gamma)
""",
        "right below γ = 1. Above, 1/(4γ) is what the rate comes close to for large γ only; the "
        "eigenvalue itself is asked for.",
    ),
    Mistake(
        """def shrink_rate(gamma):
    return gamma / 2
""",
        "right up to γ = 1, too large above: there the root is real, and the slower of the two "
        "eigenvalues decides.",
    ),
    Mistake(
        """import numpy as np


def shrink_rate(gamma):
    return gamma / 2 + np.sqrt(max(gamma**2 / 4 - 1 / 4, 0))
""",
        "above γ = 1 this is the fast eigenvalue. What lasts longest is the slow one, with the "
        "minus sign before the root.",
    ),
    Mistake(
        """import numpy as np


def shrink_rate(gamma):
    return gamma / 2 - np.sqrt(max(gamma**2 / 4 - 1, 0))
""",
        "this is the rate for a Jacobian with ±1 beside the diagonal. The slope at a logit of zero "
        "is σ(0) = ½, so ±½ stand there.",
    ),
    Mistake(
        """import numpy as np


def shrink_rate(gamma):
    return gamma / 4 - np.sqrt(max(gamma**2 / 16 - 1 / 4, 0))
""",
        "this has γ/2 in the place of γ: the penalty γ/2·ψ² has the derivative γψ, so −γ stands in "
        "the Jacobian.",
    ),
    Mistake(
        """import numpy as np


def shrink_rate(gamma):
    return gamma - np.sqrt(max(gamma**2 - 1 / 4, 0))
""",
        "this has 2γ in the place of γ: the penalty is γ/2·ψ², with the ½.",
    ),
    Mistake(
        """import numpy as np


def shrink_rate(gamma):
    return -gamma / 2 + np.sqrt(max(gamma**2 / 4 - 1 / 4, 0))
""",
        "this is the largest real part itself, which is negative. The rate at which distances "
        "shrink is minus that.",
    ),
    Mistake(
        """import numpy as np


def shrink_rate(gamma):
    return gamma / 2 - np.sqrt(gamma**2 / 4 - 1 / 4)
""",
        "right above γ = 1. Below, the root is of a negative number and gives NaN; there the "
        "eigenvalues are complex, and only their real part −γ/2 shrinks anything.",
    ),
)

_PREDICTIONS = {
    "smaller steps": "out",
    "momentum": "out",
    "large penalty": "slower",
    "flat losses": "look",
    "stuck": "circling",
}
_ANSWERS = {
    "smaller steps": {
        "circle": "every simultaneous step multiplies the radius by √(1 + η²) > 1; a smaller η "
        "makes the growth slower, never zero.",
        "in": "nothing pulls inwards: without a penalty the field is at right angles to the "
        "radius, so a straight step along it always ends further out.",
    },
    "momentum": {
        "circle": "momentum adds earlier directions to the step, and on a circle these point "
        "outwards; the circle is left.",
        "in": "momentum helps to roll down a valley, but here is no valley. On a circle the "
        "earlier directions point outwards.",
    },
    "large penalty": {
        "faster": "only up to γ = 1. Beyond, the slow eigenvalue is about −1/(4γ): at γ = 10 the "
        "rate is 0.025, at γ = 1 it is 0.5.",
        "out": "in continuous time both eigenvalues have a negative real part for every γ > 0, so "
        "the distance shrinks in the end.",
    },
    "flat losses": {
        "good": "the discriminator cannot tell, and that is all. A discriminator that learns "
        "nothing gives the same two numbers.",
        "bad": "a loss that stands still would be bad news in a minimisation. In the game it is "
        "what an equilibrium looks like too.",
    },
    "stuck": {
        "local minimum": "a minimum of which function? The gradients are never zero together, so "
        "this is not even a stationary point.",
        "faded": "where gradients have faded, both are near zero and stay there. Here they never "
        "are both small.",
    },
}
_NOT_SO = {(q, value): says for q, wrong in _ANSWERS.items() for value, says in wrong.items()}


_JUDGE, _MISTAKES = choices("predictions", _PREDICTIONS, _NOT_SO)


EXERCISES = (
    Exercise(
        id="02.1",
        name="generator_slopes",
        stub='''def generator_slopes(f):
    """Slopes of the saturating, then the non-saturating loss at logits f, [2, n]."""
    raise NotImplementedError
''',
        hints=(
            "The two losses are −softplus(f) and softplus(−f). The slope of softplus is σ.",
            "In the second one, softplus is taken at −f: the chain rule adds a factor of −1.",
            "`np.stack([-sigmoid(f), -sigmoid(-f)])`, where `sigmoid` is `1 / (1 + np.exp(-f))`.",
        ),
        solution="""import numpy as np


def generator_slopes(f):
    sigmoid = 1 / (1 + np.exp(-f))
    return np.stack([-sigmoid, sigmoid - 1])
""",
        mistakes=_SLOPES,
        judge=function(
            "generator_slopes",
            lambda f: np.stack([-(1 + np.tanh(f / 2)) / 2, -(1 - np.tanh(f / 2)) / 2]),
            _logits,
            _SLOPES,
        ),
        praise="The two slopes always add up to −1: where one is weak, the other is strong.",
    ),
    Exercise(
        id="02.2",
        name="alternating_step",
        stub='''def alternating_step(x, y, step_size):
    """One alternating step of min_x max_y xy, y first: array [x, y] after it."""
    raise NotImplementedError
''',
        hints=(
            "Two lines, one for each player. Which one must see the result of the other?",
            "y climbs: its gradient of xy is x. x goes downhill: its gradient is y.",
            "First `y = y + step_size * x`, then `x = x - step_size * y` with the new y.",
        ),
        solution="""import numpy as np


def alternating_step(x, y, step_size):
    y = y + step_size * x
    x = x - step_size * y
    return np.array([x, y])
""",
        mistakes=_ALTERNATING,
        judge=function(
            "alternating_step",
            lambda x, y, h: np.array([[1 - h * h, -h], [h, 1]]) @ np.array([x, y]),
            _starts,
            _ALTERNATING,
        ),
        praise="One changed letter, the new y for the old, turns a spiral into an ellipse.",
    ),
    Exercise(
        id="02.3",
        name="shrink_rate",
        stub='''def shrink_rate(gamma):
    """Minus the largest real part of the two eigenvalues of the Dirac-GAN, a number."""
    raise NotImplementedError
''',
        hints=(
            "The eigenvalues are −γ/2 ± √(γ²/4 − 1/4). Which sign gives the larger real part?",
            "Below γ = 1 the root is imaginary and adds nothing to the real part.",
            "γ/2 − √(γ²/4 − 1/4), with 0 for the root where γ is below 1.",
        ),
        solution="""import numpy as np


def shrink_rate(gamma):
    return gamma / 2 - np.sqrt(max(gamma**2 / 4 - 1 / 4, 0))
""",
        mistakes=_RATE,
        judge=in_turn(
            function(
                "shrink_rate",
                _by_eigenvalues,
                lambda rng: [
                    (float(rng.uniform(low, high)),)
                    for low, high in 2 * ((0.1, 0.9), (1.2, 1.9), (2.2, 4.0))
                ],
                _RATE,
            ),
            # where the two eigenvalues meet, rounding moves them by its square root
            function("shrink_rate", lambda gamma: 0.5, lambda rng: [(1.0,)], atol=1e-3),
        ),
        praise="The best price is γ = 1: cheaper swings longer, dearer creeps.",
    ),
    Exercise(
        id="02.4",
        name="predictions",
        stub="""predictions = {
    "smaller steps": None,  # "out", "circle" or "in"
    "momentum": None,  # "out", "circle" or "in"
    "large penalty": None,  # "faster", "slower" or "out"
    "flat losses": None,  # "good", "bad" or "look"
    "stuck": None,  # "local minimum", "circling" or "faded"
}
""",
        hints=(
            "Each has its cell in this lesson: look at the bilinear game, the table of momentum, "
            "the curve of rates, the two runs that look stuck, and the last figure.",
            "Without a penalty nothing pulls inwards, and a straight step leaves a circle.",
            'Three of the five are "out", "out" and "slower".',
        ),
        solution=f"predictions = {_PREDICTIONS!r}\n",
        mistakes=_MISTAKES,
        judge=_JUDGE,
        praise="You can read a game; lesson 07 reads logs with it.",
        draws=False,
    ),
)
