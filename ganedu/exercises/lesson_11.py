"""Exercises of lesson 11, transfer."""

import numpy as np

from ganedu.exercises.comparing import (
    Exercise,
    Mistake,
    defined,
    function,
    in_turn,
    planted,
    update,
)

# 11.1, choose what to freeze

_BATCH = 24

# Keras is only loaded when a check runs. Layers without variables stand between those that have
# some, once two of them, and the third has no bias: whoever counts otherwise than by layers with
# trainable variables freezes something else.
_DISCRIMINATOR = """import keras


def discriminator(seed):
    seeds = iter(range(100 * seed, 100 * seed + 100))

    def dense(units, **options):
        start = keras.initializers.HeNormal(seed=next(seeds))
        return keras.layers.Dense(units, kernel_initializer=start, **options)

    return keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Flatten(),
            dense(10),
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Rescaling(1.5),
            dense(9),
            keras.layers.LeakyReLU(negative_slope=0.2),
            dense(8, use_bias=False),
            keras.layers.LeakyReLU(negative_slope=0.2),
            dense(7),
            keras.layers.LeakyReLU(negative_slope=0.2),
            dense(1),
        ]
    ), keras.optimizers.SGD(0.1)
"""


def _begin(num_frozen):
    """Function from a seed to a discriminator, and to batches that go with so many frozen."""

    def begin(seed):
        network, optimizer = defined(_DISCRIMINATOR, "discriminator")(seed % 10_000)

        def draw(number):
            random = np.random.default_rng([seed, number])
            images = random.uniform(-1, 1, (2, _BATCH, 4, 4, 1)).astype("float32")
            return [*images, num_frozen]

        return {"the discriminator": network}, [optimizer], draw

    return begin


def _right_step(discriminator, optimizer, real_images, fake_images, num_frozen):
    """Plain gradient descent on the variables, the derivatives at the logits by hand."""
    import tensorflow as tf

    layers = [layer for layer in discriminator.layers if layer.trainable_variables]
    variables = [v for layer in layers[num_frozen:] for v in layer.trainable_variables]
    images = np.concatenate([real_images, fake_images])
    signs = np.repeat([[-1.0], [1.0]], _BATCH, axis=0)  # softplus(−r) and softplus(f)
    with tf.GradientTape() as tape:
        logits = discriminator(images, training=True)
    values = np.asarray(logits, float)
    slopes = tf.cast(signs / (1 + np.exp(-signs * values)) / _BATCH, tf.float32)
    moves = tape.gradient(logits, variables, output_gradients=slopes)
    for variable, move in zip(variables, moves, strict=True):
        variable.assign_sub(float(optimizer.learning_rate) * move)
    return np.logaddexp(0, signs * values).sum() / _BATCH


_STEP_STUB = '''def frozen_step(discriminator, optimizer, real_images, fake_images, num_frozen):
    """One update of all layers but the first num_frozen; returns the loss before it."""
    raise NotImplementedError
'''


def _step(variables, before=""):
    return f"""import keras
import tensorflow as tf
from ganedu import layers


def frozen_step(discriminator, optimizer, real_images, fake_images, num_frozen):
{before}    with tf.GradientTape() as tape:
        real_logits = discriminator(real_images, training=True)
        fake_logits = discriminator(fake_images, training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits))
    variables = {variables}
    optimizer.apply(tape.gradient(loss, variables), variables)
    return loss
"""


_FLAGS = """    for layer in discriminator.layers:
        layer.trainable = True
    counted = [layer for layer in discriminator.layers if layer.trainable_variables]
    for layer in counted[:num_frozen]:
        layer.trainable = False
"""
_STEPS = (
    Mistake(
        _step("discriminator.trainable_variables"),
        "everything moves, the first layers too. The list that you differentiate with respect to, "
        "and apply to, is what trains: leave the frozen ones out of it.",
    ),
    Mistake(
        _step("discriminator.trainable_variables[num_frozen:]"),
        "you leave out so many variables, not layers: a layer has a kernel and mostly a bias.",
        also=(_step("discriminator.trainable_variables[2 * num_frozen:]"),),
    ),
    Mistake(
        _step(
            "[v for layer in discriminator.layers[num_frozen:] for v in layer.trainable_weights]"
        ),
        "you count layers that have no variables: Flatten and LeakyReLU are in "
        "`discriminator.layers` too. Count those that have trainable variables.",
    ),
    Mistake(
        _step("layers.variables_of(discriminator, stop=num_frozen or None)"),
        "it is the wrong way round: you train the first layers and leave all others.",
    ),
    Mistake(
        _step("layers.variables_of(discriminator, start=-num_frozen)"),
        "you train the last num_frozen layers; the first num_frozen are to be left out, and all "
        "others trained.",
    ),
    Mistake(
        _step("layers.variables_of(discriminator, start=num_frozen + 1)"),
        "one layer too many is frozen: with num_frozen = 1 the first alone stays, and "
        "`start` counts from 0.",
    ),
)
_BY_FLAG = Mistake(
    _step("discriminator.trainable_variables", _FLAGS),
    "Never set `.trainable`; say whose weights move.",
)


# With three of five layers frozen the known mistakes all move other variables, so it comes first.
_frozen_judge = in_turn(
    *(update("frozen_step", _begin(k), (), _right_step, _STEPS) for k in (3, 1))
)


# 11.2, transferred, copied, or not there

_NOT_THERE, _COPIES, _TRANSFERRED = 0, 1, 2
_NUM, _FEW = 300, 100  # samples and held-out points; training points
_COPIED_NOISE = {2: 0.06, 4: 0.2}  # of a copy, in units of the gap to the next training point
_KINDS = {  # how samples are made of (rng, train, d), and what is to be said of them
    "at home": (lambda rng, train, d: 2.5 + _normal(rng, d), _NOT_THERE),
    "a third of it": (lambda rng, train, d: _one_side(rng, d), _NOT_THERE),
    "copies": (lambda rng, train, d: _copied(rng, train, len(train), _NUM // 4), _COPIES),
    "copies of a few": (lambda rng, train, d: _copied(rng, train, 10, 0), _COPIES),
    "new": (lambda rng, train, d: _normal(rng, d), _TRANSFERRED),
    "new, near the middle": (lambda rng, train, d: 0.65 * _normal(rng, d), _TRANSFERRED),
}


def _normal(rng, d, num=_NUM):
    return rng.normal(size=(num, d))


def _one_side(rng, d):
    """New points, all of which lie on one side: real ones have a third there."""
    points = _normal(rng, d, 6 * _NUM)
    return points[points[:, 0] > 0.43][:_NUM]


def _copied(rng, train, num_rows, num_new):
    """Rows of train with a little noise, and some new points among them."""
    gaps = _near(train, train, 1)[:, 1]  # place 0 is the row itself
    rows, d = rng.permutation(len(train))[:num_rows], train.shape[1]
    rows = rng.choice(rows, _NUM - num_new)
    directions = rng.normal(size=(len(rows), d)) / np.sqrt(d)
    moved = train[rows] + _COPIED_NOISE[d] * gaps[rows, None] * directions
    return np.concatenate([moved, _normal(rng, d, num_new)])


def _near(points, others, k):
    """Distances to the nearest, …, the one with number k, counted from 0."""
    apart = np.linalg.norm(points[:, None] - others, axis=2)
    return np.sort(np.partition(apart, k, axis=1)[:, : k + 1], axis=1)


def _copied_share(samples, train, held_out):
    ratios = [np.divide(*_near(points, train, 1).T) for points in (samples, held_out)]
    return np.mean(ratios[0] < np.quantile(ratios[1], 0.05))


def _coverage(samples, held_out):
    radii = _near(held_out, held_out, 5)[:, 5]
    return np.mean(_near(held_out, samples, 0)[:, 0] <= radii)


def _generators(rng):
    """Each kind once, three beside the same training points: in 2 dimensions and in 4."""
    kinds = rng.permutation(list(_KINDS))
    first, second = ([_KINDS[kind][1] for kind in part] for part in (kinds[:3], kinds[3:]))
    if first == second:  # else three verdicts that look at nothing could be right
        return _generators(rng)
    return [_three(rng, 2, kinds[:3]), _three(rng, 4, kinds[3:])]


def _three(rng, d, kinds):
    """Drawn again until chance leaves the margins that the task promises."""
    while True:
        train, held_out = _normal(rng, d, _FEW), _normal(rng, d)
        sets = [_KINDS[kind][0](rng, train, d) for kind in kinds]
        if all(_is_clear(*pair, train, held_out) for pair in zip(kinds, sets, strict=True)):
            right = np.array([_KINDS[kind][1] for kind in kinds])
            return tuple(map(np.float32, (np.stack(sets), train, held_out))), right


def _is_clear(kind, samples, train, held_out):
    copied, covered = _copied_share(samples, train, held_out), _coverage(samples, held_out)
    if _KINDS[kind][1] == _COPIES:
        return copied > 0.4 and (covered > 0.8 if kind == "copies" else covered < 0.6)
    if copied > 0.12:
        return False
    if kind == "a third of it":  # so that no other number takes it for more
        return covered < 0.6 and _coverage(held_out, samples) > 0.74
    if kind == "new" and copied < 0.055:  # so that 5 % below the border are no finding
        return False
    if kind == "new, near the middle":  # so that it takes no perfect coverage
        return 0.8 < covered < 0.95
    return covered < 0.6 if _KINDS[kind][1] == _NOT_THERE else covered > 0.8


def _which_verdict(given, right, example):
    names = ("not there", "copies", "transferred")
    if not np.isin(given, (0, 1, 2)).all():
        return f"a verdict is 0, 1 or 2; got {given.tolist()}."
    [place, *_] = np.flatnonzero(given != right)
    d = example[1].shape[1]
    return (
        f"in {d} dimensions set {place} is {names[right[place]]!r} ({right[place]}), and you say "
        f"{names[int(given[place])]!r} ({given[place]:g})."
    )


_COVERED = "metrics.density_coverage(held_out, fakes).coverage"


_ORDERS = {  # what is asked first
    "copied": """        if share > 0.2:
            found.append(1)
        else:
            found.append(2 if covered > 0.7 else 0)""",
    "covered": """        if covered < 0.7:
            found.append(0)
        else:
            found.append(1 if share > 0.2 else 2)""",
    "never": "        found.append(2 if covered > 0.7 else 0)",
    "only": "        found.append(1 if share > 0.2 else 2)",
    "swapped": """        if share > 0.2:
            found.append(2)
        else:
            found.append(1 if covered > 0.7 else 0)""",
}


def _verdict(copied="ratios(fakes, train) < border", first="copied", covered=_COVERED):
    return f"""import numpy as np
from ganedu import metrics

def ratios(points, train):
    return metrics.nearest_neighbours(points, train).ratios

def verdicts(samples, train, held_out):
    border = np.quantile(ratios(held_out, train), 0.05)
    found = []
    for fakes in samples:
        share = np.mean({copied})
        covered = {covered}
{_ORDERS[first]}
    return found
"""


_VERDICTS = (
    Mistake(
        _verdict(first="never"),
        "copies pass for a success: they lie among the real points, and cover many of them. Either "
        "you do not ask who copies, or you look for copies of held-out points, which no generator "
        "has seen.",
        also=(_verdict("ratios(fakes, held_out) < border"),),
    ),
    Mistake(
        _verdict(first="only"),
        "you ask only who copies. A generator that still draws its old domain copies nothing, "
        "and has learned nothing.",
    ),
    Mistake(
        _verdict(first="covered"),
        "you ask for coverage first. Who copies ten images covers little, and is still a copier: "
        "look for copies before anything else.",
    ),
    Mistake(
        _verdict(first="swapped"),
        "your verdicts 1 and 2 are swapped: 1 is a copier, 2 has transferred.",
    ),
    Mistake(
        _verdict(covered="metrics.density_coverage(fakes, held_out).coverage"),
        "a generator that draws a third of the domain passes. You ask how many samples look real, "
        "and all of its samples do; or the two sets of coverage are the wrong way round. Ask how "
        "many held-out points are reached: circles around real points, so real first, then fakes.",
        also=(_verdict(covered="metrics.precision_recall(held_out, fakes).precision"),),
    ),
)

# 11.3, when is the best value from nothing reached?


def _pairs_of_runs(rng):
    """(seconds, scratch, tuned) with every boundary: at the first look, never, a tie, a relapse.

    The best from nothing lies in the middle. The tuned run is ahead at each moment long before it
    is as good as that, and is at its own best neither at the first nor at the last such look.
    """
    examples = []
    for kind in ("usual", "first", "never", "equal", "relapse", "late"):
        best = rng.uniform(10, 20)
        scratch = best + np.array([60, 40, 20, 8, 0, 4, 9]) * rng.uniform(0.8, 1.2)
        above = best + np.array([40, 28, 14, 5, 4, 3, 2]) * rng.uniform(0.8, 1.2)
        below = best - np.array([2, 3, 1, 4, 6, 5, 3]) * rng.uniform(0.5, 1.5)
        tuned = {
            "usual": [*above[:2], *below[2:]],
            "first": below,
            "never": above,
            "equal": [*above[:3], best, *above[4:]],
            "relapse": [above[0], *below[1:4], *above[4:]],
            "late": [*above[:6], below[6]],
        }[kind]
        examples.append((np.cumsum(rng.uniform(1, 6, 7)), scratch, np.array(tuned)))
    return [examples[place] for place in rng.permutation(len(examples))]


def _share_of_time(seconds, scratch, tuned):
    """One look after the other."""
    best = min(scratch)
    [bar, *_] = [s for s, value in zip(seconds, scratch, strict=True) if value == best]
    for s, value in zip(seconds, tuned, strict=True):
        if value <= best:
            return s / bar
    return float("inf")


def _time(line, bar="seconds[np.argmin(scratch)]", reached="tuned <= scratch.min()"):
    return f"""import numpy as np


def share_of_time(seconds, scratch, tuned):
    seconds, scratch, tuned = map(np.asarray, (seconds, scratch, tuned))
    bar = {bar}
    reached = seconds[{reached}]
    return {line}
"""


_FIRST = "reached[0] / bar if len(reached) else np.inf"
_TIMES = (
    Mistake(
        _time("np.append(reached, np.nan)[0] / bar"),
        "a run that never gets there has a time, too: infinity, `np.inf`, longer than all others.",
        also=(_time("np.append(reached, -1)[0] / bar"), _time("np.append(reached, 0)[0] / bar")),
    ),
    Mistake(
        _time("seconds[np.argmax(tuned <= scratch.min())] / bar"),
        "`np.argmax` gives 0 where nothing is true, so a run that never gets there was the fastest "
        "of all. Ask first whether it ever does; if not, infinity.",
    ),
    Mistake(
        _time("np.append(reached, seconds[-1])[0] / bar"),
        "a run that never gets there did not get there at the last look either: infinity.",
        also=(_time("reached[0] / bar if len(reached) else 1.0"),),
    ),
    Mistake(
        _time(_FIRST, bar="seconds[-1]"),
        "you divide by the whole length of the run. From nothing the best value was there earlier: "
        "divide by its own time.",
    ),
    Mistake(
        _time(_FIRST, "seconds[-1]", "tuned <= scratch[-1]"),
        "you compare with the last value from nothing. It had been better before: the bar is its "
        "best value, and when that was.",
        also=(_time(_FIRST, reached="tuned <= scratch[-1]"),),
    ),
    Mistake(
        _time("seconds[np.argmin(tuned)] / bar"),
        "you take the time of the tuned run's own best value. Asked is when it first was as good "
        "as the best from nothing.",
        also=(_time("seconds[np.argmin(tuned)] / bar if len(reached) else np.inf"),),
    ),
    Mistake(
        _time("reached[-1] / bar if len(reached) else np.inf"),
        "you take the last time at which it was that good; asked is the first.",
    ),
    Mistake(
        _time(_FIRST, reached="tuned < scratch.min()"),
        "as good is good enough: the run that has the same value has reached it.",
    ),
    Mistake(
        _time(_FIRST, reached="tuned <= scratch"),
        "you compare the two runs at the same moment. The bar is one number, the best value from "
        "nothing.",
    ),
    Mistake(
        _time("bar / reached[0] if len(reached) else np.inf"),
        "the ratio is upside down: the tuned run's time over that from nothing, below 1 where the "
        "start pays.",
        also=(_time("bar / reached[0] if len(reached) else 0.0"),),
    ),
    Mistake(
        _time("np.argmax(tuned <= scratch.min()) / np.argmin(scratch) if len(reached) else np.inf"),
        "you divide numbers of looks, not seconds: the looks are not evenly spread.",
    ),
    Mistake(
        _time(_FIRST, bar="seconds[np.argmax(scratch)]", reached="tuned >= scratch.max()"),
        "smaller is better: a Fréchet distance is best where it is smallest.",
    ),
)


EXERCISES = (
    Exercise(
        id="11.1",
        name="frozen_step",
        stub=_STEP_STUB,
        hints=(
            "Nothing is switched off. The list of variables that `tape.gradient` and "
            "`optimizer.apply` get is what trains: which ones belong into it?",
            "Count layers, not variables, and only layers that have some, as "
            "`layers.variables_of` does: it takes a network and `start=`, the first layer that "
            "trains, counted from 0.",
            "`loss = tf.reduce_mean(tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits))` "
            "stands under the tape. Then `variables = layers.variables_of(discriminator, "
            "start=num_frozen)`, `optimizer.apply(tape.gradient(loss, variables), variables)` and "
            "`return loss`.",
        ),
        solution="""import tensorflow as tf
from ganedu import layers


def frozen_step(discriminator, optimizer, real_images, fake_images, num_frozen):
    with tf.GradientTape() as tape:
        real_logits = discriminator(real_images, training=True)
        fake_logits = discriminator(fake_images, training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits))
    variables = layers.variables_of(discriminator, start=num_frozen)
    optimizer.apply(tape.gradient(loss, variables), variables)
    return loss
""",
        mistakes=(*_STEPS, _BY_FLAG),
        judge=_frozen_judge,
        praise="Freezing is no property of a layer here: it is a shorter list.",
        seconds=60.0,
    ),
    Exercise(
        id="11.2",
        name="verdicts",
        stub='''def verdicts(samples, train, held_out):
    """For each of samples [3, n, d]: 0 not there, 1 copies train, 2 transferred."""
    raise NotImplementedError
''',
        hints=(
            "Two numbers for each set: how many of its points are copies of `train`, and how many "
            "points of `held_out` it covers.",
            "`metrics.memorised_share(fakes, train, held_out)` is the first, "
            "`metrics.density_coverage(held_out, fakes).coverage` the second.",
            "For each `fakes` of `samples` ask for copies first: 1 if their share is above .2. If "
            "not, 2 if the coverage is above .7, else 0. Return the list of three.",
        ),
        solution="""from ganedu import metrics


def verdicts(samples, train, held_out):
    found = []
    for fakes in samples:
        copied = metrics.memorised_share(fakes, train, held_out)
        covered = metrics.density_coverage(held_out, fakes).coverage
        found.append(1 if copied > 0.2 else 2 if covered > 0.7 else 0)
    return found
""",
        mistakes=_VERDICTS,
        judge=planted("verdicts", _generators, _VERDICTS, _which_verdict),
        praise="Neither number is enough: copies cover, and what is still at home copies nothing.",
        seconds=60.0,
    ),
    Exercise(
        id="11.3",
        name="share_of_time",
        stub='''def share_of_time(seconds, scratch, tuned):
    """Time until tuned is as good as the best of scratch, over the time of the best."""
    raise NotImplementedError
''',
        hints=(
            "Two times are asked for: when `scratch` was best, and when `tuned` was first at "
            "least as good.",
            "`seconds[np.argmin(scratch)]` is the first. For the second look where "
            "`tuned <= scratch.min()`; what if that is nowhere?",
            "`reached = seconds[tuned <= scratch.min()]`; if that has no entry, `return np.inf`, "
            "else `return reached[0] / seconds[np.argmin(scratch)]`.",
        ),
        solution="""import numpy as np


def share_of_time(seconds, scratch, tuned):
    seconds, scratch, tuned = map(np.asarray, (seconds, scratch, tuned))
    reached = seconds[tuned <= scratch.min()]
    return reached[0] / seconds[np.argmin(scratch)] if len(reached) else np.inf
""",
        mistakes=_TIMES,
        judge=function("share_of_time", _share_of_time, _pairs_of_runs, _TIMES),
        praise="One number for two curves; where it is infinite, the start has lost.",
    ),
)
