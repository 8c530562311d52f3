"""Exercises of lesson 18, other generators."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, function, planted

# 18.1, what a latent costs


def _nats(line):
    return f"""import numpy as np


def kl_to_prior(means, log_variances):
    means, log_variances = np.asarray(means, float), np.asarray(log_variances, float)
    variances = np.exp(log_variances)
    return {line}
"""


_COSTS = (
    Mistake(
        _nats("np.sum(means**2 + variances - 1 - log_variances, axis=1)"),
        "twice too much: the ½ before the sum is missing.",
    ),
    Mistake(
        _nats("np.mean(means**2 + variances - 1 - log_variances, axis=1) / 2"),
        "the mean over the latents is taken. Independent numbers cost the sum of what each costs.",
        also=(_nats("np.mean(means**2 + variances - 1 - log_variances, axis=1)"),),
    ),
    Mistake(
        _nats("np.full(len(means), np.sum(means**2 + variances - 1 - log_variances) / 2)"),
        "all images are summed into one number. Each image has a cost of its own.",
        also=(
            _nats("np.sum(means**2 + variances - 1 - log_variances) / 2"),
            _nats("np.sum(means**2 + variances - 1 - log_variances, axis=1).mean() / 2"),
        ),
    ),
    Mistake(
        _nats("np.sum(means**2 + log_variances - 1 - np.log(np.abs(log_variances)), axis=1) / 2"),
        "the second argument is the *logarithm* of the variance; you took it for the variance.",
        also=(
            _nats("np.sum(means**2 + log_variances - 1 - np.log(log_variances), axis=1) / 2"),
            _nats("np.sum(means**2 + log_variances - 1, axis=1) / 2"),
        ),
    ),
    Mistake(
        _nats("np.sum(means**2 + variances**2 - 1 - 2 * log_variances, axis=1) / 2"),
        "the second argument is the logarithm of the variance, not of the standard deviation: do "
        "not square it.",
        also=(_nats("np.sum(means**2 + np.sqrt(variances) - 1 - log_variances / 2, axis=1) / 2"),),
    ),
    Mistake(
        _nats("np.sum(log_variances + (1 + means**2) / variances - 1, axis=1) / 2"),
        "that is KL from the prior to the Gaussian. The bound pays the other way round: the mean "
        "is over the latents that the encoder draws.",
    ),
    Mistake(
        _nats("-np.sum(means**2 + variances - 1 - log_variances, axis=1) / 2"),
        "the wrong sign: a KL is never negative, and nothing where the Gaussian is the prior.",
    ),
    Mistake(
        _nats("np.sum(means**2 + variances - log_variances, axis=1) / 2"),
        "the −1 is missing: for mean 0 and variance 1, the prior itself, the cost must be nothing.",
    ),
    Mistake(
        _nats("np.sum(variances - 1 - log_variances, axis=1) / 2"),
        "the means are left out. A Gaussian that lies far from 0 costs, however wide it is.",
    ),
    Mistake(
        _nats("np.sum(np.abs(means) + variances - 1 - log_variances, axis=1) / 2"),
        "the mean counts by its square.",
    ),
    Mistake(
        _nats("np.sum(means**2 + variances - 1 + log_variances, axis=1) / 2"),
        "the sign of the logarithm: a narrow Gaussian, which says much about z, must cost much.",
    ),
)


def _gaussians(rng):
    """Some, the prior itself, and far and narrow ones."""
    return [
        (rng.normal(size=(4, 3)), rng.normal(size=(4, 3)) - 0.5),
        (np.zeros((2, 5)), np.zeros((2, 5))),
        (3 * rng.normal(size=(3, 2)), rng.uniform(-6, -3, (3, 2))),
    ]


def _by_entropies(means, log_variances):
    """Cross-entropy to the prior less the entropy, each in its closed form."""
    crossed = 0.5 * (np.log(2 * np.pi) + means**2 + np.exp(log_variances))
    own = 0.5 * (np.log(2 * np.pi * np.e) + log_variances)
    return (crossed - own).sum(axis=-1)


# 18.2, the way of a flow


def _way(step, before="number / num_steps", count="num_steps"):
    return f"""def walk(velocity, noise, num_steps):
    points = noise
    for number in range({count}):
        time = {before}
        points = {step}
    return points
"""


_EULER = "points + velocity(points, time) / num_steps"
_WAYS = (
    Mistake(
        _way("points + velocity(points, time)"),
        "each step goes the whole way of a unit of time. A velocity is a way *per time*, and a "
        "step lasts 1 / num_steps.",
    ),
    Mistake(
        _way("points - velocity(points, time) / num_steps"),
        "the wrong way round: time runs from the noise, t = 0, to the image, and the velocity "
        "points there.",
        also=(_way("points - velocity(points, 1 - time) / num_steps"),),
    ),
    Mistake(
        _way(_EULER, "(number + 1) / num_steps"),
        "the velocity is asked at the end of each step. Where you stand it is the time at the "
        "beginning: 0 for the first step, and never 1.",
        also=(_way(_EULER, "1 - number / num_steps"),),
    ),
    Mistake(
        _way(_EULER, "number / max(num_steps - 1, 1)"),
        "the times run from 0 to 1 inclusive, as `linspace` gives them, so that the last step "
        "begins where it should end. n steps of 1/n begin at 0, 1/n, … (n−1)/n.",
    ),
    Mistake(
        _way(_EULER, "number"),
        "the number of the step is given for the time. Time runs from 0 to 1 in all.",
    ),
    Mistake(
        _way(_EULER, "0.0 * number"),
        "the velocity is always asked at time 0. It changes on the way.",
    ),
    Mistake(
        _way("points + velocity(noise, time) / num_steps"),
        "the velocity is asked where you started, not where you are: `velocity(points, time)`.",
    ),
    Mistake(
        _way(_EULER, count="num_steps - 1"),
        "one step is missing: after n − 1 steps you are at time 1 − 1/n.",
    ),
    Mistake(
        _way(_EULER, count="num_steps + 1"),
        "one step too many: it begins at time 1, where the way has ended.",
    ),
    Mistake(
        _way(_EULER, "(number + 0.5) / num_steps"),
        "the time of the middle with the point of the beginning belong to no step. Euler's takes "
        "both at the beginning.",
    ),
)


def _velocities(rng):
    """One step, several, and a field that bends with the time; points in a row."""
    examples = []
    for num_steps in (1, 4, int(rng.integers(2, 9))):
        a, b, c, d = (float(number) for number in rng.uniform(0.5, 1.5, 4) * (1, -1, 1, -1))

        def velocity(points, time, a=a, b=b, c=c, d=d):
            return a + points * b + points * time * c + time * time * d

        examples.append((velocity, rng.normal(size=4), num_steps))
    return examples


def _steps_by_hand(velocity, noise, num_steps):
    points = np.array(noise, float)
    length = 1.0 / num_steps
    for place in np.arange(num_steps) * length:
        points = points + length * velocity(points, float(place))
    return points


# 18.3, which generator for which need


def _chosen(lines):
    return f"""import numpy as np


def choose(distances, milliseconds, most):
    distances, milliseconds = np.asarray(distances), np.asarray(milliseconds)
    quick = milliseconds <= most
    {lines}
"""


_CHOICES = (
    Mistake(
        _chosen("return np.argmin(np.median(distances, axis=1))"),
        "the need is forgotten: the nearest to real images of all is too slow here.",
    ),
    Mistake(
        _chosen("return np.argmin(np.where(quick, distances.mean(axis=1), np.inf))"),
        "the mean over the runs is taken: one run that failed, at an infinite distance, then "
        "outweighs all others. The median asks for the run in the middle.",
        also=(_chosen("return np.argmin(np.where(quick, distances.max(axis=1), np.inf))"),),
    ),
    Mistake(
        _chosen(
            "distances = np.where(np.isfinite(distances), distances, np.nan)\n"
            "    return np.argmin(np.where(quick, np.nanmedian(distances, axis=1), np.inf))"
        ),
        "runs that failed are left out, so a program that fails twice in three runs is judged by "
        "the third. A failed run is a run: let its distance stay infinite.",
        also=(
            _chosen(
                "distances = np.where(np.isfinite(distances), distances, np.nan)\n"
                "    return np.argmin(np.where(quick, np.nanmean(distances, axis=1), np.inf))"
            ),
        ),
    ),
    Mistake(
        _chosen("return np.argmin(np.where(quick, distances.min(axis=1), np.inf))"),
        "the best run of each program decides. Who runs a program once gets any of its runs.",
        also=(_chosen("return np.argmin(np.where(quick, distances[:, 0], np.inf))"),),
    ),
    Mistake(
        _chosen("return np.argmin(np.median(distances[quick], axis=1))"),
        "this is the place among those that are quick enough. The place in the whole table is "
        "asked for.",
    ),
    Mistake(
        _chosen("return np.argmin(milliseconds)"),
        "the quickest is no need: any that is quick enough will do, so take the best of them.",
    ),
    Mistake(
        _chosen(
            "return np.argmin(np.where(milliseconds < most, np.median(distances, axis=1), np.inf))"
        ),
        "“at most” lets in who takes exactly that long.",
    ),
    Mistake(
        _chosen("return np.argmax(np.where(quick, np.median(distances, axis=1), -np.inf))"),
        "a distance is good when it is small.",
    ),
    Mistake(
        _chosen("return np.min(np.where(quick, np.median(distances, axis=1), np.inf))"),
        "the distance is returned. The place of the program in the table is asked for.",
    ),
)  # fmt: skip


# Slow and best; the quickest; one lucky run, in another column each time; one failed run and the
# best median, at the limit; the best mean; the best median below the limit; the worst, which failed
# twice; one that failed twice beside a good run.
_DISTANCES = [
    [3.0, 3.5, 4.0],
    [30.0, 32.0, 35.0],
    [5.0, 40.0, 45.0],
    [9.0, 10.0, np.inf],
    [14.0, 15.0, 16.0],
    [12.0, 13.0, 60.0],
    [80.0, np.inf, np.inf],
    [6.0, np.inf, np.inf],
]


def _tables(rng):
    """A table in which each wrong rule chooses another program; the best is exactly quick enough.

    See `_DISTANCES` for who stands in it.
    """
    examples, before = [], rng.permutation([1, 2, 4])
    # no place is right in all tables
    for number, right in enumerate(rng.permutation([3, 4, 5])):
        most = float(rng.uniform(0.5, 5))
        distances = np.array(_DISTANCES)
        distances *= rng.uniform(0.95, 1.05, distances.shape)
        milliseconds = most * np.array([40.0, 0.1, 0.6, 1.0, 0.7, 0.5, 0.9, 0.8])
        # the slow one stands first, so that places among the quick ones are one less; and which
        # wrong one stands there is another in each table
        rest = rng.permutation([place for place in (1, 2, 4, 5, 6, 7) if place != before[number]])
        if not number:  # the largest median is infinite: that of whoever comes first
            rest[np.flatnonzero(rest >= 6)] = 6, 7
        places = np.array([0, *rest[: right - 2], before[number], 3, *rest[right - 2 :]])
        runs = rng.permuted(distances, axis=1)
        runs[2] = np.insert(distances[2, 1:], number, distances[2, 0])
        runs = runs[places]
        examples.append(((runs, milliseconds[places], most), int(right)))
    return examples


def _wrong_place(given, right, arguments):
    distances, milliseconds, most = arguments
    place = int(given)
    if not 0 <= place < len(distances):
        return f"there is no place {place} in a table of {len(distances)} programs."
    middle = np.median(distances, axis=1)
    return (
        f"place {place} has the median {middle[place]:.3g} and {milliseconds[place]:.3g} ms; place "
        f"{right} has {middle[right]:.3g} and {milliseconds[right]:.3g} ms, where at most "
        f"{most:.3g} ms are allowed."
    )


EXERCISES = (
    Exercise(
        id="18.1",
        name="kl_to_prior",
        stub='''def kl_to_prior(means, log_variances):
    """KL from each row's Gaussian to the standard normal, in nats, shape [n]."""
    raise NotImplementedError
''',
        hints=(
            "The latents of a row are independent, so their costs are added. What is the cost of "
            "one? The mean, over z from N(m, v), of log N(z; m, v) − log N(z; 0, 1).",
            "The mean of (z − m)² is v, that of z² is m² + v. What is left is "
            "½ (m² + v − 1 − log v). The second argument is log v.",
            "`np.sum(means**2 + np.exp(log_variances) - 1 - log_variances, axis=1) / 2`",
        ),
        solution=_nats("np.sum(means**2 + variances - 1 - log_variances, axis=1) / 2"),
        mistakes=_COSTS,
        judge=function("kl_to_prior", _by_entropies, _gaussians, _COSTS),
        praise="So many nats the encoder pays for an image; in the mean over images it says at "
        "most as many. It is `rivals.autoencoder.kl_to_prior`.",
    ),
    Exercise(
        id="18.2",
        name="walk",
        stub='''def walk(velocity, noise, num_steps):
    """Where Euler's steps along velocity(points, time) lead from noise, at time 1."""
    raise NotImplementedError
''',
        hints=(
            "All steps last equally long, and together a unit of time. At which time does the "
            "first one begin, at which the last?",
            "Step k of n begins at time k / n, counted from 0. It asks for the velocity where the "
            "points are then, and goes on with it for 1 / n.",
            "`points = noise`; then `for number in range(num_steps):` with "
            "`points = points + velocity(points, number / num_steps) / num_steps`; "
            "`return points`.",
        ),
        solution=_way(_EULER),
        mistakes=_WAYS,
        judge=function("walk", _steps_by_hand, _velocities, _WAYS),
        praise="`rivals.paths.walk` does this for images, and on the arc the same with a turn.",
    ),
    Exercise(
        id="18.3",
        name="choose",
        stub='''def choose(distances, milliseconds, most):
    """The place of the best program, by its median, among those quick enough."""
    raise NotImplementedError
''',
        hints=(
            "One number for each program first: the median over its runs, along the second axis. "
            "An infinite distance, of a run that failed, may stay.",
            "Then give those that take more than `most` an infinite distance, and look for the "
            "smallest. So places stay what they are in the table.",
            "`np.argmin(np.where(milliseconds <= most, np.median(distances, axis=1), np.inf))`",
        ),
        solution=_chosen("return np.argmin(np.where(quick, np.median(distances, axis=1), np.inf))"),
        mistakes=_CHOICES,
        judge=planted("choose", _tables, _CHOICES, _wrong_place),
        praise="First the need, then the table; one row may win at each.",
    ),
)
