"""Runs that go well or wrong, each for a known reason.

Here live the cases of the gallery, how a case is trained, and how its recording is read. All
cases are small changes of one small healthy run, so that the change is the cause. The
recordings are made by `tests/benchmarks/gallery.py`. Taught in lesson 07.
"""

from typing import NamedTuple

import keras
import numpy as np

from ganedu import callbacks, data, losses, models, penalties, shipped, training

LATENT_DIM, BATCH_SIZE = 64, 32
LOG_EVERY, NUM_SNAPSHOTS = 20, 6  # steps of a row; moments with pictures and metrics
NUM_PICTURES, NUM_SAMPLES, SAMPLE_SEED = 16, 1000, 1  # of a snapshot; behind a metric
HELD_OUT = 500  # test images that the discriminator is asked about, and never trained on

HEALTHY = {
    "loss": "non_saturating",
    "gamma": 0.3,  # of R1, the price on a steep discriminator; 0 for none
    "generator_rate": 2e-3,
    "discriminator_rate": 2e-3,
    "generator_beta_1": 0.0,  # momentum
    "discriminator_beta_1": 0.0,
    "d_steps": 1,
    "generator_width": 16,  # half of the recipe: a run takes half a minute
    "discriminator_width": 16,
    "num_images": None,  # of the training set; None for all
    "lowest": -1.0,  # value of a black pixel; white is 1
    "num_steps": 600,
}


class Case(NamedTuple):
    """One way in which a run goes.

    Attributes:
        cause: what is wrong, a few words.
        cure: what mends it, a few words.
        changes: settings that differ from `HEALTHY`.
        cured: settings to change back, or further.
    """

    cause: str
    cure: str
    changes: dict
    cured: dict


class Run(NamedTuple):
    """What a run leaves behind.

    Attributes:
        log: list of dictionaries, a row for every `LOG_EVERY` steps as `callbacks.Log` has
            it, and held_out_logit.
        steps: list of the steps of the snapshots.
        pictures: float array [len(steps), 16, 28, 28, 1] in [−1, 1]; of the same latents each.
        metrics: list of dictionaries, one for each snapshot.
        references: (discriminator_loss, generator_loss) at logits of zero.
    """

    log: list
    steps: list
    pictures: np.ndarray
    metrics: list
    references: tuple


_MOMENTUM = {"generator_beta_1": 0.5, "discriminator_beta_1": 0.5}
_SLOW = {**_MOMENTUM, "generator_rate": 2e-4, "discriminator_rate": 1e-3}
CASES = {
    "healthy": Case("nothing", "nothing", {}, {}),
    "discriminator wins": Case(
        "the generator learns 20 times slower than the discriminator, which pays no penalty",
        "the penalty, and equal learning rates",
        {**_SLOW, "gamma": 0.0, "generator_rate": 5e-5},
        {"gamma": 0.3, "generator_rate": 1e-3},
    ),
    "saturated generator": Case(
        "the minimax loss, whose gradient is gone where the discriminator is sure",
        "the non-saturating loss",
        {**_SLOW, "gamma": 0.0, "loss": "minimax", "d_steps": 2},
        {"loss": "non_saturating"},
    ),
    "discriminator too weak": Case(
        "a penalty 3,000 times too large, which flattens the discriminator",
        "a smaller penalty",
        {"gamma": 1000.0},
        {"gamma": 0.3},
    ),
    "mode collapse": Case(
        "no penalty, and a generator that learns four times faster than the discriminator",
        "the penalty, and equal learning rates",
        {**_MOMENTUM, "gamma": 0.0, "discriminator_rate": 5e-4},
        {"gamma": 0.3, "discriminator_rate": 2e-3},
    ),
    "oscillation": Case(
        "a discriminator with momentum of 0.99: its answer is always late",
        "no momentum",
        {"discriminator_beta_1": 0.99, "discriminator_rate": 1e-3, "generator_beta_1": 0.5},
        {"discriminator_beta_1": 0.0, "generator_beta_1": 0.0},
    ),
    "data range": Case(
        "training images in [0, 1], although the generator draws in [−1, 1]",
        "images * 2 - 1",
        {"lowest": 0.0},
        {"lowest": -1.0},
    ),
    "too large a step": Case(
        "learning rates ten times too large",
        "learning rates of 0.002",
        {"generator_rate": 2e-2, "discriminator_rate": 2e-2},
        {"generator_rate": 2e-3, "discriminator_rate": 2e-3},
    ),
    "few images": Case(
        "100 training images and no penalty: the discriminator learns them by heart",
        "more images",
        {"num_images": 100, "gamma": 0.0, "num_steps": 900},
        {"num_images": None},
    ),
}


def settings(name, **changes):
    """All settings of a case.

    Args:
        name: one of `CASES`.
        **changes: settings that you want otherwise, such as gamma=0.3.

    Returns:
        Dictionary with the keys of `HEALTHY`.

    Raises:
        ValueError: if there is no case or no setting of that name.

    Example:
        >>> settings("saturated generator")["loss"]
        'minimax'
    """
    if name not in CASES:
        raise ValueError(f"There is no case {name!r}. There are: {', '.join(CASES)}.")
    unknown = sorted(changes.keys() - HEALTHY.keys())
    if unknown:
        raise ValueError(f"There is no setting {unknown[0]!r}. There are: {', '.join(HEALTHY)}.")
    return {**HEALTHY, **CASES[name].changes, **changes}


def gan(name, seed, **changes):
    """The compiled GAN of a case.

    Args:
        name: one of `CASES`.
        seed: the seed of the run, an integer of at least 0.
        **changes: settings that you want otherwise.

    Returns:
        A compiled `training.GAN` without an averaged generator, which would hide swings.

    Raises:
        ValueError: if there is no case or no setting of that name.

    Example:
        >>> gan("healthy", seed=0).generate(2, seed=0).shape
        (2, 28, 28, 1)
    """
    chosen = settings(name, **changes)
    made = training.GAN(
        models.digit_generator(LATENT_DIM, width=chosen["generator_width"], seed=seed),
        models.digit_discriminator(width=chosen["discriminator_width"], seed=seed),
        LATENT_DIM,
        seed,
    )
    adams = [
        keras.optimizers.Adam(
            chosen[f"{player}_rate"], beta_1=chosen[f"{player}_beta_1"], beta_2=0.99
        )
        for player in ("generator", "discriminator")
    ]
    made.compile(
        *adams,
        loss=chosen["loss"],
        penalties=[penalties.r1(chosen["gamma"])] if chosen["gamma"] else [],
        d_steps=chosen["d_steps"],
        ema_half_life=None,
    )
    return made


def images(name, digits, **changes):
    """What a case is trained on.

    Args:
        name: one of `CASES`.
        digits: float array [n, 28, 28, 1] in [−1, 1].
        **changes: settings that you want otherwise.

    Returns:
        float array [m, 28, 28, 1]: the first so many, in the range that the case has.

    Raises:
        ValueError: if there is no case or no setting of that name.

    Example:
        >>> float(images("data range", np.full((1, 28, 28, 1), -1.0)).max())
        0.0
    """
    chosen = settings(name, **changes)
    lowest = chosen["lowest"]
    return lowest + (digits[: chosen["num_images"]] + 1) * (1 - lowest) / 2


def train(name, digits, real, seed=0, num_steps=None, **changes):
    """Train a case from the start, and record it.

    Args:
        name: one of `CASES`.
        digits: float array [n, 28, 28, 1] in [−1, 1], the training images.
        real: `evaluation.Reference`; its test images are the held-out ones.
        seed: the seed of the run, an integer of at least 0.
        num_steps: how long; as long as the case needs by default.
        **changes: settings that you want otherwise.

    Returns:
        `Run`.

    Raises:
        ValueError: if there is no case or no setting of that name.

    Example:
        >>> train("healthy", digits, real).log[-1]["step"]  # doctest: +SKIP
        600
    """
    chosen, made = settings(name, **changes), gan(name, seed, **changes)
    num_steps = num_steps or chosen["num_steps"]
    every, pictures = max(1, num_steps // NUM_SNAPSHOTS), {}
    held_out = callbacks.HeldOut(images("healthy", real.test[:HELD_OUT], lowest=chosen["lowest"]))
    log = callbacks.Log(LOG_EVERY, BATCH_SIZE, on_row=held_out.complete)
    measured = callbacks.Metrics(every, real, NUM_SAMPLES, SAMPLE_SEED)
    grid = callbacks.SampleGrid(
        every, SAMPLE_SEED, num_images=NUM_PICTURES, on_images=pictures.__setitem__
    )
    made.fit(
        images(name, digits, **changes),
        BATCH_SIZE,
        steps_per_epoch=num_steps,
        callbacks=[held_out, log, grid, measured],
        verbose=0,
    )
    pictures.pop(0)  # before training: noise
    references = losses.at_zero(made.loss_pair)
    return Run(log.rows, [*pictures], np.stack([*pictures.values()]), measured.rows, references)


def recorded(name):
    """A run that was recorded: one of the cases, or one without a label.

    Args:
        name: one of `CASES`, or a letter of the unlabelled ones.

    Returns:
        `Run`.

    Raises:
        ValueError: if there is no recording of that name.

    Example:
        >>> recorded("healthy").log[-1]["step"]
        600
    """
    rows = {row["run"]: row for row in shipped.recording("gallery")["rows"]}
    if name not in rows:
        raise ValueError(f"There is no recorded run {name!r}. There are: {', '.join(rows)}.")
    row = rows[name]
    pictures = data.scale(shipped.pictures("gallery")[name])
    loss = settings(name)["loss"] if name in CASES else HEALTHY["loss"]
    return Run(row["log"], row["steps"], pictures, row["metrics"], losses.at_zero(loss))
