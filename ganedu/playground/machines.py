"""Several replicas: a GAN of the plane that is shared among them, and what a step costs.

Here live the planted faults of a training on several replicas, which one process can play one
after another, processes that train together on this machine, the parts of a step as a picture, and
the small model of its seconds. How a training is really shared lives in `ganedu.replicas`. Taught
in lesson 19.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from scipy import optimize

from ganedu import launch, layers, plotting, runs

FAULTS = ("not divided", "divided twice", "same noise", "statistics of a part")
BATCH, RATE, GAMMA = 24, 0.1, 0.5
PARTS = {"input": "...", "computing": "", "talking": "///"}  # of a step, with their hatches
WAYS = ("fixed", "computing", "bytes", "turns")  # in which a step takes time


class Played(NamedTuple):
    """A training that was shared.

    Attributes:
        weights: of both players, after the last step, in one array.
        slope: length of the discriminator's first gradient, all replicas together.
        num_latents: different latents in a step's batch of fakes.
    """

    weights: np.ndarray
    slope: float
    num_latents: int


def played(fault=None, num_replicas=2, num_steps=20, optimizer=keras.optimizers.SGD, seed=0):
    """Train a small GAN of the plane on so many replicas, which take turns in this process.

    Each replica gets its rows of the batch and of the latents; their gradients are added up, and
    the weights, which all of them share, move once. The generator normalises by the batch.

    Args:
        fault: one of `FAULTS`, or None for a training that equals that of one replica.
        num_replicas: how many, a divisor of 24.
        num_steps: of both players.
        optimizer: class of the two optimizers.
        seed: of weights, points and latents.

    Returns:
        `Played`.

    Raises:
        ValueError: if the fault is unknown, or the replicas do not divide the batch.

    Example:
        >>> apart = played(num_steps=2).weights - played(num_replicas=1, num_steps=2).weights
        >>> bool(abs(apart).max() < 1e-6)
        True
    """
    if fault not in (None, *FAULTS) or BATCH % num_replicas:
        raise ValueError(f"Take a fault of {FAULTS} or None, and a divisor of {BATCH}.")
    rng = np.random.default_rng(seed)
    players = {
        "discriminator": _start(rng, (2, 8), (8, 1)),
        "generator": _start(rng, (2, 8), (8, 2)),
    }
    moves = {player: optimizer(RATE) for player in players}
    slopes = []
    for _ in range(num_steps):
        for player, weights in players.items():
            draws = rng.normal(size=(2, BATCH, 2)).astype("float32")
            gradients, num_latents = _gradients(players, player, draws, num_replicas, fault)
            slopes.append(float(tf.linalg.global_norm(gradients)))
            moves[player].apply(gradients, weights)
    flat = [np.ravel(weight) for weights in players.values() for weight in weights]
    return Played(np.concatenate(flat), slopes[0], num_latents)


def _start(rng, *shapes):
    return [keras.Variable(rng.normal(size=shape).astype("float32")) for shape in shapes]


def _gradients(players, player, draws, num_replicas, fault):
    """What all replicas add up to, and how many different latents they had."""
    points, latents = tf.constant(draws[0] / 4 + [2, 0], tf.float32), tf.constant(draws[1])
    size, added, seen = BATCH // num_replicas, None, []
    for replica in range(num_replicas):
        rows = slice(replica * size, (replica + 1) * size)
        own = latents[:size] if fault == "same noise" else latents[rows]
        seen.append(own)
        whole = tf.concat([latents[:size]] * num_replicas, 0) if fault == "same noise" else latents
        everyone = own if fault == "statistics of a part" else whole
        with tf.GradientTape() as tape:
            loss = _loss(players, player, points[rows], own, everyone)
            loss /= {"not divided": 1, "divided twice": num_replicas**2}.get(fault, num_replicas)
        gradients = tape.gradient(loss, [weight.value for weight in players[player]])
        added = gradients if added is None else [a + b for a, b in zip(added, gradients)]
    return added, len(np.unique(np.concatenate(seen), axis=0))


def _loss(players, player, points, latents, everyone):
    """Non-saturating, with R1 for the discriminator; a mean over this replica's rows."""
    fakes = _generated(players["generator"], latents, everyone)
    if player == "generator":
        return tf.reduce_mean(tf.nn.softplus(-_judged(players["discriminator"], fakes)))
    with tf.GradientTape() as tape:
        tape.watch(points)
        real_logits = _judged(players["discriminator"], points)
    slopes = tf.reduce_sum(tape.gradient(real_logits, points) ** 2, axis=1)
    fake_logits = _judged(players["discriminator"], tf.stop_gradient(fakes))
    adversarial = tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits)
    return tf.reduce_mean(adversarial) + GAMMA / 2 * tf.reduce_mean(slopes)


def _judged(weights, points):
    return tf.nn.softplus(points @ weights[0].value) @ weights[1].value


def _generated(weights, latents, everyone):
    """Points of these latents; the hidden layer is normalised by the latents of everyone."""
    mean, variance = tf.nn.moments(everyone @ weights[0].value, axes=[0])
    hidden = (latents @ weights[0].value - mean) / tf.sqrt(variance + 1e-3)
    return tf.nn.leaky_relu(hidden) @ weights[1].value


def free_addresses(number):
    """Addresses of this machine at which nobody listens.

    Args:
        number: how many.

    Returns:
        List of texts such as "127.0.0.1:40123".

    Example:
        >>> [address.rpartition(":")[0] for address in free_addresses(2)]
        ['127.0.0.1', '127.0.0.1']
    """
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return [f"127.0.0.1:{port}" for port in ports]


def trained(strategy, tasks, num_steps=20, minutes=10):
    """`ganedu train` on the embedded digits, in processes of this machine that train together.

    Args:
        strategy: what --strategy says.
        tasks: a dictionary for each process, what TF_CONFIG tells it; or [None] for one process.
        num_steps: how many steps.
        minutes: after which those that have not ended are ended, by their numbers.

    Returns:
        Dictionary from a name to an array: the weights of both networks and of the average.

    Raises:
        RuntimeError: if a process ends with an error, with its last words; the others are ended.
        subprocess.TimeoutExpired: if one has not ended in time.

    Example:
        >>> weights = trained("one", [None], num_steps=2)  # doctest: +SKIP
    """
    words = ["--dataset", "digits", "--steps", str(num_steps), "--strategy", strategy]
    with tempfile.TemporaryDirectory() as scratch:
        folder, running = pathlib.Path(scratch) / "run", []
        command = [sys.executable, "-m", "ganedu", "train", *words, "--out", str(folder)]
        said = [folder.with_name(f"{number}.txt") for number in range(len(tasks))]
        try:
            for task, path in zip(tasks, said, strict=True):
                running.append(_started(command, task, path))
            _wait(running, 60 * minutes)
        finally:
            for one in running:
                one.kill()  # nothing happens to one that has ended
                one.wait()
        if any(one.returncode for one in running):
            raise RuntimeError("\n".join(path.read_text(errors="replace")[-500:] for path in said))
        with np.load(folder / runs.CHECKPOINT) as file:
            return {name: file[name] for name in file.files if name.startswith("networks")}


def _started(command, task, path):
    """A process that is told its task; what it complains of goes into a file."""
    found = os.pathsep.join(filter(None, sys.path))  # also in a notebook that brings the course
    told = {launch.VARIABLE: json.dumps(task)} if task else {}
    settings = {**os.environ, "PYTHONPATH": found, **told}
    with path.open("wb") as file:
        return subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=file)


def _wait(running, seconds):
    """Until all have ended, or one of them with an error: without it the others would wait."""
    deadline = time.monotonic() + seconds
    while None in (codes := [one.poll() for one in running]) and not any(codes):
        if time.monotonic() > deadline:
            raise subprocess.TimeoutExpired(running[0].args, seconds)
        time.sleep(0.05)


def multiply_adds(network):
    """Multiplications of one image's pass forward, in the dense layers and convolutions.

    A training step passes back as well, and passes through a network more than once; both are
    left to what one of these multiplications costs.

    Args:
        network: `keras.Model`.

    Returns:
        int.

    Example:
        >>> multiply_adds(keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)]))
        12
    """
    total = 0
    for layer in layers.every_layer(network):
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            transposed = isinstance(layer, keras.layers.Conv2DTranspose)
            pixels = (layer.input if transposed else layer.output).shape[1:-1]
            total += int(np.prod(kernel.shape) * np.prod(pixels))
    return total


def ways(multiplications, num_bytes, num_sums, num_replicas):
    """What of a step takes time in each of the `WAYS`, on the machine that is busiest.

    In a ring each of n machines sends 2·(n − 1)/n times the bytes of all gradients, and a sum is
    everywhere after 2·(n − 1) turns.

    Args:
        multiplications: of one pass forward of the global batch.
        num_bytes: of the gradients.
        num_sums: how often a step adds up gradients: once for each update.
        num_replicas: n, at least 1.

    Returns:
        float array [4]: 1, the multiplications, the bytes and the turns of one machine.

    Example:
        >>> ways(800, 100, 2, num_replicas=1).tolist(), ways(800, 100, 2, 2).tolist()
        ([1.0, 800.0, 0.0, 0.0], [1.0, 400.0, 100.0, 4.0])
    """
    n = num_replicas
    turns = 2 * (n - 1)
    return np.array([1, multiplications / n, turns / n * num_bytes, turns * num_sums], float)


def measured(rows):
    """What took time in each step that a recording has, and how long the step was.

    Args:
        rows: list of dictionaries with multiplications, bytes, sums, replicas and seconds.

    Returns:
        float array [n, 4] as `fitted` takes it, and float array [n].

    Example:
        >>> row = {"multiplications": 800, "bytes": 100, "sums": 2, "replicas": 1}
        >>> measured([{**row, "seconds": 0.5}])[1].tolist()
        [0.5]
    """
    names = ("multiplications", "bytes", "sums", "replicas")
    amounts = [ways(*(row[name] for name in names)) for row in rows]
    return np.array(amounts), np.array([row["seconds"] for row in rows])


def fitted(amounts, seconds):
    """Seconds that one of each costs, none below 0, so that the relative errors are small.

    Args:
        amounts: float array [n, 4] of rows as `ways` returns them.
        seconds: float array [n], above 0, of steps.

    Returns:
        float array [4].

    Example:
        >>> amounts = np.array([ways(m, 100, 2, n) for m in (100, 900) for n in (1, 2)])
        >>> fitted(amounts, amounts @ [2.0, 0.01, 0.1, 0.0]).round(3).tolist()
        [2.0, 0.01, 0.1, 0.0]
    """
    amounts, seconds = np.asarray(amounts, float), np.asarray(seconds, float)
    sizes = np.maximum(amounts.max(axis=0), 1e-300)  # so that all columns are of one size
    costs, _ = optimize.nnls(amounts / sizes / seconds[:, np.newaxis], np.ones(len(seconds)))
    return costs / sizes


def parts_chart(steps):
    """Where the time of a step goes: a bar for each way to train, in milliseconds.

    Args:
        steps: dictionary from a name to a dictionary from parts of `PARTS`, or others, to seconds.

    Returns:
        `matplotlib.figure.Figure`.

    Example:
        >>> figure = parts_chart({"one": {"input": 1e-3, "computing": 9e-3}})
    """
    names = list(dict.fromkeys(part for step in steps.values() for part in step))
    figure = Figure(figsize=(8, 0.9 + 0.5 * len(steps)), layout="constrained")
    axes, left = figure.subplots(), np.zeros(len(steps))
    shades = [plotting.COLOURS[0], plotting.COLOURS[1], "#777777", "#b0c4de", "#f0c987"]
    for number, name in enumerate(names):
        width = np.array([1000 * step.get(name, 0) for step in steps.values()])
        bars = {"color": shades[number % 5], "hatch": PARTS.get(name, ""), "edgecolor": "white"}
        axes.barh(list(steps), width, left=left, label=name, **bars)
        left += width
    axes.invert_yaxis()
    axes.set_xlabel("milliseconds of a step")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    return figure


def scaling_chart(curves, measured=None):
    """Seconds of a step by the number of replicas, both axes in doublings.

    Args:
        curves: dictionary from a name to a pair (numbers of replicas, seconds); the first is drawn
            whole, the others with dashes.
        measured: pair (numbers of replicas, seconds) of points, or None.

    Returns:
        `matplotlib.figure.Figure`.

    Example:
        >>> figure = scaling_chart({"ideal": ([1, 2, 4], [0.8, 0.4, 0.2])})
    """
    figure = Figure(figsize=(6, 3.4), layout="constrained")
    axes = figure.subplots()
    styles = zip(curves.items(), ("-", "--", ":", "-."), strict=False)
    for number, ((name, (replicas, seconds)), style) in enumerate(styles):
        axes.plot(replicas, seconds, style, color=plotting.COLOURS[number % 2], label=name)
    if measured is not None:
        axes.plot(*measured, "o", color="black", label="measured")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    ticks = sorted({int(n) for replicas, _ in curves.values() for n in replicas})
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels(ticks)
    axes.set_xlabel("replicas")
    axes.set_ylabel("seconds of a step")
    axes.legend(frameon=False)
    return figure
