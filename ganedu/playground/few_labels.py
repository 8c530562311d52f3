"""Few labels: why a bad generator is the better teacher, and the pictures of the recordings.

Here live two classes in the plane whose densities are known, three generators that are densities
too, recognisers that are trained against them without a single draw, and the pictures of lesson 16.
The recogniser of images lives in `ganedu.few_labels`.
"""

import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from ganedu import plotting

SIDE = 41  # places along each axis
TICKS = np.linspace(-2, 2, SIDE)
PLACES = np.stack(np.meshgrid(TICKS, TICKS), axis=-1).reshape(-1, 2)  # row by row, from below
CLASSES = (("o", plotting.COLOURS[0]), ("s", plotting.COLOURS[1]))
TEACHERS = ("labels alone", "perfect", "complement")


def moons(width=0.12):
    """Two half-circles that reach into each other, a class each, as densities.

    Args:
        width: standard deviation across a moon.

    Returns:
        array [2, 1681]: the probability of each class at each of `PLACES`; its sum is 1.

    Example:
        >>> round(float(moons().sum()), 6)
        1.0
    """
    turns = np.linspace(0, np.pi, 60)
    upper = np.stack([np.cos(turns) - 0.5, np.sin(turns) - 0.25], axis=1)
    squares = [((PLACES[:, None] - arc) ** 2).sum(axis=2) for arc in (upper, -upper)]
    heights = np.array([np.exp(-square / (2 * width**2)).sum(axis=1) for square in squares])
    return heights / heights.sum()


def complement(density, floor=0.05):
    """A generator that draws where there are hardly any data, all such places alike.

    Args:
        density: array [2, 1681] of `moons`.
        floor: it draws where the data are rarer than so much of where they are most frequent.

    Returns:
        array [1681]; its sum is 1.

    Example:
        >>> made = complement(moons())
        >>> bool((made[moons().sum(axis=0).argmax()] == 0) & (made.sum().round(6) == 1))
        True
    """
    whole = density.sum(axis=0)
    rare = whole < floor * whole.max()
    return rare / rare.sum()


def labelled(density, num_each, seed):
    """Places with a label, drawn from the classes.

    Args:
        density: array [2, 1681] of `moons`.
        num_each: how many of each class.
        seed: integer of at least 0.

    Returns:
        int array [2, num_each], rows of `PLACES`; the first row is of class 0.

    Example:
        >>> labelled(moons(), 3, seed=0).shape
        (2, 3)
    """
    rng = np.random.default_rng(seed)
    return np.stack([rng.choice(len(PLACES), num_each, p=one / one.sum()) for one in density])


def taught(density, fakes, rows, steps=600, *, seeds=None):
    """Recognisers of two classes after a training in which nothing but the labels was drawn.

    Each has two hidden layers of 64. It pays for the labels, and, where there is a generator q,
    ½ Σ p·softplus(−ℓ) + ½ Σ q·softplus(ℓ) over all places, ℓ = log Σ exp of its class logits.

    Args:
        density: array [2, 1681] of `moons`.
        fakes: array [runs, 1681], a generator's density each; zeros for labels alone.
        rows: int array [runs, 2, n], the places with a label, as `labelled` returns them.
        steps: of Adam.
        seeds: for each run an integer of at least 0, from which its weights are drawn; None for
            0, 1, 2 and so on.

    Returns:
        array [runs, 1681, 2], class logits at each place.

    Example:
        >>> density, rows = moons(), labelled(moons(), 2, seed=0)
        >>> taught(density, np.zeros((1, 1681)), rows[np.newaxis], steps=2).shape
        (1, 1681, 2)
    """
    fakes = tf.constant(fakes, tf.float32)
    used = tf.cast(tf.reduce_sum(fakes, axis=1) > 0, tf.float32)
    real = tf.constant(density.sum(axis=0), tf.float32) * used[:, tf.newaxis]
    weights = _start(range(len(rows)) if seeds is None else seeds)
    rate = keras.optimizers.schedules.CosineDecay(1e-2, steps)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(weights)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            logits = _logits(weights)
            whole = tf.reduce_logsumexp(logits, axis=2)
            costs = real * tf.nn.softplus(-whole) + fakes * tf.nn.softplus(whole)
            loss = tf.reduce_sum(costs) / 2 + _label_costs(logits, rows)
        optimizer.apply(tape.gradient(loss, weights), weights)

    for _ in range(steps):
        step()
    return _logits(weights).numpy()


def missed(density, logits):
    """The share of the data that a recogniser takes for the other class, exactly.

    Args:
        density: array [2, 1681] of `moons`.
        logits: array [..., 1681, 2].

    Returns:
        array [...], from 0 to 1.

    Example:
        >>> bayes = np.log(moons()).T
        >>> bool(missed(moons(), bayes) < 0.01)
        True
    """
    said = np.asarray(logits).argmax(axis=-1)
    return np.where(said == 0, density[1], density[0]).sum(axis=-1)


def teachers_panel(density, fakes, logits, rows, titles):
    """What each teacher makes of a recogniser: data grey, generator in crosses, border dashed.

    Args:
        density: array [2, 1681] of `moons`.
        fakes: array [k, 1681], as of `taught`.
        logits: array [k, 1681, 2].
        rows: int array [2, n], the labelled places.
        titles: list of k words.

    Returns:
        `Figure` with k panels.

    Example:
        >>> density, rows = moons(), labelled(moons(), 2, seed=0)
        >>> fakes, logits = np.zeros((1, 1681)), np.zeros((1, 1681, 2))
        >>> len(teachers_panel(density, fakes, logits, rows, ["no teacher"]).axes)
        1
    """
    figure = Figure(figsize=(2.9 * len(titles), 3.1), layout="constrained")
    panels = figure.subplots(1, len(titles), squeeze=False)[0]
    whole = density.sum(axis=0).reshape(SIDE, SIDE)
    for axes, fake, logit, title in zip(panels, fakes, logits, titles, strict=True):
        axes.contourf(TICKS, TICKS, whole, 8, cmap="Greys", vmax=1.6 * whole.max())
        drawn = np.random.default_rng(0).random(len(PLACES)) < 0.35 * fake / max(fake.max(), 1e-9)
        axes.plot(*PLACES[drawn].T, "x", markersize=3, color=plotting.COLOURS[1], mew=0.6)
        gap = (logit[:, 1] - logit[:, 0]).reshape(SIDE, SIDE)
        if gap.min() < 0 < gap.max():
            axes.contour(TICKS, TICKS, gap, [0], colors="black", linestyles="--", linewidths=2)
        for (mark, colour), own in zip(CLASSES, rows, strict=True):
            axes.plot(*PLACES[own].T, mark, color=colour, markersize=9, mec="white")
        axes.set(xticks=[], yticks=[], aspect="equal")
        axes.set_title(title, fontsize=10)
    return figure


def error_curve(rows, variants):
    """Error against the number of labels, both logarithmic: a mark is a run, a line its median.

    Args:
        rows: list of dictionaries with variant, labels and error, as
            `tests/benchmarks/few_labels.py` records them.
        variants: dictionary from a variant to its name in the legend.

    Returns:
        `Figure`; GANs have one colour, their rivals the other.

    Example:
        >>> rows = [{"variant": "gan", "labels": n, "error": 100 / n} for n in (50, 100, 300)]
        >>> len(error_curve(rows, {"gan": "GAN"}).axes)
        1
    """
    figure = Figure(figsize=(8.2, 4.0), layout="constrained")
    axes = figure.subplots()
    styles, marks = ["-", "--", ":", "-."] * 2, "osD^vPX*"
    for place, (variant, name) in enumerate(variants.items()):
        own = [row for row in rows if row["variant"] == variant]
        counts = sorted({row["labels"] for row in own})
        middles = [np.median([r["error"] for r in own if r["labels"] == n]) for n in counts]
        looks = {"color": plotting.COLOURS[not variant.startswith("gan")]}
        line = {"linestyle": styles[place], "marker": marks[place], "linewidth": 1}
        axes.plot(counts, middles, label=name, markersize=5, **line, **looks)
        every = [(row["labels"], row["error"]) for row in own]
        axes.plot(*zip(*every, strict=True), marks[place], mfc="white", markersize=4, **looks)
    axes.set(xscale="log", yscale="log", xlabel="labels", ylabel="error in %")
    ticks = sorted({row["labels"] for row in rows if row["variant"] in variants})
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_yticks([1, 2, 5, 10, 20, 40], ["1", "2", "5", "10", "20", "40"])
    axes.legend(fontsize=8.5, loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def oddness_chart(rows, scores):
    """The area under the curve of each score, digit by digit.

    Args:
        rows: list of dictionaries with digit and the scores, as
            `tests/benchmarks/odd_one_out.py` records them.
        scores: dictionary from a score to its name in the legend, four at most.

    Returns:
        `Figure`: dotted at ½, where a score says nothing.

    Example:
        >>> rows = [{"digit": digit, "components": 0.9} for digit in range(10)]
        >>> len(oddness_chart(rows, {"components": "PCA"}).axes)
        1
    """
    figure = Figure(figsize=(8.2, 3.2), layout="constrained")
    axes = figure.subplots()
    for place, (score, name) in enumerate(scores.items()):
        across = [row["digit"] + 0.15 * (place - (len(scores) - 1) / 2) for row in rows]
        label = f"{name}: mean {np.mean([row[score] for row in rows]):.3f}"
        looks = {"color": plotting.COLOURS[place < 2], "linestyle": "none"}
        axes.plot(across, [row[score] for row in rows], "osD^"[place], label=label, **looks)
    axes.axhline(0.5, **plotting.REFERENCE)
    axes.set(xticks=range(10), xlabel="digit", ylabel="AUROC", ylim=(None, 1.01))
    axes.legend(fontsize=8.5, loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def _start(seeds):
    """Weights and biases, a row for each run."""
    draws, weights = [np.random.default_rng(int(seed)) for seed in seeds], []
    for shape in ((2, 64), (64, 64), (64, 2)):
        kernels = [draw.normal(0, np.sqrt(2 / shape[0]), shape) for draw in draws]
        weights.append(tf.Variable(np.stack(kernels), dtype=tf.float32))
        weights.append(tf.Variable(tf.zeros((len(draws), 1, shape[1]))))
    return weights


def _logits(weights):
    hidden = tf.constant(PLACES, tf.float32)
    for layer in range(0, 6, 2):
        hidden = hidden @ weights[layer] + weights[layer + 1]
        hidden = tf.nn.leaky_relu(hidden, 0.1) if layer < 4 else hidden
    return hidden


def _label_costs(logits, rows):
    """The cross-entropy of the labelled places, summed over runs."""
    logs = tf.gather(tf.nn.log_softmax(logits), np.asarray(rows), axis=1, batch_dims=1)
    return -tf.reduce_sum(tf.reduce_mean(logs[:, 0, :, 0] + logs[:, 1, :, 1], axis=1)) / 2
