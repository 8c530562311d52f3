"""Exercises of lesson 19, scaling up."""

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, function, planted

# 19.1, one gradient from several replicas


def _shared(line, latents="latents[rows]", points="points[rows]"):
    return f"""def shared_gradient(gradient, points, latents, num_replicas):
    size, total = len(points) // num_replicas, 0
    for replica in range(num_replicas):
        rows = slice(replica * size, (replica + 1) * size)
        total = total + gradient({points}, {latents})
    return {line}
"""


def _strided(line, latents="latents[rows]", points="points[rows]"):
    """The same where replica r has the rows r, r + n, r + 2n and so on, which is as right."""
    return _shared(line, latents, points).replace(
        "slice(replica * size, (replica + 1) * size)", "slice(replica, None, num_replicas)"
    )


def _one_alone(rows, divided=""):
    return f"""def shared_gradient(gradient, points, latents, num_replicas):
    size = len(points) // num_replicas
    return gradient(points[{rows}], latents[{rows}]){divided}
"""


_SHARED = (
    Mistake(
        _shared("total"),
        "not divided: each replica brings the mean over its own rows, and the sum of these is so "
        "many times too long. With SGD that is a learning rate so many times as high.",
    ),
    Mistake(
        _shared("total / num_replicas**2"),
        "divided twice: the step is too short by the number of replicas. That happens where a loss "
        "of Keras, which divides by itself, is divided by hand as well.",
    ),
    Mistake(
        _shared("total / len(points)"),
        "the number of rows has come in. `gradient` is a mean over its rows already: divide the "
        "sum of the replicas by how many replicas there are, and by nothing that counts rows.",
        also=(_shared("total / size"), _shared("total * size")),
    ),
    Mistake(
        _shared("total / num_replicas", latents="latents[:size]"),
        "every replica has the same latents, those of the first. The batch then has fewer "
        "different fakes, and is not the batch of one replica.",
        also=(
            _shared("total / num_replicas", latents="latents[-size:]"),
            _strided("total / num_replicas", latents="latents[::num_replicas]"),
        ),
    ),
    Mistake(
        _shared("total / num_replicas", points="points[:size]"),
        "every replica has the same points, those of the first. Each of them needs its own rows.",
        also=(
            _shared("total / num_replicas", points="points[-size:]"),
            _strided("total / num_replicas", points="points[::num_replicas]"),
        ),
    ),
    Mistake(
        _shared("total / num_replicas", latents="latents[replica::num_replicas]"),
        "a replica's points and its latents are not of the same rows: where row i of the one is, "
        "row i of the other has to be.",
        also=(_shared("total / num_replicas", points="points[replica::num_replicas]"),),
    ),
    Mistake(
        _one_alone("-size:"),
        "that is the gradient of one replica's rows. Either only one comes back, or all replicas "
        "have the same rows: give each rows of its own, and add up what all of them bring.",
        also=tuple(
            _one_alone(rows, divided)
            for rows in ("-size:", ":size", "::num_replicas", "num_replicas - 1 :: num_replicas")
            for divided in ("", " / num_replicas")
        )[1:],
    ),
)


def _replicas(rng):
    """Three and two replicas, one alone, and one row for each; a replica holds its rows only."""
    return [_replica(rng, rows, num) for rows, num in ((12, 3), (8, 2), (4, 1), (5, 5))]


def _replica(rng, rows, num_replicas):
    slope, size = rng.normal(size=2), rows // num_replicas

    def gradient(points, latents):
        points, latents = np.asarray(points, float), np.asarray(latents, float)
        if len(points) > size or len(points) != len(latents):
            raise ValueError(
                f"A replica has room for {size} points with as many latents; it got "
                f"{len(points)} and {len(latents)}."
            )
        return np.mean(np.tanh(points @ slope)[:, np.newaxis] * (latents + 0.3), axis=0)

    return gradient, rng.normal(size=(rows, 2)), rng.normal(size=(rows, 3)), num_replicas


def _in_one(gradient, points, latents, num_replicas):
    """The mean over all rows, one after another."""
    each = [gradient(points[[i]], latents[[i]]) for i in range(len(points))]
    return np.mean(each, axis=0)


# 19.2, the seconds of a step on more replicas than there are


def _predicted(line):
    return f"""def step_seconds(one, two, num_replicas):
    talking = two - one / 2
    return {line}
"""


_PREDICTED = (
    Mistake(
        _predicted("one / num_replicas"),
        "that is the ideal: nobody talks. What two replicas take beyond half the time is talking, "
        "and it does not go away with more of them.",
        also=(_predicted("2 * two / num_replicas"),),
    ),
    Mistake(
        _predicted("one / num_replicas + (talking if num_replicas > 1 else 0)"),
        "the computing is right. In a ring each replica sends 2(n − 1)/n times the bytes: for two "
        "that is 1, for eight 1.75.",
        also=(_predicted("one / num_replicas + talking"),),
    ),
    Mistake(
        _predicted("one * (two / one) ** np.log2(num_replicas)").replace(
            "def", "import numpy as np\n\n\ndef", 1
        ),
        "that takes each doubling to gain what the first one gained. Computing halves each time, "
        "talking does not.",
    ),
    Mistake(
        _predicted("one / num_replicas + talking * (num_replicas - 1)"),
        "that lets each one send everything to each other one. In a ring they pass on parts: "
        "2(n − 1)/n times the bytes.",
        also=(_predicted("one / num_replicas + talking * num_replicas / 2"),),
    ),
    Mistake(
        _predicted("one / num_replicas + talking * 2 * (num_replicas - 1)"),
        "2(n − 1) is how many turns there are. In each of them a machine sends one part of n, so "
        "the bytes are 2(n − 1)/n times those of the gradient: divide by n.",
    ),
    Mistake(
        _predicted("one / num_replicas + 2 * (num_replicas - 1) / num_replicas * (two - one)"),
        "talking is what two replicas take beyond *half* of the time of one: each of them computes "
        "half of the batch.",
        also=(
            _predicted("one / num_replicas + 2 * (num_replicas - 1) / num_replicas * two"),
            _predicted("one + 2 * (num_replicas - 1) / num_replicas * talking"),
        ),
    ),
    Mistake(
        _predicted("one / num_replicas + (num_replicas - 1) / num_replicas * talking"),
        "the 2 of 2(n − 1)/n is missing: sums go round once, and come back once. For n = 2 your "
        "answer has to be what was measured.",
    ),
)


def _measured(rng):
    """What was measured, one replica and two, and predictions for more."""
    examples = []
    for num_replicas in (1, 2, 4, 8, int(rng.integers(16, 100))):
        one = rng.uniform(0.1, 2.0)
        examples.append((one, one * rng.uniform(0.55, 0.9), num_replicas))
    return examples


def _by_parts(one, two, num_replicas):
    """Seconds of computing and of talking, each by its own law; the ring's of two is 1."""
    computing, ring = one / num_replicas, 2 - 2 / num_replicas
    return computing + ring * (2 * two - one) / 2


# 19.3, what to make twice as fast


def _bought(step):
    return f"""import numpy as np


def what_to_halve(computing, talking, reading):
    def step(computing, talking, reading):
        return {step}

    after = (
        step(computing / 2, talking, reading),
        step(computing, talking / 2, reading),
        step(computing, talking, reading / 2),
    )
    return int(np.argmin(after))
"""


_BOUGHT = (
    Mistake(
        _bought("computing + talking + reading"),
        "that halves the largest part. But the next batch is read while this step computes and "
        "talks: reading costs only where it takes longer than both together.",
        also=(_bought("max(computing, talking, reading)"),),
    ),
    Mistake(
        _bought("computing + talking"),
        "reading is left out. Where it takes longer than computing and talking together, all wait "
        "for the next batch.",
    ),
    Mistake(
        """def what_to_halve(computing, talking, reading):
    return 0
""",
        "that buys faster processors, whatever the profile says.",
    ),
)


def _profiles(rng):
    """Nine steps, three for each answer; in some the largest part is not the right one."""
    cases = []
    for computing, talking, reading, right in (
        (9, 4, 10, 0),
        (9, 4, 2, 0),
        (9, 8, 12, 0),
        (4, 9, 10, 1),
        (4, 9, 2, 1),
        (8, 9, 12, 1),
        (4, 3, 20, 2),
        (3, 4, 11, 2),
        (9, 8, 27, 2),
    ):
        unit, wobble = rng.uniform(0.5, 9), rng.uniform(0.99, 1.01, 3)
        parts = unit * wobble * np.array([computing, talking, reading])
        cases.append((tuple(float(part) for part in parts), right))
    return [cases[i] for i in rng.permutation(len(cases))]


def _other_part(given, right, example):
    names = ("computing", "talking", "reading")
    told = ", ".join(f"{name} {part:.1f}" for name, part in zip(names, example, strict=True))
    return (
        f"with {told} milliseconds, {int(given)} is not what shortens the step most. How long is "
        "the step now, and how long with each of the three halved?"
    )


EXERCISES = (
    Exercise(
        id="19.1",
        name="shared_gradient",
        stub='''def shared_gradient(gradient, points, latents, num_replicas):
    """The gradient of the mean over the whole batch; a replica holds its rows only."""
    raise NotImplementedError
''',
        hints=(
            "Replica 0 has the first rows of points and of latents, replica 1 the next ones. What "
            "does `gradient` give for the rows of one replica: a sum, or a mean?",
            "A mean over the whole batch is the mean of the replicas' means, since all of them "
            "have as many rows. Add the gradients up, and divide once.",
            "With `size = len(points) // num_replicas` and `rows = slice(r * size, (r + 1) * "
            "size)`: sum `gradient(points[rows], latents[rows])` over r, and divide the sum by "
            "`num_replicas`.",
        ),
        solution=_shared("total / num_replicas"),
        mistakes=_SHARED,
        judge=function("shared_gradient", _in_one, _replicas, _SHARED),
        praise="The same rows, the same latents, divided once: nobody can tell how many there are.",
    ),
    Exercise(
        id="19.2",
        name="step_seconds",
        stub='''def step_seconds(one, two, num_replicas):
    """Seconds of a step on so many replicas, from those on one and on two."""
    raise NotImplementedError
''',
        hints=(
            "Two replicas compute half of the batch each. What does a step take on them beyond "
            "that?",
            "Computing takes `one / n`. Talking takes `two - one / 2` for two replicas, where the "
            "factor 2(n − 1)/n of a ring is 1.",
            "`one / num_replicas + (two - one / 2) * 2 * (num_replicas - 1) / num_replicas`",
        ),
        solution=_predicted("one / num_replicas + talking * 2 * (num_replicas - 1) / num_replicas"),
        mistakes=_PREDICTED,
        judge=function("step_seconds", _by_parts, _measured, _PREDICTED),
        praise="The more there are, the nearer a step comes to twice the talking of two.",
    ),
    Exercise(
        id="19.3",
        name="what_to_halve",
        stub='''def what_to_halve(computing, talking, reading):
    """0 computing, 1 talking, 2 reading: what, halved, shortens the step most."""
    raise NotImplementedError
''',
        hints=(
            "The next batch is read while this step computes and talks. When does anybody notice "
            "how long reading takes?",
            "A step takes `max(computing + talking, reading)`. Compute that three times, each time "
            "with another part halved.",
            "`np.argmin([max(computing / 2 + talking, reading), max(computing + talking / 2, "
            "reading), max(computing + talking, reading / 2)])`",
        ),
        solution=_bought("max(computing + talking, reading)"),
        mistakes=_BOUGHT,
        judge=planted("what_to_halve", _profiles, _BOUGHT, _other_part),
        praise="What runs beside something longer costs nothing, however long it is.",
    ),
)
