"""Exercises of lesson 05, the bug hunt."""

import functools
import itertools

import numpy as np

from ganedu.exercises.comparing import Exercise, Mistake, choices, defined, update

_LATENT_DIM, _BATCH = 4, 24
_SECONDS = 60.0  # an answer takes a fraction of one; then it is held against every known mistake

# Keras is only loaded when a check runs: two players small enough for twenty runs in a second.
# BatchNorm in the generator and `Louder` in the discriminator, so that `training=` matters; widths
# that make every mistake visible.
_PLAYERS = """import keras


class Louder(keras.layers.Layer):
    # like dropout another layer in training than at rest, but without chance
    def call(self, inputs, training=False):
        return inputs * (1.5 if training else 1.0)


def players(seed):
    seeds = iter(range(100 * seed, 100 * seed + 100))

    def dense(units, **options):
        start = keras.initializers.HeNormal(seed=next(seeds))
        return keras.layers.Dense(units, kernel_initializer=start, **options)

    generator = keras.Sequential(
        [
            keras.Input((4,)),
            dense(12),
            keras.layers.BatchNormalization(),
            keras.layers.LeakyReLU(negative_slope=0.2),
            dense(16, activation="tanh"),
            keras.layers.Reshape((4, 4, 1)),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Flatten(),
            dense(12),
            keras.layers.LeakyReLU(negative_slope=0.2),
            Louder(),
            dense(1),
        ]
    )
    return generator, discriminator, keras.optimizers.SGD(0.2), keras.optimizers.SGD(0.1)
"""


def _latents(seed, number, which):
    draw = np.random.default_rng([seed, number, which])
    return draw.normal(size=(_BATCH, _LATENT_DIM)).astype("float32")


def _pixels(seed, number):
    draw = np.random.default_rng([seed, number, 2])
    return draw.integers(0, 256, (_BATCH, 4, 4, 1)).astype("uint8")


def _begin_generator(seed):
    generator, discriminator, optimizer, _ = defined(_PLAYERS, "players")(seed % 10_000)
    networks = {"the generator": generator, "the discriminator": discriminator}
    return networks, [optimizer], lambda number: [_latents(seed, number, 0)]


def _begin_discriminator(seed):
    networks, optimizers, _ = _begin_generator(seed)

    def draw(number):
        real_images = _pixels(seed, number).astype("float32") / 127.5 - 1
        return [real_images, _latents(seed, number, 0)]

    return networks, optimizers, draw


def _begin_both(seed):
    return _players_and_inputs(_telling(seed))


def _players_and_inputs(seed):
    generator, discriminator, *optimizers = defined(_PLAYERS, "players")(seed % 10_000)
    networks = {"the generator": generator, "the discriminator": discriminator}

    def draw(number):
        return [_pixels(seed, number), _latents(seed, number, 0), _latents(seed, number, 1)]

    return networks, optimizers, draw


@functools.lru_cache(maxsize=256)
def _telling(seed):
    """The first seed from this one on that shows whose weights a step moves, whatever its loss.

    A loss that takes logits for probabilities is flat outside (0, 1): if all logits of the
    generator's half lie there, nothing moves, and the right weights look like the wrong ones.
    """
    steps = [
        defined(_train_step(repaired=parts), "train_step")
        for parts in (("whose",), ("scale", "whose"))
    ]

    def moves(step, seed):
        networks, optimizers, draw = _players_and_inputs(seed)
        weights = networks["the generator"].trainable_variables
        before = [np.array(weight) for weight in weights]
        step(*networks.values(), *optimizers, *draw(0))
        return max(np.abs(w - old).max() for w, old in zip(weights, before, strict=True)) > 1e-3

    return next(s for s in itertools.count(seed) if all(moves(step, s) for step in steps))


# The right updates, written otherwise than the printed solutions: plain gradient descent on the
# variables themselves, with the derivatives of the losses with respect to the logits by hand.


def _pull(network, variables, images, slopes, rate):
    """Move variables by −rate · slopes · ∂logits/∂variables."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        logits = network(images)
    moves = tape.gradient(logits, variables, output_gradients=tf.cast(slopes, tf.float32))
    for variable, move in zip(variables, moves, strict=True):
        variable.assign_sub(rate * move)


def _right_discriminator(generator, discriminator, optimizer, real_images, latents):
    fake_images = np.asarray(generator(latents, training=True))
    images = np.concatenate([real_images, fake_images])
    logits = np.asarray(discriminator(images, training=True), float)
    signs = np.repeat([[-1.0], [1.0]], _BATCH, axis=0)  # softplus(−r) and softplus(f)
    slopes = signs / (1 + np.exp(-signs * logits)) / _BATCH
    weights, rate = discriminator.trainable_variables, float(optimizer.learning_rate)
    _pull(lambda x: discriminator(x, training=True), weights, images, slopes, rate)
    return np.logaddexp(0, signs * logits).sum() / _BATCH


def _right_generator(generator, discriminator, optimizer, latents):
    def logits_of(latents):
        return discriminator(generator(latents, training=True), training=True)

    logits = np.asarray(logits_of(latents), float)
    weights, rate = generator.trainable_variables, float(optimizer.learning_rate)
    _pull(logits_of, weights, latents, -1 / (1 + np.exp(logits)) / _BATCH, rate)
    return np.logaddexp(0, -logits).mean()


def _right_both(
    generator, discriminator, g_optimizer, d_optimizer, real_pixels, d_latents, g_latents
):
    real_images = (real_pixels / 127.5 - 1).astype("float32")
    d_loss = _right_discriminator(generator, discriminator, d_optimizer, real_images, d_latents)
    return d_loss, _right_generator(generator, discriminator, g_optimizer, g_latents)


# 05.1, the generator's update

_GENERATOR_HEAD = "def generator_step(generator, discriminator, optimizer, latents):\n"
_GENERATOR_STUB = (
    _GENERATOR_HEAD
    + '''    """Repair me: one update of the generator; returns its loss before the update."""
    fake_images = generator(latents, training=True)
    with tf.GradientTape() as tape:
        fake_logits = discriminator(fake_images, training=True)
        loss = tf.reduce_mean(tf.nn.softplus(fake_logits))
    weights = discriminator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss
'''
)
_TF = "import tensorflow as tf\n\n\n"


def _generator_step(
    *,
    fakes="generator(latents, training=True)",
    loss="tf.reduce_mean(tf.nn.softplus(-fake_logits))",
    whose="generator",
    gradients="tape.gradient(loss, weights)",
    before="",
    after="",
):
    return (
        _TF
        + _GENERATOR_HEAD
        + before
        + "    with tf.GradientTape() as tape:\n"
        + f"        fake_logits = discriminator({fakes}, training=True)\n"
        + f"        loss = {loss}\n"
        + f"    weights = {whose}.trainable_variables\n"
        + f"    optimizer.apply({gradients}, weights)\n"
        + after
        + "    return loss\n"
    )


_OUTSIDE = "    fake_images = generator(latents, training=True)\n"
_WRONG_SIGN = "tf.reduce_mean(tf.nn.softplus(fake_logits))"
_RESTING = (
    "is called without training=True: where it has dropout, that is another network than the one "
    "that plays."
)
_ARGUMENTS = (
    "the cross-entropy has its two arguments the wrong way round: it takes the targets first, then "
    "what the network says."
)
_GENERATOR_MISTAKES = (
    Mistake(
        _generator_step(fakes="fake_images", before=_OUTSIDE),
        "the fakes are still made before the tape begins to record, so no path leads back from the "
        "loss to the generator: every gradient is None, and there is nothing to apply.",
    ),
    Mistake(
        _generator_step(loss=_WRONG_SIGN),
        "the generator moves, and away from its aim: softplus(f) is small where the discriminator "
        "says fake. The generator is paid for a high logit, softplus(−f).",
    ),
    Mistake(
        _generator_step(whose="discriminator"),
        "now it is the discriminator that moves, and it learns to call fakes real. The fakes and "
        "the loss are right; name the generator's weights.",
    ),
    Mistake(
        _generator_step(loss="tf.reduce_mean(-tf.nn.softplus(fake_logits))"),
        "this is the minimax loss −softplus(f). Its sign is right, but it fades where the "
        "discriminator is sure (lesson 02); the task asks for softplus(−f).",
    ),
    Mistake(
        _generator_step(loss=_WRONG_SIGN, gradients="[-g for g in tape.gradient(loss, weights)]"),
        "climbing on softplus(f) is the minimax loss again, with another sign in another place: "
        "the direction is right and the size is not. The task asks for softplus(−f).",
    ),
    Mistake(
        _generator_step(loss="-tf.reduce_mean(fake_logits)"),
        "that is the generator's loss of Wasserstein GANs: every fake pulls alike, however "
        "well it does. The task asks for softplus(−f).",
    ),
    Mistake(
        _generator_step(fakes="generator(latents)"),
        "the generator is called without training=True: BatchNorm then uses its running "
        "statistics, and another network is trained than the one that made the fakes.",
    ),
    Mistake(
        _generator_step(
            loss="tf.reduce_mean(tf.keras.losses.binary_crossentropy("
            "tf.ones_like(fake_logits), fake_logits))"
        ),
        "the cross-entropy is told nothing, so it takes the logits for probabilities and clips "
        "them: from_logits=True is missing.",
    ),
    Mistake(
        _generator_step(
            loss="tf.reduce_mean(tf.keras.losses.binary_crossentropy("
            "fake_logits, tf.ones_like(fake_logits), from_logits=True))"
        ),
        _ARGUMENTS,
        also=(
            _generator_step(
                loss="tf.reduce_mean(tf.keras.losses.binary_crossentropy("
                "fake_logits, tf.ones_like(fake_logits)))"
            ),
        ),
    ),
    Mistake(
        _generator_step(loss="tf.reduce_sum(tf.nn.softplus(-fake_logits))"),
        "a sum over the batch: the step grows with the batch. Take the mean.",
    ),
    Mistake(
        _generator_step(
            whose="(generator.trainable_variables + discriminator.trainable_variables) or None"
        ).replace("None.trainable_variables", "None"),
        "both networks move by the generator's loss: the discriminator is talked into calling "
        "fakes real. Name the generator's weights alone.",
    ),
    Mistake(
        _generator_step(
            before="    discriminator.trainable = False\n",
        ),
        "the generator moves as it should, but the discriminator is left frozen: its next update "
        "finds no weights. Naming the generator's weights is enough, so freeze nothing.",
    ),
    Mistake(
        _generator_step(
            after="    optimizer.apply(tape.gradient(loss, weights), weights)\n"
        ).replace("GradientTape()", "GradientTape(persistent=True)"),
        "the update is applied twice.",
    ),
    Mistake(
        _generator_step().replace("True), training=True)", "True))"),
        f"the discriminator {_RESTING}",
    ),
)

# 05.2, the discriminator's update

_DISCRIMINATOR_HEAD = (
    "def discriminator_step(generator, discriminator, optimizer, real_images, latents):\n"
)
_DISCRIMINATOR_STUB = (
    _DISCRIMINATOR_HEAD
    + '''    """Repair me: one update of the discriminator; returns its loss before it."""
    bce = keras.losses.BinaryCrossentropy()
    fake_images = generator(latents)
    with tf.GradientTape() as tape:
        real_logits = discriminator(real_images, training=True)
        fake_logits = discriminator(fake_images, training=True)
        real_loss = bce(tf.zeros_like(real_logits), real_logits)
        fake_loss = bce(tf.ones_like(fake_logits), fake_logits)
        loss = (real_loss + fake_loss) / 2
    weights = discriminator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss
'''
)


def _discriminator_step(
    *,
    fakes="generator(latents, training=True)",
    real="tf.nn.softplus(-real_logits)",
    fake="tf.nn.softplus(fake_logits)",
    loss="tf.reduce_mean(real) + tf.reduce_mean(fake)",
    weights="discriminator.trainable_variables",
    gradients="tape.gradient(loss, weights)",
    before="",
    after="",
):
    return (
        _TF
        + _DISCRIMINATOR_HEAD
        + before
        + f"    with tf.GradientTape(persistent=True) as tape:\n        fake_images = {fakes}\n"
        + "        real_logits = discriminator(real_images, training=True)\n"
        + "        fake_logits = discriminator(fake_images, training=True)\n"
        + f"        real = {real}\n        fake = {fake}\n        loss = {loss}\n"
        + f"    weights = {weights}\n    optimizer.apply({gradients}, weights)\n"
        + after
        + "    return loss\n"
    )


_PROBABILITIES = {
    "real": "tf.keras.losses.binary_crossentropy(tf.ones_like(real_logits), real_logits)",
    "fake": "tf.keras.losses.binary_crossentropy(tf.zeros_like(fake_logits), fake_logits)",
}
_EXCHANGED = {"real": "tf.nn.softplus(real_logits)", "fake": "tf.nn.softplus(-fake_logits)"}


def _turned(real, fake, options):
    """The two losses with target and logits exchanged."""
    return {
        name: f"tf.keras.losses.binary_crossentropy({name}_logits, "
        f"tf.{target}_like({name}_logits){options})"
        for name, target in (("real", real), ("fake", fake))
    }


_HALF = "(tf.reduce_mean(real) + tf.reduce_mean(fake)) / 2"
_DISCRIMINATOR_MISTAKES = (
    Mistake(
        _discriminator_step().replace("_images, training=True)", "_images)"),
        f"the discriminator {_RESTING}",
    ),
    Mistake(
        _discriminator_step(**_PROBABILITIES),
        "the cross-entropy still takes the logits for probabilities and clips them: "
        "from_logits=True is missing.",
    ),
    Mistake(
        _discriminator_step(**_EXCHANGED),
        "the targets are still exchanged: your discriminator is asked to call real images fake "
        "and fakes real.",
    ),
    Mistake(
        _discriminator_step(**_turned("ones", "zeros", ", from_logits=True")),
        _ARGUMENTS,
        also=(
            _discriminator_step(**_turned("ones", "zeros", "")),
            _discriminator_step(**_turned("zeros", "ones", "")),
        ),
    ),
    Mistake(
        _discriminator_step(fakes="generator(latents)"),
        "the fakes are made by BatchNorm's running statistics: another generator than the one that "
        "is trained. Either training=True is missing at its call, or it is frozen while it is "
        "called: a frozen BatchNorm uses running statistics even with training=True.",
    ),
    Mistake(
        _discriminator_step(loss=_HALF),
        "half of what was asked for. That is what one mean over real and fake joined gives, too. "
        "With Adam it changes nearly nothing; with plain gradient descent it halves the step. The "
        "task asks for the sum of the two means.",
    ),
    Mistake(
        _discriminator_step(**_EXCHANGED, fakes="generator(latents)"),
        "two things are left: the targets are exchanged, and the fakes are made without "
        "training=True.",
    ),
    Mistake(
        _discriminator_step(**_PROBABILITIES, fakes="generator(latents)"),
        "two things are left: from_logits=True, and training=True at the call of the generator.",
    ),
    Mistake(
        _discriminator_step(
            real="tf.keras.losses.binary_crossentropy(tf.zeros_like(real_logits), real_logits)",
            fake="tf.keras.losses.binary_crossentropy(tf.ones_like(fake_logits), fake_logits)",
        ),
        "two things are left: from_logits=True, and the targets, which are exchanged.",
    ),
    Mistake(
        _discriminator_step(
            weights="discriminator.trainable_variables + generator.trainable_variables"
        ),
        "the generator moves by the discriminator's loss: it learns to be found out. Name the "
        "discriminator's weights alone.",
    ),
    Mistake(
        _discriminator_step(gradients="[-g for g in tape.gradient(loss, weights)]"),
        "the sign of the update is wrong: the discriminator climbs its loss.",
    ),
    Mistake(
        _discriminator_step(real="0.9 * tf.nn.softplus(-real_logits) "
                            "+ 0.1 * tf.nn.softplus(real_logits)"),
        "with the target 0.9 for real images this is label smoothing: a choice that some make, but "
        "not what the task asks for.",
    ),
    Mistake(
        _discriminator_step(real="softplus_11").replace(
            "softplus_11", "tf.nn.softplus(real_logits) - 1.1 * real_logits"
        ),
        "a target above 1 cannot be reached: the loss has no lowest value and pushes the logits up "
        "for ever.",
    ),
    Mistake(
        _discriminator_step(loss="tf.reduce_mean(fake)"),
        "the real images are missing in the loss. Without them everything is called fake.",
    ),
    Mistake(
        _discriminator_step(loss="tf.reduce_sum(real) + tf.reduce_sum(fake)"),
        "sums over the batch: the step grows with the batch. Take the two means.",
    ),
    Mistake(
        _discriminator_step(before="    generator.trainable = False\n"),
        "freezing the generator switches its BatchNorm to running statistics, even with "
        "training=True, and nobody thaws it. Naming the discriminator's weights is enough.",
    ),
    Mistake(
        _discriminator_step(after="    optimizer.apply(tape.gradient(loss, weights), weights)\n"),
        "this update is applied twice.",
    ),
)  # fmt: skip

# 05.3, ten changes

_CHANGES = {
    "generator's loss: softplus(f) in place of softplus(-f)": "wrong way",
    "fakes of the discriminator's half made inside its tape": "no bug",
    "fakes of the generator's half made before its tape": "crash",
    "generator's half names discriminator.trainable_variables": "stuck",
    "one Adam for both networks": "crash",
    "the same noise in both halves": "no bug",
    "discriminator.trainable = False before the first step, nothing else": "stuck",
    "BinaryCrossentropy() on logits": "wrong way",
    "target 0.9 in place of 1 for real images": "no bug",
    "tape.gradient(d_loss, ...) on a persistent tape": "no bug",
}
_WORDS = {
    "generator's loss: softplus(f) in place of softplus(-f)": {
        "no bug": "softplus(f) is small where the logit is low, so the generator would learn to "
        "be found out.",
        "crash": "a sign is no error to TensorFlow: everything runs.",
        "stuck": "the generator does move, to where its logits are lower.",
    },
    "fakes of the discriminator's half made inside its tape": {
        "crash": "the tape records a little more than it needs; the gradients are the same.",
        "stuck": "tape.gradient names the discriminator's weights, and a path leads to them.",
        "wrong way": "the generator is on this tape, but nobody asks for its gradient.",
    },
    "fakes of the generator's half made before its tape": {
        "no bug": "the tape does not see how the fakes were made: no path leads back to the "
        "generator.",
        "stuck": "it would, if None were quietly skipped. Keras complains: no gradients provided.",
        "wrong way": "there is no way at all: every gradient is None.",
    },
    "generator's half names discriminator.trainable_variables": {
        "no bug": "then the discriminator is updated twice, and who updates the generator?",
        "crash": "its weights have gradients of this loss, so nothing is missing, and its "
        "optimizer takes whatever weights it gets first.",
        "wrong way": "the discriminator goes a wrong way, but ask first who does not move at all.",
    },
    "one Adam for both networks": {
        "no bug": "Adam keeps a memory for each weight and makes it at the first call, for the "
        "weights that it sees then.",
        "stuck": "Keras does not skip weights that the optimizer has never seen: it stops.",
        "wrong way": "Keras does not guess: it refuses weights that this optimizer was not "
        "built for.",
    },
    "the same noise in both halves": {
        "crash": "noise is noise; nothing can break.",
        "stuck": "both networks move as before.",
        "wrong way": "the generator answers on the latents that the discriminator has just seen. "
        "That is a choice; this lesson measures it.",
    },
    "discriminator.trainable = False before the first step, nothing else": {
        "no bug": "a frozen network has no trainable variables: what is then updated?",
        "crash": "apply_gradients would crash; apply([], []), which our step calls, says nothing.",
        "wrong way": "the list of weights is empty, so the discriminator has no way to go.",
    },
    "BinaryCrossentropy() on logits": {
        "no bug": "without from_logits=True the logits count as probabilities and are clipped.",
        "crash": "any number is accepted: what is below 0 or above 1 is clipped, in silence.",
        "stuck": "logits between 0 and 1 still have a gradient, so the networks move, by the "
        "wrong slopes. Those outside have none.",
    },
    "target 0.9 in place of 1 for real images": {
        "crash": "any target is accepted by the cross-entropy.",
        "stuck": "the loss has its lowest value at σ(r) = 0.9; the discriminator goes there.",
        "wrong way": "one-sided label smoothing: the best logit is log 9 in place of infinity. "
        "Beyond 1 it would be a bug.",
    },
    "tape.gradient(d_loss, ...) on a persistent tape": {
        "crash": "a persistent tape may be asked more than once; asking once is fine too.",
        "stuck": "nothing is used up by asking a tape: the discriminator gets its gradient.",
        "wrong way": "a persistent tape gives the same gradients; it only keeps its memory longer.",
    },
}
_CHANGES_STUB = "changes = {\n" + "".join(f'    "{change}": None,\n' for change in _CHANGES) + "}\n"
_WORDS_JUDGE, _WORDS_MISTAKES = choices(
    "changes",
    _CHANGES,
    {(change, word): says for change, words in _WORDS.items() for word, says in words.items()},
)

# 05.4, three unmarked bugs

_STEP_HEAD = (
    "def train_step(\n"
    "    generator,\n"
    "    discriminator,\n"
    "    g_optimizer,\n"
    "    d_optimizer,\n"
    "    real_pixels,\n"
    "    d_latents,\n"
    "    g_latents,\n"
    "):\n"
)
_STEP_LINES = {
    "scale": "    real_images = real_pixels / 255\n",
    "loss": "    bce = keras.losses.BinaryCrossentropy()\n",
    "discriminator": """    fake_images = generator(d_latents, training=True)
    with tf.GradientTape() as tape:
        real_logits = discriminator(real_images, training=True)
        fake_logits = discriminator(fake_images, training=True)
        real_loss = bce(tf.ones_like(real_logits), real_logits)
        d_loss = real_loss + bce(tf.zeros_like(fake_logits), fake_logits)
    weights = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, weights), weights)
""",
    "generator": """    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(g_latents, training=True), training=True)
        g_loss = bce(tf.ones_like(fake_logits), fake_logits)
""",
    "whose": """    weights = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(g_loss, weights), weights)
""",
    "returns": "    return d_loss, g_loss\n",
}
_STEP_STUB = (
    _STEP_HEAD
    + '    """Three bugs, none of which crashes; returns both losses before their updates."""\n'
    + "".join(_STEP_LINES.values())
)
_REPAIRS = {
    "scale": "    real_images = real_pixels / 127.5 - 1\n",
    "loss": "    bce = keras.losses.BinaryCrossentropy(from_logits=True)\n",
    "whose": """    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, weights), weights)
""",
}


def _train_step(*, repaired=("scale", "loss", "whose"), **changed):
    lines = {**_STEP_LINES, **{part: _REPAIRS[part] for part in repaired}, **changed}
    head = "import keras\nimport tensorflow as tf\n\n\n" + _STEP_HEAD
    return head + "".join(lines.values())


def _swap(part, old, new):
    lines = {**_STEP_LINES, **_REPAIRS}[part]
    return {part: lines.replace(old, new)}


_STEP_MISTAKES = (
    Mistake(
        _train_step(**_swap("generator", "True), training=True)", "True))")),
        f"in the generator's half the discriminator {_RESTING}",
    ),
    Mistake(
        _train_step(repaired=("loss", "whose")),
        "two of the three are mended. What range does the generator draw in, and what range do "
        "the real images have?",
    ),
    Mistake(
        _train_step(repaired=("scale", "whose")),
        "two of the three are mended. What does the last layer of the discriminator give, and "
        "what does the loss take it for?",
    ),
    Mistake(
        _train_step(repaired=("scale", "loss")),
        "two of the three are mended. Print how far each network moves in a step.",
    ),
    Mistake(
        _train_step(repaired=("scale",)),
        "the range is mended. Two bugs are left: one in a loss, one in whose weights move.",
    ),
    Mistake(
        _train_step(repaired=("loss",)),
        "from_logits is mended. Two bugs are left: one before the first network is called, one "
        "after the last.",
    ),
    Mistake(
        _train_step(repaired=("whose",)),
        "the right weights move. Two bugs are left, both in numbers: one in pixels, one in logits.",
    ),
    Mistake(
        _train_step(**_swap("whose", "g_optimizer", "d_optimizer")),
        "the generator's weights are named, but the discriminator's optimizer is asked to move "
        "them, and it was built for others. Each network has its own.",
    ),
    Mistake(
        _train_step(
            **_swap("whose", "g_optimizer", "d_optimizer"),
            discriminator=_STEP_LINES["discriminator"].replace("d_optimizer", "g_optimizer"),
        ),
        "the two optimizers are exchanged: each network moves at the other's learning rate.",
    ),
    Mistake(
        _train_step(**_swap("generator", "g_latents", "d_latents")),
        "the generator's half uses the discriminator's latents. That is a choice and no bug, but "
        "the step is given latents for each.",
    ),
    Mistake(
        _train_step(
            **_swap("generator", "bce(tf.ones_like(", "-bce(tf.zeros_like("),
        ),
        "the generator's loss has become the minimax loss, which fades where the discriminator is "
        "sure. Nothing was wrong with the loss that stood there.",
    ),
    Mistake(
        _train_step(**_swap("generator", "tf.ones_like", "tf.zeros_like")),
        "the generator's target was right: it wants its fakes to be called real, 1.",
    ),
    Mistake(
        _train_step(**_swap("discriminator", "d_loss = real_loss", "d_loss = 0.5 * real_loss")),
        "the discriminator's loss is a sum of two means with equal weights; it was right.",
    ),
    Mistake(
        _train_step(
            **_swap(
                "discriminator",
                "d_loss = real_loss + bce(tf.zeros_like(fake_logits), fake_logits)",
                "d_loss = (real_loss + bce(tf.zeros_like(fake_logits), fake_logits)) / 2",
            )
        ),
        "the halved sum of the discriminator's losses is a choice that changes the learning rate; "
        "there was no bug in the sum.",
    ),
    Mistake(
        _train_step(
            **_swap("discriminator", "tf.ones_like(real_logits)", "0.9 * tf.ones_like(real_logits)")
        ),
        "label smoothing is a choice, and none of the three bugs.",
    ),
    Mistake(
        _train_step(scale="    real_images = real_pixels / 127.5 - 1\n").replace(
            "_latents, training=True", "_latents"
        ),
        "the calls of the generator have lost their training=True; that was right.",
    ),
    Mistake(
        _train_step(returns="    return g_loss, d_loss\n"),
        "the updates are right, and the two losses are returned in the wrong order.",
    ),
    Mistake(
        _train_step(scale="    real_images = (real_pixels.astype('float32') - 128) / 128\n"),
        "close, but 255 must come out as 1, and 0 as −1. What lies in the middle between 0 and "
        "255?",
        also=(
            _train_step(scale="    real_images = (real_pixels.astype('float32') - 127) / 128\n"),
            _train_step(scale="    real_images = real_pixels / 127 - 1\n"),
        ),
    ),
    Mistake(
        _train_step(
            loss="    bce = lambda y, x: keras.losses.BinaryCrossentropy(from_logits=True)(x, y)\n"
        ),
        _ARGUMENTS,
    ),
    Mistake(
        _train_step(
            discriminator=_STEP_LINES["generator"],
            generator=_REPAIRS["whose"],
            whose=_STEP_LINES["discriminator"],
        ),
        "here the generator moves first. The discriminator's update comes first, and the "
        "generator answers to the one that has just moved.",
    ),
    Mistake(
        _train_step(scale="    real_images = (real_pixels - 127.5) / 255\n"),
        "the pixels now lie in [−½, ½]. tanh draws in [−1, 1]: divide by 127.5.",
    ),
    Mistake(
        _train_step(
            discriminator=_STEP_LINES["discriminator"].rpartition("    weights")[0],
            generator=_STEP_LINES["generator"],
            whose="""    with tf.GradientTape() as other:
        real_logits = discriminator(real_images, training=True)
        fake_logits = discriminator(fake_images, training=True)
        real_loss = bce(tf.ones_like(real_logits), real_logits)
        d_loss = real_loss + bce(tf.zeros_like(fake_logits), fake_logits)
    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, weights), weights)
    weights = discriminator.trainable_variables
    d_optimizer.apply(other.gradient(d_loss, weights), weights)
""",
        ),
        "both players move from where the other was, a simultaneous step. That is another "
        "algorithm, no bug; here the generator answers to the discriminator that has just moved.",
    ),
)

EXERCISES = (
    Exercise(
        id="05.1",
        name="generator_step",
        stub=_GENERATOR_STUB,
        hints=(
            "There are three bugs. Which of them makes the call crash?",
            "What the tape is to differentiate must happen inside its `with` block, the making of "
            "the fakes included.",
            "Then: a generator is paid for high logits, softplus(−f), and it is its own weights "
            "that must move.",
        ),
        solution=_TF
        + """def generator_step(generator, discriminator, optimizer, latents):
    with tf.GradientTape() as tape:
        fake_images = generator(latents, training=True)
        fake_logits = discriminator(fake_images, training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-fake_logits))
    weights = generator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss
""",
        mistakes=_GENERATOR_MISTAKES,
        judge=update(
            "generator_step",
            _begin_generator,
            (_GENERATOR_STUB, _TF + _GENERATOR_STUB),
            _right_generator,
            _GENERATOR_MISTAKES,
        ),
        praise="The generator moved by its own loss, and the discriminator did not move.",
        seconds=_SECONDS,
    ),
    Exercise(
        id="05.2",
        name="discriminator_step",
        stub=_DISCRIMINATOR_STUB,
        hints=(
            "Nothing crashes, so compare numbers: what should the loss be if every logit is 0?",
            "2 log 2: a sum of two means. Then look at the targets, and at what the loss takes "
            "the logits for.",
            "Four changes: from_logits=True, training=True for the generator, ones for real and "
            "zeros for fake, no division by 2.",
        ),
        solution="""import keras
import tensorflow as tf


def discriminator_step(generator, discriminator, optimizer, real_images, latents):
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    fake_images = generator(latents, training=True)
    with tf.GradientTape() as tape:
        real_logits = discriminator(real_images, training=True)
        fake_logits = discriminator(fake_images, training=True)
        real_loss = bce(tf.ones_like(real_logits), real_logits)
        fake_loss = bce(tf.zeros_like(fake_logits), fake_logits)
        loss = real_loss + fake_loss
    weights = discriminator.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss
""",
        mistakes=_DISCRIMINATOR_MISTAKES,
        judge=update(
            "discriminator_step",
            _begin_discriminator,
            (_DISCRIMINATOR_STUB, "import keras\n" + _TF + _DISCRIMINATOR_STUB),
            _right_discriminator,
            _DISCRIMINATOR_MISTAKES,
        ),
        praise="Four bugs, and not one of them would ever have crashed.",
        seconds=_SECONDS,
    ),
    Exercise(
        id="05.3",
        name="changes",
        stub=_CHANGES_STUB,
        hints=(
            "Four of the ten are no bugs.",
            "Two crash: one because no gradient arrives, one because an optimizer meets weights "
            "that it does not know.",
            "Two leave a network where it is, two move it the wrong way.",
        ),
        solution=f"changes = {_CHANGES!r}\n",
        mistakes=_WORDS_MISTAKES,
        judge=_WORDS_JUDGE,
        praise="Six bugs of one line each, and only two of them say a word.",
        draws=False,
    ),
    Exercise(
        id="05.4",
        name="train_step",
        stub=_STEP_STUB,
        hints=(
            "Ask the questions of the check list in turn: range, logits, whose weights.",
            "Run the step once and measure how far each network has moved. Which has not?",
            "`real_pixels / 127.5 - 1`; `from_logits=True`; the last two lines must name the "
            "generator's weights and the generator's optimizer.",
        ),
        solution="""import keras
import tensorflow as tf


"""
        + _STEP_HEAD
        + "".join({**_STEP_LINES, **_REPAIRS}.values()),
        mistakes=_STEP_MISTAKES,
        judge=update(
            "train_step",
            _begin_both,
            (_STEP_STUB, "import keras\n" + _TF + _STEP_STUB),
            _right_both,
            _STEP_MISTAKES,
        ),
        praise="This step trains digits.",
        seconds=_SECONDS,
    ),
)
