"""Runs that go well or wrong, each for a known reason.

Here live the cases of the gallery, how a case is trained, how its recording is read and drawn.
Each case is one small healthy run with one thing changed, so that the change is the cause; where
one thing did not do it, `cause` names them all. The recordings are made by
`tests/benchmarks/gallery.py`, which also says which seeds showed the failure. Taught in lesson 07.
"""

import warnings
from typing import NamedTuple

import keras
import numpy as np
from matplotlib.figure import Figure

from ganedu import (
    callbacks,
    data,
    losses,
    models,
    penalties,
    plotting,
    shipped,
    training,
    widgets,
)

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
    "generator_widths": (16, 32),  # about half of the recipe: a run takes half a minute
    "discriminator_widths": (16, 32),
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


CASES = {
    "healthy": Case("nothing", "nothing", {}, {}),
    "discriminator wins": Case(
        "the generator learns 100 times slower than the discriminator",
        "equal learning rates",
        {"generator_rate": 2e-5},
        {"generator_rate": 2e-3},
    ),
    "saturated generator": Case(
        "the minimax loss, whose gradient is gone where the discriminator is sure; and two things "
        "that let it become sure: a generator 100 times slower, and no penalty",
        "the non-saturating loss",
        {"generator_rate": 2e-5, "loss": "minimax", "gamma": 0.0},
        {"loss": "non_saturating"},
    ),
    "discriminator too weak": Case(
        "a penalty 3,000 times too large, which flattens the discriminator",
        "a smaller penalty",
        {"gamma": 1000.0},
        {"gamma": 0.3},
    ),
    "mode collapse": Case(
        "a discriminator that learns ten times slower than the generator",
        "equal learning rates",
        {"discriminator_rate": 2e-4},
        {"discriminator_rate": 2e-3},
    ),
    "oscillation": Case(
        "a discriminator with momentum of 0.99: its answer is always late",
        "no momentum",
        {"discriminator_beta_1": 0.99},
        {"discriminator_beta_1": 0.0},
    ),
    "data range": Case(
        "training images in [0, 1], although the generator draws in [−1, 1]",
        "images * 2 - 1",
        {"lowest": 0.0},
        {"lowest": -1.0},
    ),
    "too large a step": Case(
        "learning rates of both players ten times too large",
        "learning rates of 0.002",
        {"generator_rate": 2e-2, "discriminator_rate": 2e-2},
        {"generator_rate": 2e-3, "discriminator_rate": 2e-3},
    ),
    "few images": Case(
        "100 training images, and no penalty on a discriminator that learns them by heart; the run "
        "is half as long again, to see what comes of it",
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
        models.digit_generator(LATENT_DIM, widths=chosen["generator_widths"], seed=seed),
        models.digit_discriminator(widths=chosen["discriminator_widths"], seed=seed),
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
    some, lowest = digits[: chosen["num_images"]], chosen["lowest"]
    return some if lowest == -1 else lowest + (some + 1) * (1 - lowest) / 2


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", data.SuspiciousInput)  # one case has the wrong range
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


def run_panel(run, floor=None, at=None):
    """A recorded run: losses, logits and a metric over time, and samples of the same latents.

    Loss and logit axes are linear up to 2 and logarithmic beyond if a value exceeds 8.

    Args:
        run: has log (rows as in `training_panel`, with or without held_out_logit), steps (of the
            snapshots), pictures [k, n, height, width, channels] in [−1, 1], metrics (rows with
            step and frechet_distance) and references, the losses at logits of zero, drawn dotted.
        floor: Fréchet distance of as many real images, drawn dotted.
        at: number of one snapshot; it is shown alone, and its step is marked in the curves.

    Returns:
        `Figure`.

    Example:
        >>> len(run_panel(recorded("healthy"), at=2).axes)
        4
    """
    shown = range(len(run.steps)) if at is None else [at]
    figure = Figure(figsize=(10, 4.4 if at is None else 2.7), layout="constrained")
    figure.set_layout_engine("none")  # places by hand: a layout engine draws twice, sliders wait
    width, height, low = (0.265, 0.4, 0.53) if at is None else (0.195, 0.68, 0.19)
    lefts = [0.065 + i * (width + 0.06) for i in range(3)]
    curves = [figure.add_axes((left, low, width, height)) for left in lefts]
    _draw_losses(curves[0], run.log, run.references)
    _draw_logits(curves[1], run.log)
    _draw_distance(curves[2], run.metrics, floor)
    side, left, bottom = (0.147, 0.03, 0.0) if at is None else (0.18, 0.82, 0.17)
    for place, number in enumerate(shown):
        box = (left + place * (side + 0.01), bottom, side, 0.35 if at is None else 0.68)
        picture = plotting.tile(run.pictures[number], columns=4)
        plotting.draw_picture(figure.add_axes(box), picture, f"step {run.steps[number]:,}")
    for axes in curves if at is not None else ():
        axes.axvline(run.steps[at], color="black", linewidth=1)
    return figure


def run_overview(runs, columns=3):
    """Many recorded runs at a glance: the losses, and the last samples under the name.

    Args:
        runs: dictionary from a name to a run as in `run_panel`.
        columns: runs in a row.

    Returns:
        `Figure`.

    Example:
        >>> len(run_overview({"healthy": recorded("healthy")}).axes)
        2
    """
    columns = min(columns, len(runs))
    rows = -(-len(runs) // columns)
    figure = Figure(figsize=(3.4 * columns, 1.95 * rows + 0.3), layout="constrained")
    parts = figure.subfigures(rows, columns, squeeze=False).ravel()
    for part, (name, run) in zip(parts, runs.items(), strict=False):
        part.suptitle(name, fontsize=10, fontweight="bold")
        curve, picture = part.subplots(1, 2, width_ratios=(1.25, 1))
        _draw_losses(curve, run.log, (), always=True)
        curve.get_legend().remove()
        curve.set(xlabel="", ylabel="")
        plotting.draw_picture(picture, plotting.tile(run.pictures[-1], columns=4), None)
    handles = parts[0].axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=2, fontsize=9, frameon=False)
    return figure


def sample_rows(rows):
    """Images of several kinds, a row of each with its name.

    Args:
        rows: dictionary from a name to an array [n, height, width, channels] in [−1, 1].

    Returns:
        `Figure`.

    Example:
        >>> len(sample_rows({name: recorded(name).pictures[-1] for name in "AB"}).axes)
        2
    """
    most = max(len(images) for images in rows.values())
    left = 0.25 + 0.09 * max(map(len, rows))  # inches for the names
    width = min(9, left + 0.62 * most)
    figure = Figure(figsize=(width, (width - left) / most * len(rows)), layout="none")
    figure.subplots_adjust(left=left / width, right=1, bottom=0, top=1, hspace=0.03)
    panels = figure.subplots(len(rows), 1, squeeze=False).ravel()
    for axes, (name, images) in zip(panels, rows.items(), strict=True):
        picture = plotting.tile(images, columns=len(images))
        plotting.draw_picture(axes, picture, None)
        place = {"transform": axes.transAxes, "ha": "right", "va": "center"}
        axes.text(-0.01, 0.5, name, fontsize=10, **place)
    return figure


def run_logs(runs):
    """The logs of several recorded runs, losses above and logits below, without their samples.

    Args:
        runs: dictionary from a name to a run as in `run_panel`.

    Returns:
        `Figure`.

    Example:
        >>> len(run_logs({name: recorded(name) for name in "AB"}).axes)
        4
    """
    figure = Figure(figsize=(2.4 * len(runs), 4.2), layout="constrained")
    upper, lower = figure.subplots(2, len(runs), squeeze=False, sharex="col")
    for above, below, (name, run) in zip(upper, lower, runs.items(), strict=True):
        _draw_losses(above, run.log, run.references)
        _draw_logits(below, run.log)
        above.set(title=name, xlabel="", ylabel="")
        below.set(ylabel="")
    for axes, label in ((upper[0], "loss"), (lower[0], "mean logit")):
        axes.set_ylabel(label)
        handles = axes.get_legend_handles_labels()
        place = "outside upper center" if label == "loss" else "outside lower center"
        figure.legend(*handles, loc=place, ncols=3, fontsize=9, frameon=False, title=label)
    for axes in (*upper, *lower):
        axes.get_legend().remove()
    return figure


def run_explorer(runs, floor=None):
    """A choice of recorded runs and a slider through the snapshots of one.

    Args:
        runs: dictionary from a name to a run as in `run_panel`.
        floor: Fréchet distance of as many real images.

    Returns:
        An `ipywidgets` box, to be displayed.

    Raises:
        ValueError: if there is no run.

    Example:
        >>> run_explorer({"healthy": recorded("healthy")})  # doctest: +SKIP
    """
    if not runs:
        raise ValueError("There is no run to explore; pass a dictionary from names to runs.")
    last = min(len(run.steps) for run in runs.values())

    def draw(name, number):
        figure = run_panel(runs[name], floor, at=number - 1)
        plotting.show(figure, run_sentence(name, runs[name], number))

    controls = {
        "name": widgets.buttons("run", runs),
        "number": widgets.slider("snapshot", 1, 1, last),
    }
    return widgets.above_the_picture(controls, draw)


def run_sentence(name, run, number):
    """What the log of a run says at a snapshot, as a sentence.

    Args:
        name: of the run.
        run: a run as in `run_panel`.
        number: of the snapshot, counted from 1.

    Returns:
        Text.

    Example:
        >>> run_sentence("healthy", recorded("healthy"), 1)
        'healthy, snapshot 1 of 6, step 100: discriminator loss ...; Fréchet distance 1,502.'
    """
    step, measured = run.steps[number - 1], run.metrics[number - 1]
    row = min(run.log, key=lambda row: abs(row["step"] - step))
    return (
        f"{name}, snapshot {number} of {len(run.steps)}, step {step:,}: discriminator loss "
        f"{row['discriminator_loss']:.2f}, generator loss {row['generator_loss']:.2f}; Fréchet "
        f"distance {measured['frechet_distance']:,.0f}."
    )


def _draw_losses(axes, rows, references, always=False):
    plotting.draw_lines(axes, rows, ("discriminator_loss", "generator_loss"), "loss")
    for value, colour in zip(references, plotting.COLOURS, strict=False):
        axes.axhline(value, **{**plotting.REFERENCE, "color": colour})
    _stretch(axes, always)


def _draw_logits(axes, rows):
    plotting.draw_lines(axes, rows, ("real_logit", "fake_logit"), "mean logit")
    if "held_out_logit" in rows[0]:
        held_out = [row["held_out_logit"] for row in rows]
        steps = [row["step"] for row in rows]
        axes.plot(steps, held_out, ":", color="black", label="held-out real logit")
    axes.axhline(0, **plotting.REFERENCE)
    _stretch(axes)


def _stretch(axes, always=False):
    """Linear up to 2 and logarithmic beyond, if a value is large; the legend above the curves."""
    values = np.concatenate([np.asarray(line.get_ydata(), float) for line in axes.lines])
    largest = np.nanmax(np.abs(values[np.isfinite(values)]), initial=0)
    if always or largest > 8:
        axes.set_yscale("symlog", linthresh=2, linscale=1.5)
        marks = [sign * mark for mark in (1, 2, 10, 100, 1000) for sign in (1, -1)]
        low, high = min(0, np.nanmin(values)), max(2, np.nanmax(values))
        marks = [mark for mark in marks if 1.2 * low <= mark <= 1.2 * high]
        axes.set_yticks([0, *marks], [f"{mark:g}".replace("-", "−") for mark in (0, *marks)])
        axes.minorticks_off()
        axes.set_ylim(min(-0.1, 1.1 * low), max(2, 1.3 * high))
    axes.locator_params(axis="x", nbins=3)
    for line in axes.lines:
        line.set_label(line.get_label().replace("discriminator loss", "discriminator"))
        line.set_label(line.get_label().replace("generator loss", "generator"))
        line.set_label(line.get_label().removesuffix(" logit"))
    axes.legend(
        fontsize=8,
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(-0.02, 1),
        ncols=3,
        handlelength=1.6,
        columnspacing=1,
        borderpad=0,
    )


def _draw_distance(axes, rows, floor):
    steps, distances = ([row[name] for row in rows] for name in ("step", "frechet_distance"))
    axes.plot(steps, distances, "o-", color="black", markersize=4)
    axes.set(xlabel="step", xlim=(0, None), ylim=(0, 1.15 * max(distances)))
    title = "Fréchet distance" if floor is None else f"Fréchet distance (real: {floor:.0f})"
    axes.set_title(title, fontsize=9)
    axes.locator_params(axis="x", nbins=3)
    if floor is not None:
        axes.axhline(floor, **plotting.REFERENCE)
    for number in {int(np.argmin(distances)), len(steps) - 1}:
        place = steps[number], distances[number]
        falling = number > 0 and distances[number - 1] > place[1] > 0.3 * max(distances)
        away = {"textcoords": "offset points", "ha": "right"}
        axes.annotate(f"{place[1]:,.0f}", place, (0, -14 if falling else 6), **away)
    axes.spines[["top", "right"]].set_visible(False)
