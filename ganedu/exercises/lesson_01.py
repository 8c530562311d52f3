"""Exercises of lesson 01, the adversarial loss."""

from ganedu.exercises.comparing import Exercise, Mistake, function

_OPTIMAL = (
    Mistake(
        """def optimal_discriminator(p, q):
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
        "real, and p is the density of real images.",
    ),
)

EXERCISES = (
    Exercise(
        id="01.1",
        name="optimal_discriminator",
        stub='''def optimal_discriminator(p, q):
    """D*(x) from the densities of real and generated images at x."""
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
        judge=function(
            "optimal_discriminator",
            lambda p, q: 1 / (1 + q / p),
            lambda rng: [tuple(rng.uniform(0.05, 3, (2, 7))) for _ in range(3)],
            _OPTIMAL,
        ),
        praise="At every x the best answer is the share of real images among all images there.",
    ),
)
